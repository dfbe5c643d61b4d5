/* check.c: a value against a schema: types, numbers, texts; bounded in steps and depth. */
#include "components/json_schema/check.h"

#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "message/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

#define STEPS_MAX 2000000u /* nodes that are asked about one value */
#define DEPTH_MAX 2048u    /* of recursion; some hundred bytes of stack each */

#define COMPLAIN(...) rf_schema_complain(rf_schema_told(check), result, place, (rf_slice){ 0 }, __VA_ARGS__)

/* ---- Types ---- */

static double number_of(const rf_value *value) {
    double number = 0;
    if (value->kind == RF_INT)
        return (double)value->integer;
    if (value->kind == RF_DOUBLE)
        return value->number;
    const rf_slice text = rf_value_text(value);
    if (!rf_number_parse_json(text, &number))
        return text.len && text.data[0] == '-' ? -HUGE_VAL : HUGE_VAL;
    return number;
}

static bool is_whole(const rf_value *value) {
    const double number = number_of(value);
    return floor(number) == number;
}

static const char *type_of(const rf_value *value, unsigned *ret_types) {
    switch ((rf_value_kind)value->kind) {
    case RF_NULL: *ret_types = RF_SCHEMA_NULL; return "null";
    case RF_BOOL: *ret_types = RF_SCHEMA_BOOLEAN; return "boolean";
    case RF_INT:
    case RF_DOUBLE:
    case RF_NUMBER:
    case RF_BIGINT:
        *ret_types = RF_SCHEMA_NUMBER | (is_whole(value) ? RF_SCHEMA_INTEGER : 0u);
        return *ret_types & RF_SCHEMA_INTEGER ? "integer" : "number";
    case RF_LIST: *ret_types = RF_SCHEMA_ARRAY; return "array";
    case RF_MAP: *ret_types = RF_SCHEMA_OBJECT; return "object";
    default: *ret_types = RF_SCHEMA_STRING; return "string";
    }
}

/* ---- Numbers ---- */

/* As it is written, for what JSON wrote; else as JSON would. */
static rf_slice number_text(const rf_value *value, char buffer[static RF_NUMBER_TEXT_MAX]) {
    if (value->kind == RF_NUMBER || value->kind == RF_BIGINT)
        return rf_value_text(value);
    if (value->kind == RF_DOUBLE && !isfinite(value->number))
        return RF_SLICE("0.5"); /* no multiple of anything */
    return (rf_slice){ buffer, value->kind == RF_INT ? rf_number_i64(value->integer, buffer) : rf_number_json(value->number, buffer) };
}

static void check_number(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                         rf_schema_result *result) {
    char text[RF_NUMBER_TEXT_MAX];
    const double number = number_of(value);
    if (node->multiple.given && !rf_schema_is_multiple(number_text(value, text), node->multiple.text))
        COMPLAIN("must be a multiple of %.10g", node->multiple.value);
    if (node->maximum.given && number > node->maximum.value)
        COMPLAIN("must be less than or equal to %.10g", node->maximum.value);
    if (node->below.given && number >= node->below.value)
        COMPLAIN("must be less than %.10g", node->below.value);
    if (node->minimum.given && number < node->minimum.value)
        COMPLAIN("must be greater than or equal to %.10g", node->minimum.value);
    if (node->above.given && number <= node->above.value)
        COMPLAIN("must be greater than %.10g", node->above.value);
    result->score++;
}

/* ---- Texts ---- */

static void check_text(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                       rf_schema_result *result) {
    const rf_slice text = rf_value_text(value);
    const uint64_t len = node->length_min.given || node->length_max.given ? rf_utf8_length(text) : 0;
    if (node->length_min.given && len < node->length_min.value)
        COMPLAIN("string length must be greater than or equal to %" PRIu64, node->length_min.value);
    if (node->length_max.given && len > node->length_max.value)
        COMPLAIN("string length must be less than or equal to %" PRIu64, node->length_max.value);
    if (node->pattern && !rf_regex_matches(node->pattern, text))
        COMPLAIN("does not match pattern '%.*s'", RF_SLICE_ARG(node->pattern_text));
    if (node->format && !node->format(text))
        COMPLAIN("does not match format '%.*s'", RF_SLICE_ARG(node->format_name));
    result->score++;
}

