/* lexer.c: text to tokens: words, marks, white space. */
#include "script/fusabi/lexer.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { OTHER, BLANK, LINE, WORD, DIGIT, MARK, HIGH };
#define CLASS_LETTERS(first, last) [first ... last] = WORD
static const uint8_t classes[256] = {
    [' '] = BLANK, ['\t'] = BLANK, ['\r'] = BLANK, ['\n'] = LINE, ['_'] = WORD, ['`'] = MARK,
    ['0' ... '9'] = DIGIT, CLASS_LETTERS('A', 'Z'), CLASS_LETTERS('a', 'z'),
    ['('] = MARK, [')'] = MARK, ['['] = MARK, [']'] = MARK, ['{'] = MARK, ['}'] = MARK, [','] = MARK, [';'] = MARK, ['.'] = MARK,
    [':'] = MARK, ['|'] = MARK, ['-'] = MARK, ['+'] = MARK, ['*'] = MARK, ['/'] = MARK, ['%'] = MARK, ['^'] = MARK, ['='] = MARK,
    ['<'] = MARK, ['>'] = MARK, ['&'] = MARK, ['"'] = MARK, ['\''] = MARK, ['$'] = MARK, ['@'] = MARK, ['#'] = MARK,
    [0x80 ... 0xFF] = HIGH,
};
/* What goes on a word: 1 plainly; 2: look at the character. */
static const uint8_t word_parts[256] = { ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1, ['_'] = 1, ['\''] = 1, [0x80 ... 0xFF] = 2 };

/* By the hash below, which no two keywords share (found by trying; keyword_of compares). */
static const struct keyword { const char *text; uint8_t len, kind; } keywords[128] = {
    [0] = { "mutable", 7, RF_FUS_T_MUTABLE }, [1] = { "false", 5, RF_FUS_T_FALSE }, [3] = { "fun", 3, RF_FUS_T_FUN },
    [4] = { "true", 4, RF_FUS_T_TRUE }, [9] = { "finally", 7, RF_FUS_T_FINALLY }, [19] = { "else", 4, RF_FUS_T_ELSE },
    [23] = { "function", 8, RF_FUS_T_FUNCTION }, [25] = { "elif", 4, RF_FUS_T_ELIF }, [29] = { "of", 2, RF_FUS_T_OF },
    [34] = { "as", 2, RF_FUS_T_AS }, [37] = { "to", 2, RF_FUS_T_TO }, [41] = { "exception", 9, RF_FUS_T_EXCEPTION },
    [44] = { "continue", 8, RF_FUS_T_CONTINUE }, [45] = { "while", 5, RF_FUS_T_WHILE }, [53] = { "let", 3, RF_FUS_T_LET },
    [54] = { "match", 5, RF_FUS_T_MATCH }, [55] = { "in", 2, RF_FUS_T_IN }, [59] = { "return", 6, RF_FUS_T_RETURN },
    [63] = { "open", 4, RF_FUS_T_OPEN }, [78] = { "async", 5, RF_FUS_T_ASYNC }, [80] = { "then", 4, RF_FUS_T_THEN },
    [82] = { "break", 5, RF_FUS_T_BREAK }, [85] = { "do", 2, RF_FUS_T_DO }, [86] = { "module", 6, RF_FUS_T_MODULE },
    [87] = { "and", 3, RF_FUS_T_AND_WORD }, [91] = { "type", 4, RF_FUS_T_TYPE }, [95] = { "when", 4, RF_FUS_T_WHEN },
    [98] = { "yield", 5, RF_FUS_T_YIELD }, [101] = { "downto", 6, RF_FUS_T_DOWNTO }, [103] = { "begin", 5, RF_FUS_T_BEGIN },
    [107] = { "end", 3, RF_FUS_T_END }, [108] = { "with", 4, RF_FUS_T_WITH }, [109] = { "rec", 3, RF_FUS_T_REC },
    [117] = { "for", 3, RF_FUS_T_FOR }, [120] = { "try", 3, RF_FUS_T_TRY }, [127] = { "if", 2, RF_FUS_T_IF },
};

