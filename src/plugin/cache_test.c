/* cache_test.c: bytecode kept on disk: hits, damage of every kind, bounds, folders that are not trusted. */
#include "fixture.h"
#include "harness.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "plugin/cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A cache in a folder of its own. */
typedef struct cached {
    rf_fixture_dir dir;
    char path[80];
    char entry[80]; /* the name of one of its files */
    rf_bytecode_cache *cache;
    rf_buffer out;
} cached;

static void cached_done(cached *c) {
    rf_bytecode_cache_close(c->cache);
    rf_buffer_done(&c->out);
    rf_fixture_dir_done(&c->dir);
}

static bool cached_init(cached *c) {
    if (!rf_fixture_dir_init(&c->dir))
        return false;
    (void)snprintf(c->path, sizeof c->path, "%s/c/fusabi", c->dir.path);
    return !rf_bytecode_cache_open(c->path, &c->cache, NULL);
}

/* Files in the folder; the last one's name is kept. */
static size_t cached_files(cached *c) {
    size_t count = 0;
    DIR *dir = opendir(c->path);
    for (struct dirent *file; dir && (file = readdir(dir));)
        if (file->d_name[0] != '.') {
            (void)snprintf(c->entry, sizeof c->entry, "c/fusabi/%.64s", file->d_name);
            count++;
        }
    if (dir)
        (void)closedir(dir);
    return count;
}

static rf_code get(cached *c, rf_slice text, rf_slice salt) {
    rf_buffer_clear(&c->out);
    return rf_bytecode_cache_get(c->cache, text, salt, &c->out, NULL);
}

static const rf_slice text = { "let on_output line = Continue", 29 }, salt = { "v1", 2 }, code = { "\0\1bytes\xFF", 8 };

RF_TEST(what_was_put_is_found_again) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    rf_check(get(&c, text, salt) == RF_ENOTFOUND);
    rf_check(!rf_bytecode_cache_put(c.cache, text, salt, code, NULL));
    rf_check(!get(&c, text, salt));
    rf_check_text(rf_buffer_view(&c.out), code);
    rf_check(!rf_bytecode_cache_put(c.cache, text, salt, RF_SLICE("other"), NULL));
    rf_check(!get(&c, text, salt));
    rf_check_text(rf_buffer_view(&c.out), RF_SLICE("other"));
    rf_check(cached_files(&c) == 1);
}

RF_TEST(another_text_or_salt_is_another_entry) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    rf_check(!rf_bytecode_cache_put(c.cache, RF_SLICE("bc"), RF_SLICE("a"), code, NULL));
    rf_check(get(&c, RF_SLICE("c"), RF_SLICE("ab")) == RF_ENOTFOUND);
    rf_check(get(&c, RF_SLICE("bc"), RF_SLICE("")) == RF_ENOTFOUND);
    rf_check(get(&c, RF_SLICE("abc"), RF_SLICE("")) == RF_ENOTFOUND);
    rf_check(!get(&c, RF_SLICE("bc"), RF_SLICE("a")));
}

RF_TEST(empty_texts_and_results_are_kept_too) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    rf_slice none = { NULL, 0 };
    rf_check(!rf_bytecode_cache_put(c.cache, none, none, none, NULL));
    rf_check(!get(&c, none, none));
    rf_check(c.out.len == 0);
}

RF_TEST(a_hit_is_put_behind_what_the_buffer_holds) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    rf_check(!rf_bytecode_cache_put(c.cache, text, salt, RF_SLICE("code"), NULL));
    rf_buffer_text(&c.out, "head ");
    rf_check(rf_bytecode_cache_get(c.cache, RF_SLICE("?"), salt, &c.out, NULL) == RF_ENOTFOUND);
    rf_check_text(rf_buffer_view(&c.out), RF_SLICE("head "));
    rf_check(!rf_bytecode_cache_get(c.cache, text, salt, &c.out, NULL));
    rf_check_text(rf_buffer_view(&c.out), RF_SLICE("head code"));
}

RF_TEST(entries_and_folders_are_for_their_owner_only) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    rf_check(!rf_bytecode_cache_put(c.cache, text, salt, code, NULL));
    rf_check(cached_files(&c) == 1);
    char path[200];
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/%s", c.dir.path, c.entry);
    rf_check(!stat(path, &info) && (info.st_mode & 07777) == 0600);
    rf_check(!stat(c.path, &info) && (info.st_mode & 0777) == 0700);
}

