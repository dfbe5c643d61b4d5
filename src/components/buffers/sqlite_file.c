/* sqlite_file.c: one SQLite file of stored messages: opened, set aside when it is damaged, its statements (sqlite_file.h). */
#include "components/buffers/sqlite_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 1000, FILE_MODE = 0600, FORMAT = 1, KEPT_MAX = 1000 };
enum { BEGIN, ADD, COMMIT, ROLL_BACK, REMOVE, READ };

static const char *const STATEMENTS[] = {
    "BEGIN IMMEDIATE", "INSERT OR IGNORE INTO messages (id, record) VALUES (?1, ?2)", "COMMIT", "ROLLBACK",
    "DELETE FROM messages WHERE id BETWEEN ?1 AND ?2", "SELECT id, record FROM messages WHERE id > ?1 ORDER BY id",
};
#define STATEMENT_COUNT (sizeof STATEMENTS / sizeof STATEMENTS[0])

/* What was deleted is overwritten, or a damaged file would give back what was delivered long ago. No other program may have it. */
static const char
    SETUP[] = "PRAGMA page_size = 16384; PRAGMA locking_mode = EXCLUSIVE; PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON; "
              "PRAGMA trusted_schema = OFF; PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL";
static const char
    SCHEMA[] = "BEGIN IMMEDIATE; CREATE TABLE messages (id INTEGER PRIMARY KEY, record BLOB NOT NULL); PRAGMA user_version = 1; COMMIT";

static rf_code retriable(rf_error *reterr) {
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EIO;
}

bool rf_sqlite_file_is_damaged(const rf_sqlite_file *file) {
    return file->last == SQLITE_CORRUPT || file->last == SQLITE_NOTADB || file->last == SQLITE_ERROR;
}

bool rf_sqlite_file_is_full(const rf_sqlite_file *file) {
    return file->last == SQLITE_FULL;
}

static rf_code failed(rf_sqlite_file *file, rf_error *reterr) {
    file->last = file->db ? sqlite3_errcode(file->db) & 0xFF : SQLITE_NOMEM;
    switch (file->last) {
    case SQLITE_NOMEM: return rf_raise_nomem(reterr);
    case SQLITE_BUSY:
    case SQLITE_LOCKED: (void)rf_raise(reterr, RF_EIO, "`%s` is in use by another program", file->path); break;
    case SQLITE_FULL: (void)rf_raise(reterr, RF_EIO, "there is no room left for `%s`", file->path); break;
    case SQLITE_READONLY: (void)rf_raise(reterr, RF_EIO, "`%s` cannot be written: it is read-only", file->path); break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: (void)rf_raise(reterr, RF_EIO, "`%s` is damaged", file->path); break;
    default: (void)rf_raise(reterr, RF_EIO, "`%s` fails: %s", file->path, sqlite3_errmsg(file->db)); break;
    }
    return retriable(reterr);
}

static void close_db(rf_sqlite_file *file) {
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(file->statements[i]); /* says again what the last step said */
        file->statements[i] = NULL;
    }
    (void)sqlite3_close(file->db);
    file->db = NULL;
    file->in_reading = false;
}

void rf_sqlite_file_close(rf_sqlite_file *file) {
    const bool locked = file->db;
    close_db(file);
    if (locked)
        (void)close(file->lock_fd);
}

/* ---- Opening ---- */

static int first_column(void *user, int count, char **values, char **names) {
    (void)names;
    (void)snprintf(user, 40, "%s", count > 0 && values[0] ? values[0] : "");
    return 0;
}

static int count_all(rf_sqlite_file *file, rf_sqlite_found *found) {
    sqlite3_stmt *all = NULL;
    int said = sqlite3_prepare_v2(file->db, "SELECT count(*), coalesce(sum(length(record)), 0), coalesce(max(id), 0) FROM messages", -1,
                                  &all, NULL);
    if (said == SQLITE_OK && sqlite3_step(all) == SQLITE_ROW) {
        found->count = (uint64_t)sqlite3_column_int64(all, 0);
        found->bytes = (uint64_t)sqlite3_column_int64(all, 1);
        found->last_id = (uint64_t)sqlite3_column_int64(all, 2);
    }
    return sqlite3_finalize(all);
}

