/* rate_limit: holds messages back until a rate limit lets them through. */
#include "stream/cache.h"

typedef struct rate_limit {
    rf_component *limit;
    const rf_env *env;
} rate_limit;

static const rf_field rate_limit_fields[] = {
    { "resource", RF_FIELD_RATE_LIMIT_LABEL, offsetof(rate_limit, limit), NULL, RF_FIELD_REQUIRED, "The label of a rate limit.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code rate_limit_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    rate_limit *self = state;
    (void)conf, (void)reterr;
    self->env = env;
    return self->limit ? RF_OK : RF_ECONFIG;
}

static rf_code rate_limit_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    const rate_limit *self = state;
    (void)local;
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_code code = rf_rate_limit_wait(self->limit, self->env->giving_up, reterr);
        if (code) /* giving up: what the batch holds is not delivered either */
            return code == RF_EAGAIN ? RF_OK : code;
    }
    return RF_OK;
}

const rf_processor_kind rf_rate_limit_processor_kind = {
    .name = "rate_limit",
    .summary = "Holds messages back so that no more pass than a rate limit allows.",
    .detail = "Nothing is dropped, and the order stays. Messages that are in a batch each take a turn, and leave together.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: \"\", count: 30}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - rate_limit: {resource: slowly}\n"
               "output:\n"
               "  stdout: {}\n"
               "rate_limit_resources:\n"
               "  - label: slowly\n"
               "    local: {count: 10, interval: 100ms}\n",
    .fields = rate_limit_fields,
    .state_size = sizeof(rate_limit),
    .open = rate_limit_open,
    .process = rate_limit_process,
    .one_by_one = true,
};
