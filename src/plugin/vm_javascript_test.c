/* vm_javascript_test.c: plugins in JavaScript: answers, errors, limits, rights, state, data. */
#include "harness.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"
#include "plugin/vm_javascript.h"

#include <stdio.h>
#include <string.h>

static const rf_vm_kind *const kind = &rf_vm_javascript;

/* One plugin, and the host that it sees. */
typedef struct bench {
    rf_plugin_host host;
    rf_manifest manifest;
    rf_plugin_api api;
    rf_plugin_code *code;
    rf_plugin_vm *vm;
    rf_arena arena;
    rf_buffer findings, log;
    rf_answer answer;
    rf_error error;
    size_t heap_bytes;
    uint64_t time_ns;
} bench;

static void bench_done(bench *b) {
    kind->close(b->vm);
    kind->code_free(b->code);
    rf_plugin_api_done(&b->api);
    rf_arena_done(&b->arena);
    rf_buffer_done(&b->findings);
    rf_buffer_done(&b->log);
}
#define BENCH(name) RF_CLEANUP(bench_done) bench name = { .heap_bytes = 16u << 20, .time_ns = 20 * RF_NS_PER_S }

static void on_log(void *user, rf_slice plugin, rf_log_level level, rf_slice text) {
    (void)plugin;
    rf_buffer_printf(&((bench *)user)->log, "%d [%.*s]\n", (int)level, RF_SLICE_ARG(text));
}
static void on_notify(void *user, rf_slice plugin, rf_slice title, rf_slice body, rf_slice level) {
    (void)plugin;
    rf_buffer_printf(&((bench *)user)->log, "%.*s/%.*s/%.*s\n", RF_SLICE_ARG(title), RF_SLICE_ARG(body), RF_SLICE_ARG(level));
}

static bool start(bench *b, const char *text, uint32_t capabilities) {
    const rf_plugin_text source = { "p.js", rf_slice_of(text) };
    const rf_vm_options options = { capabilities, b->heap_bytes, b->time_ns, &b->api };
    rf_arena_init(&b->arena, 4096);
    b->host = (rf_plugin_host){ .user = b, .kind = "test", .log = on_log, .notify = on_notify };
    b->manifest = (rf_manifest){ .name = RF_SLICE("p"), .version = RF_SLICE("1.0.0") };
    b->api = (rf_plugin_api){ .host = &b->host, .manifest = &b->manifest, .quota = RF_PLUGIN_QUOTA_DEFAULT, .capabilities = capabilities };
    rf_arena_init(&b->api.arena, 1024);
    return !kind->compile(NULL, &source, &b->findings, &b->code, &b->error) && !kind->open(NULL, b->code, &options, &b->vm, &b->error);
}

static rf_code call(bench *b, rf_hook hook, const rf_pv *args, uint32_t count) {
    b->answer = (rf_answer){ 0 };
    b->error = (rf_error){ 0 };
    return kind->call(b->vm, hook, args, count, b->time_ns, &b->arena, &b->answer, &b->error);
}
static rf_code say(bench *b, const char *text) { return call(b, RF_HOOK_OUTPUT, &(rf_pv){ .kind = RF_PV_TEXT, .text = rf_slice_of(text) }, 1); }

