/* data_javascript_test.c: plain data into JavaScript and out of it: every kind, and what is refused. */
#include "harness.h"

#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"
#include "plugin/vm_javascript.h"

#include <math.h>
#include <stdio.h>

static const rf_vm_kind *const kind = &rf_vm_javascript;

typedef struct bench {
    rf_plugin_host host;
    rf_manifest manifest;
    rf_plugin_api api;
    rf_plugin_code *code;
    rf_plugin_vm *vm;
    rf_arena arena;
    rf_answer answer;
    rf_error error;
} bench;

static void bench_done(bench *b) {
    kind->close(b->vm);
    kind->code_free(b->code);
    rf_plugin_api_done(&b->api);
    rf_arena_done(&b->arena);
}
#define BENCH(name) RF_CLEANUP(bench_done) bench name = { 0 }

/* A plugin whose on_message is the expression, with the message as `m`. */
static bool prepare(bench *b, const char *expression) {
    char script[300];
    (void)snprintf(script, sizeof script, "function on_message(m) { return %s; }", expression);
    const rf_plugin_text text = { "d.js", rf_slice_of(script) };
    const rf_vm_options options = { .heap_bytes = 16u << 20, .load_ns = 20 * RF_NS_PER_S, .api = &b->api };
    rf_arena_init(&b->arena, 4096);
    b->host = (rf_plugin_host){ .kind = "test" };
    b->manifest = (rf_manifest){ .name = RF_SLICE("d") };
    b->api = (rf_plugin_api){ .host = &b->host, .manifest = &b->manifest, .quota = RF_PLUGIN_QUOTA_DEFAULT };
    return !kind->compile(NULL, &text, NULL, &b->code, &b->error) && !kind->open(NULL, b->code, &options, &b->vm, &b->error);
}

static rf_code pass(bench *b, rf_value message) {
    const rf_pv arg = { .kind = RF_PV_DATA, .data = message };
    return kind->call(b->vm, RF_HOOK_MESSAGE, &arg, 1, 5 * RF_NS_PER_S, &b->arena, &b->answer, &b->error);
}

