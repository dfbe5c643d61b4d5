/* http_client_stream.h: an answer that does not end, cut into messages. For inputs/http_client.c only. */
#ifndef RF_COMPONENTS_INPUTS_HTTP_CLIENT_STREAM_H
#define RF_COMPONENTS_INPUTS_HTTP_CLIENT_STREAM_H

#include "components/http_client.h"
#include "components/inputs/lines.h"

#include <stdatomic.h>

typedef struct rf_http_stream_conf { bool enabled, reconnect; rf_lines_config lines; } rf_http_stream_conf;
extern const rf_field rf_http_stream_fields[];

/* The input thread's, but for `ending`. Zeroed it is fine to be done with. */
typedef struct rf_http_stream {
    const rf_http_stream_conf *conf;
    rf_http_client *client;
    rf_http_session *session;
    rf_http_task task;
    rf_lines lines;
    int to, from;        /* a local socket: what came goes in, lines are read out; -1: none */
    bool open;
    _Atomic bool ending; /* woken: no more is waited for */
} rf_http_stream;

RF_NODISCARD rf_code rf_http_stream_open(rf_http_stream *stream, const rf_http_stream_conf *options, rf_http_client *client,
                                         const rf_conf *conf, const rf_env *env, rf_error *reterr);
void rf_http_stream_done(rf_http_stream *stream);
/* Takes the task, also when it fails, and waits for the head of its answer, for the client's `timeout`. Errors: RF_EIO, retriable. */
RF_NODISCARD rf_code rf_http_stream_begin(rf_http_stream *stream, rf_http_session *session, const rf_http_task *task, rf_error *reterr);
void rf_http_stream_end(rf_http_stream *stream);
/* As an input reads. RF_ELOST: it has ended, or broken, and is to be begun again; RF_ECLOSED: it has ended for good. */
RF_NODISCARD rf_code rf_http_stream_read(rf_http_stream *stream, const rf_wake *wake, rf_batch *batch, uint32_t max, uint64_t wait_ns,
                                         rf_error *reterr);

#endif
