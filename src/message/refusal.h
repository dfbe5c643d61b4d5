/* refusal.h: what a batch remembers of messages that an output would not take. Internal to the folder. */
#ifndef RF_MESSAGE_REFUSAL_H
#define RF_MESSAGE_REFUSAL_H

#include "message/message.h"

/* By message: where its text begins in `texts`, and its length; 0, 0: not refused. On the heap, and not in the arena: a batch may
 * be refused again and again. */
typedef struct rf_refusals {
    struct { uint32_t at, len; bool refused, for_good, openly, insists; } *of;
    uint32_t cap;
    rf_buffer texts;
} rf_refusals;

/* NULL is fine. */
void rf_refusals_free(rf_refusals *refusals);

#endif
