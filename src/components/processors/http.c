/* http: asks a server about each message; its answer takes the payload's place. */
#include "components/http_client.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "components/multipart.h"
#include "components/processors/parcels.h"

#include <assert.h>

typedef struct http_processor {
    rf_http_client_conf conf;
    bool parallel, batch_as_multipart;
    rf_http_client client;
    rf_log_limit complaints;
} http_processor;

/* One thread's. */
typedef struct http_local {
    rf_http_session *session;
    rf_http_task *tasks; /* zeroed between batches */
    uint32_t cap;
    rf_buffer parts; /* a batch's request, while it is asked about */
} http_local;

#define PARALLEL_MAX 64u

static const rf_field http_fields[] = {
    RF_HTTP_CLIENT_FIELDS(http_processor, conf, "POST"),
    { .name = "batch_as_multipart", .type = RF_FIELD_BOOL, .offset = offsetof(http_processor, batch_as_multipart), .standard = "false",
      .flags = RF_FIELD_ADVANCED, .doc = "Asks about each batch with one multipart request, with the URL and headers of its first message; one message is "
                                         "sent as it is. Of a multipart answer each part is a message, of any other all of it." },
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
    rf_buffer_done(&local->parts);
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

/* ---- A batch in one request ---- */

/* A batch of the user's, messages [begin, end), being asked about. */
typedef struct whole {
    http_processor *self;
    http_local *local;
    rf_parcels *parcels;
    uint32_t begin, end;
} whole;

static rf_code make_whole(const whole *w, rf_http_task *task, rf_error *reterr) {
    rf_batch *batch = w->parcels->batch;
    rf_buffer *parts = &w->local->parts;
    rf_buffer_clear(parts);
    if (w->end - w->begin == 1)
        return rf_http_task_make(&w->self->client, batch, w->begin, NULL, NULL, task, reterr);
    rf_multipart_writer writer;
    rf_code code = rf_multipart_begin(&writer, parts, reterr);
    for (uint32_t i = w->begin; i < w->end && !code; i++) {
        rf_slice bytes;
        code = rf_message_bytes(batch, &batch->messages[i], &bytes, reterr);
        if (!code)
            rf_multipart_put(&writer, RF_MULTIPART_BYTES, bytes);
    }
    if (code)
        return code;
    rf_multipart_end(&writer);
    if (parts->failed)
        return rf_raise_nomem(reterr);
    rf_slice body = rf_buffer_view(parts);
    return rf_http_task_make(&w->self->client, batch, w->begin, &body, writer.type, task, reterr);
}

/* All of them go on as they were. */
static rf_code fail_whole(const whole *w, const rf_http_task *task, const char *why, rf_error *reterr) {
    rf_batch *batch = w->parcels->batch;
    complain(w->self, task->url, why);
    for (uint32_t i = w->begin; i < w->end; i++) {
        rf_message *message = &batch->messages[i];
        if (task->status && !rf_batch_set_meta(batch, message, RF_SLICE("http_status_code"), rf_int(task->status)))
            return rf_raise_nomem(reterr);
        rf_message_fail(batch, message, "%s", why);
        rf_parcels_add(w->parcels, message);
    }
    return RF_OK;
}

/* Answer `number`, with the metadata of the message in its place, or else of the first. False: out of memory. */
static bool add_answer(const whole *w, const rf_http_task *task, uint32_t number, rf_slice content) {
    rf_batch *batch = w->parcels->batch;
    rf_message made;
    rf_slice copy = content.len ? rf_slice_dup_in(&batch->arena, content) : RF_SLICE("");
    rf_message_share(&batch->messages[w->begin + (number < w->end - w->begin ? number : 0)], &made);
    made.payload = rf_text(RF_RAW, copy);
    if (!copy.data || !rf_batch_set_meta(batch, &made, RF_SLICE("http_status_code"), rf_int(task->status)) ||
        !rf_http_task_extract(&w->self->client, task, batch, &made))
        return false;
    rf_parcels_add(w->parcels, &made);
    return true;
}

/* Of the answer's head: "Content-Type: multipart/mixed; boundary=x". data NULL: it has no parts. */
static rf_slice boundary_of(const rf_http_task *task) {
    static const rf_slice name = { "content-type:", 13 };
    for (rf_slice rest = rf_buffer_view(&task->head); rest.len;) {
        size_t end = rf_slice_find(rest, '\n');
        rf_slice line = { rest.data, end };
        if (line.len > name.len && rf_slice_eq_nocase((rf_slice){ line.data, name.len }, name))
            return rf_multipart_boundary(rf_slice_trim((rf_slice){ line.data + name.len, line.len - name.len }));
        end += end < rest.len;
        rest = (rf_slice){ rest.data + end, rest.len - end };
    }
    return (rf_slice){ 0 };
}

static bool is_whole(rf_multipart parts) {
    rf_slice head, content;
    rf_multipart_next next;
    while ((next = rf_multipart_read(&parts, &head, &content)) == RF_MULTIPART_PART) {
    }
    return next == RF_MULTIPART_END;
}

static rf_code take_whole(const whole *w, const rf_http_task *task, rf_error *reterr) {
    rf_slice head, content;
    rf_multipart parts = { .body = rf_buffer_view(&task->answer), .boundary = boundary_of(task) };
    bool good = true;
    if (!parts.boundary.data)
        return add_answer(w, task, 0, parts.body) ? RF_OK : rf_raise_nomem(reterr);
    if (!is_whole(parts))
        return fail_whole(w, task, "the parts of the answer are broken", reterr);
    for (uint32_t i = 0; good && rf_multipart_read(&parts, &head, &content) == RF_MULTIPART_PART; i++)
        good = add_answer(w, task, i, content);
    return good ? RF_OK : rf_raise_nomem(reterr);
}

typedef struct asking { http_processor *self; http_local *local; } asking;

static rf_code ask_whole(void *state, rf_parcels *parcels, uint32_t begin, uint32_t end, rf_error *reterr) {
    const asking *who = state;
    const whole w = { who->self, who->local, parcels, begin, end };
    rf_http_task task = { 0 };
    rf_error error = { 0 };
    rf_code code = make_whole(&w, &task, &error);
    if (code == RF_ENOMEM) {
        code = rf_raise_nomem(reterr);
    } else if (code) {
        code = fail_whole(&w, &task, error.message, reterr);
    } else {
        rf_http_session_run(who->local->session, &task, 1, false);
        code = task.code ? fail_whole(&w, &task, task.error, reterr) : take_whole(&w, &task, reterr);
    }
    rf_http_task_done(&who->self->client, &task);
    return code;
}

static rf_code http_process(void *state, void *arg, rf_batch *batch, rf_error *reterr) {
    http_processor *self = state;
    http_local *local = arg;
    bool good = true;
    assert(local);
    if (self->batch_as_multipart)
        return rf_parcels_each(batch, ask_whole, &(asking){ self, local }, reterr);
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
