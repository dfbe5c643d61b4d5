/* baseline_test.c: runs kept and read back, damaged files, runs compared, history. */
#include "harness.h"
#include "fixture.h"

#include "base/slice.h"
#include "measure/result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES = 12 };

typedef struct kept { rf_arena arena; rf_bench_run run; rf_error error; double numbers[3 * SAMPLES]; } kept;

static void kept_done(kept *k) {
    rf_bench_run_done(&k->run);
    rf_arena_done(&k->arena);
}

static rf_result_of_bench result_of(kept *k, const char *id, const char *name, double ns) {
    rf_result_of_bench result = { .id = id, .bench = { .group = "g", .name = name, .parameter = "5", .form = "fsx", .doc = "does \"it\"", .number = 5, .amount = 2,
                                                       .unit = RF_UNIT_LINES, .target_ns = 500, .original_ns = 590, .original = "native" } };
    rf_measurement *m = &result.measurement;
    *m = (rf_measurement){ .count = SAMPLES, .iterations = k->numbers, .ns = k->numbers + SAMPLES, .cpu_ns = k->numbers + 2 * SAMPLES, .linear = true, .warm_ns = 7,
                           .settled = true, .peak_bytes = 4096, .hardware = { -1, 12.5, -1, -1 },
                           .noise = { .load = 0.25, .reference_ns = 100, .reference_drift = 1.01, .grade = 'B', .reason = "a little \\ noise" } };
    for (int i = 0; i < SAMPLES; i++) {
        m->iterations[i] = i + 1;
        m->ns[i] = (i + 1) * (ns + i % 3 * 0.125);
        m->cpu_ns[i] = m->ns[i] - 1;
    }
    const rf_interval interval = { ns, ns - 1, ns + 1, 0.3 };
    result.estimates = (rf_estimates){ .mean = interval, .median = interval, .deviation = interval, .mad = interval, .slope = interval, .r2 = 0.999, .minimum = ns - 2,
                                       .maximum = ns + 2, .outliers = { 1, 2, 3, 4, 0, 1, 2, 0 } };
    return result;
}

static bool fill(kept *k, double ns) {
    *k = (kept){ 0 };
    rf_arena_init(&k->arena, 4096);
    k->run = (rf_bench_run){ .arena = &k->arena, .version = "1.2.3", .commit = "abc", .began_ms = 1700000000000,
                             .machine = { .processor = "P", .architecture = "x", .cores = 2, .memory_bytes = 1u << 30, .mhz = 2000.5, .fingerprint = "0123456789abcdef" } };
    rf_result_of_bench failed = { .id = "g/a", .bench = { .group = "g", .name = "a" }, .failure = "it fell over" };
    return rf_vec_push(&k->run.results, result_of(k, "g/b/5:fsx", "b", ns)) && rf_vec_push(&k->run.results, failed);
}

static bool same_interval(rf_interval a, rf_interval b) { return a.point == b.point && a.low == b.low && a.high == b.high && a.error == b.error; }

static void check_same(const rf_result_of_bench *read, const rf_result_of_bench *written) {
    rf_check(read && strcmp(read->id, written->id) == 0 && strcmp(read->bench.doc, written->bench.doc) == 0 && strcmp(read->bench.form, "fsx") == 0);
    rf_check(read->bench.amount == 2 && read->bench.unit == RF_UNIT_LINES && read->bench.target_ns == 500 && strcmp(read->bench.original, "native") == 0);
    rf_check(read->measurement.count == SAMPLES && read->measurement.linear && read->measurement.settled && read->measurement.peak_bytes == 4096);
    rf_check(read->measurement.hardware.instructions == 12.5 && read->measurement.hardware.cycles == -1);
    rf_check(read->measurement.noise.grade == 'B' && strcmp(read->measurement.noise.reason, "a little \\ noise") == 0);
    for (int i = 0; i < SAMPLES; i++)
        rf_check(read->measurement.ns[i] == written->measurement.ns[i] && read->measurement.iterations[i] == written->measurement.iterations[i]);
    rf_check(same_interval(read->estimates.slope, written->estimates.slope) && read->estimates.outliers.high_mild == 2 && read->estimates.r2 == 0.999);
}

