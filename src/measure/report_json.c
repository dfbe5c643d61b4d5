/* report_json.c: everything but the samples, as JSON: keys in an order that stays, a member a line, finite numbers only. */
#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "measure/report_text.h"
#include "message/json.h"

#include <assert.h>
#include <math.h>

enum { FORMAT_VERSION = 1 };

typedef struct json { rf_buffer *out; unsigned depth; bool has_members; } json;

/* ---- Writing ---- */

static void begin_value(json *to) {
    if (to->has_members)
        rf_buffer_char(to->out, ',');
    if (to->depth)
        rf_buffer_char(to->out, '\n');
    for (unsigned i = 0; i < to->depth; i++)
        rf_buffer_text(to->out, "  ");
    to->has_members = true;
}

static void key(json *to, const char *name) {
    begin_value(to);
    rf_buffer_printf(to->out, "\"%s\": ", name);
}

static void enter(json *to, char bracket) {
    rf_buffer_char(to->out, bracket);
    to->depth++;
    to->has_members = false;
}

static void leave(json *to, char bracket) {
    to->depth--;
    if (to->has_members) {
        rf_buffer_char(to->out, '\n');
        for (unsigned i = 0; i < to->depth; i++)
            rf_buffer_text(to->out, "  ");
    }
    rf_buffer_char(to->out, bracket);
    to->has_members = true;
}

static void object(json *to, const char *name) {
    key(to, name);
    enter(to, '{');
}

static void null(json *to, const char *name) {
    key(to, name);
    rf_buffer_text(to->out, "null");
}

/* NULL is null. */
static void text(json *to, const char *name, const char *value) {
    key(to, name);
    if (value)
        rf_json_write_string(to->out, rf_slice_of(value), RF_JSON_RAW_SEPARATORS);
    else
        rf_buffer_text(to->out, "null");
}

/* What is not finite is not known, which is null. */
static void number(json *to, const char *name, double value) {
    char digits[RF_NUMBER_TEXT_MAX];
    if (!isfinite(value)) {
        null(to, name);
        return;
    }
    key(to, name);
    rf_buffer_append(to->out, digits, rf_number_json(value, digits));
}

/* Of what 0 or less says that it is not known. */
static void positive(json *to, const char *name, double value) { number(to, name, value > 0 ? value : (double)NAN); }
static void counted(json *to, const char *name, double value) { number(to, name, value >= 0 ? value : (double)NAN); }

static void whole(json *to, const char *name, uint64_t value) {
    char digits[RF_NUMBER_TEXT_MAX];
    key(to, name);
    rf_buffer_append(to->out, digits, rf_number_u64(value, digits));
}

static void truth(json *to, const char *name, bool value) {
    key(to, name);
    rf_buffer_text(to->out, value ? "true" : "false");
}

/* ---- The run ---- */

static void of_machine(json *to, const rf_machine *machine) {
    object(to, "machine");
    text(to, "processor", machine->processor);
    text(to, "architecture", machine->architecture);
    text(to, "system", machine->system);
    text(to, "governor", machine->governor);
    text(to, "turbo", machine->turbo);
    text(to, "hypervisor", machine->hypervisor);
    whole(to, "cores", machine->cores);
    whole(to, "pinned_to", machine->pinned_to);
    whole(to, "memory_bytes", machine->memory_bytes);
    positive(to, "mhz", machine->mhz);
    text(to, "fingerprint", machine->fingerprint);
    leave(to, '}');
}

static void of_options(json *to, const rf_bench_run *run) {
    static const char *const samplings[] = { [RF_SAMPLING_AUTO] = "auto", [RF_SAMPLING_LINEAR] = "linear", [RF_SAMPLING_FLAT] = "flat" };
    object(to, "options");
    whole(to, "samples", run->options.samples);
    whole(to, "measure_ns", run->options.measure_ns);
    whole(to, "warm_ns", run->options.warm_ns);
    text(to, "sampling", samplings[run->options.sampling]);
    whole(to, "resamples", run->estimate.resamples);
    number(to, "confidence", run->estimate.confidence);
    whole(to, "seed", run->estimate.seed);
    leave(to, '}');
}

/* ---- A benchmark ---- */

static void of_interval(json *to, const char *name, const rf_interval *interval) {
    object(to, name);
    number(to, "point", interval->point);
    number(to, "low", interval->low);
    number(to, "high", interval->high);
    number(to, "error", interval->error);
    leave(to, '}');
}

static void of_estimates(json *to, const rf_estimates *estimates, bool linear) {
    of_interval(to, "typical", rf_typical(estimates, linear));
    of_interval(to, "mean", &estimates->mean);
    of_interval(to, "median", &estimates->median);
    of_interval(to, "deviation", &estimates->deviation);
    of_interval(to, "mad", &estimates->mad);
    if (linear) {
        of_interval(to, "slope", &estimates->slope);
        number(to, "r2", estimates->r2);
    } else {
        null(to, "slope");
        null(to, "r2");
    }
    number(to, "minimum", estimates->minimum);
    number(to, "maximum", estimates->maximum);
}

static void of_samples(json *to, const rf_result_of_bench *result) {
    const rf_measurement *m = &result->measurement;
    const rf_outliers *found = &result->estimates.outliers;
    object(to, "samples");
    whole(to, "count", m->count);
    truth(to, "linear", m->linear);
    whole(to, "low_severe", found->low_severe);
    whole(to, "low_mild", found->low_mild);
    whole(to, "high_mild", found->high_mild);
    whole(to, "high_severe", found->high_severe);
    whole(to, "warm_ns", m->warm_ns);
    whole(to, "warm_iterations", m->warm_iterations);
    truth(to, "settled", m->settled);
    leave(to, '}');
}

