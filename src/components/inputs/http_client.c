/* http_client: polls a URL, each answer a message; or reads one answer that does not end. */
#include "components/http_client.h"

#include "base/clock.h"
#include "base/slice.h"
#include "components/inputs/http_client_stream.h"
#include "components/wake.h"

#include <assert.h>

/* Between polls that bring nothing: it doubles from the first to the last. */
#define PAUSE_FIRST_NS (50 * RF_NS_PER_MS)
#define PAUSE_LAST_NS (2 * RF_NS_PER_S)

typedef struct http_client_input {
    rf_http_client_conf conf;
    rf_dynamic *payload;
    bool drop_empty_bodies, auto_replay_nacks;
    rf_http_stream_conf stream_conf;

    rf_http_client client;
    rf_http_session *session;
    rf_http_stream stream;
    rf_wake wake;
    rf_batch *asking;  /* one message, which the URL and headers may look at: the last answer */
    uint64_t pause_ns; /* before the next poll; 0: none */
    bool open;
} http_client_input;

static const rf_field http_client_fields[] = {
    RF_HTTP_CLIENT_FIELDS(http_client_input, conf, "GET"),
    { .name = "payload", .type = RF_FIELD_DYNAMIC, .offset = offsetof(http_client_input, payload), .doc = "A body for each request." },
    { .name = "drop_empty_bodies", .type = RF_FIELD_BOOL, .offset = offsetof(http_client_input, drop_empty_bodies), .standard = "true",
      .doc = "An answer without a body is no message, and the next request waits a little: 50 ms, doubling up to 2 s." },
    { .name = "stream", .type = RF_FIELD_OBJECT, .offset = offsetof(http_client_input, stream_conf), .fields = rf_http_stream_fields,
      .doc = "One answer that does not end, cut into messages, in place of an answer a message." },
    { .name = "auto_replay_nacks", .type = RF_FIELD_BOOL, .offset = offsetof(http_client_input, auto_replay_nacks), .standard = "true",
      .flags = RF_FIELD_ADVANCED, .doc = "Whether what an output refuses is tried again. With false it is told in the log and lost." },
    { 0 },
};

static rf_code http_client_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    http_client_input *self = state;
    self->open = true;
    rf_code code = rf_http_client_open(&self->client, &self->conf, conf, env, reterr);
    if (code)
        return code;
    self->asking = rf_batch_new(env->keys);
    if (!self->asking || !rf_batch_add(self->asking))
        return rf_raise_nomem(reterr);
    if (self->stream_conf.enabled)
        code = rf_http_stream_open(&self->stream, &self->stream_conf, &self->client, conf, env, reterr);
    return code ? code : rf_wake_init(&self->wake, reterr);
}

static rf_code make(http_client_input *self, rf_http_task *task, rf_error *reterr) {
    rf_slice body = RF_SLICE("");
    rf_code code = RF_OK;
    if (self->payload)
        code = rf_dynamic_text(self->payload, self->asking, 0, &body, reterr);
    return code ? code : rf_http_task_make(&self->client, self->asking, 0, &body, NULL, task, reterr);
}

