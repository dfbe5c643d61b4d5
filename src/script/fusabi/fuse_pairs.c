/* fuse_pairs.c: sequences that one instruction does. Which ones: those that were counted most often on the benchmark's and the
 * recorded scripts, where a MOVE before a MOVE, a MOVE before a CALL and a LOOP before a NEXT led. */
#include "script/fusabi/fuse_internal.h"

/* The loop over items: from its end straight to the next item. */
static void fuse_loop(rf_fus_fusion *f, uint32_t pc) {
    uint32_t head = rf_fus_code_target(f->code[pc], pc);
    rf_fus_code next = f->code[head];
    if (RF_FUS_OP(next) != RF_FUS_I_NEXT || rf_fus_code_target(next, head) != pc + 1)
        return;
    f->code[pc] = RF_FUS_MAKEX(RF_FUS_I_AGAIN, 0, RF_FUS_A(next), (int32_t)head - (int32_t)pc);
    f->changed = true;
}

/* Function and argument are copied to where a call wants them. Nothing may jump in between, and the second copy may not read what
 * the first has written. */
static void fuse_call(rf_fus_fusion *f, uint32_t pc) {
    rf_fus_code function = f->code[pc], argument = f->code[pc + 1], call = f->code[pc + 2];
    uint16_t a = RF_FUS_A(call);
    bool fits = RF_FUS_OP(argument) == RF_FUS_I_MOVE && RF_FUS_OP(call) == RF_FUS_I_CALL && RF_FUS_D(call) == 1 &&
                RF_FUS_A(function) == a && RF_FUS_A(argument) == a + 1 && RF_FUS_B(argument) != a;
    if (!fits || ((f->leads[pc + 1] | f->leads[pc + 2]) & RF_FUS_LEADS_JUMP))
        return;
    f->code[pc + 2] = RF_FUS_MAKE(RF_FUS_I_CALL1, 1, a, RF_FUS_B(function), RF_FUS_B(argument));
    f->drops[pc] = f->drops[pc + 1] = f->changed = true;
}

void rf_fus_fuse_pairs(rf_fus_fusion *f) {
    for (uint32_t pc = 0; pc < f->count; pc++) {
        if (RF_FUS_OP(f->code[pc]) == RF_FUS_I_LOOP)
            fuse_loop(f, pc);
        else if (RF_FUS_OP(f->code[pc]) == RF_FUS_I_MOVE && pc + 2 < f->count)
            fuse_call(f, pc);
    }
}
