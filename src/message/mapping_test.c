/* mapping_test.c: the mapping language, compiled and run. */
#include "message/mapping.h"

#include "harness.h"

#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"
#include "message/mapping_ast.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct fixture {
    rf_keys *keys;
    rf_batch *batch;
    rf_mapping *mapping;
    rf_mapping_state *state;
    rf_buffer out;
    rf_error error;
} fixture;

static void fixture_done(fixture *f) {
    rf_mapping_state_free(f->state);
    rf_mapping_free(f->mapping);
    rf_buffer_done(&f->out);
    rf_batch_free(f->batch);
    rf_keys_free(f->keys);
}

static fixture fixture_open(void) {
    fixture f = { .keys = rf_keys_new() };
    f.batch = f.keys ? rf_batch_new(f.keys) : NULL;
    return f;
}

#define WITH_BATCH                                       \
    RF_CLEANUP(fixture_done) fixture f = fixture_open(); \
    rf_check(f.batch)

static bool compile(fixture *f, const char *text) {
    rf_mapping_state_free(f->state);
    rf_mapping_free(f->mapping);
    f->state = NULL;
    f->mapping = NULL;
    f->error = (rf_error){ 0 };
    if (rf_mapping_compile(rf_slice_of(text), NULL, NULL, &f->mapping, &f->error))
        return false;
    f->state = rf_mapping_state_new(f->mapping);
    return f->state;
}

/* One run: the message as a line, "(deleted)", or "error at LINE:COLUMN: …". */
static rf_slice run(fixture *f) {
    rf_buffer_clear(&f->out);
    f->error = (rf_error){ 0 };
    bool deleted = false;
    rf_message *message = rf_batch_add(f->batch);
    if (!message)
        return RF_SLICE("(no memory)");
    if (rf_mapping_run(f->mapping, f->state, f->batch, message, &deleted, &f->error))
        rf_buffer_printf(&f->out, "error at %u:%u: %s", f->error.place.line, f->error.place.column, f->error.message);
    else if (deleted)
        rf_buffer_text(&f->out, "(deleted)");
    else if (rf_message_write(&f->out, f->batch, message, NULL))
        rf_buffer_text(&f->out, "(not written)");
    return rf_buffer_view(&f->out);
}

/* Compiles and runs once; the payload alone, as it stands in the line. */
static rf_slice result(fixture *f, const char *text) {
    if (!compile(f, text)) {
        rf_buffer_clear(&f->out);
        rf_buffer_printf(&f->out, "%u:%u: %s", f->error.place.line, f->error.place.column, f->error.message);
        return rf_buffer_view(&f->out);
    }
    rf_slice line = run(f);
    rf_slice start = RF_SLICE("{\"payload\":"), end = RF_SLICE(",\"meta\":{}}");
    if (!rf_slice_starts(line, start) || !rf_slice_ends(line, end))
        return line;
    return (rf_slice){ line.data + start.len, line.len - start.len - end.len };
}

#define check_result(text, expected) rf_check_text(result(&f, (text)), rf_slice_of(expected))

RF_TEST(mapping_literals) {
    WITH_BATCH;
    check_result("root = 5", "5");
    check_result("root = 5.50", "5.5");
    check_result("root = -1e3", "-1000");
    check_result("root = true", "true");
    check_result("root = null", "null");
    check_result("root = [1, \"a\", [], {},]", "[1,\"a\",[],{}]");
    check_result("root = {\"b\": 1, \"a\": {\"x\": [null]}}", "{\"b\":1,\"a\":{\"x\":[null]}}");
    check_result("root = [\n  1,\n  # why\n  2\n]", "[1,2]");
    check_result("root.a = \"q\\\" \\\\ \\n \\u00e4 \\ud83d\\ude00\"", "{\"a\":\"q\\\" \\\\ \\n \xc3\xa4 \xf0\x9f\x98\x80\"}");
    check_result("root.a = \"\"\"raw \\n\n\"x\" \"\"\"", "{\"a\":\"raw \\\\n\\n\\\"x\\\" \"}");
}

