/* bench.h: a benchmark: what is measured, and how it is named. */
#ifndef RF_MEASURE_BENCH_H
#define RF_MEASURE_BENCH_H

#include "base/arena.h"
#include "base/vec.h"
#include "riffle/error.h"

#include <stdbool.h>

typedef enum rf_unit { RF_UNIT_NONE, RF_UNIT_LINES, RF_UNIT_EVENTS, RF_UNIT_MESSAGES, RF_UNIT_BYTES, RF_UNIT_CALLS } rf_unit;
const char *rf_unit_name(rf_unit unit); /* "lines"; "" for none */

typedef struct rf_bench rf_bench;
struct rf_bench {
    const char *group;     /* "plugin_chaining" */
    const char *name;      /* "noop_plugins" */
    const char *parameter; /* "5"; NULL: none */
    const char *form;      /* what runs: "native", "fsx", "fzb", "js"; NULL: there is only one */
    const char *doc;       /* a sentence: what one iteration does */
    double number;         /* the parameter, where it is one, for pictures over parameters; NaN-free: 0 when not */
    double amount;         /* of `unit` in one iteration; 0: no throughput is shown */
    rf_unit unit;
    bool flat;             /* iterations are long (milliseconds and more): the same number in each sample */
    bool alone;            /* uses what a process has only one of: it cannot be open twice */
    double target_ns;      /* at most; 0: none */
    double original_ns;    /* what the original took, measured; 0: not known */
    const char *original;  /* what that was, when it was not the same thing: "native plugins"; NULL */
    const void *arg;       /* for open */
    /* Makes everything that is not measured. Errors: what they are; the benchmark counts as failed and the others go on. */
    rf_code (*open)(const rf_bench *bench, void **ret_state, rf_error *reterr);
    /* The measured thing, `iterations` times. It must not be possible for the compiler to leave anything out (rf_keep). */
    void (*work)(void *state, uint64_t iterations);
    /* Says whether what was run was right (a hook that was never called measures nothing). NULL: nothing to say. */
    rf_code (*check)(void *state, rf_error *reterr);
    void (*close)(void *state); /* after a successful open */
};

typedef RF_VEC(rf_bench) rf_benches;

/* "group/name", "group/name/parameter", with ":form" behind. Cut to fit. */
#define RF_BENCH_ID_MAX 160u
void rf_bench_id(const rf_bench *bench, char ret_id[RF_BENCH_ID_MAX]);

/* The compiler must take the value for used, and everything in memory for changed. */
#define rf_keep(value) __asm__ volatile("" : : "g"(value) : "memory")

/* ---- Which ones (filter.c) ---- */

/* A text that the id contains; with * ? [ a glob of the whole id (a `*` also matches `/`); /between slashes/ a regular expression. */
typedef struct rf_filter rf_filter;
/* Several: what one of them matches. None: everything. Errors: RF_EPARSE with the place in the pattern; RF_ENOMEM. */
RF_NODISCARD rf_code rf_filter_new(const char *const *patterns, size_t count, rf_filter **ret_filter, rf_error *reterr);
void rf_filter_free(rf_filter *filter); /* NULL is fine */
bool rf_filter_match(const rf_filter *filter, const char *id);

#endif
