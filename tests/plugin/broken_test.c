/* broken_test.c: broken manifests and scripts, and every word that is said about each: broken/README.md. */
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/slice.h"
#include "base/source.h"
#include "plugin/manifest.h"
#include "plugin/vm.h"

#include <stdio.h>
#include <string.h>

/* One case of a file: its views. */
typedef struct broken_case { char name[100]; rf_slice text, expected; } broken_case;

typedef struct runner {
    bool write; /* puts what is said now into the files, in place of checking it */
    bool torture;
    unsigned cases, failed;
    rf_plugin_shared shared;
} runner;

static bool read_file(const char *path, rf_buffer *out) {
    FILE *file = fopen(path, "rb");
    char chunk[4096];
    if (!file)
        return false;
    for (size_t len; (len = fread(chunk, 1, sizeof chunk, file)) > 0;)
        rf_buffer_append(out, chunk, len);
    bool good = !ferror(file) && !out->failed;
    return fclose(file) == 0 && good;
}

/* Where the line `mark…` begins at or behind `at`, or the length. */
static size_t find_line(rf_slice text, size_t at, const char *mark) {
    size_t len = strlen(mark);
    for (; at < text.len; at++) {
        bool at_start = at == 0 || text.data[at - 1] == '\n';
        if (at_start && text.len - at >= len && memcmp(text.data + at, mark, len) == 0)
            return at;
    }
    return text.len;
}

static size_t behind_line(rf_slice text, size_t at) {
    size_t len = rf_slice_find((rf_slice){ text.data + at, text.len - at }, '\n');
    return at + len < text.len ? at + len + 1 : text.len;
}

/* The case at `*at`, which goes behind it; false: there is none. */
static bool next_case(rf_slice text, size_t *at, broken_case *ret) {
    size_t start = find_line(text, *at, "--- ");
    if (start == text.len)
        return false;
    size_t body = behind_line(text, start);
    size_t middle = find_line(text, body, "=== expected"), end = find_line(text, body, "--- ");
    if (middle > end)
        middle = end;
    size_t said = middle < end ? behind_line(text, middle) : end;
    (void)snprintf(ret->name, sizeof ret->name, "%.*s", (int)(body - start - 5), text.data + start + 4);
    ret->text = (rf_slice){ text.data + body, middle - body };
    ret->expected = (rf_slice){ text.data + said, end - said };
    *at = end;
    return true;
}

/* <xNN> stands for a byte that a text file should not hold; the last line break before the mark is not the case's own. */
static void unfold(rf_slice text, rf_buffer *out) {
    static const char digits[] = "0123456789ABCDEF";
    if (text.len && text.data[text.len - 1] == '\n')
        text.len--;
    for (size_t i = 0; i < text.len; i++) {
        bool is_byte = text.len - i >= 5 && memcmp(text.data + i, "<x", 2) == 0 && text.data[i + 4] == '>';
        const char *high = is_byte ? strchr(digits, text.data[i + 2]) : NULL, *low = is_byte ? strchr(digits, text.data[i + 3]) : NULL;
        rf_buffer_char(out, high && low ? (char)((high - digits) << 4 | (low - digits)) : text.data[i]);
        i += high && low ? 4 : 0;
    }
}

static bool has_place(const rf_error *error) { return error->message[0] && error->place.line > 0 && error->place.column > 0; }

/* All that is said about a manifest; false: some of it has no place. */
static bool say_manifest(const rf_source *source, rf_slice stem, rf_buffer *out) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    rf_manifest manifest;
    rf_manifest_finding *finding = NULL;
    rf_error error = { 0 };
    bool is_toml = rf_slice_ends(rf_slice_of(source->name), RF_SLICE(".toml"));
    rf_code code = rf_manifest_read(&arena, source, is_toml, stem, &manifest, &finding, &error);
    bool good = (code == RF_OK) == (finding == NULL) || code == RF_ENOMEM;
    for (; finding; finding = finding->next) {
        rf_source_show(out, source, &finding->error, false);
        good &= has_place(&finding->error);
    }
    return good;
}

