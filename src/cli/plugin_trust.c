/* plugin trust: what a plugin asks for, shown, and granted or not. */
#include "cli/plugin.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "cli/script.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct trust_args {
    const char *word, *key;
    uint32_t only; /* capabilities; meaning when has_only */
    bool has_only, any_version, yes, revoke;
} trust_args;

static const rf_cli_option trust_options[] = {
    { "only", 0, "CAP,...", "Grants these of what it asks for, and no more." },
    { "any-version", 0, NULL, "Grants it to later versions of the plugin, too; else to this content alone." },
    { "yes", 'y', NULL, "Does not ask." },
    { "revoke", 0, NULL, "Takes back what was granted." },
    { "key", 0, "NAME=FILE", "Trusts the signatures of a public key (Ed25519), which from now on goes by NAME." },
    { 0 },
};

static bool unknown_right(rf_slice name) {
    const char *names[40];
    const rf_plugin_capability *row;
    size_t count = 0;
    for (; count < 39 && (row = rf_plugin_capability_at(count)) != NULL; count++)
        names[count] = row->name;
    names[count] = NULL;
    const char *near = rf_nearest(name, names);
    if (near)
        (void)rf_cli_misuse(&rf_plugin_part_trust, "unknown capability %.*s: did you mean %s?", RF_SLICE_ARG(name), near);
    else
        (void)rf_cli_misuse(&rf_plugin_part_trust, "unknown capability %.*s", RF_SLICE_ARG(name));
    return false;
}

/* "read-files,run". */
static bool take_rights(trust_args *trust, const char *value) {
    rf_slice rest = rf_slice_of(value);
    trust->has_only = true;
    for (;;) {
        size_t comma = rf_slice_find(rest, ',');
        rf_slice name = rf_slice_trim((rf_slice){ rest.data, comma });
        uint32_t bit = rf_plugin_capability_find(name);
        if (!bit)
            return unknown_right(name);
        trust->only |= bit;
        if (comma == rest.len)
            return true;
        rest = (rf_slice){ rest.data + comma + 1, rest.len - comma - 1 };
    }
}

static bool take(trust_args *trust, const rf_cli_option *option, const char *value) {
    if (strcmp(option->name, "only") == 0)
        return take_rights(trust, value);
    if (strcmp(option->name, "key") == 0)
        trust->key = value;
    trust->any_version |= strcmp(option->name, "any-version") == 0;
    trust->yes |= strcmp(option->name, "yes") == 0;
    trust->revoke |= strcmp(option->name, "revoke") == 0;
    return true;
}

static bool parse(trust_args *trust, int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = &rf_plugin_part_trust, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WRONG || (kind == RF_CLI_OPTION && !take(trust, option, value)))
            return false;
        if (kind == RF_CLI_WORD && trust->word) {
            (void)rf_cli_misuse(&rf_plugin_part_trust, "one plugin at a time: both %s and %s are given", trust->word, value);
            return false;
        }
        if (kind == RF_CLI_WORD)
            trust->word = value;
    }
    if (!trust->word == !trust->key)
        (void)rf_cli_misuse(&rf_plugin_part_trust, trust->key ? "give either a plugin or --key" : "no plugin is given");
    return !trust->word != !trust->key;
}

/* ---- A plugin ---- */

static void show_request(const rf_plugin *plugin, uint32_t asked) {
    const rf_plugin_capability *row;
    (void)printf("%.*s %.*s (%s) asks for:\n", RF_SLICE_ARG(plugin->manifest.name), RF_SLICE_ARG(plugin->manifest.version), plugin->path);
    for (size_t i = 0; (row = rf_plugin_capability_at(i)) != NULL; i++)
        if (asked & row->bit)
            (void)printf("  %-14s %s%s\n", row->name, row->doc, plugin->granted & row->bit ? " (granted)" : "");
    (void)printf("signed by: %s\n", plugin->signer ? plugin->signer : "nobody that is trusted");
    (void)fflush(stdout);
}

