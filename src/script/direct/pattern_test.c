/* pattern_test.c: simple regular expressions, by themselves. */
#include "harness.h"

#include "base/slice.h"
#include "script/direct/pattern.h"

static rf_direct_answer find(const char *pattern, const char *flags, const char *text, rf_direct_found *found) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    bool no_memory;
    rf_arena_init(&arena, 1024);
    const rf_direct_pattern *made = rf_direct_pattern_compile(&arena, rf_slice_of(pattern), rf_slice_of(flags), &no_memory);
    return made ? rf_direct_pattern_find(made, rf_slice_of(text), 0, found) : RF_DIRECT_UNKNOWN;
}

RF_TEST(groups_are_told) {
    rf_direct_found found = { 0 };
    rf_direct_answer answer = find("(\\w+)-(\\d{2,})", "", "x ab-123", &found);
    rf_check(answer == RF_DIRECT_UNKNOWN ? rf_test_torture() : answer == RF_DIRECT_YES && found.count == 3);
    if (answer == RF_DIRECT_YES)
        rf_check(found.begin[0] == 2 && found.end[0] == 8 && found.begin[1] == 2 && found.end[1] == 4 && found.begin[2] == 5 && found.end[2] == 8);
}

RF_TEST(places_repetitions_and_sets) {
    static const struct { const char *pattern, *flags, *text; bool is_there; } rows[] = {
        { "^a.c$", "", "abc", true },    { "^a.c$", "", "xabc", false },  { "a.c", "", "a\nc", false },   { "\\bcat\\b", "", "a cat.", true },
        { "\\bcat\\b", "", "concat", false }, { "[^0-9]", "", "123", false }, { "[a-f-]+$", "", "x-a", true }, { "colou?r", "i", "COLOR", true },
        { "x{0}y", "", "y", true },      { "a{2,3}b", "", "ab", false },  { "\\S\\s\\S", "", "a\tb", true }, { "a*?b", "", "aab", true }, { "", "", "x", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_direct_found found;
        rf_direct_answer answer = find(rows[i].pattern, rows[i].flags, rows[i].text, &found);
        if (answer != RF_DIRECT_UNKNOWN || !rf_test_torture())
            rf_check(answer == (rows[i].is_there ? RF_DIRECT_YES : RF_DIRECT_NO));
    }
}

RF_TEST(a_beginning_that_is_always_the_same_is_looked_for) {
    static const struct { const char *pattern, *text; uint32_t begin, end; } rows[] = {
        { "aab", "aaaab", 2, 5 },       { "ramp(\\d+)", "ramp ramp1 ramp2", 5, 10 }, { "ab+", "a ab abbb", 2, 4 },  { "ab\\b", "abc ab", 4, 6 },
        { "a", "bca", 2, 3 },           { "x\\.y$", "x.y x.y", 4, 7 },               { "ab?c", "abb ac", 4, 6 },    { "abc", "abc", 0, 3 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_direct_found found;
        rf_direct_answer answer = find(rows[i].pattern, "", rows[i].text, &found);
        if (answer != RF_DIRECT_UNKNOWN || !rf_test_torture())
            rf_check(answer == RF_DIRECT_YES && found.begin[0] == rows[i].begin && found.end[0] == rows[i].end);
    }
    rf_direct_found found;
    rf_direct_answer answer = find("abc", "", "ab", &found);
    rf_check(answer == RF_DIRECT_NO || (answer == RF_DIRECT_UNKNOWN && rf_test_torture()));
}

RF_TEST(what_would_take_too_long_is_given_up) {
    char text[2001];
    rf_direct_found found;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    rf_check(find("a*a*a*a*b", "", text, &found) == RF_DIRECT_UNKNOWN);
}

RF_TEST(other_expressions_are_not_simple) {
    static const char *const patterns[] = { "a|b", "(a", "a)", "(?=a)", "(?<n>a)", "(a)*", "\\1", "\\u0041", "*a", "a{", "a**", "^*", "[", "[]", "[z-a]", "[\\w-x]", "ä", "\\", "(((((((((a)))))))))" };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        rf_direct_found found;
        rf_check(find(patterns[i], "", "a", &found) == RF_DIRECT_UNKNOWN);
    }
    rf_direct_found found;
    rf_check(find("a", "u", "a", &found) == RF_DIRECT_UNKNOWN);
}
