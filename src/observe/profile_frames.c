/* profile_frames.c: one row of frames from what a profiler saw. */
#include "observe/profile_frames.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Functions of the engines: QuickJS's own, and ours that enter them. Static ones of QuickJS begin with js_ or __JS_. */
static const char *const engine_names[] = { "JS_", "__JS_", "js_", "rf_js_", "rf_fus_" };

static bool is_engine(const char *function) {
    for (size_t i = 0; i < sizeof engine_names / sizeof *engine_names; i++)
        if (strncmp(function, engine_names[i], strlen(engine_names[i])) == 0)
            return true;
    return false;
}

/* Ours, by which an engine is entered: QuickJS's own are the outermost only in a stack that could not be walked to its end. */
static bool is_entry(const char *function) { return is_engine(function) && strncmp(function, "rf_", 3) == 0; }

static rf_frame native_frame(const rf_profile_stack *stack, uint32_t at, const rf_symbols *symbols) {
    /* A return address is behind the call, and may be the next function's already. */
    uintptr_t address = stack->native[at] - (at > 0 && stack->native[at] > 0);
    rf_symbol symbol = symbols ? rf_symbols_find(symbols, address) : (rf_symbol){ 0 };
    return (rf_frame){ .kind = RF_FRAME_NATIVE, .function = symbol.function ? symbol.function : "", .file = symbol.file ? symbol.file : "",
                       .address = address };
}

/* Native frames behind the others; below a script only from where its engine was entered on. */
static void add_native(rf_frames *frames, const rf_profile_stack *stack, const rf_symbols *symbols, bool below_script) {
    uint32_t before = frames->count, native = stack->native_count < RF_PROFILE_NATIVE_MAX ? stack->native_count : RF_PROFILE_NATIVE_MAX;
    uint32_t keep = before;
    for (uint32_t i = 0; i < native; i++) {
        frames->items[frames->count] = native_frame(stack, i, symbols);
        const char *function = frames->items[frames->count].function;
        if (below_script && is_engine(function))
            keep = frames->count + !is_entry(function); /* the outermost so far */
        frames->count++;
    }
    if (!below_script || native == 0)
        return;
    frames->at_work = frames->items[before].function[0] ? frames->items[before].function : NULL;
    memmove(&frames->items[before], &frames->items[keep], (frames->count - keep) * sizeof *frames->items);
    frames->count -= keep - before;
}

void rf_frames_read(const rf_profile_stack *stack, const rf_symbols *symbols, rf_frames *ret_frames) {
    rf_frames *frames = ret_frames;
    frames->count = 0;
    frames->at_work = NULL;
    for (uint32_t i = 0; i < stack->script_count && i < RF_WHERE_FRAMES_MAX; i++) {
        const rf_script_frame *from = &stack->script[i];
        frames->items[frames->count++] = (rf_frame){
            .kind = RF_FRAME_SCRIPT, .function = from->function, .file = from->file, .line = from->line
        };
    }
    if (stack->stage && stack->stage[0])
        frames->items[frames->count++] = (rf_frame){ .kind = RF_FRAME_STAGE, .function = stack->stage, .file = "" };
    add_native(frames, stack, symbols, frames->count > 0);
}

/* A script's top level has no name of its own; engines call it so. */
static bool is_nameless(const char *function) {
    return !function[0] || strcmp(function, "<script>") == 0 || strcmp(function, "<eval>") == 0 || strcmp(function, "<anonymous>") == 0;
}

static const char *last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

const char *rf_frame_name(const rf_frame *frame, bool line, char out[RF_FRAME_NAME_MAX]) {
    const char *name = frame->function;
    if (frame->kind == RF_FRAME_SCRIPT && is_nameless(name) && frame->file[0])
        name = last_part(frame->file);
    if (frame->kind == RF_FRAME_NATIVE && !name[0] && frame->file[0])
        (void)snprintf(out, RF_FRAME_NAME_MAX, "[%s]", last_part(frame->file));
    else if (frame->kind == RF_FRAME_NATIVE && !name[0])
        (void)snprintf(out, RF_FRAME_NAME_MAX, "0x%" PRIxPTR, frame->address);
    else if (line && frame->line && name != frame->function)
        (void)snprintf(out, RF_FRAME_NAME_MAX, "%s:%" PRIu32, name, frame->line);
    else if (line && frame->line)
        (void)snprintf(out, RF_FRAME_NAME_MAX, "%s %s:%" PRIu32, name, last_part(frame->file), frame->line);
    else
        (void)snprintf(out, RF_FRAME_NAME_MAX, "%s", name[0] ? name : "?");
    return out;
}
