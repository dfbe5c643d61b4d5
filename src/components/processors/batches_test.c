/* batches_test.c: processors that look at batches, and those that use caches: what comes out for what goes in. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <string.h>

/* One run: processors as YAML, messages as lines of `codec: message`, each in the user's batch that `parcels` says ("0112"). */
typedef struct sample {
    const char *processors, *resources;
    const char *lines, *parcels;
    const char *expected;
} sample;

static void check_sample(const sample *s) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer config = { 0 }, out = { 0 };
    rf_error error = { 0 };
    rf_buffer_printf(&config, "input: {stdin: {}}\noutput: {drop: {}}\nlogger: {level: \"OFF\"}\npipeline: {processors: [%s]}\n%s\n", s->processors,
                     s->resources ? s->resources : "");
    const char *text = rf_buffer_cstr(&config);
    rf_code code = text ? rf_fixture_open(&f, text, &error) : RF_ENOMEM;
    rf_slice rest = rf_slice_of(s->lines);
    for (size_t i = 0; !code && rest.len; i++) {
        size_t len = rf_slice_find(rest, '\n');
        char line[200];
        (void)snprintf(line, sizeof line, "%.*s", (int)len, rest.data);
        code = rf_fixture_send(&f, line, &error);
        if (!code && s->parcels)
            f.batch->messages[i].parcel = (uint32_t)(s->parcels[i] - '0');
        rest.data += len < rest.len ? len + 1 : len;
        rest.len -= len < rest.len ? len + 1 : len;
    }
    if (!code)
        code = rf_fixture_run(&f, &error);
    if (rf_test_torture())
        return;
    rf_check_text(rf_slice_of(error.message), RF_SLICE(""));
    for (uint32_t i = 0; i < f.batch->count; i++) {
        rf_buffer_slice(&out, rf_fixture_line(&f, i));
        rf_buffer_char(&out, '\n');
    }
    rf_check_text(rf_buffer_view(&out), rf_slice_of(s->expected));
}

#define RAW(text) "{\"raw\":\"" text "\",\"meta\":{}}\n"
#define ABC RAW("a") RAW("b") RAW("c")

RF_TEST(an_archive_is_of_one_batch_of_the_users) {
    check_sample(&(sample){ "archive: {format: lines}", NULL, ABC, "000", ABC });
    check_sample(&(sample){ "archive: {format: lines}", NULL, ABC, "110", RAW("a\\nb") RAW("c") });
    check_sample(&(sample){ "archive: {format: concatenate}", NULL, ABC, "111", RAW("abc") });
    check_sample(&(sample){ "archive: {format: json_array}", NULL, RAW("1.50") RAW("{\\\"a\\\":1}"), "11", "{\"payload\":[1.50,{\"a\":1}],\"meta\":{}}\n" });
    check_sample(&(sample){ "archive: {format: json_array}", NULL, RAW("x") RAW("y"), "11",
                            "{\"raw\":\"x\",\"meta\":{},\"error\":\"failed to parse message as JSON: invalid character 'x' looking for beginning of value\"}\n"
                            "{\"raw\":\"y\",\"meta\":{},\"error\":\"failed to parse message as JSON: invalid character 'x' looking for beginning of value\"}\n" });
}

RF_TEST(what_was_archived_comes_apart_again) {
    check_sample(&(sample){ "{archive: {format: binary}}, {unarchive: {format: binary}}", NULL, ABC RAW(""), "1111", ABC RAW("") });
    check_sample(&(sample){ "{archive: {format: tar, path: 'f${! batch_index() }'}}, {unarchive: {format: tar}}", NULL, RAW("a") RAW(""), "11",
                            "{\"raw\":\"a\",\"meta\":{\"archive_filename\":\"f0\"}}\n{\"raw\":\"\",\"meta\":{\"archive_filename\":\"f1\"}}\n" });
    check_sample(&(sample){ "{archive: {format: lines}}, {unarchive: {format: lines}}, {insert_part: {content: 'of ${! batch_size() }'}}", NULL, ABC, "111",
                            ABC RAW("of 3") });
}

