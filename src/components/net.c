/* net.c: addresses to sockets: connected, listening, or bound. */
#include "components/net.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

const rf_field rf_net_tcp_fields[] = {
    { .name = "reuse_addr", .type = RF_FIELD_BOOL, .offset = offsetof(rf_net_tcp, reuse_addr), .standard = "false",
      .doc = "Accepted for compatibility: it is always so." },
    { .name = "reuse_port", .type = RF_FIELD_BOOL, .offset = offsetof(rf_net_tcp, reuse_port), .standard = "false",
      .doc = "Whether other programs may listen there too; the system deals what comes out to them." },
    { 0 },
};

const char *const rf_net_kind_names[] = { "unix", "tcp", "udp", "unixgram", NULL };

#define BACKLOG 64
#define DATAGRAM_BYTES (4 << 20) /* of the system's buffer, as far as it lets us */

static bool is_local(rf_net_kind kind) { return kind == RF_NET_UNIX || kind == RF_NET_UNIXGRAM; }
static int type_of(rf_net_kind kind) { return kind == RF_NET_UNIX || kind == RF_NET_TCP ? SOCK_STREAM : SOCK_DGRAM; }

/* Both texts terminated; an empty host is every interface. */
typedef struct host_port { char host[RF_NET_HOST_MAX]; char port[32]; } host_port;

static bool split(rf_slice address, host_port *ret) {
    size_t colon = address.len;
    while (colon > 0 && address.data[colon - 1] != ':')
        colon--;
    if (colon == 0)
        return false;
    rf_slice host = { address.data, colon - 1 }, port = { address.data + colon, address.len - colon };
    if (host.len >= 2 && host.data[0] == '[' && host.data[host.len - 1] == ']')
        host = (rf_slice){ host.data + 1, host.len - 2 };
    else if (rf_slice_find(host, ':') < host.len)
        return false; /* IPv6 without its brackets */
    if (host.len >= sizeof ret->host || port.len == 0 || port.len >= sizeof ret->port)
        return false;
    (void)snprintf(ret->host, sizeof ret->host, "%.*s", RF_SLICE_ARG(host));
    (void)snprintf(ret->port, sizeof ret->port, "%.*s", RF_SLICE_ARG(port));
    return true;
}

rf_code rf_net_host(rf_slice address, char ret_host[RF_NET_HOST_MAX], uint16_t *ret_port, rf_error *reterr) {
    host_port target;
    int64_t port;
    if (!split(address, &target) || !rf_number_parse_i64(rf_slice_of(target.port), &port) || port < 1 || port > UINT16_MAX)
        return rf_raise(reterr, RF_ECONFIG, "address `%.*s` is not HOST:PORT with a number from 1 to 65535", RF_SLICE_ARG(address));
    memcpy(ret_host, target.host, sizeof target.host);
    *ret_port = (uint16_t)port;
    return RF_OK;
}

rf_code rf_net_check(rf_net_kind kind, rf_slice address, bool listens, rf_error *reterr) {
    host_port target;
    if (is_local(kind)) {
        if (address.len > 0 && address.len < sizeof(((struct sockaddr_un *)NULL)->sun_path))
            return RF_OK;
        rf_code code = rf_raise(reterr, RF_ECONFIG,
                                address.len ? "address is longer than a socket's path may be, 107 bytes" : "address is empty");
        rf_error_hint(reterr, "a path, such as /tmp/riffle.sock");
        return code;
    }
    if (split(address, &target) && (listens || target.host[0]))
        return RF_OK;
    rf_code code = rf_raise(reterr, RF_ECONFIG, "address `%.*s` is not HOST:PORT", RF_SLICE_ARG(address));
    rf_error_hint(reterr, "such as 127.0.0.1:4000 or [::1]:4000");
    return code;
}

static struct sockaddr_un local_address(rf_slice path) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    assert(path.len < sizeof address.sun_path);
    memcpy(address.sun_path, path.data, path.len);
    return address;
}

