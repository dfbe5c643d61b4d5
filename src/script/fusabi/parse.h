/* parse.h: text to syntax tree: lexer, layout and parser. */
#ifndef RF_SCRIPT_FUSABI_PARSE_H
#define RF_SCRIPT_FUSABI_PARSE_H

#include "script/fusabi/ast.h"

/* Where #load finds files. NULL load: #load is a finding. */
typedef struct rf_fus_loader {
    /* Reads `path` as written in the text named `from`; `ret_source` (name and text) lives in `arena`. Errors: RF_EIO. */
    rf_code (*load)(void *user, rf_arena *arena, const char *from, rf_slice path, rf_source *ret_source, rf_error *reterr);
    void *user;
} rf_fus_loader;

/* Bounds that keep hostile text harmless: nesting of expressions, patterns and types. */
#define RF_FUS_NESTING_MAX 1000

/*
 * Parses texts->items[0] (added by the caller) and what it loads into `ret_ast`, whose nodes live in `arena`. Mistakes
 * become findings; the parser goes on at the next item, so that several are reported at once. With errors in `diags`
 * the tree has ERROR nodes and must not be compiled, but may be shown and inferred.
 * Errors: RF_ENOMEM. Mistakes in the text are no error of this call.
 */
RF_NODISCARD rf_code rf_fus_parse(rf_arena *arena, rf_fus_texts *texts, const rf_fus_loader *loader, rf_fus_diags *diags,
                                  rf_fus_ast *ret_ast, rf_error *reterr);

/* True when the text breaks off in the middle (an open bracket, string, comment, or a line that needs more): the REPL
 * then asks for another line. */
bool rf_fus_text_unfinished(rf_slice text);

/* Formats a script (riffle fmt): the same program with the same comments, laid out anew. Formatting what it wrote changes
 * nothing. Findings go to `diags`; with errors there, nothing is written. Errors: RF_ENOMEM, RF_EPARSE. */
RF_NODISCARD rf_code rf_fus_format(const rf_source *source, rf_fus_diags *diags, rf_fus_texts *texts, rf_buffer *out, rf_error *reterr);

#endif
