/* list_items.c: natives over all items of a list at once: sums, order, pieces, zips. */
#include "script/fusabi/library/list.h"

#include "base/alloc.h"

/* A native that gathers a list, does something with the items, and gives the result. */
typedef rf_fus_value (*over_items)(rf_fus_vm *vm, rf_fus_values *items);
static rf_fus_value gathered(rf_fus_vm *vm, rf_fus_value list, over_items work) {
    rf_fus_values items = { 0 };
    rf_fus_value result = rf_fus_lib_gather(vm, list, &items) ? work(vm, &items) : RF_FUS_RAISED;
    rf_vec_done(&items);
    return result;
}

/* ---- Sums and extremes ---- */

rf_fus_value rf_fus_lib_sum(rf_fus_vm *vm, const rf_fus_value *items, size_t count) {
    rf_fus_value sum = count ? items[0] : rf_fus_of_small_int(0);
    if (count == 1 && !rf_fus_is_any_int(sum) && !rf_fus_is_double(sum))
        return rf_fus_raise_type(vm, "int", sum);
    for (size_t i = 1; i < count && sum != RF_FUS_RAISED; i++)
        sum = rf_fus_lib_add(vm, sum, items[i]);
    return sum;
}

rf_fus_value rf_fus_lib_average(rf_fus_vm *vm, const char *name, const rf_fus_value *items, size_t count) {
    double sum = 0, number;
    if (count == 0)
        return rf_fus_raise(vm, "%s: no elements", name);
    for (size_t i = 0; i < count; i++) {
        if (!rf_fus_expect_number(vm, items[i], &number))
            return RF_FUS_RAISED;
        sum += number;
    }
    return rf_fus_of_double(sum / (double)count);
}

rf_fus_value rf_fus_lib_extreme(rf_fus_vm *vm, const char *name, const rf_fus_value *items, size_t count, bool greatest) {
    int order;
    if (count == 0)
        return rf_fus_raise(vm, "%s: no elements", name);
    rf_fus_value best = items[0];
    for (size_t i = 1; i < count; i++) {
        if (!rf_fus_compare(vm, items[i], best, &order))
            return RF_FUS_RAISED;
        if (greatest ? order > 0 : order < 0)
            best = items[i];
    }
    return best;
}

static rf_fus_value sum_of(rf_fus_vm *vm, rf_fus_values *items) { return rf_fus_lib_sum(vm, items->items, items->count); }
static rf_fus_value average_of(rf_fus_vm *vm, rf_fus_values *items) {
    return rf_fus_lib_average(vm, "List.average", items->items, items->count);
}
static rf_fus_value max_of(rf_fus_vm *vm, rf_fus_values *items) {
    return rf_fus_lib_extreme(vm, "List.max", items->items, items->count, true);
}
static rf_fus_value min_of(rf_fus_vm *vm, rf_fus_values *items) {
    return rf_fus_lib_extreme(vm, "List.min", items->items, items->count, false);
}
rf_fus_value rf_fus_list_sum(rf_fus_vm *vm, const rf_fus_value *args) { return gathered(vm, args[0], sum_of); }
rf_fus_value rf_fus_list_average(rf_fus_vm *vm, const rf_fus_value *args) { return gathered(vm, args[0], average_of); }
rf_fus_value rf_fus_list_max(rf_fus_vm *vm, const rf_fus_value *args) { return gathered(vm, args[0], max_of); }
rf_fus_value rf_fus_list_min(rf_fus_vm *vm, const rf_fus_value *args) { return gathered(vm, args[0], min_of); }

/* ---- Order ---- */

/* Turned round before and after: equal ones come out in their first order. */
bool rf_fus_lib_sort_descending(rf_fus_vm *vm, rf_fus_value *keys, rf_fus_value *items, size_t count) {
    rf_fus_lib_turn(keys, count);
    if (items)
        rf_fus_lib_turn(items, count);
    if (!rf_fus_lib_sort(vm, keys, items, count))
        return false;
    rf_fus_lib_turn(keys, count);
    if (items)
        rf_fus_lib_turn(items, count);
    return true;
}

