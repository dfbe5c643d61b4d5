/* plugin_read.c: a plugin's files, read with as few system calls as there can be: they are most of what a load costs. */
#include "plugin/plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL_BYTES 8192u /* files up to this size are read at once */

/* Only what is no ordinary small file gets here: nothing was in it, or more than `seen` bytes are, or it could not be read. */
static rf_code check_file(int fd, const char *path, size_t max, ssize_t seen, size_t *ret_size, rf_error *reterr) {
    int why = errno;
    struct stat about;
    if (fstat(fd, &about))
        return rf_raise(reterr, RF_EIO, "reading %s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return rf_raise(reterr, RF_EIO, "reading %s: it is no plain file", path);
    if (seen < 0)
        return rf_raise(reterr, RF_EIO, "reading %s: %s", path, strerror(why));
    if ((uint64_t)about.st_size > max)
        return rf_raise(reterr, RF_EIO, "reading %s: %lld bytes, more than the %zu that are read", path, (long long)about.st_size, max);
    *ret_size = (size_t)about.st_size;
    return RF_OK;
}

static ssize_t read_some(int fd, char *bytes, size_t room) {
    ssize_t got;
    do
        got = read(fd, bytes, room);
    while (got < 0 && errno == EINTR);
    return got;
}

/* A small file takes one system call: what is shorter than the room for it has been read to its end. */
static rf_code read_all(int fd, const char *path, size_t max, rf_arena *arena, rf_slice *ret_bytes, rf_error *reterr) {
    char head[SMALL_BYTES];
    ssize_t got = read_some(fd, head, sizeof head);
    size_t len = got > 0 ? (size_t)got : 0, size = len;
    if (len == 0 || len == sizeof head || len > max) {
        rf_code code = check_file(fd, path, max, got, &size, reterr);
        if (code)
            return code;
    }
    size = size > len ? size : len;
    char *bytes = rf_arena_alloc(arena, size + 1);
    if (!bytes)
        return rf_raise_nomem(reterr);
    memcpy(bytes, head, len);
    while (len < size && (got = read_some(fd, bytes + len, size - len)) != 0) {
        if (got < 0)
            return rf_raise(reterr, RF_EIO, "reading %s: %s", path, strerror(errno));
        len += (size_t)got;
    }
    bytes[len] = '\0';
    *ret_bytes = (rf_slice){ bytes, len };
    return RF_OK;
}

static const char *name_in(const rf_plugin_folder *folder, const char *path) {
    size_t len = folder && folder->fd >= 0 ? folder->len : 0;
    return len && strncmp(path, folder->path, len) == 0 && path[len] && !strchr(path + len, '/') ? path + len : NULL;
}

/* Only a file's owner may ask that nothing be written down. */
static int open_file(const rf_plugin_folder *folder, const char *path) {
    const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    const char *name = name_in(folder, path);
    if (!name)
        return open(path, flags);
    int fd = openat(folder->fd, name, folder->is_ours ? flags | O_NOATIME : flags);
    return fd < 0 && errno == EPERM && folder->is_ours ? openat(folder->fd, name, flags) : fd;
}

rf_code rf_plugin_read(const rf_plugin_folder *folder, const char *path, size_t max, rf_arena *arena, rf_slice *ret_bytes,
                       rf_error *reterr) {
    int fd = open_file(folder, path);
    if (fd < 0)
        return rf_raise(reterr, errno == ENOENT ? RF_ENOTFOUND : RF_EIO, "reading %s: %s", path, strerror(errno));
    rf_code code = read_all(fd, path, max, arena, ret_bytes, reterr);
    (void)close(fd); /* only read */
    return code;
}

void rf_plugin_folder_init(rf_plugin_folder *folder) {
    folder->fd = -1;
    folder->is_ours = false;
    folder->len = 0;
}

void rf_plugin_folder_enter(rf_plugin_folder *folder, const char *path) {
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) + 1 : 0;
    if (folder->fd >= 0 && len == folder->len && strncmp(path, folder->path, len) == 0)
        return;
    rf_plugin_folder_leave(folder);
    if (len == 0 || len >= sizeof folder->path)
        return;
    memcpy(folder->path, path, len);
    folder->path[len] = '\0';
    folder->len = len;
    folder->fd = open(folder->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat about;
    folder->is_ours = folder->fd >= 0 && fstat(folder->fd, &about) == 0 && about.st_uid == geteuid();
}

void rf_plugin_folder_leave(rf_plugin_folder *folder) {
    if (folder->fd >= 0)
        (void)close(folder->fd);
    folder->fd = -1;
}
