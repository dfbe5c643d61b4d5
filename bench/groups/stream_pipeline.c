/* stream_pipeline.c: a whole stream in this process, with its threads: a file is read, goes through a processor, and is dropped. */
#include "stream_common.h"

#include "base/slice.h"
#include "stream/stream.h"

#include <stdio.h>
#include <string.h>

#define TICKS 100u
#define CASE "b"
#define TARGET_NS 8000.0    /* a message: issue 2, of CPU time */
#define ORIGINAL_NS 195e3

/* What a run counted. */
typedef struct counts { uint64_t received, sent, failed, dropped, then_runs[3]; } counts;

typedef struct pipeline {
    const rf_stream_pipeline_arg *arg;
    rf_stream_host host;
    counts last;
    rf_stream_tally tally;
} pipeline;

static void close_pipeline(void *state) {
    pipeline *self = state;
    rf_stream_host_close(&self->host);
    rf_buffer_done(&self->host.text);
    rf_free(self);
}

/* The file is written once for all that are as long. */
static rf_code messages_file(const rf_stream_pipeline_arg *arg, const char **ret_path, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    char name[64];
    (void)snprintf(name, sizeof name, "stream_messages_%u.jsonl", arg->ticks);
    for (uint32_t i = 0; i < arg->ticks * RF_STREAM_NODES && !text.failed; i++)
        rf_stream_message_line(&text, i);
    return text.failed ? rf_raise_nomem(reterr) : rf_groups_file(arg->groups, name, rf_buffer_view(&text), ret_path, reterr);
}

static rf_code prepare(pipeline *self, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer processor = { 0 };
    const char *path = NULL;
    rf_code code = messages_file(self->arg, &path, reterr);
    if (code)
        return code;
    rf_stream_case_processor(&processor, rf_stream_case_find(CASE));
    rf_stream_config_text(&self->host.text, rf_buffer_view(&processor), path, self->arg->threads);
    return processor.failed || self->host.text.failed ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code open_pipeline(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    pipeline *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    self->arg = bench->arg;
    rf_code code = prepare(self, reterr);
    if (code)
        close_pipeline(self);
    else
        *ret_state = self;
    return code;
}

/* ---- One run, and what it counted ---- */

typedef struct reading { const rf_metrics *metrics; counts *counts; } reading;

static void read_metric(void *arg, const rf_metric_info *info) {
    static const char *const stages[] = { "conditions[0].then", "conditions[1].then", "conditions[2].then" };
    const reading *self = arg;
    counts *c = self->counts;
    if (info->kind == RF_METRIC_GAUGE)
        return;
    const uint64_t value = rf_metrics_read(self->metrics, info->metric); /* of a histogram: how many */
    if (strcmp(info->name, "input_received") == 0)
        c->received += value;
    else if (strcmp(info->name, "output_sent") == 0)
        c->sent += value;
    else if (strcmp(info->name, "processor_error") == 0)
        c->failed += value;
    else if (strcmp(info->name, "messages_dropped") == 0)
        c->dropped += value;
    else if (strcmp(info->name, "stage_latency_ns") == 0 && info->labels.stage)
        for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
            c->then_runs[i] += strcmp(info->labels.stage, stages[i]) == 0 ? value : 0;
}

static rf_code run_stream(pipeline *self, rf_error *reterr) {
    rf_stream_host *host = &self->host;
    rf_stream *stream = NULL;
    self->last = (counts){ 0 };
    rf_code code = rf_stream_host_open(host, reterr);
    if (!code)
        code = rf_stream_new(host->config, NULL, host->metrics, host->keys, &stream, reterr);
    if (!code)
        code = rf_stream_run(stream, reterr);
    if (!code)
        rf_metrics_each(host->metrics, read_metric, &(reading){ host->metrics, &self->last });
    rf_stream_free(stream);
    rf_stream_host_close(host);
    return code;
}

/* Of each tick one message is the first condition's, one the second's, and the others are the third's. */
static bool is_right(const counts *c, uint32_t ticks) {
    const uint64_t messages = ticks * RF_STREAM_NODES;
    return c->received == messages && c->sent == messages && !c->failed && !c->dropped && c->then_runs[0] == ticks &&
           c->then_runs[1] == ticks && c->then_runs[2] == messages - 2u * ticks;
}

static void work_pipeline(void *state, uint64_t iterations) {
    pipeline *self = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        if (run_stream(self, &error))
            rf_stream_tally_note(&self->tally, &error);
        self->tally.wrong += !is_right(&self->last, self->arg->ticks);
    }
    self->tally.runs += iterations;
}

static rf_code check_pipeline(void *state, rf_error *reterr) {
    const pipeline *self = state;
    const counts *c = &self->last;
    rf_code code = rf_stream_tally_check(&self->tally, reterr);
    if (code == RF_ESCRIPT && self->tally.wrong)
        code = rf_raise(reterr, RF_ESCRIPT, "the stream read %llu and wrote %llu of %u messages; %llu failed, %llu were dropped",
                        (unsigned long long)c->received, (unsigned long long)c->sent, self->arg->ticks * RF_STREAM_NODES,
                        (unsigned long long)c->failed, (unsigned long long)c->dropped);
    return code;
}

rf_code rf_stream_bench_pipelines(rf_groups *groups, rf_error *reterr) {
    const double messages = TICKS * RF_STREAM_NODES;
    rf_stream_pipeline_arg *args = rf_arena_alloc(&groups->arena, 2 * sizeof *args);
    if (!args)
        return rf_raise_nomem(reterr);
    args[0] = (rf_stream_pipeline_arg){ groups, 1, TICKS };
    args[1] = (rf_stream_pipeline_arg){ groups, 2, TICKS };
    rf_bench row = {
        .group = "stream_pipeline", .name = "threads", .parameter = "1", .number = 1, .amount = messages, .unit = RF_UNIT_MESSAGES, .flat = true,
        .doc = "Starts a stream that reads 4,200 messages from a file, runs defaults and three conditions on each and drops them, to its end.",
        .target_ns = TARGET_NS * messages, .original_ns = ORIGINAL_NS * messages, .original = "CPU time of the whole program", .arg = &args[0],
        .open = open_pipeline, .work = work_pipeline, .check = check_pipeline, .close = close_pipeline,
    };
    rf_code code = rf_groups_add(groups, &row, reterr);
    if (code)
        return code;
    row.parameter = "2";
    row.number = 2;
    row.arg = &args[1];
    row.target_ns = row.original_ns = 0;
    row.original = NULL;
    return rf_groups_add(groups, &row, reterr);
}
