/* key.h: metadata keys, each kept once. */
#ifndef RF_MESSAGE_KEY_H
#define RF_MESSAGE_KEY_H

#include "base/arena.h"

#include <stdbool.h>
#include <string.h>

/* An interned key is compared by address. When the table is full a key is made in an arena instead
 * (interned false) and compared by its text: input from outside cannot make the table grow for ever. */
typedef struct rf_key {
    uint64_t bit; /* one of 64 that keys take in turns; not interned: all of them */
    uint32_t hash;
    uint32_t len;
    bool interned;
    char text[]; /* NUL-terminated */
} rf_key;

/* The table of one pipeline. Looking up is lock-free; adding takes a lock. Any thread. */
typedef struct rf_keys rf_keys;

#define RF_KEYS_MAX 16384 /* keys a table holds at the most */

RF_NODISCARD rf_keys *rf_keys_new(void);
void rf_keys_free(rf_keys *keys);
/* The key of this text; NULL: out of memory. `arena` takes it when the table is full. */
const rf_key *rf_keys_intern(rf_keys *keys, rf_arena *arena, rf_slice text) RF_NODISCARD;

static inline rf_slice rf_key_text(const rf_key *key) { return (rf_slice){ key->text, key->len }; }
static inline bool rf_key_eq(const rf_key *a, const rf_key *b) {
    return a == b || (!(a->interned && b->interned) && a->hash == b->hash && a->len == b->len &&
                      memcmp(a->text, b->text, a->len) == 0);
}

#endif
