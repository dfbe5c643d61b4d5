/* diag.c: the texts of one compile, places in them, and what was found wrong. */
#include "script/fusabi/diag.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void rf_fus_diags_init(rf_fus_diags *diags, rf_arena *arena) {
    assert(diags && arena);
    *diags = (rf_fus_diags){ .arena = arena };
}

void rf_fus_diags_done(rf_fus_diags *diags) {
    if (diags)
        rf_vec_done(&diags->list);
}

/* printf into the arena; NULL: no memory, which is noted. */
static const char *print_in(rf_fus_diags *diags, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = len < 0 ? NULL : rf_arena_alloc(diags->arena, (size_t)len + 1);
    if (!text) {
        diags->no_memory = true;
        return NULL;
    }
    (void)vsnprintf(text, (size_t)len + 1, format, arguments);
    return text;
}

rf_fus_diag *rf_fus_report(rf_fus_diags *diags, rf_fus_severity severity, rf_fus_phase phase, rf_fus_at at, rf_fus_at end,
                           const char *format, ...) {
    assert(diags && format);
    if (severity == RF_FUS_ERROR)
        diags->errors++;
    else
        diags->warnings++;
    if (diags->list.count >= RF_FUS_DIAGS_MAX)
        return NULL;
    va_list arguments;
    va_start(arguments, format);
    const char *message = print_in(diags, format, arguments);
    va_end(arguments);
    rf_fus_diag diag = { .severity = severity, .phase = phase, .at = at, .end = end, .other = RF_FUS_NOWHERE, .message = message };
    if (!message)
        return NULL;
    if (!rf_vec_push(&diags->list, diag)) {
        diags->no_memory = true;
        return NULL;
    }
    return &diags->list.items[diags->list.count - 1];
}

void rf_fus_diag_hint(rf_fus_diags *diags, rf_fus_diag *diag, const char *format, ...) {
    assert(diags && format);
    if (!diag)
        return;
    va_list arguments;
    va_start(arguments, format);
    diag->hint = print_in(diags, format, arguments);
    va_end(arguments);
}

bool rf_fus_texts_add(rf_fus_texts *texts, rf_source source) {
    assert(texts);
    size_t base = 0, end;
    if (texts->count) {
        const rf_fus_loaded *last = &texts->items[texts->count - 1];
        base = (size_t)last->base + last->source.text.len + 1;
    }
    if (rf_add_overflow(base, source.text.len, &end) || end >= RF_FUS_NOWHERE - 1)
        return false;
    rf_fus_loaded text = { .source = source, .base = (rf_fus_at)base };
    return rf_vec_push(texts, text);
}

/* The last text that begins at or before `at`. */
static const rf_fus_loaded *text_at(const rf_fus_texts *texts, rf_fus_at at) {
    size_t low = 0, high = texts->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (texts->items[middle].base <= at)
            low = middle;
        else
            high = middle;
    }
    return texts->count ? &texts->items[low] : NULL;
}

const rf_fus_loaded *rf_fus_locate(const rf_fus_texts *texts, rf_fus_at at, uint32_t *ret_line, uint32_t *ret_column) {
    assert(texts && ret_line && ret_column);
    const rf_fus_loaded *text = at == RF_FUS_NOWHERE ? NULL : text_at(texts, at);
    if (!text)
        return NULL;
    size_t offset = at - text->base;
    if (offset > text->source.text.len)
        offset = text->source.text.len;
    if (!text->lines) {
        rf_source_locate(&text->source, offset, ret_line, ret_column);
        return text;
    }
    uint32_t low = 0, high = text->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (text->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    size_t start = text->lines[low];
    *ret_line = low + 1;
    *ret_column = 1 + (uint32_t)rf_utf8_length((rf_slice){ text->source.text.data + start, offset - start });
    return text;
}

/* `error` about `place`; returns the text it is in. */
static const rf_fus_loaded *fill(const rf_fus_texts *texts, rf_fus_at place, const char *message, rf_error *error) {
    uint32_t line = 0, column = 0;
    const rf_fus_loaded *text = rf_fus_locate(texts, place, &line, &column);
    (void)rf_raise(error, RF_EPARSE, "%s", message ? message : "");
    if (text)
        rf_error_place(error, text->source.name ? text->source.name : "", line, column);
    return text;
}

void rf_fus_diag_error(const rf_fus_texts *texts, const rf_fus_diag *diag, rf_error *error) {
    assert(texts && diag);
    if (!error)
        return;
    (void)fill(texts, diag->at, diag->message, error);
    if (diag->hint)
        rf_error_hint(error, "%s", diag->hint);
}

/* Shows an error under another title: rf_source_show knows one only, and writes it right behind the place. */
static void show_as(rf_buffer *out, const rf_fus_loaded *text, const rf_error *error, bool colour, const char *title) {
    RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
    static const char usual[] = "error:", red[] = "\033[31m";
    rf_source_show(&shown, text ? &text->source : NULL, error, colour);
    const char *text_shown = rf_buffer_cstr(&shown);
    if (!text_shown) {
        out->failed = true;
        return;
    }
    size_t skip = strlen(error->place.file);
    const char *from = text_shown + (skip < shown.len ? skip : 0), *found = strstr(from, usual);
    if (!found) {
        rf_buffer_slice(out, rf_buffer_view(&shown));
        return;
    }
    const char *cut = colour && found - text_shown >= (ptrdiff_t)strlen(red) ? found - strlen(red) : found;
    rf_buffer_append(out, text_shown, (size_t)(cut - text_shown));
    rf_buffer_text(out, colour ? "\033[33m" : "");
    rf_buffer_text(out, title);
    rf_buffer_text(out, found + strlen(usual) - 1);
}

void rf_fus_diag_show(rf_buffer *out, const rf_fus_texts *texts, const rf_fus_diag *diag, bool colour) {
    assert(out && texts && diag);
    rf_error error = { 0 };
    rf_fus_diag_error(texts, diag, &error);
    uint32_t line, column;
    const rf_fus_loaded *text = rf_fus_locate(texts, diag->at, &line, &column);
    if (diag->severity == RF_FUS_ERROR)
        rf_source_show(out, text ? &text->source : NULL, &error, colour);
    else
        show_as(out, text, &error, colour, "warning");
    if (diag->other == RF_FUS_NOWHERE)
        return;
    error = (rf_error){ 0 };
    text = fill(texts, diag->other, diag->other_note ? diag->other_note : "here", &error);
    show_as(out, text, &error, colour, "note");
}
