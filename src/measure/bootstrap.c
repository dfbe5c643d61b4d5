/* bootstrap.c: how sure estimates are, by resampling (Efron 1979), all of them from the same resamples. */
#include "base/alloc.h"
#include "measure/resample.h"

#include <assert.h>
#include <math.h>

/* What is resampled, each with its own distribution. */
enum { MEAN, MEDIAN, DEVIATION, MAD, SLOPE, FIGURES };

/* A sample as resampling sees it. The sums are taken of distances from a middle, so that no digits cancel. */
typedef struct point {
    double from_median;    /* of the time of one iteration */
    double square;         /* of that */
    double pull, weight;   /* of the slope: iterations * (ns - slope * iterations), and iterations² */
} point;

/* Order of everything: ascending times of one iteration, so that a resample is known by how often each rank was drawn. */
typedef struct work {
    size_t n;
    bool linear;
    double median, slope;  /* of the samples themselves */
    double *sorted;        /* n times of one iteration, with -infinity before and +infinity behind */
    point *points;
    uint32_t *counts;      /* how often each rank was drawn */
    size_t runs;           /* 0: samples are drawn, else runs and then samples of each */
    uint32_t *ranks;       /* with runs: the rank of sample i */
    double *left_out[FIGURES]; /* n each, for the jackknife */
    double *distribution[FIGURES];
} work;

typedef struct pair { double time, iterations, ns; uint32_t index; } pair;

static int by_time(const void *a, const void *b) {
    double x = ((const pair *)a)->time, y = ((const pair *)b)->time;
    return x < y ? -1 : x > y;
}

/* The samples in order, and their slope. */
static void take_samples(work *w, const rf_samples *samples, pair *pairs) {
    for (size_t i = 0; i < w->n; i++)
        pairs[i] = (pair){ samples->ns[i] / samples->iterations[i], samples->iterations[i], samples->ns[i], (uint32_t)i };
    qsort(pairs, w->n, sizeof *pairs, by_time);
    for (size_t i = 0; i < w->n; i++) {
        w->sorted[i] = pairs[i].time;
        w->ranks[pairs[i].index] = (uint32_t)i;
    }
    w->sorted[-1] = -INFINITY;
    w->sorted[w->n] = INFINITY;
    w->median = rf_quantile(w->sorted, w->n, 0.5);
    w->slope = rf_fit_origin(samples->iterations, samples->ns, w->n).slope;
    for (size_t i = 0; i < w->n; i++) {
        double distance = pairs[i].time - w->median, iterations = pairs[i].iterations;
        double off_line = pairs[i].ns - w->slope * iterations;
        w->points[i] = (point){ distance, distance * distance, iterations * off_line, iterations * iterations };
    }
}

/* The value of rank `rank` (from 0) among all that were drawn. */
static double median_drawn(const work *w, size_t drawn) {
    size_t low = (drawn - 1) / 2, high = drawn / 2, seen = w->counts[0], i = 0;
    while (seen <= low)
        seen += w->counts[++i];
    double first = w->sorted[i];
    while (seen <= high)
        seen += w->counts[++i];
    return 0.5 * (first + w->sorted[i]);
}

/* Distances from the median in ascending order, by going outwards from it on both sides. */
static double mad_drawn(const work *w, size_t drawn, double median) {
    size_t low = (drawn - 1) / 2, high = drawn / 2, seen = 0;
    ptrdiff_t right = 0;
    for (ptrdiff_t span = (ptrdiff_t)w->n; span > 0;) { /* the first that lies above the median */
        ptrdiff_t half = span / 2;
        bool above = w->sorted[right + half] > median;
        right += above ? 0 : half + 1;
        span = above ? half : span - half - 1;
    }
    ptrdiff_t left = right - 1;
    double distance = 0, first = 0;
    bool has_first = false;
    while (seen <= high) {
        double below = median - w->sorted[left], above = w->sorted[right] - median;
        bool goes_left = below <= above;
        distance = goes_left ? below : above;
        seen += w->counts[goes_left ? left : right];
        left -= goes_left;
        right += !goes_left;
        if (!has_first && seen > low) {
            first = distance;
            has_first = true;
        }
    }
    return 0.5 * (first + distance) * RF_MAD_NORMAL;
}

