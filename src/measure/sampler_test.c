/* sampler_test.c: samples of benchmarks that log what is done to them. */
#include "harness.h"

#include "base/clock.h"
#include "base/slice.h"
#include "measure/sampler.h"
#include "measure/sampler_run.h"

#include <math.h>
#include <stdatomic.h>

/* ---- A benchmark that does as it is told ---- */

enum { LOG_MAX = 4096, MIB = 1 << 20 };
typedef struct block { struct block *next; } block;
/* Shared by two that run in turn. */
typedef struct journal { char who[LOG_MAX]; uint64_t iterations[LOG_MAX]; size_t count; } journal;
typedef struct subject {
    uint64_t spin_ns;          /* an iteration takes at least that */
    uint32_t allocations;      /* of each iteration, freed in it */
    bool keeps;                /* a block of each iteration until it is closed */
    size_t touch_bytes;        /* of memory, when it opens */
    bool open_fails, check_fails;
    uint64_t pause_at, pause_ns; /* that iteration takes so long */
    uint64_t stop_at;          /* an iteration in which somebody says stop */
    char name;
    journal *log;
    const struct subject *beside;
    /* What happened. */
    _Atomic bool stop;
    uint32_t opened, closed, checked, met; /* `met`: opened while the one beside it was open */
    uint64_t iterations;
    block *kept;
    char *touched;
} subject;

static rf_code open_subject(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    subject *it = *(subject *const *)bench->arg;
    it->opened++;
    it->met += it->beside && it->beside->opened > it->beside->closed;
    if (it->open_fails)
        return rf_raise(reterr, RF_EIO, "no such thing");
    if (it->touch_bytes) {
        it->touched = rf_alloc(it->touch_bytes);
        if (!it->touched)
            return rf_raise_nomem(reterr);
        memset(it->touched, 1, it->touch_bytes);
    }
    *ret_state = it;
    return RF_OK;
}

static void spin(uint64_t ns) {
    uint64_t until = rf_clock_mono_ns() + ns;
    while (rf_clock_mono_ns() < until)
        continue;
}

static void allocate(subject *it) {
    for (uint32_t i = 0; i < it->allocations; i++)
        rf_free(rf_alloc(16));
    block *kept = it->keeps ? rf_alloc(sizeof *kept) : NULL;
    if (!kept)
        return;
    kept->next = it->kept;
    it->kept = kept;
}

static void work_subject(void *state, uint64_t iterations) {
    subject *it = state;
    if (it->log && it->log->count < LOG_MAX) {
        it->log->who[it->log->count] = it->name;
        it->log->iterations[it->log->count++] = iterations;
    }
    for (uint64_t i = 0; i < iterations; i++) {
        it->iterations++;
        if (it->spin_ns)
            spin(it->spin_ns);
        if (it->iterations == it->pause_at)
            rf_clock_sleep_ns(it->pause_ns);
        if (it->iterations == it->stop_at)
            atomic_store(&it->stop, true);
        allocate(it);
    }
}

static rf_code check_subject(void *state, rf_error *reterr) {
    subject *it = state;
    it->checked++;
    return it->check_fails ? rf_raise(reterr, RF_ESCRIPT, "the hook was never called") : RF_OK;
}

static void close_subject(void *state) {
    subject *it = state;
    it->closed++;
    while (it->kept) {
        block *next = it->kept->next;
        rf_free(it->kept);
        it->kept = next;
    }
    rf_free(it->touched);
    it->touched = NULL;
}

/* `it` must outlive the benchmark, as the pointer to it must. */
static rf_bench bench_of(subject *const *it) {
    return (rf_bench){ .group = "tests", .name = "subject", .arg = it,
                       .open = open_subject, .work = work_subject, .check = check_subject, .close = close_subject };
}

/* As short as it can be: ten samples. */
static rf_sampler_options short_options(rf_sampling sampling) {
    return (rf_sampler_options){ .samples = 10, .measure_ns = 500000, .warm_ns = 300000, .sampling = sampling, .counters = true };
}

