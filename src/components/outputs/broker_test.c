/* broker_test.c: outputs that are written at the same time: what each gets, and what they share. */
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"
#include "stream/config_internal.h"
#include "stream/runtime.h"

#include <string.h>

#define MEMBERS_MAX 8u
#define PATIENCE_NS (60 * RF_NS_PER_S)

/* Where outputs wait for each other: none returns from a write before all are in theirs. */
typedef struct meeting {
    rf_mutex lock;
    rf_cond more;
    uint32_t members, arrived;
    bool in_vain; /* somebody did not come */
} meeting;

/* An output in the place of a `drop`. Reads all that a message has, as outputs do. */
typedef struct member {
    meeting *meeting;
    uint32_t writes, refusals; /* so many messages are refused: the first of each batch */
    rf_buffer got;
} member;

static bool meet(meeting *at, uint32_t round) {
    const uint64_t end = rf_clock_mono_ns() + PATIENCE_NS;
    rf_clock_sleep_ns(RF_NS_PER_MS / 5); /* those that are quick are written one after another */
    rf_mutex_lock(&at->lock);
    at->arrived++;
    rf_cond_broadcast(&at->more);
    while (at->arrived < round * at->members && rf_clock_mono_ns() < end)
        (void)rf_cond_wait_for(&at->more, &at->lock, RF_NS_PER_S);
    const bool all = at->arrived >= round * at->members;
    at->in_vain |= !all;
    rf_mutex_unlock(&at->lock);
    return all;
}

static rf_code read_message(member *self, rf_batch *batch, uint32_t i, rf_error *reterr) {
    rf_message *message = &batch->messages[i];
    rf_slice bytes;
    rf_code code = rf_message_bytes(batch, message, &bytes, reterr);
    if (code)
        return code;
    rf_buffer_slice(&self->got, bytes);
    for (uint32_t k = 0; k < message->meta.count; k++)
        rf_buffer_printf(&self->got, " %.*s", RF_SLICE_ARG(rf_meta_text(&batch->arena, &message->meta.entries[k].value)));
    rf_buffer_char(&self->got, '\n');
    return self->got.failed ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code member_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    member *self = state;
    rf_code code = RF_OK;
    self->writes++;
    if (self->meeting && !rf_test_torture())
        (void)meet(self->meeting, self->writes);
    for (uint32_t i = 0; i < batch->count && !code; i++) {
        if (i == 0 && self->refusals > 0) {
            self->refusals--;
            code = rf_batch_refuse(batch, i, "not now") ? RF_OK : rf_raise_nomem(reterr);
        } else
            code = read_message(self, batch, i, reterr);
    }
    *ret_unwritten = 0;
    return code;
}

static const rf_output_kind member_kind = { .name = "member", .write = member_write };

typedef struct played {
    rf_fixture_dir dir;
    rf_fixture_stream f;
    meeting meeting;
    member members[MEMBERS_MAX];
    uint32_t count;
    rf_code code;
    rf_error error;
} played;

static void played_done(played *p) {
    rf_fixture_stream_done(&p->f);
    rf_fixture_dir_done(&p->dir);
    for (uint32_t i = 0; i < MEMBERS_MAX; i++)
        rf_buffer_done(&p->members[i].got);
    rf_cond_done(&p->meeting.more);
    rf_mutex_done(&p->meeting.lock);
}

static void put_members(played *p) {
    const struct rf_document *document = p->f.config->document;
    for (size_t i = 0; i < document->components.count && p->count < MEMBERS_MAX; i++) {
        rf_component *component = document->components.items[i];
        const rf_output_kind *kind = component->kind;
        if (component->class != RF_CLASS_OUTPUT || !component->outlet || strcmp(kind->name, "drop") != 0)
            continue;
        component->state = &p->members[p->count++];
        component->kind = &member_kind;
        component->outlet->kind = &member_kind;
        component->opened = false;
    }
}

/* Runs the config to its end. False: the test fails allocations, and need not go on. */
static bool play(played *p, bool meets, const char *text) {
    rf_mutex_init(&p->meeting.lock);
    rf_cond_init(&p->meeting.more);
    if (!rf_fixture_dir_init(&p->dir))
        return false;
    const char *config = rf_fixture_dir_config(&p->dir, text);
    p->code = config ? rf_fixture_stream_open(&p->f, config, &p->error) : RF_ENOMEM;
    if (p->code) {
        if (!rf_test_torture())
            rf_test_failed(__FILE__, __LINE__, p->error.message);
        return false;
    }
    put_members(p);
    p->meeting.members = p->count;
    for (uint32_t i = 0; i < p->count && meets; i++)
        p->members[i].meeting = &p->meeting;
    p->code = rf_stream_run(p->f.stream, &p->error);
    return !rf_test_torture();
}

static bool is(rf_slice got, const char *wanted) {
    if (rf_slice_is(got, wanted))
        return true;
    (void)fprintf(stderr, "got: %.*s\n", RF_SLICE_ARG(got));
    return false;
}

#define NUMBERS "http: {enabled: false}\ninput:\n  generate: {mapping: 'root = counter()', count: 6, interval: '', batch_size: 3}\n  batching: {count: 3}\n"
#define LAZY "pipeline: {processors: [{nodered_js: {code: 'msg.meta.k = \"v\"; return msg;'}}, {tag_processor: {defaults: 'msg.meta.location_path = \"a.b\"; " \
             "msg.meta.data_contract = \"_raw\"; msg.meta.tag_name = \"t\"; return msg;'}}]}\n"

