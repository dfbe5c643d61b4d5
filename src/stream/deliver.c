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

bool rf_intake_replays(const rf_intake *source, uint64_t mark) {
    const rf_input_kind *kind = source->kind;
    return !kind->answers && !source->component->no_replay && (!kind->replays || kind->replays(source->component->state, mark));
}

/* Of a batch that was put together: all of it. */
static bool replays(const rf_load *load) {
    bool all = load->owner_count > 0 ||
               (load->ticket ? rf_ticket_replays(load->ticket) : rf_intake_replays(load->batch->source, load->batch->mark));
    for (uint32_t i = 0; i < load->owner_count && all; i++)
        all = rf_ticket_replays(load->owners[i].ticket);
    return all;
}

static bool holds_outputs(const rf_field *fields) {
    for (; fields && fields->name; fields++)
        if (fields->type == RF_FIELD_OUTPUT || fields->type == RF_FIELD_OUTPUTS || fields->type == RF_FIELD_OUTPUT_LABEL ||
            holds_outputs(fields->fields))
            return true;
    return false;
}

bool rf_output_holds_others(const rf_output_kind *kind) {
    return holds_outputs(kind->fields);
}

/* What a peer or a disk would not take is an error; what the config's own rules do not let through is as it should be. */
static void tell_refused(rf_outlet *outlet, rf_slice why) {
    const rf_output_kind *kind = outlet->kind;
    const bool ruled = strcmp(kind->name, "reject") == 0 || rf_output_holds_others(kind);
    char what[100] = "Failed to send message";
    if (!ruled)
        (void)snprintf(what, sizeof what, "Failed to send message to %s", kind->name);
    rf_stream_complain(outlet->stream, &outlet->link.complaints, ruled ? RF_LOG_WARN : RF_LOG_ERROR, outlet->component, what, why);
}

/* Whose each refused message is of a batch that was put together decides whether it is tried again. */
static void judge_owners(rf_stream *stream, rf_load *load) {
    for (uint32_t i = 0; i < load->batch->count && load->batch->refused_count; i++) {
        char why[200];
        rf_slice text = rf_batch_refusal(load->batch, i);
        if (!text.data)
            continue;
        (void)snprintf(why, sizeof why, "%.*s", rf_batch_is_refused_openly(load->batch, i) ? (int)text.len : 0, text.data);
        if (!rf_load_refuse(stream, load, load->batch->messages[i].origin, rf_batch_insists(load->batch, i), why))
            rf_batch_accept(load->batch, i);
    }
}

/* What can never be written, and nobody had another way for: the output has told of it, and it is counted here. */
static void drop_unwritable(rf_load *load, rf_meter *meter) {
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < load->batch->count && load->batch->refused_count; i++)
        if (rf_batch_is_refused_for_good(load->batch, i)) {
            rf_batch_accept(load->batch, i);
            dropped++;
        }
    rf_meter_add(meter, load->outlet->unwritten, dropped);
}

/* One that need not be tried again is the input's affair, and then so are those in its batch. */
static bool insists(const rf_batch *batch) {
    bool all = true;
    for (uint32_t i = 0; i < batch->count && all; i++)
        all = !rf_batch_refusal(batch, i).data || rf_batch_insists(batch, i);
    return all;
}

/* What the output would not take is all that stays in the batch. */
static rf_attempt take_refused(rf_stream *stream, rf_load *load, rf_meter *meter, char why[static 200]) {
    rf_batch *batch = load->batch;
    drop_unwritable(load, meter);
    if (!batch->refused_count)
        return RF_ATTEMPT_DONE;
    rf_slice reason = { "", 0 };
    bool openly = false;
    for (uint32_t i = 0; i < batch->count && reason.len == 0; i++)
        if (rf_batch_refusal(batch, i).data) {
            reason = rf_batch_refusal(batch, i);
            openly = rf_batch_is_refused_openly(batch, i);
        }
    (void)snprintf(why, 200, "%.*s", RF_SLICE_ARG(reason));
    load->insists = insists(batch);
    tell_refused(load->outlet, rf_slice_of(why));
    if (!openly)
        why[0] = '\0'; /* ours to know */
    if (load->owners)
        judge_owners(stream, load);
    rf_batch_keep_refused(batch);
    if (load->owners)
        rf_load_settle(stream, load);
    return batch->count ? RF_ATTEMPT_REFUSED : RF_ATTEMPT_DONE;
}

