/* compare.c: two sets of samples of the same thing: the ratio of their typical times, and two tests of whether they differ. */
#include "measure/compare.h"

#include "base/alloc.h"
#include "measure/resample.h"

#include <assert.h>
#include <math.h>

/* A sample: the typical time of a set is the sum of all shares over the sum of all weights. */
typedef struct observation {
    double share, weight; /* time of one iteration, and 1; for a slope iterations * ns, and iterations² */
    double distance;      /* of the time of one iteration from the mean of its set */
} observation;

typedef struct sums { double share, weight, distance, squares; } sums;

typedef struct set {
    size_t n;
    observation *all;
    double *times;  /* of one iteration */
    double mean;
    sums whole;     /* of each once */
} set;

typedef struct work {
    set base, now;
    size_t block;     /* pairs that are drawn together; 0: the sides are drawn apart */
    double *ratios;   /* a resample each */
    double *left_out; /* of the larger side, for the jackknife */
    double *scratch;  /* for Mann-Whitney */
    uint32_t *drawn;  /* of the larger side */
} work;

#define T_MOST 1e6 /* what t is held to, where nothing varies */

/* ---- Sums of what was drawn ---- */

static double typical(const sums *s) { return s->share / s->weight; }

static sums sum_drawn(const set *side, const uint32_t *drawn) {
    sums s = { 0 };
    for (size_t i = 0; i < side->n; i++) {
        const observation *o = &side->all[drawn ? drawn[i] : i];
        s.share += o->share;
        s.weight += o->weight;
        s.distance += o->distance;
        s.squares += o->distance * o->distance;
    }
    return s;
}

/* The variance of the mean. */
static double mean_variance(const sums *s, size_t count) {
    double n = (double)count, spread = s->squares - s->distance * s->distance / n;
    return spread > 0 ? spread / (n - 1) / n : 0;
}

/* Welch 1947: `difference` of the means over its error. */
static double welch(double difference, const work *w, const sums *base, const sums *now) {
    double error = sqrt(mean_variance(base, w->base.n) + mean_variance(now, w->now.n));
    if (difference == 0)
        return 0;
    double t = difference / error;
    return t > T_MOST ? T_MOST : t < -T_MOST ? -T_MOST : t;
}

/* With runs an observation is a run: what its samples have in common is no proof of what the next would take. */
static void take_side(set *side, const rf_samples *samples, bool linear) {
    for (size_t i = 0; i < side->n; i++)
        side->all[i] = (observation){ 0 };
    for (size_t i = 0; i < samples->count; i++) {
        double iterations = samples->iterations[i], time = samples->ns[i] / iterations;
        observation *o = &side->all[i % side->n];
        o->share += linear ? iterations * samples->ns[i] : time;
        o->weight += linear ? iterations * iterations : 1;
    }
    for (size_t i = 0; i < side->n; i++)
        side->times[i] = side->all[i].share / side->all[i].weight;
    side->mean = rf_mean(side->times, side->n);
    for (size_t i = 0; i < side->n; i++)
        side->all[i].distance = side->times[i] - side->mean;
    side->whole = sum_drawn(side, NULL);
}

static size_t units_of(const rf_samples *samples) { return rf_runs_of(samples) ? rf_runs_of(samples) : samples->count; }

/* ---- Resampling ---- */

static void draw_apart(uint32_t *drawn, size_t n, rf_random *random) {
    for (size_t i = 0; i < n; i++)
        drawn[i] = rf_random_below(random, (uint32_t)n);
}

/* Blocks begin anywhere and go on behind the end from the start (Politis and Romano 1992), so that each pair is drawn equally often. */
static void draw_blocks(uint32_t *drawn, size_t n, size_t block, rf_random *random) {
    for (size_t i = 0; i < n;) {
        size_t from = rf_random_below(random, (uint32_t)n);
        for (size_t k = 0; k < block && i < n; k++, i++)
            drawn[i] = (uint32_t)(from + k < n ? from + k : from + k - n);
    }
}

/*
 * Fills the ratios, and says in how many resamples t was as far from 0 as `t`. The null hypothesis (Efron and Tibshirani 1993, 16.2) has
 * both sets shifted to a common mean; what is drawn is the same as for the ratio, of which only the distances from the own mean are used.
 */
static size_t resample(work *w, const rf_estimate_options *options, double t) {
    rf_random random = rf_random_seeded(options->seed);
    size_t as_far = 0;
    for (size_t r = 0; r < options->resamples; r++) {
        if (w->block)
            draw_blocks(w->drawn, w->base.n, w->block, &random);
        else
            draw_apart(w->drawn, w->base.n, &random);
        sums base = sum_drawn(&w->base, w->drawn);
        if (!w->block)
            draw_apart(w->drawn, w->now.n, &random);
        sums now = sum_drawn(&w->now, w->drawn);
        w->ratios[r] = typical(&now) / typical(&base);
        as_far += fabs(welch(now.distance / (double)w->now.n - base.distance / (double)w->base.n, w, &base, &now)) >= fabs(t);
    }
    return as_far;
}

