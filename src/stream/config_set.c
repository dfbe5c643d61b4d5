/* config_set.c: `--set path=value`: changes to a config that come from the command line. */
#include "stream/config_set.h"

#include "base/number.h"
#include "base/slice.h"

#include <assert.h>

typedef struct change {
    rf_unit *unit;   /* the expression */
    rf_slice path;
    rf_conf *value;
    bool refused;    /* a finding was made */
    bool nomem;
} change;

static rf_conf *refuse(change *c, size_t at, const char *reason) {
    rf_error error;
    (void)rf_raise(&error, RF_ECONFIG, "failed to set config field override: %.*s: %s", (int)at, c->path.data, reason);
    (void)rf_unit_report(c->unit, 0, &error, false);
    c->refused = true;
    return NULL;
}

static rf_conf *copy_of(change *c, const rf_conf *node, rf_node_kind kind) {
    rf_conf *copy = rf_arena_zero(c->unit->arena, 1, sizeof *copy);
    if (!copy) {
        c->nomem = true;
        return NULL;
    }
    if (node)
        *copy = *node;
    else
        *copy = (rf_conf){ .unit = c->unit, .kind = (uint8_t)kind, .placed = true, .weight = 1 };
    return copy;
}

static rf_conf *set_in(change *c, const rf_conf *node, size_t at);

/* The part of the path that begins at `at`. */
static rf_slice segment(const change *c, size_t at) {
    rf_slice rest = { c->path.data + at, c->path.len - at };
    return (rf_slice){ rest.data, rf_slice_find(rest, '.') };
}

static rf_conf *set_in_list(change *c, const rf_conf *node, rf_slice name, size_t at) {
    int64_t index = node->count;
    size_t end = at + name.len;
    if (!rf_slice_is(name, "-") && (!rf_number_parse_i64(name, &index) || index < 0))
        return refuse(c, end, "expected the place of an entry (a number), or - to append");
    if (index > node->count || (index == node->count && !rf_slice_is(name, "-")))
        return refuse(c, end, "target index greater than array length");
    rf_conf *value = set_in(c, index < node->count ? node->items[index] : NULL, end + 1);
    rf_conf *copy = value ? copy_of(c, node, RF_NODE_LIST) : NULL;
    if (!copy)
        return NULL;
    copy->count = node->count + (index == node->count);
    copy->items = rf_arena_zero(c->unit->arena, copy->count, sizeof *copy->items);
    if (!copy->items) {
        c->nomem = true;
        return NULL;
    }
    for (uint32_t i = 0; i < node->count; i++)
        copy->items[i] = node->items[i];
    copy->items[index] = value;
    return copy;
}

static rf_conf *set_in_map(change *c, const rf_conf *node, rf_slice name, size_t at) {
    const rf_pair *old = rf_node_pair(node, name);
    rf_conf *value = set_in(c, old ? old->value : NULL, at + name.len + 1);
    rf_conf *copy = value ? copy_of(c, node, RF_NODE_MAP) : NULL;
    if (!copy)
        return NULL;
    copy->pairs = rf_arena_alloc(c->unit->arena, (node->count + 1) * sizeof(rf_pair));
    if (!copy->pairs) {
        c->nomem = true;
        return NULL;
    }
    if (node->count)
        memcpy(copy->pairs, node->pairs, node->count * sizeof(rf_pair));
    size_t index = old ? (size_t)(old - node->pairs) : copy->count++;
    copy->pairs[index] = (rf_pair){ .name = name, .unit = c->unit, .at = at, .value = value };
    if (old && value->kind != RF_NODE_SCALAR && value->unit != c->unit)
        copy->pairs[index] = (rf_pair){ .name = old->name, .unit = old->unit, .at = old->at, .value = value };
    return copy;
}

/* `node` (NULL: not there) as it is with the value at the rest of the path. NULL: refused, or no memory. */
static rf_conf *set_in(change *c, const rf_conf *node, size_t at) {
    if (at > c->path.len)
        return c->value;
    rf_slice name = segment(c, at);
    if (name.len == 0)
        return refuse(c, c->path.len, "a part of the path is empty");
    if (node && rf_node_is_null(node))
        node = NULL;
    int64_t number;
    bool appends = rf_slice_is(name, "-");
    if (!node && !appends && rf_number_parse_i64(name, &number))
        return refuse(c, at + name.len, "target index greater than array length");
    if (!node)
        node = copy_of(c, NULL, appends ? RF_NODE_LIST : RF_NODE_MAP);
    if (!node)
        return NULL;
    if (node->kind == RF_NODE_LIST)
        return set_in_list(c, node, name, at);
    return node->kind == RF_NODE_MAP ? set_in_map(c, node, name, at) : refuse(c, at - 1, "there is a scalar in the way");
}

/* A value in flow style or quotes is YAML; anything else is taken as it is. */
static rf_code parse_value(change *c, size_t at, rf_error *reterr) {
    rf_slice text = { c->unit->env.text.data + at, c->unit->env.text.len - at };
    if (text.len == 0 || !strchr("{[\"'", text.data[0])) {
        c->value = rf_document_scalar(c->unit, text, at);
        return c->value ? RF_OK : rf_raise_nomem(reterr);
    }
    rf_unit *own = rf_arena_alloc(c->unit->arena, sizeof *own);
    if (!own)
        return rf_raise_nomem(reterr);
    *own = *c->unit;
    own->env.text = text;
    own->written_at = at;
    rf_code code = rf_document_parse(own, &c->value, reterr);
    c->refused = code == RF_OK && !c->value;
    return code;
}

rf_code rf_config_set(rf_conf **root, const char *expression, const rf_unit *like, rf_error *reterr) {
    assert(root && expression && like);
    rf_unit *unit = rf_arena_alloc(like->arena, sizeof *unit);
    if (!unit)
        return rf_raise_nomem(reterr);
    rf_slice text = rf_slice_of(expression);
    *unit = *like;
    unit->source = (rf_source){ "--set", text };
    unit->env = (rf_env_text){ .text = text };
    unit->written_at = 0;
    size_t equals = rf_slice_find(text, '=');
    if (equals == text.len || equals == 0) {
        rf_error error;
        (void)rf_raise(&error, RF_ECONFIG, "invalid set expression '%s': expected foo=bar syntax", expression);
        (void)rf_unit_report(unit, 0, &error, false);
        return RF_OK;
    }
    change c = { .unit = unit, .path = { text.data, equals } };
    rf_code code = parse_value(&c, equals + 1, reterr);
    if (code || c.refused)
        return code;
    rf_conf *made = set_in(&c, *root, 0);
    if (c.nomem)
        return rf_raise_nomem(reterr);
    *root = made ? made : *root;
    return RF_OK;
}
