/* framing.h: how messages follow each other in a stream of bytes that a program reads or writes. */
#ifndef RF_COMPONENTS_FRAMING_H
#define RF_COMPONENTS_FRAMING_H

#include "base/buffer.h"
#include "riffle/error.h"

typedef enum rf_framing { RF_FRAMING_LINES, RF_FRAMING_LENGTH, RF_FRAMING_NETSTRING } rf_framing;
extern const char *const rf_framing_names[]; /* "lines", "length_prefixed_uint32_be", "netstring", NULL */

/* Appends `content` as it is written. Errors: RF_ESCRIPT it cannot be (a line with a line feed in it); a failed buffer is the caller's. */
RF_NODISCARD rf_code rf_framing_put(rf_framing framing, rf_buffer *out, rf_slice content, rf_error *reterr);
/* The first message in `bytes`, and how many bytes it takes. RF_EAGAIN: it is not complete. RF_EPARSE: these bytes are none, or more than
 * `max`. */
RF_NODISCARD rf_code rf_framing_get(rf_framing framing, rf_slice bytes, size_t max, rf_slice *ret_content, size_t *ret_taken,
                                    rf_error *reterr);

#endif
