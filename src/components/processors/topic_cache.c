/* topic_cache.c: what rf_topic_build() said about the same four parts before. */
#include "components/processors/topic.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/table.h"

#include <assert.h>

typedef struct entry {
    rf_code code; /* RF_OK or RF_EPARSE */
    uint32_t key_len, text_len;
    char bytes[]; /* key, text */
} entry;

struct rf_topic_cache {
    rf_table table;
    size_t bytes;
    rf_buffer key;
};

rf_topic_cache *rf_topic_cache_new(void) {
    return rf_alloc_zero(1, sizeof(rf_topic_cache));
}

/* Forgets all at once when a bound is passed: with more topics than that, building again is the smaller cost. */
static void forget(rf_topic_cache *cache) {
    size_t at = 0;
    rf_slice key;
    void *value;
    while (rf_table_next(&cache->table, &at, &key, &value))
        rf_free(value);
    rf_table_clear(&cache->table);
    cache->bytes = 0;
}

void rf_topic_cache_free(rf_topic_cache *cache) {
    if (!cache)
        return;
    forget(cache);
    rf_table_done(&cache->table);
    rf_buffer_done(&cache->key);
    rf_free(cache);
}

size_t rf_topic_cache_count(const rf_topic_cache *cache) {
    assert(cache);
    return cache->table.count;
}

/* Each part with its length in front, so that no two lists of parts give the same key. */
static bool make_key(rf_buffer *key, const rf_topic_parts *parts) {
    const rf_slice list[] = { parts->location, parts->contract, parts->virtual_path, parts->name };
    rf_buffer_clear(key);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        uint32_t len = (uint32_t)list[i].len;
        rf_buffer_append(key, &len, sizeof len);
        rf_buffer_slice(key, list[i]);
    }
    return !key->failed;
}

static size_t entry_bytes(rf_slice key, rf_slice text) {
    return sizeof(entry) + key.len + text.len;
}

/* A topic that does not go in, for want of memory or because it is huge, is built again the next time: no error. */
static void remember(rf_topic_cache *cache, rf_slice key, rf_code code, rf_slice text) {
    size_t bytes = entry_bytes(key, text);
    if (bytes > RF_TOPIC_CACHE_BYTES / 64)
        return;
    if (cache->table.count >= RF_TOPIC_CACHE_ENTRIES || cache->bytes + bytes > RF_TOPIC_CACHE_BYTES)
        forget(cache);
    entry *made = rf_alloc(bytes);
    if (!made)
        return;
    *made = (entry){ .code = code, .key_len = (uint32_t)key.len, .text_len = (uint32_t)text.len };
    memcpy(made->bytes, key.data, key.len);
    memcpy(made->bytes + key.len, text.data, text.len);
    if (rf_table_put(&cache->table, (rf_slice){ made->bytes, key.len }, made))
        cache->bytes += bytes;
    else
        rf_free(made);
}

rf_code rf_topic_cache_get(rf_topic_cache *cache, rf_arena *arena, const rf_topic_parts *parts, rf_slice *ret_text) {
    assert(cache && arena && parts && ret_text);
    if (!make_key(&cache->key, parts))
        return RF_ENOMEM;
    rf_slice key = rf_buffer_view(&cache->key);
    const entry *known = rf_table_get(&cache->table, key);
    if (!known) {
        rf_code code = rf_topic_build(arena, parts, ret_text);
        if (code != RF_ENOMEM)
            remember(cache, key, code, *ret_text);
        return code;
    }
    rf_slice text = rf_slice_dup_in(arena, (rf_slice){ known->bytes + known->key_len, known->text_len });
    if (!text.data)
        return RF_ENOMEM;
    *ret_text = text;
    return known->code;
}
