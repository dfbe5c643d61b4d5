/* metrics_log_test.c: metrics as log records, read back from a pipe. */
#include "observe/metrics_log.h"

#include "base/clock.h"
#include "base/slice.h"
#include "harness.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

typedef struct logged {
    int ends[2];
    rf_log *log;
    rf_metrics_log *figures; /* ended first, also where a check has failed */
    rf_metrics *metrics;
    rf_meter *meter;
    rf_metric count, time;
    char text[8192];
} logged;

static void logged_done(logged *l) {
    rf_metrics_log_free(l->figures);
    rf_metrics_free(l->metrics);
    rf_log_free(l->log);
    (void)close(l->ends[0]);
    (void)close(l->ends[1]);
}

static double seven(void *arg) { return arg ? 0 : 7.5; }

static rf_code logged_init(logged *l) {
    const rf_metric_labels labels = { .label = "", .path = "root.input" };
    if (pipe2(l->ends, O_NONBLOCK | O_CLOEXEC) != 0)
        return RF_EIO;
    rf_code code = rf_log_new(&(rf_log_options){ .level = RF_LOG_INFO, .fd = l->ends[1] }, &l->log, NULL);
    if (!code)
        code = rf_metrics_new(&l->metrics, NULL);
    if (!code)
        code = rf_metrics_counter(l->metrics, "input_received", "", &labels, &l->count, NULL);
    if (!code)
        code = rf_metrics_histogram(l->metrics, "latency_ns", "", NULL, &l->time, NULL);
    if (!code)
        code = rf_metrics_gauge(l->metrics, "waiting", "", NULL, seven, NULL, NULL);
    return code ? code : rf_metrics_meter(l->metrics, &l->meter, NULL);
}

static const char *text_of(logged *l) {
    ssize_t len = read(l->ends[0], l->text, sizeof l->text - 1);
    l->text[len > 0 ? len : 0] = '\0';
    return l->text;
}

static bool says(const logged *l, const char *text) { return strstr(l->text, text) != NULL; }

static rf_metrics_log *take(logged *l) {
    rf_metrics_log *figures = l->figures;
    l->figures = NULL;
    return figures;
}

#define LOGGED(name)                             \
    RF_CLEANUP(logged_done) logged name = { 0 }; \
    rf_check(logged_init(&name) == RF_OK)

RF_TEST(each_kind_is_logged_at_the_end) {
    LOGGED(l);
    rf_meter_add(l.meter, l.count, 3);
    rf_meter_observe(l.meter, l.time, 1000);
    rf_check(rf_metrics_log_start(l.metrics, l.log, 0, false, &l.figures, NULL) == RF_OK);
    rf_metrics_log_end(take(&l));
    (void)text_of(&l);
    rf_check(says(&l, "msg=\"Counter metric\" name=input_received value=3 labels=\"label=\\\"\\\",path=\\\"root.input\\\"\""));
    rf_check(says(&l, "msg=\"Timing metric\" name=latency_ns p50=992 p90=992 p99=992"));
    rf_check(says(&l, "msg=\"Gauge metric\" name=waiting value=7.5"));
}

RF_TEST(with_an_interval_they_come_again_and_again) {
    struct pollfd news = { .events = POLLIN };
    LOGGED(l);
    rf_check(rf_metrics_log_start(l.metrics, l.log, RF_NS_PER_MS, false, &l.figures, NULL) == RF_OK);
    if (rf_test_torture()) /* without memory there may be no record to wait for */
        return;
    news.fd = l.ends[0];
    for (int times = 0; times < 2; times++) {
        rf_check(poll(&news, 1, 30000) == 1);
        rf_check(strstr(text_of(&l), " metric"));
    }
}

RF_TEST(flushing_logs_what_is_new) {
    LOGGED(l);
    rf_meter_add(l.meter, l.count, 3);
    rf_meter_observe(l.meter, l.time, 1000);
    rf_check(rf_metrics_log_start(l.metrics, l.log, 100 * RF_NS_PER_MS, true, &l.figures, NULL) == RF_OK);
    if (rf_test_torture())
        return;
    struct pollfd news = { .fd = l.ends[0], .events = POLLIN };
    bool all = false;
    for (int tries = 0; tries < 300 && !all && poll(&news, 1, 30000) == 1; tries++) {
        (void)text_of(&l);
        all = says(&l, "value=3 ");
    }
    rf_check(all);
    rf_metrics_log_end(take(&l));
    while (text_of(&l)[0])
        rf_check(!says(&l, "value=3 "));
}
