/* escape_test.c: every kind of sequence, cut anywhere, broken off, endless and random. */
#include "terminal/escape.h"

#include "base/slice.h"
#include "harness.h"

#include <inttypes.h>

static void describe(const rf_escape_token *token, rf_buffer *out) {
    static const char *const names[] = { "text", "control", "sequence", "csi", "osc", "string", "broken" };
    rf_buffer_printf(out, "%s", names[token->kind]);
    if (token->kind == RF_ESCAPE_CONTROL)
        rf_buffer_printf(out, " %d", token->final);
    else if (token->kind != RF_ESCAPE_TEXT && token->kind != RF_ESCAPE_BROKEN)
        rf_buffer_printf(out, " %c", token->final);
    if (token->marker)
        rf_buffer_printf(out, " marker %c", token->marker);
    if (token->intermediate)
        rf_buffer_printf(out, " intermediate %c", token->intermediate);
    for (uint32_t i = 0; i < token->param_count; i++)
        rf_buffer_printf(out, " %" PRIu32, token->params[i]);
    if (token->text.len && token->text.len < 100)
        rf_buffer_printf(out, " '%.*s'", RF_SLICE_ARG(token->text));
    rf_buffer_text(out, token->bell ? " bell\n" : "\n");
}

/* Cuts a stream into tokens, `step` bytes at a time; texts that follow each other are one. */
typedef struct cutting { rf_escape escape; rf_buffer raw, text, tokens; } cutting;

static void cutting_done(cutting *c) {
    rf_escape_done(&c->escape);
    rf_buffer_done(&c->raw);
    rf_buffer_done(&c->text);
    rf_buffer_done(&c->tokens);
}

static void end_text(cutting *c) {
    rf_escape_token token = { .kind = RF_ESCAPE_TEXT, .text = rf_buffer_view(&c->text) };
    if (c->text.len)
        describe(&token, &c->tokens);
    c->text.len = 0;
}

static void feed(cutting *c, rf_slice piece) {
    rf_escape_token token;
    while (rf_escape_next(&c->escape, &piece, &token)) {
        rf_buffer_slice(&c->raw, token.raw);
        if (token.kind == RF_ESCAPE_TEXT) {
            rf_buffer_slice(&c->text, token.text);
            continue;
        }
        end_text(c);
        describe(&token, &c->tokens);
    }
}

static void cut(cutting *c, rf_slice input, size_t step) {
    for (size_t at = 0; at < input.len; at += step)
        feed(c, (rf_slice){ input.data + at, input.len - at < step ? input.len - at : step });
    end_text(c);
}

#define CUTTING(name) RF_CLEANUP(cutting_done) cutting name = { 0 }

static void tokens_are(const char *input, size_t len, const char *expected) {
    for (size_t step = 1; step <= len; step++) {
        CUTTING(c);
        cut(&c, (rf_slice){ input, len }, step);
        rf_check(!c.raw.failed && !c.tokens.failed && !c.text.failed);
        rf_check_text(rf_buffer_view(&c.tokens), rf_slice_of(expected));
        rf_check_text(rf_buffer_view(&c.raw), ((rf_slice){ input, len }));
        rf_check(rf_escape_waiting(&c.escape) == 0);
    }
}
#define TOKENS(input, expected)                                   \
    do {                                                          \
        if (!rf_test_torture())                                   \
            tokens_are("" input, sizeof(input) - 1, expected);    \
    } while (0)

RF_TEST(texts_and_controls_alternate) {
    TOKENS("ab\r\ncd\x07", "text 'ab'\ncontrol 13\ncontrol 10\ntext 'cd'\ncontrol 7\n");
    TOKENS("\x7f" "a\x18" "b\x1a", "control 127\ntext 'a'\ncontrol 24\ntext 'b'\ncontrol 26\n");
    TOKENS("0123456789abcdef0123456789\t~", "text '0123456789abcdef0123456789'\ncontrol 9\ntext '~'\n");
}

RF_TEST(csi_has_marker_parameters_intermediate_and_final) {
    TOKENS("\x1b[m", "csi m\n");
    TOKENS("\x1b[1;31m", "csi m 1 31\n");
    TOKENS("\x1b[;5H", "csi H 0 5\n");
    TOKENS("\x1b[38:2::10:20:30mx", "csi m 38 2 0 10 20 30\ntext 'x'\n");
    TOKENS("\x1b[?1049h\x1b[>c\x1b[=1u", "csi h marker ? 1049\ncsi c marker >\ncsi u marker = 1\n");
    TOKENS("\x1b[2 q\x1b[!p", "csi q intermediate   2\ncsi p intermediate !\n");
    TOKENS("\x1b[99999999999999m", "csi m 999999999\n");
}

