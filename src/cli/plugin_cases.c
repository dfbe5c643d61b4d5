/* plugin check, plugin test: looking a plugin over without running it, and running its test cases. */
#include "cli/plugin.h"

#include "base/slice.h"
#include "plugin/case.h"
#include "script/fusabi/files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The words of a part that takes no options; false after complaining. */
static bool take_words(const rf_command *part, int argc, char **argv, rf_cli_words *words) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = part, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;)
        if (kind != RF_CLI_WORD || !rf_cli_words_add(part, words, value))
            return false;
    if (words->count == 0)
        (void)rf_cli_misuse(part, "no plugin is given");
    return words->count > 0;
}

/* ---- check ---- */

static void warn(rf_buffer *out, const rf_plugin *plugin, const char *text, uint32_t bits) {
    char rights[300];
    rf_plugin_capability_text(bits, rights, sizeof rights);
    if (bits)
        rf_buffer_printf(out, "%s: warning: %s: %s\n", plugin->path, text, rights);
}

/* What is no error, and still seldom meant. */
static void look_over(rf_cli_plugins *plugins, const rf_plugin *plugin, rf_buffer *out) {
    uint32_t asked = plugin->manifest.capabilities, uses = plugin->kind->uses(plugin->code);
    warn(out, plugin, "it calls what it does not ask for in `capabilities`", uses & ~asked);
    if (plugin->kind == &rf_vm_fusabi)
        warn(out, plugin, "it asks for what it does not use", asked & ~uses);
    warn(out, plugin, "not granted yet (see `riffle plugin trust`)", asked & ~plugin->granted);
    if (plugin->manifest.match_count && plugin->manifest.has_hooks && !(plugin->manifest.hooks >> RF_HOOK_OUTPUT & 1u))
        rf_buffer_printf(out, "%s: warning: `match` concerns on_output, which is not among its hooks\n", plugin->path);
    if (!plugin->manifest.key_count && plugin->manifest.has_hooks && plugin->manifest.hooks >> RF_HOOK_KEY & 1u)
        rf_buffer_printf(out, "%s: warning: on_key is never called: the manifest has no `keys`\n", plugin->path);
    if (rf_trust_is_disabled(&plugins->trust, plugin->manifest.name))
        rf_buffer_printf(out, "%s: warning: it is disabled (see `riffle plugin enable`)\n", plugin->path);
}

static int check_one(rf_cli_plugins *plugins, const char *word) {
    rf_plugin_file file;
    rf_plugin *plugin = NULL;
    rf_error error = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer findings = { 0 };
    rf_code code = rf_cli_plugin_find(plugins, word, &file, &error);
    if (!code)
        code = rf_cli_plugin_load(plugins, &file, &findings, &plugin, &error);
    if (code) {
        rf_cli_plugin_complain(&findings, &error);
        return code == RF_EIO || code == RF_ENOMEM ? RF_EXIT_FAILED : RF_EXIT_USAGE;
    }
    look_over(plugins, plugin, &findings);
    (void)printf("%s: %.*s %.*s, %s: good\n", file.path, RF_SLICE_ARG(plugin->manifest.name), RF_SLICE_ARG(plugin->manifest.version),
                 plugin->kind->name);
    (void)fflush(stdout);
    rf_cli_plugin_complain(&findings, NULL);
    rf_plugin_unref(plugin);
    return RF_EXIT_DONE;
}

/* All words in turn; the worst status is the result. */
static int for_each(const rf_cli_words *words, int (*work)(rf_cli_plugins *plugins, const char *word)) {
    rf_cli_plugins plugins;
    rf_error error = { 0 };
    int status = RF_EXIT_DONE;
    if (rf_cli_plugins_open(&plugins, &error))
        status = rf_cli_plugin_fail(&error);
    else
        for (size_t i = 0; i < words->count; i++) {
            int said = work(&plugins, words->items[i]);
            status = said > status ? said : status;
        }
    rf_cli_plugins_close(&plugins);
    return status;
}

static int check_run(int argc, char **argv) {
    rf_cli_words words = { 0 };
    return take_words(&rf_plugin_part_check, argc, argv, &words) ? for_each(&words, check_one) : RF_EXIT_USAGE;
}

