/* groups_test.c: the list of benchmarks: names, forms, and that each works and proves it. */
#include "groups.h"
#include "harness.h"
#include "native.h"
#include "plugin_common.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define GROUPS(name) RF_CLEANUP(rf_groups_close) rf_groups name = { 0 }

/* ---- The list ---- */

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

RF_TEST(every_id_is_there_once) {
    GROUPS(groups);
    rf_check(!rf_groups_open(&groups, NULL));
    char(*ids)[RF_BENCH_ID_MAX] = rf_arena_alloc(&groups.arena, groups.list.count * sizeof *ids);
    rf_check(ids);
    for (size_t i = 0; i < groups.list.count; i++)
        rf_bench_id(&groups.list.items[i], ids[i]);
    qsort(ids, groups.list.count, sizeof *ids, by_text);
    for (size_t i = 1; i < groups.list.count; i++)
        rf_check(strcmp(ids[i - 1], ids[i]) != 0);
    for (size_t i = 0; i < groups.list.count; i++)
        rf_check(strlen(ids[i]) < RF_BENCH_ID_MAX - 1); /* none was cut */
}

/* Names of the original, and the forms that we have of each; "" is no form. */
typedef struct promised { const char *group, *name, *parameters, *forms; } promised;

static const promised rows[] = {
    { "plugin_loading_bytecode", "minimal_bytecode", "", "fzb read" },
    { "plugin_loading_bytecode", "complex_bytecode", "", "fzb read" },
    { "plugin_loading_script", "minimal", "", "fsx js" },
    { "plugin_loading_script", "with_function", "", "fsx js" },
    { "plugin_loading_script", "with_hooks", "", "fsx js" },
    { "plugin_loading_script", "complex", "", "fsx js" },
    { "hook_dispatch_output", "no_plugins", "", "" },
    { "hook_dispatch_output", "single_noop", "", "native fsx fzb js" },
    { "hook_dispatch_output", "single_processing", "", "native fsx fzb js" },
    { "hook_dispatch_input", "no_plugins", "", "" },
    { "hook_dispatch_input", "single_noop", "", "native fsx fzb js" },
    { "hook_dispatch_input", "single_processing", "", "native fsx fzb js" },
    { "hook_dispatch_resize", "no_plugins", "", "" },
    { "hook_dispatch_resize", "single_noop", "", "native fsx fzb js" },
    { "hook_dispatch_resize", "single_processing", "", "native fsx fzb js" },
    { "plugin_chaining", "noop_plugins", "1 2 5 10 20", "native fsx fzb js" },
    { "plugin_chaining", "processing_plugins", "1 2 5 10 20", "native fsx fzb js" },
    { "vm_execution", "direct_minimal", "", "fzb" },
    { "vm_execution", "direct_complex", "", "fzb" },
    { "vm_execution", "adapter_minimal", "", "native fsx fzb js" },
    { "script_compilation", "minimal", "", "fsx js" },
    { "script_compilation", "function", "", "fsx js" },
    { "script_compilation", "complex", "", "fsx js" },
    { "output_throughput", "no_plugins", "10 100 1000", "" },
    { "output_throughput", "single_plugin", "10 100 1000", "native fsx fzb js" },
    { "output_throughput", "five_plugins", "10 100 1000", "native fsx fzb js" },
    { "input_throughput", "no_plugins", "10 100 1000", "" },
    { "input_throughput", "single_plugin", "10 100 1000", "native fsx fzb js" },
    { "vm_cache", "cache_hit", "", "native fsx fzb js" },
    { "vm_cache", "no_cache", "", "native fsx fzb js" },
    { "realistic_workload", "no_plugins", "", "" },
    { "realistic_workload", "three_plugins", "", "native fsx fzb js" },
};

