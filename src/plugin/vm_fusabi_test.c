/* vm_fusabi_test.c: plugins in Fusabi: answers, errors, limits, rights, the cache, state. */
#include "fixture.h"
#include "harness.h"

#include "base/clock.h"
#include "base/slice.h"
#include "plugin/vm_fusabi.h"
#include "script/fusabi/fzb.h"
#include "script/fusabi/library.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

static const rf_vm_kind *const kind = &rf_vm_fusabi;

/* One plugin, and the host that it sees. */
typedef struct bench {
    rf_plugin_shared shared;
    rf_plugin_host host;
    rf_plugin_api api;
    rf_plugin_code *code;
    rf_plugin_vm *vm;
    rf_arena arena;
    rf_buffer findings, log, sent, notified;
    rf_answer answer;
    rf_error error;
    size_t heap_bytes;
    uint64_t time_ns;
} bench;

static void bench_done(bench *b) {
    kind->close(b->vm);
    kind->code_free(b->code);
    rf_plugin_api_done(&b->api);
    rf_plugin_shared_done(&b->shared);
    rf_arena_done(&b->arena);
    rf_buffer_done(&b->findings);
    rf_buffer_done(&b->log);
    rf_buffer_done(&b->sent);
    rf_buffer_done(&b->notified);
}
#define BENCH(name) RF_CLEANUP(bench_done) bench name = { 0 }

static void on_log(void *user, rf_slice plugin, rf_log_level level, rf_slice text) {
    bench *b = user;
    (void)plugin;
    rf_buffer_printf(&b->log, "%d [%.*s]\n", (int)level, RF_SLICE_ARG(text));
}
static void on_send(void *user, rf_slice plugin, rf_slice text) {
    (void)plugin;
    rf_buffer_slice(&((bench *)user)->sent, text);
}
static void on_notify(void *user, rf_slice plugin, rf_slice title, rf_slice body, rf_slice level) {
    (void)plugin;
    rf_buffer_printf(&((bench *)user)->notified, "%.*s/%.*s/%.*s\n", RF_SLICE_ARG(title), RF_SLICE_ARG(body), RF_SLICE_ARG(level));
}
static bool on_line(void *user, int64_t row, rf_slice *ret_text) {
    (void)user;
    *ret_text = RF_SLICE("$ make");
    return row == 0;
}
static void on_size(void *user, int64_t *ret_columns, int64_t *ret_rows, int64_t *ret_scrollback) {
    (void)user;
    *ret_columns = 80;
    *ret_rows = 2;
    *ret_scrollback = 0;
}
static rf_slice on_fact(void *user, rf_slice name) {
    (void)user;
    return rf_slice_is(name, "session.directory") ? RF_SLICE("/srv") : (rf_slice){ NULL, 0 };
}

static bool prepare(bench *b, const char *cache_dir) {
    rf_arena_init(&b->arena, 4096);
    b->host = (rf_plugin_host){ .user = b, .kind = "test", .log = on_log, .send = on_send, .notify = on_notify, .line = on_line, .size = on_size, .fact = on_fact };
    b->api = (rf_plugin_api){ .host = &b->host, .quota = RF_PLUGIN_QUOTA_DEFAULT };
    return rf_plugin_shared_init(&b->shared, cache_dir, &b->error) == RF_OK;
}

static rf_code compile(bench *b, const char *text) {
    const rf_plugin_text source = { "p.fsx", rf_slice_of(text) };
    return kind->compile(&b->shared, &source, &b->findings, &b->code, &b->error);
}

static rf_code open_with(bench *b, uint32_t capabilities) {
    const rf_vm_options options = { capabilities, b->heap_bytes, b->time_ns ? b->time_ns : RF_NS_PER_S * 60, &b->api };
    b->api.capabilities = capabilities;
    return kind->open(&b->shared, b->code, &options, &b->vm, &b->error);
}

/* Ready to be called. */
static bool start(bench *b, const char *text, uint32_t capabilities) {
    return prepare(b, NULL) && compile(b, text) == RF_OK && open_with(b, capabilities) == RF_OK;
}

static rf_code call(bench *b, rf_hook hook, const rf_pv *args, uint32_t count) {
    b->answer = (rf_answer){ 0 };
    return kind->call(b->vm, hook, args, count, b->time_ns, &b->arena, &b->answer, &b->error);
}
static rf_code say(bench *b, rf_hook hook, const char *text) {
    return call(b, hook, &(rf_pv){ .kind = RF_PV_TEXT, .text = rf_slice_of(text) }, 1);
}

