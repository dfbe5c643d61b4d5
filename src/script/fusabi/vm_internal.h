/* vm_internal.h: what the files of the VM share: frames, stack, instances, pending business, slow paths of instructions. */
#ifndef RF_SCRIPT_FUSABI_VM_INTERNAL_H
#define RF_SCRIPT_FUSABI_VM_INTERNAL_H

#include "script/fusabi/vm.h"

#include "script/fusabi/heap.h"
#include "script/fusabi/opcode.h"

/*
 * One call. Registers are base[0] …; base[-1] takes the result (in the caller it is the register of the call). Frames
 * without a closure belong to the machinery: the entry of a call from C, or what is left to apply to a result; their
 * registers are base[0 … window - 1].
 */
typedef struct rf_fus_frame {
    const rf_fus_code *pc; /* while it calls: where it goes on; behind the instruction that runs */
    rf_fus_value *base;
    rf_fus_closure *closure;
    union { rf_fus_instance *instance; size_t window; };
} rf_fus_frame;

/* What a program's library entry calls in this VM. */
typedef struct rf_fus_lib_entry {
    rf_fus_native native;        /* raises when the row is not granted, or is no native */
    const rf_fus_lib_row *row;
    rf_fus_value value;          /* the function as a value: a static NATIVE or CLOSURE */
    rf_fus_native_value object;  /* what `value` is, for natives */
} rf_fus_lib_entry;

/* A program in a VM, or the prelude in all of them. One block: the struct, globals, closures, library. */
struct rf_fus_instance {
    const rf_fus_value *constants;
    const rf_fus_symbol **symbols;
    char *closures;              /* of each proto without upvalues, a static rf_fus_closure (no upvalues, so all of one size) */
    rf_fus_lib_entry *library;
    rf_fus_program *program;     /* reference owned, unless it is the prelude */
    rf_fus_vm *vm;               /* NULL: the prelude's */
    rf_fus_instance *next;
    size_t bytes;
    bool dirty;                  /* globals were written since the last collection */
    rf_fus_value globals[];
};
static inline rf_fus_closure *rf_fus_instance_closure(const rf_fus_instance *instance, uint32_t proto) {
    return (rf_fus_closure *)(void *)(instance->closures + proto * sizeof(rf_fus_closure));
}

/* A TRY that has not ended. */
typedef struct rf_fus_handler {
    const rf_fus_code *pc;
    uint32_t frame;
    uint16_t reg;
} rf_fus_handler;

typedef struct rf_fus_stack {    /* a register stack that was outgrown while natives held arguments in it */
    struct rf_fus_stack *next;
    rf_fus_value *values;
    size_t count;
} rf_fus_stack;

typedef struct rf_fus_attachment { /* C data of a library module (vm_attach.c) */
    struct rf_fus_attachment *next;
    const void *key;
    void *data;
    void (*free_fn)(void *data);
} rf_fus_attachment;

/* A line of a trace. */
typedef struct rf_fus_trace_row { const rf_fus_proto *proto; const rf_fus_code *pc; } rf_fus_trace_row;
enum { RF_FUS_TRACE_HEAD = 24, RF_FUS_TRACE_TAIL = 16 };

enum { /* vm->pending: what the interpreter must look after behind a native */
    RF_FUS_PENDING_COLLECT = 1u << 0,
    RF_FUS_PENDING_FATAL = 1u << 1,  /* no script may catch it; vm->fatal says what */
    RF_FUS_PENDING_RAISED = 1u << 2, /* an exception is on its way */
    RF_FUS_PENDING_WHERE = 1u << 3,  /* a profiler wants to know the place (vm_where.h); set by a signal's handler */
};

enum { RF_FUS_STACK_FIRST = 64, RF_FUS_STACK_READY = 16 /* usable when a host call begins: what most hooks need */, RF_FUS_FRAMES_FIRST = 24, RF_FUS_STACK_KEEP = 1 << 14 };

