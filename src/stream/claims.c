/* claims.c: tickets that a component holds in place of an output. */
#include "stream/claims.h"

#include "base/alloc.h"
#include "stream/runtime.h"

#include <assert.h>

struct rf_claims {
    rf_stream *stream; /* NULL: nobody yet */
    rf_ticket **items;
    uint32_t count, cap;
};

rf_claims *rf_claims_new(void) {
    return rf_alloc_zero(1, sizeof(rf_claims));
}

/* Neighbours are the same as a rule. */
static bool add(rf_claims *claims, rf_ticket *ticket) {
    if (!ticket || (claims->count && claims->items[claims->count - 1] == ticket))
        return true;
    if (claims->count == claims->cap) {
        const uint32_t cap = claims->cap ? claims->cap * 2 : 2;
        rf_ticket **items = rf_realloc(claims->items, (size_t)cap * sizeof *items);
        if (!items)
            return false;
        claims->items = items;
        claims->cap = cap;
    }
    atomic_fetch_add(&ticket->refs, 1);
    claims->items[claims->count++] = ticket;
    return true;
}

static void drop_from(rf_claims *claims, uint32_t first, rf_fate fate, const char *why) {
    for (uint32_t i = first; i < claims->count; i++)
        rf_ticket_drop(claims->stream, claims->items[i], fate, why);
    claims->count = first;
}

bool rf_claims_take(rf_claims *claims, const rf_batch *batch) {
    const rf_load *load = batch->course ? batch->course->load : NULL;
    const uint32_t before = claims->count;
    if (!load)
        return false; /* there was no memory for its ticket */
    claims->stream = load->outlet->stream;
    bool fits = add(claims, load->ticket);
    for (uint32_t i = 0; fits && i < load->owner_count; i++)
        fits = add(claims, load->owners[i].ticket);
    if (!fits)
        drop_from(claims, before, RF_FATE_DELIVERED, ""); /* the load has its own still */
    return fits;
}

bool rf_claims_join(rf_claims *claims, const rf_claims *from) {
    bool fits = true;
    claims->stream = from->stream;
    for (uint32_t i = 0; fits && i < from->count; i++)
        fits = add(claims, from->items[i]);
    return fits;
}

bool rf_claims_replay(const rf_claims *claims) {
    bool replay = false;
    for (uint32_t i = 0; !replay && i < claims->count; i++)
        replay = rf_ticket_replays(claims->items[i]);
    return replay;
}

void rf_claims_answer(rf_claims *claims, bool delivered, const char *why) {
    if (!claims)
        return;
    drop_from(claims, 0, delivered ? RF_FATE_DELIVERED : why ? RF_FATE_REFUSED : RF_FATE_GIVEN_UP, why ? why : "");
    rf_free(claims->items);
    rf_free(claims);
}
