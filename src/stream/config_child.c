/* config_child.c: components within a component's fields, and fields that name a resource. */
#include "base/slice.h"
#include "stream/conf_fill.h"
#include "stream/conf_scalar.h"
#include "stream/config_internal.h"

#include <assert.h>

#define NESTED_MAX 60u /* a config nested deeper is a mistake, or an alias that holds itself */

static unsigned depth_of(const char *path) {
    unsigned dots = 0;
    for (; *path; path++)
        dots += *path == '.';
    return dots;
}

/* One child, in the arena. *ret_child is always one: what is wrong with it has its findings. */
static rf_code read_one(rf_config *config, rf_class class, rf_site site, const char *path, rf_component **ret_child, rf_error *reterr) {
    rf_component *child = rf_arena_zero(&config->arena, 1, sizeof *child);
    if (!child)
        return rf_raise_nomem(reterr);
    *ret_child = child;
    if (depth_of(path) > 3 * NESTED_MAX)
        return rf_node_report(site.node, "", "components are nested too deep"), RF_OK;
    rf_code code = rf_component_read(config, class, site, path, child, reterr);
    child->nested = true;
    return code;
}

static rf_code read_list(rf_config *config, rf_class class, const rf_conf *list, const char *path, rf_components *out, rf_error *reterr) {
    rf_components made = { rf_arena_zero(&config->arena, list->count + 1u, sizeof *made.items), list->count };
    if (!made.items)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < list->count; i++) {
        rf_slice one = rf_printf_in(&config->arena, "%s.%u", path, i);
        if (!one.data)
            return rf_raise_nomem(reterr);
        rf_code code = read_one(config, class, (rf_site){ NULL, list->items[i] }, one.data, &made.items[i], reterr);
        if (code)
            return code;
    }
    *out = made;
    return RF_OK;
}

rf_code rf_child_read_processors(rf_config *config, const rf_conf *list, const char *path, rf_components *out, rf_error *reterr) {
    assert(config && list && path && out);
    if (rf_node_is_null(list))
        return RF_OK;
    if (list->kind == RF_NODE_LIST)
        return read_list(config, RF_CLASS_PROCESSOR, list, path, out, reterr);
    (void)rf_node_report(list, "put a `-` before each processor", "expected array value, got %s", rf_node_tag(list));
    return RF_OK;
}

static rf_code read_children(const rf_fill *fill, rf_class class, const rf_pair *pair, const char *path, rf_components *slot,
                             rf_error *reterr) {
    if (pair->value->kind != RF_NODE_LIST)
        return rf_pair_report(pair, "put a `-` before each one", "expected array value, got %s", rf_node_tag(pair->value));
    return read_list(fill->config, class, pair->value, path, slot, reterr);
}

/* What the field `copies` beside a list of inputs says; what is wrong with it has its own finding. */
static int64_t copies_of(const rf_fill *fill) {
    const rf_pair *pair = fill->node ? rf_node_pair(fill->node, RF_SLICE("copies")) : NULL;
    for (const rf_field *field = fill->fields; pair && field->name; field++) {
        int64_t count;
        bool cut;
        if (field->type == RF_FIELD_INT && rf_slice_is(pair->name, field->name) && rf_scalar_int(pair->value, &count, &cut) &&
            count >= field->min && count <= field->max)
            return count;
    }
    return 1;
}

