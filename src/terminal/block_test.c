/* block_test.c: prompts, commands and their ends as shells tell them, in and out of order. */
#include "terminal/block.h"

#include "base/clock.h"
#include "base/slice.h"
#include "harness.h"

typedef struct bench { rf_blocks *blocks; rf_block_place place; const char *screen; rf_buffer json; rf_error error; } bench;

static void bench_done(bench *b) {
    rf_blocks_free(b->blocks);
    rf_buffer_done(&b->json);
}

static void tell_text(void *user, uint64_t line, int column, rf_buffer *out) {
    rf_buffer_printf(out, "%s@%u,%d \n", ((bench *)user)->screen, (unsigned)line, column);
}

static bool start(bench *b) {
    b->screen = "ls";
    b->place = (rf_block_place){ .line = 5, .column = 2, .directory = RF_SLICE("/srv/a"),
                                 .wall_ms = 1700000000123, .mono_ns = 50 * RF_NS_PER_MS, .text = tell_text, .user = b };
    return !rf_blocks_new(&b->blocks, &b->error);
}
#define BENCH(name)                                 \
    RF_CLEANUP(bench_done) bench name = { 0 };      \
    rf_check(start(&name))

/* A mark, a line and 100 ms further down. */
static rf_block_event mark(bench *b, const char *text, const rf_block **ret_block) {
    rf_block_event event = rf_blocks_mark(b->blocks, rf_slice_of(text), &b->place, ret_block);
    b->place.line++;
    b->place.column = 0;
    b->place.wall_ms += 100;
    b->place.mono_ns += 100 * RF_NS_PER_MS;
    return event;
}

RF_TEST(a_command_has_text_place_time_and_exit_code) {
    BENCH(b);
    const rf_block *block;
    rf_check(mark(&b, "A", &block) == RF_BLOCK_PROMPT && !block && !rf_blocks_at_prompt(b.blocks) && rf_blocks_next(b.blocks) == 0);
    b.place.column = 3;
    rf_check(mark(&b, "B", NULL) == RF_BLOCK_INPUT && rf_blocks_at_prompt(b.blocks));
    rf_check(rf_blocks_next(b.blocks) == 1);
    rf_check(mark(&b, "C", &block) == RF_BLOCK_STARTED && block && block == rf_blocks_running(b.blocks) && !rf_blocks_at_prompt(b.blocks));
    rf_check(rf_blocks_next(b.blocks) == 0); /* one runs */
    rf_check(block->number == 1 && block->first_line == 7 && block->ended_ms == 0 && block->exit_code == -1);
    rf_check(rf_test_torture() || rf_slice_is(rf_slice_of(block->command), "ls@6,3"));
    rf_check(mark(&b, "D;3", &block) == RF_BLOCK_ENDED && !rf_blocks_running(b.blocks) && rf_blocks_next(b.blocks) == 2);
    rf_check(block && block->exit_code == 3 && block->end_line == 8 && block == rf_blocks_get(b.blocks, 0) && block == rf_blocks_get(b.blocks, 1));
    rf_block_json(block, &b.json);
    rf_check(b.json.failed || rf_test_torture() ||
             rf_slice_is(rf_buffer_view(&b.json), "{\"number\":1,\"command\":\"ls@6,3\",\"directory\":\"/srv/a\","
                                                  "\"started\":\"2023-11-14T22:13:20.323Z\","
                                                  "\"ended\":\"2023-11-14T22:13:20.423Z\",\"exit_code\":3,"
                                                  "\"duration_ms\":100,\"first_line\":7,\"end_line\":8}"));
}

RF_TEST(output_without_a_last_line_end_has_that_line) {
    BENCH(b);
    const rf_block *block;
    (void)mark(&b, "C", NULL);
    b.place.column = 4;
    rf_check(mark(&b, "D", &block) == RF_BLOCK_ENDED && block->end_line == 7 && block->exit_code == -1);
    b.place.line = 1; /* cleared */
    (void)mark(&b, "C", NULL);
    b.place.line = 0;
    rf_check(mark(&b, "D;0;aid=7", &block) == RF_BLOCK_ENDED && block->first_line == 1 && block->end_line == 1 && block->exit_code == 0);
}

static const char *command_of(bench *b, const char *text) {
    const rf_block *block = NULL;
    (void)mark(b, text, &block);
    (void)mark(b, "D;0", NULL);
    return block ? block->command : "(none)";
}
#define COMMAND(b, text, expected) rf_check(rf_test_torture() || rf_slice_is(rf_slice_of(command_of(&(b), text)), expected))

