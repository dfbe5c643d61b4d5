/* client.c: a terminal attached to a session: the request, the loop, signals, and the end. */
#include "terminal/client.h"

#include "base/clock.h"
#include "base/slice.h"
#include "terminal/client_internal.h"
#include "terminal/frame.h"
#include "terminal/params.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES ((size_t)65536)

/* ---- The request ---- */

static void set_keys(rf_client_state *client, const rf_value *keys) {
    static const char *const names[RF_BINDINGS] = { "detach", "palette", "scroll" };
    for (rf_binding_order i = 0; i < RF_BINDINGS; i++) {
        rf_slice name = rf_answer_text(keys, names[i]);
        if (name.len && !rf_bindings_set(&client->bindings, i, name))
            rf_client_notice(client, RF_NOTICE_WARNING, "the key %.*s for %s is none that is known", RF_SLICE_ARG(name), names[i]);
    }
}

static rf_code set_detach_key(rf_client_state *client, const char *name, rf_error *reterr) {
    if (!name || rf_bindings_set(&client->bindings, RF_BINDING_DETACH, rf_slice_of(name)))
        return RF_OK;
    (void)rf_raise(reterr, RF_ECONFIG, "the detach key %s is no key", name);
    rf_error_hint(reterr, "name one or two keys parted by a blank, such as \"ctrl-\\ d\" or \"f12\"");
    return RF_ECONFIG;
}

static rf_code request(rf_client_state *client, const rf_client_options *options, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 2048);
    rf_value answer;
    rf_slice params;
    rf_params_text(&json, "session", rf_slice_of(options->session));
    rf_params_integer(&json, "columns", client->columns);
    rf_params_integer(&json, "rows", rf_client_session_rows(client));
    rf_params_bool(&json, "read_only", options->read_only);
    if (options->size)
        rf_params_text(&json, "size", rf_slice_of(options->size));
    if (!rf_params_end(&json, &params))
        return rf_raise_nomem(reterr);
    rf_code code = rf_term_call(client->conn, "attach", params, &arena, &answer, reterr);
    if (code)
        return code;
    client->read_only = client->line.read_only = rf_answer_bool(&answer, "read_only");
    client->status_line = client->status_line && rf_answer_bool(&answer, "status_line");
    client->line.session = rf_slice_dup_in(&client->status_arena, rf_slice_of(options->session));
    set_keys(client, rf_answer_member(&answer, "keys"));
    return client->line.session.data ? set_detach_key(client, options->detach_key, reterr) : rf_raise_nomem(reterr);
}

static void send_size(rf_client_state *client) {
    unsigned columns = (unsigned)client->columns, rows = (unsigned)rf_client_session_rows(client);
    const char size[4] = { (char)(columns & 0xFF), (char)(columns >> 8), (char)(rows & 0xFF), (char)(rows >> 8) };
    rf_client_frame(client, RF_FRAME_RESIZE, (rf_slice){ size, sizeof size });
}

/* ---- Signals ---- */

static void resize(rf_client_state *client) {
    rf_client_measure(client);
    send_size(client);
    rf_client_put(client, RF_SLICE("\033[0m\033[2J"));
    client->line_stale = client->box_stale = true;
}

/* Stopped, as somebody asked: the shell gets its screen, and we ours again when we go on. */
static void stop(rf_client_state *client) {
    rf_client_leave(client);
    (void)kill(getpid(), SIGSTOP);
    rf_client_enter(client);
    resize(client);
    rf_client_order(client, "redraw");
}

