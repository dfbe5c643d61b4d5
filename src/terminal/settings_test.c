/* settings_test.c: term.toml: defaults, values, what is found wrong, the manual. */
#include "harness.h"

#include "base/slice.h"
#include "fixture.h"
#include "terminal/settings.h"

#include <stdio.h>
#include <sys/stat.h>

typedef struct reading { rf_settings settings; rf_buffer findings; rf_error error; rf_code code; } reading;
static void reading_done(reading *r) {
    rf_settings_done(&r->settings);
    rf_buffer_done(&r->findings);
}
static reading read_text(const char *text) {
    reading r = { 0 };
    const rf_source source = { "term.toml", rf_slice_of(text) };
    r.code = rf_settings_read(&source, &r.settings, &r.findings, &r.error);
    return r;
}

RF_TEST(an_empty_file_gives_the_defaults) {
    RF_CLEANUP(reading_done) reading r = read_text("");
    rf_check(!r.code);
    rf_check_text(r.settings.shell, RF_SLICE(""));
    rf_check_text(r.settings.term, RF_SLICE("xterm-256color"));
    rf_check_text(r.settings.size, RF_SLICE("lead"));
    rf_check_text(r.settings.key_detach, RF_SLICE("ctrl-\\ d"));
    rf_check_text(r.settings.key_scroll, RF_SLICE("ctrl-\\ ["));
    rf_check(r.settings.scrollback_lines == 10000 && r.settings.scrollback_mb == 64 && r.settings.record_version == 2 && r.settings.record_mb == 1024);
    rf_check(r.settings.status_line && r.settings.clipboard && r.settings.reload);
    rf_check(!r.settings.login && !r.settings.keep_scrollback && !r.settings.record && !r.settings.record_input && !r.settings.require_signature);
    rf_check(r.settings.plugin_count == 0 && r.findings.len == 0);
}

RF_TEST(every_setting_is_read_and_the_source_need_not_live_on) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_buffer_text(&text, "shell = \"/bin/zsh\"\nlogin = true\nscrollback_lines = 0\nsize = 'ignore'\nhttp = \"[::1]:4196\"\n"
                          "[keys]\ndetach = \"ctrl-]\"\nscroll = \"\"\n[recording]\nversion = 3\nall = true\ndir = \"/tmp/aufnahmen-ü\"\n");
    const rf_source source = { "term.toml", rf_buffer_view(&text) };
    RF_CLEANUP(rf_settings_done) rf_settings settings = { 0 };
    rf_check(!text.failed);
    rf_check(!rf_settings_read(&source, &settings, NULL, NULL));
    memset(text.data, 'x', text.len);
    rf_check_text(settings.shell, RF_SLICE("/bin/zsh"));
    rf_check_text(settings.size, RF_SLICE("ignore"));
    rf_check_text(settings.http, RF_SLICE("[::1]:4196"));
    rf_check_text(settings.key_detach, RF_SLICE("ctrl-]"));
    rf_check_text(settings.key_palette, RF_SLICE("ctrl-\\ p"));
    rf_check_text(settings.key_scroll, RF_SLICE(""));
    rf_check_text(settings.record_dir, RF_SLICE("/tmp/aufnahmen-ü"));
    rf_check(settings.login && settings.scrollback_lines == 0 && settings.record_version == 3 && settings.record);
}

RF_TEST(plugins_come_sorted_with_grants_and_configuration) {
    RF_CLEANUP(reading_done) reading r = read_text("[plugins.redact]\n[plugins.guard]\nenabled = false\ngrant = [\"send\", \"network\", \"send\"]\n"
                                                   "config = { words = [\"rm -rf\", \"\"], limit = 3, share = 0.5, on = true }\n"
                                                   "[plugins.audit]\n[plugins.audit.config]\nfile = \"a.log\"\n");
    rf_check(!r.code && r.settings.plugin_count == 3);
    const rf_settings_plugin *audit = &r.settings.plugins[0], *guard = &r.settings.plugins[1], *redact = &r.settings.plugins[2];
    rf_check_text(audit->name, RF_SLICE("audit"));
    rf_check_text(redact->name, RF_SLICE("redact"));
    rf_check(audit->enabled && !guard->enabled && redact->enabled && redact->config.kind == RF_MAP && redact->config.size == 0);
    rf_check(guard->grant_count == 2 && redact->grant_count == 0);
    rf_check_text(guard->grant[1], RF_SLICE("network"));
    const rf_value *words = rf_value_member(&guard->config, RF_SLICE("words")), *limit = rf_value_member(&guard->config, RF_SLICE("limit"));
    const rf_value *share = rf_value_member(&guard->config, RF_SLICE("share")), *on = rf_value_member(&guard->config, RF_SLICE("on"));
    rf_check(words && words->kind == RF_LIST && words->size == 2 && limit && limit->kind == RF_INT && limit->integer == 3);
    rf_check_text(rf_value_text(&words->items[0]), RF_SLICE("rm -rf"));
    rf_check(share && share->kind == RF_DOUBLE && on && on->truth);
    const rf_value *file = rf_value_member(&audit->config, RF_SLICE("file"));
    rf_check(file && file->kind == RF_STRING);
    rf_check_text(rf_value_text(file), RF_SLICE("a.log"));
}