/* ---- What any value may be asked ---- */

static bool is_a_choice(const rf_schema_node *node, const rf_value *value) {
    for (uint32_t i = 0; i < node->choices->size; i++)
        if (rf_value_eq(&node->choices->items[i], value))
            return true;
    return false;
}

/* The place stands in the text, too. */
static void check_common(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                         rf_schema_result *result) {
    const bool other = node->constant && !rf_value_eq(node->constant, value), none = node->choices && !is_a_choice(node, value);
    if ((other || none) && check->quiet) {
        COMPLAIN("%s", "");
    } else if (other || none) {
        RF_CLEANUP(rf_buffer_done) rf_buffer field = { 0 };
        rf_schema_write_place(&field, place);
        const char *name = rf_buffer_cstr(&field);
        if (other)
            COMPLAIN("%s does not match: %.*s", name ? name : "", RF_SLICE_ARG(node->constant_text));
        if (none)
            COMPLAIN("%s must be one of the following: %.*s", name ? name : "", RF_SLICE_ARG(node->choices_text));
    }
    result->score++;
}

static void check_parts(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                        rf_schema_result *result) {
    for (uint32_t i = 0; i < node->member_count; i++) {
        const rf_value *member = rf_value_member(value, node->members[i].name);
        if (member)
            rf_schema_check_node(check, node->members[i].node, member, &(rf_schema_place){ place, node->members[i].name, 0 }, result);
    }
}

static bool go_on(rf_schema_check *check) {
    if (check->out->failed)
        check->failed = RF_ENOMEM;
    else if (++check->steps > STEPS_MAX || check->depth >= DEPTH_MAX) {
        check->failed = RF_ELIMIT;
        check->why = check->depth >= DEPTH_MAX ? "the schema goes too deep" : "the schema takes too many steps";
    }
    return !check->failed;
}

static void check_kind(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                       rf_schema_result *result) {
    unsigned types;
    const char *given = type_of(value, &types);
    if (node->types && !(node->types & types)) {
        COMPLAIN("invalid type. expected: %s, given: %s", node->expected, given);
        return;
    }
    rf_schema_check_logic(check, node, value, place, result);
    if (types & RF_SCHEMA_NUMBER)
        check_number(check, node, value, place, result);
    if (types & RF_SCHEMA_ARRAY)
        rf_schema_check_array(check, node, value, place, result);
    if (types & RF_SCHEMA_OBJECT)
        rf_schema_check_object(check, node, value, place, result);
    check_common(check, node, value, place, result);
    if (types & RF_SCHEMA_STRING)
        check_text(check, node, value, place, result);
    if (types & RF_SCHEMA_OBJECT)
        check_parts(check, node, value, place, result);
    result->score++;
}

void rf_schema_check_node(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                          rf_schema_result *result) {
    while (node->ref)
        node = node->ref;
    if (!go_on(check) || node->always)
        return;
    check->depth++;
    if (node->never)
        COMPLAIN("false always fails validation");
    else
        check_kind(check, node, value, place, result);
    check->depth--;
}

bool rf_schema_check_apart(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                           rf_schema_result *ret_result, size_t *ret_from) {
    *ret_result = (rf_schema_result){ 0 };
    *ret_from = check->out->len;
    rf_schema_check_node(check, node, value, place, ret_result);
    return ret_result->complaints == 0;
}

rf_code rf_json_schema_check(rf_json_schema *schema, rf_arena *arena, const rf_value *value, rf_buffer *out, bool *ret_valid,
                             rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer nothing = { 0 };
    rf_schema_check check = { .arena = arena, .out = out ? out : &nothing, .quiet = !out };
    rf_schema_result result = { 0 };
    const rf_schema_place root = { 0 };
    assert(schema && value);
    rf_schema_check_node(&check, schema->root, value, &root, &result);
    if (check.failed == RF_ENOMEM || check.out->failed)
        return rf_raise_nomem(reterr);
    if (check.failed)
        return rf_raise(reterr, check.failed, "%s", check.why);
    *ret_valid = result.complaints == 0;
    return RF_OK;
}
