/* manifest_test.c: manifests read, written, checked, and configurations laid over them. */
#include "harness.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/source.h"
#include "plugin/manifest.h"
#include "plugin/toml.h"
#include "script/fusabi/library.h"

typedef struct read_result {
    rf_arena arena;
    rf_manifest manifest;
    rf_manifest_finding *findings;
    rf_error error;
    rf_code code;
} read_result;

static void read_done(read_result *result) { rf_arena_done(&result->arena); }

static void read_text(read_result *result, rf_slice text, bool is_toml) {
    *result = (read_result){ .code = RF_OK };
    rf_arena_init(&result->arena, 4096);
    rf_source source = { is_toml ? "demo.toml" : "demo.fsx", text };
    result->code = rf_manifest_read(&result->arena, &source, is_toml, RF_SLICE("demo"), &result->manifest, &result->findings, &result->error);
}
#define READ(name, text, is_toml)                         \
    RF_CLEANUP(read_done) read_result name;               \
    read_text(&name, rf_slice_of(text), is_toml);         \
    rf_check(name.code == RF_OK || name.code == RF_ENOMEM); \
    rf_check(!name.code && !name.findings)

static const char in_comments[] = "#!/usr/bin/env fusabi\n"
                                  "// @name: word-count\n"
                                  "(* @version: 1.2.0-beta.1+7 *)\n"
                                  "/* @description: [beta] counts, as it says, words */\n"
                                  "// @strict: true\n"
                                  "// A remark; @author: not here.\n"
                                  "\n"
                                  "//@author:Ada \"A\" L\n"
                                  "// @homepage: https://example.org/x?y=1#z\n"
                                  "// @license: MIT\n"
                                  "// @api: 1\n"
                                  "// @hooks: output, on_load , on-key\n"
                                  "// @priority: -5\n"
                                  "// @time.on_output: 1500us\n"
                                  "// @time: 5ms\n"
                                  "// @time.load: 2s\n"
                                  "// @memory: 4 MiB\n"
                                  "// @max_failures: 0\n"
                                  "// @capabilities: ui, read-files\n"
                                  "// @pure: true\n"
                                  "// @eager: true\n"
                                  "// @fail-closed: true\n"
                                  "// @match: error, /a{1,2}, b/i, \"x, y\", 'q\"', a/b\n"
                                  "// @keys: ctrl-t, f5\n"
                                  "// @tick: 1.5s\n"
                                  "(* a block\n   (* @name: nested *)\n   @name: no\n*)\n"
                                  "// @config: colour: text = \"light -- red\" -- what it is\n"
                                  "// @config: limit: int\n"
                                  "// @config: share: number = 2\n"
                                  "// @config: loud: bool = false -- \n"
                                  "// @config: words: texts = a, \"b, c\"\n"
                                  "// @config: none: texts = -- empty\n"
                                  "// @config: motto: text = bare = yes -- it's a doc\n"
                                  "let a = 1\n"
                                  "// @name: too-late\n";

static const char canonical[] = "name = \"word-count\"\n"
                                "version = \"1.2.0-beta.1+7\"\n"
                                "description = \"[beta] counts, as it says, words\"\n"
                                "author = \"Ada \\\"A\\\" L\"\n"
                                "homepage = \"https://example.org/x?y=1#z\"\n"
                                "license = \"MIT\"\n"
                                "api = \"1.0\"\n"
                                "hooks = [\"on_load\", \"on_output\", \"on_key\"]\n"
                                "priority = -5\n"
                                "memory = \"4MiB\"\n"
                                "max-failures = 0\n"
                                "capabilities = [\"read-files\", \"ui\"]\n"
                                "pure = true\n"
                                "eager = true\n"
                                "fail-closed = true\n"
                                "match = [\"error\", \"/a{1,2}, b/i\", \"x, y\", \"q\\\"\", \"a/b\"]\n"
                                "keys = [\"ctrl-t\", \"f5\"]\n"
                                "tick = \"1500ms\"\n"
                                "\n[time]\nall = \"5ms\"\non_load = \"2s\"\non_output = \"1500us\"\n"
                                "\n[config.colour]\ntype = \"text\"\ndefault = \"light -- red\"\ndoc = \"what it is\"\n"
                                "\n[config.limit]\ntype = \"int\"\nrequired = true\n"
                                "\n[config.share]\ntype = \"number\"\ndefault = 2.0\n"
                                "\n[config.loud]\ntype = \"bool\"\ndefault = false\n"
                                "\n[config.words]\ntype = \"texts\"\ndefault = [\"a\", \"b, c\"]\n"
                                "\n[config.none]\ntype = \"texts\"\ndefault = []\ndoc = \"empty\"\n"
                                "\n[config.motto]\ntype = \"text\"\ndefault = \"bare = yes\"\ndoc = \"it's a doc\"\n";

