/* http_server: requests as messages; the answer waits until they are where they belong. */
#include "components/inputs/http_server.h"

#include "base/clock.h"
#include "base/slice.h"
#include "components/http_path.h"
#include "observe/http_serve.h"

#include <assert.h>
#include <inttypes.h>

#define AT RF_HTTP_SERVER_AT
#define IN_FLIGHT_STANDARD "256"

static const rf_field reply_fields[] = {
    { .name = "status", .type = RF_FIELD_DYNAMIC, .offset = AT(reply_status) - AT(reply_status), .standard = "\"200\"",
      .doc = "The status, such as `${! meta(\"status\") }`." },
    { .name = "headers", .type = RF_FIELD_DYNAMICS, .offset = AT(reply_headers) - AT(reply_status),
      .doc = "Headers. Without a `Content-Type` it is application/octet-stream." },
    { .name = "metadata_headers", .type = RF_FIELD_OBJECT, .offset = AT(reply_metadata) - AT(reply_status), .fields = rf_meta_filter_fields,
      .flags = RF_FIELD_ADVANCED, .doc = "Metadata that become headers; none unless chosen." },
    { 0 },
};

static const rf_field http_server_fields[] = {
    { .name = "address", .type = RF_FIELD_STRING, .offset = AT(address),
      .doc = "Where to listen, such as `0.0.0.0:8080`. Empty: on the port of the service (`http.address`), beside /metrics." },
    { .name = "path", .type = RF_FIELD_STRING, .offset = AT(path), .standard = "/post",
      .doc = "The path that is served. `{id}` stands for a segment, or a part of one, which becomes the metadata `id`; `{rest:.*}` for all that "
             "follows." },
    { .name = "allowed_verbs", .type = RF_FIELD_STRINGS, .offset = AT(allowed_verbs),
      .doc = "Verbs that are taken; others are answered with 405. Not given: `[POST]`." },
    { .name = "timeout", .type = RF_FIELD_DURATION, .offset = AT(timeout_ns), .standard = "5s",
      .doc = "How long a request may wait until its messages are delivered. Then it is answered with 408; messages that no processor had seen "
             "yet are dropped with it, others go on and may come twice when the client tries again." },
    { .name = "max_body_size", .type = RF_FIELD_SIZE, .offset = AT(max_body_size), .standard = "32MiB", .flags = RF_FIELD_ADVANCED,
      .doc = "The largest body; a larger one is answered with 413. All requests that wait together may hold eight times as much." },
    { .name = "max_in_flight", .type = RF_FIELD_INT, .offset = AT(max_in_flight), .standard = IN_FLIGHT_STANDARD, .flags = RF_FIELD_ADVANCED,
      .min = 1, .max = 16384, .doc = "Requests that may wait at a time; one more is answered with 503 and `Retry-After`." },
    { .name = "rate_limit", .type = RF_FIELD_RATE_LIMIT_LABEL, .offset = AT(rate_limit),
      .doc = "One of `rate_limit_resources`: a request that it has no turn for is answered with 429 and `Retry-After`." },
    { .name = "sync_response", .type = RF_FIELD_OBJECT, .offset = AT(reply_status), .fields = reply_fields, .flags = RF_FIELD_ADVANCED,
      .doc = "What the processor or the output `sync_response` answers with, beside the messages." },
    RF_HTTP_SERVER_FIELDS,
    { .name = "tcp", .type = RF_FIELD_OBJECT, .offset = AT(tcp), .fields = rf_net_tcp_fields, .flags = RF_FIELD_ADVANCED,
      .doc = "The socket of an own `address`." },
    { .name = "ws_path", .type = RF_FIELD_STRING, .offset = AT(ws_path), .flags = RF_FIELD_ADVANCED,
      .doc = "Accepted for compatibility: websockets are not served." },
    { .name = "ws_welcome_message", .type = RF_FIELD_STRING, .offset = AT(ws_welcome), .flags = RF_FIELD_ADVANCED, .doc = "As `ws_path`." },
    { .name = "ws_rate_limit_message", .type = RF_FIELD_STRING, .offset = AT(ws_limited), .flags = RF_FIELD_ADVANCED,
      .doc = "As `ws_path`." },
    { 0 },
};

static rf_code report(const rf_conf *conf, const char *field, const rf_error *error) {
    const rf_conf *node = rf_conf_child(conf, field);
    return rf_conf_report(node ? node : conf, error);
}

