/* process.c: what the system says about this process, read from /proc. */
#include "observe/process.h"

#include "base/clock.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILE_TEXT_MAX 1024

/* The start of a small file, terminated; empty when it cannot be read. */
static void read_text(const char *path, char text[FILE_TEXT_MAX]) {
    text[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t got = read(fd, text, FILE_TEXT_MAX - 1);
    text[got > 0 ? got : 0] = '\0';
    (void)close(fd); /* only read from */
}

/* Field `number` of /proc/self/stat, from 3: those behind the name, which may hold blanks and brackets itself. */
static double stat_field(int number) {
    char text[FILE_TEXT_MAX];
    read_text("/proc/self/stat", text);
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < number; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    return at ? strtod(at, NULL) : 0;
}

double rf_process_resident_bytes(void) {
    char text[FILE_TEXT_MAX];
    read_text("/proc/self/statm", text);
    const char *blank = strchr(text, ' ');
    return blank ? strtod(blank, NULL) * (double)sysconf(_SC_PAGESIZE) : 0;
}

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

double rf_process_cpu_seconds(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double rf_process_uptime_seconds(void) {
    char text[FILE_TEXT_MAX];
    read_text("/proc/uptime", text);
    double up = strtod(text, NULL) - stat_field(22) / (double)sysconf(_SC_CLK_TCK);
    return up > 0 ? up : 0;
}

double rf_process_start_seconds(void) { return (double)rf_clock_wall_ms() / 1000 - rf_process_uptime_seconds(); }

double rf_process_open_fds(void) {
    DIR *directory = opendir("/proc/self/fd");
    if (!directory)
        return 0;
    double count = -1; /* not the one that reads them */
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        count += entry->d_name[0] != '.';
    (void)closedir(directory); /* only read from */
    return count;
}

double rf_process_threads(void) { return stat_field(20); }

typedef struct process_gauge {
    const char *name, *help;
    double (*read)(void);
} process_gauge;

static const process_gauge gauges[] = {
    { "process_resident_memory_bytes", "Resident memory of the process.", rf_process_resident_bytes },
    { "process_cpu_seconds_total", "CPU time used, user and system.", rf_process_cpu_seconds },
    { "process_uptime_seconds", "Time since the process started.", rf_process_uptime_seconds },
    { "process_start_time_seconds", "When the process started, seconds since 1970.", rf_process_start_seconds },
    { "process_open_fds", "Open file descriptors.", rf_process_open_fds },
    { "process_threads", "Threads of the process.", rf_process_threads },
};

static double read_gauge(void *arg) {
    const process_gauge *gauge = arg;
    return gauge->read();
}

rf_code rf_process_register(rf_metrics *metrics, rf_error *reterr) {
    assert(metrics);
    for (size_t i = 0; i < sizeof gauges / sizeof *gauges; i++) {
        rf_code code = rf_metrics_gauge(metrics, gauges[i].name, gauges[i].help, NULL, read_gauge, (void *)(uintptr_t)&gauges[i], reterr);
        if (code)
            return code;
    }
    return RF_OK;
}
