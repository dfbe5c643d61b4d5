/* parse_control.c: if, match, fun, function, while, for, try. */
#include "script/fusabi/parser.h"

#include <assert.h>

static rf_fus_expr *parse_body(rf_fus_parser *p, const rf_fus_token *key) {
    return rf_fus_parse_block(p, key, RF_FUS_BLOCK_PLAIN);
}

/* A keyword that belongs to the one at `key`, and stands where it does when it opens a line. */
static bool expect_word(rf_fus_parser *p, rf_fus_token_kind kind, const char *what, const rf_fus_token *key) {
    if (rf_fus_parse_is(p, kind))
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ALIGN, key);
    return rf_fus_parse_expect(p, kind, what);
}

/* What stands between two keywords: brackets around hold nothing back from it. */
static rf_fus_expr *parse_head(rf_fus_parser *p, const rf_fus_token *key) {
    rf_fus_layout saved = p->layout;
    p->layout.no_comma = p->layout.no_semi = p->layout.thens = false;
    p->layout.arms = 0;
    rf_fus_expr *expr = rf_fus_parse_block(p, key, RF_FUS_BLOCK_HEAD);
    p->layout = saved;
    return expr;
}

/* if */

/* Whether it is plain to see that a value is not (): then an `if` that gives it needs an else. */
static bool is_plainly_value(const rf_fus_expr *expr) {
    for (;;) {
        switch (expr->kind) {
        case RF_FUS_E_SEQ: expr = expr->items[expr->count - 1]; break;
        case RF_FUS_E_LET: expr = expr->items[0]; break;
        case RF_FUS_E_BOOL:
        case RF_FUS_E_INT:
        case RF_FUS_E_FLOAT:
        case RF_FUS_E_STRING:
        case RF_FUS_E_INTERP:
        case RF_FUS_E_CTOR:
        case RF_FUS_E_LAMBDA:
        case RF_FUS_E_TUPLE:
        case RF_FUS_E_LIST:
        case RF_FUS_E_ARRAY:
        case RF_FUS_E_LIST_FROM:
        case RF_FUS_E_ARRAY_FROM:
        case RF_FUS_E_RECORD:
        case RF_FUS_E_RECORD_WITH:
        case RF_FUS_E_NEGATE:
        case RF_FUS_E_UPDATE: return true;
        case RF_FUS_E_BINARY: return expr->op != RF_FUS_OP_PIPE && expr->op != RF_FUS_OP_PIPE_BACK;
        default: return false;
        }
    }
}

static void check_no_else(rf_fus_parser *p, rf_fus_at at, const rf_fus_expr *branch) {
    if (p->mode == RF_FUS_MODE_LIST || p->panic || !is_plainly_value(branch))
        return;
    /* It is whole: what follows it is not to blame. */
    rf_fus_diag *diag = rf_fus_report(p->diags, RF_FUS_ERROR, RF_FUS_PHASE_PARSE, at, at + 2,
                                      "expected else: this `if` gives a value when its condition holds, and none otherwise");
    if (diag) {
        diag->other = branch->at;
        diag->other_note = "the value";
    }
    rf_fus_diag_hint(p->diags, diag, "write `if … then … else …`");
}

/* Whether an else belongs to the `if` being read: one that opens a line left of the block does not, when an `if` further
 * out waits for it. */
static bool else_is_mine(const rf_fus_parser *p) {
    const rf_fus_token *token = p->token;
    if (token->kind != RF_FUS_T_ELSE && token->kind != RF_FUS_T_ELIF)
        return false;
    return !rf_fus_token_opens_line(token) || token->column >= p->layout.limit || !p->layout.thens;
}

/* cond then branch: pushes both, and where the `if` began. */
static rf_fus_expr *parse_condition(rf_fus_parser *p, const rf_fus_token *key) {
    rf_fus_expr *test = rf_fus_expr_new(p, RF_FUS_E_IF, rf_fus_parse_at(p), 3);
    rf_fus_parse_next(p);
    test->items[0] = parse_head(p, key);
    (void)expect_word(p, RF_FUS_T_THEN, "then", key);
    bool thens = p->layout.thens;
    p->layout.thens = true;
    test->items[1] = p->panic ? rf_fus_expr_error(p) : parse_body(p, key);
    p->layout.thens = thens;
    return test;
}

