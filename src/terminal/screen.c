/* screen.c: the state of a terminal: the object, its size, and what libvterm tells. */
#include "terminal/screen.h"

#include "base/alloc.h"
#include "terminal/screen_internal.h"

#include <assert.h>

/* libvterm takes a text apart on the stack, 4 bytes for each of its bytes. */
enum { FEED_BYTES = 4096, COLUMNS_MIN = 2 };

void rf_screen_changed(rf_screen *screen) { screen->version++; }

/* ---- What libvterm tells ---- */

static int on_damage(VTermRect rect, void *user) {
    rf_screen *screen = user;
    screen->version++;
    /* An empty piece (of ED 1 in the first row), to which libvterm adds others of the same row, keeps its end. */
    int end = rect.end_row > rect.start_row ? rect.end_row : rect.start_row + 1;
    for (int row = rect.start_row < 0 ? 0 : rect.start_row; row < end && row < screen->options.rows; row++)
        screen->row_versions[row] = ++screen->version;
    return 1;
}

static int on_moverect(VTermRect to, VTermRect from, void *user) {
    rf_screen *screen = user;
    screen->pushed = 0;
    if (to.start_col != 0 || to.end_col < screen->width || to.start_row == from.start_row)
        return on_damage(to, user);
    int count = to.end_row - to.start_row;
    if (to.start_row < 0 || from.start_row < 0 || count <= 0 || to.end_row > screen->options.rows ||
        from.start_row + count > screen->options.rows)
        return on_damage(to, user);
    if (screen->in_text && from.start_row > to.start_row)
        screen->text_scrolls += from.start_row - to.start_row;
    memmove(screen->row_versions + to.start_row, screen->row_versions + from.start_row, (size_t)count * sizeof *screen->row_versions);
    memmove(screen->wrapped + to.start_row, screen->wrapped + from.start_row, (size_t)count * sizeof *screen->wrapped);
    for (int row = to.end_row; row < from.start_row + count; row++)
        screen->wrapped[row] = false;
    screen->version++;
    return 1;
}

static int on_push(int count, const VTermScreenCell *cells, void *user) {
    rf_screen *screen = user;
    int row = screen->pushed++;
    if (screen->drop_pushed)
        return 1;
    screen->scrolled++;
    screen->version++;
    count = count > screen->row_room ? screen->row_room : count;
    rf_screen_take_cells(cells, count, screen->row);
    bool wrapped = row < screen->options.rows && screen->wrapped[row];
    wrapped = wrapped && count > 1 && (cells[count - 1].chars[0] || cells[count - 2].chars[0]);
    rf_history_push(&screen->history, screen->row, count, wrapped);
    return 1;
}

static void set_colour(VTermColor *to, uint32_t colour, uint8_t standard) {
    if (!colour) {
        vterm_color_rgb(to, 0, 0, 0);
        to->type |= standard;
    } else if (colour & RF_COLOUR_INDEX) {
        vterm_color_indexed(to, (uint8_t)colour);
    } else {
        vterm_color_rgb(to, (uint8_t)(colour >> 16), (uint8_t)(colour >> 8), (uint8_t)colour);
    }
}

/* One cell as libvterm has it. */
static void give_cell(const rf_cell *from, VTermScreenCell *to) {
    *to = (VTermScreenCell){ .width = from->width == 2 ? 2 : 1 };
    int count = 0;
    for (; count < RF_CELL_CHARS && from->chars[count]; count++) {
        uint32_t c = from->chars[count];
        to->chars[count] = c >= RF_SYMBOL_FIRST && c <= RF_SYMBOL_LAST && from->width == 2 ? c + RF_SYMBOL_SHIFT : c;
    }
    const rf_pen *pen = &from->pen;
    if (pen->link && count + 2 <= RF_CELL_CHARS) {
        to->chars[count] = RF_SELECTOR_FIRST + pen->link / RF_SELECTORS;
        to->chars[count + 1] = RF_SELECTOR_FIRST + pen->link % RF_SELECTORS;
    }
    uint32_t a = pen->attributes;
    to->attrs.bold = (a & RF_PEN_BOLD) != 0;
    to->attrs.underline = (a & RF_PEN_UNDERLINES) / RF_PEN_UNDERLINE & 3;
    to->attrs.italic = (a & RF_PEN_ITALIC) != 0;
    to->attrs.blink = (a & RF_PEN_BLINK) != 0;
    to->attrs.reverse = (a & RF_PEN_REVERSE) != 0;
    to->attrs.strike = (a & RF_PEN_STRIKE) != 0;
    to->attrs.font = rf_font_of(a) & 15;
    set_colour(&to->fg, pen->foreground, VTERM_COLOR_DEFAULT_FG);
    set_colour(&to->bg, pen->background, VTERM_COLOR_DEFAULT_BG);
}

