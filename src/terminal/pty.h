/* pty.h: a program on a pseudo-terminal. */
#ifndef RF_TERMINAL_PTY_H
#define RF_TERMINAL_PTY_H

#include "riffle/error.h"

#include <stdbool.h>
#include <sys/types.h>

typedef struct rf_pty {
    int fd;      /* the master's side, not blocking; -1: none */
    int exit_fd; /* readable when the program has ended (pidfd); -1: none */
    pid_t pid;   /* leader of its session and group */
    bool ended;  /* its end was taken: `pid` may be another's by now */
    int exit_code; /* then */
} rf_pty;

typedef struct rf_pty_options {
    const char *const *argv;        /* NULL at the end; looked up in PATH of `environment` */
    const char *argv0;              /* what it is called; NULL: argv[0] ("-bash": a login shell) */
    const char *const *environment; /* NAME=value, NULL at the end: all of it */
    const char *directory;          /* where it starts; one that cannot be entered: its HOME, then / */
    int columns, rows;
} rf_pty_options;

/* Starts it with default signals, no descriptors but 0 to 2, a terminal with ICANON, ECHO and IUTF8 on. Errors: RF_ENOTFOUND no such program (with the name);
 * RF_EIO. Any thread; other threads may start programs meanwhile. */
RF_NODISCARD rf_code rf_pty_open(const rf_pty_options *options, rf_pty *ret_pty, rf_error *reterr);
/* Closes the terminal (its programs get SIGHUP) and the descriptors; the program is not waited for, and its end can be taken later. Twice is fine;
 * so is one that was never opened, with fd and exit_fd -1. */
void rf_pty_close(rf_pty *pty);
/* Takes the program's end, when it has ended: exit code, or 128 + signal; again the same when it was taken before. False: it runs. */
bool rf_pty_ended(rf_pty *pty, int *ret_exit_code);
/* Sends the signal to its process group, unless its end was taken, and to the terminal's foreground group. */
void rf_pty_signal(const rf_pty *pty, int signal);
void rf_pty_resize(const rf_pty *pty, int columns, int rows);
/* The working directory of the foreground program, from the system; false: not known. */
bool rf_pty_directory(const rf_pty *pty, char *ret_path, size_t size);
/* The name of the foreground program ("vim"), its first 15 bytes, without controls; false: not known. */
bool rf_pty_program(const rf_pty *pty, char *ret_name, size_t size);

#endif
