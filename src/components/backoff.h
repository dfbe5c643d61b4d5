/* backoff.h: the block of fields `backoff` of components that try again, and its waits. */
#ifndef RF_COMPONENTS_BACKOFF_H
#define RF_COMPONENTS_BACKOFF_H

#include "base/clock.h"
#include "stream/component.h"

typedef struct rf_retry_backoff { uint64_t initial_ns, most_ns, elapsed_ns; } rf_retry_backoff;

/* Rows for `initial_interval`, `max_interval`, `max_elapsed_time`, with their defaults as YAML texts. */
#define RF_RETRY_BACKOFF_FIELDS(initial, most, elapsed)                                                                                                              \
    { "initial_interval", RF_FIELD_DURATION, offsetof(rf_retry_backoff, initial_ns), (initial), 0, "The wait before the second attempt.", NULL, NULL, 0, 0, 0 },     \
        { "max_interval", RF_FIELD_DURATION, offsetof(rf_retry_backoff, most_ns), (most), 0, "Waits double up to this one.", NULL, NULL, 0, 0, 0 },                  \
        { "max_elapsed_time", RF_FIELD_DURATION, offsetof(rf_retry_backoff, elapsed_ns), (elapsed), 0, "No attempt after this time; `0s`: without end.", NULL, NULL, 0, 0, 0 }, \
        { 0 }

/* The wait behind attempt `attempt` (from 0). */
static inline uint64_t rf_retry_wait_ns(const rf_retry_backoff *backoff, uint32_t attempt) {
    uint64_t wait_ns = backoff->initial_ns;
    while (attempt-- > 0 && wait_ns < backoff->most_ns)
        wait_ns *= 2;
    return wait_ns < backoff->most_ns ? wait_ns : backoff->most_ns;
}

/* False: the run is being given up. */
static inline bool rf_retry_sleep(const rf_env *env, uint64_t wait_ns) {
    for (uint64_t step; wait_ns > 0; wait_ns -= step) {
        if (env->giving_up && atomic_load(env->giving_up))
            return false;
        step = wait_ns < 20 * RF_NS_PER_MS ? wait_ns : 20 * RF_NS_PER_MS;
        rf_clock_sleep_ns(step);
    }
    return !(env->giving_up && atomic_load(env->giving_up));
}

#endif
