/* scripts.c: the texts, and how they get into files. */
#include "scripts.h"

#include "base/slice.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/files.h"
#include "script/fusabi/fzb.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define BIT(hook) (1u << RF_HOOK_##hook)
#define ABOUT_NOOP "// @version: 1.0.0\n// @description: answers every hook at once\n// @author: bench\n"
#define ABOUT_PROCESSING "// @version: 1.0.0\n// @description: some arithmetic, comparison and branching per hook\n// @author: bench\n"

/* A script that is long enough for the cache (vm_fusabi_compile.c keeps none of less than 1,000 bytes): forty functions. */
#define FUSABI_STEP(n) "let step" #n " a = let p = a + " #n " in let q = p * 2 in q - 5\n"
#define JAVASCRIPT_STEP(n) "function step" #n "(a) { const p = a + " #n ", q = p * 2; return q - 5; }\n"
#define TEN_STEPS(step, ten) step(ten##0) step(ten##1) step(ten##2) step(ten##3) step(ten##4) step(ten##5) step(ten##6) step(ten##7) step(ten##8) step(ten##9)
#define FORTY_STEPS(step) TEN_STEPS(step, 1) TEN_STEPS(step, 2) TEN_STEPS(step, 3) TEN_STEPS(step, 4)

static const rf_script scripts[] = {
    { "noop",
      ABOUT_NOOP "let on_load = fun _u -> ()\n"
                 "let on_output = fun text -> true\n"
                 "let on_input = fun keys -> true\n"
                 "let on_resize = fun cols rows -> ()\n",
      ABOUT_NOOP "function on_load() {}\n"
                 "function on_output(text) { return true; }\n"
                 "function on_input(keys) { return true; }\n"
                 "function on_resize(columns, rows) {}\n",
      BIT(LOAD) | BIT(OUTPUT) | BIT(INPUT) | BIT(RESIZE) },
    { "processing",
      ABOUT_PROCESSING "let weigh = fun a -> let p = a + 10 in let q = p * 2 in q - 5\n"
                       "let on_load = fun _u -> ()\n"
                       "let on_output = fun text ->\n"
                       "    if text = \"ERROR\" then false\n"
                       "    else if text = \"WARN\" then weigh 20 > 0\n"
                       "    else weigh 10 + weigh 30 > 0\n"
                       "let on_input = fun keys -> if keys = \"exit\\n\" then false else weigh 3 > 0\n"
                       "let on_resize = fun cols rows -> cols * rows\n",
      ABOUT_PROCESSING "function weigh(a) { const p = a + 10, q = p * 2; return q - 5; }\n"
                       "function on_load() {}\n"
                       "function on_output(text) {\n"
                       "    if (text === \"ERROR\") return false;\n"
                       "    if (text === \"WARN\") return weigh(20) > 0;\n"
                       "    return weigh(10) + weigh(30) > 0;\n"
                       "}\n"
                       "function on_input(keys) { return keys === \"exit\\n\" ? false : weigh(3) > 0; }\n"
                       "function on_resize(columns, rows) { return columns * rows; }\n",
      BIT(LOAD) | BIT(OUTPUT) | BIT(INPUT) | BIT(RESIZE) },
    { "looking",
      "// @description: is only called for lines with one of two words\n"
      "// @match: [\"ERROR\", \"WARN\"]\n"
      "let on_output = fun text -> true\n",
      NULL, BIT(OUTPUT) },
    { "always", "let on_output = fun text -> true\n", "function on_output(text) { return true; }\n", BIT(OUTPUT) },
    { "load_minimal", "let answer = 42\n", "const answer = 42;\n", 0 },
    { "load_with_function", "let sum a b = a + b\nlet total = sum 10 32\n", "function sum(a, b) { return a + b; }\nconst total = sum(10, 32);\n", 0 },
    { "load_with_hooks", "let on_load = fun _u -> ()\nlet on_output = fun text -> true\n",
      "function on_load() {}\nfunction on_output(text) { return true; }\n", BIT(LOAD) | BIT(OUTPUT) },
    { "load_complex",
      "let mutable hits = 0\n"
      "let bump () = hits <- hits + 1\n"
      "let on_load = fun _u -> ()\n"
      "let on_output = fun text ->\n"
      "    bump ()\n"
      "    true\n"
      "let on_input = fun keys -> true\n",
      "let hits = 0;\n"
      "function bump() { hits++; }\n"
      "function on_load() {}\n"
      "function on_output(text) {\n"
      "    bump();\n"
      "    return true;\n"
      "}\n"
      "function on_input(keys) { return true; }\n",
      BIT(LOAD) | BIT(OUTPUT) | BIT(INPUT) },
    { "load_long", FORTY_STEPS(FUSABI_STEP) "let on_output = fun text -> step10 1 > step49 1\n",
      FORTY_STEPS(JAVASCRIPT_STEP) "function on_output(text) { return step10(1) > step49(1); }\n", BIT(OUTPUT) },
    { "compile_minimal", "let v = 42\n", "const v = 42;\n", 0 },
    { "compile_function", "let sum a b = a + b\n", "function sum(a, b) { return a + b; }\n", 0 },
    { "compile_complex", "let g a = let p = a + 10 in let q = p * 2 in q - 5\n", "function g(a) { const p = a + 10, q = p * 2; return q - 5; }\n", 0 },
    /* The original's chunks. A function's parameters, because the compiler would work out an expression of constants itself. */
    { "chunk_minimal", "let value = 42\n", NULL, 0 },
    { "chunk_complex", "let work a b c d e = (a + b) * (c - d) / e\nlet value = work 10 20 30 5 3\n", NULL, 0 },
};

