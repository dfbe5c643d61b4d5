/* summary.c: what a run ends with: a table of what came in, went out, was dropped, and how long it took. */
#include "stream/stream.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <inttypes.h>

/* One pass over the metrics: what it adds up, and where its rows go. */
typedef struct summary {
    const rf_metrics *metrics;
    rf_buffer *out;
    uint64_t in, sent, dropped, failed, hits, misses, resets;
    double undelivered;
    size_t rows; /* of the section being written */
    bool colour;
} summary;

static bool is(const rf_metric_info *info, const char *name) {
    return strcmp(info->name, name) == 0;
}

static void add_up(void *arg, const rf_metric_info *info) {
    summary *self = arg;
    const struct { const char *name; uint64_t *total; } totals[] = {
        { "input_received", &self->in },          { "output_sent", &self->sent },
        { "messages_dropped", &self->dropped },   { "processor_error", &self->failed },
        { "vm_pool_hits", &self->hits },          { "vm_pool_misses", &self->misses },
        { "vm_pool_resets", &self->resets },
    };
    if (info->kind == RF_METRIC_GAUGE && is(info, "messages_undelivered"))
        self->undelivered += info->gauge;
    if (info->kind != RF_METRIC_COUNTER)
        return;
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
        if (is(info, totals[i].name))
            *totals[i].total += rf_metrics_read(self->metrics, info->metric);
}

static void heading(summary *self, const char *text) {
    rf_buffer_printf(self->out, self->colour ? "\x1b[1m%s\x1b[0m\n" : "%s\n", text);
}

/* "850 ns", "12.3 us", "4.56 s". */
static const char *show_ns(uint64_t ns, char text[static 32]) {
    static const struct { double ns; const char *unit; } units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" } };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if ((double)ns >= units[i].ns) {
            (void)snprintf(text, 32, "%.3g %s", (double)ns / units[i].ns, units[i].unit);
            return text;
        }
    (void)snprintf(text, 32, "%" PRIu64 " ns", ns);
    return text;
}

/* "root.pipeline.processors.0 (label) defaults". */
static void show_where(rf_buffer *out, const rf_metric_labels *labels) {
    const char *path = labels->path ? labels->path : "";
    rf_buffer_text(out, strncmp(path, "root.", 5) == 0 ? path + 5 : path);
    if (labels->label && *labels->label)
        rf_buffer_printf(out, " (%s)", labels->label);
    if (labels->stage && *labels->stage)
        rf_buffer_printf(out, " %s", labels->stage);
}

static void show_count(summary *self, const rf_metric_info *info, uint64_t count) {
    rf_buffer_printf(self->out, "  %12" PRIu64 "  ", count);
    show_where(self->out, &info->labels);
    if (info->labels.reason && *info->labels.reason)
        rf_buffer_printf(self->out, ": %s", info->labels.reason);
    rf_buffer_char(self->out, '\n');
}

static void count_rows(summary *self, const rf_metric_info *info, const char *title) {
    uint64_t count = info->kind == RF_METRIC_COUNTER ? rf_metrics_read(self->metrics, info->metric) : 0;
    if (count == 0)
        return;
    if (self->rows++ == 0)
        heading(self, title);
    show_count(self, info, count);
}

static void show_dropped(void *arg, const rf_metric_info *info) {
    if (is(info, "messages_dropped"))
        count_rows(arg, info, "dropped");
}

static void show_failed(void *arg, const rf_metric_info *info) {
    if (is(info, "messages_failed") || is(info, "output_error"))
        count_rows(arg, info, "errors");
}

static void show_stage(void *arg, const rf_metric_info *info) {
    summary *self = arg;
    char p50[32], p99[32];
    uint64_t runs;
    if (info->kind != RF_METRIC_HISTOGRAM || !is(info, "stage_latency_ns"))
        return;
    runs = rf_metrics_read(self->metrics, info->metric); /* the first slot of a histogram counts */
    if (self->rows++ == 0)
        heading(self, "stages        runs         p50         p99");
    rf_buffer_printf(self->out, "  %16" PRIu64 "  %10s  %10s  ", runs,
                     runs ? show_ns(rf_metrics_quantile(self->metrics, info->metric, 0.5), p50) : "-",
                     runs ? show_ns(rf_metrics_quantile(self->metrics, info->metric, 0.99), p99) : "-");
    show_where(self->out, &info->labels);
    rf_buffer_char(self->out, '\n');
}

static void section(summary *self, void (*visit)(void *, const rf_metric_info *)) {
    self->rows = 0;
    rf_metrics_each(self->metrics, visit, self);
}

static void show_totals(summary *self, uint64_t run_ns) {
    double seconds = (double)run_ns / 1e9;
    char text[32];
    rf_buffer_printf(self->out, "  %12" PRIu64 "  messages in", self->in);
    if (seconds > 0)
        rf_buffer_printf(self->out, " (%.0f a second, %s)", (double)self->in / seconds, show_ns(run_ns, text));
    rf_buffer_printf(self->out, "\n  %12" PRIu64 "  messages out\n", self->sent);
    rf_buffer_printf(self->out, "  %12" PRIu64 "  dropped\n  %12" PRIu64 "  failed\n", self->dropped, self->failed);
    if (self->undelivered > 0)
        rf_buffer_printf(self->out, "  %12.0f  undelivered\n", self->undelivered);
}

static void show_pool(summary *self) {
    uint64_t borrows = self->hits + self->misses;
    if (borrows == 0)
        return;
    heading(self, "VM pool");
    rf_buffer_printf(self->out,
                     "  %12" PRIu64 "  hits\n  %12" PRIu64 "  misses\n  %12" PRIu64 "  resets\n  %11.2f%%  hit rate\n",
                     self->hits, self->misses, self->resets, 100.0 * (double)self->hits / (double)borrows);
}

void rf_stream_summary(const rf_metrics *metrics, uint64_t run_ns, rf_buffer *out, bool colour) {
    summary self = { .metrics = metrics, .out = out, .colour = colour };
    assert(metrics && out);
    rf_metrics_each(metrics, add_up, &self);
    heading(&self, "summary");
    show_totals(&self, run_ns);
    section(&self, show_dropped);
    section(&self, show_failed);
    section(&self, show_stage);
    show_pool(&self);
}
