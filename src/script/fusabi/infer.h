/* infer.h: Hindley-Milner inference over a resolved program: clashes, undecided code, incomplete matches. */
#ifndef RF_SCRIPT_FUSABI_INFER_H
#define RF_SCRIPT_FUSABI_INFER_H

#include "script/fusabi/resolve.h"

/*
 * Infers the whole program and writes `type` and `proof` into the tree. It never refuses what may run: a definite clash is
 * a warning at both places (strict_error), types written as F# writes them; what cannot be decided is `dynamic`
 * (strict_error where code depends on it). Incomplete matches and unreachable arms are warnings. After a clash the
 * expressions concerned become dynamic, so that one mistake is reported once.
 * Errors: RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_fus_infer(const rf_fus_ast *ast, const rf_fus_resolved *resolved, rf_fus_engine *engine, rf_fus_diags *diags,
                                  rf_error *reterr);

/* A type as F# writes it: "int -> string list", "'a -> 'a". For :type, hover, docs. */
void rf_fus_type_show(rf_buffer *out, const struct rf_fus_type *type);

#endif
