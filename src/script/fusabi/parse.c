/* parse.c: what all of the parser stands on: tokens, nodes, mistakes; and one text from start to end. */
#include "script/fusabi/parse.h"

#include "script/fusabi/parser.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void rf_fus_parse_escape(rf_fus_parser *p) {
    longjmp(p->escape, 1);
}

rf_slice rf_fus_parse_text(const rf_fus_parser *p, const rf_fus_token *token) {
    uint32_t ticks = token->kind == RF_FUS_T_IDENT && (token->flags & RF_FUS_TOKEN_ESCAPE) ? 2 : 0;
    return (rf_slice){ p->data + token->at + ticks, token->end - token->at - 2 * ticks };
}

bool rf_fus_token_is_name(const rf_fus_parser *p, const rf_fus_token *token) {
    switch ((rf_fus_token_kind)token->kind) {
    case RF_FUS_T_IDENT:
    case RF_FUS_T_MUTABLE: return true;
    case RF_FUS_T_TO:
    case RF_FUS_T_DOWNTO: return !p->layout.no_to;
    case RF_FUS_T_END: return p->begins == 0;
    default: return false;
    }
}

/* Mistakes. */

enum { FOUND_BYTES_MAX = 40 };

/* What stands there, as a message shows it: a part of its first line. */
static rf_slice found_text(const rf_fus_parser *p, const rf_fus_token *token) {
    rf_slice text = { p->data + token->at, token->end - token->at };
    size_t line = rf_slice_find(text, '\n');
    text.len = line < text.len ? line : text.len;
    if (text.len > FOUND_BYTES_MAX) {
        text.len = FOUND_BYTES_MAX;
        while (text.len && ((unsigned char)text.data[text.len] & 0xC0) == 0x80)
            text.len--;
    }
    return text;
}

/* The line is over, and the next one begins something else: what is missing is missing here. */
static bool is_line_end(const rf_fus_parser *p, const rf_fus_token *token) {
    return rf_fus_token_opens_line(token) && token->column <= p->layout.limit && token->place == RF_FUS_PLACE_NONE && p->last_end > 0;
}

rf_fus_diag *rf_fus_parse_expected(rf_fus_parser *p, const char *what) {
    const rf_fus_token *token = p->token;
    bool silent = p->panic || token->kind == RF_FUS_T_ERROR; /* the lexer has told */
    p->panic = true;
    if (silent)
        return NULL;
    rf_fus_at at = p->base + token->at, end = p->base + token->end;
    if (token->kind == RF_FUS_T_EOF) {
        p->breaks_off = true;
        at = p->last_end ? rf_fus_parse_end(p) : at;
        return rf_fus_report(p->diags, RF_FUS_ERROR, RF_FUS_PHASE_PARSE, at, at, "expected %s, found the end of the text", what);
    }
    if (is_line_end(p, token)) {
        p->panic = false;
        return rf_fus_parse_missing(p, what);
    }
    rf_slice found = found_text(p, token);
    return rf_fus_report(p->diags, RF_FUS_ERROR, RF_FUS_PHASE_PARSE, at, end, "expected %s, found `%.*s`", what, RF_SLICE_ARG(found));
}

rf_fus_diag *rf_fus_parse_missing(rf_fus_parser *p, const char *what) {
    if (p->token->kind == RF_FUS_T_EOF || p->panic || p->token->kind == RF_FUS_T_ERROR)
        return rf_fus_parse_expected(p, what);
    p->panic = true;
    rf_fus_at at = rf_fus_parse_end(p);
    return rf_fus_report(p->diags, RF_FUS_ERROR, RF_FUS_PHASE_PARSE, at, at, "expected %s, found the end of the line", what);
}

rf_fus_diag *rf_fus_parse_wrong(rf_fus_parser *p, rf_fus_at at, rf_fus_at end, const char *format, ...) {
    bool silent = p->panic;
    p->panic = true;
    if (silent)
        return NULL;
    char message[300];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return rf_fus_report(p->diags, RF_FUS_ERROR, RF_FUS_PHASE_PARSE, at, end, "%s", message);
}

