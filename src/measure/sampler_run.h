/* sampler_run.h: what all ways of measuring share: a benchmark that is open, its warm-up, one sample, what is counted beside. */
#ifndef RF_MEASURE_SAMPLER_RUN_H
#define RF_MEASURE_SAMPLER_RUN_H

#include "measure/hardware.h"

/* Shorter samples would measure the clock: two readings take about 50 ns, so this keeps them to a quarter of a percent. */
#define RF_SAMPLE_NS_MIN 20000.0
#define RF_SAMPLES_MIN 10u

/* Most of the memory that is resident, from a mark on. */
typedef struct rf_memory_mark { bool is_exact; uint64_t resident_bytes, most_bytes; } rf_memory_mark;
rf_memory_mark rf_memory_mark_now(void);
/* Beyond what was resident at the mark; the most that was between, where the kernel lets us start that anew. */
uint64_t rf_memory_since(const rf_memory_mark *mark);

enum { RF_PADDING_BLOCKS = 6 };
/* A benchmark that is open. One thread. */
typedef struct rf_sampler_run {
    const rf_bench *bench;
    const rf_sampler_options *options;
    void *state;
    bool is_open;
    double iteration_ns;     /* what the warm-up found */
    uint64_t warm_ns, warm_iterations;
    bool settled;
    uint64_t told_ns;        /* when progress was told last */
    uint64_t open_ns;        /* what opening it took */
    void *padding[RF_PADDING_BLOCKS]; /* owned: they move what is opened behind them */
} rf_sampler_run;

RF_NODISCARD rf_code rf_run_open(rf_sampler_run *run, const rf_bench *bench, const rf_sampler_options *options, rf_error *reterr);
/* Fine when it never opened. */
void rf_run_close(rf_sampler_run *run);
/* Closes it for a while, after asking it whether what ran was right. Errors: those of check. */
RF_NODISCARD rf_code rf_run_leave(rf_sampler_run *run, rf_error *reterr);
/* Opens again what was left, elsewhere in memory: by chance, another place each time. Errors: those of open. */
RF_NODISCARD rf_code rf_run_again(rf_sampler_run *run, rf_error *reterr);
/* Runs it a little, so that caches know it again. */
void rf_run_settle(rf_sampler_run *run, uint64_t ns);
/* How many runs the options, the samples and the time that opening takes allow: 1 or at least RF_RUNS_MIN. */
uint32_t rf_plan_runs(const rf_sampler_options *options, uint32_t samples, uint64_t open_ns);
/* What the benchmark says about what was run. */
RF_NODISCARD rf_code rf_run_check(const rf_sampler_run *run, rf_error *reterr);
/* Errors: RF_ECLOSED when somebody said stop. */
RF_NODISCARD rf_code rf_run_goes_on(const rf_sampler_run *run, rf_error *reterr);
/* Tells it unless it was told a moment ago; `now` does in any case. */
void rf_run_tell(rf_sampler_run *run, rf_phase_of_bench phase, double done, double ns, bool now);

/* sampler_warm.c. Errors: RF_ECLOSED. */
RF_NODISCARD rf_code rf_run_warm(rf_sampler_run *run, rf_error *reterr);
enum { RF_WARM_WINDOWS = 10 };
/* No drift any more in the times of windows in turn: their halves' medians are within 1 %, or Mann and Kendall's test finds no trend. */
bool rf_warm_is_settled(const double *ns, size_t count);

typedef struct rf_sample { double ns, cpu_ns; } rf_sample;
rf_sample rf_run_sample(const rf_sampler_run *run, const rf_counters *counters, uint64_t iterations);

/* How samples are laid out: linear ones have (i + 1) * step iterations, flat ones step. */
typedef struct rf_sample_plan { bool linear; uint32_t samples; uint64_t step; } rf_sample_plan;
rf_sample_plan rf_plan_samples(const rf_bench *bench, const rf_sampler_options *options, double iteration_ns);
static inline uint64_t rf_plan_iterations(const rf_sample_plan *plan, uint32_t i) {
    return plan->linear ? plan->step * (i + 1) : plan->step;
}
/* Which sample is the k-th to be taken: one run after the other, and run r has the samples i with i % runs == r. */
static inline uint32_t rf_sample_index(uint32_t k, uint32_t samples, uint32_t runs) {
    uint32_t run = 0;
    for (uint32_t size; k >= (size = (samples - run + runs - 1) / runs); run++)
        k -= size;
    return run + k * runs;
}
/* Of flat samples of that many nanoseconds each. */
uint64_t rf_plan_flat_step(double sample_ns, double iteration_ns);

/* Room for as many samples, in the arena. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_measurement_room(rf_measurement *measurement, uint32_t samples, rf_arena *arena, rf_error *reterr);
/* Runs some iterations more with allocations counted. */
void rf_run_count_allocations(const rf_sampler_run *run, rf_measurement *measurement);
/* Of the times of one iteration. `scratch`: m->count doubles. */
void rf_measurement_spread(const rf_measurement *m, double *scratch, double *ret_spread, double *ret_outliers);
/* Copies what the warm-up found; drift that was left lowers the grade. */
void rf_measurement_warmed(rf_measurement *measurement, const rf_sampler_run *run);

#endif
