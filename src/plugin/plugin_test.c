/* plugin_test.c: loading: files, manifests, rights, signatures, what is said about them, and all plugins of the folders. */
#include "plugin/plugin.h"

#include "base/slice.h"
#include "fixture.h"
#include "harness.h"
#include "script/fusabi/library.h"

#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct place {
    rf_fixture_dir dir;
    rf_plugin_shared shared;
    rf_trust trust;
    rf_plugin_load_options options;
    rf_buffer findings, reports;
    rf_plugin *plugin;
    rf_plugin_list list;
    rf_error error;
    char path[160], manifest[160];
} place;

static void place_done(place *at) {
    rf_plugin_unref(at->plugin);
    rf_plugin_list_done(&at->list);
    rf_plugin_shared_done(&at->shared);
    rf_trust_done(&at->trust);
    rf_buffer_done(&at->findings);
    rf_buffer_done(&at->reports);
    rf_fixture_dir_done(&at->dir);
}
#define PLACE(name) RF_CLEANUP(place_done) place name = { 0 }

static bool place_init(place *at) {
    at->options = (rf_plugin_load_options){ .shared = &at->shared, .trust = &at->trust, .findings = &at->findings };
    return rf_fixture_dir_init(&at->dir) && !rf_plugin_shared_init(&at->shared, NULL, &at->error);
}

static bool write_file(place *at, const char *name, const char *text) { return rf_fixture_dir_write(&at->dir, name, rf_slice_of(text)); }

/* Loads a file that is there, with NAME.toml when `manifest`, in place of what was loaded before. */
static rf_code load(place *at, const char *name, const char *manifest) {
    (void)snprintf(at->path, sizeof at->path, "%s/%s", at->dir.path, name);
    (void)snprintf(at->manifest, sizeof at->manifest, "%s/%s", at->dir.path, manifest ? manifest : "");
    rf_plugin_file file = { .path = at->path, .manifest = manifest ? at->manifest : NULL, .stem = { name, strcspn(name, ".") } };
    rf_plugin_unref(at->plugin);
    at->plugin = NULL;
    rf_buffer_clear(&at->findings);
    at->error = (rf_error){ 0 };
    return rf_plugin_load(&file, &at->options, &at->plugin, &at->error);
}

static rf_code load_text(place *at, const char *name, const char *text) { return write_file(at, name, text) ? load(at, name, NULL) : RF_EIO; }

static bool found(place *at, const char *text) {
    return at->findings.data && memmem(at->findings.data, at->findings.len, text, strlen(text));
}

/* In torture, any step may be the one that had no memory. */
static bool fails(place *at, rf_code code, rf_code expected, const char *message) {
    return (rf_test_torture() && code == RF_ENOMEM) || (code == expected && at->error.code == code && strstr(at->error.message, message));
}

RF_TEST(plugins_of_both_languages_are_loaded) {
    PLACE(at);
    rf_check(place_init(&at));
    rf_check(load_text(&at, "first.fsx", "// @version: 1.2.3\n// @priority: 7\nlet on_output line = line\n") == RF_OK);
    rf_check(at.plugin->kind == &rf_vm_fusabi && at.plugin->manifest.priority == 7 && at.plugin->code && !at.plugin->manifest_path);
    rf_check_text(at.plugin->manifest.name, RF_SLICE("first"));
    rf_check_text(at.plugin->manifest.version, RF_SLICE("1.2.3"));
    rf_check(at.plugin->config.kind == RF_MAP && !at.plugin->signer && at.plugin->granted == 0);
    rf_check(rf_plugin_ref(at.plugin) == at.plugin && at.plugin->references == 2);
    rf_plugin_unref(at.plugin);
    rf_check(at.plugin->references == 1);
    rf_check(load_text(&at, "second.js", "function on_output(line) { return line; }\n") == RF_OK && at.plugin->kind == &rf_vm_javascript);
    rf_check(at.findings.len == 0);
}

