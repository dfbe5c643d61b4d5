/* chain_call.c: one call of one hook: limited, timed, counted. */
#include "plugin/chain_internal.h"

#include "observe/probes.h"
#include "observe/zone.h"

#include <stdio.h>

#define KEEP_BYTES ((size_t)4 << 20) /* what events may leave in the chain's buffers */

static void shrink(rf_buffer *buffer) {
    if (buffer->cap > KEEP_BYTES / 4)
        rf_buffer_done(buffer);
}

bool rf_chain_enter(rf_chain *chain) {
    if (chain->running)
        return false;
    if (RF_UNLIKELY(atomic_load_explicit(&chain->posted, memory_order_relaxed)))
        rf_chain_take_posts(chain);
    if (RF_UNLIKELY(chain->in.cap + chain->out.cap + chain->lines.cap + chain->states.cap > KEEP_BYTES)) {
        shrink(&chain->in);
        shrink(&chain->out);
        shrink(&chain->lines);
        shrink(&chain->states);
    }
    chain->running = true;
    return true;
}

void rf_chain_leave(rf_chain *chain) {
    chain->running = false;
    atomic_store_explicit(&chain->current, NULL, memory_order_relaxed);
    if (RF_LIKELY(!chain->changed))
        return;
    rf_mutex_lock(&chain->lock);
    rf_chain_arrange(chain);
    rf_mutex_unlock(&chain->lock);
}

/* Only this thread writes them, so no read-modify-write is needed. */
static inline void add(_Atomic uint64_t *counter, uint64_t n) {
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline void count_calls(rf_hook_stats *stats, uint32_t calls, uint64_t ticks) {
    uint64_t one = calls == 1 ? ticks : ticks / calls;
    add(&stats->calls, calls);
    add(&stats->total, ticks);
    if (one > atomic_load_explicit(&stats->worst, memory_order_relaxed))
        atomic_store_explicit(&stats->worst, one, memory_order_relaxed);
    _Atomic uint32_t *bucket = &stats->buckets[rf_histogram_bucket(one)];
    atomic_store_explicit(bucket, atomic_load_explicit(bucket, memory_order_relaxed) + calls, memory_order_relaxed);
}

void rf_chain_count_run(rf_chain_entry *entry, rf_hook hook, uint32_t calls, uint64_t ticks) {
    if (calls)
        count_calls(entry->stats[hook], calls, ticks);
}

static void note_failure(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_error *error) {
    add(&entry->stats[hook]->errors, 1);
    RF_PROBE3(hook_failed, entry->now.plugin->path, rf_hooks[hook].name, error->message);
    rf_chain_failed(chain, entry, hook, error);
}

void rf_chain_refuse(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, uint32_t failures, const rf_error *error) {
    atomic_store_explicit(&entry->failures, failures, memory_order_relaxed);
    note_failure(chain, entry, hook, error);
}

/* The call itself; what it failed with is not looked at yet. */
static inline rf_code call_hook(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_pv *args, uint32_t count, rf_arena *arena,
                                rf_answer *ret_answer, rf_error *reterr) {
    const rf_plugin *plugin = entry->now.plugin;
    ret_answer->verdict = RF_VERDICT_CONTINUE;
    atomic_store_explicit(&chain->current, entry, memory_order_relaxed);
    rf_code code = plugin->kind->call(entry->now.vm, hook, args, count, plugin->manifest.time_ns[hook], arena, ret_answer, reterr);
    if (RF_UNLIKELY(code))
        ret_answer->verdict = RF_VERDICT_CONTINUE;
    else if (RF_UNLIKELY(atomic_load_explicit(&entry->failures, memory_order_relaxed)))
        atomic_store_explicit(&entry->failures, 0, memory_order_relaxed);
    return code;
}

/* Apart, so that a hook costs one look at a switch while zones are off. */
static __attribute__((noinline)) rf_code call_in_zone(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_pv *args,
                                                      uint32_t count, rf_arena *arena, rf_answer *ret_answer, rf_error *reterr) {
    char detail[96];
    (void)snprintf(detail, sizeof detail, "%.*s %s", RF_SLICE_ARG(entry->now.plugin->manifest.name), rf_hooks[hook].name);
    RF_ZONE(RF_ZONE_HOOK, detail);
    return call_hook(chain, entry, hook, args, count, arena, ret_answer, reterr);
}

static inline rf_code call_seen(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_pv *args, uint32_t count, rf_arena *arena,
                                rf_answer *ret_answer, rf_error *reterr) {
    if (RF_UNLIKELY(rf_zones_any()))
        return call_in_zone(chain, entry, hook, args, count, arena, ret_answer, reterr);
    return call_hook(chain, entry, hook, args, count, arena, ret_answer, reterr);
}

rf_code rf_chain_call(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_pv *args, uint32_t count, rf_arena *arena,
                      uint64_t *since, rf_answer *ret_answer, rf_error *reterr) {
    rf_code code = call_seen(chain, entry, hook, args, count, arena, ret_answer, reterr);
    uint64_t now = rf_ticks(&chain->epoch);
    count_calls(entry->stats[hook], 1, rf_ticks_between(*since, now));
    *since = now;
    if (RF_LIKELY(!code))
        return RF_OK;
    note_failure(chain, entry, hook, reterr);
    *since = rf_ticks(&chain->epoch); /* the log is not the next plugin's fault */
    return code;
}

rf_code rf_chain_call_bare(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_pv *args, uint32_t count, rf_arena *arena,
                           rf_answer *ret_answer, rf_error *reterr) {
    rf_code code = call_seen(chain, entry, hook, args, count, arena, ret_answer, reterr);
    if (RF_UNLIKELY(code))
        note_failure(chain, entry, hook, reterr);
    return code;
}
