/* query.c: the conditions of a config, asked of each message. */
#include "message/dynamic.h"

#include "base/alloc.h"
#include "message/mapping_ast.h"

#include <assert.h>

struct rf_query {
    rf_mapping *mapping;
    rf_mapping_state *state;
};

rf_code rf_query_compile(rf_slice text, rf_mapping_locate locate, const void *map, rf_query **ret_query, rf_error *reterr) {
    assert(ret_query);
    rf_query *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    rf_code code = rf_mapping_compile(text, locate, map, &self->mapping, reterr);
    if (!code && !(self->state = rf_mapping_state_new(self->mapping)))
        code = rf_raise_nomem(reterr);
    if (code)
        rf_query_free(self);
    else
        *ret_query = self;
    return code;
}

void rf_query_free(rf_query *self) {
    if (!self)
        return;
    rf_mapping_state_free(self->state);
    rf_mapping_free(self->mapping);
    rf_free(self);
}

rf_code rf_query_test(rf_query *self, rf_batch *batch, uint32_t index, bool *ret_truth, rf_error *reterr) {
    assert(self && batch && index < batch->count && ret_truth);
    rf_mapping_env env = rf_mapping_env_of(self->mapping, self->state, batch, index, reterr);
    rf_message copy;
    rf_message_share(env.message, &copy); /* a mapping with several statements may set metadata: not the message's */
    env.message = &copy;
    rf_value value;
    rf_code code = rf_mapping_result(&env, &value);
    if (code)
        return code;
    if (value.kind != RF_BOOL)
        return rf_raise(reterr, RF_ESCRIPT, "expected a check that is true or false, got %s", rf_mapping_type_name(&value));
    *ret_truth = value.truth;
    return RF_OK;
}
