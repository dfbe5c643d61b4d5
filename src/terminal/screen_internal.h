/* screen_internal.h: the inside of a screen, for its own files, the view and tests. */
#ifndef RF_TERMINAL_SCREEN_INTERNAL_H
#define RF_TERMINAL_SCREEN_INTERNAL_H

#include "terminal/escape.h"
#include "terminal/history.h"
#include "terminal/link.h"
#include "terminal/screen.h"

#include <vterm.h>

#define RF_SCREEN_TITLE_MAX 512

/* What a set of characters does with ASCII. */
enum { RF_CHARSET_ASCII, RF_CHARSET_GRAPHICS, RF_CHARSET_UK };
typedef struct rf_charsets { uint8_t sets[4], active, single; /* single: 2 or 3 for one character, else 0 */ } rf_charsets;

/* What DECSC keeps, beside the place. */
typedef struct rf_saved { rf_pen pen; rf_charsets charsets; } rf_saved;

struct rf_screen {
    rf_screen_options options; /* columns and rows as they are now */
    int width;                 /* columns that libvterm has: at least 2, for with 1 it writes wide characters past its rows */
    VTerm *vt;
    VTermScreen *cells;
    VTermState *state;
    rf_escape scan;
    rf_history history;
    rf_links links;
    uint64_t scrolled;      /* lines that went to the scrollback */
    uint64_t version;
    uint64_t *row_versions; /* of each row a number that no other row's content ever had; 2 * rows are there while it is resized */
    bool *wrapped;          /* the row goes on in the next one */
    rf_cell *row;           /* room for one row */
    int row_room;
    rf_screen_modes modes;
    char title[RF_SCREEN_TITLE_MAX];
    size_t title_len;
    rf_pen pen;             /* with the link that is open */
    rf_charsets charsets;
    rf_saved saved;
    rf_saved main_saved;    /* of the main screen, while the alternate one is shown */
    VTermPos main_cursor;
    bool region, insert, origin, newline, no_wrap, shielded;
    uint32_t last_char;     /* that was drawn; 0: something else came since */
    bool in_text;           /* text is being fed: line feeds are wraps */
    bool drop_pushed;       /* rows that scroll off do not go to the scrollback */
    int pushed;             /* rows that scrolled off at the top since they were moved last */
    int text_scrolls;
    const char *plain_from; /* no use to look for simple lines before it */
    bool no_fast;           /* for tests */
};

/* Bytes for libvterm, in pieces that it has the stack for. */
void rf_screen_feed(rf_screen *screen, const char *bytes, size_t len);
void rf_screen_feed_text(rf_screen *screen, const char *bytes, size_t len, int columns);
void rf_screen_changed(rf_screen *screen);
/* Puts the cursor somewhere, whatever the origin. */
void rf_screen_put_cursor(rf_screen *screen, VTermPos at);
VTermPos rf_screen_get_cursor(const rf_screen *screen);

/* One token. */
void rf_screen_take(rf_screen *screen, const rf_escape_token *token);
/* The same, each in its own file. */
void rf_screen_text_token(rf_screen *screen, rf_slice text);
void rf_screen_repeat(rf_screen *screen, uint32_t count);
void rf_screen_sequence(rf_screen *screen, const rf_escape_token *token);
void rf_screen_csi(rf_screen *screen, const rf_escape_token *token);
void rf_screen_osc(rf_screen *screen, rf_slice text);
void rf_screen_private_mode(rf_screen *screen, uint32_t mode, bool on);
void rf_screen_request_mode(rf_screen *screen, uint32_t mode);
void rf_screen_reply(rf_screen *screen, const char *text);
/* libvterm's pen becomes this one's. */
void rf_screen_feed_pen(rf_screen *screen);
/* DECSC and DECRC. */
void rf_screen_save(rf_screen *screen);
void rf_screen_restore(rf_screen *screen);
/* RIS and DECSTR. */
void rf_screen_reset(rf_screen *screen);
void rf_screen_soft_reset(rf_screen *screen);
/* Takes as many simple lines as it can; false: none. */
bool rf_screen_simple_lines(rf_screen *screen, rf_slice *left);

/* The cells of a row (screen.h's numbers) as they are to be drawn: `columns` of them, blanks behind its end. False: no such row. */
bool rf_screen_row_cells(const rf_screen *screen, int64_t row, rf_cell *cells, int columns);
/* As they come from libvterm: halves of wide characters that stand alone are blanks. */
void rf_screen_take_cells(const VTermScreenCell *from, int count, rf_cell *cells);
/* The row of the screen goes to the scrollback. */
void rf_screen_push_row(rf_screen *screen, int row);
bool rf_screen_row_wrapped(const rf_screen *screen, int row);

/* A link is carried through libvterm by two variation selectors that join the character. */
#define RF_SELECTOR_FIRST 0xE0100u
#define RF_SELECTOR_LAST 0xE01EFu
#define RF_SELECTORS (RF_SELECTOR_LAST - RF_SELECTOR_FIRST + 1)
/* Newer symbols (U+1F000 … U+1FFFF) that are wide go through it as characters of a plane which it has as wide. */
#define RF_SYMBOL_FIRST 0x1F000u
#define RF_SYMBOL_LAST 0x1FFFFu
#define RF_SYMBOL_SHIFT 0x1F000u
/* Its fonts, which nobody draws, carry what it has no attributes for. */
enum { RF_FONT_DIM = 1, RF_FONT_CONCEAL = 2, RF_FONT_OVERLINE = 4 };
static inline uint32_t rf_font_of(uint32_t attributes) {
    return (attributes & RF_PEN_DIM ? RF_FONT_DIM : 0u) | (attributes & RF_PEN_CONCEAL ? RF_FONT_CONCEAL : 0u) |
           (attributes & RF_PEN_OVERLINE ? RF_FONT_OVERLINE : 0u);
}

#endif
