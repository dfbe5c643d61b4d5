/* heap_test.c: the collector: what moves, what stays, what is remembered; long lists, deep ropes, large objects. */
#include "script/fusabi/vm_fixture.h"

#include <inttypes.h>

static bool start(fixture *f, size_t heap_bytes) {
    const rf_fus_limits limits = { .heap_bytes = heap_bytes };
    return fixture_init(f, &limits) && fixture_constant(f, RF_FUS_NIL) && fixture_text(f, "x") && FUNCTION(f, "main", 0, 2, I(RET, 0, 0, 0, 0));
}

/* 1: build n: [1 … n], last first; 2: sum list; 3: the list with each item doubled, in order */
static bool add_list_functions(fixture *f) {
    return FUNCTION(f, "build", 1, 3, IX(CONST, 0, 1, 0), I(JEQI, 0, 0, 0, 3), I(CONS, 0, 1, 0, 1), I(SUBI, 0, 0, 0, 1), IX(LOOP, 0, 0, -4), I(RET, 0, 1, 0, 0))
           && FUNCTION(f, "sum", 1, 5, IX(INT, 0, 1, 0), IX(JNCONS, 0, 0, 4), I(UNCONS, 0, 2, 0, 0), I(ADD, 0, 1, 1, 2), I(MOVE, 0, 0, 3, 0), IX(LOOP, 0, 0, -5),
                       I(RET, 0, 1, 0, 0))
           && FUNCTION(f, "double", 1, 6, I(BUILD, 0, 3, 0, 0), IX(ITER, 0, 0, 0), IX(NEXT, 0, 0, 3), I(MULI, 0, 2, 2, 2), I(PUSH, 0, 3, 2, 0), IX(LOOP, 0, 0, -4),
                       I(RET, 0, 3, 0, 0));
}

static bool call(fixture *f, uint32_t proto, rf_fus_value arg) {
    return rf_fus_vm_host_call(f->vm, fixture_fn(f, proto), &arg, 1, &f->result, &f->error) == RF_OK;
}

RF_TEST(a_long_list_is_built_mapped_walked_and_freed) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    const int64_t n = rf_test_torture() ? 30000 : 10000000;
    rf_check(start(&f, 0) && add_list_functions(&f) && fixture_load(&f));
    rf_check(call(&f, 1, small(n)) && call(&f, 3, f.result) && call(&f, 2, f.result));
    rf_check(rf_fus_int(f.result) == n * (n + 1));
    rf_check(call(&f, 1, small(1000)) && call(&f, 2, f.result) && f.result == small(500500));
    rf_fus_heap_counts counts;
    rf_fus_vm_counts(f.vm, &counts);
    rf_check(counts.minor_count > 0);
}

RF_TEST(long_lists_are_equal_and_shown_without_recursion) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    const int64_t n = rf_test_torture() ? 3000 : 1000000;
    rf_fus_hold hold;
    bool equal = false;
    rf_check(start(&f, 0) && add_list_functions(&f) && fixture_load(&f));
    rf_check(call(&f, 1, small(n)) && rf_fus_vm_hold(f.vm, f.result, &hold) && call(&f, 1, small(n)));
    rf_check(rf_fus_equal(f.vm, f.result, rf_fus_vm_held(f.vm, hold), &equal) && equal);
    rf_check(rf_fus_display(f.vm, f.result, &out) && !out.failed && out.len > (size_t)n * 3);
}

/* Under stress every safepoint moves everything. */
RF_TEST(moving_at_every_allocation_changes_nothing) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(start(&f, 0) && add_list_functions(&f) && fixture_load(&f));
    rf_fus_vm_stress(f.vm, true);
    rf_check(call(&f, 1, small(200)) && call(&f, 3, f.result) && call(&f, 2, f.result) && f.result == small(200 * 201));
    rf_fus_heap_counts counts;
    rf_fus_vm_counts(f.vm, &counts);
    rf_check(counts.full_count >= 400);
}

