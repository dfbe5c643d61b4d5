/* toml.c: TOML documents: lines, tables, arrays of tables. */
#include "plugin/toml.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "plugin/toml_internal.h"

#include <assert.h>

void rf_toml_skip_blanks(rf_toml_reader *reader) {
    while (rf_toml_peek(reader, 0) == ' ' || rf_toml_peek(reader, 0) == '\t')
        reader->at++;
}

static rf_code skip_comment(rf_toml_reader *reader) {
    if (rf_toml_peek(reader, 0) != '#')
        return RF_OK;
    for (; !rf_toml_at_end(reader); reader->at++) {
        char c = rf_toml_peek(reader, 0), shown[32];
        if (c == '\n' || (c == '\r' && rf_toml_peek(reader, 1) == '\n'))
            break;
        if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7F)
            return rf_toml_fail(reader, reader->at, "%s in a comment",
                                c == '\r' ? "a carriage return" : rf_toml_show(reader, reader->at, shown));
    }
    return RF_OK;
}

/* Takes a line end; false: there is none. */
static bool take_newline(rf_toml_reader *reader) {
    size_t len = rf_toml_peek(reader, 0) == '\r' ? 2 : 1;
    if (rf_toml_peek(reader, len - 1) != '\n')
        return false;
    reader->at += len;
    return true;
}

rf_code rf_toml_skip_lines(rf_toml_reader *reader) {
    do {
        rf_toml_skip_blanks(reader);
        rf_code code = skip_comment(reader);
        if (code)
            return code;
    } while (take_newline(reader));
    return RF_OK;
}

/* The table that a part of a header before its last leads to. */
static rf_code enter(rf_toml_reader *reader, rf_toml_node **table, rf_slice key, size_t offset) {
    rf_toml_node *found = rf_toml_find(*table, key);
    if (!found) {
        found = rf_toml_new(reader, RF_TOML_TABLE, offset);
        if (!found)
            return RF_ENOMEM;
        found->origin = RF_TOML_BY_PATH;
        rf_toml_put(*table, found, key, offset);
    }
    if (found->toml.kind == RF_TOML_ARRAY && found->origin == RF_TOML_BY_ITEMS)
        found = found->last;
    if (found->toml.kind != RF_TOML_TABLE || found->origin == RF_TOML_BY_VALUE)
        return rf_toml_fail_closed(reader, found, key, offset);
    *table = found;
    return RF_OK;
}

/* [key] with `key` in `*table`, which becomes the new table. */
static rf_code open_table(rf_toml_reader *reader, rf_toml_node **table, rf_slice key, size_t offset) {
    rf_toml_node *found = rf_toml_find(*table, key);
    if (found && (found->toml.kind != RF_TOML_TABLE || found->origin != RF_TOML_BY_PATH))
        return rf_toml_fail_twice(reader, found, found->toml.kind == RF_TOML_TABLE ? "table" : "key", key, offset);
    if (!found) {
        found = rf_toml_new(reader, RF_TOML_TABLE, offset);
        if (!found)
            return RF_ENOMEM;
        rf_toml_put(*table, found, key, offset);
    }
    found->origin = RF_TOML_BY_HEADER;
    *table = found;
    return RF_OK;
}

/* [[key]]. */
static rf_code open_item(rf_toml_reader *reader, rf_toml_node **table, rf_slice key, size_t offset) {
    rf_toml_node *array = rf_toml_find(*table, key);
    if (array && array->origin != RF_TOML_BY_ITEMS)
        return rf_toml_fail_twice(reader, array, "key", key, offset);
    rf_toml_node *item = rf_toml_new(reader, RF_TOML_TABLE, offset);
    rf_toml_node *made = item && !array ? rf_toml_new(reader, RF_TOML_ARRAY, offset) : array;
    if (!item || !made)
        return RF_ENOMEM;
    if (!array) {
        made->origin = RF_TOML_BY_ITEMS;
        rf_toml_put(*table, made, key, offset);
    }
    item->origin = RF_TOML_BY_HEADER;
    rf_toml_append(made, item);
    *table = item;
    return RF_OK;
}

