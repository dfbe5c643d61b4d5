/* plugin_metrics.c: what plugins cost, as Prometheus's text. */
#include "plugin/plugin_metrics.h"

#include "base/arena.h"
#include "base/slice.h"
#include "base/table.h"
#include "plugin/chain_internal.h"

#include <assert.h>

/* One plugin over all its chains. Hooks it does not have: NULL. */
typedef struct figures {
    struct figures *next;
    rf_slice name;
    uint64_t vms, held_bytes, collections, longest_pause_ns;
    rf_bounds loads, pauses;
    rf_bounds *hooks[RF_HOOK_COUNT];
} figures;

/* One scrape. */
typedef struct scrape {
    rf_arena arena;
    rf_table by_name;
    figures *first, **end;
    double unit_ns;
    uint8_t bound_of[RF_HISTOGRAM_BUCKETS]; /* the bound that the ticks of a bucket belong to */
    bool failed;                            /* out of memory */
    rf_buffer labels;
    rf_buffer *out;
} scrape;

void rf_plugin_metrics_init(rf_plugin_metrics *self, rf_plugins_live *live) {
    assert(self && live);
    *self = (rf_plugin_metrics){ .live = live, .epoch = rf_ticks_begin() };
}

/*
 * The length of a tick is measured once and kept: one that varies by a billionth from scrape to scrape would let sums go back now and then,
 * which readers take for a restart of the process. After a millisecond it is known to a ten-thousandth.
 */
static double settled_unit(rf_plugin_metrics *self) {
    if (self->unit_ns == 0)
        self->unit_ns = rf_ticks_unit_ns(&self->epoch); /* waits for the end of the first millisecond */
    return self->unit_ns;
}

/* By the middle of each bucket. */
static void map_buckets(scrape *s) {
    for (uint32_t i = 0; i < RF_HISTOGRAM_BUCKETS; i++) {
        uint64_t upper = rf_histogram_upper(i), lower = i ? rf_histogram_upper(i - 1) : 0;
        s->bound_of[i] = (uint8_t)rf_bound_of((uint64_t)(((double)upper + (double)lower) / 2 * s->unit_ns));
    }
}

/* ---- Adding up ---- */

static figures *find_figures(scrape *s, rf_slice name) {
    figures *known = rf_table_get(&s->by_name, name);
    if (known)
        return known;
    figures *made = rf_arena_zero(&s->arena, 1, sizeof *made);
    if (!made)
        return NULL;
    made->name = rf_slice_dup_in(&s->arena, name);
    if (!made->name.data || !rf_table_put(&s->by_name, made->name, made))
        return NULL;
    *s->end = made;
    s->end = &made->next;
    return made;
}

static void join(rf_bounds *to, const rf_chain_bounds *from) {
    for (size_t i = 0; i <= RF_BOUNDS; i++)
        to->counts[i] += atomic_load_explicit(&from->counts[i], memory_order_relaxed);
    to->sum += atomic_load_explicit(&from->sum, memory_order_relaxed);
}

static void join_hook(const scrape *s, rf_bounds *to, const rf_hook_stats *from) {
    if (!atomic_load_explicit(&from->calls, memory_order_relaxed))
        return;
    for (uint32_t i = 0; i < RF_HISTOGRAM_BUCKETS; i++) {
        uint32_t count = atomic_load_explicit(&from->buckets[i], memory_order_relaxed);
        if (count)
            to->counts[s->bound_of[i]] += count;
    }
    to->sum += (uint64_t)((double)atomic_load_explicit(&from->total, memory_order_relaxed) * s->unit_ns);
}

/* These are not called on events: their time is in that of loading. */
#define NO_EVENTS (1u << RF_HOOK_LOAD | 1u << RF_HOOK_UNLOAD | 1u << RF_HOOK_RELOAD)

static bool add_entry(scrape *s, const rf_chain_entry *entry) {
    figures *to = find_figures(s, entry->now.plugin->manifest.name);
    if (!to)
        return false;
    to->vms++;
    to->held_bytes += atomic_load_explicit(&entry->held_bytes, memory_order_relaxed);
    to->collections += atomic_load_explicit(&entry->collections, memory_order_relaxed);
    uint64_t longest = atomic_load_explicit(&entry->longest_pause_ns, memory_order_relaxed);
    if (longest > to->longest_pause_ns)
        to->longest_pause_ns = longest;
    join(&to->loads, &entry->loads);
    join(&to->pauses, &entry->pauses);
    for (uint32_t i = 0; i < RF_HOOK_COUNT; i++) {
        if (!entry->stats[i] || (NO_EVENTS & 1u << i))
            continue;
        if (!to->hooks[i] && !(to->hooks[i] = rf_arena_zero(&s->arena, 1, sizeof *to->hooks[i])))
            return false;
        join_hook(s, to->hooks[i], entry->stats[i]);
    }
    return true;
}