RF_TEST(what_is_written_is_read_back) {
    RF_CLEANUP(kept_done) kept k, back = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_arena_init(&back.arena, 4096);
    rf_check(fill(&k, 100));
    rf_baseline_write(&k.run, &text);
    rf_check(!text.failed);
    rf_check(rf_baseline_read(rf_buffer_view(&text), "b.json", &back.arena, &back.run, &back.error) == RF_OK);
    rf_check(back.run.results.count == 2 && strcmp(back.run.commit, "abc") == 0 && back.run.began_ms == 1700000000000);
    rf_check(strcmp(back.run.machine.fingerprint, "0123456789abcdef") == 0 && back.run.machine.cores == 2 && back.run.machine.mhz == 2000.5);
    check_same(rf_bench_run_find(&back.run, "g/b/5:fsx"), &k.run.results.items[0]);
    rf_check(strcmp(back.run.results.items[0].id, "g/a") == 0 && strcmp(back.run.results.items[0].failure, "it fell over") == 0);
    rf_check(!rf_bench_run_find(&back.run, "g/none"));
}

RF_TEST(the_file_has_a_line_a_sample_and_is_the_same_each_time) {
    RF_CLEANUP(kept_done) kept k = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 }, again = { 0 };
    rf_check(fill(&k, 100));
    rf_baseline_write(&k.run, &text);
    rf_baseline_write(&k.run, &again);
    rf_check(!text.failed && !again.failed && rf_slice_eq(rf_buffer_view(&text), rf_buffer_view(&again)));
    rf_check(strstr(rf_buffer_cstr(&text) ? text.data : "", "\n    [2, 200.25, 199.25],\n"));
}

/* An error or a whole run: whatever is in the file. */
RF_TEST(damaged_files_are_refused_or_read) {
    if (rf_test_torture())
        return;
    RF_CLEANUP(kept_done) kept k = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_check(fill(&k, 100));
    rf_baseline_write(&k.run, &text);
    size_t refused = 0;
    for (size_t i = 0; i < 2 * text.len; i++) {
        RF_CLEANUP(kept_done) kept back = { 0 };
        rf_arena_init(&back.arena, 4096);
        rf_slice view = { text.data, i < text.len ? i : text.len };
        if (i >= text.len)
            text.data[i - text.len] ^= 0x15;
        rf_code code = rf_baseline_read(view, "b.json", &back.arena, &back.run, &back.error);
        if (i >= text.len)
            text.data[i - text.len] ^= 0x15;
        rf_check(code == RF_OK || code == RF_EPARSE);
        refused += code != RF_OK;
        rf_check(code == RF_OK || strstr(back.error.message, "b.json"));
    }
    rf_check(refused > text.len - 3);
}

RF_TEST(newer_and_foreign_files_are_named) {
    static const struct { const char *text, *said; } rows[] = {
        { "{\"riffle_baseline\": 2, \"results\": {}}", "format 2" }, { "{}", "riffle_baseline" }, { "[]", "riffle_baseline" },
        { "{\"riffle_baseline\": 1}", "results" }, { "{\"riffle_baseline\": 1, \"results\": {\"x\": {\"group\": \"g\", \"name\": \"n\"}}}", "x: no estimates" },
        { "{\"riffle_baseline\": 1, \"results\": {\"x\": 3}}", "no group" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(kept_done) kept back = { 0 };
        rf_arena_init(&back.arena, 1024);
        rf_code code = rf_baseline_read(rf_slice_of(rows[i].text), "b.json", &back.arena, &back.run, &back.error);
        rf_check(code == RF_EPARSE || (code == RF_ENOMEM && rf_test_torture()));
        rf_check(code == RF_ENOMEM || strstr(back.error.message, rows[i].said));
    }
}

RF_TEST(files_are_saved_and_found_by_name) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    RF_CLEANUP(kept_done) kept k = { 0 }, back = { 0 }, none = { 0 };
    rf_arena_init(&back.arena, 4096);
    rf_arena_init(&none.arena, 1024);
    rf_check(rf_fixture_dir_init(&dir) && fill(&k, 100));
    rf_check(rf_baseline_save(&k.run, dir.path, "main", &k.error) == RF_OK);
    rf_check(rf_baseline_load(dir.path, "main", &back.arena, &back.run, &back.error) == RF_OK && back.run.results.count == 2);
    rf_code code = rf_baseline_load(dir.path, "mian", &none.arena, &none.run, &none.error);
    rf_check(code == RF_ENOTFOUND || rf_test_torture());
    rf_check(rf_test_torture() || strstr(none.error.hint, "did you mean main?"));
    rf_check(rf_baseline_save(&k.run, dir.path, "../x", &k.error) == RF_ECONFIG);
    rf_check(rf_baseline_save(&k.run, dir.path, "", &k.error) == RF_ECONFIG && rf_baseline_save(&k.run, dir.path, ".x", &k.error) == RF_ECONFIG);
}

