/* arena_test.c: arenas. */
#include "harness.h"

#include "base/arena.h"
#include "base/slice.h"

static rf_arena small_arena(void) {
    rf_arena arena;
    rf_arena_init(&arena, 128);
    return arena;
}

RF_TEST(what_is_given_is_aligned_and_apart) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    char *last_end = NULL;
    for (size_t size = 0; size < 60; size++) {
        char *memory = rf_arena_alloc(&arena, size);
        rf_check(memory);
        rf_check((uintptr_t)memory % 8 == 0);
        rf_check(memory != last_end || size == 0 || last_end);
        memset(memory, 0xAB, size);
        last_end = memory + size;
    }
    rf_check(arena.high_bytes == arena.held_bytes);
}

RF_TEST(a_size_past_the_block_gets_a_block_of_its_own) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    char *small = rf_arena_alloc(&arena, 8);
    char *large = rf_arena_alloc(&arena, 100000);
    rf_check(small && large);
    memset(large, 1, 100000);
    rf_check(arena.held_bytes >= 100000);
}

RF_TEST(sizes_that_overflow_give_null) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_check(!rf_arena_alloc(&arena, SIZE_MAX));
    rf_check(!rf_arena_alloc(&arena, SIZE_MAX - 7));
    rf_check(!rf_arena_alloc(&arena, SIZE_MAX - 40));
    rf_check(!rf_arena_zero(&arena, SIZE_MAX / 2, 4));
    rf_check(!rf_slice_dup_in(&arena, (rf_slice){ "", SIZE_MAX }).data);
}

RF_TEST(a_clear_keeps_the_first_block_and_gives_back_the_rest) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    char *first = rf_arena_alloc(&arena, 8);
    rf_check(first);
    for (int i = 0; i < 50; i++)
        rf_check(rf_arena_alloc(&arena, 64));
    rf_arena_clear(&arena);
    rf_check(arena.held_bytes == 128);
    rf_check(arena.high_bytes > 128);
    rf_check(rf_arena_alloc(&arena, 8) == first);
}

RF_TEST(a_clear_keeps_as_much_as_it_may) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    arena.keep_bytes = 512;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 8; i++)
            rf_check(rf_arena_alloc(&arena, 128));
        rf_check(arena.held_bytes == 1024);
        rf_arena_clear(&arena);
        rf_check(arena.held_bytes == 512);
    }
    rf_check(arena.high_bytes == 1024);
}

RF_TEST(a_large_first_block_does_not_stay) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_check(rf_arena_alloc(&arena, 100000));
    rf_arena_clear(&arena);
    rf_check(arena.held_bytes == 0);
    rf_check(rf_arena_alloc(&arena, 8));
    rf_check(arena.held_bytes == 128);
}

RF_TEST(a_large_block_between_kept_ones_is_used_up_in_order) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    arena.keep_bytes = 1 << 20;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 10; i++) {
            char *memory = rf_arena_alloc(&arena, 1 + i * 37);
            rf_check(memory);
            memset(memory, (int)i, 1 + i * 37);
        }
        rf_arena_clear(&arena);
    }
    size_t held = arena.held_bytes;
    for (size_t i = 0; i < 10; i++)
        rf_check(rf_arena_alloc(&arena, 1 + i * 37));
    rf_check(arena.held_bytes == held);
}

RF_TEST(done_leaves_an_arena_that_works) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_check(rf_arena_alloc(&arena, 8));
    rf_arena_done(&arena);
    rf_check(arena.held_bytes == 0);
    rf_check(rf_arena_alloc(&arena, 8));
}

RF_TEST(copies_end_in_nul) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_slice copy = rf_slice_dup_in(&arena, RF_SLICE("topic"));
    rf_check(copy.data);
    rf_check_text(copy, RF_SLICE("topic"));
    rf_check(copy.data[5] == '\0');
    rf_slice empty = rf_slice_dup_in(&arena, (rf_slice){ NULL, 0 });
    rf_check(empty.data && empty.len == 0 && empty.data[0] == '\0');
    char *text = rf_strdup_in(&arena, "name");
    rf_check(text && strcmp(text, "name") == 0);
}

RF_TEST(printf_takes_the_room_it_needs) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_slice text = rf_printf_in(&arena, "%s-%0500d", "a", 7);
    rf_check(text.data && text.len == 502);
    rf_check(text.data[501] == '7' && text.data[502] == '\0');
}

RF_TEST(zeroed_memory_is_zero_after_reuse) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    char *dirty = rf_arena_alloc(&arena, 64);
    rf_check(dirty);
    memset(dirty, 0xFF, 64);
    rf_arena_clear(&arena);
    char *clean = rf_arena_zero(&arena, 8, 8);
    rf_check(clean == dirty);
    for (int i = 0; i < 64; i++)
        rf_check(clean[i] == 0);
}
