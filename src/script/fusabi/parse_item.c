/* parse_item.c: the items of a text and of its modules. */
#include "script/fusabi/parser.h"

#include "base/slice.h"

#include <assert.h>

rf_fus_item *rf_fus_item_new(rf_fus_parser *p, rf_fus_item_kind kind) {
    rf_fus_item *item = rf_fus_parse_alloc(p, sizeof *item);
    *item = (rf_fus_item){ .kind = kind, .at = rf_fus_parse_at(p) };
    return item;
}

static rf_fus_item *finish(const rf_fus_parser *p, rf_fus_item *item) {
    item->end = rf_fus_parse_end(p);
    return item;
}

/* The body of a `let … in` at the top: one statement, which may be the next such `let`, however many. */
static rf_fus_expr *parse_let_body(rf_fus_parser *p, rf_fus_expr *let) {
    size_t mark = p->stack.count;
    rf_fus_parse_push(p, let);
    for (;;) {
        const rf_fus_token *token = p->token;
        rf_fus_expr *last = p->stack.items[p->stack.count - 1];
        bool waits = last->kind == RF_FUS_E_LET && last->count == 0;
        if (!waits || (token[-1].kind != RF_FUS_T_IN && !rf_fus_token_starts(token)) || p->panic)
            break;
        if (rf_fus_token_opens_line(token) && token->column > p->layout.item) {
            rf_fus_parse_push(p, rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_PLAIN));
            break;
        }
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_ALIGN, p->layout.first);
        rf_fus_parse_push(p, rf_fus_parse_statement(p));
    }
    return rf_fus_parse_join(p, mark);
}

static rf_fus_item *parse_let_item(rf_fus_parser *p) {
    rf_fus_item *item = rf_fus_item_new(p, RF_FUS_ITEM_LET);
    const rf_fus_token *keyword = p->token;
    rf_fus_expr *let = rf_fus_parse_let(p);
    if (let->kind != RF_FUS_E_LET || rf_fus_parse_let_in(p, keyword, let)) {
        item->kind = RF_FUS_ITEM_EXPR;
        item->expr = let->kind == RF_FUS_E_LET ? parse_let_body(p, let) : let;
        return finish(p, item);
    }
    item->is_rec = let->is_rec;
    item->binds = let->binds;
    item->bind_count = let->bind_count;
    return finish(p, item);
}

static rf_fus_item *parse_expr_item(rf_fus_parser *p) {
    rf_fus_item *item = rf_fus_item_new(p, RF_FUS_ITEM_EXPR);
    item->is_do = rf_fus_parse_is(p, RF_FUS_T_DO);
    item->expr = rf_fus_parse_statement(p);
    return finish(p, item);
}

/* Name.Name */
static rf_slice parse_path(rf_fus_parser *p, const char *what) {
    if (!rf_fus_parse_is(p, RF_FUS_T_IDENT)) {
        (void)rf_fus_parse_expected(p, what);
        return (rf_slice){ NULL, 0 };
    }
    const char *start = p->data + p->token->at;
    rf_fus_parse_next(p);
    while (rf_fus_parse_is(p, RF_FUS_T_DOT)) {
        rf_fus_parse_next(p);
        if (!rf_fus_parse_expect(p, RF_FUS_T_IDENT, what))
            break;
    }
    return (rf_slice){ start, (size_t)(p->data + p->last_end - start) };
}

static rf_fus_item *parse_open(rf_fus_parser *p) {
    rf_fus_item *item = rf_fus_item_new(p, RF_FUS_ITEM_OPEN);
    rf_fus_parse_next(p);
    item->name = parse_path(p, "a module name");
    return finish(p, item);
}

static rf_fus_item *parse_load(rf_fus_parser *p) {
    rf_fus_item *item = rf_fus_item_new(p, RF_FUS_ITEM_LOAD);
    rf_fus_parse_next(p);
    item->name = rf_fus_parse_string(p, p->token); /* the lexer has seen that there is one */
    rf_fus_parse_next(p);
    return finish(p, item);
}

/* Which items belong to the list being read. */
typedef enum extent {
    SCOPE_TEXT,
    SCOPE_BLOCK, /* a module whose body stands right of it: to the first line left of `column` */
    SCOPE_OPEN,  /* the original's form: definitions up to the next module, open or expression */
} extent;

static rf_fus_item *parse_list(rf_fus_parser *p, extent scope, const rf_fus_token *keyword);

