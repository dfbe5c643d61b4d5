/* message_test.c: `msg` and `msg.meta` behave like the plain objects they stand for. */
#include "script/fixture.h"

#define RICH "{\"payload\":{\"b\":1,\"a\":[1,2.5]},\"meta\":{\"k\":\"v\",\"1\":\"n\",\"j\":\"w\"}}"

RF_TEST(metadata_is_read_and_written) {
    static const fixture_case rows[] = {
        { "msg.meta.x = msg.meta.k + '!'; return msg", NULL, "1= {k:\"v\",x:\"v!\"}" },
        { "msg.meta.k = 2; return msg", NULL, "1= {k:2}" },
        { "delete msg.meta.k; msg.meta.y = msg.meta.k; return msg", NULL, "1= {y:null}" },
        { "delete msg.meta.k; msg.meta.a = 1; msg.meta.k = 2; return msg", NULL, "1= {a:1,k:2}" },
        { "msg.meta.k += 'w'; msg.meta.k += msg.meta.k; return msg", NULL, "1= {k:\"vwvw\"}" },
        { "msg.meta.o = {a: 1}; msg.meta.o.b = 2; return msg", NULL, "1= {k:\"v\",o:{\"a\":1,\"b\":2}}" },
        { "msg.meta.toString = 'x'; msg.meta.constructor = 'y'; return msg", NULL, "1= {k:\"v\",toString:\"x\",constructor:\"y\"}" },
        { "msg.meta[1] = 'n'; msg.meta[Symbol('s')] = 1; return msg", NULL, "1= {1:\"n\",k:\"v\"}" },
        { "msg.meta.__proto__ = {a: 1}; return {payload: msg.meta.a, meta: msg.meta}", NULL, "1 {k:\"v\"}" },
        { "msg.meta = {a: 1}; return msg", NULL, "1= {a:1}" },
        { "msg.meta = 5; return msg", NULL, "1=" },
        { "return {payload: msg.payload, meta: {...msg.meta, a: 1}}", RICH, "{\"b\":1,\"a\":[1,2.5]} {1:\"n\",k:\"v\",j:\"w\",a:1}" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}

RF_TEST(objects_of_the_host_answer_like_plain_ones) {
    static const fixture_case rows[] = {
        { "return {payload: Object.keys(msg.meta).join()}", RICH, "\"1,k,j\"" },
        { "return {payload: Object.keys(msg).join()}", RICH, "\"payload,meta\"" },
        { "return {payload: JSON.stringify(msg)}", NULL, "\"{\\\"payload\\\":1,\\\"meta\\\":{\\\"k\\\":\\\"v\\\"}}\"" },
        { "return {payload: ['k' in msg.meta, 'z' in msg.meta, 'toString' in msg.meta, 'payload' in msg, 'z' in msg]}", NULL, "[true,false,true,true,false]" },
        { "return {payload: [msg.meta.hasOwnProperty('k'), Object.hasOwn(msg, 'payload'), msg.meta.toString()]}", NULL, "[true,true,\"[object Object]\"]" },
        { "return {payload: [msg.payload === msg.payload, msg.meta === msg.meta, msg instanceof Object]}", RICH, "[true,true,true]" },
        { "var s = ''; for (var k in msg.meta) s += k; return {payload: s}", RICH, "\"1kj\"" },
        { "Object.defineProperty(msg.meta, 'a', {get() { return this.k + 1 }, enumerable: true}); return msg", NULL, "1= {k:\"v\",a:\"v1\"}" },
        { "Object.defineProperty(msg.meta, 'hidden', {value: 1}); return msg", NULL, "1= {k:\"v\"}" },
        { "return Object.freeze(msg)", NULL, "1= {k:\"v\"}" },
        { "Object.freeze(msg.meta); msg.meta.x = 1; return msg", NULL, "! TypeError: object is not extensible at defaults.js:1:34" },
        { "Object.setPrototypeOf(msg, null); return {payload: String(msg.toString)}", NULL, "\"undefined\"" },
        { "return Object.assign({}, msg)", NULL, "1 {k:\"v\"}" },
        { "return structured(msg); function structured(m) { const {payload, ...rest} = m; return {payload, ...rest} }", NULL, "1 {k:\"v\"}" },
        { "return {payload: Reflect.ownKeys(msg.meta).length + Object.entries(msg.meta)[0][1]}", NULL, "\"1v\"" },
        { "return {payload: Object.getOwnPropertyDescriptor(msg.meta, 'k')}", NULL, "{\"value\":\"v\",\"writable\":true,\"enumerable\":true,\"configurable\":true}" },
        { "var o = Object.create(msg.meta); o.x = 1; return {payload: [o.k, msg.meta.x, Object.keys(o)]}", NULL, "[\"v\",null,[\"x\"]]" },
        { "var p = new Proxy(msg.meta, {}); p.x = 1; return msg", NULL, "1= {k:\"v\",x:1}" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}

RF_TEST(payloads_are_converted_when_touched) {
    static const fixture_case rows[] = {
        { "msg.payload.a.push(3); return msg", RICH, "{\"b\":1,\"a\":[1,2.5,3]} {k:\"v\",1:\"n\",j:\"w\"}" },
        { "msg.payload; return msg", "{\"payload\":\"text\"}", "\"text\"= {}" },
        { "msg.payload += '!'; return msg", "{\"payload\":\"\xC3\xA4\"}", "\"\xC3\xA4!\" {}" },
        { "return {payload: typeof msg.payload}", "{\"raw\":\"no json\"}", "\"string\"" },
        { "msg.payload.x = 1; return msg", "{\"raw\":\"{\\\"y\\\":2}\"}", "{\"y\":2,\"x\":1} {}" },
        { "delete msg.payload; return msg", NULL, "- {k:\"v\"}" },
        { "msg.extra = 1; return msg", NULL, "1= {k:\"v\"}" },
        { "JSON.stringify(msg); return msg", "{\"payload\":123456789}", "123456789= {}" },
        { "return {payload: msg.payload.__proto__ === Object.prototype}", "{\"payload\":{\"a\":1}}", "true" },
        { "return {payload: Object.keys(msg.payload)}", "{\"payload\":{\"__proto__\":1,\"z\":2,\"0\":3}}", "[\"0\",\"__proto__\",\"z\"]" },
        { "return {payload: Object.is(msg.payload, -0)}", "{\"payload\":-0}", "true" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}

RF_TEST(nothing_of_one_message_is_seen_by_the_next) {
    static const char *const scripts[] = {
        "msg.x = 1; msg.meta.y = 2; Object.freeze(msg); msg = null; console = 1; cache = 2; return null",
        "return {payload: [msg.x, msg.meta.y, Object.isFrozen(msg), typeof console, typeof cache, globalThis.msg === msg, msg.payload]}",
    };
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, scripts[0]) && fixture_add(&f, RF_SCRIPT_BODY, scripts[1]));
    rf_check(fixture_start(&f));
    for (int i = 0; i < 3; i++) {
        rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("nothing"));
        rf_check_text(fixture_run(&f, 1, "{\"payload\":7}"), RF_SLICE("[null,null,false,\"object\",\"object\",true,7]"));
    }
}

RF_TEST(unchanged_metadata_is_shared_and_the_message_stays_as_it_was) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_message message;
    rf_run run;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, "msg.meta.k; return [msg, msg]"));
    rf_check(fixture_add(&f, RF_SCRIPT_BODY, "msg.meta.k = 'w'; msg.meta.n = 1; delete msg.meta.j; return msg") && fixture_start(&f));
    rf_check(rf_message_read(f.batch, RF_SLICE("{\"payload\":1,\"meta\":{\"k\":\"v\",\"j\":\"w\"}}"), &message, &f.error) == RF_OK);
    rf_check(rf_vm_run(f.vm, 0, f.batch, &message, &run, &f.error) == RF_OK && run.count == 2);
    rf_check(run.results[0].meta.entries == message.meta.entries && run.results[0].meta.frozen);
    rf_check(rf_vm_run(f.vm, 1, f.batch, &message, &run, &f.error) == RF_OK && run.count == 1);
    rf_check(run.results[0].meta.count == 2 && run.results[0].meta.typed);
    rf_check(message.meta.count == 2 && rf_slice_is(rf_value_text(&message.meta.entries[0].value), "v"));
}

RF_TEST(keys_of_another_table_are_looked_up_anew) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, "return {payload: msg.meta.k}") && fixture_start(&f));
    rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("\"v\""));
    rf_keys *other = rf_keys_new();
    rf_batch *batch = other ? rf_batch_new(other) : NULL;
    rf_batch *first = f.batch;
    f.batch = batch ? batch : first;
    rf_slice got = fixture_run(&f, 0, FIXTURE_LINE);
    f.batch = first;
    rf_batch_free(batch);
    rf_keys_free(other);
    rf_check_text(got, RF_SLICE("\"v\""));
}