static rf_code measure(subject *it, const rf_sampler_options *options, rf_arena *arena, rf_measurement *ret, rf_error *reterr) {
    rf_bench bench = bench_of(&it);
    return rf_measure(&bench, options, arena, ret, reterr);
}

static rf_arena some_arena(void) {
    rf_arena arena;
    rf_arena_init(&arena, 4096);
    return arena;
}

/* ---- The layout of samples ---- */

static rf_sample_plan plan_of(double iteration_ns, rf_sampling sampling, bool flat) {
    rf_bench bench = { .flat = flat };
    rf_sampler_options options = RF_SAMPLER_DEFAULT;
    options.sampling = sampling;
    return rf_plan_samples(&bench, &options, iteration_ns);
}

static double planned_ns(const rf_sample_plan *plan, double iteration_ns) {
    double total = 0;
    for (uint32_t i = 0; i < plan->samples; i++)
        total += (double)rf_plan_iterations(plan, i) * iteration_ns;
    return total;
}

RF_TEST(samples_fill_the_time_that_was_asked_for) {
    static const double times[] = { 0.5, 5, 100, 3000, 50000, 700000 };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        rf_sample_plan linear = plan_of(times[i], RF_SAMPLING_AUTO, false), flat = plan_of(times[i], RF_SAMPLING_FLAT, false);
        rf_check(linear.linear && linear.samples == 100 && !flat.linear && flat.samples == 100);
        rf_check(planned_ns(&linear, times[i]) <= 5e9 && planned_ns(&linear, times[i]) > 3.5e9);
        rf_check(planned_ns(&flat, times[i]) <= 5e9 && planned_ns(&flat, times[i]) > 4.9e9);
    }
}

RF_TEST(long_iterations_are_sampled_flat) {
    rf_check(plan_of(900000, RF_SAMPLING_AUTO, false).linear);   /* 5050 of them fit into 5 s */
    rf_check(!plan_of(1000000, RF_SAMPLING_AUTO, false).linear); /* no longer */
    rf_check(!plan_of(100, RF_SAMPLING_AUTO, true).linear);
    rf_check(plan_of(100, RF_SAMPLING_LINEAR, true).linear);
}

RF_TEST(iterations_too_long_for_all_samples_make_fewer) {
    rf_sample_plan plan = plan_of(1e8, RF_SAMPLING_AUTO, false); /* a tenth of a second */
    rf_check(plan.samples == 50 && plan.step == 1);
    plan = plan_of(4e9, RF_SAMPLING_AUTO, false);
    rf_check(plan.samples == 10 && plan.step == 1);
    plan = plan_of(4e7, RF_SAMPLING_LINEAR, false); /* 125 fit: 1 + 2 + … + 15 = 120 */
    rf_check(plan.linear && plan.samples == 15 && plan.step == 1);
    plan = plan_of(4e9, RF_SAMPLING_LINEAR, false);
    rf_check(plan.samples == 10 && plan.step == 1);
}

RF_TEST(no_sample_is_so_short_that_the_clock_counts) {
    rf_bench bench = { 0 };
    for (int sampling = RF_SAMPLING_AUTO; sampling <= RF_SAMPLING_FLAT; sampling++)
        for (double iteration_ns = 0.001; iteration_ns < 1e6; iteration_ns *= 7) {
            rf_sampler_options options = { .samples = 30, .measure_ns = 100000, .sampling = (rf_sampling)sampling };
            rf_sample_plan plan = rf_plan_samples(&bench, &options, iteration_ns);
            rf_check((double)rf_plan_iterations(&plan, 0) * iteration_ns >= RF_SAMPLE_NS_MIN * 0.999);
            rf_check(plan.samples >= 10 && plan.samples <= 30);
        }
    rf_check(rf_plan_flat_step(1e9, 1e-3) >= 1000000000);
    rf_check(rf_plan_flat_step(1e30, 1e-3) == UINT64_C(1000000000000000)); /* and no overflow */
}

/* ---- Warm-up ---- */

