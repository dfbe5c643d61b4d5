/* view.c: one client's terminal: what it shows, and the shortest way from there to what it should show. */
#include "terminal/view.h"

#include "base/alloc.h"
#include "terminal/view_internal.h"

#include <assert.h>

enum { HIDE_CELLS = 8 }; /* from so many on, a cursor that runs along would be seen */

static int within(int value) { return value < 1 ? 1 : value > RF_SCREEN_SIZE_MAX ? RF_SCREEN_SIZE_MAX : value; }

void rf_view_forget(rf_view *view) {
    assert(view);
    view->known = false;
    for (int i = 0; i < view->columns * view->rows; i++)
        view->cells[i] = (rf_cell){ .width = RF_VIEW_UNKNOWN };
    for (int i = 0; i < view->rows; i++)
        view->keys[i] = RF_VIEW_KEY_UNKNOWN;
}

bool rf_view_resize(rf_view *view, int columns, int rows) {
    assert(view);
    columns = within(columns);
    rows = within(rows);
    size_t count = (size_t)columns * (size_t)rows;
    rf_cell *cells = rf_alloc(count * sizeof *cells), *row = rf_alloc(((size_t)columns + 1) * sizeof *row);
    uint64_t *keys = rf_alloc((size_t)rows * sizeof *keys), *fresh = rf_alloc((size_t)rows * sizeof *fresh);
    bool *dirty = rf_alloc((size_t)columns * sizeof *dirty);
    if (!cells || !row || !keys || !fresh || !dirty) {
        rf_free(cells);
        rf_free(row);
        rf_free(keys);
        rf_free(fresh);
        rf_free(dirty);
        return false;
    }
    rf_free(view->cells);
    rf_free(view->row);
    rf_free(view->keys);
    rf_free(view->fresh);
    rf_free(view->dirty);
    view->cells = cells;
    view->row = row;
    view->keys = keys;
    view->fresh = fresh;
    view->dirty = dirty;
    view->columns = columns;
    view->rows = rows;
    rf_view_forget(view);
    return true;
}

rf_code rf_view_new(int columns, int rows, rf_view **ret_view, rf_error *reterr) {
    assert(ret_view);
    rf_view *view = *ret_view = rf_alloc_zero(1, sizeof *view);
    if (view && rf_view_resize(view, columns, rows))
        return RF_OK;
    rf_free(view);
    *ret_view = NULL;
    return rf_raise_nomem(reterr);
}

void rf_view_free(rf_view *view) {
    if (!view)
        return;
    rf_free(view->cells);
    rf_free(view->row);
    rf_free(view->keys);
    rf_free(view->fresh);
    rf_free(view->dirty);
    rf_buffer_done(&view->body);
    rf_free(view);
}

int64_t rf_view_scroll(rf_view *view, const rf_screen *screen, int64_t lines) {
    assert(view && screen);
    int64_t most = (int64_t)rf_screen_scrollback(screen);
    if (lines > most)
        lines = most;
    if (lines < -most - view->scroll)
        lines = -most - view->scroll;
    view->scroll += lines;
    view->scroll = view->scroll < 0 ? 0 : view->scroll > most ? most : view->scroll;
    return view->scroll;
}

/* ---- Which part is shown ---- */

static int follow(int first, int shown, int all, int cursor) {
    if (cursor < first)
        first = cursor;
    if (cursor >= first + shown)
        first = cursor - shown + 1;
    if (first + shown > all)
        first = all - shown;
    return first < 0 ? 0 : first;
}

static void look_at(rf_view *view, const rf_screen *screen) {
    int column, row, left = view->left;
    rf_screen_cursor(screen, &column, &row);
    view->left = follow(view->left, view->columns, screen->options.columns, column);
    view->top = follow(view->top, view->rows, screen->options.rows, row);
    (void)rf_view_scroll(view, screen, 0);
    if (left == view->left && view->screen_columns == screen->options.columns && view->screen_rows == screen->options.rows)
        return;
    view->screen_columns = screen->options.columns;
    view->screen_rows = screen->options.rows;
    for (int i = 0; i < view->rows; i++)
        view->keys[i] = RF_VIEW_KEY_UNKNOWN;
}

static uint64_t key_of(const rf_view *view, const rf_screen *screen, int line) {
    int64_t row = (int64_t)view->top + line - view->scroll;
    if (row >= screen->options.rows)
        return RF_VIEW_KEY_EMPTY;
    return row >= 0 ? screen->row_versions[row] : RF_VIEW_KEY_HISTORY | (uint64_t)((int64_t)screen->scrolled + row);
}

/* What a line of the view should show, into `row`. */
static void make_row(rf_view *view, const rf_screen *screen, int line) {
    rf_cell *cells = view->row;
    int have = screen->options.columns - view->left, columns = view->columns;
    have = have > columns ? columns : have;
    if (view->left) {
        rf_cell all[RF_HISTORY_COLUMNS_MAX];
        if (!rf_screen_row_cells(screen, (int64_t)view->top + line - view->scroll, all, screen->options.columns))
            have = 0;
        else
            memcpy(cells, all + view->left, (size_t)have * sizeof *cells);
    } else if (!rf_screen_row_cells(screen, (int64_t)view->top + line - view->scroll, cells, have + (have < screen->options.columns))) {
        have = 0;
    }
    if (have && cells[0].width == 0)
        cells[0] = rf_cell_blank();
    if (have && cells[have - 1].width == 2)
        cells[have - 1] = rf_cell_blank();
    for (int i = have; i < columns; i++)
        cells[i] = (rf_cell){ .chars = { 0xB7 }, .width = 1 };
}

