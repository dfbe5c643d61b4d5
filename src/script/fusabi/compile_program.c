/* compile_program.c: the whole program: main's items, every function, tables, exports. */
#include "base/alloc.h"
#include "base/slice.h"
#include "script/fusabi/compile_internal.h"

#include <assert.h>
#include <stdlib.h>

/* The expression whose value is the program's result: the last of the file itself, not of a module or a loaded file. */
static const rf_fus_item *result_item(const rf_fus_ast *ast) {
    const rf_fus_item *last = NULL;
    for (const rf_fus_item *item = ast->items; item; item = item->next)
        if (item->kind == RF_FUS_ITEM_EXPR && !item->is_do)
            last = item;
    return last;
}

static bool has_mutable(const rf_fus_item *item) {
    for (uint32_t i = 0; i < item->bind_count; i++)
        if (item->binds[i].is_mutable)
            return true;
    return false;
}

static void gen_let_item(rf_fus_gen *g, const rf_fus_item *item) {
    uint32_t mark = g->top;
    g->keeps_registers = mark < RF_FUS_MAIN_REGISTERS;
    rf_fus_gen_binds(g, item->binds, item->bind_count, item->is_rec);
    if (!g->keeps_registers && !has_mutable(item))
        g->top = mark;
}

static void gen_items(rf_fus_gen *g, const rf_fus_item *item, const rf_fus_item *result, uint16_t into) {
    for (; item; item = item->next) {
        switch (item->kind) {
        case RF_FUS_ITEM_LET: gen_let_item(g, item); break;
        case RF_FUS_ITEM_EXPR: rf_fus_gen_expr(g, item->expr, item == result ? into : RF_FUS_DROP); break;
        case RF_FUS_ITEM_MODULE:
        case RF_FUS_ITEM_LOAD: gen_items(g, item->items, NULL, 0); break;
        default: break;
        }
    }
}

/* Variables that only main changes lived in registers: hosts find their last values. */
static void store_mutables(rf_fus_gen *g) {
    for (uint32_t i = 0; i < g->resolved->global_count; i++) {
        const rf_fus_binding *binding = g->resolved->globals[i];
        if (binding->is_assigned && !binding->is_captured && g->main_registers[i] != RF_FUS_NO_REGISTER)
            rf_fus_emit(g, RF_FUS_MAKEX(RF_FUS_I_SETGLOBAL, 0, g->main_registers[i], (int32_t)i));
    }
}

void rf_fus_gen_main(rf_fus_gen *g, const rf_fus_ast *ast) {
    const rf_fus_item *result = result_item(ast);
    uint16_t into = rf_fus_temp(g);
    /* One register lies between: the result's must never look like a fresh one. */
    (void)rf_fus_temp(g);
    gen_items(g, ast->items, result, into);
    if (!g->options->is_library)
        store_mutables(g);
    if (!result)
        rf_fus_load(g, into, RF_FUS_UNIT);
    rf_fus_finish(g, RF_FUS_TAIL, into);
}

static void emit_late_fails(rf_fus_gen *g) {
    for (size_t i = 0; i < g->fails.count; i++) {
        rf_fus_late_fail fail = g->fails.items[i];
        rf_fus_land(g, &fail.from);
        if (fail.no_list != RF_FUS_NO_REGISTER) /* raises, for it holds none */
            rf_fus_emit_at(g, fail.at, RF_FUS_MAKE(RF_FUS_I_HEAD, 0, fail.no_list, fail.no_list, 0));
        rf_fus_emit_at(g, fail.at, RF_FUS_MAKE(RF_FUS_I_MATCHFAIL, 0, 0, 0, 0));
    }
}

static void begin_function(rf_fus_gen *g, rf_fus_function *fn) {
    g->fn = fn;
    g->proto = &g->program->protos[fn->index];
    g->code.count = g->spots.count = g->sites.count = g->fails.count = g->spine.count = g->pats.count = 0;
    g->context = NULL;
    g->builder = -1;
    g->label = 0;
    g->dead = false;
    g->last_at = RF_FUS_NOWHERE;
    g->top = g->high = fn->lambda ? fn->lambda->param_count : 0;
    for (size_t i = 0; i < fn->captures.count; i++)
        fn->captures.items[i]->index = (uint32_t)i; /* its owner has been generated: from now on, ours */
}

