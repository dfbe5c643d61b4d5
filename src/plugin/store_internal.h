/* store_internal.h: what store.c and store_open.c share. */
#ifndef RF_PLUGIN_STORE_INTERNAL_H
#define RF_PLUGIN_STORE_INTERNAL_H

#include "base/thread.h"
#include "plugin/database.h"
#include "plugin/store.h"

typedef enum rf_store_statement {
    RF_STORE_BEGIN, RF_STORE_COMMIT, RF_STORE_ROLLBACK, RF_STORE_GET, RF_STORE_PUT, RF_STORE_USED,
    RF_STORE_DELETE, RF_STORE_KEYS, RF_STORE_STATEMENT_COUNT,
} rf_store_statement;

struct rf_store {
    rf_mutex lock; /* over the database */
    rf_database database;
};

#endif