RF_TEST(mapping_text_root_is_the_bytes) {
    WITH_BATCH;
    check_result("root = \"tick\"", "{\"raw\":\"tick\",\"meta\":{}}");
    check_result("root = \"{\\\"a\\\":1}\"", "{\"a\":1}");
    check_result("meta a = \"x\"", "{\"raw\":\"\",\"meta\":{\"a\":\"x\"}}");
}

RF_TEST(mapping_operators_and_their_ranks) {
    WITH_BATCH;
    check_result("root = 1 + 2 * 3 - 4", "3");
    check_result("root = (1 + 2) * -3", "-9");
    check_result("root = 10 - 3 - 2", "5");
    check_result("root = 7 / 2", "3.5");
    check_result("root = 6 / 2", "3");
    check_result("root = 7 % 3 + 0.5", "1.5");
    check_result("root = 9223372036854775807 + 1", "9223372036854776000");
    check_result("root.a = \"a\" + \"b\" + \"\"", "{\"a\":\"ab\"}");
    check_result("root = 1 < 2 && \"a\" <= \"b\" || false", "true");
    check_result("root = !(1 == 1.0) || 2 != 3", "true");
    check_result("root = [1 > 2, 2 >= 2, [1] == [1], {\"a\":1} == {\"a\":2}, \"1\" == 1]", "[false,true,true,false,false]");
    check_result("root = false && throw(\"never\")", "false");
    check_result("root = true || throw(\"never\")", "true");
    check_result("root = 1 +\n  2", "3");
    check_result("root = - - 2", "2");
}

RF_TEST(mapping_if_else) {
    WITH_BATCH;
    check_result("root = if 1 > 2 { \"a\" } else if 2 > 1 { [1] } else { 3 }", "[1]");
    check_result("root = if false { 1 }\nelse {\n 2\n}", "2");
    check_result("root = 1\nroot = if false { 2 }", "1");
    check_result("root = if true { deleted() } else { 1 }", "(deleted)");
    check_result("root = if 1 { 2 }", "error at 1:11: failed assignment (line 1): expected bool value, got number from number literal (1)");
}

RF_TEST(mapping_paths_and_deletion) {
    WITH_BATCH;
    check_result("root.a.b = 1\nroot.a.c = 2; d = 3\nroot.\"x y\".z = 4", "{\"a\":{\"b\":1,\"c\":2},\"d\":3,\"x y\":{\"z\":4}}");
    check_result("root.a = 1\nroot.b = 2\nroot.a = deleted()", "{\"b\":2}");
    check_result("root.a.b = deleted()\nroot.c = nothing()", "{}");
    check_result("root = [1, deleted(), 2]\n", "[1,2]");
    check_result("root = {\"a\": deleted(), \"b\": nothing(), \"c\": 1}", "{\"c\":1}");
    check_result("root = 5\nroot.a = 1", "error at 2:1: failed assignment (line 2): cannot set `a` within a number");
    check_result("root = null\nroot.a = 1", "error at 2:1: failed assignment (line 2): cannot set `a` within a null");
    check_result("root.a = null\nroot.a.b = 1", "{\"a\":{\"b\":1}}");
    check_result("root = deleted()\nroot.a = 1", "{\"a\":1}");
    check_result("root = {\"a\":1}\nroot.a = 2", "{\"a\":2}");
    check_result("root = {\"a\":1}\nroot.a = 2", "{\"a\":2}"); /* the literal itself stays as it was */
}

RF_TEST(mapping_metadata) {
    WITH_BATCH;
    check_result("meta a = \"x\"\nmeta b = 5\nmeta \"c d\" = \"y\"\nmeta a = deleted()\nroot = 1", "{\"payload\":1,\"meta\":{\"b\":5,\"c d\":\"y\"}}");
    check_result("root.meta = 5", "{\"meta\":5}"); /* a name like any other without a key behind it */
}

RF_TEST(mapping_counters_go_on_between_runs) {
    WITH_BATCH;
    rf_check(compile(&f, "root = [count(\"a\"), count(\"b\"), count(\"a\"), counter(), counter(min: 5, max: 6)]"));
    rf_check_text(run(&f), RF_SLICE("{\"payload\":[1,1,2,1,5],\"meta\":{}}"));
    rf_check_text(run(&f), RF_SLICE("{\"payload\":[3,2,4,2,6],\"meta\":{}}"));
    rf_check_text(run(&f), RF_SLICE("{\"payload\":[5,3,6,3,5],\"meta\":{}}"));
}