static void *keep(rf_fus_gen *g, const void *items, size_t count, size_t size) {
    void *copy = rf_arena_alloc(&g->program->arena, count * size + 1);
    if (!copy)
        g->no_memory = true;
    else if (count)
        memcpy(copy, items, count * size);
    return copy;
}

static void end_function(rf_fus_gen *g) {
    if (g->code.count == 0) { /* nothing was generated: an error has been reported */
        g->dead = false;
        rf_fus_load(g, rf_fus_temp(g), RF_FUS_UNIT);
        rf_fus_emit(g, RF_FUS_MAKE(RF_FUS_I_RET, 0, 0, 0, 0));
    }
    rf_fus_proto *proto = g->proto;
    proto->registers = (uint16_t)(g->high ? g->high : 1);
    proto->code = keep(g, g->code.items, g->code.count, sizeof *g->code.items);
    proto->spots = keep(g, g->spots.items, g->spots.count, sizeof *g->spots.items);
    proto->code_count = (uint32_t)g->code.count;
    proto->spot_count = (uint32_t)g->spots.count;
}

/* Functions that no way leads to have no closure made anywhere, but their code names their captures. */
static void describe_function(rf_fus_gen *g, const rf_fus_function *fn) {
    rf_fus_proto *proto = &g->program->protos[fn->index];
    proto->program = g->program;
    proto->arity = (uint16_t)(fn->lambda ? fn->lambda->param_count : 0);
    proto->is_library = g->options->is_library;
    if (fn->name.len) {
        proto->name = rf_fus_static_string(&g->program->arena, fn->name);
        g->no_memory |= proto->name == NULL;
    }
    size_t count = fn->captures.count;
    if (count && !proto->captures) {
        proto->captures = rf_arena_alloc(&g->program->arena, count * sizeof *proto->captures);
        g->no_memory |= proto->captures == NULL;
        for (size_t i = 0; i < count && proto->captures; i++)
            proto->captures[i] = (rf_fus_capture){ .from_register = true };
    }
    proto->upvalue_count = (uint16_t)count;
}

static void gen_body(rf_fus_gen *g, rf_fus_function *fn, const rf_fus_ast *ast) {
    begin_function(g, fn);
    if (fn->lambda) {
        rf_fus_gen_params(g, fn->lambda);
        rf_fus_gen_expr(g, fn->lambda->items[0], RF_FUS_TAIL);
    } else {
        memset(g->main_registers, 0xFF, g->resolved->global_count * sizeof *g->main_registers);
        rf_fus_gen_main(g, ast);
    }
    emit_late_fails(g);
}

static void gen_function(rf_fus_gen *g, rf_fus_function *fn, const rf_fus_ast *ast) {
    describe_function(g, fn);
    if (g->no_memory)
        return;
    g->long_jumps = g->needs_long_jumps = false;
    gen_body(g, fn, ast);
    if (g->needs_long_jumps && !g->no_memory) {
        g->long_jumps = true;
        gen_body(g, fn, ast);
    }
    end_function(g);
}

/* Exports. */

static int by_name(const void *a, const void *b) {
    const rf_fus_export *left = a, *right = b;
    int order = rf_slice_compare((rf_slice){ left->name->bytes, left->name->head.length },
                                 (rf_slice){ right->name->bytes, right->name->head.length });
    return order ? order : left->global < right->global ? -1 : left->global > right->global;
}

/* Sorted by name; of equal names the last defined stays. */
static void make_exports(rf_fus_gen *g) {
    uint32_t count = g->options->is_library ? 0 : g->resolved->global_count;
    rf_fus_export *exports = rf_arena_alloc(&g->program->arena, (count + 1) * sizeof *exports);
    if (!exports) {
        g->no_memory = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        exports[i] = (rf_fus_export){ rf_fus_static_string(&g->program->arena, g->resolved->global_names[i]), i };
        if (!exports[i].name) {
            g->no_memory = true;
            return;
        }
    }
    if (count > 1)
        qsort(exports, count, sizeof *exports, by_name);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool is_last = i + 1 == count || exports[i].name->head.length != exports[i + 1].name->head.length ||
                       memcmp(exports[i].name->bytes, exports[i + 1].name->bytes, exports[i].name->head.length) != 0;
        if (is_last)
            exports[kept++] = exports[i];
    }
    g->program->exports = exports;
    g->program->export_count = kept;
    g->program->global_count = count;
}

