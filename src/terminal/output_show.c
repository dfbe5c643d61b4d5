/* output_show.c: lines on their way to the screen: beginnings that are shown before their end has come, and what is written over them. */
#include "terminal/output_internal.h"

#include "base/slice.h"

#include <assert.h>

#define OUT_BYTES 65536u

void rf_output_flush(rf_output *output) {
    if (!output->out.len)
        return;
    output->sink.write(output->sink.user, rf_buffer_view(&output->out));
    rf_buffer_clear(&output->out);
}

void rf_output_put(rf_output *output, rf_slice bytes) {
    if (!bytes.len)
        return;
    if (output->out.len + bytes.len > OUT_BYTES)
        rf_output_flush(output);
    bool fits = bytes.len <= OUT_BYTES && rf_buffer_reserve(&output->out, bytes.len);
    output->out.failed = false;
    if (fits) {
        rf_buffer_slice(&output->out, bytes);
        return;
    }
    rf_output_flush(output);
    output->sink.write(output->sink.user, bytes);
}

/* ---- Writing over ---- */

static void put_place(rf_output *output, int64_t row, int column) {
    char text[48];
    int len = snprintf(text, sizeof text, "\x1b[%d;%dH", (int)row + 1, column + 1);
    rf_output_put(output, (rf_slice){ text, (size_t)len });
}

/* Blanks the cells of a row from a column up to but not including another. */
static void put_blanks(rf_output *output, int64_t row, int begin, int end) {
    char text[24];
    if (end <= begin)
        return;
    put_place(output, row, begin);
    int len = snprintf(text, sizeof text, end == output->columns ? "\x1b[K" : "\x1b[%dX", end - begin);
    rf_output_put(output, (rf_slice){ text, (size_t)len });
}

/* Colours and hyperlink as they were at the line's beginning. */
static void put_style(rf_output *output) {
    const rf_style *begin = output->styled ? &output->begin : &output->style;
    rf_output_put(output, RF_SLICE("\x1b[m"));
    rf_output_put(output, (rf_slice){ begin->sgr, begin->sgr_len });
    if (begin->link_len || output->style.link_len)
        rf_output_put(output, begin->link_len ? (rf_slice){ begin->link, begin->link_len } : RF_SLICE("\x1b]8;;\x1b\\"));
}

/* Takes what is shown of the line off the screen; the cursor is at its beginning then. False: it is no longer there. */
static bool take_back(rf_output *output) {
    rf_output_flush(output);
    if (!output->placed || output->origin)
        return false;
    int row, column;
    uint64_t scrolled;
    output->sink.where(output->sink.user, &row, &column, &scrolled);
    int64_t first = (int64_t)output->row - (int64_t)(scrolled - output->scrolled);
    if (scrolled < output->scrolled || first < 0 || first > row || (first == row && column < output->column))
        return false;
    rf_output_put(output, RF_SLICE("\x1b[m"));
    for (int64_t at = first; at <= row; at++) {
        bool last = at == row && column < output->columns - 1; /* in the last column the cursor stands on a character, or behind it */
        put_blanks(output, at, at == first ? output->column : 0, last ? column : output->columns);
    }
    put_place(output, first, output->column);
    put_style(output);
    return true;
}

/* ---- Lines ---- */

static rf_slice shown(const rf_output *output) {
    return output->changed ? rf_buffer_view(&output->shown) : (rf_slice){ output->line.raw.data, output->shown_raw };
}

static rf_slice make(rf_output *output, const rf_outcome_text *made, size_t from, size_t bells_from) {
    rf_buffer_clear(&output->made);
    rf_line_make(&output->line, made, from, bells_from, &output->made);
    return rf_buffer_view(&output->made);
}

static void put_rest(rf_output *output, rf_slice all, size_t done) {
    if (done < all.len)
        rf_output_put(output, (rf_slice){ all.data + done, all.len - done });
}

/* Another text than the one that is shown. */
static void put_other(rf_output *output, const rf_outcome_text *made) {
    bool back = take_back(output);
    rf_slice text = make(output, made, back ? 0 : output->shown_raw, output->shown_raw);
    rf_output_put(output, output->made.failed ? rf_buffer_view(&output->line.raw) : text);
}

void rf_output_put_line(rf_output *output, const rf_outcome_text *made) {
    if (made->verdict == RF_VERDICT_CONTINUE && !output->changed) {
        if (output->line.raw.len > output->shown_raw)
            put_rest(output, rf_buffer_view(&output->line.raw), output->shown_raw);
        return;
    }
    rf_slice text = make(output, made, 0, 0), before = shown(output);
    if (output->made.failed) /* no memory */
        put_rest(output, rf_buffer_view(&output->line.raw), output->shown_raw);
    else if (rf_slice_starts(text, before))
        put_rest(output, text, before.len);
    else
        put_other(output, made);
}

/* The place where a beginning begins. */
static void place(rf_output *output) {
    rf_output_flush(output);
    output->sink.where(output->sink.user, &output->row, &output->column, &output->scrolled);
    output->placed = true;
}

void rf_output_show(rf_output *output) {
    rf_line *line = &output->line;
    if (line->raw.len == output->shown_raw)
        return;
    rf_slice text = rf_buffer_view(&line->text);
    rf_outcome_text made = text.len ? rf_chain_eager(output->chain, text) : (rf_outcome_text){ RF_VERDICT_CONTINUE, text, false };
    if (!output->shown_raw)
        place(output);
    rf_output_put_line(output, &made);
    bool changed = made.verdict != RF_VERDICT_CONTINUE;
    if (changed) { /* anew: what was written may lack its bells */
        rf_slice all = make(output, &made, 0, 0);
        rf_buffer_clear(&output->shown);
        rf_buffer_slice(&output->shown, all);
    }
    output->changed = changed;
    output->shown_raw = line->raw.len;
}

void rf_output_begin_line(rf_output *output) {
    rf_line_clear(&output->line);
    output->shown_raw = 0;
    output->changed = output->placed = output->styled = false;
}
