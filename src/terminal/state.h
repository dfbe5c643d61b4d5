/* state.h: what outlives the daemon: sessions' names, commands, folders and sizes, and their scrollback if wished, in SQLite. */
#ifndef RF_TERMINAL_STATE_H
#define RF_TERMINAL_STATE_H

#include "base/arena.h"
#include "riffle/error.h"

#include <stdbool.h>

typedef struct rf_state rf_state; /* any thread: one lock */

typedef struct rf_state_session {
    rf_slice name, command; /* command: a JSON array of its words; "" : the shell */
    rf_slice directory, title;
    int64_t created_ms, attached_ms; /* since 1970; attached_ms 0: never */
    int columns, rows;
    rf_slice layout;        /* JSON of the host's own; "" none */
} rf_state_session;

/* Opens or makes it (folder 0700, file 0600, WAL, synchronous NORMAL). A damaged file is set aside as PATH.damaged and begun anew; *ret_damaged says
 * so. One of a newer version is refused. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_state_open(const char *path, rf_state **ret_state, bool *ret_damaged, rf_error *reterr);
void rf_state_close(rf_state *state); /* NULL is fine */
/* New, or in place of the one of that name, whose scrollback stays. Errors: RF_EIO (also a full disk). */
RF_NODISCARD rf_code rf_state_put(rf_state *state, const rf_state_session *session, rf_error *reterr);
/* With its scrollback. No such session: RF_OK. A rename to a name that is taken puts it in that one's place. */
RF_NODISCARD rf_code rf_state_rename(rf_state *state, rf_slice from, rf_slice to, rf_error *reterr);
RF_NODISCARD rf_code rf_state_remove(rf_state *state, rf_slice name, rf_error *reterr);
/* All, by name, in the arena. */
RF_NODISCARD rf_code rf_state_list(rf_state *state, rf_arena *arena, rf_state_session **ret_sessions, size_t *ret_count, rf_error *reterr);

/* Scrollback: styled lines, appended in one transaction; at most `max_lines` are kept. Of a session that is not there nothing is. */
RF_NODISCARD rf_code rf_state_append_lines(rf_state *state, rf_slice name, const rf_slice *lines, size_t count, size_t max_lines,
                                           rf_error *reterr);
/* Oldest first, in the arena. */
RF_NODISCARD rf_code rf_state_lines(rf_state *state, rf_slice name, rf_arena *arena, rf_slice **ret_lines, size_t *ret_count,
                                    rf_error *reterr);

#endif
