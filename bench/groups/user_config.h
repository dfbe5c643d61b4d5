/* user_config.h: what the benchmarks of a user's config share: the config opened, recorded messages, copies of them. */
#ifndef RF_BENCH_USER_CONFIG_H
#define RF_BENCH_USER_CONFIG_H

#include "groups.h"
#include "stream/config.h"

/* What all rows of one config work on. Lives in the groups' arena; the files are read once, so that all rows see the same. */
typedef struct rf_user_config {
    rf_groups *groups;
    const char *path, *input; /* as the user typed them */
    rf_slice text, lines;     /* their content */
} rf_user_config;

#define RF_USER_NO_STAGE SIZE_MAX

/* What `arg` of a row points at. */
typedef struct rf_user_row {
    const rf_user_config *user;
    const char *what;    /* "tag_processor.conditions[1].if": for errors */
    size_t processor;    /* of the config; ignored where all take part */
    size_t stage;        /* of the processor, in the order in which its scripts run */
    uint32_t rounds;     /* how often a run of the stream reads the recording */
    uint64_t messages;   /* recorded ones */
} rf_user_row;

/* Messages in batches as large as the stream makes them. Zeroed is empty. */
typedef struct rf_user_messages { RF_VEC(rf_batch *) batches; uint64_t count; } rf_user_messages;
void rf_user_messages_done(rf_user_messages *messages);

/* A config that is open on this thread. Zeroed is fine to be done. One thread. */
typedef struct rf_user_room {
    rf_metrics *metrics;
    rf_keys *keys;
    rf_config *config;
    rf_shard_env shard;
    void **locals;       /* one a processor; NULL: not attached */
    bool *attached;
    rf_batch *batch;     /* the copy that is worked on */
} rf_user_room;

/* Loads and opens, as `riffle run` does before it starts. Errors: the first of the findings, with its place; RF_ENOMEM. */
RF_NODISCARD rf_code rf_user_room_open(rf_user_room *room, const rf_user_config *user, rf_error *reterr);
void rf_user_room_done(rf_user_room *room);
RF_NODISCARD rf_code rf_user_room_attach(rf_user_room *room, size_t processor, rf_error *reterr);

/* The next line that is not blank, off `*rest`; false: there is none. */
bool rf_user_next_line(rf_slice *rest, rf_slice *ret_line);
/* One line of the recording, added to the batch. Errors: RF_EPARSE with the byte within the line in the message; RF_ENOMEM. */
RF_NODISCARD rf_code rf_user_read_line(rf_batch *batch, rf_slice line, rf_error *reterr);
/* All recorded messages, up to `most`. Errors: RF_EPARSE with place; RF_ECONFIG there are none; RF_ENOMEM. */
RF_NODISCARD rf_code rf_user_room_read(rf_user_room *room, const rf_user_config *user, uint64_t most, rf_user_messages *ret_messages,
                                       rf_error *reterr);

/*
 * Makes `to` what `from` is, so that it can be changed: metadata is copied, values are shared, as nothing changes them in place. About
 * 10 ns a message with 14 entries, a tenth and less of what the shortest script takes; `config/copy` shows it. False: out of memory.
 */
RF_NODISCARD bool rf_user_copy(const rf_batch *from, rf_batch *to);

/* Messages with an error; the first one's, when `ret_why` is given. */
uint64_t rf_user_count_failed(const rf_batch *batch, rf_slice *ret_why);

/* What a processor did with messages: those that it could not process (dropped or passed on with an error) are `errored`. */
typedef struct rf_user_passed { uint64_t in, out, errored; } rf_user_passed;
/* All of `messages` through an attached processor; they are replaced by what comes out. Errors: as rf_processor_kind.process. */
RF_NODISCARD rf_code rf_user_room_pass(rf_user_room *room, size_t processor, rf_user_messages *messages, rf_user_passed *ret_passed,
                                       rf_error *reterr);
/* What comes to the processor: the recorded messages after those before it, up to `most` recorded ones. Errors: of both. */
RF_NODISCARD rf_code rf_user_room_reach(rf_user_room *room, const rf_user_config *user, size_t processor, uint64_t most,
                                        rf_user_messages *ret_messages, rf_error *reterr);
/* What the processor has counted as errored since it was opened: not all that it passes on with an error. */
uint64_t rf_user_room_errored(const rf_user_room *room, size_t processor);

/* Of a stage's script no more recorded messages are run than these: those before it have to run them, too. */
#define RF_USER_STAGE_MESSAGES 1024u

/* Scripts of the processor; 0 for a kind that has none in the config. (user_config_script.c) */
size_t rf_user_stage_count(const rf_component *processor);
/* "conditions[1].if", in the groups' arena; NULL: out of memory. */
const char *rf_user_stage_name(rf_groups *groups, const rf_component *processor, size_t stage);

/* One script, with the messages that come to it. (user_config_script.c) */
typedef struct rf_user_script {
    rf_user_room room;
    rf_user_messages reaching;      /* the processor */
    rf_user_messages kept;          /* batches that the items' values live in */
    RF_VEC(rf_message) items;       /* settled, as the script sees them */
    rf_pool *pool;                  /* the processor's own, or `own` */
    size_t index;                   /* of the program in the pool */
    bool is_test;
    struct { rf_program *program; rf_script_cache *cache; rf_script_host host; rf_pool *pool; } own; /* where the processor's is out of reach */
} rf_user_script;
/* To be done in any case. Errors: of the config; RF_ENOMEM. */
RF_NODISCARD rf_code rf_user_script_open(rf_user_script *script, const rf_user_config *user, size_t processor, size_t stage,
                                         rf_error *reterr);
void rf_user_script_done(rf_user_script *script);
/* One message; what it gives lives in the room's batch. Errors: as rf_vm_run(). */
RF_NODISCARD rf_code rf_user_script_run(rf_user_script *script, rf_message *message, rf_error *reterr);

/* Rows as rf_bench has them. (user_config_work.c, user_config_stream.c) */
extern const rf_bench rf_user_copy_row, rf_user_processor_row, rf_user_all_row, rf_user_stage_row, rf_user_stream_row;

#endif
