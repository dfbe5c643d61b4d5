/* part.h: some messages of a batch as a batch of their own, for components that give them to others within. */
#ifndef RF_STREAM_PART_H
#define RF_STREAM_PART_H

#include "message/message.h"

/*
 * A part shares the memory of the whole while it is in use: what is made in one is there in the other, and nothing is
 * copied but the messages' structs. From rf_part_begin to rf_part_end only the part may be used.
 * One thread at a time. Zeroed is ready; kept for the next time, since its list of messages is.
 */
typedef struct rf_part {
    rf_batch *batch; /* the part, while in use; its messages have `origin` set */
    rf_batch *whole;
    rf_arena kept;   /* the part's own, while it uses the whole's */
    bool apart;      /* it does not: the whole is only read */
} rf_part;

/* An empty part. NULL: out of memory. */
RF_NODISCARD rf_batch *rf_part_begin(rf_part *part, rf_batch *whole);
/* One with memory of its own: several may be in use at once, each by another thread, once all have got their messages. What is shared
 * with the whole is then only read, there as in the part. NULL: out of memory. */
RF_NODISCARD rf_batch *rf_part_begin_apart(rf_part *part, rf_batch *whole);
/* Adds message `index` of the whole: a copy with its origin set; both may be changed apart. False: out of memory. */
RF_NODISCARD bool rf_part_add(rf_part *part, uint32_t index);
/* The whole may be used again; the part's messages can be read until the next begin. */
void rf_part_end(rf_part *part);
void rf_part_done(rf_part *part);

/*
 * What parts of a batch became, to be put back together in the order of what it was made from; what has no known origin goes
 * to the end. Zeroed is ready and empty; kept for the next time.
 */
typedef struct rf_gather {
    rf_message *items;
    uint32_t *places; /* 1 + where it was in the whole; UINT32_MAX: not known */
    uint32_t count, cap;
    bool mixed;       /* not in order as they came */
} rf_gather;

void rf_gather_clear(rf_gather *gather);
/* Message `index` of the whole as it is. All three: false when out of memory. */
RF_NODISCARD bool rf_gather_keep(rf_gather *gather, const rf_batch *whole, uint32_t index);
/* All messages of a part, between its begin and its end. Their origins are again those of what they were made from. */
RF_NODISCARD bool rf_gather_part(rf_gather *gather, const rf_part *part);
/* Puts what was gathered into the batch, in place of what was in it. False: the batch is as it was. */
RF_NODISCARD bool rf_gather_finish(rf_gather *gather, rf_batch *whole);
void rf_gather_done(rf_gather *gather);

#endif
