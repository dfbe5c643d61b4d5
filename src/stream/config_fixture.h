/* config_fixture.h: components of no use but to test the config reader, and a config in one call. Tests only. */
#ifndef RF_STREAM_CONFIG_FIXTURE_H
#define RF_STREAM_CONFIG_FIXTURE_H

#include "base/slice.h"
#include "harness.h"
#include "stream/buffered.h"
#include "stream/cache.h"
#include "stream/config.h"

#include <stddef.h>

typedef struct fixture_step { rf_slice check; rf_conf_script run; } fixture_step;

typedef struct fixture_state {
    rf_slice text, must;
    int64_t count;
    double ratio;
    bool flag;
    uint64_t wait_ns, bytes;
    int mode;
    rf_strings names;
    rf_conf_script code;
    struct { rf_slice user; int64_t port; } part;
    rf_list steps;
    const rf_conf *any;
    rf_dynamic *topic;
    rf_dynamics headers;
    rf_query *check;
} fixture_state;

static const char *const fixture_modes[] = { "slow", "fast", NULL };

static const rf_field fixture_part[] = {
    { .name = "user", .type = RF_FIELD_STRING, .offset = 0, .standard = "nobody", .doc = "A user." },
    { .name = "port", .type = RF_FIELD_INT, .offset = sizeof(rf_slice), .flags = RF_FIELD_REQUIRED, .min = 1, .max = 65535,
      .doc = "A port." },
    { 0 },
};
static const rf_field fixture_steps[] = {
    { .name = "check", .type = RF_FIELD_STRING, .offset = offsetof(fixture_step, check), .flags = RF_FIELD_REQUIRED, .doc = "When." },
    { .name = "run", .type = RF_FIELD_SCRIPT, .offset = offsetof(fixture_step, run), .doc = "What." },
    { 0 },
};

#define FIXTURE_AT(member) .offset = offsetof(fixture_state, member)
static const rf_field fixture_fields[] = {
    { .name = "text", .type = RF_FIELD_STRING, FIXTURE_AT(text), .standard = "some", .doc = "A text." },
    { .name = "count", .type = RF_FIELD_INT, FIXTURE_AT(count), .standard = "7", .doc = "A count.", .min = 0, .max = 1000000 },
    { .name = "ratio", .type = RF_FIELD_DOUBLE, FIXTURE_AT(ratio), .standard = "0.5", .doc = "A ratio." },
    { .name = "flag", .type = RF_FIELD_BOOL, FIXTURE_AT(flag), .standard = "true", .doc = "A flag." },
    { .name = "wait", .type = RF_FIELD_DURATION, FIXTURE_AT(wait_ns), .standard = "1s", .doc = "A duration." },
    { .name = "bytes", .type = RF_FIELD_SIZE, FIXTURE_AT(bytes), .standard = "64KiB", .doc = "A size." },
    { .name = "mode", .type = RF_FIELD_ENUM, FIXTURE_AT(mode), .standard = "fast", .options = fixture_modes, .doc = "A mode." },
    { .name = "names", .type = RF_FIELD_STRINGS, FIXTURE_AT(names), .standard = "[a, b]", .doc = "Names." },
    { .name = "code", .type = RF_FIELD_SCRIPT, FIXTURE_AT(code), .doc = "A script." },
    { .name = "part", .type = RF_FIELD_OBJECT, FIXTURE_AT(part), .fields = fixture_part, .doc = "A part." },
    { .name = "steps", .type = RF_FIELD_OBJECTS, FIXTURE_AT(steps), .fields = fixture_steps, .item_size = sizeof(fixture_step),
      .doc = "Steps." },
    { .name = "any", .type = RF_FIELD_ANY, FIXTURE_AT(any), .doc = "Anything." },
    { .name = "topic", .type = RF_FIELD_DYNAMIC, FIXTURE_AT(topic), .standard = "a/${! @k }", .doc = "A topic." },
    { .name = "headers", .type = RF_FIELD_DYNAMICS, FIXTURE_AT(headers), .doc = "Headers." },
    { .name = "check", .type = RF_FIELD_QUERY, FIXTURE_AT(check), .doc = "A condition." },
    { .name = "old", .type = RF_FIELD_STRING, FIXTURE_AT(must), .flags = RF_FIELD_DEPRECATED, .doc = "An old name." },
    { 0 },
};
#undef FIXTURE_AT

/* `code: bad` is a script that does not compile, at its second line. */
static rf_code fixture_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    const fixture_state *self = state;
    (void)env;
    if (!rf_slice_is(self->code.text, "bad"))
        return RF_OK;
    rf_code code = rf_raise(reterr, RF_ESCRIPT, "SyntaxError: bad");
    rf_place place;
    rf_conf_locate(self->code.node, 1, 2, &place);
    if (reterr)
        reterr->place = place;
    return rf_conf_report(conf, reterr) ? code : code;
}

#define FIXTURE_KIND(label) { .name = (label), .summary = "Does nothing.", .fields = fixture_fields, .state_size = sizeof(fixture_state), .open = fixture_open }
static const rf_input_kind fixture_file = FIXTURE_KIND("file"), fixture_stdin = FIXTURE_KIND("stdin");
static const rf_processor_kind fixture_noop = FIXTURE_KIND("noop"), fixture_script = FIXTURE_KIND("script");
static const rf_output_kind fixture_drop = FIXTURE_KIND("drop"), fixture_stdout = FIXTURE_KIND("stdout");

const rf_input_kind *const rf_input_kinds[] = { &fixture_file, &fixture_stdin, NULL };
const rf_processor_kind *const rf_processor_kinds[] = { &fixture_noop, &fixture_script, NULL };
const rf_output_kind *const rf_output_kinds[] = { &fixture_drop, &fixture_stdout, NULL };
const rf_cache_kind *const rf_cache_kinds[] = { NULL };
const rf_rate_limit_kind *const rf_rate_limit_kinds[] = { NULL };
const rf_buffer_kind *const rf_buffer_kinds[] = { NULL };

RF_UNUSED static void fixture_done(rf_config **config) { rf_config_free(*config); }
RF_UNUSED static void fixture_buffer_done(rf_buffer *buffer) { rf_buffer_done(buffer); }

RF_UNUSED static rf_config *fixture_load_with(const char *text, rf_config_options options) {
    rf_config *config = NULL;
    rf_error error;
    options.path = "c.yaml";
    options.text = rf_slice_of(text);
    (void)!rf_config_load(&options, &config, &error);
    return config;
}
RF_UNUSED static rf_config *fixture_load(const char *text) { return fixture_load_with(text, (rf_config_options){ 0 }); }

/* All findings, one a line: "line:column message". */
RF_UNUSED static const char *fixture_findings(const rf_config *config, rf_buffer *out) {
    for (size_t i = 0; i < rf_findings_count(config->findings, false); i++) {
        bool warning;
        const rf_error *error = rf_findings_get(config->findings, i, &warning);
        rf_buffer_printf(out, "%u:%u %s%s\n", error->place.line, error->place.column, warning ? "warning: " : "", error->message);
    }
    const char *text = rf_buffer_cstr(out);
    return text ? text : "out of memory";
}

#endif
