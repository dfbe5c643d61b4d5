/* cache.h: the `cache` of a processor's scripts: bounded, shared by its VMs, copy in and copy out. */
#ifndef RF_SCRIPT_CACHE_H
#define RF_SCRIPT_CACHE_H

#include "message/value.h"
#include "riffle/error.h"

typedef struct rf_script_cache rf_script_cache; /* any thread; one lock */

/* Least recently used entries go when either bound is passed. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_script_cache_new(size_t max_entries, size_t max_bytes, rf_script_cache **ret_cache, rf_error *reterr);
void rf_script_cache_free(rf_script_cache *cache);
/* Copies the value in. Errors: RF_ELIMIT it alone is larger than the bound; RF_ENOMEM. */
RF_NODISCARD rf_code rf_script_cache_set(rf_script_cache *cache, rf_slice key, const rf_value *value, rf_error *reterr);
/* Copies it out into `arena`. Errors: RF_ENOTFOUND, RF_ENOMEM. */
RF_NODISCARD rf_code rf_script_cache_get(rf_script_cache *cache, rf_slice key, rf_arena *arena, rf_value *ret_value, rf_error *reterr);
bool rf_script_cache_has(rf_script_cache *cache, rf_slice key);
/* False when it was not there. */
bool rf_script_cache_delete(rf_script_cache *cache, rf_slice key);

typedef struct rf_script_cache_counts { size_t entries, bytes; uint64_t evicted; } rf_script_cache_counts;
void rf_script_cache_get_counts(rf_script_cache *cache, rf_script_cache_counts *ret_counts);

#endif