const char *rf_form_name(rf_form form) {
    static const char *const names[] = { NULL, "native", "fsx", "fzb", "js", "cached", "read" };
    return names[form];
}

const rf_script *rf_script_find(const char *name) {
    const rf_script *found = NULL;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts && !found; i++)
        if (strcmp(scripts[i].name, name) == 0)
            found = &scripts[i];
    assert(found);
    return found;
}

rf_slice rf_script_text(const rf_script *script, rf_form form) {
    const char *text = form == RF_FORM_JS ? script->javascript : script->fusabi;
    assert(text);
    return rf_slice_of(text);
}

/* A compile while it goes on. */
typedef struct work {
    rf_arena arena;
    rf_fus_texts texts;
    rf_fus_diags diags;
    rf_fus_program *program;
} work;

static void work_done(work *w) {
    rf_fus_program_unref(w->program);
    rf_fus_diags_done(&w->diags);
    rf_vec_done(&w->texts);
    rf_arena_done(&w->arena);
}

rf_code rf_script_bytecode(const rf_plugin_shared *shared, const rf_script *script, rf_buffer *out, rf_error *reterr) {
    RF_CLEANUP(work_done) work w = { 0 };
    rf_arena_init(&w.arena, 16 * 1024);
    rf_fus_diags_init(&w.diags, &w.arena);
    const rf_source source = { script->name, rf_script_text(script, RF_FORM_FZB) };
    const rf_fus_compile_options how = { .loader = &rf_fus_file_loader };
    rf_code code = rf_fus_compile(shared->engine, &source, &how, &w.texts, &w.diags, &w.program, reterr);
    if (!code)
        code = rf_fus_fzb_write(w.program, &(rf_fus_write_options){ 0 }, out, reterr);
    return !code && out->failed ? rf_raise_nomem(reterr) : code;
}

rf_code rf_script_file(rf_groups *groups, const rf_plugin_shared *shared, const rf_script *script, rf_form form, const char **ret_path,
                       rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer bytes = { 0 };
    char name[64];
    const char *ending = form == RF_FORM_FZB ? "fzb" : form == RF_FORM_JS ? "js" : "fsx";
    (void)snprintf(name, sizeof name, "plugin_%s.%s", script->name, ending);
    if (form != RF_FORM_FZB)
        return rf_groups_file(groups, name, rf_script_text(script, form), ret_path, reterr);
    rf_code code = rf_script_bytecode(shared, script, &bytes, reterr);
    return code ? code : rf_groups_file(groups, name, rf_buffer_view(&bytes), ret_path, reterr);
}
