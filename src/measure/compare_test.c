/* compare_test.c: comparisons, against scipy and arch and where the answer is known. */
#include "harness.h"

#include "base/slice.h"
#include "measure/compare.h"
#include "measure/oracle.h"

#include <math.h>

enum { N = 60 };

/* Samples around `mean`, with noise of that share. */
typedef struct made { double iterations[N], ns[N]; rf_samples samples; } made;

static void make(made *m, double mean, double noise, uint64_t seed) {
    rf_random random = rf_random_seeded(seed);
    m->samples = (rf_samples){ N, m->iterations, m->ns, false, 0 };
    for (int i = 0; i < N; i++) {
        m->iterations[i] = 10;
        m->ns[i] = 10 * mean * exp(noise * rf_random_normal(&random));
    }
}

static rf_compare_options few(void) {
    rf_compare_options options = RF_COMPARE_DEFAULT;
    options.estimate.resamples = 2000;
    return options;
}

/* The probability by resampling is a count of resamples: three errors of it, on both sides. */
static bool near_probability(double got, double expected) {
    double p = fmax(expected, 1e-4);
    return fabs(got - expected) <= 3 * sqrt(p * (1 - p) * (1.0 / 100000 + 1.0 / 200000)) + 1e-5;
}

RF_TEST(comparisons_are_scipys) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    const rf_value *rows = oracle_at(&o.root, "comparisons");
    rf_check(rows->size > 4);
    for (uint32_t i = 0; i < rows->size; i++) {
        const rf_value *row = &rows->items[i];
        char base_name[32], now_name[32];
        (void)snprintf(base_name, sizeof base_name, "%.*s", RF_SLICE_ARG(rf_value_text(oracle_at(row, "base"))));
        (void)snprintf(now_name, sizeof now_name, "%.*s", RF_SLICE_ARG(rf_value_text(oracle_at(row, "now"))));
        rf_samples base = oracle_samples(&o, base_name), now = oracle_samples(&o, now_name);
        rf_compare_options options = RF_COMPARE_DEFAULT;
        rf_comparison c;
        rf_check(base.count && now.count && !rf_compare(&base, &now, &options, &c, NULL));
        rf_check(oracle_interval(now_name, &c.ratio, oracle_at(row, "ratio")));
        rf_check(oracle_same(c.t, oracle_number(oracle_at(row, "t"))));
        rf_check(near_probability(c.t_p, oracle_number(oracle_at(row, "t_p"))));
        rf_check(oracle_same(c.u, oracle_number(oracle_at(row, "u"))));
        rf_check(oracle_same(c.u_p, oracle_number(oracle_at(row, "u_p"))));
        rf_check(c.machine == 1 && !c.interleaved && c.matters == 0.02);
    }
}

/* Where times are nearly normal, the bootstrap of the null hypothesis must find what Student's distribution says. */
RF_TEST(the_bootstrap_of_t_is_near_students) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    rf_samples base = oracle_samples(&o, "thirty"), now = oracle_samples(&o, "thirty_slower");
    rf_compare_options options = RF_COMPARE_DEFAULT;
    options.estimate.resamples = 20000;
    rf_comparison c;
    rf_check(base.count && now.count && !rf_compare(&base, &now, &options, &c, NULL));
    const rf_value *row = &oracle_at(&o.root, "comparisons")->items[2];
    double student = rf_student_two_sided(c.t, oracle_number(oracle_at(row, "t_freedom")));
    rf_check(oracle_same(student, oracle_number(oracle_at(row, "t_p_student"))));
    rf_check(fabs(c.t_p - student) < 0.1 * student);
}

RF_TEST(pairs_are_resampled_in_blocks_as_long_as_arch_says) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    const rf_value *rows = oracle_at(&o.root, "in_turn");
    rf_check(rows->size == 2);
    static const char *const names[] = { "turn_now", "turn_lasting" };
    for (uint32_t i = 0; i < 2; i++) {
        rf_samples base = oracle_samples(&o, "turn_base"), now = oracle_samples(&o, names[i]);
        rf_compare_options options = RF_COMPARE_DEFAULT;
        rf_comparison c;
        rf_check(base.count && now.count && !rf_compare_pairs(&base, &now, &options, &c, NULL));
        rf_check(oracle_interval(names[i], &c.ratio, oracle_at(&rows->items[i], "ratio")));
        rf_check(c.interleaved && c.machine == 1);
        rf_check(oracle_same(c.w, oracle_number(oracle_at(&rows->items[i], "w"))));
        rf_check(oracle_same(c.w_p, oracle_number(oracle_at(&rows->items[i], "w_p"))));
    }
}

