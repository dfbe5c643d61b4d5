/* input_key.c: keys by name: what xterm sends for them, and back. */
#include "terminal/input.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdio.h>

enum { SHIFT = 1, ALT = 2, CTRL = 4, ESCAPE = 0x1B, DEL = 0x7F };

/* Keys that send ESC [ letter (ESC O letter where `ss3`), or ESC [ number ~; with modifiers ESC [ 1 ; 1+m letter, ESC [ number ; 1+m ~. */
static const struct { const char *name; uint8_t number; char letter; bool ss3; } keys[] = {
    { "up", 0, 'A', false },     { "down", 0, 'B', false },   { "right", 0, 'C', false },  { "left", 0, 'D', false },
    { "home", 0, 'H', false },   { "end", 0, 'F', false },    { "f1", 0, 'P', true },      { "f2", 0, 'Q', true },
    { "f3", 0, 'R', true },      { "f4", 0, 'S', true },      { "insert", 2, '~', false }, { "delete", 3, '~', false },
    { "page-up", 5, '~', false }, { "page-down", 6, '~', false }, { "f5", 15, '~', false }, { "f6", 17, '~', false },
    { "f7", 18, '~', false },    { "f8", 19, '~', false },    { "f9", 20, '~', false },    { "f10", 21, '~', false },
    { "f11", 23, '~', false },   { "f12", 24, '~', false },
    /* Other terminals' ways; the first of a name is what is sent. */
    { "home", 1, '~', false },   { "end", 4, '~', false },    { "home", 7, '~', false },   { "end", 8, '~', false },
    { "f1", 11, '~', false },    { "f2", 12, '~', false },    { "f3", 13, '~', false },    { "f4", 14, '~', false },
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

/* Keys that send one byte. */
static const struct { const char *name; char byte; } bytes_of[] = {
    { "enter", '\r' }, { "tab", '\t' }, { "backspace", DEL }, { "escape", ESCAPE }, { "space", ' ' }, { "ctrl-space", 0 },
};
enum { BYTE_COUNT = sizeof bytes_of / sizeof *bytes_of };

/* ---- From bytes to names ---- */

static void set_name(char ret_name[32], unsigned modifiers, const char *base) {
    (void)snprintf(ret_name, 32, "%s%s%s%s", modifiers & CTRL ? "ctrl-" : "", modifiers & ALT ? "alt-" : "",
                   modifiers & SHIFT ? "shift-" : "", base);
}

/* One character that is not behind an ESC. */
static size_t name_plain(rf_slice bytes, unsigned modifiers, char ret_name[32]) {
    unsigned char byte = (unsigned char)bytes.data[0];
    uint32_t c;
    for (size_t i = 0; i < BYTE_COUNT; i++) {
        if (bytes_of[i].byte != (char)byte)
            continue;
        bool ctrl = byte == 0;
        set_name(ret_name, modifiers | (ctrl ? CTRL : 0), ctrl ? "space" : bytes_of[i].name);
        return 1;
    }
    if (byte < 0x20) {
        const char base[2] = { (char)(byte <= 26 ? byte + 'a' - 1 : byte + 0x40), '\0' };
        set_name(ret_name, modifiers | CTRL, base);
        return 1;
    }
    size_t len = rf_utf8_decode(bytes, &c);
    char base[5] = { 0 };
    memcpy(base, bytes.data, len);
    if (len)
        set_name(ret_name, modifiers, base);
    return len ? len : 1;
}

static void name_letter(char letter, unsigned modifiers, char ret_name[32]) {
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (keys[i].letter == letter && !keys[i].number) {
            set_name(ret_name, modifiers, keys[i].name);
            return;
        }
    if (letter == 'Z')
        set_name(ret_name, modifiers | SHIFT, "tab");
}

static void name_number(unsigned number, unsigned modifiers, char ret_name[32]) {
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (keys[i].number && keys[i].number == number) {
            set_name(ret_name, modifiers, keys[i].name);
            return;
        }
}

/* At most two numbers of one to three digits, parted by a semicolon: else false. */
static bool read_numbers(rf_slice text, unsigned numbers[2]) {
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == ';' && n == 0)
            n++;
        else if (text.data[i] < '0' || text.data[i] > '9' || numbers[n] > 99)
            return false;
        else
            numbers[n] = numbers[n] * 10 + (unsigned)(text.data[i] - '0');
    }
    return true;
}

