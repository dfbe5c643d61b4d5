/* http_client.h: HTTP requests to others: what output, input and processor share. Fields, requests of messages, tries and answers. */
#ifndef RF_COMPONENTS_HTTP_CLIENT_H
#define RF_COMPONENTS_HTTP_CLIENT_H

#include "base/thread.h"
#include "components/http_auth.h"
#include "components/http_curl.h"
#include "components/meta_filter.h"
#include "components/tls.h"
#include "stream/component.h"

typedef struct rf_http_basic_auth { bool enabled; rf_slice username, password; } rf_http_basic_auth;

/* As the config says. */
typedef struct rf_http_client_conf {
    rf_dynamic *url; /* NULL: each task brings its own */
    rf_slice verb;
    rf_dynamics headers;
    rf_meta_filter_conf metadata, extract_headers;
    rf_component *rate_limit;
    uint64_t timeout_ns, retry_period_ns, max_retry_backoff_ns, max_answer;
    int64_t retries;
    bool follow_redirects, disable_http2;
    int dump_level; /* of rf_http_dump_levels */
    rf_strings backoff_on, drop_on, successful_on;
    rf_slice proxy_url;
    rf_http_basic_auth basic_auth;
    rf_http_auth_conf auth;
    rf_tls_conf tls;
} rf_http_client_conf;

extern const rf_field rf_http_basic_auth_fields[];
extern const char *const rf_http_dump_levels[]; /* "": none; then as rf_log_level, from RF_LOG_OFF on */