struct rf_fus_vm {
    rf_fus_heap heap;            /* first: its pointers are the hottest of all */
    rf_fus_frame *fp;            /* the running frame, when C code runs */
    rf_fus_value *soft;          /* registers below it hold valid values, memory above it anything */
    rf_fus_frame *frames_end;    /* a frame at it is in memory, but must not be used before rf_fus_stack_grow */
    const rf_fus_lib_row *row;   /* of the native that runs */
    uint8_t pending;
    _Atomic bool interrupted;
    int32_t polls_left;
    int32_t poll_period;
    int32_t polls_later;         /* while a profiler runs: what comes behind polls_left until the next look at the clock */
    rf_fus_value *stack;
    rf_fus_frame *frames;
    size_t stack_cap, frames_cap;
    size_t marked;               /* frames[0 … marked - 1] have not run since the last collection; 0: none */
    const rf_fus_code *marked_pc; /* of the last of them; its own pc leads to RF_FUS_I_MARK */
    rf_fus_value *marked_top;    /* no window of theirs goes further */
    uint32_t level_frame;        /* the entry frame of the innermost call from C, */
    uint32_t level_handlers;     /* and the handlers below it */
    uint32_t native_depth;
    bool running;
    rf_fus_stack *outgrown;
    RF_VEC(rf_fus_handler) handlers;

    /* Roots besides the stack. */
    rf_fus_value result, exception, scratch;
    rf_fus_value states[RF_FUS_STATE_COUNT];
    RF_VEC(rf_fus_value) keeps;
    RF_VEC(rf_fus_value) holds;
    uint32_t free_hold;          /* 1 + index of the first free one, which holds the next as an int; 0: none */
    rf_fus_instance *instances;
    rf_fus_instance *prelude;    /* the engine's; NULL: not needed so far */
    size_t loaded_bytes;         /* what a running script has loaded (Script.eval); counts as its memory */

    rf_fus_engine *engine;       /* reference owned */
    rf_fus_limits limits;
    uint64_t deadline_ns, last_poll_ns; /* 0: the clock has not been read yet */
    rf_fus_host host;
    rf_fus_attachment *attachments; /* freed by rf_fus_vm_detach_all */
    const rf_fus_symbol *some, *none, *ok, *error, *failure;

    /* The error under way. */
    rf_code fatal;
    char fatal_text[96];
    uint32_t trace_count;        /* all of them; the head and the last ones are kept */
    rf_fus_trace_row *trace;     /* RF_FUS_TRACE_HEAD, then a ring of RF_FUS_TRACE_TAIL; made at the first error */
    rf_buffer trace_text;

    rf_fus_frame first_frames[RF_FUS_FRAMES_FIRST];
    rf_fus_value first_stack[RF_FUS_STACK_FIRST];
};

/* ---- vm_run.c ---- */

/* Instructions of the machinery, which no program holds. */
enum {
    RF_FUS_I_EXIT = RF_FUS_I_COUNT, /* of an entry frame: back to C */
    RF_FUS_I_APPLY,                 /* of a frame with arguments left: applies the function behind them to them */
    RF_FUS_I_MARK,                  /* where the marked frame goes on: takes the mark away first (rf_fus_stack_mark) */
    RF_FUS_I_END,
};

/* Applies base[0] of the top frame, an entry frame, to `count` arguments behind it: the result, or RF_FUS_RAISED with the
 * exception recorded and all frames above the entry gone. */
rf_fus_value rf_fus_run(rf_fus_vm *vm, uint32_t count);

/* ---- vm_stack.c ---- */

void rf_fus_stack_init(rf_fus_vm *vm);
void rf_fus_stack_done(rf_fus_vm *vm);
/* frames_end, after the limit of depth has changed. */
void rf_fus_frames_bound(rf_fus_vm *vm);
/* The frame vm->fp, which has its base and may be at frames_end, becomes usable with its registers base[0 … registers - 1].
 * Stack and frames may move. False after raising: too deep, or no memory; the frame must be dropped then. */
