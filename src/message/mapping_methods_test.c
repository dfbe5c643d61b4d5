/* mapping_methods_test.c: every method of mappings, and how each refuses what it is not for. */
#include "message/mapping_methods.h"

#include "harness.h"

#include "base/slice.h"

typedef struct fixture {
    rf_keys *keys;
    rf_batch *batch;
    rf_buffer out;
    rf_error error;
} fixture;

static void fixture_done(fixture *f) {
    rf_buffer_done(&f->out);
    rf_batch_free(f->batch);
    rf_keys_free(f->keys);
}

#define PAYLOAD "{\"s\":\"a,b,c\",\"n\":-2.5,\"l\":[3,1,2,3],\"o\":{\"b\":1,\"a\":{\"x\":[1]}},\"e\":\"\",\"z\":null,\"p\":[{\"id\":2},{\"id\":1}]}"

static void put_bytes(fixture *f, rf_message *message) {
    rf_slice bytes;
    if (rf_message_bytes(f->batch, message, &bytes, NULL))
        rf_buffer_text(&f->out, "(no bytes)");
    else
        rf_buffer_slice(&f->out, bytes);
}

/* What the expression is, within a list as JSON; or "!" and why it failed. */
static rf_slice value_of(fixture *f, const char *expression) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_mapping *mapping = NULL;
    bool deleted = false;
    rf_buffer_clear(&f->out);
    f->error = (rf_error){ 0 };
    rf_buffer_printf(&text, "root = [%s]", expression);
    rf_message *message = text.failed ? NULL : rf_batch_add(f->batch);
    rf_code code = message ? rf_mapping_compile(rf_buffer_view(&text), NULL, NULL, &mapping, &f->error) : RF_ENOMEM;
    rf_mapping_state *state = code ? NULL : rf_mapping_state_new(mapping);
    if (message)
        message->payload = rf_text(RF_RAW, RF_SLICE(PAYLOAD));
    const rf_mapping_turn turn = { message, f->batch->count ? f->batch->count - 1 : 0 };
    if (!code)
        code = state ? rf_mapping_change(mapping, state, false, f->batch, &turn, &deleted, &f->error) : RF_ENOMEM;
    if (code)
        rf_buffer_printf(&f->out, "!%s", f->error.message);
    else
        put_bytes(f, message);
    rf_mapping_state_free(state);
    rf_mapping_free(mapping);
    return rf_buffer_view(&f->out);
}

#define PREFIX "!failed assignment (line 1): "

typedef struct claim { const char *expression, *expected; } claim;

static void check_rows(const claim *rows, size_t count) {
    RF_CLEANUP(fixture_done) fixture f = { .keys = rf_keys_new() };
    f.batch = f.keys ? rf_batch_new(f.keys) : NULL;
    rf_check(f.batch);
    for (size_t i = 0; i < count; i++) {
        rf_slice made = value_of(&f, rows[i].expression);
        bool failed = rf_slice_starts(made, RF_SLICE(PREFIX));
        if (failed)
            made = (rf_slice){ made.data + sizeof PREFIX - 1, made.len - sizeof PREFIX + 1 };
        else if (made.len >= 2 && made.data[0] == '[')
            made = (rf_slice){ made.data + 1, made.len - 2 };
        rf_check_text(made, rf_slice_of(rows[i].expected));
        rf_batch_clear(f.batch);
    }
}

#define CHECK(...)                                           \
    static const claim rows[] = { __VA_ARGS__ };               \
    check_rows(rows, sizeof rows / sizeof rows[0])

