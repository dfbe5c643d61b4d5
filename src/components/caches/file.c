/* file: a cache of files in a directory, one a key. */
#include "base/alloc.h"
#include "base/slice.h"
#include "components/disk.h"
#include "stream/cache.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct file_cache {
    rf_slice directory;
} file_cache;

static const rf_field file_fields[] = {
    { "directory", RF_FIELD_STRING, offsetof(file_cache, directory), NULL, RF_FIELD_REQUIRED, "Where the files are; it must be there.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code file_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    const file_cache *self = state;
    rf_error error = { 0 };
    (void)env, (void)reterr;
    if (self->directory.len > 0 && self->directory.len < PATH_MAX)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, self->directory.len ? "directory is longer than the system takes" : "directory is empty");
    return rf_conf_report(conf, &error);
}

/* As the system's own words stand within a sentence. */
static rf_code raise_errno(int number, const char *what, const char *path, rf_error *reterr) {
    char said[128];
    (void)snprintf(said, sizeof said, "%s", strerror(number));
    said[0] = (char)tolower((unsigned char)said[0]);
    rf_code code = rf_raise(reterr, RF_EIO, "%s %s: %s", what, path, said);
    if (rf_disk_may_pass(number))
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

/* A part of the key that leads out of the directory. */
static bool leads_out(rf_slice key) {
    for (size_t at = 0; at <= key.len;) {
        rf_slice rest = { key.data + at, key.len - at };
        size_t len = rf_slice_find(rest, '/');
        if (rf_slice_is((rf_slice){ rest.data, len }, ".."))
            return true;
        at += len + 1;
    }
    return false;
}

/* The file of a key. */
static rf_code path_of(const file_cache *self, rf_slice key, char path[PATH_MAX], rf_error *reterr) {
    if (key.len == 0 || memchr(key.data, '\0', key.len))
        return rf_raise(reterr, RF_EREFUSED, "a key that is %s is no file name", key.len ? "not text" : "empty");
    if (leads_out(key))
        return rf_raise(reterr, RF_EREFUSED, "key `%.*s` leads out of the directory", RF_SLICE_ARG(key));
    int len = snprintf(path, PATH_MAX, "%.*s/%.*s", RF_SLICE_ARG(self->directory), RF_SLICE_ARG(key));
    if (len < 0 || len >= PATH_MAX - 16) /* room for the name of the file that is being written */
        return rf_raise(reterr, RF_EREFUSED, "a key of %zu bytes is too long for a file name", key.len);
    return RF_OK;
}

static rf_code read_all(int fd, const char *path, rf_arena *arena, rf_slice *ret_value, rf_error *reterr) {
    struct stat info;
    if (fstat(fd, &info) != 0)
        return raise_errno(errno, "stat", path, reterr);
    if (!S_ISREG(info.st_mode))
        return raise_errno(S_ISDIR(info.st_mode) ? EISDIR : EINVAL, "read", path, reterr);
    size_t size = (size_t)info.st_size, len = 0;
    char *data = size < UINT32_MAX ? rf_arena_alloc(arena, size + 1) : NULL;
    if (!data)
        return rf_raise_nomem(reterr);
    while (len < size) {
        ssize_t got = read(fd, data + len, size - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return raise_errno(errno, "read", path, reterr);
        if (got == 0)
            break;
        len += (size_t)got;
    }
    data[len] = '\0';
    *ret_value = (rf_slice){ data, len };
    return RF_OK;
}

static rf_code file_get(void *state, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr) {
    char path[PATH_MAX];
    rf_code code = path_of(state, key, path, reterr);
    if (code)
        return code;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? rf_raise(reterr, RF_ENOTFOUND, "key does not exist") : raise_errno(errno, "open", path, reterr);
    code = read_all(fd, path, arena, ret_value, reterr);
    (void)close(fd);
    return code;
}

static int write_all(int fd, rf_slice value) {
    for (size_t at = 0; at < value.len;) {
        ssize_t count = write(fd, value.data + at, value.len - at);
        if (count < 0 && errno != EINTR)
            return errno;
        at += count > 0 ? (size_t)count : 0;
    }
    return 0;
}

/* Puts the value where it belongs in one step, so that nobody sees a part of it: written beside, then renamed, or, when the key must be
 * new, linked. Returns an errno. */
static int put(const char *path, rf_slice value, bool only_new) {
    char beside[PATH_MAX];
    int len = snprintf(beside, sizeof beside, "%s.XXXXXX", path);
    int fd = len > 0 && (size_t)len < sizeof beside ? mkostemp(beside, O_CLOEXEC) : -1, error;
    if (fd < 0)
        return errno;
    error = fchmod(fd, 0644) == 0 ? write_all(fd, value) : errno;
    if (close(fd) != 0 && !error)
        error = errno;
    if (!error && (only_new ? link(beside, path) : rename(beside, path)) != 0)
        error = errno;
    if (error || only_new)
        (void)unlink(beside);
    return error;
}

static rf_code store(const file_cache *self, rf_slice key, rf_slice value, bool only_new, rf_error *reterr) {
    char path[PATH_MAX];
    rf_code code = path_of(self, key, path, reterr);
    if (code)
        return code;
    int error = put(path, value, only_new);
    if (error == EEXIST && only_new)
        return rf_raise(reterr, RF_EREFUSED, "key already exists");
    return error ? raise_errno(error, "open", path, reterr) : RF_OK;
}

static rf_code file_set(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns RF_UNUSED, rf_error *reterr) {
    return store(state, key, value, false, reterr);
}

static rf_code file_add(void *state, rf_slice key, rf_slice value, uint64_t ttl_ns RF_UNUSED, rf_error *reterr) {
    return store(state, key, value, true, reterr);
}

static rf_code file_remove(void *state, rf_slice key, rf_error *reterr) {
    char path[PATH_MAX];
    rf_code code = path_of(state, key, path, reterr);
    if (code)
        return code;
    return unlink(path) == 0 || errno == ENOENT ? RF_OK : raise_errno(errno, "remove", path, reterr);
}

static rf_code file_exists(void *state, rf_slice key, bool *ret_exists, rf_error *reterr) {
    char path[PATH_MAX];
    struct stat info;
    rf_code code = path_of(state, key, path, reterr);
    if (code)
        return code;
    if (stat(path, &info) != 0 && errno != ENOENT && errno != ENOTDIR)
        return raise_errno(errno, "stat", path, reterr);
    *ret_exists = stat(path, &info) == 0;
    return RF_OK;
}

const rf_cache_kind rf_file_cache_kind = {
    .name = "file",
    .summary = "Keeps each value in a file of a directory.",
    .detail = "The key is the file's name, as it is; it may hold slashes when that directory is there, and may not lead out of it by `..`. "
              "A value is there whole or not at all. It has no end: a `ttl` is not kept.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - cache:\n"
               "        resource: store\n"
               "        operator: set\n"
               "        key: riffle-value-${! json(\"value\") }\n"
               "output:\n"
               "  stdout: {}\n"
               "cache_resources:\n"
               "  - label: store\n"
               "    file: {directory: /tmp}\n",
    .fields = file_fields,
    .state_size = sizeof(file_cache),
    .open = file_open,
    .get = file_get,
    .set = file_set,
    .add = file_add,
    .remove = file_remove,
    .exists = file_exists,
};
