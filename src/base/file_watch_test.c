/* file_watch_test.c: files changed in all the ways that editors and others do it. */
#include "base/file_watch.h"

#include "base/slice.h"
#include "base/thread.h"
#include "fixture.h"
#include "harness.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct watched {
    rf_fixture_dir dir;
    char paths[3][120]; /* a.yaml, b.yaml, r*.yaml */
    rf_watched_file files[3];
    rf_file_watch *watch;
} watched;

static void watched_done(watched *w) {
    rf_file_watch_free(w->watch);
    rf_fixture_dir_done(&w->dir);
}

static const char *path_of(watched *w, const char *name, char out[120]) {
    (void)snprintf(out, 120, "%s/%s", w->dir.path, name);
    return out;
}

static bool put(const watched *w, const char *name, const char *text) { return rf_fixture_dir_write(&w->dir, name, rf_slice_of(text)); }

static rf_code watched_init(watched *w) {
    static const char *const names[] = { "a.yaml", "b.yaml", "r*.yaml" };
    if (!rf_fixture_dir_init(&w->dir) || !put(w, "a.yaml", "a") || !put(w, "b.yaml", "b") || !put(w, "r1.yaml", "r"))
        return RF_EIO;
    for (size_t i = 0; i < 3; i++)
        w->files[i] = (rf_watched_file){ .path = path_of(w, names[i], w->paths[i]), .is_pattern = i == 2 };
    return rf_file_watch_new(w->files, 3, &w->watch, NULL);
}

/* The wait ends, and says that it is those files: bit 0 the first. */
static bool sees(watched *w, unsigned which) {
    unsigned seen = 0;
    if (!rf_file_watch_wait(w->watch))
        return false;
    for (unsigned i = 0; i < 3; i++)
        seen |= (unsigned)w->files[i].changed << i;
    return seen == which;
}

static bool rename_in(watched *w, const char *from, const char *to) {
    char a[120], b[120];
    return rename(path_of(w, from, a), path_of(w, to, b)) == 0;
}

#define WATCHED(name)                              \
    RF_CLEANUP(watched_done) watched name = { 0 }; \
    rf_check(watched_init(&name) == RF_OK)

RF_TEST(a_file_written_in_place_is_seen) {
    WATCHED(w);
    rf_check(put(&w, "a.yaml", "other") && sees(&w, 1) && !rf_file_watch_is_kept(w.watch));
    rf_file_watch_keep(w.watch);
    rf_check(rf_file_watch_is_kept(w.watch));
}

RF_TEST(a_file_replaced_by_a_rename_is_seen) {
    WATCHED(w);
    rf_check(put(&w, "new", "other") && rename_in(&w, "new", "b.yaml") && sees(&w, 2));
}

RF_TEST(the_same_content_again_is_no_change) {
    WATCHED(w);
    rf_check(put(&w, "a.yaml", "a") && put(&w, "new", "a") && rename_in(&w, "new", "a.yaml"));
    rf_check(put(&w, "b.yaml", "other") && sees(&w, 2));
}

RF_TEST(a_file_that_goes_and_comes_back_is_seen_twice_and_is_then_kept) {
    char path[120];
    WATCHED(w);
    rf_check(unlink(path_of(&w, "a.yaml", path)) == 0 && sees(&w, 1) && !rf_file_watch_is_kept(w.watch));
    rf_check(put(&w, "a.yaml", "a") && sees(&w, 1) && rf_file_watch_is_kept(w.watch));
}

RF_TEST(a_pattern_is_all_that_it_matches) {
    char path[120];
    WATCHED(w);
    rf_check(put(&w, "r2.yaml", "more") && sees(&w, 4));
    rf_check(put(&w, "r2.yaml", "other") && put(&w, "a.yaml", "too") && sees(&w, 5));
    rf_check(unlink(path_of(&w, "r1.yaml", path)) == 0 && sees(&w, 4));
}

/* As Kubernetes changes a ConfigMap: the file is a link through a link to a folder, and that one is renamed over. */
RF_TEST(a_link_on_the_way_is_seen) {
    char one[120], two[120], link_path[120], a[120];
    WATCHED(w);
    rf_check(mkdir(path_of(&w, "one", one), 0755) == 0 && mkdir(path_of(&w, "two", two), 0755) == 0);
    rf_check(put(&w, "one/a.yaml", "a") && put(&w, "two/a.yaml", "other"));
    rf_check(symlink("one", path_of(&w, "data", link_path)) == 0 && unlink(path_of(&w, "a.yaml", a)) == 0 && symlink("data/a.yaml", a) == 0);
    rf_check(put(&w, "b.yaml", "now") && sees(&w, 2)); /* the same content through links: no change */
    rf_check(symlink("two", path_of(&w, "new", one)) == 0 && rename_in(&w, "new", "data") && sees(&w, 1));
    rf_check(put(&w, "two/a.yaml", "in place") && sees(&w, 1));
}

static void wake(void *watch) { rf_file_watch_wake(watch); }

RF_TEST(a_wait_ends_when_it_is_woken) {
    rf_thread thread = { 0 };
    WATCHED(w);
    rf_check(rf_thread_start(&thread, "wake", wake, w.watch, NULL) == RF_OK);
    rf_check(!rf_file_watch_wait(w.watch) && !rf_file_watch_wait(w.watch));
    rf_thread_join(&thread);
}

static void write_often(void *arg) {
    watched *w = arg;
    char text[40];
    for (int i = 0; i < 30; i++) {
        (void)snprintf(text, sizeof text, "version %d", i);
        if (!put(w, "a.yaml", text))
            return;
    }
}

RF_TEST(the_last_of_many_writes_is_what_is_seen_in_the_end) {
    rf_thread thread = { 0 };
    WATCHED(w);
    rf_check(rf_thread_start(&thread, "write", write_often, &w, NULL) == RF_OK);
    do
        rf_check(sees(&w, 1));
    while (!rf_slice_is(rf_fixture_dir_read(&w.dir, "a.yaml"), "version 29") && !rf_test_torture());
    rf_thread_join(&thread);
}