bool rf_fus_parse_expect(rf_fus_parser *p, rf_fus_token_kind kind, const char *what) {
    if (rf_fus_parse_accept(p, kind))
        return true;
    (void)rf_fus_parse_expected(p, what);
    return false;
}

bool rf_fus_parse_close(rf_fus_parser *p, rf_fus_token_kind kind, const char *what, const rf_fus_token *open) {
    if (rf_fus_parse_is(p, kind))
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_CLOSE, open);
    if (rf_fus_parse_accept(p, kind))
        return true;
    rf_fus_diag *diag = rf_fus_parse_expected(p, what);
    if (diag) {
        diag->other = p->base + open->at;
        diag->other_note = "opened here";
    }
    return false;
}

bool rf_fus_parse_enter(rf_fus_parser *p) {
    if (RF_LIKELY(p->depth < RF_FUS_NESTING_MAX)) {
        p->depth++;
        return true;
    }
    rf_fus_diag *diag = rf_fus_parse_wrong(p, rf_fus_parse_at(p), p->base + p->token->end, "nested too deeply (more than %d levels)",
                                           RF_FUS_NESTING_MAX);
    rf_fus_diag_hint(p->diags, diag, "give inner parts a name of their own with `let`");
    return false;
}

/* Tokens that no item begins with. */
static bool never_starts_item(const rf_fus_token *token) {
    return !rf_fus_token_starts(token) && token->kind != RF_FUS_T_TYPE && token->kind != RF_FUS_T_MODULE && token->kind != RF_FUS_T_OPEN
           && token->kind != RF_FUS_T_EXCEPTION && token->kind != RF_FUS_T_LOAD;
}

bool rf_fus_parse_recover(rf_fus_parser *p, const rf_fus_token *start) {
    if (p->token == start)
        rf_fus_parse_next(p);
    for (; !rf_fus_parse_is(p, RF_FUS_T_EOF); rf_fus_parse_next(p)) {
        const rf_fus_token *token = p->token;
        if (!rf_fus_token_opens_line(token))
            continue;
        if (token->kind == RF_FUS_T_BAR && token->column <= p->layout.arms)
            return false; /* the next arm of the match around */
        if (token->column > p->layout.limit && token->column != p->layout.item)
            continue;
        if (never_starts_item(token))
            continue;
        if (token->column == p->layout.item)
            p->panic = false;
        return token->column == p->layout.item;
    }
    return false;
}

/* Nodes. */

void *rf_fus_parse_take(rf_fus_parser *p, size_t mark, uint32_t *ret_count) {
    assert(mark <= p->stack.count);
    size_t count = p->stack.count - mark;
    void **items = rf_fus_parse_alloc(p, (count ? count : 1) * sizeof *items);
    if (count)
        memcpy(items, p->stack.items + mark, count * sizeof *items);
    p->stack.count = mark;
    *ret_count = (uint32_t)count;
    return items;
}

rf_fus_expr *rf_fus_expr_new(rf_fus_parser *p, rf_fus_expr_kind kind, rf_fus_at at, uint32_t count) {
    rf_fus_expr *expr = rf_fus_parse_alloc(p, sizeof *expr + count * sizeof(rf_fus_expr *));
    /* In pieces that become plain stores: clearing it whole becomes `rep stos`, which takes a third of the parser's time. */
    enum { PIECE = 24 };
    static_assert(sizeof *expr == 3 * PIECE, "clear all of it");
    char *bytes = (char *)expr;
    for (size_t i = 0; i < 3; i++)
        memset(bytes + i * PIECE, 0, PIECE);
    expr->kind = kind;
    expr->at = at;
    if (count) {
        expr->items = (rf_fus_expr **)(void *)(expr + 1);
        expr->count = count;
    }
    return expr;
}

