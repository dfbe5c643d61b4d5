/* http_server_request.c: a request comes in: checked, its body collected within bounds, what it says kept for the messages' metadata. */
#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "components/http_path.h"
#include "components/inputs/http_server.h"
#include "observe/http_serve.h"
#include "stream/cache.h"
#include "stream/config.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <netdb.h>
#include <sys/socket.h>

#define KEY_BYTES_MAX 256u
#define SWALLOW_BYTES ((size_t)1 << 20) /* of a body that is too large, before the connection is closed */

bool rf_http_server_wants(void *server, rf_slice path) {
    const rf_http_server *self = server;
    return rf_http_path_match(self->path, path, NULL, NULL);
}

void rf_http_server_over(void *request, bool sent) { rf_arrival_over(request, sent); }

static bool is_allowed(const rf_http_server *self, const char *method) {
    for (size_t i = 0; i < self->allowed_verbs.count; i++)
        if (rf_slice_is(self->allowed_verbs.items[i], method))
            return true;
    return self->allowed_verbs.count == 0 && strcmp(method, self->standard_verb) == 0;
}

/* What it will be answered once its body was passed over. */
static void refuse(rf_arrival *arrival, unsigned status, const char *words) {
    arrival->status = status;
    arrival->words = words;
    rf_buffer_done(&arrival->body);
}

static enum MHD_Result reply(const rf_http_server *self, rf_arrival *arrival) {
    if (arrival->replied)
        return rf_http_give(arrival->connection, arrival->status, rf_buffer_view(&arrival->reply), arrival->headers, arrival->header_count);
    char seconds[24];
    const char *header = NULL, *value = seconds;
    (void)snprintf(seconds, sizeof seconds, "%" PRIu64, arrival->retry_after_s);
    if (arrival->status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        header = MHD_HTTP_HEADER_ALLOW;
        value = self->allow;
    } else if (arrival->status == MHD_HTTP_SERVICE_UNAVAILABLE || arrival->status == MHD_HTTP_TOO_MANY_REQUESTS) {
        header = MHD_HTTP_HEADER_RETRY_AFTER;
    }
    return rf_http_say(arrival->connection, arrival->status, arrival->words, header, value);
}

/* Asked once a request, before its body comes. A limit that fails limits nothing. */
static void ask_limit(const rf_http_server *self, rf_arrival *arrival) {
    uint64_t wait_ns = 0;
    if (!self->rate_limit || arrival->status)
        return;
    const rf_rate_limit_kind *kind = self->rate_limit->kind;
    if (kind->access(self->rate_limit->state, &wait_ns, NULL) || wait_ns == 0)
        return;
    arrival->retry_after_s = wait_ns / RF_NS_PER_S;
    refuse(arrival, MHD_HTTP_TOO_MANY_REQUESTS, "Too Many Requests");
}

static enum MHD_Result begin(rf_http_server *self, struct MHD_Connection *connection, const char *method, void **request) {
    const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    int64_t length = 0;
    rf_arrival *arrival = rf_arrival_new(self->arrivals, connection);
    if (!arrival)
        return MHD_NO; /* no memory: the connection is closed */
    arrival->guest.mount = &self->mount;
    *request = arrival;
    if (!is_allowed(self, method))
        refuse(arrival, MHD_HTTP_METHOD_NOT_ALLOWED, "Incorrect method");
    ask_limit(self, arrival);
    if (!text || !rf_number_parse_i64(rf_slice_of(text), &length) || length <= (int64_t)self->max_body_size)
        return MHD_YES;
    refuse(arrival, MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than allowed");
    return reply(self, arrival); /* before all of it is sent in vain */
}

static enum MHD_Result take_body(const rf_http_server *self, rf_arrival *arrival, const char *upload, size_t *upload_len) {
    size_t len = *upload_len, limit = self->max_body_size;
    *upload_len = 0;
    if (arrival->status) {
        arrival->swallowed += len;
        return arrival->swallowed <= limit + SWALLOW_BYTES ? MHD_YES : MHD_NO;
    }
    if (arrival->body.len + len > limit) {
        refuse(arrival, MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than allowed");
        return MHD_YES;
    }
    if (rf_arrival_reserve(arrival, len))
        rf_buffer_append(&arrival->body, upload, len);
    else
        arrival->body.failed = true;
    if (arrival->body.failed)
        refuse(arrival, MHD_HTTP_SERVICE_UNAVAILABLE, "too much is waiting: try again");
    return MHD_YES;
}

/* ---- What it says ---- */

/* "content-type" as "Content-Type". */
static rf_slice canonical(const char *key, size_t len, char out[KEY_BYTES_MAX]) {
    bool first = true;
    len = len < KEY_BYTES_MAX ? len : KEY_BYTES_MAX;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)key[i];
        out[i] = (char)(first ? toupper(c) : tolower(c));
        first = c == '-';
    }
    return (rf_slice){ out, len };
}

