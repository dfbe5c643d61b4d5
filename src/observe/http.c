/* http.c: the service of a running process on libmicrohttpd: one thread, small and bounded. */
#include "observe/http.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "observe/http_internal.h"
#include "observe/registry.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Enough for a few scrapers and a person; a flood is refused instead of growing the process. */
#define CONNECTIONS_MAX 32u
/* Of silence; a connection whose answer is still being made is not counted. */
#define CONNECTION_SECONDS 10u
#define CONNECTION_BYTES ((size_t)8 * 1024)
#define MOUNT_CONNECTION_BYTES ((size_t)32 * 1024) /* other people's clients have longer heads */
#define PAGE_BYTES_KEPT ((size_t)8 << 20)
#define THREAD_STACK_BYTES ((size_t)256 * 1024)

typedef struct endpoint {
    const char *path;
    const char *summary;
    rf_http_answer (*write)(const rf_http *http, rf_buffer *out);
} endpoint;

static rf_http_answer not_found(rf_buffer *out) {
    rf_buffer_text(out, "404 page not found\n");
    return (rf_http_answer){ .status = MHD_HTTP_NOT_FOUND, .content_type = RF_HTTP_TEXT };
}

static rf_http_answer write_ping(const rf_http *http, rf_buffer *out) {
    (void)http;
    rf_buffer_text(out, "pong");
    return (rf_http_answer){ .status = MHD_HTTP_OK, .content_type = RF_HTTP_TEXT };
}

static rf_http_answer write_version(const rf_http *http, rf_buffer *out) {
    rf_buffer_printf(out, "{\"version\":\"%s\"}", http->options.version);
    return (rf_http_answer){ .status = MHD_HTTP_OK };
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

static rf_http_answer write_ready(const rf_http *http, rf_buffer *out) {
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
    return (rf_http_answer){ .status = ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE };
}

static rf_http_answer write_metrics(const rf_http *http, rf_buffer *out) {
    if (!http->options.metrics)
        return not_found(out);
    rf_metrics_write_prometheus(http->options.metrics, out);
    if (http->options.more)
        http->options.more(http->options.more_arg, out);
    return (rf_http_answer){ .status = MHD_HTTP_OK, .content_type = "text/plain; version=0.0.4; charset=utf-8" };
}

static rf_http_answer write_stats(const rf_http *http, rf_buffer *out) {
    if (!http->options.metrics)
        return not_found(out);
    rf_metrics_write_json(http->options.metrics, out);
    return (rf_http_answer){ .status = MHD_HTTP_OK };
}

static rf_http_answer write_endpoints(const rf_http *http, rf_buffer *out);

static const endpoint endpoints[] = { /* sorted by path */
    { "/endpoints", "these", write_endpoints },
    { "/metrics", "all counters, gauges and histograms as Prometheus text", write_metrics },
    { "/ping", "pong, as soon as the process serves", write_ping },
    { "/ready", "200 when input and output are connected, 503 when not, with the reason", write_ready },
    { "/stats", "all counters, gauges and quantiles as one JSON object", write_stats },
    { "/version", "the version of the program", write_version },
};

static void put_mount(void *arg, const rf_http_mount *mount) {
    rf_buffer *out = arg;
    rf_buffer_text(out, ",");
    rf_metrics_put_json_text(out, rf_slice_of(mount->path));
    rf_buffer_printf(out, ":\"%s\"", mount->summary);
}

static rf_http_answer write_endpoints(const rf_http *http, rf_buffer *out) {
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
        rf_buffer_printf(out, "%s\"%s\":\"%s\"", i ? "," : "{", endpoints[i].path, endpoints[i].summary);
    for (size_t i = 0; i < http->options.route_count; i++)
        rf_buffer_printf(out, ",\"%s\":\"%s\"", http->options.routes[i].path, http->options.routes[i].summary);
    rf_http_mounts_visit(http->options.mounts, put_mount, out);
    rf_buffer_text(out, "}\n");
    return (rf_http_answer){ .status = MHD_HTTP_OK };
}

/* The path that the host added: itself, or something below it, which is *ret_rest. */
static const rf_http_route *find_route(const rf_http *http, rf_slice path, rf_slice *ret_rest) {
    for (size_t i = 0; i < http->options.route_count; i++) {
        const rf_http_route *route = &http->options.routes[i];
        rf_slice own = rf_slice_of(route->path);
        if (!rf_slice_starts(path, own) || (path.len > own.len && path.data[own.len] != '/'))
            continue;
        *ret_rest = (rf_slice){ path.data + own.len, path.len - own.len };
        return route;
    }
    return NULL;
}

static const endpoint *find_endpoint(rf_slice path) {
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
        if (rf_slice_is(path, endpoints[i].path))
            return &endpoints[i];
    return NULL;
}

static rf_slice without_root(const rf_http *http, rf_slice path) {
    rf_slice root = http->root;
    if (root.len && rf_slice_starts(path, root) && path.len > root.len && path.data[root.len] == '/')
        return (rf_slice){ path.data + root.len, path.len - root.len };
    return path;
}

static enum MHD_Result add_file_name(struct MHD_Response *response, const char *file_name) {
    char text[200];
    assert(strlen(file_name) < sizeof text - 30 && !strpbrk(file_name, "\"\\\r\n"));
    (void)snprintf(text, sizeof text, "attachment; filename=\"%s\"", file_name);
    return MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, text);
}

