/* report_terminal.c: results as they come: a tree of group, name and what is under it, its figures in columns. */
#include "measure/report_terminal.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

/* Columns of the parts that every line has; what is longer pushes the rest. */
enum { LABEL_COLUMNS = 28, FIGURE_COLUMNS = 9, INTERVAL_COLUMNS = 15, THROUGHPUT_COLUMNS = 15, GAP = 2 };

/* Outliers are told from this share of the samples on. */
#define MANY_OUTLIERS 0.10

/* ---- Styles ---- */

void rf_terminal_styled(rf_terminal_report *report, rf_style style, rf_slice text) {
    static const char *const codes[] = {
        [RF_STYLE_PLAIN] = "", [RF_STYLE_BOLD] = "1", [RF_STYLE_DIM] = "2", [RF_STYLE_RED] = "31",
        [RF_STYLE_GREEN] = "32", [RF_STYLE_YELLOW] = "33", [RF_STYLE_HEADING] = "1;36",
    };
    bool is_set_off = report->colour && style != RF_STYLE_PLAIN && text.len;
    if (is_set_off)
        rf_buffer_printf(report->out, "\x1b[%sm", codes[style]);
    rf_buffer_slice(report->out, text);
    if (is_set_off)
        rf_buffer_text(report->out, "\x1b[0m");
}

rf_style rf_terminal_change_style(rf_change change) {
    switch (change) {
    case RF_CHANGE_FASTER: return RF_STYLE_GREEN;
    case RF_CHANGE_SLOWER: return RF_STYLE_RED;
    case RF_CHANGE_UNCLEAR: return RF_STYLE_YELLOW;
    case RF_CHANGE_NONE: return RF_STYLE_DIM;
    }
    return RF_STYLE_PLAIN;
}

void rf_terminal_change_text(const rf_comparison *comparison, rf_buffer *out) {
    char ratio[RF_FIGURE_MAX], low[RF_FIGURE_MAX], high[RF_FIGURE_MAX];
    rf_format_ratio(comparison->ratio.point, ratio);
    rf_buffer_printf(out, "%s %s", ratio, rf_text_change(comparison->change));
    if (comparison->change == RF_CHANGE_NONE || !isfinite(comparison->ratio.low) || !isfinite(comparison->ratio.high))
        return;
    rf_format_ratio(comparison->ratio.low, low);
    rf_format_ratio(comparison->ratio.high, high);
    rf_buffer_printf(out, " [%s %s]", low, high);
}

/* ---- A line of columns ---- */

typedef struct line {
    rf_terminal_report *report;
    rf_buffer text; /* scratch for one piece */
    size_t column;
} line;

static void blanks(line *to, size_t count) {
    for (size_t i = 0; i < count; i++)
        rf_buffer_char(to->report->out, ' ');
    to->column += count;
}

/* Sets the piece that `text` holds, and empties it. In at least `columns`: from the right end when positive, from the left when negative. */
static void put(line *to, rf_style style, int columns) {
    rf_slice text = rf_buffer_view(&to->text);
    size_t len = rf_utf8_length(text), room = (size_t)(columns < 0 ? -columns : columns);
    size_t all = len > room ? len : room;
    if (to->report->width && to->column > LABEL_COLUMNS && to->column + GAP + all > to->report->width) {
        rf_buffer_char(to->report->out, '\n');
        to->column = 0;
        blanks(to, LABEL_COLUMNS);
    }
    blanks(to, GAP + (columns > 0 ? all - len : 0));
    rf_terminal_styled(to->report, style, text);
    to->column += len;
    if (columns < 0)
        blanks(to, all - len);
    to->report->out->failed |= to->text.failed; /* seen once, by who writes it out */
    rf_buffer_clear(&to->text);
}

/* ---- The parts ---- */

