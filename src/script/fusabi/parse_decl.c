/* parse_decl.c: declarations of types and exceptions. */
#include "script/fusabi/parser.h"

#include <assert.h>

static rf_fus_case *case_new(rf_fus_parser *p) {
    rf_fus_case *row = rf_fus_parse_alloc(p, sizeof *row);
    *row = (rf_fus_case){ .name = rf_fus_parse_text(p, p->token), .at = rf_fus_parse_at(p) };
    return row;
}

/* of x: int * y: string; the names are dropped. */
static void parse_payload(rf_fus_parser *p, rf_fus_case *row) {
    if (!rf_fus_parse_accept(p, RF_FUS_T_OF))
        return;
    size_t mark = p->stack.count;
    do {
        if (rf_fus_token_is_name(p, p->token) && p->token[1].kind == RF_FUS_T_COLON) {
            rf_fus_parse_next(p);
            rf_fus_parse_next(p);
        }
        rf_fus_ty *ty = rf_fus_parse_type_part(p);
        if (rf_fus_parse_is(p, RF_FUS_T_ARROW) && !p->panic) {
            /* `of int -> int`: the reference's types have no parentheses. */
            size_t fun = p->stack.count;
            rf_fus_parse_next(p);
            rf_fus_ty *whole = rf_fus_parse_alloc(p, sizeof *whole);
            *whole = (rf_fus_ty){ .kind = RF_FUS_TY_FUN, .at = ty->at };
            rf_fus_parse_push(p, ty);
            rf_fus_parse_push(p, rf_fus_parse_type(p));
            whole->args = rf_fus_parse_take(p, fun, &whole->count);
            whole->end = rf_fus_parse_end(p);
            ty = whole;
        }
        rf_fus_parse_push(p, ty);
    } while (!p->panic && rf_fus_parse_accept(p, RF_FUS_T_STAR));
    row->tys = rf_fus_parse_take(p, mark, &row->count);
}

/* Cases from the stack, which holds pointers to them. */
static void take_cases(rf_fus_parser *p, size_t mark, rf_fus_item *item) {
    item->case_count = (uint32_t)(p->stack.count - mark);
    item->cases = rf_fus_parse_alloc(p, (item->case_count ? item->case_count : 1) * sizeof *item->cases);
    for (uint32_t i = 0; i < item->case_count; i++)
        item->cases[i] = *(const rf_fus_case *)p->stack.items[mark + i];
    p->stack.count = mark;
}

static void parse_union(rf_fus_parser *p, rf_fus_item *item, const rf_fus_token *keyword) {
    size_t mark = p->stack.count;
    item->decl = RF_FUS_DECL_UNION;
    (void)rf_fus_parse_accept(p, RF_FUS_T_BAR);
    do {
        if (!rf_fus_parse_is(p, RF_FUS_T_IDENT)) {
            (void)rf_fus_parse_expected(p, "a constructor name");
            break;
        }
        rf_fus_case *row = case_new(p);
        rf_fus_parse_next(p);
        rf_fus_parse_push(p, row);
        parse_payload(p, row);
        if (rf_fus_parse_is(p, RF_FUS_T_BAR))
            rf_fus_parse_place(p, p->token, RF_FUS_PLACE_INDENT, keyword);
    } while (!p->panic && rf_fus_parse_accept(p, RF_FUS_T_BAR));
    take_cases(p, mark, item);
}

static void parse_record(rf_fus_parser *p, rf_fus_item *item) {
    const rf_fus_token *open = p->token;
    rf_fus_token_kind close = open->kind == RF_FUS_T_LANON ? RF_FUS_T_RANON : RF_FUS_T_RBRACE;
    item->decl = RF_FUS_DECL_RECORD;
    rf_fus_parse_next(p);
    rf_fus_layout saved = p->layout;
    p->layout.first = p->token;
    p->layout.item = p->layout.limit = p->token->column;
    rf_fus_parse_place(p, p->token, RF_FUS_PLACE_FIRST, NULL);
    size_t mark = p->stack.count;
    const rf_fus_token *first = p->token;
    while (!p->panic && rf_fus_token_is_word(p->token)) {
        bool changes = rf_fus_parse_is(p, RF_FUS_T_MUTABLE) && rf_fus_token_is_word(p->token + 1);
        if (p->token != first)
            rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ITEM, first);
        if (changes)
            rf_fus_parse_next(p);
        rf_fus_case *row = case_new(p);
        row->is_mutable = changes;
        rf_fus_parse_next(p);
        if (!rf_fus_parse_expect(p, RF_FUS_T_COLON, "`:`"))
            break;
        size_t tys = p->stack.count;
        rf_fus_parse_push(p, rf_fus_parse_type(p));
        row->tys = rf_fus_parse_take(p, tys, &row->count);
        rf_fus_parse_push(p, row);
        if (!rf_fus_parse_accept(p, RF_FUS_T_SEMI) && !rf_fus_token_opens_line(p->token))
            break;
    }
    p->layout = saved;
    take_cases(p, mark, item);
    if (!p->panic)
        (void)rf_fus_parse_close(p, close, close == RF_FUS_T_RANON ? "`|}`" : "`}`", open);
}

/* Name<"text"> */
static bool parse_provider(rf_fus_parser *p, rf_fus_item *item) {
    const rf_fus_token *token = p->token;
    bool is = token->kind == RF_FUS_T_IDENT && token[1].kind == RF_FUS_T_LT
              && (token[2].kind == RF_FUS_T_STRING || token[2].kind == RF_FUS_T_VERBATIM || token[2].kind == RF_FUS_T_TRIPLE);
    if (!is)
        return false;
    item->decl = RF_FUS_DECL_PROVIDER;
    p->token[1].role = p->token[3].role = RF_FUS_ROLE_TYPE;
    for (int i = 0; i < 3; i++)
        rf_fus_parse_next(p);
    (void)rf_fus_parse_expect(p, RF_FUS_T_GT, "`>`");
    return true;
}