static void of_memory(json *to, const rf_measurement *m) {
    object(to, "memory");
    counted(to, "allocations", m->allocations);
    number(to, "blocks_left", m->allocated_blocks_left);
    whole(to, "peak_bytes", m->peak_bytes);
    leave(to, '}');
    object(to, "hardware");
    counted(to, "cycles", m->hardware.cycles);
    counted(to, "instructions", m->hardware.instructions);
    counted(to, "branch_misses", m->hardware.branch_misses);
    counted(to, "cache_misses", m->hardware.cache_misses);
    leave(to, '}');
}

static void of_noise(json *to, const rf_noise *noise) {
    char grade[2] = { noise->grade, '\0' };
    object(to, "noise");
    text(to, "grade", noise->grade ? grade : NULL);
    text(to, "reason", noise->reason);
    number(to, "steal", noise->steal);
    number(to, "others", noise->others);
    number(to, "load", noise->load);
    number(to, "switches", noise->switches);
    number(to, "off_cpu", noise->off_cpu);
    positive(to, "reference_ns", noise->reference_ns);
    positive(to, "reference_drift", noise->reference_drift);
    leave(to, '}');
}

static void of_latency(json *to, const rf_result_of_bench *result) {
    static const struct { const char *name; double at; } quantiles[] = {
        { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99_9", 0.999 }, { "p99_99", 0.9999 },
    };
    const rf_latency *latency = result->latency;
    if (!latency) {
        null(to, "latency");
        return;
    }
    object(to, "latency");
    positive(to, "rate", result->latency_rate);
    positive(to, "reached_rate", result->reached_rate);
    whole(to, "count", latency->total);
    whole(to, "minimum", latency->minimum);
    number(to, "mean", rf_latency_mean(latency));
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        whole(to, quantiles[i].name, rf_latency_quantile(latency, quantiles[i].at));
    whole(to, "maximum", latency->maximum);
    leave(to, '}');
}

static void of_comparison(json *to, const rf_result_of_bench *result) {
    const rf_comparison *comparison = &result->comparison;
    if (!result->compared) {
        null(to, "comparison");
        return;
    }
    object(to, "comparison");
    text(to, "versus", result->versus);
    text(to, "change", rf_text_change(comparison->change));
    of_interval(to, "ratio", &comparison->ratio);
    positive(to, "machine", comparison->machine);
    number(to, "t", comparison->t);
    number(to, "t_p", comparison->t_p);
    number(to, "u", comparison->u);
    number(to, "u_p", comparison->u_p);
    number(to, "w", comparison->w);
    number(to, "w_p", comparison->w_p);
    number(to, "pairs_p", comparison->pairs_p);
    truth(to, "interleaved", comparison->interleaved);
    object(to, "base");
    of_estimates(to, &result->base, result->base_samples.linear);
    leave(to, '}');
    leave(to, '}');
}

static void of_bench(json *to, const rf_result_of_bench *result) {
    const rf_bench *bench = &result->bench;
    text(to, "id", result->id);
    text(to, "group", bench->group);
    text(to, "name", bench->name);
    text(to, "parameter", bench->parameter);
    text(to, "form", bench->form);
    text(to, "doc", bench->doc);
    number(to, "number", bench->number);
    positive(to, "amount", bench->amount);
    text(to, "unit", bench->unit == RF_UNIT_NONE ? NULL : rf_unit_name(bench->unit));
    positive(to, "target_ns", bench->target_ns);
    positive(to, "original_ns", bench->original_ns);
    text(to, "original", bench->original);
    text(to, "failure", result->failure);
}

static void of_result(json *to, const rf_result_of_bench *result) {
    begin_value(to);
    enter(to, '{');
    of_bench(to, result);
    if (!result->failure) {
        double ns = rf_text_typical(result)->point;
        of_estimates(to, &result->estimates, result->measurement.linear);
        positive(to, "per_second", result->bench.amount > 0 && ns > 0 ? result->bench.amount / ns * 1e9 : 0);
        of_samples(to, result);
        of_memory(to, &result->measurement);
        of_noise(to, &result->measurement.noise);
        of_latency(to, result);
        of_comparison(to, result);
        truth(to, "gate_failed", result->gate_failed);
    }
    leave(to, '}');
}

/* In UTC, to the second; null for a time that is not known. */
static void of_time(json *to, const char *name, int64_t ms) {
    char stamp[RF_CLOCK_TEXT_MAX + 1];
    if (ms <= 0) {
        null(to, name);
        return;
    }
    stamp[rf_clock_rfc3339(ms / 1000, 0, 0, stamp)] = '\0';
    text(to, name, stamp);
}

void rf_report_json(const rf_bench_run *run, rf_buffer *out) {
    assert(run && out);
    json to = { .out = out };
    enter(&to, '{');
    text(&to, "format", "riffle-bench-report");
    whole(&to, "format_version", FORMAT_VERSION);
    text(&to, "riffle", run->version);
    text(&to, "commit", run->commit && *run->commit ? run->commit : NULL);
    of_time(&to, "began", run->began_ms);
    of_machine(&to, &run->machine);
    of_options(&to, run);
    key(&to, "results");
    enter(&to, '[');
    for (size_t i = 0; i < run->results.count; i++)
        of_result(&to, &run->results.items[i]);
    leave(&to, ']');
    leave(&to, '}');
    rf_buffer_char(out, '\n');
}
