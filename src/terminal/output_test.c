/* output_test.c: lines through plugins and onto a small screen: whole, in pieces, coloured, changed, dropped, and with secrets in them. */
#include "terminal/output.h"

#include "plugin/chain_fixture.h"

/* ---- A screen of a few rows, enough to see what is written over ---- */

enum { ROWS = 6, COLUMNS = 20 };

typedef struct little_screen {
    char cells[ROWS][COLUMNS];
    int row, column;
    bool behind; /* the last column is full, and the cursor still on it */
    uint64_t scrolled;
    rf_escape escape;
} little_screen;

static void line_feed(little_screen *s) {
    if (s->row < ROWS - 1) {
        s->row++;
        return;
    }
    memmove(s->cells[0], s->cells[1], sizeof s->cells - COLUMNS);
    memset(s->cells[ROWS - 1], ' ', COLUMNS);
    s->scrolled++;
}

static void draw_byte(little_screen *s, char byte) {
    if (s->behind) {
        s->column = 0;
        line_feed(s);
    }
    s->cells[s->row][s->column] = byte;
    s->behind = s->column == COLUMNS - 1;
    s->column += !s->behind;
}

static void draw_csi(little_screen *s, const rf_escape_token *token) {
    int column = s->column, end = token->final == 'X' ? column + (int)rf_escape_param(token, 0, 1) : COLUMNS;
    if (token->final == 'H') {
        s->row = (int)rf_escape_param(token, 0, 1) - 1;
        s->column = (int)rf_escape_param(token, 1, 1) - 1;
        s->behind = false;
    } else if (token->final == 'K' || token->final == 'X') {
        memset(&s->cells[s->row][column], ' ', (size_t)((end < COLUMNS ? end : COLUMNS) - column));
        s->behind = false;
    }
}

static void draw(little_screen *s, rf_slice bytes) {
    rf_escape_token token;
    while (rf_escape_next(&s->escape, &bytes, &token)) {
        for (size_t i = 0; token.kind == RF_ESCAPE_TEXT && i < token.raw.len; i++)
            draw_byte(s, token.raw.data[i]);
        if (token.kind == RF_ESCAPE_CSI)
            draw_csi(s, &token);
        if (token.kind != RF_ESCAPE_CONTROL)
            continue;
        s->column = token.final == '\r' ? 0 : s->column;
        s->behind = false;
        if (token.final == '\n')
            line_feed(s);
    }
}

/* ---- The bench: an output into that screen, and everything that was written ---- */

typedef struct bench {
    chain_bench plugins;
    rf_output *output;
    little_screen screen;
    rf_buffer written, osc;
    uint32_t writes;
    rf_buffer text; /* of a row */
} bench;

static void bench_done(bench *b) {
    rf_output_free(b->output);
    rf_escape_done(&b->screen.escape);
    rf_buffer_done(&b->written);
    rf_buffer_done(&b->osc);
    rf_buffer_done(&b->text);
    chain_bench_done(&b->plugins);
}
#define BENCH(name) RF_CLEANUP(bench_done) bench name = { 0 }

static void on_write(void *user, rf_slice bytes) {
    bench *b = user;
    b->writes++;
    rf_buffer_slice(&b->written, bytes);
    draw(&b->screen, bytes);
}

static void on_osc(void *user, const rf_escape_token *token) {
    bench *b = user;
    rf_buffer_printf(&b->osc, "%.*s after %zu\n", RF_SLICE_ARG(token->text), b->written.len);
}

static void on_where(void *user, int *ret_row, int *ret_column, uint64_t *ret_scrolled) {
    const bench *b = user;
    *ret_row = b->screen.row;
    *ret_column = b->screen.column;
    *ret_scrolled = b->screen.scrolled;
}

static bool start(bench *b) {
    memset(b->screen.cells, ' ', sizeof b->screen.cells);
    rf_output_sink sink = { b, on_write, on_osc, on_where };
    return chain_bench_start(&b->plugins) && !rf_output_new(b->plugins.chain, &sink, COLUMNS, &b->output, &b->plugins.error);
}

