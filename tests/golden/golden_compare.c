/* golden_compare.c: whether a run gave what was recorded (or, for a quirk of the original's engine, the standard). */
#include "golden.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <math.h>

static bool say(rf_buffer *why, const char *what, rf_slice got, rf_slice expected) {
    rf_buffer_printf(why, "%s: got [%.*s], expected [%.*s]", what, RF_SLICE_ARG(got), RF_SLICE_ARG(expected));
    return false;
}

static bool say_count(rf_buffer *why, const char *what, uint64_t got, int64_t expected) {
    if ((int64_t)got == expected)
        return true;
    rf_buffer_printf(why, "%s: got %llu, expected %lld", what, (unsigned long long)got, (long long)expected);
    return false;
}

static bool parse(rf_arena *arena, rf_slice text, rf_value *ret_value) {
    return text.data && rf_json_parse(arena, text, RF_JSON_LEXEMES, ret_value, NULL) == RF_OK;
}

/* "<now>" stands for the clock in milliseconds. */
static bool is_now(const rf_value *value) {
    double ms;
    if (value->kind != RF_NUMBER || !rf_number_parse_json(rf_value_text(value), &ms))
        return false;
    return fabs(ms - (double)rf_clock_wall_ms()) < 120000;
}

static bool same_value(const rf_value *got, const rf_value *expected) {
    if (expected->kind == RF_STRING && rf_slice_is(rf_value_text(expected), "<now>") && is_now(got))
        return true;
    if (expected->kind != RF_MAP || got->kind != RF_MAP)
        return rf_value_eq(got, expected);
    bool same = got->size == expected->size;
    for (uint32_t i = 0; i < expected->size && same; i++) {
        const rf_value *member = rf_value_member(got, expected->members[i].key);
        same = member && same_value(member, &expected->members[i].value);
    }
    return same;
}

static bool compare_payload(rf_arena *arena, rf_slice got, rf_slice item, rf_buffer *why) {
    rf_value value, expected;
    rf_slice text = golden_member(item, "payload");
    if (!parse(arena, text, &expected))
        return say(why, "record", text, RF_SLICE("JSON"));
    if (golden_member(item, "raw").data)
        return rf_slice_eq(got, rf_value_text(&expected)) || say(why, "payload", got, rf_value_text(&expected));
    if (!parse(arena, got, &value) || !same_value(&value, &expected))
        return say(why, "payload", got, text);
    return true;
}

/* The keys in `list`, a text joined by commas, count; their order does not. */
static bool same_set(rf_slice a, rf_slice b) {
    if (a.len != b.len)
        return false;
    while (a.len) {
        size_t len = rf_slice_find(a, ',');
        bool found = false;
        for (rf_slice rest = b; rest.len && !found;) {
            size_t other = rf_slice_find(rest, ',');
            found = rf_slice_eq((rf_slice){ a.data, len }, (rf_slice){ rest.data, other });
            size_t step = other < rest.len ? other + 1 : other;
            rest = (rf_slice){ rest.data + step, rest.len - step };
        }
        if (!found)
            return false;
        size_t step = len < a.len ? len + 1 : len;
        a = (rf_slice){ a.data + step, a.len - step };
    }
    return true;
}

static bool same_meta_value(rf_slice key, const rf_value *got, const rf_value *expected) {
    if (rf_slice_is(key, "_incomingKeys") && got->kind == RF_STRING && expected->kind == RF_STRING)
        return same_set(rf_value_text(got), rf_value_text(expected));
    return got->kind == RF_STRING || expected->kind == RF_STRING
               ? got->kind == expected->kind && rf_slice_eq(rf_value_text(got), rf_value_text(expected))
               : rf_value_eq(got, expected);
}

