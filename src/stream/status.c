/* status.c: what a running stream says of itself: connection states, complaints. */
#include "stream/runtime.h"

#include <assert.h>

static void set_status(rf_stream *stream, bool *connected, char text[static 200], const char *error) {
    rf_mutex_lock(&stream->lock);
    *connected = !error;
    (void)snprintf(text, 200, "%.199s", error ? error : "");
    rf_mutex_unlock(&stream->lock);
}

void rf_stream_set_input_status(rf_stream *stream, const char *error) {
    set_status(stream, &stream->status.input_connected, stream->status.input_error, error);
}

void rf_stream_set_output_status(rf_stream *stream, const char *error) {
    set_status(stream, &stream->status.output_connected, stream->status.output_error, error);
}

void rf_stream_get_status(rf_stream *stream, rf_stream_status *ret_status) {
    assert(ret_status);
    rf_mutex_lock(&stream->lock);
    *ret_status = stream->status;
    rf_mutex_unlock(&stream->lock);
}

static void complain(rf_log *log, rf_log_limit *limit, rf_log_level level, const rf_component *component, const char *what, rf_slice error) {
    const rf_log_origin origin = { component->label, component->path };
    rf_log_write_limited(log, level, &origin, limit, "%s: %.*s", what, RF_SLICE_ARG(error));
}

void rf_component_complain(const rf_component *component, rf_log_limit *limit, rf_log_level level, const char *what, rf_slice error) {
    complain(component->env.log, limit, level, component, what, error);
}

void rf_stream_complain(rf_stream *stream, rf_log_limit *limit, rf_log_level level, const rf_component *component,
                        const char *what, rf_slice error) {
    complain(stream->log, limit, level, component, what, error);
}