static bool start_with(bench *b, const char *file, const char *script) { return start(b) && chain_bench_add(&b->plugins, file, script); }

static void say(bench *b, const char *text, bool more) { rf_output_feed(b->output, rf_slice_of(text), more); }

/* What was written since the last call. */
static rf_slice written(bench *b) {
    rf_output_flush(b->output);
    rf_buffer_clear(&b->text);
    rf_buffer_slice(&b->text, rf_buffer_view(&b->written));
    rf_buffer_clear(&b->written);
    return rf_buffer_view(&b->text);
}

static rf_slice row(bench *b, int at) {
    size_t len = COLUMNS;
    while (len && b->screen.cells[at][len - 1] == ' ')
        len--;
    return (rf_slice){ b->screen.cells[at], len };
}

#define SHOWS(script_file, script, given, expected)                         \
    do {                                                                    \
        BENCH(b);                                                           \
        rf_check(start_with(&b, script_file, script));                      \
        say(&b, given, false);                                              \
        rf_check_text(written(&b), rf_slice_of(expected));                  \
    } while (0)

#define SEEN "function on_output(line) { return '<' + line + '>'; }\n"
#define UPPER "function on_output(line) { return line.replace(/bad/g, 'GOOD'); }\n"
#define DROP_F "let on_output line = if String.contains \"bad\" line then Drop else Continue\n"
/* Masks what stands between KEY- and a blank. */
#define MASK "// @eager: true\nfunction on_output(line) { return line.replace(/KEY-([^ ]*)/g, (all, s) => 'KEY-' + '*'.repeat(s.length)); }\n"

RF_TEST(without_plugins_chunks_go_on_as_they_are) {
    BENCH(b);
    rf_check(start(&b));
    say(&b, "a\nb\tc", false);
    rf_check(b.writes == 1);
    rf_check_text(written(&b), RF_SLICE("a\nb\tc"));
    say(&b, "d\xe2\x82", true);
    rf_check_text(written(&b), RF_SLICE("d"));
    say(&b, "\xac\x1b[1", true);
    rf_check_text(written(&b), RF_SLICE("\xe2\x82\xac"));
    say(&b, "mx\x1b]0;t\x07y\x1b]8;;u\x07", true);
    rf_check_text(written(&b), RF_SLICE("\x1b[1mx\x1b]0;t\x07y\x1b]8;;u\x07"));
    rf_check_text(rf_buffer_view(&b.osc), RF_SLICE("0;t after 11\n"));
    rf_check(!rf_output_waits(b.output));
}

RF_TEST(complete_lines_are_given_without_end_and_sequences) {
    SHOWS("a.js", SEEN, "one\r\ntwo\n\nthree\r\n", "<one>\r\n<two>\n<>\n<three>\r\n");
    SHOWS("a.js", SEEN, "\x1b[31mred\x1b[m plain\r\n", "\x1b[31m\x1b[m<red plain>\r\n");
    SHOWS("a.js", SEEN, "a\tb\x07\x1b(B\x0f\r\n", "<a\tb>\x07\x1b(B\x0f\r\n");
    SHOWS("a.js", SEEN, "\x1b[01;31m\x1b[Kab\x1b[m\x1b[Kc\r\n", "\x1b[01;31m\x1b[K\x1b[m\x1b[K<abc>\r\n");
}

RF_TEST(boundaries_end_lines) {
    SHOWS("a.js", SEEN, "\x1b[2J\x1b[3;4Hab\x1b[5;1Hcd\x1b[?1049h", "\x1b[2J\x1b[3;4H<ab>\x1b[5;1H<cd>\x1b[?1049h");
    SHOWS("a.js", SEEN, "10%\r20%\rx", "<10%>\r<20%>\rx");
    SHOWS("a.js", SEEN, "ab\x1b[?25lcd\x1b[?6h", "\x1b[?25l<abcd>\x1b[?6h");
    SHOWS("a.js", SEEN, "a\bb\x1b" "7c\x1bPq\x1b\\", "<a>\b<b>\x1b" "7<c>\x1bPq\x1b\\");
}

