/* parse_expr.c: operators, applications, fields, and what they are made of. */
#include "script/fusabi/parser.h"

#include "base/slice.h"

#include <assert.h>

/*
 * Precedence, from loose to tight: || · && · comparisons, <|, >>, << · ^ · :: · + - ++ · * / % · **. What stands left of
 * |> reaches to the start of the expression (reference 4: a pipe binds looser than ||), what stands right of it takes
 * operators tighter than a comparison, as in F#.
 */
enum { LEVEL_PIPE = 1, LEVEL_OR, LEVEL_AND, LEVEL_COMPARE, LEVEL_CARET, LEVEL_CONS, LEVEL_ADD, LEVEL_MUL, LEVEL_POWER };
enum { LEFT, RIGHT, ALONE };
typedef struct operator_row {
    uint8_t level; /* 0: no operator */
    uint8_t right; /* what its right side takes at least */
    uint8_t joins; /* LEFT, RIGHT, or ALONE: a comparison, which does not chain */
    uint8_t op;
} operator_row;
static const operator_row operators[RF_FUS_T_COUNT] = {
    [RF_FUS_T_PIPE] = { LEVEL_PIPE, LEVEL_CARET, LEFT, RF_FUS_OP_PIPE },
    [RF_FUS_T_OR] = { LEVEL_OR, LEVEL_AND, LEFT, RF_FUS_OP_OR },
    [RF_FUS_T_AND] = { LEVEL_AND, LEVEL_COMPARE, LEFT, RF_FUS_OP_AND },
    [RF_FUS_T_EQ] = { LEVEL_COMPARE, LEVEL_CARET, ALONE, RF_FUS_OP_EQ },
    [RF_FUS_T_EQEQ] = { LEVEL_COMPARE, LEVEL_CARET, ALONE, RF_FUS_OP_EQ },
    [RF_FUS_T_NE] = { LEVEL_COMPARE, LEVEL_CARET, ALONE, RF_FUS_OP_NE },
    [RF_FUS_T_LT] = { LEVEL_COMPARE, LEVEL_CARET, ALONE, RF_FUS_OP_LT },
    [RF_FUS_T_LE] = { LEVEL_COMPARE, LEVEL_CARET, ALONE, RF_FUS_OP_LE },
    [RF_FUS_T_GT] = { LEVEL_COMPARE, LEVEL_CARET, ALONE, RF_FUS_OP_GT },
    [RF_FUS_T_GE] = { LEVEL_COMPARE, LEVEL_CARET, ALONE, RF_FUS_OP_GE },
    [RF_FUS_T_PIPE_BACK] = { LEVEL_COMPARE, LEVEL_CARET, LEFT, RF_FUS_OP_PIPE_BACK },
    [RF_FUS_T_COMPOSE] = { LEVEL_COMPARE, LEVEL_CARET, LEFT, RF_FUS_OP_COMPOSE },
    [RF_FUS_T_COMPOSE_BACK] = { LEVEL_COMPARE, LEVEL_CARET, LEFT, RF_FUS_OP_COMPOSE_BACK },
    [RF_FUS_T_CARET] = { LEVEL_CARET, LEVEL_CONS, RIGHT, RF_FUS_OP_CONCAT },
    [RF_FUS_T_CONS] = { LEVEL_CONS, LEVEL_ADD, RIGHT, RF_FUS_OP_CONS },
    [RF_FUS_T_PLUS] = { LEVEL_ADD, LEVEL_MUL, LEFT, RF_FUS_OP_ADD },
    [RF_FUS_T_MINUS] = { LEVEL_ADD, LEVEL_MUL, LEFT, RF_FUS_OP_SUB },
    [RF_FUS_T_PLUSPLUS] = { LEVEL_ADD, LEVEL_MUL, LEFT, RF_FUS_OP_CONCAT },
    [RF_FUS_T_STAR] = { LEVEL_MUL, LEVEL_POWER, LEFT, RF_FUS_OP_MUL },
    [RF_FUS_T_SLASH] = { LEVEL_MUL, LEVEL_POWER, LEFT, RF_FUS_OP_DIV },
    [RF_FUS_T_PERCENT] = { LEVEL_MUL, LEVEL_POWER, LEFT, RF_FUS_OP_MOD },
    [RF_FUS_T_STARSTAR] = { LEVEL_POWER, LEVEL_POWER + 1, RIGHT, RF_FUS_OP_POW },
};