RF_TEST(texts_are_cut_and_joined) {
    CHECK({ "this.s.split(\",\")", "[\"a\",\"b\",\"c\"]" }, { "\"\".split(\",\")", "[\"\"]" }, { "\"aä\".split(\"\")", "[\"a\",\"ä\"]" },
          { "this.s.split(\",\").join(\"-\")", "\"a-b-c\"" }, { "[\"a\"].join()", "\"a\"" }, { "this.l.join(\",\")", "expected array of strings, with a string value, got number from field `this.l` (3)" },
          { "this.s.contains(\"b\")", "true" }, { "this.l.contains(2)", "true" }, { "this.l.contains(\"2\")", "false" },
          { "this.s.has_prefix(\"a,\")", "true" }, { "this.s.has_suffix(\"c\")", "true" }, { "this.s.index_of(\"c\")", "4" }, { "this.s.index_of(\"q\")", "-1" },
          { "this.s.replace_all(\",\", \"\")", "\"abc\"" }, { "this.s.replace(\"b\", \"xx\")", "\"a,xx,c\"" }, { "\"  x \".trim()", "\"x\"" },
          { "\"xxaxx\".trim(\"x\")", "\"a\"" }, { "\"abc\".trim_prefix(\"a\")", "\"bc\"" }, { "\"abc\".trim_suffix(\"bc\")", "\"a\"" },
          { "\"ab\".repeat(3)", "\"ababab\"" }, { "\"ab\".repeat(-1)", "repeat() needs a count of at least 0, got -1" },
          { "\"ab\".repeat(1000000000)", "repeat() makes a text of more than 64 MiB" }, { "\"aä\".reverse()", "\"äa\"" },
          { "\"a\\\"b\\n\".quote()", "\"\\\"a\\\\\\\"b\\\\n\\\"\"" }, { "\"a\\n\".quote().unquote()", "\"a\\n\"" }, { "\"a\".unquote()", "the text is not one in double quotes" },
          { "\"ab c\".uppercase()", "\"AB C\"" }, { "\"AB\".lowercase()", "\"ab\"" }, { "\"ab cd\".capitalize()", "\"Ab Cd\"" },
          { "\"hello\".slice(1, 3)", "\"el\"" }, { "\"hello\".slice(-2)", "\"lo\"" }, { "this.l.slice(1)", "[1,2,3]" },
          { "\"a\".slice(3, 1)", "\"\"" }, { "\"hello\".slice(3, 1)", "lower slice bound 3 is higher than the upper one 1" },
          { "this.z.split(\",\")", "expected string value, got null from field `this.z`" });
}

RF_TEST(patterns_match_find_and_replace) {
    CHECK({ "this.s.re_match(\"^a.*c$\")", "true" }, { "this.s.re_match(\"x\")", "false" }, { "this.s.re_find_all(\"[a-z]\")", "[\"a\",\"b\",\"c\"]" },
          { "this.s.re_replace_all(\"[a-z]\", \"<$0>\")", "\"<a>,<b>,<c>\"" }, { "\"ab\".re_replace(\"b*\", \"-\")", "\"-a-\"" },
          { "\"a\".re_match(\"(\" + \")\")", "true" }, { "\"a\".re_match(\"(\" + \"\")", "`(` is no regular expression: missing closing parenthesis, at character 2" },
          { "\"a\".re_match(\"(\")", "!`(` is no regular expression: missing closing parenthesis, at character 2" });
}

RF_TEST(values_are_converted) {
    CHECK({ "this.n.string()", "\"-2.5\"" }, { "this.o.string()", "\"{\\\"a\\\":{\\\"x\\\":[1]},\\\"b\\\":1}\"" }, { "this.z.string()", "\"null\"" },
          { "\"5\".number()", "5" }, { "\"5.50\".number()", "5.5" }, { "\"x\".number(0)", "0" }, { "\"x\".number()", "\"x\" is not a number" },
          { "\"true\".bool()", "true" }, { "0.bool()", "false" }, { "\"q\".bool(true)", "true" }, { "\"q\".bool()", "expected bool value, got string from string literal (\"q\")" },
          { "\"7\".int64()", "7" }, { "7.5.int64()", "expected integer value, got number from number literal (7.5)" }, { "7.float64()", "7" },
          { "this.n.abs()", "2.5" }, { "this.n.round()", "-3" }, { "this.n.floor()", "-3" }, { "this.n.ceil()", "-2" }, { "2.pow(10)", "1024" },
          { "this.l.type()", "\"array\"" }, { "content().type()", "\"bytes\"" }, { "this.nope.type()", "\"null\"" }, { "\"abc\".bytes()", "\"YWJj\"" },
          { "this.z.not_null()", "value is null" }, { "this.e.not_empty()", "string value is empty" }, { "this.l.not_empty().length()", "4" },
          { "this.z.or(1)", "1" }, { "this.s.uppercase().number().or(2)", "2" }, { "throw(\"x\").catch(3)", "3" }, { "this.z.catch(3)", "null" },
          { "\"{\\\"a\\\":1.50}\".parse_json()", "{\"a\":1.50}" }, { "\"[1\".parse_json()", "failed to parse value as JSON: unexpected EOF" },
          { "this.o.format_json(no_indent: true)", "\"{\\\"a\\\":{\\\"x\\\":[1]},\\\"b\\\":1}\"" }, { "\"1m30s\".parse_duration()", "90000000000" });
}

