/* lexer.h: the tokens of a simple script. This folder's own. */
#ifndef RF_SCRIPT_DIRECT_LEXER_H
#define RF_SCRIPT_DIRECT_LEXER_H

#include "base/arena.h"

#include <stdbool.h>

typedef enum rf_direct_token_kind {
    RF_DIRECT_T_END, RF_DIRECT_T_NAME, RF_DIRECT_T_TEXT, RF_DIRECT_T_NUMBER,
    RF_DIRECT_T_SIGN,     /* operators and brackets: as long as one goes */
    RF_DIRECT_T_TEMPLATE, /* the backquote; what follows is read by rf_direct_lex_template() */
    RF_DIRECT_T_STRANGE,  /* what simple scripts do not have */
} rf_direct_token_kind;

typedef struct rf_direct_token {
    rf_direct_token_kind kind;
    rf_slice text;   /* as it stands; of a RF_DIRECT_T_TEXT what it means (in the arena) */
    double number;
    bool after_line; /* a line break stands before it */
} rf_direct_token;

typedef struct rf_direct_lexer {
    rf_slice rest;
    rf_arena *arena;
    rf_direct_token token; /* the current one */
    bool no_memory;
} rf_direct_lexer;

/* Reads the first token. `text` is valid UTF-8. */
void rf_direct_lex_begin(rf_direct_lexer *lexer, rf_arena *arena, rf_slice text);
void rf_direct_lex(rf_direct_lexer *lexer);
/* The current token is a `/` that begins a regular expression: its parts; then reads the next token. False: strange. */
bool rf_direct_lex_pattern(rf_direct_lexer *lexer, rf_slice *ret_text, rf_slice *ret_flags);
/* Behind a backquote, or behind the } of an expression in a template: the text up to `${` (then the next token is read) or to the end
 * (*ret_last; then the next token, too). False: strange. */
bool rf_direct_lex_template(rf_direct_lexer *lexer, rf_slice *ret_text, bool *ret_last);

#endif
