/* harden_test.c: builtins that scripts cannot change, and the assignments that must go on working. */
#include "script/fixture.h"

RF_TEST(a_write_to_globals_builtins_or_prototypes_is_an_error_that_says_so) {
    static const char *const scripts[] = {
        "globalThis.x = 1", "Object.prototype.evil = 'x'", "Array.prototype.q = 1", "Math.max = () => -1", "JSON.stringify = 1",
        "Date.now = () => 5", "String.prototype.foo = 1", "Object.defineProperty(globalThis, 'y', {value: 1})",
        "Object.prototype.toString = 1", "Array = 1", "undefined = 5", "console.log = 1", "cache.get = 1", "delete Object.prototype.toString",
        "Object.getPrototypeOf(function* () {}()).next = 1", "Object.getPrototypeOf([][Symbol.iterator]()).next = 1",
        "(async () => {}).constructor.prototype.x = 1", "Error.prototype.name = 'x'", "RegExp.prototype.exec = 1",
        "Object.setPrototypeOf(Array.prototype, null)", "globalThis.__proto__.x = 1", "Map.prototype.get = 1", "Promise.prototype.then = 1",
        "[].constructor.prototype.push = 1", "Symbol.prototype.x = 1", "Reflect.x = 1", "Atomics.x = 1",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        RF_CLEANUP(fixture_done) fixture f;
        rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, scripts[i]) && fixture_start(&f));
        rf_slice got = fixture_run(&f, 0, FIXTURE_LINE);
        if (got.len < 12 || memcmp(got.data, "! TypeError:", 12) != 0)
            rf_check_text(got, rf_slice_of(scripts[i]));
        rf_check(rf_test_torture() || strstr(f.error.message, "not configurable") || strstr(f.error.message, "could not delete") ||
                 strstr(f.error.message, "immutable") || strstr(f.error.hint, "cache"));
    }
}

RF_TEST(inherited_names_can_be_assigned_over) {
    static const fixture_case rows[] = {
        { "var o = {}; o.toString = () => 't'; return {payload: `${o}`}", NULL, "\"t\"" },
        { "var o = {}; o.valueOf = () => 3; o.constructor = 4; o.hasOwnProperty = 5; return {payload: o + o.constructor + o.hasOwnProperty}", NULL, "12" },
        { "class A extends Error { constructor() { super('m'); this.name = 'A'; this.message = 'n'; this.code = 1 } } return {payload: String(new A)}", NULL, "\"A: n\"" },
        { "function F() {} F.prototype.toString = () => 'f'; return {payload: `${new F}`}", NULL, "\"f\"" },
        { "class A { toString() { return 'a' } constructor() { this.valueOf = () => 'v' } } return {payload: new A + ''}", NULL, "\"v\"" },
        { "var a = [1]; a.toString = () => 'arr'; return {payload: `${a}` + Object.keys(a).length}", NULL, "\"arr2\"" },
        { "var d = new Date(0); d.toJSON = () => 'd'; return {payload: JSON.stringify(d)}", NULL, "\"\\\"d\\\"\"" },
        { "var e = new Error('a'); e.message = 'b'; e.name = 'N'; return {payload: `${e}`}", NULL, "\"N: b\"" },
        { "function F() {} F.prototype = Object.create(Array.prototype); F.prototype.constructor = F; return {payload: new F().constructor === F}", NULL, "true" },
        { "var o = Object.create(Map.prototype); o.get = 1; return msg", NULL, "! TypeError: 'get' is read-only at defaults.js:1:40" },
        { "return {payload: [[1, [2]].flat(), [3, 1].map((x) => x + 1), [1].concat(2), new (class extends Array {})().concat([7]).length]}", NULL, "[[1,2],[4,2],[1,2],1]" },
        { "return {payload: ({}).constructor === Object && [].constructor === Array && ({}).toString.call([])}", NULL, "\"[object Array]\"" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}

RF_TEST(the_language_is_there_and_the_system_is_not) {
    static const fixture_case rows[] = {
        { "return {payload: [typeof WeakRef, typeof Atomics, typeof Proxy, typeof eval, typeof setTimeout, typeof std, typeof os, typeof require, typeof process]}",
          NULL, "[\"function\",\"object\",\"function\",\"function\",\"undefined\",\"undefined\",\"undefined\",\"undefined\",\"undefined\"]" },
        { "return {payload: ['a'.localeCompare('A'), 'b'.localeCompare('a'), 'a'.localeCompare('a'), '\\u00e9'.localeCompare('f'), 'item10'.localeCompare('item9'), '_'.localeCompare('1')]}",
          NULL, "[-1,1,0,-1,-1,-1]" },
        { "return {payload: ['b', 'a', 'C'].sort((x, y) => x.localeCompare(y))}", NULL, "[\"a\",\"b\",\"C\"]" },
        { "return {payload: Math.cbrt(27) + Math.cbrt(-8)}", NULL, "1" },
        { "return {payload: [1, 2, 3].at(-1) + Object.fromEntries([['a', 1]]).a + 'x-y'.replaceAll('-', '').length}", NULL, "6" },
        { "return {payload: /(?<y>\\d{4})/u.exec('in 2024').groups.y + [...'a1b2'.matchAll(/\\d/g)].length}", NULL, "\"20242\"" },
        { "import('x').then(() => 0, () => 0); return {payload: 1}", NULL, "1" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}
