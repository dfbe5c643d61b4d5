/* settings_table.c: every setting of the terminal host: name, default, bounds and what it does. */
#include "terminal/settings.h"

#define MB_MOST 1048576

#define FLAG(name, member, standard, doc) { name, "true or false", standard, doc, RF_SETTING_FLAG, offsetof(rf_settings, member), 0, 0, { NULL } }
#define NUMBER(name, member, standard, least, most, doc) \
    { name, "a whole number", standard, doc, RF_SETTING_NUMBER, offsetof(rf_settings, member), least, most, { NULL } }
#define TEXT(name, member, standard, doc) { name, "a text", standard, doc, RF_SETTING_TEXT, offsetof(rf_settings, member), 0, 0, { NULL } }
#define CHOICE(name, member, standard, doc, ...) \
    { name, "one of", standard, doc, RF_SETTING_CHOICE, offsetof(rf_settings, member), 0, 0, { __VA_ARGS__, NULL } }
#define KEYS(name, member, standard, doc) { name, "one or two keys", standard, doc, RF_SETTING_KEYS, offsetof(rf_settings, member), 0, 0, { NULL } }
#define ADDRESS(name, member, standard, doc) { name, "an address", standard, doc, RF_SETTING_ADDRESS, offsetof(rf_settings, member), 0, 0, { NULL } }

const rf_setting rf_setting_rows[] = {
    TEXT("shell", shell, "\"\"",
         "The program that a session runs when none is named. Empty: what SHELL says, else the user's shell from the password file, "
         "else /bin/sh."),
    FLAG("login", login, "false", "Starts the shell as a login shell."),
    TEXT("term", term, "\"xterm-256color\"", "What TERM is for programs in a session."),
    NUMBER("scrollback_lines", scrollback_lines, "10000", 0, 10000000, "Lines that a session keeps above its screen."),
    NUMBER("scrollback_mb", scrollback_mb, "64", 1, 65536,
           "The most memory, in MiB, that one session's scrollback takes; the oldest lines go."),
    FLAG("keep_scrollback", keep_scrollback, "false",
         "Keeps the scrollback in the state file, so that it is there again after a restart of the machine."),
    FLAG("status_line", status_line, "true", "Shows a status line at the bottom of an attached terminal."),
    CHOICE("size", size, "\"lead\"",
           "What an attached terminal's size does to the session: `lead`, it takes it when somebody types there; `limit`, it never gets "
           "larger "
           "than that; `ignore`, nothing.",
           "lead", "limit", "ignore"),
    FLAG("clipboard", clipboard, "true", "Lets programs set the clipboard of attached terminals (OSC 52)."),
    ADDRESS("http", http, "\"\"",
            "Where the daemon serves health, metrics and plugins' state by HTTP, such as `127.0.0.1:4196`. Empty: nowhere."),
    FLAG("debug_endpoints", debug_endpoints, "false", "Serves profiles of the daemon there, too."),
    FLAG("reload", reload, "true", "Takes a plugin over as soon as its file is saved."),
    FLAG("require_signature", require_signature, "false", "Runs only plugins that somebody signed whose key is in the trust list."),
    KEYS("keys.detach", key_detach, "\"ctrl-\\\\ d\"", "Detaches this terminal; the session goes on."),
    KEYS("keys.palette", key_palette, "\"ctrl-\\\\ p\"", "Opens the palette of commands."),
    KEYS("keys.scroll", key_scroll, "\"ctrl-\\\\ [\"", "Looks through the scrollback."),
    FLAG("recording.all", record, "false", "Records every session from its beginning."),
    FLAG("recording.input", record_input, "false", "Records what is typed, too: passwords among it."),
    TEXT("recording.dir", record_dir, "\"\"",
         "The folder of recordings. Empty: riffle/recordings in XDG_STATE_HOME, which is ~/.local/state when it is not set."),
    NUMBER("recording.version", record_version, "2", 2, 3,
           "The version of asciicast: 2 is read by all players, 3 by asciinema from 3.0 on."),
    NUMBER("recording.max_mb", record_mb, "1024", 1, MB_MOST, "The largest size of one recording, in MiB; it ends there."),
    { .name = NULL },
};
