/* state.c: what outlives the daemon, in one SQLite file (state.h). */
#include "terminal/state.h"

#include "base/slice.h"
#include "base/thread.h"
#include "base/vec.h"
#include "plugin/database.h"

#include <assert.h>

enum { SESSIONS_MAX = 100000 };

typedef enum statement {
    BEGIN, COMMIT, ROLLBACK, PUT, FORGET_NAME, RENAME, REMOVE, LIST, ADD_LINE, TRIM_LINES, LINES, COUNT,
} statement;

struct rf_state {
    rf_mutex lock; /* over the database */
    rf_database database;
};

static const char *const statement_texts[COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [PUT] = "INSERT INTO sessions (name, command, directory, title, layout, created_ms, attached_ms, columns, rows)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
            " ON CONFLICT (name) DO UPDATE SET command = excluded.command, directory = excluded.directory, title = excluded.title,"
            " layout = excluded.layout, created_ms = excluded.created_ms, attached_ms = excluded.attached_ms,"
            " columns = excluded.columns, rows = excluded.rows",
    [FORGET_NAME] = "DELETE FROM sessions WHERE name = ?2 AND EXISTS (SELECT 1 FROM sessions WHERE name = ?1) AND ?1 <> ?2",
    [RENAME] = "UPDATE sessions SET name = ?2 WHERE name = ?1",
    [REMOVE] = "DELETE FROM sessions WHERE name = ?1",
    [LIST] = "SELECT name, command, directory, title, layout, created_ms, attached_ms, columns, rows FROM sessions ORDER BY name LIMIT ?1",
    [ADD_LINE] = "INSERT INTO lines (session, text) SELECT id, ?2 FROM sessions WHERE name = ?1",
    [TRIM_LINES] = ("DELETE FROM lines WHERE session = (SELECT id FROM sessions WHERE name = ?1) AND id <= (SELECT id FROM lines"
                   " WHERE session = (SELECT id FROM sessions WHERE name = ?1) ORDER BY id DESC LIMIT 1 OFFSET ?2)"),
    [LINES] = "SELECT text FROM lines WHERE session = (SELECT id FROM sessions WHERE name = ?1) ORDER BY id",
};

/* Names are blobs: compared bytewise. Lines hang on the session's number, so that a new name costs nothing. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE sessions (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, command BLOB NOT NULL, directory BLOB NOT NULL, title BLOB NOT NULL,"
    " layout BLOB NOT NULL, created_ms INTEGER NOT NULL, attached_ms INTEGER NOT NULL, columns INTEGER NOT NULL, rows INTEGER NOT NULL);"
    "CREATE TABLE lines (id INTEGER PRIMARY KEY, session INTEGER NOT NULL, text BLOB NOT NULL);"
    "CREATE INDEX lines_of ON lines (session, id);"
    "CREATE TRIGGER session_gone AFTER DELETE ON sessions BEGIN DELETE FROM lines WHERE session = old.id; END;"
    "PRAGMA user_version = 1;"
    "COMMIT;";
static const rf_database_plan plan = { "state file", 1, schema, statement_texts, COUNT };

/* ---- Opening ---- */

void rf_state_close(rf_state *state) {
    if (!state)
        return;
    rf_database_close(&state->database);
    rf_mutex_done(&state->lock);
    rf_free(state);
}

rf_code rf_state_open(const char *path, rf_state **ret_state, bool *ret_damaged, rf_error *reterr) {
    assert(path && ret_state);
    bool was_set_aside = false;
    rf_state *state = rf_alloc_zero(1, sizeof *state);
    if (!state)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&state->lock);
    rf_code code = rf_database_open(&state->database, &plan, path, &was_set_aside, reterr);
    if (ret_damaged)
        *ret_damaged = was_set_aside;
    if (code)
        rf_state_close(state);
    else
        *ret_state = state;
    return code;
}

/* ---- Changing ---- */

/* Ends a transaction: for good when all went well, else as if it had not been. */
static rf_code finish(rf_state *state, rf_code code, rf_error *reterr) {
    if (!code)
        code = rf_database_run(&state->database, COMMIT, NULL, 0, reterr);
    if (code)
        rf_database_roll_back(&state->database, ROLLBACK);
    return code;
}

rf_code rf_state_put(rf_state *state, const rf_state_session *session, rf_error *reterr) {
    assert(state && session && session->name.len);
    const rf_slice texts[] = { session->name, session->command, session->directory, session->title, session->layout };
    const int64_t numbers[] = { session->created_ms, session->attached_ms, session->columns, session->rows };
    enum { TEXTS = sizeof texts / sizeof *texts, NUMBERS = sizeof numbers / sizeof *numbers };
    rf_mutex_lock(&state->lock);
    int said = SQLITE_OK;
    for (int i = 0; i < NUMBERS && said == SQLITE_OK; i++)
        said = sqlite3_bind_int64(state->database.statements[PUT], TEXTS + i + 1, numbers[i]);
    if (said == SQLITE_OK)
        said = rf_database_start(&state->database, PUT, texts, TEXTS);
    rf_code code = said == SQLITE_DONE ? RF_OK : rf_database_failed(&state->database, reterr);
    rf_database_reset(&state->database, PUT);
    rf_mutex_unlock(&state->lock);
    return code;
}

rf_code rf_state_rename(rf_state *state, rf_slice from, rf_slice to, rf_error *reterr) {
    assert(state && to.len);
    const rf_slice texts[] = { from, to };
    rf_mutex_lock(&state->lock);
    rf_code code = rf_database_run(&state->database, BEGIN, NULL, 0, reterr);
    if (!code) {
        code = rf_database_run(&state->database, FORGET_NAME, texts, 2, reterr);
        if (!code)
            code = rf_database_run(&state->database, RENAME, texts, 2, reterr);
        code = finish(state, code, reterr);
    }
    rf_mutex_unlock(&state->lock);
    return code;
}

