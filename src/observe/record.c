/* record.c: times of plugins, recorded by programs that embed us. */
#include "riffle/observe.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "observe/metrics.h"
#include "observe/registry.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Values of one kind. `least` and `most` are written when they change, which is seldom after the first few. */
typedef struct record {
    _Atomic uint64_t total, least_below, most; /* least_below: UINT64_MAX - the least, so that zeroed memory is none yet */
    _Atomic uint64_t buckets[RF_HISTOGRAM_BUCKETS];
} record;

typedef struct recorded_plugin {
    record kinds[RF_RECORD_KINDS];
    char name[];
} recorded_plugin;

struct rf_recorder {
    rf_mutex lock; /* of adding plugins */
    _Atomic uint32_t count;
    recorded_plugin *_Atomic plugins[RF_RECORDED_PLUGINS_MAX]; /* published with `count` */
};

rf_code rf_recorder_new(rf_recorder **ret_recorder, rf_error *reterr) {
    assert(ret_recorder);
    rf_recorder *recorder = rf_alloc_zero(1, sizeof *recorder);
    if (!recorder)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&recorder->lock);
    *ret_recorder = recorder;
    return RF_OK;
}

void rf_recorder_free(rf_recorder *recorder) {
    if (!recorder)
        return;
    for (uint32_t i = 0; i < recorder->count; i++)
        rf_free(recorder->plugins[i]);
    rf_mutex_done(&recorder->lock);
    rf_free(recorder);
}

/* ---- Plugins ---- */

static bool is_shown(const char *name) {
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return false;
    return *name;
}

static rf_code add_plugin(rf_recorder *recorder, const char *name, uint32_t at, rf_error *reterr) {
    if (at == RF_RECORDED_PLUGINS_MAX)
        return rf_raise(reterr, RF_ELIMIT, "a recorder has room for %u plugins: there is none for %.80s", RF_RECORDED_PLUGINS_MAX, name);
    size_t bytes = strlen(name) + 1;
    recorded_plugin *made = rf_alloc_zero(1, sizeof *made + bytes);
    if (!made)
        return rf_raise_nomem(reterr);
    memcpy(made->name, name, bytes);
    RF_PUBLISH(recorder->plugins[at], made);
    RF_PUBLISH(recorder->count, at + 1);
    return RF_OK;
}

rf_code rf_recorder_plugin(rf_recorder *recorder, const char *name, rf_recorded_plugin *ret_plugin, rf_error *reterr) {
    assert(recorder && name && ret_plugin);
    if (!is_shown(name)) {
        rf_code code = rf_raise(reterr, RF_ECONFIG, "a plugin's name is empty or has control characters");
        rf_error_hint(reterr, "use the name that its users know it by");
        return code;
    }
    rf_mutex_lock(&recorder->lock);
    uint32_t at = 0;
    while (at < recorder->count && strcmp(recorder->plugins[at]->name, name) != 0)
        at++;
    rf_code code = at < recorder->count ? RF_OK : add_plugin(recorder, name, at, reterr);
    rf_mutex_unlock(&recorder->lock);
    if (!code)
        *ret_plugin = at;
    return code;
}

/* ---- Recording ---- */

static void raise_to(_Atomic uint64_t *most, uint64_t value) {
    uint64_t seen = atomic_load_explicit(most, memory_order_relaxed);
    while (RF_UNLIKELY(value > seen) &&
           !atomic_compare_exchange_weak_explicit(most, &seen, value, memory_order_relaxed, memory_order_relaxed)) {}
}

static inline void add(rf_recorder *recorder, rf_recorded_plugin plugin, rf_record_kind kind, uint64_t ns) {
    assert(recorder && plugin < RF_FOLLOW(recorder->count)); /* it is of this recorder */
    record *to = &RF_FOLLOW(recorder->plugins[plugin])->kinds[kind];
    atomic_fetch_add_explicit(&to->buckets[rf_histogram_bucket(ns)], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&to->total, ns, memory_order_relaxed);
    raise_to(&to->most, ns);
    raise_to(&to->least_below, UINT64_MAX - ns);
}

void rf_record_plugin_load(rf_recorder *recorder, rf_recorded_plugin plugin, uint64_t ns) { add(recorder, plugin, RF_RECORD_LOAD, ns); }

void rf_record_plugin_output(rf_recorder *recorder, rf_recorded_plugin plugin, uint64_t ns) { add(recorder, plugin, RF_RECORD_OUTPUT, ns); }

void rf_record_plugin_input(rf_recorder *recorder, rf_recorded_plugin plugin, uint64_t ns) { add(recorder, plugin, RF_RECORD_INPUT, ns); }

void rf_record_plugin_resize(rf_recorder *recorder, rf_recorded_plugin plugin, uint64_t ns) { add(recorder, plugin, RF_RECORD_RESIZE, ns); }

void rf_record_plugin_vm_exec(rf_recorder *recorder, rf_recorded_plugin plugin, uint64_t ns) {
    add(recorder, plugin, RF_RECORD_VM_EXEC, ns);
}

/* ---- Reading ---- */

typedef struct sum { uint64_t total, least, most, count, buckets[RF_HISTOGRAM_BUCKETS]; } sum;

