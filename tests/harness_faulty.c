/* harness_faulty.c: tests that are wrong on purpose; harness.sh proves that the harness says so. */
#include "harness.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <stdlib.h>
#include <unistd.h>

static void free_memory(void **memory) { rf_free(*memory); }

RF_TEST(sound) {
    RF_CLEANUP(free_memory) void *memory = rf_alloc(1);
    rf_check(memory);
    RF_CLEANUP(free_memory) void *more = rf_alloc(1);
    rf_check(more);
}

RF_TEST(false_claim) { rf_check(1 + 1 == 3); }

RF_TEST(false_text) { rf_check_text(RF_SLICE("this"), RF_SLICE("that")); }

RF_TEST(leak_always) {
    void *lost = rf_alloc(1);
    rf_check(lost);
}

/* Right as long as memory lasts. */
RF_TEST(leak_on_failure) {
    void *first = rf_alloc(1);
    void *second = first ? rf_alloc(1) : NULL;
    if (second) {
        rf_free(first);
        rf_free(second);
    }
}

RF_TEST(crash_on_failure) {
    RF_CLEANUP(free_memory) void *memory = rf_alloc(1);
    if (!memory)
        abort();
}

RF_TEST(file_left_open) {
    int file = dup(0);
    rf_check(file >= 0);
}
