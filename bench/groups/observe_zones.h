/* observe_zones.h: a hundred zones around a little work each, compiled twice: with zones, and without (RF_NO_ZONES). */
#ifndef RF_BENCH_OBSERVE_ZONES_H
#define RF_BENCH_OBSERVE_ZONES_H

#include "measure/bench.h"
#include "observe/zone.h"

#define RF_ZONES_A_ROUND 100u

/* Its value depends on each round, so that none can be left out. */
static inline uint64_t rf_zones_rounds(uint64_t rounds, uint64_t value) {
    for (uint64_t i = 0; i < rounds; i++)
        for (uint32_t k = 0; k < RF_ZONES_A_ROUND; k++) {
            RF_ZONE(RF_ZONE_HOOK, "bench");
            value = value * UINT64_C(6364136223846793005) + k;
            rf_keep(value);
        }
    return value;
}

/* The same in observe_zones_none.c. */
uint64_t rf_zones_rounds_none(uint64_t rounds, uint64_t value);

#endif
