/* hardware.c: counters by perf_event_open(2), read as one group so that they are of the same time. */
#include "measure/hardware.h"

#include <assert.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In the order of rf_hardware's fields. */
static const uint64_t events[RF_HARDWARE_COUNTERS] = {
    PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_BRANCH_MISSES, PERF_COUNT_HW_CACHE_MISSES,
};

/* The group's reading: how many, the two times, then a value for each counter that is open. */
enum { WORD_COUNT, WORD_ENABLED, WORD_RUNNING, WORD_VALUES, WORDS_MAX = WORD_VALUES + RF_HARDWARE_COUNTERS };

static int open_event(uint64_t event, int leader) {
    struct perf_event_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.size = sizeof attributes;
    attributes.config = event;
    attributes.disabled = leader < 0; /* the others follow the leader */
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    attributes.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
}

void rf_counters_open(rf_counters *counters) {
    assert(counters);
    counters->leader = -1;
    for (size_t i = 0; i < RF_HARDWARE_COUNTERS; i++) {
        counters->files[i] = open_event(events[i], counters->leader);
        if (counters->leader < 0)
            counters->leader = counters->files[i];
    }
    if (counters->leader >= 0)
        (void)ioctl(counters->leader, PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP);
}

void rf_counters_close(rf_counters *counters) {
    for (size_t i = 0; i < RF_HARDWARE_COUNTERS; i++) {
        if (counters->files[i] >= 0)
            (void)close(counters->files[i]);
        counters->files[i] = -1;
    }
    counters->leader = -1;
}

void rf_counters_start(const rf_counters *counters) {
    if (counters->leader >= 0)
        (void)ioctl(counters->leader, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
}

void rf_counters_stop(const rf_counters *counters) {
    if (counters->leader >= 0)
        (void)ioctl(counters->leader, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
}

rf_hardware rf_counters_scale(const rf_counters *counters, const uint64_t *words, size_t count, double iterations) {
    rf_hardware result = { -1, -1, -1, -1 };
    double *fields[RF_HARDWARE_COUNTERS] = { &result.cycles, &result.instructions, &result.branch_misses, &result.cache_misses };
    if (count < WORD_VALUES || words[WORD_RUNNING] == 0 || !(iterations > 0))
        return result; /* never on a processor's counters: others had them all the time */
    double scale = (double)words[WORD_ENABLED] / (double)words[WORD_RUNNING] / iterations;
    size_t at = WORD_VALUES;
    for (size_t i = 0; i < RF_HARDWARE_COUNTERS; i++)
        if (counters->files[i] >= 0 && at < count)
            *fields[i] = (double)words[at++] * scale;
    return result;
}

rf_hardware rf_counters_read(const rf_counters *counters, double iterations) {
    uint64_t words[WORDS_MAX] = { 0 };
    ssize_t got = counters->leader >= 0 ? read(counters->leader, words, sizeof words) : 0;
    return rf_counters_scale(counters, words, got > 0 ? (size_t)got / sizeof *words : 0, iterations);
}
