/* key.c: the table of metadata keys: found without a lock, added under one. */
#include "message/key.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/thread.h"

#include <assert.h>
#include <stdatomic.h>

#define CAP_FIRST 256
#define PROBE_MAX 64 /* keys chosen to collide end up in arenas instead of making lookups slow */
#define ARENA_BLOCK_BYTES 4096

/* A slot goes from NULL to a key once and never back; a table that was outgrown stays readable until the end. */
typedef struct slot_table {
    struct slot_table *outgrown;
    uint32_t cap; /* a power of two */
    _Atomic(const rf_key *) slots[];
} slot_table;

struct rf_keys {
    _Atomic(slot_table *) table;
    rf_mutex lock; /* what follows, and every write to slots */
    rf_arena arena;
    uint32_t count;
};

static slot_table *new_table(uint32_t cap, slot_table *outgrown) {
    assert((cap & (cap - 1)) == 0);
    slot_table *table = rf_alloc_zero(1, sizeof *table + cap * sizeof table->slots[0]);
    if (table) {
        table->cap = cap;
        table->outgrown = outgrown;
    }
    return table;
}

rf_keys *rf_keys_new(void) {
    rf_keys *keys = rf_alloc_zero(1, sizeof *keys);
    slot_table *table = keys ? new_table(CAP_FIRST, NULL) : NULL;
    if (!table) {
        rf_free(keys);
        return NULL;
    }
    atomic_init(&keys->table, table);
    rf_mutex_init(&keys->lock);
    rf_arena_init(&keys->arena, ARENA_BLOCK_BYTES);
    return keys;
}

void rf_keys_free(rf_keys *keys) {
    if (!keys)
        return;
    slot_table *table = atomic_load_explicit(&keys->table, memory_order_relaxed);
    while (table) {
        slot_table *outgrown = table->outgrown;
        rf_free(table);
        table = outgrown;
    }
    rf_arena_done(&keys->arena);
    rf_mutex_done(&keys->lock);
    rf_free(keys);
}

static bool key_is(const rf_key *key, uint32_t hash, rf_slice text) {
    return key->hash == hash && rf_slice_eq(rf_key_text(key), text);
}

/* The key, or NULL; then *ret_free is the slot it would go to, or NULL when all near ones are taken. */
static const rf_key *probe(slot_table *table, uint32_t hash, rf_slice text, _Atomic(const rf_key *) **ret_free) {
    *ret_free = NULL;
    for (uint32_t i = 0; i < PROBE_MAX; i++) {
        _Atomic(const rf_key *) *slot = &table->slots[(hash + i) & (table->cap - 1)];
        const rf_key *key = atomic_load_explicit(slot, memory_order_acquire);
        if (!key) {
            *ret_free = slot;
            return NULL;
        }
        if (key_is(key, hash, text))
            return key;
    }
    return NULL;
}

static const rf_key *make_key(rf_arena *arena, uint32_t hash, rf_slice text, bool interned, uint64_t bit) {
    rf_key *key = rf_arena_alloc(arena, sizeof *key + text.len + 1);
    if (!key)
        return NULL;
    key->bit = bit;
    key->hash = hash;
    key->len = (uint32_t)text.len;
    key->interned = interned;
    if (text.len)
        memcpy(key->text, text.data, text.len);
    key->text[text.len] = '\0';
    return key;
}

/* False when a key finds no slot near its own: a key in use must stay findable, so that table cannot be used. */
static bool copy_slots(const slot_table *from, slot_table *to) {
    for (uint32_t i = 0; i < from->cap; i++) {
        const rf_key *key = atomic_load_explicit(&from->slots[i], memory_order_relaxed);
        _Atomic(const rf_key *) *slot = NULL;
        if (!key)
            continue;
        if (probe(to, key->hash, rf_key_text(key), &slot) || !slot)
            return false;
        atomic_store_explicit(slot, key, memory_order_relaxed);
    }
    return true;
}

/* Doubles the table; when that fails for want of memory or slots, the old one goes on. Holds the lock. */
static void grow(rf_keys *keys) {
    slot_table *old = atomic_load_explicit(&keys->table, memory_order_relaxed);
    slot_table *table = new_table(old->cap * 2, old);
    if (!table)
        return;
    if (copy_slots(old, table))
        atomic_store_explicit(&keys->table, table, memory_order_release);
    else
        rf_free(table);
}

/* Looks again, as another thread may have been faster; then adds. Holds the lock. */
static const rf_key *add(rf_keys *keys, uint32_t hash, rf_slice text, bool *ret_full) {
    *ret_full = keys->count >= RF_KEYS_MAX;
    slot_table *table = atomic_load_explicit(&keys->table, memory_order_relaxed);
    if (!*ret_full && keys->count >= table->cap / 2)
        grow(keys);
    table = atomic_load_explicit(&keys->table, memory_order_relaxed);
    _Atomic(const rf_key *) *slot;
    const rf_key *key = probe(table, hash, text, &slot);
    if (key)
        return key;
    *ret_full = *ret_full || !slot;
    key = *ret_full ? NULL : make_key(&keys->arena, hash, text, true, UINT64_C(1) << keys->count % 64);
    if (key) {
        keys->count++;
        atomic_store_explicit(slot, key, memory_order_release);
    }
    return key;
}

const rf_key *rf_keys_intern(rf_keys *keys, rf_arena *arena, rf_slice text) {
    assert(keys && arena);
    if (text.len > UINT32_MAX)
        return NULL;
    uint32_t hash = rf_slice_hash(text);
    _Atomic(const rf_key *) *slot;
    const rf_key *key = probe(atomic_load_explicit(&keys->table, memory_order_acquire), hash, text, &slot);
    if (key)
        return key;
    bool full;
    rf_mutex_lock(&keys->lock);
    key = add(keys, hash, text, &full);
    rf_mutex_unlock(&keys->lock);
    return key || !full ? key : make_key(arena, hash, text, false, UINT64_MAX);
}
