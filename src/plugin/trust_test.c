/* trust_test.c: grants, the trust list's file, hashes and signatures. */
#include "harness.h"

#include "base/slice.h"
#include "fixture.h"
#include "plugin/manifest.h"
#include "plugin/trust.h"
#include "script/fusabi/library.h"

#include <stdio.h>
#include <sys/stat.h>

#define SCRIPT RF_SLICE("let on_output line = Continue\n")
#define MANIFEST RF_SLICE("name = \"calm\"\n")
#define ZEROES "0000000000000000000000000000000000000000000000000000000000000000"

typedef struct place { rf_fixture_dir dir; rf_buffer path; } place;
static void place_done(place *at) {
    rf_fixture_dir_done(&at->dir);
    rf_buffer_done(&at->path);
}
static const char *place_init(place *at, const char *name) {
    if (!rf_fixture_dir_init(&at->dir))
        return NULL;
    rf_buffer_printf(&at->path, "%s/%s", at->dir.path, name);
    return rf_buffer_cstr(&at->path);
}

/* ---- In memory ---- */

RF_TEST(a_grant_is_for_the_content_that_was_looked_at) {
    RF_CLEANUP(rf_trust_done) rf_trust trust = { 0 };
    uint8_t other[32];
    rf_trust_grant grant = { .name = RF_SLICE("calm"), .capabilities = RF_FUS_CAN_RUN | RF_PLUGIN_CAN_SEND };
    rf_trust_hash(SCRIPT, MANIFEST, grant.hash);
    rf_trust_hash(SCRIPT, RF_SLICE(""), other);
    rf_check(rf_trust_granted(&trust, RF_SLICE("calm"), grant.hash) == 0);
    rf_check(!rf_trust_grant_add(&trust, &grant, NULL));
    rf_check(rf_trust_granted(&trust, RF_SLICE("calm"), grant.hash) == (RF_FUS_CAN_RUN | RF_PLUGIN_CAN_SEND));
    rf_check(rf_trust_granted(&trust, RF_SLICE("calm"), other) == 0);
    rf_check(rf_trust_granted(&trust, RF_SLICE("cal"), grant.hash) == 0);
    grant.any_version = true;
    grant.capabilities = RF_FUS_CAN_RUN;
    rf_check(!rf_trust_grant_add(&trust, &grant, NULL));
    rf_check(trust.grant_count == 1);
    rf_check(rf_trust_granted(&trust, RF_SLICE("calm"), other) == RF_FUS_CAN_RUN);
}

RF_TEST(names_are_copied_and_disabling_goes_both_ways) {
    RF_CLEANUP(rf_trust_done) rf_trust trust = { 0 };
    char name[] = "first";
    rf_check(!rf_trust_disable(&trust, rf_slice_of(name), true, NULL));
    name[0] = 'x';
    rf_check(!rf_trust_disable(&trust, RF_SLICE("second"), true, NULL));
    rf_check(!rf_trust_disable(&trust, RF_SLICE("second"), true, NULL));
    rf_check(!rf_trust_disable(&trust, RF_SLICE("third"), true, NULL));
    rf_check(trust.disabled_count == 3 && rf_trust_is_disabled(&trust, RF_SLICE("first")));
    rf_check(!rf_trust_is_disabled(&trust, RF_SLICE("xirst")));
    rf_check(!rf_trust_disable(&trust, RF_SLICE("first"), false, NULL));
    rf_check(!rf_trust_disable(&trust, RF_SLICE("first"), false, NULL));
    rf_check(trust.disabled_count == 2 && !rf_trust_is_disabled(&trust, RF_SLICE("first")));
    rf_check(rf_trust_is_disabled(&trust, RF_SLICE("second")) && rf_trust_is_disabled(&trust, RF_SLICE("third")));
}

/* ---- The file ---- */

