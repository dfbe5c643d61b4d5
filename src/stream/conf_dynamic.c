/* conf_dynamic.c: fields that ask each message, compiled while the config is read. */
#include "stream/conf_value.h"

#include "base/slice.h"

#include <assert.h>

/* The config frees it; false: out of memory, and it is freed now. */
static bool own(const rf_unit *unit, void *object, void (*free_it)(void *)) {
    assert(unit->owned && object);
    rf_owned *entry = rf_arena_alloc(unit->arena, sizeof *entry);
    if (!entry) {
        free_it(object);
        return false;
    }
    *entry = (rf_owned){ *unit->owned, free_it, object };
    *unit->owned = entry;
    return true;
}

static void free_dynamic(void *dynamic) { rf_dynamic_free(dynamic); }
static void free_query(void *query) { rf_query_free(query); }

rf_code rf_value_dynamic(const rf_pair *pair, rf_dynamic **slot, rf_error *reterr) {
    const rf_conf *node = pair->value;
    if (node->kind != RF_NODE_SCALAR)
        return rf_pair_report(pair, "", "expected string value");
    rf_slice text = rf_node_is_null(node) ? RF_SLICE("") : node->text;
    rf_error error = { 0 };
    rf_dynamic *made = NULL;
    rf_code code = rf_dynamic_compile(text, rf_conf_locate, node, &made, &error);
    if (code == RF_ECONFIG)
        return rf_conf_report(node, &error);
    if (code || !own(pair->unit, made, free_dynamic))
        return rf_raise_nomem(reterr);
    *slot = made;
    return RF_OK;
}

rf_code rf_value_dynamics(const rf_pair *pair, rf_dynamics *slot, rf_error *reterr) {
    const rf_conf *map = pair->value;
    if (map->kind != RF_NODE_MAP)
        return rf_pair_report(pair, "write a map: {name: text}", "expected object value, got %s", rf_node_tag(map));
    rf_dynamics made = {
        .names = rf_arena_alloc(pair->unit->arena, (map->count + 1u) * sizeof *made.names),
        .items = rf_arena_zero(pair->unit->arena, map->count + 1u, sizeof(rf_dynamic *)),
        .count = map->count,
    };
    if (!made.names || !made.items)
        return rf_raise_nomem(reterr);
    rf_code worst = RF_OK;
    for (uint32_t i = 0; i < map->count; i++) {
        made.names[i] = map->pairs[i].name;
        rf_code code = rf_value_dynamic(&map->pairs[i], &made.items[i], reterr);
        if (code == RF_ENOMEM)
            return code;
        worst = code ? code : worst;
    }
    if (!worst)
        *slot = made;
    return worst;
}

rf_code rf_value_query(const rf_pair *pair, rf_query **slot, rf_error *reterr) {
    const rf_conf *node = pair->value;
    if (node->kind != RF_NODE_SCALAR)
        return rf_pair_report(pair, "", "expected string value");
    if (rf_slice_trim(node->text).len == 0)
        return RF_OK;
    rf_error error = { 0 };
    rf_query *made = NULL;
    rf_code code = rf_query_compile(node->text, rf_conf_locate, node, &made, &error);
    if (code == RF_ECONFIG)
        return rf_conf_report(node, &error);
    if (code || !own(pair->unit, made, free_query))
        return rf_raise_nomem(reterr);
    *slot = made;
    return RF_OK;
}
