/* lexer.c: see lexer.h. */
#include "script/direct/lexer.h"

#include "base/number.h"
#include "base/slice.h"
#include "script/words.h"

#include <assert.h>
#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; }
static bool is_name(char c) { return is_name_start(c) || is_digit(c); }

static void skip(rf_direct_lexer *lexer, size_t count) {
    assert(count <= lexer->rest.len);
    lexer->rest = (rf_slice){ lexer->rest.data + count, lexer->rest.len - count };
}

static char peek(const rf_direct_lexer *lexer, size_t at) { return at < lexer->rest.len ? lexer->rest.data[at] : '\0'; }

static void skip_blanks(rf_direct_lexer *lexer) {
    rf_slice rest = rf_js_skip_blanks(lexer->rest);
    size_t len = lexer->rest.len - rest.len;
    lexer->token.after_line = len && (memchr(lexer->rest.data, '\n', len) || memchr(lexer->rest.data, '\r', len));
    lexer->rest = rest;
}

static void end_token(rf_direct_lexer *lexer, rf_direct_token_kind kind, size_t len) {
    lexer->token.kind = kind;
    lexer->token.text = (rf_slice){ lexer->rest.data, len };
    skip(lexer, len);
}

/* The character that stands behind a backslash; '\0': strange. */
static char unescape(char c) {
    switch (c) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case '\\': case '\'': case '"': case '/': case '`': case '$': return c;
    default: return '\0';
    }
}

/* What `text` means, without its quotes. data NULL: strange, or out of memory. */
static rf_slice unescape_all(rf_direct_lexer *lexer, rf_slice text) {
    char *made = rf_arena_alloc(lexer->arena, text.len + 1);
    size_t len = 0;
    if (!made) {
        lexer->no_memory = true;
        return (rf_slice){ NULL, 0 };
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '\r' || (c == '\\' && (++i == text.len || !(c = unescape(text.data[i])))))
            return (rf_slice){ NULL, 0 };
        made[len++] = c;
    }
    return (rf_slice){ made, len };
}

/* Up to the closing quote, which is not counted. */
static size_t quoted_length(const rf_direct_lexer *lexer, char quote, bool lines) {
    size_t at = 0;
    while (at < lexer->rest.len && lexer->rest.data[at] != quote) {
        if (lexer->rest.data[at] == '\n' && !lines)
            return SIZE_MAX;
        if (quote == '`' && lexer->rest.data[at] == '$' && peek(lexer, at + 1) == '{')
            return at;
        at += lexer->rest.data[at] == '\\' ? 2 : 1;
    }
    return at < lexer->rest.len ? at : SIZE_MAX;
}

static void lex_text(rf_direct_lexer *lexer) {
    char quote = peek(lexer, 0);
    skip(lexer, 1);
    size_t len = quoted_length(lexer, quote, false);
    rf_slice meant = len == SIZE_MAX ? (rf_slice){ NULL, 0 } : unescape_all(lexer, (rf_slice){ lexer->rest.data, len });
    end_token(lexer, meant.data ? RF_DIRECT_T_TEXT : RF_DIRECT_T_STRANGE, meant.data ? len + 1 : 0);
    if (meant.data)
        lexer->token.text = meant;
}

static void lex_number(rf_direct_lexer *lexer) {
    size_t len = 0;
    while (is_digit(peek(lexer, len)))
        len++;
    if (peek(lexer, len) == '.' && is_digit(peek(lexer, len + 1))) {
        len++;
        while (is_digit(peek(lexer, len)))
            len++;
    }
    char behind = peek(lexer, len);
    bool plain = !is_name(behind) && behind != '.' && (unsigned char)behind < 0x80 &&
                 rf_number_parse_json((rf_slice){ lexer->rest.data, len }, &lexer->token.number);
    end_token(lexer, plain ? RF_DIRECT_T_NUMBER : RF_DIRECT_T_STRANGE, len);
}

/* Those that simple scripts know, and those that begin like them and mean something else. Longer ones first. */
static void lex_sign(rf_direct_lexer *lexer) {
    static const char *const signs[] = { "===", "!==", "...", "**", "=>", "==", "!=", "<=", ">=", "<<", ">>", "&&", "||", "??", "?.", "++", "--",
                                         "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", NULL };
    for (size_t i = 0; signs[i]; i++)
        if (rf_slice_starts(lexer->rest, rf_slice_of(signs[i]))) {
            end_token(lexer, RF_DIRECT_T_SIGN, strlen(signs[i]));
            return;
        }
    bool known = strchr("(){}[];,.<>=!+-*/?:", peek(lexer, 0)) != NULL && peek(lexer, 0);
    end_token(lexer, known ? RF_DIRECT_T_SIGN : RF_DIRECT_T_STRANGE, 1);
}

void rf_direct_lex(rf_direct_lexer *lexer) {
    skip_blanks(lexer);
    char c = peek(lexer, 0);
    if (lexer->rest.len == 0) {
        end_token(lexer, RF_DIRECT_T_END, 0);
    } else if (is_name_start(c)) {
        size_t len = 1;
        while (is_name(peek(lexer, len)))
            len++;
        bool plain = peek(lexer, len) != '\\' && (unsigned char)peek(lexer, len) < 0x80;
        end_token(lexer, plain ? RF_DIRECT_T_NAME : RF_DIRECT_T_STRANGE, len);
    } else if (is_digit(c)) {
        lex_number(lexer);
    } else if (c == '"' || c == '\'') {
        lex_text(lexer);
    } else if (c == '`') {
        end_token(lexer, RF_DIRECT_T_TEMPLATE, 1);
    } else {
        lex_sign(lexer);
    }
}

void rf_direct_lex_begin(rf_direct_lexer *lexer, rf_arena *arena, rf_slice text) {
    *lexer = (rf_direct_lexer){ .rest = text, .arena = arena };
    rf_direct_lex(lexer);
}

bool rf_direct_lex_pattern(rf_direct_lexer *lexer, rf_slice *ret_text, rf_slice *ret_flags) {
    bool in_set = false;
    size_t len = 0, flags = 0;
    assert(rf_slice_is(lexer->token.text, "/"));
    for (;; len++) {
        char c = peek(lexer, len);
        if (c == '\0' || c == '\n' || c == '\r')
            return false;
        if (c == '/' && !in_set)
            break;
        in_set = c == '[' || (in_set && c != ']');
        if (c == '\\')
            len++;
    }
    while (is_name(peek(lexer, len + 1 + flags)))
        flags++;
    *ret_text = (rf_slice){ lexer->rest.data, len };
    *ret_flags = (rf_slice){ lexer->rest.data + len + 1, flags };
    skip(lexer, len + 1 + flags);
    rf_direct_lex(lexer);
    return len > 0;
}

bool rf_direct_lex_template(rf_direct_lexer *lexer, rf_slice *ret_text, bool *ret_last) {
    size_t len = quoted_length(lexer, '`', true);
    rf_slice meant = len == SIZE_MAX ? (rf_slice){ NULL, 0 } : unescape_all(lexer, (rf_slice){ lexer->rest.data, len });
    if (!meant.data)
        return false;
    *ret_text = meant;
    *ret_last = lexer->rest.data[len] == '`';
    skip(lexer, len + (*ret_last ? 1 : 2));
    rf_direct_lex(lexer);
    return true;
}
