/* client_internal.h: what the files of the attached client share. */
#ifndef RF_TERMINAL_CLIENT_INTERNAL_H
#define RF_TERMINAL_CLIENT_INTERNAL_H

#include "terminal/box.h"
#include "terminal/client.h"
#include "terminal/status_line.h"
#include "terminal/typed.h"

#include <signal.h>
#include <termios.h>

#define RF_CLIENT_WAITING_MAX 8u                  /* boxes that wait for the one that is open */
#define RF_CLIENT_TTY_MOST ((size_t)1 << 20)      /* bytes for a slow terminal; past it the socket is not read */
#define RF_CLIENT_DAEMON_MOST ((size_t)1 << 20)   /* the same the other way */
#define RF_CLIENT_STATUS_ITEMS 32u
enum { RF_CLIENT_ESCAPE_MS = 50, RF_CLIENT_ROWS_LEAST = 3 /* for a status line */ };

typedef struct rf_client_waiting { rf_box_kind kind; rf_buffer event; } rf_client_waiting;

typedef struct rf_client_state {
    rf_term_conn *conn;
    /* The terminal. */
    int tty;                       /* opened by ourselves, so that not blocking is our own affair; -1: none */
    int signals;
    sigset_t before;
    struct termios usual;
    int columns, rows;
    rf_buffer to_tty, to_daemon;
    size_t tty_sent, daemon_sent;
    /* The session. */
    rf_arena status_arena;
    rf_status_line line;           /* its texts are in the arena */
    rf_status_line_item items[RF_CLIENT_STATUS_ITEMS];
    bool status_line;
    bool read_only;
    /* What is typed. */
    rf_typed typed;
    rf_bindings bindings;
    /* What is shown besides. */
    rf_box *box;
    rf_client_waiting waiting[RF_CLIENT_WAITING_MAX];
    size_t waiting_count;
    rf_buffer notice, hint;
    uint64_t notice_until_ns;      /* 0: none */
    uint64_t detach_by_ns;         /* the daemon was asked to, and has so long to say so; 0: not asked */
    bool scrolling;
    bool line_stale, box_stale;
    /* The end. */
    bool ended;
    rf_client_end end;
} rf_client_state;

/* ---- client_tty.c ---- */
RF_NODISCARD rf_code rf_client_open_tty(rf_client_state *client, rf_error *reterr);
void rf_client_close_tty(rf_client_state *client);
/* Takes the terminal over: its other screen, no echo, pastes in marks; and gives it back as it was. */
void rf_client_enter(rf_client_state *client);
void rf_client_leave(rf_client_state *client);
void rf_client_measure(rf_client_state *client);
/* Rows that the session gets. */
int rf_client_session_rows(const rf_client_state *client);
void rf_client_put(rf_client_state *client, rf_slice bytes);
/* As much as the terminal takes now. */
void rf_client_flush_tty(rf_client_state *client);

/* ---- client_send.c ---- */
void rf_client_finish(rf_client_state *client, rf_client_how how, rf_slice why);
/* Something for people in the status line, for a while. */
void rf_client_notice(rf_client_state *client, rf_notice_level level, const char *format, ...) RF_PRINTF(3, 4);
void rf_client_frame(rf_client_state *client, char kind, rf_slice bytes);
/* {"order": …} */
void rf_client_order(rf_client_state *client, const char *order);
void rf_client_scroll(rf_client_state *client, int64_t lines);
/* Asks to be detached; a daemon that hangs is left all the same. */
void rf_client_detach(rf_client_state *client);

/* ---- client_event.c ---- */
/* All frames that are there. Errors: RF_EPARSE, RF_ENOMEM. */
RF_NODISCARD rf_code rf_client_take_frames(rf_client_state *client, rf_error *reterr);

/* ---- client_box.c ---- */
void rf_client_open_palette(rf_client_state *client);
/* A list or menu of a plugin, at once or after the one that is open. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_client_open_box(rf_client_state *client, rf_box_kind kind, rf_slice json, rf_error *reterr);
RF_NODISCARD rf_code rf_client_commands(rf_client_state *client, const rf_value *event, rf_arena *arena, rf_error *reterr);
void rf_client_box_key(rf_client_state *client, const rf_typed_token *token);
void rf_client_free_boxes(rf_client_state *client);

/* ---- client_input.c ---- */
void rf_client_read_keys(rf_client_state *client);
/* What waited for the rest of a sequence, which did not come. */
void rf_client_flush_keys(rf_client_state *client);
void rf_client_scroll_mode(rf_client_state *client, bool on);

/* ---- client_draw.c ---- */
void rf_client_draw(rf_client_state *client);

#endif
