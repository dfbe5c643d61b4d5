/* mapping_manual.c: the tables of docs/mapping.md, made from the tables that mappings are compiled against. */
#include "message/mapping_ast.h"

#include <assert.h>

/* Parameters that may be left out are marked; a method's point stands before its name. */
static void write_row(rf_buffer *out, const rf_mapping_function *row, const char *before) {
    rf_buffer_printf(out, "| `%s%s(", before, row->name);
    for (size_t i = 0; row->params[i]; i++)
        rf_buffer_printf(out, "%s%s%s", i ? ", " : "", row->params[i], i < row->required ? "" : "?");
    rf_buffer_printf(out, ")` | %s |\n", row->doc);
}

void rf_mapping_manual(rf_buffer *out) {
    assert(out);
    rf_buffer_text(out, "| function | gives |\n|---|---|\n");
    for (const rf_mapping_function *row = rf_mapping_functions; row->name; row++)
        write_row(out, row, "");
    rf_buffer_text(out, "\n| method | gives |\n|---|---|\n");
    for (const rf_mapping_function *row = rf_mapping_methods; row->name; row++)
        write_row(out, row, ".");
}
