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
    rf_check(payload && payload->kind == RF_MAP && payload->members[0].value.number == 1);
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

/* ---- Running ---- */

/* A folder with x.fsx or x.js, and what running its cases told. */
typedef struct run_fixture {
    rf_fixture_dir dir;
    rf_arena arena;
    rf_plugin_shared shared;
    rf_buffer out;
    rf_case_counts counts;
} run_fixture;

static void run_done(run_fixture *run) {
    rf_buffer_done(&run->out);
    rf_plugin_shared_done(&run->shared);
    rf_arena_done(&run->arena);
    rf_fixture_dir_done(&run->dir);
}

/* True when the cases ran; false in a torture run where memory ran out, or after a failed check. */
static bool run_cases(run_fixture *run, const char *script_name, const char *script, const char *cases) {
    rf_case_file file;
    rf_error error = { 0 };
    rf_arena_init(&run->arena, 4096);
    if (!rf_fixture_dir_init(&run->dir) || !rf_fixture_dir_write(&run->dir, script_name, rf_slice_of(script)))
        return false;
    const rf_plugin_file plugin = { .path = rf_printf_in(&run->arena, "%s/%s", run->dir.path, script_name).data, .stem = RF_SLICE("x") };
    rf_code code = plugin.path ? RF_OK : RF_ENOMEM;
    if (!code)
        code = rf_plugin_shared_init(&run->shared, NULL, &error);
    if (!code)
        code = read_text(&run->arena, cases, &file, &error);
    if (!code)
        code = rf_case_run(&file, &plugin, &run->shared, &run->out, &run->counts, &error);
    if (code && !(code == RF_ENOMEM && rf_test_torture())) {
        (void)fprintf(stderr, "%s (%s)\n", error.message, error.hint);
        rf_test_failed(__FILE__, __LINE__, "the cases run");
    }
    return !code;
}

static bool told(const run_fixture *run, const char *part) {
    bool there = run->out.len && memmem(run->out.data, run->out.len, part, strlen(part));
    if (!there)
        (void)fprintf(stderr, "\"%s\" is not in\n%.*s", part, (int)run->out.len, run->out.data);
    return there;
}

/* What a plugin does is what it does only while there is memory: in a torture run the counts must still be whole. */
#define check_run(run, ran, pass, fail)                                                              \
    if (!(ran) || rf_test_torture()) {                                                               \
        rf_check(!(ran) || (run).counts.passed + (run).counts.failed == (pass) + (fail));            \
        return;                                                                                      \
    }                                                                                                \
    if ((run).counts.passed != (pass) || (run).counts.failed != (fail))                              \
        (void)fprintf(stderr, "%.*s", (int)(run).out.len, (run).out.data);                           \
    rf_check((run).counts.passed == (pass) && (run).counts.failed == (fail))

static const char fusabi_script[] =
    "// @capabilities: [\"ui\", \"send\", \"screen\", \"environment\"]\n"
    "// @config: word: text = \"x\"\n"
    "let mutable n = 0\n"
    "let on_output line =\n"
    "    n <- n + 1\n"
    "    if line = \"stop\" then Stop\n"
    "    elif line = \"drop\" then Drop\n"
    "    elif line = \"fail\" then failwith \"no good\"\n"
    "    else Modify (line ++ Plugin.config \"word\" ++ string n)\n"
    "let on_resize columns rows = Ui.status \"size\" $\"{columns}x{rows}\" 0\n"
    "let on_attach client = Ui.notify \"Client\" (string client) \"info\"\n"
    "let on_post_command text directory code ms = Log.info $\"{text} in {directory}: {code} after {ms}\"\n"
    "let on_tick name = Term.send name\n"
    "let on_remote_command id = Log.info $\"{Term.line 0} {Session.env id} {Session.name ()}\"\n";

RF_TEST(events_of_a_session_reach_the_plugin) {
    RF_CLEANUP(run_done) run_fixture run = { 0 };
    bool ran = run_cases(&run, "x.fsx", fusabi_script,
        "[[case]]\nname = \"texts\"\nconfig = { word = \"-\" }\n"
        "[[case.step]]\noutput = \"a\"\nverdict = \"modify\"\ntext = \"a-1\"\nlog = \"\"\nsent = \"\"\nnotified = \"\"\n"
        "[[case.step]]\noutput = \"stop\"\nverdict = \"stop\"\ntext = \"stop\"\n"
        "[[case.step]]\noutput = \"drop\"\nverdict = \"drop\"\n"
        "[[case.step]]\noutput = \"fail\"\nverdict = \"continue\"\nerror = \"no good\"\nlog = \"no good\"\n"
        "[[case]]\nname = \"others\"\ngrant = [\"send\", \"screen\", \"environment\"]\nscreen = [\"top\"]\nenv = { HOME = \"/h\" }\n"
        "session = { name = \"main\" }\n"
        "[[case.step]]\nresize = [80, 24]\nstatus = { size = \"80x24\", other = \"\" }\n"
        "[[case.step]]\nattach = 7\nnotified = \"Client: 7\"\nstatus = { size = \"80x24\" }\n"
        "[[case.step]]\npost_command = { text = \"ls\", directory = \"/d\", exit_code = 1, milliseconds = 20 }\nlog = \"ls in /d: 1 after 20\"\n"
        "[[case.step]]\ntick = \"beat\"\nsent = \"beat\"\n"
        "[[case.step]]\nremote_command = \"HOME\"\nlog = \"Some(top) Some(/h) main\"\n"
        "[[case]]\nname = \"state is each case's own\"\n[[case.step]]\noutput = \"a\"\ntext = \"ax1\"\n");
    check_run(run, ran, 3, 0);
    rf_check(told(&run, "pass  x: texts\npass  x: others\npass  x: state is each case's own\n"));
}

