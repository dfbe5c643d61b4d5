/* heap_profile_test.c: who holds memory. */
#include "observe/heap_profile.h"

#include "base/slice.h"
#include "harness.h"

#include <string.h>

static size_t held(void *arg) { return *(const size_t *)arg; }
static uint64_t allocated(void *arg) { return *(const size_t *)arg * 10; }

typedef struct sources { rf_heap_source items[3]; size_t bytes[3]; } sources;

static void sources_done(sources *self) {
    for (size_t i = 0; i < 3; i++)
        rf_heap_sources_remove(&self->items[i]);
}

static void sources_add(sources *self) {
    const rf_heap_source rows[3] = { { .kind = "vm", .holder = "redact", .allocated = allocated }, { .kind = "vm", .holder = "redact", .allocated = allocated },
                                     { .kind = "arena", .holder = "batches" } };
    for (size_t i = 0; i < 3; i++) {
        self->items[i] = rows[i];
        self->items[i].held = held;
        self->items[i].arg = &self->bytes[i];
        self->bytes[i] = (size_t)1000 << i;
        rf_heap_sources_add(&self->items[i]);
    }
}

static const rf_profile_stack *stack_of(const rf_heap_profile *heap, const char *leaf) {
    for (size_t i = 0; i < heap->profile.count; i++)
        if (strcmp(heap->profile.stacks[i].script[0].function, leaf) == 0)
            return &heap->profile.stacks[i];
    return NULL;
}

RF_TEST(holders_of_one_name_are_added_up) {
    RF_CLEANUP(sources_done) sources all = { 0 };
    RF_CLEANUP(rf_heap_profile_done) rf_heap_profile heap = { 0 };
    rf_error error;
    sources_add(&all);
    rf_check(!rf_heap_profile_make(RF_HEAP_HELD, &heap, &error));
    const rf_profile_stack *vm = stack_of(&heap, "redact: vm"), *arena = stack_of(&heap, "batches: arena");
    rf_check(vm && vm->samples == 2 && vm->value == 3000 && strcmp(vm->stage, "redact") == 0 && vm->script_count == 1);
    rf_check(arena && arena->samples == 1 && arena->value == 4000);
    rf_check_text(rf_slice_of(heap.profile.kind), RF_SLICE("heap"));
    rf_check_text(rf_slice_of(rf_heap_profile_type(RF_HEAP_HELD).type), RF_SLICE("inuse_space"));
}

RF_TEST(what_was_allocated_is_shown_of_those_who_know_it) {
    RF_CLEANUP(sources_done) sources all = { 0 };
    RF_CLEANUP(rf_heap_profile_done) rf_heap_profile heap = { 0 };
    rf_error error;
    sources_add(&all);
    rf_check(!rf_heap_profile_make(RF_HEAP_ALLOCATED, &heap, &error));
    const rf_profile_stack *vm = stack_of(&heap, "redact: vm");
    rf_check(vm && vm->value == 30000 && !stack_of(&heap, "batches: arena") && !stack_of(&heap, "other: malloc"));
    rf_check_text(rf_slice_of(rf_heap_profile_type(RF_HEAP_ALLOCATED).type), RF_SLICE("alloc_space"));
}

RF_TEST(a_holder_that_is_gone_is_not_asked) {
    RF_CLEANUP(sources_done) sources all = { 0 };
    RF_CLEANUP(rf_heap_profile_done) rf_heap_profile heap = { 0 };
    rf_error error;
    sources_add(&all);
    rf_heap_sources_remove(&all.items[1]); /* in the middle */
    rf_heap_sources_remove(&all.items[1]); /* a second time is fine */
    rf_heap_sources_remove(&all.items[2]); /* the first of the list */
    rf_check(!rf_heap_profile_make(RF_HEAP_HELD, &heap, &error));
    rf_check(stack_of(&heap, "redact: vm") && stack_of(&heap, "redact: vm")->value == 1000 && !stack_of(&heap, "batches: arena"));
    rf_heap_sources_remove(&all.items[0]);
    rf_check(rf_heap_sources_all.first == NULL);
}

RF_TEST(a_long_name_is_cut_in_the_leaf_only) {
    RF_CLEANUP(rf_heap_profile_done) rf_heap_profile heap = { 0 };
    RF_CLEANUP(sources_done) sources all = { 0 };
    static char name[] = "a-very-long-name-of-a-plugin-that-nobody-would-give-to-one";
    rf_error error;
    all.bytes[0] = 5;
    all.items[0] = (rf_heap_source){ .kind = "vm", .holder = name, .held = held, .arg = &all.bytes[0] };
    rf_heap_sources_add(&all.items[0]);
    rf_check(!rf_heap_profile_make(RF_HEAP_HELD, &heap, &error));
    const rf_profile_stack *stack = stack_of(&heap, "a-very-long-name-of-a-plugin-that-no: vm");
    rf_check(stack && strcmp(stack->stage, name) == 0);
}
