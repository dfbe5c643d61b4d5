/* conf_fill.c: a table of fields and a node of YAML make a struct; everything wrong is a finding. */
#include "stream/conf_fill.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "stream/conf_value.h"

#include <assert.h>

void rf_fill_suggest(rf_slice name, const char *const *candidates, char *out, size_t out_size) {
    assert(candidates && out && out_size);
    const char *near = rf_nearest(name, candidates);
    out[0] = '\0';
    if (near)
        (void)snprintf(out, out_size, "did you mean `%s`?", near);
}

static const rf_field *find_field(const rf_field *fields, rf_slice name) {
    for (const rf_field *field = fields; field && field->name; field++)
        if (rf_slice_is(name, field->name))
            return field;
    return NULL;
}

static bool is_listed(const char *const *names, rf_slice name) {
    for (; names && *names; names++)
        if (rf_slice_is(name, *names))
            return true;
    return false;
}

static void report_unknown(const rf_fill *fill, const rf_pair *pair) {
    const char *names[RF_FIELDS_MAX + 1];
    size_t count = 0;
    for (const rf_field *field = fill->fields; field && field->name && count < RF_FIELDS_MAX; field++)
        names[count++] = field->name;
    for (const char *const *also = fill->also; also && *also && count < RF_FIELDS_MAX; also++)
        names[count++] = *also;
    names[count] = NULL;
    char hint[200];
    rf_fill_suggest(pair->name, names, hint, sizeof hint);
    if (count == 0)
        (void)snprintf(hint, sizeof hint, "there are no fields here: write `{}`");
    if (pair->unit->chilled)
        rf_pair_warn_key(pair, hint, "field %.*s not recognised", RF_SLICE_ARG(pair->name));
    else
        (void)rf_pair_report_key(pair, hint, "field %.*s not recognised", RF_SLICE_ARG(pair->name));
}

static rf_code check_names(const rf_fill *fill, const rf_conf *node) {
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < node->count; i++) {
        const rf_pair *pair = &node->pairs[i];
        const rf_field *field = find_field(fill->fields, pair->name);
        if (!field && !is_listed(fill->also, pair->name)) {
            report_unknown(fill, pair);
            code = pair->unit->chilled ? code : RF_ECONFIG;
        }
        if (field && (field->flags & RF_FIELD_DEPRECATED) && pair->unit->report_deprecated)
            code = rf_pair_report_key(pair, "", "field %s is deprecated", field->name);
    }
    return code;
}

/* A field that is not written: its default, or a finding when there is none. */
static rf_code fill_default(const rf_fill *fill, const rf_conf *node, const rf_field *field, void *slot, rf_error *reterr) {
    if ((field->flags & RF_FIELD_REQUIRED) && !fill->doing_without) {
        if (node)
            return rf_node_report(node, field->doc, "field %s is required", field->name);
        return RF_OK;
    }
    if (field->type == RF_FIELD_OBJECT) {
        rf_fill part = { .unit = fill->unit, .fields = field->fields, .doing_without = true, .config = fill->config, .path = fill->path };
        return rf_fill_struct(&part, NULL, slot, reterr);
    }
    if (!field->standard)
        return RF_OK;
    rf_conf *value;
    rf_code code = rf_value_of_default(fill->unit, field->standard, &value, reterr);
    if (code || !value)
        return code;
    rf_pair pair = { .name = rf_slice_of(field->name), .unit = fill->unit, .value = value };
    return rf_value_read(fill, field, &pair, slot, reterr);
}

/* A null where a field may be left out is the same as leaving it out; for a text it is the empty one. */
static bool is_given(const rf_field *field, const rf_pair *pair) {
    if (!pair)
        return false;
    return field->type == RF_FIELD_STRING || field->type == RF_FIELD_SCRIPT || field->type == RF_FIELD_DYNAMIC ||
           field->type == RF_FIELD_OBJECT || !rf_node_is_null(pair->value);
}

rf_code rf_fill_struct(const rf_fill *how, const rf_conf *node, void *target, rf_error *reterr) {
    assert(how && how->unit && target);
    rf_fill with_node = *how;
    const rf_fill *fill = &with_node;
    with_node.node = node;
    rf_code worst = RF_OK;
    if (node && node->kind != RF_NODE_MAP)
        return rf_node_report(node, "", "expected object value, got %s", rf_node_tag(node));
    if (node)
        worst = check_names(fill, node);
    for (const rf_field *field = fill->fields; field && field->name; field++) {
        const rf_pair *pair = node ? rf_node_pair(node, rf_slice_of(field->name)) : NULL;
        void *slot = (char *)target + field->offset;
        rf_code code = is_given(field, pair) ? rf_value_read(fill, field, pair, slot, reterr)
                                             : fill_default(fill, node, field, slot, reterr);
        if (code == RF_ENOMEM)
            return code;
        worst = code ? code : worst;
    }
    if (worst)
        return rf_raise(reterr, RF_ECONFIG, "the configuration has errors");
    return RF_OK;
}

rf_code rf_conf_fill(const rf_conf *conf, const rf_field *fields, void *target, rf_error *reterr) {
    assert(conf && fields && target);
    rf_fill fill = { .unit = conf->unit, .fields = fields };
    return rf_fill_struct(&fill, conf, target, reterr);
}
