/* database.c: opens and closes one SQLite file of ours, sets a damaged one aside, runs its statements (database.h). */
#include "plugin/database.h"

#include "base/alloc.h"
#include "base/buffer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 2000 };
enum { FILE_MODE = 0600, FOLDER_MODE = 0700 };

rf_code rf_database_failed(const rf_database *database, rf_error *reterr) {
    switch (sqlite3_errcode(database->db)) {
    case SQLITE_NOMEM: return rf_raise_nomem(reterr);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        (void)rf_raise(reterr, RF_EIO, "the %s `%s` is in use by another program", database->plan->what, database->path);
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return RF_EIO;
    case SQLITE_FULL: return rf_raise(reterr, RF_EIO, "there is no room left for the %s `%s`", database->plan->what, database->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        (void)rf_raise(reterr, RF_EIO, "the %s `%s` is damaged", database->plan->what, database->path);
        rf_error_hint(reterr, "it is set aside when it is opened the next time");
        return RF_EIO;
    default: return rf_raise(reterr, RF_EIO, "the %s `%s` fails: %s", database->plan->what, database->path, sqlite3_errmsg(database->db));
    }
}

static void close_db(rf_database *database) {
    for (size_t i = 0; i < database->plan->statement_count; i++) {
        (void)sqlite3_finalize(database->statements[i]); /* says again what the last step said */
        database->statements[i] = NULL;
    }
    (void)sqlite3_close(database->db); /* all statements are gone: it cannot be busy */
    database->db = NULL;
}

void rf_database_close(rf_database *database) {
    if (database->plan)
        close_db(database);
    rf_free(database->path);
    *database = (rf_database){ 0 };
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
static rf_code make_file(rf_database *database, rf_error *reterr) {
    rf_code code = *database->path ? make_folders(database->path, reterr)
                                   : rf_raise(reterr, RF_EIO, "the %s's path is empty", database->plan->what);
    if (code)
        return code;
    struct stat info;
    int fd = open(database->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd >= 0) {
        (void)close(fd); /* nothing was written */
        return RF_OK;
    }
    if (errno != EEXIST)
        return rf_raise(reterr, RF_EIO, "cannot make the %s `%s`: %s", database->plan->what, database->path, strerror(errno));
    if (stat(database->path, &info))
        return rf_raise(reterr, RF_EIO, "cannot look at the %s `%s`: %s", database->plan->what, database->path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return rf_raise(reterr, RF_EIO, "the %s `%s` is no file", database->plan->what, database->path);
    if ((info.st_mode & 077) && chmod(database->path, FILE_MODE))
        return rf_raise(reterr, RF_EIO, "the %s `%s` may be read by others, and that cannot be changed: %s", database->plan->what,
                        database->path, strerror(errno));
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
static rf_code use_file(rf_database *database, bool *ret_damaged, rf_error *reterr) {
    long format = 0;
    bool is_sound = false;
    int said = sqlite3_exec(database->db, "PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF; PRAGMA journal_mode = WAL", NULL, NULL,
                            NULL);
    if (said == SQLITE_OK || said == SQLITE_BUSY) /* somebody else is changing the journal's mode at this moment */
        said = sqlite3_exec(database->db, "PRAGMA quick_check(1)", first_column_is_ok, &is_sound, NULL);
    if (said == SQLITE_OK && is_sound)
        said = sqlite3_exec(database->db, "PRAGMA user_version", first_column_int, &format, NULL);
    if (said == SQLITE_OK && format > database->plan->format) {
        (void)rf_raise(reterr, RF_EIO, "the %s `%s` was made by a newer riffle (format %ld, this one knows %d)", database->plan->what,
                       database->path, format, database->plan->format);
        rf_error_hint(reterr, "move it away to begin a new one");
        return RF_EIO;
    }
    if (said == SQLITE_OK && is_sound && format == 0)
        said = sqlite3_exec(database->db, database->plan->schema, NULL, NULL, NULL);
    for (size_t i = 0; i < database->plan->statement_count && said == SQLITE_OK && is_sound; i++)
        said = sqlite3_prepare_v3(database->db, database->plan->statements[i], -1, SQLITE_PREPARE_PERSISTENT, &database->statements[i],
                                  NULL);
    if (said == SQLITE_OK && is_sound)
        return RF_OK;
    int kind = said & 0xFF; /* without what makes it an extended code */
    *ret_damaged = said == SQLITE_OK || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_ERROR;
    return said == SQLITE_OK ? rf_raise(reterr, RF_EIO, "the %s `%s` is damaged", database->plan->what, database->path)
                             : rf_database_failed(database, reterr);
}

static rf_code open_db(rf_database *database, bool *ret_damaged, rf_error *reterr) {
    *ret_damaged = false;
    int said = sqlite3_open_v2(database->path, &database->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (said == SQLITE_OK) {
        (void)sqlite3_busy_timeout(database->db, BUSY_MS);
        return use_file(database, ret_damaged, reterr);
    }
    return database->db ? rf_database_failed(database, reterr) : rf_raise_nomem(reterr);
}

/* PATH and what the database keeps beside it get ".damaged" behind. */
static rf_code set_aside(const rf_database *database, rf_error *reterr) {
    static const char *const endings[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer from = { 0 }, to = { 0 };
        rf_buffer_printf(&from, "%s%s", database->path, endings[i]);
        rf_buffer_printf(&to, "%s.damaged%s", database->path, endings[i]);
        const char *old = rf_buffer_cstr(&from), *new = rf_buffer_cstr(&to);
        if (!old || !new)
            return rf_raise_nomem(reterr);
        if (rename(old, new) && errno != ENOENT)
            return rf_raise(reterr, RF_EIO, "the %s `%s` is damaged and cannot be set aside: %s", database->plan->what, database->path,
                            strerror(errno));
    }
    return RF_OK;
}

static rf_code open_file(rf_database *database, bool *ret_set_aside, rf_error *reterr) {
    bool is_memory = strcmp(database->path, ":memory:") == 0, is_damaged;
    rf_code code = is_memory ? RF_OK : make_file(database, reterr);
    if (!code)
        code = open_db(database, &is_damaged, reterr);
    if (!code || is_memory || !database->db || !is_damaged)
        return code;
    close_db(database);
    code = set_aside(database, reterr);
    if (!code)
        code = make_file(database, reterr);
    if (!code)
        code = open_db(database, &is_damaged, reterr);
    *ret_set_aside = !code;
    return code;
}

rf_code rf_database_open(rf_database *database, const rf_database_plan *plan, const char *path, bool *ret_set_aside, rf_error *reterr) {
    assert(database && plan && path && ret_set_aside && plan->statement_count <= RF_DATABASE_STATEMENTS_MAX);
    *ret_set_aside = false;
    *database = (rf_database){ .plan = plan, .path = rf_strdup(path) };
    return database->path ? open_file(database, ret_set_aside, reterr) : rf_raise_nomem(reterr);
}

/* ---- Running statements ---- */

int rf_database_bind(sqlite3_stmt *of, int at, rf_slice bytes) {
    /* A NULL pointer would be SQL's NULL. What is bound lives until the reset. */
    return sqlite3_bind_blob64(of, at, bytes.data ? bytes.data : "", bytes.len, SQLITE_STATIC);
}

void rf_database_reset(const rf_database *database, size_t which) {
    (void)sqlite3_reset(database->statements[which]); /* repeats the error of the last step */
    (void)sqlite3_clear_bindings(database->statements[which]);
}

int rf_database_start(const rf_database *database, size_t which, const rf_slice *texts, int count) {
    sqlite3_stmt *of = database->statements[which];
    int said = SQLITE_OK;
    for (int i = 0; i < count && said == SQLITE_OK; i++)
        said = rf_database_bind(of, i + 1, texts[i]);
    return said == SQLITE_OK ? sqlite3_step(of) : said;
}

rf_code rf_database_run(const rf_database *database, size_t which, const rf_slice *texts, int count, rf_error *reterr) {
    int said = rf_database_start(database, which, texts, count);
    rf_code code = said == SQLITE_DONE ? RF_OK : rf_database_failed(database, reterr);
    rf_database_reset(database, which);
    return code;
}

void rf_database_roll_back(const rf_database *database, size_t which) {
    if (sqlite3_get_autocommit(database->db))
        return; /* some errors have ended the transaction themselves */
    (void)rf_database_start(database, which, NULL, 0); /* the error that led here is the one to be told */
    rf_database_reset(database, which);
}

rf_slice rf_database_column(sqlite3_stmt *of, int at) {
    const char *bytes = sqlite3_column_blob(of, at); /* before its length: that may change the form */
    int len = sqlite3_column_bytes(of, at);
    return bytes && len > 0 ? (rf_slice){ bytes, (size_t)len } : RF_SLICE("");
}
