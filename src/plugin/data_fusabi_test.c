/* data_fusabi_test.c: plain data into Fusabi and out of it. */
#include "harness.h"

#include "base/slice.h"
#include "plugin/data_fusabi.h"

#include <math.h>
#include <stdio.h>

typedef struct bench {
    rf_fus_engine *engine;
    rf_fus_vm *vm;
    rf_arena arena;
    rf_error error;
} bench;

static void bench_done(bench *b) {
    if (b->vm)
        rf_fus_vm_free(b->vm);
    rf_fus_engine_unref(b->engine);
    rf_arena_done(&b->arena);
}
#define BENCH(name) RF_CLEANUP(bench_done) bench name = { 0 }

static bool prepare(bench *b, size_t heap_bytes) {
    const rf_fus_limits limits = { .heap_bytes = heap_bytes };
    rf_arena_init(&b->arena, 4096);
    return !rf_fus_engine_new(&b->engine, &b->error) && !rf_fus_vm_new(b->engine, &limits, NULL, &b->vm, &b->error);
}

enum { BUDGET = 1 << 20 };

/* The text that Fusabi shows for it. */
static bool shows(bench *b, const rf_value *value, rf_fus_lists lists, const char *text) {
    RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
    rf_fus_value made;
    if (rf_fus_data_in(b->vm, value, lists, &b->arena, &made, &b->error) || !rf_fus_display_source(b->vm, made, &shown) || shown.failed)
        return false;
    if (!rf_slice_is(rf_buffer_view(&shown), text))
        (void)fprintf(stderr, "shows %.*s, not %s\n", RF_SLICE_ARG(rf_buffer_view(&shown)), text);
    return rf_slice_is(rf_buffer_view(&shown), text);
}

RF_TEST(every_kind_of_value_goes_in) {
    BENCH(b);
    const struct { rf_value value; const char *text; } rows[] = {
        { rf_null(), "()" }, { rf_bool(true), "true" }, { rf_int(INT64_MIN), "-9223372036854775808" }, { rf_double(1.5), "1.5" },
        { rf_text(RF_NUMBER, RF_SLICE("12")), "12" }, { rf_text(RF_NUMBER, RF_SLICE("-0")), "-0.0" },
        { rf_text(RF_NUMBER, RF_SLICE("1.0")), "1.0" }, { rf_text(RF_NUMBER, RF_SLICE("1e3")), "1000.0" },
        { rf_text(RF_NUMBER, RF_SLICE("9223372036854775807")), "9223372036854775807" },
        { rf_text(RF_BIGINT, RF_SLICE("9223372036854775808")), "9223372036854776000.0" },
        { rf_string(RF_SLICE("a\"b")), "\"a\\\"b\"" }, { rf_text(RF_BYTES, RF_SLICE("a\xff")), "\"a\xef\xbf\xbd\"" },
        { { .kind = RF_TIME, .number = 1700000000120 }, "\"2023-11-14T22:13:20.12Z\"" }, { { .kind = RF_TIME, .number = -1 }, "\"1969-12-31T23:59:59.999Z\"" },
        { { .kind = RF_LIST }, "[||]" }, { { .kind = RF_MAP }, "{  }" },
    };
    rf_check(prepare(&b, 0));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rf_check(shows(&b, &rows[i].value, RF_FUS_AS_ARRAYS, rows[i].text) || (rf_test_torture() && b.error.code == RF_ENOMEM));
}

RF_TEST(lists_become_what_is_asked_for) {
    BENCH(b);
    rf_value items[] = { rf_int(1), rf_string(RF_SLICE("x")) };
    const rf_value list = { .kind = RF_LIST, .size = 2, .items = items }, marked = { .kind = RF_LIST, .truth = true, .size = 2, .items = items };
    rf_check(prepare(&b, 0));
    rf_check(shows(&b, &list, RF_FUS_AS_ARRAYS, "[|1; \"x\"|]"));
    rf_check(shows(&b, &marked, RF_FUS_AS_LISTS, "[1; \"x\"]"));
    rf_check(shows(&b, &list, RF_FUS_AS_WAS, "[1; \"x\"]"));
    rf_check(shows(&b, &marked, RF_FUS_AS_WAS, "[|1; \"x\"|]"));
}

