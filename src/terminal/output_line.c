/* output_line.c: a line with the sequences in it, and the same line as plugins made it, with its sequences in their places. */
#include "terminal/output_internal.h"

#include "base/slice.h"

#include <assert.h>

void rf_line_done(rf_line *line) {
    rf_buffer_done(&line->raw);
    rf_buffer_done(&line->text);
    rf_vec_done(&line->marks);
}

void rf_line_clear(rf_line *line) {
    rf_buffer_clear(&line->raw);
    rf_buffer_clear(&line->text);
    line->marks.count = 0;
}

static bool room(rf_buffer *buffer, size_t more) {
    bool good = rf_buffer_reserve(buffer, more);
    buffer->failed = false; /* what it holds is good */
    return good;
}

bool rf_line_add_text(rf_line *line, rf_slice text) {
    assert(line);
    if (!room(&line->raw, text.len) || !room(&line->text, text.len))
        return false;
    rf_buffer_slice(&line->raw, text);
    rf_buffer_slice(&line->text, text);
    return true;
}

bool rf_line_add_sequence(rf_line *line, rf_slice raw) {
    assert(line && raw.len);
    rf_line_mark mark = { (uint32_t)line->text.len, (uint32_t)line->raw.len, (uint32_t)raw.len };
    if (!room(&line->raw, raw.len) || !rf_vec_push(&line->marks, mark))
        return false;
    rf_buffer_slice(&line->raw, raw);
    return true;
}

/* ---- What was changed ---- */

/* The text's part from `begin` to `end` became `middle`. */
typedef struct change { size_t begin, end; rf_slice middle; } change;

static bool within_character(rf_slice text, size_t at) { return at < text.len && ((unsigned char)text.data[at] & 0xC0) == 0x80; }

/* Where the sequence that `at` stands within ends in the text; `at` when it stands in none. */
static size_t behind_sequence(rf_slice text, size_t at) {
    const char *last = at ? memrchr(text.data, 0x1B, at) : NULL;
    if (!last)
        return at;
    size_t begin = (size_t)(last - text.data);
    rf_slice left = { last, text.len - begin };
    RF_CLEANUP(rf_escape_done) rf_escape escape = { 0 };
    rf_escape_token token;
    size_t end = rf_escape_next(&escape, &left, &token) ? begin + token.raw.len : text.len;
    return end > at ? end : at;
}

static change compare(rf_slice before, rf_slice after) {
    size_t least = before.len < after.len ? before.len : after.len, begin = 0, same = 0;
    while (begin < least && before.data[begin] == after.data[begin])
        begin++;
    while (begin && (within_character(before, begin) || within_character(after, begin)))
        begin--;
    while (same < least - begin && before.data[before.len - 1 - same] == after.data[after.len - 1 - same])
        same++;
    while (same && within_character(before, before.len - same))
        same--;
    size_t end = behind_sequence(after, after.len - same);
    same = after.len - end;
    while (same && within_character(before, before.len - same))
        same--;
    return (change){ begin, before.len - same, { after.data ? after.data + begin : NULL, after.len - same - begin } };
}

/* ---- Putting it together ---- */

typedef struct making { const rf_line *line; size_t from, bells_from; rf_buffer *out; } making;

static void put_raw(const making *m, size_t begin, size_t end) {
    begin = begin < m->from ? m->from : begin;
    if (begin < end)
        rf_buffer_append(m->out, m->line->raw.data + begin, end - begin);
}

static bool is_bell(const making *m, const rf_line_mark *mark) { return m->line->raw.data[mark->raw_at] == 0x07; }

static void put_mark(const making *m, const rf_line_mark *mark) {
    if (mark->raw_at >= m->bells_from || !is_bell(m, mark))
        put_raw(m, mark->raw_at, mark->raw_at + mark->raw_len);
}

/* How far the line is put: the next mark, and the raw byte behind what is done. */
typedef struct done { size_t mark, raw; } done;

/* Where a place of the text is among the raw bytes, behind that many marks. */
static size_t raw_of(const rf_line *line, size_t marks, size_t text_at) {
    const rf_line_mark *last = marks ? &line->marks.items[marks - 1] : NULL;
    return text_at + (last ? last->raw_at + last->raw_len - last->text_at : 0);
}

/* The text up to `end` as it is, with the sequences up to there. */
static void put_part(const making *m, size_t end, done *d) {
    const rf_line *line = m->line;
    for (; d->mark < line->marks.count && line->marks.items[d->mark].text_at <= end; d->mark++) {
        const rf_line_mark *mark = &line->marks.items[d->mark];
        put_raw(m, d->raw, mark->raw_at);
        put_mark(m, mark);
        d->raw = mark->raw_at + mark->raw_len;
    }
    size_t until = raw_of(line, d->mark, end);
    put_raw(m, d->raw, until);
    d->raw = until;
}

void rf_line_put_made(rf_slice text, rf_buffer *out) {
    while (text.len) {
        size_t at = rf_slice_find(text, '\n');
        rf_buffer_append(out, text.data, at);
        if (at == text.len)
            return;
        rf_buffer_text(out, at && text.data[at - 1] == '\r' ? "\n" : "\r\n");
        text = (rf_slice){ text.data + at + 1, text.len - at - 1 };
    }
}

/* In place of a changed part: the sequences that stood in it, then what it became. */
static void put_change(const making *m, const change *c, done *d) {
    const rf_line *line = m->line;
    size_t begin = d->raw;
    for (; d->mark < line->marks.count && line->marks.items[d->mark].text_at < c->end; d->mark++)
        put_mark(m, &line->marks.items[d->mark]);
    d->raw = raw_of(line, d->mark, c->end);
    if (d->raw > m->from || begin >= m->from) /* else it is done with, as far as it can be */
        rf_line_put_made(c->middle, m->out);
}

/* Nothing is left of a dropped line but what its sequences switch. */
static void put_sequences(const making *m) {
    for (size_t i = 0; i < m->line->marks.count; i++) {
        const rf_line_mark *mark = &m->line->marks.items[i];
        rf_slice raw = { m->line->raw.data + mark->raw_at, mark->raw_len };
        bool erases = raw.data[0] == 0x1B && raw.len > 2 && raw.data[1] == '[' && raw.data[raw.len - 1] == 'K';
        if (!is_bell(m, mark) && !erases)
            put_mark(m, mark);
    }
}

void rf_line_make(const rf_line *line, const rf_outcome_text *made, size_t from, size_t bells_from, rf_buffer *out) {
    assert(line && made && out);
    making m = { line, from, bells_from, out };
    if (made->verdict == RF_VERDICT_DROP) {
        put_sequences(&m);
        return;
    }
    change c = { line->text.len, line->text.len, { NULL, 0 } };
    if (made->verdict == RF_VERDICT_MODIFY)
        c = compare(rf_buffer_view(&line->text), made->bytes);
    done d = { 0, 0 };
    put_part(&m, c.begin, &d);
    put_change(&m, &c, &d);
    put_part(&m, line->text.len, &d);
}
