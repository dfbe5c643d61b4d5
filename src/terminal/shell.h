/* shell.h: what a shell says of its prompts and commands (OSC 133, OSC 7): snippets, and how they get into its start-up files. */
#ifndef RF_TERMINAL_SHELL_H
#define RF_TERMINAL_SHELL_H

#include "base/buffer.h"
#include "riffle/error.h"

/* It does something only in an interactive shell in a session of ours, where RIFFLE_SESSION is set, and once when it is read twice. */
typedef struct rf_shell_snippet {
    const char *shell; /* "bash" */
    const char *file;  /* "riffle.bash" */
    const char *text;
} rf_shell_snippet;
extern const rf_shell_snippet rf_shell_snippets[]; /* ends with a zeroed row */
/* By the shell's name, or NULL. */
const rf_shell_snippet *rf_shell_find(const char *shell);

/*
 * Writes the snippet to riffle/shell/ in $XDG_CONFIG_HOME (else in .config under `home`), and adds the lines that read it to the end
 * of .bashrc in `home`, of .zshrc in $ZDOTDIR (else `home`), or as conf.d/riffle.fish beside fish's own configuration; lines that are there stay as
 * they are. `told` gets lines about what was done. Errors: RF_ENOTFOUND no such shell ("did you mean"); RF_EIO; RF_ENOMEM. A start-up file is replaced as a
 * whole or not at all; one that is a link is written where it points to.
 */
RF_NODISCARD rf_code rf_shell_install(const char *shell, const char *home, rf_buffer *told, rf_error *reterr);
/* Takes both away again; what is not there is none. Errors: the same. */
RF_NODISCARD rf_code rf_shell_uninstall(const char *shell, const char *home, rf_buffer *told, rf_error *reterr);

#endif
