/* conf_plain.c: a node of the config as a plain value, for what only the component knows. */
#include "stream/conf_scalar.h"

#include "base/slice.h"

#include <assert.h>

/* More nodes than anybody writes; aliases of aliases reach it in a few lines. */
#define NODES_MAX 100000u

static rf_value plain_scalar(const rf_conf *node) {
    int64_t whole;
    double number;
    bool cut;
    if (rf_node_is_null(node))
        return rf_null();
    if (node->style != RF_STYLE_PLAIN)
        return rf_string(node->text);
    if (rf_scalar_int(node, &whole, &cut) && !cut)
        return rf_int(whole);
    if (rf_scalar_double(node, &number))
        return rf_double(number);
    /* Not yes, no, on, off: nothing says that a truth is meant here. */
    if (rf_slice_eq_nocase(node->text, RF_SLICE("true")) || rf_slice_eq_nocase(node->text, RF_SLICE("false")))
        return rf_bool(node->text.len == 4);
    return rf_string(node->text);
}

static rf_code plain_at(const rf_conf *node, rf_arena *arena, int depth, rf_value *ret_value, rf_error *reterr);

static rf_code plain_list(const rf_conf *node, rf_arena *arena, int depth, rf_value *ret_value, rf_error *reterr) {
    rf_value *items = rf_arena_zero(arena, node->count + 1u, sizeof *items);
    rf_code code = items ? RF_OK : rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < node->count && !code; i++)
        code = plain_at(node->items[i], arena, depth + 1, &items[i], reterr);
    *ret_value = (rf_value){ .kind = RF_LIST, .size = node->count, .items = items };
    return code;
}

static rf_code plain_map(const rf_conf *node, rf_arena *arena, int depth, rf_value *ret_value, rf_error *reterr) {
    rf_member *members = rf_arena_zero(arena, node->count + 1u, sizeof *members);
    rf_code code = members ? RF_OK : rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < node->count && !code; i++) {
        members[i].key = node->pairs[i].name;
        code = plain_at(node->pairs[i].value, arena, depth + 1, &members[i].value, reterr);
    }
    *ret_value = (rf_value){ .kind = RF_MAP, .size = node->count, .members = members };
    return code;
}

static rf_code plain_at(const rf_conf *node, rf_arena *arena, int depth, rf_value *ret_value, rf_error *reterr) {
    if (depth > RF_VALUE_DEPTH_MAX)
        return rf_raise(reterr, RF_ELIMIT, "nested deeper than %d", RF_VALUE_DEPTH_MAX);
    switch ((rf_node_kind)node->kind) {
    case RF_NODE_LIST: return plain_list(node, arena, depth, ret_value, reterr);
    case RF_NODE_MAP: return plain_map(node, arena, depth, ret_value, reterr);
    case RF_NODE_SCALAR: break;
    }
    *ret_value = plain_scalar(node);
    return RF_OK;
}

rf_code rf_conf_plain(const rf_conf *conf, rf_arena *arena, rf_value *ret_value, rf_error *reterr) {
    assert(conf && arena && ret_value);
    if (conf->weight > NODES_MAX)
        return rf_raise(reterr, RF_ELIMIT, "more than %u values, aliases counted each time", NODES_MAX);
    rf_value value;
    rf_code code = plain_at(conf, arena, 0, &value, reterr);
    if (!code)
        *ret_value = value;
    return code;
}
