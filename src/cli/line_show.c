/* line_show.c: the line on the terminal. */
#include "cli/line_edit.h"

#include "base/slice.h"
#include "base/source.h"
#include "base/utf8.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_USUAL = 80, COLUMNS_MIN = 10 };

static size_t columns(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < COLUMNS_MIN)
        return COLUMNS_USUAL;
    return size.ws_col;
}

bool rf_line_put(rf_slice bytes) {
    while (bytes.len) {
        ssize_t wrote = write(STDOUT_FILENO, bytes.data, bytes.len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        bytes = (rf_slice){ bytes.data + wrote, bytes.len - (size_t)wrote };
    }
    return true;
}

/* One character at the start of `text`: its bytes, and the columns it takes. */
static size_t character(rf_slice text, size_t *ret_width) {
    uint32_t c;
    size_t bytes = rf_utf8_decode(text, &c);
    *ret_width = bytes == 0 || c < 0x20 ? 1 : (size_t)rf_source_width(c);
    return bytes ? bytes : 1;
}

static size_t width(rf_slice text) {
    size_t all = 0;
    for (size_t one; text.len; all += one) {
        size_t bytes = character(text, &one);
        text = (rf_slice){ text.data + bytes, text.len - bytes };
    }
    return all;
}

/* Where to begin so that the cursor can be seen. */
static size_t first_shown(const rf_line_edit *edit, size_t room) {
    size_t start = 0, one;
    rf_slice before = { edit->line.data, edit->cursor };
    for (size_t wide = width(before); wide >= room && start < edit->cursor; wide -= one)
        start += character((rf_slice){ edit->line.data + start, edit->cursor - start }, &one);
    return start;
}

bool rf_line_show(const rf_line_edit *edit) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    size_t prompt = strlen(edit->prompt), wide = columns(), room = wide > prompt + 1 ? wide - prompt - 1 : 1;
    size_t start = first_shown(edit, room), used = 0, one;
    rf_buffer_printf(&out, "\r%s", edit->prompt);
    for (size_t at = start; at < edit->line.len; used += one) {
        rf_slice rest = { edit->line.data + at, edit->line.len - at };
        size_t bytes = character(rest, &one);
        if (used + one > room)
            break;
        bool shown = (unsigned char)rest.data[0] >= 0x20 && rest.data[0] != 0x7F;
        rf_buffer_append(&out, shown ? rest.data : " ", shown ? bytes : 1);
        at += bytes;
    }
    size_t cursor = prompt + width((rf_slice){ edit->line.data + start, edit->cursor - start });
    rf_buffer_text(&out, "\033[K\r");
    if (cursor)
        rf_buffer_printf(&out, "\033[%zuC", cursor);
    return !out.failed && rf_line_put(rf_buffer_view(&out));
}

bool rf_line_show_words(const rf_line_words *words) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    size_t widest = 1;
    for (size_t i = 0; i < words->count; i++) {
        size_t wide = width(rf_slice_of(words->items[i]));
        widest = wide > widest ? wide : widest;
    }
    size_t across = columns() / (widest + 2), down;
    across = across ? across : 1;
    down = (words->count + across - 1) / across;
    rf_buffer_char(&out, '\n');
    for (size_t row = 0; row < down; row++) {
        for (size_t i = row; i < words->count; i += down)
            rf_buffer_printf(&out, "%s%*s", words->items[i], (int)(widest + 2 - width(rf_slice_of(words->items[i]))), "");
        rf_buffer_text(&out, "\n");
    }
    return !out.failed && rf_line_put(rf_buffer_view(&out));
}
