/* heap.h: the memory of one VM: a nursery, old space, large objects; who moves and who stays. */
#ifndef RF_SCRIPT_FUSABI_HEAP_H
#define RF_SCRIPT_FUSABI_HEAP_H

#include "base/vec.h"
#include "observe/exposition.h"
#include "script/fusabi/value.h"

/*
 * Objects begin in the nursery: chunks that a pointer runs through. When it is full, a minor collection (collect.c) copies
 * what is reachable to old space. A host call's end empties it by setting the pointer back, unless something in it can still
 * be reached: then later calls carry it on, until a collection is worth while. When old space has doubled, a full collection copies both into fresh chunks. Objects of more than
 * RF_FUS_LARGE_BYTES are allocated alone and never move. Collections happen at safepoints of the interpreter only: an
 * allocation by an instruction, a poll, behind a native; natives themselves extend the nursery past its bound.
 */
#define RF_FUS_LARGE_BYTES ((size_t)8192)
#define RF_FUS_CHUNK_MIN ((size_t)4096)
#define RF_FUS_NURSERY_MAX ((size_t)1 << 20)
#define RF_FUS_OLD_CHUNK_MAX ((size_t)1 << 20)
#define RF_FUS_FULL_MIN ((size_t)64 << 10) /* less than this in old space is not worth a full collection */

typedef struct rf_fus_chunk {
    struct rf_fus_chunk *next;
    size_t room;   /* bytes for objects */
    char *fill;    /* old space: end of its objects, once the next chunk has begun */
    uint64_t pad;
    char bytes[];
} rf_fus_chunk;

typedef struct rf_fus_large {
    struct rf_fus_large *next;
    struct rf_fus_large *next_gray; /* during a collection: marked, not yet scanned */
    size_t bytes;
    rf_fus_object object[];
} rf_fus_large;

typedef struct rf_fus_heap {
    /* The nursery. `end` is as `limit`, or as `next` when every allocation is to be noticed (rf_fus_heap.stress). */
    char *next, *end, *limit;
    rf_fus_chunk *nursery, *nursery_now; /* all chunks; the one that is being filled */
    size_t nursery_held, nursery_closed; /* room of all chunks; used in those before nursery_now */
    size_t nursery_max;                  /* beyond it a collection is due */
    /* Old space. */
    char *old_next, *old_end;
    rf_fus_chunk *old, *old_now, *reserve; /* `reserve`: empty ones, for the next collections */
    size_t old_held, old_closed;
    /* Large objects: young ones have not survived a collection. */
    rf_fus_large *young_large, *old_large, *gray;
    size_t young_large_bytes, old_large_bytes;
    /* Old objects that may point into the nursery, each flagged RF_FUS_REMEMBERED. */
    RF_VEC(rf_fus_object *) remembered;
    bool remember_lost; /* one could not be recorded: only a full collection is right now */
    bool roots_dirty;   /* a root outside the stack (hold, state, global) may point into the nursery */
    bool stress;        /* tests: a full collection at every safepoint, freed memory overwritten */
    bool over_limit;    /* the last failed allocation was refused for the limit */
    size_t limit_bytes; /* 0: none. At safepoints no more than this; natives may go to twice as much */
    size_t full_at;     /* old bytes at which a full collection is due */
    uint64_t allocated_bytes; /* ever, but for what is in the nursery now */
    uint64_t minor_count, full_count, longest_pause_ns;
    rf_bounds pauses; /* of collections, ns */
} rf_fus_heap;

void rf_fus_heap_init(rf_fus_heap *heap, size_t limit_bytes);
void rf_fus_heap_done(rf_fus_heap *heap);
void rf_fus_heap_limit(rf_fus_heap *heap, size_t limit_bytes);

static inline size_t rf_fus_nursery_used(const rf_fus_heap *heap) {
    return heap->nursery_closed + (heap->nursery_now ? (size_t)(heap->next - heap->nursery_now->bytes) : 0);
}
static inline size_t rf_fus_old_used(const rf_fus_heap *heap) {
    return heap->old_closed + (heap->old_now ? (size_t)(heap->old_next - heap->old_now->bytes) : 0);
}
size_t rf_fus_heap_used(const rf_fus_heap *heap); /* garbage included */
size_t rf_fus_heap_held(const rf_fus_heap *heap);

