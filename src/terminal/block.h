/* block.h: command blocks: what the shell says with OSC 133 of prompts, commands and their ends. */
#ifndef RF_TERMINAL_BLOCK_H
#define RF_TERMINAL_BLOCK_H

#include "base/buffer.h"
#include "riffle/error.h"

#include <stdbool.h>

#define RF_BLOCKS_KEPT 1000u          /* the oldest go */
#define RF_BLOCK_TEXT_MAX 65536u      /* of a command or a directory, bytes */

/* Lines count from 0 since the session began: scrolled lines, then those of the screen. */
typedef struct rf_block {
    uint64_t number;      /* from 1 */
    char *command;        /* owned; "" when it is not known */
    char *directory;      /* owned; when it began */
    int64_t started_ms, ended_ms; /* wall clock, since 1970; ended_ms 0: it runs */
    uint64_t started_ns, ended_ns; /* monotonic */
    uint64_t first_line, end_line; /* of its output: from, up to but not including; the same while it runs */
    int exit_code;        /* -1: the shell did not say */
} rf_block;

/* What happened by one mark. */
typedef enum rf_block_event { RF_BLOCK_NOTHING, RF_BLOCK_PROMPT, RF_BLOCK_INPUT, RF_BLOCK_STARTED, RF_BLOCK_ENDED } rf_block_event;

typedef struct rf_blocks rf_blocks; /* one thread */

RF_NODISCARD rf_code rf_blocks_new(rf_blocks **ret_blocks, rf_error *reterr);
void rf_blocks_free(rf_blocks *blocks); /* NULL is fine */

/* Where a mark stands, and what is known there. */
typedef struct rf_block_place {
    uint64_t line;        /* the cursor's, counted as above */
    int column;
    rf_slice directory;   /* as OSC 7 told it, else the process's */
    int64_t wall_ms;
    uint64_t mono_ns;
    /* The screen's text from a place to the cursor; for commands that the mark does not spell out. Appends. */
    void (*text)(void *user, uint64_t line, int column, rf_buffer *out);
    void *user;
} rf_block_place;

/*
 * The text of an OSC 133, without "133;": A prompt begins, B it ends and the command's text begins, C the command runs (C;cmdline_url=… and
 * C;cmdline=… spell it out), D;EXIT it has ended. As FinalTerm began it and as shells, kitty, WezTerm and iTerm2 use it. An A or B while a
 * command runs ends it without an exit code (RF_BLOCK_ENDED); an A of a second line's prompt (A;k=s, A;k=r) is nothing, as are other letters
 * and a D without a command (an empty line at the prompt). *ret_block: the block that it is about, until the next call; may be NULL. Never
 * fails; without memory a text is "".
 */
rf_block_event rf_blocks_mark(rf_blocks *blocks, rf_slice text, const rf_block_place *place, const rf_block **ret_block);
/* The session's program has ended: what runs is over. */
void rf_blocks_end(rf_blocks *blocks, int exit_code, const rf_block_place *place);

/* By number; 0: the last one that ended, else the one that runs; NULL: not there, or no longer. */
const rf_block *rf_blocks_get(const rf_blocks *blocks, uint64_t number);
/* The i-th kept, oldest first; NULL behind the last. */
const rf_block *rf_blocks_at(const rf_blocks *blocks, size_t i);
/* The one that runs, or NULL. */
const rf_block *rf_blocks_running(const rf_blocks *blocks);
/* Whether the cursor is behind a prompt, where a command is being written: since B, before C. */
bool rf_blocks_at_prompt(const rf_blocks *blocks);
/* The number of the block that begins when what is typed now is a command; 0: the shell has marked nothing yet, or a command runs. */
uint64_t rf_blocks_next(const rf_blocks *blocks);

/* Appends as a JSON object: number, command, directory, started, ended (RFC 3339 or null), exit_code (or null), duration_ms (or null),
 * first_line, end_line. */
void rf_block_json(const rf_block *block, rf_buffer *out);

#endif
