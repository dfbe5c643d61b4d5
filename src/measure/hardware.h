/* hardware.h: the processor's own counters, where the kernel lets us read them. */
#ifndef RF_MEASURE_HARDWARE_H
#define RF_MEASURE_HARDWARE_H

#include "measure/sampler.h"

enum { RF_HARDWARE_COUNTERS = 4 };

/* Counts the calling thread, in user space only; the threads that it starts are not counted. All -1: nothing is open. */
typedef struct rf_counters { int files[RF_HARDWARE_COUNTERS]; int leader; } rf_counters;

/* Opens what there is, stopped. Never fails: a kernel that refuses (perf_event_paranoid, virtual machines) gives counters of nothing. */
void rf_counters_open(rf_counters *counters);
void rf_counters_close(rf_counters *counters);
/* Counting adds up over any number of starts and stops. Nothing happens when nothing is open. */
void rf_counters_start(const rf_counters *counters);
void rf_counters_stop(const rf_counters *counters);
/* All at once, of one of `iterations`; what is not counted is -1. */
rf_hardware rf_counters_read(const rf_counters *counters, double iterations);

/* What the kernel writes for a group of `n` counters, with both times: for tests. */
rf_hardware rf_counters_scale(const rf_counters *counters, const uint64_t *words, size_t count, double iterations);

#endif
