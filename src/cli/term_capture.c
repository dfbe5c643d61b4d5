/* term capture, blocks: what a session shows, and the commands that ran in it. */
#include "cli/term.h"

#include "base/slice.h"
#include "terminal/params.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- capture ---- */

static const rf_cli_option capture_options[] = {
    { "scrollback", 0, "N", "Also that many lines above the screen; all: all that are kept." },
    { "styled", 0, NULL, "With colours and hyperlinks, as escape sequences." },
    { "block", 'b', "N", "The output of that command block; 0: of the last one that ended." },
    { "json", 0, NULL, "Prints the whole answer in JSON, with cursor and title." },
    { 0 },
};

typedef struct capture_given { int64_t scrollback, block; bool styled, json; } capture_given;

static bool take_capture(rf_cli_term *term, void *options, const char *name, const char *value) {
    capture_given *given = options;
    given->styled |= strcmp(name, "styled") == 0;
    given->json |= strcmp(name, "json") == 0;
    if (strcmp(name, "scrollback") == 0 && strcmp(value, "all") == 0)
        given->scrollback = -1;
    else if (strcmp(name, "scrollback") == 0)
        return rf_cli_term_number(term, name, value, 0, INT32_MAX, &given->scrollback);
    if (strcmp(name, "block") == 0)
        return rf_cli_term_number(term, name, value, 0, INT64_C(1) << 52, &given->block);
    return true;
}

static void put_lines(const rf_value *result, rf_buffer *out) {
    uint32_t count;
    const rf_value *lines = rf_answer_list(result, "lines", &count);
    for (uint32_t i = 0; i < count; i++) {
        if (lines[i].kind == RF_STRING)
            rf_buffer_slice(out, rf_value_text(&lines[i]));
        rf_buffer_char(out, '\n');
    }
}

static void put_block(const rf_value *result, rf_buffer *out) {
    rf_slice text = rf_answer_text(result, "text");
    int64_t lost = rf_answer_integer(result, "lost", 0);
    rf_buffer_slice(out, text);
    if (text.len && text.data[text.len - 1] != '\n')
        rf_buffer_char(out, '\n');
    if (lost)
        (void)fprintf(stderr, "riffle: its first %" PRId64 " lines have left the scrollback\n", lost);
}

static int capture_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    capture_given given = { .block = -1 };
    rf_buffer out = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_capture, argc, argv, take_capture, &given, 1, 1))
        return RF_EXIT_USAGE;
    bool block = given.block >= 0;
    if (block && (given.scrollback || given.styled))
        return rf_cli_misuse(&rf_term_part_capture, "--block takes neither --scrollback nor --styled");
    rf_params_text(&term.params, "session", rf_slice_of(term.words[0]));
    if (block && given.block)
        rf_params_integer(&term.params, "number", given.block);
    if (given.scrollback)
        rf_params_integer(&term.params, "scrollback", given.scrollback);
    if (given.styled)
        rf_params_bool(&term.params, "styled", true);
    if (rf_cli_term_call(&term, block ? "block" : "capture"))
        return rf_cli_term_fail(&term);
    if (given.json)
        return rf_cli_term_print_json(&term, &term.result);
    (block ? put_block : put_lines)(&term.result, &out);
    return rf_cli_term_print(&term, &out);
}

static const rf_cli_example capture_examples[] = {
    { "riffle term capture build", "The screen, as text." },
    { "riffle term capture build --scrollback all > build.log", "All that is kept." },
    { "riffle term capture build --block 0", "What the last command has printed." },
    { 0 },
};

const rf_command rf_term_part_capture = {
    .name = "term capture",
    .usage = "[OPTION...] NAME",
    .summary = "Prints what a session shows.",
    .detail = "Blocks are known where the shell marks them: see `riffle term shell-integration`.",
    .options = capture_options,
    .examples = capture_examples,
    .run = capture_run,
};

/* ---- blocks ---- */

static const rf_cli_option blocks_options[] = { { "json", 0, NULL, "Prints a list in JSON, with directories and times." }, { 0 } };

static bool take_json(rf_cli_term *term, void *options, const char *name, const char *value) {
    (void)term, (void)name, (void)value;
    *(bool *)options = true;
    return true;
}

static void write_duration(char text[24], int64_t ms) {
    if (ms < 1000)
        (void)snprintf(text, 24, "%" PRId64 "ms", ms);
    else if (ms < 60000)
        (void)snprintf(text, 24, "%.1fs", (double)ms / 1000);
    else
        (void)snprintf(text, 24, "%" PRId64 "m%02ds", ms / 60000, (int)(ms / 1000 % 60));
}

static void put_block_row(rf_cli_term *term, rf_buffer *out, const rf_value *block) {
    char number[24], exit_code[24], duration[24] = "runs";
    const rf_value *ended = rf_answer_member(block, "ended");
    int64_t code = rf_answer_integer(block, "exit_code", -1);
    (void)snprintf(number, sizeof number, "%" PRId64, rf_answer_integer(block, "number", 0));
    (void)snprintf(exit_code, sizeof exit_code, code >= 0 ? "%" PRId64 : "-", code);
    if (ended && ended->kind != RF_NULL)
        write_duration(duration, rf_answer_integer(block, "duration_ms", 0));
    rf_cli_term_cell(out, rf_slice_of(number), 6);
    rf_cli_term_cell(out, rf_slice_of(exit_code), 4);
    rf_cli_term_cell(out, rf_slice_of(duration), 9);
    rf_cli_term_cell(out, rf_cli_term_when(term, block, "started"), 16);
    rf_cli_term_cell(out, rf_answer_text(block, "directory"), 28);
    rf_cli_term_last_cell(out, rf_answer_text(block, "command"));
}

static int blocks_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    bool json = false;
    uint32_t count;
    rf_buffer out = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_blocks, argc, argv, take_json, &json, 1, 1))
        return RF_EXIT_USAGE;
    rf_params_text(&term.params, "session", rf_slice_of(term.words[0]));
    if (rf_cli_term_call(&term, "blocks"))
        return rf_cli_term_fail(&term);
    const rf_value *blocks = rf_answer_list(&term.result, "blocks", &count);
    if (json)
        return rf_cli_term_print_json(&term, &(rf_value){ .kind = RF_LIST, .size = count, .items = (rf_value *)blocks });
    if (count == 0) {
        (void)fprintf(stderr, "no command was marked there; `riffle term shell-integration --install` has shells do it\n");
        return RF_EXIT_DONE;
    }
    rf_buffer_printf(&out, "%-6s %-4s %-9s %-16s %-28s %s\n", "NUMBER", "EXIT", "DURATION", "STARTED", "DIRECTORY", "COMMAND");
    for (uint32_t i = 0; i < count; i++)
        put_block_row(&term, &out, &blocks[i]);
    return rf_cli_term_print(&term, &out);
}

static const rf_cli_example blocks_examples[] = {
    { "riffle term blocks main", "Which commands ran, how they ended, and how long they took." },
    { "riffle term blocks main --json | jq '.[] | select(.exit_code > 0) | .command'", "Those that failed." },
    { 0 },
};

const rf_command rf_term_part_blocks = {
    .name = "term blocks", .usage = "[--json] NAME", .summary = "Lists the commands that ran in a session, oldest first.",
    .options = blocks_options, .examples = blocks_examples, .run = blocks_run,
};
