/* filter_test.c: which benchmarks a pattern takes. */
#include "harness.h"

#include "measure/bench.h"

#include <string.h>

static void free_filter(rf_filter **filter) { rf_filter_free(*filter); }

static bool takes(const char *pattern, const char *id) {
    RF_CLEANUP(free_filter) rf_filter *filter = NULL;
    return rf_filter_new(&pattern, 1, &filter, NULL) == RF_OK && rf_filter_match(filter, id);
}

RF_TEST(parts_globs_and_regular_expressions) {
    static const struct { const char *pattern, *id; bool taken; } rows[] = {
        { "chain", "plugin_chaining/noop_plugins/5:fsx", true }, { "chain:", "plugin_chaining/noop_plugins/5:fsx", false },
        { "plugin_*", "plugin_chaining/noop_plugins/5:fsx", true }, { "*/5:*", "plugin_chaining/noop_plugins/5:fsx", true },
        { "plugin_?haining/*", "plugin_chaining/noop", true }, { "chain*", "plugin_chaining/noop", false }, { "*[12]", "a/b/2", true }, { "*[12]", "a/b/3", false },
        { "/chaining.*5:(fsx|js)$/", "plugin_chaining/noop_plugins/5:js", true }, { "/^chaining/", "plugin_chaining/noop", false },
        { "/", "a/b", true }, { "//", "a//b", true }, { "", "anything", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (takes(rows[i].pattern, rows[i].id) != rows[i].taken && !rf_test_torture())
            rf_test_failed(__FILE__, __LINE__, rows[i].pattern);
}

RF_TEST(several_are_joined_by_or_and_none_takes_all) {
    static const char *const patterns[] = { "one", "/^tw/" };
    RF_CLEANUP(free_filter) rf_filter *filter = NULL, *none = NULL;
    rf_check(rf_filter_new(patterns, 2, &filter, NULL) == RF_OK && rf_filter_new(NULL, 0, &none, NULL) == RF_OK);
    rf_check(rf_filter_match(filter, "a/one") && rf_filter_match(filter, "two") && !rf_filter_match(filter, "three"));
    rf_check(rf_filter_match(none, "anything") && rf_filter_match(NULL, "anything"));
}

RF_TEST(a_wrong_expression_has_its_place) {
    static const char *const patterns[] = { "/a(b/" };
    RF_CLEANUP(free_filter) rf_filter *filter = NULL;
    rf_error error = { 0 };
    rf_code code = rf_filter_new(patterns, 1, &filter, &error);
    rf_check(code == RF_EPARSE || rf_test_torture());
    rf_check(code != RF_ENOMEM || !strstr(error.message, "/a(b/")); /* no memory is no mistake in the pattern */
    rf_check(code != RF_EPARSE || (error.place.line == 1 && error.place.column == 5 && strstr(error.message, "/a(b/") && error.hint[0]));
}

/* Backtracking ends: the pattern then does not match. */
RF_TEST(an_expression_that_would_take_for_ever_takes_nothing) {
    rf_check(!takes("/^(a+)+$/", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
    rf_check(!takes("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

RF_TEST(names_have_their_parts) {
    char id[RF_BENCH_ID_MAX];
    rf_bench_id(&(rf_bench){ .group = "g", .name = "n" }, id);
    rf_check(strcmp(id, "g/n") == 0);
    rf_bench_id(&(rf_bench){ .group = "g", .name = "n", .parameter = "5", .form = "js" }, id);
    rf_check(strcmp(id, "g/n/5:js") == 0);
    rf_bench_id(&(rf_bench){ .group = "g", .name = "n", .form = "js" }, id);
    rf_check(strcmp(id, "g/n:js") == 0);
    char name[400];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    rf_bench_id(&(rf_bench){ .group = "g", .name = name }, id);
    rf_check(strlen(id) == RF_BENCH_ID_MAX - 1);
}
