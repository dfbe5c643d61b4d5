/* world.c: what the modules share that touch the world or keep state (world.h). */
#include "script/fusabi/library/world.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "script/fusabi/library/modules.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>

bool rf_fus_expect_unit(rf_fus_vm *vm, rf_fus_value v) {
    if (v == RF_FUS_UNIT)
        return true;
    rf_fus_raise_type(vm, "unit", v);
    return false;
}

bool rf_fus_expect_function(rf_fus_vm *vm, rf_fus_value v) {
    if (rf_fus_is_function(v))
        return true;
    rf_fus_raise_type(vm, "function", v);
    return false;
}

bool rf_fus_expect_cstr(rf_fus_vm *vm, rf_fus_value v, const char *complaint, rf_slice *ret_text) {
    if (!rf_fus_expect_text(vm, v, ret_text))
        return false;
    if (rf_slice_find(*ret_text, '\0') == ret_text->len)
        return true;
    rf_fus_raise(vm, "%s '%.*s': nul byte found in provided data", complaint, RF_SLICE_ARG(*ret_text));
    return false;
}

bool rf_fus_next_text(rf_fus_vm *vm, rf_fus_value *list, rf_slice *ret_text, bool *ret_failed) {
    rf_fus_value item;
    if (!rf_fus_list_next(vm, list, &item, ret_failed))
        return false;
    if (rf_fus_is_string(item)) {
        *ret_text = rf_fus_text(vm, item);
        *ret_failed = !ret_text->data;
    } else {
        rf_fus_raise(vm, "Type mismatch: expected string list, got list with non-string elements");
        *ret_failed = true;
    }
    return !*ret_failed;
}

/* The bytes of the broken sequence that the text begins with: as far as they could still have become a character. */
static size_t broken_length(rf_slice text) {
    const uint8_t *s = (const uint8_t *)text.data;
    size_t whole = s[0] >= 0xF0 && s[0] <= 0xF4 ? 4 : s[0] >= 0xE0 && s[0] <= 0xEF ? 3 : 1;
    uint8_t low = s[0] == 0xE0 ? 0xA0 : s[0] == 0xF0 ? 0x90 : 0x80;
    uint8_t high = s[0] == 0xED ? 0x9F : s[0] == 0xF4 ? 0x8F : 0xBF;
    size_t len = 1;
    for (; len < whole && len < text.len && s[len] >= low && s[len] <= high; len++)
        low = 0x80, high = 0xBF;
    return len;
}

rf_fus_value rf_fus_outside_string(rf_fus_vm *vm, rf_slice bytes) {
    if (!bytes.len)
        return rf_fus_string_new(vm, RF_SLICE(""));
    if (rf_utf8_valid(bytes))
        return rf_fus_string_new(vm, bytes);
    rf_buffer clean RF_CLEANUP(rf_buffer_done) = { 0 };
    while (bytes.len) {
        uint32_t c;
        size_t len = rf_utf8_decode(bytes, &c);
        if (len)
            rf_buffer_append(&clean, bytes.data, len);
        else
            rf_buffer_text(&clean, "\xEF\xBF\xBD");
        len = len ? len : broken_length(bytes);
        bytes = (rf_slice){ bytes.data + len, bytes.len - len };
    }
    return clean.failed ? rf_fus_raise_nomem(vm) : rf_fus_string_new(vm, rf_buffer_view(&clean));
}

rf_fus_value rf_fus_raise_os(rf_fus_vm *vm, const char *what, rf_slice name, const char *after, int number) {
    char room[160];
    const char *text = strerror_r(number, room, sizeof room);
    return rf_fus_raise(vm, "%s '%.*s'%s: %s (os error %d)", what, RF_SLICE_ARG(name), after, text, number);
}

rf_fus_value rf_fus_option_of(rf_fus_vm *vm, rf_fus_value value) {
    if (value == RF_FUS_RAISED)
        return value;
    return value == RF_FUS_UNDEF ? rf_fus_none(vm) : rf_fus_some(vm, value);
}

rf_fus_value rf_fus_ok(rf_fus_vm *vm, rf_fus_value value) {
    return rf_fus_variant_named(vm, "Ok", &value, 1);
}

rf_fus_value rf_fus_error_text(rf_fus_vm *vm, const char *format, ...) {
    char text[300];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0)
        len = 0;
    rf_slice said = { text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1 };
    rf_fus_value value = rf_fus_outside_string(vm, said); /* it may have been cut inside a character */
    return value == RF_FUS_RAISED ? value : rf_fus_variant_named(vm, "Error", &value, 1);
}

bool rf_fus_flush(rf_fus_vm *vm) {
    const rf_fus_host *host = rf_fus_vm_host(vm);
    if (!host->flush || host->flush(host->user))
        return true;
    rf_fus_raise(vm, "Failed to write output");
    return false;
}

bool rf_fus_wait_fd(rf_fus_vm *vm, int fd, short events) {
    for (;;) {
        struct pollfd wait = { .fd = fd, .events = events };
        if (!rf_fus_vm_poll(vm))
            return false;
        int ready = poll(&wait, 1, 20); /* ms: how late a limit may be seen */
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return true;
    }
}

bool rf_fus_wait_ns(rf_fus_vm *vm, uint64_t ns) {
    uint64_t end = rf_clock_mono_ns() + ns;
    for (;;) {
        if (!rf_fus_vm_poll(vm))
            return false;
        uint64_t now = rf_clock_mono_ns();
        if (now >= end)
            return true;
        rf_clock_sleep_ns(end - now < 20 * RF_NS_PER_MS ? end - now : 20 * RF_NS_PER_MS);
    }
}

static const rf_fus_lib_row rows[] = {
    { .name = "PrimWorld.asyncMessage", .params = "e", .type = "exn -> string", .doc = "The text of an exception.",
      .native = rf_fus_prim_async_message, .arity = 1, .is_ours = true },
    { .name = "PrimWorld.asyncSleep", .params = "ms", .type = "int -> unit", .doc = "Waits.", .native = rf_fus_prim_async_sleep,
      .arity = 1, .is_ours = true },
    { .name = "PrimWorld.asyncUnknown", .params = "c", .type = "_ -> 'a", .doc = "Raises: not an async value.",
      .native = rf_fus_prim_async_unknown, .arity = 1, .is_ours = true },
    { .name = "PrimWorld.commandHandler", .params = "id", .type = "string -> (unit -> _)", .doc = "The handler of a command.",
      .native = rf_fus_prim_command_handler, .arity = 1, .is_ours = true },
    { .name = "PrimWorld.errorLine", .params = "e", .type = "exn -> string", .doc = "An exception as Script.evalToString gives it.",
      .native = rf_fus_prim_error_line, .arity = 1, .is_ours = true },
    { .name = "PrimWorld.eventsTake", .params = "name", .type = "string -> (_ -> _) list", .doc = "Whom an event goes to, in order.",
      .native = rf_fus_prim_events_take, .arity = 1, .is_ours = true },
    { .name = "PrimWorld.formatters", .params = "kind", .type = "int -> (_ -> _) list", .doc = "The formatters of a kind, in order.",
      .native = rf_fus_prim_formatters, .arity = 1, .is_ours = true },
    { 0 },
};
RF_FUS_LIB_MODULE(primworld, "PrimWorld", "What the prelude's modules stand on that keep state.", rows);
