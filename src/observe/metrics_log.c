/* metrics_log.c: a thread that logs every metric, and the last time at the end. */
#include "observe/metrics_log.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "observe/registry.h"

#include <assert.h>
#include <math.h>

#define ARENA_BLOCK_BYTES 4096

/* What was counted when it was logged last. */
typedef struct seen {
    double count;
    uint64_t *buckets; /* of a histogram: RF_HISTOGRAM_BUCKETS */
} seen;

struct rf_metrics_log {
    const rf_metrics *metrics;
    rf_log *log;
    uint64_t interval_ns;
    bool flush;
    rf_table last;  /* with `flush`: seen by a metric's key; whoever logs has it */
    rf_arena arena; /* those */
    rf_thread thread;
    rf_mutex lock;
    rf_cond news;
    bool ending; /* under the lock */
};

/* Without `flush`, or without memory: nothing was seen. */
static seen *seen_of(rf_metrics_log *self, const rf_metric_entry *entry, bool has_buckets) {
    if (!self->flush)
        return NULL;
    seen *known = rf_table_get(&self->last, entry->key);
    if (known)
        return known;
    known = rf_arena_zero(&self->arena, 1, sizeof *known);
    if (known && has_buckets)
        known->buckets = rf_arena_zero(&self->arena, RF_HISTOGRAM_BUCKETS, sizeof *known->buckets);
    return known && (!has_buckets || known->buckets) && rf_table_put(&self->last, entry->key, known) ? known : NULL;
}

static rf_slice number_text(double value, char text[RF_NUMBER_TEXT_MAX]) {
    if (!isfinite(value))
        return isnan(value) ? RF_SLICE("NaN") : value > 0 ? RF_SLICE("+Inf") : RF_SLICE("-Inf");
    return (rf_slice){ text, rf_number_json(value, text) };
}

static void log_value(rf_metrics_log *self, const rf_metric_entry *entry) {
    char text[RF_NUMBER_TEXT_MAX];
    bool is_gauge = entry->family->kind == RF_METRIC_GAUGE;
    double value = is_gauge      ? rf_metric_entry_gauge(entry)
                   : entry->own ? rf_series_value(entry)
                                 : (double)rf_metrics_read(self->metrics, entry->metric);
    seen *last = is_gauge ? NULL : seen_of(self, entry, false);
    double before = last ? last->count : 0;
    if (last)
        last->count = value;
    const rf_log_field fields[] = { { "name", rf_slice_of(entry->family->name) }, { "value", number_text(value - before, text) }, { "labels", entry->inner } };
    rf_log_write_fields(self->log, RF_LOG_INFO, NULL, is_gauge ? RF_SLICE("Gauge metric") : RF_SLICE("Counter metric"), fields,
                        entry->inner.len ? 3 : 2);
}

static void log_timing(rf_metrics_log *self, const rf_metric_entry *entry) {
    uint64_t buckets[RF_HISTOGRAM_BUCKETS], total = rf_metric_entry_buckets(self->metrics, entry, buckets);
    seen *last = seen_of(self, entry, true);
    for (uint32_t i = 0; last && i < RF_HISTOGRAM_BUCKETS; i++) {
        uint64_t now = buckets[i];
        buckets[i] -= last->buckets[i];
        total -= last->buckets[i];
        last->buckets[i] = now;
    }
    static const double quantiles[] = { 0.5, 0.9, 0.99 };
    static const char *const names[] = { "p50", "p90", "p99" };
    char texts[3][RF_NUMBER_TEXT_MAX];
    rf_log_field fields[5] = { { "name", rf_slice_of(entry->family->name) } };
    for (size_t i = 0; i < 3; i++)
        fields[1 + i] = (rf_log_field){ names[i],
                                        { texts[i], rf_number_u64(rf_histogram_quantile(buckets, total, quantiles[i]), texts[i]) } };
    fields[4] = (rf_log_field){ "labels", entry->inner };
    rf_log_write_fields(self->log, RF_LOG_INFO, NULL, RF_SLICE("Timing metric"), fields, entry->inner.len ? 5 : 4);
}

static void log_all(rf_metrics_log *self) {
    for (rf_metric_family *family = RF_FOLLOW(self->metrics->families); family; family = RF_FOLLOW(family->next))
        for (rf_metric_entry *entry = RF_FOLLOW(family->first); entry; entry = RF_FOLLOW(entry->next)) {
            if (family->kind == RF_METRIC_HISTOGRAM)
                log_timing(self, entry);
            else
                log_value(self, entry);
        }
}

static void push(void *arg) {
    rf_metrics_log *self = arg;
    uint64_t due = rf_clock_mono_ns() + self->interval_ns;
    rf_mutex_lock(&self->lock);
    while (!self->ending) {
        uint64_t now = rf_clock_mono_ns();
        if (now < due) {
            (void)rf_cond_wait_for(&self->news, &self->lock, due - now);
            continue;
        }
        due = now + self->interval_ns;
        rf_mutex_unlock(&self->lock);
        log_all(self);
        rf_mutex_lock(&self->lock);
    }
    rf_mutex_unlock(&self->lock);
}

rf_code rf_metrics_log_start(const rf_metrics *metrics, rf_log *log, uint64_t interval_ns, bool flush, rf_metrics_log **ret_log,
                             rf_error *reterr) {
    assert(metrics && ret_log);
    rf_metrics_log *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    *self = (rf_metrics_log){ .metrics = metrics, .log = log, .interval_ns = interval_ns, .flush = flush };
    rf_arena_init(&self->arena, ARENA_BLOCK_BYTES);
    rf_mutex_init(&self->lock);
    rf_cond_init(&self->news);
    rf_code code = interval_ns ? rf_thread_start(&self->thread, "rf-metrics", push, self, reterr) : RF_OK;
    if (code)
        rf_metrics_log_free(self);
    else
        *ret_log = self;
    return code;
}

static void join(rf_metrics_log *self) {
    rf_mutex_lock(&self->lock);
    self->ending = true;
    rf_cond_broadcast(&self->news);
    rf_mutex_unlock(&self->lock);
    rf_thread_join(&self->thread);
}

void rf_metrics_log_free(rf_metrics_log *self) {
    if (!self)
        return;
    join(self);
    rf_cond_done(&self->news);
    rf_mutex_done(&self->lock);
    rf_table_done(&self->last);
    rf_arena_done(&self->arena);
    rf_free(self);
}

void rf_metrics_log_end(rf_metrics_log *self) {
    if (!self)
        return;
    join(self);
    log_all(self);
    rf_metrics_log_free(self);
}
