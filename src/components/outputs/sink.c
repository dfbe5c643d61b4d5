/* sink.c: a batch becomes bytes, and the bytes go out whatever it takes. */
#include "components/outputs/sink.h"

#include "base/clock.h"
#include "base/slice.h"
#include "components/disk.h"
#include "observe/zone.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define KEEP_BYTES ((size_t)256 << 10) /* of the buffer, between batches */
#define SLOW_READER_MS 200             /* how long one call waits for a full pipe */

/* False: there is no such codec. */
static bool set_codec(rf_sink *sink, rf_slice codec) {
    const rf_slice delim = RF_SLICE("delim:");
    sink->codec = RF_SINK_DELIMITED;
    sink->delimiter = (rf_slice){ 0 };
    if (rf_slice_is(codec, "message"))
        sink->codec = RF_SINK_MESSAGE;
    else if (rf_slice_is(codec, "all-bytes"))
        sink->codec = RF_SINK_WHOLE;
    else if (rf_slice_is(codec, "lines"))
        sink->delimiter = RF_SLICE("\n");
    else if (rf_slice_starts(codec, delim) && codec.len > delim.len)
        sink->delimiter = (rf_slice){ codec.data + delim.len, codec.len - delim.len };
    else
        return rf_slice_is(codec, "append");
    return true;
}

rf_code rf_sink_open(rf_sink *sink, rf_slice codec, const rf_conf *conf, const rf_env *env) {
    const rf_conf *node = rf_conf_child(conf, "codec");
    rf_error error = { 0 };
    assert(env);
    sink->fd = -1;
    sink->env = env;
    sink->complaints = (rf_log_limit){ .burst = 10, .period_ns = RF_NS_PER_S };
    if (set_codec(sink, codec))
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "codec `%.*s` is not known", RF_SLICE_ARG(codec));
    rf_error_hint(&error, "lines, append, all-bytes, message, or delim: and what to put behind each message");
    return rf_conf_report(node ? node : conf, &error);
}

void rf_sink_done(rf_sink *sink) {
    rf_buffer_done(&sink->pending);
}

/* ---- messages to bytes ---- */

static void tell_unwritable(rf_sink *sink, const char *why) {
    const rf_log_origin origin = { sink->env->label, sink->env->path };
    rf_log_write_limited(sink->env->log, RF_LOG_ERROR, &origin, &sink->complaints, "message not written: %s", why);
}

static rf_code put_payload(rf_sink *sink, rf_batch *batch, rf_message *message, rf_error *reterr) {
    rf_slice bytes = { 0 };
    rf_code code = rf_message_bytes(batch, message, &bytes, reterr);
    if (code)
        return code;
    if (sink->codec == RF_SINK_WHOLE)
        sink->pending.len = 0;
    rf_buffer_slice(&sink->pending, bytes);
    if (bytes.len == 0 || !rf_slice_ends(bytes, sink->delimiter)) /* one that ends with it needs no other */
        rf_buffer_slice(&sink->pending, sink->delimiter);
    return RF_OK;
}

static rf_code put_message(rf_sink *sink, rf_batch *batch, rf_message *message, rf_error *reterr) {
    rf_code code = rf_message_write(&sink->pending, batch, message, reterr);
    if (!code)
        rf_buffer_char(&sink->pending, '\n');
    return code;
}

rf_code rf_sink_add(rf_sink *sink, rf_batch *batch, uint32_t index, rf_error *reterr) {
    rf_message *message = &batch->messages[index];
    rf_error error = { 0 };
    size_t before = sink->pending.len;
    rf_code code = sink->codec == RF_SINK_MESSAGE ? put_message(sink, batch, message, &error) : put_payload(sink, batch, message, &error);
    if (code == RF_ENOMEM || sink->pending.failed)
        return rf_raise_nomem(reterr);
    if (code) {
        sink->pending.len = before;
        sink->unwritten++;
        rf_message_fail(batch, message, "%s", error.message);
        tell_unwritable(sink, error.message);
    }
    return RF_OK;
}

/* Out of memory is for the whole batch; any other error is that of one message, which fails alone. */
static rf_code put_batch(rf_sink *sink, rf_batch *batch, rf_error *reterr) {
    RF_ZONE(RF_ZONE_SERIALIZE, sink->env->path);
    for (uint32_t i = 0; i < batch->count; i++)
        if (rf_sink_add(sink, batch, i, reterr))
            return RF_ENOMEM;
    return RF_OK;
}

/* ---- bytes to the descriptor ---- */