RF_TEST(a_manifest_beside_the_script_is_the_manifest) {
    PLACE(at);
    rf_check(place_init(&at));
    rf_check(write_file(&at, "p.fsx", "// @name: wrong\nlet on_output line = line\n") && write_file(&at, "p.toml", "name = \"right\"\npriority = 3\n"));
    rf_check(load(&at, "p.fsx", "p.toml") == RF_OK);
    rf_check_text(at.plugin->manifest.name, RF_SLICE("right"));
    rf_check(at.plugin->manifest.priority == 3 && strcmp(at.plugin->manifest_path, at.manifest) == 0);
    uint8_t hash[32], found_hash[32];
    rf_plugin_hash(at.plugin, found_hash);
    rf_trust_hash(RF_SLICE("// @name: wrong\nlet on_output line = line\n"), RF_SLICE("name = \"right\"\npriority = 3\n"), hash);
    rf_check(memcmp(hash, found_hash, 32) == 0);
    rf_check(write_file(&at, "p.toml", "nmae = \"right\"\n"));
    rf_check(fails(&at, load(&at, "p.fsx", "p.toml"), RF_ECONFIG, "nmae"));
    rf_check(rf_test_torture() || (at.error.place.line == 1 && strstr(at.error.place.file, "p.toml") && found(&at, "p.toml:1:1: error")));
    rf_check(load(&at, "p.fsx", "missing.toml") != RF_OK && !at.plugin);
}

RF_TEST(what_is_wrong_is_shown_at_its_place) {
    static const struct { const char *name, *text; rf_code code; uint32_t line; const char *shown; } rows[] = {
        { "a.fsx", "let x = 1\nlet on_output line = line + )\n", RF_ESCRIPT, 2, "a.fsx:2:" },
        { "b.js", "let x = 1;\nlet y = ;\n", RF_ESCRIPT, 2, "b.js:2:" },
        { "c.fsx", "// @version: 1.0.0\n// @prioritty: 3\nlet x = 1\n", RF_ECONFIG, 2, "did you mean `priority`" },
        { "d.fsx", "// @api: 9.0\nlet x = 1\n", RF_ECONFIG, 1, "9.0" },
        { "e.fzb", "no bytecode", RF_EPARSE, 0, "" },
    };
    PLACE(at);
    rf_check(place_init(&at));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_check(fails(&at, load_text(&at, rows[i].name, rows[i].text), rows[i].code, "") && !at.plugin);
        rf_check(rf_test_torture() || at.error.place.line == rows[i].line);
        rf_check(rf_test_torture() || !rows[i].shown[0] || found(&at, rows[i].shown));
    }
    rf_plugin_file file = { .path = at.path, .stem = RF_SLICE("e") };
    rf_check(rf_plugin_load(&file, &at.options, &at.plugin, NULL) != RF_OK); /* nobody has to want the error */
}

RF_TEST(files_that_are_none_or_too_large_are_not_read) {
    PLACE(at);
    rf_check(place_init(&at));
    rf_check(fails(&at, load(&at, "missing.fsx", NULL), RF_EIO, "no such file"));
    rf_check(write_file(&at, "notes.txt", "text") && fails(&at, load(&at, "notes.txt", NULL), RF_ECONFIG, "must end in .fsx, .fzb or .js"));
    (void)snprintf(at.path, sizeof at.path, "%s/folder.fsx", at.dir.path);
    rf_check(mkdir(at.path, 0700) == 0 && fails(&at, load(&at, "folder.fsx", NULL), RF_EIO, "no plain file"));
    (void)snprintf(at.path, sizeof at.path, "%s/large.js", at.dir.path);
    rf_check(write_file(&at, "large.js", "// ") && truncate(at.path, (16 << 20) + 1) == 0);
    rf_check(fails(&at, load(&at, "large.js", NULL), RF_EIO, "more than the 16777216 that are read"));
}

