/* generate: messages made by a mapping, at an interval or as fast as they are taken. */
#include "base/clock.h"
#include "base/slice.h"
#include "components/inputs/cron.h"
#include "components/wake.h"
#include "message/mapping.h"
#include "stream/component.h"

#include <assert.h>

typedef struct generate {
    rf_conf_script mapping_text;
    rf_slice interval;
    int64_t count, batch_size;
    bool auto_replay_nacks;

    rf_mapping *mapping;
    rf_mapping_state *mapping_state;
    rf_wake wake;
    uint64_t interval_ns; /* 0: as fast as possible */
    uint64_t next_ns;     /* when the next messages are due; 0: not known yet */
    rf_cron cron;
    bool by_cron;
    int64_t next_s;       /* the same by the wall clock, seconds since 1970 */
    bool wait_first;      /* the first ones too come an interval late */
    bool one_by_one;      /* the mapping looks at its batch: batches are not merged */
    int64_t made, due;
} generate;

static const rf_field generate_fields[] = {
    { "mapping", RF_FIELD_SCRIPT, offsetof(generate, mapping_text), NULL, RF_FIELD_REQUIRED,
      "What makes each message (see docs/mapping.md), such as `root.value = counter()`.", NULL, NULL, 0, 0, 0 },
    { "interval", RF_FIELD_STRING, offsetof(generate, interval), "1s", 0,
      "Time between batches, such as `250ms`; the first comes at once, or after the first interval when written as "
      "`@every 1s`. A cron expression of five fields, or six with seconds first (`0 */5 * * * *`), or `@hourly` and the like: at those times, in UTC. Empty or `0s`: as "
      "fast as messages are taken.", NULL, NULL, 0, 0, 0 },
    { "count", RF_FIELD_INT, offsetof(generate, count), "0", 0, "Messages in all; 0 is without end.", NULL, NULL, 0, 0,
      INT64_MAX },
    { "batch_size", RF_FIELD_INT, offsetof(generate, batch_size), "1", 0, "Messages made at a time.", NULL, NULL, 0, 1,
      1000000 },
    { "auto_replay_nacks", RF_FIELD_BOOL, offsetof(generate, auto_replay_nacks), "true", RF_FIELD_ADVANCED,
      "Whether what an output refuses is tried again. With false it is told in the log and lost.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

/* `why` NULL: it looks like no cron expression. */
static rf_code report_interval(const rf_conf *conf, rf_slice text, const rf_error *why) {
    const rf_conf *node = rf_conf_child(conf, "interval");
    rf_error error = { 0 };
    if (why)
        (void)rf_raise(&error, RF_ECONFIG, "interval `%.*s` is not a cron expression: %.300s", text.len < 100 ? (int)text.len : 100,
                       text.data, why->message);
    else
        (void)rf_raise(&error, RF_ECONFIG, "interval `%.*s` is not a duration", RF_SLICE_ARG(text));
    rf_error_hint(&error, "%s", why ? "such as `*/5 * * * *`, with seconds `0 */5 * * * *`, or `@every 5m`" : "write a number with a unit, such as 500ms or 10s");
    return rf_conf_report(node ? node : conf, &error);
}

static rf_code read_interval(generate *self, const rf_conf *conf) {
    rf_slice text = rf_slice_trim(self->interval), every = RF_SLICE("@every ");
    rf_error error = { 0 };
    if (text.len == 0)
        return RF_OK;
    self->wait_first = rf_slice_starts(text, every);
    rf_slice duration = self->wait_first ? rf_slice_trim((rf_slice){ text.data + every.len, text.len - every.len }) : text;
    if (rf_clock_parse_duration(duration, &self->interval_ns))
        return RF_OK;
    if (self->wait_first || (rf_slice_find(text, ' ') == text.len && !rf_slice_starts(text, RF_SLICE("@"))))
        return report_interval(conf, self->interval, NULL);
    self->by_cron = true;
    return rf_cron_parse(text, &self->cron, &error) ? report_interval(conf, self->interval, &error) : RF_OK;
}

static rf_code compile(generate *self, const rf_conf *conf) {
    const rf_conf_script *script = &self->mapping_text;
    rf_error error = { 0 };
    rf_code code = rf_mapping_compile(script->text, rf_conf_locate, script->node, &self->mapping, &error);
    if (code == RF_ECONFIG)
        (void)rf_conf_report(conf, &error);
    return code;
}

static rf_code generate_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    generate *self = state;
    rf_slice text = self->mapping_text.text;
    rf_code code = read_interval(self, conf), compiled = compile(self, conf);
    (void)env;
    if (code || compiled)
        return compiled == RF_ENOMEM ? rf_raise_nomem(reterr) : RF_ECONFIG;
    self->one_by_one = text.len > 0 && memmem(text.data, text.len, "batch_size", strlen("batch_size")) != NULL;
    self->mapping_state = rf_mapping_state_new(self->mapping);
    if (!self->mapping_state)
        return rf_raise_nomem(reterr);
    return rf_wake_init(&self->wake, reterr);
}

/* By the wall clock, which may be set while we wait: it is looked at again after a read's time at the latest. What was missed
 * is not made up for. */
static int64_t wait_cron(generate *self, uint64_t wait_ns) {
    const int64_t ns_a_second = (int64_t)RF_NS_PER_S;
    int64_t now = rf_clock_wall_ns();
    if (self->next_s == 0)
        self->next_s = rf_cron_next(&self->cron, now / ns_a_second);
    int64_t left = self->next_s - now / ns_a_second;
    uint64_t left_ns = left > 1000 ? wait_ns : left > 0 ? (uint64_t)(self->next_s * ns_a_second - now) : 0;
    if (left_ns > 0)
        (void)rf_wake_wait(&self->wake, -1, left_ns < wait_ns ? left_ns : wait_ns);
    now = rf_clock_wall_ns() / ns_a_second;
    if (now < self->next_s && rf_cron_next(&self->cron, now) < self->next_s)
        self->next_s = 0; /* the clock was set back */
    if (now < self->next_s || self->next_s == 0)
        return 0;
    self->next_s = rf_cron_next(&self->cron, now);
    return self->due = self->batch_size;
}

/* How many are due now; waits for the next ones when there are none. */
static int64_t wait_due(generate *self, int64_t max, uint64_t wait_ns) {
    uint64_t now = rf_clock_mono_ns(), left;
    if (self->due > 0)
        return self->due;
    if (self->by_cron)
        return wait_cron(self, wait_ns);
    if (self->interval_ns == 0)
        return self->due = self->one_by_one || self->batch_size > max ? self->batch_size : max;
    if (self->next_ns == 0)
        self->next_ns = self->wait_first ? now + self->interval_ns : now;
    left = self->next_ns > now ? self->next_ns - now : 0;
    if (left > 0)
        (void)rf_wake_wait(&self->wake, -1, left < wait_ns ? left : wait_ns);
    now = rf_clock_mono_ns();
    if (now < self->next_ns)
        return 0;
    /* Late by more than an interval: what was missed is not made up for. */
    self->next_ns = now - self->next_ns > self->interval_ns ? now + self->interval_ns : self->next_ns + self->interval_ns;
    return self->due = self->batch_size;
}

static rf_code make_one(generate *self, rf_batch *batch, rf_error *reterr) {
    rf_message message = { .payload = rf_text(RF_RAW, RF_SLICE("")) }, *place;
    bool deleted = false;
    rf_code code = rf_mapping_run(self->mapping, self->mapping_state, batch, &message, &deleted, reterr);
    if (code == RF_ESCRIPT)
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    if (code || deleted)
        return code;
    place = rf_batch_add(batch);
    if (!place)
        return rf_raise_nomem(reterr);
    *place = message;
    if (self->batch_size > 1)
        place->parcel = 1 + (uint32_t)(self->made / self->batch_size % UINT32_MAX);
    self->made++;
    return RF_OK;
}

static bool all_made(const generate *self) {
    return self->count > 0 && self->made >= self->count;
}

static rf_code generate_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    generate *self = state;
    uint32_t before = batch->count;
    assert(self->mapping_state && max > 0);
    if (all_made(self))
        return RF_ECLOSED;
    for (int64_t n = wait_due(self, max, wait_ns); n > 0 && batch->count - before < max && !all_made(self); n--) {
        rf_code code = make_one(self, batch, reterr);
        if (code)
            return code;
        self->due--;
    }
    if (all_made(self))
        return RF_ECLOSED;
    return batch->count > before ? RF_OK : RF_EAGAIN;
}

static void generate_wake(void *state) {
    const generate *self = state;
    rf_wake_up(&self->wake);
}

static void generate_close(void *state) {
    generate *self = state;
    rf_wake_done(&self->wake);
    rf_mapping_state_free(self->mapping_state);
    rf_mapping_free(self->mapping);
}

const rf_input_kind rf_generate_kind = {
    .name = "generate",
    .summary = "Makes messages by a mapping.",
    .detail = "A mapping that fails is logged and tried again after a pause; one that says `root = deleted()` makes "
              "no message, and none is counted.",
    .example = "input:\n"
               "  generate:\n"
               "    interval: 1s\n"
               "    count: 3\n"
               "    mapping: |\n"
               "      root.value = counter()\n"
               "      meta tag_name = \"temperature\"\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = generate_fields,
    .state_size = sizeof(generate),
    .open = generate_open,
    .read = generate_read,
    .wake = generate_wake,
    .close = generate_close,
};