static int set_up(rf_sqlite_file *file, char format[40], char sound[40]) {
    int said = sqlite3_exec(file->db, SETUP, NULL, NULL, NULL);
    if (said == SQLITE_OK)
        said = sqlite3_exec(file->db, "PRAGMA quick_check(1)", first_column, sound, NULL);
    if (said == SQLITE_OK)
        said = sqlite3_exec(file->db, "PRAGMA user_version", first_column, format, NULL);
    if (said == SQLITE_OK && strcmp(format, "0") == 0)
        said = sqlite3_exec(file->db, SCHEMA, NULL, NULL, NULL);
    for (size_t i = 0; i < STATEMENT_COUNT && said == SQLITE_OK; i++)
        said = sqlite3_prepare_v3(file->db, STATEMENTS[i], -1, SQLITE_PREPARE_PERSISTENT, &file->statements[i], NULL);
    return said;
}

static rf_code open_db(rf_sqlite_file *file, rf_sqlite_found *found, bool *ret_damaged, rf_error *reterr) {
    char format[40] = "", sound[40] = "ok";
    int said = sqlite3_open_v2(file->path, &file->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (said == SQLITE_OK) {
        (void)sqlite3_busy_timeout(file->db, BUSY_MS);
        said = set_up(file, format, sound);
    }
    if (said == SQLITE_OK)
        said = count_all(file, found);
    if (said == SQLITE_OK && strcmp(sound, "ok") == 0 && (strcmp(format, "0") == 0 || strcmp(format, "1") == 0))
        return RF_OK;
    const rf_code code = failed(file, reterr);
    *ret_damaged = said == SQLITE_OK || rf_sqlite_file_is_damaged(file);
    if (said != SQLITE_OK)
        return code;
    (void)rf_raise(reterr, RF_EIO, "`%s` is damaged", file->path);
    return retriable(reterr);
}

/* ---- Setting a damaged one aside ---- */

typedef struct path_text { char text[400]; } path_text;

/* The config's check of `path` leaves room for all of them. */
static path_text beside(const char *path, const char *suffix) {
    path_text name;
    size_t len = strlen(path), more = strlen(suffix);
    assert(len + more < sizeof name.text);
    memcpy(name.text, path, len);
    memcpy(name.text + len, suffix, more + 1);
    return name;
}

static bool exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

static rf_code move(const char *from, const char *to, rf_error *reterr) {
    if (rename(from, to) == 0 || errno == ENOENT)
        return RF_OK;
    (void)rf_raise(reterr, RF_EIO, "cannot move `%s` away: %s", from, strerror(errno));
    return retriable(reterr);
}

static rf_code set_aside(const char *path, char kept_as[300], rf_error *reterr) {
    path_text to = beside(path, ".damaged");
    for (int i = 2; exists(to.text) && i < KEPT_MAX; i++)
        (void)snprintf(to.text, sizeof to.text, "%.380s.damaged-%d", path, i);
    (void)snprintf(kept_as, 300, "%.299s", to.text);
    rf_code code = move(beside(path, "-wal").text, beside(to.text, "-wal").text, reterr);
    return code ? code : move(path, to.text, reterr);
}

/* A whole salvaged file takes the place of the damaged one; this may have been interrupted at any point. */
static rf_code take_place(const char *path, char kept_as[300], rf_error *reterr) {
    const path_text whole = beside(path, ".salvaged");
    if (!exists(whole.text))
        return RF_OK;
    rf_code code = exists(path) || exists(beside(path, "-wal").text) ? set_aside(path, kept_as, reterr) : RF_OK;
    return code ? code : move(whole.text, path, reterr);
}

typedef struct copying { rf_sqlite_file to; uint64_t count; } copying;

static rf_code copy_found(void *arg, uint64_t id, rf_slice blob, rf_error *reterr) {
    copying *self = arg;
    const rf_code code = rf_sqlite_file_add(&self->to, id, blob, reterr);
    self->count += code == RF_OK && sqlite3_changes(self->to.db) > 0;
    return code;
}

static rf_code salvage_into(copying *self, const char *path, rf_error *reterr) {
    rf_sqlite_found found = { 0 };
    bool damaged = false;
    rf_code code = open_db(&self->to, &found, &damaged, reterr);
    if (!code)
        code = rf_sqlite_file_begin(&self->to, true, reterr);
    if (!code)
        code = rf_sqlite_salvage(path, copy_found, self, reterr);
    if (!code)
        code = rf_sqlite_file_commit(&self->to, reterr);
    if (!code)
        rf_sqlite_file_checkpoint(&self->to);
    close_db(&self->to);
    return code;
}

static rf_code salvage(const char *path, rf_sqlite_found *found, rf_error *reterr) {
    const path_text raw = beside(path, ".salvaging"), whole = beside(path, ".salvaged");
    copying self = { .to = { .path = raw.text } };
    (void)unlink(raw.text);
    (void)unlink(beside(raw.text, "-wal").text);
    rf_code code = salvage_into(&self, path, reterr);
    if (!code && exists(beside(raw.text, "-wal").text)) {
        (void)rf_raise(reterr, RF_EIO, "there is no room to save what is whole in `%s`", path);
        code = retriable(reterr);
    }
    if (!code)
        code = move(raw.text, whole.text, reterr);
    if (!code)
        code = take_place(path, found->kept_as, reterr);
    if (!code && unlink(beside(path, ".suspect").text) == 0) {
        /* it was asked for */
    }
    found->salvaged = !code;
    found->salvaged_count = self.count;
    return code;
}

void rf_sqlite_file_suspect(const rf_sqlite_file *file) {
    const int fd = open(beside(file->path, ".suspect").text, O_WRONLY | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd >= 0)
        (void)close(fd);
}

static rf_code make_private(const char *path, rf_error *reterr) {
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        (void)rf_raise(reterr, RF_EIO, "cannot open `%s`: %s", path, strerror(errno));
        return retriable(reterr);
    }
    (void)close(fd);
    return RF_OK;
}

