/* gzip.h: bytes packed as gzip (RFC 1952), the same bytes for the same input. */
#ifndef RF_OBSERVE_GZIP_H
#define RF_OBSERVE_GZIP_H

#include "base/buffer.h"
#include "riffle/error.h"

/* Appends; the header holds no time, name or system. Errors: RF_ENOMEM; RF_ELIMIT 2 GiB and more. */
RF_NODISCARD rf_code rf_gzip_write(rf_slice bytes, rf_buffer *out, rf_error *reterr);

#endif