/* module M = items; `module M` alone names the file, which changes nothing. */
static rf_fus_item *parse_module(rf_fus_parser *p) {
    rf_fus_item *item = rf_fus_item_new(p, RF_FUS_ITEM_MODULE);
    const rf_fus_token *keyword = p->token;
    rf_fus_parse_next(p);
    (void)rf_fus_parse_accept(p, RF_FUS_T_REC);
    rf_fus_parse_modifiers(p, false);
    item->name = parse_path(p, "a module name");
    if (p->panic)
        return finish(p, item);
    if (!rf_fus_parse_is(p, RF_FUS_T_EQ) && (rf_fus_token_opens_line(p->token) || rf_fus_parse_is(p, RF_FUS_T_EOF)))
        return NULL;
    if (!rf_fus_parse_expect(p, RF_FUS_T_EQ, "`=`") || !rf_fus_parse_enter(p))
        return finish(p, item);
    bool block = rf_fus_token_opens_line(p->token) && p->token->column > keyword->column;
    bool begins = !block && rf_fus_parse_accept(p, RF_FUS_T_BEGIN);
    if (block)
        rf_fus_parse_place(p, p->token, RF_FUS_PLACE_FIRST, keyword);
    rf_fus_layout saved = p->layout;
    p->begins += begins;
    item->items = parse_list(p, block ? SCOPE_BLOCK : SCOPE_OPEN, keyword);
    p->begins -= begins;
    p->layout = saved;
    p->breaks_off |= !item->items && rf_fus_parse_is(p, RF_FUS_T_EOF); /* no mistake, but a session asks for its body */
    if (begins)
        (void)rf_fus_parse_expect(p, RF_FUS_T_END, "`end`");
    rf_fus_parse_leave(p);
    return finish(p, item);
}

static rf_fus_item *parse_item(rf_fus_parser *p, const rf_fus_item *last) {
    switch (rf_fus_parse_kind(p)) {
    case RF_FUS_T_LET: return parse_let_item(p);
    case RF_FUS_T_TYPE: return rf_fus_parse_type_item(p);
    case RF_FUS_T_AND_WORD:
        if (last && last->kind == RF_FUS_ITEM_TYPE && last->is_recursive_next)
            return rf_fus_parse_type_item(p);
        return parse_expr_item(p);
    case RF_FUS_T_EXCEPTION: return rf_fus_parse_exception_item(p);
    case RF_FUS_T_MODULE: return parse_module(p);
    case RF_FUS_T_OPEN: return parse_open(p);
    case RF_FUS_T_LOAD: return parse_load(p);
    default: return parse_expr_item(p);
    }
}

static bool is_definition(const rf_fus_token *token) {
    switch ((rf_fus_token_kind)token->kind) {
    case RF_FUS_T_LET:
    case RF_FUS_T_TYPE:
    case RF_FUS_T_EXCEPTION:
    case RF_FUS_T_DO: return true;
    default: return rf_fus_token_is_attribute(token);
    }
}

static bool ends(const rf_fus_parser *p, extent scope, uint32_t column) {
    const rf_fus_token *token = p->token;
    if (token->kind == RF_FUS_T_EOF)
        return true;
    if (scope == SCOPE_BLOCK)
        return rf_fus_token_opens_line(token) && token->column < column;
    return scope == SCOPE_OPEN && !is_definition(token) && token->kind != RF_FUS_T_AND_WORD;
}

/* A line further right than its item, which is no part of it. The original knows no layout: there a `let` begins the next item. */
static void check_indentation(rf_fus_parser *p, const rf_fus_token *token) {
    if (token->column <= p->layout.item)
        return;
    rf_fus_at at = p->base + token->at, end = p->base + token->end;
    rf_fus_diag *diag;
    if (is_definition(token)) {
        diag = rf_fus_report(p->diags, RF_FUS_WARNING, RF_FUS_PHASE_PARSE, at, end,
                             "this line is further right than what is before it, but no part of it");
    } else {
        diag = rf_fus_parse_expected(p, "an operator or the end of the expression");
    }
    rf_fus_diag_hint(p->diags, diag, "the lines of a block stand in the column of its first one");
}

/* After an item: a line begins, or a semicolon, or a keyword that begins an item. */
static void check_end(rf_fus_parser *p, extent scope) {
    const rf_fus_token *token = p->token;
    if (p->panic || token->kind == RF_FUS_T_EOF || token->kind == RF_FUS_T_SEMI)
        return;
    if (rf_fus_token_opens_line(token)) {
        check_indentation(p, token);
        return;
    }
    if (is_definition(token) || token->kind == RF_FUS_T_MODULE || token->kind == RF_FUS_T_OPEN || token->kind == RF_FUS_T_LOAD)
        return;
    if (token->kind == RF_FUS_T_AND_WORD || (scope == SCOPE_OPEN && token->kind == RF_FUS_T_END))
        return;
    rf_fus_diag *diag = rf_fus_parse_expected(p, "the end of the line");
    if (token->kind == RF_FUS_T_RPAREN || token->kind == RF_FUS_T_RBRACK || token->kind == RF_FUS_T_RBRACE ||
        token->kind == RF_FUS_T_RARRAY)
        rf_fus_diag_hint(p->diags, diag, "nothing is open here that it could close");
}

