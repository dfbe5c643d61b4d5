/* component.h: what inputs, processors and outputs implement. One file, one const kind, one row in table.c. */
#ifndef RF_STREAM_COMPONENT_H
#define RF_STREAM_COMPONENT_H

#include "base/log.h"
#include "message/message.h"
#include "observe/metrics.h"
#include "stream/conf.h"

/* What a component can be. */
typedef enum rf_class {
    RF_CLASS_INPUT,
    RF_CLASS_PROCESSOR,
    RF_CLASS_OUTPUT,
    RF_CLASS_CACHE,
    RF_CLASS_RATE_LIMIT,
    RF_CLASS_BUFFER,
    RF_CLASS_COUNT
} rf_class;

/* How a component ends the run, with an error and nothing more delivered: `fail` any thread; NULL: nothing is running. */
typedef struct rf_ending { void (*fail)(void *arg, const rf_error *error); void *arg; } rf_ending;

/* What a component may use. Lives as long as the component. */
typedef struct rf_env {
    rf_log *log;
    rf_log_origin origin; /* label and path, for log records */
    const char *label;    /* "" when it has none */
    const char *path;     /* "root.pipeline.processors.0" */
    rf_metrics *metrics;  /* register in open, never later */
    rf_keys *keys;
    unsigned shards;      /* threads that will process */
    const _Atomic bool *giving_up; /* becomes true when nothing is waited for any more: long work is to end */
    const rf_ending *ending;
    struct rf_http_mounts *http; /* the service's port, for paths of one's own (observe/http_mount.h); NULL: there is none */
    struct rf_plugins_live *plugins; /* where plugins that run are listed (plugin/live.h); NULL: nowhere */
    rf_buffer *unread;    /* what standard input gave and no stream has read; from one stream of a process to the next; NULL: there is no next */
    struct rf_inprocs *inprocs;   /* names under which outputs write to inputs (inproc.h) */
} rf_env;

/* One worker thread of the pipeline. */
typedef struct rf_shard_env {
    unsigned index;
    rf_meter *meter;
    unsigned depth; /* how deep in other processors: steps.h counts */
} rf_shard_env;

/*
 * All kinds: `state` is `state_size` zeroed bytes, filled by the host from the config by `fields` before open.
 * open:  checks the rest (reports all it finds by rf_conf_report and returns RF_ECONFIG), compiles, registers
 *        metrics. It is also what `lint` runs: no connection, no file, no thread. Main thread.
 * close: frees what open and later calls made; also after a failed open. Main thread, everything stopped.
 */
/* What ends inputs before they end by themselves. */
typedef struct rf_until {
    struct rf_query *check; /* of a batch's first message: the batch is the last one; NULL: nothing */
    uint64_t idle_ns;       /* that long without a message from any of them; 0: for ever */
    _Atomic bool met;       /* this and the next: the runtime's own */
    _Atomic uint64_t heard_ns; /* when there was a message last, monotonic; 0: the first of them has not begun */
} rf_until;

/* What an input is made of that reads nothing itself: others, side by side or one after the other. */
typedef struct rf_input_parts {
    rf_components inputs;
    bool in_turn;                      /* the next one begins when one has ended */
    rf_until *until;                   /* NULL: they end by themselves */
    const struct rf_batching *batching; /* of each of them; NULL: their own */
} rf_input_parts;

