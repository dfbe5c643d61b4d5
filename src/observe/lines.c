/* lines.c: a script with the share of time of each line beside it. */
#include "base/alloc.h"
#include "base/slice.h"
#include "observe/profile.h"
#include "observe/profile_units.h"

#include <stdio.h>
#include <string.h>

enum { BAR_LETTERS = 10 };
/* Shares from which a line is warm, and hot, in thousandths. */
enum { WARM = 10, HOT = 100 };

typedef struct line_time { uint64_t self, total; } line_time;

/* Times of a script's lines, from 1 to `count`; [0] is for those behind its end: it is another text than the one that ran. */
typedef struct lines {
    line_time *times;
    uint32_t count;
    uint64_t whole;       /* of the profile */
    line_time sum;        /* the script's */
} lines;

static void lines_done(lines *self) { rf_free(self->times); }

static uint32_t count_lines(rf_slice source) {
    uint32_t count = 0;
    for (size_t i = 0; i < source.len; i++)
        count += source.data[i] == '\n';
    return count + (source.len > 0 && source.data[source.len - 1] != '\n');
}

/* A frame has the end of a path that is too long for it, behind a mark (rf_where_put_file). */
static bool is_of(const char *file, const char *path) {
    static const char mark[] = "…";
    if (strcmp(file, path) == 0)
        return true;
    return strncmp(file, mark, sizeof mark - 1) == 0 && rf_slice_ends(rf_slice_of(path), rf_slice_of(file + sizeof mark - 1));
}

static uint32_t row_of(const lines *self, const rf_script_frame *frame) { return frame->line <= self->count ? frame->line : 0; }

/* A line that calls itself is counted once a stack. */
static bool was_before(const lines *self, const rf_profile_stack *stack, uint32_t at) {
    for (uint32_t i = 0; i < at; i++)
        if (row_of(self, &stack->script[i]) == row_of(self, &stack->script[at]) &&
            strcmp(stack->script[i].file, stack->script[at].file) == 0)
            return true;
    return false;
}

static bool add_stack(lines *self, const rf_profile_stack *stack, const char *path) {
    bool in_it = false;
    self->whole += stack->value;
    for (uint32_t i = 0; i < stack->script_count; i++) {
        const rf_script_frame *frame = &stack->script[i];
        if (!is_of(frame->file, path))
            continue;
        line_time *at = &self->times[row_of(self, frame)];
        in_it = true;
        if (i == 0) {
            at->self += stack->value;
            self->sum.self += stack->value;
        }
        if (!was_before(self, stack, i))
            at->total += stack->value;
    }
    if (in_it)
        self->sum.total += stack->value;
    return in_it;
}

static void put_bar(rf_buffer *out, uint64_t part, uint64_t whole) {
    unsigned halves = whole ? (unsigned)((double)part / (double)whole * BAR_LETTERS * 2 + 0.5) : 0;
    unsigned letters = 0;
    if (part && !halves)
        halves = 1;
    for (; letters < halves / 2 && letters < BAR_LETTERS; letters++)
        rf_buffer_text(out, "█");
    if (halves % 2 && letters < BAR_LETTERS) {
        rf_buffer_text(out, "▌");
        letters++;
    }
    for (; letters < BAR_LETTERS; letters++)
        rf_buffer_char(out, ' ');
}

static void put_share(rf_buffer *out, uint64_t part, uint64_t whole) {
    char share[RF_UNITS_MAX];
    rf_buffer_printf(out, " %8s", part ? rf_units_share(part, whole, share) : "");
}

static const char *colour_of(uint64_t part, uint64_t whole) {
    unsigned thousandths = whole ? (unsigned)((double)part / (double)whole * 1000) : 0;
    return thousandths >= HOT ? "\x1b[1;31m" : thousandths >= WARM ? "\x1b[33m" : part ? "\x1b[36m" : "\x1b[2m";
}

static void put_line(const lines *self, uint32_t number, rf_slice text, bool colour, rf_buffer *out) {
    const line_time *time = &self->times[number];
    rf_buffer_text(out, colour ? colour_of(time->self, self->whole) : "");
    put_share(out, time->self, self->whole);
    put_share(out, time->total, self->whole);
    rf_buffer_char(out, ' ');
    put_bar(out, time->self, self->whole);
    rf_buffer_text(out, colour ? "\x1b[0m" : "");
    rf_buffer_printf(out, " %5u | ", number);
    for (size_t i = 0; i < text.len; i++)
        rf_buffer_char(out, (unsigned char)text.data[i] < ' ' && text.data[i] != '\t' ? ' ' : text.data[i]); /* no terminal obeys a script */
    rf_buffer_char(out, '\n');
}

static void put_head(const lines *self, const rf_profile *profile, const char *path, rf_buffer *out) {
    char value[RF_UNITS_MAX], whole[RF_UNITS_MAX], share[RF_UNITS_MAX];
    rf_buffer_printf(out, "%s: %s of %s (%s)", path, rf_units_value(profile->kind, self->sum.total, value),
                     rf_units_value(profile->kind, self->whole, whole), rf_units_share(self->sum.total, self->whole, share));
    rf_buffer_printf(out, ", in its own lines %s\n", rf_units_value(profile->kind, self->sum.self, value));
    rf_buffer_printf(out, " %8s %8s %*s %5s\n", "self", "total", BAR_LETTERS, "", "line");
}

static void put_foot(const lines *self, rf_buffer *out) {
    char share[RF_UNITS_MAX];
    if (!self->times[0].total)
        return;
    rf_buffer_printf(out, "%s in lines that this text does not have: another version of it ran\n",
                     rf_units_share(self->times[0].total, self->whole, share));
}

bool rf_lines_write(const rf_profile *profile, const char *path, rf_slice source, bool colour, rf_buffer *out) {
    RF_CLEANUP(lines_done) lines self = { .count = count_lines(source) };
    bool seen = false;
    self.times = rf_alloc_zero((size_t)self.count + 1, sizeof *self.times);
    if (!self.times) {
        out->failed = true;
        return false;
    }
    for (size_t i = 0; i < profile->count; i++)
        seen |= add_stack(&self, &profile->stacks[i], path);
    if (!seen)
        return false;
    put_head(&self, profile, path, out);
    for (uint32_t number = 1; number <= self.count; number++) {
        size_t end = rf_slice_find(source, '\n');
        put_line(&self, number, (rf_slice){ source.data, end }, colour, out);
        size_t taken = end < source.len ? end + 1 : end;
        source = (rf_slice){ source.data + taken, source.len - taken };
    }
    put_foot(&self, out);
    return true;
}
