/* late.c: the thread that tries again what an output would not take, while others go on. */
#include "stream/runtime.h"

#include "base/clock.h"

#include <assert.h>

#define POLL_NS (50 * RF_NS_PER_MS)        /* giving up is not announced under the output's lock */
#define COMPACT_BYTES ((size_t)1 << 20)    /* a batch that has grown by so much through attempts is copied into a new one */

static bool is_draining(const rf_stream *stream) { return rf_stream_phase(stream) >= RF_PHASE_DRAIN; }

/* The one that is due first; NULL: there is none. */
static rf_parked *first(rf_late *late) {
    rf_parked *found = NULL;
    for (uint32_t i = 0; i < late->count; i++)
        if (!found || late->parked[i].due_ns < found->due_ns)
            found = &late->parked[i];
    return found;
}

static void schedule(rf_parked *parked) {
    parked->due_ns = rf_clock_mono_ns() + rf_backoff_next_ns(&parked->backoff);
}

/* Outputs and their processors take memory from the batch at each attempt: what is still needed moves to a fresh one. */
static void compact(rf_stream *stream, rf_parked *parked) {
    rf_batch *old = parked->load.batch, *fresh;
    if (old->arena.held_bytes < parked->held_bytes + COMPACT_BYTES || !(fresh = rf_recycler_borrow(&stream->recycler)))
        return;
    for (uint32_t i = 0; i < old->count; i++)
        if (!rf_batch_add_copy(fresh, &old->messages[i])) {
            rf_recycler_return(&stream->recycler, fresh);
            return;
        }
    fresh->mark = old->mark;
    fresh->read_ns = old->read_ns;
    fresh->source = old->source;
    fresh->read_count = old->read_count;
    rf_recycler_return(&stream->recycler, old);
    parked->load.batch = fresh;
    parked->held_bytes = fresh->arena.held_bytes;
}

static void take_out(rf_late *late, rf_parked *parked) {
    *parked = late->parked[--late->count];
    rf_cond_signal(&late->room);
}

/* Under the lock, but not for the acknowledgement. */
static void finish(rf_stream *stream, rf_parked *parked, rf_fate fate, const char *why) {
    rf_load load = parked->load;
    take_out(&stream->late, parked);
    rf_mutex_unlock(&stream->output_lock);
    rf_load_finish(stream, stream->late.env.meter, &load, fate, why);
    rf_mutex_lock(&stream->output_lock);
}

static void try_again(rf_stream *stream, rf_parked *parked) {
    char why[200] = "";
    bool last = is_draining(stream);
    rf_attempt attempt = rf_deliver_attempt(stream, &stream->late.env, &parked->load, why);
    parked->refused = attempt == RF_ATTEMPT_REFUSED;
    if (attempt == RF_ATTEMPT_DONE)
        finish(stream, parked, RF_FATE_DELIVERED, why);
    else if (attempt == RF_ATTEMPT_GIVEN_UP || (last && parked->refused))
        finish(stream, parked, RF_FATE_GIVEN_UP, why);
    else {
        if (attempt == RF_ATTEMPT_AGAIN)
            rf_outlet_forget(parked->load.outlet); /* others come meanwhile */
        compact(stream, parked);
        schedule(parked);
    }
}

/* A stop does not wait for what an output says no to: there is one more attempt, at once. */
static bool is_due(const rf_stream *stream, const rf_parked *parked, uint64_t now) {
    return parked->due_ns <= now || (parked->refused && is_draining(stream));
}

/* What an output has kept long enough, or nothing more will come to. *ret_due_ns: when the next is due. True: something was written. */
static bool flush_one(rf_stream *stream, bool all, uint64_t *ret_due_ns) {
    size_t at = 0;
    *ret_due_ns = UINT64_MAX;
    for (rf_outlet *outlet; stream->holds && (outlet = rf_outlets_next(stream, &at));) {
        uint64_t due_ns = rf_hold_due_ns(&outlet->hold);
        if (outlet->hold.load.batch && (all || due_ns <= rf_clock_mono_ns())) {
            rf_hold_flush(outlet, &stream->late.env);
            return true;
        }
        *ret_due_ns = due_ns < *ret_due_ns ? due_ns : *ret_due_ns;
    }
    return false;
}

