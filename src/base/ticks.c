/* ticks.c: the cheapest clock there is, and how long its ticks are. */
#include "base/ticks.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define SHORTEST_NS UINT64_C(1000000) /* less says little about the length of a tick */

/* Whether the counter ticks at one speed whatever the processor does. */
static bool is_even(void) {
#if defined(__x86_64__)
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1u << 8);
#elif defined(__aarch64__)
    return true;
#else
    return false;
#endif
}

rf_ticks_epoch rf_ticks_begin(void) {
    rf_ticks_epoch epoch = { .counter = is_even(), .ns = rf_clock_mono_ns() };
    epoch.ticks = rf_ticks(&epoch);
    return epoch;
}

double rf_ticks_unit_ns(const rf_ticks_epoch *epoch) {
    if (!epoch->counter)
        return 1;
    uint64_t ns, ticks;
    do {
        ns = rf_clock_mono_ns() - epoch->ns;
        ticks = rf_ticks(epoch) - epoch->ticks;
    } while (ns < SHORTEST_NS);
    return ticks ? (double)ns / (double)ticks : 1;
}
