/* screen_sequence.c: escape sequences: what libvterm gets of them, and what it does not. */
#include "terminal/screen_internal.h"

#include <assert.h>

/* A parameter beyond it says the same as this one, and libvterm adds without looking. */
enum { PARAM_MAX = 9999 };

/* ---- ESC … ---- */

static void designate(rf_screen *screen, char slot, char set) {
    uint8_t kind = set == '0' ? RF_CHARSET_GRAPHICS : set == 'A' ? RF_CHARSET_UK : RF_CHARSET_ASCII;
    screen->charsets.sets[slot - '('] = kind;
}

static void plain_sequence(rf_screen *screen, char final) {
    const char bytes[] = { 0x1B, final };
    switch (final) {
    case '7': rf_screen_save(screen); break;
    case '8': rf_screen_restore(screen); break;
    case '=': case '>':
        screen->modes.keypad = final == '=';
        rf_screen_changed(screen);
        break;
    case 'c': rf_screen_reset(screen); break;
    case 'n': case 'o': screen->charsets.active = final == 'n' ? 2 : 3; break;
    case 'N': case 'O': screen->charsets.single = final == 'N' ? 2 : 3; break;
    case 'D': case 'E': case 'H': case 'M': rf_screen_feed(screen, bytes, sizeof bytes); break;
    default: break;
    }
}

void rf_screen_sequence(rf_screen *screen, const rf_escape_token *token) {
    screen->last_char = 0;
    if (!token->intermediate)
        plain_sequence(screen, token->final);
    else if (token->intermediate >= '(' && token->intermediate <= '+')
        designate(screen, token->intermediate, token->final);
    else if (token->intermediate == '#' && token->final == '8')
        rf_screen_feed(screen, "\x1B#8", 3);
}

/* ---- CSI ---- */

/* Anew, with two parameters at most: libvterm has room for 16 and does not count. */
static void pass(rf_screen *screen, const rf_escape_token *token) {
    char text[48];
    size_t len = 0;
    text[len++] = 0x1B;
    text[len++] = '[';
    if (token->marker)
        text[len++] = token->marker;
    for (uint32_t i = 0; i < token->param_count && i < 2; i++) {
        uint32_t value = token->params[i] > PARAM_MAX ? PARAM_MAX : token->params[i];
        if (i)
            text[len++] = ';';
        if (value)
            len += (size_t)snprintf(text + len, 8, "%u", value);
    }
    if (token->intermediate)
        text[len++] = token->intermediate;
    text[len++] = token->final;
    rf_screen_feed(screen, text, len);
}

void rf_screen_feed_pen(rf_screen *screen) {
    char room[160];
    rf_pen pen = screen->pen;
    uint32_t a = pen.attributes, style = (a & RF_PEN_UNDERLINES) / RF_PEN_UNDERLINE;
    size_t len = (size_t)snprintf(room, sizeof room, "\x1B[0;%u%s%s%s%s%s%sm", 10 + rf_font_of(a), a & RF_PEN_BOLD ? ";1" : "",
                                  a & RF_PEN_ITALIC ? ";3" : "", a & RF_PEN_BLINK ? ";5" : "", a & RF_PEN_REVERSE ? ";7" : "",
                                  a & RF_PEN_STRIKE ? ";9" : "",
                                  style == 1   ? ";4"
                                  : style == 2 ? ";21"
                                  : style == 3 ? ";4:3"
                                               : "");
    const struct { uint32_t colour; int base; } rows[] = { { pen.foreground, 38 }, { pen.background, 48 } };
    for (int i = 0; i < 2; i++) {
        uint32_t c = rows[i].colour;
        if (c & RF_COLOUR_INDEX)
            len += (size_t)snprintf(room + len, sizeof room - len, "\x1B[%d;5;%um", rows[i].base, c & 255);
        else if (c)
            len += (size_t)snprintf(room + len, sizeof room - len, "\x1B[%d;2;%u;%u;%um", rows[i].base, c >> 16 & 255, c >> 8 & 255,
                                    c & 255);
    }
    rf_screen_feed(screen, room, len);
}

static void sgr(rf_screen *screen, rf_slice raw) {
    if (raw.len >= 3)
        rf_pen_apply(&screen->pen, (rf_slice){ raw.data + 2, raw.len - 3 });
    static const rf_pen plain = { 0 };
    rf_pen pen = screen->pen;
    pen.link = 0;
    if (rf_pen_same(&pen, &plain))
        rf_screen_feed(screen, "\x1B[m", 3);
    else
        rf_screen_feed_pen(screen);
}

