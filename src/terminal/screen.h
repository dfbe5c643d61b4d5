/* screen.h: the state of a terminal: cells, cursor, modes, title, scrollback. libvterm holds the cells. */
#ifndef RF_TERMINAL_SCREEN_H
#define RF_TERMINAL_SCREEN_H

#include "base/buffer.h"
#include "riffle/error.h"

#include <stdbool.h>

#define RF_SCREEN_SIZE_MAX 1000 /* columns, and rows */

typedef struct rf_screen rf_screen; /* one thread: its session's */

typedef struct rf_screen_options {
    int columns, rows;         /* 1 … RF_SCREEN_SIZE_MAX; others are brought into it */
    size_t scrollback_lines;   /* most that are kept; 0: none */
    size_t scrollback_bytes;   /* most memory that they take, in about */
    /* Answers to what the program asks (DA, DSR, …), to be written to it. NULL: nobody answers. */
    void (*reply)(void *user, rf_slice bytes);
    void (*bell)(void *user);  /* may be NULL */
    void *user;
} rf_screen_options;

/* Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_screen_new(const rf_screen_options *options, rf_screen **ret_screen, rf_error *reterr);
void rf_screen_free(rf_screen *screen); /* NULL is fine */

/*
 * What the program wrote. Takes anything: hostile, broken off, random bytes. Whole runs of plain lines, which scroll off at once, go to
 * the scrollback without being drawn. Cost: about 30 MB/s through libvterm, above 300 MB/s for plain lines.
 */
void rf_screen_write(rf_screen *screen, rf_slice bytes);
/* Lines that no longer fit go to the scrollback, and come back from it; nothing is wrapped anew. */
void rf_screen_resize(rf_screen *screen, int columns, int rows);

void rf_screen_size(const rf_screen *screen, int *ret_columns, int *ret_rows);
void rf_screen_cursor(const rf_screen *screen, int *ret_column, int *ret_row);
/* Lines kept in the scrollback. */
size_t rf_screen_scrollback(const rf_screen *screen);
/* Lines that have ever gone there: rises only, but for those that a resize takes back. */
uint64_t rf_screen_scrolled(const rf_screen *screen);
size_t rf_screen_scrollback_bytes(const rf_screen *screen);
/* Forgets the scrollback. */
void rf_screen_clear_scrollback(rf_screen *screen);

/* Appends the text of a row without blanks at its end: 0 the screen's top, -1 the newest of the scrollback. False: no such row. */
bool rf_screen_text(const rf_screen *screen, int64_t row, rf_buffer *out);
/* The same with its colours as SGR sequences, and hyperlinks as OSC 8; ends reset. */
bool rf_screen_styled(const rf_screen *screen, int64_t row, rf_buffer *out);
/* The text from a place to the cursor (lines as in rf_screen_scrolled() + row), rows joined where a line was wrapped. */
void rf_screen_text_from(const rf_screen *screen, uint64_t line, int column, rf_buffer *out);
/* Appends one line of text, with SGR and OSC 8 only, to the scrollback: what a former session left. */
void rf_screen_restore_line(rf_screen *screen, rf_slice styled);

typedef struct rf_screen_modes {
    bool alternate;        /* ?1049, ?1047, ?47 */
    bool cursor_hidden;    /* not ?25 */
    bool cursor_blink;     /* ?12, or by DECSCUSR */
    uint8_t cursor_shape;  /* DECSCUSR's number 0 … 6; 0: the terminal's own */
    bool reverse;          /* ?5 */
    bool cursor_keys;      /* ?1: application cursor keys */
    bool keypad;           /* ESC = */
    bool bracketed_paste;  /* ?2004 */
    bool focus;            /* ?1004 */
    uint16_t mouse;        /* 0, 9, 1000, 1002, 1003 */
    uint16_t mouse_encoding; /* 0, 1005, 1006, 1015 */
} rf_screen_modes;
rf_screen_modes rf_screen_get_modes(const rf_screen *screen);
rf_slice rf_screen_title(const rf_screen *screen); /* "" when none was set; valid UTF-8 without controls */

#endif
