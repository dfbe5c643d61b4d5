/* infer_operator.c: operators, and what is proven of their operands. */
#include "script/fusabi/infer_internal.h"

#include <assert.h>

static rf_fus_type *plain(rf_fus_type_kind kind) { return rf_fus_type_plain(kind); }

static const char *operator_text(rf_fus_op op) {
    static const char *const texts[] = {
        [RF_FUS_OP_ADD] = "+",   [RF_FUS_OP_SUB] = "-",   [RF_FUS_OP_MUL] = "*",   [RF_FUS_OP_DIV] = "/",   [RF_FUS_OP_MOD] = "%",
        [RF_FUS_OP_POW] = "**",  [RF_FUS_OP_CONCAT] = "++", [RF_FUS_OP_EQ] = "=",  [RF_FUS_OP_NE] = "<>",   [RF_FUS_OP_LT] = "<",
        [RF_FUS_OP_LE] = "<=",   [RF_FUS_OP_GT] = ">",    [RF_FUS_OP_GE] = ">=",   [RF_FUS_OP_AND] = "&&",  [RF_FUS_OP_OR] = "||",
        [RF_FUS_OP_CONS] = "::", [RF_FUS_OP_PIPE] = "|>", [RF_FUS_OP_PIPE_BACK] = "<|", [RF_FUS_OP_COMPOSE] = ">>",
        [RF_FUS_OP_COMPOSE_BACK] = "<<",
    };
    return texts[op];
}

/* An operand of the wrong type; `other` (may be NULL) is the other operand. */
static void clash(rf_fus_inference *inference, const rf_fus_expr *expr, const rf_fus_expr *operand, rf_fus_type *want, rf_fus_type *got,
                  const rf_fus_expr *other, const char *message, const char *hint) {
    rf_fus_infer_clash(inference, &(rf_fus_clash){
        .at = operand->at, .end = operand->end, .want = want, .got = got, .name = rf_slice_of(operator_text(expr->op)), .message = message,
        .other = other ? other->at : RF_FUS_NOWHERE, .other_note = "it is `{want}` here", .hint = hint });
}

static rf_fus_proof proof_of(const rf_fus_type *found) {
    switch (found->kind) {
    case RF_FUS_TYPE_INT: return RF_FUS_PROVEN_INT;
    case RF_FUS_TYPE_FLOAT: return RF_FUS_PROVEN_FLOAT;
    case RF_FUS_TYPE_STRING: return RF_FUS_PROVEN_STRING;
    case RF_FUS_TYPE_BOOL: return RF_FUS_PROVEN_BOOL;
    default: return RF_FUS_UNPROVEN;
    }
}

/* Both operands are of this type, which may not be known before the end. */
static void prove(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *type) {
    const rf_fus_type *found = rf_fus_type_find(type);
    expr->proof = proof_of(found);
    if (found->kind == RF_FUS_TYPE_VAR && !rf_vec_push(&inference->proofs, (rf_fus_proof_later){ expr, type }))
        inference->types.no_memory = true;
}

void rf_fus_infer_proofs(rf_fus_inference *inference) {
    for (size_t i = 0; i < inference->proofs.count; i++) {
        rf_fus_proof_later *later = &inference->proofs.items[i];
        later->expr->proof = proof_of(rf_fus_type_find(later->type));
    }
}

static const char *number_hint(const rf_fus_expr *expr, const rf_fus_type *left, const rf_fus_type *right) {
    bool has_string = left->kind == RF_FUS_TYPE_STRING || right->kind == RF_FUS_TYPE_STRING;
    bool has_int = left->kind == RF_FUS_TYPE_INT || right->kind == RF_FUS_TYPE_INT;
    bool has_float = left->kind == RF_FUS_TYPE_FLOAT || right->kind == RF_FUS_TYPE_FLOAT;
    if (has_string && expr->op == RF_FUS_OP_ADD)
        return "join strings with `++`";
    return has_int && has_float ? "ints and floats do not mix: write 2.0, or convert with `float` or `int`" : NULL;
}

