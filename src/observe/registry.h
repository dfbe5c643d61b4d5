/* registry.h: what the registered metrics look like inside, for the files beside it. */
#ifndef RF_OBSERVE_REGISTRY_H
#define RF_OBSERVE_REGISTRY_H

#include "base/arena.h"
#include "base/table.h"
#include "base/thread.h"
#include "observe/metrics.h"

/* Following a list, and adding to one, so that readers need no lock. */
#define RF_FOLLOW(pointer) atomic_load_explicit(&(pointer), memory_order_acquire)
#define RF_PUBLISH(pointer, value) atomic_store_explicit(&(pointer), (value), memory_order_release)

/* One function that a gauge asks; a gauge adds them up. */
typedef struct rf_gauge_reader {
    double (*read)(void *);
    void *arg;
    struct rf_gauge_reader *_Atomic next;
} rf_gauge_reader;

/* One name with one set of labels. Texts live behind it in the same block. */
typedef struct rf_metric_entry {
    struct rf_metric_family *family;
    rf_metric_labels labels;
    rf_slice key;   /* `name{label="",path="root.input"}`; `name` without labels */
    rf_slice inner; /* what stands between the braces; a part of `key` */
    rf_metric metric;
    _Atomic uint64_t *own; /* of a series: what meters have of others: the bits of a double, or a histogram's slots; NULL: it is none */
    rf_gauge_reader *_Atomic readers;
    struct rf_metric_entry *_Atomic next;
} rf_metric_entry;

/* All metrics of one name. */
typedef struct rf_metric_family {
    const char *name;
    const char *help;
    rf_metric_kind kind;
    rf_metric_entry *_Atomic first;
    rf_metric_entry *last; /* under the lock */
    struct rf_metric_family *_Atomic next;
} rf_metric_family;

typedef struct rf_meter_node {
    rf_meter meter;
    _Atomic uint64_t *memory; /* what `meter.slots` lies in */
    struct rf_meter_node *_Atomic next;
} rf_meter_node;

/* Lists only grow: writers hold the lock and publish with release, readers follow with acquire and never lock. */
struct rf_metrics {
    rf_mutex lock;
    rf_table by_key; /* under the lock: key to rf_metric_entry */
    rf_metric_renaming *rename; /* NULL: all are shown as they are registered */
    void *rename_arg;
    rf_table renamed; /* under the lock: the key that it was registered by to rf_metric_entry, when there is `rename` */
    rf_arena keys;    /* those keys */
    rf_metric_family *_Atomic hidden; /* counted, and shown to nobody */
    size_t slot_count; /* under the lock */
    rf_metric_family *_Atomic families; /* by name */
    rf_meter_node *_Atomic meters;
};

/* What a counter or gauge of its own says, and a histogram's buckets as rf_metrics_buckets(). (series.c) */
double rf_series_value(const rf_metric_entry *entry);
uint64_t rf_metric_entry_buckets(const rf_metrics *metrics, const rf_metric_entry *entry, uint64_t ret_buckets[RF_HISTOGRAM_BUCKETS]);
/* Registers an entry (registry.c); `own` entries take no slots. */
RF_NODISCARD rf_code rf_metrics_entry(rf_metrics *metrics, const char *name, const char *help, rf_metric_kind kind, bool own,
                                      const rf_metric_labels *labels, rf_metric_entry **ret_entry, rf_error *reterr);
/* What the gauge's readers say together. */
double rf_metric_entry_gauge(const rf_metric_entry *entry);
/* All buckets over all meters; returns how many values they hold. */
uint64_t rf_metrics_buckets(const rf_metrics *metrics, rf_metric histogram, uint64_t ret_buckets[RF_HISTOGRAM_BUCKETS]);
uint64_t rf_histogram_quantile(const uint64_t buckets[RF_HISTOGRAM_BUCKETS], uint64_t total, double quantile);
/* A JSON string. Bytes from 0x80 on pass: what is shown is UTF-8. */
void rf_metrics_put_json_text(rf_buffer *out, rf_slice text);

#endif
