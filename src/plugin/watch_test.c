/* watch_test.c: saved plugins noticed: in place, by renaming, broken and mended, on demand, at the end. */
#include "fixture.h"
#include "harness.h"

#include "base/clock.h"
#include "base/slice.h"
#include "plugin/watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST "let on_output line = Continue\n"
#define SECOND "let on_output line = Drop\n"
#define THIRD "let on_output line = Stop\n"
#define BROKEN "let on_output line = (\n"

/* Two plugins, a and b, in a folder, watched; what was reported. */
typedef struct bench {
    rf_fixture_dir dir;
    char paths[2][100];
    rf_plugin_shared shared;
    rf_plugin *plugins[2];
    rf_watch *watch;
    rf_mutex lock;
    rf_cond told;
    /* under `lock` */
    int entered, loaded, failed, with_manifest;
    uint64_t slow_ns; /* each report takes that long */
    char path[100];   /* of the last report */
    char bytes[64];   /* what was loaded last */
    rf_error error;   /* the last one */
} bench;

static void changed(void *user, rf_plugin *plugin, const rf_plugin_file *file, const rf_error *error) {
    bench *b = user;
    rf_mutex_lock(&b->lock);
    b->entered++;
    rf_cond_broadcast(&b->told);
    uint64_t slow_ns = b->slow_ns;
    rf_mutex_unlock(&b->lock);
    rf_clock_sleep_ns(slow_ns);
    rf_mutex_lock(&b->lock);
    (void)snprintf(b->path, sizeof b->path, "%s", file->path);
    b->with_manifest += file->manifest != NULL;
    if (plugin) {
        b->loaded++;
        (void)snprintf(b->bytes, sizeof b->bytes, "%.*s", RF_SLICE_ARG(plugin->bytes));
    } else {
        b->failed++;
        b->error = *error;
    }
    rf_cond_broadcast(&b->told);
    rf_mutex_unlock(&b->lock);
}

static void bench_done(bench *b) {
    rf_watch_stop(b->watch);
    for (int i = 0; i < 2; i++)
        rf_plugin_unref(b->plugins[i]);
    rf_plugin_shared_done(&b->shared);
    rf_cond_done(&b->told);
    rf_mutex_done(&b->lock);
    rf_fixture_dir_done(&b->dir);
}

static bool bench_load(bench *b, int i) {
    rf_plugin_file file = { .path = b->paths[i], .stem = { i ? "b" : "a", 1 } };
    rf_plugin_load_options options = { .shared = &b->shared };
    return !rf_plugin_load(&file, &options, &b->plugins[i], NULL);
}

static bool bench_init(bench *b) {
    rf_mutex_init(&b->lock);
    rf_cond_init(&b->told);
    if (!rf_fixture_dir_init(&b->dir) || rf_plugin_shared_init(&b->shared, NULL, NULL))
        return false;
    (void)snprintf(b->paths[0], sizeof b->paths[0], "%s/p/a.fsx", b->dir.path);
    (void)snprintf(b->paths[1], sizeof b->paths[1], "%s/p/b.fsx", b->dir.path);
    char folder[100];
    (void)snprintf(folder, sizeof folder, "%s/p", b->dir.path);
    return !mkdir(folder, 0700) && rf_fixture_dir_write(&b->dir, "p/a.fsx", RF_SLICE(FIRST)) &&
           rf_fixture_dir_write(&b->dir, "p/b.fsx", RF_SLICE(FIRST)) && bench_load(b, 0) && bench_load(b, 1);
}

static bool bench_watch(bench *b) {
    rf_watch_options options = { .load = { .shared = &b->shared }, .changed = changed, .user = b };
    return !rf_watch_start(&options, b->plugins, 2, &b->watch, NULL);
}

/* Waits until so many reports were entered or have ended; false: they do not come. */
static bool wait_for(bench *b, const int *counter, const int *other, int count) {
    uint64_t until = rf_clock_mono_ns() + (rf_test_torture() ? 1 : 20) * RF_NS_PER_S;
    rf_mutex_lock(&b->lock);
    while (*counter + (other ? *other : 0) < count && rf_clock_mono_ns() < until)
        (void)rf_cond_wait_for(&b->told, &b->lock, 50 * RF_NS_PER_MS);
    bool good = *counter + (other ? *other : 0) >= count;
    rf_mutex_unlock(&b->lock);
    return good;
}

