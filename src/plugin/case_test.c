/* case_test.c: test cases of plugins: what is read, what is refused, and what a run tells. */
#include "fixture.h"
#include "harness.h"

#include "base/slice.h"
#include "plugin/case.h"

#include <stdio.h>
#include <string.h>

static rf_arena new_arena(void) {
    rf_arena arena;
    rf_arena_init(&arena, 4096);
    return arena;
}

static rf_code read_text(rf_arena *arena, const char *text, rf_case_file *ret_file, rf_error *reterr) {
    const rf_source source = { "x.test.toml", rf_slice_of(text) };
    return rf_case_read(arena, &source, ret_file, reterr);
}

RF_TEST(a_file_of_cases_is_read) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = new_arena();
    rf_case_file file;
    rf_error error = { 0 };
    rf_code code = read_text(&arena,
        "[[case]]\nname = \"one\"\nconfig = { word = \"x\", many = [1, 2.5] }\ngrant = [\"run\"]\nscreen = [\"a\", \"b\"]\n"
        "[[case.step]]\noutput = \"line\"\nverdict = \"modify\"\ntext = \"\"\n"
        "[[case.step]]\nresize = [80, 24]\nstatus = { id = \"x\" }\n"
        "[[case.step]]\npost_command = { text = \"ls\", exit_code = 2 }\nlog = \"ls\"\n"
        "[[case]]\nname = \"two\"\n[[case.step]]\nmessage = { payload = { n = 1 }, meta = { k = \"v\" } }\nmessages = []\n", &file, &error);
    rf_check(code == RF_OK || code == RF_ENOMEM);
    if (code)
        return;
    rf_check(file.count == 2 && file.cases[0].step_count == 3 && file.cases[1].step_count == 1);
    const rf_case *one = &file.cases[0];
    rf_check_text(one->name, RF_SLICE("one"));
    rf_check(one->config.kind == RF_MAP && one->config.size == 2 && one->grant == rf_plugin_capability_find(RF_SLICE("run")) && one->grant);
    rf_check(one->screen.kind == RF_LIST && one->screen.size == 2);
    rf_check(one->steps[0].hook == RF_HOOK_OUTPUT && one->steps[0].verdict == RF_VERDICT_MODIFY && one->steps[0].has_verdict);
    rf_check(one->steps[0].want_text.data && one->steps[0].want_text.len == 0 && !one->steps[0].log.data);
    rf_check(one->steps[1].hook == RF_HOOK_RESIZE && one->steps[1].arg_count == 2 && one->steps[1].args[1].integer == 24);
    rf_check(one->steps[2].arg_count == 4 && one->steps[2].args[2].integer == 2);
    rf_check_text(one->steps[2].args[1].text, RF_SLICE(""));
    const rf_value *payload = rf_value_member(&file.cases[1].steps[0].message, RF_SLICE("payload"));
    rf_check(payload && payload->kind == RF_MAP && payload->members[0].value.integer == 1);
    rf_check(file.cases[1].steps[0].messages.kind == RF_LIST && file.cases[1].steps[0].messages.size == 0);
}

#define CASE "[[case]]\nname = \"n\"\n"
#define STEP CASE "[[case.step]]\n"

/* A file, where it is wrong, and words of the message and the hint. */
typedef struct wrong_file { const char *text; uint32_t line, column; const char *message, *hint; } wrong_file;

