/* registry.c: all metrics of a process, and how they are registered. */
#include "observe/registry.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>
#include <string.h>

rf_code rf_metrics_new(rf_metrics **ret_metrics, rf_error *reterr) {
    assert(ret_metrics);
    rf_metrics *metrics = rf_alloc_zero(1, sizeof *metrics);
    if (!metrics)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&metrics->lock);
    rf_arena_init(&metrics->keys, 1024);
    *ret_metrics = metrics;
    return RF_OK;
}

static void free_entry(rf_metric_entry *entry) {
    for (rf_gauge_reader *reader = RF_FOLLOW(entry->readers), *next; reader; reader = next) {
        next = RF_FOLLOW(reader->next);
        rf_free(reader);
    }
    rf_free((void *)entry->own);
    rf_free(entry);
}

static void free_family(rf_metric_family *family) {
    for (rf_metric_entry *entry = RF_FOLLOW(family->first), *next; entry; entry = next) {
        next = RF_FOLLOW(entry->next);
        free_entry(entry);
    }
    rf_free(family);
}

static void free_families(rf_metric_family *family) {
    for (rf_metric_family *next; family; family = next) {
        next = RF_FOLLOW(family->next);
        free_family(family);
    }
}

void rf_metrics_free(rf_metrics *metrics) {
    if (!metrics)
        return;
    free_families(RF_FOLLOW(metrics->families));
    free_families(RF_FOLLOW(metrics->hidden));
    for (rf_meter_node *node = RF_FOLLOW(metrics->meters), *next; node; node = next) {
        next = RF_FOLLOW(node->next);
        rf_free((void *)node->memory);
        rf_free(node);
    }
    rf_table_done(&metrics->by_key);
    rf_table_done(&metrics->renamed);
    rf_arena_done(&metrics->keys);
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
    if (labels->others) {
        rf_buffer_text(out, first ? "{" : ",");
        rf_buffer_text(out, labels->others);
        first = false;
    }
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

static rf_metric_entry *make_entry(rf_metric_family *family, const rf_metric_labels *labels, rf_slice key) {
    size_t bytes = sizeof(rf_metric_entry) + key.len + text_bytes(labels->label) + text_bytes(labels->path) +
                   text_bytes(labels->stage) + text_bytes(labels->reason) + text_bytes(labels->others);
    rf_metric_entry *entry = rf_alloc_zero(1, bytes);
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
    entry->labels.others = put_text(&at, labels->others);
    return entry;
}

static rf_metric_family *make_family(const char *name, const char *help, rf_metric_kind kind) {
    rf_metric_family *family = rf_alloc_zero(1, sizeof *family + text_bytes(name) + text_bytes(help));
    if (!family)
        return NULL;
    char *at = (char *)(family + 1);
    family->name = put_text(&at, name);
    family->help = put_text(&at, help);
    family->kind = kind;
    return family;
}

/* The family of that name, made when it is new; its kind may be another. Under the lock. */
static rf_metric_family *want_family(rf_metric_family *_Atomic *place, const char *name, const char *help, rf_metric_kind kind) {
    rf_metric_family *at = RF_FOLLOW(*place);
    while (at && strcmp(at->name, name) < 0) {
        place = &at->next;
        at = RF_FOLLOW(*place);
    }
    if (at && strcmp(at->name, name) == 0)
        return at;
    rf_metric_family *family = make_family(name, help, kind);
    if (!family)
        return NULL;
    RF_PUBLISH(family->next, at);
    RF_PUBLISH(*place, family);
    return family;
}

static size_t kind_slots(rf_metric_kind kind) {
    return kind == RF_METRIC_COUNTER ? 1 : kind == RF_METRIC_HISTOGRAM ? RF_HISTOGRAM_SLOTS : 0;
}

/* What is asked for. */
typedef struct wish {
    const char *name, *help;
    const rf_metric_labels *labels;
    rf_slice key;
    rf_metric_kind kind;
    bool own, hidden;
} wish;

static bool make_own(rf_metric_entry *entry) {
    entry->own = rf_alloc_zero(entry->family->kind == RF_METRIC_HISTOGRAM ? RF_HISTOGRAM_SLOTS : 1, sizeof *entry->own);
    return entry->own;
}

/* Under the lock. */
static rf_code add_entry(rf_metrics *metrics, rf_metric_family *family, const wish *w, rf_metric_entry **ret_entry, rf_error *reterr) {
    size_t slots = w->own ? 0 : kind_slots(family->kind);
    if (metrics->slot_count + slots > RF_METRIC_SLOTS_MAX)
        return rf_raise(reterr, RF_ELIMIT, "no room for metric `%.*s`: %zu of %u slots are taken", RF_SLICE_ARG(w->key),
                        metrics->slot_count, RF_METRIC_SLOTS_MAX);
    rf_metric_entry *entry = make_entry(family, w->labels, w->key);
    if (!entry || (w->own && !make_own(entry)) || (!w->hidden && !rf_table_put(&metrics->by_key, entry->key, entry))) {
        if (entry)
            free_entry(entry);
        return rf_raise_nomem(reterr);
    }
    entry->metric = w->own ? RF_METRIC_SLOTS_MAX : (rf_metric)metrics->slot_count; /* no meter has that many */
    metrics->slot_count += slots;
    if (family->last)
        RF_PUBLISH(family->last->next, entry);
    else
        RF_PUBLISH(family->first, entry);
    family->last = entry;
    *ret_entry = entry;
    return RF_OK;
}

/* Under the lock. */
static rf_code want_entry(rf_metrics *metrics, const wish *w, rf_metric_entry **ret_entry, rf_error *reterr) {
    rf_metric_family *family = want_family(w->hidden ? &metrics->hidden : &metrics->families, w->name, w->help, w->kind);
    if (!family)
        return rf_raise_nomem(reterr);
    if (family->kind != w->kind)
        return rf_raise(reterr, RF_ECONFIG, "metric `%s` is registered as another kind", w->name);
    rf_metric_entry *known = w->hidden ? NULL : rf_table_get(&metrics->by_key, w->key);
    if (!known)
        return add_entry(metrics, family, w, ret_entry, reterr);
    if (w->own != (known->own != NULL))
        return rf_raise(reterr, RF_ECONFIG, "metric `%s` is one of riffle's own", w->name);
    *ret_entry = known;
    return RF_OK;
}

void rf_metrics_rename(rf_metrics *metrics, rf_metric_renaming *rename, void *arg) {
    assert(metrics && !RF_FOLLOW(metrics->families));
    metrics->rename = rename;
    metrics->rename_arg = arg;
}

/* Under other names; where those are taken by another kind of metric, under its own. Under the lock. */
static rf_code want_under_name(rf_metrics *metrics, const wish *w, rf_metric_naming *naming, rf_metric_entry **ret_entry,
                               rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer key = { 0 };
    rf_buffer_char(&naming->name, '\0');
    rf_buffer_char(&naming->labels, '\0');
    if (naming->name.failed || naming->labels.failed)
        return rf_raise_nomem(reterr);
    const rf_metric_labels labels = { .others = naming->labels.len > 1 ? naming->labels.data : NULL };
    wish other = *w;
    other.name = naming->name.data;
    other.labels = &labels;
    append_key(&key, other.name, &labels);
    other.key = rf_buffer_view(&key);
    if (key.failed)
        return rf_raise_nomem(reterr);
    rf_code code = want_entry(metrics, &other, ret_entry, reterr);
    return code == RF_ECONFIG ? want_entry(metrics, w, ret_entry, reterr) : code;
}

/* Under the lock. */
static rf_code want_renamed(rf_metrics *metrics, wish *w, rf_metric_entry **ret_entry, rf_error *reterr) {
    rf_metric_naming naming = { 0 };
    rf_metric_entry *known = rf_table_get(&metrics->renamed, w->key);
    if (known && known->family->kind == w->kind && (known->own != NULL) == w->own) {
        *ret_entry = known;
        return RF_OK;
    }
    rf_slice key = rf_slice_dup_in(&metrics->keys, w->key);
    bool renamed = metrics->rename(metrics->rename_arg, w->name, w->labels, &naming);
    w->hidden = renamed && naming.hidden;
    rf_code code = !key.data                  ? rf_raise_nomem(reterr)
                   : renamed && !w->hidden ? want_under_name(metrics, w, &naming, ret_entry, reterr)
                                              : want_entry(metrics, w, ret_entry, reterr);
    rf_buffer_done(&naming.name);
    rf_buffer_done(&naming.labels);
    return !code && !known && !rf_table_put(&metrics->renamed, key, *ret_entry) ? rf_raise_nomem(reterr) : code;
}

static bool is_metric_name(const char *name) {
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(name);
}

rf_code rf_metrics_entry(rf_metrics *metrics, const char *name, const char *help, rf_metric_kind kind, bool own,
                         const rf_metric_labels *labels, rf_metric_entry **ret_entry, rf_error *reterr) {
    assert(metrics && help && is_metric_name(name));
    static const rf_metric_labels none = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer key = { 0 };
    wish w = { .name = name, .help = help, .labels = labels ? labels : &none, .kind = kind, .own = own };
    append_key(&key, name, w.labels);
    if (key.failed)
        return rf_raise_nomem(reterr);
    w.key = rf_buffer_view(&key);
    rf_mutex_lock(&metrics->lock);
    rf_code code = metrics->rename ? want_renamed(metrics, &w, ret_entry, reterr) : want_entry(metrics, &w, ret_entry, reterr);
    rf_mutex_unlock(&metrics->lock);
    return code;
}

rf_code rf_metrics_counter(rf_metrics *metrics, const char *name, const char *help, const rf_metric_labels *labels,
                           rf_metric *ret, rf_error *reterr) {
    rf_metric_entry *entry;
    rf_code code = rf_metrics_entry(metrics, name, help, RF_METRIC_COUNTER, false, labels, &entry, reterr);
    if (!code)
        *ret = entry->metric;
    return code;
}

rf_code rf_metrics_histogram(rf_metrics *metrics, const char *name, const char *help, const rf_metric_labels *labels,
                             rf_metric *ret, rf_error *reterr) {
    rf_metric_entry *entry;
    rf_code code = rf_metrics_entry(metrics, name, help, RF_METRIC_HISTOGRAM, false, labels, &entry, reterr);
    if (!code)
        *ret = entry->metric;
    return code;
}

/* Under the lock. The same reader twice counts once. */
static bool add_reader(rf_metric_entry *entry, double (*read)(void *), void *arg) {
    rf_gauge_reader *first = RF_FOLLOW(entry->readers);
    for (rf_gauge_reader *reader = first; reader; reader = RF_FOLLOW(reader->next))
        if (reader->read == read && reader->arg == arg)
            return true;
    rf_gauge_reader *reader = rf_alloc_zero(1, sizeof *reader);
    if (!reader)
        return false;
    reader->read = read;
    reader->arg = arg;
    RF_PUBLISH(reader->next, first);
    RF_PUBLISH(entry->readers, reader);
    return true;
}

rf_code rf_metrics_gauge(rf_metrics *metrics, const char *name, const char *help, const rf_metric_labels *labels,
                         double (*read)(void *), void *arg, rf_error *reterr) {
    assert(read);
    rf_metric_entry *entry;
    rf_code code = rf_metrics_entry(metrics, name, help, RF_METRIC_GAUGE, false, labels, &entry, reterr);
    if (code)
        return code;
    rf_mutex_lock(&metrics->lock);
    bool added = add_reader(entry, read, arg);
    rf_mutex_unlock(&metrics->lock);
    return added ? RF_OK : rf_raise_nomem(reterr);
}
