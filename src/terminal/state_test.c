/* state_test.c: what outlives the daemon. */
#include "harness.h"

#include "base/buffer.h"
#include "base/slice.h"
#include "base/thread.h"
#include "fixture.h"
#include "terminal/state.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>

static void close_state(rf_state **state) { rf_state_close(*state); }

static rf_arena small_arena(void) {
    rf_arena arena;
    rf_arena_init(&arena, 256);
    return arena;
}

static rf_state_session session_of(const char *name) {
    return (rf_state_session){
        .name = rf_slice_of(name), .command = RF_SLICE("[\"vim\",\"a b\"]"), .directory = RF_SLICE("/tmp/\xFF"), .title = RF_SLICE("Grüße"),
        .created_ms = INT64_C(1700000000123), .attached_ms = 5, .columns = 132, .rows = 43, .layout = RF_SLICE("{}"),
    };
}

/* The names, parted by blanks. */
static rf_slice names(rf_state *state, rf_buffer *out) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_state_session *sessions;
    size_t count;
    rf_buffer_clear(out);
    if (rf_state_list(state, &arena, &sessions, &count, NULL))
        return RF_SLICE("(error)");
    for (size_t i = 0; i < count; i++)
        rf_buffer_printf(out, "%s%.*s", i ? " " : "", RF_SLICE_ARG(sessions[i].name));
    return rf_buffer_view(out);
}

static rf_slice lines(rf_state *state, const char *name, rf_buffer *out) {
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_slice *found;
    size_t count;
    rf_buffer_clear(out);
    if (rf_state_lines(state, rf_slice_of(name), &arena, &found, &count, NULL))
        return RF_SLICE("(error)");
    for (size_t i = 0; i < count; i++)
        rf_buffer_printf(out, "%s%.*s", i ? "|" : "", RF_SLICE_ARG(found[i]));
    return rf_buffer_view(out);
}

static bool put(rf_state *state, const char *name) {
    rf_state_session session = session_of(name);
    return !rf_state_put(state, &session, NULL);
}

RF_TEST(a_session_comes_back_whole) {
    RF_CLEANUP(close_state) rf_state *state = NULL;
    RF_CLEANUP(rf_arena_done) rf_arena arena = small_arena();
    rf_check(!rf_state_open(":memory:", &state, NULL, NULL));
    rf_check(put(state, "main") && put(state, "main"));
    rf_state_session *sessions;
    size_t count;
    rf_check(!rf_state_list(state, &arena, &sessions, &count, NULL) && count == 1);
    rf_check_text(sessions->name, RF_SLICE("main"));
    rf_check_text(sessions->command, RF_SLICE("[\"vim\",\"a b\"]"));
    rf_check_text(sessions->directory, RF_SLICE("/tmp/\xFF"));
    rf_check_text(sessions->title, RF_SLICE("Grüße"));
    rf_check_text(sessions->layout, RF_SLICE("{}"));
    rf_check(sessions->created_ms == INT64_C(1700000000123) && sessions->attached_ms == 5 && sessions->columns == 132 && sessions->rows == 43);
}

RF_TEST(sessions_are_sorted_renamed_and_removed) {
    RF_CLEANUP(close_state) rf_state *state = NULL;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!rf_state_open(":memory:", &state, NULL, NULL));
    rf_check_text(names(state, &out), RF_SLICE(""));
    rf_check(put(state, "b") && put(state, "a") && put(state, "c"));
    rf_check_text(names(state, &out), RF_SLICE("a b c"));
    rf_check(!rf_state_rename(state, RF_SLICE("a"), RF_SLICE("d"), NULL) && !rf_state_rename(state, RF_SLICE("nobody"), RF_SLICE("b"), NULL));
    rf_check_text(names(state, &out), RF_SLICE("b c d"));
    rf_check(!rf_state_rename(state, RF_SLICE("d"), RF_SLICE("b"), NULL) && !rf_state_rename(state, RF_SLICE("b"), RF_SLICE("b"), NULL));
    rf_check_text(names(state, &out), RF_SLICE("b c"));
    rf_check(!rf_state_remove(state, RF_SLICE("b"), NULL) && !rf_state_remove(state, RF_SLICE("nobody"), NULL));
    rf_check_text(names(state, &out), RF_SLICE("c"));
}

