/* fusabi_golden.h: the recorded cases of Fusabi: reading one, running it, comparing. */
#ifndef RF_TESTS_FUSABI_GOLDEN_H
#define RF_TESTS_FUSABI_GOLDEN_H

#include "base/buffer.h"
#include "message/value.h"
#include "riffle/fusabi.h"

/* What a run came to, or should come to. Texts live in the arena of the case. */
typedef struct fusabi_outcome {
    int status;         /* 0, or 1 after an error */
    rf_slice printed;   /* standard output: what was printed, and the value's line */
    rf_slice complaint; /* recorded: standard error of the original */
} fusabi_outcome;

/* One file of a case: its script, or what the original compiled it to. */
typedef struct fusabi_case {
    rf_slice name;  /* "list_map.fsx", "list_map.fzb" */
    rf_slice bytes;
    fusabi_outcome expected;
    bool is_fzb;
    bool is_gap;    /* the original could not read it: its natural result and an error are both fine */
} fusabi_case;

/* The same, of ours. */
typedef struct fusabi_result {
    int status;
    rf_buffer printed;
    rf_error error;
    const char *phase; /* of the first finding that is an error; "": it failed while it ran */
} fusabi_result;

/* How to run. */
typedef struct fusabi_mode {
    bool stress; /* a collection at every point where one can be */
} fusabi_mode;

/* Reads NAME.fsx or NAME.fzb of the folder with what is expected of it, into `arena`. `ret_exists` false: the original made no
 * such file. Errors: RF_EIO, RF_EPARSE, RF_ENOMEM. */
RF_NODISCARD rf_code fusabi_case_read(rf_arena *arena, const char *folder, rf_slice name, bool is_fzb, fusabi_case *ret_case,
                                      bool *ret_exists, rf_error *reterr);
/* As `riffle exec` does. Errors of the script are in the result; what this returns is out of memory, or a mistake of ours. */
RF_NODISCARD rf_code fusabi_case_run(const fusabi_case *one, const fusabi_mode *mode, fusabi_result *ret_result, rf_error *reterr);
void fusabi_result_done(fusabi_result *result);
/* True when it is what the record says; else `why` tells. */
bool fusabi_case_compare(const fusabi_case *one, const fusabi_result *result, rf_buffer *why);

#endif
