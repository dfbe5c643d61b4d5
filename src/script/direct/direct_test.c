/* direct_test.c: simple scripts do, walked, what they do in the engine; what is not simple is left to it. */
#include "script/direct/both_fixture.h"
#include "script/direct/generate.h"

#define LINE "{\"payload\":21.5,\"meta\":{\"a\":\"rampBool12\",\"node\":\"i=1\",\"umlaut\":\"Größe 1\",\"flag\":true}}"

typedef struct row { const char *script, *expected; } row;

/* Walked to its end, with this result, and the engine says so, too. */
static bool walks(rf_script_form form, const row *r) {
    RF_CLEANUP(both_done) both b;
    bool ready = both_init(&b, form, r->script);
    if (!ready || !b.memory)
        return rf_test_same_text(__FILE__, __LINE__, r->script, RF_SLICE("not simple"), rf_slice_of(r->expected));
    bool agree = both_agree(&b, form, LINE);
    rf_slice got = !b.is_done ? RF_SLICE("left to the engine") : rf_buffer_view(&b.walked);
    return rf_test_same_text(__FILE__, __LINE__, r->script, got, rf_slice_of(r->expected)) && agree;
}

#define UNCHANGED "21.5= {a:\"rampBool12\",node:\"i=1\",umlaut:\"Größe 1\",flag:true}"
#define WITH(more) "21.5= {a:\"rampBool12\",node:\"i=1\",umlaut:\"Größe 1\",flag:true," more "}"