RF_TEST(what_came_in_place_of_what_was_expected_is_told) {
    RF_CLEANUP(run_done) run_fixture run = { 0 };
    bool ran = run_cases(&run, "x.fsx", fusabi_script,
        "[[case]]\nname = \"wrong\"\n"
        "[[case.step]]\noutput = \"a\"\nverdict = \"drop\"\ntext = \"b\"\nlog = \"l\"\nsent = \"s\"\nnotified = \"n\"\nstatus = { i = \"t\" }\nerror = \"e\"\n"
        "[[case.step]]\noutput = \"drop\"\ntext = \"\"\n"
        "[[case.step]]\noutput = \"fail\"\n"
        "[[case.step]]\noutput = \"fail\"\nerror = \"another\"\n"
        "[[case.step]]\npaste = \"p\"\n"
        "[[case]]\nname = \"configured wrongly\"\nconfig = { wrod = \"\" }\n[[case.step]]\noutput = \"a\"\n");
    check_run(run, ran, 0, 2);
    static const char *const parts[] = {
        "FAIL  x: wrong (x.test.toml:2)\n    step 1, output (line 4)\n", "      error: expected \"e\", got none\n",
        "      verdict: expected drop, got modify\n", "      text: expected \"b\"\n            got      \"ax1\"\n",
        "      status i: expected \"t\", got \"\"\n", "      notified: expected \"n\"\n", "      log: expected \"l\"\n           got      \"\"\n",
        "      sent: expected \"s\"\n", "step 2, output", "      text: expected \"\", got nothing: it was dropped\n", "step 3, output",
        "      error: expected none\n             got      ", "no good", "      error: expected \"another\"\n", "the plugin has no on_paste",
        "FAIL  x: configured wrongly", "    the plugin does not load: ", "did you mean `word`?",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        rf_check(told(&run, parts[i]));
}

RF_TEST(messages_are_compared_part_by_part) {
    RF_CLEANUP(run_done) run_fixture run = { 0 };
    bool ran = run_cases(&run, "x.js",
        "function on_message(m) {\n"
        "    if (m.payload === 'two') return [{ payload: 1, meta: m.meta }, { payload: 2.5, meta: m.meta }];\n"
        "    if (m.payload === 'drop') return Drop;\n"
        "    if (m.payload === 'stop') return Stop;\n"
        "    if (m.payload === 'throw') throw new Error('no ' + m.meta.why);\n"
        "}\n",
        "[[case]]\nname = \"right\"\n"
        "[[case.step]]\nmessage = { payload = \"two\", meta = { k = \"v\" } }\nverdict = \"modify\"\nmessages = [{ payload = 1 }, { payload = 2.5, meta = { k = \"v\" } }]\n"
        "[[case.step]]\nmessage = { payload = \"drop\" }\nverdict = \"drop\"\nmessages = []\n"
        "[[case.step]]\nmessage = { payload = \"stop\" }\nverdict = \"stop\"\n"
        "[[case.step]]\nmessage = { payload = { a = [1, true] } }\nverdict = \"continue\"\nmessages = [{ payload = { a = [1, true] } }]\n"
        "[[case.step]]\nmessage = { payload = \"throw\", meta = { why = \"way\" } }\nerror = \"no way\"\nmessages = [{ payload = \"throw\" }]\n"
        "[[case]]\nname = \"wrong\"\n"
        "[[case.step]]\nmessage = { payload = \"two\" }\nmessages = [{ payload = 1 }]\n"
        "[[case.step]]\nmessage = { payload = 5 }\nmessages = [{ payload = 6 }]\n");
    check_run(run, ran, 1, 1);
    rf_check(told(&run, "messages: expected [{\"payload\":1}]\n                got      [{\"meta\":{},\"payload\":1},{\"meta\":{},\"payload\":2.5}]\n"));
    rf_check(told(&run, "step 2, message"));
    rf_check(told(&run, "messages: expected [{\"payload\":6}]"));
}

RF_TEST(a_plugin_that_does_not_load_fails_its_cases) {
    RF_CLEANUP(run_done) run_fixture run = { 0 };
    bool ran = run_cases(&run, "x.js", "function on_output(\n", STEP "output = \"x\"\n" STEP "output = \"y\"\n");
    check_run(run, ran, 0, 2);
    rf_check(told(&run, "the plugin does not load: "));
    rf_check(told(&run, "x.js:"));
}
