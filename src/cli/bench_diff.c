/* bench diff: two runs that were kept, beside each other. */
#include "cli/bench.h"

static rf_code show(rf_cli_bench_run *run, rf_error *reterr) {
    rf_bench_run now = { 0 };
    rf_code code = rf_cli_bench_baseline(run->bench->dir, run->bench->words[1], &run->arena, &now, reterr);
    if (code)
        return code;
    rf_bench_run_done(&run->run);
    run->run = now; /* shown is what B is, compared with A */
    run->report.total = run->run.results.count;
    rf_report_begin(&run->report, &run->run);
    return RF_OK;
}

static int diff_run(int argc, char **argv) {
    rf_cli_bench bench;
    rf_cli_bench_run run = { 0 };
    rf_error error = { 0 };
    int status;
    if (!rf_cli_bench_parse(&bench, &rf_bench_part_diff, argc, argv, &status))
        return status;
    if (bench.word_count != 2)
        return rf_cli_misuse(&rf_bench_part_diff, "two baselines are compared, and %zu are given", bench.word_count);
    bench.baseline = bench.words[0];
    rf_code code = rf_cli_bench_open(&run, &bench, &error);
    if (!code)
        code = show(&run, &error);
    status = code ? rf_cli_bench_fail(&error, bench.fail_on) : rf_cli_bench_finish(&run, false);
    rf_cli_bench_close(&run);
    return status;
}

static const rf_cli_example examples[] = {
    { "riffle bench diff main mine", "What changed from the baseline `main` to the baseline `mine`." },
    { "riffle bench diff main mine --fail-on 'ratio.low > 1.05'", "Fails when something is proven to be 5 % slower." },
    { 0 },
};

const rf_command rf_bench_part_diff = {
    .name = "bench diff",
    .usage = "[OPTION...] A B",
    .summary = "Compares two runs that were kept by --save-baseline.",
    .options = rf_cli_bench_diff_options,
    .examples = examples,
    .run = diff_run,
};
