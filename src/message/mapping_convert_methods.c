/* mapping_convert_methods.c: the methods that make one kind of value of another. */
#include "message/mapping_methods.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "message/json.h"
#include "message/json_complaint.h"

#include <assert.h>
#include <math.h>

#define INDENT_DEFAULT "    "

RF_MAPPING_METHOD(rf_method_string) {
    rf_slice text;
    if (args[0]->kind == RF_OPAQUE)
        return rf_mapping_mismatch(env, node, node->args[0], "some", args[0]);
    rf_code code = rf_mapping_text(env, node, args[0], &text);
    return code ? code : rf_mapping_give(ret_value, rf_string(text));
}

RF_MAPPING_METHOD(rf_method_bytes) {
    rf_code code = rf_method_string(env, node, args, ret_value);
    if (!code)
        ret_value->kind = RF_BYTES;
    return code;
}

RF_MAPPING_METHOD(rf_method_type) {
    (void)env;
    (void)node;
    return rf_mapping_give(ret_value, rf_string(rf_slice_of(rf_mapping_type_name(args[0]))));
}

RF_MAPPING_METHOD(rf_method_number) {
    const rf_value *value = args[0];
    int64_t integer;
    double number;
    if (rf_mapping_number(value, ret_value))
        return RF_OK;
    if (rf_mapping_has_text(value) && rf_number_parse_i64(rf_value_text(value), &integer))
        return rf_mapping_give(ret_value, rf_int(integer));
    if (rf_mapping_has_text(value) && rf_number_parse_go_float(rf_value_text(value), &number))
        return rf_mapping_give(ret_value, rf_double(number));
    if (args[1])
        return rf_mapping_give(ret_value, *args[1]);
    if (rf_mapping_has_text(value))
        return rf_mapping_fail(env, node, "\"%.*s\" is not a number", RF_SLICE_ARG(rf_value_text(value)));
    return rf_mapping_mismatch(env, node, node->args[0], "number or string", value);
}

RF_MAPPING_METHOD(rf_method_bool) {
    static const char *const yes[] = { "true", "t", "1", "TRUE", "T", "True" }, *const no[] = { "false", "f", "0", "FALSE", "F", "False" };
    rf_value number;
    if (args[0]->kind == RF_BOOL)
        return rf_mapping_give(ret_value, *args[0]);
    if (rf_mapping_number(args[0], &number))
        return rf_mapping_give(ret_value, rf_bool(number.kind == RF_INT ? number.integer != 0 : number.number != 0));
    for (size_t i = 0; rf_mapping_has_text(args[0]) && i < sizeof yes / sizeof yes[0]; i++)
        if (rf_slice_is(rf_value_text(args[0]), yes[i]) || rf_slice_is(rf_value_text(args[0]), no[i]))
            return rf_mapping_give(ret_value, rf_bool(rf_slice_is(rf_value_text(args[0]), yes[i])));
    return args[1] ? rf_mapping_give(ret_value, *args[1]) : rf_mapping_mismatch(env, node, node->args[0], "bool", args[0]);
}

RF_MAPPING_METHOD(rf_method_int64) {
    const rf_value *numbers[RF_MAPPING_PARAMS_MAX + 1] = { args[0] };
    rf_value number;
    int64_t whole = 0;
    rf_code code = rf_method_number(env, node, numbers, &number);
    numbers[0] = &number;
    if (!code)
        code = rf_mapping_want_whole(env, node, numbers, 0, 0, &whole);
    return code ? code : rf_mapping_give(ret_value, rf_int(whole));
}

RF_MAPPING_METHOD(rf_method_float64) {
    const rf_value *numbers[RF_MAPPING_PARAMS_MAX + 1] = { args[0] };
    rf_value number;
    rf_code code = rf_method_number(env, node, numbers, &number);
    return code ? code : rf_mapping_give(ret_value, number.kind == RF_INT ? rf_double((double)number.integer) : number);
}

/* A whole result that fits becomes an integer. */
static rf_code rounded(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, double (*round_by)(double),
                       rf_value *ret_value) {
    rf_value known;
    rf_code code = rf_mapping_want_number(env, node, args, 0, &known);
    if (code || known.kind == RF_INT)
        return code ? code : rf_mapping_give(ret_value, known);
    double number = round_by(known.number);
    return rf_mapping_give(ret_value, fabs(number) < 9e18 ? rf_int((int64_t)number) : rf_double(number));
}

RF_MAPPING_METHOD(rf_method_round) { return rounded(env, node, args, round, ret_value); }
RF_MAPPING_METHOD(rf_method_floor) { return rounded(env, node, args, floor, ret_value); }
RF_MAPPING_METHOD(rf_method_ceil) { return rounded(env, node, args, ceil, ret_value); }

RF_MAPPING_METHOD(rf_method_abs) {
    rf_value number;
    rf_code code = rf_mapping_want_number(env, node, args, 0, &number);
    if (code)
        return code;
    if (number.kind == RF_INT && number.integer != INT64_MIN)
        return rf_mapping_give(ret_value, rf_int(number.integer < 0 ? -number.integer : number.integer));
    return rf_mapping_give(ret_value, rf_double(fabs(number.kind == RF_INT ? (double)number.integer : number.number)));
}

RF_MAPPING_METHOD(rf_method_pow) {
    rf_value base, exponent;
    rf_code code = rf_mapping_want_number(env, node, args, 0, &base);
    if (!code)
        code = rf_mapping_want_number(env, node, args, 1, &exponent);
    if (code)
        return code;
    double result = pow(base.kind == RF_INT ? (double)base.integer : base.number,
                        exponent.kind == RF_INT ? (double)exponent.integer : exponent.number);
    return rf_mapping_give(ret_value, rf_double(result));
}

