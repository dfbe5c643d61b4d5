/* manifest_keys.c: the keys of a manifest: one row each. */
#include "plugin/manifest_internal.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "plugin/prefilter.h"

#include <assert.h>
#include <stdio.h>

enum { NAME_MAX_BYTES = 64, VERSION_MAX_BYTES = 31, TEXT_MAX_BYTES = 1000, PRIORITY_MAX = 1000000, FAILURES_MAX = 1000000 };
#define TIME_LEAST_NS UINT64_C(1000)
#define TIME_MOST_NS (60 * RF_NS_PER_S)
#define TICK_LEAST_NS (10 * RF_NS_PER_MS)
#define TICK_MOST_NS (24 * 3600 * RF_NS_PER_S)
#define HEAP_LEAST_BYTES ((size_t)64 << 10)
#define HEAP_MOST_BYTES ((size_t)1 << 30)

typedef bool (*setter)(rf_manifest_reader *reader, rf_manifest_value *value);

/* What a name may have: 1 anywhere, 2 not at its front. */
static const uint8_t name_letters[256] = {
    ['0'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ['a'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ['-'] = 2, ['_'] = 2,
};
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool rf_manifest_is_name(rf_slice name) {
    if (name.len == 0 || name.len > NAME_MAX_BYTES || name_letters[(uint8_t)name.data[0]] != 1)
        return false;
    for (size_t i = 1; i < name.len; i++)
        if (!name_letters[(uint8_t)name.data[i]])
            return false;
    return true;
}

static bool set_name(rf_manifest_reader *reader, rf_manifest_value *value) {
    rf_slice name;
    if (!rf_manifest_text(reader, value, TEXT_MAX_BYTES, &name))
        return false;
    reader->manifest->name = name;
    if (rf_manifest_is_name(name))
        return true;
    if (name.len > NAME_MAX_BYTES)
        return rf_manifest_fail(reader, value->offset, "`name` is too long: %zu bytes, at most %d", name.len, NAME_MAX_BYTES);
    (void)rf_manifest_fail(reader, value->offset, "`%.*s` cannot be a plugin's name", RF_SLICE_ARG(rf_manifest_clip(name)));
    rf_error_hint(reader->last, "it is made of a-z, 0-9, - and _, a letter or digit first");
    return false;
}

/* ---- Versions ---- */

/* A number without zeros at its front; 0: none. */
static size_t number_len(rf_slice text) {
    size_t len = 0;
    while (len < text.len && is_digit(text.data[len]))
        len++;
    return len > 1 && text.data[0] == '0' ? 0 : len;
}

/* Words of letters, digits and - with dots between; `numbers`: all digits means a number. */
static bool are_words(rf_slice text, bool numbers) {
    for (;;) {
        size_t len = rf_slice_find(text, '.');
        bool only_digits = true;
        for (size_t i = 0; i < len; i++) {
            char c = text.data[i];
            only_digits &= is_digit(c);
            if (name_letters[(uint8_t)c] != 1 && !(c >= 'A' && c <= 'Z') && c != '-')
                return false;
        }
        if (len == 0 || (numbers && only_digits && number_len((rf_slice){ text.data, len }) != len))
            return false;
        if (len == text.len)
            return true;
        text = (rf_slice){ text.data + len + 1, text.len - len - 1 };
    }
}

bool rf_manifest_is_version(rf_slice version) {
    size_t plus = rf_slice_find(version, '+');
    if (plus < version.len && !are_words((rf_slice){ version.data + plus + 1, version.len - plus - 1 }, false))
        return false;
    version.len = plus;
    size_t dash = rf_slice_find(version, '-');
    if (dash < version.len && !are_words((rf_slice){ version.data + dash + 1, version.len - dash - 1 }, true))
        return false;
    version.len = dash;
    for (int part = 0; part < 3; part++) {
        size_t len = number_len(version);
        if (len == 0 || (part < 2 && (len == version.len || version.data[len] != '.')))
            return false;
        size_t passed = part < 2 ? len + 1 : len;
        version = (rf_slice){ version.data + passed, version.len - passed };
    }
    return version.len == 0;
}

static bool set_version(rf_manifest_reader *reader, rf_manifest_value *value) {
    rf_slice *version = &reader->manifest->version;
    if (!rf_manifest_text(reader, value, VERSION_MAX_BYTES, version))
        return false;
    if (rf_manifest_is_version(*version))
        return true;
    (void)rf_manifest_fail(reader, value->offset, "`%.*s` is no version", RF_SLICE_ARG(rf_manifest_clip(*version)));
    rf_error_hint(reader->last, "three numbers, such as 1.2.3, and maybe more, such as 1.2.3-beta.1");
    return false;
}

/* "1.0" or "1". */
static bool set_api(rf_manifest_reader *reader, rf_manifest_value *value) {
    rf_slice text;
    if (!rf_manifest_text(reader, value, TEXT_MAX_BYTES, &text))
        return false;
    size_t major_len = number_len(text);
    rf_slice rest = { text.data + major_len, text.len - major_len };
    bool has_minor = rest.len > 1 && rest.data[0] == '.';
    size_t minor_len = has_minor ? number_len((rf_slice){ rest.data + 1, rest.len - 1 }) : 0;
    int64_t major = 0, minor = 0;
    bool fine = major_len > 0 && major_len < 6 && minor_len < 6 && (has_minor ? minor_len == rest.len - 1 : rest.len == 0)
                && rf_number_parse_i64((rf_slice){ text.data, major_len }, &major)
                && (!has_minor || rf_number_parse_i64((rf_slice){ rest.data + 1, minor_len }, &minor));
    reader->manifest->api_major = (uint32_t)major;
    reader->manifest->api_minor = (uint32_t)minor;
    if (fine)
        return true;
    (void)rf_manifest_fail(reader, value->offset, "`%.*s` is no version of the plugin interface", RF_SLICE_ARG(rf_manifest_clip(text)));
    rf_error_hint(reader->last, "it is written major.minor; this riffle has %u.%u", RF_PLUGIN_API_MAJOR, RF_PLUGIN_API_MINOR);
    return false;
}

/* ---- Texts ---- */

static bool set_description(rf_manifest_reader *reader, rf_manifest_value *value) {
    return rf_manifest_text(reader, value, TEXT_MAX_BYTES, &reader->manifest->description);
}
static bool set_author(rf_manifest_reader *reader, rf_manifest_value *value) {
    return rf_manifest_text(reader, value, TEXT_MAX_BYTES, &reader->manifest->author);
}
static bool set_license(rf_manifest_reader *reader, rf_manifest_value *value) {
    return rf_manifest_text(reader, value, TEXT_MAX_BYTES, &reader->manifest->license);
}
static bool set_homepage(rf_manifest_reader *reader, rf_manifest_value *value) {
    rf_slice *page = &reader->manifest->homepage;
    if (!rf_manifest_text(reader, value, TEXT_MAX_BYTES, page))
        return false;
    bool is_web = rf_slice_starts(*page, RF_SLICE("https://")) || rf_slice_starts(*page, RF_SLICE("http://"));
    if (is_web && rf_slice_find(*page, ' ') == page->len)
        return true;
    (void)rf_manifest_fail(reader, value->offset, "`%.*s` is no web address", RF_SLICE_ARG(rf_manifest_clip(*page)));
    rf_error_hint(reader->last, "it begins with https:// or http:// and has no blanks");
    return false;
}

/* ---- Hooks and limits ---- */

/* The hook of "on_output" or "output" (- and _ are one); else an error. */
static rf_hook find_hook(rf_manifest_reader *reader, rf_slice name, size_t offset) {
    const char *known[RF_HOOK_COUNT + 1] = { NULL };
    for (unsigned i = 0; i < RF_HOOK_COUNT; i++) {
        if (rf_manifest_key_is(name, rf_hooks[i].name) || rf_manifest_key_is(name, rf_hooks[i].name + 3))
            return (rf_hook)i;
        known[i] = rf_hooks[i].name;
    }
    char full[80];
    bool has_prefix = rf_slice_starts(name, RF_SLICE("on_"));
    (void)snprintf(full, sizeof full, "%s%.*s", has_prefix ? "" : "on_", RF_SLICE_ARG(rf_manifest_clip(name)));
    (void)rf_manifest_fail(reader, offset, "no hook is called `%.*s`", RF_SLICE_ARG(rf_manifest_clip(name)));
    rf_manifest_hint_nearest(reader, rf_slice_of(full), known, "such as on_load, on_output, on_input, on_message");
    return RF_HOOK_COUNT;
}

static bool set_hooks(rf_manifest_reader *reader, rf_manifest_value *value) {
    rf_manifest_item *items;
    uint32_t count;
    reader->manifest->has_hooks = true;
    if (!rf_manifest_list(reader, value, false, &items, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        rf_hook hook = find_hook(reader, items[i].text, items[i].offset);
        if (hook != RF_HOOK_COUNT && (reader->manifest->hooks & 1u << hook))
            (void)rf_manifest_fail(reader, items[i].offset, "`%s` is in `%.*s` twice", rf_hooks[hook].name, RF_SLICE_ARG(value->key));
        else if (hook != RF_HOOK_COUNT)
            reader->manifest->hooks |= 1u << hook;
    }
    return true;
}

static bool set_priority(rf_manifest_reader *reader, rf_manifest_value *value) {
    int64_t priority;
    if (!rf_manifest_int(reader, value, -PRIORITY_MAX, PRIORITY_MAX, &priority))
        return false;
    reader->manifest->priority = (int32_t)priority;
    return true;
}

/* The limit of one hook, or of all (`hook` RF_HOOK_COUNT). */
static bool set_one_time(rf_manifest_reader *reader, rf_manifest_value *value, unsigned hook) {
    if (reader->time_at[hook])
        return rf_manifest_fail_twice(reader, value->key, reader->time_at[hook], value->key_offset);
    reader->time_at[hook] = value->key_offset + 1;
    return rf_manifest_duration(reader, value, TIME_LEAST_NS, TIME_MOST_NS, &reader->time_ns[hook]);
}

/* "all" or a hook's name, within `time`. */
static bool set_named_time(rf_manifest_reader *reader, rf_manifest_value *value, rf_slice name, size_t name_offset) {
    unsigned hook = rf_slice_is(name, "all") ? RF_HOOK_COUNT : find_hook(reader, name, name_offset);
    if (hook == RF_HOOK_COUNT && !rf_slice_is(name, "all"))
        return false;
    return set_one_time(reader, value, hook);
}

static bool set_time(rf_manifest_reader *reader, rf_manifest_value *value) {
    if (!value->toml || value->toml->kind != RF_TOML_TABLE)
        return set_one_time(reader, value, RF_HOOK_COUNT);
    for (const rf_toml *at = value->toml->first; at; at = at->next) {
        rf_slice key = rf_printf_in(reader->arena, "time.%.*s", RF_SLICE_ARG(rf_manifest_clip(at->key)));
        if (!key.data)
            return rf_manifest_no_memory(reader);
        rf_manifest_value one = { .key = key, .key_offset = at->key_offset, .offset = at->offset, .toml = at };
        (void)set_named_time(reader, &one, at->key, at->key_offset);
    }
    return true;
}

static bool set_memory(rf_manifest_reader *reader, rf_manifest_value *value) {
    return rf_manifest_size(reader, value, HEAP_LEAST_BYTES, HEAP_MOST_BYTES, &reader->manifest->heap_bytes);
}

static bool set_max_failures(rf_manifest_reader *reader, rf_manifest_value *value) {
    int64_t most;
    if (!rf_manifest_int(reader, value, 0, FAILURES_MAX, &most))
        return false;
    reader->manifest->max_failures = (uint32_t)most;
    return true;
}

static bool set_tick(rf_manifest_reader *reader, rf_manifest_value *value) {
    return rf_manifest_duration(reader, value, TICK_LEAST_NS, TICK_MOST_NS, &reader->manifest->tick_ns);
}

static bool set_pure(rf_manifest_reader *reader, rf_manifest_value *value) {
    return rf_manifest_bool(reader, value, &reader->manifest->pure);
}

static bool set_fail_closed(rf_manifest_reader *reader, rf_manifest_value *value) {
    return rf_manifest_bool(reader, value, &reader->manifest->fail_closed);
}

static bool set_eager(rf_manifest_reader *reader, rf_manifest_value *value) {
    return rf_manifest_bool(reader, value, &reader->manifest->eager);
}

/* ---- Lists ---- */

static bool set_capabilities(rf_manifest_reader *reader, rf_manifest_value *value) {
    rf_manifest_item *items;
    uint32_t count;
    if (!rf_manifest_list(reader, value, false, &items, &count))
        return false;
    const char *known[32] = { NULL };
    for (size_t i = 0; i < 31 && rf_plugin_capability_at(i); i++)
        known[i] = rf_plugin_capability_at(i)->name;
    char all[200];
    rf_plugin_capability_text(UINT32_MAX, all, sizeof all);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bit = rf_plugin_capability_find(items[i].text);
        reader->manifest->capabilities |= bit;
        if (bit)
            continue;
        (void)rf_manifest_fail(reader, items[i].offset, "no capability is called `%.*s`", RF_SLICE_ARG(rf_manifest_clip(items[i].text)));
        rf_manifest_hint_nearest(reader, items[i].text, known, all);
    }
    return true;
}

/* A list's texts into the manifest. */
static bool keep_texts(rf_manifest_reader *reader, const rf_manifest_item *items, uint32_t count, const rf_slice **ret) {
    rf_slice *texts = rf_arena_alloc(reader->arena, (count ? count : 1) * sizeof *texts);
    if (!texts)
        return rf_manifest_no_memory(reader);
    for (uint32_t i = 0; i < count; i++)
        texts[i] = items[i].text;
    *ret = texts;
    return true;
}

/* What is wrong with a pattern, at its place: the column that is known is within the pattern. */
static void check_pattern(rf_manifest_reader *reader, const rf_manifest_item *item) {
    rf_error error = { 0 };
    rf_code code = rf_prefilter_check(item->text, &error);
    if (!code)
        return;
    uint32_t column = error.place.column;
    (void)rf_manifest_pass_on(reader, &error);
    if (code == RF_ENOMEM)
        return;
    (void)rf_manifest_place(reader, item->offset);
    char opening = reader->source->text.data[item->offset];
    bool is_quoted = item->text.data[0] != opening && (opening == '"' || opening == '\'');
    if (reader->last && column > 1)
        reader->last->place.column += column - 1 + is_quoted;
}

static bool set_match(rf_manifest_reader *reader, rf_manifest_value *value) {
    rf_manifest_item *items;
    uint32_t count;
    if (!rf_manifest_list(reader, value, true, &items, &count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        check_pattern(reader, &items[i]);
    reader->manifest->match_count = count;
    return keep_texts(reader, items, count, &reader->manifest->match);
}

static bool set_keys(rf_manifest_reader *reader, rf_manifest_value *value) {
    rf_manifest_item *items;
    uint32_t count;
    if (!rf_manifest_list(reader, value, false, &items, &count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        (void)rf_manifest_check_key(reader, &items[i]);
    reader->manifest->key_count = count;
    return keep_texts(reader, items, count, &reader->manifest->keys);
}

/* ---- All of them ---- */

static bool set_config(rf_manifest_reader *reader, rf_manifest_value *value) {
    return reader->is_toml ? rf_manifest_set_config_table(reader, value) : rf_manifest_set_config_line(reader, value);
}

static const struct { const char *name; setter set; } rows[] = {
    { "name", set_name }, { "version", set_version }, { "description", set_description }, { "author", set_author },
    { "homepage", set_homepage }, { "license", set_license }, { "api", set_api }, { "hooks", set_hooks }, { "priority", set_priority },
    { "time", set_time }, { "memory", set_memory }, { "max-failures", set_max_failures }, { "capabilities", set_capabilities },
    { "pure", set_pure }, { "eager", set_eager }, { "fail-closed", set_fail_closed }, { "match", set_match }, { "keys", set_keys }, { "tick", set_tick }, { "config", set_config },
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };
_Static_assert(ROW_COUNT <= RF_MANIFEST_KEYS_MAX, "the reader notes each key");

static unsigned find_row(rf_slice key) {
    if (rf_manifest_key_is(key, "api-version"))
        key = RF_SLICE("api");
    unsigned i = 0;
    while (i < ROW_COUNT && !rf_manifest_key_is(key, rows[i].name))
        i++;
    return i;
}

static void fail_unknown(rf_manifest_reader *reader, const rf_manifest_value *value) {
    const char *known[ROW_COUNT + 1] = { NULL };
    for (unsigned i = 0; i < ROW_COUNT; i++)
        known[i] = rows[i].name;
    char all[240];
    size_t used = (size_t)snprintf(all, sizeof all, "%s the keys are", reader->is_toml ? "" : "remarks do not begin with `@word:`;");
    for (unsigned i = 0; i < ROW_COUNT && used < sizeof all; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s %s", i ? "," : "", rows[i].name);
    bool is_table = value->toml && value->toml->kind == RF_TOML_TABLE;
    (void)rf_manifest_fail(reader, value->key_offset, "a manifest has no %s `%.*s`", is_table ? "table" : "key",
                           RF_SLICE_ARG(rf_manifest_clip(value->key)));
    rf_manifest_hint_nearest(reader, value->key, known,
                             is_table ? "its keys stand at the top; its tables are [time] and [config.NAME]" : all + reader->is_toml);
}

void rf_manifest_set(rf_manifest_reader *reader, rf_manifest_value *value) {
    assert(reader && value);
    unsigned row = find_row(value->key);
    bool many = !reader->is_toml && row < ROW_COUNT && rows[row].set == set_config;
    if (row == ROW_COUNT && !reader->is_toml && rf_slice_starts(value->key, RF_SLICE("time."))) {
        (void)set_named_time(reader, value, (rf_slice){ value->key.data + 5, value->key.len - 5 }, value->key_offset + 5);
    } else if (row == ROW_COUNT) {
        fail_unknown(reader, value);
    } else if (!many && reader->given[row]) {
        (void)rf_manifest_fail_twice(reader, value->key, reader->given[row], value->key_offset);
    } else if (!reader->is_toml && value->raw.len == 0) {
        (void)rf_manifest_fail(reader, value->offset, "`%.*s` has no value", RF_SLICE_ARG(value->key));
        rf_error_hint(reader->last, "give it one, or take it out");
    } else {
        reader->given[row] = value->key_offset + 1;
        (void)rows[row].set(reader, value);
    }
}
