/* token.h: the tokens of a Fusabi text. Private to the parser and the formatter. */
#ifndef RF_SCRIPT_FUSABI_TOKEN_H
#define RF_SCRIPT_FUSABI_TOKEN_H

#include "script/fusabi/diag.h"

typedef enum rf_fus_token_kind {
    RF_FUS_T_EOF,
    RF_FUS_T_ERROR, /* a finding has been recorded */
    RF_FUS_T_INT, RF_FUS_T_FLOAT,
    RF_FUS_T_STRING, RF_FUS_T_VERBATIM, RF_FUS_T_TRIPLE, RF_FUS_T_CHAR, /* with their quotes */
    /* $"a{e:f}b" is INTERP TEXT HOLE … FORMAT HOLE_END TEXT INTERP_END; TEXT is there also when empty, FORMAT without the colon. */
    RF_FUS_T_INTERP, RF_FUS_T_INTERP_TEXT, RF_FUS_T_HOLE, RF_FUS_T_FORMAT, RF_FUS_T_HOLE_END, RF_FUS_T_INTERP_END,
    RF_FUS_T_IDENT, RF_FUS_T_TYVAR, RF_FUS_T_UNDERSCORE,
    RF_FUS_T_LOAD, /* #load */
    /* Keywords, FIRST_WORD to LAST_WORD. */
    RF_FUS_T_LET, RF_FUS_T_REC, RF_FUS_T_AND_WORD, RF_FUS_T_IN, RF_FUS_T_IF, RF_FUS_T_THEN, RF_FUS_T_ELIF, RF_FUS_T_ELSE,
    RF_FUS_T_FUN, RF_FUS_T_FUNCTION, RF_FUS_T_MATCH, RF_FUS_T_WITH, RF_FUS_T_WHEN, RF_FUS_T_AS, RF_FUS_T_OF, RF_FUS_T_TYPE,
    RF_FUS_T_EXCEPTION, RF_FUS_T_MODULE, RF_FUS_T_OPEN, RF_FUS_T_DO, RF_FUS_T_WHILE, RF_FUS_T_FOR, RF_FUS_T_BREAK,
    RF_FUS_T_CONTINUE, RF_FUS_T_TRY, RF_FUS_T_FINALLY, RF_FUS_T_ASYNC, RF_FUS_T_RETURN, RF_FUS_T_YIELD, RF_FUS_T_TRUE,
    RF_FUS_T_FALSE, RF_FUS_T_BEGIN,
    RF_FUS_T_TO, RF_FUS_T_DOWNTO, RF_FUS_T_END, RF_FUS_T_MUTABLE, /* names where they mean nothing else */
    RF_FUS_T_LET_BANG, RF_FUS_T_DO_BANG, RF_FUS_T_RETURN_BANG, RF_FUS_T_YIELD_BANG,
    /* Brackets and marks. */
    RF_FUS_T_LPAREN, RF_FUS_T_RPAREN, RF_FUS_T_LBRACK, RF_FUS_T_RBRACK, RF_FUS_T_LARRAY, RF_FUS_T_RARRAY, /* [| |] */
    RF_FUS_T_LBRACE, RF_FUS_T_RBRACE, RF_FUS_T_LANON, RF_FUS_T_RANON,                                     /* {| |} */
    RF_FUS_T_COMMA, RF_FUS_T_SEMI, RF_FUS_T_DOT, RF_FUS_T_DOTDOT, RF_FUS_T_COLON, RF_FUS_T_BAR, RF_FUS_T_ARROW,
    RF_FUS_T_LARROW, /* <- */
    /* Operators. */
    RF_FUS_T_PLUS, RF_FUS_T_MINUS, RF_FUS_T_STAR, RF_FUS_T_SLASH, RF_FUS_T_PERCENT, RF_FUS_T_STARSTAR, RF_FUS_T_PLUSPLUS,
    RF_FUS_T_CARET, RF_FUS_T_EQ, RF_FUS_T_EQEQ, RF_FUS_T_NE, RF_FUS_T_LT, RF_FUS_T_LE, RF_FUS_T_GT, RF_FUS_T_GE,
    RF_FUS_T_AND, RF_FUS_T_OR, RF_FUS_T_CONS, RF_FUS_T_PIPE, RF_FUS_T_PIPE_BACK, RF_FUS_T_COMPOSE, RF_FUS_T_COMPOSE_BACK,
    RF_FUS_T_COUNT,
} rf_fus_token_kind;
enum { RF_FUS_T_FIRST_WORD = RF_FUS_T_LET, RF_FUS_T_LAST_WORD = RF_FUS_T_MUTABLE };

