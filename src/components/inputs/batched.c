/* batched: an input whose messages are made into batches. */
#include "base/slice.h"
#include "stream/config.h"

typedef struct batched {
    rf_component *child;
    rf_batching policy;
} batched;

static const rf_field batched_fields[] = {
    { "child", RF_FIELD_INPUT, offsetof(batched, child), NULL, RF_FIELD_REQUIRED, "The input.", NULL, NULL, 0, 0, 0 },
    { "policy", RF_FIELD_OBJECT, offsetof(batched, policy), NULL, 0, "When a batch is full.", NULL, rf_batching_fields, 0, 0, 0 },
    { 0 },
};

static rf_code batched_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    const batched *self = state;
    const rf_conf *node = rf_conf_child(conf, "policy");
    rf_error error = { 0 };
    (void)env, (void)reterr;
    if (rf_batching_is_on(&self->policy))
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "batch policy must have at least one active trigger");
    rf_error_hint(&error, "give it a `count`, `byte_size`, `period` or `check`");
    return rf_conf_report(node ? node : conf, &error);
}

static void batched_parts(void *state, rf_input_parts *ret_parts) {
    batched *self = state;
    *ret_parts = (rf_input_parts){ .inputs = { &self->child, 1 }, .batching = &self->policy };
}

const rf_input_kind rf_batched_kind = {
    .name = "batched",
    .summary = "Makes batches of an input's messages.",
    .detail = "The same as `batching` beside the input. What is there at the end of the input is a batch, too.",
    .example = "input:\n"
               "  batched:\n"
               "    child:\n"
               "      generate: {mapping: root.value = counter(), interval: 100ms, count: 5}\n"
               "    policy: {count: 2, period: 1s}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = batched_fields,
    .state_size = sizeof(batched),
    .open = batched_open,
    .parts = batched_parts,
};
