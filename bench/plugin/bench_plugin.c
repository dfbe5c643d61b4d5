/* bench_plugin.c: what plugins cost: loads, calls of hooks, chains. A line a figure: name, nanoseconds, bytes or a count. */
#include "plugin/chain.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 9
#define CHAIN_MAX 20u
#define LINES_MAX 1000u

typedef struct bench {
    const char *folder, *work;     /* scripts; a place to write to */
    rf_plugin_shared shared;       /* without a cache on disk */
    rf_plugin_shared cached;
    rf_plugin_host host;
    rf_chain *chain;
    rf_plugin_folder at;           /* where loads happen, held open as a host holds it */
    rf_plugin_file file;           /* what is loaded */
    const rf_plugin_shared *with;
    rf_plugin *plugins[CHAIN_MAX]; /* for a chain that is made again and again */
    uint32_t plugin_count;
    rf_slice lines[LINES_MAX], inputs[LINES_MAX];
    char text[LINES_MAX][80], keys[LINES_MAX][24];
    rf_outcome_text outcomes[LINES_MAX];
    uint32_t count; /* of lines in one turn */
} bench;

static double cpu_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void die(const char *what, const rf_error *error) {
    fprintf(stderr, "bench: %s: %s\n", what, error->message);
    exit(1);
}

static int by_size(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The median of the rounds, of `times` calls each, after one round that is not counted; `each`: things that one call does. */
static void measure(const char *name, int times, int each, void (*work)(bench *), bench *b) {
    double taken[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) {
        double start = cpu_ns();
        for (int i = 0; i < times; i++)
            work(b);
        if (round >= 0)
            taken[round] = (cpu_ns() - start) / times / each;
    }
    qsort(taken, ROUNDS, sizeof *taken, by_size);
    printf("%s %.2f\n", name, taken[ROUNDS / 2]);
}

/* As discovery tells of it. */
static rf_plugin_file file_of(const char *path) {
    const char *slash = strrchr(path, '/'), *stem = slash ? slash + 1 : path;
    return (rf_plugin_file){ .path = path, .stem = { stem, strcspn(stem, ".") } };
}

static rf_plugin *load_in(const rf_plugin_folder *folder, const rf_plugin_file *file, const rf_plugin_shared *shared) {
    rf_plugin *plugin = NULL;
    rf_error error; /* whoever fails fills it */
    if (rf_plugin_load(file, &(rf_plugin_load_options){ .shared = shared, .folder = folder }, &plugin, &error))
        die(file->path, &error);
    return plugin;
}

static rf_plugin *load(const char *path, const rf_plugin_shared *shared) {
    const rf_plugin_file file = file_of(path);
    return load_in(NULL, &file, shared);
}

static void load_work(bench *b) { rf_plugin_unref(load_in(&b->at, &b->file, b->with)); }

/* Writes the script once more under another name, so that several can be in one chain. */
static const char *copy_as(bench *b, const char *script, const char *name, char path[4096]) {
    char from[4096], text[65536];
    (void)snprintf(from, sizeof from, "%s/%s", b->folder, script);
    (void)snprintf(path, 4096, "%s/%s%s", b->work, name, strrchr(script, '.'));
    FILE *in = fopen(from, "rb"), *out = fopen(path, "wb");
    if (!in || !out)
        die(from, &(rf_error){ .message = "cannot be copied" });
    size_t len = fread(text, 1, sizeof text - 1, in);
    text[len] = '\0';
    char *body = text; /* its own @name goes, the file's name counts */
    if (strncmp(body, "// @name", 8) == 0)
        body = strchr(body, '\n') + 1;
    (void)fwrite(body, 1, len - (size_t)(body - text), out);
    (void)fclose(in);
    if (fclose(out))
        die(path, &(rf_error){ .message = "cannot be written" });
    return path;
}

static void make_chain(bench *b) {
    rf_error error = { 0 };
    if (rf_chain_new(&(rf_chain_options){ .host = &b->host, .quota = RF_PLUGIN_QUOTA_DEFAULT }, &b->chain, &error))
        die("a chain", &error);
    for (uint32_t i = 0; i < b->plugin_count; i++)
        if (rf_chain_add(b->chain, b->plugins[i], &error))
            die("a plugin", &error);
}

static void load_chain(bench *b, const char *script, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        char name[32], path[4096];
        (void)snprintf(name, sizeof name, "copy%02u", i);
        b->plugins[i] = load(copy_as(b, script, name, path), &b->shared);
    }
    b->plugin_count = count;
    make_chain(b);
}

