/* resolve_expr.c: which binding each name stands for: the walk over expressions. */
#include "base/slice.h"
#include "script/fusabi/library.h"
#include "script/fusabi/resolve_internal.h"

#include <assert.h>
#include <string.h>

/* Handles one node; what it returns is resolved next, in the scope that the node has made (NULL: nothing more). Chains of
 * lets, sequences and else-ifs are as long as the text likes, so they must not nest in C. */
typedef rf_fus_expr *resolve_step(rf_fus_resolver *r, rf_fus_expr *e);

static void add_capture(rf_fus_resolver *r, rf_fus_function *fn, rf_fus_binding *binding) {
    if (fn->captures.count == fn->captures.cap) { /* in the arena: nobody frees a resolved tree */
        size_t cap = fn->captures.cap ? fn->captures.cap * 2 : 4;
        rf_fus_binding **items = rf_arena_alloc(r->arena, cap * sizeof *items);
        if (!items) {
            r->no_memory = true;
            return;
        }
        if (fn->captures.count)
            memcpy(items, fn->captures.items, fn->captures.count * sizeof *items);
        fn->captures.items = items;
        fn->captures.cap = cap;
    }
    fn->captures.items[fn->captures.count++] = binding;
}

static bool captures(const rf_fus_function *fn, const rf_fus_binding *binding) {
    for (size_t i = fn->captures.count; i-- > 0;)
        if (fn->captures.items[i] == binding)
            return true;
    return false;
}

void rf_fus_use_binding(rf_fus_resolver *r, rf_fus_binding *binding) {
    binding->uses++;
    if (binding->owner == r->fn)
        return;
    binding->is_captured = true;
    if (binding->kind == RF_FUS_BIND_GLOBAL || rf_fus_is_literal(binding->value))
        return;
    for (rf_fus_function *fn = r->fn; fn && fn != binding->owner && !captures(fn, binding); fn = fn->parent)
        add_capture(r, fn, binding);
}

void rf_fus_resolve_name(rf_fus_resolver *r, rf_fus_expr *e) {
    const rf_fus_scope_name *name = rf_fus_name_find(r, e->text, RF_FUS_NAME_VALUE);
    e->flag = false;
    e->library = NULL;
    e->binding = name ? name->binding : NULL;
    if (name) {
        rf_fus_use_binding(r, name->binding);
        return;
    }
    e->library = rf_fus_library_row(r, e->text, false);
    if (!e->library)
        rf_fus_unknown_name(r, e->text, e->at, e->end);
}

static rf_fus_expr *step_name(rf_fus_resolver *r, rf_fus_expr *e) {
    rf_fus_resolve_name(r, e);
    return NULL;
}

static rf_fus_expr *step_items(rf_fus_resolver *r, rf_fus_expr *e) {
    for (uint32_t i = 0; i < e->count; i++)
        rf_fus_resolve_expr(r, e->items[i]);
    return NULL;
}

static rf_fus_expr *step_last(rf_fus_resolver *r, rf_fus_expr *e) {
    if (e->count == 0)
        return NULL;
    for (uint32_t i = 0; i + 1 < e->count; i++)
        rf_fus_resolve_expr(r, e->items[i]);
    return e->items[e->count - 1];
}

static rf_fus_expr *step_field(rf_fus_resolver *r, rf_fus_expr *e) {
    rf_fus_resolve_field(r, e);
    return NULL;
}

bool rf_fus_has_one_field(rf_slice ctor) { return rf_slice_is(ctor, "Some") || rf_slice_is(ctor, "Ok") || rf_slice_is(ctor, "Error"); }

/* The fields as written become one tuple. */
static void join_fields(rf_fus_resolver *r, rf_fus_expr *e) {
    rf_fus_expr *tuple = rf_arena_zero(r->arena, 1, sizeof *tuple);
    rf_fus_expr **items = rf_arena_alloc(r->arena, sizeof *items);
    if (!tuple || !items) {
        r->no_memory = true;
        return;
    }
    tuple->kind = RF_FUS_E_TUPLE;
    tuple->at = e->items[0]->at;
    tuple->end = e->end;
    tuple->items = e->items;
    tuple->count = e->count;
    items[0] = tuple;
    e->items = items;
    e->count = 1;
}

