/* subprocess: lines of a program's standard output. */
#include "base/clock.h"
#include "base/slice.h"
#include "components/child.h"
#include "components/inputs/lines.h"

#include <assert.h>
#include <poll.h>

#define RESTART_FIRST_NS (100 * RF_NS_PER_MS) /* doubles while it ends at once each time */
#define RESTART_LAST_NS (5 * RF_NS_PER_S)
#define STEADY_NS RF_NS_PER_S                 /* who ran that long begins anew at once */
#define STOP_NS RF_NS_PER_S

typedef struct subprocess_input {
    rf_slice name;
    rf_strings args;
    rf_lines_config config;
    bool restart_on_exit;
    uint64_t max_buffer;

    const rf_env *env;
    rf_lines lines;
    rf_wake wake;
    rf_child child;
    bool open;
    uint64_t started_ns, pause_ns;
} subprocess_input;

static const rf_field subprocess_fields[] = {
    { .name = "name", .type = RF_FIELD_STRING, .offset = offsetof(subprocess_input, name), .flags = RF_FIELD_REQUIRED,
      .doc = "The program, looked for in PATH. No shell is in between." },
    { .name = "args", .type = RF_FIELD_STRINGS, .offset = offsetof(subprocess_input, args), .doc = "Its arguments." },
    { .name = "restart_on_exit", .type = RF_FIELD_BOOL, .offset = offsetof(subprocess_input, restart_on_exit), .standard = "false",
      .doc = "Whether it is run again when it ends; otherwise its end is that of the stream. One that ends at once is run again after 0.1 s, 0.2 s, … 5 s." },
    { .name = "max_buffer", .type = RF_FIELD_SIZE, .offset = offsetof(subprocess_input, max_buffer), .standard = "65536", .flags = RF_FIELD_ADVANCED,
      .doc = "The longest line, in bytes. A longer one is counted, logged and passed over." },
    RF_LINES_FIELDS(subprocess_input, config),
    { 0 },
};

static rf_code subprocess_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    subprocess_input *self = state;
    self->env = env;
    self->open = true;
    rf_child_init(&self->child, env);
    if (!rf_conf_child(conf, "scanner"))
        self->config.scanner.lines.max_buffer_size = self->max_buffer;
    rf_code code = rf_lines_open(&self->lines, &self->config, conf, env, reterr);
    return code ? code : rf_wake_init(&self->wake, reterr);
}

static rf_code subprocess_connect(void *state, rf_error *reterr) {
    subprocess_input *self = state;
    rf_code code = rf_lines_connect(&self->lines, reterr);
    if (code)
        return code;
    rf_child_stop(&self->child, 0, NULL);
    rf_lines_restart(&self->lines);
    self->started_ns = rf_clock_mono_ns();
    return rf_child_start(&self->child, self->name, &self->args, RF_CHILD_OUT | RF_CHILD_ERR, reterr);
}

static void say_end(subprocess_input *self, int status) {
    char how[80];
    rf_child_say(status, how, sizeof how);
    if (!rf_child_is_well(status))
        rf_log_write(self->env->log, RF_LOG_WARN, &self->env->origin, "the program %.*s has ended: %s", RF_SLICE_ARG(self->name), how);
}

/* Its output has ended. */
static rf_code ended(subprocess_input *self, rf_error *reterr) {
    int status = 0;
    rf_child_stop(&self->child, STOP_NS, &status);
    say_end(self, status);
    if (!self->restart_on_exit)
        return RF_ECLOSED;
    bool steady = rf_clock_mono_ns() - self->started_ns >= STEADY_NS;
    if (steady || !self->pause_ns)
        self->pause_ns = RESTART_FIRST_NS;
    (void)rf_wake_wait(&self->wake, -1, self->pause_ns);
    self->pause_ns = self->pause_ns * 2 < RESTART_LAST_NS ? self->pause_ns * 2 : RESTART_LAST_NS;
    rf_code code = subprocess_connect(self, reterr);
    return code ? code : RF_EAGAIN;
}

/* Until there is output, words, or a wake-up. */
static void wait_for_it(const subprocess_input *self, uint64_t wait_ns) {
    struct pollfd fds[] = { { .fd = self->wake.fd, .events = POLLIN }, { .fd = self->child.out, .events = POLLIN }, { .fd = self->child.err, .events = POLLIN } };
    struct timespec wait = { .tv_sec = (time_t)(wait_ns / RF_NS_PER_S), .tv_nsec = (long)(wait_ns % RF_NS_PER_S) };
    (void)ppoll(fds, 3, &wait, NULL); /* whatever it was, all is looked at */
}

static rf_code subprocess_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    subprocess_input *self = state;
    uint32_t before = batch->count;
    assert(max > 0);
    rf_child_listen(&self->child);
    rf_code code = rf_lines_read(&self->lines, self->child.out, self->name.data, &self->wake, batch, max, 0, NULL, reterr);
    if (code == RF_EAGAIN && batch->count == before) {
        wait_for_it(self, wait_ns);
        rf_child_listen(&self->child);
        code = rf_lines_read(&self->lines, self->child.out, self->name.data, &self->wake, batch, max, 0, NULL, reterr);
    }
    if (code == RF_ECLOSED && batch->count > before)
        return RF_OK; /* these first: what comes next waits */
    return code == RF_ECLOSED ? ended(self, reterr) : code;
}

static void subprocess_wake(void *state) {
    const subprocess_input *self = state;
    rf_wake_up(&self->wake);
}

static void subprocess_close(void *state) {
    subprocess_input *self = state;
    if (!self->open)
        return;
    rf_child_done(&self->child);
    rf_wake_done(&self->wake);
    rf_lines_done(&self->lines);
}

const rf_input_kind rf_subprocess_input_kind = {
    .name = "subprocess",
    .summary = "Runs a program and reads lines of its standard output.",
    .detail = "What it says on its standard error is logged. A program that is not there ends the run. When the stream stops, the program and all it "
              "started are ended. What it had printed when riffle was killed does not come again.",
    .example = "input:\n"
               "  subprocess:\n"
               "    name: seq\n"
               "    args: [\"3\"]\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = subprocess_fields,
    .state_size = sizeof(subprocess_input),
    .open = subprocess_open,
    .connect = subprocess_connect,
    .read = subprocess_read,
    .wake = subprocess_wake,
    .close = subprocess_close,
};
