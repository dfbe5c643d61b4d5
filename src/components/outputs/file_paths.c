/* file_paths.c: runs of messages with the same path go out together; the files used last stay open. */
#include "components/outputs/file_paths.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "components/disk.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

int rf_make_directories(rf_slice path) {
    char text[PATH_MAX];
    if (path.len >= sizeof text)
        return ENAMETOOLONG;
    memcpy(text, path.data, path.len);
    text[path.len] = '\0';
    for (char *slash = strchr(text + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(text, 0777) != 0 && errno != EEXIST)
            return errno;
        *slash = '/';
    }
    return 0;
}

/* Closes the file of that place, if there is one. */
static void shut(rf_file_paths *paths, size_t i) {
    if (!paths->open[i].path)
        return;
    (void)close(paths->open[i].fd);
    rf_free(paths->open[i].path);
    paths->open[i].path = NULL;
}

void rf_file_paths_done(rf_file_paths *paths) {
    for (size_t i = 0; i < RF_OPEN_FILES_MAX; i++)
        shut(paths, i);
}

/* The place of a path that is open, or of the one used longest ago, which is then free. */
static size_t place_for(rf_file_paths *paths, rf_slice path) {
    size_t oldest = 0;
    for (size_t i = 0; i < RF_OPEN_FILES_MAX; i++) {
        if (paths->open[i].path && rf_slice_is(path, paths->open[i].path))
            return i;
        if (!paths->open[i].path || (paths->open[oldest].path && paths->open[i].used < paths->open[oldest].used))
            oldest = i;
    }
    shut(paths, oldest);
    return oldest;
}

/* Returns an errno; ENOMEM as well. */
static int open_file(rf_file_paths *paths, rf_slice path, bool whole, int *ret_fd) {
    if (path.len == 0 || memchr(path.data, '\0', path.len))
        return ENOENT;
    size_t i = place_for(paths, path);
    if (!paths->open[i].path) {
        char *copy = rf_strndup(path.data, path.len);
        if (!copy)
            return ENOMEM;
        int error = rf_make_directories(path), fd = -1;
        if (!error && (fd = open(copy, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (whole ? 0 : O_APPEND), 0666)) < 0)
            error = errno;
        if (error) {
            rf_free(copy);
            return error;
        }
        int flags = fcntl(fd, F_GETFL); /* a pipe without a reader is an error; writing may wait */
        if (flags >= 0)
            (void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
        paths->open[i].path = copy;
        paths->open[i].fd = fd;
    }
    paths->open[i].used = ++paths->turn;
    *ret_fd = paths->open[i].fd;
    return 0;
}

/* All of it or nothing, as far as the system lets it. Returns an errno. */
static int put_out(int fd, rf_slice bytes, bool whole) {
    struct stat before;
    bool known = fstat(fd, &before) == 0 && S_ISREG(before.st_mode);
    if (whole && known && (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) < 0))
        return errno;
    for (size_t at = 0; at < bytes.len;) {
        ssize_t count = write(fd, bytes.data + at, bytes.len - at);
        if (count >= 0) {
            at += (size_t)count;
        } else if (errno != EINTR) {
            int error = errno;
            if (known && !whole && at > 0)
                (void)!ftruncate(fd, before.st_size);
            return error;
        }
    }
    return 0;
}

static rf_code refuse(rf_batch *batch, uint32_t begin, uint32_t end, rf_slice path, int number, rf_error *reterr) {
    char said[128];
    (void)snprintf(said, sizeof said, "%s", strerror(number));
    said[0] = (char)tolower((unsigned char)said[0]);
    for (uint32_t i = begin; i < end; i++)
        if (!rf_batch_refuse(batch, i, "open %.*s: %s", (int)(path.len < 500 ? path.len : 500), path.data, said))
            return rf_raise_nomem(reterr);
    return RF_OK;
}

/* Messages [begin, end) go to the same file. */
static rf_code write_run(rf_file_paths *paths, rf_sink *sink, rf_batch *batch, uint32_t begin, uint32_t end, rf_slice path,
                         rf_error *reterr) {
    const bool whole = sink->codec == RF_SINK_WHOLE;
    uint32_t unwritten = sink->unwritten;
    int fd = -1, error;
    rf_buffer_clear(&sink->pending);
    for (uint32_t i = begin; i < end; i++)
        if (rf_sink_add(sink, batch, i, reterr))
            return RF_ENOMEM;
    if (sink->unwritten - unwritten == end - begin)
        return RF_OK;
    error = open_file(paths, path, whole, &fd);
    if (error == ENOMEM)
        return rf_raise_nomem(reterr);
    if (!error)
        error = put_out(fd, rf_buffer_view(&sink->pending), whole);
    if (rf_disk_has_failed(error))
        rf_file_paths_done(paths); /* it can only be taken off and mounted anew when no file of it is open */
    if (!error)
        return RF_OK;
    sink->unwritten = unwritten; /* they come again */
    return refuse(batch, begin, end, path, error, reterr);
}

/* The path of message `i`; data NULL: it has none, and is refused. */
static rf_code ask_path(rf_dynamic *path, rf_batch *batch, uint32_t i, rf_slice *ret_path, rf_error *reterr) {
    rf_error error = { 0 };
    rf_code code = rf_dynamic_text(path, batch, i, ret_path, &error);
    if (!code)
        return RF_OK;
    *ret_path = (rf_slice){ 0 };
    if (code == RF_ENOMEM || !rf_batch_refuse(batch, i, "path interpolation error: %s", error.message))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

rf_code rf_file_paths_write(rf_file_paths *paths, rf_dynamic *path, rf_sink *sink, rf_batch *batch, rf_error *reterr) {
    rf_slice run = { 0 }, next = { 0 };
    uint32_t begin = 0;
    rf_code code = RF_OK;
    sink->unwritten = 0;
    for (uint32_t i = 0; i <= batch->count && !code; i++) {
        if (i < batch->count)
            code = ask_path(path, batch, i, &next, reterr);
        if (code || (i > 0 && i < batch->count && run.data && next.data && rf_slice_eq(run, next)))
            continue;
        if (i > begin && run.data)
            code = write_run(paths, sink, batch, begin, i, run, reterr);
        begin = i;
        run = next;
    }
    rf_buffer_clear(&sink->pending);
    return code;
}
