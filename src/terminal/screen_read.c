/* screen_read.c: what a screen shows: cells, texts, cursor, scrollback. */
#include "terminal/screen_internal.h"

#include "base/utf8.h"
#include "terminal/char_width.h"

#include <assert.h>

/* ---- Cells ---- */

static uint32_t take_colour(const VTermColor *from, bool standard) {
    if (standard)
        return 0;
    return VTERM_COLOR_IS_INDEXED(from) ? RF_COLOUR_INDEX | from->indexed.idx
                                        : RF_COLOUR_RGB | (uint32_t)from->rgb.red << 16 | (uint32_t)from->rgb.green << 8 | from->rgb.blue;
}

static void take_pen(const VTermScreenCell *from, rf_pen *to) {
    uint32_t a = 0, font = from->attrs.font;
    a |= from->attrs.bold ? RF_PEN_BOLD : 0u;
    a |= from->attrs.italic ? RF_PEN_ITALIC : 0u;
    a |= (uint32_t)from->attrs.underline * RF_PEN_UNDERLINE;
    a |= from->attrs.blink ? RF_PEN_BLINK : 0u;
    a |= from->attrs.reverse ? RF_PEN_REVERSE : 0u;
    a |= from->attrs.strike ? RF_PEN_STRIKE : 0u;
    a |= font & RF_FONT_DIM ? RF_PEN_DIM : 0u;
    a |= font & RF_FONT_CONCEAL ? RF_PEN_CONCEAL : 0u;
    a |= font & RF_FONT_OVERLINE ? RF_PEN_OVERLINE : 0u;
    to->attributes = (uint16_t)a;
    to->foreground = take_colour(&from->fg, VTERM_COLOR_IS_DEFAULT_FG(&from->fg));
    to->background = take_colour(&from->bg, VTERM_COLOR_IS_DEFAULT_BG(&from->bg));
}

static void take_chars(const VTermScreenCell *from, rf_cell *to) {
    int count = 0;
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && from->chars[i]; i++) {
        uint32_t c = from->chars[i];
        bool selects = c >= RF_SELECTOR_FIRST && c <= RF_SELECTOR_LAST;
        bool paired = selects && i + 1 < VTERM_MAX_CHARS_PER_CELL && from->chars[i + 1] >= RF_SELECTOR_FIRST &&
                      from->chars[i + 1] <= RF_SELECTOR_LAST;
        if (paired)
            to->pen.link = (uint16_t)((c - RF_SELECTOR_FIRST) * RF_SELECTORS + from->chars[++i] - RF_SELECTOR_FIRST);
        else if (!selects)
            to->chars[count++] = c >= RF_SYMBOL_FIRST + RF_SYMBOL_SHIFT && c <= RF_SYMBOL_LAST + RF_SYMBOL_SHIFT ? c - RF_SYMBOL_SHIFT : c;
    }
}

/* The cell; true: the next one is its right half. */
static bool take_cell(const VTermScreenCell *from, rf_cell *to) {
    *to = (rf_cell){ .width = 1 };
    uint32_t first = from->chars[0];
    if (first == 0 || first == (uint32_t)-1) {
        to->chars[0] = ' ';
        to->pen.background = take_colour(&from->bg, VTERM_COLOR_IS_DEFAULT_BG(&from->bg));
        return false;
    }
    take_pen(from, &to->pen);
    if (first < 0x80 && !from->chars[1]) {
        to->chars[0] = first;
        return false;
    }
    take_chars(from, to);
    int width = to->chars[0] < 0x80 ? 1 : rf_char_width(to->chars[0]);
    if (width == 2 && from->width == 2) {
        to->width = 2;
        return true;
    }
    if (width == 1)
        return false;
    /* Half of a wide character that was written over. */
    memset(to->chars, 0, sizeof to->chars);
    to->chars[0] = ' ';
    to->pen = (rf_pen){ .background = to->pen.background };
    return false;
}

void rf_screen_take_cells(const VTermScreenCell *from, int count, rf_cell *cells) {
    for (int i = 0; i < count; i++) {
        if (take_cell(&from[i], &cells[i]) && i + 1 < count) {
            cells[i + 1] = (rf_cell){ .pen = cells[i].pen };
            i++;
        } else if (cells[i].width == 2) {
            cells[i] = rf_cell_blank();
        }
    }
}

