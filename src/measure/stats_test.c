/* stats_test.c: one number out of many, by hand and against numpy and scipy. */
#include "harness.h"

#include "measure/oracle.h"

#include <math.h>

enum { SET_MOST = 100 };

static const char *const set_names[] = { "linear", "flat", "flat_again", "thirty", "ten", "ties", "ties_again", NULL };

/* The set's times in order, at most SET_MOST; 0: no memory. */
static size_t sorted_times(oracle *o, const char *name, double *ret_times) {
    rf_samples samples = oracle_samples(o, name);
    if (samples.count > SET_MOST)
        return 0;
    for (size_t i = 0; i < samples.count; i++)
        ret_times[i] = samples.ns[i] / samples.iterations[i];
    rf_sort(ret_times, samples.count);
    return samples.count;
}

RF_TEST(middle_spread_and_quantiles_are_numpys) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    for (size_t s = 0; set_names[s]; s++) {
        double times[SET_MOST], scratch[SET_MOST];
        size_t n = sorted_times(&o, set_names[s], times);
        rf_check(n);
        const rf_value *set = oracle_at(oracle_at(&o.root, "sets"), set_names[s]), *rows = oracle_at(set, "quantiles");
        rf_check(oracle_same(rf_mean(times, n), oracle_number(oracle_at(oracle_at(set, "mean"), "point"))));
        rf_check(oracle_same(rf_deviation(times, n), oracle_number(oracle_at(oracle_at(set, "deviation"), "point"))));
        rf_check(oracle_same(rf_mad(times, n, scratch), oracle_number(oracle_at(oracle_at(set, "mad"), "point"))));
        rf_check(rows->size > 5);
        for (uint32_t i = 0; i < rows->size; i++)
            rf_check(oracle_same(rf_quantile(times, n, oracle_item(&rows->items[i], 0)), oracle_item(&rows->items[i], 1)));
    }
}

RF_TEST(outliers_are_those_between_numpys_fences) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    for (size_t s = 0; set_names[s]; s++) {
        double times[SET_MOST];
        size_t n = sorted_times(&o, set_names[s], times);
        rf_check(n);
        const rf_value *set = oracle_at(oracle_at(&o.root, "sets"), set_names[s]);
        const rf_value *fences = oracle_at(set, "fences"), *counts = oracle_at(set, "outliers");
        rf_outliers got = rf_tukey(times, n);
        rf_check(oracle_same(got.low_severe_at, oracle_item(fences, 0)) && oracle_same(got.low_mild_at, oracle_item(fences, 1)));
        rf_check(oracle_same(got.high_mild_at, oracle_item(fences, 2)) && oracle_same(got.high_severe_at, oracle_item(fences, 3)));
        rf_check(got.low_severe == oracle_item(counts, 0) && got.low_mild == oracle_item(counts, 1));
        rf_check(got.high_mild == oracle_item(counts, 2) && got.high_severe == oracle_item(counts, 3));
    }
}

RF_TEST(a_line_through_the_origin_is_numpys) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    for (size_t s = 0; set_names[s]; s++) {
        rf_samples samples = oracle_samples(&o, set_names[s]);
        rf_check(samples.count);
        const rf_value *fit = oracle_at(oracle_at(oracle_at(&o.root, "sets"), set_names[s]), "fit");
        rf_line line = rf_fit_origin(samples.iterations, samples.ns, samples.count);
        rf_check(oracle_same(line.slope, oracle_item(fit, 0)));
        rf_check(fabs(line.r2 - oracle_item(fit, 1)) < 1e-9);
    }
}

RF_TEST(density_is_scipys) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    for (size_t s = 0; set_names[s]; s++) {
        double times[SET_MOST], density[9], from, to;
        size_t n = sorted_times(&o, set_names[s], times);
        rf_check(n);
        const rf_value *expected = oracle_at(oracle_at(oracle_at(&o.root, "sets"), set_names[s]), "density");
        rf_density(times, n, density, 9, &from, &to);
        rf_check(oracle_same(from, oracle_number(oracle_at(expected, "from"))));
        rf_check(oracle_same(to, oracle_number(oracle_at(expected, "to"))));
        for (uint32_t i = 0; i < 9; i++)
            rf_check(oracle_same(density[i], oracle_item(oracle_at(expected, "values"), i)));
    }
}

