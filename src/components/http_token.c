/* http_token.c: fetching a token of OAuth 2, keeping it for all threads of a client, and renewing it in time. */
#include "components/http_token.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdio.h>

#define EARLY_NS (10 * RF_NS_PER_S) /* before its end a token is renewed: clocks differ, and requests take a while */
#define SECONDS_MAX (UINT64_C(10) * 365 * 24 * 3600)

rf_code rf_http_token_open(rf_http_client *client, rf_error *reterr) {
    rf_http_token *token = &client->token;
    if (!client->conf->auth.jwt.enabled || token->text.len)
        return RF_OK;
    token->until_ns = UINT64_MAX;
    return rf_http_jwt_make(&client->conf->auth.jwt, &token->text, reterr);
}

void rf_http_token_done(rf_http_client *client) {
    if (client->token.text.data)
        OPENSSL_cleanse(client->token.text.data, client->token.text.cap);
    rf_buffer_done(&client->token.text);
}

/* One header more. False: out of memory. */
static bool add_header(const rf_http_client *client, rf_http_task *task, const char *line) {
    struct curl_slist *longer = client->curl.curl_slist_append(task->headers, line);
    if (longer)
        task->headers = longer;
    return longer != NULL;
}

static bool add_headers(const rf_http_client *client, rf_http_task *task, bool in_form) {
    RF_CLEANUP(rf_buffer_done) rf_buffer basic = { 0 };
    if (!in_form)
        rf_http_oauth2_basic(&client->conf->auth.oauth2, &basic);
    return !basic.failed && (in_form || add_header(client, task, basic.data)) &&
           add_header(client, task, "Content-Type: application/x-www-form-urlencoded") &&
           add_header(client, task, "Accept: application/json") && add_header(client, task, "Expect:");
}

/* Asks once. *ret_status is what the server said; 0: nothing. */
static rf_code ask(rf_http_client *client, rf_http_session *session, bool in_form, rf_buffer *out, uint64_t *ret_seconds, long *ret_status,
                   rf_error *reterr) {
    const rf_http_oauth2 *oauth2 = &client->conf->auth.oauth2;
    RF_CLEANUP(rf_buffer_done) rf_buffer form = { 0 };
    rf_http_task task = { .url = oauth2->token_url, .verb = RF_SLICE("POST"), .plain = true };
    rf_code code = rf_http_oauth2_form(oauth2, in_form, &form, reterr);
    task.body = rf_buffer_view(&form);
    if (!code && !add_headers(client, &task, in_form))
        code = rf_raise_nomem(reterr);
    if (!code) {
        rf_http_session_run(session, &task, 1, false);
        *ret_status = task.status;
        code = task.code ? rf_raise(reterr, task.code, "no token: %s", task.error)
                         : rf_http_oauth2_answer(rf_buffer_view(&task.answer), out, ret_seconds, reterr);
        if (code == RF_EIO && !task.code)
            rf_error_prefix(reterr, "no token: %.*s: ", RF_SLICE_ARG(oauth2->token_url));
    }
    rf_http_task_done(client, &task);
    return code;
}

/* The new one takes the old one's place. */
static void keep(rf_http_client *client, rf_buffer *text, uint64_t seconds, bool in_form) {
    rf_http_token *token = &client->token;
    uint64_t now_ns = rf_clock_mono_ns(), life_ns = (seconds < SECONDS_MAX ? seconds : SECONDS_MAX) * RF_NS_PER_S;
    /* One that is given out for less is used for half of its time, not fetched again for each request. */
    uint64_t early_ns = life_ns > 2 * EARLY_NS ? EARLY_NS : life_ns / 2;
    rf_mutex_lock(&client->lock);
    rf_buffer old = token->text;
    token->text = *text;
    token->until_ns = seconds == UINT64_MAX ? UINT64_MAX : now_ns + life_ns - early_ns;
    token->in_form = in_form;
    token->serial++;
    rf_mutex_unlock(&client->lock);
    *text = old;
}

/* That there is none now, so that each of many requests does not find out by itself. */
static void note(rf_http_client *client, const rf_error *error) {
    rf_http_token *token = &client->token;
    rf_mutex_lock(&client->lock);
    token->again_ns = rf_clock_mono_ns() + client->conf->retry_period_ns;
    (void)snprintf(token->why, sizeof token->why, "%.399s", error->message);
    rf_mutex_unlock(&client->lock);
}

/* Key and secret go into a header, as RFC 6749 wants it; servers that know them in the form only say 400 or 401. */
static rf_code fetch(rf_http_client *client, rf_http_session *session, bool in_form, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    uint64_t seconds = 0;
    long status = 0;
    rf_code code = ask(client, session, in_form, &text, &seconds, &status, reterr);
    if (code == RF_EIO && !in_form && (status == 400 || status == 401)) {
        in_form = true;
        code = ask(client, session, in_form, &text, &seconds, &status, reterr);
    }
    if (!code)
        keep(client, &text, seconds, in_form);
    if (text.data)
        OPENSSL_cleanse(text.data, text.cap); /* the one before */
    return code;
}

rf_code rf_http_token_ready(rf_http_client *client, rf_http_session *session, rf_error *reterr) {
    const rf_http_token *token = &client->token;
    rf_error error = { 0 };
    rf_code code = RF_OK;
    if (!client->conf->auth.oauth2.enabled)
        return RF_OK;
    uint64_t now_ns = rf_clock_mono_ns();
    rf_mutex_lock(&client->lock);
    bool there = token->text.len > 0 && now_ns < token->until_ns, in_form = token->in_form, waits = now_ns < token->again_ns;
    if (!there && waits)
        code = rf_raise(reterr, RF_EIO, "%s", token->why);
    rf_mutex_unlock(&client->lock);
    if (there || code)
        return code;
    code = fetch(client, session, in_form, &error);
    if (code == RF_EIO)
        note(client, &error);
    return code ? rf_raise(reterr, code, "%s", error.message) : RF_OK;
}

void rf_http_token_refused(rf_http_client *client, uint64_t serial) {
    if (!client->conf->auth.oauth2.enabled)
        return;
    rf_mutex_lock(&client->lock);
    if (client->token.serial == serial) /* not one that was fetched since */
        client->token.until_ns = 0;
    rf_mutex_unlock(&client->lock);
}
