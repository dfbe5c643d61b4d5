/* program_test.c: how scripts compile, in each form, and where errors are said to be. */
#include "script/fixture.h"

RF_TEST(a_body_may_close_its_wrapper) {
    static const fixture_case rows[] = {
        { "return msg", NULL, "1= {k:\"v\"}" },
        { "}); (function(){ return msg", NULL, "1= {k:\"v\"}" },
        { "return msg; })(); (function(){", NULL, "nothing" },
        { "}); var x = 5; (function(){ return {payload: x}", NULL, "5" },
        { "\"use strict\"; return msg;;;", NULL, "1= {k:\"v\"}" },
        { "new.target; return msg", NULL, "1= {k:\"v\"}" },
        { "label: return msg", NULL, "1= {k:\"v\"}" },
        { "return\nmsg", NULL, "nothing" },
        { "", NULL, "nothing" },
        { "return {payload: arguments.length}", NULL, "0" },
        { "let msg = {payload: 2}; return msg", NULL, "2" },
        { "var msg; return {payload: typeof msg}", NULL, "\"undefined\"" },
        { "function f(){} function f(){ return 7 } return {payload: f()}", NULL, "7" },
        { "return {payload: globalThis.msg === msg}", NULL, "true" },
        { "msg = {payload: 3}; return {payload: globalThis.msg.payload}", NULL, "3" },
        { "return {payload: eval('msg.payload') + new Function('return msg.payload')()}", NULL, "2" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}

RF_TEST(syntax_errors_name_line_and_column_of_the_user) {
    static const fixture_case rows[] = {
        { "var x = ;", NULL, "SyntaxError: unexpected token in expression: ';' at defaults.js:1:9" },
        { "var a = 1;\n  return {{", NULL, "SyntaxError: invalid property name at defaults.js:2:11" },
        { "with(msg){}", NULL, "SyntaxError: invalid keyword: with at defaults.js:1:1" },
        { "return /[z-a]/", NULL, "SyntaxError: invalid class range at defaults.js:1:8" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}

RF_TEST(only_the_form_with_lines_takes_a_comment_at_its_end) {
    static const fixture_case lines[] = { { "return msg // the end", NULL, "1= {k:\"v\"}" } };
    fixture_check_all(RF_SCRIPT_BODY_LINES, lines);
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f));
    rf_check(!fixture_add(&f, RF_SCRIPT_BODY, "return msg // the end"));
    rf_check(f.error.code == RF_ESCRIPT || f.error.code == RF_ENOMEM);
}

RF_TEST(conditions_count_by_their_completion_value) {
    static const fixture_case rows[] = {
        { "true", NULL, "true" }, { "0", NULL, "false" }, { "'0'", NULL, "true" }, { "0n", NULL, "false" },
        { "", NULL, "false" }, { "// nothing", NULL, "false" }, { "{}", NULL, "false" }, { "{a: 1}", NULL, "true" },
        { "msg.payload === 1;", NULL, "true" }, { "msg.payload === 1 // yes;", NULL, "true" },
        { "msg.payload === 1; // yes", NULL, "true" }, { "/^v$/.test(msg.meta.k)", NULL, "true" },
        { "if (msg.payload === 1) { true } else { false }", NULL, "true" },
        { "var a = 1; a === 1", NULL, "true" }, { "function f(){ return true }; f()", NULL, "true" },
        { "{ function g(){ return 5 } } g() === 5", NULL, "true" },
        { "let z = 1; const y = 2; class Z {} z + y === 3", NULL, "true" },
        { "this === globalThis", NULL, "true" }, { "with (msg) { payload === 1 }", NULL, "true" },
        { "(() => true)()", NULL, "true" }, { "new Boolean(false)", NULL, "true" },
        { "typeof undeclared === 'undefined'", NULL, "true" },
        { "return true", NULL, "SyntaxError: return not in a function at defaults.js:1:1" },
        { "throw_undefined_name", NULL, "! ReferenceError: 'throw_undefined_name' is not defined at defaults.js:1:1" },
        { "seen = 1; true", NULL, "! TypeError: cannot create global 'seen' at defaults.js:1:1" },
        { "globalThis.seen = 1; true", NULL, "! TypeError: cannot create global 'seen' at defaults.js:1:11" },
        { "Object.prototype.evil = 1, true", NULL, "! TypeError: object is not extensible at defaults.js:1:17" },
    };
    fixture_check_all(RF_SCRIPT_CONDITION, rows);
}

RF_TEST(each_evaluation_of_a_condition_has_a_clean_scope) {
    static const char *const scripts[] = {
        "var z = (typeof z === 'undefined' ? 0 : z) + 1; z === 1", "let q = 1; q",
        "function z(){ return 5 }; z() === 5", "msg = {payload: 2}; msg.payload === 2",
    };
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f));
    for (size_t i = 0; i < 4; i++)
        rf_check(fixture_add(&f, RF_SCRIPT_CONDITION, scripts[i]));
    rf_check(fixture_start(&f));
    for (size_t i = 0; i < 12; i++)
        rf_check_text(fixture_test(&f, i % 4, FIXTURE_LINE), RF_SLICE("true"));
}

static void shift_place(const void *map, uint32_t line, uint32_t column, rf_place *ret) {
    *ret = (rf_place){ .line = line + *(const uint32_t *)map, .column = column + 4 };
    (void)snprintf(ret->file, sizeof ret->file, "user.yaml");
}

RF_TEST(places_go_through_the_users_map) {
    static const uint32_t first_line = 10;
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f));
    rf_script_source source = { .text = RF_SLICE("var a = 1;\n  nothing.here;"), .file = "defaults.js", .stage = "defaults",
                                .locate = shift_place, .map = &first_line };
    rf_check(rf_program_compile(&source, &f.programs[0], &f.error) == RF_OK);
    f.count = 1;
    rf_check(fixture_start(&f));
    rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("! ReferenceError: 'nothing' is not defined at defaults.js:2:3"));
    rf_check(f.error.place.line == 12 && f.error.place.column == 7);
    rf_check_text(rf_slice_of(f.error.place.file), RF_SLICE("user.yaml"));
}
