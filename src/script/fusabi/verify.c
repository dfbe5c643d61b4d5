/* verify.c: whether a program may run: everything that the VM relies on and does not check again. */
#include "base/alloc.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/fzb_internal.h"
#include "script/fusabi/library.h"

#include <assert.h>

/* What an opcode needs besides "each operand below its limit". */
enum { PLAIN, SHAPED, SHAPED1, BACK, MAKES, CALLS, CALLS_SELF, CALLS_LIBRARY, DIVIDES, FORMATS, FAILS, APPLIES_ONE, TRIES };

/* An opcode as the quick check sees it: the kind of each operand, and how to get the number that is held against the limit
 * of that kind: a run's first register plus its length, a call's register plus its arguments, a jump's distance plus where
 * it starts. D alone is never more than a count. */
typedef struct rule {
    uint8_t a, b, c;
    uint8_t also;
    bool has_sums;              /* the next ones are not all zero */
    uint8_t a_plus_d, b_plus_d; /* masks */
    uint16_t b_plus_c;
    uint16_t c_sign;            /* 0x8000: C is signed */
    uint32_t b_mask;
    uint32_t b_plus_pc, c_plus_pc;
} rule;

#define IS_WIDE(kind) ((kind) == RF_FUS_O_KX || (kind) == RF_FUS_O_G || (kind) == RF_FUS_O_IMMX || (kind) == RF_FUS_O_OFFX)
#define HAS_SUMS(a, b, c) ((a) == RF_FUS_O_CALL || IS_RUN(b) || (b) == RF_FUS_O_OFFX || (c) == RF_FUS_O_OFF)
#define IS_RUN(kind) ((kind) == RF_FUS_O_RUN || (kind) == RF_FUS_O_RUN1)
#define ALSO(op, c)                                                                                                             \
    ((c) == RF_FUS_O_SHAPE ? ((op) == RF_FUS_I_RECWITH ? SHAPED1 : SHAPED)                                                      \
     : (op) == RF_FUS_I_LOOP || (op) == RF_FUS_I_FORLOOP || (op) == RF_FUS_I_AGAIN ? BACK                                 \
     : (op) == RF_FUS_I_CLOSURE ? MAKES                                                                                         \
     : (op) == RF_FUS_I_CALLP || (op) == RF_FUS_I_TAIL_CALLP ? CALLS                                                            \
     : (op) == RF_FUS_I_CALLSELF || (op) == RF_FUS_I_TAIL_CALLSELF ? CALLS_SELF                                                 \
     : (op) == RF_FUS_I_CALLLIB || (op) == RF_FUS_I_CALLN ? CALLS_LIBRARY                                                       \
     : (op) == RF_FUS_I_DIVI || (op) == RF_FUS_I_MODI ? DIVIDES                                                                 \
     : (op) == RF_FUS_I_TRY || (op) == RF_FUS_I_ENDTRY ? TRIES                                                                  \
     : (op) == RF_FUS_I_CALL1 ? APPLIES_ONE                                                                                     \
     : (op) == RF_FUS_I_FORMAT ? FORMATS                                                                                        \
     : (op) == RF_FUS_I_FAIL ? FAILS : PLAIN)
