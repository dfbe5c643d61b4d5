/* choice.h: lists of processors, and for which of them each message of a batch is: what one thread needs for that. */
#ifndef RF_PROCESSORS_CHOICE_H
#define RF_PROCESSORS_CHOICE_H

#include "stream/part.h"
#include "stream/steps.h"

/* Zeroed, then rf_choice_attach(). One thread. */
typedef struct rf_choice {
    rf_steps **steps; /* one a list */
    size_t count;
    uint32_t *targets; /* for each message of the batch: its list, as the caller counts them */
    uint32_t cap;
    rf_part part;
} rf_choice;

/* The lists are rf_components at `at` of each of `items`, structs of `item_size` bytes. As a processor's attach; on error
 * rf_choice_detach() is the caller's. */
RF_NODISCARD rf_code rf_choice_attach(rf_choice *choice, const rf_list *items, size_t item_size, size_t at, const rf_shard_env *shard,
                                      rf_error *reterr);
void rf_choice_detach(rf_choice *choice);
/* Room for that many targets. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_choice_room(rf_choice *choice, uint32_t count, rf_error *reterr);
/* Begins `part` with the messages [begin, end) of that target. False: out of memory; a part that was begun is ended by the caller. */
RF_NODISCARD bool rf_choice_begin(rf_choice *choice, rf_batch *batch, uint32_t target, uint32_t begin, uint32_t end);

#endif
