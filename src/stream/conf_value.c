/* conf_value.c: one value of a config into its place in a struct, by the type of its field. */
#include "stream/conf_value.h"

#include "base/slice.h"
#include "stream/conf_fill.h"
#include "stream/conf_scalar.h"
#include "stream/config_internal.h"

#include <assert.h>
#include <inttypes.h>

#define SHOWN_MAX 40 /* bytes of a wrong value that a message repeats */

/* A wrong value, short enough for a message. */
static rf_slice shown(const rf_conf *node) {
    return (rf_slice){ node->text.data, node->text.len < SHOWN_MAX ? node->text.len : SHOWN_MAX };
}

/* `expected` is what the original calls the type; `hint` says what would do. */
static rf_code wrong(const rf_pair *pair, const char *expected, const char *hint) {
    const rf_conf *value = pair->value;
    if (value->kind != RF_NODE_SCALAR)
        return rf_pair_report(pair, hint, "expected %s value, got %s", expected, rf_node_tag(value));
    const char *quote = value->style == RF_STYLE_PLAIN ? "" : value->style == RF_STYLE_SINGLE ? "'" : "\"";
    return rf_pair_report(pair, hint, "expected %s value, got %s%.*s%s", expected, quote, RF_SLICE_ARG(shown(value)), quote);
}

static rf_code read_string(const rf_pair *pair, rf_slice *slot) {
    if (pair->value->kind != RF_NODE_SCALAR)
        return rf_pair_report(pair, "", "expected string value");
    *slot = rf_node_is_null(pair->value) ? (rf_slice){ "", 0 } : pair->value->text;
    return RF_OK;
}

static rf_code read_int(const rf_field *field, const rf_pair *pair, int64_t *slot) {
    int64_t value;
    bool cut;
    if (!rf_scalar_int(pair->value, &value, &cut)) {
        bool quoted = pair->value->kind == RF_NODE_SCALAR && pair->value->style != RF_STYLE_PLAIN;
        return wrong(pair, "int", quoted ? "write the number without quotes" : "a whole number, such as 10, 0x10 or 1_000");
    }
    if (field->min != field->max && (value < field->min || value > field->max)) {
        if (field->max == INT64_MAX)
            return rf_pair_report(pair, "", "value %" PRId64 " is out of range: at least %" PRId64, value, field->min);
        return rf_pair_report(pair, "", "value %" PRId64 " is out of range: %" PRId64 " to %" PRId64, value, field->min, field->max);
    }
    if (cut)
        rf_pair_warn(pair, "write a whole number", "the fraction of %.*s is cut off: %" PRId64, RF_SLICE_ARG(shown(pair->value)), value);
    *slot = value;
    return RF_OK;
}

static rf_code read_enum(const rf_field *field, const rf_pair *pair, int *slot) {
    if (pair->value->kind != RF_NODE_SCALAR)
        return rf_pair_report(pair, "", "expected string value");
    for (int i = 0; field->options[i]; i++)
        if (rf_slice_is(pair->value->text, field->options[i])) {
            *slot = i;
            return RF_OK;
        }
    char hint[200];
    rf_fill_suggest(pair->value->text, field->options, hint, sizeof hint);
    if (!hint[0]) {
        int used = snprintf(hint, sizeof hint, "one of:");
        for (int i = 0; field->options[i] && used > 0 && (size_t)used < sizeof hint; i++)
            used += snprintf(hint + used, sizeof hint - (size_t)used, " %s", field->options[i]);
    }
    return rf_pair_report(pair, hint, "value %.*s is not a valid option for this field", RF_SLICE_ARG(shown(pair->value)));
}

static rf_code read_strings(const rf_pair *pair, rf_strings *slot, rf_error *reterr) {
    const rf_conf *list = pair->value;
    if (list->kind != RF_NODE_LIST)
        return rf_pair_report(pair, "write a list: [a, b]", "expected array value");
    rf_slice *items = rf_arena_alloc(pair->unit->arena, (list->count + 1) * sizeof(rf_slice));
    if (!items)
        return rf_raise_nomem(reterr);
    rf_code worst = RF_OK;
    for (uint32_t i = 0; i < list->count; i++) {
        items[i] = list->items[i]->text;
        if (list->items[i]->kind != RF_NODE_SCALAR)
            worst = rf_node_report(list->items[i], "", "expected string value");
    }
    *slot = (rf_strings){ items, list->count };
    return worst;
}

/* The path of a field, when somebody wants to know it: only components do. NULL: out of memory. */
static const char *path_of(const rf_fill *fill, const rf_field *field) {
    if (!fill->config || !*field->name)
        return fill->path ? fill->path : "";
    return rf_printf_in(&fill->config->arena, "%s.%s", fill->path, field->name).data;
}

static rf_code read_object(const rf_fill *outer, const rf_field *field, const rf_pair *pair, void *slot, rf_error *reterr) {
    if (pair->value->kind != RF_NODE_MAP)
        return rf_pair_report(pair, "", "expected object value, got %s", rf_node_tag(pair->value));
    rf_fill fill = { .unit = pair->unit, .fields = field->fields, .config = outer->config, .path = path_of(outer, field) };
    return fill.path ? rf_fill_struct(&fill, pair->value, slot, reterr) : rf_raise_nomem(reterr);
}

