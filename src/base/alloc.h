/* alloc.h: the one door to the heap: counted, and able to fail on order. */
#ifndef RF_BASE_ALLOC_H
#define RF_BASE_ALLOC_H

#include "riffle/base.h"

#include <stdbool.h>

/* `size` bytes, or NULL. Zero sizes give a pointer that can be freed. */
void *rf_alloc(size_t size) RF_NODISCARD;
/* As rf_alloc, zeroed; `count * size` that overflows gives NULL. */
void *rf_alloc_zero(size_t count, size_t size) RF_NODISCARD;
/* As realloc; on NULL the old memory stays valid. */
void *rf_realloc(void *memory, size_t size) RF_NODISCARD;
/* NULL is fine. */
void rf_free(void *memory);
/* A heap copy of `text` with a terminating NUL, or NULL. */
char *rf_strdup(const char *text) RF_NODISCARD;
char *rf_strndup(const char *text, size_t len) RF_NODISCARD;

/* `a + b` or `a * b` into *ret; true when it does not fit. */
static inline bool rf_add_overflow(size_t a, size_t b, size_t *ret) { return __builtin_add_overflow(a, b, ret); }
static inline bool rf_mul_overflow(size_t a, size_t b, size_t *ret) { return __builtin_mul_overflow(a, b, ret); }

/* For tests: the n-th allocation from now on (1 = the next) fails, and every later one too
 * when `and_later`; 0 ends it. Thread: any, but tests call it while one thread runs. */
void rf_alloc_fail_at(uint64_t n, bool and_later);
/* Whether one has failed by that: for claims that hold only when memory did not run out. */
bool rf_alloc_has_failed(void);
/* Allocations since the last rf_alloc_fail_at() while they were watched; live blocks now (to prove nothing leaks). */
uint64_t rf_alloc_count(void);
uint64_t rf_alloc_live(void);
/* Counts from now on, or no longer, and says whether it did: for measuring, which counts in a pass of its own because counting costs.
 * Leaves counts and fault plan as they are; blocks that come or go uncounted make rf_alloc_live() good for differences only. */
bool rf_alloc_watch(bool on);

#endif