/* The next word; words behind the last are empty. */
static rf_slice word(rf_slice *rest) {
    size_t end = rf_slice_find(*rest, ' ');
    rf_slice found = { rest->data, end };
    size_t taken = end < rest->len ? end + 1 : end;
    *rest = (rf_slice){ rest->data + taken, rest->len - taken };
    return found;
}

static bool is(const char *text, rf_slice expected) { return text ? rf_slice_is(expected, text) : expected.len == 0; }

static const rf_bench *find(const rf_groups *groups, const promised *p, rf_slice parameter, rf_slice form) {
    for (size_t i = 0; i < groups->list.count; i++) {
        const rf_bench *b = &groups->list.items[i];
        if (!strcmp(b->group, p->group) && !strcmp(b->name, p->name) && is(b->parameter, parameter) && is(b->form, form))
            return b;
    }
    return NULL;
}

/* How many there are of one name, over parameters and forms. */
static size_t count_of(const rf_groups *groups, const promised *p) {
    size_t count = 0;
    for (size_t i = 0; i < groups->list.count; i++)
        count += !strcmp(groups->list.items[i].group, p->group) && !strcmp(groups->list.items[i].name, p->name);
    return count;
}

static bool has_all(const rf_groups *groups, const promised *p, size_t *ret_names) {
    size_t count = 0;
    rf_slice parameters = rf_slice_of(p->parameters);
    do {
        rf_slice parameter = word(&parameters), forms = rf_slice_of(p->forms);
        do {
            const rf_bench *b = find(groups, p, parameter, word(&forms));
            if (!b)
                return false;
            count++;
        } while (forms.len);
        ++*ret_names;
    } while (parameters.len);
    return count_of(groups, p) == count;
}

RF_TEST(the_fifty_of_the_original_are_there_in_the_forms_promised) {
    GROUPS(groups);
    size_t names = 0;
    rf_check(!rf_groups_open(&groups, NULL));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rf_check(has_all(&groups, &rows[i], &names));
    rf_check(names == 50);
}

RF_TEST(rows_say_what_they_do_and_how_much) {
    GROUPS(groups);
    rf_check(!rf_groups_open(&groups, NULL));
    for (size_t i = 0; i < groups.list.count; i++) {
        const rf_bench *b = &groups.list.items[i];
        rf_check(b->doc[0] && b->check && b->target_ns >= 0 && b->original_ns >= 0);
        rf_check((b->unit == RF_UNIT_NONE) == (b->amount == 0));
        rf_check(!b->original || b->original_ns > 0);
        rf_check(b->number == 0 || (b->parameter && b->number > 0));
    }
}

static bool bounds_are(const rf_groups *groups, size_t row, const char *parameter, const char *form, double target_ns, double original_ns) {
    const rf_bench *b = find(groups, &rows[row], rf_slice_of(parameter), rf_slice_of(form));
    return b && b->target_ns == target_ns && b->original_ns == original_ns;
}

RF_TEST(targets_and_the_originals_figures_are_those_that_are_known) {
    GROUPS(groups);
    rf_check(!rf_groups_open(&groups, NULL));
    rf_check(bounds_are(&groups, 0, "", "fzb", 2500, 0) && bounds_are(&groups, 0, "", "read", 0, 0) && bounds_are(&groups, 5, "", "fsx", 12000, 0));
    rf_check(bounds_are(&groups, 6, "", "", 15, 0) && bounds_are(&groups, 7, "", "native", 50000, 170) && bounds_are(&groups, 7, "", "js", 100, 170));
    rf_check(bounds_are(&groups, 8, "", "fsx", 250, 0) && bounds_are(&groups, 10, "", "fzb", 100, 0));
    rf_check(bounds_are(&groups, 15, "5", "native", 100000, 590) && bounds_are(&groups, 15, "5", "fsx", 500, 17500));
    rf_check(bounds_are(&groups, 15, "20", "js", 2000, 2560) && bounds_are(&groups, 15, "20", "fzb", 2000, 71500));
    rf_check(bounds_are(&groups, 25, "1000", "fsx", 500000, 0) && bounds_are(&groups, 31, "", "fsx", 60000, 84800));
}

