/* histogram.h: latencies from 1 ns to hours, to three digits, in a fixed room: the scheme of HdrHistogram (Tene). */
#ifndef RF_MEASURE_HISTOGRAM_H
#define RF_MEASURE_HISTOGRAM_H

#include "riffle/error.h"

#include <stdbool.h>

/* Buckets of 2048 linear steps that double: every value is kept to within 0.1 %. Up to 2^42 ns (73 minutes); more counts as that.
 * One thread at a time; 270 KiB. */
typedef struct rf_latency {
    uint64_t *counts; /* owned */
    uint64_t total, minimum, maximum;
    double sum;
} rf_latency;

RF_NODISCARD rf_code rf_latency_init(rf_latency *latency, rf_error *reterr);
void rf_latency_done(rf_latency *latency);
void rf_latency_clear(rf_latency *latency);
/* A few ns; allocates nothing. */
void rf_latency_add(rf_latency *latency, uint64_t ns);
/* q from 0 to 1; 0 when empty: the highest value that is equivalent to what lies there. */
uint64_t rf_latency_quantile(const rf_latency *latency, double q);
double rf_latency_mean(const rf_latency *latency);
/* Walks what is not empty, ascending: values (low, high] and their count. */
void rf_latency_each(const rf_latency *latency, void (*visit)(void *arg, uint64_t low, uint64_t high, uint64_t count), void *arg);

#endif