/* SQLite's own lock is on the file that a salvage moves away. */
static rf_code lock(const char *path, int *ret_fd, rf_error *reterr) {
    const int fd = open(beside(path, ".lock").text, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *ret_fd = fd;
        return RF_OK;
    }
    if (fd < 0)
        (void)rf_raise(reterr, RF_EIO, "cannot open `%s.lock`: %s", path, strerror(errno));
    else
        (void)rf_raise(reterr, RF_EIO, "`%s` is in use by another program", path);
    if (fd >= 0)
        (void)close(fd);
    return retriable(reterr);
}

static rf_code open_locked(rf_sqlite_file *file, const char *path, rf_sqlite_found *found, rf_error *reterr) {
    rf_code code = take_place(path, found->kept_as, reterr);
    if (!code)
        code = make_private(path, reterr);
    if (code)
        return code;
    bool damaged = exists(beside(path, ".suspect").text) || rf_sqlite_journal_is_damaged(path);
    if (!damaged) {
        code = open_db(file, found, &damaged, reterr);
        if (!damaged)
            return code;
        close_db(file);
    }
    code = salvage(path, found, reterr);
    return code ? code : open_db(file, found, &damaged, reterr);
}

rf_code rf_sqlite_file_open(rf_sqlite_file *file, const char *path, rf_sqlite_found *ret_found, rf_error *reterr) {
    assert(file && path && !file->db && ret_found);
    rf_sqlite_found found = { 0 };
    rf_code code = lock(path, &file->lock_fd, reterr);
    if (code)
        return code;
    file->path = path;
    file->synced = false;
    code = open_locked(file, path, &found, reterr);
    if (!code) {
        *ret_found = found;
        return RF_OK;
    }
    close_db(file);
    (void)close(file->lock_fd);
    return code;
}