static rf_code http_client_connect(void *state, rf_error *reterr) {
    http_client_input *self = state;
    rf_http_task task = { 0 };
    rf_code code = rf_http_client_connect(&self->client, reterr);
    if (!code && !self->session)
        code = rf_http_session_new(&self->client, 1, &self->session, reterr);
    if (code || !self->stream_conf.enabled)
        return code;
    rf_http_stream_end(&self->stream);
    rf_batch_clear(self->asking);
    code = rf_batch_add(self->asking) ? make(self, &task, reterr) : rf_raise_nomem(reterr);
    if (!code)
        return rf_http_stream_begin(&self->stream, self->session, &task, reterr);
    rf_http_task_done(&self->client, &task);
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

/* The answer as a message of the batch. */
static rf_code add(http_client_input *self, const rf_http_task *task, rf_batch *batch, rf_error *reterr) {
    rf_slice body = rf_buffer_view(&task->answer);
    rf_slice copy = body.len ? rf_slice_dup_in(&batch->arena, body) : RF_SLICE("");
    rf_message *message = copy.data ? rf_batch_add(batch) : NULL;
    if (!message)
        return rf_raise_nomem(reterr);
    message->payload = rf_text(RF_RAW, copy);
    if (rf_batch_set_meta(batch, message, RF_SLICE("http_status_code"), rf_int(task->status)) &&
        rf_http_task_extract(&self->client, task, batch, message))
        return RF_OK;
    batch->count--;
    return rf_raise_nomem(reterr);
}

/* The next request's URL may look at this answer. */
static rf_code remember(http_client_input *self, const rf_http_task *task, rf_error *reterr) {
    rf_batch_clear(self->asking);
    rf_message *message = rf_batch_add(self->asking);
    if (!message)
        return rf_raise_nomem(reterr);
    if (rf_dynamic_is_fixed(self->conf.url) && self->conf.headers.count == 0 && !self->payload)
        return RF_OK;
    self->asking->count = 0;
    return add(self, task, self->asking, reterr);
}

static rf_code take(http_client_input *self, const rf_http_task *task, rf_batch *batch, rf_error *reterr) {
    if (task->code == RF_ECLOSED)
        return RF_EAGAIN;
    if (task->code) {
        (void)rf_raise(reterr, RF_EIO, "%s", task->error);
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return RF_EIO;
    }
    if (task->answer.len == 0 && self->drop_empty_bodies) {
        self->pause_ns = self->pause_ns ? 2 * self->pause_ns : PAUSE_FIRST_NS;
        self->pause_ns = self->pause_ns < PAUSE_LAST_NS ? self->pause_ns : PAUSE_LAST_NS;
        return RF_EAGAIN;
    }
    self->pause_ns = 0;
    rf_code code = add(self, task, batch, reterr);
    return code ? code : remember(self, task, reterr);
}

static rf_code http_client_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    http_client_input *self = state;
    rf_http_task task = { 0 };
    assert(self->session && max > 0);
    if (self->stream_conf.enabled)
        return rf_http_stream_read(&self->stream, &self->wake, batch, max, wait_ns, reterr);
    (void)wait_ns; /* a request takes as long as it takes; `wake` ends it */
    if (self->pause_ns)
        (void)rf_wake_wait(&self->wake, -1, self->pause_ns);
    if (self->asking->count == 0 && !rf_batch_add(self->asking))
        return rf_raise_nomem(reterr);
    rf_code code = make(self, &task, reterr);
    if (!code) {
        rf_http_session_run(self->session, &task, 1, false);
        code = take(self, &task, batch, reterr);
    }
    rf_http_task_done(&self->client, &task);
    if (code == RF_ENOMEM || code == RF_ESCRIPT)
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

static void http_client_wake(void *state) {
    const http_client_input *self = state;
    rf_wake_up(&self->wake);
    atomic_store(&((http_client_input *)state)->stream.ending, true);
    if (self->session)
        rf_http_session_wake(self->session);
}

static void http_client_close(void *state) {
    http_client_input *self = state;
    if (!self->open)
        return;
    rf_http_stream_done(&self->stream);
    rf_http_session_free(self->session);
    rf_http_client_done(&self->client);
    rf_batch_free(self->asking);
    rf_wake_done(&self->wake);
}

const rf_input_kind rf_http_client_input_kind = {
    .name = "http_client",
    .summary = "Polls a URL; each answer is a message.",
    .detail = "Requests follow each other without a pause as long as they bring something; `rate_limit` bounds them. Each message has the metadata "
              "`http_status_code`. With `stream` one request is made, and its answer is read as long as it goes on. A poll cannot be given back: what the server handed out is lost when riffle is killed before it was written.",
    .example = "input:\n"
               "  http_client:\n"
               "    url: http://127.0.0.1:4196/next\n"
               "    extract_headers: {include_prefixes: [etag]}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = http_client_fields,
    .state_size = sizeof(http_client_input),
    .open = http_client_open,
    .connect = http_client_connect,
    .read = http_client_read,
    .wake = http_client_wake,
    .close = http_client_close,
};
