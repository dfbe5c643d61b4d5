/* memory_test.c: the cache in memory: what is stored is found, until it expires; and resources by their label. */
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"
#include "stream/cache.h"
#include "stream/config_internal.h"

#include <string.h>

#define CONFIG(fields)                                                          \
    "input: {stdin: {}}\noutput: {drop: {}}\ncache_resources:\n  - label: it\n" \
    "    memory: " fields "\n"

/* The config's only cache; NULL: not opened. */
static rf_component *cache_of(rf_fixture *f, const char *config) {
    rf_error error = { 0 };
    return rf_fixture_open(f, config, &error) ? NULL : f->config->document->resources.items[0];
}

static bool holds(rf_component *cache, const char *key, const char *value) {
    rf_arena arena;
    rf_slice got = { 0 };
    rf_arena_init(&arena, 256);
    bool same = rf_cache_get(cache, rf_slice_of(key), &arena, &got, NULL) == RF_OK && rf_slice_is(got, value);
    rf_arena_done(&arena);
    return same;
}

RF_TEST(what_is_set_is_found_and_what_is_removed_is_not) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    rf_error error = { 0 };
    rf_component *cache = cache_of(&f, CONFIG("{}"));
    bool there = true;
    rf_check(cache);
    rf_check(!rf_cache_set(cache, RF_SLICE("a"), RF_SLICE("1"), 0, NULL) || rf_test_torture());
    rf_check(holds(cache, "a", "1") || rf_test_torture());
    rf_check(!rf_cache_set(cache, RF_SLICE("a"), RF_SLICE("22"), 0, NULL) || rf_test_torture());
    rf_check(holds(cache, "a", "22") || rf_test_torture());
    rf_check(rf_cache_remove(cache, RF_SLICE("a"), &error) == RF_OK);
    rf_check(rf_cache_exists(cache, RF_SLICE("a"), &there, &error) == RF_OK && !there);
    rf_check(rf_cache_remove(cache, RF_SLICE("a"), &error) == RF_OK);
}

RF_TEST(add_succeeds_once) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    rf_error error = { 0 };
    rf_component *cache = cache_of(&f, CONFIG("{init_values: {k: preset, n: 5}}"));
    rf_check(cache);
    rf_check(rf_cache_add(cache, RF_SLICE("k"), RF_SLICE("v"), 0, &error) == RF_EREFUSED || rf_test_torture());
    rf_check(rf_test_torture() || strcmp(error.message, "key already exists: k") == 0);
    rf_check((holds(cache, "k", "preset") && holds(cache, "n", "5")) || rf_test_torture());
    rf_check(!rf_cache_add(cache, RF_SLICE("new"), RF_SLICE("v"), 0, &error) || rf_test_torture());
}

RF_TEST(entries_expire_and_are_taken_out) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    rf_error error = { 0 };
    rf_component *cache = cache_of(&f, CONFIG("{default_ttl: 1h, compaction_interval: 1ms}"));
    rf_check(cache);
    if (rf_test_torture())
        return;
    for (int i = 0; i < 100; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        rf_check(!rf_cache_set(cache, rf_slice_of(key), RF_SLICE("v"), i % 2 ? RF_NS_PER_MS : 0, &error));
    }
    rf_clock_sleep_ns(3 * RF_NS_PER_MS);
    rf_check(!rf_cache_set(cache, RF_SLICE("last"), RF_SLICE("v"), 0, &error));
    rf_check(holds(cache, "k0", "v") && holds(cache, "k98", "v") && !holds(cache, "k1", "v"));
    rf_check(rf_cache_add(cache, RF_SLICE("k1"), RF_SLICE("again"), 0, &error) == RF_OK && holds(cache, "k1", "again"));
}

RF_TEST(a_resource_has_a_label_of_its_own) {
    const char *const wrong[] = {
        "cache_resources: [{memory: {}}]\n",
        "cache_resources: [{label: a, memory: {}}, {label: a, memory: {}}]\n",
        "cache_resources: {memory: {}}\n",
        "cache_resources: [{label: a, memoy: {}}]\n",
        "processor_resources: [{label: a, memory: {}}]\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        RF_CLEANUP(rf_fixture_done) rf_fixture f;
        rf_error error = { 0 };
        rf_code code = rf_fixture_open(&f, wrong[i], &error);
        rf_check(code == RF_ECONFIG || code == RF_ENOMEM);
    }
}
