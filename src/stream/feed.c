/* feed.c: the input thread: connects, reads, collects batches, puts them in the queue. */
#include "stream/runtime.h"

#include "base/clock.h"
#include "base/slice.h"
#include "message/dynamic.h"
#include "observe/zone.h"
#include "stream/config_kind.h"
#include "stream/inproc.h"

#include <assert.h>

#define READ_MAX 256u                      /* messages of one read when the config asks for no count */
#define READ_WAIT_NS RF_NS_PER_S           /* `wake` ends it early */
#define REFUSED_PAUSE_NS (5 * RF_NS_PER_S)
#define ROOM_WAIT_NS (RF_NS_PER_S / 4)      /* giving up is not announced to who waits for room */
#define BATCH_BYTES_MAX ((size_t)16 << 20) /* a batch that collects goes on at this size, whatever its count */

/* What the input thread works with. */
typedef struct feeder {
    rf_stream *stream;
    rf_feed *feed;
    rf_intake *source;
    const rf_input_kind *kind; /* the source's, as those below */
    void *state;
    const rf_component *component;
    rf_batching batching;
    rf_batch *batch;  /* being collected; NULL: none begun */
    uint64_t bytes;   /* of payload in it, when that is asked for */
    bool check_met;   /* by its last message */
    bool inner;       /* the stream's `outer` does not count it */
    rf_steps *beside[RF_BESIDE_MAX]; /* the processors beside the source */
    rf_steps *on_batches; /* those of its batching */
    rf_steps *to_store;   /* those of the buffer, on what goes there */
} feeder;

static bool stopping(const feeder *self) {
    const rf_until *until = self->source ? self->source->until : NULL;
    if (until && atomic_load(&until->met))
        return true;
    if (self->source && self->source->inner)
        return rf_stream_phase(self->stream) >= RF_PHASE_ABORT || rf_intakes_are_quiet(self->stream);
    return rf_buffered_is_reader(self->stream, self->feed) ? rf_buffered_is_stopping(self->stream)
                                                           : rf_stream_phase(self->stream) >= RF_PHASE_DRAIN;
}

static void complain(const feeder *self, const char *what, const rf_error *error) {
    rf_stream_complain(self->stream, &self->source->link.complaints, RF_LOG_ERROR, self->component, what,
                       rf_slice_of(error->message));
}

static void run_steps(feeder *self, rf_batch *batch) {
    for (unsigned i = 0; i <= self->source->beside_count; i++) {
        if (i == self->source->until_after)
            rf_until_ask(self->source, batch);
        if (i < self->source->beside_count && batch->count > 0)
            rf_steps_run(self->beside[i], batch);
    }
    if (rf_batching_is_on(&self->batching))
        rf_batch_join(batch); /* the user asked for it */
    if (self->on_batches && batch->count > 0)
        rf_steps_run(self->on_batches, batch);
    if (self->to_store && batch->count > 0)
        rf_steps_run(self->to_store, batch);
}

/* Hands on what was collected. */
static void hand_on(feeder *self) {
    rf_stream *stream = self->stream;
    rf_batch *batch = self->batch;
    if (!batch || batch->count == 0)
        return;
    self->batch = NULL;
    self->bytes = 0;
    self->check_met = false;
    batch->read_count = batch->count;
    batch->source = self->source;
    run_steps(self, batch);
    if (rf_buffered_takes(stream, self->feed)) {
        rf_buffered_store(stream, &self->feed->env, batch);
        return;
    }
    bool given_up = rf_stream_phase(stream) >= RF_PHASE_ABORT; /* then the steps may have left something out */
    if (given_up || !rf_queue_push(&stream->queue, batch))
        rf_stream_finish(stream, self->feed->env.meter, batch, RF_FATE_GIVEN_UP, "");
}

/* Whoever refused us may lock an account that knocks too often. */
static uint64_t pause_ns(const feeder *self, const rf_error *error) {
    uint64_t ns = rf_backoff_next_ns(&self->source->link.backoff);
    return error->code == RF_EREFUSED && ns < REFUSED_PAUSE_NS ? REFUSED_PAUSE_NS : ns;
}

#define GLANCE_NS (RF_NS_PER_S / 10) /* others may end all inputs of a read_until */

