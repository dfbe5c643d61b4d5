/* top_keys.c: what keys do in `riffle top`. */
#include "cli/top_screen.h"

#include "base/slice.h"

#include <errno.h>
#include <unistd.h>

typedef rf_top_terminal screen;

static void show_view(screen *s, rf_top_view which) {
    s->top->view = which;
    s->top->scroll = 0;
    rf_top_poll_want(s->poll, which == RF_TOP_ZONES ? RF_TOP_WITH_ZONES : 0);
}

static void scroll(screen *s, long lines) {
    rf_top *top = s->top;
    if (lines < 0)
        top->scroll = top->scroll > (size_t)-lines ? top->scroll - (size_t)-lines : 0;
    else
        top->scroll += (size_t)lines;
}

static void plain_key(screen *s, unsigned char key) {
    rf_top *top = s->top;
    s->stale = true;
    if (key >= '1' && key < '1' + RF_TOP_VIEWS)
        show_view(s, (rf_top_view)(key - '1'));
    else if (key == '\t')
        show_view(s, (top->view + 1) % RF_TOP_VIEWS);
    else if (key == 'q' || key == 'Q' || key == 0x04)
        s->ended = true;
    else if (key == 'p')
        top->paused = !top->paused;
    else if (key == 'r')
        top->sort = (top->sort + 1) % RF_TOP_SORTS;
    else if (key == 'j')
        scroll(s, 1);
    else if (key == 'k')
        scroll(s, -1);
    else if (key == 0x0C) /* Ctrl-L */
        s->gone |= !rf_top_write(RF_SLICE("\033[2J"));
}

/* Behind "ESC [" or "ESC O": arrows, pages, home, end, and Shift-Tab. */
static void sequence(screen *s, rf_slice keys) {
    long page = s->rows > RF_TOP_HEAD_LINES + 2 ? (long)s->rows - RF_TOP_HEAD_LINES - 2 : 1;
    s->stale = true;
    if (rf_slice_is(keys, "A"))
        scroll(s, -1);
    else if (rf_slice_is(keys, "B"))
        scroll(s, 1);
    else if (rf_slice_is(keys, "5~"))
        scroll(s, -page);
    else if (rf_slice_is(keys, "6~"))
        scroll(s, page);
    else if (rf_slice_is(keys, "H") || rf_slice_is(keys, "1~"))
        s->top->scroll = 0;
    else if (rf_slice_is(keys, "F") || rf_slice_is(keys, "4~"))
        s->top->scroll = s->top->lines;
    else if (rf_slice_is(keys, "C"))
        show_view(s, (s->top->view + 1) % RF_TOP_VIEWS);
    else if (rf_slice_is(keys, "Z") || rf_slice_is(keys, "D"))
        show_view(s, (s->top->view + RF_TOP_VIEWS - 1) % RF_TOP_VIEWS);
}

static void take_key(screen *s, unsigned char key) {
    if (!s->pending_count) {
        if (key == 0x1B)
            s->pending[s->pending_count++] = key;
        else
            plain_key(s, key);
        return;
    }
    if (s->pending_count < RF_TOP_PENDING_MAX)
        s->pending[s->pending_count++] = key;
    bool opened = s->pending[1] == '[' || s->pending[1] == 'O';
    if (opened && (s->pending_count == 2 || key < 0x40 || key > 0x7E))
        return; /* goes on */
    if (opened && s->pending_count <= RF_TOP_PENDING_MAX)
        sequence(s, (rf_slice){ (const char *)s->pending + 2, s->pending_count - 2 });
    s->pending_count = 0;
}

void rf_top_read_keys(screen *s) {
    unsigned char keys[64];
    ssize_t got = read(STDIN_FILENO, keys, sizeof keys);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
        s->ended = true; /* the terminal is gone */
    for (ssize_t i = 0; i < got && !s->ended; i++)
        take_key(s, keys[i]);
}
