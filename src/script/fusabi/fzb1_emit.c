/* fzb1_emit.c: the instructions and tables that come out of the translation of a version-1 file. */
#include "base/slice.h"
#include "script/fusabi/fzb1_translate.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void rf_fus_v1_fail(rf_fus_v1_translator *t, const char *wrong) {
    if (rf_fus_v1_failed(t))
        return;
    t->wrong = wrong;
    t->wrong_at = t->chunk && t->pc < t->chunk->op_count ? t->chunk->ops[t->pc].at : 0;
}

void rf_fus_v1_fail_memory(rf_fus_v1_translator *t) { t->no_memory = t->no_memory || !t->wrong; }

void rf_fus_v1_touch(rf_fus_v1_translator *t, uint32_t reg) {
    if (reg >= t->high)
        t->high = reg + 1;
    if (t->high > RF_FUS_REGISTERS_MAX)
        rf_fus_v1_fail(t, "needs too many registers");
}

uint32_t rf_fus_v1_emit(rf_fus_v1_translator *t, rf_fus_code word) {
    if (rf_fus_v1_failed(t))
        return 0;
    if (++t->work > t->work_max)
        rf_fus_v1_fail(t, "the code is too entangled");
    t->fresh = 0;
    if (!rf_vec_push(&t->code, word))
        rf_fus_v1_fail_memory(t);
    return (uint32_t)t->code.count - 1;
}

void rf_fus_v1_emit_value(rf_fus_v1_translator *t, rf_fus_code word) {
    rf_fus_v1_touch(t, RF_FUS_A(word));
    t->fresh = rf_fus_v1_emit(t, word) + 1;
}

void rf_fus_v1_move(rf_fus_v1_translator *t, uint32_t to, uint32_t from) {
    if (to != from)
        rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_MOVE, 0, to, from, 0));
}

void rf_fus_v1_load(rf_fus_v1_translator *t, uint32_t to, rf_fus_value value) {
    if (rf_fus_is_int(value) && rf_fus_small_int(value) == (int32_t)rf_fus_small_int(value))
        rf_fus_v1_emit_value(t, RF_FUS_MAKEX(RF_FUS_I_INT, 0, to, (int32_t)rf_fus_small_int(value)));
    else
        rf_fus_v1_emit_value(t, RF_FUS_MAKEX(RF_FUS_I_CONST, 0, to, rf_fus_v1_constant(t, value)));
}

void rf_fus_v1_raise_text(rf_fus_v1_translator *t, const char *format, ...) {
    char text[200];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    uint32_t reg = rf_fus_v1_free_register(t);
    rf_fus_v1_touch(t, reg);
    rf_fus_v1_emit(t, RF_FUS_MAKEX(RF_FUS_I_CONST, 0, reg, rf_fus_v1_text_constant(t, rf_slice_of(text))));
    rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_VARIANT, 1, reg, reg, rf_fus_v1_symbol(t, RF_SLICE("Failure"))));
    rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_RAISE, 0, reg, 0, 0));
}

uint32_t rf_fus_v1_text_constant(rf_fus_v1_translator *t, rf_slice text) {
    uintptr_t known = (uintptr_t)rf_table_get(&t->constant_index, text);
    if (known || rf_fus_v1_failed(t))
        return known ? (uint32_t)(known - 1) : 0;
    rf_fus_string *string = rf_fus_static_string(&t->program->arena, text);
    rf_slice key = { string ? string->bytes : "", text.len };
    if (!string || !rf_vec_push(&t->constants, rf_fus_of_object(string)) ||
        !rf_table_put(&t->constant_index, key, (void *)(uintptr_t)t->constants.count))
        rf_fus_v1_fail_memory(t);
    return (uint32_t)t->constants.count - 1;
}

uint32_t rf_fus_v1_constant(rf_fus_v1_translator *t, rf_fus_value value) {
    static_assert(sizeof t->simple_index / sizeof *t->simple_index > RF_FUS_TRUE, "there is room for every simple value");
    bool is_simple = value <= RF_FUS_TRUE;
    if (rf_fus_v1_failed(t))
        return 0;
    if (is_simple && t->simple_index[value])
        return t->simple_index[value] - 1;
    if (rf_fus_is(value, RF_FUS_T_STRING)) {
        const rf_fus_string *string = RF_FUS_AS(const rf_fus_string, value);
        return rf_fus_v1_text_constant(t, (rf_slice){ string->bytes, string->head.length });
    }
    if (!rf_vec_push(&t->constants, value))
        rf_fus_v1_fail_memory(t);
    if (is_simple)
        t->simple_index[value] = (uint32_t)t->constants.count;
    return (uint32_t)t->constants.count - 1;
}

