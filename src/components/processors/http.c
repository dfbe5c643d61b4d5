/* http: asks a server about each message; its answer takes the payload's place. */
#include "components/http_client.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>

typedef struct http_processor {
    rf_http_client_conf conf;
    bool parallel;
    rf_http_client client;
    rf_log_limit complaints;
} http_processor;

/* One thread's. */
typedef struct http_local {
    rf_http_session *session;
    rf_http_task *tasks; /* zeroed between batches */
    uint32_t cap;
} http_local;

#define PARALLEL_MAX 64u

static const rf_field http_fields[] = {
    RF_HTTP_CLIENT_FIELDS(http_processor, conf, "POST"),
    { .name = "parallel", .type = RF_FIELD_BOOL, .offset = offsetof(http_processor, parallel), .standard = "false",
      .doc = "Whether the messages of a batch are asked about at the same time, up to 64, instead of one after another. Their order stays." },
    { 0 },
};

static rf_code http_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    http_processor *self = state;
    self->complaints = (rf_log_limit){ .burst = 10, .period_ns = UINT64_C(1000000000) };
    return rf_http_client_open(&self->client, &self->conf, conf, env, reterr);
}

static rf_code http_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    http_processor *self = state;
    (void)shard;
    rf_code code = rf_http_client_connect(&self->client, reterr);
    if (code)
        return code;
    http_local *local = rf_alloc_zero(1, sizeof *local);
    if (!local)
        return rf_raise_nomem(reterr);
    code = rf_http_session_new(&self->client, self->parallel ? PARALLEL_MAX : 1, &local->session, reterr);
    if (code) {
        rf_free(local);
        return code;
    }
    *ret_local = local;
    return RF_OK;
}

static void http_detach(void *state, void *arg) {
    http_local *local = arg;
    (void)state;
    if (!local)
        return;
    rf_http_session_free(local->session);
    rf_free(local->tasks);
    rf_free(local);
}

static void complain(http_processor *self, rf_slice url, const char *why) {
    const rf_env *env = self->client.env;
    uint32_t suppressed;
    if (rf_log_limit_pass(&self->complaints, &suppressed))
        rf_log_write(env->log, RF_LOG_ERROR, &env->origin, "HTTP request to '%.*s' failed: %s", RF_SLICE_ARG(url), why);
}

static rf_code make_tasks(http_processor *self, const http_local *local, rf_batch *batch, rf_error *reterr) {
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_http_task *task = &local->tasks[i];
        rf_code code = rf_http_task_make(&self->client, batch, i, NULL, NULL, task, &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (!code)
            continue;
        task->done = true; /* it fails alone, unasked */
        task->code = code;
        rf_message_fail(batch, &batch->messages[i], "%s", error.message);
        complain(self, task->url, error.message);
    }
    return RF_OK;
}

/* What came of message i. False: out of memory. */
static bool apply(http_processor *self, const rf_http_task *task, rf_batch *batch, uint32_t i) {
    rf_message *message = &batch->messages[i];
    if (task->code == RF_ESCRIPT)
        return true; /* told already */
    if (task->status && !rf_batch_set_meta(batch, message, RF_SLICE("http_status_code"), rf_int(task->status)))
        return false;
    if (task->code) {
        rf_message_fail(batch, message, "%s", task->error);
        complain(self, task->url, task->error);
        return true;
    }
    rf_slice body = rf_buffer_view(&task->answer);
    rf_slice copy = body.len ? rf_slice_dup_in(&batch->arena, body) : RF_SLICE("");
    if (!copy.data)
        return false;
    message->payload = rf_text(RF_RAW, copy);
    return rf_http_task_extract(&self->client, task, batch, message);
}

static bool make_room(http_local *local, uint32_t count) {
    if (count <= local->cap)
        return true;
    rf_http_task *tasks = rf_realloc(local->tasks, count * sizeof *tasks);
    if (!tasks)
        return false;
    memset(tasks + local->cap, 0, (count - local->cap) * sizeof *tasks);
    local->tasks = tasks;
    local->cap = count;
    return true;
}

static rf_code http_process(void *state, void *arg, rf_batch *batch, rf_error *reterr) {
    http_processor *self = state;
    http_local *local = arg;
    bool good = true;
    assert(local);
    if (!make_room(local, batch->count))
        return rf_raise_nomem(reterr);
    rf_code code = make_tasks(self, local, batch, reterr);
    if (!code)
        rf_http_session_run(local->session, local->tasks, batch->count, false);
    for (uint32_t i = 0; i < batch->count; i++) {
        if (!code && good)
            good = apply(self, &local->tasks[i], batch, i);
        rf_http_task_done(&self->client, &local->tasks[i]);
        local->tasks[i] = (rf_http_task){ 0 };
    }
    return good || code ? code : rf_raise_nomem(reterr);
}

static void http_close(void *state) {
    http_processor *self = state;
    rf_http_client_done(&self->client);
}

const rf_processor_kind rf_http_kind = {
    .name = "http",
    .summary = "Asks a server about each message; the answer becomes its payload.",
    .detail = "The payload is the body of the request. Metadata stay, and `http_status_code` is set. A request that failed after all its tries "
              "(`retries`) leaves the message as it was, and marks it as failed; the text says why. Connections are kept, one set a worker "
              "thread.",
    .example = "input:\n"
               "  generate:\n"
               "    mapping: root.value = counter()\n"
               "    count: 3\n"
               "pipeline:\n"
               "  processors:\n"
               "    - http:\n"
               "        url: http://127.0.0.1:4196/enrich\n"
               "        retries: 1\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = http_fields,
    .state_size = sizeof(http_processor),
    .open = http_open,
    .attach = http_attach,
    .process = http_process,
    .detach = http_detach,
    .close = http_close,
};