RF_TEST(the_ending_of_a_path_says_the_language) {
    rf_check(rf_vm_kind_of("a/b.fsx") == &rf_vm_fusabi);
    rf_check(rf_vm_kind_of("b.fzb") == &rf_vm_fusabi);
    rf_check(rf_vm_kind_of("b.js") == &rf_vm_javascript);
    rf_check(!rf_vm_kind_of("b.lua") && !rf_vm_kind_of("fsx"));
}

RF_TEST(every_function_of_the_host_is_there_in_fusabi) {
    BENCH(b);
    rf_check(prepare(&b, NULL) && rf_api_row_count > 0);
    for (size_t i = 0; i < rf_api_row_count; i++) {
        const rf_fus_lib_row *row = rf_fus_engine_find(b.shared.engine, rf_slice_of(rf_api_rows[i].name));
        rf_check(row && row->user == &rf_api_rows[i] && row->arity > 0 && row->needs == rf_api_rows[i].needs && row->params[0]);
    }
    rf_check(rf_fus_engine_find(b.shared.engine, RF_SLICE("Plugin.name"))->arity == 1);
    rf_check_text(rf_slice_of(rf_fus_engine_find(b.shared.engine, RF_SLICE("Ui.notify"))->params), RF_SLICE("title body level"));
}

/* ---- Answers ---- */

/* Which answer is told by the argument. */
static const char answers[] = "let rec pick line =\n"
                              "    match line with\n"
                              "    | \"unit\" -> ()\n    | \"true\" -> true\n    | \"false\" -> false\n    | \"Continue\" -> Continue\n"
                              "    | \"Stop\" -> Stop\n    | \"Drop\" -> Drop\n    | \"None\" -> None\n    | \"Some\" -> Some \"new\"\n"
                              "    | \"Modify\" -> Modify (line ++ \"!\")\n    | \"empty\" -> \"\"\n    | \"int\" -> 1\n    | \"list\" -> [1]\n"
                              "    | \"other\" -> Other\n    | \"wrong\" -> Modify 1\n    | \"bare\" -> Modify\n    | \"record\" -> { a = 1 }\n"
                              "    | \"fun\" -> pick\n    | \"pair\" -> (1, 2)\n    | \"two\" -> Other (1, 2)\n    | \"funs\" -> [pick]\n"
                              "    | _ -> String.replicate 100 line ++ line\n"
                              "let on_output line = pick line\n"
                              "let on_key name = pick name\n"
                              "let on_tick name = pick name\n"
                              "let on_message m = pick m\n";

typedef struct answer_row { const char *argument; rf_code code; rf_verdict verdict; const char *text; } answer_row;

/* `text`: of a new text, or a part of the error. */
static bool answers_as(bench *b, rf_hook hook, const answer_row *row) {
    rf_code code = hook == RF_HOOK_MESSAGE
        ? call(b, hook, &(rf_pv){ .kind = RF_PV_DATA, .data = rf_string(rf_slice_of(row->argument)) }, 1)
        : say(b, hook, row->argument);
    if (code != row->code)
        return false;
    if (code)
        return strstr(b->error.message, row->text) != NULL;
    if (b->answer.verdict != row->verdict)
        return false;
    return !row->text || rf_slice_is(b->answer.text, row->text);
}

RF_TEST(hooks_of_texts_answer_in_every_way) {
    BENCH(b);
    static const answer_row rows[] = {
        { "unit", RF_OK, RF_VERDICT_CONTINUE, NULL }, { "true", RF_OK, RF_VERDICT_CONTINUE, NULL },
        { "false", RF_OK, RF_VERDICT_STOP, NULL }, { "Continue", RF_OK, RF_VERDICT_CONTINUE, NULL },
        { "Stop", RF_OK, RF_VERDICT_STOP, NULL }, { "Drop", RF_OK, RF_VERDICT_DROP, NULL },
        { "None", RF_OK, RF_VERDICT_CONTINUE, NULL }, { "Some", RF_OK, RF_VERDICT_MODIFY, "new" },
        { "Modify", RF_OK, RF_VERDICT_MODIFY, "Modify!" }, { "empty", RF_OK, RF_VERDICT_MODIFY, "" },
        { "int", RF_ESCRIPT, 0, "on_output returned an int: expected Continue, Modify, Stop, Drop, a bool, a string or ()" },
        { "list", RF_ESCRIPT, 0, "on_output returned a list: expected" },
        { "other", RF_ESCRIPT, 0, "on_output returned Other: expected" },
        { "two", RF_ESCRIPT, 0, "on_output returned Other of a value: expected" },
        { "bare", RF_ESCRIPT, 0, "on_output returned Modify: expected" },
        { "wrong", RF_ESCRIPT, 0, "on_output returned Modify of an int: expected Modify of a string" },
        { "fun", RF_ESCRIPT, 0, "on_output returned a function: expected" },
    };
    rf_check(start(&b, answers, 0));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rf_check(answers_as(&b, RF_HOOK_OUTPUT, &rows[i]) || rf_test_torture());
    rf_check(b.error.place.line == 24 && b.error.place.column == 5);
    rf_check_text(rf_slice_of(b.error.hint), RF_SLICE("a call in it may lack an argument"));
}

