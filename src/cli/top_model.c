/* top_model.c: rates between two samples, and what stages did meanwhile. */
#include "cli/top.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *const rf_top_view_names[RF_TOP_VIEWS] = { "stages", "plugins", "zones", "memory" };
const char *const rf_top_sort_names[RF_TOP_SORTS] = { "order", "time", "calls", "mean", "p99" };

static double seconds_between(const rf_top *top) {
    return top->before ? (double)(top->now->at_ns - top->before->at_ns) / (double)RF_NS_PER_S : 0;
}

/* The host began anew: nothing can be compared. */
static bool is_another(const rf_top_sample *before, const rf_top_sample *now) {
    double moved = rf_top_sample_sum(now, "process_start_time_seconds") - rf_top_sample_sum(before, "process_start_time_seconds");
    return moved > 0.5 || moved < -0.5 ||
           rf_top_sample_sum(now, "process_uptime_seconds") < rf_top_sample_sum(before, "process_uptime_seconds");
}

static void remember_rate(rf_top *top, double rate) {
    if (top->rate_count == RF_TOP_HISTORY)
        memmove(top->rates, top->rates + 1, (RF_TOP_HISTORY - 1) * sizeof *top->rates);
    else
        top->rate_count++;
    top->rates[top->rate_count - 1] = rate;
}

void rf_top_take(rf_top *top, rf_top_sample *sample) {
    assert(top && sample);
    rf_top_sample_free(top->before);
    top->before = top->now;
    top->now = sample;
    top->waiting = (rf_error){ 0 };
    if (top->before && (is_another(top->before, sample) || sample->at_ns <= top->before->at_ns)) {
        rf_top_sample_free(top->before);
        top->before = NULL;
    }
    if (top->before) {
        const rf_top_rates rates = rf_top_rates_of(top);
        remember_rate(top, rates.terminal ? rates.out : rates.in);
    }
}

void rf_top_done(rf_top *top) {
    rf_top_sample_free(top->now);
    rf_top_sample_free(top->before);
    top->now = top->before = NULL;
}

static double grown(const rf_top *top, const char *name) {
    double seconds = seconds_between(top),
           more = top->before ? rf_top_sample_sum(top->now, name) - rf_top_sample_sum(top->before, name) : 0;
    return seconds > 0 && more > 0 ? more / seconds : 0;
}

static const rf_top_series *old_of(const rf_top *top, const rf_top_series *series) {
    return top->before ? rf_table_get(&top->before->index, series->key) : NULL;
}

double rf_top_growth(const rf_top *top, const rf_top_series *series) {
    const rf_top_series *old = old_of(top, series);
    double more = old ? series->value - old->value : -1, seconds = seconds_between(top);
    return seconds > 0 && more >= 0 ? more / seconds : -1;
}

/* Messages that went wrong: those that were dropped against the script's will, and those that went on with an error. */
static double errors_in(const rf_top_sample *sample) {
    double sum = rf_top_sample_sum(sample, "processor_error") + rf_top_sample_sum(sample, "output_error") +
                 rf_top_sample_sum(sample, "messages_undelivered");
    for (size_t i = 0; i < sample->list.count; i++) {
        const rf_top_series *series = sample->list.items[i];
        if (rf_slice_is(series->name, "messages_dropped") && !rf_slice_is(rf_top_label(series, "reason"), "filtered"))
            sum += series->value;
    }
    return sum;
}

bool rf_top_is_terminal(const rf_top *top) {
    bool found = false;
    for (size_t i = 0; top->now && !found && i < top->now->list.count; i++)
        found = rf_slice_is(top->now->list.items[i]->name, "terminal_sessions");
    return found;
}

rf_top_rates rf_top_rates_of(const rf_top *top) {
    rf_top_rates rates = { .known = top->before != NULL };
    if (!top->now)
        return rates;
    double seconds = seconds_between(top), errors = top->before ? errors_in(top->now) - errors_in(top->before) : 0;
    rates.terminal = rf_top_is_terminal(top);
    rates.in = grown(top, rates.terminal ? "terminal_input_bytes_total" : "input_received");
    rates.out = grown(top, rates.terminal ? "terminal_output_bytes_total" : "output_sent");
    rates.sessions = rf_top_sample_sum(top->now, "terminal_sessions");
    rates.clients = rf_top_sample_sum(top->now, "terminal_clients");
    rates.errors = seconds > 0 && errors > 0 ? errors / seconds : 0;
    rates.cpu_percent = grown(top, "process_cpu_seconds_total") * 100;
    rates.rss_bytes = rf_top_sample_sum(top->now, "process_resident_memory_bytes");
    rates.threads = rf_top_sample_sum(top->now, "process_threads");
    rates.uptime_s = rf_top_sample_sum(top->now, "process_uptime_seconds");
    return rates;
}

