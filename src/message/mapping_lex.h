/* mapping_lex.h: the tokens of a mapping. Private to message/mapping*. */
#ifndef RF_MESSAGE_MAPPING_LEX_H
#define RF_MESSAGE_MAPPING_LEX_H

#include "message/mapping_ast.h"

typedef enum rf_token_kind {
    RF_TOKEN_END,
    RF_TOKEN_BREAK,  /* line break or `;`, but not within brackets */
    RF_TOKEN_NAME,
    RF_TOKEN_NUMBER, /* value */
    RF_TOKEN_STRING, /* value */
    RF_TOKEN_MARK,   /* an operator or bracket: text */
} rf_token_kind;

typedef struct rf_token {
    rf_token_kind kind;
    uint32_t offset;
    rf_slice text;
    rf_value value;
} rf_token;

/* A reader of tokens; a plain copy of it remembers a position. */
typedef struct rf_lexer {
    rf_mapping *mapping; /* its text is read, its arena takes unescaped strings */
    size_t at;
    uint32_t brackets;   /* open ones: line breaks within are blanks */
    rf_token token;      /* the current one */
    rf_error *reterr;
} rf_lexer;

/* Moves to the next token. Errors: RF_ECONFIG, RF_ENOMEM. */
RF_NODISCARD rf_code rf_lexer_next(rf_lexer *lexer);
/* True when the current token is this mark. */
bool rf_lexer_is(const rf_lexer *lexer, const char *mark);

#define rf_lexer_fail(lexer, where, ...) \
    rf_mapping_place((lexer)->mapping, (where), rf_raise((lexer)->reterr, RF_ECONFIG, __VA_ARGS__), (lexer)->reterr)

#endif
