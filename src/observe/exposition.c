/* exposition.c: all metrics as Prometheus text and as flat JSON. */
#include "base/number.h"
#include "base/slice.h"
#include "observe/metrics.h"
#include "observe/registry.h"

#include <assert.h>
#include <math.h>

/* The bounds that Prometheus sees: every second power of two from 256 ns to 17 s. Fixed, so that series stay comparable. */
#define FIRST_BOUND_LOG2 8u
#define LAST_BOUND_LOG2 34u
#define BOUND_STEP_LOG2 2u

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

/* `name_suffix{labels} ` */
static void put_series(rf_buffer *out, const rf_metric_entry *entry, const char *suffix) {
    rf_buffer_text(out, entry->family->name);
    rf_buffer_text(out, suffix);
    if (entry->inner.len) {
        rf_buffer_char(out, '{');
        rf_buffer_slice(out, entry->inner);
        rf_buffer_char(out, '}');
    }
    rf_buffer_char(out, ' ');
}

/* `name_bucket{labels,le="`, the same for all of a histogram's lines. */
static void put_bucket_prefix(rf_buffer *out, const rf_metric_entry *entry) {
    rf_buffer_text(out, entry->family->name);
    rf_buffer_text(out, "_bucket{");
    rf_buffer_slice(out, entry->inner);
    rf_buffer_text(out, entry->inner.len ? ",le=\"" : "le=\"");
}

static void put_bound(rf_buffer *out, rf_slice prefix, uint64_t bound, uint64_t cumulative) {
    rf_buffer_slice(out, prefix);
    if (bound)
        put_u64(out, bound);
    else
        rf_buffer_text(out, "+Inf");
    rf_buffer_text(out, "\"} ");
    put_u64(out, cumulative);
    rf_buffer_char(out, '\n');
}

static void put_histogram(rf_buffer *out, const rf_metrics *metrics, const rf_metric_entry *entry, rf_buffer *prefix) {
    uint64_t buckets[RF_HISTOGRAM_BUCKETS];
    uint64_t total = rf_metrics_buckets(metrics, entry->metric, buckets);
    rf_buffer_clear(prefix);
    put_bucket_prefix(prefix, entry);
    uint64_t cumulative = 0;
    uint32_t bucket = 0;
    for (uint32_t log2 = FIRST_BOUND_LOG2; log2 <= LAST_BOUND_LOG2; log2 += BOUND_STEP_LOG2) {
        uint64_t bound = UINT64_C(1) << log2;
        for (uint32_t last = rf_histogram_bucket(bound); bucket <= last; bucket++)
            cumulative += buckets[bucket];
        put_bound(out, rf_buffer_view(prefix), bound, cumulative);
    }
    put_bound(out, rf_buffer_view(prefix), 0, total);
    put_series(out, entry, "_sum");
    put_u64(out, rf_metrics_read(metrics, entry->metric + 1));
    rf_buffer_char(out, '\n');
    put_series(out, entry, "_count");
    put_u64(out, total); /* of the same reading as the buckets, so that the two agree */
    rf_buffer_char(out, '\n');
}

static void put_value(rf_buffer *out, const rf_metrics *metrics, const rf_metric_entry *entry) {
    put_series(out, entry, "");
    if (entry->family->kind == RF_METRIC_COUNTER)
        put_u64(out, rf_metrics_read(metrics, entry->metric));
    else
        put_double(out, rf_metric_entry_gauge(entry));
    rf_buffer_char(out, '\n');
}

static const char *type_name(const rf_metric_family *family) {
    if (family->kind == RF_METRIC_HISTOGRAM)
        return "histogram";
    bool counts = family->kind == RF_METRIC_COUNTER || rf_slice_ends(rf_slice_of(family->name), RF_SLICE("_total"));
    return counts ? "counter" : "gauge";
}

static void put_head(rf_buffer *out, const rf_metric_family *family) {
    rf_buffer_text(out, "# HELP ");
    rf_buffer_text(out, family->name);
    rf_buffer_char(out, ' ');
    for (const char *at = family->help; *at; at++) {
        if (*at == '\n')
            rf_buffer_text(out, "\\n");
        else if (*at == '\\')
            rf_buffer_text(out, "\\\\");
        else
            rf_buffer_char(out, *at);
    }
    rf_buffer_text(out, "\n# TYPE ");
    rf_buffer_text(out, family->name);
    rf_buffer_char(out, ' ');
    rf_buffer_text(out, type_name(family));
    rf_buffer_char(out, '\n');
}

void rf_metrics_write_prometheus(const rf_metrics *metrics, rf_buffer *out) {
    assert(metrics && out);
    RF_CLEANUP(rf_buffer_done) rf_buffer prefix = { 0 };
    for (rf_metric_family *family = RF_FOLLOW(metrics->families); family; family = RF_FOLLOW(family->next)) {
        rf_metric_entry *entry = RF_FOLLOW(family->first);
        if (entry) /* a family is there a moment before its first entry */
            put_head(out, family);
        for (; entry && !out->failed; entry = RF_FOLLOW(entry->next)) {
            if (family->kind == RF_METRIC_HISTOGRAM)
                put_histogram(out, metrics, entry, &prefix);
            else
                put_value(out, metrics, entry);
        }
    }
    out->failed |= prefix.failed;
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

static void put_json_quantiles(rf_buffer *out, const rf_metrics *metrics, rf_metric histogram) {
    uint64_t buckets[RF_HISTOGRAM_BUCKETS];
    uint64_t total = rf_metrics_buckets(metrics, histogram, buckets);
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
        put_json_quantiles(out, metrics, entry->metric);
    else if (entry->family->kind == RF_METRIC_COUNTER)
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
