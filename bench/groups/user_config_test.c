/* user_config_test.c: benchmarks of a user's config: which there are, that they work, and what is refused. */
#include "user_config.h"
#include "fixture.h"
#include "harness.h"

#include "base/slice.h"

#include <stdio.h>
#include <string.h>

#define GROUPS(name) RF_CLEANUP(rf_groups_close) rf_groups name = { 0 }
#define DIR(name) RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir name = { 0 }

static const char *path_in(char *path, size_t size, const rf_fixture_dir *dir, const char *name) {
    (void)snprintf(path, size, "%s/%s", dir->path, name);
    return path;
}

/* Writes both files and makes the benchmarks. `error` NULL is fine. */
static rf_code make(rf_groups *groups, const rf_fixture_dir *dir, const char *config, const char *input, rf_error *error) {
    char config_path[128], input_path[128];
    rf_groups_open_empty(groups);
    if (!rf_fixture_dir_write(dir, "c.yaml", rf_slice_of(config)) || !rf_fixture_dir_write(dir, "in.jsonl", rf_slice_of(input)))
        return RF_EIO;
    return rf_bench_config(groups, path_in(config_path, sizeof config_path, dir, "c.yaml"), path_in(input_path, sizeof input_path, dir, "in.jsonl"), error);
}

static const rf_bench *find(const rf_groups *groups, const char *name) {
    for (size_t i = 0; i < groups->list.count; i++)
        if (strcmp(groups->list.items[i].name, name) == 0)
            return &groups->list.items[i];
    return NULL;
}

/* Opens, works twice, checks, closes. */
static rf_code run(const rf_bench *bench, rf_error *error) {
    void *state = NULL;
    rf_code code = bench->open(bench, &state, error);
    if (code)
        return code;
    bench->work(state, 1);
    bench->work(state, 1);
    code = bench->check(state, error);
    bench->close(state);
    return code;
}

static const char messages[] = "{\"payload\": 1, \"meta\": {\"kind\": \"a\", \"name\": \"n\"}}\n"
                               "{\"payload\": 2, \"meta\": {\"kind\": \"b\", \"name\": \"n\"}}\n"
                               "\n"
                               "[3, 4]\n"
                               "{\"payload\": 5, \"other\": 6}";

#define INPUT "input: {generate: {mapping: 'root = 1'}}\n"
#define OUTPUT "output: {drop: {}}\n"

#define TAG "tag_processor: {defaults: 'msg.meta.location_path = \"e\"; msg.meta.data_contract = \"_c\"; msg.meta.tag_name = \"t\"; return msg;', "

static const char two_processors[] = INPUT "pipeline:\n  threads: 1\n  processors:\n"
    "    - nodered_js: {code: 'if (msg.meta.kind === \"b\") return null; return msg;'}\n"
    "    - {label: tags, " TAG "conditions: [{if: 'msg.meta.kind === \"a\"', then: 'return msg;'}]}}\n" OUTPUT;

/* ---- What there is ---- */

typedef struct promised { const char *name; double amount; } promised;

static bool has_rows(const rf_groups *groups, const promised *rows, size_t count) {
    bool same = groups->list.count == count;
    for (size_t i = 0; i < count && same; i++) {
        const rf_bench *bench = &groups->list.items[i];
        same = strcmp(bench->name, rows[i].name) == 0 && bench->amount == rows[i].amount && bench->unit == RF_UNIT_MESSAGES && strcmp(bench->group, "config") == 0;
    }
    return same;
}

/* Each processor and script has the messages that come to it. */
RF_TEST(every_processor_and_script_has_a_benchmark) {
    if (rf_test_torture())
        return; /* every_benchmark_works and scripts_of_a_tag_processor_work fail each allocation of this */
    static const promised rows[] = { { "copy", 4 }, { "nodered_js", 4 }, { "nodered_js.code", 4 }, { "tags", 3 }, { "tags.defaults", 3 },
                                     { "tags.conditions[0].if", 3 }, { "tags.conditions[0].then", 1 }, { "processors", 4 }, { "stream", 20000 } };
    GROUPS(groups);
    DIR(dir);
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, two_processors, messages, NULL));
    rf_check(has_rows(&groups, rows, sizeof rows / sizeof *rows));
    rf_check_text(rf_slice_of(find(&groups, "nodered_js")->doc), RF_SLICE("copies of the 4 messages that come to it, processed in batches: 3 come out, 0 fail"));
}

