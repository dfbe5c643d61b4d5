/* settings_read.c: where term.toml is, and its bytes. */
#include "terminal/settings.h"

#include "base/slice.h"
#include "plugin/discover.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 20, PIECE_BYTES = 4096 };

rf_code rf_settings_path(rf_arena *arena, const char **ret_path, rf_error *reterr) {
    assert(arena && ret_path);
    const char *given = getenv("RIFFLE_TERM_CONFIG");
    if (given && *given) {
        *ret_path = rf_strdup_in(arena, given);
        return *ret_path ? RF_OK : rf_raise_nomem(reterr);
    }
    rf_plugin_paths paths;
    rf_code code = rf_plugin_paths_find(arena, &paths, reterr);
    if (code)
        return code;
    const char *slash = strrchr(paths.trust, '/'); /* it lies beside */
    *ret_path = rf_printf_in(arena, "%.*s/term.toml", (int)(slash - paths.trust), paths.trust).data;
    return *ret_path ? RF_OK : rf_raise_nomem(reterr);
}

/* Plugins get rights by it, and it names a program: nobody else may have written it. */
static rf_code check_file(const char *path, const struct stat *info, rf_error *reterr) {
    if (!S_ISREG(info->st_mode))
        return rf_raise(reterr, RF_EIO, "the settings `%s` are no file", path);
    if (info->st_uid != geteuid() && info->st_uid != 0)
        return rf_raise(reterr, RF_EIO, "the settings `%s` belong to another user", path);
    if (info->st_mode & S_IWOTH) {
        (void)rf_raise(reterr, RF_EIO, "the settings `%s` may be written by everybody (mode %04o)", path,
                       (unsigned)(info->st_mode & 07777));
        rf_error_hint(reterr, "look through them, then run: chmod o-w '%s'", path);
        return RF_EIO;
    }
    return info->st_size <= FILE_BYTES_MAX ? RF_OK
                                           : rf_raise(reterr, RF_EIO, "the settings `%s` are larger than %d bytes", path, FILE_BYTES_MAX);
}

static rf_code read_open(int fd, const char *path, rf_buffer *out, rf_error *reterr) {
    struct stat info;
    if (fstat(fd, &info))
        return rf_raise(reterr, RF_EIO, "cannot look at the settings `%s`: %s", path, strerror(errno));
    rf_code code = check_file(path, &info, reterr);
    while (!code) {
        if (!rf_buffer_reserve(out, PIECE_BYTES))
            return rf_raise_nomem(reterr);
        ssize_t got = read(fd, out->data + out->len, PIECE_BYTES);
        if (got == 0)
            return RF_OK;
        if (got < 0 && errno != EINTR)
            return rf_raise(reterr, RF_EIO, "cannot read the settings `%s`: %s", path, strerror(errno));
        out->len += got > 0 ? (size_t)got : 0;
        if (out->len > FILE_BYTES_MAX) /* it grows while it is read */
            return rf_raise(reterr, RF_EIO, "the settings `%s` are larger than %d bytes", path, FILE_BYTES_MAX);
    }
    return code;
}

rf_code rf_settings_load(const char *path, rf_settings *ret_settings, rf_buffer *findings, rf_error *reterr) {
    assert(path && ret_settings);
    RF_CLEANUP(rf_buffer_done) rf_buffer bytes = { 0 };
    *ret_settings = (rf_settings){ 0 };
    rf_code code = RF_OK;
    rf_error error;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us up */
    if (fd >= 0) {
        code = read_open(fd, path, &bytes, &error);
        (void)close(fd); /* it was only read */
    } else if (errno != ENOENT) {
        code = rf_raise(&error, RF_EIO, "cannot open the settings `%s`: %s", path, strerror(errno));
    }
    if (code == RF_EIO && findings)
        rf_source_show(findings, NULL, &error, false);
    if (code && reterr)
        *reterr = error;
    const rf_source source = { path, rf_buffer_view(&bytes) };
    return code ? code : rf_settings_read(&source, ret_settings, findings, reterr);
}