/* A capitalised word alone, or with `of`, or with a bar behind it, is a union; int, List<int>, a * b, … name a type. */
static bool is_union(const rf_fus_parser *p) {
    const rf_fus_token *token = p->token;
    if (token->kind == RF_FUS_T_BAR)
        return true;
    if (token->kind != RF_FUS_T_IDENT)
        return false;
    const rf_fus_token *next = token + 1;
    if (next->kind == RF_FUS_T_OF || next->kind == RF_FUS_T_BAR)
        return true;
    bool goes_on = next->kind == RF_FUS_T_LT || next->kind == RF_FUS_T_DOT || next->kind == RF_FUS_T_STAR || next->kind == RF_FUS_T_ARROW
                   || (next->kind == RF_FUS_T_IDENT && !rf_fus_token_opens_line(next));
    return !goes_on && rf_fus_text_is_upper(rf_fus_parse_text(p, token));
}

static void parse_definition(rf_fus_parser *p, rf_fus_item *item, const rf_fus_token *keyword) {
    if (p->token->kind == RF_FUS_T_BAR || p->token->column > p->layout.limit)
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_FIRST, keyword);
    if (p->token[1].kind == RF_FUS_T_LBRACE || p->token[1].kind == RF_FUS_T_BAR)
        rf_fus_parse_modifiers(p, false);
    if (is_union(p)) {
        parse_union(p, item, keyword);
    } else if (rf_fus_parse_is(p, RF_FUS_T_LBRACE)) {
        parse_record(p, item);
    } else if (!parse_provider(p, item)) {
        item->decl = RF_FUS_DECL_ALIAS;
        item->alias = rf_fus_parse_type(p);
    }
    if (!p->panic && rf_fus_parse_is(p, RF_FUS_T_WITH)) {
        rf_fus_diag *diag = rf_fus_parse_expected(p, "the end of the type");
        rf_fus_diag_hint(p->diags, diag, "types have no members: write functions that take the value");
    }
}

/* 'a, or <'a, 'b> behind the name. */
static void parse_variables(rf_fus_parser *p, rf_fus_item *item) {
    size_t mark = p->stack.count;
    bool listed = rf_fus_parse_is(p, RF_FUS_T_LT);
    if (listed) {
        p->token->role = RF_FUS_ROLE_TYPE;
        rf_fus_parse_next(p);
    }
    while (rf_fus_parse_is(p, RF_FUS_T_TYVAR)) {
        rf_slice *name = rf_fus_parse_alloc(p, sizeof *name);
        *name = (rf_slice){ p->data + p->token->at + 1, p->token->end - p->token->at - 1 };
        rf_fus_parse_next(p);
        rf_fus_parse_push(p, name);
        if (!listed || !rf_fus_parse_accept(p, RF_FUS_T_COMMA))
            break;
    }
    uint32_t count = (uint32_t)(p->stack.count - mark);
    if (listed && (count == 0 || !rf_fus_parse_accept_greater(p)))
        (void)rf_fus_parse_expected(p, count ? "`>`" : "a type variable");
    if (count) {
        item->var_count = count;
        item->vars = rf_fus_parse_alloc(p, count * sizeof *item->vars);
        for (uint32_t i = 0; i < count; i++)
            item->vars[i] = *(const rf_slice *)p->stack.items[mark + i];
    }
    p->stack.count = mark;
}

rf_fus_item *rf_fus_parse_type_item(rf_fus_parser *p) {
    rf_fus_item *item = rf_fus_item_new(p, RF_FUS_ITEM_TYPE);
    const rf_fus_token *keyword = p->token;
    rf_fus_parse_next(p);
    rf_fus_parse_modifiers(p, false);
    parse_variables(p, item);
    if (!rf_fus_token_is_name(p, p->token)) {
        (void)rf_fus_parse_expected(p, "a type name");
        return item;
    }
    item->name = rf_fus_parse_text(p, p->token);
    rf_fus_parse_next(p);
    if (rf_fus_parse_is(p, RF_FUS_T_LT))
        parse_variables(p, item);
    if (!p->panic && rf_fus_parse_expect(p, RF_FUS_T_EQ, "`=`"))
        parse_definition(p, item, keyword);
    item->end = rf_fus_parse_end(p);
    if (p->token->kind == RF_FUS_T_AND_WORD)
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ALIGN, keyword);
    item->is_recursive_next = !p->panic && rf_fus_parse_is(p, RF_FUS_T_AND_WORD);
    return item;
}

rf_fus_item *rf_fus_parse_exception_item(rf_fus_parser *p) {
    rf_fus_item *item = rf_fus_item_new(p, RF_FUS_ITEM_EXCEPTION);
    rf_fus_parse_next(p);
    size_t mark = p->stack.count;
    if (rf_fus_parse_is(p, RF_FUS_T_IDENT)) {
        rf_fus_case *row = case_new(p);
        item->name = row->name;
        rf_fus_parse_next(p);
        parse_payload(p, row);
        rf_fus_parse_push(p, row);
    } else {
        (void)rf_fus_parse_expected(p, "an exception name");
    }
    take_cases(p, mark, item);
    item->end = rf_fus_parse_end(p);
    return item;
}
