/* collect.c: moving what is alive: minor collections empty the nursery, full ones everything. No recursion, no failing midway. */
#include "base/clock.h"
#include "observe/zone.h"
#include "script/fusabi/vm_internal.h"

#include <assert.h>

/* ---- Moving ---- */

static void mark_large(rf_fus_heap *heap, rf_fus_object *object) {
    rf_fus_large *large = (rf_fus_large *)(void *)((char *)object - sizeof(rf_fus_large));
    object->flags |= RF_FUS_MARKED;
    large->next_gray = heap->gray;
    heap->gray = large;
}

static inline rf_fus_object *copy(rf_fus_heap *heap, rf_fus_object *from) {
    if (from->type == RF_FUS_T_CONS) { /* most of what survives */
        rf_fus_cons *cell = rf_fus_old_room(heap, sizeof *cell);
        *cell = *(const rf_fus_cons *)(const void *)from;
        cell->head.flags = RF_FUS_OLD;
        return &cell->head;
    }
    size_t bytes = rf_fus_object_bytes(from);
    rf_fus_object *to = rf_fus_old_room(heap, bytes);
    memcpy(to, from, bytes);
    to->flags = RF_FUS_OLD;
    return to;
}

/* What a slot points to is moved, or marked; the slot follows. In a full collection each slot must be visited once. */
static inline __attribute__((always_inline)) void visit(rf_fus_heap *heap, rf_fus_value *slot, bool full) {
    const unsigned stays = full ? RF_FUS_STATIC | RF_FUS_MARKED : RF_FUS_OLD | RF_FUS_STATIC | RF_FUS_MARKED;
    while (rf_fus_is_object(*slot)) {
        rf_fus_object *object = rf_fus_object_of(*slot);
        if (object->flags & stays)
            return;
        rf_fus_value *forward = (rf_fus_value *)(object + 1);
        if (object->flags & RF_FUS_FORWARDED) {
            *slot = *forward;
            return;
        }
        if (object->flags & RF_FUS_LARGE) {
            mark_large(heap, object);
            return;
        }
        if (object->type == RF_FUS_T_ROPE && ((rf_fus_rope *)(void *)object)->right == RF_FUS_UNIT) {
            *slot = *forward; /* a rope made flat: what it was made to stands for it */
            continue;
        }
        *slot = rf_fus_of_object(copy(heap, object));
        object->flags |= RF_FUS_FORWARDED;
        *forward = *slot;
        return;
    }
}

static inline __attribute__((always_inline)) void visit_run(rf_fus_heap *heap, rf_fus_value *slots, size_t count, bool full) {
    for (size_t i = 0; i < count; i++)
        visit(heap, &slots[i], full);
}

static inline __attribute__((always_inline)) void visit_object(rf_fus_heap *heap, rf_fus_object *object, bool full) {
    size_t count;
    rf_fus_value *slots = rf_fus_object_slots(object, &count);
    visit_run(heap, slots, count, full);
}

/* A place in old space. */
typedef struct place { rf_fus_chunk *chunk; char *at; } place;

static place here(const rf_fus_heap *heap) { return (place){ heap->old_now, heap->old_next }; }

/* Visits all that was copied since `from`, and what that brings, until nothing new comes. */
static inline __attribute__((always_inline)) void visit_copied(rf_fus_heap *heap, place from, bool full) {
    if (!from.chunk && heap->old)
        from = (place){ heap->old, heap->old->bytes };
    for (;;) {
        while (from.chunk && from.at != (from.chunk == heap->old_now ? heap->old_next : from.chunk->fill)) {
            rf_fus_object *object = (rf_fus_object *)(void *)from.at;
            from.at += rf_fus_object_bytes(object);
            visit_object(heap, object, full);
        }
        if (from.chunk && from.chunk->next) {
            from = (place){ from.chunk->next, from.chunk->next->bytes };
        } else if (heap->gray) {
            rf_fus_large *large = heap->gray;
            heap->gray = large->next_gray;
            visit_object(heap, large->object, full);
            if (!from.chunk && heap->old)
                from = (place){ heap->old, heap->old->bytes };
        } else {
            return;
        }
    }
}

/* ---- Roots ---- */

static void visit_slots(rf_fus_heap *heap, rf_fus_value *slots, size_t count, bool full) {
    if (full)
        visit_run(heap, slots, count, true);
    else
        visit_run(heap, slots, count, false);
}

static void visit_stack(rf_fus_vm *vm, bool full) {
    rf_fus_heap *heap = &vm->heap;
    rf_fus_value *from = full ? vm->stack : rf_fus_stack_changed(vm);
    visit_slots(heap, from, (size_t)(rf_fus_stack_top(vm) - from), full);
    for (rf_fus_stack *outgrown = vm->outgrown; outgrown; outgrown = outgrown->next)
        visit_slots(heap, outgrown->values, outgrown->count, full);
    for (rf_fus_frame *frame = vm->frames + (full ? 0 : vm->marked); frame <= vm->fp; frame++) {
        rf_fus_value closure = rf_fus_of_object(frame->closure);
        visit_slots(heap, &closure, 1, full);
        frame->closure = RF_FUS_AS(rf_fus_closure, closure);
    }
}

