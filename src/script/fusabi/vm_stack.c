/* vm_stack.c: registers and frames: how they grow while pointers into them live, and shrink again. */
#include "script/fusabi/vm_internal.h"

#include <assert.h>

static const uint32_t fill_max = 1u << 16; /* registers that become usable at once, beyond those asked for */

static void fill(rf_fus_value *from, rf_fus_value *to) {
    for (; from < to; from++)
        *from = RF_FUS_UNIT;
}

/* Index of the last frame that the limit allows: the idle one and an entry stand before the first call. */
static size_t last_frame(const rf_fus_vm *vm) {
    return (vm->limits.depth ? vm->limits.depth : RF_FUS_DEPTH_DEFAULT) + (size_t)1;
}

void rf_fus_frames_bound(rf_fus_vm *vm) {
    size_t last = last_frame(vm);
    vm->frames_end = vm->frames + (last + 1 < vm->frames_cap - 1 ? last + 1 : vm->frames_cap - 1);
}

static void use_first(rf_fus_vm *vm) {
    vm->stack = vm->first_stack;
    vm->stack_cap = RF_FUS_STACK_FIRST;
    vm->frames = vm->first_frames;
    vm->frames_cap = RF_FUS_FRAMES_FIRST;
    rf_fus_frames_bound(vm);
    vm->fp = vm->frames;
    *vm->fp = (rf_fus_frame){ .base = vm->stack };
}

#define U4 RF_FUS_UNIT, RF_FUS_UNIT, RF_FUS_UNIT, RF_FUS_UNIT
#define U8 U4, U4

/* At each end of a call: no more is made ready than the next one is likely to use. */
static void make_ready(rf_fus_vm *vm) {
    static const rf_fus_value units[RF_FUS_STACK_READY] = { U8, U8 };
    static_assert(RF_FUS_STACK_READY == 16, "as many as U8 twice");
    vm->soft = vm->stack + RF_FUS_STACK_READY;
    memcpy(vm->stack, units, sizeof units);
}

void rf_fus_stack_init(rf_fus_vm *vm) {
    use_first(vm);
    make_ready(vm);
}

static void free_all(rf_fus_vm *vm) {
    if (vm->stack != vm->first_stack)
        rf_free(vm->stack);
    if (vm->frames != vm->first_frames)
        rf_free(vm->frames);
}

void rf_fus_stack_done(rf_fus_vm *vm) {
    rf_fus_outgrown_free(vm);
    free_all(vm);
}

void rf_fus_outgrown_free(rf_fus_vm *vm) {
    while (vm->outgrown) {
        rf_fus_stack *outgrown = vm->outgrown;
        vm->outgrown = outgrown->next;
        if (outgrown->values != vm->first_stack)
            rf_free(outgrown->values);
        rf_free(outgrown);
    }
}

rf_fus_value *rf_fus_stack_top(const rf_fus_vm *vm) {
    rf_fus_value *top = vm->marked ? vm->marked_top : vm->stack;
    for (const rf_fus_frame *frame = vm->frames + vm->marked; frame <= vm->fp; frame++) {
        rf_fus_value *end = rf_fus_frame_top(frame);
        top = end > top ? end : top;
    }
    assert(top <= vm->soft);
    return top;
}

/* ---- The mark ---- */

enum { MARK_MIN = 64, MARK_STEP = 64 }; /* frames: fewer are looked at again each time; so many are at a time when it moves down */

static const rf_fus_code mark_code[] = { RF_FUS_I_MARK };

static void put_mark(rf_fus_vm *vm, size_t count) {
    rf_fus_frame *last = &vm->frames[count - 1];
    vm->marked = count;
    vm->marked_pc = last->pc;
    last->pc = mark_code;
}

void rf_fus_stack_unmark(rf_fus_vm *vm) {
    if (vm->marked)
        vm->frames[vm->marked - 1].pc = vm->marked_pc;
    vm->marked = 0;
}

void rf_fus_stack_mark(rf_fus_vm *vm) {
    size_t depth = (size_t)(vm->fp - vm->frames);
    if (depth < MARK_MIN)
        return;
    vm->marked_top = rf_fus_stack_top(vm);
    rf_fus_stack_unmark(vm);
    put_mark(vm, depth);
}

const rf_fus_code *rf_fus_stack_lower_mark(rf_fus_vm *vm) {
    const rf_fus_code *pc = vm->marked_pc;
    size_t count = vm->marked;
    rf_fus_stack_unmark(vm);
    if (count > MARK_STEP)
        put_mark(vm, count - MARK_STEP);
    return pc;
}

