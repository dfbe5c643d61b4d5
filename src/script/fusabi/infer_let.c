/* infer_let.c: definitions and functions: what generalises. */
#include "script/fusabi/infer_internal.h"

#include <assert.h>

static bool is_value(const rf_fus_expr *expr);

static bool all_values(const rf_fus_expr *expr) {
    for (uint32_t i = 0; i < expr->count; i++)
        if (!is_value(expr->items[i]))
            return false;
    return true;
}

/* A function that is known to take more arguments than it gets: nothing runs yet. */
static bool is_partial(const rf_fus_expr *expr) {
    const rf_fus_expr *callee = expr->items[0];
    if (callee->kind != RF_FUS_E_NAME || !all_values(expr))
        return false;
    if (!callee->binding)
        return callee->library && callee->library->arity > expr->count - 1;
    const rf_fus_expr *value = callee->binding->value;
    return value && value->kind == RF_FUS_E_LAMBDA && value->param_count > expr->count - 1;
}

/* Evaluating it does nothing, so its type may generalise. */
static bool is_value(const rf_fus_expr *expr) {
    switch (expr->kind) {
    case RF_FUS_E_UNIT: case RF_FUS_E_BOOL: case RF_FUS_E_INT: case RF_FUS_E_FLOAT: case RF_FUS_E_STRING: case RF_FUS_E_LAMBDA:
        return true;
    case RF_FUS_E_NAME:
        return !expr->binding || !expr->binding->is_mutable;
    case RF_FUS_E_ARRAY:
        return expr->count == 0;
    case RF_FUS_E_CTOR: case RF_FUS_E_TUPLE: case RF_FUS_E_LIST: case RF_FUS_E_RECORD: case RF_FUS_E_TYPED:
        return all_values(expr);
    case RF_FUS_E_APPLY:
        return is_partial(expr);
    default:
        return false;
    }
}

/* All parameters are bound; where the function is used in itself, its type so far is known there. */
static rf_fus_type *note_so_far(rf_fus_inference *inference, const rf_fus_expr *expr, rf_fus_type *want) {
    rf_fus_type *found = want ? rf_fus_type_find(want) : NULL;
    if (!found || found->kind != RF_FUS_TYPE_VAR)
        return NULL;
    rf_fus_type *result = rf_fus_fresh(inference), *type = result;
    for (uint32_t i = expr->param_count; i-- > 0;)
        type = rf_fus_type_fun(&inference->types, expr->params[i]->type, type);
    (void)rf_fus_agree(inference, expr->at, expr->end, found, type);
    return result;
}

static bool always_fits(const rf_fus_pat *pat) {
    return pat->kind == RF_FUS_PAT_VAR || pat->kind == RF_FUS_PAT_WILD || pat->kind == RF_FUS_PAT_UNIT;
}

static void check_result(rf_fus_inference *inference, rf_fus_expr *body, rf_fus_type *want, rf_fus_type *got, const rf_fus_ty *ty) {
    if (rf_fus_agree(inference, ty ? ty->at : body->at, ty ? ty->end : body->end, want, got))
        return;
    rf_fus_infer_clash(inference, &(rf_fus_clash){
        .at = body->at, .end = body->end, .want = want, .got = got, .other = ty ? ty->at : RF_FUS_NOWHERE,
        .message = ty ? "the result is declared `{want}`, but is `{got}`" : "the result is `{got}`, but is used as `{want}`",
        .other_note = "declared here", .prefer_other = ty != NULL });
}

rf_fus_type *rf_fus_infer_lambda(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *want) {
    rf_fus_type *rest = want ? rf_fus_type_find(want) : NULL;
    for (uint32_t i = 0; i < expr->param_count; i++) {
        bool is_known = rest && rest->kind == RF_FUS_TYPE_FUN;
        rf_fus_type *type = is_known ? rest->from : rf_fus_fresh(inference);
        rest = is_known ? rf_fus_type_find(rest->to) : NULL;
        rf_fus_infer_pattern(inference, expr->params[i], type, NULL);
    }
    rf_fus_type *result = note_so_far(inference, expr, want);
    if (expr->ty) {
        rf_fus_type *written = rf_fus_infer_written(inference, expr->ty);
        if (result)
            (void)rf_fus_agree(inference, expr->ty->at, expr->ty->end, result, written);
        result = written;
    }
    rf_fus_type *type = rf_fus_infer_wanted(inference, expr->items[0], result ? result : rest);
    if (result) {
        check_result(inference, expr->items[0], result, type, expr->ty);
        type = result;
    }
    for (uint32_t i = expr->param_count; i-- > 0;) {
        type = rf_fus_type_fun(&inference->types, expr->params[i]->type, type);
        if (!always_fits(expr->params[i]))
            rf_fus_cover_pattern(inference, expr->params[i]);
    }
    expr->type = type;
    return type;
}

