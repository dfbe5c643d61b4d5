/* infer_expr.c: types of expressions. */
#include "script/fusabi/infer_internal.h"

#include <assert.h>

#define DEPTH_MAX 2500 /* of expressions in expressions (the parser allows less, async blocks come desugared) */

rf_fus_type *rf_fus_infer_join(rf_fus_type *a, rf_fus_type *b) {
    return rf_fus_type_is_dynamic(rf_fus_type_find(b)) ? b : a;
}

void rf_fus_infer_check(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *want, const char *why) {
    rf_fus_type *got = rf_fus_infer_wanted(inference, expr, want);
    if (rf_fus_agree(inference, expr->at, expr->end, want, got))
        return;
    rf_fus_infer_clash(
        inference, &(rf_fus_clash){ .at = expr->at, .end = expr->end, .want = want, .got = got, .other = RF_FUS_NOWHERE, .message = why });
    expr->type = rf_fus_dynamic();
}

static rf_fus_type *plain(rf_fus_type_kind kind) { return rf_fus_type_plain(kind); }

static void condition(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_infer_check(inference, expr, plain(RF_FUS_TYPE_BOOL), "a condition is `bool`, this is `{got}`");
}

/* if … then … else if … else …: a chain in one loop. */
static rf_fus_type *infer_if(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *type = NULL;
    const rf_fus_expr *first = expr->items[1];
    rf_fus_expr *at = expr;
    for (;; at = at->items[2]) {
        rf_fus_expr *branch = at->kind == RF_FUS_E_IF ? at->items[1] : at;
        if (branch != at)
            condition(inference, at->items[0]);
        rf_fus_type *got = rf_fus_infer_expr(inference, branch);
        if (!type) {
            type = got;
        } else if (rf_fus_agree(inference, branch->at, branch->end, type, got)) {
            type = rf_fus_infer_join(type, got);
        } else {
            rf_fus_infer_clash(inference, &(rf_fus_clash){
                .at = branch->at, .end = branch->end, .want = type, .got = got, .other = first->at,
                .message = "this branch gives `{got}`, an earlier one `{want}`", .other_note = "it is `{want}` here", .prefer_other = true });
            type = rf_fus_dynamic();
        }
        if (branch == at)
            break;
        if (at->count < 3) {
            if (!rf_fus_agree(inference, branch->at, branch->end, plain(RF_FUS_TYPE_UNIT), type))
                rf_fus_infer_clash(inference, &(rf_fus_clash){
                    .at = branch->at, .end = branch->end, .want = plain(RF_FUS_TYPE_UNIT), .got = type, .other = RF_FUS_NOWHERE,
                    .message = "without `else` this is `unit`, not `{got}`", .hint = "add an `else`, or pass the value to `ignore`" });
            type = plain(RF_FUS_TYPE_UNIT);
            break;
        }
    }
    for (rf_fus_expr *each = expr; each != at; each = each->items[2])
        each->type = type;
    at->type = type;
    return type;
}

/* A value that is dropped: nothing is lost, unless it was meant to do something. */
static void infer_dropped(rf_fus_inference *inference, rf_fus_expr *expr) {
    const rf_fus_type *found = rf_fus_type_find(rf_fus_infer_expr(inference, expr));
    rf_fus_clash clash = { .at = expr->at, .end = expr->end, .got = expr->type, .other = RF_FUS_NOWHERE };
    if (expr->kind == RF_FUS_E_UPDATE) {
        clash.message = "`.[i] <- e` gives a changed copy, which is dropped here";
        clash.hint = "to change the array itself: Array.set i e array";
    } else if (found->kind == RF_FUS_TYPE_FUN && expr->kind == RF_FUS_E_APPLY) {
        clash.message = "this is a function, `{got}`, which is dropped here: is an argument missing?";
    } else {
        return;
    }
    rf_fus_infer_clash(inference, &clash);
}

