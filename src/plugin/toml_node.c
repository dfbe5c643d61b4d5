/* toml_node.c: TOML values while they are read, and the words for what is wrong with them. */
#include "plugin/toml_internal.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdio.h>

rf_code rf_toml_fail_at(rf_toml_reader *reader, size_t offset) {
    uint32_t line, column;
    rf_source_locate(reader->source, offset, &line, &column);
    rf_error_place(reader->reterr, reader->source->name, line, column);
    return RF_EPARSE;
}

const char *rf_toml_show(const rf_toml_reader *reader, size_t offset, char out[32]) {
    rf_slice rest = { reader->text.data + offset, reader->text.len - offset };
    uint32_t c;
    size_t len = rf_utf8_decode(rest, &c);
    if (rest.len == 0)
        return "the end";
    if (*rest.data == '\n' || *rest.data == '\r')
        return "the end of the line";
    if (c < 0x20 || c == 0x7F)
        (void)snprintf(out, 32, "the control character U+%04X", (unsigned)c);
    else
        (void)snprintf(out, 32, "`%.*s`", (int)len, rest.data);
    return out;
}

rf_slice rf_toml_clip(rf_slice word) {
    enum { SHOWN = 40 };
    return rf_utf8_clip(word, SHOWN);
}

rf_toml_node *rf_toml_new(rf_toml_reader *reader, rf_toml_kind kind, size_t offset) {
    rf_toml_node *node = rf_arena_zero(reader->arena, 1, sizeof *node);
    if (!node) {
        (void)rf_raise_nomem(reader->reterr);
        return NULL;
    }
    node->toml.kind = kind;
    node->toml.offset = node->toml.key_offset = offset;
    node->toml.key = RF_SLICE("");
    return node;
}

rf_toml_node *rf_toml_find(const rf_toml_node *table, rf_slice key) {
    uint32_t hash = rf_slice_hash(key);
    for (rf_toml_node *at = table->top; at; at = hash < at->hash ? at->lower : at->higher) {
        if (at->hash == hash && rf_slice_eq(at->toml.key, key))
            return at;
    }
    return NULL;
}

void rf_toml_append(rf_toml_node *array, rf_toml_node *item) {
    assert(array && item && !item->toml.next);
    if (array->last)
        array->last->toml.next = &item->toml;
    else
        array->toml.first = &item->toml;
    array->last = item;
}

void rf_toml_put(rf_toml_node *table, rf_toml_node *member, rf_slice key, size_t key_offset) {
    assert(table->toml.kind == RF_TOML_TABLE && !rf_toml_find(table, key));
    member->toml.key = key;
    member->toml.key_offset = key_offset;
    member->hash = rf_slice_hash(key);
    rf_toml_node **link = &table->top;
    while (*link)
        link = member->hash < (*link)->hash ? &(*link)->lower : &(*link)->higher;
    *link = member;
    rf_toml_append(table, member);
}

rf_code rf_toml_fail_closed(rf_toml_reader *reader, const rf_toml_node *found, rf_slice key, size_t offset) {
    rf_slice name = rf_toml_clip(key);
    uint32_t line, column;
    rf_source_locate(reader->source, found->toml.key_offset, &line, &column);
    if (found->toml.kind != RF_TOML_TABLE)
        (void)rf_toml_fail(reader, offset, "`%.*s` is no table: it has a value already (%s)", RF_SLICE_ARG(name),
                           rf_toml_kind_name(found->toml.kind));
    else if (found->origin == RF_TOML_BY_VALUE)
        (void)rf_toml_fail(reader, offset, "`%.*s` is a table in braces: nothing can be added to it", RF_SLICE_ARG(name));
    else
        (void)rf_toml_fail(reader, offset, "`%.*s` has a header of its own: its keys are added there", RF_SLICE_ARG(name));
    rf_error_hint(reader->reterr, "it is in line %u", (unsigned)line);
    return RF_EPARSE;
}

rf_code rf_toml_fail_twice(rf_toml_reader *reader, const rf_toml_node *first, const char *what, rf_slice key, size_t offset) {
    uint32_t line, column;
    rf_source_locate(reader->source, first->toml.key_offset, &line, &column);
    rf_code code = rf_toml_fail(reader, offset, "%s `%.*s` is given twice", what, RF_SLICE_ARG(rf_toml_clip(key)));
    rf_error_hint(reader->reterr, "it is in line %u already", (unsigned)line);
    return code;
}
