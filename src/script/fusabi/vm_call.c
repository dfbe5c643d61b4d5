/* vm_call.c: calls from C, calls of what is no plain closure, and the limits that calls keep to. */
#include "base/clock.h"
#include "script/fusabi/vm_internal.h"
#include "script/fusabi/vm_where.h"

#include <assert.h>

/* ---- From C ---- */

static void copy_values(rf_fus_value *to, const rf_fus_value *from, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        to[i] = from[i];
}

/* Puts an entry frame on top, with the function and its arguments. False: no room (raised). */
static bool push_entry(rf_fus_vm *vm, rf_fus_value function, const rf_fus_value *args, uint32_t count) {
    rf_fus_value *base = rf_fus_frame_top(vm->fp);
    vm->fp++;
    vm->fp->base = base;
    vm->fp->closure = NULL;
    vm->fp->window = count + 1;
    if (RF_UNLIKELY(base + count + 1 > vm->soft || vm->fp >= vm->frames_end)) {
        if (!rf_fus_stack_grow(vm, count + 1))
            return false;
        base = vm->fp->base;
    }
    base[0] = function;
    copy_values(base + 1, args, count);
    vm->level_frame = (uint32_t)(vm->fp - vm->frames);
    vm->level_handlers = (uint32_t)vm->handlers.count;
    return true;
}

rf_fus_value rf_fus_vm_call(rf_fus_vm *vm, rf_fus_value function, const rf_fus_value *args, uint32_t count) {
    assert(vm->running && count <= RF_FUS_ARGS_MAX);
    if (vm->native_depth >= RF_FUS_NATIVE_DEPTH_MAX)
        return rf_fus_raise_fatal(vm, RF_ELIMIT, "Call stack overflow");
    if (vm->pending & RF_FUS_PENDING_FATAL)
        return RF_FUS_RAISED;
    vm->pending &= (uint8_t)~RF_FUS_PENDING_RAISED; /* of an earlier call; the native went on */
    const uint32_t level_frame = vm->level_frame, level_handlers = vm->level_handlers;
    const rf_fus_lib_row *row = vm->row;
    const size_t caller = (size_t)(vm->fp - vm->frames);
    vm->native_depth++;
    rf_fus_value result = push_entry(vm, function, args, count) ? rf_fus_run(vm, count) : RF_FUS_RAISED;
    vm->native_depth--;
    if (RF_UNLIKELY(vm->marked > caller))
        rf_fus_stack_unmark(vm); /* the caller's frame goes on, without reading its pc */
    vm->fp = vm->frames + caller;
    vm->row = row;
    vm->level_frame = level_frame;
    vm->level_handlers = level_handlers;
    return result;
}

/* FIRST_POLL: most hooks are over before, and never ask for the time. */
enum { FIRST_POLL = 8, POLL_MAX = 1 << 16, POLL_FREE = 10000, POLL_WHERE = 64 };

/* A profiler cannot see the place of running code: while there is one, it is asked for more often than the clock. */
static void set_polls(rf_fus_vm *vm, int32_t count) {
    bool often = count > POLL_WHERE && RF_UNLIKELY(atomic_load_explicit(&rf_where_active, memory_order_relaxed));
    vm->polls_left = often ? POLL_WHERE : count;
    vm->polls_later = often ? count - POLL_WHERE : 0;
}

static void begin(rf_fus_vm *vm) {
    vm->running = true;
    vm->pending &= RF_FUS_PENDING_COLLECT;
    atomic_store_explicit(&vm->interrupted, false, memory_order_relaxed);
    vm->result = vm->exception = RF_FUS_UNIT;
    vm->trace_count = 0;
    vm->trace_text.len = 0;
    vm->deadline_ns = 0;
    vm->poll_period = vm->limits.time_ns ? FIRST_POLL : POLL_FREE;
    set_polls(vm, vm->poll_period);
}

enum { NURSERY_CARRIED = 32 * 1024 }; /* bytes: about what the first-level cache holds */

