/* map_module.c: the module Map (the trees are in map.c). */
#include "base/alloc.h"
#include "script/fusabi/library/common.h"

static bool expect_map(rf_fus_vm *vm, rf_fus_value v) {
    if (rf_fus_is(v, RF_FUS_T_MAP))
        return true;
    (void)rf_fus_raise_type(vm, "map", v);
    return false;
}

/* A key and a map; false after raising. */
static bool expect_both(rf_fus_vm *vm, rf_fus_value key, rf_fus_value map) {
    rf_slice text;
    return rf_fus_expect_text(vm, key, &text) && expect_map(vm, map);
}

static uint64_t count_of(rf_fus_value map) { return RF_FUS_AS(const rf_fus_map, map)->count; }

static rf_fus_value map_empty(rf_fus_vm *vm, const rf_fus_value *args) {
    return args[0] == RF_FUS_UNIT ? rf_fus_map_empty(vm) : rf_fus_raise_type(vm, "unit", args[0]);
}

static rf_fus_value map_add(rf_fus_vm *vm, const rf_fus_value *args) {
    return expect_both(vm, args[0], args[2]) ? rf_fus_map_add(vm, args[2], args[0], args[1]) : RF_FUS_RAISED;
}

static rf_fus_value map_remove(rf_fus_vm *vm, const rf_fus_value *args) {
    return expect_both(vm, args[0], args[1]) ? rf_fus_map_remove(vm, args[1], args[0]) : RF_FUS_RAISED;
}

static rf_fus_value map_find(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value value;
    if (!expect_both(vm, args[0], args[1]))
        return RF_FUS_RAISED;
    if (rf_fus_map_get(vm, args[1], args[0], &value))
        return value;
    rf_slice key = rf_fus_text(vm, args[0]);
    return key.data ? rf_fus_raise(vm, "Map key not found: %.*s", RF_SLICE_ARG(key)) : RF_FUS_RAISED;
}

static rf_fus_value map_try_find(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value value;
    if (!expect_both(vm, args[0], args[1]))
        return RF_FUS_RAISED;
    return rf_fus_map_get(vm, args[1], args[0], &value) ? rf_fus_some(vm, value) : rf_fus_none(vm);
}

static rf_fus_value map_find_or(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value value;
    if (!expect_both(vm, args[1], args[2]))
        return RF_FUS_RAISED;
    return rf_fus_map_get(vm, args[2], args[1], &value) ? value : args[0];
}

static rf_fus_value map_contains_key(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value value;
    return expect_both(vm, args[0], args[1]) ? rf_fus_of_bool(rf_fus_map_get(vm, args[1], args[0], &value)) : RF_FUS_RAISED;
}

static rf_fus_value map_is_empty(rf_fus_vm *vm, const rf_fus_value *args) {
    return expect_map(vm, args[0]) ? rf_fus_of_bool(count_of(args[0]) == 0) : RF_FUS_RAISED;
}

static rf_fus_value map_count(rf_fus_vm *vm, const rf_fus_value *args) {
    return expect_map(vm, args[0]) ? rf_fus_of_small_int((int64_t)count_of(args[0])) : RF_FUS_RAISED;
}

/* ---- To and from lists ---- */

static bool push_pair(rf_fus_vm *vm, rf_fus_values *pairs, rf_fus_value pair) {
    if (!rf_fus_is(pair, RF_FUS_T_TUPLE)) {
        (void)rf_fus_raise(vm, "Map.ofList expects list of tuples");
        return false;
    }
    const rf_fus_items *tuple = RF_FUS_AS(const rf_fus_items, pair);
    if (tuple->head.length != 2) {
        (void)rf_fus_raise(vm, "Map.ofList expects list of 2-tuples");
        return false;
    }
    return rf_fus_lib_push(vm, pairs, tuple->items[0]) && rf_fus_lib_push(vm, pairs, tuple->items[1]);
}

static rf_fus_value of_items(rf_fus_vm *vm, const rf_fus_value *items, size_t count) {
    rf_fus_values pairs = { 0 };
    bool done = true;
    for (size_t i = 0; i < count && done; i++)
        done = push_pair(vm, &pairs, items[i]);
    rf_fus_value map = done ? rf_fus_map_of_pairs(vm, pairs.items, (uint32_t)(pairs.count / 2)) : RF_FUS_RAISED;
    rf_vec_done(&pairs);
    return map;
}