static int on_pop(int count, VTermScreenCell *cells, void *user) {
    rf_screen *screen = user;
    if (!screen->history.lines || count > screen->row_room)
        return 0;
    int have = rf_history_cells(&screen->history, screen->history.lines - 1, screen->row, count, NULL);
    rf_history_pop(&screen->history);
    screen->scrolled--;
    static const rf_cell empty = { .width = 1 };
    for (int i = 0; i < count; i++) {
        const rf_cell *cell = i < have ? &screen->row[i] : &empty;
        give_cell(cell->width == 2 && i + 1 == count ? &empty : cell, &cells[i]);
    }
    return 1;
}

static void on_reply(const char *bytes, size_t len, void *user) {
    rf_screen *screen = user;
    if (screen->options.reply)
        screen->options.reply(screen->options.user, (rf_slice){ bytes, len });
}

static const VTermScreenCallbacks callbacks = { .damage = on_damage, .moverect = on_moverect, .sb_pushline = on_push, .sb_popline = on_pop };

/* ---- Feeding ---- */

void rf_screen_feed(rf_screen *screen, const char *bytes, size_t len) {
    while (len) {
        size_t piece = len > FEED_BYTES ? FEED_BYTES : len;
        screen->pushed = 0;
        (void)vterm_input_write(screen->vt, bytes, piece);
        bytes += piece;
        len -= piece;
    }
}

VTermPos rf_screen_get_cursor(const rf_screen *screen) {
    VTermPos at;
    vterm_state_get_cursorpos(screen->state, &at);
    return at;
}

/* Text without controls, that takes so many columns: at most a row. Learns which rows it wrapped. */
void rf_screen_feed_text(rf_screen *screen, const char *bytes, size_t len, int columns) {
    VTermPos before = rf_screen_get_cursor(screen);
    if (before.col + columns < screen->width) {
        rf_screen_feed(screen, bytes, len);
        return;
    }
    screen->text_scrolls = 0;
    screen->in_text = true;
    rf_screen_feed(screen, bytes, len);
    /* What libvterm gathers of a row's damage must not be told when the row has moved on by something else. */
    vterm_screen_flush_damage(screen->cells);
    screen->in_text = false;
    int row = rf_screen_get_cursor(screen).row, wraps = row - before.row + screen->text_scrolls;
    for (int i = 1; i <= wraps && row - i >= 0; i++)
        screen->wrapped[row - i] = true;
}

void rf_screen_put_cursor(rf_screen *screen, VTermPos at) {
    char text[40];
    if (screen->origin)
        rf_screen_feed(screen, "\x1B[?6l", 5);
    screen->origin = false;
    int len = snprintf(text, sizeof text, "\x1B[%d;%dH", at.row + 1, at.col + 1);
    rf_screen_feed(screen, text, (size_t)len);
}

/* ---- The object ---- */

static int within(int value, int least) { return value < least ? least : value > RF_SCREEN_SIZE_MAX ? RF_SCREEN_SIZE_MAX : value; }

static bool make_cells(rf_screen *screen) {
    screen->vt = vterm_new(screen->options.rows, screen->width);
    if (!screen->vt)
        return false;
    vterm_set_utf8(screen->vt, 1);
    vterm_output_set_callback(screen->vt, on_reply, screen);
    screen->state = vterm_obtain_state(screen->vt);
    screen->cells = vterm_obtain_screen(screen->vt);
    if (!screen->state || !screen->cells)
        return false;
    vterm_screen_enable_altscreen(screen->cells, 1);
    vterm_screen_set_damage_merge(screen->cells, VTERM_DAMAGE_ROW);
    vterm_screen_set_callbacks(screen->cells, &callbacks, screen);
    vterm_screen_reset(screen->cells, 1);
    rf_screen_reset(screen);
    return true;
}

static bool make_rows(rf_screen *screen) {
    screen->row_versions = rf_alloc_zero((size_t)screen->options.rows, sizeof *screen->row_versions);
    screen->wrapped = rf_alloc_zero((size_t)screen->options.rows, sizeof *screen->wrapped);
    screen->row = rf_alloc_zero((size_t)screen->width, sizeof *screen->row);
    screen->row_room = screen->width;
    return screen->row_versions && screen->wrapped && screen->row;
}