RF_TEST(mapping_batch_size_counts_the_messages_before) {
    WITH_BATCH;
    rf_check(compile(&f, "root = {\"s\":batch_size(),\"i\":batch_index(),\"c\":content()}"));
    rf_check_text(run(&f), RF_SLICE("{\"payload\":{\"s\":0,\"i\":0,\"c\":\"\"},\"meta\":{}}"));
    rf_check_text(run(&f), RF_SLICE("{\"payload\":{\"s\":1,\"i\":0,\"c\":\"\"},\"meta\":{}}"));
    rf_batch_clear(f.batch);
    rf_check_text(run(&f), RF_SLICE("{\"payload\":{\"s\":0,\"i\":0,\"c\":\"\"},\"meta\":{}}"));
}

RF_TEST(mapping_methods) {
    WITH_BATCH;
    check_result("root = [5.string(), 1.50.string(), true.string(), {\"b\":1,\"a\":\"<\"}.string(), \"x\".string(), 1e7.string(), null.string()]",
                 "[\"5\",\"1.5\",\"true\",\"{\\\"a\\\":\\\"<\\\",\\\"b\\\":1}\",\"x\",\"10000000\",\"null\"]");
    check_result("root = [\"5\".number(), \"1.5\".number(), 3.number(), \"x\".number(default: 7), null.number(1)]", "[5,1.5,3,7,1]");
    check_result("root = [\"aZ1\xc3\xa4\".uppercase(), \"aZ1\".lowercase()]", "[\"AZ1\xc3\xa4\",\"az1\"]");
    check_result("root = [1.5.round(), -1.5.floor(), 1.2.ceil(), 7.round(), (-2.5).round(), 1e300.round()]", "[2,-1,2,7,-3,1e+300]");
    check_result("root = \"a\"\n  .uppercase()\n  .lowercase()", "{\"raw\":\"a\",\"meta\":{}}");
    check_result("root.j = {\"b\":[1,{}],\"a\":\"<,:\\\"{\"}.format_json()", "{\"j\":\"{\\n    \\\"a\\\": \\\"\\\\u003c,:\\\\\\\"{\\\",\\n    \\\"b\\\": [\\n        1,\\n        {}\\n    ]\\n}\"}");
    check_result("root.j = [1,2].format_json(no_indent: true)", "{\"j\":\"[1,2]\"}");
    check_result("root.j = [1].format_json(indent: \"\")", "{\"j\":\"[\\n1\\n]\"}");
    check_result("root.j = \"<\".format_json(escape_html: false)", "{\"j\":\"\\\"<\\\"\"}");
}

RF_TEST(mapping_clocks_chance_and_surroundings) {
    WITH_BATCH;
    check_result("root = timestamp_unix() > 1600000000 && timestamp_unix_milli() > 1600000000000", "true");
    check_result("root = timestamp_unix_micro() / 1000 <= timestamp_unix_nano() / 1000000", "true");
    check_result("root = now() > \"2020\"", "true");
    check_result("root = uuid_v4() != uuid_v4()", "true");
    check_result("root = [random_int(min: 3, max: 3), random_int(1, 5, 5), random_int(min: -1, max: 1) <= 1]", "[3,5,true]");
    check_result("root = random_int(seed: 1) == random_int(seed: 1) && random_int() != random_int()", "true");
    check_result("root = hostname() != \"\"", "true");
    rf_check(setenv("RF_MAPPING_TEST", "value", 1) == 0);
    check_result("root = [env(\"RF_MAPPING_TEST\"), env(\"RF_MAPPING_TEST_UNSET\")]", "[\"value\",null]");
}

RF_TEST(mapping_uuids_have_their_form) {
    WITH_BATCH;
    rf_check(compile(&f, "root.u = uuid_v4()"));
    for (int i = 0; i < 20; i++) {
        rf_slice line = run(&f);
        rf_check(line.len == sizeof "{\"payload\":{\"u\":\"xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx\"},\"meta\":{}}" - 1);
        const char *uuid = line.data + sizeof "{\"payload\":{\"u\":\"" - 1;
        rf_check(uuid[8] == '-' && uuid[13] == '-' && uuid[14] == '4' && uuid[18] == '-' && strchr("89ab", uuid[19]) && uuid[23] == '-');
    }
}

