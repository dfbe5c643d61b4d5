/* child.c: how an output writes to those it holds. */
#include "stream/child.h"

#include "base/slice.h"
#include "stream/runtime.h"

#include <assert.h>

rf_code rf_child_write(rf_component *output, rf_batch *batch, uint64_t until_ns, uint32_t *ret_unwritten, rf_error *reterr) {
    assert(output && output->outlet && ret_unwritten);
    *ret_unwritten = 0;
    if (batch->count == 0)
        return RF_OK;
    rf_mutex_lock(&output->outlet->one);
    rf_code code = rf_outlet_write(output->outlet, batch, until_ns, ret_unwritten, reterr);
    rf_mutex_unlock(&output->outlet->one);
    return code;
}

/* Where a message of a part is in the whole. */
static uint32_t place_of(rf_batch *whole, const rf_batch *batch, uint32_t i) {
    uint32_t origin = batch->messages[i].origin;
    assert(origin > 0 && origin <= whole->count); /* parts that are passed hold what was added to them, and nothing else */
    whole->messages[origin - 1].written_to = batch->messages[i].written_to;
    return origin - 1;
}

bool rf_child_refuse_part(const rf_part *part, rf_batch *whole, const char *why) {
    bool fits = true;
    for (uint32_t i = 0; fits && i < part->batch->count; i++)
        fits = rf_batch_refuse(whole, place_of(whole, part->batch, i), "%s", why);
    return fits;
}

bool rf_child_refuse_back(const rf_batch *part, rf_batch *whole) {
    bool fits = true;
    for (uint32_t i = 0; fits && i < part->count && part->refused_count; i++)
        fits = !rf_batch_refusal(part, i).data || rf_batch_refuse_like(whole, place_of(whole, part, i), part, i);
    return fits;
}

rf_code rf_child_pass(rf_component *output, rf_part *part, uint64_t until_ns, uint32_t *unwritten, rf_error *reterr) {
    rf_batch *batch = part->batch, *whole = part->whole;
    uint32_t count = 0;
    rf_code code = rf_child_write(output, batch, until_ns, &count, reterr);
    rf_part_end(part);
    if (code)
        return code;
    *unwritten += count;
    return rf_child_refuse_back(batch, whole) ? RF_OK : rf_raise_nomem(reterr);
}

uint32_t rf_child_bit(rf_component *output) {
    rf_config *config = output->config;
    return config->bits_given < 32 ? UINT32_C(1) << config->bits_given++ : 0;
}

bool rf_child_given_up(const rf_env *env) {
    return env->giving_up && atomic_load_explicit(env->giving_up, memory_order_relaxed);
}
