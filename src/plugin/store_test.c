/* store_test.c: the plugins' store. */
#include "harness.h"

#include "base/buffer.h"
#include "base/slice.h"
#include "fixture.h"
#include "plugin/store.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void close_store(rf_store **store) { rf_store_close(*store); }

#define MANY ((size_t)1 << 20)
#define A RF_SLICE("a")

typedef struct place { rf_fixture_dir dir; rf_buffer path; } place;
static void place_done(place *at) {
    rf_fixture_dir_done(&at->dir);
    rf_buffer_done(&at->path);
}
/* A path in a folder of the test's own; NULL: out of memory. */
static const char *place_init(place *at, const char *name) {
    if (!rf_fixture_dir_init(&at->dir))
        return NULL;
    rf_buffer_printf(&at->path, "%s/%s", at->dir.path, name);
    return rf_buffer_cstr(&at->path);
}

static rf_arena small_arena(void) {
    rf_arena arena;
    rf_arena_init(&arena, 256);
    return arena;
}

/* What is kept, "(none)", or the error's message; until the next call on the arena's end. */
static rf_slice got(rf_store *store, rf_slice plugin, rf_slice key, rf_arena *arena) {
    rf_error error;
    rf_slice value;
    rf_code code = rf_store_get(store, plugin, key, arena, &value, &error);
    return !code ? value : code == RF_ENOTFOUND ? RF_SLICE("(none)") : rf_printf_in(arena, "%s", error.message);
}

static rf_slice listed(rf_store *store, rf_slice plugin, rf_slice prefix, rf_arena *arena, rf_buffer *out) {
    rf_slice *keys;
    size_t count;
    rf_buffer_clear(out);
    if (rf_store_keys(store, plugin, prefix, arena, &keys, &count, NULL))
        return RF_SLICE("(error)");
    for (size_t i = 0; i < count; i++)
        rf_buffer_printf(out, "%s%.*s", i ? " " : "", RF_SLICE_ARG(keys[i]));
    return rf_buffer_view(out);
}

RF_TEST(what_is_set_is_there_and_each_plugin_has_its_own) {
    RF_CLEANUP(close_store) rf_store *store = NULL;
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_check(!rf_store_open(":memory:", &store, NULL, NULL));
    rf_check_text(got(store, A, RF_SLICE("k"), &arena), RF_SLICE("(none)"));
    rf_check(!rf_store_set(store, A, RF_SLICE("k"), RF_SLICE("one"), MANY, NULL));
    rf_check(!rf_store_set(store, RF_SLICE("b"), RF_SLICE("k"), RF_SLICE("two"), MANY, NULL));
    rf_check_text(got(store, A, RF_SLICE("k"), &arena), RF_SLICE("one"));
    rf_check_text(got(store, RF_SLICE("b"), RF_SLICE("k"), &arena), RF_SLICE("two"));
    rf_check(!rf_store_set(store, A, RF_SLICE("k"), RF_SLICE(""), MANY, NULL));
    rf_check_text(got(store, A, RF_SLICE("k"), &arena), RF_SLICE(""));
    rf_check(!rf_store_delete(store, A, RF_SLICE("k"), NULL));
    rf_check(!rf_store_delete(store, A, RF_SLICE("k"), NULL));
    rf_check_text(got(store, A, RF_SLICE("k"), &arena), RF_SLICE("(none)"));
    rf_check_text(got(store, RF_SLICE("b"), RF_SLICE("k"), &arena), RF_SLICE("two"));
}

RF_TEST(texts_may_hold_anything) {
    RF_CLEANUP(close_store) rf_store *store = NULL;
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_check(!rf_store_open(":memory:", &store, NULL, NULL));
    const rf_slice key = RF_SLICE("k\0'\"; DROP TABLE entries; --"), value = RF_SLICE("\0\xFF\n\0");
    rf_check(!rf_store_set(store, A, key, value, MANY, NULL));
    rf_check_text(got(store, A, key, &arena), value);
    rf_check_text(got(store, A, RF_SLICE("k"), &arena), RF_SLICE("(none)"));
    rf_check(!rf_store_set(store, A, (rf_slice){ NULL, 0 }, (rf_slice){ NULL, 0 }, MANY, NULL));
    rf_check_text(got(store, A, RF_SLICE(""), &arena), RF_SLICE(""));
}