static rf_fus_value list_of(rf_fus_vm *vm, const rf_fus_values *items) {
    return rf_fus_make_list(vm, items->items, items->count, RF_FUS_NIL);
}

static rf_fus_value sorted_of(rf_fus_vm *vm, rf_fus_values *items) {
    return rf_fus_lib_sort(vm, items->items, NULL, items->count) ? list_of(vm, items) : RF_FUS_RAISED;
}

static rf_fus_value descending_of(rf_fus_vm *vm, rf_fus_values *items) {
    return rf_fus_lib_sort_descending(vm, items->items, NULL, items->count) ? list_of(vm, items) : RF_FUS_RAISED;
}

rf_fus_value rf_fus_list_sort(rf_fus_vm *vm, const rf_fus_value *args) { return gathered(vm, args[0], sorted_of); }
rf_fus_value rf_fus_list_sort_descending(rf_fus_vm *vm, const rf_fus_value *args) { return gathered(vm, args[0], descending_of); }

/* ---- Equal items ---- */

rf_fus_value rf_fus_list_contains(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value list = args[1], item;
    bool failed = false, equal;
    while (rf_fus_list_next(vm, &list, &item, &failed)) {
        if (!rf_fus_equal(vm, item, args[0], &equal))
            return RF_FUS_RAISED;
        if (equal)
            return RF_FUS_TRUE;
    }
    return failed ? RF_FUS_RAISED : RF_FUS_FALSE;
}

size_t rf_fus_lib_distinct(rf_fus_vm *vm, rf_fus_value *items, size_t count) {
    rf_fus_index index = { 0 };
    size_t kept = 0;
    uint32_t number;
    bool is_new;
    for (size_t i = 0; i < count && kept != SIZE_MAX; i++) {
        if (!rf_fus_index_put(vm, &index, items[i], &number, &is_new))
            kept = SIZE_MAX;
        else if (is_new)
            items[kept++] = items[i];
    }
    rf_fus_index_done(&index);
    return kept;
}

static rf_fus_value distinct_of(rf_fus_vm *vm, rf_fus_values *items) {
    size_t kept = rf_fus_lib_distinct(vm, items->items, items->count);
    return kept == SIZE_MAX ? RF_FUS_RAISED : rf_fus_make_list(vm, items->items, kept, RF_FUS_NIL);
}

rf_fus_value rf_fus_list_distinct(rf_fus_vm *vm, const rf_fus_value *args) { return gathered(vm, args[0], distinct_of); }

rf_fus_value rf_fus_list_except(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_index index = { 0 };
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_fus_value list = args[0], item;
    uint32_t number;
    bool failed = false, done = true, is_new;
    while (done && rf_fus_list_next(vm, &list, &item, &failed))
        done = rf_fus_index_put(vm, &index, item, &number, &is_new);
    list = args[1];
    while (done && !failed && rf_fus_list_next(vm, &list, &item, &failed)) {
        done = rf_fus_index_put(vm, &index, item, &number, &is_new);
        if (done && is_new)
            done = rf_fus_list_push(vm, &out, item);
    }
    rf_fus_index_done(&index);
    return done && !failed ? out.first : RF_FUS_RAISED;
}

/* ---- Pieces ---- */

static bool expect_positive(rf_fus_vm *vm, const char *name, rf_fus_value v, int64_t *ret_count) {
    if (!rf_fus_expect_int(vm, v, ret_count))
        return false;
    if (*ret_count <= 0)
        (void)rf_fus_raise(vm, "%s: the number must be positive, got %lld", name, (long long)*ret_count);
    return *ret_count > 0;
}

