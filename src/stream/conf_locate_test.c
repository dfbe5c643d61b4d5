/* conf_locate_test.c: places in scripts to places in the file, for every style of scalar. */
#include "stream/config_fixture.h"

#include <stdlib.h>

/* The script of this config's input, its line and column, come to that place of the file. */
#define locates(text, script_line, script_column, file_line, file_column)                \
    do {                                                                                 \
        RF_CLEANUP(fixture_done) rf_config *config = fixture_load(text);                 \
        rf_check(config && config->input.state);                                         \
        rf_place place;                                                                  \
        rf_conf_locate(((const fixture_state *)config->input.state)->code.node, script_line, script_column, &place); \
        rf_check(place.line == file_line);                                               \
        rf_check(place.column == file_column);                                           \
    } while (0)

RF_TEST(literal_blocks) {
    const char *text = "input:\n  file:\n    code: |\n      var a;\n        b\xC3\xA4 c\n\n      d\n    text: x\n";
    locates(text, 1, 1, 4, 7);
    locates(text, 1, 5, 4, 11);
    locates(text, 2, 3, 5, 9);
    locates(text, 2, 6, 5, 12);
    locates(text, 3, 1, 6, 1);
    locates(text, 4, 1, 7, 7);
    locates("input:\n  file:\n    code: |-\n\n     x\n", 2, 1, 5, 6);
    locates("input:\n  file:\n    code: |2\n        x\n      y\n", 1, 3, 4, 9);
    locates("input:\r\n  file:\r\n    code: |\r\n      a\r\n      bc\r\n", 2, 2, 5, 8);
    locates("input:\n  file:\n    code: | # note\n      a\n      bc\n", 2, 2, 5, 8);
}

RF_TEST(folded_blocks) {
    const char *text = "input:\n  file:\n    code: >\n      one two\n      three\n\n      four\n";
    locates(text, 1, 1, 4, 7);
    locates(text, 1, 5, 4, 11);
    locates(text, 1, 9, 5, 7);
    locates(text, 2, 2, 7, 8);
}

RF_TEST(plain_scalars) {
    locates("input: {file: {code: return msg}}\n", 1, 1, 1, 22);
    locates("input: {file: {code: return msg}}\n", 1, 8, 1, 29);
    locates("input:\n  file:\n    code: return\n      msg\n", 1, 8, 4, 7);
}

RF_TEST(quoted_scalars) {
    locates("input: {file: {code: 'a''b c'}}\n", 1, 3, 1, 26);
    locates("input: {file: {code: \"a\\nbc\"}}\n", 2, 2, 1, 27);
    locates("input: {file: {code: \"\\u00e4\\x41b\"}}\n", 1, 3, 1, 33);
    locates("input:\n  file:\n    code: \"one\n      two \\\n      x\"\n", 1, 5, 4, 7);
    locates("input:\n  file:\n    code: \"one\n      two \\\n      x\"\n", 1, 9, 5, 7);
    locates("input: {file: {code: ''}}\n", 1, 1, 1, 23);
}

RF_TEST(variables_before_and_within) {
    (void)setenv("RF_TEST_VALUE", "a rather long value", 1);
    locates("input: {file: {text: '${RF_TEST_VALUE}', code: x y}}\n", 1, 3, 1, 50);
    locates("input: {file: {code: 'f(${RF_TEST_VALUE}) z'}}\n", 1, 4, 1, 25);
    locates("input: {file: {code: 'f(${RF_TEST_VALUE}) z'}}\n", 1, 24, 1, 43);
    locates("input:\n  file:\n    code: |\n      f(${RF_TEST_VALUE}) z\n      y\n", 1, 24, 4, 27);
    locates("input:\n  file:\n    code: |\n      f(${RF_TEST_VALUE}) z\n      y\n", 2, 1, 5, 7);
    locates("input: {file: {code: '${{X}} z'}}\n", 1, 6, 1, 30);
}
