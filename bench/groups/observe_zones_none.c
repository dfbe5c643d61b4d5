/* observe_zones_none.c: what observe_zones.c measures, without any zone. */
#define RF_NO_ZONES
#include "observe_zones.h"

uint64_t rf_zones_rounds_none(uint64_t rounds, uint64_t value) { return rf_zones_rounds(rounds, value); }
