/* parse_async.c: async { } as calls of the module Async (reference 9), and the elements of a comprehension without yield. */
#include "script/fusabi/parser.h"

#include <assert.h>

/* Async.NAME argument…; the arguments are on the stack from `mark`. */
static rf_fus_expr *call(rf_fus_parser *p, rf_slice name, size_t mark, rf_fus_at at, rf_fus_at end) {
    rf_fus_expr *field = rf_fus_expr_new(p, RF_FUS_E_FIELD, at, 1);
    field->items[0] = rf_fus_expr_name(p, RF_SLICE("Async"), at, end);
    field->text = name;
    field->at_op = at;
    field->end = end;
    uint32_t count = (uint32_t)(p->stack.count - mark);
    rf_fus_expr *apply = rf_fus_expr_new(p, RF_FUS_E_APPLY, at, count + 1);
    apply->items[0] = field;
    memcpy(apply->items + 1, p->stack.items + mark, count * sizeof *apply->items);
    apply->end = end;
    p->stack.count = mark;
    return apply;
}

static rf_fus_expr *call_1(rf_fus_parser *p, rf_slice name, rf_fus_expr *argument, const rf_fus_expr *where) {
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, argument);
    return call(p, name, mark, where->at, where->end);
}
static rf_fus_expr *call_2(rf_fus_parser *p, rf_slice name, rf_fus_expr *first, rf_fus_expr *second, const rf_fus_expr *where) {
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, first);
    rf_fus_parse_push(p, second);
    return call(p, name, mark, where->at, where->end);
}

static rf_fus_expr *unit(rf_fus_parser *p, const rf_fus_expr *where) {
    rf_fus_expr *expr = rf_fus_expr_new(p, RF_FUS_E_UNIT, where->end, 0);
    expr->end = where->end;
    return expr;
}

/* fun pattern -> body; a NULL pattern is _ */
static rf_fus_expr *lambda(rf_fus_parser *p, rf_fus_pat *pat, rf_fus_expr *body, const rf_fus_expr *where) {
    if (!pat) {
        pat = rf_fus_pat_new(p, RF_FUS_PAT_WILD, where->at, 0);
        pat->end = where->end;
    }
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, pat);
    return rf_fus_expr_lambda(p, mark, where->at, body);
}

static bool is_effect(const rf_fus_expr *expr) { return rf_fus_effect_of(expr) != RF_FUS_EFFECT_NONE; }
/* An `if` or `match` in which there are effects. */
static bool is_branching(const rf_fus_expr *expr) { return (expr->kind == RF_FUS_E_IF || expr->kind == RF_FUS_E_MATCH) && expr->flag; }

static rf_fus_expr *desugar(rf_fus_parser *p, rf_fus_expr *expr);

/* A statement that gives an async by itself. */
static rf_fus_expr *desugar_effect(rf_fus_parser *p, rf_fus_expr *expr) {
    rf_fus_expr *value = expr->items[0];
    switch (rf_fus_effect_of(expr)) {
    case RF_FUS_EFFECT_RETURN: return call_1(p, RF_SLICE("Return"), value, expr);
    case RF_FUS_EFFECT_RETURN_FROM: return call_1(p, RF_SLICE("ReturnFrom"), value, expr);
    case RF_FUS_EFFECT_YIELD: return call_1(p, RF_SLICE("Yield"), value, expr);
    case RF_FUS_EFFECT_YIELD_FROM: return call_1(p, RF_SLICE("YieldFrom"), value, expr);
    default: return call_2(p, RF_SLICE("Bind"), value, lambda(p, NULL, call_1(p, RF_SLICE("Return"), unit(p, expr), expr), expr), expr);
    }
}