static bool escaped(const rf_fus_vm *vm) {
    const rf_fus_heap *heap = &vm->heap;
    return rf_fus_is_young(vm->result) || rf_fus_is_young(vm->exception) || heap->remembered.count || heap->roots_dirty ||
           heap->remember_lost;
}

/* Nothing runs any more. The nursery is emptied unless the host can reach something in it: then it is carried into the next
 * calls, until a collection is worth while. */
static void finish(rf_fus_vm *vm) {
    rf_fus_heap *heap = &vm->heap;
    vm->running = false;
    vm->keeps.count = 0;
    vm->marked = 0;
    if (heap->stress) {
        (void)rf_fus_collect(vm, true);
    } else if (!escaped(vm)) {
        rf_fus_young_large_free(heap);
        if (RF_LIKELY(heap->nursery_now == heap->nursery && heap->nursery))
            heap->next = heap->nursery->bytes;
        else
            rf_fus_nursery_reset(heap);
    }
    rf_fus_stack_settle(vm);
}

/* What earlier calls left. Function and arguments are on the stack already. Without memory all stays where it is. */
static void collect_carried(rf_fus_vm *vm) {
    const rf_fus_heap *heap = &vm->heap;
    if (RF_UNLIKELY(rf_fus_nursery_used(heap) + heap->young_large_bytes / 16 > NURSERY_CARRIED))
        (void)rf_fus_collect(vm, rf_fus_old_used(heap) + heap->old_large_bytes > heap->full_at);
}

rf_code rf_fus_vm_host_call(rf_fus_vm *vm, rf_fus_value function, const rf_fus_value *args, uint32_t count,
                            rf_fus_value *ret_value, rf_error *reterr) {
    assert(vm && ret_value && !vm->running && count <= RF_FUS_ARGS_MAX);
    rf_fus_value result = RF_FUS_RAISED;
    rf_code code = RF_OK;
    const rf_fus_proto *entry = rf_fus_is(function, RF_FUS_T_CLOSURE) ? RF_FUS_AS(const rf_fus_closure, function)->proto : NULL;
    begin(vm);
    if (push_entry(vm, function, args, count)) {
        collect_carried(vm);
        result = rf_fus_run(vm, count);
    }
    vm->fp = vm->frames;
    if (RF_UNLIKELY(rf_where_due))
        rf_fus_where_tell_entry(vm, entry);
    if (RF_LIKELY(result != RF_FUS_RAISED))
        vm->result = result;
    else
        code = rf_fus_error_report(vm, reterr);
    finish(vm);
    *ret_value = vm->result;
    return code;
}

/* ---- Limits ---- */

/*
 * Reads the clock so often that a limit is noticed within about a millisecond, and no more. Between two polls there may be
 * anything from a nanosecond to a native that works for a while: the number of polls between two readings begins small,
 * and follows the time that they take. The limit counts from the first reading.
 */
static bool check_clock(rf_fus_vm *vm) {
    uint64_t now = rf_clock_mono_ns(), taken = now - vm->last_poll_ns;
    vm->last_poll_ns = now;
    if (vm->deadline_ns == 0) {
        vm->deadline_ns = now + vm->limits.time_ns;
        return true;
    }
    if (now >= vm->deadline_ns) {
        (void)rf_fus_raise_fatal(vm, RF_ELIMIT, "the script ran longer than its %llu ms",
                                 (unsigned long long)(vm->limits.time_ns / RF_NS_PER_MS));
        return false;
    }
    if (taken > RF_NS_PER_MS / 2)
        vm->poll_period = vm->poll_period > 4 ? vm->poll_period / 4 : 1;
    else if (taken < RF_NS_PER_MS / 16)
        vm->poll_period = vm->poll_period < POLL_MAX / 8 ? vm->poll_period * 8 : POLL_MAX;
    return true;
}