RF_TEST(a_long_text_that_was_joined_comes_out_whole) {
    BENCH(b);
    rf_check(start(&b, answers, 0));
    rf_check(say(&b, RF_HOOK_OUTPUT, "0123456789") == RF_OK);
    rf_check(b.answer.verdict == RF_VERDICT_MODIFY && b.answer.text.len == 1010);
    for (size_t i = 0; i < b.answer.text.len; i++)
        rf_check(b.answer.text.data[i] == (char)('0' + i % 10));
}

RF_TEST(hooks_of_verdicts_take_no_text_and_hooks_of_nothing_take_all) {
    BENCH(b);
    static const answer_row rows[] = {
        { "Drop", RF_OK, RF_VERDICT_DROP, NULL },
        { "Modify", RF_ESCRIPT, 0, "on_key returned Modify of a value: expected Continue, Stop, Drop, a bool or ()" },
        { "Some", RF_ESCRIPT, 0, "on_key returned Some of a value: expected" },
        { "empty", RF_ESCRIPT, 0, "on_key returned a string: expected" },
    };
    rf_check(start(&b, answers, 0));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rf_check(answers_as(&b, RF_HOOK_KEY, &rows[i]) || rf_test_torture());
    rf_check(say(&b, RF_HOOK_TICK, "int") == RF_OK && b.answer.verdict == RF_VERDICT_CONTINUE);
    rf_check(say(&b, RF_HOOK_TICK, "Modify") == RF_OK && b.answer.verdict == RF_VERDICT_CONTINUE);
}

RF_TEST(hooks_of_messages_answer_with_data) {
    BENCH(b);
    static const answer_row rows[] = {
        { "unit", RF_OK, RF_VERDICT_CONTINUE, NULL }, { "false", RF_OK, RF_VERDICT_STOP, NULL }, { "Drop", RF_OK, RF_VERDICT_DROP, NULL },
        { "int", RF_ESCRIPT, 0, "on_message returned an int: expected Continue, Modify, Stop, Drop, a bool, a record, a list, a string or ()" },
        { "funs", RF_ESCRIPT, 0, "on_message returned what no message can hold: a function is no plain data" },
        { "pair", RF_ESCRIPT, 0, "on_message returned a tuple" },
    };
    rf_check(start(&b, answers, 0));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rf_check(answers_as(&b, RF_HOOK_MESSAGE, &rows[i]) || rf_test_torture());
    const rf_pv argument = { .kind = RF_PV_DATA, .data = rf_string(RF_SLICE("record")) };
    rf_check(call(&b, RF_HOOK_MESSAGE, &argument, 1) == RF_OK && b.answer.verdict == RF_VERDICT_MODIFY);
    const rf_value *a = b.answer.data.kind == RF_MAP ? rf_value_member(&b.answer.data, RF_SLICE("a")) : NULL;
    rf_check(a && a->kind == RF_INT && a->integer == 1);
    const rf_pv wrong = { .kind = RF_PV_DATA, .data = rf_string(RF_SLICE("wrong")) };
    rf_check(call(&b, RF_HOOK_MESSAGE, &wrong, 1) == RF_OK && b.answer.data.kind == RF_INT);
    const rf_pv text = { .kind = RF_PV_DATA, .data = rf_string(RF_SLICE("empty")) };
    rf_check(call(&b, RF_HOOK_MESSAGE, &text, 1) == RF_OK && b.answer.data.kind == RF_STRING);
}

RF_TEST(a_message_goes_in_and_comes_out_changed) {
    BENCH(b);
    rf_value tags[] = { rf_string(RF_SLICE("a")), rf_null() };
    rf_member members[] = {
        { RF_SLICE("z"), rf_text(RF_NUMBER, RF_SLICE("12")) }, { RF_SLICE("a"), rf_bool(true) },
        { RF_SLICE("tags"), { .kind = RF_LIST, .size = 2, .items = tags } },
    };
    const rf_pv message = { .kind = RF_PV_DATA, .data = { .kind = RF_MAP, .size = 3, .members = members } };
    rf_check(start(&b, "let on_message m = { m with z = m.z + 1; tags = Array.length m.tags }\n", 0));
    rf_check(call(&b, RF_HOOK_MESSAGE, &message, 1) == RF_OK && b.answer.verdict == RF_VERDICT_MODIFY);
    RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
    rf_value_print(&shown, &b.answer.data);
    rf_check(!shown.failed);
    rf_check_text(rf_buffer_view(&shown), RF_SLICE("map[a:true tags:2 z:13]"));
}

