/* term.h: what the parts of `riffle term` share: their words, the connection to the daemon, tables. */
#ifndef RF_CLI_TERM_H
#define RF_CLI_TERM_H

#include "cli/command.h"
#include "terminal/connect.h"

extern const rf_command rf_term_part_new, rf_term_part_attach, rf_term_part_list, rf_term_part_kill, rf_term_part_rename, rf_term_part_send,
    rf_term_part_capture, rf_term_part_wait, rf_term_part_blocks, rf_term_part_events, rf_term_part_record, rf_term_part_play,
    rf_term_part_cut, rf_term_part_shell, rf_term_part_plugins, rf_term_part_run, rf_term_part_settings, rf_term_part_protocol,
    rf_term_part_socket, rf_term_part_stop, rf_term_part_daemon;

/* A command's words and its connection. Zeroed, then rf_cli_term_parse(); everything lives until rf_cli_term_done(). */
typedef struct rf_cli_term {
    const rf_command *part;
    rf_arena arena;
    const char **words; /* behind the options; views of argv */
    size_t word_count;
    const char *socket; /* once connected */
    rf_term_conn conn;
    rf_buffer params;   /* of the next request (terminal/params.h) */
    rf_value result;    /* of the last */
    rf_error error;
} rf_cli_term;

/* Takes one option; false after complaining. `options` is the command's own. */
typedef bool rf_cli_term_take(rf_cli_term *term, void *options, const char *name, const char *value);
/* Reads the arguments: options by `take` (NULL: there are none), `least` to `most` words. False after complaining: RF_EXIT_USAGE. */
bool rf_cli_term_parse(rf_cli_term *term, const rf_command *part, int argc, char **argv, rf_cli_term_take *take, void *options,
                       size_t least, size_t most);
void rf_cli_term_done(rf_cli_term *term);

/* Connects; the daemon is started when it does not run. Errors go to term->error. */
RF_NODISCARD rf_code rf_cli_term_connect(rf_cli_term *term, unsigned flags);
/* One request with term->params, which are empty then; connects at first. The answer is in term->result, an error in term->error. */
RF_NODISCARD rf_code rf_cli_term_call(rf_cli_term *term, const char *method);
/* Shows term->error and returns the exit status that fits. */
int rf_cli_term_fail(const rf_cli_term *term);
/* The same for a call that ended with that code: done, or failed. */
int rf_cli_term_status(const rf_cli_term *term, rf_code code);
/* Writes the text to standard output; returns the exit status. Frees the buffer's content. */
int rf_cli_term_print(rf_cli_term *term, rf_buffer *out);
/* A value as one line of JSON there. */
int rf_cli_term_print_json(rf_cli_term *term, const rf_value *value);

/* A number of that option's value, within bounds; false after complaining. */
bool rf_cli_term_number(const rf_cli_term *term, const char *option, const char *value, int64_t least, int64_t most, int64_t *ret_number);
/* "2s" in milliseconds; false after complaining. */
bool rf_cli_term_time(const rf_cli_term *term, const char *option, const char *value, int64_t *ret_ms);

/* Appends a text without control characters, cut and padded to the columns, and a blank. */
void rf_cli_term_cell(rf_buffer *out, rf_slice text, size_t columns);
/* The same for the last of a row: only cleaned. */
void rf_cli_term_last_cell(rf_buffer *out, rf_slice text);
/* A time as the daemon tells it (RFC 3339, or milliseconds since 1970; null: none), in the local time zone; "-" for none. In the arena. */
rf_slice rf_cli_term_when(rf_cli_term *term, const rf_value *map, const char *name);

/* Attaches to a session and says how it ended; `term` is connected. Returns the exit status. (term_attach.c) */
typedef struct rf_cli_term_attach { bool read_only, no_status; const char *size, *detach_key; } rf_cli_term_attach;
int rf_cli_term_attach_to(rf_cli_term *term, const char *session, const rf_cli_term_attach *options);
/* Whether this terminal is within that very session; complains then. */
bool rf_cli_term_is_within(const char *session);

#endif
