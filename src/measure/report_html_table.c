/* report_html_table.c: the table of all figures. */
#include "measure/report_html.h"

#include <math.h>

/* Which columns there is anything for. */
typedef struct rf_html_columns { bool throughput, change, target, original; } rf_html_columns;

static rf_html_columns columns_of(const rf_html *html) {
    rf_html_columns columns = { .change = html->compared };
    for (size_t i = 0; i < html->run->results.count; i++) {
        const rf_bench *bench = &html->run->results.items[i].bench;
        columns.throughput |= bench->amount > 0 && bench->unit != RF_UNIT_NONE;
        columns.target |= bench->target_ns > 0;
        columns.original |= bench->original_ns > 0;
    }
    return columns;
}

/* Words that the script filters by. */
static void state_words(rf_buffer *out, const rf_result_of_bench *result) {
    bool figure = rf_html_has_figure(result);
    if (!figure)
        rf_buffer_text(out, "failed");
    else if (result->compared)
        rf_buffer_text(out, rf_html_change_name(result->comparison.change));
    if (result->gate_failed)
        rf_buffer_text(out, " gate");
    if (figure && result->bench.target_ns > 0 && rf_html_typical(result)->point > result->bench.target_ns)
        rf_buffer_text(out, " missed");
    if (figure && result->measurement.noise.grade >= 'C')
        rf_buffer_text(out, " noisy");
}

static void cell_of_name(rf_html *html, const rf_result_of_bench *result, size_t index) {
    rf_buffer *out = html->out;
    rf_buffer_printf(out, "<td><a href=\"#b%zu\">", index);
    rf_html_name(out, result->bench.group);
    rf_buffer_text(out, "/<wbr>");
    char label[RF_BENCH_ID_MAX];
    rf_html_label(&result->bench, label, sizeof label);
    rf_html_name(out, label);
    rf_buffer_text(out, "</a>");
    if (result->bench.form) {
        rf_buffer_printf(out, " <span class=\"form f%zu\">", rf_html_form(html, result->bench.form));
        rf_markup_text(out, result->bench.form);
        rf_buffer_text(out, "</span>");
    }
    rf_buffer_text(out, "</td>");
}

static void cell_of_ns(rf_buffer *out, double ns, const char *class_name) {
    if (!(ns > 0) || !isfinite(ns)) {
        rf_buffer_text(out, "<td></td>");
        return;
    }
    rf_buffer_text(out, "<td");
    if (*class_name)
        rf_buffer_printf(out, " class=\"%s\"", class_name);
    rf_html_sort_key(out, ns);
    rf_buffer_char(out, '>');
    rf_html_ns(out, ns);
    rf_buffer_text(out, "</td>");
}

static void cells_of_figure(rf_buffer *out, const rf_interval *typical) {
    rf_buffer_text(out, "<td");
    rf_html_sort_key(out, typical->point);
    rf_buffer_text(out, "><b>");
    rf_html_ns(out, typical->point);
    rf_buffer_text(out, "</b></td><td class=\"iv\"");
    rf_html_sort_key(out, typical->point > 0 ? (typical->high - typical->low) / typical->point : 0);
    rf_buffer_char(out, '>');
    rf_html_ns(out, typical->low);
    rf_buffer_text(out, " – ");
    rf_html_ns(out, typical->high);
    rf_buffer_text(out, "</td>");
}

static void cell_of_throughput(rf_buffer *out, const rf_result_of_bench *result) {
    double ns = rf_html_typical(result)->point;
    if (!(result->bench.amount > 0) || result->bench.unit == RF_UNIT_NONE || !(ns > 0)) {
        rf_buffer_text(out, "<td></td>");
        return;
    }
    char text[RF_FIGURE_MAX] = "";
    rf_format_throughput(result->bench.amount, result->bench.unit, ns, text);
    rf_buffer_text(out, "<td");
    rf_html_sort_key(out, result->bench.amount / ns * 1e9);
    rf_buffer_char(out, '>');
    rf_html_pretty(out, text);
    rf_buffer_text(out, "</td>");
}

static void cell_of_change(rf_buffer *out, const rf_result_of_bench *result) {
    if (!result->compared) {
        rf_buffer_text(out, "<td></td>");
        return;
    }
    rf_change change = result->comparison.change;
    rf_buffer_text(out, "<td");
    rf_html_sort_key(out, result->comparison.ratio.point);
    rf_buffer_text(out, "><span class=\"dim\">");
    rf_html_ratio(out, result->comparison.ratio.point);
    rf_buffer_printf(out, "</span> <span class=\"pill %s\">%s</span>",
                     change == RF_CHANGE_SLOWER    ? "bad"
                     : change == RF_CHANGE_FASTER  ? "good"
                     : change == RF_CHANGE_UNCLEAR ? "warn"
                                                   : "dim",
                     rf_html_change_name(change));
    if (result->gate_failed)
        rf_buffer_text(out, " <span class=\"pill bad\">gate</span>");
    rf_buffer_text(out, "</td>");
}