RF_TEST(a_manifest_in_comments_is_written_as_toml) {
    READ(read, in_comments, false);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_manifest_write(&read.manifest, &out);
    rf_check_text(rf_buffer_view(&out), rf_slice_of(canonical));
}

RF_TEST(what_was_written_reads_back_as_the_same) {
    READ(read, canonical, true);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_manifest_write(&read.manifest, &out);
    rf_check_text(rf_buffer_view(&out), rf_slice_of(canonical));
    rf_check(read.manifest.capabilities == (RF_FUS_CAN_READ_FILES | RF_PLUGIN_CAN_UI) && read.manifest.has_hooks);
    rf_check(read.manifest.time_ns[RF_HOOK_UNLOAD] == RF_PLUGIN_LOAD_NS_DEFAULT && read.manifest.time_ns[RF_HOOK_INPUT] == 5 * RF_NS_PER_MS);
    rf_check(read.manifest.config_count == 7 && read.manifest.config[1].required && !read.manifest.config[0].required);
}

RF_TEST(nothing_given_means_the_defaults) {
    static const char *const texts[] = { "", "let a = 1\n", "// words\n/* open", "(*)\n// @name: x\n", "\xEF\xBB\xBF\r\n// hello: @name: x\r\n", "// @deprecated\n// @: x\n// @ name: y\n" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        READ(read, texts[i], false);
        rf_check_text(read.manifest.name, RF_SLICE("demo"));
        rf_check_text(read.manifest.version, RF_SLICE("0.1.0"));
        rf_check(read.manifest.heap_bytes == RF_PLUGIN_HEAP_BYTES_DEFAULT && read.manifest.max_failures == RF_PLUGIN_FAILURES_DEFAULT);
        rf_check(read.manifest.api_major == RF_PLUGIN_API_MAJOR && !read.manifest.has_hooks && !read.manifest.capabilities && !read.manifest.tick_ns);
        for (unsigned hook = 0; hook < RF_HOOK_COUNT; hook++) {
            bool is_load = hook == RF_HOOK_LOAD || hook == RF_HOOK_RELOAD || hook == RF_HOOK_UNLOAD;
            rf_check(read.manifest.time_ns[hook] == (is_load ? RF_PLUGIN_LOAD_NS_DEFAULT : RF_PLUGIN_TIME_NS_DEFAULT));
        }
    }
    RF_CLEANUP(read_done) read_result read;
    read_text(&read, (rf_slice){ NULL, 0 }, true);
    rf_check(!read.code);
}

RF_TEST(comments_end_where_the_code_begins) {
    READ(read, "\xEF\xBB\xBF/* @name: a */ /* @version: 2.0.0 */ // @license: X\nfunction f() {}\n// @author: late\n", false);
    rf_check_text(read.manifest.name, RF_SLICE("a"));
    rf_check_text(read.manifest.version, RF_SLICE("2.0.0"));
    rf_check_text(read.manifest.license, RF_SLICE("X"));
    rf_check(!read.manifest.author.len);
}

RF_TEST(values_in_comments_may_be_toml) {
    READ(read, "// @name: \"a\"\r\n// @hooks: [\"on_input\"]\n// @match: ['/x,/', \"\\u001b\"]\n// @description: 'as it is'\n", false);
    rf_check_text(read.manifest.name, RF_SLICE("a"));
    rf_check(read.manifest.hooks == 1u << RF_HOOK_INPUT && read.manifest.match_count == 2);
    rf_check_text(read.manifest.match[0], RF_SLICE("/x,/"));
    rf_check_text(read.manifest.match[1], RF_SLICE("\x1B"));
    rf_check_text(read.manifest.description, RF_SLICE("as it is"));
}