static rf_code read_objects(const rf_fill *outer, const rf_field *field, const rf_pair *pair, rf_list *slot, rf_error *reterr) {
    const rf_conf *list = pair->value;
    if (list->kind != RF_NODE_LIST)
        return rf_pair_report(pair, "write a list of maps, each behind a `-`", "expected array value");
    char *items = rf_arena_zero(pair->unit->arena, list->count + 1u, field->item_size);
    const char *path = path_of(outer, field);
    if (!items || !path)
        return rf_raise_nomem(reterr);
    rf_code worst = RF_OK;
    rf_fill fill = { .unit = pair->unit, .fields = field->fields, .config = outer->config, .path = path };
    for (uint32_t i = 0; i < list->count; i++) {
        if (fill.config)
            fill.path = rf_printf_in(&fill.config->arena, "%s.%u", path, i).data;
        if (!fill.path)
            return rf_raise_nomem(reterr);
        rf_code code = rf_fill_struct(&fill, list->items[i], items + i * field->item_size, reterr);
        if (code == RF_ENOMEM)
            return code;
        worst = code ? code : worst;
    }
    *slot = (rf_list){ items, list->count };
    return worst;
}

static rf_code read_script(const rf_pair *pair, rf_conf_script *slot) {
    slot->node = pair->value;
    return read_string(pair, &slot->text);
}

static rf_code read_child(const rf_fill *fill, const rf_field *field, const rf_pair *pair, void *slot, rf_error *reterr) {
    const char *path = path_of(fill, field);
    assert(fill->config); /* tables with components in them are filled by the config reader itself */
    return path ? rf_child_read(fill, field, pair, path, slot, reterr) : rf_raise_nomem(reterr);
}

rf_code rf_value_read(const rf_fill *fill, const rf_field *field, const rf_pair *pair, void *slot, rf_error *reterr) {
    assert(fill && field && pair && pair->value && slot);
    switch (field->type) {
    case RF_FIELD_STRING: return read_string(pair, slot);
    case RF_FIELD_INT: return read_int(field, pair, slot);
    case RF_FIELD_DOUBLE: return rf_scalar_double(pair->value, slot) ? RF_OK : wrong(pair, "number", "a number, such as 0.5");
    case RF_FIELD_BOOL: return rf_scalar_bool(pair->value, slot) ? RF_OK : wrong(pair, "bool", "true or false");
    case RF_FIELD_DURATION:
        return rf_scalar_duration(pair->value, slot) ? RF_OK
                                                     : wrong(pair, "duration", "a number with its unit, such as 250ms, 5s or 1h30m");
    case RF_FIELD_SIZE: return rf_scalar_size(pair->value, slot) ? RF_OK : wrong(pair, "size", "bytes, such as 65536, 64KiB or 16MB");
    case RF_FIELD_ENUM: return read_enum(field, pair, slot);
    case RF_FIELD_STRINGS: return read_strings(pair, slot, reterr);
    case RF_FIELD_SCRIPT: return read_script(pair, slot);
    case RF_FIELD_DYNAMIC: return rf_value_dynamic(pair, slot, reterr);
    case RF_FIELD_DYNAMICS: return rf_value_dynamics(pair, slot, reterr);
    case RF_FIELD_QUERY: return rf_value_query(pair, slot, reterr);
    case RF_FIELD_OBJECT: return read_object(fill, field, pair, slot, reterr);
    case RF_FIELD_OBJECTS: return read_objects(fill, field, pair, slot, reterr);
    case RF_FIELD_ANY: *(const rf_conf **)slot = pair->value; return RF_OK;
    case RF_FIELD_INPUT:
    case RF_FIELD_OUTPUT:
    case RF_FIELD_INPUTS:
    case RF_FIELD_OUTPUTS:
    case RF_FIELD_PROCESSORS:
    case RF_FIELD_CACHE_LABEL:
    case RF_FIELD_CACHE_LABELS:
    case RF_FIELD_RATE_LIMIT_LABEL:
    case RF_FIELD_INPUT_LABEL:
    case RF_FIELD_PROCESSOR_LABEL:
    case RF_FIELD_OUTPUT_LABEL: return read_child(fill, field, pair, slot, reterr);
    }
    return RF_OK;
}

rf_code rf_value_of_default(const rf_unit *unit, const char *standard, rf_conf **ret_value, rf_error *reterr) {
    assert(unit && standard && ret_value);
    rf_slice text = rf_slice_of(standard);
    *ret_value = NULL;
    if (rf_slice_is(text, "[]") || rf_slice_is(text, "{}"))
        return RF_OK;
    bool quoted = text.len >= 2 && text.data[0] == '"';
    if (quoted)
        text = (rf_slice){ text.data + 1, text.len - 2 };
    if (quoted || text.len == 0 || (text.data[0] != '[' && text.data[0] != '{')) {
        *ret_value = rf_document_scalar(unit, text, 0);
        if (!*ret_value)
            return rf_raise_nomem(reterr);
        (*ret_value)->style = quoted ? RF_STYLE_DOUBLE : RF_STYLE_PLAIN;
        return RF_OK;
    }
    rf_unit *own = rf_arena_alloc(unit->arena, sizeof *own);
    if (!own)
        return rf_raise_nomem(reterr);
    *own = (rf_unit){ .source = { "default", text }, .env = { .text = text }, .findings = unit->findings, .arena = unit->arena, .owned = unit->owned };
    return rf_document_parse(own, ret_value, reterr);
}
