/* settings.c: term.toml, read by the table: values, their checks, what is wrong with them. */
#include "terminal/settings.h"

#include "base/nearest.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "terminal/input.h"
#include "terminal/settings_internal.h"

#include <assert.h>

enum { ARENA_BYTES = 4096, NAMES_MAX = 64, TEXT_MAX = 4096 };

/* ---- Complaints ---- */

rf_slice rf_settings_clip(rf_slice word) {
    enum { SHOWN = 48 };
    return rf_utf8_clip(word, SHOWN);
}

static void take_down(rf_settings_reader *reader, const rf_error *error) {
    if (reader->count++ == 0)
        reader->first = *error;
    if (reader->findings && reader->count <= RF_SETTINGS_FINDINGS_MAX)
        rf_source_show(reader->findings, reader->source, error, false);
}

void rf_settings_note(rf_settings_reader *reader, size_t offset, rf_error *error) {
    uint32_t line, column;
    rf_source_locate(reader->source, offset, &line, &column);
    rf_error_place(error, reader->source->name, line, column);
    take_down(reader, error);
}

void rf_settings_note_kind(rf_settings_reader *reader, const rf_toml *value, const char *wanted) {
    rf_error error;
    (void)rf_raise(&error, RF_ECONFIG, "`%.*s` must be %s, this is of kind %s", RF_SLICE_ARG(rf_settings_clip(value->key)), wanted,
                   rf_toml_kind_name(value->kind));
    int64_t number;
    rf_slice text = value->kind == RF_TOML_STRING ? value->text : RF_SLICE("");
    if (rf_number_parse_i64(text, &number) || rf_slice_is(text, "true") || rf_slice_is(text, "false"))
        rf_error_hint(&error, "write it without quotes: %.*s", RF_SLICE_ARG(text));
    rf_settings_note(reader, value->offset, &error);
}

void rf_settings_note_unknown(rf_settings_reader *reader, const rf_toml *member, const char *where, const char *const *names) {
    rf_error error;
    (void)rf_raise(&error, RF_ECONFIG, "unknown key `%.*s` %s", RF_SLICE_ARG(rf_settings_clip(member->key)), where);
    const char *nearest = rf_nearest(member->key, names);
    if (nearest)
        rf_error_hint(&error, "did you mean `%s`?", nearest);
    rf_settings_note(reader, member->key_offset, &error);
}

/* ---- Values ---- */

static bool has_control(rf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7F)
            return true;
    }
    return false;
}

static void fail(rf_settings_reader *reader, const rf_toml *value, const char *why, const char *hint) {
    rf_error error;
    (void)rf_raise(&error, RF_ECONFIG, "%s", why);
    if (hint)
        rf_error_hint(&error, "%s", hint);
    rf_settings_note(reader, value->offset, &error);
}

static void take_flag(rf_settings_reader *reader, const rf_setting *row, const rf_toml *value) {
    if (value->kind == RF_TOML_BOOL)
        *(bool *)((char *)reader->settings + row->at) = value->boolean;
    else
        rf_settings_note_kind(reader, value, "true or false");
}

static void take_number(rf_settings_reader *reader, const rf_setting *row, const rf_toml *value) {
    if (value->kind != RF_TOML_INT) {
        rf_settings_note_kind(reader, value, "a whole number");
    } else if (value->integer < row->least || value->integer > row->most) {
        rf_error error;
        (void)rf_raise(&error, RF_ECONFIG, "`%.*s` must be from %lld to %lld, this is %lld", RF_SLICE_ARG(value->key),
                       (long long)row->least, (long long)row->most, (long long)value->integer);
        rf_settings_note(reader, value->offset, &error);
    } else {
        *(int64_t *)(void *)((char *)reader->settings + row->at) = value->integer;
    }
}

static bool check_choice(rf_settings_reader *reader, const rf_setting *row, const rf_toml *value) {
    for (const char *const *choice = row->choices; *choice; choice++) {
        if (rf_slice_is(value->text, *choice))
            return true;
    }
    rf_error error;
    (void)rf_raise(&error, RF_ECONFIG, "`%.*s` is not `%.*s`", RF_SLICE_ARG(value->key), RF_SLICE_ARG(rf_settings_clip(value->text)));
    const char *nearest = rf_nearest(value->text, row->choices);
    if (nearest)
        rf_error_hint(&error, "did you mean `%s`?", nearest);
    else
        rf_error_hint(&error, "it is `%s`, `%s` or `%s`", row->choices[0], row->choices[1], row->choices[2]);
    rf_settings_note(reader, value->offset, &error);
    return false;
}

