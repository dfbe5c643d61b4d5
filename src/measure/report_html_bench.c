/* report_html_bench.c: one benchmark of the HTML report: its figure, its pictures, its numbers. */
#include "measure/report_html.h"

#include <inttypes.h>
#include <math.h>

/* ---- The line that is always seen ---- */

static void summary_line(rf_html *html, const rf_result_of_bench *result) {
    rf_buffer *out = html->out;
    char label[RF_BENCH_ID_MAX];
    rf_html_label(&result->bench, label, sizeof label);
    rf_buffer_text(out, "<summary><span class=\"nm\">");
    rf_html_name(out, label);
    rf_buffer_text(out, "</span>");
    if (result->bench.form) {
        rf_buffer_printf(out, "<span class=\"form f%zu\">", rf_html_form(html, result->bench.form));
        rf_markup_text(out, result->bench.form);
        rf_buffer_text(out, "</span>");
    }
    if (result->compared && rf_html_has_figure(result) && result->comparison.change != RF_CHANGE_NONE)
        rf_buffer_printf(out, "<span class=\"pill %s\">%s</span>",
                         result->comparison.change == RF_CHANGE_SLOWER   ? "bad"
                         : result->comparison.change == RF_CHANGE_FASTER ? "good"
                                                                         : "warn",
                         rf_html_change_name(result->comparison.change));
    if (result->gate_failed)
        rf_buffer_text(out, "<span class=\"pill bad\">gate failed</span>");
    if (rf_html_has_figure(result)) {
        rf_buffer_text(out, "<span class=\"fg\">");
        rf_html_ns(out, rf_html_typical(result)->point);
        rf_buffer_text(out, "</span>");
    } else
        rf_buffer_text(out, "<span class=\"fg bad\">failed</span>");
    rf_buffer_text(out, "</summary>\n");
}

/* ---- Numbers ---- */

static void estimate_row(rf_buffer *out, const char *name, const rf_interval *estimate) {
    rf_buffer_printf(out, "<tr><td>%s</td><td><b>", name);
    rf_html_ns(out, estimate->point);
    rf_buffer_text(out, "</b></td><td>");
    rf_html_ns(out, estimate->low);
    rf_buffer_text(out, "</td><td>");
    rf_html_ns(out, estimate->high);
    rf_buffer_text(out, "</td><td class=\"iv\">");
    rf_html_ns(out, estimate->error);
    rf_buffer_text(out, "</td></tr>");
}

static void estimates(rf_html *html, const rf_result_of_bench *result) {
    rf_buffer *out = html->out;
    const rf_estimates *e = &result->estimates;
    rf_buffer_text(
        out,
        "<div "
        "class=\"scroll\"><table><thead><tr><th>estimate</th><th>value</th><th>low</th><th>high</th><th>error</th></tr></thead><tbody>");
    if (result->measurement.linear)
        estimate_row(out, "slope", &e->slope);
    estimate_row(out, "mean", &e->mean);
    estimate_row(out, "median", &e->median);
    estimate_row(out, "std. deviation", &e->deviation);
    estimate_row(out, "MAD", &e->mad);
    rf_buffer_text(out, "</tbody></table></div>\n");
}

static void begin(rf_buffer *out, const char *term) { rf_buffer_printf(out, "<dt>%s</dt><dd>", term); }
static void end(rf_buffer *out) { rf_buffer_text(out, "</dd>"); }

static void fact_count(rf_buffer *out, const char *term, double count) {
    if (!(count >= 0) || !isfinite(count))
        return;
    begin(out, term);
    rf_html_count(out, count);
    end(out);
}

static void fact_ns(rf_buffer *out, const char *term, double ns) {
    begin(out, term);
    rf_html_ns(out, ns);
    end(out);
}