/* ---- Hooks ---- */

RF_TEST(hooks_are_found_by_name_and_called_with_all_arguments) {
    BENCH(b);
    rf_check(start(&b, "let mutable seen = \"\"\n"
                       "let on_load () = seen <- \"load\"\n"
                       "let on_post_command text directory exit_code milliseconds = seen <- $\"{text} {directory} {exit_code} {milliseconds}\"\n"
                       "let on_resize columns rows = seen <- $\"{columns}x{rows}\"\n"
                       "let add prefix line = Modify (prefix ++ line ++ seen)\n"
                       "let on_output = add \"> \"\n", 0));
    rf_check(kind->hooks(b.vm) == (1u << RF_HOOK_LOAD | 1u << RF_HOOK_POST_COMMAND | 1u << RF_HOOK_RESIZE | 1u << RF_HOOK_OUTPUT));
    rf_check(call(&b, RF_HOOK_LOAD, NULL, 0) == RF_OK);
    rf_check(say(&b, RF_HOOK_OUTPUT, "x ") == RF_OK);
    rf_check_text(b.answer.text, RF_SLICE("> x load"));
    const rf_pv command[] = { { .kind = RF_PV_TEXT, .text = RF_SLICE("make") }, { .kind = RF_PV_TEXT, .text = RF_SLICE("/srv") },
                              { .kind = RF_PV_INT, .integer = 2 }, { .kind = RF_PV_NUMBER, .number = 1.5 } };
    rf_check(call(&b, RF_HOOK_POST_COMMAND, command, 4) == RF_OK);
    rf_check(say(&b, RF_HOOK_OUTPUT, "") == RF_OK);
    rf_check_text(b.answer.text, RF_SLICE("> make /srv 2 1.5"));
    const rf_pv size[] = { { .kind = RF_PV_INT, .integer = 80 }, { .kind = RF_PV_INT, .integer = 24 } };
    rf_check(call(&b, RF_HOOK_RESIZE, size, 2) == RF_OK);
    rf_check(say(&b, RF_HOOK_OUTPUT, "") == RF_OK);
    rf_check_text(b.answer.text, RF_SLICE("> 80x24"));
}

RF_TEST(what_cannot_be_a_hook_is_refused_at_its_line) {
    static const struct { const char *text; uint32_t line; const char *message, *hint; } rows[] = {
        { "let a = 1\nlet on_output = \"x\"\n", 2, "on_output is a string: a hook is a function", "define it as: let on_output line = …" },
        { "\n\nlet on_resize columns = ()\n", 3, "on_resize takes 1 parameter, but is called with 2", "define it as: let on_resize columns rows = …" },
        { "let on_load a b = ()\n", 1, "on_load takes 2 parameters, but is called with 1", "define it as: let on_load () = …" },
        { "let on_key = Modify\n", 1, "on_key is a variant: a hook is a function", "define it as: let on_key name = …" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        BENCH(b);
        rf_check(prepare(&b, NULL) && compile(&b, rows[i].text) == RF_OK);
        rf_check(open_with(&b, 0) == RF_ESCRIPT);
        rf_check_text(rf_slice_of(b.error.message), rf_slice_of(rows[i].message));
        rf_check_text(rf_slice_of(b.error.hint), rf_slice_of(rows[i].hint));
        rf_check(b.error.place.line == rows[i].line);
    }
}

/* ---- Errors and limits ---- */

static const char failing[] = "let inner n =\n    failwith $\"no {n}\"\n"
                              "let on_output line =\n    let text = inner line\n    Modify text\n"
                              "let rec forever n = if n < 0 then 0 else forever (n + 1)\n"
                              "let on_input bytes =\n    let n = forever 0\n    Modify $\"{n}\"\n"
                              "let rec eat s = eat (s :: s)\n"
                              "let on_paste text = eat [text]\n"
                              "let rec deep n = 1 + deep (n + 1)\n"
                              "let on_pre_command text = Modify $\"{deep 0}\"\n"
                              "let on_key name = Drop\n";

RF_TEST(an_exception_has_its_place_and_the_calls_that_led_there) {
    BENCH(b);
    rf_check(start(&b, failing, 0));
    rf_check(say(&b, RF_HOOK_OUTPUT, "x") == RF_ESCRIPT);
    rf_check_text(rf_slice_of(b.error.message), RF_SLICE("no x"));
    rf_check_text(rf_slice_of(b.error.place.file), RF_SLICE("p.fsx"));
    rf_check(b.error.place.line == 2);
    rf_check(rf_slice_starts(rf_slice_of(b.error.hint), RF_SLICE("at inner (p.fsx:2:")));
    rf_check(strstr(b.error.hint, "at on_output (p.fsx:4:"));
    rf_check(say(&b, RF_HOOK_KEY, "x") == RF_OK && b.answer.verdict == RF_VERDICT_DROP);
}

RF_TEST(an_error_of_the_top_level_keeps_the_plugin_out) {
    BENCH(b);
    rf_check(prepare(&b, NULL) && compile(&b, "let a = 1\nfailwith \"not here\"\n") == RF_OK);
    rf_check(open_with(&b, 0) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(b.error.message), RF_SLICE("not here"));
    rf_check(b.error.place.line == 2 && !b.vm);
}

RF_TEST(limits_end_a_call_and_leave_the_vm_fit_for_use) {
    BENCH(b);
    static const rf_hook hooks[] = { RF_HOOK_INPUT, RF_HOOK_PASTE, RF_HOOK_PRE_COMMAND };
    b.heap_bytes = (size_t)8 << 20;
    rf_check(start(&b, failing, 0));
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++) {
            b.time_ns = i == 0 ? 20 * RF_NS_PER_MS : 10 * RF_NS_PER_S;
            rf_check(say(&b, hooks[i], "x") == RF_ELIMIT);
            rf_check(say(&b, RF_HOOK_KEY, "x") == RF_OK && b.answer.verdict == RF_VERDICT_DROP);
        }
    b.time_ns = 20 * RF_NS_PER_MS;
    rf_check(say(&b, RF_HOOK_INPUT, "x") == RF_ELIMIT);
    rf_check(strstr(b.error.message, "20 ms") && b.error.place.line == 6);
}

