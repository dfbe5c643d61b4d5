/* top_sample.c: asking a host what it does, and reading what it says. */
#include "cli/top.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "cli/plugin.h"
#include "message/json.h"

#include <assert.h>
#include <string.h>

void rf_top_sample_free(rf_top_sample *sample) {
    if (!sample)
        return;
    rf_table_done(&sample->index);
    rf_vec_done(&sample->list);
    rf_arena_done(&sample->arena);
    rf_free(sample);
}

/* ---- /metrics ---- */

typedef struct line_parts { rf_slice name, labels; double value; } line_parts;

/* The `}` that ends the labels: one within a value does not count. */
static size_t labels_end(rf_slice text) {
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        if (quoted && text.data[i] == '\\')
            i++;
        else if (text.data[i] == '"')
            quoted = !quoted;
        else if (!quoted && text.data[i] == '}')
            return i;
    }
    return text.len;
}

/* `name{labels} value`, without a time behind it. */
static bool split_line(rf_slice line, line_parts *ret) {
    size_t brace = rf_slice_find(line, '{'), blank = rf_slice_find(line, ' ');
    rf_slice rest;
    ret->labels = (rf_slice){ 0 };
    if (brace < blank) {
        rf_slice behind = { line.data + brace + 1, line.len - brace - 1 };
        size_t end = labels_end(behind);
        if (end == behind.len)
            return false;
        ret->labels = (rf_slice){ behind.data, end };
        ret->name = (rf_slice){ line.data, brace };
        rest = (rf_slice){ behind.data + end + 1, behind.len - end - 1 };
    } else {
        ret->name = (rf_slice){ line.data, blank };
        rest = (rf_slice){ line.data + blank, line.len - blank };
    }
    return ret->name.len && rf_number_parse_go_float(rf_slice_trim(rest), &ret->value);
}

static bool cut_end(rf_slice *name, const char *end) {
    rf_slice word = rf_slice_of(end);
    if (!rf_slice_ends(*name, word))
        return false;
    name->len -= word.len;
    return true;
}

static rf_top_series *series_of(rf_top_sample *sample, rf_slice name, rf_slice labels) {
    rf_slice key = labels.len ? rf_printf_in(&sample->arena, "%.*s{%.*s}", RF_SLICE_ARG(name), RF_SLICE_ARG(labels))
                              : rf_slice_dup_in(&sample->arena, name);
    rf_top_series *series = key.data ? rf_table_get(&sample->index, key) : NULL;
    if (series || !key.data)
        return series;
    series = rf_arena_zero(&sample->arena, 1, sizeof *series);
    if (series)
        series->position = sample->list.count;
    if (!series || !rf_table_put(&sample->index, key, series) || !rf_vec_push(&sample->list, series))
        return NULL;
    series->key = key;
    series->name = (rf_slice){ key.data, name.len };
    series->labels = labels.len ? (rf_slice){ key.data + name.len + 1, labels.len } : (rf_slice){ 0 };
    return series;
}

/* False: out of memory. Within a histogram, bounds are left out: /stats has finer quantiles. */
static bool read_line(rf_top_sample *sample, rf_slice line, bool histogram) {
    line_parts parts;
    if (!split_line(line, &parts) || (histogram && rf_slice_ends(parts.name, RF_SLICE("_bucket"))))
        return true;
    bool is_sum = histogram && cut_end(&parts.name, "_sum");
    bool is_count = histogram && !is_sum && cut_end(&parts.name, "_count");
    rf_top_series *series = series_of(sample, parts.name, parts.labels);
    if (!series)
        return false;
    series->histogram = is_sum || is_count;
    if (is_sum)
        series->sum = parts.value;
    else
        series->value = parts.value;
    return true;
}

static rf_code read_metrics(rf_top_sample *sample, rf_slice text, rf_error *reterr) {
    bool histogram = false;
    while (text.len) {
        size_t end = rf_slice_find(text, '\n'), taken = end + (end < text.len);
        rf_slice line = { text.data, end };
        text = (rf_slice){ text.data + taken, text.len - taken };
        if (rf_slice_starts(line, RF_SLICE("# TYPE ")))
            histogram = rf_slice_ends(line, RF_SLICE(" histogram"));
        else if (line.len && line.data[0] != '#' && !read_line(sample, line, histogram))
            return rf_raise_nomem(reterr);
    }
    return sample->list.count ? RF_OK : rf_raise(reterr, RF_EPARSE, "the host shows no metrics");
}

/* ---- JSON ---- */

