/* http.c: the service of a running process on libmicrohttpd: one thread, small and bounded. */
#include "observe/http.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "observe/listen.h"
#include "observe/registry.h"

#include <assert.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Enough for a few scrapers and a person; a flood is refused instead of growing the process. */
#define CONNECTIONS_MAX 32u
#define CONNECTION_SECONDS 10u
#define CONNECTION_BYTES ((size_t)8 * 1024)
#define THREAD_STACK_BYTES ((size_t)256 * 1024)

struct rf_http {
    rf_http_options options;
    struct MHD_Daemon *daemon;
    char address[RF_LISTEN_NAME_MAX];
    rf_slice root; /* "/benthos": no slash at its end; empty when there is none */
    char texts[];  /* what `root` and `options.version` point at */
};

typedef struct reply_head {
    unsigned status;
    const char *content_type;
    const char *allow; /* NULL: no such header */
} reply_head;

typedef struct endpoint {
    const char *path;
    const char *summary;
    reply_head (*write)(const rf_http *http, rf_buffer *out);
} endpoint;

#define TEXT "text/plain; charset=utf-8"
#define JSON "application/json"

static reply_head not_found(rf_buffer *out) {
    rf_buffer_text(out, "404 page not found\n");
    return (reply_head){ MHD_HTTP_NOT_FOUND, TEXT, NULL };
}

static reply_head write_ping(const rf_http *http, rf_buffer *out) {
    (void)http;
    rf_buffer_text(out, "pong");
    return (reply_head){ MHD_HTTP_OK, TEXT, NULL };
}

static reply_head write_version(const rf_http *http, rf_buffer *out) {
    rf_buffer_printf(out, "{\"version\":\"%s\"}", http->options.version);
    return (reply_head){ MHD_HTTP_OK, JSON, NULL };
}

static void put_status(rf_buffer *out, const rf_http_status *status) {
    rf_buffer_text(out, "{\"label\":");
    rf_metrics_put_json_text(out, rf_slice_of(status->label));
    rf_buffer_text(out, ",\"path\":");
    rf_metrics_put_json_text(out, rf_slice_of(status->path));
    rf_buffer_text(out, status->connected ? ",\"connected\":true" : ",\"connected\":false");
    if (status->error[0]) {
        rf_buffer_text(out, ",\"error\":");
        rf_metrics_put_json_text(out, rf_slice_of(status->error));
    }
    rf_buffer_char(out, '}');
}

static reply_head write_ready(const rf_http *http, rf_buffer *out) {
    rf_http_status statuses[RF_HTTP_STATUSES_MAX] = { 0 };
    size_t count = http->options.statuses ? http->options.statuses(http->options.arg, statuses, RF_HTTP_STATUSES_MAX) : 0;
    assert(count <= RF_HTTP_STATUSES_MAX);
    bool ready = true;
    rf_buffer_text(out, "{\"statuses\":[");
    for (size_t i = 0; i < count; i++) {
        rf_buffer_text(out, i ? "," : "");
        put_status(out, &statuses[i]);
        ready &= statuses[i].connected;
    }
    rf_buffer_text(out, "]}\n");
    return (reply_head){ ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, JSON, NULL };
}

static reply_head write_metrics(const rf_http *http, rf_buffer *out) {
    if (!http->options.metrics)
        return not_found(out);
    rf_metrics_write_prometheus(http->options.metrics, out);
    return (reply_head){ MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", NULL };
}

static reply_head write_stats(const rf_http *http, rf_buffer *out) {
    if (!http->options.metrics)
        return not_found(out);
    rf_metrics_write_json(http->options.metrics, out);
    return (reply_head){ MHD_HTTP_OK, JSON, NULL };
}

static reply_head write_endpoints(const rf_http *http, rf_buffer *out);

static const endpoint endpoints[] = { /* sorted by path */
    { "/endpoints", "these", write_endpoints },
    { "/metrics", "all counters, gauges and histograms as Prometheus text", write_metrics },
    { "/ping", "pong, as soon as the process serves", write_ping },
    { "/ready", "200 when input and output are connected, 503 when not, with the reason", write_ready },
    { "/stats", "all counters, gauges and quantiles as one JSON object", write_stats },
    { "/version", "the version of the program", write_version },
};

static reply_head write_endpoints(const rf_http *http, rf_buffer *out) {
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
        rf_buffer_printf(out, "%s\"%s\":\"%s\"", i ? "," : "{", endpoints[i].path, endpoints[i].summary);
    for (size_t i = 0; i < http->options.route_count; i++)
        rf_buffer_printf(out, ",\"%s\":\"%s\"", http->options.routes[i].path, http->options.routes[i].summary);
    rf_buffer_text(out, "}\n");
    return (reply_head){ MHD_HTTP_OK, JSON, NULL };
}

/* A path that the host added: itself, or something below it. */
static reply_head write_route(const rf_http *http, const rf_http_request *request, rf_slice path, rf_buffer *out) {
    for (size_t i = 0; i < http->options.route_count; i++) {
        const rf_http_route *route = &http->options.routes[i];
        rf_slice own = rf_slice_of(route->path);
        if (!rf_slice_starts(path, own) || (path.len > own.len && path.data[own.len] != '/'))
            continue;
        rf_http_request below = *request;
        below.rest = (rf_slice){ path.data + own.len, path.len - own.len };
        rf_http_answer answer = route->answer(route->arg, &below, out);
        return (reply_head){ answer.status, JSON, answer.allow };
    }
    return not_found(out);
}

static reply_head write_answer(const rf_http *http, const rf_http_request *request, rf_slice path, rf_buffer *out) {
    rf_slice root = http->root;
    if (root.len && rf_slice_starts(path, root) && path.len > root.len && path.data[root.len] == '/')
        path = (rf_slice){ path.data + root.len, path.len - root.len };
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
        if (rf_slice_is(path, endpoints[i].path))
            return endpoints[i].write(http, out);
    return write_route(http, request, path, out);
}

/* Owner: takes the buffer's content. */
static enum MHD_Result reply(struct MHD_Connection *connection, reply_head answer, rf_buffer *body) {
    struct MHD_Response *response = NULL;
    if (!body->failed)
        response = MHD_create_response_from_buffer_with_free_callback(body->len, body->data, rf_free);
    if (!response) {
        rf_buffer_done(body);
        return MHD_NO; /* no memory: the connection is closed */
    }
    *body = (rf_buffer){ 0 };
    enum MHD_Result result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.content_type);
    if (result == MHD_YES && answer.allow)
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answer.allow);
    if (result == MHD_YES)
        result = MHD_queue_response(connection, answer.status, response);
    MHD_destroy_response(response);
    return result;
}

