/* socket_server: lines from whoever connects, or datagrams. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "components/inputs/lines.h"
#include "components/net.h"
#include "observe/gate.h"
#include "stream/cache.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEAF_NS (100 * RF_NS_PER_MS)

/* One who has connected; its half line waits here while others are read. */
typedef struct guest { int fd; rf_line_reader reader; rf_scanner scanner; } guest;

typedef struct socket_server {
    int network; /* rf_net_kind, or NETWORK_TLS */
    rf_slice address;
    rf_gate_identity tls;
    bool self_signed;
    int64_t max_connections;
    rf_component *address_cache;
    rf_net_tcp tcp;
    rf_lines_config config;

    const rf_env *env;
    rf_lines lines;      /* lent to one guest after the other */
    rf_line_reader reader; /* as a new guest's begin */
    rf_scanner scanner;
    rf_wake wake;
    int fd;              /* -1: not listening. With TLS a pipe, out of which the gate's descriptors come */
    int gate_end;        /* where the gate puts them in; -1: none */
    rf_gate *gate;
    bool open, bound;
    char name[RF_NET_NAME_MAX];
    guest *guests;       /* max_connections; the first `count` are there */
    struct pollfd *polls; /* wake, listening, guests */
    uint32_t count, turn; /* whose turn it is to be read first */
    uint64_t deaf_until_ns; /* nobody is let in before: the system had no room for one */
    rf_log_limit complaints;
    bool in_datagram;    /* it has more lines than the last batch took */
} socket_server;

#define NETWORK_TLS 4
static const char *const networks[] = { "unix", "tcp", "udp", "unixgram", "tls", NULL };
static const char *const client_auths[] = { "no", "request", "require_any", "require_valid", "verify_if_given", NULL }; /* as rf_gate_auth */

#define AT(member) (offsetof(socket_server, member) - offsetof(socket_server, tls))
static const rf_field tls_fields[] = {
    { .name = "cert_file", .type = RF_FIELD_STRING, .offset = AT(tls.cert_file),
      .doc = "A PEM file with the certificate that clients see, intermediate ones behind it. A renewed file counts from the next connection on." },
    { .name = "key_file", .type = RF_FIELD_STRING, .offset = AT(tls.key_file),
      .doc = "A PEM file with its private key, without a password." },
    { .name = "self_signed", .type = RF_FIELD_BOOL, .offset = AT(self_signed), .standard = "false",
      .doc = "Without files: makes a certificate at the start, which no client can check." },
    { .name = "client_auth", .type = RF_FIELD_ENUM, .offset = AT(tls.auth), .standard = "no", .options = client_auths,
      .doc = "Whether clients are asked for a certificate, have to show one, and whether an authority has to have signed it." },
    { .name = "client_cas_file", .type = RF_FIELD_STRING, .offset = AT(tls.client_cas_file),
      .doc = "A PEM file of the authorities of clients; without it the system's." },
    { 0 },
};
#undef AT

static const rf_field socket_server_fields[] = {
    { .name = "network", .type = RF_FIELD_ENUM, .offset = offsetof(socket_server, network), .flags = RF_FIELD_REQUIRED, .options = networks,
      .doc = "The kind of socket. With `udp` and `unixgram` each datagram has lines of its own: nothing is joined, and its last line needs no end." },
    { .name = "address", .type = RF_FIELD_STRING, .offset = offsetof(socket_server, address), .flags = RF_FIELD_REQUIRED,
      .doc = "`HOST:PORT` (`:PORT` is every interface, port 0 a free one, which the log tells), or the path of a Unix socket." },
    { .name = "address_cache", .type = RF_FIELD_CACHE_LABEL, .offset = offsetof(socket_server, address_cache), .flags = RF_FIELD_ADVANCED,
      .doc = "One of `cache_resources`, which is told where it listens, by the key `LABEL_address`, or `socket_server_address` without a label: for port 0." },
    { .name = "tcp", .type = RF_FIELD_OBJECT, .offset = offsetof(socket_server, tcp), .fields = rf_net_tcp_fields, .flags = RF_FIELD_ADVANCED,
      .doc = "The socket, where it is no file." },
    { .name = "max_connections", .type = RF_FIELD_INT, .offset = offsetof(socket_server, max_connections), .standard = "256", .flags = RF_FIELD_ADVANCED,
      .min = 1, .max = 65536, .doc = "Connections at a time; more wait until one ends." },
    { .name = "tls", .type = RF_FIELD_OBJECT, .offset = offsetof(socket_server, tls), .fields = tls_fields, .flags = RF_FIELD_ADVANCED,
      .doc = "For the network `tls`: who we are, and what clients have to show." },
    RF_LINES_FIELDS(socket_server, config),
    { 0 },
};

