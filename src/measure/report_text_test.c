/* report_text_test.c: the reports for files: JSON, CSV, Markdown. */
#include "harness.h"

#include "base/arena.h"
#include "base/slice.h"
#include "measure/report_text.h"
#include "message/json.h"

#include <math.h>

/* ---- What is reported ---- */

static const double iterations[] = { 1, 2, 3 }, ns[] = { 48.5, 97, 146.25 }, cpu_ns[] = { 48, NAN, 146 };

static rf_result_of_bench noop(void) {
    rf_interval typical = { .point = 48.7, .low = 48.2, .high = 49.3, .error = 0.25 };
    return (rf_result_of_bench){
        .id = "plugin_chaining/noop_plugins/5:fsx",
        .bench = { .group = "plugin_chaining", .name = "noop_plugins", .parameter = "5", .form = "fsx", .doc = "a dispatch", .number = 5 },
        .measurement = { .count = 3, .iterations = (double *)iterations, .ns = (double *)ns, .cpu_ns = (double *)cpu_ns, .linear = true,
                         .hardware = { -1, 120, -1, -1 }, .noise = { .grade = 'A', .reference_ns = 2e6, .reference_drift = 1 } },
        .estimates = { .mean = typical, .median = typical, .slope = typical, .r2 = 0.99, .minimum = 48, .maximum = 50 },
    };
}

static rf_bench_run a_run(rf_result_of_bench *results, size_t count) {
    rf_bench_run run = {
        .machine = { .processor = "AMD EPYC", .architecture = "x86_64", .system = "Linux 6.1.0", .governor = "unknown", .turbo = "unknown",
                     .cores = 2, .memory_bytes = UINT64_C(4) << 30, .fingerprint = "0123456789abcdef" },
        .version = "0.1.0", .commit = "abc1234", .began_ms = 1700000000123, .options = RF_SAMPLER_DEFAULT, .estimate = RF_ESTIMATE_DEFAULT,
    };
    run.results.items = results;
    run.results.count = count;
    return run;
}

static bool holds(const rf_buffer *out, const char *part) {
    size_t len = strlen(part);
    return out->len >= len && memmem(out->data, out->len, part, len);
}

/* ---- Shared texts ---- */

RF_TEST(an_interval_is_in_its_points_unit_and_decimals) {
    static const struct { rf_interval interval; const char *text; } cases[] = {
        { { .point = 48.7, .low = 48.2, .high = 49.3 }, "[48.2 49.3]" },
        { { .point = 48.7, .low = 48.2, .high = 1049.3 }, "[48.2 1049.3]" },
        { { .point = 3950, .low = 950, .high = 4000 }, "[0.95 4.00]" },
        { { .point = 2.05e9, .low = 2e9, .high = 2.1e9 }, "[2.00 2.10]" },
    };
    char text[RF_INTERVAL_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rf_text_interval(&cases[i].interval, text);
        rf_check_text(rf_slice_of(text), rf_slice_of(cases[i].text));
    }
}

RF_TEST(durations_are_as_people_say_them) {
    static const struct { double s; const char *text; } cases[] = {
        { 0, "0.0 s" }, { 0.84, "0.8 s" }, { 9.4, "9.4 s" }, { 45.4, "45 s" }, { 59.6, "1m 00s" }, { 80, "1m 20s" }, { 3599.7, "1h 00m" }, { 7500, "2h 05m" },
    };
    char text[RF_FIGURE_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rf_text_duration((uint64_t)(cases[i].s * 1e9), text);
        rf_check_text(rf_slice_of(text), rf_slice_of(cases[i].text));
    }
}

RF_TEST(texts_of_others_are_made_harmless) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_text_clean(&out, "ä\x1b[2J\n\x7f\xff\xc2\x9b.");
    rf_text_clean(&out, NULL);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("ä?[2J????."));
}

/* ---- JSON ---- */

