/* settings.h: term.toml: what the user wants of the terminal host; one table for reader, manual and `riffle term settings`. */
#ifndef RF_TERMINAL_SETTINGS_H
#define RF_TERMINAL_SETTINGS_H

#include "base/arena.h"
#include "base/source.h"
#include "message/value.h"
#include "riffle/error.h"

#include <stdbool.h>

/* One plugin that is to run: `[plugins.NAME]`. */
typedef struct rf_settings_plugin {
    rf_slice name;
    bool enabled;
    rf_slice grant[16]; /* capabilities */
    size_t grant_count;
    rf_value config;    /* RF_MAP: `config.KEY = …` */
} rf_settings_plugin;

typedef struct rf_settings {
    rf_arena arena;               /* everything below */
    rf_slice shell;               /* "": $SHELL, else the user's from the password file, else /bin/sh */
    bool login;                   /* starts the shell as a login shell */
    rf_slice term;                /* TERM for programs: "xterm-256color" */
    int64_t scrollback_lines;     /* 10000 */
    int64_t scrollback_mb;        /* 64: most memory a session's scrollback takes */
    bool keep_scrollback;         /* over restarts, in the state file: false */
    bool status_line;             /* true */
    rf_slice key_detach;          /* "ctrl-\\ d": one or two keys, parted by a blank */
    rf_slice key_palette;         /* "ctrl-\\ p" */
    rf_slice key_scroll;          /* "ctrl-\\ [" */
    rf_slice size;                /* a client's policy: "lead", "limit" or "ignore" */
    bool clipboard;               /* OSC 52 of programs reaches the clients' terminals: true */
    bool record;                  /* every session is recorded: false */
    bool record_input;            /* false */
    rf_slice record_dir;          /* "": $XDG_STATE_HOME/riffle/recordings */
    int64_t record_version;       /* 2 or 3: 2 */
    int64_t record_mb;            /* most of one file: 1024 */
    rf_slice http;                /* address of the HTTP service of the daemon ("127.0.0.1:4196"); "": none */
    bool debug_endpoints;         /* false */
    bool reload;                  /* plugins are taken over when saved: true */
    bool require_signature;       /* false */
    rf_settings_plugin *plugins;  /* sorted by name */
    size_t plugin_count;
} rf_settings;

typedef enum rf_setting_kind {
    RF_SETTING_FLAG, RF_SETTING_NUMBER, RF_SETTING_TEXT, RF_SETTING_CHOICE, RF_SETTING_KEYS, RF_SETTING_ADDRESS,
} rf_setting_kind;

/* One row of the table. In the file, keys stand under their section: "keys.detach" is `detach` under [keys]. */
typedef struct rf_setting {
    const char *name;
    const char *type;      /* in words */
    const char *standard;  /* as TOML has it */
    const char *doc;
    rf_setting_kind kind;
    size_t at;             /* of the member of rf_settings */
    int64_t least, most;   /* of a number */
    const char *choices[4]; /* NULL behind the last */
} rf_setting;
extern const rf_setting rf_setting_rows[]; /* in the order of a file; ends with a zeroed row */
#define RF_SETTING_SECTIONS { "keys", "recording", "plugins", NULL }

/* Where it is looked for: $RIFFLE_TERM_CONFIG, else riffle/term.toml in the XDG config home. In the arena. */
RF_NODISCARD rf_code rf_settings_path(rf_arena *arena, const char **ret_path, rf_error *reterr);
/* Reads it; a file that is not there gives the defaults. Errors: RF_EIO (also one that others may write, for it grants rights); RF_EPARSE;
 * RF_ECONFIG an unknown key ("did you mean"), a wrong type or
 * value, a key name that is no key: each with file, line, column; `findings` (may be NULL) gets all of them as people read them, with lines and carets.
 * After an error the settings are the defaults where nothing right was given, but for RF_ENOMEM: they hold what rf_settings_done() frees. */
RF_NODISCARD rf_code rf_settings_load(const char *path, rf_settings *ret_settings, rf_buffer *findings, rf_error *reterr);
void rf_settings_done(rf_settings *settings); /* zeroed is fine */
/* The same from a text; `source->name` is the file's. */
RF_NODISCARD rf_code rf_settings_read(const rf_source *source, rf_settings *ret_settings, rf_buffer *findings, rf_error *reterr);
/* A whole term.toml that says what holds without one, each setting with what it does. */
void rf_settings_example(rf_buffer *out);
/* docs/terminal/settings.md from the table. */
void rf_settings_manual(rf_buffer *out);

#endif