/* However long the chain of `else if`, it is read in a loop and joined from its end. */
static rf_fus_expr *parse_if(rf_fus_parser *p) {
    const rf_fus_token *key = p->token;
    size_t mark = p->stack.count;
    uint32_t effects = p->effects;
    rf_fus_parse_push(p, parse_condition(p, key));
    rf_fus_expr *last = NULL;
    while (!p->panic && !last && else_is_mine(p)) {
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ALIGN, key);
        bool chained = rf_fus_parse_is(p, RF_FUS_T_ELIF);
        if (!chained)
            rf_fus_parse_next(p);
        if (chained || (rf_fus_parse_is(p, RF_FUS_T_IF) && !rf_fus_token_opens_line(p->token)))
            rf_fus_parse_push(p, parse_condition(p, key));
        else
            last = parse_body(p, key);
    }
    rf_fus_expr *whole = last;
    while (p->stack.count > mark) {
        rf_fus_expr *test = p->stack.items[--p->stack.count];
        test->items[2] = whole;
        test->count = whole ? 3 : 2;
        test->end = whole ? whole->end : test->items[1]->end;
        test->flag = p->effects != effects;
        if (!whole)
            check_no_else(p, test->at, test->items[1]);
        whole = test;
    }
    return whole;
}

/* match */

/* Whether a bar begins an arm of the match being read: one that opens a line in or left of the column of the bars of a
 * match around belongs to that one, unless this match itself opens a line there. */
static bool bar_is_mine(const rf_fus_parser *p, const rf_fus_token *keyword, uint32_t outer) {
    const rf_fus_token *token = p->token;
    if (token->kind != RF_FUS_T_BAR)
        return false;
    return !rf_fus_token_opens_line(token) || token->column > outer ||
           (rf_fus_token_opens_line(keyword) && token->column >= keyword->column);
}

static void parse_arm(rf_fus_parser *p, const rf_fus_token *key) {
    rf_fus_arm *arm = rf_fus_parse_alloc(p, sizeof *arm);
    *arm = (rf_fus_arm){ .pat = rf_fus_parse_pattern_free(p) };
    if (!p->panic && rf_fus_parse_accept(p, RF_FUS_T_WHEN))
        arm->guard = parse_head(p, key);
    if (!p->panic)
        (void)rf_fus_parse_expect(p, RF_FUS_T_ARROW, "`->`");
    arm->body = p->panic ? rf_fus_expr_error(p) : rf_fus_parse_block(p, key, RF_FUS_BLOCK_LOOSE);
    rf_fus_parse_push(p, arm);
}

/* To the next arm of this match after a mistake; false: there is none. */
static bool recover_arm(rf_fus_parser *p, const rf_fus_token *keyword, uint32_t column) {
    while (column && !rf_fus_parse_is(p, RF_FUS_T_EOF)) {
        const rf_fus_token *token = p->token;
        if (rf_fus_token_opens_line(token) && token->kind == RF_FUS_T_BAR && token->column == column) {
            p->panic = false;
            return true;
        }
        if (rf_fus_token_opens_line(token) && token->column <= p->layout.limit && token->kind != RF_FUS_T_BAR && token != keyword)
            return false;
        rf_fus_parse_next(p);
    }
    return false;
}

/* At the bar of an arm. Bars stand below each other: below `match` or `try`, or right of the line that ends in `function`. */
static void open_arm(rf_fus_parser *p, const rf_fus_token *keyword) {
    rf_fus_token *bar = p->token;
    if (!rf_fus_token_opens_line(bar))
        return;
    p->layout.arms = bar->column;
    if (p->bar)
        rf_fus_parse_place(p, bar, RF_FUS_PLACE_ALIGN, p->bar);
    else if (keyword->kind == RF_FUS_T_FUNCTION)
        rf_fus_parse_place(p, bar, RF_FUS_PLACE_FIRST, NULL);
    else
        rf_fus_parse_place(p, bar, RF_FUS_PLACE_ALIGN, keyword);
    p->bar = p->bar ? p->bar : bar;
}

/* The arms up to the first thing that is none. */
static void parse_arms(rf_fus_parser *p, rf_fus_expr *expr, const rf_fus_token *keyword) {
    size_t mark = p->stack.count;
    uint32_t outer = p->layout.arms;
    const rf_fus_token *outer_bar = p->bar;
    p->bar = NULL;
    bool first = true;
    while (first || (p->panic ? recover_arm(p, keyword, p->layout.arms == outer ? 0 : p->layout.arms) : bar_is_mine(p, keyword, outer))) {
        if (rf_fus_parse_is(p, RF_FUS_T_BAR)) {
            open_arm(p, keyword);
            rf_fus_parse_next(p);
        }
        parse_arm(p, keyword);
        first = false;
    }
    p->layout.arms = outer;
    p->bar = outer_bar;
    expr->arm_count = (uint32_t)(p->stack.count - mark);
    expr->arms = rf_fus_parse_alloc(p, expr->arm_count * sizeof *expr->arms);
    for (uint32_t i = 0; i < expr->arm_count; i++)
        expr->arms[i] = *(const rf_fus_arm *)p->stack.items[mark + i];
    p->stack.count = mark;
    rf_fus_expr_finish(p, expr);
}