static void chain_done(bench *b) {
    rf_chain_free(b->chain);
    b->chain = NULL;
    for (uint32_t i = 0; i < b->plugin_count; i++)
        rf_plugin_unref(b->plugins[i]);
    b->plugin_count = 0;
}

static void output_work(bench *b) {
    b->outcomes[0] = rf_chain_text(b->chain, RF_HOOK_OUTPUT, RF_SLICE("Test output line with some content"));
}
static void short_output_work(bench *b) { b->outcomes[0] = rf_chain_text(b->chain, RF_HOOK_OUTPUT, RF_SLICE("Test output line")); }
static void input_work(bench *b) { b->outcomes[0] = rf_chain_text(b->chain, RF_HOOK_INPUT, RF_SLICE("test input data\n")); }
static void resize_work(bench *b) {
    rf_pv size[] = { { .kind = RF_PV_INT, .integer = 100 }, { .kind = RF_PV_INT, .integer = 50 } };
    rf_chain_notify(b->chain, RF_HOOK_RESIZE, size, 2);
}
static void lines_work(bench *b) {
    for (uint32_t i = 0; i < b->count; i++)
        b->outcomes[0] = rf_chain_text(b->chain, RF_HOOK_OUTPUT, b->lines[i]);
}
static void run_work(bench *b) { rf_chain_lines(b->chain, b->lines, b->count, b->outcomes); }
static void inputs_work(bench *b) {
    for (uint32_t i = 0; i < b->count; i++)
        b->outcomes[0] = rf_chain_text(b->chain, RF_HOOK_INPUT, b->inputs[i]);
}
/* A chain is made and taken down each time, as the original made a manager. */
static void workload(bench *b) {
    make_chain(b);
    b->count = 100;
    lines_work(b);
    b->count = 20;
    inputs_work(b);
    resize_work(b);
    resize_work(b);
    rf_chain_free(b->chain);
    b->chain = NULL;
}

static void loads(bench *b) {
    static const char *const names[] = { "load_minimal", "load_with_function", "load_with_hooks", "load_complex", "noop", "processing" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char script[100], label[100], path[4096];
        (void)snprintf(script, sizeof script, "%s.fsx", names[i]);
        b->file = file_of(copy_as(b, script, names[i], path));
        rf_plugin_folder_enter(&b->at, path);
        b->with = &b->shared;
        (void)snprintf(label, sizeof label, "compiled/%s", names[i]);
        measure(label, 300, 1, load_work, b);
        b->with = &b->cached;
        (void)snprintf(label, sizeof label, "cached/%s", names[i]);
        measure(label, 300, 1, load_work, b);
    }
}

/* What a load cannot do without: the system's part. */
static void read_work(bench *b) {
    char bytes[8192];
    int fd = openat(b->at.fd, b->file.path + b->at.len, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, bytes, sizeof bytes) <= 0 || close(fd))
        die(b->file.path, &(rf_error){ .message = "cannot be read" });
}

/* Bytecode files, made of the scripts by `riffle compile` beforehand, lie in the work folder. */
static void bytecode_loads(bench *b) {
    static const char *const names[] = { "minimal", "complex" };
    b->with = &b->shared;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[4096], label[100];
        (void)snprintf(path, sizeof path, "%s/bytecode_%s.fzb", b->work, names[i]);
        (void)snprintf(label, sizeof label, "bytecode/%s", names[i]);
        b->file = file_of(path);
        rf_plugin_folder_enter(&b->at, path);
        measure(label, 1000, 1, load_work, b);
        (void)snprintf(label, sizeof label, "read/%s", names[i]);
        measure(label, 1000, 1, read_work, b);
    }
}

static void dispatch(bench *b, const char *what) {
    static const struct { const char *name; void (*work)(bench *); } hooks[] = { { "output", output_work }, { "input", input_work }, { "resize", resize_work } };
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++) {
        char label[100];
        (void)snprintf(label, sizeof label, "%s/%s", hooks[i].name, what);
        measure(label, 20000, 1, hooks[i].work, b);
    }
    chain_done(b);
}

static void dispatches(bench *b) {
    static const char *const scripts[][2] = { { "single_noop", "noop.fsx" }, { "single_noop_js", "noop.js" }, { "single_processing", "processing.fsx" } };
    char path[4096];
    make_chain(b);
    dispatch(b, "no_plugins");
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        load_chain(b, scripts[i][1], 1);
        dispatch(b, scripts[i][0]);
    }
    (void)snprintf(path, sizeof path, "%s/bytecode_noop.fzb", b->work);
    b->plugins[0] = load(path, &b->shared);
    b->plugin_count = 1;
    make_chain(b);
    dispatch(b, "single_noop_fzb");
}

