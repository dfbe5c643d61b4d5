/* json.c: JSON text to values. */
#include "message/json.h"

#include "message/json_doc.h"

#include "base/slice.h"
#include "base/table.h"

#include <assert.h>

#define SCAN_MAX 16 /* maps up to this size look for duplicate keys by comparing all */

static rf_code convert(rf_arena *arena, yyjson_val *node, int depth, rf_value *ret_value, rf_error *reterr);

static double number_of(yyjson_val *node) {
    int64_t negative;
    switch (unsafe_yyjson_get_subtype(node)) {
    case YYJSON_SUBTYPE_UINT: return (double)unsafe_yyjson_get_uint(node);
    case YYJSON_SUBTYPE_SINT: /* of zeros only "-0" comes signed */
        negative = unsafe_yyjson_get_sint(node);
        return negative ? (double)negative : -0.0;
    default: return unsafe_yyjson_get_real(node);
    }
}

static rf_code convert_list(rf_arena *arena, yyjson_val *node, int depth, rf_value *ret_value, rf_error *reterr) {
    size_t count = unsafe_yyjson_get_len(node);
    rf_value *items = rf_arena_alloc(arena, count * sizeof *items);
    if (!items)
        return rf_raise_nomem(reterr);
    yyjson_val *at = unsafe_yyjson_get_first(node);
    for (size_t i = 0; i < count; i++, at = unsafe_yyjson_get_next(at)) {
        rf_code code = convert(arena, at, depth + 1, &items[i], reterr);
        if (code)
            return code;
    }
    *ret_value = (rf_value){ .kind = RF_LIST, .size = (uint32_t)count, .items = items };
    return RF_OK;
}

/* Where the members of one map go while their keys are kept unique. */
typedef struct builder {
    rf_member *members;
    size_t count;
    rf_table seen; /* key to member, only for large maps */
    bool indexed;
} builder;

static rf_member *find_member(const builder *map, rf_slice key) {
    if (map->indexed)
        return rf_table_get(&map->seen, key);
    for (size_t i = 0; i < map->count; i++)
        if (rf_slice_eq(map->members[i].key, key))
            return &map->members[i];
    return NULL;
}

/* The member that `key` shall have: the one that is there already, or a new one. NULL: out of memory. */
static rf_member *claim_member(builder *map, rf_slice key) {
    rf_member *member = find_member(map, key);
    if (member)
        return member;
    member = &map->members[map->count];
    member->key = key;
    if (map->indexed && !rf_table_put(&map->seen, key, member))
        return NULL;
    map->count++;
    return member;
}

static rf_code convert_members(rf_arena *arena, yyjson_val *node, builder *map, int depth, rf_error *reterr) {
    size_t count = unsafe_yyjson_get_len(node);
    yyjson_val *key = unsafe_yyjson_get_first(node);
    for (size_t i = 0; i < count; i++, key = unsafe_yyjson_get_next(key + 1)) {
        rf_member *member = claim_member(map, rf_json_doc_text(key));
        if (!member)
            return rf_raise_nomem(reterr);
        rf_code code = convert(arena, key + 1, depth + 1, &member->value, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

static rf_code convert_map(rf_arena *arena, yyjson_val *node, int depth, rf_value *ret_value, rf_error *reterr) {
    size_t count = unsafe_yyjson_get_len(node);
    builder map = { .members = rf_arena_alloc(arena, count * sizeof *map.members), .indexed = count > SCAN_MAX };
    if (!map.members)
        return rf_raise_nomem(reterr);
    rf_code code = convert_members(arena, node, &map, depth, reterr);
    rf_table_done(&map.seen);
    if (!code)
        *ret_value = (rf_value){ .kind = RF_MAP, .size = (uint32_t)map.count, .members = map.members };
    return code;
}

static rf_code convert_nested(rf_arena *arena, yyjson_val *node, int depth, rf_value *ret_value, rf_error *reterr) {
    if (depth >= RF_VALUE_DEPTH_MAX)
        return rf_raise(reterr, RF_ELIMIT, "JSON nested deeper than %d levels", RF_VALUE_DEPTH_MAX);
    if (unsafe_yyjson_is_arr(node))
        return convert_list(arena, node, depth, ret_value, reterr);
    return convert_map(arena, node, depth, ret_value, reterr);
}

static rf_code convert(rf_arena *arena, yyjson_val *node, int depth, rf_value *ret_value, rf_error *reterr) {
    switch (unsafe_yyjson_get_type(node)) {
    case YYJSON_TYPE_NULL: *ret_value = rf_null(); return RF_OK;
    case YYJSON_TYPE_BOOL: *ret_value = rf_bool(unsafe_yyjson_get_bool(node)); return RF_OK;
    case YYJSON_TYPE_NUM: *ret_value = rf_double(number_of(node)); return RF_OK;
    case YYJSON_TYPE_RAW: *ret_value = rf_text(RF_NUMBER, rf_json_doc_text(node)); return RF_OK;
    case YYJSON_TYPE_STR: *ret_value = rf_string(rf_json_doc_text(node)); return RF_OK;
    default: return convert_nested(arena, node, depth, ret_value, reterr);
    }
}

rf_code rf_json_doc_value(rf_arena *arena, yyjson_val *node, rf_value *ret_value, rf_error *reterr) {
    assert(arena && node);
    return convert(arena, node, 0, ret_value, reterr);
}

/* Whether no member went missing on the way from the tree to the value, as those do whose key comes again. */
static bool has_all(yyjson_val *node, const rf_value *value) {
    bool map = value->kind == RF_MAP;
    if (!map && value->kind != RF_LIST)
        return true;
    if (unsafe_yyjson_get_len(node) != value->size)
        return false;
    yyjson_val *at = value->size ? unsafe_yyjson_get_first(node) : NULL;
    for (uint32_t i = 0; i < value->size; i++, at = unsafe_yyjson_get_next(map ? at + 1 : at))
        if (!has_all(map ? at + 1 : at, map ? &value->members[i].value : &value->items[i]))
            return false;
    return true;
}

static rf_code parse(rf_arena *arena, rf_slice text, rf_json_numbers numbers, bool unique, rf_value *ret_value, rf_error *reterr) {
    rf_json_doc doc;
    rf_value value;
    rf_code code = rf_json_doc_open(&doc, arena, text, numbers, RF_JSON_REPAIR, reterr);
    if (!code)
        code = rf_json_doc_value(arena, doc.root, &value, reterr);
    if (!code && unique && !has_all(doc.root, &value))
        code = rf_raise(reterr, RF_EPARSE, "an object has a key twice");
    if (!code)
        *ret_value = value;
    rf_json_doc_done(&doc);
    return code;
}

rf_code rf_json_parse(rf_arena *arena, rf_slice text, rf_json_numbers numbers, rf_value *ret_value, rf_error *reterr) {
    assert(arena && ret_value);
    return parse(arena, text, numbers, false, ret_value, reterr);
}

rf_code rf_json_parse_unique(rf_arena *arena, rf_slice text, rf_value *ret_value, rf_error *reterr) {
    assert(arena && ret_value);
    return parse(arena, text, RF_JSON_DOUBLES, true, ret_value, reterr);
}
