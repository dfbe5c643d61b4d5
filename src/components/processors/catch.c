/* catch: processors for messages that have failed. */
#include "components/processors/nested.h"

static const rf_field catch_fields[] = {
    RF_NESTED_BODY("The processors, in order; none is fine."),
    { 0 },
};

static rf_code catch_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)state;
    return rf_steps_run_each(local, batch, RF_STEPS_ONLY_FAILED | RF_STEPS_CLEAR, reterr);
}

const rf_processor_kind rf_catch_kind = {
    .name = "catch",
    .summary = "Runs processors on the messages that are marked as failed, and takes the mark away.",
    .detail = "Within it `error()` tells why. Messages that are not failed pass by. What fails within is logged, and no longer marked behind it.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - nodered_js: {code: \"return 5;\"}\n"
               "    - catch:\n"
               "        - nodered_js: {code: \"msg.payload.double = msg.payload.value * 2; return msg;\"}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = catch_fields,
    .state_size = sizeof(rf_nested),
    .attach = rf_nested_attach,
    .process = catch_process,
    .detach = rf_nested_detach,
};
