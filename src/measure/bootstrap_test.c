/* bootstrap_test.c: intervals, against scipy's and where the answer is known. */
#include "harness.h"

#include "base/slice.h"
#include "measure/oracle.h"
#include "measure/resample.h"

#include <math.h>

static const rf_estimate_options few = { .resamples = 2000, .confidence = 0.95, .seed = 1 };

static bool agrees(oracle *o, const char *name) {
    rf_samples samples = oracle_samples(o, name);
    rf_estimate_options options = RF_ESTIMATE_DEFAULT;
    rf_estimates e;
    if (!samples.count || rf_estimate(&samples, &options, &e, NULL))
        return false;
    const rf_value *set = oracle_at(oracle_at(&o->root, "sets"), name);
    bool good = oracle_interval("mean", &e.mean, oracle_at(set, "mean"));
    good &= oracle_interval("median", &e.median, oracle_at(set, "median"));
    good &= oracle_interval("deviation", &e.deviation, oracle_at(set, "deviation"));
    good &= oracle_interval("mad", &e.mad, oracle_at(set, "mad"));
    good &= oracle_interval("slope", &e.slope, oracle_at(set, samples.linear ? "slope" : "mean"));
    return good;
}

RF_TEST(intervals_of_linear_samples_are_scipys) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    rf_check(agrees(&o, "linear"));
    rf_check(agrees(&o, "linear_slower"));
}

RF_TEST(intervals_of_flat_samples_are_scipys) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    rf_check(agrees(&o, "flat"));
    rf_check(agrees(&o, "flat_again"));
}

RF_TEST(intervals_of_few_samples_and_of_ties_are_scipys) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    rf_check(agrees(&o, "thirty"));
    rf_check(agrees(&o, "ten"));
    rf_check(agrees(&o, "ties"));
    rf_check(agrees(&o, "ties_again"));
}

RF_TEST(the_rest_of_an_estimate_is_of_the_times) {
    const double iterations[] = { 1, 2, 3, 4, 5, 6, 7, 8 }, ns[] = { 10, 20, 30, 40, 50, 60, 70, 160 };
    rf_samples samples = { 8, iterations, ns, true, 0 };
    rf_estimates e;
    rf_check(!rf_estimate(&samples, &few, &e, NULL));
    rf_check(e.minimum == 10 && e.maximum == 20 && e.outliers.high_severe == 1 && e.outliers.low_mild == 0);
    rf_line line = rf_fit_origin(iterations, ns, 8);
    rf_check(e.r2 == line.r2 && e.slope.point == line.slope);
    rf_check(rf_typical(&e, true) == &e.slope && rf_typical(&e, false) == &e.mean);
    samples.linear = false;
    rf_check(!rf_estimate(&samples, &few, &e, NULL));
    rf_check(e.r2 == 1 && e.slope.point == e.mean.point && e.slope.low == e.mean.low && e.slope.high == e.mean.high);
}

/* Resamples that are all the same, or all on one side, must not make a number that is none. */
RF_TEST(equal_times_have_intervals_of_no_width) {
    double iterations[12], ns[12];
    for (int i = 0; i < 12; i++) {
        iterations[i] = i + 1;
        ns[i] = iterations[i] * 0.1;
    }
    rf_samples samples = { 12, iterations, ns, true, 0 };
    rf_estimates e;
    rf_check(!rf_estimate(&samples, &few, &e, NULL));
    const rf_interval *all[] = { &e.mean, &e.median, &e.slope };
    for (int i = 0; i < 3; i++)
        rf_check(fabs(all[i]->low - 0.1) < 1e-15 && fabs(all[i]->high - 0.1) < 1e-15 && all[i]->error < 1e-15);
    rf_check(e.deviation.high < 1e-15 && e.mad.high < 1e-15);
}

RF_TEST(two_samples_are_enough) {
    const double iterations[] = { 1, 1 }, ns[] = { 10, 20 };
    rf_samples samples = { 2, iterations, ns, false, 0 };
    rf_estimates e;
    rf_check(!rf_estimate(&samples, &few, &e, NULL));
    rf_check(e.mean.point == 15 && e.mean.low == 10 && e.mean.high == 20);
    rf_check(fabs(e.deviation.point - sqrt(50)) < 1e-12 && e.deviation.low == 0);
}

