/* mapping.h: the mapping language of `generate`: a small part of the one that Benthos users know. */
#ifndef RF_MESSAGE_MAPPING_H
#define RF_MESSAGE_MAPPING_H

#include "message/message.h"

/*
 * Statements, one a line or parted by `;`; `#` starts a comment:
 *     root = EXPR           root.a."b c" = EXPR (or a.b = EXPR)        meta KEY = EXPR
 * EXPR: numbers, "strings", """raw strings""", true, false, null, [arrays], {"objects": 1}; + - * / % (text + text too),
 * == != < <= > >=, && || !, -, (…), if COND { EXPR } else { EXPR }, functions and methods (docs/mapping.md).
 * An `if` without `else` that is not met, and nothing(), leave the target as it was; deleted() removes it.
 */
typedef struct rf_mapping rf_mapping; /* compiled; immutable; any thread */

/* What the users of a mapping remember between messages: counters, random numbers, interned keys. Any thread. */
typedef struct rf_mapping_state rf_mapping_state;

/* Where line and column of the mapping (from 1) stand in the user's file; as rf_script_locate. */
typedef void (*rf_mapping_locate)(const void *map, uint32_t line, uint32_t column, rf_place *ret_place);

/*
 * Compiles. `text` is copied; `locate` (may be NULL: places are the mapping's own) and `map` are borrowed and must
 * outlive the mapping. Errors: RF_ECONFIG with the place and, for a near name, a hint; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_mapping_compile(rf_slice text, rf_mapping_locate locate, const void *map,
                                        rf_mapping **ret_mapping, rf_error *reterr);
void rf_mapping_free(rf_mapping *mapping);

/* NULL: out of memory. */
RF_NODISCARD rf_mapping_state *rf_mapping_state_new(const rf_mapping *mapping);
void rf_mapping_state_free(rf_mapping_state *state);

/*
 * Runs all statements on `message` (a new one: rf_batch_add, or one of the caller's own), whose parts go into the
 * batch's arena. *ret_deleted: the mapping said `root = deleted()`; the message is then not to be used.
 * A text becomes the payload's bytes (RF_RAW), any other value a structured payload; without `root` the payload stays.
 * batch_size() counts the messages before this one.
 * Errors: RF_ESCRIPT with the place (throw(), a text times a number, …); RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_mapping_run(const rf_mapping *mapping, rf_mapping_state *state, rf_batch *batch,
                                    rf_message *message, bool *ret_deleted, rf_error *reterr);

/* A message's turn: its own copy (rf_message_share), and its place in the batch. */
typedef struct rf_mapping_turn {
    rf_message *message;
    uint32_t index;
} rf_mapping_turn;

/*
 * Runs all statements on a message that came in: `this` is its payload as a value. A mapping starts a new payload (without
 * a statement about root it stays as it was); `mutates`: it changes the one there is, and `this` sees the changes.
 * Parts go into the batch's arena. On an error the turn's message is of no further use.
 * Errors: RF_ESCRIPT with the place, and "failed assignment (line N): " before the reason; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_mapping_change(const rf_mapping *mapping, rf_mapping_state *state, bool mutates, rf_batch *batch,
                                       const rf_mapping_turn *turn, bool *ret_deleted, rf_error *reterr);
/*
 * The same, but the mapping reads message `turn->index` of the batch and changes `turn->message`, another one: `this`, content(),
 * metadata() are of the first, `root`, `meta`, `@` of the second. A statement about a part of root changes the payload there is.
 */
RF_NODISCARD rf_code rf_mapping_overlay(const rf_mapping *mapping, rf_mapping_state *state, rf_batch *batch, const rf_mapping_turn *turn,
                                        bool *ret_deleted, rf_error *reterr);

/* All functions and methods, as the two tables of docs/mapping.md. */
void rf_mapping_manual(rf_buffer *out);

#endif
