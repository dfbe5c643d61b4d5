/* opcode.c: the rows of opcode.h as a table. */
#include "script/fusabi/opcode.h"

const rf_fus_opcode_row rf_fus_opcode_rows[RF_FUS_I_COUNT] = {
#define X(name, d, a, b, c, text) { #name, RF_FUS_O_##d, RF_FUS_O_##a, RF_FUS_O_##b, RF_FUS_O_##c, text },
    RF_FUS_OPCODES(X)
#undef X
};
