/* store_internal.h: what store.c and store_open.c share. */
#ifndef RF_PLUGIN_STORE_INTERNAL_H
#define RF_PLUGIN_STORE_INTERNAL_H

#include "base/thread.h"
#include "plugin/store.h"

#include <sqlite3.h>

typedef enum rf_store_statement {
    RF_STORE_BEGIN, RF_STORE_COMMIT, RF_STORE_ROLLBACK, RF_STORE_GET, RF_STORE_PUT, RF_STORE_USED,
    RF_STORE_DELETE, RF_STORE_KEYS, RF_STORE_STATEMENT_COUNT,
} rf_store_statement;

struct rf_store {
    rf_mutex lock;  /* over all below */
    char *path;     /* for messages */
    sqlite3 *db;
    sqlite3_stmt *statements[RF_STORE_STATEMENT_COUNT]; /* reset when not running */
};

/* The database's last error in our words. (store_open.c) */
RF_NODISCARD rf_code rf_store_failed(const rf_store *store, rf_error *reterr);

#endif