RF_TEST(drift_is_told_from_noise) {
    static const double still[] = { 100, 100.2, 99.9, 100.1, 100, 99.8, 100.3, 100, 99.9, 100.1 };
    static const double noisy[] = { 100, 140, 90, 130, 105, 110, 150, 95, 120, 115 };
    static const double falling[] = { 200, 180, 165, 150, 140, 132, 126, 121, 118, 116 };
    static const double rising[] = { 100, 102, 104, 105, 107, 109, 111, 113, 115, 117 };
    static const double step[] = { 150, 151, 150.5, 149.8, 150.2, 100, 100.3, 99.9, 100.2, 100.1 };
    static const double slight[] = { 100.9, 100.8, 100.7, 100.6, 100.5, 100.4, 100.3, 100.2, 100.1, 100 };
    rf_check(rf_warm_is_settled(still, 10));
    rf_check(rf_warm_is_settled(noisy, 10));
    rf_check(!rf_warm_is_settled(falling, 10));
    rf_check(!rf_warm_is_settled(rising, 10));
    rf_check(!rf_warm_is_settled(step, 10));
    rf_check(rf_warm_is_settled(slight, 10)); /* a trend, of a half of a percent */
}

RF_TEST(few_windows_are_judged_by_how_near_they_are) {
    static const double near[] = { 100, 103, 101 }, far[] = { 120, 110, 100 };
    rf_check(rf_warm_is_settled(near, 3));
    rf_check(!rf_warm_is_settled(far, 3));
    rf_check(!rf_warm_is_settled(near, 2));
    rf_check(!rf_warm_is_settled(near, 0));
}

RF_TEST(a_warm_up_that_was_too_short_is_not_settled) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject it = { .spin_ns = 100000 };
    rf_sampler_options options = short_options(RF_SAMPLING_FLAT);
    options.warm_ns = 0;
    rf_measurement m;
    rf_check(measure(&it, &options, &arena, &m, NULL) == RF_OK);
    rf_check(!m.settled && m.warm_iterations >= 1 && m.warm_ns >= 100000);
    rf_check(m.noise.grade >= 'C' && *m.noise.reason);
}

/* ---- Samples ---- */

RF_TEST(linear_samples_grow_by_the_same_step) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject it = { .spin_ns = 1000 };
    rf_sampler_options options = short_options(RF_SAMPLING_LINEAR);
    rf_measurement m;
    rf_check(measure(&it, &options, &arena, &m, NULL) == RF_OK);
    rf_check(m.linear && m.count == 10);
    for (size_t i = 0; i < m.count; i++) {
        rf_check(m.iterations[i] == m.iterations[0] * (double)(i + 1));
        rf_check(m.ns[i] >= m.iterations[i] * 1000 && m.cpu_ns[i] >= 0);
    }
    rf_check(m.warm_iterations > 0 && m.warm_ns >= 30000);
    rf_check(it.opened == 1 && it.checked == 1 && it.closed == 1);
    rf_check(m.noise.grade >= 'A' && m.noise.grade <= 'D' && m.noise.reference_ns > 0);
    rf_samples samples = rf_measurement_samples(&m);
    rf_check(samples.count == 10 && samples.linear && samples.ns == m.ns);
    rf_check(rf_fit_origin(m.iterations, m.ns, m.count).slope >= 1000);
}

RF_TEST(flat_samples_are_all_the_same) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject it = { .spin_ns = 5000 };
    rf_sampler_options options = short_options(RF_SAMPLING_FLAT);
    options.samples = 3; /* ten at least */
    rf_measurement m;
    rf_check(measure(&it, &options, &arena, &m, NULL) == RF_OK);
    rf_check(!m.linear && m.count == 10);
    for (size_t i = 0; i < m.count; i++)
        rf_check(m.iterations[i] == m.iterations[0] && m.iterations[i] >= 1 && m.ns[i] >= m.iterations[i] * 5000);
}

