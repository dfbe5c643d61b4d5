/* resolve_hint.c: warnings for names that nothing defines, with what may have been meant. */
#include "base/nearest.h"
#include "base/slice.h"
#include "script/fusabi/resolve_internal.h"

enum { HINTS_MAX = 20 }; /* of one program: each looks at every name */

typedef struct candidates { const char **items; size_t count, cap; } candidates;

static void add(candidates *list, const char *text) {
    if (list->count + 1 < list->cap && text)
        list->items[list->count++] = text;
}

/* The last part of a row's name: "map" of "List.map". */
static const char *short_name(const rf_fus_lib_row *row) {
    const char *dot = strchr(row->name, '.');
    return dot ? dot + 1 : row->name;
}

static void add_rows(candidates *list, rf_slice module) {
    for (const rf_fus_lib_module *const *at = rf_fus_lib_modules; *at; at++) {
        if (!rf_slice_is(module, (*at)->name))
            continue;
        for (const rf_fus_lib_row *row = (*at)->rows; row->name; row++)
            add(list, short_name(row));
    }
}

static void add_names(rf_fus_resolver *r, candidates *list, const rf_fus_scope_name *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (names[i].kind == RF_FUS_NAME_VALUE)
            add(list, rf_slice_dup_in(r->arena, names[i].name).data);
}

static bool begin(rf_fus_resolver *r, candidates *list) {
    if (r->hints++ >= HINTS_MAX)
        return false;
    list->cap = r->names.count + 1024;
    list->count = 0;
    list->items = rf_arena_zero(r->arena, list->cap, sizeof *list->items);
    return list->items != NULL;
}

static rf_fus_diag *warn(rf_fus_resolver *r, rf_fus_at at, rf_fus_at end, const char *message) {
    rf_fus_diag *diag = rf_fus_report(r->diags, RF_FUS_WARNING, RF_FUS_PHASE_COMPILE, at, end, "%s", message);
    if (diag)
        diag->strict_error = true;
    return diag;
}

static void hint_nearest(rf_fus_resolver *r, rf_fus_diag *diag, rf_slice name, candidates *list) {
    list->items[list->count] = NULL;
    const char *nearest = rf_nearest(name, list->items);
    if (nearest && !rf_slice_is(name, nearest))
        rf_fus_diag_hint(r->diags, diag, "did you mean `%s`?", nearest);
}

/* The name of a function that is being defined without `rec`. */
static bool is_own_name(const rf_fus_resolver *r, rf_slice name) {
    for (const rf_fus_function *f = r->fn; f; f = f->parent)
        if (!f->self && f->name.len &&
            (rf_slice_eq(f->name, name) || (rf_slice_ends(f->name, name) && f->name.data[f->name.len - name.len - 1] == '.')))
            return true;
    return false;
}

void rf_fus_unknown_name(rf_fus_resolver *r, rf_slice name, rf_fus_at at, rf_fus_at end) {
    rf_slice message = rf_printf_in(r->arena, "`%.*s` is not defined", RF_SLICE_ARG(name));
    rf_fus_diag *diag = message.data ? warn(r, at, end, message.data) : NULL;
    if (!diag)
        return;
    candidates list;
    if (is_own_name(r, name)) {
        rf_fus_diag_hint(r->diags, diag, "a function that calls itself is written `let rec %.*s`", RF_SLICE_ARG(name));
    } else if (begin(r, &list)) {
        add_names(r, &list, r->names.items, r->names.count);
        add_rows(&list, RF_SLICE(""));
        for (size_t i = 0; i < r->opened.count; i++)
            add_rows(&list, r->opened.items[i]);
        hint_nearest(r, diag, name, &list);
    }
}

void rf_fus_unknown_member(rf_fus_resolver *r, rf_slice module, const rf_fus_user_module *user, const rf_fus_expr *e) {
    rf_slice message = rf_printf_in(r->arena, "module %.*s has no `%.*s`", RF_SLICE_ARG(module), RF_SLICE_ARG(e->text));
    rf_fus_diag *diag = message.data ? warn(r, e->at, e->end, message.data) : NULL;
    candidates list;
    if (!diag || !begin(r, &list))
        return;
    add_rows(&list, module);
    if (user)
        add_names(r, &list, user->members.items, user->members.count);
    hint_nearest(r, diag, e->text, &list);
}