static void wait_for_news(rf_stream *stream, const rf_parked *parked, uint64_t due_ns) {
    uint64_t now = rf_clock_mono_ns(), wait_ns = POLL_NS;
    if (parked && parked->due_ns < due_ns)
        due_ns = parked->due_ns;
    if (due_ns < now + wait_ns)
        wait_ns = due_ns > now ? due_ns - now : 1;
    (void)rf_cond_wait_for(&stream->late.news, &stream->output_lock, wait_ns);
}

/* One round. False: there is nothing left to do, and nothing will come. */
static bool go_on(rf_stream *stream) {
    rf_parked *parked = first(&stream->late);
    bool last = atomic_load(&stream->working) == 0; /* asked once: what came before it ended is seen */
    uint64_t due_ns;
    if (flush_one(stream, last || rf_stream_phase(stream) >= RF_PHASE_ABORT, &due_ns))
        return true;
    if (!parked && last)
        return false;
    if (parked && rf_stream_phase(stream) >= RF_PHASE_ABORT)
        finish(stream, parked, RF_FATE_GIVEN_UP, "");
    else if (parked && is_due(stream, parked, rf_clock_mono_ns()))
        try_again(stream, parked);
    else
        wait_for_news(stream, parked, due_ns);
    return true;
}

/* Inputs are answered outside of the lock. */
static void settle(rf_stream *stream) {
    rf_mutex_unlock(&stream->output_lock);
    rf_tickets_settle(stream, stream->late.env.meter);
    rf_mutex_lock(&stream->output_lock);
}

static void late_main(void *arg) {
    rf_stream *stream = arg;
    rf_mutex_lock(&stream->output_lock);
    while (go_on(stream))
        if (stream->holds)
            settle(stream);
    rf_outlets_detach(stream, &stream->late.env);
    rf_mutex_unlock(&stream->output_lock);
    rf_stream_thread_ended(stream);
}

/* Under the stream's lock. */
static bool start(rf_stream *stream) {
    rf_late *late = &stream->late;
    rf_error error;
    if (late->started)
        return true;
    atomic_fetch_add(&stream->running, 1);
    late->started = !rf_thread_start(&late->thread, "rf-late", late_main, stream, &error);
    if (!late->started)
        atomic_fetch_sub(&stream->running, 1);
    return late->started;
}

bool rf_late_start(rf_stream *stream) {
    rf_mutex_lock(&stream->lock);
    bool started = start(stream);
    rf_mutex_unlock(&stream->lock);
    return started;
}

/* The lock is given away meanwhile, so that those that are there can be tried; the turn is not. */
static void wait_for_room(rf_stream *stream) {
    rf_late *late = &stream->late;
    while (late->count == RF_PARKED_MAX && rf_stream_phase(stream) < RF_PHASE_ABORT)
        (void)rf_cond_wait_for(&late->room, &stream->output_lock, POLL_NS);
}

bool rf_late_park(rf_stream *stream, rf_load *load, bool waits) {
    rf_late *late = &stream->late;
    assert(load->batch->count > 0);
    if (waits)
        wait_for_room(stream);
    rf_mutex_lock(&stream->lock);
    const bool fits = late->count < RF_PARKED_MAX && rf_stream_phase(stream) < RF_PHASE_ABORT && start(stream);
    if (fits) {
        rf_parked *parked = &late->parked[late->count++];
        *parked = (rf_parked){ .load = *load, .refused = true, .held_bytes = load->batch->arena.held_bytes };
        schedule(parked);
    }
    rf_mutex_unlock(&stream->lock);
    rf_cond_signal(&late->news);
    return fits;
}

void rf_late_end(rf_stream *stream) {
    rf_mutex_lock(&stream->output_lock);
    rf_cond_signal(&stream->late.news);
    rf_mutex_unlock(&stream->output_lock);
}
