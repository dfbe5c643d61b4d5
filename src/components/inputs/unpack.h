/* unpack.h: compressed bytes of a source expanded on their way to whoever cuts them into messages. */
#ifndef RF_COMPONENTS_INPUTS_UNPACK_H
#define RF_COMPONENTS_INPUTS_UNPACK_H

#include "components/inputs/line_reader.h"

/* One source after another. One thread. */
typedef struct rf_unpack rf_unpack;

/* The names that it knows: bzip2, flate, gzip, lz4, pgzip, zlib; NULL at the end. */
extern const char *const rf_unpack_names[];

/* By the name at that place. Errors: RF_ENOTFOUND its library is not installed; RF_ENOMEM. */
RF_NODISCARD rf_code rf_unpack_new(int algorithm, rf_unpack **ret_unpack, rf_error *reterr);
void rf_unpack_free(rf_unpack *unpack);
/* A new source begins. */
void rf_unpack_restart(rf_unpack *unpack);
/* There is something to be expanded without reading. */
bool rf_unpack_has_more(const rf_unpack *unpack);
/*
 * As rf_line_reader_fill: reads once when nothing is left of what was read, and expands up to a block; it may be none.
 * Errors: also RF_EPARSE: the bytes are not what they should be, or break off; nothing more comes of this source.
 */
RF_NODISCARD rf_code rf_unpack_fill(rf_unpack *unpack, rf_line_reader *reader, int fd, rf_error *reterr);

#endif