double rf_top_number(const rf_value *map, const char *name) {
    const rf_value *value = map->kind == RF_MAP ? rf_value_member(map, rf_slice_of(name)) : NULL;
    return !value ? 0 : value->kind == RF_DOUBLE ? value->number : value->kind == RF_INT ? (double)value->integer : 0;
}

rf_slice rf_top_string(const rf_value *map, const char *name) {
    const rf_value *value = map->kind == RF_MAP ? rf_value_member(map, rf_slice_of(name)) : NULL;
    return value && value->kind == RF_STRING ? rf_value_text(value) : RF_SLICE("");
}

/* What the answer's arena keeps is a copy: the body goes. RF_NULL when there is no such path there. */
static rf_code read_json(rf_top_sample *sample, const char *url, const char *path, rf_value *ret_value, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer body = { 0 };
    *ret_value = rf_null();
    rf_code code = rf_cli_plugin_http(url, "GET", path, &body, reterr);
    if (code)
        return code;
    rf_slice text = rf_slice_dup_in(&sample->arena, rf_buffer_view(&body));
    return text.data ? rf_json_parse(&sample->arena, text, RF_JSON_DOUBLES, ret_value, reterr) : rf_raise_nomem(reterr);
}

static rf_code read_quantiles(rf_top_sample *sample, const char *url, rf_error *reterr) {
    rf_value stats;
    rf_code code = read_json(sample, url, "/stats", &stats, reterr);
    for (uint32_t i = 0; !code && stats.kind == RF_MAP && i < stats.size; i++) {
        rf_top_series *series = rf_table_get(&sample->index, stats.members[i].key);
        if (!series)
            continue;
        series->p50 = rf_top_number(&stats.members[i].value, "p50");
        series->p99 = rf_top_number(&stats.members[i].value, "p99");
    }
    return code;
}

/* A host may have none of these; it is still one. */
static rf_code read_list(rf_top_sample *sample, const char *url, const char *path, rf_value *ret_value, rf_error *ret_why,
                         rf_error *reterr) {
    rf_code code = read_json(sample, url, path, ret_value, ret_why);
    if (!code && ret_value->kind != RF_LIST)
        *ret_value = rf_null();
    if (code != RF_ENOMEM && code != RF_EIO)
        return RF_OK;
    if (reterr)
        *reterr = *ret_why;
    return code;
}

static rf_code ask(rf_top_sample *sample, const char *url, unsigned flags, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer body = { 0 };
    rf_error unheard = { 0 };
    rf_code code = rf_cli_plugin_http(url, "GET", "/metrics", &body, reterr);
    sample->at_ns = rf_clock_mono_ns();
    if (!code)
        code = read_metrics(sample, rf_buffer_view(&body), reterr);
    if (!code)
        code = read_quantiles(sample, url, reterr);
    if (!code)
        code = read_list(sample, url, "/plugins", &sample->plugins, &unheard, reterr);
    if (!code && (flags & RF_TOP_WITH_ZONES))
        code = read_list(sample, url, "/debug/zones", &sample->zones, &sample->zones_error, reterr);
    return code;
}

rf_code rf_top_sample_take(const char *url, unsigned flags, rf_top_sample **ret_sample, rf_error *reterr) {
    assert(url && ret_sample);
    rf_top_sample *sample = rf_alloc_zero(1, sizeof *sample);
    if (!sample)
        return rf_raise_nomem(reterr);
    rf_arena_init(&sample->arena, 65536);
    rf_code code = ask(sample, url, flags, reterr);
    if (code)
        rf_top_sample_free(sample);
    else
        *ret_sample = sample;
    return code;
}

/* ---- Looking things up ---- */

double rf_top_sample_sum(const rf_top_sample *sample, const char *name) {
    double sum = 0;
    for (size_t i = 0; i < sample->list.count; i++)
        if (rf_slice_is(sample->list.items[i]->name, name))
            sum += sample->list.items[i]->value;
    return sum;
}

rf_slice rf_top_label(const rf_top_series *series, const char *label) {
    rf_slice rest = series->labels, word = rf_slice_of(label);
    while (rest.len) {
        size_t equals = rf_slice_find(rest, '='), end = equals + 2;
        if (end > rest.len)
            break;
        while (end < rest.len && rest.data[end] != '"')
            end += rest.data[end] == '\\' ? 2 : 1;
        if (end >= rest.len)
            break;
        if (rf_slice_eq((rf_slice){ rest.data, equals }, word))
            return (rf_slice){ rest.data + equals + 2, end - equals - 2 };
        size_t taken = end + 1 + (end + 1 < rest.len);
        rest = (rf_slice){ rest.data + taken, rest.len - taken };
    }
    return RF_SLICE("");
}
