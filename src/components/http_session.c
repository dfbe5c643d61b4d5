/* http_session.c: requests under way: begun in order, several at a time over kept connections, tried again when they fail. */
#include "components/http_client.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "components/http_token.h"
#include "stream/cache.h"
#include "stream/config.h"

#include <assert.h>
#include <openssl/rand.h>
#include <strings.h>
#include <time.h>
#include <microhttpd.h> /* the names of statuses */
#include <inttypes.h>

#define POLL_MS 200u /* giving up is not announced to who waits */
#define HEAD_BYTES_MAX ((size_t)256 << 10)
#define REDIRECTS_MAX 10L
#define STREAM_BYTES ((size_t)256 << 10) /* of a stream, that wait to be taken */
#define REFUSAL_BYTES ((size_t)4 << 10)  /* of what comes in place of a stream: the reason why it does not */

struct rf_http_session {
    rf_http_client *client;
    CURLM *multi;
    unsigned parallel;
    CURL **idle; /* handles to be used again */
    unsigned idle_count;
    _Atomic bool woken;
};

rf_code rf_http_session_new(rf_http_client *client, unsigned parallel, rf_http_session **ret_session, rf_error *reterr) {
    assert(client->loaded && parallel > 0);
    rf_http_session *self = rf_alloc_zero(1, sizeof *self);
    CURL **idle = rf_alloc_zero(parallel, sizeof *idle);
    CURLM *multi = self && idle ? client->curl.curl_multi_init() : NULL;
    if (!multi) {
        rf_free(idle);
        rf_free(self);
        return rf_raise_nomem(reterr);
    }
    (void)client->curl.curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)parallel);
    (void)client->curl.curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)parallel);
    *self = (rf_http_session){ .client = client, .multi = multi, .parallel = parallel, .idle = idle };
    *ret_session = self;
    return RF_OK;
}

void rf_http_session_free(rf_http_session *session) {
    if (!session)
        return;
    const rf_http_curl *curl = &session->client->curl;
    while (session->idle_count > 0)
        curl->curl_easy_cleanup(session->idle[--session->idle_count]);
    (void)curl->curl_multi_cleanup(session->multi);
    rf_free(session->idle);
    rf_free(session);
}

void rf_http_session_wake(rf_http_session *session) {
    atomic_store(&session->woken, true);
    (void)session->client->curl.curl_multi_wakeup(session->multi);
}

/* ---- One try ---- */

static bool has_code(const rf_http_codes *codes, long status) {
    for (size_t i = 0; i < codes->count; i++)
        if ((long)codes->items[i] == status)
            return true;
    return false;
}

static bool is_success(const rf_http_client *client, long status) {
    if (has_code(&client->successful_on, status))
        return true;
    return status >= 200 && status <= (client->conf->follow_redirects ? 299 : 399) && !has_code(&client->drop_on, status);
}

static size_t take_body(char *data, size_t size, size_t count, void *arg) {
    rf_http_task *task = arg;
    size_t len = size * count;
    const rf_http_session *session = task->session;
    if (task->streams && !task->headed && task->answer.len >= REFUSAL_BYTES)
        return len;
    task->paused = task->streams && task->answer.len >= STREAM_BYTES;
    if (task->paused)
        return CURL_WRITEFUNC_PAUSE; /* it comes again */
    task->too_large = task->answer.len + len > session->client->conf->max_answer && !task->streams;
    if (task->too_large)
        return 0;
    rf_buffer_append(&task->answer, data, len);
    task->no_memory = task->answer.failed;
    return task->no_memory ? 0 : len;
}

/* Behind these a request is a GET, and has no body that a type could be said of. */
static bool is_redirect_to_get(const rf_http_task *task, rf_slice line) {
    size_t blank = rf_slice_find(line, ' ');
    rf_slice rest = blank < line.len ? (rf_slice){ line.data + blank + 1, line.len - blank - 1 } : RF_SLICE("");
    if (!task->session->client->conf->follow_redirects || rf_slice_is(task->verb, "GET") || rf_slice_is(task->verb, "HEAD"))
        return false;
    return rf_slice_starts(rest, RF_SLICE("301")) || rf_slice_starts(rest, RF_SLICE("302")) || rf_slice_starts(rest, RF_SLICE("303"));
}

