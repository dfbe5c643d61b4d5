/* kept.h: values in memory, for ever or for a time, as many as are allowed: what the caches memory, lru and ttlru are made of. */
#ifndef RF_COMPONENTS_CACHES_KEPT_H
#define RF_COMPONENTS_CACHES_KEPT_H

#include "base/table.h"
#include "base/thread.h"
#include "stream/cache.h"

/* Zeroed, with its bounds set, then rf_kept_open(). The first member of a cache's state: the functions below are its callbacks. */
typedef struct rf_kept {
    size_t cap;              /* entries at the most: a new one takes the place of the one not used for longest; 0: any number */
    uint64_t default_ttl_ns; /* 0: for ever */
    bool own_ttl;            /* a value may be set with a time of its own */
    uint64_t compaction_ns;  /* how often what has expired is taken out; 0: when it is met */
    /* private */
    bool ready;
    rf_mutex lock;           /* for what follows */
    rf_table table;          /* of entries, by their own key */
    struct rf_kept_entry *newest, *oldest;
    uint64_t compacted_ns;
} rf_kept;

/* `init_values` (may be NULL) are put in; `lasting`: for ever, whatever the default is. Errors: RF_ECONFIG, RF_ENOMEM. */
RF_NODISCARD rf_code rf_kept_open(rf_kept *kept, const rf_conf *init_values, bool lasting, rf_error *reterr);
/* rf_cache_kind's, `state` being an rf_kept. */
RF_NODISCARD rf_code rf_kept_set(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr);
RF_NODISCARD rf_code rf_kept_add(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr);
RF_NODISCARD rf_code rf_kept_get(void *state, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr);
RF_NODISCARD rf_code rf_kept_exists(void *state, rf_slice key, bool *ret_exists, rf_error *reterr);
RF_NODISCARD rf_code rf_kept_remove(void *state, rf_slice key, rf_error *reterr);
void rf_kept_close(void *state); /* one that was not opened is fine */

#endif
