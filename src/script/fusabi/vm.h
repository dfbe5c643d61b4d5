/* vm.h: the running side: a VM, its heap, calls, errors; what natives and the public API stand on. */
#ifndef RF_SCRIPT_FUSABI_VM_H
#define RF_SCRIPT_FUSABI_VM_H

#include "base/buffer.h"
#include "observe/exposition.h"
#include "riffle/error.h"
#include "script/fusabi/library.h"
#include "script/fusabi/program.h"

/* Bounds of one call from the host. 0: none (a host of untrusted scripts sets all). */
typedef struct rf_fus_limits {
    uint64_t time_ns;    /* wall time */
    size_t heap_bytes;   /* most the VM may hold */
    uint32_t depth;      /* calls inside calls; 0: RF_FUS_DEPTH_DEFAULT */
} rf_fus_limits;
#define RF_FUS_DEPTH_DEFAULT 1000000u
#define RF_FUS_NATIVE_DEPTH_MAX 150u /* natives that call scripts that call natives … (C stack) */

/* What the host gives to scripts. Callbacks run on the VM's thread. All may be NULL. */
typedef struct rf_fus_host {
    uint32_t capabilities;                                  /* RF_FUS_CAN_* granted, and bits of the host's own */
    void (*name_rights)(uint32_t bits, char *out, size_t size); /* for messages: "read-files, run"; cut to fit; NULL: not named */
    bool (*write)(void *user, rf_slice text);               /* print, printfn, Console.write; NULL: dropped. False: failed (raises) */
    bool (*flush)(void *user);                              /* what `write` holds back goes out: before the console is read, a process started; NULL: nothing held */
    void *user;
    const char *script_name;                                /* for Script.args and the like */
    const char *const *args;
    uint32_t arg_count;
    const struct rf_fus_terminal *terminal;                 /* provider for TerminalInfo, TerminalControl; NULL: none */
} rf_fus_host;

/* The terminal that a host drives (fusabi.md 12, TerminalInfo and TerminalControl). Any member may be NULL: then as without a
 * provider. Texts that getters return live until the next call. False or a NULL `data`: nothing there. */
typedef struct rf_fus_terminal {
    void *user;
    rf_slice (*foreground_process)(void *user);
    rf_slice (*working_dir)(void *user);
    rf_slice (*line)(void *user, int64_t index);
    rf_slice (*window_title)(void *user);
    rf_slice (*tab_title)(void *user);
    void (*size)(void *user, int64_t *ret_cols, int64_t *ret_rows);
    void (*send_text)(void *user, rf_slice text);
    bool (*split)(void *user, bool horizontal, int64_t *ret_pane);
    bool (*create_tab)(void *user, int64_t *ret_tab);
    bool (*close_pane)(void *user, int64_t pane);
    bool (*focus_pane)(void *user, int64_t pane);
    bool (*close_tab)(void *user, int64_t tab);
    bool (*set_tab_title)(void *user, int64_t tab, rf_slice title);
    void (*show_toast)(void *user, rf_slice text);
    int64_t (*foreground_pid)(void *user);
    rf_slice (*foreground_command)(void *user);    /* the command line of that process */
    void (*send_key)(void *user, rf_slice key);    /* "Enter", "ctrl-c", … */
} rf_fus_terminal;

/* A VM: one thread at a time. Holds its engine. Cost: about a microsecond and 2 KiB. `host` is copied. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_fus_vm_new(rf_fus_engine *engine, const rf_fus_limits *limits, const rf_fus_host *host, rf_fus_vm **ret_vm,
                                   rf_error *reterr);
void rf_fus_vm_free(rf_fus_vm *vm);
const rf_fus_host *rf_fus_vm_host(const rf_fus_vm *vm);
rf_fus_engine *rf_fus_vm_engine(const rf_fus_vm *vm);
void rf_fus_vm_set_limits(rf_fus_vm *vm, const rf_fus_limits *limits);
/* Set by another thread or a signal handler: the running call ends with RF_ELIMIT at the next poll. */
void rf_fus_vm_interrupt(rf_fus_vm *vm);
/* For tests: a full collection at every safepoint. */
void rf_fus_vm_stress(rf_fus_vm *vm, bool on);
typedef struct rf_fus_heap_counts {
    size_t held_bytes;      /* taken from the system: chunks, large objects, stacks */
    size_t used_bytes;      /* by objects, garbage included */
    uint64_t allocated_bytes; /* by objects, ever */
    uint64_t minor_count, full_count; /* collections */
    uint64_t longest_pause_ns;
    rf_bounds pauses;       /* all of them, ns */
} rf_fus_heap_counts;
void rf_fus_vm_counts(const rf_fus_vm *vm, rf_fus_heap_counts *ret_counts);

