/* heap.c: where objects live: nursery chunks, old chunks, large objects, and the book of old objects that point to young ones. */
#include "script/fusabi/heap.h"

#include <assert.h>

static size_t clamp(size_t value, size_t low, size_t high) { return value < low ? low : value > high ? high : value; }

void rf_fus_heap_init(rf_fus_heap *heap, size_t limit_bytes) {
    *heap = (rf_fus_heap){ .full_at = RF_FUS_FULL_MIN };
    rf_fus_heap_limit(heap, limit_bytes);
}

void rf_fus_heap_limit(rf_fus_heap *heap, size_t limit_bytes) {
    heap->limit_bytes = limit_bytes;
    heap->nursery_max = limit_bytes ? clamp(limit_bytes / 4, 2 * RF_FUS_CHUNK_MIN, RF_FUS_NURSERY_MAX) : RF_FUS_NURSERY_MAX;
}

rf_fus_chunk *rf_fus_chunk_new(size_t room) {
    rf_fus_chunk *chunk = rf_alloc(sizeof *chunk + room);
    if (chunk)
        *chunk = (rf_fus_chunk){ .room = room, .fill = chunk->bytes };
    return chunk;
}

void rf_fus_chunks_free(rf_fus_heap *heap, rf_fus_chunk *chunk) {
    while (chunk) {
        rf_fus_chunk *next = chunk->next;
        if (heap->stress)
            memset(chunk, 0xDB, sizeof *chunk + chunk->room);
        rf_free(chunk);
        chunk = next;
    }
}

static void free_large(rf_fus_heap *heap, rf_fus_large *large) {
    while (large) {
        rf_fus_large *next = large->next;
        if (heap->stress)
            memset(large, 0xDB, large->bytes);
        rf_free(large);
        large = next;
    }
}

void rf_fus_young_large_free(rf_fus_heap *heap) {
    free_large(heap, heap->young_large);
    heap->young_large = NULL;
    heap->young_large_bytes = 0;
}

void rf_fus_heap_done(rf_fus_heap *heap) {
    rf_fus_chunks_free(heap, heap->nursery);
    rf_fus_chunks_free(heap, heap->old);
    rf_fus_chunks_free(heap, heap->reserve);
    rf_fus_young_large_free(heap);
    free_large(heap, heap->old_large);
    rf_vec_done(&heap->remembered);
}

size_t rf_fus_heap_used(const rf_fus_heap *heap) {
    return rf_fus_nursery_used(heap) + rf_fus_old_used(heap) + heap->young_large_bytes + heap->old_large_bytes;
}

size_t rf_fus_heap_held(const rf_fus_heap *heap) {
    size_t held = heap->nursery_held + heap->old_held + heap->young_large_bytes + heap->old_large_bytes
                  + heap->remembered.cap * sizeof *heap->remembered.items;
    for (const rf_fus_chunk *chunk = heap->reserve; chunk; chunk = chunk->next)
        held += chunk->room;
    return held;
}

/* ---- The nursery ---- */

static rf_fus_chunk *kept_chunk(const rf_fus_heap *heap, size_t bytes) {
    rf_fus_chunk *chunk = heap->nursery_now ? heap->nursery_now->next : heap->nursery;
    while (chunk && chunk->room < bytes)
        chunk = chunk->next;
    return chunk;
}

static size_t next_room(const rf_fus_heap *heap, size_t bytes) {
    size_t room = clamp(heap->nursery_held, RF_FUS_CHUNK_MIN - sizeof(rf_fus_chunk), RF_FUS_NURSERY_MAX / 2);
    return room < bytes ? rf_fus_round(bytes) : room;
}

bool rf_fus_nursery_full(const rf_fus_heap *heap, size_t bytes) {
    return heap->young_large_bytes > heap->nursery_max
           || (!kept_chunk(heap, bytes) && heap->nursery_held + next_room(heap, bytes) > heap->nursery_max);
}

static void enter_chunk(rf_fus_heap *heap, rf_fus_chunk *chunk) {
    heap->nursery_closed = rf_fus_nursery_used(heap);
    heap->nursery_now = chunk;
    heap->next = chunk->bytes;
    heap->limit = chunk->bytes + chunk->room;
    heap->end = heap->stress ? heap->next : heap->limit;
}

