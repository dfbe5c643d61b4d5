/* view_modes.c: a view sets its terminal's modes and title. */
#include "terminal/view_internal.h"

#include <assert.h>

static void mode(rf_buffer *out, int number, bool on) { rf_buffer_printf(out, "\x1B[?%d%c", number, on ? 'h' : 'l'); }

static void choice(rf_buffer *out, const int *all, uint16_t before, uint16_t now, bool known) {
    if (known && before == now)
        return;
    for (int i = 0; !known && all[i]; i++)
        mode(out, all[i], false);
    if (known && before)
        mode(out, before, false);
    if (now)
        mode(out, now, true);
}

static void cursor(rf_buffer *out, const rf_screen_modes *before, const rf_screen_modes *now, bool known) {
    if (known && before->cursor_shape == now->cursor_shape && before->cursor_blink == now->cursor_blink)
        return;
    rf_buffer_printf(out, "\x1B[%d q", now->cursor_shape);
    if (now->cursor_blink != (now->cursor_shape % 2 == 1))
        mode(out, 12, now->cursor_blink);
}

void rf_view_draw_modes(rf_view *view, const rf_screen_modes *now, rf_slice title, rf_buffer *out) {
    static const int mice[] = { 9, 1000, 1002, 1003, 0 }, encodings[] = { 1005, 1006, 1015, 0 };
    const rf_screen_modes *before = &view->modes;
    bool known = view->known;
    if (!known || before->cursor_keys != now->cursor_keys)
        mode(out, 1, now->cursor_keys);
    if (!known || before->reverse != now->reverse)
        mode(out, 5, now->reverse);
    if (!known || before->focus != now->focus)
        mode(out, 1004, now->focus);
    if (!known || before->keypad != now->keypad)
        rf_buffer_text(out, now->keypad ? "\x1B=" : "\x1B>");
    choice(out, mice, before->mouse, now->mouse, known);
    choice(out, encodings, before->mouse_encoding, now->mouse_encoding, known);
    cursor(out, before, now, known);
    bool same = title.len == view->title_len && (!title.len || memcmp(title.data, view->title, title.len) == 0);
    if (known ? same : !title.len)
        return;
    rf_buffer_text(out, "\x1B]2;");
    rf_buffer_slice(out, title);
    rf_buffer_text(out, "\x1B\\");
    view->title_len = title.len;
    if (title.len)
        memcpy(view->title, title.data, title.len);
}

void rf_view_leave(rf_buffer *out) {
    assert(out);
    rf_buffer_text(out, "\x1B[m\x1B]8;;\x1B\\\x1B[r\x1B[?1l\x1B>\x1B[?5l\x1B[?9l\x1B[?1000l\x1B[?1002l\x1B[?1003l"
                        "\x1B[?1005l\x1B[?1006l\x1B[?1015l\x1B[?1004l\x1B[0 q\x1B[?25h");
}
