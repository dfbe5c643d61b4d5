/* session_internal.h: what the files of a session share. All of it belongs to the session's thread, unless it says otherwise. */
#ifndef RF_TERMINAL_SESSION_INTERNAL_H
#define RF_TERMINAL_SESSION_INTERNAL_H

#include "base/vec.h"
#include "terminal/block.h"
#include "terminal/cast.h"
#include "terminal/frame.h"
#include "terminal/input.h"
#include "terminal/output.h"
#include "terminal/pty.h"
#include "terminal/screen.h"
#include "terminal/session.h"
#include "terminal/view.h"

#define RF_CLIENT_BEHIND ((size_t)256 << 10) /* bytes that a client has not taken: it is not drawn for until it has */
#define RF_CLIENT_LOST ((size_t)4 << 20)     /* bytes that it has not taken when one more event comes: it is let go */
#define RF_INPUT_BEHIND ((size_t)1 << 20)    /* bytes that the program has not taken: clients are not read until it has */
#define RF_ANSWERS_BEHIND ((size_t)16 << 10) /* the like for what the terminal answers: who asks reads it, and the rest is typed into what reads next */
#define RF_DRAW_PERIOD_NS UINT64_C(12000000) /* between two drawings while much is written */
#define RF_TEXT_BYTES 1024u                  /* of a title, a directory */

typedef enum rf_size_policy { RF_SIZE_LEAD, RF_SIZE_LIMIT, RF_SIZE_IGNORE } rf_size_policy;

/* An attached client. */
typedef struct rf_client {
    rf_conn *conn;
    rf_view *view;
    rf_input input;
    int columns, rows;
    rf_size_policy policy;
    bool read_only;
    bool behind;        /* a drawing was left out: it comes when the client has caught up */
    uint64_t active;    /* when it last led: higher is later */
} rf_client;

/* Something that a request waits for. */
typedef struct rf_waiter {
    rf_request *request;
    enum { RF_WAIT_TEXT, RF_WAIT_BLOCK, RF_WAIT_EXIT, RF_WAIT_QUIET } what;
    void *pattern;      /* pcre2_code, of RF_WAIT_TEXT */
    uint64_t line;      /* the first that was not looked at */
    uint64_t number;    /* of the block; 0: the next to end */
    uint64_t quiet_ns, deadline_ns;
} rf_waiter;

/* What a plugin shows: a status item, an overlay, a command of the palette. */
typedef struct rf_session_item {
    char plugin[72], id[64];
    char *text, *description; /* owned; description "" where there is none */
    int64_t priority;         /* of a status item */
    int column, row;          /* of an overlay */
} rf_session_item;
typedef RF_VEC(rf_session_item) rf_session_items;

/* A plugin that does not load, and the event that says so. */
typedef struct rf_session_problem { char name[72]; char *event; } rf_session_problem;

/* What comes from other threads. */
typedef struct rf_session_news {
    rf_plugin_news news;
    char name[72];
    rf_plugin *plugin;  /* a reference, or NULL */
    char *text;         /* for the clients, or NULL */
    struct rf_session_news *next;
} rf_session_news;

struct rf_session {
    const rf_session_host *host;
    rf_thread thread;
    int wake_fd;

    rf_mutex lock;      /* of what follows, up to `pty`: any thread */
    char name[RF_SESSION_NAME_MAX + 1];
    rf_request *requests, **requests_end;
    rf_session_news *news, **news_end;
    bool ended, stopping, keep;
    struct {            /* what others may see */
        char title[RF_TEXT_BYTES], directory[RF_TEXT_BYTES];
        int columns, rows;
        size_t clients, scrollback, scrollback_bytes;
        bool recording;
        int64_t attached_ms;
        char *block;    /* JSON of the one that runs, or NULL */
    } seen;
    rf_pty pty;         /* changed only with `lock` held */

    char *command_json;
    int64_t created_ms;
    rf_screen *screen;
    rf_output *output;
    rf_blocks *blocks;
    rf_live_chain chain;
    _Atomic bool plugins_open; /* chain and output are there */
    rf_plugin_host plugin_host;
    rf_cast_writer *cast; /* NULL: not recorded */
    char *cast_path;
    bool cast_input;
    uint64_t cast_started_ns, cast_flush_ns;

    RF_VEC(rf_client *) clients;
    RF_VEC(rf_waiter) waiters;
    rf_session_items status, overlays, palette;
    rf_buffer modal;      /* the last list or menu that nobody was there to see: an event's JSON */
    RF_VEC(rf_session_problem) problems; /* what is wrong with plugins, for those who attach */

    rf_buffer to_program; /* input that the terminal has not taken yet */
    size_t to_program_sent;
    rf_buffer incoming;   /* what was read from the program, until it has gone its way */
    rf_buffer scratch, text; /* of one function at a time */
    bool program_gone;    /* the terminal's other side is closed */
    bool exited;
    int exit_code;
    uint64_t kill_ns;     /* when SIGKILL follows; 0: never */

    bool dirty;           /* clients do not show what the screen has */
    bool status_changed; /* for clients */
    bool changed, counted; /* for `seen`: facts, and how much there is on screen and in the scrollback */
    bool wants_state;     /* the state file is behind */
    uint64_t state_ns;    /* when it is written next */
    uint64_t drawn_ns;    /* when clients were last drawn for */
    size_t burst_bytes;   /* since then */
    uint64_t written_ns;  /* when the program last wrote */
    uint64_t kept_line;   /* lines of the scrollback that the state file has */
    uint64_t lead;        /* rises each time a client leads */
    int own_columns, own_rows; /* set by `resize`; 0: not */
    char fact[32];
    char title[RF_TEXT_BYTES], directory[RF_TEXT_BYTES]; /* as told with OSC 7; "": it was not told */
    char place[RF_TEXT_BYTES]; /* room for the directory that a plugin asks for */
};

