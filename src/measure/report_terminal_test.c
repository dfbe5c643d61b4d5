/* report_terminal_test.c: the report on the terminal: the tree, its columns and colours, the line at the bottom, and the end. */
#include "harness.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "measure/report_terminal.h"

#include <math.h>

/* ---- What is reported ---- */

static rf_result_of_bench noop(void) {
    static double ones[100];
    rf_interval typical = { .point = 48.7, .low = 48.2, .high = 49.3 };
    return (rf_result_of_bench){
        .id = "plugin_chaining/noop_plugins/5:fsx",
        .bench = { .group = "plugin_chaining", .name = "noop_plugins", .parameter = "5", .form = "fsx" },
        .measurement = { .count = 100, .iterations = ones, .ns = ones, .linear = true, .noise = { .grade = 'A', .steal = 0.003, .others = 0.04 } },
        .estimates = { .mean = typical, .slope = typical, .r2 = 0.99 },
    };
}

static rf_result_of_bench changed(rf_change change, double point, double low, double high) {
    rf_result_of_bench result = noop();
    result.compared = true;
    result.versus = "main";
    result.comparison = (rf_comparison){ .ratio = { .point = point, .low = low, .high = high }, .change = change };
    return result;
}

static rf_bench_run a_run(void) {
    return (rf_bench_run){
        .machine = { .processor = "AMD EPYC", .architecture = "x86_64", .system = "Linux 6.1.0", .governor = "powersave", .turbo = "on",
                     .hypervisor = "kvm", .cores = 2, .memory_bytes = UINT64_C(4) << 30 },
        .version = "0.1.0", .commit = "abc1234", .options = RF_SAMPLER_DEFAULT, .estimate = RF_ESTIMATE_DEFAULT,
    };
}

static rf_terminal_report plain(rf_buffer *out) { return (rf_terminal_report){ .out = out }; }

static bool holds(const rf_buffer *out, const char *part) {
    size_t len = strlen(part);
    return out->len >= len && memmem(out->data, out->len, part, len);
}

/* Columns of the widest line. What comes behind a return to the line's start counts anew; escape sequences take none. */
static size_t widest(const rf_buffer *out) {
    size_t most = 0, columns = 0;
    for (rf_slice left = rf_buffer_view(out); left.len;) {
        uint32_t c;
        size_t bytes = rf_utf8_decode(left, &c);
        if (c == 0x1b)
            while (bytes < left.len && !strchr("mK", left.data[bytes++]))
                ;
        else
            columns = c == '\n' || c == '\r' ? 0 : columns + 1;
        most = columns > most ? columns : most;
        left = (rf_slice){ left.data + bytes, left.len - bytes };
    }
    return most;
}

/* ---- The tree ---- */

RF_TEST(leaves_stand_under_their_group_and_name) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_terminal_report report = plain(&out);
    rf_result_of_bench result = noop();
    rf_report_result(&report, &result);
    result.bench.parameter = "10";
    result.bench.form = NULL;
    rf_report_result(&report, &result);
    result.bench = (rf_bench){ .group = "vm_execution", .name = "direct_minimal" };
    rf_report_result(&report, &result);
    rf_check(!out.failed && report.done == 3);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("\nplugin_chaining\n"
                                                 "  noop_plugins\n"
                                                 "    5:fsx                       48.7 ns  [48.2 49.3]                       A\n"
                                                 "    10                          48.7 ns  [48.2 49.3]                       A\n"
                                                 "\nvm_execution\n"
                                                 "  direct_minimal                48.7 ns  [48.2 49.3]                       A\n"));
}

/* The same name in another group is another one. */
RF_TEST(a_new_group_names_its_benchmarks_anew) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_terminal_report report = plain(&out);
    rf_result_of_bench result = noop();
    rf_report_result(&report, &result);
    result.bench.group = "plugin_other";
    rf_report_result(&report, &result);
    rf_check(!out.failed && holds(&out, "\nplugin_other\n  noop_plugins\n    5:fsx"));
}

