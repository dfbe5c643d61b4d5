/* metrics.c: registering metrics, counting in a slot a thread, and adding up. */
#include "observe/metrics.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "observe/registry.h"

#include <assert.h>
#include <string.h>

#define ACQUIRE(pointer) atomic_load_explicit(&(pointer), memory_order_acquire)
#define PUBLISH(pointer, value) atomic_store_explicit(&(pointer), (value), memory_order_release)

/* Room on each side of a meter's slots, so that no two threads write to one cache line. */
#define CACHE_LINE_SLOTS 8u

rf_code rf_metrics_new(rf_metrics **ret_metrics, rf_error *reterr) {
    assert(ret_metrics);
    rf_metrics *metrics = rf_alloc_zero(1, sizeof *metrics);
    if (!metrics)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&metrics->lock);
    *ret_metrics = metrics;
    return RF_OK;
}

static void free_entry(metric_entry *entry) {
    for (gauge_reader *reader = ACQUIRE(entry->readers), *next; reader; reader = next) {
        next = ACQUIRE(reader->next);
        rf_free(reader);
    }
    rf_free(entry);
}

static void free_family(metric_family *family) {
    for (metric_entry *entry = ACQUIRE(family->first), *next; entry; entry = next) {
        next = ACQUIRE(entry->next);
        free_entry(entry);
    }
    rf_free(family);
}

void rf_metrics_free(rf_metrics *metrics) {
    if (!metrics)
        return;
    for (metric_family *family = ACQUIRE(metrics->families), *next; family; family = next) {
        next = ACQUIRE(family->next);
        free_family(family);
    }
    for (meter_node *node = ACQUIRE(metrics->meters), *next; node; node = next) {
        next = ACQUIRE(node->next);
        rf_free((void *)node->memory);
        rf_free(node);
    }
    rf_table_done(&metrics->by_key);
    rf_mutex_done(&metrics->lock);
    rf_free(metrics);
}

/* A label value as both text forms want it. */
static void append_escaped(rf_buffer *out, const char *text) {
    for (; *text; text++) {
        if (*text == '\n')
            rf_buffer_text(out, "\\n");
        else if (*text == '"' || *text == '\\')
            rf_buffer_printf(out, "\\%c", *text);
        else
            rf_buffer_char(out, *text);
    }
}

static void append_label(rf_buffer *out, const char *name, const char *value, bool *first) {
    if (!value)
        return;
    rf_buffer_text(out, *first ? "{" : ",");
    *first = false;
    rf_buffer_text(out, name);
    rf_buffer_text(out, "=\"");
    append_escaped(out, value);
    rf_buffer_char(out, '"');
}

static void append_key(rf_buffer *out, const char *name, const rf_metric_labels *labels) {
    bool first = true;
    rf_buffer_text(out, name);
    append_label(out, "label", labels->label, &first);
    append_label(out, "path", labels->path, &first);
    append_label(out, "stage", labels->stage, &first);
    append_label(out, "reason", labels->reason, &first);
    if (!first)
        rf_buffer_char(out, '}');
}

/* Copies `text` to *at and moves it on; NULL stays NULL. */
static const char *put_text(char **at, const char *text) {
    if (!text)
        return NULL;
    size_t bytes = strlen(text) + 1;
    char *copy = memcpy(*at, text, bytes);
    *at += bytes;
    return copy;
}

static size_t text_bytes(const char *text) { return text ? strlen(text) + 1 : 0; }

static metric_entry *make_entry(metric_family *family, const rf_metric_labels *labels, rf_slice key) {
    size_t bytes = sizeof(metric_entry) + key.len + text_bytes(labels->label) + text_bytes(labels->path) +
                   text_bytes(labels->stage) + text_bytes(labels->reason);
    metric_entry *entry = rf_alloc_zero(1, bytes);
    if (!entry)
        return NULL;
    char *at = (char *)(entry + 1);
    entry->family = family;
    memcpy(at, key.data, key.len);
    entry->key = (rf_slice){ at, key.len };
    size_t name_len = strlen(family->name);
    if (key.len > name_len)
        entry->inner = (rf_slice){ at + name_len + 1, key.len - name_len - 2 };
    at += key.len;
    entry->labels.label = put_text(&at, labels->label);
    entry->labels.path = put_text(&at, labels->path);
    entry->labels.stage = put_text(&at, labels->stage);
    entry->labels.reason = put_text(&at, labels->reason);
    return entry;
}

