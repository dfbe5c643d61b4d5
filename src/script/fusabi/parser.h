/* parser.h: the state of the parser, and what its files call of each other. Private to parse*.c and load.c. */
#ifndef RF_SCRIPT_FUSABI_PARSER_H
#define RF_SCRIPT_FUSABI_PARSER_H

#include "script/fusabi/parse.h"
#include "script/fusabi/token.h"

#include <setjmp.h>
#include <string.h>

/*
 * Layout (reference 4.3 and 16). A block is what stands behind `=`, `->`, `then`, `else`, `do`, an open bracket, …. When
 * its first token opens a line, the block is *hard*: a line left of it ends it. Otherwise it is *soft*: the columns of the
 * block around it still hold. In both, a line that opens in exactly the block's column is its next item. An operator goes
 * on with what is before it even when it opens a line, unless that line is at or left of the keyword (if, match, fun, …)
 * that the block belongs to.
 */
typedef struct rf_fus_layout {
    const struct rf_fus_layout *outer; /* of the block around a soft one, up to a hard block or bracket; else NULL */
    const rf_fus_token *first; /* of the innermost block */
    uint32_t item;     /* its column: that of the block's items */
    uint32_t limit;    /* column of the innermost hard block: a line that opens there or left of it ends an expression */
    uint32_t op_limit; /* an operator that opens a line there or left of it belongs further out */
    uint32_t arms;     /* column of the bars of the match around, when they open lines; 0: none in this bracket */
    bool no_comma;     /* in brackets: a body in the same line leaves commas to them */
    bool bracketed;    /* somewhere in brackets */
    bool no_semi;      /* the same for semicolons: lists and records */
    bool no_to;        /* in the head of a `for`: `to` and `downto` end the expression */
    bool fields;       /* in a record: a line that opens with `name =` is the next field */
    bool thens;        /* an `if` around in this bracket waits for its else */
} rf_fus_layout;

/* Where `yield`, `return` and `let!` have a meaning. */
typedef enum rf_fus_mode { RF_FUS_MODE_PLAIN, RF_FUS_MODE_LIST, RF_FUS_MODE_ASYNC } rf_fus_mode;

/*
 * Memory that runs out leaves by longjmp to rf_fus_parse_text: everything made is in the arena or hangs on this struct, and no
 * other frame owns anything. Functions that parse therefore never return NULL.
 */
typedef struct rf_fus_parser {
    rf_arena *arena;
    rf_fus_diags *diags;
    const char *data;         /* the text */
    rf_fus_at base;           /* place of its first byte */
    rf_fus_token *token;      /* the current one */
    uint32_t last_end;        /* where the token before it ends */
    rf_fus_layout layout;
    rf_fus_mode mode;
    bool panic;               /* a mistake has been reported: no more until the next item */
    bool breaks_off;          /* a mistake was that the text ends: more would have helped */
    uint32_t begins;          /* open `begin`s */
    uint32_t depth;           /* of nesting */
    uint32_t yields, effects; /* seen so far: yield in lists; let!, do!, return, … in async blocks */
    const rf_fus_token *bar;  /* the first bar of the match around that opens a line, or NULL */
    uint32_t *anchors;        /* for the formatter: by token, the index of its anchor; else NULL */
    RF_VEC(void *) stack;     /* of lists being read */
    rf_fus_tokens tokens;
    jmp_buf escape;
} rf_fus_parser;

/* Statements of async blocks, until the block is desugared: kind ASYNC, and one of these. */
typedef enum rf_fus_effect {
    RF_FUS_EFFECT_NONE,
    RF_FUS_EFFECT_BIND, /* pat, items: value, rest */
    RF_FUS_EFFECT_DO, RF_FUS_EFFECT_RETURN, RF_FUS_EFFECT_RETURN_FROM, RF_FUS_EFFECT_YIELD, RF_FUS_EFFECT_YIELD_FROM,
} rf_fus_effect;
static inline rf_fus_effect rf_fus_effect_of(const rf_fus_expr *expr) {
    return expr->kind == RF_FUS_E_ASYNC ? (rf_fus_effect)expr->bind_count : RF_FUS_EFFECT_NONE; /* a count that ASYNC has no use for */
}