RF_TEST(bytes_are_encoded_and_hashed) {
    CHECK({ "\"hi>?\".encode(\"base64\")", "\"aGk+Pw==\"" }, { "\"hi>?\".encode(\"base64url\")", "\"aGk-Pw==\"" }, { "\"hi>?\".encode(\"base64rawurl\")", "\"aGk-Pw\"" },
          { "\"hi\".encode(\"hex\")", "\"6869\"" }, { "\"6869\".decode(\"hex\").string()", "\"hi\"" }, { "\"aGk-Pw\".decode(\"base64rawurl\").string()", "\"hi>?\"" },
          { "\"aGk=\".decode(\"base64\").string()", "\"hi\"" }, { "\"6g\".decode(\"hex\")", "the text is not hexadecimal" }, { "\"a\".encode(\"rot\")", "unrecognized encoding type: rot" },
          { "\"abc\".hash(\"sha256\").encode(\"hex\")", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"" },
          { "\"abc\".hash(\"md5\").encode(\"hex\")", "\"900150983cd24fb0d6963f7d28e17f72\"" }, { "\"abc\".hash(\"crc32\").encode(\"hex\")", "\"352441c2\"" },
          { "\"abc\".hash(\"sum\")", "unrecognized hash type: sum" },
          { "\"a,b\\r\\n1,\\\"x \\\"\\\"y\\\"\\\"\\\"\\n\".parse_csv()", "[{\"a\":\"1\",\"b\":\"x \\\"y\\\"\"}]" }, { "\"1;2\".parse_csv(false, \";\")", "[[\"1\",\"2\"]]" },
          { "\"a,b\\n1\".parse_csv()", "a row has 1 fields where the first has 2" });
}

RF_TEST(arrays_are_asked_item_by_item) {
    CHECK({ "this.l.map_each(this * 2)", "[6,2,4,6]" }, { "this.l.map_each(x -> if x == 1 { deleted() } else { x })", "[3,2,3]" },
          { "this.o.map_each(m -> m.key)", "{\"a\":\"a\",\"b\":\"b\"}" }, { "this.l.filter(x -> x > 1)", "[3,2,3]" }, { "this.o.filter(m -> m.key == \"b\")", "{\"b\":1}" },
          { "this.l.filter(x -> x)", "expected bool value, got number from map expression (3)" }, { "this.l.all(x -> x > 0)", "true" }, { "[].all(x -> x)", "false" },
          { "this.l.any(x -> x > 2)", "true" }, { "this.l.find(2)", "2" }, { "this.l.find_by(x -> x == 9)", "-1" },
          { "this.l.fold(0, item -> item.tally + item.value)", "9" }, { "this.l.sum()", "9" }, { "[1, 0.5].sum()", "1.5" }, { "this.l.min()", "1" }, { "this.l.max()", "3" },
          { "[].max()", "the array is empty: it has no max" }, { "this.l.sort()", "[1,2,3,3]" }, { "[\"b\",\"a\"].sort()", "[\"a\",\"b\"]" },
          { "this.l.sort(p -> p.left > p.right)", "[3,3,2,1]" }, { "[1,\"a\"].sort()", "expected array of numbers or of strings, with a number or string value, got string from array literal (\"a\")" },
          { "this.p.sort_by(x -> x.id)", "[{\"id\":1},{\"id\":2}]" }, { "this.l.unique()", "[3,1,2]" }, { "this.p.unique(x -> 1)", "[{\"id\":2}]" },
          { "this.l.append(9, 8)", "[3,1,2,3,9,8]" }, { "[1].concat([2], [3])", "[1,2,3]" }, { "this.l.index(-1)", "3" },
          { "this.l.index(7)", "index '7' was out of bounds for array size: 4" }, { "[\"a\"].enumerated()", "[{\"index\":0,\"value\":\"a\"}]" }, { "[1,[2,[3]],[]].flatten()", "[1,2,[3]]" });
}