static rf_fus_expr *desugar_branches(rf_fus_parser *p, rf_fus_expr *expr) {
    if (!rf_fus_parse_enter(p))
        return expr;
    expr->flag = false;
    if (expr->kind == RF_FUS_E_MATCH) {
        for (uint32_t i = 0; i < expr->arm_count; i++)
            expr->arms[i].body = desugar(p, expr->arms[i].body);
    } else {
        /* A chain of `else if`, without recursion over it. */
        rf_fus_expr *test = expr;
        for (;; test = test->items[2]) {
            test->flag = false;
            test->items[1] = desugar(p, test->items[1]);
            if (test->count < 3 || test->items[2]->kind != RF_FUS_E_IF || test->items[2]->in_parens || !test->items[2]->flag)
                break;
        }
        if (test->count == 3) {
            test->items[2] = desugar(p, test->items[2]);
        } else {
            rf_fus_expr **items = rf_fus_parse_alloc(p, 3 * sizeof *items);
            memcpy(items, test->items, 2 * sizeof *items);
            items[2] = call_1(p, RF_SLICE("Zero"), unit(p, test), test);
            test->items = items;
            test->count = 3;
        }
    }
    rf_fus_parse_leave(p);
    return expr;
}

/* `expr`, then `rest` (an async). */
static rf_fus_expr *then(rf_fus_parser *p, rf_fus_expr *expr, rf_fus_expr *rest) {
    if (is_effect(expr)) {
        if (rf_fus_effect_of(expr) == RF_FUS_EFFECT_DO)
            return call_2(p, RF_SLICE("Bind"), expr->items[0], lambda(p, NULL, rest, expr), expr);
        rf_fus_expr *value = desugar_effect(p, expr);
        if (rf_fus_effect_of(expr) == RF_FUS_EFFECT_RETURN || rf_fus_effect_of(expr) == RF_FUS_EFFECT_RETURN_FROM)
            return value; /* what follows a return is dropped */
        return call_2(p, RF_SLICE("Combine"), value, call_1(p, RF_SLICE("Delay"), lambda(p, NULL, rest, expr), expr), expr);
    }
    if (is_branching(expr))
        return call_2(p, RF_SLICE("Combine"), desugar_branches(p, expr), call_1(p, RF_SLICE("Delay"), lambda(p, NULL, rest, expr), expr),
                      expr);
    rf_fus_expr *seq = rf_fus_expr_new(p, RF_FUS_E_SEQ, expr->at, 2);
    seq->items[0] = expr;
    seq->items[1] = rest;
    seq->end = rest->end;
    return seq;
}

/* The end of a block. */
static rf_fus_expr *desugar_last(rf_fus_parser *p, rf_fus_expr *expr) {
    if (is_effect(expr))
        return desugar_effect(p, expr);
    if (is_branching(expr))
        return desugar_branches(p, expr);
    if (expr->kind == RF_FUS_E_UNIT)
        return call_1(p, RF_SLICE("Return"), expr, expr);
    return then(p, expr, call_1(p, RF_SLICE("Return"), unit(p, expr), expr));
}

/* Every definition and statement of a block, from the last to the first: no recursion over a block's length. */
static rf_fus_expr *desugar(rf_fus_parser *p, rf_fus_expr *expr) {
    size_t mark = p->stack.count;
    uint32_t binds = 0;
    for (;;) {
        bool bind = rf_fus_effect_of(expr) == RF_FUS_EFFECT_BIND;
        if (bind || (expr->kind == RF_FUS_E_LET && !expr->in_parens)) {
            binds += bind;
            rf_fus_parse_push(p, expr);
            expr = expr->items[bind ? 1 : 0];
        } else if (expr->kind == RF_FUS_E_SEQ && !expr->in_parens) {
            for (uint32_t i = 0; i + 1 < expr->count; i++) {
                rf_fus_parse_push(p, expr->items[i]);
                binds += is_effect(expr->items[i]);
            }
            expr = expr->items[expr->count - 1];
        } else {
            break;
        }
    }
    /* Each is a function within a function. */
    if (binds + p->depth > RF_FUS_NESTING_MAX)
        (void)rf_fus_parse_wrong(p, expr->at, expr->end, "an async block of more than %d steps", RF_FUS_NESTING_MAX - 100);
    rf_fus_expr *rest = desugar_last(p, expr);
    while (p->stack.count > mark) {
        rf_fus_expr *before = p->stack.items[--p->stack.count];
        if (rf_fus_effect_of(before) == RF_FUS_EFFECT_BIND) {
            rest = call_2(p, RF_SLICE("Bind"), before->items[0], lambda(p, before->pat, rest, before), before);
        } else if (before->kind == RF_FUS_E_LET && !before->in_parens) {
            before->items[0] = rest;
            rest = before;
        } else {
            rest = then(p, before, rest);
        }
    }
    return rest;
}

