/* report_html_test.c: the HTML report is well-formed, safe and whole, whatever the run holds. */
#include "harness.h"

#include "base/arena.h"
#include "base/slice.h"
#include "measure/result.h"

#include <math.h>
#include <stdio.h>

/* ---- A run made by hand ---- */

typedef struct rf_page { rf_arena arena; rf_bench_run run; rf_history history; rf_buffer out; } rf_page;

static rf_page page_new(void) {
    rf_page page = { 0 };
    rf_arena_init(&page.arena, 1 << 14);
    page.run.version = "0.1.0";
    page.run.commit = "abc1234";
    page.run.began_ms = INT64_C(1764124000000);
    page.run.options = RF_SAMPLER_DEFAULT;
    page.run.estimate = RF_ESTIMATE_DEFAULT;
    (void)snprintf(page.run.machine.processor, sizeof page.run.machine.processor, "A <Processor> & Co");
    (void)snprintf(page.run.machine.fingerprint, sizeof page.run.machine.fingerprint, "0123456789abcdef");
    page.run.machine.cores = 2;
    return page;
}

static void page_done(rf_page *page) {
    rf_vec_done(&page->run.results);
    rf_buffer_done(&page->out);
    rf_arena_done(&page->arena);
}

static rf_interval around(double point) { return (rf_interval){ .point = point, .low = point * 0.99, .high = point * 1.01, .error = point * 0.005 }; }

enum { SAMPLES = 30 };

static bool samples_of(rf_arena *arena, double ns, double spread, bool linear, rf_measurement *ret_measurement) {
    rf_measurement m = { .count = SAMPLES, .linear = linear, .warm_ns = 1000000, .settled = true, .allocations = 2, .peak_bytes = 4096,
                         .hardware = { 100, 250, 0.5, -1 }, .noise = { .grade = 'A', .reference_drift = 1 } };
    double *numbers = rf_arena_alloc(arena, 3 * SAMPLES * sizeof *numbers);
    if (!numbers)
        return false;
    m.iterations = numbers;
    m.ns = numbers + SAMPLES;
    m.cpu_ns = numbers + 2 * SAMPLES;
    for (size_t i = 0; i < SAMPLES; i++) {
        m.iterations[i] = linear ? 10 * (double)(i + 1) : 10;
        m.ns[i] = m.iterations[i] * ns * (1 + spread * sin((double)i));
        m.cpu_ns[i] = m.ns[i];
    }
    *ret_measurement = m;
    return true;
}

static rf_estimates estimates_of(double ns, double spread) {
    return (rf_estimates){ .mean = around(ns), .median = around(ns), .deviation = around(ns * spread), .mad = around(ns * spread), .slope = around(ns),
                           .r2 = 0.999, .minimum = ns * (1 - spread), .maximum = ns * (1 + spread),
                           .outliers = { ns * 0.5, ns * (1 - spread / 2), ns * (1 + spread / 2), ns * 2, 0, 3, 4, 0 } };
}

/* The result that was added, with a figure; NULL: out of memory. */
static rf_result_of_bench *add(rf_page *page, const char *id, rf_bench bench, double ns, double spread) {
    rf_result_of_bench result = { .id = id, .bench = bench, .estimates = estimates_of(ns, spread) };
    if (!samples_of(&page->arena, ns, spread, !bench.flat, &result.measurement) || !rf_vec_push(&page->run.results, result))
        return NULL;
    return &page->run.results.items[page->run.results.count - 1];
}

static bool compare(rf_page *page, rf_result_of_bench *result, double ratio, rf_change change) {
    rf_measurement base;
    double ns = result->estimates.mean.point / ratio;
    if (!samples_of(&page->arena, ns, 0.02, result->measurement.linear, &base))
        return false;
    result->compared = true;
    result->versus = "main";
    result->base = estimates_of(ns, 0.02);
    result->base_samples = (rf_samples){ base.count, base.iterations, base.ns, base.linear, 0 };
    result->comparison = (rf_comparison){ .ratio = around(ratio), .machine = 1.01, .t = 3, .t_p = 0.001, .u = 12, .u_p = 0.00001, .change = change };
    return true;
}

/* The page's text; NULL: out of memory, and the buffer says so. */
static const char *written(rf_page *page) {
    rf_buffer_clear(&page->out);
    rf_report_html(&page->run, page->history.points ? &page->history : NULL, &page->out);
    return rf_buffer_cstr(&page->out);
}

