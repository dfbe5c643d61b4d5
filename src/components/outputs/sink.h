/* sink.h: what the outputs that write to a descriptor share: codecs, and writing that can be taken up again. */
#ifndef RF_COMPONENTS_OUTPUTS_SINK_H
#define RF_COMPONENTS_OUTPUTS_SINK_H

#include "stream/component.h"

typedef enum rf_sink_codec {
    RF_SINK_DELIMITED, /* each payload, and the delimiter behind it */
    RF_SINK_WHOLE,     /* each payload is all the file holds */
    RF_SINK_MESSAGE,   /* each message as one line of JSON */
} rf_sink_codec;

typedef struct rf_sink {
    const rf_env *env;
    rf_sink_codec codec;
    rf_slice delimiter; /* borrowed from the config */
    int fd;             /* the component's; -1: none */
    rf_buffer pending;  /* the batch as bytes, and before it what is left of a message of the last, when that was given up */
    bool begun;         /* the last write did not get all of it out: the same batch comes again */
    size_t written;     /* bytes of `pending` that are out */
    uint64_t put;       /* bytes that the system has taken, ever; for who wants to count from a moment on */
    size_t owed;        /* bytes at its front that end a message of an earlier batch, whose head is out */
    int number;         /* why the last write failed: an errno */
    uint32_t unwritten; /* messages of the batch that no bytes can be made of */
    rf_log_limit complaints;
} rf_sink;

#define RF_SINK_CODEC_DOC                                                                                        \
    "`lines`: each payload and a line feed; `append`: payloads and nothing between; `delim:X`: X behind each; " \
    "`all-bytes`: a file holds the last payload alone; `message`: each message as one JSON object a line, with its " \
    "metadata (see docs/messages.md)."

/* In open: `codec` as the user wrote it. Reports to `conf`. */
RF_NODISCARD rf_code rf_sink_open(rf_sink *sink, rf_slice codec, const rf_conf *conf, const rf_env *env);
void rf_sink_done(rf_sink *sink);

/* rf_output_kind.forget: the batch does not come again; a message of it that is half written is still written whole. */
void rf_sink_forget(rf_sink *sink);
/* rf_output_kind.write for a descriptor: one buffer, one write(2) if the system takes it. After a failure the same
 * batch goes on at the byte where it stopped. Errors: RF_EAGAIN the reader is slow; RF_EIO; RF_ENOMEM. */
RF_NODISCARD rf_code rf_sink_write(rf_sink *sink, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr);
/* Appends the bytes of one message to `pending`. One of which none can be made is marked as failed, counted in `unwritten` and told of.
 * Errors: RF_ENOMEM, `pending` is then of no use. */
RF_NODISCARD rf_code rf_sink_add(rf_sink *sink, rf_batch *batch, uint32_t index, rf_error *reterr);

/* The connection is another: what was not out of the batch goes with the batch again. */
void rf_sink_restart(rf_sink *sink);
/* For outputs that send each message by itself: its bytes, until the next call. Errors: RF_ENOMEM; any other is this message's alone, for
 * rf_sink_fail(). */
RF_NODISCARD rf_code rf_sink_encode(rf_sink *sink, rf_batch *batch, rf_message *message, rf_slice *ret_bytes, rf_error *reterr);
/* Marks it as failed and logs why, at a limited rate. */
void rf_sink_fail(rf_sink *sink, rf_batch *batch, rf_message *message, const char *why);

#endif
