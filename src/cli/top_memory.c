/* top_memory.c: everything a host says about its memory: heaps, pools, caches, arenas, and what collecting takes. */
#include "cli/top.h"

#include "base/slice.h"

#include <string.h>

enum { VALUE_COLUMNS = 11, RATE_COLUMNS = 10, PLAIN_NAME = 60 };

static bool has(rf_slice text, const char *word) { return memmem(text.data, text.len, word, strlen(word)) != NULL; }

bool rf_top_is_memory(const rf_top_series *series) {
    static const char *const words[] = { "memory", "bytes", "heap", "arena", "vm_", "cache", "collect", "gc_", "_gc", "pause", "queue", "open_fds" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (has(series->name, words[i]))
            return true;
    return false;
}

static size_t name_columns(const rf_top_page *page) {
    size_t fixed = VALUE_COLUMNS + RATE_COLUMNS;
    return page->plain ? PLAIN_NAME : page->columns > fixed + 20 ? page->columns - fixed : 20;
}

void rf_top_memory_head(const rf_top *top, rf_top_page *page) {
    (void)top;
    rf_top_field(page, RF_SLICE("MEMORY"), name_columns(page));
    rf_top_right(page, "NOW", VALUE_COLUMNS);
    rf_top_right(page, "PER S", RATE_COLUMNS);
    rf_top_end_line(page);
}

/* "vm_pool_bytes  tags conditions[0].if": the name, and whose it is. */
static void put_name(rf_top_page *page, const rf_top_series *series) {
    static const char *const labels[] = { "label", "path", "plugin", "language", "kind", "stage" };
    char text[400];
    size_t len = (size_t)snprintf(text, sizeof text, "%.*s ", RF_SLICE_ARG(series->name));
    bool labelled = false;
    for (size_t i = 0; i < sizeof labels / sizeof *labels && len < sizeof text; i++) {
        rf_slice value = rf_top_label(series, labels[i]);
        if (!value.len || (i == 1 && labelled)) /* the path tells who is meant when there is no label */
            continue;
        labelled = true;
        len += (size_t)snprintf(text + len, sizeof text - len, " %.*s", RF_SLICE_ARG(value));
    }
    rf_top_field(page, rf_slice_of(text), name_columns(page));
}

/* What only grows: its rate tells more than its value. */
static bool counts(const rf_top_series *series) {
    static const char *const ends[] = { "_hits", "_misses", "_resets", "_evicted", "_total", "_count", "_collections" };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (rf_slice_ends(series->name, rf_slice_of(ends[i])))
            return true;
    return series->histogram;
}

static void put_series(const rf_top *top, rf_top_page *page, const rf_top_series *series) {
    char text[RF_TOP_TEXT_MAX];
    double rate = counts(series) ? rf_top_growth(top, series) : -1;
    put_name(page, series);
    if (series->histogram)
        rf_top_right(page, series->value > 0 ? rf_top_time(series->sum / series->value, text) : "-", VALUE_COLUMNS);
    else if (has(series->name, "bytes"))
        rf_top_right(page, rf_top_bytes(series->value, text), VALUE_COLUMNS);
    else if (rf_slice_ends(series->name, RF_SLICE("_ns")))
        rf_top_right(page, rf_top_time(series->value, text), VALUE_COLUMNS);
    else
        rf_top_right(page, rf_top_count(series->value, text), VALUE_COLUMNS);
    rf_top_right(page, rate >= 0 ? rf_top_count(rate, text) : "", RATE_COLUMNS);
    rf_top_end_line(page);
}

static bool is_process(const rf_top_series *series) { return rf_slice_starts(series->name, RF_SLICE("process_")); }

/* The process first, then the rest in the host's order. */
void rf_top_memory(const rf_top *top, rf_top_page *page) {
    size_t shown = 0;
    for (int process = 1; process >= 0; process--)
        for (size_t i = 0; i < top->now->list.count; i++) {
            const rf_top_series *series = top->now->list.items[i];
            if (!rf_top_is_memory(series) || is_process(series) != (process == 1))
                continue;
            put_series(top, page, series);
            shown++;
        }
    if (shown)
        return;
    rf_top_printf(page, "the host says nothing about its memory");
    rf_top_end_line(page);
}
