/* stream_groups_test.c: the benchmarks of streams: messages and scripts, that each works, and what their checks find. */
#include "groups.h"
#include "harness.h"
#include "stream_common.h"

#include "base/slice.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

static unsigned long crc_of(rf_slice text) {
    return crc32(0, (const unsigned char *)text.data, (unsigned)text.len);
}

#define GROUPS(name) RF_CLEANUP(rf_groups_close) rf_groups name = { 0 }

/* ---- Messages and scripts are those of bench/stream ---- */

RF_TEST(messages_are_those_that_the_original_was_timed_on) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    for (uint32_t i = 0; i < 3 * RF_STREAM_NODES + 1; i++)
        rf_stream_message_line(&text, i);
    rf_check(!text.failed && text.len == 82527 && crc_of(rf_buffer_view(&text)) == 0xce25b29bu);
}

RF_TEST(processors_are_those_that_the_original_was_timed_on) {
    static const struct { const char *name; size_t len; unsigned long crc; } cases[] = {
        { "a", 435, 0x1ca6195cu }, { "b", 1598, 0x2394c367u }, { "c", 2183, 0x945a3e89u }, { "n1", 108, 0xf2bf1a8eu }, { "n2", 606, 0x50eaef1eu },
    };
    rf_check(rf_stream_case_count == sizeof cases / sizeof *cases);
    for (size_t i = 0; i < rf_stream_case_count; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
        rf_stream_case_processor(&text, rf_stream_case_find(cases[i].name));
        rf_check(!text.failed && text.len == cases[i].len && crc_of(rf_buffer_view(&text)) == cases[i].crc);
    }
}

RF_TEST(one_of_many_conditions_holds) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_stream_many_conditions(&text, 30);
    rf_check(rf_buffer_cstr(&text));
    size_t conditions = 0;
    for (const char *at = text.data; (at = strstr(at, "\"if\":")); at++)
        conditions++;
    const char *holds = strstr(text.data, "includes");
    rf_check(conditions == 30 && holds && !strstr(holds + 1, "includes"));
}

/* ---- Each at work ---- */

static rf_code run(const rf_bench *bench, uint64_t iterations, rf_error *reterr) {
    void *state = NULL;
    rf_code code = bench->open(bench, &state, reterr);
    if (code)
        return code;
    if (iterations)
        bench->work(state, iterations);
    code = bench->check(state, reterr);
    bench->close(state);
    return code;
}

/* The one with this id; NULL: there is none, or no memory for the list. */
static const rf_bench *find(rf_groups *groups, const char *id, rf_error *reterr) {
    rf_groups_open_empty(groups);
    if (rf_group_stream(groups, reterr))
        return NULL;
    for (size_t i = 0; i < groups->list.count; i++) {
        char name[RF_BENCH_ID_MAX];
        rf_bench_id(&groups->list.items[i], name);
        if (strcmp(name, id) == 0)
            return &groups->list.items[i];
    }
    return NULL;
}

static bool works(const char *id, uint64_t iterations) {
    GROUPS(groups);
    rf_error error = { 0 };
    const rf_bench *bench = find(&groups, id, &error);
    rf_code code = bench ? run(bench, iterations, &error) : RF_ENOTFOUND;
    if (code && !rf_test_torture())
        (void)printf("%s: %s\n", id, error.message);
    return !code;
}

/* Arenas are emptied after 42: more than that are run. */
RF_TEST(defaults_are_run) { rf_check(works("stream_stage/defaults", 100)); }
RF_TEST(conditions_are_evaluated) { rf_check(works("stream_stage/condition_if", 100)); }
RF_TEST(what_follows_a_condition_is_run) { rf_check(works("stream_stage/condition_then", 100)); }
RF_TEST(advanced_processing_is_run) { rf_check(works("stream_stage/advancedProcessing", 100)); }
RF_TEST(functions_are_run) { rf_check(works("stream_stage/nodered_js", 100)); }
RF_TEST(warm_vms_are_borrowed) { rf_check(works("stream_pool/hit", 100)); }
RF_TEST(new_vms_are_made) { rf_check(works("stream_pool/miss", 2)); }
RF_TEST(case_a_is_run) { rf_check(works("stream_batch/a", 2)); }
RF_TEST(case_b_is_run) { rf_check(works("stream_batch/b", 2)); }
RF_TEST(case_c_is_run) { rf_check(works("stream_batch/c", 2)); }
RF_TEST(case_n1_is_run) { rf_check(works("stream_batch/n1", 2)); }
RF_TEST(case_n2_is_run) { rf_check(works("stream_batch/n2", 2)); }
RF_TEST(a_condition_is_run) { rf_check(works("stream_conditions/tag_processor/1", 2)); }
RF_TEST(a_few_conditions_are_run) { rf_check(works("stream_conditions/tag_processor/3", 2)); }
RF_TEST(some_conditions_are_run) { rf_check(works("stream_conditions/tag_processor/10", 2)); }
RF_TEST(lines_are_read) { rf_check(works("stream_json/parse", 100)); }
RF_TEST(lines_are_written) { rf_check(works("stream_json/write", 100)); }
/* Every allocation of these failing in turn would say what it says for fewer conditions and messages, after ten times as long. */
RF_TEST(many_conditions_are_run) {
    rf_check(rf_test_torture() || works("stream_conditions/tag_processor/30", 2));
    rf_check(rf_test_torture() || works("stream_conditions/tag_processor/100", 2));
    rf_check(rf_test_torture() || works("stream_conditions/tag_processor/300", 2));
}
RF_TEST(a_stream_of_one_thread_runs) { rf_check(rf_test_torture() || works("stream_pipeline/threads/1", 2)); }
RF_TEST(a_stream_of_two_threads_runs) { rf_check(rf_test_torture() || works("stream_pipeline/threads/2", 2)); }

