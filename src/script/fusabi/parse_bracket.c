/* parse_bracket.c: what stands in brackets: groups, tuples, lists, arrays, comprehensions, records. */
#include "script/fusabi/parser.h"

#include "base/slice.h"

#include <assert.h>

static const char *closing_name(rf_fus_token_kind kind) {
    switch (kind) {
    case RF_FUS_T_RPAREN: return "`)`";
    case RF_FUS_T_RBRACK: return "`]`";
    case RF_FUS_T_RARRAY: return "`|]`";
    case RF_FUS_T_RBRACE: return "`}`";
    case RF_FUS_T_RANON: return "`|}`";
    default: return "`end`";
    }
}

/* A bracket that is being read. */
typedef struct opened {
    const rf_fus_token *open;
    rf_fus_layout saved;
    rf_fus_mode mode;
} opened;

/* Every enter is followed by a leave. */
static opened enter(rf_fus_parser *p) {
    opened bracket = { .open = p->token, .saved = p->layout, .mode = p->mode };
    rf_fus_parse_next(p);
    rf_fus_parse_bracket_layout(p);
    return bracket;
}
static void leave(rf_fus_parser *p, const opened *bracket, rf_fus_token_kind close) {
    (void)rf_fus_parse_close(p, close, closing_name(close), bracket->open);
    p->layout = bracket->saved;
    p->mode = bracket->mode;
}

/* Elements with commas between, up to the closing bracket: pushed. The first has been pushed. */
static void parse_commas(rf_fus_parser *p, rf_fus_token_kind close) {
    while (rf_fus_parse_accept(p, RF_FUS_T_COMMA)) {
        if (rf_fus_parse_is(p, close))
            return;
        rf_fus_token *element = p->token;
        rf_fus_parse_push(p, rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_PLAIN));
        rf_fus_parse_place(p, element, RF_FUS_PLACE_ALIGN, p->layout.first);
    }
}

void rf_fus_parse_arguments(rf_fus_parser *p) {
    opened bracket = enter(p);
    if (!rf_fus_parse_is(p, RF_FUS_T_RPAREN)) {
        rf_fus_parse_push(p, rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_ELEMENT));
        parse_commas(p, RF_FUS_T_RPAREN);
    }
    leave(p, &bracket, RF_FUS_T_RPAREN);
}

static bool is_section(const rf_fus_token *token) {
    return token->kind == RF_FUS_T_LPAREN && token[1].kind >= RF_FUS_T_PLUS && token[1].kind <= RF_FUS_T_COMPOSE_BACK &&
           token[2].kind == RF_FUS_T_RPAREN;
}

/* The closing bracket as the whole content: (), []. */
static rf_fus_expr *parse_empty(rf_fus_parser *p, rf_fus_expr_kind kind) {
    rf_fus_expr *expr = rf_fus_expr_new(p, kind, rf_fus_parse_at(p), 0);
    rf_fus_parse_next(p);
    rf_fus_parse_next(p);
    rf_fus_expr_finish(p, expr);
    return expr;
}

rf_fus_expr *rf_fus_parse_paren(rf_fus_parser *p) {
    bool is_begin = rf_fus_parse_is(p, RF_FUS_T_BEGIN);
    rf_fus_token_kind close = is_begin ? RF_FUS_T_END : RF_FUS_T_RPAREN;
    if (p->token[1].kind == close)
        return parse_empty(p, RF_FUS_E_UNIT);
    if (is_section(p->token))
        return rf_fus_parse_section(p);
    rf_fus_at at = rf_fus_parse_at(p);
    opened bracket = enter(p);
    p->begins += is_begin;
    size_t mark = p->stack.count;
    rf_fus_expr *expr = rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_PLAIN);
    bool tuple = rf_fus_parse_is(p, RF_FUS_T_COMMA);
    if (tuple) {
        rf_fus_parse_push(p, expr);
        parse_commas(p, close);
        expr = rf_fus_expr_tuple(p, mark, at);
    }
    if (rf_fus_parse_is(p, RF_FUS_T_DOTDOT)) {
        rf_fus_diag *diag = rf_fus_parse_expected(p, "`)`");
        rf_fus_diag_hint(p->diags, diag, "a range stands in brackets: [1..10]");
    }
    leave(p, &bracket, close);
    p->begins -= is_begin;
    expr->in_parens = true;
    if (tuple)
        rf_fus_expr_finish(p, expr);
    return expr;
}

