/* store_open.c: opens and closes the plugins' store: what stands in its file. */
#include "plugin/store.h"

#include "base/alloc.h"
#include "plugin/store_internal.h"

#include <assert.h>

/* Keys and values are blobs: compared bytewise, NULs and all. */
static const char *const statement_texts[RF_STORE_STATEMENT_COUNT] = {
    [RF_STORE_BEGIN] = "BEGIN IMMEDIATE",
    [RF_STORE_COMMIT] = "COMMIT",
    [RF_STORE_ROLLBACK] = "ROLLBACK",
    [RF_STORE_GET] = "SELECT value FROM entries WHERE plugin = ?1 AND key = ?2",
    [RF_STORE_PUT] = "INSERT INTO entries VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value",
    [RF_STORE_USED] = "SELECT bytes FROM usage WHERE plugin = ?1",
    [RF_STORE_DELETE] = "DELETE FROM entries WHERE plugin = ?1 AND key = ?2",
    [RF_STORE_KEYS] = "SELECT key FROM entries WHERE plugin = ?1 AND key >= ?2 AND (?3 IS NULL OR key < ?3) ORDER BY key LIMIT ?4",
};

/* What a plugin uses is kept beside, so that a write need not add up all the others. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS entries (plugin BLOB NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (plugin, key));"
    "CREATE TABLE IF NOT EXISTS usage (plugin BLOB PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TRIGGER IF NOT EXISTS entry_added AFTER INSERT ON entries BEGIN"
    " INSERT INTO usage VALUES (new.plugin, length(new.key) + length(new.value))"
    " ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes; END;"
    "CREATE TRIGGER IF NOT EXISTS entry_changed AFTER UPDATE ON entries BEGIN"
    " UPDATE usage SET bytes = bytes + length(new.value) - length(old.value) WHERE plugin = new.plugin; END;"
    "CREATE TRIGGER IF NOT EXISTS entry_gone AFTER DELETE ON entries BEGIN"
    " UPDATE usage SET bytes = bytes - length(old.key) - length(old.value) WHERE plugin = old.plugin; END;"
    "PRAGMA user_version = 1;" /* FORMAT */
    "COMMIT;";

static const rf_database_plan plan = { "store", 1, schema, statement_texts, RF_STORE_STATEMENT_COUNT };

void rf_store_close(rf_store *store) {
    if (!store)
        return;
    rf_database_close(&store->database);
    rf_mutex_done(&store->lock);
    rf_free(store);
}

rf_code rf_store_open(const char *path, rf_store **ret_store, bool *ret_damaged, rf_error *reterr) {
    assert(path && ret_store);
    bool was_set_aside = false;
    rf_store *store = rf_alloc_zero(1, sizeof *store);
    if (!store)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&store->lock);
    rf_code code = rf_database_open(&store->database, &plan, path, &was_set_aside, reterr);
    if (ret_damaged)
        *ret_damaged = was_set_aside;
    if (code)
        rf_store_close(store);
    else
        *ret_store = store;
    return code;
}
