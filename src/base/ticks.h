/* ticks.h: the cheapest clock there is, for measuring things of a hundred nanoseconds. */
#ifndef RF_BASE_TICKS_H
#define RF_BASE_TICKS_H

#include "base/clock.h"

/*
 * Ticks are of no unit until they are shown: whoever measures keeps the moment when it began on both clocks, and
 * what has passed since says how long a tick is. Nothing has to be calibrated.
 */
typedef struct rf_ticks_epoch {
    bool counter;   /* the processor's own; else ticks are nanoseconds of the system's clock */
    uint64_t ticks;
    uint64_t ns;
} rf_ticks_epoch;

rf_ticks_epoch rf_ticks_begin(void);
/* Nanoseconds that one tick takes. */
double rf_ticks_unit_ns(const rf_ticks_epoch *epoch);

/* About 8 ns with a counter, 25 ns with the clock. */
static inline uint64_t rf_ticks(const rf_ticks_epoch *epoch) {
#if defined(__x86_64__)
    if (epoch->counter)
        return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    if (epoch->counter) {
        uint64_t count;
        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
        return count;
    }
#else
    (void)epoch;
#endif
    return rf_clock_mono_ns();
}

/* One that went backwards (another core) took no time. */
static inline uint64_t rf_ticks_between(uint64_t from, uint64_t to) { return (int64_t)(to - from) > 0 ? to - from : 0; }

#endif