/* Their rows in the table of a component whose struct has `member`, an rf_http_client_conf. `verb_standard`: "POST". */
#define RF_HTTP_CLIENT_FIELDS(owner, member, verb_standard)                                                                       \
    { .name = "url", .type = RF_FIELD_DYNAMIC, .offset = offsetof(owner, member.url), .flags = RF_FIELD_REQUIRED,                   \
      .doc = "Where to, such as `http://127.0.0.1:8080/sites/${! meta(\"site\") }`." },                                           \
    { .name = "verb", .type = RF_FIELD_STRING, .offset = offsetof(owner, member.verb), .standard = verb_standard, .doc = "The method." }, \
    { .name = "headers", .type = RF_FIELD_DYNAMICS, .offset = offsetof(owner, member.headers),                                      \
      .doc = "Headers of each request. Without a `Content-Type` it is application/octet-stream." },                               \
    { .name = "metadata", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, member.metadata), .fields = rf_meta_filter_fields,      \
      .flags = RF_FIELD_ADVANCED, .doc = "Metadata that are sent as headers; none unless chosen." },                              \
    { .name = "extract_headers", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, member.extract_headers),                         \
      .fields = rf_meta_filter_fields, .flags = RF_FIELD_ADVANCED,                                                                \
      .doc = "Headers of the answer that become metadata, in lower case; none unless chosen." },                                  \
    { .name = "rate_limit", .type = RF_FIELD_RATE_LIMIT_LABEL, .offset = offsetof(owner, member.rate_limit),                         \
      .doc = "One of `rate_limit_resources`, which each request waits for." },                                                    \
    { .name = "timeout", .type = RF_FIELD_DURATION, .offset = offsetof(owner, member.timeout_ns), .standard = "5s",                  \
      .doc = "How long one try may take." },                                                                                      \
    { .name = "retry_period", .type = RF_FIELD_DURATION, .offset = offsetof(owner, member.retry_period_ns), .standard = "1s",        \
      .flags = RF_FIELD_ADVANCED, .doc = "Time between two tries." },                                                             \
    { .name = "max_retry_backoff", .type = RF_FIELD_DURATION, .offset = offsetof(owner, member.max_retry_backoff_ns),                \
      .standard = "300s", .flags = RF_FIELD_ADVANCED, .doc = "The longest time between two tries, where it doubles (`backoff_on`)." }, \
    { .name = "retries", .type = RF_FIELD_INT, .offset = offsetof(owner, member.retries), .standard = "3", .flags = RF_FIELD_ADVANCED, \
      .max = 1000000, .doc = "Tries after the first." },                                                                          \
    { .name = "follow_redirects", .type = RF_FIELD_BOOL, .offset = offsetof(owner, member.follow_redirects), .standard = "true",     \
      .flags = RF_FIELD_ADVANCED, .doc = "Whether to go where a 3xx leads, ten times at most; behind a 301, 302 or 303 a POST is a GET without its " \
                                         "body, as in browsers." },                                                               \
    { .name = "backoff_on", .type = RF_FIELD_STRINGS, .offset = offsetof(owner, member.backoff_on), .flags = RF_FIELD_ADVANCED,      \
      .doc = "Statuses after which the time between two tries doubles. Not given: `[429]`." },                                    \
    { .name = "drop_on", .type = RF_FIELD_STRINGS, .offset = offsetof(owner, member.drop_on), .flags = RF_FIELD_ADVANCED,            \
      .doc = "Statuses after which there is no further try: the request has failed." },                                           \
    { .name = "successful_on", .type = RF_FIELD_STRINGS, .offset = offsetof(owner, member.successful_on), .flags = RF_FIELD_ADVANCED, \
      .doc = "Statuses that are a success, beside 2xx." },                                                                        \
    { .name = "max_response_size", .type = RF_FIELD_SIZE, .offset = offsetof(owner, member.max_answer), .standard = "64MiB",         \
      .flags = RF_FIELD_ADVANCED, .doc = "The largest answer; a larger one is a failed try." },                                   \
    { .name = "dump_request_log_level", .type = RF_FIELD_ENUM, .offset = offsetof(owner, member.dump_level), .standard = "",         \
      .options = rf_http_dump_levels, .flags = RF_FIELD_ADVANCED,                                                                 \
      .doc = "Logs each request and its answer at this level, each text cut at 2 KiB, without who we say that we are." },         \
    { .name = "proxy_url", .type = RF_FIELD_STRING, .offset = offsetof(owner, member.proxy_url), .flags = RF_FIELD_ADVANCED,         \
      .doc = "A proxy to go through." },                                                                                          \
    { .name = "disable_http2", .type = RF_FIELD_BOOL, .offset = offsetof(owner, member.disable_http2), .standard = "false",          \
      .flags = RF_FIELD_ADVANCED, .doc = "HTTP/1.1 alone." },                                                                     \
    { .name = "basic_auth", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, member.basic_auth), .fields = rf_http_basic_auth_fields, \
      .flags = RF_FIELD_ADVANCED, .doc = "A name and a password." },                                                              \
    RF_HTTP_AUTH_FIELDS(owner, member.auth),                                                                                        \
    { RF_TLS_FIELD(owner, member.tls) }

#define RF_HTTP_CODES_MAX 32u
typedef struct rf_http_codes { unsigned items[RF_HTTP_CODES_MAX]; size_t count; } rf_http_codes;

/* What requests carry (http_token.h). Under the client's lock. */
typedef struct rf_http_token {
    rf_buffer text;    /* NUL behind; empty: none */
    uint64_t until_ns; /* then another is fetched */
    uint64_t again_ns; /* none could be had: not before that time, for the reason `why` */
    uint64_t serial;   /* one more with each */
    bool in_form;      /* the server knows key and secret in the form only */
    char why[400];
} rf_http_token;

/* Opened, and shared by the threads that use it. */
typedef struct rf_http_client {
    const rf_http_client_conf *conf;
    const rf_env *env;
    rf_http_codes backoff_on, drop_on, successful_on;
    rf_meta_filter metadata, extract;
    rf_mutex lock; /* of the config's dynamic texts, and of the filters */
    bool made;
    /* From rf_http_client_connect on. */
    rf_http_curl curl;
    rf_tls_pem pem;
    rf_http_token token;
    bool loaded;
} rf_http_client;

