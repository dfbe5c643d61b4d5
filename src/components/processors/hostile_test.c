/* hostile_test.c: scripts and payloads that mean harm: that message fails, its neighbours flow. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

#define HEAD "input: {stdin: {}}\noutput: {drop: {}}\npipeline:\n  processors:\n    - nodered_js:\n        limits: {time: 50ms, memory: 16MiB}\n        code: |\n          "
#define TAG_HEAD "input: {stdin: {}}\noutput: {drop: {}}\npipeline:\n  processors:\n    - tag_processor:\n        limits: {time: 50ms, memory: 16MiB}\n        defaults: |\n          "

static bool has(rf_slice text, const char *part) {
    return text.data && memmem(text.data, text.len, part, strlen(part)) != NULL;
}

/* Three messages, 1, 2 and 3, through `code`, which does something hostile to 2 alone. */
static bool flows_around(const char *head, const char *code, const char *error_part) {
    RF_CLEANUP(rf_buffer_done) rf_buffer config = { 0 };
    rf_buffer_printf(&config, "%s%s\n", head, code);
    const char *text = rf_buffer_cstr(&config);
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    if (!text || rf_fixture_open(&f, text, NULL))
        return false;
    for (int i = 1; i <= 3; i++) {
        char line[32];
        snprintf(line, sizeof line, "{\"payload\": %d}", i);
        if (rf_fixture_send(&f, line, NULL))
            return false;
    }
    if (rf_fixture_run(&f, NULL))
        return false;
    if (!error_part) /* nodered_js drops what throws */
        return f.batch->count == 2 && has(rf_fixture_line(&f, 0), "\"payload\":1") && has(rf_fixture_line(&f, 1), "\"payload\":3");
    return f.batch->count == 3 && !f.batch->messages[0].error.data && !f.batch->messages[2].error.data &&
           f.batch->messages[1].error.data && has(f.batch->messages[1].error, error_part);
}

#define IF_2 "if (msg.payload === 2) "
#define NAMES "msg.meta.location_path = 'a'; msg.meta.data_contract = '_b'; msg.meta.tag_name = 'c'; "

RF_TEST(an_endless_loop_ends) {
    if (rf_test_torture())
        return; /* each run would take its whole time limit */
    rf_check(flows_around(HEAD, IF_2 "for (;;) {} return msg", NULL));
    rf_check(flows_around(HEAD, IF_2 "{ try { for (;;) {} } catch (e) { for (;;) {} } finally { return msg } } return msg", NULL));
    rf_check(flows_around(TAG_HEAD, NAMES IF_2 "while (true); return msg", "JavaScript error in defaults: "));
}

RF_TEST(a_catastrophic_pattern_ends) {
    if (rf_test_torture())
        return;
    rf_check(flows_around(HEAD, IF_2 "/^(a+)+$/.test('a'.repeat(60) + 'b'); return msg", NULL));
    rf_check(flows_around(HEAD, IF_2 "'x'.repeat(100000).match(/(x*)*y/); return msg", NULL));
}

RF_TEST(memory_is_bounded) {
    if (rf_test_torture())
        return;
    rf_check(flows_around(HEAD, IF_2 "{ let s = 'x'; for (;;) s += s } return msg", NULL));
    rf_check(flows_around(HEAD, IF_2 "{ const a = []; for (;;) a.push(new Array(1000).fill(1)) } return msg", NULL));
    rf_check(flows_around(HEAD, IF_2 "{ new Uint8Array(1 << 30).fill(1) } return msg", NULL));
    rf_check(flows_around(HEAD, IF_2 "{ try { let s = 'x'; for (;;) s += s } catch (e) { return null } } return msg", NULL));
}

RF_TEST(recursion_is_bounded) {
    if (rf_test_torture())
        return;
    rf_check(flows_around(HEAD, "function f() { return f() + 1 } " IF_2 "f(); return msg", NULL));
    rf_check(flows_around(HEAD, IF_2 "{ let a = []; for (let i = 0; i < 100000; i++) a = [a]; JSON.stringify(a) } return msg", NULL));
    rf_check(flows_around(HEAD, IF_2 "eval('('.repeat(100000)); return msg", NULL));
}

RF_TEST(nothing_of_one_message_reaches_the_next) {
    rf_check(flows_around(HEAD, "if (({}).evil || Array.prototype.evil || globalThis.evil) throw 1; " IF_2 "Object.prototype.evil = 1; return msg", NULL));
    rf_check(flows_around(HEAD, "if ([].evil) throw 1; " IF_2 "Array.prototype.evil = 1; return msg", NULL));
    rf_check(flows_around(HEAD, IF_2 "JSON.stringify = () => 'x'; if (JSON.stringify(1) !== '1') throw 1; return msg", NULL));
    rf_check(flows_around(HEAD, IF_2 "globalThis.evil = 1; if (typeof evil !== 'undefined') throw 1; return msg", NULL));
    rf_check(flows_around(TAG_HEAD, NAMES IF_2 "Object.prototype.evil = 1; return msg", "TypeError: "));
}

