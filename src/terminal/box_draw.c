/* box_draw.c: the box over an attached session, drawn. */
#include "terminal/box_internal.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "terminal/cells.h"
#include "terminal/fuzzy.h"

#include <assert.h>

enum { BORDERS = 2, MARGIN = 2, LABEL_BYTES = 512 };
#define PLAIN "\033[0m"

typedef struct frame {
    rf_buffer *out;
    size_t column, row, width, height; /* from 1; all with the borders */
} frame;

/* A palette has its search line from the start, the others when something is typed: but the place for it is kept. */
static frame place(const rf_box *box, size_t columns, size_t rows, rf_buffer *out) {
    size_t wanted = box->kind == RF_BOX_PALETTE ? RF_BOX_HEIGHT_MAX : (size_t)box->longest + BORDERS + 1;
    frame f = { .out = out };
    f.width = columns > RF_BOX_WIDTH_MAX + 2 ? RF_BOX_WIDTH_MAX : columns > 2 ? columns - 2 : columns;
    f.height = wanted < 4 ? 4 : wanted < RF_BOX_HEIGHT_MAX ? wanted : RF_BOX_HEIGHT_MAX;
    f.height = f.height < rows ? f.height : rows;
    f.column = (columns - f.width) / 2 + 1;
    f.row = (rows - f.height) / 2 + 1;
    return f;
}

static void go_to(const frame *f, size_t line) { rf_buffer_printf(f->out, "\033[%zu;%zuH", f->row + line, f->column); }

static void put_border(const frame *f, size_t line, const char *left, const char *right, rf_slice title) {
    size_t used = 0, room = f->width - BORDERS;
    go_to(f, line);
    rf_buffer_printf(f->out, PLAIN "%s", left);
    if (title.len && room > 4) {
        rf_buffer_text(f->out, "\xE2\x94\x80 \033[1m");
        used = 3 + rf_cells_put(f->out, title, room - 4);
        rf_buffer_text(f->out, PLAIN " ");
    }
    for (; used < room; used++)
        rf_buffer_text(f->out, "\xE2\x94\x80");
    rf_buffer_text(f->out, right);
}

/* The label with what was found in bold; at most `room` columns. */
static size_t put_label(const frame *f, rf_slice label, rf_slice query, size_t room) {
    bool matched[LABEL_BYTES];
    label = rf_utf8_clip(label, LABEL_BYTES);
    (void)rf_fuzzy_score(query, label, matched, label.len);
    if (!query.len || rf_cells_width(label) > room)
        return rf_cells_put(f->out, label, room);
    bool bold = false;
    size_t used = 0, one;
    for (rf_slice rest = label; rest.len; used += one) {
        char bytes[4];
        bool is = matched[rest.data - label.data];
        uint32_t c = rf_cells_next(&rest, &one);
        if (is != bold)
            rf_buffer_text(f->out, is ? "\033[1;4m" : "\033[22;24m");
        bold = is;
        if (c)
            rf_buffer_append(f->out, bytes, rf_utf8_encode(c, bytes));
    }
    rf_buffer_text(f->out, bold ? "\033[22;24m" : "");
    return used;
}

/* What is written dim at the right end: the description, or the plugin's name. */
static rf_slice side_of(const rf_box *box, const rf_box_item *item) {
    if (item->items)
        return RF_SLICE("\xE2\x96\xB8");
    return item->description.len ? item->description : box->kind == RF_BOX_PALETTE ? item->plugin : RF_SLICE("");
}

static void put_item(const frame *f, const rf_box *box, const rf_box_item *item, bool selected, size_t room) {
    const rf_box_level *level = &box->levels[box->depth - 1];
    rf_slice side = side_of(box, item);
    size_t used = put_label(f, item->label, (rf_slice){ level->query, level->query_len }, room);
    size_t wide = rf_cells_width(side), left = room - used;
    if (wide && left > 4) {
        wide = wide < left - 2 ? wide : left - 2;
        rf_cells_blanks(f->out, left - wide);
        rf_buffer_text(f->out, selected ? "" : "\033[2m");
        size_t took = rf_cells_put(f->out, side, wide);
        rf_cells_blanks(f->out, wide - took);
    } else {
        rf_cells_blanks(f->out, left);
    }
}

static void put_row(const frame *f, const rf_box *box, size_t line, size_t index) {
    const rf_box_level *level = &box->levels[box->depth - 1];
    size_t inner = f->width - BORDERS, room = inner > MARGIN ? inner - MARGIN : 0;
    bool selected = index == level->selected;
    go_to(f, line);
    rf_buffer_text(f->out, PLAIN "\xE2\x94\x82");
    if (index < box->found_count && room) {
        rf_box_item item;
        rf_box_item_read(box, &level->items[box->found[index].index], &item);
        rf_buffer_text(f->out, selected ? "\033[7m " : " ");
        put_item(f, box, &item, selected, room);
        rf_buffer_text(f->out, " ");
    } else if (index == 0 && room) { /* nothing was found */
        rf_buffer_text(f->out, " \033[2m");
        size_t used = rf_cells_put(f->out, RF_SLICE("nothing fits"), room);
        rf_cells_blanks(f->out, room - used + 1);
    } else {
        rf_cells_blanks(f->out, inner);
    }
    rf_buffer_text(f->out, PLAIN "\xE2\x94\x82");
}

/* The end of what was typed is always seen. Returns its columns. */
static size_t put_query(const frame *f, const rf_box_level *level, size_t line) {
    size_t inner = f->width - BORDERS, room = inner > 4 ? inner - 4 : 0, one;
    rf_slice shown = { level->query, level->query_len };
    while (shown.len && rf_cells_width(shown) > room)
        (void)rf_cells_next(&shown, &one);
    go_to(f, line);
    rf_buffer_text(f->out, PLAIN "\xE2\x94\x82");
    size_t used = rf_cells_put(f->out, RF_SLICE(" > "), inner), mark = used;
    used += rf_cells_put(f->out, shown, room);
    rf_cells_blanks(f->out, inner - used);
    rf_buffer_text(f->out, "\xE2\x94\x82");
    return used > mark ? used - mark : 0;
}

void rf_box_draw(rf_box *box, size_t columns, size_t rows, rf_buffer *out) {
    assert(box && out);
    rf_box_level *level = rf_box_open_level(box);
    frame f = place(box, columns, rows, out);
    if (f.width < 3 || f.height < 3)
        return; /* there is no room for anything; keys work all the same */
    bool searched = box->kind == RF_BOX_PALETTE || level->query_len;
    size_t first = searched && f.height > 3 ? 2 : 1, list = f.height - 1 - first, typed = 0;
    box->shown_rows = list;
    if (level->selected < level->top)
        level->top = level->selected;
    if (level->selected >= level->top + list)
        level->top = level->selected - list + 1;
    rf_buffer_text(out, "\033[?25l\033[?7l");
    put_border(&f, 0, "\xE2\x94\x8C", "\xE2\x94\x90", level->title);
    if (first == 2)
        typed = put_query(&f, level, 1);
    for (size_t i = 0; i < list; i++)
        put_row(&f, box, first + i, level->top + i);
    put_border(&f, f.height - 1, "\xE2\x94\x94", "\xE2\x94\x98", RF_SLICE(""));
    rf_buffer_text(out, "\033[?7h");
    if (first == 2)
        rf_buffer_printf(out, "\033[%zu;%zuH\033[?25h", f.row + 1, f.column + 4 + typed);
}
