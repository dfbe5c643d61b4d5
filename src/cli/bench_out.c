/* bench_out.c: what becomes of a run's results: comparison, baselines, reports, gate. */
#include "cli/bench.h"

#include "base/slice.h"
#include "cli/script.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

rf_code rf_cli_bench_baseline(const char *dir, const char *name, rf_arena *arena, rf_bench_run *ret_run, rf_error *reterr) {
    if (!strchr(name, '/') && !rf_slice_ends(rf_slice_of(name), RF_SLICE(".json")))
        return rf_baseline_load(dir, name, arena, ret_run, reterr);
    RF_CLEANUP(rf_cli_script_done) rf_cli_script text;
    rf_cli_script_init(&text);
    rf_code code = rf_cli_script_read(&text, name, reterr);
    if (code)
        return code;
    rf_slice copy = rf_slice_dup_in(arena, text.bytes);
    return copy.data ? rf_baseline_read(copy, name, arena, ret_run, reterr) : rf_raise_nomem(reterr);
}

static rf_code save(rf_cli_bench_run *run, rf_error *reterr) {
    const rf_cli_bench *bench = run->bench;
    if (!bench->save)
        return RF_OK;
    rf_code code = rf_baseline_save(&run->run, bench->dir, bench->save, reterr);
    if (!code)
        code = rf_history_append(&run->run, bench->dir, reterr);
    return code;
}

static rf_code write_to(const char *path, rf_buffer *content, rf_error *reterr) {
    rf_code code = RF_OK;
    if (content->failed)
        code = rf_raise_nomem(reterr);
    else if (strcmp(path, "-") != 0)
        code = rf_cli_replace_file(path, rf_buffer_view(content), reterr);
    else if (!rf_cli_flush(content, STDOUT_FILENO))
        code = rf_raise(reterr, RF_EIO, "standard output cannot be written");
    rf_buffer_done(content);
    return code;
}

static rf_code write_html(rf_cli_bench_run *run, rf_error *reterr) {
    rf_history history = { 0 };
    rf_buffer out = { 0 };
    rf_code code = rf_history_read(run->bench->dir, &run->arena, &history, reterr);
    if (code)
        return code;
    rf_report_html(&run->run, &history, &out);
    return write_to(run->bench->html, &out, reterr);
}

static rf_code write_reports(rf_cli_bench_run *run, rf_error *reterr) {
    const rf_cli_bench *bench = run->bench;
    const struct { const char *path; void (*report)(const rf_bench_run *run, rf_buffer *out); } texts[] = {
        { bench->json, rf_report_json }, { bench->csv, rf_report_csv }, { bench->markdown, rf_report_markdown },
    };
    rf_code code = bench->html ? write_html(run, reterr) : RF_OK;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !code; i++) {
        rf_buffer out = { 0 };
        if (!texts[i].path)
            continue;
        texts[i].report(&run->run, &out);
        code = write_to(texts[i].path, &out, reterr);
    }
    return code;
}

/* What the comparison says about each: they were shown before there was one. */
static void show_comparisons(rf_cli_bench_run *run) {
    run->report.group = run->report.name = NULL;
    run->report.done = 0;
    for (size_t i = 0; i < run->run.results.count; i++)
        if (run->run.results.items[i].compared)
            rf_report_result(&run->report, &run->run.results.items[i]);
}

static bool any_failed(const rf_bench_run *run) {
    for (size_t i = 0; i < run->results.count; i++)
        if (run->results.items[i].failure)
            return true;
    return false;
}

static bool any_compared(const rf_bench_run *run) {
    for (size_t i = 0; i < run->results.count; i++)
        if (run->results.items[i].compared)
            return true;
    return false;
}

int rf_cli_bench_finish(rf_cli_bench_run *run, bool compared) {
    rf_error error = { 0 };
    rf_code code = RF_OK;
    size_t gates = 0;
    if (!compared && run->bench->baseline) {
        code = rf_compare_runs(&run->run, &run->base, run->bench->baseline, &run->bench->compare, run->bench->across, &error);
        if (!code)
            show_comparisons(run);
    }
    if (!code && run->gate && rf_gate_needs_base(run->gate) && !any_compared(&run->run)) {
        code = rf_raise(&error, RF_ECONFIG, "--fail-on %s: there is nothing to compare with", run->bench->fail_on);
        rf_error_hint(&error, "%s has none of these benchmarks", run->bench->baseline);
    }
    if (!code && run->gate)
        gates = rf_gate_runs(&run->run, run->gate);
    rf_report_end(&run->report, &run->run);
    rf_cli_bench_show(run);
    if (!code)
        code = save(run, &error);
    if (!code)
        code = write_reports(run, &error);
    if (code)
        return rf_cli_bench_fail(&error, NULL);
    return gates || any_failed(&run->run) ? RF_EXIT_FAILED : RF_EXIT_DONE;
}