/* The answer that it was lent to is over. */
static void page_back(void *arg) {
    rf_http *http = arg;
    http->page_lent = false;
    if (http->page.cap > PAGE_BYTES_KEPT)
        rf_buffer_done(&http->page);
}

/* NULL: out of memory; the body is still the caller's. */
static struct MHD_Response *make_response(rf_http *http, rf_buffer *body) {
    if (body->failed)
        return NULL;
    struct MHD_Response *response;
    if (body == &http->page) {
        response = MHD_create_response_from_buffer_with_free_callback_cls(body->len, body->data, page_back, http);
        http->page_lent = response != NULL;
        return response;
    }
    response = MHD_create_response_from_buffer_with_free_callback(body->len, body->data, rf_free);
    if (response)
        *body = (rf_buffer){ 0 };
    return response;
}

enum MHD_Result rf_http_reply(rf_http *http, struct MHD_Connection *connection, const rf_http_answer *answer, rf_buffer *body) {
    struct MHD_Response *response = make_response(http, body);
    if (!response) {
        rf_buffer_done(body);
        return MHD_NO; /* no memory: the connection is closed */
    }
    const char *type = answer->content_type ? answer->content_type : RF_HTTP_JSON;
    enum MHD_Result result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (result == MHD_YES && answer->allow)
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answer->allow);
    if (result == MHD_YES && answer->file_name)
        result = add_file_name(response, answer->file_name);
    if (result == MHD_YES)
        result = rf_http_queue(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

/* libmicrohttpd's own search does not tell `Seconds` from `seconds`. */
typedef struct query_search { rf_slice key, value; } query_search;

static enum MHD_Result visit_query(void *arg, enum MHD_ValueKind kind, const char *key, size_t key_len, const char *value, size_t len) {
    query_search *search = arg;
    (void)kind;
    if (!rf_slice_eq(search->key, (rf_slice){ key, key_len }))
        return MHD_YES;
    search->value = value ? (rf_slice){ value, len } : RF_SLICE("");
    return MHD_NO; /* the first one counts */
}

static rf_slice query(const rf_http_request *request, const char *key) {
    query_search search = { .key = rf_slice_of(key) };
    struct MHD_Connection *connection = (struct MHD_Connection *)(uintptr_t)request->connection;
    (void)MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, visit_query, &search); /* how many were seen */
    return search.value;
}

/* Pages in a browser cannot add a header of our own to a request for another site, and a page that has made itself look like
 * this site (by what its name resolves to) is told by the Origin that browsers then send. */
static bool is_deliberate(struct MHD_Connection *connection) {
    const char *mark = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Riffle");
    return mark && strcmp(mark, "1") == 0 && !MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ORIGIN);
}

static enum MHD_Result dispatch(rf_http *http, struct MHD_Connection *connection, rf_http_request *asked, rf_slice path, void **request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer another = { 0 };
    rf_buffer *body = http->page_lent ? &another : &http->page;
    rf_buffer_clear(body);
    const endpoint *own = find_endpoint(path);
    const rf_http_route *route = own ? NULL : find_route(http, path, &asked->rest);
    rf_http_answer made;
    if (own) {
        made = own->write(http, body);
    } else if (!route) {
        made = not_found(body);
    } else if (route->slow) {
        rf_http_job *job = NULL;
        enum MHD_Result result = rf_http_slow_begin(http, connection, route, asked, &job);
        if (job)
            *request = job;
        return result;
    } else {
        made = route->answer(route->arg, asked, body);
    }
    return rf_http_reply(http, connection, &made, body);
}

