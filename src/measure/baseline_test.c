/* baseline_test.c: runs kept and read back, damaged files, runs compared, history. */
#include "harness.h"
#include "fixture.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "measure/result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
    k->run = (rf_bench_run){ .options = { .samples = 30, .measure_ns = 450000000, .warm_ns = 150000000, .sampling = RF_SAMPLING_FLAT },
                             .estimate = { 5000, 0.9, 7 }, .arena = &k->arena, .version = "1.2.3", .commit = "abc", .began_ms = 1700000000000,
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
    const rf_sampler_options *options = &back.run.options;
    rf_check(options->samples == 30 && options->measure_ns == 450000000 && options->warm_ns == 150000000 && options->sampling == RF_SAMPLING_FLAT && !options->counters);
    rf_check(back.run.estimate.resamples == 5000 && back.run.estimate.confidence == 0.9 && back.run.estimate.seed == 7);
    check_same(rf_bench_run_find(&back.run, "g/b/5:fsx"), &k.run.results.items[0]);
    rf_check(strcmp(back.run.results.items[0].id, "g/a") == 0 && strcmp(back.run.results.items[0].failure, "it fell over") == 0);
    rf_check(!rf_bench_run_find(&back.run, "g/none"));
    RF_CLEANUP(rf_buffer_done) rf_buffer again = { 0 };
    rf_baseline_write(&back.run, &again);
    rf_check(!again.failed);
    rf_check_text(rf_buffer_view(&again), rf_buffer_view(&text));
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

/* Reads exactly `len` bytes that nothing lies behind; what was read can be compared and written. Whether it was refused. */
static bool read_damaged(kept *k, const char *bytes, size_t len, bool *ret_refused) {
    RF_CLEANUP(kept_done) kept back = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer again = { 0 };
    rf_arena_init(&back.arena, 4096);
    char *exact = rf_alloc(len ? len : 1);
    if (!exact)
        return false;
    memcpy(exact, bytes, len);
    rf_compare_options options = RF_COMPARE_DEFAULT;
    options.estimate.resamples = 20;
    rf_code code = rf_baseline_read((rf_slice){ exact, len }, "b.json", &back.arena, &back.run, &back.error);
    bool good = code == RF_EPARSE ? strstr(back.error.message, "b.json") != NULL && back.run.results.count == 0 : code == RF_OK;
    *ret_refused = code != RF_OK;
    if (code == RF_OK) {
        rf_code compared = rf_compare_runs(&k->run, &back.run, "b", &options, true, &back.error);
        rf_baseline_write(&back.run, &again);
        good = !again.failed && (compared == RF_OK || compared == RF_ECONFIG);
    }
    rf_free(exact);
    return good;
}

/* An error or a whole run: whatever is in the file. */
RF_TEST(damaged_files_are_refused_or_read) {
    if (rf_test_torture())
        return;
    RF_CLEANUP(kept_done) kept k = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    bool refused;
    size_t accepted = 0;
    rf_check(fill(&k, 100));
    rf_baseline_write(&k.run, &text);
    for (size_t len = 0; len < text.len - 1; len++) /* without the last newline it is whole */
        rf_check(read_damaged(&k, text.data, len, &refused) && refused);
    for (size_t i = 0; i < text.len; i++) {
        char mask = (char)(1 << i % 8);
        text.data[i] ^= mask;
        bool good = read_damaged(&k, text.data, text.len, &refused);
        text.data[i] ^= mask;
        rf_check(good);
        accepted += !refused;
    }
    rf_check(accepted > 0 && accepted < text.len);
}

RF_TEST(what_is_nested_too_deep_is_refused) {
    RF_CLEANUP(kept_done) kept back = { 0 };
    char text[1201];
    memset(text, '[', 600);
    memset(text + 600, ']', 600);
    rf_arena_init(&back.arena, 1024);
    rf_code code = rf_baseline_read((rf_slice){ text, 1200 }, "b.json", &back.arena, &back.run, &back.error);
    rf_check(code == RF_EPARSE || (code == RF_ENOMEM && rf_test_torture()));
    rf_check(code == RF_ENOMEM || (strstr(back.error.message, "nested too deep") && back.error.hint[0]));
}

RF_TEST(newer_and_foreign_files_are_named) {
    static const struct { const char *text, *said; } rows[] = {
        { "{\"riffle_baseline\": 2, \"results\": {}}", "format 2" }, { "{}", "riffle_baseline" }, { "[]", "riffle_baseline" },
        { "{\"riffle_baseline\": 0, \"results\": {}}", "no version" }, { "{\"riffle_baseline\": \"1\", \"results\": {}}", "no version" },
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
    code = rf_baseline_load(dir.path, "other", &none.arena, &none.run, &none.error);
    rf_check(rf_test_torture() || (code == RF_ENOTFOUND && strstr(none.error.hint, "there is main")));
    rf_check(rf_baseline_save(&k.run, dir.path, "later", &k.error) == RF_OK && rf_baseline_save(&k.run, dir.path, "before", &k.error) == RF_OK);
    code = rf_baseline_load(dir.path, "mian", &none.arena, &none.run, &none.error);
    rf_check(rf_test_torture() || (code == RF_ENOTFOUND && strcmp(none.error.hint, "did you mean main? there is also before, later") == 0));
    rf_check(rf_baseline_save(&k.run, dir.path, "../x", &k.error) == RF_ECONFIG);
    rf_check(rf_baseline_save(&k.run, dir.path, "", &k.error) == RF_ECONFIG && rf_baseline_save(&k.run, dir.path, ".x", &k.error) == RF_ECONFIG);
}

RF_TEST(folders_are_made_and_what_is_no_file_is_named) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    RF_CLEANUP(kept_done) kept k = { 0 }, back = { 0 };
    char path[100], folder[120];
    rf_arena_init(&back.arena, 4096);
    rf_check(rf_fixture_dir_init(&dir) && fill(&k, 100));
    (void)snprintf(path, sizeof path, "%s/a/b", dir.path);
    rf_check(rf_baseline_save(&k.run, path, "main", &k.error) == RF_OK);
    rf_check(rf_baseline_load(path, "main", &back.arena, &back.run, &back.error) == RF_OK && back.run.results.count == 2);
    rf_bench_run_done(&back.run);
    (void)snprintf(folder, sizeof folder, "%s/folder.json", path);
    rf_check(mkdir(folder, 0700) == 0);
    rf_code code = rf_baseline_load(path, "folder", &back.arena, &back.run, &back.error);
    rf_check(code == RF_EIO || (code == RF_ENOMEM && rf_test_torture()));
    code = rf_baseline_save(&k.run, path, "folder", &k.error); /* a file cannot take a folder's place */
    rf_check(code == RF_EIO || (code == RF_ENOMEM && rf_test_torture()));
    (void)snprintf(folder, sizeof folder, "%s/main.json/x", path);
    code = rf_baseline_save(&k.run, folder, "main", &k.error);
    rf_check(code == RF_EIO || (code == RF_ENOMEM && rf_test_torture()));
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
    rf_check(rf_history_append(&k.run, dir.path, &k.error) == RF_OK); /* behind the line that was cut */
    rf_check(rf_history_read(dir.path, &k.arena, &history, &k.error) == RF_OK && history.count == 2 && history.points[1].at_ms == 1700000000000);
    rf_slice file = rf_fixture_dir_read(&dir, "history.jsonl");
    rf_check(file.data && rf_slice_ends(file, RF_SLICE("}\n")));
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

/* What the machine itself took longer for is not proven: the interval is as much wider. */
RF_TEST(a_slower_machine_widens_the_interval) {
    RF_CLEANUP(kept_done) kept base = { 0 }, same = { 0 }, slower = { 0 };
    rf_compare_options options = RF_COMPARE_DEFAULT;
    options.estimate.resamples = 200;
    rf_check(fill(&base, 100) && fill(&same, 130) && fill(&slower, 130));
    slower.run.results.items[0].measurement.noise.reference_ns = 140; /* of 100 */
    rf_check(rf_compare_runs(&same.run, &base.run, "main", &options, false, &same.error) == RF_OK);
    rf_check(rf_compare_runs(&slower.run, &base.run, "main", &options, false, &slower.error) == RF_OK);
    const rf_comparison *a = &same.run.results.items[0].comparison, *b = &slower.run.results.items[0].comparison;
    rf_check(a->machine == 1 && fabs(b->machine - 1.4) < 1e-9 && a->change == RF_CHANGE_SLOWER && b->change == RF_CHANGE_UNCLEAR);
    rf_check(fabs(b->ratio.low - a->ratio.low / 1.4) < 1e-9 && fabs(b->ratio.high - a->ratio.high * 1.4) < 1e-9 && b->ratio.point == a->ratio.point);
}