RF_TEST(fields_of_maps_are_found_whatever_their_order_and_number) {
    BENCH(b);
    enum { MOST = 100 };
    static const uint32_t counts[] = { 1, 2, 31, 32, 33, MOST };
    rf_check(prepare(&b, 0));
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        rf_member members[MOST];
        for (uint32_t i = 0; i < counts[c]; i++) {
            members[i] = (rf_member){ rf_printf_in(&b.arena, "%u-%u", i * 7919 % 1000, i), rf_int(i) };
            rf_check(members[i].key.data);
        }
        const rf_value map = { .kind = RF_MAP, .size = counts[c], .members = members };
        rf_fus_value made, found;
        rf_check(rf_fus_data_in(b.vm, &map, RF_FUS_AS_ARRAYS, &b.arena, &made, &b.error) == RF_OK);
        rf_check(rf_fus_field_count(made) == counts[c]);
        for (uint32_t i = 0; i < counts[c]; i++)
            rf_check(rf_fus_field(b.vm, made, members[i].key, &found) && rf_fus_int(found) == i);
    }
}

RF_TEST(data_comes_out_as_it_went_in) {
    BENCH(b);
    rf_value numbers[] = { rf_int(1), rf_double(2.5), rf_null(), rf_bool(false) }, nothing[1] = { { .kind = RF_MAP } };
    rf_member inner[] = { { RF_SLICE("deep"), { .kind = RF_LIST, .size = 1, .items = nothing } } };
    rf_member members[] = {
        { RF_SLICE("a"), rf_string(RF_SLICE("text with \xe2\x82\xac")) }, { RF_SLICE("b"), { .kind = RF_LIST, .size = 4, .items = numbers } },
        { RF_SLICE("c"), { .kind = RF_MAP, .size = 1, .members = inner } }, { RF_SLICE("d"), rf_int(INT64_MAX) }, { RF_SLICE("e"), { .kind = RF_LIST } },
    };
    const rf_value value = { .kind = RF_MAP, .size = 5, .members = members };
    static const rf_fus_lists lists[] = { RF_FUS_AS_ARRAYS, RF_FUS_AS_LISTS, RF_FUS_AS_WAS };
    rf_check(prepare(&b, 0));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        rf_fus_value made;
        rf_value back;
        rf_check(rf_fus_data_in(b.vm, &value, lists[i], &b.arena, &made, &b.error) == RF_OK);
        rf_check(rf_fus_data_out(b.vm, made, &b.arena, BUDGET, &back, &b.error) == RF_OK);
        rf_check(rf_value_eq(&value, &back));
        rf_check(rf_slice_is(back.members[3].key, "d") && back.members[1].value.truth == (lists[i] == RF_FUS_AS_ARRAYS));
    }
}

RF_TEST(maps_tuples_records_and_ropes_come_out) {
    BENCH(b);
    rf_check(prepare(&b, 0));
    const char *names[] = { "y", "x" };
    rf_fus_value key = rf_fus_string_new(b.vm, RF_SLICE("k")), map = rf_fus_map_empty(b.vm);
    rf_check(key != RF_FUS_RAISED && map != RF_FUS_RAISED);
    map = rf_fus_map_add(b.vm, map, key, rf_fus_of_small_int(7));
    rf_fus_value long_text = rf_fus_string_new(b.vm, RF_SLICE("0123456789012345678901234567890123456789"));
    rf_check(map != RF_FUS_RAISED && long_text != RF_FUS_RAISED);
    rf_fus_value rope = rf_fus_concat(b.vm, long_text, long_text);
    const rf_fus_value pair[] = { rope, RF_FUS_NIL };
    rf_fus_value fields[] = { map, rope == RF_FUS_RAISED ? rope : rf_fus_tuple_new(b.vm, pair, 2) };
    rf_check(fields[1] != RF_FUS_RAISED);
    rf_fus_value record = rf_fus_record_new(b.vm, names, fields, 2);
    rf_value out;
    rf_check(record != RF_FUS_RAISED && rf_fus_data_out(b.vm, record, &b.arena, BUDGET, &out, &b.error) == RF_OK);
    RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
    rf_value_print(&shown, &out);
    rf_check(!shown.failed);
    rf_check_text(rf_buffer_view(&shown), RF_SLICE("map[x:[01234567890123456789012345678901234567890123456789012345678901234567890123456789 []] y:map[k:7]]"));
}