static void add_chain(void *arg, rf_chain *chain) {
    scrape *s = arg;
    rf_mutex_lock(&chain->lock);
    for (size_t i = 0; i < chain->entries.count && !s->failed; i++)
        s->failed = !add_entry(s, chain->entries.items[i]);
    rf_mutex_unlock(&chain->lock);
}

/* ---- Writing ---- */

/* `hook` NULL: there is no such label. A view until the next call. */
static rf_slice labels_of(scrape *s, const figures *plugin, const char *hook) {
    rf_buffer_clear(&s->labels);
    rf_exposition_label(&s->labels, "plugin", plugin->name);
    if (hook) {
        rf_buffer_char(&s->labels, ',');
        rf_exposition_label(&s->labels, "hook", rf_slice_of(hook));
    }
    s->failed |= s->labels.failed;
    return rf_buffer_view(&s->labels);
}

typedef struct hook_family { const char *name, *help; uint32_t hooks; } hook_family;

static const hook_family hook_families[] = {
    { "plugin_output_time_ns", "Time a plugin took for a piece of output.", 1u << RF_HOOK_OUTPUT | 1u << RF_HOOK_RAW_OUTPUT },
    { "plugin_input_time_ns", "Time a plugin took for a piece of input.", 1u << RF_HOOK_INPUT | 1u << RF_HOOK_PASTE },
    { "plugin_resize_time_ns", "Time a plugin took for a change of size.", 1u << RF_HOOK_RESIZE },
    { "plugin_vm_exec_time_ns", "Time a call of a hook took, in the plugin's virtual machine.", ~0u },
};

static void write_hooks(scrape *s, const hook_family *family) {
    bool begun = false;
    for (const figures *at = s->first; at; at = at->next)
        for (uint32_t i = 0; i < RF_HOOK_COUNT; i++) {
            if (!at->hooks[i] || !(family->hooks & 1u << i))
                continue;
            if (!begun)
                rf_exposition_head(s->out, family->name, family->help, "histogram");
            begun = true;
            rf_exposition_histogram(s->out, family->name, labels_of(s, at, rf_hooks[i].name), at->hooks[i]);
        }
}

typedef struct value_family { const char *name, *help, *type; size_t offset; } value_family;

static const value_family value_families[] = {
    { "plugin_collection_pause_longest_ns", "The longest collection so far.", "gauge", offsetof(figures, longest_pause_ns) },
    { "plugin_collections_total", "Collections of garbage in the plugin's virtual machines.", "counter", offsetof(figures, collections) },
    { "plugin_heap_bytes", "Memory that the plugin's virtual machines hold.", "gauge", offsetof(figures, held_bytes) },
    { "plugin_vms", "Virtual machines of the plugin: one in each chain.", "gauge", offsetof(figures, vms) },
};

static void write_values(scrape *s, const value_family *family) {
    rf_exposition_head(s->out, family->name, family->help, family->type);
    for (const figures *at = s->first; at; at = at->next)
        rf_exposition_u64(s->out, family->name, labels_of(s, at, NULL), *(const uint64_t *)((const char *)at + family->offset));
}

static void write_all(scrape *s) {
    for (size_t i = 0; i < sizeof hook_families / sizeof *hook_families; i++)
        write_hooks(s, &hook_families[i]);
    for (size_t i = 0; i < sizeof value_families / sizeof *value_families; i++)
        write_values(s, &value_families[i]);
    rf_exposition_head(s->out, "plugin_load_time_ns", "Time from a plugin's file to its running, in one chain.", "histogram");
    for (const figures *at = s->first; at; at = at->next)
        rf_exposition_histogram(s->out, "plugin_load_time_ns", labels_of(s, at, NULL), &at->loads);
    rf_exposition_head(s->out, "plugin_collection_pause_ns", "Time a collection of garbage took.", "histogram");
    for (const figures *at = s->first; at; at = at->next)
        if (at->collections) /* most plugins never have one */
            rf_exposition_histogram(s->out, "plugin_collection_pause_ns", labels_of(s, at, NULL), &at->pauses);
}

void rf_plugin_metrics_write(void *self, rf_buffer *out) {
    rf_plugin_metrics *metrics = self;
    assert(metrics && metrics->live && out);
    scrape s = { .unit_ns = settled_unit(metrics), .out = out };
    s.end = &s.first;
    rf_arena_init(&s.arena, 16 << 10);
    map_buckets(&s);
    rf_plugins_live_each(metrics->live, add_chain, &s);
    if (s.first && !s.failed)
        write_all(&s);
    out->failed |= s.failed;
    rf_buffer_done(&s.labels);
    rf_table_done(&s.by_name);
    rf_arena_done(&s.arena);
}