RF_TEST(throughput_target_outliers_and_allocations_are_told) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_terminal_report report = plain(&out);
    rf_result_of_bench result = noop();
    result.bench.amount = 1;
    result.bench.unit = RF_UNIT_LINES;
    result.bench.target_ns = 60.5;
    result.estimates.outliers = (rf_outliers){ .high_mild = 9, .high_severe = 2 };
    result.measurement.allocations = 3;
    rf_report_result(&report, &result);
    rf_check(!out.failed && holds(&out, "Mlines/s  A  ✓ target 60.5 ns  11 of 100 outliers, 2 severe  3"));
    rf_check(holds(&out, " allocations\n"));
    result.bench.target_ns = 40.5;
    result.estimates.outliers.high_mild = 7; /* 9 of 100 are not many */
    result.measurement.allocations = 0;
    rf_buffer_clear(&out);
    rf_report_result(&report, &result);
    rf_check(!out.failed && holds(&out, "  ✗ target 40.5 ns\n") && !holds(&out, "outliers"));
}

RF_TEST(a_low_grade_comes_with_its_reason) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_terminal_report report = plain(&out);
    rf_result_of_bench result = noop();
    result.measurement.noise = (rf_noise){ .grade = 'B', .reason = "a little" };
    rf_report_result(&report, &result);
    rf_check(!out.failed && holds(&out, " B\n") && !holds(&out, "a little"));
    result.measurement.noise = (rf_noise){ .grade = 'C', .reason = "the hypervisor took 3 % of the time" };
    rf_report_result(&report, &result);
    rf_check(!out.failed && holds(&out, " C  C: the hypervisor took 3 % of the time\n"));
}

RF_TEST(a_failure_takes_the_place_of_figures) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_terminal_report report = plain(&out);
    rf_result_of_bench result = { .id = "g/n", .bench = { .group = "g", .name = "n" }, .failure = "the hook was\x1b[2J never called" };
    rf_report_result(&report, &result);
    rf_check(!out.failed);
    rf_check(holds(&out, "failed: the hook was?[2J never called\n") && !holds(&out, "ns"));
}

RF_TEST(latency_has_a_line_of_its_own) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_error error;
    rf_check(rf_latency_init(&latency, &error) == RF_OK);
    for (uint64_t i = 1; i <= 1000; i++)
        rf_latency_add(&latency, i);
    rf_terminal_report report = plain(&out);
    rf_result_of_bench result = noop();
    result.latency = &latency;
    result.latency_rate = 10000;
    result.reached_rate = 8000;
    rf_report_result(&report, &result);
    rf_check(!out.failed && holds(&out, " a second:  p50 500 ns  p90 900 ns  p99 990 ns  p99.9 999 ns  worst 1"));
    rf_check(holds(&out, "a second were reached\n"));
    result.reached_rate = 10000;
    rf_buffer_clear(&out);
    rf_report_result(&report, &result);
    rf_check(!out.failed && holds(&out, "p99.9") && !holds(&out, "reached"));
}

/* ---- Colours ---- */

RF_TEST(changes_have_their_words_and_colours) {
    static const struct { rf_change change; const char *coloured, *plain; } cases[] = {
        { RF_CHANGE_FASTER, "\x1b[32m-4.3 % faster [-6.0 % -3.0 %]\x1b[0m", "  -4.3 % faster [-6.0 % -3.0 %]\n" },
        { RF_CHANGE_SLOWER, "\x1b[31m-4.3 % slower [-6.0 % -3.0 %]\x1b[0m", "  -4.3 % slower [-6.0 % -3.0 %]\n" },
        { RF_CHANGE_NONE, "\x1b[2m-4.3 % unchanged\x1b[0m", "  -4.3 % unchanged\n" },
        { RF_CHANGE_UNCLEAR, "\x1b[33m-4.3 % unclear [-6.0 % -3.0 %]\x1b[0m", "  -4.3 % unclear [-6.0 % -3.0 %]\n" },
    };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rf_result_of_bench result = changed(cases[i].change, 0.957, 0.94, 0.97);
        rf_terminal_report report = plain(&out);
        rf_buffer_clear(&out);
        report.colour = true;
        rf_report_result(&report, &result);
        rf_check(!out.failed && holds(&out, cases[i].coloured));
        rf_buffer_clear(&out);
        report = plain(&out);
        rf_report_result(&report, &result);
        rf_check(!out.failed && holds(&out, cases[i].plain));
    }
}

static void report_all(rf_terminal_report *report, rf_bench_run *run) {
    rf_report_begin(report, run);
    for (size_t i = 0; i < run->results.count; i++) {
        rf_report_progress(report, &run->results.items[i].bench, RF_BENCH_MEASURES, 0.5, 48.7);
        rf_report_result(report, &run->results.items[i]);
    }
    rf_report_end(report, run);
}

