/* parse_let.c: let, and the statements of comprehensions and async blocks. */
#include "script/fusabi/parser.h"

#include "base/slice.h"

#include <assert.h>

/* : type, when it is there. */
static rf_fus_ty *parse_annotation(rf_fus_parser *p) {
    return rf_fus_parse_accept(p, RF_FUS_T_COLON) ? rf_fus_parse_type(p) : NULL;
}

static rf_fus_expr *parse_value(rf_fus_parser *p, const rf_fus_token *keyword) {
    if (!p->panic)
        (void)rf_fus_parse_expect(p, RF_FUS_T_EQ, "`=`");
    if (p->panic)
        return rf_fus_expr_error(p);
    rf_fus_mode mode = p->mode;
    bool no_comma = p->layout.no_comma;
    p->mode = RF_FUS_MODE_PLAIN;
    p->layout.no_comma = false; /* a `let` is no element by itself: the comma cannot be the bracket's */
    rf_fus_expr *value = rf_fus_parse_block(p, keyword, RF_FUS_BLOCK_VALUE);
    p->mode = mode;
    p->layout.no_comma = no_comma;
    return value;
}

/* <'a, 'b when …> behind the name: types are found without it. */
static void skip_type_parameters(rf_fus_parser *p) {
    if (!rf_fus_parse_is(p, RF_FUS_T_LT) || p->token[1].kind != RF_FUS_T_TYVAR)
        return;
    p->token->role = RF_FUS_ROLE_TYPE;
    do
        rf_fus_parse_next(p);
    while (rf_fus_parse_accept(p, RF_FUS_T_TYVAR) && rf_fus_parse_is(p, RF_FUS_T_COMMA));
    if (rf_fus_parse_is(p, RF_FUS_T_WHEN))
        while (rf_fus_parse_is(p, RF_FUS_T_WHEN) || rf_fus_parse_is(p, RF_FUS_T_TYVAR) || rf_fus_parse_is(p, RF_FUS_T_COLON)
               || rf_fus_parse_is(p, RF_FUS_T_IDENT) || rf_fus_parse_is(p, RF_FUS_T_AND_WORD))
            rf_fus_parse_next(p);
    if (!rf_fus_parse_accept_greater(p))
        (void)rf_fus_parse_expected(p, "`>`");
}

/* name param… [: type] = value */
static void parse_named(rf_fus_parser *p, rf_fus_bind *bind, const rf_fus_token *keyword) {
    rf_fus_at at = rf_fus_parse_at(p);
    bind->pat = rf_fus_pat_var(p, rf_fus_parse_text(p, p->token), at, p->base + p->token->end);
    rf_fus_parse_next(p);
    skip_type_parameters(p);
    size_t mark = p->stack.count;
    const rf_fus_token *first = p->token;
    while (rf_fus_token_starts_parameter(p, p->token) && !rf_fus_parse_offside(p, p->token) && !p->panic) {
        if (p->token != first)
            rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ALIGN, first);
        rf_fus_parse_push(p, rf_fus_parse_parameter(p));
    }
    bool is_function = p->stack.count > mark;
    bind->ty = parse_annotation(p);
    rf_fus_expr *value = parse_value(p, keyword);
    if (is_function) {
        value = rf_fus_expr_lambda(p, mark, at, value);
        value->ty = bind->ty;
    }
    bind->value = value;
}

static bool is_modifier(const rf_fus_parser *p, bool is_let) {
    const rf_fus_token *token = p->token, *next = token + 1;
    if (token->kind != RF_FUS_T_IDENT || (token->flags & RF_FUS_TOKEN_ESCAPE) || rf_fus_token_opens_line(next))
        return false;
    bool more = next->kind == RF_FUS_T_IDENT
                || (is_let ? next->kind == RF_FUS_T_MUTABLE || next->kind == RF_FUS_T_REC
                           : next->kind == RF_FUS_T_TYVAR || next->kind == RF_FUS_T_LBRACE || next->kind == RF_FUS_T_BAR);
    if (!more)
        return false;
    rf_slice text = rf_fus_parse_text(p, token);
    return rf_slice_is(text, "private") || rf_slice_is(text, "internal") || rf_slice_is(text, "public") ||
           (is_let && rf_slice_is(text, "inline"));
}

void rf_fus_parse_modifiers(rf_fus_parser *p, bool is_let) {
    while (is_modifier(p, is_let))
        rf_fus_parse_next(p);
}

