/* text.c: metadata values as text, and the lazy ones made real. */
#include "message/message.h"

#include "message/json.h"
#include "message/order.h"

#include "base/number.h"

#include <assert.h>

/* The string entries of a snapshot as a map, for the writer that sorts. */
static bool string_members(rf_arena *arena, const rf_meta *meta, rf_value *ret_map) {
    rf_member *members = rf_arena_alloc(arena, meta->count * sizeof *members);
    if (!members)
        return false;
    uint32_t count = 0;
    for (uint32_t i = 0; i < meta->count; i++)
        if (meta->entries[i].value.kind == RF_STRING)
            members[count++] = (rf_member){ rf_key_text(meta->entries[i].key), meta->entries[i].value };
    *ret_map = (rf_value){ .kind = RF_MAP, .size = count, .members = members };
    return true;
}

static void join_keys(rf_buffer *out, const rf_value *map) {
    RF_CLEANUP(rf_order_done) rf_order order;
    if (!rf_order_init(&order, map)) {
        out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < map->size; i++) {
        if (i)
            rf_buffer_char(out, ',');
        rf_buffer_slice(out, order.members[i]->key);
    }
}

static rf_slice keep(rf_arena *arena, const rf_buffer *text) {
    return text->failed ? (rf_slice){ NULL, 0 } : rf_slice_dup_in(arena, rf_buffer_view(text));
}

bool rf_meta_resolve(rf_arena *arena, rf_value *value) {
    assert(arena && value);
    if (value->kind != RF_LAZY_INITIAL && value->kind != RF_LAZY_KEYS)
        return true;
    rf_value map;
    if (!string_members(arena, value->snapshot, &map))
        return false;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    if (value->kind == RF_LAZY_KEYS)
        join_keys(&out, &map);
    else if (rf_json_write(&out, &map, RF_JSON_SORT_KEYS | RF_JSON_ESCAPE_HTML, NULL)) /* as the original's encoder does */
        return false; /* strings can only fail for want of memory */
    rf_slice text = keep(arena, &out);
    if (!text.data)
        return false;
    *value = rf_string(text);
    return true;
}

/* Numbers and words need no buffer. */
static rf_slice short_text(rf_arena *arena, const rf_value *value) {
    char text[RF_NUMBER_TEXT_MAX];
    size_t len = value->kind == RF_INT ? rf_number_i64(value->integer, text) : rf_number_text(value->number, text);
    return rf_slice_dup_in(arena, (rf_slice){ text, len });
}

rf_slice rf_meta_text(rf_arena *arena, rf_value *value) {
    assert(arena && value);
    if (!rf_meta_resolve(arena, value))
        return (rf_slice){ NULL, 0 };
    switch ((rf_value_kind)value->kind) {
    case RF_NULL: return RF_SLICE("<nil>");
    case RF_BOOL: return value->truth ? RF_SLICE("true") : RF_SLICE("false");
    case RF_INT: case RF_DOUBLE: return short_text(arena, value);
    case RF_STRING: case RF_BIGINT: case RF_OPAQUE: return value->size ? rf_value_text(value) : RF_SLICE("");
    default: break;
    }
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_value_print(&out, value);
    return keep(arena, &out);
}
