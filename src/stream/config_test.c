/* config_test.c: whole configs: what is read, and what is found wrong, with its places. */
#include "stream/config_fixture.h"

/* The findings of a config are exactly these. */
#define finds(text, expected)                                                  \
    do {                                                                       \
        RF_CLEANUP(fixture_done) rf_config *config = fixture_load(text);       \
        rf_check(config);                                                      \
        RF_CLEANUP(fixture_buffer_done) rf_buffer out = { 0 };                 \
        rf_check_text(rf_slice_of(fixture_findings(config, &out)), rf_slice_of(expected)); \
    } while (0)

static const fixture_state *input_of(const rf_config *config) { return config->input.state; }

RF_TEST(a_full_config_fills_its_struct) {
    RF_CLEANUP(fixture_done) rf_config *config = fixture_load(
        "input:\n  label: in_1\n  batching: {count: 5, period: 2s}\n"
        "  file: {text: x, count: 0x10, ratio: 2, flag: no, wait: 250ms, bytes: 2MiB, mode: slow, names: [p, q, 3], part: {port: 80}, steps: [{check: c, run: r}]}\n"
        "pipeline: {threads: 3, processors: [{noop: {}}, {label: s, script: {code: go}}]}\noutput: {drop: {}}\nshutdown_timeout: 5s\n");
    rf_check(config && rf_findings_count(config->findings, false) == 0);
    const fixture_state *state = input_of(config);
    rf_check_text(state->text, RF_SLICE("x"));
    rf_check(state->count == 16 && state->ratio > 1.9 && !state->flag && state->wait_ns == 250000000 && state->bytes == 2097152);
    rf_check(state->mode == 0 && state->names.count == 3 && state->part.port == 80 && state->steps.count == 1);
    rf_check_text(state->names.items[2], RF_SLICE("3"));
    rf_check_text(state->part.user, RF_SLICE("nobody"));
    rf_check_text(((const fixture_step *)state->steps.items)->run.text, RF_SLICE("r"));
    rf_check_text(rf_slice_of(config->input.label), RF_SLICE("in_1"));
    rf_check(config->batching.count == 5 && config->batching.period_ns == 2000000000 && config->threads == 3);
    rf_check(config->processor_count == 2 && config->shutdown_timeout_ns == UINT64_C(5000000000));
    rf_check_text(rf_slice_of(config->processors[1].path), RF_SLICE("root.pipeline.processors.1"));
}

RF_TEST(defaults_fill_what_is_not_written) {
    RF_CLEANUP(fixture_done) rf_config *config = fixture_load("output: {drop: {}}\n");
    rf_check(config && rf_findings_count(config->findings, false) == 0);
    const fixture_state *state = input_of(config);
    rf_check(state->count == 7 && state->flag && state->wait_ns == 1000000000 && state->bytes == 65536 && state->mode == 1);
    rf_check(state->names.count == 2 && !state->code.text.data && !state->any && state->steps.count == 0);
    rf_check(config->threads == -1 && config->http.enabled && config->shutdown_timeout_ns == UINT64_C(20000000000));
    rf_check_text(config->http.address, RF_SLICE("127.0.0.1:4195"));
    rf_check(config->logger.level == RF_LOG_INFO && config->logger.add_timestamp);
}

RF_TEST(fields_that_ask_messages_are_compiled) {
    RF_CLEANUP(fixture_done) rf_config *config = fixture_load("input: {file: {headers: {a: x, b: '${! count(\"c\") }'}, check: 'this.a > 1'}}\n");
    rf_check(config && rf_findings_count(config->findings, false) == 0);
    const fixture_state *state = config->input.state;
    rf_check(state && state->topic && !rf_dynamic_is_fixed(state->topic) && state->check && state->headers.count == 2);
    rf_check_text(state->headers.names[1], RF_SLICE("b"));
    rf_check(rf_dynamic_is_fixed(state->headers.items[0]) && !rf_dynamic_is_fixed(state->headers.items[1]));
}