/* All figures of one resample of `drawn` values. */
static void evaluate(const work *w, size_t drawn, double ret_figures[FIGURES]) {
    double sum = 0, squares = 0, pull = 0, weight = 0, size = (double)drawn;
    for (size_t i = 0; i < w->n; i++) {
        double count = (double)w->counts[i];
        const point *p = &w->points[i];
        sum += count * p->from_median;
        squares += count * p->square;
        pull += count * p->pull;
        weight += count * p->weight;
    }
    double spread = squares - sum * sum / size;
    ret_figures[MEAN] = w->median + sum / size;
    ret_figures[DEVIATION] = spread > 0 && drawn > 1 ? sqrt(spread / (size - 1)) : 0;
    ret_figures[MEDIAN] = median_drawn(w, drawn);
    ret_figures[MAD] = mad_drawn(w, drawn, ret_figures[MEDIAN]);
    ret_figures[SLOPE] = w->slope + pull / weight;
}

/* As many runs as there are, and of each that was drawn every sample once: drawing those anew as well would count what varies within a run
 * twice (Davison and Hinkley 1997, 3.8, strategy 2). */
static size_t draw_runs(work *w, rf_random *random) {
    size_t drawn = 0;
    for (size_t r = 0; r < w->runs; r++) {
        uint32_t run = rf_random_below(random, (uint32_t)w->runs), size = (uint32_t)((w->n - run + w->runs - 1) / w->runs);
        for (uint32_t i = 0; i < size; i++)
            w->counts[w->ranks[run + w->runs * i]]++;
        drawn += size;
    }
    return drawn;
}

static void resample(work *w, const rf_estimate_options *options) {
    rf_random random = rf_random_seeded(options->seed);
    uint32_t n = (uint32_t)w->n;
    for (size_t r = 0; r < options->resamples; r++) {
        size_t drawn = w->n;
        memset(w->counts, 0, w->n * sizeof *w->counts);
        if (w->runs)
            drawn = draw_runs(w, &random);
        for (uint32_t i = 0; i < n && !w->runs; i++)
            w->counts[rf_random_below(&random, n)]++;
        double figures[FIGURES];
        evaluate(w, drawn, figures);
        for (int f = 0; f < FIGURES; f++)
            w->distribution[f][r] = figures[f];
    }
}

static void draw_each_once(work *w) {
    for (size_t i = 0; i < w->n; i++)
        w->counts[i] = 1;
}

/* Each figure's skewness, by leaving out each sample in turn. */
static void jackknife(work *w, double ret_accelerations[FIGURES]) {
    draw_each_once(w);
    for (size_t i = 0; i < w->n; i++) {
        double figures[FIGURES];
        w->counts[i] = 0;
        evaluate(w, w->n - 1, figures);
        w->counts[i] = 1;
        for (int f = 0; f < FIGURES; f++)
            w->left_out[f][i] = figures[f];
    }
    for (int f = 0; f < FIGURES; f++) {
        rf_skew skew = { 0 };
        rf_skew_add(&skew, w->left_out[f], w->n);
        ret_accelerations[f] = rf_skew_acceleration(&skew);
    }
}

static void conclude(work *w, const rf_samples *samples, const rf_estimate_options *options, rf_estimates *ret_estimates) {
    double figures[FIGURES], accelerations[FIGURES];
    jackknife(w, accelerations);
    evaluate(w, w->n, figures); /* each is drawn once */
    rf_interval intervals[FIGURES];
    for (int f = 0; f < FIGURES; f++)
        intervals[f] = f == SLOPE && !w->linear ? intervals[MEAN]
            : rf_bca(w->distribution[f], options->resamples, figures[f], accelerations[f], options->confidence, w->runs ? w->runs : w->n);
    *ret_estimates = (rf_estimates){
        .mean = intervals[MEAN], .median = intervals[MEDIAN], .deviation = intervals[DEVIATION], .mad = intervals[MAD],
        .slope = intervals[SLOPE],
        .r2 = w->linear ? rf_fit_origin(samples->iterations, samples->ns, w->n).r2 : 1,
        .minimum = w->sorted[0], .maximum = w->sorted[w->n - 1],
        .outliers = rf_tukey(w->sorted, w->n),
    };
}

