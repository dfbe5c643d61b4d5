/* gate_test.c: TLS at both ends of a connection: a gate before a server, a pipe behind a client, and clients that are none. */
#include "observe/gate.h"

#include "base/clock.h"
#include "base/slice.h"
#include "components/link_pipe.h"
#include "harness.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 30000
#define GUESTS 4

/* A server that is the test itself: it has the plain ends. */
typedef struct server {
    rf_gate *gate;
    uint16_t port;
    int fds[GUESTS];
    _Atomic int count;
    bool refuses;
} server;

static bool welcome(void *arg, int fd, const struct sockaddr *peer, socklen_t peer_len) {
    server *self = arg;
    int count = atomic_load(&self->count);
    if (self->refuses || count == GUESTS || peer->sa_family != AF_INET || peer_len != sizeof(struct sockaddr_in))
        return false;
    self->fds[count] = fd;
    atomic_store(&self->count, count + 1);
    return true;
}

static int listen_somewhere(uint16_t *ret_port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 8) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0)
        *ret_port = ntohs(address.sin_port);
    return fd;
}

/* As the program has it (src/cli/signals.c): OpenSSL writes to peers that are gone. */
static rf_code server_start(server *self, int auth) {
    (void)signal(SIGPIPE, SIG_IGN);
    int fd = listen_somewhere(&self->port);
    const rf_gate_options options = { .identity = { .auth = auth }, .fd = fd, .connections = GUESTS, .welcome = welcome, .arg = self };
    rf_code code = rf_gate_start(&options, &self->gate, NULL);
    if (code)
        (void)close(fd);
    return code;
}

static void server_done(server *self) {
    rf_gate_shut(self->gate);
    for (int i = 0; i < atomic_load(&self->count); i++)
        if (self->fds[i] >= 0)
            (void)close(self->fds[i]);
    rf_gate_stop(self->gate);
}

/* The end of the guest of that number; -1: it did not come. */
static int guest(server *self, int number) {
    for (int i = 0; i < WAIT_MS && atomic_load(&self->count) <= number; i++)
        rf_clock_sleep_ns(RF_NS_PER_MS);
    return atomic_load(&self->count) > number ? self->fds[number] : -1;
}

static void leave(server *self, int number) {
    (void)close(self->fds[number]);
    self->fds[number] = -1;
}

typedef struct client { rf_link_pipe *pipe; int fd; } client;

static void client_done(client *self) {
    if (self->fd >= 0)
        (void)close(self->fd);
    rf_link_pipe_close(self->pipe);
    *self = (client){ .fd = -1 };
}

static rf_code client_open(client *self, const server *to, rf_error *reterr) {
    static const rf_tls_conf tls = { .enabled = true, .skip_cert_verify = true };
    const rf_link_target target = { .host = "127.0.0.1", .port = to->port, .tls = &tls, .timeout_ns = 30 * RF_NS_PER_S, .wake = -1 };
    return rf_link_pipe_open(&target, &self->pipe, &self->fd, reterr);
}

#define SERVER(name) RF_CLEANUP(server_done) server name = { 0 }
#define CLIENT(name) RF_CLEANUP(client_done) client name = { .fd = -1 }

/* ---- Bytes ---- */

static bool can(int fd, short events) {
    struct pollfd event = { .fd = fd, .events = events };
    return poll(&event, 1, WAIT_MS) > 0;
}

/* Up to `len` bytes, or until the end: how many; -1: it broke. */
static ssize_t get(int fd, char *bytes, size_t len) {
    size_t got = 0;
    while (got < len && can(fd, POLLIN)) {
        ssize_t more = recv(fd, bytes + got, len - got, MSG_DONTWAIT);
        if (more == 0)
            break;
        if (more < 0 && errno != EAGAIN)
            return -1;
        got += more > 0 ? (size_t)more : 0;
    }
    return (ssize_t)got;
}

static bool put(int fd, const char *bytes, size_t len) {
    while (len > 0 && can(fd, POLLOUT)) {
        ssize_t some = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (some < 0 && errno != EAGAIN)
            return false;
        bytes += some > 0 ? some : 0;
        len -= some > 0 ? (size_t)some : 0;
    }
    return len == 0;
}