/* All keys, or (`part`) those that the record names. */
static bool compare_meta(rf_arena *arena, const rf_meta *got, rf_slice text, bool part, rf_buffer *why) {
    rf_value expected = { .kind = RF_MAP };
    if (text.data && !parse(arena, text, &expected))
        return say(why, "record", text, RF_SLICE("JSON"));
    for (uint32_t i = 0; i < expected.size; i++) {
        rf_slice key = expected.members[i].key;
        rf_value *value = rf_meta_find(got, key);
        if (!value)
            return say(why, "metadata", RF_SLICE("nothing"), key);
        if (!same_meta_value(key, value, &expected.members[i].value))
            return say(why, expected.members[i].key.data ? "metadata value" : "metadata", rf_meta_text(arena, value),
                       rf_meta_text(arena, &expected.members[i].value));
    }
    for (uint32_t i = 0; i < got->count && !part; i++)
        if (!rf_value_member(&expected, rf_key_text(got->entries[i].key)))
            return say(why, "metadata", rf_key_text(got->entries[i].key), RF_SLICE("no such key"));
    return true;
}

/* Without ` at <file>:L:C` at its end. */
static rf_slice without_place(rf_slice error) {
    for (size_t i = error.len; i > 3; i--)
        if (memcmp(error.data + i - 4, " at ", 4) == 0)
            return (rf_slice){ error.data, i - 4 };
    return error;
}

/* Where the engine's own words begin, after the name of one of its errors; 0: they are not the engine's. */
static size_t engine_words(rf_slice error) {
    static const char *const names[] = { "TypeError: ", "RangeError: ", "ReferenceError: ", "SyntaxError: " };
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (size_t i = 0, len = strlen(names[n]); i + len <= error.len; i++)
            if (memcmp(error.data + i, names[n], len) == 0)
                return i + len;
    return 0;
}

static bool compare_error(rf_arena *arena, rf_slice got, rf_slice text, rf_buffer *why) {
    rf_value expected;
    if (!text.data || !got.data)
        return (!text.data && !got.data) || say(why, "error", got, text);
    if (!parse(arena, text, &expected))
        return say(why, "record", text, RF_SLICE("JSON"));
    rf_slice a = without_place(got), b = without_place(rf_value_text(&expected));
    size_t words = engine_words(b);
    bool same = rf_slice_eq(a, b) || (words && a.len >= words && memcmp(a.data, b.data, words) == 0);
    return same || say(why, "error", got, rf_value_text(&expected));
}

static bool compare_outputs(const golden_case *one, const golden_result *result, rf_arena *arena, rf_buffer *why) {
    uint32_t i = 0;
    rf_slice item;
    for (size_t at = 0; golden_item(one->output, &at, &item); i++) {
        if (i >= result->count)
            continue;
        const rf_message *got = &result->messages[i];
        if (!compare_error(arena, got->error, golden_member(item, "error"), why) ||
            !compare_payload(arena, rf_value_text(&got->payload), item, why) ||
            !compare_meta(arena, &got->meta, golden_member(item, "meta"), false, why))
            return false;
    }
    return say_count(why, "outputs", result->count, i);
}

static int64_t counter(const golden_case *one, const char *name) {
    int64_t value = 0;
    rf_slice text = one->counters.data ? golden_member(one->counters, name) : (rf_slice){ NULL, 0 };
    return text.data && rf_number_parse_i64(text, &value) ? value : 0;
}

static bool compare_counts(const golden_case *one, const golden_result *result, rf_buffer *why) {
    uint64_t flagged = 0;
    for (uint32_t i = 0; i < result->count; i++)
        flagged += result->messages[i].error.data != NULL;
    uint64_t dropped = result->inputs > result->count ? result->inputs - result->count : 0;
    /* The original counts what a script filters for nodered_js only. */
    bool filters = rf_slice_is(one->processor, "nodered_js");
    return say_count(why, "flagged", flagged, one->flagged) && say_count(why, "dropped", dropped, one->dropped) &&
           say_count(why, "errored", result->errored, one->errored) &&
           say_count(why, "processed", result->processed, counter(one, "messages_processed")) &&
           (!filters || say_count(why, "filtered", result->filtered, counter(one, "messages_dropped")));
}

