/* histogram_test.c: latency histograms. */
#include "harness.h"

#include "measure/histogram.h"
#include "measure/random.h"
#include "measure/stats.h"

#include <math.h>

static bool is_within(uint64_t got, double expected, double part) { return fabs((double)got - expected) <= expected * part; }

RF_TEST(small_latencies_are_exact) {
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_check(rf_latency_init(&latency, NULL) == RF_OK);
    for (uint64_t ns = 1; ns <= 1000; ns++)
        rf_latency_add(&latency, ns);
    rf_check(latency.total == 1000 && latency.minimum == 1 && latency.maximum == 1000);
    rf_check(rf_latency_quantile(&latency, 0) == 1);
    rf_check(rf_latency_quantile(&latency, 0.001) == 1);
    rf_check(rf_latency_quantile(&latency, 0.07) == 70);
    rf_check(rf_latency_quantile(&latency, 0.5) == 500);
    rf_check(rf_latency_quantile(&latency, 0.99) == 990);
    rf_check(rf_latency_quantile(&latency, 0.9901) == 991);
    rf_check(rf_latency_quantile(&latency, 1) == 1000);
    rf_check(rf_latency_mean(&latency) == 500.5);
}

RF_TEST(every_latency_is_kept_to_a_thousandth) {
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_check(rf_latency_init(&latency, NULL) == RF_OK);
    for (unsigned bits = 0; bits < 42; bits++)
        for (int64_t beside = -1; beside <= 1; beside++) {
            uint64_t ns = (UINT64_C(1) << bits) + (uint64_t)beside;
            rf_latency_clear(&latency);
            rf_latency_add(&latency, ns);
            rf_latency_add(&latency, UINT64_C(1) << 42); /* so that the maximum does not cut what is told */
            uint64_t told = rf_latency_quantile(&latency, 0.5);
            rf_check(told >= ns);
            rf_check(is_within(told, (double)ns, 0.001));
        }
}

RF_TEST(quantiles_are_those_of_the_data) {
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_check(rf_latency_init(&latency, NULL) == RF_OK);
    static double values[20000];
    rf_random random = rf_random_seeded(7);
    double sum = 0;
    for (size_t i = 0; i < 20000; i++) {
        uint64_t ns = (uint64_t)exp(12 + 2 * rf_random_normal(&random)); /* around 160 us, from 50 ns to 400 ms */
        values[i] = (double)ns;
        sum += (double)ns;
        rf_latency_add(&latency, ns);
    }
    rf_sort(values, 20000);
    static const double shares[] = { 0.0001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1 };
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        double expected = values[(size_t)ceil(shares[i] * 20000 - 1e-6) - 1];
        rf_check(is_within(rf_latency_quantile(&latency, shares[i]), expected, 0.001));
    }
    rf_check(fabs(rf_latency_mean(&latency) / (sum / 20000) - 1) < 1e-12);
}

typedef struct walk { uint64_t count, last_high, steps; bool ascends, holds; } walk;

static void visit(void *arg, uint64_t low, uint64_t high, uint64_t count) {
    walk *at = arg;
    at->ascends = at->ascends && low >= at->last_high && high >= low;
    at->holds = at->holds && (double)(high - low) <= 1 + (double)high / 1024;
    at->last_high = high;
    at->count += count;
    at->steps++;
}

RF_TEST(a_walk_meets_every_latency_once_and_upwards) {
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_check(rf_latency_init(&latency, NULL) == RF_OK);
    rf_random random = rf_random_seeded(3);
    rf_latency_add(&latency, 0);
    for (size_t i = 0; i < 999; i++)
        rf_latency_add(&latency, rf_random_next(&random) >> (24 + i % 40));
    walk seen = { .ascends = true, .holds = true };
    rf_latency_each(&latency, visit, &seen);
    rf_check(seen.count == 1000 && seen.ascends && seen.holds);
    rf_check(seen.steps > 100);
}

RF_TEST(what_is_longer_than_the_last_bucket_counts_in_it) {
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_check(rf_latency_init(&latency, NULL) == RF_OK);
    rf_latency_add(&latency, UINT64_MAX);
    rf_latency_add(&latency, UINT64_C(1) << 42);
    rf_check(latency.total == 2);
    rf_check(rf_latency_quantile(&latency, 0.5) == (UINT64_C(1) << 42) - 1);
    rf_check(latency.minimum == latency.maximum);
}

RF_TEST(an_empty_histogram_says_nothing) {
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_check(rf_latency_init(&latency, NULL) == RF_OK);
    rf_check(rf_latency_quantile(&latency, 0.99) == 0 && rf_latency_mean(&latency) == 0);
    rf_latency_add(&latency, 5);
    rf_latency_clear(&latency);
    walk seen = { 0 };
    rf_latency_each(&latency, visit, &seen);
    rf_check(seen.steps == 0 && latency.total == 0 && latency.maximum == 0);
    rf_latency_add(&latency, 9);
    rf_check(latency.minimum == 9);
}
