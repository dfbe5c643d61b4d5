/* server_event.c: events for those who asked for them, and news of plugins for all sessions. */
#include "terminal/server_internal.h"

#include "base/alloc.h"
#include "base/nearest.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <stdio.h>
#include <sys/eventfd.h>

enum { BEHIND_MAX = 1 << 20, SUBSCRIBERS_MAX = 100, NEWS_MAX = 1000 };

/* ---- Subscribers ---- */

/* A word that is no kind of event would be waited for for ever. */
static rf_code check_kinds(const rf_value *list, rf_error *reterr) {
    const char *names[40] = { NULL };
    size_t count = 0;
    for (const rf_protocol_event *event = rf_protocol_events; event->name && count + 1 < sizeof names / sizeof *names; event++)
        names[count++] = event->name;
    for (uint32_t i = 0; list && i < list->size; i++) {
        rf_slice kind = rf_value_text(&list->items[i]);
        bool known = false;
        for (size_t at = 0; at < count && !known; at++)
            known = rf_slice_is(kind, names[at]);
        if (known)
            continue;
        (void)rf_raise(reterr, RF_ECONFIG, "there is no event `%.*s`", (int)(kind.len > 40 ? 40 : kind.len), kind.data);
        const char *nearest = rf_nearest(kind, names);
        if (nearest)
            rf_error_hint(reterr, "did you mean `%s`?", nearest);
        else
            rf_error_hint(reterr, "`riffle term protocol` lists them");
        return RF_ECONFIG;
    }
    return RF_OK;
}

static void free_list(char **list) {
    for (char **at = list; at && *at; at++)
        rf_free(*at);
    rf_free(list);
}

static void subscriber_done(rf_subscriber *subscriber) {
    rf_conn_unref(subscriber->conn);
    free_list(subscriber->sessions);
    free_list(subscriber->kinds);
}

/* A heap copy; NULL when there is none: then all are meant. False: out of memory. */
static bool copy_list(const rf_value *list, char ***ret_list) {
    *ret_list = NULL;
    if (!list)
        return true;
    char **copy = rf_alloc_zero((size_t)list->size + 1, sizeof *copy);
    for (uint32_t i = 0; copy && i < list->size; i++) {
        copy[i] = rf_strndup(list->items[i].size ? list->items[i].text : "", list->items[i].size);
        if (!copy[i]) {
            free_list(copy);
            return false;
        }
    }
    *ret_list = copy;
    return copy != NULL;
}

static bool is_listed(char *const *list, rf_slice word) {
    if (!list)
        return true;
    for (; *list; list++)
        if (rf_slice_is(word, *list))
            return true;
    return false;
}

void rf_server_subscribe(rf_server *server, rf_request *request) {
    rf_error error = { 0 };
    if (check_kinds(rf_request_param(request, "kinds"), &error)) {
        rf_request_fail(request, &error);
        return;
    }
    rf_subscriber subscriber = { .conn = rf_conn_ref(request->conn) };
    rf_server_unsubscribe(server, request->conn); /* asked again: the new wish counts */
    bool made = copy_list(rf_request_param(request, "sessions"), &subscriber.sessions) &&
                copy_list(rf_request_param(request, "kinds"), &subscriber.kinds);
    rf_mutex_lock(&server->lock);
    bool full = server->subscribers.count >= SUBSCRIBERS_MAX;
    made = made && !full && rf_vec_push(&server->subscribers, subscriber);
    rf_mutex_unlock(&server->lock);
    if (made) {
        rf_request_answer(request, RF_SLICE(""));
        return;
    }
    subscriber_done(&subscriber);
    (void)(full ? rf_raise(&error, RF_ELIMIT, "%d connections get events already", SUBSCRIBERS_MAX) : rf_raise_nomem(&error));
    rf_request_fail(request, &error);
}

void rf_server_unsubscribe(rf_server *server, const rf_conn *conn) {
    rf_mutex_lock(&server->lock);
    for (size_t i = server->subscribers.count; i-- > 0;)
        if (server->subscribers.items[i].conn == conn) {
            subscriber_done(&server->subscribers.items[i]);
            server->subscribers.items[i] = server->subscribers.items[--server->subscribers.count];
        }
    rf_mutex_unlock(&server->lock);
}

/* One that does not read is told so, and let go: events must not pile up for it. */
static void send_to(rf_subscriber *subscriber, rf_slice line) {
    if (rf_conn_waiting(subscriber->conn) <= BEHIND_MAX) {
        rf_conn_send(subscriber->conn, line);
        return;
    }
    static const rf_slice lagging = RF_SLICE("{\"event\":\"lagging\"}\n");
    rf_conn_send(subscriber->conn, lagging);
    rf_conn_break(subscriber->conn);
}

void rf_server_event(void *user, rf_slice session, const char *kind, rf_slice members) {
    rf_server *server = user;
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    rf_mutex_lock(&server->lock);
    for (size_t i = 0; i < server->subscribers.count; i++) {
        rf_subscriber *subscriber = &server->subscribers.items[i];
        if (!is_listed(subscriber->sessions, session) || !is_listed(subscriber->kinds, rf_slice_of(kind)))
            continue;
        if (line.len == 0) {
            rf_buffer_printf(&line, "{\"event\":\"%s\",\"session\":\"%.*s\"%s", kind, RF_SLICE_ARG(session), members.len ? "," : "");
            rf_buffer_slice(&line, members);
            rf_buffer_text(&line, "}\n");
        }
        if (line.failed)
            rf_conn_break(subscriber->conn);
        else
            send_to(subscriber, rf_buffer_view(&line));
    }
    rf_mutex_unlock(&server->lock);
}

