/* stream.h: a running stream: input thread, bounded queue, worker threads, output. */
#ifndef RF_STREAM_STREAM_H
#define RF_STREAM_STREAM_H

#include "stream/config.h"

typedef struct rf_stream rf_stream;

/* Worker threads for `pipeline.threads`: itself, or (zero and below) one for each CPU this process may use. */
unsigned rf_stream_threads(int64_t configured);

/* `config` is opened; all are borrowed and outlive the stream. Registers its own metrics. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_stream_new(rf_config *config, rf_log *log, rf_metrics *metrics, rf_keys *keys, rf_stream **ret_stream,
                                   rf_error *reterr);
/*
 * Runs to the end of the input, or until rf_stream_stop(): then stops reading, drains within shutdown_timeout.
 * Blocks. Errors: RF_EIO, … the input or output failed for good, or messages were left undelivered
 * (how many is in the message).
 */
RF_NODISCARD rf_code rf_stream_run(rf_stream *stream, rf_error *reterr);
/* Asks it to end: the first call drains, the second gives up at once. Async-signal-safe, any thread. */
void rf_stream_stop(rf_stream *stream);
/* Asks it to drain at once, without the shutdown delay; a rf_stream_stop() that comes then is the first. Another stream is to take its place. */
void rf_stream_drain(rf_stream *stream);
/* NULL is fine. Its gauges read it: no more scraping, and no rf_stream_summary(), after this. */
void rf_stream_free(rf_stream *stream);

/* For /ready: connection states now. Any thread. */
typedef struct rf_stream_status { bool input_connected, output_connected; char input_error[200], output_error[200]; } rf_stream_status;
void rf_stream_get_status(rf_stream *stream, rf_stream_status *ret_status);

/* The same of each input that is read and each output that is written to; at most `max`, and how many. One within others that nothing
 * was tried with yet counts as connected. Any thread. */
typedef struct rf_stream_link { const char *label, *path; bool connected; char error[200]; } rf_stream_link;
size_t rf_stream_get_links(rf_stream *stream, rf_stream_link *ret_links, size_t max);

/* The summary a run ends with: messages in, out, dropped by reason, p50/p99 a stage, pool hit rate. */
void rf_stream_summary(const rf_metrics *metrics, uint64_t run_ns, rf_buffer *out, bool colour);

#endif