static bool same_lists(const rf_trust *a, const rf_trust *b) {
    bool same = a->grant_count == b->grant_count && a->key_count == b->key_count && a->disabled_count == b->disabled_count;
    for (size_t i = 0; i < a->grant_count && same; i++) {
        const rf_trust_grant *x = &a->grants[i], *y = &b->grants[i];
        same = rf_slice_eq(x->name, y->name) && x->capabilities == y->capabilities && x->any_version == y->any_version
               && (x->any_version || memcmp(x->hash, y->hash, 32) == 0);
    }
    for (size_t i = 0; i < a->key_count && same; i++)
        same = rf_slice_eq(a->keys[i].name, b->keys[i].name) && memcmp(a->keys[i].key, b->keys[i].key, 32) == 0;
    for (size_t i = 0; i < a->disabled_count && same; i++)
        same = rf_slice_eq(a->disabled[i], b->disabled[i]);
    return same;
}

RF_TEST(what_is_saved_is_loaded) {
    RF_CLEANUP(place_done) place at = { 0 };
    RF_CLEANUP(rf_trust_done) rf_trust trust = { 0 };
    RF_CLEANUP(rf_trust_done) rf_trust loaded = { 0 };
    const char *path = place_init(&at, "new/folder/trust.toml");
    struct stat info;
    rf_trust_grant some = { .name = RF_SLICE("calm"), .capabilities = RF_FUS_CAN_READ_FILES | RF_PLUGIN_CAN_SCREEN };
    rf_trust_grant all = { .name = RF_SLICE("wild \"\\\n"), .capabilities = RF_FUS_CAN_ALL, .any_version = true };
    rf_trust_grant none = { .name = RF_SLICE("none") };
    rf_trust_key key = { .name = RF_SLICE("ada"), .key = { 1, 2, 0xAB } };
    rf_trust_hash(SCRIPT, MANIFEST, some.hash);
    rf_check(path && !rf_trust_save(path, &trust, NULL));
    rf_check(!rf_trust_load(path, &loaded, NULL) && same_lists(&trust, &loaded));
    rf_trust_done(&loaded);
    rf_check(!rf_trust_grant_add(&trust, &some, NULL) && !rf_trust_grant_add(&trust, &all, NULL) && !rf_trust_grant_add(&trust, &none, NULL));
    rf_check(!rf_trust_key_add(&trust, &key, NULL));
    rf_check(!rf_trust_disable(&trust, RF_SLICE("off"), true, NULL) && !rf_trust_disable(&trust, RF_SLICE("\xC3\xA9"), true, NULL));
    rf_check(!rf_trust_save(path, &trust, NULL));
    rf_check(stat(path, &info) == 0 && (info.st_mode & 0777) == 0600);
    rf_check(!rf_trust_load(path, &loaded, NULL) && same_lists(&trust, &loaded));
    key.key[0] = 9;
    rf_check(!rf_trust_key_add(&loaded, &key, NULL) && loaded.key_count == 1 && loaded.keys[0].key[0] == 9);
    rf_check(!same_lists(&trust, &loaded));
}

RF_TEST(a_file_that_is_not_there_is_an_empty_list) {
    RF_CLEANUP(place_done) place at = { 0 };
    RF_CLEANUP(rf_trust_done) rf_trust trust = { 0 };
    const char *path = place_init(&at, "trust.toml");
    rf_check(path && !rf_trust_load(path, &trust, NULL));
    rf_check(trust.grant_count == 0 && trust.key_count == 0 && trust.disabled_count == 0);
    rf_check(!rf_trust_disable(&trust, RF_SLICE("x"), true, NULL));
}

