/* cache.c: a bounded table of copied values, least recently used ones given up first. */
#include "script/cache.h"

#include "base/alloc.h"
#include "base/table.h"
#include "base/thread.h"

#include <assert.h>

/* One entry: its key and value live in its own arena. */
typedef struct entry {
    struct entry *newer, *older;
    rf_arena arena;
    rf_slice key;
    rf_value value;
} entry;

struct rf_script_cache {
    rf_mutex mutex;
    rf_table table;       /* key to entry */
    entry *newest, *oldest;
    size_t max_entries, max_bytes;
    rf_script_cache_counts counts;
};

#define ENTRY_BLOCK_BYTES 256u

rf_code rf_script_cache_new(size_t max_entries, size_t max_bytes, rf_script_cache **ret_cache, rf_error *reterr) {
    assert(max_entries > 0 && max_bytes > 0 && ret_cache);
    rf_script_cache *cache = rf_alloc_zero(1, sizeof *cache);
    if (!cache)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&cache->mutex);
    cache->max_entries = max_entries;
    cache->max_bytes = max_bytes;
    *ret_cache = cache;
    return RF_OK;
}

static void free_entry(entry *self) {
    if (!self)
        return;
    rf_arena_done(&self->arena);
    rf_free(self);
}

static size_t bytes_of(const entry *self) { return sizeof *self + self->arena.held_bytes; }

static void unlink_entry(rf_script_cache *cache, entry *self) {
    *(self->newer ? &self->newer->older : &cache->newest) = self->older;
    *(self->older ? &self->older->newer : &cache->oldest) = self->newer;
    self->newer = self->older = NULL;
}

static void link_newest(rf_script_cache *cache, entry *self) {
    self->older = cache->newest;
    self->newer = NULL;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = self;
    cache->newest = self;
}

static void drop(rf_script_cache *cache, entry *self) {
    (void)rf_table_remove(&cache->table, self->key);
    unlink_entry(cache, self);
    cache->counts.entries--;
    cache->counts.bytes -= bytes_of(self);
    free_entry(self);
}

void rf_script_cache_free(rf_script_cache *cache) {
    if (!cache)
        return;
    while (cache->newest)
        drop(cache, cache->newest);
    rf_table_done(&cache->table);
    rf_mutex_done(&cache->mutex);
    rf_free(cache);
}

static entry *new_entry(rf_slice key, const rf_value *value) {
    entry *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return NULL;
    rf_arena_init(&self->arena, ENTRY_BLOCK_BYTES);
    self->key = rf_slice_dup_in(&self->arena, key);
    if (self->key.data && rf_value_dup_in(&self->arena, value, &self->value))
        return self;
    free_entry(self);
    return NULL;
}

/* Room is made before the new entry goes in: it is never its own victim. */
static void make_room(rf_script_cache *cache, size_t bytes) {
    while (cache->oldest && (cache->counts.entries >= cache->max_entries || cache->counts.bytes > cache->max_bytes - bytes)) {
        drop(cache, cache->oldest);
        cache->counts.evicted++;
    }
}

static bool insert(rf_script_cache *cache, entry *self) {
    entry *old = rf_table_get(&cache->table, self->key);
    if (old)
        drop(cache, old);
    make_room(cache, bytes_of(self));
    if (!rf_table_put(&cache->table, self->key, self))
        return false;
    link_newest(cache, self);
    cache->counts.entries++;
    cache->counts.bytes += bytes_of(self);
    return true;
}

rf_code rf_script_cache_set(rf_script_cache *cache, rf_slice key, const rf_value *value, rf_error *reterr) {
    assert(cache && value);
    entry *self = new_entry(key, value);
    if (!self)
        return rf_raise_nomem(reterr);
    if (bytes_of(self) > cache->max_bytes) {
        rf_code code = rf_raise(reterr, RF_ELIMIT, "value of %zu bytes is larger than the whole cache of %zu", bytes_of(self),
                                cache->max_bytes);
        free_entry(self);
        return code;
    }
    rf_mutex_lock(&cache->mutex);
    bool ok = insert(cache, self);
    rf_mutex_unlock(&cache->mutex);
    if (ok)
        return RF_OK;
    free_entry(self);
    return rf_raise_nomem(reterr);
}

rf_code rf_script_cache_get(rf_script_cache *cache, rf_slice key, rf_arena *arena, rf_value *ret_value, rf_error *reterr) {
    assert(cache && arena && ret_value);
    bool copied = false;
    rf_mutex_lock(&cache->mutex);
    entry *found = rf_table_get(&cache->table, key);
    if (found) {
        unlink_entry(cache, found);
        link_newest(cache, found);
        copied = rf_value_dup_in(arena, &found->value, ret_value);
    }
    rf_mutex_unlock(&cache->mutex);
    if (!found)
        return rf_raise(reterr, RF_ENOTFOUND, "key \"%.*s\" not found", RF_SLICE_ARG(key));
    return copied ? RF_OK : rf_raise_nomem(reterr);
}

bool rf_script_cache_has(rf_script_cache *cache, rf_slice key) {
    assert(cache);
    rf_mutex_lock(&cache->mutex);
    bool there = rf_table_get(&cache->table, key) != NULL;
    rf_mutex_unlock(&cache->mutex);
    return there;
}

bool rf_script_cache_delete(rf_script_cache *cache, rf_slice key) {
    assert(cache);
    rf_mutex_lock(&cache->mutex);
    entry *found = rf_table_get(&cache->table, key);
    if (found)
        drop(cache, found);
    rf_mutex_unlock(&cache->mutex);
    return found != NULL;
}

void rf_script_cache_get_counts(rf_script_cache *cache, rf_script_cache_counts *ret_counts) {
    assert(cache && ret_counts);
    rf_mutex_lock(&cache->mutex);
    *ret_counts = cache->counts;
    rf_mutex_unlock(&cache->mutex);
}
