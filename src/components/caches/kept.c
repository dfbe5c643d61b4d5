/* kept.c: a table of entries, and a ring of them in the order in which they were used. */
#include "components/caches/kept.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "components/caches/init_values.h"

#include <assert.h>
#include <string.h>

#define LASTING UINT64_MAX /* as a time to live */

/* One block: the key and the value follow. */
typedef struct rf_kept_entry {
    struct rf_kept_entry *newer, *older;
    uint64_t expires_ns; /* 0: never */
    size_t key_bytes, value_bytes;
    char bytes[];
} entry;

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

static bool has_expired(const entry *e, uint64_t now) { return e->expires_ns && e->expires_ns <= now; }

/* ---- Under the lock ---- */

static void unlink_entry(rf_kept *kept, entry *e) {
    *(e->newer ? &e->newer->older : &kept->newest) = e->older;
    *(e->older ? &e->older->newer : &kept->oldest) = e->newer;
    e->newer = e->older = NULL;
}

static void link_newest(rf_kept *kept, entry *e) {
    e->older = kept->newest;
    e->newer = NULL;
    *(kept->newest ? &kept->newest->newer : &kept->oldest) = e;
    kept->newest = e;
}

static void drop(rf_kept *kept, entry *e) {
    if (!e)
        return;
    (void)rf_table_remove(&kept->table, key_of(e));
    unlink_entry(kept, e);
    rf_free(e);
}

/* What is there and has not expired; it is then the one used last. */
static entry *use(rf_kept *kept, rf_slice key, uint64_t now) {
    entry *found = rf_table_get(&kept->table, key);
    if (found && has_expired(found, now)) {
        drop(kept, found);
        return NULL;
    }
    if (found) {
        unlink_entry(kept, found);
        link_newest(kept, found);
    }
    return found;
}

static bool put(rf_kept *kept, entry *made) {
    entry *old = rf_table_get(&kept->table, key_of(made));
    if (!rf_table_put(&kept->table, key_of(made), made))
        return false;
    if (old) {
        unlink_entry(kept, old);
        rf_free(old);
    }
    link_newest(kept, made);
    if (kept->cap && kept->table.count > kept->cap)
        drop(kept, kept->oldest);
    return true;
}

static void compact(rf_kept *kept, uint64_t now) {
    if (kept->compaction_ns == 0 || now - kept->compacted_ns < kept->compaction_ns)
        return;
    kept->compacted_ns = now;
    for (entry *e = kept->oldest, *next; e; e = next) {
        next = e->newer;
        if (has_expired(e, now))
            drop(kept, e);
    }
}

/* ---- Operations ---- */

static uint64_t end_of(const rf_kept *kept, uint64_t now, uint64_t ttl_ns) {
    uint64_t lives_ns = ttl_ns && (kept->own_ttl || ttl_ns == LASTING) ? ttl_ns : kept->default_ttl_ns;
    return lives_ns && lives_ns < UINT64_MAX - now ? now + lives_ns : 0;
}

static rf_code store(rf_kept *kept, rf_slice key, rf_slice value, uint64_t ttl_ns, bool only_new, rf_error *reterr) {
    uint64_t now = rf_clock_mono_ns();
    entry *made = entry_new(key, value, end_of(kept, now, ttl_ns));
    if (!made)
        return rf_raise_nomem(reterr);
    rf_mutex_lock(&kept->lock);
    compact(kept, now);
    bool taken = only_new && use(kept, key, now), stored = !taken && put(kept, made);
    rf_mutex_unlock(&kept->lock);
    if (stored)
        return RF_OK;
    rf_free(made);
    return taken ? rf_raise(reterr, RF_EREFUSED, "key already exists") : rf_raise_nomem(reterr);
}

rf_code rf_kept_set(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr) {
    return store(state, key, value, ttl_ns, false, reterr);
}

rf_code rf_kept_add(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr) {
    return store(state, key, value, ttl_ns, true, reterr);
}

rf_code rf_kept_get(void *state, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr) {
    rf_kept *kept = state;
    rf_slice copy = { 0 };
    rf_mutex_lock(&kept->lock);
    const entry *found = use(kept, key, rf_clock_mono_ns());
    if (found)
        copy = rf_slice_dup_in(arena, value_of(found));
    rf_mutex_unlock(&kept->lock);
    if (!found)
        return rf_raise(reterr, RF_ENOTFOUND, "key does not exist");
    if (!copy.data)
        return rf_raise_nomem(reterr);
    *ret_value = copy;
    return RF_OK;
}

rf_code rf_kept_exists(void *state, rf_slice key, bool *ret_exists, rf_error *reterr) {
    rf_kept *kept = state;
    (void)reterr;
    rf_mutex_lock(&kept->lock);
    *ret_exists = use(kept, key, rf_clock_mono_ns()) != NULL;
    rf_mutex_unlock(&kept->lock);
    return RF_OK;
}

rf_code rf_kept_remove(void *state, rf_slice key, rf_error *reterr) {
    rf_kept *kept = state;
    (void)reterr;
    rf_mutex_lock(&kept->lock);
    drop(kept, rf_table_get(&kept->table, key));
    rf_mutex_unlock(&kept->lock);
    return RF_OK;
}

/* ---- Life ---- */

static rf_code put_first(void *state, rf_slice key, rf_slice value, rf_error *reterr) { return rf_kept_set(state, key, value, 0, reterr); }
static rf_code put_lasting(void *state, rf_slice key, rf_slice value, rf_error *reterr) {
    return rf_kept_set(state, key, value, LASTING, reterr);
}

rf_code rf_kept_open(rf_kept *kept, const rf_conf *init_values, bool lasting, rf_error *reterr) {
    assert(kept && !kept->ready);
    rf_mutex_init(&kept->lock);
    kept->ready = true;
    kept->compacted_ns = rf_clock_mono_ns();
    return rf_init_values(init_values, lasting ? put_lasting : put_first, kept, reterr);
}

void rf_kept_close(void *state) {
    rf_kept *kept = state;
    if (!kept->ready)
        return;
    while (kept->oldest)
        drop(kept, kept->oldest);
    rf_table_done(&kept->table);
    rf_mutex_done(&kept->lock);
    kept->ready = false;
}
