/* plugin: finding, testing, trusting, and watching plugins; the table of its parts, and what they share. */
#include "cli/plugin.h"

#include "base/slice.h"
#include "cli/script.h"
#include "cli/start.h"
#include "plugin/api.h"
#include "script/fusabi/files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const rf_command *const parts[] = {
    &rf_plugin_part_list, &rf_plugin_part_info, &rf_plugin_part_new, &rf_plugin_part_check, &rf_plugin_part_test, &rf_plugin_part_enable,
    &rf_plugin_part_disable, &rf_plugin_part_reload, &rf_plugin_part_trust, &rf_plugin_part_sign, &rf_plugin_part_top, NULL,
};

static int plugin_run(int argc, char **argv) {
    if (argc < 2)
        return rf_cli_misuse(&rf_command_plugin, "no command is given");
    return rf_cli_start_part(&rf_command_plugin, argc, argv, "");
}

static const rf_cli_example plugin_examples[] = {
    { "riffle plugin new redact", "Writes redact.fsx, which works, and redact.test.toml, which shows that it does." },
    { "riffle plugin test redact.fsx", "Runs those tests." },
    { "riffle plugin list", "Shows which plugins there are." },
    { 0 },
};

const rf_command rf_command_plugin = {
    .name = "plugin",
    .usage = "COMMAND [OPTION...] [ARGUMENT...]",
    .summary = "Makes, tests, trusts and watches plugins.",
    .detail = "Plugins are .fsx, .fzb and .js files in the folders of $RIFFLE_PLUGIN_PATH, in riffle/plugins of the XDG configuration and data\n"
              "folders, and in /usr/local/lib/riffle/plugins and /usr/lib/riffle/plugins. `riffle plugin COMMAND --help` shows a command's options.",
    .examples = plugin_examples,
    .parts = parts,
    .passes_arguments = true,
    .run = plugin_run,
};

/* ---- What the parts share ---- */

bool rf_cli_words_add(const rf_command *part, rf_cli_words *words, const char *word) {
    if (words->count == RF_CLI_PLUGIN_WORDS) {
        (void)rf_cli_misuse(part, "more than %d names at once", RF_CLI_PLUGIN_WORDS);
        return false;
    }
    words->items[words->count++] = word;
    return true;
}

rf_code rf_cli_plugins_open(rf_cli_plugins *plugins, rf_error *reterr) {
    *plugins = (rf_cli_plugins){ 0 };
    rf_arena_init(&plugins->arena, 16384);
    rf_code code = rf_plugin_paths_find(&plugins->arena, &plugins->paths, reterr);
    if (!code)
        code = rf_trust_load(plugins->paths.trust, &plugins->trust, reterr);
    if (!code)
        code = rf_plugin_shared_init(&plugins->shared, plugins->paths.cache, reterr);
    return code;
}

void rf_cli_plugins_close(rf_cli_plugins *plugins) {
    rf_plugin_shared_done(&plugins->shared);
    rf_trust_done(&plugins->trust);
    rf_arena_done(&plugins->arena);
}

/* The manifest as far as it can be read. A .fzb has none within. */
static bool read_manifest(rf_cli_plugins *plugins, const rf_plugin_file *file, rf_manifest *ret_manifest) {
    rf_manifest_finding *findings = NULL;
    rf_error error;
    const char *path = file->manifest ? file->manifest : file->path;
    rf_source source = { .name = path };
    if (!file->manifest && rf_slice_ends(rf_slice_of(path), RF_SLICE(".fzb")))
        return false;
    return rf_fus_file_read(&plugins->arena, path, &source.text, &error) == RF_OK
        && rf_manifest_read(&plugins->arena, &source, file->manifest != NULL, file->stem, ret_manifest, &findings, &error) == RF_OK;
}

rf_slice rf_cli_plugin_name(rf_cli_plugins *plugins, const rf_plugin_file *file) {
    rf_manifest manifest = { 0 };
    return read_manifest(plugins, file, &manifest) && manifest.name.len ? manifest.name : file->stem;
}

