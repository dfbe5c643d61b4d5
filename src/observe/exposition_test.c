/* exposition_test.c: the texts of /metrics and /stats; the first is read by a strict reader of its format. */
#include "observe/exposition.h"

#include "base/clock.h"
#include "base/slice.h"
#include "harness.h"
#include "observe/metrics.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a reader of the format 0.0.4 keeps while it goes line by line. */
typedef struct reader {
    const char *at;      /* the text, terminated */
    char family[64];     /* of the last # TYPE */
    char type[16];
    char last_help[64];  /* of the last # HELP */
    char series[256];    /* labels of the running histogram, without le */
    double bucket;       /* its last cumulative count; -1: none */
    double bound;        /* its last le */
    bool closed;         /* its +Inf was seen */
    size_t samples;
    const char *complaint;
} reader;

static bool complain(reader *self, const char *complaint) {
    self->complaint = complaint;
    return false;
}

static bool take(reader *self, const char *text) {
    size_t len = strlen(text);
    if (strncmp(self->at, text, len) != 0)
        return false;
    self->at += len;
    return true;
}

static bool take_name(reader *self, char *name, size_t size) {
    size_t len = 0;
    while (isalnum((unsigned char)self->at[len]) || self->at[len] == '_')
        len++;
    if (len == 0 || len >= size || isdigit((unsigned char)self->at[0]))
        return complain(self, "bad name");
    memcpy(name, self->at, len);
    name[len] = '\0';
    self->at += len;
    return true;
}

static bool read_help(reader *self) {
    if (!take_name(self, self->last_help, sizeof self->last_help) || !take(self, " "))
        return complain(self, "bad HELP");
    for (; *self->at != '\n'; self->at++) {
        if (*self->at == '\\' && *++self->at != '\\' && *self->at != 'n')
            return complain(self, "bad escape in HELP");
        if (!*self->at)
            return complain(self, "HELP without end");
    }
    self->at++;
    return true;
}

/* Families come in rising order here, so a name seen twice would show as one out of order. */
static bool read_type(reader *self) {
    char name[64];
    if (!take_name(self, name, sizeof name) || !take(self, " ") || strcmp(name, self->last_help) != 0)
        return complain(self, "TYPE is not of the HELP before it");
    if (strcmp(name, self->family) <= 0)
        return complain(self, "a family twice or out of order");
    memcpy(self->family, name, sizeof name);
    if (!take_name(self, self->type, sizeof self->type) || !take(self, "\n"))
        return complain(self, "bad TYPE");
    bool known = !strcmp(self->type, "counter") || !strcmp(self->type, "gauge") || !strcmp(self->type, "histogram");
    self->series[0] = '\0';
    self->bucket = -1;
    return known || complain(self, "unknown type");
}

static bool read_quoted(reader *self) {
    if (!take(self, "\""))
        return complain(self, "label value without quote");
    for (; *self->at != '"'; self->at++) {
        if (*self->at == '\\' && !strchr("\\\"n", *++self->at))
            return complain(self, "bad escape in a label value");
        if (!*self->at || *self->at == '\n')
            return complain(self, "label value without end");
    }
    self->at++;
    return true;
}

/* {a="b",…}: *ret_le is its last label when that is called le; `ret_labels` is what stands before it. */
static bool read_labels(reader *self, char *ret_labels, size_t size, double *ret_le) {
    const char *start = self->at, *end = start;
    *ret_le = NAN;
    while (*self->at != '}') {
        char name[32];
        if (self->at != start && !take(self, ","))
            return complain(self, "labels without comma");
        if (!isnan(*ret_le) || !take_name(self, name, sizeof name) || !take(self, "="))
            return complain(self, "bad label");
        const char *value = self->at + 1;
        if (!read_quoted(self))
            return false;
        if (strcmp(name, "le") == 0)
            *ret_le = strtod(value, NULL);
        else
            end = self->at;
    }
    self->at++;
    size_t len = (size_t)(end - start);
    if (len >= size)
        return complain(self, "labels too long for this test");
    memcpy(ret_labels, start, len);
    ret_labels[len] = '\0';
    return true;
}

static bool check_bucket(reader *self, const char *labels, double le, double value) {
    if (isnan(le) || (self->bucket >= 0 && strcmp(labels, self->series) != 0))
        return complain(self, "a bucket without le, or of another series");
    if (self->bucket >= 0 && (le <= self->bound || value < self->bucket))
        return complain(self, "buckets do not rise");
    (void)snprintf(self->series, sizeof self->series, "%s", labels);
    self->bound = le;
    self->bucket = value;
    self->closed = isinf(le);
    return true;
}

static bool check_histogram(reader *self, const char *suffix, const char *labels, double le, double value) {
    if (strcmp(suffix, "_bucket") == 0)
        return check_bucket(self, labels, le, value);
    if (!self->closed || strcmp(labels, self->series) != 0)
        return complain(self, "_sum or _count without +Inf before it");
    if (strcmp(suffix, "_sum") == 0)
        return true;
    if (strcmp(suffix, "_count") != 0 || value != self->bucket)
        return complain(self, "_count is not the +Inf bucket");
    self->bucket = -1;
    self->closed = false;
    return true;
}

