/* caches_test.c: the caches file, lru, ttlru and noop. */
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"
#include "stream/cache.h"
#include "stream/config_internal.h"

#include <string.h>

/* The config's only cache; NULL: not opened. */
static rf_component *cache_of(rf_fixture *f, const char *cache) {
    char config[300];
    (void)snprintf(config, sizeof config, "input: {stdin: {}}\noutput: {drop: {}}\ncache_resources:\n  - label: it\n    %s\n", cache);
    return rf_fixture_open(f, config, NULL) ? NULL : f->config->document->resources.items[0];
}

static bool holds(rf_component *cache, const char *key, const char *value) {
    rf_arena arena;
    rf_slice got = { 0 };
    rf_arena_init(&arena, 256);
    bool same = rf_cache_get(cache, rf_slice_of(key), &arena, &got, NULL) == RF_OK && rf_slice_is(got, value);
    rf_arena_done(&arena);
    return same;
}

static bool there(rf_component *cache, const char *key) {
    bool is = false;
    return rf_cache_exists(cache, rf_slice_of(key), &is, NULL) == RF_OK && is;
}

RF_TEST(a_file_a_key_that_is_whole_or_not_there) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    const char *text = rf_fixture_dir_config(&dir, "file: {directory: '@DIR@'}");
    rf_component *cache = text ? cache_of(&f, text) : NULL;
    rf_check(cache);
    if (rf_test_torture())
        return;
    rf_check(!there(cache, "k") && !rf_cache_set(cache, RF_SLICE("k"), RF_SLICE("v\n"), 0, &error));
    rf_check_text(rf_fixture_dir_read(&dir, "k"), RF_SLICE("v\n"));
    rf_check(there(cache, "k") && holds(cache, "k", "v\n"));
    rf_check(rf_cache_add(cache, RF_SLICE("k"), RF_SLICE("w"), 0, &error) == RF_EREFUSED && holds(cache, "k", "v\n"));
    rf_check(!rf_cache_add(cache, RF_SLICE("n"), RF_SLICE("w"), 0, &error) && holds(cache, "n", "w"));
    rf_check(!rf_cache_remove(cache, RF_SLICE("k"), &error) && !there(cache, "k") && !rf_cache_remove(cache, RF_SLICE("k"), &error));
}

RF_TEST(a_key_does_not_lead_out_of_the_directory) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    static const char *const bad[][2] = {
        { "../k", "leads out" }, { "a/../../k", "leads out" }, { "..", "leads out" }, { "", "is empty" }, { "no/dir", "no such file or directory" },
    };
    rf_check(rf_fixture_dir_init(&dir));
    const char *text = rf_fixture_dir_config(&dir, "file: {directory: '@DIR@'}");
    rf_component *cache = text ? cache_of(&f, text) : NULL;
    rf_check(cache);
    if (rf_test_torture())
        return;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rf_error error = { 0 };
        rf_check(rf_cache_set(cache, rf_slice_of(bad[i][0]), RF_SLICE("v"), 0, &error));
        rf_check(strstr(error.message, bad[i][1]));
    }
    rf_check(!rf_cache_set(cache, RF_SLICE("a..b"), RF_SLICE("v"), 0, NULL) && there(cache, "a..b"));
}

RF_TEST(the_entry_not_used_for_longest_goes) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_component *cache = cache_of(&f, "lru: {cap: 2, init_values: {a: 1}}");
    rf_check(cache);
    if (rf_test_torture())
        return;
    rf_check(!rf_cache_set(cache, RF_SLICE("b"), RF_SLICE("2"), 0, NULL) && holds(cache, "a", "1"));
    rf_check(!rf_cache_add(cache, RF_SLICE("c"), RF_SLICE("3"), 0, NULL));
    rf_check(there(cache, "a") && !there(cache, "b") && there(cache, "c"));
    rf_check(!rf_cache_set(cache, RF_SLICE("a"), RF_SLICE("4"), 0, NULL) && holds(cache, "a", "4") && there(cache, "c"));
    rf_check(!rf_cache_remove(cache, RF_SLICE("a"), NULL) && !there(cache, "a") && there(cache, "c"));
    rf_check(rf_cache_add(cache, RF_SLICE("c"), RF_SLICE("5"), 0, NULL) == RF_EREFUSED);
}

RF_TEST(entries_of_ttlru_expire) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_component *cache = cache_of(&f, "ttlru: {cap: 10, default_ttl: 1h}");
    rf_check(cache);
    if (rf_test_torture())
        return;
    rf_check(!rf_cache_set(cache, RF_SLICE("a"), RF_SLICE("1"), RF_NS_PER_MS, NULL) && !rf_cache_set(cache, RF_SLICE("b"), RF_SLICE("2"), 0, NULL));
    rf_clock_sleep_ns(3 * RF_NS_PER_MS);
    rf_check(!there(cache, "a") && there(cache, "b") && !rf_cache_add(cache, RF_SLICE("a"), RF_SLICE("3"), 0, NULL) && holds(cache, "a", "3"));
}

RF_TEST(noop_keeps_nothing) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_component *cache = cache_of(&f, "noop: {}");
    rf_check(cache);
    rf_check(!rf_cache_set(cache, RF_SLICE("a"), RF_SLICE("1"), 0, NULL) && !there(cache, "a") && !rf_cache_remove(cache, RF_SLICE("a"), NULL));
}

RF_TEST(several_caches_are_one) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_component *cache = cache_of(&f, "multilevel: [near, far]\n  - label: near\n    lru: {cap: 1}\n  - label: far\n    memory: {init_values: {a: 1}}");
    rf_check(cache);
    if (rf_test_torture())
        return;
    rf_component *near = f.config->document->resources.items[1], *far = f.config->document->resources.items[2];
    rf_error error = { 0 };
    rf_check(!there(near, "a") && holds(cache, "a", "1") && holds(near, "a", "1"));
    rf_check(!rf_cache_set(cache, RF_SLICE("b"), RF_SLICE("2"), 0, &error) && holds(near, "b", "2") && holds(far, "b", "2"));
    rf_check(rf_cache_add(cache, RF_SLICE("a"), RF_SLICE("3"), 0, &error) == RF_EREFUSED && !there(near, "a") && holds(far, "a", "1"));
    rf_check(!rf_cache_add(cache, RF_SLICE("c"), RF_SLICE("3"), 0, &error) && holds(near, "c", "3") && holds(far, "c", "3"));
    rf_check(!rf_cache_remove(cache, RF_SLICE("c"), &error) && !there(cache, "c") && !there(far, "c"));
    rf_check(!there(cache, "none"));
}

RF_TEST(what_is_no_level_is_found) {
    rf_fixture_wrong("cache_resources: [{label: m, multilevel: [a]}, {label: a, lru: {}}]\n", "expected at least two cache levels");
    rf_fixture_wrong("cache_resources: [{label: m, multilevel: [a, b]}, {label: a, lru: {}}]\n", "cache resource 'b' was not found");
    rf_fixture_wrong("cache_resources: [{label: m, multilevel: [a, m]}, {label: a, lru: {}}]\n", "a multilevel cache within another");
    rf_fixture_wrong("cache_resources: [{label: m, multilevel: a}, {label: a, lru: {}}]\n", "expected array value");
}
