/* topic_test.c: the rules of stream.md 7, one by one, and the cache. */
#include "components/processors/topic.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "harness.h"

#include <stdio.h>

static rf_topic_parts parts(const char *location, const char *contract, const char *path, const char *name) {
    return (rf_topic_parts){ rf_slice_of(location), rf_slice_of(contract), rf_slice_of(path), rf_slice_of(name) };
}

/* True when the build gives this code and this text (or, while memory fails, RF_ENOMEM). */
static bool gives(rf_topic_parts p, rf_code code, const char *text) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    rf_slice got = { NULL, 0 };
    rf_code result = rf_topic_build(&arena, &p, &got);
    if (result == RF_ENOMEM)
        return rf_test_torture();
    return result == code && rf_test_same_text(__FILE__, __LINE__, "topic", got, rf_slice_of(text));
}

RF_TEST(a_topic_is_its_parts_joined) {
    rf_check(gives(parts("acme.berlin", "_raw", "", "t1"), RF_OK, "umh.v1.acme.berlin._raw.t1"));
    rf_check(gives(parts("acme", "_raw", "a.b", "t1"), RF_OK, "umh.v1.acme._raw.a.b.t1"));
    rf_check(gives(parts("ACME-1", "_Raw", "", "x_y"), RF_OK, "umh.v1.ACME-1._Raw.x_y"));
}

RF_TEST(the_contract_is_found_by_its_place) {
    rf_check(gives(parts("acme._x", "_raw", "", "t"), RF_OK, "umh.v1.acme._x._raw.t"));
    rf_check(gives(parts("acme", "_a.b", "", "t"), RF_OK, "umh.v1.acme._a.b.t"));
    rf_check(gives(parts("acme", "_raw", "", "a.b"), RF_OK, "umh.v1.acme._raw.a.b"));
    rf_check(gives(parts("acme", "_raw", "", "_"), RF_OK, "umh.v1.acme._raw._"));
    rf_check(gives(parts("acme", "raw", "_p", "t"), RF_OK, "umh.v1.acme.raw._p.t"));
    rf_check(gives(parts("acme", "raw", "", "_t"), RF_EPARSE,
                   "topic must contain a data contract (segment starting with '_') and it cannot be the final segment"));
}

RF_TEST(each_broken_rule_has_its_reason) {
    rf_check(gives(parts(".acme", "_raw", "", "t"), RF_EPARSE,
                   "topic construction failed: level0 is required - set using SetLevel0() or SetLocationLevels()"));
    rf_check(gives(parts("acme", "_", "", "t"), RF_EPARSE, "data contract cannot be just an underscore"));
    rf_check(gives(parts("acme", "_.x", "", "t"), RF_EPARSE, "data contract cannot be just an underscore"));
    rf_check(gives(parts("acme", "_raw", "", "a."), RF_EPARSE, "topic name (final segment) cannot be empty"));
    rf_check(gives(parts("acme", "_raw", "a..b", "t"), RF_EPARSE, "virtual path segment at index 1 cannot be empty"));
    rf_check(gives(parts("acme", "_raw", ".a", "t"), RF_EPARSE, "virtual path segment at index 0 cannot be empty"));
    rf_check(gives(parts("_acme", "_raw", "", "t"), RF_EPARSE,
                   "topic validation failed: level0 cannot start with underscore (topic: umh.v1._acme._raw.t)"));
    rf_check(gives(parts("acme.", "_raw", "", "t"), RF_EPARSE,
                   "topic validation failed: location sublevel at index 1 cannot be empty (topic: umh.v1.acme.._raw.t)"));
}

RF_TEST(the_first_broken_rule_decides) {
    rf_check(gives(parts("_a..b", "_c", ".x", "n."), RF_EPARSE, "topic name (final segment) cannot be empty"));
    rf_check(gives(parts("a b.", "_raw", "", "t"), RF_EPARSE,
                   "topic validation failed: location sublevel at index 1 cannot be empty (topic: umh.v1.a b.._raw.t)"));
}

RF_TEST(a_character_that_may_not_be_there_is_shown_as_one_underscore) {
    rf_check(gives(parts("\xc3\xa4", "_raw", "", "t"), RF_EPARSE,
                   "topic contained invalid characters and was rejected: 'umh.v1.\xc3\xa4._raw.t' -> 'umh.v1._._raw.t'"));
    rf_check(gives(parts("a/b", "_raw", "", "1e+21"), RF_EPARSE,
                   "topic contained invalid characters and was rejected: 'umh.v1.a/b._raw.1e+21' -> 'umh.v1.a_b._raw.1e_21'"));
}

RF_TEST(words_for_nothing_are_no_virtual_path) {
    rf_check_text(rf_topic_trim_path(RF_SLICE(" a.b\t")), RF_SLICE("a.b"));
    rf_check_text(rf_topic_trim_path(RF_SLICE("\xc2\xa0x\xe2\x80\x83")), RF_SLICE("x"));
    rf_check_text(rf_topic_trim_path(RF_SLICE(" NULL ")), RF_SLICE(""));
    rf_check_text(rf_topic_trim_path(RF_SLICE("<nil>")), RF_SLICE(""));
    rf_check_text(rf_topic_trim_path(RF_SLICE("Undefined")), RF_SLICE(""));
    rf_check_text(rf_topic_trim_path(RF_SLICE("false")), RF_SLICE("false"));
}

static void cache_done(rf_topic_cache **cache) { rf_topic_cache_free(*cache); }

RF_TEST(the_cache_says_what_the_build_said) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    RF_CLEANUP(cache_done) rf_topic_cache *cache = rf_topic_cache_new();
    rf_check(cache);
    rf_topic_parts good = parts("acme", "_raw", "", "t"), bad = parts("acme", "_", "", "t");
    rf_slice text;
    for (int i = 0; i < 2; i++) {
        rf_check(rf_topic_cache_get(cache, &arena, &good, &text) == RF_OK);
        rf_check_text(text, RF_SLICE("umh.v1.acme._raw.t"));
        rf_check(rf_topic_cache_get(cache, &arena, &bad, &text) == RF_EPARSE);
        rf_check_text(text, RF_SLICE("data contract cannot be just an underscore"));
    }
    rf_check(rf_topic_cache_count(cache) == 2 || rf_test_torture());
}

RF_TEST(parts_that_join_to_the_same_text_are_kept_apart) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    RF_CLEANUP(cache_done) rf_topic_cache *cache = rf_topic_cache_new();
    rf_check(cache);
    rf_topic_parts one = parts("acme", "_raw", "a", "b"), two = parts("acme", "_raw", "", "a.b");
    rf_slice text;
    rf_check(rf_topic_cache_get(cache, &arena, &one, &text) == RF_OK);
    rf_check(rf_topic_cache_get(cache, &arena, &two, &text) == RF_OK);
    rf_check_text(text, RF_SLICE("umh.v1.acme._raw.a.b"));
}

RF_TEST(the_cache_is_bounded) {
    if (rf_test_torture())
        return;
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1 << 16);
    RF_CLEANUP(cache_done) rf_topic_cache *cache = rf_topic_cache_new();
    rf_check(cache);
    for (unsigned i = 0; i < RF_TOPIC_CACHE_ENTRIES + 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%u", i);
        rf_topic_parts p = parts("acme", "_raw", "", name);
        rf_slice text;
        rf_check(rf_topic_cache_get(cache, &arena, &p, &text) == RF_OK);
        rf_check(rf_topic_cache_count(cache) <= RF_TOPIC_CACHE_ENTRIES);
        rf_arena_clear(&arena);
    }
    rf_check(rf_topic_cache_count(cache) == 100);
}