/* How rf_fus_parse_block reads. */
enum {
    RF_FUS_BLOCK_PLAIN = 0,
    RF_FUS_BLOCK_LOOSE = 3,   /* the same, but the formatter puts it right of the line that it belongs to, not of the key */
    RF_FUS_BLOCK_VALUE = 1, /* of a `let`: `;` ends it unless it opens a line, and it must stand right of the `let` */
    RF_FUS_BLOCK_HEAD = 4,    /* between two keywords: the second says where it ends */
    RF_FUS_BLOCK_ELEMENT = 2, /* an argument: commas are the bracket's, also on lines of their own */
};

_Noreturn void rf_fus_parse_escape(rf_fus_parser *p);
static inline void *rf_fus_parse_alloc(rf_fus_parser *p, size_t size) {
    void *memory = rf_arena_alloc(p->arena, size);
    if (RF_UNLIKELY(!memory))
        rf_fus_parse_escape(p);
    return memory;
}

/* Tokens. */
static inline rf_fus_token_kind rf_fus_parse_kind(const rf_fus_parser *p) { return (rf_fus_token_kind)p->token->kind; }
static inline bool rf_fus_parse_is(const rf_fus_parser *p, rf_fus_token_kind kind) { return p->token->kind == kind; }
static inline bool rf_fus_token_opens_line(const rf_fus_token *token) { return token->flags & RF_FUS_TOKEN_NEWLINE; }
static inline bool rf_fus_token_touches(const rf_fus_token *token) { return !(token->flags & RF_FUS_TOKEN_SPACE); }
static inline void rf_fus_parse_next(rf_fus_parser *p) {
    p->last_end = p->token->end;
    p->token += p->token->kind != RF_FUS_T_EOF;
}
static inline bool rf_fus_parse_accept(rf_fus_parser *p, rf_fus_token_kind kind) {
    if (p->token->kind != kind)
        return false;
    rf_fus_parse_next(p);
    return true;
}
static inline rf_fus_at rf_fus_parse_at(const rf_fus_parser *p) { return p->base + p->token->at; }
static inline rf_fus_at rf_fus_parse_end(const rf_fus_parser *p) { return p->base + p->last_end; }
rf_slice rf_fus_parse_text(const rf_fus_parser *p, const rf_fus_token *token); /* without backticks */
/* A word that may be a name: an identifier, and `to`, `end`, … where they mean nothing else. */
bool rf_fus_token_is_name(const rf_fus_parser *p, const rf_fus_token *token);
static inline bool rf_fus_token_is_word(const rf_fus_token *token) {
    return token->kind == RF_FUS_T_IDENT || (token->kind >= RF_FUS_T_FIRST_WORD && token->kind <= (int)RF_FUS_T_LAST_WORD);
}
/* [< opens an attribute. */
static inline bool rf_fus_token_is_attribute(const rf_fus_token *token) {
    return token->kind == RF_FUS_T_LBRACK && token[1].kind == RF_FUS_T_LT && rf_fus_token_touches(token + 1);
}
static inline bool rf_fus_text_is_upper(rf_slice text) { return text.len && text.data[0] >= 'A' && text.data[0] <= 'Z'; }
bool rf_fus_parse_opens_item(const rf_fus_parser *p, const rf_fus_token *token);
/* A line opens with this token, and ends the expression that is being read. */
static inline bool rf_fus_parse_offside(const rf_fus_parser *p, const rf_fus_token *token) {
    return RF_UNLIKELY(rf_fus_token_opens_line(token)) && rf_fus_parse_opens_item(p, token);
}

