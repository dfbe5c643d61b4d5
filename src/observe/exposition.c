/* exposition.c: all metrics as Prometheus text and as flat JSON. */
#include "observe/exposition.h"

#include "base/number.h"
#include "base/slice.h"
#include "observe/metrics.h"
#include "observe/registry.h"

#include <assert.h>
#include <math.h>

static void put_u64(rf_buffer *out, uint64_t value) {
    char text[RF_NUMBER_TEXT_MAX];
    rf_buffer_append(out, text, rf_number_u64(value, text));
}

static void put_double(rf_buffer *out, double value) {
    char text[RF_NUMBER_TEXT_MAX];
    if (isfinite(value))
        rf_buffer_append(out, text, rf_number_json(value, text));
    else
        rf_buffer_text(out, isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
}

/* `name{labels} ` */
static void put_series(rf_buffer *out, const rf_metric_entry *entry) {
    rf_buffer_text(out, entry->family->name);
    if (entry->inner.len) {
        rf_buffer_char(out, '{');
        rf_buffer_slice(out, entry->inner);
        rf_buffer_char(out, '}');
    }
    rf_buffer_char(out, ' ');
}

/* ---- Histograms: most of what is written, so in memory that was reserved for all of it ---- */

static char *put(char *at, const void *data, size_t len) {
    if (len)
        memcpy(at, data, len);
    return at + len;
}

static char *put_line_end(char *at, uint64_t value) {
    at += rf_number_u64(value, at);
    *at++ = '\n';
    return at;
}

/* `name_suffix{labels} ` */
static char *put_plain(char *at, rf_slice name, const char *suffix, rf_slice labels) {
    at = put(at, name.data, name.len);
    at = put(at, suffix, strlen(suffix));
    if (labels.len) {
        *at++ = '{';
        at = put(at, labels.data, labels.len);
        *at++ = '}';
    }
    *at++ = ' ';
    return at;
}

void rf_exposition_histogram(rf_buffer *out, const char *name, rf_slice labels, const rf_bounds *bounds) {
    static const rf_slice ends[RF_BOUNDS + 1] = {
        RF_SLICE("256\"} "),        RF_SLICE("1024\"} "),        RF_SLICE("4096\"} "),      RF_SLICE("16384\"} "),
        RF_SLICE("65536\"} "),      RF_SLICE("262144\"} "),      RF_SLICE("1048576\"} "),   RF_SLICE("4194304\"} "),
        RF_SLICE("16777216\"} "),   RF_SLICE("67108864\"} "),    RF_SLICE("268435456\"} "), RF_SLICE("1073741824\"} "),
        RF_SLICE("4294967296\"} "), RF_SLICE("17179869184\"} "), RF_SLICE("+Inf\"} "),
    };
    enum { LINES = RF_BOUNDS + 3, LINE_REST = 64 }; /* what a line has besides name and labels */
    rf_slice word = rf_slice_of(name);
    if (!rf_buffer_reserve(out, LINES * (word.len + labels.len + LINE_REST)))
        return;
    char *at = out->data + out->len, *begin = at;
    at = put(at, word.data, word.len);
    at = put(at, "_bucket{", 8);
    at = put(at, labels.data, labels.len);
    at = labels.len ? put(at, ",le=\"", 5) : put(at, "le=\"", 4);
    size_t same = (size_t)(at - begin); /* of all bounds' lines */
    uint64_t cumulative = 0;
    for (size_t i = 0; i <= RF_BOUNDS; i++) {
        if (i)
            at = put(at, begin, same);
        cumulative += bounds->counts[i];
        at = put_line_end(put(at, ends[i].data, ends[i].len), cumulative);
    }
    at = put_line_end(put_plain(at, word, "_sum", labels), bounds->sum);
    at = put_line_end(put_plain(at, word, "_count", labels), cumulative); /* of the same reading as the bounds, so that the two agree */
    out->len = (size_t)(at - out->data);
}

/* The buckets of one meter by their bounds: all there are, and none is read twice. */
static void join_meter(rf_bounds *to, const _Atomic uint64_t *buckets) {
    uint32_t bucket = 0;
    for (uint32_t i = 0; i <= RF_BOUNDS; i++) {
        uint32_t end = i < RF_BOUNDS ? rf_histogram_bucket(UINT64_C(1) << (RF_BOUND_FIRST_LOG2 + RF_BOUND_STEP_LOG2 * i)) + 1
                                     : RF_HISTOGRAM_BUCKETS;
        uint64_t count = 0;
        for (; bucket < end; bucket++)
            count += atomic_load_explicit(&buckets[bucket], memory_order_relaxed);
        to->counts[i] += count;
    }
}

static void put_histogram(rf_buffer *out, const rf_metrics *metrics, const rf_metric_entry *entry) {
    rf_bounds bounds = { 0 };
    if (entry->own) {
        bounds.sum = atomic_load_explicit(&entry->own[1], memory_order_relaxed);
        join_meter(&bounds, entry->own + 2);
    }
    for (const rf_meter_node *node = RF_FOLLOW(metrics->meters); node; node = RF_FOLLOW(node->next)) {
        const _Atomic uint64_t *slots = node->meter.slots + entry->metric;
        if (entry->metric + RF_HISTOGRAM_SLOTS > node->meter.count || atomic_load_explicit(&slots[0], memory_order_relaxed) == 0)
            continue; /* never observed: its buckets need not be read */
        bounds.sum += atomic_load_explicit(&slots[1], memory_order_relaxed);
        join_meter(&bounds, slots + 2);
    }
    rf_exposition_histogram(out, entry->family->name, entry->inner, &bounds);
}

/* ---- The rest ---- */

void rf_exposition_u64(rf_buffer *out, const char *name, rf_slice labels, uint64_t value) {
    rf_slice word = rf_slice_of(name);
    if (!rf_buffer_reserve(out, word.len + labels.len + 32))
        return;
    char *at = put_line_end(put_plain(out->data + out->len, word, "", labels), value);
    out->len = (size_t)(at - out->data);
}

void rf_exposition_label(rf_buffer *out, const char *name, rf_slice value) {
    size_t name_len = strlen(name);
    if (!rf_buffer_reserve(out, name_len + 3 + 2 * value.len))
        return;
    char *at = put(out->data + out->len, name, name_len);
    at = put(at, "=\"", 2);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        if (c == '"' || c == '\\' || c == '\n')
            *at++ = '\\';
        *at++ = c == '\n' ? 'n' : c;
    }
    *at++ = '"';
    out->len = (size_t)(at - out->data);
}

