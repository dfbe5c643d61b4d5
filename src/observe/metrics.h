/* metrics.h: counters, gauges and latency histograms: a slot a thread, added up when read. */
#ifndef RF_OBSERVE_METRICS_H
#define RF_OBSERVE_METRICS_H

#include "base/buffer.h"
#include "riffle/error.h"

#include <assert.h>
#include <stdatomic.h>

/*
 * All metrics of a process. Registering: any thread, but before the meters that count it are made. Reading: any thread,
 * any time, without a lock: nothing that was registered ever goes away or moves.
 */
typedef struct rf_metrics rf_metrics;
/* The counting side of one thread: only that thread adds. */
typedef struct rf_meter { _Atomic uint64_t *slots; size_t count; } rf_meter;

/* Handle of a metric: the index of its (first) slot. */
typedef uint32_t rf_metric;

typedef struct rf_metric_labels {
    const char *label, *path, *stage, *reason; /* NULL: not there */
    const char *others;                        /* any more, as both text forms have them (`line="a",site="b"`); NULL: none */
} rf_metric_labels;

/* 3,000 histograms: what a thousand stages need, 8 MiB a meter if all were used. */
#define RF_METRIC_SLOTS_MAX (1u << 20)

RF_NODISCARD rf_code rf_metrics_new(rf_metrics **ret_metrics, rf_error *reterr);
void rf_metrics_free(rf_metrics *metrics);

/* Registers; the same name and labels give the same handle. Texts are copied. Names are of [a-zA-Z0-9_].
 * Errors: RF_ENOMEM; RF_ELIMIT too many; RF_ECONFIG the name is taken by a metric of another kind. */
RF_NODISCARD rf_code rf_metrics_counter(rf_metrics *metrics, const char *name, const char *help, const rf_metric_labels *labels,
                                        rf_metric *ret, rf_error *reterr);
RF_NODISCARD rf_code rf_metrics_histogram(rf_metrics *metrics, const char *name, const char *help, const rf_metric_labels *labels,
                                          rf_metric *ret, rf_error *reterr);
/* A value read when scraped: `read(arg)` from the scraping thread, until the last scrape. Registered again with another
 * reader (a pool a thread), the metric shows the sum. A name that ends in _total is shown as a counter. */
RF_NODISCARD rf_code rf_metrics_gauge(rf_metrics *metrics, const char *name, const char *help, const rf_metric_labels *labels,
                                      double (*read)(void *), void *arg, rf_error *reterr);

/* How a metric is to be shown. */
typedef struct rf_metric_naming {
    bool hidden;      /* not at all */
    rf_buffer name;   /* of [a-zA-Z0-9_], no digit first */
    rf_buffer labels; /* as `others` above, all there are; empty: none */
} rf_metric_naming;
/* Asked once for each name with each set of labels, when it is registered; what comes out the same is one metric. Under the registry's lock: it
 * registers nothing. False: it stays as it is. */
typedef bool rf_metric_renaming(void *arg, const char *name, const rf_metric_labels *labels, rf_metric_naming *naming);
/* Before anything is registered. */
void rf_metrics_rename(rf_metrics *metrics, rf_metric_renaming *rename, void *arg);

/* A thread's meter, with a slot for everything registered so far; freed with the metrics. */
RF_NODISCARD rf_code rf_metrics_meter(rf_metrics *metrics, rf_meter **ret_meter, rf_error *reterr);

/* Cost: one relaxed load and store; no lock, no shared cache line. */
static inline void rf_meter_add(rf_meter *meter, rf_metric metric, uint64_t n) {
    assert(metric < meter->count); /* registered before the meter was made */
    _Atomic uint64_t *slot = &meter->slots[metric];
    atomic_store_explicit(slot, atomic_load_explicit(slot, memory_order_relaxed) + n, memory_order_relaxed);
}

/* Histograms: log-linear, 8 sub-buckets a power of two, 1 ns to 2^42 ns (73 minutes; the last takes all above):
 * 2 + 40 * 8 slots (count, sum, buckets); the error of a quantile is at most 6.25 %. */
#define RF_HISTOGRAM_SUB 8u
#define RF_HISTOGRAM_BUCKETS (40u * RF_HISTOGRAM_SUB)
#define RF_HISTOGRAM_SLOTS (2u + RF_HISTOGRAM_BUCKETS)
/* Buckets hold (lower, upper], so that every power of two is a bound exactly. */
static inline uint32_t rf_histogram_bucket(uint64_t value) {
    uint64_t below = value - (value != 0);
    if (below < RF_HISTOGRAM_SUB)
        return (uint32_t)below;
    uint32_t octave = 63u - (uint32_t)__builtin_clzll(below); /* 3 and more */
    uint32_t bucket = (octave - 2) * RF_HISTOGRAM_SUB + (uint32_t)((below >> (octave - 3)) & (RF_HISTOGRAM_SUB - 1));
    return bucket < RF_HISTOGRAM_BUCKETS ? bucket : RF_HISTOGRAM_BUCKETS - 1;
}
/* The upper bound of a bucket, which is in it. */
uint64_t rf_histogram_upper(uint32_t bucket);
static inline void rf_meter_observe(rf_meter *meter, rf_metric metric, uint64_t value) {
    rf_meter_add(meter, metric, 1);
    rf_meter_add(meter, metric + 1, value);
    rf_meter_add(meter, metric + 2 + rf_histogram_bucket(value), 1);
}

/*
 * A counter, gauge or histogram that may be registered at any time, since it counts for itself and not in meters: for what
 * only messages name. The same name and labels give the same series. Lives as long as the metrics.
 * Errors: RF_ENOMEM; RF_ECONFIG the name is taken by a metric of another kind, or by one that meters count.
 */
typedef struct rf_metric_entry rf_series;
typedef enum rf_metric_kind { RF_METRIC_COUNTER, RF_METRIC_HISTOGRAM, RF_METRIC_GAUGE } rf_metric_kind;
RF_NODISCARD rf_code rf_metrics_series(rf_metrics *metrics, rf_metric_kind kind, const char *name, const rf_metric_labels *labels,
                                       rf_series **ret, rf_error *reterr);
/* Any thread. Cost: one atomic operation on a shared line. */
void rf_series_add(rf_series *series, double more);      /* counters */
void rf_series_set(rf_series *series, double value);     /* gauges */
void rf_series_observe(rf_series *series, uint64_t value); /* histograms */

/* Added up over all meters. */
uint64_t rf_metrics_read(const rf_metrics *metrics, rf_metric metric);
/* Quantile (0..1) of a histogram; 0 when it is empty. */
uint64_t rf_metrics_quantile(const rf_metrics *metrics, rf_metric histogram, double quantile);

/* Walks everything registered, in order of name then registration; the visitor may read metrics. */
typedef struct rf_metric_info {
    const char *name, *help;
    rf_metric_kind kind;
    rf_metric_labels labels;
    rf_metric metric;
    double gauge;
} rf_metric_info;
void rf_metrics_each(const rf_metrics *metrics, void (*visit)(void *arg, const rf_metric_info *info), void *arg);

/* Prometheus text exposition 0.0.4 (histograms with le buckets in seconds or ns as the name's unit says: names end in
 * _ns), and the flat JSON of the original (host.md 8): {"name{label=\"\",path=\"…\"}": 1, …}. */
void rf_metrics_write_prometheus(const rf_metrics *metrics, rf_buffer *out);
void rf_metrics_write_json(const rf_metrics *metrics, rf_buffer *out);

#endif
