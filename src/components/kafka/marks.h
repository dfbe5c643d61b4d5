/* marks.h: how far each partition of an input has been acknowledged, whatever the order of the acknowledgements. */
#ifndef RF_KAFKA_MARKS_H
#define RF_KAFKA_MARKS_H

#include "base/vec.h"
#include "riffle/base.h"

#include <stdbool.h>

/* The offsets of one batch in one partition: from where the one before it ended up to `end`. */
typedef struct rf_kafka_span {
    uint64_t mark;  /* of the batch */
    int64_t end;    /* one past its last offset */
    uint32_t count; /* messages in it */
    bool done;
} rf_kafka_span;

/* One partition that is ours now. Spans lie in the order of their offsets; those before `first` are over. */
typedef struct rf_kafka_part {
    char *topic; /* owned */
    int32_t partition;
    int64_t acked;     /* what may be committed: everything below it is done; -1: nothing yet */
    int64_t stored;    /* of that, what librdkafka knows; the owner's own */
    uint64_t in_work;  /* messages in spans that are not done */
    RF_VEC(rf_kafka_span) spans;
    size_t first;
} rf_kafka_part;

/* Zeroed is empty. One thread at a time: its owner holds a lock. */
typedef struct rf_kafka_marks {
    RF_VEC(rf_kafka_part) parts;
    size_t latest; /* where the last look-up ended: messages come in runs */
} rf_kafka_marks;

void rf_kafka_marks_done(rf_kafka_marks *marks);
/* A partition has become ours; what an earlier time of it left behind is forgotten. False: out of memory. */
bool rf_kafka_marks_add(rf_kafka_marks *marks, const char *topic, int32_t partition) RF_NODISCARD;
/* It is ours no more: acknowledgements for it have no effect. */
void rf_kafka_marks_remove(rf_kafka_marks *marks, const char *topic, int32_t partition);
/* NULL: not ours. Until the next add or remove. */
rf_kafka_part *rf_kafka_marks_find(rf_kafka_marks *marks, const char *topic, int32_t partition);

/* The message at `offset` was read into the batch with this mark; offsets of a partition only grow. False: out of memory. */
bool rf_kafka_part_read(rf_kafka_part *part, uint64_t mark, int64_t offset) RF_NODISCARD;
/* The message at `offset` was read and is nobody's: it holds nothing up. False: out of memory. */
bool rf_kafka_part_skip(rf_kafka_part *part, int64_t offset) RF_NODISCARD;
/* The batch is done. True: `acked` has grown. */
bool rf_kafka_part_ack(rf_kafka_part *part, uint64_t mark);

/* Messages in work in the partition that has most of them. */
uint64_t rf_kafka_marks_most(const rf_kafka_marks *marks);
/* Messages in work in all of them. */
uint64_t rf_kafka_marks_in_work(const rf_kafka_marks *marks);

#endif
