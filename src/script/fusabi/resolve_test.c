/* resolve_test.c: names, captures, and what is said about names that mean nothing. */
#include "script/fusabi/compile_fixture.h"

/* The function of that name, or NULL. */
static const rf_fus_function *function(const script *s, const char *name) {
    for (const rf_fus_function *fn = s->resolved.main; fn; fn = fn->next)
        if (rf_slice_is(fn->name, name))
            return fn;
    return NULL;
}

/* The names that a function captures, with a blank between. */
static bool captures_are(const script *s, const char *name, const char *expected) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    const rf_fus_function *fn = function(s, name);
    for (size_t i = 0; fn && i < fn->captures.count; i++)
        rf_buffer_printf(&out, "%s%.*s", i ? " " : "", RF_SLICE_ARG(fn->captures.items[i]->name));
    return fn && !out.failed && rf_test_same_text(__FILE__, __LINE__, name, rf_buffer_view(&out), rf_slice_of(expected));
}

RF_TEST(functions_capture_what_is_not_theirs) {
    RF_CLEANUP(script_done) script s = { 0 };
    rf_check(script_resolve(&s, "let top = [1]\nlet f a =\n    let g b =\n        let h c = a + b + c + List.length top\n        h\n    g\nf"));
    rf_check(captures_are(&s, "f", "") && captures_are(&s, "g", "a") && captures_are(&s, "h", "a b"));
    rf_check(function(&s, "f")->is_known && !function(&s, "g")->is_known && !function(&s, "h")->is_known);
}

RF_TEST(functions_that_capture_only_such_functions_are_known) {
    RF_CLEANUP(script_done) script s = { 0 };
    rf_check(script_resolve(&s, "let f a =\n    let k = 3\n    let one x = x + k\n    let rec two x = if x > 9 then x else three (one x)\n    and three x = two (x + 1)\n"
                                "    let four x = two x + a\n    (three 1, four 2)\nf"));
    rf_check(captures_are(&s, "one", "") && captures_are(&s, "two", "") && captures_are(&s, "three", "") && captures_are(&s, "four", "a"));
    rf_check(function(&s, "two")->is_known && function(&s, "three")->is_known && !function(&s, "four")->is_known);
    rf_check(function(&s, "two")->self);
}

RF_TEST(a_call_of_itself_captures_nothing_but_its_value_does) {
    RF_CLEANUP(script_done) script s = { 0 };
    rf_check(script_resolve(&s, "let f a =\n    let rec loop n = if n = a then n else loop (n + 1)\n    let rec list n = n :: List.map list [a]\n    (loop 1, list 1)\nf"));
    rf_check(captures_are(&s, "loop", "a") && captures_are(&s, "list", "list a"));
}

/* What is found in a source that parses: a message, a hint (NULL: none), an error or a warning. */
static bool finds(const char *source, const char *message, const char *hint, rf_fus_severity severity) {
    RF_CLEANUP(script_done) script s = { 0 };
    if (!script_resolve(&s, source))
        return false;
    const rf_fus_diag *diag = script_finding(&s, message);
    if (!diag)
        return s.diags.no_memory || (rf_test_same_text(__FILE__, __LINE__, source, RF_SLICE("no finding"), rf_slice_of(message)), false);
    if (hint && !diag->hint)
        return s.diags.no_memory;
    return diag->severity == severity && (hint ? rf_test_same_text(__FILE__, __LINE__, source, rf_slice_of(diag->hint), rf_slice_of(hint)) : !diag->hint);
}
#define WARNS(source, message, hint) rf_check(finds((source), (message), (hint), RF_FUS_WARNING))
#define REFUSES(source, message, hint) rf_check(finds((source), (message), (hint), RF_FUS_ERROR))

