/* sqlite_file.h: stored messages in a SQLite file: added and removed in transactions, read in order, saved from a damaged file. */
#ifndef RF_BUFFERS_SQLITE_FILE_H
#define RF_BUFFERS_SQLITE_FILE_H

#include "base/slice.h"
#include "riffle/error.h"

#include <sqlite3.h>

#define RF_SQLITE_PAGE_BYTES 16384u /* always: a file whose head is damaged is read all the same */

/* What stands in the blob of a row before the record: enough to find and prove it in a damaged file. */
typedef struct rf_stored_head {
    char magic[8];
    uint64_t id;
    uint64_t len; /* of the record behind this */
    uint64_t sum; /* over id, len and record */
} rf_stored_head;

void rf_stored_head_make(rf_stored_head *head, uint64_t id, rf_slice record);
/* The record in a row's blob; data NULL: it is damaged. */
rf_slice rf_stored_record(uint64_t id, rf_slice blob);

/* Zeroed is closed. No lock of its own. */
typedef struct rf_sqlite_file {
    const char *path; /* borrowed */
    sqlite3 *db;
    int lock_fd;      /* only while db is there */
    sqlite3_stmt *statements[8];
    int last;         /* SQLite's last error, without what makes it an extended code */
    bool synced;      /* commits wait for the disk */
    bool in_reading;
} rf_sqlite_file;

/* What was found at opening. */
typedef struct rf_sqlite_found {
    uint64_t count, bytes, last_id;
    bool salvaged;           /* the file was damaged: what could be read is in a new one */
    uint64_t salvaged_count;
    char kept_as[300];       /* where the damaged one is */
} rf_sqlite_found;

/* Opens or makes the file. Errors: RF_EIO, retriable unless the file is of a newer format; RF_ENOMEM. It is closed then. */
RF_NODISCARD rf_code rf_sqlite_file_open(rf_sqlite_file *file, const char *path, rf_sqlite_found *ret_found, rf_error *reterr);
/* Has the next opening salvage it, whatever it looks like. */
void rf_sqlite_file_suspect(const rf_sqlite_file *file);
void rf_sqlite_file_close(rf_sqlite_file *file);

/* All of these: retriable RF_EIO (ret_damaged: the file is), RF_ENOMEM. */
RF_NODISCARD rf_code rf_sqlite_file_begin(rf_sqlite_file *file, bool synced, rf_error *reterr);
RF_NODISCARD rf_code rf_sqlite_file_add(rf_sqlite_file *file, uint64_t id, rf_slice blob, rf_error *reterr);
RF_NODISCARD rf_code rf_sqlite_file_commit(rf_sqlite_file *file, rf_error *reterr);
void rf_sqlite_file_roll_back(rf_sqlite_file *file);
RF_NODISCARD rf_code rf_sqlite_file_remove(rf_sqlite_file *file, uint64_t first, uint64_t last, rf_error *reterr);
/* The next row after that id. RF_ENOTFOUND: there is none. The blob lives until the next call. rf_sqlite_file_read_end() when enough was read. */
RF_NODISCARD rf_code rf_sqlite_file_read(rf_sqlite_file *file, uint64_t after, uint64_t *ret_id, rf_slice *ret_blob, rf_error *reterr);
void rf_sqlite_file_read_end(rf_sqlite_file *file);
/* What the last error was about. */
bool rf_sqlite_file_is_damaged(const rf_sqlite_file *file);
bool rf_sqlite_file_is_full(const rf_sqlite_file *file);
/* Puts the journal into the file: gives back what that takes. */
void rf_sqlite_file_checkpoint(rf_sqlite_file *file);

/* sqlite_salvage.c: each whole record of the damaged file and its journal, once, newest pages first in doubt. `found` is called with
 * the row's blob; an error of it ends the walk. Errors: RF_EIO, RF_ENOMEM. */
typedef rf_code rf_salvage_found(void *arg, uint64_t id, rf_slice blob, rf_error *reterr);
RF_NODISCARD rf_code rf_sqlite_salvage(const char *path, rf_salvage_found *found, void *arg, rf_error *reterr);
/* The journal has whole frames behind a broken one: SQLite would leave them out without a word. */
bool rf_sqlite_journal_is_damaged(const char *path);

#endif
