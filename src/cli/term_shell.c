/* term shell-integration: what makes shells mark their prompts and commands. */
#include "cli/term.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "terminal/shell.h"

#include <string.h>

static const rf_cli_option shell_options[] = {
    { "install", 0, NULL, "Writes the snippet beside riffle's configuration, and has the shell's start-up file read it." },
    { "uninstall", 0, NULL, "Takes both away again." },
    { 0 },
};

typedef struct shell_given { bool install, uninstall; } given;

static bool take(rf_cli_term *term, void *options, const char *name, const char *value) {
    given *g = options;
    (void)term, (void)value;
    g->install |= strcmp(name, "install") == 0;
    g->uninstall |= strcmp(name, "uninstall") == 0;
    return true;
}

/* The one that is named, else the user's own. */
static const char *which(const rf_cli_term *term) {
    const char *own = getenv("SHELL"), *slash = own ? strrchr(own, '/') : NULL;
    return term->word_count ? term->words[0] : slash ? slash + 1 : own;
}

static int unknown(const char *shell) {
    const char *names[9] = { NULL };
    for (size_t i = 0; i < 8 && rf_shell_snippets[i].shell; i++)
        names[i] = rf_shell_snippets[i].shell;
    const char *near = rf_nearest(rf_slice_of(shell), names);
    if (near)
        return rf_cli_misuse(&rf_term_part_shell, "there is no snippet for the shell %s: did you mean %s?", shell, near);
    return rf_cli_misuse(&rf_term_part_shell, "there is no snippet for the shell %s, only for bash, zsh and fish", shell);
}

static int change(rf_cli_term *term, const char *shell, bool install) {
    const char *home = getenv("HOME");
    rf_buffer told = { 0 };
    if (!home || home[0] != '/') {
        (void)rf_raise(&term->error, RF_ECONFIG, "HOME is not set to an absolute path");
        rf_error_hint(&term->error, "set it, or print the snippet without --install and add it by hand");
        return rf_cli_term_fail(term);
    }
    rf_code code = install ? rf_shell_install(shell, home, &told, &term->error) : rf_shell_uninstall(shell, home, &told, &term->error);
    int status = rf_cli_term_print(term, &told); /* also what was done before it failed */
    return code ? rf_cli_term_fail(term) : status;
}

static int shell_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    given g = { 0 };
    rf_buffer out = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_shell, argc, argv, take, &g, 0, 1))
        return RF_EXIT_USAGE;
    if (g.install && g.uninstall)
        return rf_cli_misuse(&rf_term_part_shell, "either --install or --uninstall");
    const char *shell = which(&term);
    if (!shell || !*shell)
        return rf_cli_misuse(&rf_term_part_shell, "SHELL is not set: name bash, zsh or fish");
    const rf_shell_snippet *snippet = rf_shell_find(shell);
    if (!snippet)
        return unknown(shell);
    if (g.install || g.uninstall)
        return change(&term, snippet->shell, g.install);
    rf_buffer_text(&out, snippet->text);
    return rf_cli_term_print(&term, &out);
}

static const rf_cli_example shell_examples[] = {
    { "riffle term shell-integration --install", "For the shell of SHELL; sessions that start from now on have it." },
    { "riffle term shell-integration zsh", "Prints the snippet, to be added by hand." },
    { 0 },
};

const rf_command rf_term_part_shell = {
    .name = "term shell-integration",
    .usage = "[--install | --uninstall] [bash | zsh | fish]",
    .summary = "Has a shell mark its prompts and commands, so that blocks are known.",
    .detail = "The snippet does something only in sessions of riffle.",
    .options = shell_options,
    .examples = shell_examples,
    .run = shell_run,
};
