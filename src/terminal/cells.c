/* cells.c: text that somebody else wrote, put on a terminal: without controls, and cut to columns. */
#include "terminal/cells.h"

#include "base/utf8.h"
#include "terminal/char_width.h"

#include <assert.h>

/* Marks that turn the direction of writing: they would move what stands beside the text. */
static bool is_direction(uint32_t c) {
    return c == 0x200E || c == 0x200F || c == 0x61C || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

uint32_t rf_cells_next(rf_slice *text, size_t *ret_width) {
    assert(text && text->len && ret_width);
    uint32_t c = 0xFFFD;
    size_t bytes = rf_utf8_decode(*text, &c);
    if (bytes == 0)
        c = 0xFFFD;
    bytes = bytes ? bytes : 1;
    *text = (rf_slice){ text->data + bytes, text->len - bytes };
    if (c == '\n' || c == '\t' || c == '\r')
        c = ' ';
    else if (c < 0x20 || (c >= 0x7F && c < 0xA0))
        c = 0xFFFD;
    else if (is_direction(c) || c == 0x2028 || c == 0x2029)
        c = 0;
    *ret_width = c ? (size_t)rf_char_width(c) : 0;
    return c;
}

size_t rf_cells_width(rf_slice text) {
    size_t all = 0, one;
    while (text.len) {
        (void)rf_cells_next(&text, &one);
        all += one;
    }
    return all;
}

size_t rf_cells_put(rf_buffer *out, rf_slice text, size_t room) {
    bool cut = rf_cells_width(text) > room;
    size_t used = 0, one, most = cut && room ? room - 1 : room;
    while (text.len) {
        char bytes[4];
        uint32_t c = rf_cells_next(&text, &one);
        if (used + one > most)
            break;
        if (c)
            rf_buffer_append(out, bytes, rf_utf8_encode(c, bytes));
        used += one;
    }
    if (cut && room) {
        rf_buffer_text(out, "\xE2\x80\xA6");
        used++;
    }
    return used;
}

void rf_cells_blanks(rf_buffer *out, size_t count) {
    for (size_t i = 0; i < count; i++)
        rf_buffer_char(out, ' ');
}