/* Replaces the entry's file; then it must not be found, and its file must be gone. */
static bool is_refused(cached *c, rf_slice content) {
    return rf_fixture_dir_write(&c->dir, c->entry, content) && get(c, text, salt) == RF_ENOTFOUND && c->out.len == 0 &&
           !rf_fixture_dir_read(&c->dir, c->entry).data;
}

/* The one entry's bytes, copied: is_refused() uses the folder's buffer. */
static char *copy_entry(cached *c, size_t *ret_len) {
    if (rf_bytecode_cache_put(c->cache, text, salt, code, NULL) || cached_files(c) != 1)
        return NULL;
    rf_slice content = rf_fixture_dir_read(&c->dir, c->entry);
    *ret_len = content.len;
    return content.data ? rf_strndup(content.data, content.len) : NULL;
}

static void free_text(char **memory) { rf_free(*memory); }

RF_TEST(an_entry_damaged_at_any_byte_is_refused_and_goes) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    size_t len = 0;
    RF_CLEANUP(free_text) char *whole = copy_entry(&c, &len);
    rf_check(whole && len > 48);
    for (size_t i = 0; i < len; i++)
        for (int bit = 0; bit < 8; bit += rf_test_torture() ? 7 : 1) {
            whole[i] = (char)(whole[i] ^ (1 << bit));
            rf_check(is_refused(&c, (rf_slice){ whole, len }));
            whole[i] = (char)(whole[i] ^ (1 << bit));
        }
    rf_check(rf_fixture_dir_write(&c.dir, c.entry, (rf_slice){ whole, len }));
    rf_check(!get(&c, text, salt));
}

RF_TEST(an_entry_of_any_other_length_is_refused_and_goes) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    size_t len = 0;
    RF_CLEANUP(free_text) char *whole = copy_entry(&c, &len);
    rf_check(whole);
    for (size_t cut = 0; cut < len; cut++)
        rf_check(is_refused(&c, (rf_slice){ whole, cut }));
    rf_check(is_refused(&c, (rf_slice){ whole, len + 1 })); /* its NUL */
}

RF_TEST(an_entry_under_another_name_is_refused) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    size_t len = 0;
    RF_CLEANUP(free_text) char *whole = copy_entry(&c, &len);
    rf_check(whole);
    char first[200], other[200];
    (void)snprintf(first, sizeof first, "%s/%s", c.dir.path, c.entry);
    rf_check(!rf_bytecode_cache_put(c.cache, RF_SLICE("other"), salt, code, NULL));
    rf_check(!unlink(first));
    rf_check(cached_files(&c) == 1);
    (void)snprintf(other, sizeof other, "%s/%s", c.dir.path, c.entry);
    rf_check(!rename(other, first));
    rf_check(get(&c, text, salt) == RF_ENOTFOUND);
    rf_check(cached_files(&c) == 0);
}

RF_TEST(what_is_no_plain_file_is_no_entry) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    size_t len = 0;
    RF_CLEANUP(free_text) char *whole = copy_entry(&c, &len);
    rf_check(whole);
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", c.dir.path, c.entry);
    rf_check(rf_fixture_dir_write(&c.dir, "aside", (rf_slice){ whole, len }));
    rf_check(!unlink(path) && !symlink("../../aside", path));
    rf_check(get(&c, text, salt) == RF_ENOTFOUND);
    rf_check(cached_files(&c) == 0);
    rf_check(!mkfifo(path, 0600));
    rf_check(get(&c, text, salt) == RF_ENOTFOUND);
    rf_check(cached_files(&c) == 0);
    rf_check(!mkdir(path, 0700)); /* this one stays: it is not found all the same, and nothing can be put there */
    rf_check(get(&c, text, salt) == RF_ENOTFOUND);
    rf_check(rf_bytecode_cache_put(c.cache, text, salt, code, NULL) == RF_EIO);
    rf_check(cached_files(&c) == 1);
}

RF_TEST(folders_that_others_may_write_are_not_used) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    rf_bytecode_cache *cache = NULL;
    rf_error error = { 0 };
    const mode_t modes[] = { 0770, 0707, 0722, 01777 };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        rf_check(!chmod(c.path, modes[i]));
        rf_code said = rf_bytecode_cache_open(c.path, &cache, &error);
        rf_check(said == RF_EREFUSED && !cache);
        rf_check(strstr(error.message, "written by others") && strstr(error.hint, "chmod go-w"));
    }
}

RF_TEST(a_folder_of_another_user_is_not_used) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    bool mighty = geteuid() == 0; /* only root can give a folder away; for others root's are strange */
    rf_check(!mighty || !chown(c.path, 12345, (gid_t)-1));
    rf_bytecode_cache *cache = NULL;
    rf_error error = { 0 };
    rf_check(rf_bytecode_cache_open(mighty ? c.path : "/usr", &cache, &error) == RF_EREFUSED && !cache);
    rf_check(strstr(error.message, "another user"));
}