/* A name alone, or what goes on as a pattern: a, b · h :: t · x as y · p | q. */
static bool is_pattern(const rf_fus_parser *p) {
    if (!rf_fus_token_is_name(p, p->token))
        return true;
    switch ((rf_fus_token_kind)p->token[1].kind) {
    case RF_FUS_T_COMMA:
    case RF_FUS_T_CONS:
    case RF_FUS_T_AS:
    case RF_FUS_T_BAR: return true;
    default: return false;
    }
}

/* The first of the attributes before a keyword, or the keyword: there the doc comment stands. */
static const rf_fus_token *start_of(const rf_fus_parser *p, const rf_fus_token *keyword) {
    const rf_fus_token *first = p->tokens.items, *token = keyword;
    while (token - first > 2 && token[-1].kind == RF_FUS_T_RBRACK && token[-2].kind == RF_FUS_T_GT && token[-2].role == RF_FUS_ROLE_TYPE) {
        do
            token--;
        while (token > first && !rf_fus_token_is_attribute(token));
    }
    return token;
}

/* One binding, behind `let`, `let rec` or `and`. */
static rf_fus_bind *parse_binding(rf_fus_parser *p, bool is_rec, const rf_fus_token *keyword) {
    rf_fus_bind *bind = rf_fus_parse_alloc(p, sizeof *bind);
    *bind = (rf_fus_bind){ .doc = rf_fus_parse_doc(p, start_of(p, keyword)) };
    rf_fus_parse_modifiers(p, true);
    rf_fus_token_kind after = (rf_fus_token_kind)p->token[1].kind;
    if (rf_fus_parse_is(p, RF_FUS_T_MUTABLE) && (after == RF_FUS_T_IDENT || after == RF_FUS_T_LPAREN || after == RF_FUS_T_UNDERSCORE)) {
        bind->is_mutable = true;
        rf_fus_parse_next(p);
        rf_fus_parse_modifiers(p, true);
    }
    if (!is_pattern(p)) {
        parse_named(p, bind, keyword);
        return bind;
    }
    if (is_rec && !rf_fus_parse_is(p, RF_FUS_T_UNDERSCORE)) {
        (void)rf_fus_parse_expected(p, "a name after let rec");
    } else if (!rf_fus_token_starts_parameter(p, p->token) && p->token->kind != RF_FUS_T_INT && p->token->kind != RF_FUS_T_STRING) {
        rf_fus_diag *diag = rf_fus_parse_expected(p, "a name or a pattern after let");
        if (p->token->kind >= RF_FUS_T_FIRST_WORD && p->token->kind <= (int)RF_FUS_T_LAST_WORD)
            rf_fus_diag_hint(p->diags, diag, "`%.*s` is a keyword", RF_SLICE_ARG(rf_fus_parse_text(p, p->token)));
    }
    bind->pat = p->panic ? rf_fus_pat_new(p, RF_FUS_PAT_WILD, rf_fus_parse_at(p), 0) : rf_fus_parse_pattern_free(p);
    bind->ty = p->panic ? NULL : parse_annotation(p);
    bind->value = parse_value(p, keyword);
    return bind;
}

rf_fus_expr *rf_fus_parse_let(rf_fus_parser *p) {
    const rf_fus_token *keyword = p->token;
    rf_fus_expr *let = rf_fus_expr_new(p, RF_FUS_E_LET, rf_fus_parse_at(p), 0);
    rf_fus_parse_next(p);
    rf_fus_parse_modifiers(p, true);
    let->is_rec = rf_fus_parse_accept(p, RF_FUS_T_REC);
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, parse_binding(p, let->is_rec, keyword));
    while (let->is_rec && !p->panic && rf_fus_parse_is(p, RF_FUS_T_AND_WORD)
           && (!rf_fus_token_opens_line(p->token) || p->token->column >= p->layout.limit)) {
        const rf_fus_token *and = p->token;
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ALIGN, keyword);
        rf_fus_parse_next(p);
        rf_fus_parse_push(p, parse_binding(p, true, and));
    }
    let->bind_count = (uint32_t)(p->stack.count - mark);
    let->binds = rf_fus_parse_alloc(p, let->bind_count * sizeof *let->binds);
    for (uint32_t i = 0; i < let->bind_count; i++)
        let->binds[i] = *(const rf_fus_bind *)p->stack.items[mark + i];
    p->stack.count = mark;
    rf_fus_expr_finish(p, let);
    return let;
}