/* ---- What a page must be ---- */

static bool is_void(rf_slice name) {
    return rf_slice_is(name, "meta") || rf_slice_is(name, "wbr") || rf_slice_is(name, "input") || rf_slice_is(name, "br");
}

/* Where a tag that begins at `at` ends (past its >); quotes are heeded. NULL: it does not. */
static const char *tag_end(const char *at) {
    char quote = 0;
    for (; *at; at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '"' || *at == '\'')
            quote = *at;
        else if (*at == '>')
            return at + 1;
    }
    return NULL;
}

typedef struct rf_open_tags { rf_slice names[64]; size_t depth; } rf_open_tags;

/* One tag, `at` on its <. False: it closes what is not open, or is nested too deep. */
static bool take_tag(rf_open_tags *open, const char *at, const char *end) {
    bool closes = at[1] == '/';
    const char *name = at + 1 + closes;
    rf_slice word = { name, strcspn(name, " />\n") };
    if (at[1] == '!' || is_void(word) || end[-2] == '/')
        return true;
    if (!closes) {
        if (open->depth == 64)
            return false;
        open->names[open->depth++] = word;
        return true;
    }
    return open->depth > 0 && rf_slice_eq(open->names[--open->depth], word);
}

/* Every tag is closed by its own, in order; every & is a reference. Style and script are skipped: nothing of a run is in them. */
static bool well_formed(const char *text) {
    rf_open_tags open = { .depth = 0 };
    for (const char *at = text; *at;) {
        if (*at == '&' && strncmp(at, "&lt;", 4) && strncmp(at, "&gt;", 4) && strncmp(at, "&amp;", 5) && strncmp(at, "&quot;", 6) && strncmp(at, "&#39;", 5))
            return false;
        if (*at == '>' || *at != '<') {
            if (*at == '>')
                return false;
            at++;
            continue;
        }
        const char *end = tag_end(at);
        if (!end || !take_tag(&open, at, end))
            return false;
        bool raw = strncmp(at, "<style>", 7) == 0 || strncmp(at, "<script>", 8) == 0;
        at = raw ? strstr(end, "</s") : end;
        if (!at)
            return false;
    }
    return open.depth == 0;
}

/* Behind the style, whose words are not about figures, and before the script. */
static bool holds(const char *text, const char *needle) {
    const char *from = strstr(text, "</style>"), *to = strstr(text, "<script>"), *found = from ? strstr(from, needle) : NULL;
    return found && found < to;
}

static size_t count_of(const char *text, const char *needle) {
    size_t count = 0;
    for (const char *at = strstr(text, needle); at; at = strstr(at + 1, needle))
        count++;
    return count;
}

static bool sound(const char *text) {
    return well_formed(text) && !holds(text, "nan") && !holds(text, "NaN") && !holds(text, "inf,") && !holds(text, "inf ") && !holds(text, "http") &&
           !holds(text, "src=") && count_of(text, "<script>") == 1;
}

/* ---- The claims ---- */

RF_TEST(a_run_without_results_is_a_page_that_says_so) {
    RF_CLEANUP(page_done) rf_page page = page_new();
    const char *text = written(&page);
    rf_check(text);
    rf_check(sound(text));
    rf_check(holds(text, "Nothing was measured."));
    rf_check(holds(text, "A &lt;Processor&gt; &amp; Co"));
    rf_check(holds(text, "commit abc1234") && holds(text, "2025-11-26 02:26 UTC"));
}

