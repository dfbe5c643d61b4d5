/* cast.h: recordings of sessions: asciicast v2 and v3, written as they happen, read back, and cut. */
#ifndef RF_TERMINAL_CAST_H
#define RF_TERMINAL_CAST_H

#include "base/arena.h"
#include "base/buffer.h"
#include "riffle/error.h"

#include <stdbool.h>

/* ---- Writing ---- */

typedef struct rf_cast_writer rf_cast_writer; /* one thread */

typedef struct rf_cast_options {
    int version;          /* 2 or 3 */
    int columns, rows;
    int64_t started_s;    /* since 1970 */
    const char *title;    /* NULL: none */
    const char *command;  /* NULL: none */
    const char *term, *shell; /* for the header's environment; NULL: not told */
    size_t max_bytes;     /* of the file: at it the recording ends with a marker; 0: no bound */
} rf_cast_options;

/* Makes the file (0600; one that is there is an error) and writes the header. Errors: RF_EIO with the path; RF_ENOMEM. */
RF_NODISCARD rf_code rf_cast_create(const char *path, const rf_cast_options *options, rf_cast_writer **ret_writer, rf_error *reterr);
/* Events; `at_ns` is time since the beginning, which never goes back. Incomplete UTF-8 at the end of an output waits for its rest; bytes that are none
 * become U+FFFD. Written in blocks: flushed every second by rf_cast_flush(), and at the end. Errors are kept for rf_cast_close(). */
void rf_cast_output(rf_cast_writer *writer, uint64_t at_ns, rf_slice bytes);
void rf_cast_input(rf_cast_writer *writer, uint64_t at_ns, rf_slice bytes);
void rf_cast_resize(rf_cast_writer *writer, uint64_t at_ns, int columns, int rows);
void rf_cast_marker(rf_cast_writer *writer, uint64_t at_ns, rf_slice label);
/* The session's end; in v3 an "x" event. */
void rf_cast_exit(rf_cast_writer *writer, uint64_t at_ns, int exit_code);
void rf_cast_flush(rf_cast_writer *writer);
/* Whether something waits to be flushed. */
bool rf_cast_waits(const rf_cast_writer *writer);
/* Errors: RF_EIO the first that happened, with the path; the file holds what could be written. NULL is fine. */
rf_code rf_cast_close(rf_cast_writer *writer, rf_error *reterr);

/* ---- Reading ---- */

typedef struct rf_cast_reader rf_cast_reader;
typedef struct rf_cast_header { int version, columns, rows; int64_t started_s; rf_slice title, command; double idle_limit_s; /* 0: none */ } rf_cast_header;
typedef struct rf_cast_event { double at_s; char kind; /* o, i, r, m, x */ rf_slice text; } rf_cast_event;
/* The header's texts end in a NUL and live as long as the reader. v1 is refused with what to do.
 * Errors: RF_EIO; RF_EPARSE with file and line and what was expected. */
RF_NODISCARD rf_code rf_cast_open(const char *path, rf_cast_reader **ret_reader, rf_cast_header *ret_header, rf_error *reterr);
/* The next event, its text valid until the next call. RF_ECLOSED: the end. A last line that is cut off is the end. Unknown kinds are given too.
 * Errors: RF_EPARSE with its line. */
RF_NODISCARD rf_code rf_cast_next(rf_cast_reader *reader, rf_cast_event *ret_event, rf_error *reterr);
void rf_cast_reader_free(rf_cast_reader *reader); /* NULL is fine */

/* ---- Playing and cutting ---- */

typedef struct rf_cast_play { double speed; /* 2: twice as fast */ double idle_limit_s; /* 0: the file's own, else none */ double from_s; bool markers; /* pause at them */ } rf_cast_play;
/* Writes the outputs to the descriptor in their time; on a terminal: space pauses, `.` one step, `q` and Ctrl-C end it, `]` next marker; the terminal is
 * put back. Errors: as reading; RF_EIO. */
RF_NODISCARD rf_code rf_cast_play_file(const char *path, const rf_cast_play *play, int out_fd, rf_error *reterr);
/* A new file with what lies between two marker labels "block N" and "block N end" of a recording (rf_session writes them), with its own beginning of time.
 * Errors: RF_ENOTFOUND no such block in it; RF_EIO; RF_EPARSE. */
RF_NODISCARD rf_code rf_cast_cut_block(const char *path, uint64_t number, const char *to_path, rf_error *reterr);

#endif
