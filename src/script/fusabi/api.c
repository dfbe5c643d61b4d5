/* api.c: engines, host functions and programs of riffle/fusabi.h. */
#include "script/fusabi/api.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/files.h"
#include "script/fusabi/fzb.h"

#include <assert.h>
#include <ctype.h>

_Static_assert((unsigned)RF_FUSABI_CAN_ALL == (unsigned)RF_FUS_CAN_ALL && (unsigned)RF_FUSABI_CAN_RUN == (unsigned)RF_FUS_CAN_RUN
                   && (unsigned)RF_FUSABI_CAN_CONSOLE == (unsigned)RF_FUS_CAN_CONSOLE
                   && (unsigned)RF_FUSABI_CAN_NETWORK == (unsigned)RF_FUS_CAN_NETWORK,
               "public capabilities are the library's");

rf_code rf_fusabi_engine_new(rf_fusabi_engine **ret_engine, rf_error *reterr) {
    assert(ret_engine);
    return rf_fus_engine_new(ret_engine, reterr);
}

rf_fusabi_engine *rf_fusabi_engine_ref(rf_fusabi_engine *engine) {
    return rf_fus_engine_ref(engine);
}

void rf_fusabi_engine_unref(rf_fusabi_engine *engine) {
    rf_fus_engine_unref(engine);
}

/* ---- Functions of the host ---- */

/* What a library row's `user` is, for functions of the host. In the engine's arena, as is its row. */
typedef struct host_function {
    rf_fusabi_host_call call;
    void *user;
    rf_fus_lib_row row;
} host_function;

static rf_fus_value raise_error(rf_fus_vm *vm, const rf_error *error, rf_code code) {
    if (code == RF_ENOMEM)
        return rf_fus_raise_nomem(vm);
    return rf_fus_raise(vm, "%s", error->message[0] ? error->message : "a function of the host failed");
}

/* Every function of the host is this one to the VM. */
static rf_fus_value call_host(rf_fus_vm *vm, const rf_fus_value *args) {
    const rf_fus_lib_row *row = rf_fus_vm_row(vm);
    const host_function *function = row->user;
    rf_fusabi_value values[RF_FUS_API_ARGS_MAX], result = rf_fusabi_unit();
    rf_fus_value out = RF_FUS_UNIT;
    rf_error error;
    error.message[0] = '\0';
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < row->arity && !code; i++)
        code = rf_fus_api_out(vm, args[i], &values[i], &error);
    if (!code)
        code = function->call(vm, function->user, values, row->arity, &result, &error);
    if (!code)
        code = rf_fus_api_in(vm, &result, &out, &error);
    if (rf_fus_vm_is_raised(vm)) /* by a function of the script that the host called back: the script's own exception goes on */
        return RF_FUS_RAISED;
    return code ? raise_error(vm, &error, code) : out;
}

static bool is_name(rf_slice name) {
    bool start = true;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (!(isalpha(c) || c == '_' || (!start && isdigit(c)) || (!start && c == '.')))
            return false;
        start = c == '.';
    }
    return !start;
}

/* Arrows outside all brackets. */
static unsigned arrows_of(const char *type) {
    unsigned depth = 0, count = 0;
    for (; *type; type++) {
        if (*type == '(' || *type == '{' || *type == '[')
            depth++;
        else if (*type == ')' || *type == '}' || *type == ']')
            depth -= depth > 0;
        else if (*type == '-' && type[1] == '>' && depth == 0)
            count++;
    }
    return count;
}

static rf_code check_function(const rf_fusabi_host_function *function, rf_error *reterr) {
    if (!function->name || !is_name(rf_slice_of(function->name)))
        return rf_raise(reterr, RF_ECONFIG, "%s is no name for a function", function->name ? function->name : "NULL");
    if (!function->call || !function->type)
        return rf_raise(reterr, RF_ECONFIG, "function %s has no type, or nothing to call", function->name);
    if (function->arity == 0 || function->arity > RF_FUS_API_ARGS_MAX)
        return rf_raise(reterr, RF_ECONFIG, "function %s has %u parameters: 1 to %u are possible", function->name,
                        function->arity, RF_FUS_API_ARGS_MAX);
    if (arrows_of(function->type) != function->arity)
        return rf_raise(reterr, RF_ECONFIG, "function %s has %u parameters, but the type %s", function->name, function->arity,
                        function->type);
    return RF_OK;
}

/* The row and its texts, which live as long as the engine. NULL: out of memory. */
static host_function *copy_function(rf_arena *arena, const rf_fusabi_host_function *from) {
    host_function *to = rf_arena_zero(arena, 1, sizeof *to);
    if (!to)
        return NULL;
    to->call = from->call;
    to->user = from->user;
    to->row = (rf_fus_lib_row){
        .name = rf_strdup_in(arena, from->name),
        .type = rf_strdup_in(arena, from->type),
        .params = rf_strdup_in(arena, from->params ? from->params : ""),
        .doc = rf_strdup_in(arena, from->doc ? from->doc : ""),
        .native = call_host,
        .arity = from->arity,
        .is_ours = true,
        .needs = from->needs,
        .user = to,
    };
    return to->row.name && to->row.type && to->row.params && to->row.doc ? to : NULL;
}

