/* case.h: a plugin's own tests, from NAME.test.toml: events in, verdicts and texts out. */
#ifndef RF_PLUGIN_CASE_H
#define RF_PLUGIN_CASE_H

#include "base/source.h"
#include "plugin/chain.h"

/* One event and what is expected of it. A text whose data is NULL was not given. */
typedef struct rf_case_step {
    size_t offset;          /* of the step in the file */
    const char *what;       /* its key: "output", "post_command" */
    rf_hook hook;
    rf_slice text;          /* of hooks with a text, of tick and remote_command */
    rf_pv args[RF_HOOK_ARGS_MAX];
    uint32_t arg_count;     /* of hooks whose answer is not looked at */
    rf_value message;       /* RF_MAP of payload and meta */
    bool has_verdict;
    rf_verdict verdict;
    rf_slice want_text, notified, sent, log, error;
    rf_value messages;      /* RF_LIST; RF_NULL: not given */
    rf_value status;        /* RF_MAP of id to text; RF_NULL: not given */
} rf_case_step;

typedef struct rf_case {
    rf_slice name;
    size_t offset;
    rf_value config;        /* RF_MAP; RF_NULL: not given */
    uint32_t grant;         /* capabilities */
    rf_value screen;        /* RF_LIST of RF_STRING; RF_NULL: the host has no screen */
    rf_value environment, facts; /* RF_MAP of RF_STRING; RF_NULL: empty. Facts by their short name: "directory" */
    rf_case_step *steps;
    uint32_t step_count;
} rf_case;

/* Everything lives in the arena it was read into; views into the source's text. */
typedef struct rf_case_file {
    rf_source source;
    rf_case *cases;
    uint32_t count;
} rf_case_file;

/* Reads a file of cases. Errors: RF_EPARSE, RF_ECONFIG with the place (unknown keys with "did you mean"); RF_ENOMEM. */
RF_NODISCARD rf_code rf_case_read(rf_arena *arena, const rf_source *source, rf_case_file *ret_file, rf_error *reterr);

typedef struct rf_case_counts { uint32_t passed, failed; } rf_case_counts;

/*
 * Runs the cases, each with a plugin, a chain, a store and a host of its own, and adds a line for each to `out`: "pass  NAME: CASE",
 * or "FAIL  …" with the place and, indented, what was expected and what came. A plugin that does not load fails its cases.
 * Errors: RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_case_run(const rf_case_file *file, const rf_plugin_file *plugin, const rf_plugin_shared *shared, rf_buffer *out,
                                 rf_case_counts *counts, rf_error *reterr);

#endif