/* let … in let … in …, and blocks: their last expressions in one loop. */
static rf_fus_type *infer_block(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_expr *at = expr;
    for (;;) {
        if (at->kind == RF_FUS_E_LET) {
            rf_fus_infer_binds(inference, at->binds, at->bind_count, at->is_rec);
            at = at->items[0];
        } else if (at->kind == RF_FUS_E_SEQ) {
            for (uint32_t i = 0; i + 1 < at->count; i++)
                infer_dropped(inference, at->items[i]);
            at = at->items[at->count - 1];
        } else {
            break;
        }
    }
    rf_fus_type *type = rf_fus_infer_expr(inference, at);
    for (rf_fus_expr *each = expr; each != at; each = each->kind == RF_FUS_E_LET ? each->items[0] : each->items[each->count - 1])
        each->type = type;
    return type;
}

/* f a <| x, where x is no lambda: the same as x |> f a. */
static bool is_plain_pipe_back(const rf_fus_expr *expr) {
    return expr->op == RF_FUS_OP_PIPE_BACK && expr->items[0]->kind == RF_FUS_E_APPLY && expr->items[1]->kind != RF_FUS_E_LAMBDA;
}

/* a.b.c, a + b + c, a.[i].[j], x |> f |> g: from the innermost left operand outwards, in one loop. */
static bool has_spine(const rf_fus_expr *expr) {
    switch (expr->kind) {
    case RF_FUS_E_FIELD: case RF_FUS_E_METHOD: case RF_FUS_E_INDEX:
        return true;
    case RF_FUS_E_BINARY:
        return expr->op != RF_FUS_OP_CONS && !is_plain_pipe_back(expr);
    default:
        return false;
    }
}

static rf_fus_type *infer_spine(rf_fus_inference *inference, rf_fus_expr *expr) {
    size_t base = inference->spine.count;
    for (; has_spine(expr); expr = expr->items[0])
        if (!rf_vec_push(&inference->spine, expr)) {
            inference->types.no_memory = true;
            break;
        }
    rf_fus_type *type = has_spine(expr) ? rf_fus_dynamic() : rf_fus_infer_expr(inference, expr);
    while (inference->spine.count > base) {
        expr = inference->spine.items[--inference->spine.count];
        type = expr->kind == RF_FUS_E_BINARY   ? rf_fus_infer_operator(inference, expr, type)
             : expr->kind == RF_FUS_E_FIELD    ? rf_fus_infer_field(inference, expr, type)
             : expr->kind == RF_FUS_E_METHOD   ? rf_fus_infer_method(inference, expr, type)
                                               : rf_fus_infer_index(inference, expr, type);
        expr->type = type;
    }
    return type;
}

static rf_fus_type *infer_name(rf_fus_inference *inference, const rf_fus_expr *expr) {
    if (expr->binding)
        return expr->binding->type ? rf_fus_type_use(&inference->types, expr->binding->type) : rf_fus_dynamic();
    return expr->library ? rf_fus_type_use(&inference->types, rf_fus_infer_library(inference, expr->library)) : rf_fus_dynamic();
}

static rf_fus_type *infer_arms(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *value, rf_fus_type *type) {
    const rf_fus_expr *first = type ? expr->items[0] : NULL, *matched = expr->kind == RF_FUS_E_MATCH ? expr->items[0] : NULL;
    for (uint32_t i = 0; i < expr->arm_count; i++) {
        rf_fus_arm *arm = &expr->arms[i];
        rf_fus_infer_pattern(inference, arm->pat, value, matched);
        if (arm->guard)
            condition(inference, arm->guard);
        rf_fus_type *got = rf_fus_infer_expr(inference, arm->body);
        if (!type) {
            type = got;
            first = arm->body;
        } else if (rf_fus_agree(inference, arm->body->at, arm->body->end, type, got)) {
            type = rf_fus_infer_join(type, got);
        } else {
            rf_fus_infer_clash(inference, &(rf_fus_clash){
                .at = arm->body->at, .end = arm->body->end, .want = type, .got = got, .other = first->at,
                .message = "this arm gives `{got}`, an earlier one `{want}`", .other_note = "it is `{want}` here", .prefer_other = true });
            type = rf_fus_dynamic();
        }
    }
    return type ? type : rf_fus_dynamic();
}

static rf_fus_type *infer_match(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *value = rf_fus_infer_expr(inference, expr->items[0]);
    rf_fus_type *type = infer_arms(inference, expr, value, NULL);
    rf_fus_cover_match(inference, expr);
    return type;
}