RF_TEST(history_grows_and_damaged_lines_are_left_out) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    RF_CLEANUP(kept_done) kept k = { 0 };
    rf_history history;
    rf_check(rf_fixture_dir_init(&dir) && fill(&k, 100));
    rf_check(rf_history_read(dir.path, &k.arena, &history, &k.error) == RF_OK && history.count == 0);
    rf_check(rf_history_append(&k.run, dir.path, &k.error) == RF_OK && rf_history_append(&k.run, dir.path, &k.error) == RF_OK);
    rf_check(rf_history_read(dir.path, &k.arena, &history, &k.error) == RF_OK && history.count == 2);
    rf_check(strcmp(history.points[1].id, "g/b/5:fsx") == 0 && history.points[1].ns == 100 && history.points[1].at_ms == 1700000000000 && strcmp(history.points[0].commit, "abc") == 0);
    rf_check(rf_fixture_dir_write(&dir, "history.jsonl", RF_SLICE("nonsense\n{\"at_ms\":1}\n\n{\"at_ms\":5,\"commit\":\"c\",\"version\":\"v\",\"machine\":\"m\",\"id\":\"i\",\"ns\":1,\"low\":1,\"high\":2}\n{\"at")));
    rf_check(rf_history_read(dir.path, &k.arena, &history, &k.error) == RF_OK && history.count == 1 && history.points[0].at_ms == 5);
}

RF_TEST(runs_of_one_machine_are_compared_by_name) {
    RF_CLEANUP(kept_done) kept base = { 0 }, slower = { 0 };
    rf_compare_options options = RF_COMPARE_DEFAULT;
    options.estimate.resamples = 200;
    rf_check(fill(&base, 100) && fill(&slower, 130));
    rf_check(rf_compare_runs(&slower.run, &base.run, "main", &options, false, &slower.error) == RF_OK);
    const rf_result_of_bench *result = &slower.run.results.items[0];
    rf_check(result->compared && strcmp(result->versus, "main") == 0 && fabs(result->comparison.ratio.point - 1.3) < 0.01 && result->comparison.change == RF_CHANGE_SLOWER);
    rf_check(!slower.run.results.items[1].compared); /* it failed */
    rf_gate *gate = NULL;
    rf_check(rf_gate_parse("ratio.low > 1.05", &gate, &slower.error) == RF_OK);
    size_t failed = rf_gate_runs(&slower.run, gate);
    rf_gate_free(gate);
    rf_check(failed == 1 && slower.run.results.items[0].gate_failed && !slower.run.results.items[1].gate_failed);
}

RF_TEST(runs_of_different_machines_are_not) {
    RF_CLEANUP(kept_done) kept base = { 0 }, other = { 0 };
    rf_compare_options options = RF_COMPARE_DEFAULT;
    options.estimate.resamples = 200;
    rf_check(fill(&base, 100) && fill(&other, 100));
    (void)snprintf(other.run.machine.fingerprint, sizeof other.run.machine.fingerprint, "fedcba9876543210");
    (void)snprintf(other.run.machine.processor, sizeof other.run.machine.processor, "Q");
    rf_check(rf_compare_runs(&other.run, &base.run, "main", &options, false, &other.error) == RF_EREFUSED);
    rf_check(strstr(other.error.message, "main") && strstr(other.error.hint, "--across-machines"));
    rf_check(rf_compare_runs(&other.run, &base.run, "main", &options, true, &other.error) == RF_OK);
}
