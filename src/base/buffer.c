/* buffer.c: a byte buffer that grows. */
#include "base/buffer.h"

#include "base/alloc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { FIRST_BYTES = 64 };

void rf_buffer_done(rf_buffer *buffer) {
    if (!buffer)
        return;
    rf_free(buffer->data);
    *buffer = (rf_buffer){ 0 };
}

static bool grow(rf_buffer *buffer, size_t need) {
    size_t cap = buffer->cap < FIRST_BYTES ? FIRST_BYTES : buffer->cap;
    while (cap < need)
        if (rf_mul_overflow(cap, 2, &cap))
            cap = need;
    char *data = rf_realloc(buffer->data, cap);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->cap = cap;
    return true;
}

bool rf_buffer_grow(rf_buffer *buffer, size_t more) {
    assert(buffer && buffer->len <= buffer->cap);
    if (buffer->failed)
        return false;
    size_t need;
    if (rf_add_overflow(buffer->len, more, &need)) {
        buffer->failed = true;
        return false;
    }
    return grow(buffer, need);
}

void rf_buffer_append(rf_buffer *buffer, const void *data, size_t len) {
    assert(data || len == 0);
    if (len == 0 || !rf_buffer_reserve(buffer, len))
        return;
    memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
}

void rf_buffer_text(rf_buffer *buffer, const char *text) {
    assert(text);
    rf_buffer_append(buffer, text, strlen(text));
}

void rf_buffer_printf(rf_buffer *buffer, const char *format, ...) {
    assert(buffer && format);
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    size_t room = buffer->failed ? 0 : buffer->cap - buffer->len;
    int len = vsnprintf(room ? buffer->data + buffer->len : NULL, room, format, list);
    va_end(list);
    if (len < 0)
        buffer->failed = true;
    else if ((size_t)len < room)
        buffer->len += (size_t)len;
    else if (rf_buffer_reserve(buffer, (size_t)len + 1)) {
        (void)vsnprintf(buffer->data + buffer->len, (size_t)len + 1, format, again);
        buffer->len += (size_t)len;
    }
    va_end(again);
}

const char *rf_buffer_cstr(rf_buffer *buffer) {
    if (!rf_buffer_reserve(buffer, 1))
        return NULL;
    buffer->data[buffer->len] = '\0';
    return buffer->data;
}