RF_TEST(objects_are_taken_apart_and_put_together) {
    CHECK({ "this.o.keys()", "[\"a\",\"b\"]" }, { "this.o.values()", "[{\"x\":[1]},1]" }, { "{\"k\":1}.key_values()", "[{\"key\":\"k\",\"value\":1}]" },
          { "this.o.get(\"a.x.0\")", "1" }, { "this.o.exists(\"a.x\")", "true" }, { "this.o.exists(\"q\")", "false" },
          { "this.o.merge({\"c\":2,\"a\":{\"x\":[5]}})", "{\"a\":{\"x\":[1,5]},\"b\":1,\"c\":2}" }, { "[1].merge([2])", "[1,2]" },
          { "this.o.assign({\"b\":7,\"a\":{\"y\":1}})", "{\"a\":{\"x\":[1],\"y\":1},\"b\":7}" }, { "this.o.without(\"b\", \"a.x\")", "{\"a\":{}}" },
          { "this.o.map_each_key(k -> k.uppercase())", "{\"A\":{\"x\":[1]},\"B\":1}" }, { "{\"a\":[1,2],\"b\":0}.explode(\"a\")", "[{\"a\":1,\"b\":0},{\"a\":2,\"b\":0}]" },
          { "this.o.collapse()", "{\"a.x.0\":1,\"b\":1}" }, { "this.l.keys()", "expected object value, got array from field `this.l`" });
}

RF_TEST(times_have_layouts) {
    CHECK({ "1700000000.ts_format(\"2006-01-02 15:04:05.000\")", "\"2023-11-14 22:13:20.000\"" },
          { "\"2023-11-14T22:13:20.5Z\".ts_format(\"Mon Jan _2 03:04:05.999 PM 06 MST\")", "\"Tue Nov 14 10:13:20.5 PM 23 UTC\"" },
          { "\"14/11/2023 22:13\".ts_parse(\"02/01/2006 15:04\")", "\"2023-11-14T22:13:00Z\"" },
          { "\"2023-11-14T23:13:20+01:00\".ts_unix()", "1700000000" }, { "\"2023-11-14T22:13:20.123456789Z\".ts_unix_milli()", "1700000000123" },
          { "1.5.ts_unix_micro()", "1500000" }, { "\"1969-12-31T23:59:59Z\".ts_unix()", "-1" }, { "now().ts_format(\"2006\").length()", "4" },
          { "\"31/02/2023\".ts_parse(\"02/01/2006\")", "parsing time \"31/02/2023\" as \"02/01/2006\": it does not follow that layout" },
          { "\"x\".ts_unix()", "\"x\" is not a time such as 2006-01-02T15:04:05Z" }, { "1.ts_format(\"2006\", \"Europe/Berlin\")", "the time zone `Europe/Berlin` is not supported: times are in UTC" });
}

RF_TEST(the_tables_are_sorted_and_told) {
    for (const rf_mapping_function *row = rf_mapping_methods; row[1].name; row++)
        rf_check(strcmp(row[0].name, row[1].name) < 0 && row->doc);
    for (const rf_mapping_function *row = rf_mapping_functions; row[1].name; row++)
        rf_check(strcmp(row[0].name, row[1].name) < 0 && row->doc);
}