RF_TEST(every_kind_of_value_goes_in) {
    const struct { rf_value value; const char *text; } rows[] = {
        { rf_null(), "object null" }, { rf_bool(true), "boolean true" }, { rf_int(-5), "number -5" }, { rf_int(9007199254740991), "number 9007199254740991" },
        { rf_int(9007199254740993), "bigint 9007199254740993" }, { rf_int(INT64_MIN), "bigint -9223372036854775808" }, { rf_double(1.5), "number 1.5" },
        { rf_double((double)NAN), "number NaN" }, { rf_text(RF_NUMBER, RF_SLICE("1e3")), "number 1000" }, { rf_text(RF_NUMBER, RF_SLICE("0x1p3")), "string 0x1p3" },
        { rf_text(RF_BIGINT, RF_SLICE("42")), "bigint 42" }, { rf_text(RF_BIGINT, RF_SLICE("-00123456789012345678901234567890")), "bigint -123456789012345678901234567890" },
        { rf_string(RF_SLICE("ä")), "string ä" }, { rf_string((rf_slice){ NULL, 0 }), "string " }, { rf_text(RF_RAW, RF_SLICE("raw")), "string raw" },
        { rf_text(RF_BYTES, RF_SLICE("a\xff")), "object 97,255" }, { rf_text(RF_BYTES, RF_SLICE("")), "object " },
        { { .kind = RF_LIST }, "object " }, { { .kind = RF_MAP }, "object [object Object]" }, { rf_text(RF_OPAQUE, RF_SLICE("function")), "object null" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        BENCH(b);
        rf_check(prepare(&b, "[typeof m.v + ' ' + m.v]"));
        rf_member member = { RF_SLICE("v"), rows[i].value };
        rf_code code = pass(&b, (rf_value){ .kind = RF_MAP, .size = 1, .members = &member });
        rf_check(code == RF_OK || rf_test_torture());
        if (code == RF_OK)
            rf_check_text(rf_value_text(&b.answer.data.items[0]), rf_slice_of(rows[i].text));
    }
}

RF_TEST(digits_that_are_none_are_refused) {
    BENCH(b);
    rf_check(prepare(&b, "m"));
    rf_member member = { RF_SLICE("v"), rf_text(RF_BIGINT, RF_SLICE("1;throw 2")) }; /* never evaluated as a script */
    rf_check(pass(&b, (rf_value){ .kind = RF_MAP, .size = 1, .members = &member }) != RF_OK);
    rf_check(rf_test_torture() || strstr(b.error.message, "TypeError: 1;throw 2 is no whole number"));
}

RF_TEST(every_kind_comes_back_as_it_went_in) {
    const rf_value rows[] = { rf_null(), rf_bool(false), rf_int(-7), rf_double(-0.0), rf_double(2.5), rf_text(RF_BIGINT, RF_SLICE("18446744073709551616")),
                              rf_string(RF_SLICE("\xf0\x9f\x98\x80")), rf_text(RF_BYTES, RF_SLICE("a\xff")), { .kind = RF_TIME, .number = 1700000000120 } };
    BENCH(b);
    rf_check(prepare(&b, "m"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_member member = { RF_SLICE("__proto__"), rows[i] }; /* a name like any other */
        rf_check(pass(&b, (rf_value){ .kind = RF_MAP, .size = 1, .members = &member }) == RF_OK);
        rf_check(b.answer.data.kind == RF_MAP && b.answer.data.size == 1 && b.answer.data.members[0].value.kind == rows[i].kind);
        rf_check_text(b.answer.data.members[0].key, RF_SLICE("__proto__"));
        rf_check(rows[i].kind != RF_TIME || b.answer.data.members[0].value.number == rows[i].number);
        rf_check(rows[i].kind == RF_TIME || rf_value_eq(&b.answer.data.members[0].value, &rows[i]));
    }
}

RF_TEST(what_a_script_makes_comes_out_as_plain_data) {
    static const struct { const char *script, *json; } rows[] = {
        { "{ a: undefined, b: [undefined, , 1] }", "{\"b\":[null,null,1]}" }, { "{ [Symbol('s')]: 1, a: 2 }", "{\"a\":2}" },
        { "{ get a() { return 'got'; } }", "{\"a\":\"got\"}" }, { "new (class { x = 1; })()", "{\"x\":1}" },
        { "Object.assign(Object.create(null), { z: 1 })", "{\"z\":1}" }, { "{ n: 9007199254740993n, m: 1e300 }", "{\"m\":1e+300,\"n\":9007199254740993}" },
        { "{ t: new Date(0), u: new Uint8Array([1, 2, 3]).subarray(1) }", "{\"t\":\"1970-01-01T00:00:00Z\",\"u\":\"AgM=\"}" },
        { "{ s: 'a\\ud800' }", "{\"s\":\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}" }, { "(Object.defineProperty(m, 'h', { value: 1 }), m)", "{}" },
        { "[]", "[]" }, { "new Proxy([1, 2], {})", "[1,2]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        BENCH(b);
        rf_buffer text RF_CLEANUP(rf_buffer_done) = { 0 };
        rf_check(prepare(&b, rows[i].script));
        rf_check(pass(&b, (rf_value){ .kind = RF_MAP }) == RF_OK);
        rf_check(rf_json_write(&text, &b.answer.data, RF_JSON_SORT_KEYS, &b.error) == RF_OK);
        rf_check_text(rf_buffer_view(&text), rf_slice_of(rows[i].json));
    }
}

RF_TEST(what_is_no_plain_data_is_refused) {
    static const struct { const char *script; rf_code code; const char *message; } rows[] = {
        { "{ f: x => x }", RF_ESCRIPT, "a function cannot leave a script" }, { "[Symbol('s')]", RF_ESCRIPT, "a symbol cannot leave a script" },
        { "{ m: new Map() }", RF_ESCRIPT, "an object that is no plain data cannot leave a script" }, { "new Set([1])", RF_ESCRIPT, "an object that is no plain data" },
        { "[Promise.resolve(1)]", RF_ESCRIPT, "an object that is no plain data" }, { "[new Error('e')]", RF_ESCRIPT, "an object that is no plain data" },
        { "[Modify(m)]", RF_ESCRIPT, "an object that is no plain data" }, { "new Proxy({}, {})", RF_ESCRIPT, "an object that is no plain data" },
        { "(m.m = m, m)", RF_ESCRIPT, "data that is nested deeper than 512, or holds itself, cannot leave a script" },
        { "(p => (p.revoke(), p.proxy))(Proxy.revocable([], {}))", RF_ESCRIPT, "reading data: TypeError: revoked proxy" },
        { "{ get a() { throw new RangeError('no'); } }", RF_ESCRIPT, "reading data: RangeError: no" },
        { "{ get a() { for (;;) {} } }", RF_ELIMIT, "the script ran longer than its 5000 ms" },
        { "new Array(9e6)", RF_ELIMIT, "data of more than 16384 KiB cannot leave a script" }, { "new Array(4e9)", RF_ELIMIT, "an array of 4000000000 items is too long" },
        { "(a => { for (let i = 0; i < 30; i++) a = [a, a]; return a; })([1])", RF_ELIMIT, "data of more than 16384 KiB" },
        { "Array(99).fill('x'.repeat(1e6))", RF_ELIMIT, "data of more than 16384 KiB" },
        { "Array(99).fill(new Uint8Array(1e6))", RF_ELIMIT, "data of more than 16384 KiB" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rf_test_torture() && rows[i].code == RF_ELIMIT) /* thousands of allocations, or a time: nothing more to learn */
            continue;
        BENCH(b);
        rf_check(prepare(&b, rows[i].script));
        rf_code code = pass(&b, (rf_value){ .kind = RF_MAP });
        rf_check(code != RF_OK);
        rf_check(rf_test_torture() || code == rows[i].code);
        if (!rf_test_torture())
            rf_check_text(((rf_slice){ b.error.message, strnlen(b.error.message, strlen(rows[i].message)) }), rf_slice_of(rows[i].message));
        rf_check(b.arena.held_bytes < 40u << 20);
    }
}

/* As deep as every reader of values allows, both ways. */
RF_TEST(the_deepest_data_passes) {
    BENCH(b);
    rf_value nested[RF_VALUE_DEPTH_MAX + 1] = { { .kind = RF_LIST } };
    for (size_t i = 1; i <= RF_VALUE_DEPTH_MAX; i++)
        nested[i] = (rf_value){ .kind = RF_LIST, .size = 1, .items = &nested[i - 1] };
    rf_check(prepare(&b, "m"));
    rf_check(pass(&b, nested[RF_VALUE_DEPTH_MAX]) == RF_OK && rf_value_eq(&b.answer.data, &nested[RF_VALUE_DEPTH_MAX]));
}
