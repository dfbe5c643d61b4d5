/* parse_literal.c: the values of numbers and strings, interpolated strings, doc comments. */
#include "script/fusabi/parser.h"

#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

/* Digits of a base without their underscores; false: too large for 64 bits, or no digit of the base. */
static bool read_digits(const char *at, const char *end, uint64_t base, uint64_t *ret) {
    uint64_t value = 0;
    bool any = false;
    for (; at < end; at++) {
        if (*at == '_')
            continue;
        unsigned char c = (unsigned char)*at;
        uint64_t digit = c <= '9' ? (uint64_t)(c - '0') : (uint64_t)((c | 0x20) - 'a') + 10;
        if (digit >= base || __builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value))
            return false;
        any = true;
    }
    *ret = value;
    return any;
}

static bool invalid_number(rf_fus_parser *p, const rf_fus_token *token) {
    rf_slice text = rf_fus_parse_text(p, token);
    rf_fus_diag *diag = rf_fus_report(p->diags, RF_FUS_ERROR, RF_FUS_PHASE_LEX, p->base + token->at, p->base + token->end,
                                      "invalid number '%.*s'", (int)(text.len < 60 ? text.len : 60), text.data);
    rf_fus_diag_hint(p->diags, diag, "whole numbers go from -9223372036854775808 to 9223372036854775807");
    return false;
}

bool rf_fus_parse_int(rf_fus_parser *p, const rf_fus_token *token, bool negative, int64_t *ret) {
    const char *at = p->data + token->at, *end = p->data + token->end;
    uint64_t value = 0;
    if (RF_LIKELY(end - at < 18 && !(end - at > 1 && (*at == '0' || end[-1] == 'L' || memchr(at, '_', (size_t)(end - at)))))) {
        for (; at < end; at++)
            value = value * 10 + (uint64_t)(*at - '0');
        *ret = negative ? -(int64_t)value : (int64_t)value;
        return true;
    }
    unsigned base = 10;
    char kind = end - at > 1 && *at == '0' ? at[1] : '\0';
    if (kind == 'x' || kind == 'X' || kind == 'o' || kind == 'b') {
        base = kind == 'o' ? 8 : kind == 'b' ? 2 : 16;
        at += 2;
    }
    end -= end[-1] == 'L';
    if (!read_digits(at, end, base, &value))
        return invalid_number(p, token);
    /* 0xFFFF…FFFF is -1, as in F#; decimal numbers must fit. */
    if (base == 10 && value > (uint64_t)INT64_MAX + negative)
        return invalid_number(p, token);
    *ret = (int64_t)(negative ? 0 - value : value);
    return true;
}

bool rf_fus_parse_float(rf_fus_parser *p, const rf_fus_token *token, double *ret) {
    rf_slice text = rf_fus_parse_text(p, token);
    if (text.len && (text.data[text.len - 1] | 0x20) == 'f')
        text.len--;
    if (!memchr(text.data, '_', text.len) && rf_number_parse_json(text, ret))
        return true;
    /* What JSON does not write so: 1. 1.e5 00.5 1_000.5 */
    char digits[400];
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool lead = c == '0' && len == 0 && i + 1 < text.len &&
                    ((text.data[i + 1] >= '0' && text.data[i + 1] <= '9') || text.data[i + 1] == '_');
        if (c == '_' || lead)
            continue;
        if (len + 3 >= sizeof digits)
            return invalid_number(p, token);
        if (len == 0 && c == '.')
            digits[len++] = '0';
        digits[len++] = c;
        if (c == '.' && (i + 1 == text.len || (text.data[i + 1] | 0x20) == 'e'))
            digits[len++] = '0';
    }
    return rf_number_parse_json((rf_slice){ digits, len }, ret) || invalid_number(p, token);
}

/* Strings. */

/* \u1234 and \U00012345 at text.data[*at] = 'u'; false: there are no such digits, and the letter stands for itself. */
static bool read_code(rf_slice text, size_t *at, char out[4], size_t *ret_len) {
    size_t digits = text.data[*at] == 'u' ? 4 : text.data[*at] == 'U' ? 8 : 0;
    if (digits == 0 || text.len - *at <= digits)
        return false;
    uint64_t code;
    const char *start = text.data + *at + 1;
    if (memchr(start, '_', digits) || !read_digits(start, start + digits, 16, &code) || code > 0x10FFFF)
        return false;
    *at += digits;
    *ret_len = rf_utf8_encode((uint32_t)code, out);
    return true;
}