RF_TEST(each_version_form) {
    static const struct { const char *text; bool good; } rows[] = {
        { "0.0.0", true }, { "1.2.3", true }, { "10.20.30", true }, { "1.0.0-alpha", true }, { "1.0.0-0.3.7", true }, { "1.0.0-x-y.z", true },
        { "1.0.0+001", true }, { "1.0.0-a+b-c.d", true }, { "1", false }, { "1.2", false }, { "01.2.3", false }, { "1.2.3-01", false }, { "1.2.3-", false },
        { "1.2.3+", false }, { "1.2.3-a..b", false }, { "1.2.3 ", true }, { "1.2.3.4", false }, { "a.b.c", false }, { "1.2.3-\xC3\xA9", false }, { "1..3", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[80];
        (void)snprintf(text, sizeof text, "// @version: %s\n", rows[i].text);
        RF_CLEANUP(read_done) read_result read;
        read_text(&read, rf_slice_of(text), false);
        rf_check(read.code == (rows[i].good ? RF_OK : RF_ECONFIG));
    }
}

RF_TEST(each_key_form) {
    static const struct { const char *text; bool good; } rows[] = {
        { "ctrl-t", true }, { "alt-x", true }, { "f5", true }, { "f20", true }, { "ctrl-alt-shift-super-page-up", true }, { "ctrl--", true }, { "ctrl-\xC3\xA9", true },
        { "alt-1", true }, { "space", true }, { "?", true }, { "ctrl-", false }, { "ctrl", false }, { "ctrl-ctrl-t", false }, { "shift-ctrl-t", false },
        { "ctrl-T", false }, { "ctrl+t", false }, { "f21", false }, { "ctrl-tt", false }, { "c-t", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[80];
        (void)snprintf(text, sizeof text, "// @keys: %s\n", rows[i].text);
        RF_CLEANUP(read_done) read_result read;
        read_text(&read, rf_slice_of(text), false);
        rf_check(read.code == (rows[i].good ? RF_OK : RF_ECONFIG));
    }
}

/* `count` times a line with a number. */
static void repeat(rf_buffer *out, const char *format, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        rf_buffer_text(out, format);
        rf_buffer_printf(out, "%u", i);
        rf_buffer_text(out, strstr(format, "config") ? ": int = 1\n" : strstr(format, "@x") ? ": 1\n" : "");
    }
}

RF_TEST(lists_are_bounded) {
    static const struct { const char *first, *each; unsigned count; bool good; } rows[] = {
        { "// @match: a", ",b", 63, true }, { "// @match: a", ",b", 64, false }, { "", "// @config: c", 64, true }, { "", "// @config: c", 65, false },
        { "// @capabilities: ui", ",b", 300, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
        rf_buffer_text(&text, rows[i].first);
        repeat(&text, rows[i].each, rows[i].count);
        rf_check(!text.failed);
        RF_CLEANUP(read_done) read_result read;
        read_text(&read, rf_buffer_view(&text), false);
        rf_check(read.code == (rows[i].good ? RF_OK : RF_ECONFIG));
    }
}

RF_TEST(a_hundred_findings_are_enough) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    repeat(&text, "// @x", 150);
    RF_CLEANUP(read_done) read_result read;
    read_text(&read, rf_buffer_view(&text), false);
    unsigned count = 0;
    for (const rf_manifest_finding *at = read.findings; at; at = at->next)
        count++;
    rf_check(count == 100 && read.code == RF_ECONFIG && read.error.place.line == 1);
}

RF_TEST(the_code_is_that_of_the_first_finding) {
    RF_CLEANUP(read_done) read_result read;
    read_text(&read, RF_SLICE("a ="), true);
    rf_check(read.code == RF_EPARSE && read.findings && !read.findings->next && read.error.place.column == 4);
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 256);
    rf_manifest manifest;
    rf_source source = { "x.js", RF_SLICE("// @api: x") };
    rf_check(rf_manifest_read(&arena, &source, false, RF_SLICE("Bad"), &manifest, NULL, NULL) == RF_ECONFIG);
}

RF_TEST(the_interface_is_checked) {
    static const struct { const char *text, *hint; } rows[] = {
        { "// @api: 1.0", NULL }, { "// @api_version: 1", NULL }, { "// @api: 1.1", "use a newer riffle, or a plugin made for 1.0" },
        { "// @api: 2.0", "use a newer riffle, or a plugin made for 1.0" }, { "// @api: 0.9", "use a version of the plugin made for 1.0" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        READ(read, rows[i].text, false);
        rf_error error = { 0 };
        rf_check(rf_manifest_check_api(&read.manifest, &error) == (rows[i].hint ? RF_ECONFIG : RF_OK));
        rf_check_text(rf_slice_of(error.hint), rf_slice_of(rows[i].hint ? rows[i].hint : ""));
    }
}

/* ---- Configurations ---- */

/* The configuration as text, or the error and its hint. */
static void configure(const rf_manifest *manifest, const rf_value *given, rf_buffer *out) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    rf_value config;
    rf_error error = { 0 };
    if (rf_manifest_configure(manifest, given, &arena, &config, &error))
        rf_buffer_printf(out, "%s; %s", error.message, error.hint);
    else
        rf_value_print(out, &config);
}

#define MAP(...)                                                                     \
    (&(rf_value){ .kind = RF_MAP, .size = sizeof((rf_member[]){ __VA_ARGS__ }) / sizeof(rf_member), .members = (rf_member[]){ __VA_ARGS__ } })

