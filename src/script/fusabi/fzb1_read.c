/* fzb1_read.c: a version-1 file becomes a program: decoded, then each of its functions translated. */
#include "script/fusabi/compile.h"
#include "script/fusabi/fzb1_translate.h"
#include "script/fusabi/fzb_internal.h"

#include <assert.h>

/* What a file may cost, in steps for each of its bytes: real ones take less than one. */
enum { WORK_PER_BYTE = 4, WORK_LEAST = 100000 };

static uint32_t count_slots(const rf_fus_v1_job *job) {
    uint32_t count = job->arity;
    for (uint32_t pc = 0; pc < job->chunk->op_count; pc++) {
        const rf_fus_v1_op *op = &job->chunk->ops[pc];
        if ((op->tag == RF_FUS_V1_LOAD_LOCAL || op->tag == RF_FUS_V1_STORE_LOCAL) && op->n >= count)
            count = op->n + 1u;
    }
    return count;
}

static bool start_function(rf_fus_v1_translator *t, const rf_fus_v1_job *job, rf_error *reterr) {
    t->job = job;
    t->chunk = job->chunk;
    t->pc = 0;
    t->code.count = t->spots.count = t->stack.count = t->patches.count = t->pending.count = 0;
    t->moved_count = t->fresh = t->births = 0;
    t->label = UINT32_MAX;
    t->slot_count = t->floor = t->high = count_slots(job);
    memset(t->aliases, 0, sizeof t->aliases);
    for (uint32_t slot = 0; slot < t->slot_count; slot++)
        t->places[slot] = slot;
    t->joins_at = rf_arena_zero(t->scratch, job->chunk->op_count, sizeof(rf_fus_v1_block *));
    return t->joins_at && rf_vec_room(&t->stack) && !rf_fus_v1_find_flow(t->scratch, job->chunk, &t->flow, reterr);
}

/* Slots that are read before they are written hold unit. */
static void clear_slots(rf_fus_v1_translator *t) {
    for (uint32_t slot = t->job->arity; slot < t->slot_count; slot++)
        if (rf_fus_v1_has(&t->flow.live_at_start, slot))
            rf_fus_v1_load(t, slot, RF_FUS_UNIT);
    t->fresh = 0;
}

static rf_fus_string *name_of(rf_fus_v1_translator *t, rf_slice name) {
    rf_fus_string *string = rf_fus_static_string(&t->program->arena, name);
    if (!string)
        rf_fus_v1_fail_memory(t);
    return string;
}

static void *keep(rf_fus_v1_translator *t, const void *items, size_t count, size_t size) {
    void *kept = rf_arena_alloc(&t->program->arena, count * size);
    if (!kept)
        rf_fus_v1_fail_memory(t);
    else if (count > 0)
        memcpy(kept, items, count * size);
    return kept;
}

/* What was translated becomes the function. */
static void finish_function(rf_fus_v1_translator *t) {
    const rf_fus_v1_job *job = t->job;
    rf_fus_proto *proto = &t->protos.items[job->proto];
    proto->arity = job->arity;
    proto->registers = (uint16_t)(t->high ? t->high : 1);
    proto->upvalue_count = (uint16_t)job->upvalue_count;
    proto->code = keep(t, t->code.items, t->code.count, sizeof *proto->code);
    proto->code_count = (uint32_t)t->code.count;
    proto->spots = keep(t, t->spots.items, t->spots.count, sizeof *proto->spots);
    proto->spot_count = (uint32_t)t->spots.count;
    proto->captures = keep(t, NULL, 0, sizeof *proto->captures);
    if (job->name.len > 0)
        proto->name = name_of(t, job->name);
    if (job->upvalue_count == 0 || rf_fus_v1_failed(t))
        return;
    proto->captures = rf_arena_alloc(&t->program->arena, job->upvalue_count * sizeof *proto->captures);
    if (!proto->captures)
        rf_fus_v1_fail_memory(t);
    for (uint32_t i = 0; i < job->upvalue_count && proto->captures; i++)
        proto->captures[i] = (rf_fus_capture){ .index = (uint16_t)job->captures[i], .from_register = true };
}