/* A script that no message comes to is not there. What the scripts before it do decides that. */
RF_TEST(a_script_has_what_those_before_it_let_through) {
    if (rf_test_torture())
        return; /* every_benchmark_works and scripts_of_a_tag_processor_work fail each allocation of this */
    static const promised rows[] = { { "copy", 4 }, { "tag_processor", 4 }, { "tag_processor.defaults", 4 }, { "tag_processor.conditions[0].if", 4 },
                                     { "tag_processor.advancedProcessing", 4 }, { "processors", 4 }, { "stream", 20000 } };
    GROUPS(groups);
    DIR(dir);
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, INPUT "pipeline: {processors: [{" TAG "conditions: [{if: 'msg.meta.tag_name !== \"t\"', then: 'return null;'}], "
                   "advancedProcessing: 'return msg;'}}]}\n" OUTPUT, messages, NULL));
    rf_check(has_rows(&groups, rows, sizeof rows / sizeof *rows));
}

static void cut_rounds(const rf_bench *bench) { ((rf_user_row *)(uintptr_t)bench->arg)->rounds = 2; }

RF_TEST(every_benchmark_works) {
    GROUPS(groups);
    DIR(dir);
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, INPUT "pipeline: {threads: 1, processors: [{nodered_js: {code: return msg}}]}\n" OUTPUT, messages, NULL));
    rf_check(groups.list.count == 5);
    for (size_t i = 0; i < groups.list.count; i++) {
        rf_error error = { 0 };
        if (rf_test_torture() && i == 3)
            continue; /* "processors" does with all what "nodered_js" does with one */
        if (groups.list.items[i].flat)
            cut_rounds(&groups.list.items[i]);
        rf_check(!run(&groups.list.items[i], &error));
    }
}

/* Both halves of a condition, and what is behind it. */
RF_TEST(scripts_of_a_tag_processor_work) {
    static const char *const names[] = { "tags.conditions[0].if", "tags.conditions[0].then" };
    GROUPS(groups);
    DIR(dir);
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, INPUT "pipeline: {processors: [{label: tags, " TAG "conditions: [{if: 'msg.meta.tag_name === \"t\"', then: 'return msg;'}]}}]}\n" OUTPUT,
                   "1\n", NULL));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        rf_error error = { 0 };
        rf_check(find(&groups, names[i]) && !run(find(&groups, names[i]), &error));
    }
}

RF_TEST(names_are_there_once) {
    if (rf_test_torture())
        return; /* every_benchmark_works and scripts_of_a_tag_processor_work fail each allocation of this */
    GROUPS(groups);
    DIR(dir);
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, INPUT "pipeline: {processors: [{label: copy, nodered_js: {code: return msg}}, {nodered_js: {code: return msg}}, "
                   "{nodered_js: {code: return msg}}]}\n" OUTPUT, "1\n", NULL));
    rf_check(find(&groups, "copy#2.code") && find(&groups, "nodered_js") && find(&groups, "nodered_js#2.code") && !find(&groups, "nodered_js#3"));
}

RF_TEST(a_config_without_processors_has_a_stream) {
    GROUPS(groups);
    DIR(dir);
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, INPUT OUTPUT, "1\n", NULL));
    rf_check(groups.list.count == 2 && find(&groups, "copy") && find(&groups, "stream"));
}

/* ---- Copies ---- */

static void free_batch(rf_batch **batch) { rf_batch_free(*batch); }
static void free_keys(rf_keys **keys) { rf_keys_free(*keys); }

