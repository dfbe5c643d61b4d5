/* coverage.c: simulations with known answers: how often intervals hold the truth, and how often equal things are called different. */
#include "measure/compare.h"

#include <math.h>
#include <stdio.h>

/*
 * 6000 simulations: 1 % of coverage is 3.5 deviations of a count whose share is 95 %. Few resamples make the ends of intervals a little
 * uncertain, which costs coverage some hundredths of a percent.
 */
enum { SIMULATIONS = 6000, ALARMS = 2000, SAMPLES_MOST = 100, RUNS = 10 };

typedef double (*draw)(rf_random *random);

static double normal(rf_random *random) { return 100 + 5 * rf_random_normal(random); }
static double uniform(rf_random *random) { return 90 + 20 * rf_random_unit(random); }
/* Shape 4, mean 4: the sum of four exponential times. */
static double gamma4(rf_random *random) {
    double product = 1;
    for (int i = 0; i < 4; i++)
        product *= 1 - rf_random_unit(random);
    return -log(product);
}
/* Times as machines give them: 3 % of noise, skewed, and 5 % of outliers that take up to three times as long. */
static double timing(rf_random *random) {
    double time = 100 * exp(0.03 * rf_random_normal(random));
    return rf_random_unit(random) < 0.05 ? time * (1 + 2 * rf_random_unit(random)) : time;
}

typedef struct trial {
    double iterations[SAMPLES_MOST], ns[SAMPLES_MOST];
    rf_samples samples;
} trial;

/* With runs, each is some percent faster or slower as a whole. */
static void fill(trial *t, size_t count, size_t runs, bool linear, draw one, rf_random *random) {
    double factors[RUNS] = { 1 };
    t->samples = (rf_samples){ count, t->iterations, t->ns, linear, runs };
    for (size_t r = 0; r < runs; r++)
        factors[r] = 1 + 0.04 * rf_random_normal(random);
    for (size_t i = 0; i < count; i++) {
        t->iterations[i] = linear ? (double)(i + 1) * 10 : 10;
        t->ns[i] = t->iterations[i] * one(random) * factors[runs ? i % runs : 0];
    }
}

/* ---- Intervals ---- */

static bool covers(const char *name, draw one, size_t runs, double mean, uint64_t seed) {
    rf_random random = rf_random_seeded(seed);
    int covered = 0;
    for (int i = 0; i < SIMULATIONS; i++) {
        trial t;
        fill(&t, 100, runs, false, one, &random);
        rf_estimate_options options = { .resamples = 999, .confidence = 0.95, .seed = rf_random_next(&random) };
        rf_estimates estimates;
        if (rf_estimate(&t.samples, &options, &estimates, NULL))
            return false;
        covered += estimates.mean.low <= mean && mean <= estimates.mean.high;
    }
    double share = 100.0 * covered / SIMULATIONS;
    bool good = share >= 94 && share <= 96;
    printf("mean of %s: %.2f %% of 95 %% intervals cover%s\n", name, share, good ? "" : ": not 94 to 96");
    return good;
}

/* ---- Alarms ---- */

typedef struct scene { const char *name; draw one; size_t count, runs; bool linear, pairs; } scene;

static bool keeps_quiet(const scene *s, uint64_t seed) {
    rf_random random = rf_random_seeded(seed);
    int alarms = 0;
    for (int i = 0; i < ALARMS; i++) {
        trial base, now;
        fill(&base, s->count, s->runs, s->linear, s->one, &random);
        fill(&now, s->count, s->runs, s->linear, s->one, &random);
        rf_compare_options options = RF_COMPARE_DEFAULT;
        options.estimate.resamples = 1999; /* p below 0.001 must be possible */
        options.estimate.seed = rf_random_next(&random);
        rf_comparison c;
        if ((s->pairs ? rf_compare_pairs : rf_compare)(&base.samples, &now.samples, &options, &c, NULL))
            return false;
        alarms += c.change == RF_CHANGE_SLOWER || c.change == RF_CHANGE_FASTER;
    }
    double share = 100.0 * alarms / ALARMS;
    bool good = share <= 1;
    printf("%s: %.2f %% false alarms%s\n", s->name, share, good ? "" : ": more than 1 %");
    return good;
}

int main(void) {
    static const scene scenes[] = {
        { "equal, skewed", gamma4, 100, 0, false, false },
        { "equal, with outliers", timing, 100, 0, false, false },
        { "equal, with outliers, 30 samples", timing, 30, 0, false, false },
        { "equal, with outliers, linear", timing, 100, 0, true, false },
        { "equal, skewed, 10 samples", gamma4, 10, 0, false, false },
        { "equal, with outliers, in pairs", timing, 100, 0, false, true },
        { "equal, skewed, in pairs", gamma4, 100, 0, false, true },
        { "equal, runs that differ", timing, 100, RUNS, false, false },
        { "equal, runs that differ, linear", timing, 100, RUNS, true, false },
        { "equal, runs that differ, in pairs, 30 samples", timing, 30, RUNS, false, true },
    };
    size_t count = sizeof scenes / sizeof *scenes, passed = 0;
    passed += covers("normal samples", normal, 0, 100, 1);
    passed += covers("uniform samples", uniform, 0, 100, 2);
    passed += covers("skewed samples (gamma, shape 4)", gamma4, 0, 4, 3);
    passed += covers("ten runs that differ", normal, RUNS, 100, 4);
    for (size_t i = 0; i < count; i++)
        passed += keeps_quiet(&scenes[i], 10 + i);
    printf("%zu passed, %zu failed\n", passed, 4 + count - passed);
    return passed == 4 + count ? 0 : 1;
}
