/* svg.c: what pictures are made of: axes with round ticks, and numbers and texts that are safe in markup. */
#include "measure/svg.h"

#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* What a character of labels (11 units high) is wide at the most, about; for keeping them apart. */
static const double LABEL_CHAR = 6.2, LABEL_GAP = 8, LABEL_HEIGHT = 13;

/* ---- Texts and numbers ---- */

static const char *reference_of(uint32_t c) {
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

/* What markup may not hold: controls (a tab and a line break are fine), and the two that are no characters. */
static bool is_forbidden(uint32_t c) {
    return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7F && c < 0xA0) || c == 0xFFFE || c == 0xFFFF;
}

void rf_markup_slice(rf_buffer *out, rf_slice text) {
    rf_slice rest = text;
    while (rest.len) {
        uint32_t c = 0;
        size_t bytes = rf_utf8_decode(rest, &c);
        const char *reference = bytes ? reference_of(c) : NULL;
        if (reference)
            rf_buffer_text(out, reference);
        else if (!bytes || is_forbidden(c))
            rf_buffer_text(out, "\xEF\xBF\xBD");
        else
            rf_buffer_append(out, rest.data, bytes);
        bytes = bytes ? bytes : 1;
        rest = (rf_slice){ rest.data + bytes, rest.len - bytes };
    }
}

void rf_markup_text(rf_buffer *out, const char *text) { rf_markup_slice(out, (rf_slice){ text, text ? strlen(text) : 0 }); }

size_t rf_svg_fixed(double value, unsigned digits, char out[RF_SVG_NUMBER_MAX]) {
    static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9 };
    assert(digits < sizeof powers / sizeof *powers);
    double scaled = isfinite(value) ? fabs(value) * powers[digits] : 0;
    uint64_t units = (uint64_t)(scaled < 9e15 ? scaled + 0.5 : 9e15), power = (uint64_t)powers[digits];
    const char *sign = value < 0 && units ? "-" : "";
    int len = digits ? snprintf(out, RF_SVG_NUMBER_MAX, "%s%" PRIu64 ".%0*" PRIu64, sign, units / power, (int)digits, units % power)
                     : snprintf(out, RF_SVG_NUMBER_MAX, "%s%" PRIu64, sign, units);
    return len > 0 ? (size_t)len : 0;
}

void rf_svg_number(rf_buffer *out, double value) {
    char text[RF_SVG_NUMBER_MAX];
    size_t len = rf_svg_fixed(value, 1, text);
    if (len > 2 && text[len - 1] == '0')
        len -= 2;
    rf_buffer_append(out, text, len);
}

void rf_svg_attribute(rf_buffer *out, const char *name, double value) {
    rf_buffer_printf(out, " %s=\"", name);
    rf_svg_number(out, value);
    rf_buffer_char(out, '"');
}

void rf_svg_step(rf_buffer *out, char letter, double x, double y) {
    rf_buffer_char(out, letter);
    rf_svg_number(out, x);
    rf_buffer_char(out, ' ');
    rf_svg_number(out, y);
}

/* ---- Axes ---- */

/* The nearest of 1, 2, 5 times a power of ten. */
static double round_step(double wanted) {
    double power = pow(10, floor(log10(wanted))), times = wanted / power;
    return (times < 1.414 ? 1 : times < 3.162 ? 2 : times < 7.071 ? 5 : 10) * power;
}

static double time_scale(double ns, const char **ret_unit) {
    static const struct { double from; const char *unit; } units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "µs" }, { 1, "ns" } };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (ns >= units[i].from) {
            *ret_unit = units[i].unit;
            return units[i].from;
        }
    *ret_unit = "ns";
    return 1;
}

static double count_scale(double count, const char **ret_unit) {
    *ret_unit = count >= 1e9 ? "G" : count >= 1e6 ? "M" : count >= 1e4 ? "k" : "";
    return count >= 1e9 ? 1e9 : count >= 1e6 ? 1e6 : count >= 1e4 ? 1e3 : 1;
}

