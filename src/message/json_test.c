/* json_test.c: reading and writing JSON. */
#include "message/json.h"

#include "harness.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <math.h>

static void arena_open(rf_arena *arena) { rf_arena_init(arena, 1024); }

#define WITH_ARENA                                     \
    RF_CLEANUP(rf_arena_done) rf_arena arena;          \
    RF_CLEANUP(rf_buffer_done) rf_buffer out RF_UNUSED = { 0 }; \
    arena_open(&arena)

/* Reads and writes again; an empty text on any error. */
static rf_slice again(rf_arena *arena, rf_buffer *out, rf_slice text, rf_json_numbers numbers, unsigned flags) {
    rf_value value;
    rf_buffer_clear(out);
    if (rf_json_parse(arena, text, numbers, &value, NULL) || rf_json_write(out, &value, flags, NULL))
        return RF_SLICE("");
    return rf_buffer_view(out);
}

#define doubles(text) again(&arena, &out, RF_SLICE(text), RF_JSON_DOUBLES, 0)
#define lexemes(text) again(&arena, &out, RF_SLICE(text), RF_JSON_LEXEMES, 0)

RF_TEST(json_reads_every_kind) {
    WITH_ARENA;
    rf_value v;
    rf_check(!rf_json_parse(&arena, RF_SLICE(" {\"a\":[1,-2.5,true,false,null,\"x\"],\"b\":{}} "), RF_JSON_DOUBLES, &v, NULL));
    rf_check(v.kind == RF_MAP && v.size == 2);
    const rf_value *list = rf_value_member(&v, RF_SLICE("a"));
    rf_check(list && list->kind == RF_LIST && list->size == 6);
    rf_check(list->items[0].kind == RF_DOUBLE && list->items[0].number == 1.0);
    rf_check(list->items[1].number == -2.5);
    rf_check(list->items[2].kind == RF_BOOL && list->items[2].truth && !list->items[3].truth);
    rf_check(list->items[4].kind == RF_NULL);
    rf_check_text(rf_value_text(&list->items[5]), RF_SLICE("x"));
    rf_check(rf_value_member(&v, RF_SLICE("b"))->kind == RF_MAP && !rf_value_member(&v, RF_SLICE("c")));
}

RF_TEST(json_numbers_become_doubles_or_keep_their_text) {
    WITH_ARENA;
    rf_check_text(doubles("[1e5,1.0,0.1,-0,18446744073709551615,9007199254740993,1e-7,123456789012345678901234567890]"),
                  RF_SLICE("[100000,1,0.1,-0,18446744073709552000,9007199254740992,1e-7,1.2345678901234568e+29]"));
    rf_check_text(lexemes("[1e5,1.0,0.10,-0,18446744073709551615,1E+2,1e400]"),
                  RF_SLICE("[1e5,1.0,0.10,-0,18446744073709551615,1E+2,1e400]"));
    rf_value v;
    rf_check(rf_json_parse(&arena, RF_SLICE("[1e400]"), RF_JSON_DOUBLES, &v, NULL) == RF_EPARSE);
}

RF_TEST(json_refuses_what_is_not_one_json_text) {
    static const char *const texts[] = { "", " ", "{", "[1,]", "{\"a\":1,}", "1 2", "nul", ("\xef\xbb\xbf" "1"), "'a'", "01", "+1", ".5", "1.", "NaN",
                                         "\"\t\"", "\"\\x\"", "{a:1}", "[1]x", "// c\n1", "\"a" };
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    arena_open(&arena);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rf_value v;
        rf_error error = { 0 };
        rf_code code = rf_json_parse(&arena, rf_slice_of(texts[i]), RF_JSON_DOUBLES, &v, &error);
        rf_check(code == RF_EPARSE && error.code == code);
        rf_check(strstr(error.message, "at byte"));
    }
}

RF_TEST(json_says_where_it_goes_wrong) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    arena_open(&arena);
    rf_value v;
    rf_error error = { 0 };
    rf_check(rf_json_parse(&arena, RF_SLICE("[1, x]"), RF_JSON_DOUBLES, &v, &error) == RF_EPARSE);
    rf_check(strstr(error.message, "byte 4"));
}

