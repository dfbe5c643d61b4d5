/* http_server: who asks gets the next message. */
#include "base/clock.h"
#include "base/slice.h"
#include "components/inputs/http_server.h"

#include <assert.h>

#define ASKER_WAIT_NS (200 * RF_NS_PER_MS) /* one call of write; the host calls again */
#define SEND_WAIT_NS (15 * RF_NS_PER_S)    /* a client that does not read is hung up on before */

#define AT(member) offsetof(rf_http_server, member)

static const rf_field http_server_fields[] = {
    { .name = "address", .type = RF_FIELD_STRING, .offset = AT(address),
      .doc = "Where to listen, such as `0.0.0.0:8080`. Empty: on the port of the service (`http.address`), beside /metrics." },
    { .name = "path", .type = RF_FIELD_STRING, .offset = AT(path), .standard = "/get", .doc = "The path that is served." },
    { .name = "allowed_verbs", .type = RF_FIELD_STRINGS, .offset = AT(allowed_verbs),
      .doc = "Verbs that are answered; others get 405. Not given: `[GET]`." },
    { .name = "timeout", .type = RF_FIELD_DURATION, .offset = AT(timeout_ns), .standard = "5s",
      .doc = "How long a request waits for a message; then it is answered with 408." },
    { .name = "max_in_flight", .type = RF_FIELD_INT, .offset = AT(max_in_flight), .standard = "256", .flags = RF_FIELD_ADVANCED, .min = 1, .max = 16384,
      .doc = "Requests that may wait at a time; one more is answered with 503 and `Retry-After`." },
    { .name = "max_body_size", .type = RF_FIELD_SIZE, .offset = AT(max_body_size), .standard = "64KiB", .flags = RF_FIELD_ADVANCED,
      .doc = "The largest body of a request, which is not looked at." },
    RF_HTTP_SERVER_FIELDS,
    { .name = "stream_path", .type = RF_FIELD_STRING, .offset = AT(stream_path), .flags = RF_FIELD_ADVANCED,
      .doc = "Accepted for compatibility: messages are given one by one." },
    { .name = "ws_path", .type = RF_FIELD_STRING, .offset = AT(ws_path), .flags = RF_FIELD_ADVANCED,
      .doc = "Accepted for compatibility: websockets are not served." },
    { 0 },
};

static rf_code http_server_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    rf_http_server *self = state;
    self->standard_verb = "GET";
    return rf_http_server_set_up(self, "Timed out waiting for message", "Server closed", conf, env, reterr);
}

static rf_code http_server_connect(void *state, rf_error *reterr) { return rf_http_server_listen(state, reterr); }

/* `parts`: of several messages, else NULL. Errors: RF_ENOMEM. A message that no bytes can be made of is marked as failed. */
static rf_code put(rf_batch *batch, const rf_multipart_writer *parts, rf_buffer *out, uint32_t *ret_unwritten, rf_error *reterr) {
    uint32_t unwritten = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_slice bytes;
        rf_error error = { 0 };
        rf_code code = rf_message_bytes(batch, &batch->messages[i], &bytes, &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (code) {
            rf_message_fail(batch, &batch->messages[i], "%s", error.message);
            unwritten++;
        } else if (parts) {
            rf_multipart_put(parts, RF_MULTIPART_BYTES, bytes);
        } else {
            rf_buffer_slice(out, bytes);
        }
    }
    if (parts)
        rf_multipart_end(parts);
    *ret_unwritten = unwritten;
    return out->failed ? rf_raise_nomem(reterr) : RF_OK;
}

/* A batch is one answer. */
static rf_code http_server_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    rf_http_server *self = state;
    const bool many = batch->count > 1;
    rf_multipart_writer parts;
    uint32_t unwritten = 0;
    rf_arrival *asker = rf_arrivals_take(self->arrivals, ASKER_WAIT_NS);
    if (!asker)
        return rf_raise(reterr, RF_EAGAIN, "nobody asks for it");
    rf_code code = many ? rf_multipart_begin(&parts, &asker->reply, reterr) : RF_OK;
    if (!code)
        code = put(batch, many ? &parts : NULL, &asker->reply, &unwritten, reterr);
    if (code) {
        rf_arrival_answer(asker, MHD_HTTP_SERVICE_UNAVAILABLE, "try again");
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return code;
    }
    if (!rf_arrival_give(asker, many ? parts.type : "application/octet-stream", SEND_WAIT_NS))
        return rf_raise(reterr, RF_EAGAIN, "who asked for it has gone"); /* the next one gets it */
    *ret_unwritten = unwritten;
    return RF_OK;
}

static void http_server_close(void *state) { rf_http_server_shut(state); }

const rf_output_kind rf_http_server_output_kind = {
    .name = "http_server",
    .summary = "Gives messages to whoever asks by HTTP.",
    .detail = "Each request takes the next message, or waits for it; a batch of several is one multipart answer. A message is delivered when its answer "
              "went out as a whole: who hangs up before leaves it to the next one. There is no way to tell that a client has made something of it.",
    .example = "http:\n"
               "  address: 127.0.0.1:4195\n"
               "input:\n"
               "  generate:\n"
               "    mapping: root.value = counter()\n"
               "    interval: 1s\n"
               "output:\n"
               "  http_server:\n"
               "    path: /next   # curl http://127.0.0.1:4195/next\n",
    .fields = http_server_fields,
    .state_size = sizeof(rf_http_server),
    .open = http_server_open,
    .connect = http_server_connect,
    .write = http_server_write,
    .close = http_server_close,
};