static rf_fus_expr *parse_match(rf_fus_parser *p) {
    const rf_fus_token *keyword = p->token;
    rf_fus_expr *match = rf_fus_expr_new(p, RF_FUS_E_MATCH, rf_fus_parse_at(p), 1);
    uint32_t effects = p->effects;
    rf_fus_parse_next(p);
    match->items[0] = parse_head(p, keyword);
    if (expect_word(p, RF_FUS_T_WITH, "with", keyword))
        parse_arms(p, match, keyword);
    rf_fus_expr_finish(p, match);
    match->flag = p->effects != effects;
    return match;
}

/* fun */

static rf_fus_expr *parse_fun(rf_fus_parser *p) {
    const rf_fus_token *key = p->token;
    rf_fus_at at = rf_fus_parse_at(p);
    rf_fus_parse_next(p);
    size_t mark = p->stack.count;
    do {
        if (!rf_fus_token_starts_parameter(p, p->token)) {
            (void)rf_fus_parse_expected(p, "a parameter");
            break;
        }
        rf_fus_parse_push(p, rf_fus_parse_parameter(p));
    } while (!rf_fus_parse_is(p, RF_FUS_T_ARROW) && !p->panic);
    if (p->stack.count == mark)
        rf_fus_parse_push(p, rf_fus_pat_new(p, RF_FUS_PAT_WILD, at, 0));
    if (!p->panic)
        (void)rf_fus_parse_expect(p, RF_FUS_T_ARROW, "`->`");
    rf_fus_mode mode = p->mode;
    p->mode = RF_FUS_MODE_PLAIN;
    rf_fus_expr *body = p->panic ? rf_fus_expr_error(p) : rf_fus_parse_block(p, key, RF_FUS_BLOCK_LOOSE);
    p->mode = mode;
    return rf_fus_expr_lambda(p, mark, at, body);
}

static rf_fus_expr *parse_function(rf_fus_parser *p) {
    static const rf_slice name = { "$arg", 4 };
    const rf_fus_token *keyword = p->token;
    rf_fus_at at = rf_fus_parse_at(p), end = p->base + keyword->end;
    rf_fus_parse_next(p);
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, rf_fus_pat_var(p, name, at, end));
    rf_fus_expr *match = rf_fus_expr_new(p, RF_FUS_E_MATCH, at, 1);
    match->items[0] = rf_fus_expr_name(p, name, at, end);
    rf_fus_mode mode = p->mode;
    p->mode = RF_FUS_MODE_PLAIN;
    parse_arms(p, match, keyword);
    p->mode = mode;
    rf_fus_expr *lambda = rf_fus_expr_lambda(p, mark, at, match);
    lambda->is_function = true;
    return lambda;
}

/* Loops */

static void refuse_effects(rf_fus_parser *p, rf_fus_at at, rf_fus_at end, uint32_t effects, const char *what) {
    if (p->effects == effects)
        return;
    rf_fus_diag *diag = rf_fus_parse_wrong(p, at, end, "let!, do! and return cannot stand in a %s", what);
    rf_fus_diag_hint(p->diags, diag, "write a recursive function that gives an async");
}

static rf_fus_expr *parse_while(rf_fus_parser *p) {
    rf_fus_expr *loop = rf_fus_expr_new(p, RF_FUS_E_WHILE, rf_fus_parse_at(p), 2);
    const rf_fus_token *key = p->token;
    uint32_t effects = p->effects;
    rf_fus_parse_next(p);
    loop->items[0] = parse_head(p, key);
    (void)expect_word(p, RF_FUS_T_DO, "do", key);
    loop->items[1] = p->panic ? rf_fus_expr_error(p) : parse_body(p, key);
    rf_fus_expr_finish(p, loop);
    refuse_effects(p, loop->at, loop->at + 5, effects, "loop");
    return loop;
}