RF_TEST(seeds_decide) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    rf_samples samples = oracle_samples(&o, "linear");
    rf_check(samples.count);
    rf_estimates a, b, c;
    rf_estimate_options other = few;
    other.seed = 2;
    rf_check(!rf_estimate(&samples, &few, &a, NULL) && !rf_estimate(&samples, &few, &b, NULL) && !rf_estimate(&samples, &other, &c, NULL));
    rf_check(a.mean.low == b.mean.low && a.mad.high == b.mad.high && a.slope.error == b.slope.error);
    rf_check(a.mean.low != c.mean.low && a.mean.point == c.mean.point);
}

RF_TEST(more_confidence_is_wider) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    rf_samples samples = oracle_samples(&o, "flat");
    rf_check(samples.count);
    rf_estimates narrow, wide;
    rf_estimate_options sure = few;
    sure.confidence = 0.99;
    rf_check(!rf_estimate(&samples, &few, &narrow, NULL) && !rf_estimate(&samples, &sure, &wide, NULL));
    rf_check(wide.mean.low < narrow.mean.low && wide.mean.high > narrow.mean.high && wide.mean.error == narrow.mean.error);
}

/* ---- What is refused ---- */

#define check_refused(samples, options, text)                                      \
    do {                                                                           \
        rf_error error = { 0 };                                                    \
        rf_estimates estimates;                                                    \
        rf_check(rf_estimate((samples), (options), &estimates, &error) == RF_ECONFIG); \
        rf_check_text(rf_slice_of(error.message), rf_slice_of(text));              \
    } while (0)

RF_TEST(what_is_no_sample_is_refused) {
    const double one[] = { 1, 1, 1 }, none[] = { 1, 0, 1 }, nan[] = { 1, 1, NAN }, infinite[] = { INFINITY, 1, 1 };
    check_refused(&((rf_samples){ 1, one, one, false, 0 }), &few, "1 samples: it takes 2 to 4294967295");
    check_refused(&((rf_samples){ 3, one, none, false, 0 }), &few, "sample 2 took 0 ns, which is no time");
    check_refused(&((rf_samples){ 3, one, nan, false, 0 }), &few, "sample 3 took nan ns, which is no time");
    check_refused(&((rf_samples){ 3, one, infinite, false, 0 }), &few, "sample 1 took inf ns, which is no time");
    check_refused(&((rf_samples){ 3, none, one, false, 0 }), &few, "sample 2 has 0 iterations");
}

RF_TEST(options_that_make_no_sense_are_refused) {
    const double one[] = { 1, 1, 1 };
    rf_samples samples = { 3, one, one, false, 0 };
    check_refused(&samples, &((rf_estimate_options){ 99, 0.95, 1 }), "99 resamples are too few: at least 100");
    check_refused(&samples, &((rf_estimate_options){ 1000, 1, 1 }), "confidence 1 is not between 0 and 1");
    check_refused(&samples, &((rf_estimate_options){ 1000, NAN, 1 }), "confidence nan is not between 0 and 1");
}

/* ---- A statistic of one's own ---- */

static double mean_of(const double *values, size_t n, void *scratch) {
    (void)scratch;
    return rf_mean(values, n);
}

static double median_of(const double *values, size_t n, void *scratch) {
    memcpy(scratch, values, n * sizeof *values);
    rf_sort(scratch, n);
    return rf_quantile(scratch, n, 0.5);
}

/* The same draws, so the same resamples, but for the order in which rf_estimate() keeps its samples: here they are in order. */
RF_TEST(both_ways_agree_to_the_digit) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    rf_samples samples = oracle_samples(&o, "flat");
    double *times = samples.count ? oracle_times(&o, &samples) : NULL, *scratch = times ? oracle_times(&o, &samples) : NULL;
    rf_check(times && scratch);
    rf_sort(times, samples.count);
    rf_estimates e;
    rf_interval mean, median;
    rf_check(!rf_estimate(&samples, &few, &e, NULL));
    rf_check(!rf_bootstrap(times, samples.count, mean_of, NULL, &few, &mean, NULL));
    rf_check(!rf_bootstrap(times, samples.count, median_of, scratch, &few, &median, NULL));
    rf_check(oracle_same(mean.low, e.mean.low) && oracle_same(mean.high, e.mean.high) && oracle_same(mean.point, e.mean.point));
    rf_check(oracle_same(median.low, e.median.low) && oracle_same(median.high, e.median.high));
    rf_check(fabs(mean.error - e.mean.error) < 1e-6 * mean.error);
}