static void put_figure(line *to, const rf_result_of_bench *result) {
    char figure[RF_FIGURE_MAX], interval[RF_INTERVAL_MAX], throughput[RF_FIGURE_MAX] = "";
    const rf_interval *typical = rf_text_typical(result);
    rf_format_ns(typical->point, figure);
    rf_text_interval(typical, interval);
    if (result->bench.amount > 0)
        rf_format_throughput(result->bench.amount, result->bench.unit, typical->point, throughput);
    rf_buffer_text(&to->text, figure);
    put(to, RF_STYLE_BOLD, FIGURE_COLUMNS);
    rf_buffer_text(&to->text, interval);
    put(to, RF_STYLE_DIM, -INTERVAL_COLUMNS);
    rf_buffer_text(&to->text, throughput);
    put(to, RF_STYLE_PLAIN, THROUGHPUT_COLUMNS);
}

static void put_grade(line *to, const rf_noise *noise) {
    static const rf_style styles[] = { RF_STYLE_DIM, RF_STYLE_PLAIN, RF_STYLE_YELLOW, RF_STYLE_RED };
    bool is_known = noise->grade >= 'A' && noise->grade <= 'D';
    rf_buffer_char(&to->text, is_known ? noise->grade : '?');
    put(to, is_known ? styles[noise->grade - 'A'] : RF_STYLE_DIM, 0);
}

static void put_reason(line *to, const rf_noise *noise) {
    if ((noise->grade != 'C' && noise->grade != 'D') || !noise->reason[0])
        return;
    rf_buffer_printf(&to->text, "%c: ", noise->grade);
    rf_text_clean(&to->text, noise->reason);
    put(to, RF_STYLE_DIM, 0);
}

static void put_change(line *to, const rf_result_of_bench *result) {
    if (result->compared) {
        rf_terminal_change_text(&result->comparison, &to->text);
        put(to, rf_terminal_change_style(result->comparison.change), 0);
    }
    if (result->gate_failed) {
        rf_buffer_text(&to->text, "gate failed");
        put(to, RF_STYLE_RED, 0);
    }
}

static void put_target(line *to, const rf_result_of_bench *result) {
    char figure[RF_FIGURE_MAX];
    if (!(result->bench.target_ns > 0))
        return;
    bool is_met = rf_text_typical(result)->point <= result->bench.target_ns;
    rf_format_ns(result->bench.target_ns, figure);
    rf_buffer_printf(&to->text, "%s target %s", is_met ? "✓" : "✗", figure);
    put(to, is_met ? RF_STYLE_GREEN : RF_STYLE_RED, 0);
}

static void put_outliers(line *to, const rf_result_of_bench *result) {
    const rf_outliers *found = &result->estimates.outliers;
    uint32_t severe = found->low_severe + found->high_severe, all = severe + found->low_mild + found->high_mild;
    if (result->measurement.count == 0 || (double)all / (double)result->measurement.count < MANY_OUTLIERS)
        return;
    rf_buffer_printf(&to->text, "%" PRIu32 " of %zu outliers", all, result->measurement.count);
    if (severe)
        rf_buffer_printf(&to->text, ", %" PRIu32 " severe", severe);
    put(to, RF_STYLE_YELLOW, 0);
}

static void put_allocations(line *to, const rf_measurement *measurement) {
    char figure[RF_FIGURE_MAX];
    if (!(measurement->allocations >= 0.005)) /* what comes once a sample is not of an iteration */
        return;
    rf_format_count(measurement->allocations, figure);
    rf_buffer_printf(&to->text, "%s allocations", figure);
    put(to, RF_STYLE_DIM, 0);
}

