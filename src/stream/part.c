/* part.c: some messages of a batch as a batch of their own. */
#include "stream/part.h"

#include "base/alloc.h"

#include <assert.h>

static rf_batch *begin(rf_part *part, rf_batch *whole) {
    assert(part && whole && !part->whole);
    if (!part->batch)
        part->batch = rf_batch_new(whole->keys);
    if (!part->batch)
        return NULL;
    part->batch->count = 0;
    part->batch->mark = whole->mark;
    part->batch->reply = whole->reply;
    part->batch->read_ns = whole->read_ns;
    part->batch->course = whole->course;
    part->batch->whole = whole;
    part->whole = whole;
    return part->batch;
}

rf_batch *rf_part_begin(rf_part *part, rf_batch *whole) {
    if (!begin(part, whole))
        return NULL;
    part->apart = false;
    part->kept = part->batch->arena;
    part->batch->arena = whole->arena;
    return part->batch;
}

rf_batch *rf_part_begin_apart(rf_part *part, rf_batch *whole) {
    if (part->batch)
        rf_batch_clear(part->batch); /* of what the last one left: its messages were readable until now */
    part->apart = true;
    return begin(part, whole);
}

bool rf_part_add(rf_part *part, uint32_t index) {
    assert(part->whole && index < part->whole->count);
    rf_message *original = &part->whole->messages[index], *copy = rf_batch_add(part->batch);
    if (!copy)
        return false;
    rf_message_share(original, copy);
    copy->origin = index + 1;
    return true;
}

void rf_part_end(rf_part *part) {
    assert(part->whole);
    if (!part->apart) {
        part->whole->arena = part->batch->arena;
        part->batch->arena = part->kept;
    }
    part->batch->mark = 0;
    part->batch->reply = NULL;
    part->batch->course = NULL;
    part->batch->whole = NULL;
    part->whole = NULL;
}

void rf_part_done(rf_part *part) {
    assert(!part->whole);
    rf_batch_free(part->batch);
    *part = (rf_part){ 0 };
}

/* ---- Putting together ---- */

void rf_gather_clear(rf_gather *gather) {
    gather->count = 0;
    gather->mixed = false;
}

static bool gather_room(rf_gather *gather, uint32_t more) {
    uint32_t cap = gather->cap ? gather->cap : 16, need = gather->count + more;
    if (need < more)
        return false;
    if (need <= gather->cap)
        return true;
    while (cap < need)
        cap = cap > UINT32_MAX / 2 ? need : cap * 2;
    rf_message *items = rf_realloc(gather->items, (size_t)cap * sizeof *items);
    gather->items = items ? items : gather->items;
    uint32_t *places = items ? rf_realloc(gather->places, (size_t)cap * sizeof *places) : NULL;
    if (!places)
        return false;
    gather->places = places;
    gather->cap = cap;
    return true;
}

static void gather_add(rf_gather *gather, const rf_message *message, uint32_t place) {
    gather->mixed |= gather->count && gather->places[gather->count - 1] > place;
    gather->items[gather->count] = *message;
    gather->places[gather->count++] = place;
}

bool rf_gather_keep(rf_gather *gather, const rf_batch *whole, uint32_t index) {
    assert(index < whole->count);
    if (!gather_room(gather, 1))
        return false;
    gather_add(gather, &whole->messages[index], index + 1);
    return true;
}

bool rf_gather_part(rf_gather *gather, const rf_part *part) {
    const rf_batch *batch = part->batch, *whole = part->whole;
    assert(whole);
    if (!gather_room(gather, batch->count))
        return false;
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_message message = batch->messages[i];
        bool known = message.origin && message.origin <= whole->count;
        uint32_t place = known ? message.origin : UINT32_MAX;
        message.origin = known ? whole->messages[place - 1].origin : 0;
        gather_add(gather, &message, place);
    }
    return true;
}

/* By place, those of one place in the order in which they came: counted, then dealt out. */
static bool sort(rf_gather *gather, uint32_t places, rf_message *out) {
    uint32_t *starts = rf_alloc_zero((size_t)places + 2, sizeof *starts);
    if (!starts)
        return false;
    for (uint32_t i = 0; i < gather->count; i++) {
        uint32_t place = gather->places[i] <= places ? gather->places[i] - 1 : places;
        starts[place + 1]++;
    }
    for (uint32_t i = 1; i < places + 2; i++)
        starts[i] += starts[i - 1];
    for (uint32_t i = 0; i < gather->count; i++) {
        uint32_t place = gather->places[i] <= places ? gather->places[i] - 1 : places;
        out[starts[place]++] = gather->items[i];
    }
    rf_free(starts);
    return true;
}

bool rf_gather_finish(rf_gather *gather, rf_batch *whole) {
    if (!gather->mixed)
        return rf_batch_replace(whole, gather->items, gather->count);
    rf_message *sorted = rf_alloc((size_t)gather->count * sizeof *sorted);
    bool done = sorted && sort(gather, whole->count, sorted) && rf_batch_replace(whole, sorted, gather->count);
    rf_free(sorted);
    return done;
}

void rf_gather_done(rf_gather *gather) {
    rf_free(gather->items);
    rf_free(gather->places);
    *gather = (rf_gather){ 0 };
}
