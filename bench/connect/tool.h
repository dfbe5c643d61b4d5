/* tool.h: what the two programs beside `./dev bench connect` share: last words, and the time that messages carry. */
#ifndef RF_BENCH_CONNECT_TOOL_H
#define RF_BENCH_CONNECT_TOOL_H

#include "riffle/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void die(const char *format, ...) RF_PRINTF(1, 2);
static inline void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)fprintf(stderr, "%s: ", program_invocation_short_name);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

/* Microseconds since 1970. */
static inline uint64_t now_us(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

#endif