/* [a.b] or [[a.b]]: `*table` is the root before and the new table behind. */
static rf_code read_header(rf_toml_reader *reader, rf_toml_node **table) {
    bool is_item = rf_toml_peek(reader, 1) == '[';
    const char *closing = is_item ? "]]" : "]";
    size_t opened = reader->at;
    char shown[32];
    reader->at += is_item ? 2 : 1;
    for (reader->depth = 1;; reader->depth++) {
        rf_slice key;
        size_t offset;
        rf_toml_skip_blanks(reader);
        rf_code code = rf_toml_key(reader, &key, &offset);
        if (code)
            return code;
        if (reader->depth > RF_TOML_DEPTH_MAX)
            return rf_toml_fail(reader, offset, "tables are nested more than %u deep", RF_TOML_DEPTH_MAX);
        rf_toml_skip_blanks(reader);
        bool is_last = rf_toml_peek(reader, 0) != '.';
        if (is_last && (rf_toml_peek(reader, 0) != ']' || (is_item && rf_toml_peek(reader, 1) != ']')))
            return rf_toml_fail(reader, reader->at, "the header that begins with `%s` must end in `%s`, not %s", is_item ? "[[" : "[",
                                closing, rf_toml_show(reader, reader->at, shown));
        code = !is_last  ? enter(reader, table, key, offset)
               : is_item ? open_item(reader, table, key, offset)
                         : open_table(reader, table, key, offset);
        if (code)
            return code;
        if (is_last)
            break;
        reader->at++;
    }
    (*table)->toml.offset = opened;
    reader->at += is_item ? 2 : 1;
    return RF_OK;
}

static rf_code end_line(rf_toml_reader *reader, const char *behind) {
    char shown[32];
    rf_toml_skip_blanks(reader);
    rf_code code = skip_comment(reader);
    if (code || rf_toml_at_end(reader) || take_newline(reader))
        return code;
    code = rf_toml_fail(reader, reader->at, "the end of the line is expected behind the %s, not %s", behind,
                        rf_toml_show(reader, reader->at, shown));
    rf_error_hint(reader->reterr, "each key has a line of its own; a comment begins with #");
    return code;
}

static rf_code read_document(rf_toml_reader *reader, rf_toml_node *root) {
    rf_toml_node *table = root;
    for (;;) {
        rf_code code = rf_toml_skip_lines(reader);
        if (code || rf_toml_at_end(reader))
            return code;
        bool is_header = rf_toml_peek(reader, 0) == '[';
        if (is_header) {
            table = root;
            code = read_header(reader, &table);
        } else {
            code = rf_toml_assign(reader, table);
        }
        if (!code)
            code = end_line(reader, is_header ? "header" : "value");
        if (code)
            return code;
    }
}

/* The first byte from `at` on that is no UTF-8. */
static rf_code check_utf8(rf_toml_reader *reader) {
    size_t at = reader->at;
    if (rf_utf8_valid((rf_slice){ reader->text.data + at, reader->text.len - at }))
        return RF_OK;
    uint32_t c;
    for (size_t len; (len = rf_utf8_decode((rf_slice){ reader->text.data + at, reader->text.len - at }, &c)) > 0;)
        at += len;
    rf_code code = rf_toml_fail(reader, at, "the byte 0x%02X is no UTF-8", (unsigned)(unsigned char)reader->text.data[at]);
    rf_error_hint(reader->reterr, "save the file as UTF-8");
    return code;
}