RF_TEST(keys_come_sorted_by_bytes_and_by_prefix) {
    static const char *const keys[] = { "b", "ab", "a", "abc", "\xC3\xA9", "a\xFF", ("a\xFF\xFF" "1"), "\xFF\xFF" };
    RF_CLEANUP(close_store) rf_store *store = NULL;
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_check(!rf_store_open(":memory:", &store, NULL, NULL));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        rf_check(!rf_store_set(store, A, rf_slice_of(keys[i]), RF_SLICE("v"), MANY, NULL));
    rf_check(!rf_store_set(store, RF_SLICE("b"), RF_SLICE("abx"), RF_SLICE("v"), MANY, NULL));
    rf_check_text(listed(store, A, RF_SLICE("ab"), &arena, &text), RF_SLICE("ab abc"));
    rf_check_text(listed(store, A, RF_SLICE("a\xFF"), &arena, &text), RF_SLICE("a\xFF a\xFF\xFF" "1"));
    rf_check_text(listed(store, A, RF_SLICE("\xFF"), &arena, &text), RF_SLICE("\xFF\xFF"));
    rf_check_text(listed(store, A, RF_SLICE("x"), &arena, &text), RF_SLICE(""));
    rf_check_text(listed(store, A, RF_SLICE(""), &arena, &text), RF_SLICE("a ab abc a\xFF a\xFF\xFF" "1 b \xC3\xA9 \xFF\xFF"));
}

RF_TEST(a_plugin_holds_no_more_than_its_quota) {
    RF_CLEANUP(close_store) rf_store *store = NULL;
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_error error;
    rf_check(!rf_store_open(":memory:", &store, NULL, NULL));
    rf_check(!rf_store_set(store, A, RF_SLICE("k1"), RF_SLICE("12345678"), 20, NULL));
    rf_check(!rf_store_set(store, A, RF_SLICE("k2"), RF_SLICE("12345678"), 20, NULL));
    rf_check(rf_store_set(store, A, RF_SLICE("k3"), RF_SLICE(""), 20, &error) == RF_ELIMIT);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("the plugin's store would hold 22 bytes, at most 20 are allowed"));
    rf_check(rf_store_set(store, A, RF_SLICE("k2"), RF_SLICE("123456789"), 20, NULL) == RF_ELIMIT);
    rf_check_text(got(store, A, RF_SLICE("k2"), &arena), RF_SLICE("12345678"));
    rf_check_text(got(store, A, RF_SLICE("k3"), &arena), RF_SLICE("(none)"));
    rf_check(!rf_store_set(store, RF_SLICE("b"), RF_SLICE("k3"), RF_SLICE("123456789012345678"), 20, NULL));
    rf_check(!rf_store_set(store, A, RF_SLICE("k2"), RF_SLICE("1"), 20, NULL));
    rf_check(!rf_store_set(store, A, RF_SLICE("k3"), RF_SLICE("12345"), 20, NULL));
    rf_check(!rf_store_delete(store, A, RF_SLICE("k1"), NULL));
    rf_check(!rf_store_set(store, A, RF_SLICE("k4"), RF_SLICE("12345678"), 20, NULL));
    rf_check(rf_store_set(store, A, RF_SLICE("key"), RF_SLICE("123456789012345678"), 20, &error) == RF_ELIMIT);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("the plugin's store would hold 21 bytes, at most 20 are allowed"));
}

RF_TEST(the_file_outlives_the_process_and_is_the_users_alone) {
    RF_CLEANUP(place_done) place at = { 0 };
    RF_CLEANUP(close_store) rf_store *store = NULL;
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    const char *path = place_init(&at, "new/folder/plugins.db");
    bool damaged = true;
    struct stat info;
    rf_check(path && !rf_store_open(path, &store, &damaged, NULL));
    rf_check(!damaged);
    rf_check(!rf_store_set(store, A, RF_SLICE("k"), RF_SLICE("kept"), MANY, NULL));
    rf_check(stat(path, &info) == 0 && (info.st_mode & 0777) == 0600);
    rf_store_close(store);
    store = NULL;
    rf_check(chmod(path, 0644) == 0);
    rf_check(!rf_store_open(path, &store, &damaged, NULL));
    rf_check(!damaged);
    rf_check_text(got(store, A, RF_SLICE("k"), &arena), RF_SLICE("kept"));
    rf_check(stat(path, &info) == 0 && (info.st_mode & 0777) == 0600);
    rf_buffer_clear(&at.path);
    rf_buffer_printf(&at.path, "%s/new", at.dir.path);
    const char *folder = rf_buffer_cstr(&at.path);
    rf_check(folder && stat(folder, &info) == 0 && (info.st_mode & 0777) == 0700);
}

