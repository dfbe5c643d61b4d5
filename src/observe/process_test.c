/* process_test.c: the figures of this very process are plausible. */
#include "observe/process.h"

#include "base/clock.h"
#include "base/slice.h"
#include "harness.h"

#include <unistd.h>

static void free_metrics(rf_metrics **metrics) { rf_metrics_free(*metrics); }
static void close_fd(const int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
}

RF_TEST(memory_threads_and_times_are_there) {
    rf_check(rf_process_resident_bytes() > 100e3);
    rf_check(rf_process_threads() >= 1);
    rf_check(rf_process_cpu_seconds() >= 0);
    double start = rf_process_start_seconds(), now = (double)rf_clock_wall_ms() / 1000;
    rf_check(start > now - 3600 && start <= now + 1);
}

RF_TEST(uptime_grows) {
    double before = rf_process_uptime_seconds();
    rf_clock_sleep_ns(30 * RF_NS_PER_MS);
    double grown = rf_process_uptime_seconds() - before;
    rf_check(grown >= 0.01 && grown < 60);
}

RF_TEST(an_opened_descriptor_is_counted) {
    double before = rf_process_open_fds();
    RF_CLEANUP(close_fd) int fd = dup(STDERR_FILENO);
    rf_check(fd >= 0);
    rf_check(rf_process_open_fds() == before + 1);
}

RF_TEST(the_gauges_are_registered_once) {
    RF_CLEANUP(free_metrics) rf_metrics *metrics = NULL;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(rf_metrics_new(&metrics, NULL) == RF_OK);
    rf_check(rf_process_register(metrics, NULL) == RF_OK);
    rf_check(rf_process_register(metrics, NULL) == RF_OK);
    rf_metrics_write_json(metrics, &out);
    rf_check(rf_buffer_cstr(&out));
    const char *threads = strstr(out.data, "\"process_threads\":");
    rf_check(threads && strncmp(threads + 18, "1,", 2) == 0);
    rf_check(strstr(out.data, "\"process_resident_memory_bytes\":"));
}
