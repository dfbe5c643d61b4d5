/* chain_call.c: one call of one hook: limited, timed, counted. */
#include "plugin/chain_internal.h"

bool rf_chain_enter(rf_chain *chain) {
    if (chain->running)
        return false;
    if (RF_UNLIKELY(atomic_load_explicit(&chain->posted, memory_order_relaxed)))
        rf_chain_take_posts(chain);
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

static inline void count_call(rf_hook_stats *stats, uint64_t ticks) {
    add(&stats->calls, 1);
    add(&stats->total, ticks);
    if (ticks > atomic_load_explicit(&stats->worst, memory_order_relaxed))
        atomic_store_explicit(&stats->worst, ticks, memory_order_relaxed);
    _Atomic uint32_t *bucket = &stats->buckets[rf_histogram_bucket(ticks)];
    atomic_store_explicit(bucket, atomic_load_explicit(bucket, memory_order_relaxed) + 1, memory_order_relaxed);
}

rf_code rf_chain_call(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_pv *args, uint32_t count, rf_arena *arena, uint64_t *since,
                      rf_answer *ret_answer, rf_error *reterr) {
    const rf_plugin *plugin = entry->now.plugin;
    rf_hook_stats *stats = entry->stats[hook];
    ret_answer->verdict = RF_VERDICT_CONTINUE;
    atomic_store_explicit(&chain->current, entry, memory_order_relaxed);
    rf_code code = plugin->kind->call(entry->now.vm, hook, args, count, plugin->manifest.time_ns[hook], arena, ret_answer, reterr);
    uint64_t now = rf_ticks(&chain->epoch);
    count_call(stats, rf_ticks_between(*since, now));
    *since = now;
    if (RF_LIKELY(!code)) {
        if (RF_UNLIKELY(atomic_load_explicit(&entry->failures, memory_order_relaxed)))
            atomic_store_explicit(&entry->failures, 0, memory_order_relaxed);
        return RF_OK;
    }
    ret_answer->verdict = RF_VERDICT_CONTINUE;
    add(&stats->errors, 1);
    rf_chain_failed(chain, entry, hook, reterr);
    *since = rf_ticks(&chain->epoch);
    return code;
}