RF_TEST(what_cannot_be_taken_apart_stays_and_is_marked) {
    check_sample(&(sample){ "{archive: {format: zip, path: 'f${! batch_index() }'}}, {unarchive: {format: zip}}", NULL, RAW("a") RAW(""), "11",
                            "{\"raw\":\"a\",\"meta\":{\"archive_filename\":\"f0\"}}\n{\"raw\":\"\",\"meta\":{\"archive_filename\":\"f1\"}}\n" });
    check_sample(&(sample){ "unarchive: {format: zip}", NULL, RAW("nope"), NULL, "{\"raw\":\"nope\",\"meta\":{},\"error\":\"zip: not a valid zip file\"}\n" });
    check_sample(&(sample){ "unarchive: {format: tar}", NULL, RAW("nope"), NULL, "{\"raw\":\"nope\",\"meta\":{},\"error\":\"unexpected EOF\"}\n" });
    check_sample(&(sample){ "unarchive: {format: binary}", NULL, RAW("\\u0000\\u0000\\u0000\\u0009ab"), NULL,
                            "{\"raw\":\"\\u0000\\u0000\\u0000\\tab\",\"meta\":{},\"error\":\"serialised message bytes were in unexpected format\"}\n" });
    check_sample(&(sample){ "unarchive: {format: csv}", NULL, RAW("h1\\n1,2"), NULL,
                            "{\"raw\":\"h1\\n1,2\",\"meta\":{},\"error\":\"failed to parse message as csv: record on line 2: wrong number of fields\"}\n" });
    check_sample(&(sample){ "unarchive: {format: json_map}", NULL, RAW("[]"), NULL,
                            "{\"payload\":[],\"meta\":{},\"error\":\"failed to parse message into JSON map: invalid type '[]interface {}'\"}\n" });
}

RF_TEST(json_and_csv_come_apart) {
    check_sample(&(sample){ "unarchive: {format: json_documents}", NULL, RAW("{} [1]2"), NULL,
                            "{\"payload\":{},\"meta\":{}}\n{\"payload\":[1],\"meta\":{}}\n{\"payload\":2,\"meta\":{}}\n" });
    check_sample(&(sample){ "unarchive: {format: 'csv:;'}", NULL, RAW("h;i\\n1;\\\"a;b\\\"\\n"), NULL, "{\"payload\":{\"h\":\"1\",\"i\":\"a;b\"},\"meta\":{}}\n" });
    check_sample(&(sample){ "unarchive: {format: json_array}", NULL, RAW("[]") RAW("[1,null]"), NULL, "{\"payload\":1,\"meta\":{}}\n{\"payload\":null,\"meta\":{}}\n" });
}

RF_TEST(batches_are_split_selected_and_bounded) {
    check_sample(&(sample){ "{split: {size: 2}}, {archive: {format: lines}}", NULL, ABC, "111", RAW("a\\nb") RAW("c") });
    check_sample(&(sample){ "{split: {byte_size: 3, size: 0}}, {archive: {format: lines}}", NULL, RAW("aa") RAW("b") RAW("cccc") RAW("d"), "1111",
                            RAW("aa\\nb") RAW("cccc") RAW("d") });
    check_sample(&(sample){ "select_parts: {parts: [0, -1, -1, 7, -9]}", NULL, ABC, "111", RAW("a") RAW("c") RAW("c") });
    check_sample(&(sample){ "select_parts: {parts: [1]}", NULL, ABC, "000", "" });
    check_sample(&(sample){ "insert_part: {index: 0, content: X}", NULL, ABC, "110", RAW("X") RAW("a") RAW("b") RAW("X") RAW("c") });
    check_sample(&(sample){ "insert_part: {index: -2, content: X}", NULL, ABC, "111", RAW("a") RAW("b") RAW("X") RAW("c") });
    check_sample(&(sample){ "bounds_check: {max_part_size: 1, max_parts: 2}", NULL, ABC RAW("dd") RAW("e"), "11100", RAW("e") });
}