/* What an argument begins with (reference 4.3). */
static const bool starts_argument[RF_FUS_T_COUNT] = {
    [RF_FUS_T_INT] = true, [RF_FUS_T_FLOAT] = true, [RF_FUS_T_STRING] = true, [RF_FUS_T_VERBATIM] = true, [RF_FUS_T_TRIPLE] = true,
    [RF_FUS_T_CHAR] = true, [RF_FUS_T_INTERP] = true, [RF_FUS_T_IDENT] = true, [RF_FUS_T_TRUE] = true, [RF_FUS_T_FALSE] = true,
    [RF_FUS_T_BEGIN] = true, [RF_FUS_T_TO] = true, [RF_FUS_T_DOWNTO] = true, [RF_FUS_T_END] = true, [RF_FUS_T_MUTABLE] = true,
    [RF_FUS_T_LPAREN] = true, [RF_FUS_T_LBRACK] = true, [RF_FUS_T_LARRAY] = true, [RF_FUS_T_LBRACE] = true, [RF_FUS_T_LANON] = true,
};

static rf_fus_expr *parse_application(rf_fus_parser *p);

static inline bool argument_follows(const rf_fus_parser *p) {
    const rf_fus_token *token = p->token;
    if (!starts_argument[token->kind] || rf_fus_parse_offside(p, token))
        return false;
    return token->kind < RF_FUS_T_TO || token->kind > RF_FUS_T_MUTABLE || rf_fus_token_is_name(p, token);
}

/* The operator at the current token, when it goes on with this expression. */
static inline const operator_row *operator_here(const rf_fus_parser *p) {
    const rf_fus_token *token = p->token;
    const operator_row *row = &operators[token->kind];
    if (RF_LIKELY(!rf_fus_token_opens_line(token)) || row->level == 0)
        return row;
    if (token->column <= p->layout.op_limit)
        return &operators[RF_FUS_T_EOF];
    /* In a list of lines `-1` is the next element. */
    if (token->kind == RF_FUS_T_MINUS && p->layout.no_semi && token->column == p->layout.item && rf_fus_token_touches(token + 1))
        return &operators[RF_FUS_T_EOF];
    return row;
}

static rf_fus_expr *binary(rf_fus_parser *p, rf_fus_op op, rf_fus_at at_op, rf_fus_expr *left, rf_fus_expr *right) {
    rf_fus_expr *expr = rf_fus_expr_new(p, RF_FUS_E_BINARY, left->at, 2);
    expr->op = op;
    expr->at_op = at_op;
    expr->items[0] = left;
    expr->items[1] = right;
    expr->end = right->end;
    return expr;
}

static rf_fus_expr *parse_operators(rf_fus_parser *p, unsigned level);

/* Past the operator. */
static inline void next_operand(rf_fus_parser *p) {
    rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ALIGN, p->layout.first);
    rf_fus_parse_next(p);
    rf_fus_parse_place(p, p->token, RF_FUS_PLACE_INDENT, p->layout.first);
}

/* a :: b :: c: read in a loop and joined from the right, however long. `left` has been read. */
static rf_fus_expr *parse_right(rf_fus_parser *p, rf_fus_expr *left, const operator_row *row) {
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, left);
    unsigned level = row->level, right = row->right;
    while (row->level == level) {
        rf_fus_parse_push(p, p->token);
        next_operand(p);
        rf_fus_parse_push(p, parse_operators(p, right));
        row = operator_here(p);
    }
    rf_fus_expr *expr = p->stack.items[p->stack.count - 1];
    for (size_t i = p->stack.count - 1; i > mark; i -= 2) {
        const rf_fus_token *token = p->stack.items[i - 1];
        expr = binary(p, (rf_fus_op)operators[token->kind].op, p->base + token->at, p->stack.items[i - 2], expr);
    }
    p->stack.count = mark;
    return expr;
}

static void refuse_chain(rf_fus_parser *p, const rf_fus_expr *left) {
    rf_fus_at at = rf_fus_parse_at(p);
    rf_fus_diag *diag = rf_fus_parse_wrong(p, at, p->base + p->token->end,
                                           "expected an expression that ends here, found `%.*s`: comparisons do not chain",
                                           (int)(p->token->end - p->token->at), p->data + p->token->at);
    if (!diag)
        return;
    diag->other = left->at_op;
    diag->other_note = "the first comparison";
    rf_fus_diag_hint(p->diags, diag, "write a < b && b < c, or put one comparison in parentheses");
}