/* Bytes that are no UTF-8 cannot be metadata: such a value is left out. */
static bool put(rf_arrival *arrival, rf_slice key, rf_slice value) {
    if (!rf_utf8_valid(key) || !rf_utf8_valid(value))
        return true;
    return rf_arrival_put(arrival, key, value);
}

typedef struct collector { rf_arrival *arrival; bool good; } collector;

static enum MHD_Result collect(void *arg, enum MHD_ValueKind kind, const char *key, size_t key_len, const char *value, size_t len) {
    collector *c = arg;
    char buffer[KEY_BYTES_MAX];
    rf_slice name = kind == MHD_HEADER_KIND ? canonical(key, key_len, buffer) : (rf_slice){ key, key_len };
    rf_slice text = value ? (rf_slice){ value, len } : RF_SLICE("");
    if (kind == MHD_HEADER_KIND && rf_slice_is(name, "Host"))
        return MHD_YES; /* says where we are, nothing of the message */
    c->good = put(c->arrival, name, text);
    if (c->good && kind == MHD_HEADER_KIND && rf_slice_is(name, "Content-Type") && c->arrival->last &&
        rf_slice_is(c->arrival->last->key, "Content-Type"))
        c->arrival->content_type = c->arrival->last->value;
    return c->good ? MHD_YES : MHD_NO;
}

static bool collect_params(const rf_http_server *self, rf_arrival *arrival, rf_slice path) {
    rf_http_path_param params[RF_HTTP_PATH_NAMES_MAX];
    size_t count = 0;
    bool good = true;
    if (!rf_http_path_match(self->path, path, params, &count))
        return true;
    for (size_t i = 0; i < count && good; i++)
        good = put(arrival, params[i].name, params[i].value);
    return good;
}

static bool put_text(rf_arrival *arrival, const char *key, const char *value) {
    return put(arrival, rf_slice_of(key), rf_slice_of(value ? value : ""));
}

static bool put_remote_ip(rf_arrival *arrival) {
    char ip[64] = "";
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(arrival->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info && info->client_addr) {
        const struct sockaddr *address = info->client_addr;
        socklen_t len = address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
        if (getnameinfo(address, len, ip, sizeof ip, NULL, 0, NI_NUMERICHOST) != 0)
            ip[0] = '\0';
    }
    return put_text(arrival, "http_server_remote_ip", ip);
}

static bool collect_all(const rf_http_server *self, rf_arrival *arrival, rf_slice path, const char *url, const char *method) {
    static const enum MHD_ValueKind kinds[] = { MHD_HEADER_KIND, MHD_GET_ARGUMENT_KIND, MHD_COOKIE_KIND };
    struct MHD_Connection *connection = arrival->connection;
    collector c = { arrival, true };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && c.good; i++)
        (void)MHD_get_connection_values_n(connection, kinds[i], collect, &c); /* how many were seen */
    return c.good && collect_params(self, arrival, path) &&
           put_text(arrival, "http_server_user_agent",
                    MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_USER_AGENT)) &&
           put_text(arrival, "http_server_request_path", url) && put_text(arrival, "http_server_verb", method) && put_remote_ip(arrival);
}

enum MHD_Result rf_http_server_handle(void *server, struct MHD_Connection *connection, rf_slice path, const char *url, const char *method,
                                      const char *upload, size_t *upload_len, void **request) {
    rf_http_server *self = server;
    if (!*request)
        return begin(self, connection, method, request);
    rf_arrival *arrival = *request;
    assert(arrival->guest.owner == RF_HTTP_GUEST);
    if (*upload_len)
        return take_body(self, arrival, upload, upload_len);
    if (arrival->status)
        return reply(self, arrival);
    if (!collect_all(self, arrival, path, url, method))
        return MHD_NO; /* no memory: the connection is closed */
    if (rf_arrival_queue(arrival))
        return MHD_YES; /* suspended: called again with its answer */
    refuse(arrival, MHD_HTTP_SERVICE_UNAVAILABLE, "too much is waiting: try again");
    return reply(self, arrival);
}
