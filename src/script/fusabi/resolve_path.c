/* resolve_path.c: `A.b.c`, where A may be a module, and `open`. */
#include "base/slice.h"
#include "script/fusabi/resolve_internal.h"

static bool is_capital(rf_slice name) { return name.len && name.data[0] >= 'A' && name.data[0] <= 'Z'; }

static void become_name(rf_fus_expr *e, rf_fus_binding *binding, const rf_fus_lib_row *row) {
    e->kind = RF_FUS_E_NAME;
    e->flag = false;
    e->binding = binding;
    e->library = row;
    e->count = 0;
}

/* "List.map" as one slice: the source's own bytes when they stand side by side. */
static rf_slice joined(rf_fus_resolver *r, rf_slice module, rf_slice name) {
    if (name.data == module.data + module.len + 1 && module.data[module.len] == '.')
        return (rf_slice){ module.data, module.len + 1 + name.len };
    rf_slice text = rf_printf_in(r->arena, "%.*s.%.*s", RF_SLICE_ARG(module), RF_SLICE_ARG(name));
    r->no_memory |= text.data == NULL;
    return text;
}

static bool become_library(rf_fus_resolver *r, rf_fus_expr *field, rf_slice module) {
    rf_slice name = joined(r, module, field->text);
    const rf_fus_lib_row *row = name.data ? rf_fus_library_row(r, name, true) : NULL;
    if (row)
        become_name(field, NULL, row);
    return row != NULL;
}

/* A module has no such name: an error when it runs. */
static void become_missing(rf_fus_resolver *r, rf_fus_expr *field, rf_slice module, const rf_fus_user_module *user) {
    rf_fus_unknown_member(r, module, user, field);
    become_name(field, NULL, NULL);
    field->flag = true;
}

static void become_ctor(rf_fus_expr *field) {
    field->kind = RF_FUS_E_CTOR;
    field->count = 0;
}

/* The member of `module` that `field` names; a library module of the same name has the rest. */
static void resolve_member(rf_fus_resolver *r, rf_fus_expr *field, const rf_fus_user_module *module) {
    const rf_fus_scope_name *member = rf_fus_member_find(module, field->text, RF_FUS_NAME_VALUE);
    if (member) {
        become_name(field, member->binding, NULL);
        rf_fus_use_binding(r, member->binding);
    } else if (is_capital(field->text)) {
        become_ctor(field);
    } else if (!become_library(r, field, module->path)) {
        become_missing(r, field, module->path, module);
    }
}

/* Nodes of the chain lie on the spine from `mark` on, outermost first. Returns how many of the innermost are left. */
static void resolve_in_module(rf_fus_resolver *r, size_t mark, const rf_fus_user_module *module) {
    size_t at = r->spine.count - 1;
    while (at > mark) {
        const rf_fus_scope_name *inner = rf_fus_member_find(module, r->spine.items[at]->text, RF_FUS_NAME_MODULE);
        if (!inner)
            break;
        module = inner->module;
        at--;
    }
    rf_fus_expr *field = r->spine.items[at], *type_ctor = at > mark ? r->spine.items[at - 1] : NULL;
    if (type_ctor && is_capital(field->text) && is_capital(type_ctor->text) && !rf_fus_member_find(module, field->text, RF_FUS_NAME_VALUE))
        become_ctor(type_ctor); /* Module.Type.Ctor */
    else
        resolve_member(r, field, module);
}

/* The root is a capitalised name: a module, a type, a variable, or nothing. */
static void resolve_capital(rf_fus_resolver *r, size_t mark, rf_fus_expr *root) {
    rf_fus_expr *field = r->spine.items[r->spine.count - 1];
    const rf_fus_scope_name *module = rf_fus_name_find(r, root->text, RF_FUS_NAME_MODULE);
    if (module) {
        resolve_in_module(r, mark, module->module);
    } else if (rf_fus_name_find(r, root->text, RF_FUS_NAME_VALUE)) {
        root->kind = RF_FUS_E_NAME;
        rf_fus_resolve_name(r, root);
    } else if (is_capital(field->text) && rf_fus_name_find(r, root->text, RF_FUS_NAME_TYPE)) {
        become_ctor(field);
    } else if (!become_library(r, field, root->text)) {
        if (rf_fus_lib_is_module(root->text)) {
            become_missing(r, field, root->text, NULL);
        } else {
            become_name(root, NULL, NULL);
            rf_fus_unknown_name(r, root->text, root->at, root->end);
        }
    }
}

