/* report_html.c: the results of a run as one HTML file that needs nothing else: order, forms and the frame of the page. */
#include "measure/report_html.h"

#include <stdlib.h>

/* From so many benchmarks on, curves and scatters have fewer points. */
enum { MANY_RESULTS = 400 };

static bool add_group(rf_html *html, const char *name) {
    for (size_t i = 0; i < html->groups.count; i++)
        if (rf_html_same(html->groups.items[i].name, name))
            return true;
    return rf_vec_push(&html->groups, (rf_html_group){ .name = name ? name : "" });
}

/* Groups in the order in which they appear first; their results together. */
static bool make_order(rf_html *html) {
    const rf_bench_run *run = html->run;
    for (size_t i = 0; i < run->results.count; i++)
        if (!add_group(html, run->results.items[i].bench.group))
            return false;
    for (size_t g = 0; g < html->groups.count; g++) {
        rf_html_group *group = &html->groups.items[g];
        group->first = html->order.count;
        for (size_t i = 0; i < run->results.count; i++)
            if (rf_html_same(group->name, run->results.items[i].bench.group) && !rf_vec_push(&html->order, i))
                return false;
        group->count = html->order.count - group->first;
    }
    return true;
}

static void find_forms(rf_html *html) {
    for (size_t i = 0; i < html->run->results.count && html->form_count < RF_HTML_FORMS_MAX; i++) {
        const char *form = html->run->results.items[i].bench.form;
        size_t k = 0;
        while (k < html->form_count && strcmp(html->forms[k], form ? form : "") != 0)
            k++;
        if (k == html->form_count)
            html->forms[html->form_count++] = form ? form : "";
    }
}

static int by_id_and_age(const void *left, const void *right) {
    const rf_history_point *a = *(const rf_history_point *const *)left, *b = *(const rf_history_point *const *)right;
    int order = strcmp(a->id, b->id);
    return order ? order : a < b ? -1 : a > b; /* all in one array, in the order of the file */
}

static bool index_history(rf_html *html, const rf_history *history) {
    for (size_t i = 0; history && i < history->count; i++)
        if (history->points[i].id && !rf_vec_push(&html->history, &history->points[i]))
            return false;
    if (html->history.count)
        qsort(html->history.items, html->history.count, sizeof *html->history.items, by_id_and_age);
    return true;
}

static void group_section(rf_html *html, size_t g) {
    const rf_html_group *group = &html->groups.items[g];
    rf_buffer *out = html->out;
    rf_buffer_printf(out, "<section class=\"group\" id=\"g%zu\"><h2>", g);
    rf_html_name(out, *group->name ? group->name : "benchmarks");
    rf_buffer_printf(out, " <small>%zu</small></h2>\n", group->count);
    rf_html_group_pictures(html, group);
    for (size_t i = 0; i < group->count && !out->failed; i++)
        rf_html_bench(html, html->order.items[group->first + i]);
    rf_buffer_text(out, "</section>\n");
}

static void page(rf_html *html) {
    rf_buffer *out = html->out;
    rf_buffer_text(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>riffle bench</title>\n<style>");
    rf_buffer_text(out, rf_html_style);
    rf_buffer_text(out, "</style></head>\n<body>\n");
    rf_html_head(html);
    rf_buffer_text(out, "<main>\n");
    if (html->run->results.count == 0)
        rf_buffer_text(out, "<p class=\"empty\">Nothing was measured.</p>\n");
    else
        rf_html_table(html);
    for (size_t g = 0; g < html->groups.count && !out->failed; g++)
        group_section(html, g);
    rf_buffer_text(out, "</main>\n<script>");
    rf_buffer_text(out, rf_html_script);
    rf_buffer_text(out, "</script>\n</body></html>\n");
}

void rf_report_html(const rf_bench_run *run, const rf_history *history, rf_buffer *out) {
    bool many = run->results.count > MANY_RESULTS;
    rf_html html = { .run = run, .out = out, .curve_points = many ? 48 : RF_HTML_CURVE_MAX, .scatter_points = many ? 60 : 200 };
    for (size_t i = 0; i < run->results.count; i++)
        html.compared |= run->results.items[i].compared;
    find_forms(&html);
    if (make_order(&html) && index_history(&html, history))
        page(&html);
    else
        out->failed = true;
    rf_vec_done(&html.groups);
    rf_vec_done(&html.order);
    rf_vec_done(&html.history);
    for (size_t i = 0; i < RF_HTML_SLOTS; i++)
        rf_free(html.scratch[i].values);
}
