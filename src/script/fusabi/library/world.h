/* world.h: what the modules share that touch the world or keep state: arguments, texts from outside, errors of the system. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_WORLD_H
#define RF_SCRIPT_FUSABI_LIBRARY_WORLD_H

#include "base/vec.h"
#include "script/fusabi/vm.h"

#define RF_FUS_READ_MAX ((size_t)256 << 20) /* most bytes of one file or one program's output: they lie outside the VM's heap at first */

/* Checks of arguments: false after raising `Type mismatch: expected …`. */
bool rf_fus_expect_unit(rf_fus_vm *vm, rf_fus_value v);
bool rf_fus_expect_function(rf_fus_vm *vm, rf_fus_value v);
/* A text for C interfaces, which end it at a NUL: `format` (one %.*s: the text) begins the message when it has one inside. */
bool rf_fus_expect_cstr(rf_fus_vm *vm, rf_fus_value v, const char *complaint, rf_slice *ret_text);
/* A list of strings: the next one; false at the end or (after raising) with *ret_failed. Start with rf_fus_expect_list. */
bool rf_fus_next_text(rf_fus_vm *vm, rf_fus_value *list, rf_slice *ret_text, bool *ret_failed);

/* A string of bytes from outside: what is not UTF-8 becomes U+FFFD, one for each maximal broken piece (as Rust counts them). */
rf_fus_value rf_fus_outside_string(rf_fus_vm *vm, rf_slice bytes);
/* Raises "<what> '<name>': No such file or directory (os error 2)"; `after` follows the name. */
rf_fus_value rf_fus_raise_os(rf_fus_vm *vm, const char *what, rf_slice name, const char *after, int number);
/* Some(value), or None for RF_FUS_UNDEF; passes RF_FUS_RAISED on. */
rf_fus_value rf_fus_option_of(rf_fus_vm *vm, rf_fus_value value);
rf_fus_value rf_fus_ok(rf_fus_vm *vm, rf_fus_value value);
rf_fus_value rf_fus_error_text(rf_fus_vm *vm, const char *format, ...) RF_PRINTF(2, 3); /* Error("…") */
/* What was written so far goes out: before anybody waits for an answer, or another program writes. False after raising. */
bool rf_fus_flush(rf_fus_vm *vm);
/* Waits until `fd` is ready for `events` (poll) or a limit ends the call: false (raised). */
bool rf_fus_wait_fd(rf_fus_vm *vm, int fd, short events);
/* Sleeps so long, in pieces; false when a limit ended it (raised). */
bool rf_fus_wait_ns(rf_fus_vm *vm, uint64_t ns);
/* The value of an environment variable as scripts of this VM see it: what they set, else what the process has. RF_FUS_UNDEF:
 * none; RF_FUS_RAISED. */
rf_fus_value rf_fus_environment_get(rf_fus_vm *vm, rf_fus_value name);

/* State of a module as an array of `count` slots, each RF_FUS_UNIT at first; NULL after raising. Slots change by rf_fus_slot_set. */
rf_fus_items *rf_fus_state_slots(rf_fus_vm *vm, rf_fus_state state, uint32_t count);
void rf_fus_slot_set(rf_fus_vm *vm, rf_fus_items *slots, uint32_t index, rf_fus_value value);
/* A slot's int or map; before it was set: `otherwise`, or an empty map (RF_FUS_RAISED: no memory). */
int64_t rf_fus_slot_int(const rf_fus_items *slots, uint32_t index, int64_t otherwise);
rf_fus_value rf_fus_slot_map(rf_fus_vm *vm, const rf_fus_items *slots, uint32_t index);

/* Handlers: a list of (id, function), the newest first; RF_FUS_UNIT is an empty one. All give RF_FUS_RAISED without memory. */
rf_fus_value rf_fus_handlers_add(rf_fus_vm *vm, rf_fus_value list, int64_t id, rf_fus_value function);
/* The list without that id; *ret_found says whether it was in it. */
rf_fus_value rf_fus_handlers_remove(rf_fus_vm *vm, rf_fus_value list, int64_t id, bool *ret_found);
/* The functions, oldest first, before those in `behind` (a list of functions). */
rf_fus_value rf_fus_handlers_functions(rf_fus_vm *vm, rf_fus_value list, rf_fus_value behind);
int64_t rf_fus_handlers_count(rf_fus_value list);

/* What the prelude's modules stand on (module PrimWorld: not for scripts); each in its module's file. */
rf_fus_value rf_fus_prim_async_message(rf_fus_vm *vm, const rf_fus_value *args);   /* exception → text */
rf_fus_value rf_fus_prim_async_sleep(rf_fus_vm *vm, const rf_fus_value *args);     /* ms → unit */
rf_fus_value rf_fus_prim_async_unknown(rf_fus_vm *vm, const rf_fus_value *args);   /* raises: not an Async */
rf_fus_value rf_fus_prim_command_handler(rf_fus_vm *vm, const rf_fus_value *args); /* id → function */
rf_fus_value rf_fus_prim_error_line(rf_fus_vm *vm, const rf_fus_value *args);      /* exception → "Error: …" */
rf_fus_value rf_fus_prim_events_take(rf_fus_vm *vm, const rf_fus_value *args);     /* name → functions in order; once-handlers go */
rf_fus_value rf_fus_prim_formatters(rf_fus_vm *vm, const rf_fus_value *args);      /* kind → functions in order */

#endif
