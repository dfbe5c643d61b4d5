/* uns_schema_test.c: schemas of data contracts: what they accept, and what is said of the rest. */
#include "components/outputs/uns_schema.h"

#include "base/slice.h"
#include "harness.h"
#include "message/json.h"

#include <string.h>

#define PUMP                                                                                                                              \
    "{\"type\":\"object\",\"properties\":{\"virtual_path\":{\"type\":\"string\",\"enum\":[\"temp\",\"a.b\"]},\"fields\":{\"type\":\"object\","         \
    "\"properties\":{\"value\":{\"type\":\"number\"},\"timestamp_ms\":{\"type\":\"integer\"}},\"required\":[\"value\",\"timestamp_ms\"],"             \
    "\"additionalProperties\":false}},\"required\":[\"virtual_path\",\"fields\"],\"additionalProperties\":false}"

/* "yes"; "no"; what is wrong with the schema; "" when memory ran out. With `out`: why not. */
static const char *verdict(rf_arena *arena, const char *schema, const char *value, rf_error *error, rf_buffer *out, rf_buffer *detail) {
    rf_uns_schema *compiled;
    rf_value parsed;
    rf_code code = rf_uns_schema_compile(arena, rf_slice_of(schema), &compiled, error);
    if (code)
        return code == RF_ENOMEM ? "" : error->message;
    code = rf_json_parse(arena, rf_slice_of(value), RF_JSON_DOUBLES, &parsed, error);
    if (code)
        return "";
    bool yes = rf_uns_schema_accepts(compiled, &parsed);
    if (!yes && out)
        rf_uns_schema_explain(compiled, &parsed, out, detail);
    return yes ? "yes" : "no";
}

static void check_verdict(const char *schema, const char *value, const char *expected) {
    rf_arena arena;
    rf_error error = { 0 };
    rf_arena_init(&arena, 1024);
    const char *got = verdict(&arena, schema, value, &error, NULL, NULL);
    if (!rf_test_torture() || got[0])
        rf_check_text(rf_slice_of(got), rf_slice_of(expected));
    rf_arena_done(&arena);
}

static void check_words(const char *value, const char *expected, const char *expected_detail) {
    rf_arena arena;
    rf_error error = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer detail = { 0 };
    rf_arena_init(&arena, 1024);
    (void)verdict(&arena, PUMP, value, &error, &out, &detail);
    if (!rf_test_torture()) {
        rf_check_text(rf_buffer_view(&out), rf_slice_of(expected));
        rf_check_text(rf_buffer_view(&detail), rf_slice_of(expected_detail));
    }
    rf_arena_done(&arena);
}

RF_TEST(a_contract_accepts_its_paths_and_fields_alone) {
    check_verdict(PUMP, "{\"fields\":{\"value\":1.5,\"timestamp_ms\":5},\"virtual_path\":\"a.b\"}", "yes");
    check_verdict(PUMP, "{\"fields\":{\"value\":1.5,\"timestamp_ms\":5e0},\"virtual_path\":\"temp\"}", "yes");
    check_verdict(PUMP, "{\"fields\":{\"value\":1.5,\"timestamp_ms\":5.5},\"virtual_path\":\"temp\"}", "no");
    check_verdict(PUMP, "{\"fields\":{\"value\":\"1\",\"timestamp_ms\":5},\"virtual_path\":\"temp\"}", "no");
    check_verdict(PUMP, "{\"fields\":{\"value\":1},\"virtual_path\":\"temp\"}", "no");
    check_verdict(PUMP, "{\"fields\":{\"value\":1,\"timestamp_ms\":5,\"more\":1},\"virtual_path\":\"temp\"}", "no");
    check_verdict(PUMP, "{\"fields\":{\"value\":1,\"timestamp_ms\":5},\"virtual_path\":\"humid\"}", "no");
    check_verdict(PUMP, "{\"fields\":[],\"virtual_path\":\"temp\"}", "no");
}

RF_TEST(keywords_do_what_the_standard_says) {
    check_verdict("true", "{}", "yes");
    check_verdict("{}", "[1]", "yes");
    check_verdict("{\"type\":[\"null\",\"boolean\"]}", "null", "yes");
    check_verdict("{\"type\":[\"null\",\"boolean\"]}", "0", "no");
    check_verdict("{\"enum\":[1,{\"a\":[2]}]}", "{\"a\":[2.0]}", "yes");
    check_verdict("{\"properties\":{\"a\":{\"type\":\"array\"}}}", "{\"b\":1}", "yes");
    check_verdict("{\"properties\":{\"a\":{\"type\":\"array\"}}}", "{\"a\":1}", "no");
    check_verdict("{\"additionalProperties\":{\"type\":\"string\"}}", "{\"b\":1}", "no");
    check_verdict("{\"required\":[\"a\"]}", "\"not an object\"", "yes");
}

RF_TEST(a_schema_that_is_not_understood_is_refused_as_a_whole) {
    check_verdict("{\"type\":\"record\"}", "{}", "`type` names something else than null, boolean, number, integer, string, array, object");
    check_verdict("{\"pattern\":\"a\"}", "{}", "the keyword `pattern` is not supported");
    check_verdict("{\"properties\":{\"a\":{\"$ref\":\"#\"}}}", "{}", "the keyword `$ref` is not supported");
    check_verdict("{\"required\":[1]}", "{}", "`required` is no list of strings");
    check_verdict("{\"properties\":[]}", "{}", "`properties` is no object");
    check_verdict("{\"title\":1,\"description\":2}", "{}", "yes");
    check_verdict("{", "{}", "it is no JSON");
    check_verdict("3", "{}", "a schema is an object, true or false");
}

RF_TEST(what_is_wrong_is_named) {
    check_words("{\"fields\":{\"value\":1,\"timestamp_ms\":5},\"virtual_path\":\"humid\"}", "Property 'virtual_path' does not match the schema",
                "message.virtual_path is none of the values that are allowed");
    check_words("{\"fields\":{\"value\":\"x\",\"timestamp_ms\":5},\"virtual_path\":\"humid\"}", "Properties 'fields', 'virtual_path' do not match their schemas",
                "message.fields.value is of the type string, wanted is number");
    check_words("{\"fields\":{\"value\":1},\"virtual_path\":\"temp\"}", "Property 'fields' does not match the schema", "message.fields.timestamp_ms is missing");
    check_words("{\"fields\":{\"value\":1,\"timestamp_ms\":1,\"x\":1},\"virtual_path\":\"temp\"}", "Property 'fields' does not match the schema",
                "message.fields.x is not allowed");
}