/* Operators of at least `level`. */
static rf_fus_expr *parse_operators(rf_fus_parser *p, unsigned level) {
    rf_fus_expr *left = parse_application(p);
    const rf_fus_expr *compared = NULL; /* `left`, when it is a comparison of this loop */
    for (;;) {
        const operator_row *row = operator_here(p);
        if (row->level < level || row->level == 0)
            return left;
        if (row->joins == RIGHT) {
            left = parse_right(p, left, row);
            continue;
        }
        if (RF_UNLIKELY(row->joins == ALONE && compared == left && compared))
            refuse_chain(p, left);
        rf_fus_at at_op = rf_fus_parse_at(p);
        next_operand(p);
        left = binary(p, (rf_fus_op)row->op, at_op, left, parse_operators(p, row->right));
        compared = row->joins == ALONE ? left : NULL;
    }
}

rf_fus_expr *rf_fus_parse_expr(rf_fus_parser *p) {
    return parse_operators(p, LEVEL_PIPE);
}

rf_fus_expr *rf_fus_expr_tuple(rf_fus_parser *p, size_t mark, rf_fus_at at) {
    rf_fus_expr *tuple = rf_fus_expr_new(p, RF_FUS_E_TUPLE, at, 0);
    tuple->items = rf_fus_parse_take(p, mark, &tuple->count);
    rf_fus_expr_finish(p, tuple);
    return tuple;
}

/* (+): fun a b -> a + b. The names cannot be written, so that they hide nothing. */
rf_fus_expr *rf_fus_parse_section(rf_fus_parser *p) {
    rf_fus_at at = rf_fus_parse_at(p);
    rf_fus_parse_next(p);
    const rf_fus_token *token = p->token;
    rf_fus_at op_at = p->base + token->at, op_end = p->base + token->end;
    static const rf_slice names[2] = { { "$a", 2 }, { "$b", 2 } };
    size_t mark = p->stack.count;
    for (int i = 0; i < 2; i++)
        rf_fus_parse_push(p, rf_fus_pat_var(p, names[i], op_at, op_end));
    rf_fus_expr *left = rf_fus_expr_name(p, names[0], op_at, op_end), *right = rf_fus_expr_name(p, names[1], op_at, op_end);
    rf_fus_expr *body = binary(p, (rf_fus_op)operators[token->kind].op, op_at, left, right);
    rf_fus_parse_next(p);
    rf_fus_parse_next(p);
    rf_fus_expr *lambda = rf_fus_expr_lambda(p, mark, at, body);
    lambda->in_parens = true;
    rf_fus_expr_finish(p, lambda);
    return lambda;
}

/* Primaries. */

static rf_fus_expr *parse_number(rf_fus_parser *p, bool negative) {
    const rf_fus_token *token = p->token;
    bool is_int = token->kind == RF_FUS_T_INT;
    rf_fus_expr *expr = rf_fus_expr_new(p, is_int ? RF_FUS_E_INT : RF_FUS_E_FLOAT, rf_fus_parse_at(p), 0);
    bool good = is_int ? rf_fus_parse_int(p, token, negative, &expr->integer) : rf_fus_parse_float(p, token, &expr->number);
    if (!good)
        expr->kind = RF_FUS_E_ERROR;
    else if (negative && !is_int)
        expr->number = -expr->number;
    rf_fus_parse_next(p);
    rf_fus_expr_finish(p, expr);
    return expr;
}

static rf_fus_expr *parse_plain(rf_fus_parser *p, rf_fus_expr_kind kind) {
    rf_fus_expr *expr = rf_fus_expr_new(p, kind, rf_fus_parse_at(p), 0);
    expr->flag = rf_fus_parse_is(p, RF_FUS_T_TRUE);
    rf_fus_parse_next(p);
    rf_fus_expr_finish(p, expr);
    return expr;
}

static rf_fus_expr *parse_string(rf_fus_parser *p) {
    rf_fus_expr *expr = rf_fus_expr_new(p, RF_FUS_E_STRING, rf_fus_parse_at(p), 0);
    expr->text = rf_fus_parse_string(p, p->token);
    rf_fus_parse_next(p);
    rf_fus_expr_finish(p, expr);
    return expr;
}

