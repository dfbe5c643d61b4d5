/* parse_block.c: blocks: statements one below the other, or with `;` between them. */
#include "script/fusabi/parser.h"

#include <assert.h>

bool rf_fus_token_starts(const rf_fus_token *token) {
    static const bool starts[RF_FUS_T_COUNT] = {
        [RF_FUS_T_INT] = true, [RF_FUS_T_FLOAT] = true, [RF_FUS_T_STRING] = true, [RF_FUS_T_VERBATIM] = true, [RF_FUS_T_TRIPLE] = true,
        [RF_FUS_T_CHAR] = true, [RF_FUS_T_INTERP] = true, [RF_FUS_T_IDENT] = true, [RF_FUS_T_LET] = true, [RF_FUS_T_IF] = true,
        [RF_FUS_T_FUN] = true, [RF_FUS_T_FUNCTION] = true, [RF_FUS_T_MATCH] = true, [RF_FUS_T_DO] = true, [RF_FUS_T_WHILE] = true,
        [RF_FUS_T_FOR] = true, [RF_FUS_T_BREAK] = true, [RF_FUS_T_CONTINUE] = true, [RF_FUS_T_TRY] = true, [RF_FUS_T_ASYNC] = true,
        [RF_FUS_T_RETURN] = true, [RF_FUS_T_YIELD] = true, [RF_FUS_T_TRUE] = true, [RF_FUS_T_FALSE] = true, [RF_FUS_T_BEGIN] = true,
        [RF_FUS_T_TO] = true, [RF_FUS_T_DOWNTO] = true, [RF_FUS_T_MUTABLE] = true, [RF_FUS_T_LET_BANG] = true, [RF_FUS_T_DO_BANG] = true,
        [RF_FUS_T_RETURN_BANG] = true, [RF_FUS_T_YIELD_BANG] = true, [RF_FUS_T_LPAREN] = true, [RF_FUS_T_LBRACK] = true,
        [RF_FUS_T_LARRAY] = true, [RF_FUS_T_LBRACE] = true, [RF_FUS_T_LANON] = true, [RF_FUS_T_MINUS] = true, [RF_FUS_T_ERROR] = true,
        [RF_FUS_T_UNDERSCORE] = true,
    };
    return starts[token->kind];
}

bool rf_fus_parse_opens_item(const rf_fus_parser *p, const rf_fus_token *token) {
    if (token->column <= p->layout.limit)
        return true;
    for (const rf_fus_layout *layout = &p->layout; layout; layout = layout->outer)
        if (token->column == layout->item)
            return true;
    return p->layout.fields && token->kind == RF_FUS_T_IDENT && token[1].kind == RF_FUS_T_EQ;
}

void rf_fus_parse_bracket_layout(rf_fus_parser *p) {
    const rf_fus_token *first = p->token;
    rf_fus_layout *layout = &p->layout;
    /* The block that is the content may stand anywhere: what closes it is there to see. */
    uint32_t limit = rf_fus_token_opens_line(first) ? first->column - 1 : layout->limit;
    *layout = (rf_fus_layout){ .first = first, .item = first->column, .limit = limit, .bracketed = true, .no_comma = true };
}

/* A comma of this block: not one of the bracket's, which nothing in this block follows. */
static bool comma_is_mine(const rf_fus_parser *p) {
    const rf_fus_token *token = p->token;
    if (token->kind != RF_FUS_T_COMMA || p->layout.no_comma)
        return false;
    return !p->layout.bracketed || !rf_fus_token_opens_line(token + 1) || token[1].column >= p->layout.limit ||
           token[1].kind == RF_FUS_T_RPAREN;
}

/* value, or value <- value, or a, b, or value : type */
static rf_fus_expr *finish_statement(rf_fus_parser *p, rf_fus_expr *expr) {
    if (rf_fus_parse_is(p, RF_FUS_T_LARROW)) {
        if (expr->kind != RF_FUS_E_NAME || expr->in_parens) {
            rf_fus_diag *diag = rf_fus_parse_wrong(p, expr->at, expr->end, "expected a mutable name or x.[i] on the left of <-");
            if (expr->kind == RF_FUS_E_FIELD)
                rf_fus_diag_hint(p->diags, diag, "records do not change; make a new one: { r with %.*s = … }", RF_SLICE_ARG(expr->text));
            return expr;
        }
        rf_fus_expr *assign = rf_fus_expr_new(p, RF_FUS_E_ASSIGN, expr->at, 1);
        assign->at_op = rf_fus_parse_at(p);
        rf_fus_parse_next(p);
        assign->text = expr->text;
        assign->items[0] = rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_VALUE);
        rf_fus_expr_finish(p, assign);
        return assign;
    }
    if (comma_is_mine(p)) {
        size_t mark = p->stack.count;
        rf_fus_parse_push(p, expr);
        while (comma_is_mine(p)) {
            rf_fus_parse_next(p);
            if (rf_fus_parse_is(p, RF_FUS_T_RPAREN) || rf_fus_parse_is(p, RF_FUS_T_END))
                break;
            rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ALIGN, p->layout.first);
            rf_fus_parse_push(p, rf_fus_parse_expr(p));
        }
        expr = rf_fus_expr_tuple(p, mark, expr->at);
    }
    if (rf_fus_parse_accept(p, RF_FUS_T_COLON)) {
        rf_fus_expr *typed = rf_fus_expr_new(p, RF_FUS_E_TYPED, expr->at, 1);
        typed->items[0] = expr;
        typed->ty = rf_fus_parse_type(p);
        rf_fus_expr_finish(p, typed);
        return typed;
    }
    return expr;
}

