/* where.c: see where.h. The engine's side of it is tools/quickjs_where.c. */
#include "script/javascript/where.h"

#include "base/slice.h"
#include "script/javascript/quickjs_where.h"

#include <assert.h>
#include <stddef.h>

_Static_assert(sizeof(rf_script_frame) == sizeof(riffle_quickjs_frame) &&
                   offsetof(rf_script_frame, file) == offsetof(riffle_quickjs_frame, file) &&
                   offsetof(rf_script_frame, line) == offsetof(riffle_quickjs_frame, line),
               "the engine fills our frames");

/* ---- Lines ---- */

static uint32_t last_line(rf_slice text) {
    uint32_t line = 1;
    for (size_t i = 0; i + 1 < text.len; i++) /* what is behind the last line break is no line */
        line += text.data[i] == '\n';
    return line;
}

/* The lines in the middle are asked about too: a folded text may come out even. */
static bool is_line_by_line(const rf_script_source *source, const rf_place *first) {
    const uint32_t last = last_line(source->text), asked[] = { last, last / 2 + 1, last / 4 + 1, 2 };
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        rf_place place = { 0 };
        uint32_t line = asked[i] < last ? asked[i] : last;
        source->locate(source->map, line, 1, &place);
        if (place.line != first->line + line - 1)
            return false;
    }
    return true;
}

void rf_js_lines_init(rf_js_lines *lines, const rf_script_source *source, uint32_t lines_before) {
    assert(lines && source && source->file);
    rf_place first = { 0 };
    *lines = (rf_js_lines){ .own = source->file, .first = 1, .lines_before = lines_before };
    if (!source->locate)
        return;
    source->locate(source->map, 1, 1, &first);
    if (first.line == 0 || !is_line_by_line(source, &first))
        return;
    memcpy(lines->file, first.file, sizeof first.file);
    lines->file[sizeof lines->file - 1] = '\0';
    lines->file_len = (uint32_t)strlen(lines->file);
    lines->first = first.line;
}

/* ---- Frames ---- */

/* The functions below run in a signal's handler. */

static bool same_text(const char *a, const char *b) {
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* `is_wrapper`: the function that a script became. */
static void name(rf_script_frame *frame, bool is_wrapper) {
    if (is_wrapper || same_text(frame->function, "<eval>"))
        rf_where_put_function(frame, RF_SLICE("<script>"));
    else if (!frame->function[0])
        rf_where_put_function(frame, RF_SLICE("<anonymous>"));
}

static void place(rf_script_frame *frame, const rf_js_lines *lines) {
    if (!same_text(frame->file, lines->own))
        return;
    uint32_t line = frame->line > lines->lines_before ? frame->line - lines->lines_before : 1;
    if (lines->file_len)
        rf_where_put_file(frame, (rf_slice){ lines->file, lines->file_len });
    frame->line = lines->first + line - 1;
}

static uint32_t frames(void *engine, rf_script_frame *ret_frames, uint32_t max) {
    const rf_js_where *self = engine;
    const rf_js_lines *lines = self->lines;
    uint32_t count = riffle_quickjs_frames ? riffle_quickjs_frames(self->rt, (riffle_quickjs_frame *)(void *)ret_frames, max) : 0;
    for (uint32_t i = 0; i < count; i++) {
        name(&ret_frames[i], lines && i + 1 == count && count < max);
        if (lines)
            place(&ret_frames[i], lines);
    }
    return count;
}

void rf_js_where_init(rf_js_where *self, struct JSRuntime *rt) {
    assert(self && rt);
    *self = (rf_js_where){ .where = { .frames = frames, .engine = self }, .rt = rt };
}