/* Pages in a browser cannot add a header of our own to a request for another site, and a page that has made itself look like
 * this site (by what its name resolves to) is told by the Origin that browsers then send. */
static bool is_deliberate(struct MHD_Connection *connection) {
    const char *mark = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Riffle");
    return mark && strcmp(mark, "1") == 0 && !MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ORIGIN);
}

/* Any method is answered; what the body of a POST says is read and not looked at. */
static enum MHD_Result handle(void *arg, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                              const char *upload, size_t *upload_len, void **request) {
    static const char seen = 0;
    (void)version;
    (void)upload;
    if (!*request) {
        *request = (void *)(uintptr_t)&seen; /* the head is here; the body, if any, is still to come */
        return MHD_YES;
    }
    if (*upload_len) {
        *upload_len = 0;
        return MHD_YES;
    }
    rf_buffer body = { 0 };
    const rf_http_request asked = { .method = rf_slice_of(method), .deliberate = is_deliberate(connection) };
    reply_head answer = write_answer(arg, &asked, rf_slice_of(url), &body);
    return reply(connection, answer, &body);
}

/* The service's thread must not take the signals that end the program: the main thread waits for those. */
static struct MHD_Daemon *start_daemon(rf_http *http, int fd) {
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0, NULL, NULL, handle, http,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        CONNECTION_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, MHD_OPTION_THREAD_STACK_SIZE,
        THREAD_STACK_BYTES, MHD_OPTION_END);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return daemon;
}

static rf_slice without_end_slash(rf_slice path) {
    while (path.len && path.data[path.len - 1] == '/')
        path.len--;
    return path;
}

static rf_http *make_http(const rf_http_options *options) {
    rf_slice root = without_end_slash(options->root_path);
    size_t version_bytes = strlen(options->version) + 1;
    rf_http *http = rf_alloc_zero(1, sizeof *http + version_bytes + 1 + root.len);
    if (!http)
        return NULL;
    http->options = *options;
    http->options.version = memcpy(http->texts, options->version, version_bytes);
    char *at = http->texts + version_bytes;
    bool lacks_slash = root.len && root.data[0] != '/';
    http->root = (rf_slice){ at, root.len + lacks_slash };
    if (lacks_slash)
        *at++ = '/';
    if (root.len)
        memcpy(at, root.data, root.len);
    return http;
}

rf_code rf_http_start(const rf_http_options *options, rf_http **ret_http, rf_error *reterr) {
    assert(options && options->version && ret_http);
    rf_http *http = make_http(options);
    if (!http)
        return rf_raise_nomem(reterr);
    int fd;
    rf_code code = rf_listen_open(options->address, &fd, http->address, reterr);
    if (code)
        goto fail;
    http->daemon = start_daemon(http, fd);
    if (!http->daemon) {
        (void)close(fd); /* nothing was written */
        code = rf_raise(reterr, RF_EIO, "the HTTP service on %s did not start: the system gave it no thread or memory", http->address);
        goto fail;
    }
    *ret_http = http;
    return RF_OK;
fail:
    rf_free(http);
    return code;
}

void rf_http_stop(rf_http *http) {
    if (!http)
        return;
    MHD_stop_daemon(http->daemon); /* closes the socket too */
    rf_free(http);
}

const char *rf_http_address(const rf_http *http) {
    assert(http);
    return http->address;
}