/* Of a batch that was put together some may be tried again, and others not. */
static rf_attempt refuse_all(rf_stream *stream, rf_load *load, const char *why) {
    rf_batch_clear_refusals(load->batch);
    for (uint32_t i = 0; i < load->batch->count; i++)
        if (!rf_batch_refuse(load->batch, i, "%.199s", why))
            return RF_ATTEMPT_AGAIN; /* out of memory: it comes again as it is */
    judge_owners(stream, load);
    rf_batch_keep_refused(load->batch);
    rf_load_settle(stream, load);
    return load->batch->count ? RF_ATTEMPT_AGAIN : RF_ATTEMPT_DONE;
}

/* A retriable error: logged, and tried again. Any other ends the run. */
static rf_attempt failed(rf_stream *stream, rf_load *load, bool again, const rf_error *error, char why[static 200]) {
    if (given_up(stream))
        return RF_ATTEMPT_GIVEN_UP;
    if (!(error->flags & RF_ERROR_RETRIABLE)) {
        rf_stream_fail(stream, error, RF_PHASE_ABORT);
        return RF_ATTEMPT_GIVEN_UP;
    }
    tell_refused(load->outlet, rf_slice_of(error->message));
    if (again)
        return RF_ATTEMPT_AGAIN;
    why[0] = '\0'; /* what a peer said is ours to know */
    return load->owners ? refuse_all(stream, load, error->message) : RF_ATTEMPT_REFUSED;
}

rf_attempt rf_deliver_attempt(rf_stream *stream, const rf_shard_env *env, rf_load *load, char why[static 200]) {
    rf_error error = { 0 };
    uint32_t unwritten = 0;
    rf_batch *batch = load->batch;
    const rf_course course = { .env = env, .replays = replays(load), .load = load->owners || load->ticket ? load : NULL };
    if (given_up(stream))
        return RF_ATTEMPT_GIVEN_UP;
    batch->course = &course;
    rf_code code = load->owners ? rf_outlet_write_full(load->outlet, batch, &unwritten, &error)
                                : rf_outlet_write(load->outlet, batch, 0, &unwritten, &error);
    batch->course = NULL;
    if (code)
        return failed(stream, load, course.replays, &error, why);
    return batch->refused_count ? take_refused(stream, load, env->meter, why) : RF_ATTEMPT_DONE;
}

/* In place: those behind wait, too. False: given up. */
static bool pause(const rf_load *load) {
    return rf_stream_pause(load->outlet->stream, rf_backoff_next_ns(&load->outlet->link.backoff), RF_PHASE_ABORT);
}

rf_fate rf_deliver_load(rf_stream *stream, const rf_shard_env *env, rf_load *load, bool waits, char why[static 200]) {
    for (;;) {
        rf_attempt attempt = rf_deliver_attempt(stream, env, load, why);
        if (attempt == RF_ATTEMPT_DONE)
            return RF_FATE_DELIVERED;
        if (attempt == RF_ATTEMPT_REFUSED && !load->owners && !load->insists && !replays(load))
            return RF_FATE_REFUSED;
        if (attempt == RF_ATTEMPT_REFUSED && rf_late_park(stream, load, waits))
            return RF_FATE_KEPT;
        if (attempt == RF_ATTEMPT_GIVEN_UP || !pause(load))
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
    rf_load load = { .batch = batch, .outlet = &stream->outlet };
    /* The lock is held through the waiting for the output: the others could only fail the same way, and an output may
     * rely on the same batch coming again. */
    rf_queue_delivery_begin(&stream->queue);
    wait_for_turn(stream, batch);
    rf_queue_delivery_turn(&stream->queue);
    if (stream->holds)
        load.ticket = rf_ticket_new(batch); /* without memory for it nothing is kept, but written as it comes */
    rf_fate fate = batch->count == 0 /* all filtered, on purpose */ ? RF_FATE_DELIVERED : rf_deliver_load(stream, env, &load, true, why);
    if (stream->turn == turn)
        stream->turn++;
    rf_queue_delivery_end(&stream->queue); /* before the next one's turn begins */
    rf_mutex_unlock(&stream->output_lock);
    rf_cond_broadcast(&stream->turn_came); /* not before: whoever wakes would wait for the lock */
    rf_load_finish(stream, env->meter, &load, fate, why);
    if (stream->holds)
        rf_tickets_settle(stream, env->meter);
}

void rf_deliver_connect(rf_stream *stream, const rf_shard_env *env) {
    const rf_course course = { .env = env, .ahead = true };
    rf_error error = { 0 };
    rf_mutex_lock(&stream->output_lock);
    rf_code code = rf_outlet_connect(&stream->outlet, &course, &error);
    rf_mutex_unlock(&stream->output_lock);
    if (code && code != RF_EAGAIN && !given_up(stream))
        rf_stream_fail(stream, &error, RF_PHASE_ABORT);
}
