/* link.c: connecting to a server, and moving bytes without waiting. */
#include "components/link.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "components/link_tls.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GLANCE_NS (100 * RF_NS_PER_MS) /* how often `giving_up` is looked at, which announces itself to nobody */

struct rf_link {
    int fd;
    rf_link_tls *tls; /* NULL: plain */
    rf_link_want read_waits_for, write_waits_for;
};

static void wait_for(int fd, short events, int wake, uint64_t wait_ns) {
    struct pollfd fds[] = { { .fd = fd, .events = events }, { .fd = wake, .events = POLLIN } }; /* a negative one is passed over */
    struct timespec wait = { .tv_sec = (time_t)(wait_ns / RF_NS_PER_S), .tv_nsec = (long)(wait_ns % RF_NS_PER_S) };
    (void)ppoll(fds, 2, &wait, NULL); /* a signal ends it early, as a time-out would */
}

bool rf_link_is_woken(int wake) {
    struct pollfd fd = { .fd = wake, .events = POLLIN };
    return wake >= 0 && poll(&fd, 1, 0) > 0;
}

/* ---- Opening ---- */

/* RF_OK: time is left, *ret_left_ns of it. */
static rf_code time_left(const rf_link_target *target, uint64_t end_ns, uint64_t *ret_left_ns, rf_error *reterr) {
    uint64_t now_ns = rf_clock_mono_ns();
    if (rf_link_is_woken(target->wake) || (target->giving_up && atomic_load(target->giving_up)))
        return rf_raise(reterr, RF_EAGAIN, "woken");
    if (now_ns >= end_ns)
        return rf_raise(reterr, RF_EIO, "no answer within %llu ms", (unsigned long long)(target->timeout_ns / RF_NS_PER_MS));
    *ret_left_ns = target->giving_up && end_ns - now_ns > GLANCE_NS ? GLANCE_NS : end_ns - now_ns;
    return RF_OK;
}

static bool is_connecting(int fd) {
    struct pollfd out = { .fd = fd, .events = POLLOUT };
    return poll(&out, 1, 0) == 0;
}

static rf_code finish_connecting(const rf_link_target *target, int fd, uint64_t end_ns, rf_error *reterr) {
    int fault = 0;
    socklen_t size = sizeof fault;
    uint64_t left_ns;
    while (is_connecting(fd)) {
        rf_code code = time_left(target, end_ns, &left_ns, reterr);
        if (code)
            return code;
        wait_for(fd, POLLOUT, target->wake, left_ns);
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size) != 0)
        fault = errno;
    return fault ? rf_raise(reterr, RF_EIO, "%s", strerror(fault)) : RF_OK;
}

/* One address. */
static rf_code connect_to(const rf_link_target *target, const struct addrinfo *address, uint64_t end_ns, int *ret_fd, rf_error *reterr) {
    const int yes = 1;
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);
    if (fd < 0)
        return rf_raise(reterr, RF_EIO, "%s", strerror(errno));
    rf_code code = RF_OK;
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0)
        code = errno == EINPROGRESS || errno == EINTR ? finish_connecting(target, fd, end_ns, reterr)
                                                      : rf_raise(reterr, RF_EIO, "%s", strerror(errno));
    if (code) {
        (void)close(fd);
        return code;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* what is written is whole already */
    *ret_fd = fd;
    return RF_OK;
}

static rf_code resolve(const rf_link_target *target, struct addrinfo **ret_addresses, rf_error *reterr) {
    const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG };
    char port[8];
    (void)snprintf(port, sizeof port, "%u", target->port);
    int status = getaddrinfo(target->host, port, &wanted, ret_addresses);
    if (status == EAI_SYSTEM)
        return rf_raise(reterr, RF_EIO, "%s", strerror(errno));
    return status ? rf_raise(reterr, RF_EIO, "%s", gai_strerror(status)) : RF_OK;
}

static rf_code connect_any(const rf_link_target *target, uint64_t end_ns, int *ret_fd, rf_error *reterr) {
    struct addrinfo *addresses = NULL;
    rf_code code = resolve(target, &addresses, reterr);
    if (code)
        return code;
    code = RF_EIO;
    for (const struct addrinfo *a = addresses; a && code == RF_EIO; a = a->ai_next)
        code = connect_to(target, a, end_ns, ret_fd, reterr);
    freeaddrinfo(addresses);
    return code;
}