RF_TEST(compressed_payloads_expand_again) {
    static const char *const algorithms[] = { "gzip", "pgzip", "zlib", "flate", "lz4", "snappy" };
    for (size_t i = 0; i < 6; i++) {
        char steps[120];
        (void)snprintf(steps, sizeof steps, "{compress: {algorithm: %s, level: 9}}, {decompress: {algorithm: %s}}", algorithms[i], algorithms[i]);
        check_sample(&(sample){ steps, NULL, ABC RAW(""), NULL, ABC RAW("") });
    }
    check_sample(&(sample){ "decompress: {algorithm: gzip}", NULL, RAW("hello") RAW("hellohellohello"), NULL,
                            "{\"raw\":\"hello\",\"meta\":{},\"error\":\"unexpected EOF\"}\n{\"raw\":\"hellohellohello\",\"meta\":{},\"error\":\"gzip: invalid header\"}\n" });
}

#define CACHE "cache_resources: [{label: c, memory: {init_values: {k: preset}}}]"

RF_TEST(caches_are_asked_and_filled) {
    check_sample(&(sample){ "cache: {resource: c, operator: get, key: '${! content() }'}", CACHE, RAW("k") RAW("q"), NULL,
                            RAW("preset") "{\"raw\":\"q\",\"meta\":{},\"error\":\"operator failed for key 'q': key does not exist\"}\n" });
    check_sample(&(sample){ "cache: {resource: c, operator: add, key: k, value: v}", CACHE, RAW("a"), NULL,
                            "{\"raw\":\"a\",\"meta\":{},\"error\":\"key already exists: k\"}\n" });
    check_sample(&(sample){ "{cache: {resource: c, operator: set, key: n, ttl: 1h}}, {cache: {resource: c, operator: get, key: n}}", CACHE, RAW("a"), NULL, RAW("a") });
    check_sample(&(sample){ "{cache: {resource: c, operator: delete, key: k}}, {cache: {resource: c, operator: exists, key: k}}", CACHE, RAW("a"), NULL, "{\"payload\":false,\"meta\":{}}\n" });
    check_sample(&(sample){ "cache: {resource: c, operator: set, key: k, ttl: soon}", CACHE, RAW("a"), NULL,
                            "{\"raw\":\"a\",\"meta\":{},\"error\":\"operator failed for key 'k': ttl `soon` is not a duration\"}\n" });
}

RF_TEST(a_key_is_let_through_once) {
    check_sample(&(sample){ "dedupe: {cache: c, key: '${! content() }'}", CACHE, ABC RAW("a") RAW("k") RAW("d"), NULL, ABC RAW("d") });
    check_sample(&(sample){ "dedupe: {cache: c, key: '${! json(\"k\") }'}", CACHE, RAW("x") RAW("{\\\"k\\\":1}") RAW("{\\\"k\\\":1}") RAW("{}") RAW("{}"), NULL,
                            "{\"payload\":{\"k\":1},\"meta\":{}}\n{\"payload\":{},\"meta\":{}}\n" });
    check_sample(&(sample){ "dedupe: {cache: c, key: '${! content() }'}", "cache_resources: [{label: c, lru: {cap: 2}}]", ABC RAW("a"), NULL, ABC RAW("a") });
}

RF_TEST(a_rate_limit_holds_back_and_drops_nothing) {
    check_sample(&(sample){ "rate_limit: {resource: r}", "rate_limit_resources: [{label: r, local: {count: 2, interval: 5ms}}]", ABC, NULL, ABC });
}

/* ---- group_by, group_by_value ---- */

#define JOIN "{archive: {format: concatenate}}"

RF_TEST(groups_come_in_the_order_of_their_first_messages) {
    check_sample(&(sample){ "{group_by_value: {value: '${! content() }'}}, " JOIN, NULL, RAW("a") RAW("b") RAW("a") RAW("c") RAW("b"), "11111", RAW("aa") RAW("bb") RAW("c") });
    check_sample(&(sample){ "{group_by_value: {value: '${! content() }'}}, " JOIN, NULL, RAW("a") RAW("a") RAW("b") RAW("a"), "1022", RAW("a") RAW("a") RAW("b") RAW("a") });
    check_sample(&(sample){ "{group_by_value: {value: '${! json(\"k\") }'}}", NULL, RAW("x") RAW("{\\\"k\\\":1}") RAW("y"), "111",
                            "{\"raw\":\"x\",\"meta\":{},\"error\":\"group value interpolation error: invalid character 'x' looking for beginning of value\"}\n"
                            "{\"raw\":\"y\",\"meta\":{},\"error\":\"group value interpolation error: invalid character 'y' looking for beginning of value\"}\n"
                            "{\"payload\":{\"k\":1},\"meta\":{}}\n" });
}