RF_TEST(a_text_that_is_larger_than_the_memory_is_an_error) {
    BENCH(b);
    b.heap_bytes = (size_t)1 << 20;
    rf_check(start(&b, "let on_output line = true", 0));
    char *large = rf_arena_alloc(&b.arena, (size_t)4 << 20);
    rf_check(large);
    memset(large, 'x', (size_t)4 << 20);
    const rf_pv argument = { .kind = RF_PV_TEXT, .text = { large, (size_t)4 << 20 } };
    rf_check(call(&b, RF_HOOK_OUTPUT, &argument, 1) == RF_ELIMIT);
    rf_check(say(&b, RF_HOOK_OUTPUT, "x") == RF_OK);
}

RF_TEST(a_top_level_without_end_is_ended) {
    BENCH(b);
    b.time_ns = 20 * RF_NS_PER_MS;
    rf_check(prepare(&b, NULL) && compile(&b, "let rec f n = if n < 0 then n else f (n + 1)\nlet a = f 0\n") == RF_OK);
    rf_check(open_with(&b, 0) == RF_ELIMIT);
    rf_check(!b.vm);
}

static void interrupt_soon(void *arg) {
    for (int i = 0; i < 100; i++) { /* the first may come before the call has begun */
        rf_clock_sleep_ns(5 * RF_NS_PER_MS);
        kind->interrupt(arg);
    }
}

RF_TEST(another_thread_can_end_a_call) {
    BENCH(b);
    rf_thread thread = { 0 };
    rf_check(start(&b, failing, 0));
    rf_check(rf_thread_start(&thread, "interrupt", interrupt_soon, b.vm, &b.error) == RF_OK);
    rf_code code = say(&b, RF_HOOK_INPUT, "x");
    rf_thread_join(&thread);
    rf_check(code == RF_ELIMIT);
}

/* ---- Rights, the Host API, printing ---- */

RF_TEST(functions_of_the_host_are_called_and_their_errors_raised) {
    BENCH(b);
    rf_check(start(&b, "let on_output line =\n"
                       "    Ui.notify \"Build\" line \"info\"\n"
                       "    Modify $\"{Term.columns ()} {Term.line 0} {Term.line 5} {List.length (Term.screen ())}\"\n"
                       "let on_input bytes = Ui.notify \"a\" \"b\" bytes\n"
                       "let on_paste text = Term.line text\n"
                       "let on_pre_command text = try Ui.notify \"a\" \"b\" text; Drop with _ -> Stop\n"
                       "let on_key name = if name = \"a\" then Log.warn name else Log.warn (ref_of name)\n"
                       "let ref_of x = x\n", RF_PLUGIN_CAN_UI | RF_PLUGIN_CAN_SCREEN));
    rf_check(kind->uses(b.code) == (RF_PLUGIN_CAN_UI | RF_PLUGIN_CAN_SCREEN));
    rf_check(say(&b, RF_HOOK_OUTPUT, "done") == RF_OK);
    rf_check_text(b.answer.text, RF_SLICE("80 Some($ make) None 2"));
    rf_check_text(rf_buffer_view(&b.notified), RF_SLICE("Build/done/info\n"));
    rf_check(say(&b, RF_HOOK_INPUT, "loud") == RF_ESCRIPT);
    rf_check(b.error.place.line == 4 && strstr(b.error.message, "loud"));
    rf_check(say(&b, RF_HOOK_PASTE, "x") == RF_ESCRIPT);
    rf_check_text(rf_slice_of(b.error.message), RF_SLICE("Type mismatch: expected int, got string"));
    rf_check(say(&b, RF_HOOK_PRE_COMMAND, "loud") == RF_OK && b.answer.verdict == RF_VERDICT_STOP);
    rf_check(say(&b, RF_HOOK_KEY, "a") == RF_OK);
    rf_check(strstr(rf_buffer_cstr(&b.log) ? b.log.data : "", "[a]"));
}

