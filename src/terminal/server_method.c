/* server_method.c: what the control protocol asks of the daemon itself; the rest goes to the sessions. */
#include "terminal/server_internal.h"

#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

static void do_hello(rf_server *server, rf_request *request) {
    char members[200];
    int len = snprintf(members, sizeof members,
                       "\"protocol\":%d,\"version\":\"" RF_VERSION "\",\"pid\":%d,\"uptime_ms\":%llu,\"sessions\":%zu", RF_PROTOCOL_VERSION,
                       (int)getpid(), (unsigned long long)((rf_clock_mono_ns() - server->started_ns) / RF_NS_PER_MS),
                       server->sessions.count);
    rf_request_answer(request, (rf_slice){ members, (size_t)len });
}

static void do_stop(rf_server *server, rf_request *request) {
    server->stopping = true;
    rf_request_answer(request, RF_SLICE(""));
}

static void do_plugins(rf_server *server, rf_request *request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    rf_buffer_text(&members, "\"plugins\":");
    rf_plugins_live_json(rf_plugin_roster_live(server->plugins), &members);
    while (members.len && members.data[members.len - 1] == '\n') /* an answer is one line */
        members.len--;
    rf_request_settle(request, RF_OK, NULL, &members);
}

static void do_plugin(rf_server *server, rf_request *request) {
    rf_error error = { 0 };
    rf_slice name = rf_request_text(request, "name"), order = rf_request_text(request, "order");
    rf_plugins_live *live = rf_plugin_roster_live(server->plugins);
    rf_code code;
    if (rf_slice_is(order, "enable") || rf_slice_is(order, "disable"))
        code = rf_plugins_live_enable(live, name, rf_slice_is(order, "enable"), &error);
    else if (rf_slice_is(order, "reload"))
        code = rf_plugins_live_reload(live, name, &error);
    else
        code = rf_raise(&error, RF_ECONFIG, "`%.*s` is no order for a plugin: it is one of enable, disable, reload",
                        (int)(order.len > 40 ? 40 : order.len), order.data);
    for (size_t i = 0; !code && i < server->sessions.count; i++)
        rf_session_wake(server->sessions.items[i].session);
    if (code)
        rf_request_fail(request, &error);
    else
        rf_request_answer(request, RF_SLICE(""));
}

/* ---- Requests about one session ---- */

static void do_rename(rf_server *server, rf_server_entry *entry, rf_request *request) {
    rf_error error = { 0 };
    rf_slice to = rf_request_text(request, "to");
    if (rf_server_check_name(server, to, &error)) {
        rf_request_fail(request, &error);
        return;
    }
    char name[RF_SESSION_NAME_MAX + 1];
    (void)snprintf(name, sizeof name, "%.*s", RF_SLICE_ARG(to));
    if (rf_session_post(entry->session, request))
        memcpy(entry->name, name, sizeof name);
    else {
        (void)rf_raise(&error, RF_ENOTFOUND, "the session %s has just ended", entry->name);
        rf_request_fail(request, &error);
    }
}

/* A `wait` for the end of one that has just ended. True: answered. */
static bool answer_ended(const rf_server *server, rf_slice name, rf_request *request) {
    char members[40];
    const rf_server_ended *ended = rf_server_find_ended(server, name);
    if (!ended || strcmp(request->method->name, "wait") != 0 || !rf_slice_is(rf_request_text(request, "for"), "exit"))
        return false;
    int len = snprintf(members, sizeof members, "\"exit_code\":%d", ended->exit_code);
    rf_request_answer(request, (rf_slice){ members, (size_t)len });
    return true;
}

static void give_lost(rf_server *server, rf_slice name, rf_request *request) {
    rf_error error = { 0 };
    if (answer_ended(server, name, request))
        return;
    rf_code code = strcmp(request->method->name, "kill") == 0 ? rf_server_forget(server, name, &error)
                                                              : rf_server_missing(server, name, &error);
    if (code)
        rf_request_fail(request, &error);
    else
        rf_request_answer(request, RF_SLICE(""));
}

/* The connection of one that attaches goes with it. */
static rf_given give(rf_server *server, rf_server_entry *entry, rf_request *request) {
    bool attaches = strcmp(request->method->name, "attach") == 0;
    if (attaches)
        rf_server_unsubscribe(server, request->conn);
    if (rf_session_post(entry->session, request))
        return attaches ? RF_GIVEN_AWAY : RF_GIVEN_ANSWERED;
    rf_session_answer_late(entry->session, request);
    return RF_GIVEN_ANSWERED;
}

static rf_given for_session(rf_server *server, rf_request *request) {
    rf_slice name = rf_request_text(request, "session");
    rf_server_entry *entry = rf_server_find(server, name);
    if (!entry)
        give_lost(server, name, request);
    else if (strcmp(request->method->name, "rename") == 0)
        do_rename(server, entry, request);
    else
        return give(server, entry, request);
    return RF_GIVEN_ANSWERED;
}

static const struct { const char *name; void (*handle)(rf_server *server, rf_request *request); } handlers[] = {
    { "events", rf_server_subscribe }, { "hello", do_hello }, { "list", rf_server_list }, { "new", rf_server_new }, { "plugin", do_plugin },
    { "plugins", do_plugins }, { "restore", rf_server_restore }, { "stop", do_stop },
};

rf_given rf_server_handle(rf_server *server, rf_request *request) {
    assert(server && request);
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
        if (strcmp(handlers[i].name, request->method->name) == 0) {
            handlers[i].handle(server, request);
            return RF_GIVEN_ANSWERED;
        }
    return for_session(server, request);
}
