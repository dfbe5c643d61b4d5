/* top_json.c: what `riffle top` knows, as one line of JSON. */
#include "cli/top.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "message/json.h"

#include <math.h>

static void put_name(rf_buffer *out, const char *name) {
    rf_buffer_printf(out, "%s\"%s\":", out->data && out->data[out->len - 1] == '{' ? "" : ",", name);
}

static void put_number(rf_buffer *out, const char *name, double value) {
    char text[RF_NUMBER_TEXT_MAX];
    put_name(out, name);
    rf_buffer_append(out, text, rf_number_json(isfinite(value) ? value : 0, text));
}

static void put_known(rf_buffer *out, const char *name, double value, bool known) {
    if (known) {
        put_number(out, name, value);
        return;
    }
    put_name(out, name);
    rf_buffer_text(out, "null");
}

static void put_text(rf_buffer *out, const char *name, rf_slice value) {
    put_name(out, name);
    rf_json_write_string(out, value, 0);
}

static void put_row(rf_buffer *out, const rf_top *top, const rf_top_row *row) {
    rf_buffer_char(out, '{');
    put_text(out, "processor", row->owner);
    put_text(out, "path", rf_top_label(row->series, "path"));
    put_text(out, "stage", row->stage);
    put_known(out, "calls_per_s", row->calls, top->before != NULL);
    put_number(out, "calls", row->series->value);
    put_number(out, "mean_ns", row->mean_ns);
    put_number(out, "p50_ns", row->series->p50);
    put_number(out, "p99_ns", row->series->p99);
    put_number(out, "share", row->share);
    rf_buffer_char(out, '}');
}

static rf_code put_stages(rf_buffer *out, const rf_top *top, rf_error *reterr) {
    rf_top_rows rows;
    rf_code code = rf_top_rows_make(top, &rows) ? RF_OK : rf_raise_nomem(reterr);
    put_name(out, "stages");
    rf_buffer_char(out, '[');
    for (size_t i = 0; i < rows.count && !code; i++) {
        rf_buffer_text(out, i ? "," : "");
        put_row(out, top, &rows.items[i]);
    }
    rf_buffer_char(out, ']');
    rf_vec_done(&rows);
    return code;
}

static void put_memory(rf_buffer *out, const rf_top_sample *now) {
    char text[RF_NUMBER_TEXT_MAX];
    bool first = true;
    put_name(out, "memory");
    rf_buffer_char(out, '{');
    for (size_t i = 0; i < now->list.count; i++) {
        const rf_top_series *series = now->list.items[i];
        if (!rf_top_is_memory(series) || !isfinite(series->value))
            continue;
        rf_buffer_text(out, first ? "" : ",");
        first = false;
        rf_json_write_string(out, series->key, 0);
        rf_buffer_char(out, ':');
        rf_buffer_append(out, text, rf_number_json(series->value, text));
    }
    rf_buffer_char(out, '}');
}

rf_code rf_top_json(const rf_top *top, rf_buffer *out, rf_error *reterr) {
    const rf_top_rates rates = rf_top_rates_of(top);
    char at[RF_CLOCK_TEXT_MAX];
    int64_t ms = rf_clock_wall_ms();
    size_t len = rf_clock_rfc3339(ms / 1000, (uint32_t)(ms % 1000) * 1000000, 3, at);
    rf_buffer_char(out, '{');
    put_text(out, "url", rf_slice_of(top->url));
    put_text(out, "at", (rf_slice){ at, len });
    put_number(out, "uptime_s", rates.uptime_s);
    put_known(out, "in_per_s", rates.in, rates.known);
    put_known(out, "out_per_s", rates.out, rates.known);
    put_known(out, "errors_per_s", rates.errors, rates.known);
    put_known(out, "cpu_percent", rates.cpu_percent, rates.known);
    put_number(out, "rss_bytes", rates.rss_bytes);
    put_number(out, "threads", rates.threads);
    rf_code code = put_stages(out, top, reterr);
    put_name(out, "plugins");
    if (!code)
        code = rf_json_write(out, &top->now->plugins, 0, reterr);
    put_name(out, "zones");
    if (!code)
        code = rf_json_write(out, &top->now->zones, 0, reterr);
    put_memory(out, top->now);
    rf_buffer_text(out, "}\n");
    return code || !out->failed ? code : rf_raise_nomem(reterr);
}