/* ---- Each at work ---- */

static rf_code run(const rf_bench *bench, uint64_t iterations, rf_error *reterr) {
    void *state = NULL;
    rf_code code = bench->open(bench, &state, reterr);
    if (code)
        return code;
    bench->work(state, iterations);
    code = bench->check(state, reterr);
    bench->close(state);
    return code;
}

/*
 * All of the groups whose names begin so; how many there were. Not while allocations are made to fail: there are thousands, and one
 * benchmark of each kind is put through that below.
 */
static size_t run_all(const char *prefix) {
    GROUPS(groups);
    rf_error error = { 0 };
    size_t count = 0;
    if (rf_groups_open(&groups, &error))
        return 0;
    for (size_t i = 0; i < groups.list.count; i++) {
        const rf_bench *bench = &groups.list.items[i];
        if (strncmp(bench->group, prefix, strlen(prefix)) != 0)
            continue;
        uint64_t live = rf_alloc_live();
        rf_code code = run(bench, bench->flat ? 1 : 3, &error);
        bool leaks = rf_alloc_live() > live + 2; /* the arena may have grown by a block for paths */
        if (code || leaks) {
            printf("%s/%s:%s: %s\n", bench->group, bench->name, bench->form ? bench->form : "", code ? error.message : "leaks");
            return 0;
        }
        count++;
    }
    return count;
}

RF_TEST(plugins_load) { rf_check(rf_test_torture() || run_all("plugin_loading") == 16); }
RF_TEST(hooks_are_dispatched) { rf_check(rf_test_torture() || run_all("hook_dispatch") == 29); }
RF_TEST(plugins_are_chained) { rf_check(rf_test_torture() || run_all("plugin_chaining") == 40); }
RF_TEST(vms_run) { rf_check(rf_test_torture() || run_all("vm_execution") == 6); }
RF_TEST(scripts_compile) { rf_check(rf_test_torture() || run_all("script_compilation") == 6); }
RF_TEST(lines_go_through) { rf_check(rf_test_torture() || run_all("output_throughput") == 39); }
RF_TEST(inputs_go_through) { rf_check(rf_test_torture() || run_all("input_throughput") == 15); }
RF_TEST(vms_are_kept_or_not) { rf_check(rf_test_torture() || run_all("vm_cache") == 8); }
RF_TEST(sessions_are_run) { rf_check(rf_test_torture() || run_all("realistic_workload") == 5); }
RF_TEST(what_the_language_does_is_run) { rf_check(rf_test_torture() || run_all("fusabi_") > 0); }
RF_TEST(what_streams_do_is_run) { rf_check(rf_test_torture() || run_all("stream_") > 0); }

/* ---- One of each kind, with every allocation failing in turn ---- */

static bool is_named(const rf_bench *bench, const char *name, const char *form) {
    return !name || (!strcmp(bench->name, name) && bench->form && !strcmp(bench->form, form));
}

/* One group alone, and the first benchmark in it with this name and form (NULL: the very first). True: it ran, or an error says why not. */
static bool run_one(rf_group group, const char *name, const char *form) {
    GROUPS(groups);
    rf_error error = { 0 };
    rf_groups_open_empty(&groups);
    rf_code code = group(&groups, &error);
    const rf_bench *bench = NULL;
    for (size_t i = 0; i < groups.list.count && !bench && !code; i++)
        if (is_named(&groups.list.items[i], name, form))
            bench = &groups.list.items[i];
    if (!code && !bench)
        return false;
    if (!code)
        code = run(bench, 1, &error);
    return !code || (rf_test_torture() && error.code == code && error.message[0]);
}