RF_TEST(bodies_are_walked) {
    static const row rows[] = {
        { "return msg", UNCHANGED },
        { "return msg;\n// a comment /* in a comment\n", UNCHANGED },
        { "return null", "nothing" },
        { "return;", "nothing" },
        { "if (msg.meta.none) return msg", "nothing" },
        { "msg.meta.new = 'x'; return msg;", WITH("new:\"x\"") },
        { "msg.meta['new'] = \"it's\\n\"\nreturn msg", WITH("new:\"it's\\n\"") },
        { "msg.meta.a = 'x'; msg.meta.z = msg.meta.a; return msg;", "21.5= {a:\"x\",node:\"i=1\",umlaut:\"Größe 1\",flag:true,z:\"x\"}" },
        { "msg.meta.z = 'Köln'; msg.meta.y = msg.meta.umlaut; return msg", WITH("z:\"Köln\",y:\"Größe 1\"") },
        { "msg.meta.z = ''; return msg", WITH("z:\"\"") },
        { "msg.meta.z = 1; msg.meta.y = 1.5; msg.meta.x = true; return msg", WITH("z:1,y:1.5,x:true") },
        { "msg.payload = msg.payload * 2 - 1; return msg", "42 {a:\"rampBool12\",node:\"i=1\",umlaut:\"Größe 1\",flag:true}" },
        { "msg.payload = typeof msg.payload; return msg", "\"number\" {a:\"rampBool12\",node:\"i=1\",umlaut:\"Größe 1\",flag:true}" },
        { "if (msg.meta.none) msg.meta.z = '1'; else if (msg.meta.a) { msg.meta.z = '2' } else { msg.meta.z = '3'; } return msg", WITH("z:\"2\"") },
        { "var m = msg.meta.a.match(/rampBool(\\d+)/); var n = m ? parseInt(m[1]) : 0; msg.meta.z = 'r_' + n; return msg", WITH("z:\"r_12\"") },
        { "let s = 'low'; if (msg.payload > 20) s = 'high'; else s = 'mid'; msg.meta.z = s; return msg", WITH("z:\"high\"") },
        { "const a = 'x', b = `${a}-${1 + 1}`; msg.meta.z = b; return msg", WITH("z:\"x-2\"") },
        { "msg.meta.z = msg.meta.node.replace(/[^a-zA-Z0-9_]/g, '_').toUpperCase(); return msg", WITH("z:\"I_1\"") },
        { "msg.meta.z = msg.meta.node.replace('=', ':'); return msg", WITH("z:\"i:1\"") },
        { "msg.meta.z = msg.meta.a.substring(4, 0) + msg.meta.a.substring(8); return msg", WITH("z:\"ramp12\"") },
        { "msg.meta.z = msg.meta.none ?? '' ?? 'd'; return msg", WITH("z:\"\"") },
        { "msg.meta.z = msg.meta.none || 'd'; return msg", WITH("z:\"d\"") },
        { "msg.meta.z = String(msg.meta.none) + null + true; return msg", WITH("z:\"undefinednulltrue\"") },
        { "msg.meta.z = '' + parseInt(' -12abc') + parseInt('+7', 10); return msg", WITH("z:\"-127\"") },
        { "{ let x = '1'; msg.meta.z = x } return msg", WITH("z:\"1\"") },
        { "var a = 1, b; if (b === undefined) msg.meta.z = a; return msg", WITH("z:1") },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rf_check(walks(RF_SCRIPT_BODY, &rows[i]));
}

RF_TEST(conditions_are_walked) {
    static const row rows[] = {
        { "msg.meta.node === \"i=1\"", "true" },
        { "msg.meta.node !== 'i=1';", "false" },
        { "msg.meta.a && msg.meta.a.includes('Bool')", "true" },
        { "msg.meta.none && msg.meta.none.includes('Bool')", "false" },
        { "msg.meta.none != null", "false" },
        { "msg.meta && msg.meta.none", "false" },
        { "!(msg.payload < 21.5 || msg.payload >= 22)", "true" },
        { "/^ramp[A-Z]/.test(msg.meta.a)", "true" },
        { "/BOOL/i.test(msg.meta.a) && !/BOOL/.test(msg.meta.a)", "true" },
        { "msg.meta.a.length === 10", "true" },
        { "msg.meta.a.startsWith('ramp') && msg.meta.a.endsWith(\"12\") && msg.meta.a.indexOf('B') == 4", "true" },
        { "msg.meta.umlaut.includes('öß')", "true" },
        { "typeof msg.payload === 'number'", "true" },
        { "/* before */ true // after", "true" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rf_check(walks(RF_SCRIPT_CONDITION, &rows[i]));
}

/* What has no tree, because of the text alone. */
RF_TEST(other_scripts_are_not_simple) {
    static const char *const scripts[] = {
        "for (;;) {} return msg", "console.log(1); return msg", "return { payload: 1 }", "return [msg]", "msg.meta = {}; return msg", "msg.other = 1; return msg",
        "msg.meta.a += 'x'; return msg", "msg.meta.a = msg.meta.b = 'x'; return msg", "delete msg.meta.a; return msg", "msg.meta[msg.meta.a] = 'x'; return msg",
        "msg.meta.constructor = 'x'; return msg", "msg.meta.__proto__ = 'x'; return msg", "msg.meta['1'] = 'x'; return msg", "var msg; return msg", "return\nmsg",
        "let a = 1; { let a = 2 } return msg", "if (l) {} var l; return msg", "msg.meta.z = this; return msg", "msg.meta.z = new Date(); return msg", "return msg.meta",
        "msg.meta.z = 'x'\n+ 'y'\nreturn msg\n/1/g", "msg.meta.z = 0x10; return msg", "msg.meta.z = '\\u0041'; return msg", "msg.meta.z = /a|b/.test('a'); return msg",
        "msg.meta.z = /(a)\\1/.test('aa'); return msg", "msg.meta.z = /(a)+/.test('aa'); return msg", "msg.meta.z = /a/g.test('a'); return msg", "msg.meta.z = 1 in [1]; return msg",
        "a: { return msg }", "'use strict'; return msg", "msg.meta.z = 2 ** 3; return msg", "msg.meta.z = msg?.meta.a; return msg", "throw 1", "msg.meta.a.includes('x'); return msg",
        "const c = 1; if (c) { msg.meta.z = (c, 2) } return msg", "msg.meta.z = 'x' // ends here\rmsg.meta.y = 'y'\nreturn msg",
        "msg.meta.z = 'x' // ends here\u2028msg.meta.y = 'y'\nreturn msg", "msg.meta.z = 'x' // ends here\u2029msg.meta.y = 'y'\nreturn msg", "msg.meta.z = 1.toFixed; return msg",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        RF_CLEANUP(both_done) both b;
        bool ready = both_init(&b, RF_SCRIPT_BODY, scripts[i]);
        if (ready && b.memory)
            rf_check_text(rf_slice_of(scripts[i]), RF_SLICE("not simple"));
    }
}

/* What has one, and a message for which only the engine knows what is right. */
RF_TEST(what_is_not_certain_is_left_to_the_engine) {
    static const char *const scripts[] = {
        "msg.meta.z = msg.meta.none.includes('x'); return msg", "msg.meta.z = msg.meta.flag; return msg", "msg.meta.z = msg.meta.none; return msg", "msg.meta.z = null; return msg",
        "msg.meta.z = msg.meta; return msg", "msg.meta.z = msg.payload + 'x'; return msg", "msg.meta.z = msg.meta.a < msg.meta.node; return msg", "msg.meta.z = '12' * 2; return msg",
        "msg.meta.z = '12' == 12; return msg", "msg.meta.z = msg.meta.umlaut.length; return msg", "msg.meta.z = msg.meta.a.replace('B', '$&$&'); return msg",
        "msg.meta.z = parseInt('0x10'); return msg", "msg.meta.z = parseInt('99999999999999999999'); return msg", "msg.meta.z = msg.meta.umlaut.toUpperCase(); return msg",
        "msg.meta.z = msg.meta === msg.meta; return msg", "msg.meta.z = msg.meta.a[0]; return msg", "msg.meta.z = /x*x*x*x*x*x*y/.test(msg.meta.long); return msg",
    };
    static const char line[] = "{\"payload\":21.5,\"meta\":{\"a\":\"rampBool12\",\"node\":\"i=1\",\"umlaut\":\"Größe 1\",\"flag\":true,"
                               "\"long\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}}";
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        RF_CLEANUP(both_done) both b;
        bool ready = both_init(&b, RF_SCRIPT_BODY, scripts[i]);
        if (ready && (!b.memory || (both_agree(&b, RF_SCRIPT_BODY, line) && b.is_done)))
            rf_check_text(rf_slice_of(scripts[i]), RF_SLICE("left to the engine"));
    }
}

/* A message that the walk gave up on is as it was. */
RF_TEST(a_run_that_is_left_has_changed_nothing) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, "msg.meta.a = 'x'; msg.payload = 2; msg.meta.z = msg.meta.none.length; return msg") && fixture_start(&f));
    rf_slice said = fixture_run(&f, 0, LINE);
    rf_check(rf_slice_starts(said, RF_SLICE("! TypeError")));
}