/* Lists and arrays. */

/* A chain of operators, without commas or semicolons: the end or step of a range. */
rf_fus_expr *rf_fus_parse_range(rf_fus_parser *p, rf_fus_expr *first) {
    size_t mark = p->stack.count;
    rf_fus_at at_op = rf_fus_parse_at(p);
    rf_fus_parse_next(p);
    rf_fus_expr *last = rf_fus_parse_expr(p);
    rf_fus_expr *step = NULL;
    if (rf_fus_parse_accept(p, RF_FUS_T_DOTDOT)) {
        step = last;
        last = rf_fus_parse_expr(p);
    }
    p->stack.count = mark;
    rf_fus_expr *range = rf_fus_expr_new(p, RF_FUS_E_RANGE, first->at, step ? 3 : 2);
    range->at_op = at_op;
    range->items[0] = first;
    range->items[1] = last;
    if (step)
        range->items[2] = step;
    rf_fus_expr_finish(p, range);
    return range;
}

static bool starts_comprehension(const rf_fus_token *token) {
    return token->kind == RF_FUS_T_FOR || token->kind == RF_FUS_T_YIELD || token->kind == RF_FUS_T_YIELD_BANG;
}

/* Separators that have been seen in one list. */
enum { SEEN_COMMA = 1, SEEN_OTHER = 2, SEEN_BOTH = 3 };

/* In F# `["a", 1; "b", 2]` is a list of pairs; here it has four elements (reference 4.7). */
static void warn_of_commas(rf_fus_parser *p) {
    rf_fus_diag *diag = rf_fus_report(p->diags, RF_FUS_WARNING, RF_FUS_PHASE_PARSE, rf_fus_parse_at(p), p->base + p->token->end,
                                      "commas and other separators in one list: each separates two elements");
    rf_fus_diag_hint(p->diags, diag, "a list of pairs is written [(a, b); (c, d)]");
}

/* Whether an element follows: separators are `;`, a line in the column of the elements, and `,` in lists. */
static bool next_element(rf_fus_parser *p, rf_fus_token_kind close, unsigned *seen) {
    unsigned before = *seen;
    bool separated = false;
    for (; rf_fus_parse_is(p, RF_FUS_T_SEMI) || (close == RF_FUS_T_RBRACK && rf_fus_parse_is(p, RF_FUS_T_COMMA)); separated = true) {
        *seen |= rf_fus_parse_is(p, RF_FUS_T_COMMA) ? SEEN_COMMA : SEEN_OTHER;
        rf_fus_parse_next(p);
    }
    const rf_fus_token *token = p->token;
    if (!rf_fus_token_starts(token))
        return false;
    bool line = rf_fus_token_opens_line(token) && token->column == p->layout.item;
    *seen |= separated || !line ? 0 : SEEN_OTHER;
    if (*seen == SEEN_BOTH && before != SEEN_BOTH)
        warn_of_commas(p);
    return separated || line;
}

static void parse_elements(rf_fus_parser *p, rf_fus_token_kind close) {
    const rf_fus_token *start;
    unsigned seen = 0;
    do {
        start = p->token;
        if (start != p->layout.first)
            rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ITEM, p->layout.first);
        else
            rf_fus_parse_place(p, p->token, RF_FUS_PLACE_FIRST, NULL);
        p->layout.no_comma = close == RF_FUS_T_RBRACK;
        rf_fus_parse_push(p, rf_fus_parse_element(p));
    } while (p->panic ? rf_fus_parse_recover(p, start) : next_element(p, close, &seen));
}