static bool check_keys(rf_settings_reader *reader, const rf_toml *value) {
    size_t blank = rf_slice_find(value->text, ' '), len;
    rf_slice keys[2] = { { value->text.data, blank }, { value->text.data, 0 } };
    bool is_pair = blank < value->text.len;
    if (is_pair)
        keys[1] = (rf_slice){ value->text.data + blank + 1, value->text.len - blank - 1 };
    for (size_t i = 0; i < (value->text.len == 0 ? 0u : is_pair ? 2u : 1u); i++) {
        char bytes[16];
        if (rf_input_key_bytes(keys[i], bytes, &len))
            continue;
        rf_error error;
        (void)rf_raise(&error, RF_ECONFIG, "`%.*s` is no key", RF_SLICE_ARG(rf_settings_clip(keys[i])));
        rf_error_hint(&error, "one or two keys, parted by one blank, such as \"ctrl-]\" or \"ctrl-b d\"; \"\" for none");
        rf_settings_note(reader, value->offset, &error);
        return false;
    }
    return true;
}

static bool check_address(rf_settings_reader *reader, const rf_toml *value) {
    const char *colon = value->text.len ? memrchr(value->text.data, ':', value->text.len) : NULL;
    rf_slice port = colon ? (rf_slice){ colon + 1, (size_t)(value->text.data + value->text.len - colon - 1) } : RF_SLICE("");
    int64_t number;
    if (value->text.len == 0 || (rf_number_parse_i64(port, &number) && number >= 0 && number <= UINT16_MAX))
        return true;
    fail(reader, value, "this is no address", "a host and a port, such as 127.0.0.1:4196 or [::1]:4196");
    return false;
}

static void take_text(rf_settings_reader *reader, const rf_setting *row, const rf_toml *value) {
    if (value->kind != RF_TOML_STRING) {
        rf_settings_note_kind(reader, value, "a text in quotes");
        return;
    }
    if (value->text.len > TEXT_MAX || has_control(value->text)) {
        const char *why = value->text.len > TEXT_MAX ? "the text is longer than 4096 bytes"
                                                     : "the text has a control character or a line break in it";
        fail(reader, value, why, NULL);
        return;
    }
    bool fine = true;
    if (row->kind == RF_SETTING_CHOICE)
        fine = check_choice(reader, row, value);
    else if (row->kind == RF_SETTING_KEYS)
        fine = check_keys(reader, value);
    else if (row->kind == RF_SETTING_ADDRESS)
        fine = check_address(reader, value);
    if (!fine)
        return;
    rf_slice text = rf_slice_dup_in(&reader->settings->arena, value->text); /* the source need not live on */
    reader->out_of_memory |= !text.data;
    if (text.data)
        *(rf_slice *)(void *)((char *)reader->settings + row->at) = text;
}

static void take(rf_settings_reader *reader, const rf_setting *row, const rf_toml *value) {
    switch (row->kind) {
    case RF_SETTING_FLAG: take_flag(reader, row, value); break;
    case RF_SETTING_NUMBER: take_number(reader, row, value); break;
    case RF_SETTING_TEXT:
    case RF_SETTING_CHOICE:
    case RF_SETTING_KEYS:
    case RF_SETTING_ADDRESS: take_text(reader, row, value); break;
    }
}

/* ---- Sections ---- */

/* The row's name within the section ("" is the top), or NULL. */
static const char *name_in(const rf_setting *row, rf_slice section) {
    const char *dot = strchr(row->name, '.');
    if (!dot)
        return section.len == 0 ? row->name : NULL;
    return rf_slice_eq(section, (rf_slice){ row->name, (size_t)(dot - row->name) }) ? dot + 1 : NULL;
}

static const rf_setting *find_row(rf_slice section, rf_slice key) {
    for (const rf_setting *row = rf_setting_rows; row->name; row++) {
        const char *name = name_in(row, section);
        if (name && rf_slice_is(key, name))
            return row;
    }
    return NULL;
}