/* A capitalised name is a constructor, unless something of that name is bound. */
static rf_fus_expr *step_ctor(rf_fus_resolver *r, rf_fus_expr *e) {
    if (e->count > 1 && rf_fus_has_one_field(e->text))
        join_fields(r, e);
    if (e->count == 0 && rf_fus_name_find(r, e->text, RF_FUS_NAME_VALUE)) {
        e->kind = RF_FUS_E_NAME;
        return step_name(r, e);
    }
    return step_items(r, e);
}

/* receiver.name(args): of an unbound receiver, the host's function "receiver.name". */
static rf_fus_expr *step_method(rf_fus_resolver *r, rf_fus_expr *e) {
    rf_fus_expr *receiver = e->items[0];
    if (receiver->kind == RF_FUS_E_NAME && !rf_fus_name_find(r, receiver->text, RF_FUS_NAME_VALUE)) {
        rf_slice name = rf_printf_in(r->arena, "%.*s.%.*s", RF_SLICE_ARG(receiver->text), RF_SLICE_ARG(e->text));
        const rf_fus_lib_row *row = name.data ? rf_fus_library_row(r, name, true) : NULL;
        r->no_memory |= name.data == NULL;
        if (row) {
            receiver->library = row;
            receiver->binding = NULL;
            e->kind = RF_FUS_E_APPLY;
            for (uint32_t i = 1; i < e->count; i++)
                rf_fus_resolve_expr(r, e->items[i]);
            return NULL;
        }
    }
    return step_items(r, e);
}

static rf_fus_expr *step_assign(rf_fus_resolver *r, rf_fus_expr *e) {
    const rf_fus_scope_name *name = rf_fus_name_find(r, e->text, RF_FUS_NAME_VALUE);
    rf_fus_binding *binding = e->binding = name ? name->binding : NULL;
    if (!binding) {
        rf_fus_unknown_name(r, e->text, e->at, e->at + (rf_fus_at)e->text.len);
    } else if (!binding->is_mutable) {
        rf_fus_diag *diag = rf_fus_report(r->diags, RF_FUS_ERROR, RF_FUS_PHASE_COMPILE, e->at, e->at + (rf_fus_at)e->text.len,
                                          "`%.*s` is not mutable", RF_SLICE_ARG(e->text));
        rf_fus_diag_hint(r->diags, diag, "write `let mutable %.*s` where it is defined", RF_SLICE_ARG(e->text));
        if (diag)
            diag->other = binding->at, diag->other_note = "it is defined here";
    } else {
        rf_fus_use_binding(r, binding);
        binding->is_assigned = true;
    }
    return e->items[0];
}

/* `fun a -> fun b -> e` takes both at once: one function, one call. */
static void flatten(rf_fus_resolver *r, rf_fus_expr *e) {
    while (!e->ty && e->items[0]->kind == RF_FUS_E_LAMBDA) {
        rf_fus_expr *inner = e->items[0];
        uint32_t count = e->param_count + inner->param_count;
        rf_fus_pat **params = count <= RF_FUS_ARGS_MAX ? rf_arena_alloc(r->arena, count * sizeof *params) : NULL;
        if (!params)
            return; /* as good, only slower */
        memcpy(params, e->params, e->param_count * sizeof *params);
        memcpy(params + e->param_count, inner->params, inner->param_count * sizeof *params);
        e->params = params;
        e->param_count = count;
        e->ty = inner->ty;
        e->items[0] = inner->items[0];
    }
}

rf_fus_function *rf_fus_function_new(rf_fus_resolver *r, rf_fus_expr *lambda) {
    rf_fus_function *fn = rf_arena_zero(r->arena, 1, sizeof *fn);
    if (!fn) {
        r->no_memory = true;
        return NULL;
    }
    fn->parent = r->fn;
    fn->lambda = lambda;
    fn->index = r->out->function_count++;
    *r->next_function = fn;
    r->next_function = &fn->next;
    return fn;
}

