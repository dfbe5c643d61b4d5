/* screen_write.c: a screen takes what the program wrote: token by token, and only what libvterm handles well reaches it. */
#include "terminal/screen_internal.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

static void line_feed(rf_screen *screen) {
    int row = rf_screen_get_cursor(screen).row;
    if (row >= 0 && row < screen->options.rows)
        screen->wrapped[row] = false;
    /* A screen of one row is only erased by libvterm, which tells of no line that leaves. */
    if (screen->options.rows == 1 && !screen->modes.alternate)
        rf_screen_push_row(screen, 0);
}

static void control(rf_screen *screen, char c) {
    screen->last_char = 0;
    switch (c) {
    case 0x07:
        if (screen->options.bell)
            screen->options.bell(screen->options.user);
        break;
    case 0x0A: case 0x0B: case 0x0C:
        line_feed(screen);
        rf_screen_feed(screen, &c, 1);
        break;
    case 0x08: case 0x09: case 0x0D:
        rf_screen_feed(screen, &c, 1);
        break;
    case 0x0E: case 0x0F:
        screen->charsets.active = c == 0x0E;
        break;
    default:
        break;
    }
}

/* Of device control strings only short requests of a setting (DECRQSS) are answered. */
static void string(rf_screen *screen, const rf_escape_token *token) {
    static const char *const known[] = { "$qm", "$qr", "$q q", "$q\"q" };
    for (size_t i = 0; token->final == 'P' && i < sizeof known / sizeof *known; i++)
        if (rf_slice_is(token->text, known[i])) {
            char bytes[16];
            int len = snprintf(bytes, sizeof bytes, "\x1BP%s\x1B\\", known[i]);
            rf_screen_feed(screen, bytes, (size_t)len);
        }
}

enum { INTERRUPTED_MAX = 128 }; /* bytes: longer ones are no program's */

/* Controls within a sequence are executed at once, and the sequence goes on as if they were not there (ECMA-48, 5.3; vttest looks).
 * Sequences that were broken off, and strings, are nothing. */
static void interrupted(rf_screen *screen, rf_slice raw) {
    char clean[INTERRUPTED_MAX] = { 0x1B };
    size_t len = 1;
    if (raw.len > sizeof clean || raw.data[0] != 0x1B)
        return;
    for (size_t i = 1; i < raw.len; i++)
        if ((unsigned char)raw.data[i] >= 0x20 && raw.data[i] != 0x7F)
            clean[len++] = raw.data[i];
    if (len == 1 || memchr("]P_^X", clean[1], 5) || memchr(raw.data, 0x18, raw.len) || memchr(raw.data, 0x1A, raw.len))
        return;
    for (size_t i = 1; i < raw.len; i++)
        if ((unsigned char)raw.data[i] < 0x20)
            control(screen, raw.data[i]);
    RF_CLEANUP(rf_escape_done) rf_escape scan = { 0 };
    rf_escape_token token;
    rf_slice left = { clean, len };
    if (rf_escape_next(&scan, &left, &token) && (token.kind == RF_ESCAPE_CSI || token.kind == RF_ESCAPE_SEQUENCE))
        rf_screen_take(screen, &token);
}

void rf_screen_take(rf_screen *screen, const rf_escape_token *token) {
    switch (token->kind) {
    case RF_ESCAPE_TEXT: rf_screen_text_token(screen, token->raw); break;
    case RF_ESCAPE_CONTROL: control(screen, token->final); break;
    case RF_ESCAPE_SEQUENCE: rf_screen_sequence(screen, token); break;
    case RF_ESCAPE_CSI: rf_screen_csi(screen, token); break;
    case RF_ESCAPE_OSC: rf_screen_osc(screen, token->text); break;
    case RF_ESCAPE_STRING: string(screen, token); break;
    case RF_ESCAPE_BROKEN: interrupted(screen, token->raw); break;
    }
}

void rf_screen_write(rf_screen *screen, rf_slice bytes) {
    assert(screen && (bytes.data || !bytes.len));
    VTermPos before = rf_screen_get_cursor(screen);
    rf_escape_token token = { .kind = RF_ESCAPE_BROKEN };
    screen->plain_from = bytes.data;
    bool line_begins = true;
    for (;;) {
        if (line_begins && rf_screen_simple_lines(screen, &bytes))
            continue;
        if (!rf_escape_next(&screen->scan, &bytes, &token))
            break;
        rf_screen_take(screen, &token);
        line_begins = token.kind == RF_ESCAPE_CONTROL && token.final == '\n';
    }
    vterm_screen_flush_damage(screen->cells);
    VTermPos after = rf_screen_get_cursor(screen);
    if (before.row != after.row || before.col != after.col)
        screen->version++;
}

/* ---- OSC: titles and links; libvterm gets none ---- */

static void set_title(rf_screen *screen, rf_slice text) {
    char title[RF_SCREEN_TITLE_MAX];
    size_t len = 0;
    while (text.len) {
        uint32_t c;
        size_t bytes = rf_utf8_decode(text, &c);
        c = bytes ? c : 0xFFFD;
        bytes = bytes ? bytes : 1;
        text = (rf_slice){ text.data + bytes, text.len - bytes };
        if (c < 0x20 || (c >= 0x7F && c < 0xA0))
            continue;
        char encoded[4];
        size_t more = rf_utf8_encode(c, encoded);
        if (len + more > sizeof title)
            break;
        memcpy(title + len, encoded, more);
        len += more;
    }
    if (len == screen->title_len && memcmp(title, screen->title, len) == 0)
        return;
    memcpy(screen->title, title, len);
    screen->title_len = len;
    screen->version++;
}

void rf_screen_osc(rf_screen *screen, rf_slice text) {
    if (text.len < 2 || text.data[1] != ';')
        return;
    rf_slice rest = { text.data + 2, text.len - 2 };
    if (text.data[0] == '0' || text.data[0] == '2')
        set_title(screen, rest);
    else if (text.data[0] == '8')
        screen->pen.link = rf_links_open(&screen->links, rest);
}
