/* fan.h: batches written to several outputs at the same time, for an output that gives all of them the same. */
#ifndef RF_STREAM_FAN_H
#define RF_STREAM_FAN_H

#include "base/thread.h"
#include "stream/component.h"
#include "stream/part.h"

#define RF_FAN_LANES_MAX 64u /* threads of one fan; outputs beyond share them */

typedef struct rf_fan rf_fan;
struct rf_stream;

/* An output and what it is to get: its messages are parts of the same batch, which nobody changes meanwhile. */
typedef struct rf_fan_arm {
    rf_component *output;
    rf_part part;       /* begun by rf_fan_begin() */
    uint32_t lane;
    uint32_t unwritten; /* this and the following: what came of it */
    rf_code code;
    rf_error error;
} rf_fan_arm;

/* A thread that writes; the first is the caller's, and has none of its own. An output that takes no longer than waking a thread does the
 * caller writes itself, when the others are at work. */
typedef struct rf_fan_lane {
    rf_fan *fan;
    rf_thread thread;
    rf_shard_env env;
    rf_cond news;
    uint32_t quick; /* writes in a row that took so little. Of whoever writes, and of the caller when nobody does */
    bool own;       /* the caller's word: it writes this time */
    bool given; /* under the fan's lock: it has something to write, or is writing it */
} rf_fan_lane;

/*
 * Zeroed is ready. Its threads begin with the first batch and end with the stream (rf_fans_end), before the outputs do. What cannot
 * have a thread is written by the caller, one after another.
 * Thread: one at a time calls, and it holds the stream's output lock or does it for the one that holds it.
 */
struct rf_fan {
    rf_fan_arm *arms;
    uint32_t arm_count, lane_count;
    rf_fan_lane *lanes;
    unsigned first_index;  /* of the lanes' envs, counted from the stream's own */
    struct rf_stream *stream; /* NULL: it has not begun */
    rf_fan *next;          /* of the stream's */
    uint32_t *before;      /* `written_to` of the batch that is written, in its arena */
    uint64_t until_ns;
    rf_mutex lock;         /* for what follows, and `given` */
    rf_cond done;
    uint32_t busy;         /* lanes that are given something */
    bool ending;
};

/* An arm for each of the outputs, as often as `copies` says: arm i is of output i modulo their count. In open.
 * Those of one output are written by one lane, in their order. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_fan_open(rf_fan *fan, const rf_components *outputs, uint32_t copies, rf_arena *arena, rf_error *reterr);
/* Readies all arms for parts of the batch. Then rf_part_add() to each arm's; those that get nothing are left out. */
RF_NODISCARD rf_code rf_fan_begin(rf_fan *fan, rf_batch *batch, rf_error *reterr);
/* Writes to all; returns when all have done. Ends the parts. `until_ns`: as rf_child_write's, for each. */
void rf_fan_write(rf_fan *fan, rf_batch *batch, uint64_t until_ns);
/* In place of rf_fan_write(): nothing is written. */
void rf_fan_drop(rf_fan *fan);
/* What the arm's output refused is refused in the batch, also where others took it; bits that outputs within set or cleared in
 * `written_to` are taken over. False: out of memory. */
RF_NODISCARD bool rf_fan_tell_refused(const rf_fan *fan, const rf_fan_arm *arm, rf_batch *batch);
void rf_fan_close(rf_fan *fan);

/* Ends the threads of all fans of the stream; nobody writes any more. */
void rf_fans_end(struct rf_stream *stream);

#endif
