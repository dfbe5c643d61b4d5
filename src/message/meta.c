/* meta.c: the metadata of a message. */
#include "message/message.h"

#include "message/json.h"

#include "base/slice.h"

#include <assert.h>

#define ROOM_MORE 8 /* entries a processor adds as a rule, so that a copy is made once */

void rf_meta_note_keys(rf_meta *meta) {
    assert(meta && meta->noted <= meta->count);
    for (; meta->noted < meta->count; meta->noted++)
        meta->bits |= meta->entries[meta->noted].key->bit;
}

/* Among keys that were made in arenas, when the table was full: these compare by text. */
static rf_value *get_by_text(const rf_meta *meta, const rf_key *key) {
    for (uint32_t i = rf_meta_search_from(meta, key); i < meta->count; i++)
        if (rf_key_eq(meta->entries[i].key, key))
            return &meta->entries[i].value;
    return NULL;
}

/* Nearly every key is found by its address, without looking into any. */
rf_value *rf_meta_get(const rf_meta *meta, const rf_key *key) {
    assert(meta && key);
    for (uint32_t i = rf_meta_search_from(meta, key); i < meta->count; i++)
        if (meta->entries[i].key == key)
            return &meta->entries[i].value;
    return get_by_text(meta, key);
}

rf_value *rf_meta_find(const rf_meta *meta, rf_slice key) {
    assert(meta);
    for (uint32_t i = 0; i < meta->count; i++)
        if (rf_slice_eq(rf_key_text(meta->entries[i].key), key))
            return &meta->entries[i].value;
    return NULL;
}

bool rf_meta_reserve(rf_arena *arena, rf_meta *meta, uint32_t cap) {
    assert(arena && meta->count <= meta->cap);
    if (!meta->frozen && cap <= meta->cap)
        return true;
    if (cap < meta->count)
        cap = meta->count;
    rf_meta_entry *entries = rf_arena_alloc(arena, cap * sizeof *entries);
    if (!entries)
        return false;
    if (meta->count)
        memcpy(entries, meta->entries, meta->count * sizeof *entries);
    meta->entries = entries;
    meta->cap = cap;
    meta->frozen = false;
    return true;
}

/* Makes the entries our own, with room for one more. */
static bool unshare(rf_arena *arena, rf_meta *meta) {
    if (!meta->frozen && meta->count < meta->cap)
        return true;
    return rf_meta_reserve(arena, meta, meta->count + meta->count / 2 + ROOM_MORE);
}

static bool is_lazy(const rf_value *value) { return value->kind == RF_LAZY_INITIAL || value->kind == RF_LAZY_KEYS; }

bool rf_meta_set(rf_arena *arena, rf_meta *meta, const rf_key *key, rf_value value) {
    assert(arena && meta && key && value.kind != RF_RAW);
    if (value.kind == RF_STRING && value.size == 0)
        return rf_meta_delete(arena, meta, key);
    rf_value *old = rf_meta_get(meta, key);
    ptrdiff_t at = old ? (rf_meta_entry *)((char *)old - offsetof(rf_meta_entry, value)) - meta->entries : -1;
    if ((!old || meta->frozen) && !unshare(arena, meta))
        return false;
    if (value.kind != RF_STRING && !is_lazy(&value)) {
        meta->typed = true;
        meta->settled = false;
    }
    if (old)
        meta->entries[at].value = value;
    else
        rf_meta_add(meta, key)->value = value;
    return true;
}

bool rf_meta_delete(rf_arena *arena, rf_meta *meta, const rf_key *key) {
    assert(arena && meta && key);
    rf_value *old = rf_meta_get(meta, key);
    if (!old)
        return true;
    size_t at = (size_t)((rf_meta_entry *)((char *)old - offsetof(rf_meta_entry, value)) - meta->entries);
    if (meta->frozen && !unshare(arena, meta))
        return false;
    meta->count--;
    meta->noted -= at < meta->noted;
    memmove(&meta->entries[at], &meta->entries[at + 1], (meta->count - at) * sizeof *meta->entries);
    return true;
}

bool rf_meta_resolve_all(rf_arena *arena, rf_meta *meta) {
    assert(arena && meta);
    for (uint32_t i = 0; i < meta->count; i++)
        if (is_lazy(&meta->entries[i].value) && !rf_meta_resolve(arena, &meta->entries[i].value))
            return false;
    return true;
}

void rf_meta_keep_settled(rf_meta *meta) {
    uint32_t kept = 0;
    assert(meta && !meta->frozen);
    for (uint32_t i = 0; i < meta->count; i++)
        if (rf_value_is_settled(&meta->entries[i].value))
            meta->entries[kept++] = meta->entries[i];
    meta->noted = 0; /* some may have moved */
    meta->count = kept;
    meta->typed = false;
    meta->settled = true;
}

/* What the values are, in one walk: a snapshot and whoever comes after it ask for that. */
static void look_over(rf_meta *meta, bool *ret_strings, bool *ret_lazy) {
    bool strings = false, lazy = false, settled = true;
    for (uint32_t i = 0; i < meta->count; i++) {
        const rf_value *value = &meta->entries[i].value;
        strings |= value->kind == RF_STRING;
        lazy |= is_lazy(value);
        settled &= rf_value_is_settled(value);
    }
    meta->settled = settled;
    *ret_strings = strings;
    *ret_lazy = lazy;
}

bool rf_meta_snapshot(rf_arena *arena, rf_meta *meta, const rf_key *initial_key, const rf_key *keys_key) {
    bool strings, lazy;
    assert(arena && meta && initial_key && keys_key);
    look_over(meta, &strings, &lazy);
    rf_meta_note_keys(meta);
    /* Entries that are lazy themselves count as the strings they stand for. */
    if ((lazy && !rf_meta_resolve_all(arena, meta)) || !rf_meta_reserve(arena, meta, meta->count + 2))
        return false;
    rf_meta *snapshot = rf_arena_alloc(arena, sizeof *snapshot);
    if (!snapshot)
        return false;
    *snapshot = *meta;
    snapshot->frozen = true;
    rf_value *has_initial = rf_meta_get(meta, initial_key), *has_keys = rf_meta_get(meta, keys_key);
    rf_value initial = { .kind = RF_LAZY_INITIAL, .snapshot = snapshot };
    rf_value keys = { .kind = RF_LAZY_KEYS, .snapshot = snapshot };
    /* New entries go behind the snapshot's in the same array; changing one of its own copies the array first. */
    meta->frozen = has_initial || has_keys;
    if (!rf_meta_set(arena, meta, initial_key, initial) || ((strings || lazy) && !rf_meta_set(arena, meta, keys_key, keys)))
        return false;
    meta->frozen = true;
    return true;
}
