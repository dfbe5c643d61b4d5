/* table.h: a hash table from bytes to pointers. */
#ifndef RF_BASE_TABLE_H
#define RF_BASE_TABLE_H

#include "riffle/base.h"

#include <stdbool.h>

/* Zeroed is empty. Keys are views: their bytes must outlive the entry. One thread at a time. */
typedef struct rf_table {
    struct rf_table_slot *slots;
    size_t count;
    size_t cap; /* a power of two, or 0 */
} rf_table;

void rf_table_done(rf_table *table);
void rf_table_clear(rf_table *table);
void *rf_table_get(const rf_table *table, rf_slice key);
/* False: out of memory. An existing key gets the new value (and key bytes). */
bool rf_table_put(rf_table *table, rf_slice key, void *value) RF_NODISCARD;
/* Removes; NULL when it was not there. */
void *rf_table_remove(rf_table *table, rf_slice key);
/* Iterates: start with *at = 0; false at the end. Changing the table ends the iteration. */
bool rf_table_next(const rf_table *table, size_t *at, rf_slice *ret_key, void **ret_value);

#endif