/* Elements in which there are yields are the statements of a comprehension. */
static rf_fus_expr *comprehension(rf_fus_parser *p, size_t mark, rf_fus_at at, bool is_array) {
    rf_fus_expr *body = rf_fus_parse_join(p, mark);
    rf_fus_expr *expr = rf_fus_expr_new(p, is_array ? RF_FUS_E_ARRAY_FROM : RF_FUS_E_LIST_FROM, at, 1);
    expr->items[0] = body;
    return expr;
}

static rf_fus_expr *parse_comprehension(rf_fus_parser *p, rf_fus_at at, bool is_array) {
    uint32_t yields = p->yields;
    p->layout.no_semi = p->layout.no_comma = false;
    rf_fus_expr *body = rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_PLAIN);
    if (p->yields == yields)
        body = rf_fus_yield_tails(p, body);
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, body);
    return comprehension(p, mark, at, is_array);
}

static rf_fus_expr *parse_content(rf_fus_parser *p, rf_fus_at at, rf_fus_token_kind close) {
    bool is_array = close == RF_FUS_T_RARRAY;
    if (starts_comprehension(p->token))
        return parse_comprehension(p, at, is_array);
    p->layout.limit = p->layout.item; /* elements stand in their own column, also those behind the bracket */
    p->layout.no_semi = true;
    uint32_t yields = p->yields;
    size_t mark = p->stack.count;
    parse_elements(p, close);
    if (p->yields != yields)
        return comprehension(p, mark, at, is_array);
    if (rf_fus_parse_is(p, RF_FUS_T_DOTDOT) && p->stack.count == mark + 1) {
        rf_fus_expr *range = rf_fus_parse_range(p, p->stack.items[mark]);
        p->stack.count = mark;
        rf_fus_parse_push(p, range);
        return comprehension(p, mark, at, is_array);
    }
    rf_fus_expr *expr = rf_fus_expr_new(p, is_array ? RF_FUS_E_ARRAY : RF_FUS_E_LIST, at, 0);
    expr->items = rf_fus_parse_take(p, mark, &expr->count);
    return expr;
}

rf_fus_expr *rf_fus_parse_list(rf_fus_parser *p) {
    bool is_array = rf_fus_parse_is(p, RF_FUS_T_LARRAY);
    rf_fus_token_kind close = is_array ? RF_FUS_T_RARRAY : RF_FUS_T_RBRACK;
    if (p->token[1].kind == close)
        return parse_empty(p, is_array ? RF_FUS_E_ARRAY : RF_FUS_E_LIST);
    rf_fus_at at = rf_fus_parse_at(p);
    if (!rf_fus_parse_enter(p)) /* elements are no blocks, which count themselves */
        return rf_fus_expr_error(p);
    opened bracket = enter(p);
    p->mode = RF_FUS_MODE_LIST;
    uint32_t yields = p->yields;
    rf_fus_expr *expr = parse_content(p, at, close);
    p->yields = yields; /* they were this list's */
    leave(p, &bracket, close);
    rf_fus_parse_leave(p);
    rf_fus_expr_finish(p, expr);
    return expr;
}

/* Records. */

/* name, or Module.name: its last part. False: there is none. */
static bool parse_field_name(rf_fus_parser *p, rf_slice *ret) {
    if (!rf_fus_token_is_word(p->token)) {
        (void)rf_fus_parse_expected(p, "a field name");
        return false;
    }
    *ret = rf_fus_parse_text(p, p->token);
    rf_fus_parse_next(p);
    while (rf_fus_parse_accept(p, RF_FUS_T_DOT)) {
        if (!rf_fus_token_is_word(p->token)) {
            (void)rf_fus_parse_expected(p, "a field name");
            return false;
        }
        *ret = rf_fus_parse_text(p, p->token);
        rf_fus_parse_next(p);
    }
    return true;
}

static bool next_field(rf_fus_parser *p) {
    bool separated = false;
    while (rf_fus_parse_accept(p, RF_FUS_T_SEMI))
        separated = true;
    const rf_fus_token *token = p->token;
    if (!rf_fus_token_is_word(token))
        return false;
    return separated || (rf_fus_token_opens_line(token) && (token->column == p->layout.item || token[1].kind == RF_FUS_T_EQ));
}