static void chains(bench *b, const char *what, const char *script) {
    static const uint32_t counts[] = { 1, 2, 5, 10, 20 };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char label[100];
        load_chain(b, script, counts[i]);
        (void)snprintf(label, sizeof label, "chain_%s/%u", what, counts[i]);
        measure(label, 5000, 1, short_output_work, b);
        chain_done(b);
    }
}

static void throughput(bench *b, const char *what, uint32_t plugins) {
    static const uint32_t counts[] = { 10, 100, 1000 };
    if (plugins)
        load_chain(b, "processing.fsx", plugins);
    else
        make_chain(b);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char label[100];
        b->count = counts[i];
        (void)snprintf(label, sizeof label, "lines_%s/%u", what, counts[i]);
        measure(label, 20000 / (int)counts[i], (int)counts[i], lines_work, b);
        (void)snprintf(label, sizeof label, "run_%s/%u", what, counts[i]);
        measure(label, 20000 / (int)counts[i], (int)counts[i], run_work, b);
        (void)snprintf(label, sizeof label, "inputs_%s/%u", what, counts[i]);
        measure(label, 20000 / (int)counts[i], (int)counts[i], inputs_work, b);
    }
    chain_done(b);
}

static size_t held_bytes(bench *b) {
    size_t sum = 0;
    rf_plugin_status status;
    (void)rf_chain_tick(b->chain, 0); /* looks at the VMs */
    for (size_t i = 0; rf_chain_status(b->chain, i, &status); i++)
        sum += status.held_bytes;
    return sum;
}

/* What a million calls allocate, and leave behind. */
static void growth(bench *b) {
    load_chain(b, "processing.fsx", 1);
    for (int i = 0; i < 1000; i++)
        output_work(b);
    size_t held = held_bytes(b);
    uint64_t allocations = rf_alloc_count(), live = rf_alloc_live();
    for (int i = 0; i < 1000000; i++)
        output_work(b);
    printf("allocations %llu\n", (unsigned long long)(rf_alloc_count() - allocations));
    printf("growth_blocks %lld\n", (long long)(rf_alloc_live() - live));
    printf("growth_bytes %lld\n", (long long)(held_bytes(b) - held));
    chain_done(b);
}

static void realistic(bench *b) {
    measure("workload/no_plugins", 300, 1, workload, b);
    load_chain(b, "processing.fsx", 3);
    rf_chain_free(b->chain);
    b->chain = NULL;
    measure("workload/three_plugins", 300, 1, workload, b);
    chain_done(b);
}

static void prefilter(bench *b) {
    load_chain(b, "looking.fsx", 20);
    measure("prefilter/20_not_concerned", 20000, 1, output_work, b);
    chain_done(b);
    load_chain(b, "looking.fsx", 1);
    measure("prefilter/1_not_concerned", 20000, 1, output_work, b);
    chain_done(b);
}

static void fill(bench *b) {
    for (uint32_t i = 0; i < LINES_MAX; i++) {
        (void)snprintf(b->text[i], sizeof b->text[i], "[%06u] Processing request #%u with status: %s", i, i, i % 3 ? "PENDING" : "OK");
        (void)snprintf(b->keys[i], sizeof b->keys[i], "command_%u\n", i);
        b->lines[i] = rf_slice_of(b->text[i]);
        b->inputs[i] = rf_slice_of(b->keys[i]);
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s SCRIPTS WORK_FOLDER\n", argv[0]);
        return 2;
    }
    bench *b = rf_alloc_zero(1, sizeof *b);
    rf_error error = { 0 };
    char cache[4096];
    if (!b)
        die("starting", &(rf_error){ .message = "out of memory" });
    b->folder = argv[1];
    b->work = argv[2];
    (void)snprintf(cache, sizeof cache, "%s/cache", b->work);
    if (rf_plugin_shared_init(&b->shared, NULL, &error) || rf_plugin_shared_init(&b->cached, cache, &error))
        die("starting", &error);
    fill(b);
    rf_plugin_folder_init(&b->at);
    bytecode_loads(b);
    loads(b);
    dispatches(b);
    chains(b, "noop", "noop.fsx");
    chains(b, "processing", "processing.fsx");
    chains(b, "noop_js", "noop.js");
    throughput(b, "no_plugins", 0);
    throughput(b, "single_plugin", 1);
    throughput(b, "five_plugins", 5);
    growth(b);
    realistic(b);
    prefilter(b);
    rf_plugin_folder_leave(&b->at);
    rf_plugin_shared_done(&b->cached);
    rf_plugin_shared_done(&b->shared);
    rf_free(b);
    return 0;
}
