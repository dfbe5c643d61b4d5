/* http_client: each message a request; several under way at a time. */
#include "components/http_client.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "components/multipart.h"
#include "stream/answer.h"
#include "stream/config.h"

#include <assert.h>

/* A part of each message's request, as the config says. */
typedef struct part { rf_dynamic *content_type, *content_disposition, *body; } part;

typedef struct http_client_output {
    rf_http_client_conf conf;
    int64_t max_in_flight;
    bool batch_as_multipart, propagate_response;
    rf_list multipart; /* part */
    rf_batching batching;

    rf_http_client client;
    rf_http_session *session;
    uint32_t delivered;  /* with max_in_flight 1, of the batch that failed and comes again: so many of the first are done with */
    rf_http_task *tasks; /* `task_cap`; zeroed between writes */
    uint32_t task_cap;
    uint32_t unwritten;
    rf_buffer parts;     /* a multipart body, while it is made or, of a whole batch, sent */
    rf_log_limit complaints;
    rf_batch *answers;   /* what the input's client is given; NULL: nothing */
} http_client_output;

static const rf_field part_fields[] = {
    { .name = "content_type", .type = RF_FIELD_DYNAMIC, .offset = offsetof(part, content_type), .doc = "Its header `Content-Type`." },
    { .name = "content_disposition", .type = RF_FIELD_DYNAMIC, .offset = offsetof(part, content_disposition),
      .doc = "Its header `Content-Disposition`, such as `form-data; name=\"value\"`." },
    { .name = "body", .type = RF_FIELD_DYNAMIC, .offset = offsetof(part, body), .doc = "What it holds." },
    { 0 },
};

static const rf_field http_client_fields[] = {
    RF_HTTP_CLIENT_FIELDS(http_client_output, conf, "POST"),
    { .name = "max_in_flight", .type = RF_FIELD_INT, .offset = offsetof(http_client_output, max_in_flight), .standard = "64", .min = 1, .max = 4096,
      .doc = "Requests of a batch that are under way at a time. With 1 each begins when the one before it was answered, and one that fails holds up those behind it: order is kept." },
    { .name = "batch_as_multipart", .type = RF_FIELD_BOOL, .offset = offsetof(http_client_output, batch_as_multipart), .standard = "false",
      .doc = "Sends each batch as one multipart request, with the URL and headers of its first message." },
    { .name = "multipart", .type = RF_FIELD_OBJECTS, .offset = offsetof(http_client_output, multipart), .fields = part_fields, .item_size = sizeof(part),
      .flags = RF_FIELD_ADVANCED, .doc = "The parts of each message's request, in place of its payload." },
    { .name = "propagate_response", .type = RF_FIELD_BOOL, .offset = offsetof(http_client_output, propagate_response), .standard = "false",
      .flags = RF_FIELD_ADVANCED, .doc = "Gives the server's answers to whoever sent the messages and waits for one (`http_server`), with the metadata "
                                         "`http_status_code` and `extract_headers`. Others have no use for them. With `batching` each has the answers to "
                                         "what it sent; of several that processors made one, the sender of the first; to a multipart request, all." },
    RF_OUTPUT_BATCHING(http_client_output),
    { 0 },
};

static rf_code http_client_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    http_client_output *self = state;
    self->complaints = (rf_log_limit){ .burst = 10, .period_ns = UINT64_C(1000000000) };
    rf_code code = rf_http_client_open(&self->client, &self->conf, conf, env, reterr);
    if (!code && self->multipart.count && self->batch_as_multipart) {
        rf_error error = { 0 };
        (void)rf_raise(&error, RF_ECONFIG, "batch_as_multipart and multipart exclude each other");
        rf_error_hint(&error, "`multipart` makes a request of each message, batch_as_multipart one of all");
        code = rf_conf_report(rf_conf_child(conf, "multipart"), &error);
    }
    if (!code && self->propagate_response && !(self->answers = rf_batch_new(env->keys)))
        code = rf_raise_nomem(reterr);
    return code;
}

static rf_code http_client_connect(void *state, rf_error *reterr) {
    http_client_output *self = state;
    rf_code code = rf_http_client_connect(&self->client, reterr);
    return code || self->session ? code : rf_http_session_new(&self->client, (unsigned)self->max_in_flight, &self->session, reterr);
}

static bool make_room(http_client_output *self, uint32_t count) {
    if (count <= self->task_cap)
        return true;
    rf_http_task *tasks = rf_realloc(self->tasks, count * sizeof *tasks);
    if (!tasks)
        return false;
    memset(tasks + self->task_cap, 0, (count - self->task_cap) * sizeof *tasks);
    self->tasks = tasks;
    self->task_cap = count;
    return true;
}

/* ---- Writing ---- */

/* One whose request cannot be made fails alone. */
static void give_up(http_client_output *self, rf_batch *batch, uint32_t index, const rf_error *error) {
    const rf_env *env = self->client.env;
    uint32_t suppressed;
    rf_message_fail(batch, &batch->messages[index], "%s", error->message);
    self->tasks[index].done = true;
    self->unwritten++;
    if (rf_log_limit_pass(&self->complaints, &suppressed))
        rf_log_write(env->log, RF_LOG_ERROR, &env->origin, "message not written: %s", error->message);
}