/* A program in a VM: its globals. Belongs to the VM and dies with it. */
typedef struct rf_fus_instance rf_fus_instance;
/* Loads (takes a reference to the program) without running it. */
RF_NODISCARD rf_code rf_fus_vm_load(rf_fus_vm *vm, rf_fus_program *program, rf_fus_instance **ret_instance, rf_error *reterr);
/* Runs its main function once; the result is kept until the next host call on this VM. Errors: as rf_fus_vm_host_call. */
RF_NODISCARD rf_code rf_fus_vm_run(rf_fus_vm *vm, rf_fus_instance *instance, rf_fus_value *ret_value, rf_error *reterr);
/* The value of an export after the run (RF_FUS_UNDEF when it has not been defined). Not rooted: see rf_fus_vm_hold. */
rf_fus_value rf_fus_instance_global(const rf_fus_instance *instance, uint32_t global);
void rf_fus_instance_set_global(rf_fus_instance *instance, uint32_t global, rf_fus_value value); /* for the REPL: `x <- e` in a later input */
rf_fus_program *rf_fus_instance_program(const rf_fus_instance *instance);

/*
 * Calls a function from the host (no script is running on this VM). The heap's nursery is emptied afterwards: the result
 * stays valid until the next host call or rf_fus_vm_load on this VM; rf_fus_vm_hold keeps values longer.
 * Errors: RF_ESCRIPT an exception (message as fusabi.md 10, place and stack trace of the script; see
 * rf_fus_vm_trace); RF_ELIMIT time, memory or depth (the VM stays fit for use); RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_fus_vm_host_call(rf_fus_vm *vm, rf_fus_value function, const rf_fus_value *args, uint32_t count,
                                         rf_fus_value *ret_value, rf_error *reterr);
/* The stack trace of the last failed host call: "  at fib (x.fsx:3:5)" a line, innermost first; long ones are cut in the
 * middle. Views into the VM, until the next call. */
rf_slice rf_fus_vm_trace(const rf_fus_vm *vm);
/* The exception of the last failed host call (a variant such as Failure("text")), or RF_FUS_UNIT. */
rf_fus_value rf_fus_vm_exception(const rf_fus_vm *vm);

/* A rooted value that survives host calls. */
typedef struct rf_fus_hold { uint32_t index; } rf_fus_hold;
RF_NODISCARD bool rf_fus_vm_hold(rf_fus_vm *vm, rf_fus_value value, rf_fus_hold *ret_hold);
rf_fus_value rf_fus_vm_held(const rf_fus_vm *vm, rf_fus_hold hold);
void rf_fus_vm_hold_set(rf_fus_vm *vm, rf_fus_hold hold, rf_fus_value value);
void rf_fus_vm_release(rf_fus_vm *vm, rf_fus_hold hold);

/* ---- For natives (inside a call) ---- */

/* Calls a script function with `count` arguments, from a native. May collect. RF_FUS_RAISED on error. */
rf_fus_value rf_fus_vm_call(rf_fus_vm *vm, rf_fus_value function, const rf_fus_value *args, uint32_t count);
/* True between a raise and whoever catches it: natives that got RF_FUS_RAISED from a call and hid it from their own caller. */
bool rf_fus_vm_is_raised(const rf_fus_vm *vm);
/* Roots for natives that call back: a stack; values may move, so read them again through rf_fus_kept. rf_fus_keep gives
 * false when memory is gone (raised already). */
