/* server.c: the daemon's life: opened, its loop, its end. */
#include "terminal/server.h"

#include "terminal/server_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { FIRST_CONN = 4, POLLS_MAX = FIRST_CONN + RF_SERVER_CONNS_MAX, RESCAN_AFTER_MS = 200, STOP_MS = 5000 };

static void ended(void *user) { (void)eventfd_write(((rf_server *)user)->wake_fd, 1); /* full: it is awake */ }

/* ---- The loop ---- */

static void take_signal(rf_server *server) {
    struct signalfd_siginfo info;
    while (read(server->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo != SIGHUP) /* a daemon has no terminal that could hang up on it */
            server->stopping = true;
}

static int wait_ms(const rf_server *server) {
    uint64_t now = rf_clock_mono_ns(), due = server->rescan_ns;
    if (server->accept_ns && (!due || server->accept_ns < due))
        due = server->accept_ns;
    if (!due)
        return -1;
    return due <= now ? 0 : (int)((due - now) / RF_NS_PER_MS) + 1;
}

static void serve_conns(rf_server *server, const struct pollfd *polls, size_t count) {
    for (size_t i = count; i-- > 0;) {
        rf_conn *conn = server->conns.items[i];
        if (polls[i].revents & POLLOUT)
            (void)rf_conn_flush(conn); /* what is left is polled for again */
        if (!(polls[i].revents & (POLLIN | POLLHUP | POLLERR)) || rf_server_read(server, conn))
            continue;
        server->conns.items[i] = server->conns.items[--server->conns.count];
        rf_conn_unref(conn);
    }
}

static void turn(rf_server *server) {
    struct pollfd polls[POLLS_MAX];
    size_t count = server->conns.count < RF_SERVER_CONNS_MAX ? server->conns.count : RF_SERVER_CONNS_MAX;
    eventfd_t ignored;
    if (server->accept_ns && server->accept_ns <= rf_clock_mono_ns())
        server->accept_ns = 0;
    polls[0] = (struct pollfd){ .fd = server->accept_ns ? -1 : server->listen_fd, .events = POLLIN };
    polls[1] = (struct pollfd){ .fd = server->wake_fd, .events = POLLIN };
    polls[2] = (struct pollfd){ .fd = server->signal_fd, .events = POLLIN };
    polls[3] = (struct pollfd){ .fd = server->rescan_ns ? -1 : rf_plugin_roster_watch_fd(server->plugins), .events = POLLIN };
    for (size_t i = 0; i < count; i++)
        polls[FIRST_CONN + i] = (struct pollfd){ .fd = server->conns.items[i]->fd,
                                                 .events = (short)(POLLIN | (rf_conn_waiting(server->conns.items[i]) ? POLLOUT : 0)) };
    if (poll(polls, FIRST_CONN + count, wait_ms(server)) < 0)
        return; /* EINTR: the profiler's signal */
    if (polls[1].revents)
        (void)eventfd_read(server->wake_fd, &ignored);
    take_signal(server);
    rf_server_reap(server);
    rf_server_spread_news(server);
    serve_conns(server, polls + FIRST_CONN, count);
    if (polls[0].revents)
        rf_server_accept(server);
    if (polls[3].revents) /* an editor that saves takes several steps: all are waited for */
        server->rescan_ns = rf_clock_mono_ns() + RESCAN_AFTER_MS * RF_NS_PER_MS;
    else if (server->rescan_ns && server->rescan_ns <= rf_clock_mono_ns()) {
        server->rescan_ns = 0;
        rf_plugin_roster_rescan(server->plugins);
    }
}

/* ---- The end ---- */

static void end_sessions(rf_server *server) {
    for (size_t i = 0; i < server->sessions.count; i++)
        rf_session_stop(server->sessions.items[i].session, true);
    for (uint64_t end = rf_clock_mono_ns() + STOP_MS * RF_NS_PER_MS; server->sessions.count && rf_clock_mono_ns() < end;) {
        struct pollfd wait = { .fd = server->wake_fd, .events = POLLIN };
        eventfd_t ignored;
        (void)poll(&wait, 1, 100);
        (void)eventfd_read(server->wake_fd, &ignored);
        rf_server_reap(server);
    }
    while (server->sessions.count) /* their threads end with their programs, which were killed */
        rf_session_free(server->sessions.items[--server->sessions.count].session);
}

static void done(rf_server *server) {
    rf_server_stop_listening(server);
    end_sessions(server);
    rf_server_http_stop(server);
    rf_plugin_roster_close(server->plugins);
    for (size_t i = 0; i < server->conns.count; i++)
        rf_conn_unref(server->conns.items[i]);
    rf_vec_done(&server->conns);
    rf_vec_done(&server->sessions);
    rf_server_event_done(server);
    rf_state_close(server->state);
    rf_server_unlock(server);
    for (size_t i = 0; i < 2; i++) {
        int fd = i ? server->signal_fd : server->wake_fd;
        if (fd >= 0)
            (void)close(fd);
    }
    rf_mutex_done(&server->lock);
}

/* ---- The beginning ---- */

static rf_code open_signals(rf_server *server, rf_error *reterr) {
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL); /* sessions' threads get it from us; programs begin with none blocked */
    server->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    server->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (server->signal_fd < 0 || server->wake_fd < 0)
        return rf_raise(reterr, RF_EIO, "the daemon cannot be set up: %s", strerror(errno));
    return RF_OK;
}

