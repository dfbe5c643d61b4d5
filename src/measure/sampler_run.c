/* sampler_run.c: a benchmark that is open: samples of it, and what is counted beside them. */
#include "measure/sampler_run.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <assert.h>
#include <stdatomic.h>
#include <time.h>

#define TELL_EVERY_NS (RF_NS_PER_S / 10)

rf_code rf_run_open(rf_sampler_run *run, const rf_bench *bench, const rf_sampler_options *options, rf_error *reterr) {
    assert(bench && bench->open && bench->work && options);
    *run = (rf_sampler_run){ .options = options };
    uint64_t began = rf_clock_mono_ns();
    rf_code code = bench->open(bench, &run->state, reterr);
    run->open_ns = rf_clock_mono_ns() - began;
    run->bench = bench;
    run->is_open = code == RF_OK;
    return code;
}

static void pad_away(rf_sampler_run *run) {
    for (size_t i = 0; i < RF_PADDING_BLOCKS; i++) {
        rf_free(run->padding[i]);
        run->padding[i] = NULL;
    }
}

/* Blocks of all sizes that allocators treat apart; that one is not to be had does no harm. By the clock: a seed that is the same in each
 * process would find the same place each time, and what that costs would pass for a difference. */
static void pad(rf_sampler_run *run) {
    rf_random random = rf_random_seeded(rf_clock_mono_ns());
    for (size_t i = 0; i < RF_PADDING_BLOCKS; i++)
        run->padding[i] = rf_alloc((size_t)16 << rf_random_below(&random, 11) | (size_t)rf_random_below(&random, 64) * 16);
}

static void shut(rf_sampler_run *run) {
    if (run->is_open && run->bench->close)
        run->bench->close(run->state);
    run->is_open = false;
    pad_away(run);
}

rf_code rf_run_leave(rf_sampler_run *run, rf_error *reterr) {
    rf_code code = rf_run_check(run, reterr);
    if (code == RF_OK)
        shut(run);
    return code;
}

rf_code rf_run_again(rf_sampler_run *run, rf_error *reterr) {
    assert(!run->is_open);
    pad(run);
    rf_code code = run->bench->open(run->bench, &run->state, reterr);
    run->is_open = code == RF_OK;
    return code;
}

void rf_run_settle(rf_sampler_run *run, uint64_t ns) {
    uint64_t until = rf_clock_mono_ns() + ns;
    double fits = (double)ns / 8 / run->iteration_ns;
    do
        run->bench->work(run->state, fits > 1 ? (uint64_t)fits : 1);
    while (rf_clock_mono_ns() < until);
}

uint32_t rf_plan_runs(const rf_sampler_options *options, uint32_t samples, uint64_t open_ns) {
    uint64_t runs = options->runs, opens = open_ns ? options->measure_ns / open_ns : UINT32_MAX; /* that fit in the time that is asked for */
    uint64_t affordable = opens / 4;
    if (affordable < RF_RUNS_MIN && 2 * opens >= RF_RUNS_MIN)
        affordable = RF_RUNS_MIN; /* though they take up to twice that time: else where it lies would be measured */
    runs = runs < affordable ? runs : affordable;
    runs = runs < samples / 2 ? runs : samples / 2;
    return runs >= RF_RUNS_MIN ? (uint32_t)runs : 1;
}

void rf_run_close(rf_sampler_run *run) {
    shut(run);
    *run = (rf_sampler_run){ 0 };
}

rf_code rf_run_check(const rf_sampler_run *run, rf_error *reterr) {
    return run->bench->check ? run->bench->check(run->state, reterr) : RF_OK;
}

rf_code rf_run_goes_on(const rf_sampler_run *run, rf_error *reterr) {
    const _Atomic bool *stop = run->options->stop;
    if (!stop || !atomic_load_explicit(stop, memory_order_relaxed))
        return RF_OK;
    return rf_raise(reterr, RF_ECLOSED, "stopped");
}

