/* manifest_config.c: the configuration keys that a plugin declares. */
#include "plugin/manifest_internal.h"

#include "base/slice.h"

#include <assert.h>

const char *const rf_config_type_names[] = { "text", "int", "number", "bool", "texts", NULL };
#define TYPES_HINT "the types are text, int, number, bool and texts"
#define LINE_HINT "it is written // @config: name: type = default -- what it is"
enum { NAME_MAX_BYTES = 64, DOC_MAX_BYTES = 1000 };

/* A new key, put behind the others once it is whole; NULL: no room, or no memory. */
static rf_config_key *new_key(rf_manifest_reader *reader, size_t offset) {
    rf_manifest *manifest = reader->manifest;
    if (!reader->config)
        reader->config = rf_arena_zero(reader->arena, RF_MANIFEST_LIST_MAX, sizeof *reader->config);
    if (!reader->config) {
        (void)rf_manifest_no_memory(reader);
        return NULL;
    }
    if (manifest->config_count == RF_MANIFEST_LIST_MAX) {
        (void)rf_manifest_fail(reader, offset, "more than %u configuration keys", RF_MANIFEST_LIST_MAX);
        return NULL;
    }
    manifest->config = reader->config;
    rf_config_key *key = &reader->config[manifest->config_count];
    *key = (rf_config_key){ .required = true, .doc = RF_SLICE("") };
    return key;
}

static bool check_name(rf_manifest_reader *reader, rf_slice name, size_t offset) {
    bool fine = name.len > 0 && name.len <= NAME_MAX_BYTES;
    for (size_t i = 0; i < name.len && fine; i++) {
        char c = name.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        fine = is_letter || (i > 0 && ((c >= '0' && c <= '9') || c == '_' || c == '-'));
    }
    if (!fine) {
        (void)rf_manifest_fail(reader, offset, "`%.*s` cannot be the name of a configuration key", RF_SLICE_ARG(rf_manifest_clip(name)));
        rf_error_hint(reader->last, "a letter, then letters, digits, - and _, at most %d", NAME_MAX_BYTES);
        return false;
    }
    for (uint32_t i = 0; i < reader->manifest->config_count; i++) {
        if (rf_slice_eq(reader->config[i].name, name))
            return rf_manifest_fail(reader, offset, "configuration key `%.*s` is given twice", RF_SLICE_ARG(name));
    }
    return true;
}

static bool find_type(rf_manifest_reader *reader, rf_slice word, size_t offset, rf_config_type *ret) {
    for (unsigned i = 0; rf_config_type_names[i]; i++) {
        if (!rf_slice_is(word, rf_config_type_names[i]))
            continue;
        *ret = (rf_config_type)i;
        return true;
    }
    static const struct { const char *word, *type; } others[] = {
        { "string", "text" }, { "str", "text" }, { "integer", "int" }, { "float", "number" }, { "double", "number" }, { "boolean", "bool" },
        { "list", "texts" }, { "array", "texts" }, { "strings", "texts" },
    };
    (void)rf_manifest_fail(reader, offset, "no type of configuration is called `%.*s`", RF_SLICE_ARG(rf_manifest_clip(word)));
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        if (rf_slice_eq_nocase(word, rf_slice_of(others[i].word))) {
            rf_error_hint(reader->last, "did you mean `%s`?", others[i].type);
            return false;
        }
    }
    rf_manifest_hint_nearest(reader, word, rf_config_type_names, TYPES_HINT);
    return false;
}

static bool read_texts(rf_manifest_reader *reader, rf_manifest_value *value, rf_value *ret) {
    rf_manifest_item *items = NULL;
    uint32_t count = 0;
    bool is_empty = !reader->is_toml && value->raw.len == 0;
    if (!is_empty && !rf_manifest_list(reader, value, false, &items, &count))
        return false;
    rf_value *texts = rf_arena_alloc(reader->arena, (count ? count : 1) * sizeof *texts);
    if (!texts)
        return rf_manifest_no_memory(reader);
    for (uint32_t i = 0; i < count; i++)
        texts[i] = rf_string(items[i].text);
    *ret = (rf_value){ .kind = RF_LIST, .size = count, .items = texts };
    return true;
}

/* A default may be an empty text, which other values of a manifest may not. */
static bool read_text(rf_manifest_reader *reader, rf_manifest_value *value, rf_value *ret) {
    bool is_empty = reader->is_toml ? value->toml->kind == RF_TOML_STRING && value->toml->text.len == 0
                                    : rf_slice_is(value->raw, "\"\"") || rf_slice_is(value->raw, "''") || value->raw.len == 0;
    rf_slice text = RF_SLICE("");
    if (!is_empty && !rf_manifest_text(reader, value, 4096, &text))
        return false;
    *ret = rf_string(text);
    return true;
}

