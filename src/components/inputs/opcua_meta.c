/* opcua_meta.c: the metadata of a message: most of it prepared once a node, the rest set for each value. */
#include "components/inputs/opcua.h"

#include "base/slice.h"

#include <assert.h>

rf_slice rf_opcua_sanitise_in(rf_arena *arena, rf_slice name) {
    assert(arena);
    char *clean = rf_arena_alloc(arena, name.len + 1);
    if (!clean)
        return (rf_slice){ 0 };
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (plain)
            clean[len++] = (char)c;
        else if ((c & 0xc0) != 0x80) /* one _ a character, not a byte */
            clean[len++] = '_';
    }
    clean[len] = '\0';
    return (rf_slice){ clean, len };
}

/* The path without its last name. A name that had to be sanitised stays: so does the original, and topics depend on it. */
static rf_slice group_of(const rf_opcua_node *node, rf_slice tag_name) {
    rf_slice path = node->path, name = node->browse_name;
    if (name.len > 0 && path.len > name.len + 1 && rf_slice_ends(path, name) && path.data[path.len - name.len - 1] == '.')
        path.len -= name.len + 1;
    else if (rf_slice_eq(path, name))
        path.len = 0;
    return path.len ? path : tag_name;
}

static bool fill_texts(rf_arena *arena, const rf_opcua_node *node, rf_slice texts[RF_OPCUA_STATIC_KEYS]) {
    rf_slice name = rf_opcua_sanitise_in(arena, node->browse_name);
    rf_slice access = rf_opcua_access_level_in(arena, node->access_level);
    rf_slice type = rf_opcua_data_type_in(arena, &node->data_type);
    if (!name.data || !access.data || !type.data)
        return false;
    rf_slice group = group_of(node, name);
    texts[RF_OPCUA_NODE_ID] = node->id_text;
    texts[RF_OPCUA_NODE_CLASS] = RF_SLICE("NodeClassVariable");
    texts[RF_OPCUA_BROWSE_NAME] = node->browse_name;
    texts[RF_OPCUA_DESCRIPTION] = node->description;
    texts[RF_OPCUA_ACCESS_LEVEL] = access;
    texts[RF_OPCUA_DATA_TYPE] = type;
    texts[RF_OPCUA_TAG_GROUP] = group;
    texts[RF_OPCUA_TAG_NAME] = name;
    texts[RF_OPCUA_TAG_PATH] = rf_slice_eq(group, name) ? (rf_slice){ 0 } : group;
    texts[RF_OPCUA_HEARTBEAT_MESSAGE] = node->role == RF_OPCUA_TAG ? (rf_slice){ 0 } : RF_SLICE("true");
    if (node->role == RF_OPCUA_PULSE) {
        texts[RF_OPCUA_TAG_GROUP] = RF_SLICE("heartbeat");
        texts[RF_OPCUA_TAG_NAME] = RF_SLICE("CurrentTime");
    }
    return true;
}

bool rf_opcua_meta_prepare(rf_arena *arena, const rf_key *const *keys, rf_opcua_node *node) {
    assert(arena && keys && node);
    rf_slice texts[RF_OPCUA_STATIC_KEYS];
    if (!fill_texts(arena, node, texts))
        return false;
    size_t bytes = 0;
    for (size_t i = 0; i < RF_OPCUA_STATIC_KEYS; i++)
        bytes += texts[i].len;
    rf_meta_entry *entries = rf_arena_zero(arena, RF_OPCUA_STATIC_KEYS, sizeof *entries);
    char *packed = rf_arena_alloc(arena, bytes + 1);
    if (!entries || !packed)
        return false;
    uint32_t count = 0;
    size_t at = 0;
    for (size_t i = 0; i < RF_OPCUA_STATIC_KEYS; i++) {
        if (!texts[i].len) /* an empty text is no metadata */
            continue;
        memcpy(packed + at, texts[i].data, texts[i].len);
        entries[count++] = (rf_meta_entry){ keys[i], rf_string((rf_slice){ packed + at, texts[i].len }) };
        at += texts[i].len;
    }
    node->entries = entries;
    node->entry_count = count;
    node->texts = packed;
    node->text_bytes = at;
    return true;
}

static void add_text(rf_meta *meta, const rf_key *key, rf_slice text) {
    assert(meta->count < meta->cap);
    meta->entries[meta->count++] = (rf_meta_entry){ key, rf_string(text) };
}

/* Times the server left out stay out. False: out of memory. */
static bool add_stamps(rf_arena *arena, const rf_key *const *keys, const UA_DataValue *value, rf_meta *meta) {
    if (value->hasSourceTimestamp) {
        rf_slice text = rf_opcua_stamp_in(arena, value->sourceTimestamp, value->sourcePicoseconds);
        if (!text.data)
            return false;
        add_text(meta, keys[RF_OPCUA_SOURCE_TIMESTAMP], text);
    }
    if (value->hasServerTimestamp) {
        rf_slice text = rf_opcua_stamp_in(arena, value->serverTimestamp, value->serverPicoseconds);
        if (!text.data)
            return false;
        add_text(meta, keys[RF_OPCUA_SERVER_TIMESTAMP], text);
    }
    return true;
}

/* The batch may outlive the session, hence the copy of the node's texts: one memcpy, then the pointers are moved. */
bool rf_opcua_meta_set(rf_arena *arena, const rf_key *const *keys, const rf_opcua_node *node, const UA_DataValue *value,
                       rf_slice tag_type, rf_meta *ret_meta) {
    assert(arena && keys && node && value && ret_meta);
    uint32_t cap = RF_OPCUA_KEYS;
    char *texts = rf_arena_alloc(arena, node->text_bytes + 1);
    rf_meta_entry *entries = rf_arena_alloc(arena, cap * sizeof *entries);
    rf_slice status = rf_opcua_status_in(arena, value->hasStatus ? value->status : UA_STATUSCODE_GOOD);
    if (!texts || !entries || !status.data)
        return false;
    memcpy(texts, node->texts, node->text_bytes);
    memcpy(entries, node->entries, node->entry_count * sizeof *entries);
    for (uint32_t i = 0; i < node->entry_count; i++)
        entries[i].value.text = texts + (entries[i].value.text - node->texts);
    rf_meta meta = { .entries = entries, .count = node->entry_count, .cap = cap };
    add_text(&meta, keys[RF_OPCUA_TAG_TYPE], tag_type);
    add_text(&meta, keys[RF_OPCUA_STATUS_CODE], status);
    if (!add_stamps(arena, keys, value, &meta))
        return false;
    *ret_meta = meta;
    return true;
}
