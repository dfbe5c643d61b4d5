/* profile_config.c: a config run in this process while a profiler looks. */
#include "cli/profile.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/thread.h"
#include "cli/host.h"
#include "cli/signals.h"
#include "groups/user_config.h"
#include "script/fusabi/files.h"
#include "stream/stream.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Takes the input's place: recorded messages, over and over. Input thread. */
typedef struct recorded_input { rf_slice lines, rest; uint64_t read, read_before; } recorded_input;

static rf_code recorded_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    recorded_input *self = state;
    rf_slice line;
    (void)wait_ns;
    for (uint32_t i = 0; i < max; i++) {
        bool there = rf_user_next_line(&self->rest, &line);
        if (!there && self->read == self->read_before)
            return RF_ECLOSED; /* nothing but blank lines */
        if (!there) {
            self->read_before = self->read;
            self->rest = self->lines;
            return i ? RF_OK : RF_EAGAIN;
        }
        rf_code code = rf_user_read_line(batch, line, reterr);
        if (code)
            return code;
        self->read++;
    }
    return RF_OK;
}

static const rf_input_kind recorded_kind = { .name = "recorded", .summary = "Recorded messages.", .state_size = sizeof(recorded_input), .read = recorded_read };

/* Everything a run needs. */
typedef struct room {
    const rf_cli_profile *options;
    rf_arena arena;       /* the recording */
    recorded_input recorded;
    rf_component usual;   /* the config's own input, while the recording stands in for it */
    rf_log *log;
    rf_metrics *metrics;
    rf_keys *keys;
    rf_config *config;
    rf_stream *stream;
    rf_signals *signals;
} room;

/* ---- The end of the time ---- */

typedef struct stopper {
    rf_stream *stream;
    uint64_t until_ns;
    rf_mutex lock;
    rf_cond changed;
    bool done; /* the stream ended by itself */
    rf_thread thread;
} stopper;

static void stop_in_time(void *arg) {
    stopper *self = arg;
    rf_mutex_lock(&self->lock);
    for (uint64_t now = rf_clock_mono_ns(); !self->done && now < self->until_ns; now = rf_clock_mono_ns())
        (void)rf_cond_wait_for(&self->changed, &self->lock, self->until_ns - now);
    bool late = !self->done;
    rf_mutex_unlock(&self->lock);
    if (late)
        rf_stream_stop(self->stream);
}

static rf_code start_stopper(stopper *self, rf_stream *stream, uint64_t run_ns, rf_error *reterr) {
    *self = (stopper){ .stream = stream, .until_ns = rf_clock_mono_ns() + run_ns };
    rf_mutex_init(&self->lock);
    rf_cond_init(&self->changed);
    return rf_thread_start(&self->thread, "stopper", stop_in_time, self, reterr);
}

static void end_stopper(stopper *self) {
    rf_mutex_lock(&self->lock);
    self->done = true;
    rf_cond_broadcast(&self->changed);
    rf_mutex_unlock(&self->lock);
    rf_thread_join(&self->thread);
    rf_cond_done(&self->changed);
    rf_mutex_done(&self->lock);
}

/* ---- Opening ---- */

static rf_code read_recording(room *r, rf_error *reterr) {
    rf_arena_init(&r->arena, 65536);
    if (!r->options->input)
        return RF_OK;
    rf_code code = rf_fus_file_read(&r->arena, r->options->input, &r->recorded.lines, reterr);
    r->recorded.rest = r->recorded.lines;
    if (!code && !rf_slice_trim(r->recorded.lines).len)
        code = rf_raise(reterr, RF_ECONFIG, "%s has no messages", r->options->input);
    return code == RF_EIO ? RF_ENOTFOUND : code; /* a file that the user named */
}