RF_TEST(a_statistic_needs_two_values_and_sane_options) {
    const double values[] = { 1, 2 };
    rf_interval interval;
    rf_error error = { 0 };
    rf_check(rf_bootstrap(values, 1, mean_of, NULL, &few, &interval, &error) == RF_ECONFIG);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("1 values: it takes 2 to 4294967295"));
    rf_check(rf_bootstrap(values, 2, mean_of, NULL, &((rf_estimate_options){ 0, 0.95, 1 }), &interval, &error) == RF_ECONFIG);
    rf_check(!rf_bootstrap(values, 2, mean_of, NULL, &few, &interval, NULL));
    rf_check(interval.low == 1 && interval.high == 2 && interval.point == 1.5);
}

/* ---- The interval itself ---- */

/* 0, 1, … 1000 around 500 without skewness: the plain quantiles, at the level that Student's t asks for. */
RF_TEST(an_unskewed_distribution_gives_plain_quantiles) {
    double values[1001];
    rf_random random = rf_random_seeded(2);
    for (int i = 0; i <= 1000; i++)
        values[i] = i;
    for (uint32_t i = 1000; i > 0; i--) {
        uint32_t other = rf_random_below(&random, i + 1);
        double swapped = values[i];
        values[i] = values[other];
        values[other] = swapped;
    }
    rf_interval interval = rf_bca(values, 1001, 500, 0, 0.9, 20);
    double z = sqrt(20.0 / 19) * 1.729132811521368; /* t of 19 degrees at 0.95 */
    rf_check(fabs(interval.low - 1000 * rf_normal_cdf(-z)) < 1e-6 && fabs(interval.high - 1000 * rf_normal_cdf(z)) < 1e-6);
    rf_check(fabs(interval.error - sqrt(1001.0 * 1002 / 12)) < 1e-6);
}

RF_TEST(a_point_outside_of_all_resamples_gives_an_end) {
    double values[200], same[200];
    for (int i = 0; i < 200; i++) {
        values[i] = i;
        same[i] = 3;
    }
    rf_interval low = rf_bca(values, 200, -50, 0, 0.95, 100), high = rf_bca(values, 200, 500, 0, 0.95, 100);
    rf_check(low.low >= 0 && low.high < 1 && low.low <= low.high);
    rf_check(high.high <= 199 && high.low > 198 && high.low <= high.high);
    rf_interval equal = rf_bca(same, 200, 3, 0, 0.95, 100);
    rf_check(equal.low == 3 && equal.high == 3 && equal.error == 0);
}

RF_TEST(extreme_skewness_ends_at_the_ends) {
    double values[200];
    for (int i = 0; i < 200; i++)
        values[i] = i;
    rf_interval up = rf_bca(values, 200, 99.5, 0.9, 0.95, 100), down = rf_bca(values, 200, 99.5, -0.9, 0.95, 100);
    rf_check(up.high == 199 && up.low > 0 && down.low == 0 && down.high < 199);
}

/* Six values, each ten times: as samples they prove much, as runs no more than six values do. */
RF_TEST(intervals_count_runs) {
    double iterations[60], ns[60];
    for (int i = 0; i < 60; i++) {
        iterations[i] = 1;
        ns[i] = 100 + i % 6;
    }
    rf_samples samples = { 60, iterations, ns, false, 0 };
    rf_estimates all, runs;
    rf_check(!rf_estimate(&samples, &few, &all, NULL));
    samples.runs = 6;
    rf_check(!rf_estimate(&samples, &few, &runs, NULL));
    rf_check(runs.mean.point == all.mean.point && runs.mean.error > 2 * all.mean.error);
    samples.runs = 4; /* too few to say anything of */
    rf_check(!rf_estimate(&samples, &few, &runs, NULL));
    rf_check(runs.mean.error == all.mean.error);
}
