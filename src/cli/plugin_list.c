/* plugin list, plugin info: which plugins there are, and all there is to know of one. */
#include "cli/plugin.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/vec.h"
#include "message/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct plugin_row {
    rf_plugin_file file;
    rf_plugin *plugin;   /* owned; NULL: broken */
    rf_error error;      /* why */
    rf_slice name;
    uint32_t hooks;
    bool hooks_known;
    uint64_t load_ns;    /* what loading it took; only `info` looks */
} plugin_row;

typedef struct plugin_rows { plugin_row *items; size_t count; } plugin_rows; /* in the arena */

static const rf_cli_option list_options[] = {
    { "json", 0, NULL, "Writes JSON, for programs." },
    { 0 },
};

static void load_row(rf_cli_plugins *plugins, plugin_row *row) {
    if (rf_cli_plugin_load(plugins, &row->file, NULL, &row->plugin, &row->error) != RF_OK) {
        row->name = rf_cli_plugin_name(plugins, &row->file);
        return;
    }
    row->name = rf_slice_dup_in(&plugins->arena, row->plugin->manifest.name); /* outlives the plugin, when its row is broken later */
    if (row->name.data) {
        row->hooks_known = rf_cli_plugin_hooks(row->plugin, &row->hooks);
        return;
    }
    (void)rf_raise_nomem(&row->error);
    row->name = row->file.stem;
    rf_plugin_unref(row->plugin);
    row->plugin = NULL;
}

static void break_row(plugin_row *row, const plugin_row *other) {
    rf_plugin_unref(row->plugin);
    row->plugin = NULL;
    (void)rf_raise(&row->error, RF_ECONFIG, "the name %.*s is taken twice: %s and %s", RF_SLICE_ARG(row->name), row->file.path,
                   other->file.path);
    rf_error_hint(&row->error, "rename one of them, or give it another `name` in its manifest");
}

/* Of two with one name neither is loaded. */
static void break_twins(const plugin_rows *rows) {
    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = i + 1; k < rows->count; k++) {
            plugin_row *one = &rows->items[i], *two = &rows->items[k];
            if (!rf_slice_eq(one->name, two->name) || (!one->plugin && !two->plugin))
                continue;
            break_row(one, two);
            break_row(two, one);
        }
}

/* By priority, then name; broken ones at the end. */
static int order_rows(const void *a, const void *b) {
    const plugin_row *one = a, *two = b;
    if (!one->plugin != !two->plugin)
        return !one->plugin - !two->plugin;
    int32_t first = one->plugin ? one->plugin->manifest.priority : 0, second = two->plugin ? two->plugin->manifest.priority : 0;
    return first != second ? (first < second) - (first > second) : rf_slice_compare(one->name, two->name);
}

static rf_code find_rows(rf_cli_plugins *plugins, plugin_rows *rows, rf_error *reterr) {
    rf_plugin_file *files = NULL;
    rf_code code = rf_plugin_discover(&plugins->arena, plugins->paths.dirs, &files, &rows->count, reterr);
    rows->items = code ? NULL : rf_arena_zero(&plugins->arena, rows->count + 1, sizeof *rows->items);
    if (!code && !rows->items)
        code = rf_raise_nomem(reterr);
    if (code) {
        rows->count = 0;
        return code;
    }
    for (size_t i = 0; i < rows->count; i++) {
        rows->items[i].file = files[i];
        load_row(plugins, &rows->items[i]);
    }
    break_twins(rows);
    qsort(rows->items, rows->count, sizeof *rows->items, order_rows);
    return RF_OK;
}

static const char *state_of(const rf_cli_plugins *plugins, const plugin_row *row) {
    return !row->plugin ? "broken" : rf_trust_is_disabled(&plugins->trust, row->name) ? "disabled" : "enabled";
}

static const char *language_of(const plugin_row *row) {
    const rf_vm_kind *kind = rf_vm_kind_of(row->file.path);
    return kind ? kind->name : "unknown";
}

