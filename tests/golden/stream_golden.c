/* stream_golden: runs the recorded cases of tag_processor and nodered_js.
 *
 *   stream_golden [--torture|--torture-all] [--only NAME] FOLDER
 *
 * FOLDER holds tag_processor.jsonl, nodered_js.jsonl and differences.txt. A case that differs from its record on
 * purpose is listed there with its cause; one that is listed and does not differ is an error, as is one that differs
 * and is not listed. --torture runs them again and again with one allocation after the other failing, --torture-all with each. */
#include "golden.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/table.h"
#include "base/thread.h"

#include <stdio.h>

typedef struct suite {
    rf_arena arena; /* the files */
    rf_table listed;
    const char *folder, *only;
    bool torture, torture_all;
    bool broken; /* could not be read */
    unsigned passed, failed;
} suite;

static rf_code read_file(rf_arena *arena, const char *folder, const char *name, rf_slice *ret_text, rf_error *reterr) {
    rf_slice path = rf_printf_in(arena, "%s/%s", folder, name);
    FILE *file = path.data ? fopen(path.data, "rb") : NULL;
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    if (!file)
        return rf_raise(reterr, RF_EIO, "%s/%s: cannot be read", folder, name);
    char part[65536];
    for (size_t len; (len = fread(part, 1, sizeof part, file)) > 0;)
        rf_buffer_append(&text, part, len);
    (void)fclose(file);
    *ret_text = rf_slice_dup_in(arena, rf_buffer_view(&text));
    return text.failed || !ret_text->data ? rf_raise_nomem(reterr) : RF_OK;
}

static bool next_line(rf_slice *rest, rf_slice *ret_line) {
    if (rest->len == 0)
        return false;
    size_t len = rf_slice_find(*rest, '\n');
    *ret_line = (rf_slice){ rest->data, len };
    size_t step = len < rest->len ? len + 1 : len;
    *rest = (rf_slice){ rest->data + step, rest->len - step };
    return true;
}

static const char *const causes[] = { "throws-alone", "json-cannot-hold", "global-write", "clean-scope", "standard-js",
                                      "engine-words", "no-intl", "limit", NULL };

static bool is_cause(rf_slice word) {
    for (size_t i = 0; causes[i]; i++)
        if (rf_slice_is(word, causes[i]))
            return true;
    return false;
}

/* "name cause: why" a line; # begins a comment. */
static rf_code read_differences(suite *self, rf_error *reterr) {
    rf_slice text, line;
    rf_code code = read_file(&self->arena, self->folder, "differences.txt", &text, reterr);
    while (!code && next_line(&text, &line)) {
        line = rf_slice_trim(line);
        if (line.len == 0 || line.data[0] == '#')
            continue;
        rf_slice name = { line.data, rf_slice_find(line, ' ') };
        rf_slice rest = rf_slice_trim((rf_slice){ line.data + name.len, line.len - name.len });
        rf_slice cause = { rest.data, rf_slice_find(rest, ':') };
        if (!is_cause(cause))
            code = rf_raise(reterr, RF_EPARSE, "differences.txt: %.*s: no known cause: %.*s", RF_SLICE_ARG(name), RF_SLICE_ARG(cause));
        else if (rf_table_get(&self->listed, name))
            code = rf_raise(reterr, RF_EPARSE, "differences.txt: %.*s stands there twice", RF_SLICE_ARG(name));
        else if (!rf_table_put(&self->listed, name, (void *)(uintptr_t)name.data))
            code = rf_raise_nomem(reterr);
    }
    return code;
}

/* Allocations of one case fail in turn, alone or with all later ones: no crash, and nothing is left. Of the later
 * allocations some are left out, unless `all` are wanted. */