rf_code rf_state_remove(rf_state *state, rf_slice name, rf_error *reterr) {
    assert(state);
    rf_mutex_lock(&state->lock);
    rf_code code = rf_database_run(&state->database, REMOVE, &name, 1, reterr);
    rf_mutex_unlock(&state->lock);
    return code;
}

static rf_code trim(rf_state *state, rf_slice name, size_t max_lines, rf_error *reterr) {
    int said = sqlite3_bind_int64(state->database.statements[TRIM_LINES], 2, max_lines > INT64_MAX ? INT64_MAX : (int64_t)max_lines);
    if (said == SQLITE_OK)
        said = rf_database_start(&state->database, TRIM_LINES, &name, 1);
    rf_code code = said == SQLITE_DONE ? RF_OK : rf_database_failed(&state->database, reterr);
    rf_database_reset(&state->database, TRIM_LINES);
    return code;
}

rf_code rf_state_append_lines(rf_state *state, rf_slice name, const rf_slice *lines, size_t count, size_t max_lines, rf_error *reterr) {
    assert(state && (lines || count == 0));
    rf_mutex_lock(&state->lock);
    rf_code code = rf_database_run(&state->database, BEGIN, NULL, 0, reterr);
    if (!code) {
        for (size_t i = count > max_lines ? count - max_lines : 0; i < count && !code; i++) {
            const rf_slice texts[] = { name, lines[i] };
            code = rf_database_run(&state->database, ADD_LINE, texts, 2, reterr);
        }
        if (!code)
            code = trim(state, name, max_lines, reterr);
        code = finish(state, code, reterr);
    }
    rf_mutex_unlock(&state->lock);
    return code;
}

/* ---- Reading ---- */

typedef RF_VEC(rf_state_session) sessions;
static void sessions_done(sessions *list) { rf_vec_done(list); }
typedef RF_VEC(rf_slice) slices;
static void slices_done(slices *list) { rf_vec_done(list); }

/* The items of a list in the arena; NULL: no memory. */
static void *items_in(rf_arena *arena, const void *items, size_t count, size_t item_bytes) {
    void *copy = rf_arena_zero(arena, count + 1, item_bytes);
    if (copy && count)
        memcpy(copy, items, count * item_bytes);
    return copy;
}

static bool take_session(sqlite3_stmt *of, rf_arena *arena, rf_state_session *ret_session) {
    rf_slice texts[5];
    for (int i = 0; i < 5; i++) {
        texts[i] = rf_slice_dup_in(arena, rf_database_column(of, i));
        if (!texts[i].data)
            return false;
    }
    *ret_session = (rf_state_session){
        .name = texts[0], .command = texts[1], .directory = texts[2], .title = texts[3], .layout = texts[4],
        .created_ms = sqlite3_column_int64(of, 5), .attached_ms = sqlite3_column_int64(of, 6),
        .columns = sqlite3_column_int(of, 7), .rows = sqlite3_column_int(of, 8),
    };
    return true;
}

static rf_code collect_sessions(rf_state *state, rf_arena *arena, sessions *list, rf_error *reterr) {
    sqlite3_stmt *of = state->database.statements[LIST];
    int said = sqlite3_bind_int(of, 1, SESSIONS_MAX);
    for (said = said == SQLITE_OK ? sqlite3_step(of) : said; said == SQLITE_ROW; said = sqlite3_step(of)) {
        rf_state_session session;
        if (!take_session(of, arena, &session) || !rf_vec_push(list, session))
            return rf_raise_nomem(reterr);
    }
    return said == SQLITE_DONE ? RF_OK : rf_database_failed(&state->database, reterr);
}

rf_code rf_state_list(rf_state *state, rf_arena *arena, rf_state_session **ret_sessions, size_t *ret_count, rf_error *reterr) {
    assert(state && arena && ret_sessions && ret_count);
    RF_CLEANUP(sessions_done) sessions list = { 0 };
    rf_mutex_lock(&state->lock);
    rf_code code = collect_sessions(state, arena, &list, reterr);
    rf_database_reset(&state->database, LIST);
    rf_mutex_unlock(&state->lock);
    if (code)
        return code;
    *ret_count = list.count;
    *ret_sessions = items_in(arena, list.items, list.count, sizeof *list.items);
    return *ret_sessions ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code collect_lines(rf_state *state, rf_slice name, rf_arena *arena, slices *list, rf_error *reterr) {
    sqlite3_stmt *of = state->database.statements[LINES];
    int said = rf_database_start(&state->database, LINES, &name, 1);
    for (; said == SQLITE_ROW; said = sqlite3_step(of)) {
        rf_slice line = rf_slice_dup_in(arena, rf_database_column(of, 0));
        if (!line.data || !rf_vec_push(list, line))
            return rf_raise_nomem(reterr);
    }
    return said == SQLITE_DONE ? RF_OK : rf_database_failed(&state->database, reterr);
}

rf_code rf_state_lines(rf_state *state, rf_slice name, rf_arena *arena, rf_slice **ret_lines, size_t *ret_count, rf_error *reterr) {
    assert(state && arena && ret_lines && ret_count);
    RF_CLEANUP(slices_done) slices list = { 0 };
    rf_mutex_lock(&state->lock);
    rf_code code = collect_lines(state, name, arena, &list, reterr);
    rf_database_reset(&state->database, LINES);
    rf_mutex_unlock(&state->lock);
    if (code)
        return code;
    *ret_count = list.count;
    *ret_lines = items_in(arena, list.items, list.count, sizeof *list.items);
    return *ret_lines ? RF_OK : rf_raise_nomem(reterr);
}