RF_MAPPING_METHOD(rf_method_length) {
    const rf_value *value = args[0];
    if (!rf_mapping_has_text(value) && value->kind != RF_LIST && value->kind != RF_MAP)
        return rf_mapping_mismatch(env, node, node->args[0], "string, bytes, array or object", value);
    return rf_mapping_give(ret_value, rf_int(value->size));
}

RF_MAPPING_METHOD(rf_method_not_null) {
    if (args[0]->kind == RF_NULL)
        return rf_mapping_fail(env, node, "value is null");
    return rf_mapping_give(ret_value, *args[0]);
}

RF_MAPPING_METHOD(rf_method_not_empty) {
    const rf_value *value = args[0];
    if (!rf_mapping_has_text(value) && value->kind != RF_LIST && value->kind != RF_MAP)
        return rf_mapping_mismatch(env, node, node->args[0], "string, array or object", value);
    if (!value->size)
        return rf_mapping_fail(env, node, "%s value is empty", rf_mapping_type_name(value));
    return rf_mapping_give(ret_value, *value);
}

/* What is called on is evaluated here: its failure is what this is about. */
static rf_code attempt(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value, bool *ret_failed) {
    rf_error *reterr = env->reterr;
    env->reterr = NULL;
    rf_code code = rf_mapping_eval(env, node, ret_value);
    env->reterr = reterr;
    *ret_failed = code == RF_ESCRIPT;
    return code == RF_ENOMEM ? rf_raise_nomem(reterr) : *ret_failed ? RF_OK : code;
}

RF_MAPPING_METHOD(rf_method_catch) {
    bool failed = false;
    (void)args;
    rf_code code = attempt(env, node->args[0], ret_value, &failed);
    return code || !failed ? code : rf_mapping_eval(env, node->args[1], ret_value);
}

RF_MAPPING_METHOD(rf_method_or) {
    bool failed = false;
    rf_value value = rf_null();
    (void)args;
    rf_code code = attempt(env, node->args[0], &value, &failed);
    if (code)
        return code;
    if (failed || value.kind == RF_NULL || value.kind == RF_OPAQUE)
        return rf_mapping_eval(env, node->args[1], ret_value);
    return rf_mapping_give(ret_value, value);
}

RF_MAPPING_METHOD(rf_method_parse_json) {
    char why[160];
    rf_slice text;
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    if (code)
        return code;
    code = rf_json_parse(&env->batch->arena, text, RF_JSON_LEXEMES, ret_value, NULL);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(env->reterr);
    if (!code)
        return RF_OK;
    rf_json_complaint(text, why, sizeof why);
    return rf_mapping_fail(env, node, "failed to parse value as JSON: %s", why);
}

RF_MAPPING_METHOD(rf_method_parse_duration) {
    rf_slice text;
    uint64_t ns;
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    if (code)
        return code;
    if (!rf_clock_parse_duration(text, &ns) || ns > INT64_MAX)
        return rf_mapping_fail(env, node, "\"%.*s\" is not a duration such as 1m30s", RF_SLICE_ARG(text));
    return rf_mapping_give(ret_value, rf_int((int64_t)ns));
}

static void new_line(rf_buffer *out, rf_slice indent, size_t depth) {
    rf_buffer_char(out, '\n');
    while (depth--)
        rf_buffer_slice(out, indent);
}

/* Lays out compact JSON, one member or item a line; empty lists and objects stay as they are. */
static void lay_out(rf_buffer *out, rf_slice json, rf_slice indent) {
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.data[i], next = i + 1 < json.len ? json.data[i + 1] : '\0';
        bool close = !quoted && (c == ']' || c == '}'), open = !quoted && (c == '[' || c == '{');
        if (close && json.data[i - 1] != '[' && json.data[i - 1] != '{')
            new_line(out, indent, --depth);
        rf_buffer_char(out, c);
        if (quoted && c == '\\')
            rf_buffer_char(out, json.data[++i]);
        else if (c == '"')
            quoted = !quoted;
        else if (open && next != ']' && next != '}')
            new_line(out, indent, ++depth);
        else if (!quoted && c == ',')
            new_line(out, indent, depth);
        else if (!quoted && c == ':')
            rf_buffer_char(out, ' ');
    }
}

RF_MAPPING_METHOD(rf_method_format_json) {
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer laid_out = { 0 };
    rf_slice indent = RF_SLICE(INDENT_DEFAULT);
    rf_code code = args[1] ? rf_mapping_want_text(env, node, args, 1, &indent) : RF_OK;
    for (size_t i = 2; !code && i <= 3; i++)
        if (args[i] && args[i]->kind != RF_BOOL)
            code = rf_mapping_mismatch(env, node, node->args[i], "bool", args[i]);
    if (code)
        return code;
    code = rf_json_write(&json, args[0], RF_JSON_SORT_KEYS | (!args[3] || args[3]->truth ? RF_JSON_ESCAPE_HTML : 0), env->reterr);
    if (code == RF_ESCRIPT)
        return rf_mapping_place(env->mapping, node->offset, code, env->reterr);
    if (code || (args[2] && args[2]->truth))
        return code ? code : rf_mapping_keep(env, &json, RF_STRING, ret_value);
    lay_out(&laid_out, rf_buffer_view(&json), indent);
    return rf_mapping_keep(env, &laid_out, RF_STRING, ret_value);
}
