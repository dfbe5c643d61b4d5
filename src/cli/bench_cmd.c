/* bench_cmd.c: `riffle bench --cmd A --vs B`: whole programs, started in turn. */
#include "cli/bench.h"

#include <string.h>

/* A program as a benchmark, for reports: nothing of it is called. */
static rf_code describe(rf_cli_bench_run *run, const char *command, const char *role, rf_result_of_bench *ret_result, rf_error *reterr) {
    char id[RF_BENCH_ID_MAX];
    *ret_result = (rf_result_of_bench){ .bench = { .group = "program", .name = command, .form = role, .doc = "One run, from its start to its end.", .flat = true } };
    rf_bench_id(&ret_result->bench, id);
    ret_result->id = rf_strdup_in(&run->arena, id);
    return ret_result->id ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code fill(rf_cli_bench_run *run, const rf_process_use *uses, const rf_noise *noise, rf_result_of_bench *result,
                    rf_error *reterr) {
    rf_code code = rf_process_measurement(uses, run->bench->runs, noise, &run->arena, &result->measurement, reterr);
    const rf_samples samples = rf_measurement_samples(&result->measurement);
    return code ? code : rf_estimate(&samples, &run->bench->estimate, &result->estimates, reterr);
}

static void progress(void *user, double done, double a_ns, double b_ns) {
    rf_cli_bench_run *run = user;
    const rf_bench shown = { .group = "program", .name = run->bench->cmd };
    (void)b_ns;
    rf_report_progress(&run->report, &shown, RF_BENCH_MEASURES, done, a_ns);
    rf_cli_bench_show(run);
}

static rf_code compare(rf_cli_bench_run *run, rf_result_of_bench *now, const rf_result_of_bench *base, rf_error *reterr) {
    const rf_samples theirs = rf_measurement_samples(&base->measurement), ours = rf_measurement_samples(&now->measurement);
    rf_code code = rf_compare_pairs(&theirs, &ours, &run->bench->compare, &now->comparison, reterr);
    now->compared = !code;
    now->base = base->estimates;
    now->base_samples = theirs;
    now->versus = run->bench->vs;
    return code;
}

rf_code rf_cli_bench_programs(rf_cli_bench_run *run, rf_error *reterr) {
    const rf_cli_bench *bench = run->bench;
    rf_process_options options = RF_PROCESS_DEFAULT;
    rf_process_use *a = NULL, *b = NULL;
    rf_result_of_bench now, base;
    rf_noise noise;
    options.runs = bench->runs;
    options.stop = rf_cli_bench_stop();
    options.progress = run->report.live ? progress : NULL;
    options.user = run;
    run->report.total = bench->vs ? 2 : 1;
    rf_report_begin(&run->report, &run->run);
    rf_code code = rf_measure_processes(bench->cmd, bench->vs, &options, &run->arena, &a, &b, &noise, reterr);
    if (!code)
        code = describe(run, bench->cmd, bench->vs ? "cmd" : NULL, &now, reterr);
    if (!code)
        code = fill(run, a, &noise, &now, reterr);
    if (!code && bench->vs) {
        code = describe(run, bench->vs, "vs", &base, reterr);
        if (!code)
            code = fill(run, b, &noise, &base, reterr);
        if (!code)
            code = compare(run, &now, &base, reterr);
        if (!code)
            code = rf_cli_bench_add(run, &base, reterr);
    }
    return code ? code : rf_cli_bench_add(run, &now, reterr);
}
