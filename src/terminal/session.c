/* session.c: a session's thread: its loop, and what other threads have it do. */
#include "terminal/session.h"

#include "terminal/session_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { FIRST_CLIENT = 3, POLLS_MAX = FIRST_CLIENT + 256, KILL_AFTER_MS = 2000 };

bool rf_session_name_fits(rf_slice name) {
    bool good = name.len >= 1 && name.len <= RF_SESSION_NAME_MAX;
    for (size_t i = 0; good && i < name.len; i++) {
        char c = name.data[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == ':';
    }
    return good;
}

void rf_session_event(rf_session *session, const char *kind, rf_slice members) {
    char name[RF_SESSION_NAME_MAX + 1];
    rf_session_get_name(session, name);
    session->host->event(session->host->user, rf_slice_of(name), kind, members);
}

/* ---- Input for the program ---- */

/* Writes what waits. A program that never reads keeps it waiting: clients are not read meanwhile. */
static void write_waiting(rf_session *session) {
    rf_buffer *out = &session->to_program;
    while (session->pty.fd >= 0 && session->to_program_sent < out->len) {
        ssize_t wrote = write(session->pty.fd, out->data + session->to_program_sent, out->len - session->to_program_sent);
        if (wrote < 0 && errno == EAGAIN)
            break;
        if (wrote < 0 && errno != EINTR) {
            session->to_program_sent = out->len; /* its other side is closed: nobody will read it */
            break;
        }
        session->to_program_sent += wrote > 0 ? (size_t)wrote : 0;
    }
    if (session->to_program_sent < out->len && session->to_program_sent <= RF_INPUT_BEHIND)
        return;
    if (session->to_program_sent)
        memmove(out->data, out->data + session->to_program_sent, out->len - session->to_program_sent); /* one that reads slowly may never have it all */
    out->len -= session->to_program_sent;
    session->to_program_sent = 0;
    if (out->len == 0 && out->cap > RF_INPUT_BEHIND)
        rf_buffer_done(out);
}

static size_t bytes_behind(const rf_session *session) { return session->to_program.len - session->to_program_sent; }

bool rf_session_is_full(const rf_session *session) { return bytes_behind(session) > RF_INPUT_BEHIND; }

void rf_session_write_unasked(rf_session *session, rf_slice bytes) {
    if (!rf_session_is_full(session))
        rf_session_write(session, bytes);
}

void rf_session_answer(rf_session *session, rf_slice bytes) {
    if (bytes_behind(session) <= RF_ANSWERS_BEHIND)
        rf_session_write(session, bytes);
}

void rf_session_write(rf_session *session, rf_slice bytes) {
    assert(session);
    if (bytes.len == 0 || session->program_gone)
        return;
    atomic_fetch_add_explicit(&session->host->counters->input_bytes, bytes.len, memory_order_relaxed);
    rf_buffer_slice(&session->to_program, bytes);
    if (session->to_program.failed) {
        session->to_program.failed = false;
        rf_log_write(session->host->log, RF_LOG_ERROR, NULL, "session %s: out of memory, %zu bytes of input are lost", session->name,
                     bytes.len);
    }
    write_waiting(session);
}

/* ---- The loop ---- */

/* What other threads posted, news first: a request that follows a reload sees it done. */
static void take_posted(rf_session *session) {
    eventfd_t ignored;
    (void)eventfd_read(session->wake_fd, &ignored); /* nothing to be read: nobody woke us, which is fine */
    rf_mutex_lock(&session->lock);
    rf_request *requests = session->requests;
    rf_session_news *news = session->news;
    bool stop = session->stopping && session->kill_ns == 0;
    session->requests = NULL;
    session->requests_end = &session->requests;
    session->news = NULL;
    session->news_end = &session->news;
    rf_mutex_unlock(&session->lock);
    rf_session_take_news(session, news);
    while (requests) {
        rf_request *next = requests->next;
        rf_session_handle(session, requests);
        requests = next;
    }
    if (stop && !session->exited) {
        rf_pty_signal(&session->pty, SIGHUP);
        session->kill_ns = rf_clock_mono_ns() + KILL_AFTER_MS * RF_NS_PER_MS;
    }
}

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Everything that is due by time; returns when the next is. */
static uint64_t do_due(rf_session *session) {
    uint64_t now = rf_clock_mono_ns();
    uint64_t next = rf_chain_tick(session->chain.chain, now);
    next = earlier(next, rf_session_waiters_due(session, now));
    if (session->kill_ns && session->kill_ns <= now && !session->exited) {
        rf_pty_signal(&session->pty, SIGKILL);
        session->kill_ns = now + KILL_AFTER_MS * RF_NS_PER_MS;
    }
    if (session->kill_ns)
        next = earlier(next, session->kill_ns);
    if (session->cast && rf_cast_waits(session->cast)) {
        if (session->cast_flush_ns <= now) {
            rf_cast_flush(session->cast);
            session->cast_flush_ns = now + RF_NS_PER_S;
        } else
            next = earlier(next, session->cast_flush_ns);
    }
    if (rf_session_draw_due(session) <= now)
        rf_session_draw(session, now);
    rf_session_publish(session);
    next = earlier(next, rf_session_keep(session, now));
    return earlier(next, rf_session_draw_due(session));
}

static int wait_ms(uint64_t due) {
    uint64_t now = rf_clock_mono_ns();
    if (due == UINT64_MAX)
        return -1;
    uint64_t ms = due <= now ? 0 : (due - now + RF_NS_PER_MS - 1) / RF_NS_PER_MS;
    return ms > 3600000 ? 3600000 : (int)ms;
}

/* What is polled for; a descriptor of -1 is passed over. */
static size_t set_polls(const rf_session *session, struct pollfd polls[POLLS_MAX]) {
    bool full = rf_session_is_full(session);
    size_t count = session->clients.count < POLLS_MAX - FIRST_CLIENT ? session->clients.count : POLLS_MAX - FIRST_CLIENT;
    polls[0] = (struct pollfd){ .fd = session->wake_fd, .events = POLLIN };
    polls[1] = (struct pollfd){ .fd = session->program_gone ? -1 : session->pty.fd,
                                .events = (short)(POLLIN | (session->to_program.len ? POLLOUT : 0)) };
    polls[2] = (struct pollfd){ .fd = session->exited ? -1 : session->pty.exit_fd, .events = POLLIN };
    for (size_t i = 0; i < count; i++)
        polls[FIRST_CLIENT + i] = (struct pollfd){ .fd = session->clients.items[i]->conn->fd,
            .events = (short)((full ? 0 : POLLIN) | (rf_conn_waiting(session->clients.items[i]->conn) ? POLLOUT : 0)) };
    return FIRST_CLIENT + count;
}

static void serve_clients(rf_session *session, const struct pollfd *polls, size_t count) {
    for (size_t i = count; i-- > 0;) { /* backwards: those that go are taken out behind us */
        rf_client *client = session->clients.items[i];
        if (polls[i].revents & POLLOUT && rf_conn_flush(client->conn) == 0 && client->behind) {
            client->behind = false;
            session->dirty = session->status_changed = true;
        }
        bool there = !(polls[i].revents & (POLLIN | POLLHUP | POLLERR)) || rf_session_read_client(session, client);
        if (!there || rf_conn_is_broken(client->conn))
            rf_session_detach(session, i, NULL);
    }
}

static int wait(struct pollfd *polls, size_t count, uint64_t due) {
    RF_ZONE(RF_ZONE_WAIT, "session");
    return poll(polls, count, wait_ms(due));
}

static void turn(rf_session *session) {
    struct pollfd polls[POLLS_MAX];
    take_posted(session);
    uint64_t due = do_due(session);
    size_t count = set_polls(session, polls);
    if (wait(polls, count, due) < 0)
        return; /* EINTR: the profiler's signal */
    if (polls[1].revents & POLLOUT)
        write_waiting(session);
    serve_clients(session, polls + FIRST_CLIENT, count - FIRST_CLIENT);
    if (polls[1].revents & (POLLIN | POLLHUP | POLLERR))
        (void)rf_session_read_program(session); /* what is left is polled for again */
    if (polls[2].revents) {
        rf_mutex_lock(&session->lock); /* others ask for the program's name */
        session->exited = rf_pty_ended(&session->pty, &session->exit_code);
        rf_mutex_unlock(&session->lock);
    }
}

/* Plugins run from the first byte on. They are opened here: one that hangs holds up nobody else. */
static rf_code open_plugins(rf_session *session, rf_error *reterr) {
    const rf_output_sink sink = rf_session_output_sink(session);
    int columns, rows;
    rf_screen_size(session->screen, &columns, &rows);
    rf_code code = rf_plugin_roster_chain(session->host->plugins, &session->plugin_host, &session->chain, reterr);
    if (!code)
        code = rf_output_new(session->chain.chain, &sink, columns, &session->output, reterr);
    atomic_store_explicit(&session->plugins_open, !code, memory_order_release);
    return code;
}

/* Without memory for its plugins it does not run without them: they may be there to keep secrets. */
static void give_up(rf_session *session, const rf_error *error) {
    rf_log_write(session->host->log, RF_LOG_ERROR, NULL, "session %s cannot run: %s", session->name, error->message);
    rf_pty_signal(&session->pty, SIGKILL);
    session->exited = true;
    session->exit_code = 128 + SIGKILL;
    rf_session_end_waiters(session);
    rf_session_say_goodbye(session);
    rf_session_refuse(session);
}

void rf_session_main(void *arg) {
    rf_session *session = arg;
    rf_error error = { 0 };
    if (open_plugins(session, &error))
        give_up(session, &error);
    else {
        while (!session->exited)
            turn(session);
        rf_session_end(session);
    }
    session->host->ended(session->host->user);
}

/* ---- Other threads ---- */

void rf_session_wake(rf_session *session) { (void)eventfd_write(session->wake_fd, 1); /* full: it is awake */ }

bool rf_session_post(rf_session *session, rf_request *request) {
    assert(session && request);
    rf_mutex_lock(&session->lock);
    bool open = !session->ended;
    request->next = NULL;
    if (open) {
        *session->requests_end = request;
        session->requests_end = &request->next;
    }
    rf_mutex_unlock(&session->lock);
    if (open)
        rf_session_wake(session);
    return open;
}

void rf_session_stop(rf_session *session, bool keep) {
    rf_mutex_lock(&session->lock);
    session->stopping = true;
    session->keep = keep;
    rf_mutex_unlock(&session->lock);
    if (atomic_load_explicit(&session->plugins_open, memory_order_acquire))
        rf_chain_interrupt(session->chain.chain); /* one that hangs does not hold the end up */
    rf_session_wake(session);
}