/* ---- session.c ---- */

/* Input for the program, past all plugins. */
void rf_session_write(rf_session *session, rf_slice bytes);
/* Whether so much input waits for the program that no more is taken. */
bool rf_session_is_full(const rf_session *session);
/* What nobody typed: dropped while the program does not read, for else it could have us keep any amount. */
void rf_session_write_unasked(rf_session *session, rf_slice bytes);
/* What the terminal says of itself when it is asked: dropped much sooner. */
void rf_session_answer(rf_session *session, rf_slice bytes);
void rf_session_event(rf_session *session, const char *kind, rf_slice members);

/* What the thread does, from its first to its last. */
void rf_session_main(void *session);

/* ---- session_end.c ---- */

/* The program has ended: what it wrote is read, everybody is told. */
void rf_session_end(rf_session *session);
/* Clients see the last screen, and why nothing follows. */
void rf_session_say_goodbye(rf_session *session);
/* Requests that came too late are answered; no more are taken. */
void rf_session_refuse(rf_session *session);

/* ---- session_news.c ---- */

/* What happened to plugins: done to the chain, told to the clients. Takes the list. */
void rf_session_take_news(rf_session *session, rf_session_news *news);
void rf_session_free_news(rf_session_news *news);
void rf_session_free_problems(rf_session *session);

/* ---- session_output.c ---- */

/* Reads what the program wrote, up to a bound. False: there is more. */
bool rf_session_read_program(rf_session *session);
rf_output_sink rf_session_output_sink(rf_session *session);
/* A marker in the recording, if there is one. */
void rf_session_mark(rf_session *session, const char *format, ...) RF_PRINTF(2, 3);
/* Sends what draws nothing to all clients: a bell, a notification, the clipboard. */
void rf_session_pass(rf_session *session, rf_slice bytes);
/* The directory as the shell told it, else as the system does now, in `room`; "" when it is not known. */
rf_slice rf_session_directory(const rf_session *session, char room[RF_TEXT_BYTES]);
/* Where the cursor is now, for a mark of the shell; the directory may be in `room`. */
rf_block_place rf_session_place(rf_session *session, char room[RF_TEXT_BYTES]);
/* Begins a recording; `path` NULL: one in the settings' folder. Errors: RF_EBUSY there is one; RF_EIO; RF_ENOMEM. */
RF_NODISCARD rf_code rf_session_record(rf_session *session, const char *path, int version, bool input, rf_error *reterr);
RF_NODISCARD rf_code rf_session_record_end(rf_session *session, rf_error *reterr);

/* ---- session_input.c ---- */

/* What somebody typed. `input`: the typist's. */
void rf_session_type(rf_session *session, rf_input *input, rf_slice bytes);
void rf_session_paste(rf_session *session, rf_slice text);

/* ---- session_client.c ---- */

/* Makes a client of the request's connection, and answers. */
void rf_session_attach(rf_session *session, rf_request *request);
/* What the client sent. False: it is gone, or was sent away. */
bool rf_session_read_client(rf_session *session, rf_client *client);
/* Takes it out; `why` NULL: it is gone already. */
void rf_session_detach(rf_session *session, size_t index, const char *why);
/* A frame with an event for all clients. */
void rf_session_tell(rf_session *session, rf_slice json);
/* The size that clients and requests wish for now: applied. */
void rf_session_fit(rf_session *session);

/* ---- session_draw.c ---- */

/* Draws for all clients that have caught up. */
void rf_session_draw(rf_session *session, uint64_t now_ns);
/* When drawing is due: now, later, or never (UINT64_MAX). */
uint64_t rf_session_draw_due(const rf_session *session);
/* Appends the event "status" for a client. */
void rf_session_status(rf_session *session, const rf_client *client, rf_buffer *out);

/* ---- session_host.c ---- */

/* The Host API's other side. */
void rf_session_host_init(rf_session *session);
void rf_session_host_done(rf_session *session);
/* Appends the palette as the member "commands":[…]. */
void rf_session_palette(const rf_session *session, rf_buffer *out);

/* ---- session_request.c ---- */

/* Does and answers it, or keeps it as a waiter. */
void rf_session_handle(rf_session *session, rf_request *request);

/* ---- session_wait.c ---- */

void rf_session_wait(rf_session *session, rf_request *request);
/* Looks whether waiters have what they wait for. `ended_block` NULL: none ended. */
void rf_session_check_waiters(rf_session *session, const rf_block *ended_block);
/* Those whose time is over, or who waited for quiet. Returns when to look next. */
uint64_t rf_session_waiters_due(rf_session *session, uint64_t now_ns);
/* All: the session has ended. */
void rf_session_end_waiters(rf_session *session);

/* ---- session_keep.c ---- */

/* Whether it ends with the daemon, and is to be known after that. */
bool rf_session_is_kept(rf_session *session);
/* Publishes what others may see, when it changed. */
void rf_session_publish(rf_session *session);
/* Writes the state file when it is behind and its time has come; `now_ns` UINT64_MAX: in any case. Returns when to come again. */
uint64_t rf_session_keep(rf_session *session, uint64_t now_ns);

#endif
