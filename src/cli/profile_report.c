/* profile_report.c: where the time went, for people: the places that took most of it. */
#include "cli/profile.h"

#include "base/arena.h"
#include "base/slice.h"
#include "base/table.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "observe/profile_frames.h"
#include "observe/profile_units.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Places that are shown, and how many of them are kept for native functions. */
enum { PLACES_MAX = 20, NATIVE_MIN = 5 };

/* A line of a script, a stage without lines, or a native function. */
typedef struct place {
    rf_frame_kind kind;
    rf_slice name;         /* in the arena */
    rf_slice stage;
    uint64_t self, total;
    const rf_profile_stack *last; /* counted in `total` already */
} place;

typedef struct places {
    rf_arena arena;
    rf_table table;
    RF_VEC(place *) list;
    uint64_t whole, samples;
} places;

static void places_done(places *self) {
    rf_table_done(&self->table);
    rf_vec_done(&self->list);
    rf_arena_done(&self->arena);
}

static place *place_of(places *self, const rf_frame *frame, const char *stage) {
    char name[RF_FRAME_NAME_MAX];
    rf_slice key = rf_printf_in(&self->arena, "%d %s %s %s", frame->kind, rf_frame_name(frame, true, name), frame->file,
                                frame->kind == RF_FRAME_SCRIPT ? stage : "");
    place *found = key.data ? rf_table_get(&self->table, key) : NULL;
    if (found || !key.data)
        return found;
    found = rf_arena_zero(&self->arena, 1, sizeof *found);
    if (!found)
        return NULL;
    found->kind = frame->kind;
    found->name = frame->kind == RF_FRAME_NATIVE && frame->file[0] ? rf_printf_in(&self->arena, "%s (%s)", name, frame->file)
                                                                   : rf_slice_dup_in(&self->arena, rf_slice_of(name));
    found->stage = rf_slice_dup_in(&self->arena, rf_slice_of(frame->kind == RF_FRAME_SCRIPT ? stage : ""));
    bool kept = found->name.data && found->stage.data && rf_table_put(&self->table, key, found) && rf_vec_push(&self->list, found);
    return kept ? found : NULL;
}

static bool add_stack(places *self, const rf_profile_stack *stack, const rf_symbols *symbols) {
    rf_frames frames;
    rf_frames_read(stack, symbols, &frames);
    self->whole += stack->value;
    self->samples += stack->samples;
    for (uint32_t i = 0; i < frames.count; i++) {
        place *at = place_of(self, &frames.items[i], stack->stage ? stack->stage : "");
        if (!at)
            return false;
        at->self += i == 0 ? stack->value : 0;
        at->total += at->last == stack ? 0 : stack->value;
        at->last = stack;
    }
    return true;
}

static int most_first(const void *a, const void *b) {
    const place *left = *(place *const *)a, *right = *(place *const *)b;
    bool left_native = left->kind == RF_FRAME_NATIVE, right_native = right->kind == RF_FRAME_NATIVE;
    if (left_native != right_native)
        return left_native ? 1 : -1;
    if (left->self != right->self)
        return left->self > right->self ? -1 : 1;
    if (left->total != right->total)
        return left->total > right->total ? -1 : 1;
    return rf_slice_compare(left->name, right->name);
}

/* No terminal obeys the name of a function. */
static void put_text(rf_buffer *out, rf_slice text) {
    for (size_t i = 0; i < text.len; i++)
        rf_buffer_char(out, (unsigned char)text.data[i] < ' ' || text.data[i] == 0x7F ? ' ' : text.data[i]);
}

static void put_place(const places *self, const place *at, rf_buffer *out) {
    enum { NAME_COLUMNS = 44 };
    char share[RF_UNITS_MAX];
    rf_buffer_printf(out, " %8s", rf_units_share(at->self, self->whole, share));
    rf_buffer_printf(out, " %8s  ", rf_units_share(at->total, self->whole, share));
    put_text(out, at->name);
    if (at->stage.len) {
        for (size_t column = rf_utf8_length(at->name); column < NAME_COLUMNS; column++)
            rf_buffer_char(out, ' ');
        rf_buffer_text(out, "  ");
        put_text(out, at->stage);
    }
    rf_buffer_char(out, '\n');
}

/* Of one sort, from `from` on, at most `most` of them; returns how many. */
static size_t put_some(const places *self, size_t from, size_t to, size_t most, const char *title, rf_buffer *out) {
    size_t shown = 0;
    for (size_t i = from; i < to && shown < most; i++) {
        const place *at = self->list.items[i];
        if (!at->self && at->kind != RF_FRAME_SCRIPT)
            continue;
        if (!shown)
            rf_buffer_printf(out, "\n %8s %8s  %s\n", "self", "total", title);
        put_place(self, at, out);
        shown++;
    }
    return shown;
}

static void put_places(const places *self, rf_buffer *out) {
    size_t scripts = 0;
    while (scripts < self->list.count && self->list.items[scripts]->kind != RF_FRAME_NATIVE)
        scripts++;
    size_t room = scripts < self->list.count ? PLACES_MAX - NATIVE_MIN : PLACES_MAX;
    size_t shown = put_some(self, 0, scripts, room, "lines of scripts", out);
    (void)put_some(self, scripts, self->list.count, PLACES_MAX - shown, "functions of riffle and its libraries", out);
}

static void put_head(const places *self, const rf_profile *profile, const char *file, rf_buffer *out) {
    char value[RF_UNITS_MAX], took[RF_UNITS_MAX];
    rf_buffer_printf(out, "%s: %s of processor time in %s, %" PRIu64 " samples", file, rf_units_value("cpu", self->whole, value),
                     rf_units_value("cpu", profile->duration_ns, took), self->samples);
    if (profile->lost)
        rf_buffer_printf(out, ", %" PRIu64 " lost", profile->lost);
    rf_buffer_char(out, '\n');
    if (!self->samples)
        rf_buffer_text(out,
                       "nothing took time: the input ended at once, or had nothing to give (--input FILE has it read recorded messages)\n");
}

rf_code rf_cli_profile_report(const rf_profile *profile, const rf_symbols *symbols, const char *file, rf_buffer *out, rf_error *reterr) {
    RF_CLEANUP(places_done) places self = { 0 };
    rf_arena_init(&self.arena, 65536);
    for (size_t i = 0; i < profile->count; i++)
        if (!add_stack(&self, &profile->stacks[i], symbols))
            return rf_raise_nomem(reterr);
    if (self.list.count)
        qsort(self.list.items, self.list.count, sizeof *self.list.items, most_first);
    put_head(&self, profile, file, out);
    put_places(&self, out);
    return RF_OK;
}
