/* deliver.c: the output side: each batch in its turn, written until it is written. */
#include "stream/runtime.h"

#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"

#include <assert.h>

#define GIVEN_UP_POLL_NS (50 * RF_NS_PER_MS) /* giving up is not announced under the output's lock */

static bool given_up(const rf_stream *stream) {
    return rf_stream_phase(stream) >= RF_PHASE_ABORT;
}

bool rf_stream_replays(const rf_stream *stream) {
    return stream->replays;
}

void rf_deliver_begin(rf_stream *stream, const rf_shard_env *env, const rf_batch *batch) {
    const rf_intake *source = batch->source;
    stream->delivering = env;
    stream->replays = !source->kind->answers && !source->component->no_replay;
}

static bool holds_outputs(const rf_field *fields) {
    for (; fields && fields->name; fields++)
        if (fields->type == RF_FIELD_OUTPUT || fields->type == RF_FIELD_OUTPUTS || fields->type == RF_FIELD_OUTPUT_LABEL || holds_outputs(fields->fields))
            return true;
    return false;
}

/* What a peer or a disk would not take is an error; what the config's own rules do not let through is as it should be. */
static void tell_refused(rf_stream *stream, rf_slice why) {
    const rf_output_kind *kind = stream->outlet.kind;
    const bool ruled = strcmp(kind->name, "reject") == 0 || holds_outputs(kind->fields);
    char what[100] = "Failed to send message";
    if (!ruled)
        (void)snprintf(what, sizeof what, "Failed to send message to %s", kind->name);
    rf_stream_complain(stream, &stream->outlet.link.complaints, ruled ? RF_LOG_WARN : RF_LOG_ERROR, &stream->config->output, what, why);
}

/* What the output would not take is all that stays in the batch. */
static rf_attempt take_refused(rf_stream *stream, rf_batch *batch, char why[static 200]) {
    rf_slice reason = { "", 0 };
    for (uint32_t i = 0; i < batch->count && reason.len == 0; i++)
        if (rf_batch_refusal(batch, i).data)
            reason = rf_batch_refusal(batch, i);
    (void)snprintf(why, 200, "%.*s", RF_SLICE_ARG(reason));
    tell_refused(stream, rf_slice_of(why));
    rf_batch_keep_refused(batch);
    return RF_ATTEMPT_REFUSED;
}

/* A retriable error: logged, and tried again. Any other ends the run. */
static rf_attempt failed(rf_stream *stream, const rf_error *error, char why[static 200]) {
    if (given_up(stream))
        return RF_ATTEMPT_GIVEN_UP;
    if (!(error->flags & RF_ERROR_RETRIABLE)) {
        rf_stream_fail(stream, error, RF_PHASE_ABORT);
        return RF_ATTEMPT_GIVEN_UP;
    }
    tell_refused(stream, rf_slice_of(error->message));
    if (rf_stream_replays(stream))
        return RF_ATTEMPT_AGAIN;
    (void)snprintf(why, 200, "%.199s", error->message);
    return RF_ATTEMPT_REFUSED;
}

rf_attempt rf_deliver_attempt(rf_stream *stream, rf_batch *batch, char why[static 200]) {
    rf_error error = { 0 };
    uint32_t unwritten = 0;
    if (given_up(stream))
        return RF_ATTEMPT_GIVEN_UP;
    if (rf_outlet_write(&stream->outlet, batch, 0, &unwritten, &error))
        return failed(stream, &error, why);
    return batch->refused_count ? take_refused(stream, batch, why) : RF_ATTEMPT_DONE;
}

/* In place: those behind wait, too. False: given up. */
static bool pause(rf_stream *stream) {
    return rf_stream_pause(stream, rf_backoff_next_ns(&stream->outlet.link.backoff), RF_PHASE_ABORT);
}

static rf_fate deliver_locked(rf_stream *stream, rf_batch *batch, char why[static 200]) {
    for (;;) {
        rf_attempt attempt = rf_deliver_attempt(stream, batch, why);
        if (attempt == RF_ATTEMPT_DONE)
            return RF_FATE_DELIVERED;
        if (attempt == RF_ATTEMPT_REFUSED && !rf_stream_replays(stream))
            return RF_FATE_REFUSED;
        if (attempt == RF_ATTEMPT_REFUSED && rf_late_park(stream, batch))
            return RF_FATE_KEPT;
        if (attempt == RF_ATTEMPT_GIVEN_UP || !pause(stream))
            return RF_FATE_GIVEN_UP;
    }
}

/* Workers finish in any order; what they made leaves in the order in which it was read. Nobody waits for a batch that
 * is not being worked on, since the queue gives them out in that order too. Takes the output's lock. */
static void wait_for_turn(rf_stream *stream, const rf_batch *batch) {
    RF_ZONE(RF_ZONE_WAIT, "turn");
    rf_mutex_lock(&stream->output_lock);
    while (stream->turn != batch->turn && !given_up(stream))
        (void)rf_cond_wait_for(&stream->turn_came, &stream->output_lock, GIVEN_UP_POLL_NS);
}

void rf_deliver(rf_stream *stream, const rf_shard_env *env, rf_batch *batch) {
    char why[200] = "";
    uint64_t turn = batch->turn;
    /* The lock is held through the waiting for the output: the others could only fail the same way, and an output may
     * rely on the same batch coming again. */
    rf_queue_delivery_begin(&stream->queue);
    wait_for_turn(stream, batch);
    rf_queue_delivery_turn(&stream->queue);
    rf_deliver_begin(stream, env, batch);
    rf_fate fate = batch->count == 0 /* all filtered, on purpose */ ? RF_FATE_DELIVERED : deliver_locked(stream, batch, why);
    if (stream->turn == turn) {
        stream->turn++;
        rf_cond_broadcast(&stream->turn_came);
    }
    rf_queue_delivery_end(&stream->queue); /* before the next one's turn begins */
    rf_mutex_unlock(&stream->output_lock);
    rf_stream_finish(stream, env->meter, batch, fate, why);
}

void rf_deliver_connect(rf_stream *stream, const rf_shard_env *env) {
    rf_error error = { 0 };
    rf_mutex_lock(&stream->output_lock);
    stream->delivering = env;
    rf_code code = rf_outlet_connect(&stream->outlet, 0, &error);
    rf_mutex_unlock(&stream->output_lock);
    if (code && code != RF_EAGAIN && !given_up(stream))
        rf_stream_fail(stream, &error, RF_PHASE_ABORT);
}
