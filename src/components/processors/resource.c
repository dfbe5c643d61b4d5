/* resource: a processor that stands in `processor_resources`, by its label. */
#include "base/alloc.h"
#include "stream/steps.h"

typedef struct resource {
    rf_component *processor;
    rf_components list; /* of that one */
} resource;

static const rf_field resource_fields[] = {
    { "", RF_FIELD_PROCESSOR_LABEL, offsetof(resource, processor), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "The label of the resource.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code resource_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    resource *self = state;
    (void)env;
    if (!self->processor) { /* one that is not there has its finding already */
        rf_error error = { 0 };
        (void)rf_raise(&error, RF_ECONFIG, "the label of a processor resource is missing");
        return rf_conf_report(conf, &error);
    }
    (void)reterr;
    self->list = (rf_components){ &self->processor, 1 };
    return RF_OK;
}

static rf_code resource_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    const resource *self = state;
    rf_steps *steps;
    rf_code code = rf_steps_new(&self->list, shard, &steps, reterr);
    if (!code)
        *ret_local = steps;
    return code;
}

static rf_code resource_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)state, (void)reterr;
    rf_steps_run(local, batch);
    return RF_OK;
}

static void resource_detach(void *state, void *local) {
    (void)state;
    rf_steps_free(local);
}

const rf_processor_kind rf_processor_resource_kind = {
    .name = "resource",
    .summary = "Runs a processor of `processor_resources`, by its label.",
    .detail = "Several places may name the same one. It counts and logs as itself.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - resource: double\n"
               "processor_resources:\n"
               "  - label: double\n"
               "    nodered_js: {code: \"msg.payload.value *= 2; return msg;\"}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = resource_fields,
    .state_size = sizeof(resource),
    .open = resource_open,
    .attach = resource_attach,
    .process = resource_process,
    .detach = resource_detach,
};