/* Pushes name and value of each field in turn. */
static void parse_fields(rf_fus_parser *p, rf_fus_token_kind close) {
    p->layout.item = p->layout.limit = p->token->column;
    p->layout.op_limit = 0;
    p->layout.no_comma = p->layout.no_semi = p->layout.fields = true;
    p->layout.first = p->token;
    rf_fus_parse_place(p, p->token, RF_FUS_PLACE_FIRST, NULL);
    bool again;
    do {
        rf_fus_token *token = p->token;
        if (token != p->layout.first)
            rf_fus_parse_place(p, token, RF_FUS_PLACE_ITEM, p->layout.first);
        rf_slice *name = rf_fus_parse_alloc(p, sizeof *name);
        if (parse_field_name(p, name) && rf_fus_parse_expect(p, RF_FUS_T_EQ, "`=`")) {
            rf_fus_expr *value = rf_fus_parse_block(p, token, RF_FUS_BLOCK_VALUE);
            rf_fus_parse_push(p, name);
            rf_fus_parse_push(p, value);
        }
        if (rf_fus_parse_is(p, RF_FUS_T_COMMA) && !p->panic) {
            rf_fus_diag *diag = rf_fus_parse_expected(p, closing_name(close));
            rf_fus_diag_hint(p->diags, diag, "fields are separated by `;` or stand one below the other");
        }
        again = p->panic ? rf_fus_parse_recover(p, token) : next_field(p);
    } while (again);
}

/* Names and values from the stack; `base` is what `with` changes, or NULL. */
static rf_fus_expr *record(rf_fus_parser *p, size_t mark, rf_fus_at at, rf_fus_expr *base) {
    uint32_t fields = (uint32_t)((p->stack.count - mark) / 2), first = base != NULL;
    rf_fus_expr *expr = rf_fus_expr_new(p, base ? RF_FUS_E_RECORD_WITH : RF_FUS_E_RECORD, at, fields + first);
    expr->names = rf_fus_parse_alloc(p, (fields ? fields : 1) * sizeof *expr->names);
    if (base)
        expr->items[0] = base;
    for (uint32_t i = 0; i < fields; i++) {
        expr->names[i] = *(const rf_slice *)p->stack.items[mark + 2 * i];
        expr->items[first + i] = p->stack.items[mark + 2 * i + 1];
    }
    p->stack.count = mark;
    return expr;
}

/* `name =` or `Module.name =`: fields; anything else is what a `with` changes. */
static bool starts_field(const rf_fus_token *token) {
    while (rf_fus_token_is_word(token) && token[1].kind == RF_FUS_T_DOT)
        token += 2;
    return rf_fus_token_is_word(token) && token[1].kind == RF_FUS_T_EQ;
}

/* What `with` changes. */
static rf_fus_expr *parse_base(rf_fus_parser *p) {
    if (!rf_fus_parse_enter(p))
        return rf_fus_expr_error(p);
    rf_fus_expr *base = rf_fus_parse_expr(p);
    rf_fus_parse_leave(p);
    return base;
}

rf_fus_expr *rf_fus_parse_record(rf_fus_parser *p) {
    bool is_anonymous = rf_fus_parse_is(p, RF_FUS_T_LANON);
    rf_fus_token_kind close = is_anonymous ? RF_FUS_T_RANON : RF_FUS_T_RBRACE;
    if (p->token[1].kind == close)
        return parse_empty(p, RF_FUS_E_RECORD);
    rf_fus_at at = rf_fus_parse_at(p);
    opened bracket = enter(p);
    p->mode = RF_FUS_MODE_PLAIN;
    size_t mark = p->stack.count;
    rf_fus_expr *base = NULL;
    if (!starts_field(p->token)) {
        base = parse_base(p);
        (void)rf_fus_parse_expect(p, RF_FUS_T_WITH, base->kind == RF_FUS_E_NAME ? "`=` or `with`" : "`with`");
    }
    if (!p->panic)
        parse_fields(p, close);
    rf_fus_expr *expr = record(p, mark, at, base);
    leave(p, &bracket, close);
    rf_fus_expr_finish(p, expr);
    return expr;
}
