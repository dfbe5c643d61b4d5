/* sampler.c: takes the samples of one benchmark. */
#include "measure/sampler.h"

#include "base/clock.h"
#include "measure/sampler_run.h"

#include <assert.h>
#include <math.h>

/* ---- How many, of how many iterations ---- */

/* At least 1 of what may be too large or too small for an integer. */
static uint64_t at_least_one(double count) { return count >= 1 ? count < 1e15 ? (uint64_t)count : UINT64_C(1000000000000000) : 1; }

static uint64_t least_step(double iteration_ns) { return at_least_one(ceil(RF_SAMPLE_NS_MIN / iteration_ns)); }

uint64_t rf_plan_flat_step(double sample_ns, double iteration_ns) {
    uint64_t step = at_least_one(sample_ns / iteration_ns), least = least_step(iteration_ns);
    return step > least ? step : least;
}

static double triangle(double samples) { return samples * (samples + 1) / 2; }

static rf_sample_plan plan_linear(uint32_t samples, double fits, double iteration_ns) {
    /* Not even steps of one iteration fit, and linear was asked for: fewer steps, the root of n * (n + 1) / 2 = fits. */
    if (fits < triangle(samples))
        samples = (uint32_t)fmin(samples, fmax(RF_SAMPLES_MIN, floor((sqrt(8 * fits + 1) - 1) / 2)));
    uint64_t step = at_least_one(fits / triangle(samples)), least = least_step(iteration_ns);
    return (rf_sample_plan){ true, samples, step > least ? step : least };
}

static rf_sample_plan plan_flat(uint32_t samples, double fits, double iteration_ns) {
    if (fits < samples)
        samples = (uint32_t)fmin(samples, fmax(RF_SAMPLES_MIN, floor(fits)));
    return (rf_sample_plan){ false, samples, rf_plan_flat_step(fits / samples * iteration_ns, iteration_ns) };
}

static uint32_t asked_samples(const rf_sampler_options *options) {
    return options->samples > RF_SAMPLES_MIN ? options->samples : RF_SAMPLES_MIN;
}

rf_sample_plan rf_plan_samples(const rf_bench *bench, const rf_sampler_options *options, double iteration_ns) {
    uint32_t samples = asked_samples(options);
    double fits = (double)options->measure_ns / iteration_ns; /* iterations in all */
    bool is_linear = options->sampling == RF_SAMPLING_AUTO ? !bench->flat && fits >= triangle(samples)
                                                           : options->sampling == RF_SAMPLING_LINEAR;
    return is_linear ? plan_linear(samples, fits, iteration_ns) : plan_flat(samples, fits, iteration_ns);
}

/* ---- One benchmark ---- */

static rf_code take_samples(rf_sampler_run *run, const rf_sample_plan *plan, const rf_counters *counters, rf_measurement *m,
                            rf_error *reterr) {
    double total = 0, took = 0, all = (double)plan->step * (plan->linear ? triangle(plan->samples) : plan->samples);
    uint32_t runs = rf_plan_runs(run->options, plan->samples, run->open_ns);
    rf_run_tell(run, RF_BENCH_MEASURES, 0, run->iteration_ns, true);
    run->bench->work(run->state, plan->step); /* telling and the meter's reference have filled the caches with their own */
    for (uint32_t k = 0; k < plan->samples; k++) {
        rf_code code = rf_run_goes_on(run, reterr);
        uint32_t i = rf_sample_index(k, plan->samples, runs);
        if (!code && k > 0 && i < runs) { /* the first of the next run */
            code = rf_run_leave(run, reterr);
            code = code ? code : rf_run_again(run, reterr);
            if (!code)
                rf_run_settle(run, run->options->measure_ns / runs / 20);
        }
        if (code)
            return code;
        uint64_t iterations = rf_plan_iterations(plan, i);
        rf_sample sample = rf_run_sample(run, counters, iterations);
        m->iterations[i] = (double)iterations;
        m->ns[i] = sample.ns;
        m->cpu_ns[i] = sample.cpu_ns;
        total += (double)iterations;
        took += sample.ns;
        rf_run_tell(run, RF_BENCH_MEASURES, total / all, took / total, false);
    }
    m->count = plan->samples;
    m->runs = runs;
    m->linear = plan->linear;
    m->hardware = rf_counters_read(counters, total);
    rf_run_tell(run, RF_BENCH_ANALYSES, 0, took / total, true);
    return RF_OK;
}

static rf_code measure_with(rf_sampler_run *run, const rf_counters *counters, double *scratch, rf_measurement *m, rf_error *reterr) {
    rf_code code = rf_run_warm(run, reterr);
    if (code)
        return code;
    rf_sample_plan plan = rf_plan_samples(run->bench, run->options, run->iteration_ns);
    rf_noise_meter meter;
    rf_noise_begin(&meter);
    code = take_samples(run, &plan, counters, m, reterr);
    if (code)
        return code;
    double spread, outliers;
    rf_measurement_spread(m, scratch, &spread, &outliers);
    rf_noise_end(&meter, spread, outliers, &m->noise);
    rf_measurement_warmed(m, run);
    rf_run_count_allocations(run, m);
    return rf_run_check(run, reterr);
}

static rf_code measure_open(rf_sampler_run *run, double *scratch, rf_measurement *m, rf_error *reterr) {
    rf_counters counters = { { -1, -1, -1, -1 }, -1 };
    if (run->options->counters)
        rf_counters_open(&counters);
    rf_code code = measure_with(run, &counters, scratch, m, reterr);
    rf_counters_close(&counters);
    return code;
}

rf_code rf_measure(const rf_bench *bench, const rf_sampler_options *options, rf_arena *arena, rf_measurement *ret_measurement,
                   rf_error *reterr) {
    assert(bench && options && arena && ret_measurement);
    rf_code code = rf_measurement_room(ret_measurement, asked_samples(options), arena, reterr);
    double *scratch = rf_arena_zero(arena, asked_samples(options), sizeof *scratch);
    if (code || !scratch)
        return code ? code : rf_raise_nomem(reterr);
    (void)rf_reference_ns(); /* so that the room it needs on the stack does not count as the benchmark's */
    rf_memory_mark mark = rf_memory_mark_now();
    rf_sampler_run run;
    code = rf_run_open(&run, bench, options, reterr);
    if (code == RF_OK)
        code = measure_open(&run, scratch, ret_measurement, reterr);
    if (code == RF_OK)
        ret_measurement->peak_bytes = rf_memory_since(&mark);
    else
        *ret_measurement = (rf_measurement){ 0 };
    rf_run_close(&run);
    return code;
}
