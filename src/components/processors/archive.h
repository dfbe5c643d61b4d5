/* archive.h: what `archive` and `unarchive` share. */
#ifndef RF_COMPONENTS_PROCESSORS_ARCHIVE_H
#define RF_COMPONENTS_PROCESSORS_ARCHIVE_H

#include "message/message.h"

enum rf_archive_format {
    RF_ARCHIVE_BINARY,
    RF_ARCHIVE_CONCATENATE,
    RF_ARCHIVE_JSON_ARRAY,
    RF_ARCHIVE_LINES,
    RF_ARCHIVE_TAR,
    RF_ARCHIVE_ZIP
};

/* The message's payload as a JSON value, numbers as they were written. Errors: RF_EPARSE with what is wrong; RF_ENOMEM. */
RF_NODISCARD rf_code rf_archive_value(rf_batch *batch, rf_message *message, rf_value *ret_value, rf_error *reterr);

#endif
