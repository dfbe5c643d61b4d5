/* stream_common.h: what the benchmarks of streams share: a config's processors driven by hand, and proof of what came out. */
#ifndef RF_BENCH_STREAM_COMMON_H
#define RF_BENCH_STREAM_COMMON_H

#include "groups.h"
#include "stream/config.h"
#include "stream_messages.h"
#include "stream_scripts.h"

/* What went right and wrong while it was measured. */
typedef struct rf_stream_tally {
    uint64_t runs, wrong; /* iterations, and those that gave something else than they should */
    rf_error error;       /* the first of what went wrong */
} rf_stream_tally;

/* Notes an error of an iteration; the first one stays. */
static inline void rf_stream_tally_note(rf_stream_tally *tally, const rf_error *error) {
    if (!tally->error.code)
        tally->error = *error;
}
/* That something was run, without an error, and was right each time. */
RF_NODISCARD rf_code rf_stream_tally_check(const rf_stream_tally *tally, rf_error *reterr);

/* A config that is open. Zeroed is empty. One thread. */
typedef struct rf_stream_host {
    rf_buffer text;       /* of the config, which has views into it */
    rf_metrics *metrics;
    rf_keys *keys;
    rf_config *config;
} rf_stream_host;

/* `host->text` is there. What it made before an error is the caller's to take down. Errors: of the config, the first; RF_ENOMEM. */
RF_NODISCARD rf_code rf_stream_host_open(rf_stream_host *host, rf_error *reterr);
/* All but the text, so that it can be opened again. */
void rf_stream_host_close(rf_stream_host *host);

/* The messages `from` … `from + count - 1`, read into a batch. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_stream_messages_read(rf_batch *batch, uint64_t from, uint32_t count, rf_error *reterr);

/* A processor of a config, and messages that go through it again and again. One thread. */
typedef struct rf_stream_driver {
    rf_stream_host host;
    rf_shard_env shard;
    void *local;
    bool attached;
    rf_batch *source; /* the messages; they share their parts with … */
    rf_batch *batch;  /* … those that the processor works on */
    rf_stream_tally tally;
} rf_stream_driver;

/* `driver->host.text` is there. What it made before an error is the caller's to take down. */
RF_NODISCARD rf_code rf_stream_driver_open(rf_stream_driver *driver, uint64_t from, uint32_t count, rf_error *reterr);
void rf_stream_driver_done(rf_stream_driver *driver);
/* All messages through the processor, into `batch`. */
RF_NODISCARD rf_code rf_stream_driver_run(rf_stream_driver *driver, rf_error *reterr);
/* As rf_bench has it, of an rf_stream_driver. */
void rf_stream_driver_work(void *driver, uint64_t iterations);
/* That the message has this topic (NULL: none) and a payload that ends so. Errors: RF_ESCRIPT. */
RF_NODISCARD rf_code rf_stream_message_is(rf_batch *batch, uint32_t index, const char *topic, const char *payload, rf_error *reterr);

/* A whole stream: `arg` of its row. */
typedef struct rf_stream_pipeline_arg { rf_groups *groups; uint32_t threads, ticks; /* of RF_STREAM_NODES messages each */ } rf_stream_pipeline_arg;

/* The parts of the group. */
rf_code rf_stream_bench_stages(rf_groups *groups, rf_error *reterr); /* stream_stage, stream_pool */
rf_code rf_stream_bench_batches(rf_groups *groups, rf_error *reterr); /* stream_batch, stream_conditions */
rf_code rf_stream_bench_json(rf_groups *groups, rf_error *reterr);
rf_code rf_stream_bench_pipelines(rf_groups *groups, rf_error *reterr);

#endif
