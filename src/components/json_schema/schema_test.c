/* schema_test.c: what schemas say of values, in the original's words; schemas that are none. */
#include "components/json_schema/schema.h"

#include "base/slice.h"
#include "fixture.h"
#include "harness.h"
#include "message/json.h"

/* Checks the value; "" means valid. */
static void says(const char *schema_text, const char *value_text, const char *complaints) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_json_schema *schema = NULL;
    rf_error error = { 0 };
    rf_value value;
    bool valid = false, quietly = false;
    rf_arena_init(&arena, 4096);
    rf_code code = rf_json_schema_compile(rf_slice_of(schema_text), &schema, &error);
    if (!code)
        code = rf_json_parse(&arena, rf_slice_of(value_text), RF_JSON_LEXEMES, &value, &error);
    if (!code)
        code = rf_json_schema_check(schema, &arena, &value, &out, &valid, &error);
    if (!code)
        code = rf_json_schema_check(schema, &arena, &value, NULL, &quietly, &error);
    rf_json_schema_free(schema);
    if (code == RF_ENOMEM && rf_test_torture())
        return;
    rf_check_text(code ? rf_slice_of(error.message) : rf_buffer_view(&out), rf_slice_of(complaints));
    rf_check(code || (valid == (out.len == 0) && quietly == valid));
}

RF_TEST(types_are_told_apart) {
    says("{\"type\":\"string\"}", "\"a\"", "");
    says("{\"type\":\"string\"}", "1", "(root) invalid type. expected: string, given: integer\n");
    says("{\"type\":\"integer\"}", "1.0", "");
    says("{\"type\":\"integer\"}", "1.5", "(root) invalid type. expected: integer, given: number\n");
    says("{\"type\":[\"null\",\"boolean\"]}", "[]", "(root) invalid type. expected: [null,boolean], given: array\n");
    says("{\"type\":\"number\"}", "3", "");
    says("true", "{}", "");
    says("false", "{}", "(root) false always fails validation\n");
    says("{}", "null", "");
}

RF_TEST(numbers_have_bounds) {
    says("{\"minimum\":1,\"maximum\":3}", "0.5", "(root) must be greater than or equal to 1\n");
    says("{\"minimum\":1,\"maximum\":3}", "4", "(root) must be less than or equal to 3\n");
    says("{\"exclusiveMinimum\":1,\"exclusiveMaximum\":2.5}", "1", "(root) must be greater than 1\n");
    says("{\"minimum\":1,\"exclusiveMinimum\":true}", "1", "(root) must be greater than 1\n");
    says("{\"maximum\":2.5,\"exclusiveMaximum\":true}", "2.5", "(root) must be less than 2.5\n");
    says("{\"multipleOf\":0.1}", "0.3", "");
    says("{\"multipleOf\":0.1}", "1e3", "");
    says("{\"multipleOf\":0.1}", "0.35", "(root) must be a multiple of 0.1\n");
    says("{\"multipleOf\":7}", "1000000000000000000000000000000000000000000000001", "(root) must be a multiple of 7\n");
    says("{\"multipleOf\":2}", "-4e300", "");
    says("{\"multipleOf\":2}", "1e-300", "(root) must be a multiple of 2\n");
}

RF_TEST(texts_have_a_length_a_pattern_and_a_format) {
    says("{\"minLength\":2,\"maxLength\":3}", "\"\\u00e4\"", "(root) string length must be greater than or equal to 2\n");
    says("{\"minLength\":2,\"maxLength\":3}", "\"abcd\"", "(root) string length must be less than or equal to 3\n");
    says("{\"pattern\":\"^A+$\"}", "\"b\"", "(root) does not match pattern '^a+$'\n");
    says("{\"format\":\"ipv4\"}", "\"1.2.3.4.5\"", "(root) does not match format 'ipv4'\n");
    says("{\"format\":\"nosuch\"}", "\"x\"", "");
}

static void is_format(const char *format, const char *good, const char *bad) {
    char schema[100], value[200], complaint[100];
    (void)snprintf(schema, sizeof schema, "{\"format\":\"%s\"}", format);
    (void)snprintf(value, sizeof value, "\"%s\"", good);
    says(schema, value, "");
    (void)snprintf(value, sizeof value, "\"%s\"", bad);
    (void)snprintf(complaint, sizeof complaint, "(root) does not match format '%s'\n", format);
    says(schema, value, complaint);
}

