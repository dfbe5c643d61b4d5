/* buffered.h: what buffers implement: they lie between the inputs and the workers (`buffer` at the config's root). */
#ifndef RF_STREAM_BUFFERED_H
#define RF_STREAM_BUFFERED_H

#include "stream/component.h"

/*
 * As all kinds (component.h) for open and close. A message is acknowledged to its input when it is stored, and leaves
 * the buffer when the output has taken it; unless `claims` is set. Nothing is dropped: what does not fit has to wait.
 */
typedef struct rf_buffer_kind {
    const char *name;
    const char *summary;  /* one sentence */
    const char *detail;   /* further paragraphs of the manual, or NULL */
    const char *example;  /* a whole config that runs */
    const rf_field *fields;
    size_t state_size;
    rf_code (*open)(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr);
    /*
     * Stores messages of the batch from *next on, in order, and counts *next up: several feeds at a time, each with its
     * own batch. The batch's memory may be used. NULL: there is no buffer.
     * RF_OK: all are stored, to stay. RF_EAGAIN: it is full, or not open yet; it has waited about `wait_ns` for that to change.
     * A retriable error: tried again with back-off. Any other ends the run.
     */
    rf_code (*store)(void *state, rf_batch *batch, uint32_t *next, uint64_t wait_ns, rf_error *reterr);
    /* Nothing more is stored: `read` says RF_ECLOSED when all was read. Any thread; also before connect. */
    void (*ended)(void *state);
    /* How what was stored is read, by one thread of its own: connect, read, ack, wake as an input has them; the rest is unused. */
    rf_input_kind reader;
    /* How what is read is made batches of, and what is done with them. NULL: not at all. */
    const struct rf_batching *(*batching)(const void *state);
    /* What is done with a batch before it is stored, by the thread that read it. NULL: nothing. */
    const rf_components *(*before)(const void *state);
    /* After all threads have ended: messages that are stored and were not delivered. */
    uint64_t (*left)(const void *state);
    bool claims;          /* whoever reads a message waits until it has left the buffer: `store` takes those who do (claims.h), `ack` answers them */
    void (*give_up)(void *state); /* with `claims`, after all threads have ended: what is left is answered as not delivered */
    bool keeps;           /* they are there at the next start: a stop does not drain it */
    void (*close)(void *state);
} rf_buffer_kind;

/* The table: sorted by name, NULL at the end. (src/components/table.c) */
extern const rf_buffer_kind *const rf_buffer_kinds[];

#endif
