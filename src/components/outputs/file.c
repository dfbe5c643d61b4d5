/* file: messages to a file. */
#include "base/slice.h"
#include "components/disk.h"
#include "components/outputs/file_paths.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct file_output {
    rf_dynamic *path;
    rf_slice codec;
    rf_sink sink;
    rf_file_paths paths; /* when messages say their path themselves */
    bool open;
    off_t left_bytes;    /* of the file when its disk failed, and it was closed */
} file_output;

static const rf_field file_fields[] = {
    { "path", RF_FIELD_DYNAMIC, offsetof(file_output, path), NULL, RF_FIELD_REQUIRED,
      "The file to write to, asked for each message; missing directories are made.", NULL, NULL, 0, 0, 0 },
    { "codec", RF_FIELD_STRING, offsetof(file_output, codec), "lines", 0, RF_SINK_CODEC_DOC, NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code check_path(const file_output *self, const rf_conf *conf) {
    const rf_conf *node = rf_conf_child(conf, "path");
    rf_slice path = rf_dynamic_fixed(self->path);
    rf_error error = { 0 };
    if (!self->path || !rf_dynamic_is_fixed(self->path))
        return RF_OK; /* a path that is missing has its finding already */
    if (path.len > 0 && path.len < PATH_MAX)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, path.len ? "path is longer than the system takes" : "path is empty");
    return rf_conf_report(node ? node : conf, &error);
}

static rf_code file_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    file_output *self = state;
    rf_code codec = rf_sink_open(&self->sink, self->codec, conf, env), path = check_path(self, conf);
    (void)reterr;
    self->open = true;
    return path ? path : codec;
}

/* Not to wait in the call for somebody to read a pipe: the host waits, and can be stopped. */
static int flags_of(const file_output *self) {
    return O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (self->sink.codec == RF_SINK_WHOLE ? 0 : O_APPEND);
}

/* A disk that has failed can only be taken off and mounted anew when no file of it is open. */
static void leave(file_output *self) {
    struct stat info;
    if (!rf_disk_has_failed(self->sink.number) || fstat(self->sink.fd, &info) != 0 || !S_ISREG(info.st_mode))
        return;
    self->left_bytes = info.st_size;
    (void)close(self->sink.fd); /* what it took is the system's */
    self->sink.fd = -1;
}

/* No file is made, which would lie below the place where the disk is going to be. */
static rf_code come_back(file_output *self, rf_error *reterr) {
    struct stat info;
    self->sink.fd = open(rf_dynamic_fixed(self->path).data, flags_of(self));
    if (self->sink.fd < 0) {
        (void)rf_raise(reterr, RF_EIO, "%s", strerror(errno));
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return RF_EIO;
    }
    if (fstat(self->sink.fd, &info) != 0 || info.st_size != self->left_bytes) /* it does not hold what we began: the batch goes again */
        rf_sink_restart(&self->sink);
    return RF_OK;
}

static rf_code file_connect(void *state, rf_error *reterr) {
    file_output *self = state;
    assert(self->sink.fd < 0);
    if (!rf_dynamic_is_fixed(self->path))
        return RF_OK;
    const rf_slice path = rf_dynamic_fixed(self->path);
    errno = rf_make_directories(path);
    if (errno == 0)
        self->sink.fd = open(path.data, flags_of(self) | O_CREAT, 0666);
    if (self->sink.fd >= 0)
        return RF_OK;
    const int number = errno;
    rf_code code = rf_raise(reterr, RF_EIO, "cannot open %.*s: %s", RF_SLICE_ARG(path),
                            number == ENXIO ? "nobody reads this pipe" : strerror(number));
    if (number == ENXIO || rf_disk_may_pass(number))
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

static rf_code file_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    file_output *self = state;
    if (!rf_dynamic_is_fixed(self->path)) {
        rf_code wrote = rf_file_paths_write(&self->paths, self->path, &self->sink, batch, reterr);
        *ret_unwritten = self->sink.unwritten;
        return wrote;
    }
    rf_code code = self->sink.fd < 0 ? come_back(self, reterr) : RF_OK;
    if (!code) {
        code = rf_sink_write(&self->sink, batch, ret_unwritten, reterr);
        if (code == RF_EIO)
            leave(self);
    }
    if (code == RF_EIO)
        rf_error_prefix(reterr, "cannot write to %.*s: ", RF_SLICE_ARG(rf_dynamic_fixed(self->path)));
    return code;
}

static void file_forget(void *state) {
    file_output *self = state;
    rf_sink_forget(&self->sink);
}

static void file_close(void *state) {
    file_output *self = state;
    if (!self->open)
        return;
    if (self->sink.fd >= 0)
        (void)close(self->sink.fd);
    rf_file_paths_done(&self->paths);
    rf_sink_done(&self->sink);
}

const rf_output_kind rf_file_output_kind = {
    .name = "file",
    .summary = "Writes messages to a file.",
    .detail = "What the file holds already stays, and messages are put behind it (`all-bytes` apart). A full or "
              "read-only disk is waited for: the batch goes on where it stopped. Where messages say the path themselves, one whose file cannot be "
              "written to is tried again, without holding up the others.",
    .example = "input:\n"
               "  generate:\n"
               "    mapping: root.value = counter()\n"
               "    interval: 100ms\n"
               "    count: 3\n"
               "output:\n"
               "  file:\n"
               "    path: ./out/values.jsonl\n",
    .fields = file_fields,
    .state_size = sizeof(file_output),
    .open = file_open,
    .connect = file_connect,
    .write = file_write,
    .forget = file_forget,
    .close = file_close,
};
