/* discover_test.c: folders of plugins and what is found in them. */
#include "fixture.h"
#include "harness.h"

#include "base/slice.h"
#include "plugin/discover.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Paths ---- */

static const char *const names[] = { "HOME", "RIFFLE_PLUGIN_PATH", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_DIRS" };
enum { NAME_COUNT = sizeof names / sizeof *names };

/* The environment as it was, put back at the end. */
typedef struct environment { char old[NAME_COUNT][500]; bool was_set[NAME_COUNT]; } environment;

static void environment_done(environment *e) {
    for (size_t i = 0; i < NAME_COUNT; i++)
        (void)(e->was_set[i] ? setenv(names[i], e->old[i], 1) : unsetenv(names[i]));
}

/* Sets the variables of "HOME=/h XDG_DATA_HOME=/d"; all others are not set. */
static void environment_init(environment *e, const char *settings) {
    for (size_t i = 0; i < NAME_COUNT; i++) {
        const char *value = getenv(names[i]);
        e->was_set[i] = value != NULL;
        (void)snprintf(e->old[i], sizeof e->old[i], "%s", value ? value : "");
        (void)unsetenv(names[i]);
    }
    for (rf_slice left = rf_slice_of(settings); left.len;) {
        size_t len = rf_slice_find(left, ' '), equals = rf_slice_find(left, '=');
        char name[64], value[300];
        (void)snprintf(name, sizeof name, "%.*s", (int)equals, left.data);
        (void)snprintf(value, sizeof value, "%.*s", (int)(len - equals - 1), left.data + equals + 1);
        (void)setenv(name, value, 1);
        left = len < left.len ? (rf_slice){ left.data + len + 1, left.len - len - 1 } : RF_SLICE("");
    }
}

/* The folders, then the three files, a line each; or the error. */
static void show_paths(const char *settings, rf_buffer *out) {
    RF_CLEANUP(environment_done) environment e;
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    environment_init(&e, settings);
    rf_plugin_paths paths;
    rf_error error = { 0 };
    if (rf_plugin_paths_find(&arena, &paths, &error)) {
        rf_buffer_text(out, error.message);
        return;
    }
    for (const char *const *at = paths.dirs; *at; at++)
        rf_buffer_printf(out, "%s\n", *at);
    rf_buffer_printf(out, "%s %s %s", paths.trust, paths.cache, paths.store);
}

#define SYSTEM "/etc/xdg/riffle/plugins\n/usr/local/share/riffle/plugins\n/usr/share/riffle/plugins\n/usr/local/lib/riffle/plugins\n/usr/lib/riffle/plugins\n"
#define IN_H "/h/.config/riffle/plugins\n/h/.local/share/riffle/plugins\n"
#define FILES_IN_H "/h/.config/riffle/trust.toml /h/.cache/riffle/fusabi /h/.local/state/riffle/plugins.db"

RF_TEST(paths_follow_the_xdg_rules) {
    static const char *const rows[][2] = {
        { "HOME=/h", IN_H SYSTEM FILES_IN_H },
        { "HOME=/h/ XDG_CONFIG_HOME=relative XDG_DATA_HOME= XDG_CONFIG_DIRS=", IN_H SYSTEM FILES_IN_H },
        { "HOME=/h RIFFLE_PLUGIN_PATH=/p:rel:/q//::/p:/h/.config/riffle/plugins", "/p\n/q\n" IN_H SYSTEM FILES_IN_H },
        { "XDG_CONFIG_HOME=/c XDG_DATA_HOME=/d XDG_CACHE_HOME=/k XDG_STATE_HOME=/s XDG_CONFIG_DIRS=/a:/b XDG_DATA_DIRS=/d",
          "/c/riffle/plugins\n/d/riffle/plugins\n/a/riffle/plugins\n/b/riffle/plugins\n/usr/local/lib/riffle/plugins\n/usr/lib/riffle/plugins\n"
          "/c/riffle/trust.toml /k/riffle/fusabi /s/riffle/plugins.db" },
        { "HOME=/ XDG_CONFIG_DIRS=/etc XDG_DATA_DIRS=/usr/lib", "/.config/riffle/plugins\n/.local/share/riffle/plugins\n/etc/riffle/plugins\n/usr/lib/riffle/plugins\n"
          "/usr/local/lib/riffle/plugins\n/.config/riffle/trust.toml /.cache/riffle/fusabi /.local/state/riffle/plugins.db" },
        { "", "neither HOME nor XDG_CONFIG_HOME is set to an absolute path" },
        { "HOME=h XDG_CONFIG_HOME=/c", "neither HOME nor XDG_DATA_HOME is set to an absolute path" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        show_paths(rows[i][0], &out);
        rf_check_text(rf_buffer_view(&out), rf_slice_of(rows[i][1]));
    }
}

/* ---- Files ---- */

/* Writes empty files, whose names stand with blanks between; "x/" makes a folder. */
static bool fill(const rf_fixture_dir *dir, const char *list) {
    bool good = true;
    for (rf_slice left = rf_slice_of(list); left.len && good;) {
        size_t len = rf_slice_find(left, ' ');
        char name[100], path[200];
        (void)snprintf(name, sizeof name, "%.*s", (int)len, left.data);
        (void)snprintf(path, sizeof path, "%s/%s", dir->path, name);
        good = name[len - 1] == '/' ? mkdir(path, 0755) == 0 : rf_fixture_dir_write(dir, name, RF_SLICE("x"));
        left = len < left.len ? (rf_slice){ left.data + len + 1, left.len - len - 1 } : RF_SLICE("");
    }
    return good;
}

/* A file's path below the folder, its stem, and + with a manifest. */
static void put_file(rf_buffer *out, const rf_fixture_dir *dir, const rf_plugin_file *file) {
    rf_buffer_printf(out, "%s:%.*s%s ", file->path + strlen(dir->path) + 1, RF_SLICE_ARG(file->stem), file->manifest ? "+" : "");
}

static void show_files(const rf_fixture_dir *dir, const char *const *dirs, rf_buffer *out) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    rf_plugin_file *files;
    size_t count;
    rf_error error = { 0 };
    if (rf_plugin_discover(&arena, dirs, &files, &count, &error))
        rf_buffer_text(out, error.message);
    for (size_t i = 0; !error.code && i < count; i++)
        put_file(out, dir, &files[i]);
}

RF_TEST(plugins_are_found_in_order) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(fill(&dir, "b.fsx a.js a.toml c.fzb .hidden.js d.test.fsx notes.txt .fsx e.JS f/ f/f.fsx f/f.toml f/g.fsx f/f.test.fsx b/ b/b.js h.fsx/ i.test/ i.test/i.test.js .k/ .k/.k.js"));
    const char *dirs[] = { "/nonexistent/folder", dir.path, NULL };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    show_files(&dir, dirs, &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("a.js:a+ b.fsx:b b/b.js:b c.fzb:c f/f.fsx:f+ "));
}