/* `binding`: what the lambda is the value of, or NULL. */
static void resolve_lambda(rf_fus_resolver *r, rf_fus_expr *e, rf_fus_binding *binding, bool is_rec) {
    flatten(r, e);
    rf_fus_function *fn = rf_fus_function_new(r, e), *outer = r->fn;
    if (!fn)
        return;
    if (binding) {
        fn->self = is_rec ? binding : NULL;
        fn->name = binding->name;
        if (binding->kind == RF_FUS_BIND_GLOBAL && r->module)
            fn->name = rf_printf_in(r->arena, "%.*s.%.*s", RF_SLICE_ARG(r->module->path), RF_SLICE_ARG(binding->name));
        r->no_memory |= fn->name.data == NULL;
    }
    if (e->param_count > RF_FUS_ARGS_MAX)
        rf_fus_report(r->diags, RF_FUS_ERROR, RF_FUS_PHASE_COMPILE, e->at, e->end, "Too many parameters (max %u)", RF_FUS_ARGS_MAX);
    e->function = fn;
    uint32_t mark = (uint32_t)r->names.count, loops = r->loops;
    r->fn = fn;
    r->loops = 0;
    for (uint32_t i = 0; i < e->param_count; i++)
        rf_fus_bind_pattern(r, e->params[i], &(rf_fus_bind_how){ .reuse = UINT32_MAX });
    rf_fus_resolve_expr(r, e->items[0]);
    rf_fus_names_pop(r, mark);
    r->fn = outer;
    r->loops = loops;
}

static rf_fus_expr *step_lambda(rf_fus_resolver *r, rf_fus_expr *e) {
    resolve_lambda(r, e, NULL, false);
    return NULL;
}

/* `let name = lambda`, immutable: the one form that may call itself. */
static bool is_function(const rf_fus_bind *bind) {
    return !bind->is_mutable && rf_fus_bare_pat(bind->pat)->kind == RF_FUS_PAT_VAR && rf_fus_bare(bind->value)->kind == RF_FUS_E_LAMBDA;
}

static rf_fus_bind_how how_of(const rf_fus_bind *bind, const rf_fus_bind_how *base) {
    rf_fus_bind_how how = *base;
    how.is_mutable = bind->is_mutable;
    how.value = rf_fus_bare(bind->value);
    how.is_reported = base->is_reported && rf_fus_bare_pat(bind->pat)->kind == RF_FUS_PAT_VAR;
    return how;
}

static void bind_value(rf_fus_resolver *r, rf_fus_bind *bind, const rf_fus_bind_how *base) {
    rf_fus_bind_how how = how_of(bind, base);
    rf_fus_bind_pattern(r, bind->pat, &how);
}

static void make_function(rf_fus_resolver *r, rf_fus_bind *bind, const rf_fus_bind_how *base) {
    rf_fus_bind_how how = how_of(bind, base);
    rf_fus_pat *pat = rf_fus_bare_pat(bind->pat);
    pat->binding = rf_fus_binding_new(r, pat->text, pat->at, &how);
}

static void enter_function(rf_fus_resolver *r, rf_fus_bind *bind, const rf_fus_bind_how *base) {
    rf_fus_bind_how how = how_of(bind, base);
    rf_fus_binding_enter(r, rf_fus_bare_pat(bind->pat)->binding, &how);
}

static void resolve_function(rf_fus_resolver *r, rf_fus_bind *bind, bool is_rec) {
    resolve_lambda(r, rf_fus_bare(bind->value), rf_fus_bare_pat(bind->pat)->binding, is_rec);
}

/* A composition is a function, too, as soon as it is written as one. */
static void expand_values(rf_fus_resolver *r, rf_fus_bind *binds, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        rf_fus_expr *value = rf_fus_bare(binds[i].value);
        if (value->kind == RF_FUS_E_BINARY)
            (void)rf_fus_expand_compose(r, value);
    }
}

