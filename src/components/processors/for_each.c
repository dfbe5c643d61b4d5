/* for_each: processors on each message alone. */
#include "components/processors/nested.h"

static const rf_field for_each_fields[] = {
    RF_NESTED_BODY("The processors, in order."),
    { 0 },
};

static rf_code for_each_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)state;
    return rf_steps_run_each(local, batch, 0, reterr);
}

const rf_processor_kind rf_for_each_kind = {
    .name = "for_each",
    .summary = "Runs processors on each message alone, as a batch of one.",
    .detail = "For processors that look at the batch they are in, such as `batch_index()` or `archive`.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - for_each:\n"
               "        - nodered_js: {code: \"msg.payload.double = msg.payload.value * 2; return msg;\"}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = for_each_fields,
    .state_size = sizeof(rf_nested),
    .attach = rf_nested_attach,
    .process = for_each_process,
    .detach = rf_nested_detach,
};