RF_TEST(names_that_nothing_defines_are_reported) {
    WARNS("let value = 1\nvaleu", "`valeu` is not defined", "did you mean `value`?");
    WARNS("List.mpa 1", "module List has no `mpa`", "did you mean `map`?");
    WARNS("module M =\n    let first = 1\nM.firts", "module M has no `firts`", "did you mean `first`?");
    WARNS("let f n = f n\nf 1", "`f` is not defined", "a function that calls itself is written `let rec f`");
    WARNS("Zork.x", "`Zork` is not defined", NULL);
}

RF_TEST(locals_that_nothing_uses_are_reported) {
    WARNS("let f x =\n    let y = x\n    x\nf", "`y` is never used", "a name that begins with _ may stay unused");
    RF_CLEANUP(script_done) script s = { 0 };
    rf_check(script_resolve(&s, "let top = 1\nlet f x =\n    let _y = x\n    let (a, b) = (1, 2)\n    a\nlet g x = 1"));
    rf_check(s.diags.warnings == 0);
}

RF_TEST(what_cannot_be_compiled_is_an_error) {
    REFUSES("let x = 1\nx <- 2", "`x` is not mutable", "write `let mutable x` where it is defined");
    REFUSES("break", "Break statement used outside of loop", NULL);
    REFUSES("while true do (fun () -> continue) ()\nlet f () = break", "Break statement used outside of loop", NULL);
    REFUSES("open Nowhere\n1", "Module not found: Nowhere", NULL);
    REFUSES("match 1 with B | A x -> x | _ -> 0", "`x` is bound on one side of `|` only", NULL);
    REFUSES("match 1 with A x | B -> x | _ -> 0", "both sides of `|` must bind the same names", NULL);
}

RF_TEST(a_function_has_255_locals_at_most) {
    for (int count = 255; count <= 256; count++) {
        RF_CLEANUP(script_done) script s = { 0 };
        RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
        for (int i = 0; i < count; i++)
            rf_buffer_printf(&text, "let v%d = %d\n", i, i);
        const char *source = rf_buffer_cstr(&text);
        rf_check(source && script_resolve(&s, source));
        rf_check((script_finding(&s, "Too many local variables (max 255)") != NULL) == (count > 255) || s.diags.no_memory);
    }
}

RF_TEST(long_chains_do_not_nest_in_c) {
    static const char *const parts[][3] = { { "let f x = 0", " + x", "" }, { "let f a b = true", " && a = b", "" }, { "let f x = x", " |> id", "" },
                                            { "let f x = \"a\"", " ++ x", "" }, { "let f x = 1", " :: 2", " :: []" }, { "let f x =\n", "    let _y = x\n", "    x" },
                                            { "let f x =\n    if x = 0 then 0\n", "    else if x = 1 then 1\n", "    else 2" },
                                            { "let f x =\n", "    ignore x\n    let _y = x\n", "    x" } };
    int count = rf_test_torture() ? 10 : 20000;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        RF_CLEANUP(script_done) script s = { 0 };
        RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
        rf_buffer_text(&text, parts[i][0]);
        for (int k = 0; k < (i == 5 || i == 7 ? count / 100 : count); k++)
            rf_buffer_text(&text, parts[i][1]);
        rf_buffer_text(&text, parts[i][2]);
        const char *source = rf_buffer_cstr(&text);
        rf_check(source && script_generate(&s, source, true));
        rf_check(rf_fus_verify(s.program, &s.error) == RF_OK);
    }
}

RF_TEST(functions_may_be_longer_than_a_short_jump) {
    RF_CLEANUP(script_done) script s = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_buffer_text(&text, "let f x =\n    let (a, b) = x\n    if a = 1 then\n");
    for (int i = 0; i < (rf_test_torture() ? 20 : 20000); i++)
        rf_buffer_text(&text, "        ignore (b / a)\n");
    rf_buffer_text(&text, "        a\n    else b\n(f (1, 2), f (2, 3))");
    const char *source = rf_buffer_cstr(&text);
    rf_check(source && script_run(&s, source, &(rf_fus_compile_options){ 0 }));
    rf_check_text(rf_buffer_view(&s.out), RF_SLICE("(1, 3)"));
}