static void sample_facts(rf_buffer *out, const rf_result_of_bench *result) {
    const rf_measurement *m = &result->measurement;
    const rf_outliers *o = &result->estimates.outliers;
    char r2[RF_SVG_NUMBER_MAX];
    rf_buffer_printf(out, "<dt>samples</dt><dd>%zu, %s</dd>", m->count, m->linear ? "linear" : "flat");
    if (m->linear) {
        (void)rf_svg_fixed(result->estimates.r2, 5, r2);
        rf_buffer_printf(out, "<dt>R² of the slope</dt><dd>%s</dd>", r2);
    }
    begin(out, "fastest, slowest");
    rf_html_ns(out, result->estimates.minimum);
    rf_buffer_text(out, ", ");
    rf_html_ns(out, result->estimates.maximum);
    end(out);
    uint32_t low = o->low_mild + o->low_severe, high = o->high_mild + o->high_severe;
    begin(out, "outliers");
    if (low + high)
        rf_buffer_printf(out, "low: %" PRIu32 " mild, %" PRIu32 " severe; high: %" PRIu32 " mild, %" PRIu32 " severe", o->low_mild,
                         o->low_severe, o->high_mild, o->high_severe);
    else
        rf_buffer_text(out, "none");
    end(out);
    begin(out, "warm-up");
    rf_html_ns(out, (double)m->warm_ns);
    rf_buffer_text(out, m->settled ? ", settled" : ", not settled");
    end(out);
}

static void hardware_facts(rf_buffer *out, const rf_hardware *h) {
    fact_count(out, "cycles", h->cycles);
    fact_count(out, "instructions", h->instructions);
    if (h->cycles > 0 && h->instructions >= 0) {
        char text[RF_SVG_NUMBER_MAX];
        (void)rf_svg_fixed(h->instructions / h->cycles, 2, text);
        rf_buffer_printf(out, "<dt>instructions a cycle</dt><dd>%s</dd>", text);
    }
    fact_count(out, "branch misses", h->branch_misses);
    fact_count(out, "cache misses", h->cache_misses);
}

static double sum(const double *values, size_t count) {
    double total = 0;
    for (size_t i = 0; values && i < count; i++)
        total += values[i];
    return total;
}

static void cost_facts(rf_buffer *out, const rf_result_of_bench *result) {
    const rf_measurement *m = &result->measurement;
    double iterations = sum(m->iterations, m->count), ns = rf_html_typical(result)->point;
    char text[RF_FIGURE_MAX] = "";
    if (result->bench.amount > 0 && result->bench.unit != RF_UNIT_NONE && ns > 0) {
        rf_format_throughput(result->bench.amount, result->bench.unit, ns, text);
        begin(out, "throughput");
        rf_html_pretty(out, text);
        end(out);
    }
    if (m->cpu_ns && iterations > 0)
        fact_ns(out, "CPU time", sum(m->cpu_ns, m->count) / iterations);
    fact_count(out, "allocations", m->allocations);
    if (m->allocated_blocks_left > 0)
        fact_count(out, "blocks left in all", m->allocated_blocks_left);
    if (m->peak_bytes) {
        begin(out, "peak memory");
        rf_html_bytes(out, (double)m->peak_bytes);
        end(out);
    }
    hardware_facts(out, &m->hardware);
}

static void goal_facts(rf_buffer *out, const rf_result_of_bench *result) {
    const rf_bench *bench = &result->bench;
    if (bench->target_ns > 0) {
        bool met = rf_html_typical(result)->point <= bench->target_ns;
        begin(out, "target");
        rf_buffer_text(out, "at most ");
        rf_html_ns(out, bench->target_ns);
        rf_buffer_printf(out, ", <span class=\"%s\">%s</span>", met ? "good" : "bad", met ? "met" : "missed");
        end(out);
    }
    if (bench->original_ns > 0) {
        begin(out, "original");
        rf_html_ns(out, bench->original_ns);
        if (bench->original && *bench->original) {
            rf_buffer_text(out, " (");
            rf_markup_text(out, bench->original);
            rf_buffer_char(out, ')');
        }
        rf_buffer_text(out, "; we are ");
        (void)rf_html_against_original(out, result);
        end(out);
    }
}

static void noise_facts(rf_buffer *out, const rf_noise *noise) {
    bool known = noise->grade >= 'A' && noise->grade <= 'D';
    rf_buffer_printf(out, "<dt>trust</dt><dd><b class=\"grade\">%c</b> ", known ? noise->grade : '?');
    rf_markup_text(out, noise->reason);
    end(out);
    begin(out, "stolen, others, off CPU");
    rf_html_percent(out, noise->steal, 1);
    rf_buffer_text(out, ", ");
    rf_html_percent(out, noise->others, 1);
    rf_buffer_text(out, ", ");
    rf_html_percent(out, noise->off_cpu, 1);
    end(out);
    fact_count(out, "context switches a second", noise->switches);
    if (noise->reference_ns > 0) {
        begin(out, "reference work");
        rf_html_ns(out, noise->reference_ns);
        rf_buffer_text(out, ", drift ");
        rf_html_ratio(out, noise->reference_drift);
        end(out);
    }
}

