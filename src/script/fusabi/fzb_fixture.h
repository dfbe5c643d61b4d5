/* fzb_fixture.h: for tests: version-1 files put together by hand, and files of either version run. */
#ifndef RF_SCRIPT_FUSABI_FZB_FIXTURE_H
#define RF_SCRIPT_FUSABI_FZB_FIXTURE_H

#include "base/slice.h"
#include "harness.h"
#include "script/fusabi/fzb1.h"
#include "script/fusabi/fzb_internal.h"
#include "script/fusabi/vm.h"

/* A chunk under construction. Zeroed is empty. */
typedef struct v1 {
    rf_buffer ops, constants, spans;
    uint32_t op_count, constant_count;
} v1;

static inline void v1_done(v1 *v) {
    rf_buffer_done(&v->ops);
    rf_buffer_done(&v->constants);
    rf_buffer_done(&v->spans);
}

static inline void put_number(rf_buffer *out, uint64_t value, size_t bytes) { rf_buffer_append(out, &value, bytes); }
static inline void put_string(rf_buffer *out, const char *text) {
    put_number(out, strlen(text), 8);
    rf_buffer_text(out, text);
}

/* An instruction, with its operands as op_rows of fzb1_decode.c has them. */
static inline void v1_op(v1 *v, rf_fus_v1_tag tag) {
    put_number(&v->ops, tag, 4);
    v->op_count++;
}
static inline void v1_op_b(v1 *v, rf_fus_v1_tag tag, unsigned n) {
    v1_op(v, tag);
    put_number(&v->ops, n, 1);
}
static inline void v1_op_h(v1 *v, rf_fus_v1_tag tag, int k) { /* u16 or a jump's distance */
    v1_op(v, tag);
    put_number(&v->ops, (uint16_t)k, 2);
}
static inline void v1_op_hb(v1 *v, rf_fus_v1_tag tag, unsigned k, unsigned n) {
    v1_op_h(v, tag, (int)k);
    put_number(&v->ops, n, 1);
}
static inline void v1_op_q(v1 *v, rf_fus_v1_tag tag, int64_t number) {
    v1_op(v, tag);
    put_number(&v->ops, (uint64_t)number, 8);
}
static inline void v1_op_s(v1 *v, rf_fus_v1_tag tag, const char *text) {
    v1_op(v, tag);
    put_string(&v->ops, text);
}

/* Payloads of constants, for those inside others too. */
static inline void put_int(rf_buffer *out, int64_t number) {
    put_number(out, RF_FUS_V1_K_INT, 4);
    put_number(out, (uint64_t)number, 8);
}
static inline void put_float(rf_buffer *out, double number) {
    put_number(out, RF_FUS_V1_K_FLOAT, 4);
    rf_buffer_append(out, &number, 8);
}
static inline void put_text(rf_buffer *out, const char *text) {
    put_number(out, RF_FUS_V1_K_STRING, 4);
    put_string(out, text);
}
static inline void put_many(rf_buffer *out, unsigned tag, uint64_t count) { /* items follow */
    put_number(out, tag, 4);
    put_number(out, count, 8);
}

/* Adds a constant: what has been put into v->constants since the last one. Its number. */
static inline uint32_t v1_added(v1 *v) { return v->constant_count++; }
static inline uint32_t v1_int(v1 *v, int64_t number) { return put_int(&v->constants, number), v1_added(v); }
static inline uint32_t v1_float(v1 *v, double number) { return put_float(&v->constants, number), v1_added(v); }
static inline uint32_t v1_text(v1 *v, const char *text) { return put_text(&v->constants, text), v1_added(v); }
static inline uint32_t v1_plain(v1 *v, unsigned tag) { return put_number(&v->constants, tag, 4), v1_added(v); } /* UNIT, NIL */
static inline uint32_t v1_bool(v1 *v, bool truth) {
    put_number(&v->constants, RF_FUS_V1_K_BOOL, 4);
    put_number(&v->constants, truth, 1);
    return v1_added(v);
}

/* The usual pairs. */
static inline void load_int(v1 *v, int64_t number) { v1_op_h(v, RF_FUS_V1_LOAD_CONST, (int)v1_int(v, number)); }
static inline void load_text(v1 *v, const char *text) { v1_op_h(v, RF_FUS_V1_LOAD_CONST, (int)v1_text(v, text)); }
static inline void load_local(v1 *v, unsigned slot) { v1_op_b(v, RF_FUS_V1_LOAD_LOCAL, slot); }
static inline void store_local(v1 *v, unsigned slot) { v1_op_b(v, RF_FUS_V1_STORE_LOCAL, slot); }
static inline void load_global(v1 *v, const char *name) { v1_op_h(v, RF_FUS_V1_LOAD_GLOBAL, (int)v1_text(v, name)); }
static inline void get_field(v1 *v, const char *name) {
    load_text(v, name);
    v1_op(v, RF_FUS_V1_GET_RECORD_FIELD);
}

