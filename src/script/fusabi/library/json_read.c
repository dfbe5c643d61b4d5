/* json_read.c: JSON text to values, without recursion; mistakes are worded and placed as the original's parser does it. */
#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "script/fusabi/library/common.h"
#include "script/fusabi/library/json.h"
#include "script/fusabi/program.h"

#include <assert.h>

enum { RECENT_KEYS = 64 };

/* An array or object that has begun. */
typedef struct level {
    size_t first;    /* of its values among all that wait */
    bool is_object;
} level;

typedef struct reader {
    rf_fus_vm *vm;
    rf_slice text;
    size_t at;
    rf_fus_json_mistake *mistake;
    rf_fus_values waiting;    /* values (objects: keys and values) of all levels */
    RF_VEC(level) levels;
    rf_buffer scratch;        /* a string with escapes */
    rf_fus_value keys[RECENT_KEYS]; /* keys repeat from object to object: they share their string */
} reader;

/* Notes a mistake after `bytes` bytes; false. */
static bool mistake_after(reader *r, const char *what, size_t bytes) {
    size_t line = 1, column = 0;
    for (size_t i = 0; i < bytes && i < r->text.len; i++) {
        column = r->text.data[i] == '\n' ? 0 : column + 1;
        line += r->text.data[i] == '\n';
    }
    *r->mistake = (rf_fus_json_mistake){ what, line, column };
    return false;
}

/* About the byte at hand, and about what was read just now. */
static bool mistake_at(reader *r, const char *what) { return mistake_after(r, what, r->at + 1); }
static bool mistake_before(reader *r, const char *what) { return mistake_after(r, what, r->at); }

static bool at_end(const reader *r) { return r->at == r->text.len; }
static char peek(const reader *r) { return at_end(r) ? '\0' : r->text.data[r->at]; }

static void skip_blanks(reader *r) {
    while (!at_end(r) &&
           (r->text.data[r->at] == ' ' || r->text.data[r->at] == '\n' || r->text.data[r->at] == '\t' || r->text.data[r->at] == '\r'))
        r->at++;
}

/* ---- Strings ---- */