RF_TEST(all_parts_of_a_result_are_there) {
    RF_CLEANUP(page_done) rf_page page = page_new();
    rf_result_of_bench *result = add(&page, "chain/noop/5:js", (rf_bench){ .group = "chain", .name = "noop", .parameter = "5", .form = "js", .number = 5,
        .doc = "One line.", .amount = 1, .unit = RF_UNIT_LINES, .target_ns = 50, .original_ns = 30.5, .original = "native plugins" }, 61, 0.02);
    rf_check(result && compare(&page, result, 1.1, RF_CHANGE_SLOWER));
    result->gate_failed = true;
    rf_history_point points[] = {
        { INT64_C(1763000000000), "aaa<1", "ffffffffffffffff", "chain/noop/5:js", 70, 69, 71 },
        { INT64_C(1763100000000), "other", "0123456789abcdef", "another/one", 1, 1, 1 },
        { INT64_C(1763200000000), "bbb2", "0123456789abcdef", "chain/noop/5:js", 61, 60, 62 } };
    page.history = (rf_history){ points, 3 };
    const char *text = written(&page);
    rf_check(text);
    rf_check(sound(text));
    static const char *const parts[] = { "One line.", "Density", "Time over iterations", "<figcaption>Change</figcaption>", "History", "aaa&lt;1, 2025-11-13",
        "another machine", "2.00× slower", "native plugins", "✗ missed", ">gate<", "Welch", "peak memory", "allocations", "instructions a cycle",
        "R² of the slope", "class=\"form f0\">js<", "3 mild", "main" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!holds(text, parts[i])) {
            rf_test_failed(__FILE__, __LINE__, parts[i]);
            return;
        }
    rf_check(!holds(text, "other, 2025"));
    rf_check(!holds(text, "cache misses")); /* not counted */
}

RF_TEST(hostile_names_stay_texts) {
    RF_CLEANUP(page_done) rf_page page = page_new();
    static const char evil[] = "</title><script>alert(\"1\")</script>&'\xff";
    page.run.commit = evil;
    page.run.version = evil;
    rf_result_of_bench *result = add(&page, evil, (rf_bench){ .group = evil, .name = evil, .parameter = evil, .form = evil, .doc = evil, .number = 2,
                                                              .original_ns = 4, .original = evil }, 100, 0.01);
    rf_check(result && compare(&page, result, 0.9, RF_CHANGE_FASTER));
    result->versus = evil;
    (void)snprintf(result->measurement.noise.reason, sizeof result->measurement.noise.reason, "%s", evil);
    rf_history_point point = { 0, evil, evil, evil, 1, 1, 1 };
    page.history = (rf_history){ &point, 1 };
    const char *text = written(&page);
    rf_check(text);
    rf_check(sound(text));
    rf_check(!holds(text, "alert(\"") && holds(text, "&lt;script&gt;alert(&quot;1&quot;)"));
}

RF_TEST(failed_results_say_why_and_have_no_pictures) {
    RF_CLEANUP(page_done) rf_page page = page_new();
    rf_check(rf_vec_push(&page.run.results, (rf_result_of_bench){ .id = "g/n", .bench = { .group = "g", .name = "n" }, .failure = "it <broke>" }));
    rf_check(rf_vec_push(&page.run.results, (rf_result_of_bench){ .id = "g/m", .bench = { .group = "g", .name = "m" } })); /* nothing at all */
    const char *text = written(&page);
    rf_check(text);
    rf_check(sound(text));
    rf_check(holds(text, "it &lt;broke&gt;") && holds(text, "no figure"));
    rf_check(!holds(text, "<svg"));
    rf_check(count_of(text, "data-s=\"failed\"") == 2);
}

RF_TEST(samples_without_any_spread_are_drawn) {
    RF_CLEANUP(page_done) rf_page page = page_new();
    rf_result_of_bench *same = add(&page, "g/same", (rf_bench){ .group = "g", .name = "same" }, 12, 0);
    rf_check(same && compare(&page, same, 1, RF_CHANGE_NONE));
    rf_result_of_bench *one = add(&page, "g/one", (rf_bench){ .group = "g", .name = "one", .flat = true }, 12, 0);
    rf_check(one);
    one->measurement.count = 1;
    rf_check(add(&page, "g/zero", (rf_bench){ .group = "g", .name = "zero" }, 0, 0));
    const char *text = written(&page);
    rf_check(text);
    rf_check(sound(text));
    rf_check(count_of(text, "<figcaption>Density") == 3);
}