static void note_unknown(rf_settings_reader *reader, rf_slice section, const rf_toml *member) {
    static const char *const sections[] = RF_SETTING_SECTIONS;
    const char *names[NAMES_MAX + 1];
    size_t count = 0;
    for (const rf_setting *row = rf_setting_rows; row->name && count < NAMES_MAX; row++) {
        const char *name = name_in(row, section);
        if (name)
            names[count++] = name;
    }
    for (const char *const *at = sections; section.len == 0 && *at && count < NAMES_MAX; at++)
        names[count++] = *at;
    names[count] = NULL;
    rf_slice where = section.len ? rf_printf_in(&reader->settings->arena, "in [%.*s]", RF_SLICE_ARG(section))
                                 : RF_SLICE("at the top of the file");
    reader->out_of_memory |= !where.data;
    if (where.data)
        rf_settings_note_unknown(reader, member, where.data, names);
}

static void read_section(rf_settings_reader *reader, rf_slice section, const rf_toml *table) {
    if (table->kind != RF_TOML_TABLE) {
        rf_settings_note_kind(reader, table, "a table");
        return;
    }
    for (const rf_toml *member = table->first; member; member = member->next) {
        const rf_setting *row = find_row(section, member->key);
        if (row)
            take(reader, row, member);
        else if (section.len == 0 && rf_slice_is(member->key, "plugins"))
            rf_settings_read_plugins(reader, member);
        else if (section.len == 0 && (rf_slice_is(member->key, "keys") || rf_slice_is(member->key, "recording")))
            read_section(reader, member->key, member);
        else
            note_unknown(reader, section, member);
    }
}

/* Two bindings of which one is the other's beginning: the other would never be reached. */
static void check_bindings(rf_settings_reader *reader, const rf_toml *root) {
    const rf_toml *keys = rf_toml_member(root, "keys");
    const rf_slice bound[] = { reader->settings->key_detach, reader->settings->key_palette, reader->settings->key_scroll };
    static const char *const names[] = { "detach", "palette", "scroll" };
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 3; k++) {
            bool begins = bound[i].len && rf_slice_starts(bound[k], bound[i]) &&
                          (bound[k].len == bound[i].len || bound[k].data[bound[i].len] == ' ');
            if (i == k || !begins || (bound[k].len == bound[i].len && k < i))
                continue;
            rf_error error;
            (void)rf_raise(&error, RF_ECONFIG, "the keys of `%s` are the beginning of those of `%s`", names[i], names[k]);
            const rf_toml *given = keys && keys->kind == RF_TOML_TABLE ? rf_toml_member(keys, names[k]) : NULL;
            given = given ? given : keys && keys->kind == RF_TOML_TABLE ? rf_toml_member(keys, names[i]) : NULL;
            rf_settings_note(reader, given ? given->offset : 0, &error);
        }
    }
}

/* The table's own texts go through the same reader as the user's. */
static rf_code set_defaults(rf_settings *settings, rf_error *reterr) {
    for (const rf_setting *row = rf_setting_rows; row->name; row++) {
        const rf_source source = { row->name, rf_slice_of(row->standard) };
        rf_settings_reader reader = { .source = &source, .settings = settings };
        rf_toml *value;
        rf_code code = rf_toml_read_value(&settings->arena, &source, 0, source.text.len, &value, reterr);
        if (code)
            return code;
        take(&reader, row, value);
        assert(reader.count == 0 && "a default that is not allowed");
        if (reader.out_of_memory)
            return rf_raise_nomem(reterr);
    }
    return RF_OK;
}

rf_code rf_settings_read(const rf_source *source, rf_settings *ret_settings, rf_buffer *findings, rf_error *reterr) {
    assert(source && ret_settings);
    *ret_settings = (rf_settings){ 0 };
    rf_arena_init(&ret_settings->arena, ARENA_BYTES);
    rf_code code = set_defaults(ret_settings, reterr);
    if (code)
        return code;
    rf_settings_reader reader = { .source = source, .settings = ret_settings, .findings = findings };
    rf_toml *root;
    rf_error error;
    code = rf_toml_read(&ret_settings->arena, source, &root, &error);
    if (code == RF_EPARSE)
        take_down(&reader, &error);
    if (!code) {
        read_section(&reader, RF_SLICE(""), root);
        check_bindings(&reader, root);
    }
    if (code == RF_ENOMEM || reader.out_of_memory || (findings && findings->failed))
        return rf_raise_nomem(reterr);
    if (reader.count && reterr)
        *reterr = reader.first;
    return reader.count ? reader.first.code : RF_OK;
}

void rf_settings_done(rf_settings *settings) {
    assert(settings);
    rf_arena_done(&settings->arena);
    *settings = (rf_settings){ 0 };
}
