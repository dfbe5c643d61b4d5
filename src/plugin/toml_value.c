/* toml_value.c: TOML's keys, arrays and inline tables. */
#include "plugin/toml_internal.h"

#include "base/slice.h"

#include <assert.h>

static bool is_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

rf_code rf_toml_key(rf_toml_reader *reader, rf_slice *ret_key, size_t *ret_offset) {
    char shown[32], c = rf_toml_peek(reader, 0);
    size_t start = reader->at;
    *ret_offset = start;
    if (c == '"' || c == '\'')
        return rf_toml_text(reader, false, ret_key);
    while (is_bare(rf_toml_peek(reader, 0)))
        reader->at++;
    if (reader->at == start) {
        rf_code code = rf_toml_fail(reader, start, "a key is expected here, not %s", rf_toml_show(reader, start, shown));
        if ((unsigned char)c >= 0x80)
            rf_error_hint(reader->reterr, "a key that is more than a-z, A-Z, 0-9, _ and - stands in quotes");
        else if (c == '/' || c == ';')
            rf_error_hint(reader->reterr, "a comment begins with #");
        return code;
    }
    *ret_key = rf_slice_dup_in(reader->arena, (rf_slice){ reader->text.data + start, reader->at - start });
    return ret_key->data ? RF_OK : rf_raise_nomem(reader->reterr);
}

/* The table that a part of a dotted key before its last leads to. */
static rf_code enter_dotted(rf_toml_reader *reader, rf_toml_node **table, rf_slice key, size_t offset) {
    rf_toml_node *found = rf_toml_find(*table, key);
    if (!found) {
        found = rf_toml_new(reader, RF_TOML_TABLE, offset);
        if (!found)
            return RF_ENOMEM;
        found->origin = RF_TOML_BY_DOTS;
        rf_toml_put(*table, found, key, offset);
    }
    bool is_open = found->toml.kind == RF_TOML_TABLE && (found->origin == RF_TOML_BY_PATH || found->origin == RF_TOML_BY_DOTS);
    if (!is_open)
        return rf_toml_fail_closed(reader, found, key, offset);
    found->origin = RF_TOML_BY_DOTS;
    *table = found;
    return RF_OK;
}

static rf_code fail_key(rf_toml_reader *reader, rf_slice key) {
    char shown[32];
    rf_code code = rf_toml_fail(reader, reader->at, "`=` is expected behind the key `%.*s`, not %s", RF_SLICE_ARG(rf_toml_clip(key)),
                                rf_toml_show(reader, reader->at, shown));
    if (rf_toml_peek(reader, 0) == ':')
        rf_error_hint(reader->reterr, "in TOML it is written key = value");
    return code;
}

/* The parts of a key up to its last, which is given back. */
static rf_code read_path(rf_toml_reader *reader, rf_toml_node **table, rf_slice *ret_key, size_t *ret_offset) {
    for (;;) {
        rf_code code = rf_toml_key(reader, ret_key, ret_offset);
        if (code)
            return code;
        rf_toml_skip_blanks(reader);
        if (rf_toml_peek(reader, 0) != '.')
            return RF_OK;
        if (++reader->depth > RF_TOML_DEPTH_MAX)
            return rf_toml_fail(reader, *ret_offset, "tables are nested more than %u deep", RF_TOML_DEPTH_MAX);
        code = enter_dotted(reader, table, *ret_key, *ret_offset);
        if (code)
            return code;
        reader->at++;
        rf_toml_skip_blanks(reader);
    }
}

rf_code rf_toml_assign(rf_toml_reader *reader, rf_toml_node *table) {
    uint32_t depth = reader->depth;
    rf_slice key;
    size_t offset;
    rf_code code = read_path(reader, &table, &key, &offset);
    if (code)
        return code;
    if (rf_toml_peek(reader, 0) != '=')
        return fail_key(reader, key);
    const rf_toml_node *found = rf_toml_find(table, key);
    if (found)
        return rf_toml_fail_twice(reader, found, "key", key, offset);
    reader->at++;
    rf_toml_skip_blanks(reader);
    rf_toml_node *value;
    code = rf_toml_value(reader, &value);
    if (!code)
        rf_toml_put(table, value, key, offset);
    reader->depth = depth;
    return code;
}

