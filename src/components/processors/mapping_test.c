/* mapping_test.c: the processors mapping, mutation and bloblang: what goes on, what is dropped, what fails. */
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

/* Runs the processors on n = 1, 2, 3. False: a step failed, for want of memory. */
static bool run(rf_fixture *f, const char *processors) {
    RF_CLEANUP(rf_buffer_done) rf_buffer config = { 0 };
    rf_error error = { 0 };
    rf_buffer_printf(&config, "input: {stdin: {}}\noutput: {drop: {}}\npipeline:\n  processors:\n%s", processors);
    const char *text = rf_buffer_cstr(&config);
    *f = (rf_fixture){ 0 };
    if (!text || rf_fixture_open(f, text, &error))
        return false;
    for (int i = 1; i <= 3; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "{\"payload\":{\"n\":%d},\"meta\":{\"k\":\"v\"}}", i);
        if (rf_fixture_send(f, line, &error))
            return false;
    }
    return !rf_fixture_run(f, &error);
}

#define line_is(i, expected) rf_check_text(rf_fixture_line(&f, (i)), RF_SLICE(expected))

RF_TEST(mapping_replaces_the_payload) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - mapping: |\n        root.twice = this.n * 2\n        meta last = @k + \"!\"\n    - bloblang: root.n = this.twice + batch_size()\n");
    if (rf_test_torture())
        return;
    rf_check(ran && f.batch->count == 3);
    line_is(0, "{\"payload\":{\"n\":3},\"meta\":{\"k\":\"v\",\"last\":\"v!\"}}");
    line_is(2, "{\"payload\":{\"n\":7},\"meta\":{\"k\":\"v\",\"last\":\"v!\"}}");
}

RF_TEST(mutation_changes_it_in_place) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - mutation: |\n        root.m = this.n\n        root.n = deleted()\n");
    if (rf_test_torture())
        return;
    rf_check(ran && f.batch->count == 3);
    line_is(1, "{\"payload\":{\"m\":2},\"meta\":{\"k\":\"v\"}}");
}

RF_TEST(deleted_messages_are_gone_and_failed_ones_go_on_as_they_came) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f;
    bool ran = run(&f, "    - mapping: |\n        meta lost = 1\n        root = if this.n == 2 { deleted() } else if this.n == 3 { throw(\"three\") } else { this }\n");
    if (rf_test_torture())
        return;
    rf_check(ran && f.batch->count == 2);
    line_is(0, "{\"payload\":{\"n\":1},\"meta\":{\"k\":\"v\",\"lost\":1}}");
    line_is(1, "{\"payload\":{\"n\":3},\"meta\":{\"k\":\"v\"},\"error\":\"failed assignment (line 2): three\"}");
    rf_check(!f.batch->messages[0].error.data);
    rf_check_text(f.batch->messages[1].error, RF_SLICE("failed assignment (line 2): three"));
}

RF_TEST(a_wrong_mapping_is_a_finding_at_its_place) {
    RF_CLEANUP(rf_fixture_done) rf_fixture f = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_open(&f, "input: {stdin: {}}\npipeline:\n  processors:\n    - mapping: |\n        root.a = 1\n        root.b = this.a.upercase()\n", &error));
    if (rf_test_torture())
        return;
    bool warning;
    const rf_error *finding = f.config ? rf_findings_get(f.config->findings, 0, &warning) : NULL;
    rf_check(finding && finding->place.line == 6 && finding->place.column == 25);
}
