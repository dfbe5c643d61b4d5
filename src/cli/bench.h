/* bench.h: what the files of `riffle bench` share: its options, and the run that they fill. */
#ifndef RF_CLI_BENCH_H
#define RF_CLI_BENCH_H

#include "cli/command.h"
#include "groups/groups.h"
#include "measure/process.h"
#include "measure/result.h"

extern const rf_command rf_bench_part_diff;

#define RF_CLI_BENCH_WORDS 64
#define RF_CLI_BENCH_DIR ".riffle-bench"
#define RF_CLI_BENCH_BASELINES 2

/* The command line, after checking. Texts are argv's. */
typedef struct rf_cli_bench {
    const char *words[RF_CLI_BENCH_WORDS + 1]; /* patterns; NULL behind the last */
    size_t word_count;
    const char *file;      /* a config or a plugin: NULL, the groups are run */
    const char *input;     /* recorded messages or events; NULL: none */
    const char *cmd, *vs;  /* programs */
    const char *save, *baseline, *dir;
    const char *fail_on;
    const char *html, *json, *csv, *markdown; /* files; "-": standard output */
    bool list, quick, plain, across;
    uint32_t runs;         /* of programs; 0: 20, or 10 with --quick */
    uint32_t self;         /* comparisons of each with itself; 0: not asked for */
    double rate;           /* a second; 0: no latency */
    int32_t pin;           /* CPU; -1: as it is */
    rf_sampler_options sampler;
    rf_estimate_options estimate;
    rf_compare_options compare;
} rf_cli_bench;

/* False after complaining, or after showing the help: *ret_status is what to end with. (bench_options.c) */
bool rf_cli_bench_parse(rf_cli_bench *bench, const rf_command *command, int argc, char **argv, int *ret_status);
extern const rf_cli_option rf_cli_bench_options[], rf_cli_bench_diff_options[];

/* A run that is going on: results, what they are shown by, and SIGINT. (bench_run.c) */
typedef struct rf_cli_bench_run {
    const rf_cli_bench *bench;
    rf_arena arena;
    rf_bench_run run;
    rf_terminal_report report;
    rf_buffer shown;           /* what the report has made and nobody has got yet */
    int shown_to;              /* standard output, or standard error when a report goes there */
    rf_gate *gate;             /* NULL: none */
    rf_bench_run base;         /* the baseline; empty without one */
} rf_cli_bench_run;

/* Describes machine and sources, parses the gate, reads the baseline: before anything is measured, which takes minutes. To be closed in any
 * case. Errors: RF_EPARSE the gate, which is shown; RF_ECONFIG it asks for a comparison that there is not; those of rf_cli_bench_baseline(). */
RF_NODISCARD rf_code rf_cli_bench_open(rf_cli_bench_run *run, const rf_cli_bench *bench, rf_error *reterr);
void rf_cli_bench_close(rf_cli_bench_run *run);
/* Measures every one that the filter takes, in order; one that fails is a result too. Errors: RF_ECLOSED interrupted, RF_ENOMEM. */
RF_NODISCARD rf_code rf_cli_bench_measure(rf_cli_bench_run *run, const rf_benches *list, const rf_filter *filter, rf_error *reterr);
/* --cmd, alone or with --vs. (bench_cmd.c) */
RF_NODISCARD rf_code rf_cli_bench_programs(rf_cli_bench_run *run, rf_error *reterr);
/* --self-check: each compared with itself; *ret_alarms of *ret_comparisons were taken for a change. (bench_self.c) */
RF_NODISCARD rf_code rf_cli_bench_self(rf_cli_bench_run *run, const rf_benches *list, const rf_filter *filter, size_t *ret_comparisons,
                                       size_t *ret_alarms, rf_error *reterr);
/* Adds a result and shows it. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_cli_bench_add(rf_cli_bench_run *run, const rf_result_of_bench *result, rf_error *reterr);
/* Writes what the report has made. */
void rf_cli_bench_show(rf_cli_bench_run *run);
/* Set by SIGINT and SIGTERM. */
const _Atomic bool *rf_cli_bench_stop(void);

/* A baseline by its name in the folder, or by its file (has a slash, or ends in .json); all in the arena. Errors: RF_ENOTFOUND, RF_EIO,
 * RF_EPARSE, RF_ENOMEM. (bench_out.c) */
RF_NODISCARD rf_code rf_cli_bench_baseline(const char *dir, const char *name, rf_arena *arena, rf_bench_run *ret_run, rf_error *reterr);
/* Compares with the baseline, saves, writes the reports that were asked for, applies the gate. RF_EXIT_…; 1 when a gate fails or a
 * benchmark did. (bench_out.c) */
int rf_cli_bench_finish(rf_cli_bench_run *run, bool compared);
/* Shows the error, with `text` (NULL: none) that its place is in, and returns the exit status that fits. */
int rf_cli_bench_fail(const rf_error *error, const char *text);

#endif
