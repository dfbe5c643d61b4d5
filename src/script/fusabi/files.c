/* files.c: scripts in files: reading one, and what #load finds. */
#include "script/fusabi/files.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOM_AT_FIRST = 4096 };

/* How much to ask for at first: a file's size and one byte more, so that its end shows in the same read. */
static size_t room_for(int fd) {
    struct stat status;
    bool known = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
    return known && (uint64_t)status.st_size < RF_FUS_FILE_MAX ? (size_t)status.st_size + 1 : ROOM_AT_FIRST;
}

static rf_code read_all(rf_arena *arena, int fd, const char *path, rf_slice *ret_bytes, rf_error *reterr) {
    size_t room = room_for(fd), len = 0;
    char *bytes = rf_arena_alloc(arena, room + 1);
    while (bytes) {
        ssize_t got = read(fd, bytes + len, room - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return rf_raise(reterr, RF_EIO, "cannot read %s: %s", path, strerror(errno));
        len += (size_t)got;
        if (got == 0) {
            bytes[len] = '\0';
            *ret_bytes = (rf_slice){ bytes, len };
            return RF_OK;
        }
        if (len < room)
            continue;
        if (len >= RF_FUS_FILE_MAX)
            return rf_raise(reterr, RF_ELIMIT, "%s is too long for a script", path);
        char *more = rf_arena_alloc(arena, room * 2 + 1);
        if (more)
            memcpy(more, bytes, len);
        bytes = more;
        room *= 2;
    }
    return rf_raise_nomem(reterr);
}

rf_code rf_fus_file_read(rf_arena *arena, const char *path, rf_slice *ret_bytes, rf_error *reterr) {
    assert(arena && path && ret_bytes);
    if (strcmp(path, "-") == 0)
        return read_all(arena, STDIN_FILENO, "standard input", ret_bytes, reterr);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return rf_raise(reterr, RF_EIO, "cannot open %s: %s", path, strerror(errno));
    rf_code code = read_all(arena, fd, path, ret_bytes, reterr);
    (void)close(fd);
    return code;
}

rf_code rf_fus_text_check(const char *name, rf_slice text, rf_error *reterr) {
    if (rf_utf8_valid(text))
        return RF_OK;
    size_t at = 0;
    uint32_t c;
    for (size_t bytes; at < text.len && (bytes = rf_utf8_decode((rf_slice){ text.data + at, text.len - at }, &c)) > 0;)
        at += bytes;
    uint32_t line, column;
    rf_source_locate(&(rf_source){ name, text }, at, &line, &column);
    rf_code code = rf_raise(reterr, RF_EPARSE, "the text is not UTF-8: byte 0x%02X", (unsigned)(unsigned char)text.data[at]);
    rf_error_place(reterr, name, line, column);
    return code;
}

rf_code rf_fus_file_path(rf_arena *arena, const char *from, rf_slice path, const char **ret_path, rf_error *reterr) {
    assert(arena && from && ret_path);
    if (path.len == 0 || memchr(path.data, '\0', path.len))
        return rf_raise(reterr, RF_EIO, "#load needs the name of a file");
    const char *slash = strrchr(from, '/');
    bool plain = !slash || path.data[0] == '/';
    *ret_path = rf_printf_in(arena, "%.*s%.*s", plain ? 0 : (int)(slash + 1 - from), from, RF_SLICE_ARG(path)).data;
    return *ret_path ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code load(void *user, rf_arena *arena, const char *from, rf_slice path, rf_source *ret_source, rf_error *reterr) {
    (void)user;
    rf_code code = rf_fus_file_path(arena, from, path, &ret_source->name, reterr);
    if (!code)
        code = rf_fus_file_read(arena, ret_source->name, &ret_source->text, reterr);
    return code ? code : rf_fus_text_check(ret_source->name, ret_source->text, reterr);
}

const rf_fus_loader rf_fus_file_loader = { .load = load };
