/* fusabi_vm_fuzz.c: bytes become functions of any instructions; those that the verifier accepts run within their limits, with
 * a collection at every allocation when the first byte says so. */
#include "fuzz.h"

#include "base/slice.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/fzb.h"
#include "script/fusabi/library.h"
#include "script/fusabi/opcode.h"
#include "script/fusabi/vm.h"

/*
 * Most programs of random instructions end at their first one, with a type mismatch. So registers have kinds, by their
 * number, begin with a value of that kind, and most instructions use registers of the kind that they are for.
 */
enum { K_INT, K_OTHER_INT, K_CELL, K_LIST, K_ITEMS, K_FUNCTION, K_TEXT, K_BOOL, KINDS };
enum { PROTOS_MAX = 5, CODE_MAX = 48, ROWS = 40, SYMBOLS = 4, SHAPES = 3, CONSTANTS = 12, GLOBALS = 4 };

typedef struct maker {
    const uint8_t *next, *end;
    rf_fus_program *program;
    rf_fus_proto *proto;
    uint32_t count; /* instructions of the function at hand */
} maker;

static uint8_t take(maker *m) { return m->next < m->end ? *m->next++ : 0; }
static uint32_t below(maker *m, uint32_t limit) { return limit ? take(m) % limit : 0; }

static bool make_constants(rf_fus_program *p) {
    static const char *const texts[] = { "", "a", "%d", "long enough not to be kept inline anywhere, we hope" };
    rf_fus_value *k = rf_arena_alloc(&p->arena, CONSTANTS * sizeof *k);
    if (!k)
        return false;
    for (uint32_t i = 0; i < 4; i++)
        k[i] = rf_fus_of_object(rf_fus_static_string(&p->arena, rf_slice_of(texts[i])));
    k[4] = RF_FUS_NIL;
    k[5] = RF_FUS_UNIT;
    k[6] = RF_FUS_TRUE;
    k[7] = rf_fus_of_double(1.5);
    k[8] = rf_fus_static_int(&p->arena, INT64_MAX);
    k[9] = rf_fus_static_items(&p->arena, RF_FUS_T_TUPLE, k, 3);
    k[10] = rf_fus_static_cons(&p->arena, k[7], RF_FUS_NIL);
    k[11] = rf_fus_static_cons(&p->arena, k[7], k[10]);
    p->constants = k;
    p->constant_count = CONSTANTS;
    for (uint32_t i = 0; i < CONSTANTS; i++)
        if (k[i] == 0 || k[i] == RF_FUS_RAISED)
            return false;
    return true;
}

static bool make_names(rf_fus_program *p) {
    static const char *const names[SYMBOLS] = { "A", "Some", "Failure", "x" };
    p->symbols = rf_arena_alloc(&p->arena, SYMBOLS * sizeof *p->symbols);
    p->shapes = rf_arena_alloc(&p->arena, SHAPES * sizeof *p->shapes);
    if (!p->symbols || !p->shapes)
        return false;
    for (p->symbol_count = 0; p->symbol_count < SYMBOLS; p->symbol_count++)
        if (!(p->symbols[p->symbol_count] = rf_fus_symbol_of(p->engine, rf_slice_of(names[p->symbol_count]))))
            return false;
    for (p->shape_count = 0; p->shape_count < SHAPES; p->shape_count++) {
        const rf_fus_symbol *fields[SYMBOLS] = { p->symbols[0], p->symbols[3] };
        if (!(p->shapes[p->shape_count] = rf_fus_shape_of(p->engine, fields, p->shape_count)))
            return false;
    }
    return true;
}

/* A handful of library functions, other ones for other bytes. */
static bool make_library(maker *m) {
    rf_fus_program *p = m->program;
    const rf_fus_lib_row *all[1024];
    uint32_t count = 0;
    for (size_t i = 0; rf_fus_lib_modules[i]; i++)
        for (const rf_fus_lib_row *row = rf_fus_lib_modules[i]->rows; row->name && count < 1024; row++)
            all[count++] = row;
    p->library = rf_arena_alloc(&p->arena, ROWS * sizeof *p->library);
    if (!p->library)
        return false;
    uint32_t start = take(m) | (uint32_t)take(m) << 8;
    for (p->library_count = 0; p->library_count < ROWS; p->library_count++)
        p->library[p->library_count] = all[(start + p->library_count * 7) % count];
    return true;
}

