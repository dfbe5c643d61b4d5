/* file_paths.h: messages to files whose paths they say themselves. */
#ifndef RF_COMPONENTS_OUTPUTS_FILE_PATHS_H
#define RF_COMPONENTS_OUTPUTS_FILE_PATHS_H

#include "components/outputs/sink.h"

#define RF_OPEN_FILES_MAX 16 /* kept open between messages */

/* Zeroed is ready. One thread at a time. */
typedef struct rf_file_paths {
    struct { char *path; int fd; uint64_t used; } open[RF_OPEN_FILES_MAX]; /* path NULL: free */
    uint64_t turn;
} rf_file_paths;

void rf_file_paths_done(rf_file_paths *paths);

/* Makes the directories before the last slash. Returns an errno. */
int rf_make_directories(rf_slice path);

/* Writes each message to the file that `path` says for it, by the sink's codec. One that has no path, or whose file cannot be written to, is
 * refused; what was half written is taken back. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_file_paths_write(rf_file_paths *paths, rf_dynamic *path, rf_sink *sink, rf_batch *batch, rf_error *reterr);

#endif
