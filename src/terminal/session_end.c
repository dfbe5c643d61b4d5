/* session_end.c: how a session ends: its last words, its recording, those who wait, its clients. */
#include "terminal/session_internal.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>

enum { LAST_WORDS_MS = 1000 };

/* What the program wrote before it ended: all of it, unless something in its background never stops. */
static void read_rest(rf_session *session) {
    for (unsigned i = 0; i < 64 && !session->program_gone; i++)
        if (rf_session_read_program(session))
            break;
}

/* Clients see the last screen, and then why nothing follows. */
void rf_session_say_goodbye(rf_session *session) {
    char event[200];
    int len = rf_session_is_kept(session)
                  ? snprintf(event, sizeof event, "{\"event\":\"detached\",\"why\":\"the daemon was stopped, and its programs with it\"}")
                  : snprintf(event, sizeof event, "{\"event\":\"exit\",\"exit_code\":%d}", session->exit_code);
    session->dirty = true;
    rf_session_draw(session, rf_clock_mono_ns());
    rf_session_tell(session, (rf_slice){ event, (size_t)len });
    uint64_t end = rf_clock_mono_ns() + LAST_WORDS_MS * RF_NS_PER_MS;
    for (size_t i = 0; i < session->clients.count; i++) {
        rf_conn *conn = session->clients.items[i]->conn;
        while (rf_conn_flush(conn) && rf_clock_mono_ns() < end) {
            struct pollfd wait = { .fd = conn->fd, .events = POLLOUT };
            (void)poll(&wait, 1, 20);
        }
    }
    while (session->clients.count)
        rf_session_detach(session, session->clients.count - 1, NULL);
}

static void log_recording(rf_session *session) {
    rf_error error = { 0 };
    rf_cast_exit(session->cast, rf_clock_mono_ns() - session->cast_started_ns, session->exit_code);
    if (rf_session_record_end(session, &error))
        rf_log_write(session->host->log, RF_LOG_ERROR, NULL, "session %s: %s", session->name, error.message);
}

void rf_session_answer_late(rf_session *session, rf_request *request) {
    char name[RF_SESSION_NAME_MAX + 1], members[40];
    rf_error error = { 0 };
    if (strcmp(request->method->name, "wait") == 0 && rf_slice_is(rf_request_text(request, "for"), "exit")) {
        int len = snprintf(members, sizeof members, "\"exit_code\":%d", session->exit_code);
        rf_request_answer(request, (rf_slice){ members, (size_t)len });
        return;
    }
    rf_session_get_name(session, name);
    (void)rf_raise(&error, RF_ENOTFOUND, "the session %s has ended", name);
    rf_request_fail(request, &error);
}

void rf_session_refuse(rf_session *session) {
    rf_mutex_lock(&session->lock);
    session->ended = true;
    rf_request *requests = session->requests;
    session->requests = NULL;
    rf_mutex_unlock(&session->lock);
    while (requests) {
        rf_request *next = requests->next;
        rf_session_answer_late(session, requests);
        requests = next;
    }
}

void rf_session_end(rf_session *session) {
    assert(session);
    char members[48], room[RF_TEXT_BYTES];
    read_rest(session);
    rf_output_idle(session->output);
    const rf_block_place place = rf_session_place(session, room);
    rf_blocks_end(session->blocks, session->exit_code, &place);
    if (session->cast)
        log_recording(session);
    rf_session_end_waiters(session);
    rf_session_say_goodbye(session);
    (void)rf_session_keep(session, UINT64_MAX);
    rf_session_refuse(session);
    int len = snprintf(members, sizeof members, "\"exit_code\":%d", session->exit_code);
    rf_session_event(session, "exit", (rf_slice){ members, (size_t)len });
}
