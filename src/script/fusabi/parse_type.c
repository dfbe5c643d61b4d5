/* parse_type.c: types as they are written. */
#include "script/fusabi/parser.h"

#include <assert.h>

static rf_fus_ty *ty_new(rf_fus_parser *p, rf_fus_ty_kind kind, rf_fus_at at) {
    rf_fus_ty *ty = rf_fus_parse_alloc(p, sizeof *ty);
    *ty = (rf_fus_ty){ .kind = kind, .at = at, .end = rf_fus_parse_end(p) };
    return ty;
}

static rf_fus_ty *ty_error(rf_fus_parser *p, const char *what) {
    (void)rf_fus_parse_expected(p, what);
    return ty_new(p, RF_FUS_TY_ANY, rf_fus_parse_at(p));
}

bool rf_fus_parse_accept_greater(rf_fus_parser *p) {
    rf_fus_token *token = p->token;
    token->role = token->kind == RF_FUS_T_GT || token->kind == RF_FUS_T_COMPOSE || token->kind == RF_FUS_T_GE ? RF_FUS_ROLE_TYPE : 0;
    if (token->kind == RF_FUS_T_GT) {
        rf_fus_parse_next(p);
        return true;
    }
    if (token->kind != RF_FUS_T_COMPOSE && token->kind != RF_FUS_T_GE)
        return false;
    token->kind = token->kind == RF_FUS_T_GE ? RF_FUS_T_EQ : RF_FUS_T_GT;
    token->at++;
    token->column++;
    token->flags &= (uint8_t)~(RF_FUS_TOKEN_NEWLINE | RF_FUS_TOKEN_SPACE);
    p->last_end = token->at;
    return true;
}

/* <t, u>, at the `<`. */
static void parse_type_arguments(rf_fus_parser *p, rf_fus_ty *ty) {
    size_t mark = p->stack.count;
    p->token->role = RF_FUS_ROLE_TYPE;
    rf_fus_parse_next(p);
    do
        rf_fus_parse_push(p, rf_fus_parse_type(p));
    while (!p->panic && rf_fus_parse_accept(p, RF_FUS_T_COMMA));
    ty->args = rf_fus_parse_take(p, mark, &ty->count);
    if (!p->panic && !rf_fus_parse_accept_greater(p))
        (void)rf_fus_parse_expected(p, "`>`");
    ty->end = rf_fus_parse_end(p);
}

/* int, M.t, Map<string, int> */
static rf_fus_ty *parse_type_name(rf_fus_parser *p) {
    rf_fus_ty *ty = ty_new(p, RF_FUS_TY_NAME, rf_fus_parse_at(p));
    const char *start = p->data + p->token->at;
    rf_fus_parse_next(p);
    while (rf_fus_parse_is(p, RF_FUS_T_DOT) && p->token[1].kind == RF_FUS_T_IDENT) {
        rf_fus_parse_next(p);
        rf_fus_parse_next(p);
    }
    ty->name = (rf_slice){ start, (size_t)(p->data + p->last_end - start) };
    ty->end = rf_fus_parse_end(p);
    if (rf_fus_parse_is(p, RF_FUS_T_LT))
        parse_type_arguments(p, ty);
    return ty;
}

/* {| a: int; b: string |} */
static rf_fus_ty *parse_type_record(rf_fus_parser *p) {
    const rf_fus_token *open = p->token;
    rf_fus_token_kind close = open->kind == RF_FUS_T_LANON ? RF_FUS_T_RANON : RF_FUS_T_RBRACE;
    rf_fus_ty *ty = ty_new(p, RF_FUS_TY_RECORD, rf_fus_parse_at(p));
    rf_fus_parse_next(p);
    size_t mark = p->stack.count;
    while (!p->panic && rf_fus_token_is_word(p->token)) {
        rf_slice *name = rf_fus_parse_alloc(p, sizeof *name);
        *name = rf_fus_parse_text(p, p->token);
        rf_fus_parse_next(p);
        if (!rf_fus_parse_expect(p, RF_FUS_T_COLON, "`:`"))
            break;
        rf_fus_ty *field = rf_fus_parse_type(p);
        rf_fus_parse_push(p, name);
        rf_fus_parse_push(p, field);
        if (!rf_fus_parse_accept(p, RF_FUS_T_SEMI) && !rf_fus_token_opens_line(p->token))
            break;
    }
    ty->count = (uint32_t)((p->stack.count - mark) / 2);
    ty->names = rf_fus_parse_alloc(p, (ty->count ? ty->count : 1) * sizeof *ty->names);
    ty->args = rf_fus_parse_alloc(p, (ty->count ? ty->count : 1) * sizeof *ty->args);
    for (uint32_t i = 0; i < ty->count; i++) {
        ty->names[i] = *(const rf_slice *)p->stack.items[mark + 2 * (size_t)i];
        ty->args[i] = p->stack.items[mark + 2 * (size_t)i + 1];
    }
    p->stack.count = mark;
    if (!p->panic)
        (void)rf_fus_parse_close(p, close, close == RF_FUS_T_RANON ? "`|}`" : "`}`", open);
    ty->end = rf_fus_parse_end(p);
    return ty;
}