static bool say_script(runner *run, const rf_source *source, rf_buffer *out) {
    const rf_vm_kind *kind = rf_vm_kind_of(source->name);
    rf_plugin_text text = { source->name, source->text };
    rf_plugin_code *code = NULL;
    rf_error error = { 0 };
    if (!kind)
        return false;
    rf_code failed = kind->compile(&run->shared, &text, NULL, &code, &error);
    kind->code_free(code);
    if (!failed)
        return true;
    rf_source_show(out, source, &error, false);
    return failed == RF_ENOMEM || has_place(&error);
}

/* What is said about a case; in it a file is called what the case is called. */
static bool say(runner *run, const broken_case *one, bool is_script, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    unfold(one->text, &text);
    rf_source source = { one->name, rf_buffer_view(&text) };
    rf_slice stem = { one->name, rf_slice_find(rf_slice_of(one->name), '.') };
    if (text.failed)
        return true;
    return is_script ? say_script(run, &source, out) : say_manifest(&source, stem, out);
}

static void fail(runner *run, const char *path, const broken_case *one, const char *what, rf_slice got) {
    run->failed++;
    (void)printf("%s: %s: %s\n--- got:\n%.*s--- expected:\n%.*s", path, one->name, what, RF_SLICE_ARG(got), RF_SLICE_ARG(one->expected));
}

/* Each allocation failing in turn: nothing may crash or stay behind. */
static void torture_case(runner *run, const char *path, const broken_case *one, bool is_script) {
    uint64_t before = rf_alloc_live();
    for (uint64_t n = 1, made = 1; n <= made && n < 400; n++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        rf_alloc_fail_at(n, false);
        (void)say(run, one, is_script, &out);
        made = rf_alloc_count();
        rf_alloc_fail_at(0, false);
        rf_buffer_done(&out);
        if (rf_alloc_live() == before)
            continue;
        fail(run, path, one, "leaked", RF_SLICE(""));
        return;
    }
}

static void check_case(runner *run, const char *path, const broken_case *one, bool is_script) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    bool good = say(run, one, is_script, &out);
    run->cases++;
    if (!good || out.len == 0)
        fail(run, path, one, good ? "it is not broken" : "an error without a place", rf_buffer_view(&out));
    else if (!rf_slice_eq(rf_buffer_view(&out), one->expected))
        fail(run, path, one, "other words", rf_buffer_view(&out));
    if (run->torture)
        torture_case(run, path, one, is_script);
}

static void write_case(runner *run, const broken_case *one, bool is_script, rf_buffer *out) {
    rf_buffer_printf(out, "--- %s\n", one->name);
    rf_buffer_slice(out, one->text);
    rf_buffer_text(out, "=== expected\n");
    (void)say(run, one, is_script, out);
    run->cases++;
}

static bool write_file(const char *path, const rf_buffer *content) {
    FILE *file = content->failed ? NULL : fopen(path, "wb");
    if (!file)
        return false;
    bool good = fwrite(content->data, 1, content->len, file) == content->len;
    return fclose(file) == 0 && good;
}

static bool run_file(runner *run, const char *directory, const char *name, bool is_script) {
    char path[400];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer written = { 0 };
    if (!read_file(path, &text)) {
        (void)printf("%s: cannot be read\n", path);
        return false;
    }
    size_t at = 0;
    for (broken_case one; next_case(rf_buffer_view(&text), &at, &one);) {
        if (run->write)
            write_case(run, &one, is_script, &written);
        else
            check_case(run, path, &one, is_script);
    }
    return !run->write || write_file(path, &written);
}

int main(int count, char **arguments) {
    static const struct { const char *name; bool is_script; } files[] = {
        { "comments.txt", false }, { "toml.txt", false }, { "fusabi.txt", true }, { "javascript.txt", true },
    };
    runner run = { 0 };
    rf_error error = { 0 };
    const char *directory = NULL;
    for (int i = 1; i < count; i++) {
        run.write |= strcmp(arguments[i], "--write") == 0;
        run.torture |= strcmp(arguments[i], "--torture") == 0;
        directory = arguments[i];
    }
    if (!directory || rf_plugin_shared_init(&run.shared, NULL, &error)) {
        (void)printf("usage: broken_test [--write|--torture] DIRECTORY %s\n", error.message);
        return 2;
    }
    bool good = true;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        good &= run_file(&run, directory, files[i].name, files[i].is_script);
    rf_plugin_shared_done(&run.shared);
    (void)printf("%u cases, %u failed\n", run.cases, run.failed);
    return good && run.failed == 0 && run.cases >= 140 ? 0 : 1;
}