rf_code rf_cli_plugin_find(rf_cli_plugins *plugins, const char *word, rf_plugin_file *ret_file, rf_error *reterr) {
    rf_error unheard;
    rf_plugin_file *files = NULL;
    size_t count = 0;
    rf_code code = rf_plugin_locate(&plugins->arena, plugins->paths.dirs, word, ret_file, reterr);
    if (code != RF_ENOTFOUND || rf_plugin_discover(&plugins->arena, plugins->paths.dirs, &files, &count, &unheard))
        return code;
    for (size_t i = 0; i < count; i++)
        if (rf_slice_is(rf_cli_plugin_name(plugins, &files[i]), word)) {
            *ret_file = files[i];
            return RF_OK;
        }
    return rf_plugin_locate(&plugins->arena, plugins->paths.bundled, word, ret_file, &unheard) ? code : RF_OK; /* what the first look said */
}

/* What stands for configuration that only the user has. */
static rf_value stand_in(rf_config_type type) {
    switch (type) {
    case RF_CONFIG_INT: return rf_int(0);
    case RF_CONFIG_NUMBER: return rf_double(0);
    case RF_CONFIG_BOOL: return rf_bool(false);
    case RF_CONFIG_TEXTS: return (rf_value){ .kind = RF_LIST };
    case RF_CONFIG_TEXT: break;
    }
    return rf_string(RF_SLICE(""));
}

/* RF_NULL: there is none, or no memory for it. */
static rf_value required_config(rf_cli_plugins *plugins, const rf_plugin_file *file) {
    rf_manifest manifest = { 0 };
    rf_member *members = read_manifest(plugins, file, &manifest)
                             ? rf_arena_zero(&plugins->arena, manifest.config_count + 1u, sizeof *members)
                             : NULL;
    rf_value config = { .kind = members ? RF_MAP : RF_NULL, .members = members };
    for (uint32_t i = 0; members && i < manifest.config_count; i++)
        if (manifest.config[i].required)
            members[config.size++] = (rf_member){ manifest.config[i].name, stand_in(manifest.config[i].type) };
    return config;
}

rf_code rf_cli_plugin_load(rf_cli_plugins *plugins, const rf_plugin_file *file, rf_buffer *findings, rf_plugin **ret_plugin,
                           rf_error *reterr) {
    rf_value config = required_config(plugins, file);
    const rf_plugin_load_options options = {
        .shared = &plugins->shared,
        .trust = &plugins->trust,
        .config = config.kind == RF_MAP ? &config : NULL,
        .findings = findings,
    };
    return rf_plugin_load(file, &options, ret_plugin, reterr);
}

bool rf_cli_plugin_hooks(const rf_plugin *plugin, uint32_t *ret_hooks) {
    if (plugin->manifest.has_hooks) {
        *ret_hooks = plugin->manifest.hooks;
        return true;
    }
    const rf_plugin_host host = { .kind = "test" };
    rf_plugin_api api = { .host = &host, .manifest = &plugin->manifest, .config = plugin->config, .quota = RF_PLUGIN_QUOTA_DEFAULT };
    rf_arena_init(&api.arena, 4096);
    const rf_vm_options options = { .heap_bytes = plugin->manifest.heap_bytes, .load_ns = RF_PLUGIN_LOAD_NS_DEFAULT, .api = &api };
    rf_plugin_vm *vm = NULL;
    rf_error error;
    bool known = plugin->kind->open(plugin->shared, plugin->code, &options, &vm, &error) == RF_OK;
    if (known)
        *ret_hooks = plugin->kind->hooks(vm);
    plugin->kind->close(vm);
    rf_plugin_api_done(&api);
    return known;
}

const char *rf_cli_plugin_beside(rf_arena *arena, const char *path, const char *ending) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    return rf_printf_in(arena, "%.*s%s", (int)(dot ? (size_t)(dot - path) : strlen(path)), path, ending).data;
}

void rf_cli_plugin_complain(const rf_buffer *findings, const rf_error *error) {
    rf_buffer out = { 0 };
    bool has_it = findings && findings->len && error && memmem(findings->data, findings->len, error->message, strlen(error->message));
    if (findings)
        rf_buffer_slice(&out, rf_buffer_view(findings));
    if (error && !has_it)
        rf_source_show(&out, NULL, error, rf_cli_colours());
    (void)rf_cli_flush(&out, STDERR_FILENO);
}

int rf_cli_plugin_fail(const rf_error *error) {
    rf_cli_plugin_complain(NULL, error);
    bool by_user = error->code == RF_ECONFIG || error->code == RF_EPARSE || error->code == RF_ENOTFOUND;
    return by_user ? RF_EXIT_USAGE : RF_EXIT_FAILED;
}