RF_TEST(mistakes_in_them_have_their_place) {
    finds("input:\n  file:\n    topic: 'x-${! nosuch() }'\n    headers: {a: 'it''s ${! meta( }'}\n    check: |\n      this.a ==\n",
          "3:19 unrecognised function 'nosuch'\n4:35 expected a value, found `}`\n6:14 expected a value behind `==`\n");
    finds("input: {file: {topic: [], headers: 1, check: {}}}\n",
          "1:23 expected string value\n1:36 expected object value, got !!int\n1:46 expected string value\n");
    finds("input: {file: {check: '', topic: null}}\n", "");
}

RF_TEST(all_findings_come_at_once_in_order_of_place) {
    finds("inputt: {}\ninput:\n  file:\n    txt: 1\n    count: x\n    part: {usr: 1}\noutput:\n  stdout: {names: 1, b: 2}\npipeline:\n  processors:\n    - noop: {}\n      q: 1\n    - maping: x\n    - script: {steps: [{run: 1}]}\n",
          "1:1 field inputt not recognised\n4:5 field txt not recognised\n5:12 expected int value, got x\n6:11 field port is required\n"
          "6:12 field usr not recognised\n8:19 expected array value\n8:22 field b not recognised\n12:7 field q is invalid when the component type is noop (processor)\n"
          "13:7 unable to infer processor type from candidates: [maping]\n14:24 field check is required\n");
}

RF_TEST(components_are_inferred_or_named) {
    finds("input: {stdin: {}, file: {}}\noutput: {type: wat}\n", "1:8 unable to infer input type, multiple candidates 'file' and 'stdin'\n2:16 output type 'wat' was not recognised\n");
    finds("input:\n  type: file\n  stdin: {}\noutput: {type: drop}\n", "3:3 field stdin is invalid when the component type is file (input)\n");
    finds("input: null\noutput: [drop]\n", "1:8 invalid type !!null, expected object\n2:9 invalid type !!seq, expected object\n");
    finds("input: stdin\noutput:\n  drop:\n", "1:8 invalid type !!str, expected object\n3:3 expected object value, got !!null\n");
    finds("pipeline:\n  processors:\n    - label: abc\n    -\n    - noop\n", "3:7 an explicit processor type must be specified\n4:5 invalid type !!null, expected object\n5:7 invalid type !!str, expected object\n");
    finds("pipeline:\n  processors:\n    noop: {}\n", "3:5 expected array value, got !!map\n");
}

RF_TEST(keys_given_twice_are_found) {
    finds("input: {stdin: {}}\ninput: {file: {}}\n", "2:1 key 'input' is already given at line 1\n");
    finds("input:\n  file:\n    text: a\n    text: b\n", "4:5 key 'text' is already given at line 3\n");
}

RF_TEST(syntax_errors_have_their_place) {
    finds("input:\n\tstdin: {}\n", "2:1 yaml: tab character may not be used as indentation\n");
    finds("input:\n  stdin: {}\n output: 1\n", "3:2 yaml: invalid indentation in mapping\n");
    finds("# caf\xE9\ninput: 1\n", "1:6 yaml: invalid UTF-8\n");
    finds("input: \"a\x01\"\n", "1:10 yaml: control characters are not allowed\n");
    finds("input: *nope\n", "1:8 yaml: unknown anchor 'nope' referenced\n");
    finds("a: &a [*a]\n", "1:8 yaml: unknown anchor 'a' referenced\n");
}

RF_TEST(a_config_is_one_map) {
    finds("", "");
    finds("# nothing\n", "1:1 expected object value, got !!null\n");
    finds("just text\n", "1:1 expected object value, got !!str\n");
    finds("- a\n", "1:1 expected object value, got !!seq\n");
    finds("input: {stdin: {}}\n---\nnope: 1\n", "2:1 only one document is read, and a second one begins here\n");
    finds("\xEF\xBB\xBFinput: {stdin: {}}\r\nnope: 1\r\n...\n", "2:1 field nope not recognised\n");
}

