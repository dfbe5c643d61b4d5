/* queue.h: batches on their way from the input thread to the workers, and empty ones on their way back. */
#ifndef RF_STREAM_QUEUE_H
#define RF_STREAM_QUEUE_H

#include "base/thread.h"
#include "message/message.h"
#include "observe/heap_profile.h"

#include <stdatomic.h>

/* Where one worker waits. The worker that went idle last is called first: its VMs are warm, and on a quiet stream the
 * others never need any. Zeroed, then rf_queue_seat_init. */
typedef struct rf_queue_seat {
    rf_cond cond;
    struct rf_queue_seat *next; /* below it in the stack of idle seats */
    bool called;
} rf_queue_seat;

/*
 * Bounded, first in first out; any number of threads pushes and pops. One lock a batch, and a system call only
 * when the other side sleeps: a pusher that found the queue full is woken when half of it is free, not at every pop.
 */
typedef struct rf_queue {
    rf_mutex lock;
    rf_cond room;
    rf_batch **ring;
    size_t cap, first;
    _Atomic size_t count; /* written under the lock; read by anyone */
    rf_queue_seat *idle;
    uint32_t pushers_waiting;
    uint64_t pushed;      /* batches so far: the next one's turn */
    uint32_t delivering;  /* workers at the output, or waiting for their turn there */
    bool writing;         /* one of them has its turn */
    bool closed, aborted;
} rf_queue;

RF_NODISCARD rf_code rf_queue_init(rf_queue *queue, size_t cap, rf_error *reterr);
/* Frees the ring and what batches are left in it. Fine when zeroed. */
void rf_queue_done(rf_queue *queue);
void rf_queue_seat_init(rf_queue_seat *seat);
void rf_queue_seat_done(rf_queue_seat *seat);

/* Blocks while full; gives the batch its turn. False: aborted, the caller keeps the batch. */
bool rf_queue_push(rf_queue *queue, rf_batch *batch) RF_NODISCARD;
/* Blocks while empty. NULL: closed and empty, or aborted. */
rf_batch *rf_queue_pop(rf_queue *queue, rf_queue_seat *seat) RF_NODISCARD;

/* A worker brings its batch to the output, has its turn there, and leaves. */
void rf_queue_delivery_begin(rf_queue *queue);
void rf_queue_delivery_turn(rf_queue *queue);
void rf_queue_delivery_end(rf_queue *queue);
/*
 * Blocks while the output is what everything waits for: one worker writes, and the next one (or, where there is one worker alone, the next
 * batch) stands behind it. What is read later comes in one batch then, and costs the output one round trip where many small batches cost
 * one each. Returns when the queue is closed or aborted, too.
 */
void rf_queue_await_output(rf_queue *queue, unsigned workers);
/* No more pushes; what is in it is still popped. */
void rf_queue_close(rf_queue *queue);
bool rf_queue_is_closed(rf_queue *queue);
/* Pushes and pops end at once; what is in it stays for rf_queue_take_left. */
void rf_queue_abort(rf_queue *queue);
/* After the threads have ended: the next batch that nobody popped, or NULL. */
rf_batch *rf_queue_take_left(rf_queue *queue);

/* Empty batches, kept for the next use: at most `cap` of them. Any thread. */
typedef struct rf_recycler {
    rf_mutex lock;
    rf_batch **items;
    size_t count, cap;
    rf_keys *keys;
    /* Written under the lock. A batch counts with what it kept when it came back; what it takes on its way is seen when it is back again. */
    _Atomic size_t held_bytes;
    _Atomic uint64_t allocated_bytes;
    rf_heap_source memory; /* "batches" */
} rf_recycler;

RF_NODISCARD rf_code rf_recycler_init(rf_recycler *recycler, size_t cap, rf_keys *keys, rf_error *reterr);
void rf_recycler_done(rf_recycler *recycler);
/* An empty batch; NULL: out of memory. */
rf_batch *rf_recycler_borrow(rf_recycler *recycler) RF_NODISCARD;
void rf_recycler_return(rf_recycler *recycler, rf_batch *batch);

#endif
