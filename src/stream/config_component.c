/* config_component.c: which component a map names, what stands beside it, and its state from its fields. */
#include "base/slice.h"
#include "stream/conf_fill.h"
#include "stream/conf_scalar.h"
#include "stream/conf_value.h"
#include "stream/config_internal.h"

#include <assert.h>

static const char *const input_extras[] = { "batching", "auto_replay_nacks", NULL };

/* A finding at the component, at the line that names it. */
static void report_site(rf_site site, const char *message) {
    const rf_conf *node = site.node;
    if (site.pair && node->kind != RF_NODE_MAP)
        (void)rf_pair_report(site.pair, "write `{NAME: {…}}`, or the name on a line of its own", "%s", message);
    else
        (void)rf_node_report(node, node->kind == RF_NODE_MAP ? "" : "write `NAME: {…}`", "%s", message);
}

static bool is_beside(rf_class class, rf_slice name) {
    return rf_slice_is(name, "label") || rf_slice_is(name, "type") || (class == RF_CLASS_INPUT && rf_slice_is(name, "batching")) ||
           ((class == RF_CLASS_INPUT || class == RF_CLASS_OUTPUT) && rf_slice_is(name, "processors"));
}

static void suggest_kind(rf_class class, rf_slice name, char *hint, size_t size) {
    const char *names[RF_FIELDS_MAX + 1];
    rf_kind kind;
    size_t count = 0;
    const char *absent = rf_kind_absent(class, name);
    while (count < RF_FIELDS_MAX && rf_kind_get(class, count, &kind))
        names[count++] = kind.name;
    names[count] = NULL;
    if (*absent)
        (void)snprintf(hint, size, "%s; see `riffle list %ss`", absent, rf_class_name(class));
    else
        rf_fill_suggest(name, names, hint, size);
    if (!hint[0])
        (void)snprintf(hint, size, "`riffle list %ss` names those there are", rf_class_name(class));
}

/* By `type: NAME`. */
static bool kind_by_type(rf_class class, const rf_pair *type, rf_kind *ret_kind) {
    char hint[200];
    if (type->value->kind != RF_NODE_SCALAR) {
        (void)rf_pair_report(type, "", "expected string value");
        return false;
    }
    if (rf_kind_find(class, type->value->text, ret_kind))
        return true;
    suggest_kind(class, type->value->text, hint, sizeof hint);
    (void)rf_pair_report(type, hint, "%s type '%.*s' was not recognised", rf_class_name(class), RF_SLICE_ARG(type->value->text));
    return false;
}

static void report_no_kind(rf_class class, const rf_conf *node) {
    char list[300] = "", hint[200];
    const rf_pair *first = NULL;
    for (uint32_t i = 0, used = 0; i < node->count; i++) {
        const rf_pair *pair = &node->pairs[i];
        if (is_beside(class, pair->name))
            continue;
        int n = snprintf(list + used, sizeof list - used, "%s%.*s", first ? " " : "", RF_SLICE_ARG(pair->name));
        used = n > 0 && (size_t)n < sizeof list - used ? used + (uint32_t)n : used;
        first = first ? first : pair;
    }
    if (!first) {
        (void)snprintf(hint, sizeof hint, "name one: `NAME: {…}`; `riffle list %ss` names those there are", rf_class_name(class));
        (void)rf_node_report(node, hint, "an explicit %s type must be specified", rf_class_name(class));
        return;
    }
    suggest_kind(class, first->name, hint, sizeof hint);
    (void)rf_pair_report_key(first, hint, "unable to infer %s type from candidates: [%s]", rf_class_name(class), list);
}

static bool has_field(const rf_field *fields, rf_slice name) {
    for (; fields && fields->name; fields++)
        if (rf_slice_is(name, fields->name))
            return true;
    return false;
}

/* Members that belong neither to every component nor to this one. */
static void check_beside(rf_class class, const rf_conf *node, const rf_kind *kind) {
    static const char *const known[] = { "label", "type", "batching", "processors", NULL };
    for (uint32_t i = 0; i < node->count; i++) {
        const rf_pair *pair = &node->pairs[i];
        char hint[200];
        if (is_beside(class, pair->name) || rf_slice_is(pair->name, kind->name))
            continue;
        rf_fill_suggest(pair->name, known, hint, sizeof hint);
        if (has_field(kind->fields, pair->name))
            (void)snprintf(hint, sizeof hint, "indent it: it belongs within `%s`", kind->name);
        if (pair->unit->chilled)
            rf_pair_warn_key(pair, hint, "field %.*s is invalid when the component type is %s (%s)", RF_SLICE_ARG(pair->name), kind->name,
                             rf_class_name(class));
        else
            (void)rf_pair_report_key(pair, hint, "field %.*s is invalid when the component type is %s (%s)", RF_SLICE_ARG(pair->name),
                                     kind->name, rf_class_name(class));
    }
}

