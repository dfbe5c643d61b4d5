/* infer_apply.c: applications, constructors, and the types of library functions. */
#include "script/fusabi/infer_internal.h"

#include <assert.h>

/* Where a row is, or would be, in the table of signatures read so far. */
static rf_fus_signature_slot *signature_slot(const rf_fus_inference *inference, const rf_fus_lib_row *row) {
    uint32_t mask = inference->signature_cap - 1, at = (uint32_t)((uintptr_t)row >> 4) * 2654435761u >> 8;
    while (inference->signatures[at & mask].row && inference->signatures[at & mask].row != row)
        at++;
    return &inference->signatures[at & mask];
}

static bool grow_signatures(rf_fus_inference *inference) {
    rf_fus_signature_slot *old = inference->signatures;
    uint32_t old_cap = inference->signature_cap, cap = old_cap ? old_cap * 2 : 32;
    rf_fus_signature_slot *slots = rf_arena_zero(inference->arena, cap, sizeof *slots);
    if (!slots) {
        inference->types.no_memory = true;
        return false;
    }
    inference->signatures = slots;
    inference->signature_cap = cap;
    for (uint32_t i = 0; i < old_cap; i++)
        if (old[i].row)
            *signature_slot(inference, old[i].row) = old[i];
    return true;
}

rf_fus_type *rf_fus_infer_library(rf_fus_inference *inference, const rf_fus_lib_row *row) {
    if (inference->signature_count * 2 >= inference->signature_cap && !grow_signatures(inference))
        return rf_fus_dynamic();
    rf_fus_signature_slot *slot = signature_slot(inference, row);
    if (!slot->row) {
        rf_fus_signature_user user = { &inference->types, rf_fus_infer_decl_of, inference };
        slot->row = row;
        slot->type = rf_fus_signature_parse(&user, row->type);
        inference->signature_count++;
    }
    return slot->type;
}

/* How messages call what is applied. */
static rf_slice callee_name(const rf_fus_expr *callee) {
    bool has_name = callee->kind == RF_FUS_E_NAME || callee->kind == RF_FUS_E_FIELD || callee->kind == RF_FUS_E_METHOD ||
                    callee->kind == RF_FUS_E_CTOR;
    bool is_hidden = !callee->text.len || callee->text.data[0] == '(' || callee->text.data[0] == '$';
    if (callee->library && callee->kind == RF_FUS_E_NAME)
        return rf_slice_of(callee->library->name);
    return has_name && !is_hidden ? callee->text : RF_SLICE("the function");
}

/* The lambda that a name is known to be bound to, or NULL. */
static const rf_fus_expr *known_lambda(const rf_fus_expr *callee) {
    const rf_fus_expr *value = callee->kind == RF_FUS_E_NAME && callee->binding ? callee->binding->value : NULL;
    return value && value->kind == RF_FUS_E_LAMBDA ? value : NULL;
}

/* An argument of another type than the parameter's. */
static void argument_clash(rf_fus_inference *inference, const rf_fus_expr *callee, const rf_fus_expr *argument, rf_fus_type *want,
                           rf_fus_type *got, uint32_t index) {
    const rf_fus_expr *lambda = known_lambda(callee);
    rf_fus_clash clash = { .at = argument->at, .end = argument->end, .want = want, .got = got, .name = callee_name(callee),
                           .message = "`{name}` takes `{want}` here, but this is `{got}`", .other = RF_FUS_NOWHERE };
    if (!callee->text.len || callee->kind == RF_FUS_E_LAMBDA)
        clash.message = "the function takes `{want}` here, but this is `{got}`";
    if (lambda && index < lambda->param_count) {
        clash.other = lambda->params[index]->at;
        clash.other_note = "its parameter";
    } else if (callee->library && callee->kind == RF_FUS_E_NAME) {
        rf_slice note = rf_printf_in(inference->arena, "`%s` is `%s`", callee->library->name,
                                     callee->library->type ? callee->library->type : "_");
        clash.other = callee->at;
        clash.other_note = note.data;
    }
    rf_fus_infer_clash(inference, &clash);
}

/* More arguments than it takes, or no function at all. */
static void not_applicable(rf_fus_inference *inference, const rf_fus_expr *callee, const rf_fus_expr *argument, rf_fus_type *type,
                           uint32_t index) {
    rf_fus_clash clash = { .at = argument->at, .end = argument->end, .got = type, .name = callee_name(callee), .other = RF_FUS_NOWHERE };
    if (index == 0) {
        clash.at = callee->at;
        clash.end = callee->end;
        clash.message = "this is `{got}`, no function: it cannot be applied";
        rf_fus_infer_clash(inference, &clash);
        return;
    }
    const rf_fus_expr *lambda = known_lambda(callee);
    rf_slice message = rf_printf_in(inference->arena, "`{name}` takes %u argument%s, this is one too many", (unsigned)index,
                                    index == 1 ? "" : "s");
    clash.message = message.data;
    if (!message.data) {
        inference->types.no_memory = true;
        return;
    }
    if (lambda) {
        clash.other = lambda->at;
        clash.other_note = "it is defined here";
        clash.prefer_other = true;
    }
    bool is_print = callee->library && callee->kind == RF_FUS_E_NAME &&
                    rf_slice_starts(rf_slice_of(callee->library->name), RF_SLICE("print"));
    clash.hint = is_print ? "it prints one value: printfn (sprintf \"…\" x), or printfn $\"… {x}\"" : NULL;
    rf_fus_infer_clash(inference, &clash);
}

