/* socket: messages to a TCP or Unix socket, or as datagrams. */
#include "base/clock.h"
#include "base/slice.h"
#include "components/net_tls.h"
#include "components/outputs/sink.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define DIAL_NS (5 * RF_NS_PER_S)
#define FLUSH_NS RF_NS_PER_S /* then the host looks whether it is to end */

typedef struct socket_output {
    int network; /* rf_net_kind */
    rf_slice address, codec;
    rf_tls_conf tls;
    rf_sink sink; /* its descriptor is the socket */
    rf_link_pipe *pipe; /* with TLS, what is at its other end */
    uint32_t unwritten; /* of the batch that is on its way through it */
    bool flushing;      /* there is one */
    bool open;
} socket_output;

static const char *const networks[] = { "unix", "tcp", "udp", NULL };

static const rf_field socket_fields[] = {
    { .name = "network", .type = RF_FIELD_ENUM, .offset = offsetof(socket_output, network), .flags = RF_FIELD_REQUIRED, .options = networks,
      .doc = "The kind of socket. With `udp` each message is a datagram." },
    { .name = "address", .type = RF_FIELD_STRING, .offset = offsetof(socket_output, address), .flags = RF_FIELD_REQUIRED,
      .doc = "`HOST:PORT`, or the path of a Unix socket." },
    { .name = "codec", .type = RF_FIELD_STRING, .offset = offsetof(socket_output, codec), .standard = "lines", .doc = RF_SINK_CODEC_DOC },
    { RF_TLS_FIELD(socket_output, tls) },
    { 0 },
};

static rf_code socket_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    socket_output *self = state;
    rf_error error = { 0 };
    self->open = true;
    rf_code codec = rf_sink_open(&self->sink, self->codec, conf, env);
    rf_code address = rf_net_check((rf_net_kind)self->network, self->address, false, &error);
    if (address)
        (void)rf_conf_report(conf, &error);
    rf_code tls = rf_net_tls_check((rf_net_kind)self->network, self->address, &self->tls, conf, reterr);
    return codec ? codec : address ? address : tls;
}

static void hang_up(socket_output *self) {
    if (self->sink.fd >= 0)
        (void)close(self->sink.fd); /* what the system holds still goes out */
    self->sink.fd = -1;
    rf_link_pipe_close(self->pipe); /* by TLS it goes out by now */
    self->pipe = NULL;
    self->flushing = false;
    self->sink.put = 0;
    rf_sink_restart(&self->sink); /* half a message went to the connection that is gone */
}

static rf_code socket_connect(void *state, rf_error *reterr) {
    socket_output *self = state;
    hang_up(self);
    return rf_net_tls_dial((rf_net_kind)self->network, self->address, &self->tls, NULL, DIAL_NS, &self->pipe, &self->sink.fd, reterr);
}

/* One datagram a message. EAGAIN: the system's buffer is full, which passes. */
static rf_code send_one(socket_output *self, rf_batch *batch, rf_message *message, rf_error *reterr) {
    rf_slice bytes;
    rf_code code = rf_sink_encode(&self->sink, batch, message, &bytes, reterr);
    if (code)
        return code;
    while (send(self->sink.fd, bytes.data, bytes.len, MSG_NOSIGNAL) < 0) {
        struct pollfd event = { .fd = self->sink.fd, .events = POLLOUT };
        if (errno == EMSGSIZE)
            return rf_raise(reterr, RF_ESCRIPT, "%zu bytes are too many for a datagram", bytes.len);
        if ((errno != EAGAIN && errno != ENOBUFS) || poll(&event, 1, 1000) < 0)
            return rf_raise(reterr, RF_ELOST, "%s", strerror(errno));
    }
    return RF_OK;
}

static rf_code write_datagrams(socket_output *self, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    uint32_t unwritten = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_code code = send_one(self, batch, &batch->messages[i], &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (code == RF_ELOST)
            return rf_raise(reterr, RF_ELOST, "%.*s: %s", RF_SLICE_ARG(self->address), error.message);
        if (code) {
            rf_sink_fail(&self->sink, batch, &batch->messages[i], error.message);
            unwritten++;
        }
    }
    *ret_unwritten = unwritten;
    return RF_OK;
}

static bool is_closed(const socket_output *self) {
    struct pollfd event = { .fd = self->sink.fd, .events = POLLRDHUP };
    return poll(&event, 1, 0) > 0;
}

/* What is sealed by our own thread has been taken by nobody until the system has it. RF_EAGAIN: the batch comes again, and is written. */
static rf_code flush(socket_output *self, rf_error *reterr) {
    rf_code code = rf_link_pipe_flush(self->pipe, self->sink.put, FLUSH_NS, reterr);
    self->flushing = code == RF_EAGAIN;
    if (code != RF_ELOST)
        return code;
    rf_error_prefix(reterr, "%.*s: ", RF_SLICE_ARG(self->address));
    rf_link_pipe_explain(self->pipe, reterr);
    return code;
}

static rf_code socket_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    socket_output *self = state;
    assert(self->sink.fd >= 0);
    if (self->network == RF_NET_UDP)
        return write_datagrams(self, batch, ret_unwritten, reterr);
    if (is_closed(self)) { /* what is written now would be taken, and lost */
        (void)rf_raise(reterr, RF_ELOST, "%.*s has closed the connection", RF_SLICE_ARG(self->address));
        rf_link_pipe_explain(self->pipe, reterr);
        return RF_ELOST;
    }
    rf_code code = self->flushing ? RF_OK : rf_sink_write(&self->sink, batch, &self->unwritten, reterr);
    if (!code)
        code = flush(self, reterr);
    if (!code)
        *ret_unwritten = self->unwritten;
    if (code != RF_EIO)
        return code;
    rf_error_prefix(reterr, "%.*s: ", RF_SLICE_ARG(self->address));
    return RF_ELOST;
}

static void socket_forget(void *state) {
    socket_output *self = state;
    self->flushing = false;
    rf_sink_forget(&self->sink);
}

static void socket_close(void *state) {
    socket_output *self = state;
    if (!self->open)
        return;
    hang_up(self);
    rf_sink_done(&self->sink);
}

const rf_output_kind rf_socket_output_kind = {
    .name = "socket",
    .summary = "Writes messages to a TCP or Unix socket, by TLS, or as UDP datagrams.",
    .detail = "A message is delivered when the system has taken it: a socket has no way to tell what the other side made of it. When the connection "
              "breaks, it is made again, and the batch under way is sent again as a whole; what the system had taken before and not passed on is "
              "lost. Where that matters, use http_client, mqtt or kafka.",
    .example = "input:\n"
               "  generate:\n"
               "    mapping: root.value = counter()\n"
               "    count: 3\n"
               "output:\n"
               "  socket:\n"
               "    network: udp\n"
               "    address: 127.0.0.1:4000\n",
    .fields = socket_fields,
    .state_size = sizeof(socket_output),
    .open = socket_open,
    .connect = socket_connect,
    .write = socket_write,
    .forget = socket_forget,
    .close = socket_close,
};
