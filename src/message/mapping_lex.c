/* mapping_lex.c: the tokens of a mapping. */
#include "message/mapping_lex.h"

#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static char peek(const rf_lexer *lexer, size_t ahead) {
    rf_slice text = lexer->mapping->text;
    return ahead < text.len - lexer->at ? text.data[lexer->at + ahead] : '\0';
}

bool rf_lexer_is(const rf_lexer *lexer, const char *mark) {
    assert(lexer && mark);
    return lexer->token.kind == RF_TOKEN_MARK && rf_slice_is(lexer->token.text, mark);
}

/* Skips blanks and comments, and line breaks within brackets. */
static void skip_blanks(rf_lexer *lexer) {
    rf_slice text = lexer->mapping->text;
    while (lexer->at < text.len) {
        char c = text.data[lexer->at];
        if (c == '#')
            while (lexer->at < text.len && text.data[lexer->at] != '\n')
                lexer->at++;
        else if (c == ' ' || c == '\t' || c == '\r' || (c == '\n' && lexer->brackets))
            lexer->at++;
        else
            return;
    }
}

static void take(rf_lexer *lexer, rf_token_kind kind, size_t len) {
    lexer->token.kind = kind;
    lexer->token.text = (rf_slice){ lexer->mapping->text.data + lexer->at, len };
    lexer->at += len;
}

static size_t digits_at(const rf_lexer *lexer, size_t ahead) {
    while (is_digit(peek(lexer, ahead)))
        ahead++;
    return ahead;
}

static rf_code number(rf_lexer *lexer) {
    assert(is_digit(peek(lexer, 0)));
    size_t len = digits_at(lexer, 0);
    if (peek(lexer, len) == '.' && is_digit(peek(lexer, len + 1)))
        len = digits_at(lexer, len + 1);
    size_t sign = peek(lexer, len + 1) == '-' || peek(lexer, len + 1) == '+';
    if ((peek(lexer, len) | 0x20) == 'e' && is_digit(peek(lexer, len + 1 + sign)))
        len = digits_at(lexer, len + 1 + sign);
    take(lexer, RF_TOKEN_NUMBER, len);
    int64_t whole;
    double fraction;
    if (rf_number_parse_i64(lexer->token.text, &whole))
        lexer->token.value = rf_int(whole);
    else if (rf_number_parse_json(lexer->token.text, &fraction))
        lexer->token.value = rf_double(fraction);
    else
        return rf_lexer_fail(lexer, lexer->token.offset, "%.*s is not a number", RF_SLICE_ARG(lexer->token.text));
    return RF_OK;
}

