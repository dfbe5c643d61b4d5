/* cache.c: caches and rate limits as components use them. */
#include "stream/cache.h"

#include "base/clock.h"
#include "base/slice.h"
#include "stream/config.h"

#include <assert.h>

#define WAIT_STEP_NS (50 * RF_NS_PER_MS) /* giving up is not announced to who waits for a rate limit */
#define KEY_SHOWN 100                    /* bytes of a key that a message repeats */

static const rf_cache_kind *kind_of(const rf_component *cache) {
    assert(cache && cache->class == RF_CLASS_CACHE);
    return cache->kind;
}

rf_code rf_cache_get(rf_component *cache, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr) {
    rf_code code = kind_of(cache)->get(cache->state, key, arena, ret_value, reterr);
    return code == RF_ENOTFOUND ? rf_raise(reterr, code, "key does not exist") : code;
}

rf_code rf_cache_set(rf_component *cache, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr) {
    return kind_of(cache)->set(cache->state, key, value, ttl_ns, reterr);
}

rf_code rf_cache_add(rf_component *cache, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr) {
    rf_code code = kind_of(cache)->add(cache->state, key, value, ttl_ns, reterr);
    if (code != RF_EREFUSED)
        return code;
    rf_slice shown = { key.data, key.len < KEY_SHOWN ? key.len : KEY_SHOWN };
    return rf_raise(reterr, code, "key already exists: %.*s", RF_SLICE_ARG(shown));
}

rf_code rf_cache_remove(rf_component *cache, rf_slice key, rf_error *reterr) {
    return kind_of(cache)->remove(cache->state, key, reterr);
}

rf_code rf_cache_exists(rf_component *cache, rf_slice key, bool *ret_exists, rf_error *reterr) {
    const rf_cache_kind *kind = kind_of(cache);
    if (kind->exists)
        return kind->exists(cache->state, key, ret_exists, reterr);
    rf_arena arena;
    rf_slice value;
    rf_arena_init(&arena, 1024);
    rf_code code = kind->get(cache->state, key, &arena, &value, reterr);
    rf_arena_done(&arena);
    if (code && code != RF_ENOTFOUND)
        return code;
    *ret_exists = code == RF_OK;
    return RF_OK;
}

rf_code rf_rate_limit_wait(rf_component *limit, const _Atomic bool *giving_up, rf_error *reterr) {
    if (!limit)
        return RF_OK;
    assert(limit->class == RF_CLASS_RATE_LIMIT);
    const rf_rate_limit_kind *kind = limit->kind;
    for (;;) {
        uint64_t wait_ns = 0;
        rf_code code = kind->access(limit->state, &wait_ns, reterr);
        if (code || wait_ns == 0)
            return code;
        for (uint64_t step; wait_ns > 0; wait_ns -= step) {
            if (giving_up && atomic_load(giving_up))
                return rf_raise(reterr, RF_EAGAIN, "gave up waiting for the rate limit");
            step = wait_ns < WAIT_STEP_NS ? wait_ns : WAIT_STEP_NS;
            rf_clock_sleep_ns(step);
        }
    }
}
