/* ticket.c: whose messages wait in outputs: an input's batch is acknowledged when the last of them is done. */
#include "stream/runtime.h"

#include "base/alloc.h"

#include <assert.h>

rf_ticket *rf_ticket_new(const rf_batch *batch) {
    assert(batch && batch->source);
    rf_ticket *ticket = rf_alloc_zero(1, sizeof *ticket);
    if (!ticket)
        return NULL;
    atomic_init(&ticket->refs, 1);
    ticket->claim = rf_claim_of(batch);
    ticket->reply = batch->reply;
    ticket->fate = RF_FATE_DELIVERED;
    return ticket;
}

bool rf_ticket_replays(const rf_ticket *ticket) {
    return rf_intake_replays(ticket->claim.source, ticket->claim.mark);
}

/* The worst of its parts is what became of it: given up above all. */
static void note(rf_ticket *ticket, rf_fate fate, const char *why) {
    bool worse = (fate == RF_FATE_REFUSED && ticket->fate == RF_FATE_DELIVERED) || fate == RF_FATE_GIVEN_UP;
    if (!worse)
        return;
    ticket->fate = fate;
    (void)snprintf(ticket->why, sizeof ticket->why, "%.199s", why);
}

void rf_ticket_drop(rf_stream *stream, rf_ticket *ticket, rf_fate fate, const char *why) {
    if (!ticket)
        return;
    assert(fate != RF_FATE_KEPT);
    rf_mutex_lock(&stream->lock);
    note(ticket, fate, why);
    if (atomic_fetch_sub(&ticket->refs, 1) == 1) {
        ticket->next = NULL;
        *(stream->settled_last ? &stream->settled_last->next : &stream->settled) = ticket;
        stream->settled_last = ticket;
    }
    rf_mutex_unlock(&stream->lock);
}

static rf_ticket *take_settled(rf_stream *stream) {
    rf_mutex_lock(&stream->lock);
    rf_ticket *ticket = stream->settled;
    stream->settled = stream->settled_last = NULL;
    rf_mutex_unlock(&stream->lock);
    return ticket;
}

void rf_tickets_settle(rf_stream *stream, rf_meter *meter) {
    for (rf_ticket *ticket; (ticket = take_settled(stream));) /* an answer may be the last that others wait for */
        for (rf_ticket *next; ticket; ticket = next) {
            next = ticket->next;
            rf_stream_answer(stream, meter, &ticket->claim, ticket->fate, ticket->why);
            rf_free(ticket);
        }
}

/* ---- Whose the messages of a batch are that was put together ---- */

bool rf_load_own(rf_load *load, uint32_t origin, rf_ticket *ticket) {
    if (load->owner_count == load->owner_cap) {
        uint32_t cap = load->owner_cap ? load->owner_cap * 2 : 64;
        rf_owner *owners = rf_realloc(load->owners, (size_t)cap * sizeof *owners);
        if (!owners)
            return false;
        load->owners = owners;
        load->owner_cap = cap;
    }
    atomic_fetch_add(&ticket->refs, 1);
    load->owners[load->owner_count++] = (rf_owner){ origin, ticket };
    return true;
}

uint32_t rf_load_origin(const rf_batch *batch, uint32_t index) {
    const rf_message *message = &batch->messages[index];
    for (; batch->whole; batch = batch->whole) {
        if (message->origin == 0 || message->origin > batch->whole->count)
            return 0;
        message = &batch->whole->messages[message->origin - 1];
    }
    return message->origin;
}

/* Both lists are in the order of the origins. */
void rf_load_settle(rf_stream *stream, rf_load *load) {
    const rf_batch *batch = load->batch;
    uint32_t kept = 0, at = 0;
    for (uint32_t i = 0; i < load->owner_count; i++) {
        const rf_owner *owner = &load->owners[i];
        while (at < batch->count && batch->messages[at].origin < owner->origin)
            at++;
        if (at < batch->count && batch->messages[at].origin == owner->origin)
            load->owners[kept++] = *owner;
        else
            rf_ticket_drop(stream, owner->ticket, RF_FATE_DELIVERED, "");
    }
    load->owner_count = kept;
}

bool rf_load_refuse(rf_stream *stream, rf_load *load, uint32_t origin, bool insists, const char *why) {
    bool again = insists;
    for (uint32_t i = 0; i < load->owner_count; i++)
        again |= load->owners[i].origin == origin && load->owners[i].ticket && rf_ticket_replays(load->owners[i].ticket);
    for (uint32_t i = 0; i < load->owner_count && !again; i++) {
        if (load->owners[i].origin != origin)
            continue;
        rf_ticket_drop(stream, load->owners[i].ticket, RF_FATE_REFUSED, why);
        load->owners[i].ticket = NULL;
    }
    return again;
}

void rf_load_finish(rf_stream *stream, rf_meter *meter, rf_load *load, rf_fate fate, const char *why) {
    if (fate == RF_FATE_KEPT)
        return;
    if (!load->owners && !load->ticket) {
        rf_stream_finish(stream, meter, load->batch, fate, why);
        return;
    }
    for (uint32_t i = 0; i < load->owner_count; i++)
        rf_ticket_drop(stream, load->owners[i].ticket, fate, why);
    rf_ticket_drop(stream, load->ticket, fate, why);
    rf_free(load->owners);
    rf_stream_recycle(stream, load->batch);
    *load = (rf_load){ 0 };
}
