/* host.c: what one config needs to run: its log, metrics, components, stream, HTTP service. */
#include "cli/host.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "cli/command.h"
#include "observe/debug.h"
#include "observe/http_mount.h"
#include "observe/listen.h"
#include "observe/metrics_log.h"
#include "observe/process.h"
#include "plugin/plugin_metrics.h"
#include "stream/metrics_mapping.h"
#include "stream/stream.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Taken down in the reverse order by rf_host_free(). */
struct rf_host {
    rf_config *config;
    int log_fd;        /* -1: standard error */
    rf_log *log;
    rf_metrics *metrics;
    rf_metrics_mapping *naming; /* NULL: metrics.mapping is not there */
    rf_metrics_log *metrics_log; /* NULL: metrics.logger is not there */
    rf_keys *keys;
    rf_plugins_live *plugins; /* that run */
    rf_plugin_metrics plugin_metrics; /* of them, for /metrics */
    rf_debug *debug;          /* NULL: http.debug_endpoints is off */
    rf_http_route routes[1 + RF_DEBUG_ROUTES_MAX]; /* the service looks at them as long as it lives */
    rf_stream *stream;
    rf_http_mounts mounts; /* components that answer on the service's port */
    rf_http *http;
};

void rf_host_complain(const rf_error *error) {
    assert(error);
    if (error->place.line)
        (void)fprintf(stderr, "%s(%u,%u) %s\n", error->place.file, error->place.line, error->place.column, error->message);
    else
        (void)fprintf(stderr, "riffle: %s\n", error->message);
    if (error->hint[0])
        (void)fprintf(stderr, "hint: %s\n", error->hint);
}

void rf_host_show_findings(const rf_config *config) {
    assert(config);
    rf_buffer out = { 0 };
    rf_findings_show(&out, config, isatty(STDERR_FILENO) == 1);
    if (!rf_cli_flush(&out, STDERR_FILENO))
        (void)fprintf(stderr, "riffle: the findings cannot be shown\n");
}