RF_TEST(json_of_equal_keys_the_last_value_wins_at_the_first_place) {
    WITH_ARENA;
    rf_check_text(doubles("{\"a\":1,\"b\":2,\"a\":3,\"\":4,\"\":5}"), RF_SLICE("{\"a\":3,\"b\":2,\"\":5}"));
    RF_CLEANUP(rf_buffer_done) rf_buffer large = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer expected = { 0 };
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 100; i++)
            rf_buffer_printf(&large, "%c\"k%d\":%d", round || i ? ',' : '{', i, round * 1000 + i);
    rf_buffer_char(&large, '}');
    for (int i = 0; i < 100; i++)
        rf_buffer_printf(&expected, "%c\"k%d\":%d", i ? ',' : '{', i, 1000 + i);
    rf_buffer_char(&expected, '}');
    rf_check(!large.failed && !expected.failed);
    rf_check_text(again(&arena, &out, rf_buffer_view(&large), RF_JSON_DOUBLES, 0), rf_buffer_view(&expected));
}

RF_TEST(json_repairs_broken_unicode) {
    WITH_ARENA;
    rf_check_text(doubles("\"a\xff" "b\""), RF_SLICE("\"a\xef\xbf\xbd" "b\""));
    rf_check_text(doubles("[\"\\ud800\",\"\\udc00x\",\"\\ud83d\\ude00\",\"\\ud800\\u0041\",\"\\\\ud800\"]"),
                  RF_SLICE("[\"\xef\xbf\xbd\",\"\xef\xbf\xbdx\",\"\xf0\x9f\x98\x80\",\"\xef\xbf\xbd" "A\",\"\\\\ud800\"]"));
    rf_check_text(doubles("{\"\xc3\":1}"), RF_SLICE("{\"\xef\xbf\xbd\":1}"));
    rf_value v;
    rf_check(rf_json_parse(&arena, RF_SLICE("\"\\ud8"), RF_JSON_DOUBLES, &v, NULL) == RF_EPARSE);
    rf_check(rf_json_parse(&arena, RF_SLICE("\xff"), RF_JSON_DOUBLES, &v, NULL) == RF_EPARSE);
}

RF_TEST(json_keeps_texts_apart_from_their_source) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    arena_open(&arena);
    char text[] = "{\"key\":\"value\"}";
    rf_value v;
    rf_check(!rf_json_parse(&arena, rf_slice_of(text), RF_JSON_DOUBLES, &v, NULL));
    rf_check_text(rf_slice_of(text), RF_SLICE("{\"key\":\"value\"}"));
    rf_check_text(rf_value_text(rf_value_member(&v, RF_SLICE("key"))), RF_SLICE("value"));
}

/* `depth` lists within one another. */
static void nest(rf_buffer *out, size_t depth) {
    for (size_t i = 0; i < depth; i++)
        rf_buffer_char(out, '[');
    for (size_t i = 0; i < depth; i++)
        rf_buffer_char(out, ']');
}

RF_TEST(json_bounds_the_depth) {
    WITH_ARENA;
    RF_CLEANUP(rf_buffer_done) rf_buffer deep = { 0 };
    nest(&deep, RF_VALUE_DEPTH_MAX);
    rf_check(!deep.failed);
    rf_check_text(again(&arena, &out, rf_buffer_view(&deep), RF_JSON_DOUBLES, RF_JSON_SORT_KEYS), rf_buffer_view(&deep));
    rf_value v;
    rf_check(!rf_json_parse(&arena, rf_buffer_view(&deep), RF_JSON_DOUBLES, &v, NULL));
    rf_value outer = { .kind = RF_LIST, .size = 1, .items = &v };
    rf_check(rf_json_write(&out, &outer, 0, NULL) == RF_ELIMIT);
    rf_buffer_clear(&deep);
    nest(&deep, RF_VALUE_DEPTH_MAX + 1);
    rf_check(rf_json_parse(&arena, rf_buffer_view(&deep), RF_JSON_DOUBLES, &v, NULL) == RF_ELIMIT);
    rf_buffer_clear(&deep);
    nest(&deep, 100000);
    rf_check(rf_json_parse(&arena, rf_buffer_view(&deep), RF_JSON_DOUBLES, &v, NULL) == RF_ELIMIT);
}

