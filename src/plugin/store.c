/* store.c: the plugins' store: one SQLite file, one connection, one lock. */
#include "plugin/store.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/slice.h"
#include "base/thread.h"
#include "base/vec.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 2000, KEYS_MAX = 10000, FORMAT = 1 };
enum { FILE_MODE = 0600, FOLDER_MODE = 0700 };

typedef enum statement { BEGIN, COMMIT, ROLLBACK, GET, PUT, USED, DELETE, KEYS, STATEMENT_COUNT } statement;

/* Keys and values are blobs: compared bytewise, NULs and all. */
static const char *const statement_texts[STATEMENT_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [GET] = "SELECT value FROM entries WHERE plugin = ?1 AND key = ?2",
    [PUT] = "INSERT INTO entries VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value",
    [USED] = "SELECT bytes FROM usage WHERE plugin = ?1",
    [DELETE] = "DELETE FROM entries WHERE plugin = ?1 AND key = ?2",
    [KEYS] = "SELECT key FROM entries WHERE plugin = ?1 AND key >= ?2 AND (?3 IS NULL OR key < ?3) ORDER BY key LIMIT ?4",
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

struct rf_store {
    rf_mutex lock;  /* over all below */
    char *path;     /* for messages */
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT]; /* reset when not running */
};

/* The database's last error in our words. */
static rf_code failed(const rf_store *store, rf_error *reterr) {
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

/* ---- Opening ---- */

static void close_db(rf_store *store) {
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
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
    for (size_t i = 0; i < STATEMENT_COUNT && said == SQLITE_OK && is_sound; i++)
        said = sqlite3_prepare_v3(store->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL);
    if (said == SQLITE_OK && is_sound)
        return RF_OK;
    int kind = said & 0xFF; /* without what makes it an extended code */
    *ret_damaged = said == SQLITE_OK || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_ERROR;
    return said == SQLITE_OK ? rf_raise(reterr, RF_EIO, "the store `%s` is damaged", store->path) : failed(store, reterr);
}

static rf_code open_db(rf_store *store, bool *ret_damaged, rf_error *reterr) {
    *ret_damaged = false;
    int said = sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (said == SQLITE_OK) {
        (void)sqlite3_busy_timeout(store->db, BUSY_MS);
        return use_file(store, ret_damaged, reterr);
    }
    return store->db ? failed(store, reterr) : rf_raise_nomem(reterr);
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

/* ---- Running statements; the lock is held ---- */

static int bind(sqlite3_stmt *of, int at, rf_slice bytes) {
    /* A NULL pointer would be SQL's NULL. What is bound lives until the reset in done_with(). */
    return sqlite3_bind_blob64(of, at, bytes.data ? bytes.data : "", bytes.len, SQLITE_STATIC);
}

static void done_with(sqlite3_stmt *of) {
    (void)sqlite3_reset(of); /* repeats the error of the last step */
    (void)sqlite3_clear_bindings(of);
}

/* Binds the texts and takes the first step. */
static int start(rf_store *store, statement which, const rf_slice *texts, int count) {
    sqlite3_stmt *of = store->statements[which];
    int said = SQLITE_OK;
    for (int i = 0; i < count && said == SQLITE_OK; i++)
        said = bind(of, i + 1, texts[i]);
    return said == SQLITE_OK ? sqlite3_step(of) : said;
}

/* One that gives no rows. */
static rf_code run(rf_store *store, statement which, const rf_slice *texts, int count, rf_error *reterr) {
    int said = start(store, which, texts, count);
    rf_code code = said == SQLITE_DONE ? RF_OK : failed(store, reterr);
    done_with(store->statements[which]);
    return code;
}

static rf_slice column(sqlite3_stmt *of) {
    const char *bytes = sqlite3_column_blob(of, 0); /* before its length: that may change the form */
    int len = sqlite3_column_bytes(of, 0);
    return bytes && len > 0 ? (rf_slice){ bytes, (size_t)len } : RF_SLICE("");
}

/* ---- Getting ---- */

rf_code rf_store_get(rf_store *store, rf_slice plugin, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr) {
    assert(store && arena && ret_value);
    const rf_slice texts[] = { plugin, key };
    rf_code code = RF_OK;
    rf_mutex_lock(&store->lock);
    sqlite3_stmt *of = store->statements[GET];
    int said = start(store, GET, texts, 2);
    if (said == SQLITE_ROW) {
        *ret_value = rf_slice_dup_in(arena, column(of));
        code = ret_value->data ? RF_OK : rf_raise_nomem(reterr);
    } else if (said == SQLITE_DONE) {
        code = rf_raise(reterr, RF_ENOTFOUND, "the store has no key `%.*s`", RF_SLICE_ARG(key));
    } else {
        code = failed(store, reterr);
    }
    done_with(of);
    rf_mutex_unlock(&store->lock);
    return code;
}

/* The first text behind all that begin with `prefix`, in the arena; data NULL with length 0: there is none. False: out of memory. */
static bool end_of_prefix(rf_arena *arena, rf_slice prefix, rf_slice *ret_end) {
    size_t len = prefix.len;
    while (len > 0 && (unsigned char)prefix.data[len - 1] == 0xFF)
        len--;
    *ret_end = (rf_slice){ NULL, 0 };
    if (len == 0)
        return true;
    char *end = rf_arena_alloc(arena, len);
    if (!end)
        return false;
    memcpy(end, prefix.data, len);
    end[len - 1] = (char)((unsigned char)end[len - 1] + 1);
    *ret_end = (rf_slice){ end, len };
    return true;
}

typedef RF_VEC(rf_slice) slices;
static void slices_done(slices *list) { rf_vec_done(list); }

static rf_code collect_keys(rf_store *store, rf_slice plugin, rf_slice prefix, rf_slice end, rf_arena *arena, slices *list, rf_error *reterr) {
    sqlite3_stmt *of = store->statements[KEYS];
    const rf_slice texts[] = { plugin, prefix, end };
    int said = sqlite3_bind_int(of, 4, KEYS_MAX);
    if (said == SQLITE_OK)
        said = start(store, KEYS, texts, end.data ? 3 : 2);
    for (; said == SQLITE_ROW; said = sqlite3_step(of)) {
        rf_slice key = rf_slice_dup_in(arena, column(of));
        if (!key.data || !rf_vec_push(list, key))
            return rf_raise_nomem(reterr);
    }
    return said == SQLITE_DONE ? RF_OK : failed(store, reterr);
}

rf_code rf_store_keys(rf_store *store, rf_slice plugin, rf_slice prefix, rf_arena *arena, rf_slice **ret_keys, size_t *ret_count,
                      rf_error *reterr) {
    assert(store && arena && ret_keys && ret_count);
    RF_CLEANUP(slices_done) slices list = { 0 };
    rf_slice end;
    if (!end_of_prefix(arena, prefix, &end))
        return rf_raise_nomem(reterr);
    rf_mutex_lock(&store->lock);
    rf_code code = collect_keys(store, plugin, prefix, end, arena, &list, reterr);
    done_with(store->statements[KEYS]);
    rf_mutex_unlock(&store->lock);
    if (code)
        return code;
    rf_slice *keys = rf_arena_zero(arena, list.count + 1, sizeof *keys);
    if (!keys)
        return rf_raise_nomem(reterr);
    if (list.count)
        memcpy(keys, list.items, list.count * sizeof *keys);
    *ret_keys = keys;
    *ret_count = list.count;
    return RF_OK;
}

/* ---- Changing ---- */

/* After a change, in its transaction: the plugin may not hold more than `max_bytes`. */
static rf_code check_used(rf_store *store, rf_slice plugin, size_t max_bytes, rf_error *reterr) {
    sqlite3_stmt *of = store->statements[USED];
    rf_code code = RF_OK;
    if (start(store, USED, &plugin, 1) != SQLITE_ROW) {
        code = failed(store, reterr);
    } else {
        int64_t used = sqlite3_column_int64(of, 0);
        if (used < 0 || (uint64_t)used > max_bytes)
            code = rf_raise(reterr, RF_ELIMIT, "the plugin's store would hold %lld bytes, at most %zu are allowed", (long long)used, max_bytes);
    }
    done_with(of);
    return code;
}

static rf_code put(rf_store *store, const rf_slice texts[3], size_t max_bytes, rf_error *reterr) {
    rf_code code = run(store, BEGIN, NULL, 0, reterr);
    if (code)
        return code;
    code = run(store, PUT, texts, 3, reterr);
    if (!code)
        code = check_used(store, texts[0], max_bytes, reterr);
    if (!code)
        code = run(store, COMMIT, NULL, 0, reterr);
    if (code && !sqlite3_get_autocommit(store->db))
        (void)run(store, ROLLBACK, NULL, 0, NULL); /* some errors have ended the transaction themselves */
    return code;
}

rf_code rf_store_set(rf_store *store, rf_slice plugin, rf_slice key, rf_slice value, size_t max_bytes, rf_error *reterr) {
    assert(store);
    const rf_slice texts[] = { plugin, key, value };
    if (key.len > max_bytes || value.len > max_bytes - key.len) /* before it is copied into the file */
        return rf_raise(reterr, RF_ELIMIT, "the plugin's store would hold %zu bytes, at most %zu are allowed", key.len + value.len, max_bytes);
    rf_mutex_lock(&store->lock);
    rf_code code = put(store, texts, max_bytes, reterr);
    rf_mutex_unlock(&store->lock);
    return code;
}

rf_code rf_store_delete(rf_store *store, rf_slice plugin, rf_slice key, rf_error *reterr) {
    assert(store);
    const rf_slice texts[] = { plugin, key };
    rf_mutex_lock(&store->lock);
    rf_code code = run(store, DELETE, texts, 2, reterr);
    rf_mutex_unlock(&store->lock);
    return code;
}
