/* findings.c: what is wrong with a config, collected in the order of the text, and how it is shown. */
#include "stream/findings.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/vec.h"
#include "stream/config.h"

#include <assert.h>
#include <string.h>

typedef struct finding {
    rf_error error;
    const rf_source *source;
    bool warning;
} finding;

struct rf_findings {
    RF_VEC(finding *) rows;
    size_t errors_reported; /* those that were known already too */
    bool nomem;
};

rf_findings *rf_findings_new(void) { return rf_alloc_zero(1, sizeof(rf_findings)); }

void rf_findings_free(rf_findings *findings) {
    if (!findings)
        return;
    for (size_t i = 0; i < findings->rows.count; i++)
        rf_free(findings->rows.items[i]);
    rf_vec_done(&findings->rows);
    rf_free(findings);
}

/* Line breaks and other control characters would break the one-line form that scripts parse. */
static void flatten(char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < 0x20)
            *text = ' ';
}

/* Does `a` stand behind `b`? The main text (the first one that was complained about) comes first. */
static bool comes_after(const finding *a, const finding *b) {
    if (a->source != b->source)
        return false;
    const rf_place *pa = &a->error.place, *pb = &b->error.place;
    return pa->line != pb->line ? pa->line > pb->line : pa->column > pb->column;
}

static bool same(const finding *a, const finding *b) {
    return a->source == b->source && a->error.place.line == b->error.place.line &&
           a->error.place.column == b->error.place.column && strcmp(a->error.message, b->error.message) == 0;
}

static bool known(const rf_findings *findings, const finding *row) {
    for (size_t i = 0; i < findings->rows.count; i++)
        if (same(findings->rows.items[i], row))
            return true;
    return false;
}

void rf_findings_add(rf_findings *findings, const rf_source *source, const rf_error *error, bool warning) {
    assert(findings && error);
    findings->errors_reported += !warning;
    if (findings->rows.count >= RF_FINDINGS_MAX)
        return;
    finding *row = rf_alloc(sizeof *row);
    if (!row || !rf_vec_push(&findings->rows, row)) {
        rf_free(row);
        findings->nomem = true;
        return;
    }
    *row = (finding){ .error = *error, .source = source, .warning = warning };
    flatten(row->error.message);
    flatten(row->error.hint);
    findings->rows.count--; /* not there yet, for the comparison */
    if (known(findings, row)) {
        rf_free(row);
        return;
    }
    size_t at = findings->rows.count++;
    for (; at > 0 && comes_after(findings->rows.items[at - 1], row); at--)
        findings->rows.items[at] = findings->rows.items[at - 1];
    findings->rows.items[at] = row;
}

rf_code rf_findings_code(const rf_findings *findings) {
    if (findings->nomem)
        return RF_ENOMEM;
    return rf_findings_count(findings, true) ? RF_ECONFIG : RF_OK;
}

size_t rf_findings_errors_reported(const rf_findings *findings) {
    assert(findings);
    return findings->errors_reported;
}

size_t rf_findings_count(const rf_findings *findings, bool errors_only) {
    assert(findings);
    size_t count = 0;
    for (size_t i = 0; i < findings->rows.count; i++)
        count += !errors_only || !findings->rows.items[i]->warning;
    return count;
}

const rf_error *rf_findings_get(const rf_findings *findings, size_t i, bool *ret_warning) {
    assert(findings && i < findings->rows.count);
    if (ret_warning)
        *ret_warning = findings->rows.items[i]->warning;
    return &findings->rows.items[i]->error;
}

/* The first line has the form that scripts know, `FILE(line,col) text`; below it the line and the caret. */
static void show_one(rf_buffer *out, const finding *row, bool colour) {
    const rf_place *place = &row->error.place;
    const char *kind = row->warning ? "warning: " : "";
    rf_buffer_printf(out, "%s(%u,%u) %s%s\n", place->file, place->line, place->column, kind, row->error.message);
    rf_buffer shown = { 0 };
    rf_source_show(&shown, row->source, &row->error, colour);
    rf_slice text = rf_buffer_view(&shown);
    size_t first = text.len ? rf_slice_find(text, '\n') + 1 : 0;
    if (first < text.len)
        rf_buffer_append(out, text.data + first, text.len - first);
    if (shown.failed)
        out->failed = true;
    rf_buffer_done(&shown);
}

void rf_findings_show(rf_buffer *out, const rf_config *config, bool colour) {
    assert(out && config);
    const rf_findings *findings = config->findings;
    for (size_t i = 0; i < findings->rows.count; i++)
        show_one(out, findings->rows.items[i], colour);
}
