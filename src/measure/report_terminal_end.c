/* report_terminal_end.c: what a whole run comes to: counts, failures, changes, gates, noise, and what to do about that. */
#include "measure/report_terminal.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <math.h>

typedef struct counts { size_t measured, failed, faster, slower, unclear, unchanged, gates, missed, noisy; } counts;

static bool is_noisy(const rf_noise *noise) { return noise->grade == 'C' || noise->grade == 'D'; }

static bool misses_target(const rf_result_of_bench *result) {
    return rf_text_has_figure(result) && result->bench.target_ns > 0 && rf_text_typical(result)->point > result->bench.target_ns;
}

static bool has_change(const rf_result_of_bench *result, rf_change change) {
    return rf_text_has_figure(result) && result->compared && result->comparison.change == change;
}

static counts count_all(const rf_bench_run *run) {
    counts all = { 0 };
    for (size_t i = 0; i < run->results.count; i++) {
        const rf_result_of_bench *result = &run->results.items[i];
        bool has_figure = rf_text_has_figure(result);
        all.measured += has_figure;
        all.failed += !has_figure;
        all.faster += has_change(result, RF_CHANGE_FASTER);
        all.slower += has_change(result, RF_CHANGE_SLOWER);
        all.unclear += has_change(result, RF_CHANGE_UNCLEAR);
        all.unchanged += has_change(result, RF_CHANGE_NONE);
        all.gates += has_figure && result->gate_failed;
        all.missed += misses_target(result);
        all.noisy += has_figure && is_noisy(&result->measurement.noise);
    }
    return all;
}

/* ---- Pieces ---- */

static void styled_text(rf_terminal_report *report, rf_style style, const char *text) {
    rf_terminal_styled(report, style, rf_slice_of(text));
}

/* ", 3 slower"; nothing for none. */
static void put_count(rf_terminal_report *report, rf_style style, size_t count, const char *what) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    if (count == 0)
        return;
    rf_buffer_printf(&text, "%zu %s", count, what);
    rf_buffer_text(report->out, ", ");
    rf_terminal_styled(report, style, rf_buffer_view(&text));
    report->out->failed |= text.failed;
}

static void put_counts(rf_terminal_report *report, const counts *all) {
    char took[RF_FIGURE_MAX];
    uint64_t now = rf_clock_mono_ns();
    rf_text_duration(now > report->began_ns ? now - report->began_ns : 0, took);
    rf_buffer_printf(report->out, "\n%zu measured in %s", all->measured, took);
    put_count(report, RF_STYLE_RED, all->failed, "failed");
    put_count(report, RF_STYLE_RED, all->slower, "slower");
    put_count(report, RF_STYLE_GREEN, all->faster, "faster");
    put_count(report, RF_STYLE_YELLOW, all->unclear, "unclear");
    put_count(report, RF_STYLE_DIM, all->unchanged, "unchanged");
    put_count(report, RF_STYLE_RED, all->missed, all->missed == 1 ? "target missed" : "targets missed");
    rf_buffer_char(report->out, '\n');
}

/* "  id" in the widest one's columns, so that what follows is aligned. */
static void put_id(rf_terminal_report *report, const char *id, size_t columns) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_text_clean(&text, id);
    rf_buffer_text(report->out, "  ");
    rf_buffer_slice(report->out, rf_buffer_view(&text));
    for (size_t len = rf_utf8_length(rf_buffer_view(&text)); len < columns + 2; len++)
        rf_buffer_char(report->out, ' ');
    report->out->failed |= text.failed;
}

/* ---- Lists: each a heading and a line for those that it is about ---- */

typedef struct list {
    const char *heading;
    rf_style style;
    bool (*takes)(const rf_result_of_bench *result);
    void (*put)(rf_terminal_report *report, const rf_result_of_bench *result);
} list;

static bool takes_failed(const rf_result_of_bench *result) { return !rf_text_has_figure(result); }
static bool takes_slower(const rf_result_of_bench *result) { return has_change(result, RF_CHANGE_SLOWER); }
static bool takes_faster(const rf_result_of_bench *result) { return has_change(result, RF_CHANGE_FASTER); }
static bool takes_gate(const rf_result_of_bench *result) { return rf_text_has_figure(result) && result->gate_failed; }

static void put_failure(rf_terminal_report *report, const rf_result_of_bench *result) {
    rf_text_clean(report->out, result->failure ? result->failure : "no figure");
}

static void put_figure(rf_terminal_report *report, const rf_result_of_bench *result) {
    char figure[RF_FIGURE_MAX], interval[RF_INTERVAL_MAX];
    rf_format_ns(rf_text_typical(result)->point, figure);
    rf_text_interval(rf_text_typical(result), interval);
    rf_buffer_printf(report->out, "%s ", figure);
    styled_text(report, RF_STYLE_DIM, interval);
}