void rf_run_tell(rf_sampler_run *run, rf_phase_of_bench phase, double done, double ns, bool now) {
    const rf_sampler_options *options = run->options;
    if (!options->progress)
        return;
    uint64_t time = rf_clock_mono_ns();
    if (!now && time - run->told_ns < TELL_EVERY_NS)
        return;
    run->told_ns = time;
    options->progress(options->user, run->bench, phase, done < 0 ? 0 : done > 1 ? 1 : done, ns);
}

static uint64_t process_cpu_ns(void) {
    struct timespec now;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0 ? (uint64_t)now.tv_sec * RF_NS_PER_S + (uint64_t)now.tv_nsec : 0;
}

/* Between the two readings of the clock is nothing but the call. */
rf_sample rf_run_sample(const rf_sampler_run *run, const rf_counters *counters, uint64_t iterations) {
    void (*work)(void *, uint64_t) = run->bench->work;
    void *state = run->state;
    rf_counters_start(counters);
    uint64_t cpu = process_cpu_ns();
    uint64_t began = rf_clock_mono_ns();
    work(state, iterations);
    uint64_t ended = rf_clock_mono_ns();
    uint64_t cpu_after = process_cpu_ns();
    rf_counters_stop(counters);
    return (rf_sample){ (double)(ended - began), (double)(cpu_after > cpu ? cpu_after - cpu : 0) };
}

rf_code rf_measurement_room(rf_measurement *measurement, uint32_t samples, rf_arena *arena, rf_error *reterr) {
    *measurement = (rf_measurement){
        .iterations = rf_arena_zero(arena, samples, sizeof(double)),
        .ns = rf_arena_zero(arena, samples, sizeof(double)),
        .cpu_ns = rf_arena_zero(arena, samples, sizeof(double)),
        .hardware = { -1, -1, -1, -1 },
    };
    return measurement->iterations && measurement->ns && measurement->cpu_ns ? RF_OK : rf_raise_nomem(reterr);
}

void rf_run_count_allocations(const rf_sampler_run *run, rf_measurement *measurement) {
    enum { ITERATIONS_MAX = 10000, PART = 50 }; /* a fiftieth of the time: what is allocated once in a while (growing) counts, too */
    double fits = (double)run->options->measure_ns / PART / run->iteration_ns;
    uint64_t iterations = fits < 1 ? 1 : fits > ITERATIONS_MAX ? ITERATIONS_MAX : (uint64_t)fits;
    bool watched = rf_alloc_watch(true);
    uint64_t count = rf_alloc_count(), live = rf_alloc_live();
    run->bench->work(run->state, iterations);
    count = rf_alloc_count() - count;
    int64_t left = (int64_t)(rf_alloc_live() - live);
    (void)rf_alloc_watch(watched);
    measurement->allocations = (double)count / (double)iterations;
    measurement->allocated_blocks_left = left > 0 ? (double)left : 0;
}

void rf_measurement_spread(const rf_measurement *m, double *scratch, double *ret_spread, double *ret_outliers) {
    assert(m->count > 0);
    for (size_t i = 0; i < m->count; i++)
        scratch[i] = m->ns[i] / m->iterations[i];
    double mean = rf_mean(scratch, m->count);
    *ret_spread = mean > 0 ? rf_deviation(scratch, m->count) / mean : 0;
    rf_sort(scratch, m->count);
    rf_outliers outliers = rf_tukey(scratch, m->count);
    *ret_outliers = (double)(outliers.low_severe + outliers.low_mild + outliers.high_mild + outliers.high_severe) / (double)m->count;
}

void rf_measurement_warmed(rf_measurement *measurement, const rf_sampler_run *run) {
    measurement->warm_ns = run->warm_ns;
    measurement->warm_iterations = run->warm_iterations;
    measurement->settled = run->settled;
    if (!run->settled)
        rf_noise_lower(&measurement->noise, 'C', "still drifting when the warm-up ended");
}