RF_TEST(a_copy_is_changed_alone) {
    RF_CLEANUP(free_keys) rf_keys *keys = rf_keys_new();
    rf_check(keys);
    RF_CLEANUP(free_batch) rf_batch *from = rf_batch_new(keys);
    RF_CLEANUP(free_batch) rf_batch *copy = rf_batch_new(keys);
    rf_check(from && copy && !rf_user_read_line(from, RF_SLICE("{\"payload\": 1, \"meta\": {\"k\": \"v\"}}"), NULL));
    for (int round = 0; round < 2; round++) {
        rf_check(rf_user_copy(from, copy));
        rf_check(copy->count == 1 && !copy->messages[0].meta.frozen);
        rf_check_text(rf_value_text(rf_meta_find(&copy->messages[0].meta, RF_SLICE("k"))), RF_SLICE("v"));
        rf_check(rf_batch_set_meta(copy, &copy->messages[0], RF_SLICE("k"), rf_string(RF_SLICE("w"))));
        rf_check_text(rf_value_text(rf_meta_find(&from->messages[0].meta, RF_SLICE("k"))), RF_SLICE("v"));
    }
}

/* ---- What fails for all ---- */

RF_TEST(what_fails_for_every_message_is_an_error) {
    if (rf_test_torture())
        return; /* every_benchmark_works and scripts_of_a_tag_processor_work fail each allocation of this */
    GROUPS(groups);
    DIR(dir);
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(!make(&groups, &dir, INPUT "pipeline:\n  processors:\n    - tag_processor:\n        defaults: |\n          throw new Error('no');\n" OUTPUT, messages, NULL));
    rf_check(run(find(&groups, "tag_processor"), &error) == RF_ESCRIPT);
    rf_check(strstr(error.message, "tag_processor fails for every message: ") == error.message);
    rf_check(run(find(&groups, "tag_processor.defaults"), &error) == RF_ESCRIPT);
    rf_check(strstr(error.message, "tag_processor.defaults fails for every message: ") == error.message && strstr(error.message, "c.yaml:6:"));
    rf_check(error.place.line == 6);
}

/* ---- What is refused ---- */

typedef struct refused { const char *config, *input; rf_code code; const char *message; uint32_t line, column; } refused;

static const refused refusals[] = {
    { INPUT "pipeline:\n  processors:\n    - nodered_js: {code: 'return (;'}\n" OUTPUT, "1\n", RF_ECONFIG, "failed to compile JavaScript code: ", 4, 0 },
    { INPUT "outptu: {drop: {}}\n", "1\n", RF_ECONFIG, "field outptu not recognised", 2, 1 },
    { INPUT OUTPUT, "1\n\n {\"payload\": }\n", RF_EPARSE, "not JSON at byte 12: ", 3, 14 },
    { INPUT OUTPUT, "{\"payload\": 1, \"meta\": 2}\n", RF_EPARSE, "\"meta\" is not an object", 1, 1 },
    { INPUT OUTPUT, "\n \n", RF_ECONFIG, "no message is recorded in ", 0, 0 },
};

RF_TEST(what_is_wrong_is_told_with_its_place) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const refused *row = &refusals[i];
        GROUPS(groups);
        DIR(dir);
        rf_error error = { 0 };
        rf_check(rf_fixture_dir_init(&dir));
        rf_code code = make(&groups, &dir, row->config, row->input, &error);
        rf_check(code == row->code || (code == RF_ENOMEM && rf_test_torture()));
        if (code == RF_ENOMEM)
            return;
        error.message[strlen(row->message)] = '\0';
        rf_check_text(rf_slice_of(error.message), rf_slice_of(row->message));
        rf_check(error.place.line == row->line && (!row->column || error.place.column == row->column));
    }
}

RF_TEST(messages_must_be_given) {
    GROUPS(groups);
    rf_error error = { 0 };
    rf_groups_open_empty(&groups);
    rf_check(rf_bench_config(&groups, "c.yaml", NULL, &error) == RF_ECONFIG);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("no recorded messages are given for c.yaml"));
    rf_check(rf_bench_config(&groups, "/no/such.yaml", "/no/such.jsonl", &error) != RF_OK && strstr(error.message, "/no/such.yaml"));
}
