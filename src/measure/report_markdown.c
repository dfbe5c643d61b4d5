/* report_markdown.c: a table a group, as documents and merge requests show it. */
#include "base/slice.h"
#include "measure/report_text.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Within a cell or a line of text: nothing that Markdown or HTML would take for its own. */
static void prose(rf_buffer *out, const char *text) {
    for (; text && *text; text++) {
        if (strchr("\\|`*_[]<>#~", *text))
            rf_buffer_char(out, '\\');
        rf_buffer_char(out, (unsigned char)*text < 0x20 ? ' ' : *text);
    }
}

/* Within backquotes only those, and the table's bar, mean anything. */
static void code_text(rf_buffer *out, const char *text) {
    for (; text && *text; text++) {
        if (*text == '|')
            rf_buffer_char(out, '\\');
        rf_buffer_char(out, (unsigned char)*text < 0x20 ? ' ' : *text == '`' ? '\'' : *text);
    }
}

static void cell_of_name(rf_buffer *out, const rf_bench *bench) {
    rf_buffer_text(out, "| `");
    code_text(out, bench->name);
    if (bench->parameter) {
        rf_buffer_char(out, '/');
        code_text(out, bench->parameter);
    }
    rf_buffer_char(out, '`');
    if (bench->form) {
        rf_buffer_char(out, ' ');
        prose(out, bench->form);
    }
    rf_buffer_text(out, " |");
}

/* ---- Footnotes: what the original ran, where that was something else ---- */

static bool has_note(const rf_result_of_bench *result) {
    return result->bench.original_ns > 0 && result->bench.original && *result->bench.original;
}

/* Whether no result before this one has the same note. */
static bool is_first_note(const rf_bench_run *run, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (has_note(&run->results.items[i]) && strcmp(run->results.items[i].bench.original, run->results.items[at].bench.original) == 0)
            return false;
    return true;
}

/* Notes are numbered in the order of their first use. */
static size_t note_number(const rf_bench_run *run, const char *text) {
    size_t number = 0;
    for (size_t i = 0; i < run->results.count; i++) {
        if (!has_note(&run->results.items[i]) || !is_first_note(run, i))
            continue;
        number++;
        if (strcmp(run->results.items[i].bench.original, text) == 0)
            break;
    }
    return number;
}

static void notes(const rf_bench_run *run, rf_buffer *out) {
    size_t number = 0;
    for (size_t i = 0; i < run->results.count; i++) {
        if (!has_note(&run->results.items[i]) || !is_first_note(run, i))
            continue;
        rf_buffer_printf(out, "%s[^%zu]: The original did not measure the same thing, but ", number ? "" : "\n", number + 1);
        prose(out, run->results.items[i].bench.original);
        rf_buffer_text(out, ".\n");
        number++;
    }
}

/* ---- A row ---- */

/* "12.3x faster": the original's time over ours. */
static void against_original(rf_buffer *out, const rf_result_of_bench *result) {
    double ours = rf_text_typical(result)->point, original = result->bench.original_ns;
    if (!(ours > 0) || !isfinite(original))
        return;
    double times = original > ours ? original / ours : ours / original;
    if (times < 1.005)
        rf_buffer_text(out, "as fast");
    else
        rf_buffer_printf(out, "%.*fx %s", times < 10 ? 2 : times < 100 ? 1 : 0, times, original > ours ? "faster" : "slower");
}

static void cells_of_original(rf_buffer *out, const rf_bench_run *run, const rf_result_of_bench *result, bool has_figure) {
    char figure[RF_FIGURE_MAX];
    if (!(result->bench.original_ns > 0)) {
        rf_buffer_text(out, "  |  |");
        return;
    }
    rf_format_ns(result->bench.original_ns, figure);
    rf_buffer_printf(out, " %s", figure);
    if (has_note(result))
        rf_buffer_printf(out, "[^%zu]", note_number(run, result->bench.original));
    rf_buffer_text(out, " | ");
    if (has_figure)
        against_original(out, result);
    rf_buffer_text(out, " |");
}

static void cell_of_target(rf_buffer *out, const rf_result_of_bench *result, bool has_figure) {
    char figure[RF_FIGURE_MAX];
    rf_buffer_char(out, ' ');
    if (result->bench.target_ns > 0) {
        rf_format_ns(result->bench.target_ns, figure);
        const char *mark = !has_figure ? "" : rf_text_typical(result)->point <= result->bench.target_ns ? "✓ " : "✗ ";
        rf_buffer_printf(out, "%s%s", mark, figure);
    }
    rf_buffer_text(out, " |");
}

