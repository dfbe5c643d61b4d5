/* csv_row.c: rows of comma-separated values, and the original's words for what is wrong with one. */
#include "components/inputs/csv_row.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum place { FIELD_START, PLAIN, QUOTED, BEHIND_QUOTE };

/* Behind a quote within a quoted field: a second one stands for one; else it ended the field, if rightly. */
static uint8_t behind_quote(rf_csv_style style, char c) {
    if (c == '"')
        return QUOTED;
    if (c == style.delimiter)
        return FIELD_START;
    return style.lazy_quotes && c != '\r' ? QUOTED : PLAIN;
}

bool rf_csv_find_end(rf_csv_style style, rf_slice text, size_t *scanned, uint8_t *place, size_t *ret_len) {
    assert(scanned && place && *scanned <= text.len);
    for (size_t i = *scanned; i < text.len; i++) {
        char c = text.data[i];
        if (c == '\n' && *place != QUOTED) {
            *ret_len = i + 1;
            return true;
        }
        if (*place == QUOTED)
            *place = c == '"' ? BEHIND_QUOTE : QUOTED;
        else if (*place == BEHIND_QUOTE)
            *place = behind_quote(style, c);
        else if (c == style.delimiter)
            *place = FIELD_START;
        else
            *place = *place == FIELD_START && c == '"' ? QUOTED : PLAIN;
    }
    *scanned = text.len;
    return false;
}

bool rf_csv_is_blank(rf_slice row) {
    return row.len == 0 || (row.len == 1 && row.data[0] == '\n') || (row.len == 2 && row.data[0] == '\r' && row.data[1] == '\n');
}

uint64_t rf_csv_line_count(rf_slice row) {
    uint64_t count = 0;
    for (size_t i = 0; i < row.len; i++)
        count += row.data[i] == '\n';
    return count ? count : 1;
}

/* A row being read. */
typedef struct reading {
    rf_csv_style style;
    rf_slice text;      /* the row, its line end not counted */
    size_t at;
    size_t line_start;  /* of the line `at` is on */
    uint64_t first, line;
    char *out;          /* where field texts go: never more than the row has */
    size_t used;
    rf_csv_row row;
} reading;

static void complain(reading *r, size_t at, const char *what) {
    uint64_t column = at - r->line_start + 1;
    if (r->row.fault[0])
        return;
    if (r->first != r->line)
        (void)snprintf(r->row.fault, sizeof r->row.fault,
                       "record on line %" PRIu64 "; parse error on line %" PRIu64 ", column %" PRIu64 ": %s", r->first, r->line, column,
                       what);
    else
        (void)snprintf(r->row.fault, sizeof r->row.fault, "parse error on line %" PRIu64 ", column %" PRIu64 ": %s", r->line, column, what);
}

static void put(reading *r, char c) {
    assert(r->used < r->text.len);
    r->out[r->used++] = c;
}

static void read_plain(reading *r) {
    for (; r->at < r->text.len && r->text.data[r->at] != r->style.delimiter; r->at++) {
        if (r->text.data[r->at] == '"' && !r->style.lazy_quotes)
            complain(r, r->at, "bare \" in non-quoted-field");
        put(r, r->text.data[r->at]);
    }
}

/* Behind the opening quote; ends behind the closing one. A carriage return before a line feed is no part of the text. */
static void read_quoted(reading *r) {
    const char *data = r->text.data;
    for (; r->at < r->text.len; r->at++) {
        bool last = r->at + 1 == r->text.len;
        if (data[r->at] == '\r' && !last && data[r->at + 1] == '\n')
            continue;
        if (data[r->at] == '"') {
            if (last || data[r->at + 1] == r->style.delimiter) {
                r->at++;
                return;
            }
            if (data[r->at + 1] == '"')
                r->at++;
            else if (!r->style.lazy_quotes)
                complain(r, r->at, "extraneous or missing \" in quoted-field");
        }
        put(r, data[r->at]);
        if (data[r->at] == '\n') {
            r->line++;
            r->line_start = r->at + 1;
        }
    }
    if (!r->style.lazy_quotes)
        complain(r, r->at, "extraneous or missing \" in quoted-field");
}

static void read_field(reading *r) {
    size_t begin = r->used;
    if (r->at < r->text.len && r->text.data[r->at] == '"') {
        r->at++;
        read_quoted(r);
    } else {
        read_plain(r);
    }
    r->row.fields[r->row.count++] = (rf_slice){ r->out + begin, r->used - begin };
}

static rf_slice without_end(rf_slice row) {
    if (row.len && row.data[row.len - 1] == '\n')
        row.len--;
    if (row.len && row.data[row.len - 1] == '\r')
        row.len--;
    return row;
}

bool rf_csv_read(rf_csv_style style, rf_slice row, uint64_t line, rf_arena *arena, rf_csv_row *ret_row) {
    reading r = { .style = style, .text = without_end(row), .first = line, .line = line };
    size_t most = 1;
    for (size_t i = 0; i < r.text.len; i++)
        most += r.text.data[i] == style.delimiter;
    r.row.fields = rf_arena_alloc(arena, most * sizeof *r.row.fields);
    r.out = rf_arena_alloc(arena, r.text.len + 1);
    if (!r.row.fields || !r.out)
        return false;
    read_field(&r);
    while (r.at < r.text.len) {
        assert(r.text.data[r.at] == style.delimiter);
        r.at++;
        read_field(&r);
    }
    *ret_row = r.row;
    return true;
}