/* A list within a list, so many times. */
static bool nest(bench *b, uint32_t depth, rf_value *ret_value) {
    *ret_value = rf_int(1);
    for (uint32_t i = 0; i < depth; i++) {
        rf_value *item = rf_arena_alloc(&b->arena, sizeof *item);
        if (!item)
            return false;
        *item = *ret_value;
        *ret_value = (rf_value){ .kind = RF_LIST, .size = 1, .items = item };
    }
    return true;
}

RF_TEST(nesting_and_size_have_bounds) {
    BENCH(b);
    rf_value deep, out;
    rf_fus_value made, list = RF_FUS_NIL;
    rf_check(prepare(&b, 0));
    rf_check(nest(&b, RF_VALUE_DEPTH_MAX, &deep) && rf_fus_data_in(b.vm, &deep, RF_FUS_AS_LISTS, &b.arena, &made, &b.error) == RF_OK);
    rf_check(rf_fus_data_out(b.vm, made, &b.arena, BUDGET, &out, &b.error) == RF_OK);
    rf_check(nest(&b, RF_VALUE_DEPTH_MAX + 1, &deep) && rf_fus_data_in(b.vm, &deep, RF_FUS_AS_LISTS, &b.arena, &made, &b.error) == RF_ELIMIT);
    for (int i = 0; i < 100; i++) { /* each list twice in the next: 2^100 values, were they all copied */
        const rf_fus_value twice[] = { list, list };
        list = rf_fus_tuple_new(b.vm, twice, 2);
        rf_check(list != RF_FUS_RAISED);
    }
    rf_check(rf_fus_data_out(b.vm, list, &b.arena, BUDGET, &out, &b.error) == RF_ELIMIT);
    rf_fus_value ring = rf_fus_array_new(b.vm, NULL, 1);
    rf_check(ring != RF_FUS_RAISED);
    RF_FUS_AS(rf_fus_items, ring)->items[0] = ring;
    rf_check(rf_fus_data_out(b.vm, ring, &b.arena, BUDGET, &out, &b.error) == RF_ELIMIT);
}

RF_TEST(what_is_no_plain_data_is_refused_by_name) {
    BENCH(b);
    rf_value out;
    rf_check(prepare(&b, 0));
    rf_check(rf_fus_data_out(b.vm, rf_fus_none(b.vm), &b.arena, BUDGET, &out, &b.error) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(b.error.message), RF_SLICE("a variant is no plain data"));
    rf_fus_value improper = rf_fus_cons_new(b.vm, RF_FUS_UNIT, RF_FUS_TRUE), made;
    rf_check(improper != RF_FUS_RAISED && rf_fus_data_out(b.vm, improper, &b.arena, BUDGET, &out, &b.error) == RF_ESCRIPT);
    const rf_value never[] = { { .kind = RF_LAZY_KEYS }, rf_text(RF_NUMBER, RF_SLICE("1e999")), { .kind = RF_TIME, .number = NAN } };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        rf_check(rf_fus_data_in(b.vm, &never[i], RF_FUS_AS_ARRAYS, &b.arena, &made, &b.error) == RF_ESCRIPT);
}

RF_TEST(data_that_is_larger_than_the_vm_is_an_error_of_its_limit) {
    BENCH(b);
    rf_fus_value made;
    rf_check(prepare(&b, 1 << 20));
    char *text = rf_arena_alloc(&b.arena, 4 << 20);
    rf_check(text);
    memset(text, 'x', 4 << 20);
    const rf_value value = rf_string((rf_slice){ text, 4 << 20 });
    rf_check(rf_fus_data_in(b.vm, &value, RF_FUS_AS_ARRAYS, &b.arena, &made, &b.error) == RF_ELIMIT);
}
