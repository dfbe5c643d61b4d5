/* shard.c: a worker thread: all processors back to back on one batch, then the output. */
#include "stream/runtime.h"

#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"

#include <assert.h>

static uint32_t count_failed(const rf_batch *batch) {
    uint32_t failed = 0;
    for (uint32_t i = 0; i < batch->count; i++)
        failed += batch->messages[i].error.data != NULL;
    return failed;
}

/* The processor gave up on the whole batch: each message says so, and flows on. What fails alone the processor tells
 * of itself. */
static void fail_all(rf_shard *shard, rf_stage *stage, rf_batch *batch, const rf_error *error) {
    rf_stream_complain(shard->stream, &stage->complaints, RF_LOG_ERROR, stage->component, "batch failed",
                       rf_slice_of(error->message));
    for (uint32_t i = 0; i < batch->count; i++)
        rf_message_fail(batch, &batch->messages[i], "%s", error->message);
}

static void run_stage(rf_shard *shard, size_t index, rf_batch *batch) {
    rf_stage *stage = &shard->stream->stages[index];
    const rf_stage_metrics *m = &stage->metrics;
    rf_meter *meter = shard->env.meter;
    rf_error error = { 0 };
    uint32_t failed = count_failed(batch), failed_after;
    uint64_t start = rf_clock_mono_ns();
    assert(index < shard->attached);
    RF_ZONE(RF_ZONE_PROCESSOR, stage->kind->name);
    rf_meter_add(meter, m->received, batch->count);
    rf_meter_add(meter, m->batch_received, 1);
    if (stage->kind->process(stage->component->state, shard->locals[index], batch, &error))
        fail_all(shard, stage, batch, &error);
    rf_meter_observe(meter, m->latency, rf_clock_mono_ns() - start);
    rf_meter_add(meter, m->sent, batch->count);
    rf_meter_add(meter, m->batch_sent, batch->count > 0);
    failed_after = count_failed(batch);
    if (failed_after > failed)
        rf_meter_add(meter, m->error, failed_after - failed);
}

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

static bool work(rf_shard *shard, rf_batch *batch) {
    rf_stream *stream = shard->stream;
    if (!attach(shard))
        return false;
    for (size_t i = 0; i < stream->stage_count; i++) {
        if (batch->count == 0)
            break;
        if (rf_stream_phase(stream) >= RF_PHASE_ABORT)
            return false;
        run_stage(shard, i, batch);
    }
    if (rf_stream_phase(stream) >= RF_PHASE_ABORT)
        return false; /* scripts may have been stopped for it: what they did not do is not done */
    return rf_deliver(stream, shard->env.meter, batch);
}

void rf_shard_main(void *arg) {
    rf_shard *shard = arg;
    rf_stream *stream = shard->stream;
    rf_batch *batch;
    assert(stream);
    if (shard->env.index == 0 && attach(shard)) /* while the input connects */
        rf_deliver_connect(stream, shard->env.meter);
    while ((batch = rf_queue_pop(&stream->queue, &shard->seat)))
        rf_stream_finish(stream, shard->env.meter, batch, work(shard, batch));
    detach(shard);
    rf_stream_thread_ended(stream);
}
