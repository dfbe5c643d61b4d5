/* parse_pat.c: patterns and parameters. */
#include "script/fusabi/parser.h"

#include <assert.h>

static rf_fus_pat *parse_tuple(rf_fus_parser *p);

static rf_fus_pat *pat_error(rf_fus_parser *p, const char *what) {
    (void)rf_fus_parse_expected(p, what);
    rf_fus_pat *pat = rf_fus_pat_new(p, RF_FUS_PAT_WILD, rf_fus_parse_at(p), 0);
    pat->end = p->base + p->token->end;
    return pat;
}

static rf_fus_pat *finish(const rf_fus_parser *p, rf_fus_pat *pat) {
    pat->end = rf_fus_parse_end(p);
    return pat;
}

/* Items from the stack into a pattern. */
static rf_fus_pat *gather(rf_fus_parser *p, rf_fus_pat_kind kind, size_t mark, rf_fus_at at) {
    rf_fus_pat *pat = rf_fus_pat_new(p, kind, at, 0);
    pat->items = rf_fus_parse_take(p, mark, &pat->count);
    return finish(p, pat);
}

/* A number, perhaps with a minus before it. */
static rf_fus_pat *parse_number(rf_fus_parser *p) {
    rf_fus_at at = rf_fus_parse_at(p);
    bool negative = rf_fus_parse_accept(p, RF_FUS_T_MINUS);
    bool is_int = rf_fus_parse_is(p, RF_FUS_T_INT);
    if (!is_int && !rf_fus_parse_is(p, RF_FUS_T_FLOAT))
        return pat_error(p, "a number");
    rf_fus_pat *pat = rf_fus_pat_new(p, is_int ? RF_FUS_PAT_INT : RF_FUS_PAT_FLOAT, at, 0);
    if (!is_int) {
        (void)rf_fus_parse_float(p, p->token, &pat->number);
        pat->number = negative ? -pat->number : pat->number;
    } else {
        (void)rf_fus_parse_int(p, p->token, negative, &pat->integer);
    }
    rf_fus_parse_next(p);
    return finish(p, pat);
}

static rf_fus_pat *parse_word(rf_fus_parser *p, rf_fus_pat_kind kind) {
    rf_fus_pat *pat = rf_fus_pat_new(p, kind, rf_fus_parse_at(p), 0);
    if (kind == RF_FUS_PAT_BOOL)
        pat->flag = rf_fus_parse_is(p, RF_FUS_T_TRUE);
    else if (kind == RF_FUS_PAT_STRING)
        pat->text = rf_fus_parse_string(p, p->token);
    else if (kind != RF_FUS_PAT_WILD)
        pat->text = rf_fus_parse_text(p, p->token);
    rf_fus_parse_next(p);
    return finish(p, pat);
}

/* pattern [: type], within brackets. */
static rf_fus_pat *parse_element(rf_fus_parser *p, bool commas) {
    rf_fus_layout saved = p->layout;
    p->layout.no_comma = !commas;
    rf_fus_pat *pat = rf_fus_parse_pattern(p);
    p->layout = saved;
    if (p->panic || !rf_fus_parse_accept(p, RF_FUS_T_COLON))
        return pat;
    rf_fus_pat *typed = rf_fus_pat_new(p, RF_FUS_PAT_TYPED, pat->at, 1);
    typed->items[0] = pat;
    typed->ty = rf_fus_parse_type(p);
    return finish(p, typed);
}

/* Elements up to a closing bracket, pushed. */
static void parse_elements(rf_fus_parser *p, rf_fus_token_kind close, const char *what, rf_fus_token_kind separator) {
    const rf_fus_token *open = p->token;
    rf_fus_layout saved = p->layout;
    rf_fus_parse_next(p);
    rf_fus_parse_bracket_layout(p);
    rf_fus_parse_place(p, p->token, RF_FUS_PLACE_FIRST, NULL);
    while (!rf_fus_parse_is(p, close) && !p->panic) {
        if (p->token != p->layout.first)
            rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ITEM, p->layout.first);
        rf_fus_parse_push(p, parse_element(p, close == RF_FUS_T_RARRAY));
        bool more = rf_fus_parse_accept(p, separator) || (close == RF_FUS_T_RBRACK && rf_fus_parse_accept(p, RF_FUS_T_COMMA));
        more = more || (separator == RF_FUS_T_SEMI && rf_fus_token_opens_line(p->token) && p->token->column == p->layout.item);
        if (!more)
            break;
    }
    p->layout = saved;
    if (!p->panic)
        (void)rf_fus_parse_close(p, close, what, open);
}