RF_TEST(what_was_not_granted_fails_and_says_what_it_needs) {
    BENCH(b);
    rf_check(start(&b, "let on_output line = Term.send line\n"
                       "let on_input bytes = File.readAllText bytes\n"
                       "let on_paste text = Store.set text text\n"
                       "let on_key name = let f = Term.send in f name\n", RF_PLUGIN_CAN_UI));
    rf_check(say(&b, RF_HOOK_OUTPUT, "ls") == RF_ESCRIPT);
    rf_check_text(rf_slice_of(b.error.message), RF_SLICE("Term.send is not available: it needs what was not granted: send"));
    rf_check(say(&b, RF_HOOK_KEY, "ls") == RF_ESCRIPT);
    rf_check(say(&b, RF_HOOK_INPUT, "x") == RF_ESCRIPT);
    rf_check(b.error.place.line == 2);
    rf_check(say(&b, RF_HOOK_PASTE, "x") == RF_ESCRIPT);
    rf_check(strstr(b.error.message, "granted: store") && b.sent.len == 0);
}

RF_TEST(what_is_printed_goes_to_the_log_line_by_line) {
    BENCH(b);
    rf_check(start(&b, "printfn \"begun\"\nlet on_output line =\n    print \"a\"\n    printfn line\n    printfn \"c\"\n    print \"left\"\n"
                       "let on_input bytes = print (\"x\" ++ String.replicate 400 bytes)\n", 0));
    rf_check(say(&b, RF_HOOK_OUTPUT, "b\n") == RF_OK);
    rf_check_text(rf_buffer_view(&b.log), RF_SLICE("4 [begun]\n4 [ab]\n4 []\n4 [c]\n"));
    rf_buffer_clear(&b.log);
    rf_check(say(&b, RF_HOOK_INPUT, "€") == RF_OK);
    rf_check(b.log.len == 3 + 4 + 1 + 331 * 3 + 2 || rf_test_torture()); /* no more of three bytes each fit into 1000 */
    kind->close(b.vm);
    b.vm = NULL;
    rf_check(strstr(rf_buffer_cstr(&b.log) ? b.log.data : "", "€]\n") || rf_test_torture());
}

RF_TEST(modules_that_keep_state_and_the_terminal_do_their_work) {
    BENCH(b);
    rf_check(start(&b, "let mutable got = \"\"\n"
                       "let id = Events.on \"x\" (fun v -> got <- v)\n"
                       "let _ = UIFormatting.formatTab (fun t -> t)\n"
                       "let on_output line =\n"
                       "    TerminalControl.sendText line\n"
                       "    TerminalControl.showToast line\n"
                       "    Modify $\"{TerminalInfo.getCurrentWorkingDir ()} {TerminalInfo.getLine 0} {TerminalInfo.getLine 9} {TerminalInfo.getTerminalSize ()}\"\n"
                       "let on_input bytes =\n    Events.emit \"x\" bytes\n    Modify got\n", RF_FUS_CAN_TERMINAL));
    rf_check(say(&b, RF_HOOK_OUTPUT, "ls") == RF_OK);
    rf_check_text(b.answer.text, RF_SLICE("Some(/srv) Some($ make) None (80, 2)"));
    rf_check_text(rf_buffer_view(&b.sent), RF_SLICE("ls"));
    rf_check_text(rf_buffer_view(&b.notified), RF_SLICE("plugin/ls/info\n"));
    rf_check(say(&b, RF_HOOK_INPUT, "y") == RF_OK);
    rf_check_text(b.answer.text, RF_SLICE("y"));
}

/* ---- Compiling and the cache ---- */