/* Both sides swing by 30 % together; that is no uncertainty of the ratio. */
RF_TEST(what_pairs_share_does_not_count) {
    made base, now;
    make(&base, 100, 0.01, 1);
    make(&now, 105, 0.01, 2);
    for (int i = 0; i < N; i++) {
        double swing = 1 + 0.3 * sin(i / 7.0);
        base.ns[i] *= swing;
        now.ns[i] *= swing;
    }
    rf_compare_options options = few();
    rf_comparison together, apart;
    rf_check(!rf_compare_pairs(&base.samples, &now.samples, &options, &together, NULL));
    rf_check(!rf_compare(&base.samples, &now.samples, &options, &apart, NULL));
    rf_check(together.change == RF_CHANGE_SLOWER && together.ratio.low > 1.03 && together.ratio.high < 1.07);
    rf_check(apart.change == RF_CHANGE_UNCLEAR && apart.ratio.error > 5 * together.ratio.error);
}

RF_TEST(the_verdict_follows_the_interval) {
    made base, same, slower, faster, noisy;
    make(&base, 100, 0.01, 3);
    make(&same, 100.3, 0.01, 4);
    make(&slower, 110, 0.01, 5);
    make(&faster, 90, 0.01, 6);
    make(&noisy, 104, 0.3, 7);
    rf_compare_options options = few();
    rf_comparison c;
    rf_check(!rf_compare(&base.samples, &same.samples, &options, &c, NULL));
    rf_check(c.change == RF_CHANGE_NONE && c.ratio.low > 0.98 && c.ratio.high < 1.02);
    rf_check(!rf_compare(&base.samples, &slower.samples, &options, &c, NULL));
    rf_check(c.change == RF_CHANGE_SLOWER && c.ratio.low > 1.08 && c.ratio.high < 1.12 && c.t > 10 && c.t_p < 0.001 && c.u_p < 1e-9);
    rf_check(!rf_compare(&base.samples, &faster.samples, &options, &c, NULL));
    rf_check(c.change == RF_CHANGE_FASTER && c.ratio.low > 0.88 && c.ratio.high < 0.92 && c.t < -10);
    rf_check(!rf_compare(&base.samples, &noisy.samples, &options, &c, NULL));
    rf_check(c.change == RF_CHANGE_UNCLEAR);
    options.matters = 0.2;
    rf_check(!rf_compare(&base.samples, &slower.samples, &options, &c, NULL));
    rf_check(c.change == RF_CHANGE_NONE && c.matters == 0.2);
}

/* A few large outliers on one side, whose mean they raise: the interval alone would say slower. */
RF_TEST(outliers_alone_prove_nothing) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    rf_samples with = oracle_samples(&o, "flat"), without = oracle_samples(&o, "flat_again");
    rf_compare_options options = few();
    options.matters = 0.002;
    rf_comparison c;
    rf_check(with.count && without.count && !rf_compare(&with, &without, &options, &c, NULL));
    rf_check(c.ratio.high < 0.998 && c.change == RF_CHANGE_UNCLEAR);
}

RF_TEST(what_the_machine_may_have_done_is_not_proven) {
    made base, now;
    make(&base, 100, 0.005, 8);
    make(&now, 110, 0.005, 9);
    rf_compare_options options = few(), slow = few(), fast = few();
    slow.base_reference_ns = fast.now_reference_ns = 1000;
    slow.now_reference_ns = fast.base_reference_ns = 1100;
    rf_comparison plain, widened, back;
    rf_check(!rf_compare(&base.samples, &now.samples, &options, &plain, NULL) && plain.machine == 1);
    rf_check(!rf_compare(&base.samples, &now.samples, &slow, &widened, NULL) && fabs(widened.machine - 1.1) < 1e-12);
    rf_check(plain.change == RF_CHANGE_SLOWER && widened.change == RF_CHANGE_UNCLEAR);
    rf_check(widened.ratio.point == plain.ratio.point && fabs(widened.ratio.low - plain.ratio.low / 1.1) < 1e-12);
    rf_check(fabs(widened.ratio.high - plain.ratio.high * 1.1) < 1e-12);
    rf_check(!rf_compare(&now.samples, &base.samples, &fast, &back, NULL)); /* a machine that is faster now, likewise */
    rf_check(back.change == RF_CHANGE_UNCLEAR && back.ratio.high > 0.98);
    slow.base_reference_ns = 0;
    rf_check(!rf_compare(&base.samples, &now.samples, &slow, &widened, NULL) && widened.machine == 1);
    slow.base_reference_ns = 1000;
    rf_check(!rf_compare_pairs(&base.samples, &now.samples, &slow, &widened, NULL) && widened.machine == 1);
    rf_check(widened.change == RF_CHANGE_SLOWER);
}

