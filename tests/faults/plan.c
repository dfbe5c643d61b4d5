/* plan.c: reads which call is to fail (RIFFLE_FAULT) and counts all of them in a file that the tests read (RIFFLE_FAULT_FILE).
 *
 * RIFFLE_FAULT=KIND:NTH:HOW[:TIMES]: of the calls of that kind those from the NTH on, TIMES of them (1), fail. HOW: an errno's number,
 * or short (moves fewer bytes than asked), zero (nothing: the end, or no event), late (0.3 s), back, forth (the clock jumps and stays). */
#include "plan.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FRAMES 14
#define FIRST_FRAME 2 /* the wrapper's caller */

/* One line of the file: what the tests read while we run, or after we were killed. */
typedef struct record { char name[24]; _Atomic uint64_t count; } record;
typedef struct report {
    record struck, descriptors, kinds[FAULT_KIND_COUNT];
    char where[FRAMES][64]; /* the stack where it struck first: `library+0xoffset` */
} report;

static struct plan {
    report *report; /* NULL: nothing is counted and nothing fails */
    fault_kind kind;
    uint64_t first, last;
    int how;
} plan = { .kind = FAULT_KIND_COUNT };

#define NAME(name) #name,
static const char *const names[] = { FAULT_KINDS(NAME) };
static const char *const hows[] = { "", "short", "zero", "late", "back", "forth" };

void *fault_real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) { /* a program that calls what it does not have: the tests are wrong */
        static const char text[] = "faults: a function is missing\n";
        (void)!syscall(SYS_write, STDERR_FILENO, text, sizeof text - 1);
        abort();
    }
    return found;
}

/* ---- Starting ---- */

static void read_plan(char *text) {
    char *kind = strsep(&text, ":"), *nth = strsep(&text, ":"), *how = strsep(&text, ":");
    if (!nth || !how)
        return;
    for (int i = 0; i < FAULT_KIND_COUNT; i++)
        if (strcmp(kind, names[i]) == 0)
            plan.kind = (fault_kind)i;
    plan.first = strtoull(nth, NULL, 10);
    plan.last = plan.first + (text ? strtoull(text, NULL, 10) : 1) - 1;
    plan.how = (int)strtol(how, NULL, 10);
    for (int i = 1; i < (int)(sizeof hows / sizeof *hows); i++)
        if (strcmp(how, hows[i]) == 0)
            plan.how = -i;
}

static report *map_report(const char *path) {
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || syscall(SYS_ftruncate, fd, sizeof(report)) != 0)
        abort();
    report *mapped = mmap(NULL, sizeof(report), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        abort();
    (void)syscall(SYS_close, fd);
    return mapped;
}

/* The programs that it starts are to be left alone. */
__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("RIFFLE_FAULT_FILE"), *fault = getenv("RIFFLE_FAULT");
    char text[64] = "";
    if (!path)
        return;
    if (fault)
        (void)snprintf(text, sizeof text, "%s", fault);
    read_plan(text);
    report *mapped = map_report(path);
    void *frame;
    (void)backtrace(&frame, 1); /* it loads a library at its first call */
    (void)snprintf(mapped->struck.name, sizeof mapped->struck.name, "struck");
    (void)snprintf(mapped->descriptors.name, sizeof mapped->descriptors.name, "descriptors");
    for (int i = 0; i < FAULT_KIND_COUNT; i++)
        (void)snprintf(mapped->kinds[i].name, sizeof mapped->kinds[i].name, "%s", names[i]);
    plan.report = mapped;
    (void)unsetenv("LD_PRELOAD");
    (void)unsetenv("RIFFLE_FAULT_FILE");
}

/* How many descriptors are left open at the end, without the one that looks. */
__attribute__((destructor)) static void end(void) {
    report *mapped = plan.report;
    plan.report = NULL;
    if (!mapped)
        return;
    uint64_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count++;
    if (folder)
        (void)closedir(folder);
    atomic_store(&mapped->descriptors.count, count > 3 ? count - 3 : 0);
}

/* ---- A call ---- */

/* By a way that takes no lock: the thread may hold one that is waited for by who holds the loader's (a sanitizer's allocator asks for the time). */
static void note_frame(void *frame, char *where, size_t room) {
    struct dl_find_object found;
    if (_dl_find_object(frame, &found) || !found.dlfo_link_map)
        return;
    const char *path = found.dlfo_link_map->l_name, *base = strrchr(path, '/');
    const char *name = base ? base + 1 : path[0] ? path : program_invocation_short_name; /* the program itself has no name there */
    (void)snprintf(where, room, "%.40s+0x%zx", name, (size_t)((uintptr_t)frame - found.dlfo_link_map->l_addr) - 1);
}

static void note_where(report *mapped) {
    void *frames[FRAMES + FIRST_FRAME];
    int count = backtrace(frames, FRAMES + FIRST_FRAME);
    for (int i = FIRST_FRAME; i < count; i++)
        note_frame(frames[i], mapped->where[i - FIRST_FRAME], sizeof *mapped->where);
}

int fault_next(fault_kind kind) {
    report *mapped = plan.report;
    if (!mapped)
        return FAULT_NONE;
    uint64_t number = atomic_fetch_add(&mapped->kinds[kind].count, 1) + 1;
    if (kind != plan.kind || number < plan.first)
        return FAULT_NONE;
    if (number > plan.last)
        return plan.how == FAULT_BACK || plan.how == FAULT_FORTH ? plan.how : FAULT_NONE; /* a clock stays where it is */
    if (atomic_fetch_add(&mapped->struck.count, 1) == 0) {
        plan.report = NULL; /* what looking takes is not counted */
        note_where(mapped);
        plan.report = mapped;
    }
    if (plan.how != FAULT_LATE)
        return plan.how;
    const struct timespec pause = { .tv_nsec = 300000000 };
    (void)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, NULL);
    return FAULT_NONE;
}
