/* array.c: the module Array. */
#include "script/fusabi/library/list.h"

/* The item at an index, checked; NULL: raised. */
static rf_fus_value *slot_of(rf_fus_vm *vm, rf_fus_value index, rf_fus_value array) {
    int64_t at;
    rf_fus_items *items;
    if (!rf_fus_expect_int(vm, index, &at) || !rf_fus_expect_array(vm, array, &items))
        return NULL;
    if (at < 0)
        (void)rf_fus_raise(vm, "Array index out of bounds: index %lld is negative", (long long)at);
    else if (at >= items->head.length)
        (void)rf_fus_raise(vm, "Array index out of bounds: index %lld >= length %u", (long long)at, items->head.length);
    else
        return &items->items[at];
    return NULL;
}

static rf_fus_value array_get(rf_fus_vm *vm, const rf_fus_value *args) {
    const rf_fus_value *slot = slot_of(vm, args[0], args[1]);
    return slot ? *slot : RF_FUS_RAISED;
}

static rf_fus_value array_try_item(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t at;
    rf_fus_items *array;
    if (!rf_fus_expect_int(vm, args[0], &at) || !rf_fus_expect_array(vm, args[1], &array))
        return RF_FUS_RAISED;
    return at < 0 || at >= array->head.length ? rf_fus_none(vm) : rf_fus_some(vm, array->items[at]);
}

static rf_fus_value array_set(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value *slot = slot_of(vm, args[0], args[2]);
    if (!slot)
        return RF_FUS_RAISED;
    *slot = args[1];
    rf_fus_stored(vm, rf_fus_object_of(args[2]), args[1]);
    return RF_FUS_UNIT;
}

static rf_fus_value array_length(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? rf_fus_of_small_int(array->head.length) : RF_FUS_RAISED;
}

static rf_fus_value array_is_empty(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? rf_fus_of_bool(array->head.length == 0) : RF_FUS_RAISED;
}

/* ---- Making ---- */

static rf_fus_value new_array(rf_fus_vm *vm, const rf_fus_value *items, uint64_t count) {
    if (count > UINT32_MAX)
        return rf_fus_raise(vm, "Array of %llu items is too long", (unsigned long long)count);
    return rf_fus_array_new(vm, items, (uint32_t)count);
}