RF_TEST(formats_are_known) {
    is_format("date", "2024-02-29", "2023-02-29");
    is_format("date-time", "2024-02-29T12:00:00.5+01:00", "2024-02-29T12:00");
    is_format("date-time", "2024-02-29", "yesterday");
    is_format("time", "23:59:59Z", "24:00:00");
    is_format("email", "a.b@example.com", "a@b@c");
    is_format("email", "A <a@b>", "");
    is_format("hostname", "a-1.example", "-a.example");
    is_format("ipv6", "::1", "1.2.3.4");
    is_format("json-pointer", "/a~1b", "a");
    is_format("regex", "^a", "(");
    is_format("uri", "https://example.com/a%20b", "/relative");
    is_format("uri-reference", "/relative", "a%zz");
    is_format("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000");
}

RF_TEST(objects_have_members) {
    says("{\"type\":\"object\",\"required\":[\"a\",\"Be\"]}", "{\"c\":1}", "(root) a is required\n(root) Be is required\n");
    says("{\"properties\":{\"a\":{\"properties\":{\"b\":{\"type\":\"string\"}}}}}", "{\"a\":{\"b\":1}}", "a.b invalid type. expected: string, given: integer\n");
    says("{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"a\":1,\"b\":2}", "(root) badditional property b is not allowed\n");
    says("{\"additionalProperties\":{\"type\":\"string\"}}", "{\"a\":1}", "a invalid type. expected: string, given: integer\n");
    says("{\"patternProperties\":{\"^x\":{\"type\":\"string\"}},\"additionalProperties\":false}", "{\"x1\":1}", "x1 invalid type. expected: string, given: integer\n");
    says("{\"propertyNames\":{\"maxLength\":1}}", "{\"ab\":1}", "(root) abproperty name of \"ab\" does not match\n(root) string length must be less than or equal to 1\n");
    says("{\"minProperties\":2,\"maxProperties\":3}", "{}", "(root) must have at least 2 properties\n");
    says("{\"minProperties\":0,\"maxProperties\":0}", "{\"a\":1}", "(root) must have at most 0 properties\n");
    says("{\"dependencies\":{\"a\":[\"b\"],\"c\":{\"required\":[\"d\"]}}}", "{\"a\":1,\"c\":1}", "(root) has a dependency on b\n(root) d is required\n");
}

RF_TEST(arrays_have_elements) {
    says("{\"items\":{\"type\":\"string\"}}", "[\"a\",1]", "1 invalid type. expected: string, given: integer\n");
    says("{\"items\":[{\"type\":\"string\"}],\"additionalItems\":false}", "[\"a\",1]", "(root) no additional items allowed on array\n");
    says("{\"items\":[{\"type\":\"string\"}],\"additionalItems\":{\"type\":\"null\"}}", "[1,1]",
         "0 invalid type. expected: string, given: integer\n1 invalid type. expected: null, given: integer\n");
    says("{\"minItems\":1}", "[]", "(root) array must have at least 1 items\n");
    says("{\"maxItems\":1}", "[1,2]", "(root) array must have at most 1 items\n");
    says("{\"uniqueItems\":true}", "[{\"a\":1,\"b\":[]},2,{\"b\":[],\"a\":1.0}]", "(root) array items[0,2] must be unique\n");
    says("{\"uniqueItems\":true}", "[1,\"1\",true,null,[1],{}]", "");
    says("{\"contains\":{\"type\":\"string\"}}", "[1]", "(root) at least one of the items must match\n0 invalid type. expected: string, given: integer\n");
    says("{\"contains\":{\"type\":\"string\"}}", "[1,\"a\"]", "");
}

RF_TEST(values_are_compared) {
    says("{\"properties\":{\"a\":{\"const\":{\"x\":1}}}}", "{\"a\":{\"x\":1.0}}", "");
    says("{\"properties\":{\"a\":{\"const\":7}}}", "{\"a\":8}", "a a does not match: 7\n");
    says("{\"enum\":[\"A\",1,null]}", "2", "(root) (root) must be one of the following: \"a\", 1, null\n");
    says("{\"enum\":[\"A\",1,null]}", "null", "");
}