static rf_fus_token_kind keyword_of(const char *text, size_t len) {
    assert(len >= 2);
    unsigned hash = (unsigned char)text[0] * 5u + (unsigned char)text[len - 1] * 6u + (unsigned)len * 4u + (unsigned char)text[1] * 49u;
    const struct keyword *keyword = &keywords[hash & 127];
    if (keyword->len != len || memcmp(keyword->text, text, len) != 0)
        return RF_FUS_T_IDENT;
    return (rf_fus_token_kind)keyword->kind;
}

rf_fus_diag *rf_fus_lexer_fail(rf_fus_lexer *x, const char *start, const char *end, const char *format, ...) {
    char message[200];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return rf_fus_report(x->diags, RF_FUS_ERROR, RF_FUS_PHASE_LEX, x->base + rf_fus_lexer_offset(x, start),
                         x->base + rf_fus_lexer_offset(x, end), "%s", message);
}

bool rf_fus_lexer_grow(rf_fus_lexer *x) {
    size_t cap = x->cap ? (size_t)x->cap * 2 : (size_t)(x->end - x->text) / 2 + 32;
    rf_fus_token *items = cap < UINT32_MAX ? rf_realloc(x->tokens->items, cap * sizeof *items) : NULL;
    if (!items) {
        x->no_memory = true;
        x->at = x->end;
        return false;
    }
    x->tokens->items = items;
    x->cap = (uint32_t)cap;
    return true;
}

/* Letters and digits beyond ASCII: everything but blanks, punctuation and symbols, as far as scripts meet them. */
static bool is_letter(uint32_t c) {
    if (c < 0xC0)
        return c == 0xAA || c == 0xB2 || c == 0xB3 || c == 0xB5 || c == 0xB9 || c == 0xBA || (c >= 0xBC && c <= 0xBE);
    bool mark = c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x206F) || (c >= 0x20A0 && c <= 0x20CF) || (c >= 0x2190 && c <= 0x2BFF)
                || (c >= 0x2E00 && c <= 0x2E7F) || (c >= 0x3000 && c <= 0x3004) || (c >= 0x3008 && c <= 0x3020)
                || (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xFE00 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF0F)
                || (c >= 0xFF1A && c <= 0xFF20) || c == 0xFEFF || c == 0xFFFD || (c >= 0x1F000 && c <= 0x1FAFF);
    return !mark;
}

/* Bytes of the letter at x->at; 0 when it is none. */
static size_t letter_at(const rf_fus_lexer *x) {
    uint32_t c = 0;
    size_t bytes = rf_utf8_decode((rf_slice){ x->at, (size_t)(x->end - x->at) }, &c);
    return bytes && is_letter(c) ? bytes : 0;
}

static void lex_word(rf_fus_lexer *x) {
    const char *start = x->at, *end = x->end;
    ptrdiff_t origin = x->origin;
    do {
        while (x->at < end && word_parts[(unsigned char)*x->at] == 1)
            x->at++;
        if (RF_LIKELY(x->at == end || word_parts[(unsigned char)*x->at] == 0))
            break;
        size_t bytes = letter_at(x);
        if (bytes == 0)
            break;
        x->at += bytes;
        x->origin += (ptrdiff_t)bytes - 1;
    } while (true);
    size_t len = (size_t)(x->at - start);
    rf_fus_token_kind kind = len > 1 ? keyword_of(start, len) : *start == '_' ? RF_FUS_T_UNDERSCORE : RF_FUS_T_IDENT;
    if (RF_UNLIKELY(x->at < end && *x->at == '!')) {
        x->at++;
        kind = kind == RF_FUS_T_LET ? RF_FUS_T_LET_BANG : kind == RF_FUS_T_DO ? RF_FUS_T_DO_BANG
             : kind == RF_FUS_T_RETURN ? RF_FUS_T_RETURN_BANG : kind == RF_FUS_T_YIELD ? RF_FUS_T_YIELD_BANG : RF_FUS_T_IDENT;
    }
    rf_fus_lexer_push_at(x, kind, start, origin);
}

/* ``any words`` */
static void lex_backticks(rf_fus_lexer *x) {
    const char *start = x->at;
    if (rf_fus_lexer_peek(x, 1) == '`')
        for (const char *at = start + 2; x->end - at >= 2 && *at != '\n'; at++)
            if (at[0] == '`' && at[1] == '`' && at > start + 2) {
                x->at = at + 2;
                x->flags |= RF_FUS_TOKEN_ESCAPE;
                rf_fus_lexer_push(x, RF_FUS_T_IDENT, start);
                return;
            }
    x->at = start + 1;
    (void)rf_fus_lexer_fail(x, start, x->at, "unexpected character '`'");
    rf_fus_lexer_push(x, RF_FUS_T_ERROR, start);
}