static void probability(rf_buffer *out, double p) {
    char text[RF_SVG_NUMBER_MAX];
    (void)rf_svg_fixed(p, 4, text);
    rf_buffer_printf(out, "p %s %s", p < 0.0001 ? "&lt;" : "=", p < 0.0001 ? "0.0001" : text);
}

static void comparison_facts(rf_buffer *out, const rf_result_of_bench *result) {
    const rf_comparison *c = &result->comparison;
    char t[RF_SVG_NUMBER_MAX];
    if (!result->compared)
        return;
    begin(out, "compared with");
    rf_markup_text(out, result->versus);
    rf_buffer_text(out, c->interleaved ? ", in turn" : "");
    end(out);
    begin(out, "base");
    rf_html_ns(out, rf_typical(&result->base, result->base_samples.linear)->point);
    end(out);
    begin(out, "ratio");
    rf_html_ratio(out, c->ratio.point);
    rf_buffer_text(out, " (");
    rf_html_ratio(out, c->ratio.low);
    rf_buffer_text(out, " … ");
    rf_html_ratio(out, c->ratio.high);
    rf_buffer_printf(out, "), %s", rf_html_change_name(c->change));
    end(out);
    (void)rf_svg_fixed(c->t, 2, t);
    begin(out, "Welch’s t");
    rf_html_pretty(out, t);
    rf_buffer_text(out, ", ");
    probability(out, c->t_p);
    rf_buffer_text(out, "</dd><dt>Mann-Whitney</dt><dd>");
    probability(out, c->u_p);
    if (c->interleaved) {
        rf_buffer_text(out, "</dd><dt>Wilcoxon, pairs</dt><dd>");
        probability(out, c->w_p);
        rf_buffer_text(out, "</dd><dt>Student’s t, pairs</dt><dd>");
        probability(out, c->pairs_p);
    }
    end(out);
    if (isfinite(c->machine) && c->machine > 0 && !c->interleaved && c->machine != 1) {
        begin(out, "machine itself");
        rf_html_ratio(out, c->machine);
        end(out);
    }
}

static void latency_facts(rf_buffer *out, const rf_result_of_bench *result) {
    if (!result->latency || !(result->latency_rate > 0))
        return;
    begin(out, "latency at");
    rf_html_count(out, result->latency_rate);
    rf_buffer_text(out, " a second, reached ");
    rf_html_count(out, result->reached_rate);
    end(out);
    fact_ns(out, "mean latency", rf_latency_mean(result->latency));
}

static void body(rf_html *html, const rf_result_of_bench *result) {
    rf_buffer *out = html->out;
    rf_buffer_text(out, "<div class=\"plots\">\n");
    rf_html_plot_density(html, result);
    rf_html_plot_samples(html, result);
    if (result->compared)
        rf_html_plot_comparison(html, result);
    rf_html_plot_history(html, result);
    rf_html_plot_latency(html, result);
    estimates(html, result);
    rf_buffer_text(out, "<dl>");
    goal_facts(out, result);
    comparison_facts(out, result);
    cost_facts(out, result);
    latency_facts(out, result);
    rf_buffer_text(out, "</dl><dl>");
    sample_facts(out, result);
    noise_facts(out, &result->measurement.noise);
    rf_buffer_text(out, "</dl></div>\n");
}

void rf_html_bench(rf_html *html, size_t index) {
    const rf_result_of_bench *result = &html->run->results.items[index];
    rf_buffer *out = html->out;
    rf_buffer_text(out, "<details>");
    summary_line(html, result);
    rf_buffer_printf(out, "<div class=\"body\" id=\"b%zu\">", index);
    if (result->bench.doc && *result->bench.doc) {
        rf_buffer_text(out, "<p>");
        rf_markup_text(out, result->bench.doc);
        rf_buffer_text(out, "</p>");
    }
    if (rf_html_has_figure(result))
        body(html, result);
    else {
        rf_buffer_text(out, "<p class=\"fail\">");
        rf_markup_text(out, result->failure ? result->failure : "no figure");
        rf_buffer_text(out, "</p>");
    }
    rf_buffer_text(out, "</div></details>\n");
}
