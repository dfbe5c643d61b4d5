/* text.c: what simple scripts do with texts. Positions and letters are only counted in ASCII; elsewhere the engine does it. */
#include "script/direct/tree.h"

#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "script/number.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define TEXT_MAX ((size_t)64 << 10)   /* longer texts are not made here */

static bool eval_text(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    return rf_direct_eval(walk, node, ret) && ret->kind == RF_DIRECT_STRING;
}

static bool eval_ascii(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    return eval_text(walk, node, ret) && (ret->text.len == 0 || rf_utf8_is_ascii(ret->text));
}

/* Room for a text; NULL: too long, or out of memory. */
static char *room_for(rf_direct_walk *walk, size_t len) { return len <= TEXT_MAX ? rf_arena_alloc(&walk->batch->arena, len + 1) : NULL; }

/* ---- As text ---- */

/* Whole numbers only: how others are written is not for here. */
static bool print_whole(rf_direct_walk *walk, double number, rf_slice *ret) {
    if (!(fabs(number) <= RF_SCRIPT_WHOLE_MAX) || number != trunc(number))
        return false;
    char *room = room_for(walk, 24);
    if (!room)
        return false;
    *ret = (rf_slice){ room, rf_number_i64((int64_t)number, room) };
    return true;
}

static bool text_of(rf_direct_walk *walk, const rf_direct_value *value, rf_direct_value *ret) {
    rf_slice text;
    switch ((rf_direct_kind)value->kind) {
    case RF_DIRECT_STRING: *ret = *value; return true;
    case RF_DIRECT_UNDEFINED: text = RF_SLICE("undefined"); break;
    case RF_DIRECT_NULL: text = RF_SLICE("null"); break;
    case RF_DIRECT_BOOL: text = value->truth ? RF_SLICE("true") : RF_SLICE("false"); break;
    case RF_DIRECT_NUMBER:
        if (!print_whole(walk, value->number, &text))
            return false;
        *ret = rf_direct_of_text(text);
        return true;
    default: return false;
    }
    *ret = (rf_direct_value){ .kind = RF_DIRECT_STRING, .is_script = true, .text = text };
    return true;
}

bool rf_direct_join(rf_direct_walk *walk, const rf_direct_value *a, const rf_direct_value *b, rf_direct_value *ret) {
    rf_direct_value left, right;
    if (!text_of(walk, a, &left) || !text_of(walk, b, &right))
        return false;
    char *room = room_for(walk, left.text.len + right.text.len);
    if (!room)
        return false;
    if (left.text.len)
        memcpy(room, left.text.data, left.text.len);
    if (right.text.len)
        memcpy(room + left.text.len, right.text.data, right.text.len);
    *ret = rf_direct_of_text((rf_slice){ room, left.text.len + right.text.len });
    return true;
}

/* toString(): of a whole number, too. */
static bool to_string(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value a;
    if (!rf_direct_eval(walk, node->a, &a) || (a.kind != RF_DIRECT_STRING && a.kind != RF_DIRECT_NUMBER && a.kind != RF_DIRECT_BOOL))
        return false;
    return text_of(walk, &a, ret);
}

static bool as_text(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value a;
    return rf_direct_eval(walk, node->a, &a) && text_of(walk, &a, ret);
}

/* ---- Finding ---- */

/* Bytes before the first `part`; SIZE_MAX: there is none. In UTF-8 a whole text is found only where it stands. */
static size_t find(rf_slice text, rf_slice part) {
    if (part.len == 0)
        return 0;
    const char *at = text.len >= part.len ? memmem(text.data, text.len, part.data, part.len) : NULL;
    return at ? (size_t)(at - text.data) : SIZE_MAX;
}

static bool eval_find(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value text, part;
    if (!eval_text(walk, node->a, &text) || !eval_text(walk, node->b, &part))
        return false;
    switch ((rf_direct_op)node->op) {
    case RF_DIRECT_INCLUDES: *ret = rf_direct_of_bool(find(text.text, part.text) != SIZE_MAX); return true;
    case RF_DIRECT_STARTS: *ret = rf_direct_of_bool(rf_slice_starts(text.text, part.text)); return true;
    case RF_DIRECT_ENDS: *ret = rf_direct_of_bool(rf_slice_ends(text.text, part.text)); return true;
    default: break;
    }
    size_t at = find(text.text, part.text);
    *ret = rf_direct_of_number(at == SIZE_MAX ? -1 : (double)at);
    return text.text.len == 0 || rf_utf8_is_ascii(text.text);
}