static void widen(rf_axis *axis) {
    bool usable = isfinite(axis->from) && isfinite(axis->to) && fabs(axis->from) < 1e15 && fabs(axis->to) < 1e15;
    if (!usable)
        axis->from = axis->to = 0;
    if (axis->from > axis->to) {
        double low = axis->to;
        axis->to = axis->from;
        axis->from = low;
    }
    double middle = (axis->from + axis->to) / 2, least = fmax(fabs(middle) * 1e-4, 1e-6);
    if (axis->to - axis->from < least) {
        axis->from = middle == 0 ? 0 : middle - least / 2;
        axis->to = middle == 0 ? 1 : middle + least / 2;
    }
}

rf_axis rf_axis_make(rf_axis_kind kind, bool log, double from, double to, double start, double end, unsigned ticks) {
    assert(ticks > 0);
    rf_axis axis = { .kind = kind, .from = from, .to = to, .start = start, .end = end, .scale = 1, .unit = "" };
    widen(&axis);
    axis.log = log && axis.from > 1e-9;
    axis.step = round_step((axis.to - axis.from) / ticks);
    double largest = fmax(fabs(axis.from), fabs(axis.to));
    if (kind == RF_AXIS_TIME && !axis.log)
        axis.scale = time_scale(largest, &axis.unit);
    else if (kind == RF_AXIS_COUNT && !axis.log)
        axis.scale = count_scale(largest, &axis.unit);
    return axis;
}

double rf_axis_at(const rf_axis *axis, double value) {
    double share = axis->log ? (value > 0 ? log(value / axis->from) / log(axis->to / axis->from) : 0)
                             : (value - axis->from) / (axis->to - axis->from);
    share = isfinite(share) ? fmin(fmax(share, 0), 1) : 0;
    return axis->start + share * (axis->end - axis->start);
}

static size_t linear_ticks(const rf_axis *axis, double *ret_ticks) {
    size_t count = 0;
    double first = ceil(axis->from / axis->step - 1e-6), last = axis->to / axis->step + 1e-6;
    for (double k = first; k <= last && count < RF_AXIS_TICKS_MAX; k++)
        ret_ticks[count++] = k * axis->step;
    return count;
}

/* Powers of ten; with their double and fivefold when there are few; each second, third … when there are many. */
static size_t log_ticks(const rf_axis *axis, double *ret_ticks) {
    static const double times[] = { 1, 2, 5 };
    double decades = log10(axis->to / axis->from);
    int every = decades > 9 ? (int)ceil(decades / 9) : 1;
    size_t per_decade = decades <= 2.6 ? 3 : 1, count = 0;
    for (int power = (int)floor(log10(axis->from)); power <= (int)ceil(log10(axis->to)); power += every)
        for (size_t i = 0; i < per_decade && count < RF_AXIS_TICKS_MAX; i++) {
            double value = times[i] * pow(10, power);
            if (value >= axis->from * 0.999999 && value <= axis->to * 1.000001)
                ret_ticks[count++] = value;
        }
    return count;
}

size_t rf_axis_ticks(const rf_axis *axis, double ret_ticks[RF_AXIS_TICKS_MAX]) {
    size_t count = axis->log ? log_ticks(axis, ret_ticks) : 0;
    return count >= 2 ? count : linear_ticks(axis, ret_ticks);
}

/* Decimals that tell `step` apart. */
static unsigned digits_for(double step) {
    double digits = ceil(-log10(step) - 1e-9);
    return digits < 0 ? 0 : digits > 9 ? 9 : (unsigned)digits;
}

/* Without the zeros at its end. */
static void shortest(double value, char out[RF_SVG_NUMBER_MAX]) {
    double size = fabs(value);
    size_t len = rf_svg_fixed(value, size >= 100 || size == 0 ? 0 : digits_for(size) + 2 > 9 ? 9 : digits_for(size) + 2, out);
    if (!memchr(out, '.', len))
        return;
    while (out[len - 1] == '0')
        len--;
    out[out[len - 1] == '.' ? len - 1 : len] = '\0';
}

