/* lru, ttlru: caches in memory that hold so many entries, and lose the one that was not used for longest. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/table.h"
#include "base/thread.h"
#include "components/caches/init_values.h"
#include "stream/cache.h"

#include <assert.h>

/* One block: the key and the value follow. In a ring around `ends`, the last used behind it. */
typedef struct entry {
    struct entry *newer, *older;
    uint64_t expires_ns; /* 0: never */
    size_t key_bytes, value_bytes;
    char bytes[];
} entry;

typedef struct lru_cache {
    int64_t cap;
    int algorithm;
    uint64_t default_ttl_ns; /* 0: for ever */
    const rf_conf *init_values;

    bool ready;
    rf_mutex lock;
    rf_table table; /* of entries, by their own key */
    entry *newest, *oldest;
} lru_cache;

static const char *const algorithms[] = { "standard", "arc", "two_queues", NULL };

static const rf_field lru_fields[] = {
    { "cap", RF_FIELD_INT, offsetof(lru_cache, cap), "1000", 0, "How many entries it holds.", NULL, NULL, 0, 1, 100000000 },
    RF_INIT_VALUES_FIELD(lru_cache),
    { "algorithm", RF_FIELD_ENUM, offsetof(lru_cache, algorithm), "standard", RF_FIELD_ADVANCED,
      "Accepted for compatibility: all of them lose the entry that was not used for longest.", algorithms, NULL, 0, 0, 0 },
    { 0 },
};

static const rf_field ttlru_fields[] = {
    { "cap", RF_FIELD_INT, offsetof(lru_cache, cap), "1024", 0, "How many entries it holds.", NULL, NULL, 0, 1, 100000000 },
    { "default_ttl", RF_FIELD_DURATION, offsetof(lru_cache, default_ttl_ns), "5m", 0, "How long an entry lives after it was set.", NULL, NULL, 0, 0, 0 },
    RF_INIT_VALUES_FIELD(lru_cache),
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
    *made = (entry){ .expires_ns = expires_ns, .key_bytes = key.len, .value_bytes = value.len };
    if (key.len)
        memcpy(made->bytes, key.data, key.len);
    if (value.len)
        memcpy(made->bytes + key.len, value.data, value.len);
    return made;
}

/* ---- Under the lock ---- */

static void unlink_entry(lru_cache *self, entry *e) {
    *(e->newer ? &e->newer->older : &self->newest) = e->older;
    *(e->older ? &e->older->newer : &self->oldest) = e->newer;
    e->newer = e->older = NULL;
}

static void link_newest(lru_cache *self, entry *e) {
    e->older = self->newest;
    e->newer = NULL;
    *(self->newest ? &self->newest->newer : &self->oldest) = e;
    self->newest = e;
}

static void drop(lru_cache *self, entry *e) {
    if (!e)
        return;
    (void)rf_table_remove(&self->table, key_of(e));
    unlink_entry(self, e);
    rf_free(e);
}

/* What is there and has not expired; it is then the one used last. */
static entry *use(lru_cache *self, rf_slice key) {
    entry *found = rf_table_get(&self->table, key);
    if (found && found->expires_ns && found->expires_ns <= rf_clock_mono_ns()) {
        drop(self, found);
        return NULL;
    }
    if (found) {
        unlink_entry(self, found);
        link_newest(self, found);
    }
    return found;
}

static bool put(lru_cache *self, entry *made) {
    entry *old = rf_table_get(&self->table, key_of(made));
    if (!rf_table_put(&self->table, key_of(made), made))
        return false;
    if (old) {
        unlink_entry(self, old);
        rf_free(old);
    }
    link_newest(self, made);
    if (self->table.count > (size_t)self->cap)
        drop(self, self->oldest);
    return true;
}

/* ---- Operations ---- */

