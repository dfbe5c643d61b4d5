/* list_fusabi.c: the library of Fusabi, written from the table that scripts are compiled against. */
#include "cli/list.h"

#include "base/slice.h"
#include "cli/command.h"
#include "message/json.h"
#include "script/fusabi/library.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What the prelude stands on is no business of scripts. */
static bool is_hidden(const rf_fus_lib_module *module) {
    return rf_slice_starts(rf_slice_of(module->name), RF_SLICE("Prim"));
}

/* True when one of the names is this module's ("globals" for the one without a name) or this function's. */
static bool is_asked(const rf_list_names *names, const rf_fus_lib_module *module, const rf_fus_lib_row *row) {
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];
        if (strcmp(name, *module->name ? module->name : "globals") == 0 || (row && strcmp(name, row->name) == 0))
            return true;
    }
    return names->count == 0;
}

static bool has_asked(const rf_list_names *names, const rf_fus_lib_module *module) {
    bool has = is_asked(names, module, NULL);
    for (const rf_fus_lib_row *row = module->rows; row->name && !has; row++)
        has = is_asked(names, module, row);
    return has;
}

/* ---- Text ---- */

static void write_needs(rf_buffer *out, uint32_t needs) {
    const char *before = "";
    for (const rf_fus_capability *row = rf_fus_capabilities; row->name; row++)
        if (needs & row->bit) {
            rf_buffer_printf(out, "%s%s", before, row->name);
            before = ", ";
        }
}

static void write_signature(rf_buffer *out, const rf_fus_lib_row *row) {
    rf_buffer_printf(out, "%s%s%s : %s", row->name, row->params && *row->params ? " " : "", row->params ? row->params : "", row->type);
}

static void text_function(rf_buffer *out, const rf_fus_lib_row *row) {
    write_signature(out, row);
    rf_buffer_printf(out, "\n    %s\n", row->doc);
    if (row->example)
        rf_buffer_printf(out, "    Example: %s\n", row->example);
    if (row->needs) {
        rf_buffer_text(out, "    Needs: ");
        write_needs(out, row->needs);
        rf_buffer_char(out, '\n');
    }
}

static void text_module(rf_buffer *out, const rf_list_names *names, const rf_fus_lib_module *module) {
    const char *title = *module->name ? module->name : "globals";
    if (names->count == 0) {
        rf_buffer_printf(out, "  - %-16s %s\n", title, module->doc);
        return;
    }
    if (is_asked(names, module, NULL))
        rf_buffer_printf(out, "%s%s: %s\n\n", out->len ? "\n" : "", title, module->doc);
    for (const rf_fus_lib_row *row = module->rows; row->name; row++)
        if (is_asked(names, module, row))
            text_function(out, row);
}

/* ---- Markdown ---- */

static void markdown_function(rf_buffer *out, const rf_fus_lib_row *row) {
    rf_buffer_printf(out, "### %s\n\n```fsharp\n", row->name);
    write_signature(out, row);
    if (row->example)
        rf_buffer_printf(out, "\n\n%s", row->example);
    rf_buffer_printf(out, "\n```\n\n%s\n", row->doc);
    if (row->needs) {
        rf_buffer_text(out, "\nNeeds the right: ");
        write_needs(out, row->needs);
        rf_buffer_text(out, ".\n");
    }
    rf_buffer_text(out, row->is_ours ? "\nNot in the original.\n\n" : "\n");
}

static void markdown_module(rf_buffer *out, const rf_list_names *names, const rf_fus_lib_module *module) {
    if (is_asked(names, module, NULL))
        rf_buffer_printf(out, "## %s\n\n%s\n\n", *module->name ? module->name : "Without a module", module->doc);
    for (const rf_fus_lib_row *row = module->rows; row->name; row++)
        if (is_asked(names, module, row))
            markdown_function(out, row);
}

static void markdown_head(rf_buffer *out) {
    rf_buffer_text(out, "# The library of Fusabi\n\nWritten by `riffle list --format markdown fusabi`, from the table that scripts are "
                        "compiled against.\n\nA function with a right exists only where the host grants it: `riffle exec` grants all that `--deny` does "
                        "not take. The rights are:\n\n");
    for (const rf_fus_capability *row = rf_fus_capabilities; row->name; row++)
        rf_buffer_printf(out, "- `%s`: %s\n", row->name, row->doc);
    rf_buffer_text(out, "\nModules:");
    for (const rf_fus_lib_module *const *module = rf_fus_lib_modules; *module; module++)
        if (*(*module)->name && !is_hidden(*module))
            rf_buffer_printf(out, " [%s](#%s)", (*module)->name, (*module)->name);
    rf_buffer_text(out, "\n\n");
}

/* ---- JSON ---- */

static void json_member(rf_buffer *out, const char *name, const char *text) {
    rf_buffer_printf(out, "\"%s\":", name);
    if (text)
        rf_json_write_string(out, rf_slice_of(text), 0);
    else
        rf_buffer_text(out, "null");
    rf_buffer_char(out, ',');
}

static void json_function(rf_buffer *out, const rf_fus_lib_row *row) {
    rf_buffer_char(out, '{');
    json_member(out, "name", row->name);
    json_member(out, "params", row->params);
    json_member(out, "type", row->type);
    json_member(out, "doc", row->doc);
    json_member(out, "example", row->example);
    rf_buffer_printf(out, "\"arity\":%u,\"original\":%s,\"needs\":[", row->arity, row->is_ours ? "false" : "true");
    const char *before = "";
    for (const rf_fus_capability *capability = rf_fus_capabilities; capability->name; capability++)
        if (row->needs & capability->bit) {
            rf_buffer_printf(out, "%s\"%s\"", before, capability->name);
            before = ",";
        }
    rf_buffer_text(out, "]}");
}

static void json_module(rf_buffer *out, const rf_list_names *names, const rf_fus_lib_module *module) {
    rf_buffer_text(out, out->len > 1 ? ",\n{" : "\n{");
    json_member(out, "module", module->name);
    json_member(out, "doc", module->doc);
    rf_buffer_text(out, "\"functions\":[");
    const char *before = "\n  ";
    for (const rf_fus_lib_row *row = module->rows; row->name; row++)
        if (is_asked(names, module, row)) {
            rf_buffer_text(out, before);
            json_function(out, row);
            before = ",\n  ";
        }
    rf_buffer_text(out, "]}");
}

/* ---- All ---- */

bool rf_list_fusabi_has(const char *name) {
    const rf_list_names names = { .items = &name, .count = 1 };
    for (const rf_fus_lib_module *const *module = rf_fus_lib_modules; *module; module++)
        if (!is_hidden(*module) && has_asked(&names, *module))
            return true;
    return false;
}

void rf_list_fusabi(rf_buffer *out, const rf_list_names *names, rf_list_format format) {
    static void (*const writers[])(rf_buffer *, const rf_list_names *, const rf_fus_lib_module *) = {
        text_module, json_module, markdown_module,
    };
    assert(out && names);
    if (format == RF_LIST_JSON)
        rf_buffer_char(out, '[');
    else if (names->count == 0 && format == RF_LIST_MARKDOWN)
        markdown_head(out);
    else if (names->count == 0)
        rf_buffer_text(out, "Modules of Fusabi (`riffle list fusabi MODULE` shows the functions of one):\n");
    for (const rf_fus_lib_module *const *module = rf_fus_lib_modules; *module; module++)
        if (!is_hidden(*module) && has_asked(names, *module))
            writers[format](out, names, *module);
    if (format == RF_LIST_JSON)
        rf_buffer_text(out, "\n]\n");
}
