/* plugin enable, plugin disable, plugin reload: in the user's list, and in a running host. */
#include "cli/plugin.h"

#include "base/slice.h"

#include <stdio.h>
#include <string.h>

typedef struct state_args {
    rf_cli_words words;
    const char *url; /* NULL: no host is told */
} state_args;

static const rf_cli_option state_options[] = {
    { "url", 0, "URL", "Tells this running host, too: the address of its http service, such as " RF_CLI_PLUGIN_URL "." RF_CLI_URL_MORE },
    { 0 },
};
static const rf_cli_option reload_options[] = {
    { "url", 0, "URL", "The running host: the address of its http service, such as " RF_CLI_PLUGIN_URL "." RF_CLI_URL_MORE },
    { 0 },
};

static bool parse(const rf_command *part, int argc, char **argv, state_args *state) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = part, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WRONG || (kind == RF_CLI_WORD && !rf_cli_words_add(part, &state->words, value)))
            return false;
        if (kind == RF_CLI_OPTION)
            state->url = value;
    }
    if (state->words.count == 0)
        (void)rf_cli_misuse(part, "no plugin is given");
    return state->words.count > 0;
}

/* Changes the user's list. */
static rf_code set_listed(rf_cli_plugins *plugins, rf_slice name, bool disabled, rf_error *reterr) {
    rf_code code = rf_trust_disable(&plugins->trust, name, disabled, reterr);
    if (!code)
        code = rf_trust_save(plugins->paths.trust, &plugins->trust, reterr);
    if (!code)
        (void)printf("%.*s: %s\n", RF_SLICE_ARG(name), disabled ? "disabled" : "enabled");
    return code;
}

/* A name that no file has may still be on the list, or be known to the host that is told. */
static rf_code set_one(rf_cli_plugins *plugins, const char *word, bool disabled, const char *url, rf_error *reterr) {
    rf_plugin_file file;
    rf_code code = rf_cli_plugin_find(plugins, word, &file, reterr);
    if (code && code != RF_ENOTFOUND)
        return code;
    rf_slice name = code ? rf_slice_of(word) : rf_cli_plugin_name(plugins, &file);
    bool listed = rf_trust_is_disabled(&plugins->trust, name);
    if (code && !listed && !url)
        return code;
    code = !code || listed ? set_listed(plugins, name, disabled, reterr) : RF_OK;
    return !code && url ? rf_cli_plugin_order(url, name, disabled ? "disable" : "enable", reterr) : code;
}

static int set_all(const rf_command *part, int argc, char **argv, bool disabled) {
    state_args state = { 0 };
    rf_cli_plugins plugins;
    rf_error error = { 0 };
    if (!parse(part, argc, argv, &state))
        return RF_EXIT_USAGE;
    rf_code code = rf_cli_plugins_open(&plugins, &error);
    for (size_t i = 0; i < state.words.count && !code; i++)
        code = set_one(&plugins, state.words.items[i], disabled, state.url, &error);
    rf_cli_plugins_close(&plugins);
    if (code)
        return rf_cli_plugin_fail(&error);
    return fflush(stdout) == 0 ? RF_EXIT_DONE : RF_EXIT_FAILED;
}

static int enable_run(int argc, char **argv) { return set_all(&rf_plugin_part_enable, argc, argv, false); }
static int disable_run(int argc, char **argv) { return set_all(&rf_plugin_part_disable, argc, argv, true); }

static int reload_run(int argc, char **argv) {
    state_args state = { 0 };
    rf_error error = { 0 };
    rf_code code = RF_OK;
    if (!parse(&rf_plugin_part_reload, argc, argv, &state))
        return RF_EXIT_USAGE;
    if (!state.url)
        return rf_cli_misuse(&rf_plugin_part_reload, "which host? give its address: --url " RF_CLI_PLUGIN_URL);
    for (size_t i = 0; i < state.words.count && !code; i++)
        code = rf_cli_plugin_order(state.url, rf_slice_of(state.words.items[i]), "reload", &error);
    if (code)
        return rf_cli_plugin_fail(&error);
    return fflush(stdout) == 0 ? RF_EXIT_DONE : RF_EXIT_FAILED;
}

static const rf_cli_example enable_examples[] = {
    { "riffle plugin enable redact", "Takes it off the list of those that are turned off." },
    { "riffle plugin enable redact --url " RF_CLI_PLUGIN_URL, "Also gives it another chance in that host, where it failed too often." },
    { 0 },
};

const rf_command rf_plugin_part_enable = {
    .name = "plugin enable",
    .usage = "[--url URL] NAME...",
    .summary = "Turns plugins on again.",
    .detail = "What is turned off is in trust.toml of riffle's configuration folder. A running host sees that only when it is told (--url).",
    .options = state_options,
    .examples = enable_examples,
    .run = enable_run,
};

static const rf_cli_example disable_examples[] = {
    { "riffle plugin disable redact", "Hosts that start from now on leave it out." },
    { 0 },
};

const rf_command rf_plugin_part_disable = {
    .name = "plugin disable",
    .usage = "[--url URL] NAME...",
    .summary = "Turns plugins off.",
    .detail = "What is turned off is in trust.toml of riffle's configuration folder. A running host sees that only when it is told (--url).",
    .options = state_options,
    .examples = disable_examples,
    .run = disable_run,
};

static const rf_cli_example reload_examples[] = {
    { "riffle plugin reload redact --url " RF_CLI_PLUGIN_URL, "Loads the file anew; when it has errors, the running version goes on." },
    { 0 },
};

const rf_command rf_plugin_part_reload = {
    .name = "plugin reload",
    .usage = "--url URL NAME...",
    .summary = "Has a running host load plugins anew.",
    .options = reload_options,
    .examples = reload_examples,
    .run = reload_run,
};
