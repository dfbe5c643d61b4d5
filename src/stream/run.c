/* run.c: a stream run and watched: threads started, stops obeyed, what is left counted. */
#include "stream/runtime.h"

#include "base/clock.h"
#include "observe/zone.h"
#include "stream/fan.h"
#include "stream/inproc.h"

#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

#define NEVER UINT64_MAX
#define LOOK_NS (100 * RF_NS_PER_MS) /* between looks at the output, while a stop drains */

static rf_code start_threads(rf_stream *stream, rf_error *reterr) {
    rf_code code = RF_OK;
    atomic_store(&stream->running, 0);
    atomic_store(&stream->working, 0);
    atomic_store(&stream->outer, (unsigned)stream->feed_count);
    atomic_store(&stream->feeding, 1); /* ours, until all are started: the queue is closed by the last */
    for (unsigned i = 0; !code && i < stream->shard_count; i++) {
        atomic_fetch_add(&stream->running, 1);
        atomic_fetch_add(&stream->working, 1);
        code = rf_thread_start(&stream->shards[i].thread, "rf-shard", rf_shard_main, &stream->shards[i], reterr);
        if (code)
            atomic_fetch_sub(&stream->working, 1);
    }
    for (size_t i = 0; !code && i < stream->feed_count; i++) {
        const bool counted = !rf_buffered_is_reader(stream, &stream->feeds[i]);
        atomic_fetch_add(&stream->running, 1);
        atomic_fetch_add(&stream->feeding, counted);
        code = rf_thread_start(&stream->feeds[i].thread, counted ? "rf-input" : "rf-buffer", rf_feed_main, &stream->feeds[i], reterr);
        if (code)
            atomic_fetch_sub(&stream->feeding, counted);
    }
    if (code)
        atomic_fetch_sub(&stream->running, 1);
    rf_buffered_feed_ended(stream, NULL);
    return code;
}

static void join_threads(rf_stream *stream) {
    for (size_t i = 0; i < stream->feed_count; i++)
        rf_thread_join(&stream->feeds[i].thread);
    for (unsigned i = 0; i < stream->shard_count; i++)
        rf_thread_join(&stream->shards[i].thread);
    rf_thread_join(&stream->late.thread); /* workers start it */
    rf_fans_end(stream);
}

static void wait_for_event(const rf_stream *stream, uint64_t deadline) {
    struct pollfd event = { .fd = stream->control_fd, .events = POLLIN };
    uint64_t now = rf_clock_mono_ns(), left = deadline > now ? deadline - now : 0, count;
    int wait_ms = deadline == NEVER ? -1 : (int)(left / RF_NS_PER_MS > 60000 ? 60000 : left / RF_NS_PER_MS + 1);
    if (poll(&event, 1, wait_ms) > 0 && read(stream->control_fd, &count, sizeof count) < 0) {
        /* Somebody was faster; the state tells what there is to do. */
    }
}

static uint64_t after(uint64_t ns) {
    uint64_t now = rf_clock_mono_ns();
    return ns < NEVER - now ? now + ns : NEVER;
}

/* First stop: after shutdown_delay, drain. Returns when the next thing is due. */
static uint64_t begin_stop(rf_stream *stream, bool delayed) {
    const rf_config *config = stream->config;
    if (!delayed && config->shutdown_delay_ns > 0) {
        rf_log_write(stream->log, RF_LOG_INFO, NULL, "stopping after the shutdown delay");
        return after(config->shutdown_delay_ns);
    }
    rf_log_write(stream->log, RF_LOG_INFO, NULL, "stopping: the input reads no more, what was read is delivered");
    rf_stream_enter(stream, RF_PHASE_DRAIN);
    return after(config->shutdown_timeout_ns);
}

/* An eighth of the time is enough for an output that cannot be written to anyway. */
static bool is_hopeless(const rf_stream *stream, uint64_t deadline) {
    const uint64_t all_ns = stream->config->shutdown_timeout_ns, now = rf_clock_mono_ns();
    return rf_stream_phase(stream) == RF_PHASE_DRAIN && deadline != NEVER && now + (all_ns - all_ns / 8) >= deadline &&
           atomic_load(&stream->output_fails);
}

static void supervise(rf_stream *stream) {
    uint64_t deadline = NEVER;
    bool asked = false;
    while (atomic_load(&stream->running) > 0) {
        const uint64_t look = rf_stream_phase(stream) == RF_PHASE_DRAIN ? after(LOOK_NS) : NEVER;
        wait_for_event(stream, deadline < look ? deadline : look);
        unsigned stops = atomic_load(&stream->stops);
        const bool drains = atomic_load(&stream->drains);
        bool due = deadline != NEVER && rf_clock_mono_ns() >= deadline;
        if (stops >= 2 || (due && rf_stream_phase(stream) != RF_PHASE_RUN) || is_hopeless(stream, deadline)) {
            rf_stream_enter(stream, RF_PHASE_ABORT);
            deadline = NEVER;
        } else if (((stops == 1 || drains) && !asked) || due) {
            deadline = begin_stop(stream, asked || drains);
            asked = true;
        }
    }
}