static double typical_without(const set *side, size_t i) {
    const observation *o = &side->all[i];
    return (side->whole.share - o->share) / (side->whole.weight - o->weight);
}

/* The ratio's skewness: each sample of both sides left out in turn, or each pair. */
static double acceleration(const work *w) {
    rf_skew skew = { 0 };
    double base = typical(&w->base.whole), now = typical(&w->now.whole);
    for (size_t i = 0; i < w->base.n; i++)
        w->left_out[i] = (w->block ? typical_without(&w->now, i) : now) / typical_without(&w->base, i);
    rf_skew_add(&skew, w->left_out, w->base.n);
    if (!w->block) {
        for (size_t i = 0; i < w->now.n; i++)
            w->left_out[i] = typical_without(&w->now, i) / base;
        rf_skew_add(&skew, w->left_out, w->now.n);
    }
    return rf_skew_acceleration(&skew);
}

/* ---- Length of blocks ---- */

/* How much what pair i adds to the ratio goes with what pair i + lag adds. */
static double covariance(const double *values, size_t n, size_t lag) {
    double sum = 0;
    for (size_t i = 0; i + lag < n; i++)
        sum += values[i] * values[i + lag];
    return sum / (double)n;
}

/* How far the autocorrelation is looked at: twice the first lag of five in a row that chance explains, as Politis and White 2004 find it,
 * counted as the arch package does. */
static size_t lags_that_count(const double *values, size_t n, double variance) {
    double chance = 2 * sqrt(log10((double)n) / (double)n) * variance;
    size_t most = (size_t)ceil(sqrt((double)n)) + 5, quiet = 1;
    for (size_t lag = 1; lag < n && lag <= most && lag < quiet + 5; lag++)
        if (fabs(covariance(values, n, lag)) >= chance)
            quiet = lag + 1;
    return 2 * quiet < most ? 2 * quiet : most;
}

/*
 * Politis and White 2004 (as corrected by Patton, Politis and White 2009) for circular blocks; at least n^(1/3), the rate that is right
 * for any short memory, and at most a quarter, so that there are blocks to draw from.
 */
static size_t block_length(const double *values, size_t n) {
    double variance = covariance(values, n, 0), least = ceil(cbrt((double)n)), most = fmax(1, floor((double)n / 4));
    size_t lags = variance > 0 ? lags_that_count(values, n, variance) : 0;
    double weighted = 0, spectrum = variance;
    for (size_t lag = 1; lag <= lags && lag < n; lag++) {
        double at = (double)lag / (double)lags, taper = at <= 0.5 ? 1 : 2 * (1 - at);
        weighted += 2 * taper * (double)lag * covariance(values, n, lag);
        spectrum += 2 * taper * covariance(values, n, lag);
    }
    double best = spectrum > 0 ? cbrt(1.5 * weighted * weighted / (spectrum * spectrum) * (double)n) : least;
    return (size_t)fmin(fmax(ceil(best), least), most);
}

static size_t block_of_pairs(work *w) {
    for (size_t i = 0; i < w->now.n; i++)
        w->left_out[i] = w->now.times[i] / w->now.mean - w->base.times[i] / w->base.mean;
    return block_length(w->left_out, w->now.n);
}

/* ---- Both comparisons ---- */

/*
 * What the interval says has to be borne out, as that of a dozen samples is too narrow, and outliers make it so; t knows of the first, ranks
 * of the second. Apart: one of the tests ten times as surely as the interval. In turn, where ten runs are ten samples: the pairs' ratios by
 * Student's t so, and by signed ranks (with fewer than nine pairs: all agree). Who compares two hundred benchmarks wants no alarm among
 * them. See tests/measure/coverage.c.
 */
static bool is_borne_out(const rf_comparison *c, const rf_estimate_options *options) {
    double level = 1 - options->confidence, least = 1 / ((double)options->resamples + 1); /* the smallest t.p that there is */
    if (c->interleaved)
        return c->pairs_p < level / 10 && (c->w_p < level || c->w == 0);
    return c->t_p <= fmax(level / 10, least) || c->u_p < level / 10;
}

static rf_change judge(const rf_comparison *c, const rf_compare_options *options) {
    double most = 1 + options->matters, least = 1 - options->matters;
    if (c->ratio.low >= least && c->ratio.high <= most)
        return RF_CHANGE_NONE;
    if (!is_borne_out(c, &options->estimate))
        return RF_CHANGE_UNCLEAR;
    return c->ratio.low > most ? RF_CHANGE_SLOWER : c->ratio.high < least ? RF_CHANGE_FASTER : RF_CHANGE_UNCLEAR;
}

/* How many samples the interval may count on: those of the smaller side, or blocks, as pairs within one are no proofs apart. */
static size_t independent(const work *w) {
    size_t n = w->base.n < w->now.n ? w->base.n : w->now.n, blocks = w->block ? n / w->block : n;
    return blocks > 2 ? blocks : 2;
}

