/* archive.h: what `archive` and `unarchive` share. */
#ifndef RF_COMPONENTS_PROCESSORS_ARCHIVE_H
#define RF_COMPONENTS_PROCESSORS_ARCHIVE_H

#include "message/message.h"

enum rf_archive_format { RF_ARCHIVE_BINARY, RF_ARCHIVE_CONCATENATE, RF_ARCHIVE_JSON_ARRAY, RF_ARCHIVE_LINES, RF_ARCHIVE_TAR, RF_ARCHIVE_ZIP };

/* The message's payload as a JSON value, numbers as they were written. Errors: RF_EPARSE with what is wrong; RF_ENOMEM. */
RF_NODISCARD rf_code rf_archive_value(rf_batch *batch, rf_message *message, rf_value *ret_value, rf_error *reterr);

/* One file of a tar (POSIX ustar), and the end of it. Errors: RF_ELIMIT the name is too long. */
RF_NODISCARD rf_code rf_tar_write(rf_buffer *out, rf_slice name, rf_slice content, rf_error *reterr);
void rf_tar_end(rf_buffer *out);
/* The next plain file of a tar. RF_ECLOSED: there is no more. Errors: RF_EPARSE. `*at` begins at 0. */
RF_NODISCARD rf_code rf_tar_next(rf_slice tar, size_t *at, rf_slice *ret_name, rf_slice *ret_content, rf_error *reterr);

/* A zip being written; zeroed is empty. */
typedef struct rf_zip { rf_buffer central; uint32_t count; } rf_zip;

void rf_zip_done(rf_zip *zip);
/* One file of it, deflated, behind what `out` holds; and the end. Errors: RF_ELIMIT too large for the format; RF_ENOMEM. */
RF_NODISCARD rf_code rf_zip_add(rf_zip *zip, rf_buffer *out, rf_slice name, rf_slice content, rf_error *reterr);
void rf_zip_end(const rf_zip *zip, rf_buffer *out);

/* A zip being read: views of its bytes. */
typedef struct rf_zip_reader {
    rf_slice zip, central; /* what is left of the directory */
    uint32_t left;
    size_t expanded;       /* so far, of all files */
} rf_zip_reader;

/* Errors: RF_EPARSE it is no zip. */
RF_NODISCARD rf_code rf_zip_open(rf_slice zip, rf_zip_reader *ret_reader, rf_error *reterr);
/* The next file, expanded, in place of what `out` held. RF_ECLOSED: there is no more. Errors: RF_EPARSE; RF_ELIMIT more than 1 GiB in all; RF_ENOMEM. */
RF_NODISCARD rf_code rf_zip_next(rf_zip_reader *reader, rf_slice *ret_name, rf_buffer *out, rf_error *reterr);

#endif