RF_TEST(a_list_that_others_may_write_is_not_read) {
    RF_CLEANUP(place_done) place at = { 0 };
    RF_CLEANUP(rf_trust_done) rf_trust trust = { 0 };
    rf_error error;
    const char *path = place_init(&at, "trust.toml");
    rf_check(path && rf_fixture_dir_write(&at.dir, "trust.toml", RF_SLICE("disabled = [\"x\"]\n")));
    rf_check(chmod(path, 0622) == 0);
    rf_check(rf_trust_load(path, &trust, &error) == RF_EIO);
    rf_check(strstr(error.message, "may be written by others (mode 0622)") && strstr(error.hint, "chmod go-w"));
    rf_check(chmod(path, 0644) == 0);
    rf_check(!rf_trust_load(path, &trust, &error) && rf_trust_is_disabled(&trust, RF_SLICE("x")));
    rf_trust_done(&trust);
    rf_check(rf_trust_load(at.dir.path, &trust, &error) == RF_EIO && strstr(error.message, "is no file"));
    rf_check(rf_trust_load("/dev/null/trust.toml", &trust, &error) == RF_EIO && strstr(error.message, "cannot open the trust list"));
    rf_check(rf_trust_save("/dev/null/trust.toml", &trust, &error) == RF_EIO && strstr(error.message, "cannot make the folder `/dev/null`"));
    rf_check(rf_trust_save(at.dir.path, &trust, &error) == RF_EIO && strstr(error.message, "cannot write the trust list"));
}

typedef struct broken { const char *text; rf_code code; uint32_t line, column; const char *message, *hint; } broken;

RF_TEST(what_is_wrong_in_the_list_is_said_with_its_place) {
    static const broken rows[] = {
        { "disabled = [\"a\"", RF_EPARSE, 1, 0, NULL, NULL },
        { "disabled = \"a\"", RF_ECONFIG, 1, 12, "disabled must be a list, this is of kind string", "" },
        { "disabled = [1]", RF_ECONFIG, 1, 13, "a name must be a string, this is of kind integer", "" },
        { "disabled = [\"\"]", RF_ECONFIG, 1, 13, "the name is empty", "" },
        { "\ndisable = []", RF_ECONFIG, 2, 1, "unknown key `disable` in the trust list", "did you mean `disabled`?" },
        { "quite_other = 1", RF_ECONFIG, 1, 1, "unknown key `quite_other` in the trust list", "" },
        { "grant = 1", RF_ECONFIG, 1, 9, "grant must be a list, this is of kind integer", "" },
        { "grant = [1]", RF_ECONFIG, 1, 10, "a grant must be a table: [[grant]], this is of kind integer", "" },
        { "[grant]\nname = \"a\"", RF_ECONFIG, 1, 0, "grant must be a list, this is of kind table", "" },
        { "[[grant]]", RF_ECONFIG, 1, 0, "a grant without a name", "" },
        { "[[grant]]\nname = 1", RF_ECONFIG, 2, 8, "a name must be a string, this is of kind integer", "" },
        { "[[grant]]\nname = \"a\"\nany-version = true", RF_ECONFIG, 1, 0, "the grant for `a` lists no capabilities", "" },
        { "[[grant]]\nname = \"a\"\ncapabilities = \"run\"", RF_ECONFIG, 3, 16, "capabilities must be a list of strings, this is of kind string", "" },
        { "[[grant]]\nname = \"a\"\ncapabilities = [\"run\", \"red-files\"]", RF_ECONFIG, 3, 24, "unknown capability `red-files`",
          "did you mean `read-files`?" },
        { "[[grant]]\nname = \"a\"\ncapabilities = [\"\"]", RF_ECONFIG, 3, 17, "unknown capability ``", "" },
        { "[[grant]]\nname = \"a\"\ncapabilities = [2]", RF_ECONFIG, 3, 17, "a capability must be a string, this is of kind integer", "" },
        { "[[grant]]\nname = \"a\"\ncapabilities = []", RF_ECONFIG, 1, 0,
          "the grant for `a` says for which content it is neither by hash nor by any-version = true", "" },
        { "[[grant]]\nname = \"a\"\ncapabilities = []\nany-version = false", RF_ECONFIG, 1, 0,
          "the grant for `a` says for which content it is neither by hash nor by any-version = true", "" },
        { "[[grant]]\nname = \"a\"\ncapabilities = []\nany-version = 1", RF_ECONFIG, 4, 15, "any-version must be true or false, this is of kind integer", "" },
        { "[[grant]]\nname = \"a\"\ncapabilities = []\nany-version = true\nhash = \"" ZEROES "\"", RF_ECONFIG, 1, 0,
          "the grant for `a` has both a hash and any-version", "" },
        { "[[grant]]\nname = \"a\"\ncapabilities = []\nhash = \"12\"", RF_ECONFIG, 4, 8, "the hash must be 64 lower-case hexadecimal digits", "" },
        { "[[grant]]\nhash = \"A" ZEROES "\"", RF_ECONFIG, 2, 8, "the hash must be 64 lower-case hexadecimal digits", "" },
        { "[[grant]]\nhash = 5", RF_ECONFIG, 2, 8, "the hash must be a string, this is of kind integer", "" },
        { "[[grant]]\nnam = \"a\"", RF_ECONFIG, 2, 1, "unknown key `nam` in a grant", "did you mean `name`?" },
        { "[[grant]]\nname = \"a\"\ncapabilities = []\nany-version = true\n[[grant]]\nname = \"a\"\ncapabilities = []\nany-version = true", RF_ECONFIG, 5, 0,
          "a second grant for `a`", "" },
        { "[[key]]\npublic = \"" ZEROES "\"", RF_ECONFIG, 1, 0, "a key without a name", "" },
        { "[[key]]\nname = \"a\"", RF_ECONFIG, 1, 0, "the key `a` has no public key", "" },
        { "[[key]]\nname = \"a\"\npublic = \"x\"", RF_ECONFIG, 3, 10, "the public key must be 64 lower-case hexadecimal digits", "" },
        { "[[key]]\nname = \"a\"\npublik = \"x\"", RF_ECONFIG, 3, 1, "unknown key `publik` in a key", "did you mean `public`?" },
        { "key = [[]]", RF_ECONFIG, 1, 8, "a key must be a table: [[key]], this is of kind array", "" },
        { "[[key]]\nname = \"a\"\npublic = \"" ZEROES "\"\n[[key]]\nname = \"a\"\npublic = \"" ZEROES "\"", RF_ECONFIG, 4, 0, "a second key `a`", "" },
    };
    RF_CLEANUP(place_done) place at = { 0 };
    const char *path = place_init(&at, "trust.toml");
    rf_check(path != NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const broken *row = &rows[i];
        RF_CLEANUP(rf_trust_done) rf_trust trust = { 0 };
        rf_error error = { 0 };
        rf_check(rf_fixture_dir_write(&at.dir, "trust.toml", rf_slice_of(row->text)));
        rf_check(chmod(path, 0600) == 0);
        rf_code code = rf_trust_load(path, &trust, &error);
        if (row->message)
            rf_check_text(rf_slice_of(error.message), rf_slice_of(row->message));
        if (row->hint)
            rf_check_text(rf_slice_of(error.hint), rf_slice_of(row->hint));
        rf_check(code == row->code && error.place.line == row->line && strstr(error.place.file, "trust.toml"));
        rf_check(row->column ? error.place.column == row->column : error.place.column > 0);
        rf_check(trust.grant_count == 0 && trust.key_count == 0);
    }
}