bool rf_fus_parse_let_in(rf_fus_parser *p, const rf_fus_token *keyword, rf_fus_expr *let) {
    if (!rf_fus_parse_is(p, RF_FUS_T_IN) || p->panic || let->kind != RF_FUS_E_LET)
        return false;
    rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ALIGN, keyword);
    const rf_fus_pat *pat = let->binds[0].pat;
    if (pat->kind == RF_FUS_PAT_WILD) {
        rf_fus_diag *diag = rf_fus_parse_wrong(p, pat->at, pat->end, "expected a name before in, found `_`");
        rf_fus_diag_hint(p->diags, diag, "to drop a value, write it on a line of its own, or `ignore value; …`");
    }
    rf_fus_parse_next(p);
    return true;
}

/* Statements of comprehensions and async blocks. */

static rf_fus_expr *effect(rf_fus_parser *p, rf_fus_effect which, rf_fus_at at) {
    rf_fus_expr *expr = rf_fus_expr_new(p, RF_FUS_E_ASYNC, at, 1);
    expr->bind_count = which;
    p->effects++;
    return expr;
}

/* let! pattern = value */
static rf_fus_expr *parse_bind(rf_fus_parser *p, rf_fus_at at, const rf_fus_token *keyword) {
    rf_fus_expr *bind = effect(p, RF_FUS_EFFECT_BIND, at);
    bind->pat = rf_fus_parse_pattern_free(p);
    if (!p->panic && rf_fus_parse_accept(p, RF_FUS_T_COLON)) {
        rf_fus_pat *typed = rf_fus_pat_new(p, RF_FUS_PAT_TYPED, bind->pat->at, 1);
        typed->items[0] = bind->pat;
        typed->ty = rf_fus_parse_type(p);
        typed->end = rf_fus_parse_end(p);
        bind->pat = typed;
    }
    bind->items[0] = parse_value(p, keyword);
    bind->count = 0; /* it waits for the rest of the block */
    return bind;
}

static rf_fus_expr *parse_yield(rf_fus_parser *p, rf_fus_at at, bool all) {
    if (p->mode == RF_FUS_MODE_ASYNC) {
        rf_fus_expr *expr = effect(p, all ? RF_FUS_EFFECT_YIELD_FROM : RF_FUS_EFFECT_YIELD, at);
        expr->items[0] = rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_VALUE);
        return expr;
    }
    rf_fus_expr *yield = rf_fus_expr_new(p, RF_FUS_E_YIELD, at, 1);
    yield->flag = all;
    yield->items[0] = rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_VALUE);
    p->yields++;
    return yield;
}

rf_fus_expr *rf_fus_parse_effect(rf_fus_parser *p) {
    const rf_fus_token *keyword = p->token;
    rf_fus_token_kind kind = (rf_fus_token_kind)keyword->kind;
    rf_fus_at at = rf_fus_parse_at(p), end = p->base + keyword->end;
    bool is_yield = kind == RF_FUS_T_YIELD || kind == RF_FUS_T_YIELD_BANG;
    if (p->mode == RF_FUS_MODE_PLAIN || (p->mode == RF_FUS_MODE_LIST && !is_yield))
        (void)rf_fus_parse_wrong(p, at, end, "`%.*s` has a meaning in %s only", (int)(keyword->end - keyword->at), p->data + keyword->at,
                                 is_yield ? "lists, arrays and async { }" : "async { }");
    rf_fus_parse_next(p);
    rf_fus_expr *expr;
    rf_fus_mode mode = p->mode;
    if (kind == RF_FUS_T_LET_BANG) {
        expr = parse_bind(p, at, keyword);
        (void)rf_fus_parse_accept(p, RF_FUS_T_IN);
    } else if (is_yield) {
        p->mode = mode == RF_FUS_MODE_ASYNC ? mode : RF_FUS_MODE_LIST;
        expr = parse_yield(p, at, kind == RF_FUS_T_YIELD_BANG);
    } else {
        rf_fus_effect which = kind == RF_FUS_T_DO_BANG  ? RF_FUS_EFFECT_DO
                              : kind == RF_FUS_T_RETURN ? RF_FUS_EFFECT_RETURN
                                                        : RF_FUS_EFFECT_RETURN_FROM;
        expr = effect(p, which, at);
        p->mode = RF_FUS_MODE_PLAIN;
        expr->items[0] = rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_VALUE);
    }
    p->mode = mode;
    rf_fus_expr_finish(p, expr);
    return expr;
}