static rf_fus_pat *parse_list(rf_fus_parser *p) {
    bool is_array = rf_fus_parse_is(p, RF_FUS_T_LARRAY);
    rf_fus_at at = rf_fus_parse_at(p);
    size_t mark = p->stack.count;
    parse_elements(p, is_array ? RF_FUS_T_RARRAY : RF_FUS_T_RBRACK, is_array ? "`|]`" : "`]`", RF_FUS_T_SEMI);
    return gather(p, is_array ? RF_FUS_PAT_ARRAY : RF_FUS_PAT_LIST, mark, at);
}

static rf_fus_pat *parse_paren(rf_fus_parser *p) {
    rf_fus_at at = rf_fus_parse_at(p);
    size_t mark = p->stack.count;
    uint32_t open_end = p->token->end;
    parse_elements(p, RF_FUS_T_RPAREN, "`)`", RF_FUS_T_COMMA);
    size_t count = p->stack.count - mark;
    bool trailing = p->token[-1].kind == RF_FUS_T_RPAREN && count == 1 && p->token[-2].kind == RF_FUS_T_COMMA &&
                    p->token[-2].at >= open_end;
    if (count == 1 && !trailing)
        return p->stack.items[--p->stack.count];
    return gather(p, count ? RF_FUS_PAT_TUPLE : RF_FUS_PAT_UNIT, mark, at);
}

/* { f = p; g = q }; `{ f; g }` binds the names of the fields. */
static rf_fus_pat *parse_record(rf_fus_parser *p) {
    const rf_fus_token *open = p->token;
    bool is_anonymous = open->kind == RF_FUS_T_LANON;
    rf_fus_token_kind close = is_anonymous ? RF_FUS_T_RANON : RF_FUS_T_RBRACE;
    rf_fus_at at = rf_fus_parse_at(p);
    rf_fus_parse_next(p);
    size_t mark = p->stack.count;
    RF_VEC(rf_slice) names = { 0 }; /* in the arena: see below */
    uint32_t cap = 0;
    while (!rf_fus_parse_is(p, close) && !p->panic) {
        if (!rf_fus_token_is_word(p->token)) {
            (void)rf_fus_parse_expected(p, "a field name");
            break;
        }
        while (rf_fus_token_is_word(p->token) && p->token[1].kind == RF_FUS_T_DOT)
            p->token += 2;
        if (names.count == cap) {
            cap = cap ? cap * 2 : 4;
            rf_slice *grown = rf_fus_parse_alloc(p, cap * sizeof *grown);
            if (names.count)
                memcpy(grown, names.items, names.count * sizeof *grown);
            names.items = grown;
        }
        rf_fus_at name_at = rf_fus_parse_at(p);
        names.items[names.count] = rf_fus_parse_text(p, p->token);
        rf_fus_parse_next(p);
        rf_fus_pat *pat = rf_fus_parse_accept(p, RF_FUS_T_EQ) ? parse_element(p, false)
                                                              : rf_fus_pat_var(p, names.items[names.count], name_at, rf_fus_parse_end(p));
        names.count++;
        rf_fus_parse_push(p, pat);
        if (!rf_fus_parse_accept(p, RF_FUS_T_SEMI) && !rf_fus_token_opens_line(p->token))
            break;
    }
    if (!p->panic)
        (void)rf_fus_parse_close(p, close, is_anonymous ? "`|}`" : "`}`", open);
    rf_fus_pat *pat = gather(p, RF_FUS_PAT_RECORD, mark, at);
    pat->names = names.items;
    return pat;
}

