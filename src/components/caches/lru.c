/* lru, ttlru: caches in memory that hold so many entries, and lose the one that was not used for longest. */
#include "components/caches/init_values.h"
#include "components/caches/kept.h"

typedef struct lru_cache {
    rf_kept kept;
    int64_t cap;
    int algorithm;
    const rf_conf *init_values;
} lru_cache;

static const char *const algorithms[] = { "standard", "arc", "two_queues", NULL };

static const rf_field lru_fields[] = {
    { "cap", RF_FIELD_INT, offsetof(lru_cache, cap), "1000", 0, "How many entries it holds.", NULL, NULL, 0, 1, 100000000 },
    RF_INIT_VALUES_FIELD(lru_cache),
    { "algorithm", RF_FIELD_ENUM, offsetof(lru_cache, algorithm), "standard", RF_FIELD_ADVANCED,
      "Accepted for compatibility: all of them lose the entry that was not used for longest.", algorithms, NULL, 0, 0, 0 },
    { 0 },
};

static const rf_field ttlru_fields[] = {
    { "cap", RF_FIELD_INT, offsetof(lru_cache, cap), "1024", 0, "How many entries it holds.", NULL, NULL, 0, 1, 100000000 },
    { "default_ttl", RF_FIELD_DURATION, offsetof(lru_cache, kept.default_ttl_ns), "5m", 0, "How long an entry lives after it was set.", NULL, NULL, 0, 0, 0 },
    RF_INIT_VALUES_FIELD(lru_cache),
    { 0 },
};

static rf_code lru_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    lru_cache *self = state;
    (void)conf, (void)env;
    if (self->cap < 1) /* it has its finding already */
        return RF_ECONFIG;
    self->kept.cap = (size_t)self->cap;
    self->kept.own_ttl = self->kept.default_ttl_ns != 0;
    return rf_kept_open(&self->kept, self->init_values, false, reterr);
}

const rf_cache_kind rf_lru_cache_kind = {
    .name = "lru",
    .summary = "Keeps so many values in this process's memory; a new one takes the place of the one not used for longest.",
    .detail = "Entries have no end of their own: a `ttl` is not kept. It is empty again after a restart.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter() % 3, interval: 100ms, count: 10}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - dedupe:\n"
               "        cache: seen\n"
               "        key: ${! content() }\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: seen\n"
               "    lru: {cap: 1000}\n",
    .fields = lru_fields,
    .state_size = sizeof(lru_cache),
    .open = lru_open,
    .get = rf_kept_get,
    .set = rf_kept_set,
    .add = rf_kept_add,
    .remove = rf_kept_remove,
    .exists = rf_kept_exists,
    .close = rf_kept_close,
};

const rf_cache_kind rf_ttlru_cache_kind = {
    .name = "ttlru",
    .summary = "Keeps so many values in this process's memory, each for a time; a new one takes the place of the one not used for longest.",
    .detail = "It is empty again after a restart.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter() % 3, interval: 100ms, count: 10}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - dedupe:\n"
               "        cache: seen\n"
               "        key: ${! content() }\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: seen\n"
               "    ttlru: {cap: 1000, default_ttl: 10s}\n",
    .fields = ttlru_fields,
    .state_size = sizeof(lru_cache),
    .open = lru_open,
    .get = rf_kept_get,
    .set = rf_kept_set,
    .add = rf_kept_add,
    .remove = rf_kept_remove,
    .exists = rf_kept_exists,
    .close = rf_kept_close,
};