/* How many values the runs and calls of this instruction take. */
static uint32_t run_length(maker *m, const rf_fus_opcode_row *row, uint8_t op, uint32_t b, uint32_t c) {
    if (op == RF_FUS_I_CALLP || op == RF_FUS_I_TAIL_CALLP)
        return m->program->protos[b].arity;
    if (op == RF_FUS_I_CALLSELF || op == RF_FUS_I_TAIL_CALLSELF)
        return m->proto->arity;
    if (op == RF_FUS_I_CALLLIB)
        return m->program->library[b]->arity;
    if (op == RF_FUS_I_CALL1)
        return 1;
    if (op == RF_FUS_I_FAIL)
        return take(m) % 3;
    return row->c == RF_FUS_O_SHAPE ? m->program->shapes[c]->count : take(m) % 5;
}

static unsigned kind_for(uint8_t op) {
    if ((op >= RF_FUS_I_ADD && op <= RF_FUS_I_FDIV) || (op >= RF_FUS_I_LT && op <= RF_FUS_I_GE) || (op >= RF_FUS_I_JLT && op <= RF_FUS_I_JNGE) ||
        (op >= RF_FUS_I_JLTI && op <= RF_FUS_I_JNGEI))
        return K_INT;
    switch (op) {
    case RF_FUS_I_CELL:
    case RF_FUS_I_CELLGET:
    case RF_FUS_I_CELLSET: return K_CELL;
    case RF_FUS_I_CONCAT:
    case RF_FUS_I_CONCATN: return K_TEXT;
    case RF_FUS_I_NOT:
    case RF_FUS_I_JTB:
    case RF_FUS_I_JFB: return K_BOOL;
    case RF_FUS_I_HEAD:
    case RF_FUS_I_TAIL:
    case RF_FUS_I_UNCONS:
    case RF_FUS_I_CONS:
    case RF_FUS_I_LIST:
    case RF_FUS_I_TOARRAY:
    case RF_FUS_I_ITER: return K_LIST;
    case RF_FUS_I_ITEM:
    case RF_FUS_I_INDEX:
    case RF_FUS_I_UPDATE:
    case RF_FUS_I_TUPLE:
    case RF_FUS_I_ARRAY: return K_ITEMS;
    case RF_FUS_I_CLOSURE:
    case RF_FUS_I_LIBVALUE:
    case RF_FUS_I_CALL:
    case RF_FUS_I_TAIL_CALL: return K_FUNCTION;
    default: return KINDS;
    }
}

/* A register below `limit`, mostly of the kind that the instruction likes. */
static uint32_t register_for(maker *m, uint8_t op, uint32_t limit) {
    unsigned kind = kind_for(op);
    uint8_t byte = take(m);
    uint32_t reg = kind < KINDS && byte < 224 ? kind + KINDS * (byte % 3u) : byte % limit;
    return reg < limit ? reg : byte % limit;
}

