/* buffered.c: the buffer between the inputs and the workers: stored to, read from, and when each of them ends. */
#include "stream/buffered.h"

#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"
#include "stream/runtime.h"

#include <assert.h>
#include <inttypes.h>

#define STORE_WAIT_NS (RF_NS_PER_S / 4) /* giving up is not announced to who waits for room */

void rf_buffered_make(rf_stream *stream) {
    static const rf_batching none;
    const rf_component *component = &stream->config->buffer;
    const rf_buffer_kind *kind = component->kind;
    if (!kind || !kind->store)
        return;
    const rf_batching *batching = kind->batching ? kind->batching(component->state) : NULL;
    rf_intake *reader = &stream->sources[stream->source_count++];
    *reader = (rf_intake){
        .stream = stream, .component = component, .kind = &kind->reader, .batching = batching ? *batching : none, .keeps = kind->keeps || kind->claims,
        .link = { .complaints = { .burst = 3, .period_ns = 30 * RF_NS_PER_S } },
    };
    stream->holds |= kind->claims;
    stream->buffered.component = component;
    stream->buffered.kind = kind;
    stream->buffered.reader = &stream->feeds[stream->feed_count];
    stream->buffered.complaints.burst = 1;
    stream->buffered.complaints.period_ns = 30 * RF_NS_PER_S;
    stream->feeds[stream->feed_count++] = (rf_feed){ .first = reader };
}

bool rf_buffered_is_stopping(const rf_stream *stream) {
    const rf_phase phase = rf_stream_phase(stream);
    return phase >= RF_PHASE_ABORT || (phase >= RF_PHASE_DRAIN && stream->buffered.kind->keeps && atomic_load(&stream->feeding) == 0);
}

const rf_components *rf_buffered_before(const rf_stream *stream, const rf_feed *feed) {
    const rf_buffered *buffered = &stream->buffered;
    return rf_buffered_takes(stream, feed) && buffered->kind->before ? buffered->kind->before(buffered->component->state) : NULL;
}

/* False: the run is to be given up. */
static bool try_again(rf_stream *stream, rf_meter *meter, rf_backoff *backoff, const rf_error *error) {
    rf_meter_add(meter, stream->buffered.error, 1);
    if (!(error->flags & RF_ERROR_RETRIABLE)) {
        rf_stream_fail(stream, error, RF_PHASE_DRAIN); /* what is stored is delivered still */
        return false;
    }
    rf_stream_complain(stream, &stream->buffered.complaints, RF_LOG_ERROR, stream->buffered.component,
                       "Failed to store messages, inputs wait", rf_slice_of(error->message));
    return rf_stream_pause(stream, rf_backoff_next_ns(backoff), RF_PHASE_ABORT);
}

static bool store_all(rf_stream *stream, rf_meter *meter, rf_batch *batch) {
    const rf_buffered *buffered = &stream->buffered;
    rf_backoff backoff = { 0 };
    uint32_t next = 0;
    while (rf_stream_phase(stream) < RF_PHASE_ABORT && !atomic_load(&buffered->unread)) {
        rf_error error = { 0 };
        rf_code code = buffered->kind->store(buffered->component->state, batch, &next, STORE_WAIT_NS, &error);
        if (code == RF_OK)
            return true;
        if (code == RF_EAGAIN)
            rf_backoff_reset(&backoff);
        else if (!try_again(stream, meter, &backoff, &error))
            return false;
    }
    return false;
}

/* Whoever reads waits on. */
static bool store_claimed(rf_stream *stream, const rf_shard_env *env, rf_batch *batch) {
    rf_load load = { .batch = batch, .outlet = &stream->outlet, .ticket = rf_ticket_new(batch) };
    const rf_course course = { .env = env, .load = load.ticket ? &load : NULL };
    batch->course = &course;
    const bool stored = store_all(stream, env->meter, batch);
    batch->course = NULL;
    rf_load_finish(stream, env->meter, &load, stored ? RF_FATE_DELIVERED : RF_FATE_GIVEN_UP, "");
    rf_tickets_settle(stream, env->meter);
    return stored;
}

void rf_buffered_store(rf_stream *stream, const rf_shard_env *env, rf_batch *batch) {
    RF_ZONE(RF_ZONE_INPUT_READ, "store");
    const uint32_t count = batch->count;
    const bool claimed = stream->buffered.kind->claims;
    const bool stored = claimed ? store_claimed(stream, env, batch) : store_all(stream, env->meter, batch);
    if (stored) {
        rf_meter_add(env->meter, stream->buffered.received, count);
        rf_meter_add(env->meter, stream->buffered.batch_received, 1);
    }
    if (!claimed)
        rf_stream_finish(stream, env->meter, batch, stored ? RF_FATE_DELIVERED : RF_FATE_GIVEN_UP, "");
}

void rf_buffered_give_up(rf_stream *stream) {
    if (stream->buffered.component && stream->buffered.kind->give_up)
        stream->buffered.kind->give_up(stream->buffered.component->state);
}

void rf_buffered_feed_ended(rf_stream *stream, const rf_feed *feed) {
    if (rf_buffered_is_reader(stream, feed)) {
        atomic_store(&stream->buffered.unread, true);
        rf_queue_close(&stream->queue);
        return;
    }
    if (atomic_fetch_sub(&stream->feeding, 1) != 1)
        return;
    if (!stream->buffered.component) {
        rf_queue_close(&stream->queue);
        return;
    }
    stream->buffered.kind->ended(stream->buffered.component->state);
    if (stream->buffered.kind->reader.wake)
        stream->buffered.kind->reader.wake(stream->buffered.component->state);
}

void rf_buffered_end(rf_stream *stream) {
    const rf_buffered *buffered = &stream->buffered;
    if (!buffered->component || !buffered->kind->left)
        return;
    const uint64_t left = buffered->kind->left(buffered->component->state);
    const rf_log_origin origin = { buffered->component->label, buffered->component->path };
    if (!buffered->kind->keeps)
        atomic_fetch_add(&stream->undelivered, left);
    else if (left > 0)
        rf_log_write(stream->log, RF_LOG_INFO, &origin, "%" PRIu64 " message%s left in the buffer, for the next start", left,
                     left == 1 ? " is" : "s are");
}