static const rf_cli_example check_examples[] = {
    { "riffle plugin check redact.fsx guard.js", "Shows errors and warnings of both." },
    { 0 },
};

const rf_command rf_plugin_part_check = {
    .name = "plugin check",
    .usage = "FILE|NAME...",
    .summary = "Does all that loading does, and says what is wrong, without running anything.",
    .detail = "Reads the manifest, compares the API version, compiles, and looks at rights and signature. The exit status is 2 when there are\n"
              "errors; warnings do not change it.",
    .examples = check_examples,
    .run = check_run,
};

/* ---- test ---- */

static rf_code read_cases(rf_cli_plugins *plugins, const rf_plugin_file *file, rf_source *source, rf_case_file *ret_cases,
                          rf_error *reterr) {
    source->name = rf_cli_plugin_beside(&plugins->arena, file->path, ".test.toml");
    if (!source->name)
        return rf_raise_nomem(reterr);
    if (access(source->name, F_OK) != 0) {
        (void)rf_raise(reterr, RF_ENOTFOUND, "%s has no tests: there is no %s", file->path, source->name);
        rf_error_hint(reterr, "`riffle plugin new` writes one to begin with");
        return RF_ENOTFOUND;
    }
    rf_code code = rf_fus_file_read(&plugins->arena, source->name, &source->text, reterr);
    return code ? code : rf_case_read(&plugins->arena, source, ret_cases, reterr);
}

static int test_one(rf_cli_plugins *plugins, const char *word, rf_case_counts *counts) {
    rf_plugin_file file;
    rf_source source = { 0 };
    rf_case_file cases;
    rf_error error = { 0 };
    rf_buffer out = { 0 };
    rf_code code = rf_cli_plugin_find(plugins, word, &file, &error);
    if (!code)
        code = read_cases(plugins, &file, &source, &cases, &error);
    if (!code)
        code = rf_case_run(&cases, &file, &plugins->shared, &out, counts, &error);
    bool written = rf_cli_flush(&out, STDOUT_FILENO);
    if (!code)
        return written ? RF_EXIT_DONE : RF_EXIT_FAILED;
    rf_buffer shown = { 0 };
    rf_source_show(&shown, source.text.data ? &source : NULL, &error, false);
    (void)rf_cli_flush(&shown, STDERR_FILENO);
    return code == RF_EIO || code == RF_ENOMEM ? RF_EXIT_FAILED : RF_EXIT_USAGE;
}

static int test_run(int argc, char **argv) {
    rf_cli_words words = { 0 };
    rf_cli_plugins plugins;
    rf_error error = { 0 };
    rf_case_counts counts = { 0 };
    int status = RF_EXIT_DONE;
    if (!take_words(&rf_plugin_part_test, argc, argv, &words))
        return RF_EXIT_USAGE;
    if (rf_cli_plugins_open(&plugins, &error))
        status = rf_cli_plugin_fail(&error);
    else
        for (size_t i = 0; i < words.count; i++) {
            int said = test_one(&plugins, words.items[i], &counts);
            status = said > status ? said : status;
        }
    rf_cli_plugins_close(&plugins);
    (void)printf("%u passed, %u failed\n", counts.passed, counts.failed);
    bool written = fflush(stdout) == 0;
    return status == RF_EXIT_DONE && (counts.failed || !written) ? RF_EXIT_FAILED : status;
}

static const rf_cli_example test_examples[] = {
    { "riffle plugin test redact.fsx", "Runs redact.test.toml, which is beside it." },
    { "riffle plugin test redact guard", "Runs the tests of two plugins of the folders." },
    { 0 },
};

const rf_command rf_plugin_part_test = {
    .name = "plugin test",
    .usage = "FILE|NAME...",
    .summary = "Runs the test cases of plugins: events in, verdicts and texts out.",
    .detail = "The cases are in NAME.test.toml beside the plugin; each gets a fresh plugin in a host that remembers what it does. The exit\n"
              "status is 1 when a case fails, 2 when the cases are missing or wrong. docs/plugins/commands.md describes all keys.",
    .examples = test_examples,
    .run = test_run,
};
