/* resolve_pattern.c: the names that patterns bind. */
#include "base/slice.h"
#include "script/fusabi/resolve_internal.h"

static void too_many(rf_fus_resolver *r, rf_fus_at at) {
    if (!r->too_many)
        rf_fus_report(r->diags, RF_FUS_ERROR, RF_FUS_PHASE_COMPILE, at, at + 1, "Too many local variables (max %u)", RF_FUS_LOCALS_MAX);
    r->too_many = true;
}

rf_fus_binding *rf_fus_binding_new(rf_fus_resolver *r, rf_slice name, rf_fus_at at, const rf_fus_bind_how *how) {
    rf_fus_binding *binding = rf_arena_alloc(r->arena, sizeof *binding);
    if (!binding) {
        r->no_memory = true;
        return NULL;
    }
    *binding = (rf_fus_binding){
        .kind = how->is_global ? RF_FUS_BIND_GLOBAL : RF_FUS_BIND_LOCAL,
        .name = name,
        .at = at,
        .owner = r->fn,
        .value = how->is_mutable ? NULL : how->value,
        .is_mutable = how->is_mutable,
    };
    return binding;
}

/* A slot, and a place among the names of the module that is being read. */
static void enter_global(rf_fus_resolver *r, rf_fus_binding *binding, const rf_fus_scope_name *name) {
    binding->index = (uint32_t)r->globals.count;
    rf_slice full = binding->name;
    if (r->module) {
        full = rf_printf_in(r->arena, "%.*s.%.*s", RF_SLICE_ARG(r->module->path), RF_SLICE_ARG(binding->name));
        rf_fus_scope_name member = *name;
        member.hash = rf_fus_name_hash(name->name);
        if (!rf_vec_push(&r->module->members, member))
            r->no_memory = true;
    }
    if (!full.data || !rf_vec_push(&r->globals, binding) || !rf_vec_push(&r->global_names, full))
        r->no_memory = true;
}

void rf_fus_binding_enter(rf_fus_resolver *r, rf_fus_binding *binding, const rf_fus_bind_how *how) {
    if (!binding)
        return;
    rf_fus_scope_name name = { .name = binding->name, .kind = RF_FUS_NAME_VALUE, .binding = binding };
    if (how->is_global)
        enter_global(r, binding, &name);
    name.is_let = how->is_let && !(how->is_global && (r->module || r->is_session));
    name.is_reported = how->is_reported && !how->is_global;
    if (name.is_let && r->fn->local_count++ >= RF_FUS_LOCALS_MAX)
        too_many(r, binding->at);
    rf_fus_name_push(r, name);
}

/* In the second half of an or-pattern: the binding that the first half made. */
static rf_fus_binding *bound_before(rf_fus_resolver *r, const rf_fus_pat *pat, uint32_t from) {
    for (size_t i = from; i < r->names.count; i++)
        if (rf_slice_eq(r->names.items[i].name, pat->text))
            return r->names.items[i].binding;
    rf_fus_report(r->diags, RF_FUS_ERROR, RF_FUS_PHASE_COMPILE, pat->at, pat->end, "`%.*s` is bound on one side of `|` only",
                  RF_SLICE_ARG(pat->text));
    return NULL;
}

static void bind_name(rf_fus_resolver *r, rf_fus_pat *pat, const rf_fus_bind_how *how) {
    if (how->reuse != UINT32_MAX) {
        pat->binding = bound_before(r, pat, how->reuse);
        if (pat->binding)
            return;
    }
    pat->binding = rf_fus_binding_new(r, pat->text, pat->at, how);
    rf_fus_binding_enter(r, pat->binding, how);
}

/* How many names it binds: of an or-pattern, one alternative. */
static uint32_t count_names(const rf_fus_pat *pat) {
    while (pat->kind == RF_FUS_PAT_OR)
        pat = pat->items[0];
    uint32_t count = pat->kind == RF_FUS_PAT_VAR || pat->kind == RF_FUS_PAT_AS;
    for (uint32_t i = 0; i < pat->count; i++)
        count += count_names(pat->items[i]);
    return count;
}

/* What binds other names has been reported already; here, what binds fewer. */
static void check_alternative(rf_fus_resolver *r, const rf_fus_pat *first, const rf_fus_pat *other) {
    uint32_t names = count_names(first);
    if (names == 0 || count_names(other) >= names)
        return;
    rf_fus_diag *diag = rf_fus_report(r->diags, RF_FUS_ERROR, RF_FUS_PHASE_COMPILE, other->at, other->end,
                                      "both sides of `|` must bind the same names");
    if (diag)
        diag->other = first->at, diag->other_note = "this side binds more";
}

/* Alternatives lean to the left; the leftmost binds, the others bind the same again. */
static void bind_or(rf_fus_resolver *r, rf_fus_pat *pat, const rf_fus_bind_how *how) {
    size_t mark = r->pats.count;
    while (pat->kind == RF_FUS_PAT_OR) {
        if (!rf_vec_push(&r->pats, pat->items[1])) {
            r->no_memory = true;
            break;
        }
        pat = pat->items[0];
    }
    rf_fus_bind_how again = *how;
    if (again.reuse == UINT32_MAX)
        again.reuse = (uint32_t)r->names.count;
    if (pat->kind != RF_FUS_PAT_OR)
        rf_fus_bind_pattern(r, pat, how);
    while (r->pats.count > mark) {
        rf_fus_pat *other = r->pats.items[--r->pats.count];
        check_alternative(r, pat, other);
        rf_fus_bind_pattern(r, other, &again);
    }
}

/* `Some (a, b)`: the tuple that it holds; see rf_fus_has_one_field. */
static void join_parts(rf_fus_resolver *r, rf_fus_pat *pat) {
    rf_fus_pat *tuple = rf_arena_zero(r->arena, 1, sizeof *tuple);
    rf_fus_pat **items = rf_arena_alloc(r->arena, sizeof *items);
    if (!tuple || !items) {
        r->no_memory = true;
        return;
    }
    *tuple = (rf_fus_pat){ .kind = RF_FUS_PAT_TUPLE, .at = pat->at, .end = pat->end, .items = pat->items, .count = pat->count };
    items[0] = tuple;
    pat->items = items;
    pat->count = 1;
}

void rf_fus_bind_pattern(rf_fus_resolver *r, rf_fus_pat *pat, const rf_fus_bind_how *how) {
    if (pat->kind == RF_FUS_PAT_VAR) {
        bind_name(r, pat, how);
        return;
    }
    if (pat->kind == RF_FUS_PAT_OR) {
        bind_or(r, pat, how);
        return;
    }
    if (r->depth >= RF_FUS_RESOLVE_DEPTH)
        return; /* the parser allows less */
    r->depth++;
    if (pat->kind == RF_FUS_PAT_CTOR && pat->count > 1 && rf_fus_has_one_field(pat->text))
        join_parts(r, pat);
    rf_fus_bind_how inner = *how;
    if (pat->kind != RF_FUS_PAT_TYPED)
        inner.value = NULL;
    for (uint32_t i = 0; i < pat->count; i++)
        rf_fus_bind_pattern(r, pat->items[i], &inner);
    if (pat->kind == RF_FUS_PAT_AS)
        bind_name(r, pat, &inner);
    r->depth--;
}