RF_TEST(a_mark_may_spell_out_the_command) {
    BENCH(b);
    COMMAND(b, "C;cmdline_url=echo%20a%3Bb%0Ac%25%zz%4", "echo a;b\nc%%zz%4");
    COMMAND(b, "C;aid=1;cmdline_url=a%00b;x=y", "ab");
    COMMAND(b, "C;cmdline=echo\\ a\\;b", "echo a;b");
    COMMAND(b, "C;cmdline='a  b'$'\\tc\\'d\\n'e", "a  b\tc'd\ne");
    COMMAND(b, "C;cmdline=a\\", "a\\");
    COMMAND(b, "C;cmdline_url=", "");
    COMMAND(b, "C", "");
}

RF_TEST(marks_in_another_order_do_no_harm) {
    BENCH(b);
    const rf_block *block;
    rf_check(mark(&b, "D;1", &block) == RF_BLOCK_NOTHING && !block);
    rf_check(mark(&b, "", NULL) == RF_BLOCK_NOTHING && mark(&b, "Z", NULL) == RF_BLOCK_NOTHING && mark(&b, "AB", NULL) == RF_BLOCK_NOTHING);
    rf_check(!rf_blocks_get(b.blocks, 0) && !rf_blocks_at(b.blocks, 0));
    rf_check(mark(&b, "C", NULL) == RF_BLOCK_STARTED && mark(&b, "C", NULL) == RF_BLOCK_NOTHING);
    rf_check(rf_blocks_get(b.blocks, 0) == rf_blocks_running(b.blocks));
    rf_check(mark(&b, "A", &block) == RF_BLOCK_ENDED && block->exit_code == -1 && block->ended_ms);
    rf_check(mark(&b, "B", NULL) == RF_BLOCK_INPUT && mark(&b, "A;k=s", NULL) == RF_BLOCK_NOTHING && rf_blocks_at_prompt(b.blocks));
    rf_check(mark(&b, "C", NULL) == RF_BLOCK_STARTED && rf_blocks_get(b.blocks, 0)->number == 1);
    rf_check(mark(&b, "B", NULL) == RF_BLOCK_ENDED && rf_blocks_at_prompt(b.blocks));
    rf_check(mark(&b, "C", NULL) == RF_BLOCK_STARTED);
    rf_blocks_end(b.blocks, 130, &b.place);
    rf_check(!rf_blocks_running(b.blocks) && rf_blocks_get(b.blocks, 3)->exit_code == 130 && !rf_blocks_get(b.blocks, 4));
    rf_blocks_end(b.blocks, 1, &b.place);
    rf_check(rf_blocks_get(b.blocks, 3)->exit_code == 130);
}

RF_TEST(exit_codes_that_are_none_are_unknown) {
    BENCH(b);
    static const char *const marks[] = { "D;", "D;x", "D;-1", "D;9999999999", "D;err=1" };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const rf_block *block;
        (void)mark(&b, "C", NULL);
        rf_check(mark(&b, marks[i], &block) == RF_BLOCK_ENDED && block->exit_code == -1);
    }
}

RF_TEST(the_oldest_go_and_texts_are_bounded) {
    BENCH(b);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_buffer_text(&text, "C;cmdline_url=");
    for (int i = 0; i < 70000 && !text.failed; i++)
        rf_buffer_char(&text, 'x');
    const rf_block *block;
    if (rf_blocks_mark(b.blocks, rf_buffer_view(&text), &b.place, &block) == RF_BLOCK_STARTED)
        rf_check(strlen(block->command) <= RF_BLOCK_TEXT_MAX);
    (void)mark(&b, "D", NULL);
    if (rf_test_torture())
        return;
    for (unsigned i = 0; i < RF_BLOCKS_KEPT + 10; i++)
        (void)command_of(&b, "C;cmdline_url=x");
    rf_check(rf_blocks_at(b.blocks, 0)->number == 12 && rf_blocks_at(b.blocks, RF_BLOCKS_KEPT - 1)->number == RF_BLOCKS_KEPT + 11);
    rf_check(!rf_blocks_at(b.blocks, RF_BLOCKS_KEPT) && !rf_blocks_get(b.blocks, 11) && rf_blocks_get(b.blocks, 12)->number == 12);
}

RF_TEST(one_that_runs_is_written_with_nulls) {
    BENCH(b);
    const rf_block *block;
    (void)mark(&b, "C;cmdline_url=a%22b", &block);
    rf_block_json(block, &b.json);
    rf_check(b.json.failed || rf_test_torture() ||
             rf_slice_is(rf_buffer_view(&b.json), "{\"number\":1,\"command\":\"a\\\"b\",\"directory\":\"/srv/a\","
                                                  "\"started\":\"2023-11-14T22:13:20.123Z\","
                                                  "\"ended\":null,\"exit_code\":null,\"duration_ms\":null,\"first_line\":5,\"end_line\":5}"));
}