/* Elements of one type; mixed ones make it dynamic. */
static rf_fus_type *infer_elements(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type_kind kind) {
    rf_fus_type *item = NULL;
    for (uint32_t i = 0; i < expr->count; i++) {
        rf_fus_expr *element = expr->items[i];
        rf_fus_type *got = rf_fus_infer_expr(inference, element);
        if (!item) {
            item = got;
        } else if (rf_fus_agree(inference, element->at, element->end, item, got)) {
            item = rf_fus_infer_join(item, got);
        } else {
            rf_fus_infer_clash(inference, &(rf_fus_clash){
                .at = element->at, .end = element->end, .want = item, .got = got, .other = expr->items[0]->at,
                .message = kind == RF_FUS_TYPE_LIST ? "`{got}` in a list of `{want}`" : "`{got}` in an array of `{want}`",
                .other_note = "the first element is `{want}`", .prefer_other = true });
            item = rf_fus_dynamic();
        }
    }
    return rf_fus_type_of(&inference->types, kind, item ? item : rf_fus_fresh(inference));
}

static rf_fus_type *infer_tuple(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type **items = rf_fus_type_room(&inference->types, expr->count);
    for (uint32_t i = 0; i < expr->count; i++) {
        rf_fus_type *got = rf_fus_infer_expr(inference, expr->items[i]);
        if (items)
            items[i] = got;
    }
    return rf_fus_type_tuple(&inference->types, items, expr->count);
}

static rf_fus_type *infer_assign(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *want = expr->binding && expr->binding->type ? expr->binding->type : NULL;
    rf_fus_type *got = rf_fus_infer_wanted(inference, expr->items[0], want);
    if (want && !rf_fus_agree(inference, expr->items[0]->at, expr->items[0]->end, want, got))
        rf_fus_infer_clash(inference, &(rf_fus_clash){
            .at = expr->items[0]->at, .end = expr->items[0]->end, .want = want, .got = got, .other = expr->binding->at, .name = expr->text,
            .message = "`{name}` is `{want}`, this is `{got}`", .other_note = "`{name}` is defined here" });
    return plain(RF_FUS_TYPE_UNIT);
}

static rf_fus_type *infer_range(rf_fus_inference *inference, rf_fus_expr *expr) {
    for (uint32_t i = 0; i < expr->count; i++)
        rf_fus_infer_check(inference, expr->items[i], plain(RF_FUS_TYPE_INT), "a range goes over `int`, this is `{got}`");
    return rf_fus_type_of(&inference->types, RF_FUS_TYPE_LIST, plain(RF_FUS_TYPE_INT));
}

/* for pat in e: what the items of `e` are. */
static rf_fus_type *items_of(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *type) {
    rf_fus_type *found = rf_fus_type_find(type);
    if (found->kind == RF_FUS_TYPE_LIST || found->kind == RF_FUS_TYPE_ARRAY)
        return found->from;
    rf_fus_type *item = rf_fus_fresh(inference);
    if (rf_vec_push(&inference->later, (rf_fus_later){ RF_FUS_LATER_ITEMS, expr, type, item }))
        rf_fus_infer_later(inference, inference->later.count - 1, false);
    else
        inference->types.no_memory = true;
    return item;
}

static rf_fus_type *infer_for(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *item = plain(RF_FUS_TYPE_INT);
    if (expr->kind == RF_FUS_E_FOR_IN) {
        item = items_of(inference, expr->items[0], rf_fus_infer_expr(inference, expr->items[0]));
    } else {
        rf_fus_infer_check(inference, expr->items[0], item, "`for … to` counts in `int`, this is `{got}`");
        rf_fus_infer_check(inference, expr->items[1], item, "`for … to` counts in `int`, this is `{got}`");
    }
    rf_fus_infer_pattern(inference, expr->pat, item, NULL);
    if (expr->pat->kind != RF_FUS_PAT_VAR && expr->pat->kind != RF_FUS_PAT_WILD)
        rf_fus_cover_pattern(inference, expr->pat);
    infer_dropped(inference, expr->items[expr->count - 1]);
    return plain(RF_FUS_TYPE_UNIT);
}

