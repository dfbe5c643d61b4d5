/* buffer.h: a byte buffer that grows. */
#ifndef RF_BASE_BUFFER_H
#define RF_BASE_BUFFER_H

#include "riffle/base.h"

#include <stdbool.h>
#include <string.h>

/* Zeroed is empty and valid. After a failed allocation `failed` stays set and appends do
 * nothing: check it once, at the end. */
typedef struct rf_buffer {
    char *data; /* owned */
    size_t len;
    size_t cap;
    bool failed;
} rf_buffer;

void rf_buffer_done(rf_buffer *buffer);
static inline void rf_buffer_clear(rf_buffer *buffer) { buffer->len = 0; buffer->failed = false; }
/* The slow path of rf_buffer_reserve. */
bool rf_buffer_grow(rf_buffer *buffer, size_t more);
/* Makes room for `more` bytes behind `len`; false on failure. */
static inline bool rf_buffer_reserve(rf_buffer *buffer, size_t more) {
    return RF_LIKELY(more <= buffer->cap - buffer->len && !buffer->failed) || rf_buffer_grow(buffer, more);
}
void rf_buffer_append(rf_buffer *buffer, const void *data, size_t len);
static inline void rf_buffer_char(rf_buffer *buffer, char c) {
    if (rf_buffer_reserve(buffer, 1))
        buffer->data[buffer->len++] = c;
}
void rf_buffer_text(rf_buffer *buffer, const char *text);
void rf_buffer_printf(rf_buffer *buffer, const char *format, ...) RF_PRINTF(2, 3);
static inline void rf_buffer_slice(rf_buffer *buffer, rf_slice s) { rf_buffer_append(buffer, s.data, s.len); }
static inline rf_slice rf_buffer_view(const rf_buffer *buffer) { return (rf_slice){ buffer->data, buffer->len }; }
/* A terminating NUL behind the content (not counted), for C interfaces; NULL on failure. */
const char *rf_buffer_cstr(rf_buffer *buffer);

#endif
