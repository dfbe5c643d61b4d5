/* baseline_fields.c: see baseline_fields.h. */
#include "measure/baseline_fields.h"

#define ROOM(type, member) { #member, RF_KEPT_ROOM, offsetof(type, member), sizeof(((type *)0)->member) }
#define KEPT(type, kind, member) { #member, RF_KEPT_##kind, offsetof(type, member), 0 }

const rf_kept rf_kept_machine[] = {
    ROOM(rf_machine, processor),   ROOM(rf_machine, architecture),   ROOM(rf_machine, system),
    ROOM(rf_machine, governor),    ROOM(rf_machine, turbo),          ROOM(rf_machine, hypervisor),
    KEPT(rf_machine, U32, cores),  KEPT(rf_machine, U32, pinned_to), KEPT(rf_machine, U64, memory_bytes),
    KEPT(rf_machine, DOUBLE, mhz), ROOM(rf_machine, fingerprint),    { 0 },
};
const rf_kept rf_kept_options[] = {
    KEPT(rf_sampler_options, U32, samples), KEPT(rf_sampler_options, U64, measure_ns), KEPT(rf_sampler_options, U64, warm_ns),
    KEPT(rf_sampler_options, SAMPLING, sampling), KEPT(rf_sampler_options, BOOL, counters), { 0 },
};
const char *const rf_kept_samplings[] = { "auto", "linear", "flat", NULL };
const rf_kept rf_kept_resampling[] = {
    KEPT(rf_estimate_options, U32, resamples), KEPT(rf_estimate_options, DOUBLE, confidence), KEPT(rf_estimate_options, U64, seed), { 0 },
};
const rf_kept rf_kept_bench[] = {
    KEPT(rf_bench, TEXT, group),
    KEPT(rf_bench, TEXT, name),
    KEPT(rf_bench, TEXT, parameter),
    KEPT(rf_bench, TEXT, form),
    KEPT(rf_bench, TEXT, doc),
    KEPT(rf_bench, DOUBLE, number),
    KEPT(rf_bench, DOUBLE, amount),
    KEPT(rf_bench, UNIT, unit),
    KEPT(rf_bench, BOOL, flat),
    KEPT(rf_bench, DOUBLE, target_ns),
    KEPT(rf_bench, DOUBLE, original_ns),
    KEPT(rf_bench, TEXT, original),
    { 0 },
};
const rf_kept rf_kept_measurement[] = {
    KEPT(rf_measurement, BOOL, linear),
    KEPT(rf_measurement, U32, runs),
    KEPT(rf_measurement, U64, warm_ns),
    KEPT(rf_measurement, U64, warm_iterations),
    KEPT(rf_measurement, BOOL, settled),
    KEPT(rf_measurement, DOUBLE, allocations),
    KEPT(rf_measurement, DOUBLE, allocated_blocks_left),
    KEPT(rf_measurement, U64, peak_bytes),
    KEPT(rf_measurement, DOUBLE, hardware.cycles),
    KEPT(rf_measurement, DOUBLE, hardware.instructions),
    KEPT(rf_measurement, DOUBLE, hardware.branch_misses),
    KEPT(rf_measurement, DOUBLE, hardware.cache_misses),
    { 0 },
};
const rf_kept rf_kept_noise[] = {
    KEPT(rf_noise, DOUBLE, steal),
    KEPT(rf_noise, DOUBLE, others),
    KEPT(rf_noise, DOUBLE, load),
    KEPT(rf_noise, DOUBLE, switches),
    KEPT(rf_noise, DOUBLE, off_cpu),
    KEPT(rf_noise, DOUBLE, reference_ns),
    KEPT(rf_noise, DOUBLE, reference_drift),
    KEPT(rf_noise, GRADE, grade),
    ROOM(rf_noise, reason),
    { 0 },
};
const rf_kept rf_kept_interval[] = {
    KEPT(rf_interval, DOUBLE, point),
    KEPT(rf_interval, DOUBLE, low),
    KEPT(rf_interval, DOUBLE, high),
    KEPT(rf_interval, DOUBLE, error),
    { 0 },
};
const rf_kept rf_kept_outliers[] = {
    KEPT(rf_outliers, DOUBLE, low_severe_at),  KEPT(rf_outliers, DOUBLE, low_mild_at), KEPT(rf_outliers, DOUBLE, high_mild_at),
    KEPT(rf_outliers, DOUBLE, high_severe_at), KEPT(rf_outliers, U32, low_severe),     KEPT(rf_outliers, U32, low_mild),
    KEPT(rf_outliers, U32, high_mild),         KEPT(rf_outliers, U32, high_severe),    { 0 },
};
const rf_kept_estimate rf_kept_estimates[] = {
    { "mean", offsetof(rf_estimates, mean) }, { "median", offsetof(rf_estimates, median) }, { "deviation", offsetof(rf_estimates, deviation) },
    { "mad", offsetof(rf_estimates, mad) }, { "slope", offsetof(rf_estimates, slope) }, { NULL, 0 },
};