/* "on_output,on_tick"; "?": it cannot be known before it runs. */
static void write_hooks(rf_buffer *out, const plugin_row *row, const char *between) {
    size_t start = out->len;
    for (int hook = 0; row->hooks_known && hook < RF_HOOK_COUNT; hook++)
        if (row->hooks >> hook & 1u)
            rf_buffer_printf(out, "%s%s", out->len > start ? between : "", rf_hooks[hook].name);
    if (out->len == start)
        rf_buffer_text(out, row->hooks_known ? "none" : "?");
}

/* "2/3": granted and asked for; "-": it asks for nothing. */
static void write_rights(rf_buffer *out, const rf_plugin *plugin) {
    uint32_t asked = plugin->manifest.capabilities;
    if (!asked)
        rf_buffer_char(out, '-');
    else
        rf_buffer_printf(out, "%d/%d", __builtin_popcount(plugin->granted & asked), __builtin_popcount(asked));
}

static void write_row(rf_cli_plugins *plugins, rf_buffer *out, const plugin_row *row) {
    rf_buffer_printf(out, "%-20.*s", RF_SLICE_ARG(row->name));
    if (!row->plugin) {
        rf_buffer_printf(out, " %-9s %-10s %-8s %8s  %-7s  %-24s %s\n", "-", language_of(row), "broken", "-", "-", "-", row->file.path);
        return;
    }
    const rf_manifest *manifest = &row->plugin->manifest;
    RF_CLEANUP(rf_buffer_done) rf_buffer rights = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer hooks = { 0 };
    write_rights(&rights, row->plugin);
    write_hooks(&hooks, row, ",");
    rf_buffer_printf(out, " %-9.*s %-10s %-8s %8d  %-7.*s  %-24.*s %s\n", RF_SLICE_ARG(manifest->version), row->plugin->kind->name,
                     state_of(plugins, row), (int)manifest->priority, RF_SLICE_ARG(rf_buffer_view(&rights)),
                     RF_SLICE_ARG(rf_buffer_view(&hooks)), row->file.path);
    out->failed |= rights.failed || hooks.failed;
}

static void write_table(rf_cli_plugins *plugins, rf_buffer *out, const plugin_rows *rows) {
    if (rows->count)
        rf_buffer_printf(out, "%-20s %-9s %-10s %-8s %8s  %-7s  %-24s %s\n", "NAME", "VERSION", "LANGUAGE", "STATE", "PRIORITY", "GRANTED",
                         "HOOKS", "PATH");
    for (size_t i = 0; i < rows->count; i++)
        write_row(plugins, out, &rows->items[i]);
    if (rows->count)
        return;
    rf_buffer_text(out, "no plugins in\n");
    for (size_t i = 0; plugins->paths.dirs[i]; i++)
        rf_buffer_printf(out, "  %s\n", plugins->paths.dirs[i]);
}

/* ---- JSON ---- */

static void json_text(rf_buffer *out, const char *name, rf_slice text) {
    rf_buffer_printf(out, "%s\"%s\":", out->len && out->data[out->len - 1] != '{' ? "," : "", name);
    rf_json_write_string(out, text, 0);
}

static void json_rights(rf_buffer *out, const char *name, uint32_t bits) {
    const rf_plugin_capability *row;
    bool some = false;
    rf_buffer_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; (row = rf_plugin_capability_at(i)) != NULL; i++) {
        if (!(bits & row->bit))
            continue;
        rf_buffer_printf(out, "%s\"%s\"", some ? "," : "", row->name);
        some = true;
    }
    rf_buffer_char(out, ']');
}

static void json_hooks(rf_buffer *out, const plugin_row *row) {
    bool some = false;
    rf_buffer_text(out, row->hooks_known ? ",\"hooks\":[" : ",\"hooks\":null");
    for (int hook = 0; row->hooks_known && hook < RF_HOOK_COUNT; hook++) {
        if (!(row->hooks >> hook & 1u))
            continue;
        rf_buffer_printf(out, "%s\"%s\"", some ? "," : "", rf_hooks[hook].name);
        some = true;
    }
    rf_buffer_text(out, row->hooks_known ? "]" : "");
}

