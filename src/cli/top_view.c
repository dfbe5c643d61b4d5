/* top_view.c: the head of the page, and the views of stages and plugins. */
#include "cli/top.h"

#include "base/slice.h"

#include <math.h>
#include <string.h>

/* ---- Head ---- */

static void put_uptime(rf_top_page *page, double seconds) {
    unsigned long long s = seconds > 0 ? (unsigned long long)seconds : 0;
    if (s >= 86400)
        rf_top_printf(page, "up %llud %02lluh", s / 86400, s / 3600 % 24);
    else if (s >= 3600)
        rf_top_printf(page, "up %lluh %02llum", s / 3600, s / 60 % 60);
    else
        rf_top_printf(page, "up %llum %02llus", s / 60, s % 60);
}

static void put_rate(rf_top_page *page, const char *name, double rate, bool known, bool bad) {
    char text[RF_TOP_TEXT_MAX];
    rf_top_printf(page, "%s ", name);
    rf_top_style_on(page, bad && rate > 0 ? RF_TOP_RED : RF_TOP_BOLD);
    rf_top_printf(page, "%s/s", known ? rf_top_count(rate, text) : "-");
    rf_top_style_on(page, RF_TOP_NORMAL);
    rf_top_printf(page, "  ");
}

static void put_bytes_rate(rf_top_page *page, const char *name, double rate, bool known) {
    char text[RF_TOP_TEXT_MAX];
    rf_top_printf(page, "%s ", name);
    rf_top_style_on(page, RF_TOP_BOLD);
    rf_top_printf(page, "%s/s", known ? rf_top_bytes(rate, text) : "-");
    rf_top_style_on(page, RF_TOP_NORMAL);
    rf_top_printf(page, "  ");
}

static void put_numbers(const rf_top *top, rf_top_page *page) {
    const rf_top_rates rates = rf_top_rates_of(top);
    char text[RF_TOP_TEXT_MAX];
    if (rates.terminal) {
        rf_top_printf(page, "sessions %.0f  clients %.0f  ", rates.sessions, rates.clients);
        put_bytes_rate(page, "typed", rates.in, rates.known);
        put_bytes_rate(page, "output", rates.out, rates.known);
    } else {
        put_rate(page, "in", rates.in, rates.known, false);
        put_rate(page, "out", rates.out, rates.known, false);
        put_rate(page, "errors", rates.errors, rates.known, true);
    }
    if (rates.known)
        rf_top_printf(page, "cpu %.*f%%  ", rates.cpu_percent < 10 ? 1 : 0, rates.cpu_percent);
    else
        rf_top_printf(page, "cpu -  ");
    rf_top_printf(page, "rss %s", rf_top_bytes(rates.rss_bytes, text));
    if (page->plain || page->columns >= 80)
        rf_top_printf(page, "  threads %.0f", rates.threads);
    rf_top_end_line(page);
}

static void put_sparkline(const rf_top *top, rf_top_page *page) {
    static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    char text[RF_TOP_TEXT_MAX];
    double most = 0;
    size_t fits = page->plain || page->columns >= RF_TOP_HISTORY + 16 ? RF_TOP_HISTORY : page->columns > 20 ? page->columns - 16 : 4;
    size_t from = top->rate_count > fits ? top->rate_count - fits : 0;
    for (size_t i = from; i < top->rate_count; i++)
        most = top->rates[i] > most ? top->rates[i] : most;
    rf_top_style_on(page, RF_TOP_CYAN);
    for (size_t i = from; i < top->rate_count; i++)
        rf_top_put(page, rf_slice_of(blocks[most > 0 ? (size_t)lround(top->rates[i] / most * 7) : 0]));
    rf_top_style_on(page, RF_TOP_NORMAL);
    if (top->rate_count && rf_top_is_terminal(top))
        rf_top_printf(page, " output, max %s/s", rf_top_bytes(most, text));
    else if (top->rate_count)
        rf_top_printf(page, " in, max %s/s", rf_top_count(most, text));
    rf_top_end_line(page);
}

void rf_top_head(const rf_top *top, rf_top_page *page) {
    rf_top_style_on(page, RF_TOP_BOLD);
    rf_top_printf(page, "riffle top");
    rf_top_style_on(page, RF_TOP_NORMAL);
    rf_top_printf(page, "  ");
    rf_top_put(page, rf_slice_of(top->url));
    rf_top_printf(page, "  ");
    if (top->now)
        put_uptime(page, rf_top_rates_of(top).uptime_s);
    if (top->paused) {
        rf_top_style_on(page, RF_TOP_YELLOW);
        rf_top_printf(page, "  paused");
        rf_top_style_on(page, RF_TOP_NORMAL);
    }
    rf_top_end_line(page);
    if (!top->now)
        return;
    put_numbers(top, page);
    put_sparkline(top, page);
}