/* A header of which libcurl sees the name alone is not sent. The list stays as it is; the next try has the type again. */
static void set_typed(const rf_http_task *task, bool typed) {
    static const char name[] = "Content-Type: ";
    for (struct curl_slist *header = task->headers; header; header = header->next)
        if (strncasecmp(header->data, name, sizeof name - 2) == 0 && header->data[sizeof name - 2] == (typed ? '\0' : ' '))
            header->data[sizeof name - 2] = typed ? ' ' : '\0';
}

/* Only the last answer's head counts: those of redirects come before it. */
static size_t take_head(char *data, size_t size, size_t count, void *arg) {
    rf_http_task *task = arg;
    size_t len = size * count;
    if (rf_slice_starts((rf_slice){ data, len }, RF_SLICE("HTTP/")))
        rf_buffer_clear(&task->head);
    if (rf_slice_starts((rf_slice){ data, len }, RF_SLICE("HTTP/")) && is_redirect_to_get(task, (rf_slice){ data, len }))
        set_typed(task, false);
    if (task->head.len + len > HEAD_BYTES_MAX)
        return 0;
    if (len <= 2 && task->streams) { /* the empty line behind it */
        const rf_http_client *client = task->session->client;
        (void)client->curl.curl_easy_getinfo(task->easy, CURLINFO_RESPONSE_CODE, &task->status);
        task->headed = task->status >= 200 && is_success(client, task->status);
    }
    rf_buffer_append(&task->head, data, len);
    task->no_memory = task->head.failed;
    return task->no_memory ? 0 : len;
}

#define SET(option, value) (good &= curl->curl_easy_setopt(easy, option, value) == CURLE_OK)

static struct curl_blob blob(const rf_buffer *text) {
    return (struct curl_blob){ .data = text->data, .len = text->len, .flags = CURL_BLOB_COPY };
}

static bool set_tls(const rf_http_client *client, CURL *easy) {
    const rf_http_curl *curl = &client->curl;
    const rf_tls_pem *pem = &client->pem;
    struct curl_blob roots = blob(&pem->roots), cert = blob(&pem->cert), key = blob(&pem->key);
    bool good = true;
    if (!client->conf->tls.enabled)
        return true;
    if (client->conf->tls.skip_cert_verify) {
        SET(CURLOPT_SSL_VERIFYPEER, 0L);
        SET(CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (roots.len)
        SET(CURLOPT_CAINFO_BLOB, &roots);
    if (cert.len)
        SET(CURLOPT_SSLCERT_BLOB, &cert);
    if (key.len)
        SET(CURLOPT_SSLKEY_BLOB, &key);
    if (key.len && pem->password.len)
        SET(CURLOPT_KEYPASSWD, pem->password.data);
    return good;
}

static bool set_method(const rf_http_curl *curl, CURL *easy, const rf_http_task *task) {
    bool good = true, has_body = task->body.len > 0;
    if (rf_slice_is(task->verb, "HEAD"))
        return curl->curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
    if (rf_slice_is(task->verb, "GET") && !has_body)
        return curl->curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)task->body.len);
    SET(CURLOPT_POSTFIELDS, has_body ? task->body.data : "");
    if (!rf_slice_is(task->verb, "POST"))
        SET(CURLOPT_CUSTOMREQUEST, task->verb.data);
    return good;
}

/* libcurl copies it, and sends it to no other host that a redirect leads to. */
static bool set_token(rf_http_client *client, CURL *easy, rf_http_task *task) {
    const rf_http_curl *curl = &client->curl;
    bool good = true;
    if (!client->conf->auth.oauth2.enabled && !client->conf->auth.jwt.enabled)
        return true;
    rf_mutex_lock(&client->lock);
    SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
    SET(CURLOPT_XOAUTH2_BEARER, client->token.text.data ? client->token.text.data : "");
    task->token_serial = client->token.serial;
    rf_mutex_unlock(&client->lock);
    return good;
}

