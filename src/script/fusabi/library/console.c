/* console.c: the module Console: standard input, and the screen. */
#include "base/alloc.h"
#include "base/slice.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Read-ahead of standard input, of one VM. */
typedef struct input {
    size_t at, len;
    bool is_over;
    char bytes[16 * 1024];
} input;

static const char input_key; /* its address names the read-ahead */

static input *input_of(rf_fus_vm *vm) {
    input *found = rf_fus_vm_attached(vm, &input_key);
    if (found)
        return found;
    found = rf_alloc(sizeof *found);
    if (!found) {
        rf_fus_raise_nomem(vm);
        return NULL;
    }
    found->at = found->len = 0;
    found->is_over = false;
    if (rf_fus_vm_attach(vm, &input_key, found, rf_free))
        return found;
    rf_free(found);
    return NULL;
}

/* Gets more when all is used up; false after raising. At the end `is_over` is set. */
static bool fill(rf_fus_vm *vm, input *in) {
    in->is_over = false; /* a terminal may have more behind a Ctrl-D */
    while (in->at == in->len && !in->is_over) {
        if (!rf_fus_wait_fd(vm, STDIN_FILENO, POLLIN))
            return false;
        ssize_t got = read(STDIN_FILENO, in->bytes, sizeof in->bytes);
        int number = errno;
        if (got >= 0 || number == EBADF) { /* closed is empty */
            in->at = 0;
            in->len = got > 0 ? (size_t)got : 0;
            in->is_over = got <= 0;
        } else if (number != EINTR && number != EAGAIN) {
            char text[160];
            rf_fus_raise(vm, "%s (os error %d)", strerror_r(number, text, sizeof text), number);
            return false;
        }
    }
    return true;
}

/* A line without its end; false after raising. */
static bool read_line(rf_fus_vm *vm, input *in, rf_buffer *line) {
    for (;;) {
        if (!fill(vm, in))
            return false;
        if (in->is_over)
            return true;
        rf_slice ahead = { in->bytes + in->at, in->len - in->at };
        size_t end = rf_slice_find(ahead, '\n');
        rf_buffer_append(line, ahead.data, end);
        in->at += end < ahead.len ? end + 1 : end;
        if (line->failed) {
            rf_fus_raise_nomem(vm);
            return false;
        }
        if (line->len > RF_FUS_READ_MAX) {
            rf_fus_raise(vm, "A line of the console is longer than %zu MiB", RF_FUS_READ_MAX >> 20);
            return false;
        }
        if (end < ahead.len) {
            line->len -= line->len && line->data[line->len - 1] == '\r';
            return true;
        }
    }
}

static rf_fus_value console_read_line(rf_fus_vm *vm, const rf_fus_value *args) {
    if (!rf_fus_expect_unit(vm, args[0]) || !rf_fus_flush(vm))
        return RF_FUS_RAISED;
    input *in = input_of(vm);
    rf_buffer line RF_CLEANUP(rf_buffer_done) = { 0 };
    if (!in || !read_line(vm, in, &line))
        return RF_FUS_RAISED;
    return rf_fus_outside_string(vm, rf_buffer_view(&line));
}

static rf_slice key_name(const char *byte) {
    switch (*byte) {
    case '\n':
    case '\r': return RF_SLICE("Enter");
    case '\x1b': return RF_SLICE("Escape");
    case '\t': return RF_SLICE("Tab");
    case '\x7f':
    case '\b': return RF_SLICE("Backspace");
    default: return (rf_slice){ byte, 1 };
    }
}

static rf_fus_value console_read_key(rf_fus_vm *vm, const rf_fus_value *args) {
    if (!rf_fus_expect_unit(vm, args[0]) || !rf_fus_flush(vm))
        return RF_FUS_RAISED;
    input *in = input_of(vm);
    if (!in || !fill(vm, in))
        return RF_FUS_RAISED;
    if (in->is_over)
        return rf_fus_raise(vm, "failed to fill whole buffer"); /* the original's words for the end of the input */
    return rf_fus_outside_string(vm, key_name(&in->bytes[in->at++]));
}

static rf_fus_value put(rf_fus_vm *vm, rf_slice text) {
    const rf_fus_host *host = rf_fus_vm_host(vm);
    if (!host->write || host->write(host->user, text))
        return RF_FUS_UNIT;
    return rf_fus_raise(vm, "Failed to write output");
}

static rf_fus_value console_write(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    return rf_fus_expect_text(vm, args[0], &text) ? put(vm, text) : RF_FUS_RAISED;
}

static rf_fus_value console_write_line(rf_fus_vm *vm, const rf_fus_value *args) {
    if (console_write(vm, args) == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    return put(vm, RF_SLICE("\n"));
}

static rf_fus_value console_clear(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_expect_unit(vm, args[0]) ? put(vm, RF_SLICE("\033[2J\033[H")) : RF_FUS_RAISED;
}

static const rf_fus_lib_row rows[] = {
    { .name = "Console.clear", .params = "()", .type = "unit -> unit", .doc = "Empties the screen and puts the cursor at its top.",
      .example = "Console.clear ()", .native = console_clear, .arity = 1, .needs = RF_FUS_CAN_CONSOLE },
    { .name = "Console.readKey", .params = "()", .type = "unit -> string",
      .doc = "Reads one byte: \"Enter\", \"Escape\", \"Tab\", \"Backspace\" or the character. An error at the end of the input.",
      .example = "let key = Console.readKey ()", .native = console_read_key, .arity = 1, .needs = RF_FUS_CAN_CONSOLE },
    { .name = "Console.readLine", .params = "()", .type = "unit -> string",
      .doc = "Reads a line, without its end; \"\" at the end of the input.",
      .example = "let name = Console.readLine ()", .native = console_read_line, .arity = 1, .needs = RF_FUS_CAN_CONSOLE },
    { .name = "Console.write", .params = "s", .type = "string -> unit", .doc = "Writes a text, as print does, but strings only.",
      .example = "Console.write \"name: \"", .native = console_write, .arity = 1, .needs = RF_FUS_CAN_CONSOLE },
    { .name = "Console.writeLine", .params = "s", .type = "string -> unit", .doc = "Writes a text and a newline.",
      .example = "Console.writeLine \"done\"", .native = console_write_line, .arity = 1, .needs = RF_FUS_CAN_CONSOLE },
    { 0 },
};
RF_FUS_LIB_MODULE(console, "Console", "Standard input, and the screen.", rows);