static rf_net_kind kind_of(const socket_server *self) { return self->network == NETWORK_TLS ? RF_NET_TCP : (rf_net_kind)self->network; }
static bool is_datagram(const socket_server *self) { return self->network == RF_NET_UDP || self->network == RF_NET_UNIXGRAM; }

/* The block says who we are, which TLS needs and the others have no use for. */
static rf_code check_tls(const socket_server *self, const rf_conf *conf) {
    const rf_conf *block = rf_conf_child(conf, "tls"), *node;
    bool has_files = self->tls.cert_file.len > 0 || self->tls.key_file.len > 0;
    const char *field = "self_signed";
    rf_error error = { 0 };
    rf_code code = RF_OK;
    if (self->network != NETWORK_TLS)
        return RF_OK;
    if (has_files) {
        code = rf_gate_check(self->tls.cert_file, self->tls.key_file, &field, &error);
    } else if (!self->self_signed) {
        code = rf_raise(&error, RF_ECONFIG, "network tls needs a certificate");
        rf_error_hint(&error, "tls: give cert_file and key_file, or self_signed: true");
    }
    if (!code)
        return RF_OK;
    node = block ? rf_conf_child(block, field) : NULL;
    return rf_conf_report(node ? node : block ? block : conf, &error);
}

static rf_code socket_server_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    socket_server *self = state;
    rf_error error = { 0 };
    self->env = env;
    self->fd = -1;
    self->open = true;
    self->complaints = (rf_log_limit){ .burst = 1, .period_ns = 10 * RF_NS_PER_S };
    self->gate_end = -1;
    rf_code address = rf_net_check(kind_of(self), self->address, true, &error);
    if (address)
        (void)rf_conf_report(conf, &error);
    rf_code tls = check_tls(self, conf);
    rf_code code = rf_lines_open(&self->lines, &self->config, conf, env, reterr);
    if (code || address || tls)
        return code ? code : address ? address : tls;
    if (self->lines.scanner.unpack || self->lines.scanner.case_count) { /* each guest would need its own */
        const rf_conf *node = rf_conf_child(conf, "scanner");
        (void)rf_raise(&error, RF_ECONFIG, "the scanners decompress and switch are for one source at a time, and this input has many");
        return rf_conf_report(node ? node : conf, &error);
    }
    self->reader = self->lines.reader;
    self->scanner = self->lines.scanner;
    return rf_wake_init(&self->wake, reterr);
}

/* ---- TLS ---- */

/* The gate's thread. A descriptor goes through the pipe as a whole; one that finds it full is closed. */
static bool pass_on(void *arg, int fd, const struct sockaddr *peer, socklen_t peer_len) {
    const socket_server *self = arg;
    (void)peer;
    (void)peer_len;
    return write(self->gate_end, &fd, sizeof fd) == sizeof fd;
}

static rf_code listen_by_tls(socket_server *self, rf_error *reterr) {
    int ends[2], fd;
    rf_code code = rf_net_listen(RF_NET_TCP, self->address, self->tcp.reuse_port, &fd, self->name, reterr);
    if (code)
        return code;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        code = rf_raise(reterr, RF_EIO, "cannot make a pipe: %s", strerror(errno));
        (void)close(fd); /* nothing was written */
        return code;
    }
    self->fd = ends[0];
    self->gate_end = ends[1];
    const rf_gate_options options = {
        .identity = self->tls, .fd = fd, .connections = (unsigned)self->max_connections, .welcome = pass_on, .arg = self, .log = self->env->log,
        .origin = self->env->origin,
    };
    code = rf_gate_start(&options, &self->gate, reterr);
    if (!code)
        return RF_OK;
    (void)close(fd); /* nothing was written, here and below */
    (void)close(self->gate_end);
    (void)close(self->fd);
    self->fd = self->gate_end = -1;
    return code;
}

/* Behind the guests, whose ends it waits for. */
static void end_gate(socket_server *self) {
    int fd;
    if (!self->gate)
        return;
    rf_gate_shut(self->gate);
    while (read(self->fd, &fd, sizeof fd) == sizeof fd)
        (void)close(fd); /* only read from */
    rf_gate_stop(self->gate);
    (void)close(self->gate_end); /* nothing is in it */
}