rf_fus_expr *rf_fus_parse_statement(rf_fus_parser *p) {
    switch (rf_fus_parse_kind(p)) {
    case RF_FUS_T_LET: {
        const rf_fus_token *keyword = p->token;
        rf_fus_expr *let = rf_fus_parse_let(p);
        if (rf_fus_parse_let_in(p, keyword, let) && rf_fus_token_opens_line(p->token) && p->token->column > p->layout.item) {
            rf_fus_parse_push(p, let);
            rf_fus_parse_push(p, rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_PLAIN));
            return rf_fus_parse_join(p, p->stack.count - 2);
        }
        return let;
    }
    case RF_FUS_T_LET_BANG:
    case RF_FUS_T_DO_BANG:
    case RF_FUS_T_RETURN:
    case RF_FUS_T_RETURN_BANG:
    case RF_FUS_T_YIELD:
    case RF_FUS_T_YIELD_BANG: return rf_fus_parse_effect(p);
    case RF_FUS_T_DO:
        rf_fus_parse_next(p);
        return rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_VALUE);
    default: return finish_statement(p, rf_fus_parse_expr(p));
    }
}

static bool waits(const rf_fus_expr *expr) {
    return expr->count == 0 && (expr->kind == RF_FUS_E_LET || rf_fus_effect_of(expr) == RF_FUS_EFFECT_BIND);
}

/* The statements from..to and then `rest` (may be NULL) as one expression. */
static rf_fus_expr *sequence(rf_fus_parser *p, size_t from, size_t to, rf_fus_expr *rest) {
    uint32_t count = (uint32_t)(to - from) + (rest != NULL);
    if (count == 0) {
        rf_fus_expr *unit = rf_fus_expr_new(p, RF_FUS_E_UNIT, rf_fus_parse_end(p), 0);
        rf_fus_expr_finish(p, unit);
        return unit;
    }
    rf_fus_expr **items = (rf_fus_expr **)p->stack.items + from;
    if (count == 1)
        return rest ? rest : items[0];
    rf_fus_expr *seq = rf_fus_expr_new(p, RF_FUS_E_SEQ, items[0]->at, count);
    memcpy(seq->items, items, (to - from) * sizeof *items);
    if (rest)
        seq->items[count - 1] = rest;
    seq->end = seq->items[count - 1]->end;
    return seq;
}

/* Whether nothing is lost when a definition is the last of its block. */
static void check_last(rf_fus_parser *p, const rf_fus_expr *let) {
    if (let->kind != RF_FUS_E_LET || p->panic)
        return;
    const rf_fus_bind *bind = &let->binds[0];
    if (bind->pat->kind != RF_FUS_PAT_VAR || (bind->pat->text.len && bind->pat->text.data[0] == '_'))
        return;
    rf_fus_diag *diag = rf_fus_report(p->diags, RF_FUS_WARNING, RF_FUS_PHASE_PARSE, let->at, let->at + 3,
                                      "`let %.*s` is the last thing in its block: nothing uses it", RF_SLICE_ARG(bind->pat->text));
    rf_fus_diag_hint(p->diags, diag, "put the value of the block below it, in the same column");
}

static void set_body(rf_fus_parser *p, rf_fus_expr *let, rf_fus_expr *body) {
    if (let->kind == RF_FUS_E_LET) {
        let->items = rf_fus_parse_alloc(p, sizeof *let->items);
        let->items[0] = body;
        let->count = 1;
    } else {
        rf_fus_expr **items = rf_fus_parse_alloc(p, 2 * sizeof *items);
        items[0] = let->items[0];
        items[1] = body;
        let->items = items;
        let->count = 2;
    }
    let->end = body->end;
}

rf_fus_expr *rf_fus_parse_join(rf_fus_parser *p, size_t mark) {
    size_t end = p->stack.count;
    assert(end > mark);
    rf_fus_expr *rest = NULL;
    for (size_t i = end; i-- > mark;) {
        rf_fus_expr *expr = p->stack.items[i];
        if (!waits(expr))
            continue;
        if (i + 1 == end && !rest)
            check_last(p, expr);
        set_body(p, expr, sequence(p, i + 1, end, rest));
        rest = expr;
        end = i;
    }
    rf_fus_expr *whole = sequence(p, mark, end, rest);
    p->stack.count = mark;
    return whole;
}

