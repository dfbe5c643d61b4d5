/* fan.c: batches written to several outputs at the same time. */
#include "stream/fan.h"

#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"
#include "stream/child.h"
#include "stream/config.h"
#include "stream/runtime.h"

#include <assert.h>

#define QUICK_NS (RF_NS_PER_MS / 20) /* handing a batch to another thread, and waiting for it, takes about as long */
#define QUICK_MANY 8u                /* after so many in a row the caller writes itself, until one takes longer */

/* ---- Writing ---- */

/* The arms of a lane, by the thread of `env`. */
static void write_lane(rf_fan *fan, uint32_t lane, const rf_shard_env *env) {
    const uint64_t start = rf_clock_mono_ns();
    uint32_t *quick = &fan->lanes[lane].quick;
    for (uint32_t i = 0; i < fan->arm_count; i++) {
        rf_fan_arm *arm = &fan->arms[i];
        rf_batch *batch = arm->part.batch;
        if (arm->lane != lane || batch->count == 0)
            continue;
        rf_course course = *batch->course;
        course.env = env;
        batch->course = &course;
        arm->code = rf_child_write(arm->output, batch, fan->until_ns, &arm->unwritten, &arm->error);
        batch->course = NULL;
    }
    *quick = rf_clock_mono_ns() - start < QUICK_NS ? *quick + (*quick < QUICK_MANY) : 0;
}

static bool has_something(const rf_fan *fan, uint32_t lane) {
    for (uint32_t i = 0; i < fan->arm_count; i++)
        if (fan->arms[i].lane == lane && fan->arms[i].part.batch->count > 0)
            return true;
    return false;
}

static void lane_main(void *arg) {
    rf_fan_lane *self = arg;
    rf_fan *fan = self->fan;
    rf_mutex_lock(&fan->lock);
    for (;;) {
        while (!self->given && !fan->ending)
            rf_cond_wait(&self->news, &fan->lock);
        if (!self->given)
            break;
        rf_mutex_unlock(&fan->lock);
        write_lane(fan, (uint32_t)(self - fan->lanes), &self->env);
        rf_mutex_lock(&fan->lock);
        self->given = false;
        if (--fan->busy == 0)
            rf_cond_signal(&fan->done);
    }
    rf_mutex_unlock(&fan->lock);
    rf_outlets_detach(fan->stream, &self->env);
}

/* ---- Its threads ---- */

static void start_lane(rf_fan *fan, uint32_t lane) {
    rf_fan_lane *self = &fan->lanes[lane];
    rf_error error;
    self->fan = fan;
    self->env = (rf_shard_env){ .index = fan->stream->shard_count + 1u + fan->first_index + lane };
    rf_cond_init(&self->news);
    if (rf_metrics_meter(fan->stream->metrics, &self->env.meter, &error) ||
        rf_thread_start(&self->thread, "rf-fan", lane_main, self, &error))
        assert(!self->thread.running); /* its arms are the caller's then */
}

static void start(rf_fan *fan) {
    rf_stream *stream = fan->arms[0].output->outlet->stream;
    assert(stream && !fan->stream);
    fan->stream = stream;
    fan->busy = 0;
    fan->ending = false;
    rf_mutex_init(&fan->lock);
    rf_cond_init(&fan->done);
    for (uint32_t i = 1; i < fan->lane_count; i++)
        start_lane(fan, i);
    rf_mutex_lock(&stream->lock); /* fans within fans begin at the same time */
    fan->next = stream->fans;
    stream->fans = fan;
    rf_mutex_unlock(&stream->lock);
}

static void end(rf_fan *fan) {
    rf_mutex_lock(&fan->lock);
    assert(fan->busy == 0);
    fan->ending = true;
    for (uint32_t i = 1; i < fan->lane_count; i++)
        rf_cond_signal(&fan->lanes[i].news);
    rf_mutex_unlock(&fan->lock);
    for (uint32_t i = 1; i < fan->lane_count; i++) {
        rf_thread_join(&fan->lanes[i].thread);
        rf_cond_done(&fan->lanes[i].news);
    }
    rf_cond_done(&fan->done);
    rf_mutex_done(&fan->lock);
    fan->stream = NULL;
    fan->next = NULL;
}

void rf_fans_end(rf_stream *stream) {
    while (stream->fans) {
        rf_fan *fan = stream->fans;
        stream->fans = fan->next;
        end(fan);
    }
}

/* ---- Opening ---- */

