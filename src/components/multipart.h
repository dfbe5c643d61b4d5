/* multipart.h: bodies with several parts (RFC 2046): taken apart, and put together. */
#ifndef RF_COMPONENTS_MULTIPART_H
#define RF_COMPONENTS_MULTIPART_H

#include "base/buffer.h"
#include "riffle/error.h"

/* The boundary that a Content-Type of "multipart/…" names; data NULL: it is no such type. Empty: it names none. A view. */
rf_slice rf_multipart_boundary(rf_slice content_type);

typedef enum rf_multipart_next { RF_MULTIPART_PART, RF_MULTIPART_END, RF_MULTIPART_BROKEN } rf_multipart_next;

/* Where a reader is in a body. */
typedef struct rf_multipart { rf_slice body, boundary; size_t at; bool begun; } rf_multipart;

/* The next part's content and its head (lines "Name: value" with their ends), views of the body. */
rf_multipart_next rf_multipart_read(rf_multipart *reader, rf_slice *ret_head, rf_slice *ret_content);

/* A body that is put together. Its boundary is drawn anew for each, so that no content can pretend to be the next part. */
typedef struct rf_multipart_writer {
    rf_buffer *out;
    char type[64]; /* its Content-Type, the boundary at the end */
} rf_multipart_writer;

#define RF_MULTIPART_BYTES RF_SLICE("Content-Type: application/octet-stream\r\n") /* the head of a message's part */
/* Writes behind what is in `out`. Errors: RF_EIO the system gives no random numbers. */
RF_NODISCARD rf_code rf_multipart_begin(rf_multipart_writer *writer, rf_buffer *out, rf_error *reterr);
/* A part with the head lines that are given, each with its CRLF, "" for none. */
void rf_multipart_put(const rf_multipart_writer *writer, rf_slice head, rf_slice content);
void rf_multipart_end(const rf_multipart_writer *writer);

#endif