RF_TEST(folders_keep_their_order) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(fill(&dir, "x/ x/b.js x/a.js y/ y/c.js y/a.js"));
    char x[100], y[100], file[100];
    (void)snprintf(x, sizeof x, "%s/x", dir.path);
    (void)snprintf(y, sizeof y, "%s/y", dir.path);
    (void)snprintf(file, sizeof file, "%s/x/b.js", dir.path);
    const char *dirs[] = { y, file, x, NULL };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    show_files(&dir, dirs, &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("y/a.js:a y/c.js:c x/a.js:a x/b.js:b "));
    const char *none[] = { NULL };
    rf_buffer_clear(&out);
    show_files(&dir, none, &out);
    rf_check(out.len == 0);
}

/* Sets a file's time of change, in seconds. */
static bool set_time(const rf_fixture_dir *dir, const char *name, time_t seconds) {
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", dir->path, name);
    struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };
    return utimensat(AT_FDCWD, path, times, 0) == 0;
}

RF_TEST(what_was_compiled_stands_behind_its_script) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(fill(&dir, "new.fsx new.fzb old.fsx old.fzb same.fsx same.fzb same.js p/ p/p.fsx p/p.fzb"));
    rf_check(set_time(&dir, "new.fsx", 100) && set_time(&dir, "new.fzb", 200) && set_time(&dir, "old.fsx", 200) && set_time(&dir, "old.fzb", 100));
    rf_check(set_time(&dir, "same.fsx", 100) && set_time(&dir, "same.fzb", 100) && set_time(&dir, "p/p.fsx", 1) && set_time(&dir, "p/p.fzb", 2));
    const char *dirs[] = { dir.path, NULL };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    show_files(&dir, dirs, &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("new.fsx:new old.fsx:old old.fzb:old p/p.fsx:p same.fsx:same same.js:same "));
}

/* What an argument leads to, or the error; @ in both stands for the folder. */
static void show_located(const rf_fixture_dir *dir, const char *argument, rf_buffer *out) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    char full[200];
    (void)snprintf(full, sizeof full, "%s%s", argument[0] == '@' ? dir->path : "", argument + (argument[0] == '@'));
    const char *dirs[] = { dir->path, NULL };
    rf_plugin_file file;
    rf_error error = { 0 };
    rf_code code = rf_plugin_locate(&arena, dirs, full, &file, &error);
    if (!code) {
        put_file(out, dir, &file);
        return;
    }
    const char *at = strstr(error.message, dir->path);
    size_t before = at ? (size_t)(at - error.message) : strlen(error.message);
    rf_buffer_printf(out, "%.*s%s%s; %s", (int)before, error.message, at ? "@" : "", at ? at + strlen(dir->path) : "", error.hint);
}

RF_TEST(an_argument_is_a_path_or_a_name) {
    static const char *const rows[][2] = {
        { "count", "count.fsx:count+ " }, { "@/count.fsx", "count.fsx:count+ " }, { "words", "words/words.js:words " }, { "@/words/words.js", "words/words.js:words " },
        { "@/x.test.js", "x.test.js:x.test " }, { "x.test", "no plugin is called `x.test`; a file is given by its path, such as ./x.test.fsx" },
        { "cuont", "no plugin is called `cuont`; did you mean `count`?" }, { "none.js", "there is no file none.js; " }, { "", "no plugin is called ``; " },
        { "@/none.js", "there is no file @/none.js; " }, { "@/words", "there is no file @/words; it is a folder; give the path of the script in it" },
        { "@/notes.txt", "the file @/notes.txt is no plugin; plugins end in .fsx, .fzb or .js" }, { "@/.js", "the file @/.js is no plugin; plugins end in .fsx, .fzb or .js" },
        { "@/count.fsx/x.js", "there is no file @/count.fsx/x.js; " },
    };
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    rf_check(rf_fixture_dir_init(&dir));
    rf_check(fill(&dir, "count.fsx count.toml words/ words/words.js x.test.js notes.txt .js"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        show_located(&dir, rows[i][0], &out);
        rf_check_text(rf_buffer_view(&out), rf_slice_of(rows[i][1]));
    }
}
