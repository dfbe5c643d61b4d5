/* nested.c: what processors share that have one list of processors within them. */
#include "components/processors/nested.h"

rf_code rf_nested_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    const rf_nested *self = state;
    rf_steps *steps;
    rf_code code = rf_steps_new(&self->list, shard, &steps, reterr);
    if (!code)
        *ret_local = steps;
    return code;
}

void rf_nested_detach(void *state, void *local) {
    (void)state;
    rf_steps_free(local);
}
