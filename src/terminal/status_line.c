/* status_line.c: the line below an attached session. */
#include "terminal/status_line.h"

#include "base/slice.h"
#include "terminal/cells.h"

#include <assert.h>
#include <inttypes.h>

enum { ITEMS_MAX = 32, GAP = 2, LEFT_LEAST = 8 };

rf_notice_level rf_notice_level_of(rf_slice name) {
    if (rf_slice_is(name, "error"))
        return RF_NOTICE_ERROR;
    if (rf_slice_is(name, "warning") || rf_slice_is(name, "warn"))
        return RF_NOTICE_WARNING;
    return rf_slice_is(name, "success") ? RF_NOTICE_SUCCESS : RF_NOTICE_INFO;
}

/* The highest first, at most ITEMS_MAX; equal ones in their order. */
static size_t sort_items(const rf_status_line *line, const rf_status_line_item *ret_sorted[ITEMS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < line->item_count; i++) {
        size_t at = count < ITEMS_MAX ? count++ : ITEMS_MAX;
        if (at == ITEMS_MAX && ret_sorted[ITEMS_MAX - 1]->priority >= line->items[i].priority)
            continue;
        at = at == ITEMS_MAX ? ITEMS_MAX - 1 : at;
        for (; at && ret_sorted[at - 1]->priority < line->items[i].priority; at--)
            ret_sorted[at] = ret_sorted[at - 1];
        ret_sorted[at] = &line->items[i];
    }
    return count;
}

static void put_fixed(const rf_status_line *line, rf_buffer *out) {
    if (line->scrolling)
        rf_buffer_printf(out, "%s[%" PRId64 "/%" PRId64 "]", out->len ? " " : "", line->scrolled, line->scroll_of);
    if (line->recording)
        rf_buffer_printf(out, "%s[rec]", out->len ? " " : "");
    if (line->read_only)
        rf_buffer_printf(out, "%s[read only]", out->len ? " " : "");
    if (line->clients > 1)
        rf_buffer_printf(out, "%s%" PRId64 " clients", out->len ? " " : "", line->clients);
}

/* Items as far as they fit, then what is always told. Returns its columns. */
static size_t put_right(const rf_status_line *line, size_t room, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer fixed = { 0 };
    const rf_status_line_item *sorted[ITEMS_MAX];
    put_fixed(line, &fixed);
    size_t fixed_width = rf_cells_width(rf_buffer_view(&fixed)), used = 0;
    if (fixed_width > room || fixed.failed)
        return rf_cells_put(out, rf_buffer_view(&fixed), room);
    size_t count = sort_items(line, sorted);
    for (size_t i = 0; i < count; i++) {
        size_t wide = rf_cells_width(sorted[i]->text);
        if (wide == 0 || used + wide + 3 > room - fixed_width)
            continue;
        used += rf_cells_put(out, sorted[i]->text, wide);
        rf_buffer_text(out, " | ");
        used += 3;
    }
    if (used && !fixed_width) { /* nothing stands behind the last bar */
        out->len -= out->len >= 3 ? 3 : 0;
        used -= 3;
    }
    return used + rf_cells_put(out, rf_buffer_view(&fixed), fixed_width);
}

static size_t put_left(const rf_status_line *line, size_t room, rf_buffer *out) {
    if (room == 0)
        return 0;
    rf_slice rest = line->hint.len ? line->hint : line->title;
    rf_buffer_char(out, ' ');
    size_t used = 1 + rf_cells_put(out, line->session, room - 1);
    if (rest.len && used + GAP < room) {
        rf_cells_blanks(out, GAP);
        used += GAP + rf_cells_put(out, rest, room - used - GAP);
    }
    return used;
}

static void put_notice(const rf_status_line *line, size_t room, rf_buffer *out) {
    static const char *const colours[] = { "\033[0;30;46m", "\033[0;30;42m", "\033[0;30;43m", "\033[0;97;41m" };
    size_t wide = rf_cells_width(line->notice), most = room - 2;
    wide = wide < most ? wide : most;
    size_t before = (room - wide - 2) / 2;
    rf_cells_blanks(out, before);
    rf_buffer_printf(out, "%s ", colours[line->level]);
    size_t used = rf_cells_put(out, line->notice, wide);
    rf_cells_blanks(out, wide - used);
    rf_buffer_text(out, " \033[0;7m");
    rf_cells_blanks(out, room - before - wide - 2);
}

void rf_status_line_draw(const rf_status_line *line, size_t columns, rf_buffer *out) {
    assert(line && out);
    RF_CLEANUP(rf_buffer_done) rf_buffer right = { 0 };
    size_t left_least = columns < LEFT_LEAST ? columns : LEFT_LEAST;
    size_t right_room = columns - left_least > 1 ? columns - left_least - 1 : 0;
    size_t right_width = put_right(line, right_room, &right);
    size_t room = columns - right_width - (right_width ? 1 : 0), left_room = room;
    if (line->notice.len) { /* it may take what the title has, but not the name */
        size_t name = rf_cells_width(line->session) + 1;
        left_room = name < room / 2 ? name : room / 2;
    } else if (right_width && room) {
        left_room = room - 1;
    }
    rf_buffer_text(out, "\033[0;7m");
    size_t left = put_left(line, left_room, out);
    if (line->notice.len && room - left > 4)
        put_notice(line, room - left, out);
    else
        rf_cells_blanks(out, room - left);
    rf_buffer_slice(out, rf_buffer_view(&right));
    rf_buffer_text(out, right_width ? " \033[0m" : "\033[0m");
}
