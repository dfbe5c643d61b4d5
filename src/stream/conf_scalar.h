/* conf_scalar.h: the scalars of a config: what counts as a number, a truth, a duration, a size. */
#ifndef RF_STREAM_CONF_SCALAR_H
#define RF_STREAM_CONF_SCALAR_H

#include "stream/document.h"

/* Whole numbers: 10, -3, 0x10, 0o10, 010 (octal), 0b1, 1_000; 3.0 and 1e3 as well. A fraction is cut off and
 * *ret_cut set. Quoted text is no number. */
bool rf_scalar_int(const rf_conf *node, int64_t *ret, bool *ret_cut);
/* Finite numbers; quoted text is none. */
bool rf_scalar_double(const rf_conf *node, double *ret);
/* true, yes, on, y and their opposites, in any case, quoted or not. */
bool rf_scalar_bool(const rf_conf *node, bool *ret);
/* "1s", "250ms"; "" and 0 are zero. */
bool rf_scalar_duration(const rf_conf *node, uint64_t *ret_ns);
/* 65536, "64KiB", "64 MB" (KB, MB, GB: powers of 1000; KiB, MiB, GiB: of 1024). */
bool rf_scalar_size(const rf_conf *node, uint64_t *ret_bytes);

#endif