static metric_family *make_family(const char *name, const char *help, rf_metric_kind kind) {
    metric_family *family = rf_alloc_zero(1, sizeof *family + text_bytes(name) + text_bytes(help));
    if (!family)
        return NULL;
    char *at = (char *)(family + 1);
    family->name = put_text(&at, name);
    family->help = put_text(&at, help);
    family->kind = kind;
    return family;
}

/* The family of that name, made when it is new; its kind may be another. Under the lock. */
static metric_family *want_family(rf_metrics *metrics, const char *name, const char *help, rf_metric_kind kind) {
    metric_family *_Atomic *place = &metrics->families;
    metric_family *at = ACQUIRE(*place);
    while (at && strcmp(at->name, name) < 0) {
        place = &at->next;
        at = ACQUIRE(*place);
    }
    if (at && strcmp(at->name, name) == 0)
        return at;
    metric_family *family = make_family(name, help, kind);
    if (!family)
        return NULL;
    PUBLISH(family->next, at);
    PUBLISH(*place, family);
    return family;
}

static size_t kind_slots(rf_metric_kind kind) {
    return kind == RF_METRIC_COUNTER ? 1 : kind == RF_METRIC_HISTOGRAM ? RF_HISTOGRAM_SLOTS : 0;
}

/* Under the lock. */
static rf_code add_entry(rf_metrics *metrics, metric_family *family, const rf_metric_labels *labels, rf_slice key,
                         metric_entry **ret_entry, rf_error *reterr) {
    size_t slots = kind_slots(family->kind);
    if (metrics->slot_count + slots > RF_METRIC_SLOTS_MAX)
        return rf_raise(reterr, RF_ELIMIT, "no room for metric `%.*s`: %zu of %u slots are taken", RF_SLICE_ARG(key),
                        metrics->slot_count, RF_METRIC_SLOTS_MAX);
    metric_entry *entry = make_entry(family, labels, key);
    if (!entry)
        return rf_raise_nomem(reterr);
    if (!rf_table_put(&metrics->by_key, entry->key, entry)) {
        free_entry(entry);
        return rf_raise_nomem(reterr);
    }
    entry->metric = (rf_metric)metrics->slot_count;
    metrics->slot_count += slots;
    if (family->last)
        PUBLISH(family->last->next, entry);
    else
        PUBLISH(family->first, entry);
    family->last = entry;
    *ret_entry = entry;
    return RF_OK;
}

/* Under the lock. */
static rf_code want_entry(rf_metrics *metrics, const char *name, const char *help, rf_metric_kind kind,
                          const rf_metric_labels *labels, rf_slice key, metric_entry **ret_entry, rf_error *reterr) {
    metric_family *family = want_family(metrics, name, help, kind);
    if (!family)
        return rf_raise_nomem(reterr);
    if (family->kind != kind)
        return rf_raise(reterr, RF_ECONFIG, "metric `%s` is registered as another kind", name);
    metric_entry *known = rf_table_get(&metrics->by_key, key);
    if (!known)
        return add_entry(metrics, family, labels, key, ret_entry, reterr);
    *ret_entry = known;
    return RF_OK;
}

static bool is_metric_name(const char *name) {
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(name);
}

static rf_code register_entry(rf_metrics *metrics, const char *name, const char *help, rf_metric_kind kind,
                              const rf_metric_labels *labels, metric_entry **ret_entry, rf_error *reterr) {
    assert(metrics && help && is_metric_name(name));
    static const rf_metric_labels none = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer key = { 0 };
    append_key(&key, name, labels ? labels : &none);
    if (key.failed)
        return rf_raise_nomem(reterr);
    rf_mutex_lock(&metrics->lock);
    rf_code code = want_entry(metrics, name, help, kind, labels ? labels : &none, rf_buffer_view(&key), ret_entry, reterr);
    rf_mutex_unlock(&metrics->lock);
    return code;
}