static void cell_of_change(rf_buffer *out, const rf_result_of_bench *result) {
    char ratio[RF_FIGURE_MAX];
    rf_buffer_char(out, ' ');
    if (result->compared && isfinite(result->comparison.ratio.point)) {
        rf_format_ratio(result->comparison.ratio.point, ratio);
        rf_buffer_printf(out, "%s %s", ratio, rf_text_change(result->comparison.change));
    }
    rf_buffer_text(out, " |");
}

static void cells_of_figure(rf_buffer *out, const rf_result_of_bench *result) {
    char figure[RF_FIGURE_MAX], interval[RF_INTERVAL_MAX], throughput[RF_FIGURE_MAX] = "";
    const rf_interval *typical = rf_text_typical(result);
    rf_format_ns(typical->point, figure);
    rf_text_interval(typical, interval);
    if (result->bench.amount > 0)
        rf_format_throughput(result->bench.amount, result->bench.unit, typical->point, throughput);
    /* Brackets would begin a link. */
    interval[strlen(interval) - 1] = '\0';
    rf_buffer_printf(out, " **%s** | ", figure);
    const char *blank = strchr(interval, ' ');
    if (blank && blank == strrchr(interval, ' '))
        rf_buffer_printf(out, "%.*s – %s", (int)(blank - interval - 1), interval + 1, blank + 1);
    else
        rf_buffer_text(out, interval + 1);
    rf_buffer_printf(out, " | %s |", throughput);
}

static void row(const rf_bench_run *run, const rf_result_of_bench *result, bool changes, rf_buffer *out) {
    bool has_figure = rf_text_has_figure(result);
    cell_of_name(out, &result->bench);
    if (has_figure)
        cells_of_figure(out, result);
    else
        rf_buffer_text(out, " failed |  |  |");
    cell_of_target(out, result, has_figure);
    cells_of_original(out, run, result, has_figure);
    if (changes)
        cell_of_change(out, result);
    rf_buffer_printf(out, " %c |\n", has_figure && result->measurement.noise.grade ? result->measurement.noise.grade : ' ');
}

/* ---- All of it ---- */

static bool is_compared(const rf_result_of_bench *result) { return result->compared; }

static bool any(const rf_bench_run *run, bool (*is_so)(const rf_result_of_bench *result)) {
    for (size_t i = 0; i < run->results.count; i++)
        if (is_so(&run->results.items[i]))
            return true;
    return false;
}

static void table_head(const rf_bench_run *run, const char *group, bool changes, rf_buffer *out) {
    rf_buffer_text(out, "\n### ");
    prose(out, group);
    rf_buffer_printf(out, "\n\n| benchmark | riffle | %.4g %% interval | throughput | target | the original | ratio |%s trust |\n",
                     run->estimate.confidence * 100, changes ? " change |" : "");
    rf_buffer_printf(out, "|---|---:|---:|---:|---:|---:|---:|%s:-:|\n", changes ? "---:|" : "");
}

static void failures(const rf_bench_run *run, rf_buffer *out) {
    bool is_first = true;
    for (size_t i = 0; i < run->results.count; i++) {
        if (!run->results.items[i].failure)
            continue;
        rf_buffer_text(out, is_first ? "\nFailed:\n\n- `" : "- `");
        code_text(out, run->results.items[i].id);
        rf_buffer_text(out, "`: ");
        prose(out, run->results.items[i].failure);
        rf_buffer_char(out, '\n');
        is_first = false;
    }
}

void rf_report_markdown(const rf_bench_run *run, rf_buffer *out) {
    assert(run && out);
    rf_text_machine(&run->machine, out);
    rf_buffer_text(out, ".\nriffle ");
    prose(out, run->version);
    if (run->commit && *run->commit) {
        rf_buffer_text(out, " (");
        prose(out, run->commit);
        rf_buffer_char(out, ')');
    }
    rf_buffer_text(out, ": ");
    rf_text_options(run, out);
    rf_buffer_text(out, ".\n");
    if (any(run, rf_text_has_figure)) {
        rf_buffer_text(out, "Noise: ");
        rf_text_noise(run, out);
        rf_buffer_text(out, ".\n");
    }
    bool changes = any(run, is_compared);
    const char *group = NULL;
    for (size_t i = 0; i < run->results.count; i++) {
        const rf_result_of_bench *result = &run->results.items[i];
        if (!group || strcmp(group, result->bench.group) != 0)
            table_head(run, result->bench.group, changes, out);
        group = result->bench.group;
        row(run, result, changes, out);
    }
    failures(run, out);
    notes(run, out);
}
