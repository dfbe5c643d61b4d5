/* inproc.h: names under which outputs hand messages to inputs of the same stream, together with who waits for them. */
#ifndef RF_STREAM_INPROC_H
#define RF_STREAM_INPROC_H

#include "stream/component.h"

/* All names of a config; under one lock. */
typedef struct rf_inprocs rf_inprocs;
typedef struct rf_inproc rf_inproc; /* one of them; lives as long as all */

/* NULL: out of memory. */
rf_inprocs *rf_inprocs_new(void) RF_NODISCARD;
void rf_inprocs_free(rf_inprocs *all);
/* The one of that name, for an input that reads it or an output that writes it. NULL: out of memory. In open. */
rf_inproc *rf_inprocs_join(rf_inprocs *all, rf_slice name, bool reads) RF_NODISCARD;
/* The next one after `after` (NULL: the first); NULL: there is none. */
rf_inproc *rf_inprocs_next(rf_inprocs *all, rf_inproc *after);
const char *rf_inproc_name(const rf_inproc *inproc);
bool rf_inproc_is_read(const rf_inproc *inproc);
bool rf_inproc_is_written(const rf_inproc *inproc);

/* Takes over the messages of a batch that an output is given, and who waits for them. Errors: RF_EBUSY, retriable: it holds far more than
 * inputs are let in for (what is read from it comes back to it); RF_ENOMEM. */
RF_NODISCARD rf_code rf_inproc_write(rf_inproc *inproc, rf_batch *batch, rf_error *reterr);
/* As an input's `read`: at most `max` messages, but what is one batch for the user stays together. */
RF_NODISCARD rf_code rf_inproc_read(rf_inproc *inproc, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr);
void rf_inproc_wake(rf_inproc *inproc);

/* For inputs that bring something from outside: waits while a name holds enough. False: after `wait_ns` it still does. */
bool rf_inprocs_await_room(rf_inprocs *all, uint64_t wait_ns);
/* After all threads have ended: what nobody read is given up. Messages. */
uint64_t rf_inproc_give_up(rf_inproc *inproc);

#endif
