/* config_resources.c: components that are named by their label: the sections, the files of `-r`, and who names them. */
#include "base/slice.h"
#include "stream/conf_fill.h"
#include "stream/config_internal.h"

#include <assert.h>
#include <glob.h>

/* Caches and rate limits before the processors that use them: the order of opening. */
static const struct { const char *name; rf_class class; } sections[] = {
    { "cache_resources", RF_CLASS_CACHE },   { "rate_limit_resources", RF_CLASS_RATE_LIMIT }, { "processor_resources", RF_CLASS_PROCESSOR },
    { "output_resources", RF_CLASS_OUTPUT }, { "input_resources", RF_CLASS_INPUT },
};
#define SECTIONS (sizeof sections / sizeof sections[0])

static rf_code read_resource(rf_config *config, rf_class class, const rf_conf *node, const char *path, rf_error *reterr) {
    rf_component *resource = rf_arena_zero(&config->arena, 1, sizeof *resource);
    if (!resource || !rf_vec_push(&config->document->resources, resource))
        return rf_raise_nomem(reterr);
    const size_t before = config->document->references.count;
    rf_code code = rf_component_read(config, class, (rf_site){ NULL, node }, path, resource, reterr);
    for (size_t i = before; i < config->document->references.count; i++)
        config->document->references.items[i].within = resource;
    resource->nested = true;
    if (!code && resource->kind && !*resource->label)
        (void)rf_node_report(node, "give it a `label`, which is what others name it by",
                             "the label field for resources must be unique and not empty");
    return code;
}