/* ---- Statements ---- */

static rf_code run(rf_sqlite_file *file, int which, rf_error *reterr) {
    sqlite3_stmt *of = file->statements[which];
    const rf_code code = sqlite3_step(of) == SQLITE_DONE ? RF_OK : failed(file, reterr);
    (void)sqlite3_reset(of);
    return code;
}

/* Of removals nothing is lost when the power fails: they are done again. */
rf_code rf_sqlite_file_begin(rf_sqlite_file *file, bool synced, rf_error *reterr) {
    rf_sqlite_file_read_end(file);
    if (file->synced != synced &&
        sqlite3_exec(file->db, synced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", NULL, NULL, NULL))
        return failed(file, reterr);
    file->synced = synced;
    return run(file, BEGIN, reterr);
}

rf_code rf_sqlite_file_add(rf_sqlite_file *file, uint64_t id, rf_slice blob, rf_error *reterr) {
    sqlite3_stmt *of = file->statements[ADD];
    if (sqlite3_bind_int64(of, 1, (sqlite3_int64)id) || sqlite3_bind_blob64(of, 2, blob.data, blob.len, SQLITE_STATIC))
        return failed(file, reterr);
    return run(file, ADD, reterr);
}

rf_code rf_sqlite_file_commit(rf_sqlite_file *file, rf_error *reterr) {
    return run(file, COMMIT, reterr);
}

void rf_sqlite_file_roll_back(rf_sqlite_file *file) {
    if (!sqlite3_get_autocommit(file->db))
        (void)run(file, ROLL_BACK, NULL); /* the error that led here is the one to be told */
}

rf_code rf_sqlite_file_remove(rf_sqlite_file *file, uint64_t first, uint64_t last, rf_error *reterr) {
    sqlite3_stmt *of = file->statements[REMOVE];
    rf_code code = rf_sqlite_file_begin(file, false, reterr);
    if (code)
        return code;
    (void)sqlite3_bind_int64(of, 1, (sqlite3_int64)first);
    (void)sqlite3_bind_int64(of, 2, (sqlite3_int64)last);
    code = run(file, REMOVE, reterr);
    if (!code)
        code = rf_sqlite_file_commit(file, reterr);
    return code;
}

void rf_sqlite_file_read_end(rf_sqlite_file *file) {
    if (file->in_reading)
        (void)sqlite3_reset(file->statements[READ]);
    file->in_reading = false;
}

rf_code rf_sqlite_file_read(rf_sqlite_file *file, uint64_t after, uint64_t *ret_id, rf_slice *ret_blob, rf_error *reterr) {
    sqlite3_stmt *of = file->statements[READ];
    if (!file->in_reading)
        (void)sqlite3_bind_int64(of, 1, (sqlite3_int64)after);
    file->in_reading = true;
    const int said = sqlite3_step(of);
    if (said == SQLITE_ROW) {
        const void *bytes = sqlite3_column_blob(of, 1);
        *ret_id = (uint64_t)sqlite3_column_int64(of, 0);
        *ret_blob = (rf_slice){ bytes ? bytes : "", (size_t)sqlite3_column_bytes(of, 1) };
        return RF_OK;
    }
    const rf_code code = said == SQLITE_DONE ? RF_ENOTFOUND : failed(file, reterr);
    rf_sqlite_file_read_end(file);
    return code;
}

void rf_sqlite_file_checkpoint(rf_sqlite_file *file) {
    rf_sqlite_file_read_end(file);
    (void)sqlite3_wal_checkpoint_v2(file->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}
