/* line_reader.h: bytes from a descriptor, cut into lines of bounded length. */
#ifndef RF_COMPONENTS_INPUTS_LINE_READER_H
#define RF_COMPONENTS_INPUTS_LINE_READER_H

#include "riffle/error.h"

#include <stdbool.h>

#define RF_LINE_BLOCK_BYTES ((size_t)64 << 10) /* one read(2) */

typedef struct rf_line_reader {
    rf_slice delimiter; /* "\n": then a carriage return before it goes too */
    size_t max_bytes;   /* of a line, its end not counted */
    char *data;         /* owned; what was read and not yet given out is start..end */
    size_t cap, start, end;
    size_t scanned;     /* bytes from `start` on that hold no delimiter */
    uint64_t line;      /* number of the line given out last, from 1 */
    uint64_t passed;    /* bytes of the source before `start` */
    uint64_t skip_from; /* the same of a line that is being skipped */
    bool ended;         /* the source has no more */
    bool skipping;      /* within a line that is too long */
} rf_line_reader;

typedef enum rf_line_next {
    RF_LINE,          /* a line */
    RF_LINE_TOO_LONG, /* a line was longer than allowed: it is passed over, its rest too */
    RF_LINE_NONE,     /* fill first */
    RF_LINE_END,      /* the source has ended and all its lines were given out */
} rf_line_next;

void rf_line_reader_init(rf_line_reader *reader, rf_slice delimiter, size_t max_bytes);
void rf_line_reader_done(rf_line_reader *reader);
/* Begins with a new source; keeps the memory. */
void rf_line_reader_restart(rf_line_reader *reader);

/* Bytes and lines before the first that was not given out or passed over whole: where one can begin another time. */
void rf_line_reader_place(const rf_line_reader *reader, uint64_t *ret_bytes, uint64_t *ret_line);

/* Reads once from `fd`, what there is up to a block. RF_EAGAIN: nothing now. Errors: RF_ENOMEM, RF_EIO. */
RF_NODISCARD rf_code rf_line_reader_fill(rf_line_reader *reader, int fd, rf_error *reterr);
/* Room for a block behind what is there, for those who fill it otherwise, and count `end` up; NULL: out of memory. */
char *rf_line_reader_room(rf_line_reader *reader) RF_NODISCARD;
/* As if these had been read from a descriptor. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_line_reader_put(rf_line_reader *reader, rf_slice bytes, rf_error *reterr);
/* Gives out the first bytes: for those who cut otherwise, and may keep in `scanned` how far they looked. */
void rf_line_reader_pass(rf_line_reader *reader, size_t bytes);
/* The next line: a view that the next fill ends. */
rf_line_next rf_line_reader_next(rf_line_reader *reader, rf_slice *ret_line);

#endif
