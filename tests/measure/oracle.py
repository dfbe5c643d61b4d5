#!/usr/bin/env python3
"""Writes oracle.json: sample sets, and what scipy, numpy and arch find in them.

Usage: tests/measure/oracle.py   (needs scipy and arch; oracle.json is committed, so that tests need neither)

Intervals are scipy's BCa at the level that Hesterberg's expansion asks for (see src/measure/resample.c).
"""

import json
import math
import os
import warnings

import numpy as np
import scipy
from arch.bootstrap import optimal_block_length
from scipy import stats

RESAMPLES = 200000
BATCH = 2000


def expanded(confidence, count):
    """The level at which a plain interval is as wide as the expanded one at `confidence`."""
    z = math.sqrt(count / (count - 1)) * stats.t.ppf((1 + confidence) / 2, count - 1)
    return 1 - 2 * stats.norm.sf(z)


def interval(data, statistic, confidence, paired=False):
    count = min(len(values) for values in data)
    found = stats.bootstrap(data, statistic, n_resamples=RESAMPLES, batch=BATCH, confidence_level=expanded(confidence, count),
                            method="BCa", paired=paired, vectorized=True, rng=np.random.default_rng(7))
    low, high = found.confidence_interval
    if math.isnan(low):  # no sample's absence changes the statistic (the median of ties): scipy divides 0 by 0, where there is no skewness
        low, high = bias_corrected(found.bootstrap_distribution, statistic(*data), 0, expanded(confidence, count))
    return {"low": low, "high": high, "error": found.standard_error}


def bias_corrected(resampled, point, a, level):
    z0 = stats.norm.ppf(np.mean(resampled < point) + np.mean(resampled == point) / 2)
    z = stats.norm.ppf([(1 - level) / 2, (1 + level) / 2])
    return np.quantile(resampled, stats.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z))))


def deviation(values, axis=-1):
    return np.std(values, axis=axis, ddof=1)


def mad(values, axis=-1):
    return stats.median_abs_deviation(values, axis=axis, scale="normal")


def slope(iterations, ns, axis=-1):
    return np.sum(iterations * ns, axis=axis) / np.sum(iterations * iterations, axis=axis)


# Sample sets.

def make_sets():
    rng = np.random.default_rng(20240607)
    linear = 250.0 * np.arange(1, 101)
    flat = np.full(100, 1000.0)
    outliers = np.where(rng.random(100) < 0.06, 1 + 2 * rng.random(100), 1)
    drift = np.zeros(100)
    for i in range(1, 100):
        drift[i] = 0.6 * drift[i - 1] + rng.normal()
    shared = 1 + 0.05 * np.sin(np.arange(100) / 9)
    return {
        "linear": (linear, linear * 48.7 * np.exp(0.02 * rng.normal(size=100)) + 900, True),
        "linear_slower": (linear, linear * 50.1 * np.exp(0.025 * rng.normal(size=100)) + 900, True),
        "flat": (flat, flat * 120 * np.exp(0.03 * rng.normal(size=100)) * outliers, False),
        "flat_again": (flat, flat * 121 * np.exp(0.03 * rng.normal(size=100)), False),
        "thirty": (np.full(30, 10.0), 10 * rng.gamma(4, 250, size=30), False),
        "thirty_slower": (np.full(30, 10.0), 10 * rng.gamma(4, 330, size=30), False),
        "ten": (np.full(10, 1.0), 2e6 * (1 + 0.1 * rng.normal(size=10)), False),
        "ties": (np.full(51, 4.0), 4.0 * rng.integers(20, 32, size=51), False),
        "ties_again": (np.full(40, 4.0), 4.0 * rng.integers(22, 33, size=40), False),
        "turn_base": (flat, flat * 80 * shared * np.exp(0.01 * rng.normal(size=100)), False),
        "turn_now": (flat, flat * 83 * shared * np.exp(0.01 * rng.normal(size=100)), False),
        "turn_lasting": (flat, flat * 83 * shared * np.exp(0.04 * drift), False),
    }


def describe(iterations, ns, linear):
    times = ns / iterations
    quartiles = np.quantile(times, [0.25, 0.75])
    fences = [quartiles[0] - 3 * np.diff(quartiles)[0], quartiles[0] - 1.5 * np.diff(quartiles)[0],
              quartiles[1] + 1.5 * np.diff(quartiles)[0], quartiles[1] + 3 * np.diff(quartiles)[0]]
    bands = np.histogram(times, bins=[-np.inf, *fences, np.inf])[0]
    fitted = np.linalg.lstsq(iterations[:, None], ns, rcond=None)[0][0]
    whole = np.sum((ns - ns.mean()) ** 2)
    width = 0.9 * min(deviation(times), np.diff(quartiles)[0] / 1.34) * len(times) ** -0.2
    at = np.linspace(times.min() - 3 * width, times.max() + 3 * width, 9)
    kernel = stats.gaussian_kde(times, bw_method=width / deviation(times))
    found = {
        "mean": {"point": times.mean(), **interval((times,), np.mean, 0.95)},
        "median": {"point": np.median(times), **interval((times,), np.median, 0.95)},
        "deviation": {"point": deviation(times), **interval((times,), deviation, 0.95)},
        "mad": {"point": mad(times), **interval((times,), mad, 0.95)},
        "quantiles": [[q, np.quantile(times, q)] for q in (0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 1)],
        "fences": fences,
        "outliers": [int(bands[0]), int(bands[1]), int(bands[3]), int(bands[4])],
        "fit": [fitted, 1 - np.sum((ns - fitted * iterations) ** 2) / whole],
        "density": {"from": at[0], "to": at[-1], "values": list(kernel(at))},
    }
    if linear:
        found["slope"] = {"point": fitted, **interval((iterations, ns), slope, 0.95, paired=True)}
    return found