static void pause_before_retry(const feeder *self, uint64_t ns) {
    const bool goes_on = self->source->inner || rf_buffered_is_reader(self->stream, self->feed); /* while a stop drains */
    const rf_phase until = goes_on ? RF_PHASE_ABORT : RF_PHASE_DRAIN;
    const uint64_t end = rf_clock_mono_ns() + ns;
    for (uint64_t left = ns; left > 0 && !stopping(self) && !rf_until_is_idle(self->source);
         left = end > rf_clock_mono_ns() ? end - rf_clock_mono_ns() : 0) {
        uint64_t step = self->source->until && left > GLANCE_NS ? GLANCE_NS : left;
        step = rf_until_left_ns(self->source) < step ? rf_until_left_ns(self->source) : step;
        (void)rf_stream_pause(self->stream, step, until);
    }
}

/* A retriable error: logged and waited for. Any other ends the input. False: the thread is to end. */
static bool retry(feeder *self, const char *what, const rf_error *error) {
    rf_stream *stream = self->stream;
    if (error->flags & RF_ERROR_RETRIABLE) {
        complain(self, what, error);
        hand_on(self); /* what is there already does not wait along */
        pause_before_retry(self, pause_ns(self, error));
        return !stopping(self);
    }
    rf_stream_fail(stream, error, self->source->inner ? RF_PHASE_ABORT : RF_PHASE_DRAIN); /* what an inner one leaves, nobody else delivers */
    return false;
}

static void connected(feeder *self) {
    rf_stream *stream = self->stream;
    const rf_log_origin origin = { self->component->label, self->component->path };
    rf_backoff_reset(&self->source->link.backoff);
    rf_meter_add(self->feed->env.meter, self->source->link.up, 1);
    self->source->link.connected = true;
    rf_link_tell(stream, &self->source->link, NULL);
    if (rf_intakes_connected(stream))
        rf_stream_set_input_status(stream, NULL);
    rf_log_write(stream->log, RF_LOG_INFO, &origin, "%s %s is active", rf_class_name(self->component->class), self->kind->name);
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
        rf_meter_add(self->feed->env.meter, self->source->link.failed, 1);
        rf_stream_set_input_status(stream, error.message);
        rf_link_tell(stream, &self->source->link, error.message);
        char what[100];
        (void)snprintf(what, sizeof what, "Failed to connect to %s", self->kind->name);
        if (!retry(self, what, &error))
            break;
    }
    return false;
}

static void lost(feeder *self, const rf_error *error) {
    rf_stream *stream = self->stream;
    self->source->link.connected = false;
    rf_meter_add(self->feed->env.meter, self->source->link.lost, 1);
    rf_stream_set_input_status(stream, error->message);
    rf_link_tell(stream, &self->source->link, error->message);
    complain(self, "connection lost", error);
    hand_on(self); /* connecting again may take long */
}

static bool batch_is_full(const feeder *self) {
    const rf_batch *batch = self->batch;
    const rf_batching *rule = &self->batching;
    if (batch->count == 0)
        return false;
    if (!rf_batching_is_on(rule))
        return true;
    return self->check_met || (rule->byte_size > 0 && self->bytes >= rule->byte_size) ||
           (rule->count > 0 && batch->count >= (uint64_t)rule->count) ||
           (rule->period_ns > 0 && rf_clock_mono_ns() - batch->read_ns >= rule->period_ns) || batch->arena.held_bytes >= BATCH_BYTES_MAX;
}

/* Messages that the next read may add. */
static uint32_t read_max(const feeder *self) {
    uint64_t more;
    assert(self->batch);
    if (self->batching.byte_size > 0 || self->batching.check || (self->source->until && self->source->until->check))
        return 1; /* each message may be the last of its batch, or of all */
    if (self->batching.count <= 0)
        return self->stream->config->one_by_one ? 1 : READ_MAX;
    more = (uint64_t)self->batching.count - self->batch->count;
    return more < UINT32_MAX ? (uint32_t)more : UINT32_MAX;
}

/* How long it may wait: until the period is over, once there is a first message; no longer than messages are waited for. */
static uint64_t read_wait_ns(const feeder *self) {
    uint64_t gone;
    if (self->batching.period_ns == 0 || self->batch->count == 0) {
        const uint64_t left = rf_until_left_ns(self->source);
        return left < READ_WAIT_NS ? left : READ_WAIT_NS;
    }
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
    uint32_t more = self->batch->count - before;
    if (more == 0)
        return;
    rf_until_note_heard(self->source);
    if (before == 0) {
        self->batch->read_ns = rf_clock_mono_ns();
        if (self->stream->inner && !self->source->inner)
            atomic_fetch_add(&self->stream->open, 1);
    }
    rf_meter_add(self->feed->env.meter, self->source->received, more);
}