static void cell_of_target(rf_buffer *out, const rf_result_of_bench *result) {
    double target = result->bench.target_ns;
    if (!(target > 0) || !isfinite(target)) {
        rf_buffer_text(out, "<td></td>");
        return;
    }
    bool met = rf_html_typical(result)->point <= target;
    rf_buffer_text(out, "<td");
    rf_html_sort_key(out, rf_html_typical(result)->point / target);
    rf_buffer_text(out, "><span class=\"dim\">≤\xC2\xA0");
    rf_html_ns(out, target);
    rf_buffer_printf(out, "</span> <span class=\"%s\">%s</span></td>", met ? "good" : "bad", met ? "✓" : "✗ missed");
}

static void cells_of_original(rf_buffer *out, const rf_result_of_bench *result) {
    cell_of_ns(out, result->bench.original_ns, "dim");
    double ours = rf_html_typical(result)->point;
    if (!(result->bench.original_ns > 0) || !(ours > 0)) {
        rf_buffer_text(out, "<td></td>");
        return;
    }
    rf_buffer_printf(out, "<td class=\"%s\"", ours <= result->bench.original_ns ? "good" : "bad");
    rf_html_sort_key(out, ours / result->bench.original_ns);
    rf_buffer_char(out, '>');
    (void)rf_html_against_original(out, result);
    rf_buffer_text(out, "</td>");
}

static void cell_of_grade(rf_buffer *out, const rf_noise *noise) {
    bool known = noise->grade >= 'A' && noise->grade <= 'D';
    rf_buffer_text(out, "<td");
    rf_html_sort_key(out, known ? noise->grade : 'Z');
    rf_buffer_text(out, "><span class=\"grade\" title=\"");
    rf_markup_text(out, *noise->reason ? noise->reason : known ? "quiet" : "not known");
    rf_buffer_printf(out, "\">%c</span></td>", known ? noise->grade : '?');
}

static void row(rf_html *html, size_t index, const rf_html_columns *columns) {
    const rf_result_of_bench *result = &html->run->results.items[index];
    rf_buffer *out = html->out;
    rf_buffer_printf(out, "<tr data-b=\"b%zu\" data-s=\"", index);
    state_words(out, result);
    rf_buffer_text(out, "\">");
    cell_of_name(html, result, index);
    if (!rf_html_has_figure(result)) {
        rf_buffer_printf(out, "<td class=\"bad l\" colspan=\"%d\">failed",
                         3 + columns->throughput + columns->change + columns->target + 2 * columns->original);
        rf_buffer_text(out, "</td></tr>\n");
        return;
    }
    cells_of_figure(out, rf_html_typical(result));
    if (columns->throughput)
        cell_of_throughput(out, result);
    if (columns->change)
        cell_of_change(out, result);
    if (columns->target)
        cell_of_target(out, result);
    if (columns->original)
        cells_of_original(out, result);
    cell_of_grade(out, &result->measurement.noise);
    rf_buffer_text(out, "</tr>\n");
}

static void tools(rf_html *html) {
    rf_buffer_text(html->out,
                   "<div class=\"tools\"><input id=\"q\" type=\"search\" placeholder=\"Filter by name\" aria-label=\"Filter by name\">"
                   "<select id=\"k\" aria-label=\"Which ones\"><option value=\"\">all</option>");
    if (html->compared)
        rf_buffer_text(html->out, "<option>slower</option><option>faster</option><option>unchanged</option><option>unclear</option>"
                                  "<option value=\"gate\">gate failed</option>");
    rf_buffer_text(html->out, "<option value=\"failed\">failed</option><option value=\"missed\">target missed</option>"
                              "<option value=\"noisy\">noisy (C, D)</option></select>"
                              "<button id=\"oc\" type=\"button\">Open or close all</button><span id=\"n\" aria-live=\"polite\"></span></div>\n");
}

void rf_html_table(rf_html *html) {
    rf_buffer *out = html->out;
    rf_html_columns columns = columns_of(html);
    rf_buffer_text(out, "<section id=\"all\"><h2>All benchmarks</h2>\n");
    tools(html);
    rf_buffer_text(out, "<div class=\"scroll\"><table id=\"sum\"><thead><tr><th>benchmark</th><th>time</th><th>interval</th>");
    rf_buffer_text(out, columns.throughput ? "<th>throughput</th>" : "");
    rf_buffer_text(out, columns.change ? "<th>change</th>" : "");
    rf_buffer_text(out, columns.target ? "<th>target</th>" : "");
    rf_buffer_text(out, columns.original ? "<th>original</th><th>we are</th>" : "");
    rf_buffer_text(out, "<th>trust</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < html->order.count && !out->failed; i++)
        row(html, html->order.items[i], &columns);
    rf_buffer_text(out, "</tbody></table></div></section>\n");
}