/* Two numbers of one kind. Their type, or NULL after a clash. */
static rf_fus_type *numbers(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *left, rf_fus_type *right) {
    rf_fus_expr *a = expr->items[0], *b = expr->items[1];
    rf_fus_type *x = rf_fus_type_find(left), *y = rf_fus_type_find(right);
    if (x == y && (x->kind == RF_FUS_TYPE_INT || x->kind == RF_FUS_TYPE_FLOAT)) {
        expr->proof = proof_of(x);
        return x;
    }
    bool is_left = rf_fus_type_number(&inference->types, left);
    if (!is_left || !rf_fus_type_number(&inference->types, right)) {
        const rf_fus_type *known = is_left ? x : y;
        bool is_known = known->kind == RF_FUS_TYPE_INT || known->kind == RF_FUS_TYPE_FLOAT;
        clash(inference, expr, is_left ? b : a, is_left ? left : right, is_left ? right : left,
              !is_known ? NULL
              : is_left ? a
                        : b,
              is_left && is_known ? "`{name}` of `{want}` and `{got}`" : "`{name}` takes two numbers, this is `{got}`",
              number_hint(expr, x, y));
        return NULL;
    }
    if (!rf_fus_agree(inference, b->at, b->end, left, right)) {
        clash(inference, expr, b, left, right, a, "`{name}` of `{want}` and `{got}`", number_hint(expr, x, y));
        return NULL;
    }
    rf_fus_type *type = rf_fus_type_is_dynamic(rf_fus_type_find(left)) ? right : left;
    if (!rf_fus_type_is_dynamic(x) && !rf_fus_type_is_dynamic(y))
        prove(inference, expr, type);
    return type;
}

/* Both operands must be of a plain type. */
static rf_fus_type *both(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *left, rf_fus_type *right, rf_fus_type_kind kind,
                         const char *message) {
    rf_fus_type *want = plain(kind);
    bool is_proven = rf_fus_type_find(left) == want && rf_fus_type_find(right) == want;
    rf_fus_type *sides[] = { left, right };
    for (int i = 0; i < 2; i++) {
        rf_fus_expr *operand = expr->items[i];
        bool is_number = rf_fus_type_find(sides[i])->kind == RF_FUS_TYPE_INT || rf_fus_type_find(sides[i])->kind == RF_FUS_TYPE_FLOAT;
        if (rf_fus_agree(inference, operand->at, operand->end, want, sides[i]))
            continue;
        clash(inference, expr, operand, want, sides[i], NULL, message,
              kind == RF_FUS_TYPE_STRING && is_number ? "make a string of it: `string x`, or $\"{x}\"" : NULL);
    }
    if (is_proven || (rf_fus_type_find(left) == want && rf_fus_type_find(right) == want))
        expr->proof = proof_of(want);
    return want;
}

static rf_fus_type *equal(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *left, rf_fus_type *right) {
    rf_fus_expr *a = expr->items[0], *b = expr->items[1];
    if (rf_fus_agree(inference, b->at, b->end, left, right)) {
        if (!rf_fus_type_is_dynamic(rf_fus_type_find(left)) && !rf_fus_type_is_dynamic(rf_fus_type_find(right)))
            prove(inference, expr, left);
    } else {
        rf_fus_infer_clash(inference, &(rf_fus_clash){
            .at = b->at, .end = b->end, .want = left, .got = right, .name = rf_slice_of(operator_text(expr->op)), .other = a->at,
            .message = "`{name}` of `{want}` and `{got}`: they are never equal", .other_note = "it is `{want}` here", .prefer_other = true });
    }
    return plain(RF_FUS_TYPE_BOOL);
}

/* x |> f */
static rf_fus_type *pipe(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *left) {
    rf_fus_expr *function = expr->items[1];
    if (function->kind == RF_FUS_E_APPLY)
        return rf_fus_infer_apply(inference, function, expr->items[0], left);
    rf_fus_type *want = function->kind == RF_FUS_E_LAMBDA ? rf_fus_type_fun(&inference->types, left, rf_fus_fresh(inference)) : NULL;
    rf_fus_type *type = rf_fus_infer_wanted(inference, function, want);
    return rf_fus_infer_call(inference, function, type, expr->items[0], left, 0);
}