static bool poll(rf_fus_vm *vm, rf_fus_where_at at) {
    if (RF_UNLIKELY(rf_where_due))
        rf_fus_where_tell(vm, at);
    if (vm->polls_later > 0) {
        set_polls(vm, vm->polls_later);
        return true;
    }
    if (atomic_load_explicit(&vm->interrupted, memory_order_relaxed)) {
        (void)rf_fus_raise_fatal(vm, RF_ELIMIT, "the script was interrupted");
        return false;
    }
    if (vm->limits.time_ns && !check_clock(vm))
        return false;
    set_polls(vm, vm->poll_period);
    return true;
}

bool rf_fus_poll_slow(rf_fus_vm *vm) { return poll(vm, RF_FUS_WHERE_NEXT); }

bool rf_fus_vm_poll(rf_fus_vm *vm) {
    if (!vm->running)
        return true; /* the host itself looks at values */
    vm->polls_left -= 64; /* such a step of a native is worth so many of a script */
    return vm->polls_left >= 0 || poll(vm, RF_FUS_WHERE_BEHIND);
}

bool rf_fus_settle_pending(rf_fus_vm *vm) {
    if (vm->pending & RF_FUS_PENDING_FATAL)
        return false;
    vm->pending &= (uint8_t)~RF_FUS_PENDING_RAISED; /* the native has seen to it */
    if (RF_UNLIKELY(vm->pending & RF_FUS_PENDING_WHERE))
        rf_fus_where_tell(vm, RF_FUS_WHERE_BEHIND);
    return !(vm->pending & RF_FUS_PENDING_COLLECT) || rf_fus_room(vm, 0);
}

/* ---- What is no closure with just its arguments ---- */

static rf_fus_called done(rf_fus_vm *vm, rf_fus_value result) {
    if (result == RF_FUS_RAISED)
        return RF_FUS_CALLED_RAISED;
    vm->fp->base[-1] = result;
    return RF_FUS_CALLED_DONE;
}

static rf_fus_called hold_args(rf_fus_vm *vm, uint32_t count) {
    size_t bytes = sizeof(rf_fus_partial) + 8 * (size_t)count;
    if (!rf_fus_room(vm, bytes))
        return RF_FUS_CALLED_RAISED;
    rf_fus_partial *partial = rf_fus_object_raw(vm, RF_FUS_T_PARTIAL, count, bytes);
    if (!partial)
        return RF_FUS_CALLED_RAISED;
    partial->function = vm->fp->base[-1];
    copy_values(partial->items, vm->fp->base, count);
    return done(vm, rf_fus_of_object(partial));
}

static rf_fus_called make_variant(rf_fus_vm *vm, uint32_t count) {
    if (!rf_fus_room(vm, sizeof(rf_fus_variant) + 8 * (size_t)count))
        return RF_FUS_CALLED_RAISED;
    const rf_fus_variant *plain = RF_FUS_AS(const rf_fus_variant, vm->fp->base[-1]);
    if (plain->head.length)
        return done(vm, rf_fus_raise_type(vm, "function", vm->fp->base[-1]));
    return done(vm, rf_fus_variant_new(vm, plain->ctor, vm->fp->base, count));
}

static rf_fus_called call_native(rf_fus_vm *vm, const rf_fus_lib_row *row) {
    vm->row = row;
    rf_fus_value result = rf_fus_native_of(vm, row)(vm, vm->fp->base);
    if (done(vm, result) == RF_FUS_CALLED_RAISED || (vm->pending && !rf_fus_settle_pending(vm)))
        return RF_FUS_CALLED_RAISED;
    return RF_FUS_CALLED_DONE;
}

/* The arguments of a partial application come before those at hand; false after raising. */
static bool spread(rf_fus_vm *vm, uint32_t *count) {
    uint32_t held = rf_fus_object_of(vm->fp->base[-1])->length;
    if (!rf_fus_stack_grow(vm, (size_t)held + *count))
        return false;
    rf_fus_value *base = vm->fp->base;
    const rf_fus_partial *partial = RF_FUS_AS(const rf_fus_partial, base[-1]);
    memmove(base + held, base, *count * sizeof *base);
    copy_values(base, partial->items, held);
    base[-1] = partial->function;
    *count += held;
    vm->fp->window = *count;
    return true;
}