static double pairs_probability(work *w) {
    size_t n = w->now.n;
    for (size_t i = 0; i < n; i++)
        w->scratch[i] = log(w->now.times[i] / w->base.times[i]);
    double mean = rf_mean(w->scratch, n), error = rf_deviation(w->scratch, n) / sqrt((double)n);
    return mean == 0 ? 1 : rf_student_two_sided(error > 0 ? mean / error : T_MOST, (double)n - 1);
}

static void conclude(work *w, const rf_compare_options *options, double machine, rf_comparison *ret_comparison) {
    rf_comparison c = { .machine = machine, .w_p = 1, .pairs_p = 1, .interleaved = w->block != 0, .matters = options->matters };
    c.t = welch(w->now.mean - w->base.mean, w, &w->base.whole, &w->now.whole);
    size_t resamples = options->estimate.resamples, as_far = resample(w, &options->estimate, c.t);
    /* The samples themselves count, so p is never 0 (Davison and Hinkley 1997, ch. 4). */
    c.t_p = ((double)as_far + 1) / ((double)resamples + 1);
    double point = typical(&w->now.whole) / typical(&w->base.whole);
    c.ratio = rf_bca(w->ratios, resamples, point, acceleration(w), options->estimate.confidence, independent(w));
    double widened = machine > 1 ? machine : 1 / machine;
    c.ratio.low /= widened;
    c.ratio.high *= widened;
    rf_mann_whitney(w->now.times, w->now.n, w->base.times, w->base.n, w->scratch, &c.u, &c.u_p);
    if (c.interleaved) {
        rf_signed_ranks(w->now.times, w->base.times, w->now.n, w->scratch, &c.w, &c.w_p);
        c.pairs_p = pairs_probability(w);
    }
    c.change = judge(&c, options);
    *ret_comparison = c;
}

/* Everything in one piece; NULL: out of memory. */
static void *allocate(work *w, size_t resamples) {
    size_t both = w->base.n + w->now.n, larger = w->base.n > w->now.n ? w->base.n : w->now.n;
    double *memory = rf_alloc(resamples * sizeof(double) + both * (sizeof(observation) + 3 * sizeof(double))
                              + larger * (sizeof(double) + sizeof(uint32_t)));
    if (!memory)
        return NULL;
    w->ratios = memory;
    w->left_out = w->ratios + resamples;
    w->scratch = w->left_out + larger;
    w->base.times = w->scratch + 2 * both;
    w->now.times = w->base.times + w->base.n;
    w->base.all = (observation *)(void *)(w->now.times + w->now.n);
    w->now.all = w->base.all + w->base.n;
    w->drawn = (uint32_t *)(void *)(w->now.all + w->now.n);
    return memory;
}

static rf_code check(const rf_samples *base, const rf_samples *now, const rf_compare_options *options, rf_error *reterr) {
    assert(base && now && options);
    rf_code code = rf_check_estimate_options(&options->estimate, reterr);
    if (!code && !(options->matters >= 0 && options->matters < 1))
        code = rf_raise(reterr, RF_ECONFIG, "a change that matters of %g is not between 0 and 1", options->matters);
    if (!code && (code = rf_check_samples(base, reterr)))
        rf_error_prefix(reterr, "baseline: ");
    return code ? code : rf_check_samples(now, reterr);
}

static rf_code compare(const rf_samples *base, const rf_samples *now, const rf_compare_options *options, bool pairs, double machine,
                       rf_comparison *ret_comparison, rf_error *reterr) {
    work w = { .base.n = units_of(base), .now.n = units_of(now) };
    void *memory = allocate(&w, options->estimate.resamples);
    if (!memory)
        return rf_raise_nomem(reterr);
    bool linear = base->linear && now->linear; /* else like would not be compared with like: means */
    take_side(&w.base, base, linear);
    take_side(&w.now, now, linear);
    if (pairs)
        w.block = rf_runs_of(base) ? 1 : block_of_pairs(&w); /* runs are independent of each other */
    conclude(&w, options, machine, ret_comparison);
    rf_free(memory);
    return RF_OK;
}

rf_code rf_compare(const rf_samples *base, const rf_samples *now, const rf_compare_options *options, rf_comparison *ret_comparison,
                   rf_error *reterr) {
    rf_code code = check(base, now, options, reterr);
    if (code)
        return code;
    bool known = options->base_reference_ns > 0 && options->now_reference_ns > 0;
    return compare(base, now, options, false, known ? options->now_reference_ns / options->base_reference_ns : 1, ret_comparison, reterr);
}

rf_code rf_compare_pairs(const rf_samples *base, const rf_samples *now, const rf_compare_options *options, rf_comparison *ret_comparison,
                         rf_error *reterr) {
    rf_code code = check(base, now, options, reterr);
    if (!code && (base->count != now->count || rf_runs_of(base) != rf_runs_of(now)))
        code = rf_raise(reterr, RF_ECONFIG, "%zu and %zu samples are no pairs", base->count, now->count);
    return code ? code : compare(base, now, options, true, 1, ret_comparison, reterr);
}
