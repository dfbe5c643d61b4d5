/* input.h: what a client's terminal sends, cut into keys, pastes and bindings. */
#ifndef RF_TERMINAL_INPUT_H
#define RF_TERMINAL_INPUT_H

#include "base/buffer.h"

#define RF_INPUT_PASTE_MAX ((size_t)16 << 20) /* a longer paste comes in pieces */

typedef struct rf_input_sink {
    void *user;
    /* Bytes that are no paste: as many as came together. Mouse and focus reports among them. */
    void (*keys)(void *user, rf_slice bytes);
    /* What stood between ESC [ 200 ~ and ESC [ 201 ~. */
    void (*paste)(void *user, rf_slice text);
    /* A key by its name ("ctrl-t", "alt-x", "f5", "ctrl-\\"); true: it was a binding and is taken, false: it goes with the keys. NULL:
     * there are no bindings. */
    bool (*key)(void *user, rf_slice name, rf_slice bytes);
} rf_input_sink;

/* Zeroed is ready. One thread. */
typedef struct rf_input {
    rf_buffer paste;
    rf_buffer joined;  /* the beginning of a mark that turned out to be none, and what came behind it */
    uint8_t mark;      /* so many bytes of the next mark have come */
    bool pasting;
} rf_input;

void rf_input_done(rf_input *input);
/* All of the bytes; a lone ESC at their end is a key. What waits is at most the beginning of a mark, of two bytes or more. */
void rf_input_feed(rf_input *input, rf_slice bytes, const rf_input_sink *sink);

/* One key at the beginning of the bytes: its length, and its name in `ret_name` ("" when it has none: a plain character is its own name).
 * 0: empty. Escape sequences as xterm sends them: "up", "ctrl-right", "shift-f5", "page-up", "home", "delete", "alt-x", "enter", "tab",
 * "backspace", "escape", "space"; modifiers stand in the order ctrl-, alt-, shift-. Mouse and focus reports have no name. */
size_t rf_input_key(rf_slice bytes, char ret_name[32]);
/* The bytes that a key of that name sends, such as "ctrl-]" or "x", in `ret_bytes`; false: there is no such key. */
bool rf_input_key_bytes(rf_slice name, char ret_bytes[16], size_t *ret_len);

#endif
