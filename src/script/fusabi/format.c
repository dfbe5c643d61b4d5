/* format.c: a script laid out anew: the same program, the same comments. */
#include "script/fusabi/ast_dump.h"
#include "script/fusabi/format_write.h"
#include "script/fusabi/parser.h"

#include "base/slice.h"

#include <assert.h>

enum { ROUNDS_MAX = 4 };

/* A text, read, and how it looks when it is written. */
typedef struct version {
    rf_fus_loaded text;
    rf_fus_tokens tokens;
    rf_buffer dump, written;
    bool has_errors;
} version;

static void version_done(version *self) {
    rf_fus_tokens_done(&self->tokens);
    rf_buffer_done(&self->dump);
    rf_buffer_done(&self->written);
}

/* Parses over a copy of the tokens, since the parser marks them, and writes. */
static bool parse_and_write(rf_arena *arena, version *self, rf_fus_diags *diags, rf_fus_tokens *placed, uint32_t *anchors) {
    memcpy(placed->items, self->tokens.items, ((size_t)self->tokens.count + RF_FUS_TOKENS_AHEAD) * sizeof *placed->items);
    memset(anchors, 0xFF, self->tokens.count * sizeof *anchors);
    rf_fus_item *items = NULL;
    if (!rf_fus_parse_tokens(arena, &self->text, placed, anchors, diags, &items))
        return false;
    self->has_errors = diags->errors > 0;
    if (self->has_errors)
        return true;
    rf_fus_dump(items, &self->dump);
    rf_fus_written written = { self->text.source.text, &self->tokens, placed->items, anchors };
    rf_fus_write(&written, &self->written);
    return !self->dump.failed && !self->written.failed;
}

/* False: out of memory. */
static bool read_version(rf_arena *arena, rf_fus_diags *diags, version *self) {
    if (!rf_fus_lex(arena, &self->text, diags, true, &self->tokens))
        return false;
    rf_fus_tokens placed = self->tokens;
    placed.items = rf_alloc_zero((size_t)self->tokens.count + RF_FUS_TOKENS_AHEAD, sizeof *placed.items);
    uint32_t *anchors = rf_alloc_zero(self->tokens.count, sizeof *anchors);
    bool good = placed.items && anchors && parse_and_write(arena, self, diags, &placed, anchors);
    rf_free(placed.items);
    rf_free(anchors);
    return good;
}

static rf_slice piece(const version *self, uint32_t at, uint32_t end) {
    return (rf_slice){ self->text.source.text.data + at, end - at };
}

/* Line comments lose the blanks at their end. */
static rf_slice comment_text(const version *self, size_t i) {
    const rf_fus_comment *comment = &self->tokens.comments.items[i];
    rf_slice text = piece(self, comment->at, comment->end);
    while (text.len > 2 && text.data[1] == '/' && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* Whether two versions have the same comments between the same tokens. */
static bool same_comments(const version *a, const version *b) {
    if (a->tokens.comments.count != b->tokens.comments.count)
        return false;
    for (size_t i = 0; i < a->tokens.comments.count; i++)
        if (!rf_slice_eq(comment_text(a, i), comment_text(b, i)))
            return false;
    return true;
}

static bool same_program(const version *a, const version *b) {
    return !b->has_errors && rf_slice_eq(rf_buffer_view(&a->dump), rf_buffer_view(&b->dump)) && same_comments(a, b);
}

typedef enum verdict { OUTCOME_STABLE, OUTCOME_CHANGES, OUTCOME_DIFFERS, OUTCOME_NO_MEMORY } verdict;

/* Reads `text` as another version of the program in `original`; what it becomes goes to `ret_next`. */
static verdict try_round(const version *original, rf_slice text, rf_buffer *ret_next) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 65536);
    RF_CLEANUP(rf_fus_diags_done) rf_fus_diags diags;
    rf_fus_diags_init(&diags, &arena);
    RF_CLEANUP(version_done) version next = { .text = { .source = { "", text } } };
    if (!read_version(&arena, &diags, &next))
        return OUTCOME_NO_MEMORY;
    if (!same_program(original, &next))
        return OUTCOME_DIFFERS;
    if (rf_slice_eq(rf_buffer_view(&next.written), text))
        return OUTCOME_STABLE;
    rf_buffer_clear(ret_next);
    rf_buffer_slice(ret_next, rf_buffer_view(&next.written));
    return ret_next->failed ? OUTCOME_NO_MEMORY : OUTCOME_CHANGES;
}

/*
 * What is written is read again and must be the same program, and must stay as it is: so formatting is stable and safe by
 * construction. A text for which no round gives that (odd columns that mean something) stays as its author wrote it.
 */
static verdict settle(const version *original, rf_buffer *best) {
    rf_buffer_slice(best, rf_buffer_view(&original->written));
    for (int round = 0; round < ROUNDS_MAX && !best->failed; round++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer next = { 0 };
        verdict outcome = try_round(original, rf_buffer_view(best), &next);
        if (outcome != OUTCOME_CHANGES)
            return outcome;
        rf_buffer swap = *best;
        *best = next;
        next = swap;
    }
    return best->failed ? OUTCOME_NO_MEMORY : OUTCOME_DIFFERS;
}

rf_code rf_fus_format(const rf_source *source, rf_fus_diags *diags, rf_fus_texts *texts, rf_buffer *out, rf_error *reterr) {
    assert(source && diags && texts && out);
    if (!rf_fus_texts_add(texts, *source))
        return rf_raise_nomem(reterr);
    rf_fus_loaded *text = &texts->items[texts->count - 1];
    RF_CLEANUP(version_done) version original = { .text = *text };
    bool good = read_version(diags->arena, diags, &original);
    *text = original.text;
    if (!good)
        return rf_raise_nomem(reterr);
    if (original.has_errors) {
        const rf_fus_diag *first = NULL;
        for (size_t i = 0; i < diags->list.count && !first; i++)
            first = diags->list.items[i].severity == RF_FUS_ERROR ? &diags->list.items[i] : NULL;
        rf_code code = rf_raise(reterr, RF_EPARSE, "the script has mistakes");
        if (first)
            rf_fus_diag_error(texts, first, reterr);
        return code;
    }
    RF_CLEANUP(rf_buffer_done) rf_buffer best = { 0 };
    verdict outcome = settle(&original, &best);
    if (outcome == OUTCOME_NO_MEMORY)
        return rf_raise_nomem(reterr);
    rf_buffer_slice(out, outcome == OUTCOME_STABLE ? rf_buffer_view(&best) : source->text);
    return out->failed ? rf_raise_nomem(reterr) : RF_OK;
}