/* The components that a map names, as far as they are known, whether they are in this version or not. */
typedef struct candidates { unsigned count; rf_slice first, second; bool exists; rf_kind kind; } candidates;

static candidates find_candidates(rf_class class, const rf_conf *node) {
    candidates found = { 0 };
    for (uint32_t i = 0; i < node->count; i++) {
        rf_slice name = node->pairs[i].name;
        bool exists = rf_kind_find(class, name, &found.kind);
        if (!exists && !*rf_kind_absent(class, name))
            continue;
        bool before = found.count && rf_slice_compare(name, found.first) < 0; /* messages name them in order */
        found.second = before ? found.first : found.count == 1 ? name : found.second;
        found.first = before || !found.count ? name : found.first;
        found.exists = exists;
        found.count++;
    }
    return found;
}

/* False: a finding was made. A component that is known but not in this version still has what stands beside it checked. */
static bool kind_by_name(rf_class class, const rf_conf *node, rf_kind *ret_kind) {
    candidates found = find_candidates(class, node);
    if (found.count > 1) {
        (void)rf_node_report(node, "keep one of them", "unable to infer %s type, multiple candidates '%.*s' and '%.*s'",
                             rf_class_name(class), RF_SLICE_ARG(found.first), RF_SLICE_ARG(found.second));
        return false;
    }
    if (found.count == 1 && !found.exists) {
        char hint[200], name[64];
        (void)snprintf(name, sizeof name, "%.*s", RF_SLICE_ARG(found.first));
        suggest_kind(class, found.first, hint, sizeof hint);
        (void)rf_pair_report_key(rf_node_pair(node, found.first), hint, "unable to infer %s type from candidates: [%s]",
                                 rf_class_name(class), name);
        check_beside(class, node, &(rf_kind){ .name = name });
        return false;
    }
    if (found.count == 1)
        *ret_kind = found.kind;
    else
        report_no_kind(class, node);
    return found.count == 1;
}

static bool label_is_fine(rf_slice label) {
    for (size_t i = 0; i < label.len; i++) {
        char c = label.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return label.len == 0 || label.data[0] != '_';
}

static rf_code read_label(rf_config *config, const rf_conf *node, const rf_kind *kind, rf_component *out, rf_error *reterr) {
    const rf_pair *pair = rf_node_pair(node, RF_SLICE("label"));
    if (pair && pair->value->kind != RF_NODE_SCALAR) {
        (void)rf_pair_report(pair, "", "expected string value");
        return RF_OK;
    }
    rf_slice label = pair && !rf_node_is_null(pair->value) ? pair->value->text : (rf_slice){ "", 0 };
    if (!label_is_fine(label))
        (void)rf_pair_report(
            pair, "small letters, digits, _ and -",
            "invalid label '%.*s': should match the regular expression /^[a-z0-9_\\-]+$/ and must not start with an underscore",
            RF_SLICE_ARG(label));
    if (label.len == 0 && config->document->require_labels)
        (void)rf_node_report(node, "", "label is required for %s", kind->name);
    if (label.len && !rf_vec_push(&config->document->labels, (rf_label){ label, pair }))
        return rf_raise_nomem(reterr);
    out->label = label.data;
    return RF_OK;
}

void rf_component_check_labels(rf_config *config) {
    assert(config);
    const rf_label *labels = config->document->labels.items;
    for (size_t i = 0; i < config->document->labels.count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!rf_slice_eq(labels[i].name, labels[j].name))
                continue;
            bool swapped = labels[j].pair->at > labels[i].pair->at;
            const rf_label *first = &labels[swapped ? i : j], *second = &labels[swapped ? j : i];
            rf_place place;
            rf_unit_place(first->pair->unit, first->pair->at, &place);
            (void)rf_pair_report(second->pair, "", "label '%.*s' collides with a previously defined label at line %u",
                                 RF_SLICE_ARG(second->name), place.line);
            break;
        }
    }
}

/* Batching stands beside the component or in its body; a component that has fields of that name reads them itself. */
static rf_code read_extras(rf_config *config, const rf_conf *node, const rf_conf *body, rf_component *out, rf_error *reterr) {
    const rf_input_kind *kind = out->kind;
    const rf_pair *beside = rf_node_pair(node, RF_SLICE("batching")),
                  *within = kind->parts ? NULL : rf_node_pair(body, RF_SLICE("batching"));
    const rf_pair *replay = rf_node_pair(body, RF_SLICE("auto_replay_nacks"));
    bool truth = true;
    if (replay && !rf_node_is_null(replay->value) && !rf_scalar_bool(replay->value, &truth))
        (void)rf_pair_report(replay, "true or false", "expected bool value");
    out->no_replay = !truth;
    if (beside && within)
        (void)rf_pair_report_key(within, "keep one of them", "batching is given beside the component and within it");
    const rf_pair *batching = within ? within : beside;
    bool at_root = out == &config->input;
    return batching ? rf_config_read_batching(config, batching, out->path, at_root ? &config->batching : &out->batching, reterr) : RF_OK;
}