rf_fus_pat *rf_fus_pat_new(rf_fus_parser *p, rf_fus_pat_kind kind, rf_fus_at at, uint32_t count) {
    rf_fus_pat *pat = rf_fus_parse_alloc(p, sizeof *pat + count * sizeof(rf_fus_pat *));
    memset(pat, 0, sizeof *pat);
    pat->kind = kind;
    pat->at = at;
    pat->end = rf_fus_parse_end(p);
    if (count) {
        pat->items = (rf_fus_pat **)(void *)(pat + 1);
        pat->count = count;
    }
    return pat;
}

rf_fus_expr *rf_fus_expr_error(rf_fus_parser *p) {
    rf_fus_expr *expr = rf_fus_expr_new(p, RF_FUS_E_ERROR, rf_fus_parse_at(p), 0);
    expr->end = p->base + p->token->end;
    return expr;
}

rf_fus_expr *rf_fus_expr_name(rf_fus_parser *p, rf_slice name, rf_fus_at at, rf_fus_at end) {
    rf_fus_expr *expr = rf_fus_expr_new(p, RF_FUS_E_NAME, at, 0);
    expr->text = name;
    expr->end = end;
    return expr;
}

rf_fus_pat *rf_fus_pat_var(rf_fus_parser *p, rf_slice name, rf_fus_at at, rf_fus_at end) {
    rf_fus_pat *pat = rf_fus_pat_new(p, RF_FUS_PAT_VAR, at, 0);
    pat->text = name;
    pat->end = end;
    return pat;
}

rf_fus_expr *rf_fus_expr_lambda(rf_fus_parser *p, size_t mark, rf_fus_at at, rf_fus_expr *body) {
    rf_fus_expr *lambda = rf_fus_expr_new(p, RF_FUS_E_LAMBDA, at, 1);
    lambda->params = rf_fus_parse_take(p, mark, &lambda->param_count);
    lambda->items[0] = body;
    lambda->end = body->end;
    return lambda;
}

/* One text. */

static void read_items(rf_fus_parser *p, rf_fus_item **ret_items) {
    p->token = p->tokens.items;
    p->layout = (rf_fus_layout){ .first = p->token, .item = 1, .limit = 1 };
    *ret_items = rf_fus_parse_items(p);
}

static bool run(rf_fus_parser *p, rf_fus_item **ret_items) {
    if (_setjmp(p->escape))
        return false;
    read_items(p, ret_items);
    return true;
}

bool rf_fus_parse_tokens(rf_arena *arena, const rf_fus_loaded *text, rf_fus_tokens *tokens, uint32_t *anchors, rf_fus_diags *diags,
                         rf_fus_item **ret_items) {
    assert(arena && text && tokens && tokens->count > 0 && diags && ret_items);
    rf_fus_parser parser = { .arena = arena, .diags = diags, .data = text->source.text.data, .base = text->base, .tokens = *tokens, .anchors = anchors };
    bool good = run(&parser, ret_items) && !diags->no_memory;
    rf_vec_done(&parser.stack);
    return good;
}

rf_code rf_fus_parse_one(rf_arena *arena, rf_fus_loaded *text, rf_fus_diags *diags, bool *ret_unfinished, rf_fus_item **ret_items,
                         rf_error *reterr) {
    assert(arena && text && diags && ret_items);
    rf_fus_parser parser = { .arena = arena, .diags = diags, .data = text->source.text.data, .base = text->base };
    bool good = rf_fus_lex(arena, text, diags, false, &parser.tokens) && run(&parser, ret_items) && !diags->no_memory;
    if (good && ret_unfinished)
        *ret_unfinished = parser.tokens.unfinished || parser.breaks_off;
    rf_vec_done(&parser.stack);
    rf_fus_tokens_done(&parser.tokens);
    return good ? RF_OK : rf_raise_nomem(reterr);
}