/* The last part of a dotted path is the constructor. */
static rf_fus_pat *parse_constructor_name(rf_fus_parser *p) {
    rf_fus_at at = rf_fus_parse_at(p);
    while (p->token[1].kind == RF_FUS_T_DOT && p->token[2].kind == RF_FUS_T_IDENT) {
        rf_fus_parse_next(p);
        rf_fus_parse_next(p);
    }
    rf_fus_pat *pat = parse_word(p, RF_FUS_PAT_CTOR);
    pat->at = at;
    return pat;
}

static rf_fus_pat *parse_atom(rf_fus_parser *p) {
    switch (rf_fus_parse_kind(p)) {
    case RF_FUS_T_UNDERSCORE: return parse_word(p, RF_FUS_PAT_WILD);
    case RF_FUS_T_INT:
    case RF_FUS_T_FLOAT:
    case RF_FUS_T_MINUS: return parse_number(p);
    case RF_FUS_T_STRING:
    case RF_FUS_T_VERBATIM:
    case RF_FUS_T_TRIPLE:
    case RF_FUS_T_CHAR: return parse_word(p, RF_FUS_PAT_STRING);
    case RF_FUS_T_TRUE:
    case RF_FUS_T_FALSE: return parse_word(p, RF_FUS_PAT_BOOL);
    case RF_FUS_T_LPAREN: return parse_paren(p);
    case RF_FUS_T_LBRACK:
    case RF_FUS_T_LARRAY: return parse_list(p);
    case RF_FUS_T_LBRACE:
    case RF_FUS_T_LANON: return parse_record(p);
    case RF_FUS_T_IDENT:
        if (rf_fus_text_is_upper(rf_fus_parse_text(p, p->token)) || p->token[1].kind == RF_FUS_T_DOT)
            return parse_constructor_name(p);
        return parse_word(p, RF_FUS_PAT_VAR);
    default:
        if (rf_fus_token_is_name(p, p->token))
            return parse_word(p, RF_FUS_PAT_VAR);
        return pat_error(p, "a pattern");
    }
}

static bool starts_atom(const rf_fus_parser *p, const rf_fus_token *token) {
    switch ((rf_fus_token_kind)token->kind) {
    case RF_FUS_T_UNDERSCORE:
    case RF_FUS_T_INT:
    case RF_FUS_T_FLOAT:
    case RF_FUS_T_MINUS:
    case RF_FUS_T_STRING:
    case RF_FUS_T_VERBATIM:
    case RF_FUS_T_TRIPLE:
    case RF_FUS_T_CHAR:
    case RF_FUS_T_TRUE:
    case RF_FUS_T_FALSE:
    case RF_FUS_T_LPAREN:
    case RF_FUS_T_LBRACK:
    case RF_FUS_T_LARRAY:
    case RF_FUS_T_LBRACE:
    case RF_FUS_T_LANON: return true;
    default: return rf_fus_token_is_name(p, token);
    }
}

/* A constructor with its patterns: Some x · Rect(a, b) · Node l v r, as in expressions; or a pattern of one piece. */
static rf_fus_pat *parse_applied(rf_fus_parser *p) {
    rf_fus_pat *pat = parse_atom(p);
    if (pat->kind != RF_FUS_PAT_CTOR || !starts_atom(p, p->token) || rf_fus_parse_offside(p, p->token))
        return pat;
    if (p->token[-1].kind == RF_FUS_T_RPAREN)
        return pat;
    size_t mark = p->stack.count;
    bool unit = p->token[1].kind == RF_FUS_T_RPAREN && !rf_fus_token_touches(p->token); /* Foo() has no field, Ok () has one */
    if (rf_fus_parse_is(p, RF_FUS_T_LPAREN) && !unit)
        parse_elements(p, RF_FUS_T_RPAREN, "`)`", RF_FUS_T_COMMA);
    while (!p->panic && starts_atom(p, p->token) && !rf_fus_parse_offside(p, p->token))
        rf_fus_parse_push(p, parse_atom(p));
    pat->items = rf_fus_parse_take(p, mark, &pat->count);
    return finish(p, pat);
}

