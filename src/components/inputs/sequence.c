/* sequence: inputs one after the other. */
#include "base/slice.h"
#include "stream/config.h"

typedef struct sequence { rf_components inputs; } sequence;

static const rf_field sequence_fields[] = {
    { "inputs", RF_FIELD_INPUTS, offsetof(sequence, inputs), NULL, RF_FIELD_REQUIRED, "The inputs, the first one first.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code sequence_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    const sequence *self = state;
    rf_error error = { 0 };
    (void)env, (void)reterr;
    if (self->inputs.count > 0)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "a sequence has no inputs");
    return rf_conf_report(conf, &error);
}

static void sequence_parts(void *state, rf_input_parts *ret_parts) {
    const sequence *self = state;
    *ret_parts = (rf_input_parts){ .inputs = self->inputs, .in_turn = true };
}

const rf_input_kind rf_sequence_kind = {
    .name = "sequence",
    .summary = "Reads inputs one after the other.",
    .detail = "The next one is connected when one has ended. What is within a `broker` that stands here is read one after the other, too.",
    .example = "input:\n"
               "  sequence:\n"
               "    inputs:\n"
               "      - generate: {mapping: 'root = \"first\"', interval: \"\", count: 2}\n"
               "      - generate: {mapping: 'root = \"second\"', interval: \"\", count: 2}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = sequence_fields,
    .state_size = sizeof(sequence),
    .open = sequence_open,
    .parts = sequence_parts,
};
