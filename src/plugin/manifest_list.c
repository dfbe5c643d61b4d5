/* manifest_list.c: lists of texts in a manifest: TOML arrays, and words with commas in comments. */
#include "plugin/manifest_internal.h"

#include "base/slice.h"

#include <assert.h>

typedef struct list {
    rf_manifest_reader *reader;
    const rf_manifest_value *value;
    rf_manifest_item *items; /* RF_MANIFEST_LIST_MAX rooms */
    uint32_t count;
} list;

static bool add(list *to, rf_slice text, size_t offset) {
    rf_slice key = to->value->key;
    if (text.len == 0) {
        (void)rf_manifest_fail(to->reader, offset, "`%.*s` has an empty item", RF_SLICE_ARG(key));
        if (!to->reader->is_toml && !to->value->toml && !memchr(to->value->raw.data, '"', to->value->raw.len))
            rf_error_hint(to->reader->last, "its items are parted by single commas");
        return false;
    }
    if (to->count == RF_MANIFEST_LIST_MAX)
        return rf_manifest_fail(to->reader, offset, "`%.*s` has more than %u items", RF_SLICE_ARG(key), RF_MANIFEST_LIST_MAX);
    for (uint32_t i = 0; i < to->count; i++) {
        if (rf_slice_eq(to->items[i].text, text))
            return rf_manifest_fail(to->reader, offset, "`%.*s` is in `%.*s` twice", RF_SLICE_ARG(rf_manifest_clip(text)),
                                    RF_SLICE_ARG(key));
    }
    to->items[to->count++] = (rf_manifest_item){ text, offset };
    return true;
}

static bool add_array(list *to, const rf_toml *array) {
    bool fine = true;
    for (const rf_toml *at = array->first; at; at = at->next) {
        if (at->kind == RF_TOML_STRING)
            fine &= add(to, at->text, at->offset);
        else
            fine = rf_manifest_fail(to->reader, at->offset, "an item of `%.*s` is a text, not %s", RF_SLICE_ARG(to->value->key),
                                    rf_manifest_kind(at));
        if (to->count == RF_MANIFEST_LIST_MAX && !fine)
            return false;
    }
    return fine;
}

/* The length of a text in quotes that `rest` begins with, both quotes included; 0: it does not. */
static size_t quoted_len(rf_slice rest) {
    char quote = rest.len ? rest.data[0] : '\0';
    if (quote != '"' && quote != '\'')
        return 0;
    for (size_t i = 1; i < rest.len; i++) {
        if (rest.data[i] == '\\' && quote == '"')
            i++;
        else if (rest.data[i] == quote)
            return i + 1;
    }
    return 0;
}

/* The length of the /regex/flags that `rest` begins with: up to a slash behind which only letters come, then a comma or the end. */
static size_t regex_len(rf_slice rest) {
    if (rest.len == 0 || rest.data[0] != '/')
        return 0;
    for (size_t i = 1; i < rest.len; i++) {
        if (rest.data[i] == '\\')
            i++;
        else if (rest.data[i] == '/') {
            size_t end = i + 1;
            while (end < rest.len && rest.data[end] >= 'a' && rest.data[end] <= 'z')
                end++;
            size_t next = end;
            while (next < rest.len && rest.data[next] == ' ')
                next++;
            if (next == rest.len || rest.data[next] == ',')
                return end;
        }
    }
    return 0;
}

/* One item of a comment's list, bare or in quotes. */
static bool add_piece(list *to, rf_slice piece, size_t offset) {
    if (piece.len == 0 || (piece.data[0] != '"' && piece.data[0] != '\'')) {
        rf_slice copy;
        return rf_manifest_take(to->reader, piece, &copy) && add(to, copy, offset);
    }
    rf_error error = { 0 };
    rf_toml *toml;
    if (rf_toml_read_value(to->reader->arena, to->reader->source, offset, piece.len, &toml, &error))
        return rf_manifest_pass_on(to->reader, &error);
    assert(toml->kind == RF_TOML_STRING);
    return add(to, toml->text, offset);
}

static bool add_words(list *to, bool regexes) {
    rf_slice rest = to->value->raw;
    bool fine = true;
    for (bool more = true; more;) {
        size_t blanks = 0;
        while (blanks < rest.len && (rest.data[blanks] == ' ' || rest.data[blanks] == '\t'))
            blanks++;
        rest = (rf_slice){ rest.data + blanks, rest.len - blanks };
        size_t closed = quoted_len(rest);
        if (!closed && regexes)
            closed = regex_len(rest);
        size_t len = closed + rf_slice_find((rf_slice){ rest.data + closed, rest.len - closed }, ',');
        rf_slice piece = { rest.data, len };
        while (piece.len && (piece.data[piece.len - 1] == ' ' || piece.data[piece.len - 1] == '\t'))
            piece.len--;
        fine &= add_piece(to, piece, to->value->offset + (size_t)(piece.data - to->value->raw.data));
        more = len < rest.len && to->reader->finding_count < RF_MANIFEST_FINDINGS_MAX;
        if (more)
            rest = (rf_slice){ rest.data + len + 1, rest.len - len - 1 };
    }
    return fine;
}

bool rf_manifest_list(rf_manifest_reader *reader, rf_manifest_value *value, bool regexes, rf_manifest_item **ret, uint32_t *ret_count) {
    list to = { reader, value, rf_arena_zero(reader->arena, RF_MANIFEST_LIST_MAX, sizeof *to.items), 0 };
    if (!to.items)
        return rf_manifest_no_memory(reader);
    bool is_array = reader->is_toml || value->toml || (value->raw.len && value->raw.data[0] == '[');
    if (is_array && !value->toml) {
        rf_error error = { 0 };
        rf_toml *toml;
        if (rf_toml_read_value(reader->arena, reader->source, value->offset, value->raw.len, &toml, &error)) {
            (void)rf_manifest_pass_on(reader, &error);
            rf_error_hint(reader->last, "write the items without brackets, or each in quotes: [\"a\", \"b\"]");
            return false;
        }
        value->toml = toml;
    }
    if (is_array && value->toml->kind != RF_TOML_ARRAY) {
        (void)rf_manifest_fail(reader, value->offset, "`%.*s` is a list of texts, not %s", RF_SLICE_ARG(value->key),
                               rf_manifest_kind(value->toml));
        if (value->toml->kind == RF_TOML_STRING)
            rf_error_hint(reader->last, "put it in brackets: [\"%.*s\"]", RF_SLICE_ARG(rf_manifest_clip(value->toml->text)));
        else
            rf_error_hint(reader->last, "it is written %.*s = [\"…\", \"…\"]", RF_SLICE_ARG(value->key));
        return false;
    }
    bool fine = is_array ? add_array(&to, value->toml) : add_words(&to, regexes);
    *ret = to.items;
    *ret_count = to.count;
    return fine;
}