/* Pushes items[from … from + count) as a list. */
static bool push_piece(rf_fus_vm *vm, rf_fus_list_builder *out, const rf_fus_value *items, size_t count) {
    rf_fus_value piece = rf_fus_make_list(vm, items, count, RF_FUS_NIL);
    return piece != RF_FUS_RAISED && rf_fus_list_push(vm, out, piece);
}

rf_fus_value rf_fus_list_chunk(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_values items = { 0 };
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    int64_t size;
    bool done = expect_positive(vm, "List.chunkBySize", args[0], &size) && rf_fus_lib_gather(vm, args[1], &items);
    for (size_t i = 0; done && i < items.count; i += (size_t)size) {
        size_t count = items.count - i < (size_t)size ? items.count - i : (size_t)size;
        done = push_piece(vm, &out, items.items + i, count);
        if (count == items.count - i)
            break;
    }
    rf_vec_done(&items);
    return done ? out.first : RF_FUS_RAISED;
}

rf_fus_value rf_fus_list_split_into(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_values items = { 0 };
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    int64_t pieces;
    bool done = expect_positive(vm, "List.splitInto", args[0], &pieces) && rf_fus_lib_gather(vm, args[1], &items);
    for (size_t i = 0; done && i < items.count; pieces--) {
        size_t count = (items.count - i + (size_t)pieces - 1) / (size_t)pieces;
        done = push_piece(vm, &out, items.items + i, count);
        i += count;
    }
    rf_vec_done(&items);
    return done ? out.first : RF_FUS_RAISED;
}

rf_fus_value rf_fus_list_windowed(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_values items = { 0 };
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    int64_t size;
    bool done = expect_positive(vm, "List.windowed", args[0], &size) && rf_fus_lib_gather(vm, args[1], &items);
    for (size_t i = 0; done && (size_t)size <= items.count - i; i++)
        done = rf_fus_vm_poll(vm) && push_piece(vm, &out, items.items + i, (size_t)size);
    rf_vec_done(&items);
    return done ? out.first : RF_FUS_RAISED;
}

/* ---- Several lists side by side ---- */

static bool push_pair(rf_fus_vm *vm, rf_fus_list_builder *out, rf_fus_value a, rf_fus_value b) {
    rf_fus_value pair = rf_fus_make_pair(vm, a, b);
    return pair != RF_FUS_RAISED && rf_fus_list_push(vm, out, pair);
}

rf_fus_value rf_fus_list_pairwise(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_fus_value list = args[0], item, last = RF_FUS_RAISED;
    bool failed = false;
    while (rf_fus_list_next(vm, &list, &item, &failed)) {
        if (last != RF_FUS_RAISED && !push_pair(vm, &out, last, item))
            return RF_FUS_RAISED;
        last = item;
    }
    return failed ? RF_FUS_RAISED : out.first;
}

rf_fus_value rf_fus_list_indexed(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_fus_value list = args[0], item;
    bool failed = false;
    for (int64_t i = 0; rf_fus_list_next(vm, &list, &item, &failed); i++)
        if (!push_pair(vm, &out, rf_fus_of_small_int(i), item))
            return RF_FUS_RAISED;
    return failed ? RF_FUS_RAISED : out.first;
}

rf_fus_value rf_fus_list_all_pairs(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_fus_value left = args[0], a, b;
    bool failed = false;
    while (!failed && rf_fus_list_next(vm, &left, &a, &failed)) {
        rf_fus_value right = args[1];
        if (!rf_fus_vm_poll(vm))
            return RF_FUS_RAISED;
        while (rf_fus_list_next(vm, &right, &b, &failed))
            if (!push_pair(vm, &out, a, b))
                return RF_FUS_RAISED;
    }
    return failed ? RF_FUS_RAISED : out.first;
}

