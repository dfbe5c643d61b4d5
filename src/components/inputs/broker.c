/* broker: several inputs side by side. */
#include "base/slice.h"
#include "stream/config.h"

typedef struct broker {
    rf_components inputs;
    int64_t copies;
    rf_batching batching;
} broker;

static const rf_field broker_fields[] = {
    { "inputs", RF_FIELD_INPUTS, offsetof(broker, inputs), NULL, RF_FIELD_REQUIRED, "The inputs.", NULL, NULL, 0, 0, 0 },
    { "batching", RF_FIELD_OBJECT, offsetof(broker, batching), NULL, 0, "What is a batch, of each input by itself.", NULL, rf_batching_fields, 0, 0, 0 },
    { "copies", RF_FIELD_INT, offsetof(broker, copies), "1", RF_FIELD_ADVANCED, "How many of each input there are.", NULL, NULL, 0, 1, 100 },
    { 0 },
};

static rf_code broker_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    const broker *self = state;
    rf_error error = { 0 };
    (void)env, (void)reterr;
    if (self->inputs.count > 0)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "attempting to create broker input type with no inputs");
    rf_error_hint(&error, "put one in `inputs`");
    return rf_conf_report(conf, &error);
}

static void broker_parts(void *state, rf_input_parts *ret_parts) {
    const broker *self = state;
    *ret_parts = (rf_input_parts){ .inputs = self->inputs, .batching = &self->batching };
}

const rf_input_kind rf_broker_input_kind = {
    .name = "broker",
    .summary = "Reads several inputs side by side.",
    .detail = "Each is read by a thread of its own and acknowledged by itself; the order within each is kept. It ends when all have ended.",
    .example = "input:\n"
               "  broker:\n"
               "    inputs:\n"
               "      - generate: {mapping: 'root = {\"from\": \"a\"}', interval: 100ms, count: 3}\n"
               "      - generate: {mapping: 'root = {\"from\": \"b\"}', interval: 200ms, count: 3}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = broker_fields,
    .state_size = sizeof(broker),
    .open = broker_open,
    .parts = broker_parts,
};
