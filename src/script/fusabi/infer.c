/* infer.c: types of a whole program, item by item. */
#include "script/fusabi/infer.h"

#include "script/fusabi/infer_internal.h"

#include <assert.h>

/* Type nodes that may be walked: so many for each byte of text, and a base for small ones. */
#define FUEL_BASE (1u << 20)
#define FUEL_PER_BYTE 64u

static void inference_done(rf_fus_inference *inference) {
    rf_table_done(&inference->decls);
    rf_table_done(&inference->cases);
    rf_table_done(&inference->fields);
    rf_table_done(&inference->vars);
    rf_table_done(&inference->unknown);
    rf_vec_done(&inference->scopes);
    rf_vec_done(&inference->spine);
    rf_vec_done(&inference->later);
    rf_vec_done(&inference->rows);
    rf_vec_done(&inference->proofs);
}

static void open_scope(rf_fus_inference *inference, const rf_fus_item *module) {
    if (!rf_vec_push(&inference->scopes, module))
        inference->types.no_memory = true;
}

/* open M, open A.B: the types of all modules of that name become visible. */
static void open_module(rf_fus_inference *inference, const rf_fus_item *items, rf_slice name) {
    for (const rf_fus_item *item = items; item; item = item->next) {
        bool has_items = item->kind == RF_FUS_ITEM_MODULE || item->kind == RF_FUS_ITEM_LOAD;
        if (item->kind == RF_FUS_ITEM_MODULE && rf_slice_eq(item->name, name))
            open_scope(inference, item);
        else if (has_items && item->items)
            open_module(inference, item->items, name);
    }
}

static void open_path(rf_fus_inference *inference, rf_slice path) {
    size_t dot;
    while ((dot = rf_slice_find(path, '.')) < path.len)
        path = (rf_slice){ path.data + dot + 1, path.len - dot - 1 };
    open_module(inference, inference->ast->items, path);
}

static void infer_items(rf_fus_inference *inference, const rf_fus_item *items, const rf_fus_item *module);

static void infer_item(rf_fus_inference *inference, const rf_fus_item *item, const rf_fus_item *module) {
    if (inference->vars.count)
        rf_table_clear(&inference->vars); /* 'a means another type in the next definition */
    switch (item->kind) {
    case RF_FUS_ITEM_LET:
        rf_fus_infer_binds(inference, item->binds, item->bind_count, item->is_rec);
        break;
    case RF_FUS_ITEM_EXPR:
        (void)rf_fus_infer_expr(inference, item->expr);
        break;
    case RF_FUS_ITEM_TYPE: case RF_FUS_ITEM_EXCEPTION:
        rf_fus_infer_declare(inference, item, module);
        break;
    case RF_FUS_ITEM_MODULE: {
        size_t scopes = inference->scopes.count;
        open_scope(inference, item);
        infer_items(inference, item->items, item);
        inference->scopes.count = scopes;
        break;
    }
    case RF_FUS_ITEM_OPEN:
        open_path(inference, item->name);
        break;
    case RF_FUS_ITEM_LOAD:
        infer_items(inference, item->items, module);
        break;
    }
}

static void infer_items(rf_fus_inference *inference, const rf_fus_item *items, const rf_fus_item *module) {
    for (const rf_fus_item *item = items; item && !inference->types.no_memory; item = item->next)
        infer_item(inference, item, module);
}

static uint64_t text_bytes(const rf_fus_texts *texts) {
    uint64_t bytes = 0;
    for (size_t i = 0; texts && i < texts->count; i++)
        bytes += texts->items[i].source.text.len;
    return bytes;
}

rf_code rf_fus_infer(const rf_fus_ast *ast, const rf_fus_resolved *resolved, rf_fus_engine *engine, rf_fus_diags *diags, rf_error *reterr) {
    assert(ast && resolved && engine && diags);
    uint64_t bytes = text_bytes(ast->texts);
    RF_CLEANUP(inference_done) rf_fus_inference inference = {
        .types = { .arena = ast->arena, .level = 1, .fuel = FUEL_BASE + FUEL_PER_BYTE * bytes, .at = RF_FUS_NOWHERE, .end = RF_FUS_NOWHERE,
                   .settle = rf_fus_infer_settle, .ready = rf_fus_infer_ready },
        .arena = ast->arena,
        .diags = diags,
        .ast = ast,
        .engine = engine,
        .coverage_fuel = FUEL_BASE + FUEL_PER_BYTE * bytes,
    };
    inference.types.user = &inference;
    if (rf_fus_infer_builtins(&inference)) {
        infer_items(&inference, ast->items, NULL);
        rf_fus_infer_later(&inference, 0, true);
        rf_fus_infer_undecided(&inference);
        rf_fus_infer_proofs(&inference);
    }
    if (inference.types.no_memory || diags->no_memory)
        return rf_raise_nomem(reterr);
    return RF_OK;
}
