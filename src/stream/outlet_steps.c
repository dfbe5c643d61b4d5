/* outlet_steps.c: processors around an output's writing, and what it refuses told of the messages they came from. */
#include "base/alloc.h"
#include "base/slice.h"
#include "stream/runtime.h"

#include <assert.h>

static rf_code steps_of(rf_outlet_steps *all, const rf_shard_env *env, rf_steps **ret_steps, rf_error *reterr) {
    rf_steps **steps = &all->of[env->index];
    rf_code code = *steps ? RF_OK : rf_steps_new(all->list, env, steps, reterr);
    if (!code)
        *ret_steps = *steps;
    return code;
}

/*
 * What the child refused goes back to the messages that it was made from. A message that nothing accepted came from may have
 * been put together with a refused one: it is refused too, since it cannot be told from one that was dropped, and dropping
 * it again does no harm.
 */
static bool refuse_back(const rf_batch *made, rf_batch *whole) {
    const char *why = "";
    bool known = true, *accepted = rf_alloc_zero(whole->count + 1u, sizeof *accepted);
    bool fits = accepted != NULL;
    for (uint32_t i = 0; fits && i < made->count; i++) {
        rf_slice text = rf_batch_refusal(made, i);
        uint32_t origin = made->messages[i].origin;
        if (text.data) {
            why = text.data;
            known &= origin != 0;
        } else
            accepted[origin <= whole->count ? origin : 0] = true;
    }
    for (uint32_t i = 0; fits && i < made->count; i++) {
        uint32_t origin = made->messages[i].origin;
        rf_slice text = rf_batch_refusal(made, i);
        if (!text.data || !origin || origin > whole->count)
            continue;
        whole->messages[origin - 1].written_to = made->messages[i].written_to;
        accepted[origin] = true; /* it has its refusal */
        fits = rf_batch_refuse_like(whole, origin - 1, made, i);
    }
    for (uint32_t i = 0; fits && i < whole->count; i++)
        if (!accepted[i + 1] || (!known && !rf_batch_refusal(whole, i).data))
            fits = rf_batch_refuse(whole, i, "%.200s", why);
    rf_free(accepted);
    return fits;
}

static rf_code write_made(rf_outlet *outlet, rf_outlet_steps *all, rf_batch *batch, rf_batch *made, rf_outlet_writer *writer,
                          uint32_t *ret_unwritten, rf_error *reterr) {
    rf_steps *steps;
    rf_code code = steps_of(all, batch->course->env, &steps, reterr);
    for (uint32_t i = 0; !code && i < batch->count; i++)
        if (!rf_part_add(&all->part, i))
            code = rf_raise_nomem(reterr);
    if (code)
        return code;
    rf_steps_run(steps, made);
    if (rf_stream_phase(outlet->stream) >= RF_PHASE_ABORT) /* they may have left something out */
        return rf_raise(reterr, RF_EAGAIN, "the run is being given up");
    *ret_unwritten = 0;
    return made->count ? writer(outlet, made, ret_unwritten, reterr) : RF_OK;
}

rf_code rf_outlet_steps_write(rf_outlet *outlet, rf_outlet_steps *steps, rf_batch *batch, rf_outlet_writer *writer, uint32_t *ret_unwritten,
                              rf_error *reterr) {
    rf_batch *made = rf_part_begin(&steps->part, batch);
    if (!made)
        return rf_raise_nomem(reterr);
    rf_batch_clear_refusals(made);
    rf_code code = write_made(outlet, steps, batch, made, writer, ret_unwritten, reterr);
    rf_part_end(&steps->part);
    if (code || made->refused_count == 0)
        return code;
    *ret_unwritten = 0; /* of messages that are now counted as refused, as far as anybody can tell */
    return refuse_back(made, batch) ? RF_OK : rf_raise_nomem(reterr);
}
