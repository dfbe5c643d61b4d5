/* drop: messages to nowhere. */
#include "stream/component.h"

#include <assert.h>

/* No state is needed, but a component has some. */
typedef struct drop {
    const rf_env *env;
} drop;

static const rf_field drop_fields[] = {
    { 0 },
};

static rf_code drop_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    drop *self = state;
    (void)conf, (void)reterr;
    assert(env);
    self->env = env;
    return RF_OK;
}

static rf_code drop_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    (void)state, (void)batch, (void)reterr;
    *ret_unwritten = 0;
    return RF_OK;
}

const rf_output_kind rf_drop_kind = {
    .name = "drop",
    .summary = "Takes messages and forgets them.",
    .detail = "They count as delivered. Good for measuring, and for trying out processors.",
    .example = "input:\n"
               "  generate:\n"
               "    mapping: root.value = counter()\n"
               "    interval: \"\"\n"
               "    count: 1000\n"
               "output:\n"
               "  drop: {}\n",
    .fields = drop_fields,
    .state_size = sizeof(drop),
    .open = drop_open,
    .write = drop_write,
};