static void lex_unexpected(rf_fus_lexer *x) {
    const char *start = x->at;
    uint32_t c = 0;
    size_t bytes = rf_utf8_decode((rf_slice){ x->at, (size_t)(x->end - x->at) }, &c);
    x->at += bytes ? bytes : 1;
    rf_fus_diag *diag;
    if (bytes == 0 || c < 0x20)
        diag = rf_fus_lexer_fail(x, start, x->at, "unexpected byte 0x%02X", (unsigned)(unsigned char)*start);
    else
        diag = rf_fus_lexer_fail(x, start, x->at, "unexpected character '%.*s'", (int)bytes, start);
    if (*start == '!')
        rf_fus_diag_hint(x->diags, diag, "there are no ref cells; write `let mutable x = …`, x and x <- …");
    else if (*start == '&')
        rf_fus_diag_hint(x->diags, diag, "`and` of two booleans is written &&");
    else if (bytes && c >= 0x80 && is_letter(c))
        rf_fus_diag_hint(x->diags, diag, "a name begins with A-Z, a-z or _");
    rf_fus_lexer_push(x, RF_FUS_T_ERROR, start);
    x->origin += bytes ? (ptrdiff_t)bytes - 1 : 0;
}

static void lex_directive(rf_fus_lexer *x) {
    const char *start = x->at++, *word = x->at;
    while (x->at < x->end && word_parts[(unsigned char)*x->at] == 1)
        x->at++;
    size_t len = (size_t)(x->at - word);
    const char *next = x->at;
    while (next < x->end && (*next == ' ' || *next == '\t'))
        next++;
    bool has_text = next < x->end && (*next == '"' || (*next == '@' && x->end - next > 1 && next[1] == '"'));
    if (len == 4 && memcmp(word, "load", 4) == 0 && has_text) {
        rf_fus_lexer_push(x, RF_FUS_T_LOAD, start);
        return;
    }
    if (len == 0) {
        (void)rf_fus_lexer_fail(x, start, x->at, "unexpected character '#'");
    } else if (len == 4 && memcmp(word, "load", 4) == 0) {
        rf_fus_diag *diag = rf_fus_lexer_fail(x, start, x->at, "#load requires a string path");
        rf_fus_diag_hint(x->diags, diag, "put the path in quotes: #load \"lib.fsx\"");
    } else {
        rf_fus_diag *diag = rf_fus_lexer_fail(x, start, x->at, "unknown directive '%.*s'", (int)(len < 60 ? len : 60), word);
        rf_fus_diag_hint(x->diags, diag, "there is #load \"path\" only");
    }
    rf_fus_lexer_push(x, RF_FUS_T_ERROR, start);
}

/* Pushes a mark of `len` bytes. */
static inline void mark(rf_fus_lexer *x, rf_fus_token_kind kind, ptrdiff_t len) {
    const char *start = x->at;
    x->at += len;
    rf_fus_lexer_push(x, kind, start);
}
/* One of two marks, by what is next. */
static inline void mark_or(rf_fus_lexer *x, char next, rf_fus_token_kind longer, rf_fus_token_kind shorter) {
    if (rf_fus_lexer_peek(x, 1) == next)
        mark(x, longer, 2);
    else
        mark(x, shorter, 1);
}

static void open_bracket(rf_fus_lexer *x, rf_fus_token_kind kind, ptrdiff_t len) {
    if (RF_UNLIKELY(x->hole_count))
        x->holes[x->hole_count - 1].brackets++;
    mark(x, kind, len);
}
static void close_bracket(rf_fus_lexer *x, rf_fus_token_kind kind, ptrdiff_t len) {
    if (RF_UNLIKELY(x->hole_count)) {
        rf_fus_hole *hole = &x->holes[x->hole_count - 1];
        if (hole->brackets == 0 && kind == RF_FUS_T_RBRACE) {
            rf_fus_lex_hole_end(x);
            return;
        }
        hole->brackets -= hole->brackets > 0;
    }
    mark(x, kind, len);
}

