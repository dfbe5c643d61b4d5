/* server_http.c: the daemon over HTTP, when the settings wish it: metrics, plugins, profiles. */
#include "terminal/server_internal.h"

#include "base/slice.h"
#include "observe/process.h"

static double read_count(void *arg) { return (double)atomic_load_explicit((_Atomic uint64_t *)arg, memory_order_relaxed); }

static rf_code register_counters(rf_server *server, rf_error *reterr) {
    rf_session_counters *c = &server->counters;
    const struct { const char *name, *help; _Atomic uint64_t *count; } rows[] = {
        { "terminal_sessions", "Sessions that run.", &c->sessions },
        { "terminal_clients", "Clients that are attached.", &c->clients },
        { "terminal_output_bytes_total", "Bytes that programs wrote.", &c->output_bytes },
        { "terminal_input_bytes_total", "Bytes that programs were given.", &c->input_bytes },
        { "terminal_draws_total", "Drawings sent to clients.", &c->draws },
        { "terminal_drawn_bytes_total", "Bytes of them.", &c->drawn_bytes },
    };
    const rf_metric_labels none = { 0 };
    rf_code code = RF_OK;
    for (size_t i = 0; !code && i < sizeof rows / sizeof *rows; i++)
        code = rf_metrics_gauge(server->metrics, rows[i].name, rows[i].help, &none, read_count, rows[i].count, reterr);
    return code;
}

rf_code rf_server_http_start(rf_server *server, rf_error *reterr) {
    const rf_settings *settings = server->options.settings;
    size_t route_count = 1;
    if (settings->http.len == 0)
        return RF_OK;
    rf_code code = rf_metrics_new(&server->metrics, reterr);
    if (!code)
        code = rf_process_register(server->metrics, reterr);
    if (!code)
        code = register_counters(server, reterr);
    if (!code && settings->debug_endpoints)
        code = rf_debug_new(&(rf_debug_options){ .metrics = server->metrics }, &server->debug, reterr);
    if (code)
        return code;
    server->routes[0] = rf_plugins_live_route(rf_plugin_roster_live(server->plugins));
    if (server->debug)
        route_count += rf_debug_routes(server->debug, server->routes + 1, RF_DEBUG_ROUTES_MAX);
    rf_plugin_metrics_init(&server->plugin_metrics, rf_plugin_roster_live(server->plugins));
    const rf_http_options options = { .address = settings->http, .version = RF_VERSION, .metrics = server->metrics, .routes = server->routes,
                                      .route_count = route_count, .more = rf_plugin_metrics_write, .more_arg = &server->plugin_metrics };
    code = rf_http_start(&options, &server->http, reterr);
    if (!code)
        rf_log_write(server->options.log, RF_LOG_INFO, NULL, "Listening for HTTP requests at: http://%s", rf_http_address(server->http));
    return code;
}

void rf_server_http_stop(rf_server *server) {
    rf_http_stop(server->http);
    rf_debug_free(server->debug);
    rf_metrics_free(server->metrics);
}