RF_TEST(json_large_texts_use_the_heap_for_a_while) {
    WITH_ARENA;
    RF_CLEANUP(rf_buffer_done) rf_buffer large = { 0 };
    for (int i = 0; i < 5000; i++)
        rf_buffer_printf(&large, "%c%d", i ? ',' : '[', i);
    rf_buffer_char(&large, ']');
    rf_check(!large.failed);
    rf_check_text(again(&arena, &out, rf_buffer_view(&large), RF_JSON_LEXEMES, 0), rf_buffer_view(&large));
}

RF_TEST(json_proto_is_a_key_like_any_other) {
    WITH_ARENA;
    rf_check_text(doubles("{\"__proto__\":{\"a\":1}}"), RF_SLICE("{\"__proto__\":{\"a\":1}}"));
}

static rf_slice written(rf_buffer *out, rf_value value, unsigned flags) {
    rf_buffer_clear(out);
    return rf_json_write(out, &value, flags, NULL) ? RF_SLICE("") : rf_buffer_view(out);
}

RF_TEST(json_writes_every_kind) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check_text(written(&out, rf_null(), 0), RF_SLICE("null"));
    rf_check_text(written(&out, rf_bool(true), 0), RF_SLICE("true"));
    rf_check_text(written(&out, rf_int(INT64_MIN), 0), RF_SLICE("-9223372036854775808"));
    rf_check_text(written(&out, rf_double(1e21), 0), RF_SLICE("1e+21"));
    rf_check_text(written(&out, rf_double(21000000), 0), RF_SLICE("21000000"));
    rf_check_text(written(&out, rf_text(RF_NUMBER, RF_SLICE("1.50")), 0), RF_SLICE("1.50"));
    rf_check_text(written(&out, rf_text(RF_BIGINT, RF_SLICE("-123456789012345678901")), 0), RF_SLICE("-123456789012345678901"));
    rf_check_text(written(&out, rf_text(RF_BYTES, RF_SLICE("\x01\x02\xff")), 0), RF_SLICE("\"AQL/\""));
    rf_check_text(written(&out, (rf_value){ .kind = RF_TIME, .number = 0 }, 0), RF_SLICE("\"1970-01-01T00:00:00Z\""));
    rf_check_text(written(&out, (rf_value){ .kind = RF_TIME, .number = 1700000000120 }, 0), RF_SLICE("\"2023-11-14T22:13:20.12Z\""));
    rf_check_text(written(&out, (rf_value){ .kind = RF_TIME, .number = -1 }, 0), RF_SLICE("\"1969-12-31T23:59:59.999Z\""));
    rf_check_text(written(&out, rf_text(RF_RAW, RF_SLICE("x")), 0), RF_SLICE("\"x\""));
}

RF_TEST(json_refuses_values_it_cannot_hold) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    const struct { rf_value value; const char *word; } rows[] = {
        { rf_double(NAN), "NaN" }, { rf_double(INFINITY), "Infinity" }, { rf_double(-INFINITY), "-Infinity" },
        { rf_text(RF_OPAQUE, RF_SLICE("function")), "function" }, { rf_text(RF_NUMBER, RF_SLICE("1_0")), "1_0" },
        { rf_text(RF_NUMBER, RF_SLICE("012")), "012" }, { rf_text(RF_NUMBER, RF_SLICE("")), "\"\"" },
        { rf_text(RF_NUMBER, RF_SLICE("1.")), "1." }, { rf_text(RF_NUMBER, RF_SLICE("1e")), "1e" }, { rf_text(RF_NUMBER, RF_SLICE("-")), "-" },
        { { .kind = RF_TIME, .number = NAN }, "invalid date" }, { { .kind = RF_TIME, .number = 1e15 }, "years 0 to 9999" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_error error = { 0 };
        rf_value item = rows[i].value, list = { .kind = RF_LIST, .size = 1, .items = &item };
        rf_check(rf_json_write(&out, &list, 0, &error) == RF_ESCRIPT);
        rf_check(strstr(error.message, rows[i].word));
    }
}