uint32_t rf_fus_keep_mark(const rf_fus_vm *vm);
bool rf_fus_keep(rf_fus_vm *vm, rf_fus_value value, uint32_t *ret_slot);
rf_fus_value rf_fus_kept(const rf_fus_vm *vm, uint32_t slot);
void rf_fus_keep_release(rf_fus_vm *vm, uint32_t mark);
/* State that library modules keep per VM (Config, Events, Commands …): one rooted value each, RF_FUS_UNIT at first. */
typedef enum rf_fus_state { RF_FUS_STATE_CONFIG, RF_FUS_STATE_EVENTS, RF_FUS_STATE_COMMANDS, RF_FUS_STATE_FORMATTERS, RF_FUS_STATE_NAV,
                            RF_FUS_STATE_ENVIRONMENT, RF_FUS_STATE_COUNT } rf_fus_state;
rf_fus_value rf_fus_state_get(const rf_fus_vm *vm, rf_fus_state state);
void rf_fus_state_set(rf_fus_vm *vm, rf_fus_state state, rf_fus_value value);
/* An instance's main function, for rf_fus_vm_call with no arguments: how a script runs another one (Script.eval). */
rf_fus_value rf_fus_instance_main(const rf_fus_instance *instance);
/* C data that a library module keeps per VM (compiled patterns, read-ahead of the console): found by the address `key`, freed by
 * `free_fn` with the VM. One per key. False: no memory (raised; `data` is then the caller's). vm_attach.c */
bool rf_fus_vm_attach(rf_fus_vm *vm, const void *key, void *data, void (*free_fn)(void *data));
void *rf_fus_vm_attached(const rf_fus_vm *vm, const void *key); /* NULL: none */
/* The row of the native that is running (its `user`, its name). */
const rf_fus_lib_row *rf_fus_vm_row(const rf_fus_vm *vm);
/* A poll for natives that work long in one call: false when a limit was hit (raised already). Cheap. */
bool rf_fus_vm_poll(rf_fus_vm *vm);

/* Whether a native may hold so many bytes outside the heap; false after raising as if the heap were full. Cheap. (display.c) */
bool rf_fus_vm_allows(rf_fus_vm *vm, size_t bytes);

/* Raises: the exception is Failure(text). Returns RF_FUS_RAISED. Texts as fusabi.md 10 and 12, without "Runtime error: ". */
rf_fus_value rf_fus_raise(rf_fus_vm *vm, const char *format, ...) RF_PRINTF(2, 3);
rf_fus_value rf_fus_raise_type(rf_fus_vm *vm, const char *expected, rf_fus_value got); /* "Type mismatch: expected string, got int" */
rf_fus_value rf_fus_raise_value(rf_fus_vm *vm, rf_fus_value exception);                /* `raise e` */
rf_fus_value rf_fus_raise_nomem(rf_fus_vm *vm); /* memory ran out or the heap limit was hit: no script can catch it */

/* The error behind a RF_FUS_RAISED (or `data` NULL) that a host got from one of the functions below outside a call: RF_ELIMIT the
 * VM's memory, RF_ENOMEM the system's. */
rf_code rf_fus_vm_no_room(const rf_fus_vm *vm, rf_error *reterr);
/* Making values. RF_FUS_RAISED when memory is gone. Items are copied; the *_new forms without items leave them to the caller to
 * fill before the next allocation (they hold RF_FUS_UNIT). */