/* Behind ESC [. */
static size_t name_csi(rf_slice bytes, char ret_name[32]) {
    size_t end = 2;
    while (end < bytes.len && bytes.data[end] >= 0x20 && bytes.data[end] < 0x40)
        end++;
    if (end == bytes.len && end == 2) {
        set_name(ret_name, ALT, "[");
        return end;
    }
    if (end == bytes.len || bytes.data[end] < 0x40 || bytes.data[end] == DEL)
        return end;
    char final = bytes.data[end];
    if (final == 'M' && end == 2) /* a mouse report of the old kind */
        return bytes.len < 6 ? bytes.len : 6;
    if (final == '[' && end == 2 && bytes.len > 3 && bytes.data[3] >= 'A' && bytes.data[3] <= 'E') { /* the console's */
        const char base[3] = { 'f', (char)(bytes.data[3] - 'A' + '1'), '\0' };
        set_name(ret_name, 0, base);
        return 4;
    }
    unsigned numbers[2] = { 0, 0 };
    if (!read_numbers((rf_slice){ bytes.data + 2, end - 2 }, numbers) || numbers[1] > 8)
        return end + 1;
    unsigned modifiers = numbers[1] ? numbers[1] - 1 : 0;
    if (final == '~')
        name_number(numbers[0], modifiers, ret_name);
    else if (final == 'u' && numbers[0] && numbers[0] < 0x80) /* kitty's way of keys that have no other */
        (void)name_plain((rf_slice){ &(const char){ (char)numbers[0] }, 1 }, modifiers, ret_name);
    else
        name_letter(final, modifiers, ret_name);
    return end + 1;
}

size_t rf_input_key(rf_slice bytes, char ret_name[32]) {
    assert(ret_name && (bytes.data || !bytes.len));
    ret_name[0] = '\0';
    if (!bytes.len)
        return 0;
    if (bytes.data[0] != ESCAPE || bytes.len == 1 || bytes.data[1] == ESCAPE)
        return name_plain(bytes, 0, ret_name);
    if (bytes.data[1] == '[')
        return name_csi(bytes, ret_name);
    if (bytes.data[1] == 'O' && bytes.len > 2) {
        name_letter(bytes.data[2], 0, ret_name);
        if (ret_name[0])
            return 3;
    }
    return 1 + name_plain((rf_slice){ bytes.data + 1, bytes.len - 1 }, ALT, ret_name);
}

/* ---- From names to bytes ---- */

static bool take_prefix(rf_slice *name, rf_slice prefix) {
    if (name->len <= prefix.len || !rf_slice_starts(*name, prefix))
        return false;
    *name = (rf_slice){ name->data + prefix.len, name->len - prefix.len };
    return true;
}

/* In any order, each once. */
static unsigned take_modifiers(rf_slice *name) {
    unsigned modifiers = 0;
    for (;;) {
        if (!(modifiers & CTRL) && take_prefix(name, RF_SLICE("ctrl-")))
            modifiers |= CTRL;
        else if (!(modifiers & ALT) && take_prefix(name, RF_SLICE("alt-")))
            modifiers |= ALT;
        else if (!(modifiers & SHIFT) && take_prefix(name, RF_SLICE("shift-")))
            modifiers |= SHIFT;
        else
            return modifiers;
    }
}

/* A sequence of the table; 0: not there. */
static size_t put_sequence(rf_slice name, unsigned modifiers, char ret_bytes[16]) {
    int len = 0;
    for (size_t i = 0; i < KEY_COUNT && !len; i++) {
        if (!rf_slice_is(name, keys[i].name))
            continue;
        if (modifiers)
            len = snprintf(ret_bytes, 16, "\x1b[%d;%u%c", keys[i].number ? keys[i].number : 1, modifiers + 1, keys[i].letter);
        else if (keys[i].number)
            len = snprintf(ret_bytes, 16, "\x1b[%d~", keys[i].number);
        else
            len = snprintf(ret_bytes, 16, "\x1b%c%c", keys[i].ss3 ? 'O' : '[', keys[i].letter);
    }
    return (size_t)len;
}

/* The byte of a character with ctrl; false: it has none. */
static bool control_byte(rf_slice name, char *ret_byte) {
    if (rf_slice_is(name, "space")) {
        *ret_byte = 0;
        return true;
    }
    char c = name.data[0];
    *ret_byte = (char)(c & 0x1F);
    return name.len == 1 && ((c >= 'a' && c <= 'z') || (c >= '[' && c <= '_') || c == '@');
}

/* The bytes of a key that sends a character; 0: it is none. */
static size_t put_plain(rf_slice name, bool ctrl, char ret_bytes[16]) {
    uint32_t c;
    if (ctrl)
        return control_byte(name, ret_bytes);
    for (size_t i = 0; i < BYTE_COUNT; i++)
        if (rf_slice_is(name, bytes_of[i].name)) {
            ret_bytes[0] = bytes_of[i].byte;
            return 1;
        }
    if (name.len > 4 || rf_utf8_decode(name, &c) != name.len || c <= ' ' || c == DEL)
        return 0;
    memcpy(ret_bytes, name.data, name.len);
    return name.len;
}

bool rf_input_key_bytes(rf_slice name, char ret_bytes[16], size_t *ret_len) {
    assert(ret_bytes && ret_len && (name.data || !name.len));
    unsigned modifiers = take_modifiers(&name);
    if (!name.len)
        return false;
    *ret_len = put_sequence(name, modifiers, ret_bytes);
    if (*ret_len)
        return true;
    if (rf_slice_is(name, "tab") && modifiers == SHIFT) {
        memcpy(ret_bytes, "\x1b[Z", 3);
        *ret_len = 3;
        return true;
    }
    if (modifiers & SHIFT)
        return false;
    bool alt = modifiers & ALT;
    ret_bytes[0] = ESCAPE;
    size_t len = put_plain(name, modifiers & CTRL, ret_bytes + alt);
    *ret_len = len + alt;
    return len > 0;
}
