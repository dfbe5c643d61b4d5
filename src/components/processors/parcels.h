/* parcels.h: for processors that look at the batches the user speaks of: each in turn, into what takes its place. */
#ifndef RF_COMPONENTS_PROCESSORS_PARCELS_H
#define RF_COMPONENTS_PROCESSORS_PARCELS_H

#include "stream/component.h"

/* What the batch is to hold when all was looked at. On the stack; rf_parcels_done in any case. */
typedef struct rf_parcels {
    rf_batch *batch;
    rf_message *out; /* heap */
    uint32_t count, cap;
    uint32_t next; /* number of the parcel that is made next */
    bool failed;   /* out of memory */
} rf_parcels;

void rf_parcels_init(rf_parcels *parcels, rf_batch *batch);
void rf_parcels_done(rf_parcels *parcels);
/* Adds a message to the batch that is being made. After a failed allocation it does nothing. */
void rf_parcels_add(rf_parcels *parcels, const rf_message *message);
/* What was added since the last call is a batch of the user's. */
void rf_parcels_cut(rf_parcels *parcels);
/* Puts what was made in the batch's place. */
RF_NODISCARD rf_code rf_parcels_finish(rf_parcels *parcels, rf_error *reterr);

/* Calls `each` for every batch of the user's, messages [begin, end), and finishes. `each` adds what takes its place, and is cut behind. */
typedef rf_code (*rf_parcel_each)(void *state, rf_parcels *parcels, uint32_t begin, uint32_t end, rf_error *reterr);
RF_NODISCARD rf_code rf_parcels_each(rf_batch *batch, rf_parcel_each each, void *state, rf_error *reterr);

#endif