/* What comes once a sample raises each time by another amount, and no slope. */
RF_TEST(slopes_are_compared_only_with_slopes) {
    made base, now;
    make(&base, 100, 0.002, 10);
    make(&now, 100, 0.002, 11);
    for (int i = 0; i < N; i++) {
        double grown = i + 1;
        base.iterations[i] = now.iterations[i] = grown;
        base.ns[i] *= grown / 10;
        now.ns[i] = now.ns[i] * grown / 10 + 500;
    }
    rf_compare_options options = few();
    rf_comparison c;
    base.samples.linear = now.samples.linear = true;
    rf_check(!rf_compare(&base.samples, &now.samples, &options, &c, NULL) && fabs(c.ratio.point - 1.12) < 0.02);
    base.samples.linear = false;
    rf_check(!rf_compare(&base.samples, &now.samples, &options, &c, NULL) && c.ratio.point > 1.3);
}

RF_TEST(times_that_do_not_vary_compare) {
    made base, now;
    make(&base, 100, 0, 1);
    make(&now, 100, 0, 1);
    rf_compare_options options = few();
    rf_comparison c;
    rf_check(!rf_compare(&base.samples, &now.samples, &options, &c, NULL));
    rf_check(c.ratio.point == 1 && c.ratio.low == 1 && c.ratio.high == 1 && c.t == 0 && c.t_p == 1 && c.u_p == 1);
    rf_check(c.change == RF_CHANGE_NONE);
    make(&now, 125, 0, 1);
    rf_check(!rf_compare(&base.samples, &now.samples, &options, &c, NULL));
    rf_check(c.ratio.low == 1.25 && c.ratio.high == 1.25 && c.t == 1e6 && c.t_p < 0.001 && c.u_p < 1e-9);
    rf_check(c.change == RF_CHANGE_SLOWER);
    rf_check(!rf_compare_pairs(&now.samples, &base.samples, &options, &c, NULL));
    rf_check(c.ratio.point == 0.8 && c.t == -1e6 && c.change == RF_CHANGE_FASTER);
}

RF_TEST(two_samples_compare) {
    made base, now;
    make(&base, 100, 0.01, 1);
    make(&now, 200, 0.01, 2);
    base.samples.count = now.samples.count = 2;
    rf_compare_options options = few();
    rf_comparison c;
    rf_check(!rf_compare(&base.samples, &now.samples, &options, &c, NULL));
    rf_check(isfinite(c.ratio.low) && isfinite(c.ratio.high) && c.ratio.low <= c.ratio.point && c.ratio.point <= c.ratio.high);
    rf_check(!rf_compare_pairs(&base.samples, &now.samples, &options, &c, NULL));
    rf_check(isfinite(c.ratio.low) && isfinite(c.ratio.high));
}

RF_TEST(what_cannot_be_compared_is_refused) {
    made base, now;
    make(&base, 100, 0.01, 1);
    make(&now, 100, 0.01, 2);
    rf_compare_options options = few();
    rf_comparison c;
    rf_error error = { 0 };
    base.samples.count = 1;
    rf_check(rf_compare(&base.samples, &now.samples, &options, &c, &error) == RF_ECONFIG);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("baseline: 1 samples: it takes 2 to 4294967295"));
    base.samples.count = 50;
    rf_check(rf_compare_pairs(&base.samples, &now.samples, &options, &c, &error) == RF_ECONFIG);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("50 and 60 samples are no pairs"));
    now.ns[4] = -1;
    rf_check(rf_compare(&base.samples, &now.samples, &options, &c, &error) == RF_ECONFIG);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("sample 5 took -1 ns, which is no time"));
    now.ns[4] = 1;
    options.matters = 1;
    rf_check(rf_compare(&base.samples, &now.samples, &options, &c, &error) == RF_ECONFIG);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("a change that matters of 1 is not between 0 and 1"));
    options.estimate.confidence = 0;
    rf_check(rf_compare(&base.samples, &now.samples, &options, &c, &error) == RF_ECONFIG);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("confidence 0 is not between 0 and 1"));
}

