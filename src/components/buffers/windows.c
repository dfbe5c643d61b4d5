/* windows.c: chunks of messages whose last window is the same: they go together. */
#include "components/buffers/windows.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>

#define CHUNK_COUNT 256u
#define CHUNK_BYTES ((size_t)256 << 10)
#define LOOK_BACK 8u /* chunks at the end that a message may join */

typedef struct rf_window_chunk {
    struct rf_window_chunk *next, *before;
    rf_batch *batch;
    rf_claims *claims;
    int64_t first_ms, last_ms; /* ends: of the first window of its messages, and of the last */
    int64_t times_ms[CHUNK_COUNT];
} chunk;

static int64_t floor_to(int64_t ms, int64_t step) {
    const int64_t rest = ms % step;
    return ms - (rest < 0 ? rest + step : rest);
}

int64_t rf_windows_end_before(const rf_windows *windows, int64_t ms) {
    return floor_to(ms - windows->offset_ms, windows->slide_ms) + windows->offset_ms;
}

/* ---- Keeping ---- */

static bool has_room(const chunk *c) {
    return c->batch->count < CHUNK_COUNT && c->batch->arena.held_bytes < CHUNK_BYTES;
}

static void free_chunk(chunk *c) {
    rf_batch_free(c->batch);
    rf_free(c);
}

static chunk *add_chunk(rf_windows *windows, rf_keys *keys, int64_t last_ms) {
    chunk *c = rf_alloc(sizeof *c);
    if (!c)
        return NULL;
    *c = (chunk){ .batch = rf_batch_new(keys), .first_ms = RF_WINDOW_NONE, .last_ms = last_ms };
    c->claims = c->batch ? rf_claims_new() : NULL;
    if (!c->claims) {
        free_chunk(c);
        return NULL;
    }
    c->before = windows->last;
    *(windows->last ? &windows->last->next : &windows->first) = c;
    windows->last = c;
    return c;
}

static chunk *chunk_for(rf_windows *windows, rf_keys *keys, int64_t last_ms) {
    chunk *c = windows->last;
    for (uint32_t i = 0; c && i < LOOK_BACK; i++, c = c->before)
        if (c->last_ms == last_ms && has_room(c))
            return c;
    return add_chunk(windows, keys, last_ms);
}

static void remove_chunk(rf_windows *windows, chunk *c, bool delivered) {
    *(c->before ? &c->before->next : &windows->first) = c->next;
    *(c->next ? &c->next->before : &windows->last) = c->before;
    windows->bytes -= c->batch->arena.held_bytes;
    windows->count -= c->batch->count;
    rf_claims_answer(c->claims, delivered, NULL);
    free_chunk(c);
}

rf_code rf_windows_put(rf_windows *windows, const rf_batch *batch, uint32_t index, int64_t ms, bool *ret_late, rf_error *reterr) {
    const int64_t first_ms = rf_windows_end_before(windows, ms) + windows->slide_ms,
                  last_ms = rf_windows_end_before(windows, ms + windows->size_ms);
    assert(windows->slide_ms > 0 && windows->slide_ms <= windows->size_ms && first_ms <= last_ms);
    *ret_late = last_ms <= windows->done_ms;
    if (*ret_late)
        return RF_OK;
    chunk *c = chunk_for(windows, batch->keys, last_ms);
    if (!c)
        return rf_raise_nomem(reterr);
    const size_t before = c->batch->count ? c->batch->arena.held_bytes : 0;
    const bool fits = rf_claims_take(c->claims, batch) && rf_batch_add_copy(c->batch, &batch->messages[index]);
    if (fits) {
        rf_message *copy = &c->batch->messages[c->batch->count - 1];
        copy->origin = copy->written_to = 0;
        c->times_ms[c->batch->count - 1] = ms;
        c->first_ms = first_ms < c->first_ms ? first_ms : c->first_ms;
        windows->count++;
    }
    windows->bytes += c->batch->arena.held_bytes - before;
    if (c->batch->count == 0)
        remove_chunk(windows, c, true);
    return fits ? RF_OK : rf_raise_nomem(reterr);
}

/* ---- Leaving ---- */

/* The next window of a chunk: those between its first and its last follow each other. */
static int64_t next_of(const rf_windows *windows, const chunk *c) {
    return c->first_ms > windows->done_ms ? c->first_ms : rf_windows_end_before(windows, windows->done_ms) + windows->slide_ms;
}

int64_t rf_windows_next(const rf_windows *windows) {
    int64_t next = RF_WINDOW_NONE;
    for (const chunk *c = windows->first; c; c = c->next) {
        const int64_t its = next_of(windows, c);
        next = its < next ? its : next;
    }
    return next;
}

static bool copy_chunk(const rf_windows *windows, const chunk *c, int64_t end_ms, rf_slice text, rf_batch *batch) {
    bool fits = true;
    for (uint32_t i = 0; fits && i < c->batch->count; i++) {
        if (c->times_ms[i] >= end_ms || c->times_ms[i] < end_ms - windows->size_ms)
            continue;
        fits = rf_batch_add_copy(batch, &c->batch->messages[i]) &&
               rf_batch_set_meta(batch, &batch->messages[batch->count - 1], RF_SLICE("window_end_timestamp"), rf_string(text));
    }
    return fits;
}

rf_code rf_windows_copy(const rf_windows *windows, int64_t end_ms, rf_batch *batch, rf_claims *claims, rf_error *reterr) {
    char text[RF_CLOCK_TEXT_MAX];
    const int64_t sec = floor_to(end_ms, 1000) / 1000;
    const size_t len = rf_clock_rfc3339(sec, (uint32_t)(end_ms - sec * 1000) * 1000000u, -1, text);
    const rf_slice stamp = rf_slice_dup_in(&batch->arena, (rf_slice){ text, len });
    bool fits = stamp.data != NULL;
    assert(batch->count == 0);
    for (const chunk *c = windows->first; fits && c; c = c->next) {
        const uint32_t before = batch->count;
        if (c->first_ms <= end_ms && c->last_ms >= end_ms)
            fits = copy_chunk(windows, c, end_ms, stamp, batch);
        if (fits && batch->count > before)
            fits = rf_claims_join(claims, c->claims);
    }
    rf_batch_join(batch);
    return fits ? RF_OK : rf_raise_nomem(reterr);
}

void rf_windows_pass(rf_windows *windows, int64_t end_ms) {
    windows->done_ms = end_ms > windows->done_ms ? end_ms : windows->done_ms;
    for (chunk *c = windows->first, *next; c; c = next) {
        next = c->next;
        if (c->last_ms <= windows->done_ms)
            remove_chunk(windows, c, true);
    }
}

void rf_windows_give_up(rf_windows *windows) {
    while (windows->first)
        remove_chunk(windows, windows->first, false);
}