/* (+) and its like, which is no argument list. */
static bool is_operator_in_parens(const rf_fus_token *token) {
    return operators[token[1].kind].level != 0 && token[2].kind == RF_FUS_T_RPAREN;
}

/* A constructor. At the head of an application a parenthesis behind a blank is its argument list, too; as an argument
 * itself it has only what touches it (reference 2: CTORARG), and never what opens an item's line (NLPAREN). */
static rf_fus_expr *parse_constructor(rf_fus_parser *p, bool is_head) {
    rf_fus_expr *ctor = rf_fus_expr_new(p, RF_FUS_E_CTOR, rf_fus_parse_at(p), 0);
    ctor->text = rf_fus_parse_text(p, p->token);
    rf_fus_parse_next(p);
    const rf_fus_token *token = p->token;
    bool takes = token->kind == RF_FUS_T_LPAREN && !is_operator_in_parens(token)
                 && (is_head ? !rf_fus_parse_offside(p, token) : rf_fus_token_touches(token));
    if (takes) {
        size_t mark = p->stack.count;
        bool unit = token[1].kind == RF_FUS_T_RPAREN && !rf_fus_token_touches(token); /* Foo() has no field, Ok () has one */
        if (unit)
            rf_fus_parse_push(p, rf_fus_parse_paren(p));
        else
            rf_fus_parse_arguments(p);
        ctor->items = rf_fus_parse_take(p, mark, &ctor->count);
    }
    rf_fus_expr_finish(p, ctor);
    return ctor;
}

static rf_fus_expr *parse_name(rf_fus_parser *p, bool is_head) {
    const rf_fus_token *token = p->token;
    if (p->data[token->at] >= 'A' && p->data[token->at] <= 'Z' && token[1].kind != RF_FUS_T_DOT)
        return parse_constructor(p, is_head);
    rf_fus_expr *expr = rf_fus_expr_new(p, RF_FUS_E_NAME, rf_fus_parse_at(p), 0);
    expr->text = rf_fus_parse_text(p, token);
    rf_fus_parse_next(p);
    rf_fus_expr_finish(p, expr);
    return expr;
}

static rf_fus_expr *parse_nothing(rf_fus_parser *p) {
    rf_fus_diag *diag = rf_fus_parse_expected(p, "an expression");
    if (rf_fus_parse_is(p, RF_FUS_T_UNDERSCORE))
        rf_fus_diag_hint(p->diags, diag, "_ stands for a value that is not used: it can be a parameter or a pattern");
    else if (rf_fus_parse_is(p, RF_FUS_T_ELSE) || rf_fus_parse_is(p, RF_FUS_T_ELIF))
        rf_fus_diag_hint(p->diags, diag, "there is no `if` that this `else` belongs to");
    return rf_fus_expr_error(p);
}

static rf_fus_expr *parse_primary(rf_fus_parser *p, bool is_head) {
    switch (rf_fus_parse_kind(p)) {
    case RF_FUS_T_IDENT: return parse_name(p, is_head);
    case RF_FUS_T_INT:
    case RF_FUS_T_FLOAT: return parse_number(p, false);
    case RF_FUS_T_LPAREN:
    case RF_FUS_T_BEGIN: return rf_fus_parse_paren(p);
    case RF_FUS_T_STRING:
    case RF_FUS_T_VERBATIM:
    case RF_FUS_T_TRIPLE:
    case RF_FUS_T_CHAR: return parse_string(p);
    case RF_FUS_T_INTERP: return rf_fus_parse_interpolated(p);
    case RF_FUS_T_TRUE:
    case RF_FUS_T_FALSE: return parse_plain(p, RF_FUS_E_BOOL);
    case RF_FUS_T_BREAK: return parse_plain(p, RF_FUS_E_BREAK);
    case RF_FUS_T_CONTINUE: return parse_plain(p, RF_FUS_E_CONTINUE);
    case RF_FUS_T_LBRACK:
    case RF_FUS_T_LARRAY: return rf_fus_parse_list(p);
    case RF_FUS_T_LBRACE:
    case RF_FUS_T_LANON: return rf_fus_parse_record(p);
    case RF_FUS_T_ASYNC: return rf_fus_parse_async(p);
    case RF_FUS_T_IF:
    case RF_FUS_T_MATCH:
    case RF_FUS_T_FUN:
    case RF_FUS_T_FUNCTION:
    case RF_FUS_T_WHILE:
    case RF_FUS_T_FOR:
    case RF_FUS_T_TRY: return rf_fus_parse_control(p);
    case RF_FUS_T_LET: return rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_PLAIN);
    default: return rf_fus_token_is_name(p, p->token) ? parse_name(p, is_head) : parse_nothing(p);
    }
}