/* The types of all names of a pattern generalise, or stay as they are. */
static void close_pattern(rf_fus_inference *inference, const rf_fus_pat *pat, bool generalises) {
    for (; pat; pat = pat->count ? pat->items[pat->count - 1] : NULL) {
        if (pat->binding && pat->binding->type && generalises)
            rf_fus_type_generalise(&inference->types, pat->binding->type);
        else if (pat->binding && pat->binding->type)
            rf_fus_type_keep(&inference->types, pat->binding->type);
        for (uint32_t i = 0; i + 1 < pat->count; i++)
            close_pattern(inference, pat->items[i], generalises);
    }
}

static void close_type(rf_fus_inference *inference, const rf_fus_bind *bind, rf_fus_type *type) {
    if (rf_fus_type_find(type)->level <= inference->types.level)
        return;
    if (!bind->is_mutable && is_value(bind->value))
        rf_fus_type_generalise(&inference->types, type);
    else
        rf_fus_type_keep(&inference->types, type);
}

static bool is_result_annotation(const rf_fus_bind *bind) {
    return bind->value->kind == RF_FUS_E_LAMBDA && bind->value->ty == bind->ty;
}

/* The type of the value, which its annotation must agree with. */
static rf_fus_type *value_type(rf_fus_inference *inference, const rf_fus_bind *bind, rf_fus_type *want) {
    rf_fus_type *written = bind->ty && !is_result_annotation(bind) ? rf_fus_infer_written(inference, bind->ty) : NULL;
    if (!written)
        return rf_fus_infer_wanted(inference, bind->value, want);
    if (want)
        (void)rf_fus_agree(inference, bind->ty->at, bind->ty->end, want, written);
    rf_fus_type *got = rf_fus_infer_wanted(inference, bind->value, written);
    if (rf_fus_agree(inference, bind->ty->at, bind->ty->end, written, got))
        return written;
    rf_fus_infer_clash(inference, &(rf_fus_clash){
        .at = bind->value->at, .end = bind->value->end, .want = written, .got = got, .other = bind->ty->at,
        .message = "this is declared `{want}`, but is `{got}`", .other_note = "declared here", .prefer_other = true });
    return written;
}

static void bind_one(rf_fus_inference *inference, rf_fus_bind *bind) {
    rf_fus_pat *pat = bind->pat;
    bool is_name = pat->kind == RF_FUS_PAT_VAR && pat->binding;
    size_t later = inference->later.count;
    inference->types.level++;
    rf_fus_type *type = value_type(inference, bind, NULL);
    if (!is_name)
        rf_fus_infer_pattern(inference, pat, type, bind->value);
    inference->types.level--;
    if (inference->later.count > later)
        rf_fus_infer_later(inference, later, false);
    close_type(inference, bind, type);
    if (is_name) {
        pat->type = pat->binding->type = type;
        return;
    }
    if (always_fits(pat))
        return;
    close_pattern(inference, pat, !bind->is_mutable && is_value(bind->value));
    rf_fus_cover_pattern(inference, pat);
}

static void bind_group(rf_fus_inference *inference, rf_fus_bind *binds, uint32_t count) {
    size_t later = inference->later.count;
    inference->types.level++;
    for (uint32_t i = 0; i < count; i++)
        rf_fus_infer_pattern(inference, binds[i].pat, rf_fus_fresh(inference), NULL);
    for (uint32_t i = 0; i < count; i++) {
        rf_fus_pat *pat = binds[i].pat;
        inference->binding = pat->binding;
        rf_fus_type *type = value_type(inference, &binds[i], pat->type);
        if (!rf_fus_agree(inference, pat->at, pat->end, pat->type, type))
            check_result(inference, binds[i].value, pat->type, type, NULL);
    }
    inference->types.level--;
    if (inference->later.count > later)
        rf_fus_infer_later(inference, later, false);
    for (uint32_t i = 0; i < count; i++) {
        close_type(inference, &binds[i], binds[i].pat->type);
        if (always_fits(binds[i].pat))
            continue;
        close_pattern(inference, binds[i].pat, !binds[i].is_mutable && is_value(binds[i].value));
        rf_fus_cover_pattern(inference, binds[i].pat);
    }
}

void rf_fus_infer_binds(rf_fus_inference *inference, rf_fus_bind *binds, uint32_t count, bool is_rec) {
    const rf_fus_binding *around = inference->binding;
    if (is_rec)
        bind_group(inference, binds, count);
    for (uint32_t i = 0; i < count && !is_rec; i++) {
        inference->binding = binds[i].pat->binding;
        bind_one(inference, &binds[i]);
    }
    inference->binding = around;
}
