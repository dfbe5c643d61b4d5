/* stdin: lines of standard input. */
#include "components/inputs/lines.h"

#include <assert.h>
#include <unistd.h>

typedef struct stdin_input {
    rf_lines_config config;
    rf_lines lines;
    rf_wake wake;
    rf_buffer *unread; /* NULL: nobody comes after this one */
} stdin_input;

static const rf_field stdin_fields[] = {
    RF_LINES_FIELDS(stdin_input, config),
    { 0 },
};

static rf_code stdin_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    stdin_input *self = state;
    self->unread = env->unread;
    rf_code code = rf_lines_open(&self->lines, &self->config, conf, env, reterr);
    return code ? code : rf_wake_init(&self->wake, reterr);
}

static rf_code stdin_connect(void *state, rf_error *reterr) {
    stdin_input *self = state;
    rf_code code = rf_lines_connect(&self->lines, reterr);
    if (!code && self->unread && self->unread->len > 0) {
        code = rf_line_reader_put(&self->lines.reader, rf_buffer_view(self->unread), reterr);
        rf_buffer_done(self->unread);
    }
    return code;
}

static rf_code stdin_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    stdin_input *self = state;
    rf_code code = rf_lines_read(&self->lines, STDIN_FILENO, "standard input", &self->wake, batch, max, wait_ns, NULL,
                                 reterr);
    assert(code != RF_OK || batch->count > 0);
    if (code == RF_EIO)
        rf_error_prefix(reterr, "cannot read standard input: ");
    return code;
}

static void stdin_wake(void *state) {
    const stdin_input *self = state;
    rf_wake_up(&self->wake);
}

/* What was taken from the pipe cannot be put back there: it is for the stream that comes next. */
static void stdin_close(void *state) {
    stdin_input *self = state;
    if (self->unread && self->lines.reader.end > self->lines.reader.start) /* one that has not run leaves it alone: another may be reading it */
        rf_buffer_slice(self->unread, rf_reader_left(&self->lines.reader));
    rf_wake_done(&self->wake);
    rf_lines_done(&self->lines);
}

const rf_input_kind rf_stdin_kind = {
    .name = "stdin",
    .summary = "Reads lines from standard input.",
    .detail = "Each line is a message as soon as it is there. The stream ends when standard input does.",
    .example = "input:\n"
               "  stdin: {}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = stdin_fields,
    .state_size = sizeof(stdin_input),
    .open = stdin_open,
    .connect = stdin_connect,
    .read = stdin_read,
    .wake = stdin_wake,
    .close = stdin_close,
};