static void put_value(rf_buffer *out, const rf_metrics *metrics, const rf_metric_entry *entry) {
    if (entry->family->kind == RF_METRIC_COUNTER && !entry->own) {
        rf_exposition_u64(out, entry->family->name, entry->inner, rf_metrics_read(metrics, entry->metric));
        return;
    }
    put_series(out, entry);
    put_double(out, rf_metric_entry_gauge(entry));
    rf_buffer_char(out, '\n');
}

static const char *type_name(const rf_metric_family *family) {
    if (family->kind == RF_METRIC_HISTOGRAM)
        return "histogram";
    bool counts = family->kind == RF_METRIC_COUNTER || rf_slice_ends(rf_slice_of(family->name), RF_SLICE("_total"));
    return counts ? "counter" : "gauge";
}

void rf_exposition_head(rf_buffer *out, const char *name, const char *help, const char *type) {
    rf_buffer_text(out, "# HELP ");
    rf_buffer_text(out, name);
    rf_buffer_char(out, ' ');
    for (const char *at = help; *at; at++) {
        if (*at == '\n')
            rf_buffer_text(out, "\\n");
        else if (*at == '\\')
            rf_buffer_text(out, "\\\\");
        else
            rf_buffer_char(out, *at);
    }
    rf_buffer_text(out, "\n# TYPE ");
    rf_buffer_text(out, name);
    rf_buffer_char(out, ' ');
    rf_buffer_text(out, type);
    rf_buffer_char(out, '\n');
}

void rf_metrics_write_prometheus(const rf_metrics *metrics, rf_buffer *out) {
    assert(metrics && out);
    for (rf_metric_family *family = RF_FOLLOW(metrics->families); family; family = RF_FOLLOW(family->next)) {
        rf_metric_entry *entry = RF_FOLLOW(family->first);
        if (entry) /* a family is there a moment before its first entry */
            rf_exposition_head(out, family->name, family->help, type_name(family));
        for (; entry && !out->failed; entry = RF_FOLLOW(entry->next)) {
            if (family->kind == RF_METRIC_HISTOGRAM)
                put_histogram(out, metrics, entry);
            else
                put_value(out, metrics, entry);
        }
    }
}

void rf_metrics_put_json_text(rf_buffer *out, rf_slice text) {
    rf_buffer_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '"' || c == '\\')
            rf_buffer_char(out, '\\');
        if (c < 0x20)
            rf_buffer_printf(out, "\\u%04x", c);
        else
            rf_buffer_char(out, (char)c);
    }
    rf_buffer_char(out, '"');
}

static void put_json_quantiles(rf_buffer *out, const rf_metrics *metrics, const rf_metric_entry *entry) {
    uint64_t buckets[RF_HISTOGRAM_BUCKETS];
    uint64_t total = rf_metric_entry_buckets(metrics, entry, buckets);
    rf_buffer_text(out, "{\"p50\":");
    put_u64(out, rf_histogram_quantile(buckets, total, 0.5));
    rf_buffer_text(out, ",\"p90\":");
    put_u64(out, rf_histogram_quantile(buckets, total, 0.9));
    rf_buffer_text(out, ",\"p99\":");
    put_u64(out, rf_histogram_quantile(buckets, total, 0.99));
    rf_buffer_char(out, '}');
}

static void put_json_gauge(rf_buffer *out, double value) {
    if (isfinite(value))
        put_double(out, value);
    else
        rf_buffer_text(out, "null");
}

static void put_json_member(rf_buffer *out, const rf_metrics *metrics, const rf_metric_entry *entry) {
    rf_metrics_put_json_text(out, entry->key);
    rf_buffer_char(out, ':');
    if (entry->family->kind == RF_METRIC_HISTOGRAM)
        put_json_quantiles(out, metrics, entry);
    else if (entry->family->kind == RF_METRIC_COUNTER && !entry->own)
        put_u64(out, rf_metrics_read(metrics, entry->metric));
    else
        put_json_gauge(out, rf_metric_entry_gauge(entry));
}

void rf_metrics_write_json(const rf_metrics *metrics, rf_buffer *out) {
    assert(metrics && out);
    bool first = true;
    rf_buffer_char(out, '{');
    for (rf_metric_family *family = RF_FOLLOW(metrics->families); family; family = RF_FOLLOW(family->next))
        for (rf_metric_entry *entry = RF_FOLLOW(family->first); entry && !out->failed; entry = RF_FOLLOW(entry->next)) {
            if (!first)
                rf_buffer_char(out, ',');
            first = false;
            put_json_member(out, metrics, entry);
        }
    rf_buffer_text(out, "}\n");
}