static bool read_default(rf_manifest_reader *reader, rf_manifest_value *value, rf_config_key *key) {
    int64_t integer;
    double number;
    bool truth;
    switch (key->type) {
    case RF_CONFIG_TEXT:
        return read_text(reader, value, &key->standard);
    case RF_CONFIG_TEXTS:
        return read_texts(reader, value, &key->standard);
    case RF_CONFIG_INT:
        if (!rf_manifest_int(reader, value, INT64_MIN, INT64_MAX, &integer))
            return false;
        key->standard = rf_int(integer);
        return true;
    case RF_CONFIG_NUMBER:
        if (!rf_manifest_number(reader, value, &number))
            return false;
        key->standard = rf_double(number);
        return true;
    case RF_CONFIG_BOOL:
        if (!rf_manifest_bool(reader, value, &truth))
            return false;
        key->standard = rf_bool(truth);
        return true;
    }
    assert(false && "a type without a reader");
    return false;
}

/* ---- In comments ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Where " -- " begins outside of quotes, or the length. */
static size_t find_doc(rf_slice text) {
    char quote = '\0';
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (quote) {
            if (c == '\\' && quote == '"')
                i++;
            else if (c == quote)
                quote = '\0';
        } else if (c == '"' && memchr(text.data + i + 1, '"', text.len - i - 1)) {
            quote = c;
        } else if (c == '-' && text.len - i >= 2 && text.data[i + 1] == '-' && (i == 0 || is_blank(text.data[i - 1]))
                   && (i + 2 == text.len || is_blank(text.data[i + 2]))) {
            return i;
        }
    }
    return text.len;
}

