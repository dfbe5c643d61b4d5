/* cache_test.c: bounds, order of giving up, and copies. */
#include "harness.h"

#include "base/slice.h"
#include "script/cache.h"

static void cache_done(rf_script_cache **cache) { rf_script_cache_free(*cache); }

static bool set(rf_script_cache *cache, const char *key, int64_t number) {
    rf_value value = rf_int(number);
    return rf_script_cache_set(cache, rf_slice_of(key), &value, NULL) == RF_OK;
}

RF_TEST(the_least_recently_used_entry_goes_first) {
    RF_CLEANUP(cache_done) rf_script_cache *cache = NULL;
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 256);
    rf_value value;
    rf_check(rf_script_cache_new(2, 4096, &cache, NULL) == RF_OK);
    rf_check(set(cache, "a", 1) && set(cache, "b", 2));
    rf_check(rf_script_cache_get(cache, RF_SLICE("a"), &arena, &value, NULL) == RF_OK && value.integer == 1);
    rf_check(set(cache, "c", 3));
    rf_check(rf_script_cache_has(cache, RF_SLICE("a")) && !rf_script_cache_has(cache, RF_SLICE("b")));
    rf_script_cache_counts counts;
    rf_script_cache_get_counts(cache, &counts);
    rf_check(counts.entries == 2 && counts.evicted == 1);
}

RF_TEST(a_new_value_takes_the_place_of_the_old) {
    RF_CLEANUP(cache_done) rf_script_cache *cache = NULL;
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 256);
    rf_value value;
    rf_check(rf_script_cache_new(2, 4096, &cache, NULL) == RF_OK);
    rf_check(set(cache, "a", 1) && set(cache, "a", 2));
    rf_check(rf_script_cache_get(cache, RF_SLICE("a"), &arena, &value, NULL) == RF_OK && value.integer == 2);
    rf_check(rf_script_cache_delete(cache, RF_SLICE("a")) && !rf_script_cache_delete(cache, RF_SLICE("a")));
    rf_check(rf_script_cache_get(cache, RF_SLICE("a"), &arena, &value, NULL) == RF_ENOTFOUND);
    rf_script_cache_counts counts;
    rf_script_cache_get_counts(cache, &counts);
    rf_check(counts.entries == 0 && counts.bytes == 0);
}

RF_TEST(a_value_larger_than_the_cache_is_refused_and_evicts_nothing) {
    RF_CLEANUP(cache_done) rf_script_cache *cache = NULL;
    char text[3000];
    memset(text, 'x', sizeof text);
    rf_value value = rf_string((rf_slice){ text, sizeof text });
    rf_error error;
    rf_check(rf_script_cache_new(8, 2048, &cache, NULL) == RF_OK);
    rf_check(set(cache, "a", 1));
    rf_check(rf_script_cache_set(cache, RF_SLICE("b"), &value, &error) == RF_ELIMIT);
    rf_check(rf_script_cache_has(cache, RF_SLICE("a")));
}

RF_TEST(bytes_are_bound_too) {
    RF_CLEANUP(cache_done) rf_script_cache *cache = NULL;
    char text[600];
    memset(text, 'x', sizeof text);
    rf_value value = rf_string((rf_slice){ text, sizeof text });
    rf_check(rf_script_cache_new(100, 4096, &cache, NULL) == RF_OK);
    for (char key = 'a'; key < 'p'; key++)
        rf_check(rf_script_cache_set(cache, (rf_slice){ &key, 1 }, &value, NULL) == RF_OK);
    rf_script_cache_counts counts;
    rf_script_cache_get_counts(cache, &counts);
    rf_check(counts.bytes <= 4096 && counts.entries > 0 && counts.evicted > 0);
}