/* tag_processor puts the payload into `value`; an object or a list is a JSON text there. */
static bool compare_standard_payload(const golden_case *one, rf_arena *arena, const rf_message *got, rf_slice text, rf_buffer *why) {
    rf_value expected, value;
    rf_slice bytes = rf_value_text(&got->payload);
    if (!parse(arena, text, &expected) || !parse(arena, bytes, &value))
        return say(why, "payload", bytes, text);
    if (!rf_slice_is(one->processor, "tag_processor"))
        return same_value(&value, &expected) || say(why, "payload", bytes, text);
    const rf_value *inner = rf_value_member(&value, RF_SLICE("value"));
    rf_value *json = expected.kind == RF_MAP ? rf_value_member(&expected, RF_SLICE("json")) : NULL;
    rf_value from_text;
    if (json && inner && inner->kind == RF_STRING && parse(arena, rf_value_text(inner), &from_text) &&
        parse(arena, rf_value_text(json), &expected))
        return same_value(&from_text, &expected) || say(why, "value", bytes, text);
    return (inner && same_value(inner, &expected)) || say(why, "value", bytes, text);
}

static bool compare_standard_outputs(const golden_case *one, const golden_result *result, rf_arena *arena, rf_slice outputs, rf_buffer *why) {
    uint32_t i = 0;
    rf_slice item;
    bool part = rf_slice_is(one->processor, "tag_processor");
    for (size_t at = 0; golden_item(outputs, &at, &item); i++) {
        if (i >= result->count)
            continue;
        const rf_message *got = &result->messages[i];
        if (!compare_error(arena, got->error, golden_member(item, "error"), why) ||
            !compare_standard_payload(one, arena, got, golden_member(item, "payload"), why) ||
            !compare_meta(arena, &got->meta, golden_member(item, "meta"), part, why))
            return false;
    }
    return say_count(why, "outputs", result->count, i);
}

/* The name of what was thrown is in the flagged message; nodered_js drops and counts it. */
static bool compare_threw(const golden_case *one, const golden_result *result, rf_slice name, rf_buffer *why) {
    if (rf_slice_is(one->processor, "nodered_js"))
        return say_count(why, "outputs", result->count, 0) && say_count(why, "errored", result->errored, 1);
    rf_slice error = result->count ? result->messages[0].error : (rf_slice){ NULL, 0 };
    rf_slice bare = name.len > 2 ? (rf_slice){ name.data + 1, name.len - 2 } : name;
    bool there = error.data && memmem(error.data, error.len, bare.data, bare.len);
    return there || say(why, "error", error, name);
}

static bool compare_standard(const golden_case *one, const golden_result *result, rf_arena *arena, rf_buffer *why) {
    rf_slice payload = golden_member(one->standard, "payload"), threw = golden_member(one->standard, "threw");
    rf_slice outputs = golden_member(one->standard, "output");
    if (outputs.data)
        return compare_standard_outputs(one, result, arena, outputs, why);
    if (threw.data)
        return compare_threw(one, result, threw, why);
    if (golden_member(one->standard, "dropped").data)
        return say_count(why, "outputs", result->count, 0);
    if (result->count != 1 || !payload.data)
        return say_count(why, "outputs", result->count, 1);
    return compare_standard_payload(one, arena, &result->messages[0], payload, why);
}

bool golden_compare(const golden_case *one, const golden_result *result, rf_arena *arena, rf_buffer *why) {
    assert(one && result && arena && why);
    if (one->config_error)
        return !result->opened || say(why, "start", RF_SLICE("it works"), RF_SLICE("an error"));
    if (!result->opened)
        return say(why, "start", rf_slice_of(result->why.message), RF_SLICE("no error"));
    if (one->goja_quirk && one->standard.data)
        return compare_standard(one, result, arena, why);
    if (one->nondeterministic)
        return true;
    return compare_outputs(one, result, arena, why) && compare_counts(one, result, why);
}