static bool set_whom(rf_http_client *client, CURL *easy, rf_http_task *task) {
    const rf_http_client_conf *conf = client->conf;
    const rf_http_curl *curl = &client->curl;
    bool good = true;
    SET(CURLOPT_FOLLOWLOCATION, (long)conf->follow_redirects);
    SET(CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    if (conf->disable_http2)
        SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (conf->proxy_url.len)
        SET(CURLOPT_PROXY, conf->proxy_url.data);
    if (conf->basic_auth.enabled && !task->plain) {
        SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        SET(CURLOPT_USERNAME, conf->basic_auth.username.data ? conf->basic_auth.username.data : "");
        SET(CURLOPT_PASSWORD, conf->basic_auth.password.data ? conf->basic_auth.password.data : "");
    }
    return good && (task->plain || set_token(client, easy, task)) && set_tls(client, easy);
}

static bool set_all(rf_http_client *client, CURL *easy, rf_http_task *task) {
    const rf_http_curl *curl = &client->curl;
    const long timeout_ms = (long)(client->conf->timeout_ns / RF_NS_PER_MS ? client->conf->timeout_ns / RF_NS_PER_MS : 1);
    bool good = true;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_URL, task->url.data);
    SET(CURLOPT_HTTPHEADER, task->signature ? task->signature : task->headers);
    SET(CURLOPT_USERAGENT, "riffle/" RF_VERSION);
    SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    SET(CURLOPT_TIMEOUT_MS, task->streams ? 0L : timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_ERRORBUFFER, task->words);
    SET(CURLOPT_PRIVATE, task);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, task);
    SET(CURLOPT_HEADERFUNCTION, take_head);
    SET(CURLOPT_HEADERDATA, task);
    return good && set_method(curl, easy, task) && set_whom(client, easy, task);
}

static void give_handle_back(rf_http_session *self, CURL *easy) {
    const rf_http_curl *curl = &self->client->curl;
    curl->curl_easy_reset(easy); /* connections stay with the multi handle */
    if (self->idle_count < self->parallel)
        self->idle[self->idle_count++] = easy;
    else
        curl->curl_easy_cleanup(easy);
}

static void fail(rf_http_task *task, rf_code code, const char *why) {
    (void)snprintf(task->error, sizeof task->error, "%.*s: %.390s", (int)(task->url.len < 200 ? task->url.len : 200), task->url.data, why);
    task->code = code;
    task->done = true;
}

/* ---- Who we are ---- */

void rf_http_task_unsign(const rf_http_client *client, rf_http_task *task) {
    if (!task->signature)
        return;
    task->signature->next = NULL; /* the others go on */
    client->curl.curl_slist_free_all(task->signature);
    task->signature = NULL;
}

/* By OAuth 1.0a: a header of this try alone. */
static rf_code sign(const rf_http_client *client, rf_http_task *task, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    unsigned char random[12];
    char nonce[2 * sizeof random + 1];
    rf_http_task_unsign(client, task);
    if (!client->conf->auth.oauth.enabled || task->plain)
        return RF_OK;
    if (RAND_bytes(random, sizeof random) != 1)
        return rf_raise(reterr, RF_EIO, "the system gives no random bytes");
    for (size_t i = 0; i < sizeof random; i++)
        (void)snprintf(nonce + 2 * i, 3, "%02x", random[i]);
    rf_http_oauth1_sign(&client->conf->auth.oauth, task->verb, task->url, nonce, (uint64_t)time(NULL), &line);
    struct curl_slist *first = line.failed ? NULL : client->curl.curl_slist_append(NULL, line.data);
    if (!first)
        return rf_raise_nomem(reterr);
    first->next = task->headers;
    task->signature = first;
    return RF_OK;
}

static void try_later(const rf_http_client *client, rf_http_task *task, bool slower);
static bool tries_left(const rf_http_client *client, const rf_http_task *task);

/* False: it is not begun now: it waits for its next try, has failed, or the session ends. */
static bool authorise(rf_http_session *self, rf_http_task *task) {
    rf_error error = { 0 };
    rf_code code = task->plain ? RF_OK : rf_http_token_ready(self->client, self, &error);
    if (!code)
        code = sign(self->client, task, &error);
    if (!code || code == RF_ECLOSED)
        return !code;
    task->tries++;
    task->status = 0;
    fail(task, RF_EIO, error.message);
    if (tries_left(self->client, task))
        try_later(self->client, task, false);
    return false;
}