RF_TEST(loading_survives_any_failed_allocation) { rf_check(run_one(rf_group_loading, "complex_bytecode", "fzb")); }
RF_TEST(the_cache_of_scripts_survives_it) { rf_check(run_one(rf_group_loading, "long", "cached")); }
RF_TEST(reading_survives_it) { rf_check(run_one(rf_group_loading, "minimal_bytecode", "read")); }
RF_TEST(dispatch_survives_it) { rf_check(run_one(rf_group_dispatch, "single_noop", "fsx")); }
RF_TEST(native_dispatch_survives_it) { rf_check(run_one(rf_group_dispatch, "single_processing", "native")); }
RF_TEST(chaining_survives_it) { rf_check(run_one(rf_group_chaining, "processing_plugins", "native")); }
RF_TEST(direct_runs_survive_it) { rf_check(run_one(rf_group_vm, "direct_complex", "fzb")); }
RF_TEST(adapters_survive_it) { rf_check(run_one(rf_group_vm, "adapter_minimal", "native")); }
RF_TEST(compiling_survives_it) { rf_check(run_one(rf_group_vm, "complex", "fsx")); }
RF_TEST(throughput_survives_it) { rf_check(run_one(rf_group_throughput, "five_plugins_run", "native")); }
RF_TEST(loading_for_a_call_survives_it) { rf_check(run_one(rf_group_cache, "no_cache", "native")); }
RF_TEST(sessions_survive_it) { rf_check(run_one(rf_group_workload, "three_plugins", "native")); }
RF_TEST(the_language_survives_it) { rf_check(run_one(rf_group_fusabi, NULL, NULL)); }
RF_TEST(streams_survive_it) { rf_check(run_one(rf_group_stream, NULL, NULL)); }

/* ---- What a check finds ---- */

static void close_set(rf_plugin_set **set) { rf_plugin_set_close(*set); }

/* The states of benchmarks in chains are sets of plugins. */
RF_TEST(a_hook_that_was_called_too_seldom_is_found) {
    GROUPS(groups);
    rf_error error = { 0 };
    void *state = NULL;
    rf_groups_open_empty(&groups);
    rf_check(!rf_group_dispatch(&groups, &error));
    const rf_bench *bench = &groups.list.items[1]; /* single_noop:native */
    rf_check(!bench->open(bench, &state, &error));
    RF_CLEANUP(close_set) rf_plugin_set *set = state;
    bench->work(set, 3);
    set->calls[RF_HOOK_OUTPUT]++;
    rf_check(bench->check(set, &error) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("on_output of plugin noop-00 was called 3 times in place of 4"));
    set->calls[RF_HOOK_OUTPUT]--;
    set->complaints = 2;
    rf_check(bench->check(set, &error) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("the plugins complained 2 times"));
}

RF_TEST(a_sum_that_is_wrong_is_found) {
    GROUPS(groups);
    rf_error error = { 0 };
    void *state = NULL;
    rf_groups_open_empty(&groups);
    rf_check(!rf_group_dispatch(&groups, &error));
    const rf_bench *bench = &groups.list.items[5]; /* single_processing:native */
    rf_check(!bench->open(bench, &state, &error));
    RF_CLEANUP(close_set) rf_plugin_set *set = state;
    bench->work(set, 3);
    set->tallies[0].counter++;
    rf_check(bench->check(set, &error) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("plugin 0 counted 103 in place of 102"));
}

/* ---- The folder ---- */

RF_TEST(files_are_written_once_and_go_with_the_groups) {
    char path[300];
    struct stat about;
    {
        GROUPS(groups);
        const char *first = NULL, *again = NULL;
        rf_groups_open_empty(&groups);
        rf_check(!rf_groups_file(&groups, "a.txt", RF_SLICE("one"), &first, NULL));
        rf_check(!rf_groups_file(&groups, "a.txt", RF_SLICE("other"), &again, NULL));
        rf_check(!strcmp(first, again) && !stat(first, &about) && about.st_size == 3 && (about.st_mode & 0777) == 0600);
        rf_check(!stat(groups.folder, &about) && (about.st_mode & 0777) == 0700);
        (void)snprintf(path, sizeof path, "%s", groups.folder);
    }
    rf_check(stat(path, &about) != 0);
}

