/* noop: a cache that keeps nothing. */
#include "stream/cache.h"

static const rf_field noop_fields[] = {
    { 0 },
};

static rf_code noop_get(void *state, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr) {
    (void)state, (void)key, (void)arena, (void)ret_value;
    return rf_raise(reterr, RF_ENOTFOUND, "key does not exist");
}

static rf_code noop_set(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr) {
    (void)state, (void)key, (void)value, (void)ttl_ns, (void)reterr;
    return RF_OK;
}

static rf_code noop_remove(void *state, rf_slice key, rf_error *reterr) {
    (void)state, (void)key, (void)reterr;
    return RF_OK;
}

const rf_cache_kind rf_noop_cache_kind = {
    .name = "noop",
    .summary = "Keeps nothing: every value is taken and none is found.",
    .detail = "For the place of a cache that is switched off by the environment.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: seen\n"
               "    noop: {}\n",
    .fields = noop_fields,
    .get = noop_get,
    .set = noop_set,
    .add = noop_set,
    .remove = noop_remove,
};
