/* script_run.c: runs of a processor's scripts on one shard: borrowed VMs, time, counts, logs. */
#include "components/processors/script_stage.h"

#include "base/slice.h"

#include <assert.h>
#include <pthread.h>

/* What is left of this thread's stack for scripts; the rest is for us and the engine's own functions. */
static size_t stack_room(void) {
    const size_t ours = 256u << 10;
    pthread_attr_t attributes;
    void *start;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        if (pthread_attr_getstack(&attributes, &start, &size) != 0)
            size = 0;
        (void)pthread_attr_destroy(&attributes);
    }
    return size > 2 * ours ? size - ours : ours;
}

rf_code rf_runner_init(rf_runner *runner, rf_scripts *scripts, const rf_shard_env *shard, rf_error *reterr) {
    assert(runner && scripts && shard && shard->meter);
    *runner = (rf_runner){ .scripts = scripts, .meter = shard->meter, .epoch = rf_ticks_begin() };
    if (scripts->list.program_count == 0)
        return RF_OK;
    rf_limits limits = scripts->limits;
    size_t room = stack_room();
    if (limits.stack_bytes > room)
        limits.stack_bytes = room;
    return rf_pool_new(scripts->list.programs, scripts->list.program_count, &limits, &scripts->host, &runner->pool, reterr);
}

/* Adds what changed in this shard's pool to the gauges of all shards. */
static void publish_size(rf_runner *runner, const rf_pool_counts *now) {
    rf_scripts *scripts = runner->scripts;
    if (now->size != runner->seen.size)
        atomic_fetch_add_explicit(&scripts->pool_size, (uint64_t)now->size - runner->seen.size, memory_order_relaxed);
    if (now->heap_bytes != runner->seen.heap_bytes)
        atomic_fetch_add_explicit(&scripts->pool_bytes, (uint64_t)now->heap_bytes - runner->seen.heap_bytes, memory_order_relaxed);
}

void rf_runner_done(rf_runner *runner) {
    assert(runner);
    if (!runner->pool)
        return;
    publish_size(runner, &(rf_pool_counts){ 0 });
    rf_pool_free(runner->pool);
    runner->pool = NULL;
}

void rf_runner_begin(rf_runner *runner) {
    assert(runner);
    if (RF_UNLIKELY(runner->unit_ns == 0))
        runner->unit_ns = rf_ticks_unit_ns(&runner->epoch);
    runner->last_ticks = rf_ticks(&runner->epoch);
}

void rf_runner_end(rf_runner *runner) {
    assert(runner);
    if (!runner->pool)
        return;
    rf_pool_counts now;
    rf_pool_get_counts(runner->pool, &now);
    rf_meter_add(runner->meter, runner->scripts->hits, now.hits - runner->seen.hits);
    rf_meter_add(runner->meter, runner->scripts->misses, now.misses - runner->seen.misses);
    rf_meter_add(runner->meter, runner->scripts->resets, now.resets - runner->seen.resets);
    publish_size(runner, &now);
    runner->seen = now;
}

/* The clock is read once between two runs: the end of one is the start of the next. */
static void observe(rf_runner *runner, size_t stage) {
    uint64_t now = rf_ticks(&runner->epoch);
    double ns = (double)rf_ticks_between(runner->last_ticks, now) * runner->unit_ns;
    rf_meter_observe(runner->meter, runner->scripts->list.stages[stage].latency, (uint64_t)ns);
    runner->last_ticks = now;
}

/* A VM that is given back may collect. */
static void give_back(rf_runner *runner, rf_vm *vm) {
    rf_pool_return(runner->pool, vm);
    if (RF_LIKELY(rf_pool_collections(runner->pool) == runner->collections))
        return;
    rf_pool_counts now;
    rf_pool_get_counts(runner->pool, &now);
    rf_meter_observe(runner->meter, runner->scripts->pauses, now.pause_ns);
    runner->collections = now.collections;
}

rf_code rf_runner_run(rf_runner *runner, size_t stage, rf_batch *batch, rf_message *message, rf_run *ret_run, rf_error *reterr) {
    assert(runner && stage < runner->scripts->list.program_count);
    rf_vm *vm;
    rf_code code = rf_pool_borrow(runner->pool, &vm, reterr);
    if (code)
        return code;
    code = rf_vm_run(vm, stage, batch, message, ret_run, reterr);
    give_back(runner, vm);
    observe(runner, stage);
    return code;
}

rf_code rf_runner_test(rf_runner *runner, size_t stage, rf_batch *batch, rf_message *message, bool *ret_truth, rf_error *reterr) {
    assert(runner && stage < runner->scripts->list.program_count);
    rf_vm *vm;
    rf_code code = rf_pool_borrow(runner->pool, &vm, reterr);
    if (code)
        return code;
    code = rf_vm_test(vm, stage, batch, message, ret_truth, reterr);
    give_back(runner, vm);
    observe(runner, stage);
    return code;
}

rf_reason rf_runner_reason(rf_code code) {
    switch (code) {
    case RF_ESCRIPT:
        return RF_REASON_THREW;
    case RF_ELIMIT:
        return RF_REASON_LIMIT;
    default:
        return RF_REASON_COUNT;
    }
}

#define LOG_TEXT_MAX 320

static void log_one(const rf_scripts *scripts, const rf_script_stage *stage, rf_log_level level, const char *what,
                    const rf_error *why, uint32_t suppressed) {
    char message[sizeof why->message + 80], place[LOG_TEXT_MAX], more[16];
    (void)snprintf(message, sizeof message, "%s in %s: %s", what, stage->name, why->message);
    (void)snprintf(place, sizeof place, "%s:%u:%u", why->place.file, why->place.line, why->place.column);
    (void)snprintf(more, sizeof more, "%u", suppressed);
    rf_log_field fields[4] = { { "stage", rf_slice_of(stage->name) } };
    size_t count = 1;
    if (why->place.line)
        fields[count++] = (rf_log_field){ "place", rf_slice_of(place) };
    if (why->hint[0])
        fields[count++] = (rf_log_field){ "hint", rf_slice_of(why->hint) };
    if (suppressed)
        fields[count++] = (rf_log_field){ "suppressed", rf_slice_of(more) };
    rf_log_write_fields(scripts->env->log, level, &scripts->env->origin, rf_slice_of(message), fields, count);
}

static void tell(rf_runner *runner, size_t stage, rf_log_level level, const char *what, const rf_error *why) {
    const rf_scripts *scripts = runner->scripts;
    rf_script_stage *at = &scripts->list.stages[stage];
    uint32_t suppressed = 0;
    if (!why || !scripts->env->log || !rf_log_enabled(scripts->env->log, level))
        return;
    if (rf_log_limit_pass(&at->limit, &suppressed))
        log_one(scripts, at, level, what, why, suppressed);
}

void rf_runner_dropped(rf_runner *runner, size_t stage, rf_reason reason, const rf_error *why) {
    assert(runner && stage < runner->scripts->list.count && reason < RF_REASON_COUNT);
    rf_meter_add(runner->meter, runner->scripts->list.stages[stage].dropped[reason], 1);
    tell(runner, stage, reason == RF_REASON_FILTERED ? RF_LOG_DEBUG : RF_LOG_ERROR, "message dropped", why);
}

void rf_runner_failed(rf_runner *runner, size_t stage, rf_reason reason, const rf_error *why) {
    assert(runner && stage < runner->scripts->list.count && reason < RF_REASON_COUNT);
    rf_meter_add(runner->meter, runner->scripts->list.stages[stage].failed[reason], 1);
    tell(runner, stage, RF_LOG_ERROR, "message failed", why);
}