static rf_fus_value map_of_list(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_values items = { 0 };
    rf_fus_value map = rf_fus_lib_gather(vm, args[0], &items) ? of_items(vm, items.items, items.count) : RF_FUS_RAISED;
    rf_vec_done(&items);
    return map;
}

static rf_fus_value map_of_array(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? of_items(vm, array->items, array->head.length) : RF_FUS_RAISED;
}

static rf_fus_value map_of_seq(rf_fus_vm *vm, const rf_fus_value *args) {
    if (rf_fus_is(args[0], RF_FUS_T_MAP))
        return args[0];
    return rf_fus_is(args[0], RF_FUS_T_ARRAY) ? map_of_array(vm, args) : map_of_list(vm, args);
}

typedef enum part { KEYS, VALUES, PAIRS } part;
static rf_fus_value listed(rf_fus_vm *vm, rf_fus_value map, part wanted) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_fus_map_walk walk;
    rf_fus_value key, value;
    if (!expect_map(vm, map))
        return RF_FUS_RAISED;
    walk.map = map;
    walk.depth = 0;
    walk.begun = false;
    while (rf_fus_map_next(&walk, &key, &value)) {
        rf_fus_value item = wanted == KEYS ? key : wanted == VALUES ? value : rf_fus_make_pair(vm, key, value);
        if (item == RF_FUS_RAISED || !rf_fus_list_push(vm, &out, item))
            return RF_FUS_RAISED;
    }
    return out.first;
}

static rf_fus_value map_keys(rf_fus_vm *vm, const rf_fus_value *args) { return listed(vm, args[0], KEYS); }
static rf_fus_value map_values(rf_fus_vm *vm, const rf_fus_value *args) { return listed(vm, args[0], VALUES); }
static rf_fus_value map_to_list(rf_fus_vm *vm, const rf_fus_value *args) { return listed(vm, args[0], PAIRS); }

static rf_fus_value map_to_array(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_values items = { 0 };
    rf_fus_value list = listed(vm, args[0], PAIRS), array = RF_FUS_RAISED;
    if (list != RF_FUS_RAISED && rf_fus_lib_gather(vm, list, &items))
        array = rf_fus_array_new(vm, items.items, (uint32_t)items.count);
    rf_vec_done(&items);
    return array;
}

/* Both maps' pairs; those of the second win. */
static rf_fus_value map_union(rf_fus_vm *vm, const rf_fus_value *args) {
    if (!expect_map(vm, args[0]) || !expect_map(vm, args[1]))
        return RF_FUS_RAISED;
    size_t left = (size_t)count_of(args[0]), right = (size_t)count_of(args[1]);
    rf_fus_value *a = rf_fus_map_pairs(vm, args[0]), *b = a ? rf_fus_map_pairs(vm, args[1]) : NULL;
    rf_fus_value *both = b ? rf_realloc(a, 2 * (left + right) * sizeof *both) : NULL, map = RF_FUS_RAISED;
    if (both) {
        a = both;
        memcpy(both + 2 * left, b, 2 * right * sizeof *both);
        map = rf_fus_map_of_pairs(vm, both, (uint32_t)(left + right));
    } else if (b) {
        (void)rf_fus_raise_nomem(vm);
    }
    rf_free(a);
    rf_free(b);
    return map;
}

static rf_fus_value extreme(rf_fus_vm *vm, rf_fus_value map, const char *name, bool least) {
    if (!expect_map(vm, map))
        return RF_FUS_RAISED;
    rf_fus_value at = RF_FUS_AS(const rf_fus_map, map)->root;
    if (at == RF_FUS_NIL)
        return rf_fus_raise(vm, "%s: no elements", name);
    for (;;) {
        const rf_fus_map_node *node = RF_FUS_AS(const rf_fus_map_node, at);
        rf_fus_value next = least ? node->left : node->right;
        if (next == RF_FUS_NIL)
            return rf_fus_make_pair(vm, node->key, node->value);
        at = next;
    }
}

static rf_fus_value map_min(rf_fus_vm *vm, const rf_fus_value *args) { return extreme(vm, args[0], "Map.minKeyValue", true); }
static rf_fus_value map_max(rf_fus_vm *vm, const rf_fus_value *args) { return extreme(vm, args[0], "Map.maxKeyValue", false); }

