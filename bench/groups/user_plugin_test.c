/* user_plugin_test.c: benchmarks of a user's plugin: which there are, that they work, and what is refused. */
#include "user_plugin.h"
#include "fixture.h"
#include "harness.h"

#include "base/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS(name) RF_CLEANUP(rf_groups_close) rf_groups name = { 0 }
#define DIR(name) RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir name = { 0 }

/* Writes the plugin, and the recording unless it is NULL, and makes the benchmarks. */
static rf_code make(rf_groups *groups, const rf_fixture_dir *dir, const char *plugin, const char *recording, rf_error *error) {
    char plugin_path[128], recording_path[128];
    rf_groups_open_empty(groups);
    (void)setenv("XDG_CONFIG_HOME", dir->path, 1); /* what the user trusts is no matter here */
    (void)snprintf(plugin_path, sizeof plugin_path, "%s/p.fsx", dir->path);
    (void)snprintf(recording_path, sizeof recording_path, "%s/r", dir->path);
    if (!rf_fixture_dir_write(dir, "p.fsx", rf_slice_of(plugin)) || (recording && !rf_fixture_dir_write(dir, "r", rf_slice_of(recording))))
        return RF_EIO;
    return rf_bench_plugin(groups, plugin_path, recording ? recording_path : NULL, error);
}

static const rf_bench *find(const rf_groups *groups, const char *name) {
    for (size_t i = 0; i < groups->list.count; i++)
        if (strcmp(groups->list.items[i].name, name) == 0)
            return &groups->list.items[i];
    return NULL;
}

static rf_code run(const rf_bench *bench, rf_error *error) {
    void *state = NULL;
    rf_code code = bench->open(bench, &state, error);
    if (code)
        return code;
    bench->work(state, 1);
    bench->work(state, 2);
    code = bench->check(state, error);
    bench->close(state);
    return code;
}

typedef struct promised { const char *name; double amount; rf_unit unit; } promised;

static bool has_rows(const rf_groups *groups, const promised *rows, size_t count) {
    bool same = groups->list.count == count;
    for (size_t i = 0; i < count && same; i++) {
        const rf_bench *bench = &groups->list.items[i];
        same = strcmp(bench->name, rows[i].name) == 0 && bench->amount == rows[i].amount && bench->unit == rows[i].unit && strcmp(bench->group, "plugin") == 0;
    }
    return same;
}

static bool all_work(const rf_groups *groups, rf_error *error) {
    bool good = true;
    for (size_t i = 0; i < groups->list.count && good; i++)
        good = !run(&groups->list.items[i], error);
    return good;
}

static const char three_hooks[] = "let on_output = fun text -> true\nlet on_input = fun keys -> true\nlet on_resize = fun columns rows -> ()\n";
static const char cast[] = "{\"version\":2,\"width\":80,\"height\":24}\n[1,\"o\",\"one\\r\\nt\"]\n[2,\"i\",\"k\"]\n[3,\"o\",\"wo\"]\n[4,\"r\",\"90x30\"]\n";

RF_TEST(without_a_recording_there_is_one) {
    static const promised rows[] = { { "load", 0, RF_UNIT_NONE }, { "on_output", 100, RF_UNIT_LINES }, { "on_output_run", 100, RF_UNIT_LINES },
                                     { "on_input", 20, RF_UNIT_EVENTS }, { "on_resize", 2, RF_UNIT_EVENTS }, { "all", 122, RF_UNIT_EVENTS } };
    GROUPS(groups);
    DIR(dir);
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, three_hooks, NULL, NULL));
    rf_check(has_rows(&groups, rows, sizeof rows / sizeof *rows));
    rf_check(rf_test_torture() || all_work(&groups, &error)); /* the next test fails each allocation of this */
}