RF_TEST(the_users_configuration_is_checked) {
    PLACE(at);
    rf_check(place_init(&at));
    rf_check(write_file(&at, "p.fsx", "let on_output line = line\n") && write_file(&at, "p.toml", "[config.level]\ntype = \"int\"\ndefault = 3\n"));
    rf_check(load(&at, "p.fsx", "p.toml") == RF_OK);
    const rf_value *level = rf_value_member(&at.plugin->config, RF_SLICE("level"));
    rf_check(level && level->integer == 3);
    rf_member member = { RF_SLICE("levle"), rf_int(4) };
    rf_value given = { .kind = RF_MAP, .size = 1, .members = &member };
    at.options.config = &given;
    rf_check(fails(&at, load(&at, "p.fsx", "p.toml"), RF_ECONFIG, "levle"));
    rf_check(rf_test_torture() || (strstr(at.error.hint, "level") && found(&at, "levle")));
    member.key = RF_SLICE("level");
    rf_check(load(&at, "p.fsx", "p.toml") == RF_OK);
    level = rf_value_member(&at.plugin->config, RF_SLICE("level"));
    rf_check(level && level->integer == 4);
}

/* ---- Rights ---- */

#define ASKS "// @capabilities: run, ui, send\nlet on_output line =\n    Process.run \"true\" []\n    line\n"

RF_TEST(rights_are_what_is_asked_for_and_free_or_granted) {
    PLACE(at);
    rf_check(place_init(&at));
    rf_check(load_text(&at, "asks.fsx", ASKS) == RF_OK && at.plugin->granted == RF_PLUGIN_CAN_UI);
    rf_check(rf_test_torture() || (found(&at, "which nobody granted; `riffle plugin trust asks` does") && found(&at, "run, send")));
    at.options.grant = RF_PLUGIN_CAN_SEND | RF_PLUGIN_CAN_SCREEN; /* what it does not ask for it does not get */
    rf_check(load(&at, "asks.fsx", NULL) == RF_OK && at.plugin->granted == (RF_PLUGIN_CAN_UI | RF_PLUGIN_CAN_SEND));
    rf_trust_grant grant = { .name = RF_SLICE("asks"), .capabilities = RF_FUS_CAN_RUN };
    rf_plugin_hash(at.plugin, grant.hash);
    rf_check(rf_trust_grant_add(&at.trust, &grant, NULL) == RF_OK && load(&at, "asks.fsx", NULL) == RF_OK);
    rf_check(at.plugin->granted == (RF_PLUGIN_CAN_UI | RF_PLUGIN_CAN_SEND | RF_FUS_CAN_RUN) && at.findings.len == 0);
    rf_check(load_text(&at, "asks.fsx", ASKS "// changed since\n") == RF_OK && !(at.plugin->granted & RF_FUS_CAN_RUN));
}

RF_TEST(what_a_script_uses_and_does_not_ask_for_is_said) {
    PLACE(at);
    rf_check(place_init(&at));
    rf_check(load_text(&at, "quiet.fsx", "let on_output line =\n    Process.run \"true\" []\n    line\n") == RF_OK);
    rf_check(at.plugin->granted == 0);
    rf_check(rf_test_torture() || (found(&at, "quiet.fsx: warning: it calls functions that need run, which its manifest does not ask for")));
    at.options.findings = NULL; /* nobody wants to know */
    rf_check(load(&at, "quiet.fsx", NULL) == RF_OK);
}

/* ---- Signatures ---- */

static const uint8_t good_seed[32] = { 1 }, other_seed[32] = { 2 };

static bool trust_key(place *at, const uint8_t seed[32]) {
    rf_trust_key key = { .name = RF_SLICE("alice") };
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    return crypto_sign_seed_keypair(key.key, secret, seed) == 0 && rf_trust_key_add(&at->trust, &key, NULL) == RF_OK;
}

static bool sign(place *at, const char *text, const uint8_t seed[32]) {
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    uint8_t hash[32];
    rf_trust_hash(rf_slice_of(text), RF_SLICE(""), hash);
    return rf_trust_sign(seed, hash, &line, NULL) == RF_OK && rf_fixture_dir_write(&at->dir, "p.sig", rf_buffer_view(&line));
}

