/* memory: a cache in this process's memory, whose entries age. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/table.h"
#include "base/thread.h"
#include "components/caches/init_values.h"
#include "stream/cache.h"

#include <assert.h>

/* One block: the key and the value follow. */
typedef struct entry {
    uint64_t expires_ns; /* 0: never */
    size_t key_bytes, value_bytes;
    char bytes[];
} entry;

typedef struct memory_cache {
    uint64_t default_ttl_ns, compaction_ns;
    const rf_conf *init_values;
    int64_t shards;

    bool ready;
    rf_mutex lock;
    rf_table table;       /* of entries, by their own key */
    uint64_t compacted_ns;
} memory_cache;

static const rf_field memory_fields[] = {
    { "default_ttl", RF_FIELD_DURATION, offsetof(memory_cache, default_ttl_ns), "5m", 0, "How long an entry lives that is set without a time of its own; `0s`: for ever.", NULL, NULL, 0, 0, 0 },
    { "compaction_interval", RF_FIELD_DURATION, offsetof(memory_cache, compaction_ns), "60s", 0, "How often what has expired is taken out; empty: never, it is only no longer seen.", NULL, NULL, 0, 0, 0 },
    RF_INIT_VALUES_FIELD(memory_cache),
    { "shards", RF_FIELD_INT, offsetof(memory_cache, shards), "1", RF_FIELD_ADVANCED, "Accepted for compatibility.", NULL, NULL, 0, 1, 1024 },
    { 0 },
};

static rf_slice key_of(const entry *e) { return (rf_slice){ e->bytes, e->key_bytes }; }
static rf_slice value_of(const entry *e) { return (rf_slice){ e->bytes + e->key_bytes, e->value_bytes }; }

static entry *entry_new(rf_slice key, rf_slice value, uint64_t expires_ns) {
    size_t bytes;
    if (rf_add_overflow(sizeof(entry), key.len, &bytes) || rf_add_overflow(bytes, value.len, &bytes))
        return NULL;
    entry *made = rf_alloc(bytes);
    if (!made)
        return NULL;
    *made = (entry){ expires_ns, key.len, value.len };
    if (key.len)
        memcpy(made->bytes, key.data, key.len);
    if (value.len)
        memcpy(made->bytes + key.len, value.data, value.len);
    return made;
}

/* ---- Under the lock ---- */

static entry *find(const memory_cache *self, rf_slice key, uint64_t now) {
    entry *found = rf_table_get(&self->table, key);
    return found && (found->expires_ns == 0 || found->expires_ns > now) ? found : NULL;
}

/* The first that has expired, from *at on. Removing ends an iteration, so it begins anew after each. */
static bool remove_expired(memory_cache *self, uint64_t now) {
    size_t at = 0;
    rf_slice key;
    void *value;
    while (rf_table_next(&self->table, &at, &key, &value)) {
        entry *e = value;
        if (e->expires_ns == 0 || e->expires_ns > now)
            continue;
        (void)rf_table_remove(&self->table, key);
        rf_free(e);
        return true;
    }
    return false;
}

/* Every entry once into a new table: one pass, however many have expired. Without the memory for it, one by one. */
static void compact(memory_cache *self, uint64_t now) {
    rf_table kept = { 0 };
    size_t at = 0;
    rf_slice key;
    void *value;
    bool fits = true;
    if (self->compaction_ns == 0 || now - self->compacted_ns < self->compaction_ns)
        return;
    self->compacted_ns = now;
    while (fits && rf_table_next(&self->table, &at, &key, &value))
        if (((entry *)value)->expires_ns == 0 || ((entry *)value)->expires_ns > now)
            fits = rf_table_put(&kept, key, value);
    if (!fits) {
        rf_table_done(&kept);
        (void)remove_expired(self, now);
        return;
    }
    at = 0;
    while (rf_table_next(&self->table, &at, &key, &value))
        if (((entry *)value)->expires_ns != 0 && ((entry *)value)->expires_ns <= now)
            rf_free(value);
    rf_table_done(&self->table);
    self->table = kept;
}