/* A line of its own. */
static void put_latency(line *to, const rf_result_of_bench *result) {
    static const struct { const char *name; double at; } quantiles[] = { { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99.9", 0.999 } };
    char figure[RF_FIGURE_MAX];
    if (!result->latency || result->latency->total == 0)
        return;
    rf_buffer_char(to->report->out, '\n');
    to->column = 0;
    blanks(to, LABEL_COLUMNS);
    rf_format_count(result->latency_rate, figure);
    rf_buffer_printf(&to->text, "at %s a second:", figure);
    put(to, RF_STYLE_DIM, 0);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        rf_format_ns((double)rf_latency_quantile(result->latency, quantiles[i].at), figure);
        rf_buffer_printf(&to->text, "%s %s", quantiles[i].name, figure);
        put(to, RF_STYLE_PLAIN, 0);
    }
    rf_format_ns((double)result->latency->maximum, figure);
    rf_buffer_printf(&to->text, "worst %s", figure);
    put(to, RF_STYLE_PLAIN, 0);
    if (result->reached_rate < result->latency_rate * 0.99) {
        rf_format_count(result->reached_rate, figure);
        rf_buffer_printf(&to->text, "only %s a second were reached", figure);
        put(to, RF_STYLE_YELLOW, 0);
    }
}

/* ---- The tree ---- */

static bool is_same(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

static void text_line(line *to, rf_style style, const char *before, const char *text) {
    rf_buffer_text(to->report->out, before);
    rf_text_clean(&to->text, text);
    rf_terminal_styled(to->report, style, rf_buffer_view(&to->text));
    rf_buffer_char(to->report->out, '\n');
    to->report->out->failed |= to->text.failed;
    rf_buffer_clear(&to->text);
}

/* Group and name, where they are others than before, and the label of this line. */
static void begin_line(line *to, const rf_bench *bench) {
    rf_terminal_report *report = to->report;
    bool has_leaf = bench->parameter || bench->form;
    if (!is_same(report->group, bench->group)) {
        text_line(to, RF_STYLE_HEADING, "\n", bench->group);
        report->name = NULL;
    }
    if (has_leaf && !is_same(report->name, bench->name))
        text_line(to, RF_STYLE_PLAIN, "  ", bench->name);
    report->group = bench->group;
    report->name = has_leaf ? bench->name : NULL;
    rf_buffer_text(&to->text, has_leaf ? "    " : "  ");
    if (has_leaf)
        rf_text_leaf(bench, &to->text);
    else
        rf_text_clean(&to->text, bench->name);
    rf_slice label = rf_buffer_view(&to->text);
    rf_buffer_slice(report->out, label);
    to->column = rf_utf8_length(label);
    rf_buffer_clear(&to->text);
    blanks(to, to->column < LABEL_COLUMNS ? LABEL_COLUMNS - to->column : 0);
}

void rf_report_result(rf_terminal_report *report, const rf_result_of_bench *result) {
    assert(report && report->out && result && result->bench.group && result->bench.name);
    rf_terminal_erase(report);
    report->done++;
    line to = { .report = report };
    begin_line(&to, &result->bench);
    if (!rf_text_has_figure(result)) {
        rf_buffer_text(&to.text, "failed: ");
        rf_text_clean(&to.text, result->failure ? result->failure : "no figure");
        put(&to, RF_STYLE_RED, 0);
    } else {
        put_figure(&to, result);
        put_grade(&to, &result->measurement.noise);
        put_change(&to, result);
        put_target(&to, result);
        put_outliers(&to, result);
        put_allocations(&to, &result->measurement);
        put_reason(&to, &result->measurement.noise);
        put_latency(&to, result);
    }
    rf_buffer_char(report->out, '\n');
    rf_buffer_done(&to.text);
}

/* ---- The beginning ---- */

void rf_report_begin(rf_terminal_report *report, const rf_bench_run *run) {
    assert(report && report->out && run);
    report->lines = 0;
    report->done = 0;
    report->group = report->name = NULL;
    report->began_ns = rf_clock_mono_ns();
    rf_buffer *out = report->out;
    rf_buffer_text(out, "riffle ");
    rf_text_clean(out, run->version);
    if (run->commit && *run->commit) {
        rf_buffer_text(out, " (");
        rf_text_clean(out, run->commit);
        rf_buffer_char(out, ')');
    }
    if (report->total)
        rf_buffer_printf(out, ": %zu benchmark%s", report->total, report->total == 1 ? "" : "s");
    rf_buffer_char(out, '\n');
    rf_text_machine(&run->machine, out);
    rf_buffer_char(out, '\n');
    rf_text_options(run, out);
    rf_buffer_char(out, '\n');
}
