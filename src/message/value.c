/* value.c: values: looking into them, copying, comparing. */
#include "message/value.h"

#include "base/number.h"
#include "base/slice.h"

#include <assert.h>

rf_value *rf_value_member(const rf_value *map, rf_slice key) {
    assert(map->kind == RF_MAP);
    for (uint32_t i = 0; i < map->size; i++)
        if (rf_slice_eq(map->members[i].key, key))
            return &map->members[i].value;
    return NULL;
}

static bool has_text(const rf_value *value) {
    switch ((rf_value_kind)value->kind) {
    case RF_NUMBER: case RF_BIGINT: case RF_STRING: case RF_BYTES: case RF_OPAQUE: case RF_RAW:
        return true;
    default:
        return false;
    }
}

static bool dup_text(rf_arena *arena, rf_slice text, const char **ret_data) {
    rf_slice copy = rf_slice_dup_in(arena, text);
    *ret_data = copy.data;
    return copy.data;
}

static bool dup_items(rf_arena *arena, const rf_value *list, rf_value *copy) {
    assert(list->kind == RF_LIST);
    rf_value *items = rf_arena_alloc(arena, list->size * sizeof *items);
    if (!items)
        return false;
    copy->items = items;
    for (uint32_t i = 0; i < list->size; i++)
        if (!rf_value_dup_in(arena, &list->items[i], &items[i]))
            return false;
    return true;
}

static bool dup_members(rf_arena *arena, const rf_value *map, rf_value *copy) {
    assert(map->kind == RF_MAP);
    rf_member *members = rf_arena_alloc(arena, map->size * sizeof *members);
    if (!members)
        return false;
    copy->members = members;
    for (uint32_t i = 0; i < map->size; i++) {
        rf_slice key = rf_slice_dup_in(arena, map->members[i].key);
        members[i].key = key;
        if (!key.data || !rf_value_dup_in(arena, &map->members[i].value, &members[i].value))
            return false;
    }
    return true;
}

bool rf_value_dup_in(rf_arena *arena, const rf_value *value, rf_value *ret_copy) {
    assert(arena && value);
    rf_value copy = *value;
    bool done = true;
    if (has_text(value))
        done = dup_text(arena, rf_value_text(value), &copy.text);
    else if (value->kind == RF_LIST)
        done = dup_items(arena, value, &copy);
    else if (value->kind == RF_MAP)
        done = dup_members(arena, value, &copy);
    if (done)
        *ret_copy = copy;
    return done;
}

/* What a number of any kind is as a double; a number text that is none of JSON's is no number. */
static bool as_double(const rf_value *value, double *ret) {
    switch ((rf_value_kind)value->kind) {
    case RF_INT: *ret = (double)value->integer; return true;
    case RF_DOUBLE: *ret = value->number; return true;
    case RF_NUMBER: case RF_BIGINT: return rf_number_parse_json(rf_value_text(value), ret);
    default: return false;
    }
}

static bool same_items(const rf_value *a, const rf_value *b) {
    for (uint32_t i = 0; i < a->size; i++)
        if (!rf_value_eq(&a->items[i], &b->items[i]))
            return false;
    return true;
}

/* Keys are unique on both sides: equal counts and every member found make them the same set. */
static bool same_members(const rf_value *a, const rf_value *b) {
    for (uint32_t i = 0; i < a->size; i++) {
        const rf_value *other = rf_value_member(b, a->members[i].key);
        if (!other || !rf_value_eq(&a->members[i].value, other))
            return false;
    }
    return true;
}

bool rf_value_eq(const rf_value *a, const rf_value *b) {
    assert(a && b);
    double left, right;
    bool a_number = as_double(a, &left), b_number = as_double(b, &right);
    if (a_number || b_number)
        return a_number && b_number && left == right;
    if (a->kind != b->kind)
        return false;
    switch ((rf_value_kind)a->kind) {
    case RF_NULL: return true;
    case RF_BOOL: return a->truth == b->truth;
    case RF_TIME: return a->number == b->number;
    case RF_LIST: return a->size == b->size && same_items(a, b);
    case RF_MAP: return a->size == b->size && same_members(a, b);
    case RF_LAZY_INITIAL: case RF_LAZY_KEYS: return a->snapshot == b->snapshot;
    default: return rf_slice_eq(rf_value_text(a), rf_value_text(b));
    }
}