RF_TEST(all_iterations_that_were_run_are_accounted_for) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    journal log = { .count = 0 };
    subject it = { .spin_ns = 2000, .log = &log };
    rf_sampler_options options = short_options(RF_SAMPLING_LINEAR);
    rf_measurement m;
    rf_check(measure(&it, &options, &arena, &m, NULL) == RF_OK);
    /* Warm-up; one step before the samples; the samples; the pass that counts allocations. */
    double sum = (double)m.warm_iterations + m.iterations[0] + (double)log.iterations[log.count - 1];
    for (size_t i = 0; i < m.count; i++)
        sum += m.iterations[i];
    rf_check(sum == (double)it.iterations);
    for (size_t i = 0; i < m.count; i++)
        rf_check((double)log.iterations[log.count - 1 - m.count + i] == m.iterations[i]);
}

RF_TEST(work_that_does_nothing_can_be_measured) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject it = { 0 };
    rf_sampler_options options = short_options(RF_SAMPLING_AUTO);
    rf_measurement m;
    rf_check(measure(&it, &options, &arena, &m, NULL) == RF_OK);
    rf_check(m.count == 10 && m.allocations == 0 && m.allocated_blocks_left == 0);
}

/* ---- What goes wrong ---- */

RF_TEST(what_does_not_open_is_not_closed) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject it = { .open_fails = true };
    rf_sampler_options options = short_options(RF_SAMPLING_AUTO);
    rf_measurement m;
    rf_error error = { 0 };
    rf_code code = measure(&it, &options, &arena, &m, &error);
    rf_check(code == RF_EIO && m.count == 0);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("no such thing"));
    rf_check(it.opened == 1 && it.closed == 0 && it.iterations == 0);
}

RF_TEST(what_ran_wrong_gives_no_figures) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject it = { .spin_ns = 1000, .check_fails = true };
    rf_sampler_options options = short_options(RF_SAMPLING_FLAT);
    rf_measurement m;
    rf_error error = { 0 };
    rf_code code = measure(&it, &options, &arena, &m, &error);
    rf_check(code == RF_ESCRIPT && m.count == 0 && !m.ns);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("the hook was never called"));
    rf_check(it.checked == 1 && it.closed == 1);
}

RF_TEST(a_measurement_can_be_stopped_at_any_time) {
    /* While it warms up; and at a sample, when a warm-up of no time has done one batch of one iteration. */
    for (uint64_t at = 1; at <= 5; at += 4) {
        RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
        subject it = { .spin_ns = 60000, .stop_at = at };
        rf_sampler_options options = short_options(RF_SAMPLING_FLAT);
        options.warm_ns = at == 1 ? 1000000000 : 0;
        options.stop = &it.stop;
        rf_measurement m;
        rf_check(measure(&it, &options, &arena, &m, NULL) == RF_ECLOSED);
        rf_check(m.count == 0 && it.closed == 1 && it.checked == 0);
        rf_check(it.iterations < 10);
    }
}

RF_TEST(benchmarks_need_neither_check_nor_close) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject it = { .spin_ns = 1000 }, *arg = &it;
    rf_bench bench = bench_of(&arg);
    bench.check = NULL;
    bench.close = NULL;
    rf_sampler_options options = short_options(RF_SAMPLING_FLAT);
    rf_measurement m;
    rf_check(rf_measure(&bench, &options, &arena, &m, NULL) == RF_OK);
    rf_check(m.count == 10 && it.closed == 0 && it.checked == 0);
}

/* ---- Beside the time ---- */

RF_TEST(allocations_of_an_iteration_are_counted_exactly) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject it = { .spin_ns = 100000, .allocations = 3 };
    rf_sampler_options options = short_options(RF_SAMPLING_FLAT);
    rf_measurement m;
    rf_check(measure(&it, &options, &arena, &m, NULL) == RF_OK);
    if (rf_test_torture())
        return; /* blocks that fail are not counted, and not kept */
    rf_check(m.allocations == 3 && m.allocated_blocks_left == 0);
}

RF_TEST(blocks_that_stay_are_told) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    journal log = { .count = 0 };
    subject it = { .spin_ns = 100000, .keeps = true, .log = &log };
    rf_sampler_options options = short_options(RF_SAMPLING_FLAT);
    rf_measurement m;
    rf_check(measure(&it, &options, &arena, &m, NULL) == RF_OK);
    if (rf_test_torture())
        return;
    rf_check(m.allocations == 1);
    rf_check(m.allocated_blocks_left == (double)log.iterations[log.count - 1]);
}

