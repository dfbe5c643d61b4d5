/* multilevel: several caches as one: the near and fast ones first. */
#include "base/slice.h"
#include "stream/cache.h"
#include "stream/config.h"

#include <assert.h>

typedef struct multilevel {
    rf_components caches;
} multilevel;

static const rf_field multilevel_fields[] = {
    { "", RF_FIELD_CACHE_LABELS, offsetof(multilevel, caches), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "The labels of two caches or more, the nearest first.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code report(const rf_conf *conf, const char *message, const char *hint) {
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_ECONFIG, "%s", message);
    rf_error_hint(&error, "%s", hint);
    return rf_conf_report(conf, &error);
}

static rf_code multilevel_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    const multilevel *self = state;
    (void)env, (void)reterr;
    if (self->caches.count < 2)
        return report(conf, "expected at least two cache levels", "a list of labels, such as `[near, far]`");
    for (size_t i = 0; i < self->caches.count; i++) {
        if (!self->caches.items[i])
            return report(conf, "the label of a cache resource is missing", "name one of cache_resources");
        const rf_cache_kind *kind = self->caches.items[i]->kind;
        if (kind && kind->name && !strcmp(kind->name, "multilevel"))
            return report(conf, "a multilevel cache within another", "name the caches that it has, themselves");
    }
    return RF_OK;
}

/* A value that was found further out is put into the levels before it; that this fails takes nothing from it. */
static rf_code multilevel_get(void *state, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr) {
    const multilevel *self = state;
    rf_code code = RF_ENOTFOUND;
    size_t level = 0;
    for (; level < self->caches.count; level++) {
        code = rf_cache_get(self->caches.items[level], key, arena, ret_value, reterr);
        if (code != RF_ENOTFOUND)
            break;
    }
    for (size_t before = 0; !code && before < level; before++) {
        rf_error error = { 0 };
        (void)!rf_cache_set(self->caches.items[before], key, *ret_value, 0, &error);
    }
    return code;
}

static rf_code multilevel_set(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr) {
    const multilevel *self = state;
    rf_code code = RF_OK;
    for (size_t i = 0; i < self->caches.count && !code; i++)
        code = rf_cache_set(self->caches.items[i], key, value, ttl_ns, reterr);
    return code;
}

/* The furthest level decides: it is the one that others may share. */
static rf_code multilevel_add(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns, rf_error *reterr) {
    const multilevel *self = state;
    const size_t last = self->caches.count - 1;
    for (size_t i = 0; i < last; i++) {
        bool there = false;
        rf_code code = rf_cache_exists(self->caches.items[i], key, &there, reterr);
        if (code)
            return code;
        if (there)
            return RF_EREFUSED;
    }
    rf_code code = rf_cache_add(self->caches.items[last], key, value, ttl_ns, reterr);
    for (size_t i = 0; i < last && !code; i++)
        code = rf_cache_set(self->caches.items[i], key, value, ttl_ns, reterr);
    return code;
}

/* The furthest first: what is still in a nearer one would be found there only. */
static rf_code multilevel_remove(void *state, rf_slice key, rf_error *reterr) {
    const multilevel *self = state;
    rf_code code = RF_OK;
    for (size_t i = self->caches.count; i > 0 && !code; i--)
        code = rf_cache_remove(self->caches.items[i - 1], key, reterr);
    return code;
}

const rf_cache_kind rf_multilevel_cache_kind = {
    .name = "multilevel",
    .summary = "Several caches as one: a value is looked for in each in turn.",
    .detail = "What is found further out is put into the nearer ones. What is set, is set in all of them; whether `add` finds a key there already the last one decides.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter() % 3, interval: 100ms, count: 10}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - dedupe:\n"
               "        cache: both\n"
               "        key: ${! content() }\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: near\n"
               "    lru: {cap: 100}\n"
               "  - label: far\n"
               "    memory: {default_ttl: 1h}\n"
               "  - label: both\n"
               "    multilevel: [near, far]\n",
    .fields = multilevel_fields,
    .state_size = sizeof(multilevel),
    .open = multilevel_open,
    .get = multilevel_get,
    .set = multilevel_set,
    .add = multilevel_add,
    .remove = multilevel_remove,
};
