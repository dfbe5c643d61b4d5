/* script.c: the module Script: running text as a script in the same VM. */
#include "base/alloc.h"
#include "base/slice.h"
#include "base/table.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

/*
 * Programs live as long as the VM: values may point to their constants and functions. So that scripts that evaluate for
 * ever do not fill memory, a text that comes again is not compiled again, nor loaded again when it has no functions in
 * it (that might have captured its globals); and there is an end to new ones.
 */
enum { PROGRAMS_MAX = 4096, INSTANCES_MAX = 65536, SOURCE_MAX = 8 << 20 };

typedef struct evaluated {
    char *text; /* owned; the key in the table */
    rf_fus_program *program;
    rf_fus_instance *instance; /* NULL: a new one each time */
    bool is_running;           /* the instance is; the script came back to itself */
} evaluated;

typedef struct history {
    rf_table table; /* of evaluated */
    size_t source_bytes, instance_count;
} history;

static const char history_key; /* its address names the history */

static void evaluated_free(evaluated *e) {
    if (!e)
        return;
    rf_fus_program_unref(e->program);
    rf_free(e->text);
    rf_free(e);
}

static void history_free(void *data) {
    history *h = data;
    size_t at = 0;
    rf_slice text;
    for (void *e; rf_table_next(&h->table, &at, &text, &e);)
        evaluated_free(e);
    rf_table_done(&h->table);
    rf_free(h);
}

static history *history_of(rf_fus_vm *vm) {
    history *h = rf_fus_vm_attached(vm, &history_key);
    if (h)
        return h;
    h = rf_alloc_zero(1, sizeof *h);
    if (!h)
        rf_fus_raise_nomem(vm);
    else if (!rf_fus_vm_attach(vm, &history_key, h, history_free)) {
        rf_free(h);
        return NULL;
    }
    return h;
}

/* ---- Compiling ---- */

static void raise_finding(rf_fus_vm *vm, const rf_fus_diags *diags, const rf_error *error) {
    static const char *const phases[] = {
        [RF_FUS_PHASE_LEX] = "Lex", [RF_FUS_PHASE_PARSE] = "Parse", [RF_FUS_PHASE_COMPILE] = "Compile", [RF_FUS_PHASE_TYPE] = "Compile",
    };
    rf_fus_phase phase = RF_FUS_PHASE_COMPILE;
    for (size_t i = diags->list.count; i-- > 0;)
        if (diags->list.items[i].severity == RF_FUS_ERROR)
            phase = diags->list.items[i].phase;
    rf_fus_raise(vm, "%s error: %s at %u:%u", phases[phase], error->message, error->place.line, error->place.column);
}

static rf_fus_program *compile_in(rf_fus_vm *vm, rf_slice text, rf_arena *arena, rf_fus_texts *texts, rf_fus_diags *diags) {
    rf_fus_program *program = NULL;
    rf_error error = { 0 };
    rf_source source = { .name = "eval", .text = text };
    rf_fus_compile_options options = { 0 };
    rf_fus_diags_init(diags, arena);
    rf_code code = rf_fus_compile(rf_fus_vm_engine(vm), &source, &options, texts, diags, &program, &error);
    if (code == RF_ENOMEM)
        rf_fus_raise_nomem(vm);
    else if (code)
        raise_finding(vm, diags, &error);
    return code ? NULL : program;
}

/* The program of a text, or NULL after raising. */
static rf_fus_program *compile(rf_fus_vm *vm, rf_slice text) {
    rf_arena arena;
    rf_fus_texts texts = { 0 };
    rf_fus_diags diags;
    rf_arena_init(&arena, 16 * 1024);
    rf_fus_program *program = compile_in(vm, text, &arena, &texts, &diags);
    rf_fus_diags_done(&diags);
    rf_vec_done(&texts);
    rf_arena_done(&arena);
    return program;
}

static evaluated *evaluated_new(rf_fus_vm *vm, history *h, rf_slice text) {
    evaluated *e = rf_alloc_zero(1, sizeof *e);
    if (e)
        e->text = rf_strndup(text.data, text.len);
    if (!e || !e->text || !rf_table_put(&h->table, (rf_slice){ e->text, text.len }, e)) {
        evaluated_free(e);
        rf_fus_raise_nomem(vm);
        return NULL;
    }
    return e;
}

/* What a text is compiled to, as the history has it now. */
static evaluated *find(rf_fus_vm *vm, history *h, rf_slice text) {
    evaluated *e = rf_table_get(&h->table, text);
    if (e)
        return e;
    if (h->table.count >= PROGRAMS_MAX || text.len > SOURCE_MAX - h->source_bytes) {
        rf_fus_raise(vm, "Script.eval: too many different scripts (at most %d, %d MiB in all)", PROGRAMS_MAX, SOURCE_MAX >> 20);
        return NULL;
    }
    rf_fus_program *program = compile(vm, text);
    if (!program)
        return NULL;
    e = evaluated_new(vm, h, text);
    if (!e) {
        rf_fus_program_unref(program);
        return NULL;
    }
    e->program = program;
    h->source_bytes += text.len;
    return e;
}

/* ---- Running ---- */