/* Who reads the cache finds it late at the worst: a cache that fails stops nobody from listening. */
static void tell_address(const socket_server *self) {
    const char *label = self->env->origin.label;
    char key[160];
    rf_error error;
    if (!self->address_cache)
        return;
    (void)snprintf(key, sizeof key, "%s_address", label && label[0] ? label : "socket_server");
    if (rf_cache_set(self->address_cache, rf_slice_of(key), rf_slice_of(self->name), 0, &error))
        rf_log_write(self->env->log, RF_LOG_ERROR, &self->env->origin, "address_cache: %s", error.message);
}

static rf_code listen_on(socket_server *self, rf_error *reterr) {
    if (self->network == NETWORK_TLS)
        return listen_by_tls(self, reterr);
    return rf_net_listen(kind_of(self), self->address, self->tcp.reuse_port, &self->fd, self->name, reterr);
}

static rf_code socket_server_connect(void *state, rf_error *reterr) {
    socket_server *self = state;
    size_t places = is_datagram(self) ? 0 : (size_t)self->max_connections;
    rf_code code = rf_lines_connect(&self->lines, reterr);
    if (code || self->fd >= 0)
        return code;
    if (!self->polls)
        self->polls = rf_alloc_zero(places + 2, sizeof *self->polls);
    if (!self->guests)
        self->guests = rf_alloc_zero(places + 1, sizeof *self->guests);
    if (!self->polls || !self->guests)
        return rf_raise_nomem(reterr);
    code = listen_on(self, reterr);
    self->bound = !code;
    if (code)
        return code;
    rf_log_write(self->env->log, RF_LOG_INFO, &self->env->origin, "receiving %s lines at %s", networks[self->network], self->name);
    tell_address(self);
    return RF_OK;
}

/* ---- Guests ---- */

static void lend(socket_server *self, const guest *g) {
    self->lines.reader = g->reader;
    self->lines.scanner = g->scanner;
}

static void take_back(socket_server *self, guest *g) {
    g->reader = self->lines.reader;
    g->scanner = self->lines.scanner;
    self->lines.reader = self->reader;
    self->lines.scanner = self->scanner;
}

static void farewell(socket_server *self, uint32_t index) {
    guest *g = &self->guests[index];
    lend(self, g);
    rf_lines_restart(&self->lines); /* frees what the scanner held of this source */
    take_back(self, g);
    rf_line_reader_done(&g->reader);
    (void)close(g->fd); /* only read from */
    *g = self->guests[--self->count];
}

/* Nobody is there, or gone again; or the system has no descriptor left, and would say so over and over while somebody waits. */
static void not_welcome(socket_server *self, int number) {
    if (number == EAGAIN || number == EINTR || number == ECONNABORTED)
        return;
    self->deaf_until_ns = rf_clock_mono_ns() + DEAF_NS;
    rf_log_write_limited(self->env->log, RF_LOG_ERROR, &self->env->origin, &self->complaints, "cannot take a connection: %s",
                         strerror(number));
}