static rf_code run_short(uint32_t threads, rf_error *reterr) {
    GROUPS(groups);
    const rf_bench *bench = find(&groups, "stream_pipeline/threads/1", reterr);
    if (!bench)
        return RF_ENOMEM;
    rf_bench changed = *bench;
    changed.arg = &(rf_stream_pipeline_arg){ &groups, threads, 1 };
    return run(&changed, 1, reterr);
}

RF_TEST(a_short_stream_survives_any_failed_allocation) {
    rf_error error = { 0 };
    rf_check(!run_short(1, &error));
}

RF_TEST(so_does_one_of_two_threads) {
    rf_error error = { 0 };
    rf_check(!run_short(2, &error));
}

RF_TEST(there_are_no_others) {
    GROUPS(groups);
    rf_error error = { 0 };
    rf_check(find(&groups, "stream_pipeline/threads/2", &error));
    rf_check(groups.list.count == 22);
    for (size_t i = 0; i < groups.list.count; i++) {
        const rf_bench *bench = &groups.list.items[i];
        rf_check(!bench->form && bench->doc[0] && bench->flat == (strcmp(bench->group, "stream_pipeline") == 0));
    }
}

RF_TEST(the_originals_figures_are_those_of_an_iteration) {
    GROUPS(groups);
    rf_error error = { 0 };
    const rf_bench *batch = find(&groups, "stream_batch/b", &error);
    rf_check(batch && batch->amount == 42 && batch->original_ns == 42 * 141500.0);
    rf_groups_close(&groups);
    const rf_bench *line = find(&groups, "stream_json/parse", &error);
    rf_check(line && line->amount == 651 && line->unit == RF_UNIT_BYTES);
    rf_groups_close(&groups);
    const rf_bench *whole = find(&groups, "stream_pipeline/threads/1", &error);
    rf_check(whole && whole->amount == 4200 && whole->original_ns == 4200 * 195000.0 && whole->target_ns == 4200 * 8000.0);
}

/* ---- What checks find ---- */

/* A case of its own in place of the one that the benchmark has. */
static rf_code run_case(const rf_stream_case *which, rf_error *reterr) {
    GROUPS(groups);
    const rf_bench *bench = find(&groups, "stream_batch/a", reterr);
    if (!bench)
        return RF_ENOMEM;
    rf_bench changed = *bench;
    changed.arg = which;
    return run(&changed, 1, reterr);
}

RF_TEST(another_topic_is_found) {
    rf_stream_case which = *rf_stream_case_find("a");
    rf_error error = { 0 };
    which.topic = "umh.v1.elsewhere";
    rf_check(run_case(&which, &error) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("message 2 has the topic umh.v1.acme.plant7.hall2.line1.cell5._historian."
                                                       "Kanal1.tagGen1.Bool_1-1000.rampBool1 in place of umh.v1.elsewhere"));
}

RF_TEST(another_payload_is_found) {
    rf_stream_case which = *rf_stream_case_find("n1");
    rf_error error = { 0 };
    which.payload = "{\"value\":true}";
    rf_check(run_case(&which, &error) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(error.message),
                  RF_SLICE("message 2 has the payload {\"tag\":\"rampBool1\",\"value\":false}, which does not end in {\"value\":true}"));
}

RF_TEST(messages_that_are_lost_are_found) {
    rf_stream_case which = *rf_stream_case_find("n1");
    rf_error error = { 0 };
    which.nodered = "return null;";
    rf_check(run_case(&which, &error) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("1 of 1 runs gave something else than they should"));
}

RF_TEST(messages_that_fail_are_found) {
    rf_stream_case which = *rf_stream_case_find("n1");
    rf_error error = { 0 };
    which.nodered = "throw new Error('no');";
    rf_check(run_case(&which, &error) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("1 of 1 runs gave something else than they should"));
}

RF_TEST(a_script_that_does_not_compile_fails_to_open) {
    rf_stream_case which = *rf_stream_case_find("n1");
    rf_error error = { 0 };
    which.nodered = "return (;";
    rf_check(run_case(&which, &error) == RF_ECONFIG && error.place.line > 0 && strstr(error.message, "SyntaxError"));
}

RF_TEST(what_was_not_run_is_found) {
    static const char *const ids[] = { "stream_stage/defaults", "stream_stage/condition_if", "stream_pool/hit", "stream_pool/miss", "stream_batch/n1",
                                       "stream_conditions/tag_processor/1", "stream_json/parse", "stream_json/write", "stream_pipeline/threads/1" };
    for (size_t i = 0; i < sizeof ids / sizeof *ids && !rf_test_torture(); i++) { /* what they open is put through that above */
        GROUPS(groups);
        rf_error error = { 0 };
        const rf_bench *bench = find(&groups, ids[i], &error);
        rf_check(bench && run(bench, 0, &error) == RF_ESCRIPT);
        rf_check_text(rf_slice_of(error.message), RF_SLICE("nothing was run"));
    }
}
