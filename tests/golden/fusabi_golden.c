/* fusabi_golden: runs the recorded cases of Fusabi, scripts and compiled files, as `riffle exec` does.
 *
 *   fusabi_golden [--stress] [--torture|--torture-all] [--only NAME] FOLDER
 *
 * FOLDER holds NAME.json, NAME.fsx, NAME.out and mostly NAME.fzb, and differences.txt. A file that differs from its record on
 * purpose is listed there with its cause; one that is listed and does not differ is an error, as is one that differs and is not
 * listed. --stress collects garbage wherever that can happen; --torture runs each again and again with one allocation after the
 * other failing, --torture-all with each. */
#include "fusabi_golden.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/table.h"
#include "base/thread.h"
#include "script/fusabi/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct suite {
    rf_arena arena; /* the list of differences */
    rf_table listed;
    char folder[4096];
    const char *only;
    fusabi_mode mode;
    bool torture, torture_all;
    bool broken; /* could not be read */
    unsigned passed, failed, different;
} suite;

static const char *const causes[] = { "superset", "words", "place", NULL };

static bool is_cause(rf_slice word) {
    for (size_t i = 0; causes[i]; i++)
        if (rf_slice_is(word, causes[i]))
            return true;
    return false;
}

/* "NAME.fsx cause: why" a line; # begins a comment. */
static rf_code read_difference(suite *self, rf_slice line, rf_error *reterr) {
    if (line.len == 0 || line.data[0] == '#')
        return RF_OK;
    rf_slice name = { line.data, rf_slice_find(line, ' ') };
    rf_slice rest = rf_slice_trim((rf_slice){ line.data + name.len, line.len - name.len });
    rf_slice cause = { rest.data, rf_slice_find(rest, ':') };
    if (!is_cause(cause))
        return rf_raise(reterr, RF_EPARSE, "differences.txt: %.*s: no known cause: %.*s", RF_SLICE_ARG(name), RF_SLICE_ARG(cause));
    if (rf_table_get(&self->listed, name))
        return rf_raise(reterr, RF_EPARSE, "differences.txt: %.*s stands there twice", RF_SLICE_ARG(name));
    return rf_table_put(&self->listed, name, (void *)(uintptr_t)name.data) ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code read_differences(suite *self, rf_error *reterr) {
    rf_slice path = rf_printf_in(&self->arena, "%s/differences.txt", self->folder), rest;
    if (!path.data)
        return rf_raise_nomem(reterr);
    rf_code code = rf_fus_file_read(&self->arena, path.data, &rest, reterr);
    while (!code && rest.len) {
        size_t len = rf_slice_find(rest, '\n');
        code = read_difference(self, rf_slice_trim((rf_slice){ rest.data, len }), reterr);
        len += len < rest.len;
        rest = (rf_slice){ rest.data + len, rest.len - len };
    }
    return code;
}

/* What cases leave in the folder they run in. */
static void sweep(void) {
    DIR *folder = opendir(".");
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            (void)remove(entry->d_name);
    if (folder)
        (void)closedir(folder);
}

/* Allocations of one case fail in turn, alone or with all later ones: no crash, and nothing is left. Of the later
 * allocations some are left out, unless `all` are wanted. */
static bool torture_pass(const fusabi_case *one, const fusabi_mode *mode, bool all, bool and_later) {
    uint64_t live = rf_alloc_live();
    for (uint64_t n = 1;; n += all ? 1 : 1 + n / 60) {
        fusabi_result result;
        rf_error error;
        rf_alloc_fail_at(n, and_later != (!all && n % 2 == 0));
        rf_code code = fusabi_case_run(one, mode, &result, &error);
        bool reached = rf_alloc_count() >= n;
        rf_alloc_fail_at(0, false);
        fusabi_result_done(&result);
        sweep();
        if (rf_alloc_live() != live) {
            printf("%.*s: allocation %llu failing leaves %lld blocks\n", RF_SLICE_ARG(one->name), (unsigned long long)n,
                   (long long)(rf_alloc_live() - live));
            return false;
        }
        if (!reached)
            return true;
        (void)code; /* any answer is fine, as long as it comes */
    }
}

static bool torture(const fusabi_case *one, const fusabi_mode *mode, bool all) {
    return torture_pass(one, mode, all, false) && (!all || torture_pass(one, mode, all, true));
}

static bool run_case(const fusabi_case *one, const fusabi_mode *mode, rf_buffer *why) {
    fusabi_result result;
    rf_error error;
    bool same = false;
    if (fusabi_case_run(one, mode, &result, &error))
        rf_buffer_printf(why, "run: %s", error.message);
    else
        same = fusabi_case_compare(one, &result, why);
    fusabi_result_done(&result);
    sweep();
    return same;
}

/* Same as recorded, or different and listed. */
static bool check_case(suite *self, const fusabi_case *one) {
    RF_CLEANUP(rf_buffer_done) rf_buffer why = { 0 };
    bool same = run_case(one, &self->mode, &why), listed = rf_table_remove(&self->listed, one->name) != NULL;
    self->different += !same && listed;
    if (same && listed)
        printf("%.*s: listed as different, but it is not\n", RF_SLICE_ARG(one->name));
    if (!same && (!listed || self->only))
        printf("%.*s: %s%.*s\n", RF_SLICE_ARG(one->name), listed ? "as listed: " : "", RF_SLICE_ARG(rf_buffer_view(&why)));
    return same != listed;
}

static rf_code run_file(suite *self, rf_slice name, bool is_fzb, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 16384);
    fusabi_case one;
    bool exists;
    rf_code code = fusabi_case_read(&arena, self->folder, name, is_fzb, &one, &exists, reterr);
    if (code || !exists || (self->only && !rf_slice_is(name, self->only) && !rf_slice_is(one.name, self->only)))
        return code;
    bool fine = self->torture ? torture(&one, &self->mode, self->torture_all) : check_case(self, &one);
    self->passed += fine;
    self->failed += !fine;
    (void)fflush(stdout);
    return RF_OK;
}