/* A value for an operand: below its limit, as a rule. */
static uint32_t operand(maker *m, uint8_t kind, uint8_t op, uint32_t pc) {
    const rf_fus_program *p = m->program;
    uint32_t registers = m->proto->registers, ahead = m->count - pc - 1;
    switch ((rf_fus_operand)kind) {
    case RF_FUS_O_W:
    case RF_FUS_O_R: return register_for(m, op, registers);
    case RF_FUS_O_W2: return register_for(m, op, registers - 1);
    case RF_FUS_O_RW3:
    case RF_FUS_O_RUN3: return register_for(m, op, registers - 2);
    case RF_FUS_O_RW4: return register_for(m, op, registers - 3);
    case RF_FUS_O_RUN:
    case RF_FUS_O_RUN1:
    case RF_FUS_O_CALL: return register_for(m, op, registers - 6);
    case RF_FUS_O_K:
    case RF_FUS_O_KX: return op == RF_FUS_I_FAIL || op == RF_FUS_I_FORMAT ? below(m, 4) : below(m, p->constant_count);
    case RF_FUS_O_UP: return below(m, m->proto->upvalue_count);
    case RF_FUS_O_G: return below(m, p->global_count);
    case RF_FUS_O_PROTO: return 1 + below(m, p->proto_count - 1);
    case RF_FUS_O_SYM: return below(m, p->symbol_count);
    case RF_FUS_O_SHAPE: return below(m, p->shape_count);
    case RF_FUS_O_LIB: return below(m, p->library_count);
    case RF_FUS_O_OFF:
    case RF_FUS_O_OFFX: return op == RF_FUS_I_LOOP || op == RF_FUS_I_FORLOOP || op == RF_FUS_I_AGAIN ? (uint32_t)-1 - below(m, pc + 1) : below(m, ahead < 6 ? ahead : 6);
    case RF_FUS_O_NONE: return 0;
    default: return (uint32_t)(int8_t)take(m);
    }
}

static rf_fus_code make_instruction(maker *m, uint8_t op, uint32_t pc) {
    const rf_fus_opcode_row *row = &rf_fus_opcode_rows[op];
    bool is_pair = op == RF_FUS_I_PUSH || op == RF_FUS_I_PUSHALL;
    uint32_t a = operand(m, is_pair ? RF_FUS_O_W2 : row->a, op, pc), b = operand(m, row->b, op, pc), c = operand(m, row->c, op, pc);
    uint32_t d = row->d == RF_FUS_O_COUNT || row->c == RF_FUS_O_SHAPE ? run_length(m, row, op, b, c) : 0;
    if (row->c == RF_FUS_O_COUNT && row->b == RF_FUS_O_RUN)
        c = take(m) % 6;
    bool is_wide = row->b == RF_FUS_O_KX || row->b == RF_FUS_O_G || row->b == RF_FUS_O_IMMX || row->b == RF_FUS_O_OFFX;
    return is_wide ? RF_FUS_MAKEX(op, d, a, b) : RF_FUS_MAKE(op, row->d ? d : 0, a, b, c);
}

/* The first value of a register. */
static rf_fus_code make_first(maker *m, uint32_t reg, uint32_t pc) {
    switch (reg % KINDS) {
    case K_INT:
    case K_OTHER_INT: return RF_FUS_MAKEX(RF_FUS_I_INT, 0, reg, (int8_t)take(m));
    case K_CELL: return RF_FUS_MAKE(RF_FUS_I_CELL, 0, reg, 0, 0);
    case K_LIST: return reg < KINDS ? RF_FUS_MAKEX(RF_FUS_I_CONST, 0, reg, 11) : RF_FUS_MAKE(RF_FUS_I_LIST, 0, reg, 0, 3);
    case K_ITEMS: return RF_FUS_MAKE(reg < KINDS ? RF_FUS_I_ARRAY : RF_FUS_I_TUPLE, 0, reg, 0, 3);
    case K_FUNCTION: return RF_FUS_MAKE(reg < KINDS ? RF_FUS_I_CLOSURE : RF_FUS_I_LIBVALUE, 0, reg, operand(m, reg < KINDS ? RF_FUS_O_PROTO : RF_FUS_O_LIB, RF_FUS_I_MOVE, pc), 0);
    case K_TEXT: return RF_FUS_MAKEX(RF_FUS_I_CONST, 0, reg, below(m, 4));
    default: return RF_FUS_MAKEX(RF_FUS_I_CONST, 0, reg, 6);
    }
}

/* Instructions that would seldom be accepted as they come. */
static bool suits(const maker *m, uint8_t op) {
    switch (op) {
    case RF_FUS_I_TRY:
    case RF_FUS_I_ENDTRY: return false;
    case RF_FUS_I_UPVAL: return m->proto->upvalue_count > 0;
    case RF_FUS_I_CALLSELF:
    case RF_FUS_I_TAIL_CALLSELF: return m->proto->arity > 0;
    default: return true;
    }
}

