/* demo: an OPC UA server and a stream that reads it, in one process. */
#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/thread.h"
#include "cli/command.h"
#include "cli/demo_config.h"
#include "cli/demo_server.h"
#include "cli/host.h"
#include "cli/signals.h"
#include "stream/stream.h"

#include <assert.h>
#include <signal.h>
#include <unistd.h>

#define NODES_MAX 100000

typedef struct demo_args {
    int64_t seconds, port, nodes; /* 0: not given */
    bool serve_only;
} demo_args;

/* Everything a demo runs on; taken down in the reverse order. */
typedef struct demo {
    rf_demo_server *server;
    rf_buffer config_text;
    rf_config *config;
    rf_demo_screen screen;
    rf_log *log;
    rf_metrics *metrics;
    rf_keys *keys;
    rf_stream *stream;
    rf_signals *signals;
    rf_thread timer;
    rf_mutex lock;
    rf_cond ended;
    bool over;
    uint64_t run_ns; /* how long the timer lets it run */
} demo;

/* ---- arguments ---- */

static bool whole_number(const char *name, const char *text, int64_t min, int64_t max, int64_t *ret) {
    if (rf_number_parse_i64(rf_slice_of(text), ret) && *ret >= min && *ret <= max)
        return true;
    (void)rf_cli_misuse(&rf_command_demo, "--%s %s: expected a number from %lld to %lld", name, text, (long long)min, (long long)max);
    return false;
}

static bool take(demo_args *args, const rf_cli_option *option, const char *value) {
    if (strcmp(option->name, "seconds") == 0)
        return whole_number("seconds", value, 1, 1000000, &args->seconds);
    if (strcmp(option->name, "port") == 0)
        return whole_number("port", value, 1, 65535, &args->port);
    if (strcmp(option->name, "nodes") == 0)
        return whole_number("nodes", value, 1, NODES_MAX, &args->nodes);
    if (strcmp(option->name, "serve-only") == 0)
        args->serve_only = true;
    return true; /* --no-http: the demo serves none anyway */
}

static bool parse(demo_args *args, int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args walk = { .command = &rf_command_demo, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&walk, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WORD)
            (void)rf_cli_misuse(&rf_command_demo, "unexpected argument %s", value);
        if (kind != RF_CLI_OPTION || !take(args, option, value))
            return false;
    }
    return true;
}

/* ---- only the server ---- */

/* Until a signal, or for so many seconds. */
static int serve_only(const demo_args *args, const rf_demo_server *server) {
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)printf("ready opc.tcp://127.0.0.1:%u with %zu nodes below ns=2;s=Plant\n", rf_demo_server_port(server),
                 rf_demo_server_nodes(server));
    (void)fflush(stdout);
    struct timespec wait = { .tv_sec = args->seconds };
    if (args->seconds)
        (void)sigtimedwait(&set, NULL, &wait);
    else
        (void)sigwait(&set, &number);
    return RF_EXIT_DONE;
}

/* ---- the stream ---- */

static void stop_in_time(void *context) {
    demo *self = context;
    uint64_t end_ns = rf_clock_mono_ns() + self->run_ns;
    rf_mutex_lock(&self->lock);
    for (uint64_t now = rf_clock_mono_ns(); !self->over && now < end_ns; now = rf_clock_mono_ns())
        (void)rf_cond_wait_for(&self->ended, &self->lock, end_ns - now);
    bool over = self->over;
    rf_mutex_unlock(&self->lock);
    if (!over)
        rf_stream_stop(self->stream);
}

static void end_timer(demo *self) {
    rf_mutex_lock(&self->lock);
    self->over = true;
    rf_cond_broadcast(&self->ended);
    rf_mutex_unlock(&self->lock);
    rf_thread_join(&self->timer);
}

static rf_code open_log(demo *self, rf_error *reterr) {
    rf_log_options options = { .level = RF_LOG_WARN, .level_name = "level", .timestamp_name = "time", .message_name = "msg",
                               .fd = STDERR_FILENO, .colour = isatty(STDERR_FILENO) == 1 };
    return rf_log_new(&options, &self->log, reterr);
}

static rf_code start(demo *self, rf_error *reterr) {
    rf_code code = open_log(self, reterr);
    if (!code)
        code = rf_demo_config_load(rf_demo_server_port(self->server), &self->config_text, &self->config, reterr);
    if (!code)
        code = rf_metrics_new(&self->metrics, reterr);
    if (!code && !(self->keys = rf_keys_new()))
        code = rf_raise_nomem(reterr);
    if (!code)
        code = rf_config_open(self->config, self->log, self->metrics, self->keys, reterr);
    if (code)
        return code;
    rf_demo_screen_attach(&self->screen, self->config);
    code = rf_stream_new(self->config, self->log, self->metrics, self->keys, &self->stream, reterr);
    if (!code)
        code = rf_signals_start(self->stream, self->log, &self->signals, reterr);
    if (!code && self->run_ns)
        code = rf_thread_start(&self->timer, "demo-timer", stop_in_time, self, reterr);
    return code;
}

static void show_summary(const demo *self, uint64_t run_ns) {
    rf_buffer out = { 0 };
    rf_buffer_char(&out, '\n');
    rf_stream_summary(self->metrics, run_ns, &out, isatty(STDOUT_FILENO) == 1);
    (void)rf_cli_flush(&out, STDOUT_FILENO);
}

static int run_stream(demo *self) {
    rf_error error = { 0 };
    uint64_t began_ns = rf_clock_mono_ns();
    rf_code code = start(self, &error);
    if (!code)
        code = rf_stream_run(self->stream, &error);
    if (self->stream)
        show_summary(self, rf_clock_mono_ns() - began_ns);
    if (code && self->config && rf_findings_count(self->config->findings, false))
        rf_host_show_findings(self->config);
    if (code)
        rf_host_complain(&error);
    return code ? RF_EXIT_FAILED : RF_EXIT_DONE;
}

/* The config goes after the stream that runs on it, and before what its components use. */
static void demo_done(demo *self) {
    rf_signals_stop(self->signals);
    end_timer(self);
    rf_stream_free(self->stream);
    rf_config_free(self->config);
    rf_buffer_done(&self->config_text);
    rf_demo_screen_done(&self->screen);
    rf_metrics_free(self->metrics);
    rf_keys_free(self->keys);
    rf_log_free(self->log);
    rf_cond_done(&self->ended);
    rf_mutex_done(&self->lock);
}

int rf_cli_demo(int argc, char **argv) {
    demo_args args = { 0 };
    assert(argc > 0 && argv);
    if (!parse(&args, argc, argv))
        return RF_EXIT_USAGE;
    rf_error error = { 0 };
    rf_demo_server_options options = { .port = (uint16_t)args.port, .nodes = (size_t)args.nodes };
    demo self = { .run_ns = (uint64_t)args.seconds * RF_NS_PER_S };
    if (rf_demo_server_start(&options, &self.server, &error)) {
        rf_host_complain(&error);
        return RF_EXIT_FAILED;
    }
    int status;
    if (args.serve_only) {
        status = serve_only(&args, self.server);
    } else {
        rf_mutex_init(&self.lock);
        rf_cond_init(&self.ended);
        (void)fprintf(stderr, "demo server: opc.tcp://127.0.0.1:%u, %zu nodes; Ctrl-C ends\n", rf_demo_server_port(self.server),
                      rf_demo_server_nodes(self.server));
        status = run_stream(&self);
        demo_done(&self);
    }
    rf_demo_server_stop(self.server);
    return status;
}
