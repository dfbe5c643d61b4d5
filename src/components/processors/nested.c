/* nested.c: what processors share that have one list of processors within them. */
#include "components/processors/nested.h"

#include "base/alloc.h"

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

rf_code rf_rounds_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    const rf_nested *self = state;
    rf_rounds *local = rf_alloc_zero(1, sizeof *local);
    if (!local)
        return rf_raise_nomem(reterr);
    rf_code code = rf_steps_new(&self->list, shard, &local->steps, reterr);
    if (code)
        rf_rounds_detach(state, local);
    else
        *ret_local = local;
    return code;
}

void rf_rounds_detach(void *state, void *of_thread) {
    rf_rounds *local = of_thread;
    (void)state;
    if (!local)
        return;
    rf_steps_free(local->steps);
    rf_part_done(&local->part);
    rf_gather_done(&local->results);
    rf_free(local);
}
