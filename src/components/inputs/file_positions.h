/* file_positions.h: how far files were delivered, kept in a file of its own, so that the next run goes on there. */
#ifndef RF_COMPONENTS_INPUTS_FILE_POSITIONS_H
#define RF_COMPONENTS_INPUTS_FILE_POSITIONS_H

#include "base/vec.h"
#include "riffle/error.h"

#include <stdbool.h>

/* A place within a file. */
typedef struct rf_file_place {
    uint64_t bytes; /* before it */
    uint64_t line;  /* lines before it */
    uint64_t check; /* of what stands before it: rf_file_check() */
} rf_file_place;

typedef struct rf_file_id { uint64_t device, inode; } rf_file_id;

typedef struct rf_file_entry {
    char *path; /* owned; as it was last called */
    rf_file_id id;
    rf_file_place place;
} rf_file_entry;

/*
 * The positions of many files. On disk it is a log: a record a change, which counts when it is whole, so that a kill at any instant
 * leaves the last one or the one before; it is written anew, and put in place by a rename, when it has grown.
 * Zeroed is closed. One thread at a time.
 */
typedef struct rf_positions {
    const char *path; /* the user's; NULL: closed */
    int fd;
    RF_VEC(rf_file_entry) entries;
    size_t log_bytes, fresh_bytes; /* of the log now, and when it was written anew */
    bool torn;                     /* the last record may be half there */
} rf_positions;

/* Opens the log, or makes it, and keeps others from it. Errors: RF_EBUSY (retriable) another process has it; RF_ECONFIG it is something
 * else; RF_EIO; RF_ENOMEM. */
RF_NODISCARD rf_code rf_positions_open(rf_positions *positions, const char *path, rf_error *reterr);
void rf_positions_close(rf_positions *positions);

/* What is known of the file: under this name, or under another before it was renamed. NULL: nothing. Until the next rf_positions_put. */
const rf_file_place *rf_positions_find(rf_positions *positions, const char *path, rf_file_id id);
/* Everything before `place` was delivered. On an error what was known before counts for the next run; one later may put it right. */
RF_NODISCARD rf_code rf_positions_put(rf_positions *positions, const char *path, rf_file_id id, const rf_file_place *place,
                                      rf_error *reterr);
/* Forgets files that are not there any more under their name: after all that might be called otherwise now were found. */
RF_NODISCARD rf_code rf_positions_forget_gone(rf_positions *positions, rf_error *reterr);

/* A sum over the first bytes of a file and over those before `bytes`: whether what was read is still what stands there. */
uint64_t rf_file_check(int fd, uint64_t bytes);

#endif