RF_TEST(parameters_beyond_the_room_are_left_out) {
    TOKENS("\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18m", "csi m 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
}

RF_TEST(sequences_have_intermediates) {
    TOKENS("\x1b" "7\x1b(B\x1b#8\x1b=\x1b\\", "sequence 7\nsequence B intermediate (\nsequence 8 intermediate #\nsequence =\nsequence \\\n");
}

RF_TEST(strings_end_in_st_and_an_osc_in_bel_too) {
    TOKENS("\x1b]0;title\x07", "osc ] '0;title' bell\n");
    TOKENS("\x1b]8;;http://a/\x1b\\x", "osc ] '8;;http://a/'\ntext 'x'\n");
    TOKENS("\x1bPq#0\x07#1\x1b\\", "string P 'q#0\x07#1'\n");
    TOKENS("\x1b_Ga\x1b\\\x1b^b\x1b\\\x1bXc\x1b\\", "string _ 'Ga'\nstring ^ 'b'\nstring X 'c'\n");
    TOKENS("\x1b]0;\xc3\xa9\x9c\n\x07", "osc ] '0;\xc3\xa9\x9c\n' bell\n");
    TOKENS("\x1b]\x07", "osc ] bell\n");
}

RF_TEST(eight_bit_controls_are_text) {
    TOKENS("\xc2\x9b" "31m\x9b", "text '\xc2\x9b" "31m\x9b'\n");
}

RF_TEST(cancel_substitute_and_escape_break_off) {
    TOKENS("\x1b[1\x18m", "broken\ntext 'm'\n");
    TOKENS("\x1b]0;a\x1a" "b", "broken\ntext 'b'\n");
    TOKENS("\x1b[1\x1b[2m", "broken\ncsi m 2\n");
    TOKENS("\x1b]0;a\x1b[2mb", "broken\ncsi m 2\ntext 'b'\n");
    TOKENS("\x1bPa\x1b]0;t\x07", "broken\nosc ] '0;t' bell\n");
    TOKENS("\x1b\x1b\x1b[m", "broken\nbroken\ncsi m\n");
    TOKENS("\x1b]a\x1b\x1b\\", "broken\nbroken\nsequence \\\n");
}

RF_TEST(controls_within_a_sequence_and_what_no_terminal_takes_are_broken) {
    TOKENS("\x1b[3\n1mx", "broken\ntext 'x'\n");
    TOKENS("\x1b\r[31mx", "broken\ntext 'x'\n");
    TOKENS("\x1b[1?2mx", "broken\ntext 'x'\n");
    TOKENS("\x1b[ 1mx", "broken\ntext 'x'\n");
    TOKENS("\x1b[3\xc3\xa9", "broken\ntext '\xc3\xa9'\n");
}

RF_TEST(characters_are_whole) {
    CUTTING(c);
    rf_escape_token token;
    rf_slice left = RF_SLICE("a\xe2\x82");
    rf_check(rf_escape_next(&c.escape, &left, &token));
    rf_check_text(token.raw, RF_SLICE("a"));
    bool waits = !rf_escape_next(&c.escape, &left, &token);
    rf_check(waits && rf_escape_waiting(&c.escape) == 2);
    left = RF_SLICE("\xac!");
    rf_check(rf_escape_next(&c.escape, &left, &token));
    rf_check_text(token.raw, RF_SLICE("\xe2\x82\xac"));
    rf_check(rf_escape_next(&c.escape, &left, &token));
    rf_check_text(token.raw, RF_SLICE("!"));
}

RF_TEST(bytes_that_are_no_characters_are_given_out) {
    TOKENS("\xe2(\x80\xf0\x9f\n\xff", "text '\xe2(\x80\xf0\x9f'\ncontrol 10\ntext '\xff'\n");
}

RF_TEST(a_sequence_without_end_goes_out_in_pieces_wherever_it_is_cut) {
    RF_CLEANUP(rf_buffer_done) rf_buffer input = { 0 };
    rf_buffer_text(&input, "\x1b]0;");
    while (input.len < RF_ESCAPE_MAX - 1 && !input.failed)
        rf_buffer_char(&input, 'x');
    rf_buffer_text(&input, "\x1b\\after\x1b[1m");
    rf_check(!input.failed);
    static const size_t steps[] = { 1000, 65536, RF_ESCAPE_MAX - 2, RF_ESCAPE_MAX, RF_ESCAPE_MAX + 1, RF_ESCAPE_MAX * 2 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        CUTTING(c);
        cut(&c, rf_buffer_view(&input), steps[i]);
        rf_check(!c.raw.failed && !c.tokens.failed && !c.text.failed);
        rf_check(rf_test_torture() || rf_slice_is(rf_buffer_view(&c.tokens), "broken\nbroken\ntext 'after'\ncsi m 1\n"));
        rf_check(rf_slice_eq(rf_buffer_view(&c.raw), rf_buffer_view(&input)));
    }
}

static uint32_t draw(uint64_t *seed) {
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* Bytes of which most matter. */
static void fill(char *bytes, size_t len, uint64_t *seed) {
    static const char likely[] = "\x1b\x1b\x1b[[]P\\\\;:0123?m \x07\x18\n\xe2\x82\xac\xc3(a";
    for (size_t i = 0; i < len; i++)
        bytes[i] = draw(seed) % 4 ? likely[draw(seed) % (sizeof likely - 1)] : (char)draw(seed);
}

RF_TEST(no_byte_is_lost_and_cuts_change_nothing) {
    char bytes[300];
    uint64_t seed = 7;
    for (int round = 0; round < (rf_test_torture() ? 3 : 2000); round++) {
        fill(bytes, sizeof bytes, &seed);
        CUTTING(whole);
        CUTTING(cutted);
        cut(&whole, (rf_slice){ bytes, sizeof bytes }, sizeof bytes);
        for (size_t at = 0; at < sizeof bytes;) {
            size_t step = 1 + draw(&seed) % 9;
            step = step < sizeof bytes - at ? step : sizeof bytes - at;
            feed(&cutted, (rf_slice){ bytes + at, step });
            at += step;
        }
        end_text(&cutted);
        rf_check(!whole.raw.failed && !whole.tokens.failed && !cutted.raw.failed && !cutted.tokens.failed);
        size_t waits = rf_escape_waiting(&whole.escape);
        rf_check_text(rf_buffer_view(&whole.raw), ((rf_slice){ bytes, sizeof bytes - waits }));
        rf_check_text(rf_buffer_view(&cutted.raw), rf_buffer_view(&whole.raw));
        rf_check(rf_test_torture() || rf_slice_eq(rf_buffer_view(&cutted.tokens), rf_buffer_view(&whole.tokens)));
    }
}
