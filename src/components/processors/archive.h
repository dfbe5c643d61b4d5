/* archive.h: what `archive` and `unarchive` share. */
#ifndef RF_COMPONENTS_PROCESSORS_ARCHIVE_H
#define RF_COMPONENTS_PROCESSORS_ARCHIVE_H

#include "message/message.h"

enum rf_archive_format { RF_ARCHIVE_BINARY, RF_ARCHIVE_CONCATENATE, RF_ARCHIVE_JSON_ARRAY, RF_ARCHIVE_LINES, RF_ARCHIVE_TAR };

/* The message's payload as a JSON value, numbers as they were written. Errors: RF_EPARSE with what is wrong; RF_ENOMEM. */
RF_NODISCARD rf_code rf_archive_value(rf_batch *batch, rf_message *message, rf_value *ret_value, rf_error *reterr);

/* One file of a tar (POSIX ustar), and the end of it. Errors: RF_ELIMIT the name is too long. */
RF_NODISCARD rf_code rf_tar_write(rf_buffer *out, rf_slice name, rf_slice content, rf_error *reterr);
void rf_tar_end(rf_buffer *out);
/* The next plain file of a tar. RF_ECLOSED: there is no more. Errors: RF_EPARSE. `*at` begins at 0. */
RF_NODISCARD rf_code rf_tar_next(rf_slice tar, size_t *at, rf_slice *ret_name, rf_slice *ret_content, rf_error *reterr);

#endif