void rf_axis_label(const rf_axis *axis, double value, char out[RF_AXIS_LABEL_MAX]) {
    char number[RF_SVG_NUMBER_MAX];
    const char *unit = "", *sign = "";
    double scale = axis->scale;
    if (axis->log && axis->kind == RF_AXIS_TIME)
        scale = time_scale(value * 1.000001, &unit);
    else if (axis->log && axis->kind == RF_AXIS_COUNT)
        scale = count_scale(value * 1.000001, &unit);
    if (axis->log || value == 0)
        shortest(value / scale, number);
    else
        (void)rf_svg_fixed(value / scale, digits_for(axis->step / scale), number);
    bool minus = number[0] == '-';
    if (axis->kind == RF_AXIS_PERCENT)
        unit = "%", sign = minus || fabs(value) < axis->step / 2 ? "" : "+";
    else if (axis->kind == RF_AXIS_FACTOR)
        unit = "×";
    else if (axis->kind == RF_AXIS_COUNT && !axis->log && value != 0)
        unit = axis->unit;
    const char *blank = (axis->kind == RF_AXIS_TIME && *unit) || axis->kind == RF_AXIS_PERCENT ? " " : "";
    (void)snprintf(out, RF_AXIS_LABEL_MAX, "%s%s%s%s", minus ? "−" : sign, number + (minus ? 1 : 0), blank, unit);
}

/* ---- Elements ---- */

void rf_svg_begin(rf_buffer *out, const char *class_name, double width, double height, const char *title) {
    rf_buffer_printf(out, "<svg class=\"%s\" viewBox=\"0 0 ", class_name);
    rf_svg_number(out, width);
    rf_buffer_char(out, ' ');
    rf_svg_number(out, height);
    rf_buffer_text(out, "\" role=\"img\" aria-label=\"");
    rf_markup_text(out, title);
    rf_buffer_text(out, "\">");
}

void rf_svg_end(rf_buffer *out) { rf_buffer_text(out, "</svg>\n"); }

void rf_svg_text(rf_buffer *out, const char *class_name, double x, double y, char anchor, const char *text) {
    rf_buffer_printf(out, "<text class=\"%s%s\"", class_name, anchor == 'm' ? " m" : anchor == 'e' ? " e" : "");
    rf_svg_attribute(out, "x", x);
    rf_svg_attribute(out, "y", y);
    rf_buffer_char(out, '>');
    rf_markup_text(out, text);
    rf_buffer_text(out, "</text>");
}

void rf_svg_line(rf_buffer *out, const char *class_name, double x1, double y1, double x2, double y2) {
    rf_buffer_printf(out, "<path class=\"%s\" d=\"", class_name);
    rf_svg_step(out, 'M', x1, y1);
    rf_svg_step(out, 'L', x2, y2);
    rf_buffer_text(out, "\"/>");
}

void rf_svg_box(rf_buffer *out, const char *class_name, double x1, double y1, double x2, double y2) {
    rf_buffer_printf(out, "<rect class=\"%s\"", class_name);
    rf_svg_attribute(out, "x", fmin(x1, x2));
    rf_svg_attribute(out, "y", fmin(y1, y2));
    rf_svg_attribute(out, "width", fmax(fabs(x2 - x1), 0.4));
    rf_svg_attribute(out, "height", fmax(fabs(y2 - y1), 0.4));
    rf_buffer_text(out, "/>");
}

static void title_with_unit(rf_buffer *out, const rf_axis *axis, double x, double y, char anchor, const char *title) {
    if (!title)
        return;
    char text[96];
    bool unit = axis->kind == RF_AXIS_TIME && *axis->unit;
    (void)snprintf(text, sizeof text, unit ? "%s (%s)" : "%s%s", title, unit ? axis->unit : "");
    rf_svg_text(out, "n", x, y, anchor, text);
}

