/* deliver.c: the output side: connect, write until it is written, count. */
#include "stream/runtime.h"

#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"

#include <assert.h>

#define GIVEN_UP_POLL_NS (50 * RF_NS_PER_MS) /* giving up is not announced under the output's lock */

static bool given_up(const rf_stream *stream) {
    return rf_stream_phase(stream) >= RF_PHASE_ABORT;
}

/* A retriable error: logged and waited for. Any other ends the run. False: given up. */
static bool retry(rf_stream *stream, const char *what, const rf_error *error) {
    if (given_up(stream))
        return false;
    if (error->flags & RF_ERROR_RETRIABLE) {
        rf_stream_complain(stream, &stream->output.complaints, RF_LOG_ERROR, &stream->config->output, what,
                           rf_slice_of(error->message));
        return rf_stream_pause(stream, rf_backoff_next_ns(&stream->output.backoff), RF_PHASE_ABORT);
    }
    rf_stream_fail(stream, error, RF_PHASE_ABORT);
    return false;
}

static void connected(rf_stream *stream, rf_meter *meter) {
    const rf_component *output = &stream->config->output;
    const rf_log_origin origin = { output->label, output->path };
    stream->output.connected = true;
    rf_backoff_reset(&stream->output.backoff);
    rf_meter_add(meter, stream->output.up, 1);
    rf_stream_set_output_status(stream, NULL);
    rf_log_write(stream->log, RF_LOG_INFO, &origin, "output %s is active", stream->output_kind->name);
}

/* Under the output's lock, like all below. */
static bool connect_output(rf_stream *stream, rf_meter *meter) {
    while (!stream->output.connected) {
        rf_error error = { 0 };
        if (given_up(stream))
            return false;
        if (!stream->output_kind->connect ||
            !stream->output_kind->connect(stream->config->output.state, &error)) {
            connected(stream, meter);
            break;
        }
        rf_meter_add(meter, stream->output.failed, 1);
        rf_stream_set_output_status(stream, error.message);
        if (!retry(stream, "connecting failed", &error))
            return false;
    }
    return true;
}

/* One attempt; the flush belongs to it, since only flushed messages may be acknowledged. */
static rf_code write_once(rf_stream *stream, rf_meter *meter, rf_batch *batch, uint32_t *ret_unwritten,
                          rf_error *reterr) {
    RF_ZONE(RF_ZONE_OUTPUT_WRITE, stream->output_kind->name);
    void *state = stream->config->output.state;
    uint64_t start = rf_clock_mono_ns();
    rf_code code = stream->output_kind->write(state, batch, ret_unwritten, reterr);
    if (!code && stream->output_kind->flush)
        code = stream->output_kind->flush(state, reterr);
    if (!code)
        rf_meter_observe(meter, stream->output.latency, rf_clock_mono_ns() - start);
    return code;
}

static void count_written(rf_stream *stream, rf_meter *meter, const rf_batch *batch, uint32_t unwritten) {
    assert(unwritten <= batch->count);
    rf_meter_add(meter, stream->output_sent, batch->count - unwritten);
    rf_meter_add(meter, stream->output_batch_sent, 1);
    rf_meter_add(meter, stream->output_error, unwritten);
    rf_meter_add(meter, stream->output_unwritten, unwritten);
    rf_backoff_reset(&stream->output.backoff);
}

/* What follows a failed attempt. False: given up. */
static bool after_failure(rf_stream *stream, rf_meter *meter, rf_code code, rf_error *error) {
    if (code == RF_EAGAIN) /* the reader of our output is slow: no failure, and nothing to tell */
        return !given_up(stream);
    rf_meter_add(meter, stream->output_error, 1);
    if (code == RF_ELOST) {
        stream->output.connected = false;
        error->flags |= RF_ERROR_RETRIABLE;
        rf_meter_add(meter, stream->output.lost, 1);
        rf_stream_set_output_status(stream, error->message);
    }
    return retry(stream, "writing failed", error);
}

static bool deliver_locked(rf_stream *stream, rf_meter *meter, rf_batch *batch) {
    while (connect_output(stream, meter)) {
        rf_error error = { 0 };
        uint32_t unwritten = 0;
        rf_code code;
        if (given_up(stream))
            return false;
        code = write_once(stream, meter, batch, &unwritten, &error);
        if (!code) {
            count_written(stream, meter, batch, unwritten);
            return true;
        }
        if (!after_failure(stream, meter, code, &error))
            return false;
    }
    return false;
}

/* Workers finish in any order; what they made leaves in the order in which it was read. Nobody waits for a batch that
 * is not being worked on, since the queue gives them out in that order too. Takes the output's lock. */
static void wait_for_turn(rf_stream *stream, const rf_batch *batch) {
    RF_ZONE(RF_ZONE_WAIT, "turn");
    rf_mutex_lock(&stream->output_lock);
    while (stream->turn != batch->turn && !given_up(stream))
        (void)rf_cond_wait_for(&stream->turn_came, &stream->output_lock, GIVEN_UP_POLL_NS);
}

bool rf_deliver(rf_stream *stream, rf_meter *meter, rf_batch *batch) {
    bool delivered;
    /* The lock is held through the waiting for the output: the others could only fail the same way, and an output may
     * rely on the same batch coming again. */
    wait_for_turn(stream, batch);
    delivered = batch->count == 0 /* all filtered, on purpose */ || deliver_locked(stream, meter, batch);
    if (stream->turn == batch->turn) {
        stream->turn++;
        rf_cond_broadcast(&stream->turn_came);
    }
    rf_mutex_unlock(&stream->output_lock);
    return delivered;
}

void rf_deliver_connect(rf_stream *stream, rf_meter *meter) {
    rf_mutex_lock(&stream->output_lock);
    (void)connect_output(stream, meter); /* a failure is told, and tried again, by then */
    rf_mutex_unlock(&stream->output_lock);
}