RF_TEST(two_connections_see_each_others_values) {
    RF_CLEANUP(place_done) place at = { 0 };
    RF_CLEANUP(close_store) rf_store *one = NULL;
    RF_CLEANUP(close_store) rf_store *two = NULL;
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    const char *path = place_init(&at, "plugins.db");
    rf_check(path && !rf_store_open(path, &one, NULL, NULL) && !rf_store_open(path, &two, NULL, NULL));
    for (int i = 0; i < 20; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        rf_check(!rf_store_set(i % 2 ? one : two, A, RF_SLICE("k"), rf_slice_of(text), 6, NULL));
        rf_check_text(got(i % 2 ? two : one, A, RF_SLICE("k"), &arena), rf_slice_of(text));
    }
}

/* A file that holds something, as bytes. False: no memory. */
static bool make_file(place *at, rf_buffer *ret_bytes) {
    RF_CLEANUP(close_store) rf_store *store = NULL;
    char value[500];
    memset(value, 'v', sizeof value);
    if (rf_store_open(rf_buffer_cstr(&at->path), &store, NULL, NULL))
        return false;
    for (int i = 0; i < 60; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "key %d", i);
        if (rf_store_set(store, A, rf_slice_of(key), (rf_slice){ value, sizeof value }, MANY, NULL))
            return false;
    }
    rf_store_close(store);
    store = NULL;
    rf_slice bytes = rf_fixture_dir_read(&at->dir, "plugins.db");
    if (!bytes.data)
        return false;
    rf_buffer_slice(ret_bytes, bytes);
    return ret_bytes->len > 8192 && !ret_bytes->failed;
}

RF_TEST(a_damaged_file_is_set_aside) {
    static const struct { size_t from, len, cut; } damages[] = {
        { 0, 16, 0 }, { 100, 12, 0 }, { 4096, 4096, 0 }, { 0, 0, 5000 }, { 16, 84, 0 }, { 8192, 4096, 0 }, { 0, 1, 100 },
    };
    RF_CLEANUP(place_done) place at = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer bytes = { 0 }, changed = { 0 };
    rf_check(place_init(&at, "plugins.db") && make_file(&at, &bytes));
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        RF_CLEANUP(close_store) rf_store *store = NULL;
        RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
        bool damaged = false;
        rf_buffer_clear(&changed);
        rf_buffer_slice(&changed, rf_buffer_view(&bytes));
        rf_check(!changed.failed);
        memset(changed.data + damages[i].from, 0xA7, damages[i].len);
        rf_slice text = { changed.data, damages[i].cut ? damages[i].cut : changed.len };
        rf_check(rf_fixture_dir_write(&at.dir, "plugins.db", text));
        rf_check(!rf_store_open(rf_buffer_cstr(&at.path), &store, &damaged, NULL));
        rf_check(damaged);
        rf_check_text(got(store, A, RF_SLICE("key 1"), &arena), RF_SLICE("(none)"));
        rf_check(!rf_store_set(store, A, RF_SLICE("k"), RF_SLICE("v"), MANY, NULL));
        rf_check_text(rf_fixture_dir_read(&at.dir, "plugins.db.damaged"), text);
    }
}