static rf_code shake_hands(const rf_link_target *target, rf_link *link, uint64_t end_ns, rf_error *reterr) {
    rf_link_want want;
    uint64_t left_ns;
    rf_code code = rf_link_tls_new(target->tls, target->host, link->fd, &link->tls, reterr);
    while (!code) {
        code = rf_link_tls_handshake(link->tls, &want, reterr);
        if (code != RF_EAGAIN)
            return code;
        code = time_left(target, end_ns, &left_ns, reterr);
        if (!code)
            wait_for(link->fd, want.write ? POLLOUT : POLLIN, target->wake, left_ns);
    }
    return code;
}

rf_code rf_link_open(const rf_link_target *target, rf_link **ret_link, rf_error *reterr) {
    assert(target && target->host && ret_link);
    uint64_t end_ns = rf_clock_mono_ns() + target->timeout_ns;
    rf_link *link = rf_alloc_zero(1, sizeof *link);
    if (!link)
        return rf_raise_nomem(reterr);
    *link = (rf_link){ .fd = -1, .read_waits_for = { .read = true }, .write_waits_for = { .write = true } };
    rf_code code = connect_any(target, end_ns, &link->fd, reterr);
    if (!code && target->tls)
        code = shake_hands(target, link, end_ns, reterr);
    if (!code) {
        *ret_link = link;
        return RF_OK;
    }
    rf_link_close(link);
    if (code == RF_EIO || code == RF_EREFUSED)
        rf_error_flag(reterr, RF_ERROR_RETRIABLE); /* servers come back, and certificates are put right there */
    return code;
}

void rf_link_close(rf_link *link) {
    if (!link)
        return;
    if (link->tls)
        rf_link_tls_end(link->tls);
    rf_link_tls_free(link->tls);
    if (link->fd >= 0)
        (void)close(link->fd);
    rf_free(link);
}

/* ---- Bytes ---- */

static rf_code broken(const char *what, rf_error *reterr) {
    if (errno == EAGAIN || errno == EINTR)
        return RF_EAGAIN;
    return rf_raise(reterr, RF_EIO, "%s: %s", what, strerror(errno));
}

/* Says to the peer's system at once that the bytes are here. Many servers write small answers one after another without TCP_NODELAY:
 * the second then waits for that word, which ours would keep back for 40 ms. The option holds for a while only. */
static void confirm(const rf_link *link) {
    const int yes = 1;
    (void)setsockopt(link->fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
}

static rf_code read_plain(rf_link *link, void *bytes, size_t cap, size_t *ret_got, rf_error *reterr) {
    ssize_t got = recv(link->fd, bytes, cap, 0);
    if (got < 0)
        return broken("reading failed", reterr);
    *ret_got = (size_t)got;
    return got ? RF_OK : RF_ECLOSED;
}

rf_code rf_link_read(rf_link *link, void *bytes, size_t cap, size_t *ret_got, rf_error *reterr) {
    assert(link && bytes && cap && ret_got);
    link->read_waits_for = (rf_link_want){ .read = true };
    rf_code code = link->tls ? rf_link_tls_read(link->tls, bytes, cap, ret_got, &link->read_waits_for, reterr)
                             : read_plain(link, bytes, cap, ret_got, reterr);
    if (!code && *ret_got < cap)
        confirm(link);
    return code;
}

rf_code rf_link_write(rf_link *link, const void *bytes, size_t len, size_t *ret_put, rf_error *reterr) {
    assert(link && bytes && len && ret_put);
    link->write_waits_for = (rf_link_want){ .write = true };
    if (link->tls)
        return rf_link_tls_write(link->tls, bytes, len, ret_put, &link->write_waits_for, reterr);
    ssize_t put = send(link->fd, bytes, len, MSG_NOSIGNAL);
    if (put < 0)
        return broken("writing failed", reterr);
    *ret_put = (size_t)put;
    return RF_OK;
}

struct pollfd rf_link_watch(const rf_link *link, bool to_read, bool to_write) {
    bool in = (to_read && link->read_waits_for.read) || (to_write && link->write_waits_for.read);
    bool out = (to_read && link->read_waits_for.write) || (to_write && link->write_waits_for.write);
    /* Nobody listens: only the other end's silence is to be noticed, and poll tells of a hang-up without being asked. */
    return (struct pollfd){ .fd = in || out ? link->fd : -1, .events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0)) };
}

void rf_link_wait(const rf_link *link, bool to_read, bool to_write, int wake, uint64_t wait_ns) {
    assert(link);
    struct pollfd watched = rf_link_watch(link, to_read, to_write);
    wait_for(watched.fd, watched.events, wake, wait_ns);
}

void rf_link_end(rf_link *link) {
    if (link->tls)
        rf_link_tls_end(link->tls);
    (void)shutdown(link->fd, SHUT_WR);
}