RF_TEST(a_prototype_set_through_json_stays_in_its_message) {
    rf_check(flows_around(HEAD, "if (({}).evil) throw 1; " IF_2 "{ Object.assign(msg, JSON.parse('{\"__proto__\": {\"evil\": 1}}')); throw 1 } return msg", NULL));
}

RF_TEST(wrong_returns_fail_alone) {
    const char *const wrong[] = { "5", "'x'", "[msg]", "new Map()", "Promise.resolve(msg)", "() => 1", "Symbol('x')", "10n" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char code[96];
        snprintf(code, sizeof code, IF_2 "return %s; return msg", wrong[i]);
        rf_check(flows_around(HEAD, code, "function must return a message object or null"));
    }
}

RF_TEST(a_payload_in_a_circle_fails_alone) {
    rf_check(flows_around(HEAD, IF_2 "{ const o = {}; o.o = o; msg.payload = o } return msg", "the payload cannot go on: "));
    rf_check(flows_around(HEAD, IF_2 "{ let a = 1; for (let i = 0; i < 2000; i++) a = [a]; msg.payload = a } return msg", ""));
}

RF_TEST(getters_that_throw_while_a_result_is_taken_fail_alone) {
    rf_check(flows_around(HEAD, IF_2 "return {get payload() { throw new Error('got') }}; return msg", NULL));
    rf_check(flows_around(HEAD, IF_2 "return {payload: {get a() { throw new Error('got') }}}; return msg", NULL));
}

RF_TEST(a_huge_fan_out_is_bounded) {
    if (rf_test_torture())
        return;
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(rf_fixture_open(&f, "input: {stdin: {}}\noutput: {drop: {}}\npipeline:\n  processors:\n    - tag_processor:\n"
                                 "        defaults: \"return new Array(400).fill(msg)\"\n"
                                 "        advancedProcessing: \"return new Array(400).fill(msg)\"\n", NULL) == RF_OK);
    rf_check(rf_fixture_send(&f, "{\"payload\": 1}", NULL) == RF_OK);
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count > 0 && f.batch->count <= 1u << 18);
    rf_check(has(f.batch->messages[f.batch->count - 1].error, "messages out of one batch"));
}

RF_TEST(a_payload_of_ten_megabytes_passes) {
    if (rf_test_torture())
        return;
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    rf_buffer_text(&line, "{\"payload\": \"");
    for (int i = 0; i < 10 << 10; i++)
        rf_buffer_printf(&line, "%01024d", i);
    rf_buffer_text(&line, "\"}");
    const char *text = rf_buffer_cstr(&line);
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(text && rf_fixture_open(&f, "input: {stdin: {}}\noutput: {drop: {}}\npipeline:\n  processors:\n    - nodered_js: {code: \"msg.meta.n = String(msg.payload.length); return msg\"}\n", NULL) == RF_OK);
    rf_check(rf_fixture_send(&f, text, NULL) == RF_OK);
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count == 1 && has(rf_fixture_line(&f, 0), "\"n\":\"10485760\""));
}

RF_TEST(a_payload_larger_than_the_limit_fails_alone) {
    if (rf_test_torture())
        return;
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    rf_buffer_text(&line, "{\"payload\": [1");
    for (int i = 0; i < 1 << 20; i++)
        rf_buffer_text(&line, ",[]");
    rf_buffer_text(&line, "]}");
    const char *text = rf_buffer_cstr(&line);
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(text && rf_fixture_open(&f, HEAD "msg.payload[0] = 2; return msg\n", NULL) == RF_OK);
    rf_check(rf_fixture_send(&f, text, NULL) == RF_OK);
    rf_check(rf_fixture_send(&f, "{\"payload\": [7]}", NULL) == RF_OK);
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count == 1 && has(rf_fixture_line(&f, 0), "[2]"));
}

RF_TEST(invalid_utf_8_is_shown_as_such) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_check(rf_fixture_open(&f, HEAD "msg.meta.n = String(msg.payload.length); return msg\n", NULL) == RF_OK);
    rf_check(rf_fixture_send(&f, "{\"base64\": \"YWJjgGRlZg==\"}", NULL) == RF_OK);
    rf_check(rf_fixture_run(&f, NULL) == RF_OK);
    rf_check(f.batch->count == 1 && has(rf_fixture_line(&f, 0), "\"n\":\"7\"") && has(rf_fixture_line(&f, 0), "abc\xef\xbf\xbd" "def"));
}