RF_TEST(folders_that_cannot_be_are_errors_with_a_name) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    rf_check(rf_fixture_dir_write(&c.dir, "file", RF_SLICE("x")));
    char path[200];
    (void)snprintf(path, sizeof path, "%s/file/below", c.dir.path);
    rf_bytecode_cache *cache = NULL;
    rf_error error = { 0 };
    rf_code said = rf_bytecode_cache_open(path, &cache, &error);
    rf_check(said == RF_EIO || said == RF_ENOMEM);
    rf_check(said == RF_ENOMEM || strstr(error.message, "/file/below"));
    rf_check(rf_bytecode_cache_open("", &cache, &error) == RF_EIO && !cache);
}

RF_TEST(the_oldest_entries_go_when_there_are_too_many) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    const int count = rf_test_torture() ? 70 : 1150;
    for (int i = 0; i < count; i++) {
        char name[16];
        int len = snprintf(name, sizeof name, "%d", i);
        rf_check(!rf_bytecode_cache_put(c.cache, (rf_slice){ name, (size_t)len }, salt, code, NULL));
    }
    size_t files = cached_files(&c);
    rf_check(files <= 1064 && (count < 1000 || files >= 1000));
    rf_check(!get(&c, count == 70 ? RF_SLICE("69") : RF_SLICE("1149"), salt));
    rf_check(count < 1000 || get(&c, RF_SLICE("0"), salt) == RF_ENOTFOUND);
}

RF_TEST(the_oldest_entries_go_when_they_are_too_large) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    const size_t bytes = (size_t)12 << 20;
    RF_CLEANUP(free_text) char *large = rf_alloc_zero(1, bytes);
    rf_check(large);
    for (char i = 'a'; i < 'i'; i++)
        rf_check(!rf_bytecode_cache_put(c.cache, (rf_slice){ &i, 1 }, salt, (rf_slice){ large, bytes }, NULL));
    rf_check(cached_files(&c) == 5);
    rf_check(rf_bytecode_cache_put(c.cache, text, salt, (rf_slice){ large, (size_t)1 << 30 }, NULL) == RF_EIO);
}

RF_TEST(forgotten_files_go_and_strange_ones_stay) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    rf_check(rf_fixture_dir_write(&c.dir, "c/fusabi/new-0011223344556677", RF_SLICE("half")));
    rf_check(rf_fixture_dir_write(&c.dir, "c/fusabi/new-8811223344556677", RF_SLICE("half")));
    rf_check(rf_fixture_dir_write(&c.dir, "c/fusabi/README", RF_SLICE("mine")));
    const struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
    char path[200];
    (void)snprintf(path, sizeof path, "%s/new-0011223344556677", c.path);
    rf_check(!utimensat(AT_FDCWD, path, old, 0));
    rf_check(!rf_bytecode_cache_put(c.cache, text, salt, code, NULL));
    rf_check(access(path, F_OK) != 0);
    rf_check(cached_files(&c) == 3);
}

/* Eight threads on one cache: what is got is always what was put. */
typedef struct worker { rf_thread thread; rf_bytecode_cache *cache; bool good; } worker;

static void work(void *arg) {
    worker *me = arg;
    rf_buffer out = { 0 };
    me->good = true;
    for (int i = 0; me->good && i < 50; i++) {
        char c = (char)('a' + i % 3);
        rf_slice one = { &c, 1 };
        me->good = !rf_bytecode_cache_put(me->cache, one, salt, one, NULL);
        rf_buffer_clear(&out);
        me->good = me->good && !rf_bytecode_cache_get(me->cache, one, salt, &out, NULL) && rf_slice_eq(rf_buffer_view(&out), one);
    }
    rf_buffer_done(&out);
}

RF_TEST(threads_share_a_cache) {
    RF_CLEANUP(cached_done) cached c = { 0 };
    rf_check(cached_init(&c));
    worker workers[4] = { 0 };
    bool started = true, good = true;
    for (int i = 0; i < 4; i++) {
        workers[i].cache = c.cache;
        started = !rf_thread_start(&workers[i].thread, "worker", work, &workers[i], NULL) && started;
    }
    for (int i = 0; i < 4; i++) {
        rf_thread_join(&workers[i].thread);
        good = good && workers[i].good;
    }
    rf_check(started && good);
    rf_check(cached_files(&c) == 3);
}
