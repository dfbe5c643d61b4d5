/* prim.c: the module Prim: what the prelude is built on. Scripts do not see it. */
#include "base/slice.h"
#include "script/fusabi/library/format.h"
#include "script/fusabi/library/list.h"

/* ---- Checks of arguments, once for each call of a prelude function ---- */

static rf_fus_value prim_list(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_expect_list(vm, args[0]) ? args[0] : RF_FUS_RAISED; }

static rf_fus_value prim_array(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? args[0] : RF_FUS_RAISED;
}

static rf_fus_value prim_map(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_is(args[0], RF_FUS_T_MAP) ? args[0] : rf_fus_raise_type(vm, "map", args[0]);
}

/* The characters of a string, as a list: what functions over characters go along. */
static rf_fus_value prim_chars(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_is_string(args[0]) ? args[0] : rf_fus_raise_type(vm, "string", args[0]);
}

/* None, once it is sure that `option` is a variant. */
static rf_fus_value prim_none(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_is(args[0], RF_FUS_T_VARIANT) ? rf_fus_none(vm) : rf_fus_raise_type(vm, "Option variant", args[0]);
}

static rf_fus_value prim_option(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_is(args[0], RF_FUS_T_VARIANT) ? args[0] : rf_fus_raise_type(vm, "Option variant", args[0]);
}

static rf_fus_value prim_result(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_is(args[0], RF_FUS_T_VARIANT) ? args[0] : rf_fus_raise_type(vm, "Result variant", args[0]);
}

/* The two values within Some((a, b)) or Some(a, b): how the latter is meant is plain where two are wanted. */
static rf_fus_value prim_pair(rf_fus_vm *vm, const rf_fus_value *args) {
    if (!rf_fus_is(args[0], RF_FUS_T_VARIANT))
        return rf_fus_raise_type(vm, "Option variant", args[0]);
    const rf_fus_variant *some = RF_FUS_AS(const rf_fus_variant, args[0]);
    if (some->head.length == 2)
        return rf_fus_make_pair(vm, some->items[0], some->items[1]);
    if (some->head.length == 1 && rf_fus_is(some->items[0], RF_FUS_T_TUPLE) && rf_fus_object_of(some->items[0])->length == 2)
        return some->items[0];
    return rf_fus_raise_type(vm, "tuple of 2", some->head.length ? some->items[0] : RF_FUS_UNIT);
}

static rf_fus_value prim_length(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t length;
    rf_slice name;
    if (!rf_fus_expect_text(vm, args[0], &name) || !rf_fus_expect_int(vm, args[1], &length))
        return RF_FUS_RAISED;
    if (length < 0)
        return rf_fus_raise(vm, "%.*s requires non-negative length, got %lld", RF_SLICE_ARG(name), (long long)length);
    return args[1];
}

/* ---- Keys that a function gave, beside the items it gave them for ---- */

/* Both lists; they have one length, as the prelude made the one out of the other. */
static bool gather_both(rf_fus_vm *vm, const rf_fus_value *args, rf_fus_values *keys, rf_fus_values *items) {
    if (!rf_fus_lib_gather(vm, args[0], keys) || !rf_fus_lib_gather(vm, args[1], items))
        return false;
    if (keys->count != items->count)
        (void)rf_fus_raise(vm, "Prim: lists have different lengths");
    return keys->count == items->count;
}

typedef rf_fus_value (*over_keys)(rf_fus_vm *vm, rf_fus_values *keys, rf_fus_values *items);
static rf_fus_value with_keys(rf_fus_vm *vm, const rf_fus_value *args, over_keys work) {
    rf_fus_values keys = { 0 }, items = { 0 };
    rf_fus_value result = gather_both(vm, args, &keys, &items) ? work(vm, &keys, &items) : RF_FUS_RAISED;
    rf_vec_done(&keys);
    rf_vec_done(&items);
    return result;
}

static rf_fus_value sorted(rf_fus_vm *vm, rf_fus_values *keys, rf_fus_values *items) {
    if (!rf_fus_lib_sort(vm, keys->items, items->items, keys->count))
        return RF_FUS_RAISED;
    return rf_fus_make_list(vm, items->items, items->count, RF_FUS_NIL);
}

static rf_fus_value sorted_down(rf_fus_vm *vm, rf_fus_values *keys, rf_fus_values *items) {
    if (!rf_fus_lib_sort_descending(vm, keys->items, items->items, keys->count))
        return RF_FUS_RAISED;
    return rf_fus_make_list(vm, items->items, items->count, RF_FUS_NIL);
}

static rf_fus_value distinct(rf_fus_vm *vm, rf_fus_values *keys, rf_fus_values *items) {
    rf_fus_index index = { 0 };
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    uint32_t number;
    bool done = true, is_new;
    for (size_t i = 0; i < keys->count && done; i++) {
        done = rf_fus_index_put(vm, &index, keys->items[i], &number, &is_new);
        if (done && is_new)
            done = rf_fus_list_push(vm, &out, items->items[i]);
    }
    rf_fus_index_done(&index);
    return done ? out.first : RF_FUS_RAISED;
}