static bool eval_length(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value a;
    if (!eval_ascii(walk, node->a, &a))
        return false;
    *ret = rf_direct_of_number((double)a.text.len);
    return true;
}

static bool eval_test(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value a;
    rf_direct_found found;
    if (!eval_ascii(walk, node->a, &a))
        return false;
    rf_direct_answer answer = rf_direct_pattern_find(node->pattern, a.text, 0, &found);
    *ret = rf_direct_of_bool(answer == RF_DIRECT_YES);
    return answer != RF_DIRECT_UNKNOWN;
}

static bool eval_match(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value a;
    if (!eval_ascii(walk, node->a, &a))
        return false;
    rf_direct_found *found = rf_arena_alloc(&walk->batch->arena, sizeof *found);
    rf_direct_answer answer = found ? rf_direct_pattern_find(node->pattern, a.text, 0, found) : RF_DIRECT_UNKNOWN;
    *ret = answer == RF_DIRECT_YES ? (rf_direct_value){ .kind = RF_DIRECT_FOUND, .found = found } : (rf_direct_value){ .kind = RF_DIRECT_NULL };
    return answer != RF_DIRECT_UNKNOWN;
}

/* ---- Making others ---- */

static bool change_case(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value a;
    char from = node->op == RF_DIRECT_UPPER ? 'a' : 'A';
    char *room = eval_ascii(walk, node->a, &a) ? room_for(walk, a.text.len) : NULL;
    if (!room)
        return false;
    for (size_t i = 0; i < a.text.len; i++) {
        char c = a.text.data[i];
        room[i] = c >= from && c <= from + 25 ? (char)(c ^ 0x20) : c;
    }
    *ret = rf_direct_of_text((rf_slice){ room, a.text.len });
    return true;
}

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool trim(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    if (!eval_ascii(walk, node->a, ret))
        return false;
    rf_slice *text = &ret->text;
    while (text->len && is_blank(text->data[0]))
        *text = (rf_slice){ text->data + 1, text->len - 1 };
    while (text->len && is_blank(text->data[text->len - 1]))
        text->len--;
    return true;
}

/* A position as substring() takes it: whole, and within the text. */
static bool eval_position(rf_direct_walk *walk, const rf_direct_node *node, size_t len, size_t *ret) {
    rf_direct_value value;
    if (!rf_direct_eval(walk, node, &value) || value.kind != RF_DIRECT_NUMBER || isnan(value.number))
        return false;
    *ret = value.number <= 0 ? 0 : value.number >= (double)len ? len : (size_t)value.number;
    return true;
}

static bool substring(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    size_t from, to;
    if (!eval_ascii(walk, node->a, ret) || !eval_position(walk, node->b, ret->text.len, &from))
        return false;
    to = ret->text.len;
    if (node->c && !eval_position(walk, node->c, ret->text.len, &to))
        return false;
    ret->text = (rf_slice){ ret->text.data + (from < to ? from : to), from < to ? to - from : from - to };
    return true;
}

/* Text with what `made` has of it up to `at` taken over. */
typedef struct rewrite { rf_buffer *out; rf_slice text; size_t taken; } rewrite;

static void put_replacement(rewrite *r, size_t begin, size_t end, rf_slice by) {
    rf_buffer_slice(r->out, (rf_slice){ r->text.data + r->taken, begin - r->taken });
    rf_buffer_slice(r->out, by);
    r->taken = end;
}

