/* settings_manual.c: the settings as a document and as a file, from the table. */
#include "terminal/settings.h"

#include "base/slice.h"

static rf_slice section_of(const rf_setting *row) {
    const char *dot = strchr(row->name, '.');
    return dot ? (rf_slice){ row->name, (size_t)(dot - row->name) } : RF_SLICE("");
}

static const char *key_of(const rf_setting *row) {
    const char *dot = strchr(row->name, '.');
    return dot ? dot + 1 : row->name;
}

/* "one of `lead`, `limit`, `ignore`", "a whole number, 1 to 64". */
static void write_type(const rf_setting *row, rf_buffer *out) {
    rf_buffer_text(out, row->type);
    for (size_t i = 0; row->choices[i]; i++)
        rf_buffer_printf(out, "%s `%s`", i ? "," : "", row->choices[i]);
    if (row->kind == RF_SETTING_NUMBER)
        rf_buffer_printf(out, ", %lld to %lld", (long long)row->least, (long long)row->most);
}

/* A comment, broken between words. */
static void write_comment(const char *doc, rf_buffer *out) {
    enum { WIDTH = 100 };
    size_t column = WIDTH;
    for (rf_slice left = rf_slice_of(doc); left.len;) {
        size_t len = rf_slice_find(left, ' ');
        bool breaks = column + len + 1 > WIDTH;
        if (breaks)
            rf_buffer_text(out, left.data == doc ? "# " : "\n# ");
        else
            rf_buffer_char(out, ' ');
        column = breaks ? len + 2 : column + len + 1;
        rf_buffer_append(out, left.data, len);
        size_t passed = len < left.len ? len + 1 : len;
        left = (rf_slice){ left.data + passed, left.len - passed };
    }
    rf_buffer_char(out, '\n');
}

void rf_settings_example(rf_buffer *out) {
    rf_slice section = RF_SLICE("");
    for (const rf_setting *row = rf_setting_rows; row->name; row++) {
        rf_slice here = section_of(row);
        rf_buffer_text(out, row == rf_setting_rows ? "" : "\n");
        if (!rf_slice_eq(here, section))
            rf_buffer_printf(out, "[%.*s]\n", RF_SLICE_ARG(here));
        section = here;
        write_comment(row->doc, out);
        rf_buffer_printf(out, "%s = %s\n", key_of(row), row->standard);
    }
    rf_buffer_text(out,
        "\n# A plugin that is to run, by its name. With `enabled = false` it does not.\n[plugins.notify]\nenabled = true\n"
        "# What it may do, of what it asks for; `riffle plugin trust` is the other way to say so.\ngrant = []\n"
        "# Its own configuration: `riffle plugin info notify` lists the keys.\nconfig = {}\n");
}

static void write_rows(rf_slice section, rf_buffer *out) {
    rf_buffer_text(out, "| key | what it is | default | what it does |\n|---|---|---|---|\n");
    for (const rf_setting *row = rf_setting_rows; row->name; row++) {
        if (!rf_slice_eq(section_of(row), section))
            continue;
        rf_buffer_printf(out, "| `%s` | ", key_of(row));
        write_type(row, out);
        rf_buffer_printf(out, " | `%s` | %s |\n", row->standard, row->doc);
    }
}

void rf_settings_manual(rf_buffer *out) {
    rf_buffer_text(out,
        "# Settings of the terminal host\n\n"
        "`riffle term` reads `riffle/term.toml` in `$XDG_CONFIG_HOME` (`~/.config` when that is not set), or the file that `$RIFFLE_TERM_CONFIG` names. "
        "It is TOML. Every key may be left out, and so may the file. It must belong to the user (or to root), and not everybody may write it. "
        "What is wrong is shown with its line by `riffle term settings`. This page is made from the table of the code.\n\n"
        "## At the top of the file\n\n");
    write_rows(RF_SLICE(""), out);
    rf_buffer_text(
        out,
        "\n## [keys]\n\nKeys are written as plugins write them (`ctrl-t`, `alt-x`, `f5`, `page-up`); two are pressed one after the other. "
        "An empty text binds none.\n\n");
    write_rows(RF_SLICE("keys"), out);
    rf_buffer_text(out, "\n## [recording]\n\n");
    write_rows(RF_SLICE("recording"), out);
    rf_buffer_text(out,
        "\n## [plugins.NAME]\n\nOne such table for each plugin that is to run.\n\n| key | what it is | default | what it does |\n|---|---|---|---|\n"
        "| `enabled` | true or false | `true` | Whether it runs. |\n"
        "| `grant` | a list of capabilities | `[]` | What it may do, of what it asks for, whatever its file says then. |\n"
        "| `config` | a table | `{}` | Its own configuration; may stand as `[plugins.NAME.config]`, too. |\n"
        "\n## A whole file\n\nIt says what holds without one.\n\n```toml\n");
    rf_settings_example(out);
    rf_buffer_text(out, "```\n");
}
