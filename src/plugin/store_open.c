/* store_open.c: opens and closes the plugins' store; sets a damaged file aside. */
#include "plugin/store.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "plugin/store_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 2000, FORMAT = 1 };
enum { FILE_MODE = 0600, FOLDER_MODE = 0700 };

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

rf_code rf_store_failed(const rf_store *store, rf_error *reterr) {
    switch (sqlite3_errcode(store->db)) {
    case SQLITE_NOMEM: return rf_raise_nomem(reterr);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        (void)rf_raise(reterr, RF_EIO, "the store `%s` is in use by another program", store->path);
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return RF_EIO;
    case SQLITE_FULL: return rf_raise(reterr, RF_EIO, "there is no room left for the store `%s`", store->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        (void)rf_raise(reterr, RF_EIO, "the store `%s` is damaged", store->path);
        rf_error_hint(reterr, "it is set aside when it is opened the next time");
        return RF_EIO;
    default: return rf_raise(reterr, RF_EIO, "the store `%s` fails: %s", store->path, sqlite3_errmsg(store->db));
    }
}

static void close_db(rf_store *store) {
    for (size_t i = 0; i < RF_STORE_STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(store->statements[i]); /* says again what the last step said */
        store->statements[i] = NULL;
    }
    (void)sqlite3_close(store->db); /* all statements are gone: it cannot be busy */
    store->db = NULL;
}

void rf_store_close(rf_store *store) {
    if (!store)
        return;
    close_db(store);
    rf_mutex_done(&store->lock);
    rf_free(store->path);
    rf_free(store);
}

/* Makes the folders that `path` lies in. */
static rf_code make_folders(char *path, rf_error *reterr) {
    for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        int said = mkdir(path, FOLDER_MODE), reason = errno;
        struct stat info;
        bool is_there = said == 0 || (stat(path, &info) == 0 && S_ISDIR(info.st_mode));
        rf_code code = is_there ? RF_OK : rf_raise(reterr, RF_EIO, "cannot make the folder `%s`: %s", path, strerror(reason));
        *at = '/';
        if (code)
            return code;
    }
    return RF_OK;
}

/*
 * Makes the file before the database does, for its mode. A file that is there is not opened: closing it would give up the locks
 * that another connection of this process has on it.
 */
static rf_code make_file(rf_store *store, rf_error *reterr) {
    rf_code code = *store->path ? make_folders(store->path, reterr) : rf_raise(reterr, RF_EIO, "the store's path is empty");
    if (code)
        return code;
    struct stat info;
    int fd = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd >= 0) {
        (void)close(fd); /* nothing was written */
        return RF_OK;
    }
    if (errno != EEXIST)
        return rf_raise(reterr, RF_EIO, "cannot make the store `%s`: %s", store->path, strerror(errno));
    if (stat(store->path, &info))
        return rf_raise(reterr, RF_EIO, "cannot look at the store `%s`: %s", store->path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return rf_raise(reterr, RF_EIO, "the store `%s` is no file", store->path);
    if ((info.st_mode & 077) && chmod(store->path, FILE_MODE))
        return rf_raise(reterr, RF_EIO, "the store `%s` may be read by others, and that cannot be changed: %s", store->path, strerror(errno));
    return RF_OK;
}

static int first_column_int(void *user, int count, char **values, char **names) {
    (void)names;
    if (count > 0 && values[0])
        *(long *)user = strtol(values[0], NULL, 10);
    return 0;
}

static int first_column_is_ok(void *user, int count, char **values, char **names) {
    (void)names;
    *(bool *)user = count > 0 && values[0] && strcmp(values[0], "ok") == 0;
    return 0;
}