/* Postfixes. */

/* M or M.N: the path of a module. */
static bool is_path(const rf_fus_expr *expr) {
    for (; expr->kind == RF_FUS_E_FIELD && !expr->in_parens; expr = expr->items[0])
        if (!rf_fus_text_is_upper(expr->text))
            return false;
    return expr->kind == RF_FUS_E_NAME && !expr->in_parens && rf_fus_text_is_upper(expr->text);
}

/* .[i] and .[i] <- v, at the bracket. */
static rf_fus_expr *parse_index(rf_fus_parser *p, rf_fus_expr *base, rf_fus_at at_op) {
    const rf_fus_token *open = p->token;
    rf_fus_parse_next(p);
    rf_fus_layout saved = p->layout;
    rf_fus_parse_bracket_layout(p);
    rf_fus_expr *index = rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_PLAIN);
    p->layout = saved;
    if (rf_fus_parse_is(p, RF_FUS_T_DOTDOT)) {
        rf_fus_diag *diag = rf_fus_parse_expected(p, "`]`");
        rf_fus_diag_hint(p->diags, diag, "there are no slices: use the functions of List, Array or String");
    }
    (void)rf_fus_parse_close(p, RF_FUS_T_RBRACK, "`]`", open);
    bool update = rf_fus_parse_is(p, RF_FUS_T_LARROW);
    rf_fus_expr *expr = rf_fus_expr_new(p, update ? RF_FUS_E_UPDATE : RF_FUS_E_INDEX, base->at, update ? 3 : 2);
    expr->at_op = at_op;
    expr->items[0] = base;
    expr->items[1] = index;
    if (update) {
        rf_fus_parse_next(p);
        expr->items[2] = rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_VALUE);
    }
    rf_fus_expr_finish(p, expr);
    return expr;
}

/* .name and .name(args), at the name. */
static rf_fus_expr *parse_field(rf_fus_parser *p, rf_fus_expr *base, rf_fus_at at_op) {
    rf_slice name = rf_fus_parse_text(p, p->token);
    rf_fus_parse_next(p);
    const rf_fus_token *open = p->token;
    if (open->kind == RF_FUS_T_LPAREN && rf_fus_token_touches(open) && !is_path(base)) {
        size_t mark = p->stack.count;
        rf_fus_parse_push(p, base);
        rf_fus_parse_arguments(p);
        rf_fus_expr *method = rf_fus_expr_new(p, RF_FUS_E_METHOD, base->at, 0);
        method->items = rf_fus_parse_take(p, mark, &method->count);
        method->text = name;
        method->at_op = at_op;
        rf_fus_expr_finish(p, method);
        return method;
    }
    rf_fus_expr *field = rf_fus_expr_new(p, RF_FUS_E_FIELD, base->at, 1);
    field->items[0] = base;
    field->text = name;
    field->at_op = at_op;
    rf_fus_expr_finish(p, field);
    return field;
}

static rf_fus_expr *parse_dots(rf_fus_parser *p, rf_fus_expr *base) {
    while (rf_fus_parse_is(p, RF_FUS_T_DOT)) {
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_INDENT, p->layout.first);
        rf_fus_at at_op = rf_fus_parse_at(p);
        rf_fus_parse_next(p);
        if (rf_fus_parse_is(p, RF_FUS_T_LBRACK)) {
            base = parse_index(p, base, at_op);
        } else if (rf_fus_token_is_word(p->token) && (p->token->kind == RF_FUS_T_IDENT || !rf_fus_token_opens_line(p->token))) {
            base = parse_field(p, base, at_op);
        } else {
            (void)rf_fus_parse_expected(p, "a field name or `[` after the dot");
            break;
        }
    }
    return base;
}

static inline rf_fus_expr *parse_postfix(rf_fus_parser *p, bool is_head) {
    rf_fus_expr *base = parse_primary(p, is_head);
    return RF_LIKELY(!rf_fus_parse_is(p, RF_FUS_T_DOT)) ? base : parse_dots(p, base);
}

/* Applications. */

