/* result.h: what a run of `riffle bench` found, for reports and baselines. */
#ifndef RF_MEASURE_RESULT_H
#define RF_MEASURE_RESULT_H

#include "base/buffer.h"
#include "measure/compare.h"
#include "measure/sampler.h"

/* One benchmark's result. Everything lives in the run's arena. */
typedef struct rf_result_of_bench {
    const char *id;          /* rf_bench_id */
    rf_bench bench;          /* texts in the arena; open, work … are not looked at (results that were read have none) */
    rf_measurement measurement;
    rf_estimates estimates;
    rf_latency *latency;     /* NULL: not asked for */
    double latency_rate;     /* asked for, a second */
    double reached_rate;
    const char *failure;     /* why there is no figure: everything below `bench` is empty; NULL: there is one */
    /* Against the baseline, when there is one with this id. */
    bool compared;
    rf_comparison comparison;
    rf_estimates base;
    rf_samples base_samples;
    const char *versus;      /* what it was compared with: the baseline's name, or the other side's id */
    bool gate_failed;
} rf_result_of_bench;

typedef struct rf_bench_run {
    rf_arena *arena;         /* borrowed */
    rf_machine machine;
    const char *version;     /* RF_VERSION */
    const char *commit;      /* of the folder's git repository, short; "" when unknown */
    int64_t began_ms;        /* wall clock */
    rf_sampler_options options;
    rf_estimate_options estimate;
    RF_VEC(rf_result_of_bench) results; /* the heap's; rf_bench_run_done */
} rf_bench_run;

void rf_bench_run_done(rf_bench_run *run);
rf_result_of_bench *rf_bench_run_find(const rf_bench_run *run, const char *id); /* NULL: none */

/* ---- Texts that every report shares (format.c). At most 32 bytes with the NUL. ---- */

#define RF_FIGURE_MAX 32u
/* "48.7 ns", "3.95 us", "1.20 ms", "2.05 s": four digits at most. */
void rf_format_ns(double ns, char out[RF_FIGURE_MAX]);
/* "2.68 Mlines/s"; "" for no unit. */
void rf_format_throughput(double amount, rf_unit unit, double ns, char out[RF_FIGURE_MAX]);
/* "+4.3 %", "-0.2 %", "2.13x" from twice on. */
void rf_format_ratio(double ratio, char out[RF_FIGURE_MAX]);
void rf_format_count(double count, char out[RF_FIGURE_MAX]); /* "1.25 M" */
void rf_format_bytes(double bytes, char out[RF_FIGURE_MAX]); /* "270 KiB" */

/* ---- Baselines (baseline.c): JSON that diffs well: sorted ids, a sample a line, no time of writing in the lines of results ---- */

/* Appends the run as a baseline. */
void rf_baseline_write(const rf_bench_run *run, rf_buffer *out);
/* Reads one; results and texts in `arena`. Errors: RF_EPARSE damaged, or of a newer format; RF_ENOMEM. `name` is for messages. */
RF_NODISCARD rf_code rf_baseline_read(rf_slice text, const char *name, rf_arena *arena, rf_bench_run *ret_run, rf_error *reterr);
/* DIR/NAME.json; written beside and renamed. Errors: RF_EIO; RF_ECONFIG a name that is none (letters, digits, . _ -); RF_ENOMEM. */
RF_NODISCARD rf_code rf_baseline_save(const rf_bench_run *run, const char *dir, const char *name, rf_error *reterr);
/* Errors: RF_ENOTFOUND, with the names that there are in the hint; else as above. */
RF_NODISCARD rf_code rf_baseline_load(const char *dir, const char *name, rf_arena *arena, rf_bench_run *ret_run, rf_error *reterr);

/* Appends a line for each result to DIR/history.jsonl: time, commit, version, machine's fingerprint, id, typical, low, high. */
RF_NODISCARD rf_code rf_history_append(const rf_bench_run *run, const char *dir, rf_error *reterr);
typedef struct rf_history_point { int64_t at_ms; const char *commit, *fingerprint, *id; double ns, low, high; } rf_history_point;
typedef struct rf_history { rf_history_point *points; size_t count; } rf_history; /* in the arena, in the order of the file */
/* A file that is not there is empty; a line that is damaged is left out. */
RF_NODISCARD rf_code rf_history_read(const char *dir, rf_arena *arena, rf_history *ret_history, rf_error *reterr);

/* Compares each result with the one of the same id in `base`. Not comparable (other machines): RF_EREFUSED unless `across`. */
RF_NODISCARD rf_code rf_compare_runs(rf_bench_run *run, const rf_bench_run *base, const char *name, const rf_compare_options *options,
                                     bool across, rf_error *reterr);
/* Sets gate_failed; how many fail. */
size_t rf_gate_runs(rf_bench_run *run, const rf_gate *gate);

/* ---- Reports: each appends to `out` ---- */

void rf_report_json(const rf_bench_run *run, rf_buffer *out);     /* report_json.c: everything but the samples */
void rf_report_csv(const rf_bench_run *run, rf_buffer *out);      /* report_csv.c: group,name,parameter,form,sample,iterations,ns,cpu_ns: raw */
void rf_report_markdown(const rf_bench_run *run, rf_buffer *out); /* report_markdown.c: machine, a table a group: figure, interval, target, original, ratio, grade */
/* report_html.c: one file that opens offline: density, slope, violins over parameters, history line, comparison. */
void rf_report_html(const rf_bench_run *run, const rf_history *history, rf_buffer *out);

/* report_terminal.c: lines as they come. `colour`: with escape sequences; `width`: columns. */
typedef struct rf_terminal_report {
    rf_buffer *out;
    bool colour, live;
    uint32_t width, lines;
    size_t done, total;
    uint64_t began_ns;
    const char *group, *name;
} rf_terminal_report;
void rf_report_begin(rf_terminal_report *report, const rf_bench_run *run);
/* The line at the bottom, drawn over itself: name, phase, estimate so far, a bar and the time that is left. Only when `live`. */
void rf_report_progress(rf_terminal_report *report, const rf_bench *bench, rf_phase_of_bench phase, double done, double ns);
/* Takes that line away, and writes the result in its tree. */
void rf_report_result(rf_terminal_report *report, const rf_result_of_bench *result);
/* Counts, failures, what is slower, what the noise was; how many gates failed. */
void rf_report_end(rf_terminal_report *report, const rf_bench_run *run);

#endif