RF_TEST(the_outputs_of_a_fan_out_are_written_at_the_same_time) {
    RF_CLEANUP(played_done) played p = { .code = RF_OK };
    if (!play(&p, true, NUMBERS "output: {broker: {outputs: [{drop: {}}, {drop: {}}, {drop: {}}]}}\n"))
        return;
    rf_check(!p.code && p.count == 3 && !p.meeting.in_vain);
    for (uint32_t i = 0; i < p.count; i++)
        rf_check(is(rf_buffer_view(&p.members[i].got), "1\n2\n3\n4\n5\n6\n"));
}

RF_TEST(they_read_the_same_messages_and_a_processor_beside_one_changes_what_that_one_gets) {
    RF_CLEANUP(played_done) played p = { .code = RF_OK };
    if (!play(&p, true, NUMBERS LAZY "output:\n  broker:\n    outputs:\n      - drop: {}\n      - drop: {}\n        processors: [{mapping: root.seen = this}, {nodered_js: {code: 'msg.meta.k = \"changed\"; return msg;'}}]\n"
                        "      - drop: {}\n"))
        return;
    rf_check(!p.code && p.count == 3 && !p.meeting.in_vain);
    const rf_slice first = rf_buffer_view(&p.members[0].got), changed = rf_buffer_view(&p.members[1].got);
    rf_check(first.len > 0 && rf_slice_eq(first, rf_buffer_view(&p.members[2].got)) && first.len != changed.len);
    rf_check(rf_slice_starts(first, RF_SLICE("{\"timestamp_ms\":")) && rf_slice_starts(changed, RF_SLICE("{\"seen\":{\"timestamp_ms\":")));
}

RF_TEST(what_several_of_them_refuse_each_gets_again_and_the_others_do_not) {
    RF_CLEANUP(played_done) played p = { .members = { { .refusals = 2 }, { .refusals = 0 }, { .refusals = 3 } } };
    if (!play(&p, false, NUMBERS "output: {broker: {pattern: fan_out_fail_fast, outputs: [{drop: {}}, {drop: {}}, {drop: {}}]}}\n"))
        return;
    rf_check(!p.code && p.count == 3 && is(rf_buffer_view(&p.members[1].got), "1\n2\n3\n4\n5\n6\n"));
    for (uint32_t i = 0; i < 3; i += 2) {
        const rf_slice got = rf_buffer_view(&p.members[i].got);
        for (const char *number = "123456"; *number; number++)
            rf_check(got.len == 12 && rf_slice_find(got, *number) < got.len);
    }
}

RF_TEST(an_output_that_counts_twice_gets_each_message_twice) {
    RF_CLEANUP(played_done) played p = { .code = RF_OK };
    if (!play(&p, false, NUMBERS "output: {broker: {copies: 2, outputs: [{drop: {}}, {drop: {}}]}}\n"))
        return;
    rf_check(!p.code && is(rf_buffer_view(&p.members[0].got), "1\n2\n3\n1\n2\n3\n4\n5\n6\n4\n5\n6\n"));
    rf_check(is(rf_buffer_view(&p.members[1].got), "1\n2\n3\n1\n2\n3\n4\n5\n6\n4\n5\n6\n"));
}

RF_TEST(a_resource_that_two_of_them_are_is_written_by_one_at_a_time) {
    RF_CLEANUP(played_done) played p = { .code = RF_OK };
    if (!play(&p, false, NUMBERS "output: {broker: {outputs: [{resource: a}, {broker: {outputs: [{resource: a}, {drop: {}}]}}, {drop: {}}]}}\n"
                         "output_resources: [{label: a, drop: {}, processors: [{mapping: root = this + 10}]}]\n"))
        return;
    rf_check(!p.code && p.count == 3);
    uint32_t twice = 0;
    for (uint32_t i = 0; i < p.count; i++)
        twice += rf_slice_is(rf_buffer_view(&p.members[i].got), "11\n12\n13\n11\n12\n13\n14\n15\n16\n14\n15\n16\n");
    rf_check(twice == 1);
}

/* Each has a batch of its own that is written, refused and kept, by its own thread. */
RF_TEST(those_that_collect_do_it_at_the_same_time) {
    RF_CLEANUP(played_done) played p = { .members = { { .refusals = 1 }, { .refusals = 2 }, { .refusals = 1 } } };
    if (!play(&p, false, NUMBERS "output:\n  broker:\n    outputs:\n      - broker: {outputs: [{drop: {}}], batching: {count: 2}}\n"
                         "      - broker: {outputs: [{drop: {}}], batching: {count: 2}}\n      - broker: {outputs: [{drop: {}}], batching: {count: 4}}\n"))
        return;
    rf_check(!p.code && p.count == 3);
    for (uint32_t i = 0; i < p.count; i++)
        for (const char *number = "123456"; *number; number++) {
            const rf_slice got = rf_buffer_view(&p.members[i].got);
            rf_check(got.len == 12 && rf_slice_find(got, *number) < got.len);
        }
}

RF_TEST(an_output_that_holds_itself_is_found) {
    rf_fixture_wrong("output: {resource: a}\noutput_resources: [{label: a, resource: a}]\n", "output resource 'a' holds itself");
    rf_fixture_wrong("output_resources:\n  - {label: a, broker: {outputs: [{drop: {}}, {resource: b}]}}\n  - {label: b, fallback: [{resource: c}, {resource: a}]}\n"
                     "  - {label: c, drop: {}}\n", "output resource 'a' holds itself");
    rf_fixture_wrong("output: {broker: {copies: 100, outputs: [{drop: {}}, {drop: {}}, {drop: {}}, {drop: {}}, {drop: {}}, {drop: {}}, {drop: {}}, {drop: {}}, {drop: {}}, {drop: {}}, "
                     "{drop: {}}]}}\n", "a broker has too many outputs");
}