RF_TEST(findings_are_shown_and_only_errors_refuse) {
    BENCH(b);
    rf_check(prepare(&b, NULL));
    rf_check(compile(&b, "let on_output line = if line = \"\" then Drop else Modify (line ++ 1)\n") == RF_OK);
    rf_check(b.findings.len > 0 && !strstr(rf_buffer_cstr(&b.findings) ? b.findings.data : "unknown constructor", "unknown constructor"));
    kind->code_free(b.code);
    b.code = NULL;
    rf_buffer_clear(&b.findings);
    rf_check(compile(&b, "// @strict: true\nlet on_output line = Modify (line ++ 1)\n") == RF_ESCRIPT);
    rf_check(b.error.place.line == 2 && !b.code);
    rf_check(compile(&b, "let a = (\n") == RF_ESCRIPT);
    rf_check(compile(&b, "let a = \"\xff\"\n") == RF_ESCRIPT);
    rf_check(b.error.place.line == 1 && strstr(b.error.message, "UTF-8"));
    rf_check(compile(&b, "// @strict: true\nlet on_output line = if line = \"\" then Drop else Modify line\n") == RF_OK);
}

RF_TEST(bytecode_is_taken_and_damage_refused) {
    BENCH(b);
    RF_CLEANUP(rf_buffer_done) rf_buffer bytes = { 0 };
    rf_check(prepare(&b, NULL) && compile(&b, "let on_output line = Modify (line ++ \"+\")\n") == RF_OK);
    rf_check(rf_fus_fzb_write(b.code->program, &(rf_fus_write_options){ 0 }, &bytes, &b.error) == RF_OK && !bytes.failed);
    kind->code_free(b.code);
    b.code = NULL;
    const rf_plugin_text text = { "p.fzb", rf_buffer_view(&bytes) }, none = { "p.fzb", RF_SLICE("let a = 1") };
    rf_check(kind->compile(&b.shared, &text, &b.findings, &b.code, &b.error) == RF_OK && b.findings.len == 0);
    rf_check(open_with(&b, 0) == RF_OK && say(&b, RF_HOOK_OUTPUT, "x") == RF_OK);
    rf_check_text(b.answer.text, RF_SLICE("x+"));
    rf_plugin_code *code = NULL;
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.data[i] ^= 0x10;
        rf_code damaged = kind->compile(&b.shared, &text, &b.findings, &code, &b.error);
        bytes.data[i] ^= 0x10;
        rf_check(damaged == RF_EPARSE);
    }
    rf_check(kind->compile(&b.shared, &none, &b.findings, &code, &b.error) == RF_EPARSE);
    rf_check(b.findings.len > 0);
}

static int entries_in(const char *dir, char first[300]) {
    int count = 0;
    DIR *open = opendir(dir);
    for (struct dirent *entry; open && (entry = readdir(open)) != NULL;)
        if (entry->d_name[0] != '.') {
            (void)snprintf(first, 300, "%s", entry->d_name);
            count++;
        }
    if (open)
        (void)closedir(open);
    return count;
}

/* Short scripts are not worth an entry. */
#define COMMENT "// A comment that makes the script longer than what is compiled at once, and that is 100 bytes long....\n"
#define LONG COMMENT COMMENT COMMENT COMMENT COMMENT COMMENT COMMENT COMMENT COMMENT COMMENT

static const char cached_text[] = "let inner n =\n    failwith n\nlet on_output line = inner line ++ 1\n" LONG;

RF_TEST(a_short_script_is_compiled_each_time) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    rf_check(rf_fixture_dir_init(&dir));
    BENCH(b);
    char entry[300];
    rf_check(prepare(&b, dir.path) && compile(&b, "let on_output line = Modify (line ++ \"+\")\n") == RF_OK);
    rf_check(entries_in(dir.path, entry) == 0);
}

/* Compiles and calls: the same findings and the same error each time. */
static bool fails_alike(bench *b, const char *dir, rf_slice *findings) {
    if (!prepare(b, dir) || compile(b, cached_text) || open_with(b, 0) || say(b, RF_HOOK_OUTPUT, "x") != RF_ESCRIPT)
        return false;
    *findings = rf_buffer_view(&b->findings);
    return b->error.place.line == 2 && b->error.place.column > 1 && strcmp(b->error.place.file, "p.fsx") == 0
           && strstr(b->error.hint, "at inner (p.fsx:2:") && strstr(b->error.hint, "at on_output (p.fsx:3:");
}

RF_TEST(the_cache_gives_the_same_plugin_and_damage_is_mended) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    rf_check(rf_fixture_dir_init(&dir));
    BENCH(first);
    BENCH(second);
    BENCH(third);
    rf_slice findings[3];
    char name[300] = "", again[300] = "";
    rf_check(fails_alike(&first, dir.path, &findings[0]));
    rf_check(entries_in(dir.path, name) == 1 || rf_test_torture());
    rf_check(fails_alike(&second, dir.path, &findings[1]));
    rf_check(findings[0].len > 0);
    rf_check_text(findings[1], findings[0]);
    rf_check(entries_in(dir.path, name) == 1 || rf_test_torture());
    rf_check(rf_test_torture() || rf_fixture_dir_write(&dir, name, RF_SLICE("nonsense")));
    rf_check(fails_alike(&third, dir.path, &findings[2]));
    rf_check_text(findings[2], findings[0]);
    rf_check(rf_test_torture() || (entries_in(dir.path, again) == 1 && rf_fixture_dir_read(&dir, again).len > 100));
}

