/* bench_self.c: `riffle bench --self-check N`: each benchmark against itself, to see how often noise looks like a change. */
#include "cli/bench.h"

#include <stdio.h>

static const char *word_of(rf_change change) {
    static const char *const words[] = { "none", "faster", "slower", "unclear" };
    return words[change];
}

typedef struct both { rf_measurement a, b; } both;

static rf_code compare_in_turn(const rf_cli_bench *options, const both *m, rf_comparison *ret_comparison, rf_error *reterr) {
    const rf_samples base = rf_measurement_samples(&m->a), now = rf_measurement_samples(&m->b);
    return rf_compare_pairs(&base, &now, &options->compare, ret_comparison, reterr);
}

static rf_code compare_apart(const rf_cli_bench *options, const both *m, rf_comparison *ret_comparison, rf_error *reterr) {
    const rf_samples base = rf_measurement_samples(&m->a), now = rf_measurement_samples(&m->b);
    rf_compare_options compare = options->compare;
    compare.base_reference_ns = m->a.noise.reference_ns;
    compare.now_reference_ns = m->b.noise.reference_ns;
    return rf_compare(&base, &now, &compare, ret_comparison, reterr);
}

/* In turn, or one after the other as a baseline and a later run are, where there can be only one. */
static rf_code check_once(rf_cli_bench_run *run, const rf_bench *bench, rf_comparison *ret_comparison, rf_error *reterr) {
    rf_arena arena;
    both m;
    rf_sampler_options options = run->bench->sampler;
    options.stop = rf_cli_bench_stop();
    rf_arena_init(&arena, 16384);
    rf_code code;
    if (!bench->alone) {
        code = rf_measure_pair(bench, bench, &options, &arena, &m.a, &m.b, reterr);
        code = code ? code : compare_in_turn(run->bench, &m, ret_comparison, reterr);
    } else {
        code = rf_measure(bench, &options, &arena, &m.a, reterr);
        code = code ? code : rf_measure(bench, &options, &arena, &m.b, reterr);
        code = code ? code : compare_apart(run->bench, &m, ret_comparison, reterr);
    }
    rf_arena_done(&arena);
    return code;
}

/* One benchmark, as often as was asked for; a line when it is done. */
static rf_code check_one(rf_cli_bench_run *run, const rf_bench *bench, const char *id, size_t *ret_comparisons, size_t *ret_alarms,
                         rf_error *reterr) {
    size_t alarms = 0;
    double least = 1, most = 1;
    for (uint32_t i = 0; i < run->bench->self; i++) {
        rf_comparison comparison;
        rf_code code = check_once(run, bench, &comparison, reterr);
        if (code) {
            rf_error_prefix(reterr, "%s: ", id);
            return code;
        }
        const rf_gate_input input = { .comparison = &comparison };
        bool alarm = run->gate ? rf_gate_fails(run->gate, &input)
                               : comparison.change == RF_CHANGE_FASTER || comparison.change == RF_CHANGE_SLOWER;
        alarms += alarm;
        least = comparison.ratio.point < least ? comparison.ratio.point : least;
        most = comparison.ratio.point > most ? comparison.ratio.point : most;
        if (alarm)
            rf_buffer_printf(&run->shown, "%s: %s, ratio %.4f [%.4f %.4f], p of t %.4f, of U %.4f, of W %.4f, of pairs %.4f\n", id,
                             word_of(comparison.change), comparison.ratio.point, comparison.ratio.low, comparison.ratio.high,
                             comparison.t_p, comparison.u_p, comparison.w_p, comparison.pairs_p);
    }
    rf_buffer_printf(&run->shown, "%-60s %zu of %u, ratios %.3f to %.3f\n", id, alarms, run->bench->self, least, most);
    rf_cli_bench_show(run);
    *ret_comparisons += run->bench->self;
    *ret_alarms += alarms;
    return RF_OK;
}

rf_code rf_cli_bench_self(rf_cli_bench_run *run, const rf_benches *list, const rf_filter *filter, size_t *ret_comparisons,
                          size_t *ret_alarms, rf_error *reterr) {
    rf_code code = RF_OK;
    for (size_t i = 0; i < list->count && !code; i++) {
        char id[RF_BENCH_ID_MAX];
        rf_bench_id(&list->items[i], id);
        if (rf_filter_match(filter, id))
            code = check_one(run, &list->items[i], id, ret_comparisons, ret_alarms, reterr);
    }
    return code;
}
