/* value_test.c: looking into values, copying, comparing, printing. */
#include "message/value.h"

#include "harness.h"

#include "base/slice.h"
#include "message/json.h"

#include <math.h>

static rf_slice printed(rf_buffer *out, rf_value value) {
    rf_buffer_clear(out);
    rf_value_print(out, &value);
    return out->failed ? RF_SLICE("(failed)") : rf_buffer_view(out);
}

RF_TEST(value_prints_scalars_as_the_reference_says) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check_text(printed(&out, rf_null()), RF_SLICE("<nil>"));
    rf_check_text(printed(&out, rf_bool(false)), RF_SLICE("false"));
    rf_check_text(printed(&out, rf_int(21000000)), RF_SLICE("21000000"));
    rf_check_text(printed(&out, rf_double(21000000)), RF_SLICE("2.1e+07"));
    rf_check_text(printed(&out, rf_double(999999)), RF_SLICE("999999"));
    rf_check_text(printed(&out, rf_double(0.00001)), RF_SLICE("1e-05"));
    rf_check_text(printed(&out, rf_double(NAN)), RF_SLICE("NaN"));
    rf_check_text(printed(&out, rf_double(-INFINITY)), RF_SLICE("-Inf"));
    rf_check_text(printed(&out, rf_text(RF_NUMBER, RF_SLICE("1000000"))), RF_SLICE("1e+06"));
    rf_check_text(printed(&out, rf_text(RF_NUMBER, RF_SLICE("0x1p4"))), RF_SLICE("0x1p4"));
    rf_check_text(printed(&out, rf_text(RF_BIGINT, RF_SLICE("123456789012345678901"))), RF_SLICE("123456789012345678901"));
    rf_check_text(printed(&out, rf_string(RF_SLICE("as is"))), RF_SLICE("as is"));
    rf_check_text(printed(&out, rf_text(RF_BYTES, RF_SLICE("\x01\xff"))), RF_SLICE("[1 255]"));
    rf_check_text(printed(&out, rf_text(RF_OPAQUE, RF_SLICE("function"))), RF_SLICE("function"));
}

RF_TEST(value_prints_moments) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check_text(printed(&out, (rf_value){ .kind = RF_TIME, .number = 1700000000123 }), RF_SLICE("2023-11-14 22:13:20.123 +0000 UTC"));
    rf_check_text(printed(&out, (rf_value){ .kind = RF_TIME, .number = 0 }), RF_SLICE("1970-01-01 00:00:00 +0000 UTC"));
    rf_check_text(printed(&out, (rf_value){ .kind = RF_TIME, .number = NAN }), RF_SLICE("<nil>"));
}

static rf_value parsed(rf_arena *arena, const char *text) {
    rf_value value = { .kind = RF_OPAQUE };
    return rf_json_parse(arena, rf_slice_of(text), RF_JSON_DOUBLES, &value, NULL) ? (rf_value){ .kind = RF_OPAQUE, .text = "" } : value;
}

RF_TEST(value_prints_lists_and_maps_sorted) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_arena_init(&arena, 1024);
    rf_value v = parsed(&arena, "[1,\"b\",null,[true],{\"y\":{\"z\":1000000},\"x\":[]},{}]");
    rf_check(v.kind == RF_LIST);
    rf_check_text(printed(&out, v), RF_SLICE("[1 b <nil> [true] map[x:[] y:map[z:1e+06]] map[]]"));
}

RF_TEST(value_cuts_what_is_nested_too_deep_to_print) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_value levels[RF_VALUE_DEPTH_MAX + 2];
    levels[0] = rf_int(1);
    for (size_t i = 1; i < RF_VALUE_DEPTH_MAX + 2; i++)
        levels[i] = (rf_value){ .kind = RF_LIST, .size = 1, .items = &levels[i - 1] };
    rf_value_print(&out, &levels[RF_VALUE_DEPTH_MAX + 1]);
    rf_check(!out.failed && out.len == 2 * RF_VALUE_DEPTH_MAX + 3);
}

RF_TEST(value_compares_as_json_does) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    static const char *const rows[][3] = {
        { "{\"a\":1,\"b\":[2,null]}", "{\"b\":[2.0,null],\"a\":1e0}", "" }, { "-0", "0", "" }, { "\"1\"", "1", "not" }, { "null", "false", "not" },
        { "[1,2]", "[2,1]", "not" }, { "{\"a\":1}", "{\"a\":1,\"b\":2}", "not" }, { "{\"a\":1}", "{\"b\":1}", "not" }, { "true", "false", "not" },
        { "[1]", "[1,1]", "not" }, { "\"a\"", "\"b\"", "not" }, { "1", "null", "not" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_value a = parsed(&arena, rows[i][0]), b = parsed(&arena, rows[i][1]);
        rf_check(a.kind != RF_OPAQUE && b.kind != RF_OPAQUE);
        rf_check(rf_value_eq(&a, &b) == !*rows[i][2] && rf_value_eq(&b, &a) == !*rows[i][2]);
        rf_check(rf_value_eq(&a, &a));
    }
    rf_value whole = rf_int(5), lexeme = rf_text(RF_NUMBER, RF_SLICE("5.0")), big = rf_text(RF_BIGINT, RF_SLICE("5"));
    rf_check(rf_value_eq(&whole, &lexeme) && rf_value_eq(&lexeme, &big));
}

RF_TEST(value_copies_share_nothing) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    RF_CLEANUP(rf_arena_done) rf_arena other;
    rf_arena_init(&arena, 1024);
    rf_arena_init(&other, 1024);
    rf_value v = parsed(&arena, "{\"a\":[1,\"text\",{\"b\":null}],\"\":\"\"}"), copy, again;
    rf_check(v.kind == RF_MAP && rf_value_dup_in(&other, &v, &copy) && rf_value_dup_in(&other, &copy, &again));
    rf_check(rf_value_eq(&copy, &v));
    rf_arena_clear(&arena);
    rf_check(rf_slice_dup_in(&arena, RF_SLICE("overwrites what was there, from the first byte of the arena on")).data);
    rf_check(rf_value_eq(&copy, &again));
    rf_check_text(copy.members[0].key, RF_SLICE("a"));
    rf_check_text(rf_value_text(&copy.members[0].value.items[1]), RF_SLICE("text"));
}