/* Trimmed; an empty one keeps its place. */
static rf_slice trim(rf_slice text) {
    while (text.len && is_blank(text.data[0]))
        text = (rf_slice){ text.data + 1, text.len - 1 };
    while (text.len && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

static size_t offset_of(const rf_manifest_value *value, rf_slice part) { return value->offset + (size_t)(part.data - value->raw.data); }

/* Everything but the type, which comes first, is optional: "type = default -- doc". */
static bool read_line(rf_manifest_reader *reader, const rf_manifest_value *value, rf_slice rest, rf_config_key *key) {
    size_t doc_at = find_doc(rest);
    rf_slice doc = { rest.data + doc_at, rest.len - doc_at };
    if (doc.len) {
        doc = trim((rf_slice){ doc.data + 2, doc.len - 2 });
        if (!rf_manifest_take(reader, doc, &key->doc) || !rf_manifest_check_line(reader, value->key, doc, offset_of(value, doc)))
            return false;
    }
    rest.len = doc_at;
    size_t equals = rf_slice_find(rest, '=');
    rf_slice type = trim((rf_slice){ rest.data, equals });
    if (type.len == 0) {
        (void)rf_manifest_fail(reader, offset_of(value, type), "configuration key `%.*s` has no type", RF_SLICE_ARG(key->name));
        rf_error_hint(reader->last, TYPES_HINT);
        return false;
    }
    if (!find_type(reader, type, offset_of(value, type), &key->type))
        return false;
    key->required = equals == rest.len;
    if (key->required)
        return true;
    rf_slice standard = trim((rf_slice){ rest.data + equals + 1, rest.len - equals - 1 });
    rf_manifest_value given = { .key = key->name, .offset = offset_of(value, standard), .raw = standard };
    if (standard.len == 0 && key->type != RF_CONFIG_TEXT && key->type != RF_CONFIG_TEXTS)
        return rf_manifest_fail(reader, given.offset, "a default is missing behind the `=`");
    return read_default(reader, &given, key);
}

bool rf_manifest_set_config_line(rf_manifest_reader *reader, const rf_manifest_value *value) {
    size_t colon = rf_slice_find(value->raw, ':');
    rf_slice name = trim((rf_slice){ value->raw.data, colon });
    if (colon == value->raw.len) {
        (void)rf_manifest_fail(reader, value->offset, "a configuration key wants a colon and a type behind its name");
        rf_error_hint(reader->last, LINE_HINT);
        return false;
    }
    rf_config_key *key = new_key(reader, value->offset);
    if (!key || !check_name(reader, name, value->offset))
        return false;
    key->name = rf_slice_dup_in(reader->arena, name);
    if (!key->name.data)
        return rf_manifest_no_memory(reader);
    if (!read_line(reader, value, (rf_slice){ value->raw.data + colon + 1, value->raw.len - colon - 1 }, key))
        return false;
    reader->manifest->config_count++;
    return true;
}

/* ---- In TOML ---- */

static rf_manifest_value member_value(rf_manifest_reader *reader, const rf_toml *table, const rf_toml *member) {
    rf_slice key = rf_printf_in(reader->arena, "config.%.*s.%.*s", RF_SLICE_ARG(rf_manifest_clip(table->key)),
                                RF_SLICE_ARG(rf_manifest_clip(member->key)));
    if (!key.data)
        (void)rf_manifest_no_memory(reader);
    return (rf_manifest_value){ .key = key, .key_offset = member->key_offset, .offset = member->offset, .toml = member };
}

static bool check_members(rf_manifest_reader *reader, const rf_toml *table) {
    static const char *const known[] = { "type", "default", "required", "doc", NULL };
    bool fine = true;
    for (const rf_toml *at = table->first; at; at = at->next) {
        unsigned i = 0;
        while (known[i] && !rf_slice_is(at->key, known[i]))
            i++;
        if (known[i])
            continue;
        fine = rf_manifest_fail(reader, at->key_offset, "a configuration key has no `%.*s`", RF_SLICE_ARG(rf_manifest_clip(at->key)));
        rf_manifest_hint_nearest(reader, at->key, known, "it has type, default, required and doc");
    }
    return fine;
}

static bool read_type(rf_manifest_reader *reader, const rf_toml *table, rf_config_key *key) {
    const rf_toml *type = rf_toml_member(table, "type");
    if (!type) {
        (void)rf_manifest_fail(reader, table->key_offset, "configuration key `%.*s` has no type",
                               RF_SLICE_ARG(rf_manifest_clip(table->key)));
        rf_error_hint(reader->last, TYPES_HINT);
        return false;
    }
    rf_manifest_value value = member_value(reader, table, type);
    rf_slice word;
    return value.key.data && rf_manifest_text(reader, &value, DOC_MAX_BYTES, &word) && find_type(reader, word, type->offset, &key->type);
}

static bool read_rest(rf_manifest_reader *reader, const rf_toml *table, rf_config_key *key) {
    const rf_toml *standard = rf_toml_member(table, "default"), *required = rf_toml_member(table, "required"),
                  *doc = rf_toml_member(table, "doc");
    key->required = !standard;
    if (standard) {
        rf_manifest_value value = member_value(reader, table, standard);
        if (!value.key.data || !read_default(reader, &value, key))
            return false;
    }
    if (required) {
        rf_manifest_value value = member_value(reader, table, required);
        bool is_required;
        if (!value.key.data || !rf_manifest_bool(reader, &value, &is_required))
            return false;
        if (is_required && standard)
            return rf_manifest_fail(reader, required->offset, "configuration key `%.*s` is required, but has a default",
                                    RF_SLICE_ARG(key->name));
        if (!is_required && !standard) {
            (void)rf_manifest_fail(reader, required->offset, "configuration key `%.*s` is not required, but has no default",
                                   RF_SLICE_ARG(key->name));
            rf_error_hint(reader->last, "give it a default, or take out `required = false`");
            return false;
        }
    }
    if (doc) {
        rf_manifest_value value = member_value(reader, table, doc);
        return value.key.data && rf_manifest_text(reader, &value, DOC_MAX_BYTES, &key->doc);
    }
    return true;
}

static bool add_table(rf_manifest_reader *reader, const rf_toml *table) {
    if (table->kind != RF_TOML_TABLE) {
        (void)rf_manifest_fail(reader, table->key_offset, "configuration key `%.*s` is a table, not %s",
                               RF_SLICE_ARG(rf_manifest_clip(table->key)), rf_manifest_kind(table));
        rf_error_hint(reader->last, "it is written [config.%.*s] with type and default below it",
                      RF_SLICE_ARG(rf_manifest_clip(table->key)));
        return false;
    }
    rf_config_key *key = new_key(reader, table->key_offset);
    if (!key || !check_name(reader, table->key, table->key_offset))
        return false;
    key->name = table->key;
    bool fine = check_members(reader, table);
    if (!read_type(reader, table, key) || !read_rest(reader, table, key) || !fine)
        return false;
    reader->manifest->config_count++;
    return true;
}

bool rf_manifest_set_config_table(rf_manifest_reader *reader, const rf_manifest_value *value) {
    if (value->toml->kind != RF_TOML_TABLE) {
        (void)rf_manifest_fail(reader, value->offset, "`config` is a table, not %s", rf_manifest_kind(value->toml));
        rf_error_hint(reader->last, "a configuration key is written [config.NAME] with type and default below it");
        return false;
    }
    for (const rf_toml *at = value->toml->first; at; at = at->next) {
        if (!add_table(reader, at) && (reader->out_of_memory || reader->manifest->config_count == RF_MANIFEST_LIST_MAX))
            return false;
    }
    return true;
}