RF_TEST(schemas_are_joined) {
    says("{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":5}]}", "7", "");
    says("{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":5}]}", "3", "(root) must validate at least one schema (anyof)\n(root) must be greater than or equal to 5\n");
    says("{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"integer\"},{\"minimum\":5}]}", "7", "(root) must validate one and only one schema (oneof)\n");
    says("{\"oneOf\":[{\"type\":\"string\"},{\"required\":[\"a\"]}]}", "{}", "(root) must validate one and only one schema (oneof)\n(root) a is required\n");
    says("{\"allOf\":[{\"minimum\":5},{\"maximum\":1}]}", "3", "(root) must be greater than or equal to 5\n(root) must be less than or equal to 1\n(root) must validate all the schemas (allof)\n");
    says("{\"not\":{\"type\":\"string\"}}", "\"a\"", "(root) must not validate the schema (not)\n");
    says("{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":2},\"else\":{\"minimum\":2}}", "\"a\"",
         "(root) must validate \"then\" as \"if\" was valid\n(root) string length must be greater than or equal to 2\n");
    says("{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":2},\"else\":{\"minimum\":2}}", "1",
         "(root) must validate \"else\" as \"if\" was not valid\n(root) must be greater than or equal to 2\n");
}

RF_TEST(references_are_followed) {
#define TREE "{\"$id\":\"http://x/tree\",\"definitions\":{\"a/b\":{\"type\":\"integer\"},\"named\":{\"$id\":\"#n\",\"type\":\"null\"}},\"properties\":{\"v\":{\"$ref\":\"#/definitions/a~1b\"}," \
             "\"n\":{\"$ref\":\"#n\"},\"kids\":{\"items\":{\"$ref\":\"#\"}},\"whole\":{\"$ref\":\"http://x/tree#\"}}}"
    says(TREE, "{\"v\":1,\"kids\":[{\"v\":2,\"n\":null},{\"kids\":[{\"v\":\"x\"}]}]}", "kids.1.kids.0.v invalid type. expected: integer, given: string\n");
    says(TREE, "{\"whole\":{\"n\":1}}", "whole.n invalid type. expected: null, given: integer\n");
}

RF_TEST(what_never_ends_is_ended) {
    says("{\"allOf\":[{\"$ref\":\"#\"}]}", "1", "the schema goes too deep");
    says("{\"definitions\":{\"a\":{\"anyOf\":[{\"$ref\":\"#/definitions/b\"},{\"$ref\":\"#/definitions/b\"}]},\"b\":{\"not\":{\"anyOf\":[{\"$ref\":\"#/definitions/a\"},false]}}},\"$ref\":\"#/definitions/a\"}",
         "1", "the schema goes too deep");
}

static void is_none(const char *schema, const char *message) {
    rf_json_schema *compiled = NULL;
    rf_error error = { 0 };
    const rf_code code = rf_json_schema_compile(rf_slice_of(schema), &compiled, &error);
    rf_json_schema_free(compiled);
    rf_check(code != RF_OK);
    if (code != RF_ENOMEM)
        rf_check_text(rf_slice_of(error.message), rf_slice_of(message));
}

RF_TEST(schemas_that_are_none_are_refused) {
    is_none("[]", "a schema must be an object, true or false");
    is_none("{\"type\":\"text\"}", "type must be one of array, boolean, integer, null, number, object and string, or an array of them");
    is_none("{\"minimum\":\"1\"}", "minimum must be a number");
    is_none("{\"minLength\":-1}", "minLength must be a whole number of at least 0");
    is_none("{\"multipleOf\":0}", "multipleOf must be more than 0");
    is_none("{\"required\":[1]}", "required must be an array of strings");
    is_none("{\"anyOf\":[]}", "anyOf must be an array with at least one schema");
    is_none("{\"enum\":[]}", "enum must be an array with at least one value");
    is_none("{\"properties\":[]}", "properties must be an object of schemas");
    is_none("{\"properties\":{\"a\":1}}", "a schema must be an object, true or false");
    is_none("{\"$ref\":\"#/nowhere\"}", "$ref #/nowhere refers to nothing");
    is_none("{\"$ref\":\"http://example.com/s.json\"}", "$ref http://example.com/s.json is not within this document");
    is_none("{\"$ref\":\"#\"}", "a $ref refers to itself");
}

#define RUN(fields) "input: {stdin: {}}\npipeline: {processors: [{json_schema: {" fields "}}]}\noutput: {drop: {}}\n"

RF_TEST(a_config_without_a_schema_is_refused) {
    rf_fixture_wrong(RUN(""), "either schema or schema_path must be given");
    rf_fixture_wrong(RUN("schema: '{'"), "the schema is no JSON: ");
    rf_fixture_wrong(RUN("schema_path: file:///nowhere/x.json"), "cannot read the schema /nowhere/x.json: No such file or directory");
    rf_fixture_wrong(RUN("schema_path: 'https://example.com/x'"), "a schema is not fetched over the network");
}

