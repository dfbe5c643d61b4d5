/* alloc.c: the heap behind one door, with a fault plan for tests. */
#include "base/alloc.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_BYTES 1024u

/*
 * The one module with mutable file-scope state: a fault plan must reach every allocation of
 * the process without each caller carrying a pointer to it. In service `watched` stays false
 * and costs one predictable branch on a line that no thread writes; the counters behind it
 * are touched by tests only, so relaxed order is enough.
 */
static atomic_bool watched;
static atomic_bool fails_later;
static _Atomic uint64_t fail_at;
static _Atomic uint64_t alloc_count;
static _Atomic uint64_t live_count;

static inline bool is_watched(void) { return RF_UNLIKELY(atomic_load_explicit(&watched, memory_order_relaxed)); }

/* No object can be larger; a size like that comes from arithmetic that went wrong. */
static inline bool is_absurd(size_t size) { return RF_UNLIKELY(size > PTRDIFF_MAX); }

/* Counts one allocation; true when the plan says that it fails. */
static bool must_fail(void) {
    uint64_t now = atomic_fetch_add_explicit(&alloc_count, 1, memory_order_relaxed) + 1;
    uint64_t at = atomic_load_explicit(&fail_at, memory_order_relaxed);
    if (at == 0 || now < at)
        return false;
    return now == at || atomic_load_explicit(&fails_later, memory_order_relaxed);
}

static void count_live(const void *memory, uint64_t change) {
    if (memory)
        atomic_fetch_add_explicit(&live_count, change, memory_order_relaxed);
}

void *rf_alloc(size_t size) {
    if (is_absurd(size))
        return NULL;
    if (!is_watched())
        return malloc(size ? size : 1);
    void *memory = must_fail() ? NULL : malloc(size ? size : 1);
    count_live(memory, 1);
    return memory;
}

void *rf_alloc_zero(size_t count, size_t size) {
    size_t bytes;
    if (rf_mul_overflow(count, size, &bytes) || is_absurd(bytes))
        return NULL;
    if (is_watched() && must_fail())
        return NULL;
    /* glibc's calloc leaves its caches of small blocks out, malloc does not. */
    void *memory = bytes <= SMALL_BYTES ? malloc(bytes ? bytes : 1) : calloc(1, bytes);
    if (memory && bytes <= SMALL_BYTES)
        memset(memory, 0, bytes);
    if (is_watched())
        count_live(memory, 1);
    return memory;
}

void *rf_realloc(void *memory, size_t size) {
    if (is_absurd(size))
        return NULL;
    if (!is_watched())
        return realloc(memory, size ? size : 1);
    bool fresh = !memory;
    void *grown = must_fail() ? NULL : realloc(memory, size ? size : 1);
    if (fresh)
        count_live(grown, 1);
    return grown;
}

void rf_free(void *memory) {
    if (is_watched())
        count_live(memory, (uint64_t)-1);
    free(memory);
}

char *rf_strdup(const char *text) {
    assert(text);
    return rf_strndup(text, strlen(text));
}

char *rf_strndup(const char *text, size_t len) {
    assert(text || len == 0);
    size_t bytes;
    char *copy = rf_add_overflow(len, 1, &bytes) ? NULL : rf_alloc(bytes);
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

void rf_alloc_fail_at(uint64_t n, bool and_later) {
    atomic_store_explicit(&fail_at, 0, memory_order_relaxed);
    atomic_store_explicit(&alloc_count, 0, memory_order_relaxed);
    atomic_store_explicit(&fails_later, and_later, memory_order_relaxed);
    atomic_store_explicit(&fail_at, n, memory_order_relaxed);
    atomic_store_explicit(&watched, true, memory_order_relaxed);
}

bool rf_alloc_has_failed(void) {
    uint64_t at = atomic_load_explicit(&fail_at, memory_order_relaxed);
    return at && atomic_load_explicit(&alloc_count, memory_order_relaxed) >= at;
}

uint64_t rf_alloc_count(void) { return atomic_load_explicit(&alloc_count, memory_order_relaxed); }

uint64_t rf_alloc_live(void) { return atomic_load_explicit(&live_count, memory_order_relaxed); }

bool rf_alloc_watch(bool on) { return atomic_exchange_explicit(&watched, on, memory_order_relaxed); }
