/* status.c: what a running stream says of itself: connection states, complaints. */
#include "stream/runtime.h"

#include <assert.h>
#include <string.h>

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

void rf_link_tell(rf_stream *stream, rf_link *link, const char *error) {
    rf_mutex_lock(&stream->lock);
    (void)snprintf(link->trouble, sizeof link->trouble, "%.199s", error ? error : "");
    rf_mutex_unlock(&stream->lock);
}

/* Under the lock. `idle`: it may be that nothing was tried yet. */
static void show_link(const rf_component *component, const rf_link *link, bool idle, rf_stream_link *ret) {
    const char *path = component->path;
    ret->label = component->label;
    ret->path = strncmp(path, "root.", 5) == 0 ? path + 5 : path;
    ret->connected = link->connected || (idle && !link->trouble[0]);
    (void)snprintf(ret->error, sizeof ret->error, "%s", ret->connected ? "" : link->trouble[0] ? link->trouble : "not connected yet");
}

static bool follows_another(const rf_stream *stream, const rf_intake *source) {
    for (size_t i = 0; i < stream->source_count; i++)
        if (stream->sources[i].then == source)
            return true;
    return false;
}

size_t rf_stream_get_links(rf_stream *stream, rf_stream_link *ret_links, size_t max) {
    size_t count = 0, at = 0;
    assert(ret_links);
    rf_mutex_lock(&stream->lock);
    for (size_t i = 0; i < stream->source_count && count < max; i++)
        show_link(stream->sources[i].component, &stream->sources[i].link, follows_another(stream, &stream->sources[i]),
                  &ret_links[count++]);
    for (rf_outlet *outlet; count < max && (outlet = rf_outlets_next(stream, &at));)
        if (!rf_output_holds_others(outlet->kind))
            show_link(outlet->component, &outlet->link, outlet->nested, &ret_links[count++]);
    rf_mutex_unlock(&stream->lock);
    return count;
}

static void complain(rf_log *log, rf_log_limit *limit, rf_log_level level, const rf_component *component, const char *what,
                     rf_slice error) {
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