/* f >> g */
static rf_fus_type *compose(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *first, rf_fus_type *second, bool is_back) {
    rf_fus_types *types = &inference->types;
    rf_fus_type *from = rf_fus_fresh(inference), *between = rf_fus_fresh(inference), *to = rf_fus_fresh(inference);
    const rf_fus_expr *one = expr->items[is_back ? 1 : 0], *two = expr->items[is_back ? 0 : 1];
    rf_fus_type *want_one = rf_fus_type_fun(types, from, between), *want_two = rf_fus_type_fun(types, between, to);
    if (!rf_fus_agree(inference, one->at, one->end, want_one, first)) {
        clash(inference, expr, one, want_one, first, NULL, "`{name}` joins functions, this is `{got}`", NULL);
        return rf_fus_dynamic();
    }
    if (!rf_fus_agree(inference, two->at, two->end, want_two, second)) {
        clash(inference, expr, two, want_two, second, NULL, "`{name}` needs `{want}` here, this is `{got}`", NULL);
        return rf_fus_dynamic();
    }
    return rf_fus_type_fun(types, from, to);
}

rf_fus_type *rf_fus_infer_operator(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *left) {
    if (expr->op == RF_FUS_OP_PIPE)
        return pipe(inference, expr, left);
    rf_fus_type *right = expr->op == RF_FUS_OP_PIPE_BACK && rf_fus_type_find(left)->kind == RF_FUS_TYPE_FUN
                             ? rf_fus_infer_wanted(inference, expr->items[1], rf_fus_type_find(left)->from)
                             : rf_fus_infer_expr(inference, expr->items[1]);
    switch (expr->op) {
    case RF_FUS_OP_ADD: case RF_FUS_OP_SUB: case RF_FUS_OP_MUL: case RF_FUS_OP_DIV: case RF_FUS_OP_MOD: case RF_FUS_OP_POW: {
        rf_fus_type *type = numbers(inference, expr, left, right);
        return type ? type : rf_fus_dynamic();
    }
    case RF_FUS_OP_LT: case RF_FUS_OP_LE: case RF_FUS_OP_GT: case RF_FUS_OP_GE:
        (void)numbers(inference, expr, left, right);
        return plain(RF_FUS_TYPE_BOOL);
    case RF_FUS_OP_EQ: case RF_FUS_OP_NE:
        return equal(inference, expr, left, right);
    case RF_FUS_OP_CONCAT:
        return both(inference, expr, left, right, RF_FUS_TYPE_STRING, "`{name}` joins strings, this is `{got}`");
    case RF_FUS_OP_AND: case RF_FUS_OP_OR:
        return both(inference, expr, left, right, RF_FUS_TYPE_BOOL, "`{name}` takes two `bool`, this is `{got}`");
    case RF_FUS_OP_PIPE_BACK:
        return rf_fus_infer_call(inference, expr->items[0], left, expr->items[1], right, 0);
    case RF_FUS_OP_COMPOSE:
        return compose(inference, expr, left, right, false);
    case RF_FUS_OP_COMPOSE_BACK:
        return compose(inference, expr, right, left, true);
    default:
        return rf_fus_dynamic();
    }
}

/* a :: b :: c: along the right in one loop. */
rf_fus_type *rf_fus_infer_cons(rf_fus_inference *inference, rf_fus_expr *expr) {
    rf_fus_expr *first = expr->items[0], *at = expr;
    rf_fus_type *item = rf_fus_infer_expr(inference, first);
    while (at->items[1]->kind == RF_FUS_E_BINARY && at->items[1]->op == RF_FUS_OP_CONS) {
        at = at->items[1];
        rf_fus_type *got = rf_fus_infer_expr(inference, at->items[0]);
        if (rf_fus_agree(inference, at->items[0]->at, at->items[0]->end, item, got)) {
            item = rf_fus_infer_join(item, got);
            continue;
        }
        clash(inference, expr, at->items[0], item, got, first, "`{got}` in a list of `{want}`", NULL);
        item = rf_fus_dynamic();
    }
    rf_fus_expr *tail = at->items[1];
    rf_fus_type *list = rf_fus_type_of(&inference->types, RF_FUS_TYPE_LIST, item);
    rf_fus_type *got = rf_fus_infer_expr(inference, tail);
    if (!rf_fus_agree(inference, tail->at, tail->end, list, got)) {
        clash(inference, expr, tail, list, got, NULL, "`::` joins to `{want}` here, this is `{got}`", NULL);
        list = rf_fus_dynamic();
    }
    for (rf_fus_expr *each = expr; each != at; each = each->items[1])
        each->type = list;
    at->type = list;
    return list;
}