/* Errors: RF_ESCRIPT, RF_ENOMEM. */
static rf_code put_header(rf_buffer *out, const char *name, rf_dynamic *value, rf_batch *batch, uint32_t index, rf_error *reterr) {
    rf_slice text = RF_SLICE("");
    rf_code code = value ? rf_dynamic_text(value, batch, index, &text, reterr) : RF_OK;
    if (code || !text.len)
        return code;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < ' ' && text.data[i] != '\t')
            return rf_raise(reterr, RF_ESCRIPT, "the header %s of a part has a character that headers may not have", name);
    rf_buffer_printf(out, "%s: ", name);
    rf_buffer_slice(out, text);
    rf_buffer_text(out, "\r\n");
    return RF_OK;
}

static rf_code put_part(const rf_multipart_writer *writer, const part *one, rf_batch *batch, uint32_t index, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer head = { 0 };
    rf_slice body = RF_SLICE("");
    rf_code code = put_header(&head, "Content-Type", one->content_type, batch, index, reterr);
    if (!code)
        code = put_header(&head, "Content-Disposition", one->content_disposition, batch, index, reterr);
    if (!code && one->body)
        code = rf_dynamic_text(one->body, batch, index, &body, reterr);
    if (!code)
        rf_multipart_put(writer, rf_buffer_view(&head), body);
    return code || !head.failed ? code : rf_raise_nomem(reterr);
}

/* The body that the config's parts make of a message; it lives in the batch's arena. Errors: RF_ESCRIPT, RF_EIO, RF_ENOMEM. */
static rf_code make_parts(http_client_output *self, rf_batch *batch, uint32_t index, rf_multipart_writer *writer, rf_slice *ret_body,
                          rf_error *reterr) {
    const part *parts = self->multipart.items;
    rf_buffer_clear(&self->parts);
    rf_code code = rf_multipart_begin(writer, &self->parts, reterr);
    for (size_t i = 0; i < self->multipart.count && !code; i++)
        code = put_part(writer, &parts[i], batch, index, reterr);
    if (code)
        return code;
    rf_multipart_end(writer);
    *ret_body = self->parts.failed ? (rf_slice){ 0 } : rf_slice_dup_in(&batch->arena, rf_buffer_view(&self->parts));
    return ret_body->data ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code make_task(http_client_output *self, rf_batch *batch, uint32_t index, rf_error *reterr) {
    rf_multipart_writer writer;
    rf_slice body;
    if (self->multipart.count == 0)
        return rf_http_task_make(&self->client, batch, index, NULL, NULL, &self->tasks[index], reterr);
    rf_code code = make_parts(self, batch, index, &writer, &body, reterr);
    return code ? code : rf_http_task_make(&self->client, batch, index, &body, writer.type, &self->tasks[index], reterr);
}

static rf_code make_tasks(http_client_output *self, rf_batch *batch, rf_error *reterr) {
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_http_task *task = &self->tasks[i];
        rf_code code = make_task(self, batch, i, &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (code)
            give_up(self, batch, i, &error);
        else
            task->done = i < self->delivered;
    }
    return RF_OK;
}

static rf_code make_multipart(http_client_output *self, rf_batch *batch, rf_error *reterr) {
    rf_multipart_writer writer;
    rf_buffer_clear(&self->parts);
    rf_code code = rf_multipart_begin(&writer, &self->parts, reterr);
    if (code)
        return code;
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_slice bytes;
        code = rf_message_bytes(batch, &batch->messages[i], &bytes, reterr);
        if (code == RF_ENOMEM)
            return code;
        if (!code)
            rf_multipart_put(&writer, RF_MULTIPART_BYTES, bytes);
    }
    rf_multipart_end(&writer);
    if (self->parts.failed)
        return rf_raise_nomem(reterr);
    rf_slice body = rf_buffer_view(&self->parts);
    return rf_http_task_make(&self->client, batch, 0, &body, writer.type, &self->tasks[0], reterr);
}

static rf_code raise_task(const rf_http_task *task, rf_error *reterr) {
    (void)rf_raise(reterr, RF_EIO, "%s", task->error);
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EIO;
}

/* In order: those before the first that failed are done with, and the batch comes again from there. */
static rf_code judge_in_order(http_client_output *self, uint32_t count, rf_error *reterr) {
    for (uint32_t i = 0; i < count; i++)
        if (self->tasks[i].code) {
            self->delivered = i;
            return raise_task(&self->tasks[i], reterr);
        }
    self->delivered = 0;
    return RF_OK;
}

