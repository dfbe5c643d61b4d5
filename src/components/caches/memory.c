/* memory: a cache in this process's memory, whose entries age. */
#include "components/caches/init_values.h"
#include "components/caches/kept.h"

typedef struct memory_cache {
    rf_kept kept;
    const rf_conf *init_values;
    int64_t shards;
} memory_cache;

static const rf_field memory_fields[] = {
    { "default_ttl", RF_FIELD_DURATION, offsetof(memory_cache, kept.default_ttl_ns), "5m", 0, "How long an entry lives that is set without a time of its own; `0s`: for ever.", NULL, NULL, 0, 0, 0 },
    { "compaction_interval", RF_FIELD_DURATION, offsetof(memory_cache, kept.compaction_ns), "60s", 0, "How often what has expired is taken out; empty: never, it is only no longer seen.", NULL, NULL, 0, 0, 0 },
    RF_INIT_VALUES_FIELD(memory_cache),
    { "shards", RF_FIELD_INT, offsetof(memory_cache, shards), "1", RF_FIELD_ADVANCED, "Accepted for compatibility.", NULL, NULL, 0, 1, 1024 },
    { 0 },
};

static rf_code memory_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    memory_cache *self = state;
    (void)conf, (void)env;
    self->kept.own_ttl = true;
    return rf_kept_open(&self->kept, self->init_values, true, reterr);
}

const rf_cache_kind rf_memory_cache_kind = {
    .name = "memory",
    .summary = "Keeps values in this process's memory, for a time.",
    .detail = "What is there from the start never expires. It is empty again after a restart.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: seen\n"
               "    memory:\n"
               "      default_ttl: 1h\n"
               "      init_values: {first: \"1\"}\n",
    .fields = memory_fields,
    .state_size = sizeof(memory_cache),
    .open = memory_open,
    .get = rf_kept_get,
    .set = rf_kept_set,
    .add = rf_kept_add,
    .remove = rf_kept_remove,
    .exists = rf_kept_exists,
    .close = rf_kept_close,
};
