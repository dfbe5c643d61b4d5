/* try: processors until one of them fails. */
#include "components/processors/nested.h"

static const rf_field try_fields[] = {
    RF_NESTED_BODY("The processors, in order."),
    { 0 },
};

static rf_code try_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)state;
    return rf_steps_run_each(local, batch, RF_STEPS_UNTIL_FAILED, reterr);
}

const rf_processor_kind rf_try_kind = {
    .name = "try",
    .summary = "Runs processors on each message until one of them fails.",
    .detail = "A message that a processor fails on is not given to those after it: it goes on, marked as failed, and `catch` behind it can mend it. "
              "Each message is a batch of its own within.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - try:\n"
               "        - nodered_js: {code: \"msg.payload.double = msg.payload.value * 2; return msg;\"}\n"
               "    - catch: []\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = try_fields,
    .state_size = sizeof(rf_nested),
    .attach = rf_nested_attach,
    .process = try_process,
    .detach = rf_nested_detach,
};
