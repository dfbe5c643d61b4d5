/* host.c: a loaded config made to run: logger, metrics, HTTP service, signals, stream. */
#include "cli/host.h"

#include "base/slice.h"
#include "cli/command.h"
#include "cli/script.h"
#include "cli/signals.h"
#include "observe/debug.h"
#include "observe/http_mount.h"
#include "observe/metrics_log.h"
#include "observe/process.h"
#include "observe/zone.h"
#include "plugin/plugin_metrics.h"
#include "stream/metrics_mapping.h"
#include "stream/stream.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Everything a run needs; taken down in the reverse order by host_done. */
typedef struct host {
    rf_config *config; /* borrowed */
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
    rf_trace *trace;          /* --trace; NULL: none */
    rf_stream *stream;
    rf_http_mounts mounts; /* components that answer on the service's port */
    rf_http *http;
    rf_signals *signals;
} host;

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

static rf_code open_log(host *h, const char *level, rf_error *reterr) {
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
    const host *h = arg;
    rf_stream_link links[RF_HTTP_STATUSES_MAX];
    size_t count = rf_stream_get_links(h->stream, links, max < RF_HTTP_STATUSES_MAX ? max : RF_HTTP_STATUSES_MAX);
    for (size_t i = 0; i < count; i++) {
        ret_statuses[i] = (rf_http_status){ .label = links[i].label, .path = links[i].path, .connected = links[i].connected };
        (void)snprintf(ret_statuses[i].error, sizeof ret_statuses[i].error, "%s", links[i].error);
    }
    return count;
}

static rf_code open_http(host *h, rf_error *reterr) {
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
        rf_log_write(h->log, RF_LOG_INFO, NULL, "Listening for HTTP requests at: http%s://%s", http->cert_file.len ? "s" : "", rf_http_address(h->http));
    return code;
}

static void log_start(const host *h) {
    const rf_log_field fields[] = { { "path", rf_slice_of(h->config->source.name) }, { "version", RF_SLICE(RF_VERSION) } };
    rf_log_write_fields(h->log, RF_LOG_INFO, NULL, RF_SLICE("Running main config from specified file"), fields, 2);
}

static rf_code open_metrics(host *h, rf_error *reterr) {
    const rf_metrics_config *metrics = &h->config->metrics;
    rf_code code = rf_metrics_new(&h->metrics, reterr);
    if (!code && metrics->mapping)
        code = rf_metrics_mapping_new(metrics->mapping, h->log, &h->naming, reterr);
    if (h->naming)
        rf_metrics_rename(h->metrics, rf_metrics_mapping_apply, h->naming);
    return code ? code : rf_process_register(h->metrics, reterr);
}

/* From now on all figures are logged; for the last time by close_metrics(). */
static rf_code start_metrics_log(host *h, rf_error *reterr) {
    const rf_metrics_config *metrics = &h->config->metrics;
    if (metrics->kind != RF_METRICS_LOGGER)
        return RF_OK;
    return rf_metrics_log_start(h->metrics, h->log, metrics->push_interval_ns, metrics->flush_metrics, &h->metrics_log, reterr);
}

/* Metrics, then components, then the stream over them, then what watches it. */
static rf_code start(host *h, rf_error *reterr) {
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
    if (!code)
        log_start(h);
    if (!code)
        code = rf_stream_new(h->config, h->log, h->metrics, h->keys, &h->stream, reterr);
    if (!code)
        code = start_metrics_log(h, reterr);
    if (!code)
        code = rf_signals_start(h->stream, h->log, &h->signals, reterr);
    return code ? code : open_http(h, reterr);
}

static void host_done(host *h) {
    rf_http_stop(h->http);
    rf_metrics_log_free(h->metrics_log);
    rf_debug_free(h->debug);
    rf_signals_stop(h->signals);
    rf_stream_free(h->stream);
}

/* What the components stand on goes after them: the config is closed by its owner in between. */
static void host_free(host *h) {
    rf_http_mounts_done(&h->mounts);
    rf_plugins_live_free(h->plugins);
    rf_metrics_free(h->metrics);
    rf_metrics_mapping_free(h->naming);
    rf_keys_free(h->keys);
    rf_log_free(h->log);
    if (h->log_fd >= 0)
        (void)close(h->log_fd);
}

static int give_up(host *h, const rf_error *error) {
    bool findings = rf_findings_count(h->config->findings, false) > 0;
    if (findings)
        rf_host_show_findings(h->config);
    if (findings && error->code == RF_ECONFIG) {
        (void)fprintf(stderr, "riffle: shutting down due to linter errors\n");
        return RF_EXIT_USAGE;
    }
    rf_host_complain(error);
    return error->code == RF_ECONFIG ? RF_EXIT_USAGE : RF_EXIT_FAILED;
}

/* The trace of the whole run, as far as the rings hold it. */
static rf_code write_trace(host *h, const char *path, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    if (!h->trace)
        return RF_OK;
    rf_trace_stop(h->trace, h->metrics, &out);
    h->trace = NULL;
    return out.failed ? rf_raise_nomem(reterr) : rf_cli_replace_file(path, rf_buffer_view(&out), reterr);
}

static int run_stream(host *h) {
    rf_error error = { 0 };
    rf_log_write(h->log, RF_LOG_INFO, NULL, "Launching a riffle instance, use CTRL+C to close");
    rf_code code = rf_stream_run(h->stream, &error);
    if (code)
        rf_log_write(h->log, RF_LOG_ERROR, NULL, "%s", error.message);
    rf_log_write(h->log, RF_LOG_INFO, NULL, "Pipeline has terminated. Shutting down the service");
    rf_metrics_log_end(h->metrics_log);
    h->metrics_log = NULL;
    return code ? RF_EXIT_FAILED : RF_EXIT_DONE;
}

int rf_host_run(rf_config *config, const rf_host_options *options) {
    assert(config && options);
    host h = { .config = config, .log_fd = -1 };
    rf_error error = { 0 };
    rf_code code = open_log(&h, options->log_level, &error);
    if (!code)
        code = start(&h, &error);
    if (!code && rf_findings_count(config->findings, false))
        rf_host_show_findings(config); /* warnings */
    if (options->probes)
        rf_zones_outside(true);
    if (!code && options->trace)
        code = rf_trace_start(0, &h.trace, &error);
    int status = code ? give_up(&h, &error) : run_stream(&h);
    rf_code traced = write_trace(&h, options->trace, &error);
    if (traced) {
        rf_host_complain(&error);
        status = RF_EXIT_FAILED;
    }
    host_done(&h);
    rf_config_free(config);
    host_free(&h);
    return status;
}
