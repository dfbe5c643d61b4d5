/* answer.c: messages that are the answer to whoever sent those that they come from. */
#include "stream/answer.h"

#include "stream/part.h"
#include "stream/runtime.h"

#include <assert.h>

/* Of a batch that was put together: whose its messages are; NULL: it is an input's own. */
static const rf_load *load_of(const rf_batch *batch) {
    const rf_load *load = batch->course ? batch->course->load : NULL;
    return load && load->owner_count > 0 ? load : NULL;
}

bool rf_answer_is_awaited(const rf_batch *batch) {
    const rf_load *load = load_of(batch);
    bool awaited = batch->reply != NULL;
    for (uint32_t i = 0; load && i < load->owner_count && !awaited; i++)
        awaited = load->owners[i].ticket && load->owners[i].ticket->reply;
    return awaited;
}

/* To one sender: the answers to messages of origins `first` to `last`. */
static rf_code give_one(const rf_ticket *ticket, rf_part *part, rf_batch *answers, const uint32_t *origins, uint32_t first, uint32_t last,
                        rf_error *reterr) {
    rf_batch *own = rf_part_begin(part, answers);
    bool fits = own != NULL;
    for (uint32_t i = 0; fits && i < answers->count; i++)
        if (origins[i] == 0 || (origins[i] >= first && origins[i] <= last))
            fits = rf_part_add(part, i);
    rf_code code = fits ? RF_OK : rf_raise_nomem(reterr);
    if (!code && own->count > 0)
        code = ticket->reply->take(ticket->reply->arg, ticket->claim.mark, own, reterr);
    if (own)
        rf_part_end(part);
    return code;
}

static rf_code give_each(const rf_load *load, rf_batch *answers, const uint32_t *origins, rf_error *reterr) {
    rf_part part = { 0 };
    rf_code code = RF_OK;
    for (uint32_t i = 0, end; i < load->owner_count && code != RF_ENOMEM; i = end) {
        rf_error error = { 0 };
        rf_code one = RF_OK;
        for (end = i + 1; end < load->owner_count && load->owners[end].ticket == load->owners[i].ticket;)
            end++;
        if (load->owners[i].ticket && load->owners[i].ticket->reply)
            one = give_one(load->owners[i].ticket, &part, answers, origins, load->owners[i].origin, load->owners[end - 1].origin, &error);
        if (one && (!code || one == RF_ENOMEM)) {
            code = one;
            if (reterr)
                *reterr = error;
        }
    }
    rf_part_done(&part);
    return code;
}

rf_code rf_answer_give(rf_batch *batch, rf_batch *answers, rf_error *reterr) {
    const rf_load *load = load_of(batch);
    if (answers->count == 0 || !rf_answer_is_awaited(batch))
        return RF_OK;
    if (batch->reply)
        return batch->reply->take(batch->reply->arg, batch->mark, answers, reterr);
    uint32_t *origins = rf_arena_alloc(&answers->arena, answers->count * sizeof *origins);
    if (!origins)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < answers->count; i++) {
        const uint32_t at = answers == batch ? i + 1 : answers->messages[i].origin;
        origins[i] = at > 0 && at <= batch->count ? rf_load_origin(batch, at - 1) : 0;
    }
    return give_each(load, answers, origins, reterr);
}