/* ---- Stages ---- */

/* Columns: a narrow terminal has fewer of them. */
enum { NUMBER_COLUMNS = 9, SHARE_COLUMNS = 7, WIDE = 72, WITH_BAR = 84, PLAIN_NAME = 40, PLAIN_BAR = 20 };

static size_t name_columns(const rf_top_page *page, size_t *ret_bar, bool *ret_p50) {
    size_t fixed = 3 * NUMBER_COLUMNS + SHARE_COLUMNS;
    *ret_p50 = page->plain || page->columns >= WIDE;
    *ret_bar = page->plain ? PLAIN_BAR : page->columns >= WITH_BAR ? (page->columns - WITH_BAR) / 2 + 11 : 0;
    if (*ret_bar > 40)
        *ret_bar = 40;
    fixed += (*ret_p50 ? NUMBER_COLUMNS : 0) + (*ret_bar ? *ret_bar + 1 : 0);
    return page->plain ? PLAIN_NAME : page->columns > fixed + 10 ? page->columns - fixed : 10;
}

void rf_top_stages_head(const rf_top *top, rf_top_page *page) {
    size_t bar;
    bool p50;
    size_t name = name_columns(page, &bar, &p50);
    (void)top;
    rf_top_field(page, RF_SLICE("STAGE"), name);
    rf_top_right(page, "CALLS/S", NUMBER_COLUMNS);
    rf_top_right(page, "MEAN", NUMBER_COLUMNS);
    if (p50)
        rf_top_right(page, "P50", NUMBER_COLUMNS);
    rf_top_right(page, "P99", NUMBER_COLUMNS);
    rf_top_right(page, "SHARE", SHARE_COLUMNS);
    rf_top_end_line(page);
}

static void put_name(const rf_top *top, rf_top_page *page, const rf_top_row *row, size_t columns) {
    char text[400];
    bool tree = top->sort == RF_TOP_BY_ORDER;
    if (row->stage.len && tree)
        (void)snprintf(text, sizeof text, "  %.*s", RF_SLICE_ARG(row->stage));
    else
        (void)snprintf(text, sizeof text, "%.*s%s%.*s", RF_SLICE_ARG(row->owner), row->stage.len ? " " : "", RF_SLICE_ARG(row->stage));
    if (!row->stage.len)
        rf_top_style_on(page, RF_TOP_BOLD);
    rf_top_field(page, rf_slice_of(text), columns);
    rf_top_style_on(page, RF_TOP_NORMAL);
}

static const char *time_or_none(double ns, char *text) { return ns > 0 ? rf_top_time(ns, text) : "-"; }

static rf_top_style style_of(double share) { return share >= 0.5 ? RF_TOP_RED : share >= 0.1 ? RF_TOP_YELLOW : RF_TOP_GREEN; }

static void put_stage(const rf_top *top, rf_top_page *page, const rf_top_row *row) {
    size_t bar;
    bool p50;
    size_t name = name_columns(page, &bar, &p50);
    char text[RF_TOP_TEXT_MAX];
    put_name(top, page, row, name);
    rf_top_right(page, top->before ? rf_top_count(row->calls, text) : "-", NUMBER_COLUMNS);
    rf_top_right(page, time_or_none(row->mean_ns, text), NUMBER_COLUMNS);
    if (p50)
        rf_top_right(page, time_or_none(row->series->p50, text), NUMBER_COLUMNS);
    rf_top_right(page, time_or_none(row->series->p99, text), NUMBER_COLUMNS);
    (void)snprintf(text, sizeof text, "%.1f%%", row->share * 100);
    rf_top_right(page, text, SHARE_COLUMNS);
    if (bar) {
        rf_top_printf(page, " ");
        rf_top_style_on(page, style_of(row->share));
        rf_top_bar(page, row->share, row->share, bar);
    }
    rf_top_end_line(page);
}

void rf_top_stages(const rf_top *top, rf_top_page *page) {
    rf_top_rows rows;
    if (!rf_top_rows_make(top, &rows))
        page->out->failed = true;
    for (size_t i = 0; i < rows.count; i++)
        put_stage(top, page, &rows.items[i]);
    if (!rows.count) {
        rf_top_printf(page, rf_top_is_terminal(top) ? "terminals have no stages" : "no processors run there");
        rf_top_end_line(page);
    }
    rf_vec_done(&rows);
}

/* ---- Plugins ---- */

enum { CALLS_COLUMNS = 9, ERRORS_COLUMNS = 8 };

static size_t plugin_columns(const rf_top_page *page, bool *ret_more) {
    *ret_more = page->plain || page->columns >= WIDE + NUMBER_COLUMNS;
    size_t fixed = CALLS_COLUMNS + ERRORS_COLUMNS + 2 * NUMBER_COLUMNS + (*ret_more ? 2 * NUMBER_COLUMNS : 0);
    return page->plain ? PLAIN_NAME : page->columns > fixed + 10 ? page->columns - fixed : 10;
}