static void visit_roots(rf_fus_vm *vm, bool full) {
    rf_fus_heap *heap = &vm->heap;
    visit_stack(vm, full);
    visit_slots(heap, &vm->result, 1, full);
    visit_slots(heap, &vm->exception, 1, full);
    visit_slots(heap, &vm->scratch, 1, full);
    visit_slots(heap, vm->keeps.items, vm->keeps.count, full);
    if (!full && !heap->roots_dirty)
        return;
    visit_slots(heap, vm->states, RF_FUS_STATE_COUNT, full);
    visit_slots(heap, vm->holds.items, vm->holds.count, full);
    for (rf_fus_instance *instance = vm->instances; instance; instance = instance->next) {
        if (full || instance->dirty)
            visit_slots(heap, instance->globals, instance->program->global_count, full);
        instance->dirty = false;
    }
    heap->roots_dirty = false;
}

/* ---- After it ---- */

/* Marked ones become (or stay) old, the others are freed. */
static void sweep_large(rf_fus_heap *heap, rf_fus_large *list) {
    while (list) {
        rf_fus_large *next = list->next;
        if (list->object->flags & RF_FUS_MARKED) {
            list->object->flags = RF_FUS_OLD | RF_FUS_LARGE;
            list->next = heap->old_large;
            heap->old_large = list;
            heap->old_large_bytes += list->bytes;
        } else {
            if (heap->stress)
                memset(list, 0xDB, list->bytes);
            rf_free(list);
        }
        list = next;
    }
}

static void sweep_young_large(rf_fus_heap *heap) {
    rf_fus_large *list = heap->young_large;
    heap->young_large = NULL;
    heap->young_large_bytes = 0;
    sweep_large(heap, list);
}

static void forget(rf_fus_heap *heap) {
    heap->remembered.count = 0;
    heap->remember_lost = false;
}

#ifndef NDEBUG
static bool is_sound(rf_fus_value v) {
    if (!rf_fus_is_object(v))
        return true;
    const rf_fus_object *object = rf_fus_object_of(v);
    return object->type >= RF_FUS_T_BIGINT && object->type <= RF_FUS_T_HOST && (object->flags & (RF_FUS_OLD | RF_FUS_STATIC))
           && !(object->flags & (RF_FUS_FORWARDED | RF_FUS_MARKED));
}

/* Under stress: nothing in old space points anywhere else than to old space, and every slot holds a value. */
static void check_heap(const rf_fus_vm *vm) {
    const rf_fus_heap *heap = &vm->heap;
    for (rf_fus_chunk *chunk = heap->old; chunk; chunk = chunk->next) {
        char *end = chunk == heap->old_now ? heap->old_next : chunk->fill;
        for (char *at = chunk->bytes; at < end;) {
            rf_fus_object *object = (rf_fus_object *)(void *)at;
            assert(is_sound(rf_fus_of_object(object)));
            size_t count;
            const rf_fus_value *slots = rf_fus_object_slots(object, &count);
            for (size_t i = 0; i < count; i++)
                assert(is_sound(slots[i]));
            at += rf_fus_object_bytes(object);
        }
    }
    for (const rf_fus_value *slot = vm->stack; slot < vm->soft; slot++)
        assert(is_sound(*slot));
}
#endif

/* ---- Collections ---- */

static bool collect_minor(rf_fus_vm *vm) {
    rf_fus_heap *heap = &vm->heap;
    if (!rf_fus_old_reserve(heap, rf_fus_nursery_used(heap)))
        return false;
    place from = here(heap);
    visit_roots(vm, false);
    for (size_t i = 0; i < heap->remembered.count; i++) {
        heap->remembered.items[i]->flags &= (uint8_t)~RF_FUS_REMEMBERED;
        visit_object(heap, heap->remembered.items[i], false);
    }
    visit_copied(heap, from, false);
    sweep_young_large(heap);
    heap->minor_count++;
    return true;
}

static bool collect_full(rf_fus_vm *vm) {
    rf_fus_heap *heap = &vm->heap;
    rf_fus_heap before = *heap;
    size_t used = rf_fus_nursery_used(heap) + rf_fus_old_used(heap);
    heap->old = heap->old_now = NULL;
    heap->old_next = heap->old_end = NULL;
    heap->old_held = heap->old_closed = 0;
    if (!rf_fus_old_reserve(heap, used)) {
        before.reserve = heap->reserve;
        *heap = before;
        return false;
    }
    visit_roots(vm, true);
    visit_copied(heap, (place){ 0 }, true);
    heap->old_large = NULL;
    heap->old_large_bytes = 0;
    sweep_large(heap, before.old_large);
    sweep_young_large(heap);
    size_t live = rf_fus_old_used(heap) + heap->old_large_bytes;
    rf_fus_old_reuse(heap, before.old, live > RF_FUS_OLD_CHUNK_MAX ? live : RF_FUS_OLD_CHUNK_MAX);
    heap->full_at = 2 * live > RF_FUS_FULL_MIN ? 2 * live : RF_FUS_FULL_MIN;
    heap->full_count++;
    return true;
}

