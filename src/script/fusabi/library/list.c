/* list.c: the module List: its rows, and natives that go along a list once. */
#include "script/fusabi/library/list.h"

#include "base/slice.h"

static rf_fus_value list_length(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value list = args[0], item;
    bool failed = false;
    int64_t length = 0;
    while (rf_fus_list_next(vm, &list, &item, &failed))
        length++;
    return failed ? RF_FUS_RAISED : rf_fus_of_small_int(length);
}

static rf_fus_value no_head(rf_fus_vm *vm, rf_fus_value list) {
    return list == RF_FUS_NIL ? rf_fus_raise(vm, "Cannot access head/tail of empty list") : rf_fus_raise_type(vm, "list", list);
}

static rf_fus_value list_head(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_is(args[0], RF_FUS_T_CONS) ? RF_FUS_AS(const rf_fus_cons, args[0])->item : no_head(vm, args[0]);
}

static rf_fus_value list_tail(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_is(args[0], RF_FUS_T_CONS) ? RF_FUS_AS(const rf_fus_cons, args[0])->tail : no_head(vm, args[0]);
}

static rf_fus_value list_try_head(rf_fus_vm *vm, const rf_fus_value *args) {
    if (!rf_fus_expect_list(vm, args[0]))
        return RF_FUS_RAISED;
    return args[0] == RF_FUS_NIL ? rf_fus_none(vm) : rf_fus_some(vm, RF_FUS_AS(const rf_fus_cons, args[0])->item);
}

static rf_fus_value list_is_empty(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_expect_list(vm, args[0]) ? rf_fus_of_bool(args[0] == RF_FUS_NIL) : RF_FUS_RAISED;
}

static rf_fus_value list_reverse(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value list = args[0], item, reversed = RF_FUS_NIL;
    bool failed = false;
    while (reversed != RF_FUS_RAISED && rf_fus_list_next(vm, &list, &item, &failed))
        reversed = rf_fus_cons_new(vm, item, reversed);
    return failed ? RF_FUS_RAISED : reversed;
}

/* Appends a copy of the list; false after raising. */
static bool push_copy(rf_fus_vm *vm, rf_fus_list_builder *out, rf_fus_value list) {
    rf_fus_value item;
    bool failed = false;
    for (uint32_t i = 1; rf_fus_list_next(vm, &list, &item, &failed); i++)
        if (!rf_fus_list_push(vm, out, item) || ((i & 0xFFFF) == 0 && !rf_fus_vm_poll(vm)))
            return false;
    return !failed && rf_fus_vm_poll(vm);
}

/* The list built, with `tail` behind it. */
static rf_fus_value joined(rf_fus_vm *vm, const rf_fus_list_builder *built, rf_fus_value tail) {
    if (built->first == RF_FUS_NIL)
        return tail;
    RF_FUS_AS(rf_fus_cons, built->last)->tail = tail;
    rf_fus_stored(vm, rf_fus_object_of(built->last), tail);
    return built->first;
}

static rf_fus_value list_append(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    return push_copy(vm, &out, args[0]) ? joined(vm, &out, args[1]) : RF_FUS_RAISED;
}

static rf_fus_value list_concat(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_fus_value lists = args[0], list;
    bool failed = false;
    while (rf_fus_list_next(vm, &lists, &list, &failed))
        if (!push_copy(vm, &out, list))
            return RF_FUS_RAISED;
    return failed ? RF_FUS_RAISED : out.first;
}

/* Item `index`; false when there is none, or after raising. */
static bool find_item(rf_fus_vm *vm, rf_fus_value list, int64_t index, rf_fus_value *ret_item, bool *ret_failed) {
    rf_fus_value item;
    while (rf_fus_list_next(vm, &list, &item, ret_failed) && index >= 0)
        if (index-- == 0) {
            *ret_item = item;
            return true;
        }
    return false;
}

static rf_fus_value list_nth(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t index;
    rf_fus_value item;
    bool failed = false;
    if (!rf_fus_expect_int(vm, args[0], &index) || !rf_fus_expect_list(vm, args[1]))
        return RF_FUS_RAISED;
    if (find_item(vm, args[1], index, &item, &failed))
        return rf_fus_some(vm, item);
    return failed ? RF_FUS_RAISED : rf_fus_none(vm);
}

