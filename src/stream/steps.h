/* steps.h: the processors of a list, run one after another on a batch: for components that have processors within them. */
#ifndef RF_STREAM_STEPS_H
#define RF_STREAM_STEPS_H

#include "stream/component.h"

/* One processor with its counting, as all threads see it. */
typedef struct rf_stage_metrics {
    rf_metric received, batch_received, sent, batch_sent, error, latency;
} rf_stage_metrics;

typedef struct rf_stage {
    const rf_component *component;
    const rf_processor_kind *kind;
    rf_blame blame;
    rf_stage_metrics metrics;
    rf_log_limit complaints;
} rf_stage;

void rf_stage_init(rf_stage *stage, const rf_component *component);
/* Registers its metrics. */
RF_NODISCARD rf_code rf_stage_register(rf_stage *stage, rf_metrics *metrics, rf_error *reterr);
/* For a processor within a component: gives it a stage, in its config's arena, registered. */
RF_NODISCARD rf_code rf_stage_open(rf_component *component, rf_metrics *metrics, rf_error *reterr);
/* Runs it: counts, and when it gives up on the whole batch marks all messages as failed and logs it. Worker thread. */
void rf_stage_run(rf_stage *stage, void *local, rf_meter *meter, rf_batch *batch);

/*
 * A list of processors as one thread runs it: what each of them needs there (their `attach`) is made with it. A component
 * makes its steps in its own `attach`, and frees them in `detach`, on the same thread.
 */
typedef struct rf_steps rf_steps;

/* `list` is borrowed. Errors: what an attach says; RF_ELIMIT they are nested too deep (a resource that holds itself). */
RF_NODISCARD rf_code rf_steps_new(const rf_components *list, const rf_shard_env *shard, rf_steps **ret_steps, rf_error *reterr);
/* NULL is fine. */
void rf_steps_free(rf_steps *steps);
/* All processors on the batch. Stops early when nothing is left of it, or the run is being given up: what is left then was
 * not processed, and is not delivered either. */
void rf_steps_run(rf_steps *steps, rf_batch *batch);

enum {
    RF_STEPS_UNTIL_FAILED = 1u << 0, /* a message that fails gets no further */
    RF_STEPS_ONLY_FAILED = 1u << 1,  /* the others are left alone */
    RF_STEPS_CLEAR = 1u << 2,        /* afterwards none of them is failed */
};
/* Each message alone, as a batch of one; what becomes of it takes its place. Errors: RF_ENOMEM, the batch is as it was. */
RF_NODISCARD rf_code rf_steps_run_each(rf_steps *steps, rf_batch *batch, unsigned how, rf_error *reterr);

#endif
