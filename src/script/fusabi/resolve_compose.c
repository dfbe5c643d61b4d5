/* resolve_compose.c: `f >> g` and `f << g` as the lambdas that they stand for. */
#include "base/slice.h"
#include "script/fusabi/resolve_internal.h"

/* Names that no source can write. */
#define ARGUMENT RF_SLICE("(argument)")

static rf_fus_expr *node(rf_fus_resolver *r, rf_fus_expr_kind kind, const rf_fus_expr *like, uint32_t count) {
    rf_fus_expr *e = rf_arena_zero(r->arena, 1, sizeof *e);
    rf_fus_expr **items = rf_arena_zero(r->arena, count + 1, sizeof *items);
    if (!e || !items) {
        r->no_memory = true;
        return NULL;
    }
    e->kind = kind;
    e->at = like->at;
    e->end = like->end;
    e->at_op = like->at_op;
    e->items = items;
    e->count = count;
    return e;
}

static rf_fus_pat *variable(rf_fus_resolver *r, rf_slice name, const rf_fus_expr *like) {
    rf_fus_pat *pat = rf_arena_zero(r->arena, 1, sizeof *pat);
    if (!pat) {
        r->no_memory = true;
        return NULL;
    }
    pat->kind = RF_FUS_PAT_VAR;
    pat->at = like->at;
    pat->end = like->end;
    pat->text = name;
    return pat;
}

/* What may move into the lambda: it gives the same function whenever it is looked at. */
static bool may_move(rf_fus_resolver *r, const rf_fus_expr *e) {
    if (e->kind == RF_FUS_E_LAMBDA)
        return true;
    if (e->kind == RF_FUS_E_FIELD)
        return e->items[0]->count == 0 && (e->items[0]->kind == RF_FUS_E_CTOR || e->items[0]->kind == RF_FUS_E_NAME) &&
               e->items[0]->text.data[0] <= 'Z' && !rf_fus_name_find(r, e->items[0]->text, RF_FUS_NAME_VALUE);
    if (e->kind != RF_FUS_E_NAME)
        return e->kind == RF_FUS_E_CTOR && e->count == 0;
    const rf_fus_scope_name *name = rf_fus_name_find(r, e->text, RF_FUS_NAME_VALUE);
    return !name || !name->binding->is_mutable;
}

/* The part itself, or a name for its value: then `bind` is filled. */
static rf_fus_expr *part_or_name(rf_fus_resolver *r, rf_fus_expr *part, uint32_t number, rf_fus_bind *bind) {
    if (may_move(r, rf_fus_bare(part)))
        return rf_fus_bare(part);
    rf_slice name = rf_printf_in(r->arena, "(part %u)", number);
    rf_fus_expr *use = node(r, RF_FUS_E_NAME, part, 0);
    bind->pat = variable(r, name, part);
    bind->value = part;
    if (!name.data || !use || !bind->pat) {
        r->no_memory = true;
        return NULL;
    }
    use->text = name;
    return use;
}

static rf_fus_expr *apply(rf_fus_resolver *r, rf_fus_expr *function, rf_fus_expr *argument) {
    rf_fus_expr *call = function && argument ? node(r, RF_FUS_E_APPLY, function, 2) : NULL;
    if (!call)
        return NULL;
    call->items[0] = function;
    call->items[1] = argument;
    if (function->kind == RF_FUS_E_CTOR) { /* a constructor with its field */
        call->kind = RF_FUS_E_CTOR;
        call->text = function->text;
        call->items++;
        call->count = 1;
    }
    return call;
}

typedef struct parts { rf_fus_expr **items; rf_fus_bind *binds; uint32_t count, bind_count; bool is_back; } parts;

/* The parts of a chain of the same operator, in the order of the source. */
static bool collect(rf_fus_resolver *r, const rf_fus_expr *e, parts *list) {
    rf_fus_op op = e->op;
    list->is_back = op == RF_FUS_OP_COMPOSE_BACK;
    list->count = 1;
    const rf_fus_expr *left = e;
    for (; left->kind == RF_FUS_E_BINARY && left->op == op; left = left->items[0])
        list->count++;
    list->items = rf_arena_alloc(r->arena, list->count * sizeof *list->items);
    list->binds = rf_arena_zero(r->arena, list->count, sizeof *list->binds);
    if (!list->items || !list->binds)
        return false;
    uint32_t at = list->count;
    for (left = e; left->kind == RF_FUS_E_BINARY && left->op == op; left = left->items[0])
        list->items[--at] = left->items[1];
    list->items[0] = (rf_fus_expr *)(uintptr_t)left;
    for (uint32_t i = 0; i < list->count; i++) {
        list->items[i] = part_or_name(r, list->items[i], i, &list->binds[list->bind_count]);
        list->bind_count += list->binds[list->bind_count].pat != NULL;
    }
    return !r->no_memory;
}

static rf_fus_expr *body_of(rf_fus_resolver *r, const rf_fus_expr *e, const parts *list) {
    rf_fus_expr *value = node(r, RF_FUS_E_NAME, e, 0);
    if (value)
        value->text = ARGUMENT;
    for (uint32_t i = 0; i < list->count && value; i++)
        value = apply(r, list->items[list->is_back ? list->count - 1 - i : i], value);
    return value;
}

static void become_lambda(rf_fus_resolver *r, rf_fus_expr *e, rf_fus_expr *body) {
    rf_fus_pat **params = rf_arena_alloc(r->arena, sizeof *params);
    rf_fus_pat *argument = variable(r, ARGUMENT, e);
    rf_fus_expr **items = rf_arena_alloc(r->arena, sizeof *items);
    if (!params || !argument || !items) {
        r->no_memory = true;
        return;
    }
    *params = argument;
    *items = body;
    e->kind = RF_FUS_E_LAMBDA;
    e->is_function = false;
    e->params = params;
    e->param_count = 1;
    e->items = items;
    e->count = 1;
}

bool rf_fus_expand_compose(rf_fus_resolver *r, rf_fus_expr *e) {
    if (e->op != RF_FUS_OP_COMPOSE && e->op != RF_FUS_OP_COMPOSE_BACK)
        return false;
    parts list = { 0 };
    rf_fus_expr *body = collect(r, e, &list) ? body_of(r, e, &list) : NULL;
    rf_fus_expr *lambda = body && list.bind_count ? node(r, RF_FUS_E_LAMBDA, e, 1) : e;
    if (!body || !lambda) {
        r->no_memory = true;
        e->kind = RF_FUS_E_ERROR;
        return true;
    }
    become_lambda(r, lambda, body);
    if (list.bind_count) {
        e->kind = RF_FUS_E_LET;
        e->is_rec = false;
        e->binds = list.binds;
        e->bind_count = list.bind_count;
        e->items[0] = lambda;
        e->count = 1;
    }
    return true;
}
