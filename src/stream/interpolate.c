/* interpolate.c: environment variables put into a config's raw text, and the way back to what was written. */
#include "stream/interpolate.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/slice.h"
#include "base/vec.h"

#include <assert.h>
#include <stdlib.h>

typedef struct work {
    rf_arena *arena;
    const rf_table *extra;
    rf_slice text;
    rf_buffer out;
    RF_VEC(rf_env_part) parts;
    RF_VEC(rf_env_missing) missing;
    bool nomem;
} work;

static size_t name_length(rf_slice text, size_t at) {
    size_t end = at;
    while (end < text.len && rf_env_name_char(text.data[end]))
        end++;
    return end - at;
}

/* The value of a variable; data NULL: not set. */
static rf_slice lookup(work *w, rf_slice name) {
    const rf_slice *own = w->extra ? rf_table_get(w->extra, name) : NULL;
    if (own)
        return *own;
    rf_slice key = rf_slice_dup_in(w->arena, name);
    if (!key.data) {
        w->nomem = true;
        return (rf_slice){ 0 };
    }
    const char *value = getenv(key.data);
    return (rf_slice){ value, value ? strlen(value) : 0 };
}

/* Line breaks would tear the YAML apart: escaped, they are right within double quotes. */
static void append_value(rf_buffer *out, rf_slice value) {
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '\n')
            rf_buffer_text(out, "\\n");
        else
            rf_buffer_char(out, value.data[i]);
    }
}

static bool in_comment(rf_slice text, size_t at) {
    size_t start = at;
    while (start > 0 && text.data[start - 1] != '\n')
        start--;
    while (start < at && (text.data[start] == ' ' || text.data[start] == '\t'))
        start++;
    return text.data[start] == '#';
}

static void put(work *w, rf_slice name, bool has_default, rf_slice standard, size_t at) {
    rf_slice value = lookup(w, name);
    if (has_default && value.len == 0)
        value = standard;
    else if (!value.data)
        w->nomem |= !rf_vec_push(&w->missing, (rf_env_missing){ name, at, in_comment(w->text, at) });
    append_value(&w->out, value);
}

/* `${{…}}` at `at`: the literal `${…}`. Returns the bytes taken, 0 when it is none. */
static size_t take_escape(work *w, size_t at) {
    rf_slice rest = { w->text.data + at, w->text.len - at };
    if (!rf_slice_starts(rest, RF_SLICE("${{")) || rf_slice_starts(rest, RF_SLICE("${{!"))) /* of `${! }` the fields make what they mean */
        return 0;
    for (size_t end = 3; end + 1 < rest.len && rest.data[end] != '\n'; end++)
        if (rest.data[end] == '}' && rest.data[end + 1] == '}') {
            rf_buffer_text(&w->out, "${");
            rf_buffer_append(&w->out, rest.data + 3, end - 3);
            rf_buffer_char(&w->out, '}');
            return end + 2;
        }
    return 0;
}

/* `${NAME}` or `${NAME:default}` at `at`. Returns the bytes taken, 0 when it is neither. */
static size_t take_variable(work *w, size_t at) {
    size_t length = name_length(w->text, at + 2), end = at + 2 + length;
    if (length == 0 || end >= w->text.len)
        return 0;
    rf_slice name = { w->text.data + at + 2, length }, standard = { "", 0 };
    bool has_default = w->text.data[end] == ':';
    if (has_default) {
        rf_slice rest = { w->text.data + end + 1, w->text.len - end - 1 };
        standard = (rf_slice){ rest.data, rf_slice_find(rest, '}') };
        if (standard.len == rest.len || rf_slice_find(standard, '\n') < standard.len)
            return 0;
        end += 1 + standard.len;
    }
    if (w->text.data[end] != '}')
        return 0;
    put(w, name, has_default, standard, at);
    return end + 1 - at;
}

static void scan(work *w) {
    for (size_t at = 0; at < w->text.len && !w->nomem;) {
        size_t made = w->out.len, taken = 0;
        if (w->text.data[at] == '$' && at + 1 < w->text.len && w->text.data[at + 1] == '{') {
            taken = take_escape(w, at);
            if (!taken)
                taken = take_variable(w, at);
        }
        if (!taken) {
            rf_buffer_char(&w->out, w->text.data[at++]);
            continue;
        }
        w->nomem |= !rf_vec_push(&w->parts, (rf_env_part){ at, taken, made, w->out.len - made });
        at += taken;
    }
}

/* Moves an array from the heap into the arena; NULL for an empty one or without memory. */
static void *settle(rf_arena *arena, const void *items, size_t bytes) {
    void *kept = bytes ? rf_arena_alloc(arena, bytes) : NULL;
    return kept ? memcpy(kept, items, bytes) : NULL;
}

rf_code rf_env_interpolate(rf_arena *arena, rf_slice text, const rf_table *extra, rf_env_text *ret_text, rf_error *reterr) {
    assert(arena && ret_text);
    work w = { .arena = arena, .extra = extra, .text = text };
    scan(&w);
    rf_env_text made = {
        .text = rf_slice_dup_in(arena, rf_buffer_view(&w.out)),
        .parts = settle(arena, w.parts.items, w.parts.count * sizeof(rf_env_part)),
        .part_count = w.parts.count,
        .missing = settle(arena, w.missing.items, w.missing.count * sizeof(rf_env_missing)),
        .missing_count = w.missing.count,
    };
    bool failed = w.nomem || w.out.failed || !made.text.data || (made.part_count && !made.parts) ||
                  (made.missing_count && !made.missing);
    rf_buffer_done(&w.out);
    rf_vec_done(&w.parts);
    rf_vec_done(&w.missing);
    if (failed)
        return rf_raise_nomem(reterr);
    *ret_text = made;
    return RF_OK;
}

size_t rf_env_written(const rf_env_text *text, size_t made) {
    assert(text);
    size_t low = 0, high = text->part_count; /* parts[low - 1] is the last that starts at or before `made` */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (text->parts[middle].made <= made)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return made;
    const rf_env_part *part = &text->parts[low - 1];
    size_t into = made - part->made;
    return into < part->made_len ? part->written : part->written + part->written_len + (into - part->made_len);
}