/* True when that many loads and failures were reported, no more and no less. */
static bool reported(bench *b, int loaded, int failed) {
    bool came = wait_for(b, &b->loaded, &b->failed, loaded + failed);
    rf_mutex_lock(&b->lock);
    bool same = b->loaded == loaded && b->failed == failed;
    rf_mutex_unlock(&b->lock);
    return came && same;
}

RF_TEST(a_file_saved_in_place_is_loaded) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    rf_check(bench_init(&b) && bench_watch(&b));
    rf_check(rf_fixture_dir_write(&b.dir, "p/a.fsx", RF_SLICE(SECOND)));
    rf_check(reported(&b, 1, 0));
    rf_check_text(rf_slice_of(b.path), rf_slice_of(b.paths[0]));
    rf_check_text(rf_slice_of(b.bytes), RF_SLICE(SECOND));
    rf_check(rf_fixture_dir_write(&b.dir, "p/b.fsx", RF_SLICE(THIRD)));
    rf_check(reported(&b, 2, 0));
    rf_check_text(rf_slice_of(b.path), rf_slice_of(b.paths[1]));
    rf_check_text(rf_slice_of(b.bytes), RF_SLICE(THIRD));
}

RF_TEST(a_file_replaced_by_renaming_or_linking_is_loaded) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    rf_check(bench_init(&b) && bench_watch(&b));
    char other[100];
    (void)snprintf(other, sizeof other, "%s/p/.a.fsx.swp", b.dir.path);
    rf_check(rf_fixture_dir_write(&b.dir, "p/.a.fsx.swp", RF_SLICE(SECOND)));
    rf_check(!rename(other, b.paths[0]));
    rf_check(reported(&b, 1, 0));
    rf_check_text(rf_slice_of(b.bytes), RF_SLICE(SECOND));
    rf_check(rf_fixture_dir_write(&b.dir, "p/.a.fsx.swp", RF_SLICE(THIRD)));
    rf_check(!unlink(b.paths[0]) && !link(other, b.paths[0]));
    rf_check(reported(&b, 2, 0));
    rf_check_text(rf_slice_of(b.bytes), RF_SLICE(THIRD));
}

RF_TEST(what_was_saved_before_the_start_is_loaded) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    rf_check(bench_init(&b) && rf_fixture_dir_write(&b.dir, "p/a.fsx", RF_SLICE(SECOND)));
    rf_check(bench_watch(&b));
    rf_check(reported(&b, 1, 0));
    rf_check_text(rf_slice_of(b.bytes), RF_SLICE(SECOND));
}

RF_TEST(a_file_that_is_half_saved_is_not_loaded) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    rf_check(bench_init(&b));
    int fd = open(b.paths[0], O_WRONLY | O_TRUNC | O_CLOEXEC); /* as an editor: emptied first, filled later */
    bool watched = fd >= 0 && bench_watch(&b);
    rf_slice text = RF_SLICE(SECOND);
    rf_clock_sleep_ns(watched ? 100 * RF_NS_PER_MS : 0);
    bool written = fd >= 0 && write(fd, text.data, text.len) == (ssize_t)text.len;
    rf_check(close(fd) == 0 && watched && written);
    rf_check(reported(&b, 1, 0));
    rf_check_text(rf_slice_of(b.bytes), text);
}

RF_TEST(a_broken_file_is_reported_once_and_loaded_when_mended) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    rf_check(bench_init(&b) && bench_watch(&b));
    rf_check(rf_fixture_dir_write(&b.dir, "p/a.fsx", RF_SLICE(BROKEN)));
    rf_check(reported(&b, 0, 1));
    rf_check(b.error.code == RF_ESCRIPT && b.error.place.line > 0 && b.error.message[0]);
    rf_check(rf_fixture_dir_write(&b.dir, "p/a.fsx", RF_SLICE(BROKEN))); /* again: nothing to say */
    rf_check(rf_fixture_dir_write(&b.dir, "p/b.fsx", RF_SLICE(SECOND))); /* looked at behind a */
    rf_check(reported(&b, 1, 1));
    rf_check_text(rf_slice_of(b.path), rf_slice_of(b.paths[1]));
    rf_check(rf_fixture_dir_write(&b.dir, "p/a.fsx", RF_SLICE(FIRST)));
    rf_check(reported(&b, 2, 1));
    rf_check_text(rf_slice_of(b.bytes), RF_SLICE(FIRST));
}