/* Room for `bytes` more in the nursery at `next`: the next kept chunk, or a new one. False: no memory, or past `most` bytes
 * in use (then over_limit is set). `bytes` <= RF_FUS_LARGE_BYTES. */
bool rf_fus_nursery_extend(rf_fus_heap *heap, size_t bytes, size_t most);
/* True when the nursery's next chunk would go beyond its bound. */
bool rf_fus_nursery_full(const rf_fus_heap *heap, size_t bytes);
/* Everything in it is gone; chunks past the bound go back to the system. */
void rf_fus_nursery_reset(rf_fus_heap *heap);
void rf_fus_young_large_free(rf_fus_heap *heap);
/* A young large object of `bytes`, uninitialised; NULL as above. */
rf_fus_object *rf_fus_large_new(rf_fus_heap *heap, size_t bytes, size_t most);

/* Old space makes sure that `bytes` can be copied into it without another allocation. */
bool rf_fus_old_reserve(rf_fus_heap *heap, size_t bytes);
/* During a collection; cannot fail after rf_fus_old_reserve. */
void *rf_fus_old_advance(rf_fus_heap *heap, size_t bytes);
static inline void *rf_fus_old_room(rf_fus_heap *heap, size_t bytes) {
    if (RF_UNLIKELY((size_t)(heap->old_end - heap->old_next) < bytes))
        return rf_fus_old_advance(heap, bytes);
    void *memory = heap->old_next;
    heap->old_next += bytes;
    return memory;
}
/* Chunks that have become empty wait for the next collections, as far as `keep` bytes go; the others are freed. */
void rf_fus_old_reuse(rf_fus_heap *heap, rf_fus_chunk *chunk, size_t keep);
/* Frees a list of chunks (overwritten before, under stress). */
void rf_fus_chunks_free(rf_fus_heap *heap, rf_fus_chunk *chunk);
rf_fus_chunk *rf_fus_chunk_new(size_t room);

static inline size_t rf_fus_round(size_t bytes) { return (bytes + 7u) & ~(size_t)7u; }
/* How an object of each type is laid out: `base` bytes and `item` more for each of head.length; `skip` words, then `fixed`
 * values and `per` more for each. No object has two runs of values. */
typedef struct rf_fus_layout { uint8_t base, item, skip, fixed, per; } rf_fus_layout;
extern const rf_fus_layout rf_fus_layouts[RF_FUS_T_HOST + 1];
/* Size of an object from its head. */
static inline size_t rf_fus_object_bytes(const rf_fus_object *object) {
    const rf_fus_layout *layout = &rf_fus_layouts[object->type];
    size_t bytes = rf_fus_round(layout->base + (size_t)layout->item * object->length);
    return bytes < 16 ? 16 : bytes;
}
/* Its run of values. */
static inline rf_fus_value *rf_fus_object_slots(rf_fus_object *object, size_t *ret_count) {
    const rf_fus_layout *layout = &rf_fus_layouts[object->type];
    *ret_count = layout->fixed + (size_t)layout->per * object->length;
    return (rf_fus_value *)object + layout->skip;
}

static inline bool rf_fus_is_young(rf_fus_value v) {
    return rf_fus_is_object(v) && !(rf_fus_object_of(v)->flags & (RF_FUS_OLD | RF_FUS_STATIC));
}
/* Puts an old object into the remembered set. */
void rf_fus_remember(rf_fus_heap *heap, rf_fus_object *object);
/* Behind every store into an object that may be old. */
static inline void rf_fus_barrier(rf_fus_heap *heap, rf_fus_object *object, rf_fus_value value) {
    if ((object->flags & (RF_FUS_OLD | RF_FUS_REMEMBERED)) == RF_FUS_OLD && rf_fus_is_young(value))
        rf_fus_remember(heap, object);
}

#endif