RF_TEST(a_script_that_loads_others_is_not_cached) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    rf_check(rf_fixture_dir_init(&dir));
    BENCH(b);
    char path[100], name[300];
    (void)snprintf(path, sizeof path, "%s/p.fsx", dir.path);
    (void)snprintf(name, sizeof name, "%s/cache", dir.path);
    rf_check(rf_fixture_dir_write(&dir, "more.fsx", RF_SLICE("let more line = Modify (line ++ \"+\")\n")));
    const rf_plugin_text text = { path, RF_SLICE("#load \"more.fsx\"\nlet on_output line = more line\n" LONG) };
    rf_check(prepare(&b, name) && kind->compile(&b.shared, &text, &b.findings, &b.code, &b.error) == RF_OK);
    rf_check(open_with(&b, 0) == RF_OK && say(&b, RF_HOOK_OUTPUT, "x") == RF_OK);
    rf_check_text(b.answer.text, RF_SLICE("x+"));
    char entry[300];
    rf_check(entries_in(name, entry) == 0);
    (void)rmdir(name);
}

/* ---- State, counts ---- */

static const char counting[] = "let mutable count = 0\nlet mutable seen = []\nlet mutable grid = [| 1; 2 |]\nlet name = \"n\"\nlet mutable maybe = None\n"
                               "let on_output line =\n    count <- count + 1\n    seen <- line :: seen\n    grid <- [| count; 2 |]\n    maybe <- Some line\n"
                               "    Modify $\"{count} {seen} {grid}\"\n"
                               "let on_reload old =\n    count <- old.count\n    seen <- old.seen\n    grid <- old.grid\n";

RF_TEST(state_goes_over_to_the_next_version) {
    BENCH(old);
    BENCH(new);
    rf_value state;
    rf_check(start(&old, counting, 0) && start(&new, counting, 0));
    rf_check(say(&old, RF_HOOK_OUTPUT, "a") == RF_OK && say(&old, RF_HOOK_OUTPUT, "b") == RF_OK);
    rf_check_text(old.answer.text, RF_SLICE("2 [b; a] [|2; 2|]"));
    rf_check(kind->state(old.vm, &old.arena, &state, &old.error) == RF_OK);
    rf_check(state.kind == RF_MAP && state.size == 4); /* functions and variants are left out */
    rf_check(call(&new, RF_HOOK_RELOAD, &(rf_pv){ .kind = RF_PV_DATA, .data = state }, 1) == RF_OK);
    rf_check(say(&new, RF_HOOK_OUTPUT, "c") == RF_OK);
    rf_check_text(new.answer.text, RF_SLICE("3 [c; b; a] [|3; 2|]"));
}

RF_TEST(plugins_of_one_process_do_not_see_each_others_values) {
    BENCH(b);
    rf_plugin_vm *other = NULL;
    rf_check(start(&b, counting, 0));
    const rf_vm_options options = { 0, 0, 0, &b.api };
    rf_check(kind->open(&b.shared, b.code, &options, &other, &b.error) == RF_OK);
    rf_code first = say(&b, RF_HOOK_OUTPUT, "a");
    rf_plugin_vm *kept = b.vm;
    b.vm = other;
    rf_code second = say(&b, RF_HOOK_OUTPUT, "b");
    bool is_own = !second && rf_slice_is(b.answer.text, "1 [b] [|1; 2|]");
    b.vm = kept;
    kind->close(other);
    rf_check(first == RF_OK && is_own);
}

RF_TEST(a_million_calls_leave_memory_where_it_was) {
    BENCH(b);
    rf_vm_counts before, after;
    rf_check(start(&b, "let mutable count = 0\nlet on_output line =\n    count <- count + 1\n    if String.contains \"ERROR\" line then Modify (line ++ \"!\") else Continue\n", 0));
    int calls = rf_test_torture() ? 100 : 1000000;
    for (int i = 0; i < 100; i++)
        rf_check(say(&b, RF_HOOK_OUTPUT, "an ERROR in a line of output") == RF_OK);
    kind->counts(b.vm, &before);
    for (int i = 0; i < calls; i++)
        rf_check(say(&b, RF_HOOK_OUTPUT, i % 2 ? "an ERROR in a line of output" : "a line of output that concerns nobody") == RF_OK);
    kind->counts(b.vm, &after);
    rf_check(before.held_bytes > 0 && after.held_bytes == before.held_bytes);
}
