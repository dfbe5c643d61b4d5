/* trace.c: a trace from its start to Chrome's JSON (the "Trace Event Format"), which Perfetto reads too. */
#include "observe/zone_internal.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"
#include "observe/metrics.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <unistd.h>

enum { EVENTS_USUAL = 65536 };

void rf_zone_json(rf_buffer *out, const char *text) {
    rf_slice rest = { text, strlen(text) };
    uint32_t c;
    rf_buffer_char(out, '"');
    while (rest.len) {
        size_t len = rf_utf8_decode(rest, &c);
        if (len == 0)
            rf_buffer_text(out, "\\ufffd");
        else if (c < 0x20)
            rf_buffer_printf(out, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            rf_buffer_printf(out, "\\%c", (int)c);
        else
            rf_buffer_append(out, rest.data, len);
        len += len == 0;
        rest = (rf_slice){ rest.data + len, rest.len - len };
    }
    rf_buffer_char(out, '"');
}

rf_code rf_trace_start(uint32_t events_max, rf_trace **ret_trace, rf_error *reterr) {
    assert(ret_trace);
    rf_trace *trace = rf_alloc_zero(1, sizeof *trace);
    if (!trace)
        return rf_raise_nomem(reterr);
    trace->events_max = events_max ? events_max : EVENTS_USUAL;
    rf_mutex_lock(&rf_zone_all.lock);
    rf_code code = rf_zone_all.trace ? rf_raise(reterr, RF_EBUSY, "a trace is being made already") : rf_zones_prepare(reterr);
    if (!code) {
        rf_zone_all.sessions += rf_zone_all.sessions == UINT32_MAX; /* 0 is nobody's */
        trace->session = ++rf_zone_all.sessions;
        trace->began = rf_ticks(&rf_zone_all.epoch);
        rf_zone_all.trace = trace;
        rf_zones_switch_on(RF_ZONES_TRACE);
    }
    rf_mutex_unlock(&rf_zone_all.lock);
    if (code)
        rf_free(trace);
    else
        *ret_trace = trace;
    return code;
}

/* From here on nobody but us has it. */
static void take_away(rf_trace *trace) {
    rf_mutex_lock(&rf_zone_all.lock);
    assert(rf_zone_all.trace == trace);
    rf_zones_switch_off(RF_ZONES_TRACE);
    for (rf_zone_thread *thread = rf_zone_all.threads; thread; thread = thread->next) {
        thread->ring = NULL;
        thread->trace = 0;
    }
    rf_zone_all.trace = NULL;
    rf_mutex_unlock(&rf_zone_all.lock);
    (void)trace;
}

/* ---- JSON: every event has `cat` and `args`, which some readers insist on ---- */

typedef struct writer {
    rf_buffer *out;
    const rf_trace *trace;
    double unit_ns;
    int pid;
    uint64_t now; /* ticks: the end of the trace */
    bool more;    /* an event was written */
} writer;

/* Leaves the event open: name, time and arguments follow. */
static void begin_event(writer *w, char phase, const char *category, int tid) {
    rf_buffer_printf(w->out, "%s\n{\"ph\":\"%c\",\"cat\":\"%s\",\"pid\":%d,\"tid\":%d", w->more ? "," : "", phase, category, w->pid, tid);
    w->more = true;
}

/* Microseconds, as the format wants them. */
static void write_us(writer *w, const char *key, uint64_t ticks) {
    uint64_t ns = (uint64_t)llround((double)ticks * w->unit_ns);
    rf_buffer_printf(w->out, ",\"%s\":%llu.%03u", key, (unsigned long long)(ns / 1000), (unsigned)(ns % 1000));
}

static void write_name(writer *w, int tid, const char *what, const char *name) {
    begin_event(w, 'M', "__metadata", tid);
    rf_buffer_printf(w->out, ",\"ts\":0,\"name\":\"%s\",\"args\":{\"name\":", what);
    rf_zone_json(w->out, name);
    rf_buffer_text(w->out, "}}");
}

/* A zone that was entered before the trace began, began with it. */
static void write_zone(writer *w, const rf_zone_ring *ring, const rf_zone_event *event) {
    const rf_zone_info *info = &rf_zones[event->zone];
    uint64_t began = rf_ticks_between(w->trace->began, event->began), ended = rf_ticks_between(w->trace->began, event->ended);
    begin_event(w, 'X', info->category, ring->tid);
    rf_buffer_printf(w->out, ",\"name\":\"%s\"", info->name);
    write_us(w, "ts", began);
    write_us(w, "dur", rf_ticks_between(began, ended));
    rf_buffer_text(w->out, ",\"args\":{");
    if (event->text) {
        rf_buffer_text(w->out, "\"detail\":");
        rf_zone_json(w->out, ring->texts.items[event->text]);
    }
    rf_buffer_text(w->out, "}}");
}

static uint64_t write_ring(writer *w, const rf_zone_ring *ring) {
    uint64_t lost = ring->written > ring->cap ? ring->written - ring->cap : 0;
    write_name(w, ring->tid, "thread_name", ring->name);
    for (uint64_t i = lost; i < ring->written; i++)
        write_zone(w, ring, &ring->events[i % ring->cap]);
    return lost;
}

/* ---- Counters ---- */

static void label(rf_buffer *name, const char *key, const char *value) {
    if (!value)
        return;
    rf_buffer_printf(name, "%c%s=%s", memchr(name->data ? name->data : "", '{', name->len) ? ',' : '{', key, value);
}

/* `name{label=…,path=…}`, for people. */
static void write_metric_name(writer *w, const rf_metric_info *info) {
    const rf_metric_labels *labels = &info->labels;
    rf_buffer name = { 0 };
    rf_buffer_text(&name, info->name);
    label(&name, "label", labels->label && *labels->label ? labels->label : NULL);
    label(&name, "path", labels->path);
    label(&name, "stage", labels->stage);
    label(&name, "reason", labels->reason);
    if (name.len > strlen(info->name))
        rf_buffer_char(&name, '}');
    const char *text = rf_buffer_cstr(&name);
    rf_zone_json(w->out, text && !name.failed ? text : info->name);
    rf_buffer_done(&name);
}

static void begin_counter(writer *w, const rf_metric_info *info) {
    begin_event(w, 'C', "metrics", w->pid);
    write_us(w, "ts", rf_ticks_between(w->trace->began, w->now));
    rf_buffer_text(w->out, ",\"name\":");
    write_metric_name(w, info);
    rf_buffer_text(w->out, ",\"args\":{");
}

typedef struct counters { writer *w; const rf_metrics *metrics; } counters;

static void write_number(counters *c, const rf_metric_info *info, double value) {
    char text[RF_NUMBER_TEXT_MAX];
    if (!isfinite(value))
        return; /* JSON has no such number */
    begin_counter(c->w, info);
    rf_buffer_text(c->w->out, "\"value\":");
    rf_buffer_append(c->w->out, text, rf_number_json(value, text));
    rf_buffer_text(c->w->out, "}}");
}

static void write_histogram(counters *c, const rf_metric_info *info) {
    if (rf_metrics_read(c->metrics, info->metric) == 0)
        return;
    begin_counter(c->w, info);
    rf_buffer_printf(c->w->out, "\"p50\":%llu,\"p99\":%llu}}", (unsigned long long)rf_metrics_quantile(c->metrics, info->metric, 0.5),
                     (unsigned long long)rf_metrics_quantile(c->metrics, info->metric, 0.99));
}

static void write_metric(void *arg, const rf_metric_info *info) {
    counters *c = arg;
    if (info->kind == RF_METRIC_HISTOGRAM)
        write_histogram(c, info);
    else
        write_number(c, info, info->kind == RF_METRIC_GAUGE ? info->gauge : (double)rf_metrics_read(c->metrics, info->metric));
}

/* ---- All of it ---- */

static void write_trace(writer *w, const rf_metrics *metrics) {
    const rf_trace *trace = w->trace;
    uint64_t lost = atomic_load(&trace->lost), threads = 0;
    rf_buffer_text(w->out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
    write_name(w, w->pid, "process_name", program_invocation_short_name);
    for (const rf_zone_ring *ring = trace->rings; ring; ring = ring->next, threads++)
        lost += write_ring(w, ring);
    if (metrics)
        rf_metrics_each(metrics, write_metric, &(counters){ w, metrics });
    rf_buffer_printf(w->out, "],\n\"otherData\":{\"threads\":%llu,\"lost_events\":%llu}}\n", (unsigned long long)threads,
                     (unsigned long long)lost);
}

void rf_trace_stop(rf_trace *trace, const struct rf_metrics *metrics, rf_buffer *out) {
    assert(trace && out);
    take_away(trace);
    writer w = { .out = out, .trace = trace, .unit_ns = rf_ticks_unit_ns(&rf_zone_all.epoch), .pid = (int)getpid() };
    w.now = rf_ticks(&rf_zone_all.epoch);
    write_trace(&w, metrics);
    while (trace->rings) {
        rf_zone_ring *ring = trace->rings;
        trace->rings = ring->next;
        rf_free(ring);
    }
    rf_free(trace);
}
