/* lexer_text.c: text to tokens: numbers, strings, characters, comments. */
#include "script/fusabi/lexer.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static void skip_digits(rf_fus_lexer *x) {
    while (is_digit(rf_fus_lexer_peek(x, 0)) || rf_fus_lexer_peek(x, 0) == '_')
        x->at++;
}

/* e5, E-7; false when there is none. */
static bool skip_exponent(rf_fus_lexer *x) {
    char c = rf_fus_lexer_peek(x, 0), next = rf_fus_lexer_peek(x, 1);
    bool sign = next == '+' || next == '-';
    if ((c != 'e' && c != 'E') || !is_digit(sign ? rf_fus_lexer_peek(x, 2) : next))
        return false;
    x->at += sign ? 3 : 2;
    skip_digits(x);
    return true;
}

/* `1.` is a float but before a second dot (a range) and before what can be had of a value (1.f, 1.[0]). */
static bool is_float_dot(const rf_fus_lexer *x) {
    char next = rf_fus_lexer_peek(x, 1);
    if (rf_fus_lexer_peek(x, 0) != '.' || next == '.')
        return false;
    return is_digit(next) || !(is_alpha(next) || next == '(' || next == '[' || next == '`' || (unsigned char)next >= 0x80)
           || ((next == 'e' || next == 'E') && is_digit(rf_fus_lexer_peek(x, 2)));
}

void rf_fus_lex_number(rf_fus_lexer *x) {
    const char *start = x->at;
    char second = rf_fus_lexer_peek(x, 1);
    rf_fus_token_kind kind = RF_FUS_T_INT;
    if (*start == '0' && (second == 'x' || second == 'X' || second == 'o' || second == 'b')) {
        x->at += 2;
        while (is_digit(rf_fus_lexer_peek(x, 0)) || is_alpha(rf_fus_lexer_peek(x, 0)))
            x->at++;
        rf_fus_lexer_push(x, kind, start); /* whether it is right is seen when it is read */
        return;
    }
    skip_digits(x);
    if (is_float_dot(x)) {
        x->at++;
        skip_digits(x);
        kind = RF_FUS_T_FLOAT;
    }
    if (skip_exponent(x))
        kind = RF_FUS_T_FLOAT;
    char suffix = rf_fus_lexer_peek(x, 0), next = rf_fus_lexer_peek(x, 1);
    if (is_alpha(suffix) && !is_alpha(next) && !is_digit(next)) {
        bool known = kind == RF_FUS_T_INT ? suffix == 'L' : suffix == 'f' || suffix == 'F';
        x->at += known;
    }
    if (is_alpha(rf_fus_lexer_peek(x, 0))) {
        while (is_alpha(rf_fus_lexer_peek(x, 0)) || is_digit(rf_fus_lexer_peek(x, 0)))
            x->at++;
        (void)rf_fus_lexer_fail(x, start, x->at, "invalid number '%.*s'", (int)(x->at - start < 60 ? x->at - start : 60), start);
        kind = RF_FUS_T_ERROR;
    }
    rf_fus_lexer_push(x, kind, start);
}

/* Passes the byte at x->at within a string or comment: counts lines, and keeps columns in characters. */
static inline void pass(rf_fus_lexer *x) {
    unsigned char c = (unsigned char)*x->at++;
    if (c == '\n')
        rf_fus_lexer_line(x);
    else if ((c & 0xC0) == 0x80)
        x->origin++;
}

static bool is_at(const rf_fus_lexer *x, const char *text, ptrdiff_t len) {
    return x->end - x->at >= len && memcmp(x->at, text, (size_t)len) == 0;
}

/* The string has no end: the rest of the text is in it. */
static void unterminated(rf_fus_lexer *x, const char *start, ptrdiff_t quote, ptrdiff_t origin) {
    rf_fus_diag *diag = rf_fus_lexer_fail(x, start, start + quote, "unterminated string");
    rf_fus_diag_hint(x->diags, diag, "a closing \" is missing");
    x->tokens->unfinished = true;
    rf_fus_lexer_push_at(x, RF_FUS_T_ERROR, start, origin);
}

static void lex_triple(rf_fus_lexer *x) {
    const char *start = x->at;
    ptrdiff_t origin = x->origin;
    x->at += 3;
    while (x->at < x->end && !is_at(x, "\"\"\"", 3))
        pass(x);
    if (x->at >= x->end) {
        unterminated(x, start, 3, origin);
        return;
    }
    x->at += 3;
    rf_fus_lexer_push_at(x, RF_FUS_T_TRIPLE, start, origin);
}