static bool within(rf_fus_heap *heap, size_t bytes, size_t most) {
    size_t used = rf_fus_heap_used(heap);
    bool fits = used <= most && bytes <= most - used;
    heap->over_limit = !fits;
    return fits;
}

bool rf_fus_nursery_extend(rf_fus_heap *heap, size_t bytes, size_t most) {
    assert(bytes <= RF_FUS_LARGE_BYTES);
    rf_fus_chunk *chunk = kept_chunk(heap, bytes);
    if (chunk) {
        enter_chunk(heap, chunk);
        return true;
    }
    size_t room = next_room(heap, bytes);
    if (!within(heap, room, most)) {
        room = clamp(bytes, RF_FUS_CHUNK_MIN, RF_FUS_LARGE_BYTES);
        if (!within(heap, room, most))
            return false;
    }
    chunk = rf_fus_chunk_new(room);
    if (!chunk)
        return false;
    rf_fus_chunk **link = heap->nursery_now ? &heap->nursery_now->next : &heap->nursery;
    while (*link)
        link = &(*link)->next; /* behind kept ones that are too small */
    *link = chunk;
    heap->nursery_held += room;
    enter_chunk(heap, chunk);
    return true;
}

void rf_fus_nursery_reset(rf_fus_heap *heap) {
    rf_fus_chunk **link = &heap->nursery;
    size_t held = 0;
    heap->allocated_bytes += rf_fus_nursery_used(heap);
    while (*link && held + (*link)->room <= heap->nursery_max) {
        held += (*link)->room;
        if (heap->stress)
            memset((*link)->bytes, 0xDB, (*link)->room);
        link = &(*link)->next;
    }
    rf_fus_chunks_free(heap, *link);
    *link = NULL;
    heap->nursery_held = held;
    heap->nursery_closed = 0;
    heap->nursery_now = NULL;
    heap->next = heap->end = heap->limit = NULL;
    if (heap->nursery)
        enter_chunk(heap, heap->nursery);
}

rf_fus_object *rf_fus_large_new(rf_fus_heap *heap, size_t bytes, size_t most) {
    size_t block = sizeof(rf_fus_large) + bytes;
    if (block < bytes || !within(heap, block, most))
        return NULL;
    rf_fus_large *large = rf_alloc(block);
    if (!large)
        return NULL;
    *large = (rf_fus_large){ .next = heap->young_large, .bytes = block };
    heap->young_large = large;
    heap->young_large_bytes += block;
    heap->allocated_bytes += block;
    return large->object;
}

/* ---- Old space ---- */

static size_t reserve_has(const rf_fus_heap *heap) {
    size_t sum = 0; /* the end of each chunk may stay empty: the next object may have up to RF_FUS_LARGE_BYTES */
    for (const rf_fus_chunk *chunk = heap->reserve; chunk; chunk = chunk->next)
        sum += chunk->room > RF_FUS_LARGE_BYTES ? chunk->room - RF_FUS_LARGE_BYTES : 0;
    return sum;
}

static bool reserve_add(rf_fus_heap *heap, size_t room) {
    rf_fus_chunk *chunk = rf_fus_chunk_new(room);
    if (!chunk)
        return false;
    chunk->next = heap->reserve;
    heap->reserve = chunk;
    return true;
}

bool rf_fus_old_reserve(rf_fus_heap *heap, size_t bytes) {
    if ((size_t)(heap->old_end - heap->old_next) >= bytes || (heap->reserve && heap->reserve->room >= bytes))
        return true;
    if (reserve_has(heap) >= bytes)
        return true;
    if (bytes <= RF_FUS_OLD_CHUNK_MAX) {
        size_t room = clamp(heap->old_held / 2, RF_FUS_CHUNK_MIN - sizeof(rf_fus_chunk), RF_FUS_OLD_CHUNK_MAX);
        return reserve_add(heap, room < bytes ? bytes : room);
    }
    size_t room = clamp(bytes / 16, RF_FUS_OLD_CHUNK_MAX, RF_FUS_OLD_CHUNK_MAX * 16);
    while (reserve_has(heap) < bytes)
        if (!reserve_add(heap, room))
            return false;
    return true;
}