rf_code rf_fusabi_register(rf_fusabi_engine *engine, const rf_fusabi_host_function *function, rf_error *reterr) {
    assert(engine && function);
    rf_code code = check_function(function, reterr);
    if (code)
        return code;
    rf_mutex_lock(&engine->mutex);
    host_function *copy = copy_function(&engine->arena, function);
    rf_mutex_unlock(&engine->mutex);
    return copy ? rf_fus_engine_add_host(engine, &copy->row, reterr) : rf_raise_nomem(reterr);
}

/* ---- Programs ---- */

/* What one compile needs. */
typedef struct compile {
    rf_arena arena;
    rf_fus_texts texts;
    rf_fus_diags diags;
} compile;

static void compile_done(compile *self) {
    rf_fus_diags_done(&self->diags);
    rf_vec_done(&self->texts);
    rf_arena_done(&self->arena);
}

static const char *phase_name(rf_fus_phase phase) {
    static const char *const names[] = { "lexer", "parser", "compiler", "types" };
    return names[phase];
}

/* Hands all findings to the host. Errors: RF_ENOMEM. */
static rf_code tell(const compile *self, const rf_fusabi_options *options, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
    for (size_t i = 0; i < self->diags.list.count; i++) {
        const rf_fus_diag *diag = &self->diags.list.items[i];
        rf_fusabi_finding finding = {
            .is_error = diag->severity == RF_FUS_ERROR || (options->strict && diag->strict_error),
            .phase = phase_name(diag->phase),
        };
        rf_buffer_clear(&shown);
        rf_fus_diag_error(&self->texts, diag, &finding.error);
        rf_fus_diag_show(&shown, &self->texts, diag, false);
        if (shown.failed)
            return rf_raise_nomem(reterr);
        finding.shown = rf_buffer_view(&shown);
        options->finding(options->user, &finding);
    }
    return RF_OK;
}

rf_code rf_fusabi_compile(rf_fusabi_engine *engine, const char *name, rf_slice text, const rf_fusabi_options *options,
                          rf_fusabi_program **ret_program, rf_error *reterr) {
    static const rf_fusabi_options plain = { 0 };
    assert(engine && name && ret_program);
    options = options ? options : &plain;
    rf_code code = rf_fus_text_check(name, text, reterr);
    if (code)
        return code;
    RF_CLEANUP(compile_done) compile self = { 0 };
    rf_arena_init(&self.arena, 16 * 1024);
    rf_fus_diags_init(&self.diags, &self.arena);
    const rf_fus_compile_options how = {
        .loader = options->files ? &rf_fus_file_loader : NULL,
        .infer = options->types || options->strict,
        .strict = options->strict,
    };
    const rf_source source = { name, text };
    rf_fus_program *program = NULL;
    code = rf_fus_compile(engine, &source, &how, &self.texts, &self.diags, &program, reterr);
    if (options->finding && (!code || code == RF_ESCRIPT)) {
        rf_code told = tell(&self, options, reterr);
        code = told ? told : code;
    }
    if (code)
        rf_fus_program_unref(program);
    else
        *ret_program = program;
    return code;
}

rf_code rf_fusabi_load(rf_fusabi_engine *engine, const char *name, rf_slice bytes, const rf_fusabi_options *options,
                       rf_fusabi_program **ret_program, rf_error *reterr) {
    assert(engine && name && ret_program);
    const uint8_t *key = options ? options->public_key : NULL;
    if (rf_fus_is_fzb(bytes))
        return rf_fus_fzb_read(engine, bytes, &(rf_fus_fzb_options){ .name = name, .public_key = key }, ret_program, reterr);
    if (key)
        return rf_raise(reterr, RF_EREFUSED, "%s is no .fzb file, so it carries no signature", name);
    return rf_fusabi_compile(engine, name, bytes, options, ret_program, reterr);
}

rf_fusabi_program *rf_fusabi_program_ref(rf_fusabi_program *program) {
    return rf_fus_program_ref(program);
}

void rf_fusabi_program_unref(rf_fusabi_program *program) {
    rf_fus_program_unref(program);
}

rf_code rf_fusabi_write(const rf_fusabi_program *program, bool strip, const uint8_t *secret_key, char **ret_bytes, size_t *ret_len,
                        rf_error *reterr) {
    assert(program && ret_bytes && ret_len);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_code code = rf_fus_fzb_write(program, &(rf_fus_write_options){ .strip = strip, .secret_key = secret_key }, &out, reterr);
    if (code)
        return code;
    if (out.failed)
        return rf_raise_nomem(reterr);
    *ret_bytes = out.data;
    *ret_len = out.len;
    out = (rf_buffer){ 0 };
    return RF_OK;
}

void rf_fusabi_free(char *bytes) {
    rf_free(bytes);
}