static void lex_bracket(rf_fus_lexer *x) {
    char next = rf_fus_lexer_peek(x, 1);
    switch (*x->at) {
    case '(':
        if (next == '*')
            rf_fus_lex_comment(x);
        else
            open_bracket(x, RF_FUS_T_LPAREN, 1);
        break;
    case '[': open_bracket(x, next == '|' ? RF_FUS_T_LARRAY : RF_FUS_T_LBRACK, next == '|' ? 2 : 1); break;
    case '{': open_bracket(x, next == '|' ? RF_FUS_T_LANON : RF_FUS_T_LBRACE, next == '|' ? 2 : 1); break;
    case ')': close_bracket(x, RF_FUS_T_RPAREN, 1); break;
    case ']': close_bracket(x, RF_FUS_T_RBRACK, 1); break;
    default: close_bracket(x, RF_FUS_T_RBRACE, 1); break;
    }
}

static void lex_bar(rf_fus_lexer *x) {
    switch (rf_fus_lexer_peek(x, 1)) {
    case '>': mark(x, RF_FUS_T_PIPE, 2); break;
    case '|': mark(x, RF_FUS_T_OR, 2); break;
    case ']': close_bracket(x, RF_FUS_T_RARRAY, 2); break;
    case '}': close_bracket(x, RF_FUS_T_RANON, 2); break;
    default: mark(x, RF_FUS_T_BAR, 1); break;
    }
}

static void lex_less(rf_fus_lexer *x) {
    switch (rf_fus_lexer_peek(x, 1)) {
    case '>': mark(x, RF_FUS_T_NE, 2); break;
    case '=': mark(x, RF_FUS_T_LE, 2); break;
    case '-': mark(x, RF_FUS_T_LARROW, 2); break;
    case '|': mark(x, RF_FUS_T_PIPE_BACK, 2); break;
    case '<': mark(x, RF_FUS_T_COMPOSE_BACK, 2); break;
    default: mark(x, RF_FUS_T_LT, 1); break;
    }
}

static void lex_slash(rf_fus_lexer *x) {
    if (rf_fus_lexer_peek(x, 1) == '/')
        rf_fus_lex_line_comment(x);
    else
        mark(x, RF_FUS_T_SLASH, 1);
}

static void lex_colon(rf_fus_lexer *x) {
    char next = rf_fus_lexer_peek(x, 1);
    if (next == ':')
        mark(x, RF_FUS_T_CONS, 2);
    else if (x->hole_count && x->holes[x->hole_count - 1].brackets == 0)
        rf_fus_lex_format(x);
    else
        mark(x, RF_FUS_T_COLON, 1);
}

static void lex_mark(rf_fus_lexer *x) {
    switch (*x->at) {
    case ',': mark(x, RF_FUS_T_COMMA, 1); break;
    case ';': mark(x, RF_FUS_T_SEMI, 1); break;
    case '.': mark_or(x, '.', RF_FUS_T_DOTDOT, RF_FUS_T_DOT); break;
    case ':': lex_colon(x); break;
    case '|': lex_bar(x); break;
    case '-': mark_or(x, '>', RF_FUS_T_ARROW, RF_FUS_T_MINUS); break;
    case '+': mark_or(x, '+', RF_FUS_T_PLUSPLUS, RF_FUS_T_PLUS); break;
    case '*': mark_or(x, '*', RF_FUS_T_STARSTAR, RF_FUS_T_STAR); break;
    case '/': lex_slash(x); break;
    case '%': mark(x, RF_FUS_T_PERCENT, 1); break;
    case '^': mark(x, RF_FUS_T_CARET, 1); break;
    case '=': mark_or(x, '=', RF_FUS_T_EQEQ, RF_FUS_T_EQ); break;
    case '<': lex_less(x); break;
    case '>':
        if (rf_fus_lexer_peek(x, 1) == '>')
            mark(x, RF_FUS_T_COMPOSE, 2);
        else
            mark_or(x, '=', RF_FUS_T_GE, RF_FUS_T_GT);
        break;
    case '&':
        if (rf_fus_lexer_peek(x, 1) == '&')
            mark(x, RF_FUS_T_AND, 2);
        else
            lex_unexpected(x);
        break;
    case '"': rf_fus_lex_string(x); break;
    case '\'': rf_fus_lex_quote(x); break;
    case '`': lex_backticks(x); break;
    case '#': lex_directive(x); break;
    case '$':
        if (rf_fus_lexer_peek(x, 1) == '"')
            rf_fus_lex_interpolated(x);
        else
            lex_unexpected(x);
        break;
    case '@':
        if (rf_fus_lexer_peek(x, 1) == '"')
            rf_fus_lex_verbatim(x);
        else
            lex_unexpected(x);
        break;
    default: lex_bracket(x); break;
    }
}

