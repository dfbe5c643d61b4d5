/* fusabi_groups_test.c: the benchmarks of the language: their scripts, that each works, and what their checks find. */
#include "fusabi_common.h"
#include "groups.h"
#include "harness.h"

#include "base/slice.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

static unsigned long crc_of(rf_slice text) {
    return crc32(0, (const unsigned char *)text.data, (unsigned)text.len);
}

#define GROUPS(name) RF_CLEANUP(rf_groups_close) rf_groups name = { 0 }

/* ---- The scripts are those of bench/fusabi ---- */

typedef struct text_of_file { const char *name; size_t len; unsigned long crc; } text_of_file;

RF_TEST(scripts_are_those_that_other_languages_are_measured_beside) {
    static const text_of_file files[] = {
        { "fib25", 70, 0x1f9f9377u },     { "list10k", 177, 0xb7a5edb0u },    { "strbuild5k", 87, 0xe535b6fau }, { "call100k", 105, 0x1abbee9bu },
        { "match100k", 239, 0x77162e5du }, { "native100k", 105, 0xf1acb8cfu }, { "loop100k", 104, 0x3f701d4cu },
    };
    const size_t count = sizeof files / sizeof *files;
    for (size_t i = 0; i < count; i++) {
        rf_slice text = rf_slice_of(rf_fusabi_tasks[i].text);
        rf_check_text(rf_slice_of(rf_fusabi_tasks[i].name), rf_slice_of(files[i].name));
        rf_check(text.len == files[i].len && crc_of(text) == files[i].crc);
    }
    rf_check(!rf_fusabi_tasks[count].name);
    rf_check(crc_of(rf_slice_of(rf_fusabi_hook)) == 0xfe5062c7u);
}

RF_TEST(generated_scripts_are_those_that_the_original_was_timed_on) {
    static const struct { uint32_t lines; size_t len; unsigned long crc; } files[] = {
        { 20, 394, 0x4c06300eu }, { 200, 3955, 0x05f166f0u }, { 2000, 41137, 0x9f5c1c18u },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
        rf_fusabi_generate(&text, files[i].lines);
        rf_check(!text.failed && text.len == files[i].len && crc_of(rf_buffer_view(&text)) == files[i].crc);
        size_t lines = 0;
        for (size_t k = 0; k < text.len; k++)
            lines += text.data[k] == '\n';
        rf_check(lines == files[i].lines);
    }
}

/* ---- Each at work ---- */

static rf_code run(const rf_bench *bench, uint64_t iterations, rf_error *reterr) {
    void *state = NULL;
    rf_code code = bench->open(bench, &state, reterr);
    if (code)
        return code;
    if (iterations)
        bench->work(state, iterations);
    code = bench->check(state, reterr);
    bench->close(state);
    return code;
}

/* The one with this id, run; what it says when that is an error. */
static bool works(const char *id) {
    GROUPS(groups);
    rf_error error = { 0 };
    rf_groups_open_empty(&groups);
    rf_code code = rf_group_fusabi(&groups, &error);
    for (size_t i = 0; i < groups.list.count && !code; i++) {
        char name[RF_BENCH_ID_MAX];
        rf_bench_id(&groups.list.items[i], name);
        if (strcmp(name, id) != 0)
            continue;
        code = run(&groups.list.items[i], 2, &error);
        if (code && !rf_test_torture())
            (void)printf("%s: %s\n", id, error.message);
        return !code;
    }
    return false;
}

RF_TEST(a_script_runs) { rf_check(works("fusabi_run/fib25")); }
RF_TEST(lists_run) { rf_check(works("fusabi_run/list10k")); }
RF_TEST(strings_are_built) { rf_check(works("fusabi_run/strbuild5k")); }
RF_TEST(functions_are_called) { rf_check(works("fusabi_run/call100k")); }
RF_TEST(variants_are_matched) { rf_check(works("fusabi_run/match100k")); }
RF_TEST(the_library_is_called) { rf_check(works("fusabi_run/native100k")); }
RF_TEST(a_loop_runs) { rf_check(works("fusabi_run/loop100k")); }
RF_TEST(a_text_is_compiled) { rf_check(works("fusabi_compile/lines/20")); }
RF_TEST(a_longer_text_is_compiled) { rf_check(works("fusabi_compile/lines/200")); }
RF_TEST(a_long_text_is_compiled) { rf_check(works("fusabi_compile/lines/2000")); }
RF_TEST(a_file_is_loaded) { rf_check(works("fusabi_load/lines/20")); }
RF_TEST(a_longer_file_is_loaded) { rf_check(works("fusabi_load/lines/200")); }
RF_TEST(a_long_file_is_loaded) { rf_check(works("fusabi_load/lines/2000")); }
RF_TEST(the_host_calls) { rf_check(works("fusabi_call/host_to_script")); }
RF_TEST(the_host_calls_by_the_public_interface) { rf_check(works("fusabi_call/host_to_script_api")); }
RF_TEST(vms_are_made) { rf_check(works("fusabi_call/new_vm")); }

RF_TEST(there_are_no_others) {
    GROUPS(groups);
    rf_groups_open_empty(&groups);
    rf_check(!rf_group_fusabi(&groups, NULL) && groups.list.count == 16);
    for (size_t i = 0; i < groups.list.count; i++)
        rf_check(!groups.list.items[i].form && !groups.list.items[i].flat && groups.list.items[i].doc[0]);
}

/* ---- What checks find ---- */

RF_TEST(a_script_that_gives_another_value_is_found) {
    static const rf_fusabi_task wrong = { .name = "sum", .text = "20 + 21\n", .value = 42 };
    GROUPS(groups);
    rf_error error = { 0 };
    rf_groups_open_empty(&groups);
    rf_check(!rf_group_fusabi(&groups, NULL));
    rf_bench bench = groups.list.items[0];
    bench.arg = &wrong;
    rf_code code = run(&bench, 3, &error);
    rf_check(code == RF_ESCRIPT);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("3 of 3 runs gave another value"));
}

RF_TEST(a_script_that_throws_is_found) {
    static const rf_fusabi_task wrong = { .name = "boom", .text = "failwith \"boom\"\n", .value = 42 };
    GROUPS(groups);
    rf_error error = { 0 };
    rf_groups_open_empty(&groups);
    rf_check(!rf_group_fusabi(&groups, NULL));
    rf_bench bench = groups.list.items[0];
    bench.arg = &wrong;
    rf_code code = run(&bench, 1, &error);
    rf_check(code == RF_ESCRIPT && strstr(error.message, "boom"));
}

RF_TEST(a_script_that_does_not_compile_fails_to_open) {
    static const rf_fusabi_task wrong = { .name = "torn.fsx", .text = "let x =\n", .value = 42 };
    GROUPS(groups);
    rf_error error = { 0 };
    rf_groups_open_empty(&groups);
    rf_check(!rf_group_fusabi(&groups, NULL));
    rf_bench bench = groups.list.items[0];
    bench.arg = &wrong;
    rf_check(run(&bench, 1, &error) == RF_ESCRIPT && error.place.line > 0);
}

RF_TEST(what_was_not_run_is_found) {
    GROUPS(groups);
    rf_groups_open_empty(&groups);
    rf_check(!rf_group_fusabi(&groups, NULL));
    for (size_t i = 13; i < groups.list.count; i++) { /* the calls: they are quick to open */
        rf_error error = { 0 };
        rf_check(run(&groups.list.items[i], 0, &error) == RF_ESCRIPT);
        rf_check_text(rf_slice_of(error.message), RF_SLICE("nothing was run"));
    }
}
