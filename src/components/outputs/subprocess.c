/* subprocess: messages to a program's standard input. */
#include "base/clock.h"
#include "base/slice.h"
#include "components/child.h"
#include "components/outputs/sink.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>

#define STOP_NS (10 * RF_NS_PER_S)           /* to work off what it was given */
#define READ_WAIT_NS (200 * RF_NS_PER_MS)    /* one call of flush; the host calls again */

typedef struct subprocess_output {
    rf_slice name, codec;
    rf_strings args;
    const rf_env *env;
    rf_child child;
    rf_sink sink; /* its descriptor is the child's input */
    bool open;
} subprocess_output;

static const rf_field subprocess_fields[] = {
    { .name = "name", .type = RF_FIELD_STRING, .offset = offsetof(subprocess_output, name), .flags = RF_FIELD_REQUIRED,
      .doc = "The program, looked for in PATH. No shell is in between." },
    { .name = "args", .type = RF_FIELD_STRINGS, .offset = offsetof(subprocess_output, args), .doc = "Its arguments." },
    { .name = "codec", .type = RF_FIELD_STRING, .offset = offsetof(subprocess_output, codec), .standard = "lines", .doc = RF_SINK_CODEC_DOC },
    { 0 },
};

static rf_code subprocess_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    subprocess_output *self = state;
    (void)reterr;
    self->env = env;
    self->open = true;
    rf_child_init(&self->child, env);
    return rf_sink_open(&self->sink, self->codec, conf, env);
}

static rf_code subprocess_connect(void *state, rf_error *reterr) {
    subprocess_output *self = state;
    rf_child_stop(&self->child, 0, NULL);
    self->sink.fd = -1;
    rf_sink_restart(&self->sink);
    rf_code code = rf_child_start(&self->child, self->name, &self->args, RF_CHILD_IN | RF_CHILD_ERR, reterr);
    if (!code)
        self->sink.fd = self->child.in;
    return code;
}

static rf_code lost(subprocess_output *self, rf_error *reterr) {
    char how[80] = "it has closed its standard input";
    int status;
    rf_child_listen(&self->child);
    for (int i = 0; i < 20 && !rf_child_ended(&self->child, &status); i++)
        rf_clock_sleep_ns(5 * RF_NS_PER_MS); /* it is on its way out: how it ended is worth knowing */
    if (!self->child.pid)
        rf_child_say(status, how, sizeof how);
    return rf_raise(reterr, RF_ELOST, "the program %.*s does not read any more: %s", RF_SLICE_ARG(self->name), how);
}

static rf_code subprocess_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    subprocess_output *self = state;
    assert(self->sink.fd >= 0);
    rf_child_listen(&self->child); /* else it might wait for us to read its words */
    rf_code code = rf_sink_write(&self->sink, batch, ret_unwritten, reterr);
    return code == RF_EIO ? lost(self, reterr) : code;
}

/* Bytes in a pipe are lost with the last who could read them: a message is delivered when the program has taken it out. */
static rf_code subprocess_flush(void *state, rf_error *reterr) {
    subprocess_output *self = state;
    uint64_t pause = 20000; /* ns; most programs are faster */
    int left = 0;
    for (;;) {
        struct pollfd event = { .fd = self->child.in };
        struct timespec wait = { .tv_nsec = (long)pause };
        if (ioctl(self->child.in, FIONREAD, &left) != 0 || left == 0)
            return RF_OK;
        if (self->env->giving_up && atomic_load(self->env->giving_up))
            return rf_raise(reterr, RF_EIO, "%d bytes were not read by the program %.*s", left, RF_SLICE_ARG(self->name));
        if (ppoll(&event, 1, &wait, NULL) > 0) /* nobody is there to read */
            return lost(self, reterr);
        rf_child_listen(&self->child);
        pause = pause < READ_WAIT_NS / 20 ? 2 * pause : pause;
    }
}

static void subprocess_forget(void *state) {
    subprocess_output *self = state;
    rf_sink_forget(&self->sink);
}

static void subprocess_close(void *state) {
    subprocess_output *self = state;
    char how[80];
    int status = 0;
    if (!self->open)
        return;
    bool ran = self->child.pid != 0;
    rf_child_stop(&self->child, STOP_NS, &status);
    rf_child_say(status, how, sizeof how);
    if (ran && !rf_child_is_well(status))
        rf_log_write(self->env->log, RF_LOG_ERROR, &self->env->origin, "the program %.*s has ended: %s", RF_SLICE_ARG(self->name), how);
    rf_child_done(&self->child);
    rf_sink_done(&self->sink);
}

const rf_output_kind rf_subprocess_output_kind = {
    .name = "subprocess",
    .summary = "Runs a program and writes messages to its standard input.",
    .detail = "A message is delivered when the program has read it: what was still in the pipe when it died is written to the next one, which is "
              "started at once. What a program does with what it has read is its own affair. At the end its input is closed, and it has ten seconds "
              "to finish; then it, and all it started, is ended. What it says on its standard error is logged.",
    .example = "input:\n"
               "  generate:\n"
               "    mapping: root.value = counter()\n"
               "    count: 3\n"
               "output:\n"
               "  subprocess:\n"
               "    name: logger\n"
               "    args: [-t, riffle]\n",
    .fields = subprocess_fields,
    .state_size = sizeof(subprocess_output),
    .open = subprocess_open,
    .connect = subprocess_connect,
    .write = subprocess_write,
    .forget = subprocess_forget,
    .flush = subprocess_flush,
    .close = subprocess_close,
};
