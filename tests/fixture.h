/* fixture.h: streams inside a test: a config's processors driven by hand, and inputs and outputs that misbehave on order. */
#ifndef RF_TESTS_FIXTURE_H
#define RF_TESTS_FIXTURE_H

#include "base/thread.h"
#include "stream/stream.h"

#include <stdatomic.h>

/* ---- A config's processors, on the test's own thread ---- */

typedef struct rf_fixture {
    rf_metrics *metrics;
    rf_keys *keys;
    rf_config *config;
    rf_shard_env shard;
    void **locals;
    size_t attached;
    rf_batch *batch; /* what was sent; after rf_fixture_run what came out */
    rf_buffer text;  /* the line rf_fixture_line gave last */
} rf_fixture;

/* Loads, opens and attaches; `config` is a whole config. On error the fixture holds what to free, too. */
RF_NODISCARD rf_code rf_fixture_open(rf_fixture *fixture, const char *config, rf_error *reterr);
void rf_fixture_done(rf_fixture *fixture);
/* Adds one message to the batch, as `codec: message` writes it. */
RF_NODISCARD rf_code rf_fixture_send(rf_fixture *fixture, const char *line, rf_error *reterr);
/* All processors on the batch. */
RF_NODISCARD rf_code rf_fixture_run(rf_fixture *fixture, rf_error *reterr);
/* Message `i` as a line of `codec: message`; empty when there is none or it cannot be written. */
rf_slice rf_fixture_line(rf_fixture *fixture, uint32_t i);

/* ---- A whole stream of a config ---- */

typedef struct rf_fixture_stream {
    rf_metrics *metrics;
    rf_keys *keys;
    rf_config *config;
    rf_stream *stream;
} rf_fixture_stream;

/* Loads, opens and makes the stream; then rf_stream_run(fixture->stream). What is wrong with the config: the first
 * finding is the error. */
RF_NODISCARD rf_code rf_fixture_stream_open(rf_fixture_stream *fixture, const char *config, rf_error *reterr);
void rf_fixture_stream_done(rf_fixture_stream *fixture);
/* What is found wrong with the config, as the first thing, holds that text. */
void rf_fixture_wrong(const char *config, const char *message);

/* ---- Files ---- */

/* An empty directory of the test's own, removed with all in it. */
typedef struct rf_fixture_dir { char path[64]; rf_buffer text; } rf_fixture_dir;

RF_NODISCARD bool rf_fixture_dir_init(rf_fixture_dir *dir);
void rf_fixture_dir_done(rf_fixture_dir *dir);
/* False: not written. */
RF_NODISCARD bool rf_fixture_dir_write(const rf_fixture_dir *dir, const char *name, rf_slice content);
/* What the file holds; data NULL: it is not there. Until the next call. */
rf_slice rf_fixture_dir_read(rf_fixture_dir *dir, const char *name);
/* The text with each @DIR@ replaced by the directory, for configs. Until the next call; NULL: out of memory. */
const char *rf_fixture_dir_config(rf_fixture_dir *dir, const char *text);

/* ---- A whole stream of kinds made for tests ---- */

/* Counts from 1 to `count`, each number a message; may fail on order. */
typedef struct rf_fake_input {
    uint64_t count;         /* 0: without end */
    uint32_t a_read;        /* messages one read gives at the most */
    uint64_t pause_ns;      /* before each read that gives some */
    uint64_t lose_after;    /* the connection is lost once, after so many messages; 0: never */
    uint32_t refuse;        /* so many connects fail, retriably */
    rf_code fail_with;      /* at the end: this in place of RF_ECLOSED */
    /* What happened. */
    _Atomic uint64_t sent;
    uint32_t connects;
    _Atomic uint64_t acked, nacked; /* batches */
    _Atomic bool woken;
} rf_fake_input;

/* Remembers what it is given; may fail on order. */
typedef struct rf_fake_output {
    uint32_t fail_writes;   /* so many writes fail, retriably */
    uint32_t slow_writes;   /* so many say RF_EAGAIN */
    rf_code fatal;          /* then each write fails with this, for good */
    bool never;             /* each write fails, retriably, without end */
    uint64_t pause_ns;      /* each write takes that long */
    uint32_t refuse;        /* so many connects fail, retriably */
    uint64_t refuse_every;  /* n: every n-th number is refused alone, `refusals` times in all */
    uint32_t refusals;
    /* What happened. */
    uint64_t *numbers;      /* in the order they came */
    size_t count, cap;
    uint32_t writes, connects, forgotten;
    _Atomic uint64_t written; /* messages; for other threads */
    uint32_t largest;       /* batch */
} rf_fake_output;

/* A processor that adds 1000 to each number, or drops, or fails, what it is told to. */
typedef struct rf_fake_processor {
    uint64_t drop_every;    /* n: every n-th number; 0: none */
    uint64_t fail_every;
    rf_code attach_fails;
    bool process_fails;
    _Atomic uint32_t attached, detached;
} rf_fake_processor;

extern const rf_output_kind rf_fake_output_kind; /* of rf_fake_output */

typedef struct rf_fake_stream {
    rf_fake_input input;
    rf_fake_output output;
    rf_fake_processor processor;
    bool with_processor;
    bool no_replay;         /* of the input */
    rf_config config;
    rf_component processors[1];
    rf_metrics *metrics;
    rf_keys *keys;
    rf_stream *stream;
} rf_fake_stream;

/* Call with the orders set in a zeroed struct; then rf_stream_run(fake->stream). */
RF_NODISCARD rf_code rf_fake_stream_open(rf_fake_stream *fake, int64_t threads, rf_error *reterr);
void rf_fake_stream_done(rf_fake_stream *fake);
/* The value of a counter, summed over its labels. */
uint64_t rf_fake_counter(const rf_metrics *metrics, const char *name);

#endif