rf_code rf_screen_new(const rf_screen_options *options, rf_screen **ret_screen, rf_error *reterr) {
    assert(options && ret_screen);
    *ret_screen = NULL;
    rf_screen *screen = rf_alloc_zero(1, sizeof *screen);
    if (!screen)
        return rf_raise_nomem(reterr);
    screen->options = *options;
    screen->options.columns = within(options->columns, 1);
    screen->options.rows = within(options->rows, 1);
    screen->width = within(options->columns, COLUMNS_MIN);
    screen->history.lines_max = options->scrollback_lines;
    screen->history.bytes_max = options->scrollback_bytes;
    if (!make_rows(screen) || !make_cells(screen)) {
        rf_screen_free(screen);
        return rf_raise_nomem(reterr);
    }
    *ret_screen = screen;
    return RF_OK;
}

void rf_screen_free(rf_screen *screen) {
    if (!screen)
        return;
    if (screen->vt)
        vterm_free(screen->vt);
    rf_escape_done(&screen->scan);
    rf_history_done(&screen->history);
    rf_links_done(&screen->links);
    rf_free(screen->row_versions);
    rf_free(screen->wrapped);
    rf_free(screen->row);
    rf_free(screen);
}

/* ---- Size ---- */

/* Room for the rows and columns of both sizes, since libvterm tells of both while it changes. False: no memory; all is as it was. */
static bool make_room(rf_screen *screen, int width, int rows) {
    size_t most = (size_t)(rows > screen->options.rows ? rows : screen->options.rows);
    uint64_t *versions = rf_realloc(screen->row_versions, most * sizeof *versions);
    screen->row_versions = versions ? versions : screen->row_versions;
    bool *wrapped = rf_realloc(screen->wrapped, most * sizeof *wrapped);
    screen->wrapped = wrapped ? wrapped : screen->wrapped;
    if (!versions || !wrapped)
        return false;
    if (width > screen->row_room) {
        rf_cell *row = rf_realloc(screen->row, (size_t)width * sizeof *row);
        if (!row)
            return false;
        screen->row = row;
        screen->row_room = width;
    }
    for (size_t i = (size_t)screen->options.rows; i < most; i++) {
        screen->row_versions[i] = 0;
        screen->wrapped[i] = false;
    }
    return true;
}

static void set_size(rf_screen *screen, int width, int rows) {
    VTermPos cursor = rf_screen_get_cursor(screen);
    /* libvterm keeps scroll regions that no longer fit. */
    if (screen->region) {
        rf_screen_feed(screen, "\x1B[r", 3);
        rf_screen_put_cursor(screen, cursor);
        screen->region = false;
    }
    int old_rows = screen->options.rows;
    vterm_screen_flush_damage(screen->cells);
    screen->pushed = 0;
    screen->options.rows = rows > old_rows ? rows : old_rows;
    screen->width = width;
    vterm_set_size(screen->vt, rows, width);
    screen->options.rows = rows;
    vterm_screen_flush_damage(screen->cells);
    /* Any sequence brings a cursor back that ended up outside; this one does nothing else. */
    rf_screen_feed(screen, "\x1B[0n", 4);
}

/* The cursor of the main screen must stay on it, although the other one is shown. */
static void set_size_behind(rf_screen *screen, int width, int rows) {
    VTermPos cursor = rf_screen_get_cursor(screen);
    rf_screen_feed(screen, "\x1B[?1047l", 8);
    rf_screen_put_cursor(screen, screen->main_cursor);
    set_size(screen, width, rows);
    screen->main_cursor = rf_screen_get_cursor(screen);
    rf_screen_feed(screen, "\x1B[?1047h", 8);
    rf_screen_put_cursor(screen, cursor);
}

void rf_screen_resize(rf_screen *screen, int columns, int rows) {
    assert(screen);
    int width = within(columns, COLUMNS_MIN);
    columns = within(columns, 1);
    rows = within(rows, 1);
    if ((columns == screen->options.columns && rows == screen->options.rows) || !make_room(screen, width, rows))
        return;
    if (width != screen->width || rows != screen->options.rows) {
        if (screen->modes.alternate && screen->main_cursor.row >= rows)
            set_size_behind(screen, width, rows);
        else
            set_size(screen, width, rows);
    }
    screen->options.columns = columns;
    screen->last_char = 0;
    for (int row = 0; row < rows; row++)
        screen->row_versions[row] = ++screen->version;
}

void rf_screen_size(const rf_screen *screen, int *ret_columns, int *ret_rows) {
    assert(screen && ret_columns && ret_rows);
    *ret_columns = screen->options.columns;
    *ret_rows = screen->options.rows;
}