/* A number for a table that instructions index with 16 bits. */
static uint16_t narrow(rf_fus_v1_translator *t, size_t number, const char *wrong) {
    if (number > UINT16_MAX)
        rf_fus_v1_fail(t, wrong);
    return (uint16_t)number;
}

uint16_t rf_fus_v1_symbol(rf_fus_v1_translator *t, rf_slice name) {
    uintptr_t known = (uintptr_t)rf_table_get(&t->symbol_index, name);
    if (known || rf_fus_v1_failed(t))
        return (uint16_t)(known ? known - 1 : 0);
    const rf_fus_symbol *symbol = rf_fus_symbol_of(t->program->engine, name);
    rf_slice key = { symbol ? symbol->text->bytes : "", name.len };
    if (!symbol || !rf_vec_push(&t->symbols, symbol) || !rf_table_put(&t->symbol_index, key, (void *)(uintptr_t)t->symbols.count)) {
        rf_fus_v1_fail_memory(t);
        return 0;
    }
    return narrow(t, t->symbols.count - 1, "too many names");
}

uint16_t rf_fus_v1_shape(rf_fus_v1_translator *t, const rf_fus_symbol **fields, uint32_t count) {
    const rf_fus_shape *shape = rf_fus_v1_failed(t) ? NULL : rf_fus_shape_of(t->program->engine, fields, count);
    if (!shape) {
        rf_fus_v1_fail_memory(t);
        return 0;
    }
    rf_slice key = { (const char *)shape->fields, shape->count * sizeof *shape->fields };
    uintptr_t known = (uintptr_t)rf_table_get(&t->shape_index, key);
    if (known)
        return (uint16_t)(known - 1);
    if (!rf_vec_push(&t->shapes, shape) || !rf_table_put(&t->shape_index, key, (void *)(uintptr_t)t->shapes.count)) {
        rf_fus_v1_fail_memory(t);
        return 0;
    }
    return narrow(t, t->shapes.count - 1, "too many kinds of records");
}

uint16_t rf_fus_v1_library(rf_fus_v1_translator *t, const rf_fus_lib_row *row) {
    for (size_t i = 0; i < t->library.count; i++)
        if (t->library.items[i] == row)
            return (uint16_t)i;
    if (!rf_vec_push(&t->library, row)) {
        rf_fus_v1_fail_memory(t);
        return 0;
    }
    return narrow(t, t->library.count - 1, "too many library functions");
}

static bool add_job(rf_fus_v1_translator *t, rf_fus_v1_job job) {
    rf_fus_proto proto = { .program = t->program };
    t->work += job.chunk->op_count;
    if (t->work > t->work_max)
        rf_fus_v1_fail(t, "the code is too entangled");
    if (job.arity > RF_FUS_ARGS_MAX)
        rf_fus_v1_fail(t, "a function has too many parameters");
    if (rf_vec_push(&t->protos, proto) && rf_vec_push(&t->jobs, job))
        return true;
    rf_fus_v1_fail_memory(t);
    return false;
}

uint16_t rf_fus_v1_proto(rf_fus_v1_translator *t, rf_fus_v1_value *closure, uint32_t *captures, uint32_t count, bool has_cells) {
    if (count == 0 && closure->proto)
        return (uint16_t)closure->proto;
    uint32_t number = narrow(t, t->protos.count, "too many functions");
    rf_slice name = closure->name.len ? closure->name : closure->chunk->name;
    rf_fus_v1_job job = {
        /* A function of none takes unit, which it does not look at. */
        .chunk = closure->chunk, .name = name, .proto = number, .upvalue_count = count, .captures = captures,
        .arity = closure->arity ? closure->arity : 1, .has_cells = has_cells,
    };
    if (rf_fus_v1_failed(t) || !add_job(t, job))
        return 0;
    if (count == 0)
        closure->proto = number;
    return (uint16_t)number;
}