rf_code rf_toml_read(rf_arena *arena, const rf_source *source, rf_toml **ret_root, rf_error *reterr) {
    assert(arena && source && ret_root);
    rf_toml_reader reader = { .arena = arena, .source = source, .text = source->text, .reterr = reterr };
    if (!reader.text.data)
        reader.text = RF_SLICE("");
    if (rf_slice_starts(reader.text, RF_SLICE("\xEF\xBB\xBF")))
        reader.at = 3;
    rf_toml_node *root = rf_toml_new(&reader, RF_TOML_TABLE, 0);
    if (!root)
        return RF_ENOMEM;
    root->origin = RF_TOML_BY_HEADER;
    rf_code code = check_utf8(&reader);
    if (!code)
        code = read_document(&reader, root);
    if (!code)
        *ret_root = &root->toml;
    return code;
}

/* A text without quotes: what stands there. */
static rf_code bare_text(rf_toml_reader *reader, size_t offset, rf_toml **ret_value) {
    rf_toml_node *node = rf_toml_new(reader, RF_TOML_STRING, offset);
    if (!node)
        return RF_ENOMEM;
    node->toml.text = rf_slice_dup_in(reader->arena, (rf_slice){ reader->text.data + offset, reader->text.len - offset });
    if (!node->toml.text.data)
        return rf_raise_nomem(reader->reterr);
    *ret_value = &node->toml;
    return RF_OK;
}

rf_code rf_toml_read_value(rf_arena *arena, const rf_source *source, size_t offset, size_t len, rf_toml **ret_value, rf_error *reterr) {
    assert(arena && source && ret_value && offset <= source->text.len && len <= source->text.len - offset);
    rf_toml_reader reader = { .arena = arena, .source = source, .text = { source->text.data, offset + len }, .at = offset, .reterr = reterr };
    rf_slice trimmed = rf_slice_trim((rf_slice){ source->text.data + offset, len });
    reader.text.len = trimmed.len ? (size_t)(trimmed.data - source->text.data) + trimmed.len : offset;
    rf_toml_skip_blanks(&reader);
    rf_code code = check_utf8(&reader);
    if (code)
        return code;
    size_t start = reader.at;
    char opening = rf_toml_peek(&reader, 0);
    bool is_strict = opening == '[' || opening == '{' || opening == '"';
    rf_toml_node *node = NULL;
    if (!is_strict)
        reader.reterr = NULL;
    code = rf_toml_at_end(&reader) ? RF_EPARSE : rf_toml_value(&reader, &node);
    reader.reterr = reterr;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (!code && !rf_toml_at_end(&reader) && is_strict) {
        rf_toml_skip_blanks(&reader);
        code = rf_toml_fail(&reader, reader.at, "more text behind the value");
        rf_error_hint(reterr, "put the whole text in quotes");
    }
    if (is_strict || (!code && rf_toml_at_end(&reader))) {
        if (!code)
            *ret_value = &node->toml;
        return code;
    }
    return bare_text(&reader, start, ret_value);
}

const rf_toml *rf_toml_member(const rf_toml *table, const char *key) {
    assert(table && key && table->kind == RF_TOML_TABLE);
    for (const rf_toml *at = table->first; at; at = at->next) {
        if (rf_slice_is(at->key, key))
            return at;
    }
    return NULL;
}

const char *rf_toml_kind_name(rf_toml_kind kind) {
    static const char *const names[] = { "string", "integer", "number", "boolean", "date or time", "array", "table" };
    assert((size_t)kind < sizeof names / sizeof *names);
    return names[kind];
}

void rf_toml_write_text(rf_buffer *out, rf_slice text) {
    assert(out);
    static const char letters[] = "btn\0fr";
    rf_buffer_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '"' || c == '\\')
            rf_buffer_printf(out, "\\%c", c);
        else if (c >= '\b' && c <= '\r' && c != '\v')
            rf_buffer_printf(out, "\\%c", letters[c - '\b']);
        else if ((unsigned char)c < 0x20 || c == 0x7F)
            rf_buffer_printf(out, "\\u%04X", (unsigned)c);
        else
            rf_buffer_char(out, c);
    }
    rf_buffer_char(out, '"');
}