static rf_code open_log(room *r, rf_error *reterr) {
    const rf_logger_config *logger = &r->config->logger;
    const rf_log_options options = {
        .level = RF_LOG_ERROR, .format = logger->format, .add_timestamp = logger->add_timestamp, .level_name = logger->level_name.data,
        .timestamp_name = logger->timestamp_name.data, .message_name = logger->message_name.data, .static_fields = logger->static_fields,
        .fd = STDERR_FILENO, .colour = isatty(STDERR_FILENO) == 1,
    };
    return rf_log_new(&options, &r->log, reterr);
}

static rf_code open_config(room *r, rf_error *reterr) {
    rf_code code = rf_config_load(&(rf_config_options){ .path = r->options->file }, &r->config, reterr);
    if (code == RF_EIO)
        return RF_ENOTFOUND; /* a file that the user named */
    if (!code)
        code = open_log(r, reterr);
    if (!code)
        code = rf_metrics_new(&r->metrics, reterr);
    if (!code && !(r->keys = rf_keys_new()))
        code = rf_raise_nomem(reterr);
    if (!code)
        code = rf_config_open(r->config, r->log, r->metrics, r->keys, reterr);
    if (r->config && rf_findings_count(r->config->findings, false)) {
        rf_host_show_findings(r->config);
        if (code == RF_ECONFIG && reterr)
            reterr->message[0] = reterr->hint[0] = '\0';
    }
    return code;
}

static rf_code open_stream(room *r, rf_error *reterr) {
    if (r->options->input) {
        r->usual = r->config->input;
        r->config->input.kind = &recorded_kind;
        r->config->input.state = &r->recorded;
    }
    rf_code code = rf_stream_new(r->config, r->log, r->metrics, r->keys, &r->stream, reterr);
    return code ? code : rf_signals_start(r->stream, r->log, &r->signals, reterr);
}

static void room_done(room *r) {
    rf_signals_stop(r->signals);
    rf_stream_free(r->stream);
    if (r->usual.kind)
        r->config->input = r->usual;
    rf_config_free(r->config);
    rf_metrics_free(r->metrics);
    rf_keys_free(r->keys);
    rf_log_free(r->log);
    rf_arena_done(&r->arena);
}

/* ---- Running ---- */

/* Standard output is the report's: what the stream writes there goes nowhere, at the same cost. -1: it could not be set aside. */
static int set_aside_output(void) {
    int kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)fflush(stdout);
    if (kept >= 0 && nowhere >= 0)
        (void)dup2(nowhere, STDOUT_FILENO);
    if (nowhere >= 0)
        (void)close(nowhere);
    return kept;
}

static void take_back_output(int kept) {
    if (kept < 0)
        return;
    (void)dup2(kept, STDOUT_FILENO);
    (void)close(kept);
}

static rf_code run_stream(room *r, rf_profile *ret_profile, rf_error *ret_failed, rf_error *reterr) {
    rf_profiler *profiler = NULL;
    stopper stop;
    rf_code code = rf_profiler_start(r->options->hz, &profiler, reterr);
    if (code)
        return code;
    code = start_stopper(&stop, r->stream, r->options->run_ns, reterr);
    if (!code && rf_stream_run(r->stream, ret_failed) == RF_OK)
        *ret_failed = (rf_error){ 0 }; /* else what it did until then is shown all the same */
    end_stopper(&stop);
    rf_error unheard;
    rf_code stopped = rf_profiler_stop(profiler, ret_profile, code ? &unheard : reterr);
    return code ? code : stopped;
}

rf_code rf_cli_profile_config(const rf_cli_profile *options, rf_profile *ret_profile, rf_error *ret_failed, rf_error *reterr) {
    room r = { .options = options };
    int kept = set_aside_output();
    rf_code code = read_recording(&r, reterr);
    if (!code)
        code = open_config(&r, reterr);
    if (!code)
        code = open_stream(&r, reterr);
    if (!code)
        code = run_stream(&r, ret_profile, ret_failed, reterr);
    room_done(&r);
    take_back_output(kept);
    return code;
}
