/* view_row.c: a view draws one row: the cells that differ, with as few bytes as will do. */
#include "terminal/view_internal.h"

#include "base/utf8.h"
#include "terminal/char_width.h"

#include <assert.h>

enum { REWRITE_CELLS = 4 }; /* so many cells that are the same already cost less than a jump over them */

void rf_view_move(rf_view *view, int line, int column) {
    if (view->column == column && view->line == line)
        return;
    rf_buffer *out = &view->body;
    if (view->column >= 0 && view->line == line && column == 0)
        rf_buffer_char(out, '\r');
    else if (view->column >= 0 && view->line == line && column > view->column)
        rf_buffer_printf(out, "\x1B[%dC", column - view->column);
    else
        rf_buffer_printf(out, "\x1B[%d;%dH", line + 1, column + 1);
    view->line = line;
    view->column = column;
}

void rf_view_use(rf_view *view, const rf_pen *pen) {
    if (pen->link != view->pen.link)
        rf_links_write(&view->screen->links, pen->link, &view->body);
    rf_pen_change(&view->pen, pen, &view->body);
    view->pen = *pen;
}

/* Whoever writes over half of a wide character spoils the other half: what touches a cell that changes must be drawn anew. */
static bool mark(rf_view *view, const rf_cell *shown) {
    const rf_cell *want = view->row;
    bool *dirty = view->dirty, any = false;
    int columns = view->columns;
    for (int i = 0; i < columns; i++)
        any |= dirty[i] = !rf_cell_same(&want[i], &shown[i]);
    if (!any)
        return false;
    for (int i = 0; i + 1 < columns; i++)
        dirty[i + 1] |= dirty[i] && (want[i].width == 2 || shown[i].width == 2);
    for (int i = columns - 1; i > 0; i--)
        dirty[i - 1] |= dirty[i] && (want[i].width == 0 || shown[i].width == 0);
    return true;
}

/* A run of clean cells that is too short to jump over, and can be written simply. */
static bool worth_rewriting(const rf_view *view, int from, int to) {
    if (to - from > REWRITE_CELLS)
        return false;
    for (int i = from; i < to; i++) {
        const rf_cell *cell = &view->row[i];
        if (cell->width != 1 || cell->chars[0] >= 0x80 || cell->chars[1] || !rf_pen_same(&cell->pen, &view->pen))
            return false;
    }
    return true;
}

static void write_cell(rf_view *view, int line, int at) {
    const rf_cell *cell = &view->row[at];
    rf_view_move(view, line, at);
    rf_view_use(view, &cell->pen);
    rf_cell_text(cell, &view->body);
    view->drawn++;
    /* Terminals disagree about the width of some of these, and none says where it stands behind the last column. */
    bool sure = cell->width == 1 && !cell->chars[1] && at + 1 < view->columns;
    view->column = sure ? at + 1 : -1;
}

static void erase_rest(rf_view *view, int line, int at) {
    static const rf_pen plain = { 0 };
    rf_view_move(view, line, at);
    rf_view_use(view, &plain);
    rf_buffer_text(&view->body, "\x1B[K");
    view->drawn += view->columns - at;
}

void rf_view_draw_row(rf_view *view, int line) {
    rf_cell *shown = view->cells + (size_t)line * (size_t)view->columns;
    if (!mark(view, shown))
        return;
    int end = rf_cells_trimmed(view->row, view->columns), dirty_end = view->columns;
    while (!view->dirty[dirty_end - 1])
        dirty_end--;
    /* Erasing takes three bytes: fewer blanks are written. */
    bool erase = dirty_end > end + 2 && dirty_end > 0;
    int until = erase ? end : dirty_end, next = -1;
    for (int i = 0; i < until; i++) {
        if (!view->dirty[i] || view->row[i].width == 0)
            continue;
        if (next >= 0 && i > next && view->column == next && worth_rewriting(view, next, i))
            for (int k = next; k < i; k++)
                write_cell(view, line, k);
        write_cell(view, line, i);
        next = i + (int)view->row[i].width;
    }
    if (erase) {
        int from = end;
        while (from < view->columns && !view->dirty[from])
            from++;
        erase_rest(view, line, from);
    }
    memcpy(shown, view->row, (size_t)view->columns * sizeof *shown);
}

/* ---- Overlays ---- */

bool rf_view_is_laid_over(int line, const rf_overlay *overlays, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int row = overlays[i].row;
        const char *at = overlays[i].text.data, *end = at ? at + overlays[i].text.len : at;
        for (; at && row < line && (at = memchr(at, '\n', (size_t)(end - at))); row++)
            at++;
        if (row == line && at)
            return true;
    }
    return false;
}

/* A blank in place of what remains of a wide character when one half is taken. */
static void part(rf_view *view, int at) {
    rf_cell *cells = view->row;
    if (cells[at].width == 0 && at > 0) {
        cells[at - 1].width = 1;
        memset(cells[at - 1].chars, 0, sizeof cells[at - 1].chars);
        cells[at - 1].chars[0] = ' ';
    }
    if (cells[at].width == 2 && at + 1 < view->columns)
        cells[at + 1] = (rf_cell){ .chars = { ' ' }, .pen = cells[at].pen, .width = 1 };
}

static int lay_char(rf_view *view, int at, int first, uint32_t c) {
    int width = c < 0x80 ? 1 : rf_char_width(c);
    if (width == 0) {
        rf_cell *base = at > first && at <= view->columns && at > 0 ? &view->row[at - 1] : NULL;
        base = base && base->width == 0 ? base - 1 : base;
        for (int i = 1; base && i < RF_CELL_CHARS; i++)
            if (!base->chars[i]) {
                base->chars[i] = c;
                break;
            }
        return at;
    }
    if (at < 0 || at + width > view->columns)
        return at + width;
    const rf_pen pen = { .attributes = RF_PEN_REVERSE };
    for (int i = 0; i < width; i++)
        part(view, at + i);
    view->row[at] = (rf_cell){ .chars = { c }, .pen = pen, .width = (uint32_t)width };
    if (width == 2)
        view->row[at + 1] = (rf_cell){ .pen = pen };
    return at + width;
}

static void lay_line(rf_view *view, int at, rf_slice text) {
    int first = at < 0 ? 0 : at;
    while (text.len && at < view->columns) {
        uint32_t c;
        size_t len = rf_utf8_decode(text, &c);
        c = len ? c : 0xFFFD;
        len = len ? len : 1;
        text = (rf_slice){ text.data + len, text.len - len };
        if (c >= 0x20 && (c < 0x7F || c >= 0xA0))
            at = lay_char(view, at, first, c);
    }
}

void rf_view_lay_over(rf_view *view, int line, const rf_overlay *overlays, size_t count) {
    for (size_t i = 0; i < count; i++) {
        rf_slice text = overlays[i].text;
        for (int row = overlays[i].row; row <= line && text.data; row++) {
            const char *end = text.len ? memchr(text.data, '\n', text.len) : NULL;
            size_t len = end ? (size_t)(end - text.data) : text.len;
            if (row == line)
                lay_line(view, overlays[i].column, (rf_slice){ text.data, len });
            text = end ? (rf_slice){ end + 1, text.len - len - 1 } : (rf_slice){ NULL, 0 };
        }
    }
}