RF_TEST(counting_ends_with_the_pass_that_counts) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject it = { .spin_ns = 20000 };
    rf_sampler_options options = short_options(RF_SAMPLING_FLAT);
    rf_measurement m;
    uint64_t before = rf_alloc_count();
    bool watched = rf_alloc_watch(false);
    rf_code code = measure(&it, &options, &arena, &m, NULL);
    rf_arena_done(&arena); /* its blocks came uncounted, so they must go uncounted */
    bool after = rf_alloc_watch(watched);
    rf_check(watched); /* the harness does */
    rf_check(code == RF_OK && !after);
    rf_check(rf_alloc_count() == before);
}

RF_TEST(memory_that_open_takes_is_in_the_peak) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject it = { .spin_ns = 20000, .touch_bytes = 32 * MIB };
    rf_sampler_options options = short_options(RF_SAMPLING_FLAT);
    rf_measurement m;
    rf_check(measure(&it, &options, &arena, &m, NULL) == RF_OK);
    rf_check(m.peak_bytes > 30 * MIB);
}

RF_TEST(counters_of_hardware_are_scaled_to_one_iteration) {
    rf_counters counters = { .files = { 7, 8, -1, 9 }, .leader = 7 };
    /* Three counters; they were on the processor for half of the time. */
    static const uint64_t words[] = { 3, 2000, 1000, 500, 1500, 20 };
    rf_hardware seen = rf_counters_scale(&counters, words, 6, 100);
    rf_check(fabs(seen.cycles - 10) < 1e-12 && fabs(seen.instructions - 30) < 1e-12);
    rf_check(seen.branch_misses == -1 && fabs(seen.cache_misses - 0.4) < 1e-12);
    static const uint64_t never[] = { 3, 2000, 0, 0, 0, 0 };
    seen = rf_counters_scale(&counters, never, 6, 100);
    rf_check(seen.cycles == -1 && seen.cache_misses == -1);
    seen = rf_counters_scale(&counters, words, 0, 100);
    rf_check(seen.instructions == -1);
}

RF_TEST(counters_that_are_refused_are_no_error) {
    rf_counters counters;
    rf_counters_open(&counters);
    rf_counters_start(&counters);
    spin(10000);
    rf_counters_stop(&counters);
    rf_hardware seen = rf_counters_read(&counters, 10);
    bool counted = counters.files[0] >= 0;
    rf_counters_close(&counters);
    rf_check(counted ? seen.cycles != 0 : seen.cycles == -1);
    rf_check(counters.leader == -1 && rf_counters_read(&counters, 1).cycles == -1);
}

/* ---- Progress ---- */

typedef struct watcher { uint32_t calls, wrong; rf_phase_of_bench last; uint32_t of_phase[3]; double first_ns, last_ns; } watcher;

static void watch(void *user, const rf_bench *bench, rf_phase_of_bench phase, double done, double ns) {
    watcher *seen = user;
    if (strcmp(bench->name, "subject") != 0 || phase < seen->last || !(done >= 0 && done <= 1) || !(ns >= 0))
        seen->wrong++;
    if (seen->calls++ == 0)
        seen->first_ns = ns;
    seen->last = phase;
    seen->last_ns = ns;
    seen->of_phase[phase]++;
}

RF_TEST(progress_is_told_in_order_and_seldom) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject it = { .spin_ns = 10000 };
    watcher seen = { .calls = 0 };
    rf_sampler_options options = short_options(RF_SAMPLING_LINEAR);
    options.warm_ns = 20000000;
    options.measure_ns = 100000000;
    options.progress = watch;
    options.user = &seen;
    rf_measurement m;
    uint64_t began = rf_clock_mono_ns();
    rf_check(measure(&it, &options, &arena, &m, NULL) == RF_OK);
    uint64_t tenths = (rf_clock_mono_ns() - began) / (RF_NS_PER_S / 10);
    rf_check(seen.wrong == 0);
    rf_check(seen.of_phase[RF_BENCH_WARMS] >= 1 && seen.of_phase[RF_BENCH_MEASURES] >= 1 && seen.of_phase[RF_BENCH_ANALYSES] == 1);
    rf_check(seen.calls <= 3 + tenths);
    rf_check(seen.first_ns == 0 && seen.last_ns >= 10000);
}

