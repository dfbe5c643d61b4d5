/* cache.h: compiled scripts kept on disk, by content and by compiler version. */
#ifndef RF_PLUGIN_CACHE_H
#define RF_PLUGIN_CACHE_H

#include "base/buffer.h"
#include "riffle/error.h"

#include <stdbool.h>

typedef struct rf_bytecode_cache rf_bytecode_cache; /* any thread, any number of processes */

/* Makes the folder (0700). A folder that others may write is not used: RF_EREFUSED. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_bytecode_cache_open(const char *dir, rf_bytecode_cache **ret_cache, rf_error *reterr);
void rf_bytecode_cache_close(rf_bytecode_cache *cache); /* NULL is fine */
/* What was kept for this text, compiled by this version (`salt`: whatever else the result depends on). The checksum over the whole
 * entry was good; readers verify what is inside all the same. Errors: RF_ENOTFOUND (also a damaged entry, which is removed); RF_ENOMEM. */
RF_NODISCARD rf_code rf_bytecode_cache_get(rf_bytecode_cache *cache, rf_slice text, rf_slice salt, rf_buffer *out, rf_error *reterr);
/* Keeps it: written beside and renamed. Old entries go when the folder holds more than 1,000 or 64 MiB. Errors: RF_EIO, RF_ENOMEM: both harmless. */
RF_NODISCARD rf_code rf_bytecode_cache_put(rf_bytecode_cache *cache, rf_slice text, rf_slice salt, rf_slice bytecode, rf_error *reterr);

#endif
