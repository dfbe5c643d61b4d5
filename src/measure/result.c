/* result.c: the results of a run, found by name, compared with those of another, judged by a gate. */
#include "measure/result.h"

#include <assert.h>
#include <string.h>

void rf_bench_run_done(rf_bench_run *run) {
    if (run)
        rf_vec_done(&run->results);
}

rf_result_of_bench *rf_bench_run_find(const rf_bench_run *run, const char *id) {
    assert(run && id);
    for (size_t i = 0; i < run->results.count; i++)
        if (strcmp(run->results.items[i].id, id) == 0)
            return &run->results.items[i];
    return NULL;
}

static rf_code check_machines(const rf_bench_run *run, const rf_bench_run *base, const char *name, rf_error *reterr) {
    char difference[300];
    rf_machine_difference(&base->machine, &run->machine, difference, sizeof difference);
    if (!difference[0])
        return RF_OK;
    rf_code code = rf_raise(reterr, RF_EREFUSED, "%s was measured on another machine: %s", name, difference);
    rf_error_hint(reterr, "measure it anew here; --across-machines compares all the same, and proves nothing");
    return code;
}

static rf_code compare_one(rf_result_of_bench *result, const rf_result_of_bench *base, const char *name, const rf_compare_options *options,
                           rf_error *reterr) {
    rf_compare_options how = *options;
    how.base_reference_ns = base->measurement.noise.reference_ns;
    how.now_reference_ns = result->measurement.noise.reference_ns;
    const rf_samples theirs = rf_measurement_samples(&base->measurement), ours = rf_measurement_samples(&result->measurement);
    rf_code code = rf_compare(&theirs, &ours, &how, &result->comparison, reterr);
    if (code) {
        rf_error_prefix(reterr, "%s: ", result->id);
        return code;
    }
    result->compared = true;
    result->base = base->estimates;
    result->base_samples = theirs;
    result->versus = name;
    return RF_OK;
}

rf_code rf_compare_runs(rf_bench_run *run, const rf_bench_run *base, const char *name, const rf_compare_options *options, bool across,
                        rf_error *reterr) {
    assert(run && base && name && options);
    rf_code code = across ? RF_OK : check_machines(run, base, name, reterr);
    for (size_t i = 0; i < run->results.count && !code; i++) {
        rf_result_of_bench *result = &run->results.items[i];
        const rf_result_of_bench *other = rf_bench_run_find(base, result->id);
        if (other && !other->failure && !result->failure)
            code = compare_one(result, other, name, options, reterr);
    }
    return code;
}

size_t rf_gate_runs(rf_bench_run *run, const rf_gate *gate) {
    assert(run && gate);
    size_t failed = 0;
    for (size_t i = 0; i < run->results.count; i++) {
        rf_result_of_bench *result = &run->results.items[i];
        if (result->failure)
            continue;
        const rf_gate_input input = { .comparison = result->compared ? &result->comparison : NULL, .now = &result->estimates,
                                      .base = result->compared ? &result->base : NULL };
        result->gate_failed = rf_gate_fails(gate, &input);
        failed += result->gate_failed;
    }
    return failed;
}
