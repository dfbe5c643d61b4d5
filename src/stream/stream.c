/* stream.c: a running stream: made, run, watched, stopped, taken down. */
#include "stream/runtime.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SHARDS_MAX 256u
#define NEVER UINT64_MAX

unsigned rf_stream_threads(int64_t configured) {
    cpu_set_t cpus;
    int64_t count = configured;
    if (count <= 0)
        count = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
    if (count < 1)
        count = 1;
    return count > (int64_t)SHARDS_MAX ? SHARDS_MAX : (unsigned)count;
}

/* ---- making ---- */

static rf_code make_stages(rf_stream *stream, rf_error *reterr) {
    const rf_config *config = stream->config;
    stream->stages = rf_alloc_zero(config->processor_count, sizeof *stream->stages);
    if (!stream->stages)
        return rf_raise_nomem(reterr);
    stream->stage_count = config->processor_count;
    for (size_t i = 0; i < stream->stage_count; i++) {
        stream->stages[i].component = &config->processors[i];
        stream->stages[i].kind = config->processors[i].kind;
        stream->stages[i].complaints = (rf_log_limit){ .burst = 10, .period_ns = RF_NS_PER_S };
    }
    return RF_OK;
}

static rf_code make_shard(rf_stream *stream, unsigned index, rf_error *reterr) {
    rf_shard *shard = &stream->shards[index];
    shard->stream = stream;
    shard->env.index = index;
    rf_queue_seat_init(&shard->seat);
    stream->seats_ready = index + 1;
    shard->locals = rf_alloc_zero(stream->stage_count, sizeof *shard->locals);
    if (!shard->locals)
        return rf_raise_nomem(reterr);
    return rf_metrics_meter(stream->metrics, &shard->env.meter, reterr);
}

static rf_code make_shards(rf_stream *stream, rf_error *reterr) {
    rf_code code = RF_OK;
    stream->shard_count = rf_stream_threads(stream->config->threads);
    stream->shards = rf_alloc_zero(stream->shard_count, sizeof *stream->shards);
    if (!stream->shards)
        return rf_raise_nomem(reterr);
    for (unsigned i = 0; !code && i < stream->shard_count; i++)
        code = make_shard(stream, i, reterr);
    return code;
}

/* Two batches a worker, so that none waits while the input reads its next, and a few for bursts. */
static rf_code make_queue(rf_stream *stream, rf_keys *keys, rf_error *reterr) {
    size_t waiting = 2u * stream->shard_count + 2u;
    rf_code code = rf_queue_init(&stream->queue, waiting, reterr);
    if (code)
        return code;
    return rf_recycler_init(&stream->recycler, waiting + stream->shard_count + 1u, keys, reterr);
}

