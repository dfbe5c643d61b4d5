/* process.c: whole programs, run in turn: the order, what went on beside it, and the runs as a measurement. */
#include "measure/process.h"

#include "base/slice.h"
#include "measure/process_run.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* One side of a comparison. */
typedef struct side {
    rf_process_command command;
    rf_process_use *uses; /* in the arena */
    uint32_t count;
    double sum_ns;
} side;

typedef struct turns {
    const rf_process_options *options;
    side sides[2];
    size_t side_count;
    int said;
    uint32_t done, total;
} turns;

static rf_code side_open(side *one, const char *text, const rf_process_options *options, rf_arena *arena, rf_error *reterr) {
    rf_code code = rf_process_command_make(text, options->shell, arena, &one->command, reterr);
    if (code)
        return code;
    one->uses = rf_arena_zero(arena, options->runs, sizeof *one->uses);
    return one->uses ? RF_OK : rf_raise_nomem(reterr);
}

static double mean_so_far(const side *one) { return one->count ? one->sum_ns / one->count : 0; }

static rf_code run_one(turns *all, side *one, bool is_counted, rf_error *reterr) {
    rf_process_use use;
    rf_code code = rf_process_run(&one->command, all->options, all->said, &use, reterr);
    if (code)
        return code;
    if (is_counted) {
        one->uses[one->count++] = use;
        one->sum_ns += use.wall_ns;
    }
    all->done++;
    if (all->options->progress)
        all->options->progress(all->options->user, (double)all->done / all->total, mean_so_far(&all->sides[0]),
                               mean_so_far(&all->sides[1]));
    return RF_OK;
}

/* A B B A A B …: so that neither always comes after the other, and a drift falls on both alike. */
static rf_code run_rounds(turns *all, uint32_t rounds, bool is_counted, rf_error *reterr) {
    for (uint32_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < all->side_count; i++) {
            size_t which = round % 2 ? all->side_count - 1 - i : i;
            rf_code code = run_one(all, &all->sides[which], is_counted, reterr);
            if (code)
                return code;
        }
    return RF_OK;
}

/* ---- Noise ---- */

/* Relative spread and share of outliers of a side's wall times; the larger ones of two sides stay. */
static rf_code add_spread(const side *one, rf_arena *arena, double *spread, double *outliers, rf_error *reterr) {
    double *times = rf_arena_zero(arena, one->count, sizeof *times);
    if (!times)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < one->count; i++)
        times[i] = one->uses[i].wall_ns;
    rf_sort(times, one->count);
    rf_outliers found = rf_tukey(times, one->count);
    double mean = rf_mean(times, one->count);
    double own_spread = mean > 0 ? rf_deviation(times, one->count) / mean : 0;
    double own_outliers = (double)(found.low_severe + found.low_mild + found.high_mild + found.high_severe) / one->count;
    *spread = own_spread > *spread ? own_spread : *spread;
    *outliers = own_outliers > *outliers ? own_outliers : *outliers;
    return RF_OK;
}

static rf_code measure_turns(turns *all, rf_arena *arena, rf_noise *ret_noise, rf_error *reterr) {
    rf_code code = run_rounds(all, all->options->warm_runs, false, reterr);
    if (code)
        return code;
    rf_noise_meter meter;
    rf_noise_begin(&meter); /* it counts children that were waited for with us, not with others */
    code = run_rounds(all, all->options->runs, true, reterr);
    double spread = 0, outliers = 0;
    for (size_t i = 0; i < all->side_count && !code; i++)
        code = add_spread(&all->sides[i], arena, &spread, &outliers, reterr);
    if (!code)
        rf_noise_end(&meter, spread, outliers, ret_noise);
    return code;
}

rf_code rf_measure_processes(const char *a, const char *b, const rf_process_options *options, rf_arena *arena, rf_process_use **ret_a,
                             rf_process_use **ret_b, rf_noise *ret_noise, rf_error *reterr) {
    assert(a && options && arena && ret_a && ret_noise && (!b || ret_b));
    if (options->runs == 0)
        return rf_raise(reterr, RF_ECONFIG, "0 runs measure nothing");
    turns all = { .options = options, .side_count = b ? 2 : 1, .said = -1 };
    all.total = (options->runs + options->warm_runs) * (uint32_t)all.side_count;
    rf_code code = side_open(&all.sides[0], a, options, arena, reterr);
    if (!code && b)
        code = side_open(&all.sides[1], b, options, arena, reterr);
    if (code)
        return code;
    /* In memory and not a pipe: a pipe would have to be emptied while the program runs. */
    if (!options->show && (all.said = memfd_create("riffle-bench", MFD_CLOEXEC)) < 0)
        return rf_raise(reterr, RF_EIO, "a file in memory for what programs say: %s", strerror(errno));
    code = measure_turns(&all, arena, ret_noise, reterr);
    if (all.said >= 0)
        (void)close(all.said);
    if (code)
        return code;
    *ret_a = all.sides[0].uses;
    if (ret_b)
        *ret_b = all.sides[1].uses;
    return RF_OK;
}

/* ---- As a measurement ---- */

rf_code rf_process_measurement(const rf_process_use *uses, uint32_t count, const rf_noise *noise, rf_arena *arena,
                               rf_measurement *ret_measurement, rf_error *reterr) {
    assert(uses && noise && arena && ret_measurement);
    double *values = rf_arena_zero(arena, (size_t)count * 3, sizeof *values);
    if (!values)
        return rf_raise_nomem(reterr);
    rf_measurement made = { .count = count, .iterations = values, .ns = values + count, .cpu_ns = values + 2 * (size_t)count,
                            .settled = true, .hardware = { -1, -1, -1, -1 }, .noise = *noise };
    for (uint32_t i = 0; i < count; i++) {
        made.iterations[i] = 1;
        made.ns[i] = uses[i].wall_ns;
        made.cpu_ns[i] = uses[i].user_ns + uses[i].system_ns;
        made.peak_bytes = uses[i].peak_bytes > made.peak_bytes ? uses[i].peak_bytes : made.peak_bytes;
    }
    *ret_measurement = made;
    return RF_OK;
}