/* The member of a member: "machine.cores"; a digit is the place in a list. NULL: there is none. */
static const rf_value *at(const rf_value *value, const char *path) {
    rf_slice left = rf_slice_of(path);
    while (value && left.len) {
        size_t end = rf_slice_find(left, '.');
        rf_slice key = { left.data, end };
        if (value->kind == RF_LIST)
            value = (uint32_t)(*key.data - '0') < value->size ? &value->items[*key.data - '0'] : NULL;
        else
            value = value->kind == RF_MAP ? rf_value_member(value, key) : NULL;
        size_t gone = end < left.len ? end + 1 : end;
        left = (rf_slice){ left.data + gone, left.len - gone };
    }
    return value;
}

static bool number_is(const rf_value *all, const char *path, double number) {
    const rf_value *value = at(all, path);
    return value && value->kind == RF_DOUBLE && fabs(value->number - number) < 1e-9;
}

static bool text_is(const rf_value *all, const char *path, const char *text) {
    const rf_value *value = at(all, path);
    return value && value->kind == RF_STRING && rf_slice_is(rf_value_text(value), text);
}

static bool null_is(const rf_value *all, const char *path) {
    const rf_value *value = at(all, path);
    return value && value->kind == RF_NULL;
}

static rf_code report(const rf_bench_run *run, rf_buffer *out, rf_arena *arena, rf_value *ret_value) {
    rf_error error;
    rf_report_json(run, out);
    return out->failed ? RF_ENOMEM : rf_json_parse(arena, rf_buffer_view(out), RF_JSON_DOUBLES, ret_value, &error);
}

static rf_arena small_arena(void) {
    rf_arena arena;
    rf_arena_init(&arena, 16384);
    return arena;
}

RF_TEST(json_holds_machine_options_and_figures) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_result_of_bench result = noop();
    rf_bench_run run = a_run(&result, 1);
    rf_value all;
    rf_check(report(&run, &out, &arena, &all) == RF_OK);
    rf_check(text_is(&all, "format", "riffle-bench-report") && number_is(&all, "format_version", 1));
    rf_check(text_is(&all, "began", "2023-11-14T22:13:20Z") && text_is(&all, "commit", "abc1234"));
    rf_check(text_is(&all, "machine.processor", "AMD EPYC") && number_is(&all, "machine.cores", 2) && null_is(&all, "machine.mhz"));
    rf_check(number_is(&all, "options.samples", 100) && text_is(&all, "options.sampling", "auto") && number_is(&all, "options.confidence", 0.95));
    rf_check(text_is(&all, "results.0.id", result.id) && text_is(&all, "results.0.form", "fsx") && null_is(&all, "results.0.failure"));
    rf_check(number_is(&all, "results.0.typical.point", 48.7) && number_is(&all, "results.0.slope.high", 49.3));
    rf_check(number_is(&all, "results.0.samples.count", 3) && text_is(&all, "results.0.noise.grade", "A"));
    rf_check(number_is(&all, "results.0.hardware.instructions", 120) && null_is(&all, "results.0.hardware.cycles"));
    rf_check(null_is(&all, "results.0.latency") && null_is(&all, "results.0.comparison") && null_is(&all, "results.0.target_ns"));
    rf_check(!at(&all, "results.1"));
}

RF_TEST(json_of_flat_samples_has_no_slope_and_of_a_failure_no_figures) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_result_of_bench results[] = { noop(), noop() };
    results[0].measurement.linear = false;
    results[1].failure = "it \"broke\"\n";
    rf_bench_run run = a_run(results, 2);
    rf_value all;
    rf_check(report(&run, &out, &arena, &all) == RF_OK);
    rf_check(null_is(&all, "results.0.slope") && null_is(&all, "results.0.r2") && number_is(&all, "results.0.typical.low", 48.2));
    rf_check(text_is(&all, "results.1.failure", "it \"broke\"\n") && text_is(&all, "results.1.group", "plugin_chaining"));
    rf_check(!at(&all, "results.1.typical") && !at(&all, "results.1.noise"));
}

