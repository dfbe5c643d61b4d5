/* lexer.h: the state of the lexer. Private to lexer*.c. */
#ifndef RF_SCRIPT_FUSABI_LEXER_H
#define RF_SCRIPT_FUSABI_LEXER_H

#include "script/fusabi/token.h"

/* Strings within strings: what a hole of an interpolated string is in the middle of. */
enum { RF_FUS_HOLES_MAX = 16 };
typedef struct rf_fus_hole {
    uint32_t brackets; /* open ones within the hole */
    bool triple;
    uint32_t start;    /* of the string */
} rf_fus_hole;

typedef struct rf_fus_lexer {
    const char *text, *at, *end;
    ptrdiff_t origin;      /* offset of column 1; runs ahead by the bytes of a character beyond its first */
    uint8_t flags;         /* of the next token */
    bool keep_comments, no_memory;
    uint32_t cap;          /* of tokens->items */
    rf_fus_tokens *tokens;
    RF_VEC(uint32_t) lines;
    rf_fus_diags *diags;
    rf_fus_at base;
    uint32_t hole_count;
    rf_fus_hole holes[RF_FUS_HOLES_MAX];
} rf_fus_lexer;

static inline uint32_t rf_fus_lexer_offset(const rf_fus_lexer *x, const char *at) { return (uint32_t)(at - x->text); }
static inline char rf_fus_lexer_peek(const rf_fus_lexer *x, ptrdiff_t ahead) { return x->end - x->at > ahead ? x->at[ahead] : '\0'; }

bool rf_fus_lexer_grow(rf_fus_lexer *x);
/* A token from `start`, which is in the line that begins at origin, to x->at. */
static inline void rf_fus_lexer_push_at(rf_fus_lexer *x, rf_fus_token_kind kind, const char *start, ptrdiff_t origin) {
    if (RF_UNLIKELY(x->tokens->count == x->cap) && !rf_fus_lexer_grow(x))
        return;
    uint32_t at = rf_fus_lexer_offset(x, start);
    x->tokens->items[x->tokens->count++] = (rf_fus_token){
        .at = at, .end = rf_fus_lexer_offset(x, x->at), .column = (uint32_t)((ptrdiff_t)at - origin + 1), .kind = (uint8_t)kind, .flags = x->flags,
    };
    x->flags = 0;
}
static inline void rf_fus_lexer_push(rf_fus_lexer *x, rf_fus_token_kind kind, const char *start) {
    rf_fus_lexer_push_at(x, kind, start, x->origin);
}
/* x->at stands behind a line break. */
static inline void rf_fus_lexer_line(rf_fus_lexer *x) {
    uint32_t start = rf_fus_lexer_offset(x, x->at);
    if (!rf_vec_push(&x->lines, start))
        x->no_memory = true;
    x->origin = (ptrdiff_t)start;
}
rf_fus_diag *rf_fus_lexer_fail(rf_fus_lexer *x, const char *start, const char *end, const char *format, ...) RF_PRINTF(4, 5);

/* Each reads one thing at x->at and pushes its token. */
void rf_fus_lex_number(rf_fus_lexer *x);
void rf_fus_lex_string(rf_fus_lexer *x);   /* plain or triple-quoted */
void rf_fus_lex_verbatim(rf_fus_lexer *x);
void rf_fus_lex_interpolated(rf_fus_lexer *x);
void rf_fus_lex_hole_end(rf_fus_lexer *x); /* at the brace that closes the innermost hole */
void rf_fus_lex_format(rf_fus_lexer *x);   /* at the colon in a hole */
void rf_fus_lex_quote(rf_fus_lexer *x);    /* 'c' or 'a */
void rf_fus_lex_comment(rf_fus_lexer *x);  /* bracketed */
void rf_fus_lex_line_comment(rf_fus_lexer *x);

#endif