static void json_row(rf_cli_plugins *plugins, rf_buffer *out, const plugin_row *row) {
    rf_buffer_char(out, '{');
    json_text(out, "name", row->name);
    json_text(out, "language", rf_slice_of(language_of(row)));
    json_text(out, "state", rf_slice_of(state_of(plugins, row)));
    json_text(out, "path", rf_slice_of(row->file.path));
    if (!row->plugin) {
        json_text(out, "error", rf_slice_of(row->error.message));
    } else {
        json_text(out, "version", row->plugin->manifest.version);
        rf_buffer_printf(out, ",\"priority\":%d", (int)row->plugin->manifest.priority);
        json_hooks(out, row);
        json_rights(out, "asked", row->plugin->manifest.capabilities);
        json_rights(out, "granted", row->plugin->granted);
    }
    rf_buffer_char(out, '}');
}

static void write_json(rf_cli_plugins *plugins, rf_buffer *out, const plugin_rows *rows) {
    rf_buffer_char(out, '[');
    for (size_t i = 0; i < rows->count; i++) {
        rf_buffer_text(out, i ? ",\n" : "");
        json_row(plugins, out, &rows->items[i]);
    }
    rf_buffer_text(out, "]\n");
}

/* Shows the rows, lets them go, and says why broken ones are. */
static int show_rows(rf_cli_plugins *plugins, plugin_rows *rows, bool json) {
    rf_buffer out = { 0 };
    bool broken = false;
    if (json)
        write_json(plugins, &out, rows);
    else
        write_table(plugins, &out, rows);
    bool written = rf_cli_flush(&out, STDOUT_FILENO);
    for (size_t i = 0; i < rows->count; i++) {
        if (!rows->items[i].plugin)
            rf_cli_plugin_complain(NULL, &rows->items[i].error);
        broken |= !rows->items[i].plugin;
        rf_plugin_unref(rows->items[i].plugin);
    }
    return written && !broken ? RF_EXIT_DONE : RF_EXIT_FAILED;
}

static int list_run(int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    bool json = false;
    rf_cli_args args = { .command = &rf_plugin_part_list, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WORD)
            return rf_cli_misuse(&rf_plugin_part_list, "unexpected argument %s", value);
        if (kind == RF_CLI_WRONG)
            return RF_EXIT_USAGE;
        json = true;
    }
    rf_cli_plugins plugins;
    plugin_rows rows = { 0 };
    rf_error error = { 0 };
    rf_code code = rf_cli_plugins_open(&plugins, &error);
    if (!code)
        code = find_rows(&plugins, &rows, &error);
    int status = code ? rf_cli_plugin_fail(&error) : show_rows(&plugins, &rows, json);
    rf_cli_plugins_close(&plugins);
    return status;
}

static const rf_cli_example list_examples[] = {
    { "riffle plugin list", "A table, by priority; what is wrong with broken ones is said below it." },
    { "riffle plugin list --json | jq -r '.[].name'", "Their names." },
    { 0 },
};

const rf_command rf_plugin_part_list = {
    .name = "plugin list",
    .usage = "[--json]",
    .summary = "Lists the plugins that are found, in the order in which they are called.",
    .detail = "GRANTED is how many of the capabilities that a plugin asks for it gets. HOOKS is ? when that cannot be known without running\n"
              "the plugin. The exit status is 1 when one is broken.",
    .options = list_options,
    .examples = list_examples,
    .run = list_run,
};

/* ---- info ---- */

static void line(rf_buffer *out, const char *label, rf_slice text) { rf_buffer_printf(out, "%-12s %.*s\n", label, RF_SLICE_ARG(text)); }

static void rights_line(rf_buffer *out, const char *label, uint32_t bits) {
    char text[300];
    rf_plugin_capability_text(bits, text, sizeof text);
    line(out, label, rf_slice_of(text));
}

