/* combine.c: superinstructions made when a program is loaded: an instruction that does the work of the next one too. */
#include "script/fusabi/compile.h"
#include "script/fusabi/opcode.h"

/* Most begin none, and a glance at them is enough. */
static const bool begins_pair[256] = {
    [RF_FUS_I_MOVE] = true, [RF_FUS_I_JNCONS] = true, [RF_FUS_I_JNCTOR] = true, [RF_FUS_I_ADD] = true, [RF_FUS_I_ADDI] = true,
};

static uint8_t combined_move(uint8_t after) {
    switch (after) {
    case RF_FUS_I_MOVE:
    case RF_FUS_I_MOVE_MOVE: return RF_FUS_I_MOVE_MOVE;
    case RF_FUS_I_CALL: return RF_FUS_I_MOVE_CALL;
    case RF_FUS_I_CALLP: return RF_FUS_I_MOVE_CALLP;
    case RF_FUS_I_CALLN: return RF_FUS_I_MOVE_CALLN;
    default: return RF_FUS_I_MOVE;
    }
}

/*
 * Which pairs: measured over scripts of many kinds (docs/fusabi/vm.md). Only the first word's opcode changes; the second
 * stays what it is, so that jumps may lead to it and each word can be read by itself.
 */
static uint8_t combined(const rf_fus_proto *proto, uint32_t pc, uint8_t op) {
    const rf_fus_code word = proto->code[pc];
    const rf_fus_code next = pc + 1 < proto->code_count ? proto->code[pc + 1] : RF_FUS_I_COUNT;
    const uint8_t after = RF_FUS_OP(next);
    const bool reads_same = RF_FUS_A(word) == RF_FUS_B(next), returns_it = after == RF_FUS_I_RET && RF_FUS_A(word) == RF_FUS_A(next);
    switch (op) {
    case RF_FUS_I_MOVE: return combined_move(after);
    case RF_FUS_I_JNCONS: return after == RF_FUS_I_UNCONS && reads_same ? RF_FUS_I_JNCONS_UNCONS : op;
    case RF_FUS_I_JNCTOR: return after == RF_FUS_I_CTORFIELD && reads_same ? RF_FUS_I_JNCTOR_FIELD : op;
    case RF_FUS_I_ADD: return returns_it ? RF_FUS_I_ADD_RET : op;
    case RF_FUS_I_ADDI: return returns_it ? RF_FUS_I_ADDI_RET : op;
    default: return op;
    }
}

void rf_fus_combine(rf_fus_program *program) {
    for (uint32_t p = 0; p < program->proto_count; p++) {
        rf_fus_proto *proto = &program->protos[p];
        rf_fus_code *code = proto->code;
        for (uint32_t pc = proto->code_count; pc-- > 0;) /* from behind: what follows has its final form */
            if (begins_pair[RF_FUS_OP(code[pc])])
                code[pc] = (code[pc] & ~(rf_fus_code)0xFF) | combined(proto, pc, RF_FUS_OP(code[pc]));
    }
}

uint8_t rf_fus_plain_opcode(uint8_t op) {
    switch (op) {
    case RF_FUS_I_CALLN: return RF_FUS_I_CALLLIB;
    case RF_FUS_I_MOVE_MOVE:
    case RF_FUS_I_MOVE_CALL:
    case RF_FUS_I_MOVE_CALLP:
    case RF_FUS_I_MOVE_CALLN: return RF_FUS_I_MOVE;
    case RF_FUS_I_JNCONS_UNCONS: return RF_FUS_I_JNCONS;
    case RF_FUS_I_JNCTOR_FIELD: return RF_FUS_I_JNCTOR;
    case RF_FUS_I_ADD_RET: return RF_FUS_I_ADD;
    case RF_FUS_I_ADDI_RET: return RF_FUS_I_ADDI;
    default: return op;
    }
}

bool rf_fus_is_combined(const rf_fus_proto *proto, uint32_t pc) {
    uint8_t op = RF_FUS_OP(proto->code[pc]);
    return combined(proto, pc, rf_fus_plain_opcode(op)) == op;
}
