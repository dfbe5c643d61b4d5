/* file_watch.h: files that may change while a program runs, and what they hold then. */
#ifndef RF_BASE_FILE_WATCH_H
#define RF_BASE_FILE_WATCH_H

#include "riffle/error.h"

#include <stdbool.h>
#include <stddef.h>

/* One file, or all that a pattern of the shell matches. Paths are views. */
typedef struct rf_watched_file {
    const char *path;
    bool is_pattern;
    bool changed; /* set by rf_file_watch_wait(): it is one of those */
} rf_watched_file;

/*
 * Compares contents, so that it does not matter how a file came to hold something else: written in place, replaced by a rename (its own, or
 * that of a folder or link on the way to it, as Kubernetes does), removed and put back. inotify says when to look; where it does not
 * work (network file systems, no watches left) a look a second does.
 */
typedef struct rf_file_watch rf_file_watch;

/* Notes what the files hold now, before somebody reads them. `files` is borrowed. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_file_watch_new(rf_watched_file *files, size_t count, rf_file_watch **ret_watch, rf_error *reterr);
/* NULL is fine. */
void rf_file_watch_free(rf_file_watch *watch);
/* Blocks until some file holds something else than at the last look, and nobody has written for a tenth of a second. False: it was woken.
 * A file that is not there holds nothing. Thread: one at a time. */
bool rf_file_watch_wait(rf_file_watch *watch);
/* Ends this wait and all to come. Any thread. */
void rf_file_watch_wake(rf_file_watch *watch);
/* What was seen at the last look is what is in use; at the beginning that is what rf_file_watch_new() saw. Thread: the waiting one. */
void rf_file_watch_keep(rf_file_watch *watch);
bool rf_file_watch_is_kept(const rf_file_watch *watch);

#endif
