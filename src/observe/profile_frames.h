/* profile_frames.h: one row of frames from what a profiler saw, the same in every form. */
#ifndef RF_OBSERVE_PROFILE_FRAMES_H
#define RF_OBSERVE_PROFILE_FRAMES_H

#include "observe/profile.h"

typedef enum rf_frame_kind { RF_FRAME_NATIVE, RF_FRAME_STAGE, RF_FRAME_SCRIPT, RF_FRAME_KINDS } rf_frame_kind;

/* Views into the stack and the symbols. */
typedef struct rf_frame {
    rf_frame_kind kind;
    const char *function;  /* "" for an address without a name */
    const char *file;      /* of a script; of a native frame the object; "" when there is none */
    uint32_t line;         /* 0: not known */
    uintptr_t address;     /* native: within the instruction at work */
} rf_frame;

#define RF_FRAMES_MAX (RF_WHERE_FRAMES_MAX + 1u + RF_PROFILE_NATIVE_MAX)
#define RF_FRAME_NAME_MAX 160u

/*
 * Innermost first: the script's frames, its stage, then native frames up to the thread's start. A script's line is the innermost, so that time
 * counts as its own. Of native frames below a script only those outside of the engine stay: which of the engine's functions was at work just then
 * is the script's affair, and would tear one stage into hundreds of paths; it is kept as `at_work`.
 */
typedef struct rf_frames {
    rf_frame items[RF_FRAMES_MAX];
    uint32_t count;
    const char *at_work; /* the innermost native function, when a script is the innermost frame; else NULL */
} rf_frames;

/* `symbols` NULL: no address has a name. */
void rf_frames_read(const rf_profile_stack *stack, const rf_symbols *symbols, rf_frames *ret_frames);
/* What people read: "step", "condition-1-if.js" for a script's top level, "[libc.so.6]" or "0x55d0" for an address without a name. With the line
 * when `line`: "step redact.fsx:12". Returns `out`. */
const char *rf_frame_name(const rf_frame *frame, bool line, char out[RF_FRAME_NAME_MAX]);

#endif