RF_TEST(what_no_plugin_changed_goes_on_byte_for_byte) {
    const char *text = "\x1b[1mab\x1b[0m\tc\r\nplain\r\n\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\r\n\xff\xfe\x1b[3;3Hq\x1b[K\r\n";
    SHOWS("a.js", "function on_output(line) {}\n", text, text);
    SHOWS("a.fsx", "let on_output line = Continue\n", text, text);
}

RF_TEST(colours_around_the_changed_part_stay) {
    SHOWS("a.js", UPPER, "\x1b[31ma \x1b[1mbad\x1b[0m z\x1b[m\r\n", "\x1b[31ma \x1b[1mGOOD\x1b[0m z\x1b[m\r\n");
    SHOWS("a.js", UPPER, "a b\x1b[1ma\x1b[2md z\r\n", "a \x1b[1m\x1b[2mGOOD z\r\n");
    SHOWS("a.js", UPPER, "\xc3\xa9 bad\xc3\xa8\n", "\xc3\xa9 GOOD\xc3\xa8\n");
    SHOWS("a.js", "function on_output(l) { return l.replace('\xc3\xa9', '\xc3\xa8'); }\n", "a\xc3\xa9\x1b[mb\n", "a\xc3\xa8\x1b[mb\n");
}

RF_TEST(a_plugins_own_sequences_stay_whole) {
    SHOWS("a.js", "function on_output(l) { return l.replace('bm', 'b\\x1b[1m'); }\n", "ab\x1b[2mm\r\n", "ab\x1b[2m\x1b[1m\r\n");
    SHOWS("a.js", "function on_output(l) { return l.replace('bad', '\\x1b[31mbad\\x1b[0m'); }\n", "a bad z\r\n", "a \x1b[31mbad\x1b[0m z\r\n");
    SHOWS("a.js", "function on_output(l) { return l + '\\nmore\\r\\nand more'; }\n", "a\r\n\x1b[mb\r\n",
          "a\r\nmore\r\nand more\r\n\x1b[mb\r\nmore\r\nand more\r\n");
}

RF_TEST(a_dropped_line_loses_its_end_and_keeps_what_it_switches) {
    SHOWS("a.fsx", DROP_F, "a\r\nbad\r\nb\r\n", "a\r\nb\r\n");
    SHOWS("a.fsx", DROP_F, "a\r\n\x1b[31mbad\x07\x1b[?25l\x1b[K\r\nb\r\n", "a\r\n\x1b[31m\x1b[?25lb\r\n");
    SHOWS("a.fsx", DROP_F, "\x1b[Hbad\x1b[2;1Hb\r\n", "\x1b[H\x1b[2;1Hb\r\n");
}

RF_TEST(what_goes_on_is_gathered_while_more_is_at_hand) {
    BENCH(b);
    rf_check(start_with(&b, "a.fsx", DROP_F));
    say(&b, "a\r\nbad\r\n", true);
    say(&b, "b\r\nc", true);
    rf_check(b.writes == 0 || rf_test_torture());
    say(&b, "d\r\n", false);
    rf_check(b.writes == 1 || rf_test_torture());
    rf_check_text(written(&b), RF_SLICE("a\r\nb\r\ncd\r\n"));
}

RF_TEST(a_line_end_cut_in_two_is_one) {
    BENCH(b);
    rf_check(start_with(&b, "a.fsx", DROP_F));
    say(&b, "a\r", false);
    say(&b, "\nbad\r", false);
    say(&b, "\nb\r", true);
    rf_check(rf_output_waits(b.output));
    say(&b, "\n", true);
    rf_check(!rf_output_waits(b.output));
    rf_check_text(written(&b), RF_SLICE("a\r\n\rb\r\n"));
}

