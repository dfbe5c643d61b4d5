/* feed.c: the input thread: connects, reads, collects batches, puts them in the queue. */
#include "stream/runtime.h"

#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"

#include <assert.h>

#define READ_MAX 256u                      /* messages of one read when the config asks for no count */
#define READ_WAIT_NS RF_NS_PER_S           /* `wake` ends it early */
#define REFUSED_PAUSE_NS (5 * RF_NS_PER_S)
#define BATCH_BYTES_MAX ((size_t)16 << 20) /* a batch that collects goes on at this size, whatever its count */

/* What the input thread works with. */
typedef struct feeder {
    rf_stream *stream;
    const rf_input_kind *kind;
    void *state;
    const rf_component *component;
    rf_batching batching;
    rf_batch *batch; /* being collected; NULL: none begun */
} feeder;

static bool stopping(const feeder *self) {
    return rf_stream_phase(self->stream) >= RF_PHASE_DRAIN;
}

static void complain(const feeder *self, const char *what, const rf_error *error) {
    rf_stream_complain(self->stream, &self->stream->input.complaints, RF_LOG_ERROR, self->component, what,
                       rf_slice_of(error->message));
}

/* Hands on what was collected. */
static void hand_on(feeder *self) {
    rf_stream *stream = self->stream;
    rf_batch *batch = self->batch;
    if (!batch || batch->count == 0)
        return;
    self->batch = NULL;
    batch->read_count = batch->count;
    if (self->batching.count > 0 || self->batching.period_ns > 0)
        rf_batch_join(batch); /* the user asked for it */
    batch->turn = stream->turns_given++;
    if (!rf_queue_push(&stream->queue, batch))
        rf_stream_finish(stream, stream->feed_meter, batch, RF_FATE_GIVEN_UP, "");
}

/* Whoever refused us may lock an account that knocks too often. */
static uint64_t pause_ns(rf_stream *stream, const rf_error *error) {
    uint64_t ns = rf_backoff_next_ns(&stream->input.backoff);
    return error->code == RF_EREFUSED && ns < REFUSED_PAUSE_NS ? REFUSED_PAUSE_NS : ns;
}

/* A retriable error: logged and waited for. Any other ends the input. False: the thread is to end. */
static bool retry(feeder *self, const char *what, const rf_error *error) {
    rf_stream *stream = self->stream;
    if (error->flags & RF_ERROR_RETRIABLE) {
        complain(self, what, error);
        hand_on(self); /* what is there already does not wait along */
        return rf_stream_pause(stream, pause_ns(stream, error), RF_PHASE_DRAIN);
    }
    rf_stream_fail(stream, error, RF_PHASE_DRAIN);
    return false;
}

static void connected(feeder *self) {
    rf_stream *stream = self->stream;
    const rf_log_origin origin = { self->component->label, self->component->path };
    rf_backoff_reset(&stream->input.backoff);
    rf_meter_add(stream->feed_meter, stream->input.up, 1);
    stream->input.connected = true;
    rf_stream_set_input_status(stream, NULL);
    rf_log_write(stream->log, RF_LOG_INFO, &origin, "input %s is active", self->kind->name);
}

/* False: no use in going on. */
static bool connect_input(feeder *self) {
    rf_stream *stream = self->stream;
    while (!stopping(self)) {
        rf_error error = { 0 };
        if (!self->kind->connect || !self->kind->connect(self->state, &error)) {
            connected(self);
            return true;
        }
        if (stopping(self))
            break;
        rf_meter_add(stream->feed_meter, stream->input.failed, 1);
        rf_stream_set_input_status(stream, error.message);
        char what[100];
        (void)snprintf(what, sizeof what, "Failed to connect to %s", self->kind->name);
        if (!retry(self, what, &error))
            break;
    }
    return false;
}