bool rf_fus_stack_grow(rf_fus_vm *vm, size_t registers);
/* One past the last register that any frame may look at. */
rf_fus_value *rf_fus_stack_top(const rf_fus_vm *vm);
/*
 * All frames below the running one hold old objects only once a collection is over, so the next minor one need not look at
 * them, however deep a recursion is. The last of them is marked: when something returns to it, the mark moves down. Whatever
 * goes below the mark in another way (unwinding, the end of a call from C) takes it away.
 */
void rf_fus_stack_mark(rf_fus_vm *vm);
void rf_fus_stack_unmark(rf_fus_vm *vm);
const rf_fus_code *rf_fus_stack_lower_mark(rf_fus_vm *vm); /* the pc to go on at */
/* First register and first frame that a minor collection must look at. */
rf_fus_value *rf_fus_stack_changed(const rf_fus_vm *vm);
static inline rf_fus_value *rf_fus_frame_top(const rf_fus_frame *frame) {
    return frame->base + (frame->closure ? frame->closure->proto->registers : frame->window);
}
/* What lies between `from` and vm->soft becomes unit; a large stack is given back when nothing runs. */
void rf_fus_stack_settle(rf_fus_vm *vm);
void rf_fus_outgrown_free(rf_fus_vm *vm);

/* ---- vm_attach.c ---- */

/* Frees what library modules hung on the VM; part of rf_fus_vm_free. */
void rf_fus_vm_detach_all(rf_fus_vm *vm);

/* ---- vm_call.c ---- */

typedef enum rf_fus_called {
    RF_FUS_CALLED_RAISED,
    RF_FUS_CALLED_DONE,  /* the result is in base[-1] of the top frame, which is over */
    RF_FUS_CALLED_ENTER, /* base[-1] of the top frame is a closure with just its arguments at base[0] … */
} rf_fus_called;
/* Applies base[-1] of the top frame (without a closure as yet) to `count` arguments: whatever is no closure with just its arguments. */
rf_fus_called rf_fus_call_other(rf_fus_vm *vm, uint32_t count);
/* What a row's function is in this VM: one that raises when the host did not grant it. */
rf_fus_native rf_fus_native_of(const rf_fus_vm *vm, const rf_fus_lib_row *row);
/* Looks at clock and interrupt. False after recording that a limit was hit. */
bool rf_fus_poll_slow(rf_fus_vm *vm);
/* Behind a native that left vm->pending set, its result stored: false when it must unwind. May collect. */
bool rf_fus_settle_pending(rf_fus_vm *vm);

/* ---- collect.c ---- */

/* At a safepoint: room for `bytes` that natives' allocations (rf_fus_object_new) will then find without a collection. May
 * collect, so objects move; false after raising. */
bool rf_fus_room(rf_fus_vm *vm, size_t bytes);
/* Empties the nursery; everything that roots reach is old then. False: no memory, nothing has changed. */
bool rf_fus_collect(rf_fus_vm *vm, bool full);

/* ---- vm_error.c ---- */

/* Finds who handles the exception under way: true: vm->fp is its frame, which goes on at its pc. False: no one at this level. */
bool rf_fus_unwind(rf_fus_vm *vm);
/* Records an error that no script can catch. Returns RF_FUS_RAISED. */
rf_fus_value rf_fus_raise_fatal(rf_fus_vm *vm, rf_code code, const char *format, ...) RF_PRINTF(3, 4);
/* The error that a host call ends with. */
rf_code rf_fus_error_report(rf_fus_vm *vm, rf_error *reterr);

/* ---- Slow paths of instructions: all give RF_FUS_RAISED, or false, after raising ---- */