RF_TEST(an_osc_is_told_after_it_was_written) {
    BENCH(b);
    rf_check(start_with(&b, "a.js", SEEN));
    say(&b, "$ \x1b]133;B\x07ls\x1b]8;;u\x07x\r\n", false);
    rf_check_text(written(&b), RF_SLICE("<$ >\x1b]133;B\x07\x1b]8;;u\x07<lsx>\r\n"));
    rf_check_text(rf_buffer_view(&b.osc), RF_SLICE("133;B after 12\n"));
}

RF_TEST(a_beginning_waits_for_more_and_is_shown_when_none_comes) {
    BENCH(b);
    rf_check(start_with(&b, "a.js", "function on_output(l) {}\n"));
    say(&b, "$ ", true);
    rf_check(rf_output_waits(b.output) && written(&b).len == 0);
    rf_output_idle(b.output);
    rf_check(!rf_output_waits(b.output));
    rf_check_text(written(&b), RF_SLICE("$ "));
    say(&b, "l", false);
    rf_check_text(written(&b), RF_SLICE("l"));
    say(&b, "s\r\n", false);
    rf_check_text(written(&b), RF_SLICE("s\r\n"));
}

RF_TEST(a_shown_beginning_that_turns_out_otherwise_is_written_over) {
    BENCH(b);
    rf_check(start_with(&b, "a.js", UPPER));
    say(&b, "top\r\n\x1b[32mx ba", false);
    rf_check_text(row(&b, 1), RF_SLICE("x ba"));
    (void)written(&b);
    say(&b, "d \x1b[mand more\r\nnext", false);
    rf_check_text(row(&b, 1), RF_SLICE("x GOOD and more"));
    rf_check_text(row(&b, 2), RF_SLICE("next"));
    rf_check_text(written(&b), RF_SLICE("\x1b[m\x1b[2;1H\x1b[4X\x1b[2;1H\x1b[m\x1b[32mx GOOD \x1b[mand more\r\nnext"));
}

RF_TEST(a_shown_beginning_over_several_rows_leaves_nothing_behind) {
    BENCH(b);
    rf_check(start_with(&b, "a.js", "function on_output(l) { return l.startsWith('1') ? 'short' : undefined; }\n"));
    say(&b, "a\r\nb\r\nc\r\nd\r\n1234567890123456789012345678901234567890", false);
    rf_check_text(row(&b, 4), RF_SLICE("12345678901234567890"));
    say(&b, "!", false); /* scrolls */
    rf_check_text(row(&b, 5), RF_SLICE("!"));
    say(&b, "\r\n", false);
    rf_check_text(row(&b, 2), RF_SLICE("d"));
    rf_check_text(row(&b, 3), RF_SLICE("short"));
    rf_check(row(&b, 4).len == 0 && row(&b, 5).len == 0);
}

RF_TEST(a_shown_line_that_is_dropped_goes_away) {
    BENCH(b);
    rf_check(start_with(&b, "a.fsx", DROP_F));
    say(&b, "top\r\nba", false);
    say(&b, "d\r\n", false);
    say(&b, "x", false);
    rf_check_text(row(&b, 1), RF_SLICE("x"));
    rf_check(row(&b, 2).len == 0);
}

RF_TEST(a_beginning_that_has_scrolled_away_is_only_continued) {
    BENCH(b);
    rf_check(start_with(&b, "a.js", "function on_output(l) { return l.replace(/y+/, 'Y').replace('x', 'X'); }\n"));
    say(&b, "x", false);
    for (int i = 0; i < ROWS; i++)
        say(&b, "12345678901234567890", false);
    rf_check(b.screen.scrolled > 0);
    (void)written(&b);
    say(&b, "!\r\n", false);
    rf_check_text(written(&b), RF_SLICE("!\r\n"));
}

RF_TEST(bells_ring_once) {
    BENCH(b);
    rf_check(start_with(&b, "a.js", UPPER));
    say(&b, "\x07" "ba", false);
    say(&b, "d\x07\r\n", false);
    uint32_t bells = 0;
    for (size_t i = 0; i < b.written.len; i++)
        bells += b.written.data[i] == 0x07;
    rf_check(b.written.failed || bells == 2);
}