static void lost(feeder *self, const rf_error *error) {
    rf_stream *stream = self->stream;
    stream->input.connected = false;
    rf_meter_add(stream->feed_meter, stream->input.lost, 1);
    rf_stream_set_input_status(stream, error->message);
    complain(self, "connection lost", error);
    hand_on(self); /* connecting again may take long */
}

static bool batch_is_full(const feeder *self) {
    const rf_batch *batch = self->batch;
    const rf_batching *rule = &self->batching;
    if (batch->count == 0)
        return false;
    if (rule->count <= 0 && rule->period_ns == 0)
        return true;
    return (rule->count > 0 && batch->count >= (uint64_t)rule->count) ||
           (rule->period_ns > 0 && rf_clock_mono_ns() - batch->read_ns >= rule->period_ns) ||
           batch->arena.held_bytes >= BATCH_BYTES_MAX;
}

/* Messages that the next read may add. */
static uint32_t read_max(const feeder *self) {
    uint64_t more;
    assert(self->batch);
    if (self->batching.count <= 0)
        return self->stream->config->one_by_one ? 1 : READ_MAX;
    more = (uint64_t)self->batching.count - self->batch->count;
    return more < UINT32_MAX ? (uint32_t)more : UINT32_MAX;
}

/* How long it may wait: until the period is over, once there is a first message. */
static uint64_t read_wait_ns(const feeder *self) {
    uint64_t gone;
    if (self->batching.period_ns == 0 || self->batch->count == 0)
        return READ_WAIT_NS;
    gone = rf_clock_mono_ns() - self->batch->read_ns;
    if (gone >= self->batching.period_ns)
        return 0;
    return self->batching.period_ns - gone < READ_WAIT_NS ? self->batching.period_ns - gone : READ_WAIT_NS;
}

static rf_code begin_batch(feeder *self, rf_error *reterr) {
    if (!self->batch)
        self->batch = rf_recycler_borrow(&self->stream->recycler);
    else if (self->batch->count == 0)
        rf_batch_clear(self->batch); /* reads that gave nothing may have left bytes in its arena */
    return self->batch ? RF_OK : rf_raise_nomem(reterr);
}

static void count_read(feeder *self, uint32_t before) {
    rf_stream *stream = self->stream;
    uint32_t more = self->batch->count - before;
    if (more == 0)
        return;
    if (before == 0)
        self->batch->read_ns = rf_clock_mono_ns();
    rf_meter_add(stream->feed_meter, stream->input_received, more);
}

static rf_code read_once(feeder *self, rf_error *reterr) {
    rf_code code = begin_batch(self, reterr);
    uint32_t before;
    if (code)
        return code;
    before = self->batch->count;
    {
        RF_ZONE(RF_ZONE_INPUT_READ, self->kind->name);
        code = self->kind->read(self->state, self->batch, read_max(self), read_wait_ns(self), reterr);
    }
    count_read(self, before);
    if (batch_is_full(self))
        hand_on(self);
    if (!code)
        rf_backoff_reset(&self->stream->input.backoff);
    return code;
}

/* Reads until the connection is lost (true: connect again) or there is no more to read. */
static bool read_all(feeder *self) {
    while (!stopping(self)) {
        rf_error error = { 0 };
        rf_code code = read_once(self, &error);
        if (code == RF_OK || code == RF_EAGAIN)
            continue;
        if (code == RF_ECLOSED)
            return false;
        if (code == RF_ELOST) {
            lost(self, &error);
            return true;
        }
        if (!retry(self, "Failed to read message", &error))
            return false;
    }
    return false;
}

void rf_feed_main(void *stream) {
    feeder self = { .stream = stream };
    self.kind = self.stream->input_kind;
    self.component = &self.stream->config->input;
    self.state = self.component->state;
    self.batching = self.stream->config->batching;
    while (connect_input(&self) && read_all(&self)) {
        /* connect again */
    }
    hand_on(&self); /* the end of the input: part of a batch is a batch too */
    rf_batch_free(self.batch);
    rf_queue_close(&self.stream->queue);
    rf_stream_thread_ended(self.stream);
}
