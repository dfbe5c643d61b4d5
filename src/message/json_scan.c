/* json_scan.c: a JSON scanner that sees each byte once and keeps nothing but where it stands (RFC 8259). */
#include "message/json_scan.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdio.h>

enum state {
    BEGIN_VALUE, /* 0: a zeroed scan is ready */
    BEGIN_ITEM,  /* behind [ */
    BEGIN_KEY,   /* behind { */
    NEXT_KEY,    /* behind , in a map */
    END_VALUE,
    IN_STRING,
    IN_ESCAPE,
    IN_HEX,
    IN_LITERAL,
    MINUS,
    ZERO,
    DIGITS,
    POINT,
    POINT_DIGITS,
    EXPONENT,
    EXPONENT_SIGN,
    EXPONENT_DIGITS,
};

enum within { A_KEY, A_MEMBER, AN_ITEM };

/* What a byte did. */
enum step { GOES_ON, COMPLETE, COMPLETE_BEFORE, WRONG };

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* 'c' as Go quotes a byte: it stands for the character of that number. */
static void quote(char c, char *out, size_t size) {
    unsigned char byte = (unsigned char)c;
    const char *escapes = "\a\b\f\n\r\t\v", *found = byte ? strchr(escapes, c) : NULL;
    if (c == '\'')
        (void)snprintf(out, size, "'\\''");
    else if (c == '\\')
        (void)snprintf(out, size, "'\\\\'");
    else if (found)
        (void)snprintf(out, size, "'\\%c'", "abfnrtv"[found - escapes]);
    else if (byte < 0x20 || byte == 0x7F)
        (void)snprintf(out, size, "'\\x%02x'", byte);
    else if (byte < 0x80)
        (void)snprintf(out, size, "'%c'", c);
    else if (byte <= 0xA0 || byte == 0xAD)
        (void)snprintf(out, size, "'\\u%04x'", byte);
    else
        (void)snprintf(out, size, "'%c%c'", 0xC0 | (byte >> 6), 0x80 | (byte & 0x3F));
}

static enum step wrong(rf_json_scan *scan, char c, const char *where) {
    char quoted[12];
    quote(c, quoted, sizeof quoted);
    (void)snprintf(scan->fault, sizeof scan->fault, "invalid character %s %s", quoted, where);
    return WRONG;
}

static enum step open_level(rf_json_scan *scan, char c) {
    if (scan->depth == RF_VALUE_DEPTH_MAX) {
        (void)snprintf(scan->fault, sizeof scan->fault, "exceeded max depth");
        return WRONG;
    }
    scan->within[scan->depth++] = c == '{' ? A_KEY : AN_ITEM;
    scan->state = c == '{' ? BEGIN_KEY : BEGIN_ITEM;
    return GOES_ON;
}

/* A value, or a key, is complete with this byte. */
static enum step end_value(rf_json_scan *scan) {
    scan->state = scan->depth ? END_VALUE : BEGIN_VALUE;
    return scan->depth ? GOES_ON : COMPLETE;
}

static enum step close_level(rf_json_scan *scan) {
    assert(scan->depth);
    scan->depth--;
    return end_value(scan);
}

static enum step begin_value(rf_json_scan *scan, char c) {
    if (is_blank(c))
        return GOES_ON;
    if (c == '{' || c == '[')
        return open_level(scan, c);
    if (c == 't' || c == 'f' || c == 'n') {
        scan->state = IN_LITERAL;
        scan->word = c == 't' ? "true" : c == 'f' ? "false" : "null";
        scan->matched = 1;
        return GOES_ON;
    }
    if (c != '"' && c != '-' && !is_digit(c))
        return wrong(scan, c, "looking for beginning of value");
    scan->state = c == '"' ? IN_STRING : c == '-' ? MINUS : c == '0' ? ZERO : DIGITS;
    return GOES_ON;
}

static enum step begin_key(rf_json_scan *scan, char c) {
    if (is_blank(c))
        return GOES_ON;
    if (c == '}' && scan->state == BEGIN_KEY)
        return close_level(scan);
    if (c != '"')
        return wrong(scan, c, "looking for beginning of object key string");
    scan->state = IN_STRING;
    return GOES_ON;
}

/* Behind a value within a list or map. */
static enum step after_value(rf_json_scan *scan, char c) {
    uint8_t *within = &scan->within[scan->depth - 1];
    if (is_blank(c))
        return GOES_ON;
    if (*within == A_KEY) {
        if (c != ':')
            return wrong(scan, c, "after object key");
        *within = A_MEMBER;
        scan->state = BEGIN_VALUE;
    } else if (*within == A_MEMBER) {
        if (c == '}')
            return close_level(scan);
        if (c != ',')
            return wrong(scan, c, "after object key:value pair");
        *within = A_KEY;
        scan->state = NEXT_KEY;
    } else {
        if (c == ']')
            return close_level(scan);
        if (c != ',')
            return wrong(scan, c, "after array element");
        scan->state = BEGIN_VALUE;
    }
    return GOES_ON;
}