RF_TEST(json_sorts_keys_bytewise_only_when_asked) {
    WITH_ARENA;
    rf_slice text = RF_SLICE("{\"b\":1,\"a\":{\"z\":1,\"y\":2},\"B\":3,\"\xc3\xa4\":4,\"aa\":5}");
    rf_check_text(again(&arena, &out, text, RF_JSON_LEXEMES, 0), text);
    rf_check_text(again(&arena, &out, text, RF_JSON_LEXEMES, RF_JSON_SORT_KEYS),
                  RF_SLICE("{\"B\":3,\"a\":{\"y\":2,\"z\":1},\"aa\":5,\"b\":1,\"\xc3\xa4\":4}"));
    RF_CLEANUP(rf_buffer_done) rf_buffer many = { 0 };
    for (int i = 99; i >= 0; i--)
        rf_buffer_printf(&many, "%c\"%02d\":0", i == 99 ? '{' : ',', i);
    rf_buffer_char(&many, '}');
    rf_check(!many.failed);
    rf_slice sorted = again(&arena, &out, rf_buffer_view(&many), RF_JSON_LEXEMES, RF_JSON_SORT_KEYS);
    rf_check(rf_slice_starts(sorted, RF_SLICE("{\"00\":0,\"01\":0,")) && rf_slice_ends(sorted, RF_SLICE("\"98\":0,\"99\":0}")));
}

static rf_slice string_json(rf_buffer *out, rf_slice text, unsigned flags) {
    rf_buffer_clear(out);
    rf_json_write_string(out, text, flags);
    return out->failed ? RF_SLICE("") : rf_buffer_view(out);
}

RF_TEST(json_escapes_strings) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check_text(string_json(&out, RF_SLICE("plain text that is long enough for words"), 0), RF_SLICE("\"plain text that is long enough for words\""));
    rf_check_text(string_json(&out, RF_SLICE("\"\\\n\r\t\b\f\x01\x1f\x7f/"), 0), RF_SLICE("\"\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001f\x7f/\""));
    rf_check_text(string_json(&out, RF_SLICE("<a&b>"), 0), RF_SLICE("\"<a&b>\""));
    rf_check_text(string_json(&out, RF_SLICE("<a&b>"), RF_JSON_ESCAPE_HTML), RF_SLICE("\"\\u003ca\\u0026b\\u003e\""));
    rf_check_text(string_json(&out, RF_SLICE("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa"), 0), RF_SLICE("\"\\u2028\\u2029\xe2\x80\xaa\""));
    rf_check_text(string_json(&out, RF_SLICE("\xe2\x80\xa8"), RF_JSON_RAW_SEPARATORS), RF_SLICE("\"\xe2\x80\xa8\""));
    rf_check_text(string_json(&out, RF_SLICE("\xc3\xa4\xff\xed\xa0\x80"), 0), RF_SLICE("\"\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""));
    rf_check_text(string_json(&out, (rf_slice){ NULL, 0 }, 0), RF_SLICE("\"\""));
}

/* Every byte at every place of a word, against what the slow path says. */
RF_TEST(json_escapes_at_every_place_alike) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    arena_open(&arena);
    for (unsigned c = 0; c < 0x80; c++) {
        for (size_t at = 0; at < 10; at++) {
            char text[10];
            memset(text, 'x', sizeof text);
            text[at] = (char)c;
            rf_value value;
            rf_slice json = string_json(&out, (rf_slice){ text, sizeof text }, 0);
            rf_check(!rf_json_parse(&arena, json, RF_JSON_DOUBLES, &value, NULL));
            rf_check_text(rf_value_text(&value), ((rf_slice){ text, sizeof text }));
            rf_arena_clear(&arena);
        }
    }
}
