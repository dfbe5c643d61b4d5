/* http_client_stream.c: bytes from libcurl into a local socket, out of which the lines' reader takes them: all by the input's thread. */
#include "components/inputs/http_client_stream.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT(member) offsetof(rf_http_stream_conf, member)
const rf_field rf_http_stream_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, .offset = AT(enabled), .standard = "false", .doc = "Whether the answer is a stream." },
    { .name = "reconnect", .type = RF_FIELD_BOOL, .offset = AT(reconnect), .standard = "true",
      .doc = "Whether the request is made again when the server has ended the answer; else the input ends then. One that broke off is made again." },
    { .name = "codec", .type = RF_FIELD_ENUM, .offset = AT(lines.codec), .standard = "lines", .options = rf_lines_codec_names,
      .doc = "What a line is: `lines`, its text is the payload; or `message`, a whole message as one JSON object." },
    { .name = "scanner", .type = RF_FIELD_OBJECT, .offset = AT(lines.scanner), .fields = rf_scanner_fields,
      .doc = "How the bytes are cut into messages: one of these." },
    { 0 },
};

rf_code rf_http_stream_open(rf_http_stream *stream, const rf_http_stream_conf *options, rf_http_client *client, const rf_conf *conf,
                            const rf_env *env, rf_error *reterr) {
    const rf_conf *node = rf_conf_child(conf, "stream");
    stream->conf = options;
    stream->client = client;
    stream->to = stream->from = -1;
    stream->open = true;
    return rf_lines_open(&stream->lines, &options->lines, node ? node : conf, env, reterr);
}

void rf_http_stream_end(rf_http_stream *stream) {
    if (stream->session) {
        rf_http_session_cancel(stream->session, &stream->task);
        rf_http_task_done(stream->client, &stream->task);
    }
    stream->session = NULL;
    stream->task = (rf_http_task){ 0 };
    if (stream->to >= 0)
        (void)close(stream->to); /* what it holds comes again with the next answer, or does not */
    if (stream->from >= 0)
        (void)close(stream->from);
    stream->to = stream->from = -1;
}

void rf_http_stream_done(rf_http_stream *stream) {
    if (!stream->open)
        return;
    rf_http_stream_end(stream);
    rf_lines_done(&stream->lines);
    stream->open = false;
}

/* ---- Beginning ---- */

static rf_code raise_task(const rf_http_task *task, rf_code code, rf_error *reterr) {
    (void)rf_raise(reterr, code, "%s", task->error);
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

static rf_code wait_for_head(rf_http_stream *stream, rf_error *reterr) {
    rf_http_task *task = &stream->task;
    uint64_t timeout_ns = stream->client->conf->timeout_ns, now_ns = rf_clock_mono_ns(), end_ns = now_ns + timeout_ns;
    for (; !task->done && !task->headed && now_ns < end_ns && !atomic_load(&stream->ending); now_ns = rf_clock_mono_ns())
        rf_http_session_step(stream->session, task, end_ns - now_ns);
    if (task->headed || (task->done && !task->code))
        return RF_OK;
    if (task->done)
        return raise_task(task, RF_EIO, reterr);
    (void)rf_raise(reterr, RF_EIO, atomic_load(&stream->ending) ? "the stream ends" : "%.*s: no answer within %llu ms",
                   (int)(task->url.len < 300 ? task->url.len : 300), task->url.data, (unsigned long long)(timeout_ns / RF_NS_PER_MS));
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EIO;
}

rf_code rf_http_stream_begin(rf_http_stream *stream, rf_http_session *session, const rf_http_task *task, rf_error *reterr) {
    int ends[2];
    rf_http_stream_end(stream);
    stream->session = session;
    stream->task = *task;
    stream->task.streams = true;
    rf_code code = rf_lines_connect(&stream->lines, reterr);
    rf_lines_restart(&stream->lines);
    if (!code && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        code = rf_raise(reterr, RF_EIO, "cannot make a socket: %s", strerror(errno));
    if (!code) {
        stream->to = ends[0];
        stream->from = ends[1];
        rf_http_session_begin(session, &stream->task);
        code = wait_for_head(stream, reterr);
    }
    if (code) {
        rf_http_stream_end(stream);
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    }
    return code;
}

/* ---- Reading ---- */

/* What came, as far as it fits; behind the last of it the end. */
static void pass_on(rf_http_stream *stream) {
    rf_buffer *answer = &stream->task.answer;
    ssize_t put = answer->len > 0 && stream->to >= 0 ? send(stream->to, answer->data, answer->len, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (put > 0) {
        answer->len -= (size_t)put;
        memmove(answer->data, answer->data + put, answer->len);
    }
    if (stream->task.done && answer->len == 0 && stream->to >= 0) {
        (void)close(stream->to);
        stream->to = -1;
    }
}

static rf_code read_some(rf_http_stream *stream, const rf_wake *wake, rf_batch *batch, uint32_t max, rf_error *reterr) {
    const rf_http_task *task = &stream->task;
    pass_on(stream);
    rf_code code = rf_lines_read(&stream->lines, stream->from, task->url.data, wake, batch, max, 0, NULL, reterr);
    if (code != RF_ECLOSED)
        return code;
    if (task->code)
        return raise_task(task, RF_ELOST, reterr);
    if (!stream->conf->reconnect)
        return RF_ECLOSED;
    return rf_raise(reterr, RF_ELOST, "%.*s has ended the stream", (int)(task->url.len < 300 ? task->url.len : 300), task->url.data);
}

rf_code rf_http_stream_read(rf_http_stream *stream, const rf_wake *wake, rf_batch *batch, uint32_t max, uint64_t wait_ns,
                            rf_error *reterr) {
    assert(stream->from >= 0);
    rf_code code = read_some(stream, wake, batch, max, reterr);
    if (code != RF_EAGAIN || atomic_load(&stream->ending))
        return code;
    if (stream->task.answer.len == 0) /* else there was no room for all of it, and now there is */
        rf_http_session_step(stream->session, &stream->task, wait_ns);
    return read_some(stream, wake, batch, max, reterr);
}