static void begin(rf_http_session *self, rf_http_task *task) {
    const rf_http_curl *curl = &self->client->curl;
    if (!authorise(self, task))
        return;
    set_typed(task, true);
    CURL *easy = self->idle_count > 0 ? self->idle[--self->idle_count] : curl->curl_easy_init();
    task->session = self;
    task->words[0] = '\0';
    task->too_large = task->no_memory = task->headed = task->paused = false;
    task->status = 0;
    rf_buffer_clear(&task->answer);
    rf_buffer_clear(&task->head);
    if (easy && set_all(self->client, easy, task) && curl->curl_multi_add_handle(self->multi, easy) == CURLM_OK) {
        task->easy = easy;
        task->tries++;
        return;
    }
    if (easy)
        give_handle_back(self, easy);
    fail(task, RF_EIO, "out of memory");
}

/* ---- What came of it ---- */

static void say_status(rf_http_task *task) {
    char why[300];
    size_t len = task->answer.len < 120 ? task->answer.len : 120;
    (void)snprintf(why, sizeof why, "HTTP request returned unexpected response code (%ld): %ld %s, Error: %.*s", task->status, task->status,
                   MHD_get_reason_phrase_for((unsigned)task->status), (int)len, len ? task->answer.data : "");
    fail(task, RF_EIO, why);
}

static void say_failure(rf_http_task *task, const char *general) {
    if (task->no_memory)
        fail(task, RF_EIO, "out of memory for the answer");
    else if (task->too_large)
        fail(task, RF_EIO, "the answer is larger than max_response_size");
    else
        fail(task, RF_EIO, task->words[0] ? task->words : general);
}

static bool tries_left(const rf_http_client *client, const rf_http_task *task) {
    return !task->plain && !task->streams && task->tries <= (uint64_t)client->conf->retries;
}

static void try_later(const rf_http_client *client, rf_http_task *task, bool slower) {
    const rf_http_client_conf *conf = client->conf;
    task->pause_ns = slower ? 2 * task->pause_ns : conf->retry_period_ns;
    if (task->pause_ns > conf->max_retry_backoff_ns)
        task->pause_ns = conf->max_retry_backoff_ns;
    task->due_ns = rf_clock_mono_ns() + task->pause_ns;
    task->done = false;
}

/* After this try: done, or waiting for the next. */
static void judge(rf_http_client *client, rf_http_task *task, CURLcode result) {
    if (result == CURLE_OK && is_success(client, task->status)) {
        task->code = RF_OK;
        task->done = true;
        return;
    }
    if (result == CURLE_OK && task->status == 401 && !task->plain)
        rf_http_token_refused(client, task->token_serial);
    if (result == CURLE_OK)
        say_status(task);
    else
        say_failure(task, client->curl.curl_easy_strerror(result));
    if ((result == CURLE_OK && has_code(&client->drop_on, task->status)) || !tries_left(client, task))
        return;
    bool slower = result == CURLE_OK && has_code(&client->backoff_on, task->status) && task->pause_ns > 0;
    try_later(client, task, slower);
}

static unsigned collect(rf_http_session *self) {
    const rf_http_curl *curl = &self->client->curl;
    CURLMsg *message;
    int left;
    unsigned count = 0;
    while ((message = curl->curl_multi_info_read(self->multi, &left))) {
        rf_http_task *task = NULL;
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl->curl_easy_getinfo(easy, CURLINFO_PRIVATE, &task);
        (void)curl->curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &task->status);
        (void)curl->curl_multi_remove_handle(self->multi, easy);
        give_handle_back(self, easy);
        task->easy = NULL;
        rf_http_task_dump(self->client, task, result == CURLE_OK ? NULL : task->words[0] ? task->words : curl->curl_easy_strerror(result));
        judge(self->client, task, result);
        count++;
    }
    return count;
}

/* ---- All of them ---- */

/* A run: tasks before `first` are done. */
typedef struct run { rf_http_task *tasks; size_t count, first; uint64_t limit_due_ns; } run;

static bool given_up(const rf_http_session *self) {
    return atomic_load(&self->woken) || (self->client->env->giving_up && atomic_load(self->client->env->giving_up));
}