static rf_direct_answer replace_pattern(rewrite *r, const rf_direct_pattern *pattern, rf_slice by) {
    rf_direct_found found;
    size_t from = 0;
    rf_direct_answer answer, any = RF_DIRECT_NO;
    while (from <= r->text.len && (answer = rf_direct_pattern_find(pattern, r->text, from, &found)) != RF_DIRECT_NO) {
        if (answer == RF_DIRECT_UNKNOWN || r->out->len > TEXT_MAX)
            return RF_DIRECT_UNKNOWN;
        any = RF_DIRECT_YES;
        put_replacement(r, found.begin[0], found.end[0], by);
        if (!rf_direct_pattern_is_global(pattern))
            break;
        from = found.end[0] > found.begin[0] ? found.end[0] : found.end[0] + 1;
    }
    return any;
}

static bool finish_rewrite(rf_direct_walk *walk, rewrite *r, rf_direct_value *ret) {
    rf_buffer_slice(r->out, (rf_slice){ r->text.data + r->taken, r->text.len - r->taken });
    char *room = r->out->failed ? NULL : room_for(walk, r->out->len);
    if (!room)
        return false;
    if (r->out->len)
        memcpy(room, r->out->data, r->out->len);
    *ret = rf_direct_of_text((rf_slice){ room, r->out->len });
    return true;
}

/* A replacement with `$` in it may mean more than itself. */
static bool replace(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value text, part = rf_direct_undefined(), by;
    if (!(node->pattern ? eval_ascii(walk, node->a, &text) : eval_text(walk, node->a, &text)) ||
        (!node->pattern && !eval_text(walk, node->b, &part)) || !eval_text(walk, node->c, &by) ||
        (by.text.len && memchr(by.text.data, '$', by.text.len)))
        return false;
    *ret = text;
    rewrite r = { .out = &walk->batch->scratch, .text = text.text };
    rf_buffer_clear(r.out);
    if (node->pattern) {
        rf_direct_answer answer = replace_pattern(&r, node->pattern, by.text);
        if (answer != RF_DIRECT_YES)
            return answer == RF_DIRECT_NO;
    } else {
        size_t at = find(text.text, part.text);
        if (at == SIZE_MAX)
            return true;
        put_replacement(&r, at, at + part.text.len, by.text);
    }
    return finish_rewrite(walk, &r, ret);
}

/* Decimal digits behind blanks and a sign; what follows them does not count. */
static bool parse_int(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value a;
    if (!eval_ascii(walk, node->a, &a))
        return false;
    rf_slice text = a.text;
    size_t at = 0, digits = 0;
    double number = 0;
    while (at < text.len && is_blank(text.data[at]))
        at++;
    bool negative = at < text.len && text.data[at] == '-';
    at += at < text.len && (text.data[at] == '-' || text.data[at] == '+');
    if (at + 1 < text.len && text.data[at] == '0' && (text.data[at + 1] | 0x20) == 'x')
        return false;
    for (; at < text.len && text.data[at] >= '0' && text.data[at] <= '9'; at++, digits++)
        number = number * 10 + (text.data[at] - '0');
    *ret = rf_direct_of_number(digits == 0 ? (double)NAN : negative ? -number : number);
    return number <= RF_SCRIPT_WHOLE_MAX;
}

bool rf_direct_text_op(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    switch ((rf_direct_op)node->op) {
    case RF_DIRECT_TEXT_OF: return as_text(walk, node, ret);
    case RF_DIRECT_TO_STRING: return to_string(walk, node, ret);
    case RF_DIRECT_LENGTH: return eval_length(walk, node, ret);
    case RF_DIRECT_INCLUDES:
    case RF_DIRECT_STARTS:
    case RF_DIRECT_ENDS:
    case RF_DIRECT_INDEX_OF: return eval_find(walk, node, ret);
    case RF_DIRECT_UPPER:
    case RF_DIRECT_LOWER: return change_case(walk, node, ret);
    case RF_DIRECT_TRIM: return trim(walk, node, ret);
    case RF_DIRECT_SUBSTRING: return substring(walk, node, ret);
    case RF_DIRECT_REPLACE: return replace(walk, node, ret);
    case RF_DIRECT_MATCH: return eval_match(walk, node, ret);
    case RF_DIRECT_TEST: return eval_test(walk, node, ret);
    case RF_DIRECT_PARSE_INT: return parse_int(walk, node, ret);
    default: return false;
    }
}
