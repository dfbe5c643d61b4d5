/* host_run.c: a run from its first config to its end: signals, saved configs, a trace of it all. */
#include "base/slice.h"
#include "cli/command.h"
#include "cli/host.h"
#include "cli/reload.h"
#include "cli/script.h"
#include "cli/signals.h"
#include "observe/zone.h"
#include "stream/stream.h"

#include <assert.h>

typedef struct run {
    const rf_host_options *options;
    rf_host *host; /* the one that runs */
    rf_signals *signals;
    rf_trace *trace; /* NULL: none */
    rf_buffer unread; /* of standard input, between one stream and the next */
} run;

static void say(const run *r, const char *text) { rf_log_write(rf_host_log(r->host), RF_LOG_INFO, NULL, "%s", text); }

static int give_up(const rf_host *host, const rf_error *error) {
    const rf_config *config = host ? rf_host_config(host) : NULL;
    bool findings = config && rf_findings_count(config->findings, false) > 0;
    if (findings)
        rf_host_show_findings(config);
    if (findings && error->code == RF_ECONFIG) {
        (void)fprintf(stderr, "riffle: shutting down due to linter errors\n");
        return RF_EXIT_USAGE;
    }
    rf_host_complain(error);
    return error->code == RF_ECONFIG ? RF_EXIT_USAGE : RF_EXIT_FAILED;
}

/* The trace of the whole run, as far as the rings hold it. */
static rf_code write_trace(run *r, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    if (!r->trace)
        return RF_OK;
    rf_trace_stop(r->trace, rf_host_metrics(r->host), &out);
    r->trace = NULL;
    return out.failed ? rf_raise_nomem(reterr) : rf_cli_replace_file(r->options->trace, rf_buffer_view(&out), reterr);
}

static void log_start(const rf_host *host) {
    const rf_log_field fields[] = { { "path", rf_slice_of(rf_host_config(host)->source.name) }, { "version", RF_SLICE(RF_VERSION) } };
    rf_log_write_fields(rf_host_log(host), RF_LOG_INFO, NULL, RF_SLICE("Running main config from specified file"), fields, 2);
}

static rf_code start(run *r, rf_config *config, rf_error *reterr) {
    if (r->options->reload) {
        config->unread = &r->unread;
        rf_reload_share(r->options->reload, &r->unread);
    }
    rf_code code = rf_host_open(config, r->options->log_level, &r->host, reterr);
    if (code)
        return code;
    log_start(r->host);
    code = rf_signals_start(rf_host_stream(r->host), rf_host_log(r->host), &r->signals, reterr);
    if (!code)
        code = rf_host_serve(r->host, reterr);
    if (!code && rf_findings_count(config->findings, false))
        rf_host_show_findings(config); /* warnings */
    if (r->options->probes)
        rf_zones_outside(true);
    if (!code && r->options->trace)
        code = rf_trace_start(0, &r->trace, reterr);
    return !code && r->options->reload ? rf_reload_start(r->options->reload, r->host, reterr) : code;
}

/* The one that is running has ended, and this one takes its place. */
static rf_code change_to(run *r, rf_host *next, rf_error *reterr) {
    rf_host_rest(r->host);
    if (!rf_signals_aim(r->signals, rf_host_stream(next), rf_host_log(next)))
        rf_stream_stop(rf_host_stream(next)); /* it ends as it begins, like with a signal that comes from now on */
    rf_host_free(r->host);
    r->host = next;
    rf_code code = rf_host_serve(next, reterr);
    if (code)
        rf_log_write(rf_host_log(next), RF_LOG_ERROR, NULL, "%s", reterr->message);
    else
        rf_reload_taken(r->options->reload, next);
    return code;
}

/* The next, when a config was saved meanwhile and nobody wants the run to end. */
static rf_host *next_of(const run *r) {
    rf_host *next = r->options->reload ? rf_reload_take(r->options->reload) : NULL;
    if (!next || !rf_signals_came(r->signals))
        return next;
    rf_host_free(next);
    return NULL;
}

static int run_streams(run *r) {
    rf_error error = { 0 };
    rf_code code;
    say(r, "Launching a riffle instance, use CTRL+C to close");
    for (rf_host *next;;) {
        code = rf_stream_run(rf_host_stream(r->host), &error);
        if (code)
            rf_log_write(rf_host_log(r->host), RF_LOG_ERROR, NULL, "%s", error.message);
        next = next_of(r);
        if (!next)
            break;
        code = change_to(r, next, &error);
        if (code)
            break;
    }
    say(r, "Pipeline has terminated. Shutting down the service");
    rf_host_rest(r->host);
    return code ? RF_EXIT_FAILED : RF_EXIT_DONE;
}

int rf_host_run(rf_config *config, const rf_host_options *options) {
    assert(config && options);
    run r = { .options = options };
    rf_error error = { 0 };
    rf_code code = start(&r, config, &error);
    int status = code ? give_up(r.host, &error) : run_streams(&r);
    if (options->reload)
        rf_reload_stop(options->reload);
    rf_code traced = write_trace(&r, &error);
    if (traced) {
        rf_host_complain(&error);
        status = RF_EXIT_FAILED;
    }
    rf_signals_stop(r.signals);
    rf_host_free(r.host);
    rf_buffer_done(&r.unread);
    return status;
}