/* All functions of the group see each other; other values of it see the functions and what stands before them. */
void rf_fus_resolve_rec(rf_fus_resolver *r, rf_fus_bind *binds, uint32_t count, const rf_fus_bind_how *base) {
    expand_values(r, binds, count);
    for (uint32_t i = 0; i < count; i++)
        if (is_function(&binds[i])) {
            make_function(r, &binds[i], base);
            enter_function(r, &binds[i], base);
        }
    for (uint32_t i = 0; i < count; i++)
        if (is_function(&binds[i]))
            resolve_function(r, &binds[i], true);
    for (uint32_t i = 0; i < count; i++)
        if (!is_function(&binds[i])) {
            rf_fus_resolve_expr(r, binds[i].value);
            bind_value(r, &binds[i], base);
        }
}

void rf_fus_resolve_binds(rf_fus_resolver *r, rf_fus_bind *binds, uint32_t count, const rf_fus_bind_how *base) {
    expand_values(r, binds, count);
    for (uint32_t i = 0; i < count; i++) {
        if (is_function(&binds[i])) {
            make_function(r, &binds[i], base);
            resolve_function(r, &binds[i], false);
        } else {
            rf_fus_resolve_expr(r, binds[i].value);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (is_function(&binds[i]))
            enter_function(r, &binds[i], base);
        else
            bind_value(r, &binds[i], base);
    }
}

/* A function in an expression whose name means nothing yet may call itself without `rec` (fusabi.md 2, AUTOREC). */
static bool is_rec_anyway(rf_fus_resolver *r, const rf_fus_expr *e) {
    if (e->bind_count != 1 || !is_function(&e->binds[0]))
        return false;
    rf_slice name = rf_fus_bare_pat(e->binds[0].pat)->text;
    return !rf_fus_name_find(r, name, RF_FUS_NAME_VALUE) && !rf_fus_library_row(r, name, false);
}

static rf_fus_expr *step_let(rf_fus_resolver *r, rf_fus_expr *e) {
    rf_fus_bind_how how = { .is_let = true, .is_reported = true, .reuse = UINT32_MAX };
    if (!e->is_rec && is_rec_anyway(r, e))
        e->is_rec = true;
    if (e->is_rec)
        rf_fus_resolve_rec(r, e->binds, e->bind_count, &how);
    else
        rf_fus_resolve_binds(r, e->binds, e->bind_count, &how);
    return e->items[0];
}

/* An applied lambda is a LET: no function is made. Arguments that have been resolved already are left alone. */
static rf_fus_expr *let_of_lambda(rf_fus_resolver *r, rf_fus_expr *e, rf_fus_expr *lambda, rf_fus_expr **args, bool args_done) {
    rf_fus_bind *binds = rf_arena_zero(r->arena, lambda->param_count, sizeof *binds);
    rf_fus_expr **items = rf_arena_alloc(r->arena, sizeof *items);
    if (!binds || !items) {
        r->no_memory = true;
        return NULL;
    }
    for (uint32_t i = 0; i < lambda->param_count; i++) {
        binds[i].pat = lambda->params[i];
        binds[i].value = args[i];
        if (!args_done)
            rf_fus_resolve_expr(r, args[i]);
    }
    *items = lambda->items[0];
    e->kind = RF_FUS_E_LET;
    e->is_rec = false;
    e->binds = binds;
    e->bind_count = lambda->param_count;
    e->items = items;
    e->count = 1;
    for (uint32_t i = 0; i < e->bind_count; i++)
        bind_value(r, &binds[i], &(rf_fus_bind_how){ .reuse = UINT32_MAX });
    return e->items[0];
}

/* M.Some x: the path has turned out to be a constructor, so its arguments are fields, as the parser does it. */
static void merge_ctor(rf_fus_expr *e) {
    rf_fus_expr *ctor = e->items[0];
    rf_fus_expr **fields = e->items + 1;
    uint32_t count = e->count - 1;
    if (count == 1 && fields[0]->kind == RF_FUS_E_TUPLE && fields[0]->count > 1 && !rf_fus_has_one_field(ctor->text)) {
        count = fields[0]->count;
        fields = fields[0]->items;
    }
    e->kind = RF_FUS_E_CTOR;
    e->text = ctor->text;
    e->items = fields;
    e->count = count;
}

/* A call of itself with all arguments needs no value of itself. */
static bool is_self_call(rf_fus_resolver *r, rf_fus_expr *head, uint32_t args) {
    if (head->kind != RF_FUS_E_NAME || !r->fn->self)
        return false;
    const rf_fus_scope_name *name = rf_fus_name_find(r, head->text, RF_FUS_NAME_VALUE);
    if (!name || name->binding != r->fn->self || r->fn->lambda->param_count != args)
        return false;
    head->binding = name->binding;
    head->library = NULL;
    head->flag = false;
    head->binding->uses++;
    return true;
}

/* `List.iter (printfn "%d")`: given as a function, so it waits for what the format wants. (By itself printfn shows any text
 * as it is.) */
static void mark_format(rf_fus_expr *e) {
    if (e->kind != RF_FUS_E_APPLY || !e->in_parens || e->count != 2 || e->items[0]->kind != RF_FUS_E_NAME ||
        e->items[1]->kind != RF_FUS_E_STRING)
        return;
    const rf_fus_lib_row *row = e->items[0]->library;
    if (row && (strcmp(row->name, "printfn") == 0 || strcmp(row->name, "printf") == 0))
        e->flag = rf_fus_format_holes(e->items[1]->text) > 0;
}

static rf_fus_expr *step_apply(rf_fus_resolver *r, rf_fus_expr *e) {
    rf_fus_expr *head = rf_fus_bare(e->items[0]);
    if (head->kind == RF_FUS_E_BINARY)
        rf_fus_expand_compose(r, head);
    if (head->kind == RF_FUS_E_LAMBDA) {
        flatten(r, head);
        if (head->param_count == e->count - 1)
            return let_of_lambda(r, e, head, e->items + 1, false);
    }
    if (!is_self_call(r, head, e->count - 1))
        rf_fus_resolve_expr(r, e->items[0]);
    for (uint32_t i = 1; i < e->count; i++) {
        rf_fus_resolve_expr(r, e->items[i]);
        mark_format(e->items[i]);
    }
    if (e->items[0]->kind == RF_FUS_E_CTOR && e->items[0]->count == 0)
        merge_ctor(e);
    return NULL;
}

static bool is_bare_ctor(rf_fus_resolver *r, const rf_fus_expr *e) {
    return e->kind == RF_FUS_E_CTOR && e->count == 0 && !rf_fus_name_find(r, e->text, RF_FUS_NAME_VALUE);
}

/* x |> Some and Some <| x: the constructor gets its field. */
static bool pipe_into_ctor(rf_fus_resolver *r, rf_fus_expr *node) {
    bool is_back = node->op == RF_FUS_OP_PIPE_BACK;
    if (node->op != RF_FUS_OP_PIPE && !is_back)
        return false;
    const rf_fus_expr *ctor = rf_fus_bare(node->items[is_back ? 0 : 1]);
    if (!is_bare_ctor(r, ctor))
        return false;
    node->kind = RF_FUS_E_CTOR;
    node->text = ctor->text;
    node->items += is_back;
    node->count = 1;
    if (is_back)
        rf_fus_resolve_expr(r, node->items[0]);
    return true;
}

/* The left side of `node` is done. Returns what is left to do, in the scope of the node. */
static rf_fus_expr *resolve_right(rf_fus_resolver *r, rf_fus_expr *node) {
    rf_fus_expr *right = rf_fus_bare(node->items[1]);
    if (pipe_into_ctor(r, node))
        return NULL;
    if (node->op != RF_FUS_OP_PIPE)
        return node->items[1];
    if (right->kind == RF_FUS_E_BINARY)
        rf_fus_expand_compose(r, right);
    if (right->kind == RF_FUS_E_LAMBDA) {
        flatten(r, right);
        if (right->param_count == 1)
            return let_of_lambda(r, node, right, node->items, true);
    }
    return node->items[1];
}

static rf_fus_expr *step_binary(rf_fus_resolver *r, rf_fus_expr *e) {
    size_t mark = r->spine.count;
    rf_fus_expr *left = e;
    while (left->kind == RF_FUS_E_BINARY && !rf_fus_expand_compose(r, left)) {
        if (!rf_vec_push(&r->spine, left)) {
            r->no_memory = true;
            return NULL;
        }
        left = left->items[0];
    }
    if (r->spine.count == mark)
        return left; /* was a composition */
    rf_fus_resolve_expr(r, left);
    while (r->spine.count > mark + 1) {
        uint32_t names = (uint32_t)r->names.count;
        rf_fus_expr *node = r->spine.items[--r->spine.count], *rest = resolve_right(r, node);
        if (rest)
            rf_fus_resolve_expr(r, rest);
        rf_fus_names_pop(r, names);
    }
    r->spine.count = mark;
    return resolve_right(r, e);
}

static void resolve_arms(rf_fus_resolver *r, rf_fus_expr *e) {
    for (uint32_t i = 0; i < e->arm_count; i++) {
        uint32_t mark = (uint32_t)r->names.count;
        rf_fus_bind_pattern(r, e->arms[i].pat, &(rf_fus_bind_how){ .reuse = UINT32_MAX });
        if (e->arms[i].guard)
            rf_fus_resolve_expr(r, e->arms[i].guard);
        rf_fus_resolve_expr(r, e->arms[i].body);
        rf_fus_names_pop(r, mark);
    }
}

static rf_fus_expr *step_match(rf_fus_resolver *r, rf_fus_expr *e) {
    rf_fus_resolve_expr(r, e->items[0]);
    resolve_arms(r, e);
    return NULL;
}

/* The last item is the body; before it stand range or collection, or the condition (which is repeated, too). */
static rf_fus_expr *step_loop(rf_fus_resolver *r, rf_fus_expr *e) {
    uint32_t mark = (uint32_t)r->names.count;
    for (uint32_t i = 0; i + 1 < e->count; i++)
        rf_fus_resolve_expr(r, e->items[i]);
    if (e->pat)
        rf_fus_bind_pattern(r, e->pat, &(rf_fus_bind_how){ .reuse = UINT32_MAX });
    r->loops++;
    rf_fus_resolve_expr(r, e->items[e->count - 1]);
    r->loops--;
    rf_fus_names_pop(r, mark);
    return NULL;
}

static rf_fus_expr *step_leave(rf_fus_resolver *r, rf_fus_expr *e) {
    if (r->loops == 0)
        rf_fus_report(r->diags, RF_FUS_ERROR, RF_FUS_PHASE_COMPILE, e->at, e->end, "%s statement used outside of loop",
                      e->kind == RF_FUS_E_BREAK ? "Break" : "Continue");
    return NULL;
}

static resolve_step *const steps[] = {
    [RF_FUS_E_NAME] = step_name,     [RF_FUS_E_CTOR] = step_ctor,     [RF_FUS_E_FIELD] = step_field,   [RF_FUS_E_METHOD] = step_method,
    [RF_FUS_E_ASSIGN] = step_assign, [RF_FUS_E_APPLY] = step_apply,   [RF_FUS_E_BINARY] = step_binary, [RF_FUS_E_IF] = step_last,
    [RF_FUS_E_LAMBDA] = step_lambda, [RF_FUS_E_MATCH] = step_match,   [RF_FUS_E_TRY] = step_match,     [RF_FUS_E_LET] = step_let,
    [RF_FUS_E_SEQ] = step_last,      [RF_FUS_E_WHILE] = step_loop,    [RF_FUS_E_FOR_IN] = step_loop,   [RF_FUS_E_FOR_TO] = step_loop,
    [RF_FUS_E_BREAK] = step_leave,   [RF_FUS_E_CONTINUE] = step_leave, [RF_FUS_E_TYPED] = step_last,   [RF_FUS_E_ERROR] = NULL,
};

void rf_fus_resolve_expr(rf_fus_resolver *r, rf_fus_expr *e) {
    if (r->depth >= RF_FUS_RESOLVE_DEPTH) {
        if (!r->too_deep)
            rf_fus_report(r->diags, RF_FUS_ERROR, RF_FUS_PHASE_COMPILE, e->at, e->end, "expression is nested too deeply");
        r->too_deep = true;
        return;
    }
    r->depth++;
    uint32_t mark = (uint32_t)r->names.count;
    while (e && !r->no_memory) {
        resolve_step *step = steps[e->kind];
        e = step ? step(r, e) : step_items(r, e);
    }
    rf_fus_names_pop(r, mark);
    r->depth--;
}