/* Writes text without its escapes; it gets no longer. Returns the length. */
static size_t unescape(rf_slice text, char *out) {
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c != '\\' || i + 1 >= text.len) {
            out[len++] = c;
            continue;
        }
        size_t bytes;
        c = text.data[++i];
        if (read_code(text, &i, out + len, &bytes))
            len += bytes;
        else
            out[len++] = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    }
    return len;
}

/* Takes one of each doubled `c`. */
static size_t undouble(char *text, size_t len, const char *doubled) {
    size_t to = 0;
    for (size_t i = 0; i < len; i++) {
        text[to++] = text[i];
        if (i + 1 < len && text[i] == text[i + 1] && strchr(doubled, text[i]))
            i++;
    }
    return to;
}

/* The text between the quotes of a token. */
static rf_slice inside(rf_slice text, const rf_fus_token *token) {
    uint32_t start = 0, end = 0;
    switch ((rf_fus_token_kind)token->kind) {
    case RF_FUS_T_STRING:
    case RF_FUS_T_CHAR: start = end = 1; break;
    case RF_FUS_T_VERBATIM: start = 2, end = 1; break;
    case RF_FUS_T_TRIPLE: start = end = 3; break;
    default: break;
    }
    return (rf_slice){ text.data + token->at + start, token->end - token->at - start - end };
}

/* Escapes of an interpolated string: braces and percent signs are doubled in the text, but not by \. */
static size_t unescape_piece(rf_slice text, bool raw, char *out) {
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool pair = i + 1 < text.len && (c == '{' || c == '}' || c == '%') && text.data[i + 1] == c;
        if (c == '\\' && !raw && i + 1 < text.len) {
            size_t end = i + 2;
            size_t digits = text.data[i + 1] == 'u' ? 4 : text.data[i + 1] == 'U' ? 8 : 0;
            end = end + digits <= text.len ? end + digits : end;
            size_t bytes = unescape((rf_slice){ text.data + i, end - i }, out + len);
            len += bytes;
            i = end - 1;
            continue;
        }
        out[len++] = c;
        i += pair;
    }
    return len;
}

bool rf_fus_token_string(rf_arena *arena, rf_slice text, const rf_fus_token *token, rf_slice *ret) {
    rf_slice bytes = inside(text, token);
    if (!(token->flags & RF_FUS_TOKEN_ESCAPE)) {
        *ret = bytes;
        return true;
    }
    char *out = rf_arena_alloc(arena, bytes.len + 1);
    if (!out)
        return false;
    size_t len;
    if (token->kind == RF_FUS_T_VERBATIM) {
        memcpy(out, bytes.data, bytes.len);
        len = undouble(out, bytes.len, "\"");
    } else if (token->kind == RF_FUS_T_INTERP_TEXT) {
        len = unescape_piece(bytes, token->flags & RF_FUS_TOKEN_RAW, out);
    } else {
        len = unescape(bytes, out);
    }
    *ret = (rf_slice){ out, len };
    return true;
}

rf_slice rf_fus_parse_string(rf_fus_parser *p, const rf_fus_token *token) {
    rf_slice value;
    if (!rf_fus_token_string(p->arena, (rf_slice){ p->data, token->end }, token, &value))
        rf_fus_parse_escape(p);
    return value;
}

/* {e:format}: pushes the expression, and its format as a slice. */
static void parse_hole(rf_fus_parser *p) {
    const rf_fus_token *open = p->token;
    rf_fus_layout saved = p->layout;
    rf_fus_parse_next(p);
    rf_fus_parse_bracket_layout(p);
    rf_fus_expr *expr = rf_fus_parse_is(p, RF_FUS_T_HOLE_END) ? rf_fus_expr_error(p) : rf_fus_parse_block(p, NULL, RF_FUS_BLOCK_PLAIN);
    if (rf_fus_parse_is(p, RF_FUS_T_HOLE_END) && expr->kind == RF_FUS_E_ERROR && !p->panic)
        (void)rf_fus_parse_expected(p, "an expression");
    p->layout = saved;
    rf_slice *format = rf_fus_parse_alloc(p, sizeof *format);
    *format = (rf_slice){ NULL, 0 };
    if (rf_fus_parse_is(p, RF_FUS_T_FORMAT)) {
        *format = rf_fus_parse_text(p, p->token);
        rf_fus_parse_next(p);
    }
    rf_fus_parse_push(p, expr);
    rf_fus_parse_push(p, format);
    (void)rf_fus_parse_close(p, RF_FUS_T_HOLE_END, "`}`", open);
}