/* Says in *ret_damaged whether it is the file's content that stands in the way. */
static rf_code use_file(rf_store *store, bool *ret_damaged, rf_error *reterr) {
    long format = 0;
    bool is_sound = false;
    int said = sqlite3_exec(store->db, "PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF; PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    if (said == SQLITE_OK || said == SQLITE_BUSY) /* somebody else is changing the journal's mode at this moment */
        said = sqlite3_exec(store->db, "PRAGMA quick_check(1)", first_column_is_ok, &is_sound, NULL);
    if (said == SQLITE_OK && is_sound)
        said = sqlite3_exec(store->db, "PRAGMA user_version", first_column_int, &format, NULL);
    if (said == SQLITE_OK && format > FORMAT) {
        (void)rf_raise(reterr, RF_EIO, "the store `%s` was made by a newer riffle (format %ld, this one knows %d)", store->path, format, FORMAT);
        rf_error_hint(reterr, "move it away to begin a new one");
        return RF_EIO;
    }
    if (said == SQLITE_OK && is_sound && format == 0)
        said = sqlite3_exec(store->db, schema, NULL, NULL, NULL);
    for (size_t i = 0; i < RF_STORE_STATEMENT_COUNT && said == SQLITE_OK && is_sound; i++)
        said = sqlite3_prepare_v3(store->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL);
    if (said == SQLITE_OK && is_sound)
        return RF_OK;
    int kind = said & 0xFF; /* without what makes it an extended code */
    *ret_damaged = said == SQLITE_OK || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_ERROR;
    return said == SQLITE_OK ? rf_raise(reterr, RF_EIO, "the store `%s` is damaged", store->path) : rf_store_failed(store, reterr);
}

static rf_code open_db(rf_store *store, bool *ret_damaged, rf_error *reterr) {
    *ret_damaged = false;
    int said = sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (said == SQLITE_OK) {
        (void)sqlite3_busy_timeout(store->db, BUSY_MS);
        return use_file(store, ret_damaged, reterr);
    }
    return store->db ? rf_store_failed(store, reterr) : rf_raise_nomem(reterr);
}

/* PATH and what the database keeps beside it get ".damaged" behind. */
static rf_code set_aside(const rf_store *store, rf_error *reterr) {
    static const char *const endings[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer from = { 0 }, to = { 0 };
        rf_buffer_printf(&from, "%s%s", store->path, endings[i]);
        rf_buffer_printf(&to, "%s.damaged%s", store->path, endings[i]);
        const char *old = rf_buffer_cstr(&from), *new = rf_buffer_cstr(&to);
        if (!old || !new)
            return rf_raise_nomem(reterr);
        if (rename(old, new) && errno != ENOENT)
            return rf_raise(reterr, RF_EIO, "the store `%s` is damaged and cannot be set aside: %s", store->path, strerror(errno));
    }
    return RF_OK;
}

static rf_code open_file(rf_store *store, bool *ret_set_aside, rf_error *reterr) {
    bool is_memory = strcmp(store->path, ":memory:") == 0, is_damaged;
    rf_code code = is_memory ? RF_OK : make_file(store, reterr);
    if (!code)
        code = open_db(store, &is_damaged, reterr);
    if (!code || is_memory || !store->db || !is_damaged)
        return code;
    close_db(store);
    code = set_aside(store, reterr);
    if (!code)
        code = make_file(store, reterr);
    if (!code)
        code = open_db(store, &is_damaged, reterr);
    *ret_set_aside = !code;
    return code;
}

rf_code rf_store_open(const char *path, rf_store **ret_store, bool *ret_damaged, rf_error *reterr) {
    assert(path && ret_store);
    bool was_set_aside = false;
    rf_store *store = rf_alloc_zero(1, sizeof *store);
    if (!store)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&store->lock);
    store->path = rf_strdup(path);
    rf_code code = store->path ? open_file(store, &was_set_aside, reterr) : rf_raise_nomem(reterr);
    if (ret_damaged)
        *ret_damaged = was_set_aside;
    if (code)
        rf_store_close(store);
    else
        *ret_store = store;
    return code;
}
