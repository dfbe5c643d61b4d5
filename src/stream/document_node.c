/* document_node.c: asking nodes, merging maps, and findings at the places of nodes. */
#include "stream/document.h"

#include "base/slice.h"

#include <assert.h>
#include <stdarg.h>

const rf_pair *rf_node_pair(const rf_conf *node, rf_slice name) {
    assert(node);
    for (uint32_t i = 0; node->kind == RF_NODE_MAP && i < node->count; i++)
        if (rf_slice_eq(node->pairs[i].name, name))
            return &node->pairs[i];
    return NULL;
}

rf_conf *rf_document_scalar(const rf_unit *unit, rf_slice text, size_t at) {
    assert(unit);
    rf_conf *node = rf_arena_zero(unit->arena, 1, sizeof *node);
    if (!node)
        return NULL;
    *node = (rf_conf){ .unit = unit, .kind = RF_NODE_SCALAR, .placed = true, .weight = 1, .at = at, .end = at + text.len };
    node->text = rf_slice_dup_in(unit->arena, text);
    return node->text.data ? node : NULL;
}

bool rf_node_is_null(const rf_conf *node) {
    if (node->kind != RF_NODE_SCALAR || node->style != RF_STYLE_PLAIN)
        return false;
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (rf_slice_is(node->text, nulls[i]))
            return true;
    return false;
}

const char *rf_node_tag(const rf_conf *node) {
    if (node->kind != RF_NODE_SCALAR)
        return node->kind == RF_NODE_MAP ? "!!map" : "!!seq";
    if (rf_node_is_null(node))
        return "!!null";
    if (node->style != RF_STYLE_PLAIN)
        return "!!str";
    if (rf_slice_is(node->text, "true") || rf_slice_is(node->text, "false"))
        return "!!bool";
    bool digits = node->text.len > 0, dot = false;
    for (size_t i = 0; i < node->text.len; i++) {
        char c = node->text.data[i];
        dot |= c == '.';
        digits &= (c >= '0' && c <= '9') || (c == '.' && node->text.len > 1) || ((c == '-' || c == '+') && i == 0 && node->text.len > 1);
    }
    return digits ? (dot ? "!!float" : "!!int") : "!!str";
}

/* Appends the members of `from` that `map` does not have. */
static bool merge_one(rf_conf *map, const rf_conf *from) {
    rf_pair *pairs = rf_arena_alloc(map->unit->arena, (size_t)(map->count + from->count) * sizeof(rf_pair) + 1);
    if (!pairs)
        return false;
    memcpy(pairs, map->pairs, map->count * sizeof(rf_pair));
    uint32_t count = map->count;
    for (uint32_t i = 0; i < from->count; i++)
        if (!rf_node_pair(map, from->pairs[i].name))
            pairs[count++] = from->pairs[i];
    map->pairs = pairs;
    map->count = count;
    return true;
}

static rf_code merge(rf_conf *map, const rf_pair *at, const rf_conf *from, rf_error *reterr) {
    if (from->kind != RF_NODE_MAP)
        return rf_pair_report(at, "write `<<: *name` or `<<: [*one, *two]`", "expected a map to merge, got %s", rf_node_tag(from));
    return merge_one(map, from) ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_document_merge(rf_conf *map, rf_error *reterr) {
    assert(map && map->kind == RF_NODE_MAP);
    for (const rf_pair *found; (found = rf_node_pair(map, RF_SLICE("<<")));) {
        const rf_pair pair = *found;
        size_t index = (size_t)(found - map->pairs);
        memmove(&map->pairs[index], &map->pairs[index + 1], (map->count - index - 1) * sizeof(rf_pair));
        map->count--;
        rf_code code = RF_OK;
        if (pair.value->kind != RF_NODE_LIST)
            code = merge(map, &pair, pair.value, reterr);
        for (uint32_t i = 0; pair.value->kind == RF_NODE_LIST && i < pair.value->count && code != RF_ENOMEM; i++)
            code = merge(map, &pair, pair.value->items[i], reterr);
        if (code == RF_ENOMEM)
            return code;
    }
    return RF_OK; /* what cannot be merged is a finding, and reading goes on */
}

void rf_unit_place(const rf_unit *unit, size_t at, rf_place *ret_place) {
    assert(unit && ret_place);
    rf_error error = { 0 };
    uint32_t line, column;
    rf_source_locate(&unit->source, unit->written_at + rf_env_written(&unit->env, at), &line, &column);
    rf_error_place(&error, unit->source.name, line, column);
    *ret_place = error.place;
}

rf_code rf_unit_report(const rf_unit *unit, size_t at, const rf_error *error, bool warning) {
    assert(unit && error);
    rf_error placed = *error;
    rf_unit_place(unit, at, &placed.place);
    rf_findings_add(unit->findings, &unit->source, &placed, warning);
    return RF_ECONFIG;
}

static RF_PRINTF(5, 0) rf_code report(const rf_unit *unit, size_t at, const char *hint, bool warning, const char *format, va_list args) {
    char message[500];
    (void)vsnprintf(message, sizeof message, format, args);
    rf_error error;
    (void)rf_raise(&error, RF_ECONFIG, "%s", message);
    if (hint && *hint)
        rf_error_hint(&error, "%s", hint);
    return rf_unit_report(unit, at, &error, warning);
}

/* Where a node is seen to begin: a quoted one at its quote. */
static size_t node_place(const rf_conf *node) {
    bool quoted = node->style == RF_STYLE_SINGLE || node->style == RF_STYLE_DOUBLE;
    return node->at - (quoted && node->at > 0 && strchr("'\"", node->unit->env.text.data[node->at - 1]) != NULL);
}

rf_code rf_node_report(const rf_conf *node, const char *hint, const char *format, ...) {
    va_list args;
    va_start(args, format);
    rf_code code = report(node->unit, node_place(node), hint, false, format, args);
    va_end(args);
    return code;
}

/* A value that begins on another line than its key is better named by the key. */
static size_t value_place(const rf_pair *pair) {
    const rf_conf *value = pair->value;
    if (value->unit != pair->unit || !value->placed || value->at < pair->at)
        return pair->at;
    rf_slice between = { pair->unit->env.text.data + pair->at, value->at - pair->at };
    return rf_slice_find(between, '\n') < between.len ? pair->at : node_place(value);
}

rf_code rf_pair_report(const rf_pair *pair, const char *hint, const char *format, ...) {
    va_list args;
    va_start(args, format);
    rf_code code = report(pair->unit, value_place(pair), hint, false, format, args);
    va_end(args);
    return code;
}

rf_code rf_pair_report_key(const rf_pair *pair, const char *hint, const char *format, ...) {
    va_list args;
    va_start(args, format);
    rf_code code = report(pair->unit, pair->at, hint, false, format, args);
    va_end(args);
    return code;
}

void rf_pair_warn(const rf_pair *pair, const char *hint, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)report(pair->unit, value_place(pair), hint, true, format, args);
    va_end(args);
}

void rf_pair_warn_key(const rf_pair *pair, const char *hint, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)report(pair->unit, pair->at, hint, true, format, args);
    va_end(args);
}