/* Mistakes. Both report "expected …, found …" unless one has been reported since the last item, and return it for a hint. */
rf_fus_diag *rf_fus_parse_expected(rf_fus_parser *p, const char *what);
rf_fus_diag *rf_fus_parse_missing(rf_fus_parser *p, const char *what); /* behind the token before: the line ends there */
/* The same with words of its own, about [at, end). */
rf_fus_diag *rf_fus_parse_wrong(rf_fus_parser *p, rf_fus_at at, rf_fus_at end, const char *format, ...) RF_PRINTF(4, 5);
/* Takes a token; false: it is not there. */
bool rf_fus_parse_expect(rf_fus_parser *p, rf_fus_token_kind kind, const char *what);
/* Takes the closing bracket of what `open` opened. */
bool rf_fus_parse_close(rf_fus_parser *p, rf_fus_token_kind kind, const char *what, const rf_fus_token *open);
/* One level down; false: too deep, which has been reported. Every true is followed by a leave. */
bool rf_fus_parse_enter(rf_fus_parser *p);
static inline void rf_fus_parse_leave(rf_fus_parser *p) { p->depth--; }
/* After a mistake: to a line that opens with an item of the current block (true), or of one further out (false). */
bool rf_fus_parse_recover(rf_fus_parser *p, const rf_fus_token *start);

/* Notes what kind of line a token opens. */
static inline void rf_fus_parse_place(rf_fus_parser *p, rf_fus_token *token, rf_fus_place_kind kind, const rf_fus_token *anchor) {
    if (RF_LIKELY(!rf_fus_token_opens_line(token)))
        return;
    token->place = (uint8_t)kind;
    if (p->anchors)
        p->anchors[token - p->tokens.items] = anchor ? (uint32_t)(anchor - p->tokens.items) : UINT32_MAX;
}

/* Lists of pointers: push what is read, then take all from `mark` (the count before) into the arena. */
static inline void rf_fus_parse_push(rf_fus_parser *p, void *item) {
    if (RF_UNLIKELY(!rf_vec_push(&p->stack, item)))
        rf_fus_parse_escape(p);
}
void *rf_fus_parse_take(rf_fus_parser *p, size_t mark, uint32_t *ret_count);

/* Nodes: zeroed but for these fields. */
rf_fus_expr *rf_fus_expr_new(rf_fus_parser *p, rf_fus_expr_kind kind, rf_fus_at at, uint32_t count);
rf_fus_pat *rf_fus_pat_new(rf_fus_parser *p, rf_fus_pat_kind kind, rf_fus_at at, uint32_t count);
rf_fus_expr *rf_fus_expr_error(rf_fus_parser *p); /* at the current token */
rf_fus_expr *rf_fus_expr_name(rf_fus_parser *p, rf_slice name, rf_fus_at at, rf_fus_at end);
rf_fus_pat *rf_fus_pat_var(rf_fus_parser *p, rf_slice name, rf_fus_at at, rf_fus_at end);
/* A lambda of the patterns on the stack from `mark`. */
rf_fus_expr *rf_fus_expr_lambda(rf_fus_parser *p, size_t mark, rf_fus_at at, rf_fus_expr *body);
static inline void rf_fus_expr_finish(const rf_fus_parser *p, rf_fus_expr *expr) { expr->end = rf_fus_parse_end(p); }

/* parse_block.c */
rf_fus_expr *rf_fus_parse_block(rf_fus_parser *p, const rf_fus_token *key, unsigned how); /* key: its keyword, or NULL */
rf_fus_expr *rf_fus_parse_element(rf_fus_parser *p);   /* of a list, a tuple, arguments: no sequence */
rf_fus_expr *rf_fus_parse_statement(rf_fus_parser *p); /* a LET without body is one that waits for it: count is 0 */
/* Joins the statements on the stack from `mark` into one expression. */
rf_fus_expr *rf_fus_parse_join(rf_fus_parser *p, size_t mark);
bool rf_fus_token_starts(const rf_fus_token *token);   /* an expression or statement */
/* Enters the layout of a bracket's content, whose first token is the current one. */
void rf_fus_parse_bracket_layout(rf_fus_parser *p);

/* parse_expr.c */
rf_fus_expr *rf_fus_parse_expr(rf_fus_parser *p);
rf_fus_expr *rf_fus_parse_section(rf_fus_parser *p); /* (+), at the parenthesis */
rf_fus_expr *rf_fus_expr_tuple(rf_fus_parser *p, size_t mark, rf_fus_at at);