/* Those that failed are refused one by one, and come again by themselves; unless nothing at all went, which is the server's affair. */
static rf_code judge_each(const http_client_output *self, rf_batch *batch, uint32_t count, rf_error *reterr) {
    uint32_t failed = 0, first = 0;
    for (uint32_t i = count; i > 0; i--)
        if (self->tasks[i - 1].code) {
            first = i - 1;
            failed++;
        }
    if (failed == count)
        return raise_task(&self->tasks[first], reterr);
    for (uint32_t i = 0; i < count; i++)
        if (self->tasks[i].code && !rf_batch_refuse(batch, i, "%s", self->tasks[i].error))
            return rf_raise_nomem(reterr);
    return RF_OK;
}

/* One answer as a message. */
static rf_code add_answer(http_client_output *self, uint32_t index, rf_error *reterr) {
    const rf_http_task *task = &self->tasks[index];
    rf_slice body = rf_buffer_view(&task->answer);
    rf_slice copy = body.len ? rf_slice_dup_in(&self->answers->arena, body) : RF_SLICE("");
    rf_message *message = copy.data ? rf_batch_add(self->answers) : NULL;
    if (!message)
        return rf_raise_nomem(reterr);
    message->payload = rf_text(RF_RAW, copy);
    message->origin = self->batch_as_multipart ? 0 : index + 1; /* of one request for all each sender gets the answer */
    if (rf_batch_set_meta(self->answers, message, RF_SLICE("http_status_code"), rf_int(task->status)) &&
        rf_http_task_extract(&self->client, task, self->answers, message))
        return RF_OK;
    return rf_raise_nomem(reterr);
}

/* To the input's client. An answer that cannot be made is told, and a plain one given: the messages are where they belong. */
static void propagate(http_client_output *self, rf_batch *batch, uint32_t count) {
    const rf_env *env = self->client.env;
    rf_error error = { 0 };
    rf_code code = RF_OK;
    if (!self->answers || !rf_answer_is_awaited(batch))
        return;
    rf_batch_clear(self->answers);
    for (uint32_t i = 0; i < count && !code; i++)
        if (!self->tasks[i].code && self->tasks[i].status) /* one that was not even asked has none */
            code = add_answer(self, i, &error);
    if (!code)
        code = rf_answer_give(batch, self->answers, &error);
    if (code)
        rf_log_write_limited(env->log, RF_LOG_ERROR, &env->origin, &self->complaints, "the answer cannot be made: %s", error.message);
}

static void clear_tasks(http_client_output *self, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        rf_http_task_done(&self->client, &self->tasks[i]);
        self->tasks[i] = (rf_http_task){ 0 };
    }
}

static rf_code http_client_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    http_client_output *self = state;
    uint32_t count = self->batch_as_multipart ? 1 : batch->count;
    assert(self->session && batch->count > 0);
    if (!make_room(self, count))
        return rf_raise_nomem(reterr);
    self->unwritten = 0;
    rf_code code = self->batch_as_multipart ? make_multipart(self, batch, reterr) : make_tasks(self, batch, reterr);
    if (!code) {
        rf_http_session_run(self->session, self->tasks, count, self->max_in_flight == 1);
        code = self->max_in_flight == 1 || self->batch_as_multipart ? judge_in_order(self, count, reterr)
                                                                    : judge_each(self, batch, count, reterr);
    }
    if (!code)
        propagate(self, batch, count);
    clear_tasks(self, count);
    if (code == RF_ENOMEM)
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    if (!code)
        *ret_unwritten = self->unwritten;
    return code;
}

static void http_client_forget(void *state) {
    http_client_output *self = state;
    self->delivered = 0;
}

static void http_client_close(void *state) {
    http_client_output *self = state;
    rf_http_session_free(self->session);
    rf_http_client_done(&self->client);
    rf_batch_free(self->answers);
    rf_buffer_done(&self->parts);
    rf_free(self->tasks);
}

const rf_output_kind rf_http_client_output_kind = {
    .name = "http_client",
    .summary = "Sends messages as HTTP requests.",
    .detail = "A message is delivered when its request was answered with 2xx (or a status of `successful_on`). Any other answer, none within "
              "`timeout`, or no connection is tried again: `retries` times after `retry_period`, then with the pauses of all outputs, or goes where a "
              "`fallback` around it says; of a batch only what was not answered is sent again. A server that takes a request and dies before it answers gets it "
              "twice: at least once.\n"
              "A message whose URL or headers cannot be made is counted and logged, and fails alone. libcurl is loaded when it is used "
              "(package libcurl4); connections are kept and used again.",
    .example = "input:\n"
               "  generate:\n"
               "    mapping: root.value = counter()\n"
               "    interval: 100ms\n"
               "    count: 3\n"
               "output:\n"
               "  http_client:\n"
               "    url: http://127.0.0.1:4196/values\n"
               "    headers:\n"
               "      Content-Type: application/json\n"
               "    max_in_flight: 8\n",
    .fields = http_client_fields,
    .state_size = sizeof(http_client_output),
    .open = http_client_open,
    .connect = http_client_connect,
    .write = http_client_write,
    .forget = http_client_forget,
    .close = http_client_close,
    .batching_at = offsetof(http_client_output, batching),
};