/* 4: an old array gets young items, one of many calls long after the other */
RF_TEST(old_objects_that_point_to_young_ones_are_remembered) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(start(&f, 0) && add_list_functions(&f));
    /* hook cell: cell := n :: its content, through a closure's cell */
    rf_check(FUNCTION(&f, "hook", 2, 4, I(CELLGET, 0, 2, 0, 0), I(CONS, 0, 2, 1, 2), I(CELLSET, 0, 0, 2, 0), I(RET, 0, 1, 0, 0)));
    rf_check(FUNCTION(&f, "cell", 1, 2, I(CELL, 0, 0, 0, 0), I(RET, 0, 0, 0, 0)));
    rf_check(FUNCTION(&f, "content", 1, 2, I(CELLGET, 0, 0, 0, 0), I(RET, 0, 0, 0, 0)));
    rf_check(fixture_load(&f));
    rf_fus_hold cell;
    rf_check(call(&f, 5, RF_FUS_NIL) && rf_fus_vm_hold(f.vm, f.result, &cell));
    const int64_t n = rf_test_torture() ? 100 : 100000;
    for (int64_t i = 1; i <= n; i++) {
        const rf_fus_value args[2] = { rf_fus_vm_held(f.vm, cell), small(i) };
        rf_check(rf_fus_vm_host_call(f.vm, fixture_fn(&f, 4), args, 2, &f.result, &f.error) == RF_OK);
    }
    rf_check(call(&f, 6, rf_fus_vm_held(f.vm, cell)) && call(&f, 2, f.result) && rf_fus_int(f.result) == n * (n + 1) / 2);
}

/* 1: n times: s := s ++ "x"; 2: s := "x" ++ s; 3: s := s ++ s, n times */
static bool add_rope_functions(fixture *f) {
    return FUNCTION(f, "right", 1, 3, IX(CONST, 0, 1, 1), IX(CONST, 0, 2, 1), I(JEQI, 0, 0, 0, 3), I(CONCAT, 0, 1, 1, 2), I(SUBI, 0, 0, 0, 1), IX(LOOP, 0, 0, -4),
                    I(RET, 0, 1, 0, 0))
           && FUNCTION(f, "left", 1, 3, IX(CONST, 0, 1, 1), IX(CONST, 0, 2, 1), I(JEQI, 0, 0, 0, 3), I(CONCAT, 0, 1, 2, 1), I(SUBI, 0, 0, 0, 1), IX(LOOP, 0, 0, -4),
                       I(RET, 0, 1, 0, 0))
           && FUNCTION(f, "both", 1, 3, IX(CONST, 0, 1, 1), IX(CONST, 0, 2, 1), I(JEQI, 0, 0, 0, 3), I(CONCAT, 0, 1, 1, 1), I(SUBI, 0, 0, 0, 1), IX(LOOP, 0, 0, -4),
                       I(RET, 0, 1, 0, 0));
}

static bool is_all_x(fixture *f, size_t len) {
    rf_slice text = rf_fus_text(f->vm, f->result);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != 'x')
            return false;
    return text.data && text.len == len && text.data[len] == '\0';
}

RF_TEST(ropes_of_any_depth_become_flat_without_recursion) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(start(&f, 0) && add_rope_functions(&f) && fixture_load(&f));
    const int64_t n = rf_test_torture() ? 2000 : 3000000;
    rf_check(call(&f, 1, small(n)) && is_all_x(&f, (size_t)n + 1));
    rf_check(call(&f, 2, small(n)) && is_all_x(&f, (size_t)n + 1));
    rf_check(call(&f, 3, small(16)) && is_all_x(&f, 1 << 16));
    rf_fus_vm_stress(f.vm, true);
    rf_check(call(&f, 1, small(100)) && is_all_x(&f, 101) && call(&f, 2, small(100)) && is_all_x(&f, 101) && call(&f, 3, small(7)) && is_all_x(&f, 128));
}

/* Zigzag: ropes on both sides all the way down. */
RF_TEST(ropes_of_ropes_become_flat) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(start(&f, 0) && fixture_load(&f));
    char block[80];
    memset(block, 'x', sizeof block);
    rf_fus_value flat = rf_fus_string_new(f.vm, (rf_slice){ block, sizeof block });
    rf_check(flat != RF_FUS_RAISED);
    rf_fus_value zigzag = flat;
    size_t len = sizeof block;
    for (int i = 0; i < 1000; i++) {
        rf_fus_value side = rf_fus_concat(f.vm, flat, flat);
        rf_check(side != RF_FUS_RAISED);
        zigzag = i % 2 ? rf_fus_concat(f.vm, side, zigzag) : rf_fus_concat(f.vm, zigzag, side);
        rf_check(zigzag != RF_FUS_RAISED);
        len += 2 * sizeof block;
    }
    f.result = zigzag;
    rf_check(is_all_x(&f, len));
}