/* A certificate needs a port of its own: the service's is the service's affair. */
static rf_code check_tls(const rf_http_server *self, const rf_conf *conf) {
    rf_error error = { 0 };
    const char *field = self->tls.cert_file.len ? "cert_file" : "key_file";
    if (self->tls.cert_file.len == 0 && self->tls.key_file.len == 0 && self->tls.client_cas_file.len == 0)
        return RF_OK;
    if (self->address.len == 0) {
        (void)rf_raise(&error, RF_ECONFIG, "%s has no effect without an address: the service's port has its own", field);
        rf_error_hint(&error, "set `address` here, or cert_file and key_file at `http`");
    } else if (rf_gate_check(self->tls.cert_file, self->tls.key_file, &field, &error)) {
        error.code = RF_ECONFIG;
    } else {
        return RF_OK;
    }
    return report(conf, field, &error);
}

static rf_code check_cors(const rf_http_server *self, const rf_conf *conf) {
    rf_error error = { 0 };
    if (!self->cors.enabled)
        return RF_OK;
    if (self->address.len == 0) {
        (void)rf_raise(&error, RF_ECONFIG, "cors has no effect without an address: the service's port has its own");
        rf_error_hint(&error, "set `address` here, or `cors` at `http`");
    } else if (self->cors.allowed_origins.count == 0) {
        (void)rf_raise(&error, RF_ECONFIG, RF_HTTP_CORS_NOBODY);
        rf_error_hint(&error, RF_HTTP_CORS_HINT);
    } else {
        return RF_OK;
    }
    return report(conf, "cors", &error);
}

static rf_code check_bounds(const rf_http_server *self, const rf_conf *conf) {
    rf_error error = { 0 };
    if (self->timeout_ns == 0) {
        (void)rf_raise(&error, RF_ECONFIG, "timeout is zero: every request would fail");
        return report(conf, "timeout", &error);
    }
    if (self->max_body_size == 0 || self->max_body_size > (uint64_t)1 << 30) {
        (void)rf_raise(&error, RF_ECONFIG, "max_body_size must be from 1 byte to 1 GiB, got %" PRIu64, self->max_body_size);
        return report(conf, "max_body_size", &error);
    }
    return RF_OK;
}

static rf_code check(rf_http_server *self, const rf_conf *conf) {
    rf_error error = { 0 };
    rf_code path = rf_http_path_check(self->path, &error);
    if (path)
        (void)report(conf, "path", &error);
    rf_code bounds = check_bounds(self, conf);
    rf_code tls = check_tls(self, conf), cors = check_cors(self, conf);
    return path || bounds || tls || cors ? RF_ECONFIG : RF_OK;
}

/* Configs that were written out in full have them; who has set one waits in vain. */
static void warn_of_paths(const rf_http_server *self) {
    const struct { const char *name; rf_slice path; } unserved[] = { { "ws_path", self->ws_path }, { "stream_path", self->stream_path } };
    for (size_t i = 0; i < sizeof unserved / sizeof *unserved; i++)
        if (unserved[i].path.len)
            rf_log_write(self->env->log, RF_LOG_WARN, &self->env->origin, "%s is not served: `%.*s` is not found", unserved[i].name,
                         RF_SLICE_ARG(unserved[i].path));
}

/* The header of a 405. */
static void list_verbs(rf_http_server *self) {
    size_t used = 0;
    if (self->allowed_verbs.count == 0)
        used = (size_t)snprintf(self->allow, sizeof self->allow, "%s", self->standard_verb);
    for (size_t i = 0; i < self->allowed_verbs.count && used < sizeof self->allow; i++)
        used += (size_t)snprintf(self->allow + used, sizeof self->allow - used, "%s%.*s", i ? ", " : "",
                                 RF_SLICE_ARG(self->allowed_verbs.items[i]));
}

static void end(void *server) {
    const rf_http_server *self = server;
    rf_arrivals_close(self->arrivals);
}

rf_code rf_http_server_set_up(rf_http_server *self, const char *late, const char *closed, const rf_conf *conf, const rf_env *env,
                              rf_error *reterr) {
    assert(self->standard_verb);
    self->env = env;
    rf_mutex_init(&self->reply_lock);
    if (check(self, conf))
        return RF_ECONFIG;
    list_verbs(self);
    warn_of_paths(self);
    const rf_arrivals_limits limits = {
        .timeout_ns = self->timeout_ns, .body_bytes = self->max_body_size, .total_bytes = 8 * self->max_body_size, .count = (unsigned)self->max_in_flight,
        .late = late, .closed = closed,
    };
    rf_code code = rf_arrivals_new(&limits, &self->arrivals, reterr);
    if (code)
        return code;
    self->mount = (rf_http_mount){
        .arg = self, .path = self->path.data, .summary = "messages of the stream", .wants = rf_http_server_wants,
        .handle = rf_http_server_handle, .done = rf_http_server_over, .end = end, .connections = 2 * (unsigned)self->max_in_flight,
    };
    self->mounted = self->address.len == 0 && env->http;
    if (self->mounted)
        rf_http_mounts_add(env->http, &self->mount);
    return RF_OK;
}

