/* fzb.h: bytecode files: reading version 1 (the original's) and 2 (ours), writing 2, verifying, showing. */
#ifndef RF_SCRIPT_FUSABI_FZB_H
#define RF_SCRIPT_FUSABI_FZB_H

#include "base/buffer.h"
#include "script/fusabi/program.h"

/* True when the bytes begin as a .fzb does ("FZB" 0x01). */
bool rf_fus_is_fzb(rf_slice bytes);

typedef struct rf_fus_fzb_options {
    const char *name;           /* of the file, for messages */
    const uint8_t *public_key;  /* 32 bytes (Ed25519): the file must carry a good signature by it; NULL: signatures are ignored */
} rf_fus_fzb_options;

/*
 * Reads a file of either version, verifies it and lowers it: what comes back may run. A hostile file is refused with the
 * offset of what is wrong, never a crash, hang or wild read.
 * Errors: RF_EPARSE with "… at offset N"; RF_EREFUSED for a bad or missing signature; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_fus_fzb_read(rf_fus_engine *engine, rf_slice bytes, const rf_fus_fzb_options *options,
                                     rf_fus_program **ret_program, rf_error *reterr);

typedef struct rf_fus_write_options {
    bool strip;                 /* leave out positions and names of functions that are not exported */
    const uint8_t *secret_key;  /* 32 bytes (Ed25519 seed): signs; NULL: unsigned */
} rf_fus_write_options;
/* Writes a program (not yet lowered, or lowered: the file holds the neutral form) as version 2. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_fus_fzb_write(const rf_fus_program *program, const rf_fus_write_options *options, rf_buffer *out, rf_error *reterr);

/* The public key of an Ed25519 seed. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_fus_public_key(const uint8_t secret_key[32], uint8_t ret_public_key[32], rf_error *reterr);

/*
 * Checks every function before anything runs: opcodes, registers against the window, jump targets, counts, indexes of
 * constants, symbols, shapes, globals, functions, library, captures; that no path runs off the end; that every loop polls
 * (backward JMP is refused: only LOOP and FORLOOP go back); TRY/ENDTRY balance. Errors: RF_EPARSE with function and instruction.
 */
RF_NODISCARD rf_code rf_fus_verify(const rf_fus_program *program, rf_error *reterr);

/* Listing for `riffle disasm`: every function, instruction by instruction, with names, constants and source lines. */
void rf_fus_disassemble(const rf_fus_program *program, rf_buffer *out);

#endif