RF_TEST(the_scrollback_is_bounded_and_goes_with_its_session) {
    RF_CLEANUP(close_state) rf_state *state = NULL;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    const rf_slice first[] = { RF_SLICE("1"), RF_SLICE(""), RF_SLICE("\x1b[31m3\x1b[m") }, more[] = { RF_SLICE("4"), RF_SLICE("5") };
    rf_check(!rf_state_open(":memory:", &state, NULL, NULL));
    rf_check(put(state, "a") && put(state, "b"));
    rf_check(!rf_state_append_lines(state, RF_SLICE("a"), first, 3, 10, NULL));
    rf_check_text(lines(state, "a", &out), RF_SLICE("1||\x1b[31m3\x1b[m"));
    rf_check(!rf_state_append_lines(state, RF_SLICE("b"), more, 2, 10, NULL) && !rf_state_append_lines(state, RF_SLICE("a"), more, 2, 3, NULL));
    rf_check_text(lines(state, "a", &out), RF_SLICE("\x1b[31m3\x1b[m|4|5"));
    rf_check_text(lines(state, "b", &out), RF_SLICE("4|5"));
    rf_check(!rf_state_append_lines(state, RF_SLICE("b"), first, 3, 2, NULL));
    rf_check_text(lines(state, "b", &out), RF_SLICE("|\x1b[31m3\x1b[m"));
    rf_check(put(state, "a") && !rf_state_rename(state, RF_SLICE("a"), RF_SLICE("b"), NULL));
    rf_check_text(lines(state, "b", &out), RF_SLICE("\x1b[31m3\x1b[m|4|5"));
    rf_check(!rf_state_remove(state, RF_SLICE("b"), NULL) && put(state, "b"));
    rf_check_text(lines(state, "b", &out), RF_SLICE(""));
    rf_check(!rf_state_append_lines(state, RF_SLICE("nobody"), more, 2, 3, NULL));
    rf_check_text(lines(state, "nobody", &out), RF_SLICE(""));
    rf_check(!rf_state_append_lines(state, RF_SLICE("b"), more, 2, 0, NULL));
    rf_check_text(lines(state, "b", &out), RF_SLICE(""));
}

RF_TEST(it_is_there_after_opening_again_and_nobody_else_reads_it) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    char path[128];
    (void)snprintf(path, sizeof path, "%s/deep/er/state.db", dir.path);
    for (int i = 0; i < 2; i++) {
        RF_CLEANUP(close_state) rf_state *state = NULL;
        bool damaged = true;
        rf_check(!rf_state_open(path, &state, &damaged, NULL) && !damaged);
        rf_check_text(names(state, &out), i ? RF_SLICE("main") : RF_SLICE(""));
        rf_check(put(state, "main"));
    }
    struct stat file, folder;
    rf_check(stat(path, &file) == 0 && (file.st_mode & 0777) == 0600);
    *strrchr(path, '/') = '\0';
    rf_check(stat(path, &folder) == 0 && (folder.st_mode & 0777) == 0700);
}

RF_TEST(a_damaged_file_is_set_aside) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(close_state) rf_state *state = NULL;
    rf_check(rf_fixture_dir_init(&dir) && rf_fixture_dir_write(&dir, "state.db", RF_SLICE("this is no database, and long enough to be looked at as one")));
    char path[128];
    (void)snprintf(path, sizeof path, "%s/state.db", dir.path);
    bool damaged = false;
    rf_check(!rf_state_open(path, &state, &damaged, NULL) && damaged && put(state, "main"));
    rf_check_text(names(state, &out), RF_SLICE("main"));
    rf_check(rf_slice_starts(rf_fixture_dir_read(&dir, "state.db.damaged"), RF_SLICE("this is no database")));
}

RF_TEST(one_of_a_newer_riffle_is_refused) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    char path[128];
    (void)snprintf(path, sizeof path, "%s/state.db", dir.path);
    sqlite3 *db;
    int said = sqlite3_open(path, &db);
    said = said ? said : sqlite3_exec(db, "PRAGMA user_version = 7", NULL, NULL, NULL);
    (void)sqlite3_close(db);
    rf_check(said == SQLITE_OK);
    RF_CLEANUP(close_state) rf_state *state = NULL;
    rf_error error;
    rf_check(rf_state_open(path, &state, NULL, &error) == RF_EIO);
    rf_check(strstr(error.message, "was made by a newer riffle (format 7, this one knows 1)"));
}

typedef struct worker { rf_state *state; int number; bool failed; } worker;
static void work(void *arg) {
    worker *w = arg;
    char name[16];
    (void)snprintf(name, sizeof name, "s%d", w->number);
    const rf_slice line = RF_SLICE("line");
    for (int i = 0; i < 20 && !w->failed; i++)
        w->failed = !put(w->state, name) || rf_state_append_lines(w->state, rf_slice_of(name), &line, 1, 10, NULL);
}

RF_TEST(threads_may_share_it) {
    RF_CLEANUP(close_state) rf_state *state = NULL;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!rf_state_open(":memory:", &state, NULL, NULL));
    worker workers[4];
    rf_thread threads[4] = { 0 };
    for (int i = 0; i < 4; i++) {
        workers[i] = (worker){ state, i, false };
        if (rf_thread_start(&threads[i], "state", work, &workers[i], NULL))
            workers[i].failed = true;
    }
    for (int i = 0; i < 4; i++)
        rf_thread_join(&threads[i]);
    for (int i = 0; i < 4; i++)
        rf_check(!workers[i].failed);
    rf_check_text(names(state, &out), RF_SLICE("s0 s1 s2 s3"));
    rf_check_text(lines(state, "s2", &out), RF_SLICE("line|line|line|line|line|line|line|line|line|line"));
}