static void put_change(rf_terminal_report *report, const rf_result_of_bench *result) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    if (!result->compared) {
        put_figure(report, result);
        return;
    }
    rf_terminal_change_text(&result->comparison, &text);
    if (result->versus && *result->versus) {
        rf_buffer_text(&text, " against ");
        rf_text_clean(&text, result->versus);
    }
    rf_terminal_styled(report, rf_terminal_change_style(result->comparison.change), rf_buffer_view(&text));
    report->out->failed |= text.failed;
}

static size_t widest_id(const rf_bench_run *run, const list *what) {
    size_t widest = 0;
    for (size_t i = 0; i < run->results.count; i++) {
        size_t columns = what->takes(&run->results.items[i]) ? rf_utf8_length(rf_slice_of(run->results.items[i].id)) : 0;
        widest = columns > widest ? columns : widest;
    }
    return widest;
}

static void put_list(rf_terminal_report *report, const rf_bench_run *run, const list *what) {
    size_t columns = widest_id(run, what);
    if (columns == 0)
        return;
    rf_buffer_char(report->out, '\n');
    styled_text(report, what->style, what->heading);
    rf_buffer_char(report->out, '\n');
    for (size_t i = 0; i < run->results.count; i++) {
        const rf_result_of_bench *result = &run->results.items[i];
        if (!what->takes(result))
            continue;
        put_id(report, result->id, columns);
        what->put(report, result);
        rf_buffer_char(report->out, '\n');
    }
}

/* ---- Noise ---- */

typedef struct disturbance { double steal, others, off_cpu, drift; } disturbance; /* the most of each, among noisy figures */

static double larger(double a, double b) { return b > a ? b : a; }

static disturbance worst_of(const rf_bench_run *run) {
    disturbance worst = { 0 };
    for (size_t i = 0; i < run->results.count; i++) {
        const rf_noise *noise = &run->results.items[i].measurement.noise;
        if (!rf_text_has_figure(&run->results.items[i]) || !is_noisy(noise))
            continue;
        worst.steal = larger(worst.steal, noise->steal);
        worst.others = larger(worst.others, noise->others);
        worst.off_cpu = larger(worst.off_cpu, noise->off_cpu);
        worst.drift = larger(worst.drift, noise->reference_drift > 0 ? fabs(noise->reference_drift - 1) : 0);
    }
    return worst;
}

static void hint(rf_terminal_report *report, bool applies, const char *text) {
    if (!applies)
        return;
    rf_buffer_text(report->out, "  ");
    styled_text(report, RF_STYLE_DIM, text);
    rf_buffer_char(report->out, '\n');
}

static void put_hints(rf_terminal_report *report, const rf_bench_run *run, const counts *all) {
    if (all->noisy == 0 && all->unclear == 0)
        return;
    disturbance worst = worst_of(run);
    const rf_machine *machine = &run->machine;
    bool governor_saves = machine->governor[0] && strcmp(machine->governor, "performance") != 0 &&
                          strcmp(machine->governor, "unknown") != 0;
    rf_buffer_text(report->out, "For figures that hold better:\n");
    hint(report, worst.steal > 0.01, "the hypervisor gave our time to other guests: use two sides in one run (--vs), or a quieter hour");
    hint(report, worst.others > 0.05, "end what else is running");
    hint(report, worst.off_cpu > 0.01 && !machine->pinned_to, "bind the run to one processor: taskset -c 1 riffle bench …");
    hint(report, governor_saves, "keep the clock up: cpupower frequency-set -g performance");
    hint(report, strcmp(machine->turbo, "on") == 0, "turn turbo off, so that heat does not change the clock");
    hint(report, worst.drift > 0.03, "let the machine settle before: its own speed changed during the run");
    hint(report, true, "take more samples, for longer (--samples, --time)");
}

static void put_noise(rf_terminal_report *report, const rf_bench_run *run, const counts *all) {
    if (all->measured == 0)
        return; /* there is nothing that it could have disturbed */
    rf_buffer_text(report->out, "\nThe machine: ");
    rf_text_noise(run, report->out);
    rf_buffer_char(report->out, '\n');
}

/* ---- All of it ---- */

void rf_report_end(rf_terminal_report *report, const rf_bench_run *run) {
    static const list lists[] = {
        { "Failed", RF_STYLE_RED, takes_failed, put_failure },
        { "Slower", RF_STYLE_RED, takes_slower, put_change },
        { "Faster", RF_STYLE_GREEN, takes_faster, put_change },
        { "The gate failed", RF_STYLE_RED, takes_gate, put_change },
    };
    assert(report && report->out && run);
    rf_terminal_erase(report);
    counts all = count_all(run);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        put_list(report, run, &lists[i]);
    put_noise(report, run, &all);
    put_hints(report, run, &all);
    put_counts(report, &all);
    if (all.gates) {
        RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
        rf_buffer_printf(&text, "%zu gate%s failed", all.gates, all.gates == 1 ? "" : "s");
        rf_terminal_styled(report, RF_STYLE_RED, rf_buffer_view(&text));
        rf_buffer_char(report->out, '\n');
        report->out->failed |= text.failed;
    }
}