rf_fus_value rf_fus_int_new(rf_fus_vm *vm, int64_t value); /* small or BIGINT */
rf_fus_value rf_fus_string_new(rf_fus_vm *vm, rf_slice text); /* must be valid UTF-8 */
rf_fus_value rf_fus_string_room(rf_fus_vm *vm, size_t len, char **ret_bytes); /* uninitialised bytes: fill them at once */
rf_fus_value rf_fus_concat(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b); /* two strings; a rope when long */
rf_fus_value rf_fus_cons_new(rf_fus_vm *vm, rf_fus_value item, rf_fus_value tail);
rf_fus_value rf_fus_tuple_new(rf_fus_vm *vm, const rf_fus_value *items, uint32_t count);
rf_fus_value rf_fus_array_new(rf_fus_vm *vm, const rf_fus_value *items, uint32_t count); /* items NULL: all RF_FUS_UNIT */
rf_fus_value rf_fus_variant_new(rf_fus_vm *vm, const rf_fus_symbol *ctor, const rf_fus_value *items, uint32_t count);
rf_fus_value rf_fus_variant_named(rf_fus_vm *vm, const char *ctor, const rf_fus_value *items, uint32_t count); /* of names known to the engine: Some, None, Ok, Error, Failure are quick */
rf_fus_value rf_fus_some(rf_fus_vm *vm, rf_fus_value value);
rf_fus_value rf_fus_none(rf_fus_vm *vm);
/* A record with these field names: sorted here; equal names: the first wins. */
rf_fus_value rf_fus_record_new(rf_fus_vm *vm, const char *const *names, const rf_fus_value *values, uint32_t count);
/* A dynamic record: `pairs` holds 2 * count values, names (strings) and values; sorted here, first of equal names wins. */
rf_fus_value rf_fus_dict_new(rf_fus_vm *vm, rf_fus_value *pairs, uint32_t count);
rf_fus_value rf_fus_host_new(rf_fus_vm *vm, const char *type_name, void *pointer);
/* A function value for a library row or host row. */
rf_fus_value rf_fus_function_of(rf_fus_vm *vm, const rf_fus_lib_row *row);
/* Any object of `bytes` in all, head set, the rest zeroed (so not yet valid values); NULL: raised. For map.c and the like. */
void *rf_fus_object_new(rf_fus_vm *vm, rf_fus_type_tag type, uint32_t length, size_t bytes);
/* Must follow every store of `value` into `object` that is not brand new (arrays, cells, ropes, states do it themselves). */
void rf_fus_stored_old(rf_fus_vm *vm, rf_fus_object *object, rf_fus_value value);
static inline void rf_fus_stored(rf_fus_vm *vm, rf_fus_object *object, rf_fus_value value) {
    if (RF_UNLIKELY((object->flags & (RF_FUS_OLD | RF_FUS_REMEMBERED)) == RF_FUS_OLD))
        rf_fus_stored_old(vm, object, value);
}
/* Builds a list in order, from natives: start with { NIL, NIL }. */
typedef struct rf_fus_list_builder { rf_fus_value first, last; } rf_fus_list_builder;
bool rf_fus_list_push(rf_fus_vm *vm, rf_fus_list_builder *list, rf_fus_value item); /* false: raised */

