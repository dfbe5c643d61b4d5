/* gate_test.c: conditions that fail a run, and what is said about wrong ones. */
#include "harness.h"

#include "measure/compare.h"

#include <stdio.h>
#include <string.h>

static void free_gate(rf_gate **gate) { rf_gate_free(*gate); }

static const rf_comparison comparison = { .ratio = { 1.10, 1.06, 1.14, 0.02 }, .machine = 1.01, .t_p = 0.001, .u_p = 0.004 };
static const rf_estimates now = { .mean = { 120, 118, 123, 1 }, .median = { 119, 117, 121, 1 }, .slope = { 119, 118, 120, 1 }, .deviation = { 5, 4, 6, 1 },
                                  .mad = { 3, 2, 4, 1 }, .r2 = 0.99 };
static const rf_estimates base = { .mean = { 110, 108, 111, 1 }, .median = { 109, 108, 110, 1 }, .slope = { 108, 107, 109, 1 } };

static int says(const char *text, const rf_comparison *with) {
    RF_CLEANUP(free_gate) rf_gate *gate = NULL;
    if (rf_gate_parse(text, &gate, NULL))
        return -1;
    const rf_gate_input input = { with, &now, with ? &base : NULL };
    return rf_gate_fails(gate, &input);
}

RF_TEST(conditions_hold_or_do_not) {
    static const struct { const char *text; bool fails; } rows[] = {
        { "ratio.low > 1.05", true }, { "ratio.low > 1.07", false }, { "ratio > 1.05 && p < 0.01", true }, { "ratio > 1.05 && p < 0.002", false },
        { "ratio < 1 || now.mean > 100ns", true }, { "now.mean > 0.12us", false }, { "now.mean >= 0.12us", true }, { "base.slope.high == 109ns", true },
        { "!(ratio > 1)", false }, { "!ratio < 1", true }, { "((ratio > 1))", true }, { "r2 < 0.9 || machine != 1.01", false }, { "t.p<u.p", true },
        { "now.median < now.mean && now.mad.low == 2 && now.deviation.high <= 6", true }, { "1 > 2 || 2 > 1 && 1 > 2", false },
        { "ratio > 1e-3", true }, { "now.mean < 1s && now.mean < 1ms", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int said = says(rows[i].text, &comparison);
        if (said != rows[i].fails && !(said < 0 && rf_test_torture()))
            rf_test_failed(__FILE__, __LINE__, rows[i].text);
    }
}

RF_TEST(what_is_not_there_never_fails_a_run) {
    static const char *const rows[] = { "ratio.low > 0", "ratio.low < 1000", "ratio != 3", "base.mean > 0", "p < 1", "!(ratio > 1)", "!ratio < 1", "!!(p > 1)",
                                        "!(ratio > 1 && now.mean > 1)", "!(ratio > 1 || now.mean < 1)", "now.mean > 1 && !(ratio > 1)", "now.mean < 1 || !(ratio > 1)" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rf_check(says(rows[i], NULL) == 0 || rf_test_torture());
    /* What is known decides where it can. */
    static const char *const known[] = { "now.mean > 100", "now.mean > 100 || ratio > 1", "ratio > 1 || now.mean > 100", "!(now.mean < 100 && ratio > 1)", "!(ratio > 1 && now.mean < 100)" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        rf_check(says(known[i], NULL) == 1 || rf_test_torture());
}

RF_TEST(a_gate_knows_whether_it_needs_a_baseline) {
    static const struct { const char *text; bool needs; } rows[] = { { "now.mean > 1", false }, { "r2 < 0.5", false }, { "ratio > 1", true }, { "now.mean > base.mean", true } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(free_gate) rf_gate *gate = NULL;
        rf_check(rf_gate_parse(rows[i].text, &gate, NULL) == RF_OK);
        rf_check(rf_gate_needs_base(gate) == rows[i].needs);
    }
}

RF_TEST(mistakes_have_a_place_and_a_hint) {
    static const struct { const char *text; uint32_t column; const char *message, *hint; } rows[] = {
        { "ratoi.low > 1", 1, "no such name", "did you mean `ratio.low`?" }, { "ratio.low > ", 13, "it ends", "ratio.low > 1.05" },
        { "", 1, "it ends", "" }, { "ratio.low", 10, "a comparison", "one of <" }, { "ratio > 1 foo", 11, "nothing more", "&&" },
        { "(ratio > 1", 11, "`)` is missing", "" }, { "ratio > 1.2.3", 9, "no number", "" }, { "now.mean > 3 parsecs", 14, "nothing more", "" },
        { "now.mean > 3parsecs", 13, "no such unit", "ns, us, ms or s" }, { "ratio > #", 9, "a name or a number", "" }, { "xyzzy > 1", 1, "no such name", "there are ratio" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(free_gate) rf_gate *gate = NULL;
        rf_error error = { 0 };
        rf_code code = rf_gate_parse(rows[i].text, &gate, &error);
        rf_check(code == RF_EPARSE || (code == RF_ENOMEM && rf_test_torture()));
        if (code == RF_EPARSE && (error.place.line != 1 || error.place.column != rows[i].column || !strstr(error.message, rows[i].message) || !strstr(error.hint, rows[i].hint))) {
            rf_test_failed(__FILE__, __LINE__, rows[i].text);
            rf_test_failed(__FILE__, (int)error.place.column, error.message);
        }
    }
}

RF_TEST(nesting_has_an_end) {
    char text[400] = "";
    memset(text, '(', 200);
    RF_CLEANUP(free_gate) rf_gate *gate = NULL;
    rf_error error = { 0 };
    rf_code code = rf_gate_parse(text, &gate, &error);
    rf_check(code == RF_EPARSE || code == RF_ENOMEM);
    rf_check(code == RF_ENOMEM || strstr(error.message, "too many parentheses"));
    memset(text, '!', 200);
    rf_check(rf_gate_parse(text, &gate, &error) != RF_OK);
}

/* As deep as it may be, with the most operands that wait at each level. */
RF_TEST(the_deepest_condition_is_evaluated) {
    char text[700] = "";
    size_t len = 0;
    for (int i = 0; i < 31; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "1>2||1<2&&(");
    len += (size_t)snprintf(text + len, sizeof text - len, "1>2||1<2&&1<2");
    memset(text + len, ')', 31);
    rf_check(says(text, NULL) == 1 || rf_test_torture());
    memmove(text + 1, text, len + 31);
    text[0] = '(';
    text[len + 32] = ')';
    rf_check(says(text, NULL) == -1); /* a level more */
}