static void region(rf_screen *screen, const rf_escape_token *token) {
    uint32_t rows = (uint32_t)screen->options.rows;
    uint32_t top = rf_escape_param(token, 0, 1), bottom = rf_escape_param(token, 1, rows);
    bottom = bottom > rows ? rows : bottom;
    screen->region = top < bottom && (top > 1 || bottom < rows);
    /* libvterm takes regions of one row too, where it scrolls by nothing that is there. */
    if (top == bottom)
        rf_screen_feed(screen, "\x1B[r", 3);
    else
        pass(screen, token);
}

static void ansi_mode(rf_screen *screen, uint32_t mode, bool on) {
    if (mode != 4 && mode != 20)
        return;
    *(mode == 4 ? &screen->insert : &screen->newline) = on;
    char text[16];
    int len = snprintf(text, sizeof text, "\x1B[%u%c", mode, on ? 'h' : 'l');
    rf_screen_feed(screen, text, (size_t)len);
}

static void window(rf_screen *screen, uint32_t what) {
    char text[40];
    if (what != 18)
        return;
    (void)snprintf(text, sizeof text, "\x1B[8;%d;%dt", screen->options.rows, screen->options.columns);
    rf_screen_reply(screen, text);
}

static void plain_csi(rf_screen *screen, const rf_escape_token *token) {
    switch (token->final) {
    case 'h': case 'l':
        for (uint32_t i = 0; i < token->param_count; i++)
            ansi_mode(screen, token->params[i], token->final == 'h');
        break;
    case 'r': region(screen, token); break;
    case 's': if (!token->param_count || !token->params[0]) rf_screen_save(screen); break;
    case 'u': rf_screen_restore(screen); break;
    case 't': window(screen, rf_escape_param(token, 0, 0)); break;
    case 'M':
        /* Deleted lines are no scrolled ones. */
        screen->drop_pushed = true;
        pass(screen, token);
        screen->drop_pushed = false;
        break;
    case 'J':
        if (rf_escape_param(token, 0, 0) == 3) {
            rf_screen_clear_scrollback(screen);
            break;
        }
        RF_FALLTHROUGH;
    default:
        if (strchr("@ABCDEFGHIJKLPSTXZ`acdefgjkn", token->final))
            pass(screen, token);
        break;
    }
}

static void cursor_shape(rf_screen *screen, uint32_t shape) {
    if (shape > 6)
        return;
    screen->modes.cursor_shape = (uint8_t)shape;
    screen->modes.cursor_blink = shape % 2 == 1;
    rf_screen_changed(screen);
    char text[16];
    int len = snprintf(text, sizeof text, "\x1B[%u q", shape);
    rf_screen_feed(screen, text, (size_t)len);
}

static void private_csi(rf_screen *screen, const rf_escape_token *token) {
    if (token->final == 'h' || token->final == 'l')
        for (uint32_t i = 0; i < token->param_count; i++)
            rf_screen_private_mode(screen, token->params[i], token->final == 'h');
    else if (token->final == 'J' || token->final == 'K' || token->final == 'n')
        pass(screen, token);
}

static void intermediate_csi(rf_screen *screen, const rf_escape_token *token) {
    uint32_t first = rf_escape_param(token, 0, 0);
    switch (token->intermediate << 8 | token->final) {
    case '$' << 8 | 'p':
        if (token->marker == '?')
            rf_screen_request_mode(screen, first);
        break;
    case ' ' << 8 | 'q': cursor_shape(screen, first); break;
    case '!' << 8 | 'p': rf_screen_soft_reset(screen); break;
    case '"' << 8 | 'q':
        screen->shielded = first == 1;
        pass(screen, token);
        break;
    case '\'' << 8 | '}': case '\'' << 8 | '~': pass(screen, token); break;
    default: break;
    }
}

void rf_screen_csi(rf_screen *screen, const rf_escape_token *token) {
    if (token->final == 'm' && !token->marker && !token->intermediate) {
        sgr(screen, token->raw);
        return;
    }
    if (token->final == 'b' && !token->marker && !token->intermediate) {
        rf_screen_repeat(screen, rf_escape_param(token, 0, 1));
        return;
    }
    screen->last_char = 0;
    if (token->intermediate)
        intermediate_csi(screen, token);
    else if (token->marker == '?')
        private_csi(screen, token);
    else if (token->marker == '>' && token->final == 'c')
        pass(screen, token);
    else if (!token->marker)
        plain_csi(screen, token);
}