RF_TEST(signatures_are_checked_where_keys_are_known) {
    const char *text = "let on_output line = line\n";
    PLACE(at);
    rf_check(place_init(&at) && trust_key(&at, good_seed));
    rf_check(load_text(&at, "p.fsx", text) == RF_OK && !at.plugin->signer); /* none, and none is required */
    at.options.require_signature = true;
    rf_check(fails(&at, load(&at, "p.fsx", NULL), RF_EREFUSED, "has no signature"));
    rf_check(sign(&at, text, good_seed) && load(&at, "p.fsx", NULL) == RF_OK);
    rf_check(strcmp(at.plugin->signer, "alice") == 0);
    at.options.require_signature = false;
    rf_check(sign(&at, text, other_seed) && fails(&at, load(&at, "p.fsx", NULL), RF_EREFUSED, "p.sig: the signature was made with a key"));
    rf_check(sign(&at, "let on_output line = other\n", good_seed) && fails(&at, load(&at, "p.fsx", NULL), RF_EREFUSED, "does not fit"));
    rf_check(write_file(&at, "p.sig", "nonsense") && fails(&at, load(&at, "p.fsx", NULL), RF_EPARSE, "not a signature file"));
    at.options.trust = NULL;
    at.options.require_signature = true;
    rf_check(sign(&at, text, good_seed) && fails(&at, load(&at, "p.fsx", NULL), RF_EREFUSED, "not trusted"));
}

/* ---- All of them ---- */

static void report(void *user, const rf_plugin_file *file, const rf_error *error) {
    place *at = user;
    rf_buffer_printf(&at->reports, "%.*s: %s\n", RF_SLICE_ARG(file->stem), error->message);
}

static rf_code load_all(place *at) {
    const char *dirs[] = { at->dir.path, "/nonexistent/riffle/plugins", NULL };
    rf_plugin_list_done(&at->list);
    rf_buffer_clear(&at->reports);
    return rf_plugin_load_all(dirs, &at->options, report, at, &at->list, &at->error);
}

static bool reported(const place *at, const char *text) {
    return at->reports.data && memmem(at->reports.data, at->reports.len, text, strlen(text));
}

RF_TEST(all_plugins_come_by_priority_then_name) {
    PLACE(at);
    rf_check(place_init(&at));
    rf_check(write_file(&at, "zoe.fsx", "// @priority: 5\nlet on_output line = line\n") && write_file(&at, "bob.js", "function on_output(line) {}\n")
             && write_file(&at, "al.fsx", "let on_output line = line\n") && write_file(&at, "bo.fsx", "// @name: b\nlet on_output line = line\n")
             && write_file(&at, "low.fsx", "// @priority: -1\nlet on_output line = line\n"));
    rf_check(load_all(&at) == RF_OK);
    static const char *const names[] = { "zoe", "al", "b", "bob", "low" };
    rf_check(at.list.count == 5 && at.list.failed == 0 && at.reports.len == 0);
    for (size_t i = 0; i < 5; i++)
        rf_check_text(at.list.items[i]->manifest.name, rf_slice_of(names[i]));
}

RF_TEST(plugins_that_are_broken_clash_or_are_disabled_are_left_out) {
    PLACE(at);
    rf_check(place_init(&at));
    rf_check(write_file(&at, "good.fsx", "let on_output line = line\n") && write_file(&at, "broken.fsx", "let on_output line = (\n")
             && write_file(&at, "one.fsx", "// @name: same\nlet x = 1\n") && write_file(&at, "two.js", "// @name: same\nlet x = 1;\n")
             && write_file(&at, "off.fsx", "let on_output line = line\n") && write_file(&at, "off-broken.fsx", "let on_output line = (\n"));
    rf_check(rf_trust_disable(&at.trust, RF_SLICE("off"), true, NULL) == RF_OK && rf_trust_disable(&at.trust, RF_SLICE("off-broken"), true, NULL) == RF_OK);
    rf_check(load_all(&at) == RF_OK);
    rf_check(at.list.count == 1 && at.list.failed == 3);
    rf_check_text(at.list.items[0]->manifest.name, RF_SLICE("good"));
    rf_check(rf_test_torture() || (reported(&at, "broken: ") && !reported(&at, "off") && reported(&at, "one.fsx") && reported(&at, "two.js")));
    rf_check(rf_test_torture() || reported(&at, "the name same is taken twice"));
    at.options.trust = NULL;
    rf_check(load_all(&at) == RF_OK && at.list.count == 2 && at.list.failed == 4);
}