RF_TEST(messages_are_marked_alone) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_error error;
    if (rf_fixture_open(&f, RUN("schema: '{\"type\":\"object\",\"required\":[\"a\"]}'"), &error) || rf_fixture_send(&f, "{\"raw\":\"{\\\"a\\\":1}\",\"meta\":{}}", &error) ||
        rf_fixture_send(&f, "{\"payload\":{\"b\":1},\"meta\":{}}", &error) || rf_fixture_send(&f, "{\"raw\":\"bad\",\"meta\":{}}", &error) || rf_fixture_run(&f, &error))
        return;
    if (rf_test_torture())
        return;
    rf_check_text(rf_fixture_line(&f, 0), RF_SLICE("{\"payload\":{\"a\":1},\"meta\":{}}"));
    rf_check_text(rf_fixture_line(&f, 1), RF_SLICE("{\"payload\":{\"b\":1},\"meta\":{},\"error\":\"(root) a is required\"}"));
    rf_check_text(rf_fixture_line(&f, 2), RF_SLICE("{\"raw\":\"bad\",\"meta\":{},\"error\":\"invalid character 'b' looking for beginning of value\"}"));
}

RF_TEST(the_choices_of_a_member_can_be_asked_for) {
    rf_json_schema *schema = NULL;
    rf_code code = rf_json_schema_compile(RF_SLICE("{\"properties\":{\"path\":{\"enum\":[\"a\",\"b\"]},\"other\":{}}}"), &schema, NULL);
    const rf_value *choices = code ? NULL : rf_json_schema_choices(schema, RF_SLICE("path"));
    rf_check(!code && choices && choices->size == 2 && rf_slice_is(rf_value_text(&choices->items[1]), "b"));
    rf_check(!code && !rf_json_schema_choices(schema, RF_SLICE("other")) && !rf_json_schema_choices(schema, RF_SLICE("none")));
    rf_json_schema_free(schema);
}

/* ---- Contracts of the unified namespace ---- */

#define PUMP                                                                                                                              \
    "{\"type\":\"object\",\"properties\":{\"virtual_path\":{\"type\":\"string\",\"enum\":[\"temp\",\"a.b\"]},\"fields\":{\"type\":\"object\","         \
    "\"properties\":{\"value\":{\"type\":\"number\"},\"timestamp_ms\":{\"type\":\"integer\"}},\"required\":[\"value\",\"timestamp_ms\"],"             \
    "\"additionalProperties\":false}},\"required\":[\"virtual_path\",\"fields\"],\"additionalProperties\":false}"

RF_TEST(a_contract_accepts_its_paths_and_fields_alone) {
    says(PUMP, "{\"fields\":{\"value\":1.5,\"timestamp_ms\":5},\"virtual_path\":\"a.b\"}", "");
    says(PUMP, "{\"fields\":{\"value\":1.5,\"timestamp_ms\":5e0},\"virtual_path\":\"temp\"}", "");
    says(PUMP, "{\"fields\":{\"value\":1.5,\"timestamp_ms\":5.5},\"virtual_path\":\"temp\"}", "fields.timestamp_ms invalid type. expected: integer, given: number\n");
    says(PUMP, "{\"fields\":{\"value\":\"1\",\"timestamp_ms\":5},\"virtual_path\":\"temp\"}", "fields.value invalid type. expected: number, given: string\n");
    says(PUMP, "{\"fields\":{\"value\":1},\"virtual_path\":\"temp\"}", "fields timestamp_ms is required\n");
    says(PUMP, "{\"fields\":{\"value\":1,\"timestamp_ms\":5,\"more\":1},\"virtual_path\":\"temp\"}", "fields moreadditional property more is not allowed\n");
    says(PUMP, "{\"fields\":{\"value\":1,\"timestamp_ms\":5},\"virtual_path\":\"humid\"}",
         "virtual_path virtual_path must be one of the following: \"temp\", \"a.b\"\n");
    says(PUMP, "{\"fields\":[],\"virtual_path\":\"temp\"}", "fields invalid type. expected: object, given: array\n");
}

RF_TEST(equal_numbers_are_the_same_choice_and_members_are_asked_of_objects_alone) {
    says("{\"enum\":[1,{\"a\":[2]}]}", "{\"a\":[2.0]}", "");
    says("{\"properties\":{\"a\":{\"type\":\"array\"}}}", "{\"b\":1}", "");
    says("{\"properties\":{\"a\":{\"type\":\"array\"}}}", "{\"a\":1}", "a invalid type. expected: array, given: integer\n");
    says("{\"additionalProperties\":{\"type\":\"string\"}}", "{\"b\":1}", "b invalid type. expected: string, given: integer\n");
    says("{\"required\":[\"a\"]}", "\"not an object\"", "");
}