RF_TEST(mapping_random_ints_stay_within_bounds_and_reach_all) {
    WITH_BATCH;
    rf_check(compile(&f, "root = random_int(seed: 42, min: 0, max: 3)"));
    unsigned seen = 0;
    for (int i = 0; i < 100; i++) {
        rf_message m = { .payload = rf_null() };
        bool deleted;
        rf_check(!rf_mapping_run(f.mapping, f.state, f.batch, &m, &deleted, NULL) && !deleted);
        rf_check(m.payload.kind == RF_INT && m.payload.integer >= 0 && m.payload.integer <= 3);
        seen |= 1u << m.payload.integer;
    }
    rf_check(seen == 0xf);
}

RF_TEST(mapping_errors_while_running_name_their_place) {
    WITH_BATCH;
    check_result("root = 1\nroot = throw(\"so it is\")", "error at 2:8: failed assignment (line 2): so it is");
    check_result("root = \"a\" + 1", "error at 1:12: failed assignment (line 1): cannot add types string (from string literal) and number (from number literal)");
    check_result("root = 1 < \"a\"", "error at 1:10: failed assignment (line 1): cannot compare types number (from number literal) and string (from string literal)");
    check_result("root = 1 % 0", "error at 1:10: failed assignment (line 1): attempted to divide by zero");
    check_result("root = 1 && true", "error at 1:8: failed assignment (line 1): expected bool value, got number from number literal (1)");
    check_result("root = -\"a\"", "error at 1:8: failed assignment (line 1): expected number value, got string from string literal (\"a\")");
    check_result("root = \"x\".number()", "error at 1:12: failed assignment (line 1): \"x\" is not a number");
    check_result("root = \"x\".round()", "error at 1:12: failed assignment (line 1): expected number value, got string from string literal (\"x\")");
    check_result("root = random_int(min: 2, max: 1)", "error at 1:8: failed assignment (line 1): random_int() has no number between 2 and 1");
    check_result("root = env(5)", "error at 1:8: failed assignment (line 1): expected string value, got number from number literal (5)");
    check_result("root = deleted() + 1", "error at 1:18: failed assignment (line 1): cannot add types delete (from function `deleted`) and number (from number literal)");
}

RF_TEST(a_mapping_may_be_one_expression) {
    WITH_BATCH;
    check_result("5", "5");
    check_result("\n  2 + 3 * 4 == 14 # sums\n", "true");
    check_result("5 6", "1:3: expected the end of the mapping");
}

RF_TEST(mapping_errors_of_syntax_name_their_place) {
    WITH_BATCH;
    check_result("", "1:1: a mapping without a statement");
    check_result("# nothing\n\n", "1:1: a mapping without a statement");
    check_result("root = ", "1:8: expected a value before the end of the statement");
    check_result("root 5", "1:6: expected `=` as in `root = 1`");
    check_result("root = 1 2", "1:10: expected line break, got: 2");
    check_result("root = 1\nroot.[ = 2", "2:6: expected a name");
    check_result("= 5", "1:1: expected a statement such as `root = 1`");
    check_result("root = 'a'", "1:8: strings stand in double quotes");
    check_result("root = \"a", "1:8: a string without its closing quote");
    check_result("root = \"\\q\"", "1:9: unknown escape in a string");
    check_result("root = \"\\u12g4\"", "1:9: \\u needs four hex digits");
    check_result("root = \"\"\"a", "1:8: a string without its closing \"\"\"");
    check_result("root = [1", "1:10: expected `,` before the end of the statement");
    check_result("root = {a: 1}", "1:9: expected a key in double quotes");
    check_result("root = {\"a\": 1, \"a\": 2}", "1:17: the key \"a\" stands twice");
    check_result("root = this.a", "error at 1:13: failed assignment (line 1): context was undefined, unable to reference `a`");
    check_result("import \"x\"", "1:1: `import` is not supported: write the map into this mapping");
    check_result("root = \xc3\xa4", "1:8: unexpected character `\xc3\xa4`");
    check_result("root = count()", "1:8: count() needs the argument `name`");
    check_result("root = count(1)", "1:14: count() needs a name in double quotes");
    check_result("root = now(1)", "1:12: too many arguments for now()");
    check_result("root = random_int(max: 1, 2)", "1:27: arguments of random_int() come all in order or all by name, each once");
    check_result("root = random_int(max: 1, max: 2)", "1:27: arguments of random_int() come all in order or all by name, each once");
    check_result("root = 1e999", "1:8: 1e999 is not a number");
    check_result("root = if true 5", "1:16: expected `{`");
    check_result("root = 1.", "1:10: expected the name of a method or a field behind `.`");
}

