/* report_html_text.c: figures and names as the HTML report writes them. */
#include "measure/report_html.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

void rf_html_pretty(rf_buffer *out, const char *text) {
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        bool behind_digit = i > 0 && isdigit((unsigned char)text[i - 1]);
        if (text[i] == '-' && i + 1 < len && isdigit((unsigned char)text[i + 1]))
            rf_buffer_text(out, "−");
        else if (text[i] == 'x' && behind_digit && i + 1 == len)
            rf_buffer_text(out, "×");
        else if (text[i] == 'u' && i > 0 && text[i - 1] == ' ' && text[i + 1] == 's')
            rf_buffer_text(out, "µ");
        else if (text[i] == ' ')
            rf_buffer_text(out, "\xC2\xA0"); /* a figure and its unit stay on a line */
        else
            rf_markup_text(out, (char[]){ text[i], '\0' });
    }
}

void rf_html_ns(rf_buffer *out, double ns) {
    char text[RF_FIGURE_MAX] = "–";
    if (isfinite(ns))
        rf_format_ns(ns, text);
    rf_html_pretty(out, text);
}

void rf_html_ratio(rf_buffer *out, double ratio) {
    char text[RF_FIGURE_MAX] = "–";
    if (isfinite(ratio))
        rf_format_ratio(ratio, text);
    rf_html_pretty(out, text);
}

void rf_html_count(rf_buffer *out, double count) {
    char text[RF_FIGURE_MAX] = "–";
    if (isfinite(count))
        rf_format_count(count, text);
    rf_html_pretty(out, text);
}

void rf_html_bytes(rf_buffer *out, double bytes) {
    char text[RF_FIGURE_MAX] = "–";
    if (isfinite(bytes))
        rf_format_bytes(bytes, text);
    rf_html_pretty(out, text);
}

void rf_html_percent(rf_buffer *out, double share, unsigned digits) {
    char text[RF_SVG_NUMBER_MAX];
    (void)rf_svg_fixed(share * 100, digits, text);
    rf_html_pretty(out, text);
    rf_buffer_text(out, "\xC2\xA0%");
}

void rf_html_sort_key(rf_buffer *out, double value) {
    char text[RF_SVG_NUMBER_MAX];
    (void)rf_svg_fixed(value, fabs(value) < 1e6 ? 6 : 0, text);
    rf_buffer_printf(out, " data-v=\"%s\"", text);
}

void rf_html_time(rf_buffer *out, int64_t ms) {
    char text[RF_CLOCK_TEXT_MAX];
    int64_t seconds = ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
    size_t len = rf_clock_rfc3339(seconds, 0, 0, text);
    if (len < 16)
        return;
    rf_buffer_printf(out, "%.10s %.5s UTC", text, text + 11);
}

void rf_html_label(const rf_bench *bench, char *out, size_t room) {
    const char *name = bench->name ? bench->name : "", *parameter = bench->parameter ? bench->parameter : "";
    (void)snprintf(out, room, "%s%s%s", name, *parameter ? "/" : "", parameter);
    rf_slice clipped = rf_utf8_clip(rf_slice_of(out), room - 1);
    out[clipped.len] = '\0';
}

void rf_html_name(rf_buffer *out, const char *name) {
    while (name && *name) {
        size_t len = strcspn(name, "/_");
        bool may_break = name[len] != '\0';
        rf_markup_slice(out, (rf_slice){ name, len + may_break });
        if (may_break)
            rf_buffer_text(out, "<wbr>");
        name += len + may_break;
    }
}

size_t rf_html_form(const rf_html *html, const char *form) {
    const char *wanted = form ? form : "";
    for (size_t i = 0; i < html->form_count; i++)
        if (strcmp(html->forms[i], wanted) == 0)
            return i % RF_HTML_COLOURS;
    return RF_HTML_COLOURS - 1;
}

const char *rf_html_change_name(rf_change change) {
    switch (change) {
    case RF_CHANGE_FASTER: return "faster";
    case RF_CHANGE_SLOWER: return "slower";
    case RF_CHANGE_UNCLEAR: return "unclear";
    case RF_CHANGE_NONE: return "unchanged";
    }
    return "unclear";
}

bool rf_html_has_figure(const rf_result_of_bench *result) {
    double typical = rf_html_typical(result)->point;
    return !result->failure && result->measurement.count > 0 && isfinite(typical) && typical >= 0;
}

bool rf_html_against_original(rf_buffer *out, const rf_result_of_bench *result) {
    double ours = rf_html_typical(result)->point, original = result->bench.original_ns;
    if (!rf_html_has_figure(result) || !(original > 0) || !isfinite(original) || !(ours > 0))
        return false;
    double times = original / ours;
    bool faster = times >= 1;
    double shown = faster ? times : 1 / times;
    if (shown < 1.005) {
        rf_buffer_text(out, "as fast");
        return true;
    }
    char text[RF_SVG_NUMBER_MAX];
    (void)rf_svg_fixed(shown, shown < 10 ? 2 : shown < 100 ? 1 : 0, text);
    rf_buffer_printf(out, "%s× %s", text, faster ? "faster" : "slower");
    return true;
}

void rf_html_short_text(rf_buffer *out, const char *class_name, double x, double y, char anchor, const char *text, double width) {
    char cut[96];
    size_t most = (size_t)(width / 6.2);
    rf_slice whole = { text, strlen(text) };
    if (rf_utf8_length(whole) <= most && whole.len < sizeof cut) {
        rf_svg_text(out, class_name, x, y, anchor, text);
        return;
    }
    rf_slice clipped = rf_utf8_clip(whole, most > sizeof cut - 8 ? sizeof cut - 8 : most - 1);
    (void)snprintf(cut, sizeof cut, "%.*s…", RF_SLICE_ARG(clipped));
    rf_svg_text(out, class_name, x, y, anchor, cut);
}

void rf_html_left_out(rf_buffer *out, size_t shown, size_t all) {
    if (shown < all)
        rf_buffer_printf(out, "<div class=\"key\"><span>the first %zu of %zu</span></div>", shown, all);
}