rf_code rf_metrics_counter(rf_metrics *metrics, const char *name, const char *help, const rf_metric_labels *labels,
                           rf_metric *ret, rf_error *reterr) {
    metric_entry *entry;
    rf_code code = register_entry(metrics, name, help, RF_METRIC_COUNTER, labels, &entry, reterr);
    if (!code)
        *ret = entry->metric;
    return code;
}

rf_code rf_metrics_histogram(rf_metrics *metrics, const char *name, const char *help, const rf_metric_labels *labels,
                             rf_metric *ret, rf_error *reterr) {
    metric_entry *entry;
    rf_code code = register_entry(metrics, name, help, RF_METRIC_HISTOGRAM, labels, &entry, reterr);
    if (!code)
        *ret = entry->metric;
    return code;
}

/* Under the lock. The same reader twice counts once. */
static bool add_reader(metric_entry *entry, double (*read)(void *), void *arg) {
    gauge_reader *first = ACQUIRE(entry->readers);
    for (gauge_reader *reader = first; reader; reader = ACQUIRE(reader->next))
        if (reader->read == read && reader->arg == arg)
            return true;
    gauge_reader *reader = rf_alloc_zero(1, sizeof *reader);
    if (!reader)
        return false;
    reader->read = read;
    reader->arg = arg;
    PUBLISH(reader->next, first);
    PUBLISH(entry->readers, reader);
    return true;
}

rf_code rf_metrics_gauge(rf_metrics *metrics, const char *name, const char *help, const rf_metric_labels *labels,
                         double (*read)(void *), void *arg, rf_error *reterr) {
    assert(read);
    metric_entry *entry;
    rf_code code = register_entry(metrics, name, help, RF_METRIC_GAUGE, labels, &entry, reterr);
    if (code)
        return code;
    rf_mutex_lock(&metrics->lock);
    bool added = add_reader(entry, read, arg);
    rf_mutex_unlock(&metrics->lock);
    return added ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_metrics_meter(rf_metrics *metrics, rf_meter **ret_meter, rf_error *reterr) {
    assert(metrics && ret_meter);
    meter_node *node = rf_alloc_zero(1, sizeof *node);
    if (!node)
        return rf_raise_nomem(reterr);
    rf_mutex_lock(&metrics->lock);
    node->meter.count = metrics->slot_count;
    node->memory = rf_alloc_zero(metrics->slot_count + 2 * CACHE_LINE_SLOTS, sizeof *node->memory);
    if (node->memory) {
        node->meter.slots = node->memory + CACHE_LINE_SLOTS;
        PUBLISH(node->next, ACQUIRE(metrics->meters));
        PUBLISH(metrics->meters, node);
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
    for (meter_node *node = ACQUIRE(metrics->meters); node; node = ACQUIRE(node->next))
        if (metric < node->meter.count)
            sum += atomic_load_explicit(&node->meter.slots[metric], memory_order_relaxed);
    return sum;
}

uint64_t rf_metrics_buckets(const rf_metrics *metrics, rf_metric histogram, uint64_t ret_buckets[RF_HISTOGRAM_BUCKETS]) {
    memset(ret_buckets, 0, RF_HISTOGRAM_BUCKETS * sizeof *ret_buckets);
    uint64_t total = 0;
    for (meter_node *node = ACQUIRE(metrics->meters); node; node = ACQUIRE(node->next)) {
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

double rf_metric_entry_gauge(const metric_entry *entry) {
    assert(entry);
    double sum = 0;
    for (gauge_reader *reader = ACQUIRE(entry->readers); reader; reader = ACQUIRE(reader->next))
        sum += reader->read(reader->arg);
    return sum;
}

void rf_metrics_each(const rf_metrics *metrics, void (*visit)(void *arg, const rf_metric_info *info), void *arg) {
    assert(metrics && visit);
    for (metric_family *family = ACQUIRE(metrics->families); family; family = ACQUIRE(family->next))
        for (metric_entry *entry = ACQUIRE(family->first); entry; entry = ACQUIRE(entry->next)) {
            bool is_gauge = family->kind == RF_METRIC_GAUGE;
            rf_metric_info info = { family->name, family->help, family->kind, entry->labels, entry->metric,
                                    is_gauge ? rf_metric_entry_gauge(entry) : 0 };
            visit(arg, &info);
        }
}