/* [ for x in xs do yield e ], [ 1 .. 10 ] */
static rf_fus_type *infer_comprehension(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type_kind kind) {
    rf_fus_type *around = inference->yields, *item = rf_fus_fresh(inference);
    if (expr->items[0]->kind == RF_FUS_E_RANGE) {
        (void)rf_fus_infer_expr(inference, expr->items[0]);
        item = plain(RF_FUS_TYPE_INT);
    } else {
        inference->yields = item;
        (void)rf_fus_infer_expr(inference, expr->items[0]);
        inference->yields = around;
    }
    return rf_fus_type_of(&inference->types, kind, item);
}

static rf_fus_type *infer_yield(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *got = rf_fus_infer_expr(inference, expr->items[0]);
    if (expr->flag)
        got = items_of(inference, expr->items[0], got);
    if (inference->yields && !rf_fus_agree(inference, expr->at, expr->end, inference->yields, got))
        rf_fus_infer_clash(inference, &(rf_fus_clash){
            .at = expr->at, .end = expr->end, .want = inference->yields, .got = got, .other = RF_FUS_NOWHERE,
            .message = "`{got}` in a list of `{want}`" });
    return plain(RF_FUS_TYPE_UNIT);
}

static rf_fus_type *infer_negate(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *type = rf_fus_infer_expr(inference, expr->items[0]);
    if (rf_fus_type_number(&inference->types, type))
        return type;
    rf_fus_infer_clash(inference, &(rf_fus_clash){
        .at = expr->items[0]->at, .end = expr->items[0]->end, .want = plain(RF_FUS_TYPE_INT), .got = type, .other = RF_FUS_NOWHERE,
        .message = "`-` takes an int or a float, this is `{got}`" });
    return rf_fus_dynamic();
}

static rf_fus_type *infer_update(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *item = rf_fus_fresh(inference), *array = rf_fus_type_of(&inference->types, RF_FUS_TYPE_ARRAY, item);
    rf_fus_infer_check(inference, expr->items[0], array, "`.[i] <- e` is for arrays, this is `{got}`");
    rf_fus_infer_check(inference, expr->items[1], plain(RF_FUS_TYPE_INT), "an index is `int`, this is `{got}`");
    rf_fus_infer_check(inference, expr->items[2], item, "`{got}` in an array of `{want}`");
    return array;
}

static rf_fus_type *infer_typed(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *want = rf_fus_infer_written(inference, expr->ty);
    rf_fus_type *got = rf_fus_infer_wanted(inference, expr->items[0], want);
    if (!rf_fus_agree(inference, expr->ty->at, expr->ty->end, want, got))
        rf_fus_infer_clash(inference, &(rf_fus_clash){
            .at = expr->items[0]->at, .end = expr->items[0]->end, .want = want, .got = got, .other = expr->ty->at,
            .message = "this is declared `{want}`, but is `{got}`", .other_note = "declared here", .prefer_other = true });
    return want;
}

/* try: what is caught can be anything that was raised. */
static rf_fus_type *infer_try(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *type = rf_fus_infer_expr(inference, expr->items[0]);
    type = infer_arms(inference, expr, plain(RF_FUS_TYPE_EXN), type);
    rf_fus_cover_match(inference, expr);
    return type;
}

static rf_fus_type *infer_interpolated(rf_fus_inference *inference, rf_fus_expr *expr) {
    for (uint32_t i = 0; i < expr->count; i++)
        (void)rf_fus_infer_expr(inference, expr->items[i]);
    return plain(RF_FUS_TYPE_STRING);
}

static rf_fus_type *infer_while(rf_fus_inference *inference, rf_fus_expr *expr) {
    condition(inference, expr->items[0]);
    infer_dropped(inference, expr->items[1]);
    return plain(RF_FUS_TYPE_UNIT);
}

static rf_fus_type *infer_finally(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *type = rf_fus_infer_expr(inference, expr->items[0]);
    (void)rf_fus_infer_expr(inference, expr->items[1]);
    return type;
}

