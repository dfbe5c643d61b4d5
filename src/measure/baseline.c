/* baseline.c: a run as a file that diffs well: ids in order, a field or a sample a line. */
#include "measure/baseline_fields.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct writer { rf_buffer *out; unsigned depth; bool first; } writer;

static void begin_line(writer *w) {
    rf_buffer_text(w->out, w->first ? "\n" : ",\n");
    w->first = false;
    for (unsigned i = 0; i < w->depth; i++)
        rf_buffer_char(w->out, ' ');
}

static void put_key(writer *w, const char *key) {
    begin_line(w);
    rf_buffer_printf(w->out, "\"%s\": ", key);
}

static void open_in(writer *w, char bracket) {
    rf_buffer_char(w->out, bracket);
    w->depth++;
    w->first = true;
}

static void close_in(writer *w, char bracket) {
    w->depth--;
    rf_buffer_char(w->out, '\n');
    for (unsigned i = 0; i < w->depth; i++)
        rf_buffer_char(w->out, ' ');
    rf_buffer_char(w->out, bracket);
    w->first = false;
}

static void put_number(writer *w, double value) {
    char digits[RF_NUMBER_TEXT_MAX];
    if (isfinite(value))
        rf_buffer_append(w->out, digits, rf_number_json(value, digits));
    else
        rf_buffer_text(w->out, "null");
}

static void put_text(writer *w, const char *text) {
    if (text)
        rf_json_write_string(w->out, rf_slice_of(text), RF_JSON_RAW_SEPARATORS);
    else
        rf_buffer_text(w->out, "null");
}

static void put_field(writer *w, const rf_kept *row, const void *place) {
    char grade[2] = "";
    put_key(w, row->key);
    switch (row->kind) {
    case RF_KEPT_ROOM: put_text(w, place); break;
    case RF_KEPT_TEXT: put_text(w, *(const char *const *)place); break;
    case RF_KEPT_DOUBLE: put_number(w, *(const double *)place); break;
    case RF_KEPT_U32: put_number(w, *(const uint32_t *)place); break;
    case RF_KEPT_U64: put_number(w, (double)*(const uint64_t *)place); break;
    case RF_KEPT_BOOL: rf_buffer_text(w->out, *(const bool *)place ? "true" : "false"); break;
    case RF_KEPT_UNIT: put_text(w, rf_unit_name(*(const rf_unit *)place)); break;
    case RF_KEPT_SAMPLING: put_text(w, rf_kept_samplings[*(const rf_sampling *)place]); break;
    case RF_KEPT_GRADE:
        grade[0] = *(const char *)place;
        put_text(w, grade);
        break;
    }
}

static void put_fields(writer *w, const rf_kept *rows, const void *from) {
    for (; rows->key; rows++)
        put_field(w, rows, (const char *)from + rows->at);
}

static void put_object(writer *w, const char *key, const rf_kept *rows, const void *from) {
    put_key(w, key);
    open_in(w, '{');
    put_fields(w, rows, from);
    close_in(w, '}');
}

static void put_estimates(writer *w, const rf_estimates *estimates) {
    put_key(w, "estimates");
    open_in(w, '{');
    for (const rf_kept_estimate *row = rf_kept_estimates; row->key; row++)
        put_object(w, row->key, rf_kept_interval, (const char *)estimates + row->at);
    put_key(w, "r2");
    put_number(w, estimates->r2);
    put_key(w, "minimum");
    put_number(w, estimates->minimum);
    put_key(w, "maximum");
    put_number(w, estimates->maximum);
    put_object(w, "outliers", rf_kept_outliers, &estimates->outliers);
    close_in(w, '}');
}

static void put_samples(writer *w, const rf_measurement *m) {
    put_key(w, "samples");
    open_in(w, '[');
    for (size_t i = 0; i < m->count; i++) {
        begin_line(w);
        rf_buffer_char(w->out, '[');
        put_number(w, m->iterations[i]);
        rf_buffer_text(w->out, ", ");
        put_number(w, m->ns[i]);
        rf_buffer_text(w->out, ", ");
        put_number(w, m->cpu_ns ? m->cpu_ns[i] : 0);
        rf_buffer_char(w->out, ']');
    }
    close_in(w, ']');
}

static void put_result(writer *w, const rf_result_of_bench *result) {
    begin_line(w);
    put_text(w, result->id);
    rf_buffer_text(w->out, ": ");
    open_in(w, '{');
    put_fields(w, rf_kept_bench, &result->bench);
    if (result->failure) {
        put_key(w, "failure");
        put_text(w, result->failure);
    } else {
        put_object(w, "measurement", rf_kept_measurement, &result->measurement);
        put_object(w, "noise", rf_kept_noise, &result->measurement.noise);
        put_estimates(w, &result->estimates);
        put_samples(w, &result->measurement);
    }
    close_in(w, '}');
}

static int by_id(const void *a, const void *b) {
    const rf_result_of_bench *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

static void put_results(writer *w, const rf_bench_run *run) {
    size_t count = run->results.count;
    const rf_result_of_bench **sorted = rf_alloc_zero(count + 1, sizeof(const rf_result_of_bench *));
    if (!sorted) {
        w->out->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = &run->results.items[i];
    qsort(sorted, count, sizeof(const rf_result_of_bench *), by_id);
    put_key(w, "results");
    open_in(w, '{');
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(sorted[i]->id, sorted[i - 1]->id) != 0) /* names of programs may be cut to the same */
            put_result(w, sorted[i]);
    close_in(w, '}');
    rf_free(sorted);
}

void rf_baseline_write(const rf_bench_run *run, rf_buffer *out) {
    assert(run && out);
    writer w = { .out = out };
    char when[RF_CLOCK_TEXT_MAX + 1];
    size_t len = rf_clock_rfc3339(run->began_ms / 1000, (uint32_t)(run->began_ms % 1000) * 1000000u, 0, when);
    when[len] = '\0';
    open_in(&w, '{');
    put_key(&w, "riffle_baseline");
    put_number(&w, RF_BASELINE_VERSION);
    put_key(&w, "version");
    put_text(&w, run->version);
    put_key(&w, "commit");
    put_text(&w, run->commit);
    put_key(&w, "began");
    put_text(&w, when);
    put_object(&w, "machine", rf_kept_machine, &run->machine);
    put_object(&w, "options", rf_kept_options, &run->options);
    put_object(&w, "resampling", rf_kept_resampling, &run->estimate);
    put_results(&w, run);
    close_in(&w, '}');
    rf_buffer_char(out, '\n');
}
