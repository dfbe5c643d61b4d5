/* overtime.h: stops the engine in the middle of one of its own functions, where it does not ask whether to go on. */
#ifndef RF_SCRIPT_JAVASCRIPT_OVERTIME_H
#define RF_SCRIPT_JAVASCRIPT_OVERTIME_H

#include "script/javascript/heap.h"

/*
 * Between begin and end of a run on one thread, `heap` guarded. When the run has used up its time (counted by the tick: up to some 20 ms
 * late) and the engine itself is what runs, control goes to heap->escape with heap->overtime set, as when memory runs out: what holds
 * there holds here. The engine's own question (its interrupt handler) comes first where it asks at all.
 *
 * How: each thread that runs scripts has a timer of its processor time, which costs nothing while it waits, and whose signal (the
 * first real-time one that nobody uses) looks at what was interrupted. Where that cannot be known (another processor, an engine that
 * was not built by tools/deps.sh, no timers left), limits are only what the engine asks for.
 *
 * False: a run within another one on this thread, which is not watched for itself.
 */
bool rf_js_overtime_begin(rf_js_heap *heap, uint64_t limit_ns);
/* `begun`: what begin gave. After an escape too. */
void rf_js_overtime_end(bool begun);

#endif
