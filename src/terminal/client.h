/* client.h: a terminal attached to a session: its screen, keys, status line, palette. */
#ifndef RF_TERMINAL_CLIENT_H
#define RF_TERMINAL_CLIENT_H

#include "terminal/connect.h"

typedef struct rf_client_options {
    const char *session;
    const char *size;       /* lead, limit or ignore; NULL: what the settings say */
    const char *detach_key; /* one or two keys, in place of what the settings say; NULL: those */
    bool read_only;
    bool no_status;         /* no status line, whatever the settings say */
} rf_client_options;

typedef enum rf_client_how {
    RF_CLIENT_DETACHED, /* as the user or the daemon asked: `why` */
    RF_CLIENT_EXITED,   /* the session has ended: `exit_code` */
    RF_CLIENT_ENDED,    /* by a signal, or the terminal went away */
    RF_CLIENT_LOST,     /* the daemon has gone */
} rf_client_how;

typedef struct rf_client_end {
    rf_client_how how;
    int exit_code;
    char session[200];      /* its name at the end */
    char why[200];          /* without control characters; "": nothing to say */
} rf_client_end;

/*
 * Attaches the terminal that standard input and output are, until the end, and puts it back however that comes. Takes SIGINT, SIGTERM,
 * SIGHUP, SIGQUIT, SIGWINCH and SIGTSTP meanwhile. Errors: RF_ECONFIG there is no terminal, or the detach key is none; those of the request; RF_EPARSE
 * what the daemon sent is not of the protocol; RF_EIO; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_client_attach(rf_term_conn *conn, const rf_client_options *options, rf_client_end *ret_end, rf_error *reterr);

/* The size that a session gets in this terminal; false: standard input or output is none. */
bool rf_client_size(bool status_line, int *ret_columns, int *ret_rows);

#endif