/* The root is an ordinary name: a variable, or half of a host function's name. */
static void resolve_small(rf_fus_resolver *r, rf_fus_expr *root) {
    rf_fus_expr *field = r->spine.items[r->spine.count - 1];
    if (root->kind == RF_FUS_E_NAME && !rf_fus_name_find(r, root->text, RF_FUS_NAME_VALUE) && become_library(r, field, root->text))
        return;
    rf_fus_resolve_expr(r, root);
}

void rf_fus_resolve_field(rf_fus_resolver *r, rf_fus_expr *e) {
    size_t mark = r->spine.count;
    rf_fus_expr *root = e;
    while (root->kind == RF_FUS_E_FIELD) {
        if (!rf_vec_push(&r->spine, root)) {
            r->no_memory = true;
            r->spine.count = mark;
            return;
        }
        root = root->items[0];
    }
    if ((root->kind == RF_FUS_E_CTOR || root->kind == RF_FUS_E_NAME) && root->count == 0 && is_capital(root->text))
        resolve_capital(r, mark, root);
    else
        resolve_small(r, root);
    r->spine.count = mark;
}

static void open_module(rf_fus_resolver *r, const rf_fus_user_module *module) {
    for (size_t i = 0; i < module->members.count; i++) {
        rf_fus_scope_name name = module->members.items[i];
        name.is_let = name.is_reported = false;
        rf_fus_name_push(r, name);
    }
}

/* The module of a dotted path as far as the source defines it, or NULL. */
static const rf_fus_user_module *find_module(rf_fus_resolver *r, rf_slice path) {
    size_t dot = rf_slice_find(path, '.');
    const rf_fus_scope_name *name = rf_fus_name_find(r, (rf_slice){ path.data, dot }, RF_FUS_NAME_MODULE);
    while (name && dot < path.len) {
        path = (rf_slice){ path.data + dot + 1, path.len - dot - 1 };
        dot = rf_slice_find(path, '.');
        name = rf_fus_member_find(name->module, (rf_slice){ path.data, dot }, RF_FUS_NAME_MODULE);
    }
    return name ? name->module : NULL;
}

static bool comes_later(const rf_fus_item *item, rf_slice name) {
    for (item = item->next; item; item = item->next)
        if (item->kind == RF_FUS_ITEM_MODULE && rf_slice_eq(item->name, name))
            return true;
    return false;
}

void rf_fus_resolve_open(rf_fus_resolver *r, const rf_fus_item *item) {
    rf_slice first = { item->name.data, rf_slice_find(item->name, '.') };
    const rf_fus_user_module *module = find_module(r, item->name);
    if (module) {
        open_module(r, module);
    } else if (comes_later(item, first)) {
        if (!rf_vec_push(&r->pending, (rf_fus_pending_open){ first, item, r->module }))
            r->no_memory = true;
    } else if (rf_fus_lib_is_module(item->name) || rf_fus_lib_is_module(first)) {
        if (!rf_vec_push(&r->opened, rf_fus_lib_is_module(item->name) ? item->name : first))
            r->no_memory = true;
    } else {
        rf_fus_report(r->diags, RF_FUS_ERROR, RF_FUS_PHASE_COMPILE, item->at, item->end, "Module not found: %.*s",
                      RF_SLICE_ARG(item->name));
    }
}

void rf_fus_resolve_pending(rf_fus_resolver *r, rf_slice name, const rf_fus_user_module *module) {
    for (size_t i = 0; i < r->pending.count; i++) {
        const rf_fus_pending_open *open = &r->pending.items[i];
        if (open->within != r->module || !rf_slice_eq(open->name, name))
            continue;
        const rf_fus_user_module *found = find_module(r, open->item->name);
        open_module(r, found ? found : module);
    }
}