/* Whether the rate limit lets one more begin; otherwise notes when to ask again. A limit that fails limits nothing. */
static bool may_begin(const rf_http_session *self, run *r, uint64_t now) {
    rf_component *limit = self->client->conf->rate_limit;
    uint64_t wait_ns = 0;
    if (!limit)
        return true;
    if (r->limit_due_ns > now)
        return false;
    const rf_rate_limit_kind *kind = limit->kind;
    if (kind->access(limit->state, &wait_ns, NULL) || wait_ns == 0)
        return true;
    r->limit_due_ns = now + wait_ns;
    return false;
}

/* Begins what is due. Those that wait for their next try keep their place: no more than `parallel` are open at a time. */
static void begin_due(rf_http_session *self, run *r, uint64_t now) {
    size_t open = 0;
    for (size_t i = r->first; i < r->count && open < self->parallel; i++) {
        rf_http_task *task = &r->tasks[i];
        if (task->done)
            continue;
        open++;
        if (task->easy || task->due_ns > now)
            continue;
        if (!task->plain && !may_begin(self, r, now))
            return;
        begin(self, task);
    }
}

static int wait_ms(const rf_http_session *self, const run *r, uint64_t now) {
    uint64_t next = now + POLL_MS * RF_NS_PER_MS;
    size_t open = 0;
    for (size_t i = r->first; i < r->count && open < self->parallel; i++) {
        const rf_http_task *task = &r->tasks[i];
        uint64_t due = task->due_ns > r->limit_due_ns ? task->due_ns : r->limit_due_ns;
        if (task->done)
            continue;
        open++;
        if (!task->easy && due < next)
            next = due;
    }
    return next > now ? (int)((next - now) / RF_NS_PER_MS + 1) : 0;
}

static void cancel(rf_http_session *self, run *r) {
    const rf_http_curl *curl = &self->client->curl;
    for (size_t i = r->first; i < r->count; i++) {
        rf_http_task *task = &r->tasks[i];
        if (task->easy) {
            (void)curl->curl_multi_remove_handle(self->multi, task->easy);
            give_handle_back(self, task->easy);
            task->easy = NULL;
        }
        if (!task->done)
            fail(task, RF_ECLOSED, "not sent");
    }
}

void rf_http_session_run(rf_http_session *session, rf_http_task *tasks, size_t count, bool until_failed) {
    const rf_http_curl *curl = &session->client->curl;
    run r = { .tasks = tasks, .count = count };
    bool failed = false;
    int running;
    for (;;) {
        while (r.first < count && tasks[r.first].done)
            failed |= tasks[r.first++].code != RF_OK;
        if (r.first == count)
            return;
        if (given_up(session) || (failed && until_failed))
            break;
        begin_due(session, &r, rf_clock_mono_ns());
        (void)curl->curl_multi_perform(session->multi, &running);
        if (collect(session) == 0)
            (void)curl->curl_multi_poll(session->multi, NULL, 0, wait_ms(session, &r, rf_clock_mono_ns()), NULL);
    }
    cancel(session, &r);
}

/* ---- A stream ---- */

void rf_http_session_begin(rf_http_session *session, rf_http_task *task) {
    assert(task->streams && !task->done && !task->easy);
    begin(session, task);
    if (!task->easy && !task->done)
        fail(task, RF_ECLOSED, "not sent");
}

void rf_http_session_step(rf_http_session *session, rf_http_task *task, uint64_t wait_ns) {
    const rf_http_curl *curl = &session->client->curl;
    size_t before = task->answer.len;
    bool headed = task->headed;
    int running;
    if (task->done)
        return;
    if (task->paused && before < STREAM_BYTES / 2) {
        task->paused = false;
        (void)curl->curl_easy_pause(task->easy, CURLPAUSE_CONT);
    }
    (void)curl->curl_multi_perform(session->multi, &running);
    if (collect(session) > 0 || task->answer.len != before || task->headed != headed)
        return;
    int wait_ms = wait_ns / RF_NS_PER_MS < POLL_MS ? (int)(wait_ns / RF_NS_PER_MS) : (int)POLL_MS;
    (void)curl->curl_multi_poll(session->multi, NULL, 0, wait_ms, NULL);
    (void)curl->curl_multi_perform(session->multi, &running);
    (void)collect(session);
}

void rf_http_session_cancel(rf_http_session *session, rf_http_task *task) {
    run r = { .tasks = task, .count = 1 };
    cancel(session, &r);
}