/* A path of lines through all ticks. */
static void grid(rf_buffer *out, const rf_axis *axis, const double *ticks, size_t count, double from, double to, bool upright) {
    if (count == 0)
        return;
    rf_buffer_text(out, "<path class=\"g\" d=\"");
    for (size_t i = 0; i < count; i++) {
        double at = rf_axis_at(axis, ticks[i]);
        rf_svg_step(out, 'M', upright ? at : from, upright ? from : at);
        rf_buffer_char(out, upright ? 'V' : 'H');
        rf_svg_number(out, to);
    }
    rf_buffer_text(out, "\"/>");
}

/* Half of what a label takes, without the gap. */
static double half_width(const char *label) { return LABEL_CHAR / 2 * (double)rf_utf8_length((rf_slice){ label, strlen(label) }); }

void rf_svg_axis_x_at(rf_buffer *out, const rf_axis *axis, const double *values, size_t count, double top, double bottom,
                      const char *title) {
    grid(out, axis, values, count, top, bottom, true);
    rf_svg_line(out, "a", axis->start, bottom, axis->end, bottom);
    double free_from = -1e9;
    for (size_t i = 0; i < count; i++) {
        char label[RF_AXIS_LABEL_MAX];
        rf_axis_label(axis, values[i], label);
        double at = rf_axis_at(axis, values[i]), half = half_width(label);
        if (at - half < free_from)
            continue;
        rf_svg_text(out, "t", at, bottom + LABEL_HEIGHT, 'm', label);
        free_from = at + half + LABEL_GAP;
    }
    title_with_unit(out, axis, (axis->start + axis->end) / 2, bottom + 2 * LABEL_HEIGHT + 2, 'm', title);
}

/* No label touches the one before it. */
static bool labels_fit(const rf_axis *axis, const double *ticks, size_t count) {
    double free_from = -1e9;
    for (size_t i = 0; i < count; i++) {
        char label[RF_AXIS_LABEL_MAX];
        rf_axis_label(axis, ticks[i], label);
        double at = rf_axis_at(axis, ticks[i]), half = half_width(label);
        if (at - half < free_from)
            return false;
        free_from = at + half + LABEL_GAP;
    }
    return true;
}

/* Leaves the powers of ten, where there are two of them. */
static size_t only_powers(double *ticks, size_t count) {
    size_t powers = 0, kept = 0;
    for (size_t i = 0; i < count; i++)
        powers += fabs(log10(ticks[i]) - round(log10(ticks[i]))) < 1e-6;
    for (size_t i = 0; i < count; i++)
        if (powers < 2 || fabs(log10(ticks[i]) - round(log10(ticks[i]))) < 1e-6)
            ticks[kept++] = ticks[i];
    return kept;
}

void rf_svg_axis_x(rf_buffer *out, const rf_axis *axis, double top, double bottom, const char *title) {
    double ticks[RF_AXIS_TICKS_MAX];
    rf_axis coarse = *axis;
    size_t count = rf_axis_ticks(&coarse, ticks);
    while (!coarse.log && count > 2 && !labels_fit(&coarse, ticks, count)) {
        coarse.step = round_step(coarse.step * 2.2); /* 1, 2, 5, 10 */
        count = rf_axis_ticks(&coarse, ticks);
    }
    if (coarse.log && !labels_fit(&coarse, ticks, count))
        count = only_powers(ticks, count);
    rf_svg_axis_x_at(out, &coarse, ticks, count, top, bottom, title);
}

void rf_svg_axis_y(rf_buffer *out, const rf_axis *axis, double left, double right, const char *title) {
    double ticks[RF_AXIS_TICKS_MAX];
    size_t count = rf_axis_ticks(axis, ticks);
    grid(out, axis, ticks, count, left, right, false);
    double last = 1e9;
    for (size_t i = 0; i < count; i++) {
        char label[RF_AXIS_LABEL_MAX];
        double at = rf_axis_at(axis, ticks[i]);
        if (fabs(at - last) < LABEL_HEIGHT)
            continue;
        rf_axis_label(axis, ticks[i], label);
        rf_svg_text(out, "t", left - 5, at + 3.5, 'e', label);
        last = at;
    }
    title_with_unit(out, axis, 2, fmin(axis->start, axis->end) - 8, 's', title);
}
