/* ast_dump.h: a syntax tree as text, for tests and for comparing two programs. */
#ifndef RF_SCRIPT_FUSABI_AST_DUMP_H
#define RF_SCRIPT_FUSABI_AST_DUMP_H

#include "script/fusabi/ast.h"

/* Writes the items as s-expressions, one a line, without places: `let x = 1 + 2` is (let x (+ 1 2)). However deep the tree is.
 * Out of memory: out->failed. */
void rf_fus_dump(const rf_fus_item *items, rf_buffer *out);

#endif