#define ROW RF_FUS_ROW
#define OURS RF_FUS_OURS
#define M "Map<string, 'v>"
static const rf_fus_lib_row rows[] = {
    ROW("Map.add", "k v m", "string -> 'v -> " M " -> " M, "With the value v at key k.",
        "Map.add \"a\" 1 (Map.empty ()) // Map [a -> 1]", map_add, 3),
    OURS("Map.change", "k f m", "string -> ('v option -> 'v option) -> " M " -> " M,
         "With the value at k changed, set or removed: the function gets and gives an option.",
         "Map.change \"a\" (fun o -> None) (Map.ofList [(\"a\", 1)]) // Map []", NULL, 3),
    ROW("Map.containsKey", "k m", "string -> " M " -> bool", "Whether there is a value at k.",
        "Map.containsKey \"a\" (Map.empty ()) // false", map_contains_key, 2),
    ROW("Map.count", "m", M " -> int", "Number of keys.", "Map.count (Map.ofList [(\"a\", 1)]) // 1", map_count, 1),
    ROW("Map.empty", "()", "unit -> " M, "The map without keys.", "Map.empty () // Map []", map_empty, 1),
    OURS("Map.exists", "p m", "(string -> 'v -> bool) -> " M " -> bool", "Whether the predicate holds for any key and value.",
         "Map.exists (fun k v -> v > 1) (Map.ofList [(\"a\", 2)]) // true", NULL, 2),
    OURS("Map.filter", "p m", "(string -> 'v -> bool) -> " M " -> " M, "The keys and values for which the predicate holds.",
         "Map.filter (fun k v -> v > 1) (Map.ofList [(\"a\", 1); (\"b\", 2)]) // Map [b -> 2]", NULL, 2),
    ROW("Map.find", "k m", "string -> " M " -> 'v", "The value at k; an error when there is none.",
        "Map.find \"a\" (Map.ofList [(\"a\", 1)]) // 1", map_find, 2),
    OURS("Map.findKey", "p m", "(string -> 'v -> bool) -> " M " -> string",
         "The first key for which the predicate holds; an error when there is none.",
         "Map.findKey (fun k v -> v = 1) (Map.ofList [(\"a\", 1)]) // a", NULL, 2),
    OURS("Map.findOr", "d k m", "'v -> string -> " M " -> 'v", "The value at k, or d.", "Map.findOr 0 \"a\" (Map.empty ()) // 0",
         map_find_or, 3),
    OURS("Map.fold", "f acc m", "('s -> string -> 'v -> 's) -> 's -> " M " -> 's",
         "Goes through the keys in order: acc becomes f acc k v.",
         "Map.fold (fun a k v -> a + v) 0 (Map.ofList [(\"a\", 1); (\"b\", 2)]) // 3", NULL, 3),
    OURS("Map.foldBack", "f m acc", "(string -> 'v -> 's -> 's) -> " M " -> 's -> 's",
         "The same from the last key on: acc becomes f k v acc.",
         "Map.foldBack (fun k v a -> k :: a) (Map.ofList [(\"a\", 1); (\"b\", 2)]) [] // [a; b]", NULL, 3),
    OURS("Map.forall", "p m", "(string -> 'v -> bool) -> " M " -> bool", "Whether the predicate holds for all keys and values.",
         "Map.forall (fun k v -> v > 1) (Map.empty ()) // true", NULL, 2),
    ROW("Map.isEmpty", "m", M " -> bool", "Whether there are no keys.", "Map.isEmpty (Map.empty ()) // true", map_is_empty, 1),
    ROW("Map.iter", "f m", "(string -> 'v -> unit) -> " M " -> unit",
        "Calls the function with each key and value, in order of keys.",
        "Map.iter (fun k v -> ()) (Map.ofList [(\"a\", 1)]) // ()", NULL, 2),
    OURS("Map.keys", "m", M " -> string list", "The keys in order.", "Map.keys (Map.ofList [(\"b\", 1); (\"a\", 2)]) // [a; b]",
         map_keys, 1),
    ROW("Map.map", "f m", "('v -> 'w) -> " M " -> Map<string, 'w>",
        "What the function gives for each value (Map.mapi gives it the key too).",
        "Map.map (fun v -> v + 1) (Map.ofList [(\"a\", 1)]) // Map [a -> 2]", NULL, 2),
    OURS("Map.mapi", "f m", "(string -> 'v -> 'w) -> " M " -> Map<string, 'w>", "What the function gives for each key and value.",
         "Map.mapi (fun k v -> k) (Map.ofList [(\"a\", 1)]) // Map [a -> a]", NULL, 2),
    OURS("Map.maxKeyValue", "m", M " -> string * 'v", "The last key and its value; an error when there is none.",
         "Map.maxKeyValue (Map.ofList [(\"a\", 1); (\"b\", 2)]) // (b, 2)", map_max, 1),
    OURS("Map.minKeyValue", "m", M " -> string * 'v", "The first key and its value; an error when there is none.",
         "Map.minKeyValue (Map.ofList [(\"a\", 1); (\"b\", 2)]) // (a, 1)", map_min, 1),
    OURS("Map.ofArray", "pairs", "(string * 'v) array -> " M, "The map of these keys and values; of equal keys the last wins.",
         "Map.ofArray [|(\"a\", 1)|] // Map [a -> 1]", map_of_array, 1),
    ROW("Map.ofList", "pairs", "(string * 'v) list -> " M, "The map of these keys and values; of equal keys the last wins.",
        "Map.ofList [(\"a\", 1)] // Map [a -> 1]", map_of_list, 1),
    OURS("Map.ofSeq", "pairs", "_ -> " M, "The same of a list or an array.", "Map.ofSeq [|(\"a\", 1)|] // Map [a -> 1]",
         map_of_seq, 1),
    OURS("Map.partition", "p m", "(string -> 'v -> bool) -> " M " -> " M " * " M,
         "The keys and values for which the predicate holds, and the others.",
         "Map.partition (fun k v -> v > 1) (Map.ofList [(\"a\", 1); (\"b\", 2)]) // (Map [b -> 2], Map [a -> 1])", NULL, 2),
    OURS("Map.pick", "f m", "(string -> 'v -> 'w option) -> " M " -> 'w",
         "The first Some that the function gives; an error when it gives none.",
         "Map.pick (fun k v -> Some k) (Map.ofList [(\"a\", 1)]) // a", NULL, 2),
    ROW("Map.remove", "k m", "string -> " M " -> " M, "Without key k.", "Map.remove \"a\" (Map.ofList [(\"a\", 1)]) // Map []",
        map_remove, 2),
    OURS("Map.toArray", "m", M " -> (string * 'v) array", "The keys and values in order.",
         "Map.toArray (Map.ofList [(\"a\", 1)]) // [|(a, 1)|]", map_to_array, 1),
    ROW("Map.toList", "m", M " -> (string * 'v) list", "The keys and values in order.",
        "Map.toList (Map.ofList [(\"a\", 1)]) // [(a, 1)]", map_to_list, 1),
    OURS("Map.toSeq", "m", M " -> (string * 'v) list", "The same as Map.toList.",
         "Map.toSeq (Map.ofList [(\"a\", 1)]) // [(a, 1)]", map_to_list, 1),
    ROW("Map.tryFind", "k m", "string -> " M " -> 'v option", "The value at k, if there is one.",
        "Map.tryFind \"a\" (Map.empty ()) // None", map_try_find, 2),
    OURS("Map.tryFindKey", "p m", "(string -> 'v -> bool) -> " M " -> string option",
         "The first key for which the predicate holds, if there is one.",
         "Map.tryFindKey (fun k v -> v = 1) (Map.empty ()) // None", NULL, 2),
    OURS("Map.tryPick", "f m", "(string -> 'v -> 'w option) -> " M " -> 'w option",
         "The first Some that the function gives, or None.", "Map.tryPick (fun k v -> Some k) (Map.empty ()) // None", NULL, 2),
    OURS("Map.union", "a b", M " -> " M " -> " M, "The keys and values of both; where both have a key, b's value.",
         "Map.union (Map.ofList [(\"a\", 1)]) (Map.ofList [(\"a\", 2)]) // Map [a -> 2]", map_union, 2),
    OURS("Map.update", "k f m", "string -> ('v -> 'v) -> " M " -> " M,
         "With the value at k changed by the function; an error when there is none.",
         "Map.update \"a\" (fun v -> v + 1) (Map.ofList [(\"a\", 1)]) // Map [a -> 2]", NULL, 3),
    OURS("Map.values", "m", M " -> 'v list", "The values in order of their keys.", "Map.values (Map.ofList [(\"a\", 1)]) // [1]",
         map_values, 1),
    { 0 },
};
RF_FUS_LIB_MODULE(map, "Map", "Maps from strings to values, which never change; in order of keys.", rows);