static rf_fus_instance *load(rf_fus_vm *vm, history *h, evaluated *e) {
    if (e->instance && !e->is_running)
        return e->instance;
    rf_fus_instance *instance = NULL;
    rf_error error = { 0 };
    if (h->instance_count >= INSTANCES_MAX) {
        rf_fus_raise(vm, "Script.eval: too many scripts were run (at most %d)", INSTANCES_MAX);
        return NULL;
    }
    rf_code code = rf_fus_vm_load(vm, e->program, &instance, &error);
    if (code == RF_ENOMEM)
        rf_fus_raise_nomem(vm);
    else if (code)
        rf_fus_raise(vm, "Compile error: %s", error.message);
    if (code)
        return NULL;
    h->instance_count++;
    if (e->program->proto_count == 1 && !e->instance)
        e->instance = instance;
    return instance;
}

static rf_fus_value script_eval(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    history *h = rf_fus_expect_text(vm, args[0], &text) ? history_of(vm) : NULL;
    evaluated *e = h ? find(vm, h, text) : NULL;
    rf_fus_instance *instance = e ? load(vm, h, e) : NULL;
    if (!instance)
        return RF_FUS_RAISED;
    bool was_running = e->is_running;
    e->is_running = true;
    rf_fus_value result = rf_fus_vm_call(vm, rf_fus_instance_main(instance), NULL, 0);
    e->is_running = was_running;
    return result;
}

static rf_fus_value script_args(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    const rf_fus_host *host = rf_fus_vm_host(vm);
    rf_fus_value list = RF_FUS_NIL;
    for (uint32_t i = host->arg_count; i-- > 0 && list != RF_FUS_RAISED;) {
        rf_fus_value item = rf_fus_outside_string(vm, rf_slice_of(host->args[i]));
        list = item == RF_FUS_RAISED ? item : rf_fus_cons_new(vm, item, list);
    }
    return list;
}

static rf_fus_value script_name(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    return rf_fus_outside_string(vm, rf_slice_of(rf_fus_vm_host(vm)->script_name));
}

/* ---- Errors as text ---- */

/* The text of Failure(text), or how any other exception is shown. */
static bool put_exception(rf_fus_vm *vm, rf_fus_value exception, rf_buffer *out) {
    bool is_failure = rf_fus_is(exception, RF_FUS_T_VARIANT) && rf_slice_is(rf_fus_ctor_name(exception), "Failure") &&
                      RF_FUS_AS(const rf_fus_variant, exception)->head.length == 1;
    return rf_fus_display(vm, is_failure ? RF_FUS_AS(const rf_fus_variant, exception)->items[0] : exception, out);
}

rf_fus_value rf_fus_prim_async_message(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_buffer out RF_CLEANUP(rf_buffer_done) = { 0 };
    if (!put_exception(vm, args[0], &out))
        return RF_FUS_RAISED;
    return out.failed ? rf_fus_raise_nomem(vm) : rf_fus_outside_string(vm, rf_buffer_view(&out));
}

/* As the original shows errors: those of its own kinds have no words before them. */
static bool is_own_kind(rf_slice text) {
    static const char *const starts[] = {
        "Type mismatch: expected ", "Division by zero", "Stack underflow", "Call stack overflow", "Cannot access ",
        "Invalid tuple field index: ", "Invalid constant index: ", "Invalid local index: ", "Invalid instruction pointer: ",
    };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (rf_slice_starts(text, rf_slice_of(starts[i])))
            return true;
    return false;
}

rf_fus_value rf_fus_prim_error_line(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_buffer text RF_CLEANUP(rf_buffer_done) = { 0 }, out RF_CLEANUP(rf_buffer_done) = { 0 };
    if (!put_exception(vm, args[0], &text))
        return RF_FUS_RAISED;
    rf_buffer_text(&out, is_own_kind(rf_buffer_view(&text)) ? "Error: " : "Error: Runtime error: ");
    rf_buffer_slice(&out, rf_buffer_view(&text));
    return text.failed || out.failed ? rf_fus_raise_nomem(vm) : rf_fus_outside_string(vm, rf_buffer_view(&out));
}

static const rf_fus_lib_row rows[] = {
    { .name = "Script.args", .params = "()", .type = "unit -> string list", .doc = "What stood behind the script's name on the command line.",
      .example = "Script.args ()", .native = script_args, .arity = 1, .is_ours = true },
    { .name = "Script.eval", .params = "text", .type = "string -> _",
      .doc = "Runs a text as a script of its own and gives its result. It sees nothing of the script that calls it.",
      .example = "Script.eval \"1 + 2\" // 3", .native = script_eval, .arity = 1 },
    { .name = "Script.evalToString", .params = "text", .type = "string -> string",
      .doc = "The same, with the result as text; an error gives \"Error: \" and its message.",
      .example = "Script.evalToString \"1 / 0\" // Error: Division by zero", .arity = 1 },
    { .name = "Script.name", .params = "()", .type = "unit -> string", .doc = "The script's name, as it was called; \"\" when nobody knows.",
      .example = "Script.name ()", .native = script_name, .arity = 1, .is_ours = true },
    { 0 },
};
RF_FUS_LIB_MODULE(script, "Script", "Running text as a script, and how this one was called.", rows);