static const wrong_file wrong[] = {
    { "", 1, 1, "there is no case", "[[case]]" },
    { "[[cse]]\n", 1, 3, "has no key `cse`", "did you mean `case`?" },
    { "case = 1\n", 1, 8, "`case` must be an array of tables", "" },
    { CASE, 2, 1, "the case has no step", "[[case.step]]" },
    { "[[case]]\n[[case.step]]\noutput = \"x\"\n", 2, 8, "the case has no name", "name" },
    { CASE "confg = {}\n", 3, 1, "a case has no key `confg`", "did you mean `config`?" },
    { CASE "config = 1\n", 3, 10, "`config` must be a table", "" },
    { CASE "grant = [\"rum\"]\n", 3, 10, "unknown capability \"rum\"", "did you mean \"run\"?" },
    { CASE "grant = \"run\"\n", 3, 9, "must be an array of capabilities", "" },
    { CASE "screen = [1]\n", 3, 10, "must be an array of strings", "" },
    { CASE "env = { HOME = 1 }\n", 3, 16, "`HOME` must be a string", "" },
    { STEP "text = \"x\"\n", 4, 1, "the step has no event", "output" },
    { STEP "output = 5\n", 4, 10, "`output` must be a string", "" },
    { STEP "outptu = \"x\"\n", 4, 1, "a step has no key `outptu`", "did you mean `output`?" },
    { STEP "output = \"x\"\ninput = \"y\"\n", 5, 1, "both `output` and `input`", "[[case.step]]" },
    { STEP "output = \"x\"\nverdict = \"modfy\"\n", 5, 11, "unknown verdict \"modfy\"", "did you mean \"modify\"?" },
    { STEP "output = \"x\"\nverdict = \"zzz\"\n", 5, 11, "unknown verdict \"zzz\"", "one of continue, modify, stop, drop" },
    { STEP "resize = [1]\n", 4, 10, "must be two integers", "" },
    { STEP "resize = [1, 2]\nverdict = \"stop\"\n", 5, 1, "`verdict` cannot be expected of `resize`", "" },
    { STEP "attach = 1\ntext = \"\"\n", 5, 1, "`text` cannot be expected of `attach`", "" },
    { STEP "output = \"x\"\nmessages = []\n", 5, 1, "`messages` cannot be expected of `output`", "" },
    { STEP "post_command = { txt = \"x\" }\n", 4, 18, "post_command has no key `txt`", "did you mean `text`?" },
    { STEP "message = { paylod = 1 }\n", 4, 13, "a message has no key `paylod`", "did you mean `payload`?" },
    { STEP "message = { meta = 1 }\n", 4, 20, "`meta` must be a table", "" },
    { STEP "message = {}\nmessages = [1]\n", 5, 13, "must be a table with payload and meta", "" },
    { STEP "status = { a = 1 }\n", 4, 16, "`a` must be a string", "" },
    { STEP "output = \"x\n", 4, 0, "", "" },
};

RF_TEST(what_is_wrong_is_told_with_its_place) {
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        RF_CLEANUP(rf_arena_done) rf_arena arena = new_arena();
        rf_case_file file;
        rf_error error = { 0 };
        rf_code code = read_text(&arena, wrong[i].text, &file, &error);
        if (code == RF_ENOMEM && rf_test_torture())
            continue;
        rf_check(code == RF_ECONFIG || (code == RF_EPARSE && !wrong[i].column));
        if (error.place.line != wrong[i].line || (wrong[i].column && error.place.column != wrong[i].column) || !strstr(error.message, wrong[i].message)
            || !strstr(error.hint, wrong[i].hint))
            (void)fprintf(stderr, "%s\n%u:%u: %s (%s)\n", wrong[i].text, error.place.line, error.place.column, error.message, error.hint);
        rf_check(error.place.line == wrong[i].line);
        rf_check(!wrong[i].column || error.place.column == wrong[i].column);
        rf_check(strstr(error.message, wrong[i].message));
        rf_check(strstr(error.hint, wrong[i].hint));
    }
}

RF_TEST(a_value_nested_too_deep_is_refused) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = new_arena();
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_case_file file;
    rf_error error = { 0 };
    rf_buffer_text(&text, STEP "message = { payload = ");
    for (int i = 0; i < 100; i++)
        rf_buffer_char(&text, '[');
    for (int i = 0; i < 100; i++)
        rf_buffer_char(&text, ']');
    rf_buffer_text(&text, " }\n");
    if (!rf_buffer_cstr(&text))
        return;
    rf_code code = read_text(&arena, text.data, &file, &error);
    rf_check(code == RF_ECONFIG || code == RF_EPARSE || code == RF_ELIMIT || code == RF_ENOMEM);
}
