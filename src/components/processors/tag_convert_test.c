/* tag_convert_test.c: what goes out as `value`, by kind of payload and `datatype` (stream.md 2.4). */
#include "components/processors/tag_convert.h"

#include "base/slice.h"
#include "harness.h"
#include "message/json.h"

#include <math.h>

/* The value as JSON, or the code of the error; "" while memory fails. */
static bool gives(rf_value payload, const char *datatype, const char *expected) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    RF_CLEANUP(rf_buffer_done) rf_buffer scratch = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_value value;
    rf_code code = rf_tag_convert(&arena, &scratch, &payload, rf_slice_of(datatype), &value, NULL);
    if (!code)
        code = rf_json_write(&out, &value, 0, NULL);
    if (code == RF_ENOMEM || out.failed)
        return rf_test_torture();
    if (code)
        rf_buffer_text(&out, code == RF_EPARSE ? "no such value" : "not JSON");
    return rf_test_same_text(__FILE__, __LINE__, datatype, rf_buffer_view(&out), rf_slice_of(expected)) || rf_test_torture();
}

static bool json_gives(const char *json, const char *datatype, const char *expected) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    rf_value payload;
    if (rf_json_parse(&arena, rf_slice_of(json), RF_JSON_DOUBLES, &payload, NULL))
        return rf_test_torture();
    return gives(payload, datatype, expected);
}

RF_TEST(a_number_is_written_in_its_text_form) {
    rf_check(json_gives("0", "", "0"));
    rf_check(json_gives("-0.0", "", "-0"));
    rf_check(json_gives("3.25", "", "3.25"));
    rf_check(json_gives("999999", "", "999999"));
    rf_check(json_gives("1000000", "", "1e+06"));
    rf_check(json_gives("123456789", "", "1.23456789e+08"));
    rf_check(json_gives("0.0001", "", "0.0001"));
    rf_check(json_gives("0.00001", "", "1e-05"));
    rf_check(gives(rf_int(123456789), "", "123456789"));
    rf_check(gives(rf_text(RF_BIGINT, RF_SLICE("12345678901234567890")), "", "1.2345678901234567e+19"));
}

RF_TEST(text_that_reads_as_a_float_is_one) {
    rf_check(json_gives("\"042\"", "", "42"));
    rf_check(json_gives("\"1_000\"", "", "1000"));
    rf_check(json_gives("\".5\"", "", "0.5"));
    rf_check(json_gives("\"0x1p4\"", "", "16"));
    rf_check(json_gives("\"0x1F\"", "", "\"0x1F\""));
    rf_check(json_gives("\"-1e400\"", "", "\"-1e400\""));
    rf_check(json_gives("\" 1\"", "", "\" 1\""));
    rf_check(json_gives("\"\"", "", "\"\""));
    rf_check(json_gives("\"nan(1)\"", "", "\"nan(1)\""));
}

RF_TEST(other_kinds_decide_for_themselves) {
    rf_check(json_gives("true", "", "true"));
    rf_check(json_gives("null", "", "\"<nil>\""));
    rf_check(json_gives("{\"b\": 1, \"a\": \"<\"}", "", "\"{\\\"a\\\":\\\"\\\\u003c\\\",\\\"b\\\":1}\""));
    rf_check(json_gives("[1, null]", "boolean", "\"[1,null]\""));
    rf_check(gives((rf_value){ .kind = RF_TIME, .number = 1700000000123.0 }, "", "\"2023-11-14 22:13:20.123 +0000 UTC\""));
}

RF_TEST(a_datatype_forces_its_kind) {
    rf_check(json_gives("1", "string", "\"1\""));
    rf_check(json_gives("{\"a\": [true]}", "string", "\"map[a:[true]]\""));
    rf_check(json_gives("\"\"", "string", "\"\""));
    rf_check(json_gives("\"1e5\"", "number", "1e5"));
    rf_check(json_gives("\"abc\"", "number", "no such value"));
    rf_check(json_gives("true", "number", "no such value"));
    rf_check(json_gives("\"T\"", "bool", "true"));
    rf_check(json_gives("0", "bool", "false"));
    rf_check(json_gives("\"yes\"", "bool", "no such value"));
}

RF_TEST(what_json_cannot_hold_is_refused) {
    rf_check(gives(rf_double(NAN), "", "not JSON"));
    rf_check(gives(rf_double(-INFINITY), "", "not JSON"));
    rf_check(json_gives("\"inf\"", "", "not JSON"));
    rf_check(json_gives("\"012\"", "number", "not JSON"));
    rf_check(json_gives("\"1_0\"", "number", "not JSON"));
}

RF_TEST(a_list_that_stands_for_something_else_goes_out_as_text) {
    rf_value pair[] = { rf_int(1), rf_int(2) }, items[] = { { .kind = RF_LIST, .size = 2, .items = pair } };
    rf_check(gives((rf_value){ .kind = RF_LIST, .truth = true, .size = 1, .items = items }, "", "\"[[1 2]]\""));
}

RF_TEST(a_list_that_json_cannot_hold_goes_out_as_text) {
    rf_value items[] = { rf_null(), rf_double(NAN) };
    rf_check(gives((rf_value){ .kind = RF_LIST, .size = 2, .items = items }, "", "\"[<nil> NaN]\""));
}