RF_TEST(without_colours_nothing_is_escaped) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_result_of_bench results[] = { changed(RF_CHANGE_SLOWER, 1.1, 1.08, 1.12), noop(), noop() };
    results[0].gate_failed = true;
    results[1].measurement.noise.grade = 'D';
    results[2].failure = "it broke";
    rf_bench_run run = a_run();
    run.results.items = results;
    run.results.count = 3;
    rf_terminal_report report = plain(&out);
    report.live = true;
    report.total = 3;
    report.width = 100;
    report_all(&report, &run);
    rf_check(!out.failed && !memchr(out.data, 0x1b, out.len));
    rf_check(holds(&out, "gate failed") && memchr(out.data, '\r', out.len));
    rf_buffer_clear(&out);
    report.colour = true;
    report_all(&report, &run);
    rf_check(!out.failed && holds(&out, "\x1b[31mgate failed\x1b[0m") && holds(&out, "\x1b[1;36mplugin_chaining\x1b[0m"));
}

/* ---- Width ---- */

RF_TEST(what_does_not_fit_goes_to_the_next_line) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_result_of_bench result = changed(RF_CHANGE_SLOWER, 1.1, 1.08, 1.12);
    result.bench.target_ns = 60.5;
    result.estimates.outliers.high_severe = 20;
    result.measurement.noise = (rf_noise){ .grade = 'C', .reason = "others" };
    for (uint32_t width = 70; width < 200; width += 13) {
        rf_terminal_report report = plain(&out);
        report.width = width;
        rf_buffer_clear(&out);
        rf_report_result(&report, &result);
        rf_check(!out.failed && widest(&out) <= width);
        rf_check(holds(&out, "C: others\n") && holds(&out, "+10.0 % slower [+8.0 % +12.0 %]"));
    }
}

RF_TEST(the_line_at_the_bottom_never_reaches_the_width) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_result_of_bench result = noop();
    result.bench.name = "ein_ziemlich_länglicher_Name_für_eine_Messung";
    for (uint32_t width = 1; width < 160; width += width < 40 ? 1 : 7) {
        rf_terminal_report report = plain(&out);
        report.live = true;
        report.colour = width % 2;
        report.width = width;
        report.total = 62;
        report.began_ns = rf_clock_mono_ns() - 100 * RF_NS_PER_S;
        report.done = 20;
        rf_buffer_clear(&out);
        rf_report_progress(&report, &result.bench, RF_BENCH_MEASURES, 0.5, 48.7);
        rf_report_progress(&report, &result.bench, RF_BENCH_ANALYSES, 1.5, NAN);
        rf_check(!out.failed && widest(&out) < width && !memchr(out.data ? out.data : "", '\n', out.len));
        rf_check(width < 30 || holds(&out, "/5:fsx"));
    }
}

/* ---- The line at the bottom ---- */

RF_TEST(the_line_tells_phase_estimate_bar_count_and_time_left) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_result_of_bench result = noop();
    rf_terminal_report report = plain(&out);
    report.live = true;
    report.width = 120;
    report.total = 4;
    report.done = 1;
    report.began_ns = rf_clock_mono_ns() - 100 * RF_NS_PER_S;
    rf_report_progress(&report, &result.bench, RF_BENCH_MEASURES, 0.25, 48.7); /* half of the second of four: 3/8 */
    rf_check(!out.failed && report.lines == 1);
    rf_check(rf_slice_starts(rf_buffer_view(&out), RF_SLICE("plugin_chaining/noop_plugins/5:fsx measuring   48.7 ns ▕██████          ▏ 2/4 2m 4")));
    rf_check(rf_slice_ends(rf_buffer_view(&out), RF_SLICE("s left")));
    rf_buffer_clear(&out);
    rf_report_progress(&report, &result.bench, RF_BENCH_WARMS, 0, 0);
    rf_check(!out.failed && holds(&out, " warming ") && !holds(&out, " ns "));
    rf_check(rf_slice_starts(rf_buffer_view(&out), RF_SLICE("\r     "))); /* the old line goes first */
}