/* Within a hole of a string of one line: a quote that no other follows in the line ends that string, whose hole is open. */
static bool ends_outer(rf_fus_lexer *x) {
    if (x->hole_count == 0 || x->holes[x->hole_count - 1].triple)
        return false;
    const char *at = x->at + 1;
    while (at < x->end && *at != '"' && *at != '\n')
        at += *at == '\\' && x->end - at > 1 ? 2 : 1;
    if (at < x->end && *at == '"')
        return false;
    const char *start = x->at++;
    rf_fus_diag *diag = rf_fus_lexer_fail(x, start, x->at, "expected `}`, found the end of the string");
    rf_fus_diag_hint(x->diags, diag, "a brace in the text is written {{");
    x->hole_count--;
    rf_fus_lexer_push(x, RF_FUS_T_ERROR, start);
    rf_fus_lexer_push(x, RF_FUS_T_INTERP_END, x->at);
    return true;
}

void rf_fus_lex_string(rf_fus_lexer *x) {
    if (RF_UNLIKELY(ends_outer(x)))
        return;
    if (is_at(x, "\"\"\"", 3)) {
        lex_triple(x);
        return;
    }
    const char *start = x->at++;
    ptrdiff_t origin = x->origin;
    while (x->at < x->end && *x->at != '"') {
        if (*x->at == '\\') {
            x->flags |= RF_FUS_TOKEN_ESCAPE;
            x->at++;
            if (x->at >= x->end)
                break;
        }
        pass(x);
    }
    if (x->at >= x->end) {
        unterminated(x, start, 1, origin);
        return;
    }
    x->at++;
    rf_fus_lexer_push_at(x, RF_FUS_T_STRING, start, origin);
}

void rf_fus_lex_verbatim(rf_fus_lexer *x) {
    const char *start = x->at;
    ptrdiff_t origin = x->origin;
    x->at += 2;
    for (;; pass(x)) {
        while (is_at(x, "\"\"", 2)) {
            x->flags |= RF_FUS_TOKEN_ESCAPE;
            x->at += 2;
        }
        if (x->at >= x->end || *x->at == '"')
            break;
    }
    if (x->at >= x->end) {
        unterminated(x, start, 2, origin);
        return;
    }
    x->at++;
    rf_fus_lexer_push_at(x, RF_FUS_T_VERBATIM, start, origin);
}

/* The text from x->at to the next hole or the end of the string, and that hole's or end's token. */
static void lex_piece(rf_fus_lexer *x, rf_fus_hole hole) {
    const char *start = x->at;
    ptrdiff_t origin = x->origin;
    ptrdiff_t quotes = hole.triple ? 3 : 1;
    x->flags = hole.triple ? RF_FUS_TOKEN_RAW : 0;
    while (x->at < x->end && !is_at(x, "\"\"\"", quotes)) {
        char c = *x->at;
        if ((c == '{' || c == '}' || c == '%') && rf_fus_lexer_peek(x, 1) == c) {
            x->flags |= RF_FUS_TOKEN_ESCAPE;
            x->at++;
        } else if (c == '{') {
            break;
        } else if (c == '}') {
            rf_fus_diag *diag = rf_fus_lexer_fail(x, x->at, x->at + 1, "a } in an interpolated string closes nothing");
            rf_fus_diag_hint(x->diags, diag, "a brace in the text is written }}");
        } else if (c == '\\' && !hole.triple) {
            x->flags |= RF_FUS_TOKEN_ESCAPE;
            x->at += x->end - x->at > 1;
        }
        pass(x);
    }
    if (x->at >= x->end) {
        unterminated(x, x->text + hole.start, 2, origin);
        return;
    }
    rf_fus_lexer_push_at(x, RF_FUS_T_INTERP_TEXT, start, origin);
    const char *mark = x->at;
    if (*mark == '"') {
        x->at += quotes;
        rf_fus_lexer_push(x, RF_FUS_T_INTERP_END, mark);
        return;
    }
    x->at++;
    if (x->hole_count == RF_FUS_HOLES_MAX) {
        (void)rf_fus_lexer_fail(x, mark, x->at, "interpolated strings are nested too deeply (more than %d)", RF_FUS_HOLES_MAX);
        rf_fus_lexer_push(x, RF_FUS_T_ERROR, mark);
        return;
    }
    x->holes[x->hole_count++] = hole;
    rf_fus_lexer_push(x, RF_FUS_T_HOLE, mark);
}

void rf_fus_lex_interpolated(rf_fus_lexer *x) {
    const char *start = x->at;
    bool triple = x->end - x->at >= 4 && memcmp(x->at + 1, "\"\"\"", 3) == 0;
    x->at += triple ? 4 : 2;
    rf_fus_lexer_push(x, RF_FUS_T_INTERP, start);
    lex_piece(x, (rf_fus_hole){ .triple = triple, .start = rf_fus_lexer_offset(x, start) });
}

void rf_fus_lex_hole_end(rf_fus_lexer *x) {
    assert(x->hole_count > 0);
    const char *start = x->at++;
    rf_fus_hole hole = x->holes[--x->hole_count];
    rf_fus_lexer_push(x, RF_FUS_T_HOLE_END, start);
    lex_piece(x, hole);
}