rf_fus_value *rf_fus_stack_changed(const rf_fus_vm *vm) {
    return vm->marked ? vm->frames[vm->marked].base - 1 : vm->stack; /* the register in front of it takes its result */
}

/* True when so much more keeps within the limit; else it has been raised. */
static bool allow(rf_fus_vm *vm, size_t more) {
    rf_fus_heap *heap = &vm->heap;
    size_t held = rf_fus_heap_used(heap) + vm->stack_cap * sizeof *vm->stack + vm->frames_cap * sizeof *vm->frames;
    heap->over_limit = heap->limit_bytes && held + more > heap->limit_bytes;
    if (!heap->over_limit)
        return true;
    (void)rf_fus_raise_nomem(vm);
    return false;
}

static bool grow_frames(rf_fus_vm *vm) {
    size_t at = (size_t)(vm->fp - vm->frames), last = last_frame(vm);
    if (at > last) {
        (void)rf_fus_raise_fatal(vm, RF_ELIMIT, "Call stack overflow");
        return false;
    }
    size_t cap = vm->frames_cap * 2 < last + 2 ? vm->frames_cap * 2 : last + 2;
    if (!allow(vm, (cap - vm->frames_cap) * sizeof *vm->frames))
        return false;
    rf_fus_frame *frames = rf_alloc(cap * sizeof *frames);
    if (!frames) {
        vm->heap.over_limit = false;
        (void)rf_fus_raise_nomem(vm);
        return false;
    }
    memcpy(frames, vm->frames, (at + 1) * sizeof *frames);
    if (vm->frames != vm->first_frames)
        rf_free(vm->frames);
    vm->frames = frames;
    vm->frames_cap = cap;
    vm->fp = frames + at;
    rf_fus_frames_bound(vm);
    return true;
}

/* The old registers: natives may still read their arguments there. */
static bool retire(rf_fus_vm *vm, size_t used) {
    if (vm->native_depth == 0) {
        if (vm->stack != vm->first_stack)
            rf_free(vm->stack);
        return true;
    }
    rf_fus_stack *outgrown = rf_alloc(sizeof *outgrown);
    if (!outgrown)
        return false;
    *outgrown = (rf_fus_stack){ .next = vm->outgrown, .values = vm->stack, .count = used };
    vm->outgrown = outgrown;
    return true;
}

static bool move_stack(rf_fus_vm *vm, size_t need) {
    size_t cap = vm->stack_cap * 2, used = (size_t)(vm->soft - vm->stack);
    while (cap < need)
        cap *= 2;
    if (!allow(vm, (cap - vm->stack_cap) * sizeof *vm->stack))
        return false;
    rf_fus_value *stack = rf_alloc(cap * sizeof *stack);
    if (stack)
        memcpy(stack, vm->stack, used * sizeof *stack);
    rf_fus_value *before = vm->stack;
    if (!stack || !retire(vm, used)) {
        rf_free(stack);
        vm->heap.over_limit = false;
        (void)rf_fus_raise_nomem(vm);
        return false;
    }
    for (rf_fus_frame *frame = vm->frames; frame <= vm->fp; frame++)
        frame->base = stack + (frame->base - before);
    if (vm->marked)
        vm->marked_top = stack + (vm->marked_top - before);
    vm->soft = stack + used;
    vm->stack = stack;
    vm->stack_cap = cap;
    return true;
}

bool rf_fus_stack_grow(rf_fus_vm *vm, size_t registers) {
    if (vm->fp >= vm->frames_end && !grow_frames(vm))
        return false;
    size_t need = (size_t)(vm->fp->base - vm->stack) + registers;
    if (vm->stack + need <= vm->soft)
        return true;
    if (need > vm->stack_cap && !move_stack(vm, need))
        return false;
    size_t more = need < 256 ? 256 : need < fill_max ? need : fill_max;
    size_t to = vm->stack_cap - need < more ? vm->stack_cap : need + more;
    fill(vm->soft, vm->stack + to);
    vm->soft = vm->stack + to;
    return true;
}

void rf_fus_stack_settle(rf_fus_vm *vm) {
    if (RF_UNLIKELY(vm->outgrown))
        rf_fus_outgrown_free(vm);
    if (vm->stack_cap > RF_FUS_STACK_KEEP || vm->frames_cap > RF_FUS_STACK_KEEP) {
        free_all(vm);
        use_first(vm);
    }
    make_ready(vm);
}
