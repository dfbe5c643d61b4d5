/* terminal_output_fuzz.c: any bytes as what a program writes: cut into tokens, through a chain, onto a screen, drawn into a second one. */
#include "terminal_sink.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "terminal/view.h"

enum { COLUMNS = 20, ROWS = 5 };

/* ---- Tokens ---- */

/* All tokens together are the input, up to what waits for more, however it is cut. */
static void cut_all(rf_slice bytes, size_t piece) {
    rf_escape escape = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer all = { 0 };
    for (size_t at = 0; at < bytes.len; at += piece) {
        rf_slice left = { bytes.data + at, bytes.len - at < piece ? bytes.len - at : piece };
        rf_escape_token token;
        while (rf_escape_next(&escape, &left, &token)) {
            fuzz_claim(token.raw.len > 0 && token.text.len <= token.raw.len && token.param_count <= RF_ESCAPE_PARAMS_MAX);
            rf_buffer_slice(&all, token.raw);
        }
        fuzz_claim(left.len == 0);
    }
    if (!all.failed && !escape.pending.failed) {
        fuzz_claim(all.len + rf_escape_waiting(&escape) <= bytes.len);
        fuzz_claim(all.len == 0 || memcmp(all.data, bytes.data, all.len) == 0);
    }
    rf_escape_done(&escape);
}

/* ---- The whole way ---- */

static void check_cursor(const rf_screen *screen) {
    int column, row, columns, rows;
    rf_screen_cursor(screen, &column, &row);
    rf_screen_size(screen, &columns, &rows);
    fuzz_claim(column >= 0 && column < columns && row >= 0 && row < rows);
}

/* The second screen shows what the first one has. */
static void check_same(const rf_screen *a, const rf_screen *b) {
    RF_CLEANUP(rf_buffer_done) rf_buffer one = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer two = { 0 };
    int columns, rows;
    rf_screen_size(a, &columns, &rows);
    for (int row = 0; row < rows; row++) {
        rf_buffer_clear(&one);
        rf_buffer_clear(&two);
        bool there = rf_screen_styled(a, row, &one) && rf_screen_styled(b, row, &two);
        fuzz_claim(there || one.failed || two.failed);
        if (!one.failed && !two.failed)
            fuzz_claim(rf_slice_eq(rf_buffer_view(&one), rf_buffer_view(&two)));
    }
}

typedef struct bench {
    rf_plugin_host plugins;
    rf_chain *chain;
    rf_output *output;
    fuzz_sink sink;
    rf_screen *terminal;
    rf_view *view;
    rf_buffer drawn;
} bench;

static void bench_done(bench *b) {
    rf_view_free(b->view);
    rf_output_free(b->output);
    rf_chain_free(b->chain);
    fuzz_sink_done(&b->sink);
    rf_screen_free(b->terminal);
    rf_buffer_done(&b->drawn);
}

static bool bench_start(bench *b) {
    const rf_screen_options options = { .columns = COLUMNS, .rows = ROWS, .scrollback_lines = 30, .scrollback_bytes = 1 << 16 };
    const rf_screen_options seen = { .columns = COLUMNS, .rows = ROWS };
    const rf_output_sink sink = fuzz_sink_of(&b->sink);
    b->plugins.kind = "terminal";
    bool good = !rf_screen_new(&options, &b->sink.screen, NULL) && !rf_screen_new(&seen, &b->terminal, NULL) && !rf_view_new(COLUMNS, ROWS, &b->view, NULL) &&
                !rf_chain_new(&(rf_chain_options){ .host = &b->plugins, .quota = RF_PLUGIN_QUOTA_DEFAULT }, &b->chain, NULL) &&
                !rf_output_new(b->chain, &sink, COLUMNS, &b->output, NULL);
    return good;
}

static void resize(bench *b, uint8_t how) {
    int columns = 1 + how % 37, rows = 1 + how % 7;
    rf_output_resize(b->output, columns);
    rf_screen_resize(b->sink.screen, columns, rows);
    rf_screen_resize(b->terminal, columns, rows);
    if (!rf_view_resize(b->view, columns, rows))
        rf_view_forget(b->view);
}

/* False: memory ran out, and the two need not be the same from now on. */
static bool draw(bench *b) {
    int columns, rows, seen_columns, seen_rows;
    rf_buffer_clear(&b->drawn);
    rf_view_draw(b->view, b->sink.screen, NULL, 0, &b->drawn);
    rf_screen_size(b->sink.screen, &columns, &rows);
    rf_screen_size(b->terminal, &seen_columns, &seen_rows);
    if (b->drawn.failed || columns != seen_columns || rows != seen_rows)
        return false;
    rf_screen_write(b->terminal, rf_buffer_view(&b->drawn));
    return true;
}

/* Each piece's first byte says how long it is, and what happens behind it. */
static void feed(bench *b, const uint8_t *data, size_t size, bool *ret_good) {
    for (size_t at = 0; at < size;) {
        uint8_t how = data[at++];
        size_t len = 1 + how % 61u;
        len = len < size - at ? len : size - at;
        rf_output_feed(b->output, (rf_slice){ (const char *)data + at, len }, how & 1);
        at += len;
        check_cursor(b->sink.screen);
        if (how % 8 == 7)
            resize(b, how ^ (uint8_t)at);
        if (how % 4 == 2)
            *ret_good &= draw(b);
    }
    rf_output_idle(b->output);
}

/* Without plugins everything comes out as it went in, but for what waits for its end. */
static void check_written(const bench *b, const uint8_t *data, size_t size) {
    RF_CLEANUP(rf_buffer_done) rf_buffer all = { 0 };
    for (size_t at = 0; at < size;) {
        size_t len = 1 + data[at++] % 61u;
        len = len < size - at ? len : size - at;
        rf_buffer_append(&all, (const char *)data + at, len);
        at += len;
    }
    if (all.failed || b->sink.written.failed)
        return;
    fuzz_claim(b->sink.written.len <= all.len);
    fuzz_claim(b->sink.written.len == 0 || memcmp(b->sink.written.data, all.data, b->sink.written.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_slice bytes = { size ? (const char *)data : "", size };
    cut_all(bytes, size + 1);
    cut_all(bytes, 1);
    cut_all(bytes, 7);
    RF_CLEANUP(bench_done) bench b = { 0 };
    bool good = bench_start(&b);
    if (!good)
        return 0;
    feed(&b, data, size, &good);
    check_written(&b, data, size);
    if (draw(&b) && good && !rf_alloc_has_failed())
        check_same(b.sink.screen, b.terminal);
    int64_t up = rf_view_scroll(b.view, b.sink.screen, 1 << 20);
    fuzz_claim(up >= 0 && (uint64_t)up <= rf_screen_scrollback(b.sink.screen));
    (void)draw(&b);
    return 0;
}
