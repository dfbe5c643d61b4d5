/* fuse_move.c: copies of registers: read the original, write to where the value goes, drop what nothing wants. */
#include "script/fusabi/fuse_internal.h"

#include <assert.h>

enum { LOOK_BACK = 16 };

static uint64_t bit(uint32_t r) { return r < 64 ? UINT64_C(1) << r : 0; }

/* What is known at one point: `copy` of each register in `known` is the register that holds the same value. */
typedef struct copies { uint64_t known; uint8_t of[64]; } copies;

static uint32_t original(const copies *c, uint32_t r) { return c->known & bit(r) ? c->of[r] : r; }

static void forget(copies *c, uint64_t written) {
    c->known &= ~written;
    for (uint64_t left = c->known; left; left &= left - 1) {
        uint32_t r = (uint32_t)__builtin_ctzll(left);
        if (written & bit(c->of[r]))
            c->known &= ~bit(r);
    }
}

/* Operands that are one register, read: they may as well read the original. */
static rf_fus_code read_originals(const copies *c, rf_fus_code word) {
    uint8_t op = RF_FUS_OP(word);
    const rf_fus_opcode_row *row = &rf_fus_opcode_rows[op];
    if (c->known == 0)
        return word;
    if (row->a == RF_FUS_O_R && op != RF_FUS_I_PUSH && op != RF_FUS_I_PUSHALL)
        word = (word & ~(UINT64_C(0xFFFF) << 16)) | (rf_fus_code)original(c, RF_FUS_A(word)) << 16;
    if (row->b == RF_FUS_O_R)
        word = (word & ~(UINT64_C(0xFFFF) << 32)) | (rf_fus_code)original(c, RF_FUS_B(word)) << 32;
    if (row->c == RF_FUS_O_R)
        word = (word & ~(UINT64_C(0xFFFF) << 48)) | (rf_fus_code)original(c, RF_FUS_C(word)) << 48;
    return word;
}

static void propagate(rf_fus_fusion *f) {
    copies c = { 0 };
    for (uint32_t pc = 0; pc < f->count; pc++) {
        if (f->leads[pc])
            c.known = 0;
        if (f->drops[pc])
            continue;
        rf_fus_code word = read_originals(&c, f->code[pc]);
        f->code[pc] = word;
        if (RF_FUS_OP(word) == RF_FUS_I_MOVE && RF_FUS_A(word) == RF_FUS_B(word)) {
            f->drops[pc] = f->changed = true;
            continue;
        }
        forget(&c, rf_fus_effect_of(f->proto, word).writes);
        if (RF_FUS_OP(word) == RF_FUS_I_MOVE && RF_FUS_A(word) < 64 && RF_FUS_B(word) < 64) {
            c.known |= bit(RF_FUS_A(word));
            c.of[RF_FUS_A(word)] = (uint8_t)RF_FUS_B(word);
        }
    }
}

/* Without any effect but its result. */
static bool is_load(rf_fus_code word) {
    uint8_t op = RF_FUS_OP(word);
    return op == RF_FUS_I_MOVE || op == RF_FUS_I_CONST || op == RF_FUS_I_INT || op == RF_FUS_I_UPVAL || op == RF_FUS_I_LIBVALUE;
}

/* MOVE d t, t not wanted afterwards: what made t makes d instead. */
static bool write_through(rf_fus_fusion *f, uint32_t pc) {
    uint32_t d = RF_FUS_A(f->code[pc]), t = RF_FUS_B(f->code[pc]);
    uint64_t both = bit(d) | bit(t);
    uint32_t steps = 0;
    for (uint32_t at = pc; at > 0 && !f->leads[at] && steps < LOOK_BACK; steps++) {
        at--;
        if (f->drops[at])
            continue;
        rf_fus_code word = f->code[at];
        rf_fus_effect effect = rf_fus_effect_of(f->proto, word);
        if (effect.writes == bit(t) && rf_fus_opcode_rows[RF_FUS_OP(word)].a == RF_FUS_O_W && RF_FUS_OP(word) != RF_FUS_I_CLOSURE) {
            f->code[at] = (word & ~(UINT64_C(0xFFFF) << 16)) | (rf_fus_code)d << 16;
            return true;
        }
        if ((effect.reads | effect.writes) & both)
            return false;
    }
    return false;
}

/* One block, backwards from what is wanted behind it. */
static void clean(rf_fus_fusion *f, uint32_t start, uint32_t end) {
    rf_fus_code last = f->code[end - 1];
    uint64_t live = rf_fus_code_ends(last) || end >= f->count ? 0 : f->live_in[f->block_of[end]];
    for (uint32_t pc = end; pc-- > start;) {
        rf_fus_code word = f->code[pc];
        if (f->drops[pc])
            continue;
        if (rf_fus_code_jumps(word))
            live |= f->live_in[f->block_of[rf_fus_code_target(word, pc)]];
        if (is_load(word) && RF_FUS_A(word) < 64 && !(live & bit(RF_FUS_A(word)))) {
            f->drops[pc] = f->changed = true;
            continue;
        }
        if (RF_FUS_OP(word) == RF_FUS_I_MOVE && !(live & bit(RF_FUS_B(word))) && write_through(f, pc)) {
            f->drops[pc] = f->changed = true;
            continue;
        }
        rf_fus_effect effect = rf_fus_effect_of(f->proto, word);
        live = (live & ~effect.writes) | effect.reads;
    }
}

static bool clean_all(rf_fus_fusion *f) {
    if (!rf_fus_fuse_liveness(f))
        return false;
    for (uint32_t end = f->count, pc = f->count; pc-- > 0;)
        if (f->leads[pc]) {
            clean(f, pc, end);
            end = pc;
        }
    return true;
}

static bool has_moves(const rf_fus_fusion *f) {
    for (uint32_t pc = 0; pc < f->count; pc++)
        if (!f->drops[pc] && RF_FUS_OP(f->code[pc]) == RF_FUS_I_MOVE)
            return true;
    return false;
}

/* Writing through comes first: reading originals makes them live longer. */
void rf_fus_fuse_moves(rf_fus_fusion *f) {
    if (!clean_all(f) || !has_moves(f))
        return;
    propagate(f);
    (void)clean_all(f);
}
