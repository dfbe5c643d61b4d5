/* container.h: many files in one text: tape archives and zips, written and read. */
#ifndef RF_PACK_CONTAINER_H
#define RF_PACK_CONTAINER_H

#include "base/buffer.h"
#include "riffle/error.h"

/* One file of a tar (POSIX ustar), and the end of it. Errors: RF_ELIMIT the name is too long. */
RF_NODISCARD rf_code rf_tar_write(rf_buffer *out, rf_slice name, rf_slice content, rf_error *reterr);
void rf_tar_end(rf_buffer *out);
/* What the block before a file says of it; `name` is a view. */
enum { RF_TAR_BLOCK = 512 };
typedef struct rf_tar_head {
    rf_slice name;
    uint64_t size, padded; /* its bytes, and those up to the next block */
    bool plain;            /* a file, and no folder, link or the like */
} rf_tar_head;
/* `block` has RF_TAR_BLOCK bytes. RF_ECLOSED: it is the end. Errors: RF_EPARSE. */
RF_NODISCARD rf_code rf_tar_read_head(const char *block, rf_tar_head *ret_head, rf_error *reterr);
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