RF_TEST(numbers_that_are_none_are_never_written) {
    RF_CLEANUP(page_done) rf_page page = page_new();
    rf_result_of_bench *result = add(&page, "g/odd/1", (rf_bench){ .group = "g", .name = "odd", .parameter = "1", .number = 1, .original_ns = 1e-300,
                                                                   .target_ns = INFINITY }, 12, 0.1);
    rf_check(result && compare(&page, result, 1, RF_CHANGE_UNCLEAR));
    result->measurement.ns[3] = NAN;
    result->measurement.iterations[4] = 0;
    result->estimates.mean = (rf_interval){ 12, NAN, INFINITY, NAN };
    result->estimates.slope = (rf_interval){ 12, -INFINITY, NAN, NAN };
    result->estimates.r2 = NAN;
    result->comparison = (rf_comparison){ .ratio = { NAN, NAN, INFINITY, NAN }, .machine = NAN, .t = NAN, .t_p = NAN, .u_p = INFINITY };
    result->measurement.noise = (rf_noise){ .steal = NAN, .reference_drift = NAN, .reference_ns = 3, .switches = INFINITY, .load = NAN };
    result->measurement.hardware = (rf_hardware){ NAN, INFINITY, NAN, NAN };
    rf_result_of_bench *none = add(&page, "g/odd/2", (rf_bench){ .group = "g", .name = "odd", .parameter = "2", .number = NAN }, 12, 0.1);
    rf_check(none);
    none->estimates.slope.point = NAN;
    const char *text = written(&page);
    rf_check(text);
    rf_check(sound(text));
}

RF_TEST(numbers_make_lines_and_words_do_not) {
    RF_CLEANUP(page_done) rf_page page = page_new();
    static const struct { const char *id, *parameter; double number, ns; } rows[] = { { "g/n/1:js", "1", 1, 100 }, { "g/n/20:js", "20", 20, 2000 } };
    for (size_t i = 0; i < 2; i++)
        rf_check(add(&page, rows[i].id, (rf_bench){ .group = "g", .name = "n", .parameter = rows[i].parameter, .form = "js", .number = rows[i].number },
                     rows[i].ns, 0.02));
    rf_check(add(&page, "words/n", (rf_bench){ .group = "words", .name = "n", .parameter = "small" }, 5, 0.02));
    const char *text = written(&page);
    rf_check(text);
    rf_check(sound(text));
    rf_check(count_of(text, "Over the parameter <span>both axes logarithmic") == 1);
    rf_check(count_of(text, "time over the parameter") == 1);
}

RF_TEST(latencies_are_drawn_over_percentiles) {
    RF_CLEANUP(page_done) rf_page page = page_new();
    RF_CLEANUP(rf_latency_done) rf_latency latency = { 0 };
    rf_check(rf_latency_init(&latency, NULL) == RF_OK);
    rf_result_of_bench *result = add(&page, "g/n", (rf_bench){ .group = "g", .name = "n", .flat = true }, 1000, 0.02);
    rf_check(result);
    result->latency = &latency;
    result->latency_rate = 500;
    result->reached_rate = 499.5;
    const char *text = written(&page);
    rf_check(text && sound(text) && !holds(text, "<figcaption>Latency")); /* nothing was counted yet */
    for (uint64_t i = 0; i < 2000; i++)
        rf_latency_add(&latency, 1000 + i % 50 + (i == 1000 ? 900000 : 0));
    text = written(&page);
    rf_check(text);
    rf_check(sound(text));
    rf_check(holds(text, "<figcaption>Latency") && holds(text, ">99.9 %<") && holds(text, "Samples in order"));
}

/* 40 KB a benchmark is what a file of thousands can bear. */
RF_TEST(a_benchmark_takes_a_bounded_room) {
    RF_CLEANUP(page_done) rf_page page = page_new();
    const char *text = written(&page);
    rf_check(text);
    size_t empty = page.out.len;
    enum { COUNT = 20, MANY = 4000 };
    double *numbers = rf_arena_alloc(&page.arena, 2 * MANY * sizeof *numbers);
    rf_check(numbers);
    for (size_t i = 0; i < MANY; i++)
        numbers[i] = (double)(i + 1), numbers[MANY + i] = numbers[i] * (1000 + 10 * sin((double)i));
    for (size_t i = 0; i < COUNT; i++) {
        rf_result_of_bench *result = add(&page, "g/n", (rf_bench){ .group = "g", .name = "n" }, 1000, 0.01);
        rf_check(result && compare(&page, result, 1.1, RF_CHANGE_SLOWER));
        result->measurement.count = MANY;
        result->measurement.iterations = numbers;
        result->measurement.ns = numbers + MANY;
        result->measurement.cpu_ns = NULL;
    }
    text = written(&page);
    rf_check(text);
    rf_check(sound(text));
    rf_check((page.out.len - empty) / COUNT < 40000);
}