RF_TEST(groups_have_processors_of_their_own_and_the_rest_comes_last) {
#define BS "{check: 'content() == \"b\"', processors: [" JOIN "]}"
    check_sample(&(sample){ "{group_by: [" BS ", {check: 'content() == \"c\"'}]}", NULL, RAW("a") RAW("b") RAW("c") RAW("b") RAW("a"), "11111",
                            RAW("bb") RAW("c") RAW("a") RAW("a") });
    check_sample(&(sample){ "{group_by: [" BS "]}, " JOIN, NULL, RAW("a") RAW("b") RAW("a") RAW("b"), "1122", RAW("b") RAW("a") RAW("b") RAW("a") });
    check_sample(&(sample){ "{group_by: [{check: true, processors: [{split: {size: 1}}]}]}, " JOIN, NULL, ABC, "111", ABC });
    check_sample(&(sample){ "{group_by: [{check: 'throw(\"x\")'}, " BS "]}, " JOIN, NULL, RAW("a") RAW("b"), "11", RAW("b") RAW("a") });
}

/* ---- branch ---- */

#define BRANCH(within) "{branch: {" within "}}"
#define RESULT "processors: [{mapping: 'root = 7'}], result_map: 'root.r = this'"

RF_TEST(a_branch_leaves_the_message_but_for_its_result) {
    check_sample(&(sample){ BRANCH(RESULT), NULL, RAW("{\\\"a\\\":1}"), NULL, "{\"payload\":{\"a\":1,\"r\":7},\"meta\":{}}\n" });
    check_sample(&(sample){ BRANCH("processors: [{mapping: 'root = 7'}]"), NULL, ABC, "110", ABC });
    check_sample(&(sample){ BRANCH("request_map: 'root = if this.a == 1 { deleted() }', " RESULT), NULL, RAW("{\\\"a\\\":1}") RAW("{\\\"a\\\":2}"), "11",
                            "{\"payload\":{\"a\":1},\"meta\":{}}\n{\"payload\":{\"a\":2,\"r\":7},\"meta\":{}}\n" });
    check_sample(&(sample){ BRANCH("request_map: 'meta x = \"1\"', processors: [{mapping: 'root.c = content().string() + \"!\"'}], "
                                   "result_map: 'root.c = this.c; root.x = metadata(\"x\"); root.own = @x; meta y = metadata(\"x\"); root.was = root.a'"),
                            NULL, "{\"raw\":\"{\\\"a\\\":1}\",\"meta\":{\"x\":\"0\"}}\n", NULL,
                            "{\"payload\":{\"a\":1,\"c\":\"!\",\"x\":\"1\",\"own\":\"0\",\"was\":1},\"meta\":{\"x\":\"0\",\"y\":\"1\"}}\n" });
}

#define FAILED(text, why) "{\"raw\":\"" text "\",\"meta\":{},\"error\":\"" why "\"}\n"

RF_TEST(what_fails_in_a_branch_marks_the_message) {
    check_sample(&(sample){ BRANCH("processors: [{mapping: 'root = throw(\"in\")'}], result_map: 'root = 1'"), NULL, RAW("a"), NULL,
                            FAILED("a", "processors failed: failed assignment (line 1): in") });
    check_sample(&(sample){ BRANCH("request_map: 'root = throw(\"no\")', " RESULT), NULL, RAW("a"), NULL, FAILED("a", "request mapping failed: failed assignment (line 1): no") });
    check_sample(&(sample){ BRANCH("processors: [noop: {}], result_map: 'root = throw(\"no\")'"), NULL, RAW("a"), NULL,
                            FAILED("a", "result mapping failed: failed assignment (line 1): no") });
    check_sample(&(sample){ BRANCH("processors: [{mapping: 'root = if content() == \"b\" { deleted() }'}], result_map: 'root = \"x\"'"), NULL, ABC, "000",
                            RAW("x") FAILED("b", "child processors resulted in zero messages") RAW("x") });
}

