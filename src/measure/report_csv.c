/* report_csv.c: the samples as they were taken, one a row (RFC 4180). */
#include "base/number.h"
#include "measure/report_text.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

/* Quoted only where it has to be. */
static void field(rf_buffer *out, const char *text) {
    const char *value = text ? text : "";
    if (!strpbrk(value, ",\"\r\n")) {
        rf_buffer_text(out, value);
        return;
    }
    rf_buffer_char(out, '"');
    for (; *value; value++) {
        if (*value == '"')
            rf_buffer_char(out, '"');
        rf_buffer_char(out, *value);
    }
    rf_buffer_char(out, '"');
}

/* Empty when it is not known. */
static void number(rf_buffer *out, const double *values, size_t i) {
    char text[RF_NUMBER_TEXT_MAX];
    rf_buffer_char(out, ',');
    if (values && isfinite(values[i]))
        rf_buffer_append(out, text, rf_number_json(values[i], text));
}

static void rows(const rf_result_of_bench *result, rf_buffer *out) {
    const rf_measurement *m = &result->measurement;
    const char *names[] = { result->bench.group, result->bench.name, result->bench.parameter, result->bench.form };
    for (size_t i = 0; i < m->count; i++) {
        for (size_t name = 0; name < sizeof names / sizeof *names; name++) {
            field(out, names[name]);
            rf_buffer_char(out, ',');
        }
        rf_buffer_printf(out, "%zu", i + 1);
        number(out, m->iterations, i);
        number(out, m->ns, i);
        number(out, m->cpu_ns, i);
        rf_buffer_text(out, "\r\n");
    }
}

void rf_report_csv(const rf_bench_run *run, rf_buffer *out) {
    assert(run && out);
    rf_buffer_text(out, "group,name,parameter,form,sample,iterations,ns,cpu_ns\r\n");
    for (size_t i = 0; i < run->results.count; i++)
        if (!run->results.items[i].failure)
            rows(&run->results.items[i], out);
}