/* Tuples of `count` lists' items. */
static rf_fus_value zipped(rf_fus_vm *vm, const char *name, const rf_fus_value *args, uint32_t count) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    rf_fus_value lists[3], items[3];
    memcpy(lists, args, count * sizeof *lists);
    for (;;) {
        uint32_t have = 0;
        bool failed = false;
        for (uint32_t i = 0; i < count && !failed; i++)
            have += rf_fus_list_next(vm, &lists[i], &items[i], &failed);
        if (failed)
            return RF_FUS_RAISED;
        if (have < count)
            return have ? rf_fus_raise(vm, "%s: lists have different lengths", name) : out.first;
        rf_fus_value tuple = rf_fus_tuple_new(vm, items, count);
        if (tuple == RF_FUS_RAISED || !rf_fus_list_push(vm, &out, tuple))
            return RF_FUS_RAISED;
    }
}

rf_fus_value rf_fus_list_zip(rf_fus_vm *vm, const rf_fus_value *args) { return zipped(vm, "List.zip", args, 2); }
rf_fus_value rf_fus_list_zip3(rf_fus_vm *vm, const rf_fus_value *args) { return zipped(vm, "List.zip3", args, 3); }

static rf_fus_value unzipped(rf_fus_vm *vm, rf_fus_value list, uint32_t count) {
    rf_fus_list_builder out[3] = { { RF_FUS_NIL, RF_FUS_NIL }, { RF_FUS_NIL, RF_FUS_NIL }, { RF_FUS_NIL, RF_FUS_NIL } };
    rf_fus_value item;
    bool failed = false;
    while (rf_fus_list_next(vm, &list, &item, &failed)) {
        if (!rf_fus_is(item, RF_FUS_T_TUPLE) || rf_fus_object_of(item)->length != count)
            return rf_fus_raise_type(vm, count == 2 ? "tuple of 2" : "tuple of 3", item);
        for (uint32_t i = 0; i < count; i++)
            if (!rf_fus_list_push(vm, &out[i], RF_FUS_AS(const rf_fus_items, item)->items[i]))
                return RF_FUS_RAISED;
    }
    return failed ? RF_FUS_RAISED : rf_fus_tuple_new(vm, (rf_fus_value[]){ out[0].first, out[1].first, out[2].first }, count);
}

rf_fus_value rf_fus_list_unzip(rf_fus_vm *vm, const rf_fus_value *args) { return unzipped(vm, args[0], 2); }
rf_fus_value rf_fus_list_unzip3(rf_fus_vm *vm, const rf_fus_value *args) { return unzipped(vm, args[0], 3); }

/* Takes the first item off each of the lists into `column`; *ret_ended: all are at their end. */
static bool take_column(rf_fus_vm *vm, rf_fus_values *lists, rf_fus_list_builder *column, bool *ret_ended) {
    size_t have = 0;
    bool failed = false;
    for (size_t i = 0; i < lists->count; i++) {
        rf_fus_value item;
        bool has = rf_fus_list_next(vm, &lists->items[i], &item, &failed);
        if (failed || (has && !rf_fus_list_push(vm, column, item)))
            return false;
        have += has;
    }
    *ret_ended = have == 0;
    if (have && have < lists->count)
        (void)rf_fus_raise(vm, "List.transpose: lists have different lengths");
    return have == 0 || have == lists->count;
}

static rf_fus_value transposed_of(rf_fus_vm *vm, rf_fus_values *lists) {
    rf_fus_list_builder out = { RF_FUS_NIL, RF_FUS_NIL };
    for (;;) {
        rf_fus_list_builder column = { RF_FUS_NIL, RF_FUS_NIL };
        bool ended;
        if (!take_column(vm, lists, &column, &ended))
            return RF_FUS_RAISED;
        if (ended)
            return out.first;
        if (!rf_fus_list_push(vm, &out, column.first))
            return RF_FUS_RAISED;
    }
}

rf_fus_value rf_fus_list_transpose(rf_fus_vm *vm, const rf_fus_value *args) { return gathered(vm, args[0], transposed_of); }