RF_TEST(anchors_and_merges_work) {
    finds("input:\n  file: &f {text: a, count: 1}\noutput:\n  drop:\n    <<: *f\n    count: 2\n", "");
    finds("input:\n  file: &f {text: a}\npipeline:\n  processors: [noop: &n {flag: no}, noop: {<<: [*f, *n], count: 2}]\n", "");
    finds("input:\n  file: {<<: 5}\n", "2:14 expected a map to merge, got !!int\n");
    finds("pipeline:\n  processors:\n    - &p {noop: {}, foo: 1}\n    - *p\n", "3:21 field foo is invalid when the component type is noop (processor)\n");
    RF_CLEANUP(fixture_done) rf_config *config = fixture_load("input:\n  file: &f {text: a, count: 1}\noutput:\n  drop: {<<: *f, count: 2}\n");
    rf_check(config && config->output.state);
    rf_check(((const fixture_state *)config->output.state)->count == 2);
    rf_check_text(((const fixture_state *)config->output.state)->text, RF_SLICE("a"));
}

RF_TEST(an_expansion_bomb_is_refused) {
    finds("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
          "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n", "6:7 yaml: document contains excessive aliasing\n");
}

RF_TEST(scalars_are_taken_or_refused_alike_everywhere) {
    finds("input: {file: {count: 010, bytes: 1_000, flag: \"yes\", ratio: 1e3, text: 5, wait: \"\"}}\n", "");
    finds("input: {file: {count: \"3\"}}\n", "1:23 expected int value, got \"3\"\n");
    finds("input: {file: {count: 3.5}}\n", "1:23 warning: the fraction of 3.5 is cut off: 3\n");
    finds("input: {file: {count: -1, ratio: .nan, flag: maybe, wait: soonish, bytes: 5 apples, mode: fats}}\n",
          "1:23 value -1 is out of range: 0 to 1000000\n1:34 expected number value, got .nan\n1:46 expected bool value, got maybe\n1:59 expected duration value, got soonish\n"
          "1:75 expected size value, got 5 apples\n1:91 value fats is not a valid option for this field\n");
    finds("input: {file: {text: null, count: null, names: null, part: null}}\n", "1:60 expected object value, got !!null\n");
    finds("input: {file: {text: {a: 1}, names: [[b]]}}\n", "1:22 expected string value\n1:38 expected string value\n");
}

RF_TEST(labels_are_checked) {
    finds("input: {label: Abc, stdin: {}}\noutput: {label: _a, drop: {}}\n",
          "1:16 invalid label 'Abc': should match the regular expression /^[a-z0-9_\\-]+$/ and must not start with an underscore\n"
          "2:17 invalid label '_a': should match the regular expression /^[a-z0-9_\\-]+$/ and must not start with an underscore\n");
    finds("output: {label: a, drop: {}}\ninput: {label: a, stdin: {}}\n", "2:16 label 'a' collides with a previously defined label at line 1\n");
    finds("input: {label: 5, stdin: {}}\noutput: {label: '', drop: {}}\n", "");
    RF_CLEANUP(fixture_done) rf_config *config = fixture_load_with("input: {stdin: {}}\n", (rf_config_options){ .require_labels = true });
    RF_CLEANUP(fixture_buffer_done) rf_buffer out = { 0 };
    rf_check(config);
    rf_check_text(rf_slice_of(fixture_findings(config, &out)), RF_SLICE("1:8 label is required for stdin\n"));
}