rf_fus_expr *rf_fus_parse_async(rf_fus_parser *p) {
    rf_fus_at at = rf_fus_parse_at(p);
    const rf_fus_token *open = p->token + 1;
    rf_fus_parse_next(p);
    rf_fus_expr *expr = rf_fus_expr_new(p, RF_FUS_E_ASYNC, at, 1);
    rf_fus_layout saved = p->layout;
    rf_fus_mode mode = p->mode;
    uint32_t effects = p->effects;
    if (rf_fus_parse_expect(p, RF_FUS_T_LBRACE, "`{` after async")) {
        rf_fus_parse_bracket_layout(p);
        p->layout.no_comma = false;
        p->mode = RF_FUS_MODE_ASYNC;
        rf_fus_expr *body = expr;
        bool empty = rf_fus_parse_is(p, RF_FUS_T_RBRACE);
        if (!empty)
            body = rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_PLAIN);
        p->layout = saved;
        (void)rf_fus_parse_close(p, RF_FUS_T_RBRACE, "`}`", open);
        rf_fus_expr_finish(p, expr);
        expr->items[0] = p->panic ? rf_fus_expr_error(p) : empty ? call_1(p, RF_SLICE("Return"), unit(p, expr), expr) : desugar(p, body);
    } else {
        expr->kind = RF_FUS_E_ERROR;
        expr->count = 0;
    }
    p->mode = mode;
    p->effects = effects; /* they were this block's */
    return expr;
}

/* Comprehensions without `yield`: what the body's ends give is an element. */

static rf_fus_expr *yield(rf_fus_parser *p, rf_fus_expr *expr) {
    rf_fus_expr *node = rf_fus_expr_new(p, RF_FUS_E_YIELD, expr->at, 1);
    node->items[0] = expr;
    node->end = expr->end;
    return node;
}

static void yield_branches(rf_fus_parser *p, rf_fus_expr *expr) {
    if (!rf_fus_parse_enter(p))
        return;
    if (expr->kind == RF_FUS_E_MATCH)
        for (uint32_t i = 0; i < expr->arm_count; i++)
            expr->arms[i].body = rf_fus_yield_tails(p, expr->arms[i].body);
    for (rf_fus_expr *test = expr; expr->kind == RF_FUS_E_IF; test = test->items[2]) {
        test->items[1] = rf_fus_yield_tails(p, test->items[1]);
        if (test->count == 3 && test->items[2]->kind == RF_FUS_E_IF && !test->items[2]->in_parens)
            continue;
        if (test->count == 3)
            test->items[2] = rf_fus_yield_tails(p, test->items[2]);
        break;
    }
    rf_fus_parse_leave(p);
}

rf_fus_expr *rf_fus_yield_tails(rf_fus_parser *p, rf_fus_expr *expr) {
    rf_fus_expr *whole = expr, **slot = &whole;
    while (!(*slot)->in_parens) {
        expr = *slot;
        if (expr->kind == RF_FUS_E_LET && expr->count == 1)
            slot = &expr->items[0];
        else if (expr->kind == RF_FUS_E_SEQ)
            slot = &expr->items[expr->count - 1];
        else if (expr->kind == RF_FUS_E_FOR_IN || expr->kind == RF_FUS_E_WHILE)
            slot = &expr->items[1];
        else if (expr->kind == RF_FUS_E_FOR_TO)
            slot = &expr->items[2];
        else
            break;
    }
    expr = *slot;
    if ((expr->kind == RF_FUS_E_IF || expr->kind == RF_FUS_E_MATCH) && !expr->in_parens)
        yield_branches(p, expr);
    else
        *slot = yield(p, expr);
    return whole;
}