rf_fus_type *rf_fus_infer_call(rf_fus_inference *inference, const rf_fus_expr *callee, rf_fus_type *function, rf_fus_expr *argument,
                               rf_fus_type *given, uint32_t index) {
    rf_fus_type *found = rf_fus_type_find(function);
    if (found->kind == RF_FUS_TYPE_FUN) {
        if (!rf_fus_agree(inference, argument->at, argument->end, found->from, given))
            argument_clash(inference, callee, argument, found->from, given, index);
        return found->to;
    }
    if (found->kind == RF_FUS_TYPE_VAR) {
        rf_fus_type *result = rf_fus_fresh(inference), *made = rf_fus_type_fun(&inference->types, given, result);
        if (rf_fus_agree(inference, callee->at, callee->end, found, made))
            return result;
        argument_clash(inference, callee, argument, found, made, index);
    } else if (!rf_fus_type_is_dynamic(found)) {
        not_applicable(inference, callee, argument, found, index);
    }
    return rf_fus_dynamic();
}

/* What the pipe brings meets its parameter before the arguments are looked at: their lambdas profit. The parameter's
 * function type, or NULL. */
static rf_fus_type *meet_piped(rf_fus_inference *inference, const rf_fus_expr *expr, rf_fus_type *function, const rf_fus_expr *piped,
                               rf_fus_type *given) {
    rf_fus_type *found = rf_fus_type_find(function);
    for (uint32_t i = 1; i < expr->count && found->kind == RF_FUS_TYPE_FUN; i++)
        found = rf_fus_type_find(found->to);
    if (found->kind != RF_FUS_TYPE_FUN)
        return NULL;
    if (!rf_fus_agree(inference, piped->at, piped->end, found->from, given))
        argument_clash(inference, expr->items[0], piped, found->from, given, expr->count - 1);
    return found;
}

rf_fus_type *rf_fus_infer_apply(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_expr *piped, rf_fus_type *given) {
    rf_fus_type *type, *met = NULL;
    if (rf_fus_infer_format(inference, expr, piped, given, &type))
        return type;
    rf_fus_expr *callee = expr->items[0];
    type = rf_fus_infer_expr(inference, callee);
    if (piped)
        met = meet_piped(inference, expr, type, piped, given);
    for (uint32_t i = 1; i < expr->count; i++) {
        const rf_fus_type *found = rf_fus_type_find(type);
        rf_fus_type *got = rf_fus_infer_wanted(inference, expr->items[i], found->kind == RF_FUS_TYPE_FUN ? found->from : NULL);
        type = rf_fus_infer_call(inference, callee, type, expr->items[i], got, i - 1);
    }
    expr->type = type;
    if (!piped)
        return type;
    return met ? met->to : rf_fus_infer_call(inference, callee, type, piped, given, expr->count - 1);
}

/* A constructor that is declared, with fields given. */
static void infer_fields(rf_fus_inference *inference, rf_fus_expr *expr, const rf_fus_case_ref *ref, rf_fus_type *instance) {
    const rf_fus_type_case *kase = &ref->decl->cases[ref->index];
    for (uint32_t i = 0; i < expr->count; i++) {
        rf_fus_type *want = rf_fus_infer_payload(inference, ref, instance, i);
        rf_fus_expr *field = expr->items[i];
        rf_fus_type *got = rf_fus_infer_wanted(inference, field, want);
        if (rf_fus_agree(inference, field->at, field->end, want, got))
            continue;
        rf_fus_infer_clash(inference, &(rf_fus_clash){
            .at = field->at, .end = field->end, .want = want, .got = got, .name = expr->text, .other = kase->at,
            .message = "`{name}` holds `{want}` here, but this is `{got}`", .other_note = "it is declared here" });
    }
}

rf_fus_type *rf_fus_infer_ctor(rf_fus_inference *inference, rf_fus_expr *expr) {
    const rf_fus_case_ref *ref = rf_fus_infer_case(inference, expr->text, NULL);
    if (!ref) {
        rf_fus_infer_unknown(inference, expr->text, expr->at);
        for (uint32_t i = 0; i < expr->count; i++)
            (void)rf_fus_infer_expr(inference, expr->items[i]);
        return rf_fus_dynamic();
    }
    rf_fus_type *instance = rf_fus_infer_instance(inference, ref->decl);
    const rf_fus_type_case *kase = &ref->decl->cases[ref->index];
    if (expr->count == 0 && kase->count > 0) { /* as a value, it is a function */
        rf_fus_type *type = instance;
        for (uint32_t i = kase->count; i-- > 0;)
            type = rf_fus_type_fun(&inference->types, rf_fus_infer_payload(inference, ref, instance, i), type);
        return type;
    }
    if (expr->count == kase->count) {
        infer_fields(inference, expr, ref, instance);
        return instance;
    }
    for (uint32_t i = 0; i < expr->count; i++)
        (void)rf_fus_infer_expr(inference, expr->items[i]);
    rf_fus_infer_count(inference, expr->at, expr->end, kase, expr->count, false);
    return rf_fus_dynamic();
}
