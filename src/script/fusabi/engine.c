/* engine.c: names, shapes, host functions and the prelude, shared by programs and VMs. */
#include "script/fusabi/program.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "script/fusabi/fzb.h"
#include "script/fusabi/library.h"

#include <assert.h>
#include <stdlib.h>

rf_code rf_fus_engine_new(rf_fus_engine **ret_engine, rf_error *reterr) {
    rf_fus_engine *engine = rf_alloc_zero(1, sizeof *engine);
    if (!engine)
        return rf_raise_nomem(reterr);
    atomic_init(&engine->references, 1);
    rf_mutex_init(&engine->mutex);
    rf_arena_init(&engine->arena, 2048);
    *ret_engine = engine;
    return RF_OK;
}

rf_fus_engine *rf_fus_engine_ref(rf_fus_engine *engine) {
    atomic_fetch_add_explicit(&engine->references, 1, memory_order_relaxed);
    return engine;
}

/* The prelude holds a reference as every program does, but it must not keep its own engine alive. */
static void drop_prelude(rf_fus_engine *engine) {
    rf_fus_program *prelude = engine->prelude;
    engine->prelude = NULL;
    rf_free(engine->prelude_instance);
    engine->prelude_instance = NULL;
    if (prelude) {
        atomic_fetch_add_explicit(&engine->references, 1, memory_order_relaxed); /* what the program will give back */
        rf_fus_program_unref(prelude);
    }
}

void rf_fus_engine_unref(rf_fus_engine *engine) {
    if (!engine || atomic_fetch_sub_explicit(&engine->references, 1, memory_order_acq_rel) != 1)
        return;
    if (engine->prelude) {
        drop_prelude(engine); /* ends in this function again, without a prelude */
        return;
    }
    rf_table_done(&engine->symbols);
    rf_table_done(&engine->shapes);
    rf_table_done(&engine->host);
    rf_table_done(&engine->prelude_index);
    rf_arena_done(&engine->arena);
    rf_mutex_done(&engine->mutex);
    rf_free(engine);
}

static const rf_fus_symbol *symbol_locked(rf_fus_engine *engine, rf_slice name) {
    rf_fus_symbol *symbol = rf_table_get(&engine->symbols, name);
    if (symbol)
        return symbol;
    rf_fus_string *text = rf_fus_static_string(&engine->arena, name);
    /* An empty variant still has the one word that every object has behind its head and constructor. */
    symbol = text ? rf_arena_zero(&engine->arena, 1, sizeof *symbol + sizeof(rf_fus_value)) : NULL;
    if (!symbol)
        return NULL;
    symbol->text = text;
    symbol->id = (uint32_t)engine->symbols.count;
    symbol->nullary.head = (rf_fus_object){ .type = RF_FUS_T_VARIANT, .flags = RF_FUS_OLD | RF_FUS_STATIC };
    symbol->nullary.ctor = symbol;
    return rf_table_put(&engine->symbols, (rf_slice){ text->bytes, name.len }, symbol) ? symbol : NULL;
}

const rf_fus_symbol *rf_fus_symbol_of(rf_fus_engine *engine, rf_slice name) {
    rf_mutex_lock(&engine->mutex);
    const rf_fus_symbol *symbol = symbol_locked(engine, name);
    rf_mutex_unlock(&engine->mutex);
    return symbol;
}

static int by_name(const void *a, const void *b) {
    const rf_fus_string *left = (*(const rf_fus_symbol *const *)a)->text, *right = (*(const rf_fus_symbol *const *)b)->text;
    return rf_slice_compare((rf_slice){ left->bytes, left->head.length }, (rf_slice){ right->bytes, right->head.length });
}

static const rf_fus_shape *shape_locked(rf_fus_engine *engine, const rf_fus_symbol **fields, uint32_t count) {
    size_t bytes = count * sizeof *fields;
    rf_slice key = { (const char *)fields, bytes };
    rf_fus_shape *shape = rf_table_get(&engine->shapes, key);
    if (shape)
        return shape;
    shape = rf_arena_alloc(&engine->arena, sizeof *shape + bytes);
    if (!shape)
        return NULL;
    shape->count = count;
    shape->id = (uint32_t)engine->shapes.count;
    if (count)
        memcpy(shape->fields, fields, bytes);
    return rf_table_put(&engine->shapes, (rf_slice){ (const char *)shape->fields, bytes }, shape) ? shape : NULL;
}