static rf_fus_ty *parse_type_atom(rf_fus_parser *p) {
    const rf_fus_token *token = p->token;
    switch ((rf_fus_token_kind)token->kind) {
    case RF_FUS_T_IDENT: return parse_type_name(p);
    case RF_FUS_T_TYVAR: {
        rf_fus_ty *ty = ty_new(p, RF_FUS_TY_VAR, rf_fus_parse_at(p));
        ty->name = (rf_slice){ p->data + token->at + 1, token->end - token->at - 1 };
        rf_fus_parse_next(p);
        ty->end = rf_fus_parse_end(p);
        return ty;
    }
    case RF_FUS_T_UNDERSCORE: {
        rf_fus_ty *ty = ty_new(p, RF_FUS_TY_ANY, rf_fus_parse_at(p));
        rf_fus_parse_next(p);
        return ty;
    }
    case RF_FUS_T_LANON: return parse_type_record(p);
    case RF_FUS_T_LPAREN: {
        rf_fus_parse_next(p);
        rf_fus_ty *ty = rf_fus_parse_type(p);
        if (!p->panic)
            (void)rf_fus_parse_close(p, RF_FUS_T_RPAREN, "`)`", token);
        return ty;
    }
    default: return ty_error(p, "a type");
    }
}

/* What follows a type goes on with it unless it opens a line of the block. */
static bool goes_on(const rf_fus_parser *p, rf_fus_token_kind kind) {
    return rf_fus_parse_is(p, kind) && !rf_fus_parse_offside(p, p->token) && !p->panic;
}

static rf_fus_ty *apply_type(rf_fus_parser *p, rf_fus_ty *outer, rf_fus_ty *argument) {
    outer->at = argument->at;
    outer->args = rf_fus_parse_alloc(p, sizeof *outer->args);
    outer->args[0] = argument;
    outer->count = 1;
    return outer;
}

/* int[], at the `[`. */
static rf_fus_ty *parse_type_array(rf_fus_parser *p) {
    rf_fus_ty *ty = ty_new(p, RF_FUS_TY_NAME, rf_fus_parse_at(p));
    ty->name = RF_SLICE("array");
    p->token->role = RF_FUS_ROLE_TYPE;
    rf_fus_parse_next(p);
    rf_fus_parse_next(p);
    ty->end = rf_fus_parse_end(p);
    return ty;
}

/* A word behind a type: it goes on with it, unless it is the next field of a record. */
static bool is_outer_name(const rf_fus_parser *p) {
    return goes_on(p, RF_FUS_T_IDENT) && !(rf_fus_token_opens_line(p->token) && p->token[1].kind == RF_FUS_T_COLON);
}
static bool is_array_mark(const rf_fus_parser *p) {
    return goes_on(p, RF_FUS_T_LBRACK) && p->token[1].kind == RF_FUS_T_RBRACK && !rf_fus_token_opens_line(p->token);
}

/* int list option, int[] */
rf_fus_ty *rf_fus_parse_type_part(rf_fus_parser *p) {
    if (!rf_fus_parse_enter(p))
        return ty_error(p, "a type");
    rf_fus_ty *ty = parse_type_atom(p);
    uint32_t names = 0;
    for (;;) {
        bool is_array = is_array_mark(p);
        if (!is_array && !is_outer_name(p))
            break;
        if (++names > RF_FUS_NESTING_MAX) {
            ty = ty_error(p, "a type that is less deep");
            break;
        }
        rf_fus_ty *outer = is_array ? parse_type_array(p) : parse_type_name(p);
        ty = apply_type(p, outer, ty);
    }
    rf_fus_parse_leave(p);
    return ty;
}

/* a * b * c */
static rf_fus_ty *parse_type_tuple(rf_fus_parser *p) {
    rf_fus_ty *first = rf_fus_parse_type_part(p);
    if (!goes_on(p, RF_FUS_T_STAR))
        return first;
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, first);
    while (goes_on(p, RF_FUS_T_STAR)) {
        rf_fus_parse_next(p);
        rf_fus_parse_push(p, rf_fus_parse_type_part(p));
    }
    rf_fus_ty *tuple = ty_new(p, RF_FUS_TY_TUPLE, first->at);
    tuple->args = rf_fus_parse_take(p, mark, &tuple->count);
    return tuple;
}

/* a -> b -> c, joined from the right. */
rf_fus_ty *rf_fus_parse_type(rf_fus_parser *p) {
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, parse_type_tuple(p));
    while (goes_on(p, RF_FUS_T_ARROW)) {
        rf_fus_parse_next(p);
        rf_fus_parse_push(p, parse_type_tuple(p));
        if (p->stack.count - mark > RF_FUS_NESTING_MAX)
            (void)rf_fus_parse_expected(p, "a type that is less deep");
    }
    rf_fus_ty *ty = p->stack.items[p->stack.count - 1];
    for (size_t i = p->stack.count - 1; i > mark; i--) {
        rf_fus_ty *from = p->stack.items[i - 1];
        rf_fus_ty *fun = ty_new(p, RF_FUS_TY_FUN, from->at);
        fun->args = rf_fus_parse_alloc(p, 2 * sizeof *fun->args);
        fun->args[0] = from;
        fun->args[1] = ty;
        fun->count = 2;
        ty = fun;
    }
    p->stack.count = mark;
    return ty;
}