RF_TEST(the_line_is_drawn_only_live_and_goes_before_a_result) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_result_of_bench result = noop();
    rf_terminal_report report = plain(&out);
    rf_report_progress(&report, &result.bench, RF_BENCH_MEASURES, 0.5, 48.7);
    rf_check(out.len == 0);
    report.live = report.colour = true;
    report.width = 80;
    rf_report_progress(&report, &result.bench, RF_BENCH_MEASURES, 0.5, 48.7);
    rf_buffer_clear(&out);
    rf_report_result(&report, &result);
    rf_check(!out.failed && report.lines == 0);
    rf_check(rf_slice_starts(rf_buffer_view(&out), RF_SLICE("\r\x1b[K\n")));
    rf_buffer_clear(&out);
    rf_bench_run run = a_run();
    rf_report_end(&report, &run);
    rf_check(!out.failed && !holds(&out, "\r"));
}

/* ---- Beginning and end ---- */

RF_TEST(the_beginning_names_machine_and_method) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_bench_run run = a_run();
    rf_terminal_report report = plain(&out);
    report.total = 62;
    rf_report_begin(&report, &run);
    rf_check(!out.failed && rf_slice_starts(rf_buffer_view(&out), RF_SLICE("riffle 0.1.0 (abc1234): 62 benchmarks\nAMD EPYC, 2 cores, ")));
    rf_check(holds(&out, "Linux 6.1.0, hypervisor kvm; governor powersave, turbo on, not pinned\n"));
    rf_check(holds(&out, "100 samples in 5.0 s each, warmed up for at most 3.0 s, 95 % intervals from 100000 resamples\n"));
}

RF_TEST(the_end_lists_what_needs_attention) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_result_of_bench results[] = {
        noop(), changed(RF_CHANGE_SLOWER, 1.043, 1.02, 1.065), changed(RF_CHANGE_FASTER, 0.9, 0.88, 0.92), changed(RF_CHANGE_NONE, 1, 1, 1),
        changed(RF_CHANGE_UNCLEAR, 1.02, 0.97, 1.07), noop(),
    };
    results[0].failure = "the hook was never called";
    results[0].id = "g/fails";
    results[1].gate_failed = true;
    results[5].bench.target_ns = 10;
    results[5].measurement.noise = (rf_noise){ .grade = 'C', .reason = "x", .steal = 0.03, .others = 0.2, .off_cpu = 0.05, .reference_drift = 1.1 };
    rf_bench_run run = a_run();
    run.results.items = results;
    run.results.count = 6;
    rf_terminal_report report = plain(&out);
    report.began_ns = rf_clock_mono_ns() - 75 * RF_NS_PER_S;
    rf_report_end(&report, &run);
    rf_check(!out.failed);
    rf_check(holds(&out, "\nFailed\n  g/fails  the hook was never called\n"));
    rf_check(holds(&out, "\nSlower\n  plugin_chaining/noop_plugins/5:fsx  +4.3 % slower [+2.0 % +6.5 %] against main\n"));
    rf_check(holds(&out, "\nFaster\n  plugin_chaining/noop_plugins/5:fsx  -10.0 % faster"));
    rf_check(holds(&out, "\nThe gate failed\n  plugin_chaining/noop_plugins/5:fsx  +4.3 % slower"));
    rf_check(holds(&out, "\nThe machine: steal 0.84 %, others used 7.2 % of the processors; trust: 4 A, 1 C\n"));
    rf_check(holds(&out, "\n5 measured in 1m 15s, 1 failed, 1 slower, 1 faster, 1 unclear, 1 unchanged, 1 target missed\n1 gate failed\n"));
    static const char *const hints[] = { "--vs", "end what else", "taskset", "cpupower", "turn turbo off", "let the machine settle", "--samples" };
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        rf_check(holds(&out, hints[i]));
}

RF_TEST(a_quiet_run_ends_in_few_words) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_result_of_bench result = noop();
    rf_bench_run run = a_run();
    run.results.items = &result;
    run.results.count = 1;
    rf_terminal_report report = plain(&out);
    report.began_ns = rf_clock_mono_ns() - 2 * RF_NS_PER_S;
    rf_report_end(&report, &run);
    rf_check(!out.failed);
    rf_check(rf_slice_starts(rf_buffer_view(&out),
                             RF_SLICE("\nThe machine: steal 0.3 %, others used 4 % of the processors; trust: 1 A\n\n1 measured in 2.")));
    run.results.count = 0;
    rf_buffer_clear(&out);
    rf_report_end(&report, &run);
    rf_check(!out.failed && rf_slice_starts(rf_buffer_view(&out), RF_SLICE("\n0 measured in 2.")));
}