/* `total` bytes from one end to the other, as much at a time as goes; each is what its place says. */
static bool flows(int from, int to, size_t total) {
    char bytes[4096];
    size_t put_at = 0, got_at = 0;
    while (got_at < total) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)((put_at + i) * 31 >> 3);
        size_t len = total - put_at < sizeof bytes ? total - put_at : sizeof bytes;
        ssize_t some = len ? send(from, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
        put_at += some > 0 ? (size_t)some : 0;
        if (some > 0 && put_at < total)
            continue; /* until nothing goes any more: the whole way is full */
        if (!can(to, POLLIN))
            return false;
        some = recv(to, bytes, sizeof bytes, MSG_DONTWAIT);
        for (ssize_t i = 0; i < some; i++, got_at++)
            if (bytes[i] != (char)(got_at * 31 >> 3))
                return false;
        if (some == 0)
            return false;
    }
    return true;
}

RF_TEST(bytes_pass_both_ways_also_when_the_way_is_full) {
    SERVER(self);
    CLIENT(caller);
    size_t total = rf_test_torture() ? 100000 : 4000000;
    rf_check(!server_start(&self, RF_GATE_NO));
    rf_check(!client_open(&caller, &self, NULL));
    int end = guest(&self, 0);
    rf_check(end >= 0);
    rf_check(flows(caller.fd, end, total));
    rf_check(flows(end, caller.fd, total));
}

RF_TEST(what_was_written_before_the_end_arrives) {
    SERVER(self);
    CLIENT(caller);
    char bytes[64];
    rf_check(!server_start(&self, RF_GATE_NO));
    rf_check(!client_open(&caller, &self, NULL));
    int end = guest(&self, 0);
    rf_check(end >= 0 && put(caller.fd, "question", 8));
    rf_check(shutdown(caller.fd, SHUT_WR) == 0 && get(end, bytes, sizeof bytes) == 8 && memcmp(bytes, "question", 8) == 0);
    rf_check(put(end, "the answer", 10));
    leave(&self, 0);
    client_done(&caller); /* waits for what is under way, and parts well */
    CLIENT(second);
    rf_check(!client_open(&second, &self, NULL));
    end = guest(&self, 1);
    rf_check(end >= 0 && put(end, "the answer", 10));
    leave(&self, 1);
    rf_check(get(second.fd, bytes, sizeof bytes) == 10 && memcmp(bytes, "the answer", 10) == 0);
}

RF_TEST(what_went_can_be_waited_for) {
    SERVER(self);
    CLIENT(caller);
    rf_check(!server_start(&self, RF_GATE_NO));
    rf_check(!client_open(&caller, &self, NULL));
    rf_check(guest(&self, 0) >= 0 && put(caller.fd, "question", 8));
    rf_check(!rf_link_pipe_flush(caller.pipe, 8, 30 * RF_NS_PER_S, NULL));
    rf_check(rf_link_pipe_flush(caller.pipe, 9, RF_NS_PER_MS, NULL) == RF_EAGAIN); /* that many were not written */
    rf_check(shutdown(caller.fd, SHUT_WR) == 0);
    rf_check(rf_link_pipe_flush(caller.pipe, 9, 30 * RF_NS_PER_S, NULL) == RF_ELOST); /* and never will be */
}

RF_TEST(the_end_of_one_side_is_told_to_the_other) {
    SERVER(self);
    CLIENT(caller);
    char byte;
    rf_check(!server_start(&self, RF_GATE_NO));
    rf_check(!client_open(&caller, &self, NULL));
    int end = guest(&self, 0);
    client_done(&caller);
    rf_check(end >= 0 && get(end, &byte, 1) == 0);
}

/* ---- Receipts ---- */

/* What was told, and how often. */
typedef struct receipt { _Atomic int times; _Atomic bool sent; } receipt;

static void note(void *arg, bool sent) {
    receipt *self = arg;
    atomic_store(&self->sent, sent);
    atomic_fetch_add(&self->times, 1);
}

static bool is_told(const receipt *self) {
    for (int i = 0; i < WAIT_MS && atomic_load(&self->times) == 0; i++)
        rf_clock_sleep_ns(RF_NS_PER_MS);
    return atomic_load(&self->times) == 1;
}

