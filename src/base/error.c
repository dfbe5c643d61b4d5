/* error.c: filling an error by value; texts that do not fit are cut at a character. */
#include "riffle/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Ends `text` before the character that its last byte begins or continues, if that is not whole. */
static void cut_at_character(char *text, size_t len) {
    size_t start = len;
    while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (len - (start - 1) < bytes)
        text[start - 1] = '\0';
}

static void fill(char *out, size_t size, const char *format, va_list list) {
    assert(out && size > 4);
    int len = vsnprintf(out, size, format, list);
    if (len < 0)
        out[0] = '\0';
    else if ((size_t)len >= size)
        cut_at_character(out, size - 1);
}

rf_code rf_raise_from(rf_error *reterr, rf_code code, const char *raised_in, int raised_at, const char *format, ...) {
    assert(code != RF_OK && format);
    if (!reterr)
        return code;
    /* Formatted apart first: an argument may be the old message of the same error. */
    char message[sizeof reterr->message];
    va_list list;
    va_start(list, format);
    fill(message, sizeof message, format, list);
    va_end(list);
    reterr->code = code;
    reterr->flags = 0;
    memcpy(reterr->message, message, strlen(message) + 1);
    reterr->hint[0] = '\0';
    reterr->place = (rf_place){ .line = 0 };
    reterr->raised_in = raised_in;
    reterr->raised_at = raised_at;
    return code;
}

void rf_error_hint(rf_error *error, const char *format, ...) {
    assert(format);
    if (!error)
        return;
    char hint[sizeof error->hint];
    va_list list;
    va_start(list, format);
    fill(hint, sizeof hint, format, list);
    va_end(list);
    memcpy(error->hint, hint, strlen(hint) + 1);
}

void rf_error_prefix(rf_error *error, const char *format, ...) {
    assert(format);
    if (!error)
        return;
    char text[sizeof error->message];
    va_list list;
    va_start(list, format);
    fill(text, sizeof text, format, list);
    va_end(list);
    size_t len = strlen(text), old_len = strlen(error->message);
    size_t kept = old_len < sizeof text - 1 - len ? old_len : sizeof text - 1 - len;
    memcpy(text + len, error->message, kept);
    text[len + kept] = '\0';
    if (kept < old_len)
        cut_at_character(text, len + kept);
    memcpy(error->message, text, strlen(text) + 1);
}

void rf_error_place(rf_error *error, const char *file, uint32_t line, uint32_t column) {
    if (!error)
        return;
    size_t len = file ? strlen(file) : 0;
    const char *from = file;
    if (len >= sizeof error->place.file) {
        /* A long path is known by its end. */
        from += len - (sizeof error->place.file - 1);
        while (((unsigned char)*from & 0xC0) == 0x80)
            from++;
        len = strlen(from);
    }
    if (len)
        memmove(error->place.file, from, len);
    error->place.file[len] = '\0';
    error->place.line = line;
    error->place.column = column;
}

void rf_error_flag(rf_error *error, unsigned flags) {
    if (error)
        error->flags |= flags;
}