/* What may pass by itself, or by somebody's making room, is tried again; the rest is for good. */
static rf_code raise_errno(rf_sink *sink, int error, rf_error *reterr) {
    sink->number = error;
    rf_code code = error == EPIPE ? rf_raise(reterr, RF_EIO, "the reader of the output has closed it")
                                  : rf_raise(reterr, RF_EIO, "%s", strerror(error));
    if (rf_disk_may_pass(error) || error == EFBIG || error == ENOMEM || error == ENOBUFS)
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

static rf_code wait_writable(const rf_sink *sink, rf_error *reterr) {
    struct pollfd event = { .fd = sink->fd, .events = POLLOUT };
    if (poll(&event, 1, SLOW_READER_MS) > 0)
        return RF_OK;
    return rf_raise(reterr, RF_EAGAIN, "the reader of the output is slow");
}

static rf_code put_out(rf_sink *sink, rf_error *reterr) {
    while (sink->written < sink->pending.len) {
        ssize_t count = write(sink->fd, sink->pending.data + sink->written, sink->pending.len - sink->written);
        if (count >= 0) {
            sink->written += (size_t)count;
            sink->put += (uint64_t)count;
        } else if (errno == EAGAIN) {
            rf_code code = wait_writable(sink, reterr);
            if (code)
                return code;
        } else if (errno != EINTR) {
            return raise_errno(sink, errno, reterr);
        }
    }
    return RF_OK;
}

/* The file is to hold these bytes alone. */
static rf_code begin_whole(rf_sink *sink, rf_error *reterr) {
    if (ftruncate(sink->fd, 0) != 0 || lseek(sink->fd, 0, SEEK_SET) < 0)
        return errno == EINVAL || errno == ESPIPE ? RF_OK : raise_errno(sink, errno, reterr); /* not a file: it only passes */
    return RF_OK;
}

static void clear(rf_sink *sink) {
    sink->written = sink->owed = 0;
    if (sink->pending.cap > KEEP_BYTES)
        rf_buffer_done(&sink->pending);
    else
        rf_buffer_clear(&sink->pending);
}

rf_code rf_sink_write(rf_sink *sink, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    rf_code code = RF_OK;
    assert(sink->fd >= 0);
    if (!sink->begun) {
        size_t left = sink->pending.len;
        sink->unwritten = 0;
        code = put_batch(sink, batch, reterr);
        if (code) {
            sink->pending.len = left;
            sink->pending.failed = false;
            return code;
        }
        sink->begun = true;
    }
    if (sink->codec == RF_SINK_WHOLE && sink->written == 0 && sink->pending.len > 0)
        code = begin_whole(sink, reterr);
    if (!code)
        code = put_out(sink, reterr);
    if (code)
        return code;
    *ret_unwritten = sink->unwritten;
    sink->begun = false;
    clear(sink);
    return RF_OK;
}

/* The end of the message that `written` is in: behind its delimiter. */
static size_t end_of_message(const rf_sink *sink) {
    const char *data = sink->pending.data;
    rf_slice end = sink->codec == RF_SINK_MESSAGE ? RF_SLICE("\n") : sink->delimiter;
    size_t at = sink->written;
    if (end.len == 0 || (at >= end.len && memcmp(data + at - end.len, end.data, end.len) == 0))
        return at;
    size_t from = at >= end.len ? at - end.len + 1 : 0; /* the delimiter itself may be half written */
    const char *found = memmem(data + from, sink->pending.len - from, end.data, end.len);
    return found ? (size_t)(found - data) + end.len : at;
}

void rf_sink_forget(rf_sink *sink) {
    if (!sink->begun)
        return;
    sink->begun = false;
    bool midway = sink->written > 0 && sink->written < sink->pending.len && sink->codec != RF_SINK_WHOLE;
    size_t end = sink->written < sink->owed ? sink->owed : midway ? end_of_message(sink) : sink->written;
    if (end == sink->written) {
        clear(sink);
        return;
    }
    memmove(sink->pending.data, sink->pending.data + sink->written, end - sink->written);
    sink->pending.len = sink->owed = end - sink->written;
    sink->written = 0;
}

void rf_sink_restart(rf_sink *sink) {
    sink->begun = false;
    clear(sink);
}

rf_code rf_sink_encode(rf_sink *sink, rf_batch *batch, rf_message *message, rf_slice *ret_bytes, rf_error *reterr) {
    clear(sink);
    rf_code code = sink->codec == RF_SINK_MESSAGE ? put_message(sink, batch, message, reterr) : put_payload(sink, batch, message, reterr);
    if (!code && sink->pending.failed)
        code = rf_raise_nomem(reterr);
    if (!code)
        *ret_bytes = rf_buffer_view(&sink->pending);
    return code;
}

void rf_sink_fail(rf_sink *sink, rf_batch *batch, rf_message *message, const char *why) {
    rf_message_fail(batch, message, "%s", why);
    tell_unwritable(sink, why);
}