static rf_fus_value filled(rf_fus_vm *vm, const char *name, rf_fus_value length, rf_fus_value value) {
    int64_t count;
    if (!rf_fus_expect_int(vm, length, &count))
        return RF_FUS_RAISED;
    if (count < 0)
        return rf_fus_raise(vm, "%s requires non-negative length, got %lld", name, (long long)count);
    rf_fus_value array = new_array(vm, NULL, (uint64_t)count);
    if (array == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    rf_fus_value *items = RF_FUS_AS(rf_fus_items, array)->items;
    for (int64_t i = 0; i < count; i++)
        items[i] = value;
    return array;
}

static rf_fus_value array_create(rf_fus_vm *vm, const rf_fus_value *args) { return filled(vm, "Array.create", args[0], args[1]); }
static rf_fus_value array_replicate(rf_fus_vm *vm, const rf_fus_value *args) { return filled(vm, "Array.replicate", args[0], args[1]); }
static rf_fus_value array_zero_create(rf_fus_vm *vm, const rf_fus_value *args) {
    return filled(vm, "Array.zeroCreate", args[0], rf_fus_of_small_int(0));
}

static rf_fus_value array_empty(rf_fus_vm *vm, const rf_fus_value *args) {
    return args[0] == RF_FUS_UNIT ? new_array(vm, NULL, 0) : rf_fus_raise_type(vm, "unit", args[0]);
}

static rf_fus_value array_singleton(rf_fus_vm *vm, const rf_fus_value *args) { return new_array(vm, args, 1); }

static rf_fus_value array_of_list(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_values items = { 0 };
    rf_fus_value array = rf_fus_lib_gather(vm, args[0], &items) ? new_array(vm, items.items, items.count) : RF_FUS_RAISED;
    rf_vec_done(&items);
    return array;
}

static rf_fus_value array_to_list(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? rf_fus_make_list(vm, array->items, array->head.length, RF_FUS_NIL) : RF_FUS_RAISED;
}

static rf_fus_value array_copy(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? new_array(vm, array->items, array->head.length) : RF_FUS_RAISED;
}

static rf_fus_value array_of_seq(rf_fus_vm *vm, const rf_fus_value *args) {
    if (rf_fus_is(args[0], RF_FUS_T_ARRAY))
        return array_copy(vm, args);
    if (!rf_fus_is(args[0], RF_FUS_T_MAP))
        return array_of_list(vm, args);
    rf_fus_value array = new_array(vm, NULL, RF_FUS_AS(const rf_fus_map, args[0])->count);
    rf_fus_map_walk walk = { .map = args[0] };
    rf_fus_value key, value;
    for (size_t i = 0; array != RF_FUS_RAISED && rf_fus_map_next(&walk, &key, &value); i++) {
        rf_fus_value pair = rf_fus_make_pair(vm, key, value);
        if (pair == RF_FUS_RAISED)
            return RF_FUS_RAISED;
        RF_FUS_AS(rf_fus_items, array)->items[i] = pair;
        rf_fus_stored(vm, rf_fus_object_of(array), pair);
    }
    return array;
}

static rf_fus_value array_append(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *a, *b;
    if (!rf_fus_expect_array(vm, args[0], &a) || !rf_fus_expect_array(vm, args[1], &b))
        return RF_FUS_RAISED;
    rf_fus_value array = new_array(vm, NULL, (uint64_t)a->head.length + b->head.length);
    if (array == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    rf_fus_value *to = RF_FUS_AS(rf_fus_items, array)->items;
    memcpy(to, a->items, a->head.length * sizeof *to);
    memcpy(to + a->head.length, b->items, b->head.length * sizeof *to);
    return array;
}

static rf_fus_value concat_items(rf_fus_vm *vm, const rf_fus_value *arrays, size_t count) {
    rf_fus_values items = { 0 };
    rf_fus_items *array;
    bool done = true;
    for (size_t i = 0; i < count && done; i++) {
        done = rf_fus_expect_array(vm, arrays[i], &array) && rf_fus_vm_allows(vm, items.count * sizeof *items.items) && rf_fus_vm_poll(vm);
        for (uint32_t k = 0; done && k < array->head.length; k++)
            done = rf_fus_lib_push(vm, &items, array->items[k]);
    }
    rf_fus_value result = done ? new_array(vm, items.items, items.count) : RF_FUS_RAISED;
    rf_vec_done(&items);
    return result;
}

/* Of an array or a list of arrays. */
static rf_fus_value array_concat(rf_fus_vm *vm, const rf_fus_value *args) {
    if (rf_fus_is(args[0], RF_FUS_T_ARRAY)) {
        const rf_fus_items *outer = RF_FUS_AS(const rf_fus_items, args[0]);
        return concat_items(vm, outer->items, outer->head.length);
    }
    rf_fus_values arrays = { 0 };
    rf_fus_value result = rf_fus_lib_gather(vm, args[0], &arrays) ? concat_items(vm, arrays.items, arrays.count) : RF_FUS_RAISED;
    rf_vec_done(&arrays);
    return result;
}

/* ---- Parts ---- */

/* Items from `start` on as a new array; the message begins with `name`. */
static rf_fus_value part_of(rf_fus_vm *vm, const char *name, rf_fus_value of, int64_t start, int64_t count) {
    rf_fus_items *array;
    if (!rf_fus_expect_array(vm, of, &array))
        return RF_FUS_RAISED;
    if (start < 0 || count < 0 || start > array->head.length || count > array->head.length - start)
        return rf_fus_raise(vm, "%s: not enough elements", name);
    return new_array(vm, array->items + start, (uint64_t)count);
}

static rf_fus_value array_sub(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t start, count;
    if (!rf_fus_expect_int(vm, args[1], &start) || !rf_fus_expect_int(vm, args[2], &count))
        return RF_FUS_RAISED;
    return part_of(vm, "Array.sub", args[0], start, count);
}

static rf_fus_value array_take(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t count;
    return rf_fus_expect_int(vm, args[0], &count) ? part_of(vm, "Array.take", args[1], 0, count) : RF_FUS_RAISED;
}

static rf_fus_value array_truncate(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t count;
    rf_fus_items *array;
    if (!rf_fus_expect_int(vm, args[0], &count) || !rf_fus_expect_array(vm, args[1], &array))
        return RF_FUS_RAISED;
    count = count < 0 ? 0 : count > array->head.length ? array->head.length : count;
    return new_array(vm, array->items, (uint64_t)count);
}

static rf_fus_value array_skip(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t count;
    rf_fus_items *array;
    if (!rf_fus_expect_int(vm, args[0], &count) || !rf_fus_expect_array(vm, args[1], &array))
        return RF_FUS_RAISED;
    count = count < 0 ? 0 : count;
    return part_of(vm, "Array.skip", args[1], count, array->head.length - count);
}

static rf_fus_value array_tail(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? part_of(vm, "Array.tail", args[0], 1, (int64_t)array->head.length - 1)
                                                    : RF_FUS_RAISED;
}

static rf_fus_value end_of(rf_fus_vm *vm, rf_fus_value of, const char *name, bool last) {
    rf_fus_items *array;
    if (!rf_fus_expect_array(vm, of, &array))
        return RF_FUS_RAISED;
    if (array->head.length == 0)
        return rf_fus_raise(vm, "%s: array is empty", name);
    return array->items[last ? array->head.length - 1 : 0];
}

static rf_fus_value array_head(rf_fus_vm *vm, const rf_fus_value *args) { return end_of(vm, args[0], "Array.head", false); }
static rf_fus_value array_last(rf_fus_vm *vm, const rf_fus_value *args) { return end_of(vm, args[0], "Array.last", true); }

static rf_fus_value try_end_of(rf_fus_vm *vm, rf_fus_value of, bool last) {
    rf_fus_items *array;
    if (!rf_fus_expect_array(vm, of, &array))
        return RF_FUS_RAISED;
    return array->head.length ? rf_fus_some(vm, array->items[last ? array->head.length - 1 : 0]) : rf_fus_none(vm);
}

static rf_fus_value array_try_head(rf_fus_vm *vm, const rf_fus_value *args) { return try_end_of(vm, args[0], false); }
static rf_fus_value array_try_last(rf_fus_vm *vm, const rf_fus_value *args) { return try_end_of(vm, args[0], true); }

static rf_fus_value array_fill(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t start, count;
    rf_fus_items *array;
    if (!rf_fus_expect_array(vm, args[0], &array) || !rf_fus_expect_int(vm, args[1], &start) || !rf_fus_expect_int(vm, args[2], &count))
        return RF_FUS_RAISED;
    if (start < 0 || count < 0 || start > array->head.length || count > array->head.length - start)
        return rf_fus_raise(vm, "Array.fill: not enough elements");
    for (int64_t i = start; i < start + count; i++)
        array->items[i] = args[3];
    rf_fus_stored(vm, &array->head, args[3]);
    return RF_FUS_UNIT;
}

static rf_fus_value array_rev(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value copy = array_copy(vm, args);
    if (copy == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    rf_fus_lib_turn(RF_FUS_AS(rf_fus_items, copy)->items, rf_fus_object_of(copy)->length);
    return copy;
}

/* ---- All items ---- */

static rf_fus_value sorted(rf_fus_vm *vm, rf_fus_value array, bool down) {
    rf_fus_items *items = RF_FUS_AS(rf_fus_items, array); /* no items come in that were not there: nothing to tell the heap */
    bool done = down ? rf_fus_lib_sort_descending(vm, items->items, NULL, items->head.length)
                     : rf_fus_lib_sort(vm, items->items, NULL, items->head.length);
    return done ? array : RF_FUS_RAISED;
}

static rf_fus_value array_sort(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value copy = array_copy(vm, args);
    return copy == RF_FUS_RAISED ? copy : sorted(vm, copy, false);
}

static rf_fus_value array_sort_descending(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value copy = array_copy(vm, args);
    return copy == RF_FUS_RAISED ? copy : sorted(vm, copy, true);
}

static rf_fus_value array_sort_in_place(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    if (!rf_fus_expect_array(vm, args[0], &array) || sorted(vm, args[0], false) == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    return RF_FUS_UNIT;
}

static rf_fus_value array_sum(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? rf_fus_lib_sum(vm, array->items, array->head.length) : RF_FUS_RAISED;
}

static rf_fus_value array_average(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? rf_fus_lib_average(vm, "Array.average", array->items, array->head.length)
                                                    : RF_FUS_RAISED;
}

static rf_fus_value array_max(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? rf_fus_lib_extreme(vm, "Array.max", array->items, array->head.length, true)
                                                    : RF_FUS_RAISED;
}

static rf_fus_value array_min(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    return rf_fus_expect_array(vm, args[0], &array) ? rf_fus_lib_extreme(vm, "Array.min", array->items, array->head.length, false)
                                                    : RF_FUS_RAISED;
}

static rf_fus_value array_contains(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    bool equal = false;
    if (!rf_fus_expect_array(vm, args[1], &array))
        return RF_FUS_RAISED;
    for (uint32_t i = 0; i < array->head.length && !equal; i++)
        if (!rf_fus_equal(vm, args[0], array->items[i], &equal))
            return RF_FUS_RAISED;
    return rf_fus_of_bool(equal);
}

static rf_fus_value array_distinct(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_values items = { 0 };
    rf_fus_items *array;
    if (!rf_fus_expect_array(vm, args[0], &array))
        return RF_FUS_RAISED;
    bool done = true;
    for (uint32_t i = 0; i < array->head.length && done; i++)
        done = rf_fus_lib_push(vm, &items, array->items[i]);
    size_t kept = done ? rf_fus_lib_distinct(vm, items.items, items.count) : SIZE_MAX;
    rf_fus_value result = kept == SIZE_MAX ? RF_FUS_RAISED : new_array(vm, items.items, kept);
    rf_vec_done(&items);
    return result;
}

/* Puts a new value into a new array. */
static bool put(rf_fus_vm *vm, rf_fus_value array, uint32_t at, rf_fus_value value) {
    if (value == RF_FUS_RAISED)
        return false;
    RF_FUS_AS(rf_fus_items, array)->items[at] = value;
    rf_fus_stored(vm, rf_fus_object_of(array), value);
    return true;
}

static rf_fus_value array_indexed(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    if (!rf_fus_expect_array(vm, args[0], &array))
        return RF_FUS_RAISED;
    rf_fus_value result = new_array(vm, NULL, array->head.length);
    for (uint32_t i = 0; result != RF_FUS_RAISED && i < array->head.length; i++)
        if (!put(vm, result, i, rf_fus_make_pair(vm, rf_fus_of_small_int(i), array->items[i])))
            return RF_FUS_RAISED;
    return result;
}

static rf_fus_value array_zip(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *a, *b;
    if (!rf_fus_expect_array(vm, args[0], &a) || !rf_fus_expect_array(vm, args[1], &b))
        return RF_FUS_RAISED;
    if (a->head.length != b->head.length)
        return rf_fus_raise(vm, "Array.zip: arrays have different lengths");
    rf_fus_value result = new_array(vm, NULL, a->head.length);
    for (uint32_t i = 0; result != RF_FUS_RAISED && i < a->head.length; i++)
        if (!put(vm, result, i, rf_fus_make_pair(vm, a->items[i], b->items[i])))
            return RF_FUS_RAISED;
    return result;
}

static rf_fus_value array_unzip(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_items *array;
    if (!rf_fus_expect_array(vm, args[0], &array))
        return RF_FUS_RAISED;
    rf_fus_value left = new_array(vm, NULL, array->head.length),
                 right = left == RF_FUS_RAISED ? left : new_array(vm, NULL, array->head.length);
    for (uint32_t i = 0; right != RF_FUS_RAISED && i < array->head.length; i++) {
        rf_fus_value pair = array->items[i];
        if (!rf_fus_is(pair, RF_FUS_T_TUPLE) || rf_fus_object_of(pair)->length != 2)
            return rf_fus_raise_type(vm, "tuple of 2", pair);
        (void)put(vm, left, i, RF_FUS_AS(const rf_fus_items, pair)->items[0]);
        (void)put(vm, right, i, RF_FUS_AS(const rf_fus_items, pair)->items[1]);
    }
    return rf_fus_make_pair(vm, left, right);
}

static rf_fus_value array_chunk(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t size;
    rf_fus_items *array;
    if (!rf_fus_expect_int(vm, args[0], &size) || !rf_fus_expect_array(vm, args[1], &array))
        return RF_FUS_RAISED;
    if (size <= 0)
        return rf_fus_raise(vm, "Array.chunkBySize: the number must be positive, got %lld", (long long)size);
    uint64_t length = array->head.length, count = (length + (uint64_t)size - 1) / (uint64_t)size;
    rf_fus_value result = new_array(vm, NULL, count);
    for (uint64_t i = 0; result != RF_FUS_RAISED && i < count; i++) {
        uint64_t from = i * (uint64_t)size, left = length - from;
        if (!put(vm, result, (uint32_t)i, new_array(vm, array->items + from, left < (uint64_t)size ? left : (uint64_t)size)))
            return RF_FUS_RAISED;
    }
    return result;
}

#define ROW RF_FUS_ROW
#define OURS RF_FUS_OURS
static const rf_fus_lib_row rows[] = {
    OURS("Array.append", "a b", "'a array -> 'a array -> 'a array", "The items of both.", "Array.append [|1|] [|2|] // [|1; 2|]",
         array_append, 2),
    OURS("Array.average", "a", "_ array -> float", "The mean of numbers; an error when there are none.",
         "Array.average [|1; 2|] // 1.5", array_average, 1),
    OURS("Array.averageBy", "f a", "('a -> _) -> 'a array -> float", "The mean of what the function gives.",
         "Array.averageBy fst [|(1, 0); (2, 0)|] // 1.5", NULL, 2),
    OURS("Array.choose", "f a", "('a -> 'b option) -> 'a array -> 'b array", "The contents of each Some that the function gives.",
         "Array.choose id [|Some 1; None|] // [|1|]", NULL, 2),
    OURS("Array.chunkBySize", "n a", "int -> 'a array -> 'a array array",
         "The array cut into pieces of n; the last may be shorter.", "Array.chunkBySize 2 [|1; 2; 3|] // [|[|1; 2|]; [|3|]|]",
         array_chunk, 2),
    OURS("Array.collect", "f a", "('a -> 'b array) -> 'a array -> 'b array", "The arrays that the function gives, joined.",
         "Array.collect (fun x -> [|x; x|]) [|1; 2|] // [|1; 1; 2; 2|]", NULL, 2),
    OURS("Array.concat", "arrays", "_ -> 'a array", "The items of all arrays in a list or array.",
         "Array.concat [[|1|]; [|2|]] // [|1; 2|]", array_concat, 1),
    OURS("Array.contains", "x a", "'a -> 'a array -> bool", "Whether an equal item is there.",
         "Array.contains 2 [|1; 2|] // true", array_contains, 2),
    OURS("Array.copy", "a", "'a array -> 'a array", "Another array with the same items.", "Array.copy [|1|] // [|1|]", array_copy,
         1),
    OURS("Array.countBy", "f a", "('a -> 'k) -> 'a array -> ('k * int) array", "Each key that the function gives, and how often.",
         "Array.countBy id [|1; 1; 2|] // [|(1, 2); (2, 1)|]", NULL, 2),
    ROW("Array.create", "n x", "int -> 'a -> 'a array", "n times the same item.", "Array.create 2 0 // [|0; 0|]", array_create,
        2),
    OURS("Array.distinct", "a", "'a array -> 'a array", "Without items that came before.",
         "Array.distinct [|1; 2; 1|] // [|1; 2|]", array_distinct, 1),
    OURS("Array.distinctBy", "f a", "('a -> 'k) -> 'a array -> 'a array", "Without items whose key came before.",
         "Array.distinctBy (fun x -> x > 1) [|1; 2; 3|] // [|1; 2|]", NULL, 2),
    OURS("Array.empty", "()", "unit -> 'a array", "An array without items.", "Array.empty () // [||]", array_empty, 1),
    OURS("Array.exists", "p a", "('a -> bool) -> 'a array -> bool", "Whether the predicate holds for any item.",
         "Array.exists (fun x -> x > 1) [|1; 2|] // true", NULL, 2),
    OURS("Array.fill", "a start n x", "'a array -> int -> int -> 'a -> unit", "Sets n items from `start` on.",
         "Array.fill [|1; 2|] 0 2 9 // ()", array_fill, 4),
    OURS("Array.filter", "p a", "('a -> bool) -> 'a array -> 'a array", "The items for which the predicate holds.",
         "Array.filter (fun x -> x > 1) [|1; 2|] // [|2|]", NULL, 2),
    OURS("Array.find", "p a", "('a -> bool) -> 'a array -> 'a", "The first item for which it holds; an error when there is none.",
         "Array.find (fun x -> x > 1) [|1; 2|] // 2", NULL, 2),
    OURS("Array.findIndex", "p a", "('a -> bool) -> 'a array -> int", "The place of the first such item.",
         "Array.findIndex (fun x -> x > 1) [|1; 2|] // 1", NULL, 2),
    OURS("Array.fold", "f acc a", "('s -> 'a -> 's) -> 's -> 'a array -> 's",
         "Goes through the items from the first on: acc becomes f acc x.", "Array.fold (fun s x -> s + x) 0 [|1; 2|] // 3", NULL,
         3),
    OURS("Array.foldBack", "f a acc", "('a -> 's -> 's) -> 'a array -> 's -> 's",
         "Goes through the items from the last on: acc becomes f x acc.",
         "Array.foldBack (fun x s -> x :: s) [|1; 2|] [] // [1; 2]", NULL, 3),
    OURS("Array.forall", "p a", "('a -> bool) -> 'a array -> bool", "Whether the predicate holds for all items.",
         "Array.forall (fun x -> x > 1) [|1; 2|] // false", NULL, 2),
    ROW("Array.get", "i a", "int -> 'a array -> 'a", "Item i, from 0; an error when there is none.", "Array.get 1 [|4; 5|] // 5",
        array_get, 2),
    OURS("Array.groupBy", "f a", "('a -> 'k) -> 'a array -> ('k * 'a array) array",
         "Each key that the function gives, with its items.",
         "Array.groupBy (fun x -> x % 2) [|1; 2; 3|] // [|(1, [|1; 3|]); (0, [|2|])|]", NULL, 2),
    OURS("Array.head", "a", "'a array -> 'a", "The first item; an error when there is none.", "Array.head [|1; 2|] // 1",
         array_head, 1),
    OURS("Array.indexed", "a", "'a array -> (int * 'a) array", "Each item with its place.",
         "Array.indexed [|\"a\"|] // [|(0, a)|]", array_indexed, 1),
    ROW("Array.init", "n f", "int -> (int -> 'a) -> 'a array", "What the function gives for 0 to n - 1.",
        "Array.init 3 (fun i -> i * i) // [|0; 1; 4|]", NULL, 2),
    ROW("Array.isEmpty", "a", "'a array -> bool", "Whether there are no items.", "Array.isEmpty [||] // true", array_is_empty, 1),
    OURS("Array.item", "i a", "int -> 'a array -> 'a", "The same as Array.get.", "Array.item 0 [|4|] // 4", array_get, 2),
    OURS("Array.iter", "f a", "('a -> unit) -> 'a array -> unit", "Calls the function for each item.",
         "Array.iter ignore [|1|] // ()", NULL, 2),
    OURS("Array.iter2", "f a b", "('a -> 'b -> unit) -> 'a array -> 'b array -> unit", "Calls it for each two in the same place.",
         "Array.iter2 (fun x y -> ()) [|1|] [|2|] // ()", NULL, 3),
    OURS("Array.iteri", "f a", "(int -> 'a -> unit) -> 'a array -> unit", "Calls it with place and item.",
         "Array.iteri (fun i x -> ()) [|1|] // ()", NULL, 2),
    OURS("Array.last", "a", "'a array -> 'a", "The last item; an error when there is none.", "Array.last [|1; 2|] // 2",
         array_last, 1),
    ROW("Array.length", "a", "'a array -> int", "Number of items.", "Array.length [|1; 2|] // 2", array_length, 1),
    OURS("Array.map", "f a", "('a -> 'b) -> 'a array -> 'b array", "What the function gives for each item.",
         "Array.map (fun x -> x * 2) [|1; 2|] // [|2; 4|]", NULL, 2),
    OURS("Array.map2", "f a b", "('a -> 'b -> 'c) -> 'a array -> 'b array -> 'c array",
         "What it gives for each two in the same place.", "Array.map2 (fun x y -> x + y) [|1|] [|2|] // [|3|]", NULL, 3),
    OURS("Array.mapi", "f a", "(int -> 'a -> 'b) -> 'a array -> 'b array", "What it gives for place and item.",
         "Array.mapi (fun i x -> i + x) [|5; 5|] // [|5; 6|]", NULL, 2),
    OURS("Array.max", "a", "'a array -> 'a", "The greatest item, by compare.", "Array.max [|1; 3; 2|] // 3", array_max, 1),
    OURS("Array.maxBy", "f a", "('a -> 'k) -> 'a array -> 'a", "The first item with the greatest key.",
         "Array.maxBy snd [|(1, 2); (3, 1)|] // (1, 2)", NULL, 2),
    OURS("Array.min", "a", "'a array -> 'a", "The smallest item, by compare.", "Array.min [|2; 1|] // 1", array_min, 1),
    OURS("Array.minBy", "f a", "('a -> 'k) -> 'a array -> 'a", "The first item with the smallest key.",
         "Array.minBy snd [|(1, 2); (3, 1)|] // (3, 1)", NULL, 2),
    ROW("Array.ofList", "xs", "'a list -> 'a array", "A new array of the items of a list.", "Array.ofList [1; 2] // [|1; 2|]",
        array_of_list, 1),
    OURS("Array.ofSeq", "s", "_ -> 'a array", "A new array of the items of a list, an array or a map.",
         "Array.ofSeq [1; 2] // [|1; 2|]", array_of_seq, 1),
    OURS("Array.partition", "p a", "('a -> bool) -> 'a array -> 'a array * 'a array",
         "The items for which the predicate holds, and the others.",
         "Array.partition (fun x -> x > 1) [|1; 2|] // ([|2|], [|1|])", NULL, 2),
    OURS("Array.pick", "f a", "('a -> 'b option) -> 'a array -> 'b",
         "The first Some that the function gives; an error when it gives none.", "Array.pick id [|None; Some 1|] // 1", NULL, 2),
    OURS("Array.reduce", "f a", "('a -> 'a -> 'a) -> 'a array -> 'a", "fold that begins with the first item.",
         "Array.reduce (fun s x -> s * x) [|2; 3|] // 6", NULL, 2),
    OURS("Array.replicate", "n x", "int -> 'a -> 'a array", "The same as Array.create.", "Array.replicate 2 0 // [|0; 0|]",
         array_replicate, 2),
    OURS("Array.rev", "a", "'a array -> 'a array", "A new array, the items from last to first.", "Array.rev [|1; 2|] // [|2; 1|]",
         array_rev, 1),
    OURS("Array.scan", "f acc a", "('s -> 'a -> 's) -> 's -> 'a array -> 's array", "fold with all that acc was.",
         "Array.scan (fun s x -> s + x) 0 [|1; 2|] // [|0; 1; 3|]", NULL, 3),
    ROW("Array.set", "i x a", "int -> 'a -> 'a array -> unit", "Sets item i in place: all who hold the array see it.",
        "Array.set 0 9 [|1|] // ()", array_set, 3),
    OURS("Array.singleton", "x", "'a -> 'a array", "The array of one item.", "Array.singleton 1 // [|1|]", array_singleton, 1),
    OURS("Array.skip", "n a", "int -> 'a array -> 'a array", "Without the first n; an error when there are less.",
         "Array.skip 1 [|1; 2|] // [|2|]", array_skip, 2),
    OURS("Array.sort", "a", "'a array -> 'a array", "A new array, sorted by compare.", "Array.sort [|3; 1; 2|] // [|1; 2; 3|]",
         array_sort, 1),
    OURS("Array.sortBy", "f a", "('a -> 'k) -> 'a array -> 'a array", "A new array, sorted by the keys that the function gives.",
         "Array.sortBy snd [|(1, 2); (3, 1)|] // [|(3, 1); (1, 2)|]", NULL, 2),
    OURS("Array.sortByDescending", "f a", "('a -> 'k) -> 'a array -> 'a array", "The same, from the greatest key on.",
         "Array.sortByDescending id [|1; 2|] // [|2; 1|]", NULL, 2),
    OURS("Array.sortDescending", "a", "'a array -> 'a array", "A new array, sorted from the greatest item on.",
         "Array.sortDescending [|1; 3; 2|] // [|3; 2; 1|]", array_sort_descending, 1),
    OURS("Array.sortInPlace", "a", "'a array -> unit", "Sorts the array itself.", "Array.sortInPlace [|2; 1|] // ()",
         array_sort_in_place, 1),
    OURS("Array.sortWith", "f a", "('a -> 'a -> int) -> 'a array -> 'a array",
         "A new array, sorted by a function that compares two items.", "Array.sortWith (fun x y -> y - x) [|1; 2|] // [|2; 1|]",
         NULL, 2),
    OURS("Array.sub", "a start n", "'a array -> int -> int -> 'a array", "n items from `start` on.",
         "Array.sub [|1; 2; 3|] 1 2 // [|2; 3|]", array_sub, 3),
    OURS("Array.sum", "a", "'a array -> 'a", "The sum of numbers; 0 when there are none.", "Array.sum [|1; 2|] // 3", array_sum,
         1),
    OURS("Array.sumBy", "f a", "('a -> 'n) -> 'a array -> 'n", "The sum of what the function gives.",
         "Array.sumBy fst [|(1, 0); (2, 0)|] // 3", NULL, 2),
    OURS("Array.tail", "a", "'a array -> 'a array", "Without the first item; an error when there is none.",
         "Array.tail [|1; 2|] // [|2|]", array_tail, 1),
    OURS("Array.take", "n a", "int -> 'a array -> 'a array", "The first n; an error when there are less.",
         "Array.take 1 [|1; 2|] // [|1|]", array_take, 2),
    ROW("Array.toList", "a", "'a array -> 'a list", "The items as a list.", "Array.toList [|1; 2|] // [1; 2]", array_to_list, 1),
    OURS("Array.truncate", "n a", "int -> 'a array -> 'a array", "The first n, or all when there are less.",
         "Array.truncate 9 [|1|] // [|1|]", array_truncate, 2),
    OURS("Array.tryFind", "p a", "('a -> bool) -> 'a array -> 'a option",
         "The first item for which the predicate holds, if there is one.", "Array.tryFind (fun x -> x > 1) [|1|] // None", NULL,
         2),
    OURS("Array.tryFindIndex", "p a", "('a -> bool) -> 'a array -> int option",
         "The place of the first such item, if there is one.", "Array.tryFindIndex (fun x -> x > 1) [|1; 2|] // Some(1)", NULL,
         2),
    OURS("Array.tryHead", "a", "'a array -> 'a option", "The first item, if there is one.", "Array.tryHead [|1|] // Some(1)",
         array_try_head, 1),
    OURS("Array.tryItem", "i a", "int -> 'a array -> 'a option", "Item i, if there is one.", "Array.tryItem 5 [|1|] // None",
         array_try_item, 2),
    OURS("Array.tryLast", "a", "'a array -> 'a option", "The last item, if there is one.", "Array.tryLast [|1; 2|] // Some(2)",
         array_try_last, 1),
    OURS("Array.tryPick", "f a", "('a -> 'b option) -> 'a array -> 'b option", "The first Some that the function gives, or None.",
         "Array.tryPick id [|None|] // None", NULL, 2),
    OURS("Array.unzip", "a", "('a * 'b) array -> 'a array * 'b array", "An array of pairs as two arrays.",
         "Array.unzip [|(1, 2)|] // ([|1|], [|2|])", array_unzip, 1),
    OURS("Array.zeroCreate", "n", "int -> int array", "n zeros.", "Array.zeroCreate 2 // [|0; 0|]", array_zero_create, 1),
    OURS("Array.zip", "a b", "'a array -> 'b array -> ('a * 'b) array", "Two arrays of one length as an array of pairs.",
         "Array.zip [|1|] [|2|] // [|(1, 2)|]", array_zip, 2),
    { 0 },
};
RF_FUS_LIB_MODULE(array, "Array", "Arrays: items side by side, which may be set in place.", rows);