enum {
    RF_FUS_TOKEN_NEWLINE = 1, /* the first of its line */
    RF_FUS_TOKEN_SPACE = 2,   /* white space or a comment before it (or a line's start) */
    RF_FUS_TOKEN_ESCAPE = 4,  /* STRING, CHAR, INTERP_TEXT: has escapes; identifiers: in double backticks */
    RF_FUS_TOKEN_DOC = 8,     /* a doc comment stands before it */
    RF_FUS_TOKEN_RAW = 16,    /* INTERP_TEXT of a triple-quoted string: backslashes are plain */
};

/* What the formatter learns from the parser about the first token of a line. Most have an anchor, another token before it. */
typedef enum rf_fus_place_kind {
    RF_FUS_PLACE_NONE,   /* goes on with what is before it */
    RF_FUS_PLACE_ROOT,   /* an item of the text */
    RF_FUS_PLACE_FIRST,  /* opens a block; anchor: what the block stands right of, or none: the line before it */
    RF_FUS_PLACE_ITEM,   /* a further item of a block; anchor: the first */
    RF_FUS_PLACE_ALIGN,  /* stands where its anchor does: else, bars, operators */
    RF_FUS_PLACE_INDENT, /* stands right of its anchor: arguments on lines of their own */
    RF_FUS_PLACE_CLOSE,  /* closes a bracket; anchor: the bracket */
} rf_fus_place_kind;

/* What a mark is, where that is not plain from the token. */
enum { RF_FUS_ROLE_TYPE = 1 }; /* < and > around type arguments */

typedef struct rf_fus_token {
    uint32_t at, end; /* byte offsets in the text */
    uint32_t column;  /* from 1, in characters */
    uint8_t kind, flags;
    uint8_t place;    /* rf_fus_place_kind, by the parser */
    uint8_t role;
} rf_fus_token;

/* A comment: between which tokens it stands follows from the offsets. A doc comment is several lines in one. */
typedef struct rf_fus_comment {
    uint32_t at, end;
    uint32_t before; /* index of the token behind it */
} rf_fus_comment;

enum { RF_FUS_TOKENS_AHEAD = 3 }; /* how far the parser looks ahead */

typedef struct rf_fus_tokens {
    rf_fus_token *items; /* owned; the last is EOF, and behind it stand RF_FUS_TOKENS_AHEAD more, which are not counted */
    uint32_t count;
    RF_VEC(rf_fus_comment) docs;     /* runs of lines that begin with three slashes */
    RF_VEC(rf_fus_comment) comments; /* all of them, when asked for */
    bool unfinished;                 /* a string or comment has no end */
} rf_fus_tokens;

void rf_fus_tokens_done(rf_fus_tokens *tokens);

/* Cuts a text into tokens; sets text->lines in the arena. False: out of memory. */
bool rf_fus_lex(rf_arena *arena, rf_fus_loaded *text, rf_fus_diags *diags, bool keep_comments, rf_fus_tokens *ret) RF_NODISCARD;

/* The bytes that a STRING, VERBATIM, TRIPLE, CHAR or INTERP_TEXT stands for: a view of the text, or a copy in the arena when
 * there are escapes. False: out of memory. */
bool rf_fus_token_string(rf_arena *arena, rf_slice text, const rf_fus_token *token, rf_slice *ret) RF_NODISCARD;

#endif