static enum step in_string(rf_json_scan *scan, char c) {
    if (c == '"')
        return end_value(scan);
    if ((unsigned char)c < 0x20)
        return wrong(scan, c, "in string literal");
    if (c == '\\')
        scan->state = IN_ESCAPE;
    return GOES_ON;
}

static enum step in_escape(rf_json_scan *scan, char c) {
    if (c == '\0' || !strchr("\"\\/bfnrtu", c))
        return wrong(scan, c, "in string escape code");
    scan->state = c == 'u' ? IN_HEX : IN_STRING;
    scan->matched = 0;
    return GOES_ON;
}

static enum step in_hex(rf_json_scan *scan, char c) {
    if (!is_digit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'f'))
        return wrong(scan, c, "in \\u hexadecimal character escape");
    if (++scan->matched == 4)
        scan->state = IN_STRING;
    return GOES_ON;
}

static enum step in_literal(rf_json_scan *scan, char c) {
    if (c != scan->word[scan->matched]) {
        char where[48];
        (void)snprintf(where, sizeof where, "in literal %s (expecting '%c')", scan->word, scan->word[scan->matched]);
        return wrong(scan, c, where);
    }
    return scan->word[++scan->matched] ? GOES_ON : end_value(scan);
}

/* A number ends with the first byte that is no part of it, which is then looked at again. */
static enum step end_number(rf_json_scan *scan, char c) {
    if (!scan->depth) {
        scan->state = BEGIN_VALUE;
        return COMPLETE_BEFORE;
    }
    scan->state = END_VALUE;
    return after_value(scan, c);
}

static enum step want_digit(rf_json_scan *scan, char c, enum state next, const char *where) {
    if (!is_digit(c))
        return wrong(scan, c, where);
    scan->state = (uint8_t)next;
    return GOES_ON;
}

static enum step in_number(rf_json_scan *scan, char c) {
    switch ((enum state)scan->state) {
    case MINUS: return want_digit(scan, c, c == '0' ? ZERO : DIGITS, "in numeric literal");
    case POINT: return want_digit(scan, c, POINT_DIGITS, "after decimal point in numeric literal");
    case EXPONENT:
        if (c == '+' || c == '-') {
            scan->state = EXPONENT_SIGN;
            return GOES_ON;
        }
        RF_FALLTHROUGH;
    case EXPONENT_SIGN: return want_digit(scan, c, EXPONENT_DIGITS, "in exponent of numeric literal");
    default: break;
    }
    if (is_digit(c) && scan->state != ZERO)
        return GOES_ON;
    if (c == '.' && (scan->state == ZERO || scan->state == DIGITS))
        scan->state = POINT;
    else if ((c == 'e' || c == 'E') && scan->state != EXPONENT_DIGITS)
        scan->state = EXPONENT;
    else
        return end_number(scan, c);
    return GOES_ON;
}

static enum step take(rf_json_scan *scan, char c) {
    switch ((enum state)scan->state) {
    case BEGIN_ITEM:
        if (c == ']')
            return close_level(scan);
        RF_FALLTHROUGH;
    case BEGIN_VALUE: return begin_value(scan, c);
    case BEGIN_KEY:
    case NEXT_KEY: return begin_key(scan, c);
    case END_VALUE: return after_value(scan, c);
    case IN_STRING: return in_string(scan, c);
    case IN_ESCAPE: return in_escape(scan, c);
    case IN_HEX: return in_hex(scan, c);
    case IN_LITERAL: return in_literal(scan, c);
    default: return in_number(scan, c);
    }
}

rf_json_scanned rf_json_scan_feed(rf_json_scan *scan, rf_slice text, size_t *ret_used) {
    assert(scan && ret_used);
    for (size_t i = 0; i < text.len; i++) {
        enum step step = take(scan, text.data[i]);
        if (step == GOES_ON)
            continue;
        *ret_used = step == COMPLETE ? i + 1 : i;
        return step == WRONG ? RF_JSON_WRONG : RF_JSON_DONE;
    }
    *ret_used = text.len;
    return RF_JSON_MORE;
}

rf_json_scanned rf_json_scan_end(rf_json_scan *scan) {
    bool whole = scan->state == ZERO || scan->state == DIGITS || scan->state == POINT_DIGITS || scan->state == EXPONENT_DIGITS;
    if (scan->depth == 0 && scan->state == BEGIN_VALUE)
        return RF_JSON_MORE;
    if (scan->depth == 0 && whole) {
        scan->state = BEGIN_VALUE;
        return RF_JSON_DONE;
    }
    (void)snprintf(scan->fault, sizeof scan->fault, "unexpected EOF");
    return RF_JSON_WRONG;
}