static rf_fus_value list_item(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t index;
    rf_fus_value item = RF_FUS_UNIT;
    bool failed = false;
    if (!rf_fus_expect_int(vm, args[0], &index) || !rf_fus_expect_list(vm, args[1]))
        return RF_FUS_RAISED;
    if (find_item(vm, args[1], index, &item, &failed))
        return item;
    return failed ? RF_FUS_RAISED : rf_fus_raise(vm, "List.item: index %lld out of range", (long long)index);
}

/* The last item; false for an empty list, or after raising. */
static bool find_last(rf_fus_vm *vm, rf_fus_value list, rf_fus_value *ret_item, bool *ret_failed) {
    bool any = false;
    while (rf_fus_list_next(vm, &list, ret_item, ret_failed))
        any = true;
    return any && !*ret_failed;
}

static rf_fus_value list_last(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value item = RF_FUS_UNIT;
    bool failed = false;
    if (find_last(vm, args[0], &item, &failed))
        return item;
    return failed ? RF_FUS_RAISED : rf_fus_raise(vm, "List.last: list is empty");
}

static rf_fus_value list_try_last(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value item = RF_FUS_UNIT;
    bool failed = false;
    if (find_last(vm, args[0], &item, &failed))
        return rf_fus_some(vm, item);
    return failed ? RF_FUS_RAISED : rf_fus_none(vm);
}

static rf_fus_value list_exactly_one(rf_fus_vm *vm, const rf_fus_value *args) {
    if (!rf_fus_expect_list(vm, args[0]))
        return RF_FUS_RAISED;
    if (args[0] == RF_FUS_NIL || RF_FUS_AS(const rf_fus_cons, args[0])->tail != RF_FUS_NIL)
        return rf_fus_raise(vm, "List.exactlyOne: list has %s", args[0] == RF_FUS_NIL ? "no element" : "more than one element");
    return RF_FUS_AS(const rf_fus_cons, args[0])->item;
}

/* Walks past `count` items, copying them to `out` unless that is NULL. What is left of the list; *ret_short: it was shorter. */
static rf_fus_value walk_past(rf_fus_vm *vm, rf_fus_value list, int64_t count, rf_fus_list_builder *out, bool *ret_short) {
    rf_fus_value item;
    bool failed = false;
    if (!rf_fus_expect_list(vm, list))
        return RF_FUS_RAISED;
    for (; count > 0; count--) {
        if (!rf_fus_list_next(vm, &list, &item, &failed)) {
            *ret_short = true;
            return failed ? RF_FUS_RAISED : RF_FUS_NIL;
        }
        if (out && !rf_fus_list_push(vm, out, item))
            return RF_FUS_RAISED;
    }
    return list;
}

static rf_fus_value too_short(rf_fus_vm *vm, const char *name) { return rf_fus_raise(vm, "%s: not enough elements", name); }