/* True when the answer is yes. */
static bool confirm(const trust_args *trust, uint32_t rights) {
    char answer[16], text[300];
    rf_plugin_capability_text(rights, text, sizeof text);
    (void)printf("Grant %s to %s? [y/N] ", text, trust->any_version ? "this and every later version" : "this version");
    (void)fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static rf_code refuse(rf_error *reterr) {
    (void)rf_raise(reterr, RF_EREFUSED, "nothing was granted: nobody can be asked, since this is no terminal");
    rf_error_hint(reterr, "add --yes when you have read what it asks for");
    return RF_EREFUSED;
}

static rf_code grant(rf_cli_plugins *plugins, const trust_args *trust, const rf_plugin *plugin, uint32_t rights, rf_error *reterr) {
    char text[300];
    rf_trust_grant row = { .name = plugin->manifest.name, .capabilities = rights, .any_version = trust->any_version };
    rf_plugin_hash(plugin, row.hash);
    rf_code code = rf_trust_grant_add(&plugins->trust, &row, reterr);
    if (!code)
        code = rf_trust_save(plugins->paths.trust, &plugins->trust, reterr);
    rf_plugin_capability_text(rights, text, sizeof text);
    if (!code)
        (void)printf("%.*s: granted %s%s\n", RF_SLICE_ARG(row.name), text,
                     !rights              ? ""
                     : trust->any_version ? ", to all versions"
                                          : ", to this version");
    return code;
}

static rf_code decide(rf_cli_plugins *plugins, const trust_args *trust, const rf_plugin *plugin, rf_error *reterr) {
    uint32_t asked = plugin->manifest.capabilities & ~(uint32_t)RF_PLUGIN_CAN_FREELY,
             rights = trust->has_only ? trust->only & asked : asked;
    char text[300];
    rf_plugin_capability_text(trust->only & ~plugin->manifest.capabilities, text, sizeof text);
    if (trust->only & ~plugin->manifest.capabilities)
        return rf_raise(reterr, RF_ECONFIG, "%s does not ask for %s", plugin->path, text);
    if (trust->revoke)
        return grant(plugins, trust, plugin, 0, reterr);
    if (!asked) {
        (void)printf("%.*s asks for nothing that has to be granted\n", RF_SLICE_ARG(plugin->manifest.name));
        return RF_OK;
    }
    show_request(plugin, asked);
    if (!trust->yes && !isatty(STDIN_FILENO))
        return refuse(reterr);
    if (trust->yes || confirm(trust, rights))
        return grant(plugins, trust, plugin, rights, reterr);
    return rf_raise(reterr, RF_EREFUSED, "nothing was granted");
}

static rf_code trust_plugin(rf_cli_plugins *plugins, const trust_args *trust, rf_buffer *findings, rf_error *reterr) {
    rf_plugin_file file;
    rf_plugin *plugin = NULL;
    rf_code code = rf_cli_plugin_find(plugins, trust->word, &file, reterr);
    if (!code)
        code = rf_cli_plugin_load(plugins, &file, findings, &plugin, reterr);
    if (!code) {
        rf_buffer_clear(findings); /* warnings are for `plugin check` */
        code = decide(plugins, trust, plugin, reterr);
    }
    rf_plugin_unref(plugin);
    return code;
}

/* ---- A key ---- */

static rf_code trust_key(rf_cli_plugins *plugins, const char *value, rf_error *reterr) {
    rf_slice text = rf_slice_of(value);
    size_t equals = rf_slice_find(text, '=');
    rf_trust_key key = { .name = { text.data, equals } };
    if (equals == 0 || equals + 1 >= text.len) {
        (void)rf_raise(reterr, RF_ECONFIG, "--key %s is not NAME=FILE", value);
        rf_error_hint(reterr, "for example --key alice=alice.pub");
        return RF_ECONFIG;
    }
    rf_code code = rf_cli_key_read(value + equals + 1, false, key.key, reterr);
    if (!code)
        code = rf_trust_key_add(&plugins->trust, &key, reterr);
    if (!code)
        code = rf_trust_save(plugins->paths.trust, &plugins->trust, reterr);
    if (!code)
        (void)printf("%.*s: signatures of this key are trusted\n", RF_SLICE_ARG(key.name));
    return code;
}

static int trust_run(int argc, char **argv) {
    trust_args trust = { 0 };
    rf_cli_plugins plugins;
    rf_error error = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer findings = { 0 };
    if (!parse(&trust, argc, argv))
        return RF_EXIT_USAGE;
    rf_code code = rf_cli_plugins_open(&plugins, &error);
    if (!code)
        code = trust.key ? trust_key(&plugins, trust.key, &error) : trust_plugin(&plugins, &trust, &findings, &error);
    rf_cli_plugins_close(&plugins);
    (void)fflush(stdout);
    if (code && findings.len) {
        rf_cli_plugin_complain(&findings, &error);
        return RF_EXIT_USAGE;
    }
    return code ? rf_cli_plugin_fail(&error) : RF_EXIT_DONE;
}

static const rf_cli_example trust_examples[] = {
    { "riffle plugin trust git-status", "Shows what it asks for, and asks you." },
    { "riffle plugin trust git-status --only read-files --yes", "Grants one capability without asking." },
    { "riffle plugin trust --key alice=alice.pub", "Trusts what Alice signs; hosts with `require_signature: true` then take it." },
    { 0 },
};

const rf_command rf_plugin_part_trust = {
    .name = "plugin trust",
    .usage = "[OPTION...] NAME|FILE",
    .summary = "Shows what a plugin asks for, and grants it.",
    .detail = "A grant is for the content that you look at: when the file or its manifest changes, the plugin has lost it (but see --any-version).\n"
              "Grants and keys are kept in trust.toml of riffle's configuration folder. Without a terminal to ask on, --yes is needed.",
    .options = trust_options,
    .examples = trust_examples,
    .run = trust_run,
};
