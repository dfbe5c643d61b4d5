/* params_test.c: parameters as JSON, and answers read by name. */
#include "terminal/params.h"

#include "base/slice.h"
#include "harness.h"
#include "message/json.h"

static void done(rf_arena *arena) { rf_arena_done(arena); }

RF_TEST(members_make_an_object) {
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    const char *const words[] = { "a", "b\"c" };
    rf_slice all;
    rf_params_text(&json, "session", RF_SLICE("ma\nin"));
    rf_params_integer(&json, "rows", -24);
    rf_params_bool(&json, "record", true);
    rf_params_texts(&json, "command", words, 2);
    rf_params_raw(&json, "environment", RF_SLICE("{}"));
    rf_check(rf_params_end(&json, &all));
    rf_check_text(all, RF_SLICE("{\"session\":\"ma\\nin\",\"rows\":-24,\"record\":true,\"command\":[\"a\",\"b\\\"c\"],\"environment\":{}}"));
}

RF_TEST(no_members_make_an_empty_object) {
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    rf_slice all;
    rf_check(rf_params_end(&json, &all));
    rf_check_text(all, RF_SLICE("{}"));
}

RF_TEST(members_of_other_types_are_not_there) {
    RF_CLEANUP(done) rf_arena arena;
    rf_value value;
    rf_error error;
    uint32_t count;
    rf_arena_init(&arena, 1024);
    rf_check(rf_json_parse(&arena, RF_SLICE("{\"n\":12,\"t\":\"x\",\"b\":true,\"l\":[1,2],\"big\":1e300}"), RF_JSON_DOUBLES, &value, &error) == RF_OK);
    rf_check(rf_answer_integer(&value, "n", 0) == 12 && rf_answer_integer(&value, "t", 7) == 7 && rf_answer_integer(&value, "big", 7) == 7);
    rf_check(rf_answer_bool(&value, "b") && !rf_answer_bool(&value, "n") && !rf_answer_bool(&value, "none"));
    rf_check_text(rf_answer_text(&value, "t"), RF_SLICE("x"));
    rf_check_text(rf_answer_text(&value, "n"), RF_SLICE(""));
    rf_check(rf_answer_list(&value, "l", &count) && count == 2);
    rf_check(!rf_answer_list(&value, "t", &count) && count == 0);
    rf_check(!rf_answer_member(NULL, "t") && !rf_answer_member(rf_answer_member(&value, "l"), "t"));
}