RF_TEST(every_answer_has_its_verdict) {
    static const struct { const char *script; rf_code code; rf_verdict verdict; const char *text; } rows[] = {
        { "undefined", RF_OK, RF_VERDICT_CONTINUE, "" }, { "true", RF_OK, RF_VERDICT_CONTINUE, "" }, { "Continue", RF_OK, RF_VERDICT_CONTINUE, "" },
        { "false", RF_OK, RF_VERDICT_STOP, "" }, { "Stop", RF_OK, RF_VERDICT_STOP, "" }, { "null", RF_OK, RF_VERDICT_DROP, "" },
        { "Drop", RF_OK, RF_VERDICT_DROP, "" }, { "line + '!'", RF_OK, RF_VERDICT_MODIFY, "x!" }, { "Modify('ä\\u{1F600}')", RF_OK, RF_VERDICT_MODIFY, "ä\xf0\x9f\x98\x80" },
        { "''", RF_OK, RF_VERDICT_MODIFY, "" }, { "'a\\ud800b'", RF_OK, RF_VERDICT_MODIFY, "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "b" },
        { "1", RF_ESCRIPT, 0, "on_output returned a number: expected Continue, Modify(text), Stop, Drop, a string, a boolean or nothing" },
        { "[1]", RF_ESCRIPT, 0, "on_output returned an array" }, { "({})", RF_ESCRIPT, 0, "on_output returned an object" },
        { "Modify(1)", RF_ESCRIPT, 0, "on_output returned a number" }, { "Modify()", RF_ESCRIPT, 0, "on_output returned undefined" },
        { "(async () => 'x')()", RF_ESCRIPT, 0, "on_output returned an object" }, { "say", RF_ESCRIPT, 0, "on_output returned a function" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        BENCH(b);
        char script[200];
        (void)snprintf(script, sizeof script, "function say() {} function on_output(line) { return %s; }", rows[i].script);
        rf_check(start(&b, script, 0));
        rf_code code = say(&b, "x");
        rf_check(rf_test_torture() || code == rows[i].code);
        if (code == RF_OK)
            rf_check(b.answer.verdict == rows[i].verdict && rf_slice_is(b.answer.verdict == RF_VERDICT_MODIFY ? b.answer.text : RF_SLICE(""), rows[i].text));
        else
            rf_check(rf_test_torture() || strncmp(b.error.message, rows[i].text, strlen(rows[i].text)) == 0);
    }
}

RF_TEST(a_wrong_answer_has_the_place_of_its_hook) {
    BENCH(b);
    rf_check(start(&b, "\n\n  function on_output(line) { return 1; }", 0));
    rf_check(say(&b, "x") == RF_ESCRIPT || rf_test_torture());
    rf_check(rf_test_torture() || b.error.place.line == 3);
}

RF_TEST(hooks_may_be_functions_or_constants) {
    BENCH(b);
    rf_check(start(&b, "const on_output = line => line + 1; let on_input = function (k) {}; function on_resize(c, r) {} var on_tick = n => n;", 0));
    rf_check(kind->hooks(b.vm) == (1u << RF_HOOK_OUTPUT | 1u << RF_HOOK_INPUT | 1u << RF_HOOK_RESIZE | 1u << RF_HOOK_TICK));
    rf_check(say(&b, "a") == RF_OK);
    rf_check_text(b.answer.text, RF_SLICE("a1"));
}

RF_TEST(a_hook_that_is_no_function_is_refused) {
    BENCH(b);
    rf_check(!start(&b, "\nconst on_output = 5;", 0));
    rf_check(rf_test_torture() || (b.error.code == RF_ESCRIPT && b.error.place.line == 2 && b.error.place.column == 7 && strcmp(b.error.message, "on_output is a number: a hook must be a function") == 0));
}

RF_TEST(what_does_not_compile_is_shown_at_its_place) {
    BENCH(b);
    rf_check(!start(&b, "let a = 1;\nfunction on_output(line) { return line +; }\n", 0));
    if (rf_test_torture())
        return;
    rf_check(b.error.code == RF_ESCRIPT && b.error.place.line == 2 && b.error.place.column > 30);
    rf_check(memmem(b.findings.data, b.findings.len, "p.js:2:", 7) && memmem(b.findings.data, b.findings.len, "^", 1));
}

RF_TEST(what_is_thrown_has_its_place) {
    BENCH(b);
    rf_check(start(&b, "function f(x) {\n  return x.y.z;\n}\nfunction on_output(line) { if (line === 's') throw 'text'; if (line === 'o') throw {}; return f(line); }", 0));
    rf_check(say(&b, "x") == RF_ESCRIPT || rf_test_torture());
    rf_check(rf_test_torture() || (b.error.place.line == 2 && strstr(b.error.message, "TypeError") && strstr(b.error.hint, "on_output")));
    rf_check(say(&b, "s") == RF_ESCRIPT || rf_test_torture());
    rf_check(rf_test_torture() || strcmp(b.error.message, "it threw text") == 0);
    rf_check(say(&b, "o") == RF_ESCRIPT || rf_test_torture());
}

RF_TEST(a_loop_and_deep_recursion_end_and_the_vm_goes_on) {
    BENCH(b);
    rf_check(start(&b, "function deep(n) { return deep(n + 1) + 1; }\n"
                       "function on_output(line) { if (line === 'loop') for (;;) {} if (line === 'deep') return deep(0); return line; }", 0));
    b.time_ns = 10 * RF_NS_PER_MS;
    rf_check(say(&b, "loop") == RF_ELIMIT || rf_test_torture());
    rf_check(rf_test_torture() || (strstr(b.error.message, "longer than its 10 ms") && b.error.place.line == 2));
    b.time_ns = 0;
    rf_check(say(&b, "deep") == RF_ELIMIT || rf_test_torture());
    rf_check(say(&b, "fine") == RF_OK || rf_test_torture());
}

RF_TEST(a_vm_that_ran_out_of_memory_is_lost_and_says_so) {
    BENCH(b);
    b.heap_bytes = 4u << 20;
    rf_check(start(&b, "function on_output(line) { if (line === 'eat') { const a = []; for (;;) a.push([a.length]); } return line; }", 0));
    rf_check(say(&b, "x") == RF_OK || rf_test_torture());
    rf_check(say(&b, "eat") == RF_ELIMIT);
    rf_check(b.error.flags & RF_ERROR_FATAL);
    rf_check(say(&b, "x") == RF_ELIMIT && (b.error.flags & RF_ERROR_FATAL)); /* nothing in it is touched again */
}

#ifndef __SANITIZE_THREAD__ /* signals do not come on time there */
RF_TEST(a_vm_that_was_stopped_within_the_engine_is_lost_and_says_so) {
    BENCH(b);
    rf_check(start(&b, "function on_output(line) { return line === 'x' ? line : 'x'.repeat(2e6).indexOf('x'.repeat(1e6) + 'y'); }", 0));
    rf_check(say(&b, "x") == RF_OK || rf_test_torture());
    b.time_ns = 5 * RF_NS_PER_MS;
    rf_check(say(&b, "search") == RF_ELIMIT || rf_test_torture());
    rf_check(rf_test_torture() || (strstr(b.error.message, "longer than its 5 ms, within one function of the engine") && b.error.flags & RF_ERROR_FATAL));
    rf_check(say(&b, "x") == RF_ELIMIT || rf_test_torture());
}
#endif

RF_TEST(too_little_memory_to_begin_with_is_an_error) {
    BENCH(b);
    b.heap_bytes = 64u << 10;
    rf_check(!start(&b, "function on_output(line) {}", 0));
    rf_check(rf_test_torture() || (b.error.code == RF_ELIMIT && strstr(b.error.message, "64 KiB is too small")));
}

RF_TEST(only_what_was_granted_is_there) {
    BENCH(b);
    rf_check(start(&b, "function on_output(line) { return [typeof Log, typeof Ui, typeof Term, typeof Store, typeof Plugin, typeof Session, typeof Session.env,"
                       " typeof std, typeof os, typeof require].join(); }", 0));
    rf_check(say(&b, "x") == RF_OK);
    rf_check_text(b.answer.text, RF_SLICE("object,undefined,undefined,undefined,object,object,undefined,undefined,undefined,undefined"));
}

RF_TEST(functions_of_the_host_check_their_arguments) {
    static const struct { const char *script, *text; } rows[] = {
        { "Ui.notify('a', 'b', 'info')", "fine" }, { "Ui.notify('a', 'b')", "TypeError: Ui.notify: level must be a string, got undefined" },
        { "Ui.notify(1, 'b', 'info')", "TypeError: Ui.notify: title must be a string, got a number" }, { "Timer.after('a', 1.5)", "TypeError: Timer.after: ms must be a whole number, got a number" },
        { "Ui.modal('t', x => x)", "TypeError: Ui.modal: items: a function cannot leave a script" }, { "Log = 1", "fine" }, { "'use strict'; Log.info = 1", "fine" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        BENCH(b);
        char script[300];
        (void)snprintf(script, sizeof script, "function on_output(line) { try { %s; return 'fine'; } catch (e) { return String(e); } }", rows[i].script);
        rf_check(start(&b, script, RF_PLUGIN_CAN_UI));
        rf_check(say(&b, "x") == RF_OK || rf_test_torture());
        if (!rf_test_torture())
            rf_check_text(b.answer.text, rf_slice_of(rows[i].text));
    }
}

RF_TEST(console_and_log_reach_the_host) {
    BENCH(b);
    rf_check(start(&b, "function on_output(line) { console.log('a', 1, null, {}); console.error(line); Log.warn('w'); Ui.notify('t', 'b', 'error'); }", RF_PLUGIN_CAN_UI));
    rf_check(say(&b, "x") == RF_OK || rf_test_torture());
    char expected[120];
    (void)snprintf(expected, sizeof expected, "%d [a 1 null [object Object]]\n%d [x]\n%d [w]\nt/b/error\n", RF_LOG_INFO, RF_LOG_ERROR, RF_LOG_WARN);
    rf_check(rf_test_torture() || rf_slice_is(rf_buffer_view(&b.log), expected));
}

RF_TEST(a_log_that_no_host_keeps_is_no_error) {
    BENCH(b);
    rf_check(start(&b, "function on_output(line) { console.log(line); return 'went on'; }", 0));
    b.host.log = NULL;
    rf_check(say(&b, "x") == RF_OK || rf_test_torture());
    rf_check(rf_test_torture() || rf_slice_is(b.answer.text, "went on"));
}

/* Each would run for minutes inside the engine, which does not ask whether to stop. */
RF_TEST(loops_over_holes_are_refused) {
    static const char *const rows[] = { "Array.prototype.indexOf.call({length: 3e9}, 1)", "new Array(4e9).includes(3)", "new Array(4e9).join()",
                                        "new Array(4e9).sort()", "new Array(4e9).fill(0)", "new Array(4e9).map(x => x)", "[].concat.call(new Array(4e9), 1)" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        BENCH(b);
        char script[200];
        (void)snprintf(script, sizeof script, "function on_output(line) { try { %s; } catch (e) { return String(e); } }", rows[i]);
        rf_check(start(&b, script, 0));
        rf_check(say(&b, "x") == RF_OK || rf_test_torture());
        rf_check(rf_test_torture() || (b.answer.text.len && memmem(b.answer.text.data, b.answer.text.len, "is too long", 11)));
    }
}

/* Kept until the call's end, they took hundreds of megabytes: outside the engine, where its bound does not reach. */
RF_TEST(what_a_hook_tells_the_host_is_not_kept) {
    static const char *const rows[] = { "console.log(s)", "Log.info(s + '\\ud800')", "Ui.modal('t', [{id: 'a', label: s, description: s}])",
                                        "console.log({toString() { console.log(s); return s; }})" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !rf_test_torture(); i++) {
        BENCH(b);
        char script[300];
        (void)snprintf(script, sizeof script,
                       "function on_output(line) { const s = 'x'.repeat(30000); for (let i = 0; i < 300; i++) try { %s; } catch (e) {} }", rows[i]);
        rf_check(start(&b, script, RF_PLUGIN_CAN_UI));
        rf_check(say(&b, "x") == RF_OK);
        rf_check(b.vm->texts.high_bytes < 1u << 20 && b.vm->depth == 0 && b.vm->data_left == b.heap_bytes);
    }
}

RF_TEST(cycles_are_collected_before_the_bound_is_reached) {
    BENCH(b);
    rf_check(start(&b, "const keep = []; for (let i = 0; i < 85000; i++) keep.push({a: i});"
                       "function on_output(line) { for (let i = 0; i < 200; i++) { const o = {}; o.o = o; } return line; }", 0));
    for (int i = 0; i < 1000 && !rf_test_torture(); i++)
        rf_check(say(&b, "x") == RF_OK);
}

RF_TEST(what_a_script_says_of_stacks_is_its_own_error) {
    BENCH(b);
    rf_check(start(&b, "function on_output(line) { throw new Error('stack overflow in my parser'); }", 0));
    rf_check(say(&b, "x") != RF_OK);
    rf_check(rf_test_torture() || (b.error.code == RF_ESCRIPT && strcmp(b.error.message, "Error: stack overflow in my parser") == 0));
}

RF_TEST(promises_are_settled_before_the_call_ends) {
    BENCH(b);
    rf_check(start(&b, "let seen = 0; function on_output(line) { Promise.resolve().then(() => { seen++; }); return 'seen ' + seen; }", 0));
    rf_check(say(&b, "x") == RF_OK || rf_test_torture());
    rf_check(say(&b, "x") == RF_OK || rf_test_torture());
    rf_check(rf_test_torture() || rf_slice_is(b.answer.text, "seen 1"));
}

RF_TEST(state_is_what_var_holds_of_plain_data) {
    BENCH(b);
    rf_buffer text RF_CLEANUP(rf_buffer_done) = { 0 };
    rf_value state;
    rf_check(start(&b, "var count = 3, list = [1, 'a', null], deep = {a: {b: true}}, f = () => 1; let hidden = 1; function on_output(line) {}", 0));
    rf_check(kind->state(b.vm, &b.arena, &state, &b.error) == RF_OK);
    rf_check(rf_json_write(&text, &state, RF_JSON_SORT_KEYS, &b.error) == RF_OK);
    rf_check(rf_test_torture() || rf_slice_is(rf_buffer_view(&text), "{\"count\":3,\"deep\":{\"a\":{\"b\":true}},\"list\":[1,\"a\",null]}"));
}

RF_TEST(state_tells_what_it_cannot_keep_from_what_there_is_no_memory_for) {
    BENCH(b);
    rf_buffer text RF_CLEANUP(rf_buffer_done) = { 0 };
    rf_value state;
    rf_check(start(&b, "var a = 1, map = new Map([[1, 2]]), loop = {}; loop.loop = loop;"
                       "Object.defineProperty(globalThis, 'bad', {enumerable: true, get() { throw 1; }}); function on_output(line) {}", 0));
    rf_code code = kind->state(b.vm, &b.arena, &state, &b.error);
    rf_check(code == RF_OK || (rf_test_torture() && code != RF_ESCRIPT));
    if (code)
        return;
    rf_check(rf_json_write(&text, &state, RF_JSON_SORT_KEYS, &b.error) == RF_OK);
    rf_check_text(rf_buffer_view(&text), RF_SLICE("{\"a\":1}"));
}

RF_TEST(state_that_is_too_large_names_its_variable) {
    BENCH(b);
    rf_value state;
    rf_check(start(&b, "var holes = new Array(9e6); function on_output(line) {}", 0));
    rf_check(kind->state(b.vm, &b.arena, &state, &b.error) == RF_ELIMIT);
    rf_check(rf_test_torture() || strcmp(b.error.message, "keeping the variable holes: data of more than 16384 KiB cannot leave a script") == 0);
}

/* What comes out of on_message when it gives back what it got. */
static bool round_trip(const char *json, const char *expected) {
    BENCH(b);
    rf_buffer text RF_CLEANUP(rf_buffer_done) = { 0 };
    rf_pv arg = { .kind = RF_PV_DATA };
    if (!start(&b, "function on_message(m) { return m; }", 0) || rf_json_parse(&b.arena, rf_slice_of(json), RF_JSON_DOUBLES, &arg.data, &b.error))
        return rf_test_torture();
    if (call(&b, RF_HOOK_MESSAGE, &arg, 1) || rf_json_write(&text, &b.answer.data, RF_JSON_SORT_KEYS, &b.error))
        return rf_test_torture();
    return rf_slice_is(rf_buffer_view(&text), expected);
}

RF_TEST(messages_come_back_as_they_went_in) {
    rf_check(round_trip("{\"payload\":{\"a\":[1,2.5,\"x\",null,true],\"b\":{}},\"meta\":{\"k\":\"v\"}}",
                        "{\"meta\":{\"k\":\"v\"},\"payload\":{\"a\":[1,2.5,\"x\",null,true],\"b\":{}}}"));
    rf_check(round_trip("{\"payload\":-0.1,\"meta\":{\"\\u00e4\":\"\\ud83d\\ude00\"}}", "{\"meta\":{\"ä\":\"\xf0\x9f\x98\x80\"},\"payload\":-0.1}"));
}

RF_TEST(data_that_holds_itself_is_refused) {
    BENCH(b);
    rf_check(start(&b, "function on_message(m) { m.payload = m; return m; }", 0));
    rf_pv arg = { .kind = RF_PV_DATA, .data = { .kind = RF_MAP } };
    rf_check(call(&b, RF_HOOK_MESSAGE, &arg, 1) != RF_OK);
    rf_check(rf_test_torture() || strstr(b.error.message, "holds itself"));
}

RF_TEST(calls_leave_nothing_behind) {
    BENCH(b);
    rf_check(start(&b, "let n = 0; function on_output(line) { n += line.length; return line + n; }", 0));
    if (rf_test_torture())
        return;
    for (int i = 0; i < 1000; i++)
        rf_check(say(&b, "a line of some length") == RF_OK);
    uint64_t allocations = rf_alloc_count();
    for (int i = 0; i < 200000; i++)
        rf_check(say(&b, "a line of some length") == RF_OK);
    rf_check(rf_alloc_count() == allocations);
}
