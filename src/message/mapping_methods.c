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

static rf_code wrong_receiver(rf_mapping_env *env, const rf_mapping_node *node, const char *wanted, const rf_value *value) {
    return rf_mapping_fail(env, node, "%s() needs a %s, found %s", node->function->name, wanted, rf_mapping_type_name(value));
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
    if (value->kind == RF_STRING)
        return give(ret_value, *value);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    if (value->kind == RF_DOUBLE) {
        char digits[RF_NUMBER_TEXT_MAX];
        rf_buffer_append(&text, digits, rf_number_fixed(value->number, digits));
    } else {
        rf_code code = to_json(env, node, &text, value, 0);
        if (code)
            return code;
    }
    return keep(env, &text, ret_value);
}

static rf_code call_number(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    const rf_value *value = args[0];
    if (value->kind == RF_INT || value->kind == RF_DOUBLE)
        return give(ret_value, *value);
    int64_t integer;
    double number;
    if (value->kind == RF_STRING && rf_number_parse_i64(rf_value_text(value), &integer))
        return give(ret_value, rf_int(integer));
    if (value->kind == RF_STRING && rf_number_parse_go_float(rf_value_text(value), &number))
        return give(ret_value, rf_double(number));
    if (args[1])
        return give(ret_value, *args[1]);
    if (value->kind == RF_STRING)
        return rf_mapping_fail(env, node, "\"%.*s\" is not a number", RF_SLICE_ARG(rf_value_text(value)));
    return wrong_receiver(env, node, "number or a string", value);
}

/* ASCII letters only, like all names in plants and brokers that matter here. */
static rf_code change_case(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *value, char first, rf_value *ret_value) {
    if (value->kind != RF_STRING)
        return wrong_receiver(env, node, "string", value);
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
    if (value->kind == RF_INT)
        return give(ret_value, *value);
    if (value->kind != RF_DOUBLE)
        return wrong_receiver(env, node, "number", value);
    double number = round_by(value->number);
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

const rf_mapping_function rf_mapping_methods[] = { /* sorted by name; a test checks */
    { "ceil", call_ceil, 0, RF_MEMORY_NONE, { NULL } },
    { "floor", call_floor, 0, RF_MEMORY_NONE, { NULL } },
    { "format_json", call_format_json, 0, RF_MEMORY_NONE, { "indent", "no_indent", "escape_html", NULL } },
    { "lowercase", call_lowercase, 0, RF_MEMORY_NONE, { NULL } },
    { "number", call_number, 0, RF_MEMORY_NONE, { "default", NULL } },
    { "round", call_round, 0, RF_MEMORY_NONE, { NULL } },
    { "string", call_string, 0, RF_MEMORY_NONE, { NULL } },
    { "uppercase", call_uppercase, 0, RF_MEMORY_NONE, { NULL } },
    { NULL, NULL, 0, RF_MEMORY_NONE, { NULL } },
};