# Comparisons.

def null_probability(base, now, t):
    """Efron and Tibshirani, algorithm 16.2, with Welch's t."""
    rng = np.random.default_rng(11)
    common = np.concatenate([base, now]).mean()
    base, now = base - base.mean() + common, now - now.mean() + common
    as_far = 0
    for _ in range(RESAMPLES // BATCH):
        x, y = rng.choice(now, (BATCH, len(now))), rng.choice(base, (BATCH, len(base)))
        found = stats.ttest_ind(x, y, axis=1, equal_var=False).statistic
        as_far += int(np.sum(np.abs(found) >= abs(t)))
    return as_far / RESAMPLES


def ratio_of(base, now):
    """A statistic of indices, so that scipy resamples iterations and ns together."""
    linear = base[2] and now[2]

    def typical(samples, drawn, axis):
        iterations, ns = samples[0][drawn.astype(int)], samples[1][drawn.astype(int)]
        return slope(iterations, ns, axis) if linear else np.mean(ns / iterations, axis=axis)

    return lambda b, n, axis=-1: typical(now, n, axis) / typical(base, b, axis)


def compare(base, now):
    b, n = base[1] / base[0], now[1] / now[0]
    statistic = ratio_of(base, now)
    indices = np.arange(len(b), dtype=float), np.arange(len(n), dtype=float)
    welch = stats.ttest_ind(n, b, equal_var=False)
    ranks = stats.mannwhitneyu(n, b, alternative="two-sided", method="asymptotic", use_continuity=True)
    return {"ratio": {"point": statistic(*indices), **interval(indices, statistic, 0.99)}, "t": welch.statistic,
            "t_p": null_probability(b, n, welch.statistic), "t_p_student": welch.pvalue, "t_freedom": welch.df,
            "u": ranks.statistic, "u_p": ranks.pvalue}


def compare_in_turn(base, now):
    """Circular blocks of pairs by hand; only how long they are is arch's."""
    b, n = base[1] / base[0], now[1] / now[0]
    count = len(b)
    best = optimal_block_length(n / n.mean() - b / b.mean())["circular"].iloc[0]
    block = int(min(max(math.ceil(best), math.ceil(count ** (1 / 3))), count // 4))
    rng = np.random.default_rng(13)
    starts = rng.integers(0, count, (RESAMPLES, -(-count // block)))
    drawn = ((starts[:, :, None] + np.arange(block)) % count).reshape(RESAMPLES, -1)[:, :count]
    ratios = n[drawn].mean(axis=1) / b[drawn].mean(axis=1)
    point = n.mean() / b.mean()
    left_out = (n.sum() - n) / (b.sum() - b)
    influence = left_out.mean() - left_out
    a = np.sum(influence ** 3) / (6 * np.sum(influence ** 2) ** 1.5)
    low, high = bias_corrected(ratios, point, a, expanded(0.99, count // block))
    ranks = stats.wilcoxon(n, b, correction=True, method="approx")
    return {"block": block, "w": ranks.statistic, "w_p": ranks.pvalue, "ratio": {"point": point, "low": low, "high": high, "error": ratios.std(ddof=1)}}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def main():
    warnings.simplefilter("ignore", (RuntimeWarning, stats.DegenerateDataWarning))
    sets = make_sets()
    pairs = [("linear", "linear_slower"), ("flat", "flat_again"), ("thirty", "thirty_slower"), ("ties", "ties_again"),
             ("linear", "flat"), ("thirty", "ten")]
    in_turn = [("turn_base", "turn_now"), ("turn_base", "turn_lasting")]
    tails = [(t, f) for t in (0, 0.01, 0.7, 2, 3.5, 8, 40) for f in (1, 2.5, 9, 99, 198.3, 1e4, 3e6, 1e9)]
    oracle = {
        "made_by": f"scipy {scipy.__version__}, numpy {np.__version__}, arch",
        "sets": {name: {"iterations": s[0], "ns": s[1], "linear": s[2], **describe(*s)} for name, s in sets.items()},
        "comparisons": [{"base": b, "now": n, **compare(sets[b], sets[n])} for b, n in pairs],
        "in_turn": [{"base": b, "now": n, **compare_in_turn(sets[b], sets[n])} for b, n in in_turn],
        "normal_cdf": [[x, stats.norm.cdf(x)] for x in (-37, -8, -3, -1.96, -0.1, 0, 0.5, 1, 2.5758, 6)],
        "normal_quantile": [[p, stats.norm.ppf(p)] for p in (1e-300, 1e-12, 1e-4, 0.005, 0.02425, 0.025, 0.3, 0.5, 0.75, 0.975, 0.9999999)],
        "student": [[t, f, 2 * stats.t.sf(t, f)] for t, f in tails],
        "student_bound": [[p, f, stats.t.isf(p / 2, f)] for p in (0.5, 0.05, 0.01, 1e-6) for f in (1, 9, 29, 99, 1e5)],
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "oracle.json")
    text = json.dumps(plain(oracle), separators=(",", ": "), allow_nan=False).replace('],"', '],\n"').replace('},"', '},\n"').replace('},{', '},\n{')
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")


if __name__ == "__main__":
    main()
