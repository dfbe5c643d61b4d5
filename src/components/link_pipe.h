/* link_pipe.h: the plain end of a connection that speaks TLS, for those who read and write descriptors. */
#ifndef RF_COMPONENTS_LINK_PIPE_H
#define RF_COMPONENTS_LINK_PIPE_H

#include "components/link.h"

typedef struct rf_link_pipe rf_link_pipe;

/* Connects, shakes hands, and starts a thread that passes bytes between the peer and *ret_fd, a socket that does not block. The target's
 * pointers are used until then only. Blocks and errors: as rf_link_open(). */
RF_NODISCARD rf_code rf_link_pipe_open(const rf_link_target *target, rf_link_pipe **ret_pipe, int *ret_fd, rf_error *reterr);
/* Waits until the first `bytes` that were written to the descriptor have been given to the system, sealed: until then they are lost when
 * the connection ends. Errors: RF_EAGAIN not within `wait_ns`; RF_ELOST never. NULL is fine. */
RF_NODISCARD rf_code rf_link_pipe_flush(rf_link_pipe *pipe, uint64_t bytes, uint64_t wait_ns, rf_error *reterr);
/* Why the connection ended, when it was an error: appended to *reterr's message. NULL is fine. */
void rf_link_pipe_explain(rf_link_pipe *pipe, rf_error *reterr);
/* After its descriptor was closed: what was written goes out, if the peer takes it. Blocks: until then, for ten seconds without progress at
 * most. NULL is fine. */
void rf_link_pipe_close(rf_link_pipe *pipe);

#endif