/* In open: checks and reports. */
RF_NODISCARD rf_code rf_http_client_open(rf_http_client *client, const rf_http_client_conf *options, const rf_conf *conf, const rf_env *env,
                                         rf_error *reterr);
/* Loads libcurl and reads certificates. Any thread, again is fine. Errors: RF_ENOTFOUND, RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_http_client_connect(rf_http_client *client, rf_error *reterr);
void rf_http_client_done(rf_http_client *client);

/* One request and what became of it. Zeroed, then made by rf_http_task_make. */
typedef struct rf_http_task {
    rf_slice url, body, verb; /* views: of the config or the batch */
    struct curl_slist *headers;
    bool streams;             /* its answer does not end: `timeout` is for reaching the server alone (rf_http_session_step) */
    bool plain;               /* asks for a token: tried once, without any of the client's own ways to say who it is */
    /* While it runs. */
    struct rf_http_session *session;
    void *easy;
    struct curl_slist *signature; /* of this try, before `headers`; NULL: none */
    uint64_t token_serial;
    unsigned tries;
    uint64_t due_ns, pause_ns;
    rf_buffer answer;         /* the body, of the last try */
    rf_buffer head;           /* header lines of the last answer, each with its CRLF */
    bool too_large, no_memory;
    bool headed, paused;      /* a stream's: the head of a success is there; too much waits to be taken */
    char words[CURL_ERROR_SIZE];
    /* In the end. */
    bool done;
    rf_code code;             /* RF_OK; RF_EIO it failed; RF_ECLOSED given up */
    long status;              /* of the last answer; 0: there was none */
    char error[600];          /* what to say of a failure, the URL first */
} rf_http_task;

/* The request for message `index`: its payload is the body unless `body` is given. Errors: RF_ESCRIPT it cannot be made (a query
 * fails, a header has a line break in it); RF_ENOMEM. Takes the client's lock. */
RF_NODISCARD rf_code rf_http_task_make(rf_http_client *client, rf_batch *batch, uint32_t index, const rf_slice *body,
                                       const char *content_type, rf_http_task *task, rf_error *reterr);
void rf_http_task_done(const rf_http_client *client, rf_http_task *task);
/* Forgets the signature of a try that is over. */
void rf_http_task_unsign(const rf_http_client *client, rf_http_task *task);
/* Sets the chosen headers of its answer as metadata. False: out of memory. Takes the client's lock. */
bool rf_http_task_extract(rf_http_client *client, const rf_http_task *task, rf_batch *batch, rf_message *message) RF_NODISCARD;

/* Logs a try that is over, if the config wants it. `failure` NULL: it was answered. (http_dump.c) */
void rf_http_task_dump(const rf_http_client *client, const rf_http_task *task, const char *failure);

/* One thread's connections. */
typedef struct rf_http_session rf_http_session;

RF_NODISCARD rf_code rf_http_session_new(rf_http_client *client, unsigned parallel, rf_http_session **ret_session, rf_error *reterr);
void rf_http_session_free(rf_http_session *session);
/* Does all tasks that are not `done`, at most `parallel` at a time, begun in order; each is `done` after it, however it went. Blocks for
 * all tries; ends early when the run is being given up, or after rf_http_session_wake(), or, with `until_failed`, once one has failed for
 * good: those behind it were then not asked. */
void rf_http_session_run(rf_http_session *session, rf_http_task *tasks, size_t count, bool until_failed);
/* For a task that streams, in place of a run: begins it, and lets it go on for one wait of at most `wait_ns`. What has come is in its
 * `answer`, out of which the caller takes it; of a full one no more is read. In the end it is `done`; it is not tried again. */
void rf_http_session_begin(rf_http_session *session, rf_http_task *task);
void rf_http_session_step(rf_http_session *session, rf_http_task *task, uint64_t wait_ns);
/* Gives up one that was begun; one that was not, or is done, is fine. */
void rf_http_session_cancel(rf_http_session *session, rf_http_task *task);
/* Ends this run, or the next one, early. Any thread. */
void rf_http_session_wake(rf_http_session *session);

#endif