/* What a request is known by from its head until it is answered, or until it has a job; and one that goes no further. */
static const rf_http_owner head_seen = RF_HTTP_NOBODY, turned_away = RF_HTTP_NOBODY;

static rf_http_owner owner_of(const void *request) { return *(const rf_http_owner *)request; }

/* The head of a request is there: somebody else's, or ours. */
static enum MHD_Result begin(rf_http *http, struct MHD_Connection *connection, const char *url, const char *method, size_t *upload_len,
                             void **request) {
    rf_slice path = without_root(http, rf_slice_of(url));
    bool passes = rf_http_entry_passes(&http->entry, connection, method);
    const rf_http_mount *mount = passes ? rf_http_mounts_find(http->options.mounts, path) : NULL;
    if (mount)
        return mount->handle(mount->arg, connection, path, url, method, NULL, upload_len, request);
    *request = (void *)(uintptr_t)(passes ? &head_seen : &turned_away); /* the body, if any, is still to come */
    return MHD_YES;
}

/* Any method is answered; what the body of a POST says is read and not looked at. */
static enum MHD_Result handle(void *arg, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                              const char *upload, size_t *upload_len, void **request) {
    rf_http *http = arg;
    (void)version;
    if (!*request)
        return begin(http, connection, url, method, upload_len, request);
    if (owner_of(*request) == RF_HTTP_GUEST) {
        const rf_http_mount *mount = ((rf_http_guest *)*request)->mount;
        return mount->handle(mount->arg, connection, without_root(http, rf_slice_of(url)), url, method, upload, upload_len, request);
    }
    if (*upload_len) {
        *upload_len = 0;
        return MHD_YES;
    }
    if (owner_of(*request) == RF_HTTP_JOB)
        return rf_http_slow_reply(*request);
    if (*request == &turned_away)
        return rf_http_entry_answer(&http->entry, connection, method);
    rf_http_request asked = { .method = rf_slice_of(method), .query = query, .connection = connection, .gone = &http->stopping,
                              .deliberate = is_deliberate(connection) };
    return dispatch(http, connection, &asked, without_root(http, rf_slice_of(url)), request);
}

/* The request is over, however it went. */
static void request_done(void *arg, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode why) {
    const rf_http *http = arg;
    if (*request && owner_of(*request) == RF_HTTP_JOB)
        rf_http_slow_free(*request);
    else if (*request && owner_of(*request) == RF_HTTP_GUEST)
        rf_http_front_over(&http->front, connection, *request, why);
    *request = NULL;
}

static unsigned connections_of(const rf_http *http) { return CONNECTIONS_MAX + rf_http_mounts_connections(http->options.mounts); }

static struct MHD_Daemon *start_daemon(void *service, int fd) {
    rf_http *http = service;
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_ALLOW_SUSPEND_RESUME | (fd < 0 ? MHD_USE_NO_LISTEN_SOCKET : 0);
    return MHD_start_daemon(
        flags, 0, NULL, NULL, handle, service, MHD_OPTION_NOTIFY_COMPLETED, request_done, service, MHD_OPTION_NOTIFY_CONNECTION,
        rf_http_entry_notify, &http->entry, MHD_OPTION_CONNECTION_LIMIT, connections_of(http),
        MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        http->options.mounts ? MOUNT_CONNECTION_BYTES : CONNECTION_BYTES, MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK_BYTES,
        fd < 0 ? MHD_OPTION_END : MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_END);
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
    http->entry.options = options->entry;
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
    const rf_http_where where = { .address = options->address, .tls = { .cert_file = options->cert_file, .key_file = options->key_file }, .log = options->log };
    rf_code code = rf_http_slow_open(http, reterr);
    if (!code)
        code = rf_http_front_open(&where, connections_of(http), start_daemon, http, &http->front, http->address, reterr);
    if (!code) {
        *ret_http = http;
        return RF_OK;
    }
    rf_http_slow_end(http);
    rf_http_slow_close(http);
    rf_free(http);
    return code;
}

void rf_http_stop(rf_http *http) {
    if (!http)
        return;
    http->stopping = true;
    rf_http_mounts_end(http->options.mounts);
    rf_http_slow_end(http);
    rf_http_front_close(&http->front);
    rf_http_slow_close(http);
    assert(!http->page_lent);
    rf_buffer_done(&http->page);
    rf_free(http);
}

const char *rf_http_address(const rf_http *http) {
    assert(http);
    return http->address;
}
