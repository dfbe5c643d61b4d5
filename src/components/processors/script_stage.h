/* script_stage.h: what tag_processor and nodered_js share: scripts compiled at start, and runs of them that are
 * limited, timed and counted by stage. */
#ifndef RF_COMPONENTS_SCRIPT_STAGE_H
#define RF_COMPONENTS_SCRIPT_STAGE_H

#include "base/ticks.h"
#include "stream/component.h"

/* Why a message did not go on as it should. */
typedef enum rf_reason {
    RF_REASON_FILTERED,   /* the script returned nothing, on purpose */
    RF_REASON_THREW,
    RF_REASON_LIMIT,      /* time, memory, stack, or too many messages out of one */
    RF_REASON_BAD_RETURN, /* something that is no message */
    RF_REASON_NOT_JSON,   /* a payload that JSON cannot hold */
    RF_REASON_MISSING,    /* required metadata */
    RF_REASON_TOPIC,
    RF_REASON_CONVERSION, /* the payload is not what `datatype` asks for */
    RF_REASON_DISABLED,   /* the plugin was taken out: it had failed too often in a row */
    RF_REASON_COUNT,
} rf_reason;

#define RF_REASONS(reason) (1u << (reason))
/* What can go wrong in any script. */
#define RF_REASONS_SCRIPT \
    (RF_REASONS(RF_REASON_THREW) | RF_REASONS(RF_REASON_LIMIT) | RF_REASONS(RF_REASON_BAD_RETURN) | RF_REASONS(RF_REASON_NOT_JSON))

/* The fields `cache` and `limits`, filled from the config. */
typedef struct rf_script_options {
    struct { int64_t max_entries; uint64_t max_bytes; } cache;
    struct { uint64_t time_ns, memory_bytes, stack_bytes; } limits;
} rf_script_options;

extern const rf_field rf_script_cache_fields[];
extern const rf_field rf_script_limit_fields[];
/* The two rows of a processor's table, for an rf_script_options in `owner.member`. */
#define RF_SCRIPT_OPTION_ROWS(owner, member)                                                              \
    { .name = "cache", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, member.cache),                  \
      .flags = RF_FIELD_ADVANCED, .doc = "Bounds of the `cache` that the scripts of this processor share.", \
      .fields = rf_script_cache_fields },                                                                \
    { .name = "limits", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, member.limits),                \
      .flags = RF_FIELD_ADVANCED, .doc = "Bounds of every single run of a script.",                      \
      .fields = rf_script_limit_fields }

/* One stage as it is described to rf_scripts_add(). Texts are copied. */
typedef struct rf_stage_spec {
    const char *name;   /* "conditions[1].if": in logs */
    const char *metric; /* the same, or a name that several stages share: in metrics */
    const char *kind;   /* "tag_processor": in profiles, when the processor has no label */
    const char *file;   /* "condition-1-if.js" */
    const char *what;   /* "condition 1 'if'": in what a failed start says */
    rf_script_form form;
    unsigned dropped, failed; /* RF_REASONS that are possible */
} rf_stage_spec;

typedef struct rf_script_stage {
    const char *name;
    rf_metric latency;
    rf_metric dropped[RF_REASON_COUNT], failed[RF_REASON_COUNT];
    rf_log_limit limit;
} rf_script_stage;

/* All stages of one processor. Filled in open, then read by all shards (but for the limits and the gauges). */
typedef struct rf_scripts {
    rf_arena arena; /* names, stages, sources */
    const rf_env *env;
    const rf_conf *conf;
    struct rf_stage_list { rf_script_stage *stages; const rf_program **programs; size_t count, program_count, cap; } list;
    rf_script_cache *cache;
    rf_script_host host;
    rf_limits limits;
    bool broken; /* a script did not compile */
    rf_metric processed, errored, hits, misses, resets, pauses;
    _Atomic uint64_t pool_size, pool_bytes;
} rf_scripts;

/* `cap`: stages at the most. */
RF_NODISCARD rf_code rf_scripts_init(rf_scripts *scripts, const rf_conf *conf, const rf_env *env, size_t cap, rf_error *reterr);
/* Zeroed is fine. */
void rf_scripts_done(rf_scripts *scripts);
/* Compiles a script as the next stage. A syntax error is reported to the config's findings, and remembered until
 * rf_scripts_ready(). Scripts come before stages without one. Errors: RF_ENOMEM, RF_ELIMIT. */
RF_NODISCARD rf_code rf_scripts_add(rf_scripts *scripts, const rf_stage_spec *spec, const rf_conf_script *script, rf_error *reterr);
/* A stage that is no script, but drops or fails messages. */
RF_NODISCARD rf_code rf_scripts_add_plain(rf_scripts *scripts, const rf_stage_spec *spec, rf_error *reterr);
/* After the last: makes the cache, registers the counters. Errors: RF_ECONFIG something did not compile; RF_ENOMEM. */
RF_NODISCARD rf_code rf_scripts_ready(rf_scripts *scripts, const rf_script_options *options, rf_error *reterr);

/* The running side of one shard. One thread. */
typedef struct rf_runner {
    rf_scripts *scripts;
    rf_pool *pool; /* NULL: there are no scripts */
    rf_meter *meter;
    rf_ticks_epoch epoch;
    double unit_ns;      /* of a tick; 0: not known yet */
    uint64_t last_ticks; /* the end of the run before: the start of the next one */
    rf_pool_counts seen; /* already in the metrics */
    uint64_t collections; /* the same */
} rf_runner;

RF_NODISCARD rf_code rf_runner_init(rf_runner *runner, rf_scripts *scripts, const rf_shard_env *shard, rf_error *reterr);
/* Zeroed is fine. */
void rf_runner_done(rf_runner *runner);

/* Around a batch: the first starts the clock, the second brings the counts up to date. */
void rf_runner_begin(rf_runner *runner);
void rf_runner_end(rf_runner *runner);

/* One run, as rf_vm_run() and rf_vm_test(), timed. A message's payload must be settled. */
RF_NODISCARD rf_code rf_runner_run(rf_runner *runner, size_t stage, rf_batch *batch, rf_message *message, rf_run *ret_run,
                                   rf_error *reterr);
RF_NODISCARD rf_code rf_runner_test(rf_runner *runner, size_t stage, rf_batch *batch, rf_message *message, bool *ret_truth,
                                    rf_error *reterr);
/* The reason for which a run's error stands; RF_REASON_COUNT: it is one of the whole batch (no memory). */
rf_reason rf_runner_reason(rf_code code);

/* Counts, and logs at a limited rate. `why` NULL: no log. */
void rf_runner_dropped(rf_runner *runner, size_t stage, rf_reason reason, const rf_error *why);
void rf_runner_failed(rf_runner *runner, size_t stage, rf_reason reason, const rf_error *why);

#endif
