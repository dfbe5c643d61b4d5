/* lint: checks config files, by the same code that runs them. */
#include "cli/command.h"
#include "cli/files.h"
#include "cli/host.h"

#include <assert.h>
#include <string.h>

#define REPEATS_MAX 64 /* of an option that may be given again */

typedef struct lint_args {
    const char *sets[REPEATS_MAX + 1], *env_files[REPEATS_MAX + 1], *resources[REPEATS_MAX + 1];
    size_t set_count, env_count, resource_count;
    rf_cli_files files;
    bool deprecated, labels, skip_env, verbose;
    bool failed;
} lint_args;

static const rf_cli_option lint_options[] = {
    { "set", 's', "PATH=VALUE", "Sets a field of each config before it is checked; may be repeated." },
    { "env-file", 'e', "FILE", "Reads environment variables, NAME=value a line; may be repeated." },
    { "resources", 'r', "FILE", "Reads resources (sections such as cache_resources) from a file, or all that a pattern matches; may be repeated." },
    { "deprecated", 0, NULL, "Finds deprecated fields as well." },
    { "labels", 0, NULL, "Finds components without a label as well." },
    { "skip-env-var-check", 0, NULL, "Takes unset environment variables as empty." },
    { "verbose", 0, NULL, "Says of each file whether it is fine, on standard output." },
    { 0 },
};

static bool add(const char **list, size_t *count, const rf_cli_option *option, const char *value) {
    if (*count == REPEATS_MAX)
        return rf_cli_misuse(&rf_command_lint, "option --%s is given more than %d times", option->name, REPEATS_MAX), false;
    list[(*count)++] = value;
    return true;
}

static bool take(lint_args *lint, const rf_cli_option *option, const char *value) {
    if (strcmp(option->name, "set") == 0)
        return add(lint->sets, &lint->set_count, option, value);
    if (strcmp(option->name, "env-file") == 0)
        return add(lint->env_files, &lint->env_count, option, value);
    if (strcmp(option->name, "resources") == 0)
        return add(lint->resources, &lint->resource_count, option, value);
    lint->deprecated |= strcmp(option->name, "deprecated") == 0;
    lint->labels |= strcmp(option->name, "labels") == 0;
    lint->skip_env |= strcmp(option->name, "skip-env-var-check") == 0;
    lint->verbose |= strcmp(option->name, "verbose") == 0;
    return true;
}

/* Opening finds what only components know: scripts that do not compile, addresses that do not parse. */
static rf_code open_all(rf_config *config, rf_error *reterr) {
    rf_metrics *metrics = NULL;
    rf_keys *keys = rf_keys_new();
    rf_code code = keys ? rf_metrics_new(&metrics, reterr) : rf_raise_nomem(reterr);
    if (!code)
        code = rf_config_open(config, NULL, metrics, keys, reterr);
    if (config && rf_findings_count(config->findings, false))
        rf_host_show_findings(config);
    rf_config_free(config);
    rf_metrics_free(metrics);
    rf_keys_free(keys);
    return code;
}

static void lint_file(lint_args *lint, const char *path) {
    rf_config_options options = {
        .path = path, .sets = lint->sets, .env_files = lint->env_files, .resources = lint->resources, .skip_env_check = lint->skip_env, .require_labels = lint->labels,
        .report_deprecated = lint->deprecated,
    };
    rf_config *config = NULL;
    rf_error error = { 0 };
    rf_code code = rf_config_load(&options, &config, &error);
    bool findings = config && (code == RF_OK || code == RF_ECONFIG);
    if (findings)
        code = open_all(config, &error);
    else
        rf_config_free(config);
    if (code && !(findings && code == RF_ECONFIG))
        rf_host_complain(&error);
    if (lint->verbose)
        (void)printf("%s: %s\n", path, code ? "FAILED" : "OK");
    lint->failed |= code != RF_OK;
}

static int lint_all(lint_args *lint) {
    if (lint->files.count == 0)
        return rf_cli_misuse(&rf_command_lint, "no files are given");
    for (size_t i = 0; i < lint->files.count; i++)
        lint_file(lint, lint->files.paths[i]);
    if (fflush(stdout) != 0)
        return RF_EXIT_FAILED;
    return lint->failed ? RF_EXIT_USAGE : RF_EXIT_DONE;
}

static int lint_run(int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    lint_args lint = { 0 };
    rf_cli_args args = { .command = &rf_command_lint, .argc = argc, .argv = argv, .at = 1 };
    bool fine = true;
    for (rf_cli_kind kind; fine && (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        rf_error error = { 0 };
        fine = kind != RF_CLI_WRONG && (kind != RF_CLI_OPTION || take(&lint, option, value));
        if (kind == RF_CLI_WORD && rf_cli_files_add(&lint.files, value, &error)) {
            rf_host_complain(&error);
            fine = false;
        }
    }
    int status = fine ? lint_all(&lint) : RF_EXIT_USAGE;
    rf_cli_files_done(&lint.files);
    return status;
}

static const rf_cli_example lint_examples[] = {
    { "riffle lint plant.yaml", "All that is wrong with it, scripts included, each with its line." },
    { "riffle lint --verbose configs", "Every .yaml and .yml file below the folder." },
    { 0 },
};

const rf_command rf_command_lint = {
    .name = "lint",
    .usage = "[OPTION...] FILE...",
    .summary = "Checks config files: all that is wrong, each at its line and column.",
    .detail = "A FILE may be a file, a pattern such as 'conf/*.yaml', or a folder (DIR or DIR/...: every .yaml and .yml file below).\n"
              "What lint passes, run starts. The exit status is 2 when there is an error in any of them.",
    .options = lint_options,
    .examples = lint_examples,
    .run = lint_run,
};
