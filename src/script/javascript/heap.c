/* heap.c: see heap.h. Scripts make and drop many small strings: a free list each size costs a few instructions. */
#include "script/javascript/heap.h"

#include "base/alloc.h"

#include <assert.h>

#define SMALL_MAX (RF_JS_HEAP_STEP * (RF_JS_HEAP_CLASSES - 1u))
#define CHUNK_BYTES ((size_t)64 << 10)

struct rf_js_chunk { struct rf_js_chunk *next; };

/* In front of every block: its class, or 0 for a large one. */
typedef struct block_head { uint64_t size_class; } block_head;

struct rf_js_large {
    struct rf_js_large *prev, *next;
    size_t size;
    block_head head; /* last, so that it stands where a small block's head stands */
};

static block_head *head_of(const void *memory) { return (block_head *)(uintptr_t)memory - 1; }
static struct rf_js_large *large_of(const void *memory) {
    return (struct rf_js_large *)((uintptr_t)memory - sizeof(struct rf_js_large));
}

static bool add_chunk(rf_js_heap *heap, size_t bytes) {
    struct rf_js_chunk *chunk = rf_alloc(bytes);
    if (!chunk)
        return false;
    chunk->next = heap->chunks;
    heap->chunks = chunk;
    heap->next = (char *)(chunk + 1);
    heap->end = (char *)chunk + bytes;
    heap->held_bytes += bytes;
    return true;
}

bool rf_js_heap_init(rf_js_heap *heap, size_t reserve_bytes) {
    assert(heap && reserve_bytes > sizeof(struct rf_js_chunk));
    assert(!heap->chunks); /* zeroed, but for `escape` */
    return add_chunk(heap, reserve_bytes);
}

void rf_js_heap_done(rf_js_heap *heap) {
    while (heap->chunks) {
        struct rf_js_chunk *chunk = heap->chunks;
        heap->chunks = chunk->next;
        rf_free(chunk);
    }
    while (heap->large) {
        struct rf_js_large *large = heap->large;
        heap->large = large->next;
        rf_free(large);
    }
    *heap = (rf_js_heap){ 0 };
}

static size_t usable_size(const void *memory) {
    if (!memory)
        return 0;
    size_t size_class = head_of(memory)->size_class;
    return size_class ? size_class * RF_JS_HEAP_STEP : large_of(memory)->size;
}

/* What one block counts against the limit. */
static size_t charge_of(const void *memory) { return usable_size(memory) + sizeof(block_head); }

static void *take_small(rf_js_heap *heap, size_t size_class) {
    void *memory = heap->free[size_class];
    if (RF_LIKELY(memory)) {
        heap->free[size_class] = *(void **)memory;
        return memory;
    }
    size_t room = sizeof(block_head) + size_class * RF_JS_HEAP_STEP;
    if ((size_t)(heap->end - heap->next) < room && !add_chunk(heap, CHUNK_BYTES)) {
        heap->failed = true;
        return NULL;
    }
    block_head *head = (block_head *)(void *)heap->next;
    heap->next += room;
    head->size_class = size_class;
    return head + 1;
}

static void *take_large(rf_js_heap *heap, size_t size) {
    size_t room;
    struct rf_js_large *large = NULL;
    if (!__builtin_add_overflow(size, sizeof *large, &room))
        large = rf_alloc(room);
    if (!large) {
        heap->failed = true;
        return NULL;
    }
    *large = (struct rf_js_large){ .next = heap->large, .size = size };
    if (heap->large)
        heap->large->prev = large;
    heap->large = large;
    heap->held_bytes += size;
    return large + 1;
}

static bool injected_failure(rf_js_heap *heap) {
    return RF_UNLIKELY(heap->fail_every) && ++heap->allocations % heap->fail_every == 0;
}

static bool allowed(rf_js_heap *heap, const JSMallocState *state, size_t more) {
    if (injected_failure(heap)) {
        heap->failed = true;
        return false;
    }
    if (RF_LIKELY(more <= state->malloc_limit && state->malloc_size <= state->malloc_limit - more))
        return true;
    heap->refused = true;
    return false;
}

/* What a failed allocation answers, if anything. */
static void *no_memory(rf_js_heap *heap) {
    if (heap->guarded)
        longjmp(heap->escape, 1);
    return NULL;
}

static void *heap_malloc(JSMallocState *state, size_t size) {
    rf_js_heap *heap = state->opaque;
    assert(size > 0);
    if (!allowed(heap, state, size))
        return no_memory(heap);
    void *memory = size <= SMALL_MAX ? take_small(heap, (size + RF_JS_HEAP_STEP - 1) / RF_JS_HEAP_STEP)
                                     : take_large(heap, size);
    if (!memory)
        return no_memory(heap);
    state->malloc_count++;
    size_t charge = charge_of(memory);
    state->malloc_size += charge;
    heap->live_bytes = state->malloc_size;
    heap->allocated_bytes += charge;
    return memory;
}

static void heap_free(JSMallocState *state, void *memory) {
    rf_js_heap *heap = state->opaque;
    if (!memory)
        return;
    state->malloc_count--;
    state->malloc_size -= charge_of(memory);
    heap->live_bytes = state->malloc_size;
    size_t size_class = head_of(memory)->size_class;
    if (size_class) {
        *(void **)memory = heap->free[size_class];
        heap->free[size_class] = memory;
        return;
    }
    struct rf_js_large *large = large_of(memory);
    heap->held_bytes -= large->size;
    if (large->prev)
        large->prev->next = large->next;
    else
        heap->large = large->next;
    if (large->next)
        large->next->prev = large->prev;
    rf_free(large);
}

/* A large block that stays large is resized by the system, which may move pages instead of bytes. */
static void *resize_large(rf_js_heap *heap, JSMallocState *state, void *memory, size_t size) {
    struct rf_js_large *old = large_of(memory);
    size_t old_size = old->size, room;
    struct rf_js_large *large = __builtin_add_overflow(size, sizeof *old, &room) ? NULL : rf_realloc(old, room);
    if (!large) {
        heap->failed = true;
        return no_memory(heap);
    }
    large->size = size;
    if (large->prev)
        large->prev->next = large;
    else
        heap->large = large;
    if (large->next)
        large->next->prev = large;
    heap->held_bytes = heap->held_bytes - old_size + size;
    heap->allocated_bytes += size > old_size ? size - old_size : 0;
    state->malloc_size = state->malloc_size - old_size + size;
    return large + 1;
}

static void *heap_realloc(JSMallocState *state, void *memory, size_t size) {
    rf_js_heap *heap = state->opaque;
    if (!memory)
        return size ? heap_malloc(state, size) : NULL;
    if (size == 0) {
        heap_free(state, memory);
        return NULL;
    }
    size_t old_size = usable_size(memory);
    bool small = head_of(memory)->size_class != 0;
    if (small && size <= old_size && size + RF_JS_HEAP_STEP > old_size)
        return memory;
    if (!small && size > SMALL_MAX) {
        if (size > old_size && !allowed(heap, state, size - old_size))
            return no_memory(heap);
        return resize_large(heap, state, memory, size);
    }
    void *moved = heap_malloc(state, size);
    if (!moved)
        return NULL;
    memcpy(moved, memory, size < old_size ? size : old_size);
    heap_free(state, memory);
    return moved;
}

const JSMallocFunctions *rf_js_heap_functions(void) {
    static const JSMallocFunctions functions = { heap_malloc, heap_free, heap_realloc, usable_size };
    return &functions;
}