/* A TRY around one instruction, as nothing else would be accepted often. */
static uint32_t make_try(maker *m, uint32_t pc) {
    m->proto->code[pc] = RF_FUS_MAKEX(RF_FUS_I_TRY, 0, below(m, m->proto->registers), 2);
    m->proto->code[pc + 1] = make_instruction(m, RF_FUS_I_CALL, pc + 1);
    m->proto->code[pc + 2] = RF_FUS_MAKE(RF_FUS_I_ENDTRY, 0, 0, 0, 0);
    return pc + 3;
}

static bool make_code(maker *m) {
    uint32_t pc = 0, first = m->proto->arity;
    m->count = m->proto->registers - first + 2 + below(m, CODE_MAX);
    m->proto->code = rf_arena_zero(&m->program->arena, m->count, sizeof *m->proto->code);
    if (!m->proto->code)
        return false;
    for (uint32_t reg = first; reg < m->proto->registers; reg++, pc++)
        m->proto->code[pc] = make_first(m, reg, pc);
    while (pc + 1 < m->count) {
        uint8_t op = take(m) % RF_FUS_I_CALLN; /* what comes behind is made of these when they are lowered */
        if (op == RF_FUS_I_TRY && pc + 4 < m->count) {
            pc = make_try(m, pc);
        } else {
            m->proto->code[pc] = make_instruction(m, suits(m, op) ? op : RF_FUS_I_MOVE, pc);
            pc++;
        }
    }
    m->proto->code[pc] = RF_FUS_MAKE(RF_FUS_I_RET, 0, below(m, m->proto->registers), 0, 0);
    m->proto->code_count = m->count;
    return true;
}

static bool make_program(maker *m) {
    rf_fus_program *p = m->program;
    if (!make_constants(p) || !make_names(p) || !make_library(m))
        return false;
    p->global_count = GLOBALS;
    p->proto_count = 2 + below(m, PROTOS_MAX - 2);
    p->protos = rf_arena_zero(&p->arena, p->proto_count, sizeof *p->protos);
    if (!p->protos)
        return false;
    for (uint32_t i = 0; i < p->proto_count; i++) {
        rf_fus_proto *proto = &p->protos[i];
        *proto = (rf_fus_proto){ .program = p, .arity = (uint16_t)(i ? 1 + below(m, 3) : 0), .registers = (uint16_t)(16 + below(m, 8)) };
        proto->upvalue_count = (uint16_t)(i > 2 ? below(m, 3) : 0);
        proto->captures = rf_arena_zero(&p->arena, 3, sizeof *proto->captures);
        if (!proto->captures)
            return false;
        for (uint32_t u = 0; u < proto->upvalue_count; u++)
            proto->captures[u] = (rf_fus_capture){ .index = (uint16_t)below(m, 8), .from_register = true };
    }
    for (uint32_t i = 0; i < p->proto_count; i++) {
        m->proto = &p->protos[i];
        if (!make_code(m))
            return false;
    }
    return true;
}

static void run(rf_fus_program *program, bool stress) {
    static const rf_fus_limits limits = { .time_ns = 3000000, .heap_bytes = 2u << 20, .depth = 500 };
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_fus_vm *vm;
    rf_fus_instance *instance;
    rf_fus_value result;
    if (rf_fus_vm_new(program->engine, &limits, NULL, &vm, NULL))
        return;
    rf_fus_vm_stress(vm, stress);
    if (!rf_fus_vm_load(vm, program, &instance, NULL) && !rf_fus_vm_run(vm, instance, &result, NULL))
        (void)rf_fus_display(vm, result, &text);
    rf_fus_vm_free(vm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_fus_engine *engine;
    if (rf_fus_engine_new(&engine, NULL))
        return 0;
    maker m = { .next = data, .end = data + size, .program = rf_fus_program_new(engine) };
    bool stress = take(&m) & 1;
    if (m.program && make_program(&m) && !rf_fus_verify(m.program, NULL) && !rf_fus_lower(m.program, NULL))
        run(m.program, stress);
    rf_fus_program_unref(m.program);
    rf_fus_engine_unref(engine);
    return 0;
}
