/* fuse_jump.c: jumps that lead to jumps or returns, and code that nothing reaches. */
#include "script/fusabi/fuse_internal.h"

#include <assert.h>

enum { HOPS_MAX = 16 };

/* Where a jump to `pc` ends up: through further jumps, forward only. */
static uint32_t final_target(const rf_fus_fusion *f, uint32_t pc) {
    for (int hops = 0; hops < HOPS_MAX && pc < f->count && RF_FUS_OP(f->code[pc]) == RF_FUS_I_JMP; hops++)
        pc = rf_fus_code_target(f->code[pc], pc);
    return pc;
}

/* The same test with the opposite outcome, or 0. */
static uint8_t opposite(uint8_t op) {
    if (op >= RF_FUS_I_JEQ && op <= RF_FUS_I_JNEK)
        return (uint8_t)(RF_FUS_I_JEQ + ((op - RF_FUS_I_JEQ) ^ 1));
    switch (op) {
    case RF_FUS_I_JT: return RF_FUS_I_JF;
    case RF_FUS_I_JF: return RF_FUS_I_JT;
    case RF_FUS_I_JTB: return RF_FUS_I_JFB;
    case RF_FUS_I_JFB: return RF_FUS_I_JTB;
    default: return 0;
    }
}

/* "unless x over; jump there" as "if x there". */
static void invert(rf_fus_fusion *f, uint32_t pc) {
    rf_fus_code word = f->code[pc], next = f->code[pc + 1];
    uint8_t op = opposite(RF_FUS_OP(word));
    if (!op || RF_FUS_OP(next) != RF_FUS_I_JMP || (f->leads[pc + 1] & RF_FUS_LEADS_JUMP) || rf_fus_code_target(word, pc) != pc + 2)
        return;
    word = (word & ~(rf_fus_code)UINT8_MAX) | op;
    if (!rf_fus_code_retarget(&word, pc, rf_fus_code_target(next, pc + 1)))
        return;
    f->code[pc] = word;
    f->drops[pc + 1] = true;
    f->changed = true;
}

/* A jump to the next instruction that stays, which cannot fail either. */
static bool leads_on(const rf_fus_fusion *f, uint32_t pc) {
    uint8_t op = RF_FUS_OP(f->code[pc]);
    uint32_t next = pc + 1;
    while (next < f->count && f->drops[next])
        next++;
    return (op == RF_FUS_I_JMP || op == RF_FUS_I_JT || op == RF_FUS_I_JF) && rf_fus_code_target(f->code[pc], pc) == next;
}

/* A plain jump to what takes one instruction: that instruction itself. */
static void shorten(rf_fus_fusion *f, uint32_t pc, uint32_t target) {
    rf_fus_code there = f->code[target];
    if (RF_FUS_OP(there) == RF_FUS_I_LOOP) {
        (void)rf_fus_code_retarget(&there, pc, rf_fus_code_target(there, target));
    } else if (RF_FUS_OP(there) != RF_FUS_I_RET) {
        return;
    }
    f->code[pc] = there;
    f->changed = true;
}

void rf_fus_fuse_jumps(rf_fus_fusion *f) {
    for (uint32_t pc = 0; pc < f->count; pc++) {
        rf_fus_code word = f->code[pc];
        if (!rf_fus_code_jumps(word) || RF_FUS_OP(word) == RF_FUS_I_LOOP || RF_FUS_OP(word) == RF_FUS_I_FORLOOP)
            continue;
        if (pc + 2 < f->count)
            invert(f, pc);
        word = f->code[pc];
        uint32_t target = rf_fus_code_target(word, pc), end = final_target(f, target);
        if (end != target && end < f->count && RF_FUS_OP(word) != RF_FUS_I_TRY && rf_fus_code_retarget(&word, pc, end)) {
            f->code[pc] = word;
            f->changed = true;
            target = end;
        }
        if (leads_on(f, pc)) {
            f->drops[pc] = f->changed = true;
            continue;
        }
        if (RF_FUS_OP(word) == RF_FUS_I_JMP && target < f->count)
            shorten(f, pc, target);
    }
}

/* Marks what can be reached from the start; the rest is dropped. Jumps lead forward but for loops, whose tops have been
 * reached before them: one pass finds all. */
void rf_fus_fuse_unreached(rf_fus_fusion *f) {
    bool reached = true;
    for (uint32_t pc = 0; pc <= f->count; pc++)
        f->leads[pc] = 0;
    f->leads[0] = RF_FUS_LEADS_ON;
    for (uint32_t pc = 0; pc < f->count; pc++) {
        reached |= f->leads[pc] != 0;
        if (!reached && !f->drops[pc]) {
            f->drops[pc] = true;
            f->changed = true;
        }
        if (!reached || f->drops[pc])
            continue;
        rf_fus_code word = f->code[pc];
        if (rf_fus_code_jumps(word)) {
            f->leads[rf_fus_code_target(word, pc)] |= RF_FUS_LEADS_JUMP;
            f->leads[pc + 1] |= RF_FUS_LEADS_ON;
        }
        reached = !rf_fus_code_ends(word);
    }
}
