/* compare.h: two sets of samples of the same thing: is one slower, by how much, and is that proven. */
#ifndef RF_MEASURE_COMPARE_H
#define RF_MEASURE_COMPARE_H

#include "measure/stats.h"

typedef enum rf_change {
    RF_CHANGE_NONE,    /* the interval of the ratio lies within what does not matter: 1 - matters to 1 + matters */
    RF_CHANGE_FASTER,  /* it lies below that, and the tests say so (docs/benchmarks.md) */
    RF_CHANGE_SLOWER,  /* above, likewise */
    RF_CHANGE_UNCLEAR, /* neither: more samples, or a quieter machine */
} rf_change;

typedef struct rf_compare_options {
    rf_estimate_options estimate;
    double matters; /* a change of less is none: 0.02 */
    /*
     * What the machine itself took for a fixed piece of work while each was measured (machine.h), ns; 0: not known. If it is by a
     * factor f slower or faster now, the interval of the ratio is widened by f: low / f, high * f. What the machine may have caused is
     * not proven.
     */
    double base_reference_ns, now_reference_ns;
} rf_compare_options;
#define RF_COMPARE_DEFAULT ((rf_compare_options){ .estimate = { 100000, 0.99, 42 }, .matters = 0.02 })

typedef struct rf_comparison {
    rf_interval ratio;   /* now / base, of the typical time (means, unless both are linear); low and high widened as said */
    double machine;      /* now / base of the reference; 1: not known, or interleaved */
    double t, t_p;       /* Welch's t of the times, within ±1e6; probability by a bootstrap of the null hypothesis (Efron, Tibshirani, 16.2) */
    double u, u_p;       /* Mann-Whitney's U of `now`: normal approximation with correction for ties and continuity; two-sided */
    double w, w_p;       /* Wilcoxon's signed ranks of pairs: W is the smaller sum of ranks; approximated as U is. Apart: 0, 1 */
    double pairs_p;      /* Student's t of the logarithms of the pairs' ratios, two-sided. Apart: 1 */
    bool interleaved;
    double matters;      /* the bound that was asked for, for pictures; 0: not told */
    rf_change change;
} rf_comparison;

/* Samples of different runs. Errors: as rf_estimate(). */
RF_NODISCARD rf_code rf_compare(const rf_samples *base, const rf_samples *now, const rf_compare_options *options,
                                rf_comparison *ret_comparison, rf_error *reterr);
/*
 * Samples that were taken in turn (the i-th of each beside the other): the ratio is resampled by pairs, and by blocks of pairs (moving
 * blocks, Künsch 1989, closed to a circle, Politis and Romano 1992), so that a drift that both share and noise that lasts for several
 * samples are counted for what they are.
 */
RF_NODISCARD rf_code rf_compare_pairs(const rf_samples *base, const rf_samples *now, const rf_compare_options *options,
                                      rf_comparison *ret_comparison, rf_error *reterr);

/* Wilcoxon's signed ranks alone; pairs that are equal are left out. W is the smaller sum. `scratch`: 2 * n doubles. */
void rf_signed_ranks(const double *a, const double *b, size_t n, double *scratch, double *ret_w, double *ret_p);
/* Mann-Whitney alone; U counts the pairs in which `a` is larger, ties by half. `scratch`: 2 * (n + m) doubles. */
void rf_mann_whitney(const double *a, size_t n, const double *b, size_t m, double *scratch, double *ret_u, double *ret_p);

/* ---- The gate (gate.c): `ratio.low > 1.05`, `ratio > 1.1 && p < 0.01`, `now.mean > 120ns || r2 < 0.9` ---- */

/* What an expression may name: ratio, ratio.low, ratio.high, p, t.p, u.p, w.p, pairs.p, machine, and of now and base: mean, median, slope, deviation,
 * mad, each also with .low and .high; times may carry ns, us, ms, s. Comparisons, && || ! and parentheses. */
typedef struct rf_gate rf_gate;
/* Errors: RF_EPARSE with the place in the text (line 1) and a hint, "did you mean" for names; RF_ENOMEM. */
RF_NODISCARD rf_code rf_gate_parse(const char *text, rf_gate **ret_gate, rf_error *reterr);
void rf_gate_free(rf_gate *gate); /* NULL is fine */
typedef struct rf_gate_input { const rf_comparison *comparison; const rf_estimates *now, *base; } rf_gate_input; /* comparison and base may be NULL */
/* True: the gate says to fail. What is asked for and not there (no baseline) is never true. */
bool rf_gate_fails(const rf_gate *gate, const rf_gate_input *input);
/* True: it names something of a comparison, so without a baseline it says nothing. */
bool rf_gate_needs_base(const rf_gate *gate);

#endif