RF_TEST(json_numbers_are_finite) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_result_of_bench result = noop();
    result.estimates.mean.low = -INFINITY;
    result.estimates.maximum = INFINITY;
    result.compared = true;
    result.versus = "main";
    result.comparison = (rf_comparison){ .ratio = { 1.1, 1.05, 1.2, 0.01 }, .machine = 1, .t = NAN, .t_p = 0.001, .change = RF_CHANGE_SLOWER };
    result.gate_failed = true;
    rf_bench_run run = a_run(&result, 1);
    rf_value all;
    rf_check(report(&run, &out, &arena, &all) == RF_OK);
    rf_check(null_is(&all, "results.0.mean.low") && null_is(&all, "results.0.maximum") && null_is(&all, "results.0.comparison.t"));
    rf_check(text_is(&all, "results.0.comparison.change", "slower") && text_is(&all, "results.0.comparison.versus", "main"));
    rf_check(number_is(&all, "results.0.comparison.ratio.low", 1.05) && null_is(&all, "results.0.comparison.base.slope"));
    rf_check(at(&all, "results.0.gate_failed")->truth);
}

RF_TEST(json_tells_latencies) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_error error;
    rf_check(rf_latency_init(&latency, &error) == RF_OK);
    for (uint64_t i = 1; i <= 1000; i++)
        rf_latency_add(&latency, i);
    rf_result_of_bench result = noop();
    result.latency = &latency;
    result.latency_rate = 10000;
    rf_bench_run run = a_run(&result, 1);
    rf_value all;
    rf_check(report(&run, &out, &arena, &all) == RF_OK);
    rf_check(number_is(&all, "results.0.latency.p50", 500) && number_is(&all, "results.0.latency.p99_9", 999));
    rf_check(number_is(&all, "results.0.latency.rate", 10000) && null_is(&all, "results.0.latency.reached_rate"));
    rf_check(number_is(&all, "results.0.latency.count", 1000) && number_is(&all, "results.0.latency.maximum", 1000));
}

/* Whoever compares two reports line by line relies on it. */
RF_TEST(json_of_nothing_is_written_in_this_order) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_bench_run run = a_run(NULL, 0);
    run.commit = "";
    run.began_ms = 0;
    rf_report_json(&run, &out);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("{\n"
                                                 "  \"format\": \"riffle-bench-report\",\n"
                                                 "  \"format_version\": 1,\n"
                                                 "  \"riffle\": \"0.1.0\",\n"
                                                 "  \"commit\": null,\n"
                                                 "  \"began\": null,\n"
                                                 "  \"machine\": {\n"
                                                 "    \"processor\": \"AMD EPYC\",\n"
                                                 "    \"architecture\": \"x86_64\",\n"
                                                 "    \"system\": \"Linux 6.1.0\",\n"
                                                 "    \"governor\": \"unknown\",\n"
                                                 "    \"turbo\": \"unknown\",\n"
                                                 "    \"hypervisor\": \"\",\n"
                                                 "    \"cores\": 2,\n"
                                                 "    \"pinned_to\": 0,\n"
                                                 "    \"memory_bytes\": 4294967296,\n"
                                                 "    \"mhz\": null,\n"
                                                 "    \"fingerprint\": \"0123456789abcdef\"\n"
                                                 "  },\n"
                                                 "  \"options\": {\n"
                                                 "    \"samples\": 100,\n"
                                                 "    \"measure_ns\": 5000000000,\n"
                                                 "    \"warm_ns\": 3000000000,\n"
                                                 "    \"sampling\": \"auto\",\n"
                                                 "    \"resamples\": 100000,\n"
                                                 "    \"confidence\": 0.95,\n"
                                                 "    \"seed\": 42\n"
                                                 "  },\n"
                                                 "  \"results\": []\n"
                                                 "}\n"));
}

/* ---- CSV ---- */