/* A token that stands where an item should, in the column of the items, and begins none. */
static bool is_stray(const rf_fus_parser *p) {
    const rf_fus_token *token = p->token;
    return !rf_fus_token_starts(token) && !is_definition(token) && token->kind != RF_FUS_T_MODULE && token->kind != RF_FUS_T_OPEN
           && token->kind != RF_FUS_T_LOAD && token->kind != RF_FUS_T_AND_WORD;
}

/* The items of a block stand below its first; others below what is around. */
static void place_item(rf_fus_parser *p, rf_fus_token *token, extent scope, const rf_fus_token *head) {
    if (scope == SCOPE_TEXT)
        rf_fus_parse_place(p, token, RF_FUS_PLACE_ROOT, NULL);
    else if (scope == SCOPE_BLOCK && head)
        rf_fus_parse_place(p, token, RF_FUS_PLACE_ITEM, head);
    else if (scope == SCOPE_OPEN)
        rf_fus_parse_place(p, token, RF_FUS_PLACE_ALIGN, head);
}

/* [<Name; Name "text">]: nothing here heeds it. That main is called by nobody is worth a word. */
static void skip_attribute(rf_fus_parser *p) {
    const rf_fus_token *open = p->token;
    rf_fus_parse_next(p);
    p->token->role = RF_FUS_ROLE_TYPE;
    rf_fus_parse_next(p);
    if (rf_fus_parse_is(p, RF_FUS_T_IDENT) && rf_slice_is(rf_fus_parse_text(p, p->token), "EntryPoint")) {
        rf_fus_diag *diag = rf_fus_report(p->diags, RF_FUS_WARNING, RF_FUS_PHASE_PARSE, rf_fus_parse_at(p), p->base + p->token->end,
                                          "attributes do nothing: no function is called by itself");
        rf_fus_diag_hint(p->diags, diag, "a script runs from its first line to its last: write the call there");
    }
    while (!rf_fus_parse_is(p, RF_FUS_T_EOF) && !(rf_fus_token_opens_line(p->token) && p->token->column <= p->layout.limit)) {
        if (rf_fus_parse_is(p, RF_FUS_T_GT) && p->token[1].kind == RF_FUS_T_RBRACK) {
            p->token->role = RF_FUS_ROLE_TYPE;
            rf_fus_parse_next(p);
            break;
        }
        rf_fus_parse_next(p);
    }
    (void)rf_fus_parse_close(p, RF_FUS_T_RBRACK, "`>]`", open);
}

/* The attributes before an item, each of which may stand on a line of its own. */
static void skip_attributes(rf_fus_parser *p, extent scope, const rf_fus_token *head) {
    while (RF_UNLIKELY(rf_fus_token_is_attribute(p->token)) && !p->panic) {
        skip_attribute(p);
        place_item(p, p->token, scope, head);
    }
}

static rf_fus_item *parse_list(rf_fus_parser *p, extent scope, const rf_fus_token *keyword) {
    const rf_fus_token *head = scope == SCOPE_OPEN ? keyword : NULL;
    uint32_t column = p->token->column;
    rf_fus_item *first = NULL, **link = &first, *last = NULL;
    while (!ends(p, scope, column)) {
        rf_fus_token *start = p->token;
        if (rf_fus_parse_accept(p, RF_FUS_T_SEMI))
            continue;
        if (rf_fus_token_opens_line(start)) {
            p->layout = (rf_fus_layout){ .first = start, .item = start->column, .limit = start->column };
            place_item(p, start, scope, head);
            head = head ? head : start;
        }
        skip_attributes(p, scope, head);
        bool none = p->panic || is_stray(p);
        rf_fus_item *item = none ? NULL : parse_item(p, last);
        if (none)
            (void)rf_fus_parse_expected(p, "an expression or a definition");
        if (item) {
            *link = last = item;
            link = &item->next;
        }
        check_end(p, scope);
        if (p->panic && !rf_fus_parse_recover(p, start)) {
            /* A line further left: an item of the list around, or of this one, which has changed its column. */
            p->panic = rf_fus_parse_is(p, RF_FUS_T_EOF) && p->panic;
        }
    }
    if (last)
        last->is_recursive_next = last->kind == RF_FUS_ITEM_TYPE && last->is_recursive_next && last->next;
    return first;
}

rf_fus_item *rf_fus_parse_items(rf_fus_parser *p) {
    rf_fus_item *items = parse_list(p, SCOPE_TEXT, NULL);
    assert(p->token->kind == RF_FUS_T_EOF);
    return items;
}
