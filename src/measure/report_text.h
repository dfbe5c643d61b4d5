/* report_text.h: figures and names as the reports in plain text write them (terminal, Markdown, JSON, CSV). */
#ifndef RF_MEASURE_REPORT_TEXT_H
#define RF_MEASURE_REPORT_TEXT_H

#include "measure/result.h"

/* True: there is a figure to show. */
bool rf_text_has_figure(const rf_result_of_bench *result);
/* The one figure to name. */
const rf_interval *rf_text_typical(const rf_result_of_bench *result);
/* "unchanged", "faster", "slower", "unclear". */
const char *rf_text_change(rf_change change);

#define RF_INTERVAL_MAX 72u
/* "[48.2 49.3]", in the unit and with the decimals that rf_format_ns gives the point. */
void rf_text_interval(const rf_interval *interval, char out[RF_INTERVAL_MAX]);
/* "0.8 s", "45 s", "1m 20s", "2h 05m" */
void rf_text_duration(uint64_t ns, char out[RF_FIGURE_MAX]);

/* "5:fsx": what is behind the name; empty when there is nothing. */
void rf_text_leaf(const rf_bench *bench, rf_buffer *out);
/* Control characters (an escape sequence out of somebody's file, say) and what is not UTF-8 as '?'. NULL is nothing. */
void rf_text_clean(rf_buffer *out, const char *text);
/* "AMD EPYC, 2 cores, 3.9 GiB, Linux 6.1.0, kvm; governor unknown, turbo unknown, not pinned" */
void rf_text_machine(const rf_machine *machine, rf_buffer *out);
/* "100 samples in 5.00 s each, warmed up for at most 3.00 s, 95 % intervals from 100000 resamples" */
void rf_text_options(const rf_bench_run *run, rf_buffer *out);
/* What the run as a whole was disturbed by: "steal 0.3 %, others used 4 % of the processors; trust: 40 A, 3 C". Empty without a figure. */
void rf_text_noise(const rf_bench_run *run, rf_buffer *out);

#endif