/* Everything in one piece, widest alignment first; NULL: out of memory. */
static void *allocate(work *w, size_t resamples, pair **ret_pairs) {
    size_t sample_bytes = sizeof(point) + sizeof(pair) + (1 + FIGURES) * sizeof(double) + 2 * sizeof(uint32_t);
    size_t samples_bytes = w->n * sample_bytes + 2 * sizeof(double), bytes;
    if (rf_mul_overflow(resamples, FIGURES * sizeof(double), &bytes) || rf_add_overflow(bytes, samples_bytes, &bytes))
        return NULL;
    double *memory = rf_alloc(bytes);
    if (!memory)
        return NULL;
    for (int f = 0; f < FIGURES; f++)
        w->distribution[f] = memory + (size_t)f * resamples;
    w->sorted = memory + FIGURES * resamples + 1;
    for (int f = 0; f < FIGURES; f++)
        w->left_out[f] = w->sorted + w->n + 1 + (size_t)f * w->n;
    w->points = (point *)(void *)(w->left_out[FIGURES - 1] + w->n);
    *ret_pairs = (pair *)(void *)(w->points + w->n);
    w->counts = (uint32_t *)(void *)(*ret_pairs + w->n);
    w->ranks = w->counts + w->n;
    return memory;
}

rf_code rf_estimate(const rf_samples *samples, const rf_estimate_options *options, rf_estimates *ret_estimates, rf_error *reterr) {
    assert(samples && options && ret_estimates);
    rf_code code = rf_check_samples(samples, reterr);
    if (!code)
        code = rf_check_estimate_options(options, reterr);
    if (code)
        return code;
    work w = { .n = samples->count, .linear = samples->linear, .runs = rf_runs_of(samples) };
    pair *pairs;
    void *memory = allocate(&w, options->resamples, &pairs);
    if (!memory)
        return rf_raise_nomem(reterr);
    take_samples(&w, samples, pairs);
    resample(&w, options);
    conclude(&w, samples, options, ret_estimates);
    rf_free(memory);
    return RF_OK;
}

/* ---- A statistic of one's own ---- */

static double own_acceleration(const double *values, size_t n, rf_statistic statistic, void *scratch, double *drawn, double *left_out) {
    memcpy(drawn, values + 1, (n - 1) * sizeof *values);
    for (size_t i = 0; i < n; i++) {
        left_out[i] = statistic(drawn, n - 1, scratch);
        if (i + 1 < n)
            drawn[i] = values[i]; /* now without the next one */
    }
    rf_skew skew = { 0 };
    rf_skew_add(&skew, left_out, n);
    return rf_skew_acceleration(&skew);
}

rf_code rf_bootstrap(const double *values, size_t n, rf_statistic statistic, void *scratch, const rf_estimate_options *options,
                     rf_interval *ret_interval, rf_error *reterr) {
    assert(values && statistic && options && ret_interval);
    rf_code code = rf_check_estimate_options(options, reterr);
    if (code)
        return code;
    if (n < 2 || n > UINT32_MAX)
        return rf_raise(reterr, RF_ECONFIG, "%zu values: it takes 2 to %u", n, UINT32_MAX);
    double *memory = rf_alloc((options->resamples + 2 * n) * sizeof *memory);
    if (!memory)
        return rf_raise_nomem(reterr);
    double *drawn = memory + options->resamples, *left_out = drawn + n;
    double a = own_acceleration(values, n, statistic, scratch, drawn, left_out);
    rf_random random = rf_random_seeded(options->seed);
    for (size_t r = 0; r < options->resamples; r++) {
        for (size_t i = 0; i < n; i++)
            drawn[i] = values[rf_random_below(&random, (uint32_t)n)];
        memory[r] = statistic(drawn, n, scratch);
    }
    *ret_interval = rf_bca(memory, options->resamples, statistic(values, n, scratch), a, options->confidence, n);
    rf_free(memory);
    return RF_OK;
}
