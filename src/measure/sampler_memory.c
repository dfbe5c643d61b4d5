/* sampler_memory.c: how much memory the process had resident at most. */
#include "measure/sampler_run.h"

#include "measure/system_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct residence { uint64_t now, most; } residence;

static uint64_t read_kib(rf_slice status, const char *name) {
    rf_slice field = rf_system_field(status, name);
    uint64_t kib;
    return rf_system_number(&field, &kib) ? kib * 1024 : 0;
}

static residence read_residence(void) {
    char text[4096];
    rf_slice status = rf_system_read("/proc/self/status", text, sizeof text);
    residence found = { read_kib(status, "VmRSS"), read_kib(status, "VmHWM") };
    struct rusage usage;
    /* Without /proc only the most is known, in KiB: what it grows by is what we then tell. */
    if (found.most == 0 && getrusage(RUSAGE_SELF, &usage) == 0)
        found.now = found.most = (uint64_t)usage.ru_maxrss * 1024;
    return found;
}

/* Starts the kernel's mark of the most anew (proc(5): clear_refs, 5). */
static bool reset_most(void) {
    int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool is_reset = write(file, "5", 1) == 1;
    (void)close(file);
    return is_reset;
}

rf_memory_mark rf_memory_mark_now(void) {
    bool is_reset = reset_most();
    residence found = read_residence();
    return (rf_memory_mark){ is_reset, found.now, found.most };
}

uint64_t rf_memory_since(const rf_memory_mark *mark) {
    residence found = read_residence();
    /* An old most that nothing went beyond says nothing about the time since. */
    uint64_t most = mark->is_exact || found.most > mark->most_bytes ? found.most : found.now;
    return most > mark->resident_bytes ? most - mark->resident_bytes : 0;
}
