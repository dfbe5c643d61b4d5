/* compile.h: source text to program: all phases in a row. */
#ifndef RF_SCRIPT_FUSABI_COMPILE_H
#define RF_SCRIPT_FUSABI_COMPILE_H

#include "script/fusabi/parse.h"
#include "script/fusabi/program.h"
#include "script/fusabi/resolve.h"

typedef struct rf_fus_compile_options {
    const rf_fus_loader *loader;
    bool infer;        /* run type inference: clashes, incomplete matches, hints for arithmetic */
    bool strict;       /* clashes and undecided code are errors (implies infer); a script may ask for it too: `// @strict: true` at its top */
    bool no_optimise;  /* plain instructions only: what the optimised form is compared with */
    bool is_library;   /* the prelude */
} rf_fus_compile_options;

/*
 * Compiles `source`. `diags` (made with an arena of the caller, which holds texts and tree too) gets all findings, warnings
 * included; `texts` gets the texts.
 * Errors: RF_ESCRIPT when there are errors in `diags` (reterr is the first); RF_ENOMEM.
 * Cost: about 0.3 us a line.
 */
RF_NODISCARD rf_code rf_fus_compile(rf_fus_engine *engine, const rf_source *source, const rf_fus_compile_options *options,
                                    rf_fus_texts *texts, rf_fus_diags *diags, rf_fus_program **ret_program, rf_error *reterr);

/* The last phase alone: a resolved (and, if wanted, inferred) tree to a program. */
RF_NODISCARD rf_code rf_fus_generate(rf_fus_engine *engine, const rf_fus_ast *ast, const rf_fus_resolved *resolved,
                                     const rf_fus_compile_options *options, rf_fus_diags *diags, rf_fus_program **ret_program,
                                     rf_error *reterr);
/* Fuses instruction sequences of one function in place and closes the gaps (fuse.c); code from version-1 files goes
 * through it too. Works in `arena`. */
RF_NODISCARD rf_code rf_fus_fuse(rf_fus_proto *proto, rf_arena *arena, rf_error *reterr);
/* The last step of every load, once a program is complete and verified: library calls are resolved to what they call
 * (CALLLIB of a function in C becomes CALLN). */
RF_NODISCARD rf_code rf_fus_lower(rf_fus_program *program, rf_error *reterr);
/* Superinstructions (combine.c): rf_fus_lower's last step. */
void rf_fus_combine(rf_fus_program *program);
/* Whether the superinstruction at `pc` is what rf_fus_combine makes of it and the one behind it. */
bool rf_fus_is_combined(const rf_fus_proto *proto, uint32_t pc);
/* The instruction that a file holds for what lowering writes. */
uint8_t rf_fus_plain_opcode(uint8_t op);

#endif