const rf_fus_shape *rf_fus_shape_of(rf_fus_engine *engine, const rf_fus_symbol **fields, uint32_t count) {
    if (count > 1)
        qsort(fields, count, sizeof *fields, by_name);
    rf_mutex_lock(&engine->mutex);
    const rf_fus_shape *shape = shape_locked(engine, fields, count);
    rf_mutex_unlock(&engine->mutex);
    return shape;
}

rf_code rf_fus_engine_add_host(rf_fus_engine *engine, const rf_fus_lib_row *row, rf_error *reterr) {
    rf_slice name = rf_slice_of(row->name);
    if (rf_fus_lib_find(name))
        return rf_raise(reterr, RF_ECONFIG, "the library has a function %s already", row->name);
    rf_mutex_lock(&engine->mutex);
    bool twice = rf_table_get(&engine->host, name) != NULL;
    bool added = !twice && rf_table_put(&engine->host, name, (void *)(uintptr_t)row);
    rf_mutex_unlock(&engine->mutex);
    if (twice)
        return rf_raise(reterr, RF_ECONFIG, "function %s is registered already", row->name);
    return added ? RF_OK : rf_raise_nomem(reterr);
}

const rf_fus_lib_row *rf_fus_engine_find(rf_fus_engine *engine, rf_slice name) {
    const rf_fus_lib_row *row = rf_fus_lib_find(name);
    if (row)
        return row;
    rf_mutex_lock(&engine->mutex);
    row = rf_table_get(&engine->host, name);
    rf_mutex_unlock(&engine->mutex);
    return row;
}

/* The build has compiled it (tools/prelude.c). */
static rf_code load_prelude(rf_fus_engine *engine, rf_fus_program **ret_program, rf_error *reterr) {
    rf_fus_program *program = NULL;
    rf_code code = rf_fus_fzb_read(engine, rf_fus_lib_prelude(), &(rf_fus_fzb_options){ .name = "the library" }, &program, reterr);
    for (uint32_t i = 0; !code && i < program->proto_count; i++)
        program->protos[i].is_library = true;
    if (!code)
        *ret_program = program;
    return code;
}

static bool index_prelude(rf_table *index, rf_fus_program *prelude) {
    bool room = true;
    for (uint32_t i = 1; i < prelude->proto_count && room; i++) {
        rf_fus_proto *proto = &prelude->protos[i];
        if (proto->name && proto->upvalue_count == 0)
            room = rf_table_put(index, (rf_slice){ proto->name->bytes, proto->name->head.length }, proto);
    }
    return room;
}

/* Takes the prelude and its index, unless another thread was quicker: then they are left to the caller. */
static void adopt(rf_fus_engine *engine, rf_fus_program **prelude, rf_table *index) {
    rf_mutex_lock(&engine->mutex);
    if (!engine->prelude) {
        engine->prelude = *prelude;
        engine->prelude_index = *index;
        *prelude = NULL;
        *index = (rf_table){ 0 };
        atomic_fetch_sub_explicit(&engine->references, 1, memory_order_relaxed); /* see drop_prelude */
    }
    rf_mutex_unlock(&engine->mutex);
}

/* Loaded outside the lock, which reading needs for names. */
static rf_code make_prelude(rf_fus_engine *engine, rf_error *reterr) {
    rf_fus_program *prelude = NULL;
    rf_table index = { 0 };
    rf_code code = load_prelude(engine, &prelude, reterr);
    if (!code && !index_prelude(&index, prelude))
        code = rf_raise_nomem(reterr);
    if (!code)
        adopt(engine, &prelude, &index);
    rf_fus_program_unref(prelude);
    rf_table_done(&index);
    return code;
}

rf_code rf_fus_engine_prelude(rf_fus_engine *engine, const char *name, const rf_fus_proto **ret_proto, rf_error *reterr) {
    rf_mutex_lock(&engine->mutex);
    bool made = engine->prelude != NULL;
    rf_mutex_unlock(&engine->mutex);
    rf_code code = made ? RF_OK : make_prelude(engine, reterr);
    if (code)
        return code;
    const rf_fus_proto *proto = rf_table_get(&engine->prelude_index, rf_slice_of(name)); /* never changes once made */
    if (!proto)
        return rf_raise(reterr, RF_ENOTFOUND, "the library has no %s", name);
    *ret_proto = proto;
    return RF_OK;
}
