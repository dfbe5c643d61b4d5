/* server_internal.h: what the files of the daemon share. It is the main thread's, unless it says otherwise. */
#ifndef RF_TERMINAL_SERVER_INTERNAL_H
#define RF_TERMINAL_SERVER_INTERNAL_H

#include "base/vec.h"
#include "observe/debug.h"
#include "observe/http.h"
#include "plugin/plugin_metrics.h"
#include "terminal/server.h"
#include "terminal/session.h"

#define RF_SERVER_SESSIONS_MAX 10000u
#define RF_SERVER_CONNS_MAX 1000u
#define RF_SERVER_ENDED 64u

/* A running session and the name that it is known by. */
typedef struct rf_server_entry { char name[RF_SESSION_NAME_MAX + 1]; rf_session *session; } rf_server_entry;
/* One that has ended, for those who ask a moment too late. */
typedef struct rf_server_ended { char name[RF_SESSION_NAME_MAX + 1]; int exit_code; } rf_server_ended;
/* A connection that gets events. */
typedef struct rf_subscriber { rf_conn *conn; char **sessions, **kinds; /* NULL at the end; NULL: all */ } rf_subscriber;
/* What is wrong with a plugin, as an event for clients. */
typedef struct rf_server_problem { char name[72]; char *event; } rf_server_problem;
/* What happened to a plugin, on its way to the main thread. */
typedef struct rf_server_news { rf_plugin_news news; char name[72]; rf_plugin *plugin; char *event; } rf_server_news;

typedef struct rf_server {
    rf_server_options options;
    rf_session_host host;
    rf_session_counters counters;
    rf_plugin_roster *plugins;
    rf_state *state;       /* NULL: it cannot be opened, and nothing is kept */
    int lock_fd, state_fd, listen_fd, wake_fd, signal_fd;
    bool bound;            /* the socket's name is ours to remove */
    uint64_t started_ns, rescan_ns; /* rescan_ns: when to look for plugins; 0: not */
    uint64_t accept_ns;    /* when to take connections again, after one could not be taken; 0: now */
    uint64_t conn_number;
    bool stopping;
    RF_VEC(rf_server_entry) sessions;
    rf_server_ended ended[RF_SERVER_ENDED]; /* a ring */
    size_t ended_count;    /* ever */
    RF_VEC(rf_conn *) conns; /* that ask; attached ones are their sessions' */
    RF_VEC(rf_server_problem) problems;
    rf_metrics *metrics;
    rf_plugin_metrics plugin_metrics;
    rf_debug *debug;
    rf_http *http;
    rf_http_route routes[1 + RF_DEBUG_ROUTES_MAX];

    rf_mutex lock;         /* of what follows: any thread */
    RF_VEC(rf_subscriber) subscribers;
    RF_VEC(rf_server_news) news;
} rf_server;

/* ---- server_listen.c ---- */

/* Takes the lock, binds the socket. Errors: RF_EBUSY, RF_EIO. */
RF_NODISCARD rf_code rf_server_listen(rf_server *server, rf_error *reterr);
/* The first thing at the end: who comes now waits for the next daemon, which the lock keeps back until all is written. */
void rf_server_stop_listening(rf_server *server);
/* The last one. */
void rf_server_unlock(rf_server *server);
/* Whether the state file is ours: one daemon writes it, whatever its socket. Says so in the log when it is not. */
bool rf_server_take_state(rf_server *server);
/* Takes who waits; others than the user himself are sent away. */
void rf_server_accept(rf_server *server);

/* ---- server_conn.c ---- */

/* What came over it: done. False: the connection is no longer ours. */
bool rf_server_read(rf_server *server, rf_conn *conn);

/* ---- server_method.c ---- */

typedef enum rf_given { RF_GIVEN_ANSWERED, RF_GIVEN_AWAY /* with its connection */ } rf_given;
/* Answers a request, or hands it to its session. */
rf_given rf_server_handle(rf_server *server, rf_request *request);

/* ---- server_session.c ---- */

rf_server_entry *rf_server_find(rf_server *server, rf_slice name);
void rf_server_new(rf_server *server, rf_request *request);
void rf_server_restore(rf_server *server, rf_request *request);
/* Those that a former daemon left: what the state file has and nobody runs; by name, in the arena. Returns how many. */
size_t rf_server_find_lost(rf_server *server, rf_arena *arena, rf_state_session **ret_lost);
/* Forgets a session that is lost. Errors: RF_ENOTFOUND with "did you mean". */
RF_NODISCARD rf_code rf_server_forget(rf_server *server, rf_slice name, rf_error *reterr);
/* RF_ENOTFOUND, with what there is. */
rf_code rf_server_missing(rf_server *server, rf_slice name, rf_error *reterr);
/* Errors: RF_ECONFIG it is no name, or some session has it, running or lost. */
RF_NODISCARD rf_code rf_server_check_name(rf_server *server, rf_slice name, rf_error *reterr);
/* The last one of that name that has ended, if that is not long ago; NULL: none. */
const rf_server_ended *rf_server_find_ended(const rf_server *server, rf_slice name);
/* Frees those that have ended. */
void rf_server_reap(rf_server *server);

/* ---- server_list.c ---- */

void rf_server_list(rf_server *server, rf_request *request);

/* ---- server_event.c ---- */

void rf_server_subscribe(rf_server *server, rf_request *request);
void rf_server_unsubscribe(rf_server *server, const rf_conn *conn);
/* As rf_session_host has it: any thread. */
void rf_server_event(void *server, rf_slice session, const char *kind, rf_slice members);
/* As rf_plugin_roster_options has it: any thread. */
void rf_server_plugin_news(void *server, rf_plugin_news news, rf_slice name, rf_plugin *plugin, const rf_error *error);
/* News that came, for all sessions. */
void rf_server_spread_news(rf_server *server);
/* What is wrong with plugins, for a session that has just begun. */
void rf_server_tell_problems(rf_server *server, rf_session *session);
void rf_server_event_done(rf_server *server);

/* ---- server_http.c ---- */

RF_NODISCARD rf_code rf_server_http_start(rf_server *server, rf_error *reterr);
void rf_server_http_stop(rf_server *server);

#endif