static void write_info(rf_cli_plugins *plugins, rf_buffer *out, const plugin_row *row) {
    const rf_plugin *plugin = row->plugin;
    rf_buffer_printf(out, "%-12s %.*s %.*s\n", "plugin", RF_SLICE_ARG(plugin->manifest.name), RF_SLICE_ARG(plugin->manifest.version));
    line(out, "file", rf_slice_of(plugin->path));
    line(out, "manifest", plugin->manifest_path ? rf_slice_of(plugin->manifest_path) : RF_SLICE("in the file's comments"));
    line(out, "language", rf_slice_of(plugin->kind->name));
    line(out, "state", rf_slice_of(state_of(plugins, row)));
    rf_buffer_printf(out, "%-12s ", "hooks");
    write_hooks(out, row, ", ");
    rf_buffer_char(out, '\n');
    rights_line(out, "asks for", plugin->manifest.capabilities);
    rights_line(out, "granted", plugin->granted);
    line(out, "signed by", plugin->signer ? rf_slice_of(plugin->signer) : RF_SLICE("nobody that is trusted"));
    rf_buffer_printf(out, "%-12s ", "hash");
    uint8_t hash[32];
    rf_plugin_hash(plugin, hash);
    for (size_t i = 0; i < sizeof hash; i++)
        rf_buffer_printf(out, "%02x", hash[i]);
    rf_buffer_printf(out, "\n%-12s %.1f us\n", "loads in", (double)row->load_ns / 1e3);
    rf_buffer_printf(out, "%-12s %zu KiB of memory, %u failures in a row\n\n", "limits", plugin->manifest.heap_bytes >> 10,
                     plugin->manifest.max_failures);
    rf_manifest_write(&plugin->manifest, out);
}

static int info_of(rf_cli_plugins *plugins, const char *word) {
    plugin_row row = { 0 };
    rf_error error = { 0 };
    rf_buffer out = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer findings = { 0 };
    rf_code code = rf_cli_plugin_find(plugins, word, &row.file, &error);
    if (code)
        return rf_cli_plugin_fail(&error);
    uint64_t started = rf_clock_mono_ns();
    if (rf_cli_plugin_load(plugins, &row.file, &findings, &row.plugin, &error)) {
        rf_cli_plugin_complain(&findings, &error);
        return RF_EXIT_USAGE;
    }
    row.load_ns = rf_clock_mono_ns() - started;
    row.name = row.plugin->manifest.name;
    row.hooks_known = rf_cli_plugin_hooks(row.plugin, &row.hooks);
    write_info(plugins, &out, &row);
    rf_plugin_unref(row.plugin);
    return rf_cli_flush(&out, STDOUT_FILENO) ? RF_EXIT_DONE : RF_EXIT_FAILED;
}

static int info_run(int argc, char **argv) {
    const rf_cli_option *option;
    const char *value, *word = NULL;
    rf_cli_args args = { .command = &rf_plugin_part_info, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind != RF_CLI_WORD)
            return RF_EXIT_USAGE;
        if (word)
            return rf_cli_misuse(&rf_plugin_part_info, "one plugin at a time: both %s and %s are given", word, value);
        word = value;
    }
    if (!word)
        return rf_cli_misuse(&rf_plugin_part_info, "no plugin is given");
    rf_cli_plugins plugins;
    rf_error error = { 0 };
    int status = rf_cli_plugins_open(&plugins, &error) ? rf_cli_plugin_fail(&error) : info_of(&plugins, word);
    rf_cli_plugins_close(&plugins);
    return status;
}

static const rf_cli_example info_examples[] = {
    { "riffle plugin info redact", "A plugin of one of the folders." },
    { "riffle plugin info ./redact.fsx", "A file." },
    { 0 },
};

const rf_command rf_plugin_part_info = {
    .name = "plugin info",
    .usage = "NAME|FILE",
    .summary = "Shows a plugin's rights, signature, hooks, limits, and its manifest as TOML.",
    .examples = info_examples,
    .run = info_run,
};