static const char with_config[] = "// @config: colour: text = red\n// @config: limit: int -- how many\n// @config: share: number = 0.5\n"
                                  "// @config: loud: bool = true\n// @config: words: texts = a, b\n";

RF_TEST(what_is_given_is_laid_over_the_defaults) {
    READ(read, with_config, false);
    rf_value texts[] = { rf_string(RF_SLICE("x")) };
    rf_value list = { .kind = RF_LIST, .size = 1, .items = texts };
    const struct { const rf_value *given; const char *expected; } rows[] = {
        { MAP({ RF_SLICE("limit"), rf_int(3) }), "map[colour:red limit:3 loud:true share:0.5 words:[a b]]" },
        { MAP({ RF_SLICE("limit"), rf_text(RF_NUMBER, RF_SLICE("3.0")) }, { RF_SLICE("share"), rf_int(2) }), "map[colour:red limit:3 loud:true share:2 words:[a b]]" },
        { MAP({ RF_SLICE("words"), list }, { RF_SLICE("limit"), rf_text(RF_NUMBER, RF_SLICE("7")) }, { RF_SLICE("share"), rf_text(RF_NUMBER, RF_SLICE("1e-1")) },
              { RF_SLICE("colour"), rf_string(RF_SLICE("")) }, { RF_SLICE("loud"), rf_bool(false) }),
          "map[colour: limit:7 loud:false share:0.1 words:[x]]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        configure(&read.manifest, rows[i].given, &out);
        rf_check_text(rf_buffer_view(&out), rf_slice_of(rows[i].expected));
    }
}

RF_TEST(what_is_wrong_with_a_configuration_is_said) {
    READ(read, with_config, false);
    rf_value null = rf_null(), text = rf_string(RF_SLICE("x"));
    rf_value mixed[] = { rf_int(1) };
    rf_value list = { .kind = RF_LIST, .size = 1, .items = mixed };
    const struct { const rf_value *given; const char *expected; } rows[] = {
        { NULL, "plugin `demo` wants the configuration key `limit`, which has no default; int: how many" },
        { &null, "plugin `demo` wants the configuration key `limit`, which has no default; int: how many" },
        { &text, "the configuration of plugin `demo` is a map of keys and values; " },
        { MAP({ RF_SLICE("color"), text }), "plugin `demo` has no configuration key `color`; did you mean `colour`?" },
        { MAP({ RF_SLICE("zzz"), text }), "plugin `demo` has no configuration key `zzz`; riffle plugin info demo lists them" },
        { MAP({ RF_SLICE("limit"), text }), "configuration key `limit` of plugin `demo` is a whole number, not \"x\"; " },
        { MAP({ RF_SLICE("limit"), rf_double(1.5) }), "configuration key `limit` of plugin `demo` is a whole number, not 1.5; " },
        { MAP({ RF_SLICE("limit"), rf_double(1e300) }), "configuration key `limit` of plugin `demo` is a whole number, not 1e+300; " },
        { MAP({ RF_SLICE("limit"), rf_text(RF_NUMBER, RF_SLICE("2.5")) }), "configuration key `limit` of plugin `demo` is a whole number, not 2.5; " },
        { MAP({ RF_SLICE("limit"), rf_int(1) }, { RF_SLICE("share"), rf_text(RF_NUMBER, RF_SLICE("inf")) }), "configuration key `share` of plugin `demo` is a number, not inf; " },
        { MAP({ RF_SLICE("limit"), rf_int(1) }, { RF_SLICE("words"), text }), "configuration key `words` of plugin `demo` is a list of texts, not \"x\"; " },
        { MAP({ RF_SLICE("limit"), rf_int(1) }, { RF_SLICE("words"), list }), "configuration key `words` of plugin `demo` is a list of texts, not a list; " },
        { MAP({ RF_SLICE("colour"), null }), "configuration key `colour` of plugin `demo` is a text, not null; " },
        { MAP({ RF_SLICE("limit"), rf_int(1) }, { RF_SLICE("loud"), rf_string(RF_SLICE("")) }), "configuration key `loud` of plugin `demo` is true or false, not an empty text; " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        configure(&read.manifest, rows[i].given, &out);
        rf_check_text(rf_buffer_view(&out), rf_slice_of(rows[i].expected));
    }
}

RF_TEST(a_plugin_without_configuration_takes_none) {
    READ(read, "", false);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    configure(&read.manifest, NULL, &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("map[]"));
    rf_buffer_clear(&out);
    configure(&read.manifest, MAP({ RF_SLICE("a"), rf_int(1) }), &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("plugin `demo` has no configuration key `a`; it has none at all"));
}
