/* screen_fast.c: whole runs of simple lines go to the scrollback without being drawn. */
#include "terminal/screen_internal.h"

#include <assert.h>

enum {
    LINE_ROWS_MAX = 8,   /* that a simple line takes */
    STYLE_BYTES_MAX = 64 /* of one sequence */
};

/* Only where every line does the same: writes its characters from the first column on, and scrolls. With two columns a wide character
 * leaves the cursor in the first one with a wrap pending; where a background is set, rows that scroll in are not blank. */
static bool simple(const rf_screen *s) {
    const rf_charsets *sets = &s->charsets;
    return !s->modes.alternate && !s->region && !s->insert && !s->origin && !s->newline && !s->no_wrap && !s->shielded && !s->no_fast &&
           !s->pen.background && !s->pen.link && !sets->single && sets->sets[sets->active] == RF_CHARSET_ASCII &&
           rf_escape_waiting(&s->scan) == 0 && s->options.columns > 2 && s->options.rows > 1;
}

/* How many bytes at the front are printable ASCII. */
static size_t printable_bytes(const char *at, size_t len) {
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t w;
        memcpy(&w, at + i, sizeof w);
        /* Of bytes under 0x80: those below 0x20 lose their high bit, DEL gains it. */
        if ((w | ~((w | high) - ones * 0x20) | ((w & ~high) + ones)) & high)
            break;
    }
    while (i < len && at[i] >= 0x20 && at[i] <= 0x7E)
        i++;
    return i;
}

/* ---- Lines ---- */

/* A row that is being put together for the scrollback. */
typedef struct fast_row {
    size_t len, runs;
    char text[RF_HISTORY_COLUMNS_MAX];
    rf_history_run run[RF_HISTORY_COLUMNS_MAX];
} fast_row;

static void end_row(rf_screen *screen, fast_row *row, bool wrapped) {
    rf_history_push_text(&screen->history, (rf_slice){ row->text, row->len }, row->run, row->runs, wrapped);
    screen->scrolled++;
    row->len = row->runs = 0;
}

static void add_text(rf_screen *screen, fast_row *row, const char *text, size_t len, const rf_pen *pen) {
    size_t columns = (size_t)screen->options.columns;
    while (len) {
        if (row->len == columns)
            end_row(screen, row, true);
        size_t part = len < columns - row->len ? len : columns - row->len;
        if (!row->runs || !rf_pen_same(&row->run[row->runs - 1].pen, pen))
            row->run[row->runs++] = (rf_history_run){ .pen = *pen };
        row->run[row->runs - 1].cells += part;
        memcpy(row->text + row->len, text, part);
        row->len += part;
        text += part;
        len -= part;
    }
}

/* The length of a sequence at the front that only changes the pen, or erases the rest of a row that is blank; 0: there is none. */
static size_t style_bytes(const char *at, size_t len, bool at_edge, rf_pen *pen) {
    size_t end = 2;
    len = len < STYLE_BYTES_MAX ? len : STYLE_BYTES_MAX;
    if (len < 3 || at[0] != 0x1B || at[1] != '[')
        return 0;
    while (end < len && at[end] >= '0' && at[end] <= ';')
        end++;
    rf_slice params = { at + 2, end - 2 };
    if (end == len)
        return 0;
    if (at[end] == 'K') /* at the edge it would erase the last character */
        return at_edge || params.len ? 0 : end + 1;
    if (at[end] != 'm')
        return 0;
    rf_pen_apply(pen, params);
    return pen->background ? 0 : end + 1;
}

/* What is walked along: where it is, and the pen there. */
typedef struct walk { const char *at, *end; rf_pen pen; } walk;

/* Takes the line at the front: how many rows it takes; 0: it is not simple, or not complete, and the walk stays. `row` NULL: only that. */
static size_t take_line(rf_screen *screen, walk *w, fast_row *row) {
    size_t columns = (size_t)screen->options.columns, count = 0;
    const char *at = w->at;
    rf_pen pen = w->pen;
    for (;;) {
        size_t len = printable_bytes(at, (size_t)(w->end - at));
        count += len;
        if (count > columns * LINE_ROWS_MAX)
            return 0;
        if (row)
            add_text(screen, row, at, len, &pen);
        at += len;
        if (w->end - at >= 2 && at[0] == '\r' && at[1] == '\n')
            break;
        len = style_bytes(at, (size_t)(w->end - at), count && count % columns == 0, &pen);
        if (!len)
            return 0;
        at += len;
    }
    if (row)
        end_row(screen, row, false);
    *w = (walk){ at + 2, w->end, pen };
    return count ? (count + columns - 1) / columns : 1;
}

/* Walks over lines until they take so many rows, or there is no more; how many they took. */
static size_t walk_rows(rf_screen *screen, walk *w, size_t rows) {
    size_t taken = 0;
    for (size_t more = 1; more && taken < rows; taken += more)
        more = take_line(screen, w, NULL);
    return taken;
}

/* Pushes lines of `all` rows, until one more would leave less than `left` of them. */
static void push_rows(rf_screen *screen, walk *w, size_t all, size_t left) {
    fast_row row;
    row.len = row.runs = 0;
    while (all > left) {
        walk next = *w;
        if (all < left + LINE_ROWS_MAX && take_line(screen, &next, NULL) > all - left)
            return;
        all -= take_line(screen, w, &row);
    }
}

/* What is drawn of the lines, by the usual way. */
static void draw(rf_screen *screen, const char *from, const char *to) {
    rf_slice left = { from, (size_t)(to - from) };
    rf_escape_token token;
    while (rf_escape_next(&screen->scan, &left, &token))
        rf_screen_take(screen, &token);
    vterm_screen_flush_damage(screen->cells);
}

/*
 * First lines are drawn until the screen scrolls, so that the row with the cursor is blank. Then the rows that are shown and all lines but
 * those that will be shown go to the scrollback at once, and the last ones are drawn on an empty screen, which they fill: scrolling costs far
 * more than drawing.
 */
bool rf_screen_simple_lines(rf_screen *screen, rf_slice *left) {
    if (left->len == 0 || left->data < screen->plain_from || !simple(screen))
        return false;
    VTermPos cursor = rf_screen_get_cursor(screen);
    if (cursor.col != 0)
        return false;
    const size_t rows = (size_t)screen->options.rows, first = rows - (size_t)cursor.row;
    const walk begin = { left->data, left->data + left->len, screen->pen };
    walk w = begin, whole = begin;
    size_t count = walk_rows(screen, &whole, SIZE_MAX);
    screen->plain_from = whole.at;
    if (count <= first + rows + LINE_ROWS_MAX)
        return false;
    size_t drawn = walk_rows(screen, &w, first);
    draw(screen, begin.at, w.at);
    for (int row = 0; row + 1 < screen->options.rows; row++)
        rf_screen_push_row(screen, row);
    push_rows(screen, &w, count - drawn, rows - 1);
    rf_screen_feed(screen, "\x1B[H\x1B[2J", 7);
    memset(screen->wrapped, 0, rows * sizeof *screen->wrapped);
    screen->pen = w.pen;
    rf_screen_feed_pen(screen);
    draw(screen, w.at, whole.at);
    *left = (rf_slice){ whole.at, (size_t)(begin.end - whole.at) };
    return true;
}
