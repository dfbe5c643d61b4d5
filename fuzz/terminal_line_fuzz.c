/* terminal_line_fuzz.c: any bytes as what a program writes, through a plugin that looks at each line: what it masks is never written out. */
#include "terminal_sink.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char script[] = "// @name: mask\n// @eager: true\n\nlet on_output line =\n    if line = \"drop\" then Drop\n"
                             "    elif String.contains \"key\" line then Modify (String.replace \"key\" \"***\" line)\n    else Continue\n";

typedef struct bench {
    char dir[64], path[80];
    rf_plugin_shared shared;
    rf_plugin_host host;
    rf_plugin *plugin;
    rf_chain *chain;
    rf_output *output;
    fuzz_sink sink;
} bench;

static void bench_done(bench *b) {
    rf_output_free(b->output);
    rf_chain_free(b->chain);
    rf_plugin_unref(b->plugin);
    rf_plugin_shared_done(&b->shared);
    fuzz_sink_done(&b->sink);
    (void)unlink(b->path); /* never made: fine */
    (void)rmdir(b->dir);
}

/* Loaded anew for each input, so that nothing is left of the last. */
static bool write_script(bench *b) {
    (void)snprintf(b->dir, sizeof b->dir, "/tmp/riffle-fuzz-%d", (int)getpid());
    (void)snprintf(b->path, sizeof b->path, "%s/mask.fsx", b->dir);
    (void)mkdir(b->dir, 0700); /* what is wrong shows when the file is opened */
    int fd = open(b->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, script, sizeof script - 1) == (ssize_t)sizeof script - 1;
    if (fd >= 0)
        (void)close(fd);
    return good;
}

static bool bench_start(bench *b) {
    const rf_screen_options screen = { .columns = 20, .rows = 5, .scrollback_lines = 30, .scrollback_bytes = 1 << 16 };
    const rf_output_sink sink = fuzz_sink_of(&b->sink);
    b->host.kind = "terminal";
    const rf_plugin_file file = { .path = b->path, .stem = RF_SLICE("mask") };
    return write_script(b) && !rf_plugin_shared_init(&b->shared, NULL, NULL) && !rf_screen_new(&screen, &b->sink.screen, NULL) &&
           !rf_plugin_load(&file, &(rf_plugin_load_options){ .shared = &b->shared }, &b->plugin, NULL) &&
           !rf_chain_new(&(rf_chain_options){ .host = &b->host, .quota = RF_PLUGIN_QUOTA_DEFAULT }, &b->chain, NULL) &&
           !rf_chain_add(b->chain, b->plugin, NULL) && !rf_output_new(b->chain, &sink, 20, &b->output, NULL);
}

/* Each piece's first byte says how long it is, and what happens behind it. */
static void feed(bench *b, const uint8_t *data, size_t size) {
    for (size_t at = 0; at < size;) {
        uint8_t how = data[at++];
        size_t len = 1 + how % 61u;
        len = len < size - at ? len : size - at;
        rf_output_feed(b->output, (rf_slice){ (const char *)data + at, len }, how & 1);
        at += len;
        if (how % 8 == 7) {
            int columns = 1 + how % 37;
            rf_output_resize(b->output, columns);
            rf_screen_resize(b->sink.screen, columns, 1 + how % 7);
        }
        if (how % 4 == 2)
            rf_output_idle(b->output);
    }
    rf_output_idle(b->output);
}

/* Which plugin failed, or had no memory, let its line go as it came. */
static bool ran_well(bench *b) {
    rf_plugin_status status;
    return !rf_alloc_has_failed() && !b->sink.written.failed && rf_chain_status(b->chain, 0, &status) && status.state == RF_PLUGIN_RUNNING && status.last_error.code == RF_OK;
}

static void check_masked(rf_slice left) {
    rf_escape escape = { 0 };
    rf_escape_token token;
    while (rf_escape_next(&escape, &left, &token))
        fuzz_claim(token.kind != RF_ESCAPE_TEXT || !memmem(token.raw.data, token.raw.len, "key", 3));
    rf_escape_done(&escape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    if (!bench_start(&b)) {
        fuzz_claim(rf_alloc_has_failed());
        return 0;
    }
    feed(&b, data, size);
    if (ran_well(&b))
        check_masked(rf_buffer_view(&b.sink.written));
    return 0;
}
