/* session_news.c: what happens to plugins while a session runs: posted by others, done to its chain, told to its clients. */
#include "terminal/session_internal.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>
#include <stdio.h>
#include <sys/eventfd.h>

void rf_session_post_news(rf_session *session, rf_plugin_news news, rf_slice name, rf_plugin *plugin, rf_slice text) {
    rf_session_news *posted = rf_alloc_zero(1, sizeof *posted);
    if (!posted)
        return; /* out of memory: the log has it */
    posted->news = news;
    posted->plugin = plugin ? rf_plugin_ref(plugin) : NULL;
    posted->text = text.len ? rf_strndup(text.data, text.len) : NULL;
    (void)snprintf(posted->name, sizeof posted->name, "%.*s", RF_SLICE_ARG(name));
    rf_mutex_lock(&session->lock);
    *session->news_end = posted;
    session->news_end = &posted->next;
    rf_mutex_unlock(&session->lock);
    (void)eventfd_write(session->wake_fd, 1); /* full: it is awake */
}

static void forget_problem(rf_session *session, const char *name) {
    for (size_t i = session->problems.count; i-- > 0;)
        if (strcmp(session->problems.items[i].name, name) == 0) {
            rf_free(session->problems.items[i].event);
            session->problems.items[i] = session->problems.items[--session->problems.count];
        }
}

/* Takes the text. */
static void note_problem(rf_session *session, const char *name, char *event) {
    rf_session_problem problem = { .event = event };
    (void)snprintf(problem.name, sizeof problem.name, "%s", name);
    forget_problem(session, name);
    if (!event || !rf_vec_push(&session->problems, problem))
        rf_free(event); /* out of memory: those who are there were told, and the log has it */
}

static void take(rf_session *session, rf_session_news *news) {
    rf_error error = { 0 };
    if (news->news == RF_PLUGIN_NEWS_ADDED && rf_chain_add(session->chain.chain, news->plugin, &error))
        rf_log_write(session->host->log, RF_LOG_ERROR, NULL, "session %s: plugin %s: %s", session->name, news->name, error.message);
    else if (news->news == RF_PLUGIN_NEWS_REMOVED && rf_chain_remove(session->chain.chain, rf_slice_of(news->name), &error))
        rf_log_write(session->host->log, RF_LOG_DEBUG, NULL, "session %s: plugin %s: %s", session->name, news->name, error.message);
    if (news->text)
        rf_session_tell(session, rf_slice_of(news->text));
    if (news->news == RF_PLUGIN_NEWS_BROKEN) {
        note_problem(session, news->name, news->text);
        news->text = NULL;
    } else
        forget_problem(session, news->name);
}

static void free_one(rf_session_news *news) {
    rf_plugin_unref(news->plugin);
    rf_free(news->text);
    rf_free(news);
}

void rf_session_take_news(rf_session *session, rf_session_news *news) {
    assert(session);
    while (news) {
        rf_session_news *next = news->next;
        take(session, news);
        free_one(news);
        news = next;
    }
}

void rf_session_free_news(rf_session_news *news) {
    while (news) {
        rf_session_news *next = news->next;
        free_one(news);
        news = next;
    }
}

void rf_session_free_problems(rf_session *session) {
    for (size_t i = 0; i < session->problems.count; i++)
        rf_free(session->problems.items[i].event);
    rf_vec_done(&session->problems);
}