static void welcome(socket_server *self) {
    while (self->count < (uint32_t)self->max_connections) {
        int fd = -1;
        errno = EAGAIN; /* an empty pipe */
        if (self->network != NETWORK_TLS)
            fd = accept4(self->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        else if (read(self->fd, &fd, sizeof fd) != sizeof fd)
            fd = -1;
        if (fd < 0) {
            not_welcome(self, errno);
            return;
        }
        self->guests[self->count++] = (guest){ .fd = fd, .reader = self->reader, .scanner = self->scanner };
    }
}

/* What one guest has now. False: out of memory. */
static bool read_guest(socket_server *self, uint32_t index, rf_batch *batch, uint32_t max, rf_error *reterr) {
    guest *g = &self->guests[index];
    lend(self, g);
    rf_code code = rf_lines_read(&self->lines, g->fd, self->name, &self->wake, batch, max, 0, NULL, reterr);
    take_back(self, g);
    if (code == RF_ECLOSED || code == RF_EIO) /* hung up, or broke off: the others go on */
        farewell(self, index);
    return code != RF_ENOMEM;
}

/* Each guest in turn, so that one who talks much does not silence the others. */
static rf_code read_guests(socket_server *self, rf_batch *batch, uint32_t max, rf_error *reterr) {
    uint32_t before = batch->count, count = self->count;
    for (uint32_t i = 0; i < count && batch->count - before < max && self->count > 0; i++) {
        uint32_t index = self->turn++ % self->count;
        if (!read_guest(self, index, batch, max - (batch->count - before), reterr)) {
            rf_error_flag(reterr, RF_ERROR_RETRIABLE);
            return batch->count > before ? RF_OK : RF_ENOMEM;
        }
    }
    return batch->count > before ? RF_OK : RF_EAGAIN;
}

static bool is_deaf(const socket_server *self) { return self->deaf_until_ns && rf_clock_mono_ns() < self->deaf_until_ns; }

static rf_code wait_for_any(socket_server *self, uint64_t wait_ns) {
    bool deaf = is_deaf(self), room = !deaf && self->count < (uint32_t)self->max_connections;
    if (deaf && wait_ns > DEAF_NS)
        wait_ns = DEAF_NS;
    struct timespec wait = { .tv_sec = (time_t)(wait_ns / RF_NS_PER_S), .tv_nsec = (long)(wait_ns % RF_NS_PER_S) };
    self->polls[0] = (struct pollfd){ .fd = self->wake.fd, .events = POLLIN };
    self->polls[1] = (struct pollfd){ .fd = room ? self->fd : -1, .events = POLLIN };
    for (uint32_t i = 0; i < self->count; i++)
        self->polls[i + 2] = (struct pollfd){ .fd = self->guests[i].fd, .events = POLLIN };
    if (ppoll(self->polls, self->count + 2, &wait, NULL) <= 0 || self->polls[0].revents)
        return RF_EAGAIN;
    if (self->polls[1].revents)
        welcome(self);
    return RF_OK;
}

static rf_code read_streams(socket_server *self, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    rf_code code = read_guests(self, batch, max, reterr); /* what did not fit into the last batch */
    if (code != RF_EAGAIN)
        return code;
    code = wait_for_any(self, wait_ns);
    return code ? code : read_guests(self, batch, max, reterr);
}

/* ---- Datagrams ---- */

static rf_code read_datagrams(socket_server *self, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    uint32_t before = batch->count;
    rf_code code = RF_OK;
    while (batch->count - before < max && !code) {
        if (!self->in_datagram) {
            if (!rf_wake_wait(&self->wake, self->fd, batch->count > before ? 0 : wait_ns))
                break;
            rf_lines_restart(&self->lines);
            code = rf_line_reader_fill(&self->lines.reader, self->fd, reterr); /* one read, one datagram */
            if (code)
                break;
            self->lines.reader.ended = true;
            self->in_datagram = true;
        }
        code = rf_lines_read(&self->lines, self->fd, self->name, &self->wake, batch, max - (batch->count - before), 0, NULL, reterr);
        if (code == RF_ECLOSED) {
            self->in_datagram = false;
            code = RF_OK;
        }
    }
    if (code && code != RF_EAGAIN)
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    if (batch->count > before)
        return RF_OK;
    return code ? code : RF_EAGAIN;
}

static rf_code socket_server_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    socket_server *self = state;
    assert(self->fd >= 0 && max > 0);
    return is_datagram(self) ? read_datagrams(self, batch, max, wait_ns, reterr) : read_streams(self, batch, max, wait_ns, reterr);
}

static void socket_server_wake(void *state) {
    const socket_server *self = state;
    rf_wake_up(&self->wake);
}

static void socket_server_close(void *state) {
    socket_server *self = state;
    if (!self->open)
        return;
    while (self->count > 0)
        farewell(self, self->count - 1);
    end_gate(self);
    if (self->fd >= 0)
        (void)close(self->fd); /* only read from */
    if (self->bound && (self->network == RF_NET_UNIX || self->network == RF_NET_UNIXGRAM))
        (void)unlink(self->name);
    rf_free(self->guests);
    rf_free(self->polls);
    rf_wake_done(&self->wake);
    rf_lines_done(&self->lines);
}

const rf_input_kind rf_socket_server_kind = {
    .name = "socket_server",
    .summary = "Listens on a TCP or Unix socket, by TLS, or for datagrams, and reads lines.",
    .detail = "Connections are read in turn, by one thread; what a connection breaks off in the middle of a line is a message of its own. A client "
              "is not told what was delivered: what riffle had read when it was killed does not come again, and datagrams that come while the "
              "stream is held up are dropped by the system when its buffer is full.",
    .example = "input:\n"
               "  socket_server:\n"
               "    network: udp\n"
               "    address: 127.0.0.1:4000\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = socket_server_fields,
    .state_size = sizeof(socket_server),
    .open = socket_server_open,
    .connect = socket_server_connect,
    .read = socket_server_read,
    .wake = socket_server_wake,
    .close = socket_server_close,
};
