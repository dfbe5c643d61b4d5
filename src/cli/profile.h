/* profile.h: what the files of `riffle profile` share. */
#ifndef RF_CLI_PROFILE_H
#define RF_CLI_PROFILE_H

#include "base/clock.h"
#include "cli/command.h"
#include "observe/profile.h"

/* The command line, after checking. Texts are argv's. */
typedef struct rf_cli_profile {
    const char *file;    /* a config or a plugin */
    const char *input;   /* recorded messages or events; NULL: the config's own input, the recording that is built in */
    uint64_t run_ns;     /* at most */
    uint32_t hz;
    const char *flame, *pprof, *folded; /* files to write; NULL: none */
    bool lines;
} rf_cli_profile;

/*
 * Runs the config's stream (profile_config.c), or the plugin over a recording (profile_plugin.c), while a profiler looks. `ret_profile` is to be
 * done with in any case. *ret_failed gets what went wrong in a run that gave a profile all the same (code RF_OK: nothing).
 * Errors: of the config (findings have been shown: the message is empty then), of the plugin, of the profiler; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_cli_profile_config(const rf_cli_profile *options, rf_profile *ret_profile, rf_error *ret_failed, rf_error *reterr);
RF_NODISCARD rf_code rf_cli_profile_plugin(const rf_cli_profile *options, rf_profile *ret_profile, rf_error *ret_failed, rf_error *reterr);

/* Appends where the time went: lines of scripts first, then native functions. Errors: RF_ENOMEM. (profile_report.c) */
RF_NODISCARD rf_code rf_cli_profile_report(const rf_profile *profile, const rf_symbols *symbols, const char *file, rf_buffer *out,
                                           rf_error *reterr);
/* Appends each script that was seen, with its times; a text that is not to be found is named. Errors: RF_ENOMEM. (profile_lines.c) */
RF_NODISCARD rf_code rf_cli_profile_lines(const rf_profile *profile, const char *file, bool colour, rf_buffer *out, rf_error *reterr);

#endif