RF_TEST(large_objects_stay_where_they_are_and_go_when_unused) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(start(&f, 0));
    /* grow a: n copies of it with a changed item, each of 80 kB */
    rf_check(FUNCTION(&f, "touch", 2, 8, I(MOVE, 0, 2, 0, 0), IX(INT, 0, 3, 5), I(TUPLE, 0, 4, 1, 1), I(UPDATE, 0, 0, 2, 0), I(SUBI, 0, 1, 1, 1), I(JNEI, 0, 1, 0, 1),
                      I(RET, 0, 0, 0, 0), IX(LOOP, 0, 0, -8)));
    rf_check(fixture_load(&f));
    const int64_t times = rf_test_torture() ? 20 : 2000;
    rf_fus_value args[2] = { rf_fus_array_new(f.vm, NULL, 10000), small(times) };
    rf_check(args[0] != RF_FUS_RAISED && rf_fus_vm_host_call(f.vm, fixture_fn(&f, 1), args, 2, &f.result, &f.error) == RF_OK);
    rf_fus_heap_counts counts;
    rf_fus_vm_counts(f.vm, &counts);
    rf_check(counts.held_bytes < (6 << 20));
    const rf_fus_items *array = RF_FUS_AS(const rf_fus_items, f.result);
    rf_check(array->head.length == 10000 && rf_fus_is(array->items[5], RF_FUS_T_TUPLE) && RF_FUS_AS(const rf_fus_items, array->items[5])->items[0] == small(1));
    rf_check(array->items[9999] == RF_FUS_UNIT);
}

RF_TEST(garbage_of_natives_counts_too) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    const rf_fus_limits limits = { .heap_bytes = 1 << 20 };
    rf_check(fixture_init(&f, &limits) && fixture_constant(&f, RF_FUS_NIL) && fixture_text(&f, "x"));
    /* a character of a text, a million times */
    rf_check(FUNCTION(&f, "main", 0, 6, IX(CONST, 0, 0, 1), IX(INT, 0, 1, 1), IX(INT, 0, 2, rf_test_torture() ? 1000 : 1000000), IX(INT, 0, 3, 1), IX(FORPREP, 0, 1, 4),
                      IX(INT, 0, 5, 0), I(INDEX, 0, 0, 0, 5), I(DISPLAY, 0, 5, 4, 0), IX(FORLOOP, 0, 1, -4), I(RET, 0, 0, 0, 0)));
    rf_check(fixture_run(&f) == RF_OK);
    rf_fus_heap_counts counts;
    rf_fus_vm_counts(f.vm, &counts);
    rf_check(counts.held_bytes < (2 << 20));
}

RF_TEST(a_deep_recursion_that_allocates_collects_and_returns) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(start(&f, 0) && add_list_functions(&f));
    /* copy list, not in tail position */
    rf_check(FUNCTION(&f, "copy", 1, 6, IX(JNNIL, 0, 0, 1), I(RET, 0, 0, 0, 0), I(UNCONS, 0, 1, 0, 0), I(MOVE, 0, 4, 2, 0), I(CALLSELF, 1, 3, 0, 0), I(CONS, 0, 1, 1, 3),
                      I(RET, 0, 1, 0, 0)));
    rf_check(fixture_load(&f));
    const int64_t n = rf_test_torture() ? 3000 : 500000;
    for (int i = 0; i < 2; i++) {
        rf_check(call(&f, 1, small(n)) && call(&f, 4, f.result) && call(&f, 2, f.result) && rf_fus_int(f.result) == n * (n + 1) / 2);
        rf_fus_heap_counts counts;
        rf_fus_vm_counts(f.vm, &counts);
        rf_check(f.vm->stack == f.vm->first_stack || f.vm->stack_cap <= RF_FUS_STACK_KEEP); /* given back */
    }
    rf_fus_vm_stress(f.vm, true);
    rf_check(call(&f, 1, small(150)) && call(&f, 4, f.result) && call(&f, 2, f.result) && f.result == small(150 * 151 / 2));
}

RF_TEST(a_new_vm_is_small) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(start(&f, 0) && add_list_functions(&f) && fixture_load(&f));
    rf_fus_heap_counts counts;
    rf_check(call(&f, 1, small(10)));
    rf_fus_vm_counts(f.vm, &counts);
    rf_check(counts.held_bytes <= 3 * RF_FUS_CHUNK_MIN);
}