/* Pushes the pieces: string, hole, format, string, hole, format, … */
static void parse_pieces(rf_fus_parser *p) {
    while (rf_fus_parse_is(p, RF_FUS_T_INTERP_TEXT)) {
        rf_fus_expr *text = rf_fus_expr_new(p, RF_FUS_E_STRING, rf_fus_parse_at(p), 0);
        text->text = rf_fus_parse_string(p, p->token);
        rf_fus_parse_next(p);
        rf_fus_expr_finish(p, text);
        rf_fus_parse_push(p, text);
        if (!rf_fus_parse_is(p, RF_FUS_T_HOLE))
            break;
        parse_hole(p);
        /* After a mistake in a hole the string goes on behind it: it has an end, the lexer says. */
        while (p->panic && p->token->kind != RF_FUS_T_INTERP_TEXT && p->token->kind != RF_FUS_T_INTERP_END && p->token->kind != RF_FUS_T_EOF
               && !(rf_fus_token_opens_line(p->token) && p->token->column <= p->layout.limit))
            rf_fus_parse_next(p);
    }
}

rf_fus_expr *rf_fus_parse_interpolated(rf_fus_parser *p) {
    rf_fus_at at = rf_fus_parse_at(p);
    rf_fus_parse_next(p);
    size_t mark = p->stack.count;
    parse_pieces(p);
    uint32_t pushed = (uint32_t)(p->stack.count - mark), holes = pushed / 3, count = pushed - holes;
    rf_fus_expr *expr = rf_fus_expr_new(p, RF_FUS_E_INTERP, at, count);
    expr->names = rf_fus_parse_alloc(p, (count + 1) * sizeof *expr->names);
    memset(expr->names, 0, (count + 1) * sizeof *expr->names);
    for (uint32_t i = 0, item = 0; i < pushed; i++) {
        if (i % 3 == 2)
            expr->names[i / 3] = *(const rf_slice *)p->stack.items[mark + i];
        else
            expr->items[item++] = p->stack.items[mark + i];
    }
    p->stack.count = mark;
    (void)rf_fus_parse_expect(p, RF_FUS_T_INTERP_END, "the end of the string");
    rf_fus_expr_finish(p, expr);
    return expr;
}

/* Doc comments. */

/* The lines of a doc comment without their slashes and a blank, joined by line breaks. */
static size_t strip_doc(rf_slice text, char *out) {
    size_t len = 0;
    while (text.len) {
        size_t line_len = rf_slice_find(text, '\n');
        rf_slice line = rf_slice_trim((rf_slice){ text.data, line_len });
        size_t used = line_len < text.len ? line_len + 1 : line_len;
        text = (rf_slice){ text.data + used, text.len - used };
        if (!rf_slice_starts(line, RF_SLICE("///")))
            continue;
        line = (rf_slice){ line.data + 3, line.len - 3 };
        if (line.len && line.data[0] == ' ')
            line = (rf_slice){ line.data + 1, line.len - 1 };
        if (len)
            out[len++] = '\n';
        memcpy(out + len, line.data, line.len);
        len += line.len;
    }
    return len;
}

rf_slice rf_fus_parse_doc(rf_fus_parser *p, const rf_fus_token *token) {
    if (RF_LIKELY(!(token->flags & RF_FUS_TOKEN_DOC)))
        return (rf_slice){ NULL, 0 };
    uint32_t index = (uint32_t)(token - p->tokens.items);
    size_t low = 0, high = p->tokens.docs.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->tokens.docs.items[middle].before < index)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == p->tokens.docs.count || p->tokens.docs.items[low].before != index)
        return (rf_slice){ NULL, 0 };
    const rf_fus_comment *doc = &p->tokens.docs.items[low];
    char *out = rf_fus_parse_alloc(p, doc->end - doc->at + 1);
    return (rf_slice){ out, strip_doc((rf_slice){ p->data + doc->at, doc->end - doc->at }, out) };
}
