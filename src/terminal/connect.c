/* connect.c: a client's connection to the daemon: whose it is, requests and answers. */
#include "terminal/connect.h"

#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"
#include "terminal/params.h"
#include "terminal/protocol.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MAX ((size_t)256 << 20) /* a whole scrollback fits */
#define READ_BYTES ((size_t)65536)
#define START_WAIT_NS (5 * RF_NS_PER_S)
#define RETRY_NS (10 * RF_NS_PER_MS)
#define RESTART_NS (200 * RF_NS_PER_MS)
enum { GREETING_MS = 5000, LOST_TRIES = 20, LOST_AGAIN_MS = 50 };

/* ---- Lines ---- */

static void drop_taken(rf_term_conn *conn) {
    if (!conn->taken)
        return;
    conn->in.len -= conn->taken;
    memmove(conn->in.data, conn->in.data + conn->taken, conn->in.len);
    conn->taken = 0;
}

static rf_code wait_for(const rf_term_conn *conn, short what, rf_error *reterr) {
    struct pollfd poll_fd = { .fd = conn->fd, .events = what };
    for (;;) {
        int said = poll(&poll_fd, 1, conn->timeout_ms);
        if (said > 0)
            return RF_OK;
        if (said == 0) {
            (void)rf_raise(reterr, RF_EAGAIN, "the daemon does not answer");
            rf_error_hint(reterr, "see whether it hangs; `riffle term stop` ends it");
            return RF_EAGAIN;
        }
        if (errno != EINTR)
            return rf_raise(reterr, RF_EIO, "the daemon's socket cannot be waited for: %s", strerror(errno));
    }
}

static rf_code lost(rf_error *reterr) {
    (void)rf_raise(reterr, RF_ELOST, "the daemon has gone");
    rf_error_hint(reterr, "`riffle term list` starts it again and shows which sessions are left");
    return RF_ELOST;
}

static rf_code receive(rf_term_conn *conn, rf_error *reterr) {
    if (conn->in.len > ANSWER_MAX)
        return rf_raise(reterr, RF_ELIMIT, "the daemon's answer is longer than %zu bytes", ANSWER_MAX);
    if (!rf_buffer_reserve(&conn->in, READ_BYTES)) {
        rf_buffer_clear(&conn->in); /* half an answer is of no use */
        return rf_raise_nomem(reterr);
    }
    for (;;) {
        rf_code code = wait_for(conn, POLLIN, reterr);
        if (code)
            return code;
        ssize_t got = recv(conn->fd, conn->in.data + conn->in.len, READ_BYTES, 0);
        if (got > 0) {
            conn->in.len += (size_t)got;
            return RF_OK;
        }
        if (got == 0 || errno == ECONNRESET)
            return lost(reterr);
        if (errno != EINTR && errno != EAGAIN)
            return rf_raise(reterr, RF_EIO, "the daemon's socket cannot be read: %s", strerror(errno));
    }
}

rf_code rf_term_line(rf_term_conn *conn, rf_slice *ret_line, rf_error *reterr) {
    assert(conn && conn->fd >= 0 && ret_line);
    drop_taken(conn);
    for (size_t seen = 0;;) {
        const char *end = conn->in.len > seen ? memchr(conn->in.data + seen, '\n', conn->in.len - seen) : NULL;
        if (end) {
            *ret_line = (rf_slice){ conn->in.data, (size_t)(end - conn->in.data) };
            conn->taken = ret_line->len + 1;
            return RF_OK;
        }
        seen = conn->in.len;
        rf_code code = receive(conn, reterr);
        if (code)
            return code;
    }
}

