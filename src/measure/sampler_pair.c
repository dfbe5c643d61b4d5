/* sampler_pair.c: two benchmarks in turn, so that what the machine does meanwhile happens to both. */
#include "measure/sampler.h"

#include "measure/sampler_run.h"

#include <assert.h>
#include <math.h>

typedef struct side { rf_sampler_run run; rf_counters counters; rf_measurement *measurement; double *scratch; } side;

/* Opens and warms; the memory is that of before the other one ran beside it. */
static rf_code ready(side *one, const rf_bench *bench, const rf_sampler_options *options, rf_error *reterr) {
    rf_memory_mark mark = rf_memory_mark_now();
    rf_code code = rf_run_open(&one->run, bench, options, reterr);
    if (code)
        return code;
    code = rf_run_warm(&one->run, reterr);
    one->measurement->peak_bytes = rf_memory_since(&mark);
    if (code == RF_OK && options->counters)
        rf_counters_open(&one->counters);
    return code;
}

static void done(side *one) {
    rf_counters_close(&one->counters);
    rf_run_close(&one->run);
}

/* Both get the same number of iterations; together they fill the time that was asked for, and the faster one's samples are long enough. */
static rf_sample_plan plan_both(const side *a, const side *b, const rf_sampler_options *options, uint32_t samples) {
    double both_ns = a->run.iteration_ns + b->run.iteration_ns, fits = (double)options->measure_ns / both_ns;
    if (fits < samples)
        samples = (uint32_t)fmin(samples, fmax(RF_SAMPLES_MIN, floor(fits)));
    uint64_t step = rf_plan_flat_step((double)options->measure_ns / samples, both_ns);
    uint64_t least = rf_plan_flat_step(0, fmin(a->run.iteration_ns, b->run.iteration_ns));
    return (rf_sample_plan){ false, samples, step > least ? step : least };
}

static void take(side *one, uint32_t i, uint64_t iterations) {
    rf_sample sample = rf_run_sample(&one->run, &one->counters, iterations);
    rf_measurement *m = one->measurement;
    m->iterations[i] = (double)iterations;
    m->ns[i] = sample.ns;
    m->cpu_ns[i] = sample.cpu_ns;
    m->count++;
}

/*
 * Both anew, and who is first changes: whoever lies before the other may be the faster one for that alone. Both are closed before, else each
 * would come to lie where it lay.
 */
static rf_code again(side *a, side *b, uint32_t run, uint32_t runs, rf_error *reterr) {
    side *first = run % 2 ? b : a, *second = run % 2 ? a : b;
    uint64_t settle_ns = a->run.options->measure_ns / runs / 40;
    rf_code code = rf_run_leave(&first->run, reterr);
    if (code == RF_OK)
        code = rf_run_leave(&second->run, reterr);
    if (code == RF_OK)
        code = rf_run_again(&first->run, reterr);
    if (code == RF_OK)
        code = rf_run_again(&second->run, reterr);
    if (code == RF_OK) {
        rf_run_settle(&first->run, settle_ns);
        rf_run_settle(&second->run, settle_ns);
    }
    return code;
}

/* A B B A A B …: who comes first changes each time, so that a drift within a pair evens out. */
static rf_code take_pairs(side *a, side *b, const rf_sample_plan *plan, rf_error *reterr) {
    double took = 0, total = 0;
    uint32_t runs = rf_plan_runs(a->run.options, plan->samples, a->run.open_ns + b->run.open_ns);
    a->measurement->runs = b->measurement->runs = runs;
    rf_run_tell(&a->run, RF_BENCH_MEASURES, 0, a->run.iteration_ns, true);
    a->run.bench->work(a->run.state, plan->step); /* each has just run behind the other, as in every pair but the first */
    b->run.bench->work(b->run.state, plan->step);
    for (uint32_t k = 0; k < plan->samples; k++) {
        uint32_t i = rf_sample_index(k, plan->samples, runs);
        rf_code code = rf_run_goes_on(&a->run, reterr);
        if (!code && k > 0 && i < runs)
            code = again(a, b, i, runs, reterr);
        if (code)
            return code;
        take(k % 2 ? b : a, i, plan->step);
        take(k % 2 ? a : b, i, plan->step);
        took += a->measurement->ns[i];
        total += (double)plan->step;
        rf_run_tell(&a->run, RF_BENCH_MEASURES, (k + 1.0) / plan->samples, took / total, false);
    }
    rf_run_tell(&a->run, RF_BENCH_ANALYSES, 0, took / total, true);
    return RF_OK;
}

/* What is said of one side; the meter ran for both, the spread is its own. */
static rf_code conclude(side *one, const rf_noise *noise, rf_error *reterr) {
    rf_measurement *m = one->measurement;
    double spread, outliers, iterations = 0;
    for (size_t i = 0; i < m->count; i++)
        iterations += m->iterations[i];
    m->hardware = rf_counters_read(&one->counters, iterations);
    rf_measurement_spread(m, one->scratch, &spread, &outliers);
    m->noise = *noise;
    rf_noise_grade(&m->noise, spread, outliers);
    rf_measurement_warmed(m, &one->run);
    rf_run_count_allocations(&one->run, m);
    return rf_run_check(&one->run, reterr);
}

static rf_code measure_both(side *a, side *b, const rf_sampler_options *options, uint32_t samples, rf_error *reterr) {
    rf_sample_plan plan = plan_both(a, b, options, samples);
    rf_noise_meter meter;
    rf_noise noise;
    rf_noise_begin(&meter);
    rf_code code = take_pairs(a, b, &plan, reterr);
    if (code)
        return code;
    rf_noise_end(&meter, 0, 0, &noise);
    code = conclude(a, &noise, reterr);
    return code ? code : conclude(b, &noise, reterr);
}

rf_code rf_measure_pair(const rf_bench *a, const rf_bench *b, const rf_sampler_options *options, rf_arena *arena,
                        rf_measurement *ret_a, rf_measurement *ret_b, rf_error *reterr) {
    assert(a && b && options && arena && ret_a && ret_b);
    uint32_t samples = options->samples > RF_SAMPLES_MIN ? options->samples : RF_SAMPLES_MIN;
    side sides[2] = {
        { .counters = { { -1, -1, -1, -1 }, -1 }, .measurement = ret_a, .scratch = rf_arena_zero(arena, samples, sizeof(double)) },
        { .counters = { { -1, -1, -1, -1 }, -1 }, .measurement = ret_b, .scratch = rf_arena_zero(arena, samples, sizeof(double)) },
    };
    rf_code code = rf_measurement_room(ret_a, samples, arena, reterr);
    if (code == RF_OK)
        code = rf_measurement_room(ret_b, samples, arena, reterr);
    if (code == RF_OK && (!sides[0].scratch || !sides[1].scratch))
        code = rf_raise_nomem(reterr);
    if (code == RF_OK)
        code = ready(&sides[0], a, options, reterr);
    if (code == RF_OK)
        code = ready(&sides[1], b, options, reterr);
    if (code == RF_OK)
        code = measure_both(&sides[0], &sides[1], options, samples, reterr);
    if (code)
        *ret_a = *ret_b = (rf_measurement){ 0 };
    done(&sides[1]);
    done(&sides[0]);
    return code;
}