static void init_control(rf_stream *stream) {
    const rf_log_limit complaints = { .burst = 3, .period_ns = 30 * RF_NS_PER_S };
    stream->input.complaints = complaints;
    stream->output.complaints = complaints;
    rf_mutex_init(&stream->output_lock);
    rf_mutex_init(&stream->lock);
    rf_cond_init(&stream->gate);
    rf_stream_set_input_status(stream, "not connected yet");
    rf_stream_set_output_status(stream, "not connected yet");
    stream->control_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static rf_code make_parts(rf_stream *stream, rf_keys *keys, rf_error *reterr) {
    rf_code code;
    if (stream->control_fd < 0)
        return rf_raise(reterr, RF_EIO, "cannot make an event: %s", strerror(errno));
    code = make_stages(stream, reterr);
    if (!code)
        code = rf_stream_register(stream, reterr);
    if (!code)
        code = make_shards(stream, reterr);
    if (!code)
        code = make_queue(stream, keys, reterr);
    return code ? code : rf_metrics_meter(stream->metrics, &stream->feed_meter, reterr);
}

rf_code rf_stream_new(rf_config *config, rf_log *log, rf_metrics *metrics, rf_keys *keys, rf_stream **ret_stream,
                      rf_error *reterr) {
    rf_stream *stream = rf_alloc_zero(1, sizeof *stream);
    rf_code code;
    assert(config && config->input.kind && config->output.kind && metrics && keys);
    if (!stream)
        return rf_raise_nomem(reterr);
    stream->config = config;
    stream->log = log;
    stream->metrics = metrics;
    stream->input_kind = config->input.kind;
    stream->output_kind = config->output.kind;
    init_control(stream);
    code = make_parts(stream, keys, reterr);
    if (code)
        rf_stream_free(stream);
    else
        *ret_stream = stream;
    return code;
}

void rf_stream_free(rf_stream *stream) {
    if (!stream)
        return;
    rf_queue_done(&stream->queue);
    rf_recycler_done(&stream->recycler);
    for (unsigned i = 0; i < stream->seats_ready; i++) {
        rf_free(stream->shards[i].locals);
        rf_queue_seat_done(&stream->shards[i].seat);
    }
    rf_free(stream->shards);
    rf_free(stream->stages);
    rf_cond_done(&stream->gate);
    rf_mutex_done(&stream->lock);
    rf_mutex_done(&stream->output_lock);
    if (stream->control_fd >= 0)
        (void)close(stream->control_fd);
    rf_free(stream);
}

/* ---- phases ---- */

void rf_stream_enter(rf_stream *stream, rf_phase phase) {
    bool news;
    rf_mutex_lock(&stream->lock);
    news = rf_stream_phase(stream) < phase;
    if (news) {
        atomic_store_explicit(&stream->phase, (int)phase, memory_order_release);
        rf_cond_broadcast(&stream->gate);
    }
    rf_mutex_unlock(&stream->lock);
    if (news && phase == RF_PHASE_ABORT)
        rf_queue_abort(&stream->queue);
    if (news && stream->input_kind->wake)
        stream->input_kind->wake(stream->config->input.state);
}

bool rf_stream_pause(rf_stream *stream, uint64_t ns, rf_phase until) {
    uint64_t start = rf_clock_mono_ns(), gone = 0;
    bool reached;
    rf_mutex_lock(&stream->lock);
    while (!(reached = rf_stream_phase(stream) >= until) && gone < ns) {
        (void)rf_cond_wait_for(&stream->gate, &stream->lock, ns - gone);
        gone = rf_clock_mono_ns() - start;
    }
    rf_mutex_unlock(&stream->lock);
    return !reached;
}

void rf_stream_fail(rf_stream *stream, const rf_error *error, rf_phase phase) {
    assert(error->code != RF_OK);
    rf_mutex_lock(&stream->lock);
    if (!stream->failure.code)
        stream->failure = *error;
    rf_mutex_unlock(&stream->lock);
    rf_stream_enter(stream, phase);
}

/* Only what a signal handler may do. */
static void poke(const rf_stream *stream) {
    const uint64_t one = 1;
    int saved = errno;
    if (write(stream->control_fd, &one, sizeof one) < 0) {
        /* Full: then the reader has enough to wake for. */
    }
    errno = saved;
}

void rf_stream_stop(rf_stream *stream) {
    atomic_fetch_add(&stream->stops, 1);
    poke(stream);
}

void rf_stream_thread_ended(rf_stream *stream) {
    atomic_fetch_sub(&stream->running, 1);
    poke(stream);
}

/* ---- running ---- */

static rf_code start_threads(rf_stream *stream, rf_error *reterr) {
    rf_code code = RF_OK;
    atomic_store(&stream->running, 0);
    for (unsigned i = 0; !code && i < stream->shard_count; i++) {
        atomic_fetch_add(&stream->running, 1);
        code = rf_thread_start(&stream->shards[i].thread, "rf-shard", rf_shard_main, &stream->shards[i], reterr);
    }
    if (!code) {
        atomic_fetch_add(&stream->running, 1);
        code = rf_thread_start(&stream->feeder, "rf-input", rf_feed_main, stream, reterr);
    }
    if (code)
        atomic_fetch_sub(&stream->running, 1);
    return code;
}

static void join_threads(rf_stream *stream) {
    rf_thread_join(&stream->feeder);
    for (unsigned i = 0; i < stream->shard_count; i++)
        rf_thread_join(&stream->shards[i].thread);
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

static void supervise(rf_stream *stream) {
    uint64_t deadline = NEVER;
    bool asked = false;
    while (atomic_load(&stream->running) > 0) {
        unsigned stops;
        bool due;
        wait_for_event(stream, deadline);
        stops = atomic_load(&stream->stops);
        due = deadline != NEVER && rf_clock_mono_ns() >= deadline;
        if (stops >= 2 || (due && rf_stream_phase(stream) != RF_PHASE_RUN)) {
            rf_stream_enter(stream, RF_PHASE_ABORT);
            deadline = NEVER;
        } else if ((stops == 1 && !asked) || due) {
            deadline = begin_stop(stream, asked);
            asked = true;
        }
    }
}

/* What no worker took: given back to the input as not delivered. */
static void give_up_left(rf_stream *stream) {
    rf_batch *batch;
    while ((batch = rf_queue_take_left(&stream->queue)))
        rf_stream_finish(stream, stream->feed_meter, batch, false);
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
    assert(!stream->feeder.running);
    if (start_threads(stream, &error))
        rf_stream_fail(stream, &error, RF_PHASE_ABORT);
    supervise(stream);
    join_threads(stream);
    give_up_left(stream);
    return verdict(stream, reterr);
}

void rf_stream_finish(rf_stream *stream, rf_meter *meter, rf_batch *batch, bool delivered) {
    uint64_t high = batch->arena.high_bytes;
    uint64_t seen = atomic_load_explicit(&stream->arena_high_bytes, memory_order_relaxed);
    if (delivered)
        rf_meter_observe(meter, stream->input.latency, rf_clock_mono_ns() - batch->read_ns);
    else
        atomic_fetch_add(&stream->undelivered, batch->read_count);
    if (stream->input_kind->ack)
        stream->input_kind->ack(stream->config->input.state, batch->mark, delivered);
    while (high > seen && !atomic_compare_exchange_weak(&stream->arena_high_bytes, &seen, high)) {
        /* Another thread was there first: `seen` is now what it wrote. */
    }
    rf_recycler_return(&stream->recycler, batch);
}