static rf_code http_server_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    rf_http_server *self = state;
    self->standard_verb = "POST";
    self->reply = (rf_reply){ self, rf_http_server_reply };
    rf_code filter = rf_meta_filter_open(&self->reply_filter, &self->reply_metadata, conf, reterr);
    rf_code code = rf_http_server_set_up(self, "Request timed out", "the stream ends", conf, env, reterr);
    return code ? code : filter;
}

rf_code rf_http_server_listen(rf_http_server *self, rf_error *reterr) {
    char name[RF_LISTEN_NAME_MAX];
    rf_code code = rf_arrivals_start(self->arrivals, reterr);
    if (code || self->mounted || self->front.daemon)
        return code;
    if (self->address.len == 0) {
        code = rf_raise(reterr, RF_ECONFIG, "http_server has no address, and the service, on whose port it would be, is off");
        rf_error_hint(reterr, "set its `address`, or `http.enabled: true`");
        return code;
    }
    rf_http_where where = {
        .address = self->address, .shared_port = self->tcp.reuse_port, .tls = self->tls, .log = self->env->log, .origin = self->env->origin,
        .origins = self->cors.allowed_origins.items, .origin_count = self->cors.enabled ? self->cors.allowed_origins.count : 0,
    };
    where.tls.auth = where.tls.client_cas_file.len ? RF_GATE_REQUIRE_VALID : RF_GATE_NO;
    code = rf_http_serve(&self->mount, &where, &self->front, name, reterr);
    if (!code)
        rf_log_write(self->env->log, RF_LOG_INFO, &self->env->origin, "serving HTTP messages at http%s://%s%.*s",
                     where.tls.cert_file.len ? "s" : "", name, RF_SLICE_ARG(self->path));
    return code;
}

static rf_code http_server_connect(void *state, rf_error *reterr) { return rf_http_server_listen(state, reterr); }

static void http_server_nack(void *state, uint64_t mark, const char *why) {
    rf_http_server *self = state;
    rf_arrivals_nack(self->arrivals, mark, why);
}

static void http_server_ack(void *state, uint64_t mark, bool delivered) {
    const rf_http_server *self = state;
    rf_arrivals_ack(self->arrivals, mark, delivered);
}

static void http_server_wake(void *state) {
    const rf_http_server *self = state;
    rf_arrivals_wake(self->arrivals);
}

void rf_http_server_shut(rf_http_server *self) {
    rf_meta_filter_done(&self->reply_filter);
    if (self->env)
        rf_mutex_done(&self->reply_lock);
    self->env = self->arrivals ? self->env : NULL;
    if (!self->arrivals)
        return;
    if (self->current)
        rf_arrival_answer(self->current, MHD_HTTP_SERVICE_UNAVAILABLE, "the stream ends");
    rf_arrivals_close(self->arrivals);
    rf_http_front_close(&self->front);
    if (self->mounted)
        rf_http_mounts_remove(self->env->http, &self->mount);
    rf_arrivals_unref(self->arrivals);
}

static void http_server_close(void *state) { rf_http_server_shut(state); }

const rf_input_kind rf_http_server_input_kind = {
    .name = "http_server",
    .summary = "Receives messages as HTTP requests.",
    .detail = "The body of a request is a message; each part of a multipart body is one, and all are one batch. The answer comes when they "
              "are delivered: 200, also for what a processor filtered on purpose; 502 when the stream gave up on them, with the text of an output `reject` where one said so; 408 after `timeout`; 503 "
              "when too much waits already, or the stream ends.\n"
              "Metadata: headers in canonical case (`Content-Type`), query parameters, cookies, the names in `path`, and "
              "`http_server_user_agent`, `http_server_request_path`, `http_server_verb`, `http_server_remote_ip`.\n"
              "Connections cost a few KiB each and no thread. What is delivered by an answer that the client no longer heard comes again when it "
              "tries again: at least once.",
    .example = "http:\n"
               "  address: 127.0.0.1:4195\n"
               "input:\n"
               "  http_server:\n"
               "    path: /sites/{site}/values   # curl -d '{\"value\": 1}' http://127.0.0.1:4195/sites/plant7/values\n"
               "output:\n"
               "  stdout:\n"
               "    codec: message\n",
    .fields = http_server_fields,
    .state_size = sizeof(rf_http_server),
    .open = http_server_open,
    .connect = http_server_connect,
    .read = rf_http_server_read,
    .ack = http_server_ack,
    .nack = http_server_nack,
    .answers = true,
    .wake = http_server_wake,
    .close = http_server_close,
};
