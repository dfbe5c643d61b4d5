/* noop: leaves messages as they are. */
#include "stream/component.h"

static const rf_field noop_fields[] = {
    { 0 },
};

static rf_code noop_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)state, (void)local, (void)batch, (void)reterr;
    return RF_OK;
}

const rf_processor_kind rf_noop_kind = {
    .name = "noop",
    .summary = "Leaves messages as they are.",
    .detail = "For the place of a processor that is switched off by the environment.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - ${EXTRA_STEP:noop}: {}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = noop_fields,
    .process = noop_process,
};
