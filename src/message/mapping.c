/* mapping.c: the life of a mapping. */
#include "message/mapping.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/source.h"
#include "message/mapping_build.h"

#include <assert.h>
#include <sys/random.h>

#define ARENA_BLOCK_BYTES 4096

rf_code rf_mapping_place(const rf_mapping *mapping, uint32_t offset, rf_code code, rf_error *reterr) {
    assert(mapping && offset <= mapping->text.len);
    if (!reterr)
        return code;
    rf_source source = { "mapping", mapping->text };
    uint32_t line = 1, column = 1;
    rf_source_locate(&source, offset, &line, &column);
    if (mapping->locate)
        mapping->locate(mapping->map, line, column, &reterr->place);
    else
        rf_error_place(reterr, "mapping", line, column);
    return code;
}

rf_code rf_mapping_parse(rf_mapping *mapping, rf_error *reterr) {
    assert(mapping);
    rf_builder builder = { .lexer = { .mapping = mapping, .reterr = reterr } };
    rf_code code = rf_build_mapping(&builder);
    if (!code)
        code = rf_build_check_names(&builder);
    rf_builder_done(&builder);
    return code;
}

rf_code rf_mapping_new(rf_slice text, rf_mapping_locate locate, const void *map, rf_mapping **ret_mapping, rf_error *reterr) {
    assert(ret_mapping);
    if (text.len > INT32_MAX)
        return rf_raise(reterr, RF_ECONFIG, "a mapping of %zu bytes is too large", text.len);
    rf_mapping *mapping = rf_alloc_zero(1, sizeof *mapping);
    if (!mapping)
        return rf_raise_nomem(reterr);
    rf_arena_init(&mapping->arena, ARENA_BLOCK_BYTES);
    mapping->locate = locate;
    mapping->map = map;
    mapping->text = rf_slice_dup_in(&mapping->arena, text);
    if (!mapping->text.data) {
        rf_mapping_free(mapping);
        return rf_raise_nomem(reterr);
    }
    *ret_mapping = mapping;
    return RF_OK;
}

rf_code rf_mapping_compile(rf_slice text, rf_mapping_locate locate, const void *map, rf_mapping **ret_mapping, rf_error *reterr) {
    assert(ret_mapping);
    rf_mapping *mapping = NULL;
    rf_code code = rf_mapping_new(text, locate, map, &mapping, reterr);
    if (!code)
        code = rf_mapping_parse(mapping, reterr);
    if (code)
        rf_mapping_free(mapping);
    else
        *ret_mapping = mapping;
    return code;
}

void rf_mapping_free(rf_mapping *mapping) {
    if (!mapping)
        return;
    rf_mapping_free_patterns(mapping);
    rf_arena_done(&mapping->arena);
    rf_free(mapping);
}

rf_mapping_state *rf_mapping_state_new(const rf_mapping *mapping) {
    assert(mapping);
    rf_mapping_state *state = rf_alloc_zero(1, sizeof *state + mapping->slot_count * sizeof state->slots[0]);
    if (!state)
        return NULL;
    rf_mutex_init(&state->lock);
    state->slot_count = mapping->slot_count;
    if (getrandom(state->random, sizeof state->random, GRND_NONBLOCK) != (ssize_t)sizeof state->random)
        state->random[0] = rf_clock_mono_ns() ^ (uint64_t)rf_clock_wall_ns(); /* a young kernel: still different each time */
    state->random[3] |= 1; /* all zero would stay zero */
    return state;
}

void rf_mapping_state_free(rf_mapping_state *state) {
    if (!state)
        return;
    rf_mutex_done(&state->lock);
    rf_free(state);
}
