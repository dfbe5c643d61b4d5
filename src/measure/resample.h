/* resample.h: what bootstrap.c and compare.c share: from a resampled distribution to an interval. */
#ifndef RF_MEASURE_RESAMPLE_H
#define RF_MEASURE_RESAMPLE_H

#include "measure/stats.h"

/* Skewness of a statistic's influence by the jackknife, summed over the sets of values it depends on. Zeroed is empty. */
typedef struct rf_skew { double cubes, squares; } rf_skew;
/* `left_out[i]`: the statistic without the i-th of n values. */
void rf_skew_add(rf_skew *skew, const double *left_out, size_t n);
/* The `a` of BCa; 0 when nothing varies. */
double rf_skew_acceleration(const rf_skew *skew);

/* The BCa interval around `point` of `n` > 1 samples (the smaller of two sets), from `count` > 1 resampled values, which are put in another
 * order. */
rf_interval rf_bca(double *values, size_t count, double point, double acceleration, double confidence, size_t n);

/* Errors: RF_ECONFIG fewer than 2 samples or more than 2^32 - 1, a time or a count of iterations that is not above 0. */
RF_NODISCARD rf_code rf_check_samples(const rf_samples *samples, rf_error *reterr);
/* Errors: RF_ECONFIG fewer than 100 resamples, a confidence outside of (0, 1). */
RF_NODISCARD rf_code rf_check_estimate_options(const rf_estimate_options *options, rf_error *reterr);

#endif