RF_TEST(what_is_no_store_of_ours_is_said) {
    RF_CLEANUP(place_done) place at = { 0 };
    RF_CLEANUP(close_store) rf_store *store = NULL;
    RF_CLEANUP(rf_buffer_done) rf_buffer bytes = { 0 };
    rf_error error;
    bool damaged;
    rf_check(place_init(&at, "plugins.db") && make_file(&at, &bytes));
    bytes.data[63] = 9; /* the format, in the file's header */
    rf_check(rf_fixture_dir_write(&at.dir, "plugins.db", rf_buffer_view(&bytes)));
    rf_check(rf_store_open(rf_buffer_cstr(&at.path), &store, &damaged, &error) == RF_EIO);
    rf_check(!damaged && !store && strstr(error.message, "was made by a newer riffle (format 9, this one knows 1)"));
    rf_check(rf_store_open(at.dir.path, &store, &damaged, &error) == RF_EIO);
    rf_check(strstr(error.message, "is no file"));
    rf_check(rf_store_open("/dev/null/x/plugins.db", &store, NULL, &error) == RF_EIO);
    rf_check(strstr(error.message, "cannot make the folder `/dev/null`"));
    rf_check(rf_store_open("", &store, NULL, &error) == RF_EIO);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("the store's path is empty"));
}

/* ---- A full disk ---- */

typedef struct full_disk { struct rlimit before; void (*handler)(int); bool is_on; } full_disk;
static bool fill_disk(full_disk *disk, rlim_t bytes) {
    if (getrlimit(RLIMIT_FSIZE, &disk->before))
        return false;
    disk->handler = signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = { bytes, disk->before.rlim_max };
    disk->is_on = setrlimit(RLIMIT_FSIZE, &limit) == 0;
    return disk->is_on;
}
static void empty_disk(full_disk *disk) {
    if (!disk->is_on)
        return;
    (void)setrlimit(RLIMIT_FSIZE, &disk->before);
    (void)signal(SIGXFSZ, disk->handler);
    disk->is_on = false;
}

RF_TEST(a_full_disk_refuses_the_value_and_keeps_the_rest) {
    RF_CLEANUP(place_done) place at = { 0 };
    RF_CLEANUP(close_store) rf_store *store = NULL;
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    RF_CLEANUP(rf_buffer_done) rf_buffer large = { 0 };
    RF_CLEANUP(empty_disk) full_disk disk = { 0 };
    const char *path = place_init(&at, "plugins.db");
    rf_error error;
    rf_check(rf_buffer_reserve(&large, 300000));
    memset(large.data, 'x', 300000);
    rf_slice value = { large.data, 300000 };
    rf_check(path && !rf_store_open(path, &store, NULL, NULL));
    rf_check(!rf_store_set(store, A, RF_SLICE("k"), RF_SLICE("kept"), MANY, NULL));
    rf_check(fill_disk(&disk, 200000));
    rf_code code = rf_store_set(store, A, RF_SLICE("large"), value, MANY, &error);
    empty_disk(&disk);
    rf_check(code == RF_EIO);
    rf_check_text(got(store, A, RF_SLICE("k"), &arena), RF_SLICE("kept"));
    rf_check_text(got(store, A, RF_SLICE("large"), &arena), RF_SLICE("(none)"));
    rf_check(!rf_store_set(store, A, RF_SLICE("large"), value, MANY, NULL));
}

/* ---- Threads ---- */

typedef struct worker { rf_store *store; rf_thread thread; const char *plugin; int failures; } worker;
static void work(void *arg) {
    worker *self = arg;
    rf_slice plugin = rf_slice_of(self->plugin);
    for (int i = 0; i < 200; i++) {
        RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        self->failures += rf_store_set(self->store, plugin, RF_SLICE("k"), rf_slice_of(text), MANY, NULL) != RF_OK;
        self->failures += !rf_slice_is(got(self->store, plugin, RF_SLICE("k"), &arena), text);
        self->failures += rf_store_delete(self->store, plugin, RF_SLICE("none"), NULL) != RF_OK;
    }
}
static void join(worker *one) { rf_thread_join(&one->thread); }

RF_TEST(two_threads_do_not_disturb_each_other) {
    RF_CLEANUP(close_store) rf_store *store = NULL;
    rf_check(!rf_store_open(":memory:", &store, NULL, NULL));
    RF_CLEANUP(join) worker one = { .store = store, .plugin = "one" };
    RF_CLEANUP(join) worker two = { .store = store, .plugin = "two" };
    rf_check(!rf_thread_start(&one.thread, "one", work, &one, NULL));
    rf_check(!rf_thread_start(&two.thread, "two", work, &two, NULL));
    join(&one);
    join(&two);
    rf_check(one.failures == 0 && two.failures == 0);
}