static bool read_sample(reader *self) {
    char name[80], labels[256] = "";
    double le = NAN;
    if (!take_name(self, name, sizeof name) || (take(self, "{") && !read_labels(self, labels, sizeof labels, &le)))
        return false;
    size_t len = strlen(self->family);
    if (strncmp(name, self->family, len) != 0)
        return complain(self, "a sample outside its family");
    if (!take(self, " "))
        return complain(self, "no blank before the value");
    char *end;
    double value = strtod(self->at, &end);
    if (end == self->at || *end != '\n')
        return complain(self, "bad value");
    self->at = end + 1;
    self->samples++;
    if (strcmp(self->type, "histogram") == 0)
        return check_histogram(self, name + len, labels, le, value);
    return name[len] == '\0' || complain(self, "a suffix on a plain metric");
}

/* NULL, or what is wrong with the text. */
static const char *check_prometheus(const char *text, size_t *ret_samples) {
    reader self = { .at = text, .bucket = -1 };
    bool fine = true;
    while (fine && *self.at)
        fine = take(&self, "# HELP ") ? read_help(&self) : take(&self, "# TYPE ") ? read_type(&self) : read_sample(&self);
    *ret_samples = self.samples;
    return fine ? NULL : self.complaint ? self.complaint : "unreadable";
}

static void free_metrics(rf_metrics **metrics) { rf_metrics_free(*metrics); }
static double minus_infinity(void *arg) { return arg ? 0.25 : -INFINITY; }

static rf_code fill(rf_metrics *metrics) {
    rf_metric sent = 0, took = 0, plain = 0;
    rf_meter *meter;
    rf_metric_labels hostile = { .label = "a\"b\\c\nd", .path = "root.input" };
    rf_metric_labels stage = { .label = "", .path = "root.pipeline.processors.0", .stage = "conditions[0].if" };
    if (rf_metrics_histogram(metrics, "took_ns", "Time\nof a \\ stage.", &stage, &took, NULL) ||
        rf_metrics_histogram(metrics, "took_ns", "Time\nof a \\ stage.", NULL, &plain, NULL) ||
        rf_metrics_counter(metrics, "sent", "Sent.", &hostile, &sent, NULL) ||
        rf_metrics_gauge(metrics, "level", "Level.", NULL, minus_infinity, NULL, NULL) ||
        rf_metrics_gauge(metrics, "seconds_total", "Seconds.", NULL, minus_infinity, metrics, NULL) ||
        rf_metrics_meter(metrics, &meter, NULL))
        return RF_ENOMEM;
    rf_meter_add(meter, sent, UINT64_MAX);
    for (uint64_t value = 1; value; value *= 2)
        rf_meter_observe(meter, took, value);
    rf_meter_observe(meter, plain, 1024);
    return RF_OK;
}

RF_TEST(the_prometheus_text_is_valid) {
    RF_CLEANUP(free_metrics) rf_metrics *metrics = NULL;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(rf_metrics_new(&metrics, NULL) == RF_OK);
    rf_check(fill(metrics) == RF_OK);
    rf_metrics_write_prometheus(metrics, &out);
    rf_check(rf_buffer_cstr(&out));
    size_t samples = 0;
    rf_check_text(rf_slice_of(check_prometheus(out.data, &samples)), RF_SLICE(""));
    rf_check(samples == 2 * 17 + 3);
    rf_check(strstr(out.data, "# HELP took_ns Time\\nof a \\\\ stage.\n# TYPE took_ns histogram\n"));
    rf_check(strstr(out.data, "\nsent{label=\"a\\\"b\\\\c\\nd\",path=\"root.input\"} 18446744073709551615\n"));
    rf_check(strstr(out.data, "\ntook_ns_bucket{le=\"256\"} 0\ntook_ns_bucket{le=\"1024\"} 1\n"));
    rf_check(strstr(out.data, "stage=\"conditions[0].if\",le=\"1024\"} 11\n"));
    rf_check(strstr(out.data, "# TYPE seconds_total counter\nseconds_total 0.25\n"));
    rf_check(strstr(out.data, "\nlevel -Inf\n"));
}

RF_TEST(the_json_is_flat_and_keyed_by_series) {
    RF_CLEANUP(free_metrics) rf_metrics *metrics = NULL;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(rf_metrics_new(&metrics, NULL) == RF_OK);
    rf_metric sent, took;
    rf_meter *meter;
    rf_metric_labels input = { .label = "", .path = "root.input" };
    rf_check(rf_metrics_counter(metrics, "sent", "Sent.", &input, &sent, NULL) == RF_OK);
    rf_check(rf_metrics_histogram(metrics, "took_ns", "Time.", NULL, &took, NULL) == RF_OK);
    rf_check(rf_metrics_gauge(metrics, "level", "Level.", NULL, minus_infinity, NULL, NULL) == RF_OK);
    rf_check(rf_metrics_meter(metrics, &meter, NULL) == RF_OK);
    rf_meter_add(meter, sent, 180);
    rf_meter_observe(meter, took, 8);
    rf_metrics_write_json(metrics, &out);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("{\"level\":null,\"sent{label=\\\"\\\",path=\\\"root.input\\\"}\":180,"
                                                 "\"took_ns\":{\"p50\":8,\"p90\":8,\"p99\":8}}\n"));
}