RF_TEST(csv_has_a_row_a_sample) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_result_of_bench results[] = { noop(), noop(), noop() };
    results[1].failure = "it broke";
    results[2].bench = (rf_bench){ .group = "a,b", .name = "say \"x\"", .parameter = "two\nlines" };
    results[2].measurement.count = 1;
    results[2].measurement.cpu_ns = NULL;
    rf_bench_run run = a_run(results, 3);
    rf_report_csv(&run, &out);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("group,name,parameter,form,sample,iterations,ns,cpu_ns\r\n"
                                                 "plugin_chaining,noop_plugins,5,fsx,1,1,48.5,48\r\n"
                                                 "plugin_chaining,noop_plugins,5,fsx,2,2,97,\r\n"
                                                 "plugin_chaining,noop_plugins,5,fsx,3,3,146.25,146\r\n"
                                                 "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",,1,1,48.5,\r\n"));
}

/* ---- Markdown ---- */

RF_TEST(markdown_has_a_table_a_group) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_result_of_bench results[] = { noop(), noop(), noop(), noop() };
    results[0].bench.target_ns = 60.5;
    results[0].bench.original_ns = 487;
    results[0].bench.original = "native plugins";
    results[1].bench.form = NULL;
    results[1].bench.target_ns = 40.5;
    results[1].bench.original_ns = 24.35;
    results[1].bench.original = "an error path";
    results[2].bench = (rf_bench){ .group = "other", .name = "a|b", .original_ns = 48.8, .original = "native plugins" };
    results[3].bench.group = "other";
    results[3].failure = "no <b>hook</b>";
    rf_bench_run run = a_run(results, 4);
    rf_report_markdown(&run, &out);
    rf_check(!out.failed);
    static const char *const parts[] = {
        "AMD EPYC, 2 cores, ",
        ", Linux 6.1.0; governor unknown, turbo unknown, not pinned.\nriffle 0.1.0 (abc1234): 100 samples in 5.0 s each",
        "\nNoise: steal 0 %, others used 0 % of the processors; trust: 3 A.\n",
        "\n### plugin\\_chaining\n\n| benchmark | riffle | 95 % interval | throughput | target | the original | ratio | trust |\n|---|---:|",
        "| `noop_plugins/5` fsx | **48.7 ns** | 48.2 – 49.3 |  | ✓ 60.5 ns | 487 ns[^1] | 10.0x faster | A |\n",
        "| `noop_plugins/5` | **48.7 ns** | 48.2 – 49.3 |  | ✗ 40.5 ns | ",
        "[^2] | 2.00x slower | A |\n\n### other\n",
        "| `a\\|b` | **48.7 ns** | 48.2 – 49.3 |  |  | 48.8 ns[^1] | as fast | A |\n",
        "| `noop_plugins/5` fsx | failed |  |  |  |  |  |   |\n",
        "\nFailed:\n\n- `plugin_chaining/noop_plugins/5:fsx`: no \\<b\\>hook\\</b\\>\n",
        "\n[^1]: The original did not measure the same thing, but native plugins.\n[^2]: The original did not measure the same thing, but an error path.\n",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!holds(&out, parts[i]))
            rf_check_text(rf_buffer_view(&out), rf_slice_of(parts[i]));
}

RF_TEST(markdown_tells_changes_where_there_is_a_baseline) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_result_of_bench results[] = { noop(), noop() };
    results[0].compared = true;
    results[0].comparison = (rf_comparison){ .ratio = { .point = 1.043, .low = 1.02, .high = 1.06 }, .change = RF_CHANGE_SLOWER };
    rf_bench_run run = a_run(results, 2);
    rf_report_markdown(&run, &out);
    rf_check(!out.failed);
    rf_check(holds(&out, " ratio | change | trust |\n|---|---:|---:|---:|---:|---:|---:|---:|:-:|\n"));
    rf_check(holds(&out, " | +4.3 % slower | A |\n") && holds(&out, "|  |  |  |  |  | A |\n"));
}
