/* backoff.c: how long to wait before trying again. */
#include "stream/runtime.h"

#include "base/clock.h"

#include <assert.h>

#define FIRST_NS (100 * RF_NS_PER_MS)
#define MOST_NS (5 * RF_NS_PER_S)

void rf_backoff_reset(rf_backoff *backoff) {
    backoff->next_ns = FIRST_NS;
}

/* Marsaglia's xorshift64: chance enough to spread retries. */
static uint64_t draw(rf_backoff *backoff) {
    uint64_t x = backoff->seed ? backoff->seed : rf_clock_mono_ns() | 1;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return backoff->seed = x;
}

uint64_t rf_backoff_next_ns(rf_backoff *backoff) {
    uint64_t base = backoff->next_ns ? backoff->next_ns : FIRST_NS;
    uint64_t doubled = base * 2;
    backoff->next_ns = doubled < MOST_NS ? doubled : MOST_NS;
    assert(base <= MOST_NS);
    return base - base / 4 + draw(backoff) % (base / 2);
}