static void translate_function(rf_fus_v1_translator *t, rf_fus_v1_job job, rf_error *reterr) {
    if (!start_function(t, &job, reterr)) {
        rf_fus_v1_fail_memory(t);
        return;
    }
    clear_slots(t);
    rf_fus_v1_translate_blocks(t);
    if (!rf_fus_v1_failed(t))
        finish_function(t);
}

static void keep_tables(rf_fus_v1_translator *t, const char *name) {
    rf_fus_program *program = t->program;
    const rf_fus_v1_chunk *main = t->jobs.items[0].chunk;
    rf_slice file = main->source_file.len ? main->source_file : (rf_slice){ name ? name : "", name ? strlen(name) : 0 };
    program->constants = keep(t, t->constants.items, t->constants.count, sizeof *t->constants.items);
    program->symbols = keep(t, t->symbols.items, t->symbols.count, sizeof *t->symbols.items);
    program->shapes = keep(t, t->shapes.items, t->shapes.count, sizeof *t->shapes.items);
    program->library = keep(t, t->library.items, t->library.count, sizeof *t->library.items);
    program->protos = keep(t, t->protos.items, t->protos.count, sizeof *t->protos.items);
    program->exports = keep(t, NULL, 0, sizeof *program->exports);
    file = rf_slice_dup_in(&program->arena, file);
    if (!file.data)
        rf_fus_v1_fail_memory(t);
    program->files = keep(t, &file, 1, sizeof file);
    program->constant_count = (uint32_t)t->constants.count;
    program->symbol_count = (uint32_t)t->symbols.count;
    program->shape_count = (uint32_t)t->shapes.count;
    program->library_count = (uint32_t)t->library.count;
    program->proto_count = program->protos ? (uint32_t)t->protos.count : 0;
    program->file_count = program->files ? 1 : 0;
}

static void translator_done(rf_fus_v1_translator *t) {
    rf_vec_done(&t->jobs);
    rf_vec_done(&t->protos);
    rf_vec_done(&t->constants);
    rf_vec_done(&t->symbols);
    rf_vec_done(&t->shapes);
    rf_vec_done(&t->library);
    rf_vec_done(&t->code);
    rf_vec_done(&t->spots);
    rf_vec_done(&t->stack);
    rf_vec_done(&t->patches);
    rf_vec_done(&t->pending);
    rf_table_done(&t->constant_index);
    rf_table_done(&t->symbol_index);
    rf_table_done(&t->shape_index);
}

static rf_code translate(rf_fus_v1_translator *t, const rf_fus_v1_chunk *chunk, const char *name, rf_error *reterr) {
    rf_fus_v1_job job = { .chunk = chunk, .name = chunk->name };
    if (!rf_vec_push(&t->protos, (rf_fus_proto){ .program = t->program }) || !rf_vec_push(&t->jobs, job))
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < t->jobs.count && !rf_fus_v1_failed(t); i++)
        translate_function(t, t->jobs.items[i], reterr);
    if (!rf_fus_v1_failed(t))
        keep_tables(t, name);
    if (t->no_memory)
        return rf_raise_nomem(reterr);
    if (t->wrong)
        return rf_raise(reterr, RF_EPARSE, "%s%s%s at offset %zu", name ? name : "", name ? ": " : "", t->wrong, t->wrong_at);
    return RF_OK;
}

static rf_code fuse_all(rf_fus_program *program, rf_error *reterr) {
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < program->proto_count && !code; i++)
        code = rf_fus_fuse(&program->protos[i], &program->arena, reterr);
    return code;
}

rf_code rf_fus_fzb1_read(rf_fus_program *program, rf_slice bytes, const char *name, rf_error *reterr) {
    assert(program && bytes.len > RF_FUS_FZB_VERSION_AT);
    RF_CLEANUP(rf_arena_done) rf_arena scratch;
    rf_arena_init(&scratch, 16 * 1024);
    rf_fus_v1_chunk *chunk = NULL;
    rf_code code = rf_fus_v1_decode(&scratch, bytes, name, &chunk, reterr);
    if (code)
        return code;
    RF_CLEANUP(translator_done) rf_fus_v1_translator t = {
        .program = program, .scratch = &scratch, .work_max = WORK_LEAST + WORK_PER_BYTE * (uint64_t)bytes.len,
    };
    code = translate(&t, chunk, name, reterr);
    return code ? code : fuse_all(program, reterr);
}
