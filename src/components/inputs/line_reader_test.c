/* line_reader_test.c: cutting lines out of what read(2) gives. */
#include "components/inputs/line_reader.h"

#include "base/slice.h"
#include "harness.h"

#include <string.h>
#include <unistd.h>

/* A pipe with a reader at its end. */
typedef struct piped {
    int ends[2];
    rf_line_reader reader;
} piped;

static void piped_done(piped *p) {
    rf_line_reader_done(&p->reader);
    if (p->ends[0] > 0)
        (void)close(p->ends[0]);
    if (p->ends[1] > 0)
        (void)close(p->ends[1]);
}

static bool piped_init(piped *p, rf_slice delimiter, size_t max) {
    rf_line_reader_init(&p->reader, delimiter, max);
    return pipe(p->ends) == 0;
}

static bool put(piped *p, const char *text) {
    return write(p->ends[1], text, strlen(text)) == (ssize_t)strlen(text);
}

static void put_end(piped *p) {
    (void)close(p->ends[1]);
    p->ends[1] = 0;
}

/* The next line, filling when need be: "!" too long, "$" the end. */
static rf_slice next(piped *p) {
    rf_slice line = { 0 };
    for (;;) {
        rf_line_next got = rf_line_reader_next(&p->reader, &line);
        if (got == RF_LINE)
            return line;
        if (got != RF_LINE_NONE)
            return got == RF_LINE_END ? RF_SLICE("$") : RF_SLICE("!");
        if (rf_line_reader_fill(&p->reader, p->ends[0], NULL))
            return RF_SLICE("error");
    }
}

RF_TEST(lines_end_with_a_line_feed_and_maybe_a_carriage_return) {
    RF_CLEANUP(piped_done) piped p = { 0 };
    rf_check(piped_init(&p, RF_SLICE("\n"), 100));
    rf_check(put(&p, "a\r\n\nb\rc\n\r\nlast"));
    put_end(&p);
    rf_check_text(next(&p), RF_SLICE("a"));
    rf_check_text(next(&p), RF_SLICE(""));
    rf_check_text(next(&p), RF_SLICE("b\rc"));
    rf_check_text(next(&p), RF_SLICE(""));
    rf_check_text(next(&p), RF_SLICE("last"));
    rf_check_text(next(&p), RF_SLICE("$"));
    rf_check(p.reader.line == 5);
}

RF_TEST(a_line_cut_by_reads_is_put_together) {
    RF_CLEANUP(piped_done) piped p = { 0 };
    rf_slice line;
    rf_check(piped_init(&p, RF_SLICE("--"), 100));
    rf_check(put(&p, "on"));
    rf_check(!rf_line_reader_fill(&p.reader, p.ends[0], NULL));
    rf_check(rf_line_reader_next(&p.reader, &line) == RF_LINE_NONE);
    rf_check(put(&p, "e-"));
    rf_check(!rf_line_reader_fill(&p.reader, p.ends[0], NULL));
    rf_check(rf_line_reader_next(&p.reader, &line) == RF_LINE_NONE);
    rf_check(put(&p, "-two--three-"));
    put_end(&p);
    rf_check_text(next(&p), RF_SLICE("one"));
    rf_check_text(next(&p), RF_SLICE("two"));
    rf_check_text(next(&p), RF_SLICE("three-"));
    rf_check_text(next(&p), RF_SLICE("$"));
}

RF_TEST(a_line_that_is_too_long_is_passed_over_once) {
    RF_CLEANUP(piped_done) piped p = { 0 };
    rf_check(piped_init(&p, RF_SLICE("\n"), 4));
    rf_check(put(&p, "1234\n12345\n1234\r\nx"));
    rf_check_text(next(&p), RF_SLICE("1234"));
    rf_check_text(next(&p), RF_SLICE("!"));
    rf_check_text(next(&p), RF_SLICE("1234"));
    rf_check(put(&p, "xxxxxx"));
    rf_check_text(next(&p), RF_SLICE("!"));
    rf_check(put(&p, "xxxxxxxxxxxx"));
    rf_check(!rf_line_reader_fill(&p.reader, p.ends[0], NULL));
    rf_check(put(&p, "xx\naft\nyyyyyyyyy"));
    rf_check_text(next(&p), RF_SLICE("aft"));
    rf_check_text(next(&p), RF_SLICE("!"));
    put_end(&p);
    rf_check_text(next(&p), RF_SLICE("$"));
    rf_check(p.reader.line == 6);
}

RF_TEST(a_long_line_grows_the_memory_and_gives_it_back) {
    RF_CLEANUP(piped_done) piped p = { 0 };
    char block[4096];
    size_t total = 0;
    rf_slice line = { 0 };
    memset(block, 'z', sizeof block);
    rf_check(piped_init(&p, RF_SLICE("\n"), 10 << 20));
    while (total < 3u << 20) {
        for (int i = 0; i < 16; i++)
            rf_check(write(p.ends[1], block, sizeof block) == (ssize_t)sizeof block);
        total += 16 * sizeof block;
        rf_check(!rf_line_reader_fill(&p.reader, p.ends[0], NULL));
        rf_check(rf_line_reader_next(&p.reader, &line) == RF_LINE_NONE);
    }
    rf_check(put(&p, "\nshort\n"));
    rf_check(next(&p).len == total);
    rf_check_text(next(&p), RF_SLICE("short"));
    put_end(&p);
    rf_check_text(next(&p), RF_SLICE("$"));
    rf_check(p.reader.cap <= 4 * RF_LINE_BLOCK_BYTES);
}

RF_TEST(a_descriptor_that_cannot_be_read_is_an_error) {
    rf_line_reader reader;
    rf_error error = { 0 };
    rf_line_reader_init(&reader, RF_SLICE("\n"), 10);
    rf_code code = rf_line_reader_fill(&reader, -1, &error);
    rf_line_reader_done(&reader);
    rf_check(code == RF_EIO);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("Bad file descriptor"));
}

RF_TEST(what_another_reader_left_comes_before_what_is_read) {
    static char left[150000];
    RF_CLEANUP(piped_done) piped p = { 0 };
    rf_check(piped_init(&p, RF_SLICE("\n"), sizeof left));
    memset(left, 'x', sizeof left);
    memcpy(left, "a\nb\n", 4); /* more than a block behind it, without an end */
    rf_check(rf_line_reader_put(&p.reader, (rf_slice){ left, sizeof left }, NULL) == RF_OK);
    rf_check(put(&p, "y\nlast"));
    put_end(&p);
    rf_check_text(next(&p), RF_SLICE("a"));
    rf_check_text(next(&p), RF_SLICE("b"));
    rf_slice joined = next(&p);
    rf_check(joined.len == sizeof left - 4 + 1 && joined.data[joined.len - 1] == 'y' && joined.data[0] == 'x');
    rf_check_text(next(&p), RF_SLICE("last"));
}