RF_TEST(no_metrics_are_an_empty_text_and_an_empty_object) {
    RF_CLEANUP(free_metrics) rf_metrics *metrics = NULL;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(rf_metrics_new(&metrics, NULL) == RF_OK);
    rf_metrics_write_prometheus(metrics, &out);
    rf_check(out.len == 0);
    rf_metrics_write_json(metrics, &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("{}\n"));
}

static rf_code fill_thousand(rf_metrics *metrics) {
    rf_metric first = 0, metric = 0;
    for (int i = 0; i < 1000; i++) {
        char stage[32];
        (void)snprintf(stage, sizeof stage, "conditions[%d].then", i);
        rf_metric_labels labels = { .label = "", .path = "root.pipeline.processors.0", .stage = stage };
        rf_code code = rf_metrics_histogram(metrics, "stage_latency_ns", "Time.", &labels, &metric, NULL);
        if (code)
            return code;
        first = i ? first : metric;
    }
    rf_meter *meter;
    rf_code code = rf_metrics_meter(metrics, &meter, NULL);
    for (rf_metric at = first; !code && at <= metric; at += RF_HISTOGRAM_SLOTS)
        rf_meter_observe(meter, at, at);
    return code;
}

RF_TEST(a_scrape_of_a_thousand_stages_takes_milliseconds) {
    if (rf_test_torture())
        return; /* a figure of time, and thousands of allocations in turn */
    RF_CLEANUP(free_metrics) rf_metrics *metrics = NULL;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(rf_metrics_new(&metrics, NULL) == RF_OK);
    rf_check(fill_thousand(metrics) == RF_OK);
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 10; i++) {
        rf_buffer_clear(&out);
        uint64_t start = rf_clock_mono_ns();
        rf_metrics_write_prometheus(metrics, &out);
        uint64_t took = rf_clock_mono_ns() - start;
        best = took < best ? took : best;
    }
    rf_check(!out.failed);
    /* 1 ms in a release on a quiet machine; the bound leaves room for sanitizers, valgrind and neighbours. */
    printf("scrape of 1,000 histograms: %llu us, %zu bytes\n", (unsigned long long)(best / 1000), out.len);
    rf_check(best < 500 * RF_NS_PER_MS);
}

RF_TEST(a_value_belongs_to_the_first_bound_that_is_not_below_it) {
    for (uint32_t i = 0; i < RF_BOUNDS; i++) {
        uint64_t bound = UINT64_C(1) << (RF_BOUND_FIRST_LOG2 + RF_BOUND_STEP_LOG2 * i);
        rf_check(rf_bound_of(bound) == i && rf_bound_of(bound + 1) == i + 1 && rf_bound_of(bound - 1) == i);
    }
    rf_check(rf_bound_of(0) == 0 && rf_bound_of(UINT64_MAX) == RF_BOUNDS);
}

RF_TEST(figures_that_are_not_registered_have_the_same_form) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer labels = { 0 };
    rf_exposition_label(&labels, "plugin", RF_SLICE("a\"b\\\n"));
    rf_exposition_head(&out, "n", "What\nit is.", "counter");
    rf_exposition_u64(&out, "n", rf_buffer_view(&labels), 18446744073709551615u);
    rf_exposition_u64(&out, "n", RF_SLICE(""), 0);
    rf_check(!out.failed && !labels.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("# HELP n What\\nit is.\n# TYPE n counter\nn{plugin=\"a\\\"b\\\\\\n\"} 18446744073709551615\nn 0\n"));
    const rf_bounds bounds = { .counts = { 1, 2, [RF_BOUNDS - 1] = 3, [RF_BOUNDS] = 4 }, .sum = 5 };
    rf_buffer_clear(&out);
    rf_exposition_histogram(&out, "h", RF_SLICE(""), &bounds);
    rf_check(rf_buffer_cstr(&out) && strstr(out.data, "h_bucket{le=\"256\"} 1\nh_bucket{le=\"1024\"} 3\nh_bucket{le=\"4096\"} 3\n"));
    rf_check(strstr(out.data, "h_bucket{le=\"4294967296\"} 3\nh_bucket{le=\"17179869184\"} 6\nh_bucket{le=\"+Inf\"} 10\nh_sum 5\nh_count 10\n"));
    rf_buffer_clear(&out);
    rf_exposition_histogram(&out, "h", rf_buffer_view(&labels), &bounds);
    rf_check(rf_buffer_cstr(&out) && strstr(out.data, "h_bucket{plugin=\"a\\\"b\\\\\\n\",le=\"256\"} 1\n") && strstr(out.data, "\nh_count{plugin=\"a\\\"b\\\\\\n\"} 10\n"));
}