static void screen_cells(const rf_screen *screen, int row, rf_cell *cells, int columns) {
    VTermScreenCell from;
    int have = columns < screen->options.columns ? columns : screen->options.columns;
    for (int i = 0; i < have; i++) {
        (void)vterm_screen_get_cell(screen->cells, (VTermPos){ row, i }, &from);
        if (take_cell(&from, &cells[i]) && i + 1 < have) {
            cells[i + 1] = (rf_cell){ .pen = cells[i].pen };
            i++;
        } else if (cells[i].width == 2) {
            cells[i] = rf_cell_blank();
        }
    }
    for (int i = have; i < columns; i++)
        cells[i] = rf_cell_blank();
}

bool rf_screen_row_cells(const rf_screen *screen, int64_t row, rf_cell *cells, int columns) {
    int64_t lines = (int64_t)screen->history.lines;
    if (row >= screen->options.rows || row < -lines)
        return false;
    if (row >= 0) {
        screen_cells(screen, (int)row, cells, columns);
        return true;
    }
    int have = rf_history_cells(&screen->history, (size_t)(lines + row), cells, columns, NULL);
    for (int i = have; i < columns; i++)
        cells[i] = rf_cell_blank();
    return true;
}

bool rf_screen_row_wrapped(const rf_screen *screen, int row) {
    if (!screen->wrapped[row] || row + 1 >= screen->options.rows)
        return false;
    VTermScreenCell last, before;
    (void)vterm_screen_get_cell(screen->cells, (VTermPos){ row, screen->width - 1 }, &last);
    (void)vterm_screen_get_cell(screen->cells, (VTermPos){ row, screen->width - 2 }, &before);
    return last.chars[0] || before.chars[0];
}

void rf_screen_push_row(rf_screen *screen, int row) {
    int columns = screen->options.columns;
    screen_cells(screen, row, screen->row, columns);
    bool wrapped = rf_screen_row_wrapped(screen, row);
    rf_history_push(&screen->history, screen->row, columns, wrapped);
    screen->scrolled++;
}

/* ---- Texts ---- */

/* Room for a row, however long; NULL: no such row. */
typedef struct row_cells { rf_cell cells[RF_HISTORY_COLUMNS_MAX]; int count; bool wrapped; } row_cells;

static bool read_row(const rf_screen *screen, int64_t row, row_cells *ret) {
    int64_t lines = (int64_t)screen->history.lines;
    if (row >= screen->options.rows || row < -lines)
        return false;
    if (row < 0) {
        ret->count = rf_history_cells(&screen->history, (size_t)(lines + row), ret->cells, RF_HISTORY_COLUMNS_MAX, &ret->wrapped);
        return true;
    }
    ret->count = screen->options.columns;
    screen_cells(screen, (int)row, ret->cells, ret->count);
    ret->wrapped = rf_screen_row_wrapped(screen, (int)row);
    return true;
}

static void write_cells(const rf_cell *cells, int first, int count, rf_buffer *out) {
    for (int i = first; i < count; i++)
        rf_cell_text(&cells[i], out);
}

static void trim(rf_buffer *out, size_t from) {
    while (out->len > from && out->data[out->len - 1] == ' ')
        out->len--;
}

bool rf_screen_text(const rf_screen *screen, int64_t row, rf_buffer *out) {
    assert(screen && out);
    row_cells read;
    if (!read_row(screen, row, &read))
        return false;
    size_t from = out->len;
    write_cells(read.cells, 0, read.count, out);
    trim(out, from);
    return true;
}

bool rf_screen_styled(const rf_screen *screen, int64_t row, rf_buffer *out) {
    assert(screen && out);
    row_cells read;
    if (!read_row(screen, row, &read))
        return false;
    static const rf_pen plain = { 0 };
    rf_pen pen = plain;
    int count = rf_cells_trimmed(read.cells, read.count);
    for (int i = 0; i < count; i++) {
        const rf_cell *cell = &read.cells[i];
        if (cell->pen.link != pen.link)
            rf_links_write(&screen->links, cell->pen.link, out);
        rf_pen_change(&pen, &cell->pen, out);
        pen = cell->pen;
        rf_cell_text(cell, out);
    }
    if (pen.link)
        rf_links_write(&screen->links, 0, out);
    rf_pen_change(&pen, &plain, out);
    return true;
}

