/* child.h: outputs within outputs: how an output writes to those it holds. */
#ifndef RF_STREAM_CHILD_H
#define RF_STREAM_CHILD_H

#include "stream/component.h"
#include "stream/part.h"

/* `until_ns`: how long a child may be waited for, on the monotonic clock. */
#define RF_CHILD_FOREVER 0u /* until it has taken the batch, through every error that may pass, or the run is given up */
#define RF_CHILD_AT_ONCE 1u /* one attempt */

/*
 * Writes the batch to a child: connects it if need be (with back-off, logged), runs the processors beside it, counts. Called
 * within an output's own `write`, by its thread. The batch is a part (part.h) or the caller's own: its arena is used.
 *
 * RF_OK: written; but messages that the child refused have a rf_batch_refusal(). Their `written_to` may have changed.
 * Any other code: nothing counts as written. RF_EAGAIN: the time is over, or the run is being given up.
 */
RF_NODISCARD rf_code rf_child_write(rf_component *output, rf_batch *batch, uint64_t until_ns, uint32_t *ret_unwritten, rf_error *reterr);

/* Writes a part that was begun, and ends it. What the child refused is refused in the whole; what cannot be written is added
 * to *unwritten. Errors: as rf_child_write; the whole's refusals are then as they were. */
RF_NODISCARD rf_code rf_child_pass(rf_component *output, rf_part *part, uint64_t until_ns, uint32_t *unwritten, rf_error *reterr);
/* Refuses all messages of a part that was ended, in the batch that it is of. False: out of memory. */
RF_NODISCARD bool rf_child_refuse_part(const rf_part *part, rf_batch *whole, const char *why);
/* The refusals of a part that was ended, told of the same messages in the batch that it is of. False: out of memory. */
RF_NODISCARD bool rf_child_refuse_back(const rf_batch *part, rf_batch *whole);

/* A bit for `written_to` of messages, for this config alone; 0: there are no more. In open. */
uint32_t rf_child_bit(rf_component *output);
/* The run is being given up: an error then means nothing else. */
bool rf_child_given_up(const rf_env *env);

#endif