RF_TEST(a_branch_that_changes_how_many_there_are_fails_the_batch) {
#define TWO_OF_ONE "message count from branch processors does not match request, started with 2 messages, finished with 1"
    check_sample(&(sample){ BRANCH("processors: [" JOIN "], result_map: 'root = content()'"), NULL, ABC, "110", FAILED("a", TWO_OF_ONE) FAILED("b", TWO_OF_ONE) RAW("c") });
    check_sample(&(sample){ BRANCH("processors: [{unarchive: {format: lines}}], result_map: 'root = content() + \"!\"'"), NULL, RAW("a\\nb") RAW("c"), NULL,
                            FAILED("a\\nb", "message count from branch processors does not match request, started with 1 messages, finished with 2") RAW("c!") });
    check_sample(&(sample){ BRANCH("processors: [{mapping: 'root = deleted()'}]"), NULL, ABC, "110",
                            FAILED("a", "child processors resulted in zero messages") FAILED("b", "child processors resulted in zero messages")
                            FAILED("c", "child processors resulted in zero messages") });
}

RF_TEST(the_processor_that_failed_is_known) {
#define ASK "{mapping: 'root = [error_source_label(), error_source_name(), error_source_path()]'}"
    check_sample(&(sample){ "{processors: [{label: one, mapping: 'root = throw(\"1\")'}, {for_each: [{mapping: 'root = throw(\"2\")'}]}, {nodered_js: {code: 'return msg;'}}, " ASK "]}",
                            NULL, RAW("a"), NULL,
                            "{\"payload\":[\"\",\"mapping\",\"pipeline.processors.0.processors.1.for_each.0\"],\"meta\":{},\"error\":\"failed assignment (line 1): 2\"}\n" });
    check_sample(&(sample){ "{processors: [{label: one, mapping: 'root = throw(\"x\")'}, {for_each: [noop: {}]}, " ASK ", {catch: []}]}", NULL, RAW("a"), NULL,
                            "{\"payload\":[\"one\",\"mapping\",\"pipeline.processors.0.processors.0\"],\"meta\":{}}\n" });
    check_sample(&(sample){ "{processors: [" ASK "]}", NULL, RAW("a"), NULL, "{\"payload\":[null,null,null],\"meta\":{}}\n" });
}

/* ---- cached, crash, metric ---- */

#define KEPT "cache_resources: [{label: c, memory: {init_values: {foreign: zz}}}]"
#define CACHED(within) "{cached: {cache: c, key: '${! content() }', processors: [" within "]}}"

RF_TEST(results_are_kept_by_their_key) {
    check_sample(&(sample){ CACHED("{mapping: 'root = counter().string() + content().string()'}"), KEPT, RAW("a") RAW("b") RAW("a"), "111", RAW("1a") RAW("2b") RAW("1a") });
    check_sample(&(sample){ CACHED("{unarchive: {format: lines}}"), KEPT, RAW("a\\nb") RAW("a\\nb"), NULL, RAW("a") RAW("b") RAW("a") RAW("b") });
    check_sample(&(sample){ CACHED("{mapping: 'root = deleted()'}"), KEPT, ABC ABC, NULL, "" });
    check_sample(&(sample){ CACHED("{mapping: 'root = throw(counter().string())'}"), KEPT, RAW("a") RAW("a"), NULL,
                            FAILED("a", "failed assignment (line 1): 1") FAILED("a", "failed assignment (line 1): 2") });
    check_sample(&(sample){ "{cached: {cache: c, key: k, skip_on: 'content() == \"1\"', processors: [{mapping: 'root = counter()'}]}}", KEPT, RAW("a") RAW("b") RAW("c"), NULL,
                            "{\"payload\":1,\"meta\":{}}\n{\"payload\":2,\"meta\":{}}\n{\"payload\":2,\"meta\":{}}\n" });
}

RF_TEST(what_cannot_be_cached_marks_the_message) {
    check_sample(&(sample){ CACHED("noop: {}"), KEPT, RAW("foreign"), NULL,
                            FAILED("foreign", "failed to parse cached result, this indicates the data was not set by this processor: invalid format version") });
    check_sample(&(sample){ "{cached: {cache: c, key: '${! json(\"k\") }', processors: [noop: {}]}}", KEPT, RAW("x"), NULL,
                            FAILED("x", "failed to interpolate key expression: invalid character 'x' looking for beginning of value") });
    check_sample(&(sample){ "{cached: {cache: c, key: k, ttl: soon, processors: [noop: {}]}}", KEPT, RAW("x"), NULL,
                            FAILED("x", "failed to parse ttl expression: `soon` is not a duration") });
}

