/* fuse_flow.c: what instructions read and write, and which registers are still wanted where. */
#include "script/fusabi/fuse_internal.h"

#include "base/arena.h"

#include <assert.h>

bool rf_fus_code_ends(rf_fus_code word) {
    switch (RF_FUS_OP(word)) {
    case RF_FUS_I_JMP:
    case RF_FUS_I_LOOP:
    case RF_FUS_I_RET:
    case RF_FUS_I_RAISE:
    case RF_FUS_I_FAIL:
    case RF_FUS_I_MATCHFAIL:
    case RF_FUS_I_TAIL_CALL:
    case RF_FUS_I_TAIL_CALLP:
    case RF_FUS_I_TAIL_CALLSELF: return true;
    default: return false;
    }
}

bool rf_fus_code_retarget(rf_fus_code *word, uint32_t pc, uint32_t target) {
    int32_t offset = (int32_t)target - (int32_t)pc - 1;
    if (rf_fus_opcode_rows[RF_FUS_OP(*word)].c != RF_FUS_O_OFF) {
        *word = (*word & UINT32_MAX) | (rf_fus_code)(uint32_t)offset << 32;
        return true;
    }
    if (offset < INT16_MIN || offset > INT16_MAX)
        return false;
    *word = (*word & UINT64_C(0xFFFFFFFFFFFF)) | (rf_fus_code)(uint16_t)offset << 48;
    return true;
}

/* Registers first … first + count - 1, those below 64. */
static uint64_t span(uint32_t first, uint32_t count) {
    if (count == 0 || first >= 64)
        return 0;
    uint64_t ones = count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
    return ones << first;
}

static uint32_t run_length(const rf_fus_proto *proto, rf_fus_code word, const rf_fus_opcode_row *row) {
    uint32_t extra = row->b == RF_FUS_O_RUN1;
    if (row->c == RF_FUS_O_SHAPE)
        return proto->program->shapes[RF_FUS_C(word)]->count + extra;
    return (row->c == RF_FUS_O_COUNT ? RF_FUS_C(word) : RF_FUS_D(word)) + extra;
}

static uint64_t captured(const rf_fus_proto *proto, rf_fus_code word) {
    const rf_fus_proto *made = &proto->program->protos[RF_FUS_B(word)];
    uint64_t set = 0;
    for (uint32_t i = 0; i < made->upvalue_count; i++)
        if (made->captures[i].from_register)
            set |= span(made->captures[i].index, 1);
    return set;
}

/* Operand A alone. */
static rf_fus_effect effect_of_a(rf_fus_code word, uint8_t kind) {
    uint32_t a = RF_FUS_A(word);
    switch (kind) {
    case RF_FUS_O_W: return (rf_fus_effect){ 0, span(a, 1) };
    case RF_FUS_O_W2: return (rf_fus_effect){ 0, span(a, 2) };
    case RF_FUS_O_R: return (rf_fus_effect){ span(a, 1), 0 };
    case RF_FUS_O_RW3: return (rf_fus_effect){ span(a, 3), span(a, 3) };
    case RF_FUS_O_RW4: return (rf_fus_effect){ span(a, 4), span(a, 4) };
    default: return (rf_fus_effect){ 0, 0 };
    }
}

/* The callee's window begins behind A: nothing above it survives. */
static rf_fus_effect effect_of_call(rf_fus_code word) {
    uint32_t a = RF_FUS_A(word), args = RF_FUS_D(word), op = RF_FUS_OP(word);
    bool reads_function = op == RF_FUS_I_CALL || op == RF_FUS_I_TAIL_CALL;
    return (rf_fus_effect){ span(a + !reads_function, args + reads_function), span(a, 64) };
}

rf_fus_effect rf_fus_effect_of(const rf_fus_proto *proto, rf_fus_code word) {
    const rf_fus_opcode_row *row = &rf_fus_opcode_rows[RF_FUS_OP(word)];
    if (row->a == RF_FUS_O_CALL)
        return effect_of_call(word);
    rf_fus_effect effect = effect_of_a(word, row->a);
    switch (RF_FUS_OP(word)) {
    case RF_FUS_I_PUSH:
    case RF_FUS_I_PUSHALL: /* the list under construction is two registers */
        effect.reads |= span(RF_FUS_A(word), 2);
        effect.writes |= span(RF_FUS_A(word), 2);
        break;
    case RF_FUS_I_CLOSURE: effect.reads |= captured(proto, word); break;
    default: break;
    }
    switch (row->b) {
    case RF_FUS_O_R: effect.reads |= span(RF_FUS_B(word), 1); break;
    case RF_FUS_O_RUN:
    case RF_FUS_O_RUN1: effect.reads |= span(RF_FUS_B(word), run_length(proto, word, row)); break;
    case RF_FUS_O_RUN3: effect.reads |= span(RF_FUS_B(word), 3); break;
    default: break;
    }
    if (row->c == RF_FUS_O_R)
        effect.reads |= span(RF_FUS_C(word), 1);
    return effect;
}

static uint64_t live_at(const rf_fus_fusion *f, uint32_t pc) { return pc < f->count ? f->live_in[f->block_of[pc]] : 0; }

/* What is wanted at the start of the block that begins at `start`. */
static uint64_t scan(const rf_fus_fusion *f, uint32_t start, uint32_t end) {
    rf_fus_code last = f->code[end - 1];
    uint64_t live = rf_fus_code_ends(last) ? 0 : live_at(f, end);
    for (uint32_t pc = end; pc-- > start;) {
        rf_fus_code word = f->code[pc];
        if (f->drops[pc])
            continue;
        rf_fus_effect effect = rf_fus_effect_of(f->proto, word);
        live = (live & ~effect.writes) | effect.reads;
        if (rf_fus_code_jumps(word))
            live |= live_at(f, rf_fus_code_target(word, pc));
    }
    return live;
}

bool rf_fus_fuse_liveness(rf_fus_fusion *f) {
    f->block_of = rf_arena_alloc(f->arena, (f->count + 1) * sizeof *f->block_of);
    uint32_t *starts = rf_arena_alloc(f->arena, (f->count + 1) * sizeof *starts);
    if (!f->block_of || !starts)
        return false;
    f->block_count = 0;
    for (uint32_t pc = 0; pc < f->count; pc++)
        if (f->leads[pc]) {
            f->block_of[pc] = f->block_count;
            starts[f->block_count++] = pc;
        }
    starts[f->block_count] = f->count;
    f->live_in = rf_arena_zero(f->arena, f->block_count + 1, sizeof *f->live_in);
    if (!f->live_in)
        return false;
    /* From the end: jumps lead forward, so that only loops need another round. */
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = f->block_count; i-- > 0;) {
            uint64_t live = scan(f, starts[i], starts[i + 1]);
            changed |= live != f->live_in[i];
            f->live_in[i] = live;
        }
    }
    return true;
}
