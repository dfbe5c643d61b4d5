/* report_html_head.c: the head of the HTML report: how it ended, on what machine, beside what, with what options. */
#include "measure/report_html.h"

#include <inttypes.h>
#include <math.h>

typedef struct rf_html_counts {
    size_t failed, faster, slower, unchanged, unclear, gates, targets, missed, grades[4], other_grades;
} rf_html_counts;
/* The worst of each that any benchmark saw. */
typedef struct rf_html_worst { double steal, others, load, off_cpu, drift; } rf_html_worst;

static void count_change(rf_html_counts *counts, rf_change change) {
    switch (change) {
    case RF_CHANGE_FASTER: counts->faster++; break;
    case RF_CHANGE_SLOWER: counts->slower++; break;
    case RF_CHANGE_NONE: counts->unchanged++; break;
    case RF_CHANGE_UNCLEAR: counts->unclear++; break;
    }
}

static void count_result(rf_html_counts *counts, const rf_result_of_bench *result) {
    if (result->gate_failed)
        counts->gates++;
    if (!rf_html_has_figure(result)) {
        counts->failed++;
        return;
    }
    if (result->compared)
        count_change(counts, result->comparison.change);
    if (result->bench.target_ns > 0) {
        counts->targets++;
        counts->missed += rf_html_typical(result)->point > result->bench.target_ns;
    }
    char grade = result->measurement.noise.grade;
    if (grade >= 'A' && grade <= 'D')
        counts->grades[grade - 'A']++;
    else
        counts->other_grades++;
}

static rf_html_counts count_all(const rf_html *html) {
    rf_html_counts counts = { 0 };
    for (size_t i = 0; i < html->run->results.count; i++)
        count_result(&counts, &html->run->results.items[i]);
    return counts;
}

static rf_html_worst worst_of(const rf_html *html) {
    rf_html_worst worst = { .drift = 1 };
    for (size_t i = 0; i < html->run->results.count; i++) {
        const rf_result_of_bench *result = &html->run->results.items[i];
        const rf_noise *noise = &result->measurement.noise;
        if (!rf_html_has_figure(result))
            continue;
        worst.steal = fmax(worst.steal, noise->steal);
        worst.others = fmax(worst.others, noise->others);
        worst.load = fmax(worst.load, noise->load);
        worst.off_cpu = fmax(worst.off_cpu, noise->off_cpu);
        if (noise->reference_drift > 0 && fabs(log(noise->reference_drift)) > fabs(log(worst.drift)))
            worst.drift = noise->reference_drift;
    }
    return worst;
}

static void tile(rf_buffer *out, const char *class_name, size_t count, const char *what) {
    rf_buffer_printf(out, "<li class=\"%s\"><b>%zu</b>%s</li>", class_name, count, what);
}

static void tiles(rf_html *html, const rf_html_counts *counts) {
    rf_buffer *out = html->out;
    rf_buffer_text(out, "<ul class=\"tiles\">");
    tile(out, "", html->run->results.count, html->run->results.count == 1 ? "benchmark" : "benchmarks");
    if (html->compared) {
        tile(out, counts->slower ? "bad" : "", counts->slower, "slower");
        tile(out, counts->faster ? "good" : "", counts->faster, "faster");
        tile(out, "", counts->unchanged, "unchanged");
        tile(out, counts->unclear ? "warn" : "", counts->unclear, "unclear");
    }
    if (counts->failed)
        tile(out, "bad", counts->failed, "failed");
    if (counts->gates)
        tile(out, "bad", counts->gates, counts->gates == 1 ? "gate failed" : "gates failed");
    if (counts->targets)
        rf_buffer_printf(out, "<li class=\"%s\"><b>%zu<span class=\"dim\">/%zu</span></b>targets met</li>", counts->missed ? "bad" : "good",
                         counts->targets - counts->missed, counts->targets);
    rf_buffer_text(out, "</ul>\n");
}

/* A term and its text, which is escaped; nothing when there is none. */
static void fact(rf_buffer *out, const char *term, const char *text) {
    if (!text || !*text)
        return;
    rf_buffer_printf(out, "<dt>%s</dt><dd>", term);
    rf_markup_text(out, text);
    rf_buffer_text(out, "</dd>");
}

static void term(rf_buffer *out, const char *name) { rf_buffer_printf(out, "<dt>%s</dt><dd>", name); }

static void machine(rf_buffer *out, const rf_machine *m) {
    rf_buffer_text(out, "<section><h3>Machine</h3><dl>");
    fact(out, "processor", m->processor);
    term(out, "CPUs");
    rf_buffer_printf(out, "%" PRIu32, m->cores);
    rf_buffer_text(out, *m->architecture ? ", " : "");
    rf_markup_text(out, m->architecture);
    if (m->mhz > 0)
        rf_buffer_printf(out, ", %u\xC2\xA0MHz", (unsigned)fmin(m->mhz, 1e6));
    rf_buffer_text(out, "</dd>");
    if (m->memory_bytes) {
        term(out, "memory");
        rf_html_bytes(out, (double)m->memory_bytes);
        rf_buffer_text(out, "</dd>");
    }
    fact(out, "system", m->system);
    fact(out, "hypervisor", *m->hypervisor ? m->hypervisor : "none");
    fact(out, "fingerprint", m->fingerprint);
    rf_buffer_text(out, "</dl></section>\n");
}

