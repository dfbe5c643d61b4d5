/* profile.h: samples of where a process spends its time, native and script frames together. */
#ifndef RF_OBSERVE_PROFILE_H
#define RF_OBSERVE_PROFILE_H

#include "base/buffer.h"
#include "observe/where.h"
#include "riffle/error.h"

#define RF_PROFILE_NATIVE_MAX 48u

/* One place that was seen, with all that led to it. Native frames innermost first; script frames stand above (outside of nothing: they are the
 * innermost), then the stage. */
typedef struct rf_profile_stack {
    uint64_t samples;   /* how often */
    uint64_t value;     /* ns of processor time; bytes; … as the profile says */
    const char *thread; /* name */
    const char *stage;  /* "" when no script ran */
    const rf_script_frame *script;
    const uintptr_t *native; /* addresses, return addresses behind the first */
    uint32_t script_count, native_count;
} rf_profile_stack;

typedef struct rf_profile {
    const char *kind;   /* "cpu", "heap", … */
    int64_t began_ms;   /* wall clock */
    uint64_t duration_ns, period_ns; /* period of sampling; 0: none */
    rf_profile_stack *stacks;        /* owned, as everything in them */
    size_t count;
    uint64_t lost;      /* samples for which there was no room */
    void *owned;        /* the profiler's */
} rf_profile;
void rf_profile_done(rf_profile *profile); /* zeroed is fine */

/*
 * CPU time of all threads of the process: a timer for each thread that is there or comes (looked for ten times a second), SIGPROF at `hz`
 * (1 … 10000) of its processor time. The handler walks frame pointers and asks rf_where_now; it allocates nothing and takes no lock. One at a time.
 * Errors: RF_EBUSY; RF_ECONFIG hz; RF_EIO the system gives no timer; RF_ENOMEM.
 */
typedef struct rf_profiler rf_profiler;
RF_NODISCARD rf_code rf_profiler_start(uint32_t hz, rf_profiler **ret_profiler, rf_error *reterr);
RF_NODISCARD rf_code rf_profiler_stop(rf_profiler *profiler, rf_profile *ret_profile, rf_error *reterr); /* frees it in any case */

/* Every thread of the process once, with its stack: what Go calls goroutines. `value` is 1 each. Errors: RF_EBUSY, RF_ENOMEM. */
RF_NODISCARD rf_code rf_profile_threads(rf_profile *ret_profile, rf_error *reterr);

/* ---- Names of addresses (symbol.c): the symbol tables of our own file and of the libraries, read once ---- */

typedef struct rf_symbols rf_symbols;
typedef struct rf_symbol { const char *function, *file; /* of the object: "riffle-stream", "libc.so.6" */ uintptr_t start; } rf_symbol; /* function "" when unknown */
typedef struct rf_mapping { const char *path, *build_id; uintptr_t start, end, offset; } rf_mapping; /* executable parts of files */
RF_NODISCARD rf_code rf_symbols_open(rf_symbols **ret_symbols, rf_error *reterr);
void rf_symbols_close(rf_symbols *symbols); /* NULL is fine */
rf_symbol rf_symbols_find(const rf_symbols *symbols, uintptr_t address);
size_t rf_symbols_mappings(const rf_symbols *symbols, const rf_mapping **ret_mappings);

/* ---- Forms ---- */

typedef struct rf_profile_type { const char *type, *unit; } rf_profile_type; /* "samples", "count"; "cpu", "nanoseconds" */
/* pprof's protocol buffer, compressed by gzip (pprof.c): sample types samples/count and kind's own; functions with file and line; labels thread and
 * stage. Script frames come with their own file and line, the stage as a frame outside of them. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_pprof_write(const rf_profile *profile, const rf_profile_type *value_type, const rf_symbols *symbols, rf_buffer *out,
                                    rf_error *reterr);
/* A flame graph as one SVG that opens by itself, with search and zoom when the viewer runs scripts (flame.c). */
void rf_flame_write(const rf_profile *profile, const rf_symbols *symbols, const char *title, rf_buffer *out);
/* Brendan Gregg's folded stacks, a line each: for other tools (flame.c). */
void rf_folded_write(const rf_profile *profile, const rf_symbols *symbols, rf_buffer *out);
/* A script with the share of time of each line beside it (lines.c). `path` as frames have it; false: no sample is in it. */
bool rf_lines_write(const rf_profile *profile, const char *path, rf_slice source, bool colour, rf_buffer *out);

#endif
