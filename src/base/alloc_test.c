/* alloc_test.c: the heap door and its fault plan. */
#include "harness.h"

#include "base/alloc.h"

static void free_memory(void **memory) { rf_free(*memory); }
static void free_text(char **text) { rf_free(*text); }

RF_TEST(a_size_of_zero_gives_a_pointer) {
    RF_CLEANUP(free_memory) void *memory = rf_alloc(0);
    rf_check(memory);
    RF_CLEANUP(free_memory) void *zeroed = rf_alloc_zero(0, 8);
    rf_check(zeroed);
}

RF_TEST(zeroed_memory_is_zero) {
    RF_CLEANUP(free_memory) void *memory = rf_alloc_zero(100, 7);
    rf_check(memory);
    for (size_t i = 0; i < 700; i++)
        rf_check(((char *)memory)[i] == 0);
}

RF_TEST(a_product_that_overflows_gives_null) {
    RF_CLEANUP(free_memory) void *memory = rf_alloc_zero(SIZE_MAX / 2, 3);
    rf_check(!memory);
}

RF_TEST(realloc_keeps_the_content) {
    RF_CLEANUP(free_memory) void *memory = rf_realloc(NULL, 4);
    rf_check(memory);
    memcpy(memory, "abc", 4);
    void *grown = rf_realloc(memory, 10000);
    rf_check(grown);
    memory = grown;
    rf_check(strcmp(memory, "abc") == 0);
}

RF_TEST(texts_are_copied_with_an_end) {
    RF_CLEANUP(free_text) char *whole = rf_strdup("riffle");
    rf_check(whole && strcmp(whole, "riffle") == 0);
    RF_CLEANUP(free_text) char *part = rf_strndup("riffle", 3);
    rf_check(part && strcmp(part, "rif") == 0);
    RF_CLEANUP(free_text) char *empty = rf_strndup(NULL, 0);
    rf_check(empty && *empty == '\0');
    RF_CLEANUP(free_text) char *endless = rf_strndup("", SIZE_MAX);
    rf_check(!endless);
}

/* These two set the plan themselves, so that the torture's own plan ends there. */
RF_TEST(the_planned_allocation_fails_alone) {
    rf_alloc_fail_at(2, false);
    RF_CLEANUP(free_memory) void *first = rf_alloc(1);
    bool early = rf_alloc_has_failed();
    RF_CLEANUP(free_memory) void *second = rf_alloc(1);
    RF_CLEANUP(free_memory) void *third = rf_alloc(1);
    uint64_t count = rf_alloc_count();
    bool failed = rf_alloc_has_failed();
    rf_alloc_fail_at(0, false);
    rf_check(first && !second && third && count == 3 && !early && failed && !rf_alloc_has_failed());
}

RF_TEST(and_all_later_fail_when_so_planned) {
    uint64_t before = rf_alloc_live();
    rf_alloc_fail_at(2, true);
    RF_CLEANUP(free_memory) void *first = rf_alloc(1);
    RF_CLEANUP(free_memory) void *second = rf_alloc_zero(1, 1);
    RF_CLEANUP(free_memory) void *third = rf_realloc(NULL, 1);
    RF_CLEANUP(free_text) char *fourth = rf_strdup("x");
    void *grown = rf_realloc(first, 100);
    rf_alloc_fail_at(0, false);
    rf_check(first && !second && !third && !fourth && !grown);
    rf_check(rf_alloc_live() == before + 1);
}

RF_TEST(live_blocks_are_counted) {
    uint64_t before = rf_alloc_live();
    void *memory = rf_alloc(8);
    uint64_t during = rf_alloc_live();
    rf_free(memory);
    rf_free(NULL);
    rf_check(rf_alloc_live() == before);
    rf_check(during == before + 1);
}
