/* files.h: the files that arguments mean: plain names, patterns, folders. */
#ifndef RF_CLI_FILES_H
#define RF_CLI_FILES_H

#include "riffle/error.h"

typedef struct rf_cli_files { char **paths; size_t count, cap; } rf_cli_files; /* zeroed is empty */

/* A folder (DIR, DIR/...) stands for all .yaml and .yml files below it, sorted; a pattern for what matches it; anything
 * else for itself. Errors: RF_ENOTFOUND nothing matches; RF_EIO; RF_ENOMEM. */
RF_NODISCARD rf_code rf_cli_files_add(rf_cli_files *files, const char *argument, rf_error *reterr);
void rf_cli_files_done(rf_cli_files *files);

#endif
