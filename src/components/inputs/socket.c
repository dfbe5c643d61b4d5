/* socket: lines from a TCP or Unix socket that we connect to. */
#include "base/clock.h"
#include "components/inputs/greeting.h"
#include "components/inputs/lines.h"
#include "components/net_tls.h"

#include <assert.h>
#include <unistd.h>

#define DIAL_NS (10 * RF_NS_PER_S)

typedef struct socket_input {
    int network; /* rf_net_kind */
    rf_slice address;
    rf_tls_conf tls;
    rf_conf_script open_message_mapping;
    rf_lines_config config;

    rf_greeting greeting;
    rf_lines lines;
    rf_wake wake;
    int fd; /* -1: not connected */
    rf_link_pipe *pipe; /* with TLS, what is at its other end */
    bool open;
} socket_input;

static const char *const networks[] = { "unix", "tcp", NULL };

static const rf_field socket_fields[] = {
    { .name = "network", .type = RF_FIELD_ENUM, .offset = offsetof(socket_input, network), .flags = RF_FIELD_REQUIRED, .options = networks,
      .doc = "The kind of socket." },
    { .name = "address", .type = RF_FIELD_STRING, .offset = offsetof(socket_input, address), .flags = RF_FIELD_REQUIRED,
      .doc = "`HOST:PORT`, or the path of a Unix socket." },
    { .name = "open_message_mapping", .type = RF_FIELD_SCRIPT, .offset = offsetof(socket_input, open_message_mapping), .flags = RF_FIELD_ADVANCED,
      .doc = "A mapping (docs/mapping.md) whose result is sent first on each connection, such as `root = \"SUBSCRIBE\\n\"`." },
    { RF_TLS_FIELD(socket_input, tls) },
    RF_LINES_FIELDS(socket_input, config),
    { 0 },
};

static rf_code socket_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    socket_input *self = state;
    rf_error error = { 0 };
    self->fd = -1;
    self->open = true;
    rf_code address = rf_net_check((rf_net_kind)self->network, self->address, false, &error);
    if (address)
        (void)rf_conf_report(conf, &error);
    rf_code code = rf_lines_open(&self->lines, &self->config, conf, env, reterr);
    rf_code tls = rf_net_tls_check((rf_net_kind)self->network, self->address, &self->tls, conf, reterr);
    rf_code greeting = rf_greeting_open(&self->greeting, &self->open_message_mapping, conf, env, reterr);
    if (code || address || tls || greeting)
        return code ? code : address ? address : tls ? tls : greeting;
    return rf_wake_init(&self->wake, reterr);
}

static void hang_up(socket_input *self) {
    if (self->fd >= 0)
        (void)close(self->fd); /* only read from */
    self->fd = -1;
    rf_link_pipe_close(self->pipe);
    self->pipe = NULL;
}

static rf_code socket_connect(void *state, rf_error *reterr) {
    socket_input *self = state;
    hang_up(self);
    rf_code code = rf_lines_connect(&self->lines, reterr);
    if (code)
        return code;
    rf_lines_restart(&self->lines);
    code = rf_net_tls_dial((rf_net_kind)self->network, self->address, &self->tls, &self->wake, DIAL_NS, &self->pipe, &self->fd, reterr);
    if (code == RF_EAGAIN) { /* woken: the stream ends, and asks no more */
        (void)rf_raise(reterr, RF_EIO, "the stream ends");
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return RF_EIO;
    }
    if (!code)
        code = rf_greeting_send(&self->greeting, self->fd, &self->wake, DIAL_NS, reterr);
    return code;
}

static rf_code socket_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    socket_input *self = state;
    assert(self->fd >= 0);
    rf_code code = rf_lines_read(&self->lines, self->fd, self->address.data, &self->wake, batch, max, wait_ns, NULL, reterr);
    if (code == RF_ECLOSED) {
        (void)rf_raise(reterr, RF_ELOST, "%.*s has closed the connection", RF_SLICE_ARG(self->address));
        rf_link_pipe_explain(self->pipe, reterr);
        return RF_ELOST;
    }
    if (code != RF_EIO)
        return code;
    rf_error_prefix(reterr, "%.*s: ", RF_SLICE_ARG(self->address));
    return RF_ELOST;
}

static void socket_wake(void *state) {
    const socket_input *self = state;
    rf_wake_up(&self->wake);
}

static void socket_close(void *state) {
    socket_input *self = state;
    if (!self->open)
        return;
    hang_up(self);
    rf_wake_done(&self->wake);
    rf_greeting_done(&self->greeting);
    rf_lines_done(&self->lines);
}

const rf_input_kind rf_socket_input_kind = {
    .name = "socket",
    .summary = "Connects to a TCP or Unix socket, or by TLS, and reads lines.",
    .detail = "When the other side closes the connection, what came of a last line without its end is a message, and the connection is made again. "
              "A socket has no way to say what was delivered: what riffle had read when it was killed does not come again.",
    .example = "input:\n"
               "  socket:\n"
               "    network: tcp\n"
               "    address: 127.0.0.1:4000\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = socket_fields,
    .state_size = sizeof(socket_input),
    .open = socket_open,
    .connect = socket_connect,
    .read = socket_read,
    .wake = socket_wake,
    .close = socket_close,
};