/* Nobody reads at the other end: writes until the whole way is full, and stays so. */
static void fill(int fd) {
    static const char bytes[4096];
    uint64_t full_ns = 0;
    while (!full_ns || rf_clock_mono_ns() < full_ns)
        if (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
            full_ns = rf_clock_mono_ns() + RF_NS_PER_S / 2;
        else
            rf_clock_sleep_ns(RF_NS_PER_MS);
}

RF_TEST(a_server_is_told_when_its_bytes_have_left) {
    SERVER(self);
    CLIENT(caller);
    receipt first = { 0 }, second = { 0 }, unknown = { 0 };
    char bytes[10];
    rf_check(!server_start(&self, RF_GATE_NO) && !client_open(&caller, &self, NULL));
    int fd = guest(&self, 0);
    rf_check(put(fd, "hello", 5));
    rf_gate_when_sent(self.gate, fd, note, &first);
    rf_check(is_told(&first) && (first.sent || rf_test_torture()));
    rf_check(put(fd, "again", 5));
    rf_gate_when_sent(self.gate, fd, note, &second);
    leave(&self, 0); /* at once */
    rf_check(is_told(&second) && (second.sent || rf_test_torture()));
    rf_check(get(caller.fd, bytes, sizeof bytes) == 10 && memcmp(bytes, "helloagain", 10) == 0);
    rf_gate_when_sent(self.gate, -1, note, &unknown);
    rf_check(is_told(&unknown) && !unknown.sent);
}

RF_TEST(a_server_is_told_what_did_not_leave_at_the_end_at_the_latest) {
    receipt lost = { 0 };
    if (rf_test_torture()) /* two seconds each time */
        return;
    {
        CLIENT(caller);
        SERVER(self);
        rf_check(!server_start(&self, RF_GATE_NO) && !client_open(&caller, &self, NULL));
        fill(guest(&self, 0));
        rf_gate_when_sent(self.gate, self.fds[0], note, &lost);
    }
    rf_check(atomic_load(&lost.times) == 1 && !lost.sent);
}

/* ---- Who is let in ---- */

RF_TEST(a_server_that_does_not_welcome_hangs_up) {
    SERVER(self);
    CLIENT(caller);
    char byte;
    self.refuses = true;
    rf_check(!server_start(&self, RF_GATE_NO));
    rf_check(!client_open(&caller, &self, NULL));
    rf_check(get(caller.fd, &byte, 1) <= 0);
}

RF_TEST(a_client_that_has_to_show_a_certificate_and_has_none_is_told) {
    SERVER(self);
    CLIENT(caller);
    rf_error error = { 0 };
    char byte;
    rf_check(!server_start(&self, RF_GATE_REQUIRE_ANY));
    rf_code code = client_open(&caller, &self, &error); /* TLS 1.3: its side is done before it is refused */
    if (!code) {
        rf_check(get(caller.fd, &byte, 1) <= 0);
        client_done(&caller);
    }
    rf_check(atomic_load(&self.count) == 0);
}

RF_TEST(one_who_speaks_no_tls_or_nothing_holds_nobody_up) {
    SERVER(self);
    CLIENT(caller);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char bytes[64];
    rf_check(!server_start(&self, RF_GATE_NO));
    address.sin_port = htons(self.port);
    int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), plain = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool there = connect(silent, (struct sockaddr *)&address, sizeof address) == 0 && connect(plain, (struct sockaddr *)&address, sizeof address) == 0;
    bool asked = there && put(plain, "GET / HTTP/1.1\r\n\r\n", 18);
    rf_code code = client_open(&caller, &self, NULL);
    bool refused = rf_test_torture() || get(plain, bytes, sizeof bytes) < (ssize_t)sizeof bytes; /* an alert, and the end */
    (void)close(silent);
    (void)close(plain);
    rf_check(asked && refused);
    rf_check(!code && flows(caller.fd, guest(&self, 0), 1000));
}

RF_TEST(files_that_cannot_be_used_are_told_with_the_field) {
    const char *field = NULL;
    rf_error error = { 0 };
    rf_check(rf_gate_check(RF_SLICE("/nowhere/a.pem"), RF_SLICE(""), &field, &error) == RF_ECONFIG && strcmp(field, "cert_file") == 0);
    rf_check(rf_gate_check(RF_SLICE(""), RF_SLICE("/nowhere/a.key"), &field, &error) == RF_ECONFIG && strcmp(field, "key_file") == 0);
    rf_check(rf_gate_check(RF_SLICE("/nowhere/a.pem"), RF_SLICE("/nowhere/a.key"), &field, &error) == RF_ECONFIG && strcmp(field, "cert_file") == 0 &&
             strstr(error.message, "/nowhere/a.pem"));
}