/* parse_bracket.c: each at its opening bracket. */
rf_fus_expr *rf_fus_parse_paren(rf_fus_parser *p);
rf_fus_expr *rf_fus_parse_list(rf_fus_parser *p);
rf_fus_expr *rf_fus_parse_record(rf_fus_parser *p);
rf_fus_expr *rf_fus_parse_range(rf_fus_parser *p, rf_fus_expr *first); /* at the `..` */
void rf_fus_parse_arguments(rf_fus_parser *p); /* (a, b): pushes them */

/* parse_control.c: each at its keyword. */
rf_fus_expr *rf_fus_parse_control(rf_fus_parser *p);

/* parse_let.c */
rf_fus_expr *rf_fus_parse_let(rf_fus_parser *p);   /* a LET that waits for its body */
void rf_fus_parse_modifiers(rf_fus_parser *p, bool is_let); /* private, internal, public, inline: taken, and without a meaning */
bool rf_fus_parse_let_in(rf_fus_parser *p, const rf_fus_token *keyword, rf_fus_expr *let); /* takes `in`; true when it was there */
rf_fus_expr *rf_fus_parse_effect(rf_fus_parser *p); /* let!, do!, return, yield, … */

/* parse_pat.c */
rf_fus_pat *rf_fus_parse_pattern(rf_fus_parser *p);
rf_fus_pat *rf_fus_parse_pattern_free(rf_fus_parser *p); /* up to a mark of its own, as `->`: brackets around have no claim to its commas */
rf_fus_pat *rf_fus_parse_parameter(rf_fus_parser *p);
bool rf_fus_token_starts_parameter(const rf_fus_parser *p, const rf_fus_token *token);

/* parse_type.c */
rf_fus_ty *rf_fus_parse_type(rf_fus_parser *p);
rf_fus_ty *rf_fus_parse_type_part(rf_fus_parser *p); /* without * and -> */
/* The `>` that closes type arguments, also as the first character of `>>` or `>=`, which loses it. */
bool rf_fus_parse_accept_greater(rf_fus_parser *p);

/* parse_literal.c */
bool rf_fus_parse_int(rf_fus_parser *p, const rf_fus_token *token, bool negative, int64_t *ret);
bool rf_fus_parse_float(rf_fus_parser *p, const rf_fus_token *token, double *ret);
rf_slice rf_fus_parse_string(rf_fus_parser *p, const rf_fus_token *token);
rf_fus_expr *rf_fus_parse_interpolated(rf_fus_parser *p);
rf_slice rf_fus_parse_doc(rf_fus_parser *p, const rf_fus_token *token);

/* parse_async.c */
rf_fus_expr *rf_fus_parse_async(rf_fus_parser *p); /* at `async` */
rf_fus_expr *rf_fus_yield_tails(rf_fus_parser *p, rf_fus_expr *expr); /* makes the values of a comprehension's ends its elements */

/* parse_item.c */
rf_fus_item *rf_fus_parse_items(rf_fus_parser *p); /* a whole text */
rf_fus_item *rf_fus_parse_type_item(rf_fus_parser *p);      /* parse_decl.c: at `type` or `and` */
rf_fus_item *rf_fus_parse_exception_item(rf_fus_parser *p); /* at `exception` */
rf_fus_item *rf_fus_item_new(rf_fus_parser *p, rf_fus_item_kind kind);

/* parse.c: one text of a compile to its items. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_fus_parse_one(rf_arena *arena, rf_fus_loaded *text, rf_fus_diags *diags, bool *ret_unfinished,
                                      rf_fus_item **ret_items, rf_error *reterr);
/* The same over tokens that have been read, with a place for the anchor of each. False: out of memory. */
bool rf_fus_parse_tokens(rf_arena *arena, const rf_fus_loaded *text, rf_fus_tokens *tokens, uint32_t *anchors, rf_fus_diags *diags,
                         rf_fus_item **ret_items) RF_NODISCARD;

#endif
