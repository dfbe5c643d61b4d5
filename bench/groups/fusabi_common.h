/* fusabi_common.h: what the benchmarks of the language share. */
#ifndef RF_BENCH_FUSABI_COMMON_H
#define RF_BENCH_FUSABI_COMMON_H

#include "fusabi_scripts.h"
#include "groups.h"
#include "script/fusabi/vm.h"

/* An engine, and what was run on it. One thread. */
typedef struct rf_fusabi_bench {
    rf_fus_engine *engine;
    rf_arena arena;        /* for compiling: kept from one text to the next, as a host with many scripts does */
    rf_fus_program *program; /* what is run, or was made last */
    uint64_t runs, wrong;  /* iterations, and those that gave something else than they should */
    rf_error error;        /* the first of what went wrong */
} rf_fusabi_bench;

/* What it made before an error is the caller's to take down (rf_fusabi_bench_done). */
RF_NODISCARD rf_code rf_fusabi_bench_init(rf_fusabi_bench *bench, rf_error *reterr);
void rf_fusabi_bench_done(rf_fusabi_bench *bench);
/* Takes the place of `program`. */
RF_NODISCARD rf_code rf_fusabi_bench_compile(rf_fusabi_bench *bench, const char *name, rf_slice text, rf_error *reterr);
/* Runs `program` in a new VM, which is gone afterwards; false in *ret_right: its value is another one. */
RF_NODISCARD rf_code rf_fusabi_bench_run(const rf_fusabi_bench *bench, int64_t value, bool *ret_right, rf_error *reterr);
/* Notes an error of an iteration; the first one stays. */
static inline void rf_fusabi_bench_note(rf_fusabi_bench *bench, const rf_error *error) {
    if (!bench->error.code)
        bench->error = *error;
}
/* That something was run, without an error, and was right each time. */
RF_NODISCARD rf_code rf_fusabi_bench_check(const rf_fusabi_bench *bench, rf_error *reterr);

/* The parts of the group. */
rf_code rf_fusabi_bench_runs(rf_groups *groups, rf_error *reterr);
rf_code rf_fusabi_bench_texts(rf_groups *groups, rf_error *reterr); /* compiled, loaded */
rf_code rf_fusabi_bench_calls(rf_groups *groups, rf_error *reterr);

#endif
