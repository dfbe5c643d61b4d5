/* register.c: the metrics of a running stream, under the names users of Benthos know. */
#include "stream/runtime.h"

#include <assert.h>

/* One registration: where its handle goes. */
typedef struct metric_row {
    const char *name;
    const char *help;
    bool histogram;
    rf_metric *handle;
} metric_row;

static rf_code register_rows(rf_metrics *metrics, const rf_component *component, const metric_row *rows, size_t count,
                             rf_error *reterr) {
    const rf_metric_labels labels = { .label = component->label, .path = component->path };
    for (size_t i = 0; i < count; i++) {
        const metric_row *row = &rows[i];
        rf_code code = row->histogram
                           ? rf_metrics_histogram(metrics, row->name, row->help, &labels, row->handle, reterr)
                           : rf_metrics_counter(metrics, row->name, row->help, &labels, row->handle, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

rf_code rf_intake_register(rf_intake *source, rf_metrics *metrics, rf_error *reterr) {
    const metric_row rows[] = {
        { "input_received", "Messages read.", false, &source->received },
        { "input_latency_ns", "From reading a batch to its acknowledgement.", true, &source->link.latency },
        { "input_connection_up", "Connections made.", false, &source->link.up },
        { "input_connection_failed", "Attempts to connect that failed.", false, &source->link.failed },
        { "input_connection_lost", "Connections lost.", false, &source->link.lost },
    };
    return register_rows(metrics, source->component, rows, sizeof rows / sizeof rows[0], reterr);
}

rf_code rf_buffered_register(rf_stream *stream, rf_error *reterr) {
    rf_buffered *buffered = &stream->buffered;
    rf_intake *reader = buffered->reader->first;
    const metric_row rows[] = {
        { "buffer_received", "Messages stored.", false, &buffered->received },
        { "buffer_batch_received", "Batches stored.", false, &buffered->batch_received },
        { "buffer_sent", "Messages read back.", false, &reader->received },
        { "buffer_latency_ns", "From reading a batch back to its acknowledgement.", true, &reader->link.latency },
        { "buffer_error", "Attempts to store that failed.", false, &buffered->error },
        { "buffer_opened", "Times it was opened.", false, &reader->link.up },
        { "buffer_open_failed", "Attempts to open it that failed.", false, &reader->link.failed },
        { "buffer_lost", "Times it failed and was opened again.", false, &reader->link.lost },
    };
    return register_rows(stream->metrics, reader->component, rows, sizeof rows / sizeof rows[0], reterr);
}

rf_code rf_stage_register(rf_stage *stage, rf_metrics *metrics, rf_error *reterr) {
    rf_stage_metrics *m = &stage->metrics;
    const metric_row rows[] = {
        { "processor_received", "Messages that came in.", false, &m->received },
        { "processor_batch_received", "Batches that came in.", false, &m->batch_received },
        { "processor_sent", "Messages that went on.", false, &m->sent },
        { "processor_batch_sent", "Batches that went on.", false, &m->batch_sent },
        { "processor_error", "Messages marked as failed.", false, &m->error },
        { "processor_latency_ns", "Time a batch took.", true, &m->latency },
    };
    return register_rows(metrics, stage->component, rows, sizeof rows / sizeof rows[0], reterr);
}

rf_code rf_outlet_register(rf_outlet *outlet, rf_metrics *metrics, rf_error *reterr) {
    const rf_component *output = outlet->component;
    const rf_metric_labels unwritten = { .label = output->label, .path = output->path, .reason = "unwritable" };
    const metric_row rows[] = {
        { "output_sent", "Messages written.", false, &outlet->sent },
        { "output_batch_sent", "Batches written.", false, &outlet->batch_sent },
        { "output_error", "Writes that failed, and messages that cannot be written, or were refused.", false, &outlet->error },
        { "output_latency_ns", "Time a write took.", true, &outlet->link.latency },
        { "output_connection_up", "Connections made.", false, &outlet->link.up },
        { "output_connection_failed", "Attempts to connect that failed.", false, &outlet->link.failed },
        { "output_connection_lost", "Connections lost.", false, &outlet->link.lost },
    };
    rf_code code = register_rows(metrics, output, rows, sizeof rows / sizeof rows[0], reterr);
    if (code)
        return code;
    return rf_metrics_counter(metrics, "messages_dropped", "Messages dropped, by reason.", &unwritten, &outlet->unwritten, reterr);
}

static double read_queue(void *arg) {
    const rf_stream *stream = arg;
    return (double)atomic_load_explicit(&stream->queue.count, memory_order_relaxed);
}

static double read_arena(void *arg) {
    const rf_stream *stream = arg;
    return (double)atomic_load_explicit(&stream->arena_high_bytes, memory_order_relaxed);
}

static double read_undelivered(void *arg) {
    const rf_stream *stream = arg;
    return (double)atomic_load_explicit(&stream->undelivered, memory_order_relaxed);
}

static rf_code register_gauges(rf_stream *stream, rf_error *reterr) {
    rf_metrics *metrics = stream->metrics;
    const rf_metric_labels none = { 0 };
    rf_code code = rf_metrics_gauge(metrics, "queue_batches", "Batches read and waiting for a worker.", &none,
                                    read_queue, stream, reterr);
    if (!code)
        code = rf_metrics_gauge(metrics, "arena_high_bytes", "Most memory that one batch has held.", &none, read_arena,
                                stream, reterr);
    if (!code)
        code = rf_metrics_gauge(metrics, "messages_undelivered", "Messages read and given up at the end.", &none,
                                read_undelivered, stream, reterr);
    return code;
}

rf_code rf_stream_register(rf_stream *stream, rf_error *reterr) {
    rf_code code = RF_OK;
    for (size_t i = 0; !code && i < stream->source_count; i++)
        code = stream->sources[i].component == &stream->config->buffer ? rf_buffered_register(stream, reterr)
                                                                       : rf_intake_register(&stream->sources[i], stream->metrics, reterr);
    assert(stream->stages || stream->stage_count == 0);
    for (size_t i = 0; !code && i < stream->stage_count; i++)
        code = rf_stage_register(&stream->stages[i], stream->metrics, reterr);
    if (!code)
        code = rf_outlet_register(&stream->outlet, stream->metrics, reterr);
    return code ? code : register_gauges(stream, reterr);
}
