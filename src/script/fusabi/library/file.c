/* file.c: the module File: whole files as lines or text, and folders. */
#include "base/clock.h"
#include "base/slice.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static void close_fd(const int *fd) {
    if (*fd >= 0)
        close(*fd);
}

/* Opens without waiting (a named pipe could make that last for ever): -1 after raising. */
static int open_file(rf_fus_vm *vm, rf_slice path, int flags, const char *what, const char *after) {
    int fd;
    do
        fd = open(path.data, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        rf_fus_raise_os(vm, what, path, after, errno);
    return fd;
}

/* After a read or write that failed: true when it may go on, maybe after waiting; else it has raised. */
static bool try_again(rf_fus_vm *vm, int fd, short events, const char *what, rf_slice path) {
    int number = errno;
    if (number == EINTR)
        return true;
    if (number == EAGAIN)
        return rf_fus_wait_fd(vm, fd, events);
    rf_fus_raise_os(vm, what, path, "", number);
    return false;
}

/* Appends all that can be read; false after raising. */
static bool read_all(rf_fus_vm *vm, int fd, rf_slice path, rf_buffer *out) {
    enum { PIECE = 64 * 1024 };
    while (rf_fus_vm_poll(vm)) {
        if (out->len > RF_FUS_READ_MAX) {
            rf_fus_raise(vm, "Failed to read file '%.*s': it is larger than %zu MiB", RF_SLICE_ARG(path), RF_FUS_READ_MAX >> 20);
            return false;
        }
        if (!rf_buffer_reserve(out, PIECE)) {
            rf_fus_raise_nomem(vm);
            return false;
        }
        ssize_t got = read(fd, out->data + out->len, PIECE);
        if (got == 0)
            return true;
        if (got > 0)
            out->len += (size_t)got;
        else if (!try_again(vm, fd, POLLIN, "Failed to read file", path))
            return false;
    }
    return false;
}

static bool read_path(rf_fus_vm *vm, rf_fus_value path, rf_buffer *out) {
    rf_slice name;
    if (!rf_fus_expect_cstr(vm, path, "Failed to open file", &name))
        return false;
    int fd RF_CLEANUP(close_fd) = open_file(vm, name, O_RDONLY, "Failed to open file", "");
    return fd >= 0 && read_all(vm, fd, name, out);
}

static bool write_all(rf_fus_vm *vm, int fd, rf_slice path, rf_slice text, const char *what) {
    while (text.len) {
        if (!rf_fus_vm_poll(vm))
            return false;
        ssize_t put = write(fd, text.data, text.len < (1u << 20) ? text.len : 1u << 20);
        if (put >= 0)
            text = (rf_slice){ text.data + put, text.len - (size_t)put };
        else if (!try_again(vm, fd, POLLOUT, what, path))
            return false;
    }
    return true;
}

static rf_fus_value write_path(rf_fus_vm *vm, rf_slice path, rf_slice text) {
    int fd RF_CLEANUP(close_fd) = open_file(vm, path, O_WRONLY | O_CREAT | O_TRUNC, "Failed to create file", "");
    return fd >= 0 && write_all(vm, fd, path, text, "Failed to write to file") ? RF_FUS_UNIT : RF_FUS_RAISED;
}

static rf_fus_value file_read_lines(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_buffer text RF_CLEANUP(rf_buffer_done) = { 0 };
    if (!read_path(vm, args[0], &text))
        return RF_FUS_RAISED;
    rf_fus_list_builder lines = { RF_FUS_NIL, RF_FUS_NIL };
    rf_slice rest = rf_buffer_view(&text);
    while (rest.len) {
        size_t end = rf_slice_find(rest, '\n');
        rf_slice line = { rest.data, end };
        if (end < rest.len && end && line.data[end - 1] == '\r')
            line.len--;
        rf_fus_value value = rf_fus_outside_string(vm, line);
        if (value == RF_FUS_RAISED || !rf_fus_list_push(vm, &lines, value))
            return RF_FUS_RAISED;
        size_t used = end < rest.len ? end + 1 : end;
        rest = (rf_slice){ rest.data + used, rest.len - used };
    }
    return lines.first;
}

static rf_fus_value file_read_all(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_buffer text RF_CLEANUP(rf_buffer_done) = { 0 };
    return read_path(vm, args[0], &text) ? rf_fus_outside_string(vm, rf_buffer_view(&text)) : RF_FUS_RAISED;
}

static rf_fus_value file_write_lines(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_buffer out RF_CLEANUP(rf_buffer_done) = { 0 };
    rf_slice path, line;
    bool is_failed = false;
    if (!rf_fus_expect_cstr(vm, args[0], "Failed to create file", &path) || !rf_fus_expect_list(vm, args[1]))
        return RF_FUS_RAISED;
    for (rf_fus_value list = args[1]; rf_fus_next_text(vm, &list, &line, &is_failed);) {
        rf_buffer_slice(&out, line);
        rf_buffer_char(&out, '\n');
    }
    if (is_failed)
        return RF_FUS_RAISED;
    return out.failed ? rf_fus_raise_nomem(vm) : write_path(vm, path, rf_buffer_view(&out));
}

static rf_fus_value file_write_all(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice path, text;
    if (!rf_fus_expect_cstr(vm, args[0], "Failed to create file", &path) || !rf_fus_expect_text(vm, args[1], &text))
        return RF_FUS_RAISED;
    return write_path(vm, path, text);
}

static rf_fus_value file_append_line(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_buffer out RF_CLEANUP(rf_buffer_done) = { 0 };
    rf_slice path, line;
    if (!rf_fus_expect_cstr(vm, args[0], "Failed to open file", &path) || !rf_fus_expect_text(vm, args[1], &line))
        return RF_FUS_RAISED;
    rf_buffer_slice(&out, line);
    rf_buffer_char(&out, '\n'); /* one write, so that lines of several programs do not mix */
    if (out.failed)
        return rf_fus_raise_nomem(vm);
    int fd RF_CLEANUP(close_fd) = open_file(vm, path, O_WRONLY | O_CREAT | O_APPEND, "Failed to open file", " for append");
    return fd >= 0 && write_all(vm, fd, path, rf_buffer_view(&out), "Failed to append to file") ? RF_FUS_UNIT : RF_FUS_RAISED;
}

static rf_fus_value file_exists(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice path;
    if (!rf_fus_expect_text(vm, args[0], &path))
        return RF_FUS_RAISED;
    return rf_fus_of_bool(rf_slice_find(path, '\0') == path.len && access(path.data, F_OK) == 0);
}

static rf_fus_value file_delete(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice path;
    if (!rf_fus_expect_cstr(vm, args[0], "Failed to delete file", &path))
        return RF_FUS_RAISED;
    return unlink(path.data) == 0 ? RF_FUS_UNIT : rf_fus_raise_os(vm, "Failed to delete file", path, "", errno);
}

typedef RF_VEC(rf_fus_value) values;

static bool collect_names(rf_fus_vm *vm, DIR *folder, values *names) {
    for (struct dirent *entry; (entry = readdir(folder));) {
        rf_slice name = rf_slice_of(entry->d_name);
        if (rf_slice_is(name, ".") || rf_slice_is(name, ".."))
            continue;
        rf_fus_value value = rf_fus_outside_string(vm, name);
        if (value == RF_FUS_RAISED)
            return false;
        if (!rf_vec_push(names, value)) {
            rf_fus_raise_nomem(vm);
            return false;
        }
        if (!rf_fus_vm_poll(vm))
            return false;
    }
    return true;
}

static int by_bytes(const void *a, const void *b) {
    const rf_fus_string *left = RF_FUS_AS(const rf_fus_string, *(const rf_fus_value *)a);
    const rf_fus_string *right = RF_FUS_AS(const rf_fus_string, *(const rf_fus_value *)b);
    return rf_slice_compare((rf_slice){ left->bytes, left->head.length }, (rf_slice){ right->bytes, right->head.length });
}

static rf_fus_value list_of(rf_fus_vm *vm, const values *names) {
    rf_fus_value list = RF_FUS_NIL;
    for (size_t i = names->count; i-- > 0 && list != RF_FUS_RAISED;)
        list = rf_fus_cons_new(vm, names->items[i], list);
    return list;
}

static rf_fus_value file_list_dir(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice path;
    if (!rf_fus_expect_cstr(vm, args[0], "Failed to list folder", &path))
        return RF_FUS_RAISED;
    DIR *folder = opendir(path.data);
    if (!folder)
        return rf_fus_raise_os(vm, "Failed to list folder", path, "", errno);
    values names = { 0 };
    rf_fus_value list = RF_FUS_RAISED;
    if (collect_names(vm, folder, &names)) {
        if (names.count)
            qsort(names.items, names.count, sizeof *names.items, by_bytes);
        list = list_of(vm, &names);
    }
    rf_vec_done(&names);
    closedir(folder);
    return list;
}

static const rf_fus_lib_row rows[] = {
    { .name = "File.appendLine", .params = "path line", .type = "string -> string -> unit",
      .doc = "Adds a line at the end of a file, which is made if need be.", .example = "File.appendLine \"log.txt\" \"started\"",
      .native = file_append_line, .arity = 2, .needs = RF_FUS_CAN_WRITE_FILES },
    { .name = "File.delete", .params = "path", .type = "string -> unit", .doc = "Removes a file (not a folder).",
      .example = "File.delete \"old.txt\"", .native = file_delete, .arity = 1, .is_ours = true, .needs = RF_FUS_CAN_WRITE_FILES },
    { .name = "File.exists", .params = "path", .type = "string -> bool", .doc = "Whether there is a file or folder of that name.",
      .example = "File.exists \"notes.txt\"", .native = file_exists, .arity = 1, .is_ours = true, .needs = RF_FUS_CAN_READ_FILES },
    { .name = "File.listDir", .params = "path", .type = "string -> string list",
      .doc = "The names in a folder, sorted, without \".\" and \"..\".", .example = "File.listDir \".\"",
      .native = file_list_dir, .arity = 1, .is_ours = true, .needs = RF_FUS_CAN_READ_FILES },
    { .name = "File.readAll", .params = "path", .type = "string -> string",
      .doc = "The whole text of a file. Bytes that are not UTF-8 become U+FFFD.", .example = "File.readAll \"notes.txt\"",
      .native = file_read_all, .arity = 1, .is_ours = true, .needs = RF_FUS_CAN_READ_FILES },
    { .name = "File.readLines", .params = "path", .type = "string -> string list",
      .doc = "The lines of a file, without their ends. Bytes that are not UTF-8 become U+FFFD.",
      .example = "File.readLines \"notes.txt\" |> List.iter printfn", .native = file_read_lines, .arity = 1, .needs = RF_FUS_CAN_READ_FILES },
    { .name = "File.writeAll", .params = "path text", .type = "string -> string -> unit",
      .doc = "Makes a file of that text, or replaces what is in it.", .example = "File.writeAll \"notes.txt\" \"one\\ntwo\\n\"",
      .native = file_write_all, .arity = 2, .is_ours = true, .needs = RF_FUS_CAN_WRITE_FILES },
    { .name = "File.writeLines", .params = "path lines", .type = "string -> string list -> unit",
      .doc = "Makes a file of these lines, or replaces what is in it.", .example = "File.writeLines \"notes.txt\" [\"one\"; \"two\"]",
      .native = file_write_lines, .arity = 2, .needs = RF_FUS_CAN_WRITE_FILES },
    { 0 },
};
RF_FUS_LIB_MODULE(file, "File", "Whole files as lines or text, and folders.", rows);