/* ---- Two in turn ---- */

RF_TEST(two_are_measured_in_turn_with_the_same_iterations) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    journal log = { .count = 0 };
    subject a = { .spin_ns = 1000, .name = 'A', .log = &log }, b = { .spin_ns = 3000, .name = 'B', .log = &log };
    subject *arg_a = &a, *arg_b = &b;
    rf_bench bench_a = bench_of(&arg_a), bench_b = bench_of(&arg_b);
    rf_sampler_options options = short_options(RF_SAMPLING_LINEAR);
    rf_measurement of_a, of_b;
    rf_check(rf_measure_pair(&bench_a, &bench_b, &options, &arena, &of_a, &of_b, NULL) == RF_OK);
    rf_check(of_a.count == 10 && of_b.count == 10 && !of_a.linear && !of_b.linear);
    for (size_t i = 0; i < 10; i++) {
        rf_check(of_a.iterations[i] == of_a.iterations[0] && of_b.iterations[i] == of_a.iterations[0]);
        rf_check(of_a.ns[i] >= of_a.iterations[i] * 1000 && of_b.ns[i] >= of_b.iterations[i] * 3000);
    }
    /* Each once before the pairs, and behind them the two passes that count. */
    rf_check(log.count > 24);
    rf_check_text(((rf_slice){ log.who + log.count - 24, 24 }), RF_SLICE("AB" "ABBAABBAABBAABBAABBA" "AB"));
    rf_check(a.closed == 1 && b.closed == 1 && a.checked == 1 && b.checked == 1);
    rf_check(of_a.noise.reference_ns == of_b.noise.reference_ns && of_a.warm_iterations > 0 && of_b.warm_iterations > 0);
}

RF_TEST(a_pair_of_which_one_fails_closes_what_is_open) {
    for (int which = 0; which < 4; which++) {
        RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
        subject a = { .spin_ns = 1000, .open_fails = which == 0, .check_fails = which == 2 };
        subject b = { .spin_ns = 1000, .open_fails = which == 1, .check_fails = which == 3 };
        subject *arg_a = &a, *arg_b = &b;
        rf_bench bench_a = bench_of(&arg_a), bench_b = bench_of(&arg_b);
        rf_sampler_options options = short_options(RF_SAMPLING_FLAT);
        rf_measurement of_a, of_b;
        rf_code code = rf_measure_pair(&bench_a, &bench_b, &options, &arena, &of_a, &of_b, NULL);
        rf_check(code == (which < 2 ? RF_EIO : RF_ESCRIPT));
        rf_check(of_a.count == 0 && of_b.count == 0);
        rf_check(a.closed == (which > 0) && b.closed == (which > 1) && b.opened == (which > 0));
    }
}

RF_TEST(a_pair_can_be_stopped) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    subject a = { .spin_ns = 60000 }, b = { .spin_ns = 60000, .stop_at = 5 };
    subject *arg_a = &a, *arg_b = &b;
    rf_bench bench_a = bench_of(&arg_a), bench_b = bench_of(&arg_b);
    rf_sampler_options options = short_options(RF_SAMPLING_FLAT);
    options.warm_ns = 0;
    options.stop = &b.stop;
    rf_measurement of_a, of_b;
    rf_check(rf_measure_pair(&bench_a, &bench_b, &options, &arena, &of_a, &of_b, NULL) == RF_ECLOSED);
    rf_check(a.closed == 1 && b.closed == 1 && a.checked == 0 && of_a.count == 0);
}

/* ---- Latency ---- */

