/* top_screen.h: the terminal that `riffle top` shows itself on. Private to top_screen.c and top_keys.c. */
#ifndef RF_CLI_TOP_SCREEN_H
#define RF_CLI_TOP_SCREEN_H

#include "cli/top.h"

#include <signal.h>
#include <termios.h>

enum { RF_TOP_HEAD_LINES = 5, RF_TOP_PENDING_MAX = 16 };

typedef struct rf_top_terminal {
    rf_top *top;
    rf_top_poll *poll;
    int signals;               /* of a signalfd */
    sigset_t before;           /* signals that were blocked */
    struct termios usual;
    bool keys;                 /* standard input is a terminal too */
    bool ended, stale;         /* stale: to be drawn again */
    bool gone;                 /* the terminal is */
    size_t columns, rows;
    unsigned char pending[RF_TOP_PENDING_MAX]; /* of an escape sequence that has begun */
    size_t pending_count;
} rf_top_terminal;

/* False: the terminal takes no more. */
bool rf_top_write(rf_slice bytes);
/* Reads what was typed, and does it. (top_keys.c) */
void rf_top_read_keys(rf_top_terminal *terminal);

#endif