static void grades(rf_buffer *out, const rf_html_counts *counts) {
    static const char *const meaning[] = { "quiet", "fair", "noisy", "not to be trusted" };
    const char *between = "";
    for (size_t i = 0; i < 4; i++)
        if (counts->grades[i]) {
            rf_buffer_printf(out, "%s<span title=\"%s\">%zu×\xC2\xA0<b class=\"grade\">%c</b></span>", between, meaning[i],
                             counts->grades[i], (char)('A' + (int)i));
            between = " ";
        }
    if (!*between)
        rf_buffer_text(out, "none");
}

static void noise(rf_html *html, const rf_html_counts *counts) {
    rf_buffer *out = html->out;
    const rf_machine *m = &html->run->machine;
    rf_html_worst worst = worst_of(html);
    char load[RF_SVG_NUMBER_MAX];
    (void)rf_svg_fixed(worst.load, 2, load);
    rf_buffer_text(out, "<section><h3>Noise</h3><dl>");
    term(out, "trust");
    grades(out, counts);
    rf_buffer_text(out, "</dd>");
    fact(out, "governor", *m->governor ? m->governor : "unknown");
    fact(out, "turbo", *m->turbo ? m->turbo : "unknown");
    term(out, "pinned");
    if (m->pinned_to)
        rf_buffer_printf(out, "to %" PRIu32 " CPU%s</dd>", m->pinned_to, m->pinned_to == 1 ? "" : "s");
    else
        rf_buffer_text(out, "no</dd>");
    rf_buffer_printf(out, "<dt>load, at most</dt><dd>%s</dd>", load);
    term(out, "stolen, at most");
    rf_html_percent(out, worst.steal, 1);
    rf_buffer_text(out, "</dd>");
    term(out, "others, at most");
    rf_html_percent(out, worst.others, 1);
    rf_buffer_text(out, " of all CPUs</dd>");
    term(out, "machine drift");
    rf_html_ratio(out, worst.drift);
    rf_buffer_text(out, "</dd></dl></section>\n");
}

static void options(rf_html *html) {
    const rf_bench_run *run = html->run;
    rf_buffer *out = html->out;
    rf_buffer_text(out, "<section><h3>Options</h3><dl>");
    rf_buffer_printf(out, "<dt>samples</dt><dd>%" PRIu32 " in ", run->options.samples);
    rf_html_ns(out, (double)run->options.measure_ns);
    rf_buffer_text(out, "</dd><dt>warm-up</dt><dd>until settled, at most ");
    rf_html_ns(out, (double)run->options.warm_ns);
    rf_buffer_text(out, "</dd><dt>sampling</dt><dd>");
    rf_buffer_text(out, run->options.sampling == RF_SAMPLING_LINEAR ? "linear"
                        : run->options.sampling == RF_SAMPLING_FLAT ? "flat"
                                                                    : "linear; flat for what takes long");
    rf_buffer_text(out, "</dd><dt>intervals</dt><dd>");
    rf_html_percent(out, run->estimate.confidence, 0);
    rf_buffer_printf(out, ", bootstrap BCa, %" PRIu32 " resamples, seed %" PRIu64 "</dd>", run->estimate.resamples, run->estimate.seed);
    if (html->compared) {
        const rf_result_of_bench *first = run->results.items;
        while (!first->compared)
            first++;
        fact(out, "compared with", first->versus);
    }
    rf_buffer_text(out, "</dl></section>\n");
}

static void groups_nav(rf_html *html) {
    rf_buffer *out = html->out;
    if (html->groups.count < 2)
        return;
    rf_buffer_text(out, "<nav aria-label=\"groups\">");
    for (size_t i = 0; i < html->groups.count; i++) {
        rf_buffer_printf(out, "<a href=\"#g%zu\">", i);
        rf_markup_text(out, *html->groups.items[i].name ? html->groups.items[i].name : "benchmarks");
        rf_buffer_text(out, "</a>");
    }
    rf_buffer_text(out, "</nav>\n");
}

void rf_html_head(rf_html *html) {
    rf_buffer *out = html->out;
    const rf_bench_run *run = html->run;
    rf_html_counts counts = count_all(html);
    rf_buffer_text(out, "<header><h1>riffle bench</h1><p class=\"sub\">");
    rf_html_time(out, run->began_ms);
    rf_buffer_text(out, " · version ");
    rf_markup_text(out, run->version);
    if (run->commit && *run->commit) {
        rf_buffer_text(out, " · commit ");
        rf_markup_text(out, run->commit);
    }
    rf_buffer_text(out, "</p>\n");
    tiles(html, &counts);
    rf_buffer_text(out, "<div class=\"facts\">");
    machine(out, &run->machine);
    noise(html, &counts);
    options(html);
    rf_buffer_text(out, "</div>\n");
    groups_nav(html);
    rf_buffer_text(out, "</header>\n");
}