RF_TEST(a_density_holds_everything) {
    const double equal[] = { 5, 5, 5 }, apart[] = { 1, 2, 8 }, zero[] = { 0 };
    const struct { const double *values; size_t n; } sets[] = { { equal, 3 }, { apart, 3 }, { zero, 1 } };
    for (size_t s = 0; s < 3; s++) {
        double density[401], from, to, area = 0;
        rf_density(sets[s].values, sets[s].n, density, 401, &from, &to);
        for (size_t i = 0; i < 401; i++)
            area += density[i] * (to - from) / 400;
        rf_check(from < sets[s].values[0] && to > sets[s].values[sets[s].n - 1]);
        rf_check(area > 0.996 && area < 1.001);
    }
    double one, from, to;
    rf_density(apart, 3, &one, 1, &from, &to);
    rf_check(one > 0);
}

RF_TEST(one_sample_has_no_spread) {
    double value = 7, scratch;
    rf_check(rf_mean(&value, 1) == 7 && rf_deviation(&value, 1) == 0 && rf_mad(&value, 1, &scratch) == 0);
    rf_check(rf_quantile(&value, 1, 0.3) == 7);
    rf_outliers outliers = rf_tukey(&value, 1);
    rf_check(outliers.low_mild + outliers.low_severe + outliers.high_mild + outliers.high_severe == 0);
}

RF_TEST(outliers_count_once_and_fences_do_not) {
    /* Quartiles 4 and 8, fences -8, -2, 14, 20. */
    const double values[] = { -9, -8, -3, -2, 4, 4, 4, 6, 6, 8, 8, 8, 14, 15, 20, 21, 8 };
    double sorted[17];
    memcpy(sorted, values, sizeof values);
    rf_sort(sorted, 17);
    rf_outliers o = rf_tukey(sorted, 17);
    rf_check(o.low_severe_at == -8 && o.low_mild_at == -2 && o.high_mild_at == 14 && o.high_severe_at == 20);
    rf_check(o.low_severe == 1 && o.low_mild == 2 && o.high_mild == 2 && o.high_severe == 1);
}

RF_TEST(sums_do_not_lose_small_differences) {
    double values[1000];
    for (int i = 0; i < 1000; i++)
        values[i] = 1e9 + (i % 2 ? 1e-3 : -1e-3);
    rf_check(fabs(rf_mean(values, 1000) - 1e9) < 1e-6);
    rf_check(fabs(rf_deviation(values, 1000) - 1e-3 * sqrt(1000.0 / 999)) < 1e-7);
}

RF_TEST(a_line_without_a_slope_says_so) {
    const double x[] = { 1, 1, 1 }, flat[] = { 5, 5, 5 }, grows[] = { 1, 2, 3 }, steps[] = { 2, 4, 6 };
    rf_check(rf_fit_origin(x, flat, 3).slope == 5 && rf_fit_origin(x, flat, 3).r2 == 1);
    rf_check(rf_fit_origin(x, grows, 3).slope == 2 && rf_fit_origin(x, grows, 3).r2 == 0);
    rf_check(rf_fit_origin(grows, steps, 3).slope == 2 && rf_fit_origin(grows, steps, 3).r2 == 1);
    rf_check(rf_fit_origin(grows, flat, 3).r2 == 0); /* nothing to explain, and not met */
}

RF_TEST(sorting_puts_in_order) {
    rf_random random = rf_random_seeded(9);
    double values[500], sum = 0, after = 0;
    for (int i = 0; i < 500; i++)
        sum += values[i] = (double)rf_random_below(&random, 200) - 100;
    rf_sort(values, 500);
    for (int i = 0; i < 500; i++) {
        after += values[i];
        rf_check(i == 0 || values[i - 1] <= values[i]);
    }
    rf_check(sum == after);
}
