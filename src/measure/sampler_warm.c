/* sampler_warm.c: runs a benchmark until it takes the same time again and again. */
#include "measure/sampler_run.h"

#include "base/clock.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { WINDOWS_IN_ALL = 100, BATCHES_A_WINDOW = 4, WINDOWS_TO_JUDGE = 3 };
#define BATCH_MAX (UINT64_C(1) << 40)
#define NO_DRIFT 0.01       /* halves that are as near are the same for every purpose of ours */
#define MAYBE_DRIFT 0.05    /* with few windows a test cannot find anything, so as much is taken for drift */
#define SIGNIFICANT 1.96    /* of a normal distribution, two-sided: 5 % */
enum { TEST_WINDOWS_MIN = 6 };
#define SHORTEST_NS 0.001   /* of an iteration that does nothing */

static double median_of(const double *values, size_t count) {
    double sorted[RF_WARM_WINDOWS];
    memcpy(sorted, values, count * sizeof *values);
    rf_sort(sorted, count);
    return rf_quantile(sorted, count, 0.5);
}

/* Mann 1945, Kendall 1975: how many pairs rise less how many fall, against what chance gives; ties are rare in times and only make it
 * more careful. */
static bool has_trend(const double *values, size_t count) {
    double sum = 0, n = (double)count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            sum += values[j] > values[i] ? 1 : values[j] < values[i] ? -1 : 0;
    double deviation = sqrt(n * (n - 1) * (2 * n + 5) / 18);
    return fabs(sum) - 1 > SIGNIFICANT * deviation;
}

bool rf_warm_is_settled(const double *ns, size_t count) {
    assert(count <= RF_WARM_WINDOWS);
    if (count < WINDOWS_TO_JUDGE)
        return false;
    size_t half = count / 2;
    double before = median_of(ns, half), after = median_of(ns + count - half, half);
    double moved = before > 0 ? fabs(after / before - 1) : 0;
    if (moved < NO_DRIFT)
        return true;
    return count < TEST_WINDOWS_MIN ? moved < MAYBE_DRIFT : !has_trend(ns, count);
}

/* The last windows, oldest first. */
typedef struct windows { double ns[RF_WARM_WINDOWS]; size_t count; } windows;

static void add_window(windows *to, double ns) {
    if (to->count == RF_WARM_WINDOWS) {
        memmove(to->ns, to->ns + 1, (RF_WARM_WINDOWS - 1) * sizeof *to->ns);
        to->count--;
    }
    to->ns[to->count++] = ns;
}

/* A batch that is a fair part of a window: then the clock costs nothing, and stopping never takes long. */
static uint64_t next_batch(uint64_t batch, double took_ns, double aim_ns) {
    if (took_ns < aim_ns)
        return batch < BATCH_MAX ? batch * 2 : batch;
    return took_ns > 4 * aim_ns && batch > 1 ? batch / 2 : batch;
}

/* The iterations of one window, until its time is up. */
static rf_code run_window(rf_sampler_run *run, double window_ns, uint64_t *batch, double *ret_ns, rf_error *reterr) {
    double took = 0, iterations = 0;
    while (took < window_ns) {
        rf_code code = rf_run_goes_on(run, reterr);
        if (code)
            return code;
        uint64_t began = rf_clock_mono_ns();
        run->bench->work(run->state, *batch);
        double ns = (double)(rf_clock_mono_ns() - began);
        took += ns;
        iterations += (double)*batch;
        run->warm_iterations += *batch;
        *batch = next_batch(*batch, ns, fmax(window_ns / BATCHES_A_WINDOW, RF_SAMPLE_NS_MIN));
    }
    *ret_ns = took / iterations;
    return RF_OK;
}

rf_code rf_run_warm(rf_sampler_run *run, rf_error *reterr) {
    uint64_t most = run->options->warm_ns, least = most / 10, began = rf_clock_mono_ns(), batch = 1;
    double window_ns = fmax((double)most / WINDOWS_IN_ALL, RF_SAMPLE_NS_MIN);
    windows last = { .count = 0 };
    rf_run_tell(run, RF_BENCH_WARMS, 0, 0, true);
    do {
        double ns;
        rf_code code = run_window(run, window_ns, &batch, &ns, reterr);
        if (code)
            return code;
        add_window(&last, ns);
        run->iteration_ns = fmax(median_of(last.ns, last.count), SHORTEST_NS);
        run->warm_ns = rf_clock_mono_ns() - began;
        rf_run_tell(run, RF_BENCH_WARMS, most ? (double)run->warm_ns / (double)most : 1, run->iteration_ns, false);
        run->settled = run->warm_ns >= least && last.count == RF_WARM_WINDOWS && rf_warm_is_settled(last.ns, last.count);
    } while (!run->settled && run->warm_ns < most);
    /* Long iterations give fewer windows than the test is made for: what there is then has to do. */
    run->settled = rf_warm_is_settled(last.ns, last.count);
    return RF_OK;
}
