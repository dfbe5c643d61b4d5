/* list_fields.c: fields of components as text and as Markdown. */
#include "cli/list.h"

#include <assert.h>
#include <inttypes.h>

void rf_list_walk(const rf_field *fields, const char *prefix, void (*visit)(void *arg, const rf_list_row *row), void *arg) {
    assert(prefix && visit);
    for (const rf_field *field = fields; field && field->name; field++) {
        rf_list_row row = { .field = field };
        bool body = field->flags & RF_FIELD_BODY; /* it has no name: it is what stands behind the component's */
        (void)snprintf(row.path, sizeof row.path, "%s%s", prefix, body ? "(its value)" : field->name);
        visit(arg, &row);
        if (!field->fields)
            continue;
        char within[sizeof row.path];
        (void)snprintf(within, sizeof within, "%.150s%s", body ? "" : row.path, field->type == RF_FIELD_OBJECTS ? "[]." : ".");
        rf_list_walk(field->fields, within, visit, arg);
    }
}

static void write_options(rf_buffer *out, const rf_field *field) {
    rf_buffer_text(out, "one of: ");
    for (size_t i = 0; field->options[i]; i++)
        rf_buffer_printf(out, "%s%s", i ? ", " : "", field->options[i]);
}

static void write_range(rf_buffer *out, const rf_field *field) {
    rf_buffer_text(out, "int");
    if (field->min != field->max && field->max == INT64_MAX)
        rf_buffer_printf(out, ", at least %" PRId64, field->min);
    else if (field->min != field->max)
        rf_buffer_printf(out, ", %" PRId64 " to %" PRId64, field->min, field->max);
}

void rf_list_type(rf_buffer *out, const rf_field *field) {
    static const char *const names[] = {
        [RF_FIELD_STRING] = "string", [RF_FIELD_DOUBLE] = "number", [RF_FIELD_BOOL] = "bool", [RF_FIELD_DURATION] = "duration",
        [RF_FIELD_SIZE] = "size", [RF_FIELD_STRINGS] = "list of strings", [RF_FIELD_SCRIPT] = "script", [RF_FIELD_DYNAMIC] = "string with `${! … }`",
        [RF_FIELD_DYNAMICS] = "map of strings with `${! … }`", [RF_FIELD_QUERY] = "query", [RF_FIELD_OBJECT] = "object",
        [RF_FIELD_OBJECTS] = "list of objects", [RF_FIELD_ANY] = "any", [RF_FIELD_INPUT] = "input", [RF_FIELD_OUTPUT] = "output",
        [RF_FIELD_INPUTS] = "list of inputs", [RF_FIELD_OUTPUTS] = "list of outputs", [RF_FIELD_PROCESSORS] = "list of processors",
        [RF_FIELD_CACHE_LABEL] = "label of a cache", [RF_FIELD_CACHE_LABELS] = "list of labels of caches", [RF_FIELD_RATE_LIMIT_LABEL] = "label of a rate limit", [RF_FIELD_INPUT_LABEL] = "label of an input",
        [RF_FIELD_PROCESSOR_LABEL] = "label of a processor", [RF_FIELD_OUTPUT_LABEL] = "label of an output",
    };
    assert(out && field);
    if (field->type == RF_FIELD_ENUM)
        write_options(out, field);
    else if (field->type == RF_FIELD_INT)
        write_range(out, field);
    else
        rf_buffer_text(out, names[field->type]);
}

static void text_row(void *arg, const rf_list_row *row) {
    rf_buffer *out = arg;
    const rf_field *field = row->field;
    rf_buffer_printf(out, "  %s (", row->path);
    rf_list_type(out, field);
    if (field->flags & RF_FIELD_REQUIRED)
        rf_buffer_text(out, "; required");
    else if (field->standard)
        rf_buffer_printf(out, "; default %s", *field->standard ? field->standard : "\"\"");
    if (field->flags & RF_FIELD_DEPRECATED)
        rf_buffer_text(out, "; deprecated");
    rf_buffer_printf(out, ")\n      %s\n", field->doc ? field->doc : "");
}

/* Every line of the text, moved in. */
static void write_indented(rf_buffer *out, const char *text, const char *indent) {
    for (bool start = true; *text; text++) {
        if (start && *text != '\n')
            rf_buffer_text(out, indent);
        rf_buffer_char(out, *text);
        start = *text == '\n';
    }
    if (out->len && out->data[out->len - 1] != '\n')
        rf_buffer_char(out, '\n');
}

void rf_list_text(rf_buffer *out, rf_class class, const rf_kind *kind) {
    assert(out && kind);
    rf_buffer_printf(out, "%s (%s)\n\n%s\n", kind->name, rf_class_name(class), kind->summary);
    if (kind->detail)
        rf_buffer_printf(out, "\n%s\n", kind->detail);
    rf_buffer_text(out, kind->fields && kind->fields->name ? "\nfields:\n" : "\nno fields\n");
    rf_list_walk(kind->fields, "", text_row, out);
    if (kind->example) {
        rf_buffer_text(out, "\nexample:\n\n");
        write_indented(out, kind->example, "  ");
    }
}

/* A bar would end a table's cell, a line break its row. */
static void markdown_cell(rf_buffer *out, const char *text) {
    for (; text && *text; text++) {
        if (*text == '|')
            rf_buffer_char(out, '\\');
        rf_buffer_char(out, *text == '\n' ? ' ' : *text);
    }
}

static void markdown_row(void *arg, const rf_list_row *row) {
    rf_buffer *out = arg;
    const rf_field *field = row->field;
    rf_buffer type = { 0 };
    rf_list_type(&type, field);
    rf_buffer_printf(out, "| `%s` | ", row->path);
    markdown_cell(out, rf_buffer_cstr(&type));
    rf_buffer_text(out, " | ");
    if (field->flags & RF_FIELD_REQUIRED)
        rf_buffer_text(out, "required");
    else if (field->standard)
        rf_buffer_printf(out, "`%s`", *field->standard ? field->standard : "\"\"");
    rf_buffer_text(out, " | ");
    markdown_cell(out, field->doc);
    rf_buffer_text(out, field->flags & RF_FIELD_DEPRECATED ? " Deprecated. |\n" : " |\n");
    out->failed |= type.failed;
    rf_buffer_done(&type);
}

void rf_list_markdown(rf_buffer *out, rf_class class, const rf_kind *kind) {
    assert(out && kind);
    rf_buffer_printf(out, "# %s (%s)\n\n%s\n", kind->name, rf_class_name(class), kind->summary);
    if (kind->detail)
        rf_buffer_printf(out, "\n%s\n", kind->detail);
    if (kind->fields && kind->fields->name)
        rf_buffer_text(out, "\n## Fields\n\n| field | type | default | meaning |\n|---|---|---|---|\n");
    rf_list_walk(kind->fields, "", markdown_row, out);
    if (kind->example) {
        rf_buffer_text(out, "\n## Example\n\n```yaml\n");
        write_indented(out, kind->example, "");
        rf_buffer_text(out, "```\n");
    }
    rf_buffer_printf(out, "\nThis page is written by `riffle list --format markdown %ss %s`.\n", rf_class_name(class), kind->name);
}