static bool collect(rf_fus_vm *vm, bool full) {
    rf_fus_heap *heap = &vm->heap;
    full = full || heap->remember_lost || heap->stress;
    if (!(full ? collect_full(vm) : collect_minor(vm)))
        return false;
    forget(heap);
    rf_fus_nursery_reset(heap);
    vm->soft = rf_fus_stack_top(vm);
    rf_fus_stack_mark(vm);
#ifndef NDEBUG
    if (heap->stress)
        check_heap(vm);
#endif
    return true;
}

bool rf_fus_collect(rf_fus_vm *vm, bool full) {
    RF_ZONE(RF_ZONE_COLLECT, full ? "full" : "minor");
    uint64_t start = rf_clock_mono_ns();
    if (!collect(vm, full))
        return false;
    uint64_t taken = rf_clock_mono_ns() - start;
    if (taken > vm->heap.longest_pause_ns)
        vm->heap.longest_pause_ns = taken;
    rf_bounds_add(&vm->heap.pauses, taken);
    return true;
}

static size_t other_bytes(const rf_fus_vm *vm) {
    return vm->stack_cap * sizeof *vm->stack + vm->frames_cap * sizeof *vm->frames + vm->loaded_bytes;
}

static bool is_over(const rf_fus_vm *vm, size_t bytes) {
    size_t most = vm->heap.limit_bytes;
    return most && rf_fus_heap_used(&vm->heap) + other_bytes(vm) + bytes > most;
}

static bool old_is_due(const rf_fus_heap *heap) { return rf_fus_old_used(heap) + heap->old_large_bytes > heap->full_at; }

/* Collects as much as is called for. False: no memory to do it. */
static bool collect_due(rf_fus_vm *vm, size_t bytes, size_t small) {
    rf_fus_heap *heap = &vm->heap;
    if (heap->stress)
        return rf_fus_collect(vm, true);
    if (rf_fus_nursery_full(heap, small) && !rf_fus_collect(vm, false))
        return false;
    if (old_is_due(heap) || is_over(vm, bytes))
        return rf_fus_collect(vm, true);
    return true;
}

bool rf_fus_room(rf_fus_vm *vm, size_t bytes) {
    rf_fus_heap *heap = &vm->heap;
    size_t small = bytes <= RF_FUS_LARGE_BYTES ? bytes : 0;
    vm->pending &= (uint8_t)~RF_FUS_PENDING_COLLECT;
    if (!collect_due(vm, bytes, small)) {
        heap->over_limit = false;
        (void)rf_fus_raise_nomem(vm);
        return false;
    }
    if (is_over(vm, bytes)) {
        heap->over_limit = true;
        (void)rf_fus_raise_nomem(vm);
        return false;
    }
    if ((size_t)(heap->limit - heap->next) < small && !rf_fus_nursery_extend(heap, small, SIZE_MAX)) {
        (void)rf_fus_raise_nomem(vm);
        return false;
    }
    if (heap->stress)
        heap->end = heap->next + small; /* the next allocation is noticed again */
    return true;
}

void *rf_fus_object_slow(rf_fus_vm *vm, size_t bytes) {
    rf_fus_heap *heap = &vm->heap;
    size_t most = heap->limit_bytes && heap->limit_bytes <= SIZE_MAX / 2 ? 2 * heap->limit_bytes : SIZE_MAX;
    rf_fus_object *object = NULL;
    if (bytes > RF_FUS_LARGE_BYTES) {
        object = rf_fus_large_new(heap, bytes, most);
        if (object)
            *object = (rf_fus_object){ .flags = RF_FUS_LARGE };
    } else if ((size_t)(heap->limit - heap->next) >= bytes || rf_fus_nursery_extend(heap, bytes, most)) {
        object = (rf_fus_object *)(void *)heap->next;
        heap->next += bytes;
        if (heap->stress)
            heap->end = heap->next;
        *object = (rf_fus_object){ 0 };
    }
    if (!object) {
        (void)rf_fus_raise_nomem(vm);
        return NULL;
    }
    if (heap->nursery_held > heap->nursery_max || heap->young_large_bytes > heap->nursery_max || heap->stress)
        vm->pending |= RF_FUS_PENDING_COLLECT;
    return object;
}

void rf_fus_vm_stress(rf_fus_vm *vm, bool on) {
    vm->heap.stress = on;
    vm->heap.end = on ? vm->heap.next : vm->heap.limit;
}