static rf_code send_all(const rf_term_conn *conn, rf_slice bytes, rf_error *reterr) {
    while (bytes.len) {
        rf_code code = wait_for(conn, POLLOUT, reterr);
        if (code)
            return code;
        ssize_t sent = send(conn->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return lost(reterr);
        if (sent < 0 && errno != EINTR && errno != EAGAIN)
            return rf_raise(reterr, RF_EIO, "the daemon's socket cannot be written: %s", strerror(errno));
        size_t went = sent > 0 ? (size_t)sent : 0;
        bytes = (rf_slice){ bytes.data + went, bytes.len - went };
    }
    return RF_OK;
}

/* ---- Requests ---- */

static rf_code code_of(rf_slice name) {
    static const struct { const char *name; rf_code code; } rows[] = {
        { "not-found", RF_ENOTFOUND }, { "exists", RF_ECONFIG }, { "invalid", RF_ECONFIG }, { "refused", RF_EREFUSED },
        { "limit", RF_ELIMIT },        { "timeout", RF_EAGAIN }, { "busy", RF_EBUSY },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rf_slice_is(name, rows[i].name))
            return rows[i].code;
    return RF_EIO;
}

static rf_code raise_answer(const rf_value *error, rf_error *reterr) {
    rf_slice message = rf_answer_text(error, "message"), hint = rf_answer_text(error, "hint");
    rf_code code = code_of(rf_answer_text(error, "code"));
    (void)rf_raise(reterr, code, "%.*s", RF_SLICE_ARG(message.len ? message : RF_SLICE("the daemon gives no reason")));
    if (hint.len)
        rf_error_hint(reterr, "%.*s", RF_SLICE_ARG(hint));
    return code;
}

static rf_code send_request(rf_term_conn *conn, const char *method, rf_slice params, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer request = { 0 };
    rf_slice line;
    rf_params_integer(&request, "id", ++conn->last_id);
    rf_params_text(&request, "method", rf_slice_of(method));
    rf_params_raw(&request, "params", params.len ? params : RF_SLICE("{}"));
    if (!rf_params_end(&request, &line))
        return rf_raise_nomem(reterr);
    rf_buffer_char(&request, '\n');
    return request.failed ? rf_raise_nomem(reterr) : send_all(conn, rf_buffer_view(&request), reterr);
}

rf_code rf_term_call(rf_term_conn *conn, const char *method, rf_slice params, rf_arena *arena, rf_value *ret_result, rf_error *reterr) {
    assert(conn && method && arena);
    rf_slice line;
    rf_value answer;
    rf_code code = send_request(conn, method, params, reterr);
    while (!code) {
        code = rf_term_line(conn, &line, reterr);
        if (code)
            return code;
        rf_slice kept = rf_slice_dup_in(arena, line); /* the value's texts are views of it */
        if (!kept.data)
            return rf_raise_nomem(reterr);
        code = rf_json_parse(arena, kept, RF_JSON_DOUBLES, &answer, reterr);
        if (code) {
            rf_error_prefix(reterr, "the daemon's answer to %s", method);
            return code;
        }
        if (rf_answer_integer(&answer, "id", -1) == conn->last_id)
            break;
    }
    if (code)
        return code;
    const rf_value *error = rf_answer_member(&answer, "error"), *result = rf_answer_member(&answer, "result");
    if (error && error->kind == RF_MAP)
        return raise_answer(error, reterr);
    if (ret_result)
        *ret_result = result ? *result : rf_null();
    return RF_OK;
}

/* ---- Connecting ---- */

static rf_code check_peer(int fd, const char *path, rf_error *reterr) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return rf_raise(reterr, RF_EIO, "who listens at %s cannot be told: %s", path, strerror(errno));
    if (peer.uid == geteuid())
        return RF_OK;
    (void)rf_raise(reterr, RF_EREFUSED, "the daemon at %s runs as user %u, and we are user %u", path, (unsigned)peer.uid,
                   (unsigned)geteuid());
    rf_error_hint(reterr, "each user has a daemon of their own: unset RIFFLE_TERM_SOCKET and XDG_RUNTIME_DIR, or set them to your own");
    return RF_EREFUSED;
}

