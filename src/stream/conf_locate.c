/* conf_locate.c: from a line and column of a script to where they stand in the YAML file. */
#include "stream/conf.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "stream/document.h"

#include <assert.h>

static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool is_space(char c) { return is_blank(c) || c == '\n' || c == '\r'; }

static size_t line_start(rf_slice text, size_t from, uint32_t line) {
    for (; line > 1 && from < text.len; from++)
        line -= text.data[from] == '\n';
    return from;
}

/* The byte that a column (in characters, from 1) of a line stands for; at most the line's end. */
static size_t column_bytes(rf_slice text, size_t start, uint32_t column) {
    size_t at = start;
    while (column > 1 && at < text.len && text.data[at] != '\n') {
        uint32_t c;
        size_t n = rf_utf8_decode((rf_slice){ text.data + at, text.len - at }, &c);
        at += n ? n : 1;
        column--;
    }
    return at;
}

static size_t line_length(rf_slice text, size_t start) {
    size_t end = start;
    while (end < text.len && text.data[end] != '\n' && text.data[end] != '\r')
        end++;
    return end - start;
}

/* A literal block keeps its lines; each is shorter by the indentation. */
static size_t locate_literal(const rf_conf *node, uint32_t line, uint32_t column) {
    rf_slice written = { node->unit->env.text.data, node->end };
    size_t ours = line_start(node->text, 0, line), theirs = line_start(written, node->at, line);
    size_t short_by = line_length(written, theirs), length = line_length(node->text, ours);
    short_by = short_by > length ? short_by - length : 0;
    return theirs + short_by + (column_bytes(node->text, ours, column) - ours);
}

/* Folding changes only blanks: the other characters are the same, in the same order. */
static size_t locate_folded(const rf_conf *node, size_t target) {
    rf_slice written = { node->unit->env.text.data, node->end };
    size_t at = node->at, blanks = 0;
    for (size_t i = 0; i < node->text.len; i++) {
        bool blank = is_space(node->text.data[i]);
        while (!blank && at < written.len && is_space(written.data[at]))
            at++;
        blanks = blank ? blanks : 0;
        if (i >= target)
            break;
        blanks += blank;
        at += !blank;
    }
    return at + blanks < written.len ? at + blanks : at;
}

/* A line break with the blanks around it: one is a space, n are n - 1 breaks. Returns the bytes taken. */
static size_t take_fold(rf_slice rest, size_t *ret_made) {
    size_t at = 0, breaks = 0;
    while (at < rest.len && is_space(rest.data[at]))
        breaks += rest.data[at++] == '\n';
    *ret_made = breaks <= 1 ? 1 : breaks - 1;
    return at;
}

static bool is_fold(rf_slice rest) {
    size_t at = 0;
    while (at < rest.len && is_blank(rest.data[at]))
        at++;
    return at < rest.len && (rest.data[at] == '\n' || rest.data[at] == '\r');
}

/* How many bytes of UTF-8 the hexadecimal escape of `digits` digits makes. */
static size_t escape_bytes(rf_slice digits) {
    uint32_t c = 0;
    char out[4];
    for (size_t i = 0; i < digits.len; i++) {
        char d = digits.data[i];
        c = c * 16 + (uint32_t)(d <= '9' ? d - '0' : (d | 32) - 'a' + 10);
    }
    return rf_utf8_encode(c, out);
}

static size_t take_escape(rf_slice rest, size_t *ret_made) {
    char c = rest.len > 1 ? rest.data[1] : '\0';
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    *ret_made = c == 'N' || c == '_' ? 2 : c == 'L' || c == 'P' ? 3 : 1;
    if (digits && rest.len >= 2 + digits)
        *ret_made = escape_bytes((rf_slice){ rest.data + 2, digits });
    if (c != '\n' && c != '\r')
        return 2 + digits;
    size_t at = 1;
    while (at < rest.len && is_space(rest.data[at]))
        at++;
    *ret_made = 0;
    return at;
}

/* One step through a quoted or plain scalar: bytes taken, and how many bytes of text they make. */
static size_t take_step(const rf_conf *node, rf_slice rest, size_t *ret_made) {
    *ret_made = 1;
    if (is_fold(rest))
        return take_fold(rest, ret_made);
    if (node->style == RF_STYLE_DOUBLE && rest.data[0] == '\\')
        return take_escape(rest, ret_made);
    return node->style == RF_STYLE_SINGLE && rest.len > 1 && rest.data[0] == '\'' && rest.data[1] == '\'' ? 2 : 1;
}

static size_t locate_flow(const rf_conf *node, size_t target) {
    rf_slice written = { node->unit->env.text.data, node->end };
    size_t at = node->at, text_at = 0;
    while (at < written.len) {
        size_t made, taken = take_step(node, (rf_slice){ written.data + at, written.len - at }, &made);
        if (text_at + made > target)
            break;
        text_at += made;
        at += taken;
    }
    return at;
}

void rf_conf_locate(const void *conf, uint32_t line, uint32_t column, rf_place *ret_place) {
    const rf_conf *node = conf;
    assert(node && node->kind == RF_NODE_SCALAR && ret_place);
    size_t at, target = column_bytes(node->text, line_start(node->text, 0, line), column);
    if (node->style == RF_STYLE_LITERAL)
        at = locate_literal(node, line, column);
    else if (node->style == RF_STYLE_FOLDED)
        at = locate_folded(node, target);
    else
        at = locate_flow(node, target);
    rf_unit_place(node->unit, at, ret_place);
}
