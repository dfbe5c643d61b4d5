/* resolve_known.c: which functions capture nothing at run time, so that calls to them are direct. */
#include "script/fusabi/resolve_internal.h"

/* The function that a captured name stands for, when it stands for one and nothing else. */
static rf_fus_function *function_of(const rf_fus_binding *binding) {
    rf_fus_expr *value = binding->value ? rf_fus_bare(binding->value) : NULL;
    return value && value->kind == RF_FUS_E_LAMBDA ? value->function : NULL;
}

/* False when the function captures something that is no known function. */
static bool stays_known(const rf_fus_function *fn) {
    for (size_t i = 0; i < fn->captures.count; i++) {
        const rf_fus_function *captured = function_of(fn->captures.items[i]);
        if (!captured || !captured->is_known)
            return false;
    }
    return true;
}

static void drop_known(rf_fus_function *fn) {
    size_t kept = 0;
    for (size_t i = 0; i < fn->captures.count; i++) {
        const rf_fus_function *captured = function_of(fn->captures.items[i]);
        if (!captured || !captured->is_known)
            fn->captures.items[kept++] = fn->captures.items[i];
    }
    fn->captures.count = kept;
}

/* At first every function is taken for known; those that capture a value are struck out, then those that capture one of
 * these, until nothing changes. A program has few rounds: names refer backwards, and so does the walk. */
void rf_fus_find_known(rf_fus_resolved *resolved) {
    for (rf_fus_function *fn = resolved->main; fn; fn = fn->next)
        fn->is_known = fn->parent != NULL;
    for (bool changed = true; changed;) {
        changed = false;
        for (rf_fus_function *fn = resolved->main->next; fn; fn = fn->next)
            if (fn->is_known && fn->captures.count && !stays_known(fn)) {
                fn->is_known = false;
                changed = true;
            }
    }
    for (rf_fus_function *fn = resolved->main->next; fn; fn = fn->next)
        drop_known(fn);
}
