/* typed.h: what a client's terminal sends, cut into keys and pieces of pastes, and the keys that are the client's own. */
#ifndef RF_TERMINAL_TYPED_H
#define RF_TERMINAL_TYPED_H

#include "base/buffer.h"

#include <stdbool.h>

/* ---- Keys and pastes ---- */

#define RF_TYPED_PENDING_MAX 64u /* bytes of a sequence that has not ended; a longer one is given out as it is */

/* Zeroed is ready. */
typedef struct rf_typed {
    char pending[RF_TYPED_PENDING_MAX]; /* an escape sequence or a character that has begun */
    size_t pending_len;
    size_t mark_len;                    /* within a paste: bytes of its end mark that have come */
    bool pasting;
} rf_typed;

typedef struct rf_typed_token {
    rf_slice bytes;  /* valid until the next call */
    char name[32];   /* of a key, as rf_input_key() has it; "" for what has none, and for a paste */
    bool paste;      /* a piece of one, with its marks */
} rf_typed_token;

/*
 * The next key or piece of a paste; `left` moves on. False: all was taken. What begins a sequence and does not end it waits for more;
 * a lone ESC waits only when `wait_escape`.
 */
bool rf_typed_next(rf_typed *typed, rf_slice *left, bool wait_escape, rf_typed_token *ret_token);
/* Something waits: when nothing follows soon, rf_typed_flush() gives it out. */
static inline bool rf_typed_waits(const rf_typed *typed) { return typed->pending_len > 0; }
/* What waits, as a key. False: nothing does. */
bool rf_typed_flush(rf_typed *typed, rf_typed_token *ret_token);

/* ---- The client's own keys ---- */

typedef enum rf_binding_order { RF_BINDING_DETACH, RF_BINDING_PALETTE, RF_BINDING_SCROLL, RF_BINDINGS } rf_binding_order;
typedef struct rf_binding { char first[32], second[32]; } rf_binding; /* names as rf_input_key() gives them; "": none */

/* Zeroed has no keys. */
typedef struct rf_bindings {
    rf_binding keys[RF_BINDINGS];
    char pending[32]; /* the first key of two that was pressed; "": none */
} rf_bindings;

/* One or two names of keys, parted by blanks ("ctrl-\\ d"). False: that is no key; the order then has none. */
bool rf_bindings_set(rf_bindings *bindings, rf_binding_order order, rf_slice names);

typedef enum rf_binding_answer {
    RF_BINDING_NOT,     /* none of ours: it goes on */
    RF_BINDING_FIRST,   /* taken: the first of two */
    RF_BINDING_ORDER,   /* taken: an order */
    RF_BINDING_TWICE,   /* the first key pressed again: it goes on, once */
    RF_BINDING_UNKNOWN, /* taken: behind the first key stands none that belongs to it */
} rf_binding_answer;
rf_binding_answer rf_bindings_key(rf_bindings *bindings, const char *name, rf_binding_order *ret_order);
/* What may follow the first key that is pending, for people: "d detach  p palette  [ scroll". */
void rf_bindings_hint(const rf_bindings *bindings, rf_buffer *out);

#endif