static rf_code measure_latency(subject *it, rf_open_loop loop, rf_latency *latency, double *ret_rate, rf_error *reterr) {
    rf_bench bench = bench_of((subject *const *)&it);
    rf_sampler_options options = short_options(RF_SAMPLING_AUTO);
    options.warm_ns = 0; /* one iteration */
    options.stop = &it->stop;
    return rf_measure_latency(&bench, &loop, &options, latency, ret_rate, reterr);
}

typedef struct tail { uint64_t from_ns, count; } tail;

static void count_tail(void *arg, uint64_t low, uint64_t high, uint64_t count) {
    tail *to = arg;
    (void)high;
    if (low >= to->from_ns)
        to->count += count;
}

RF_TEST(a_pause_counts_for_all_that_had_to_wait) {
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_check(rf_latency_init(&latency, NULL) == RF_OK);
    /* Due each half of a millisecond; one pauses for 20 ms, so 40 have to wait: half of those longer than 10 ms. */
    subject it = { .spin_ns = 30000, .pause_at = 100, .pause_ns = 20000000 };
    double rate;
    rf_check(measure_latency(&it, (rf_open_loop){ 2000, 100000000 }, &latency, &rate, NULL) == RF_OK);
    rf_check(latency.total == 200 && it.iterations <= 201); /* one to warm up */
    rf_check(latency.maximum >= 20000000);
    tail waited = { .from_ns = 9900000 };
    rf_latency_each(&latency, count_tail, &waited);
    rf_check(waited.count >= 19); /* a loop that waits for what is late would have counted one */
    rf_check(rf_latency_quantile(&latency, 0.99) >= 18500000);
    rf_check(rate > 0 && rate <= 2000.001);
    rf_check(it.opened == 1 && it.checked == 1 && it.closed == 1);
}

RF_TEST(what_is_overrun_is_counted_and_the_rate_tells) {
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_check(rf_latency_init(&latency, NULL) == RF_OK);
    subject it = { .spin_ns = 1000000 };
    double rate;
    rf_check(measure_latency(&it, (rf_open_loop){ 10000, 10000000 }, &latency, &rate, NULL) == RF_OK);
    rf_check(latency.total == 100);                                /* all that were due */
    rf_check(it.iterations <= 22);                                 /* though no more were begun in twice the time */
    rf_check(rate > 0 && rate <= 1000);                            /* an iteration takes a millisecond */
    rf_check(rf_latency_quantile(&latency, 0.5) >= 10000000);      /* the others wait until the end */
}

RF_TEST(rates_that_cannot_be_kept_are_refused) {
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_check(rf_latency_init(&latency, NULL) == RF_OK);
    static const double rates[] = { 0, -5, 1e9, NAN, INFINITY };
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        subject it = { 0 };
        rf_error error = { 0 };
        double rate;
        rf_check(measure_latency(&it, (rf_open_loop){ rates[i], 1000000 }, &latency, &rate, &error) == RF_ECONFIG);
        rf_check(it.opened == 0 && *error.message && *error.hint);
    }
    subject it = { 0 };
    double rate;
    rf_check(measure_latency(&it, (rf_open_loop){ 1, UINT64_MAX }, &latency, &rate, NULL) == RF_ECONFIG);
}

RF_TEST(latency_reports_what_the_benchmark_says) {
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_check(rf_latency_init(&latency, NULL) == RF_OK);
    subject broken = { .open_fails = true }, wrong = { .check_fails = true }, stopped = { .spin_ns = 30000, .stop_at = 3 };
    double rate;
    rf_check(measure_latency(&broken, (rf_open_loop){ 1000, 5000000 }, &latency, &rate, NULL) == RF_EIO);
    rf_check(broken.closed == 0);
    rf_check(measure_latency(&wrong, (rf_open_loop){ 1000, 5000000 }, &latency, &rate, NULL) == RF_ESCRIPT);
    rf_check(wrong.closed == 1 && wrong.checked == 1);
    rf_check(measure_latency(&stopped, (rf_open_loop){ 1000, 60000000000 }, &latency, &rate, NULL) == RF_ECLOSED);
    rf_check(stopped.closed == 1 && stopped.checked == 0 && stopped.iterations == 3);
}

