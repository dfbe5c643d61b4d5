/* mapping_describe.c: what messages call the values and expressions of mappings. */
#include "message/mapping_ast.h"

#include "base/number.h"
#include "base/slice.h"

#include <assert.h>
#include <stdio.h>

#define SHOWN_BYTES_MAX 60 /* of a text, in an error message */

const char *rf_mapping_type_name(const rf_value *value) {
    switch ((rf_value_kind)value->kind) {
    case RF_NULL: return "null";
    case RF_BOOL: return "bool";
    case RF_INT: case RF_DOUBLE: case RF_NUMBER: case RF_BIGINT: return "number";
    case RF_STRING: return "string";
    case RF_BYTES: case RF_RAW: return "bytes";
    case RF_TIME: return "timestamp";
    case RF_LIST: return "array";
    case RF_MAP: return "object";
    case RF_OPAQUE: return rf_mapping_is_deleted(value) ? "delete" : rf_mapping_is_nothing(value) ? "nothing" : "unknown";
    default: return "value";
    }
}

bool rf_mapping_number(const rf_value *value, rf_value *ret_number) {
    int64_t whole;
    double number;
    switch ((rf_value_kind)value->kind) {
    case RF_INT: case RF_DOUBLE:
        *ret_number = *value;
        return true;
    case RF_NUMBER: case RF_BIGINT:
        if (rf_number_parse_i64(rf_value_text(value), &whole))
            *ret_number = rf_int(whole);
        else if (rf_number_parse_go_float(rf_value_text(value), &number))
            *ret_number = rf_double(number);
        else
            return false;
        return true;
    default:
        return false;
    }
}

static void put(char *out, size_t size, const char *text, rf_slice name) {
    (void)snprintf(out, size, text, RF_SLICE_ARG(name));
}

static const char *base_name(const rf_mapping_node *node) {
    return node->kind == RF_NODE_THIS ? "this" : node->kind == RF_NODE_ROOT ? "root" : "";
}

/* `this.a.b`, outermost member last. */
static void describe_field(const rf_mapping_node *node, char *out, size_t size) {
    rf_slice names[12];
    size_t count = 0, used;
    for (; node->kind == RF_NODE_FIELD && count < sizeof names / sizeof names[0]; node = node->args[0])
        names[count++] = node->names[0];
    used = (size_t)snprintf(out, size, "field `%s", base_name(node));
    while (count > 0 && used < size) {
        rf_slice name = names[--count];
        int more = snprintf(out + used, size - used, "%s%.*s", out[used - 1] == '`' ? "" : ".", RF_SLICE_ARG(name));
        used += more > 0 ? (size_t)more : 0;
    }
    if (used + 1 < size)
        (void)snprintf(out + used, size - used, "`");
}

static bool is_method(const rf_mapping_function *function) {
    for (const rf_mapping_function *row = rf_mapping_methods; row->name; row++)
        if (row == function)
            return true;
    return false;
}

static void describe_call(const rf_mapping_node *node, char *out, size_t size) {
    const rf_mapping_node *first = node->arg_count ? node->args[0] : NULL;
    bool literal = first && first->kind == RF_NODE_LITERAL && first->value.kind == RF_STRING;
    bool method = is_method(node->function);
    if (node->function->call == rf_mapping_call_json && literal)
        put(out, size, "json path `%.*s`", rf_value_text(&first->value));
    else
        put(out, size, method ? "method `%.*s`" : "function `%.*s`", rf_slice_of(node->function->name));
}

void rf_mapping_describe(const rf_mapping_node *node, char *out, size_t size) {
    assert(node && out && size);
    switch (node->kind) {
    case RF_NODE_LITERAL: (void)snprintf(out, size, "%s literal", rf_mapping_type_name(&node->value)); return;
    case RF_NODE_LIST: (void)snprintf(out, size, "array literal"); return;
    case RF_NODE_MAP: (void)snprintf(out, size, "object literal"); return;
    case RF_NODE_IF: (void)snprintf(out, size, "if expression"); return;
    case RF_NODE_THIS: (void)snprintf(out, size, "context"); return;
    case RF_NODE_META: put(out, size, "metadata `%.*s`", node->names ? node->names[0] : RF_SLICE("")); return;
    case RF_NODE_FIELD: describe_field(node, out, size); return;
    case RF_NODE_CALL: describe_call(node, out, size); return;
    case RF_NODE_ROOT: (void)snprintf(out, size, "root"); return;
    case RF_NODE_VAR: put(out, size, "variable `%.*s`", node->names[0]); return;
    case RF_NODE_MATCH: (void)snprintf(out, size, "match expression"); return;
    case RF_NODE_LAMBDA: case RF_NODE_BIND: (void)snprintf(out, size, "map expression"); return;
    case RF_NODE_NOT: case RF_NODE_NEGATE: case RF_NODE_BINARY: break;
    }
    (void)snprintf(out, size, "arithmetic");
}

/* A plain value within a message, in parentheses; nothing for the others. */
static void show(const rf_value *value, char *out, size_t size) {
    char digits[RF_NUMBER_TEXT_MAX];
    out[0] = '\0';
    if (value->kind == RF_BOOL)
        (void)snprintf(out, size, " (%s)", value->truth ? "true" : "false");
    else if (value->kind == RF_INT)
        (void)snprintf(out, size, " (%lld)", (long long)value->integer);
    else if (value->kind == RF_DOUBLE)
        put(out, size, " (%.*s)", (rf_slice){ digits, rf_number_fixed(value->number, digits) });
    else if (value->kind == RF_NUMBER || value->kind == RF_BIGINT)
        put(out, size, " (%.*s)", rf_value_text(value));
    else if (rf_mapping_has_text(value))
        put(out, size, " (\"%.*s\")", (rf_slice){ value->text, value->size < SHOWN_BYTES_MAX ? value->size : SHOWN_BYTES_MAX });
}

rf_code rf_mapping_mismatch(rf_mapping_env *env, const rf_mapping_node *node, const rf_mapping_node *from, const char *wanted,
                            const rf_value *value) {
    char name[160], shown[120];
    rf_mapping_describe(from, name, sizeof name);
    show(value, shown, sizeof shown);
    return rf_mapping_fail(env, node, "expected %s value, got %s from %s%s", wanted, rf_mapping_type_name(value), name, shown);
}