static void join(sum *to, const record *from) {
    uint64_t least = UINT64_MAX - atomic_load_explicit(&from->least_below, memory_order_relaxed);
    uint64_t most = atomic_load_explicit(&from->most, memory_order_relaxed);
    to->least = least < to->least ? least : to->least;
    to->most = most > to->most ? most : to->most;
    to->total += atomic_load_explicit(&from->total, memory_order_relaxed);
    for (size_t i = 0; i < RF_HISTOGRAM_BUCKETS; i++) {
        uint64_t count = atomic_load_explicit(&from->buckets[i], memory_order_relaxed);
        to->buckets[i] += count;
        to->count += count;
    }
}

static uint64_t quantile(const sum *of, double q) {
    uint64_t value = rf_histogram_quantile(of->buckets, of->count, q);
    return value < of->least ? of->least : value > of->most ? of->most : value;
}

void rf_recorder_snapshot(const rf_recorder *recorder, rf_recorded_plugin plugin, rf_record_kind kind, rf_recorded *ret_recorded) {
    assert(recorder && kind < RF_RECORD_KINDS && ret_recorded);
    uint32_t count = RF_FOLLOW(recorder->count);
    assert(plugin == RF_RECORDED_ALL || plugin < count);
    sum all = { .least = UINT64_MAX };
    for (uint32_t i = plugin == RF_RECORDED_ALL ? 0 : plugin; i < (plugin == RF_RECORDED_ALL ? count : plugin + 1); i++)
        join(&all, &RF_FOLLOW(recorder->plugins[i])->kinds[kind]);
    *ret_recorded = (rf_recorded){ 0 };
    if (!all.count || all.least > all.most) /* somebody is at the very first one */
        return;
    *ret_recorded = (rf_recorded){
        .count = all.count, .total_ns = all.total, .mean_ns = (double)all.total / (double)all.count, .min_ns = all.least, .max_ns = all.most,
        .p50_ns = quantile(&all, 0.5), .p90_ns = quantile(&all, 0.9), .p99_ns = quantile(&all, 0.99),
    };
}

/* ---- The report ---- */

typedef struct report { char *text; size_t size, len; bool cut; } report;

/* Whole lines; after one that did not fit none is written, and all are counted. */
static void put_line(report *to, const char *line, size_t len) {
    to->cut |= to->len + len >= to->size;
    if (!to->cut) {
        memcpy(to->text + to->len, line, len);
        to->text[to->len + len] = '\0';
    }
    to->len += len;
}

/* "800 ns", "1.2 us": at most 9 characters up to some years. */
static const char *time_text(double ns, char out[32]) {
    static const char *const units[] = { "us", "ms", "s" };
    if (ns < 999.5) {
        (void)snprintf(out, 32, "%.0f ns", ns);
        return out;
    }
    size_t unit = 0;
    for (ns /= 1000; ns >= 999.95 && unit + 1 < sizeof units / sizeof *units; unit++)
        ns /= 1000;
    (void)snprintf(out, 32, "%.1f %s", ns, units[unit]);
    return out;
}

enum { NAME_SHOWN_MAX = 60, LINE_MAX_BYTES = 4 * NAME_SHOWN_MAX + 200 };

static void put_figures(report *to, const char *name, int width, const char *what, const rf_recorded *recorded) {
    char line[LINE_MAX_BYTES], texts[7][32];
    const double times[7] = { (double)recorded->total_ns, recorded->mean_ns, (double)recorded->min_ns, (double)recorded->p50_ns,
                              (double)recorded->p90_ns, (double)recorded->p99_ns, (double)recorded->max_ns };
    for (size_t i = 0; i < 7; i++)
        (void)time_text(times[i], texts[i]);
    int len = snprintf(line, sizeof line, "%-*.*s  %-8s %10llu %10s %10s %10s %10s %10s %10s %10s\n", width, NAME_SHOWN_MAX, name, what,
                       (unsigned long long)recorded->count, texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], texts[6]);
    put_line(to, line, (size_t)len);
}

size_t rf_recorder_report(const rf_recorder *recorder, char *text, size_t size) {
    static const char *const kinds[RF_RECORD_KINDS] = { "load", "output", "input", "resize", "vm exec" };
    assert(recorder && (text || !size));
    report to = { .text = text, .size = size };
    uint32_t count = RF_FOLLOW(recorder->count);
    size_t width = sizeof "plugin" - 1;
    for (uint32_t i = 0; i < count; i++) {
        size_t len = strnlen(RF_FOLLOW(recorder->plugins[i])->name, NAME_SHOWN_MAX);
        width = len > width ? len : width;
    }
    char line[LINE_MAX_BYTES];
    int len = snprintf(line, sizeof line, "%-*s  %-8s %10s %10s %10s %10s %10s %10s %10s %10s\n", (int)width, "plugin", "what", "count",
                       "total", "mean", "min", "p50", "p90", "p99", "max");
    if (size)
        text[0] = '\0';
    put_line(&to, line, (size_t)len);
    for (uint32_t i = 0; i < count; i++)
        for (rf_record_kind kind = RF_RECORD_LOAD; kind < RF_RECORD_KINDS; kind++) {
            rf_recorded recorded;
            rf_recorder_snapshot(recorder, i, kind, &recorded);
            if (recorded.count)
                put_figures(&to, RF_FOLLOW(recorder->plugins[i])->name, (int)width, kinds[kind], &recorded);
        }
    return to.len;
}