RF_TEST(mapping_near_names_are_proposed) {
    WITH_BATCH;
    rf_check(!compile(&f, "root = cuont(\"a\")"));
    rf_check(strcmp(f.error.message, "unrecognised function 'cuont'") == 0 && strstr(f.error.hint, "`count`") && f.error.code == RF_ECONFIG);
    rf_check(!compile(&f, "root = \"a\".upercase()"));
    rf_check(strcmp(f.error.message, "unrecognised method 'upercase'") == 0 && strstr(f.error.hint, "`uppercase`"));
    rf_check(!compile(&f, "root = random_int(mim: 1)"));
    rf_check(strcmp(f.error.message, "random_int() has no parameter `mim`") == 0 && strstr(f.error.hint, "`min`"));
}

static void locate(const void *map, uint32_t line, uint32_t column, rf_place *ret_place) {
    *ret_place = (rf_place){ .line = line + 10, .column = column + *(const uint32_t *)map };
    (void)snprintf(ret_place->file, sizeof ret_place->file, "config.yaml");
}

RF_TEST(mapping_places_are_those_of_the_users_file) {
    WITH_BATCH;
    const uint32_t shift = 4;
    rf_check(rf_mapping_compile(RF_SLICE("root = 1\nroot = ?"), locate, &shift, &f.mapping, &f.error) == RF_ECONFIG);
    rf_check(f.error.place.line == 12 && f.error.place.column == 12 && strcmp(f.error.place.file, "config.yaml") == 0);
    rf_check(!rf_mapping_compile(RF_SLICE("root = throw(\"x\")"), locate, &shift, &f.mapping, NULL));
    f.state = rf_mapping_state_new(f.mapping);
    rf_message m = { .payload = rf_null() };
    bool deleted;
    rf_check(f.state && rf_mapping_run(f.mapping, f.state, f.batch, &m, &deleted, &f.error) == RF_ESCRIPT);
    rf_check(f.error.place.line == 11 && f.error.place.column == 12);
}

RF_TEST(mapping_bounds_nesting) {
    WITH_BATCH;
    static const char *const openings[] = { "(", "[", "-", "{\"a\":", "if true {", "!", "random_int(" };
    for (size_t kind = 0; kind < sizeof openings / sizeof *openings; kind++) {
        rf_buffer_clear(&f.out);
        rf_buffer_text(&f.out, "root = ");
        for (int i = 0; i < 2000; i++)
            rf_buffer_text(&f.out, openings[kind]);
        rf_check(!f.out.failed);
        rf_check(rf_mapping_compile(rf_buffer_view(&f.out), NULL, NULL, &f.mapping, &f.error) == RF_ECONFIG && strstr(f.error.message, "nested deeper"));
    }
    rf_buffer_clear(&f.out);
    rf_buffer_text(&f.out, "root = 1");
    for (int i = 0; i < 2000; i++)
        rf_buffer_text(&f.out, " + 1");
    rf_check(!f.out.failed);
    rf_check(rf_mapping_compile(rf_buffer_view(&f.out), NULL, NULL, &f.mapping, &f.error) == RF_ECONFIG && strstr(f.error.message, "nested deeper"));
}

RF_TEST(mapping_tables_are_sorted) {
    for (const rf_mapping_function *row = rf_mapping_functions; row[0].name && row[1].name; row++)
        rf_check(strcmp(row[0].name, row[1].name) < 0);
    for (const rf_mapping_function *row = rf_mapping_methods; row[0].name && row[1].name; row++)
        rf_check(strcmp(row[0].name, row[1].name) < 0);
}