static rf_code fail_open(rf_toml_reader *reader, size_t opened, const char *what, const char *closing) {
    char shown[32];
    uint32_t line, column;
    rf_source_locate(reader->source, opened, &line, &column);
    rf_code code = rf_toml_fail(reader, reader->at, "`,` or `%s` is expected in the %s, not %s", closing, what,
                                rf_toml_show(reader, reader->at, shown));
    rf_error_hint(reader->reterr, "the %s begins in line %u, column %u", what, (unsigned)line, (unsigned)column);
    return code;
}

/* Behind the `[`. */
static rf_code read_array(rf_toml_reader *reader, rf_toml_node *array) {
    for (;;) {
        rf_code code = rf_toml_skip_lines(reader);
        if (code)
            return code;
        if (rf_toml_peek(reader, 0) == ']')
            break;
        if (rf_toml_at_end(reader))
            return fail_open(reader, array->toml.offset, "array", "]");
        rf_toml_node *item;
        code = rf_toml_value(reader, &item);
        if (code)
            return code;
        rf_toml_append(array, item);
        code = rf_toml_skip_lines(reader);
        if (code)
            return code;
        if (rf_toml_peek(reader, 0) == ']')
            break;
        if (rf_toml_peek(reader, 0) != ',')
            return fail_open(reader, array->toml.offset, "array", "]");
        reader->at++;
    }
    reader->at++;
    return RF_OK;
}

/* Behind the `{`. */
static rf_code read_inline_table(rf_toml_reader *reader, rf_toml_node *table) {
    rf_toml_skip_blanks(reader);
    bool is_first = true;
    while (!is_first || rf_toml_peek(reader, 0) != '}') {
        char c = rf_toml_peek(reader, 0);
        if (!is_first && c == '}')
            return rf_toml_fail(reader, reader->at, "a table in braces has no comma behind its last key");
        if (c == '\n' || c == '\r') {
            rf_code code = rf_toml_fail(reader, reader->at, "a table in braces stands on one line");
            rf_error_hint(reader->reterr, "for more lines write it as [table] with a key on each line");
            return code;
        }
        rf_code code = rf_toml_at_end(reader) ? fail_open(reader, table->toml.offset, "table", "}") : rf_toml_assign(reader, table);
        if (code)
            return code;
        rf_toml_skip_blanks(reader);
        if (rf_toml_peek(reader, 0) == '}')
            break;
        if (rf_toml_peek(reader, 0) != ',')
            return fail_open(reader, table->toml.offset, "table", "}");
        reader->at++;
        rf_toml_skip_blanks(reader);
        is_first = false;
    }
    reader->at++;
    return RF_OK;
}

/* Recursion: at most RF_TOML_DEPTH_MAX arrays and tables in each other. */
static rf_code read_nested(rf_toml_reader *reader, rf_toml_node *node) {
    if (reader->depth >= RF_TOML_DEPTH_MAX)
        return rf_toml_fail(reader, reader->at, "arrays and tables are nested more than %u deep", RF_TOML_DEPTH_MAX);
    bool is_array = rf_toml_peek(reader, 0) == '[';
    node->toml.kind = is_array ? RF_TOML_ARRAY : RF_TOML_TABLE;
    reader->at++;
    reader->depth++;
    rf_code code = is_array ? read_array(reader, node) : read_inline_table(reader, node);
    reader->depth--;
    return code;
}

rf_code rf_toml_value(rf_toml_reader *reader, rf_toml_node **ret_value) {
    rf_toml_node *node = rf_toml_new(reader, RF_TOML_STRING, reader->at);
    if (!node)
        return RF_ENOMEM;
    *ret_value = node;
    char c = rf_toml_peek(reader, 0);
    if (c == '"' || c == '\'')
        return rf_toml_text(reader, true, &node->toml.text);
    return c == '[' || c == '{' ? read_nested(reader, node) : rf_toml_scalar(reader, node);
}
