/* heap.h: the memory of one JavaScript VM: small blocks from chunks, all of it given back at once. */
#ifndef RF_SCRIPT_JAVASCRIPT_HEAP_H
#define RF_SCRIPT_JAVASCRIPT_HEAP_H

#include "riffle/base.h"

#include <quickjs/quickjs.h>
#include <setjmp.h>
#include <stdbool.h>

#define RF_JS_HEAP_STEP 16u     /* small blocks come in multiples of this */
#define RF_JS_HEAP_CLASSES 33u  /* up to 512 bytes; class 0 is not used */

/*
 * One thread at a time. Chunks and large blocks come from rf_alloc. The engine is never taken apart piece by piece:
 * rf_js_heap_done() ends everything in it, whatever state an error left it in.
 *
 * The engine does not survive a failed allocation in all places. It need not: while `guarded`, a failure jumps to
 * `escape` at once, past the engine's frames. From then on nothing in this heap may be touched, only given back.
 * Functions of ours that the engine calls must therefore own nothing outside arenas and the interpreter's struct.
 */
typedef struct rf_js_heap {
    struct rf_js_chunk *chunks;
    struct rf_js_large *large;
    char *next; /* first free byte of the newest chunk */
    char *end;
    void *free[RF_JS_HEAP_CLASSES];
    size_t held_bytes;    /* chunks and large blocks together */
    size_t live_bytes;    /* what is in use */
    bool refused;         /* the limit turned an allocation away */
    bool failed;          /* the system had no memory */
    bool guarded;         /* `escape` is set: whoever runs the engine wants to be told that way */
    bool overtime;        /* the jump to `escape` was made because time was up (overtime.h) */
    jmp_buf escape;
    uint64_t fail_every;  /* tests: each n-th allocation fails; 0: none */
    uint64_t allocations; /* counted while fail_every is set */
    uint64_t allocated_bytes; /* ever, what was freed again too */
} rf_js_heap;

/* A zeroed heap. `reserve_bytes` are taken at once, so that what follows need not handle failure up to there. False: no memory. */
bool rf_js_heap_init(rf_js_heap *heap, size_t reserve_bytes) RF_NODISCARD;
void rf_js_heap_done(rf_js_heap *heap);
/* The functions for JS_NewRuntime2; their opaque is the heap. */
const JSMallocFunctions *rf_js_heap_functions(void);

#endif
