/* vm_fixture.h: for tests: programs put together by hand, verified or not, and run. */
#ifndef RF_SCRIPT_FUSABI_VM_FIXTURE_H
#define RF_SCRIPT_FUSABI_VM_FIXTURE_H

#include "base/slice.h"
#include "harness.h"
#include "script/fusabi/vm_internal.h"

/* One engine, one program under construction, one VM. */
typedef struct fixture {
    rf_fus_engine *engine;
    rf_fus_program *program;
    rf_fus_vm *vm;
    rf_fus_instance *instance;
    rf_fus_value result;
    rf_error error;
} fixture;

static inline void fixture_done(fixture *f) {
    rf_fus_vm_free(f->vm);
    rf_fus_program_unref(f->program);
    rf_fus_engine_unref(f->engine);
}

/* Room for so many functions, constants, symbols, shapes, library rows and globals. */
enum { FIXTURE_PROTOS = 16, FIXTURE_CONSTANTS = 32, FIXTURE_SYMBOLS = 16, FIXTURE_SHAPES = 8, FIXTURE_ROWS = 8 };

static inline bool fixture_init(fixture *f, const rf_fus_limits *limits) {
    if (rf_fus_engine_new(&f->engine, &f->error))
        return false;
    f->program = rf_fus_program_new(f->engine);
    if (!f->program || rf_fus_vm_new(f->engine, limits, NULL, &f->vm, &f->error))
        return false;
    rf_fus_program *p = f->program;
    p->protos = rf_arena_zero(&p->arena, FIXTURE_PROTOS, sizeof *p->protos);
    p->constants = rf_arena_zero(&p->arena, FIXTURE_CONSTANTS, sizeof *p->constants);
    p->symbols = rf_arena_zero(&p->arena, FIXTURE_SYMBOLS, sizeof *p->symbols);
    p->shapes = rf_arena_zero(&p->arena, FIXTURE_SHAPES, sizeof *p->shapes);
    p->library = rf_arena_zero(&p->arena, FIXTURE_ROWS, sizeof *p->library);
    p->files = rf_arena_zero(&p->arena, 1, sizeof *p->files);
    if (!p->protos || !p->constants || !p->symbols || !p->shapes || !p->library || !p->files)
        return false;
    p->files[0] = RF_SLICE("t.fsx");
    p->file_count = 1;
    p->global_count = 8;
    return true;
}

/* Instruction i of every function stands on line i + 1, column 1. */
static inline bool fixture_function(fixture *f, const char *name, uint16_t arity, uint16_t registers, const rf_fus_code *code, uint32_t count,
                                    const rf_fus_capture *captures, uint16_t upvalues) {
    rf_fus_program *p = f->program;
    rf_fus_proto *proto = &p->protos[p->proto_count++];
    *proto = (rf_fus_proto){ .program = p, .code_count = count, .spot_count = count, .arity = arity, .registers = registers, .upvalue_count = upvalues };
    proto->code = rf_arena_alloc(&p->arena, count * sizeof *code);
    proto->spots = rf_arena_alloc(&p->arena, count * sizeof *proto->spots);
    proto->captures = rf_arena_alloc(&p->arena, (upvalues + 1u) * sizeof *captures);
    if (name)
        proto->name = rf_fus_static_string(&p->arena, rf_slice_of(name));
    if (!proto->code || !proto->spots || !proto->captures || (name && !proto->name))
        return false;
    memcpy(proto->code, code, count * sizeof *code);
    if (upvalues)
        memcpy(proto->captures, captures, upvalues * sizeof *captures);
    for (uint32_t i = 0; i < count; i++)
        proto->spots[i] = (rf_fus_spot){ .pc = i, .line = i + 1, .column = 1 };
    return true;
}
/* FUNCTION(&f, "fib", arity, registers, code…) */
#define FUNCTION(f, name, arity, registers, ...)                                                                  \
    fixture_function((f), (name), (arity), (registers), (const rf_fus_code[]){ __VA_ARGS__ },                       \
                     sizeof((const rf_fus_code[]){ __VA_ARGS__ }) / sizeof(rf_fus_code), NULL, 0)

/* I(ADD, 0, a, b, c), IX(JMP, 0, a, bx) */
#define I(name, d, a, b, c) RF_FUS_MAKE(RF_FUS_I_##name, d, a, b, c)
#define IX(name, d, a, bx) RF_FUS_MAKEX(RF_FUS_I_##name, d, a, bx)

static inline bool fixture_constant(fixture *f, rf_fus_value value) {
    f->program->constants[f->program->constant_count++] = value;
    return value != RF_FUS_RAISED;
}
static inline bool fixture_text(fixture *f, const char *text) {
    rf_fus_string *string = rf_fus_static_string(&f->program->arena, rf_slice_of(text));
    return fixture_constant(f, string ? rf_fus_of_object(string) : RF_FUS_RAISED);
}
static inline bool fixture_symbol(fixture *f, const char *name) {
    const rf_fus_symbol *symbol = rf_fus_symbol_of(f->engine, rf_slice_of(name));
    f->program->symbols[f->program->symbol_count++] = symbol;
    return symbol != NULL;
}
/* The shape of symbols first … first + count - 1. */
static inline bool fixture_shape(fixture *f, uint32_t first, uint32_t count) {
    const rf_fus_symbol *fields[FIXTURE_SYMBOLS];
    memcpy(fields, f->program->symbols + first, count * sizeof *fields);
    const rf_fus_shape *shape = rf_fus_shape_of(f->engine, fields, count);
    f->program->shapes[f->program->shape_count++] = shape;
    return shape != NULL;
}
static inline void fixture_row(fixture *f, const rf_fus_lib_row *row) { f->program->library[f->program->library_count++] = row; }

static inline bool fixture_load(fixture *f) { return rf_fus_vm_load(f->vm, f->program, &f->instance, &f->error) == RF_OK; }

/* Loads and runs main (function 0). */
static inline rf_code fixture_run(fixture *f) {
    rf_code code = rf_fus_vm_load(f->vm, f->program, &f->instance, &f->error);
    return code ? code : rf_fus_vm_run(f->vm, f->instance, &f->result, &f->error);
}

static inline rf_fus_value fixture_fn(const fixture *f, uint32_t proto) { return rf_fus_of_object(rf_fus_instance_closure(f->instance, proto)); }

static inline rf_fus_value small(int64_t i) { return rf_fus_of_small_int(i); }

#endif