static bool torture_pass(const golden_case *one, bool all, bool and_later) {
    uint64_t live = rf_alloc_live();
    for (uint64_t n = 1;; n += all ? 1 : 1 + n / 40) {
        RF_CLEANUP(rf_arena_done) rf_arena arena;
        rf_arena_init(&arena, 4096);
        golden_result result;
        rf_error error;
        rf_alloc_fail_at(n, and_later != (!all && n % 2 == 0));
        rf_code code = golden_run(one, &arena, &result, &error);
        bool reached = rf_alloc_count() >= n;
        rf_alloc_fail_at(0, false);
        rf_arena_done(&arena);
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

static bool torture(const golden_case *one, bool all) {
    return torture_pass(one, all, false) && (!all || torture_pass(one, all, true));
}

static bool run_case(const golden_case *one, rf_arena *arena, rf_buffer *why) {
    golden_result result;
    rf_error error;
    if (golden_run(one, arena, &result, &error)) {
        rf_buffer_printf(why, "run: %s", error.message);
        return false;
    }
    return golden_compare(one, &result, arena, why);
}

/* Same as recorded, or different and listed. */
static bool check_case(suite *self, const golden_case *one, unsigned *different) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 16384);
    RF_CLEANUP(rf_buffer_done) rf_buffer why = { 0 };
    bool same = run_case(one, &arena, &why), listed = rf_table_remove(&self->listed, one->name) != NULL;
    *different += !same && listed;
    if (same && listed)
        printf("%.*s: listed as different, but it is not\n", RF_SLICE_ARG(one->name));
    if (!same && !listed)
        printf("%.*s: %.*s\n", RF_SLICE_ARG(one->name), RF_SLICE_ARG(rf_buffer_view(&why)));
    if (!same && listed && self->only)
        printf("%.*s: as listed: %.*s\n", RF_SLICE_ARG(one->name), RF_SLICE_ARG(rf_buffer_view(&why)));
    return same != listed;
}

static bool is_wanted(const suite *self, const golden_case *one) {
    return !self->only || rf_slice_is(one->name, self->only);
}

static rf_code run_file(suite *self, const char *processor, rf_error *reterr) {
    char name[64];
    rf_slice text, line;
    unsigned index = 0, total = 0, fine = 0, different = 0;
    (void)snprintf(name, sizeof name, "%s.jsonl", processor);
    rf_code code = read_file(&self->arena, self->folder, name, &text, reterr);
    while (!code && next_line(&text, &line)) {
        golden_case one;
        if (rf_slice_trim(line).len == 0)
            continue;
        code = golden_case_read(&self->arena, line, &one, reterr);
        index++;
        if (code || !is_wanted(self, &one))
            continue;
        total++;
        fine += self->torture ? torture(&one, self->torture_all) : check_case(self, &one, &different);
        (void)fflush(stdout);
    }
    printf("%s: %u of %u (%u different on purpose)\n", processor, fine, total, different);
    self->passed += fine;
    self->failed += total - fine;
    if (!code && index == 0)
        code = rf_raise(reterr, RF_EPARSE, "%s/%s holds no case", self->folder, name);
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
        if (strcmp(words[i], "--torture") == 0)
            self->torture = true;
        else if (strcmp(words[i], "--torture-all") == 0)
            self->torture = self->torture_all = true;
        else if (strcmp(words[i], "--only") == 0 && i + 1 < count)
            self->only = words[++i];
        else if (!self->folder && words[i][0] != '-')
            self->folder = words[i];
        else
            return false;
    }
    return self->folder != NULL;
}

/* On a thread as the product has them: some cases recurse deeper than the first thread's stack is sure to allow. */
static void run_all(void *arg) {
    suite *self = arg;
    rf_error error = { 0 };
    rf_arena_init(&self->arena, 1 << 16);
    rf_code code = read_differences(self, &error);
    if (!code)
        code = run_file(self, "tag_processor", &error);
    if (!code)
        code = run_file(self, "nodered_js", &error);
    if (code)
        (void)fprintf(stderr, "%s\n", error.message);
    check_leftovers(self);
    rf_table_done(&self->listed);
    rf_arena_done(&self->arena);
    self->broken = code != RF_OK;
}

int main(int count, char **words) {
    suite self = { 0 };
    rf_thread thread = { 0 };
    rf_error error = { 0 };
    if (!read_arguments(&self, count, words)) {
        (void)fprintf(stderr, "usage: stream_golden [--torture|--torture-all] [--only NAME] FOLDER\n");
        return 2;
    }
    if (rf_thread_start(&thread, "golden", run_all, &self, &error)) {
        (void)fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    rf_thread_join(&thread);
    printf("%u passed, %u failed\n", self.passed, self.failed);
    return self.broken || self.failed ? 1 : 0;
}
