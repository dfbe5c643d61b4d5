/* line_edit.h: reading lines from a person at a terminal: editing, history, completion. */
#ifndef RF_CLI_LINE_EDIT_H
#define RF_CLI_LINE_EDIT_H

#include "base/buffer.h"
#include "base/vec.h"
#include "riffle/error.h"

/* What may stand at the cursor. Texts are owned by the list. */
typedef RF_VEC(char *) rf_line_words;
/* Adds a copy; a word that is there already, or one that no memory is left for, is left out. */
void rf_line_words_add(rf_line_words *words, rf_slice word);

/* Adds what can stand in place of the unfinished `word` that ends at the cursor. */
typedef void (*rf_line_complete)(void *user, rf_slice word, rf_line_words *words);

typedef struct rf_line_edit {
    rf_line_complete complete; /* may be NULL */
    void *user;
    bool terminal;       /* input and output are one; else lines are read as they come, without a prompt */
    bool pasting;        /* within text that the terminal pastes: keys have no meaning */
    bool listed;         /* the last key was a Tab that changed nothing: the next one shows all candidates */
    rf_buffer line;
    size_t cursor;       /* byte of the line, at a character */
    rf_buffer cut;       /* what Ctrl-K and its like took last */
    RF_VEC(char *) history;
    size_t at_entry;     /* of the history, its count when the line is a new one */
    rf_buffer new_line;  /* the new one, while an old one is shown */
    int history_fd;      /* -1: it is not kept */
    const char *prompt;
} rf_line_edit;

/* `history`: the file that keeps it (made if need be), or NULL. What cannot be read or kept is done without. */
void rf_line_edit_init(rf_line_edit *edit, const char *history, rf_line_complete complete, void *user);
void rf_line_edit_done(rf_line_edit *edit);

typedef enum rf_line_result {
    RF_LINE_READ,
    RF_LINE_END,       /* Ctrl-D on an empty line, or the end of the input */
    RF_LINE_CANCELLED, /* Ctrl-C */
    RF_LINE_FAILED,    /* no memory, or the terminal is gone */
} rf_line_result;
/* Reads a line without its end. `ret_line` is valid until the next call. */
rf_line_result rf_line_edit_read(rf_line_edit *edit, const char *prompt, rf_slice *ret_line);
/* Adds a line to the history, here and in its file. */
void rf_line_edit_remember(rf_line_edit *edit, rf_slice line);

/* ---- Between line_*.c ---- */

/* line_history.c: loads the file; shows the entry `steps` away (-1: the one before); false when there is none. */
void rf_line_history_load(rf_line_edit *edit, const char *path);
bool rf_line_history_go(rf_line_edit *edit, int steps);
/* The newest entry before `before` that holds the text, or `history.count` when there is none. */
size_t rf_line_history_find(const rf_line_edit *edit, size_t before, rf_slice text);
/* line_show.c: draws prompt and line, and puts the cursor; the part around the cursor when it is too long. False: the terminal is gone. */
bool rf_line_show(const rf_line_edit *edit);
/* Lists the words below the line. */
bool rf_line_show_words(const rf_line_words *words);
bool rf_line_put(rf_slice bytes);
/* line_key.c: what one key does. False: the line is finished, as `*ret_result` says. */
bool rf_line_key(rf_line_edit *edit, unsigned char key, rf_line_result *ret_result);
/* The next byte from the terminal; false at its end. */
bool rf_line_byte(unsigned char *ret_byte);
/* Puts bytes at the cursor; replaces the line; takes [from, to) out, to `cut` when `keep`. */
void rf_line_insert(rf_line_edit *edit, rf_slice bytes);
void rf_line_set(rf_line_edit *edit, rf_slice text);
void rf_line_take_out(rf_line_edit *edit, size_t from, size_t to, bool keep);

#endif
