/* fuse_internal.h: what fuse*.c share: the code of one function taken apart. */
#ifndef RF_SCRIPT_FUSABI_FUSE_INTERNAL_H
#define RF_SCRIPT_FUSABI_FUSE_INTERNAL_H

#include "script/fusabi/opcode.h"
#include "script/fusabi/program.h"

#define RF_FUS_FUSE_REGISTERS 64u /* functions with more are left as they are: liveness is a word for each block */

/* What an instruction does to registers below 64, as sets. */
typedef struct rf_fus_effect { uint64_t reads, writes; } rf_fus_effect; /* `writes`: also what becomes meaningless */

enum { RF_FUS_LEADS_ON = 1 /* behind a jump that may not be taken */, RF_FUS_LEADS_JUMP = 2 /* a jump leads here */ };

typedef struct rf_fus_fusion {
    rf_arena *arena;
    rf_fus_proto *proto;
    rf_fus_code *code; /* of proto */
    uint32_t count;
    uint8_t *leads;    /* a block begins here (RF_FUS_LEADS_*): by instruction, and one behind the last */
    bool *drops;       /* to be taken out */
    uint32_t *block_of; /* number of the block that begins here; valid where `leads` */
    uint64_t *live_in; /* by block */
    uint32_t block_count;
    bool changed;
} rf_fus_fusion;

static inline bool rf_fus_code_jumps(rf_fus_code word) {
    const rf_fus_opcode_row *row = &rf_fus_opcode_rows[RF_FUS_OP(word)];
    return row->c == RF_FUS_O_OFF || row->b == RF_FUS_O_OFFX;
}
/* Where the jump at `pc` leads. */
static inline uint32_t rf_fus_code_target(rf_fus_code word, uint32_t pc) {
    int32_t offset = rf_fus_opcode_rows[RF_FUS_OP(word)].c == RF_FUS_O_OFF ? RF_FUS_SC(word) : RF_FUS_BX(word);
    return (uint32_t)((int32_t)pc + 1 + offset);
}
/* True when nothing behind it is reached by falling through. */
bool rf_fus_code_ends(rf_fus_code word);
/* The instruction with another target; false: it does not fit. */
bool rf_fus_code_retarget(rf_fus_code *word, uint32_t pc, uint32_t target);
rf_fus_effect rf_fus_effect_of(const rf_fus_proto *proto, rf_fus_code word);

/* fuse_jump.c: jumps to jumps, and code that nothing reaches any more. */
void rf_fus_fuse_jumps(rf_fus_fusion *f);
void rf_fus_fuse_unreached(rf_fus_fusion *f);
/* fuse_flow.c: what is still wanted at the start of each block; false: out of memory. */
bool rf_fus_fuse_liveness(rf_fus_fusion *f);
/* fuse_move.c: values go where they are wanted, and copies that nothing wants go. */
void rf_fus_fuse_moves(rf_fus_fusion *f);
/* fuse_pairs.c: sequences that one instruction does; the last step. */
void rf_fus_fuse_pairs(rf_fus_fusion *f);

#endif