/* ---- Hashes and signatures ---- */

RF_TEST(nothing_passes_from_the_script_to_the_manifest_unnoticed) {
    uint8_t one[32], two[32];
    rf_trust_hash(RF_SLICE("ab"), RF_SLICE("c"), one);
    rf_trust_hash(RF_SLICE("a"), RF_SLICE("bc"), two);
    rf_check(memcmp(one, two, 32) != 0);
    rf_trust_hash(RF_SLICE("ab"), RF_SLICE("c"), two);
    rf_check(memcmp(one, two, 32) == 0);
    rf_trust_hash((rf_slice){ NULL, 0 }, RF_SLICE("abc"), one);
    rf_trust_hash(RF_SLICE("abc"), (rf_slice){ NULL, 0 }, two);
    rf_check(memcmp(one, two, 32) != 0);
}

static const uint8_t seed[32] = { 1, 2, 3, 4, 5, 6, 7, 8 };

/* A signature over both texts, and a list with its key. */
static rf_code sign(rf_trust *trust, rf_buffer *signature) {
    uint8_t hash[32];
    rf_trust_key key = { .name = RF_SLICE("ada") };
    rf_trust_hash(SCRIPT, MANIFEST, hash);
    rf_code code = rf_trust_sign(seed, hash, signature, NULL);
    const char *text = code ? NULL : rf_buffer_cstr(signature);
    if (!code && !text)
        return RF_ENOMEM;
    for (size_t i = 0; i < 32 && !code; i++) {
        unsigned byte;
        if (sscanf(text + strlen("riffle-signature 1 ") + 2 * i, "%2x", &byte) != 1)
            return RF_EPARSE;
        key.key[i] = (uint8_t)byte;
    }
    return code ? code : rf_trust_key_add(trust, &key, NULL);
}

