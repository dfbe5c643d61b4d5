/* series.c: metrics that count for themselves: what only messages name is registered while threads count already. */
#include "observe/registry.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

static double of_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

rf_code rf_metrics_series(rf_metrics *metrics, rf_metric_kind kind, const char *name, const rf_metric_labels *labels, rf_series **ret,
                          rf_error *reterr) {
    assert(ret);
    return rf_metrics_entry(metrics, name, "Made by the user's processor `metric`.", kind, true, labels, ret, reterr);
}

void rf_series_add(rf_series *series, double more) {
    assert(series && series->own && series->family->kind == RF_METRIC_COUNTER);
    uint64_t bits = atomic_load_explicit(series->own, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(series->own, &bits, bits_of(of_bits(bits) + more), memory_order_relaxed,
                                                  memory_order_relaxed)) {
        /* `bits` is what it is by now */
    }
}

void rf_series_set(rf_series *series, double value) {
    assert(series && series->own && series->family->kind == RF_METRIC_GAUGE);
    atomic_store_explicit(series->own, bits_of(value), memory_order_relaxed);
}

void rf_series_observe(rf_series *series, uint64_t value) {
    assert(series && series->own && series->family->kind == RF_METRIC_HISTOGRAM);
    atomic_fetch_add_explicit(&series->own[0], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&series->own[1], value, memory_order_relaxed);
    atomic_fetch_add_explicit(&series->own[2 + rf_histogram_bucket(value)], 1, memory_order_relaxed);
}

double rf_series_value(const rf_metric_entry *entry) {
    assert(entry && entry->own && entry->family->kind != RF_METRIC_HISTOGRAM);
    return of_bits(atomic_load_explicit(entry->own, memory_order_relaxed));
}

uint64_t rf_metric_entry_buckets(const rf_metrics *metrics, const rf_metric_entry *entry, uint64_t ret_buckets[RF_HISTOGRAM_BUCKETS]) {
    assert(metrics && entry && entry->family->kind == RF_METRIC_HISTOGRAM);
    if (!entry->own)
        return rf_metrics_buckets(metrics, entry->metric, ret_buckets);
    uint64_t total = 0;
    for (uint32_t i = 0; i < RF_HISTOGRAM_BUCKETS; i++)
        total += ret_buckets[i] = atomic_load_explicit(&entry->own[2 + i], memory_order_relaxed);
    return total;
}