/* ---- Plugins ---- */

static const char *words_of(rf_plugin_news news) {
    static const char *const words[] = { [RF_PLUGIN_NEWS_BROKEN] = "does not load", [RF_PLUGIN_NEWS_ADDED] = "was loaded",
                                         [RF_PLUGIN_NEWS_RELOADED] = "was loaded anew", [RF_PLUGIN_NEWS_REMOVED] = "is gone" };
    return words[news];
}

static void write_why(const rf_error *error, rf_buffer *out) {
    const char *slash = strrchr(error->place.file, '/'); /* it is for a line of a terminal */
    if (error->place.line)
        rf_buffer_printf(out, "%s:%u:%u: ", slash ? slash + 1 : error->place.file, error->place.line, error->place.column);
    rf_buffer_text(out, error->message);
    if (error->hint[0])
        rf_buffer_printf(out, " (%s)", error->hint);
}

/* As clients show it. NULL: out of memory. */
static char *notification(rf_plugin_news news, rf_slice name, rf_slice why) {
    RF_CLEANUP(rf_buffer_done) rf_buffer event = { 0 };
    char title[120];
    int len = snprintf(title, sizeof title, "plugin %.*s %s", RF_SLICE_ARG(name), words_of(news));
    rf_buffer_text(&event, "{\"event\":\"notify\",");
    rf_protocol_notice(&event, name, (rf_slice){ title, (size_t)len < sizeof title ? (size_t)len : sizeof title - 1 }, why,
                       news == RF_PLUGIN_NEWS_BROKEN ? RF_SLICE("error") : RF_SLICE("success"));
    rf_buffer_char(&event, '}');
    return event.failed ? NULL : rf_strndup(event.data, event.len);
}

void rf_server_plugin_news(void *user, rf_plugin_news news, rf_slice name, rf_plugin *plugin, const rf_error *error) {
    rf_server *server = user;
    RF_CLEANUP(rf_buffer_done) rf_buffer why = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    if (error)
        write_why(error, &why);
    rf_buffer_printf(&members, "\"plugin\":\"%.*s\",\"what\":\"%s\",\"error\":", RF_SLICE_ARG(name), words_of(news));
    rf_json_write_string(&members, rf_buffer_view(&why), 0);
    if (!members.failed)
        rf_server_event(server, RF_SLICE(""), "plugin", rf_buffer_view(&members));
    rf_server_news posted = { .news = news, .plugin = plugin ? rf_plugin_ref(plugin) : NULL, .event = notification(news, name, rf_buffer_view(&why)) };
    (void)snprintf(posted.name, sizeof posted.name, "%.*s", RF_SLICE_ARG(name));
    rf_mutex_lock(&server->lock);
    bool kept = server->news.count < NEWS_MAX && rf_vec_push(&server->news, posted);
    rf_mutex_unlock(&server->lock);
    if (!kept) {
        rf_plugin_unref(posted.plugin);
        rf_free(posted.event);
        rf_log_write(server->options.log, RF_LOG_ERROR, NULL, "plugin %s: sessions are not told: too much news, or too little memory",
                     posted.name);
    }
    (void)eventfd_write(server->wake_fd, 1); /* full: it is awake */
}

static void note_problem(rf_server *server, const rf_server_news *news) {
    rf_server_problem problem = { .event = NULL };
    for (size_t i = server->problems.count; i-- > 0;)
        if (strcmp(server->problems.items[i].name, news->name) == 0) {
            rf_free(server->problems.items[i].event);
            server->problems.items[i] = server->problems.items[--server->problems.count];
        }
    if (news->news != RF_PLUGIN_NEWS_BROKEN || !news->event)
        return;
    memcpy(problem.name, news->name, sizeof problem.name);
    problem.event = rf_strdup(news->event);
    if (!problem.event || !rf_vec_push(&server->problems, problem))
        rf_free(problem.event); /* sessions that run are told, and the log has it */
}

void rf_server_spread_news(rf_server *server) {
    for (;;) {
        rf_server_news news;
        rf_mutex_lock(&server->lock);
        bool some = server->news.count > 0;
        if (some) {
            news = server->news.items[0];
            memmove(server->news.items, server->news.items + 1, --server->news.count * sizeof news);
        }
        rf_mutex_unlock(&server->lock);
        if (!some)
            return;
        note_problem(server, &news);
        for (size_t i = 0; i < server->sessions.count; i++)
            rf_session_post_news(server->sessions.items[i].session, news.news, rf_slice_of(news.name), news.plugin,
                                 news.event ? rf_slice_of(news.event) : RF_SLICE(""));
        rf_plugin_unref(news.plugin);
        rf_free(news.event);
    }
}

void rf_server_tell_problems(rf_server *server, rf_session *session) {
    rf_server_spread_news(server); /* what waits is about sessions that were there before */
    for (size_t i = 0; i < server->problems.count; i++)
        rf_session_post_news(session, RF_PLUGIN_NEWS_BROKEN, rf_slice_of(server->problems.items[i].name), NULL,
                             rf_slice_of(server->problems.items[i].event));
}

void rf_server_event_done(rf_server *server) {
    for (size_t i = 0; i < server->subscribers.count; i++)
        subscriber_done(&server->subscribers.items[i]);
    rf_vec_done(&server->subscribers);
    for (size_t i = 0; i < server->news.count; i++) {
        rf_plugin_unref(server->news.items[i].plugin);
        rf_free(server->news.items[i].event);
    }
    rf_vec_done(&server->news);
    for (size_t i = 0; i < server->problems.count; i++)
        rf_free(server->problems.items[i].event);
    rf_vec_done(&server->problems);
}
