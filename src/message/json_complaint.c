/* json_complaint.c: why a text is no JSON, in the words that users of the original know. */
#include "message/json_complaint.h"

#include "base/slice.h"
#include "message/value.h"

#include <assert.h>
#include <stdio.h>

/* A reader that stops at the first fault; `why` NULL: none yet, "" : the text ends too early. */
typedef struct reader {
    rf_slice text;
    size_t at;
    unsigned depth;
    const char *why;
} reader;

static bool value(reader *r);

static bool fault(reader *r, const char *why) {
    r->why = r->at < r->text.len ? why : "";
    return false;
}

static int peek(const reader *r) { return r->at < r->text.len ? (unsigned char)r->text.data[r->at] : -1; }
static bool is_digit(int c) { return c >= '0' && c <= '9'; }

static void skip_blanks(reader *r) {
    while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\r' || peek(r) == '\n')
        r->at++;
}

static bool word(reader *r, const char *name, const char *const *whys) {
    for (size_t i = 0; name[i]; i++, r->at++)
        if (peek(r) != name[i])
            return fault(r, whys[i]);
    return true;
}

static bool literal(reader *r) {
    static const char *const in_true[] = { "", "in literal true (expecting 'r')", "in literal true (expecting 'u')", "in literal true (expecting 'e')" };
    static const char *const in_false[] = { "", "in literal false (expecting 'a')", "in literal false (expecting 'l')",
                                            "in literal false (expecting 's')", "in literal false (expecting 'e')" };
    static const char *const in_null[] = { "", "in literal null (expecting 'u')", "in literal null (expecting 'l')", "in literal null (expecting 'l')" };
    switch (peek(r)) {
    case 't': return word(r, "true", in_true);
    case 'f': return word(r, "false", in_false);
    default: return word(r, "null", in_null);
    }
}

static bool digits(reader *r, const char *why) {
    if (!is_digit(peek(r)))
        return fault(r, why);
    while (is_digit(peek(r)))
        r->at++;
    return true;
}

static bool number(reader *r) {
    if (peek(r) == '-')
        r->at++;
    if (peek(r) == '0')
        r->at++;
    else if (!digits(r, "in numeric literal"))
        return false;
    if (peek(r) == '.') {
        r->at++;
        if (!digits(r, "after decimal point in numeric literal"))
            return false;
    }
    if (peek(r) != 'e' && peek(r) != 'E')
        return true;
    r->at++;
    if (peek(r) == '+' || peek(r) == '-')
        r->at++;
    return digits(r, "in exponent of numeric literal");
}

static bool is_hex(int c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

static bool escape(reader *r) {
    r->at++;
    if (peek(r) != 'u') {
        if (peek(r) < 0 || !strchr("bfnrt\\/\"", peek(r)))
            return fault(r, "in string escape code");
        r->at++;
        return true;
    }
    r->at++;
    for (int i = 0; i < 4; i++, r->at++)
        if (!is_hex(peek(r)))
            return fault(r, "in \\u hexadecimal character escape");
    return true;
}

static bool string(reader *r) {
    for (r->at++; peek(r) != '"';) {
        if (peek(r) < 0x20)
            return fault(r, "in string literal");
        if (peek(r) != '\\')
            r->at++;
        else if (!escape(r))
            return false;
    }
    r->at++;
    return true;
}

static bool member(reader *r) {
    if (peek(r) != '"')
        return fault(r, "looking for beginning of object key string");
    if (!string(r))
        return false;
    skip_blanks(r);
    if (peek(r) != ':')
        return fault(r, "after object key");
    r->at++;
    return value(r);
}

/* From the opening bracket to the closing one. */
static bool items(reader *r, char close, bool (*item)(reader *), const char *why) {
    r->at++;
    skip_blanks(r);
    if (peek(r) == close) {
        r->at++;
        return true;
    }
    for (;;) {
        skip_blanks(r);
        if (!item(r))
            return false;
        skip_blanks(r);
        int c = peek(r);
        if (c != close && c != ',')
            return fault(r, why);
        r->at++;
        if (c == close)
            return true;
    }
}

static bool nested(reader *r) {
    if (++r->depth > RF_VALUE_DEPTH_MAX) {
        r->why = "nested too deep";
        return false;
    }
    bool done = peek(r) == '{' ? items(r, '}', member, "after object key:value pair") : items(r, ']', value, "after array element");
    r->depth--;
    return done;
}

static bool value(reader *r) {
    skip_blanks(r);
    int c = peek(r);
    if (c == '{' || c == '[')
        return nested(r);
    if (c == '"')
        return string(r);
    if (c == '-' || is_digit(c))
        return number(r);
    if (c == 't' || c == 'f' || c == 'n')
        return literal(r);
    return fault(r, "looking for beginning of value");
}

/* One character as the message shows it. */
static void show(int c, char *out, size_t size) {
    if (c == '\'' || c == '\\')
        (void)snprintf(out, size, "'\\%c'", c);
    else if (c >= 0x20 && c < 0x7f)
        (void)snprintf(out, size, "'%c'", c);
    else
        (void)snprintf(out, size, "'\\x%02x'", (unsigned)c);
}

void rf_json_complaint(rf_slice text, char *out, size_t size) {
    assert(out && size);
    reader r = { .text = text };
    skip_blanks(&r);
    bool empty = r.at == text.len, right = !empty && value(&r), more = false;
    if (right) {
        skip_blanks(&r);
        more = r.at < text.len;
        right = !more || value(&r);
    }
    char shown[16];
    show(peek(&r), shown, sizeof shown);
    if (empty)
        (void)snprintf(out, size, "EOF");
    else if (right)
        (void)snprintf(out, size, more ? "message contains multiple valid documents" : "a number or text in it cannot be held");
    else if (r.why[0] == '\0')
        (void)snprintf(out, size, "unexpected EOF");
    else if (r.depth > RF_VALUE_DEPTH_MAX)
        (void)snprintf(out, size, "exceeded max depth");
    else
        (void)snprintf(out, size, "invalid character %s %s", shown, r.why);
}