void *rf_fus_old_advance(rf_fus_heap *heap, size_t bytes) {
    while (RF_UNLIKELY((size_t)(heap->old_end - heap->old_next) < bytes)) {
        rf_fus_chunk *chunk = heap->reserve;
        assert(chunk); /* rf_fus_old_reserve has seen to it */
        heap->reserve = chunk->next;
        chunk->next = NULL;
        heap->old_closed = rf_fus_old_used(heap);
        if (heap->old_now) {
            heap->old_now->fill = heap->old_next;
            heap->old_now->next = chunk;
        } else {
            heap->old = chunk;
        }
        heap->old_now = chunk;
        heap->old_held += chunk->room;
        heap->old_next = chunk->bytes;
        heap->old_end = chunk->bytes + chunk->room;
    }
    void *memory = heap->old_next;
    heap->old_next += bytes;
    return memory;
}

void rf_fus_old_reuse(rf_fus_heap *heap, rf_fus_chunk *chunk, size_t keep) {
    size_t kept = 0;
    for (rf_fus_chunk **link = &heap->reserve; *link;) { /* what was reserved and not needed */
        kept += (*link)->room;
        if (kept <= keep) {
            link = &(*link)->next;
            continue;
        }
        rf_fus_chunks_free(heap, *link);
        *link = NULL;
    }
    while (chunk) {
        rf_fus_chunk *next = chunk->next;
        kept += chunk->room;
        chunk->next = kept <= keep ? heap->reserve : NULL;
        if (kept > keep) {
            rf_fus_chunks_free(heap, chunk);
        } else {
            if (heap->stress)
                memset(chunk->bytes, 0xDB, chunk->room);
            heap->reserve = chunk;
        }
        chunk = next;
    }
}

void rf_fus_remember(rf_fus_heap *heap, rf_fus_object *object) {
    if (!rf_vec_push(&heap->remembered, object)) {
        heap->remember_lost = true; /* the next collection looks at everything */
        return;
    }
    object->flags |= RF_FUS_REMEMBERED;
}

/* ---- Objects ---- */

const rf_fus_layout rf_fus_layouts[RF_FUS_T_HOST + 1] = {
    [RF_FUS_T_BIGINT] = { sizeof(rf_fus_bigint), 0, 1, 0, 0 },
    [RF_FUS_T_STRING] = { sizeof(rf_fus_string) + 1, 1, 1, 0, 0 },
    [RF_FUS_T_ROPE] = { sizeof(rf_fus_rope), 0, 1, 2, 0 },
    [RF_FUS_T_CONS] = { sizeof(rf_fus_cons), 0, 1, 2, 0 },
    [RF_FUS_T_TUPLE] = { sizeof(rf_fus_items), 8, 1, 0, 1 },
    [RF_FUS_T_ARRAY] = { sizeof(rf_fus_items), 8, 1, 0, 1 },
    [RF_FUS_T_RECORD] = { sizeof(rf_fus_record), 8, 2, 0, 1 },
    [RF_FUS_T_DICT] = { sizeof(rf_fus_items), 16, 1, 0, 2 },
    [RF_FUS_T_MAP] = { sizeof(rf_fus_map), 0, 1, 1, 0 },
    [RF_FUS_T_MAP_NODE] = { sizeof(rf_fus_map_node), 0, 1, 4, 0 },
    [RF_FUS_T_VARIANT] = { sizeof(rf_fus_variant), 8, 2, 0, 1 },
    [RF_FUS_T_CLOSURE] = { sizeof(rf_fus_closure), 8, 3, 0, 1 },
    [RF_FUS_T_NATIVE] = { sizeof(rf_fus_native_value), 0, 1, 0, 0 },
    [RF_FUS_T_PARTIAL] = { sizeof(rf_fus_partial), 8, 1, 1, 1 },
    [RF_FUS_T_CELL] = { sizeof(rf_fus_cell), 0, 1, 1, 0 },
    [RF_FUS_T_HOST] = { sizeof(rf_fus_host_value), 0, 1, 0, 0 },
};