RF_TEST(a_line_without_end_is_parted) {
    BENCH(b);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_check(start_with(&b, "a.js", "function on_output(l) { return '<' + l.length; }\n"));
    for (int i = 0; i < 70000 && !text.failed; i++)
        rf_buffer_char(&text, (char)('a' + i % 7));
    rf_buffer_text(&text, "\n");
    rf_check(!text.failed);
    rf_output_feed(b.output, rf_buffer_view(&text), false);
    rf_check_text(written(&b), RF_SLICE("<65536<4464\n"));
}

RF_TEST(a_line_of_bytes_that_are_no_characters_is_parted_too) {
    BENCH(b);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_check(start_with(&b, "a.js", "function on_output(l) {}\n"));
    for (int i = 0; i < 70000 && !text.failed; i++)
        rf_buffer_char(&text, '\x80');
    rf_buffer_text(&text, "\n");
    rf_check(!text.failed);
    rf_output_feed(b.output, rf_buffer_view(&text), false);
    rf_check(b.written.failed || rf_slice_eq(rf_buffer_view(&b.written), rf_buffer_view(&text)));
}

RF_TEST(raw_output_is_seen_first_and_may_be_dropped) {
    BENCH(b);
    rf_check(start_with(&b, "a.js", "function on_raw_output(b) { return b === 'no' ? false : b.replace('x', 'y'); }\n" SEEN));
    say(&b, "x\n", false);
    rf_check_text(written(&b), RF_SLICE("<y>\n"));
}

