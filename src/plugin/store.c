/* store.c: the plugins' store: one SQLite file, one connection, one lock. */
#include "plugin/store.h"

#include "base/slice.h"
#include "base/vec.h"
#include "plugin/store_internal.h"

#include <assert.h>

enum { KEYS_MAX = 10000 };

/* ---- Getting; what runs statements holds the lock ---- */

rf_code rf_store_get(rf_store *store, rf_slice plugin, rf_slice key, rf_arena *arena, rf_slice *ret_value, rf_error *reterr) {
    assert(store && arena && ret_value);
    const rf_slice texts[] = { plugin, key };
    rf_code code = RF_OK;
    rf_mutex_lock(&store->lock);
    sqlite3_stmt *of = store->database.statements[RF_STORE_GET];
    int said = rf_database_start(&store->database, RF_STORE_GET, texts, 2);
    if (said == SQLITE_ROW) {
        *ret_value = rf_slice_dup_in(arena, rf_database_column(of, 0));
        code = ret_value->data ? RF_OK : rf_raise_nomem(reterr);
    } else if (said == SQLITE_DONE) {
        code = rf_raise(reterr, RF_ENOTFOUND, "the store has no key `%.*s`", RF_SLICE_ARG(key));
    } else {
        code = rf_database_failed(&store->database, reterr);
    }
    rf_database_reset(&store->database, RF_STORE_GET);
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

static rf_code collect_keys(rf_store *store, rf_slice plugin, rf_slice prefix, rf_slice end, rf_arena *arena, slices *list,
                            rf_error *reterr) {
    sqlite3_stmt *of = store->database.statements[RF_STORE_KEYS];
    const rf_slice texts[] = { plugin, prefix, end };
    int said = sqlite3_bind_int(of, 4, KEYS_MAX);
    if (said == SQLITE_OK)
        said = rf_database_start(&store->database, RF_STORE_KEYS, texts, end.data ? 3 : 2);
    for (; said == SQLITE_ROW; said = sqlite3_step(of)) {
        rf_slice key = rf_slice_dup_in(arena, rf_database_column(of, 0));
        if (!key.data || !rf_vec_push(list, key))
            return rf_raise_nomem(reterr);
    }
    return said == SQLITE_DONE ? RF_OK : rf_database_failed(&store->database, reterr);
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
    rf_database_reset(&store->database, RF_STORE_KEYS);
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
    sqlite3_stmt *of = store->database.statements[RF_STORE_USED];
    rf_code code = RF_OK;
    if (rf_database_start(&store->database, RF_STORE_USED, &plugin, 1) != SQLITE_ROW) {
        code = rf_database_failed(&store->database, reterr);
    } else {
        int64_t used = sqlite3_column_int64(of, 0);
        if (used < 0 || (uint64_t)used > max_bytes)
            code = rf_raise(reterr, RF_ELIMIT, "the plugin's store would hold %lld bytes, at most %zu are allowed", (long long)used,
                            max_bytes);
    }
    rf_database_reset(&store->database, RF_STORE_USED);
    return code;
}

static rf_code put(rf_store *store, const rf_slice texts[3], size_t max_bytes, rf_error *reterr) {
    rf_code code = rf_database_run(&store->database, RF_STORE_BEGIN, NULL, 0, reterr);
    if (code)
        return code;
    code = rf_database_run(&store->database, RF_STORE_PUT, texts, 3, reterr);
    if (!code)
        code = check_used(store, texts[0], max_bytes, reterr);
    if (!code)
        code = rf_database_run(&store->database, RF_STORE_COMMIT, NULL, 0, reterr);
    if (code)
        rf_database_roll_back(&store->database, RF_STORE_ROLLBACK);
    return code;
}

rf_code rf_store_set(rf_store *store, rf_slice plugin, rf_slice key, rf_slice value, size_t max_bytes, rf_error *reterr) {
    assert(store);
    const rf_slice texts[] = { plugin, key, value };
    if (key.len > max_bytes || value.len > max_bytes - key.len) /* before it is copied into the file */
        return rf_raise(reterr, RF_ELIMIT, "the plugin's store would hold %zu bytes, at most %zu are allowed", key.len + value.len,
                        max_bytes);
    rf_mutex_lock(&store->lock);
    rf_code code = put(store, texts, max_bytes, reterr);
    rf_mutex_unlock(&store->lock);
    return code;
}

rf_code rf_store_delete(rf_store *store, rf_slice plugin, rf_slice key, rf_error *reterr) {
    assert(store);
    const rf_slice texts[] = { plugin, key };
    rf_mutex_lock(&store->lock);
    rf_code code = rf_database_run(&store->database, RF_STORE_DELETE, texts, 2, reterr);
    rf_mutex_unlock(&store->lock);
    return code;
}