static rf_code run_cases(suite *self, rf_error *reterr) {
    struct dirent **entries;
    int count = scandir(self->folder, &entries, NULL, alphasort);
    if (count < 0)
        return rf_raise(reterr, RF_EIO, "%s: cannot be read", self->folder);
    rf_code code = RF_OK;
    for (int pass = 0; pass < 2; pass++) {
        unsigned passed = self->passed, failed = self->failed, different = self->different;
        for (int i = 0; i < count && !code; i++) {
            rf_slice name = rf_slice_of(entries[i]->d_name);
            if (rf_slice_ends(name, RF_SLICE(".json")))
                code = run_file(self, (rf_slice){ name.data, name.len - 5 }, pass == 1, reterr);
        }
        passed = self->passed - passed;
        printf("%s: %u of %u (%u different on purpose)\n", pass ? "compiled files" : "scripts", passed, passed + self->failed - failed,
               self->different - different);
    }
    for (int i = 0; i < count; i++)
        free(entries[i]); /* made by scandir */
    free(entries);
    return code;
}

/* What is listed, but is no case. */
static void check_leftovers(suite *self) {
    size_t at = 0;
    rf_slice name;
    void *value;
    while (!self->only && !self->torture && rf_table_next(&self->listed, &at, &name, &value)) {
        printf("%.*s: listed as different, but there is no such case\n", RF_SLICE_ARG(name));
        self->failed++;
    }
}

static bool read_arguments(suite *self, int count, char **words) {
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--stress") == 0)
            self->mode.stress = true;
        else if (strcmp(words[i], "--torture") == 0)
            self->torture = true;
        else if (strcmp(words[i], "--torture-all") == 0)
            self->torture = self->torture_all = true;
        else if (strcmp(words[i], "--only") == 0 && i + 1 < count)
            self->only = words[++i];
        else if (self->folder[0] || words[i][0] == '-' || !realpath(words[i], self->folder))
            return false;
    }
    return self->folder[0];
}

/* On a thread as the product has them, with their stack. */
static void run_all(void *arg) {
    suite *self = arg;
    rf_error error = { 0 };
    rf_arena_init(&self->arena, 1 << 14);
    rf_code code = read_differences(self, &error);
    if (!code)
        code = run_cases(self, &error);
    if (code)
        (void)fprintf(stderr, "%s\n", error.message);
    check_leftovers(self);
    rf_table_done(&self->listed);
    rf_arena_done(&self->arena);
    self->broken = code != RF_OK;
}

/* Cases read an empty standard input and write files where they stand: in a folder of their own. */
static bool go_away(char *folder) {
    int empty = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool fine = empty >= 0 && dup2(empty, STDIN_FILENO) == STDIN_FILENO;
    if (empty > STDIN_FILENO)
        (void)close(empty);
    return fine && mkdtemp(folder) && chdir(folder) == 0;
}

int main(int count, char **words) {
    static suite self;
    rf_thread thread = { 0 };
    rf_error error = { 0 };
    char folder[] = "/tmp/fusabi-golden-XXXXXX";
    if (!read_arguments(&self, count, words)) {
        (void)fprintf(stderr, "usage: fusabi_golden [--stress] [--torture|--torture-all] [--only NAME] FOLDER\n");
        return 2;
    }
    if (!go_away(folder) || rf_thread_start(&thread, "golden", run_all, &self, &error)) {
        (void)fprintf(stderr, "fusabi_golden: cannot begin: %s\n", error.message);
        return 1;
    }
    rf_thread_join(&thread);
    sweep();
    (void)rmdir(folder);
    printf("%u passed, %u failed\n", self.passed, self.failed);
    return self.broken || self.failed ? 1 : 0;
}