static rf_code store(lru_cache *self, rf_slice key, rf_slice value, uint64_t ttl_ns, bool only_new, rf_error *reterr) {
    uint64_t now = rf_clock_mono_ns(), lives_ns = self->default_ttl_ns && ttl_ns ? ttl_ns : self->default_ttl_ns;
    entry *made = entry_new(key, value, lives_ns && lives_ns < UINT64_MAX - now ? now + lives_ns : 0);
    if (!made)
        return rf_raise_nomem(reterr);
    rf_mutex_lock(&self->lock);
    bool taken = only_new && use(self, key), stored = !taken && put(self, made);
    rf_mutex_unlock(&self->lock);
    if (stored)
        return RF_OK;
    rf_free(made);
    return taken ? rf_raise(reterr, RF_EREFUSED, "key already exists") : rf_raise_nomem(reterr);
}

static rf_code lru_set(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr) {
    return store(state, key, value, ttl_ns, false, reterr);
}

static rf_code lru_add(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr) {
    return store(state, key, value, ttl_ns, true, reterr);
}

static rf_code lru_get(void *state, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr) {
    lru_cache *self = state;
    rf_slice copy = { 0 };
    rf_mutex_lock(&self->lock);
    const entry *found = use(self, key);
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

static rf_code lru_exists(void *state, rf_slice key, bool *ret_exists, rf_error *reterr) {
    lru_cache *self = state;
    (void)reterr;
    rf_mutex_lock(&self->lock);
    *ret_exists = use(self, key) != NULL;
    rf_mutex_unlock(&self->lock);
    return RF_OK;
}

static rf_code lru_remove(void *state, rf_slice key, rf_error *reterr) {
    lru_cache *self = state;
    (void)reterr;
    rf_mutex_lock(&self->lock);
    drop(self, rf_table_get(&self->table, key));
    rf_mutex_unlock(&self->lock);
    return RF_OK;
}

/* ---- Life ---- */

static rf_code put_first(void *state, rf_slice key, rf_slice value, rf_error *reterr) {
    return lru_set(state, key, value, 0, reterr);
}

static rf_code lru_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    lru_cache *self = state;
    (void)conf, (void)env;
    if (self->cap < 1) /* it has its finding already */
        return RF_ECONFIG;
    rf_mutex_init(&self->lock);
    self->ready = true;
    return rf_init_values(self->init_values, put_first, self, reterr);
}

static void lru_close(void *state) {
    lru_cache *self = state;
    if (!self->ready)
        return;
    while (self->oldest)
        drop(self, self->oldest);
    rf_table_done(&self->table);
    rf_mutex_done(&self->lock);
}

const rf_cache_kind rf_lru_cache_kind = {
    .name = "lru",
    .summary = "Keeps so many values in this process's memory; a new one takes the place of the one not used for longest.",
    .detail = "Entries have no end of their own: a `ttl` is not kept. It is empty again after a restart.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter() % 3, interval: 100ms, count: 10}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - dedupe:\n"
               "        cache: seen\n"
               "        key: ${! content() }\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: seen\n"
               "    lru: {cap: 1000}\n",
    .fields = lru_fields,
    .state_size = sizeof(lru_cache),
    .open = lru_open,
    .get = lru_get,
    .set = lru_set,
    .add = lru_add,
    .remove = lru_remove,
    .exists = lru_exists,
    .close = lru_close,
};

const rf_cache_kind rf_ttlru_cache_kind = {
    .name = "ttlru",
    .summary = "Keeps so many values in this process's memory, each for a time; a new one takes the place of the one not used for longest.",
    .detail = "It is empty again after a restart.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter() % 3, interval: 100ms, count: 10}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - dedupe:\n"
               "        cache: seen\n"
               "        key: ${! content() }\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: seen\n"
               "    ttlru: {cap: 1000, default_ttl: 10s}\n",
    .fields = ttlru_fields,
    .state_size = sizeof(lru_cache),
    .open = lru_open,
    .get = lru_get,
    .set = lru_set,
    .add = lru_add,
    .remove = lru_remove,
    .exists = lru_exists,
    .close = lru_close,
};
