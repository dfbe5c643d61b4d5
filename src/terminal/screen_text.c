/* screen_text.c: text on its way to libvterm: sets of characters, links, and what libvterm would stumble over. */
#include "terminal/screen_internal.h"

#include "base/utf8.h"
#include "terminal/char_width.h"

#include <assert.h>

/* Bytes of one character with what joins it. */
enum { UNIT_BYTES = 16, OUT_BYTES = 2048 };

/* Characters gathered for one piece, which takes no more columns than a row, so that it wraps once at most. */
typedef struct gathered {
    rf_screen *screen;
    size_t len;
    int columns;
    char bytes[OUT_BYTES];
} gathered;

static void flush(gathered *g) {
    if (g->len)
        rf_screen_feed_text(g->screen, g->bytes, g->len, g->columns);
    g->len = 0;
    g->columns = 0;
}

static void put(gathered *g, uint32_t c) { g->len += rf_utf8_encode(c, g->bytes + g->len); }

/* The line drawing characters of the VT100, from '`' on. */
static const uint16_t graphics[] = {
    0x25C6, 0x2592, 0x2409, 0x240C, 0x240D, 0x240A, 0x00B0, 0x00B1, 0x2424, 0x240B, 0x2518, 0x2510, 0x250C, 0x2514, 0x253C, 0x23BA,
    0x23BB, 0x2500, 0x23BC, 0x23BD, 0x251C, 0x2524, 0x2534, 0x252C, 0x2502, 0x2264, 0x2265, 0x03C0, 0x2260, 0x00A3, 0x00B7,
};

static uint32_t by_charset(rf_screen *screen, uint32_t c) {
    rf_charsets *sets = &screen->charsets;
    uint8_t set = sets->sets[sets->single ? sets->single : sets->active];
    sets->single = 0;
    if (set == RF_CHARSET_GRAPHICS && c >= '`' && c < '`' + sizeof graphics / sizeof *graphics)
        return graphics[c - '`'];
    return set == RF_CHARSET_UK && c == '#' ? 0x00A3 : c;
}

/* What libvterm gets for a character: 0 nothing. */
static uint32_t acceptable(uint32_t c, int width) {
    bool selector = c >= RF_SELECTOR_FIRST && c <= RF_SELECTOR_LAST;
    /* libvterm takes C1 controls for characters of width -1, and these marks for wide ones that join. */
    bool dangerous = (c >= 0x7F && c < 0xA0) || (c >= 0x302A && c <= 0x302F) || c == 0x3099 || c == 0x309A;
    if (selector || dangerous)
        return 0;
    if (c == 0xFFFE || c == 0xFFFF || (c >= RF_SYMBOL_FIRST + RF_SYMBOL_SHIFT && c <= RF_SYMBOL_LAST + RF_SYMBOL_SHIFT))
        return 0xFFFD;
    return width == 2 && c >= RF_SYMBOL_FIRST && c <= RF_SYMBOL_LAST ? c + RF_SYMBOL_SHIFT : c;
}

static void add(gathered *g, uint32_t c) {
    rf_screen *screen = g->screen;
    int width = c < 0x80 ? 1 : rf_char_width(c);
    uint32_t given = acceptable(c, width);
    if (!given)
        return;
    if (width == 0) {
        /* Without a character before it, it would take a cell; after a piece that ended at the right edge libvterm would wrap. */
        bool joins = screen->last_char && (g->len || rf_screen_get_cursor(screen).col + 2 < screen->width);
        if (joins && g->len + 2 * UNIT_BYTES < sizeof g->bytes)
            put(g, given);
        return;
    }
    if (g->columns + width > screen->width || g->len + 4 * UNIT_BYTES > sizeof g->bytes)
        flush(g);
    put(g, given);
    g->columns += width;
    screen->last_char = c;
    uint32_t link = screen->pen.link;
    if (link) {
        put(g, RF_SELECTOR_FIRST + link / RF_SELECTORS);
        put(g, RF_SELECTOR_FIRST + link % RF_SELECTORS);
    }
}

static bool plain(rf_screen *screen, rf_slice text) {
    const rf_charsets *sets = &screen->charsets;
    if (screen->pen.link || sets->single || sets->sets[sets->active] != RF_CHARSET_ASCII)
        return false;
    unsigned high = 0;
    for (size_t i = 0; i < text.len; i++)
        high |= (unsigned char)text.data[i];
    return high < 0x80;
}

void rf_screen_text_token(rf_screen *screen, rf_slice text) {
    if (plain(screen, text)) {
        screen->last_char = (unsigned char)text.data[text.len - 1];
        for (size_t at = 0, len; at < text.len; at += len) {
            len = text.len - at > (size_t)screen->width ? (size_t)screen->width : text.len - at;
            rf_screen_feed_text(screen, text.data + at, len, (int)len);
        }
        return;
    }
    gathered g;
    g.screen = screen;
    g.len = 0;
    g.columns = 0;
    while (text.len) {
        uint32_t c = (unsigned char)*text.data;
        size_t len = c < 0x80 ? 1 : rf_utf8_decode(text, &c);
        c = len ? c : 0xFFFD;
        len = len ? len : 1;
        text = (rf_slice){ text.data + len, text.len - len };
        add(&g, c < 0x80 ? by_charset(screen, c) : c);
    }
    flush(&g);
}

void rf_screen_repeat(rf_screen *screen, uint32_t count) {
    uint32_t c = screen->last_char;
    if (!c)
        return;
    gathered g;
    g.screen = screen;
    g.len = 0;
    g.columns = 0;
    for (uint32_t i = 0; i < count && i < (uint32_t)screen->width; i++)
        add(&g, c);
    flush(&g);
}