void rf_screen_text_from(const rf_screen *screen, uint64_t line, int column, rf_buffer *out) {
    assert(screen && out);
    uint64_t oldest = screen->scrolled - screen->history.lines;
    if (line < oldest) {
        line = oldest;
        column = 0;
    }
    int cursor_column, cursor_row;
    rf_screen_cursor(screen, &cursor_column, &cursor_row);
    int64_t last = cursor_row, row = (int64_t)(line - screen->scrolled);
    row_cells read;
    for (column = column < 0 ? 0 : column; row <= last && read_row(screen, row, &read); row++, column = 0) {
        size_t from = out->len;
        if (row == last) {
            write_cells(read.cells, column, cursor_column < read.count ? cursor_column : read.count, out);
            return;
        }
        write_cells(read.cells, column, read.count, out);
        if (read.wrapped)
            continue;
        trim(out, from);
        rf_buffer_char(out, '\n');
    }
}

/* ---- The rest ---- */

void rf_screen_cursor(const rf_screen *screen, int *ret_column, int *ret_row) {
    assert(screen && ret_column && ret_row);
    VTermPos at = rf_screen_get_cursor(screen);
    *ret_column = at.col < screen->options.columns ? at.col : screen->options.columns - 1;
    *ret_row = at.row;
}

size_t rf_screen_scrollback(const rf_screen *screen) { return screen->history.lines; }
uint64_t rf_screen_scrolled(const rf_screen *screen) { return screen->scrolled; }
size_t rf_screen_scrollback_bytes(const rf_screen *screen) { return screen->history.bytes; }
rf_screen_modes rf_screen_get_modes(const rf_screen *screen) { return screen->modes; }
rf_slice rf_screen_title(const rf_screen *screen) { return (rf_slice){ screen->title, screen->title_len }; }

void rf_screen_clear_scrollback(rf_screen *screen) {
    assert(screen);
    rf_history_clear(&screen->history);
    screen->version++;
}

static void restore_text(rf_slice text, const rf_pen *pen, row_cells *to) {
    while (text.len) {
        uint32_t c;
        size_t len = rf_utf8_decode(text, &c);
        c = len ? c : 0xFFFD;
        len = len ? len : 1;
        text = (rf_slice){ text.data + len, text.len - len };
        int width = c < 0x80 ? 1 : rf_char_width(c);
        if (to->count + width > RF_HISTORY_COLUMNS_MAX || (c >= 0x80 && c < 0xA0))
            continue;
        if (width) {
            to->cells[to->count++] = (rf_cell){ .chars = { c }, .pen = *pen, .width = (uint32_t)width };
            if (width == 2)
                to->cells[to->count++] = (rf_cell){ .pen = *pen };
            continue;
        }
        rf_cell *base = to->count ? &to->cells[to->count - 1] : NULL;
        base = base && !base->width ? base - 1 : base;
        for (int i = 1; base && i < RF_CELL_CHARS; i++)
            if (!base->chars[i]) {
                base->chars[i] = c;
                break;
            }
    }
}

void rf_screen_restore_line(rf_screen *screen, rf_slice styled) {
    assert(screen);
    row_cells read = { .count = 0 };
    rf_pen pen = { 0 };
    RF_CLEANUP(rf_escape_done) rf_escape scan = { 0 };
    rf_escape_token token;
    while (rf_escape_next(&scan, &styled, &token)) {
        if (token.kind == RF_ESCAPE_TEXT)
            restore_text(token.raw, &pen, &read);
        else if (token.kind == RF_ESCAPE_CSI && token.final == 'm' && !token.marker && !token.intermediate)
            rf_pen_apply(&pen, (rf_slice){ token.raw.data + 2, token.raw.len - 3 });
        else if (token.kind == RF_ESCAPE_OSC && token.text.len >= 2 && memcmp(token.text.data, "8;", 2) == 0)
            pen.link = rf_links_open(&screen->links, (rf_slice){ token.text.data + 2, token.text.len - 2 });
    }
    rf_history_push(&screen->history, read.cells, read.count, false);
    screen->scrolled++;
    screen->version++;
}