/* ---- Mann and Whitney ---- */

RF_TEST(ranks_count_pairs_and_half_ties) {
    const double a[] = { 3, 1, 2 }, b[] = { 2, 0, 5, 2 };
    double scratch[14], u, p, other, other_p;
    rf_mann_whitney(a, 3, b, 4, scratch, &u, &p); /* 3 is above 2, 0, 2; 1 above 0; 2 above 0 and equal to two */
    rf_mann_whitney(b, 4, a, 3, scratch, &other, &other_p);
    rf_check(u == 6 && other == 6 && p == 1 && other_p == 1);
    const double low[] = { 1, 2, 3 }, high[] = { 4, 5, 6, 7 };
    rf_mann_whitney(high, 4, low, 3, scratch, &u, &p);
    rf_mann_whitney(low, 3, high, 4, scratch, &other, &other_p);
    rf_check(u == 12 && other == 0 && p == other_p && fabs(p - 0.051830) < 1e-6); /* z = 5.5 / sqrt(8) */
    const double same[] = { 1, 1, 1 };
    rf_mann_whitney(same, 3, same, 3, scratch, &u, &p);
    rf_check(u == 4.5 && p == 1);
}

RF_TEST(signed_ranks_leave_out_equal_pairs) {
    const double a[] = { 3, 1, 2, 5, 5, 7, 4, 4 }, b[] = { 2, 2, 2, 3, 4, 5, 5, 1 };
    double scratch[16], w, p, other, other_p;
    rf_signed_ranks(a, b, 8, scratch, &w, &p); /* scipy: wilcoxon(a, b, correction=True, method="approx") */
    rf_signed_ranks(b, a, 8, scratch, &other, &other_p);
    rf_check(w == 5 && other == 5 && p == other_p && fabs(p - 0.1426907675163863) < 1e-12);
    rf_signed_ranks(a, a, 8, scratch, &w, &p);
    rf_check(w == 0 && p == 1);
}

/* Two of ten runs met something else, and only on one side: the mean says slower, most pairs do not. */
RF_TEST(pairs_must_agree) {
    made base, now;
    make(&base, 100, 0.001, 1);
    make(&now, 100, 0.001, 2);
    for (int i = 0; i < N; i++)
        now.ns[i] *= i % 10 < 2 ? 1.6 : i % 2 ? 1.0005 : 0.9995;
    base.samples.runs = now.samples.runs = 10;
    rf_compare_options options = few();
    rf_comparison c;
    rf_check(!rf_compare_pairs(&base.samples, &now.samples, &options, &c, NULL));
    rf_check(c.w > 0 && c.w_p > 0.01 && c.pairs_p > 0.01 && c.change == RF_CHANGE_UNCLEAR);
    make(&now, 110, 0.001, 2);
    now.samples.runs = 10;
    rf_check(!rf_compare_pairs(&base.samples, &now.samples, &options, &c, NULL));
    rf_check(c.w == 0 && c.pairs_p < 1e-9 && c.change == RF_CHANGE_SLOWER);
}

/* A run in which everything took 6 % longer, and one in which it took 6 % less, prove nothing about the next. */
RF_TEST(runs_are_what_counts) {
    made base, now;
    rf_comparison apart, within;
    rf_compare_options options = few();
    make(&base, 100, 0.002, 1);
    make(&now, 103, 0.002, 2);
    rf_check(!rf_compare(&base.samples, &now.samples, &options, &apart, NULL));
    rf_check(apart.change == RF_CHANGE_SLOWER);
    for (int i = 0; i < N; i++) {
        base.ns[i] *= 1 + 0.02 * (i % 6 - 2.5);
        now.ns[i] *= 1 - 0.02 * (i % 6 - 2.5);
    }
    base.samples.runs = now.samples.runs = 6;
    rf_check(!rf_compare(&base.samples, &now.samples, &options, &apart, NULL));
    rf_check(!rf_compare_pairs(&base.samples, &now.samples, &options, &within, NULL));
    rf_check(apart.change == RF_CHANGE_UNCLEAR && within.change == RF_CHANGE_UNCLEAR);
    rf_check(apart.ratio.high - apart.ratio.low > 0.05);
    now.samples.runs = 5;
    rf_check(rf_compare_pairs(&base.samples, &now.samples, &options, &within, NULL) == RF_ECONFIG || rf_test_torture());
}
