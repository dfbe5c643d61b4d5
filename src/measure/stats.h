/* stats.h: what a set of samples says: middle, spread, outliers, slope, and how sure each is. */
#ifndef RF_MEASURE_STATS_H
#define RF_MEASURE_STATS_H

#include "measure/random.h"
#include "riffle/error.h"

#include <stdbool.h>

/* ---- One number out of many (stats.c). `n` > 0; a spread of one sample is 0. Sources are named beside the functions. ---- */

double rf_mean(const double *values, size_t n);
double rf_deviation(const double *values, size_t n);  /* of a sample: n - 1 */
void rf_sort(double *values, size_t n);               /* ascending; no NaN */
/* Hyndman and Fan's type 7, as R and numpy have it by default. */
double rf_quantile(const double *sorted, size_t n, double q);
/* Median of the distances from the median, times 1.4826 (so that it estimates a normal's deviation). `scratch`: n doubles. */
double rf_mad(const double *sorted, size_t n, double *scratch);
#define RF_MAD_NORMAL 1.482602218505602 /* 1 / rf_normal_quantile(0.75) */

/* Tukey 1977: beyond 1.5 times the quartiles' distance mild, beyond 3 times severe. */
typedef struct rf_outliers {
    double low_severe_at, low_mild_at, high_mild_at, high_severe_at; /* the fences */
    uint32_t low_severe, low_mild, high_mild, high_severe;           /* how many lie beyond (each counted once) */
} rf_outliers;
rf_outliers rf_tukey(const double *sorted, size_t n);

/* Least squares through the origin, y = slope * x, and R² against the mean of y. */
typedef struct rf_line { double slope, r2; } rf_line;
rf_line rf_fit_origin(const double *x, const double *y, size_t n);

/* Gaussian kernel density at `points` places from *ret_from to *ret_to (3 bandwidths beyond the ends); Silverman's bandwidth. */
void rf_density(const double *sorted, size_t n, double *ret_density, size_t points, double *ret_from, double *ret_to);

/* ---- Distributions (distribution.c): against which tests are read ---- */

double rf_normal_cdf(double x);
double rf_normal_quantile(double p);                 /* 0 < p < 1; Acklam's, one step of Halley's method: 1e-15 */
double rf_student_two_sided(double t, double freedom); /* the probability of being as far from 0 */
double rf_student_bound(double p, double freedom);     /* the t >= 0 at which that is `p`, 0 < p < 1 */

/* ---- How sure (bootstrap.c) ---- */

typedef struct rf_interval { double point, low, high, error; /* standard error */ } rf_interval;

typedef struct rf_samples {
    size_t count;
    const double *iterations; /* of each sample */
    const double *ns;         /* that all of them took */
    bool linear;              /* iterations grow: the slope is the estimate to go by */
    /*
     * Sample i was taken in run i % runs; 0 or 1: all in one. What is opened anew lies elsewhere in memory and is some percent faster or slower
     * as long as it lives (Mytkowicz et al. 2009), so samples of one run do not prove what the next would take: intervals and comparisons
     * count runs (a bootstrap of clusters, Davison and Hinkley 1997, 3.8) as soon as there are 5.
     */
    size_t runs;
} rf_samples;
#define RF_RUNS_MIN 5u
static inline size_t rf_runs_of(const rf_samples *samples) {
    return samples->runs >= RF_RUNS_MIN && samples->count >= 2 * samples->runs ? samples->runs : 0;
}

typedef struct rf_estimate_options { uint32_t resamples; double confidence; uint64_t seed; } rf_estimate_options;
#define RF_ESTIMATE_DEFAULT ((rf_estimate_options){ .resamples = 100000, .confidence = 0.95, .seed = 42 })

/* ns of one iteration. */
typedef struct rf_estimates {
    rf_interval mean, median, deviation, mad;
    rf_interval slope; /* linear samples only; else a copy of `mean` */
    double r2;         /* of the slope; 1 for flat samples, which have none */
    double minimum, maximum;
    rf_outliers outliers;
} rf_estimates;

/* The one figure to name: the slope of linear samples, else the mean. */
static inline const rf_interval *rf_typical(const rf_estimates *estimates, bool linear) {
    return linear ? &estimates->slope : &estimates->mean;
}

/*
 * Bias-corrected and accelerated bootstrap (Efron 1987; Efron and Tibshirani 1993, ch. 14; acceleration by the jackknife), all
 * estimates from the same resamples. Wider by what resampling is too narrow for few samples (Hesterberg 2015, "expanded"): by 2 % at 100,
 * 6 % at 30. `samples->count` >= 2. Errors: RF_ECONFIG too few samples, a time that is none; RF_ENOMEM.
 * 100 samples and 100,000 resamples: a twentieth of a second.
 */
RF_NODISCARD rf_code rf_estimate(const rf_samples *samples, const rf_estimate_options *options, rf_estimates *ret_estimates,
                                 rf_error *reterr);

/* The same for a statistic of one's own, of `n` values. (For comparisons, and for tests of the method.) */
typedef double (*rf_statistic)(const double *values, size_t n, void *scratch);
RF_NODISCARD rf_code rf_bootstrap(const double *values, size_t n, rf_statistic statistic, void *scratch, const rf_estimate_options *options,
                                  rf_interval *ret_interval, rf_error *reterr);

#endif