/* ---- Runs ---- */

RF_TEST(samples_are_spread_over_the_runs) {
    bool seen[23] = { false };
    for (uint32_t k = 0; k < 23; k++) {
        uint32_t i = rf_sample_index(k, 23, 5);
        rf_check(i < 23 && !seen[i]);
        rf_check(k == 0 || i < 5 || i % 5 == rf_sample_index(k - 1, 23, 5) % 5); /* a run ends before the next begins */
        seen[i] = true;
    }
    for (uint32_t k = 0; k < 23; k++)
        rf_check(rf_sample_index(k, 23, 1) == k);
}

RF_TEST(runs_are_as_many_as_there_is_time_for) {
    rf_sampler_options options = RF_SAMPLER_DEFAULT;
    rf_check(rf_plan_runs(&options, 100, 1000) == 10 && rf_plan_runs(&options, 100, 0) == 10);
    rf_check(rf_plan_runs(&options, 100, options.measure_ns / 4 / 7) == 7);
    rf_check(rf_plan_runs(&options, 100, options.measure_ns / 16) == 5 && rf_plan_runs(&options, 100, options.measure_ns / 5) == 5);
    rf_check(rf_plan_runs(&options, 100, options.measure_ns / 3) == 5 && rf_plan_runs(&options, 100, options.measure_ns / 2) == 1);
    rf_check(rf_plan_runs(&options, 12, 1000) == 6 && rf_plan_runs(&options, 8, 1000) == 1);
    options.runs = 0;
    rf_check(rf_plan_runs(&options, 100, 1000) == 1);
}

RF_TEST(each_run_is_opened_checked_and_closed) {
    subject it = { .spin_ns = 1000 };
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    rf_sampler_options options = short_options(RF_SAMPLING_LINEAR);
    options.runs = 5;
    rf_measurement m;
    rf_check(measure(&it, &options, &arena, &m, NULL) == RF_OK);
    rf_check(m.runs == 5 && m.count == 10 && it.opened == 5 && it.closed == 5 && it.checked == 5);
    for (size_t i = 0; i < m.count; i++)
        rf_check(m.iterations[i] == m.iterations[0] * (double)(i + 1) && m.ns[i] > 0);
    rf_check(rf_measurement_samples(&m).runs == 5);
}

RF_TEST(a_run_that_was_wrong_gives_no_figures) {
    subject it = { .spin_ns = 1000, .check_fails = true };
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    rf_sampler_options options = short_options(RF_SAMPLING_LINEAR);
    options.runs = 5;
    rf_measurement m;
    rf_check(measure(&it, &options, &arena, &m, NULL) == RF_ESCRIPT || rf_test_torture());
    rf_check(it.closed == it.opened && m.count == 0);
}

/* Both are closed before one of them opens: else each would come to lie where it lay, and the faster place would look like a faster program. */
RF_TEST(pairs_are_opened_anew_together) {
    subject one = { .spin_ns = 1000, .name = 'a' }, other = { .spin_ns = 1000, .name = 'b' }, *first = &one, *second = &other;
    one.beside = &other;
    other.beside = &one;
    RF_CLEANUP(rf_arena_done) rf_arena arena = some_arena();
    rf_sampler_options options = short_options(RF_SAMPLING_AUTO);
    options.runs = 5;
    rf_bench a = bench_of(&first), b = bench_of(&second);
    rf_measurement m, n;
    rf_check(rf_measure_pair(&a, &b, &options, &arena, &m, &n, NULL) == RF_OK);
    rf_check(m.runs == 5 && n.runs == 5 && m.count == 10 && n.count == 10);
    rf_check(one.met + other.met == 5); /* the second of each run met the first one open */
    rf_check(one.opened == 5 && other.opened == 5 && one.closed == 5 && other.closed == 5 && one.checked == 5 && other.checked == 5);
    for (size_t i = 0; i < m.count; i++)
        rf_check(m.ns[i] > 0 && m.iterations[i] == n.iterations[i]);
}