/* What no worker took: given back to the input as not delivered. */
static void give_up_left(rf_stream *stream) {
    rf_batch *batch;
    while ((batch = rf_queue_take_left(&stream->queue)))
        rf_stream_finish(stream, stream->late.env.meter, batch, RF_FATE_GIVEN_UP, "");
}

/* A name that only one side knows: the other may be another stream's, some day. */
static void warn_of_inprocs(const rf_stream *stream) {
    for (rf_inproc *one = NULL; (one = rf_inprocs_next(stream->config->inprocs, one));)
        if (!rf_inproc_is_read(one))
            rf_log_write(stream->log, RF_LOG_WARN, NULL, "no input reads inproc %s: what is written to it waits", rf_inproc_name(one));
        else if (!rf_inproc_is_written(one))
            rf_log_write(stream->log, RF_LOG_WARN, NULL, "no output writes inproc %s: there is nothing to be read from it",
                         rf_inproc_name(one));
}

static void give_up_inprocs(rf_stream *stream) {
    for (rf_inproc *one = NULL; (one = rf_inprocs_next(stream->config->inprocs, one));) {
        const uint64_t count = rf_inproc_give_up(one);
        if (count)
            rf_log_write(stream->log, RF_LOG_ERROR, NULL, "%" PRIu64 " message%s written to inproc %s, and nobody read %s", count,
                         count == 1 ? " was" : "s were", rf_inproc_name(one), count == 1 ? "it" : "them");
    }
}

static rf_code verdict(rf_stream *stream, rf_error *reterr) {
    uint64_t left = atomic_load(&stream->undelivered);
    rf_error failure = stream->failure;
    if (left == 0 && !failure.code)
        return RF_OK;
    if (!failure.code)
        return rf_raise(reterr, RF_EIO, "%" PRIu64 " message%s left undelivered", left, left == 1 ? " was" : "s were");
    if (left > 0)
        (void)rf_raise(&failure, failure.code, "%.480s; %" PRIu64 " message%s left undelivered",
                       stream->failure.message, left, left == 1 ? " was" : "s were");
    failure.place = stream->failure.place;
    if (reterr)
        *reterr = failure;
    return failure.code;
}

rf_code rf_stream_run(rf_stream *stream, rf_error *reterr) {
    rf_error error = { 0 };
    assert(!stream->feeds[0].thread.running);
    warn_of_inprocs(stream);
    if (start_threads(stream, &error))
        rf_stream_fail(stream, &error, RF_PHASE_ABORT);
    supervise(stream);
    join_threads(stream);
    give_up_left(stream);
    give_up_inprocs(stream);
    rf_buffered_give_up(stream);
    rf_tickets_settle(stream, stream->late.env.meter);
    rf_buffered_end(stream);
    return verdict(stream, reterr);
}

rf_claim rf_claim_of(const rf_batch *batch) {
    return (rf_claim){ .source = batch->source, .mark = batch->mark, .read_ns = batch->read_ns, .read_count = batch->read_count };
}

void rf_stream_answer(rf_stream *stream, rf_meter *meter, const rf_claim *claim, rf_fate fate, const char *why) {
    const rf_input_kind *kind = claim->source->kind;
    void *state = claim->source->component->state;
    RF_ZONE(RF_ZONE_ACK, fate == RF_FATE_DELIVERED ? "delivered" : "given back");
    if (fate == RF_FATE_DELIVERED)
        rf_meter_observe(meter, claim->source->link.latency, rf_clock_mono_ns() - claim->read_ns);
    else if (fate == RF_FATE_GIVEN_UP && !claim->source->keeps)
        atomic_fetch_add(&stream->undelivered, claim->read_count);
    if (fate == RF_FATE_REFUSED && kind->nack)
        kind->nack(state, claim->mark, why);
    else if (kind->ack)
        kind->ack(state, claim->mark, fate == RF_FATE_DELIVERED);
    if (stream->inner && !claim->source->inner && atomic_fetch_sub(&stream->open, 1) == 1)
        rf_intakes_tell_quiet(stream);
}

void rf_stream_recycle(rf_stream *stream, rf_batch *batch) {
    uint64_t high = batch->arena.high_bytes;
    uint64_t seen = atomic_load_explicit(&stream->arena_high_bytes, memory_order_relaxed);
    while (high > seen && !atomic_compare_exchange_weak(&stream->arena_high_bytes, &seen, high)) {
        /* Another thread was there first: `seen` is now what it wrote. */
    }
    rf_recycler_return(&stream->recycler, batch);
}

void rf_stream_finish(rf_stream *stream, rf_meter *meter, rf_batch *batch, rf_fate fate, const char *why) {
    if (fate == RF_FATE_KEPT)
        return;
    rf_claim claim = rf_claim_of(batch);
    rf_stream_answer(stream, meter, &claim, fate, why);
    rf_stream_recycle(stream, batch);
}
