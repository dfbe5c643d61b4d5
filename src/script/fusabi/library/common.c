/* common.c: gathering lists, making results, adding. */
#include "script/fusabi/library/common.h"

#include "base/alloc.h"
#include "base/utf8.h"

bool rf_fus_lib_gather(rf_fus_vm *vm, rf_fus_value list, rf_fus_values *items) {
    rf_fus_value item;
    bool failed = false;
    while (rf_fus_list_next(vm, &list, &item, &failed))
        if (!rf_fus_lib_push(vm, items, item))
            return false;
    return !failed;
}

rf_fus_value rf_fus_make_list(rf_fus_vm *vm, const rf_fus_value *items, size_t count, rf_fus_value tail) {
    while (count-- && tail != RF_FUS_RAISED)
        tail = rf_fus_cons_new(vm, items[count], tail);
    return tail;
}

rf_fus_value rf_fus_make_pair(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b) {
    if (a == RF_FUS_RAISED || b == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    return rf_fus_tuple_new(vm, (rf_fus_value[]){ a, b }, 2);
}

rf_fus_value rf_fus_make_string(rf_fus_vm *vm, rf_buffer *buffer) {
    rf_fus_value text = buffer->failed ? rf_fus_raise_nomem(vm) : rf_fus_string_new(vm, rf_buffer_view(buffer));
    rf_buffer_done(buffer);
    return text;
}

rf_fus_string *rf_fus_lib_flat(rf_fus_vm *vm, rf_fus_value v) {
    rf_slice text;
    if (!rf_fus_expect_text(vm, v, &text))
        return NULL;
    return RF_FUS_AS(rf_fus_string, rf_fus_is(v, RF_FUS_T_ROPE) ? RF_FUS_AS(const rf_fus_rope, v)->left : v);
}

size_t rf_fus_lib_chars(rf_fus_string *text) {
    if (text->chars == UINT32_MAX) /* never so in static strings, which must not be written */
        text->chars = (uint32_t)rf_utf8_length(rf_fus_lib_slice(text));
    return text->chars;
}

rf_fus_value rf_fus_lib_add(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b) {
    if (rf_fus_is_any_int(a) && rf_fus_is_any_int(b))
        return rf_fus_int_new(vm, (int64_t)((uint64_t)rf_fus_int(a) + (uint64_t)rf_fus_int(b)));
    if (rf_fus_is_double(a) && rf_fus_is_double(b))
        return rf_fus_of_double(rf_fus_double(a) + rf_fus_double(b));
    return rf_fus_raise(vm, "Type mismatch in addition: %s + %s", rf_fus_type_name(a), rf_fus_type_name(b));
}

/* Merge sort, from short runs to long ones. */

typedef struct sorting {
    rf_fus_vm *vm;
    uint32_t steps;
    bool failed;
} sorting;

/* Whether b must come before a. */
static bool is_before(sorting *s, rf_fus_value b, rf_fus_value a) {
    if (rf_fus_is_int(a) && rf_fus_is_int(b))
        return rf_fus_small_int(b) < rf_fus_small_int(a);
    int order = 0;
    if (s->failed || ((++s->steps & 0xFFFF) == 0 && !rf_fus_vm_poll(s->vm)) || !rf_fus_compare(s->vm, b, a, &order))
        s->failed = true;
    return order < 0;
}

typedef struct run { rf_fus_value *keys, *items; } run; /* items may be NULL */

static void move(run to, size_t at, run from, size_t taken) {
    to.keys[at] = from.keys[taken];
    if (from.items)
        to.items[at] = from.items[taken];
}

/* Merges from[low … middle) and from[middle … high) into `to`. */
static void merge(sorting *s, run from, run to, size_t low, size_t middle, size_t high) {
    size_t i = low, j = middle, at = low;
    if (middle < high && is_before(s, from.keys[middle], from.keys[middle - 1]))
        while (i < middle && j < high)
            move(to, at++, from, is_before(s, from.keys[j], from.keys[i]) ? j++ : i++);
    while (i < middle)
        move(to, at++, from, i++);
    while (j < high)
        move(to, at++, from, j++);
}

static bool sort_in(rf_fus_vm *vm, run from, run to, size_t count, bool *ret_swapped) {
    sorting s = { .vm = vm };
    bool swapped = false;
    for (size_t length = 1; length < count && !s.failed; length *= 2) {
        for (size_t low = 0; low < count && !s.failed; low += 2 * length) {
            size_t middle = low + length < count ? low + length : count, high = middle + length < count ? middle + length : count;
            merge(&s, from, to, low, middle, high);
        }
        if (!s.failed && !rf_fus_vm_poll(vm))
            s.failed = true;
        run swap = from;
        from = to;
        to = swap;
        swapped = !swapped;
    }
    *ret_swapped = swapped;
    return !s.failed;
}

/* How many keys from the first on ascend, or (`down`) descend without equal ones. */
static size_t ordered_prefix(sorting *s, const rf_fus_value *keys, size_t count, bool down) {
    size_t length = 1;
    while (length < count && !s->failed && is_before(s, keys[length], keys[length - 1]) == down)
        length++;
    return length;
}

void rf_fus_lib_turn(rf_fus_value *items, size_t count) {
    for (size_t i = 0, j = count; i + 1 < j; i++) {
        rf_fus_value item = items[i];
        items[i] = items[--j];
        items[j] = item;
    }
}

/* What is in order already, upwards or downwards, needs no merging. */
static bool is_settled(sorting *s, run all, size_t count) {
    if (count < 2 || ordered_prefix(s, all.keys, count, false) == count)
        return true;
    if (s->failed || ordered_prefix(s, all.keys, count, true) < count)
        return false;
    rf_fus_lib_turn(all.keys, count);
    if (all.items)
        rf_fus_lib_turn(all.items, count);
    return true;
}

bool rf_fus_lib_sort(rf_fus_vm *vm, rf_fus_value *keys, rf_fus_value *items, size_t count) {
    sorting first = { .vm = vm };
    if (is_settled(&first, (run){ keys, items }, count) || first.failed)
        return !first.failed;
    size_t bytes = count * sizeof *keys;
    rf_fus_value *spare = rf_alloc(items ? 2 * bytes : bytes);
    if (!spare) {
        (void)rf_fus_raise_nomem(vm);
        return false;
    }
    bool swapped, sorted = sort_in(vm, (run){ keys, items }, (run){ spare, items ? spare + count : NULL }, count, &swapped);
    if (sorted && swapped) {
        memcpy(keys, spare, bytes);
        if (items)
            memcpy(items, spare + count, bytes);
    }
    rf_free(spare);
    return sorted;
}