static void keep_tables(rf_fus_gen *g) {
    rf_fus_program *program = g->program;
    program->constants = keep(g, g->constants.items, g->constants.count, sizeof *g->constants.items);
    program->symbols = keep(g, g->symbols.items, g->symbols.count, sizeof *g->symbols.items);
    program->shapes = keep(g, g->shapes.items, g->shapes.count, sizeof *g->shapes.items);
    program->library = keep(g, g->library.items, g->library.count, sizeof *g->library.items);
    program->constant_count = (uint32_t)g->constants.count;
    program->symbol_count = (uint32_t)g->symbols.count;
    program->shape_count = (uint32_t)g->shapes.count;
    program->library_count = (uint32_t)g->library.count;
    program->file_count = (uint32_t)g->texts->count;
    program->files = rf_arena_zero(&program->arena, g->texts->count + 1, sizeof *program->files);
    for (size_t i = 0; i < g->texts->count && program->files; i++) {
        const char *name = g->texts->items[i].source.name;
        program->files[i] = rf_slice_dup_in(&program->arena, rf_slice_of(name ? name : ""));
        g->no_memory |= program->files[i].data == NULL;
    }
    g->no_memory |= program->files == NULL;
}

static bool make_tables(rf_fus_gen *g) {
    uint32_t functions = g->resolved->function_count, globals = g->resolved->global_count;
    if (functions > UINT16_MAX)
        rf_fus_too_large(g, "Too many functions (max 65535)");
    g->program->protos = rf_arena_zero(&g->program->arena, functions, sizeof *g->program->protos);
    g->program->proto_count = functions;
    g->main_registers = rf_arena_alloc(g->arena, (globals + 1) * sizeof *g->main_registers);
    if (!g->program->protos || !g->main_registers)
        return false;
    return true;
}

static void gen_program(rf_fus_gen *g, const rf_fus_ast *ast) {
    if (!make_tables(g)) {
        g->no_memory = true;
        return;
    }
    for (rf_fus_function *fn = g->resolved->main; fn && !g->no_memory && !g->too_large && !g->too_deep; fn = fn->next)
        gen_function(g, fn, ast);
    if (g->too_deep)
        rf_fus_report(g->diags, RF_FUS_ERROR, RF_FUS_PHASE_COMPILE, 0, 1, "an expression is nested too deeply");
    if (g->no_memory || g->too_large || g->too_deep)
        return;
    make_exports(g);
    keep_tables(g);
}

static void done(rf_fus_gen *g) {
    rf_fus_tables_done(g);
    rf_vec_done(&g->code);
    rf_vec_done(&g->spots);
    rf_vec_done(&g->sites);
    rf_vec_done(&g->fails);
    rf_vec_done(&g->spine);
    rf_vec_done(&g->pats);
}

rf_code rf_fus_generate(rf_fus_engine *engine, const rf_fus_ast *ast, const rf_fus_resolved *resolved,
                        const rf_fus_compile_options *options, rf_fus_diags *diags, rf_fus_program **ret_program, rf_error *reterr) {
    rf_fus_gen *g = rf_arena_zero(ast->arena, 1, sizeof *g);
    rf_fus_program *program = g ? rf_fus_program_new(engine) : NULL;
    if (!program)
        return rf_raise_nomem(reterr);
    g->arena = ast->arena;
    g->engine = engine;
    g->diags = diags;
    g->texts = ast->texts;
    g->resolved = resolved;
    g->options = options;
    g->program = program;
    gen_program(g, ast);
    done(g);
    if (!g->no_memory && !g->too_large && !g->too_deep) {
        *ret_program = program;
        return RF_OK;
    }
    rf_fus_program_unref(program);
    return g->no_memory ? rf_raise_nomem(reterr) : rf_raise(reterr, RF_ESCRIPT, "the program exceeds what compiled code can hold");
}