RF_TEST(whose_messages_are_never_simple_is_not_tried_for_ever) {
    RF_CLEANUP(both_done) both b;
    rf_check(both_init(&b, RF_SCRIPT_BODY, "if (msg.meta.a) msg.meta.z = msg.meta.a.length; return msg") && b.memory);
    for (int i = 0; i < 100; i++)
        rf_check(both_agree(&b, RF_SCRIPT_BODY, "{\"payload\":1,\"meta\":{\"a\":\"ä\"}}") && !b.is_done);
    rf_check(both_agree(&b, RF_SCRIPT_BODY, LINE) && !b.is_done);
}

/* Scripts made by chance. Most walks get through; each says what the engine says. */
RF_TEST(walks_and_engine_agree_on_scripts_made_by_chance) {
    uint32_t seed = 12345, done = 0, simple = 0, count = rf_test_torture() ? 1 : 1000;
    for (uint32_t n = 0; n < count; n++) {
        uint8_t bytes[160];
        RF_CLEANUP(rf_buffer_done) rf_buffer script = { 0 }, line = { 0 };
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
        generator g = { bytes, sizeof bytes, &line, 0 };
        generate_line(&g);
        g.out = &script;
        generate_script(&g);
        const char *text = rf_buffer_cstr(&script), *message = rf_buffer_cstr(&line);
        RF_CLEANUP(both_done) both b = { 0 };
        if (!text || !message || !both_init(&b, RF_SCRIPT_BODY, text))
            continue;
        simple += b.memory != NULL;
        if (!both_agree(&b, RF_SCRIPT_BODY, message)) {
            fprintf(stderr, "%s\non %s\n", text, message);
            rf_check_text(rf_buffer_view(&b.walked), rf_buffer_view(&b.f.out));
        }
        done += b.is_done;
    }
    rf_check(rf_test_torture() || (simple > count / 2 && done > count / 5));
}
