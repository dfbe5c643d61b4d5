/* golden_run.c: one recorded case through the real processor, opened from a real config. */
#include "golden.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "stream/config.h"

#include <assert.h>

/* What a run needs, all of it freed by bench_done() wherever the run ends. */
typedef struct bench {
    rf_buffer text;
    rf_keys *keys;
    rf_metrics *metrics;
    rf_config *config;
    rf_component *component;
    void *local;
    rf_batch *batch;
} bench;

static const rf_processor_kind *kind_of(const bench *self) {
    return self->component->kind;
}

static void bench_done(bench *self) {
    if (self->local)
        kind_of(self)->detach(self->component->state, self->local);
    rf_batch_free(self->batch);
    rf_config_free(self->config);
    rf_metrics_free(self->metrics);
    rf_keys_free(self->keys);
    rf_buffer_done(&self->text);
}

/* RF_ECONFIG: the config is refused. */
static rf_code bench_open(bench *self, const golden_case *one, rf_error *reterr) {
    golden_config(one, &self->text);
    self->keys = rf_keys_new();
    if (!self->keys || self->text.failed)
        return rf_raise_nomem(reterr);
    rf_code code = rf_metrics_new(&self->metrics, reterr);
    if (code)
        return code;
    const rf_config_options options = { .path = "golden.yaml", .text = rf_buffer_view(&self->text) };
    code = rf_config_load(&options, &self->config, reterr);
    if (!code)
        code = rf_config_open(self->config, NULL, self->metrics, self->keys, reterr);
    if (!code)
        self->component = &self->config->processors[0];
    return code;
}

static rf_code bench_attach(bench *self, rf_error *reterr) {
    rf_meter *meter;
    self->batch = rf_batch_new(self->keys);
    if (!self->batch)
        return rf_raise_nomem(reterr);
    rf_code code = rf_metrics_meter(self->metrics, &meter, reterr);
    if (code)
        return code;
    const rf_shard_env shard = { .index = 0, .meter = meter };
    return kind_of(self)->attach(self->component->state, &shard, &self->local, reterr);
}

static rf_code keep_meta(rf_batch *batch, const rf_meta *from, rf_arena *arena, rf_meta *ret_meta, rf_error *reterr) {
    rf_meta_entry *entries = rf_arena_zero(arena, from->count + 1, sizeof *entries);
    if (!entries)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < from->count; i++) {
        rf_value value = from->entries[i].value;
        entries[i].key = from->entries[i].key;
        if (!rf_meta_resolve(&batch->arena, &value) || !rf_value_dup_in(arena, &value, &entries[i].value))
            return rf_raise_nomem(reterr);
    }
    *ret_meta = (rf_meta){ .entries = entries, .count = from->count, .cap = from->count };
    return RF_OK;
}

/* Keys are interned in a table that goes with the run: their texts are copied too. */
static rf_code keep_keys(rf_meta *meta, rf_arena *arena, rf_error *reterr) {
    for (uint32_t i = 0; i < meta->count; i++) {
        const rf_key *key = meta->entries[i].key;
        rf_key *copy = rf_arena_alloc(arena, sizeof *copy + key->len + 1);
        if (!copy)
            return rf_raise_nomem(reterr);
        memcpy(copy, key, sizeof *copy + key->len + 1);
        copy->interned = false;
        meta->entries[i].key = copy;
    }
    return RF_OK;
}

static rf_code keep_message(rf_batch *batch, rf_message *message, rf_arena *arena, rf_message *ret_copy, rf_error *reterr) {
    rf_slice bytes, error = { NULL, 0 };
    rf_code code = rf_message_bytes(batch, message, &bytes, reterr);
    if (code)
        return code;
    bytes = rf_slice_dup_in(arena, bytes);
    if (message->error.data)
        error = rf_slice_dup_in(arena, message->error);
    if (!bytes.data || (message->error.data && !error.data))
        return rf_raise_nomem(reterr);
    *ret_copy = (rf_message){ .payload = rf_text(RF_RAW, bytes), .error = error };
    code = keep_meta(batch, &message->meta, arena, &ret_copy->meta, reterr);
    return code ? code : keep_keys(&ret_copy->meta, arena, reterr);
}

static rf_code keep(bench *self, rf_arena *arena, golden_result *result, rf_error *reterr) {
    rf_batch *batch = self->batch;
    if (result->count + batch->count > result->cap) {
        uint32_t cap = (result->count + batch->count) * 2;
        rf_message *more = rf_arena_zero(arena, cap, sizeof *more);
        if (!more)
            return rf_raise_nomem(reterr);
        if (result->count)
            memcpy(more, result->messages, result->count * sizeof *more);
        result->messages = more;
        result->cap = cap;
    }
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < batch->count && !code; i++)
        code = keep_message(batch, &batch->messages[i], arena, &result->messages[result->count++], reterr);
    return code;
}

static rf_code process(bench *self, rf_arena *arena, golden_result *result, rf_error *reterr) {
    rf_code code = kind_of(self)->process(self->component->state, self->local, self->batch, reterr);
    if (!code)
        code = keep(self, arena, result, reterr);
    rf_batch_clear(self->batch);
    return code;
}

static rf_code feed(bench *self, const golden_case *one, rf_arena *arena, golden_result *result, rf_error *reterr) {
    rf_code code = RF_OK;
    rf_slice item;
    for (size_t at = 0; !code && golden_item(one->input, &at, &item);) {
        code = golden_input(self->batch, item, reterr);
        result->inputs++;
        if (!code && one->separate)
            code = process(self, arena, result, reterr);
    }
    return code || one->separate ? code : process(self, arena, result, reterr);
}

typedef struct totals { const rf_metrics *metrics; golden_result *result; } totals;

static void add_up(void *arg, const rf_metric_info *info) {
    totals *self = arg;
    if (info->kind != RF_METRIC_COUNTER)
        return;
    uint64_t count = rf_metrics_read(self->metrics, info->metric);
    if (strcmp(info->name, "messages_processed") == 0)
        self->result->processed += count;
    if (strcmp(info->name, "messages_errored") == 0)
        self->result->errored += count;
    if (strcmp(info->name, "messages_dropped") == 0 && strcmp(info->labels.reason, "filtered") == 0)
        self->result->filtered += count;
}

rf_code golden_run(const golden_case *one, rf_arena *arena, golden_result *ret_result, rf_error *reterr) {
    assert(one && arena && ret_result);
    RF_CLEANUP(bench_done) bench self = { 0 };
    *ret_result = (golden_result){ 0 };
    rf_code code = bench_open(&self, one, &ret_result->why);
    if (code == RF_ECONFIG)
        return RF_OK;
    if (code) {
        if (reterr)
            *reterr = ret_result->why;
        return code;
    }
    ret_result->opened = true;
    code = bench_attach(&self, reterr);
    if (!code)
        code = feed(&self, one, arena, ret_result, reterr);
    rf_metrics_each(self.metrics, add_up, &(totals){ self.metrics, ret_result });
    return code;
}
