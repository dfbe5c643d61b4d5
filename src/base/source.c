/* source.c: places in a text that the user wrote, and errors shown at them. */
#include "base/source.h"

#include "base/utf8.h"

#include <assert.h>

enum { SHOWN_CHARACTERS = 100, SHOWN_BEFORE_CARET = 60 };

void rf_source_locate(const rf_source *source, size_t offset, uint32_t *ret_line, uint32_t *ret_column) {
    assert(source && ret_line && ret_column);
    rf_slice text = source->text;
    if (offset > text.len)
        offset = text.len;
    uint32_t line = 1;
    size_t start = 0;
    for (;;) {
        const char *end = offset > start ? memchr(text.data + start, '\n', offset - start) : NULL;
        if (!end)
            break;
        start = (size_t)(end - text.data) + 1;
        line++;
    }
    *ret_line = line;
    *ret_column = 1 + (uint32_t)rf_utf8_length((rf_slice){ text.data + start, offset - start });
}

rf_slice rf_source_line(const rf_source *source, uint32_t line) {
    assert(source && line > 0);
    rf_slice rest = source->text;
    for (;; line--) {
        const char *end = rest.len ? memchr(rest.data, '\n', rest.len) : NULL;
        size_t len = end ? (size_t)(end - rest.data) : rest.len;
        if (line == 1) {
            if (len && rest.data[len - 1] == '\r')
                len--;
            return (rf_slice){ rest.data, len };
        }
        if (!end)
            return (rf_slice){ NULL, 0 };
        rest = (rf_slice){ end + 1, rest.len - len - 1 };
    }
}

int rf_source_width(uint32_t c) {
    if ((c >= 0x300 && c <= 0x36F) || (c >= 0x200B && c <= 0x200F) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF)
        return 0;
    bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3)
                || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60)
                || (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1F64F) || (c >= 0x1F900 && c <= 0x1F9FF)
                || (c >= 0x20000 && c <= 0x3FFFD);
    return wide ? 2 : 1;
}

/* Takes one character off `text`; an invalid byte is one that shows as U+FFFD. */
static uint32_t next_character(rf_slice *text) {
    uint32_t c = 0xFFFD;
    size_t bytes = rf_utf8_decode(*text, &c);
    if (bytes == 0)
        bytes = 1;
    *text = (rf_slice){ text->data + bytes, text->len - bytes };
    return c;
}

static void put_character(rf_buffer *out, uint32_t c) {
    assert(out);
    char bytes[4];
    bool control = (c < 0x20 && c != '\t') || (c >= 0x7F && c < 0xA0);
    rf_buffer_append(out, bytes, rf_utf8_encode(control ? 0xFFFD : c, bytes));
}

/* A text that may hold what a file or a peer said: no control character but tab and newline. */
static void put_words(rf_buffer *out, const char *text) {
    rf_slice rest = { text, strlen(text) };
    while (rest.len) {
        uint32_t c = next_character(&rest);
        if (c == '\n')
            rf_buffer_char(out, '\n');
        else
            put_character(out, c);
    }
}

/* The part of the line around the caret goes to `out`; under its beginning go blanks to `under`. */
static void put_line(rf_buffer *out, rf_buffer *under, rf_slice line, uint32_t column) {
    uint32_t skipped = column > SHOWN_CHARACTERS - 10 ? column - SHOWN_BEFORE_CARET : 0;
    for (uint32_t i = 0; i < skipped && line.len; i++)
        (void)next_character(&line);
    if (skipped) {
        rf_buffer_text(out, "\xE2\x80\xA6");
        rf_buffer_char(under, ' ');
    }
    for (uint32_t shown = 0; line.len && shown < SHOWN_CHARACTERS; shown++) {
        uint32_t c = next_character(&line);
        put_character(out, c);
        if (skipped + shown + 1 < column)
            rf_buffer_append(under, c == '\t' ? "\t" : "  ", c == '\t' ? 1 : (size_t)rf_source_width(c));
    }
    if (line.len)
        rf_buffer_text(out, "\xE2\x80\xA6");
}

static void put_excerpt(rf_buffer *out, const rf_source *source, const rf_place *place, const char *caret) {
    rf_slice line = rf_source_line(source, place->line);
    if (!line.data)
        return;
    RF_CLEANUP(rf_buffer_done) rf_buffer under = { 0 };
    rf_buffer_printf(out, "%4u | ", place->line);
    put_line(out, &under, line, place->column);
    rf_buffer_char(out, '\n');
    if (place->column > 0) {
        rf_buffer_text(out, "     | ");
        rf_buffer_slice(out, rf_buffer_view(&under));
        rf_buffer_text(out, caret);
        rf_buffer_char(out, '\n');
    }
    if (under.failed)
        out->failed = true;
}

static void put_place(rf_buffer *out, const rf_place *place, const char *name) {
    if (!*name)
        return;
    put_words(out, name);
    if (place->line > 0)
        rf_buffer_printf(out, ":%u", place->line);
    if (place->line > 0 && place->column > 0)
        rf_buffer_printf(out, ":%u", place->column);
    rf_buffer_text(out, ": ");
}

void rf_source_show(rf_buffer *out, const rf_source *source, const rf_error *error, bool colour) {
    assert(out && error);
    const rf_place *place = &error->place;
    const char *name = place->file[0] || !source || !source->name ? place->file : source->name;
    rf_buffer_text(out, colour ? "\033[1m" : "");
    put_place(out, place, name);
    rf_buffer_text(out, colour ? "\033[31merror:\033[0m " : "error: ");
    put_words(out, error->message);
    rf_buffer_char(out, '\n');
    if (source && place->line > 0)
        put_excerpt(out, source, place, colour ? "\033[31m^\033[0m" : "^");
    if (error->hint[0]) {
        rf_buffer_text(out, colour ? "\033[36mhint:\033[0m " : "hint: ");
        put_words(out, error->hint);
        rf_buffer_char(out, '\n');
    }
}