RF_TEST(who_may_ask_the_service_is_checked) {
    finds("http: {cors: {enabled: true}}\n", "1:14 must specify at least one allowed origin\n");
    finds("http: {cors: {enabled: true, allowed_origins: []}}\n", "1:47 must specify at least one allowed origin\n");
    finds("http: {cors: {enabled: true, allowed_origins: ['*']}, basic_auth: {enabled: false, username: a}}\n", "");
    finds("http: {basic_auth: {enabled: true, username: a}}\n", "1:20 both username and password_hash are required\n");
    finds("http: {basic_auth: {enabled: true, password_hash: a}}\n", "1:20 both username and password_hash are required\n");
    finds("http: {enabled: false, basic_auth: {enabled: true, username: a}}\n", "");
    finds("http: {basic_auth: {enabled: true, username: a, password_hash: \"PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=\"}}\n", "");
    finds("http: {basic_auth: {enabled: true, username: a, password_hash: \"PiPoFgA5WUo=\"}}\n", "1:64 password_hash is not base64 of what sha256 makes\n");
    finds("http: {basic_auth: {enabled: true, username: a, password_hash: \"?\", algorithm: md5}}\n", "1:64 password_hash is not base64 of what md5 makes\n");
    finds("http: {basic_auth: {enabled: true, username: a, password_hash: \"PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=\", algorithm: scrypt}}\n",
          "1:20 salt is required for scrypt\n");
    finds("http: {basic_auth: {enabled: true, username: a, salt: x, password_hash: \"PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=\", algorithm: scrypt}}\n",
          "1:55 salt is not base64\n");
    finds("http: {basic_auth: {enabled: true, username: a, password_hash: $2b$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ., algorithm: bcrypt}}\n", "");
    finds("http: {basic_auth: {enabled: true, username: a, algorithm: bcrypt, password_hash: JDJiJDA0JGFiY2RlZmdoaWprbG1ub3BxcnN0dXVQV1J0VDV5eDdGQmk0ZGNmNlJPaGJvZU51blVyTFEu}}\n", "");
    finds("http: {basic_auth: {enabled: true, username: 'a:b', realm: 'a\"b', password_hash: \"PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=\"}}\n",
          "1:46 username has a colon in it\n1:60 realm is longer than 200 bytes, or has quotes, backslashes or line ends in it\n");
    finds("http: {basic_auth: {enabled: true, algorithm: sha1}}\n", "1:47 value sha1 is not a valid option for this field\n");
}

RF_TEST(where_figures_go_is_checked) {
    finds("metrics: {logger: {push_interval: 200ms, flush_metrics: true}}\n", "");
    finds("metrics: {logger: {}, mapping: 'root = this'}\n", "");
    finds("metrics: {logger: }\n", "");
    finds("metrics: {logger: {push_intervall: 1s, flush_metrics: 7}}\n", "1:20 field push_intervall not recognised\n1:55 expected bool value, got 7\n");
    finds("metrics: {logger: {push_interval: soon}}\n", "1:35 expected duration value, got soon\n");
    finds("metrics: {mapping: [a]}\n", "1:20 expected string value\n");
}

RF_TEST(sections_of_the_root_are_checked) {
    finds("http: {adress: x, enabled: maybe, cors: {enabled: true}, cert_file: ''}\n", "1:8 field adress not recognised\n1:28 expected bool value, got maybe\n");
    finds("logger: {level: LOUD, format: xml, static_fields: {a: 1}, file: {path: ''}}\n", "1:17 value LOUD is not a valid option for this field\n1:31 value xml is not a valid option for this field\n");
    finds("metrics: {prometheuss: {}}\nbuffer: {memory: {}}\ntracer: {none: {}}\n", "1:11 unable to infer metrics type from candidates: [prometheuss]\n2:10 unable to infer buffer type from candidates: [memory]\n");
    finds("metrics: {prometheus: {}, mapping: ''}\ncache_resources: []\ntests: []\n", "");
    finds("cache_resources: [{label: a, memory: {}}]\nmetrics: {json_api: {}, mapping: \"root = nosuch()\"}\npipeline: {threads: 0}\n",
          "1:30 unable to infer cache type from candidates: [memory]\n2:42 unrecognised function 'nosuch'\n3:21 value 0 is out of range: at least 1, or -1\n");
    finds("pipeline: 5\nhttp: []\n", "1:11 expected object value, got !!int\n2:7 expected object value, got !!seq\n");
    finds("input: {stdin: {batching: {cont: 1}}}\n", "1:28 field cont not recognised\n");
}

RF_TEST(opening_finds_what_only_components_know) {
    RF_CLEANUP(fixture_done) rf_config *config = fixture_load("pipeline:\n  processors:\n    - noop: {code: bad}\n    - script: {code: 'bad'}\n");
    rf_check(config);
    rf_error error;
    rf_metrics *metrics = NULL;
    rf_keys *keys = rf_keys_new();
    rf_code code = keys ? rf_metrics_new(&metrics, &error) : RF_ENOMEM;
    if (!code)
        code = rf_config_open(config, NULL, metrics, keys, &error);
    RF_CLEANUP(fixture_buffer_done) rf_buffer out = { 0 };
    rf_slice found = rf_slice_of(fixture_findings(config, &out));
    rf_metrics_free(metrics);
    rf_keys_free(keys);
    rf_check(code == RF_ECONFIG);
    rf_check_text(found, RF_SLICE("3:21 SyntaxError: bad\n4:24 SyntaxError: bad\n"));
}

