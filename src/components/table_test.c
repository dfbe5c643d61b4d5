/* table_test.c: the table of components, and that their examples are configs that can run. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>
#include <unistd.h>

/* Each row: sorted after the one before, and described. */
static bool well_formed(const char *before, const char *name, const char *summary, const char *example) {
    return name && summary && example && (!before || strcmp(before, name) < 0) && summary[strlen(summary) - 1] == '.';
}

RF_TEST(kinds_are_sorted_and_described) {
    for (size_t i = 0; rf_input_kinds[i]; i++)
        rf_check(well_formed(i ? rf_input_kinds[i - 1]->name : NULL, rf_input_kinds[i]->name,
                             rf_input_kinds[i]->summary, rf_input_kinds[i]->example));
    for (size_t i = 0; rf_processor_kinds[i]; i++)
        rf_check(well_formed(i ? rf_processor_kinds[i - 1]->name : NULL, rf_processor_kinds[i]->name,
                             rf_processor_kinds[i]->summary, rf_processor_kinds[i]->example));
    for (size_t i = 0; rf_output_kinds[i]; i++)
        rf_check(well_formed(i ? rf_output_kinds[i - 1]->name : NULL, rf_output_kinds[i]->name,
                             rf_output_kinds[i]->summary, rf_output_kinds[i]->example));
}

/* Examples name files as seen from the top of the sources; tests may run in a folder below. */
static void enter_top(void) {
    for (int i = 0; i < 4 && access("examples/plugins", F_OK) != 0; i++)
        if (chdir("..") != 0)
            return;
}

static rf_code opens(const char *example, rf_error *reterr) {
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    return rf_fixture_stream_open(&stream, example, reterr);
}

/* Shows which example, and why. */
#define check_example(kind)                                                                              \
    do {                                                                                                 \
        rf_error error = { 0 };                                                                          \
        rf_code code = opens((kind)->example, &error);                                                   \
        if (code == RF_ENOMEM)                                                                           \
            return;                                                                                      \
        if (code)                                                                                        \
            rf_check_text(rf_slice_of(error.message), rf_slice_of((kind)->name)); /* shows both */       \
    } while (0)

RF_TEST(every_example_is_a_config_that_opens) {
    enter_top();
    for (size_t i = 0; rf_input_kinds[i]; i++)
        check_example(rf_input_kinds[i]);
    for (size_t i = 0; rf_processor_kinds[i]; i++)
        check_example(rf_processor_kinds[i]);
    for (size_t i = 0; rf_output_kinds[i]; i++)
        check_example(rf_output_kinds[i]);
}
