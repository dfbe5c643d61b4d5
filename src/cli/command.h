/* command.h: what a command of the program is: one file, one const row in table.c. */
#ifndef RF_CLI_COMMAND_H
#define RF_CLI_COMMAND_H

#include "base/buffer.h"

#include <stdbool.h>

/* What the program ends with. */
enum {
    RF_EXIT_DONE = 0,
    RF_EXIT_FAILED = 1, /* failed while running */
    RF_EXIT_USAGE = 2,  /* wrong use, or wrong config */
};

/* One option. The one place that names it: parsing, help and the manual page read it. */
typedef struct rf_cli_option {
    const char *name;  /* "env-file": used as --env-file */
    char letter;       /* 'e': used as -e; 0: none */
    const char *value; /* what its value is called in the help, "FILE"; NULL: takes none */
    const char *doc;   /* one sentence */
} rf_cli_option;

/* One example of use. */
typedef struct rf_cli_example { const char *command, *doc; } rf_cli_example;

typedef struct rf_command {
    const char *name;                  /* of a part with the command's before it: "plugin list" */
    const char *usage;                 /* what follows the name: "[OPTION…] FILE" */
    const char *summary;               /* one sentence */
    const char *detail;                /* further paragraphs, or NULL */
    const rf_cli_option *options;      /* ends with a zeroed row; NULL: none. --help is always there */
    const rf_cli_example *examples;    /* ends with a zeroed row; NULL: none */
    const struct rf_command *const *parts; /* commands of its own, for help and the manual page; NULL at the end; NULL: none */
    bool passes_arguments;             /* what stands behind the first word belongs to what is run, `--help` too */
    /* argv[0] is the command's name; --help has been dealt with. Returns an exit code. */
    int (*run)(int argc, char **argv);
} rf_command;

/* All commands, in the order of the help; NULL at the end. (table.c) */
extern const rf_command *const rf_commands[];
extern const rf_command rf_command_run, rf_command_lint, rf_command_list, rf_command_demo, rf_command_version, rf_command_help;
extern const rf_command rf_command_exec, rf_command_compile, rf_command_check, rf_command_fmt, rf_command_repl, rf_command_disasm;
extern const rf_command rf_command_plugin, rf_command_bench, rf_command_top, rf_command_profile, rf_command_term;

/* The work of `riffle demo` (demo.c): argv[0] is "demo"; options have not been looked at. Returns an exit code. */
int rf_cli_demo(int argc, char **argv);

/*
 * Walks the arguments of a command, one call each: options in any order, `--name value`, `--name=value`, `-n value`,
 * `-nvalue`, a single dash before a long name as well (Go style), `--` ends them.
 */
typedef struct rf_cli_args {
    const rf_command *command;
    int argc;
    char **argv;
    int at;            /* the next argument; 1 at the start */
    bool plain;        /* behind -- */
} rf_cli_args;

typedef enum rf_cli_kind { RF_CLI_END, RF_CLI_OPTION, RF_CLI_WORD, RF_CLI_WRONG } rf_cli_kind;

/* The next: RF_CLI_OPTION sets both (value NULL when it takes none); RF_CLI_WORD only the value. RF_CLI_WRONG: an
 * unknown option, or one without its value; the complaint with its "did you mean" has been written to stderr, and
 * the command returns RF_EXIT_USAGE. */
rf_cli_kind rf_cli_next(rf_cli_args *args, const rf_cli_option **ret_option, const char **ret_value);

/* Complains about wrong use on stderr, points at --help, and returns RF_EXIT_USAGE. */
int rf_cli_misuse(const rf_command *command, const char *format, ...) RF_PRINTF(2, 3);
/* The help of one command, or of the program (NULL). */
void rf_cli_help(const rf_command *command, rf_buffer *out);
/* The manual page, as roff, from the same table. */
void rf_cli_man(rf_buffer *out);
/* Writes all of it to the descriptor; false when that failed. Frees the buffer's content. */
bool rf_cli_flush(rf_buffer *buffer, int fd);

#endif