static void reverse(rf_fus_value *from, rf_fus_value *to) {
    while (from < to) {
        rf_fus_value value = *from;
        *from++ = *--to;
        *to = value;
    }
}

static const rf_fus_code apply_code[] = { RF_FUS_I_APPLY };

/*
 * More arguments than the function takes: those that are left stay in this frame, which will apply the result to them, and
 * the function gets a frame of its own. base: [args… rest…] becomes [rest… function args…].
 */
static rf_fus_called split(rf_fus_vm *vm, uint32_t arity, uint32_t count) {
    if (!rf_fus_stack_grow(vm, (size_t)count + 1))
        return RF_FUS_CALLED_RAISED;
    rf_fus_value *base = vm->fp->base;
    const uint32_t rest = count - arity;
    reverse(base, base + arity);
    reverse(base + arity, base + count);
    reverse(base, base + count);
    memmove(base + rest + 1, base + rest, arity * sizeof *base);
    base[rest] = base[-1];
    base[-1] = RF_FUS_UNIT;
    vm->fp->window = rest + 1;
    vm->fp->pc = apply_code;
    vm->fp++;
    *vm->fp = (rf_fus_frame){ .base = base + rest + 1, .window = arity };
    if (vm->fp >= vm->frames_end && !rf_fus_stack_grow(vm, arity)) {
        vm->fp--;
        return RF_FUS_CALLED_RAISED;
    }
    return RF_FUS_CALLED_ENTER;
}

/* A native with more arguments than it takes: its result is applied to those that are left. */
static rf_fus_called call_and_shift(rf_fus_vm *vm, const rf_fus_lib_row *row, uint32_t *count) {
    rf_fus_called called = call_native(vm, row);
    if (called != RF_FUS_CALLED_DONE)
        return called;
    *count -= row->arity;
    memmove(vm->fp->base, vm->fp->base + row->arity, *count * sizeof *vm->fp->base);
    vm->fp->window = *count;
    return RF_FUS_CALLED_DONE;
}

rf_fus_called rf_fus_call_other(rf_fus_vm *vm, uint32_t count) {
    vm->fp->closure = NULL;
    vm->fp->window = count;
    if (vm->fp >= vm->frames_end && !rf_fus_stack_grow(vm, count)) {
        vm->fp--;
        return RF_FUS_CALLED_RAISED;
    }
    for (;;) {
        rf_fus_value function = vm->fp->base[-1];
        uint32_t arity;
        switch (rf_fus_is_object(function) ? rf_fus_object_of(function)->type : 0) {
        case RF_FUS_T_CLOSURE:
            arity = RF_FUS_AS(const rf_fus_closure, function)->proto->arity;
            if (count >= arity)
                return count == arity ? RF_FUS_CALLED_ENTER : split(vm, arity, count);
            return count ? hold_args(vm, count) : RF_FUS_CALLED_DONE;
        case RF_FUS_T_NATIVE: {
            const rf_fus_lib_row *row = RF_FUS_AS(const rf_fus_native_value, function)->row;
            if (count < row->arity)
                return count ? hold_args(vm, count) : RF_FUS_CALLED_DONE;
            if (count == row->arity)
                return call_native(vm, row);
            if (call_and_shift(vm, row, &count) == RF_FUS_CALLED_RAISED)
                return RF_FUS_CALLED_RAISED;
            break;
        }
        case RF_FUS_T_PARTIAL:
            if (!spread(vm, &count))
                return RF_FUS_CALLED_RAISED;
            break;
        case RF_FUS_T_VARIANT: return count ? make_variant(vm, count) : RF_FUS_CALLED_DONE;
        default: return done(vm, rf_fus_raise_type(vm, "function", function));
        }
    }
}