/* ---- Scrolling ---- */

/* By how many lines the rows have moved up, when most of what is shown can stay; else 0. */
static int moved_up(const rf_view *view) {
    int rows = view->rows;
    for (int by = 1; by < rows && by <= rows / 2; by++) {
        int same = 0, kept = 0;
        for (int i = 0; i + by < rows; i++)
            same += view->fresh[i] && view->fresh[i] == view->keys[i + by] && view->fresh[i] != RF_VIEW_KEY_EMPTY;
        for (int i = 0; i < rows; i++)
            kept += view->fresh[i] && view->fresh[i] == view->keys[i];
        if (same > 2 && same > kept + 2)
            return by;
    }
    return 0;
}

static void scroll_up(rf_view *view, int by) {
    static const rf_pen plain = { 0 };
    rf_view_use(view, &plain);
    rf_buffer_printf(&view->body, "\x1B[1;%dr\x1B[%d;1H", view->rows, view->rows);
    for (int i = 0; i < by; i++)
        rf_buffer_char(&view->body, '\n');
    rf_buffer_text(&view->body, "\x1B[r");
    view->column = -1;
    view->drawn += HIDE_CELLS;
    size_t columns = (size_t)view->columns, kept = (size_t)(view->rows - by);
    memmove(view->cells, view->cells + columns * (size_t)by, kept * columns * sizeof *view->cells);
    memmove(view->keys, view->keys + by, kept * sizeof *view->keys);
    for (size_t i = kept * columns; i < columns * (size_t)view->rows; i++)
        view->cells[i] = rf_cell_blank();
    for (size_t i = kept; i < (size_t)view->rows; i++)
        view->keys[i] = RF_VIEW_KEY_UNKNOWN;
}

/* ---- Drawing ---- */

static void draw_rows(rf_view *view, const rf_screen *screen, const rf_overlay *overlays, size_t overlay_count) {
    for (int i = 0; i < view->rows; i++)
        view->fresh[i] = rf_view_is_laid_over(i, overlays, overlay_count) ? RF_VIEW_KEY_UNKNOWN : key_of(view, screen, i);
    int by = view->known && view->rows > 3 ? moved_up(view) : 0;
    if (by)
        scroll_up(view, by);
    for (int i = 0; i < view->rows; i++) {
        if (view->fresh[i] && view->fresh[i] == view->keys[i])
            continue;
        make_row(view, screen, i);
        rf_view_lay_over(view, i, overlays, overlay_count);
        rf_view_draw_row(view, i);
        view->keys[i] = view->fresh[i];
    }
}

/* Where the cursor is in the view; false: it is not to be seen. */
static bool cursor_place(const rf_view *view, const rf_screen *screen, int *ret_column, int *ret_line) {
    rf_screen_cursor(screen, ret_column, ret_line);
    *ret_column -= view->left;
    *ret_line -= view->top;
    return view->scroll == 0 && *ret_column >= 0 && *ret_column < view->columns && *ret_line >= 0 && *ret_line < view->rows;
}

static void finish(rf_view *view, const rf_screen_modes *before, bool was_known, const rf_screen_modes *modes, rf_buffer *out) {
    bool shown_before = was_known ? !before->cursor_hidden : true, hide = view->drawn > HIDE_CELLS && shown_before;
    if (hide)
        rf_buffer_text(out, "\x1B[?25l");
    rf_buffer_slice(out, rf_buffer_view(&view->body));
    if (modes->cursor_hidden ? shown_before && !hide : hide || !was_known || before->cursor_hidden)
        rf_buffer_text(out, modes->cursor_hidden ? "\x1B[?25l" : "\x1B[?25h");
}

void rf_view_draw(rf_view *view, const rf_screen *screen, const rf_overlay *overlays, size_t overlay_count, rf_buffer *out) {
    assert(view && screen && out && (overlays || !overlay_count));
    static const rf_pen plain = { 0 };
    bool was_known = view->known;
    rf_screen_modes before = view->modes, modes = rf_screen_get_modes(screen);
    rf_buffer_clear(&view->body);
    view->screen = screen;
    view->drawn = 0;
    view->pen = plain;
    look_at(view, screen);
    if (!was_known) {
        rf_buffer_text(&view->body, "\x1B[m\x1B]8;;\x1B\\\x1B[r\x1B[?6l\x1B[4l\x1B[?7h\x1B(B\x0F");
        view->column = -1;
    }
    rf_view_draw_modes(view, &modes, rf_screen_title(screen), &view->body);
    draw_rows(view, screen, overlays, overlay_count);
    rf_view_use(view, &plain);
    int column, line;
    modes.cursor_hidden |= !cursor_place(view, screen, &column, &line);
    if (!modes.cursor_hidden || (column >= 0 && line >= 0 && column < view->columns && line < view->rows))
        rf_view_move(view, line, column);
    view->known = true;
    view->modes = modes;
    finish(view, &before, was_known, &modes, out);
    if (view->body.failed || out->failed)
        rf_view_forget(view);
}