/* A list under construction is two registers, of which opcode.h names the first. */
#define A_OF(op, a) ((op) == RF_FUS_I_PUSH || (op) == RF_FUS_I_PUSHALL ? RF_FUS_O_W2 : (a))
/* Jumps back are looked at apart. */
#define B_OF(op, b, c) (ALSO(op, c) == BACK ? RF_FUS_O_IMMX : (b))
static const rule rules[RF_FUS_I_COUNT] = {
#define X(name, d_, a_, b_, c_, text)                                                                                           \
    { .a = A_OF(RF_FUS_I_##name, RF_FUS_O_##a_), .b = B_OF(RF_FUS_I_##name, RF_FUS_O_##b_, RF_FUS_O_##c_), .c = RF_FUS_O_##c_,   \
      .also = ALSO(RF_FUS_I_##name, RF_FUS_O_##c_), .has_sums = HAS_SUMS(RF_FUS_O_##a_, RF_FUS_O_##b_, RF_FUS_O_##c_),                                                                        \
      .a_plus_d = RF_FUS_O_##a_ == RF_FUS_O_CALL ? 0xFF : 0,                                                                    \
      .b_plus_d = IS_RUN(RF_FUS_O_##b_) && RF_FUS_O_##d_ == RF_FUS_O_COUNT ? 0xFF : 0,                                          \
      .b_plus_c = IS_RUN(RF_FUS_O_##b_) && RF_FUS_O_##c_ == RF_FUS_O_COUNT ? 0xFFFF : 0,                                        \
      .c_sign = RF_FUS_O_##c_ == RF_FUS_O_OFF ? 0x8000 : 0, .b_mask = IS_WIDE(RF_FUS_O_##b_) ? UINT32_MAX : 0xFFFF,             \
      .b_plus_pc = B_OF(RF_FUS_I_##name, RF_FUS_O_##b_, RF_FUS_O_##c_) == RF_FUS_O_OFFX ? UINT32_MAX : 0,                        \
      .c_plus_pc = RF_FUS_O_##c_ == RF_FUS_O_OFF ? UINT32_MAX : 0 },
    RF_FUS_OPCODES(X)
#undef X
};

enum { KINDS = RF_FUS_O_OFFX + 1 };
#define ANY (UINT64_C(1) << 32)

typedef struct verifier {
    const rf_fus_program *program;
    const rf_fus_proto *proto;
    uint64_t limits[KINDS];      /* an operand of that kind must be below */
    uint32_t *most_registers;    /* per function: how many registers its maker must have for the captures */
    uint32_t *most_upvalues;     /* the same for captured values of the maker */
    bool has_try;
} verifier;

static uint32_t proto_number(const verifier *v) { return (uint32_t)(v->proto - v->program->protos); }

static rf_code refuse_function(const verifier *v, const char *why, rf_error *reterr) {
    return rf_raise(reterr, RF_EPARSE, "function %u: %s", proto_number(v), why);
}

static rf_code refuse(const verifier *v, uint32_t pc, const char *why, rf_error *reterr) {
    uint8_t op = RF_FUS_OP(v->proto->code[pc]);
    return rf_raise(reterr, RF_EPARSE, "function %u, instruction %u (%s): %s", proto_number(v), pc,
                    op < RF_FUS_I_COUNT ? rf_fus_opcode_rows[op].name : "?", why);
}

const char *rf_fus_operand_name(uint8_t kind) {
    static const char *const names[KINDS] = {
        [RF_FUS_O_NONE] = "nothing",      [RF_FUS_O_W] = "register",         [RF_FUS_O_W2] = "register",      [RF_FUS_O_R] = "register",
        [RF_FUS_O_RW3] = "register",      [RF_FUS_O_RW4] = "register",       [RF_FUS_O_RUN] = "run of registers", [RF_FUS_O_RUN1] = "run of registers",
        [RF_FUS_O_RUN3] = "run of registers", [RF_FUS_O_CALL] = "call window", [RF_FUS_O_K] = "constant",     [RF_FUS_O_KX] = "constant",
        [RF_FUS_O_UP] = "captured value", [RF_FUS_O_UPX] = "captured value", [RF_FUS_O_G] = "global",         [RF_FUS_O_PROTO] = "function",
        [RF_FUS_O_SYM] = "name",          [RF_FUS_O_SHAPE] = "record",       [RF_FUS_O_LIB] = "library function", [RF_FUS_O_IMM] = "number",
        [RF_FUS_O_IMMX] = "number",       [RF_FUS_O_COUNT] = "count",        [RF_FUS_O_OFF] = "jump target",  [RF_FUS_O_OFFX] = "jump target",
    };
    return kind < KINDS && names[kind] ? names[kind] : "operand";
}

/* Those that all functions have in common. */
static void set_limits(verifier *v) {
    const rf_fus_program *program = v->program;
    for (unsigned i = 0; i < KINDS; i++)
        v->limits[i] = ANY;
    v->limits[RF_FUS_O_K] = v->limits[RF_FUS_O_KX] = program->constant_count;
    v->limits[RF_FUS_O_G] = program->global_count;
    v->limits[RF_FUS_O_PROTO] = program->proto_count;
    v->limits[RF_FUS_O_SYM] = program->symbol_count;
    v->limits[RF_FUS_O_SHAPE] = program->shape_count;
    v->limits[RF_FUS_O_LIB] = program->library_count;
}

static void set_limits_of_function(verifier *v) {
    uint64_t registers = v->proto->registers;
    v->limits[RF_FUS_O_W] = v->limits[RF_FUS_O_R] = v->limits[RF_FUS_O_RUN1] = v->limits[RF_FUS_O_CALL] = registers;
    v->limits[RF_FUS_O_W2] = registers >= 1 ? registers - 1 : 0;
    v->limits[RF_FUS_O_RW3] = v->limits[RF_FUS_O_RUN3] = registers >= 2 ? registers - 2 : 0;
    v->limits[RF_FUS_O_RW4] = registers >= 3 ? registers - 3 : 0;
    v->limits[RF_FUS_O_RUN] = registers + 1; /* an empty run may stand behind the last */
    v->limits[RF_FUS_O_UP] = v->proto->upvalue_count;
    v->limits[RF_FUS_O_OFF] = v->limits[RF_FUS_O_OFFX] = v->proto->code_count - 1; /* jumps go forward and stay inside */
}

static rf_code check_closure(const verifier *v, uint32_t pc, rf_error *reterr) {
    uint32_t made = RF_FUS_B(v->proto->code[pc]);
    if (made == 0)
        return refuse(v, pc, "the main function as a value", reterr);
    if (v->most_registers[made] > v->proto->registers || v->most_upvalues[made] > v->proto->upvalue_count)
        return refuse(v, pc, "the function captures what is not there", reterr);
    return RF_OK;
}

static rf_code check_known_call(const verifier *v, uint32_t pc, rf_error *reterr) {
    const rf_fus_proto *called = &v->program->protos[RF_FUS_B(v->proto->code[pc])];
    if (called == v->program->protos || called->upvalue_count != 0)
        return refuse(v, pc, "not a function that can be called directly", reterr);
    return called->arity == RF_FUS_D(v->proto->code[pc]) ? RF_OK : refuse(v, pc, "wrong number of arguments", reterr);
}

static rf_code check_self_call(const verifier *v, uint32_t pc, rf_error *reterr) {
    bool fits = v->proto != v->program->protos && v->proto->arity == RF_FUS_D(v->proto->code[pc]);
    return fits ? RF_OK : refuse(v, pc, "wrong number of arguments", reterr);
}

static rf_code check_library_call(const verifier *v, uint32_t pc, rf_error *reterr) {
    rf_fus_code word = v->proto->code[pc];
    const rf_fus_lib_row *row = v->program->library[RF_FUS_B(word)];
    if (RF_FUS_OP(word) == RF_FUS_I_CALLN && !row->native)
        return refuse(v, pc, "not a function in C", reterr);
    return row->arity == RF_FUS_D(word) ? RF_OK : refuse(v, pc, "wrong number of arguments", reterr);
}

/* The values behind a record's shape; in front of them, for RECWITH, the record. */
static rf_code check_shaped(const verifier *v, uint32_t pc, rf_error *reterr) {
    rf_fus_code word = v->proto->code[pc];
    uint64_t end = (uint64_t)RF_FUS_B(word) + v->program->shapes[RF_FUS_C(word)]->count + (rules[RF_FUS_OP(word)].also == SHAPED1);
    return end <= v->proto->registers ? RF_OK : refuse(v, pc, "run of registers out of range", reterr);
}

static rf_code check_back(const verifier *v, uint32_t pc, rf_error *reterr) {
    int64_t target = (int64_t)pc + 1 + RF_FUS_BX(v->proto->code[pc]);
    return target >= 0 && target <= pc ? RF_OK : refuse(v, pc, "jump target out of range", reterr);
}

static rf_code check_text(const verifier *v, uint32_t pc, uint32_t constant, rf_error *reterr) {
    return rf_fus_is(v->program->constants[constant], RF_FUS_T_STRING) ? RF_OK : refuse(v, pc, "the constant is not a string", reterr);
}

static rf_code check_also(const verifier *v, uint32_t pc, rf_error *reterr) {
    rf_fus_code word = v->proto->code[pc];
    switch (rules[RF_FUS_OP(word)].also) {
    case SHAPED:
    case SHAPED1: return check_shaped(v, pc, reterr);
    case BACK: return check_back(v, pc, reterr);
    case MAKES: return check_closure(v, pc, reterr);
    case CALLS: return check_known_call(v, pc, reterr);
    case CALLS_SELF: return check_self_call(v, pc, reterr);
    case CALLS_LIBRARY: return check_library_call(v, pc, reterr);
    case DIVIDES: return RF_FUS_C(word) != 0 && RF_FUS_SC(word) != -1 ? RF_OK : refuse(v, pc, "division by this number", reterr);
    case APPLIES_ONE: return RF_FUS_D(word) == 1 ? RF_OK : refuse(v, pc, "wrong number of arguments", reterr);
    case FORMATS: return check_text(v, pc, RF_FUS_C(word), reterr);
    case FAILS:
        return RF_FUS_D(word) <= RF_FUS_FAIL_DENIED ? check_text(v, pc, RF_FUS_B(word), reterr) : refuse(v, pc, "no such error", reterr);
    default: return RF_OK;
    }
}

/* What is held against the limits. A jump back becomes a very large number. */
static inline __attribute__((always_inline)) void numbers_of(rf_fus_code word, uint32_t pc, const rule *row, uint64_t ret[3]) {
    ret[0] = RF_FUS_A(word);
    ret[1] = (uint32_t)(word >> 32) & row->b_mask;
    ret[2] = RF_FUS_C(word);
    if (!row->has_sums)
        return;
    uint64_t d = RF_FUS_D(word), c = (uint32_t)((RF_FUS_C(word) ^ row->c_sign) - row->c_sign);
    ret[0] += d & row->a_plus_d;
    ret[1] += (d & row->b_plus_d) + (c & row->b_plus_c) + (pc & row->b_plus_pc);
    ret[2] = c + (pc & row->c_plus_pc);
}

/* From `pc` on to the first instruction that is wrong, or needs more than its operands looked at. */
static uint32_t skip_good(const verifier *v, uint32_t pc) {
    const rf_fus_code *code = v->proto->code;
    for (uint32_t count = v->proto->code_count; pc < count; pc++) {
        if (RF_UNLIKELY(RF_FUS_OP(code[pc]) > RF_FUS_I_CALLN))
            break;
        const rule *row = &rules[RF_FUS_OP(code[pc])];
        uint64_t numbers[3];
        if (row->also != PLAIN)
            break;
        numbers_of(code[pc], pc, row, numbers);
        bool good = (numbers[0] < v->limits[row->a]) & (numbers[1] < v->limits[row->b]) & (numbers[2] < v->limits[row->c]);
        if (RF_UNLIKELY(!good))
            break;
    }
    return pc;
}

static rf_code check_instruction(verifier *v, uint32_t pc, rf_error *reterr) {
    rf_fus_code word = v->proto->code[pc];
    if (RF_FUS_OP(word) >= RF_FUS_I_COUNT)
        return refuse(v, pc, "no such instruction", reterr);
    if (RF_FUS_OP(word) > RF_FUS_I_CALLN && !rf_fus_is_combined(v->proto, pc))
        return refuse(v, pc, "what belongs to it is not behind it", reterr);
    const rule *row = &rules[RF_FUS_OP(word)];
    const uint8_t kinds[3] = { row->a, row->b, row->c };
    uint64_t numbers[3];
    numbers_of(word, pc, row, numbers);
    for (unsigned i = 0; i < 3; i++)
        if (numbers[i] >= v->limits[kinds[i]])
            return rf_raise(reterr, RF_EPARSE, "function %u, instruction %u (%s): %s out of range", proto_number(v), pc,
                            rf_fus_opcode_rows[RF_FUS_OP(word)].name, rf_fus_operand_name(kinds[i]));
    v->has_try |= row->also == TRIES;
    return check_also(v, pc, reterr);
}

static bool ends_path(uint8_t op) {
    switch (op) {
    case RF_FUS_I_RET:
    case RF_FUS_I_TAIL_CALL:
    case RF_FUS_I_TAIL_CALLP:
    case RF_FUS_I_TAIL_CALLSELF:
    case RF_FUS_I_JMP:
    case RF_FUS_I_LOOP:
    case RF_FUS_I_RAISE:
    case RF_FUS_I_FAIL:
    case RF_FUS_I_MATCHFAIL: return true;
    default: return false;
    }
}

/* ---- TRY and ENDTRY: how many are open at each instruction ---- */

#define UNSEEN UINT16_MAX

typedef struct tries {
    const verifier *v;
    uint16_t *open;      /* per instruction: TRYs open before it, or UNSEEN */
    uint32_t *pending;   /* instructions seen and not yet gone through */
    uint32_t pending_count;
} tries;

/* A path leads to `pc` with `open` TRYs. */
static bool arrive(tries *t, uint32_t pc, uint32_t open) {
    if (t->open[pc] == UNSEEN) {
        t->open[pc] = (uint16_t)open;
        t->pending[t->pending_count++] = pc;
    }
    return t->open[pc] == open;
}

/* Where a jumping instruction may go; UINT32_MAX: it does not jump. */
static uint32_t target_of(rf_fus_code word, uint32_t pc) {
    const rf_fus_opcode_row *row = &rf_fus_opcode_rows[RF_FUS_OP(word)];
    if (row->b == RF_FUS_O_OFFX)
        return pc + 1 + (uint32_t)RF_FUS_BX(word);
    return row->c == RF_FUS_O_OFF ? (uint32_t)((int32_t)pc + 1 + RF_FUS_SC(word)) : UINT32_MAX;
}

static rf_code step_tries(tries *t, uint32_t pc, rf_error *reterr) {
    rf_fus_code word = t->v->proto->code[pc];
    uint8_t op = RF_FUS_OP(word);
    uint32_t open = t->open[pc], target = target_of(word, pc);
    bool leaves = op == RF_FUS_I_RET || (op >= RF_FUS_I_TAIL_CALL && op <= RF_FUS_I_TAIL_CALLSELF);
    if (leaves && open > 0)
        return refuse(t->v, pc, "leaves the function inside TRY", reterr);
    if (op == RF_FUS_I_ENDTRY && open == 0)
        return refuse(t->v, pc, "no TRY to end", reterr);
    if (target != UINT32_MAX && !arrive(t, target, open)) /* a TRY's handler runs when it has ended */
        return refuse(t->v, pc, "jumps to where other TRYs are open", reterr);
    if (ends_path(op))
        return RF_OK;
    open += op == RF_FUS_I_TRY;
    open -= op == RF_FUS_I_ENDTRY;
    if (open >= RF_FUS_TRY_MAX)
        return refuse(t->v, pc, "too many TRYs inside each other", reterr);
    return arrive(t, pc + 1, open) ? RF_OK : refuse(t->v, pc, "runs into where other TRYs are open", reterr);
}

#define SMALL_CODE 64u /* instructions of a function for which nothing is allocated */

static rf_code check_tries(const verifier *v, rf_error *reterr) {
    uint32_t count = v->proto->code_count;
    uint32_t small[SMALL_CODE + SMALL_CODE / 2];
    uint32_t *room = count <= SMALL_CODE ? small : rf_alloc((size_t)count * (sizeof(uint32_t) + sizeof(uint16_t)));
    if (!room)
        return rf_raise_nomem(reterr);
    tries t = { .v = v, .open = (uint16_t *)(void *)(room + count), .pending = room };
    memset(t.open, 0xFF, count * sizeof *t.open);
    rf_code code = RF_OK;
    (void)arrive(&t, 0, 0);
    while (t.pending_count > 0 && !code)
        code = step_tries(&t, t.pending[--t.pending_count], reterr);
    if (room != small)
        rf_free(room);
    return code;
}

/* ---- Functions and the program ---- */

static rf_code check_head(const verifier *v, rf_error *reterr) {
    const rf_fus_proto *proto = v->proto;
    bool is_main = proto == v->program->protos;
    if (proto->code_count == 0)
        return refuse_function(v, "no code", reterr);
    if (is_main ? proto->arity != 0 || proto->upvalue_count != 0 : proto->arity == 0)
        return refuse_function(v, "wrong number of parameters", reterr);
    if (proto->arity > RF_FUS_ARGS_MAX || proto->arity > proto->registers || proto->registers > RF_FUS_REGISTERS_MAX)
        return refuse_function(v, "wrong number of registers", reterr);
    return ends_path(RF_FUS_OP(proto->code[proto->code_count - 1])) ? RF_OK : refuse_function(v, "runs off its end", reterr);
}

static rf_code check_proto(verifier *v, rf_error *reterr) {
    rf_code code = check_head(v, reterr);
    if (code)
        return code;
    set_limits_of_function(v);
    v->has_try = false;
    for (uint32_t pc = skip_good(v, 0); pc < v->proto->code_count && !code; pc = skip_good(v, pc + 1))
        code = check_instruction(v, pc, reterr);
    return !code && v->has_try ? check_tries(v, reterr) : code;
}

/* What each function's captures ask of whoever makes it, so that CLOSURE compares two numbers. */
static void sum_captures(verifier *v) {
    for (uint32_t i = 0; i < v->program->proto_count; i++) {
        const rf_fus_proto *proto = &v->program->protos[i];
        v->most_registers[i] = v->most_upvalues[i] = 0;
        for (uint32_t u = 0; u < proto->upvalue_count; u++) {
            uint32_t *most = proto->captures[u].from_register ? &v->most_registers[i] : &v->most_upvalues[i];
            if (proto->captures[u].index >= *most)
                *most = proto->captures[u].index + 1u;
        }
    }
}

static rf_code check_tables(const rf_fus_program *program, rf_error *reterr) {
    if (program->proto_count == 0)
        return rf_raise(reterr, RF_EPARSE, "no functions");
    for (uint32_t i = 0; i < program->library_count; i++)
        if (!program->library[i])
            return rf_raise(reterr, RF_EPARSE, "library function %u is not there", i);
    for (uint32_t i = 0; i < program->export_count; i++)
        if (program->exports[i].global >= program->global_count)
            return rf_raise(reterr, RF_EPARSE, "export %u is no global", i);
    return RF_OK;
}

rf_code rf_fus_verify(const rf_fus_program *program, rf_error *reterr) {
    assert(program);
    uint32_t small[16];
    rf_code code = check_tables(program, reterr);
    if (code)
        return code;
    size_t count = program->proto_count;
    uint32_t *room = count <= 8 ? small : rf_alloc(2 * count * sizeof *room);
    if (!room)
        return rf_raise_nomem(reterr);
    verifier v; /* `limits` are set one by one */
    v.program = program;
    v.most_registers = room;
    v.most_upvalues = room + count;
    set_limits(&v);
    sum_captures(&v);
    for (uint32_t i = 0; i < count && !code; i++) {
        v.proto = &program->protos[i];
        code = check_proto(&v, reterr);
    }
    if (room != small)
        rf_free(room);
    return code;
}
