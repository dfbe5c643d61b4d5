/* interpolate_file.c: env files, `NAME=value` a line. */
#include "stream/interpolate.h"

#include "base/slice.h"

#include <assert.h>

static rf_code bad_line(const char *name, uint32_t line, size_t column, rf_error *reterr) {
    rf_code code = rf_raise(reterr, RF_ECONFIG, "failed to parse env file: expected an assignment, NAME=value");
    rf_error_hint(reterr, "no `export`, no quotes, no blanks around the equals sign");
    rf_error_place(reterr, name, line, (uint32_t)column + 1);
    return code;
}

/* The value is kept as a slice behind a pointer, as the table holds pointers. */
static rf_code keep(rf_arena *arena, rf_table *table, rf_slice name, rf_slice value, rf_error *reterr) {
    rf_slice key = rf_slice_dup_in(arena, name);
    rf_slice *kept = rf_arena_alloc(arena, sizeof *kept);
    if (!key.data || !kept)
        return rf_raise_nomem(reterr);
    *kept = rf_slice_dup_in(arena, value);
    if (!kept->data || !rf_table_put(table, key, kept))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

rf_code rf_env_file_parse(rf_arena *arena, const char *name, rf_slice text, rf_table *table, rf_error *reterr) {
    assert(arena && name && table);
    uint32_t number = 0;
    for (size_t at = 0; at < text.len;) {
        rf_slice rest = { text.data + at, text.len - at };
        rf_slice line = { rest.data, rf_slice_find(rest, '\n') };
        at += line.len + 1;
        number++;
        rf_slice trimmed = rf_slice_trim(line);
        if (trimmed.len == 0 || trimmed.data[0] == '#')
            continue;
        size_t length = 0, before = (size_t)(trimmed.data - line.data);
        while (length < trimmed.len && rf_env_name_char(trimmed.data[length]))
            length++;
        if (length == 0 || length == trimmed.len || trimmed.data[length] != '=')
            return bad_line(name, number, before + length, reterr);
        rf_slice value = { trimmed.data + length + 1, trimmed.len - length - 1 };
        value.len = rf_slice_find(value, ' ') < rf_slice_find(value, '\t') ? rf_slice_find(value, ' ') : rf_slice_find(value, '\t');
        rf_code code = keep(arena, table, (rf_slice){ trimmed.data, length }, value, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}
