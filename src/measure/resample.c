/* resample.c: BCa: bias correction, acceleration, and the quantiles that they choose. */
#include "measure/resample.h"

#include <assert.h>
#include <math.h>

/* Efron and Tibshirani 1993, (14.15). With several sets each value's influence is divided by the size of its own, as scipy.stats.bootstrap
 * does it. */
void rf_skew_add(rf_skew *skew, const double *left_out, size_t n) {
    double mean = rf_mean(left_out, n), cubes = 0, squares = 0, size = (double)n;
    for (size_t i = 0; i < n; i++) {
        double influence = (size - 1) / size * (mean - left_out[i]);
        squares += influence * influence;
        cubes += influence * influence * influence;
    }
    skew->squares += squares;
    skew->cubes += cubes;
}

double rf_skew_acceleration(const rf_skew *skew) {
    double scale = skew->squares * sqrt(skew->squares);
    double a = scale > 0 ? skew->cubes / (6 * scale) : 0;
    return isfinite(a) ? a : 0;
}

/* Hoare's partition around the middle: values[from … j] <= values[i … to], with j < i. */
static void partition(double *values, ptrdiff_t from, ptrdiff_t to, ptrdiff_t *ret_i, ptrdiff_t *ret_j) {
    double pivot = values[from + (to - from) / 2];
    ptrdiff_t i = from, j = to;
    while (i <= j) {
        while (values[i] < pivot)
            i++;
        while (pivot < values[j])
            j--;
        if (i > j)
            break;
        double swapped = values[i];
        values[i++] = values[j];
        values[j--] = swapped;
    }
    *ret_i = i;
    *ret_j = j;
}

/* Puts the k-th smallest in its place, nothing larger before it and nothing smaller behind (Hoare 1961). */
static double nth(double *values, size_t count, size_t k) {
    ptrdiff_t from = 0, to = (ptrdiff_t)count - 1, at = (ptrdiff_t)k;
    while (from < to) {
        ptrdiff_t i, j;
        partition(values, from, to, &i, &j);
        if (j < at)
            from = i;
        if (at < i)
            to = j;
    }
    return values[k];
}

/* rf_quantile() without a whole sort. */
static double quantile_of_unsorted(double *values, size_t count, double q) {
    double at = q * (double)(count - 1);
    size_t below = at > 0 ? (size_t)at : 0;
    if (below >= count - 1)
        return nth(values, count, count - 1);
    double low = nth(values, count, below), high = values[below + 1];
    for (size_t i = below + 2; i < count; i++)
        high = values[i] < high ? values[i] : high;
    return low + (at - (double)below) * (high - low);
}

/*
 * z0 (Efron 1987): where the point lies among the resampled values; those equal to it count half. When all lie on one side the share is
 * taken as half a resample, so that the correction stays finite.
 */
static double bias(const double *values, size_t count, double point) {
    size_t less = 0, equal = 0;
    for (size_t i = 0; i < count; i++) {
        less += values[i] < point;
        equal += values[i] == point;
    }
    double least = 0.5 / (double)count, share = ((double)less + 0.5 * (double)equal) / (double)count;
    share = share < least ? least : share > 1 - least ? 1 - least : share;
    return rf_normal_quantile(share);
}

/* The share of the distribution at which the end of the interval lies that an unbiased one would have at `z` deviations. */
static double corrected(double z0, double acceleration, double z) {
    double shifted = z0 + z, scale = 1 - acceleration * shifted;
    if (scale <= 0)
        return shifted > 0 ? 1 : 0; /* past the pole: the transformation ends here */
    return rf_normal_cdf(z0 + shifted / scale);
}

/*
 * Hesterberg 2015 (What Teachers Should Know About the Bootstrap, "expanded percentile interval"): the spread of resamples is short of
 * what samples prove by sqrt((n - 1) / n), and knows nothing of the uncertainty of the spread; so Student's t takes the place of the
 * normal distribution. In simulations (means of skewed samples, gamma of shape 4) 95 % intervals cover 93.7 % with 10 samples and 94.4 % with 30; without
 * it 89.3 % and 93.3 %.
 */
static double expanded(double confidence, size_t n) {
    double size = (double)n;
    return sqrt(size / (size - 1)) * rf_student_bound(1 - confidence, size - 1);
}

rf_interval rf_bca(double *values, size_t count, double point, double acceleration, double confidence, size_t n) {
    assert(values && count > 1 && n > 1);
    double z0 = bias(values, count, point), z = expanded(confidence, n);
    rf_interval interval = { .point = point, .error = rf_deviation(values, count) };
    interval.low = quantile_of_unsorted(values, count, corrected(z0, acceleration, -z));
    interval.high = quantile_of_unsorted(values, count, corrected(z0, acceleration, z));
    return interval;
}

rf_code rf_check_samples(const rf_samples *samples, rf_error *reterr) {
    if (samples->count < 2 || samples->count > UINT32_MAX) {
        rf_code code = rf_raise(reterr, RF_ECONFIG, "%zu samples: it takes 2 to %u", samples->count, UINT32_MAX);
        rf_error_hint(reterr, "take more samples; 100 make a good estimate");
        return code;
    }
    for (size_t i = 0; i < samples->count; i++) {
        if (!(samples->ns[i] > 0) || isinf(samples->ns[i]))
            return rf_raise(reterr, RF_ECONFIG, "sample %zu took %g ns, which is no time", i + 1, samples->ns[i]);
        if (!(samples->iterations[i] > 0) || isinf(samples->iterations[i]))
            return rf_raise(reterr, RF_ECONFIG, "sample %zu has %g iterations", i + 1, samples->iterations[i]);
    }
    return RF_OK;
}

rf_code rf_check_estimate_options(const rf_estimate_options *options, rf_error *reterr) {
    if (options->resamples < 100)
        return rf_raise(reterr, RF_ECONFIG, "%u resamples are too few: at least 100", (unsigned)options->resamples);
    if (!(options->confidence > 0 && options->confidence < 1)) {
        rf_code code = rf_raise(reterr, RF_ECONFIG, "confidence %g is not between 0 and 1", options->confidence);
        rf_error_hint(reterr, "0.95 for 95 %%");
        return code;
    }
    return RF_OK;
}