/* Four hex digits at `ahead`, or -1. */
static int32_t hex4(const rf_lexer *lexer, size_t ahead) {
    int32_t unit = 0;
    for (size_t i = ahead; i < ahead + 4; i++) {
        char c = peek(lexer, i);
        int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* \uXXXX, or two of them for one character; writes UTF-8. */
static rf_code unicode_escape(rf_lexer *lexer, char *out, size_t *len) {
    int32_t unit = hex4(lexer, 2);
    if (unit < 0)
        return rf_lexer_fail(lexer, (uint32_t)lexer->at, "\\u needs four hex digits");
    size_t used = 6;
    uint32_t c = (uint32_t)unit;
    if (unit >= 0xd800 && unit < 0xdc00 && peek(lexer, 6) == '\\' && peek(lexer, 7) == 'u') {
        int32_t low = hex4(lexer, 8);
        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000u + ((c - 0xd800u) << 10) + ((uint32_t)low - 0xdc00u);
            used = 12;
        }
    }
    char bytes[4];
    size_t count = rf_utf8_encode(c, bytes);
    memcpy(out + *len, bytes, count);
    *len += count;
    lexer->at += used;
    return RF_OK;
}

static rf_code escape(rf_lexer *lexer, char *out, size_t *len) {
    static const char from[] = "nrtbfav\"\\/'", to[] = "\n\r\t\b\f\a\v\"\\/'";
    char c = peek(lexer, 1);
    if (c == 'u')
        return unicode_escape(lexer, out, len);
    const char *known = c ? strchr(from, c) : NULL;
    if (!known)
        return rf_lexer_fail(lexer, (uint32_t)lexer->at, "unknown escape in a string");
    out[(*len)++] = to[known - from];
    lexer->at += 2;
    return RF_OK;
}

/* What an escape stands for is never longer than it: the text up to the closing quote bounds the string. */
static rf_code quoted(rf_lexer *lexer) {
    rf_slice text = lexer->mapping->text;
    rf_slice rest = { text.data + lexer->at + 1, text.len - lexer->at - 1 };
    size_t bound = 0; /* up to the closing quote */
    while (bound < rest.len && rest.data[bound] != '"' && rest.data[bound] != '\n')
        bound += rest.data[bound] == '\\' && bound + 1 < rest.len ? 2 : 1;
    if (bound >= rest.len || rest.data[bound] != '"')
        return rf_lexer_fail(lexer, lexer->token.offset, "a string without its closing quote");
    char *out = rf_arena_alloc(&lexer->mapping->arena, bound + 1);
    if (!out)
        return rf_raise_nomem(lexer->reterr);
    size_t len = 0, end = lexer->at + 1 + bound;
    for (lexer->at++; lexer->at < end;) {
        rf_code code = RF_OK;
        if (text.data[lexer->at] == '\\')
            code = escape(lexer, out, &len);
        else
            out[len++] = text.data[lexer->at++];
        if (code)
            return code;
    }
    lexer->at = end + 1;
    lexer->token.kind = RF_TOKEN_STRING;
    lexer->token.value = rf_string((rf_slice){ out, len });
    return RF_OK;
}

/* """…""": as it stands, line breaks included. */
static rf_code raw_string(rf_lexer *lexer) {
    rf_slice text = lexer->mapping->text;
    size_t start = lexer->at + 3;
    for (size_t end = start; end + 3 <= text.len; end++) {
        if (memcmp(text.data + end, "\"\"\"", 3) != 0)
            continue;
        lexer->token.kind = RF_TOKEN_STRING;
        lexer->token.value = rf_string((rf_slice){ text.data + start, end - start });
        lexer->at = end + 3;
        return RF_OK;
    }
    return rf_lexer_fail(lexer, lexer->token.offset, "a string without its closing \"\"\"");
}

static rf_code mark(rf_lexer *lexer) {
    static const char *const marks[] = { "=>", "->", "==", "!=", "<=", ">=", "&&", "||", "|", "=", "<", ">", "!", "+", "-", "*", "/",
                                         "%", "(", ")", "[", "]", "{", "}", ",", ":", ".", "@", "$", NULL };
    rf_slice rest = { lexer->mapping->text.data + lexer->at, lexer->mapping->text.len - lexer->at };
    for (size_t i = 0; marks[i]; i++) {
        if (!rf_slice_starts(rest, rf_slice_of(marks[i])))
            continue;
        take(lexer, RF_TOKEN_MARK, strlen(marks[i]));
        if (strchr("([{", marks[i][0]))
            lexer->brackets++;
        else if (strchr(")]}", marks[i][0]) && lexer->brackets)
            lexer->brackets--;
        return RF_OK;
    }
    uint32_t unused;
    size_t len = rf_utf8_decode(rest, &unused);
    if (rest.data[0] == '\'')
        return rf_lexer_fail(lexer, lexer->token.offset, "strings stand in double quotes");
    return rf_lexer_fail(lexer, lexer->token.offset, "unexpected character `%.*s`", (int)(len ? len : 1), rest.data);
}

static rf_code next_token(rf_lexer *lexer) {
    char c = peek(lexer, 0);
    if (c == '\n' || c == ';') {
        take(lexer, RF_TOKEN_BREAK, 1);
        return RF_OK;
    }
    if (is_digit(c))
        return number(lexer);
    if (c == '"')
        return peek(lexer, 1) == '"' && peek(lexer, 2) == '"' ? raw_string(lexer) : quoted(lexer);
    if (!is_name_start(c))
        return mark(lexer);
    size_t len = 1;
    while (is_name_start(peek(lexer, len)) || is_digit(peek(lexer, len)))
        len++;
    take(lexer, RF_TOKEN_NAME, len);
    return RF_OK;
}

rf_code rf_lexer_next(rf_lexer *lexer) {
    assert(lexer && lexer->at <= lexer->mapping->text.len);
    skip_blanks(lexer);
    lexer->token = (rf_token){ .kind = RF_TOKEN_END, .offset = (uint32_t)lexer->at, .text = RF_SLICE("") };
    return lexer->at < lexer->mapping->text.len ? next_token(lexer) : RF_OK;
}
