/* quickjs_where.h: what tools/quickjs_where.c adds to the engine: the calls that run just now. */
#ifndef RF_SCRIPT_JAVASCRIPT_QUICKJS_WHERE_H
#define RF_SCRIPT_JAVASCRIPT_QUICKJS_WHERE_H

#include <stdint.h>

struct JSRuntime;

/* Texts are UTF-8, cut to fit: a function's name at its end, a file's at its front. */
typedef struct riffle_quickjs_frame {
    char function[48]; /* "" when it has none */
    char file[80];
    uint32_t line;     /* 0: unknown */
} riffle_quickjs_frame;

/*
 * The functions in JavaScript that run in `rt`, innermost first: at most `max`; how many. For the handler of a signal on the thread that
 * runs `rt`, at any instruction: it takes no lock, allocates nothing, believes no pointer. NULL when the engine was built without it.
 */
uint32_t riffle_quickjs_frames(struct JSRuntime *rt, riffle_quickjs_frame *ret_frames, uint32_t max) __attribute__((weak));

#endif