typedef RF_VEC(rf_fus_list_builder) builders;

static bool put_in_group(rf_fus_vm *vm, rf_fus_index *index, builders *groups, rf_fus_value key, rf_fus_value item) {
    uint32_t number;
    bool is_new;
    if (!rf_fus_index_put(vm, index, key, &number, &is_new))
        return false;
    if (is_new && !rf_fus_lib_push(vm, groups, (rf_fus_list_builder){ RF_FUS_NIL, RF_FUS_NIL }))
        return false;
    return rf_fus_list_push(vm, &groups->items[number], item);
}

static rf_fus_value grouped(rf_fus_vm *vm, rf_fus_values *keys, rf_fus_values *items) {
    rf_fus_index index = { 0 };
    builders groups = { 0 };
    bool done = true;
    for (size_t i = 0; i < keys->count && done; i++)
        done = put_in_group(vm, &index, &groups, keys->items[i], items->items[i]);
    rf_fus_value list = done ? RF_FUS_NIL : RF_FUS_RAISED;
    for (size_t i = groups.count; i-- && list != RF_FUS_RAISED;) {
        rf_fus_value pair = rf_fus_make_pair(vm, index.keys.items[i], groups.items[i].first);
        list = pair == RF_FUS_RAISED ? pair : rf_fus_cons_new(vm, pair, list);
    }
    rf_fus_index_done(&index);
    rf_vec_done(&groups);
    return list;
}

static rf_fus_value prim_sort_keys(rf_fus_vm *vm, const rf_fus_value *args) { return with_keys(vm, args, sorted); }
static rf_fus_value prim_sort_keys_down(rf_fus_vm *vm, const rf_fus_value *args) { return with_keys(vm, args, sorted_down); }
static rf_fus_value prim_distinct_keys(rf_fus_vm *vm, const rf_fus_value *args) { return with_keys(vm, args, distinct); }
static rf_fus_value prim_group_keys(rf_fus_vm *vm, const rf_fus_value *args) { return with_keys(vm, args, grouped); }

/* Each distinct key and how often it is there. */
static rf_fus_value prim_count_keys(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_index index = { 0 };
    rf_fus_values counts = { 0 };
    rf_fus_value keys = args[0], key, list = RF_FUS_NIL;
    uint32_t number;
    bool failed = false, is_new, done = true;
    while (done && rf_fus_list_next(vm, &keys, &key, &failed)) {
        done = rf_fus_index_put(vm, &index, key, &number, &is_new) && (!is_new || rf_fus_lib_push(vm, &counts, rf_fus_of_small_int(0)));
        if (done)
            counts.items[number] = rf_fus_of_small_int(rf_fus_small_int(counts.items[number]) + 1);
    }
    if (!done || failed)
        list = RF_FUS_RAISED;
    for (size_t i = counts.count; i-- && list != RF_FUS_RAISED;) {
        rf_fus_value pair = rf_fus_make_pair(vm, index.keys.items[i], counts.items[i]);
        list = pair == RF_FUS_RAISED ? pair : rf_fus_cons_new(vm, pair, list);
    }
    rf_fus_index_done(&index);
    rf_vec_done(&counts);
    return list;
}

/* ---- Pairs for functions of two lists ---- */

static bool same_length(rf_fus_vm *vm, const rf_fus_value *lists, uint32_t count, bool *ret_same) {
    uint64_t lengths[3] = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        rf_fus_value list = lists[i], item;
        bool failed = false;
        while (rf_fus_list_next(vm, &list, &item, &failed))
            lengths[i]++;
        if (failed)
            return false;
    }
    *ret_same = lengths[0] == lengths[1] && (count < 3 || lengths[0] == lengths[2]);
    return true;
}

/* Prim.zip name xs ys, Prim.zip3 name xs ys zs: as List.zip, but the message has the name of the caller. */
static rf_fus_value prim_zip(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice name;
    bool same;
    uint32_t count = rf_fus_vm_row(vm)->arity - 1u;
    if (!rf_fus_expect_text(vm, args[0], &name) || !same_length(vm, args + 1, count, &same))
        return RF_FUS_RAISED;
    if (!same)
        return rf_fus_raise(vm, "%.*s: lists have different lengths", RF_SLICE_ARG(name));
    return count == 2 ? rf_fus_list_zip(vm, args + 1) : rf_fus_list_zip3(vm, args + 1);
}

/* ---- Maps ---- */

