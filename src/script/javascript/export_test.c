/* export_test.c: values on their way out, and what counts as a message. */
#include "script/fixture.h"

RF_TEST(values_leave_as_the_table_of_the_reference_says) {
    static const fixture_case rows[] = {
        { "return {payload: [undefined, null, true, 'x', 1, 1.5, -0, 10n, 12345678901234567890n]}", NULL, "[null,null,true,\"x\",1,1.5,-0,10,12345678901234567890]" },
        { "return {payload: new Date(0)}", NULL, "\"1970-01-01T00:00:00Z\"" },
        { "return {payload: new Date(NaN)}", NULL, "? JSON cannot hold a invalid date" },
        { "return {payload: new Map([[1, {a: 2}]])}", NULL, "[[1,{\"a\":2}]]" },
        { "return {payload: new Set([1, 'b'])}", NULL, "[1,\"b\"]" },
        { "return {payload: new Uint8Array([1, 2, 3])}", NULL, "\"AQID\"" },
        { "return {payload: new Uint8Array([0, 1, 2, 3]).subarray(1, 3)}", NULL, "\"AQI=\"" },
        { "return {payload: new Int16Array([-3, 4])}", NULL, "[-3,4]" },
        { "return {payload: [new Number(4), new Boolean(false), new String('abc'), new Error('x'), /x/]}", NULL, "[4,false,{},{},{}]" },
        { "return {payload: [Symbol('q'), Symbol()]}", NULL, "[\"q\",\"\"]" },
        { "return {payload: [new Proxy({a: 1}, {}), new ArrayBuffer(2), Promise.resolve()]}", NULL, "[{},{},{}]" },
        { "return {payload: {u: undefined, get g() { return 3 }, [Symbol()]: 1}}", NULL, "{\"u\":null,\"g\":3}" },
        { "return {payload: Object.create({inherited: 1}, {own: {value: 2, enumerable: true}, hidden: {value: 3}})}", NULL, "{\"own\":2}" },
        { "return {payload: [, 1]}", NULL, "[null,1]" },
        { "return {payload: '\\ud800x\\udc00' + '\\ud83d\\ude00'}", NULL, "\"\xEF\xBF\xBDx\xEF\xBF\xBD\xF0\x9F\x98\x80\"" },
        { "return {payload: () => 1}", NULL, "? JSON cannot hold a function" },
        { "var o = {}; o.o = o; return {payload: o}", NULL, "? JSON cannot hold a cycle" },
        { "var o = {}; return {payload: [o, o]}", NULL, "[{},{}]" },
        { "var o = []; for (var i = 0; i < 300; i++) o = [o]; return {payload: JSON.stringify(o).length}", NULL, "602" },
        { "return {payload: {toJSON: 5, then: 1}}", NULL, "{\"toJSON\":5,\"then\":1}" },
        { "class A { x = 1; #y = 2; static z = 3 } return {payload: new A}", NULL, "{\"x\":1}" },
        { "return {payload: 'a'.repeat(3) + '\\0b'}", NULL, "\"aaa\\u0000b\"" },
        { "return {payload: [2 ** 53, 2 ** 60, 1e21, 1e-7]}", NULL, "[9007199254740992,1152921504606847000,1e+21,1e-7]" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}

RF_TEST(what_a_script_returns_is_sorted) {
    static const fixture_case rows[] = {
        { "return null", NULL, "nothing" }, { "", NULL, "nothing" }, { "return 5", NULL, "other number" },
        { "return 'x'", NULL, "other string" }, { "return true", NULL, "other boolean" }, { "return 1n", NULL, "other BigInt" },
        { "return Symbol()", NULL, "other Symbol" }, { "return new Map()", NULL, "other Map" },
        { "return new Date()", NULL, "other Date" }, { "return () => 1", NULL, "other function" },
        { "return new Proxy(msg, {})", NULL, "other Proxy" }, { "return []", NULL, "" },
        { "return [msg, null, undefined, {payload: 2}]", NULL, "1= {k:\"v\"} | 2" },
        { "return new Set([msg, msg])", NULL, "1= {k:\"v\"}" },
        { "return [msg, 5]", NULL, "bad element number" }, { "return [[msg]]", NULL, "bad element array" },
        { "return {}", NULL, "-" }, { "return /x/", NULL, "-" }, { "return new Error('x')", NULL, "-" },
        { "return msg.meta", NULL, "-" }, { "return Object.create(msg)", NULL, "-" },
        { "return {payload: undefined}", NULL, "null" }, { "return {meta: [1]}", NULL, "-" },
        { "return {get payload() { throw new Error('g') }}", NULL, "! Error: g at defaults.js:1:40" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}

RF_TEST(whole_numbers_made_by_a_script_are_integers_and_untouched_ones_are_not) {
    static const struct { const char *script; rf_value_kind kind; } rows[] = {
        { "return msg", RF_DOUBLE }, { "msg.payload = msg.payload; return msg", RF_INT }, { "return {payload: 2.5 * 2}", RF_INT },
        { "return {payload: 2 ** 53}", RF_INT }, { "return {payload: 2 ** 54}", RF_DOUBLE }, { "return {payload: -0}", RF_DOUBLE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(fixture_done) fixture f;
        rf_message message;
        rf_run run;
        rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, rows[i].script) && fixture_start(&f));
        rf_check(rf_message_read(f.batch, RF_SLICE("{\"payload\":5}"), &message, &f.error) == RF_OK);
        rf_value read = message.payload;
        message.payload = rf_double(5);
        rf_check(read.kind != RF_INT);
        rf_check(rf_vm_run(f.vm, 0, f.batch, &message, &run, &f.error) == RF_OK);
        rf_check(run.results[0].payload.kind == rows[i].kind);
    }
}

RF_TEST(an_untouched_number_within_a_payload_stays_a_double) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_message message;
    rf_run run;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, "msg.payload.b = 1; return msg") && fixture_start(&f));
    rf_check(rf_message_read(f.batch, RF_SLICE("{\"payload\":{\"a\":1000000}}"), &message, &f.error) == RF_OK);
    rf_check(rf_vm_run(f.vm, 0, f.batch, &message, &run, &f.error) == RF_OK);
    rf_check(run.results[0].payload.members[0].value.kind == RF_DOUBLE);
    rf_check(run.results[0].payload.members[1].value.kind == RF_INT);
}

RF_TEST(thrown_values_become_errors_with_a_place) {
    static const fixture_case rows[] = {
        { "\n  throw new Error('boom')", NULL, "! Error: boom at defaults.js:2:18" },
        { "throw 'text'", NULL, "! text" }, { "throw null", NULL, "! null" }, { "throw {a: 1}", NULL, "! [object Object]" },
        { "throw Symbol('s')", NULL, "! s" }, { "throw {toString() { throw 1 }}", NULL, "! an object that has no text" },
        { "throw new RangeError()", NULL, "! RangeError at defaults.js:1:21" },
        { "class E extends Error { constructor(m) { super(m); this.name = 'E'; this.message = m + m } } throw new E('q')", NULL, "! E: qq at defaults.js:1:47" },
        { "msg.payload.a.b", NULL, "! TypeError: cannot read property 'b' of undefined at defaults.js:1:14" },
        { "var e = new Error('x'); Object.defineProperty(e, 'stack', {get() { throw 1 }}); throw e", NULL, "! Error: x" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}