/* To the next thing that is not white space. */
static inline void skip_blanks(rf_fus_lexer *x) {
    const char *start = x->at, *end = x->end;
    while (x->at < end) {
        uint8_t class = classes[(unsigned char)*x->at];
        if (class > LINE || class == OTHER)
            break;
        x->at++;
        if (class == LINE) {
            rf_fus_lexer_line(x);
            x->flags |= RF_FUS_TOKEN_NEWLINE;
        }
    }
    if (x->at != start)
        x->flags |= RF_FUS_TOKEN_SPACE;
}

static void lex_all(rf_fus_lexer *x) {
    for (;;) {
        skip_blanks(x);
        if (x->at >= x->end)
            break;
        switch (classes[(unsigned char)*x->at]) {
        case WORD: lex_word(x); break;
        case DIGIT: rf_fus_lex_number(x); break;
        case MARK: lex_mark(x); break;
        default: lex_unexpected(x); break;
        }
    }
    if (x->hole_count) {
        const char *start = x->text + x->holes[0].start;
        rf_fus_diag *diag = rf_fus_lexer_fail(x, start, start + 2, "unterminated string");
        rf_fus_diag_hint(x->diags, diag, "a { in it has no }; a brace in the text is written {{");
        x->tokens->unfinished = true;
    }
    x->flags |= RF_FUS_TOKEN_SPACE;
    x->at = x->end;
    for (uint32_t i = 0; i <= RF_FUS_TOKENS_AHEAD; i++)
        rf_fus_lexer_push(x, RF_FUS_T_EOF, x->end);
    x->tokens->count -= x->no_memory ? 0 : RF_FUS_TOKENS_AHEAD;
}

/* A byte order mark, and the first line when it begins with #! */
static void skip_start(rf_fus_lexer *x) {
    if (x->end - x->at >= 3 && memcmp(x->at, "\xEF\xBB\xBF", 3) == 0) {
        x->at += 3;
        x->origin = 3;
    }
    if (rf_fus_lexer_peek(x, 0) == '#' && rf_fus_lexer_peek(x, 1) == '!') {
        const char *line_end = memchr(x->at, '\n', (size_t)(x->end - x->at));
        x->at = line_end ? line_end : x->end;
    }
    x->flags = RF_FUS_TOKEN_NEWLINE | RF_FUS_TOKEN_SPACE;
}

void rf_fus_tokens_done(rf_fus_tokens *tokens) {
    if (!tokens)
        return;
    rf_free(tokens->items);
    tokens->items = NULL;
    rf_vec_done(&tokens->docs);
    rf_vec_done(&tokens->comments);
}

bool rf_fus_lex(rf_arena *arena, rf_fus_loaded *text, rf_fus_diags *diags, bool keep_comments, rf_fus_tokens *ret) {
    assert(arena && text && diags && ret);
    *ret = (rf_fus_tokens){ 0 };
    static const char empty[1] = "";
    const char *start = text->source.text.len ? text->source.text.data : empty;
    rf_fus_lexer x = {
        .text = start, .at = start, .end = start + text->source.text.len,
        .keep_comments = keep_comments, .tokens = ret, .diags = diags, .base = text->base,
    };
    if (!rf_vec_push(&x.lines, 0))
        return false;
    skip_start(&x);
    lex_all(&x);
    size_t bytes = x.lines.count * sizeof *x.lines.items;
    uint32_t *lines = x.no_memory ? NULL : rf_arena_alloc(arena, bytes);
    if (lines) {
        memcpy(lines, x.lines.items, bytes);
        text->lines = lines;
        text->line_count = (uint32_t)x.lines.count;
    }
    rf_vec_done(&x.lines);
    return lines && !diags->no_memory;
}