static inline void put_chunk(rf_buffer *out, const v1 *v) {
    put_number(out, v->op_count, 8);
    rf_buffer_slice(out, rf_buffer_view(&v->ops));
    put_number(out, v->constant_count, 8);
    rf_buffer_slice(out, rf_buffer_view(&v->constants));
    put_number(out, 0, 1);
    put_number(out, v->spans.len / 16, 8);
    rf_buffer_slice(out, rf_buffer_view(&v->spans));
    put_number(out, 0, 2);
}
static inline uint32_t v1_closure(v1 *v, const v1 *inner, unsigned arity) {
    put_number(&v->constants, RF_FUS_V1_K_CLOSURE, 4);
    put_chunk(&v->constants, inner);
    put_number(&v->constants, arity, 1);
    put_number(&v->constants, 0, 1);
    return v1_added(v);
}
static inline void v1_file(rf_buffer *out, const v1 *v) {
    rf_buffer_append(out, "FZB\x01\x01", 5);
    put_chunk(out, v);
}

/* A file on its way to a result. Zeroed is empty. */
typedef struct run {
    rf_fus_engine *engine;
    rf_fus_program *program;
    rf_fus_vm *vm;
    rf_buffer file, text;
    rf_error error;
} run;

static inline void run_done(run *r) {
    rf_fus_vm_free(r->vm);
    rf_fus_program_unref(r->program);
    rf_fus_engine_unref(r->engine);
    rf_buffer_done(&r->file);
    rf_buffer_done(&r->text);
}

static inline rf_code run_read(run *r, rf_slice file) {
    rf_code code = r->engine ? RF_OK : rf_fus_engine_new(&r->engine, &r->error);
    return code ? code : rf_fus_fzb_read(r->engine, file, NULL, &r->program, &r->error);
}

/* Runs r->program; the result is shown in r->text, or r->error says why not. */
static inline rf_code run_program(run *r) {
    static const rf_fus_limits limits = { .time_ns = UINT64_C(5000000000), .heap_bytes = 256u << 20 };
    rf_fus_instance *instance;
    rf_fus_value result;
    rf_buffer_clear(&r->text);
    rf_fus_vm_free(r->vm);
    r->vm = NULL;
    rf_code code = rf_fus_vm_new(r->engine, &limits, NULL, &r->vm, &r->error);
    if (!code)
        code = rf_fus_vm_load(r->vm, r->program, &instance, &r->error);
    if (!code)
        code = rf_fus_vm_run(r->vm, instance, &result, &r->error);
    if (!code && (!rf_fus_display(r->vm, result, &r->text) || r->text.failed))
        code = rf_raise_nomem(&r->error);
    return code;
}

/* The chunk as a file, read and run: first as it is, then written as version 2 and read again. */
static inline rf_code run_chunk(run *r, const v1 *chunk) {
    v1_file(&r->file, chunk);
    if (r->file.failed || chunk->ops.failed || chunk->constants.failed || chunk->spans.failed)
        return rf_raise_nomem(&r->error);
    rf_code code = run_read(r, rf_buffer_view(&r->file));
    return code ? code : run_program(r);
}

static inline rf_code run_again(run *r) {
    rf_fus_program *first = r->program;
    rf_buffer_clear(&r->file);
    rf_code code = rf_fus_fzb_write(first, NULL, &r->file, &r->error);
    r->program = NULL;
    if (!code)
        code = run_read(r, rf_buffer_view(&r->file));
    rf_fus_program_unref(first);
    return code ? code : run_program(r);
}

/* The chunk gives this text, and so does what it becomes when it is written and read again. */
#define check_gives(chunk, expected)                                        \
    do {                                                                    \
        RF_CLEANUP(run_done) run r_ = { 0 };                                \
        rf_code code_ = run_chunk(&r_, (chunk));                            \
        rf_check_text(rf_slice_of(code_ ? r_.error.message : ""), rf_slice_of("")); \
        rf_check_text(rf_buffer_view(&r_.text), rf_slice_of(expected));     \
        rf_check(run_again(&r_) == RF_OK);                                  \
        rf_check_text(rf_buffer_view(&r_.text), rf_slice_of(expected));     \
    } while (0)
/* It ends with this error, when it is read or when it runs. */
#define check_fails(chunk, expected)                                        \
    do {                                                                    \
        RF_CLEANUP(run_done) run r_ = { 0 };                                \
        rf_check(run_chunk(&r_, (chunk)) != RF_OK);                         \
        rf_check_text(rf_slice_of(r_.error.message), rf_slice_of(expected)); \
    } while (0)

#endif
