/* resource: an input that stands in `input_resources`, by its label. */
#include "stream/config.h"

typedef struct resource { rf_component *input; } resource;

static const rf_field resource_fields[] = {
    { "", RF_FIELD_INPUT_LABEL, offsetof(resource, input), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "The label of the resource.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code resource_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    const resource *self = state;
    rf_error error = { 0 };
    (void)env, (void)reterr;
    if (self->input)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "the label of an input resource is missing");
    return rf_conf_report(conf, &error);
}

static void resource_parts(void *state, rf_input_parts *ret_parts) {
    resource *self = state;
    *ret_parts = (rf_input_parts){ .inputs = { &self->input, 1 } };
}

const rf_input_kind rf_input_resource_kind = {
    .name = "resource",
    .summary = "Reads an input of `input_resources`, by its label.",
    .detail = "One place names it. It counts and logs as itself.",
    .example = "input:\n"
               "  resource: numbers\n"
               "input_resources:\n"
               "  - label: numbers\n"
               "    generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = resource_fields,
    .state_size = sizeof(resource),
    .open = resource_open,
    .parts = resource_parts,
};