rf_fus_value rf_fus_arith(rf_fus_vm *vm, rf_fus_opcode op, rf_fus_value a, rf_fus_value b); /* ADD SUB MUL DIV MOD POW */
rf_fus_value rf_fus_negate(rf_fus_vm *vm, rf_fus_value a);
bool rf_fus_order(rf_fus_vm *vm, rf_fus_opcode op, rf_fus_value a, rf_fus_value b, bool *ret_holds); /* LT LE GT GE */
bool rf_fus_equal_slow(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b, bool *ret_equal);
bool rf_fus_for_prepare(rf_fus_vm *vm, rf_fus_value *r, bool *ret_enter);
bool rf_fus_for_step(rf_fus_vm *vm, rf_fus_value *r, bool *ret_again);
rf_fus_value rf_fus_field_of(rf_fus_vm *vm, rf_fus_value v, const rf_fus_symbol *name);
rf_fus_value rf_fus_method_of(rf_fus_vm *vm, rf_fus_value v, const rf_fus_symbol *name);
bool rf_fus_has_field(rf_fus_value v, const rf_fus_symbol *name);
rf_fus_value rf_fus_record_with(rf_fus_vm *vm, const rf_fus_value *r, const rf_fus_shape *shape); /* r[0] with r[1] … */
rf_fus_value rf_fus_index(rf_fus_vm *vm, rf_fus_value v, rf_fus_value index);
rf_fus_value rf_fus_update(rf_fus_vm *vm, const rf_fus_value *r); /* r[0] with item r[1] set to r[2] */
rf_fus_value rf_fus_item_of(rf_fus_vm *vm, rf_fus_value v, uint32_t index);
rf_fus_value rf_fus_ctor_field(rf_fus_vm *vm, rf_fus_value v, uint32_t index);
rf_fus_value rf_fus_raise_list(rf_fus_vm *vm, rf_fus_value got); /* HEAD, TAIL, UNCONS of something else than a cell */
bool rf_fus_push(rf_fus_vm *vm, rf_fus_value *list, const rf_fus_value *item);
bool rf_fus_push_all(rf_fus_vm *vm, rf_fus_value *list, const rf_fus_value *items);
bool rf_fus_list_of(rf_fus_vm *vm, rf_fus_value *to, const rf_fus_value *items, uint32_t count);
rf_fus_value rf_fus_to_array(rf_fus_vm *vm, const rf_fus_value *list);
bool rf_fus_iterate(rf_fus_vm *vm, rf_fus_value *r);
bool rf_fus_next(rf_fus_vm *vm, rf_fus_value *r, bool *ret_more);
bool rf_fus_setup(rf_fus_vm *vm, rf_fus_value closure, uint32_t upvalue, rf_fus_value value);
rf_fus_value rf_fus_concat_all(rf_fus_vm *vm, const rf_fus_value *items, uint32_t count);
rf_fus_value rf_fus_display_value(rf_fus_vm *vm, rf_fus_value v);
rf_fus_value rf_fus_format_hole(rf_fus_vm *vm, rf_fus_value v, rf_fus_value format);
rf_fus_value rf_fus_fail(rf_fus_vm *vm, uint32_t what, rf_fus_value name);

/* ---- Allocation inside the VM ---- */

void *rf_fus_object_slow(rf_fus_vm *vm, size_t bytes);
/* As rf_fus_object_new, not zeroed. */
static inline void *rf_fus_object_raw(rf_fus_vm *vm, rf_fus_type_tag type, uint32_t length, size_t bytes) {
    rf_fus_object *object;
    if (RF_LIKELY((size_t)(vm->heap.end - vm->heap.next) >= bytes)) {
        object = (rf_fus_object *)(void *)vm->heap.next;
        vm->heap.next += bytes;
        *object = (rf_fus_object){ .type = (uint8_t)type, .length = length };
        return object;
    }
    object = rf_fus_object_slow(vm, bytes);
    if (RF_LIKELY(object)) {
        object->type = (uint8_t)type;
        object->length = length;
    }
    return object;
}
static inline bool rf_fus_flat(rf_fus_value v) { return rf_fus_is(v, RF_FUS_T_STRING); }

#endif