static bool read_hex4(reader *r, uint32_t *ret_unit) {
    uint32_t unit = 0;
    if (r->text.len - r->at < 4) {
        r->at = r->text.len;
        return mistake_before(r, "EOF while parsing a string");
    }
    for (int i = 0; i < 4; i++) {
        char c = r->text.data[r->at++];
        bool digit = c >= '0' && c <= '9', letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'f';
        if (!digit && !letter)
            return mistake_before(r, "invalid escape");
        unit = unit << 4 | (uint32_t)(digit ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    *ret_unit = unit;
    return true;
}

/* What follows \u. */
static bool read_unicode(reader *r) {
    uint32_t unit, low;
    if (!read_hex4(r, &unit))
        return false;
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return mistake_before(r, "lone leading surrogate in hex escape");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        if (r->text.len - r->at < 2 || r->text.data[r->at] != '\\' || r->text.data[r->at + 1] != 'u')
            return mistake_at(r, "unexpected end of hex escape");
        r->at += 2;
        if (!read_hex4(r, &low))
            return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return mistake_before(r, "lone leading surrogate in hex escape");
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    char bytes[4];
    rf_buffer_append(&r->scratch, bytes, rf_utf8_encode(unit, bytes));
    return true;
}

static bool read_escape(reader *r) {
    if (at_end(r))
        return mistake_before(r, "EOF while parsing a string");
    char c = r->text.data[r->at++];
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found = c ? strchr(from, c) : NULL;
    if (found)
        rf_buffer_char(&r->scratch, to[found - from]);
    return found || (c == 'u' ? read_unicode(r) : mistake_before(r, "invalid escape"));
}

/* The bytes of the string whose quote is at hand: a view of the text, or of `scratch`. */
static bool read_string(reader *r, rf_slice *ret_text) {
    size_t begun = ++r->at;
    rf_buffer_clear(&r->scratch);
    for (;;) {
        while (!at_end(r) && r->text.data[r->at] != '"' && r->text.data[r->at] != '\\' && (uint8_t)r->text.data[r->at] >= 0x20)
            r->at++;
        rf_slice plain = { r->text.data + begun, r->at - begun };
        if (at_end(r))
            return mistake_before(r, "EOF while parsing a string");
        char c = r->text.data[r->at++];
        if (c == '"' && r->scratch.len == 0) {
            *ret_text = plain;
            return true;
        }
        rf_buffer_slice(&r->scratch, plain);
        if (c == '"') {
            *ret_text = rf_buffer_view(&r->scratch);
            return true;
        }
        if (c != '\\')
            return mistake_before(r, "control character (\\u0000-\\u001F) found while parsing a string");
        if (!read_escape(r))
            return false;
        begun = r->at;
    }
}

static bool wait(reader *r, rf_fus_value value) { return value != RF_FUS_RAISED && rf_fus_lib_push(r->vm, &r->waiting, value); }

static bool no_room(reader *r) {
    (void)rf_fus_raise_nomem(r->vm);
    return false;
}

static bool push_string(reader *r, rf_slice text) {
    return r->scratch.failed ? no_room(r) : wait(r, rf_fus_string_new(r->vm, text));
}

static bool push_key(reader *r, rf_slice text) {
    if (r->scratch.failed)
        return no_room(r);
    rf_fus_value *recent = &r->keys[rf_fus_hash_bytes(text.data, text.len) % RECENT_KEYS];
    if (*recent == RF_FUS_UNIT || !rf_slice_eq(rf_fus_lib_slice(RF_FUS_AS(const rf_fus_string, *recent)), text)) {
        rf_fus_value key = rf_fus_string_new(r->vm, text);
        if (key == RF_FUS_RAISED)
            return false;
        *recent = key;
    }
    return wait(r, *recent);
}

/* ---- Numbers and words ---- */

static size_t skip_digits(reader *r) {
    size_t begun = r->at;
    while (peek(r) >= '0' && peek(r) <= '9')
        r->at++;
    return r->at - begun;
}

static bool no_digit(reader *r) { return at_end(r) ? mistake_before(r, "EOF while parsing a value") : mistake_at(r, "invalid number"); }

static bool scan_number(reader *r, bool *ret_whole) {
    *ret_whole = true;
    r->at += peek(r) == '-';
    if (peek(r) == '0') {
        r->at++;
        if (peek(r) >= '0' && peek(r) <= '9')
            return mistake_at(r, "invalid number");
    } else if (skip_digits(r) == 0) {
        return no_digit(r);
    }
    if (peek(r) == '.') {
        *ret_whole = false;
        r->at++;
        if (skip_digits(r) == 0)
            return no_digit(r);
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        *ret_whole = false;
        r->at++;
        r->at += peek(r) == '+' || peek(r) == '-';
        if (skip_digits(r) == 0)
            return no_digit(r);
    }
    return true;
}

static bool read_number(reader *r) {
    size_t begun = r->at;
    bool whole;
    int64_t integer;
    double number;
    if (!scan_number(r, &whole))
        return false;
    rf_slice text = { r->text.data + begun, r->at - begun };
    if (whole && !rf_slice_is(text, "-0") && rf_number_parse_i64(text, &integer))
        return wait(r, rf_fus_int_new(r->vm, integer));
    if (!rf_number_parse_json(text, &number))
        return mistake_before(r, "number out of range");
    return wait(r, rf_fus_of_double(number));
}

static bool read_word(reader *r, const char *word, rf_fus_value value) {
    for (; *word; word++) {
        if (at_end(r))
            return mistake_before(r, "EOF while parsing a value");
        if (r->text.data[r->at++] != *word)
            return mistake_before(r, "expected ident");
    }
    return wait(r, value);
}

/* ---- Arrays and objects ---- */

static bool begin(reader *r, bool is_object) {
    level new_level = { r->waiting.count, is_object };
    r->at++;
    return rf_fus_lib_push(r->vm, &r->levels, new_level);
}

/* Of equal keys the last wins, and rf_fus_dict_new keeps the first. */
static void turn_pairs(rf_fus_value *pairs, size_t count) {
    for (size_t i = 0, j = count; i + 1 < j; i++) {
        j--;
        for (size_t part = 0; part < 2; part++) {
            rf_fus_value swap = pairs[2 * i + part];
            pairs[2 * i + part] = pairs[2 * j + part];
            pairs[2 * j + part] = swap;
        }
    }
}

static bool end(reader *r) {
    level top = r->levels.items[--r->levels.count];
    size_t count = r->waiting.count - top.first;
    rf_fus_value *items = r->waiting.items ? r->waiting.items + top.first : NULL, made;
    r->at++;
    if (count > UINT32_MAX)
        return no_room(r);
    if (top.is_object) {
        turn_pairs(items, count / 2);
        made = rf_fus_dict_new(r->vm, items, (uint32_t)(count / 2));
    } else {
        made = rf_fus_array_new(r->vm, items, (uint32_t)count);
    }
    r->waiting.count = top.first;
    return wait(r, made);
}

static bool read_key(reader *r) {
    rf_slice text;
    if (!read_string(r, &text) || !push_key(r, text))
        return false;
    skip_blanks(r);
    if (peek(r) != ':')
        return at_end(r) ? mistake_before(r, "EOF while parsing an object") : mistake_at(r, "expected `:`");
    r->at++;
    skip_blanks(r);
    return true;
}

/* Where a value must begin: reads one, or begins an array or object. *ret_open: the latter. */
static bool read_value(reader *r, bool *ret_open) {
    rf_slice text;
    *ret_open = false;
    if (at_end(r))
        return mistake_before(r, "EOF while parsing a value");
    char c = r->text.data[r->at];
    switch (c) {
    case '[':
    case '{': *ret_open = true; return begin(r, c == '{');
    case '"': return read_string(r, &text) && push_string(r, text);
    case 'n': return read_word(r, "null", RF_FUS_UNIT);
    case 't': return read_word(r, "true", RF_FUS_TRUE);
    case 'f': return read_word(r, "false", RF_FUS_FALSE);
    default: break;
    }
    return c == '-' || (c >= '0' && c <= '9') ? read_number(r) : mistake_at(r, "expected value");
}

/* Between values of the innermost level: goes to the next value (*ret_value), or ends the level. `fresh`: it has just begun. */
static bool read_between(reader *r, bool fresh, bool *ret_value) {
    bool is_object = r->levels.items[r->levels.count - 1].is_object;
    skip_blanks(r);
    *ret_value = false;
    if (at_end(r))
        return mistake_before(r, is_object ? "EOF while parsing an object" : "EOF while parsing a list");
    if (peek(r) == (is_object ? '}' : ']'))
        return end(r);
    if (!fresh && peek(r) != ',')
        return mistake_at(r, is_object ? "expected `,` or `}`" : "expected `,` or `]`");
    if (!fresh) {
        r->at++;
        skip_blanks(r);
        if (at_end(r))
            return mistake_before(r, "EOF while parsing a value");
        if (peek(r) == (is_object ? '}' : ']'))
            return mistake_at(r, "trailing comma");
    }
    *ret_value = true;
    if (!is_object)
        return true;
    return peek(r) == '"' ? read_key(r) : mistake_at(r, "key must be a string");
}

static bool read_all(reader *r) {
    bool wants_value = true, open = false;
    uint32_t steps = 0;
    skip_blanks(r);
    do {
        if ((++steps & 0xFFFF) == 0 && !rf_fus_vm_poll(r->vm))
            return false;
        if (wants_value && !read_value(r, &open))
            return false;
        if (r->levels.count && !read_between(r, open && wants_value, &wants_value))
            return false;
    } while (r->levels.count);
    skip_blanks(r);
    return at_end(r) || mistake_at(r, "trailing characters");
}

rf_fus_value rf_fus_json_read(rf_fus_vm *vm, rf_slice text, rf_fus_json_mistake *ret_mistake) {
    reader r = { .vm = vm, .text = text, .mistake = ret_mistake };
    for (size_t i = 0; i < RECENT_KEYS; i++)
        r.keys[i] = RF_FUS_UNIT;
    ret_mistake->what = NULL;
    bool done = read_all(&r);
    assert(!done || r.waiting.count == 1);
    rf_fus_value value = done ? r.waiting.items[0] : ret_mistake->what ? RF_FUS_UNDEF : RF_FUS_RAISED;
    rf_vec_done(&r.waiting);
    rf_vec_done(&r.levels);
    rf_buffer_done(&r.scratch);
    return value;
}