/* Sessions work without it: nothing of them outlives the daemon then, and the log says why. */
static rf_code open_state(rf_server *server, rf_error *reterr) {
    rf_error error = { 0 };
    bool damaged = false;
    if (!rf_server_take_state(server))
        return RF_OK;
    rf_code code = rf_state_open(server->options.state_path, &server->state, &damaged, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        rf_log_write(server->options.log, RF_LOG_ERROR, NULL, "sessions will not outlive the daemon: %s", error.message);
    else if (damaged)
        rf_log_write(server->options.log, RF_LOG_WARN, NULL, "the state file was damaged: it is set aside as %s.damaged, and begun anew",
                     server->options.state_path);
    return RF_OK;
}

static rf_code start(rf_server *server, rf_error *reterr) {
    const rf_server_options *options = &server->options;
    const rf_plugin_roster_options plugins = { .settings = options->settings, .log = options->log, .news = rf_server_plugin_news, .user = server };
    rf_code code = open_signals(server, reterr);
    if (!code)
        code = rf_server_listen(server, reterr);
    if (!code)
        code = open_state(server, reterr);
    if (!code)
        code = rf_plugin_roster_open(&plugins, &server->plugins, reterr);
    server->host = (rf_session_host){ .settings = options->settings,
                                      .log = options->log,
                                      .plugins = server->plugins,
                                      .state = server->state,
                                      .socket_path = options->socket_path,
                                      .record_dir = options->record_dir,
                                      .counters = &server->counters,
                                      .user = server,
                                      .event = rf_server_event,
                                      .ended = ended };
    return code ? code : rf_server_http_start(server, reterr);
}

static void tell_ready(rf_server *server) {
    if (server->options.ready_fd < 0)
        return;
    if (write(server->options.ready_fd, "", 1) != 1)
        rf_log_write(server->options.log, RF_LOG_DEBUG, NULL, "whoever started the daemon does not wait for it");
    (void)close(server->options.ready_fd);
}

rf_code rf_server_run(const rf_server_options *options, rf_error *reterr) {
    assert(options && options->settings);
    rf_server *server = rf_alloc_zero(1, sizeof *server);
    if (!server)
        return rf_raise_nomem(reterr);
    server->options = *options;
    server->lock_fd = server->state_fd = server->listen_fd = server->wake_fd = server->signal_fd = -1;
    server->started_ns = rf_clock_mono_ns();
    rf_mutex_init(&server->lock);
    rf_code code = start(server, reterr);
    if (!code) {
        rf_log_write(options->log, RF_LOG_INFO, NULL, "riffle %s serves terminals at %s", RF_VERSION, options->socket_path);
        tell_ready(server);
        while (!server->stopping)
            turn(server);
        rf_log_write(options->log, RF_LOG_INFO, NULL, "the daemon ends, with %zu sessions", server->sessions.count);
    }
    done(server);
    rf_free(server);
    return code;
}
