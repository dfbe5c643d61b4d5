/* stdout: messages to standard output. */
#include "components/outputs/sink.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct stdout_output {
    rf_slice codec;
    rf_sink sink;
    int own_fd; /* opened by us; -1: none */
    bool open;
} stdout_output;

static const rf_field stdout_fields[] = {
    { "codec", RF_FIELD_STRING, offsetof(stdout_output, codec), "lines", 0, RF_SINK_CODEC_DOC, NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code stdout_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    stdout_output *self = state;
    rf_code code;
    (void)reterr;
    self->own_fd = -1;
    self->open = true;
    code = rf_sink_open(&self->sink, self->codec, conf, env);
    if (self->sink.codec == RF_SINK_WHOLE) /* a stream cannot be begun again: payloads follow each other */
        self->sink.codec = RF_SINK_DELIMITED;
    return code;
}

/* A pipe or a terminal is opened once more, not to block: a reader that has stopped must not keep us from ending. The
 * descriptor we were given stays as it is, for others may share it. Where that does not work we may block. */
static int open_again(void) {
    struct stat info;
    if (fstat(STDOUT_FILENO, &info) != 0 || !(S_ISFIFO(info.st_mode) || isatty(STDOUT_FILENO)))
        return -1;
    return open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static rf_code stdout_connect(void *state, rf_error *reterr) {
    stdout_output *self = state;
    assert(self->own_fd < 0);
    if (fcntl(STDOUT_FILENO, F_GETFD) < 0)
        return rf_raise(reterr, RF_EIO, "standard output is not open: %s", strerror(errno));
    self->own_fd = open_again();
    self->sink.fd = self->own_fd >= 0 ? self->own_fd : STDOUT_FILENO;
    return RF_OK;
}

static rf_code stdout_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    stdout_output *self = state;
    rf_code code = rf_sink_write(&self->sink, batch, ret_unwritten, reterr);
    if (code == RF_EIO)
        rf_error_prefix(reterr, "cannot write to standard output: ");
    return code;
}

static void stdout_forget(void *state) {
    stdout_output *self = state;
    rf_sink_forget(&self->sink);
}

static void stdout_close(void *state) {
    stdout_output *self = state;
    if (!self->open)
        return;
    if (self->own_fd >= 0)
        (void)close(self->own_fd);
    rf_sink_done(&self->sink);
}

const rf_output_kind rf_stdout_kind = {
    .name = "stdout",
    .summary = "Writes messages to standard output.",
    .detail = "Messages alone go there; logs go to standard error. When the reader closes it the run ends with "
              "status 1.",
    .example = "input:\n"
               "  generate:\n"
               "    mapping: root.value = counter()\n"
               "    interval: 100ms\n"
               "    count: 3\n"
               "output:\n"
               "  stdout:\n"
               "    codec: message\n",
    .fields = stdout_fields,
    .state_size = sizeof(stdout_output),
    .open = stdout_open,
    .connect = stdout_connect,
    .write = stdout_write,
    .forget = stdout_forget,
    .close = stdout_close,
};
