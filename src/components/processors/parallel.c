/* parallel: processors on each message alone. */
#include "components/processors/nested.h"

typedef struct parallel {
    rf_nested nested;
    int64_t cap;
} parallel;

static const rf_field parallel_fields[] = {
    { "processors", RF_FIELD_PROCESSORS, offsetof(parallel, nested.list), NULL, RF_FIELD_REQUIRED, "The processors, in order.", NULL, NULL, 0, 0, 0 },
    { "cap", RF_FIELD_INT, offsetof(parallel, cap), "0", RF_FIELD_ADVANCED, "Accepted for compatibility.", NULL, NULL, 0, 0, 1000000 },
    { 0 },
};

static rf_code parallel_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)state;
    return rf_steps_run_each(local, batch, 0, reterr);
}

const rf_processor_kind rf_parallel_kind = {
    .name = "parallel",
    .summary = "Runs processors on each message alone, as a batch of one.",
    .detail = "As `for_each`: it is batches that are worked on at the same time, by `pipeline.threads`; the messages of one are taken in turn, and keep their order.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - parallel:\n"
               "        processors:\n"
               "          - nodered_js: {code: \"msg.payload.double = msg.payload.value * 2; return msg;\"}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = parallel_fields,
    .state_size = sizeof(parallel),
    .attach = rf_nested_attach,
    .process = parallel_process,
    .detach = rf_nested_detach,
};