static rf_code read_section(rf_config *config, const char *name, rf_class class, const rf_pair *pair, rf_error *reterr) {
    const rf_conf *list = pair->value;
    if (rf_node_is_null(list))
        return RF_OK;
    if (list->kind != RF_NODE_LIST)
        return rf_pair_report(pair, "put a `-` before each resource", "expected array value, got %s", rf_node_tag(list)), RF_OK;
    for (uint32_t i = 0; i < list->count; i++) {
        rf_slice path = rf_printf_in(&config->arena, "root.%s.%u", name, i);
        if (!path.data)
            return rf_raise_nomem(reterr);
        rf_code code = read_resource(config, class, list->items[i], path.data, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

rf_code rf_resources_read(rf_config *config, const rf_conf *root, rf_error *reterr) {
    assert(config && root);
    rf_code code = RF_OK;
    for (size_t i = 0; i < SECTIONS && !code; i++) {
        const rf_pair *pair = rf_node_pair(root, rf_slice_of(sections[i].name));
        if (pair)
            code = read_section(config, sections[i].name, sections[i].class, pair, reterr);
    }
    return code;
}

/* ---- The files of `-r` ---- */

static bool is_section(rf_slice name) {
    for (size_t i = 0; i < SECTIONS; i++)
        if (rf_slice_is(name, sections[i].name))
            return true;
    return false;
}

static void check_names(const rf_conf *root) {
    for (uint32_t i = 0; i < root->count; i++)
        if (!is_section(root->pairs[i].name))
            (void)rf_pair_report_key(&root->pairs[i], "a file of resources has only sections such as `cache_resources`",
                                     "field %.*s not recognised", RF_SLICE_ARG(root->pairs[i].name));
}

static rf_code read_file(rf_config *config, const rf_config_options *options, const char *path, rf_error *reterr) {
    rf_conf *root = NULL;
    rf_slice name = rf_slice_dup_in(&config->arena, rf_slice_of(path));
    if (!name.data)
        return rf_raise_nomem(reterr);
    rf_code code = rf_config_parse_file(config, options, name.data, &root, reterr);
    if (code || !root)
        return code;
    if (root->kind != RF_NODE_MAP)
        return rf_node_report(root, "", "expected object value, got %s", rf_node_tag(root)), RF_OK;
    check_names(root);
    return rf_resources_read(config, root, reterr);
}

rf_code rf_resources_read_files(rf_config *config, const rf_config_options *options, rf_error *reterr) {
    assert(config && options);
    rf_code code = RF_OK;
    for (const char *const *pattern = options->resources; pattern && *pattern && !code; pattern++) {
        glob_t found;
        int status = glob(*pattern, 0, NULL, &found);
        if (status == GLOB_NOSPACE)
            return rf_raise_nomem(reterr);
        if (status) {
            bool is_pattern = strpbrk(*pattern, "*?[") != NULL; /* one that matches nothing is fine */
            code = is_pattern ? RF_OK : read_file(config, options, *pattern, reterr);
            continue;
        }
        for (size_t i = 0; i < found.gl_pathc && !code; i++)
            code = read_file(config, options, found.gl_pathv[i], reterr);
        globfree(&found);
    }
    return code;
}

/* ---- Who names them ---- */

static rf_component *find(const rf_config *config, rf_class class, rf_slice label) {
    for (size_t i = 0; i < config->document->resources.count; i++) {
        rf_component *resource = config->document->resources.items[i];
        if (resource->class == class && rf_slice_is(label, resource->label))
            return resource;
    }
    return NULL;
}

static void report_missing(const rf_config *config, const rf_reference *reference) {
    const char *names[RF_FIELDS_MAX + 1];
    size_t count = 0;
    char hint[200];
    rf_slice label = reference->pair->value->text;
    for (size_t i = 0; i < config->document->resources.count && count < RF_FIELDS_MAX; i++)
        if (config->document->resources.items[i]->class == reference->class)
            names[count++] = config->document->resources.items[i]->label;
    names[count] = NULL;
    rf_fill_suggest(label, names, hint, sizeof hint);
    if (!hint[0])
        (void)snprintf(hint, sizeof hint, "write it with `label: %.*s` in %s_resources", (int)(label.len < 60 ? label.len : 60), label.data,
                       rf_class_name(reference->class));
    (void)rf_pair_report(reference->pair, hint, "%s resource '%.*s' was not found", rf_class_name(reference->class), RF_SLICE_ARG(label));
}

/* That tells the start. */
static bool names_itself(const rf_reference *reference) { return reference->pair->value == (*reference->slot)->conf; }

/* An input is driven by one thread: two places that name it would have two. */
static void check_once(const rf_config *config, size_t index) {
    const rf_reference *reference = &config->document->references.items[index], *first = NULL;
    char hint[120];
    rf_place place;
    for (size_t i = 0; i < index && !first; i++) {
        const rf_reference *other = &config->document->references.items[i];
        if (other->class == RF_CLASS_INPUT && *other->slot == *reference->slot && !names_itself(other) && !names_itself(reference))
            first = other;
    }
    if (!first)
        return;
    rf_unit_place(first->pair->unit, first->pair->at, &place);
    if (first->pair == reference->pair)
        (void)snprintf(hint, sizeof hint, "write the input itself where it is to be copied");
    else
        (void)snprintf(hint, sizeof hint, "the other place is line %u; write an input of its own in one of them", place.line);
    (void)rf_pair_report(reference->pair, hint, "input resource '%s' is named in two places: it can be read in one",
                         (*reference->slot)->label);
}

/* An output that holds itself would write without an end. (Inputs are told of at the start; processors may, if they end by a condition.) */
static void walk_outputs(const rf_config *config, rf_component *resource) {
    enum { ON_THE_WAY = 1, DONE };
    resource->walked = ON_THE_WAY;
    for (size_t i = 0; i < config->document->references.count; i++) {
        const rf_reference *reference = &config->document->references.items[i];
        rf_component *to = *reference->slot;
        if (reference->within != resource || reference->class != RF_CLASS_OUTPUT || !to || to->walked == DONE)
            continue;
        if (to->walked == ON_THE_WAY)
            (void)rf_pair_report(reference->pair, "name another output", "output resource '%s' holds itself", to->label);
        else
            walk_outputs(config, to);
    }
    resource->walked = DONE;
}

void rf_resources_resolve(rf_config *config) {
    assert(config);
    for (size_t i = 0; i < config->document->references.count; i++) {
        const rf_reference *reference = &config->document->references.items[i];
        *reference->slot = find(config, reference->class, reference->pair->value->text);
        if (!*reference->slot)
            report_missing(config, reference);
        else if (reference->class == RF_CLASS_INPUT)
            check_once(config, i);
    }
    for (size_t i = 0; i < config->document->resources.count; i++)
        if (config->document->resources.items[i]->class == RF_CLASS_OUTPUT && !config->document->resources.items[i]->walked)
            walk_outputs(config, config->document->resources.items[i]);
}
