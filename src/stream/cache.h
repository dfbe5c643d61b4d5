/* cache.h: what caches and rate limits implement, and how components use them: `cache_resources`, `rate_limit_resources`. */
#ifndef RF_STREAM_CACHE_H
#define RF_STREAM_CACHE_H

#include "stream/component.h"

/*
 * As all kinds (component.h): `open` checks and makes what needs no connection, `close` frees. A cache file touches the
 * disk in its operations, not in `open`. Operations: any thread, several at a time: a kind locks what it shares.
 * Keys and values are any bytes; both are copied by the callee. Errors that may pass (a full disk) are flagged retriable.
 */
typedef struct rf_cache_kind {
    const char *name;
    const char *summary;  /* one sentence */
    const char *detail;   /* further paragraphs of the manual, or NULL */
    const char *example;  /* a whole config that runs */
    const rf_field *fields;
    size_t state_size;
    rf_code (*open)(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr);
    /* The value, copied into the arena. RF_ENOTFOUND: there is none. */
    rf_code (*get)(void *state, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr);
    /* `ttl_ns` 0: the cache's own. */
    rf_code (*set)(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr);
    /* As set, but RF_EREFUSED when the key is there: of several threads one succeeds. */
    rf_code (*add)(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr);
    /* Fine when there is none. */
    rf_code (*remove)(void *state, rf_slice key, rf_error *reterr);
    /* NULL: as get. */
    rf_code (*exists)(void *state, rf_slice key, bool *ret_exists, rf_error *reterr);
    void (*close)(void *state);
} rf_cache_kind;

typedef struct rf_rate_limit_kind {
    const char *name;
    const char *summary;
    const char *detail;
    const char *example;
    const rf_field *fields;
    size_t state_size;
    rf_code (*open)(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr);
    /* Takes a turn now (*ret_wait_ns 0), or says how long to wait before asking again. Does not block. Any thread. */
    rf_code (*access)(void *state, uint64_t *ret_wait_ns, rf_error *reterr);
    void (*close)(void *state);
} rf_rate_limit_kind;

/* The tables: sorted by name, NULL at the end. (src/components/table.c) */
extern const rf_cache_kind *const rf_cache_kinds[];
extern const rf_rate_limit_kind *const rf_rate_limit_kinds[];

/* What components call, with the component of a RF_FIELD_CACHE_LABEL. Errors: RF_ENOTFOUND `key does not exist`, RF_EREFUSED
 * `key already exists: KEY`, and the cache's own. Any thread. */
RF_NODISCARD rf_code rf_cache_get(rf_component *cache, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr);
RF_NODISCARD rf_code rf_cache_set(rf_component *cache, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr);
RF_NODISCARD rf_code rf_cache_add(rf_component *cache, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr);
RF_NODISCARD rf_code rf_cache_remove(rf_component *cache, rf_slice key, rf_error *reterr);
RF_NODISCARD rf_code rf_cache_exists(rf_component *cache, rf_slice key, bool *ret_exists, rf_error *reterr);

/* Waits until there is a turn, or `giving_up` (may be NULL) becomes true: RF_EAGAIN. With a RF_FIELD_RATE_LIMIT_LABEL; NULL
 * component: no limit. Any thread. Blocks. */
RF_NODISCARD rf_code rf_rate_limit_wait(rf_component *limit, const _Atomic bool *giving_up, rf_error *reterr);

#endif