/* ---- Stages ---- */

/* "tags"; without a label "processors.0", "output". */
static rf_slice owner_of(const rf_top_series *series) {
    rf_slice label = rf_top_label(series, "label"), path = rf_top_label(series, "path");
    const rf_slice pipeline = RF_SLICE("root.pipeline."), root = RF_SLICE("root.");
    if (label.len)
        return label;
    size_t cut = rf_slice_starts(path, pipeline) ? pipeline.len : rf_slice_starts(path, root) ? root.len : 0;
    return (rf_slice){ path.data + cut, path.len - cut };
}

static rf_top_row row_of(const rf_top *top, const rf_top_series *series, double *ret_spent) {
    const rf_top_series *old = old_of(top, series);
    double seconds = seconds_between(top), calls = old ? series->value - old->value : 0, spent = old ? series->sum - old->sum : 0;
    *ret_spent = spent > 0 ? spent : 0;
    return (rf_top_row){
        .series = series,
        .owner = owner_of(series),
        .stage = rf_top_label(series, "stage"),
        .calls = seconds > 0 && calls > 0 ? calls / seconds : 0,
        .mean_ns = calls > 0 ? *ret_spent / calls : 0,
        .share = *ret_spent, /* made a share when all are known */
    };
}

/* Stages behind their processor: /metrics has them family by family. */
static int in_order(const void *a, const void *b) {
    const rf_top_row *left = a, *right = b;
    rf_slice left_path = rf_top_label(left->series, "path"), right_path = rf_top_label(right->series, "path");
    const rf_slice numbered = RF_SLICE("root.pipeline.processors."), output = RF_SLICE("root.output");
    bool left_out = rf_slice_starts(left_path, output), right_out = rf_slice_starts(right_path, output);
    if (left_out != right_out)
        return left_out ? 1 : -1;
    if (left_path.len != right_path.len && rf_slice_starts(left_path, numbered) && rf_slice_starts(right_path, numbered))
        return left_path.len < right_path.len ? -1 : 1; /* processors.2 goes before processors.10 */
    int paths = rf_slice_compare(left_path, right_path);
    if (paths)
        return paths;
    if ((left->stage.len != 0) != (right->stage.len != 0))
        return left->stage.len ? 1 : -1;
    return left->series->position < right->series->position ? -1 : left->series->position > right->series->position;
}

static int falling(double left, double right, const void *a, const void *b) {
    return left > right ? -1 : left < right ? 1 : in_order(a, b);
}
static int by_time(const void *a, const void *b) { return falling(((const rf_top_row *)a)->share, ((const rf_top_row *)b)->share, a, b); }
static int by_calls(const void *a, const void *b) { return falling(((const rf_top_row *)a)->calls, ((const rf_top_row *)b)->calls, a, b); }
static int by_mean(const void *a, const void *b) {
    return falling(((const rf_top_row *)a)->mean_ns, ((const rf_top_row *)b)->mean_ns, a, b);
}
static int by_p99(const void *a, const void *b) {
    return falling(((const rf_top_row *)a)->series->p99, ((const rf_top_row *)b)->series->p99, a, b);
}
static int (*const orders[RF_TOP_SORTS])(const void *, const void *) = { in_order, by_time, by_calls, by_mean, by_p99 };

bool rf_top_rows_make(const rf_top *top, rf_top_rows *ret_rows) {
    double all = 0, spent;
    *ret_rows = (rf_top_rows){ 0 };
    for (size_t i = 0; top->now && i < top->now->list.count; i++) {
        const rf_top_series *series = top->now->list.items[i];
        bool whole = rf_slice_is(series->name, "processor_latency_ns") || rf_slice_is(series->name, "output_latency_ns");
        if (!whole && !rf_slice_is(series->name, "stage_latency_ns"))
            continue;
        rf_top_row row = row_of(top, series, &spent);
        all += whole ? spent : 0;
        if (!rf_vec_push(ret_rows, row))
            return false;
    }
    for (size_t i = 0; i < ret_rows->count; i++)
        ret_rows->items[i].share = all > 0 ? ret_rows->items[i].share / all : 0;
    if (ret_rows->count)
        qsort(ret_rows->items, ret_rows->count, sizeof *ret_rows->items, orders[top->sort]);
    return true;
}
