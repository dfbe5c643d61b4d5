/* where.h: what script a thread runs just now, as a profiler sees it from a signal. */
#ifndef RF_OBSERVE_WHERE_H
#define RF_OBSERVE_WHERE_H

#include "riffle/base.h"

#include <stdatomic.h>
#include <stdbool.h>

/* One call of a script, innermost first. Copies: the engine may move or free its own texts. */
typedef struct rf_script_frame { char function[48]; char file[80]; uint32_t line; } rf_script_frame;

/*
 * Set by whoever enters a script, taken back when it leaves; on the stack or in the VM. The thread's own: read by the signal's handler
 * on that thread, and by nobody else.
 */
typedef struct rf_where {
    const char *stage; /* "tag_processor.conditions[1].if", "redact on_output": lives as long as the process's scripts */
    /*
     * Fills at most `max` frames and returns how many; in a signal's handler: no lock, no allocation, no library call that is not safe there.
     * NULL, or 0 frames: the stage alone is known. An engine that only knows its place at certain points answers RF_WHERE_LATER and calls
     * rf_where_caught() from the next of them.
     */
    uint32_t (*frames)(void *engine, rf_script_frame *ret_frames, uint32_t max);
    void *engine;
    struct rf_where *outer; /* of the thread: a script that runs within another's host function */
} rf_where;

#define RF_WHERE_LATER UINT32_MAX
#define RF_WHERE_FRAMES_MAX 16u

extern _Thread_local rf_where *volatile rf_where_now; /* where.c; NULL: no script runs */

/* Cost: two stores each. */
static inline void rf_where_enter(rf_where *where) {
    where->outer = rf_where_now;
    atomic_signal_fence(memory_order_seq_cst);
    rf_where_now = where;
}
static inline void rf_where_leave(rf_where *where) { rf_where_now = where->outer; }

/* How many profilers run, which count themselves in and out: engines that answer RF_WHERE_LATER look more often then. */
extern _Atomic unsigned rf_where_active; /* where.c */

/* A function's name, cut at its end; a file's, cut at its front: its end tells more. Safe in a signal's handler. */
void rf_where_put_function(rf_script_frame *frame, rf_slice name);
void rf_where_put_file(rf_script_frame *frame, rf_slice path);

/* True while a profiler waits for this thread's place (RF_WHERE_LATER): one load. */
extern _Thread_local volatile bool rf_where_due;
/* The engine's frames now; takes the samples that were due. Not from a signal. */
void rf_where_caught(const rf_script_frame *frames, uint32_t count);

#endif