void rf_top_plugins_head(const rf_top *top, rf_top_page *page) {
    bool more;
    size_t name = plugin_columns(page, &more);
    (void)top;
    rf_top_field(page, RF_SLICE("PLUGIN, HOOK"), name);
    rf_top_right(page, "CALLS", CALLS_COLUMNS);
    rf_top_right(page, "ERRORS", ERRORS_COLUMNS);
    rf_top_right(page, "MEAN", NUMBER_COLUMNS);
    rf_top_right(page, "P99", NUMBER_COLUMNS);
    if (more) {
        rf_top_right(page, "WORST", NUMBER_COLUMNS);
        rf_top_right(page, "MEMORY", NUMBER_COLUMNS);
    }
    rf_top_end_line(page);
}

static void put_hook(rf_top_page *page, rf_slice name, const rf_value *hook) {
    bool more;
    size_t columns = plugin_columns(page, &more);
    char text[RF_TOP_TEXT_MAX];
    double errors = rf_top_number(hook, "errors");
    rf_top_printf(page, "  ");
    rf_top_field(page, name, columns - 2);
    rf_top_right(page, rf_top_count(rf_top_number(hook, "calls"), text), CALLS_COLUMNS);
    rf_top_style_on(page, errors > 0 ? RF_TOP_RED : RF_TOP_NORMAL);
    rf_top_right(page, rf_top_count(errors, text), ERRORS_COLUMNS);
    rf_top_style_on(page, RF_TOP_NORMAL);
    rf_top_right(page, time_or_none(rf_top_number(hook, "mean_ns"), text), NUMBER_COLUMNS);
    rf_top_right(page, time_or_none(rf_top_number(hook, "p99_ns"), text), NUMBER_COLUMNS);
    if (more)
        rf_top_right(page, time_or_none(rf_top_number(hook, "worst_ns"), text), NUMBER_COLUMNS);
    rf_top_end_line(page);
}

/* The line of the plugin itself: "redact 0.1.0 fusabi running", and its memory in the last column. */
static void put_plugin_line(rf_top_page *page, const rf_value *plugin) {
    bool more;
    size_t columns = plugin_columns(page, &more) + CALLS_COLUMNS + ERRORS_COLUMNS + 2 * NUMBER_COLUMNS + (more ? NUMBER_COLUMNS : 0);
    char line[300], text[RF_TOP_TEXT_MAX];
    rf_slice state = rf_top_string(plugin, "state");
    double failures = rf_top_number(plugin, "failures");
    (void)snprintf(line, sizeof line, "%.*s %.*s %.*s %.*s", RF_SLICE_ARG(rf_top_string(plugin, "name")),
                   RF_SLICE_ARG(rf_top_string(plugin, "version")), RF_SLICE_ARG(rf_top_string(plugin, "language")), RF_SLICE_ARG(state));
    if (failures > 0)
        (void)snprintf(line + strlen(line), sizeof line - strlen(line), ", failed %.0f times in a row", failures);
    rf_top_style_on(page, rf_slice_is(state, "running") ? RF_TOP_BOLD : RF_TOP_RED);
    rf_top_field(page, rf_slice_of(line), more ? columns : columns - NUMBER_COLUMNS);
    rf_top_style_on(page, RF_TOP_NORMAL);
    rf_top_right(page, rf_top_bytes(rf_top_number(plugin, "held_bytes"), text), NUMBER_COLUMNS);
    rf_top_end_line(page);
}

static void put_plugin(rf_top_page *page, const rf_value *plugin) {
    const rf_value *hooks = plugin->kind == RF_MAP ? rf_value_member(plugin, RF_SLICE("hooks")) : NULL;
    rf_slice error = rf_top_string(plugin, "last_error");
    put_plugin_line(page, plugin);
    for (uint32_t i = 0; hooks && hooks->kind == RF_MAP && i < hooks->size; i++)
        put_hook(page, hooks->members[i].key, &hooks->members[i].value);
    if (!error.len)
        return;
    rf_top_style_on(page, RF_TOP_RED);
    rf_top_printf(page, "  last error: ");
    rf_top_put(page, error);
    rf_top_end_line(page);
}

void rf_top_plugins(const rf_top *top, rf_top_page *page) {
    const rf_value *list = &top->now->plugins;
    for (uint32_t i = 0; list->kind == RF_LIST && i < list->size; i++)
        put_plugin(page, &list->items[i]);
    if (list->kind != RF_LIST || !list->size) {
        rf_top_printf(page, "no plugins run there");
        rf_top_end_line(page);
    }
}