static rf_code verify(const rf_trust *trust, rf_slice script, rf_slice manifest, rf_slice signature, rf_error *reterr) {
    uint8_t hash[32];
    const rf_trust_key *key = NULL;
    rf_trust_hash(script, manifest, hash);
    rf_code code = rf_trust_verify(trust, hash, signature, &key, reterr);
    return !code && !(key && rf_slice_is(key->name, "ada")) ? RF_ENOTFOUND : code;
}

RF_TEST(a_signature_verifies_by_a_trusted_key_alone) {
    RF_CLEANUP(rf_trust_done) rf_trust trust = { 0 };
    RF_CLEANUP(rf_trust_done) rf_trust empty = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer signature = { 0 };
    rf_error error;
    rf_check(!sign(&trust, &signature));
    rf_slice line = rf_buffer_view(&signature);
    rf_check(line.len == strlen("riffle-signature 1 ") + 64 + 1 + 128 + 1);
    rf_check(!verify(&trust, SCRIPT, MANIFEST, line, NULL));
    rf_check(!verify(&trust, SCRIPT, MANIFEST, (rf_slice){ line.data, line.len - 1 }, NULL));
    rf_check(verify(&empty, SCRIPT, MANIFEST, line, &error) == RF_EREFUSED);
    rf_check(strstr(error.message, "the signature was made with a key that is not trusted: "));
    rf_check(verify(&trust, SCRIPT, RF_SLICE(""), line, &error) == RF_EREFUSED);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("the signature by `ada` does not fit"));
    rf_check(verify(&trust, SCRIPT, MANIFEST, RF_SLICE(""), &error) == RF_EPARSE);
    rf_check(strstr(error.message, "not a signature file"));
}

/* Each bit of each byte changed in turn, each byte left out, one put in: all refused. */
static bool refuses_changes(const rf_trust *trust, int which, rf_slice signature) {
    const rf_slice texts[3] = { SCRIPT, MANIFEST, signature };
    char copy[512];
    rf_slice text = texts[which];
    if (text.len + 1 > sizeof copy)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        for (unsigned way = 0; way < 10; way++) {
            size_t len = way < 8 ? text.len : way == 8 ? text.len - 1 : text.len + 1;
            size_t from = way < 8 ? i : way == 8 ? i + 1 : i, to = way == 9 ? i + 1 : i;
            memcpy(copy, text.data, i);
            memcpy(copy + to, text.data + from, text.len - from);
            if (way < 8)
                copy[i] = (char)(copy[i] ^ 1 << way);
            else if (way == 9)
                copy[i] = '\n';
            bool is_line_end = which == 2 && way == 8 && i + 1 == text.len; /* it need not be there */
            rf_slice got[3] = { SCRIPT, MANIFEST, signature };
            got[which] = (rf_slice){ copy, len };
            if (!is_line_end && verify(trust, got[0], got[1], got[2], NULL) == RF_OK)
                return false;
        }
    }
    return true;
}

RF_TEST(a_change_anywhere_is_refused) {
    RF_CLEANUP(rf_trust_done) rf_trust trust = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer signature = { 0 };
    rf_check(!sign(&trust, &signature));
    rf_check(refuses_changes(&trust, 0, rf_buffer_view(&signature)));
    rf_check(refuses_changes(&trust, 1, rf_buffer_view(&signature)));
    rf_check(refuses_changes(&trust, 2, rf_buffer_view(&signature)));
}