RF_TEST(crash_without_a_stream_marks_the_messages) {
    check_sample(&(sample){ "{processors: [crash: 'bye ${! content() }']}", NULL, RAW("a") RAW("b"), "11",
                            FAILED("a", "the processor crash ended the run: bye a") FAILED("b", "the processor crash ended the run: bye a") });
}

static void check_metrics(const char *processor, const char *expected) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer config = { 0 }, out = { 0 };
    rf_error error = { 0 };
    rf_buffer_printf(&config, "input: {stdin: {}}\noutput: {drop: {}}\nlogger: {level: \"OFF\"}\npipeline: {processors: [{metric: {%s}}]}\n", processor);
    const char *text = rf_buffer_cstr(&config);
    rf_code code = text ? rf_fixture_open(&f, text, &error) : RF_ENOMEM;
    const char *const lines[] = { "2", "x", "1.5", "-1", "2" };
    for (size_t i = 0; i < 5 && !code; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "{\"raw\":\"%s\",\"meta\":{}}", lines[i]);
        code = rf_fixture_send(&f, line, &error);
    }
    if (!code)
        code = rf_fixture_run(&f, &error);
    if (rf_test_torture())
        return;
    rf_check_text(rf_slice_of(error.message), RF_SLICE(""));
    rf_check(f.batch->count == 5);
    for (uint32_t i = 0; i < f.batch->count; i++)
        rf_check(!f.batch->messages[i].error.data);
    rf_metrics_write_prometheus(f.metrics, &out);
    const char *all = rf_buffer_cstr(&out);
    bool found = all && strstr(all, expected);
    rf_check(found);
    if (!found)
        (void)fprintf(stderr, "%s\nis not in\n%s", expected, all ? all : "");
}

#define OWN "label=\"\",path=\"root.pipeline.processors.0\""

RF_TEST(messages_count_in_metrics_of_the_users) {
    check_metrics("type: counter, name: parts", "# TYPE parts counter\nparts{" OWN "} 5\n");
    check_metrics("type: counter_by, name: 1st.parts, value: '${! content() }'", "_1st_parts{" OWN "} 5.5\n");
    check_metrics("type: gauge, name: parts, value: '${! content() }'", "# TYPE parts gauge\nparts{" OWN "} 2\n");
    check_metrics("type: timing, name: parts, value: '${! content() }'", "parts_count{" OWN "} 2\n");
    check_metrics("type: counter, name: parts, labels: {a: '\"${! content() }\"', b: x}", "parts{" OWN ",a=\"\\\"2\\\"\",b=\"x\"} 2\nparts{" OWN ",a=\"\\\"x\\\"\",b=\"x\"} 1\n");
    check_metrics("type: counter_by, name: parts, value: '${! this.z }'", "");
}

RF_TEST(what_is_wrong_with_a_metric_is_found) {
    rf_fixture_wrong("pipeline: {processors: [{metric: {type: wat, name: c}}]}\n", "value wat is not a valid option for this field");
    rf_fixture_wrong("pipeline: {processors: [{metric: {type: counter, name: ''}}]}\n", "metric name must not be empty");
    rf_fixture_wrong("pipeline: {processors: [{metric: {type: counter, name: c, labels: {a-b: x}}}]}\n", "`a-b` cannot be the name of a label");
    rf_fixture_wrong("pipeline: {processors: [{metric: {type: counter, name: c, labels: {path: x}}}]}\n", "the label `path` is there already");
    rf_fixture_wrong("pipeline: {processors: [{branch: {processors: []}}]}\n", "the branch processor requires at least one child processor");
    rf_fixture_wrong("pipeline: {processors: [{branch: {request_map: 'root = ', processors: [{noop: {}}]}}]}\n", "expected");
    rf_fixture_wrong("pipeline: {processors: [{group_by: [{check: ''}]}]}\n", "group 0 has an empty check");
}
