/* mapping_methods.c: the methods of mappings. args[0] is what a method is called on. */
#include "message/mapping_ast.h"

#include "message/json.h"

#include "base/number.h"
#include "base/slice.h"

#include <assert.h>
#include <math.h>

#define INDENT_DEFAULT "    "

static rf_code give(rf_value *ret_value, rf_value value) {
    *ret_value = value;
    return RF_OK;
}

static rf_code keep(rf_mapping_env *env, const rf_buffer *text, rf_value *ret_value) {
    rf_slice copy = { NULL, 0 };
    if (!text->failed)
        copy = text->len ? rf_slice_dup_in(&env->batch->arena, rf_buffer_view(text)) : RF_SLICE("");
    if (!copy.data)
        return rf_raise_nomem(env->reterr);
    return give(ret_value, rf_string(copy));
}

static rf_code to_json(rf_mapping_env *env, const rf_mapping_node *node, rf_buffer *out, const rf_value *value, unsigned flags) {
    rf_code code = rf_json_write(out, value, flags | RF_JSON_SORT_KEYS, env->reterr);
    return code == RF_ESCRIPT ? rf_mapping_place(env->mapping, node->offset, code, env->reterr) : code;
}

static rf_code call_string(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    const rf_value *value = args[0];
    rf_slice text;
    if (value->kind == RF_OPAQUE)
        return rf_mapping_mismatch(env, node, node->args[0], "a", value);
    rf_code code = rf_mapping_text(env, node, value, &text);
    return code ? code : give(ret_value, rf_string(text));
}

static rf_code call_number(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    const rf_value *value = args[0];
    if (rf_mapping_number(value, ret_value))
        return RF_OK;
    int64_t integer;
    double number;
    if (rf_mapping_has_text(value) && rf_number_parse_i64(rf_value_text(value), &integer))
        return give(ret_value, rf_int(integer));
    if (rf_mapping_has_text(value) && rf_number_parse_go_float(rf_value_text(value), &number))
        return give(ret_value, rf_double(number));
    if (args[1])
        return give(ret_value, *args[1]);
    if (value->kind == RF_STRING)
        return rf_mapping_fail(env, node, "\"%.*s\" is not a number", RF_SLICE_ARG(rf_value_text(value)));
    return rf_mapping_mismatch(env, node, node->args[0], "number or string", value);
}

/* ASCII letters only, like all names in plants and brokers that matter here. */
static rf_code change_case(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *value, char first, rf_value *ret_value) {
    if (!rf_mapping_has_text(value))
        return rf_mapping_mismatch(env, node, node->args[0], "string", value);
    rf_slice text = rf_slice_dup_in(&env->batch->arena, rf_value_text(value));
    if (!text.data)
        return rf_raise_nomem(env->reterr);
    char *bytes = (char *)(uintptr_t)text.data; /* our own copy */
    for (size_t i = 0; i < text.len; i++)
        if (bytes[i] >= first && bytes[i] <= first + 25)
            bytes[i] = (char)(bytes[i] ^ 0x20);
    return give(ret_value, rf_string(text));
}

static rf_code call_uppercase(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    return change_case(env, node, args[0], 'a', ret_value);
}

static rf_code call_lowercase(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    return change_case(env, node, args[0], 'A', ret_value);
}

/* A whole result that fits becomes an integer. */
static rf_code rounded(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *value, double (*round_by)(double), rf_value *ret_value) {
    rf_value known;
    if (!rf_mapping_number(value, &known))
        return rf_mapping_mismatch(env, node, node->args[0], "number", value);
    if (known.kind == RF_INT)
        return give(ret_value, known);
    double number = round_by(known.number);
    return give(ret_value, fabs(number) < 9e18 ? rf_int((int64_t)number) : rf_double(number));
}

static rf_code call_round(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    return rounded(env, node, args[0], round, ret_value);
}

static rf_code call_floor(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    return rounded(env, node, args[0], floor, ret_value);
}