static rf_code resolve(rf_net_kind kind, rf_slice address, bool listens, struct addrinfo **ret_infos, rf_error *reterr) {
    host_port target;
    struct addrinfo hints = { .ai_flags = listens ? AI_PASSIVE : 0, .ai_socktype = type_of(kind) };
    if (!split(address, &target))
        return rf_raise(reterr, RF_ECONFIG, "address `%.*s` is not HOST:PORT", RF_SLICE_ARG(address));
    if (strcmp(target.host, "localhost") == 0) /* a minimal machine may have no /etc/hosts to say so */
        memcpy(target.host, "127.0.0.1", sizeof "127.0.0.1");
    int failure = getaddrinfo(target.host[0] ? target.host : NULL, target.port, &hints, ret_infos);
    if (!failure)
        return RF_OK;
    (void)rf_raise(reterr, RF_EIO, "%.*s: %s", RF_SLICE_ARG(address), failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EIO;
}

/* ---- Dialling ---- */

/* An errno; 0: connected. ECANCELED: woken. A signal, such as a profiler's, ends nothing. */
static int wait_connected(int fd, const rf_wake *wake, uint64_t timeout_ns) {
    struct pollfd fds[] = { { .fd = fd, .events = POLLOUT }, { .fd = wake && wake->made ? wake->fd : -1, .events = POLLIN } };
    uint64_t end_ns = rf_clock_mono_ns() + timeout_ns, now_ns;
    int error = 0, count = -1;
    socklen_t len = sizeof error;
    do {
        now_ns = rf_clock_mono_ns();
        uint64_t left_ns = now_ns < end_ns ? end_ns - now_ns : 0;
        struct timespec wait = { .tv_sec = (time_t)(left_ns / RF_NS_PER_S), .tv_nsec = (long)(left_ns % RF_NS_PER_S) };
        count = ppoll(fds, 2, &wait, NULL);
    } while (count < 0 && errno == EINTR && now_ns < end_ns);
    if (count <= 0)
        return count == 0 || errno == EINTR ? ETIMEDOUT : errno;
    if (fds[1].revents)
        return ECANCELED;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

/* A connected socket, or -1 with errno. */
static int connect_to(int family, int type, const struct sockaddr *address, socklen_t len, const rf_wake *wake, uint64_t timeout_ns) {
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int error = connect(fd, address, len) == 0 ? 0 : errno;
    if (error == EINPROGRESS || error == EINTR) /* it goes on by itself */
        error = wait_connected(fd, wake, timeout_ns);
    if (!error)
        return fd;
    (void)close(fd); /* nothing was written */
    errno = error;
    return -1;
}

static int dial_any(const struct addrinfo *infos, const rf_wake *wake, uint64_t timeout_ns) {
    int fd = -1;
    errno = EADDRNOTAVAIL;
    for (const struct addrinfo *info = infos; info && fd < 0; info = info->ai_next) {
        fd = connect_to(info->ai_family, info->ai_socktype, info->ai_addr, info->ai_addrlen, wake, timeout_ns);
        if (fd < 0 && errno == ECANCELED)
            break;
    }
    return fd;
}

static rf_code raise_dial(rf_net_kind kind, rf_slice address, int error, rf_error *reterr) {
    char why[100]; /* the system begins with a capital letter, our messages do not */
    (void)snprintf(why, sizeof why, "%s", strerror(error));
    why[0] = (char)tolower((unsigned char)why[0]);
    (void)rf_raise(reterr, RF_EIO, "dial %s %.*s: connect: %s", rf_net_kind_names[kind], RF_SLICE_ARG(address), why);
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EIO;
}

rf_code rf_net_dial(rf_net_kind kind, rf_slice address, const rf_wake *wake, uint64_t timeout_ns, int *ret_fd, rf_error *reterr) {
    int fd, error;
    if (is_local(kind)) {
        struct sockaddr_un local = local_address(address);
        fd = connect_to(AF_UNIX, type_of(kind), (const struct sockaddr *)&local, sizeof local, wake, timeout_ns);
        error = errno;
    } else {
        struct addrinfo *infos = NULL;
        rf_code code = resolve(kind, address, false, &infos, reterr);
        if (code)
            return code;
        fd = dial_any(infos, wake, timeout_ns);
        error = errno;
        freeaddrinfo(infos);
    }
    if (fd >= 0) {
        *ret_fd = fd;
        return RF_OK;
    }
    if (error == ECANCELED)
        return rf_raise(reterr, RF_EAGAIN, "woken");
    return raise_dial(kind, address, error, reterr);
}

/* ---- Listening ---- */

/* A socket file is left behind by a process that was killed: nobody answers there. */
static void remove_stale(rf_net_kind kind, const struct sockaddr_un *local) {
    struct stat info;
    if (lstat(local->sun_path, &info) != 0 || !S_ISSOCK(info.st_mode))
        return;
    int fd = connect_to(AF_UNIX, type_of(kind), (const struct sockaddr *)local, sizeof *local, NULL, UINT64_C(200000000));
    if (fd >= 0)
        (void)close(fd); /* somebody does: binding will say so */
    else if (errno == ECONNREFUSED)
        (void)unlink(local->sun_path);
}

/* A bound socket, or -1 with errno. */
static int bind_to(rf_net_kind kind, bool shared, int family, const struct sockaddr *address, socklen_t len) {
    int fd = socket(family, type_of(kind) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, bytes = DATAGRAM_BYTES;
    if (fd < 0)
        return -1;
    bool good = kind != RF_NET_TCP || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
        good = false;
    if (type_of(kind) == SOCK_DGRAM && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0)
        good = false;
    if (good && bind(fd, address, len) == 0 && (type_of(kind) == SOCK_DGRAM || listen(fd, BACKLOG) == 0))
        return fd;
    int error = errno;
    (void)close(fd); /* nothing was written */
    errno = error;
    return -1;
}

static void name_of(int fd, char ret_name[RF_NET_NAME_MAX]) {
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    char host[64], port[8];
    if (getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
        getnameinfo((struct sockaddr *)&address, len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        (void)snprintf(ret_name, RF_NET_NAME_MAX, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

rf_code rf_net_listen(rf_net_kind kind, rf_slice address, bool shared, int *ret_fd, char ret_name[RF_NET_NAME_MAX], rf_error *reterr) {
    int fd = -1, error;
    (void)snprintf(ret_name, RF_NET_NAME_MAX, "%.*s", RF_SLICE_ARG(address));
    if (is_local(kind)) {
        struct sockaddr_un local = local_address(address);
        remove_stale(kind, &local);
        fd = bind_to(kind, false, AF_UNIX, (const struct sockaddr *)&local, sizeof local);
        error = errno;
    } else {
        struct addrinfo *infos = NULL;
        rf_code code = resolve(kind, address, true, &infos, reterr);
        if (code)
            return code;
        errno = EADDRNOTAVAIL;
        for (const struct addrinfo *info = infos; info && fd < 0; info = info->ai_next)
            fd = bind_to(kind, shared, info->ai_family, info->ai_addr, info->ai_addrlen);
        error = errno;
        freeaddrinfo(infos);
        if (fd >= 0)
            name_of(fd, ret_name);
    }
    if (fd < 0)
        return rf_raise(reterr, RF_EIO, "cannot listen on %s %.*s: %s", rf_net_kind_names[kind], RF_SLICE_ARG(address), strerror(error));
    *ret_fd = fd;
    return RF_OK;
}
