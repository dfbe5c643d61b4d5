/* reject_errored: an output for messages that have not failed. */
#include "base/slice.h"
#include "stream/child.h"

typedef struct reject_errored {
    rf_component *output;
    rf_part part;
} reject_errored;

static const rf_field reject_errored_fields[] = {
    { "", RF_FIELD_OUTPUT, offsetof(reject_errored, output), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "The output for the others.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static bool choose(reject_errored *self, rf_batch *batch) {
    if (!rf_part_begin(&self->part, batch))
        return false;
    bool fits = true;
    for (uint32_t i = 0; fits && i < batch->count; i++)
        if (!batch->messages[i].error.data)
            fits = rf_part_add(&self->part, i);
    if (!fits)
        rf_part_end(&self->part);
    return fits;
}

static rf_code reject_errored_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    reject_errored *self = state;
    uint32_t unwritten = 0;
    if (!choose(self, batch))
        return rf_raise_nomem(reterr);
    rf_code code = rf_child_pass(self->output, &self->part, RF_CHILD_FOREVER, &unwritten, reterr);
    for (uint32_t i = 0; !code && i < batch->count; i++) {
        rf_slice why = batch->messages[i].error;
        if (why.data && !rf_batch_refuse(batch, i, "rejecting due to failed processing: %.*s", RF_SLICE_ARG(why)))
            code = rf_raise_nomem(reterr);
    }
    if (!code)
        *ret_unwritten = unwritten;
    return code;
}

static void reject_errored_close(void *state) {
    reject_errored *self = state;
    rf_part_done(&self->part);
}

const rf_output_kind rf_reject_errored_kind = {
    .name = "reject_errored",
    .summary = "Writes messages that have not failed, and takes no others.",
    .detail = "Without it a message that a processor failed on is written as it is. Failed messages go to the next output of a `fallback` around it, or "
              "back to where they came from.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  fallback:\n"
               "    - reject_errored:\n"
               "        stdout: {}\n"
               "    - file: {path: ./out/failed.jsonl, codec: message}\n",
    .fields = reject_errored_fields,
    .state_size = sizeof(reject_errored),
    .write = reject_errored_write,
    .close = reject_errored_close,
};
