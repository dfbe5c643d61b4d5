/* screen_modes.c: a screen's modes, and what resets them. */
#include "terminal/screen_internal.h"

#include <assert.h>

void rf_screen_reply(rf_screen *screen, const char *text) {
    if (screen->options.reply)
        screen->options.reply(screen->options.user, (rf_slice){ text, strlen(text) });
}

static void feed_text(rf_screen *screen, const char *text) { rf_screen_feed(screen, text, strlen(text)); }

/* ---- DECSC, and the alternate screen ---- */

void rf_screen_save(rf_screen *screen) {
    screen->saved = (rf_saved){ screen->pen, screen->charsets };
    feed_text(screen, "\x1B" "7");
}

static void set_pen(rf_screen *screen, const rf_saved *saved) {
    uint16_t link = screen->pen.link;
    screen->pen = saved->pen;
    screen->pen.link = link;
    screen->charsets = saved->charsets;
}

void rf_screen_restore(rf_screen *screen) {
    set_pen(screen, &screen->saved);
    /* libvterm restores a place that a resize has left outside; the sequence behind it brings it back, and does nothing else. */
    feed_text(screen, "\x1B" "8\x1B[0n");
}

/* With ?1049 the place is kept apart from what DECSC keeps, as a program on the alternate screen uses that for itself. */
static void alternate(rf_screen *screen, bool on, bool with_cursor) {
    bool was = screen->modes.alternate;
    if (on == was)
        return;
    screen->modes.alternate = on;
    memset(screen->wrapped, 0, (size_t)screen->options.rows * sizeof *screen->wrapped);
    if (on) {
        screen->main_cursor = rf_screen_get_cursor(screen);
        screen->main_saved = (rf_saved){ screen->pen, screen->charsets };
        feed_text(screen, "\x1B[?1047h");
        return;
    }
    feed_text(screen, "\x1B[?1047l");
    if (!with_cursor)
        return;
    rf_screen_put_cursor(screen, screen->main_cursor);
    set_pen(screen, &screen->main_saved);
    rf_screen_feed_pen(screen);
}

/* ---- Modes ---- */

static void set_mouse(uint16_t *mode, uint32_t number, bool on) {
    if (on)
        *mode = (uint16_t)number;
    else if (*mode == number)
        *mode = 0;
}

static void feed_mode(rf_screen *screen, uint32_t mode, bool on) {
    char text[24];
    (void)snprintf(text, sizeof text, "\x1B[?%u%c", mode, on ? 'h' : 'l');
    feed_text(screen, text);
}

/* DECCOLM: the size is the client's, and stays; what goes with the change is done, as xterm and tmux do it. */
static void column_mode(rf_screen *screen) {
    screen->region = false;
    memset(screen->wrapped, 0, (size_t)screen->options.rows * sizeof *screen->wrapped);
    feed_text(screen, "\x1B[r\x1B[2J\x1B[H");
}

void rf_screen_private_mode(rf_screen *screen, uint32_t mode, bool on) {
    rf_screen_modes *modes = &screen->modes;
    rf_screen_changed(screen);
    switch (mode) {
    case 1: modes->cursor_keys = on; break;
    case 3: column_mode(screen); break;
    case 5: modes->reverse = on; break;
    case 6: screen->origin = on; feed_mode(screen, mode, on); break;
    case 7: screen->no_wrap = !on; feed_mode(screen, mode, on); break;
    case 12: modes->cursor_blink = on; break;
    case 25: modes->cursor_hidden = !on; break;
    case 47: case 1047: alternate(screen, on, false); break;
    case 1049: alternate(screen, on, true); break;
    case 1048: (on ? rf_screen_save : rf_screen_restore)(screen); break;
    case 9: case 1000: case 1002: case 1003: set_mouse(&modes->mouse, mode, on); break;
    case 1005: case 1006: case 1015: set_mouse(&modes->mouse_encoding, mode, on); break;
    case 1004: modes->focus = on; break;
    case 2004: modes->bracketed_paste = on; break;
    default: break;
    }
}

/* DECRQM: 1 set, 2 reset, 0 not known. */
void rf_screen_request_mode(rf_screen *screen, uint32_t mode) {
    const rf_screen_modes *m = &screen->modes;
    const struct { uint16_t mode; bool on; } rows[] = {
        { 1, m->cursor_keys }, { 5, m->reverse }, { 6, screen->origin }, { 7, !screen->no_wrap }, { 9, m->mouse == 9 },
        { 12, m->cursor_blink }, { 25, !m->cursor_hidden }, { 47, m->alternate }, { 1000, m->mouse == 1000 }, { 1002, m->mouse == 1002 },
        { 1003, m->mouse == 1003 }, { 1004, m->focus }, { 1005, m->mouse_encoding == 1005 }, { 1006, m->mouse_encoding == 1006 },
        { 1015, m->mouse_encoding == 1015 }, { 1047, m->alternate }, { 1049, m->alternate }, { 2004, m->bracketed_paste },
    };
    int answer = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].mode == mode)
            answer = rows[i].on ? 1 : 2;
    char text[32];
    (void)snprintf(text, sizeof text, "\x1B[?%u;%d$y", mode, answer);
    rf_screen_reply(screen, text);
}

/* ---- Resets ---- */

static void forget_settings(rf_screen *screen) {
    screen->pen = (rf_pen){ 0 };
    screen->charsets = (rf_charsets){ 0 };
    screen->saved = (rf_saved){ 0 };
    screen->region = screen->insert = screen->origin = screen->no_wrap = screen->shielded = false;
    screen->last_char = 0;
    rf_screen_changed(screen);
}

void rf_screen_reset(rf_screen *screen) {
    /* libvterm would go on drawing on the alternate screen; and it must know a place to restore, or takes black for the colours. */
    if (screen->modes.alternate)
        feed_text(screen, "\x1B[?1047l");
    feed_text(screen, "\x1B" "c\x1B" "7");
    forget_settings(screen);
    screen->newline = false;
    screen->modes = (rf_screen_modes){ 0 };
    memset(screen->wrapped, 0, (size_t)screen->options.rows * sizeof *screen->wrapped);
}

/* libvterm does not know DECSTR. As with xterm, mouse and paste stay as they are. */
void rf_screen_soft_reset(rf_screen *screen) {
    VTermPos at = rf_screen_get_cursor(screen);
    feed_text(screen, "\x1B[?6l\x1B[r\x1B[4l\x1B[?7h\x1B[0\"q\x1B[m\x1B" "7");
    forget_settings(screen);
    rf_screen_put_cursor(screen, at);
    screen->modes.cursor_hidden = screen->modes.cursor_keys = screen->modes.keypad = false;
}