/* The less frequent kinds. */
static rf_fus_type *infer_statement(rf_fus_inference *inference, rf_fus_expr *expr) {
    switch (expr->kind) {
    case RF_FUS_E_INTERP: return infer_interpolated(inference, expr);
    case RF_FUS_E_UPDATE: return infer_update(inference, expr);
    case RF_FUS_E_ASSIGN: return infer_assign(inference, expr);
    case RF_FUS_E_NEGATE: return infer_negate(inference, expr);
    case RF_FUS_E_WHILE: return infer_while(inference, expr);
    case RF_FUS_E_FOR_IN: case RF_FUS_E_FOR_TO: return infer_for(inference, expr);
    case RF_FUS_E_BREAK: case RF_FUS_E_CONTINUE: return rf_fus_fresh(inference);
    case RF_FUS_E_TRY: return infer_try(inference, expr);
    case RF_FUS_E_FINALLY: return infer_finally(inference, expr);
    case RF_FUS_E_RANGE: return infer_range(inference, expr);
    case RF_FUS_E_LIST_FROM: return infer_comprehension(inference, expr, RF_FUS_TYPE_LIST);
    case RF_FUS_E_ARRAY_FROM: return infer_comprehension(inference, expr, RF_FUS_TYPE_ARRAY);
    case RF_FUS_E_YIELD: return infer_yield(inference, expr);
    case RF_FUS_E_RECORD_WITH: return rf_fus_infer_record_with(inference, expr);
    case RF_FUS_E_ASYNC: return expr->count ? rf_fus_infer_expr(inference, expr->items[0]) : rf_fus_dynamic();
    case RF_FUS_E_TYPED: return infer_typed(inference, expr);
    default: return rf_fus_dynamic();
    }
}

static rf_fus_type *infer_kind(rf_fus_inference *inference, rf_fus_expr *expr) {
    switch (expr->kind) {
    case RF_FUS_E_UNIT: return plain(RF_FUS_TYPE_UNIT);
    case RF_FUS_E_BOOL: return plain(RF_FUS_TYPE_BOOL);
    case RF_FUS_E_INT: return plain(RF_FUS_TYPE_INT);
    case RF_FUS_E_FLOAT: return plain(RF_FUS_TYPE_FLOAT);
    case RF_FUS_E_STRING: return plain(RF_FUS_TYPE_STRING);
    case RF_FUS_E_NAME: return infer_name(inference, expr);
    case RF_FUS_E_CTOR: return rf_fus_infer_ctor(inference, expr);
    case RF_FUS_E_FIELD: case RF_FUS_E_METHOD: case RF_FUS_E_INDEX: return infer_spine(inference, expr);
    case RF_FUS_E_BINARY:
        if (is_plain_pipe_back(expr))
            return rf_fus_infer_apply(inference, expr->items[0], expr->items[1], rf_fus_infer_expr(inference, expr->items[1]));
        return expr->op == RF_FUS_OP_CONS ? rf_fus_infer_cons(inference, expr) : infer_spine(inference, expr);
    case RF_FUS_E_APPLY: return rf_fus_infer_apply(inference, expr, NULL, NULL);
    case RF_FUS_E_IF: return infer_if(inference, expr);
    case RF_FUS_E_LAMBDA: return rf_fus_infer_lambda(inference, expr, NULL);
    case RF_FUS_E_MATCH: return infer_match(inference, expr);
    case RF_FUS_E_LET: case RF_FUS_E_SEQ: return infer_block(inference, expr);
    case RF_FUS_E_TUPLE: return infer_tuple(inference, expr);
    case RF_FUS_E_LIST: return infer_elements(inference, expr, RF_FUS_TYPE_LIST);
    case RF_FUS_E_ARRAY: return infer_elements(inference, expr, RF_FUS_TYPE_ARRAY);
    case RF_FUS_E_RECORD: return rf_fus_infer_record(inference, expr);
    default: return infer_statement(inference, expr);
    }
}

rf_fus_type *rf_fus_infer_expr(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_type *type = rf_fus_dynamic();
    if (RF_LIKELY(inference->depth < DEPTH_MAX)) {
        inference->depth++;
        type = infer_kind(inference, expr);
        inference->depth--;
    }
    expr->type = type;
    return type;
}

rf_fus_type *rf_fus_infer_wanted(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *want) {
    if (expr->kind != RF_FUS_E_LAMBDA || !want || inference->depth >= DEPTH_MAX)
        return rf_fus_infer_expr(inference, expr);
    inference->depth++;
    rf_fus_type *type = rf_fus_infer_lambda(inference, expr, want);
    inference->depth--;
    return type;
}
