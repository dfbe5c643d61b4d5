/* session.h: one session: a program on a terminal, its screen, its plugins, its clients; a thread of its own. */
#ifndef RF_TERMINAL_SESSION_H
#define RF_TERMINAL_SESSION_H

#include "observe/metrics.h"
#include "terminal/plugin_roster.h"
#include "terminal/request.h"
#include "terminal/settings.h"
#include "terminal/state.h"

#define RF_SESSION_NAME_MAX 64u

/* Counters of all sessions: any thread. */
typedef struct rf_session_counters {
    _Atomic uint64_t sessions, clients, output_bytes, input_bytes, draws, drawn_bytes;
} rf_session_counters;

/* What sessions get from the daemon; outlives them. */
typedef struct rf_session_host {
    const rf_settings *settings;
    rf_log *log;
    rf_plugin_roster *plugins;
    rf_state *state;         /* NULL: nothing is kept */
    const char *socket_path; /* for the programs' environment */
    const char *record_dir;
    rf_session_counters *counters;
    void *user;
    /* Something happened: `members` are those of the event's object beside event and session: "\"title\":\"x\"", or "". Any thread. */
    void (*event)(void *user, rf_slice session, const char *kind, rf_slice members);
    /* The session's thread is about to end; rf_session_free() waits for it. Any thread. */
    void (*ended)(void *user);
} rf_session_host;

typedef struct rf_session_options {
    rf_slice name;
    const char *const *command;     /* NULL: the shell; NULL at the end */
    rf_slice command_json;          /* as it is kept; "" for the shell */
    const char *directory;          /* NULL: home */
    const char *const *environment; /* NULL: the daemon's own */
    int columns, rows;
    bool record;
    int64_t created_ms;
    const rf_slice *scrollback;     /* styled lines of a former run */
    size_t scrollback_count;
} rf_session_options;

typedef struct rf_session rf_session;

/* 1 to 64 of letters, digits and -_.: */
bool rf_session_name_fits(rf_slice name);

/* Starts program and thread. Errors: RF_ENOTFOUND no such program; RF_EIO; RF_ENOMEM. */
RF_NODISCARD rf_code rf_session_start(const rf_session_host *host, const rf_session_options *options, rf_session **ret_session,
                                      rf_error *reterr);
/* Takes the request, which is about this session, and answers it there. Any thread. False: it has ended, and the request is still the caller's. */
bool rf_session_post(rf_session *session, rf_request *request) RF_NODISCARD;
/* Answers a request that was not taken: who waits for the session's end is told of it, others that it has ended. Takes the request. */
void rf_session_answer_late(rf_session *session, rf_request *request);
/* News of plugins: for chain and clients. `text`: what clients are told; "" nothing. Any thread. */
void rf_session_post_news(rf_session *session, rf_plugin_news news, rf_slice name, rf_plugin *plugin, rf_slice text);
/* Has it take what was posted to its chain, even if nothing else happens. Any thread. */
void rf_session_wake(rf_session *session);
/* Has it end: its program gets SIGHUP, then SIGKILL. `keep`: what is known of it stays in the state file. Any thread. */
void rf_session_stop(rf_session *session, bool keep);
/* Waits for its thread. NULL is fine. */
void rf_session_free(rf_session *session);

/* These answer from what the thread last published: a session that hangs holds nobody up. Any thread. */
bool rf_session_has_ended(rf_session *session);
/* Meaningful once it has ended. */
int rf_session_exit_code(const rf_session *session);
/* Appends the object of `list`. */
void rf_session_json(rf_session *session, rf_buffer *out);
/* The name, as copied. */
void rf_session_get_name(rf_session *session, char ret_name[RF_SESSION_NAME_MAX + 1]);
void rf_session_set_name(rf_session *session, rf_slice name);

#endif
