/* process.h: whole programs, run in turn: `riffle bench --cmd A --vs B`. */
#ifndef RF_MEASURE_PROCESS_H
#define RF_MEASURE_PROCESS_H

#include "measure/sampler.h"

typedef struct rf_process_options {
    uint32_t runs;        /* of each; 20 */
    uint32_t warm_runs;   /* of each, not counted; 2 */
    uint64_t limit_ns;    /* of one run; 60 s: killed, an error */
    bool shell;           /* by `sh -c` when the text needs one (any of |&;<>()$`\"'*?[]#~=% or a newline); else straight */
    bool show;            /* their output goes to ours, not to /dev/null */
    const _Atomic bool *stop;
    void (*progress)(void *user, double done, double a_ns, double b_ns);
    void *user;
} rf_process_options;
#define RF_PROCESS_DEFAULT ((rf_process_options){ .runs = 20, .warm_runs = 2, .limit_ns = UINT64_C(60000000000), .shell = true })

/* One run of one program. */
typedef struct rf_process_use {
    double wall_ns, user_ns, system_ns;
    uint64_t peak_bytes; /* 0: not known, as it was not above our own (the kernel counts ours with a child's) */
} rf_process_use;

/*
 * Runs `a` and `b` in turn (A B B A …). Uses in the arena, `runs` of each; `b` NULL: a alone. The time that exec and a shell take is in it.
 * Errors: RF_EIO it cannot be started, ended with another status than 0 (with the end of what it said), or was killed;
 * RF_ELIMIT took too long; RF_ECLOSED stopped; RF_ECONFIG an empty command, or no runs; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_measure_processes(const char *a, const char *b, const rf_process_options *options, rf_arena *arena,
                                          rf_process_use **ret_a, rf_process_use **ret_b, rf_noise *ret_noise, rf_error *reterr);
/* As a measurement of flat samples of one iteration (wall time; cpu_ns user and system), so that estimates, reports and gates take it. */
RF_NODISCARD rf_code rf_process_measurement(const rf_process_use *uses, uint32_t count, const rf_noise *noise, rf_arena *arena,
                                            rf_measurement *ret_measurement, rf_error *reterr);

#endif
