/* metrics_mapping.c: the mapping of names and labels of metrics, run once for each. */
#include "stream/metrics_mapping.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "message/mapping.h"
#include "observe/exposition.h"

#include <assert.h>
#include <stdlib.h>

struct rf_metrics_mapping {
    const rf_mapping *mapping;
    rf_mapping_state *state;
    rf_log *log;
    rf_keys *keys;
    rf_batch *batch; /* a message for the metric that is being named */
};

rf_code rf_metrics_mapping_new(const rf_mapping *mapping, rf_log *log, rf_metrics_mapping **ret_mapping, rf_error *reterr) {
    assert(mapping && ret_mapping);
    rf_metrics_mapping *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    *self = (rf_metrics_mapping){ .mapping = mapping, .log = log, .state = rf_mapping_state_new(mapping), .keys = rf_keys_new() };
    self->batch = self->keys ? rf_batch_new(self->keys) : NULL;
    if (!self->state || !self->batch) {
        rf_metrics_mapping_free(self);
        return rf_raise_nomem(reterr);
    }
    *ret_mapping = self;
    return RF_OK;
}

void rf_metrics_mapping_free(rf_metrics_mapping *self) {
    if (!self)
        return;
    rf_batch_free(self->batch);
    rf_keys_free(self->keys);
    rf_mapping_state_free(self->state);
    rf_free(self);
}

/* ---- labels to metadata ---- */

/* As rf_meta_set(), which takes an empty text for "none": a metric's label may be empty. */
static bool add_label(rf_metrics_mapping *self, rf_message *message, rf_slice name, rf_slice value) {
    rf_batch *batch = self->batch;
    const rf_key *key = rf_keys_intern(self->keys, &batch->arena, name);
    rf_slice copy = rf_slice_dup_in(&batch->arena, value);
    if (!key || !copy.data || !rf_meta_reserve(&batch->arena, &message->meta, message->meta.count + 1))
        return false;
    message->meta.entries[message->meta.count++] = (rf_meta_entry){ key, rf_string(copy) };
    return true;
}

/* The value of `name="value"` from behind the first quote, without its escapes, in `out`; where its own quote is. */
static const char *read_value(const char *at, rf_buffer *out) {
    for (rf_buffer_clear(out); *at && *at != '"'; at++) {
        bool escaped = *at == '\\' && at[1];
        at += escaped;
        rf_buffer_char(out, escaped && *at == 'n' ? '\n' : *at);
    }
    return at;
}

/* `line="a",site="b"` */
static bool add_others(rf_metrics_mapping *self, rf_message *message, const char *at) {
    RF_CLEANUP(rf_buffer_done) rf_buffer value = { 0 };
    while (at && *at) {
        const char *equals = strchr(at, '=');
        if (!equals || equals[1] != '"')
            return true;
        const char *end = read_value(equals + 2, &value);
        if (value.failed ||
            !add_label(self, message, (rf_slice){ at, (size_t)(equals - at) }, value.len ? rf_buffer_view(&value) : RF_SLICE("")))
            return false;
        at = *end ? end + 1 : end;
        at += *at == ',';
    }
    return true;
}

static rf_message *make_message(rf_metrics_mapping *self, const char *name, const rf_metric_labels *labels) {
    const struct { const char *name, *value; } known[] = {
        { "label", labels->label }, { "path", labels->path }, { "stage", labels->stage }, { "reason", labels->reason },
    };
    rf_batch_clear(self->batch);
    rf_message *message = rf_batch_add(self->batch);
    rf_slice text = message ? rf_slice_dup_in(&self->batch->arena, rf_slice_of(name)) : (rf_slice){ 0 };
    if (!text.data)
        return NULL;
    message->payload = rf_string(text);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].value && !add_label(self, message, rf_slice_of(known[i].name), rf_slice_of(known[i].value)))
            return NULL;
    return add_others(self, message, labels->others) ? message : NULL;
}

/* ---- metadata to labels ---- */

/* As Prometheus wants names: what is neither letter nor digit becomes `_`. */
static void put_name(rf_buffer *out, rf_slice name) {
    if (name.len == 0 || (name.data[0] >= '0' && name.data[0] <= '9'))
        rf_buffer_char(out, '_');
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        rf_buffer_char(out, is_word ? c : '_');
    }
}

static int by_name(const void *a, const void *b) {
    const rf_meta_entry *left = a, *right = b;
    return rf_slice_compare(rf_key_text(left->key), rf_key_text(right->key));
}

static bool put_labels(rf_metrics_mapping *self, const rf_message *message, rf_buffer *out) {
    uint32_t count = message->meta.count;
    rf_meta_entry *entries = rf_arena_alloc(&self->batch->arena, (count + 1u) * sizeof *entries);
    if (!entries)
        return false;
    if (count)
        memcpy(entries, message->meta.entries, count * sizeof *entries);
    qsort(entries, count, sizeof *entries, by_name);
    for (uint32_t i = 0; i < count; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer name = { 0 };
        rf_slice value = rf_meta_text(&self->batch->arena, &entries[i].value);
        put_name(&name, rf_key_text(entries[i].key));
        rf_buffer_char(&name, '\0');
        if (!value.data || name.failed)
            return false;
        rf_buffer_text(out, i ? "," : "");
        rf_exposition_label(out, name.data, value);
    }
    return !out->failed;
}

/* The text that the mapping made; NULL: it made something else. */
static const rf_value *text_of(const rf_message *message) {
    const rf_value *payload = &message->payload;
    bool is_text = payload->kind == RF_RAW || payload->kind == RF_STRING || payload->kind == RF_BYTES;
    return is_text && payload->size > 0 ? payload : NULL;
}

bool rf_metrics_mapping_apply(void *mapping, const char *name, const rf_metric_labels *labels, rf_metric_naming *naming) {
    rf_metrics_mapping *self = mapping;
    rf_error error = { 0 };
    rf_message *message = make_message(self, name, labels), made;
    bool deleted = false;
    if (!message)
        return false;
    rf_message_share(message, &made);
    rf_code code = rf_mapping_change(self->mapping, self->state, false, self->batch, &(rf_mapping_turn){ &made, 0 }, &deleted, &error);
    if (code) {
        rf_log_write(self->log, RF_LOG_ERROR, NULL, "Failed to apply path mapping on '%s': %s", name, error.message);
        return false;
    }
    naming->hidden = deleted;
    if (deleted)
        return true;
    const rf_value *text = text_of(&made);
    if (!text) {
        rf_log_write(self->log, RF_LOG_ERROR, NULL, "Path mapping returned invalid result for '%s', expected a string that is not empty",
                     name);
        return false;
    }
    put_name(&naming->name, rf_value_text(text));
    if (put_labels(self, &made, &naming->labels))
        return true;
    rf_buffer_done(&naming->name);
    rf_buffer_done(&naming->labels);
    return false;
}
