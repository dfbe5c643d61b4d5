/* profile_units.h: values of profiles as people read them. */
#ifndef RF_OBSERVE_PROFILE_UNITS_H
#define RF_OBSERVE_PROFILE_UNITS_H

#include <stdint.h>

#define RF_UNITS_MAX 48u

/* "1.25 s" for kinds that count ns ("cpu", "mutex"), "3.4 MiB" for "heap" and "allocs", a plain number for others. Returns `out`. */
const char *rf_units_value(const char *kind, uint64_t value, char out[RF_UNITS_MAX]);
/* "12.5 %"; of nothing 0. */
const char *rf_units_share(uint64_t part, uint64_t whole, char out[RF_UNITS_MAX]);

#endif