/* Prim.mapWith m values: the keys of the map with these values, in order. */
static rf_fus_value prim_map_with(rf_fus_vm *vm, const rf_fus_value *args) {
    if (!rf_fus_is(args[0], RF_FUS_T_MAP))
        return rf_fus_raise_type(vm, "map", args[0]);
    rf_fus_value *pairs = rf_fus_map_pairs(vm, args[0]);
    if (!pairs)
        return RF_FUS_RAISED;
    uint32_t count = (uint32_t)RF_FUS_AS(const rf_fus_map, args[0])->count, i = 0;
    rf_fus_value values = args[1], value, map;
    bool failed = false;
    while (i < count && rf_fus_list_next(vm, &values, &value, &failed))
        pairs[2 * i++ + 1] = value;
    map = failed ? RF_FUS_RAISED : rf_fus_map_of_pairs(vm, pairs, count);
    rf_free(pairs);
    return map;
}

/* ---- Rows ---- */

static const rf_fus_format_use uses[] = { RF_FUS_FORMAT_TEXT, RF_FUS_FORMAT_PRINT, RF_FUS_FORMAT_PRINT_LINE, RF_FUS_FORMAT_FAIL };
#define FORMAT(name, n, use) \
    { "Prim." name #n, "format x …", "_", "A format with " #n " holes.", NULL, rf_fus_format_rest, n + 1, true, 0, (void *)(uintptr_t)&uses[use] }
#define FORMATS(name, use)                                                                                                    \
    FORMAT(name, 1, use), FORMAT(name, 2, use), FORMAT(name, 3, use), FORMAT(name, 4, use), FORMAT(name, 5, use), FORMAT(name, 6, use), \
        FORMAT(name, 7, use), FORMAT(name, 8, use), FORMAT(name, 9, use)

static const rf_fus_lib_row rows[] = {
    RF_FUS_OURS("Prim.array", "a", "'a array -> 'a array", "The array, checked.", NULL, prim_array, 1),
    RF_FUS_OURS("Prim.chars", "s", "string -> string", "The string, checked, to go along its characters.", NULL, prim_chars, 1),
    RF_FUS_OURS("Prim.countKeys", "keys", "'k list -> ('k * int) list", "Each key and how often it is there.", NULL,
                prim_count_keys, 1),
    RF_FUS_OURS("Prim.distinctKeys", "keys xs", "'k list -> 'a list -> 'a list", "The items whose keys are new.", NULL,
                prim_distinct_keys, 2),
    FORMATS("failwithf", 3),
    RF_FUS_OURS("Prim.groupKeys", "keys xs", "'k list -> 'a list -> ('k * 'a list) list", "Each key with its items.", NULL,
                prim_group_keys, 2),
    RF_FUS_OURS("Prim.length", "name n", "string -> int -> int", "The length, checked.", NULL, prim_length, 2),
    RF_FUS_OURS("Prim.list", "xs", "'a list -> 'a list", "The list, checked.", NULL, prim_list, 1),
    RF_FUS_OURS("Prim.map", "m", "Map<string, 'v> -> Map<string, 'v>", "The map, checked.", NULL, prim_map, 1),
    RF_FUS_OURS("Prim.mapWith", "m values", "Map<string, 'v> -> 'w list -> Map<string, 'w>", "The map with other values.", NULL,
                prim_map_with, 2),
    RF_FUS_OURS("Prim.none", "o", "'a option -> 'b option", "None, for an option checked.", NULL, prim_none, 1),
    RF_FUS_OURS("Prim.option", "o", "'a option -> 'a option", "The option, checked.", NULL, prim_option, 1),
    RF_FUS_OURS("Prim.pair", "o", "('a * 'b) option -> 'a * 'b", "The pair in Some.", NULL, prim_pair, 1),
    FORMATS("printf", 1),
    FORMATS("printfn", 2),
    RF_FUS_OURS("Prim.result", "r", "Result<'a, 'e> -> Result<'a, 'e>", "The result, checked.", NULL, prim_result, 1),
    RF_FUS_OURS("Prim.sortKeys", "keys xs", "'k list -> 'a list -> 'a list", "The items sorted by their keys.", NULL,
                prim_sort_keys, 2),
    RF_FUS_OURS("Prim.sortKeysDown", "keys xs", "'k list -> 'a list -> 'a list", "The same, from the greatest key on.", NULL,
                prim_sort_keys_down, 2),
    FORMATS("sprintf", 0),
    RF_FUS_OURS("Prim.zip", "name xs ys", "string -> 'a list -> 'b list -> ('a * 'b) list",
                "List.zip for a function of that name.", NULL, prim_zip, 3),
    RF_FUS_OURS("Prim.zip3", "name xs ys zs", "string -> 'a list -> 'b list -> 'c list -> ('a * 'b * 'c) list",
                "The same of three.", NULL, prim_zip, 4),
    { 0 },
};
RF_FUS_LIB_MODULE(prim, "Prim", "What the library's own functions are built on.", rows);