/* How the statements of a block are told from what follows it. */
typedef struct ending {
    bool no_semi; /* `;` belongs to what is around */
    bool no_line; /* so do the lines in its column: it stands in the column of the block around, and is one statement */
} ending;

/* What follows a statement: true when the next one stands at the current token. */
static bool more(rf_fus_parser *p, const rf_fus_expr *last, ending end) {
    if (RF_UNLIKELY(p->token[-1].kind == RF_FUS_T_IN && waits(last)))
        return true;
    bool separated = false;
    while (!end.no_semi && rf_fus_parse_is(p, RF_FUS_T_SEMI)) {
        rf_fus_parse_next(p);
        separated = true;
    }
    const rf_fus_token *token = p->token;
    if (!rf_fus_token_starts(token))
        return false;
    if (!rf_fus_token_opens_line(token))
        return separated;
    return (token->column == p->layout.item && !end.no_line) || (separated && token->column > p->layout.limit);
}

/* The statements that follow the first, which is on the stack at `mark`. */
static rf_fus_expr *read_more(rf_fus_parser *p, size_t mark, const rf_fus_token *start, ending end) {
    for (;;) {
        rf_fus_expr *last = p->stack.items[p->stack.count - 1];
        if (RF_UNLIKELY(p->panic)) {
            if (end.no_line || !rf_fus_parse_recover(p, start))
                break;
        } else if (!more(p, last, end)) {
            break;
        }
        start = p->token;
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ITEM, p->layout.first);
        rf_fus_parse_push(p, rf_fus_parse_statement(p));
    }
    return rf_fus_parse_join(p, mark);
}

/* A block that opens a line must not be left of what it belongs to: then it is missing. */
static bool is_missing(const rf_fus_parser *p, const rf_fus_token *first, unsigned how) {
    if (first->column > p->layout.limit)
        return false;
    if (first->column < p->layout.limit)
        return true;
    bool defines = first->kind == RF_FUS_T_LET;
    if (!defines)
        return how == RF_FUS_BLOCK_VALUE && p->layout.limit > 1;
    /* The next definition, but for a `let … in` in one line. */
    for (const rf_fus_token *token = first + 1; token->kind != RF_FUS_T_EOF && !rf_fus_token_opens_line(token); token++)
        if (token->kind == RF_FUS_T_IN)
            return false;
    return true;
}

rf_fus_expr *rf_fus_parse_block(rf_fus_parser *p, const rf_fus_token *key, unsigned how) {
    rf_fus_token *first = p->token;
    bool hard = rf_fus_token_opens_line(first);
    if (RF_UNLIKELY(hard && (is_missing(p, first, how) || !rf_fus_token_starts(first)))) {
        (void)(first->kind < RF_FUS_T_PLUS ? rf_fus_parse_missing(p, "an expression") : rf_fus_parse_expected(p, "an expression"));
        return rf_fus_expr_error(p);
    }
    if (!rf_fus_parse_enter(p))
        return rf_fus_expr_error(p);
    rf_fus_layout saved = p->layout;
    p->layout.first = first;
    p->layout.item = first->column;
    p->layout.outer = hard ? NULL : &saved;
    bool limits = how == RF_FUS_BLOCK_PLAIN || how == RF_FUS_BLOCK_LOOSE;
    if (key && limits && key->column > p->layout.op_limit)
        p->layout.op_limit = key->column;
    if (hard) {
        p->layout.limit = first->column;
        if (p->layout.op_limit >= first->column)
            p->layout.op_limit = first->column - 1;
        p->layout.no_comma = how == RF_FUS_BLOCK_ELEMENT;
        p->layout.no_semi = p->layout.fields = false;
        rf_fus_parse_place(p, first, RF_FUS_PLACE_FIRST, how == RF_FUS_BLOCK_LOOSE ? NULL : key);
    }
    ending end = { .no_semi = p->layout.no_semi || (!hard && how == RF_FUS_BLOCK_VALUE), .no_line = hard && first->column == saved.limit };
    rf_fus_expr *expr = rf_fus_parse_statement(p);
    if (RF_UNLIKELY(p->panic) || waits(expr) || more(p, expr, end)) {
        size_t mark = p->stack.count;
        rf_fus_parse_push(p, expr);
        /* `more` may have taken semicolons already: the next statement is at hand. */
        if (!p->panic && !waits(expr)) {
            rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ITEM, first);
            first = p->token;
            rf_fus_parse_push(p, rf_fus_parse_statement(p));
        }
        expr = read_more(p, mark, first, end);
    }
    p->layout = saved;
    rf_fus_parse_leave(p);
    return expr;
}

rf_fus_expr *rf_fus_parse_element(rf_fus_parser *p) {
    const rf_fus_token *start = p->token;
    rf_fus_expr *expr = rf_fus_parse_statement(p);
    if (!waits(expr))
        return expr;
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, expr);
    return read_more(p, mark, start, (ending){ .no_semi = p->layout.no_semi });
}