RF_TEST(a_session_goes_to_the_hooks_that_there_are) {
    static const promised rows[] = { { "load", 0, RF_UNIT_NONE }, { "on_output", 2, RF_UNIT_LINES }, { "on_output_run", 2, RF_UNIT_LINES },
                                     { "on_raw_output", 2, RF_UNIT_EVENTS }, { "all", 4, RF_UNIT_EVENTS } };
    GROUPS(groups);
    DIR(dir);
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, "let on_output = fun text -> true\nlet on_raw_output = fun text -> true\n", cast, NULL));
    rf_check(has_rows(&groups, rows, sizeof rows / sizeof *rows));
    rf_check(all_work(&groups, &error));
}

RF_TEST(messages_go_to_on_message) {
    static const promised rows[] = { { "load", 0, RF_UNIT_NONE }, { "on_message", 2, RF_UNIT_MESSAGES } };
    GROUPS(groups);
    DIR(dir);
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, "let on_message = fun m -> if m.payload = 1.0 then true else failwith \"not one\"\n", "{\"payload\": 1, \"meta\": {\"a\": \"b\"}}\n\n1\n", NULL));
    rf_check(has_rows(&groups, rows, sizeof rows / sizeof *rows));
    rf_check(all_work(&groups, &error));
}

/* ---- What a check finds ---- */

RF_TEST(a_hook_that_fails_is_told_with_its_place) {
    GROUPS(groups);
    DIR(dir);
    rf_error error = { 0 };
    if (rf_test_torture())
        return; /* nothing that a_session_goes_to_the_hooks_that_there_are does not do */
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, "let on_output = fun text ->\n    failwith \"no such line\"\n", cast, NULL));
    rf_check(run(find(&groups, "on_output"), &error) == RF_ESCRIPT);
    rf_check(strstr(error.message, "on_output failed 3 times in 3 calls, and the plugin was taken out: ") == error.message);
    rf_check(strstr(error.message, "p.fsx:2:") && strstr(error.message, "no such line") && error.place.line == 2);
}

RF_TEST(lines_that_no_pattern_is_in_are_told) {
    GROUPS(groups);
    DIR(dir);
    rf_error error = { 0 };
    if (rf_test_torture())
        return; /* as above */
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, "// @match: [\"ERROR\"]\nlet on_output = fun text -> true\n", cast, NULL));
    rf_check(run(find(&groups, "on_output"), &error) == RF_ESCRIPT);
    rf_check(strstr(error.message, "on_output was never called: no recorded line has what `match`") == error.message);
}

/* ---- What is refused ---- */

typedef struct refused { const char *plugin, *recording; rf_code code; const char *message; uint32_t line; } refused;

static const refused refusals[] = {
    { "let on_output = fun text ->\n", "a\n", RF_ESCRIPT, "", 0 },
    { "let on_output = fun text -> true\n", "{\"version\":2,\"width\":80,\"height\":24}\n[1,\"o\"\n", RF_EPARSE, "the recording is damaged: ", 2 },
    { "let on_message = fun m -> true\n", "{\"payload\": 1}\nline\n", RF_EPARSE, "not JSON at byte 0: ", 2 },
    { "let on_message = fun m -> true\n", NULL, RF_ECONFIG, "nothing in the recording that is built in is for the plugin ", 0 },
    { "let on_input = fun keys -> true\n", "only lines\n", RF_ECONFIG, "nothing in ", 0 },
};

RF_TEST(what_is_wrong_is_told) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const refused *row = &refusals[i];
        GROUPS(groups);
        DIR(dir);
        rf_error error = { 0 };
        rf_check(rf_fixture_dir_init(&dir));
        rf_code code = make(&groups, &dir, row->plugin, row->recording, &error);
        rf_check(code == row->code || (code == RF_ENOMEM && rf_test_torture()));
        if (code == RF_ENOMEM)
            return;
        rf_check(strstr(error.message, row->message) == error.message && (!row->line || error.place.line == row->line));
    }
}

RF_TEST(files_must_be_there) {
    GROUPS(groups);
    rf_error error = { 0 };
    rf_groups_open_empty(&groups);
    rf_code code = rf_bench_plugin(&groups, "/no/such/plugin.fsx", NULL, &error);
    rf_check(code && (rf_test_torture() || (code != RF_ENOMEM && strstr(error.message, "/no/such/plugin.fsx"))));
}