/* a :: b :: c, joined from the right, however long. */
static rf_fus_pat *parse_cons(rf_fus_parser *p) {
    rf_fus_pat *first = parse_applied(p);
    if (!rf_fus_parse_is(p, RF_FUS_T_CONS))
        return first;
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, first);
    while (!p->panic && rf_fus_parse_accept(p, RF_FUS_T_CONS))
        rf_fus_parse_push(p, parse_applied(p));
    rf_fus_pat *rest = p->stack.items[p->stack.count - 1];
    for (size_t i = p->stack.count - 1; i > mark; i--) {
        rf_fus_pat *head = p->stack.items[i - 1];
        rf_fus_pat *cons = rf_fus_pat_new(p, RF_FUS_PAT_CONS, head->at, 2);
        cons->items[0] = head;
        cons->items[1] = rest;
        rest = cons;
    }
    p->stack.count = mark;
    return rest;
}

static rf_fus_pat *parse_tuple(rf_fus_parser *p) {
    rf_fus_pat *first = parse_cons(p);
    if (p->layout.no_comma || !rf_fus_parse_is(p, RF_FUS_T_COMMA))
        return first;
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, first);
    while (!p->panic && rf_fus_parse_accept(p, RF_FUS_T_COMMA))
        rf_fus_parse_push(p, parse_cons(p));
    return gather(p, RF_FUS_PAT_TUPLE, mark, first->at);
}

static rf_fus_pat *parse_or_as(rf_fus_parser *p) {
    rf_fus_pat *pat = parse_tuple(p);
    while (!p->panic && rf_fus_parse_is(p, RF_FUS_T_BAR)) {
        rf_fus_pat *either = rf_fus_pat_new(p, RF_FUS_PAT_OR, pat->at, 2);
        rf_fus_parse_place(p, p->token, p->bar ? RF_FUS_PLACE_ALIGN : RF_FUS_PLACE_NONE, p->bar);
        rf_fus_parse_next(p);
        either->items[0] = pat;
        either->items[1] = parse_tuple(p);
        pat = finish(p, either);
    }
    while (!p->panic && rf_fus_parse_is(p, RF_FUS_T_AS)) {
        rf_fus_pat *as = rf_fus_pat_new(p, RF_FUS_PAT_AS, pat->at, 1);
        rf_fus_parse_next(p);
        as->items[0] = pat;
        if (!rf_fus_token_is_name(p, p->token))
            return pat_error(p, "a name");
        as->text = rf_fus_parse_text(p, p->token);
        rf_fus_parse_next(p);
        pat = finish(p, as);
    }
    return pat;
}

rf_fus_pat *rf_fus_parse_pattern(rf_fus_parser *p) {
    if (!rf_fus_parse_enter(p))
        return pat_error(p, "a pattern");
    rf_fus_layout saved = p->layout;
    rf_fus_pat *pat = parse_or_as(p);
    p->layout = saved;
    rf_fus_parse_leave(p);
    return pat;
}

rf_fus_pat *rf_fus_parse_pattern_free(rf_fus_parser *p) {
    bool no_comma = p->layout.no_comma;
    p->layout.no_comma = false;
    rf_fus_pat *pat = rf_fus_parse_pattern(p);
    p->layout.no_comma = no_comma;
    return pat;
}

bool rf_fus_token_starts_parameter(const rf_fus_parser *p, const rf_fus_token *token) {
    switch ((rf_fus_token_kind)token->kind) {
    case RF_FUS_T_UNDERSCORE:
    case RF_FUS_T_LPAREN:
    case RF_FUS_T_LBRACK:
    case RF_FUS_T_LARRAY:
    case RF_FUS_T_LBRACE:
    case RF_FUS_T_LANON: return true;
    default: return rf_fus_token_is_name(p, token);
    }
}

/* A capitalised parameter is a name, too (reference 4.1). */
rf_fus_pat *rf_fus_parse_parameter(rf_fus_parser *p) {
    if (rf_fus_token_is_name(p, p->token) && p->token[1].kind != RF_FUS_T_DOT)
        return parse_word(p, RF_FUS_PAT_VAR);
    return parse_atom(p);
}
