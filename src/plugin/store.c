/* store.c: the plugins' store: one SQLite file, one connection, one lock. */
#include "plugin/store.h"

#include "base/slice.h"
#include "base/vec.h"
#include "plugin/store_internal.h"

#include <assert.h>

enum { KEYS_MAX = 10000 };

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
static int start(rf_store *store, rf_store_statement which, const rf_slice *texts, int count) {
    sqlite3_stmt *of = store->statements[which];
    int said = SQLITE_OK;
    for (int i = 0; i < count && said == SQLITE_OK; i++)
        said = bind(of, i + 1, texts[i]);
    return said == SQLITE_OK ? sqlite3_step(of) : said;
}

/* One that gives no rows. */
static rf_code run(rf_store *store, rf_store_statement which, const rf_slice *texts, int count, rf_error *reterr) {
    int said = start(store, which, texts, count);
    rf_code code = said == SQLITE_DONE ? RF_OK : rf_store_failed(store, reterr);
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
    sqlite3_stmt *of = store->statements[RF_STORE_GET];
    int said = start(store, RF_STORE_GET, texts, 2);
    if (said == SQLITE_ROW) {
        *ret_value = rf_slice_dup_in(arena, column(of));
        code = ret_value->data ? RF_OK : rf_raise_nomem(reterr);
    } else if (said == SQLITE_DONE) {
        code = rf_raise(reterr, RF_ENOTFOUND, "the store has no key `%.*s`", RF_SLICE_ARG(key));
    } else {
        code = rf_store_failed(store, reterr);
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
    sqlite3_stmt *of = store->statements[RF_STORE_KEYS];
    const rf_slice texts[] = { plugin, prefix, end };
    int said = sqlite3_bind_int(of, 4, KEYS_MAX);
    if (said == SQLITE_OK)
        said = start(store, RF_STORE_KEYS, texts, end.data ? 3 : 2);
    for (; said == SQLITE_ROW; said = sqlite3_step(of)) {
        rf_slice key = rf_slice_dup_in(arena, column(of));
        if (!key.data || !rf_vec_push(list, key))
            return rf_raise_nomem(reterr);
    }
    return said == SQLITE_DONE ? RF_OK : rf_store_failed(store, reterr);
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
    done_with(store->statements[RF_STORE_KEYS]);
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
    sqlite3_stmt *of = store->statements[RF_STORE_USED];
    rf_code code = RF_OK;
    if (start(store, RF_STORE_USED, &plugin, 1) != SQLITE_ROW) {
        code = rf_store_failed(store, reterr);
    } else {
        int64_t used = sqlite3_column_int64(of, 0);
        if (used < 0 || (uint64_t)used > max_bytes)
            code = rf_raise(reterr, RF_ELIMIT, "the plugin's store would hold %lld bytes, at most %zu are allowed", (long long)used, max_bytes);
    }
    done_with(of);
    return code;
}

static rf_code put(rf_store *store, const rf_slice texts[3], size_t max_bytes, rf_error *reterr) {
    rf_code code = run(store, RF_STORE_BEGIN, NULL, 0, reterr);
    if (code)
        return code;
    code = run(store, RF_STORE_PUT, texts, 3, reterr);
    if (!code)
        code = check_used(store, texts[0], max_bytes, reterr);
    if (!code)
        code = run(store, RF_STORE_COMMIT, NULL, 0, reterr);
    if (code && !sqlite3_get_autocommit(store->db))
        (void)run(store, RF_STORE_ROLLBACK, NULL, 0, NULL); /* some errors have ended the transaction themselves */
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
    rf_code code = run(store, RF_STORE_DELETE, texts, 2, reterr);
    rf_mutex_unlock(&store->lock);
    return code;
}
