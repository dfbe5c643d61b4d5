/* heap_profile.c: the registry of who holds memory, and profiles of it. */
#include "observe/heap_profile.h"

#include "base/clock.h"

#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

rf_heap_sources rf_heap_sources_all = { .lock = PTHREAD_MUTEX_INITIALIZER };

void rf_heap_sources_add(rf_heap_source *source) {
    assert(source && source->kind && source->holder && source->held && !source->link);
    rf_heap_sources *all = &rf_heap_sources_all;
    rf_mutex_lock(&all->lock);
    source->next = all->first;
    source->link = &all->first;
    if (all->first)
        all->first->link = &source->next;
    all->first = source;
    rf_mutex_unlock(&all->lock);
}

void rf_heap_sources_remove(rf_heap_source *source) {
    assert(source);
    rf_mutex_lock(&rf_heap_sources_all.lock); /* of its neighbours, which other threads take out, its links are too */
    if (source->link)
        *source->link = source->next;
    if (source->next)
        source->next->link = source->link;
    source->link = NULL;
    source->next = NULL;
    rf_mutex_unlock(&rf_heap_sources_all.lock);
}

static size_t count_sources(void) {
    size_t count = 0;
    for (const rf_heap_source *source = rf_heap_sources_all.first; source; source = source->next)
        count++;
    return count;
}

/* A stack of that leaf and stage; there is room in `stacks`. NULL: out of memory. */
static rf_profile_stack *stack_of(rf_heap_profile *heap, const char *kind, const char *holder) {
    rf_script_frame leaf = { .file = "" };
    (void)snprintf(leaf.function, sizeof leaf.function, "%.36s: %.8s", holder, kind);
    rf_profile *profile = &heap->profile;
    for (size_t i = 0; i < profile->count; i++)
        if (strcmp(profile->stacks[i].stage, holder) == 0 && strcmp(profile->stacks[i].script[0].function, leaf.function) == 0)
            return &profile->stacks[i];
    rf_script_frame *script = rf_arena_zero(&heap->arena, 1, sizeof *script);
    const char *stage = rf_strdup_in(&heap->arena, holder);
    if (!script || !stage)
        return NULL;
    *script = leaf;
    profile->stacks[profile->count] = (rf_profile_stack){ .thread = "", .stage = stage, .script = script, .script_count = 1 };
    return &profile->stacks[profile->count++];
}

/* Under the lock. */
static bool add_sources(rf_heap_profile *heap, rf_heap_what what, uint64_t *ret_sum) {
    heap->profile.stacks = rf_arena_zero(&heap->arena, count_sources() + 1, sizeof *heap->profile.stacks);
    if (!heap->profile.stacks)
        return false;
    for (const rf_heap_source *source = rf_heap_sources_all.first; source; source = source->next) {
        if (what == RF_HEAP_ALLOCATED && !source->allocated)
            continue;
        rf_profile_stack *stack = stack_of(heap, source->kind, source->holder);
        if (!stack)
            return false;
        uint64_t bytes = what == RF_HEAP_ALLOCATED ? source->allocated(source->arg) : source->held(source->arg);
        stack->samples++;
        stack->value += bytes;
        *ret_sum += bytes;
    }
    return true;
}

/* Holders take their memory from the system's allocator, which may have given out more. */
static bool add_rest(rf_heap_profile *heap, uint64_t known) {
    struct mallinfo2 all = mallinfo2();
    uint64_t given = (uint64_t)all.uordblks + all.hblkhd;
    if (given <= known)
        return true;
    rf_profile_stack *stack = stack_of(heap, "malloc", "other");
    if (!stack)
        return false;
    stack->samples = 1;
    stack->value = given - known;
    return true;
}

rf_code rf_heap_profile_make(rf_heap_what what, rf_heap_profile *ret_heap, rf_error *reterr) {
    rf_heap_profile *heap = ret_heap;
    uint64_t known = 0;
    *heap = (rf_heap_profile){ .profile = { .kind = what == RF_HEAP_ALLOCATED ? "allocs" : "heap", .began_ms = rf_clock_wall_ms() } };
    rf_arena_init(&heap->arena, 4096);
    rf_mutex_lock(&rf_heap_sources_all.lock);
    bool good = add_sources(heap, what, &known);
    rf_mutex_unlock(&rf_heap_sources_all.lock);
    if (good && what == RF_HEAP_HELD)
        good = add_rest(heap, known);
    return good ? RF_OK : rf_raise_nomem(reterr);
}

void rf_heap_profile_done(rf_heap_profile *heap) { rf_arena_done(&heap->arena); }

rf_profile_type rf_heap_profile_type(rf_heap_what what) {
    return (rf_profile_type){ what == RF_HEAP_ALLOCATED ? "alloc_space" : "inuse_space", "bytes" };
}