/* Head and arguments from the stack. Arguments of a constructor are its fields; an application goes on with its own. */
static rf_fus_expr *apply(rf_fus_parser *p, size_t mark) {
    rf_fus_expr *head = p->stack.items[mark];
    bool is_ctor = head->kind == RF_FUS_E_CTOR && !head->in_parens;
    if (is_ctor || head->kind == RF_FUS_E_APPLY) {
        uint32_t own = head->count, more = (uint32_t)(p->stack.count - mark - 1);
        rf_fus_expr *expr = rf_fus_expr_new(p, head->kind, head->at, own + more);
        if (own)
            memcpy(expr->items, head->items, own * sizeof *expr->items);
        memcpy(expr->items + own, p->stack.items + mark + 1, more * sizeof *expr->items);
        expr->text = head->text;
        p->stack.count = mark;
        rf_fus_expr_finish(p, expr);
        return expr;
    }
    uint32_t count = (uint32_t)(p->stack.count - mark);
    rf_fus_expr *expr = rf_fus_expr_new(p, RF_FUS_E_APPLY, head->at, count);
    memcpy(expr->items, p->stack.items + mark, count * sizeof *expr->items);
    p->stack.count = mark;
    rf_fus_expr_finish(p, expr);
    return expr;
}

/* At parentheses that touch the head: f(x).y is (f x).y, as in F#, when a dot touches them too. Then the head takes them in, and
 * NULL is returned; else they are its first argument. */
static rf_fus_expr *parse_close_call(rf_fus_parser *p, rf_fus_expr **head) {
    size_t mark = p->stack.count;
    rf_fus_expr *argument = rf_fus_parse_paren(p);
    if (!rf_fus_parse_is(p, RF_FUS_T_DOT))
        return argument;
    if (!rf_fus_token_touches(p->token))
        return parse_dots(p, argument);
    rf_fus_parse_push(p, *head);
    rf_fus_parse_push(p, argument);
    *head = parse_dots(p, apply(p, mark));
    return NULL;
}

static rf_fus_expr *parse_negation(rf_fus_parser *p) {
    rf_fus_at at = rf_fus_parse_at(p);
    rf_fus_parse_next(p);
    bool literal = rf_fus_parse_is(p, RF_FUS_T_INT) || rf_fus_parse_is(p, RF_FUS_T_FLOAT);
    if (literal && p->token[1].kind != RF_FUS_T_DOT && !starts_argument[p->token[1].kind]) {
        rf_fus_expr *number = parse_number(p, true);
        number->at = at;
        return number;
    }
    rf_fus_expr *negate = rf_fus_expr_new(p, RF_FUS_E_NEGATE, at, 1);
    if (rf_fus_parse_enter(p)) {
        negate->items[0] = parse_application(p);
        rf_fus_parse_leave(p);
    } else {
        negate->items[0] = rf_fus_expr_error(p);
    }
    negate->end = negate->items[0]->end;
    return negate;
}

static bool takes_arguments(const rf_fus_expr *head) {
    switch (head->kind) {
    case RF_FUS_E_IF:
    case RF_FUS_E_MATCH:
    case RF_FUS_E_LAMBDA:
    case RF_FUS_E_WHILE:
    case RF_FUS_E_FOR_IN:
    case RF_FUS_E_FOR_TO:
    case RF_FUS_E_TRY:
    case RF_FUS_E_FINALLY:
    case RF_FUS_E_LET:
    case RF_FUS_E_SEQ: return head->in_parens;
    case RF_FUS_E_ERROR: return false;
    default: return true;
    }
}

static rf_fus_expr *parse_application(rf_fus_parser *p) {
    if (rf_fus_parse_is(p, RF_FUS_T_MINUS))
        return parse_negation(p);
    rf_fus_expr *head = parse_postfix(p, true);
    if (!argument_follows(p) || !takes_arguments(head))
        return head;
    const rf_fus_token *open = p->token;
    rf_fus_expr *first = NULL;
    if (open->kind == RF_FUS_T_LPAREN && rf_fus_token_touches(open) && head->kind != RF_FUS_E_CTOR)
        first = parse_close_call(p, &head);
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, head);
    if (first)
        rf_fus_parse_push(p, first);
    while (!p->panic && argument_follows(p)) {
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_INDENT, p->layout.first);
        rf_fus_parse_push(p, parse_postfix(p, false));
    }
    if (p->stack.count == mark + 1) {
        p->stack.count = mark;
        return head;
    }
    return apply(p, mark);
}