static rf_code connect_once(const char *path, int *ret_fd, rf_error *reterr) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof address.sun_path)
        return rf_raise(reterr, RF_ECONFIG, "the socket's path %s is empty or longer than %zu bytes", path, sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, len);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return rf_raise(reterr, RF_EIO, "no socket can be made: %s", strerror(errno));
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        rf_code code = check_peer(fd, path, reterr);
        if (code)
            (void)close(fd);
        *ret_fd = fd;
        return code;
    }
    int error = errno;
    (void)close(fd);
    if (error == ENOENT || error == ECONNREFUSED) {
        (void)rf_raise(reterr, RF_ENOTFOUND, "no daemon listens at %s", path);
        rf_error_hint(reterr, "`riffle term` starts one");
        return RF_ENOTFOUND;
    }
    return rf_raise(reterr, error == EACCES || error == EPERM ? RF_EREFUSED : RF_EIO, "the daemon at %s cannot be reached: %s", path,
                    strerror(error));
}

/*
 * Of two clients that start one at once, the loser's daemon is gone before the other listens: it is waited for. But the other may also be one
 * that is just ending: then one more is started.
 */
static rf_code connect_starting(const char *path, int *ret_fd, rf_error *reterr) {
    uint64_t until_ns = rf_clock_mono_ns() + START_WAIT_NS, start_ns = 0;
    for (;;) {
        uint64_t now = rf_clock_mono_ns();
        rf_code code = now >= start_ns ? rf_term_start_daemon(reterr) : RF_OK;
        if (now >= start_ns)
            start_ns = rf_clock_mono_ns() + RESTART_NS;
        if (!code)
            code = connect_once(path, ret_fd, reterr);
        if (code != RF_ENOTFOUND || now > until_ns)
            return code;
        rf_clock_sleep_ns(RETRY_NS);
    }
}

static rf_code greet(rf_term_conn *conn, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    rf_value hello;
    conn->timeout_ms = GREETING_MS;
    rf_code code = rf_term_call(conn, "hello", RF_SLICE("{}"), &arena, &hello, reterr);
    conn->timeout_ms = -1;
    int64_t version = code ? 0 : rf_answer_integer(&hello, "protocol", 0);
    if (code || version == RF_PROTOCOL_VERSION)
        return code;
    (void)rf_raise(reterr, RF_EIO, "the daemon speaks version %" PRId64 " of the protocol, and this program version %d", version,
                   RF_PROTOCOL_VERSION);
    rf_error_hint(reterr, "end it with `riffle term stop`, which ends its sessions; the next command starts the new one");
    return RF_EIO;
}

static rf_code try_connect(const char *path, unsigned flags, rf_term_conn *ret_conn, rf_error *reterr) {
    *ret_conn = (rf_term_conn){ .fd = -1, .timeout_ms = -1 };
    rf_code code = connect_once(path, &ret_conn->fd, reterr);
    if (code == RF_ENOTFOUND && (flags & RF_TERM_AUTOSTART))
        code = connect_starting(path, &ret_conn->fd, reterr);
    if (code)
        ret_conn->fd = -1;
    if (!code && !(flags & RF_TERM_ANY_VERSION))
        code = greet(ret_conn, reterr);
    if (code)
        rf_term_conn_done(ret_conn);
    return code;
}

/* One that was killed a moment ago may still take connections, and drops them: it is on its way out. */
rf_code rf_term_connect(const char *path, unsigned flags, rf_term_conn *ret_conn, rf_error *reterr) {
    assert(path && ret_conn);
    rf_code code = try_connect(path, flags, ret_conn, reterr);
    for (unsigned i = 0; code == RF_ELOST && (flags & RF_TERM_AUTOSTART) && i < LOST_TRIES; i++) {
        rf_clock_sleep_ns(LOST_AGAIN_MS * RF_NS_PER_MS);
        code = try_connect(path, flags, ret_conn, reterr);
    }
    return code;
}

void rf_term_conn_done(rf_term_conn *conn) {
    if (!conn)
        return;
    if (conn->fd >= 0)
        (void)close(conn->fd);
    rf_buffer_done(&conn->in);
    *conn = (rf_term_conn){ .fd = -1, .timeout_ms = -1 };
}
