/* shard.c: a worker thread: all processors back to back on one batch, then the output. */
#include "stream/runtime.h"

#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"

#include <assert.h>

/* A script stage may hold VMs: they are made when this thread has its first batch, so that workers which a quiet
 * stream never needs cost a stack and nothing more. */
static bool attach(rf_shard *shard) {
    rf_stream *stream = shard->stream;
    while (shard->attached < stream->stage_count) {
        const rf_stage *stage = &stream->stages[shard->attached];
        rf_error error = { 0 };
        if (stage->kind->attach &&
            stage->kind->attach(stage->component->state, &shard->env, &shard->locals[shard->attached], &error)) {
            rf_error_prefix(&error, "starting %s: ", stage->component->path);
            rf_stream_fail(stream, &error, RF_PHASE_ABORT);
            return false;
        }
        shard->attached++;
    }
    return true;
}

static void detach(rf_shard *shard) {
    while (shard->attached > 0) {
        const rf_stage *stage = &shard->stream->stages[--shard->attached];
        if (stage->kind->detach)
            stage->kind->detach(stage->component->state, shard->locals[shard->attached]);
        shard->locals[shard->attached] = NULL;
    }
}

/* False: given up. */
static bool process(rf_shard *shard, rf_batch *batch) {
    rf_stream *stream = shard->stream;
    if (!attach(shard))
        return false;
    for (size_t i = 0; i < stream->stage_count; i++) {
        if (batch->count == 0)
            break;
        if (rf_stream_phase(stream) >= RF_PHASE_ABORT)
            return false;
        rf_stage_run(&stream->stages[i], shard->locals[i], shard->env.meter, batch);
    }
    return rf_stream_phase(stream) < RF_PHASE_ABORT; /* scripts may have been stopped for it: what they did not do is not done */
}

static void work(rf_shard *shard, rf_batch *batch) {
    if (process(shard, batch))
        rf_deliver(shard->stream, &shard->env, batch);
    else
        rf_stream_finish(shard->stream, shard->env.meter, batch, RF_FATE_GIVEN_UP, "");
}

void rf_shard_main(void *arg) {
    rf_shard *shard = arg;
    rf_stream *stream = shard->stream;
    rf_batch *batch;
    assert(stream);
    if (shard->env.index == 0 && attach(shard)) /* while the input connects */
        rf_deliver_connect(stream, &shard->env);
    while ((batch = rf_queue_pop(&stream->queue, &shard->seat)))
        work(shard, batch);
    detach(shard);
    rf_outlets_detach(stream, &shard->env);
    if (atomic_fetch_sub(&stream->working, 1) == 1)
        rf_late_end(stream);
    rf_stream_thread_ended(stream);
}
