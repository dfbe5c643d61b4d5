/* metrics.c: counting in a slot a thread, and adding up what all have counted. */
#include "observe/metrics.h"

#include "base/alloc.h"
#include "observe/registry.h"

#include <assert.h>
#include <string.h>

/* Room on each side of a meter's slots, so that no two threads write to one cache line. */
#define CACHE_LINE_SLOTS 8u

rf_code rf_metrics_meter(rf_metrics *metrics, rf_meter **ret_meter, rf_error *reterr) {
    assert(metrics && ret_meter);
    rf_meter_node *node = rf_alloc_zero(1, sizeof *node);
    if (!node)
        return rf_raise_nomem(reterr);
    rf_mutex_lock(&metrics->lock);
    node->meter.count = metrics->slot_count;
    node->memory = rf_alloc_zero(metrics->slot_count + 2 * CACHE_LINE_SLOTS, sizeof *node->memory);
    if (node->memory) {
        node->meter.slots = node->memory + CACHE_LINE_SLOTS;
        RF_PUBLISH(node->next, RF_FOLLOW(metrics->meters));
        RF_PUBLISH(metrics->meters, node);
    }
    rf_mutex_unlock(&metrics->lock);
    if (!node->memory) {
        rf_free(node);
        return rf_raise_nomem(reterr);
    }
    *ret_meter = &node->meter;
    return RF_OK;
}

uint64_t rf_histogram_upper(uint32_t bucket) {
    assert(bucket < RF_HISTOGRAM_BUCKETS);
    if (bucket < RF_HISTOGRAM_SUB)
        return bucket + 1;
    uint32_t octave = bucket / RF_HISTOGRAM_SUB + 2, sub = bucket % RF_HISTOGRAM_SUB;
    return (uint64_t)(RF_HISTOGRAM_SUB + sub + 1) << (octave - 3);
}

uint64_t rf_metrics_read(const rf_metrics *metrics, rf_metric metric) {
    assert(metrics);
    uint64_t sum = 0;
    for (rf_meter_node *node = RF_FOLLOW(metrics->meters); node; node = RF_FOLLOW(node->next))
        if (metric < node->meter.count)
            sum += atomic_load_explicit(&node->meter.slots[metric], memory_order_relaxed);
    return sum;
}

uint64_t rf_metrics_buckets(const rf_metrics *metrics, rf_metric histogram, uint64_t ret_buckets[RF_HISTOGRAM_BUCKETS]) {
    memset(ret_buckets, 0, RF_HISTOGRAM_BUCKETS * sizeof *ret_buckets);
    uint64_t total = 0;
    for (rf_meter_node *node = RF_FOLLOW(metrics->meters); node; node = RF_FOLLOW(node->next)) {
        if (histogram + RF_HISTOGRAM_SLOTS > node->meter.count ||
            atomic_load_explicit(&node->meter.slots[histogram], memory_order_relaxed) == 0)
            continue; /* never observed: its buckets need not be read */
        const _Atomic uint64_t *slots = node->meter.slots + histogram + 2;
        for (uint32_t i = 0; i < RF_HISTOGRAM_BUCKETS; i++) {
            uint64_t n = atomic_load_explicit(&slots[i], memory_order_relaxed);
            ret_buckets[i] += n;
            total += n;
        }
    }
    return total;
}

uint64_t rf_histogram_quantile(const uint64_t buckets[RF_HISTOGRAM_BUCKETS], uint64_t total, double quantile) {
    assert(quantile >= 0 && quantile <= 1);
    if (total == 0)
        return 0;
    uint64_t rank = (uint64_t)(quantile * (double)total);
    if ((double)rank < quantile * (double)total || rank == 0)
        rank++; /* the smallest value that so many are not above */
    uint32_t bucket = 0;
    for (uint64_t seen = buckets[0]; seen < rank && bucket + 1 < RF_HISTOGRAM_BUCKETS; seen += buckets[bucket])
        bucket++;
    uint64_t lower = bucket ? rf_histogram_upper(bucket - 1) : 0;
    return (lower + rf_histogram_upper(bucket) + 1) / 2;
}

uint64_t rf_metrics_quantile(const rf_metrics *metrics, rf_metric histogram, double quantile) {
    assert(metrics);
    uint64_t buckets[RF_HISTOGRAM_BUCKETS];
    uint64_t total = rf_metrics_buckets(metrics, histogram, buckets);
    return rf_histogram_quantile(buckets, total, quantile);
}

double rf_metric_entry_gauge(const rf_metric_entry *entry) {
    assert(entry);
    double sum = entry->own ? rf_series_value(entry) : 0;
    for (rf_gauge_reader *reader = RF_FOLLOW(entry->readers); reader; reader = RF_FOLLOW(reader->next))
        sum += reader->read(reader->arg);
    return sum;
}

void rf_metrics_each(const rf_metrics *metrics, void (*visit)(void *arg, const rf_metric_info *info), void *arg) {
    assert(metrics && visit);
    for (rf_metric_family *family = RF_FOLLOW(metrics->families); family; family = RF_FOLLOW(family->next))
        for (rf_metric_entry *entry = RF_FOLLOW(family->first); entry; entry = RF_FOLLOW(entry->next)) {
            bool is_gauge = family->kind == RF_METRIC_GAUGE;
            rf_metric_info info = { family->name, family->help, family->kind, entry->labels, entry->metric,
                                    is_gauge ? rf_metric_entry_gauge(entry) : 0 };
            visit(arg, &info);
        }
}
