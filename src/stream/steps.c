/* steps.c: the processors of a list on a batch, each counted and logged by itself. */
#include "stream/steps.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"
#include "stream/part.h"
#include "stream/runtime.h"

#include <assert.h>

#define DEPTH_MAX 64u

void rf_stage_init(rf_stage *stage, const rf_component *component) {
    *stage = (rf_stage){ .component = component, .kind = component->kind, .complaints = { .burst = 10, .period_ns = RF_NS_PER_S } };
    stage->blame = (rf_blame){ component->label, stage->kind->name, component->path };
}

rf_code rf_stage_open(rf_component *component, rf_metrics *metrics, rf_error *reterr) {
    assert(component->nested && component->config);
    rf_stage *stage = rf_arena_alloc(&component->config->arena, sizeof *stage);
    if (!stage)
        return rf_raise_nomem(reterr);
    rf_stage_init(stage, component);
    component->stage = stage;
    return rf_stage_register(stage, metrics, reterr);
}

static uint32_t count_failed(const rf_batch *batch) {
    uint32_t failed = 0;
    for (uint32_t i = 0; i < batch->count; i++)
        failed += batch->messages[i].error.data != NULL;
    return failed;
}

/* The same, and those that nobody is blamed for yet failed here. */
static uint32_t count_blamed(const rf_stage *stage, rf_batch *batch) {
    uint32_t failed = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_message *message = &batch->messages[i];
        failed += message->error.data != NULL;
        if (message->error.data && !message->blame)
            message->blame = &stage->blame;
    }
    return failed;
}

/* The processor gave up on the whole batch: each message says so, and flows on. What fails alone the processor tells
 * of itself. */
static void fail_all(rf_stage *stage, rf_batch *batch, const rf_error *error) {
    rf_component_complain(stage->component, &stage->complaints, RF_LOG_ERROR, "batch failed", rf_slice_of(error->message));
    for (uint32_t i = 0; i < batch->count; i++)
        rf_message_fail(batch, &batch->messages[i], "%s", error->message);
}

void rf_stage_run(rf_stage *stage, void *local, rf_meter *meter, rf_batch *batch) {
    const rf_stage_metrics *m = &stage->metrics;
    rf_error error = { 0 };
    uint32_t failed = count_failed(batch), failed_after;
    uint64_t start = rf_clock_mono_ns();
    RF_ZONE(RF_ZONE_PROCESSOR, stage->kind->name);
    rf_meter_add(meter, m->received, batch->count);
    rf_meter_add(meter, m->batch_received, 1);
    if (stage->kind->process(stage->component->state, local, batch, &error))
        fail_all(stage, batch, &error);
    rf_meter_observe(meter, m->latency, rf_clock_mono_ns() - start);
    rf_meter_add(meter, m->sent, batch->count);
    rf_meter_add(meter, m->batch_sent, batch->count > 0);
    failed_after = count_blamed(stage, batch);
    if (failed_after > failed)
        rf_meter_add(meter, m->error, failed_after - failed);
}

/* ---- chains ---- */

struct rf_steps {
    rf_shard_env shard;
    const rf_components *list;
    void **locals;
    size_t attached;
    rf_part one; /* for run_each */
    rf_gather results;
};

static rf_code attach_all(rf_steps *steps, rf_error *reterr) {
    for (; steps->attached < steps->list->count; steps->attached++) {
        const rf_component *component = steps->list->items[steps->attached];
        const rf_processor_kind *kind = component->kind;
        rf_code code = kind->attach ? kind->attach(component->state, &steps->shard, &steps->locals[steps->attached], reterr) : RF_OK;
        if (code)
            return code;
    }
    return RF_OK;
}

rf_code rf_steps_new(const rf_components *list, const rf_shard_env *shard, rf_steps **ret_steps, rf_error *reterr) {
    assert(list && shard && ret_steps);
    if (shard->depth >= DEPTH_MAX)
        return rf_raise(reterr, RF_ELIMIT, "processors are nested more than %u deep: does a resource name itself?", DEPTH_MAX);
    rf_steps *steps = rf_alloc_zero(1, sizeof *steps);
    if (!steps)
        return rf_raise_nomem(reterr);
    steps->shard = *shard;
    steps->shard.depth++;
    steps->list = list;
    steps->locals = rf_alloc_zero(list->count ? list->count : 1, sizeof *steps->locals);
    rf_code code = steps->locals ? attach_all(steps, reterr) : rf_raise_nomem(reterr);
    if (code)
        rf_steps_free(steps);
    else
        *ret_steps = steps;
    return code;
}

void rf_steps_free(rf_steps *steps) {
    if (!steps)
        return;
    while (steps->attached > 0) {
        const rf_component *component = steps->list->items[--steps->attached];
        const rf_processor_kind *kind = component->kind;
        if (kind->detach)
            kind->detach(component->state, steps->locals[steps->attached]);
    }
    rf_part_done(&steps->one);
    rf_gather_done(&steps->results);
    rf_free(steps->locals);
    rf_free(steps);
}

static bool given_up(const rf_component *component) {
    return component->env.giving_up && atomic_load_explicit(component->env.giving_up, memory_order_relaxed);
}

static void run(rf_steps *steps, rf_batch *batch, bool until_failed) {
    for (size_t i = 0; i < steps->attached && batch->count > 0; i++) {
        const rf_component *component = steps->list->items[i];
        if (given_up(component) || (until_failed && count_failed(batch) == batch->count))
            return;
        rf_stage_run(component->stage, steps->locals[i], steps->shard.meter, batch);
    }
}

void rf_steps_run(rf_steps *steps, rf_batch *batch) {
    assert(steps && batch);
    run(steps, batch, false);
}

static bool run_one(rf_steps *steps, rf_batch *batch, uint32_t index, unsigned how) {
    rf_batch *one = rf_part_begin(&steps->one, batch);
    if (!one)
        return false;
    bool fits = rf_part_add(&steps->one, index);
    if (fits)
        run(steps, one, how & RF_STEPS_UNTIL_FAILED);
    for (uint32_t i = 0; i < one->count && (how & RF_STEPS_CLEAR); i++)
        one->messages[i].error = (rf_slice){ 0 };
    fits = fits && rf_gather_part(&steps->results, &steps->one);
    rf_part_end(&steps->one);
    return fits;
}

rf_code rf_steps_run_each(rf_steps *steps, rf_batch *batch, unsigned how, rf_error *reterr) {
    assert(steps && batch);
    bool fits = true;
    rf_gather_clear(&steps->results);
    for (uint32_t i = 0; i < batch->count && fits; i++) {
        bool taken = batch->messages[i].error.data || !(how & RF_STEPS_ONLY_FAILED);
        fits = taken ? run_one(steps, batch, i, how) : rf_gather_keep(&steps->results, batch, i);
    }
    fits = fits && rf_gather_finish(&steps->results, batch);
    return fits ? RF_OK : rf_raise_nomem(reterr);
}