void rf_fus_lex_format(rf_fus_lexer *x) {
    const char *start = ++x->at;
    while (x->at < x->end && *x->at != '}' && *x->at != '"' && *x->at != '\n')
        pass(x);
    rf_fus_lexer_push(x, RF_FUS_T_FORMAT, start);
}

void rf_fus_lex_quote(rf_fus_lexer *x) {
    const char *start = x->at++;
    ptrdiff_t origin = x->origin;
    if (rf_fus_lexer_peek(x, 0) == '\\') {
        char kind = rf_fus_lexer_peek(x, 1);
        ptrdiff_t digits = kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
        if (rf_fus_lexer_peek(x, 2 + digits) == '\'' && kind != '\n') {
            x->flags |= RF_FUS_TOKEN_ESCAPE;
            x->at += 3 + digits;
            rf_fus_lexer_push(x, RF_FUS_T_CHAR, start);
            return;
        }
    }
    uint32_t c = 0;
    size_t bytes = rf_utf8_decode((rf_slice){ x->at, (size_t)(x->end - x->at) }, &c);
    if (bytes && c != '\n' && c != '\'' && rf_fus_lexer_peek(x, (ptrdiff_t)bytes) == '\'') {
        x->at += bytes + 1;
        x->origin += (ptrdiff_t)bytes - 1;
        rf_fus_lexer_push_at(x, RF_FUS_T_CHAR, start, origin);
        return;
    }
    while (is_alpha(rf_fus_lexer_peek(x, 0)) || is_digit(rf_fus_lexer_peek(x, 0)))
        x->at++;
    if (x->at > start + 1 && is_alpha(start[1]) && rf_fus_lexer_peek(x, 0) != '\'') {
        rf_fus_lexer_push(x, RF_FUS_T_TYVAR, start);
        return;
    }
    x->at = x->at > start + 1 && rf_fus_lexer_peek(x, 0) == '\'' ? x->at + 1 : start + 1;
    rf_fus_diag *diag = rf_fus_lexer_fail(x, start, x->at, "unexpected character '''");
    rf_fus_diag_hint(x->diags, diag, "a character is one character between quotes: 'c', '\\n'; text is written \"…\"");
    rf_fus_lexer_push(x, RF_FUS_T_ERROR, start);
}

static void keep_comment(rf_fus_lexer *x, const char *start) {
    rf_fus_comment comment = { rf_fus_lexer_offset(x, start), rf_fus_lexer_offset(x, x->at), x->tokens->count };
    if (x->keep_comments && !rf_vec_push(&x->tokens->comments, comment))
        x->no_memory = true;
    x->flags |= RF_FUS_TOKEN_SPACE;
}

void rf_fus_lex_comment(rf_fus_lexer *x) {
    const char *start = x->at;
    size_t lines = x->lines.count;
    uint32_t depth = 0;
    do {
        if (is_at(x, "(*", 2)) {
            depth++;
            x->at += 2;
        } else if (is_at(x, "*)", 2)) {
            depth--;
            x->at += 2;
        } else if (x->at < x->end) {
            pass(x);
        } else {
            (void)rf_fus_lexer_fail(x, start, start + 2, "unterminated multi-line comment");
            x->tokens->unfinished = true;
            return;
        }
    } while (depth > 0);
    if (x->lines.count != lines)
        x->flags |= RF_FUS_TOKEN_NEWLINE; /* what follows on the last line of a comment stands in a line of its own */
    keep_comment(x, start);
}

/* Lines that begin with three slashes, one below the other, are one doc comment. */
static void keep_doc(rf_fus_lexer *x, const char *start) {
    uint32_t at = rf_fus_lexer_offset(x, start), end = rf_fus_lexer_offset(x, x->at);
    rf_fus_comment *last = x->tokens->docs.count ? &x->tokens->docs.items[x->tokens->docs.count - 1] : NULL;
    rf_fus_comment doc = { at, end, x->tokens->count };
    if (last && last->before == doc.before)
        last->end = end;
    else if (!rf_vec_push(&x->tokens->docs, doc))
        x->no_memory = true;
    x->flags |= RF_FUS_TOKEN_DOC;
}

void rf_fus_lex_line_comment(rf_fus_lexer *x) {
    const char *start = x->at;
    const char *line_end = memchr(start, '\n', (size_t)(x->end - start));
    x->at = line_end ? line_end : x->end;
    if (x->at > start && x->at[-1] == '\r')
        x->at--;
    bool doc = x->at - start >= 3 && start[2] == '/' && !(x->at - start >= 4 && start[3] == '/');
    if (doc && (x->flags & RF_FUS_TOKEN_NEWLINE))
        keep_doc(x, start);
    keep_comment(x, start);
}