static bool put(memory_cache *self, entry *made) {
    entry *old = rf_table_get(&self->table, key_of(made));
    if (!rf_table_put(&self->table, key_of(made), made))
        return false;
    rf_free(old);
    return true;
}

/* ---- Operations ---- */

static rf_code store(memory_cache *self, rf_slice key, rf_slice value, uint64_t ttl_ns, bool only_new, rf_error *reterr) {
    uint64_t now = rf_clock_mono_ns(), lives_ns = ttl_ns ? ttl_ns : self->default_ttl_ns;
    entry *made = entry_new(key, value, lives_ns && lives_ns < UINT64_MAX - now ? now + lives_ns : 0);
    if (!made)
        return rf_raise_nomem(reterr);
    rf_mutex_lock(&self->lock);
    compact(self, now);
    bool taken = only_new && find(self, key, now), stored = !taken && put(self, made);
    rf_mutex_unlock(&self->lock);
    if (stored)
        return RF_OK;
    rf_free(made);
    return taken ? rf_raise(reterr, RF_EREFUSED, "key already exists") : rf_raise_nomem(reterr);
}

static rf_code memory_set(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr) {
    return store(state, key, value, ttl_ns, false, reterr);
}

static rf_code memory_add(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr) {
    return store(state, key, value, ttl_ns, true, reterr);
}

static rf_code memory_get(void *state, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr) {
    memory_cache *self = state;
    rf_slice copy = { 0 };
    rf_mutex_lock(&self->lock);
    const entry *found = find(self, key, rf_clock_mono_ns());
    if (found)
        copy = rf_slice_dup_in(arena, value_of(found));
    rf_mutex_unlock(&self->lock);
    if (!found)
        return rf_raise(reterr, RF_ENOTFOUND, "key does not exist");
    if (!copy.data)
        return rf_raise_nomem(reterr);
    *ret_value = copy;
    return RF_OK;
}

static rf_code memory_exists(void *state, rf_slice key, bool *ret_exists, rf_error *reterr) {
    memory_cache *self = state;
    (void)reterr;
    rf_mutex_lock(&self->lock);
    *ret_exists = find(self, key, rf_clock_mono_ns()) != NULL;
    rf_mutex_unlock(&self->lock);
    return RF_OK;
}

static rf_code memory_remove(void *state, rf_slice key, rf_error *reterr) {
    memory_cache *self = state;
    (void)reterr;
    rf_mutex_lock(&self->lock);
    rf_free(rf_table_remove(&self->table, key));
    rf_mutex_unlock(&self->lock);
    return RF_OK;
}

/* ---- Life ---- */

static rf_code put_first(void *state, rf_slice key, rf_slice value, rf_error *reterr) {
    entry *made = entry_new(key, value, 0);
    if (made && put(state, made))
        return RF_OK;
    rf_free(made);
    return rf_raise_nomem(reterr);
}

static rf_code memory_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    memory_cache *self = state;
    (void)conf, (void)env;
    rf_mutex_init(&self->lock);
    self->ready = true;
    self->compacted_ns = rf_clock_mono_ns();
    return rf_init_values(self->init_values, put_first, self, reterr);
}

static void memory_close(void *state) {
    memory_cache *self = state;
    size_t at = 0;
    rf_slice key;
    void *value;
    if (!self->ready)
        return;
    while (rf_table_next(&self->table, &at, &key, &value))
        rf_free(value);
    rf_table_done(&self->table);
    rf_mutex_done(&self->lock);
}

const rf_cache_kind rf_memory_cache_kind = {
    .name = "memory",
    .summary = "Keeps values in this process's memory, for a time.",
    .detail = "What is there from the start never expires. It is empty again after a restart.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: seen\n"
               "    memory:\n"
               "      default_ttl: 1h\n"
               "      init_values: {first: \"1\"}\n",
    .fields = memory_fields,
    .state_size = sizeof(memory_cache),
    .open = memory_open,
    .get = memory_get,
    .set = memory_set,
    .add = memory_add,
    .remove = memory_remove,
    .exists = memory_exists,
    .close = memory_close,
};