static void read_signals(rf_client_state *client) {
    struct signalfd_siginfo info;
    while (read(client->signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo == SIGWINCH)
            resize(client);
        else if (info.ssi_signo == SIGTSTP)
            stop(client);
        else
            rf_client_finish(client, RF_CLIENT_ENDED, rf_slice_of(strsignal((int)info.ssi_signo)));
}

static rf_code open_signals(rf_client_state *client, rf_error *reterr) {
    const int wanted[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP };
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        (void)sigaddset(&set, wanted[i]);
    (void)sigprocmask(SIG_BLOCK, &set, &client->before);
    client->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return client->signals >= 0 ? RF_OK : rf_raise(reterr, RF_EIO, "signals cannot be read: %s", strerror(errno));
}

static void close_signals(rf_client_state *client) {
    if (client->signals >= 0)
        (void)close(client->signals);
    (void)sigprocmask(SIG_SETMASK, &client->before, NULL);
}

/* ---- The socket ---- */

static void flush_daemon(rf_client_state *client) {
    rf_buffer *out = &client->to_daemon;
    while (client->daemon_sent < out->len) {
        ssize_t sent = send(client->conn->fd, out->data + client->daemon_sent, out->len - client->daemon_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN)
            return;
        if (sent < 0) {
            /* What it said before it went may still be there to be read: that tells the end. */
            out->len = client->daemon_sent = 0;
            return;
        }
        client->daemon_sent += (size_t)sent;
    }
    out->len = client->daemon_sent = 0;
}

static rf_code read_daemon(rf_client_state *client, rf_error *reterr) {
    rf_buffer *in = &client->conn->in;
    if (!rf_buffer_reserve(in, READ_BYTES)) {
        in->failed = false;
        return rf_raise_nomem(reterr);
    }
    ssize_t got = recv(client->conn->fd, in->data + in->len, READ_BYTES, MSG_DONTWAIT);
    if (got > 0) {
        in->len += (size_t)got;
        return rf_client_take_frames(client, reterr);
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        rf_client_finish(client, RF_CLIENT_LOST, got ? rf_slice_of(strerror(errno)) : RF_SLICE(""));
    return RF_OK;
}

/* ---- The loop ---- */

static void expire(rf_client_state *client, uint64_t now_ns) {
    if (client->detach_by_ns && now_ns >= client->detach_by_ns)
        rf_client_finish(client, RF_CLIENT_DETACHED, RF_SLICE("the daemon did not answer"));
    if (!client->notice_until_ns || now_ns < client->notice_until_ns)
        return;
    client->notice_until_ns = 0;
    rf_buffer_clear(&client->notice);
    client->line_stale = true;
}

static int wait_ms(const rf_client_state *client, uint64_t now_ns) {
    uint64_t until_ns = client->notice_until_ns;
    if (rf_typed_waits(&client->typed))
        return RF_CLIENT_ESCAPE_MS;
    if (client->detach_by_ns && (!until_ns || client->detach_by_ns < until_ns))
        until_ns = client->detach_by_ns;
    return !until_ns ? -1 : until_ns > now_ns ? (int)((until_ns - now_ns) / RF_NS_PER_MS) + 1 : 0;
}

static rf_code turn(rf_client_state *client, rf_error *reterr) {
    rf_client_draw(client);
    rf_client_flush_tty(client);
    flush_daemon(client);
    bool full_tty = client->to_tty.len - client->tty_sent > RF_CLIENT_TTY_MOST;
    bool full_daemon = client->to_daemon.len - client->daemon_sent > RF_CLIENT_DAEMON_MOST;
    struct pollfd fds[] = {
        { .fd = client->signals, .events = POLLIN },
        { .fd = client->tty, .events = (short)((full_daemon ? 0 : POLLIN) | (client->to_tty.len ? POLLOUT : 0)) },
        { .fd = client->conn->fd, .events = (short)((full_tty ? 0 : POLLIN) | (client->to_daemon.len ? POLLOUT : 0)) },
    };
    if (client->ended)
        return RF_OK;
    int said = poll(fds, sizeof fds / sizeof *fds, wait_ms(client, rf_clock_mono_ns()));
    expire(client, rf_clock_mono_ns());
    if (said == 0)
        rf_client_flush_keys(client);
    if (said <= 0)
        return RF_OK;
    if (fds[0].revents)
        read_signals(client);
    if (fds[1].revents & ~POLLOUT && !client->ended)
        rf_client_read_keys(client);
    return fds[2].revents & ~POLLOUT && !client->ended ? read_daemon(client, reterr) : RF_OK;
}

static rf_code run(rf_client_state *client, rf_error *reterr) {
    rf_code code = open_signals(client, reterr);
    if (!code) {
        rf_client_enter(client);
        if (rf_client_session_rows(client) != client->rows - 1)
            send_size(client); /* the request took it that there is a status line */
        code = rf_client_take_frames(client, reterr);
        while (!code && !client->ended)
            code = turn(client, reterr);
        flush_daemon(client); /* "detach", at best */
        rf_client_leave(client);
    }
    close_signals(client);
    return code;
}

static void done(rf_client_state *client) {
    rf_client_close_tty(client);
    rf_client_free_boxes(client);
    rf_buffer_done(&client->to_tty);
    rf_buffer_done(&client->to_daemon);
    rf_buffer_done(&client->notice);
    rf_buffer_done(&client->hint);
    rf_arena_done(&client->status_arena);
}

rf_code rf_client_attach(rf_term_conn *conn, const rf_client_options *options, rf_client_end *ret_end, rf_error *reterr) {
    assert(conn && options && options->session && ret_end);
    rf_client_state client = { .conn = conn, .tty = -1, .signals = -1, .status_line = !options->no_status };
    rf_arena_init(&client.status_arena, 1024);
    rf_code code = rf_client_open_tty(&client, reterr);
    if (!code)
        code = set_detach_key(&client, options->detach_key, reterr);
    if (!code)
        code = request(&client, options, reterr);
    if (!code)
        code = run(&client, reterr);
    *ret_end = client.end;
    done(&client);
    return code;
}