RF_TEST(a_touch_without_a_change_is_nothing) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    rf_check(bench_init(&b) && bench_watch(&b));
    rf_check(rf_fixture_dir_write(&b.dir, "p/a.fsx", RF_SLICE(FIRST)));
    rf_check(rf_fixture_dir_write(&b.dir, "p/strange.fsx", RF_SLICE(SECOND)));
    rf_check(!unlink(b.paths[1]));
    rf_check(rf_fixture_dir_write(&b.dir, "p/b.fsx", RF_SLICE(THIRD))); /* looked at behind a */
    rf_check(reported(&b, 1, 0));
    rf_check_text(rf_slice_of(b.path), rf_slice_of(b.paths[1]));
}

RF_TEST(a_manifest_that_comes_goes_or_changes_counts) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    rf_check(bench_init(&b) && bench_watch(&b));
    rf_check(rf_fixture_dir_write(&b.dir, "p/a.toml", RF_SLICE("name = \"a\"\n")));
    rf_check(reported(&b, 1, 0) && b.with_manifest == 1);
    rf_check(rf_fixture_dir_write(&b.dir, "p/a.toml", RF_SLICE("name = \"a\"\nversion = \"0.2.0\"\n")));
    rf_check(reported(&b, 2, 0) && b.with_manifest == 2);
    char path[100];
    (void)snprintf(path, sizeof path, "%s/p/a.toml", b.dir.path);
    rf_check(!unlink(path)); /* going alone is no event: the next save of the script sees it */
    rf_check(rf_fixture_dir_write(&b.dir, "p/a.fsx", RF_SLICE(FIRST)));
    rf_check(reported(&b, 3, 0) && b.with_manifest == 2);
}

RF_TEST(a_reload_on_demand_needs_no_change) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    rf_check(bench_init(&b) && bench_watch(&b));
    rf_check(!rf_watch_reload(b.watch, RF_SLICE("b"), NULL));
    rf_check(reported(&b, 1, 0));
    rf_check_text(rf_slice_of(b.path), rf_slice_of(b.paths[1]));
    rf_check(!unlink(b.paths[0]));
    rf_check(!rf_watch_reload(b.watch, RF_SLICE("a"), NULL));
    rf_check(reported(&b, 1, 1) && b.error.code == RF_EIO);
    rf_error error = { 0 };
    rf_check(rf_watch_reload(b.watch, RF_SLICE("c"), &error) == RF_ENOTFOUND);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("no plugin `c` is watched"));
    rf_check(strstr(error.hint, "did you mean `"));
}

RF_TEST(a_folder_that_is_replaced_is_found_again) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    if (rf_test_torture()) /* it takes a second; what it allocates is what the others do */
        return;
    rf_check(bench_init(&b) && bench_watch(&b));
    char folder[100], aside[100];
    (void)snprintf(folder, sizeof folder, "%s/p", b.dir.path);
    (void)snprintf(aside, sizeof aside, "%s/old", b.dir.path);
    rf_check(!rename(folder, aside) && !mkdir(folder, 0700));
    rf_check(rf_fixture_dir_write(&b.dir, "p/a.fsx", RF_SLICE(SECOND)));
    rf_check(reported(&b, 1, 0));
    rf_check_text(rf_slice_of(b.bytes), RF_SLICE(SECOND));
    rf_check(rf_fixture_dir_write(&b.dir, "p/b.fsx", RF_SLICE(THIRD)));
    rf_check(reported(&b, 2, 0));
}

RF_TEST(a_stop_waits_for_the_load_and_nothing_comes_after) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    rf_check(bench_init(&b));
    b.slow_ns = 60 * RF_NS_PER_MS;
    rf_check(bench_watch(&b));
    rf_check(!rf_watch_reload(b.watch, RF_SLICE("a"), NULL));
    rf_check(wait_for(&b, &b.entered, NULL, 1));
    rf_check(!rf_watch_reload(b.watch, RF_SLICE("b"), NULL)); /* not begun yet, so it never is */
    rf_watch_stop(b.watch);
    b.watch = NULL;
    rf_check(b.loaded + b.failed == 1);
    rf_check_text(rf_slice_of(b.path), rf_slice_of(b.paths[0]));
}

RF_TEST(a_watch_of_nothing_starts_and_stops) {
    rf_watch_options options = { .changed = changed };
    rf_watch *watch = NULL;
    rf_check(!rf_watch_start(&options, NULL, 0, &watch, NULL));
    rf_code code = rf_watch_reload(watch, RF_SLICE("a"), NULL);
    rf_watch_stop(watch);
    rf_check(code == RF_ENOTFOUND);
}
