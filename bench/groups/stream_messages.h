/* stream_messages.h: the messages that streams are measured with, the same as bench/stream/generate.py writes. */
#ifndef RF_BENCH_STREAM_MESSAGES_H
#define RF_BENCH_STREAM_MESSAGES_H

#include "base/buffer.h"

/* Nodes that are read a tick: a number of the server's, an array of texts, and 40 booleans. */
#define RF_STREAM_NODES 42u
/* The standard message: the first boolean. */
#define RF_STREAM_STANDARD 2u

/* Message `number` as a line of `codec: message`, with its newline. */
void rf_stream_message_line(rf_buffer *out, uint64_t number);

#endif