rf_code rf_fan_open(rf_fan *fan, const rf_components *outputs, uint32_t copies, rf_arena *arena, rf_error *reterr) {
    assert(outputs->count > 0 && copies > 0);
    const uint32_t count = (uint32_t)outputs->count;
    rf_config *config = outputs->items[0]->config;
    fan->arm_count = count * copies;
    fan->lane_count = count < RF_FAN_LANES_MAX ? count : RF_FAN_LANES_MAX;
    fan->arms = rf_arena_zero(arena, fan->arm_count, sizeof *fan->arms);
    fan->lanes = rf_arena_zero(arena, fan->lane_count, sizeof *fan->lanes);
    if (!fan->arms || !fan->lanes) {
        fan->arm_count = 0;
        return rf_raise_nomem(reterr);
    }
    fan->first_index = config->lanes_given;
    config->lanes_given += fan->lane_count;
    for (uint32_t i = 0; i < fan->arm_count; i++) {
        fan->arms[i].output = outputs->items[i % count];
        fan->arms[i].lane = i % count % fan->lane_count;
    }
    return RF_OK;
}

void rf_fan_close(rf_fan *fan) {
    assert(!fan->stream);
    for (uint32_t i = 0; i < fan->arm_count; i++)
        rf_part_done(&fan->arms[i].part);
}

/* ---- A batch ---- */

void rf_fan_drop(rf_fan *fan) {
    for (uint32_t i = 0; i < fan->arm_count; i++)
        if (fan->arms[i].part.whole)
            rf_part_end(&fan->arms[i].part);
}

/* What is made when somebody reads it is made now: the outputs only read. */
static bool settle(rf_batch *batch) {
    bool fits = true;
    for (uint32_t i = 0; fits && i < batch->count; i++)
        fits = rf_meta_resolve_all(&batch->arena, &batch->messages[i].meta);
    return fits;
}

rf_code rf_fan_begin(rf_fan *fan, rf_batch *batch, rf_error *reterr) {
    fan->before = rf_arena_alloc(&batch->arena, batch->count * sizeof *fan->before);
    bool fits = fan->before && settle(batch);
    for (uint32_t i = 0; fits && i < batch->count; i++)
        fan->before[i] = batch->messages[i].written_to;
    for (uint32_t i = 0; fits && i < fan->arm_count; i++) {
        rf_fan_arm *arm = &fan->arms[i];
        arm->code = RF_OK;
        arm->unwritten = 0;
        arm->error = (rf_error){ 0 };
        fits = rf_part_begin_apart(&arm->part, batch) != NULL;
    }
    if (fits)
        return RF_OK;
    rf_fan_drop(fan);
    return rf_raise_nomem(reterr);
}

/* To all lanes that are not the caller's own. */
static void give(rf_fan *fan) {
    rf_mutex_lock(&fan->lock);
    for (uint32_t i = 0; i < fan->lane_count; i++) {
        rf_fan_lane *lane = &fan->lanes[i];
        lane->own = i == 0 || !lane->thread.running || lane->quick == QUICK_MANY;
        if (lane->own || !has_something(fan, i))
            continue;
        lane->given = true;
        fan->busy++;
        rf_cond_signal(&lane->news);
    }
    rf_mutex_unlock(&fan->lock);
}

static void wait_for_all(rf_fan *fan) {
    RF_ZONE(RF_ZONE_WAIT, "fan");
    rf_mutex_lock(&fan->lock);
    while (fan->busy > 0)
        rf_cond_wait(&fan->done, &fan->lock);
    rf_mutex_unlock(&fan->lock);
}

void rf_fan_write(rf_fan *fan, rf_batch *batch, uint64_t until_ns) {
    const rf_shard_env *env = batch->course->env;
    if (!fan->stream)
        start(fan);
    fan->until_ns = until_ns;
    give(fan);
    for (uint32_t i = 0; i < fan->lane_count; i++)
        if (fan->lanes[i].own && has_something(fan, i))
            write_lane(fan, i, env);
    wait_for_all(fan);
    rf_fan_drop(fan);
}

bool rf_fan_tell_refused(const rf_fan *fan, const rf_fan_arm *arm, rf_batch *batch) {
    const rf_batch *part = arm->part.batch;
    bool fits = true;
    for (uint32_t i = 0; fits && i < part->count; i++) {
        const rf_message *message = &part->messages[i];
        const uint32_t at = message->origin - 1, changed = message->written_to ^ fan->before[at];
        batch->messages[at].written_to = (batch->messages[at].written_to & ~changed) | (message->written_to & changed);
        if (arm->code)
            fits = rf_batch_refuse(batch, at, "%s", arm->error.message);
        else if (part->refused_count && rf_batch_refusal(part, i).data)
            fits = rf_batch_refuse_like(batch, at, part, i);
    }
    return fits;
}
