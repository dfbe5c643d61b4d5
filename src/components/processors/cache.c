/* cache: one operation on a cache for each message. */
#include "base/clock.h"
#include "base/slice.h"
#include "components/processors/note.h"
#include "stream/cache.h"

#include <assert.h>

enum { OPERATOR_SET, OPERATOR_ADD, OPERATOR_GET, OPERATOR_DELETE, OPERATOR_EXISTS };

static const char *const operators[] = { "set", "add", "get", "delete", "exists", NULL };

typedef struct cache_processor {
    rf_component *cache;
    int operator_;
    rf_dynamic *key, *value, *ttl;
    rf_note note;
} cache_processor;

static const rf_field cache_fields[] = {
    { "resource", RF_FIELD_CACHE_LABEL, offsetof(cache_processor, cache), NULL, RF_FIELD_REQUIRED, "The label of a cache.", NULL, NULL, 0, 0, 0 },
    { "operator", RF_FIELD_ENUM, offsetof(cache_processor, operator_), NULL, RF_FIELD_REQUIRED,
      "`set` stores; `add` stores, and fails when the key is there; `get` makes the value the payload; `delete` removes; `exists` makes "
      "`true` or `false` the payload.", operators, NULL, 0, 0, 0 },
    { "key", RF_FIELD_DYNAMIC, offsetof(cache_processor, key), NULL, RF_FIELD_REQUIRED, "The key, asked for each message.", NULL, NULL, 0, 0, 0 },
    { "value", RF_FIELD_DYNAMIC, offsetof(cache_processor, value), NULL, 0, "What `set` and `add` store; the payload when it is not given.", NULL, NULL,
      0, 0, 0 },
    { "ttl", RF_FIELD_DYNAMIC, offsetof(cache_processor, ttl), NULL, RF_FIELD_ADVANCED,
      "How long it lives, such as `60s`; the cache's own time when it is not given.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code cache_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    cache_processor *self = state;
    (void)conf, (void)reterr;
    rf_note_init(&self->note, env);
    return self->cache ? RF_OK : RF_ECONFIG;
}

/* One text of the config for message `i`; `what` names it in the complaint. */
static rf_code ask(rf_dynamic *dynamic, const char *what, rf_batch *batch, uint32_t i, rf_slice *ret_text, rf_error *reterr) {
    rf_code code = rf_dynamic_text(dynamic, batch, i, ret_text, reterr);
    if (code)
        rf_error_prefix(reterr, "%s interpolation error: ", what);
    return code;
}

static rf_code ask_ttl(const cache_processor *self, rf_batch *batch, uint32_t i, uint64_t *ret_ns, rf_error *reterr) {
    rf_slice text;
    if (!self->ttl)
        return RF_OK;
    rf_code code = ask(self->ttl, "ttl", batch, i, &text, reterr);
    if (!code && text.len > 0 && !rf_clock_parse_duration(text, ret_ns))
        code = rf_raise(reterr, RF_ESCRIPT, "ttl `%.*s` is not a duration", RF_SLICE_ARG(text));
    return code;
}

static rf_code store(const cache_processor *self, rf_slice key, rf_batch *batch, uint32_t i, rf_error *reterr) {
    rf_slice value;
    uint64_t ttl_ns = 0;
    rf_code code = self->value ? ask(self->value, "value", batch, i, &value, reterr)
                               : rf_message_bytes(batch, &batch->messages[i], &value, reterr);
    if (!code)
        code = ask_ttl(self, batch, i, &ttl_ns, reterr);
    if (code)
        return code;
    if (self->operator_ == OPERATOR_SET)
        return rf_cache_set(self->cache, key, value, ttl_ns, reterr);
    return rf_cache_add(self->cache, key, value, ttl_ns, reterr);
}

static rf_code operate(const cache_processor *self, rf_slice key, rf_batch *batch, uint32_t i, rf_error *reterr) {
    rf_slice value = { 0 };
    bool there = false;
    rf_code code;
    switch (self->operator_) {
    case OPERATOR_GET: code = rf_cache_get(self->cache, key, &batch->arena, &value, reterr); break;
    case OPERATOR_EXISTS: code = rf_cache_exists(self->cache, key, &there, reterr); break;
    case OPERATOR_DELETE: return rf_cache_remove(self->cache, key, reterr);
    default: return store(self, key, batch, i, reterr);
    }
    if (code)
        return code;
    if (self->operator_ == OPERATOR_EXISTS)
        value = there ? RF_SLICE("true") : RF_SLICE("false");
    batch->messages[i].payload = rf_text(RF_RAW, value);
    return RF_OK;
}

static rf_code cache_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    cache_processor *self = state;
    (void)local;
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_slice key = { 0 };
        rf_code code = ask(self->key, "key", batch, i, &key, &error);
        if (!code) {
            code = operate(self, key, batch, i, &error);
            if (code && code != RF_EREFUSED && code != RF_ENOMEM)
                rf_error_prefix(&error, "operator failed for key '%.*s': ", key.len < 100 ? (int)key.len : 100, key.data);
        }
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (code)
            rf_note_fail(&self->note, batch, &batch->messages[i], "", error.message);
    }
    return RF_OK;
}

const rf_processor_kind rf_cache_processor_kind = {
    .name = "cache",
    .summary = "Stores, finds or removes a value of a cache.",
    .detail = "A message for which it does not succeed goes on as it was, marked as failed: `get` of a key that is not there, `add` of one that is.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - cache:\n"
               "        resource: store\n"
               "        operator: set\n"
               "        key: last\n"
               "        value: ${! json(\"value\") }\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: store\n"
               "    memory: {}\n",
    .fields = cache_fields,
    .state_size = sizeof(cache_processor),
    .open = cache_open,
    .process = cache_process,
};