static rf_fus_value list_take(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    int64_t count;
    bool is_short = false;
    if (!rf_fus_expect_int(vm, args[0], &count) || walk_past(vm, args[1], count, &out, &is_short) == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    return is_short || count < 0 ? too_short(vm, "List.take") : out.first;
}

static rf_fus_value list_truncate(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    int64_t count;
    bool is_short = false;
    if (!rf_fus_expect_int(vm, args[0], &count) || walk_past(vm, args[1], count, &out, &is_short) == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    return out.first;
}

static rf_fus_value list_skip(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t count;
    bool is_short = false;
    if (!rf_fus_expect_int(vm, args[0], &count))
        return RF_FUS_RAISED;
    rf_fus_value rest = walk_past(vm, args[1], count, NULL, &is_short);
    return rest != RF_FUS_RAISED && is_short ? too_short(vm, "List.skip") : rest;
}

static rf_fus_value list_split_at(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    int64_t count;
    bool is_short = false;
    if (!rf_fus_expect_int(vm, args[0], &count))
        return RF_FUS_RAISED;
    rf_fus_value rest = walk_past(vm, args[1], count, &out, &is_short);
    if (rest != RF_FUS_RAISED && (is_short || count < 0))
        return too_short(vm, "List.splitAt");
    return rf_fus_make_pair(vm, rest == RF_FUS_RAISED ? rest : out.first, rest);
}

/* The list with item `index` left out, replaced or preceded by args' value. */
typedef enum edit { INSERT, REMOVE, REPLACE } edit;
static rf_fus_value edited(rf_fus_vm *vm, const char *name, edit what, rf_fus_value at, rf_fus_value value, rf_fus_value list) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    int64_t index;
    bool is_short = false;
    if (!rf_fus_expect_int(vm, at, &index))
        return RF_FUS_RAISED;
    rf_fus_value rest = walk_past(vm, list, index, &out, &is_short);
    if (rest == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    if (index < 0 || is_short || (what != INSERT && rest == RF_FUS_NIL))
        return rf_fus_raise(vm, "%s: index %lld out of range", name, (long long)index);
    if (what != REMOVE && !rf_fus_list_push(vm, &out, value))
        return RF_FUS_RAISED;
    if (what != INSERT && !rf_fus_expect_list(vm, rest))
        return RF_FUS_RAISED;
    return joined(vm, &out, what == INSERT ? rest : RF_FUS_AS(const rf_fus_cons, rest)->tail);
}

static rf_fus_value list_insert_at(rf_fus_vm *vm, const rf_fus_value *args) {
    return edited(vm, "List.insertAt", INSERT, args[0], args[1], args[2]);
}
static rf_fus_value list_remove_at(rf_fus_vm *vm, const rf_fus_value *args) {
    return edited(vm, "List.removeAt", REMOVE, args[0], RF_FUS_UNIT, args[1]);
}
static rf_fus_value list_update_at(rf_fus_vm *vm, const rf_fus_value *args) {
    return edited(vm, "List.updateAt", REPLACE, args[0], args[1], args[2]);
}

static rf_fus_value list_replicate(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t count;
    if (!rf_fus_expect_int(vm, args[0], &count))
        return RF_FUS_RAISED;
    if (count < 0)
        return rf_fus_raise(vm, "List.replicate requires non-negative length, got %lld", (long long)count);
    rf_fus_value list = RF_FUS_NIL;
    for (; count-- && list != RF_FUS_RAISED;) {
        if ((count & 0xFFFF) == 0xFFFF && !rf_fus_vm_poll(vm))
            return RF_FUS_RAISED;
        list = rf_fus_cons_new(vm, args[1], list);
    }
    return list;
}

static rf_fus_value list_range(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t first, last;
    if (!rf_fus_expect_int(vm, args[0], &first) || !rf_fus_expect_int(vm, args[1], &last))
        return RF_FUS_RAISED;
    rf_fus_value list = RF_FUS_NIL;
    for (int64_t i = last; i >= first && list != RF_FUS_RAISED; i--) {
        if ((i & 0xFFFF) == 0 && !rf_fus_vm_poll(vm))
            return RF_FUS_RAISED;
        rf_fus_value item = rf_fus_int_new(vm, i);
        list = item == RF_FUS_RAISED ? item : rf_fus_cons_new(vm, item, list);
        if (i == INT64_MIN)
            break;
    }
    return list;
}

static rf_fus_value list_empty(rf_fus_vm *vm, const rf_fus_value *args) {
    return args[0] == RF_FUS_UNIT ? RF_FUS_NIL : rf_fus_raise_type(vm, "unit", args[0]);
}

static rf_fus_value list_singleton(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_cons_new(vm, args[0], RF_FUS_NIL); }

static rf_fus_value list_of_array(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? rf_fus_make_list(vm, array->items, array->head.length, RF_FUS_NIL) : RF_FUS_RAISED;
}

static rf_fus_value list_to_array(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_values items = { 0 };
    rf_fus_value array = RF_FUS_RAISED;
    if (rf_fus_lib_gather(vm, args[0], &items))
        array = rf_fus_array_new(vm, items.items, (uint32_t)items.count);
    rf_vec_done(&items);
    return array;
}

static rf_fus_value list_of_map(rf_fus_vm *vm, rf_fus_value map) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_fus_map_walk walk = { .map = map };
    rf_fus_value key, value;
    while (rf_fus_map_next(&walk, &key, &value)) {
        rf_fus_value pair = rf_fus_make_pair(vm, key, value);
        if (pair == RF_FUS_RAISED || !rf_fus_list_push(vm, &out, pair))
            return RF_FUS_RAISED;
    }
    return out.first;
}

/* Lists, arrays and maps are what F# calls sequences. */
static rf_fus_value list_of_seq(rf_fus_vm *vm, const rf_fus_value *args) {
    if (rf_fus_is(args[0], RF_FUS_T_ARRAY))
        return list_of_array(vm, args);
    if (rf_fus_is(args[0], RF_FUS_T_MAP))
        return list_of_map(vm, args[0]);
    return rf_fus_expect_list(vm, args[0]) ? args[0] : RF_FUS_RAISED;
}

#define ROW RF_FUS_ROW
#define OURS RF_FUS_OURS
static const rf_fus_lib_row rows[] = {
    OURS("List.allPairs", "xs ys", "'a list -> 'b list -> ('a * 'b) list", "Each item of the one with each of the other.",
         "List.allPairs [1; 2] [\"a\"] // [(1, a); (2, a)]", rf_fus_list_all_pairs, 2),
    ROW("List.append", "xs ys", "'a list -> 'a list -> 'a list", "The items of both lists.",
        "List.append [1] [2; 3] // [1; 2; 3]", list_append, 2),
    OURS("List.average", "xs", "_ list -> float", "The mean of numbers; an error when there are none.",
         "List.average [1.0; 2.0] // 1.5", rf_fus_list_average, 1),
    OURS("List.averageBy", "f xs", "('a -> _) -> 'a list -> float", "The mean of what the function gives for each item.",
         "List.averageBy fst [(1.0, \"a\"); (3.0, \"b\")] // 2", NULL, 2),
    OURS("List.choose", "f xs", "('a -> 'b option) -> 'a list -> 'b list",
         "What the function found: the contents of each Some it gave.",
         "List.choose (fun x -> if x > 1 then Some (x * 2) else None) [1; 2; 3] // [4; 6]", NULL, 2),
    OURS("List.chunkBySize", "n xs", "int -> 'a list -> 'a list list", "The list cut into pieces of n; the last may be shorter.",
         "List.chunkBySize 2 [1; 2; 3] // [[1; 2]; [3]]", rf_fus_list_chunk, 2),
    OURS("List.collect", "f xs", "('a -> 'b list) -> 'a list -> 'b list", "The lists that the function gives, joined.",
         "List.collect (fun x -> [x; x]) [1; 2] // [1; 1; 2; 2]", NULL, 2),
    ROW("List.concat", "xss", "'a list list -> 'a list", "The items of all lists in a list.",
        "List.concat [[1]; [2; 3]] // [1; 2; 3]", list_concat, 1),
    OURS("List.contains", "x xs", "'a -> 'a list -> bool", "Whether an equal item is in the list.",
         "List.contains 2 [1; 2] // true", rf_fus_list_contains, 2),
    OURS("List.countBy", "f xs", "('a -> 'k) -> 'a list -> ('k * int) list", "Each key that the function gives, and how often.",
         "List.countBy (fun x -> x > 1) [1; 2; 3] // [(false, 1); (true, 2)]", NULL, 2),
    OURS("List.distinct", "xs", "'a list -> 'a list", "Without items that came before.", "List.distinct [1; 2; 1] // [1; 2]",
         rf_fus_list_distinct, 1),
    OURS("List.distinctBy", "f xs", "('a -> 'k) -> 'a list -> 'a list", "Without items whose key came before.",
         "List.distinctBy (fun x -> x > 1) [1; 2; 3] // [1; 2]", NULL, 2),
    OURS("List.empty", "()", "unit -> 'a list", "The list without items.", "List.empty () // []", list_empty, 1),
    OURS("List.exactlyOne", "xs", "'a list -> 'a", "The only item; an error when there is none or more.",
         "List.exactlyOne [7] // 7", list_exactly_one, 1),
    OURS("List.except", "ys xs", "'a list -> 'a list -> 'a list", "The distinct items of xs that are not in ys.",
         "List.except [2] [1; 2; 3; 3] // [1; 3]", rf_fus_list_except, 2),
    ROW("List.exists", "p xs", "('a -> bool) -> 'a list -> bool", "Whether the predicate holds for any item.",
        "List.exists (fun x -> x > 1) [1; 2] // true", NULL, 2),
    OURS("List.exists2", "p xs ys", "('a -> 'b -> bool) -> 'a list -> 'b list -> bool",
         "Whether the predicate holds for any two in the same place.", "List.exists2 (fun x y -> x > y) [1; 2] [2; 1] // true",
         NULL, 3),
    ROW("List.filter", "p xs", "('a -> bool) -> 'a list -> 'a list", "The items for which the predicate holds.",
        "List.filter (fun x -> x > 1) [1; 2; 3] // [2; 3]", NULL, 2),
    ROW("List.find", "p xs", "('a -> bool) -> 'a list -> 'a",
        "The first item for which the predicate holds; an error when there is none.", "List.find (fun x -> x > 1) [1; 2; 3] // 2",
        NULL, 2),
    OURS("List.findBack", "p xs", "('a -> bool) -> 'a list -> 'a", "The last such item.",
         "List.findBack (fun x -> x > 1) [1; 2; 3] // 3", NULL, 2),
    OURS("List.findIndex", "p xs", "('a -> bool) -> 'a list -> int", "The place of the first such item, from 0.",
         "List.findIndex (fun x -> x > 1) [1; 2; 3] // 1", NULL, 2),
    ROW("List.fold", "f acc xs", "('s -> 'a -> 's) -> 's -> 'a list -> 's",
        "Goes through the items from the first on: acc becomes f acc x.", "List.fold (fun a x -> a + x) 0 [1; 2; 3] // 6", NULL,
        3),
    OURS("List.fold2", "f acc xs ys", "('s -> 'a -> 'b -> 's) -> 's -> 'a list -> 'b list -> 's",
         "The same over two lists of one length.", "List.fold2 (fun a x y -> a + x * y) 0 [1; 2] [3; 4] // 11", NULL, 4),
    OURS("List.foldBack", "f xs acc", "('a -> 's -> 's) -> 'a list -> 's -> 's",
         "Goes through the items from the last on: acc becomes f x acc.", "List.foldBack (fun x a -> x :: a) [1; 2] [] // [1; 2]",
         NULL, 3),
    OURS("List.forall", "p xs", "('a -> bool) -> 'a list -> bool", "Whether the predicate holds for all items.",
         "List.forall (fun x -> x > 1) [1; 2] // false", NULL, 2),
    OURS("List.forall2", "p xs ys", "('a -> 'b -> bool) -> 'a list -> 'b list -> bool",
         "Whether the predicate holds for all two in the same place.", "List.forall2 (fun x y -> x < y) [1; 2] [2; 3] // true",
         NULL, 3),
    OURS("List.groupBy", "f xs", "('a -> 'k) -> 'a list -> ('k * 'a list) list",
         "Each key that the function gives, with its items.",
         "List.groupBy (fun x -> x % 2) [1; 2; 3] // [(1, [1; 3]); (0, [2])]", NULL, 2),
    ROW("List.head", "xs", "'a list -> 'a", "The first item; an error when there is none.", "List.head [1; 2] // 1", list_head,
        1),
    OURS("List.indexed", "xs", "'a list -> (int * 'a) list", "Each item with its place, from 0.",
         "List.indexed [\"a\"] // [(0, a)]", rf_fus_list_indexed, 1),
    OURS("List.init", "n f", "int -> (int -> 'a) -> 'a list", "What the function gives for 0 to n - 1.",
         "List.init 3 (fun i -> i * i) // [0; 1; 4]", NULL, 2),
    OURS("List.insertAt", "i x xs", "int -> 'a -> 'a list -> 'a list", "With an item more at place i.",
         "List.insertAt 1 9 [1; 2] // [1; 9; 2]", list_insert_at, 3),
    ROW("List.isEmpty", "xs", "'a list -> bool", "Whether there are no items.", "List.isEmpty [] // true", list_is_empty, 1),
    OURS("List.item", "i xs", "int -> 'a list -> 'a", "Item i, from 0; an error when there is none (List.nth gives an option).",
         "List.item 1 [4; 5] // 5", list_item, 2),
    ROW("List.iter", "f xs", "('a -> unit) -> 'a list -> unit", "Calls the function for each item.",
        "List.iter ignore [1; 2] // ()", NULL, 2),
    OURS("List.iter2", "f xs ys", "('a -> 'b -> unit) -> 'a list -> 'b list -> unit", "Calls it for each two in the same place.",
         "List.iter2 (fun x y -> ()) [1] [2] // ()", NULL, 3),
    OURS("List.iteri", "f xs", "(int -> 'a -> unit) -> 'a list -> unit", "Calls it with place and item.",
         "List.iteri (fun i x -> ()) [1] // ()", NULL, 2),
    OURS("List.last", "xs", "'a list -> 'a", "The last item; an error when there is none.", "List.last [1; 2] // 2", list_last,
         1),
    ROW("List.length", "xs", "'a list -> int", "Number of items.", "List.length [1; 2] // 2", list_length, 1),
    ROW("List.map", "f xs", "('a -> 'b) -> 'a list -> 'b list", "What the function gives for each item.",
        "List.map (fun x -> x * 2) [1; 2] // [2; 4]", NULL, 2),
    OURS("List.map2", "f xs ys", "('a -> 'b -> 'c) -> 'a list -> 'b list -> 'c list",
         "What it gives for each two in the same place.", "List.map2 (fun x y -> x + y) [1; 2] [3; 4] // [4; 6]", NULL, 3),
    OURS("List.map3", "f xs ys zs", "('a -> 'b -> 'c -> 'd) -> 'a list -> 'b list -> 'c list -> 'd list",
         "What it gives for each three in the same place.", "List.map3 (fun x y z -> x + y + z) [1] [2] [3] // [6]", NULL, 4),
    OURS("List.mapFold", "f acc xs", "('s -> 'a -> 'b * 's) -> 's -> 'a list -> 'b list * 's",
         "map and fold at once: the function gives an item and the next acc.",
         "List.mapFold (fun a x -> (a + x, a + x)) 0 [1; 2; 3] // ([1; 3; 6], 6)", NULL, 3),
    ROW("List.mapi", "f xs", "(int -> 'a -> 'b) -> 'a list -> 'b list", "What the function gives for place and item.",
        "List.mapi (fun i x -> i + x) [10; 20] // [10; 21]", NULL, 2),
    OURS("List.mapi2", "f xs ys", "(int -> 'a -> 'b -> 'c) -> 'a list -> 'b list -> 'c list",
         "What it gives for place and two items.", "List.mapi2 (fun i x y -> i + x + y) [1; 2] [3; 4] // [4; 7]", NULL, 3),
    OURS("List.max", "xs", "'a list -> 'a", "The greatest item, by compare.", "List.max [1; 3; 2] // 3", rf_fus_list_max, 1),
    OURS("List.maxBy", "f xs", "('a -> 'k) -> 'a list -> 'a", "The first item with the greatest key.",
         "List.maxBy snd [(1, 2); (3, 1)] // (1, 2)", NULL, 2),
    OURS("List.min", "xs", "'a list -> 'a", "The smallest item, by compare.", "List.min [2; 1] // 1", rf_fus_list_min, 1),
    OURS("List.minBy", "f xs", "('a -> 'k) -> 'a list -> 'a", "The first item with the smallest key.",
         "List.minBy snd [(1, 2); (3, 1)] // (3, 1)", NULL, 2),
    ROW("List.nth", "i xs", "int -> 'a list -> 'a option", "Item i, from 0, if there is one (List.item gives it bare).",
        "List.nth 1 [4; 5] // Some(5)", list_nth, 2),
    OURS("List.ofArray", "a", "'a array -> 'a list", "The items of an array.", "List.ofArray [|1; 2|] // [1; 2]", list_of_array,
         1),
    OURS("List.ofSeq", "s", "_ -> 'a list", "The items of a list, an array or a map.", "List.ofSeq [|1; 2|] // [1; 2]",
         list_of_seq, 1),
    OURS("List.pairwise", "xs", "'a list -> ('a * 'a) list", "Each item with the next.",
         "List.pairwise [1; 2; 3] // [(1, 2); (2, 3)]", rf_fus_list_pairwise, 1),
    OURS("List.partition", "p xs", "('a -> bool) -> 'a list -> 'a list * 'a list",
         "The items for which the predicate holds, and the others.", "List.partition (fun x -> x > 1) [1; 2; 3] // ([2; 3], [1])",
         NULL, 2),
    OURS("List.pick", "f xs", "('a -> 'b option) -> 'a list -> 'b",
         "The first Some that the function gives; an error when it gives none.",
         "List.pick (fun x -> if x > 1 then Some (x * 2) else None) [1; 2] // 4", NULL, 2),
    OURS("List.range", "first last", "int -> int -> int list", "The whole numbers from first to last, as [first .. last].",
         "List.range 1 3 // [1; 2; 3]", list_range, 2),
    OURS("List.reduce", "f xs", "('a -> 'a -> 'a) -> 'a list -> 'a",
         "fold that begins with the first item; an error when there is none.", "List.reduce (fun a x -> a * x) [2; 3; 4] // 24",
         NULL, 2),
    OURS("List.reduceBack", "f xs", "('a -> 'a -> 'a) -> 'a list -> 'a", "foldBack that begins with the last item.",
         "List.reduceBack (fun x a -> x - a) [5; 3; 1] // 3", NULL, 2),
    OURS("List.removeAt", "i xs", "int -> 'a list -> 'a list", "Without item i.", "List.removeAt 0 [1; 2] // [2]", list_remove_at,
         2),
    OURS("List.replicate", "n x", "int -> 'a -> 'a list", "n times the same item.", "List.replicate 2 0 // [0; 0]",
         list_replicate, 2),
    OURS("List.rev", "xs", "'a list -> 'a list", "The items from last to first.", "List.rev [1; 2] // [2; 1]", list_reverse, 1),
    ROW("List.reverse", "xs", "'a list -> 'a list", "The items from last to first.", "List.reverse [1; 2] // [2; 1]",
        list_reverse, 1),
    OURS("List.scan", "f acc xs", "('s -> 'a -> 's) -> 's -> 'a list -> 's list", "fold with all that acc was.",
         "List.scan (fun a x -> a + x) 0 [1; 2; 3] // [0; 1; 3; 6]", NULL, 3),
    OURS("List.scanBack", "f xs acc", "('a -> 's -> 's) -> 'a list -> 's -> 's list", "foldBack with all that acc was.",
         "List.scanBack (fun x a -> x + a) [1; 2; 3] 0 // [6; 5; 3; 0]", NULL, 3),
    OURS("List.singleton", "x", "'a -> 'a list", "The list of one item.", "List.singleton 1 // [1]", list_singleton, 1),
    OURS("List.skip", "n xs", "int -> 'a list -> 'a list", "Without the first n; an error when there are less.",
         "List.skip 1 [1; 2] // [2]", list_skip, 2),
    OURS("List.skipWhile", "p xs", "('a -> bool) -> 'a list -> 'a list",
         "From the first item on for which the predicate does not hold.", "List.skipWhile (fun x -> x < 2) [1; 2; 1] // [2; 1]",
         NULL, 2),
    OURS("List.sort", "xs", "'a list -> 'a list", "Sorted by compare; equal items stay in their order.",
         "List.sort [3; 1; 2] // [1; 2; 3]", rf_fus_list_sort, 1),
    OURS("List.sortBy", "f xs", "('a -> 'k) -> 'a list -> 'a list", "Sorted by the keys that the function gives.",
         "List.sortBy snd [(1, 2); (3, 1)] // [(3, 1); (1, 2)]", NULL, 2),
    OURS("List.sortByDescending", "f xs", "('a -> 'k) -> 'a list -> 'a list", "The same, from the greatest key on.",
         "List.sortByDescending snd [(3, 1); (1, 2)] // [(1, 2); (3, 1)]", NULL, 2),
    OURS("List.sortDescending", "xs", "'a list -> 'a list", "Sorted from the greatest item on.",
         "List.sortDescending [1; 3; 2] // [3; 2; 1]", rf_fus_list_sort_descending, 1),
    OURS("List.sortWith", "f xs", "('a -> 'a -> int) -> 'a list -> 'a list",
         "Sorted by a function that compares two items: below 0 means that the first comes first.",
         "List.sortWith (fun a b -> b - a) [1; 3; 2] // [3; 2; 1]", NULL, 2),
    OURS("List.splitAt", "n xs", "int -> 'a list -> 'a list * 'a list", "The first n, and the rest.",
         "List.splitAt 1 [1; 2; 3] // ([1], [2; 3])", list_split_at, 2),
    OURS("List.splitInto", "n xs", "int -> 'a list -> 'a list list", "The list cut into n pieces of nearly one length.",
         "List.splitInto 2 [1; 2; 3] // [[1; 2]; [3]]", rf_fus_list_split_into, 2),
    OURS("List.sum", "xs", "'a list -> 'a", "The sum of numbers; 0 when there are none.", "List.sum [1; 2; 3] // 6",
         rf_fus_list_sum, 1),
    OURS("List.sumBy", "f xs", "('a -> 'n) -> 'a list -> 'n", "The sum of what the function gives for each item.",
         "List.sumBy String.length [\"a\"; \"bc\"] // 3", NULL, 2),
    ROW("List.tail", "xs", "'a list -> 'a list", "Without the first item; an error when there is none.",
        "List.tail [1; 2] // [2]", list_tail, 1),
    OURS("List.take", "n xs", "int -> 'a list -> 'a list",
         "The first n; an error when there are less (List.truncate takes what there is).", "List.take 1 [1; 2] // [1]", list_take,
         2),
    OURS("List.takeWhile", "p xs", "('a -> bool) -> 'a list -> 'a list",
         "The items before the first for which the predicate does not hold.", "List.takeWhile (fun x -> x < 2) [1; 2; 1] // [1]",
         NULL, 2),
    OURS("List.toArray", "xs", "'a list -> 'a array", "A new array of the items.", "List.toArray [1; 2] // [|1; 2|]",
         list_to_array, 1),
    OURS("List.transpose", "xss", "'a list list -> 'a list list", "Rows to columns; all lists must have one length.",
         "List.transpose [[1; 2]; [3; 4]] // [[1; 3]; [2; 4]]", rf_fus_list_transpose, 1),
    OURS("List.truncate", "n xs", "int -> 'a list -> 'a list", "The first n, or all when there are less.",
         "List.truncate 9 [1; 2] // [1; 2]", list_truncate, 2),
    ROW("List.tryFind", "p xs", "('a -> bool) -> 'a list -> 'a option",
        "The first item for which the predicate holds, if there is one.", "List.tryFind (fun x -> x > 1) [1; 2] // Some(2)", NULL,
        2),
    OURS("List.tryFindBack", "p xs", "('a -> bool) -> 'a list -> 'a option", "The last such item, if there is one.",
         "List.tryFindBack (fun x -> x > 1) [1; 2; 3] // Some(3)", NULL, 2),
    OURS("List.tryFindIndex", "p xs", "('a -> bool) -> 'a list -> int option",
         "The place of the first such item, if there is one.", "List.tryFindIndex (fun x -> x > 1) [1; 2] // Some(1)", NULL, 2),
    OURS("List.tryHead", "xs", "'a list -> 'a option", "The first item, if there is one.", "List.tryHead [] // None",
         list_try_head, 1),
    OURS("List.tryItem", "i xs", "int -> 'a list -> 'a option", "Item i, from 0, if there is one.", "List.tryItem 5 [1] // None",
         list_nth, 2),
    OURS("List.tryLast", "xs", "'a list -> 'a option", "The last item, if there is one.", "List.tryLast [1; 2] // Some(2)",
         list_try_last, 1),
    OURS("List.tryPick", "f xs", "('a -> 'b option) -> 'a list -> 'b option", "The first Some that the function gives, or None.",
         "List.tryPick (fun x -> if x > 1 then Some (x * 2) else None) [1] // None", NULL, 2),
    OURS("List.unfold", "f state", "('s -> ('a * 's) option) -> 's -> 'a list",
         "Items from a function that gives one and the next state, until None.",
         "List.unfold (fun n -> if n > 3 then None else Some ((n, n + 1))) 1 // [1; 2; 3]", NULL, 2),
    OURS("List.unzip", "xs", "('a * 'b) list -> 'a list * 'b list", "A list of pairs as two lists.",
         "List.unzip [(1, 2); (3, 4)] // ([1; 3], [2; 4])", rf_fus_list_unzip, 1),
    OURS("List.unzip3", "xs", "('a * 'b * 'c) list -> 'a list * 'b list * 'c list", "A list of triples as three lists.",
         "List.unzip3 [(1, 2, 3)] // ([1], [2], [3])", rf_fus_list_unzip3, 1),
    OURS("List.updateAt", "i x xs", "int -> 'a -> 'a list -> 'a list", "With item i replaced.",
         "List.updateAt 0 9 [1; 2] // [9; 2]", list_update_at, 3),
    OURS("List.windowed", "n xs", "int -> 'a list -> 'a list list", "All runs of n neighbours.",
         "List.windowed 2 [1; 2; 3] // [[1; 2]; [2; 3]]", rf_fus_list_windowed, 2),
    OURS("List.zip", "xs ys", "'a list -> 'b list -> ('a * 'b) list", "Two lists of one length as a list of pairs.",
         "List.zip [1; 2] [3; 4] // [(1, 3); (2, 4)]", rf_fus_list_zip, 2),
    OURS("List.zip3", "xs ys zs", "'a list -> 'b list -> 'c list -> ('a * 'b * 'c) list",
         "Three lists of one length as a list of triples.", "List.zip3 [1] [2] [3] // [(1, 2, 3)]", rf_fus_list_zip3, 3),
    { 0 },
};
RF_FUS_LIB_MODULE(list, "List", "Linked lists, which never change.", rows);
