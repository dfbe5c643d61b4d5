/* report_text.c: figures and names as the reports in plain text write them (report_text.h). */
#include "measure/report_text.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

const rf_interval *rf_text_typical(const rf_result_of_bench *result) { return rf_typical(&result->estimates, result->measurement.linear); }

bool rf_text_has_figure(const rf_result_of_bench *result) {
    return !result->failure && result->measurement.count > 0 && isfinite(rf_text_typical(result)->point);
}

const char *rf_text_change(rf_change change) {
    switch (change) {
    case RF_CHANGE_NONE: return "unchanged";
    case RF_CHANGE_FASTER: return "faster";
    case RF_CHANGE_SLOWER: return "slower";
    case RF_CHANGE_UNCLEAR: return "unclear";
    }
    return "unclear";
}

/* ---- Figures ---- */

/* ns in the unit that the figure ends with; 0: not one of ours. */
static double unit_ns(const char *figure) {
    static const struct { const char *name; double ns; } units[] = { { "ns", 1 }, { "us", 1e3 }, { "µs", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };
    const char *blank = strrchr(figure, ' ');
    for (size_t i = 0; blank && i < sizeof units / sizeof *units; i++)
        if (strcmp(blank + 1, units[i].name) == 0)
            return units[i].ns;
    return 0;
}

static int decimals(const char *figure) {
    const char *dot = strchr(figure, '.');
    return dot ? (int)strspn(dot + 1, "0123456789") : 0;
}

void rf_text_interval(const rf_interval *interval, char out[RF_INTERVAL_MAX]) {
    char figure[RF_FIGURE_MAX], high[RF_FIGURE_MAX];
    rf_format_ns(interval->point, figure);
    double unit = unit_ns(figure);
    if (unit > 0 && fabs(interval->low) < unit * 1e15 && fabs(interval->high) < unit * 1e15) {
        int digits = decimals(figure);
        (void)snprintf(out, RF_INTERVAL_MAX, "[%.*f %.*f]", digits, interval->low / unit, digits, interval->high / unit);
        return;
    }
    rf_format_ns(interval->low, figure);
    rf_format_ns(interval->high, high);
    (void)snprintf(out, RF_INTERVAL_MAX, "[%s %s]", figure, high);
}

void rf_text_duration(uint64_t ns, char out[RF_FIGURE_MAX]) {
    uint64_t s = (ns + RF_NS_PER_S / 2) / RF_NS_PER_S;
    if (ns < 10 * RF_NS_PER_S)
        (void)snprintf(out, RF_FIGURE_MAX, "%.1f s", (double)ns / 1e9);
    else if (s < 60)
        (void)snprintf(out, RF_FIGURE_MAX, "%" PRIu64 " s", s);
    else if (s < 3600)
        (void)snprintf(out, RF_FIGURE_MAX, "%" PRIu64 "m %02" PRIu64 "s", s / 60, s % 60);
    else
        (void)snprintf(out, RF_FIGURE_MAX, "%" PRIu64 "h %02" PRIu64 "m", s / 3600, s / 60 % 60);
}

/* ---- Names ---- */

void rf_text_clean(rf_buffer *out, const char *text) {
    for (rf_slice left = rf_slice_of(text); left.len;) {
        uint32_t c;
        size_t bytes = rf_utf8_decode(left, &c);
        bool is_harmless = bytes && c >= 0x20 && (c < 0x7F || c >= 0xA0);
        if (is_harmless)
            rf_buffer_append(out, left.data, bytes);
        else
            rf_buffer_char(out, '?');
        bytes = bytes ? bytes : 1;
        left = (rf_slice){ left.data + bytes, left.len - bytes };
    }
}

void rf_text_leaf(const rf_bench *bench, rf_buffer *out) {
    rf_text_clean(out, bench->parameter);
    if (bench->parameter && bench->form)
        rf_buffer_char(out, ':');
    rf_text_clean(out, bench->form);
}

/* ---- What it was measured on, and how ---- */

void rf_text_machine(const rf_machine *machine, rf_buffer *out) {
    char memory[RF_FIGURE_MAX];
    rf_format_bytes((double)machine->memory_bytes, memory);
    rf_text_clean(out, machine->processor);
    rf_buffer_printf(out, ", %" PRIu32 " core%s, %s, ", machine->cores, machine->cores == 1 ? "" : "s", memory);
    rf_text_clean(out, machine->system);
    if (machine->hypervisor[0]) {
        rf_buffer_text(out, ", hypervisor ");
        rf_text_clean(out, machine->hypervisor);
    }
    rf_buffer_text(out, "; governor ");
    rf_text_clean(out, machine->governor);
    rf_buffer_text(out, ", turbo ");
    rf_text_clean(out, machine->turbo);
    if (machine->pinned_to)
        rf_buffer_printf(out, ", pinned to %" PRIu32 " processor%s", machine->pinned_to, machine->pinned_to == 1 ? "" : "s");
    else
        rf_buffer_text(out, ", not pinned");
}

void rf_text_options(const rf_bench_run *run, rf_buffer *out) {
    char measure[RF_FIGURE_MAX], warm[RF_FIGURE_MAX];
    rf_text_duration(run->options.measure_ns, measure);
    rf_text_duration(run->options.warm_ns, warm);
    rf_buffer_printf(out, "%" PRIu32 " samples in %s each, warmed up for at most %s, %.4g %% intervals from %" PRIu32 " resamples",
                     run->options.samples, measure, warm, run->estimate.confidence * 100, run->estimate.resamples);
}

void rf_text_noise(const rf_bench_run *run, rf_buffer *out) {
    double steal = 0, others = 0;
    size_t count = 0, grades[4] = { 0 };
    for (size_t i = 0; i < run->results.count; i++) {
        const rf_noise *noise = &run->results.items[i].measurement.noise;
        if (!rf_text_has_figure(&run->results.items[i]))
            continue;
        count++;
        steal += noise->steal;
        others += noise->others;
        if (noise->grade >= 'A' && noise->grade <= 'D')
            grades[noise->grade - 'A']++;
    }
    if (count == 0)
        return;
    rf_buffer_printf(out, "steal %.2g %%, others used %.2g %% of the processors; trust:", steal / (double)count * 100,
                     others / (double)count * 100);
    const char *between = " ";
    for (size_t i = 0; i < 4; i++)
        if (grades[i]) {
            rf_buffer_printf(out, "%s%zu %c", between, grades[i], (char)('A' + (char)i));
            between = ", ";
        }
}