/* The body of a `for`: do …, or in a comprehension -> element. */
static rf_fus_expr *parse_for_body(rf_fus_parser *p, const rf_fus_token *key) {
    if (rf_fus_parse_is(p, RF_FUS_T_ARROW) && p->mode == RF_FUS_MODE_LIST) {
        rf_fus_expr *yield = rf_fus_expr_new(p, RF_FUS_E_YIELD, rf_fus_parse_at(p), 1);
        rf_fus_parse_next(p);
        yield->items[0] = parse_body(p, key);
        rf_fus_expr_finish(p, yield);
        p->yields++;
        return yield;
    }
    if (!p->panic)
        (void)expect_word(p, RF_FUS_T_DO, p->mode == RF_FUS_MODE_LIST ? "do or `->`" : "do", key);
    return p->panic ? rf_fus_expr_error(p) : parse_body(p, key);
}

static rf_fus_expr *parse_for_to(rf_fus_parser *p, rf_fus_expr *loop, const rf_fus_token *key) {
    loop->kind = RF_FUS_E_FOR_TO;
    loop->pat = rf_fus_parse_parameter(p);
    rf_fus_parse_next(p);
    rf_fus_layout saved = p->layout;
    p->layout.no_to = true;
    p->layout.no_comma = true;
    loop->items[0] = rf_fus_parse_expr(p);
    loop->flag = rf_fus_parse_is(p, RF_FUS_T_DOWNTO);
    if (!rf_fus_parse_accept(p, RF_FUS_T_DOWNTO))
        (void)rf_fus_parse_expect(p, RF_FUS_T_TO, "to or downto");
    loop->items[1] = p->panic ? rf_fus_expr_error(p) : rf_fus_parse_expr(p);
    p->layout = saved;
    loop->items[2] = parse_for_body(p, key);
    rf_fus_expr_finish(p, loop);
    return loop;
}

static rf_fus_expr *parse_for_in(rf_fus_parser *p, rf_fus_expr *loop, const rf_fus_token *key) {
    loop->pat = rf_fus_parse_pattern_free(p);
    if (!p->panic)
        (void)rf_fus_parse_expect(p, RF_FUS_T_IN, "in");
    rf_fus_expr *from = p->panic ? rf_fus_expr_error(p) : parse_head(p, key);
    if (rf_fus_parse_is(p, RF_FUS_T_DOTDOT))
        from = rf_fus_parse_range(p, from);
    loop->items[0] = from;
    loop->items[1] = parse_for_body(p, key);
    loop->count = 2;
    rf_fus_expr_finish(p, loop);
    return loop;
}

static rf_fus_expr *parse_for(rf_fus_parser *p) {
    const rf_fus_token *key = p->token;
    uint32_t effects = p->effects;
    rf_fus_expr *loop = rf_fus_expr_new(p, RF_FUS_E_FOR_IN, rf_fus_parse_at(p), 3);
    rf_fus_parse_next(p);
    bool is_to = rf_fus_token_is_name(p, p->token) && p->token[1].kind == RF_FUS_T_EQ;
    loop = is_to ? parse_for_to(p, loop, key) : parse_for_in(p, loop, key);
    refuse_effects(p, loop->at, loop->at + 3, effects, "loop");
    return loop;
}

/* try */

static rf_fus_expr *parse_try(rf_fus_parser *p) {
    const rf_fus_token *keyword = p->token;
    uint32_t effects = p->effects;
    rf_fus_at at = rf_fus_parse_at(p);
    rf_fus_parse_next(p);
    rf_fus_expr *body = parse_head(p, keyword);
    bool is_finally = rf_fus_parse_is(p, RF_FUS_T_FINALLY);
    if (is_finally || rf_fus_parse_is(p, RF_FUS_T_WITH))
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ALIGN, keyword);
    rf_fus_expr *expr = rf_fus_expr_new(p, is_finally ? RF_FUS_E_FINALLY : RF_FUS_E_TRY, at, is_finally ? 2 : 1);
    expr->items[0] = body;
    if (rf_fus_parse_accept(p, RF_FUS_T_FINALLY))
        expr->items[1] = parse_body(p, keyword);
    else if (rf_fus_parse_expect(p, RF_FUS_T_WITH, "with or finally"))
        parse_arms(p, expr, keyword);
    rf_fus_expr_finish(p, expr);
    refuse_effects(p, at, at + 3, effects, "try");
    return expr;
}

rf_fus_expr *rf_fus_parse_control(rf_fus_parser *p) {
    switch (rf_fus_parse_kind(p)) {
    case RF_FUS_T_IF: return parse_if(p);
    case RF_FUS_T_MATCH: return parse_match(p);
    case RF_FUS_T_FUN: return parse_fun(p);
    case RF_FUS_T_FUNCTION: return parse_function(p);
    case RF_FUS_T_WHILE: return parse_while(p);
    case RF_FUS_T_FOR: return parse_for(p);
    default: return parse_try(p);
    }
}
