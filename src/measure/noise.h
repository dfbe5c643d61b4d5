/* noise.h: what the meter of noise reads, apart from where it reads it. */
#ifndef RF_MEASURE_NOISE_H
#define RF_MEASURE_NOISE_H

#include "measure/machine.h"

/* Time of all processors since the start, in the kernel's ticks. */
typedef struct rf_cpu_times { uint64_t total, busy, steal; } rf_cpu_times;
/* Out of /proc/stat; false when it is not as expected. */
bool rf_noise_cpu_times(rf_slice stat, rf_cpu_times *ret);
/* The figures of noise between two readings of the meter. */
void rf_noise_between(const rf_noise_meter *before, const rf_noise_meter *after, rf_noise *ret_noise);

#endif