/* What only the messages' content tells about the batch. A check that fails is not met. */
static rf_code look_at(feeder *self, uint32_t before, rf_error *reterr) {
    rf_batch *batch = self->batch;
    rf_code code = RF_OK;
    for (uint32_t i = before; i < batch->count && !code; i++) {
        rf_slice bytes = { 0 };
        rf_error error;
        if (self->batching.byte_size > 0 && !rf_message_bytes(batch, &batch->messages[i], &bytes, &error))
            self->bytes += bytes.len;
        if (self->batching.check && !self->check_met) {
            code = rf_query_test(self->batching.check, batch, i, &self->check_met, &error);
            code = code == RF_ENOMEM ? rf_raise_nomem(reterr) : RF_OK;
        }
    }
    return code;
}

static rf_code read_once(feeder *self, rf_error *reterr) {
    uint32_t before;
    rf_code code;
    if (!self->source->inner && !rf_inprocs_await_room(self->stream->config->inprocs, ROOM_WAIT_NS))
        return RF_EAGAIN;
    if (!rf_batching_is_on(&self->batching) && !self->stream->config->one_by_one && !rf_buffered_takes(self->stream, self->feed))
        rf_queue_await_output(&self->stream->queue, self->stream->shard_count);
    code = begin_batch(self, reterr);
    if (code)
        return code;
    before = self->batch->count;
    {
        RF_ZONE(RF_ZONE_INPUT_READ, self->kind->name);
        code = self->kind->read(self->state, self->batch, read_max(self), read_wait_ns(self), reterr);
    }
    count_read(self, before);
    if ((self->batching.byte_size > 0 || self->batching.check) && look_at(self, before, reterr) && !code)
        code = RF_ENOMEM;
    if (batch_is_full(self)) {
        hand_on(self);
        rf_until_note_heard(self->source); /* it may have waited there: that was no time without messages */
    }
    if (!code)
        rf_backoff_reset(&self->source->link.backoff);
    return code;
}

/* Reads until the connection is lost (true: connect again) or there is no more to read. */
static bool read_all(feeder *self) {
    while (!stopping(self)) {
        rf_error error = { 0 };
        rf_code code = read_once(self, &error);
        if (code == RF_EAGAIN && rf_until_is_idle(self->source))
            return false;
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

static rf_code make_steps(const feeder *self, const rf_components *list, rf_steps **steps, rf_error *reterr) {
    return list->count ? rf_steps_new(list, &self->feed->env, steps, reterr) : RF_OK;
}

/* False: what the input needs cannot be made. */
static bool begin(feeder *self, rf_intake *source) {
    rf_error error = { 0 };
    self->source = source;
    self->kind = source->kind;
    self->component = source->component;
    self->state = source->component->state;
    self->batching = source->batching;
    rf_until_begin(source);
    rf_code code = RF_OK;
    for (unsigned i = 0; !code && i < source->beside_count; i++)
        code = make_steps(self, source->beside[i], &self->beside[i], &error);
    if (!code)
        code = make_steps(self, &self->batching.processors, &self->on_batches, &error);
    const rf_components *to_store = rf_buffered_before(self->stream, self->feed);
    if (!code && to_store)
        code = make_steps(self, to_store, &self->to_store, &error);
    if (code)
        rf_stream_fail(self->stream, &error, RF_PHASE_ABORT);
    return !code;
}

static void end(feeder *self) {
    hand_on(self); /* the end of the input: part of a batch is a batch too */
    for (unsigned i = 0; i < RF_BESIDE_MAX; i++) {
        rf_steps_free(self->beside[i]);
        self->beside[i] = NULL;
    }
    rf_steps_free(self->on_batches);
    self->on_batches = NULL;
    rf_steps_free(self->to_store);
    self->to_store = NULL;
    self->source->link.connected = true; /* nobody waits for it */
}

/* Whether this feed may bring something from outside. */
static void set_outer(feeder *self, bool outer) {
    if (self->inner == !outer)
        return;
    self->inner = !outer;
    if (outer)
        atomic_fetch_add(&self->stream->outer, 1);
    else if (atomic_fetch_sub(&self->stream->outer, 1) == 1)
        rf_intakes_tell_quiet(self->stream);
}

void rf_feed_main(void *arg) {
    rf_feed *feed = arg;
    feeder self = { .stream = feed->first->stream, .feed = feed };
    for (rf_intake *source = feed->first; source && (source->inner || rf_stream_phase(self.stream) < RF_PHASE_DRAIN);
         source = source->then) {
        set_outer(&self, !source->inner);
        bool begun = begin(&self, source);
        while (begun && connect_input(&self) && read_all(&self)) {
            /* connect again */
        }
        end(&self);
    }
    set_outer(&self, false);
    rf_batch_free(self.batch);
    rf_buffered_feed_ended(self.stream, feed);
    rf_stream_thread_ended(self.stream);
}