/* Reading values. */
/* The flat text of a string or rope (which becomes flat). `data` NULL: raised (memory). Stable until the next collection. */
rf_slice rf_fus_text_of_rope(rf_fus_vm *vm, rf_fus_value rope);
static inline rf_slice rf_fus_text(rf_fus_vm *vm, rf_fus_value string) {
    const rf_fus_string *flat = RF_FUS_AS(const rf_fus_string, string);
    return RF_LIKELY(flat->head.type == RF_FUS_T_STRING) ? (rf_slice){ flat->bytes, flat->head.length } : rf_fus_text_of_rope(vm, string);
}
/* Checks an argument: false after raising `Type mismatch: expected …`. The …_slow are what is left of each. */
bool rf_fus_expect_text_slow(rf_fus_vm *vm, rf_fus_value v, rf_slice *ret_text);
bool rf_fus_expect_int_slow(rf_fus_vm *vm, rf_fus_value v, int64_t *ret_int);
bool rf_fus_expect_array_slow(rf_fus_vm *vm, rf_fus_value v);
static inline bool rf_fus_expect_text(rf_fus_vm *vm, rf_fus_value v, rf_slice *ret_text) {
    if (RF_UNLIKELY(!rf_fus_is(v, RF_FUS_T_STRING)))
        return rf_fus_expect_text_slow(vm, v, ret_text);
    *ret_text = (rf_slice){ RF_FUS_AS(const rf_fus_string, v)->bytes, rf_fus_object_of(v)->length };
    return true;
}
static inline bool rf_fus_expect_int(rf_fus_vm *vm, rf_fus_value v, int64_t *ret_int) {
    *ret_int = rf_fus_small_int(v);
    return RF_LIKELY(rf_fus_is_int(v)) || rf_fus_expect_int_slow(vm, v, ret_int);
}
static inline bool rf_fus_expect_array(rf_fus_vm *vm, rf_fus_value v, rf_fus_items **ret_array) {
    *ret_array = RF_FUS_AS(rf_fus_items, v);
    return RF_LIKELY(rf_fus_is(v, RF_FUS_T_ARRAY)) || rf_fus_expect_array_slow(vm, v);
}
bool rf_fus_expect_bool(rf_fus_vm *vm, rf_fus_value v, bool *ret_bool);
bool rf_fus_expect_number(rf_fus_vm *vm, rf_fus_value v, double *ret_number); /* int or float; "expected float" */
bool rf_fus_expect_list(rf_fus_vm *vm, rf_fus_value v); /* NIL or CONS; tails are checked while walking */
/* Walks a list: false at the end, or (after raising, *ret_failed) at an improper tail. */
bool rf_fus_list_next(rf_fus_vm *vm, rf_fus_value *list, rf_fus_value *ret_item, bool *ret_failed);
/* A record's field by name (RECORD or DICT); false: no record or no such field. */
bool rf_fus_field(rf_fus_vm *vm, rf_fus_value record, rf_slice name, rf_fus_value *ret_value);
/* Field i of a record in order of names. */
uint32_t rf_fus_field_count(rf_fus_value record);
void rf_fus_field_at(rf_fus_value record, uint32_t i, rf_fus_value *ret_name, rf_fus_value *ret_value); /* the name is a STRING */
/* The constructor's name of a variant ("Some"); variants only. */
static inline rf_slice rf_fus_ctor_name(rf_fus_value variant) {
    const rf_fus_string *text = RF_FUS_AS(const rf_fus_variant, variant)->ctor->text;
    return (rf_slice){ text->bytes, text->head.length };
}

/* Maps (map.c): persistent, string keys. */
rf_fus_value rf_fus_map_empty(rf_fus_vm *vm);
rf_fus_value rf_fus_map_add(rf_fus_vm *vm, rf_fus_value map, rf_fus_value key, rf_fus_value value);
rf_fus_value rf_fus_map_remove(rf_fus_vm *vm, rf_fus_value map, rf_fus_value key);
bool rf_fus_map_get(rf_fus_vm *vm, rf_fus_value map, rf_fus_value key, rf_fus_value *ret_value);
/* Goes through in order of keys without recursion: zeroed to start, with `map` set. No map is deeper than 64. */
typedef struct rf_fus_map_walk { rf_fus_value map; rf_fus_value stack[64]; uint32_t depth; bool begun; } rf_fus_map_walk;
bool rf_fus_map_next(rf_fus_map_walk *walk, rf_fus_value *ret_key, rf_fus_value *ret_value);

/* All keys (flat STRINGs) and values in turn, sorted: 2 * count values to rf_free; NULL: raised. `vm` may be NULL. */
rf_fus_value *rf_fus_map_pairs(rf_fus_vm *vm, rf_fus_value map);
/* The map of `count` keys and values in turn (in any order: sorted here, in place); of equal keys the last wins. */
rf_fus_value rf_fus_map_of_pairs(rf_fus_vm *vm, rf_fus_value *pairs, uint32_t count);

/* Structure (equal.c, display.c): no recursion on the C stack; false after raising (memory). */
bool rf_fus_equal(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b, bool *ret_equal);
/* F#'s generic order for List.sort, compare, max of tuples: numbers, strings, tuples, lists, … < 0, 0, > 0. Raises for functions and mixed kinds. */
bool rf_fus_compare(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b, int *ret_order);
/* The text of fusabi.md 5 appended to `out` (check out->failed). `vm` may be NULL: values without ropes. */
bool rf_fus_display(rf_fus_vm *vm, rf_fus_value v, rf_buffer *out);
/* The same as the source that gives it: strings in quotes, floats with a point ("%A", the REPL). */
bool rf_fus_display_source(rf_fus_vm *vm, rf_fus_value v, rf_buffer *out);
size_t rf_fus_float_text(double d, char out[400]); /* shortest, no exponent: "1", "0.0000001", "NaN", "inf" */

#endif
