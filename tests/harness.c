/* harness.c: runs the registered tests, once or with every allocation failing in turn. */
#include "harness.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Runs of one test under failing memory: so many at most, and no longer than that; ./dev torture has no such bounds. */
enum { RUNS_MAX = 250, RUNS_AND_LATER_MAX = 75, SECONDS_MAX = 4 };

/* The registry: filled by constructors before main, which is why it cannot be passed along. */
static struct rf_test_row *first_row;
static struct rf_test_row **last_link = &first_row;
static const char *volatile running_name;
static volatile uint64_t failing_at; /* 0: no allocation is being failed */
static bool has_failed;

void rf_test_register(struct rf_test_row *row) {
    *last_link = row;
    last_link = &row->next;
}

bool rf_test_torture(void) { return failing_at != 0; }

void rf_test_failed(const char *file, int line, const char *claim) {
    if (rf_test_torture())
        return;
    has_failed = true;
    printf("%s:%d: %s: not so: %s\n", file, line, running_name ? running_name : "?", claim);
    (void)fflush(stdout);
}

bool rf_test_same_text(const char *file, int line, const char *what, rf_slice got, rf_slice expected) {
    if (rf_slice_eq(got, expected))
        return true;
    if (!rf_test_torture()) {
        rf_test_failed(file, line, what);
        printf("  got:      [%.*s]\n  expected: [%.*s]\n", RF_SLICE_ARG(got), RF_SLICE_ARG(expected));
        (void)fflush(stdout);
    }
    return false;
}

static void write_text(const char *text) {
    ssize_t done = write(STDERR_FILENO, text, strlen(text));
    (void)done; /* the process is dying; there is nobody left to tell */
}

static struct sigaction before_crash[65];

/* Names the test, then lets whoever was there before (a sanitizer, or the kernel) have the signal. */
static void on_crash(int number) {
    char at[24];
    size_t len = sizeof at - 1;
    at[len] = '\0';
    for (uint64_t n = failing_at; n || len == sizeof at - 1; n /= 10)
        at[--len] = (char)('0' + n % 10);
    write_text("crashed in: ");
    write_text(running_name ? running_name : "(no test)");
    write_text(", failing allocation ");
    write_text(at + len);
    write_text("\n");
    (void)sigaction(number, &before_crash[number], NULL);
    if (number == SIGABRT)
        (void)raise(number);
}

static void watch_crashes(void) {
    static const int numbers[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)sigaction(numbers[i], &action, &before_crash[numbers[i]]);
}

static int open_files(void) {
    DIR *directory = opendir("/proc/self/fd");
    if (!directory)
        return -1;
    int count = 0;
    while (readdir(directory))
        count++;
    (void)closedir(directory);
    return count;
}

/* One run with the n-th allocation failing (0: none); false when blocks stay behind. */
static bool run_once(const struct rf_test_row *row, uint64_t n, bool and_later) {
    uint64_t before = rf_alloc_live();
    failing_at = n;
    rf_alloc_fail_at(n, and_later);
    row->run();
    failing_at = 0;
    uint64_t made = rf_alloc_count();
    rf_alloc_fail_at(0, false);
    uint64_t after = rf_alloc_live();
    if (after == before)
        return true;
    printf("%s:%d: %s: %" PRId64 " blocks leaked, allocation %" PRIu64 "%s of %" PRIu64 " failing\n", row->file, row->line,
           row->name, (int64_t)(after - before), n, and_later ? " and all later" : "", made);
    (void)fflush(stdout);
    return false;
}

/* RIFFLE_TORTURE_RUNS=N: at most so many a test, spread evenly; for builds in which each takes long. */
static uint64_t runs_max(bool and_later) {
    uint64_t most = and_later ? RUNS_AND_LATER_MAX : RUNS_MAX;
    const char *text = getenv("RIFFLE_TORTURE_RUNS");
    uint64_t wished = text ? strtoull(text, NULL, 10) : 0;
    return wished && wished < most ? wished : most;
}

/* Fails the allocations of one test in turn; `count` is how many it makes when all goes well. */
static bool torture_pass(const struct rf_test_row *row, uint64_t count, bool and_later, bool all) {
    uint64_t most = all ? UINT64_MAX : runs_max(and_later);
    uint64_t step = count > most ? (count + most - 1) / most : 1;
    uint64_t until = all ? UINT64_MAX : rf_clock_mono_ns() + SECONDS_MAX * RF_NS_PER_S;
    if (step > 1)
        printf("%s: %" PRIu64 " allocations%s: every %" PRIu64 "th is failed\n", row->name, count,
               and_later ? " (and all later)" : "", step);
    for (uint64_t n = 1; n <= count; n += step) {
        if (!run_once(row, n, and_later))
            return false;
        if (rf_clock_mono_ns() > until) {
            printf("%s: stopped after %d s at allocation %" PRIu64 " of %" PRIu64 "\n", row->name, SECONDS_MAX, n, count);
            break;
        }
    }
    (void)fflush(stdout);
    return true;
}

static bool run_test(const struct rf_test_row *row, bool torture, bool all) {
    assert(row);
    running_name = row->name;
    has_failed = false;
    int files = open_files();
    rf_alloc_fail_at(0, false);
    uint64_t before = rf_alloc_live();
    row->run();
    uint64_t count = rf_alloc_count();
    bool good = !has_failed;
    if (rf_alloc_live() != before) {
        printf("%s:%d: %s: %" PRId64 " blocks leaked\n", row->file, row->line, row->name, (int64_t)(rf_alloc_live() - before));
        good = false;
    }
    if (good && torture)
        good = torture_pass(row, count, false, all) && torture_pass(row, count, true, all);
    if (open_files() != files) {
        printf("%s:%d: %s: %d files left open\n", row->file, row->line, row->name, open_files() - files);
        good = false;
    }
    (void)fflush(stdout);
    return good;
}

int main(int count, char **arguments) {
    bool torture = false, all = false;
    const char *filter = "";
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--torture") == 0)
            torture = true;
        else if (strcmp(arguments[i], "--torture-all") == 0)
            torture = all = true;
        else
            filter = arguments[i];
    }
    watch_crashes();
    int passed = 0, failed = 0;
    for (const struct rf_test_row *row = first_row; row; row = row->next) {
        if (!strstr(row->name, filter))
            continue;
        if (run_test(row, torture, all))
            passed++;
        else
            failed++;
    }
    printf("%d passed, %d failed\n", passed, failed);
    if (passed + failed == 0)
        printf("no test has `%s` in its name\n", filter);
    return failed == 0 && passed > 0 ? 0 : 1;
}