/* As many components as copies, from one text: labels and findings are those of the first. */
static rf_code read_inputs(const rf_fill *fill, const rf_pair *pair, const char *path, rf_components *slot, rf_error *reterr) {
    struct rf_document *document = fill->config->document;
    const int64_t copies = copies_of(fill);
    rf_components once = { 0 };
    size_t errors = rf_findings_errors_reported(fill->config->findings);
    rf_code code = read_children(fill, RF_CLASS_INPUT, pair, path, &once, reterr);
    *slot = once;
    if (code || copies == 1 || rf_findings_errors_reported(fill->config->findings) != errors)
        return code;
    rf_components all = { rf_arena_zero(&fill->config->arena, once.count * (size_t)copies + 1, sizeof *all.items), once.count * (size_t)copies };
    if (!all.items)
        return rf_raise_nomem(reterr);
    for (size_t at = 0; at < all.count && !code; at += once.count) {
        size_t labels = document->labels.count;
        rf_components copy = once;
        if (at)
            code = read_list(fill->config, RF_CLASS_INPUT, pair->value, path, &copy, reterr);
        if (at)
            document->labels.count = labels;
        if (!code)
            memcpy(all.items + at, copy.items, once.count * sizeof *all.items);
        if (!once.count)
            break;
    }
    if (!code)
        *slot = all;
    return code;
}

static rf_code read_reference(rf_config *config, rf_class class, const rf_pair *pair, rf_component **slot, rf_error *reterr) {
    if (pair->value->kind != RF_NODE_SCALAR)
        return rf_pair_report(pair, "the label of a resource", "expected string value");
    if (pair->value->text.len == 0)
        return RF_OK;
    if (!rf_vec_push(&config->document->references, (rf_reference){ slot, class, pair, NULL }))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

static rf_code read_caches(rf_config *config, const rf_pair *pair, rf_components *slot, rf_error *reterr) {
    const rf_conf *list = pair->value;
    if (list->kind != RF_NODE_LIST)
        return rf_pair_report(pair, "put a `-` before each label", "expected array value, got %s", rf_node_tag(list));
    rf_components made = { rf_arena_zero(&config->arena, list->count + 1u, sizeof *made.items), list->count };
    rf_pair *pairs = rf_arena_zero(&config->arena, list->count + 1u, sizeof *pairs);
    if (!made.items || !pairs)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < list->count; i++) {
        pairs[i] = (rf_pair){ .name = pair->name, .unit = list->items[i]->unit, .at = list->items[i]->at, .value = list->items[i] };
        rf_code code = read_reference(config, RF_CLASS_CACHE, &pairs[i], &made.items[i], reterr);
        if (code)
            return code;
    }
    *slot = made;
    return RF_OK;
}

rf_code rf_child_read(const rf_fill *fill, const rf_field *field, const rf_pair *pair, const char *path, void *slot, rf_error *reterr) {
    assert(fill && fill->config && field && pair && path && slot);
    rf_site site = { pair, pair->value };
    switch (field->type) {
    case RF_FIELD_INPUT: return read_one(fill->config, RF_CLASS_INPUT, site, path, slot, reterr);
    case RF_FIELD_OUTPUT: return read_one(fill->config, RF_CLASS_OUTPUT, site, path, slot, reterr);
    case RF_FIELD_INPUTS: return read_inputs(fill, pair, path, slot, reterr);
    case RF_FIELD_OUTPUTS: return read_children(fill, RF_CLASS_OUTPUT, pair, path, slot, reterr);
    case RF_FIELD_PROCESSORS: return read_children(fill, RF_CLASS_PROCESSOR, pair, path, slot, reterr);
    case RF_FIELD_CACHE_LABEL: return read_reference(fill->config, RF_CLASS_CACHE, pair, slot, reterr);
    case RF_FIELD_RATE_LIMIT_LABEL: return read_reference(fill->config, RF_CLASS_RATE_LIMIT, pair, slot, reterr);
    case RF_FIELD_INPUT_LABEL: return read_reference(fill->config, RF_CLASS_INPUT, pair, slot, reterr);
    case RF_FIELD_PROCESSOR_LABEL: return read_reference(fill->config, RF_CLASS_PROCESSOR, pair, slot, reterr);
    case RF_FIELD_CACHE_LABELS: return read_caches(fill->config, pair, slot, reterr);
    default: return read_reference(fill->config, RF_CLASS_OUTPUT, pair, slot, reterr);
    }
}
