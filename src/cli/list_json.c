/* list_json.c: components as JSON, for programs. */
#include "cli/list.h"

#include "base/slice.h"
#include "message/json.h"

#include <assert.h>

static void write_member(rf_buffer *out, const char *name, const char *text, bool first) {
    if (!first)
        rf_buffer_char(out, ',');
    rf_json_write_string(out, rf_slice_of(name), 0);
    rf_buffer_char(out, ':');
    if (text)
        rf_json_write_string(out, rf_slice_of(text), 0);
    else
        rf_buffer_text(out, "null");
}

static void write_field(void *arg, const rf_list_row *row) {
    rf_buffer *out = arg, type = { 0 };
    const rf_field *field = row->field;
    rf_list_type(&type, field);
    rf_buffer_text(out, out->data && out->len && out->data[out->len - 1] == '}' ? ",{" : "{");
    write_member(out, "name", row->path, true);
    write_member(out, "type", rf_buffer_cstr(&type), false);
    write_member(out, "default", field->standard, false);
    rf_buffer_printf(out, ",\"required\":%s", field->flags & RF_FIELD_REQUIRED ? "true" : "false");
    rf_buffer_printf(out, ",\"advanced\":%s", field->flags & RF_FIELD_ADVANCED ? "true" : "false");
    rf_buffer_printf(out, ",\"deprecated\":%s", field->flags & RF_FIELD_DEPRECATED ? "true" : "false");
    rf_buffer_printf(out, ",\"secret\":%s", field->flags & RF_FIELD_SECRET ? "true" : "false");
    write_member(out, "doc", field->doc, false);
    rf_buffer_char(out, '}');
    out->failed |= type.failed;
    rf_buffer_done(&type);
}

void rf_list_json(rf_buffer *out, rf_class class, const rf_kind *kind) {
    assert(out && kind);
    rf_buffer_char(out, '{');
    write_member(out, "kind", rf_class_name(class), true);
    write_member(out, "name", kind->name, false);
    write_member(out, "summary", kind->summary, false);
    write_member(out, "detail", kind->detail, false);
    write_member(out, "example", kind->example, false);
    rf_buffer_text(out, ",\"fields\":[");
    rf_list_walk(kind->fields, "", write_field, out);
    rf_buffer_text(out, "]}");
}