RF_TEST(what_is_wrong_is_shown_where_it_stands) {
    static const struct { const char *text, *message, *hint; uint32_t line, column; } cases[] = {
        { "login = true\nscrollbck_lines = 5", "unknown key `scrollbck_lines` at the top of the file", "did you mean `scrollback_lines`?", 2, 1 },
        { "[key]\ndetach = 'x'", "unknown key `key` at the top of the file", "did you mean `keys`?", 1, 2 },
        { "[keys]\ndetatch = 'x'", "unknown key `detatch` in [keys]", "did you mean `detach`?", 2, 1 },
        { "login = 1", "`login` must be true or false, this is of kind integer", "", 1, 9 },
        { "scrollback_lines = \"5\"", "`scrollback_lines` must be a whole number, this is of kind string", "write it without quotes: 5", 1, 20 },
        { "scrollback_mb = 0", "`scrollback_mb` must be from 1 to 65536, this is 0", "", 1, 17 },
        { "shell = 5", "`shell` must be a text in quotes, this is of kind integer", "", 1, 9 },
        { "shell = \"a\\nb\"", "the text has a control character or a line break in it", "", 1, 9 },
        { "size = 'leed'", "`size` is not `leed`", "did you mean `lead`?", 1, 8 },
        { "size = 'xxxxxxxx'", "`size` is not `xxxxxxxx`", "it is `lead`, `limit` or `ignore`", 1, 8 },
        { "http = 'localhost'", "this is no address", "a host and a port, such as 127.0.0.1:4196 or [::1]:4196", 1, 8 },
        { "keys = 5", "`keys` must be a table, this is of kind integer", "", 1, 8 },
        { "[keys]\ndetach = 'ctrl-nix'", "`ctrl-nix` is no key",
          "one or two keys, parted by one blank, such as \"ctrl-]\" or \"ctrl-b d\"; \"\" for none", 2, 10 },
        { "[keys]\ndetach = 'ctrl-a '", "`` is no key",
          "one or two keys, parted by one blank, such as \"ctrl-]\" or \"ctrl-b d\"; \"\" for none", 2, 10 },
        { "[keys]\ndetach = 'ctrl-b'\npalette = 'ctrl-b p'", "the keys of `detach` are the beginning of those of `palette`", "", 3, 11 },
        { "[keys]\nscroll = \"ctrl-\\\\ d\"", "the keys of `detach` are the beginning of those of `scroll`", "", 2, 10 },
        { "plugins = 1", "`plugins` must be a table, this is of kind integer", "", 1, 11 },
        { "plugins.a = 1", "`a` must be a table: [plugins.NAME], this is of kind integer", "", 1, 13 },
        { "[plugins.'No!']", "no plugin can be called `No!`", "a-z, 0-9, - and _, a letter or digit first, at most 64", 1, 10 },
        { "[plugins.a]\nenable = true", "unknown key `enable` of a plugin", "did you mean `enabled`?", 2, 1 },
        { "[plugins.a]\nenabled = 'yes'", "`enabled` must be true or false, this is of kind string", "", 2, 11 },
        { "[plugins.a]\ngrant = ['sned']", "unknown capability `sned`", "did you mean `send`?", 2, 10 },
        { "[plugins.a]\ngrant = 'send'", "`grant` must be a list of texts, this is of kind string", "", 2, 9 },
        { "[plugins.a]\nconfig = []", "`config` must be a table, this is of kind array", "", 2, 10 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        RF_CLEANUP(reading_done) reading r = read_text(cases[i].text);
        rf_check(r.code == RF_ECONFIG);
        rf_check_text(rf_slice_of(r.error.message), rf_slice_of(cases[i].message));
        rf_check_text(rf_slice_of(r.error.hint), rf_slice_of(cases[i].hint));
        rf_check_text(rf_slice_of(r.error.place.file), RF_SLICE("term.toml"));
        rf_check(r.error.place.line == cases[i].line && r.error.place.column == cases[i].column);
    }
}

RF_TEST(all_findings_are_shown_and_what_is_right_counts) {
    RF_CLEANUP(reading_done) reading r = read_text("login = true\nfoo = 1\nsize = 'leed'\nscrollback_mb = 5\n");
    rf_check(r.code == RF_ECONFIG && r.settings.login && r.settings.scrollback_mb == 5);
    rf_check_text(r.settings.size, RF_SLICE("lead"));
    rf_check_text(rf_buffer_view(&r.findings), RF_SLICE(
        "term.toml:2:1: error: unknown key `foo` at the top of the file\n"
        "   2 | foo = 1\n"
        "     | ^\n"
        "term.toml:3:8: error: `size` is not `leed`\n"
        "   3 | size = 'leed'\n"
        "     |        ^\n"
        "hint: did you mean `lead`?\n"));
}

RF_TEST(what_is_no_toml_is_said) {
    RF_CLEANUP(reading_done) reading r = read_text("login = true\nshell = \n");
    rf_check(r.code == RF_EPARSE && r.error.place.line == 2 && rf_slice_starts(rf_buffer_view(&r.findings), RF_SLICE("term.toml:2:")));
}

RF_TEST(the_example_says_the_defaults_and_stands_in_the_manual) {
    RF_CLEANUP(rf_buffer_done) rf_buffer example = { 0 }, manual = { 0 };
    rf_settings_example(&example);
    rf_settings_manual(&manual);
    const char *text = rf_buffer_cstr(&example);
    rf_check(text && !manual.failed && memmem(manual.data, manual.len, text, example.len));
    RF_CLEANUP(reading_done) reading r = read_text(text), empty = read_text("");
    rf_check(!r.code && !empty.code && r.settings.plugin_count == 1);
    for (const rf_setting *row = rf_setting_rows; row->name; row++) {
        const void *one = (char *)&r.settings + row->at, *other = (char *)&empty.settings + row->at;
        if (row->kind == RF_SETTING_FLAG)
            rf_check(*(const bool *)one == *(const bool *)other);
        else if (row->kind == RF_SETTING_NUMBER)
            rf_check(*(const int64_t *)one == *(const int64_t *)other);
        else
            rf_check_text(*(const rf_slice *)one, *(const rf_slice *)other);
    }
}

RF_TEST(the_file_is_found_and_its_lack_is_no_error) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 256);
    rf_check(rf_fixture_dir_init(&dir));
    char path[128];
    const char *found;
    (void)snprintf(path, sizeof path, "%s/term.toml", dir.path);
    rf_check(setenv("RIFFLE_TERM_CONFIG", path, 1) == 0);
    rf_code code = rf_settings_path(&arena, &found, NULL);
    (void)unsetenv("RIFFLE_TERM_CONFIG");
    rf_check(!code && strcmp(found, path) == 0);
    const char *home = getenv("HOME");
    rf_check(setenv("XDG_CONFIG_HOME", "/c", 1) == 0 && setenv("HOME", home ? home : "/", 1) == 0);
    code = rf_settings_path(&arena, &found, NULL);
    (void)unsetenv("XDG_CONFIG_HOME");
    rf_check(!code && strcmp(found, "/c/riffle/term.toml") == 0);
    RF_CLEANUP(reading_done) reading r = { 0 };
    rf_check(!rf_settings_load(path, &r.settings, &r.findings, NULL) && r.settings.status_line);
}

RF_TEST(a_file_is_read_unless_everybody_may_write_it) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    rf_check(rf_fixture_dir_init(&dir) && rf_fixture_dir_write(&dir, "term.toml", RF_SLICE("status_line = false\n")));
    char path[128];
    (void)snprintf(path, sizeof path, "%s/term.toml", dir.path);
    RF_CLEANUP(reading_done) reading r = { 0 }, open = { 0 }, folder = { 0 };
    rf_check(!rf_settings_load(path, &r.settings, &r.findings, NULL) && !r.settings.status_line);
    rf_check(chmod(path, 0666) == 0);
    rf_check(rf_settings_load(path, &open.settings, &open.findings, &open.error) == RF_EIO);
    rf_check(strstr(open.error.message, "may be written by everybody (mode 0666)") && open.findings.len > 0);
    rf_check(rf_settings_load(dir.path, &folder.settings, NULL, &folder.error) == RF_EIO && strstr(folder.error.message, "are no file"));
}
