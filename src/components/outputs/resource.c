/* resource: an output that stands in `output_resources`, by its label. */
#include "stream/child.h"

#include <assert.h>

typedef struct resource { rf_component *output; } resource;

static const rf_field resource_fields[] = {
    { "", RF_FIELD_OUTPUT_LABEL, offsetof(resource, output), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "The label of the resource.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code resource_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    const resource *self = state;
    rf_error error = { 0 };
    (void)env, (void)reterr;
    if (self->output)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "the label of an output resource is missing");
    return rf_conf_report(conf, &error);
}

static rf_code resource_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    const resource *self = state;
    return rf_child_write(self->output, batch, RF_CHILD_FOREVER, ret_unwritten, reterr);
}

const rf_output_kind rf_output_resource_kind = {
    .name = "resource",
    .summary = "Writes to an output of `output_resources`, by its label.",
    .detail = "Several places may name the same one. It counts and logs as itself.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "output:\n"
               "  resource: screen\n"
               "output_resources:\n"
               "  - label: screen\n"
               "    stdout: {}\n",
    .fields = resource_fields,
    .state_size = sizeof(resource),
    .open = resource_open,
    .write = resource_write,
};
