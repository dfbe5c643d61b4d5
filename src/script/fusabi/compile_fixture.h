/* compile_fixture.h: for tests: sources compiled, listed and run. */
#ifndef RF_SCRIPT_FUSABI_COMPILE_FIXTURE_H
#define RF_SCRIPT_FUSABI_COMPILE_FIXTURE_H

#include "base/slice.h"
#include "harness.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/fzb.h"
#include "script/fusabi/opcode.h"
#include "script/fusabi/vm.h"

/* One source on its way from text to result. Zeroed is empty. */
typedef struct script {
    rf_fus_engine *engine;
    rf_arena arena;
    rf_fus_texts texts;
    rf_fus_diags diags;
    rf_fus_ast ast;
    rf_fus_resolved resolved;
    rf_fus_program *program;
    rf_fus_vm *vm;
    rf_buffer out;
    rf_error error;
    bool is_begun;
} script;

static inline void script_done(script *s) {
    rf_fus_vm_free(s->vm);
    rf_fus_program_unref(s->program);
    rf_fus_engine_unref(s->engine);
    if (s->is_begun) {
        rf_fus_diags_done(&s->diags);
        rf_vec_done(&s->texts);
        rf_arena_done(&s->arena);
    }
    rf_buffer_done(&s->out);
}

static inline rf_code script_begin(script *s) {
    if (s->is_begun)
        return RF_OK;
    s->is_begun = true;
    rf_arena_init(&s->arena, 16384);
    rf_fus_diags_init(&s->diags, &s->arena);
    return rf_fus_engine_new(&s->engine, &s->error);
}

/* Parsed and resolved only. */
static inline bool script_resolve(script *s, const char *text) {
    rf_source source = { "t.fsx", rf_slice_of(text) };
    return script_begin(s) == RF_OK && rf_fus_texts_add(&s->texts, source)
           && rf_fus_parse(&s->arena, &s->texts, NULL, &s->diags, &s->ast, &s->error) == RF_OK && s->diags.errors == 0
           && rf_fus_resolve(&s->ast, s->engine, &s->diags, &s->resolved, &s->error) == RF_OK;
}

/* Generated, too; not lowered. */
static inline bool script_generate(script *s, const char *text, bool fused) {
    rf_fus_compile_options options = { 0 };
    if (!script_resolve(s, text) || s->diags.errors
        || rf_fus_generate(s->engine, &s->ast, &s->resolved, &options, &s->diags, &s->program, &s->error))
        return false;
    for (uint32_t i = 0; fused && i < s->program->proto_count; i++)
        if (rf_fus_fuse(&s->program->protos[i], &s->arena, &s->error))
            return false;
    return true;
}

/* The first finding that contains `message`, or NULL. */
static inline const rf_fus_diag *script_finding(const script *s, const char *message) {
    for (size_t i = 0; i < s->diags.list.count; i++)
        if (strstr(s->diags.list.items[i].message, message))
            return &s->diags.list.items[i];
    return NULL;
}

static inline void list_operand(rf_buffer *out, uint8_t kind, uint64_t value, int64_t number) {
    if (kind == RF_FUS_O_NONE)
        return;
    bool is_signed = kind == RF_FUS_O_IMM || kind == RF_FUS_O_IMMX || kind == RF_FUS_O_OFF || kind == RF_FUS_O_OFFX;
    if (is_signed)
        rf_buffer_printf(out, " %lld", (long long)number);
    else
        rf_buffer_printf(out, " %llu", (unsigned long long)value);
}

/* "SUBI 2 0 1; RET 2": the code of a function, operands in the order A B C D. */
static inline void script_list(const script *s, uint32_t function, rf_buffer *out) {
    const rf_fus_proto *proto = &s->program->protos[function];
    rf_buffer_clear(out);
    for (uint32_t i = 0; i < proto->code_count; i++) {
        rf_fus_code word = proto->code[i];
        const rf_fus_opcode_row *row = &rf_fus_opcode_rows[RF_FUS_OP(word)];
        bool is_wide = row->b == RF_FUS_O_KX || row->b == RF_FUS_O_G || row->b == RF_FUS_O_IMMX || row->b == RF_FUS_O_OFFX;
        rf_buffer_printf(out, "%s%s", i ? "; " : "", row->name);
        list_operand(out, row->a, RF_FUS_A(word), 0);
        list_operand(out, row->b, is_wide ? (uint32_t)RF_FUS_BX(word) : RF_FUS_B(word), is_wide ? RF_FUS_BX(word) : RF_FUS_SB(word));
        list_operand(out, row->c, RF_FUS_C(word), RF_FUS_SC(word));
        list_operand(out, row->d, RF_FUS_D(word), 0);
    }
}

static inline bool script_write(void *user, rf_slice text) {
    rf_buffer_append(user, text.data, text.len);
    return true;
}

/* What it prints, then its result; or "error: message". False: out of memory. */
static inline bool script_run(script *s, const char *text, const rf_fus_compile_options *options) {
    rf_source source = { "t.fsx", rf_slice_of(text) };
    rf_fus_host host = { .write = script_write, .user = &s->out };
    rf_fus_instance *instance;
    rf_fus_value value;
    rf_code code = script_begin(s);
    if (!code)
        code = rf_fus_compile(s->engine, &source, options, &s->texts, &s->diags, &s->program, &s->error);
    if (!code)
        code = rf_fus_verify(s->program, &s->error);
    if (!code)
        code = rf_fus_vm_new(s->engine, NULL, &host, &s->vm, &s->error);
    if (!code)
        code = rf_fus_vm_load(s->vm, s->program, &instance, &s->error);
    if (!code)
        code = rf_fus_vm_run(s->vm, instance, &value, &s->error);
    if (code == RF_OK && !rf_fus_display(s->vm, value, &s->out))
        return false;
    if (code && code != RF_ENOMEM)
        rf_buffer_printf(&s->out, "error: %s", s->error.message);
    return code != RF_ENOMEM && !s->out.failed;
}

#endif