static rf_code call_ceil(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    return rounded(env, node, args[0], ceil, ret_value);
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

static rf_code call_format_json(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    if (args[1] && args[1]->kind != RF_STRING)
        return rf_mapping_fail(env, node, "format_json() needs a string as `indent`, found %s", rf_mapping_type_name(args[1]));
    if ((args[2] && args[2]->kind != RF_BOOL) || (args[3] && args[3]->kind != RF_BOOL))
        return rf_mapping_fail(env, node, "format_json() needs a bool as `no_indent` and as `escape_html`");
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer laid_out = { 0 };
    rf_code code = to_json(env, node, &json, args[0], !args[3] || args[3]->truth ? RF_JSON_ESCAPE_HTML : 0);
    if (code)
        return code;
    if (args[2] && args[2]->truth)
        return keep(env, &json, ret_value);
    lay_out(&laid_out, rf_buffer_view(&json), args[1] ? rf_value_text(args[1]) : RF_SLICE(INDENT_DEFAULT));
    return keep(env, &laid_out, ret_value);
}

/* Fails over: an argument that is never needed is never evaluated. */
static rf_code call_catch(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)args;
    rf_error *reterr = env->reterr;
    env->reterr = NULL;
    rf_code code = rf_mapping_eval(env, node->args[0], ret_value);
    env->reterr = reterr;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    return code ? rf_mapping_eval(env, node->args[1], ret_value) : RF_OK;
}

/* The same, and for null too. */
static rf_code call_or(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    rf_value value;
    (void)args;
    rf_error *reterr = env->reterr;
    env->reterr = NULL;
    rf_code code = rf_mapping_eval(env, node->args[0], &value);
    env->reterr = reterr;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (!code && value.kind != RF_NULL && value.kind != RF_OPAQUE)
        return give(ret_value, value);
    return rf_mapping_eval(env, node->args[1], ret_value);
}

static rf_code call_has_prefix(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    for (size_t i = 0; i < 2; i++)
        if (!rf_mapping_has_text(args[i]))
            return rf_mapping_mismatch(env, node, node->args[i], "string", args[i]);
    return give(ret_value, rf_bool(rf_slice_starts(rf_value_text(args[0]), rf_value_text(args[1]))));
}

/* Bytes of a text; items; members. */
static rf_code call_length(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    const rf_value *value = args[0];
    if (!rf_mapping_has_text(value) && value->kind != RF_LIST && value->kind != RF_MAP)
        return rf_mapping_mismatch(env, node, node->args[0], "string, bytes, array or object", value);
    return give(ret_value, rf_int(value->size));
}

#define ROW RF_MAPPING_ROW
#define LAZY RF_MAPPING_ROW_LAZY

const rf_mapping_function rf_mapping_methods[] = { /* sorted by name; a test checks */
    ROW("apply", rf_mapping_call_apply, 1, "what the map of that name (`map NAME { … }`) makes of it", "name"),
    LAZY("catch", call_catch, 1, 3, "`fallback` when what it is called on fails", "fallback"),
    ROW("ceil", call_ceil, 0, "the next whole number above"),
    ROW("floor", call_floor, 0, "the next whole number below"),
    ROW("format_json", call_format_json, 0, "JSON text, indented by four blanks; `no_indent: true` for one line", "indent", "no_indent", "escape_html"),
    ROW("has_prefix", call_has_prefix, 1, "whether the text begins with `value`", "value"),
    ROW("length", call_length, 0, "bytes of a text, items of an array, members of an object"),
    ROW("lowercase", call_lowercase, 0, "ASCII letters made small"),
    ROW("number", call_number, 0, "the number that a text is; `default` when it is none", "default"),
    LAZY("or", call_or, 1, 3, "`fallback` when what it is called on fails or is null", "fallback"),
    ROW("round", call_round, 0, "the nearest whole number"),
    ROW("string", call_string, 0, "text: numbers without exponent, objects and lists as JSON"),
    ROW("uppercase", call_uppercase, 0, "ASCII letters made large"),
    RF_MAPPING_ROW_END,
};
