/* help: the help of the program and of each command, and the manual page, from the one table of commands. */
#include "cli/command.h"

#include "base/slice.h"
#include "cli/find.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COLUMN 26 /* where the sentence of an option begins */

static void pad_to(rf_buffer *out, size_t line_start, size_t column) {
    if (out->len - line_start >= column)
        rf_buffer_char(out, ' ');
    while (!out->failed && out->len - line_start < column)
        rf_buffer_char(out, ' ');
}

static void write_option(rf_buffer *out, const rf_cli_option *option) {
    size_t start = out->len;
    if (option->letter)
        rf_buffer_printf(out, "  -%c, --%s", option->letter, option->name);
    else
        rf_buffer_printf(out, "      --%s", option->name);
    if (option->value)
        rf_buffer_printf(out, " %s", option->value);
    pad_to(out, start, COLUMN);
    rf_buffer_printf(out, "%s\n", option->doc);
}

static void write_names(rf_buffer *out, const rf_command *const *commands) {
    for (; *commands; commands++) {
        const char *blank = strrchr((*commands)->name, ' ');
        size_t start = out->len;
        rf_buffer_printf(out, "  %s", blank ? blank + 1 : (*commands)->name);
        pad_to(out, start, 12);
        rf_buffer_printf(out, "%s\n", (*commands)->summary);
    }
}

static void write_command(rf_buffer *out, const rf_command *command) {
    rf_buffer_printf(out, "usage: riffle %s%s%s\n\n%s\n", command->name, *command->usage ? " " : "", command->usage, command->summary);
    if (command->detail)
        rf_buffer_printf(out, "\n%s\n", command->detail);
    if (command->parts) {
        rf_buffer_text(out, "\ncommands:\n");
        write_names(out, command->parts);
    }
    rf_buffer_text(out, "\noptions:\n");
    for (const rf_cli_option *option = command->options; option && option->name; option++)
        write_option(out, option);
    write_option(out, &(rf_cli_option){ "help", 'h', NULL, "Shows this help." });
    if (command->examples)
        rf_buffer_text(out, "\nexamples:\n");
    for (const rf_cli_example *example = command->examples; example && example->command; example++)
        rf_buffer_printf(out, "  %s\n      %s\n", example->command, example->doc);
}

static void write_program(rf_buffer *out) {
    rf_buffer_text(out, "usage: riffle COMMAND [OPTION...] [ARGUMENT...]\n       riffle -c FILE\n\n"
                        "Scripts on live streams: compiled once, kept warm, run on every message, and every run measured.\n\ncommands:\n");
    write_names(out, rf_commands);
    rf_buffer_text(out, "\n`riffle COMMAND --help` shows a command's options. Exit status: 0 done, 1 failed while running,\n"
                        "2 wrong use or a config with errors.\n");
}

void rf_cli_help(const rf_command *command, rf_buffer *out) {
    assert(out);
    if (command)
        write_command(out, command);
    else
        write_program(out);
}

/* A dash in roff is a hyphen unless it is escaped; a dot or quote at a line's start is a request. */
static void man_text(rf_buffer *out, const char *text) {
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            rf_buffer_text(out, "\\&");
        if (*text == '-' || *text == '\\')
            rf_buffer_char(out, '\\');
        rf_buffer_text(out, *text == '\\' ? "e" : (char[]){ *text, '\0' });
        line_start = *text == '\n';
    }
}

static void man_option(rf_buffer *out, const rf_cli_option *option) {
    rf_buffer_text(out, ".TP\n\\fB");
    if (option->letter)
        rf_buffer_printf(out, "\\-%c\\fR, \\fB", option->letter);
    rf_buffer_text(out, "\\-\\-");
    man_text(out, option->name);
    rf_buffer_text(out, "\\fR");
    if (option->value)
        rf_buffer_printf(out, " \\fI%s\\fR", option->value);
    rf_buffer_char(out, '\n');
    man_text(out, option->doc);
    rf_buffer_char(out, '\n');
}

static void man_command(rf_buffer *out, const rf_command *command) {
    rf_buffer_text(out, ".SS riffle ");
    man_text(out, command->name);
    rf_buffer_char(out, ' ');
    man_text(out, command->usage);
    rf_buffer_char(out, '\n');
    man_text(out, command->summary);
    rf_buffer_char(out, '\n');
    if (command->detail) {
        rf_buffer_text(out, ".PP\n");
        man_text(out, command->detail);
        rf_buffer_char(out, '\n');
    }
    for (const rf_cli_option *option = command->options; option && option->name; option++)
        man_option(out, option);
    for (const rf_cli_example *example = command->examples; example && example->command; example++) {
        rf_buffer_text(out, ".PP\n\\fB");
        man_text(out, example->command);
        rf_buffer_text(out, "\\fR\n.br\n");
        man_text(out, example->doc);
        rf_buffer_char(out, '\n');
    }
}

void rf_cli_man(rf_buffer *out) {
    assert(out);
    rf_buffer_text(out, ".TH RIFFLE 1 \"\" \"riffle " RF_VERSION "\"\n.SH NAME\nriffle \\- scripts on live streams\n"
                        ".SH SYNOPSIS\n.B riffle\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n"
                        ".SH DESCRIPTION\nRuns JavaScript on the messages of a live stream: scripts are compiled once, kept warm in\n"
                        "pooled virtual machines, run in chains, and measured on every run. A stream is a YAML file of the shape\n"
                        "that users of Benthos know.\n.SH COMMANDS\n");
    for (const rf_command *const *command = rf_commands; *command; command++) {
        man_command(out, *command);
        for (const rf_command *const *part = (*command)->parts; part && *part; part++)
            man_command(out, *part);
    }
    rf_buffer_text(out, ".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n1\nfailed while running\n.TP\n2\nwrong use, or a config with errors\n");
}

static const rf_cli_option help_options[] = {
    { "man", 0, NULL, "Writes the manual page, as roff." },
    { 0 },
};

/* A word behind a command that has parts names one of them: `riffle help plugin list`. */
static const rf_command *find_about(const rf_command *about, const char *word) {
    for (const rf_command *const *part = about ? about->parts : NULL; part && *part; part++)
        if (strcmp(strrchr((*part)->name, ' ') + 1, word) == 0)
            return *part;
    return rf_cli_find(word);
}

static int help_run(int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    const rf_command *about = NULL;
    bool man = false;
    rf_cli_args args = { .command = &rf_command_help, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WRONG)
            return RF_EXIT_USAGE;
        man |= kind == RF_CLI_OPTION;
        if (kind == RF_CLI_WORD && !(about = find_about(about, value)))
            return rf_cli_unknown(value);
    }
    rf_buffer out = { 0 };
    if (man)
        rf_cli_man(&out);
    else
        rf_cli_help(about, &out);
    return rf_cli_flush(&out, STDOUT_FILENO) ? RF_EXIT_DONE : RF_EXIT_FAILED;
}

static const rf_cli_example help_examples[] = {
    { "riffle help run", "What `run` takes." },
    { "riffle help --man > riffle.1", "Makes the manual page." },
    { 0 },
};

const rf_command rf_command_help = {
    .name = "help",
    .usage = "[--man] [COMMAND]",
    .summary = "Shows the help of a command, or of the program.",
    .options = help_options,
    .examples = help_examples,
    .run = help_run,
};
