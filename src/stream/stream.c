/* stream.c: a stream made and taken down, and the phases it goes through. */
#include "stream/stream.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "stream/runtime.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SHARDS_MAX 256u

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
    for (size_t i = 0; i < stream->stage_count; i++)
        rf_stage_init(&stream->stages[i], &config->processors[i]);
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

/* A batch a worker, so that none waits while the input reads its next, and a few for bursts. */
static rf_code make_queue(rf_stream *stream, rf_keys *keys, rf_error *reterr) {
    size_t waiting = stream->shard_count + 2u;
    rf_code code = rf_queue_init(&stream->queue, waiting, reterr);
    if (code)
        return code;
    return rf_recycler_init(&stream->recycler, waiting + stream->shard_count + 1u, keys, reterr);
}

static void init_control(rf_stream *stream) {
    rf_mutex_init(&stream->output_lock);
    rf_cond_init(&stream->turn_came);
    rf_cond_init(&stream->late.news);
    rf_cond_init(&stream->late.room);
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
        code = rf_intakes_make(stream, reterr);
    if (!code)
        code = rf_stream_register(stream, reterr);
    if (!code)
        code = make_shards(stream, reterr);
    if (!code)
        code = make_queue(stream, keys, reterr);
    if (!code)
        code = rf_metrics_meter(stream->metrics, &stream->late.env.meter, reterr);
    for (size_t i = 0; !code && i < stream->feed_count; i++)
        code = rf_metrics_meter(stream->metrics, &stream->feeds[i].env.meter, reterr);
    stream->late.env.index = stream->shard_count;
    return code ? code : rf_outlets_start(stream, reterr);
}

static void fail_from_within(void *stream, const rf_error *error) {
    rf_stream_fail(stream, error, RF_PHASE_ABORT);
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
    config->ending = (rf_ending){ fail_from_within, stream };
    rf_outlet_init(&stream->outlet, &config->output);
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
    stream->config->ending = (rf_ending){ NULL, NULL };
    rf_outlets_end(stream);
    rf_intakes_free(stream);
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
    rf_cond_done(&stream->late.room);
    rf_cond_done(&stream->late.news);
    rf_cond_done(&stream->turn_came);
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
    if (news && phase == RF_PHASE_ABORT) {
        atomic_store(&stream->config->giving_up, true);
        rf_queue_abort(&stream->queue);
    }
    if (news)
        rf_intakes_wake(stream);
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

void rf_stream_drain(rf_stream *stream) {
    atomic_store(&stream->drains, true);
    poke(stream);
}

void rf_stream_thread_ended(rf_stream *stream) {
    atomic_fetch_sub(&stream->running, 1);
    poke(stream);
}
