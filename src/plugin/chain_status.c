/* chain_status.c: a chain as others see it: states, counts, quantiles. */
#include "plugin/chain_internal.h"

#include "base/nearest.h"
#include "base/slice.h"

#include <assert.h>
#include <stdio.h>

size_t rf_chain_count(const rf_chain *chain) { return chain->entries.count; }

/* The upper bound of the bucket in which the quantile lies, in ticks. */
static uint64_t quantile(const rf_hook_stats *stats, double q) {
    uint64_t sum = 0, total = 0;
    for (uint32_t i = 0; i < RF_HISTOGRAM_BUCKETS; i++)
        total += atomic_load_explicit(&stats->buckets[i], memory_order_relaxed);
    for (uint32_t i = 0; i < RF_HISTOGRAM_BUCKETS; i++) {
        sum += atomic_load_explicit(&stats->buckets[i], memory_order_relaxed);
        if (sum && (double)sum >= q * (double)total)
            return rf_histogram_upper(i);
    }
    return 0;
}

static void copy_text(char *out, size_t size, rf_slice text) {
    size_t len = text.len < size - 1 ? text.len : size - 1;
    memcpy(out, text.data, len);
    out[len] = '\0';
}

static void copy_hook(const rf_hook_stats *stats, double unit_ns, rf_plugin_status *ret_status, uint32_t hook) {
    uint64_t worst = atomic_load_explicit(&stats->worst, memory_order_relaxed), p50 = quantile(stats, 0.5), p99 = quantile(stats, 0.99);
    ret_status->hooks[hook].calls = atomic_load_explicit(&stats->calls, memory_order_relaxed);
    ret_status->hooks[hook].errors = atomic_load_explicit(&stats->errors, memory_order_relaxed);
    ret_status->hooks[hook].total_ns = (uint64_t)((double)atomic_load_explicit(&stats->total, memory_order_relaxed) * unit_ns);
    ret_status->hooks[hook].worst_ns = (uint64_t)((double)worst * unit_ns);
    ret_status->hooks[hook].p50_ns = (uint64_t)((double)(p50 < worst ? p50 : worst) * unit_ns);
    ret_status->hooks[hook].p99_ns = (uint64_t)((double)(p99 < worst ? p99 : worst) * unit_ns);
}

bool rf_chain_status(rf_chain *chain, size_t index, rf_plugin_status *ret_status) {
    assert(chain && ret_status);
    double unit_ns = rf_ticks_unit_ns(&chain->epoch);
    rf_mutex_lock(&chain->lock);
    const rf_chain_entry *entry = index < chain->entries.count ? chain->entries.items[index] : NULL;
    if (entry) {
        const rf_plugin *plugin = entry->now.plugin;
        *ret_status = (rf_plugin_status){ .language = plugin->kind->name, .state = entry->state, .reloads = entry->reloads, .last_error = entry->last_error };
        copy_text(ret_status->name, sizeof ret_status->name, plugin->manifest.name);
        copy_text(ret_status->version, sizeof ret_status->version, plugin->manifest.version);
        ret_status->failures = atomic_load_explicit(&entry->failures, memory_order_relaxed);
        ret_status->held_bytes = atomic_load_explicit(&entry->held_bytes, memory_order_relaxed);
        for (uint32_t i = 0; i < RF_HOOK_COUNT; i++) {
            ret_status->hooks[i].exists = (entry->now.hooks & 1u << i) != 0;
            if (entry->stats[i])
                copy_hook(entry->stats[i], unit_ns, ret_status, i);
        }
    }
    rf_mutex_unlock(&chain->lock);
    return entry;
}

void rf_chain_interrupt(rf_chain *chain) {
    rf_mutex_lock(&chain->lock);
    const rf_chain_entry *entry = atomic_load_explicit(&chain->current, memory_order_relaxed);
    if (entry && entry->now.vm)
        entry->now.plugin->kind->interrupt(entry->now.vm);
    rf_mutex_unlock(&chain->lock);
}

rf_code rf_chain_unknown(const rf_chain *chain, rf_slice name, rf_error *reterr) {
    enum { NAMES_MAX = 32 };
    char texts[NAMES_MAX][72];
    const char *names[NAMES_MAX + 1];
    size_t count = 0;
    for (; count < NAMES_MAX && count < chain->entries.count; count++) {
        (void)snprintf(texts[count], sizeof texts[count], "%.*s", RF_SLICE_ARG(chain->entries.items[count]->now.plugin->manifest.name));
        names[count] = texts[count];
    }
    names[count] = NULL;
    (void)rf_raise(reterr, RF_ENOTFOUND, "no plugin %.*s is running", (int)(name.len > 80 ? 80 : name.len), name.data);
    const char *nearest = rf_nearest(name, names);
    if (nearest)
        rf_error_hint(reterr, "did you mean `%s`?", nearest);
    return RF_ENOTFOUND;
}
