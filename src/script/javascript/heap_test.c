/* heap_test.c: the memory under an interpreter. */
#include "harness.h"

#include "script/javascript/heap.h"

RF_TEST(blocks_of_all_sizes_keep_their_bytes) {
    RF_CLEANUP(rf_js_heap_done) rf_js_heap heap = { 0 };
    const JSMallocFunctions *functions = rf_js_heap_functions();
    JSMallocState state = { .malloc_limit = SIZE_MAX, .opaque = &heap };
    unsigned char *blocks[200] = { 0 };
    rf_check(rf_js_heap_init(&heap, 4096));
    for (size_t i = 0; i < 200; i++) {
        blocks[i] = functions->js_malloc(&state, i * 13 + 1);
        rf_check(blocks[i]);
        memset(blocks[i], (int)i, i * 13 + 1);
    }
    for (size_t i = 0; i < 200; i++) {
        size_t size = (i * 31) % 3000 + 1, kept = size < i * 13 + 1 ? size : i * 13 + 1;
        unsigned char *moved = functions->js_realloc(&state, blocks[i], size);
        rf_check(moved && functions->js_malloc_usable_size(moved) >= size);
        rf_check(moved[0] == i && moved[kept - 1] == i);
        functions->js_free(&state, moved);
    }
    rf_check(state.malloc_count == 0 && state.malloc_size == 0);
}

RF_TEST(the_limit_refuses_and_says_so) {
    RF_CLEANUP(rf_js_heap_done) rf_js_heap heap = { 0 };
    const JSMallocFunctions *functions = rf_js_heap_functions();
    JSMallocState state = { .malloc_limit = 10000, .opaque = &heap };
    rf_check(rf_js_heap_init(&heap, 4096));
    void *block = functions->js_malloc(&state, 9000);
    rf_check(block && !heap.refused);
    rf_check(!functions->js_malloc(&state, 2000) && heap.refused);
    rf_check(!functions->js_realloc(&state, block, 20000));
    functions->js_free(&state, block);
    rf_check(functions->js_malloc(&state, 2000));
}
