/* dedupe: lets through the first message of each key. */
#include "base/slice.h"
#include "components/processors/note.h"
#include "stream/cache.h"

typedef struct dedupe {
    rf_component *cache;
    rf_dynamic *key;
    bool drop_on_err;
    rf_note note;
    rf_metric dropped_key, dropped_seen, dropped_cache;
} dedupe;

static const rf_field dedupe_fields[] = {
    { "cache", RF_FIELD_CACHE_LABEL, offsetof(dedupe, cache), NULL, RF_FIELD_REQUIRED, "The label of the cache that remembers keys.", NULL, NULL, 0, 0, 0 },
    { "key", RF_FIELD_DYNAMIC, offsetof(dedupe, key), NULL, RF_FIELD_REQUIRED, "What must not be twice, asked for each message.", NULL, NULL, 0, 0, 0 },
    { "drop_on_err", RF_FIELD_BOOL, offsetof(dedupe, drop_on_err), "true", 0,
      "What cannot be asked for because the cache fails is dropped; else it passes.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code register_metrics(dedupe *self, const rf_env *env, rf_error *reterr) {
    static const char *const reasons[] = { "no_key", "seen", "cache_failed" };
    rf_metric *const metrics[] = { &self->dropped_key, &self->dropped_seen, &self->dropped_cache };
    for (size_t i = 0; i < 3; i++) {
        rf_metric_labels labels = { .label = env->label, .path = env->path, .reason = reasons[i] };
        rf_code code = rf_metrics_counter(env->metrics, "messages_dropped", "Messages dropped, by reason.", &labels, metrics[i], reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

static rf_code dedupe_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    dedupe *self = state;
    (void)conf;
    rf_note_init(&self->note, env);
    return self->cache ? register_metrics(self, env, reterr) : RF_ECONFIG;
}

static rf_code dedupe_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    (void)state, (void)reterr;
    *ret_local = shard->meter;
    return RF_OK;
}

/* Whether message `i` stays. */
static rf_code judge(dedupe *self, rf_meter *meter, rf_batch *batch, uint32_t i, bool *ret_stays, rf_error *reterr) {
    rf_slice key;
    rf_code code = rf_dynamic_text(self->key, batch, i, &key, reterr);
    *ret_stays = false;
    if (code) {
        rf_meter_add(meter, self->dropped_key, 1);
        rf_note_log(&self->note, RF_LOG_ERROR, "Message dropped: key interpolation error: ", reterr->message);
        return code;
    }
    code = rf_cache_add(self->cache, key, RF_SLICE("t"), 0, reterr);
    *ret_stays = !code || (code != RF_EREFUSED && !self->drop_on_err);
    if (code == RF_EREFUSED) {
        rf_meter_add(meter, self->dropped_seen, 1);
    } else if (code && code != RF_ENOMEM) {
        if (!*ret_stays)
            rf_meter_add(meter, self->dropped_cache, 1);
        rf_note_log(&self->note, RF_LOG_ERROR,
                    *ret_stays ? "Cache error, message kept: " : "Cache error, message dropped: ", reterr->message);
    }
    return code;
}

static rf_code dedupe_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    dedupe *self = state;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        bool stays = false;
        if (judge(self, local, batch, i, &stays, &error) == RF_ENOMEM) {
            /* What was kept and what was not looked at yet: nothing is lost, and the keys that were seen are theirs. */
            memmove(&batch->messages[kept], &batch->messages[i], (batch->count - i) * sizeof *batch->messages);
            batch->count -= i - kept;
            return rf_raise_nomem(reterr);
        }
        if (stays && kept != i)
            batch->messages[kept] = batch->messages[i];
        kept += stays;
    }
    batch->count = kept;
    return RF_OK;
}

const rf_processor_kind rf_dedupe_kind = {
    .name = "dedupe",
    .summary = "Drops messages whose key was seen before.",
    .detail = "The cache remembers the keys, and for how long. A message whose key cannot be computed is dropped, logged and counted; a key of "
              "which a part is missing is `null`, as all such keys are. A key is remembered when its message passes here, not when it was delivered: with a "
              "cache that outlives the process, a message that was under way when that ended is not let through when it comes again.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter() % 3, interval: 100ms, count: 10}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - dedupe:\n"
               "        cache: seen\n"
               "        key: ${! json(\"value\") }\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: seen\n"
               "    memory: {default_ttl: 1h}\n",
    .fields = dedupe_fields,
    .state_size = sizeof(dedupe),
    .open = dedupe_open,
    .attach = dedupe_attach,
    .process = dedupe_process,
};
