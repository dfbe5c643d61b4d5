/* table.c: open addressing with linear probing; removal shifts back, so there are no tombstones. */
#include "base/table.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>

/* `used` is apart from the key: an empty key and a NULL value are both fine. */
struct rf_table_slot {
    rf_slice key;
    void *value;
    uint32_t hash;
    bool used;
};

enum { FIRST_SLOTS = 16 };

void rf_table_done(rf_table *table) {
    if (!table)
        return;
    rf_free(table->slots);
    *table = (rf_table){ 0 };
}

void rf_table_clear(rf_table *table) {
    assert(table);
    if (table->slots)
        memset(table->slots, 0, table->cap * sizeof *table->slots);
    table->count = 0;
}

/* The slot that holds `key`, or the free one where it belongs. The table has a free slot. */
static struct rf_table_slot *find_slot(const rf_table *table, rf_slice key, uint32_t hash) {
    assert(table->count < table->cap);
    size_t mask = table->cap - 1;
    size_t at = hash & mask;
    while (table->slots[at].used && !(table->slots[at].hash == hash && rf_slice_eq(table->slots[at].key, key)))
        at = (at + 1) & mask;
    return &table->slots[at];
}

void *rf_table_get(const rf_table *table, rf_slice key) {
    assert(table);
    if (table->count == 0)
        return NULL;
    const struct rf_table_slot *slot = find_slot(table, key, rf_slice_hash(key));
    return slot->used ? slot->value : NULL;
}

static bool grow(rf_table *table) {
    rf_table grown = { .cap = FIRST_SLOTS, .count = table->count };
    if (table->cap && rf_mul_overflow(table->cap, 2, &grown.cap))
        return false;
    grown.slots = rf_alloc_zero(grown.cap, sizeof *grown.slots);
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < table->cap; i++)
        if (table->slots[i].used)
            *find_slot(&grown, table->slots[i].key, table->slots[i].hash) = table->slots[i];
    rf_free(table->slots);
    *table = grown;
    return true;
}

bool rf_table_put(rf_table *table, rf_slice key, void *value) {
    assert(table);
    /* At most three quarters full: probes stay short. */
    if (table->count >= table->cap - table->cap / 4 && !grow(table))
        return false;
    uint32_t hash = rf_slice_hash(key);
    struct rf_table_slot *slot = find_slot(table, key, hash);
    if (!slot->used)
        table->count++;
    *slot = (struct rf_table_slot){ .key = key, .value = value, .hash = hash, .used = true };
    return true;
}

/* Closes the gap at `hole`: entries behind it that were pushed past their place move up. */
static void close_gap(rf_table *table, size_t hole) {
    size_t mask = table->cap - 1;
    for (size_t at = (hole + 1) & mask; table->slots[at].used; at = (at + 1) & mask) {
        size_t home = table->slots[at].hash & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            table->slots[hole] = table->slots[at];
            hole = at;
        }
    }
    table->slots[hole] = (struct rf_table_slot){ 0 };
}

void *rf_table_remove(rf_table *table, rf_slice key) {
    assert(table);
    if (table->count == 0)
        return NULL;
    struct rf_table_slot *slot = find_slot(table, key, rf_slice_hash(key));
    if (!slot->used)
        return NULL;
    void *value = slot->value;
    close_gap(table, (size_t)(slot - table->slots));
    table->count--;
    return value;
}

bool rf_table_next(const rf_table *table, size_t *at, rf_slice *ret_key, void **ret_value) {
    assert(table && at);
    while (*at < table->cap && !table->slots[*at].used)
        ++*at;
    if (*at >= table->cap)
        return false;
    const struct rf_table_slot *slot = &table->slots[(*at)++];
    if (ret_key)
        *ret_key = slot->key;
    if (ret_value)
        *ret_value = slot->value;
    return true;
}
