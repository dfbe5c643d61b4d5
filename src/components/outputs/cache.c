/* cache: messages into a cache, by their keys. */
#include "base/clock.h"
#include "stream/cache.h"

typedef struct cache_output {
    rf_component *cache;
    rf_dynamic *key, *ttl;
    int64_t max_in_flight;
} cache_output;

static const rf_field cache_fields[] = {
    { "target", RF_FIELD_CACHE_LABEL, offsetof(cache_output, cache), NULL, RF_FIELD_REQUIRED, "The label of a cache.", NULL, NULL, 0, 0, 0 },
    { "key", RF_FIELD_DYNAMIC, offsetof(cache_output, key), "${! count(\"items\") }-${! timestamp_unix_nano() }", 0, "The key, asked for each message.",
      NULL, NULL, 0, 0, 0 },
    { "ttl", RF_FIELD_DYNAMIC, offsetof(cache_output, ttl), NULL, RF_FIELD_ADVANCED,
      "How long it lives, such as `60s`; the cache's own time when it is not given.", NULL, NULL, 0, 0, 0 },
    { "max_in_flight", RF_FIELD_INT, offsetof(cache_output, max_in_flight), "64", RF_FIELD_ADVANCED,
      "Accepted for compatibility: messages are stored in their order.", NULL, NULL, 0, 1, INT64_MAX },
    { 0 },
};

static rf_code cache_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    const cache_output *self = state;
    (void)conf, (void)env, (void)reterr;
    return self->cache ? RF_OK : RF_ECONFIG; /* it has its finding already */
}

static rf_code ask_ttl(const cache_output *self, rf_batch *batch, uint32_t i, uint64_t *ret_ns, rf_error *reterr) {
    rf_slice text;
    rf_code code = self->ttl ? rf_dynamic_text(self->ttl, batch, i, &text, reterr) : RF_OK;
    if (code)
        rf_error_prefix(reterr, "ttl interpolation error: ");
    else if (self->ttl && text.len > 0 && !rf_clock_parse_duration(text, ret_ns))
        code = rf_raise(reterr, RF_ESCRIPT, "ttl `%.*s` is not a duration", RF_SLICE_ARG(text));
    return code;
}

static rf_code store(const cache_output *self, rf_batch *batch, uint32_t i, rf_error *reterr) {
    rf_slice key, value;
    uint64_t ttl_ns = 0;
    rf_code code = rf_dynamic_text(self->key, batch, i, &key, reterr);
    if (code) {
        rf_error_prefix(reterr, "key interpolation error: ");
        return code;
    }
    code = ask_ttl(self, batch, i, &ttl_ns, reterr);
    if (!code)
        code = rf_message_bytes(batch, &batch->messages[i], &value, reterr);
    return code ? code : rf_cache_set(self->cache, key, value, ttl_ns, reterr);
}

static rf_code cache_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_code code = store(state, batch, i, &error);
        if (code == RF_ENOMEM || (code && !rf_batch_refuse(batch, i, "%s", error.message)))
            return rf_raise_nomem(reterr);
    }
    *ret_unwritten = 0;
    return RF_OK;
}

const rf_output_kind rf_cache_output_kind = {
    .name = "cache",
    .summary = "Stores each message in a cache.",
    .detail = "What is there under the key is replaced. A message that cannot be stored is tried again, without holding up the others.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  cache:\n"
               "    target: store\n"
               "    key: value-${! json(\"value\") }\n"
               "cache_resources:\n"
               "  - label: store\n"
               "    memory: {}\n",
    .fields = cache_fields,
    .state_size = sizeof(cache_output),
    .open = cache_open,
    .write = cache_write,
};
