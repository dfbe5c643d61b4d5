/* process_run.h: one run of a whole program: started, waited for, its end judged. Inside of process.c. */
#ifndef RF_MEASURE_PROCESS_RUN_H
#define RF_MEASURE_PROCESS_RUN_H

#include "measure/process.h"

/* A command, ready to be started. */
typedef struct rf_process_command {
    const char *text; /* as the user wrote it, for messages */
    char **args;      /* ends with NULL; in the arena */
    bool is_shell;    /* args are sh -c TEXT */
} rf_process_command;

/* Errors: RF_ECONFIG nothing but blanks; RF_ENOMEM. */
RF_NODISCARD rf_code rf_process_command_make(const char *text, bool shell, rf_arena *arena, rf_process_command *ret_command,
                                             rf_error *reterr);

/*
 * Runs it once. `said`: a file that its standard error goes to and that is emptied first; negative: its output and errors go where ours do.
 * Errors: as rf_measure_processes(); the program is gone then, too.
 */
RF_NODISCARD rf_code rf_process_run(const rf_process_command *command, const rf_process_options *options, int said, rf_process_use *ret_use,
                                    rf_error *reterr);

/* The end of what the file holds, as one line of at most `room` bytes with the NUL: blanks for control characters, U+FFFD for what is not UTF-8. */
void rf_process_said(int said, char *ret_text, size_t room);

#endif
