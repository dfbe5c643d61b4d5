/* store.h: what plugins keep over restarts: texts by key, each plugin its own, in SQLite. */
#ifndef RF_PLUGIN_STORE_H
#define RF_PLUGIN_STORE_H

#include "base/arena.h"
#include "riffle/error.h"

#include <stdbool.h>

typedef struct rf_store rf_store; /* any thread: one lock */

/* Opens or makes the file (folders too, 0700; the file 0600; WAL). ":memory:" for tests. A damaged file is set aside as
 * PATH.damaged and begun anew; *ret_damaged says so (may be NULL). Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_store_open(const char *path, rf_store **ret_store, bool *ret_damaged, rf_error *reterr);
void rf_store_close(rf_store *store); /* NULL is fine */
/* Errors: RF_ENOTFOUND; RF_EIO; RF_ENOMEM. */
RF_NODISCARD rf_code rf_store_get(rf_store *store, rf_slice plugin, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr);
/* `max_bytes`: of all keys and values of the plugin. Errors: RF_ELIMIT; RF_EIO (also a full disk); RF_ENOMEM. */
RF_NODISCARD rf_code rf_store_set(rf_store *store, rf_slice plugin, rf_slice key, rf_slice value, size_t max_bytes, rf_error *reterr);
RF_NODISCARD rf_code rf_store_delete(rf_store *store, rf_slice plugin, rf_slice key, rf_error *reterr); /* no such key: RF_OK */
/* Keys that begin with `prefix`, sorted, in the arena; at most 10,000. */
RF_NODISCARD rf_code rf_store_keys(rf_store *store, rf_slice plugin, rf_slice prefix, rf_arena *arena, rf_slice **ret_keys,
                                   size_t *ret_count, rf_error *reterr);

#endif