typedef struct rf_input_kind {
    const char *name;
    const char *summary;  /* one sentence */
    const char *detail;   /* further paragraphs of the manual, or NULL */
    const char *example;  /* a whole config that runs (`riffle list NAME`, docs, tested) */
    const rf_field *fields;
    size_t state_size;
    rf_code (*open)(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr);
    /* Opens the file, connects. Input thread. May block; `wake` ends it early. A retriable error is tried again with
     * back-off; any other ends the run (status 1). */
    rf_code (*connect)(void *state, rf_error *reterr);
    /* Appends messages to `batch`, at most `max`. Input thread. Blocks at most about `wait_ns`, less after `wake`.
     * RF_OK: at least one message. RF_EAGAIN: none yet. RF_ECLOSED: the end (count may be more than before).
     * RF_ELOST: connect again. Sets batch->mark to what `ack` needs. */
    rf_code (*read)(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr);
    /* The batch with this mark is done: delivered, or (false) given up at the end. Any thread, any order. May be NULL. */
    void (*ack)(void *state, uint64_t mark, bool delivered);
    /* In place of ack(false) when an output would not take a message of the batch; `why` is its reason as far as whoever sent the message may
     * read it, else "". NULL: ack(false). */
    void (*nack)(void *state, uint64_t mark, const char *why);
    /* What an output would not take is handed back by nack at once: whoever sent it tries again, or not (an HTTP answer).
     * False: it is tried again until it is taken, unless the user says `auto_replay_nacks: false`. */
    bool answers;
    /* Of an input that hands on what others had read: whether what an output would not take of that batch is tried again. NULL: yes. */
    bool (*replays)(const void *state, uint64_t mark);
    /* What it reads was read by other inputs of this stream: it ends when they have, and all of theirs is done. NULL: no. */
    bool (*is_inner)(const void *state);
    /* Makes a blocked connect or read return soon (RF_EAGAIN). Any thread. May be NULL. */
    void (*wake)(void *state);
    /* In place of connect, read, ack and wake: the host drives the inputs that are named. After open. */
    void (*parts)(void *state, rf_input_parts *ret_parts);
    void (*close)(void *state);
} rf_input_kind;

typedef struct rf_processor_kind {
    const char *name;
    const char *summary;
    const char *detail;
    const char *example;
    const rf_field *fields;
    size_t state_size;
    rf_code (*open)(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr);
    /* Makes what one worker thread needs for itself (VMs): before it processes, on that thread. */
    rf_code (*attach)(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr);
    /* Changes the batch in place: messages may be changed, removed, multiplied (rf_batch_replace), marked failed.
     * Worker thread. A message that cannot be processed fails or drops alone; an error return is for the whole batch
     * (RF_ENOMEM as a rule): all its messages are then marked failed, and the host logs it. Of what it drops or fails
     * alone it does its own counting and logging, at a limited rate. */
    rf_code (*process)(void *state, void *local, rf_batch *batch, rf_error *reterr);
    void (*detach)(void *state, void *local); /* on the worker thread; NULL local is fine */
    void (*close)(void *state);
    bool one_by_one; /* it takes its time with a message (waits): the host reads no more at once than what the user batched */
} rf_processor_kind;

typedef struct rf_output_kind {
    const char *name;
    const char *summary;
    const char *detail;
    const char *example;
    const rf_field *fields;
    size_t state_size;
    rf_code (*open)(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr);
    rf_code (*connect)(void *state, rf_error *reterr);
    /* Writes all messages of the batch. One caller at a time (the host holds a lock), any worker thread.
     * RF_OK: they are where they belong. A retriable error: the host waits and calls again with the same batch; what
     * had been written then may be written twice. A message that can never be written (JSON cannot hold it) is
     * marked failed by rf_message_fail and counted in *ret_unwritten; the others are written. One that the peer does not
     * take now, while it takes others, is refused by rf_batch_refuse(), and RF_OK returned: it is tried again later, behind
     * others, or goes where a `fallback` around this output says. */
    rf_code (*write)(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr);
    /* After an error of `write`: that batch does not come again. Whoever keeps parts of it for the next call drops them. May be NULL. */
    void (*forget)(void *state);
    rf_code (*flush)(void *state, rf_error *reterr); /* before an acknowledgement; may be NULL */
    void (*close)(void *state);
    bool keeps; /* it may keep messages when `write` has returned, by claims (claims.h) */
    /* Where its state has the rf_batching of RF_OUTPUT_BATCHING; 0: it has none. The host does the collecting: `write` gets whole batches. */
    size_t batching_at;
} rf_output_kind;

/* The row for batching, of a state that has it as member `batching` (not the first one); needs stream/config.h. */
#define RF_OUTPUT_BATCHING(state)                                                                                                        \
    { .name = "batching", .type = RF_FIELD_OBJECT, .offset = offsetof(state, batching), .fields = rf_batching_fields,                    \
      .doc = "What is written together: messages wait until a batch is full, and are acknowledged when it was written. What is there at the end, or " \
             "at a stop, is a batch, too. Within `fallback`, `drop_on`, `retry` and brokers that fail fast nothing waits: a batch is at most what comes at once." }

/* The tables: sorted by name, NULL at the end; a test checks. (src/components/table.c) */
extern const rf_input_kind *const rf_input_kinds[];
extern const rf_processor_kind *const rf_processor_kinds[];
extern const rf_output_kind *const rf_output_kinds[];

#endif
