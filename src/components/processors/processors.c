/* processors: a list of processors in the place of one. */
#include "components/processors/nested.h"

static const rf_field processors_fields[] = {
    RF_NESTED_BODY("The processors, in order."),
    { 0 },
};

static rf_code processors_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)state, (void)reterr;
    rf_steps_run(local, batch);
    return RF_OK;
}

const rf_processor_kind rf_processors_kind = {
    .name = "processors",
    .summary = "Runs a list of processors where one is asked for.",
    .detail = "Useful as a resource, so that several places share a list.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - resource: both\n"
               "processor_resources:\n"
               "  - label: both\n"
               "    processors:\n"
               "      - nodered_js: {code: \"msg.payload.double = msg.payload.value * 2; return msg;\"}\n"
               "      - nodered_js: {code: \"msg.payload.half = msg.payload.value / 2; return msg;\"}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = processors_fields,
    .state_size = sizeof(rf_nested),
    .attach = rf_nested_attach,
    .process = processors_process,
    .detach = rf_nested_detach,
};
