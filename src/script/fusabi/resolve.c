/* resolve.c: which binding each name stands for: the walk over items; resolve_expr.c has expressions. */
#include "script/fusabi/resolve.h"

#include "base/slice.h"
#include "script/fusabi/resolve_internal.h"

static void resolve_items(rf_fus_resolver *r, rf_fus_item *item);

static void declare_type(rf_fus_resolver *r, rf_fus_item *item) {
    rf_fus_scope_type *type = rf_arena_alloc(r->arena, sizeof *type);
    if (!type) {
        r->no_memory = true;
        return;
    }
    *type = (rf_fus_scope_type){ item, NULL };
    *r->next_type = type;
    r->next_type = &type->next;
    rf_fus_scope_name name = { .name = item->name, .hash = rf_fus_name_hash(item->name), .kind = RF_FUS_NAME_TYPE };
    if (r->module && !rf_vec_push(&r->module->members, name))
        r->no_memory = true;
    rf_fus_name_push(r, name);
}

static void resolve_module(rf_fus_resolver *r, rf_fus_item *item) {
    rf_fus_user_module *module = rf_arena_zero(r->arena, 1, sizeof *module), *outer = r->module;
    if (!module) {
        r->no_memory = true;
        return;
    }
    module->path = outer ? rf_printf_in(r->arena, "%.*s.%.*s", RF_SLICE_ARG(outer->path), RF_SLICE_ARG(item->name)) : item->name;
    r->no_memory |= outer && module->path.data == NULL; /* a name that did not parse is empty */
    module->older = r->modules;
    r->modules = r->module = module;
    uint32_t mark = (uint32_t)r->names.count;
    size_t opened = r->opened.count;
    resolve_items(r, item->items);
    rf_fus_names_pop(r, mark);
    r->opened.count = opened;
    r->module = outer;
    rf_fus_scope_name name = { .name = item->name, .hash = rf_fus_name_hash(item->name), .kind = RF_FUS_NAME_MODULE, .module = module };
    if (outer && !rf_vec_push(&outer->members, name))
        r->no_memory = true;
    rf_fus_name_push(r, name);
    rf_fus_resolve_pending(r, item->name, module);
}

static void resolve_let(rf_fus_resolver *r, rf_fus_item *item) {
    /* Only the file's own definitions count as locals of its body. */
    rf_fus_bind_how how = { .is_global = true, .is_let = r->loads == 0, .reuse = UINT32_MAX };
    if (item->is_rec)
        rf_fus_resolve_rec(r, item->binds, item->bind_count, &how);
    else
        rf_fus_resolve_binds(r, item->binds, item->bind_count, &how);
}

static void resolve_items(rf_fus_resolver *r, rf_fus_item *item) {
    for (; item && !r->no_memory; item = item->next) {
        switch (item->kind) {
        case RF_FUS_ITEM_LET: resolve_let(r, item); break;
        case RF_FUS_ITEM_EXPR: rf_fus_resolve_expr(r, item->expr); break;
        case RF_FUS_ITEM_TYPE:
        case RF_FUS_ITEM_EXCEPTION: declare_type(r, item); break;
        case RF_FUS_ITEM_MODULE: resolve_module(r, item); break;
        case RF_FUS_ITEM_OPEN: rf_fus_resolve_open(r, item); break;
        case RF_FUS_ITEM_LOAD:
            r->loads++;
            resolve_items(r, item->items);
            r->loads--;
            break;
        }
    }
}

/* The vectors of globals, moved to where the tree lives. */
static bool keep_globals(rf_fus_resolver *r) {
    size_t count = r->globals.count;
    rf_fus_binding **globals = rf_arena_alloc(r->arena, (count + 1) * sizeof *globals);
    rf_slice *names = rf_arena_alloc(r->arena, (count + 1) * sizeof *names);
    if (!globals || !names || r->global_names.count != count)
        return false;
    if (count) {
        memcpy(globals, r->globals.items, count * sizeof *globals);
        memcpy(names, r->global_names.items, count * sizeof *names);
    }
    r->out->globals = globals;
    r->out->global_names = names;
    r->out->global_count = (uint32_t)count;
    return true;
}

static bool resolve_program(rf_fus_resolver *r, rf_fus_ast *ast) {
    rf_fus_function *main = rf_fus_function_new(r, NULL);
    if (!main)
        return false;
    r->out->main = r->fn = main;
    resolve_items(r, ast->items);
    rf_fus_names_pop(r, 0);
    if (r->no_memory || r->diags->no_memory)
        return false;
    rf_fus_find_known(r->out);
    return keep_globals(r);
}

rf_code rf_fus_resolve(rf_fus_ast *ast, rf_fus_engine *engine, rf_fus_diags *diags, rf_fus_resolved *ret_resolved, rf_error *reterr) {
    *ret_resolved = (rf_fus_resolved){ .arena = ast->arena };
    rf_fus_resolver *r = rf_arena_zero(ast->arena, 1, sizeof *r);
    if (!r)
        return rf_raise_nomem(reterr);
    r->arena = ast->arena;
    r->engine = engine;
    r->diags = diags;
    r->out = ret_resolved;
    r->is_library = ast->is_library;
    r->is_session = ast->is_session;
    r->next_type = &ret_resolved->types;
    rf_fus_function *first = NULL;
    r->next_function = &first;
    bool done = rf_fus_names_init(r) && resolve_program(r, ast);
    rf_fus_names_done(r);
    return done ? RF_OK : rf_raise_nomem(reterr);
}