/* The kind's only field is what stands behind its name. */
static bool takes_body(const rf_kind *kind) { return kind->fields && kind->fields->name && (kind->fields->flags & RF_FIELD_BODY); }

static rf_code fill_body(const rf_fill *how, const rf_conf *body, const rf_pair *pair, void *state, rf_error *reterr) {
    const rf_field *field = how->fields;
    const rf_pair given = { .name = rf_slice_of(field->name), .unit = body->unit, .at = body->at, .value = (rf_conf *)(uintptr_t)body };
    return rf_value_read(how, field, pair ? pair : &given, (char *)state + field->offset, reterr);
}

/* Everything that was read is opened later, children before what they are in. */
static rf_code fill(rf_config *config, const rf_kind *kind, const rf_conf *body, const rf_pair *pair, rf_component *out, rf_error *reterr) {
    void *state = rf_arena_zero(&config->arena, 1, kind->state_size ? kind->state_size : 1);
    const char *path = rf_printf_in(&config->arena, "%s.%s", out->path, kind->name).data;
    if (!state || !path)
        return rf_raise_nomem(reterr);
    rf_fill how = {
        .unit = body->unit, .fields = kind->fields, .also = out->class == RF_CLASS_INPUT ? input_extras : NULL, .config = config, .path = path,
    };
    rf_code code = takes_body(kind) ? fill_body(&how, body, pair, state, reterr) : rf_fill_struct(&how, body, state, reterr);
    if (code == RF_OK) {
        out->state = state;
        out->conf = body;
    }
    if (code != RF_ENOMEM && !rf_vec_push(&config->document->components, out))
        return rf_raise_nomem(reterr);
    return code == RF_ENOMEM ? code : RF_OK;
}

/* `processors` beside an input or output. */
static rf_code read_processors(rf_config *config, const rf_conf *node, rf_component *out, rf_error *reterr) {
    const rf_pair *pair = rf_node_pair(node, RF_SLICE("processors"));
    if (!pair || out->class == RF_CLASS_PROCESSOR)
        return RF_OK;
    const char *path = rf_printf_in(&config->arena, "%s.processors", out->path).data;
    return path ? rf_child_read_processors(config, pair->value, path, &out->processors, reterr) : rf_raise_nomem(reterr);
}

static rf_conf *empty_body(rf_config *config, const rf_conf *at) {
    rf_conf *body = rf_document_scalar(&config->document->file, RF_SLICE(""), at ? at->at : 0);
    if (!body)
        return NULL;
    if (at)
        body->unit = at->unit;
    body->kind = RF_NODE_MAP;
    return body;
}

rf_code rf_component_read(rf_config *config, rf_class class, rf_site site, const char *path, rf_component *out, rf_error *reterr) {
    assert(config && site.node && path && out);
    rf_kind kind;
    *out = (rf_component){ .class = class, .label = "", .path = path, .config = config };
    if (site.node->kind != RF_NODE_MAP) {
        char message[80];
        (void)snprintf(message, sizeof message, "invalid type %s, expected object", rf_node_tag(site.node));
        report_site(site, message);
        return RF_OK;
    }
    const rf_pair *type = rf_node_pair(site.node, RF_SLICE("type"));
    if (!(type ? kind_by_type(class, type, &kind) : kind_by_name(class, site.node, &kind)))
        return RF_OK;
    out->kind = kind.kind;
    check_beside(class, site.node, &kind);
    rf_code code = read_label(config, site.node, &kind, out, reterr);
    if (code)
        return code;
    const rf_pair *pair = rf_node_pair(site.node, rf_slice_of(kind.name));
    const rf_conf *body = pair ? pair->value : empty_body(config, site.node);
    if (!body)
        return rf_raise_nomem(reterr);
    if (body->kind != RF_NODE_MAP && !takes_body(&kind)) {
        (void)rf_pair_report(pair, "write `{}` for a component without fields", "expected object value, got %s", rf_node_tag(body));
        return RF_OK;
    }
    code = class == RF_CLASS_INPUT ? read_extras(config, site.node, body, out, reterr) : RF_OK;
    if (!code)
        code = read_processors(config, site.node, out, reterr);
    return code ? code : fill(config, &kind, body, pair, out, reterr);
}

rf_code rf_component_standard(rf_config *config, rf_class class, const char *name, const char *path, rf_component *out, rf_error *reterr) {
    assert(config && name && path && out);
    rf_kind kind;
    *out = (rf_component){ .class = class, .label = "", .path = path, .config = config };
    const rf_conf *body = empty_body(config, NULL);
    if (!body)
        return rf_raise_nomem(reterr);
    if (!rf_kind_find(class, rf_slice_of(name), &kind)) {
        (void)rf_node_report(body, "", "an explicit %s type must be specified", rf_class_name(class));
        return RF_OK;
    }
    out->kind = kind.kind;
    return fill(config, &kind, body, NULL, out, reterr);
}
