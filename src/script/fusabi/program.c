/* program.c: compiled programs: their life, static values, places and exports. */
#include "script/fusabi/program.h"

#include "base/reference.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

#define FIRST_BLOCK_BYTES 960u /* what allocators have a quick way for */

rf_fus_program *rf_fus_program_new(rf_fus_engine *engine) {
    rf_arena arena; /* the program lives in what it owns: with a small one that is a single block */
    rf_arena_init(&arena, FIRST_BLOCK_BYTES);
    rf_fus_program *program = rf_arena_zero(&arena, 1, sizeof *program);
    if (!program)
        return NULL;
    program->engine = rf_fus_engine_ref(engine);
    atomic_init(&program->references, 1);
    program->arena = arena;
    return program;
}

rf_fus_program *rf_fus_program_ref(rf_fus_program *program) {
    atomic_fetch_add_explicit(&program->references, 1, memory_order_relaxed);
    return program;
}

void rf_fus_program_unref(rf_fus_program *program) {
    if (!program || !rf_reference_drop(&program->references))
        return;
    rf_fus_engine_unref(program->engine);
    rf_arena arena = program->arena;
    rf_arena_done(&arena);
}

uint32_t rf_fus_hash_bytes(const char *data, size_t len) {
    uint32_t hash = rf_slice_hash((rf_slice){ data, len });
    return hash ? hash : 1;
}

rf_fus_string *rf_fus_static_string(rf_arena *arena, rf_slice text) {
    return rf_fus_static_counted(arena, text, (uint32_t)rf_utf8_length(text));
}

rf_fus_string *rf_fus_static_counted(rf_arena *arena, rf_slice text, uint32_t chars) {
    if (text.len > UINT32_MAX / 2)
        return NULL;
    rf_fus_string *string = rf_arena_alloc(arena, sizeof *string + text.len + 1);
    if (!string)
        return NULL;
    *string = (rf_fus_string){
        .head = { .type = RF_FUS_T_STRING, .flags = RF_FUS_OLD | RF_FUS_STATIC, .length = (uint32_t)text.len },
        .hash = rf_fus_hash_bytes(text.data, text.len),
        .chars = chars,
    };
    if (text.len)
        memcpy(string->bytes, text.data, text.len);
    string->bytes[text.len] = '\0';
    return string;
}

rf_fus_value rf_fus_static_items(rf_arena *arena, rf_fus_type_tag type, const rf_fus_value *items, uint32_t count) {
    rf_fus_items *object = rf_arena_alloc(arena, sizeof *object + (count ? count : 1) * sizeof *items);
    if (!object)
        return RF_FUS_RAISED;
    object->head = (rf_fus_object){ .type = (uint8_t)type, .flags = RF_FUS_OLD | RF_FUS_STATIC, .length = count };
    object->items[0] = RF_FUS_UNIT;
    if (count)
        memcpy(object->items, items, count * sizeof *items);
    return rf_fus_of_object(object);
}

rf_fus_value rf_fus_static_cons(rf_arena *arena, rf_fus_value item, rf_fus_value tail) {
    rf_fus_cons *cons = rf_arena_alloc(arena, sizeof *cons);
    if (!cons)
        return RF_FUS_RAISED;
    *cons = (rf_fus_cons){ .head = { .type = RF_FUS_T_CONS, .flags = RF_FUS_OLD | RF_FUS_STATIC }, .item = item, .tail = tail };
    return rf_fus_of_object(cons);
}

rf_fus_value rf_fus_static_int(rf_arena *arena, int64_t value) {
    if (rf_fus_fits_int(value))
        return rf_fus_of_small_int(value);
    rf_fus_bigint *object = rf_arena_alloc(arena, sizeof *object);
    if (!object)
        return RF_FUS_RAISED;
    *object = (rf_fus_bigint){ .head = { .type = RF_FUS_T_BIGINT, .flags = RF_FUS_OLD | RF_FUS_STATIC }, .value = value };
    return rf_fus_of_object(object);
}

rf_fus_spot rf_fus_proto_spot(const rf_fus_proto *proto, uint32_t pc) {
    uint32_t low = 0, high = proto->spot_count; /* the last row whose pc is not behind ours is at low - 1 */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (proto->spots[middle].pc <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? proto->spots[low - 1] : (rf_fus_spot){ 0 };
}

const rf_fus_export *rf_fus_program_export(const rf_fus_program *program, rf_slice name) {
    uint32_t low = 0, high = program->export_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const rf_fus_string *have = program->exports[middle].name;
        int order = rf_slice_compare((rf_slice){ have->bytes, have->head.length }, name);
        if (order == 0)
            return &program->exports[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
