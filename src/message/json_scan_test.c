/* json_scan_test.c: where values end, and what is said of texts that are none. */
#include "message/json_scan.h"

#include "base/slice.h"
#include "harness.h"
#include "message/json.h"
#include "message/json_complaint.h"

#include <string.h>

static const char *fault(const char *text) {
    static char said[128];
    rf_json_complaint(rf_slice_of(text), said, sizeof said);
    return said;
}

RF_TEST(what_is_wrong_is_said_in_the_words_of_the_original) {
    static const char *const cases[][2] = {
        { "bad", "invalid character 'b' looking for beginning of value" },
        { "not json", "invalid character 'o' in literal null (expecting 'u')" },
        { "", "EOF" },
        { "  ", "EOF" },
        { "{\"a\":1", "unexpected EOF" },
        { "\"a", "unexpected EOF" },
        { "{a}", "invalid character 'a' looking for beginning of object key string" },
        { "{\"a\":1,}", "invalid character '}' looking for beginning of object key string" },
        { "{\"a\" 1}", "invalid character '1' after object key" },
        { "{\"a\":1 2}", "invalid character '2' after object key:value pair" },
        { "[1 2]", "invalid character '2' after array element" },
        { "[1,]", "invalid character ']' looking for beginning of value" },
        { "\"a\nb\"", "invalid character '\\n' in string literal" },
        { "\"\\x\"", "invalid character 'x' in string escape code" },
        { "\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape" },
        { "-x", "invalid character 'x' in numeric literal" },
        { "1.x", "invalid character 'x' after decimal point in numeric literal" },
        { "1e+x", "invalid character 'x' in exponent of numeric literal" },
        { "'a'", "invalid character '\\'' looking for beginning of value" },
        { "\xc3\xa4", "invalid character '\xc3\x83' looking for beginning of value" },
        { "\x01", "invalid character '\\x01' looking for beginning of value" },
        { "{\"a\":1} nope", "invalid character 'o' in literal null (expecting 'u')" },
        { "{} {}", "message contains multiple valid documents" },
        { "12a", "invalid character 'a' looking for beginning of value" },
        { "012", "message contains multiple valid documents" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        rf_check_text(rf_slice_of(fault(cases[i][0])), rf_slice_of(cases[i][1]));
}

RF_TEST(a_text_without_a_fault_is_one_that_is_parsed) {
    static const char *const good[] = { "1", " 1.50e-7 ", "0", "-0.5", "\"\\u00e9\\n\"", "null", "[]", "{}", "[{\"a\":[1,2,{\"b\":null}]},true]", "[ ]", "{ }" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        rf_arena arena;
        rf_value value;
        rf_arena_init(&arena, 1024);
        rf_check_text(rf_slice_of(fault(good[i])), RF_SLICE("a number or text in it cannot be held"));
        rf_check(!rf_json_parse(&arena, rf_slice_of(good[i]), RF_JSON_DOUBLES, &value, NULL));
        rf_arena_done(&arena);
    }
}

RF_TEST(values_are_found_whatever_the_parts_they_come_in) {
    const rf_slice text = RF_SLICE(" {\"a\":[1,\"}\\\"\"]} 12 [3]true\n\"x\"7");
    static const char *const values[] = { " {\"a\":[1,\"}\\\"\"]}", " 12", " [3]", "true", "\n\"x\"", "7" };
    for (size_t step = 1; step <= text.len; step++) {
        rf_json_scan scan = { 0 };
        size_t from = 0, at = 0, found = 0;
        while (at < text.len) {
            size_t used = 0, part = text.len - at < step ? text.len - at : step;
            rf_json_scanned got = rf_json_scan_feed(&scan, (rf_slice){ text.data + at, part }, &used);
            at += used;
            rf_check(got != RF_JSON_WRONG);
            if (got == RF_JSON_DONE) {
                rf_check(found < 5);
                rf_check_text(((rf_slice){ text.data + from, at - from }), rf_slice_of(values[found++]));
                from = at;
            }
        }
        rf_check(rf_json_scan_end(&scan) == RF_JSON_DONE);
        rf_check_text(((rf_slice){ text.data + from, at - from }), RF_SLICE("7"));
        rf_check(rf_json_scan_end(&scan) == RF_JSON_MORE);
    }
}

RF_TEST(nesting_has_a_bound) {
    char deep[RF_VALUE_DEPTH_MAX + 2];
    memset(deep, '[', sizeof deep);
    deep[sizeof deep - 1] = '\0';
    rf_check_text(rf_slice_of(fault(deep)), RF_SLICE("exceeded max depth"));
}