RF_TEST(eager_plugins_see_a_beginning_each_time_it_grows) {
    BENCH(b);
    rf_check(start_with(&b, "mask.js", MASK));
    static const char *const parts[] = { "top\r\n", "a KE", "Y", "-", "s", "ec", "\x1b[1m", "r", "\x1b[0me", "t", " end", "\r\nnext" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        say(&b, parts[i], false);
    rf_check_text(row(&b, 1), RF_SLICE("a KEY-****** end"));
    rf_check_text(row(&b, 2), RF_SLICE("next"));
    rf_check(b.written.failed || !memmem(b.written.data, b.written.len, "sec", 3));
}

RF_TEST(what_shows_a_beginning_in_one_go_needs_no_writing_over) {
    BENCH(b);
    rf_check(start_with(&b, "mask.js", MASK));
    for (const char *at = "KEY-secret x\r\n"; *at; at++)
        rf_output_feed(b.output, (rf_slice){ at, 1 }, false);
    rf_check_text(written(&b), RF_SLICE("KEY-****** x\r\n"));
}

static uint32_t draw_number(uint64_t *seed) {
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* Lines in which secrets of these letters stand, and no other such letters, with colours anywhere. */
static void fill(rf_buffer *out, uint64_t *seed) {
    static const char *const pieces[] = { "abc", " ", "KEY-", "KE", "\r\n", "\r", "\t", "\x1b[2;3H", "\x1b]0;t\x07", "\xc3\xa9", "\n", "x\b" };
    static const char *const colours[] = { "\x1b[31m", "\x1b[m", "\x1b[38;5;9m", "\x1b(B", "\x1b[K", "\x1b]8;;u\x1b\\", "\x1b[?25l", "\x1b[0;1m" };
    for (int i = 0; i < 20; i++) {
        const char *piece = pieces[draw_number(seed) % (sizeof pieces / sizeof *pieces)];
        bool key = strcmp(piece, "KEY-") == 0;
        char secret[16];
        (void)snprintf(secret, sizeof secret, "%s%s", piece, key ? &"QZQZQZQZ"[draw_number(seed) % 8] : "");
        for (const char *at = secret; *at; at++) {
            bool control = piece[0] == 0x1b || (unsigned char)piece[0] >= 0x80;
            if (!control && draw_number(seed) % 4 == 0)
                rf_buffer_text(out, colours[draw_number(seed) % (sizeof colours / sizeof *colours)]);
            rf_buffer_char(out, *at);
        }
    }
    rf_buffer_text(out, "\r\n");
}

RF_TEST(no_secret_is_ever_written_however_it_comes) {
    BENCH(b);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    uint64_t seed = 11;
    rf_check(start_with(&b, "mask.js", MASK));
    for (int round = 0; round < (rf_test_torture() ? 2 : 300); round++) {
        rf_buffer_clear(&text);
        fill(&text, &seed);
        rf_check(!text.failed);
        for (size_t at = 0; at < text.len;) {
            size_t step = 1 + draw_number(&seed) % (round % 3 ? 9 : 1);
            step = step < text.len - at ? step : text.len - at;
            rf_output_feed(b.output, (rf_slice){ text.data + at, step }, draw_number(&seed) % 3 == 0);
            if (draw_number(&seed) % 4 == 0)
                rf_output_idle(b.output);
            at += step;
        }
        bool leaked = b.written.len && (memchr(b.written.data, 'Q', b.written.len) || memchr(b.written.data, 'Z', b.written.len));
        if (leaked && !rf_test_torture())
            printf("round %d: %.*s\n", round, RF_SLICE_ARG(rf_buffer_view(&text)));
        rf_check(!leaked || rf_test_torture()); /* without memory bytes go on as they came */
        rf_buffer_clear(&b.written);
    }
}

RF_TEST(however_it_comes_the_screen_ends_up_the_same) {
    uint64_t seed = 5;
    for (int round = 0; round < (rf_test_torture() ? 1 : 60); round++) {
        BENCH(whole);
        BENCH(pieces);
        RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
        rf_check(start_with(&whole, "mask.js", MASK) && start_with(&pieces, "mask.js", MASK));
        for (int i = 0; i < 3; i++)
            fill(&text, &seed);
        rf_check(!text.failed);
        rf_output_feed(whole.output, rf_buffer_view(&text), false);
        for (size_t at = 0; at < text.len;) {
            size_t step = 1 + draw_number(&seed) % 9;
            step = step < text.len - at ? step : text.len - at;
            rf_output_feed(pieces.output, (rf_slice){ text.data + at, step }, false);
            at += step;
        }
        bool same = memcmp(whole.screen.cells, pieces.screen.cells, sizeof whole.screen.cells) == 0;
        if (!same && !rf_test_torture())
            printf("round %d: %.*s\n[%.*s]\n[%.*s]\n", round, RF_SLICE_ARG(rf_buffer_view(&text)),
                   (int)sizeof whole.screen.cells, whole.screen.cells[0], (int)sizeof whole.screen.cells, pieces.screen.cells[0]);
        rf_check(same || rf_test_torture());
    }
}

RF_TEST(random_bytes_go_through_a_plugin_that_changes_nothing) {
    BENCH(b);
    char bytes[400];
    uint64_t seed = 3;
    rf_check(start_with(&b, "a.js", "function on_output(line) {}\n"));
    static const char likely[] = "\x1b\x1b[[]P\\\\;:0123?m \x07\x18\n\r\r\n\xe2\x82\xac(aHJK";
    for (int round = 0; round < (rf_test_torture() ? 2 : 500); round++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = draw_number(&seed) % 4 ? likely[draw_number(&seed) % (sizeof likely - 1)] : (char)draw_number(&seed);
        memcpy(bytes + sizeof bytes - 5, "a\x1b\\z\n", 5);
        for (size_t at = 0; at < sizeof bytes; at += 8)
            rf_output_feed(b.output, (rf_slice){ bytes + at, 8 }, draw_number(&seed) % 2);
        rf_output_idle(b.output);
        rf_check(b.written.failed || rf_slice_eq(rf_buffer_view(&b.written), (rf_slice){ bytes, sizeof bytes }));
        rf_buffer_clear(&b.written);
    }
}