static rf_code open_log(rf_host *h, const char *level, rf_error *reterr) {
    const rf_logger_config *logger = &h->config->logger;
    rf_log_options options = {
        .level = logger->level, .format = logger->format, .add_timestamp = logger->add_timestamp, .level_name = logger->level_name.data,
        .timestamp_name = logger->timestamp_name.data, .message_name = logger->message_name.data, .static_fields = logger->static_fields,
        .fd = STDERR_FILENO,
    };
    if (level && !rf_log_level_parse(rf_slice_of(level), &options.level))
        return rf_raise(reterr, RF_ECONFIG, "unknown log level %s: one of OFF FATAL ERROR WARN INFO DEBUG TRACE ALL", level);
    if (logger->file_path.len) {
        h->log_fd = open(logger->file_path.data, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (h->log_fd < 0)
            return rf_raise(reterr, RF_EIO, "opening the log %s: %s", logger->file_path.data, strerror(errno));
        options.fd = h->log_fd;
    }
    options.colour = isatty(options.fd) == 1;
    return rf_log_new(&options, &h->log, reterr);
}

static size_t statuses(void *arg, rf_http_status *ret_statuses, size_t max) {
    const rf_host *h = arg;
    rf_stream_link links[RF_HTTP_STATUSES_MAX];
    size_t count = rf_stream_get_links(h->stream, links, max < RF_HTTP_STATUSES_MAX ? max : RF_HTTP_STATUSES_MAX);
    for (size_t i = 0; i < count; i++) {
        ret_statuses[i] = (rf_http_status){ .label = links[i].label, .path = links[i].path, .connected = links[i].connected };
        (void)snprintf(ret_statuses[i].error, sizeof ret_statuses[i].error, "%s", links[i].error);
    }
    return count;
}

static rf_code open_http(rf_host *h, rf_error *reterr) {
    const rf_http_config *http = &h->config->http;
    if (!http->enabled)
        return RF_OK;
    size_t route_count = 1;
    h->routes[0] = rf_plugins_live_route(h->plugins);
    if (http->debug_endpoints) {
        rf_code code = rf_debug_new(&(rf_debug_options){ .metrics = h->metrics }, &h->debug, reterr);
        if (code)
            return code;
        route_count += rf_debug_routes(h->debug, h->routes + 1, RF_DEBUG_ROUTES_MAX);
    }
    rf_plugin_metrics_init(&h->plugin_metrics, h->plugins);
    rf_http_options options = {
        .address = http->address, .cert_file = http->cert_file, .key_file = http->key_file, .log = h->log, .root_path = http->root_path, .version = RF_VERSION, .metrics = h->config->metrics.kind == RF_METRICS_NONE ? NULL : h->metrics, .statuses = statuses, .arg = h,
        .routes = h->routes, .route_count = route_count, .more = rf_plugin_metrics_write, .more_arg = &h->plugin_metrics, .mounts = &h->mounts,
        .entry = {
            .password = http->auth.enabled ? &http->auth.password : NULL, .username = http->auth.username, .realm = http->auth.realm,
            .origins = http->cors.allowed_origins.items, .origin_count = http->cors.enabled ? http->cors.allowed_origins.count : 0,
        },
    };
    rf_code code = rf_http_start(&options, &h->http, reterr);
    if (!code)
        rf_log_write(h->log, RF_LOG_INFO, NULL, "Listening for HTTP requests at: http%s://%s", http->cert_file.len ? "s" : "",
                     rf_http_address(h->http));
    return code;
}

static rf_code open_metrics(rf_host *h, rf_error *reterr) {
    const rf_metrics_config *metrics = &h->config->metrics;
    rf_code code = rf_metrics_new(&h->metrics, reterr);
    if (!code && metrics->mapping)
        code = rf_metrics_mapping_new(metrics->mapping, h->log, &h->naming, reterr);
    if (h->naming)
        rf_metrics_rename(h->metrics, rf_metrics_mapping_apply, h->naming);
    return code ? code : rf_process_register(h->metrics, reterr);
}

/* From now on all figures are logged; for the last time by close_metrics(). */
static rf_code start_metrics_log(rf_host *h, rf_error *reterr) {
    const rf_metrics_config *metrics = &h->config->metrics;
    if (metrics->kind != RF_METRICS_LOGGER)
        return RF_OK;
    return rf_metrics_log_start(h->metrics, h->log, metrics->push_interval_ns, metrics->flush_metrics, &h->metrics_log, reterr);
}

/* Metrics, then components, then the stream over them. */
static rf_code open_parts(rf_host *h, rf_error *reterr) {
    rf_code code = open_metrics(h, reterr);
    if (!code && !(h->keys = rf_keys_new()))
        code = rf_raise_nomem(reterr);
    if (!code)
        code = rf_plugins_live_new(&h->plugins, reterr);
    h->config->plugins = h->plugins;
    rf_http_mounts_init(&h->mounts);
    if (h->config->http.enabled)
        h->config->mounts = &h->mounts;
    if (!code)
        code = rf_config_open(h->config, h->log, h->metrics, h->keys, reterr);
    return code ? code : rf_stream_new(h->config, h->log, h->metrics, h->keys, &h->stream, reterr);
}

rf_code rf_host_open(rf_config *config, const char *log_level, rf_host **ret_host, rf_error *reterr) {
    assert(config && ret_host);
    rf_host *h = rf_alloc_zero(1, sizeof *h);
    if (!h) {
        rf_config_free(config);
        return rf_raise_nomem(reterr);
    }
    h->config = config;
    h->log_fd = -1;
    rf_code code = open_log(h, log_level, reterr);
    *ret_host = h;
    return code ? code : open_parts(h, reterr);
}

rf_code rf_host_check_address(const rf_host *host, const rf_host *other, rf_error *reterr) {
    const rf_http_config *own = &host->config->http, *before = &other->config->http;
    char name[RF_LISTEN_NAME_MAX];
    int fd;
    if (!own->enabled || (before->enabled && rf_slice_eq(own->address, before->address)))
        return RF_OK;
    rf_code code = rf_listen_open(own->address, false, &fd, name, reterr);
    if (!code)
        (void)close(fd); /* nothing was written */
    return code;
}

rf_code rf_host_serve(rf_host *h, rf_error *reterr) {
    rf_code code = start_metrics_log(h, reterr);
    return code ? code : open_http(h, reterr);
}

rf_stream *rf_host_stream(const rf_host *host) { return host->stream; }
rf_log *rf_host_log(const rf_host *host) { return host->log; }
const rf_metrics *rf_host_metrics(const rf_host *host) { return host->metrics; }
rf_config *rf_host_config(const rf_host *host) { return host->config; }

void rf_host_rest(rf_host *h) {
    rf_metrics_log_end(h->metrics_log);
    h->metrics_log = NULL;
}

/* What the components stand on goes after them. */
void rf_host_free(rf_host *h) {
    if (!h)
        return;
    rf_http_stop(h->http);
    rf_metrics_log_free(h->metrics_log);
    rf_debug_free(h->debug);
    rf_stream_free(h->stream);
    rf_config_free(h->config);
    rf_http_mounts_done(&h->mounts);
    rf_plugins_live_free(h->plugins);
    rf_metrics_free(h->metrics);
    rf_metrics_mapping_free(h->naming);
    rf_keys_free(h->keys);
    rf_log_free(h->log);
    if (h->log_fd >= 0)
        (void)close(h->log_fd);
    rf_free(h);
}
