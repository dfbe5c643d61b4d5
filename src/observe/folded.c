/* folded.c: stacks a line each, as Brendan Gregg's tools and speedscope read them: "outermost;…;innermost count". */
#include "observe/profile_frames.h"

#include <inttypes.h>

/* A semicolon parts frames, and a line break stacks. */
static void put_name(rf_buffer *out, const char *name) {
    for (; *name; name++)
        rf_buffer_char(out, *name == ';' ? ':' : (unsigned char)*name < ' ' ? ' ' : *name);
}

static void put_stack(rf_buffer *out, const rf_profile_stack *stack, const rf_frames *frames) {
    char name[RF_FRAME_NAME_MAX];
    put_name(out, stack->thread && stack->thread[0] ? stack->thread : "thread");
    for (uint32_t i = frames->count; i > 0; i--) {
        rf_buffer_char(out, ';');
        put_name(out, rf_frame_name(&frames->items[i - 1], true, name));
    }
    if (frames->at_work) {
        rf_buffer_char(out, ';');
        put_name(out, frames->at_work);
    }
    rf_buffer_printf(out, " %" PRIu64 "\n", stack->value);
}

void rf_folded_write(const rf_profile *profile, const rf_symbols *symbols, rf_buffer *out) {
    rf_frames frames;
    for (size_t i = 0; i < profile->count; i++) {
        rf_frames_read(&profile->stacks[i], symbols, &frames);
        put_stack(out, &profile->stacks[i], &frames);
    }
}
