/* multipart.h: bodies with several parts (RFC 2046): taken apart, and put together. */
#ifndef RF_COMPONENTS_MULTIPART_H
#define RF_COMPONENTS_MULTIPART_H

#include "base/buffer.h"

/* The boundary that a Content-Type of "multipart/…" names; data NULL: it is no such type. Empty: it names none. A view. */
rf_slice rf_multipart_boundary(rf_slice content_type);

typedef enum rf_multipart_next { RF_MULTIPART_PART, RF_MULTIPART_END, RF_MULTIPART_BROKEN } rf_multipart_next;

/* Where a reader is in a body. */
typedef struct rf_multipart { rf_slice body, boundary; size_t at; bool begun; } rf_multipart;

/* The next part's content and its head (lines "Name: value" with their ends), views of the body. */
rf_multipart_next rf_multipart_read(rf_multipart *reader, rf_slice *ret_head, rf_slice *ret_content);

/* What divides the parts that we write, and their type. */
#define RF_MULTIPART_BOUNDARY RF_SLICE("riffle-part-7d1c9e42b6")
#define RF_MULTIPART_TYPE "multipart/form-data; boundary=riffle-part-7d1c9e42b6"
#define RF_MULTIPART_BYTES RF_SLICE("Content-Type: application/octet-stream\r\n") /* the head of a message's part */
/* Writing: a part with the head lines that are given (each with its CRLF, "" for none), then the end. */
void rf_multipart_put(rf_buffer *out, rf_slice boundary, rf_slice head, rf_slice content);
void rf_multipart_put_end(rf_buffer *out, rf_slice boundary);

#endif
