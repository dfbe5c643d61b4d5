/* screen_fast.c: whole runs of plain lines go to the scrollback without being drawn. */
#include "terminal/screen_internal.h"

#include <assert.h>

/* Only where every line does the same: writes its characters from the first column on, and scrolls by one. With two columns a wide
 * character leaves the cursor in the first one with a wrap pending. */
static bool simple(const rf_screen *s) {
    static const rf_pen plain = { 0 };
    const rf_charsets *sets = &s->charsets;
    return !s->modes.alternate && !s->region && !s->insert && !s->origin && !s->newline && !s->no_wrap && !s->shielded && !s->no_fast &&
           rf_pen_same(&s->pen, &plain) && !sets->single && sets->sets[sets->active] == RF_CHARSET_ASCII && rf_escape_waiting(&s->scan) == 0 &&
           s->options.columns > 2 && s->options.rows > 1;
}

/* Printable ASCII throughout. */
static bool printable(const char *at, size_t len) {
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    uint64_t bad = 0;
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t w;
        memcpy(&w, at + i, sizeof w);
        /* Of bytes under 0x80: those below 0x20 lose their high bit, DEL gains it. */
        bad |= w | ~((w | high) - ones * 0x20) | ((w & ~high) + ones);
        if (bad & high)
            return false;
    }
    for (; i < len; i++)
        if (at[i] < 0x20 || at[i] > 0x7E)
            return false;
    return true;
}

/* The length of the plain line at the beginning, without its end; SIZE_MAX: there is none. */
static size_t plain_line(const char *at, size_t len, size_t columns) {
    size_t most = columns + 2 < len ? columns + 2 : len;
    const char *end = memchr(at, '\n', most);
    if (!end || end == at || end[-1] != '\r')
        return SIZE_MAX;
    size_t line = (size_t)(end - at) - 1;
    return printable(at, line) ? line : SIZE_MAX;
}

static size_t count_lines(const rf_screen *screen, rf_slice text, size_t *ret_bytes) {
    size_t count = 0, at = 0, columns = (size_t)screen->options.columns;
    for (size_t line; at < text.len && (line = plain_line(text.data + at, text.len - at, columns)) != SIZE_MAX; count++)
        at += line + 2;
    *ret_bytes = at;
    return count;
}

/* Draws so many lines, of which each is known to be plain. */
static void draw_lines(rf_screen *screen, const char **at, size_t count) {
    for (; count; count--) {
        const char *end = memchr(*at, '\n', (size_t)screen->options.columns + 2);
        assert(end);
        screen->wrapped[rf_screen_get_cursor(screen).row] = false;
        rf_screen_feed(screen, *at, (size_t)(end - *at) + 1);
        *at = end + 1;
    }
}

static void push_lines(rf_screen *screen, const char **at, size_t count) {
    screen->scrolled += count;
    for (; count; count--) {
        const char *end = memchr(*at, '\n', (size_t)screen->options.columns + 2);
        assert(end);
        rf_history_push_plain(&screen->history, *at, (size_t)(end - *at) - 1);
        *at = end + 1;
    }
}

/*
 * First lines are drawn until the screen scrolls, so that the row with the cursor is blank. From then on each line ends above it: the rows
 * that are shown and all lines but those that will be shown go to the scrollback at once, and the last ones are drawn over the stale rows.
 */
bool rf_screen_plain_lines(rf_screen *screen, rf_slice *left) {
    if (left->len == 0 || left->data < screen->plain_from || !simple(screen))
        return false;
    VTermPos cursor = rf_screen_get_cursor(screen);
    if (cursor.col != 0)
        return false;
    size_t bytes, rows = (size_t)screen->options.rows, first = rows - (size_t)cursor.row;
    size_t count = count_lines(screen, *left, &bytes);
    if (count <= first + rows) {
        screen->plain_from = left->data + bytes;
        return false;
    }
    const char *at = left->data;
    screen->last_char = 0;
    draw_lines(screen, &at, first);
    vterm_screen_flush_damage(screen->cells);
    for (int row = 0; row + 1 < screen->options.rows; row++)
        rf_screen_push_row(screen, row);
    size_t last = rows - 1;
    push_lines(screen, &at, count - first - last);
    screen->drop_pushed = true;
    draw_lines(screen, &at, last);
    screen->drop_pushed = false;
    *left = (rf_slice){ left->data + bytes, left->len - bytes };
    screen->plain_from = left->data;
    return true;
}
