/* sampler.h: takes the samples of a benchmark: warm-up, rounds, what else was going on meanwhile. */
#ifndef RF_MEASURE_SAMPLER_H
#define RF_MEASURE_SAMPLER_H

#include "measure/bench.h"
#include "measure/histogram.h"
#include "measure/machine.h"
#include "measure/stats.h"

typedef enum rf_sampling { RF_SAMPLING_AUTO, RF_SAMPLING_LINEAR, RF_SAMPLING_FLAT } rf_sampling;
typedef enum rf_phase_of_bench { RF_BENCH_WARMS, RF_BENCH_MEASURES, RF_BENCH_ANALYSES } rf_phase_of_bench;

typedef struct rf_sampler_options {
    uint32_t samples;         /* 100; at least 10 */
    uint64_t measure_ns;      /* 5 s: the samples together, about */
    uint64_t warm_ns;         /* 3 s at most; ends when the drift is gone, at the earliest after a tenth of it */
    rf_sampling sampling;
    uint32_t runs;            /* how often it is opened anew meanwhile, elsewhere in memory (stats.h): 10; fewer when that would take long; 0: once */
    bool counters;            /* hardware counters, where the kernel lets us */
    const _Atomic bool *stop; /* set by another thread or a signal: RF_ECLOSED at the next sample; NULL: never */
    /* Called a few times a second from the measuring thread, outside of samples; `done` 0 … 1; `ns` an estimate, 0 at first. */
    void (*progress)(void *user, const rf_bench *bench, rf_phase_of_bench phase, double done, double ns);
    void *user;
} rf_sampler_options;
#define RF_SAMPLER_DEFAULT ((rf_sampler_options){ .samples = 100, .measure_ns = UINT64_C(5000000000), .warm_ns = UINT64_C(3000000000), .runs = 10, .counters = true })
#define RF_SAMPLER_QUICK ((rf_sampler_options){ .samples = 30, .measure_ns = UINT64_C(450000000), .warm_ns = UINT64_C(150000000), .runs = 10, .counters = true })

/* Of one iteration; negative: not counted. */
typedef struct rf_hardware { double cycles, instructions, branch_misses, cache_misses; } rf_hardware;

typedef struct rf_measurement {
    size_t count;
    double *iterations, *ns; /* in the arena; wall time */
    double *cpu_ns;          /* of the process, for the same samples */
    bool linear;
    uint32_t runs;           /* as rf_samples has them */
    uint64_t warm_ns, warm_iterations;
    bool settled;            /* the warm-up ended because the drift was gone */
    double allocations, allocated_blocks_left; /* of one iteration; blocks that are alive at the end and were not at the start, in all */
    uint64_t peak_bytes;     /* most of the process's memory that was resident, beyond what it was before `open` */
    rf_hardware hardware;
    rf_noise noise;
} rf_measurement;

static inline rf_samples rf_measurement_samples(const rf_measurement *m) {
    return (rf_samples){ m->count, m->iterations, m->ns, m->linear, m->runs };
}

/*
 * Opens, warms up, samples, checks, closes. Linear sampling: sample i has i * d iterations (so that what comes once a sample does not
 * count in the slope); flat: all the same, for what takes long. An iteration longer than measure_ns / samples makes fewer than asked
 * for samples, never under 10.
 * Errors: of the benchmark's open and check; RF_ECLOSED stopped; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_measure(const rf_bench *bench, const rf_sampler_options *options, rf_arena *arena, rf_measurement *ret_measurement,
                                rf_error *reterr);
/* Two in turn, A B B A A B …, flat, with the same number of iterations and samples: for rf_compare_pairs(). */
RF_NODISCARD rf_code rf_measure_pair(const rf_bench *a, const rf_bench *b, const rf_sampler_options *options, rf_arena *arena,
                                     rf_measurement *ret_a, rf_measurement *ret_b, rf_error *reterr);

/*
 * Latency at a rate, open loop: iterations are due at fixed moments and the latency counts from when one was due, whether or not the one
 * before was late; so a pause is counted for all that had to wait (coordinated omission, Tene). `rate` a second, at most 1e7. One
 * iteration a time. `latency` is cleared first. After twice the duration what is due and was not begun counts with what it has waited,
 * and the loop ends. Progress is told only where 5 ms are left before the next is due. Errors: RF_ECONFIG the rate or the duration;
 * else as rf_measure().
 */
typedef struct rf_open_loop { double rate; uint64_t duration_ns; } rf_open_loop;
RF_NODISCARD rf_code rf_measure_latency(const rf_bench *bench, const rf_open_loop *loop, const rf_sampler_options *options,
                                        rf_latency *latency, double *ret_reached_rate, rf_error *reterr);

#endif
