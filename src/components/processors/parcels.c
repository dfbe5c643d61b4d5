/* parcels.c: batches of the user's, one after another. */
#include "components/processors/parcels.h"

#include "base/alloc.h"

#include <assert.h>

void rf_parcels_init(rf_parcels *parcels, rf_batch *batch) {
    *parcels = (rf_parcels){ .batch = batch, .next = 1 };
}

void rf_parcels_done(rf_parcels *parcels) {
    rf_free(parcels->out);
    *parcels = (rf_parcels){ 0 };
}

void rf_parcels_add(rf_parcels *parcels, const rf_message *message) {
    if (parcels->failed)
        return;
    if (parcels->count == parcels->cap) {
        uint32_t cap = parcels->cap ? 2 * parcels->cap : parcels->batch->count + 1;
        size_t bytes;
        rf_message *out = cap > parcels->cap && !rf_mul_overflow(cap, sizeof *out, &bytes) ? rf_realloc(parcels->out, bytes) : NULL;
        if (!out) {
            parcels->failed = true;
            return;
        }
        parcels->out = out;
        parcels->cap = cap;
    }
    parcels->out[parcels->count] = *message;
    parcels->out[parcels->count++].parcel = parcels->next;
}

void rf_parcels_cut(rf_parcels *parcels) {
    uint32_t begin = parcels->count;
    while (begin > 0 && parcels->out[begin - 1].parcel == parcels->next)
        begin--;
    if (parcels->count - begin == 1)
        parcels->out[begin].parcel = 0; /* alone */
    parcels->next++;
}

rf_code rf_parcels_finish(rf_parcels *parcels, rf_error *reterr) {
    if (parcels->failed || !rf_batch_replace(parcels->batch, parcels->out, parcels->count))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

rf_code rf_parcels_each(rf_batch *batch, rf_parcel_each each, void *state, rf_error *reterr) {
    rf_parcels parcels;
    rf_code code = RF_OK;
    uint32_t begin, end;
    rf_parcels_init(&parcels, batch);
    for (uint32_t i = 0; i < batch->count && !code; i = end) {
        rf_batch_parcel(batch, i, &begin, &end);
        assert(begin == i);
        code = each(state, &parcels, begin, end, reterr);
        rf_parcels_cut(&parcels);
    }
    if (!code)
        code = rf_parcels_finish(&parcels, reterr);
    rf_parcels_done(&parcels);
    return code;
}
