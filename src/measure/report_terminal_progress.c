/* report_terminal_progress.c: the line at the bottom: drawn over itself, never wider than the terminal, and taken away again. */
#include "measure/report_terminal.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

enum { BAR_COLUMNS = 16, LEAST_NAME_COLUMNS = 16, WIDTH_UNKNOWN = 80 };

/* The last column stays empty: some terminals begin a new line when it is written. */
static size_t columns_of(const rf_terminal_report *report) {
    size_t width = report->width ? report->width : WIDTH_UNKNOWN;
    return width > 1 ? width - 1 : 0;
}

void rf_terminal_erase(rf_terminal_report *report) {
    if (report->lines == 0)
        return;
    report->lines = 0;
    if (report->colour) {
        rf_buffer_text(report->out, "\r\x1b[K");
        return;
    }
    rf_buffer_char(report->out, '\r');
    for (size_t i = 0; i < columns_of(report); i++)
        rf_buffer_char(report->out, ' ');
    rf_buffer_char(report->out, '\r');
}

/* Shares of a benchmark's time by the defaults: 3 s of warm-up, 5 s of samples, half a second for the resamples. */
static double part_done(rf_phase_of_bench phase, double done) {
    double within = done > 1 ? 1 : done > 0 ? done : 0;
    switch (phase) {
    case RF_BENCH_WARMS: return within * 0.35;
    case RF_BENCH_MEASURES: return 0.35 + within * 0.6;
    case RF_BENCH_ANALYSES: return 0.95 + within * 0.05;
    }
    return 0;
}

static const char *phase_word(rf_phase_of_bench phase) {
    switch (phase) {
    case RF_BENCH_WARMS: return "warming";
    case RF_BENCH_MEASURES: return "measuring";
    case RF_BENCH_ANALYSES: return "analysing";
    }
    return "";
}

/* Eighths of a block. `share`: 0 … 1. */
static void bar(rf_buffer *out, double share) {
    static const char *const parts[] = { " ", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
    unsigned eighths = (unsigned)(share * BAR_COLUMNS * 8);
    unsigned full = eighths / 8;
    rf_buffer_text(out, "▕");
    for (unsigned i = 0; i < BAR_COLUMNS; i++)
        rf_buffer_text(out, i < full ? "█" : i == full ? parts[eighths % 8] : " ");
    rf_buffer_text(out, "▏");
}

/* What stands behind the name, in the order in which it is shown. */
typedef enum piece { PHASE, ESTIMATE, BAR, COUNT, LEFT, PIECES } piece;

typedef struct drawn {
    rf_buffer name, pieces[PIECES];
} drawn;

static void drawn_done(drawn *made) {
    rf_buffer_done(&made->name);
    for (size_t i = 0; i < PIECES; i++)
        rf_buffer_done(&made->pieces[i]);
}

/* Time that is left, by what has gone; empty while too little has to tell. */
static void time_left(const rf_terminal_report *report, double share, rf_buffer *out) {
    uint64_t now = rf_clock_mono_ns(), gone = now > report->began_ns ? now - report->began_ns : 0;
    char text[RF_FIGURE_MAX];
    if (share < 0.002 || gone < RF_NS_PER_S)
        return;
    rf_text_duration((uint64_t)((double)gone / share * (1 - share)), text);
    rf_buffer_printf(out, "%s left", text);
}

static void fill(const rf_terminal_report *report, const rf_bench *bench, rf_phase_of_bench phase, double done, double ns, drawn *made) {
    char text[RF_FIGURE_MAX];
    size_t total = report->total > report->done ? report->total : report->done + 1;
    double share = ((double)report->done + part_done(phase, done)) / (double)total;
    rf_text_clean(&made->name, bench->group);
    rf_buffer_char(&made->name, '/');
    rf_text_clean(&made->name, bench->name);
    if (bench->parameter || bench->form) {
        rf_buffer_char(&made->name, '/');
        rf_text_leaf(bench, &made->name);
    }
    rf_buffer_printf(&made->pieces[PHASE], "%-9s", phase_word(phase));
    if (ns > 0 && isfinite(ns)) {
        rf_format_ns(ns, text);
        rf_buffer_printf(&made->pieces[ESTIMATE], "%9s", text);
    }
    bar(&made->pieces[BAR], share);
    rf_buffer_printf(&made->pieces[COUNT], "%zu/%zu", report->done + 1, total);
    time_left(report, share, &made->pieces[LEFT]);
}

static size_t columns_of_piece(const rf_buffer *text) {
    size_t columns = rf_utf8_length(rf_buffer_view(text));
    return columns ? columns + 1 : 0; /* with the blank before it */
}

/* Leaves out what matters least until the rest fits beside a name of the least length; returns what is left for the name. */
static size_t fit(drawn *made, size_t room) {
    static const piece by_worth[] = { BAR, LEFT, PHASE, COUNT, ESTIMATE };
    size_t used = 0, next = 0;
    for (size_t i = 0; i < PIECES; i++)
        used += columns_of_piece(&made->pieces[i]);
    for (; next < PIECES && used + LEAST_NAME_COLUMNS > room; next++) {
        used -= columns_of_piece(&made->pieces[by_worth[next]]);
        rf_buffer_clear(&made->pieces[by_worth[next]]);
    }
    return room - used;
}

/* The name in so many columns at most; its end tells more than its beginning, which is the group's. */
static void put_name(rf_buffer *out, rf_slice name, size_t room) {
    size_t columns = rf_utf8_length(name);
    if (columns <= room) {
        rf_buffer_slice(out, name);
        return;
    }
    if (room == 0)
        return;
    rf_buffer_text(out, "…");
    for (size_t skip = columns - room + 1; skip && name.len; skip--) {
        uint32_t c;
        size_t bytes = rf_utf8_decode(name, &c);
        bytes = bytes ? bytes : 1;
        name = (rf_slice){ name.data + bytes, name.len - bytes };
    }
    rf_buffer_slice(out, name);
}

static void draw(rf_terminal_report *report, drawn *made) {
    size_t for_name = fit(made, columns_of(report));
    rf_terminal_erase(report);
    put_name(report->out, rf_buffer_view(&made->name), for_name);
    for (size_t i = 0; i < PIECES; i++)
        if (made->pieces[i].len) {
            rf_buffer_char(report->out, ' ');
            rf_terminal_styled(report, i == ESTIMATE ? RF_STYLE_BOLD : RF_STYLE_DIM, rf_buffer_view(&made->pieces[i]));
        }
    report->lines = 1;
}

void rf_report_progress(rf_terminal_report *report, const rf_bench *bench, rf_phase_of_bench phase, double done, double ns) {
    assert(report && report->out && bench && bench->group && bench->name);
    if (!report->live)
        return;
    RF_CLEANUP(drawn_done) drawn made = { 0 };
    fill(report, bench, phase, done, ns, &made);
    bool failed = made.name.failed;
    for (size_t i = 0; i < PIECES; i++)
        failed |= made.pieces[i].failed;
    if (!failed) /* without memory the old line stays */
        draw(report, &made);
}