RF_TEST(sets_change_the_config) {
    const char *const sets[] = { "input.file.text=root = {", "input.file.names.-=z", "input.file.part={port: 9}", "pipeline.processors.0.noop.count=3", "http.enabled=false", NULL };
    RF_CLEANUP(fixture_done) rf_config *config = fixture_load_with("input: {file: {names: [a]}}\npipeline: {processors: [{noop: {}}]}\n", (rf_config_options){ .sets = sets });
    rf_check(config && rf_findings_count(config->findings, false) == 0);
    const fixture_state *state = input_of(config);
    rf_check_text(state->text, RF_SLICE("root = {"));
    rf_check(state->names.count == 2 && state->part.port == 9 && !config->http.enabled);
    rf_check(((const fixture_state *)config->processors[0].state)->count == 3);
}

RF_TEST(sets_that_cannot_be_done_are_found) {
    const char *const sets[] = { "input.stdin", "pipeline.processors.0.noop.count=1", "input.stdin.text.x=1", "output.drop.nope=1", "output.drop.count=many", NULL };
    RF_CLEANUP(fixture_done) rf_config *config = fixture_load_with("input: {stdin: {text: a}}\noutput: {drop: {}}\n", (rf_config_options){ .sets = sets });
    RF_CLEANUP(fixture_buffer_done) rf_buffer out = { 0 };
    rf_check(config);
    rf_check_text(rf_slice_of(fixture_findings(config, &out)),
                  RF_SLICE("1:1 invalid set expression 'input.stdin': expected foo=bar syntax\n"
                           "1:1 failed to set config field override: pipeline.processors.0: target index greater than array length\n"
                           "1:1 failed to set config field override: input.stdin.text: there is a scalar in the way\n"
                           "1:13 field nope not recognised\n1:19 expected int value, got many\n"));
}

RF_TEST(chilled_configs_only_warn_of_unknown_fields) {
    RF_CLEANUP(fixture_done) rf_config *config = fixture_load_with("input: {stdin: {zz: 1}, qq: 2}\nnope: 1\n", (rf_config_options){ .chilled = true });
    rf_check(config && rf_findings_count(config->findings, true) == 0 && rf_findings_count(config->findings, false) == 3 && config->input.state);
}

RF_TEST(deprecated_fields_are_found_when_asked_for) {
    RF_CLEANUP(fixture_done) rf_config *config = fixture_load_with("input: {stdin: {old: a}}\n", (rf_config_options){ .report_deprecated = true });
    RF_CLEANUP(fixture_buffer_done) rf_buffer out = { 0 };
    rf_check(config);
    rf_check_text(rf_slice_of(fixture_findings(config, &out)), RF_SLICE("1:17 field old is deprecated\n"));
}

RF_TEST(findings_are_shown_with_line_and_caret) {
    RF_CLEANUP(fixture_done) rf_config *config = fixture_load("input:\n  stdinn: {}\n");
    RF_CLEANUP(fixture_buffer_done) rf_buffer out = { 0 };
    rf_check(config);
    rf_findings_show(&out, config, false);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("c.yaml(2,3) unable to infer input type from candidates: [stdinn]\n"
                                                 "   2 |   stdinn: {}\n     |   ^\nhint: did you mean `stdin`?\n"));
}

RF_TEST(missing_variables_are_found_at_their_places) {
    finds("input:\n  file: {text: '${RF_TEST_NOT_SET}', names: ['${RF_TEST_OTHER}']}\n# ${RF_TEST_THIRD}\n",
          "2:17 required environment variables were not set: [RF_TEST_NOT_SET]\n2:47 required environment variables were not set: [RF_TEST_OTHER]\n"
          "3:3 warning: required environment variables were not set: [RF_TEST_THIRD]\n");
    finds("${RF_TEST_X:input}:\n  file: {text: ${RF_TEST_Y:abc}, cnt: 1}\n", "2:34 field cnt not recognised\n");
}