RF_TEST(a_file_that_cannot_be_written_is_an_error) {
    GROUPS(groups);
    rf_error error = { 0 };
    const char *path = NULL;
    rf_groups_open_empty(&groups);
    rf_code code = rf_groups_file(&groups, "no/such/folder.txt", RF_SLICE("one"), &path, &error);
    rf_check(code == RF_EIO || (rf_test_torture() && code == RF_ENOMEM));
    rf_check(!path && error.message[0]);
}

/* What TMPDIR was; "": it was not set. */
typedef struct folder_before { char path[512]; } folder_before;

static void restore_folder(folder_before *before) {
    if (before->path[0])
        (void)setenv("TMPDIR", before->path, 1);
    else
        (void)unsetenv("TMPDIR");
}

RF_TEST(a_folder_that_cannot_be_made_is_an_error) {
    GROUPS(groups);
    rf_error error = { 0 };
    char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    const char *set = getenv("TMPDIR");
    RF_CLEANUP(restore_folder) folder_before before = { "" };
    (void)snprintf(before.path, sizeof before.path, "%s", set ? set : "");
    rf_groups_open_empty(&groups);
    (void)setenv("TMPDIR", "/no/such/folder", 1);
    rf_check(rf_groups_folder(&groups, &error) == RF_EIO && !groups.folder[0]);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("making a folder under /no/such/folder: No such file or directory"));
    (void)setenv("TMPDIR", longest, 1);
    rf_check(rf_groups_folder(&groups, &error) == RF_EIO && !groups.folder[0]);
    rf_check_text(rf_slice_of(error.hint), RF_SLICE("set TMPDIR to a shorter one"));
}

/* ---- Native plugins ---- */

static const rf_plugin_shared no_engine;

static void unref(rf_plugin **plugin) { rf_plugin_unref(*plugin); }
static void close_vm(rf_plugin_vm **vm) { rf_vm_native.close(*vm); }

RF_TEST(a_native_plugin_has_a_name_and_a_state) {
    rf_native_tally tally = { 42 };
    rf_plugin *plugin = NULL;
    rf_plugin_vm *vm = NULL;
    rf_value state;
    rf_check(!rf_native_plugin(&no_engine, &rf_native_processing, RF_SLICE("weigher"), &tally, &plugin, NULL));
    RF_CLEANUP(unref) rf_plugin *held = plugin;
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 256);
    rf_check_text(held->manifest.name, RF_SLICE("weigher"));
    rf_check(!rf_vm_native.open(&no_engine, held->code, &(rf_vm_options){ 0 }, &vm, NULL));
    RF_CLEANUP(close_vm) rf_plugin_vm *open_one = vm;
    rf_check(!rf_vm_native.state(open_one, &arena, &state, NULL));
    rf_check(state.kind == RF_MAP && state.size == 1 && state.members[0].value.integer == 42);
}

RF_TEST(a_native_plugin_is_given_no_name_that_is_none) {
    rf_native_tally tally = { 0 };
    rf_plugin *plugin = NULL;
    rf_error error = { 0 };
    rf_code code = rf_native_plugin(&no_engine, &rf_native_noop, RF_SLICE("Not A Name"), &tally, &plugin, &error);
    rf_check(!plugin && (code == RF_ECONFIG || (rf_test_torture() && code == RF_ENOMEM)));
}

RF_TEST(there_is_no_text_of_a_native_plugin) {
    rf_plugin_code *made = NULL;
    rf_error error = { 0 };
    const rf_plugin_text text = { "x.c", RF_SLICE("int main;") };
    rf_check(rf_vm_native.compile(&no_engine, &text, NULL, &made, &error) == RF_ESCRIPT && !made);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("x.c: a native plugin has no text"));
}
