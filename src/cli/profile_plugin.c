/* profile_plugin.c: a plugin run over recorded events, again and again, while a profiler looks. */
#include "cli/profile.h"

#include "base/slice.h"
#include "groups/groups.h"

#include <signal.h>
#include <string.h>

enum { ROWS_MAX = 16 };
/* How often it is looked whether somebody wants it to end. */
#define LOOK_NS (10 * RF_NS_PER_MS)

/* Benchmarks of a plugin that run in turn: each an event of the recording for one hook, or all in order. */
typedef struct rows { const rf_bench *benches[ROWS_MAX]; void *states[ROWS_MAX]; size_t count; } rows;

static bool has_row(const rf_benches *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    return false;
}

/* Loading is measured by `riffle bench`; runs of lines are the same hook once more; and "all" has three hooks in it. */
static bool takes_part(const rf_benches *list, const char *name) {
    static const char *const never[] = { "load", "on_output_run", NULL }, *const in_all[] = { "on_output", "on_input", "on_resize", NULL };
    for (size_t i = 0; never[i]; i++)
        if (strcmp(name, never[i]) == 0)
            return false;
    for (size_t i = 0; in_all[i]; i++)
        if (strcmp(name, in_all[i]) == 0 && has_row(list, "all"))
            return false;
    return true;
}

static rf_code open_rows(rows *self, const rf_benches *list, rf_error *reterr) {
    rf_code code = RF_OK;
    for (size_t i = 0; i < list->count && self->count < ROWS_MAX && !code; i++) {
        const rf_bench *bench = &list->items[i];
        if (!takes_part(list, bench->name))
            continue;
        code = bench->open(bench, &self->states[self->count], reterr);
        if (!code)
            self->benches[self->count++] = bench;
    }
    return code;
}

static void close_rows(rows *self) {
    while (self->count) {
        self->count--;
        self->benches[self->count]->close(self->states[self->count]);
    }
}

/* ---- Running ---- */

static void end_signals(sigset_t *set) {
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
}

static bool is_to_end(const sigset_t *set) {
    const struct timespec now = { 0 };
    return sigtimedwait(set, NULL, &now) > 0;
}

static void run_rows(rows *self, uint64_t run_ns) {
    uint64_t now = rf_clock_mono_ns(), look = now, until = now + run_ns;
    sigset_t set, before;
    end_signals(&set);
    (void)pthread_sigmask(SIG_BLOCK, &set, &before);
    for (bool ends = false; now < until && !ends; now = rf_clock_mono_ns()) {
        for (size_t i = 0; i < self->count; i++)
            self->benches[i]->work(self->states[i], 1);
        if (now - look < LOOK_NS)
            continue;
        look = now;
        ends = is_to_end(&set);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void check_rows(const rows *self, rf_error *ret_failed) {
    for (size_t i = 0; i < self->count && !ret_failed->code; i++)
        if (self->benches[i]->check)
            (void)self->benches[i]->check(self->states[i], ret_failed);
}

static rf_code run(const rf_cli_profile *options, rows *self, rf_profile *ret_profile, rf_error *ret_failed, rf_error *reterr) {
    rf_profiler *profiler = NULL;
    rf_code code = rf_profiler_start(options->hz, &profiler, reterr);
    if (code)
        return code;
    run_rows(self, options->run_ns);
    code = rf_profiler_stop(profiler, ret_profile, reterr);
    if (!code)
        check_rows(self, ret_failed);
    return code;
}

rf_code rf_cli_profile_plugin(const rf_cli_profile *options, rf_profile *ret_profile, rf_error *ret_failed, rf_error *reterr) {
    rf_groups groups;
    rows self = { 0 };
    rf_groups_open_empty(&groups);
    rf_code code = rf_bench_plugin(&groups, options->file, options->input, reterr);
    if (code == RF_EIO)
        code = RF_ENOTFOUND; /* a file that the user named */
    if (!code)
        code = open_rows(&self, &groups.list, reterr);
    if (!code)
        code = run(options, &self, ret_profile, ret_failed, reterr);
    close_rows(&self);
    rf_groups_close(&groups);
    return code;
}
