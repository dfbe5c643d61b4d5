/* bench_run.c: a run of benchmarks: one after the other, shown as they come. */
#include "cli/bench.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "cli/script.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static _Atomic bool interrupted;

static void note_signal(int number) {
    (void)number;
    if (atomic_exchange_explicit(&interrupted, true, memory_order_relaxed))
        _exit(128 + SIGINT); /* asked twice: at once */
}

const _Atomic bool *rf_cli_bench_stop(void) { return &interrupted; }

static void catch_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note_signal;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

/* The commit of the folder that we are in: figures are kept beside sources as a rule. "" outside of any. */
static const char *find_commit(rf_arena *arena) {
    char line[64] = "";
    FILE *git = popen("git rev-parse --short=9 HEAD 2>/dev/null", "re");
    if (!git)
        return "";
    bool good = fgets(line, sizeof line, git) != NULL;
    if (pclose(git) != 0 || !good)
        return "";
    line[strcspn(line, "\n")] = '\0';
    const char *copy = rf_strdup_in(arena, line);
    return copy ? copy : "";
}

static void set_up_report(rf_cli_bench_run *run) {
    struct winsize size = { 0 };
    const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");
    const char *const files[] = { run->bench->html, run->bench->json, run->bench->csv, run->bench->markdown };
    run->shown_to = STDOUT_FILENO;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i] && strcmp(files[i], "-") == 0)
            run->shown_to = STDERR_FILENO;
    bool is_terminal = isatty(run->shown_to) == 1 && !run->bench->plain && terminal && strcmp(terminal, "dumb") != 0;
    bool sized = ioctl(run->shown_to, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20;
    run->report = (rf_terminal_report){ .out = &run->shown, .colour = is_terminal && (!none || !*none), .live = is_terminal,
                                        .width = sized ? size.ws_col : 100, .began_ns = rf_clock_mono_ns() };
}

rf_code rf_cli_bench_open(rf_cli_bench_run *run, const rf_cli_bench *bench, rf_error *reterr) {
    *run = (rf_cli_bench_run){ .bench = bench };
    rf_arena_init(&run->arena, (size_t)64 << 10);
    run->run = (rf_bench_run){ .arena = &run->arena,
                               .version = RF_VERSION,
                               .commit = find_commit(&run->arena),
                               .began_ms = rf_clock_wall_ms(),
                               .options = bench->sampler,
                               .estimate = bench->estimate };
    rf_machine_describe(&run->run.machine);
    set_up_report(run);
    rf_code code = bench->fail_on ? rf_gate_parse(bench->fail_on, &run->gate, reterr) : RF_OK;
    if (!code && run->gate && rf_gate_needs_base(run->gate) && !bench->baseline && !bench->vs && !bench->self) {
        code = rf_raise(reterr, RF_ECONFIG, "--fail-on %s: there is nothing to compare with", bench->fail_on);
        rf_error_hint(reterr, "give --baseline NAME, or --vs COMMAND");
    }
    if (!code && bench->baseline)
        code = rf_cli_bench_baseline(bench->dir, bench->baseline, &run->arena, &run->base, reterr);
    return code;
}

void rf_cli_bench_close(rf_cli_bench_run *run) {
    for (size_t i = 0; i < run->run.results.count; i++)
        if (run->run.results.items[i].latency)
            rf_latency_done(run->run.results.items[i].latency);
    rf_bench_run_done(&run->run);
    rf_bench_run_done(&run->base);
    rf_gate_free(run->gate);
    rf_buffer_done(&run->shown);
    rf_arena_done(&run->arena);
}

void rf_cli_bench_show(rf_cli_bench_run *run) { (void)rf_cli_flush(&run->shown, run->shown_to); }

rf_code rf_cli_bench_add(rf_cli_bench_run *run, const rf_result_of_bench *result, rf_error *reterr) {
    if (!rf_vec_push(&run->run.results, *result))
        return rf_raise_nomem(reterr);
    run->report.done++;
    rf_report_result(&run->report, result);
    rf_cli_bench_show(run);
    return RF_OK;
}

static void progress(void *user, const rf_bench *bench, rf_phase_of_bench phase, double done, double ns) {
    rf_cli_bench_run *run = user;
    rf_report_progress(&run->report, bench, phase, done, ns);
    rf_cli_bench_show(run);
}

static rf_code measure_latency(rf_cli_bench_run *run, const rf_bench *bench, const rf_sampler_options *options, rf_result_of_bench *result,
                               rf_error *reterr) {
    const rf_open_loop loop = { run->bench->rate, options->measure_ns };
    result->latency = rf_arena_zero(&run->arena, 1, sizeof *result->latency);
    if (!result->latency)
        return rf_raise_nomem(reterr);
    rf_code code = rf_latency_init(result->latency, reterr);
    if (!code)
        code = rf_measure_latency(bench, &loop, options, result->latency, &result->reached_rate, reterr);
    result->latency_rate = loop.rate;
    return code;
}

/* Benchmarks that read files share their folder; what they open they close before the next. */
static rf_code measure_one(rf_cli_bench_run *run, const rf_bench *bench, rf_error *reterr) {
    rf_sampler_options options = run->bench->sampler;
    options.stop = &interrupted;
    options.progress = run->report.live ? progress : NULL;
    options.user = run;
    char id[RF_BENCH_ID_MAX];
    rf_bench_id(bench, id);
    rf_result_of_bench result = { .id = rf_strdup_in(&run->arena, id), .bench = *bench };
    if (!result.id)
        return rf_raise_nomem(reterr);
    rf_code code = rf_measure(bench, &options, &run->arena, &result.measurement, reterr);
    if (!code && run->report.live)
        progress(run, bench, RF_BENCH_ANALYSES, 0, 0);
    const rf_samples samples = rf_measurement_samples(&result.measurement);
    if (!code)
        code = rf_estimate(&samples, &run->bench->estimate, &result.estimates, reterr);
    if (!code && run->bench->rate > 0)
        code = measure_latency(run, bench, &options, &result, reterr);
    if (code == RF_ECLOSED || code == RF_ENOMEM) {
        if (result.latency)
            rf_latency_done(result.latency);
        return code;
    }
    if (code && !(result.failure = rf_strdup_in(&run->arena, reterr->message)))
        return rf_raise_nomem(reterr);
    return rf_cli_bench_add(run, &result, reterr);
}

static bool takes(const rf_filter *filter, const rf_bench *bench) {
    char id[RF_BENCH_ID_MAX];
    rf_bench_id(bench, id);
    return rf_filter_match(filter, id);
}

rf_code rf_cli_bench_measure(rf_cli_bench_run *run, const rf_benches *list, const rf_filter *filter, rf_error *reterr) {
    catch_signals();
    for (size_t i = 0; i < list->count; i++)
        run->report.total += takes(filter, &list->items[i]);
    rf_report_begin(&run->report, &run->run);
    rf_cli_bench_show(run);
    rf_code code = RF_OK;
    for (size_t i = 0; i < list->count && !code; i++)
        if (takes(filter, &list->items[i]))
            code = measure_one(run, &list->items[i], reterr);
    return code;
}
